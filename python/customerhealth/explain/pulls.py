"""What pulls scores up and down, in a few words an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..io.results import as_table
from .part_names import part_label

if TYPE_CHECKING:
    from ..scored import Scored

__all__ = ["LEAST_SHOWN", "Pull", "named", "pulls_of"]

LEAST_SHOWN = 0.05  # points; less is shown as 0.0
_ONE_BY_ONE = 500  # rows; of more it is quicker to ask for all between the first and the last


@dataclass(frozen=True)
class Pull:
    """How far a part, at the lowest level, moves a score from where it stands."""

    part: str
    """What people call it."""
    points: float
    """Share × (points − score); of a cap, and where parts have no shares, what it adds."""


def pulls_of(scored: Scored, score: str, rows: Sequence[int], scores: Sequence[float | None]) -> list[list[Pull]]:
    """For some rows of a panel, which have these scores; the parts of each sum to 0 where they have shares."""
    document = scored.model.to_dict()
    labels: dict[str, str] = {}
    found = []
    for parts, value in zip(_parts(scored, score, rows), scores, strict=True):
        pulls = []
        for part in parts:
            points = _pull(part, value)
            if points is not None:
                name = part["part"]
                labels[name] = labels.get(name) or part_label(document, score, name)
                pulls.append(Pull(labels[name], points))
        found.append(pulls)
    return found


def named(pulls: Sequence[Pull], count: int, *, up: bool) -> str | None:
    """The furthest ones in one direction, as in ``rhythm -4.2, features -1.0``; None: there are none."""
    chosen = [pull for pull in pulls if (pull.points >= LEAST_SHOWN if up else pull.points <= -LEAST_SHOWN)]
    chosen.sort(key=lambda pull: -abs(pull.points))
    return ", ".join(f"{pull.part} {pull.points:+.1f}" for pull in chosen[:count]) or None


def _pull(part: Mapping[str, Any], score: float | None) -> float | None:
    points, weight, contribution = part["points"], part["weight"], part["contribution"]
    if score is None or (points and weight and not contribution):
        return None  # a cap gave the score, which its measures had not: none has a share of it
    if points is None or weight is None:
        return contribution or None
    return float(weight * (points - score))


def _parts(scored: Scored, score: str, rows: Sequence[int]) -> list[list[dict[str, Any]]]:
    core, threads = scored.core, scored.threads
    if len(rows) <= _ONE_BY_ONE:
        return [as_table(core.contributions(score, True, threads, None, row, 1)).to_pylist() for row in rows]
    first, count = min(rows), max(rows) - min(rows) + 1
    table = as_table(core.contributions(score, True, threads, None, first, count))
    # By part, then by row: the rows of one row of the panel are `count` apart.
    return [table.take(list(range(row - first, len(table), count))).to_pylist() for row in rows]
