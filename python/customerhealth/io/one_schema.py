"""One schema over tables that were written apart: what appending them one after the other would make of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Part", "in_one_schema"]

_LARGEST_WHOLE = 2.0**53  # a float holds every integer up to here


class Part(NamedTuple):
    """A table that is a part of a larger one, and where it came from."""

    path: str
    table: pa.Table


def in_one_schema(parts: Sequence[Part], name: str, wanted: Sequence[str]) -> pa.Table:
    """The rows of all parts in their order, each column in the one type that holds its values in every part.

    Integers of any width, decimals and floats are one kind, dates and timestamps of any unit another, which is read to
    the microsecond as everywhere. A column that holds nothing in a part fits any type.

    Parameters
    ----------
    parts : sequence of Part
        One or more.
    name : str
        The table's name in the model, for messages.
    wanted : sequence of str
        The columns that are taken. One that a part lacks is missing in its rows; one that all lack is left out.

    Raises
    ------
    DataError
        If no type holds a column's values as they are, naming the column and two files that disagree.
    """
    import pyarrow as pa

    for path, table in parts:
        for column in wanted:
            if table.column_names.count(column) > 1:
                message = (
                    f"table '{name}': {path!r} has two columns named '{column}'; the model needs to know which one"
                )
                raise DataError(message, name, column)
    present = [column for column in wanted if any(column in table.column_names for _, table in parts)]
    if not present:  # the core says which columns are not there
        return pa.concat_tables([table.select([]) for _, table in parts])
    return pa.table([_in_one_type(parts, name, column) for column in present], names=present)


def _in_one_type(parts: Sequence[Part], name: str, column: str) -> pa.ChunkedArray:
    import pyarrow as pa

    values = [
        table.column(column) if column in table.column_names else pa.chunked_array([pa.nulls(table.num_rows)])
        for _, table in parts
    ]
    if any(part.type != values[0].type for part in values):
        values = _Drift(name, column, [path for path, _ in parts], values).mended()
    return pa.chunked_array([chunk for part in values for chunk in part.chunks], type=values[0].type)


class _Drift:
    """A column whose type differs among the parts."""

    def __init__(self, table: str, name: str, paths: Sequence[str], values: Sequence[pa.ChunkedArray]) -> None:
        self._table, self._name, self._paths = table, name, paths
        self._given = [part.type for part in values]
        self._values = [_decoded(part) for part in values]
        self._kinds = [_kind(part) for part in self._values]

    def mended(self) -> list[pa.ChunkedArray]:
        """The parts in one type."""
        import pyarrow as pa

        kinds = set(self._kinds) - {None}
        nested = self._nested()
        if nested is not None:
            return self._cast(nested)
        if len(kinds) > 1:
            self._refuse(next(i for i in self._filled() if self._kinds[i] != self._kinds[self._filled()[0]]))
        if kinds == {"number"}:
            return self._numbers()
        if kinds == {"instant"}:
            return self._cast(pa.timestamp("us"))
        if kinds == {"text"}:
            return self._cast(pa.large_string())
        types = {self._values[i].type for i in self._filled()}
        if len(types) > 1:
            self._refuse(
                next(i for i in self._filled() if self._values[i].type != self._values[self._filled()[0]].type)
            )
        return self._cast(types.pop() if types else pa.null())

    def _filled(self) -> list[int]:
        return [i for i, kind in enumerate(self._kinds) if kind is not None]

    def _nested(self) -> pa.DataType | None:
        """The structs and lists that have the members of all; None where there are others, or a member disagrees."""
        import pyarrow as pa

        kinds = [self._values[i].type for i in self._filled()]
        if not kinds or not all(pa.types.is_nested(kind) for kind in kinds):
            return None
        try:
            schemas = [pa.schema([("all", kind)]) for kind in kinds]
            return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
        except (pa.ArrowException, TypeError):
            return None

    def _numbers(self) -> list[pa.ChunkedArray]:
        import pyarrow as pa
        from pyarrow import types

        floats = [i for i in self._filled() if types.is_floating(self._values[i].type)]
        others = [i for i in self._filled() if i not in floats]
        if floats and others and all(_is_whole(self._values[i]) for i in floats):
            for i in floats:  # ids that a missing one made floats: integers stay exact
                self._values[i] = _whole(self._values[i])
        elif floats:
            for i in others:
                if types.is_integer(self._values[i].type) and not _fits_float(self._values[i]):
                    self._refuse(i, "; floats do not hold integers beyond 2^53")
            return self._cast(pa.float64())
        return self._cast(_exact_type([self._values[i].type for i in self._filled()]))

    def _cast(self, into: pa.DataType) -> list[pa.ChunkedArray]:
        return [self._cast_part(i, into) for i in range(len(self._values))]

    def _cast_part(self, i: int, into: pa.DataType) -> pa.ChunkedArray:
        import pyarrow as pa
        from pyarrow import types

        values = self._values[i]
        if self._kinds[i] is None:
            return pa.chunked_array([pa.nulls(len(values), into)])
        try:
            if types.is_timestamp(into):
                return _micros(values)
            if types.is_floating(into) and types.is_decimal(values.type):
                return values.cast(pa.string()).cast(into)  # a text is read to the nearest float, a decimal is not
            return values.cast(into)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            self._refuse(i, f": {error}")

    def _refuse(self, i: int, why: str = "; one type cannot hold both as they are") -> NoReturn:
        other = next(j for j in self._filled() if self._given[j] != self._given[i])
        message = (
            f"table '{self._table}', column '{self._name}': {self._given[i]} in {self._paths[i]!r}, "
            f"but {self._given[other]} in {self._paths[other]!r}{why}"
        )
        raise DataError(message, self._table, self._name)


def _decoded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    from pyarrow import types

    return values.cast(values.type.value_type) if types.is_dictionary(values.type) else values


def _kind(values: pa.ChunkedArray) -> str | None:
    """What a column's values are to the core; None where there is no value."""
    from pyarrow import compute, types

    kind = values.type
    if values.null_count == len(values):
        return None
    if types.is_floating(kind):
        return None if compute.all(compute.is_null(values, nan_is_null=True)).as_py() else "number"
    if types.is_integer(kind) or types.is_decimal(kind):
        return "number"
    if types.is_date(kind) or types.is_timestamp(kind):
        return "instant"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    return str(kind)


