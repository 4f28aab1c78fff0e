"""Rows of the random tables as Arrow columns."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from oracle.cells import Stamp

MOST_NANOS = 2**63 - 1


def as_arrow(rows: list[dict[str, Any]], schema: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({column: as_array([row[column] for row in rows], type_) for column, type_ in schema.items()})


def as_array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(type_):
        return timestamps(values, type_)
    if pa.types.is_decimal(type_):
        return pa.array([None if v is None else decimal.Decimal(repr(v)) for v in values], type_)
    if pa.types.is_dictionary(type_):
        return pa.array(values, type_.value_type).dictionary_encode()
    if pa.types.is_struct(type_):
        parts = [as_array([None if v is None else v.get(f.name) for v in values], f.type) for f in type_]
        return pa.StructArray.from_arrays(
            parts, fields=list(type_), mask=pa.array([v is None for v in values], pa.bool_())
        )
    if pa.types.is_map(type_):
        pairs = [pair for value in values for pair in value or ()]
        keys = as_array([key for key, _ in pairs], type_.key_type)
        return pa.MapArray.from_arrays(offsets(values), keys, as_array([item for _, item in pairs], type_.item_type))
    if pa.types.is_list(type_):
        parts = as_array([part for value in values for part in value or ()], type_.value_type)
        return pa.ListArray.from_arrays(offsets(values), parts)
    return pa.array(values, type_)


def timestamps(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """Of instants and of stamps that are in the unit of the type."""
    if any(isinstance(value, Stamp) for value in values):
        return pa.array([None if v is None else v.ticks for v in values], pa.int64()).cast(type_)
    if type_.unit == "ns" and any(v is not None and abs(int(v)) > MOST_NANOS // 1000 for v in values):
        type_ = pa.timestamp("us", type_.tz)  # 9999-12-31 is beyond 64 bits of nanoseconds
    scale = 1000 if type_.unit == "ns" else 1
    return pa.array([None if v is None else int(v) * scale for v in values], pa.int64()).cast(type_)


def offsets(values: Sequence[Any]) -> pa.Array:
    """Where each list begins; a missing one has no place."""
    found: list[int | None] = []
    place = 0
    for value in values:
        found.append(None if value is None else place)
        place += len(value or ())
    return pa.array([*found, place], pa.int32())
