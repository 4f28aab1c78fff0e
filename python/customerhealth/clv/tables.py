"""What summaries and lifetimes read of tables: columns, instants, periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, UnknownNameError
from ..io.columns import Ints, months_of
from ..io.inputs import open_table
from ..io.instants import DAY, to_micros
from ..io.lengths import Length
from ..io.roles import Roles

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Periods", "opened", "read_instants", "refuse_missing"]

_MONDAY = -3 * DAY  # 29 December 1969: weeks begin on Mondays


class Periods:
    """Numbers periods, so that the difference of two is how many lie between."""

    def __init__(self, period: str) -> None:
        try:
            self.length = Length.parse(period)
        except ValueError:
            raise DataError(f"period={period!r}: expected a length such as '1d', '1w' or '1mo'") from None

    def of(self, micros: Ints) -> Ints:
        """The number of each instant's period."""
        if self.length.is_calendar:
            return months_of(micros) // self.length.months
        return (micros - _MONDAY if self.length.unit == "w" else micros) // self.length.micros


def opened(source: Any, name: str, wanted: Roles) -> pa.Table:
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


def read_instants(column: pa.ChunkedArray, source: str, name: str) -> Ints:
    """A column that a user gave as microseconds UTC. Raises DataError when it is not of instants, dates or texts."""
    import pyarrow as pa

    kind = column.type
    if str(kind) in ("string", "large_string", "string_view"):
        return to_micros(column.to_pylist())
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise DataError(f"table '{source}', column '{name}': expected instants or dates, got {kind}", source, name)
    return to_micros(column)
