"""Small books of contracts for tests of recurring revenue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

import customerhealth as ch

MOVES = ("new", "expansion", "contraction", "churn", "reactivation")
Row = dict[str, Any]


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def contracts(*rows: Sequence[Any], columns: str = "account_id start end mrr") -> pa.Table:
    """Rows of contracts; dates as text."""
    names = columns.split()
    dated = {"start", "end", "known"}
    return pa.table(
        {n: [day(row[i]) if n in dated else row[i] for row in rows] for i, n in enumerate(names)},
        schema=pa.schema(
            [(n, pa.date32()) if n in dated else (n, pa.array([r[i] for r in rows]).type) for i, n in enumerate(names)]
        ),
    )


def moved(revenue: ch.Revenue, *dates: str, **options: Any) -> list[dict[str, float]]:
    """The movements that are not 0, of each row."""
    rows = revenue.movements(list(dates), **options).to_pylist()
    return [{move: float(row[move]) for move in MOVES if row[move]} for row in rows]
