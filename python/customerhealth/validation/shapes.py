"""The shapes of measures, taken apart so that they can be learned, and put together again as curves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..io.columns import Flags, Floats, Ints
from .measures import Curve, Leaf
from .weigh import Fit

__all__ = ["Shape", "Shapes", "policies", "shape_of"]

_CORNERS = 6  # of a shape that has none of its own
_LEAST_ACCOUNTS = 10
_HALVINGS = 50


@dataclass(frozen=True)
class Shape:
    """What the document gives a value, as steps from corner to corner."""

    at: Floats
    points: Floats
    """At the corners, from 0 to 1."""
    turns: Ints
    """1: up from one corner to the next, -1: down, 0: neither may be learned."""

    @property
    def low(self) -> float:
        return float(self.points.min())

    @property
    def width(self) -> float:
        return float(self.points.max()) - self.low

    @property
    def steps(self) -> Floats:
        """How far each learned step goes in the document."""
        return np.asarray(np.abs(np.diff(self.points))[self.turns != 0])

    def columns(self, value: Floats, points: Floats) -> Floats:
        """How much of each learned step a case has done, from 0 to 1; NaN where it has no points.

        Points that a policy gives to a missing value have done each step as far as they stand in the whole.
        """
        moved = np.clip((value[:, None] - self.at[:-1]) / np.diff(self.at), 0, 1)
        out = np.where(self.turns > 0, moved, 1 - moved)[:, self.turns != 0]
        given = np.isnan(value)
        out[given] = ((points[given] - self.low) / self.width)[:, None]
        out[np.isnan(points)] = np.nan
        return out

    def made(self, steps: Floats) -> tuple[float, Floats]:
        """The weight, and the points at the corners, of learned steps; the points span what the document's do."""
        moved = np.zeros(len(self.turns))
        moved[self.turns != 0] = steps
        height = np.append(0.0, np.cumsum(moved * self.turns))
        height -= height.min()
        top = float(height.max())
        if not top > 0:
            return 0.0, self.points
        return top / self.width, self.low + self.width * height / top


def shape_of(measure: Mapping[str, Any], scale: tuple[float, float], value: Floats, points: Floats) -> Shape | None:
    """The shape of a measure, with the corners of its curve, else at most 6 quantiles; None: it goes nowhere.

    Where the document is flat the learned shape may go the way that all the rest goes.
    """
    there = ~np.isnan(value) & ~np.isnan(points)
    if "curve" in measure:
        at, given = np.array(measure["curve"], float).T
        given = (given - scale[0]) / (scale[1] - scale[0])
    elif there.any():
        places = np.quantile(value[there], np.linspace(0, 1, _CORNERS), method="inverted_cdf")
        at = np.unique([float(f"{place:.4g}") for place in places.tolist()])  # as people write them
        order = np.argsort(value[there], kind="stable")
        given = np.interp(at, value[there][order], points[there][order])
    else:
        return None
    turns = np.sign(np.diff(given)).astype(np.int64)
    ways = set(turns.tolist()) - {0}
    if not ways:
        return None
    return Shape(at, given, np.where(turns == 0, ways.pop(), turns) if len(ways) == 1 else turns)


@dataclass(frozen=True)
class Shapes:
    """The columns of a fit: one a measure, or, of a measure whose shape is learned, one a step."""

    leaves: list[Leaf]
    shapes: list[Shape | None]

    @property
    def parts(self) -> list[str]:
        return [name for leaf, shape in self._pairs() for name in _names(leaf.part, shape)]

    @property
    def shares(self) -> Floats:
        """What the document's steps weigh."""
        each = [leaf.share * (np.ones(1) if shape is None else shape.steps) for leaf, shape in self._pairs()]
        return np.concatenate(each)

    def spread(self, of_leaves: Floats, of_steps: float) -> Floats:
        """A number a column: those of measures, and the same for each step."""
        each = [
            [number] if shape is None else [of_steps] * len(shape.steps)
            for number, shape in zip(of_leaves.tolist(), self.shapes, strict=True)
        ]
        return np.array([number for numbers in each for number in numbers])

    def columns(self, points: Floats, values: list[Floats | None]) -> Floats:
        """A row a case. `points`: a column a measure; `values`: of those measures whose shapes are learned."""
        if not any(self.shapes):
            return points
        each = []
        for place, (shape, value) in enumerate(zip(self.shapes, values, strict=True)):
            mine = points[:, place]
            each.append(mine[:, None] if shape is None or value is None else shape.columns(value, mine))
        return np.hstack(each)

    def weights(self, steps: Floats) -> Floats:
        """The share of each measure in a row of columns' weights."""
        found = np.array([mine[0] if shape is None else shape.made(mine)[0] for shape, mine in self._cut(steps)])
        total = found.sum()
        return np.asarray(found / total if total > 0 else found)

    def curves(self, steps: Floats, missing: Mapping[int, Mapping[float, float]]) -> list[Curve | None]:
        """What each measure is given; None: its shape stays."""
        return [
            None
            if shape is None or not mine.sum() > 0
            else Curve(shape.at, shape.made(mine)[1], missing.get(place, {}))
            for place, (shape, mine) in enumerate(self._cut(steps))
        ]

    def place(self, leaf: int) -> slice:
        """Which columns are those of a measure."""
        sizes = [1 if shape is None else len(shape.steps) for shape in self.shapes]
        begin = sum(sizes[:leaf])
        return slice(begin, begin + sizes[leaf])

    def _pairs(self) -> list[tuple[Leaf, Shape | None]]:
        return list(zip(self.leaves, self.shapes, strict=True))

    def _cut(self, steps: Floats) -> list[tuple[Shape | None, Floats]]:
        return [(shape, steps[self.place(place)]) for place, shape in enumerate(self.shapes)]


def _names(part: str, shape: Shape | None) -> Collection[str]:
    return [part] if shape is None else [f"{part}.{step}" for step in range(len(shape.steps))]


def policies(
    fit: Fit, shapes: Shapes, strength: float, points: Floats, values: list[Floats | None]
) -> dict[int, dict[float, float]]:
    """By measure: what points of its missing values become, all else staying; those of few accounts stay.

    One number at a time, of the least mean log-loss with the pull of the fit towards what the document has.
    """
    problem = fit.problem
    out: dict[int, dict[float, float]] = {}
    odds = fit.odds(problem.points)
    for place, (shape, value) in enumerate(zip(shapes.shapes, values, strict=True)):
        weight = float(fit.weights[shapes.place(place)].sum())
        if shape is None or value is None or not weight > 0:
            continue
        given = np.isnan(value) & ~np.isnan(points[:, place])
        for before in np.unique(points[given, place]).tolist():
            mine = given & (points[:, place] == before)
            if len(np.unique(problem.account[mine & problem.event])) < _LEAST_ACCOUNTS:
                continue
            scaled = weight / shape.width
            out.setdefault(place, {})[before] = _one(
                odds[mine], problem.event[mine], before, scaled, strength, len(odds)
            )
    return out


def _one(odds: Floats, event: Flags, before: float, weight: float, strength: float, cases: int) -> float:
    """The points from 0 to 1 at which the slope of the loss is 0: it rises with them."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        moved = weight * (middle - before)
        with np.errstate(over="ignore"):
            chance = 1 / (1 + np.exp(-(odds - moved)))
        slope = float((event - chance).sum()) / cases + strength * moved
        low, high = (middle, high) if slope < 0 else (low, middle)
    return (low + high) / 2
