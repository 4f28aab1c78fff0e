"""What pulls scores up and down, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import Floats, Ints
from ..io.results import as_table
from ..results.looks import Look
from ..results.signs import short
from .part_names import part_label
from .words import is_shown, show_signed

if TYPE_CHECKING:
    import pyarrow as pa

    from ..scored import Scored

__all__ = ["Pull", "named", "pull_table", "pulls_of"]

_ONE_BY_ONE = 500  # rows; of more it is quicker to ask for all between the first and the last


@dataclass(frozen=True)
class Pull:
    """How far a part, at the lowest level, moves a score from where it stands."""

    part: str
    """What people call it."""
    points: float
    """Share × (points − score); of a cap, and where parts have no shares, what it adds."""


@dataclass(frozen=True)
class _Part:
    """One part for all rows, in points of the score that is asked about; NaN: none."""

    name: str
    value: Floats
    points: Floats
    pull: Floats


def pulls_of(scored: Scored, score: str, rows: Sequence[int], scores: Sequence[float | None]) -> list[list[Pull]]:
    """For some rows of a panel, which have these scores; the parts of each sum to 0 where they have shares."""
    parts = _parts(scored, score, np.asarray(rows, np.int64), np.array(scores, np.float64))
    if not parts:
        return [[] for _ in rows]
    document = scored.model.to_dict()
    names = [part_label(document, score, part.name) for part in parts]
    pulls = np.stack([part.pull for part in parts], axis=1)
    return [
        [Pull(names[place], float(row[place])) for place in np.flatnonzero(np.isfinite(row) & (row != 0))]
        for row in pulls
    ]


def named(pulls: Sequence[Pull], count: int, look: Look, *, up: bool) -> str | None:
    """The furthest ones in one direction, as in ``rhythm -4.2, features -1.0``; None: there are none."""
    chosen = [pull for pull in pulls if (pull.points > 0) == up and is_shown(pull.points, look)]
    chosen.sort(key=lambda pull: -abs(pull.points))
    return ", ".join(f"{short(pull.part)} {show_signed(pull.points, look=look)}" for pull in chosen[:count]) or None


def pull_table(scored: Scored, score: str, rows: Ints) -> pa.Table:
    """See :meth:`Panel.pulls`."""
    import pyarrow as pa

    own = scored.table.select(["account_id", "as_of", score]).take(pa.array(rows))
    parts = _parts(scored, score, rows, _numbers(own[score]))
    document = scored.model.to_dict()
    places, columns = [], []
    for part in parts:
        there = np.flatnonzero(np.isfinite(part.pull) & (part.pull != 0))
        places.append(there)
        count = len(there)
        columns.append(
            {
                "part": pa.repeat(pa.scalar(part.name, pa.string()), count),
                "label": pa.repeat(pa.scalar(part_label(document, score, part.name), pa.string()), count),
                **{
                    name: pa.array(values[there], pa.float64(), from_pandas=True)
                    for name, values in (("value", part.value), ("points", part.points), ("pull", part.pull))
                },
            }
        )
    names = ("part", "label", "value", "points", "pull")
    kinds = (pa.string(), pa.string(), pa.float64(), pa.float64(), pa.float64())
    row = np.concatenate([*places, np.empty(0, np.int64)]).astype(np.int64)
    size = np.concatenate([*(-abs(part.pull[there]) for part, there in zip(parts, places, strict=True)), np.empty(0)])
    order = pa.array(np.lexsort((size, row)))
    made = {
        name: pa.chunked_array([each[name] for each in columns], kind).take(order)
        for name, kind in zip(names, kinds, strict=True)
    }
    heads = own.select(["account_id", "as_of"]).take(pa.array(row).take(order))
    table = pa.table({"account_id": heads["account_id"], "as_of": heads["as_of"], **made})
    return table.replace_schema_metadata(scored.table.schema.metadata)


# ---- the parts -------------------------------------------------------------------------------------------------------


class _Level:
    """The contributions of one score at its own level, for some rows of a panel."""

    def __init__(self, scored: Scored, score: str, rows: Ints, *, deep: bool) -> None:
        core, threads = scored.core, scored.threads
        if len(rows) <= _ONE_BY_ONE:
            spans = [(row, 1) for row in rows.tolist()]
        else:
            spans = [(int(rows.min()), int(rows.max() - rows.min()) + 1)]
        tables = [as_table(core.contributions(score, deep, threads, None, *span)) for span in spans]
        # By part, then by row: the rows of one row of the panel are `count` apart.
        count = spans[0][1]
        self.parts: list[str] = tables[0]["part"].take(np.arange(0, len(tables[0]), count)).to_pylist()
        chosen = rows - spans[0][0] if len(spans) == 1 else slice(None)
        self.value, self.points, self.weight, self.adds = (
            np.concatenate([_numbers(table[name]).reshape(-1, count) for table in tables], axis=1)[:, chosen]
            for name in ("value", "points", "weight", "contribution")
        )

    @property
    def is_set(self) -> Any:
        """Of each row whether a cap gave the score, which its measures had not: then none has a share of it."""
        has = np.isfinite(self.points) & np.isfinite(self.weight)
        return (has & (self.points != 0) & (self.weight != 0) & (self.adds == 0)).any(axis=0)


def _parts(scored: Scored, score: str, rows: Ints, scores: Floats) -> list[_Part]:
    if not len(rows):
        return []
    spec = scored.model.to_dict()["scores"][score]
    if spec.get("combine", "mean") != "mean":
        level = _Level(scored, score, rows, deep=True)
        adds = np.where(np.isnan(scores), np.nan, level.adds)
        return [_Part(*part) for part in zip(level.parts, level.value, level.points, adds, strict=True)]
    top = _Top(scored, score, rows, scores)
    found: list[tuple[tuple[int, ...], _Part]] = []
    left = [_Nested(score, np.ones(len(rows)), "", ())]  # our own stack: scores may be nested more deeply than calls
    while left:
        parts, nested = top.level(left.pop())
        found += parts
        left += nested
    return [part for _, part in sorted(found, key=lambda each: each[0])]  # in the order of the document


@dataclass(frozen=True)
class _Nested:
    """A score that is a mean, of which the one that is asked about is made."""

    score: str
    share: Floats
    prefix: str
    """What the names of its parts begin with."""
    place: tuple[int, ...]


class _Top:
    """The score that is asked about, and the rows."""

    def __init__(self, scored: Scored, score: str, rows: Ints, scores: Floats) -> None:
        self._scored, self._rows, self._scores = scored, rows, scores
        self._infos = {info["name"]: info for info in scored.model.core.scores}
        self._means = {
            name for name, spec in scored.model.to_dict()["scores"].items() if spec.get("combine", "mean") == "mean"
        }
        self._low, self._high = self._infos[score]["low"], self._infos[score]["high"]

    def level(self, of: _Nested) -> tuple[list[tuple[tuple[int, ...], _Part]], list[_Nested]]:
        """The parts of one score that lie at the lowest level, and its parts that are means themselves."""
        info, level = self._infos[of.score], _Level(self._scored, of.score, self._rows, deep=False)
        scale = (self._high - self._low) / (info["high"] - info["low"])
        is_set, measures = level.is_set, set(info["measures"])
        parts, nested = [], []
        for k, part in enumerate(level.parts):
            points = self._low + (level.points[k] - info["low"]) * scale
            if part in measures:
                share: Floats = np.where(is_set, np.nan, of.share * level.weight[k])
                source = info["sources"].get(part)
                if source in self._means:
                    is_known = np.isfinite(level.value[k])
                    inner = np.where(is_known, share, np.nan)
                    nested.append(_Nested(str(source), inner, f"{of.prefix}{part}.", (*of.place, k)))
                    share = np.where(is_known, np.nan, share)  # points that stand in for a score that is missing
                pull = share * (points - self._scores)
            else:  # a cap, or rounding
                pull = of.share * level.adds[k] * scale
                if of.place:  # what a nested score is set to lies above or below, as points do
                    given = self._low + (level.adds[k] - info["low"]) * scale - self._scores
                    pull = np.where(is_set & (level.adds[k] != 0), of.share * given, pull)
            parts.append(((*of.place, k), _Part(of.prefix + part, level.value[k], points, pull)))
        return parts, nested


def _numbers(column: Any) -> Floats:
    import pyarrow as pa

    values: Floats = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
    return values
