"""What a chart asks of a table of results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from ..io.columns import Floats, decoded

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow", "numbers", "rows"]


def arrow(table: object, columns: Sequence[str], made_by: str) -> pa.Table:
    """Any table as pyarrow's; a DataError where it lacks columns that the chart reads."""
    import pyarrow as pa

    if isinstance(table, pa.Table):
        found = table
    else:
        try:
            found = pa.table(table)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DataError(f"expected a table that {made_by} gave, not a {type(table).__name__}: {error}") from error
    lacking = [name for name in columns if name not in found.column_names]
    if lacking:
        there = ", ".join(found.column_names)
        raise DataError(f"expected a table that {made_by} gave: it has no column {', '.join(lacking)}; it has {there}")
    return found


def numbers(table: pa.Table, name: str) -> Floats:
    """A column of numbers, decimals too, as doubles; NaN where it is missing."""
    import pyarrow as pa

    values: Floats = decoded(table[name]).cast(pa.float64()).fill_null(np.nan).to_numpy()
    return values


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows of Python values, decimals as doubles."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.float64()))
    found: list[dict[str, Any]] = table.to_pylist()
    return found
