"""Summaries and lifetimes from tables: as of when, known when, and what is refused."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

import customerhealth as ch


def test_events_of_one_period_count_once_and_weeks_begin_on_mondays() -> None:
    events = pa.table({"who": ["b", "a", "a", "a"], "day": ["2026-03-02", "2026-03-01", "2026-03-02", "2026-03-08"]})
    weeks = ch.clv.rfm(events, account="who", time="day", period="1w", end="2026-03-16").to_pylist()
    assert weeks == [
        {"account_id": "a", "frequency": 1.0, "recency": 1.0, "T": 3.0},
        {"account_id": "b", "frequency": 0.0, "recency": 0.0, "T": 2.0},
    ]
    months = ch.clv.rfm(events, account="who", time="day", period="1mo").to_pylist()
    assert [row["T"] for row in months] == [0.0, 0.0]


LOG = pa.table(
    {
        "who": ["a", "a", "a", "a", "b", "b"],
        "day": ["2026-03-01", "2026-03-05", "2026-03-09", "2026-03-12", "2026-03-02", "2026-03-11"],
        "seen": ["2026-03-01", "2026-03-10", None, "2026-03-20", "2026-03-02", "2026-03-11"],
    }
)


def test_an_as_of_is_exclusive_and_knows_what_was_known_then() -> None:
    columns = {"account": "who", "time": "day"}
    by_end = ch.clv.rfm(LOG, **columns, end="2026-03-11")
    by_as_of = ch.clv.rfm(LOG, **columns, as_of="2026-03-12")
    assert by_as_of.to_pylist() == by_end.to_pylist()
    assert [(row["frequency"], row["T"]) for row in by_as_of.to_pylist()] == [(2.0, 10.0), (1.0, 9.0)]
    known = ch.clv.rfm(LOG, **columns, as_of="2026-03-15", known="seen")
    assert [(row["frequency"], row["T"]) for row in known.to_pylist()] == [(2.0, 13.0), (1.0, 12.0)]
    assert known.schema.metadata[b"rows_not_known"] == b"1"


@pytest.mark.parametrize("split", ["2026-03-03", "2026-03-06", "2026-03-10", "2026-03-12"])
def test_a_holdout_begins_at_any_as_of(split: str) -> None:
    columns = {"account": "who", "time": "day"}
    table = ch.clv.rfm(LOG, **columns, calibration_as_of=split, as_of="2026-04-01")
    before = ch.clv.rfm(LOG, **columns, as_of=split)
    assert table.select(["account_id", "frequency", "recency", "T"]).to_pylist() == before.to_pylist()
    rows = LOG.to_pylist()
    after = [sum(row["who"] == who and row["day"] >= split for row in rows) for who in ("a", "b")]
    assert table["frequency_holdout"].to_pylist() == after
    known = ch.clv.rfm(LOG, **columns, calibration_as_of="2026-03-10", as_of="2026-04-01", known="seen")
    assert known["frequency"].to_pylist() == [1.0, 0.0]  # that of the 5th was known on the 10th: too late
    assert known["frequency_holdout"].to_pylist() == [1.0, 1.0]


def test_ends_that_contradict_each_other_are_refused() -> None:
    columns = {"account": "who", "time": "day"}
    with pytest.raises(ValueError, match=r"give end \(inclusive\) or as_of \(exclusive\), not both"):
        ch.clv.rfm(LOG, **columns, end="2026-03-11", as_of="2026-03-12")
    with pytest.raises(ValueError, match="known= tells what was known at an as-of: give as_of="):
        ch.clv.rfm(LOG, **columns, end="2026-03-11", known="seen")
    with pytest.raises(ch.DataError, match="the calibration ends after the end of observation"):
        ch.clv.rfm(LOG, **columns, calibration_as_of="2026-04-01", as_of="2026-03-12")


def test_events_that_cannot_be_used_are_named() -> None:
    events = pa.table({"who": ["a", None], "at": ["2026-03-02", "2026-03-01"], "paid": [1.0, float("nan")]})
    with pytest.raises(ch.DataError, match=r"events\.who\[1\]: 1 row holds nothing") as caught:
        ch.clv.rfm(events, account="who", time="at")
    assert (caught.value.row, caught.value.rows) == (1, 1)
    with pytest.raises(ch.DataError, match=r"events\.paid\[1\]: 1 row holds no finite number"):
        ch.clv.rfm(events.set_column(0, "who", pa.array(["a", "b"])), account="who", time="at", amount="paid")
    with pytest.raises(ch.UnknownNameError, match="rfm needs a column 'when', the table has none; did you mean 'who'"):
        ch.clv.rfm(events, account="who", time="when")


def test_lifetimes_of_contracts_are_censored_at_the_as_of() -> None:
    contracts = pa.table(
        {
            "who": ["a", "a", "b", "c", "d"],
            "from": ["2025-01-31", "2025-03-01", "2025-01-01", "2026-01-01", "2025-06-01"],
            "to": ["2025-02-28", "2025-05-01", None, None, "2025-12-31"],
        }
    )
    columns = {"account": "who", "start": "from", "end": "to"}
    got = ch.clv.lifetimes(contracts, **columns, as_of="2025-12-31").to_pylist()
    assert got == [
        {"account_id": "a", "duration": 3.0, "event": True},
        {"account_id": "b", "duration": 11.0, "event": False},
        {"account_id": "d", "duration": 6.0, "event": False},  # an end at the as-of is yet to come
    ]
    days = ch.clv.lifetimes(contracts, **columns, as_of="2025-12-31", period="1d")
    assert days["duration"].to_pylist() == [90.0, 364.0, 213.0]
    with pytest.raises(ch.DataError, match="row 0: it ends before it starts"):
        ch.clv.lifetimes(contracts.slice(0, 1).rename_columns(["who", "to", "from"]), **columns)


def test_a_purchase_known_a_microsecond_before_the_as_of_counts_and_one_known_at_it_does_not() -> None:
    last = datetime(2026, 1, 31, 23, 59, 59, 999_999)
    log = pa.table({"who": ["a", "a"], "day": [date(2026, 1, 1), date(2026, 1, 10)], "k": [datetime(2026, 1, 1), last]})
    for as_of, frequency, left_out in (("2026-02-01", 1.0, b"0"), (last, 0.0, b"1")):
        found = ch.clv.rfm(log, account="who", time="day", as_of=as_of, known="k")
        assert found["frequency"].to_pylist() == [frequency]
        assert found.schema.metadata[b"rows_not_known"] == left_out
