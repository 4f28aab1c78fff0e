"""Why a score moved between two dates: the plain rule, one account at a time.

A measure adds n p: its share and its points. The difference of a product is the mean of n times what p changed, and the
mean of p times what n changed. Written from the words of the docstring of `Panel.why_changed`, so that it can disagree.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Any

from .aggregates import as_text
from .peers import Place
from .scores import Measure, Score, clamp, places, reach, scale_of, shaped


@dataclass(frozen=True)
class Change:
    part: str | None
    cause: str
    because: str | None
    before: Any
    now: Any
    contribution: float | None


class Among:
    """An account as it is at one point, among the peers of another date."""

    def __init__(self, own: Any, there: Any) -> None:
        self.own, self.there = own, there

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def neighbours(self) -> list[Any]:
        return list(self.there.neighbours())


def why_changed(score: str, before: Any, now: Any, deep: bool) -> list[Change]:
    """The causes between two points of one account, which are panel rows or not."""
    values, reasons = [], []
    for point in (before, now):
        there = point.has_row()
        found = point.score(score) if there else None
        values.append(found.value if found else None)
        reasons.append(found.reason if found else "not in the panel")
    if values[0] is not None and values[1] is not None:
        return level(score, before, now, deep)
    if values[0] is values[1]:
        return []
    cause = "appeared" if values[0] is None else "vanished"
    return [Change(None, cause, reasons[values[0] is not None], *values, None)]


def level(name: str, before: Any, now: Any, deep: bool) -> list[Change]:
    """One score, there at both dates; in document order, a measure's own causes before those of the score it reads."""
    spec = before.score_specs[name]
    old, new = before.score(name), now.score(name)
    given = new.given or old.given
    if given is not None:  # a cap gave the score that its measures had not: it alone is the cause
        assert old.value is not None
        assert new.value is not None
        return [Change(f"cap:{given}", "cap", None, None, None, new.value - old.value)]
    found: list[Change] = []
    for index, (_, place, _) in enumerate(places(spec, before)):
        one = Pair(spec, old, new, index, place)
        found += one.chosen() if spec.get("combine", "mean") in ("lowest", "highest") else one.came_or_went()
        if one.stays():
            found += one.weight()
            nested = place.measure.get("score")
            if deep and nested and None not in (one.a.value, one.b.value):
                found += below(one, nested, before, now)
            else:
                found += one.points(before, now)
    for was, part in zip(old.specials, new.specials, strict=True):
        kind = part.part.partition(":")[0]
        found.append(Change(part.part, kind, None, None, None, added(part) - added(was)))
    return found


def added(part: Any) -> float:
    return float(part.contribution)


def below(one: Pair, nested: str, before: Any, now: Any) -> list[Change]:
    """The causes of a nested score, at its mean share and on the scale of this one."""
    low, high = scale_of(one.spec)
    inner_low, inner_high = scale_of(before.score_specs[nested])
    factor = one.mean_share() * (high - low) / (inner_high - inner_low)
    found = []
    for change in level(nested, before, now, deep=True):
        because = change.because
        if change.cause == "weight":
            because = f"{one.a.name}.{because}"
        elif change.cause == "chosen":
            because = re.sub(r"^(instead of )?", rf"\1{one.a.name}.", str(because))
        part, added = f"{one.a.name}.{change.part}", (change.contribution or 0.0) * factor
        found.append(replace(change, part=part, because=because, contribution=added))
    return found


