"""Lifetimes and summaries at their edges, worked out by hand; and every text that says what cannot be."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch

MICROSECOND = timedelta(microseconds=1)


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns or table.column_names)).to_pylist()]


# --- summaries --------------------------------------------------------------------------------------------------------

LOG = pa.table(
    {
        "who": ["b", "a", "a", "a"],
        "at": [datetime(2026, 2, 1), datetime(2026, 1, 31, 23, 59), datetime(2026, 3, 31), datetime(2026, 4, 1)],
        "paid": [1.0, 10.0, 20.0, 40.0],
    }
)


@pytest.mark.parametrize(
    ("period", "a", "b"),
    [
        ("1h", (2, 24 * 60 - 23, 24 * 60 - 23), (0, 0, 24 * 59)),
        ("1d", (2, 60, 60), (0, 0, 59)),
        ("1w", (1, 9, 9), (0, 0, 9)),  # the 31st of January is a Saturday, the 1st of February a Sunday
        ("1mo", (2, 3, 3), (0, 0, 2)),
        ("2mo", (1, 1, 1), (0, 0, 1)),
        ("1q", (1, 1, 1), (0, 0, 1)),
        ("1y", (0, 0, 0), (0, 0, 0)),
    ],
)
def test_periods_are_cut_by_the_clock_and_the_calendar(period: str, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    found = ch.clv.rfm(LOG, account="who", time="at", period=period)
    assert rows(found, "account_id", "frequency", "recency", "T") == [("a", *a), ("b", *b)]
    assert found.schema.metadata[b"period"] == period.encode()


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("1y", (date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1))),
        ("1q", (date(2025, 9, 30), date(2025, 10, 1), date(2026, 1, 1))),
        ("1mo", (date(2025, 11, 30), date(2025, 12, 1), date(2026, 1, 1))),
        ("1w", (date(2026, 1, 4), date(2026, 1, 5), date(2026, 1, 12))),
    ],
)
def test_a_period_begins_where_the_calendar_says(period: str, days: tuple[date, ...]) -> None:
    log = pa.table({"who": ["a"] * 3, "at": days})
    assert rows(ch.clv.rfm(log, account="who", time="at", period=period)) == [("a", 2.0, 2.0, 2.0)]


@pytest.mark.parametrize("period", ["", "d", "0d", "1", "1m", "1.5d", "-1d", "1D", "7 d"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(ch.DataError, match=r"period='.*': expected a length such as '1d', '1w' or '1mo'"):
        ch.clv.rfm(LOG, account="who", time="at", period=period)


def test_the_last_period_is_counted_whole_and_what_comes_later_is_dropped() -> None:
    columns = {"account": "who", "time": "at", "amount": "paid"}
    found = ch.clv.rfm(LOG, **columns, end="2026-03-31")
    assert rows(found) == [("a", 1.0, 59.0, 59.0, 20.0), ("b", 0.0, 0.0, 58.0, 0.0)]
    assert found.schema.metadata[b"rows_after_end"] == b"1"
    assert found.schema.metadata[b"rows_not_known"] == b"0"
    assert ch.clv.rfm(LOG, **columns, as_of="2026-04-01").equals(found)
    later = ch.clv.rfm(LOG, **columns, as_of=datetime(2026, 4, 1) + MICROSECOND)
    assert rows(later, "account_id", "frequency", "T", "monetary_value") == [
        ("a", 2.0, 60.0, 30.0),
        ("b", 0.0, 59.0, 0.0),
    ]


def test_a_holdout_has_the_mean_of_its_own_purchases() -> None:
    found = ch.clv.rfm(LOG, account="who", time="at", amount="paid", calibration_end="2026-02-01", end="2026-04-01")
    names = ("account_id", "frequency", "T", "monetary_value", "frequency_holdout", "monetary_value_holdout")
    assert rows(found, *names) == [("a", 0.0, 1.0, 0.0, 2.0, 30.0), ("b", 0.0, 0.0, 0.0, 0.0, 0.0)]
    assert set(found["duration_holdout"].to_pylist()) == {59.0}
    early = ch.clv.rfm(LOG, account="who", time="at", calibration_end="2026-01-31", end="2026-04-01")
    assert early["account_id"].to_pylist() == ["a"]  # b came later
    same = ch.clv.rfm(LOG, account="who", time="at", calibration_end="2026-04-01", end="2026-04-01")
    assert rows(same, "frequency_holdout", "duration_holdout") == [(0.0, 0.0)] * 2


def test_amounts_of_one_period_add_up_and_the_first_is_left_out() -> None:
    log = pa.table({"who": ["a"] * 4, "at": [date(2026, 1, d) for d in (5, 9, 5, 9)], "paid": [100.0, 1.0, 200.0, 4.0]})
    assert rows(ch.clv.rfm(log, account="who", time="at", amount="paid", period="1d")) == [("a", 1.0, 4.0, 4.0, 5.0)]


def test_columns_of_events_that_do_not_fit_are_named() -> None:
    with pytest.raises(ch.DataError, match=r"events\.paid: amount needs numbers, this column is string") as caught:
        ch.clv.rfm(LOG.set_column(2, "paid", pa.array(["much"] * 4)), account="who", time="at", amount="paid")
    assert (caught.value.table, caught.value.column) == ("events", "paid")
    with pytest.raises(
        ch.DataError, match=r"events\.at: time needs dates, timestamps or texts in ISO form, this column is double"
    ) as caught:
        ch.clv.rfm(LOG.set_column(1, "at", LOG["paid"]), account="who", time="at")
    assert (caught.value.table, caught.value.column) == ("events", "at")
    odd = pa.array([1.0, 2.0, math.inf, math.nan])
    with pytest.raises(ch.DataError, match=r"events\.paid\[2\]: 2 rows hold no finite number") as caught:
        ch.clv.rfm(LOG.set_column(2, "paid", odd), account="who", time="at", amount="paid")
    assert (caught.value.row, caught.value.rows) == (2, 2)
    with pytest.raises(ValueError, match="give calibration_end"):
        ch.clv.rfm(LOG, account="who", time="at", calibration_end="2026-02-01", calibration_as_of="2026-02-01")


def test_the_first_purchase_counts_where_that_is_asked_for() -> None:
    columns = {"account": "who", "time": "at", "amount": "paid"}
    found = ch.clv.rfm(LOG, **columns, count_first=True)
    assert rows(found) == [("a", 3.0, 60.0, 60.0, 70 / 3), ("b", 1.0, 0.0, 59.0, 1.0)]
    assert found.schema.metadata[b"count_first"] == b"true"
    assert ch.clv.rfm(LOG, **columns, count_first=False).equals(ch.clv.rfm(LOG, **columns))
    split = ch.clv.rfm(LOG, **columns, calibration_end="2026-02-01", end="2026-04-01", count_first=True)
    names = ("account_id", "frequency", "monetary_value", "frequency_holdout", "monetary_value_holdout")
    assert rows(split, *names) == [("a", 1.0, 10.0, 2.0, 30.0), ("b", 1.0, 1.0, 0.0, 0.0)]
    late = ch.clv.rfm(LOG, **columns, calibration_end="2026-01-31", end="2026-04-01", count_first=True)
    assert late["account_id"].to_pylist() == ["a"]


def test_an_empty_log_has_no_customers() -> None:
    found = ch.clv.rfm(LOG.slice(0, 0), account="who", time="at", amount="paid", end="2026-04-01")
    assert (found.num_rows, found.column_names) == (0, ["account_id", "frequency", "recency", "T", "monetary_value"])


# --- lifetimes --------------------------------------------------------------------------------------------------------


def lasted(start: str, end: str | None, as_of: str | datetime | None, period: str) -> tuple[Any, ...] | None:
    """Duration and event of one account with one contract."""
    ends = pa.array([None if end is None else date.fromisoformat(end)], pa.date32())
    contracts = pa.table({"who": ["a"], "from": [date.fromisoformat(start)], "to": ends})
    found = ch.clv.lifetimes(contracts, account="who", start="from", end="to", as_of=as_of, period=period)
    return rows(found, "duration", "event")[0] if found.num_rows else None


@pytest.mark.parametrize(
    ("start", "end", "as_of", "period", "expected"),
    [
        ("2026-01-31", None, "2026-02-28", "1mo", (1.0, False)),  # the 31st is cut to the 28th, as months_between does
        ("2026-01-31", None, "2026-02-27", "1mo", (0.0, False)),
        ("2026-01-31", None, "2026-03-30", "1mo", (1.0, False)),
        ("2026-01-31", None, "2026-03-31", "1mo", (2.0, False)),
        ("2026-01-15", None, "2026-03-15", "1mo", (2.0, False)),
        ("2026-01-15", None, "2026-03-14", "1mo", (1.0, False)),
        ("2026-01-15", None, "2026-07-14", "1q", (1.0, False)),
        ("2026-01-15", None, "2026-07-15", "1q", (2.0, False)),
        ("2024-02-29", None, "2026-02-28", "1y", (2.0, False)),
        ("2024-02-29", None, "2026-02-27", "1y", (1.0, False)),
        ("2024-03-01", None, "2026-02-28", "1y", (1.0, False)),
        ("2024-03-01", None, "2026-03-01", "1y", (2.0, False)),
        ("2026-01-01", None, "2026-01-02", "1d", (1.0, False)),
        ("2026-01-01", None, "2026-01-15", "2w", (1.0, False)),
        ("2026-01-01", None, "2026-01-01", "1d", None),  # not seen yet
        ("2026-01-01", "2026-01-10", "2026-01-10", "1d", (9.0, False)),  # as of its end nobody has left
        ("2026-01-01", "2026-01-10", "2026-01-11", "1d", (9.0, True)),
        ("2026-01-01", "2026-01-10", "2026-01-05", "1d", (4.0, False)),
        ("2026-01-01", "2026-01-01", "2026-02-01", "1d", (0.0, True)),
        ("2026-01-01", "2026-01-10", None, "1d", (0.0, False)),  # no row speaks of a day after the last start
        ("2026-01-01", "2026-01-01", None, "1d", (0.0, True)),
        ("1965-01-01", "1966-01-01", None, "1d", (0.0, False)),
        ("2026-01-01", "9999-12-31", "9999-12-31", "1y", (7973.0, False)),
    ],
)
def test_lifetimes_are_whole_periods_up_to_an_end_or_the_as_of(
    start: str, end: str | None, as_of: str | None, period: str, expected: tuple[Any, ...] | None
) -> None:
    assert lasted(start, end, as_of, period) == expected


def test_an_end_is_seen_a_microsecond_after_it() -> None:
    assert lasted("2026-01-01", "2026-01-10", datetime(2026, 1, 10) + MICROSECOND, "1d") == (9.0, True)


def test_a_lifetime_reaches_from_the_first_start_to_the_last_end() -> None:
    contracts = pa.table(
        {
            "who": ["b", "a", "a", "a"],
            "from": [date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 11), date(2026, 5, 1)],
            "to": pa.array([None, date(2026, 2, 20), date(2026, 3, 2), None], pa.date32()),
        }
    )
    columns = {"account": "who", "start": "from", "end": "to", "period": "1d"}
    assert rows(ch.clv.lifetimes(contracts, **columns, as_of="2026-04-01")) == [("a", 50.0, True), ("b", 90.0, False)]
    now = ch.clv.lifetimes(contracts, **columns)
    assert rows(now, "account_id", "event") == [("a", False), ("b", False)]
    assert now["duration"].to_pylist() == pytest.approx([110.0, 120.0])
    nulls = contracts.set_column(2, "to", pa.nulls(4))
    assert rows(ch.clv.lifetimes(nulls, **columns, as_of="2026-01-12"), "account_id", "duration") == [
        ("a", 1.0),
        ("b", 11.0),
    ]
    odd = contracts.set_column(2, "to", pa.array([None, date(2026, 1, 31), date(2026, 1, 10), None], pa.date32()))
    with pytest.raises(ch.DataError, match="table 'contracts', row 1: it ends before it starts") as caught:
        ch.clv.lifetimes(odd, **columns)
    assert (caught.value.table, caught.value.column, caught.value.row, caught.value.rows) == ("contracts", "to", 1, 2)


# --- Kaplan-Meier -----------------------------------------------------------------------------------------------------


def test_a_curve_falls_at_the_time_itself_and_the_censored_are_there_until_then() -> None:
    km = ch.clv.KaplanMeier().fit([1, 2, 2, 3], [True, True, False, True])
    assert rows(km.table_, "time", "at_risk", "observed", "censored", "survival") == [
        (0.0, 4.0, 0.0, 0.0, 1.0),
        (1.0, 4.0, 1.0, 0.0, 0.75),
        (2.0, 3.0, 1.0, 1.0, 0.5),
        (3.0, 1.0, 1.0, 0.0, 0.0),
    ]
    assert km.survival([0, 0.99, 1, 2.5, 3, 9]).tolist() == [1.0, 1.0, 0.75, 0.5, 0.0, 0.0]
    assert km.survival(2) == 0.5
    assert (km.median_, km.quantile(0.75), km.quantile(0.74), km.quantile(0.5), km.quantile(0.49)) == (2, 1, 2, 2, 3)
    assert km.restricted_mean(0) == 0.0
    assert km.restricted_mean(2.5) == 1 + 0.75 + 0.25
    assert km.restricted_mean(9) == 1 + 0.75 + 0.5
    assert rows(km.table_, "ci_low", "ci_high")[0] == (1.0, 1.0)
    assert rows(km.table_, "ci_low", "ci_high")[3] == (0.0, 0.0)
    assert km.table_["cumulative_hazard"].to_pylist() == pytest.approx([0, 1 / 4, 1 / 4 + 1 / 3, 1 / 4 + 1 / 3 + 1])


def test_the_interval_of_a_curve_is_that_of_its_log_log() -> None:
    """Greenwood: 1 of 4 leaves, 1 / (4 · 3) under the root; ln 0.75 = -0.28768207."""
    wide = ch.clv.KaplanMeier().fit([1, 2, 3, 4], [True, False, False, False])
    spread = 1.959963984540054 * math.sqrt(1 / 12) / 0.2876820724517809
    assert wide.table_["ci_low"][1].as_py() == pytest.approx(0.75 ** math.exp(spread))
    assert wide.table_["ci_high"][1].as_py() == pytest.approx(0.75 ** math.exp(-spread))
    narrow = ch.clv.KaplanMeier(level=0.5).fit([1, 2, 3, 4], [True, False, False, False])
    assert wide.table_["ci_low"][1].as_py() < narrow.table_["ci_low"][1].as_py() < 0.75
    assert narrow.table_.schema.metadata == {b"level": b"0.5"}


def test_weights_count_customers() -> None:
    one = ch.clv.KaplanMeier().fit([1, 1, 1, 2, 5], [True, True, False, True, False]).table_
    weighted = ch.clv.KaplanMeier().fit([1, 1, 2, 5], [True, False, True, False], weights=[2, 1, 1, 1]).table_
    assert weighted.equals(one)
    assert ch.clv.KaplanMeier().fit([5, 7], [False, False]).median_ is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([1, 2], [1, 2]), r"event\[1\]: expected true or false, got 2"),
        (([1, 2], [True]), "event: 1 rows where duration has 2"),
        (([1, 2], [True, True], [1]), "weights: 1 rows where duration has 2"),
        (([],), "duration: there are no rows"),
        (([1, -0.5],), r"duration\[1\]: expected a finite number, 0 or more, got -0.5"),
        (([1, math.inf],), r"duration\[1\]: expected a finite number, 0 or more, got inf"),
        (([1], [None]), r"event\[0\]: expected a finite number, 0 or more, got nan"),
    ],
)
def test_durations_that_cannot_be_are_named(columns: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        ch.clv.KaplanMeier().fit(*columns[:2], **({"weights": columns[2]} if len(columns) > 2 else {}))


@pytest.mark.parametrize("level", [0, 1, -1, 95])
def test_a_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(ch.DataError, match=f"level: expected a number between 0 and 1, got {level}"):
        ch.clv.KaplanMeier(level=level).fit([1, 2])
    with pytest.raises(ValueError, match="KaplanMeier has no parameter 'alpha'; it has level"):
        ch.clv.KaplanMeier().set_params(alpha=level)


# --- estimators -------------------------------------------------------------------------------------------------------


def test_retention_is_told_from_the_first_renewal_on() -> None:
    model = ch.clv.SBG.from_params(alpha=1.0, beta=1.0)  # S(t) = 1 / (t + 1)
    assert model.survival([0, 1, 3]).tolist() == pytest.approx([1, 1 / 2, 1 / 4])
    assert model.retention([1, 2]).tolist() == pytest.approx([1 / 2, 2 / 3])
    with pytest.raises(ch.DataError, match=r"t\[1\]: expected 1 or more, the number of a renewal, got 0.5") as caught:
        model.retention([1, 0.5])
    assert (caught.value.column, caught.value.row) == ("t", 1)


def test_lifetimes_are_discounted_from_now_or_from_the_next_renewal() -> None:
    model = ch.clv.SBG.from_params(alpha=2.0, beta=1.0)
    assert model.discounted_expected_lifetime(0.0) == pytest.approx(2.0)  # the mean of a geometric over its Beta
    later = model.discounted_expected_residual_lifetime(0.1, 1, just_renewed=True)
    assert model.discounted_expected_residual_lifetime(0.1, 1) == pytest.approx(1.1 * later)
    with pytest.raises(ch.DataError, match=r"d: expected a discount rate of 0 or more, got -0\.1"):
        model.discounted_expected_lifetime(-0.1)
    bdw = ch.clv.BDW.from_params(alpha=2.0, beta=1.0, c=1.0)
    assert bdw.discounted_expected_lifetime(0.1) == pytest.approx(model.discounted_expected_lifetime(0.1))
    with pytest.raises(ch.DataError, match="d: expected a discount rate above 0, got 0"):
        bdw.discounted_expected_lifetime(0.0)
    with pytest.raises(ch.DataError, match="d: expected a discount rate above 0, got 0"):
        ch.clv.ParetoNBD.from_params(r=0.5, alpha=10, s=0.6, beta=11).discounted_expected_residual_transactions(
            0.0, 1, 2, 3
        )


@pytest.mark.parametrize(
    ("survivors", "message"),
    [
        ([], "survivors: there are no customers"),
        ([[100, 60], []], r"survivors\[1\]: there are no customers"),
        ([[100, 60], [math.nan, math.nan]], r"survivors\[1\]: there are no customers"),
        ([100, -1], r"survivors\[1\]: expected a number of customers, 0 or more, at most the 100 before, got -1"),
        ([-1, -2], r"survivors\[0\]: expected a number of customers, 0 or more, got -1"),
        ([[100, 60], [50, 51]], r"survivors\[1\]\[1\]: .* at most the 50 before, got 51"),
        (np.zeros((0, 3)), "survivors: there is no cohort"),
    ],
)
def test_survivors_that_cannot_be_are_named(survivors: Any, message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        ch.clv.SBG().fit(survivors)


def test_information_criteria_follow_from_the_likelihood() -> None:
    model = ch.clv.SBG().fit([1000, 631, 468, 382, 326])
    assert model.n_customers_ == 1000
    assert model.aic_ == pytest.approx(2 * 2 - 2 * model.log_likelihood_)
    assert model.bic_ == pytest.approx(2 * math.log(1000) - 2 * model.log_likelihood_)
    low, high = model.confidence_intervals()["alpha"]
    spread = 1.959963984540054 * model.standard_errors_["alpha"] / model.params_["alpha"]
    assert (low, high) == pytest.approx(tuple(model.params_["alpha"] * math.exp(way * spread) for way in (-1, 1)))
    narrow = model.confidence_intervals(level=0.5)["alpha"]
    assert low < narrow[0] < model.params_["alpha"] < narrow[1] < high
    with pytest.raises(ch.Error, match="this SBG was not fitted: it has no standard errors"):
        ch.clv.SBG.from_params(alpha=1, beta=1).confidence_intervals()


def test_a_start_has_a_value_above_0_for_every_parameter() -> None:
    for start, message in [
        ({"alpha": 1.0}, "start: expected a value for each of alpha, beta, got {'alpha': 1.0}"),
        ({"alpha": 1.0, "beta": 0.0}, "start: expected finite values above 0, got"),
        ({"alpha": math.inf, "beta": 1.0}, "start: expected finite values above 0, got"),
    ]:
        with pytest.raises(ch.DataError, match=message):
            ch.clv.SBG(start=start).fit([1000, 631, 468])
    near = ch.clv.SBG(start={"alpha": 0.7, "beta": 4.0}).fit([1000, 631, 468, 382])
    assert near.params_ == pytest.approx(ch.clv.SBG().fit([1000, 631, 468, 382]).params_, rel=1e-3)
    assert repr(ch.clv.SBG()) == "<SBG, not fitted>"
    assert repr(ch.clv.SBG.from_params(alpha=1, beta=2.5)) == "<SBG alpha=1, beta=2.5>"


def test_columns_of_numbers_are_taken_from_whatever_people_hold() -> None:
    model = ch.clv.BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    alone = model.probability_alive(2, 30.0, 38.0)
    assert isinstance(alone, float)
    frame = {"frequency": [2], "recency": [30.0], "T": [38.0], "other": ["x"]}
    for given in (frame, pa.table(frame)):
        assert model.probability_alive(given).tolist() == [alone]
    assert model.probability_alive(pa.scalar(2), pa.array([30.0]), np.float64(38)).tolist() == [alone]
    for given, message in [
        ((2, 30.0), "T is missing: give it, or a frame with the columns frequency, recency, T"),
        ((frame, 30.0), "a frame has the columns frequency, recency, T: give it alone"),
        ((["two"], [30.0], [38.0]), "frequency: .*; expected numbers: a list, a numpy or pyarrow array"),
        (([[2]], [30.0], [38.0]), "frequency: 2 dimensions where one is wanted; expected numbers"),
        (([np.datetime64("2026-01-01")], [30.0], [38.0]), "frequency: .*expected numbers"),
        (([2 + 0j], [30.0], [38.0]), "frequency: .*expected numbers"),
    ]:
        with pytest.raises(ch.DataError, match=message) as caught:
            model.probability_alive(*given)
        assert caught.value.column in ("frequency", "T", "")


@pytest.mark.parametrize("rate", [1e-12, 1e-15])
def test_a_discount_rate_beyond_what_can_be_summed_is_refused(rate: float) -> None:
    for model in (
        ch.clv.SBG.from_params(alpha=0.668, beta=3.806),
        ch.clv.BDW.from_params(alpha=0.668, beta=3.806, c=1.2),
    ):
        assert model.discounted_expected_residual_lifetime(1e-4, renewals=1) > 50.0
        with pytest.raises(ch.DataError, match=f"d: {rate} is so small a discount rate"):
            model.discounted_expected_residual_lifetime(rate, renewals=1)
    with pytest.raises(ch.DataError, match="d: could not convert string to float"):
        model.discounted_expected_residual_lifetime("low", renewals=1)
