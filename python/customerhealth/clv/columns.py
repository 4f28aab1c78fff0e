"""Columns of numbers, from whatever people hold."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.columns import decoded
from ..io.tables import Role, read_table, refuse_missing

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FloatArray", "Numbers", "as_column", "columns_of", "ids_of", "is_frame", "refuse_too_few", "shaped"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = Any
"""A number, or one a row: a sequence, numpy array, pandas or polars series, pyarrow array."""

_FITS = "expected numbers: a list, a numpy or pyarrow array, a pandas or polars series"


def as_column(values: Numbers, name: str) -> FloatArray:
    """One float64 a row, contiguous; what is missing is NaN, which the core refuses by its row."""
    if type(values).__module__.partition(".")[0] == "pyarrow":
        values = decoded(values).to_numpy(zero_copy_only=False) if hasattr(values, "to_numpy") else values.as_py()
    elif hasattr(values, "to_numpy") and hasattr(values, "isna"):  # pandas; its own missing values become NaN
        values = values.to_numpy(dtype=np.float64, na_value=np.nan)
    try:
        column = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: {error}; {_FITS}", "", name) from None
    if np.iscomplexobj(values) or np.asarray(values).dtype.kind in "mM":
        raise DataError(f"{name}: {_FITS}", "", name)
    if column.ndim > 1:
        raise DataError(f"{name}: {column.ndim} dimensions where one is wanted; {_FITS}", "", name)
    return np.atleast_1d(column)


def refuse_too_few(model: str, customers: str, rows: FloatArray, counts: FloatArray | None) -> None:
    """Refuse fewer than two customers, of which a row may stand for many."""
    number = rows.size if counts is None else float(np.broadcast_to(counts, rows.shape).sum())
    if number < 2:
        raise DataError(f"{model}: {number:g} {customers}; more than one are needed", "", "frequency")


def _refuse_other_lengths(given: Sequence[Any], names: Sequence[str]) -> None:
    """Columns are as long as each other; one number may stand for all customers."""
    lengths = {name: len(value) for value, name in zip(given, names, strict=True) if hasattr(value, "__len__")}
    first = next(iter(lengths), None)
    for name, length in lengths.items():
        if first is not None and length != lengths[first]:
            raise DataError(f"{name}: {length} rows where {first} has {lengths[first]}", "", name)


def is_frame(value: object) -> bool:
    """Whether it is a table, or the path of one, rather than a column."""
    if isinstance(value, str | os.PathLike | Mapping):
        return True
    if type(value).__module__.startswith("pyarrow") and hasattr(value, "schema"):  # a reader, a dataset
        return True
    return any(hasattr(type(value), name) for name in ("column_names", "columns"))


def columns_of(given: Sequence[Numbers | None], names: Sequence[str], optional: Sequence[str] = ()) -> list[Any]:
    """The columns by position, or all of them from a frame that is given in place of the first.

    Those named in `optional` may be absent from the frame, and are None then.
    """
    if not is_frame(given[0]):
        for value, name in zip(given, names, strict=True):
            if value is None and name not in optional:
                raise DataError(f"{name} is missing: give it, or a frame with the columns {', '.join(names)}", "", name)
        _refuse_other_lengths(given, names)
        return list(given)
    if any(value is not None for value in given[1:]):
        raise DataError(f"a frame has the columns {', '.join(names)}: give it alone")
    found = _read(given[0], names)
    missing = [name for name in names if name not in found and name not in optional]
    if missing:
        raise DataError(f"the frame has no column '{missing[0]}'; wanted: {', '.join(names)}", "", missing[0])
    return [found.get(name) for name in names]


def _read(frame: Any, names: Sequence[str]) -> Mapping[str, Any]:
    if isinstance(frame, Mapping):
        return frame
    roles = {name: Role(name, "number", name) for name in names}
    table = read_table(frame, "customers", roles, needs="this needs", optional=names)
    return {name: table[name] for name in table.column_names}


def ids_of(given: Any, rows: int, name: str = "account") -> pa.Array | pa.ChunkedArray:
    """One id a row: texts or integers, none missing. Raises DataError with the row."""
    import pyarrow as pa

    try:
        column = given if isinstance(given, pa.Array | pa.ChunkedArray) else pa.array(given, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{name}: its values have no common type: {error}", "", name) from error
    if len(column) != rows:
        raise DataError(f"{name}: {len(column)} rows where there are {rows} customers", "", name)
    role = {name: Role(name, "account", name)}
    read = read_table(pa.table({name: column}), "customers", role, needs="this needs")
    refuse_missing(read, "customers", role)
    return read[name]


def shaped(result: FloatArray, *given: Numbers) -> Any:
    """A float where every input was a lone number, else the column."""
    return float(result[0]) if all(np.ndim(value) == 0 for value in given) else result
