"""A panel's columns in a few numbers each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import decoded
from ..results.signs import one_line

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["describe", "grades_by_column"]

_SHOWN_VALUES = 6
_QUARTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def grades_by_column(infos: list[Any]) -> dict[str, tuple[str, ...]]:
    """The grades of each column that holds some, from the worst to the best; `infos` are the core's of its scores."""
    return {
        f"{info['name']}_{what}": tuple(info["grades"])
        for info in infos
        for what in ("grade", "grade_before")
        if info["grades"]
    }


def describe(table: pa.Table, reasons: pa.Table, grades: dict[str, tuple[str, ...]]) -> pa.Table:
    """See :meth:`Panel.describe`."""
    import pyarrow as pa

    told = Counter(zip(reasons["metric"].to_pylist(), reasons["reason"].to_pylist(), strict=True))
    kinds = sorted({reason for _, reason in told})
    rows = []
    for name in table.column_names:
        if name not in ("account_id", "as_of"):
            column = decoded(table[name])
            row = {"column": name, "count": len(column) - column.null_count, "missing": column.null_count}
            row |= {reason: told[name, reason] for reason in kinds}
            rows.append(row | _of_values(column, grades.get(name, ())))
    count = pa.int64()
    fields = [("column", pa.string()), ("count", count), ("missing", count), *((reason, count) for reason in kinds)]
    fields += [(name, pa.float64()) for name in ("mean", "min", "q1", "median", "q3", "max")]
    return pa.Table.from_pylist(rows, schema=pa.schema([*fields, ("values", pa.string())]))


def _of_values(column: pa.ChunkedArray, grades: tuple[str, ...]) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, there = column.type, column.drop_null()
    if not len(there):
        return {}
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        numbers = there.cast(pa.float64()).to_numpy()
        found = np.quantile(numbers, _QUARTILES).tolist()
        return {"mean": float(numbers.mean())} | dict(zip(("min", "q1", "median", "q3", "max"), found, strict=True))
    if pa.types.is_timestamp(kind):
        ends = pc.min_max(there).as_py()
        return {"values": " to ".join(ends[end].isoformat()[:10] for end in ("min", "max"))}
    counted = {each["values"]: each["counts"] for each in there.value_counts().to_pylist()}
    if grades:
        named = [(grade, counted.get(grade, 0)) for grade in grades]
    elif pa.types.is_boolean(kind):
        named = [("yes", counted.get(True, 0)), ("no", counted.get(False, 0))]
    else:
        named = sorted(counted.items(), key=lambda each: (-each[1], str(each[0])))
    shown = ", ".join(f"{one_line(str(value))} {count:,}" for value, count in named[:_SHOWN_VALUES])
    rest = len(named) - _SHOWN_VALUES
    return {"values": shown + (f", {rest:,} more" if rest > 0 else "")}