class Pair:
    """A measure at both dates."""

    def __init__(self, spec: dict[str, Any], old: Score, new: Score, index: int, place: Place) -> None:
        self.spec, self.old, self.new, self.index, self.place = spec, old, new, index, place
        self.a, self.b = old.measures[index], new.measures[index]
        self.shares = (old.shares[index], new.shares[index])

    def row(self, cause: str, because: str | None, contribution: float) -> Change:
        return Change(self.a.name, cause, because, self.a.value, self.b.value, contribution)

    def stays(self) -> bool:
        """Counts at both dates, or decides at both."""
        return self.a.counts and self.b.counts and 0 not in self.shares

    def mean_share(self) -> float:
        return (self.shares[0] + self.shares[1]) / 2

    def came_or_went(self) -> list[Change]:
        if self.a.counts and not self.b.counts:
            return [self.row("vanished", self.b.reason, -self.shares[0] * worth(self.a))]
        if self.b.counts and not self.a.counts:
            return [self.row("appeared", self.a.reason, self.shares[1] * worth(self.b))]
        return []

    def chosen(self) -> list[Change]:
        """Another part decides now: minus the old, plus the new."""
        if self.shares == (1.0, 0.0):
            if not self.b.counts:
                return self.came_or_went()
            return [self.row("chosen", f"{decides(self.new)} instead", -worth(self.a))]
        if self.shares == (0.0, 1.0):
            if not self.a.counts:
                return self.came_or_went()
            return [self.row("chosen", f"instead of {decides(self.old)}", worth(self.b))]
        return []

    def weight(self) -> list[Change]:
        """The share of a mean that the parts that came and went took and left, by their signed weight."""
        if self.spec.get("combine", "mean") != "mean":
            return []
        moved = [
            (new.name, "appeared" if new.counts else "vanished", new.whole if new.counts else -new.whole)
            for old, new in zip(self.old.measures, self.new.measures, strict=True)
            if old.counts != new.counts
        ]
        total = math.fsum(weight for _, _, weight in moved)
        if abs(total) <= 1e-12 * math.fsum(abs(weight) for _, _, weight in moved):
            return []
        all_of_it = (worth(self.a) + worth(self.b)) / 2 * (self.shares[1] - self.shares[0])
        return [
            Change(self.a.name, "weight", f"{name} {event}", *self.shares, all_of_it * weight / total)
            for name, event, weight in moved
        ]

    def points(self, before: Any, now: Any) -> list[Change]:
        """What its points moved, times its mean share; among peers apart what the peers did."""
        moved, peers = worth(self.b) - worth(self.a), 0.0
        rules = rule(self.place, before), rule(self.place, now)
        cause, because = "value", None
        if rules[0] != rules[1] and "cases" in self.place.measure:
            cause = "case"
        elif self.a.reason or self.b.reason:  # a policy gave the points
            because = self.policy()
        elif "bands" in shape_of(self.place.measure, rules[0]):
            cause = "band"
        elif "labels" in shape_of(self.place.measure, rules[0]) and self.a.value != self.b.value:
            because = f"{as_text(self.a.value)} → {as_text(self.b.value)}"
        same_rule = cause in ("value", "band") and not (self.a.reason or self.b.reason) and None not in rules
        if same_rule and looks_at_peers(self.place.measure, rules[0]):
            peers = self.of_peers(before, now)
        share = self.mean_share()
        return [self.row(cause, because, share * (moved - peers)), self.row("peers", None, share * peers)]

    def policy(self) -> str:
        """Why the value was missing where a policy gave the points."""
        if self.a.reason and self.b.reason:
            return f"missing: {self.a.reason} → {self.b.reason}"
        return f"missing before: {self.a.reason}" if self.a.reason else f"missing now: {self.b.reason}"

    def of_peers(self, before: Any, now: Any) -> float:
        """The mean over both orders: the peers move first, the account moves first; of one where the other has none."""
        first = among(self.place, before, now)
        last = among(self.place, now, before)
        orders = [first - worth(self.a)] if first is not None else []
        orders += [worth(self.b) - last] if last is not None else []
        return math.fsum(orders) / len(orders) if orders else 0.0


def worth(measure: Measure) -> float:
    return 0.0 if measure.points is None else measure.points


def decides(score: Score) -> str:
    return score.measures[score.shares.index(1.0)].name


def among(place: Place, own: Any, there: Any) -> float | None:
    """The points of the value at one date among the peers of the other."""
    point = Among(own, there)
    cell = shaped(place, place.source(own), point)
    return None if cell.value is None else clamp(float(cell.value), *reach(place.score))


def rule(place: Place, point: Any) -> int | None:
    """Which case holds; of a measure without cases 0."""
    for index, case in enumerate(place.measure.get("cases", [{}])):
        holds = point.formula(case["when"]).value if "when" in case else True
        if holds is None:
            return None
        if holds:
            return index
    return None


def shape_of(spec: dict[str, Any], index: int | None) -> dict[str, Any]:
    return dict(spec["cases"][index] if "cases" in spec and index is not None else spec)


def looks_at_peers(spec: dict[str, Any], index: int | None) -> bool:
    shape = shape_of(spec, index)
    return "percentile" in shape or "zscore" in shape or ("shrink" in spec and "labels" not in shape)
