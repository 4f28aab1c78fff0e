"""Every number of another project's SQL: metrics, point counts and tenures, on its own data and on boundaries."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import customerhealth as ch

DATA = Path(__file__).parents[1] / "data" / "behaviour"
SETS = ("social", "edge")
# What is added to a date to ask for it: an as-of is exclusive.
SHIFTS = {"open": pd.Timedelta(0), "closed": pd.Timedelta(1, "us"), "day_end": pd.Timedelta(1, "D")}
# Made of single-precision quotients, less 1.
PERCENT_CHANGES = {"newfriend_pcnt_chng", "view_change_4w"}
TOLERANCE = 1e-6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    data: str
    metric: str
    document: str

    def __str__(self) -> str:
        return f"{self.data}-{self.metric}-{self.document}"


CASES = [
    Case(data, metric, document)
    for (data, document), metrics in {
        ("social", "open"): (
            "like_per_month newfriend_per_month post_per_month adview_per_month total_opinions adview_per_post "
            "like_per_post newfriend_pcnt_chng"
        ),
        ("social", "closed"): "account_tenure mrr like_28day_avg_84day_obs newfriend_28avg_84obs",
        ("social", "day_end"): "days_since_newfriend",
        ("edge", "open"): (
            "view_per_month deal_per_month deal_value_per_month view_plus_deal deal_per_view view_change_4w"
        ),
        ("edge", "closed"): (
            "account_tenure mrr billing_period discount quantity_unit active_users view_per_month view_per_mrr "
            "view_28day_avg_56day_obs view_28avg_84obs"
        ),
        ("edge", "day_end"): "days_since_deal",
    }.items()
    for metric in metrics.split()
]


@functools.cache
def inputs(data: str) -> dict[str, pa.Table]:
    return {
        "events": pq.read_table(DATA / data / "events.parquet"),
        "subscriptions": pyarrow.csv.read_csv(DATA / data / "subscriptions.csv"),
    }


@functools.cache
def portfolio(data: str, document: str) -> ch.Portfolio:
    return ch.Portfolio(ch.Model.load(DATA / data / f"{document}.json"), tables=inputs(data), strict="all")


@functools.cache
def definitions(data: str) -> pd.DataFrame:
    return pd.read_csv(DATA / data / "metric_definitions.csv")


@functools.cache
def reference(data: str) -> pd.DataFrame:
    table = pq.read_table(DATA / data / "metrics.parquet").to_pandas()
    return table.assign(metric=table["metric"].astype(str).str.lower(), date=pd.to_datetime(table["date"]))


def grid(data: str) -> pd.DatetimeIndex:
    """The dates of the definitions: from first to last, both included."""
    spans = definitions(data)[["first_date", "last_date", "step_days"]].drop_duplicates()
    assert len(spans) == 1
    first, last, step = spans.iloc[0]
    return pd.date_range(first, last, freq=pd.Timedelta(int(step), "D"))


def panel_at(data: str, document: str, dates: pd.DatetimeIndex, shift: pd.Timedelta | None = None) -> pd.DataFrame:
    """The panel, by account and the date that was asked for."""
    asked = SHIFTS[document] if shift is None else shift
    panel = portfolio(data, document).score((dates + asked).to_numpy()).to_pandas()
    panel["date"] = panel["as_of"].dt.tz_localize(None).astype("datetime64[us]") - asked
    return panel.set_index(["account_id", "date"])


@functools.cache
def panel(data: str, document: str) -> pd.DataFrame:
    return panel_at(data, document, grid(data))


def keyed(values: pd.DataFrame, column: str = "value") -> pd.Series:
    """By account and date, ordered; every pair once."""
    dates = pd.to_datetime(values["date"]).astype("datetime64[us]")
    keys = pd.MultiIndex.from_arrays([values["account_id"].astype("int64"), dates], names=["account_id", "date"])
    assert keys.is_unique
    return pd.Series(values[column].to_numpy(), index=keys).sort_index()


def of_metric(data: str, metric: str) -> pd.Series:
    rows = reference(data)
    return keyed(rows[rows["metric"] == metric])


def assert_same_rows(ours: pd.Series, theirs: pd.Series) -> None:
    unexpected, absent = ours.index.difference(theirs.index), theirs.index.difference(ours.index)
    assert len(unexpected) == 0, f"only here: {unexpected[:5].tolist()}"
    assert len(absent) == 0, f"only in the reference: {absent[:5].tolist()}"


def assert_same(ours: pd.Series, theirs: pd.Series) -> None:
    """The same rows, and every number within the tolerance; a zero only where there is one."""
    assert_same_rows(ours, theirs)
    expected: Floats = theirs.to_numpy(np.float64)
    np.testing.assert_allclose(ours.sort_index().to_numpy(np.float64), expected, rtol=TOLERANCE, atol=0)


def as_single_precision_quotients(changes: pd.Series) -> pd.Series:
    """Quotient rounded to single precision, then less 1, as the reference takes it: exact from there on."""
    quotients = (changes.to_numpy(np.float64) + 1).astype(np.float32)
    return pd.Series(quotients - np.float32(1), index=changes.index)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_number_is_that_of_the_reference(case: Case) -> None:
    ours = panel(case.data, case.document)[case.metric].dropna()
    theirs = of_metric(case.data, case.metric).dropna()
    assert len(theirs) > 1000
    if case.metric in PERCENT_CHANGES:
        assert_same_rows(ours, theirs)
        exact = as_single_precision_quotients(ours.sort_index())
        np.testing.assert_array_equal(exact.to_numpy(), theirs.to_numpy(np.float32))
    else:
        assert_same(ours, theirs)


@pytest.mark.parametrize("data", SETS)
def test_no_metric_and_no_date_of_the_reference_is_left_out(data: str) -> None:
    defined = {name.lower() for name in definitions(data)["metric"]}
    assert {case.metric for case in CASES if case.data == data} == defined
    assert set(reference(data)["metric"]) == defined
    assert set(reference(data)["date"]) == set(grid(data))


def test_a_sum_over_nothing_but_nulls_is_missing_and_has_its_count_beside_it() -> None:
    theirs = of_metric("edge", "deal_value_per_month")
    ours = panel("edge", "open")[["deal_per_month", "deal_value_per_month"]]
    deals_without_value = ours[ours["deal_per_month"].notna() & ours["deal_value_per_month"].isna()]
    assert_same_rows(ours["deal_per_month"].dropna(), theirs)
    assert_same_rows(deals_without_value["deal_per_month"], theirs[theirs.isna()])
    assert len(deals_without_value) == 399


@pytest.mark.parametrize("data", SETS)
def test_only_that_metric_has_nulls_in_the_reference(data: str) -> None:
    rows = reference(data)
    assert set(rows[rows["value"].isna()]["metric"]) == ({"deal_value_per_month"} if data == "edge" else set())


@pytest.mark.parametrize("document", SHIFTS)
@pytest.mark.parametrize("data", SETS)
def test_an_account_has_a_row_from_its_first_event_or_subscription_on(data: str, document: str) -> None:
    events, subscriptions = inputs(data)["events"].to_pandas(), inputs(data)["subscriptions"].to_pandas()
    begun = pd.concat(
        [
            events.groupby("account_id")["event_time"].min().astype("datetime64[us]"),
            pd.to_datetime(subscriptions["start_date"])
            .astype("datetime64[us]")
            .groupby(subscriptions["account_id"])
            .min(),
        ]
    )
    first = begun.groupby(level=0).min()
    expected = {(account, date) for date in grid(data) for account in first.index[first < date + SHIFTS[document]]}
    assert set(panel(data, document).index) == expected


@pytest.mark.parametrize(
    ("data", "metric"), [("social", "like_per_month"), ("edge", "view_per_month"), ("edge", "deal_per_month")]
)
def test_where_the_reference_has_no_row_the_reason_says_why(data: str, metric: str) -> None:
    reasons = portfolio(data, "open").score(grid(data).to_numpy()).reasons().to_pandas()
    reasons = reasons[reasons["metric"] == metric]
    reasons = reasons.assign(date=reasons["as_of"].dt.tz_localize(None))
    said = keyed(reasons, "reason")
    everywhere = panel(data, "open").index
    assert_same_rows(said, pd.Series(0, index=everywhere.difference(of_metric(data, metric).index)))
    first = inputs(data)["events"].to_pandas().groupby("account_id")["event_time"].min()
    for (account, date), reason in said.items():
        seen = account in first.index and first[account] < date
        assert reason == ("too_few" if seen else "never"), (account, date)


@pytest.mark.parametrize(
    ("data", "metric", "rows"),
    [("social", "like_28d_closed_right", 607), ("social", "post_28d_closed_right", 602),
     ("edge", "view_28d_closed_right", 159)],
)  # fmt: skip
def test_counts_at_single_dates_are_those_of_the_reference(data: str, metric: str, rows: int) -> None:
    counts = pd.read_csv(DATA / data / "point_counts.csv")
    theirs = keyed(counts[counts["metric"] == metric])
    assert len(theirs) == rows
    dates = pd.DatetimeIndex(theirs.index.get_level_values("date").unique())
    assert_same(panel_at(data, "closed", dates)[metric].dropna(), theirs)


def test_no_point_count_is_left_out() -> None:
    names = {data: set(pd.read_csv(DATA / data / "point_counts.csv")["metric"]) for data in SETS}
    assert names == {
        "social": {"like_28d_closed_right", "post_28d_closed_right"},
        "edge": {"view_28d_closed_right"},
    }


@pytest.mark.parametrize(("data", "dates"), [("social", ["2020-04-01"]), ("edge", ["2020-03-26", "2020-08-24"])])
def test_tenures_and_where_they_start_are_those_of_the_reference(data: str, dates: list[str]) -> None:
    tenures = pd.read_csv(DATA / data / "tenure_at.csv", parse_dates=["earliest_start"])
    tenures["date"] = tenures["earliest_start"] + pd.to_timedelta(tenures["tenure_days"], "D")
    assert sorted(set(tenures["date"])) == [pd.Timestamp(date) for date in dates]
    ours = panel_at(data, "closed", pd.DatetimeIndex(dates))
    assert_same(ours["account_tenure"].dropna(), keyed(tenures, "tenure_days"))
    starts = ours["earliest_start"].dropna().dt.tz_localize(None).astype("datetime64[us]").sort_index()
    theirs = keyed(tenures, "earliest_start")
    assert (starts.to_numpy() == theirs.to_numpy()).all()


@pytest.mark.parametrize(
    ("document", "metric", "other_end"),
    [
        ("open", "view_per_month", "closed"),
        ("closed", "view_28day_avg_56day_obs", "open"),
        ("closed", "account_tenure", "open"),
        ("closed", "mrr", "open"),
        ("day_end", "days_since_deal", "closed"),
    ],
)
def test_the_data_tell_an_open_end_from_a_closed_one(document: str, metric: str, other_end: str) -> None:
    """Were the boundaries not in the data, agreeing with the reference would say little about them."""
    elsewhere = panel_at("edge", document, grid("edge"), SHIFTS[other_end])[metric].dropna()
    with pytest.raises(AssertionError):
        assert_same(elsewhere, of_metric("edge", metric).dropna())
