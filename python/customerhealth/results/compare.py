"""Whether two tables are equal, and where they are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import Flags, Ints, decoded
from .text import text_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Comparison", "compare"]

_FIRST_KEYS = ("account_id", "as_of")
_PRINTED_WIDTH = 100

_Difference = tuple[int, "str | None", "str | None", "str | None"]  # row, column, here, there


@dataclass(frozen=True, repr=False)
class Comparison:
    """Whether two tables are equal, and where they are not. True where they are.

    Attributes
    ----------
    keys : tuple of str
        The columns by which rows belong together; none: by their place.
    only_here, only_there : tuple of str
        Columns of one of them alone.
    same_order : bool
        Whether rows that are in both stand in the same order.
    differences : Table
        A row a value that differs: the keys, else ``row``; then ``column``, ``here`` and ``there``, the values as
        texts, null where missing. A row of one table alone has no column, and is ``present`` where it is.
    """

    keys: tuple[str, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]
    same_order: bool
    differences: Any

    def __bool__(self) -> bool:
        return not self.only_here and not self.only_there and not len(self.differences)

    def __repr__(self) -> str:
        if self:
            return "equal" if self.same_order else "equal, but for the order of rows"
        lines = ["different"]
        for names, where in ((self.only_here, "here"), (self.only_there, "there")):
            if names:
                lines.append(f"columns only {where}: {', '.join(names)}")
        if len(self.differences):
            lines.append(text_of(self.differences.table, _PRINTED_WIDTH))
        return "\n".join(lines)


def compare(here: pa.Table, there: pa.Table, within: float, result: Callable[[pa.Table], Any]) -> Comparison:
    """See :meth:`Table.compare`; `result` makes a Table of the differences."""
    import pyarrow as pa

    both = [name for name in here.column_names if name in there.column_names]
    keys = _keys(here, there, both)
    first, second, alone_here, alone_there = _matched(here, there, keys)
    differing: list[_Difference] = [(row, None, "present", None) for row in alone_here]
    for name in both:
        if name not in keys:
            a, b = (decoded(side[name]).take(pa.array(rows)) for side, rows in ((here, first), (there, second)))
            for place in np.flatnonzero(_differ(a, b, within)).tolist():
                differing.append((int(first[place]), name, _text(a[place]), _text(b[place])))
    order = {name: place for place, name in enumerate(here.column_names)}
    differing.sort(key=lambda each: (each[0], order.get(each[1] or "", -1)))
    return Comparison(
        tuple(keys),
        tuple(name for name in here.column_names if name not in there.column_names),
        tuple(name for name in there.column_names if name not in here.column_names),
        bool((np.diff(second) > 0).all()),
        result(_table(here, there, keys, differing, alone_there)),
    )


def _keys(here: pa.Table, there: pa.Table, both: list[str]) -> list[str]:
    """The first columns of ids, dates and names that tell rows apart in both tables; none where they do not."""
    import pyarrow as pa

    def names_things(name: str) -> bool:
        kind = decoded(here[name].slice(0, 0)).type
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_timestamp(kind))

    keys: list[str] = []
    for name in [*(name for name in _FIRST_KEYS if name in both), *filter(names_things, both)]:
        if name not in keys:
            keys.append(name)
            if all(_apart(side, keys) for side in (here, there)):
                return keys
    return []


def _apart(table: pa.Table, keys: list[str]) -> bool:
    counted = table.select(keys).group_by(keys, use_threads=False).aggregate([])
    return bool(counted.num_rows == table.num_rows)


def _matched(here: pa.Table, there: pa.Table, keys: list[str]) -> tuple[Ints, Ints, list[int], list[int]]:
    """Rows of both that belong together, by the order here, and the rows of each that have no other."""
    if not keys:
        shared = min(len(here), len(there))
        rows = np.arange(shared, dtype=np.int64)
        return rows, rows, list(range(shared, len(here))), list(range(shared, len(there)))
    places = {key: row for row, key in enumerate(_rows(there, keys))}
    first, second, alone = [], [], []
    for row, key in enumerate(_rows(here, keys)):
        place = places.pop(key, None)
        if place is None:
            alone.append(row)
        else:
            first.append(row)
            second.append(place)
    return np.array(first, np.int64), np.array(second, np.int64), alone, sorted(places.values())


def _rows(table: pa.Table, keys: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(decoded(table[key]).to_pylist() for key in keys), strict=True))


def _differ(a: pa.ChunkedArray, b: pa.ChunkedArray, within: float) -> Flags:
    import pyarrow as pa

    if all(pa.types.is_integer(side.type) or pa.types.is_floating(side.type) for side in (a, b)) and within:
        x, y = (side.cast(pa.float64()).to_numpy(zero_copy_only=False) for side in (a, b))
        near = (x == y) | (np.abs(x - y) <= within) | (np.isnan(x) & np.isnan(y))
        lacking = [side.is_null().to_numpy(zero_copy_only=False) for side in (a, b)]
        return np.asarray(~near | (lacking[0] != lacking[1]), np.bool_)
    pairs = zip(a.to_pylist(), b.to_pylist(), strict=True)
    found = (not (x == y or (x != x and y != y)) for x, y in pairs)  # NaN is NaN
    return np.fromiter(found, np.bool_, len(a))


def _text(value: Any) -> str | None:
    found = value.as_py()
    if found is None:
        return None
    return found.isoformat() if hasattr(found, "isoformat") else str(found)


def _table(
    here: pa.Table,
    there: pa.Table,
    keys: list[str],
    differing: list[_Difference],
    alone_there: list[int],
) -> pa.Table:
    import pyarrow as pa

    rows, names, ours, theirs = ([each[place] for each in differing] for place in range(4))
    more = [None] * len(alone_there)
    columns: dict[str, Any] = {}
    for key in keys:
        kind = decoded(here[key].slice(0, 0)).type
        sides = ((here, rows), (there, alone_there))
        parts = [decoded(side[key]).take(pa.array(at, pa.int64())).cast(kind) for side, at in sides]
        columns[key] = pa.chunked_array([chunk for part in parts for chunk in part.chunks], kind)
    if not keys:
        columns["row"] = pa.array([*rows, *alone_there], pa.int64())
    columns["column"] = pa.array([*names, *more], pa.string())
    columns["here"] = pa.array([*ours, *more], pa.string())
    columns["there"] = pa.array([*theirs, *["present"] * len(alone_there)], pa.string())
    return pa.table(columns)
