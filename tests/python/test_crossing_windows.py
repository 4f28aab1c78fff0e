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
