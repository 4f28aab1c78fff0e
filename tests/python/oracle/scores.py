"""Scores (section 4) at one account and as-of: measures, roll-up, caps, grades, contributions."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from . import peers
from .aggregates import Cell, as_text, missing
from .functions import Near, rounded
from .peers import Place


class Point(Protocol):
    """What a score asks of the account and as-of it is computed for."""

    near: Near

    def cell(self, name: tuple[str, str | None]) -> Cell: ...
    def formula(self, text: str) -> Cell: ...
    def score(self, name: str) -> Score: ...
    def split_cells(self, metric: str) -> list[tuple[str, Cell]]: ...


@dataclass(frozen=True)
class Part:
    """A row of the contributions table."""

    part: str
    value: Any = None
    points: float | None = None
    weight: float | None = None
    contribution: float | None = None
    reason: str | None = None
    special: bool = False


@dataclass(frozen=True)
class Measure:
    name: str
    spec: dict[str, Any]
    weight: float
    value: Any
    points: float | None
    reason: str | None
    fails: bool = False
    whole: float = 1.0

    @property
    def applies(self) -> bool:
        return self.weight > 0 and (self.points is not None or self.reason != "not_applicable")

    @property
    def counts(self) -> bool:
        return self.weight > 0 and self.points is not None


@dataclass
class Score:
    scale: tuple[float, float]
    measures: list[Measure] = field(default_factory=list)
    value: float | None = None
    reason: str | None = None
    coverage: float | None = None
    grade: str | None = None
    may_be_set: bool = False
    given: str | None = None
    combined: float = 0.0
    shares: list[float] = field(default_factory=list)
    specials: list[Part] = field(default_factory=list)


def scale_of(spec: dict[str, Any]) -> tuple[float, float]:
    low, high = spec.get("scale", [0, 100])
    return float(low), float(high)


def clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def band(bands: list[dict[str, Any]], value: float, near: Near) -> Cell:
    for one in bands:
        edge = one.get("below", one.get("up_to"))
        if edge is not None:
            near(value, edge, True)
        if edge is None or value < edge or ("up_to" in one and value == edge):
            points = one["points"]
            return Cell(None, "not_applicable") if points is None else Cell(float(points))
    return Cell(None, "out_of_range")


def curve(points: list[list[float]], value: float) -> float:
    if value <= points[0][0]:
        return float(points[0][1])
    for (x0, p0), (x1, p1) in itertools.pairwise(points):
        if value == x1:
            return float(p1)
        if value < x1:
            return clamp(p0 + (p1 - p0) * (value - x0) / (x1 - x0), min(p0, p1), max(p0, p1))
    return float(points[-1][1])


def logistic(spec: dict[str, Any], value: float, low: float, high: float) -> float:
    try:
        return low + (high - low) / (1 + math.exp(-spec["slope"] * (value - spec["midpoint"])))
    except OverflowError:
        return low


def among_peers(spec: dict[str, Any], place: Place, value: float, point: Point) -> Cell:
    low, high = scale_of(place.score)
    if "percentile" in spec:
        found = peers.percentile(spec["percentile"], place, value, point)
    else:
        found = peers.zscore(spec["zscore"], place, value, point)
    if found is None:
        return missing("few_peers")
    part, whole = found
    return Cell(low + (high - low) * part / whole)


def within(spec: dict[str, Any]) -> str | None:
    """What the peers of a shape have in common."""
    found = {**spec.get("percentile", {}), **spec.get("zscore", {})}.get("within")
    return None if found is None else str(found)


def shape(spec: dict[str, Any], place: Place, value: Any, point: Point) -> Cell:
    if "labels" in spec:
        points = spec["labels"].get(as_text(value))
        return Cell(None, "out_of_range") if points is None else Cell(float(points))
    cell = peers.pulled(place, within(spec), value, point)
    if cell.value is None:
        return cell
    seen = float(cell.value)
    if "bands" in spec:
        return band(spec["bands"], seen, point.near)
    if "curve" in spec:
        return Cell(curve(spec["curve"], seen))
    if "logistic" in spec:
        return Cell(logistic(spec["logistic"], seen, *scale_of(place.score)))
    if "percentile" in spec or "zscore" in spec:
        return among_peers(spec, place, seen, point)
    assert spec.get("identity") is True, f"no shape in {sorted(spec)}"
    return Cell(seen)


def shaped(place: Place, value: Cell, point: Point) -> Cell:
    """Points of the measure before the missing policy. Cases are looked at before the value."""
    spec = place.measure
    for case in spec.get("cases", [spec]):
        if "cases" in spec and "when" in case:
            condition = point.formula(case["when"])
            if condition.value is None:
                return Cell(None, condition.reason)
            if condition.value is False:
                continue
        if "cases" in spec and "points" in case:
            points = case["points"]
            return Cell(None, "not_applicable") if points is None else Cell(float(points))
        if "cases" in spec and "missing" in case:
            return Cell(None, case["missing"])
        return value if value.value is None else shape(case, place, value.value, point)
    return Cell(None, "not_applicable")


def policy(spec: Any, reason: str) -> Any:
    """skip, fail or a number of points."""
    if isinstance(spec, dict):
        if reason in spec:
            return spec[reason]
        return "skip" if reason == "not_applicable" else spec.get("else", "skip")
    return "skip" if reason == "not_applicable" else spec


def rescale(value: float, source: tuple[float, float], target: tuple[float, float]) -> float:
    if source == target:
        return value
    return target[0] + (value - source[0]) * (target[1] - target[0]) / (source[1] - source[0])


def reach(score_spec: dict[str, Any]) -> tuple[float, float]:
    """The range that points are clamped to."""
    low, high = scale_of(score_spec)
    if score_spec.get("combine", "mean") != "sum":
        return low, high
    most = max(abs(low), abs(high))
    return -most, most


def measure(name: str, place: Place, weight: float, point: Point) -> Measure:
    score_spec, spec, value = place.score, place.measure, place.source(point)
    if "score" in spec:
        nested = point.score(spec["score"])
        value = Cell(nested.value, nested.reason)
        points = value
        if nested.value is not None:
            points = Cell(rescale(nested.value, nested.scale, scale_of(score_spec)))
    else:
        points = shaped(place, value, point)
    if points.value is None:
        decision = policy(spec.get("missing", "skip"), str(points.reason))
        if isinstance(decision, str):
            fails = decision == "fail" and weight > 0
            return Measure(name, spec, weight, value.value, None, points.reason, fails)
        given = clamp(float(decision), *reach(score_spec))
        return Measure(name, spec, weight, value.value, given, points.reason)
    return Measure(name, spec, weight, value.value, clamp(points.value, *reach(score_spec)), None)


def part_of(metric: str, part: str) -> peers.Source:
    return lambda point: point.cell((metric, part))


def value_of(spec: dict[str, Any]) -> peers.Source:
    return lambda point: point.formula(spec["value"]) if "value" in spec else Cell(None, "undefined")


def places(score_spec: dict[str, Any], point: Point) -> list[tuple[str, Place, float]]:
    """Each measure, those that `each` makes too, with its weight."""
    found = []
    for name, spec in score_spec["measures"].items():
        weight = spec.get("weight", 1)
        if "each" in spec:
            for part, _ in point.split_cells(spec["each"]):
                share = weight.get(part, 1) if isinstance(weight, dict) else weight
                found.append((f"{name}.{part}", Place(score_spec, spec, part_of(spec["each"], part)), float(share)))
            continue
        found.append((name, Place(score_spec, spec, value_of(spec)), float(weight)))
    return found


def measures(score_spec: dict[str, Any], point: Point) -> list[Measure]:
    found = [measure(name, place, weight, point) for name, place, weight in places(score_spec, point)]
    wholes = whole_weights([one.weight for one in found])[0]
    return [replace(one, whole=whole) for one, whole in zip(found, wholes, strict=True)]


def whole_weights(weights: list[float]) -> tuple[list[float], float]:
    """Weights, as the decimals that are written, times the power of ten that makes them all whole; and that power."""
    written = [Decimal(repr(weight)) for weight in weights]
    places = max([0, *(-int(one.normalize().as_tuple().exponent) for one in written if one)])
    if any(Fraction(one) * 10**places > 2**53 for one in written):
        return weights, 1.0
    return [float(Fraction(one) * 10**places) for one in written], float(10**places)


def exact(values: list[float]) -> float:
    """The exact sum, rounded once."""
    return float(sum(map(Fraction, values), Fraction()))


def evaluate_score(spec: dict[str, Any], point: Point) -> Score:
    score = Score(scale_of(spec))
    score.measures = measures(spec, point)
    combine(spec, score, point)
    if score.value is None and score.may_be_set:
        give(spec, score, point)
    if score.value is not None:
        adjust(spec, score, point)
        if not spec.get("hysteresis"):
            score.grade = grade(spec.get("grades", []), score.value, point.near)
    return score


def combine(spec: dict[str, Any], score: Score, point: Point) -> None:
    applying = [one for one in score.measures if one.applies]
    counting = [one for one in score.measures if one.counts]
    weight = exact([one.whole for one in counting])
    score.shares = shares(spec, score.measures, weight)
    if "include" in spec and point.formula(spec["include"]).value is not True:
        score.reason = "not_applicable"
        return
    if applying:
        score.coverage = weight / exact([one.whole for one in applying])
    failing = [one for one in score.measures if one.fails]
    least = spec.get("least_coverage", 0)
    if failing:
        score.reason, score.may_be_set = failing[0].reason, score.coverage is not None
    elif score.coverage is None:
        score.reason = "not_applicable"
    else:
        if 0 < score.coverage < 1:
            point.near(score.coverage, least, True)
        if not counting or score.coverage < least:
            score.reason, score.may_be_set = "coverage", True
            return
        unit = whole_weights([one.weight for one in score.measures])[1]
        score.combined = score.value = total(spec.get("combine", "mean"), counting, weight, unit)


def total(how: str, counting: list[Measure], weight: float, unit: float) -> float:
    points = [one.points for one in counting if one.points is not None]
    if how == "lowest":
        return min(points)
    if how == "highest":
        return max(points)
    products = exact([one.whole * one.points for one in counting if one.points is not None])
    return products / unit if how == "sum" else clamp(products / weight, min(points), max(points))


def shares(spec: dict[str, Any], found: list[Measure], weight: float) -> list[float]:
    """What a point of each measure adds to the combined score."""
    how = spec.get("combine", "mean")
    if how == "mean":
        return [one.whole / weight if one.counts else 0.0 for one in found]
    if how == "sum":
        return [one.weight if one.counts else 0.0 for one in found]
    points = [one.points for one in found if one.counts and one.points is not None]
    if not points:
        return [0.0] * len(found)
    wanted = min(points) if how == "lowest" else max(points)
    chosen = next(index for index, one in enumerate(found) if one.counts and one.points == wanted)
    return [1.0 if index == chosen else 0.0 for index in range(len(found))]


def give(spec: dict[str, Any], score: Score, point: Point) -> None:
    """The first `set` cap that holds gives a score that is missing for its measures; those before it change nothing."""
    for cap in spec.get("caps", []):
        found = capped(cap, math.nan, point) if "set" in cap else math.nan
        if not math.isnan(found):
            score.value, score.reason, score.given = found, None, cap["name"]
            return


def adjust(spec: dict[str, Any], score: Score, point: Point) -> None:
    """Clamp of a sum, caps in order, round, clamp; each leaves a part of the explanation."""
    assert score.value is not None
    clamped = 0.0
    if spec.get("combine") == "sum" and score.given is None:
        inside = clamp(score.value, *score.scale)
        clamped, score.value = inside - score.value, inside
    waits = score.given is not None
    for cap in spec.get("caps", []):
        if waits:  # the caps before the one that gave the score, and that one itself
            waits = cap["name"] != score.given
            given = 0.0 if waits else score.value
            score.specials.append(Part(f"cap:{cap['name']}", contribution=given, special=True))
            continue
        before, score.value = score.value, capped(cap, score.value, point)
        score.specials.append(Part(f"cap:{cap['name']}", contribution=score.value - before, special=True))
    if spec.get("round") is not None:
        before, after = score.value, rounded(score.value, spec["round"], point.near)
        if after is not None:
            score.value = after
        score.specials.append(Part("round", contribution=score.value - before, special=True))
    final = clamp(score.value, *score.scale)
    score.specials.append(Part("clamp", contribution=clamped + final - score.value, special=True))
    score.value = final


def capped(cap: dict[str, Any], value: float, point: Point) -> float:
    if "when" in cap and point.formula(cap["when"]).value is not True:
        return value
    how = next(key for key in ("at_most", "at_least", "set") if key in cap)
    bound = cap[how] if not isinstance(cap[how], str) else point.formula(cap[how]).value
    if bound is None:
        return value
    return {"at_most": min(value, float(bound)), "at_least": max(value, float(bound)), "set": float(bound)}[how]


def grade(grades: list[dict[str, Any]], value: float, near: Near) -> str | None:
    held = None
    for index, one in enumerate(grades):
        edge = one.get("from", one.get("above"))
        if index and edge is not None:
            near(value, edge, True)
        if index == 0 or edge is None or value > edge or ("from" in one and value == edge):
            held = one["name"]
    return held


def contributions(spec: dict[str, Any], point: Point, score: Score, models: dict[str, Any], deep: bool) -> list[Part]:
    found: list[Part] = []
    for one, share in zip(score.measures, score.shares, strict=True):
        if deep and "score" in one.spec:
            found += below(spec, point, one, share, models)
        else:
            found.append(row(spec, one, share))
    if score.value is None:
        return [replace(part, contribution=None) for part in found]
    if score.given is not None:
        found = [replace(part, contribution=0.0) for part in found]
    return found + score.specials


def row(spec: dict[str, Any], one: Measure, share: float) -> Part:
    weight = share if spec.get("combine", "mean") == "mean" else one.weight
    contribution = 0.0 if one.points is None else one.points * share
    return Part(one.name, one.value, one.points, weight, contribution, one.reason)


def below(spec: dict[str, Any], point: Point, one: Measure, share: float, models: dict[str, Any]) -> list[Part]:
    """The parts of a nested score, scaled to this one, and what the change of scale adds.

    Leaves only, so a missing nested score still shows its leaves, adding nothing; points that the missing policy
    gives in its place belong to none of them and stand in the offset.
    """
    nested_spec = models[one.spec["score"]]
    nested = point.score(one.spec["score"])
    low, high = scale_of(spec)
    factor = (high - low) / (nested.scale[1] - nested.scale[0])
    found = []
    for part in contributions(nested_spec, point, nested, models, deep=True):
        scaled = 0.0 if part.contribution is None else part.contribution * factor * share
        weight = None if part.weight is None else part.weight * share
        reason = part.reason or nested.reason
        found.append(replace(part, part=f"{one.name}.{part.part}", contribution=scaled, weight=weight, reason=reason))
    if nested.value is None:
        offset = 0.0 if one.points is None else one.points * share
    else:
        offset = (low - nested.scale[0] * factor) * share
    return [*found, Part(f"{one.name}.offset", contribution=offset, special=True)]
