"""What people call the names of a model, and how they want its numbers shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from ..results.cells import one_line
from ..results.looks import PLAIN, Look
from ..results.text import cut

__all__ = ["grade_labels", "look_of_column", "look_of_part", "part_label", "play_label", "short", "stage_label"]

_LONGEST = 60  # cells of a label in a sentence
_RIGHT_TO_LEFT = ("R", "AL", "AN")


def part_label(document: Mapping[str, Any], score: str, part: str) -> str:
    """What people call a part of a score: its label, that of what it measures, else its name below the top level."""
    if part.startswith("cap:"):
        return f"{part.removeprefix('cap:')} (cap)"
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


def stage_label(document: Mapping[str, Any], journey: str, stage: str | None) -> str | None:
    """What people call a stage of a journey."""
    stages = document["journeys"][journey]["stages"]
    return next((each.get("label", stage) for each in stages if each["name"] == stage), stage)


def play_label(document: Mapping[str, Any], play: str) -> str:
    """What people call a play."""
    return str(document["plays"][play].get("label", play))


def short(text: str) -> str:
    """A label in a sentence: on one line, cut where it is long, and kept from turning its sentence round."""
    plain = cut(one_line(text), _LONGEST)
    turns = not plain.isascii() and any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in plain)
    return f"\u2068{plain}\u2069" if turns else plain


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
