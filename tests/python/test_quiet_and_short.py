"""Buckets without rows, intervals without length, windows that are not over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

AS_OF = "2026-07-01"


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def answers(
    metrics: dict[str, dict[str, Any]], as_of: str = AS_OF, **tables: pa.Table
) -> tuple[dict[str, Any], dict[str, str]]:
    """The metrics of the one account, and why some are missing."""
    kinds = {
        "usage": {"kind": "events", "account": "id", "time": "at"},
        "tickets": {"kind": "intervals", "account": "id", "start": "opened", "end": "closed"},
    }
    model = {"format": 1, "tables": {name: kinds[name] for name in tables}, "metrics": metrics}
    panel = ch.Portfolio(ch.Model.parse(model), tables=tables).score(as_of)
    (row,) = panel.table.to_pylist()
    return row, {each["metric"]: each["reason"] for each in panel.reasons().to_pylist()}


def usage(*days: str, value: list[float | None] | None = None) -> pa.Table:
    values = pa.array(value or [1.0] * len(days), pa.float64())
    return pa.table({"id": ["acme"] * len(days), "at": [day(one) for one in days], "n": values})


def tickets(*rows: tuple[str, str | None]) -> pa.Table:
    ends = [None if end is None else day(end) for _, end in rows]
    return pa.table(
        {
            "id": ["acme"] * len(rows),
            "opened": [day(start) for start, _ in rows],
            "closed": pa.array(ends, pa.timestamp("us")),
        }
    )


WEEKS = {"from": "usage", "every": "7d", "window": "28d"}


@pytest.mark.parametrize("how", [{"agg": "count"}, {"agg": "sum", "of": "n"}, {"agg": "count_distinct", "of": "n"}])
def test_a_customer_who_went_quiet_has_buckets_of_0(how: dict[str, Any]) -> None:
    thens = ["mean", "median", "min", "max", "std", "slope", "active", "streak", "floored"]
    metrics = {f"then_{then}": {**WEEKS, **how, "then": then} for then in thens}
    metrics["skipped"] = {**WEEKS, **how, "then": "mean", "empty": "skip"}
    metrics["skipped_active"] = {**WEEKS, **how, "then": "active", "empty": "skip"}
    row, reasons = answers(metrics, usage=usage("2026-01-05"))
    assert {then: row[f"then_{then}"] for then in thens} == dict.fromkeys(thens, 0.0)
    assert reasons == {"skipped": "silent", "skipped_active": "silent"}


@pytest.mark.parametrize("agg", ["mean", "min", "max"])
def test_other_aggregations_leave_such_buckets_out(agg: str) -> None:
    metrics = {
        "m": {**WEEKS, "agg": agg, "of": "n", "then": "mean"},
        "a": {**WEEKS, "agg": agg, "of": "n", "then": "active"},
    }
    assert answers(metrics, usage=usage("2026-01-05"))[1] == {"m": "silent", "a": "silent"}


def test_a_bucket_whose_rows_have_no_value_is_0_too() -> None:
    table = usage("2026-01-05", "2026-06-10", "2026-06-30", value=[1.0, None, None])
    metrics = {
        "added": {**WEEKS, "agg": "sum", "of": "n", "then": "mean"},
        "distinct": {**WEEKS, "agg": "count_distinct", "of": "n", "then": "max"},
        "rows": {**WEEKS, "agg": "count", "then": "mean"},
    }
    row, reasons = answers(metrics, usage=table)
    assert (row["added"], row["distinct"], row["rows"], reasons) == (0.0, 0.0, 0.5, {})


def test_before_the_first_row_there_are_no_buckets() -> None:
    metrics = {
        "early": {**WEEKS, "agg": "count", "then": "mean", "offset": "28d"},
        "one": {**WEEKS, "agg": "count", "then": "std", "where": "n > 5"},
        "few": {**WEEKS, "agg": "count", "then": "mean", "where": "n > 5", "min_rows": 1},
    }
    row, reasons = answers(metrics, usage=usage("2026-06-28"))
    assert reasons == {"early": "too_young", "one": "too_few", "few": "too_few"}
    assert row["one"] is None


MODES = ["alive", "started", "ended", "upcoming", "any"]


def counts(as_of: str, *rows: tuple[str, str | None]) -> dict[str, float]:
    metrics = {mode: {"from": "tickets", "agg": "count", "rows": mode} for mode in MODES}
    row, _ = answers(metrics, as_of, tickets=tickets(*rows, ("2026-01-01", None)))  # one that is always alive
    return {mode: row[mode] - (mode != "ended" and mode != "upcoming") for mode in MODES}


@pytest.mark.parametrize(
    ("end", "as_of", "expected"),
    [
        ("2026-06-10", "2026-06-11", [0, 1, 1, 0, 1]),
        ("2026-06-10", "2026-06-10T00:00:00.000001Z", [0, 1, 1, 0, 1]),
        ("2026-06-09", "2026-06-11", [0, 0, 0, 0, 1]),  # before it starts
        ("2026-06-11", "2026-06-11", [1, 1, 0, 0, 1]),
        ("2026-06-11", "2026-06-12", [0, 1, 1, 0, 1]),
    ],
)
def test_an_interval_that_ends_as_it_starts_has_started_and_ended(end: str, as_of: str, expected: list[int]) -> None:
    assert list(counts(as_of, ("2026-06-10", end)).values()) == expected


def test_one_that_is_known_before_it_starts_and_ends_is_upcoming() -> None:
    table = tickets(("2026-01-01", None), ("2026-08-01", "2026-08-01"), ("2026-08-02", "2026-08-01"))
    table = table.append_column("known", pa.array([day("2026-01-01")] * 3, pa.timestamp("us")))
    model = {
        "format": 1,
        "tables": {
            "tickets": {"kind": "intervals", "account": "id", "start": "opened", "end": "closed", "known": "known"}
        },
        "metrics": {mode: {"from": "tickets", "agg": "count", "rows": mode} for mode in MODES},
    }
    (row,) = ch.Portfolio(ch.Model.parse(model), tickets=table).score(AS_OF).table.to_pylist()
    assert [row[mode] for mode in MODES] == [1, 1, 0, 1, 3]


def test_it_chains_nothing_and_is_a_first_row() -> None:
    rows = [
        ("2026-05-01", "2026-05-01"),
        ("2026-06-01", "2026-06-20"),
        ("2026-06-20", "2026-06-20"),
        ("2026-06-25", None),
    ]
    metrics = {
        "unbroken": {"from": "tickets", "agg": "days_unbroken"},
        "first": {"from": "tickets", "agg": "days_since_first", "rows": "started"},
        "first_end": {"from": "tickets", "agg": "days_since_first", "rows": "ended"},
        "gap": {"from": "tickets", "agg": "longest_gap", "rows": "ended"},
        "of_month": {"from": "tickets", "agg": "count", "rows": "ended", "window": "61d", "full_window": True},
    }
    row, reasons = answers(metrics, tickets=tickets(*rows))
    assert reasons == {}
    assert (row["unbroken"], row["first"], row["first_end"], row["gap"], row["of_month"]) == (6, 61, 61, 50, 3)


def test_it_is_no_fault_of_the_rows() -> None:
    table = tickets(("2026-05-01", "2026-05-01"), ("2026-06-02", "2026-06-01"))
    model = {
        "format": 1,
        "tables": {"tickets": {"kind": "intervals", "account": "id", "start": "opened", "end": "closed"}},
    }
    found = ch.Portfolio(ch.Model.parse(model), tickets=table).quality().to_pylist()
    assert [(one["check"], one["rows"], one["first_row"]) for one in found] == [("end_not_after_start", 1, 1)]


@pytest.mark.parametrize(
    ("as_of", "back", "reason"),
    [
        ("2026-06-01T10:00:00Z", None, "too_young"),  # as_of is not after S
        ("2026-06-08", None, "too_young"),
        ("2026-06-17T08:59:59.999999Z", None, "too_young"),
        ("2026-06-17T09:00:00Z", 2.0, None),
        ("2026-07-01", 2.0, None),
    ],
)
def test_a_window_that_began_at_a_date_counts_once_it_is_over(
    as_of: str, back: float | None, reason: str | None
) -> None:
    metrics = {
        "first": {"from": "usage", "agg": "first_time"},
        "back": {"from": "usage", "agg": "count", "since": "first + 2", "window": "14d", "full_window": True},
    }
    table = usage("2026-06-01T09:00:00", "2026-06-05", "2026-06-07")
    row, reasons = answers(metrics, as_of, usage=table)
    assert (row["back"], reasons.get("back")) == (back, reason)


def test_a_date_that_is_missing_gives_its_reason_first() -> None:
    metrics = {
        "first": {"from": "usage", "agg": "first_time", "where": "n > 5"},
        "of_month": {"from": "usage", "agg": "count", "since": "first", "window": "1mo", "full_window": True},
    }
    assert answers(metrics, usage=usage("2026-06-28"))[1] == {"first": "silent", "of_month": "silent"}
