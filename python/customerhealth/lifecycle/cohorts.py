"""Cohorts over time: who was in them from when to when, how large they are, how they overlap and what they drift to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import Flags, Floats, Ints, account_codes, instant_column, micros_of, number_column, numbers_of, plain
from ..io.instants import FOREVER, AsOf
from ..io.results import as_table
from ..loaded import Loaded
from ..progress import Progress
from .checks import check_column, chosen, range_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["cohort_sizes", "drift", "memberships", "overlap"]


@dataclass(frozen=True)
class _Wanted:
    """Cohorts with what an account of each is worth."""

    names: list[str]
    revenue: list[str | None]

    @classmethod
    def of(cls, loaded: Loaded, cohorts: object, revenue: str | None) -> _Wanted:
        names = chosen("cohort", cohorts, loaded.model.cohorts)
        if revenue is not None:
            check_column(loaded.model, "revenue", revenue)
        specs = loaded.model.to_dict().get("cohorts", {})
        return cls(names, [revenue or specs[name].get("revenue") for name in names])

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys([*self.names, *(name for name in self.revenue if name is not None)]))

    def values(self, table: pa.Table, cohort: int) -> Floats | None:
        """The revenue of each row, 0 where it is missing; None: nothing says what an account of this is worth."""
        name = self.revenue[cohort]
        return None if name is None else np.nan_to_num(numbers_of(table, "revenue", name))


def memberships(loaded: Loaded, start: AsOf, end: AsOf, cohorts: object, progress: Progress) -> pa.Table:
    """See :meth:`Portfolio.memberships`."""
    import pyarrow.compute as pc

    after, until = range_of(start, end)
    names = chosen("cohort", cohorts, loaded.model.cohorts)
    stays = _stays(loaded, names, end, progress)
    left = pc.fill_null(pc.greater(stays["left"].cast("int64"), after), True)
    begun = pc.less_equal(stays["entered"].cast("int64"), until)
    return stays.filter(pc.and_(left, begun))


def _stays(loaded: Loaded, names: list[str], end: AsOf, progress: Progress) -> pa.Table:
    """Every stay in a cohort is an opening of the play that has no other rule than the cohort."""
    inside = loaded.with_plays({name: {"when": name} for name in names}, progress=progress)
    openings = as_table(inside.score_part(end, plays=names, progress=progress).core.openings())
    return (
        openings.select(["account_id", "play", "opened", "closed"])
        .rename_columns(["account_id", "cohort", "entered", "left"])
        .replace_schema_metadata(loaded.provenance)
    )


def cohort_sizes(
    loaded: Loaded, start: AsOf, end: AsOf, cohorts: object, revenue: str | None, progress: Progress
) -> pa.Table:
    """See :meth:`Portfolio.cohorts`."""
    import pyarrow as pa

    after, until = range_of(start, end)
    wanted = _Wanted.of(loaded, cohorts, revenue)
    ticks = np.array(loaded.model.core.ticks(after, until), np.int64)
    stays = _stays(loaded, wanted.names, end, progress)
    parts = _Columns()
    instants = ticks.astype("datetime64[us]")
    table = loaded.score_part(instants, columns=wanted.columns, progress=progress).table if len(ticks) else None
    place = np.searchsorted(ticks, micros_of(table["as_of"])) if table is not None else np.zeros(0, np.int64)
    everyone = np.bincount(place, minlength=len(ticks))
    for index, name in enumerate(wanted.names):
        inside = _flags(table, name) if table is not None else np.zeros(0, np.bool_)
        size = np.bincount(place[inside], minlength=len(ticks))
        mine = stays.filter(_equals(stays["cohort"], name))
        came, gone = np.sort(micros_of(mine["entered"])), np.sort(micros_of(mine["left"], FOREVER))
        held = np.searchsorted(came, ticks, "right") - np.searchsorted(gone, ticks, "right")
        worth = None if table is None else wanted.values(table, index)
        total = np.full(len(ticks), np.nan)
        if worth is not None:
            total = np.bincount(place[inside], worth[inside], minlength=len(ticks))
        parts.add("as_of", ticks)
        parts.add("cohort", np.full(len(ticks), index))
        parts.add("size", size)
        parts.add("share", np.divide(size, everyone, out=np.full(len(ticks), np.nan), where=everyone > 0))
        parts.add("entered", _exactly_at(came, ticks))
        parts.add("left", _exactly_at(gone, ticks))
        parts.add("away", held - size)
        parts.add("revenue", total)
    columns = parts.joined()
    order = np.lexsort((columns["cohort"], columns["as_of"]))
    makers: dict[str, Callable[[Any], pa.Array]] = {
        "as_of": instant_column,
        "share": number_column,
        "revenue": number_column,
    }
    made = {name: _column(name, values[order], wanted.names, makers.get(name)) for name, values in columns.items()}
    return pa.table(made).replace_schema_metadata(loaded.provenance)


class _Columns:
    """Columns that grow in parts; of each cohort one."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Any]] = {
            name: [] for name in ("as_of", "cohort", "size", "share", "entered", "left", "away", "revenue")
        }

    def add(self, name: str, values: Any) -> None:
        self._parts[name].append(values)

    def joined(self) -> dict[str, Any]:
        return {name: np.concatenate(parts or [np.zeros(0, np.int64)]) for name, parts in self._parts.items()}


