"""Where an account is on its way, in which groups, and what is to be done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .. import _core
from ..io.instants import to_micros
from ..io.results import as_table
from .panel_row import PanelRow
from .part_names import look_of_column, play_label, stage_label
from .views import CohortView, Life, PlayView, StageView
from .words import shown_as

__all__ = ["life_of"]


def life_of(row: PanelRow) -> Life:
    """Where the account is in each journey, its cohorts and its open plays."""
    model, values, document = row.scored.model, row.values, row.document
    opened: list[dict[str, Any]] = []
    if model.plays:
        opened = as_table(row.scored.core.plays(False, begin=row.place, count=1)).to_pylist()
    return Life(
        stages=tuple(_stage(name, document, values, row.reasons.get(name)) for name in model.journeys),
        cohorts=tuple(_cohort(name, document, values) for name in model.cohorts if values[name]),
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
        stage_label=stage_label(document, name, row[name]),
        previous_label=stage_label(document, name, row[f"{name}_previous"]),
    )


def _cohort(name: str, document: Mapping[str, Any], row: Mapping[str, Any]) -> CohortView:
    spec = document["cohorts"][name]
    revenue = row[spec["revenue"]] if "revenue" in spec else None
    look = look_of_column(document, spec.get("revenue", ""))
    return CohortView(name, spec.get("label", name), spec.get("description", ""), revenue, shown_as(revenue, look))


def _play(row: Mapping[str, Any], document: Mapping[str, Any]) -> PlayView:
    due, evidence = row["due"], json.loads(row["evidence"])
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
        evidence=evidence,
        message_now=row["message_now"],
        evidence_now=json.loads(row["evidence_now"]) if row["evidence_now"] else None,
        label=play_label(document, row["play"]),
        looks={name: look_of_column(document, name) for name in evidence},
    )


def _in_order_of_priority(plays: Iterable[PlayView]) -> tuple[PlayView, ...]:
    """The most urgent first; those without a priority last, and of equals by name."""
    return tuple(sorted(plays, key=lambda play: (play.priority is None, -(play.priority or 0.0))))


def _day(instant: object) -> str | None:
    return None if instant is None else _core.show_instant(int(to_micros(instant)[0]))
