"""Every number on recurring revenue of another project's SQL, of the vendors' worked examples and of the literature."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from customerhealth.revenue.rates import annualised

DATA = Path(__file__).parents[1] / "data"
SETS = ("edge", "social")
INSTANT = pd.Timedelta(1, "us")  # a reference's t sees start <= t < end
PERIODS = {"edge": ("2020-01-20", "2020-11-21"), "social": ("2020-02-09", "2020-05-10")}
TOLERANCE = 1e-9  # of what has 12 digits


@functools.cache
def revenue(data: str, gap: str | None = None) -> ch.Revenue:
    table = pa.csv.read_csv(DATA / "behaviour" / data / "subscriptions.csv")
    return ch.Revenue(
        table,
        start="start_date",
        end="end_date",
        mrr="mrr",
        product="product",
        billing_period="bill_period_months",
        gap=gap,
    )


@functools.cache
def activity(data: str, gap: str) -> ch.Revenue:
    events = pq.read_table(DATA / "behaviour" / data / "events.parquet", columns=["account_id", "event_time"])
    return ch.Revenue.from_events(events, time="event_time", gap=gap)


@functools.cache
def rates(data: str) -> pd.DataFrame:
    return pd.read_csv(DATA / "revenue" / data / "rates.csv", parse_dates=["from", "to"])


def between(of: ch.Revenue, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    return of.movements([start + INSTANT, end + INSTANT], detail=True).to_pandas()


def expected(data: str, figure: str) -> list[tuple[pd.Timestamp, pd.Timestamp, str | float, dict[str, float]]]:
    own = rates(data).query("figure == @figure")
    return [
        (start, end, inactive, dict(zip(group["column"], group["value"], strict=True)))
        for (start, end, inactive), group in own.groupby(["from", "to", "inactive"], dropna=False)
    ]


@pytest.mark.parametrize("data", SETS)
def test_account_churn_is_that_of_the_reference(data: str) -> None:
    cases = expected(data, "account_churn")
    assert len(cases) == {"edge": 5, "social": 2}[data]
    for start, end, _, wanted in cases:
        moved = between(revenue(data), start, end)
        before = moved[~moved["movement"].isin(["new", "reactivation"])]
        lost = (before["movement"] == "churn").sum()
        assert len(before) == wanted["n_start"]
        assert lost == wanted["n_churn"]
        assert lost / len(before) == pytest.approx(wanted["churn_rate"], rel=TOLERANCE)
        assert 1 - lost / len(before) == pytest.approx(wanted["retention_rate"], rel=TOLERANCE)


@pytest.mark.parametrize("data", SETS)
def test_churn_is_scaled_to_a_year_and_a_month_as_in_the_reference(data: str) -> None:
    for start, end, _, wanted in expected(data, "account_churn_scaled"):
        moved = between(revenue(data), start, end)
        before = moved[~moved["movement"].isin(["new", "reactivation"])]
        kept = 1 - (before["movement"] == "churn").mean()
        days = (end - start).days
        assert days == wanted["period_days"]
        assert 1 - kept == pytest.approx(wanted["measured_churn"], rel=TOLERANCE)
        assert 1 - annualised(kept, "1y", days=days) == pytest.approx(wanted["annual_churn"], rel=TOLERANCE)
        assert 1 - annualised(kept, "1y", days=days) ** (1 / 12) == pytest.approx(
            wanted["monthly_churn"], rel=TOLERANCE
        )


@pytest.mark.parametrize("data", SETS)
def test_net_retention_is_that_of_the_reference(data: str) -> None:
    for start, end, _, wanted in expected(data, "net_retention"):
        moved = between(revenue(data), start, end)
        sums = moved[["start", "expansion", "contraction", "churn"]].sum()
        kept = sums["start"] + sums["expansion"] - sums["contraction"] - sums["churn"]
        assert sums["start"] == pytest.approx(wanted["start_mrr"], rel=TOLERANCE)
        assert kept == pytest.approx(wanted["retain_mrr"], rel=TOLERANCE)
        nrr = ch.revenue_rates(**sums)["nrr"]
        assert nrr == pytest.approx(wanted["net_mrr_retention_rate"], rel=TOLERANCE)
        assert 1 - nrr == pytest.approx(wanted["net_mrr_churn_rate"], rel=TOLERANCE, abs=1e-12)


@pytest.mark.parametrize("data", SETS)
def test_mrr_churn_is_that_of_the_reference(data: str) -> None:
    for start, end, _, wanted in expected(data, "mrr_churn"):
        moved = between(revenue(data), start, end)
        sums = moved[["start", "contraction", "churn"]].sum()
        assert sums["start"] == pytest.approx(wanted["start_mrr"], rel=TOLERANCE)
        assert sums["contraction"] == pytest.approx(wanted["downsell_mrr"], rel=TOLERANCE, abs=1e-9)
        if np.isnan(wanted["churn_mrr"]):  # nobody left: null there, 0 here
            assert sums["churn"] == 0
            continue
        assert sums["churn"] == pytest.approx(wanted["churn_mrr"], rel=TOLERANCE)
        assert ch.revenue_rates(**sums)["gross_churn"] == pytest.approx(wanted["mrr_churn_rate"], rel=TOLERANCE)


@pytest.mark.parametrize("data", SETS)
def test_activity_churn_is_that_of_the_reference(data: str) -> None:
    cases = expected(data, "activity_churn")
    assert len(cases) == {"edge": 10, "social": 2}[data]
    for start, end, inactive, wanted in cases:
        moved = between(activity(data, {"1 month": "1mo", "14 days": "14d"}[str(inactive)]), start, end)
        before = moved[~moved["movement"].isin(["new", "reactivation"])]
        lost = (before["movement"] == "churn").sum()
        assert (len(before), lost) == (wanted["n_start"], wanted["n_churn"])
        assert lost / len(before) == pytest.approx(wanted["churn_rate"], rel=TOLERANCE)


def monthly(data: str, figure: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The reference's months, and ours of the same."""
    wanted = pd.read_csv(
        DATA / "revenue" / data / f"monthly_{figure}.csv", parse_dates=["start_date", "end_date"], index_col="end_date"
    )
    ours = revenue(data).retention(wanted.index + INSTANT, over="1mo").to_pandas()
    return wanted, ours.set_index(wanted.index)