def _column(name: str, values: Any, names: list[str], make: Callable[[Any], pa.Array] | None) -> pa.Array:
    import pyarrow as pa

    if name == "cohort":
        return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32)), pa.array(names, pa.string()))
    return pa.array(values, pa.int64()) if make is None else make(values)


def _exactly_at(ascending: Ints, ticks: Ints) -> Ints:
    count = np.searchsorted(ascending, ticks, "right") - np.searchsorted(ascending, ticks, "left")
    return np.asarray(count, np.int64)


def _flags(table: pa.Table, name: str) -> Flags:
    values: Flags = table[name].combine_chunks().to_numpy(zero_copy_only=False).astype(np.bool_)
    return values


def _equals(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.equal(column.cast(pa.string()), name)


def overlap(loaded: Loaded, as_of: AsOf, cohorts: object, revenue: str | None, progress: Progress) -> pa.Table:
    """See :meth:`Portfolio.overlap`."""
    import pyarrow as pa

    wanted = _Wanted.of(loaded, cohorts, revenue)
    at, _ = range_of(as_of, as_of)
    instants = np.array([at]).astype("datetime64[us]")
    table = loaded.score_part(instants, columns=wanted.columns, progress=progress).table
    count = len(wanted.names)
    inside = np.array([_flags(table, name) for name in wanted.names]).reshape(count, table.num_rows)
    both = inside.astype(np.int64) @ inside.T.astype(np.int64)
    sizes = np.diag(both)
    worth = [wanted.values(table, index) for index in range(count)]
    shared = [inside.astype(np.float64) @ (row * mine) if row is not None else np.full(count, np.nan)
              for row, mine in zip(worth, inside, strict=True)]  # fmt: skip
    union = sizes[:, None] + sizes[None, :] - both
    first, second = np.repeat(np.arange(count), count), np.tile(np.arange(count), count)
    made = {
        "cohort": _column("cohort", first, wanted.names, None),
        "other": _column("cohort", second, wanted.names, None),
        "accounts": pa.array(both.ravel(), pa.int64()),
        "share": number_column(_ratio(both, sizes[:, None]).ravel()),
        "jaccard": number_column(_ratio(both, union).ravel()),
        "revenue": number_column(np.array(shared).reshape(-1)),
    }
    return pa.table(made).replace_schema_metadata(loaded.provenance)


def _ratio(part: Any, whole: Any) -> Floats:
    whole = np.broadcast_to(whole, part.shape)
    ratio: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio


# ---- drift ----------------------------------------------------------------------------------------------------------


def drift(
    loaded: Loaded,
    start: AsOf,
    end: AsOf,
    by: str | None,
    cohorts: object,
    revenue: str | None,
    progress: Progress,
) -> pa.Table:
    """See :meth:`Portfolio.drift`."""
    import pyarrow as pa

    after, until = range_of(start, end)
    wanted = _Wanted.of(loaded, cohorts, revenue) if loaded.model.cohorts or cohorts else _Wanted([], [])
    if revenue is not None:
        check_column(loaded.model, "revenue", revenue)
    if by is not None:
        check_column(loaded.model, "by", by)
    columns = [*wanted.columns, *(name for name in (by, revenue) if name is not None)]
    instants = np.array([after, until]).astype("datetime64[us]")
    table = loaded.score_part(instants, columns=list(dict.fromkeys(columns)), progress=progress).table
    sides = [table.filter(_at(table, at)) for at in (after, until)]
    groups = _Groups(table, by)
    rows: list[dict[str, Any]] = []
    accounts = loaded.accounts
    totals = [side.num_rows for side in sides]
    for index, name in enumerate([None, *wanted.names]):
        worth = revenue if name is None else wanted.revenue[index - 1]
        before, now = (_Side.of(side, accounts, name, groups, worth) for side in sides)
        whole = [int(side.inside.sum()) for side in (before, now)] if by is not None else totals
        for group, value in enumerate(groups.values):
            found = _compared(before, now, group)
            shares = [
                found[key] / total if total else None for key, total in zip(("before", "after"), whole, strict=True)
            ]
            change = None if None in shares else shares[1] - shares[0]  # type: ignore[operator]
            label = {} if by is None else {by: value}
            rows.append(
                {"cohort": name, **label, **found, "share_before": shares[0], "share_after": shares[1],
                 "share_change": change}
            )  # fmt: skip
    names = ["cohort", *([] if by is None else [by]), *_COUNTS, "share_before", "share_after", "share_change"]
    names += ["revenue_before", "revenue_after"]
    kinds: dict[str, pa.DataType] = {"cohort": pa.string(), **dict.fromkeys(_COUNTS, pa.int64())}
    kinds |= {} if by is None else {by: plain(table[by].type)}
    fields = [pa.field(name, kinds.get(name, pa.float64())) for name in names]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields, loaded.provenance))


