"""Results as pyarrow tables, each with the version that made it beside the model's digest in its schema."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import _core
from .._version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_reader", "as_table", "rows_in_python", "show_cell"]


def as_table(result: _core.ResultTable) -> pa.Table:
    """The whole result, without a copy."""
    import pyarrow as pa

    table = pa.RecordBatchReader.from_stream(result).read_all()  # pa.table(result) imports pandas first
    return table.replace_schema_metadata(_signed(table.schema))


def as_reader(
    results: Iterator[_core.ResultTable], rows: Callable[[pa.Table], pa.Table] = lambda table: table
) -> pa.RecordBatchReader:
    """Some rows of results that come one by one, as one stream of record batches; at least one comes."""
    import pyarrow as pa

    first = rows(as_table(next(results)))
    rest = (batch for result in results for batch in rows(as_table(result)).to_batches())
    return pa.RecordBatchReader.from_batches(first.schema, itertools.chain(first.to_batches(), rest))


def rows_in_python(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table; instants that Python's datetimes do not reach, after 9999, as texts."""
    import pyarrow as pa

    try:
        rows: list[dict[str, Any]] = table.to_pylist()
    except (OverflowError, ValueError):
        for place, field in enumerate(table.schema):
            if pa.types.is_timestamp(field.type):
                micros = table.column(place).cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
                shown = [None if at is None else _core.show_instant(at) for at in micros]
                table = table.set_column(place, field.name, pa.array(shown, pa.string()))
        rows = table.to_pylist()
    return rows


def show_cell(value: object) -> str:
    """A value of a table for people."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    if isinstance(value, datetime):
        return value.isoformat().replace("T00:00:00+00:00", "").replace("+00:00", "Z")
    return str(value)


def _signed(schema: pa.Schema) -> dict[bytes, bytes]:
    return {**(schema.metadata or {}), b"customerhealth.version": __version__.encode()}