@pytest.mark.parametrize("data", SETS)
def test_monthly_account_churn_is_that_of_the_reference(data: str) -> None:
    wanted, ours = monthly(data, "account_churn")
    pairs = {"n_start": "accounts_start", "n_churn": "accounts_lost", "churn_rate": "logo_churn"}
    for theirs, name in {**pairs, "annual_churn_rate": "annual_logo_churn"}.items():
        np.testing.assert_allclose(ours[name], wanted[theirs], rtol=TOLERANCE)


@pytest.mark.parametrize("data", SETS)
def test_monthly_net_retention_is_that_of_the_reference(data: str) -> None:
    wanted, ours = monthly(data, "net_retention")
    for theirs, name in {
        "start_mrr": "start",
        "net_retention_rate": "nrr",
        "annual_net_retention_rate": "annual_nrr",
    }.items():
        np.testing.assert_allclose(ours[name], wanted[theirs], rtol=TOLERANCE)
    np.testing.assert_allclose(ours["nrr"] * ours["start"], wanted["retained_mrr"], rtol=TOLERANCE)


@pytest.mark.parametrize("data", SETS)
def test_monthly_mrr_churn_tells_downsell_from_extension_as_the_reference(data: str) -> None:
    wanted, ours = monthly(data, "mrr_churn")
    np.testing.assert_allclose(ours["churn"], wanted["churn_mrr"], rtol=TOLERANCE)
    np.testing.assert_allclose(
        ours["contraction"] - ours["extension"], wanted["downsell_mrr"], rtol=TOLERANCE, atol=1e-9
    )
    np.testing.assert_allclose(ours["extension"], wanted["extension_mrr"], rtol=TOLERANCE, atol=1e-9)
    churn = (ours["churn"] + ours["contraction"] - ours["extension"]) / ours["start"]
    np.testing.assert_allclose(churn, wanted["mrr_churn_rate"], rtol=TOLERANCE)
    np.testing.assert_allclose(1 - annualised(1 - churn, "1mo"), wanted["annual_mrr_churn_rate"], rtol=TOLERANCE)
    extension = ours["extension"] / ours["start"]
    np.testing.assert_allclose(extension, wanted["mrr_extension_rate"], rtol=TOLERANCE, atol=1e-12)
    annual = 1 - annualised(1 - extension, "1mo")
    np.testing.assert_allclose(annual, wanted["annual_mrr_extension_rate"], rtol=TOLERANCE, atol=1e-9)


