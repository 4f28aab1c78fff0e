"""Tables whose column holds several elements a row, and what the panel of a model makes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

import customerhealth as ch

MAY = datetime(2026, 5, 1)
ONE_TEXT = {"each": {"column": "ids", "split": ";"}, "account": "ids"}
LISTS = {"each": {"column": "ids"}, "account": "ids"}
LINES = {"each": {"column": "lines"}}
COUNT = {"n": {"from": "t", "agg": "count"}}
SUM = {"total": {"from": "t", "agg": "sum", "of": "v"}, "n": {"from": "t", "agg": "count"}}


def model_of(spec: dict[str, Any], metrics: dict[str, Any] | None = None, **more: Any) -> ch.Model:
    table = {"kind": "events", "account": "a", "time": "at", **spec}
    return ch.Model.parse({"format": 1, "tables": {"t": table, **more}, "metrics": metrics or COUNT})


def portfolio_of(spec: dict[str, Any], table: object, metrics: dict[str, Any] | None = None) -> ch.Portfolio:
    return ch.Portfolio(model_of(spec, metrics), t=table)


def panel_of(portfolio: ch.Portfolio) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in portfolio.score("2026-07-01").table.drop(["as_of"]).to_pylist()]


def panel(spec: dict[str, Any], table: object, metrics: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    return panel_of(portfolio_of(spec, table, metrics))


def rows(**columns: Any) -> pa.Table:
    count = len(next(iter(columns.values())))
    return pa.table({"a": ["x"] * count, "at": pa.array([MAY] * count, pa.timestamp("us", "UTC")), **columns})


def notes(portfolio: ch.Portfolio) -> list[tuple[str, int, int, str]]:
    found = portfolio.quality().to_pylist()
    return [(row["check"], row["rows"], row["first_row"], row["example"]) for row in found]


# --- texts ------------------------------------------------------------------------------------------------------------
