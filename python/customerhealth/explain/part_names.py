"""What people call the names of a model, and how they want its numbers shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..results.looks import PLAIN, Look, called
from ..results.signs import short

__all__ = [
    "PartNames",
    "grade_labels",
    "look_of_column",
    "look_of_part",
    "looks_of_cohorts",
    "looks_of_plays",
    "looks_of_stages",
    "part_label",
    "play_label",
    "stage_label",
    "stage_labels",
]

_CAP = re.compile(r"(?:(?P<score>[^:]*)\.)?cap:(?P<name>.*)", re.DOTALL)
"""A cap, and the part whose score it bounds; None: the score itself."""


class PartNames:
    """What people call the parts of a score, and how their values are shown; each is looked up once."""

    def __init__(self, document: Mapping[str, Any], score: str) -> None:
        self.own = look_of_column(document, score)
        """How the score itself is shown."""
        self._document, self._score = document, score
        self._looks: dict[str, Look] = {}

    def look(self, part: str) -> Look:
        """Of the values of a part; of a cap, which bounds the score, that of the score."""
        if part not in self._looks:
            cap = _CAP.fullmatch(part)
            bounded = part if cap is None else cap["score"]
            self._looks[part] = look_of_part(self._document, self._score, bounded) if bounded else self.own
        return self._looks[part]

    def label(self, part: str) -> str:
        """Its label, that of what it measures, else its name below the top level."""
        return part_label(self._document, self._score, part)

    def called(self, part: str) -> str:
        """In a sentence: its label or that of what it measures, else its whole name."""
        if _CAP.fullmatch(part):
            return short(self.label(part))
        return short(self.look(part).label or part)


def part_label(document: Mapping[str, Any], score: str, part: str) -> str:
    """What people call a part of a score: its label, that of what it measures, else its name below the top level."""
    cap = _CAP.fullmatch(part)
    if cap is not None:
        return f"{cap['name']} (cap)"
    return look_of_part(document, score, part).label or part.partition(".")[2] or part


def look_of_part(document: Mapping[str, Any], score: str, part: str) -> Look:
    """What its measure says, and where that is silent what it measures; PLAIN for caps and the like."""
    spec: Mapping[str, Any] = document["scores"].get(score, {"measures": {}})
    steps = part.split(".")
    for place in range(len(steps)):
        measures, rest = spec["measures"], ".".join(steps[place:])
        measure = measures.get(rest)
        if measure is not None:
            return _over(_said(measure), look_of_column(document, measure.get("value") or measure.get("score") or ""))
        measure = measures.get(steps[place], {})
        if "each" in measure:
            value = ".".join(steps[place + 1 :])
            return _over(_split(_said(measure), value), look_of_column(document, f"{measure['each']}.{value}"))
        spec = document["scores"].get(measure.get("score"), {"measures": {}})
    return PLAIN


def look_of_column(document: Mapping[str, Any], name: str) -> Look:
    """A metric, one value of a split metric, a score or a cohort; PLAIN for all else."""
    for kind in ("metrics", "scores", "cohorts"):
        spec = document.get(kind, {}).get(name)
        if spec is not None:
            return _said(spec)
    metric, dot, value = name.partition(".")
    spec = document.get("metrics", {}).get(metric, {})
    return _split(_said(spec), value) if dot and "by" in spec else PLAIN


def grade_labels(document: Mapping[str, Any], score: str) -> dict[str, str]:
    """What people call the grades of a score, by name."""
    return {grade["name"]: grade.get("label", grade["name"]) for grade in document["scores"][score].get("grades", ())}


def stage_labels(document: Mapping[str, Any], journey: str) -> dict[str, str]:
    """What people call the stages of a journey, by name."""
    return {stage["name"]: stage.get("label", stage["name"]) for stage in document["journeys"][journey]["stages"]}


def stage_label(document: Mapping[str, Any], journey: str, stage: str | None) -> str | None:
    """What people call a stage of a journey."""
    return None if stage is None else stage_labels(document, journey).get(stage, stage)


def looks_of_stages(document: Mapping[str, Any], journey: str, *columns: str) -> dict[str, Look]:
    """Of columns that hold stages of a journey."""
    return dict.fromkeys(columns, Look(called=called(stage_labels(document, journey))))


def looks_of_plays(document: Mapping[str, Any], *columns: str) -> dict[str, Look]:
    """Of columns that hold names of plays."""
    plays = document.get("plays", {})
    return dict.fromkeys(columns, Look(called=called({name: play_label(document, name) for name in plays})))


def looks_of_cohorts(document: Mapping[str, Any], *columns: str) -> dict[str, Look]:
    """Of columns that hold names of cohorts."""
    labels = {name: spec.get("label", name) for name, spec in document.get("cohorts", {}).items()}
    return dict.fromkeys(columns, Look(called=called(labels)))


def play_label(document: Mapping[str, Any], play: str) -> str:
    """What people call a play."""
    return str(document["plays"][play].get("label", play))


def _said(spec: Mapping[str, Any]) -> Look:
    return Look(spec.get("label"), spec.get("unit"), spec.get("digits"))


def _split(look: Look, value: str) -> Look:
    """Of one value of what is split by a column."""
    return Look(None if look.label is None else f"{look.label}: {value}", look.unit, look.digits)


def _over(own: Look, source: Look) -> Look:
    """What is said of a part itself comes before what is said of its source."""
    return Look(
        source.label if own.label is None else own.label,
        source.unit if own.unit is None else own.unit,
        source.digits if own.digits is None else own.digits,
    )