@pytest.mark.parametrize("data", SETS)
def test_active_periods_are_those_of_the_reference(data: str) -> None:
    path = DATA / "revenue" / data / "active_periods.csv"
    wanted = pd.read_csv(path, parse_dates=["start_date", "churn_date"])
    ours = revenue(data, "7d").active_periods(*PERIODS[data]).to_pandas()
    for column in ("start", "end"):
        ours[column] = ours[column].dt.tz_localize(None)
    order = ["account_id", "start"]
    ours = ours.sort_values(order)
    wanted = wanted.rename(columns={"start_date": "start", "churn_date": "end"}).sort_values(order)
    assert len(ours) == len(wanted)
    for column in ("account_id", "start", "end"):
        assert ours[column].fillna(pd.Timestamp(0)).tolist() == wanted[column].fillna(pd.Timestamp(0)).tolist()


def worked_examples() -> list[dict[str, object]]:
    return pd.read_csv(DATA / "revenue" / "worked_examples.csv").to_dict("records")


@pytest.mark.parametrize("case", worked_examples(), ids=lambda case: str(case["id"]))
def test_the_worked_examples_of_the_vendors_come_out(case: dict[str, float]) -> None:
    names = {
        "gross_mrr_churn_rate": "gross_churn",
        "net_mrr_churn_rate": "net_churn",
        "quick_ratio": "quick_ratio",
        "net_new_mrr": "net_new",
        "net_revenue_retention": "nrr",
        "gross_revenue_retention": "grr",
        "expected_months_to_churn": "lifetime",
        "logo_renewal_rate": "renewal_rate",
    }
    name = names[str(case["figure"])]
    if name == "lifetime":  # 5 of 100 customers leave in a month
        contracts = book([(f"a{i}", "2026-01-01", "2026-02-10" if i < 5 else None, 1.0) for i in range(100)])
        ours = contracts.retention("2026-03-01", over="1mo")["lifetime"][0].as_py()
    elif name == "renewal_rate":  # 15 of the 100 contracts that come due are not renewed; 50 are not due
        rows = [(f"a{i}", "2025-01-01", "2026-01-15", 1.0) for i in range(100)]
        rows += [(f"a{i}", "2026-01-15", "2027-01-15", 1.0) for i in range(85)]
        rows += [(f"b{i}", "2025-06-01", "2026-06-01", 1.0) for i in range(50)]
        ours = book(rows).renewals(["2026-01-01", "2026-02-01"])["renewal_rate"][0].as_py()
    else:
        moves = ("start", "new", "expansion", "reactivation", "contraction", "churn")
        ours = ch.revenue_rates(**{move: 0 if np.isnan(case[move]) else case[move] for move in moves})[name]
    assert round(ours, int(case["decimals"])) == pytest.approx(case["expected"])


def book(rows: list[tuple[str, str, str | None, float]]) -> ch.Revenue:
    frame = pd.DataFrame(rows, columns=["account_id", "start", "end", "mrr"])
    frame["start"], frame["end"] = pd.to_datetime(frame["start"]), pd.to_datetime(frame["end"])
    return ch.Revenue(frame)


def test_the_multi_cohort_table_of_fader_and_hardie_comes_out() -> None:
    active = pd.read_csv(DATA / "revenue" / "cohort_table_multi.csv", index_col="year")
    rates_ = pd.read_csv(DATA / "revenue" / "cohort_table_multi_expected.csv", index_col="year")
    rows = []
    for c, cohort in enumerate(active.columns.drop("total")):
        counts = active[cohort].dropna().astype(int)
        kept = [*counts, 0]
        for age in range(counts.size):  # those who leave at each age, as accounts of their own
            leaving = kept[age] - kept[age + 1] if age + 1 < counts.size else kept[age]
            begun = 2003 + c
            ends = f"{begun + age + 1}-06-01" if age + 1 < counts.size else None
            rows += [(f"{cohort}-{age}-{i}", f"{begun}-03-01", ends, 1.0) for i in range(leaving)]
    triangle = book(rows).cohorts(every="1y", measure="accounts", until="2008-01-01").to_pandas()
    triangle["year"] = triangle["cohort"].dt.year + triangle["period"]
    counts = triangle.pivot(index="year", columns="cohort", values="accounts")
    np.testing.assert_array_equal(counts.to_numpy(), active.drop(columns="total").to_numpy())
    np.testing.assert_array_equal(counts.sum(axis=1), active["total"])
    retention = triangle.pivot(index="year", columns="cohort", values="retention").loc[2004:].to_numpy()[:, :4]
    np.testing.assert_array_equal(retention.round(3), rates_.to_numpy())
