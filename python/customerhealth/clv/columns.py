"""Columns of numbers, from whatever people hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.inputs import open_table
from ..io.roles import NUMBER

__all__ = ["FloatArray", "Numbers", "as_column", "columns_of", "shaped"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = Any
"""A number, or one a row: a sequence, numpy array, pandas or polars series, pyarrow array."""

_FITS = "expected numbers: a list, a numpy or pyarrow array, a pandas or polars series"


def as_column(values: Numbers, name: str) -> FloatArray:
    """One float64 a row, contiguous; what is missing is NaN, which the core refuses by its row."""
    if type(values).__module__.partition(".")[0] == "pyarrow":
        values = values.to_numpy(zero_copy_only=False) if hasattr(values, "to_numpy") else values.as_py()
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


def is_frame(value: object) -> bool:
    """Whether it is a table, or the path of one, rather than a column."""
    if isinstance(value, str | Mapping):
        return True
    return hasattr(value, "column_names") or (hasattr(value, "columns") and not isinstance(value, np.ndarray))


def columns_of(given: Sequence[Numbers | None], names: Sequence[str], optional: Sequence[str] = ()) -> list[Any]:
    """The columns by position, or all of them from a frame that is given in place of the first.

    Those named in `optional` may be absent from the frame, and are None then.
    """
    if not is_frame(given[0]):
        for value, name in zip(given, names, strict=True):
            if value is None and name not in optional:
                raise DataError(f"{name} is missing: give it, or a frame with the columns {', '.join(names)}", "", name)
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
    import pyarrow as pa

    opened: Any = open_table(frame, "customers", dict.fromkeys(names, NUMBER))
    table = opened if isinstance(opened, pa.Table) else pa.table(opened)
    return {name: table[name] for name in names if name in table.column_names}


def shaped(result: FloatArray, *given: Numbers) -> Any:
    """A float where every input was a lone number, else the column."""
    return float(result[0]) if all(np.ndim(value) == 0 for value in given) else result
