"""Columns of results as arrays of numbers, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Flags", "Floats", "Ints", "account_codes", "fits", "micros_of", "numbers_of", "plain"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def numbers_of(table: pa.Table, what: str, name: str) -> Floats:
    """A column of numbers; NaN where it is missing. Raises DataError when it is of another type."""
    import pyarrow as pa

    column = table[name].combine_chunks()
    if not pa.types.is_floating(column.type):
        raise DataError(f"{what}: expected a column of numbers, '{name}' is of type {plain(column.type)}", column=name)
    values: Floats = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return values


def account_codes(column: pa.ChunkedArray, accounts: pa.Array) -> Ints:
    """Where each account stands in a list of them; -1: nowhere."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # of no chunks, with an old pyarrow
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    found = pc.index_in(array.cast(accounts.type), value_set=accounts).fill_null(-1)
    codes: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def micros_of(column: pa.ChunkedArray, missing: int = 0) -> Ints:
    """Instants as microseconds."""
    import pyarrow as pa

    cast = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).fill_null(missing)
    values: Ints = cast.to_numpy()
    return values


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values where it is dictionary-encoded."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def fits(values: object, kind: str) -> pa.Array:
    """An Arrow array: instants from microseconds, or numbers whose NaN is null."""
    import pyarrow as pa

    if kind == "instant":
        return pa.array(values, pa.int64()).cast(pa.timestamp("us", "UTC"))
    return pa.array(values, pa.float64(), from_pandas=True)