def _is_whole(values: pa.ChunkedArray) -> bool:
    numbers = _numpy(values)
    numbers = numbers[~np.isnan(numbers)]
    return bool(np.all((np.abs(numbers) <= _LARGEST_WHOLE) & (np.trunc(numbers) == numbers)))


def _whole(values: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    from pyarrow import compute

    return compute.if_else(compute.is_nan(values), None, values).cast(pa.int64())


def _fits_float(values: pa.ChunkedArray) -> bool:
    from pyarrow import compute

    ends = compute.min_max(values).as_py()
    return bool(ends["min"] >= -_LARGEST_WHOLE and ends["max"] <= _LARGEST_WHOLE)


def _numpy(values: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(values.drop_null().to_numpy(), dtype=np.float64)


def _exact_type(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """The type that holds integers and decimals of all these types."""
    import pyarrow as pa
    from pyarrow import types

    decimals = [kind for kind in kinds if types.is_decimal(kind)]
    has_uint64 = any(types.is_uint64(kind) for kind in kinds)
    if not decimals and has_uint64:
        return pa.uint64() if all(types.is_unsigned_integer(kind) for kind in kinds) else pa.decimal128(20, 0)
    if not decimals:
        return pa.int64()
    scale = max(0, *(kind.scale for kind in decimals)) if len(decimals) > 1 else max(0, decimals[0].scale)
    whole = max(kind.precision - kind.scale for kind in decimals)
    if len(decimals) < len(kinds):
        whole = max(whole, 20 if has_uint64 else 19)
    digits = whole + scale
    return pa.decimal128(digits, scale) if digits <= 38 else pa.decimal256(min(digits, 76), scale)


def _micros(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Instants in microseconds; what is finer is floored, as the core does it."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_timestamp(values.type) and values.type.unit == "ns":
        chunks = []
        for chunk in values.chunks:
            nanos = np.asarray(chunk.cast(pa.int64()).fill_null(0))
            chunks.append(pa.array(nanos // 1000, mask=np.asarray(chunk.is_null())).cast(pa.timestamp("us")))
        return pa.chunked_array(chunks, type=pa.timestamp("us"))
    return values.cast(pa.timestamp("us", getattr(values.type, "tz", None))).cast(pa.timestamp("us"))
