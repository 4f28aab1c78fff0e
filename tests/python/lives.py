"""A portfolio that can be followed by hand: a value a week, seen at the next tick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa

import customerhealth as ch

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
STAGES = [
    {"name": "new", "enter": "v >= 0", "owner": "marketing"},
    {"name": "trying", "enter": "v >= 10", "owner": "sales", "deadline": "14d"},
    {"name": "won", "enter": "v >= 20", "owner": "success"},
]


def day(n: float) -> datetime:
    """Days after a Monday that is a tick of the default clock."""
    return MONDAY + timedelta(days=n)


def document(**top: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "tables": {
            "given": {"kind": "states", "account": "id", "time": "at"},
            "accounts": {"kind": "accounts", "account": "id"},
        },
        "metrics": {"v": {"from": "given", "agg": "last", "of": "value"}},
        **top,
    }


def portfolio(values: dict[Any, Sequence[float | None]], **top: Any) -> ch.Portfolio:
    """The k-th value of an account is known a day before the tick k; None: nothing new."""
    rows = [(name, k, value) for name, row in values.items() for k, value in enumerate(row) if value is not None]
    given = pa.table(
        {
            "id": [row[0] for row in rows],
            "at": pa.array([day(7 * row[1] - 1) for row in rows], pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in rows], pa.float64()),
        }
    )
    accounts = pa.table({"id": list(values), "tier": ["gold"] * len(values)})
    return ch.Portfolio(ch.Model.parse(document(**top)), given=given, accounts=accounts)


def weeks(count: int) -> list[datetime]:
    return [day(7 * k) for k in range(count)]


def column(panel: ch.Panel, name: str) -> list[Any]:
    values: list[Any] = panel.table[name].to_pylist()
    return values
