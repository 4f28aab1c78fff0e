"""Columns of results as arrays of numbers, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .instants import DAY

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Flags",
    "Floats",
    "Ints",
    "account_codes",
    "codes_of",
    "days_of",
    "decoded",
    "distinct",
    "instant_column",
    "micros_of",
    "months_of",
    "number_column",
    "numbers_of",
    "plain",
]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


# ---- texts and ids ---------------------------------------------------------------------------------------------------


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values where it is dictionary-encoded."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def decoded(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The column without a dictionary."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column
    kind = plain(column.type)
    if pa.types.is_string_view(kind):  # which pyarrow does not gather
        column = column.cast(pa.dictionary(column.type.index_type, pa.large_string()))
        kind = pa.large_string()
    return column.cast(kind)


def codes_of(column: pa.Array | pa.ChunkedArray) -> Ints:
    """Where each row's value stands in the column's dictionary; -1: null.

    A column without a dictionary gets one: its values in the order in which they come first.
    """
    indices = _whole(column).dictionary_encode().indices
    codes: Ints = indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def distinct(column: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    """The values of a column in the order in which they come first, and each row's place among them; -1: null."""
    encoded = _whole(decoded(column)).dictionary_encode()
    return encoded.dictionary, codes_of(encoded)


def account_codes(column: pa.ChunkedArray, accounts: pa.Array) -> Ints:
    """Where each account stands in a list of them; -1: nowhere."""
    import pyarrow.compute as pc

    found = pc.index_in(_whole(column).cast(accounts.type), value_set=accounts).fill_null(-1)
    codes: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """All chunks in one."""
    import pyarrow as pa

    if isinstance(column, pa.Array):
        return column
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # of no chunks, with an old pyarrow
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    return whole


# ---- instants --------------------------------------------------------------------------------------------------------


def micros_of(column: pa.Array | pa.ChunkedArray, missing: int = 0) -> Ints:
    """Instants as microseconds, `missing` where there is none."""
    import pyarrow as pa

    if column.null_count == len(column):  # of whatever type: a column of a table that is not given has none
        return np.full(len(column), missing, np.int64)
    cast = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    values: Ints = (cast.fill_null(missing) if cast.null_count else cast).to_numpy()  # it copies where all are there
    return values


def instant_column(micros: Any, mask: Any = None) -> pa.Array:
    """A column of instants from microseconds, null where the mask is true."""
    import pyarrow as pa

    return pa.array(micros, pa.int64(), mask=mask).cast(pa.timestamp("us", "UTC"))


def days_of(micros: npt.NDArray[Any]) -> Floats:
    """Microseconds as days, fractions kept."""
    days: Floats = micros / DAY
    return days


def months_of(micros: Ints) -> Ints:
    """The calendar months from January 1970 to the one that each instant lies in."""
    months: Ints = micros.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return months


# ---- numbers ---------------------------------------------------------------------------------------------------------


def numbers_of(table: pa.Table, what: str, name: str) -> Floats:
    """A column of numbers; NaN where it is missing. Raises DataError when it is of another type."""
    import pyarrow as pa

    column = table[name].combine_chunks()
    if not pa.types.is_floating(column.type):
        raise DataError(f"{what}: expected a column of numbers, '{name}' is of type {plain(column.type)}", column=name)
    values: Floats = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return values


def number_column(values: Any) -> pa.Array:
    """A column of numbers, null where they are NaN."""
    import pyarrow as pa

    return pa.array(values, pa.float64(), from_pandas=True)
