"""What a measure is worth among its peers (section 4): groups, shrink, percentile, z-score. From all accounts, each
time: nothing is kept between accounts, so nothing can depend on the order in which they come."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .aggregates import Cell, missing
from .functions import Near
from .instants import Instant

Source = Callable[[Any], Cell]


@dataclass(frozen=True)
class Place:
    """A measure of a score: where its value comes from at any account, and what pulls it to its peers."""

    score: dict[str, Any]
    measure: dict[str, Any]
    source: Source


def same_group(own: Any, other: Any, near: Near) -> bool:
    if other is None:
        return False
    if isinstance(own, float) and own != other:
        near(own, float(other), True)
    return bool(own == other)


def members(place: Place, within: str | None, point: Any) -> list[tuple[Any, float]]:
    """The peers of the account at `point` (itself too), each with its value: panel rows of the same as-of where the
    score's include holds, with a value, of the same group. A missing group is nobody's peer."""
    own = None if within is None else point.formula(within).value
    if within is not None and own is None:
        return []
    found = []
    for other in point.neighbours():
        included = "include" not in place.score or other.formula(place.score["include"]).value is True
        alike = within is None or same_group(own, other.formula(within).value, point.near_exact)
        value = place.source(other).value if included and alike else None
        point.doubt |= other.doubt
        if value is not None:
            found.append((other, float(value)))
    return found


def exact_mean(values: list[float]) -> float:
    return float(sum((Fraction(value) for value in values), Fraction()) / len(values))


def shrunk(place: Place, within: str | None, value: float, point: Any) -> Cell:
    """(n v + k m) / (n + k): towards the mean m of the peers, the less the more rows n stand behind the value."""
    rows = point.formula(place.measure["shrink"]["rows"])
    if rows.value is None:
        return missing(str(rows.reason))
    peers = [peer for _, peer in members(place, within, point)]
    if not peers:
        return missing("few_peers")
    n, k = float(rows.value), float(place.measure["shrink"]["strength"])
    if n + k == 0:
        return missing("undefined")
    mean = exact_mean(peers)
    result = (n * value + k * mean) / (n + k)
    if n >= 0 and math.isfinite(result):  # drawn to the mean, not beyond either of the two
        result = min(max(result, min(value, mean)), max(value, mean))
    return Cell(result) if math.isfinite(result) else missing("undefined")


def pulled(place: Place, within: str | None, value: Any, point: Any) -> Cell:
    """The value that a shape sees: shrunk where the measure shrinks, else as it is."""
    if "shrink" not in place.measure or isinstance(value, (str, Instant)):
        return Cell(value)
    return shrunk(place, within, float(value), point)


def peer_values(place: Place, within: str | None, point: Any) -> list[float]:
    """The peers' values as the shape sees them, ascending."""
    cells = [pulled(place, within, value, other) for other, value in members(place, within, point)]
    return sorted(float(cell.value) for cell in cells if cell.value is not None)


def percentile(spec: dict[str, Any], place: Place, value: float, point: Any) -> tuple[float, float] | None:
    """Which part of which whole the value is on the scale, None where the peers are too few."""
    peers = peer_values(place, spec.get("within"), point)
    if len(peers) < max(1, spec.get("least", 1)):
        return None
    seen_itself = False
    for peer in peers:
        if peer == value and not seen_itself:
            seen_itself = True
            continue
        point.near(value, peer, True)
    descending = place.measure.get("descending", False)
    before = sum(peer > value if descending else peer < value for peer in peers)
    equal = sum(peer == value for peer in peers)
    rank = spec.get("rank", "mid")
    return {"mid": 2 * before + equal, "below": 2 * before, "at_most": 2 * (before + equal)}[rank], 2 * len(peers)


def zscore(spec: dict[str, Any], place: Place, value: float, point: Any) -> tuple[float, float] | None:
    """Which part of which whole of the scale: -limit is none, +limit is all, and where all peers are equal half."""
    peers = peer_values(place, spec.get("within"), point)
    if len(peers) < max(1, spec.get("least", 2)):
        return None
    largest = max(abs(peer) for peer in peers)
    if peers[0] == peers[-1]:
        return 1, 2
    if largest > 1e150:
        point.doubt.add("near")  # squares leave the range of floats
        return 1, 2
    mean = exact_mean(peers)
    std = math.sqrt(math.fsum((peer - mean) ** 2 for peer in peers) / (len(peers) - 1))
    if largest > 1000 * std:
        point.doubt.add("near")  # what is left of the difference is the last bits of the values
    limit = float(spec.get("limit", 3))
    score = min(max((value - mean) / std, -limit), limit) if std else 0.0
    if place.measure.get("descending", False):
        score = -score
    return score + limit, 2 * limit
