"""The figures of validation on plain lists, in fractions where a count decides.

Readings, where the text is open:

- AP is a sum over the groups of equal values, riskiest first: the share of all events that a group adds, times the
  precision down to its end. Cases without a value are one group, the last.
- A bin of the calibration holds the k-th tenth of the cases in the order of what was predicted; sizes differ by one at
  most, and equal predictions may be in two bins.
- Brier skill compares with the base rate of the cases that have a prediction.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Judged:
    """A higher value means less risk; None: missing."""

    value: float | None
    event: bool


def pair(lost: float | None, kept: float | None) -> Fraction:
    """What one pair of an event and a non-event adds."""
    if lost is None or kept is None or lost == kept:
        return Fraction(1, 2)
    return Fraction(lost < kept)


def auc(cases: Sequence[Judged]) -> Fraction | None:
    lost = [case.value for case in cases if case.event]
    kept = [case.value for case in cases if not case.event]
    if not lost or not kept:
        return None
    won = sum((pair(one, other) for one in lost for other in kept), Fraction())
    return won / (len(lost) * len(kept))


def groups(cases: Sequence[Judged]) -> list[list[Judged]]:
    """Of equal values, the riskiest first, those without a value last."""
    found: dict[tuple[bool, float], list[Judged]] = defaultdict(list)
    for case in cases:
        found[(case.value is None, 0.0 if case.value is None else case.value)].append(case)
    return [found[key] for key in sorted(found)]


def average_precision(cases: Sequence[Judged]) -> Fraction | None:
    events = sum(case.event for case in cases)
    if events == 0 or events == len(cases):
        return None
    total, seen, hits = Fraction(), 0, 0
    for group in groups(cases):
        new = sum(case.event for case in group)
        seen, hits = seen + len(group), hits + new
        total += Fraction(new, events) * Fraction(hits, seen)
    return total


def expected_hits(cases: Sequence[Judged], count: int) -> Fraction:
    """The events among the riskiest `count`; of cases that tie at the cut as many as of all of them."""
    before, events = 0, 0
    for group in groups(cases):
        inside = sum(case.event for case in group)
        if before + len(group) >= count:
            return events + Fraction(inside * (count - before), len(group))
        before, events = before + len(group), events + inside
    return Fraction(events)


def brier(predicted: Sequence[float], events: Sequence[bool]) -> Fraction | None:
    if not predicted:
        return None
    squares = [(Fraction(p) - event) ** 2 for p, event in zip(predicted, events, strict=True)]
    return sum(squares, Fraction()) / len(squares)


def brier_skill(predicted: Sequence[float], events: Sequence[bool]) -> Fraction | None:
    rate = Fraction(sum(events), len(events)) if events else Fraction()
    found = brier(predicted, events)
    return None if found is None or rate in (0, 1) else 1 - found / (rate * (1 - rate))


def log_loss(predicted: Sequence[float], events: Sequence[bool]) -> float | None:
    """Of probabilities strictly between 0 and 1."""
    if not predicted:
        return None
    chances = [p if event else 1 - p for p, event in zip(predicted, events, strict=True)]
    return -math.fsum(math.log(chance) for chance in chances) / len(chances)


@dataclass(frozen=True)
class Bin:
    low: float
    high: float
    cases: int
    events: int
    predicted: Fraction


def bins(predicted: Sequence[float], events: Sequence[bool], count: int = 10) -> list[Bin]:
    """Of equal predictions with different outcomes at an edge the non-events come first."""
    ordered = sorted(zip(predicted, events, strict=True))
    edges = [len(ordered) * k // count for k in range(count + 1)]
    found = []
    for begin, end in itertools.pairwise(edges):
        part = ordered[begin:end]
        if part:
            mean = sum((Fraction(p) for p, _ in part), Fraction()) / len(part)
            found.append(Bin(part[0][0], part[-1][0], len(part), sum(event for _, event in part), mean))
    return found


def logistic(values: Sequence[float], events: Sequence[bool]) -> tuple[float, float]:
    """Intercept and slope of the most likely logistic line, by Newton's steps; of data that are not separable."""
    a = b = 0.0
    for _ in range(200):
        chances = [1 / (1 + math.exp(-(a + b * value))) for value in values]
        weights = [chance * (1 - chance) for chance in chances]
        off = [event - chance for chance, event in zip(chances, events, strict=True)]
        g0, g1 = math.fsum(off), math.fsum(o * v for o, v in zip(off, values, strict=True))
        h00 = math.fsum(weights)
        h01 = math.fsum(w * v for w, v in zip(weights, values, strict=True))
        h11 = math.fsum(w * v * v for w, v in zip(weights, values, strict=True))
        determinant = h00 * h11 - h01 * h01
        da, db = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        a, b = a + da, b + db
        if abs(da) + abs(db) < 1e-13 * (1 + abs(a) + abs(b)):
            break
    return a, b


def wilson(events: float, cases: float, z: float) -> tuple[float, float]:
    """The ends of Wilson's interval."""
    rate = events / cases
    middle = (rate + z * z / (2 * cases)) / (1 + z * z / cases)
    half = z / (1 + z * z / cases) * math.sqrt(rate * (1 - rate) / cases + z * z / (4 * cases * cases))
    return middle - half, middle + half
