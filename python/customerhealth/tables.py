"""Results as pyarrow tables, each with the version that made it beside the model's digest in its schema."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

    from . import _core

__all__ = ["as_reader", "as_table"]


def as_table(result: _core.ResultTable) -> pa.Table:
    """The whole result, without a copy."""
    import pyarrow as pa

    table = pa.RecordBatchReader.from_stream(result).read_all()  # pa.table(result) imports pandas first
    return table.replace_schema_metadata(_signed(table.schema))


def as_reader(results: Iterator[_core.ResultTable]) -> pa.RecordBatchReader:
    """Results that come one by one, as one stream of record batches; at least one comes."""
    import pyarrow as pa

    first = as_table(next(results))
    rest = (batch for result in results for batch in as_table(result).to_batches())
    return pa.RecordBatchReader.from_batches(first.schema, itertools.chain(first.to_batches(), rest))


def _signed(schema: pa.Schema) -> dict[bytes, bytes]:
    return {**(schema.metadata or {}), b"customerhealth.version": __version__.encode()}
