"""Results as pyarrow tables, each with the version that made it beside the model's digest in its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

    from . import _core

__all__ = ["as_reader", "as_table"]


def as_table(result: _core.ResultTable) -> pa.Table:
    """The whole result, without a copy."""
    import pyarrow as pa

    table = pa.table(result)
    return table.replace_schema_metadata(_signed(table.schema))


def as_reader(result: _core.ResultTable) -> pa.RecordBatchReader:
    """The result in record batches, without a copy."""
    import pyarrow as pa

    reader = pa.RecordBatchReader.from_stream(result)
    schema = reader.schema.with_metadata(_signed(reader.schema))
    batches = (batch.replace_schema_metadata(schema.metadata) for batch in reader)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _signed(schema: pa.Schema) -> dict[bytes, bytes]:
    return {**(schema.metadata or {}), b"customerhealth.version": __version__.encode()}
