"""Kaplan-Meier beside SciPy, exact fractions and published figures; lifetimes of contracts that are not over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from oracle.instants import months_between

# Weeks of remission of 21 patients on 6-MP and 21 on a placebo: Freireich et al. (1963), Blood 21, 699-716. Their curve
# is in Kalbfleisch, Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def remissions(weeks: str) -> tuple[list[float], list[bool]]:
    each = weeks.split()
    return [float(week.rstrip("+")) for week in each], [not week.endswith("+") for week in each]


def test_the_curve_of_the_leukaemia_trial_is_the_published_one() -> None:
    km = ch.clv.KaplanMeier().fit(*remissions(TREATED))
    published = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert km.survival([6, 7, 10, 13, 16, 22, 23]).round(3).tolist() == published
    assert km.median_ == 23
    assert ch.clv.KaplanMeier().fit(*remissions(PLACEBO)).median_ == 8


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined:RuntimeWarning")
@pytest.mark.parametrize("seed", range(6))
def test_the_curve_and_its_interval_are_those_of_scipy(seed: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 15, 40).astype(float)
    left = rng.random(40) < 0.7
    km = ch.clv.KaplanMeier().fit(time, left)
    theirs = stats.ecdf(stats.CensoredData(uncensored=time[left], right=time[~left])).sf
    np.testing.assert_allclose(km.survival(theirs.quantiles), theirs.probabilities, rtol=1e-12)
    inside = (theirs.probabilities > 0) & (theirs.probabilities < 1)
    at = np.searchsorted(km.table_["time"].to_numpy(), theirs.quantiles)
    interval = theirs.confidence_interval(method="log-log")
    for name, side in (("ci_low", interval.low), ("ci_high", interval.high)):
        np.testing.assert_allclose(
            km.table_[name].to_numpy()[at][inside], side.probabilities[inside], rtol=1e-9, err_msg=name
        )


def exact(entry: list[int], time: list[int], left: list[bool], weight: list[Fraction]) -> dict[int, Fraction]:
    """S at every time, in fractions: the product of what stays of those at risk."""
    share, curve = Fraction(1), {}
    for t in sorted(set(time)):
        risk = sum(w for e, d, w in zip(entry, time, weight, strict=True) if (e < t or e == 0) and d >= t)
        gone = sum(w for d, y, w in zip(time, left, weight, strict=True) if d == t and y)
        share *= 1 - gone / risk if risk else 1
        curve[t] = share
    return curve


CUSTOMER = st.tuples(st.integers(0, 4), st.integers(1, 9), st.booleans(), st.integers(1, 9999))


@given(customers=st.lists(CUSTOMER, min_size=1, max_size=30), cents=st.booleans(), late=st.booleans())
@pytest.mark.filterwarnings("ignore:KaplanMeier. all who are there:RuntimeWarning")
def test_a_curve_is_that_of_exact_fractions(
    customers: list[tuple[int, int, bool, int]], cents: bool, late: bool
) -> None:
    entry = [first if late else 0 for first, *_ in customers]
    time = [first + length for first, length, *_ in customers]
    left = [gone for *_, gone, _ in customers]
    weight = [Fraction(amount, 100) if cents else Fraction(1) for *_, amount in customers]
    km = ch.clv.KaplanMeier().fit(time, left, weights=[float(w) for w in weight], entry=entry if late else None)
    curve = exact(entry, time, left, weight)
    assert km.survival(list(curve)).tolist() == pytest.approx([float(s) for s in curve.values()], rel=1e-13, abs=0)
    for p in {Fraction(1, 2), *curve.values()}:
        reached = [t for t, share in curve.items() if share <= p]
        expected = 0.0 if p == 1 else reached[0] if reached else None
        assert km.quantile(float(p)) == expected
    table = km.table_.to_pylist()
    assert all(0 <= row["ci_low"] <= row["survival"] <= row["ci_high"] <= 1 for row in table)
    assert all(row["at_risk"] >= row["observed"] >= 0 for row in table)
    if (end := [t for t, share in curve.items() if share == 0]) != []:
        last = table[-1]
        assert (last["survival"], last["ci_low"], last["ci_high"], km.quantile(0)) == (0, 0, 0, end[0])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", ["cents", "thirds", "huge", "tiny"])
def test_whatever_the_weights_the_curve_ends_at_0_when_all_have_left(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    weights = {
        "cents": np.round(rng.gamma(1, 80, n) + 0.01, 2),
        "thirds": rng.integers(1, 50, n) / 3,
        "huge": rng.random(n) * 1e300,
        "tiny": rng.random(n) * 1e-300,
    }[kind]
    entry = rng.integers(0, 3, n) * float(seed % 2)
    first = np.r_[0.0, entry[1:]]  # somebody is there from the beginning, and for long
    time = np.r_[40.0, entry[1:] + rng.integers(1, 25, n - 1)]
    last = ch.clv.KaplanMeier().fit(time, weights=weights, entry=first).table_.to_pylist()
    assert (last[-1]["survival"], last[-1]["ci_low"], last[-1]["ci_high"]) == (0, 0, 0)
    assert all(0 < row["survival"] <= 1 for row in last[:-1])


def test_a_median_is_where_exactly_half_are_left_whatever_their_number() -> None:
    for n in (*range(2, 400, 2), 50_000):
        assert ch.clv.KaplanMeier().fit(np.arange(1.0, n + 1)).median_ == n / 2
    tenths = ch.clv.KaplanMeier().fit(np.arange(1.0, 11))
    assert [tenths.quantile(k / 10) for k in range(11)] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_who_enters_late_is_at_risk_from_then_on() -> None:
    """Definition: Klein, Moeschberger (2003), Survival Analysis, section 4.6; a product of 1 - gone / at risk."""
    km = ch.clv.KaplanMeier().fit([5, 4, 7, 2, 8, 5], entry=[4, 0, 5, 1, 2, 1])
    found = km.table_.select(["time", "at_risk", "observed"]).to_pylist()
    assert [tuple(row.values()) for row in found] == [(0, 1, 0), (2, 3, 1), (4, 3, 1), (5, 3, 2), (7, 2, 1), (8, 1, 1)]
    assert km.table_["survival"].to_pylist() == pytest.approx([1, 2 / 3, 4 / 9, 4 / 27, 2 / 27, 0])
    zero = ch.clv.KaplanMeier().fit([5, 4, 7], [1, 0, 1], entry=[0, 0, 0])
    assert zero.table_.equals(ch.clv.KaplanMeier().fit([5, 4, 7], [1, 0, 1]).table_)
    with pytest.warns(RuntimeWarning, match="all who are there at time 2 leave then, and 1 customers enter later"):
        early = ch.clv.KaplanMeier().fit([2, 9], entry=[0, 5])
    assert early.survival([1, 2, 9]).tolist() == [1, 0, 0]
    for entry, message in (
        ([0, 3], r"entry\[1\]: expected less than the duration, 3, got 3"),
        ([4, 0], r"entry\[0\]: expected less than the duration, 2, got 4"),
        ([0], "entry: 1 rows where duration has 2"),
        ([-1, 0], r"entry\[0\]: expected a finite number, 0 or more, got -1"),
    ):
        with pytest.raises(ch.DataError, match=message):
            ch.clv.KaplanMeier().fit([2, 3], entry=entry)


@pytest.mark.parametrize(
    ("given_", "survival", "median"),
    [
        (([3.0],), {3: 0.0}, 3),  # one customer
        (([3.0], [False]), {3: 1.0}, None),
        (([0.0, 0.0],), {0: 0.0}, 0),  # all leave at once
        (([0.0, 0.0, 4.0, 4.0], [1, 1, 0, 0]), {0: 0.5, 9: 0.5}, 0),
        (([5.0] * 4,), {4: 1.0, 5: 0.0}, 5),  # equal times
        (([5.0] * 4, [1, 1, 0, 0]), {5: 0.5}, 5),
        (([1.0, 2.0], None, [1e15, 1e15]), {1: 0.5, 2: 0.0}, 1),  # huge counts
        (([1.0, 2.0, 7.0], None, [1, 1, 0]), {1: 0.5, 2: 0.0, 7: 0.0}, 1),  # a row of weight 0 is nobody
    ],
)
def test_curves_of_next_to_nobody(given_: tuple[Any, ...], survival: dict[int, float], median: float | None) -> None:
    time, event, weights = (*given_, None, None)[:3]
    km = ch.clv.KaplanMeier().fit(time, event, weights=weights)
    assert {t: km.survival(t) for t in survival} == survival
    assert km.median_ == median


def test_what_gives_no_curve_says_why() -> None:
    km = ch.clv.KaplanMeier().fit([1, 2])
    for call, message in (
        (
            lambda: ch.clv.KaplanMeier().fit([1, 2], weights=[0, 0]),
            "all are 0, so that there are no customers",
        ),
        (lambda: ch.clv.KaplanMeier().fit([1, 2], weights=[1e308, 1e308]), "their sum is beyond the range of numbers"),
        (lambda: km.quantile(1.5), "p: expected a share between 0 and 1, got 1.5"),
        (lambda: km.quantile(float("nan")), "p: expected a share between 0 and 1, got nan"),
        (lambda: km.restricted_mean(float("inf")), "t: expected a finite number, 0 or more, got inf"),
        (lambda: km.restricted_mean(-1), "t: expected a finite number, 0 or more, got -1"),
    ):
        with pytest.raises(ch.DataError, match=message):
            call()


# --- lifetimes that are not over --------------------------------------------------------------------------------------


def lived(starts: list[date], ends: list[date | None], who: list[str] | None = None, **keys: Any) -> pa.Table:
    who = who or [f"a{k}" for k in range(len(starts))]
    table = pa.table({"who": who, "from": starts, "to": pa.array(ends, pa.date32())})
    return ch.clv.lifetimes(table, account="who", start="from", end="to", **keys)


def test_contracts_that_run_on_have_not_ended() -> None:
    starts = [date(2026, month, 3) for month in (1, 2, 4)]
    found = lived(starts, [date(2027, month, 3) for month in (1, 2, 4)])
    assert found["event"].to_pylist() == [False] * 3
    assert found["duration"].to_pylist() == [3.0, 2.0, 0.0]  # up to the last start
    assert found.schema.metadata == {b"ends_to_come": b"3"}
    told = lived(starts, [date(2027, month, 3) for month in (1, 2, 4)], as_of="2027-03-01")
    assert told["event"].to_pylist() == [True, True, False]
    assert told.schema.metadata == {b"ends_to_come": b"1"}


def test_an_end_at_the_last_start_has_come_and_one_after_it_has_not() -> None:
    starts = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 1)]
    ends = [date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 2), None]
    found = lived(starts, ends)
    assert found["event"].to_pylist() == [True, True, False, False]
    assert found["duration"].to_pylist() == [1.0, 2.0, 2.0, 0.0]


def test_an_end_in_9999_is_open() -> None:
    starts = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 7, 1)]
    found = lived(starts, [date(9999, 12, 31), date(9999, 1, 1), None])
    assert found["event"].to_pylist() == [False] * 3
    assert found["duration"].to_pylist() == [6.0, 6.0, 0.0]
    assert found.schema.metadata == {b"ends_to_come": b"0"}


@given(
    first=st.dates(date(1995, 1, 1), date(2031, 12, 31)),
    days=st.integers(0, 4000),
    clock=st.sampled_from([(0, 0), (6, 0), (0, 6)]),
    months=st.sampled_from(["1mo", "2mo", "1q", "1y"]),
)
def test_months_are_those_of_months_between(first: date, days: int, clock: tuple[int, int], months: str) -> None:
    begin, end = (
        datetime(day.year, day.month, day.day, hour)
        for day, hour in zip((first, first + timedelta(days=days)), clock, strict=True)
    )
    if end < begin:
        end = begin
    table = pa.table({"who": ["a"], "from": [begin], "to": [end]})
    as_of = end + timedelta(days=1)
    found = ch.clv.lifetimes(table, account="who", start="from", end="to", as_of=as_of, period=months)
    since = [int(np.datetime64(moment, "us").astype(np.int64)) for moment in (end, begin)]
    assert found["duration"][0].as_py() == months_between(*since) // {"1mo": 1, "2mo": 2, "1q": 3, "1y": 12}[months]
