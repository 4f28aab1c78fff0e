"""What tests of answers that must not change share: every bit of a panel, and what was known at an as-of."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

import pyarrow as pa

import customerhealth as ch
from strategies import Case

Rows = list[dict[str, Any]]
LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)


def bits(table: pa.Table) -> list[tuple[str, str, list[Any]]]:
    """Name, type and values of each column, floats by their bytes: equal only when every bit is."""
    found = []
    for name, column in zip(table.column_names, table.itercolumns(), strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        values = column.cast(pa.int64()).to_pylist() if pa.types.is_timestamp(column.type) else column.to_pylist()
        if pa.types.is_floating(column.type):
            values = [None if value is None else struct.pack("<d", value) for value in values]
        found.append((name, str(column.type).replace("large_", ""), values))
    return found


def everything(panel: Any, model: dict[str, Any]) -> list[Any]:
    tables = [panel.table, pa.table(panel.reasons())]
    tables += [pa.table(panel.contributions(score, deep=deep)) for score in model["scores"] for deep in (False, True)]
    return [bits(table) for table in tables]


def lives(loaded: ch.Portfolio, as_ofs: list[Any], model: dict[str, Any]) -> list[Any]:
    """Every bit of a panel, of its plays and of the moves up to its last as-of."""
    panel = loaded.score(as_ofs)
    tables = [panel.plays(), panel.plays(closed=True)]
    tables += [loaded.moves(name, LONG_AGO, max(as_ofs)) for name in model.get("journeys", {})]
    return everything(panel, model) + [bits(pa.table(table)) for table in tables]


def portfolio(case: Case, tables: dict[str, pa.Table] | None = None, threads: int | None = None) -> Any:
    return ch.Portfolio(ch.Model.parse(case.model), tables=case.tables() if tables is None else tables, threads=threads)


def answer(case: Case, tables: dict[str, pa.Table] | None = None, threads: int | None = None) -> list[Any]:
    return everything(portfolio(case, tables, threads).score(case.moments()), case.model)


def known_of(spec: dict[str, Any], row: dict[str, Any]) -> int | None:
    """The K of a row; None where it is known from the beginning, or where the row does not exist."""
    known = row.get(spec["known"]) if "known" in spec else None
    if known is None and spec["kind"] != "accounts":
        known = row[spec["start" if spec["kind"] == "intervals" else "time"]]
    return known


def is_future(spec: dict[str, Any], row: dict[str, Any], as_of: int) -> bool:
    """Nothing of the row may be seen at the as-of. A keyed event that was known may have replaced an earlier version,
    however late it happens, so only what becomes known later is the future there."""
    known = known_of(spec, row)
    if known is not None and known >= as_of:
        return True
    time = row.get(spec.get("time", ""))
    return time is not None and time >= as_of and (spec["kind"] == "states" or "key" not in spec)


def without_future(case: Case, as_of: int) -> dict[str, Rows]:
    specs = case.model["tables"]
    return {name: [row for row in rows if not is_future(specs[name], row, as_of)] for name, rows in case.rows.items()}


def sorted_rows(tables: Iterable[list[tuple[str, str, list[Any]]]]) -> list[Any]:
    """Rows of all tables, once each."""
    found = {row for table in tables for row in zip(*[map(as_key, values) for _, _, values in table], strict=True)}
    return sorted(found)


def as_key(value: Any) -> Any:
    return (type(value).__name__, repr(value))
