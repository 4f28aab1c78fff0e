"""Whether the distributions of two periods differ by more than chance would let them: population stability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..io.columns import Flags, Floats, Ints, decoded, distinct, plain
from ..io.results import as_table
from ..scored import Scored
from .cases import segment_column
from .points import whole_panel
from .study import Study

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KINDS", "drifted", "drifts", "stability"]

KINDS = {
    "column": "text",
    "kind": "text",
    "before": "instant",
    "after": "instant",
    "psi": "number",
    "psi_floor": "number",
    "mean_before": "number",
    "mean_after": "number",
    "missing_before": "number",
    "missing_after": "number",
}
"""The columns of the table, each with what it holds."""

_BINS = 10
_FLOOR = 0.95
_SWAPS_AT_ONCE = 2**24  # of accounts in rounds: 128 megabytes


def stability(before: npt.ArrayLike, after: npt.ArrayLike) -> Floats:
    """The population stability index of counts by bin: sum of (q − p) ln(q / p) over the shares p and q.

    A bin that one period has and the other has not counts there for half a case, since the logarithm has no end; one
    that neither has counts nothing. The last axis holds the bins. NaN where a period has no case at all.
    """
    first, last = np.asarray(before, np.float64), np.asarray(after, np.float64)
    there = (first > 0) | (last > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(first > 0, first, 0.5) / first.sum(axis=-1, keepdims=True)
        q = np.where(last > 0, last, 0.5) / last.sum(axis=-1, keepdims=True)
        parts = np.where(there, (q - p) * np.log(q / p), 0.0)
    index: Floats = parts.sum(axis=-1)
    empty = (first.sum(axis=-1) == 0) | (last.sum(axis=-1) == 0)
    return np.where(empty, np.nan, index)


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str
    bins: Ints
    """Of each row; -1: missing."""
    values: Floats | None
    """None of what has no mean."""


def drifts(study: Study) -> list[dict[str, Any]]:
    """The table's rows, of all scores among the candidates: the first half of the as-ofs against the second."""
    asked, sample = study.question, study.sample
    as_of = study.cases.as_of[sample.row]
    instants = np.unique(as_of)
    if len(instants) < 2:
        return []
    second = int(instants[len(instants) // 2])
    periods = {"before": int(instants[0]), "after": second}
    scored = study.keep("panel", lambda: whole_panel(study.cases))
    segments = {segment_column(study.cases.loaded.model, asked.by, place): name for place, name in enumerate(asked.by)}
    if not segments.keys() <= {*scored.model.columns}:  # a cohort or a journey, which that leaves out
        scored = study.cases.loaded.score(asked.as_ofs.astype("datetime64[us]"))
    rows: list[dict[str, Any]] = []
    shared: _Shared | None = None
    for k, candidate in enumerate(asked.candidates):
        if not candidate.is_score:
            continue
        if shared is None:
            swaps = _Swaps(as_of >= second, sample.account, asked.rounds, asked.seed)
            shared = _Shared.of(scored, sample.row, swaps, [*segments])
        found = shared.around(scored, candidate.column)
        head = study.head(k, study.parts[0]) | periods
        rows += [head | row | {"column": segments.get(row["column"], row["column"])} for row in found]
    return rows


def drifted(
    scored: Scored,
    score: str,
    rows: Ints,
    late: Flags,
    account: Ints,
    segments: Sequence[str],
    rounds: int,
    seed: int,
) -> list[dict[str, Any]]:
    """The rows of the table for one score, without the periods.

    Parameters
    ----------
    scored : Scored
        The panel, with all its columns.
    score : str
        Its parts' points and its grades are compared beside all metrics.
    rows : array of int
        The rows of the panel that are compared.
    late : array of bool
        Which of them are of the second period.
    account : array of int
        Of each of them, 0 to m − 1.
    segments : list of str
        Columns of the panel by which cases are told apart.
    rounds : int
        How often accounts change their periods, for the floor.
    seed : int
        Decides which do.
    """
    if not len(rows):
        return []
    return _Shared.of(scored, rows, _Swaps(late, account, rounds, seed), segments).around(scored, score)


@dataclass(frozen=True)
class _Shared:
    """The rows that are the same for each score, worked out once."""

    rows: Ints
    swaps: _Swaps
    metrics: list[dict[str, Any]]
    segments: list[dict[str, Any]]
    missing: list[dict[str, Any]]

    @classmethod
    def of(cls, scored: Scored, rows: Ints, swaps: _Swaps, segments: Sequence[str]) -> _Shared:
        table, names, late = scored.table, _metrics(scored), swaps.late
        made = [_row(_column(name, "metric", table[name], rows, late), late, swaps) for name in names]
        apart = [_row(_column(name, "segment", table[name], rows, late), late, swaps) for name in segments]
        return cls(rows, swaps, made, apart, [*_missing(table, names, rows, swaps)])

    def around(self, scored: Scored, score: str) -> list[dict[str, Any]]:
        """With the rows of a score amid them."""
        mine = [_row(column, self.swaps.late, self.swaps) for column in self._own(scored, score)]
        missing = _missing(scored.table, [score], self.rows, self.swaps)
        return [*self.metrics, *mine, *self.segments, *self.missing, *missing]

    def _own(self, scored: Scored, score: str) -> Iterator[_Column]:
        table, rows, late = scored.table, self.rows, self.swaps.late
        for name, points in _points(scored, score):
            yield _of_numbers(name, "points", points[rows], late)
        yield _column(score, "score", table[score], rows, late)
        if f"{score}_grade" in table.column_names:
            yield _column(f"{score}_grade", "grade", table[f"{score}_grade"], rows, late)


def _missing(table: pa.Table, names: Sequence[str], rows: Ints, swaps: _Swaps) -> Iterator[dict[str, Any]]:
    for name in names:
        missing = table[name].is_null().to_numpy()[rows]
        if missing.any():
            yield _row(_Column(name, "missing", missing.astype(np.int64), None), swaps.late, swaps)


def _row(column: _Column, late: Flags, swaps: _Swaps) -> dict[str, Any]:
    missing = column.bins < 0
    row: dict[str, Any] = {"column": column.name, "kind": column.kind}
    for period, mine in (("before", ~late), ("after", late)):
        there = mine & ~missing
        row[f"missing_{period}"] = float(missing[mine].mean()) if mine.any() else None
        has_mean = column.values is not None and there.any()
        row[f"mean_{period}"] = float(column.values[there].mean()) if has_mean and column.values is not None else None
    psi, floor = swaps.stability(column.bins)
    return row | {"psi": _or_none(psi), "psi_floor": _or_none(floor)}


def _or_none(number: float) -> float | None:
    return None if np.isnan(number) else number


# ---- what is compared -----------------------------------------------------------------------------------------------


def _metrics(scored: Scored) -> list[str]:
    """The columns of metrics: those before the first score's, a split metric's parts among them."""
    columns = list(scored.model.columns)
    scores = [columns.index(name) for name in scored.model.scores]
    return columns[: min(scores, default=len(columns))]


def _points(scored: Scored, score: str) -> Iterator[tuple[str, Floats]]:
    info = next(info for info in scored.model.core.scores if info["name"] == score)
    points = as_table(scored.core.contributions(score))["points"].fill_null(np.nan).to_numpy()
    by_part = points.reshape(-1, scored.core.rows)
    yield from zip(info["measures"], by_part, strict=False)  # caps and the like follow


def _column(name: str, kind: str, column: pa.ChunkedArray, rows: Ints, late: Flags) -> _Column:
    import pyarrow as pa

    column, type_ = column.take(pa.array(rows)), plain(column.type)
    if pa.types.is_floating(type_):
        return _of_numbers(name, kind, column.fill_null(np.nan).to_numpy(), late)
    if pa.types.is_timestamp(type_):  # days, so that a mean can be read
        micros = column.cast(pa.int64()).cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
        found = _of_numbers(name, kind, micros, late)
        return _Column(name, kind, found.bins, None)
    values = None
    if pa.types.is_boolean(type_):
        values = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
    there, code = distinct(decoded(column))
    listed = there.to_pylist()
    rank = np.zeros(len(listed) + 1, np.int64)
    rank[sorted(range(len(listed)), key=listed.__getitem__)] = np.arange(len(listed))
    return _Column(name, kind, np.where(column.is_null().to_numpy(), -1, rank[code]), values)


def _of_numbers(name: str, kind: str, values: Floats, late: Flags) -> _Column:
    """Cut at the tenths of the first period; of a few values each is a bin."""
    missing = np.isnan(values)
    there = np.unique(values[~missing])
    if len(there) <= _BINS:
        bins = np.searchsorted(there, values)
    else:
        first = values[~missing & ~late]
        tenths = np.arange(1, _BINS) / _BINS
        cuts = np.unique(np.quantile(first, tenths)) if len(first) else np.zeros(0)
        bins = np.searchsorted(cuts, values, side="left")  # a value at a cut is below it
    return _Column(name, kind, np.where(missing, -1, bins).astype(np.int64), values)


# ---- by how much they differ ----------------------------------------------------------------------------------------


class _Swaps:
    """Accounts that change their periods: what they did in one they did in the other. So nothing has drifted."""

    def __init__(self, late: Flags, account: Ints, rounds: int, seed: int) -> None:
        self.late, self.account, self.rounds = late, account, rounds
        self.accounts = int(account.max()) + 1
        self.generator = np.random.Philox(key=[seed, 0])
        self.state = self.generator.state
        self.kept: Floats | None = None

    def stability(self, bins: Ints) -> tuple[float, float]:
        """The index, and the one that so many rounds in a hundred stay below where accounts change their periods."""
        there, count = bins >= 0, int(bins.max()) + 1
        if count < 1:
            return float("nan"), float("nan")
        before, after = (self._by_account(there & period, bins, count) for period in (~self.late, self.late))
        index = float(stability(before.sum(axis=0), after.sum(axis=0)))
        if np.isnan(index):
            return index, index
        # Accounts that did the same are one like the other: so it matters not what they are called.
        order = np.lexsort(np.hstack([before, after]).T[::-1])
        before, after = before[order], after[order]
        moves, whole = after - before, before.sum(axis=0) + after.sum(axis=0)
        self.generator.state = self.state  # the same swaps for each column
        found, step = np.empty(self.rounds), max(1, _SWAPS_AT_ONCE // self.accounts)
        for begin in range(0, self.rounds, step):
            rounds = min(step, self.rounds - begin)
            # Whole numbers below 2^53: the same in whatever order they are added.
            first = before.sum(axis=0) + self._drawn(rounds) @ moves
            found[begin : begin + rounds] = stability(first, whole - first)
        found = found[~np.isnan(found)]
        return index, float(np.quantile(found, _FLOOR)) if len(found) else float("nan")

    def _by_account(self, which: Flags, bins: Ints, count: int) -> Floats:
        place = self.account[which] * count + bins[which]
        cases = np.bincount(place, minlength=self.accounts * count).astype(np.float64)
        counted: Floats = cases.reshape(self.accounts, count)
        return counted

    def _drawn(self, rounds: int) -> Floats:
        """Of each account in each round, whether it changes: 1 or 0; kept where it is all that is ever drawn."""
        if self.kept is not None:
            return self.kept
        words = self.generator.random_raw(rounds * self.accounts)
        drawn: Floats = (words >> np.uint64(63)).astype(np.float64).reshape(rounds, self.accounts)
        if rounds == self.rounds:
            self.kept = drawn
        return drawn
