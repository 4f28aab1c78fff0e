"""Cohorts of any length, and how far a table tells: ends that lie after everything it speaks of have not come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from books import contracts

VISITS = [
    ("ann", 4),
    ("ann", 5),
    ("ann", 13),
    ("ben", 5),
    ("ben", 9),
    ("cem", 12),
]  # days of May 2026; the 4th is a Monday


def visits() -> pa.Table:
    times = [datetime(2026, 5, day, 10) for _, day in VISITS]
    return pa.table({"account_id": [who for who, _ in VISITS], "time": times})


def triangle(table: pa.Table, measure: str = "accounts") -> dict[str, list[Any]]:
    """What each cohort has left, by the day on which it begins."""
    found: dict[str, list[Any]] = {}
    for row in table.to_pylist():
        found.setdefault(f"{row['cohort']:%m-%d}", []).append(row[measure])
    return found


def test_cohorts_of_days_and_weeks() -> None:
    activity = ch.Revenue.from_events(visits(), gap="1d")
    days = activity.cohorts("1d", "accounts", until="2026-05-08")
    assert triangle(days) == {"05-04": [1, 1, 0, 0], "05-05": [1, 0, 0]}
    weeks = activity.cohorts("1w", "accounts", until="2026-05-18")
    assert triangle(weeks) == {"05-04": [0, 0], "05-11": [0]}
    assert triangle(activity.cohorts("7d", "accounts", until="2026-05-18")) == triangle(weeks)
    weekly = ch.Revenue.from_events(visits(), gap="7d")
    assert triangle(weekly.cohorts("1w", "accounts", until="2026-05-18")) == {"05-04": [2, 1], "05-11": [1]}


@pytest.mark.parametrize(
    ("every", "first"),
    [("1w", "2026-05-04"), ("2w", "2026-04-27"), ("1d", "2026-05-06"), ("12h", "2026-05-06T12:00"),
     ("1mo", "2026-05-01"), ("6mo", "2026-01-01"), ("2q", "2026-01-01"), ("5y", "2025-01-01")],
)  # fmt: skip
def test_where_a_cohort_begins(every: str, first: str) -> None:
    """Weeks, days and hours count from Monday 1970-01-05, months from January 1970; 2,938 weeks lie before 27 April."""
    book = pa.table({"account_id": ["a"], "start": [datetime(2026, 5, 6, 13)], "end": pa.nulls(1, pa.timestamp("us")),
                     "mrr": [5]})  # fmt: skip
    (cohort,) = ch.Revenue(book).cohorts(every)["cohort"].to_pylist()
    assert cohort.replace(tzinfo=None) == datetime.fromisoformat(first)


def test_weeks_before_1970_begin_on_mondays_too() -> None:
    book = contracts(("a", "1969-12-31", None, 5), ("b", "1970-01-05", None, 5))
    cohorts = ch.Revenue(book).cohorts("1w")["cohort"].to_pylist()
    assert [f"{cohort:%Y-%m-%d}" for cohort in cohorts] == ["1969-12-29", "1969-12-29", "1970-01-05"]


def test_a_length_that_makes_too_many_periods_is_refused() -> None:
    book = contracts(("a", "1990-01-01", None, 5), ("b", "2026-01-05", None, 5))
    with pytest.raises(ch.DataError, match="more than 10,000 periods of 1d; give until=, or a longer one"):
        ch.Revenue(book).cohorts("1d")
    assert ch.Revenue(book).cohorts("1d", until="1990-01-03").num_rows == 2


def test_what_if_takes_any_length() -> None:
    book = contracts(
        ("a", "2026-05-04", None, 10.0), ("b", "2026-05-05", "2026-05-12", 10.0), ("c", "2026-05-13", None, 4.0)
    )
    table = ch.Revenue(book).what_if("2026-05-18", periods=2, every="1w")
    # The week kept 10 of 20; a's 10 and c's 4 are each halved, then once more at the last rate known.
    assert table["arr"].to_pylist() == [168.0, 84.0, 42.0]


# ---- how far a table tells ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["mrr", "accounts"])
def test_ends_in_the_future_have_not_come(measure: str) -> None:
    book = contracts(("a", "2026-03-02", "2027-03-02", 1), ("b", "2026-05-20", "2027-05-20", 1))
    shown = triangle(ch.Revenue(book).cohorts("1mo", measure), measure)
    assert shown == {"03-01": [1, 1, 1], "05-01": [1]}
    given = triangle(ch.Revenue(book).cohorts("1q", measure, until="2027-07-01"), measure)
    assert given == {"01-01": [1, 1, 1, 1, 0, 0], "04-01": [1, 1, 1, 1, 0]}


def test_the_last_row_is_included_and_the_last_period_cut_there() -> None:
    book = contracts(
        ("a", "2026-03-02", "2026-05-10", 5), ("b", "2026-03-02", "2026-05-11", 5), ("c", "2026-05-10", None, 5)
    )
    assert triangle(ch.Revenue(book).cohorts(measure="accounts")) == {"03-01": [2, 2, 1], "05-01": [1]}
    on_an_edge = contracts(("a", "2026-03-02", "2026-05-01", 5), ("c", "2026-05-01", None, 5))
    assert triangle(ch.Revenue(on_an_edge).cohorts(measure="accounts")) == {"03-01": [1, 1, 0], "05-01": [1]}


def test_what_became_known_later_is_observed() -> None:
    rows = [("a", "2026-03-02", "2026-05-10", 5, "2026-03-02"), ("b", "2026-03-20", None, 5, "2026-06-15")]
    book = contracts(*rows, columns="account_id start end mrr known")
    revenue = ch.Revenue(book, known="known")
    assert triangle(revenue.cohorts(measure="accounts")) == {"03-01": [2, 2, 1, 1]}
    assert triangle(revenue.cohorts(measure="accounts", as_known_at="2026-06-01")) == {"03-01": [1]}


def test_rows_that_count_for_nothing_are_observed_too() -> None:
    paid = ("a", "2026-03-02", "2026-04-10", 5.0)
    for aside in (
        ("b", "2026-05-10", None, 0.0),
        ("b", "2026-05-10", None, None),
        ("b", "2026-05-10", "2026-05-10", 5.0),
    ):
        assert triangle(ch.Revenue(contracts(paid, aside)).cohorts(measure="accounts")) == {"03-01": [1, 0, 0]}


def test_the_gap_after_the_end_of_the_events_is_not_churn() -> None:
    events = pa.table(
        {"account_id": ["u", "v", "u", "v"], "time": [datetime(2026, *at) for at in ((1, 8), (1, 8), (3, 8), (4, 7))]}
    )
    activity = ch.Revenue.from_events(events, gap="1mo")
    assert triangle(activity.cohorts(measure="accounts")) == {"01-01": [2, 0, 1, 2]}
    assert triangle(activity.cohorts(measure="accounts", until="2026-06-01")) == {"01-01": [2, 0, 1, 1, 0]}


def test_a_table_that_ends_on_time_is_told_as_with_until() -> None:
    """The last start is the last instant of March: cut there or not, the periods are those of until=1 April."""
    start = [datetime(2026, 1, 9), datetime(2026, 3, 31, 23, 59, 59, 999_999)]
    book = pa.table({"account_id": ["a", "b"], "start": start, "end": [datetime(2026, 2, 2), None], "mrr": [1.0, 2.0]})
    revenue = ch.Revenue(book)
    assert revenue.cohorts().equals(revenue.cohorts(until="2026-04-01"))
