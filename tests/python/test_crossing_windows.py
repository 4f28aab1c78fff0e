"""Calendar windows whose begins cross: a month before noon lies after a month before the midnight that follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

NOON, MIDNIGHT = "2026-03-28T12:00", "2026-03-29T00:00"  # a month before: 02-28T12:00 and 02-28T00:00
EVENTS = [dt.datetime(2026, 2, 1), dt.datetime(2026, 2, 28, 6), dt.datetime(2026, 3, 5), dt.datetime(2026, 3, 5)]


def portfolio(metric: dict[str, Any], **table: Any) -> ch.Portfolio:
    events = pa.table({"account": ["a"] * 4, "at": EVENTS, "v": [1.0, 2.0, 4.0, 4.0], "since": EVENTS[:1] * 4})
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": {"kind": "events", "account": "account", "time": "at", **table}},
            "metrics": {
                "start": {"from": "usage", "agg": "min", "of": "since"},
                "m": {"from": "usage", **metric},
            },
        }
    )
    return ch.Portfolio(model, usage=events)


@pytest.mark.parametrize(
    ("metric", "noon", "midnight"),
    [
        ({"agg": "count", "window": "1mo"}, 2, 3),
        ({"agg": "sum", "of": "v", "window": "1mo"}, 8, 10),
        ({"agg": "count_distinct", "of": "v", "window": "1mo"}, 1, 2),
        ({"agg": "min", "of": "v", "window": "1mo"}, 4, 2),
        ({"agg": "median", "of": "v", "window": "1mo"}, 4, 4),
        ({"agg": "count", "offset": "1mo"}, 2, 1),
        ({"agg": "last", "of": "v", "stale_after": "1mo"}, 4, 4),
        ({"agg": "count", "since": "start", "window": "1mo"}, 2, 2),
    ],
)
@pytest.mark.parametrize("table", [{}, {"known": "at"}])
def test_an_as_of_answers_the_same_alone_and_beside_another(
    metric: dict[str, Any], noon: float, midnight: float, table: dict[str, str]
) -> None:
    there = portfolio(metric, **table)
    assert there.score(NOON).table["m"].to_pylist() == [noon]
    assert there.score(MIDNIGHT).table["m"].to_pylist() == [midnight]
    assert there.score([NOON, MIDNIGHT]).table["m"].to_pylist() == [noon, midnight]


def test_a_whole_table_goes_stale_the_same_alone_and_beside_another() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": {"kind": "events", "account": "account", "time": "at", "stale_after": "1mo"}},
            "metrics": {"m": {"from": "usage", "agg": "count"}},
        }
    )
    there = ch.Portfolio(model, usage=pa.table({"account": ["a"], "at": [dt.datetime(2026, 2, 28, 6)]}))
    assert there.score(NOON).table["m"].to_pylist() == [None]
    assert there.score(MIDNIGHT).table["m"].to_pylist() == [1]
    assert there.score([NOON, MIDNIGHT]).table["m"].to_pylist() == [None, 1]


def test_an_account_younger_than_a_full_window_is_too_young_before_its_rows_are_too_few() -> None:
    spec = {"from": "u", "agg": "mean", "of": "v", "window": "28d", "min_rows": 3}
    metrics = {"full": {**spec, "full_window": True}, "any": spec}
    tables = {"u": {"kind": "events", "account": "id", "time": "at"}}
    model = ch.Model.parse({"format": 1, "tables": tables, "metrics": metrics})
    young = pa.table({"id": ["a"], "at": [dt.date(2026, 1, 25)], "v": [1.0]})
    reasons = ch.Portfolio(model, u=young).score("2026-02-01").reasons()
    assert dict(zip(reasons["metric"].to_pylist(), reasons["reason"].to_pylist(), strict=True)) == {
        "full": "too_young",
        "any": "too_few",
    }


def test_intervals_are_as_fresh_as_what_became_known_of_them_last() -> None:
    tables = {"c": {"kind": "intervals", "account": "id", "start": "s", "end": "e", "known": "k", "stale_after": "7d"}}
    model = ch.Model.parse({"format": 1, "tables": tables, "metrics": {"n": {"from": "c", "agg": "sum", "of": "v"}}})
    old = {
        "id": ["a"],
        "s": [dt.date(2020, 1, 1)],
        "e": pa.array([None], pa.date32()),
        "v": [5.0],
        "k": [dt.date(2026, 1, 31)],
    }
    panel = ch.Portfolio(model, c=pa.table(old)).score(["2026-02-01", "2026-02-07", "2026-02-07T00:00:00.000001"])
    assert panel.table["n"].to_pylist() == [5.0, 5.0, None]
    assert panel.reasons()["reason"].to_pylist() == ["stale"]
