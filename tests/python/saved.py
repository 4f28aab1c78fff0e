"""Portfolios for folders: a model, its rows day by day, and what is asked of them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

import customerhealth as ch

AS_OF = "2026-07-01"
MODEL: dict[str, Any] = {
    "format": 1,
    "tables": {
        "usage": {"kind": "events", "account": "id", "time": "day"},
        "plans": {"kind": "intervals", "account": "id", "start": "start", "end": "end", "key": "number"},
    },
    "metrics": {
        "events": {"from": "usage", "agg": "count"},
        "features": {"from": "usage", "agg": "count_distinct", "of": "feature"},
        "last_feature": {"from": "usage", "agg": "last", "of": "feature"},
        "seats": {"from": "plans", "agg": "sum", "of": "seats"},
    },
    "scores": {"health": {"measures": {"use": {"value": "events", "percentile": {}}}}},
}


def usage(number: int, rows: int = 30) -> pa.Table:
    """A day's rows; most of one account, all on one day, so that only their order tells which is last."""
    dice = random.Random(number)
    day = date(2026, 1, 1) + timedelta(days=number)
    return pa.table(
        {
            "id": [f"account {dice.randrange(12 + number)}" for _ in range(rows)],
            "day": [day] * rows,
            "feature": pa.array([dice.choice(["a", "b", None, f"only {number}"]) for _ in range(rows)], pa.string()),
            "not read": list(range(rows)),
        }
    )


def plans(number: int) -> pa.Table:
    ids = [f"account {i}" for i in range(number, number + 6)]
    return pa.table(
        {
            "id": ids, "start": [date(2025, 1 + number % 12, 1)] * 6, "end": pa.array([None] * 6, pa.date32()),
            "number": list(range(6)), "seats": [number + i for i in range(6)],
        }
    )  # fmt: skip


def model() -> ch.Model:
    return ch.Model.parse(MODEL)


def answers(portfolio: ch.Portfolio) -> list[Any]:
    panel = portfolio.score([AS_OF, "2026-02-01"])
    found = [panel.table, panel.reasons(), panel.contributions("health"), portfolio.quality()]
    return [pa.table(each).to_pylist() for each in found]


def at_once(*days: pa.Table, **tables: pa.Table) -> list[Any]:
    return answers(ch.Portfolio(model(), usage=pa.concat_tables(days), **tables))