_COUNTS = ("before", "entered", "left", "moved_in", "moved_out", "after")


def _at(table: pa.Table, micros: int) -> Any:
    import pyarrow as pa

    return pa.array(micros_of(table["as_of"]) == micros)


class _Groups:
    """The values of a column at either date, each with a number; one group of all where there is no column."""

    def __init__(self, table: pa.Table, by: str | None) -> None:
        self.by, self.values = by, [None]
        if by is not None:
            found = table[by].unique().to_pylist()
            self.values = sorted({v for v in found if v is not None}, key=lambda v: (str(type(v)), v))
            self.values += [None] * (None in found)

    def numbers(self, side: pa.Table) -> Ints:
        if self.by is None:
            return np.zeros(side.num_rows, np.int64)
        places = {value: place for place, value in enumerate(self.values)}
        return np.array([places[value] for value in side[self.by].to_pylist()], np.int64)


@dataclass(frozen=True)
class _Side:
    """A cohort at one date; an array element each account."""

    inside: Flags
    group: Ints
    """-1: no panel row."""
    revenue: Floats | None

    @classmethod
    def of(cls, side: pa.Table, accounts: pa.Array, cohort: str | None, groups: _Groups, revenue: str | None) -> _Side:
        code = account_codes(side["account_id"], accounts)
        inside, group = np.zeros(len(accounts), np.bool_), np.full(len(accounts), -1)
        inside[code] = True if cohort is None else _flags(side, cohort)
        group[code] = groups.numbers(side)
        if revenue is None:
            return cls(inside, group, None)
        worth = np.zeros(len(accounts))
        worth[code] = np.nan_to_num(numbers_of(side, "revenue", revenue))
        return cls(inside, group, worth)


def _compared(before: _Side, now: _Side, group: int) -> dict[str, Any]:
    """How a group of a cohort came from what it was to what it is."""
    was, is_now = before.inside & (before.group == group), now.inside & (now.group == group)
    counts = {
        "before": was,
        "entered": is_now & ~before.inside,
        "left": was & ~now.inside,
        "moved_in": is_now & before.inside & ~was,
        "moved_out": was & now.inside & ~is_now,
        "after": is_now,
    }
    found: dict[str, Any] = {name: int(flags.sum()) for name, flags in counts.items()}
    for name, side, flags in (("revenue_before", before, was), ("revenue_after", now, is_now)):
        found[name] = None if side.revenue is None else float(side.revenue[flags].sum())
    return found
