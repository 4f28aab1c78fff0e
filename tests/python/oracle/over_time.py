"""What depends on the past (sections 0 and 4): the clock, grades with hysteresis, trends. Every tick is walked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from . import risk
from .aggregates import Cell, missing
from .functions import Near
from .instants import LAST, Instant, parse_instant, shift

CLOCK = {"every": "7d", "anchor": "1970-01-05"}


def ticks(clock: dict[str, Any], since: int | None, before: int) -> Iterator[Instant]:
    """anchor + k * every for k = 0, 1, ..., each counted from the anchor; those from `since` on and before `before`."""
    anchor = parse_instant(clock.get("anchor", CLOCK["anchor"]))
    match = re.fullmatch(r"(\d+)([a-z]+)", clock.get("every", CLOCK["every"]))
    assert match
    step = 0
    while True:
        tick = shift(anchor, f"{step * int(match[1])}{match[2]}", 1)
        if tick >= before or tick == LAST:
            return
        if since is None or tick >= since:
            yield tick
        step += 1


def edge(grade: dict[str, Any], moved: float, index: int, value: float, near: Near) -> bool:
    """Whether the value reaches the grade with its edge moved. The first grade is always reached."""
    bound = grade.get("from", grade.get("above"))
    if index == 0 or bound is None:
        return True
    at = float(Decimal(repr(bound)) + Decimal(repr(moved)))
    near(value, at, True)
    return bool(value >= at if "from" in grade else value > at)


def step(grades: list[dict[str, Any]], points: float, held: int | None, value: float, near: Near) -> int:
    """The grade that is held after a value, from the one held before."""

    def reached(moved: float, indices: list[int]) -> int | None:
        found = [index for index in indices if edge(grades[index], moved, index, value, near)]
        return max(found, default=None)

    if held is None:
        return reached(0.0, list(range(len(grades)))) or 0
    risen = reached(points, list(range(held + 1, len(grades))))
    if risen is not None:
        return risen
    return reached(-points, list(range(held + 1))) or 0


def held_before(name: str, point: Any) -> int | None:
    """The grade held after all ticks before the as-of: from the first at which the account has a panel row."""
    spec, world = point.score_specs[name], point.world
    held: int | None = None
    for tick in ticks(point.model.get("clock", {}), world.first_seen(point.account), point.as_of):
        place = (name, point.account, tick)
        if place not in world.held:
            then = world.point(point.account, tick)
            value = then.score(name).value if then.has_row() else None
            if value is not None:
                held = step(spec["grades"], spec["hysteresis"]["points"], held, value, then.near)
            world.held[place] = (held, then.doubt)
        held, doubt = world.held[place]
        point.doubt |= doubt
    return held


def grade(name: str, point: Any) -> Cell:
    spec, score = point.score_specs[name], point.score(name)
    if score.value is None:
        return Cell(None, score.reason)
    if "points" not in spec.get("hysteresis", {}):
        return Cell(score.grade)
    held = held_before(name, point)
    return Cell(
        spec["grades"][step(spec["grades"], spec["hysteresis"]["points"], held, score.value, point.near)]["name"]
    )


def before(name: str, point: Any) -> Any:
    """The account at as_of - over, or None where it had no panel row."""
    then = point.world.point(point.account, shift(point.as_of, point.score_specs[name]["trend"]["over"], -1))
    there = then.has_row()
    point.doubt |= then.doubt
    return then if there else None


def change(name: str, point: Any) -> Cell:
    now = point.score(name)
    if now.value is None:
        return Cell(None, now.reason)
    then = before(name, point)
    if then is None:
        return missing("too_young")  # where the text is silent: not enough history yet
    earlier = then.score(name)
    point.doubt |= then.doubt
    if earlier.value is None:
        return Cell(None, earlier.reason)
    size = max(abs(end) for end in now.scale)
    difference = now.value - earlier.value
    if 0 < abs(difference) <= 1e-9 * size:
        point.doubt.add("near")
    return Cell(difference, slack=1e-12 * size)


def trend(name: str, point: Any) -> Cell:
    cell = change(name, point)
    if cell.value is None:
        return cell
    flat = float(point.score_specs[name]["trend"].get("flat_within", 0))
    low, high = point.score(name).scale
    limit = flat + 1e-9 * (high - low)
    if abs(abs(cell.value) - limit) <= 1e-10 * (high - low):
        point.doubt.add("near")
    return Cell("up" if cell.value > limit else "down" if cell.value < -limit else "flat")


def grade_before(name: str, point: Any) -> Cell:
    then = before(name, point)
    if then is None:
        return missing("too_young")  # where the text is silent: not enough history yet
    found = grade(name, then)
    point.doubt |= then.doubt
    return found


COLUMNS = {"_grade": grade, "_change": change, "_trend": trend, "_grade_before": grade_before, **risk.COLUMNS}
"""What a score defines beside itself and its coverage, by the ending of its name."""


def defined(spec: dict[str, Any]) -> list[str]:
    """The endings of a score's columns, in the order of the panel."""
    graded, trending = bool(spec.get("grades")), bool(spec.get("trend"))
    endings = ["_grade"] * graded + ["_coverage"] + ["_change", "_trend"] * trending
    return endings + ["_grade_before"] * (graded and trending) + risk.defined(spec)
