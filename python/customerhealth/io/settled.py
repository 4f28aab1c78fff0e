"""Columns of frames and files with types of their own, as the model's ``types`` say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import plain
from .paths import leaf_of, values_at
from .roles import ELEMENTS, Role, Roles
from .text_files import BadCellError, Given, read_cells

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["settle"]


def settle(table: Any, schema: pa.Schema | None, name: str, roles: Roles) -> Any:
    """The table, with each column of another type than ``types`` gives it converted, where that loses nothing."""
    import pyarrow as pa

    if schema is None:
        return table
    changed = {}
    for column, role in roles.items():
        # the core settles elements when it has taken them apart
        kind = leaf_of(schema, column) if role.settled and not column.endswith(ELEMENTS) else None
        if kind is not None and _kind(kind) not in (role.types[0], "null"):
            changed[column] = role
    if not changed:
        return table
    try:
        whole = pa.table(table)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"table '{name}' cannot be read: {error}", name) from error
    for column, role in changed.items():
        values = values_at(whole, column)
        values = _converted(values.cast(plain(values.type)), role, name, column)
        place = schema.get_field_index(column)
        whole = whole.append_column(column, values) if place < 0 else whole.set_column(place, column, values)
    return whole


def _kind(kind: pa.DataType) -> str:
    """The type that the language calls it."""
    import pyarrow as pa

    kind = plain(kind)
    if pa.types.is_null(kind):
        return "null"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "instant"
    return "text" if str(kind) in ("string", "large_string", "string_view") else str(kind)


def _converted(values: pa.ChunkedArray, role: Role, name: str, column: str) -> pa.ChunkedArray:
    import pyarrow as pa

    source, wanted = _kind(values.type), role.types[0]
    if source == "text":
        try:
            return read_cells(values.cast(pa.string()), role, Given(), name, column)
        except BadCellError as error:
            raise DataError(f"{name}.{column}[{error.row}]: {error}", name, column, error.row, 1) from None
    if wanted == "text" and source == "boolean":
        return values.cast(pa.string())
    if wanted == "text" and source == "number" and not pa.types.is_decimal(values.type):
        return _written(values)
    if (source, wanted) == ("boolean", "number"):
        return values.cast(pa.int64())
    if (source, wanted) == ("number", "boolean"):
        return _truths(values, name, column)
    raise _no_way(values.type, wanted, name, column)


def _written(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers in their shortest form; NaN is missing."""
    import pyarrow as pa

    if pa.types.is_integer(numbers.type):
        return numbers.cast(pa.string())
    texts = [
        None if x is None or x != x else repr(x).removesuffix(".0") for x in numbers.cast(pa.float64()).to_pylist()
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _truths(numbers: pa.ChunkedArray, name: str, column: str) -> pa.ChunkedArray:
    """1 and 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    as_floats = numbers.cast(pa.float64(), safe=False)
    bad = pc.invert(pc.is_in(as_floats, value_set=pa.array([0.0, 1.0, None, float("nan")])))
    row = pc.index(bad, True).as_py()
    if row >= 0:
        words = f"{name}.{column}[{row}]: {numbers[row]} is not true or false; of numbers 1 and 0 are"
        raise DataError(words, name, column, row, 1)
    return pc.if_else(pc.is_nan(as_floats), pa.scalar(None, pa.float64()), as_floats).cast(pa.bool_())


def _no_way(kind: pa.DataType, wanted: str, name: str, column: str) -> DataError:
    more = "; how many units since when is not known" if wanted == "instant" and _kind(kind) == "number" else ""
    return DataError(f"{name}.{column}: a column of type {kind} cannot be read as {wanted}{more}", name, column)
