"""Where an account is on its way, in which groups, and what is to be done: in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _core
from ..instants import to_micros
from .words import REASONS, show_length, show_value

if TYPE_CHECKING:
    from ..scored import Scored
    from .explanation import Explanation

__all__ = ["CohortView", "Life", "PlayView", "StageView", "life_lines", "life_of", "life_sections"]


@dataclass(frozen=True)
class StageView:
    """Where the account is in one journey."""

    journey: str
    about: str
    stage: str | None
    since: str | None
    days: float | None
    previous: str | None
    stalled: bool | None
    reason: str | None
    """Why it is in no stage."""
    stage_about: str = ""
    owner: str | None = None
    """The team whose stage it is."""
    deadline: str | None = None
    """How long the stage may take, as the model writes it."""


@dataclass(frozen=True)
class CohortView:
    """A cohort that the account belongs to."""

    name: str
    label: str
    about: str
    revenue: float | None
    """What the account is worth by the cohort's metric; None where there is none, or it is missing."""


@dataclass(frozen=True)
class PlayView:
    """An open play: what is to be done."""

    id: str
    play: str
    about: str
    opened: str
    due: str | None
    overdue: bool
    priority: float | None
    owner: str | None
    role: str | None
    """Whom of the customer's people to address."""
    channel: str | None
    message: str | None
    evidence: Mapping[str, Any]
    """What was known when it opened, by name."""


@dataclass(frozen=True)
class Life:
    """Stages, cohorts and open plays of one row of a panel."""

    stages: tuple[StageView, ...] = ()
    cohorts: tuple[CohortView, ...] = ()
    plays: tuple[PlayView, ...] = ()


def life_of(
    scored: Scored, document: Mapping[str, Any], row: Mapping[str, Any], reasons: Mapping[str, str], at: int
) -> Life:
    """Of the row of a panel that lies `at` a place; reasons say why journeys have no stage."""
    import pyarrow as pa

    opened: list[dict[str, Any]] = []
    if scored.model.plays:
        opened = pa.table(scored.core.plays(False, begin=at, count=1)).to_pylist()
    return Life(
        stages=tuple(_stage(name, document, row, reasons.get(name)) for name in scored.model.journeys),
        cohorts=tuple(_cohort(name, document, row) for name in scored.model.cohorts if row[name]),
        plays=_in_order_of_priority(_play(play, document) for play in opened),
    )


def _stage(name: str, document: Mapping[str, Any], row: Mapping[str, Any], reason: str | None) -> StageView:
    spec = document["journeys"][name]
    held: Mapping[str, Any] = next((stage for stage in spec["stages"] if stage["name"] == row[name]), {})
    return StageView(
        journey=name,
        about=spec.get("description", ""),
        stage=row[name],
        since=_day(row[f"{name}_since"]),
        days=row[f"{name}_days"],
        previous=row[f"{name}_previous"],
        stalled=row[f"{name}_stalled"],
        reason=reason,
        stage_about=held.get("description", ""),
        owner=held.get("owner"),
        deadline=held.get("deadline"),
    )


def _cohort(name: str, document: Mapping[str, Any], row: Mapping[str, Any]) -> CohortView:
    spec = document["cohorts"][name]
    revenue = row[spec["revenue"]] if "revenue" in spec else None
    return CohortView(name, spec.get("label", name), spec.get("description", ""), revenue)


def _play(row: Mapping[str, Any], document: Mapping[str, Any]) -> PlayView:
    due = row["due"]
    return PlayView(
        id=row["id"],
        play=row["play"],
        about=document["plays"][row["play"]].get("description", ""),
        opened=_day(row["opened"]) or "",
        due=_day(due),
        overdue=due is not None and due < row["as_of"],
        priority=row["priority"],
        owner=row["owner"],
        role=row["role"],
        channel=row["channel"],
        message=row["message"],
        evidence=json.loads(row["evidence"]),
    )


def _in_order_of_priority(plays: Iterable[PlayView]) -> tuple[PlayView, ...]:
    """The most urgent first; those without a priority last, and of equals by name."""
    return tuple(sorted(plays, key=lambda play: (play.priority is None, -(play.priority or 0.0))))


def _day(instant: object) -> str | None:
    return None if instant is None else _core.show_instant(int(to_micros(instant)[0]))


# ---- text -----------------------------------------------------------------------------------------------------------


def stage_line(view: StageView) -> str:
    """Where the account is in a journey, in one line."""
    if view.stage is None:
        return f"{view.journey}: in no stage ({REASONS.get(view.reason or '', view.reason or 'missing')})"
    days = f"{view.days:.0f} day{'' if round(view.days or 0) == 1 else 's'}"
    before = f", {view.previous} before" if view.previous else ""
    owner = f"; looked after by {view.owner}" if view.owner else ""
    stalled = f"; stalled: it may take {show_length(view.deadline or '')}" if view.stalled else ""
    return f"{view.journey}: {view.stage} since {view.since} ({days}){before}{owner}{stalled}"


def cohort_line(view: CohortView) -> str:
    """A group that the account is in, and what it is worth."""
    revenue = "" if view.revenue is None else f" (worth {show_value(view.revenue)})"
    return f"{view.label}{revenue}"


def play_line(view: PlayView) -> str:
    """What is to be done, since when and until when, by whom, how and with whom."""
    due = f", {'was' if view.overdue else 'is'} due {view.due}" if view.due else ""
    who = "".join(
        f", {word} {text}" for word, text in (("by", view.owner), ("by", view.channel), ("with the", view.role)) if text
    )
    return f"{view.play}: open since {view.opened}{due}{who}"


def evidence_line(view: PlayView) -> str:
    """What was known when the play opened."""
    return ", ".join(f"{name} {show_value(value)}" for name, value in view.evidence.items())


def life_sections(explanation: Explanation) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Headlines with their entries, each a line and what explains it; for text and HTML alike."""
    if explanation.stages:
        stages = [(stage_line(view), _said(view.stage_about or view.about)) for view in explanation.stages]
        yield "Where it is on its way", stages
    if explanation.cohorts:
        yield "Groups it belongs to", [(cohort_line(view), _said(view.about)) for view in explanation.cohorts]
    if explanation.plays:
        plays = [(play_line(view), _said(view.message, view.about, _known_then(view))) for view in explanation.plays]
        yield "What is to be done", plays


def _known_then(view: PlayView) -> str:
    evidence = evidence_line(view)
    return f"known then: {evidence}" if evidence else ""


def _said(*texts: str | None) -> list[str]:
    return [text for text in texts if text]


def life_lines(explanation: Explanation) -> Iterator[str]:
    """All sections as text, each after an empty line."""
    for headline, entries in life_sections(explanation):
        yield ""
        yield f"{headline}:"
        for line, more in entries:
            yield f"  {line}"
            for text in more:
                yield from (f"    {part}" for part in text.splitlines())
