"""What quality() says of tables, loaded at once and brought by appends."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

import customerhealth as ch


def model_of(**tables: dict[str, Any]) -> ch.Model:
    """A model that counts the rows of each table, which is a dict of keys."""
    metrics = {f"n_{name}": {"from": name, "agg": "count"} for name in tables if tables[name]["kind"] != "accounts"}
    return ch.Model.parse({"format": 1, "tables": tables, "metrics": metrics})


def findings(model: ch.Model, **tables: pa.Table) -> dict[str, dict[str, Any]]:
    """By "table: check" what is found, which is the same when the rows come one by one, or in halves."""
    whole = ch.Portfolio(model, **tables).quality()
    most = max(table.num_rows for table in tables.values())
    for size in {1, max(1, most // 2), max(1, most - 1)}:
        grown = ch.Portfolio(model, **{name: table.slice(0, size) for name, table in tables.items()})
        for begin in range(size, most, size):
            more = {name: table.slice(begin, size) for name, table in tables.items() if begin < table.num_rows}
            grown.append(**more)
        assert grown.quality().equals(whole), size
    return {f"{row['table']}: {row['check']}": row for row in whole.to_pylist()}
