"""Journeys, cohorts and plays (section 5), the slow way: every tick is walked from the first on, for each question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from . import formulas, risk
from .aggregates import Cell, missing
from .instants import DAY, Instant, shift
from .over_time import ticks

JOURNEY_ENDINGS = ["", "_since", "_days", "_previous", "_stalled"]


@dataclass(frozen=True)
class Held:
    """A stage with what is known of it."""

    stage: str | None = None
    since: Instant | None = None
    previous: str | None = None


@dataclass(frozen=True)
class Opening:
    """A play from its opening on."""

    opened: Instant
    is_tick: bool
    point: Any
    closed: Instant | None = None


def walked(point: Any) -> Iterator[Any]:
    """The account at every tick before the as-of at which it has a panel row, and then at the as-of."""
    clock, world = point.model.get("clock", {}), point.world
    for tick in ticks(clock, world.first_seen(point.account), point.as_of):
        then = world.point(point.account, tick)
        there = then.has_row()
        point.doubt |= then.doubt
        if there:
            yield then
        point.doubt |= then.doubt
    yield point


# --- journeys ---------------------------------------------------------------------------------------------------------


def enters(stage: dict[str, Any], point: Any) -> bool:
    return point.formula(stage["enter"]).value is True


def allowed(spec: dict[str, Any], stage: str | None) -> list[dict[str, Any]]:
    """The stages that may be next, in the order of the list; the one held is always among them."""
    stages: list[dict[str, Any]] = spec["stages"]
    if stage is None or "moves" not in spec:
        return stages
    return [one for one in stages if one["name"] == stage or one["name"] in spec["moves"].get(stage, [])]


def next_stage(spec: dict[str, Any], held: Held, point: Any) -> Held:
    if held.stage is None and "start" in spec:
        held = Held(spec["start"], point.as_of)
    wanted = [one["name"] for one in allowed(spec, held.stage) if enters(one, point)]
    if not wanted or wanted[-1] == held.stage:
        return held
    if held.stage is not None:
        now = next(one for one in spec["stages"] if one["name"] == held.stage)
        if "least" in now and shift(held.since or 0, now["least"], 1) > point.as_of:
            return held
        if "exit" in now and point.formula(now["exit"]).value is not True:
            return held
    return Held(wanted[-1], point.as_of, held.stage)


def held_at(name: str, point: Any) -> Held:
    """The stage at the as-of."""
    spec, held = point.model["journeys"][name], Held()
    world = point.world.stages
    for then in walked(point):
        place = (name, point.account, int(then.as_of))
        if then is point:
            return next_stage(spec, held, then)
        if place not in world:
            world[place] = next_stage(spec, held, then)
        held = world[place]
        point.doubt |= then.doubt
    raise AssertionError("the as-of comes last")


def journey_cell(name: str, ending: str, point: Any) -> Cell:
    held = held_at(name, point)
    spec = point.model["journeys"][name]
    if held.stage is None or held.since is None:
        rules = [point.formula(stage["enter"]) for stage in spec["stages"]]
        return Cell(None, next((rule.reason for rule in rules if rule.value is None), "not_applicable"))
    if ending == "":
        return Cell(held.stage)
    if ending == "_since":
        return Cell(held.since)
    if ending == "_days":
        return Cell((point.as_of - held.since) / DAY)
    if ending == "_previous":
        return missing("not_applicable") if held.previous is None else Cell(held.previous)
    stage = next(one for one in spec["stages"] if one["name"] == held.stage)
    return Cell("deadline" in stage and shift(held.since, stage["deadline"], 1) < point.as_of)


def moves(name: str, world: Any, until: Any) -> list[tuple[Any, str | None, str, int]]:
    """Account, from, to, at: every change of stage at ticks up to an instant."""
    found = []
    spec = world.model["journeys"][name]
    for account in world.accounts:
        held = Held()
        for then in list(walked(world.point(account, until + 1)))[:-1]:
            now = next_stage(spec, held, then)
            if held.stage is None and now.previous is not None:
                found.append((account, None, now.previous, int(then.as_of)))
            if now.stage is not None and now.stage != held.stage:
                found.append((account, now.previous, now.stage, int(then.as_of)))
            held = now
    return found


# --- cohorts ----------------------------------------------------------------------------------------------------------


def stays(name: str, world: Any, until: Any) -> list[tuple[Any, str, int, int | None]]:
    """Account, cohort, entered, left: every stay at ticks up to an instant."""
    found = []
    for account in world.accounts:
        since: int | None = None
        for then in list(walked(world.point(account, until + 1)))[:-1]:
            inside = then.formula(name).value is True
            if inside and since is None:
                since = int(then.as_of)
            elif since is not None and not inside:
                found.append((account, name, since, int(then.as_of)))
                since = None
        if since is not None:
            found.append((account, name, since, None))
    return found


# --- plays ------------------------------------------------------------------------------------------------------------


def broken(text: str, point: Any) -> bool:
    """Whether a missing name of a formula is stale: a broken feed says nothing of the customer."""
    found = []
    for first, second in formulas.names(formulas.parse(text)):
        found += [(first, part) for part in point.split(first)] if second == "*" else [(first, second)]
    return any(is_stale(name, point) for name in found)


def is_stale(name: tuple[str, str | None], point: Any) -> bool:
    """Itself, through formulas, or through a score that is missing while one of its measures is stale."""
    first = name[0]
    cell = point.cell(name)
    if cell.value is not None:
        return False
    if cell.reason == "stale":
        return True
    if first in point.metrics:
        spec = point.metrics[first]
        text = spec.get("formula", spec.get("since"))
        return text is not None and broken(text, point)
    for ending in ("", "_grade", "_coverage", "_change", "_trend", "_grade_before", *risk.COLUMNS):
        score = first.removesuffix(ending)
        if first.endswith(ending) and score in point.score_specs:
            return point.score(score).value is None and any(
                is_stale_measure(one, point) for one in point.score(score).measures if one.reason is not None
            )
    for ending in JOURNEY_ENDINGS:
        journey = first.removesuffix(ending)
        if first.endswith(ending) and journey in point.model.get("journeys", {}):
            return any(broken(stage["enter"], point) for stage in point.model["journeys"][journey]["stages"])
    return False


def is_stale_measure(one: Any, point: Any) -> bool:
    """Of a measure that has no points of its own."""
    if one.reason == "stale":
        return True
    spec = one.spec
    if "score" in spec:
        return is_stale((spec["score"], None), point)
    texts = [spec["value"]] if "value" in spec else []
    texts += [spec["shrink"]["rows"]] if "shrink" in spec else []
    texts += [case["when"] for case in spec.get("cases", []) if "when" in case]
    if any(broken(text, point) for text in texts):
        return True
    part = one.name.partition(".")[2]
    return "each" in spec and is_stale((spec["each"], part), point)


def openings(name: str, point: Any) -> list[Opening]:
    """All openings up to the as-of, the last of which may be open."""
    spec, found = point.model["plays"][name], list[Opening]()

    def holds(key: str, at: Any) -> bool:
        return key in spec and at.formula(spec[key]).value is True

    for then in walked(point):
        rule = then.formula(spec["when"]).value
        if found and found[-1].closed is None:
            over = rule is False or (rule is None and not broken(spec["when"], then))
            if holds("closes", then) if "closes" in spec else over:
                found[-1] = replace(found[-1], closed=then.as_of)
        elif rule is True and not holds("unless", then):
            rested = not found or "cooldown" not in spec
            if rested or shift(found[-1].opened, spec["cooldown"], 1) <= then.as_of:
                found.append(Opening(then.as_of, then is not point, then))
        point.doubt |= then.doubt
    return found


def tick_openings(name: str, world: Any, until: Any) -> list[tuple[Any, str, int, int | None]]:
    """Account, play, opened, closed: every opening at a tick up to an instant, and what the ticks made of it."""
    found = []
    for account in world.accounts:
        for opening in openings(name, world.point(account, until + 1)):
            if opening.is_tick:
                closed = None if opening.closed is None or opening.closed > until else int(opening.closed)
                found.append((account, name, int(opening.opened), closed))
    return found


def next_tick(clock: dict[str, Any], at: int) -> Instant:
    return next(tick for tick in ticks(clock, None, at + 10_000 * 366 * DAY) if tick >= at)


def play_id(name: str, account: Any, opening: Opening, point: Any) -> str:
    """A play that opened between two ticks has the id of the tick that follows."""
    tick = next_tick(point.model.get("clock", {}), opening.opened)
    return hashlib.sha256(f"{name}\n{iso(tick)}\n{account}".encode()).hexdigest()[:32]


def iso(at: int) -> str:
    import datetime as dt

    moment = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=int(at))
    if moment.time() == dt.time(0):
        return f"{moment:%Y-%m-%d}"
    return f"{moment.isoformat()}".rstrip("0" if moment.microsecond else "") + "Z"


def evidence(spec: dict[str, Any], point: Any) -> dict[str, Any]:
    found = {}
    for name in spec.get("evidence", []):
        value = point.formula(name).value
        found[name] = iso(value) if isinstance(value, Instant) else value
    return found


def play_rows(point: Any, closed: bool) -> list[dict[str, Any]]:
    rows = []
    for name in sorted(point.model.get("plays", {})):
        spec = point.model["plays"][name]
        for opening in openings(name, point):
            if opening.closed is not None and not closed:
                continue
            priority = spec.get("priority")
            if isinstance(priority, str):
                priority = opening.point.formula(priority).value
            rows.append(
                {
                    "id": play_id(name, point.account, opening, point),
                    "as_of": point.as_of,
                    "account_id": point.account,
                    "play": name,
                    "opened": opening.opened,
                    "due": shift(opening.opened, spec["due"], 1) if "due" in spec else None,
                    "closed": opening.closed,
                    "priority": None if priority is None else float(priority),
                    "evidence": json.dumps(evidence(spec, opening.point), ensure_ascii=False),
                    "evidence_now": None
                    if opening.closed is not None
                    else json.dumps(evidence(spec, point), ensure_ascii=False),
                }
            )
    return rows
