"""The scores of one row of a panel, with their parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..grades import grades_of
from ..io.results import as_table
from .panel_row import PanelRow
from .part_names import grade_labels, look_of_column, look_of_part
from .views import Lift, Part, ProbabilityView, ScoreView, Since
from .words import shown_as

__all__ = ["in_reading_order", "score_of"]


def in_reading_order(infos: Mapping[str, Any]) -> Iterator[str]:
    """Overall scores first, each followed by the scores it is made of."""
    used = {source for info in infos.values() for source in info["sources"].values()}
    seen: set[str] = set()
    left = [*reversed([*infos]), *reversed([name for name in infos if name not in used])]
    while left:  # a stack of our own: scores may be nested more deeply than calls
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        left.extend(reversed(infos[name]["sources"].values()))


def score_of(row: PanelRow, info: Any, since: Since | None, lift: Lift | None) -> ScoreView:
    """One score with its parts; `info` is what the core knows of it."""
    name, values = info["name"], row.values
    spec = row.document["scores"][name]
    parts = as_table(row.scored.core.contributions(name, begin=row.place, count=1)).to_pylist()
    return ScoreView(
        name=name,
        about=spec.get("description", ""),
        score=values[name],
        low=info["low"],
        high=info["high"],
        grade=values.get(f"{name}_grade"),
        coverage=values.get(f"{name}_coverage"),
        reason=row.reasons.get(name),
        shares=_is_mean(spec),
        parts=tuple(_part(part, name, row, values[name]) for part in parts if not _idle(part)),
        change=values.get(f"{name}_change"),
        over=spec.get("trend", {}).get("over"),
        grade_before=values.get(f"{name}_grade_before"),
        since=since,
        lift=lift,
        edges=_edges(spec),
        point_grades=() if spec.get("combine") == "sum" else grades_of(spec, info["low"]),
        probability=_probability(name, spec, values),
        label=spec.get("label"),
        look=look_of_column(row.document, name),
        grade_labels=grade_labels(row.document, name),
    )


def _probability(name: str, spec: Mapping[str, Any], values: Mapping[str, Any]) -> ProbabilityView | None:
    probability = values.get(f"{name}_probability") if spec.get("probability") else None
    if probability is None:
        return None
    says = spec["probability"]
    return ProbabilityView(
        of=says["of"],
        horizon=says["horizon"],
        probability=probability,
        low=values[f"{name}_probability_low"] if "low" in says else None,
        high=values[f"{name}_probability_high"] if "high" in says else None,
        source=says.get("from", {}),
    )


def _edges(spec: Mapping[str, Any]) -> tuple[float, ...]:
    """Where its grade changes: of the first grade there is no edge that counts."""
    held = spec.get("hysteresis", {}).get("points", 0)
    edges = [float(grade.get("from", grade.get("above"))) for grade in spec.get("grades", [])[1:]]
    return tuple(sorted({edge + moved for edge in edges for moved in (-held, 0, held)}))


def _is_mean(spec: Mapping[str, Any]) -> bool:
    return bool(spec.get("combine", "mean") == "mean")


def _idle(part: Mapping[str, Any]) -> bool:
    """A cap or a rounding that changes nothing here."""
    return part["points"] is None and part["reason"] is None and not part["contribution"]


def _part(part: Mapping[str, Any], name: str, row: PanelRow, score: float | None) -> Part:
    spec = row.document["scores"][name]
    points, weight = part["points"], part["weight"]
    if points and weight and part["contribution"] == 0 and _is_mean(spec):
        weight = None  # a cap gave the score, which its measures had not: none has a share of it
    pull = None
    if _is_mean(spec) and None not in (points, weight, score):
        pull = weight * (points - score)
    look, value = look_of_part(row.document, name, part["part"]), _value(part, spec, row.values)
    return Part(
        name=part["part"],
        about=_about(part["part"], spec, row.document),
        value=value,
        points=points,
        weight=weight,
        contribution=part["contribution"],
        reason=part["reason"],
        pull=pull,
        label=look.label,
        shown=shown_as(value, look),
    )


def _value(part: Mapping[str, Any], spec: Mapping[str, Any], values: Mapping[str, Any]) -> float | str | bool | None:
    """The value of a part; contributions are numbers, so that a text is looked up in the panel."""
    value: float | None = part["value"]
    found = values.get(spec["measures"].get(part["part"], {}).get("value", ""))
    return found if isinstance(found, str | bool) else value


def _about(name: str, spec: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """What the model says that a part is: its own description, else that of what it measures."""
    measures = spec["measures"]
    measure = measures.get(name) or measures.get(name.partition(".")[0])
    if measure is None:
        caps = spec.get("caps", [])
        about = {f"cap:{cap['name']}": cap.get("description") or f"because {cap.get('when', 'always')}" for cap in caps}
        return str(about.get(name, ""))
    if "description" in measure:
        return str(measure["description"])
    source = measure.get("value") or measure.get("each") or ""
    found = document.get("metrics", {}).get(source) or document.get("scores", {}).get(measure.get("score")) or {}
    return str(found.get("description", ""))
