"""What summaries and lifetimes read of tables: columns, instants, periods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError, UnknownNameError
from ..io.inputs import open_table
from ..io.instants import to_micros

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Periods", "coded", "micros_of", "opened", "refuse_missing"]

_DAY = 86_400_000_000
_UNITS = {"h": _DAY // 24, "d": _DAY, "w": 7 * _DAY}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
_MONDAY = -3 * _DAY  # 29 December 1969: weeks begin on Mondays


class Periods:
    """Numbers periods, so that the difference of two is how many lie between."""

    def __init__(self, period: str) -> None:
        match = re.fullmatch(r"([1-9][0-9]*)(h|d|w|mo|q|y)", period)
        if match is None:
            raise DataError(f"period={period!r}: expected a length such as '1d', '1w' or '1mo'")
        self._count, self._unit = int(match[1]), match[2]

    @property
    def fixed_length(self) -> int | None:
        """In microseconds; None where it follows the calendar."""
        return None if self._unit in _MONTHS else self._count * _UNITS[self._unit]

    @property
    def months(self) -> int:
        """How many calendar months it is."""
        return self._count * _MONTHS[self._unit]

    def of(self, micros: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The number of each instant's period."""
        if self._unit in _MONTHS:
            months: npt.NDArray[np.int64] = micros.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
            return months // self.months
        return (micros - _MONDAY if self._unit == "w" else micros) // (self._count * _UNITS[self._unit])


def opened(source: Any, name: str, wanted: list[str]) -> pa.Table:
    """The table, with these columns."""
    import pyarrow as pa

    stream: Any = open_table(source, name, wanted)
    table = stream if isinstance(stream, pa.Table) else pa.table(stream)
    for column in wanted:
        if column not in table.column_names:
            there = ", ".join(table.column_names) or "no other"
            raise UnknownNameError(f"table '{name}' has no column '{column}'; it has {there}", name, column)
    return table


def refuse_missing(table: pa.Table, source: str, wanted: list[str]) -> None:
    """Every row of these columns holds something."""
    for name in wanted:
        nulls = table[name].null_count
        if nulls:
            row = int(np.argmax(table[name].is_null().to_numpy()))
            raise DataError(
                f"table '{source}', column '{name}': {nulls} rows hold nothing, the first is row {row}; "
                "leave them out, or fill them",
                source,
                name,
                row,
                nulls,
            )


def coded(column: pa.ChunkedArray) -> tuple[Any, npt.NDArray[np.int64]]:
    """The distinct values, and each row's place among them."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def micros_of(column: pa.ChunkedArray, source: str, name: str) -> npt.NDArray[np.int64]:
    """Instants as microseconds UTC."""
    import pyarrow as pa

    kind = column.type
    if str(kind) in ("string", "large_string", "string_view"):
        return to_micros(column.to_pylist())
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise DataError(f"table '{source}', column '{name}': expected instants or dates, got {kind}", source, name)
    return to_micros(column)
