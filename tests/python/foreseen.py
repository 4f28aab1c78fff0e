"""A portfolio whose scores are set by hand, so that what they foresee can be counted on fingers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa

import customerhealth as ch

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
GRADES = [{"name": "red", "from": 0}, {"name": "yellow", "from": 30}, {"name": "green", "from": 60}]


def day(n: float) -> datetime:
    return START + timedelta(days=n)


def instants(days: Sequence[float | None]) -> pa.Array:
    return pa.array([None if n is None else day(n) for n in days], pa.timestamp("us", "UTC"))


def document(**top: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "tables": {
            "given": {"kind": "states", "account": "id", "time": "at"},
            "contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end", "known": "known"},
            "accounts": {"kind": "accounts", "account": "id"},
        },
        "metrics": {
            "v": {"from": "given", "agg": "last", "of": "value"},
            "rival": {"from": "given", "agg": "last", "of": "other"},
            "word": {"from": "given", "agg": "last", "of": "word"},
            "tier": {"formula": "accounts.tier"},
            "same": {"formula": "v * 0 + 7"},
            "mrr": {"from": "contracts", "agg": "sum", "of": "mrr"},
            "plans": {"from": "contracts", "agg": "count_distinct", "of": "plan"},
        },
        "scores": {"health": {"measures": {"v": {"value": "v", "identity": True}}, "grades": GRADES}},
        **top,
    }


def given(rows: Sequence[tuple[Any, float, float | None]]) -> pa.Table:
    """Accounts, days and values; the rival is the value's last digit."""
    values = [row[2] for row in rows]
    return pa.table(
        {
            "id": [row[0] for row in rows],
            "at": instants([row[1] for row in rows]),
            "value": pa.array(values, pa.float64()),
            "other": pa.array([None if v is None else v % 10 for v in values], pa.float64()),
            "word": pa.array(["x"] * len(rows), pa.string()),
        }
    )


def contracts(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Accounts, starts and ends in days, then perhaps what they pay, the day it was known and the plan."""
    whole = [(*row, *(1.0, row[1], "team")[len(row) - 3 :]) for row in rows]
    return pa.table(
        {
            "id": pa.array([row[0] for row in whole], pa.string()),
            "start": instants([row[1] for row in whole]),
            "end": instants([row[2] for row in whole]),
            "mrr": pa.array([row[3] for row in whole], pa.float64()),
            "known": instants([row[4] for row in whole]),
            "plan": pa.array([row[5] for row in whole], pa.string()),
        }
    )


def portfolio(
    values: Sequence[tuple[Any, float, float | None]],
    covers: Sequence[tuple[Any, ...]] = (),
    accounts: Mapping[Any, str] | None = None,
    **top: Any,
) -> ch.Portfolio:
    tiers = {row[0]: "gold" for row in values} if accounts is None else dict(accounts)
    table = pa.table({"id": pa.array(list(tiers), pa.string()), "tier": pa.array(list(tiers.values()), pa.string())})
    model = ch.Model.parse(document(**top))
    return ch.Portfolio(model, given=given(values), contracts=contracts(covers), accounts=table)


def lost(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """A table of outcomes: accounts, days, and perhaps the days on which they ended."""
    made = {"account_id": pa.array([row[0] for row in rows], pa.string()), "at": instants([row[1] for row in rows])}
    if any(len(row) > 2 for row in rows):
        made["ended"] = instants([row[2] if len(row) > 2 else row[1] for row in rows])
    return pa.table(made)


def random_book(seed: int, accounts: int = 40, months: int = 12) -> tuple[list[tuple[Any, float, float]], pa.Table]:
    """Values a month apart, and outcomes that come sooner where the value is low."""
    rng = np.random.default_rng(seed)
    values, ends = [], []
    for a in range(accounts):
        level = rng.uniform(0, 100)
        for m in range(months):
            value = float(np.clip(np.round(level + rng.normal(0, 15)), 0, 100))
            values.append((f"a{a:03}", 30 * m - 1, value))
            if rng.uniform() < 0.15 * (1 - value / 110):
                ends.append((f"a{a:03}", 30 * m + rng.uniform(0, 29)))
    return values, lost(ends)


def no_nan(found: ch.Validation) -> None:
    """Of all tables: what is not known is null."""
    for name in TABLES:
        table = getattr(found, name)
        for column in table.column_names:
            if pa.types.is_floating(table[column].type):
                numbers = table[column].drop_null().to_numpy()
                assert np.isfinite(numbers).all(), (name, column)


TABLES = (
    *("cases", "population", "summary", "differences", "periods", "gains", "grades", "calibration", "capacity"),
    *("warnings", "warned", "missed", "spared", "measures", "sensitivity", "drift", "notes"),
)


ASKED: dict[str, Any] = {"horizon": "30d", "observed": day(30 * 13), "rounds": 50}
MONTHS = [day(30 * m) for m in range(12)]


def book(values_of: int = 0, scores: Any = ("v", "-rival"), months: int = 12, **keys: Any) -> ch.Validation:
    values, ends = random_book(values_of, months=months)
    asked: dict[str, Any] = {"as_ofs": MONTHS[:months], "outcome": ends, **ASKED, **keys}
    return portfolio(values).validate(list(scores), **asked)


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns or table.column_names)).to_pylist()]
