"""What would lift a score to its next grade, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..io.instants import to_micros
from ..io.results import as_table
from ..results.looks import Look
from ..results.signs import short
from .panel_row import PanelRow
from .part_names import grade_labels, look_of_column, look_of_part
from .views import Lift
from .words import show_apart, show_score

__all__ = ["lift_of"]


def lift_of(row: PanelRow, info: Any) -> Lift | None:
    """Of one score; None where there is no higher grade or the score does not apply."""
    name, grades = info["name"], info["grades"]
    grade_now = row.values.get(f"{name}_grade")
    following = grades.index(grade_now) + 1 if grade_now in grades else 1
    if row.reasons.get(name) == "not_applicable" or following >= len(grades):
        return None
    grade, micros = grades[following], int(to_micros(row.values["as_of"])[0])
    ways = row.scored.core.ways(grade, name, micros, row.scored.threads, row.place, 1)
    found: list[dict[str, Any]] = as_table(ways).to_pylist()
    return Lift(
        grade=grade_labels(row.document, name)[grade],
        ways=tuple(_way(path, name, row.document) for path in found if path["status"] == "reaches"),
        held=tuple(_holder(path, name, row.document) for path in found if path["status"] == "held_by_cap"),
    )


def _way(path: Mapping[str, Any], score: str, document: Mapping[str, Any]) -> str:
    look, own, share = look_of_part(document, score, path["part"]), look_of_column(document, score), path["peer_share"]
    part = short(look.label or path["part"])
    if path["to_label"] is not None:
        now = "not known" if path["from_label"] is None else path["from_label"]
        change = f"{part}: {path['to_label']} (now {now})"
    else:
        change = f"{part}: {_wanted(path['from'], path['to'], path['edge'], look)}"
    gain = "" if path["gain"] is None else f", adds {show_score(path['gain'], (0.0,), own)}"
    common = "" if share is None else f"; {share:.0%} of accounts are there"
    return f"{change}{gain}{common}"


def _wanted(now: float | None, wanted: float, edge: float | None, look: Look) -> str:
    """The wanted value, where it only has to lie beyond an edge the edge, and the value of today."""
    bound = _rounded(wanted if edge is None else edge)
    values = (bound,) if now is None else (bound, now)
    shown, today = (*show_apart(*values, show=_number, look=look), "not known")[:2]
    beyond = "" if edge is None else f"{'more' if wanted > edge else 'less'} than "
    return f"{beyond}{shown} (now {today})"


def _rounded(value: float) -> float:
    """To twelve figures, so that 89.99999999999999, where binary fractions meet 90, is 90."""
    return float(f"{value:.12g}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e4 or value == int(value) else f"{value:.6g}"


def _holder(path: Mapping[str, Any], score: str, document: Mapping[str, Any]) -> str:
    within = path["within"]
    where = f" of {short(look_of_part(document, score, within).label or within)}" if within else ""
    own = look_of_part(document, score, within) if within else look_of_column(document, score)
    [bound] = show_apart(path["from"], show=_number, look=own)
    higher = show_score(path["gain"] or 0.0, (0.0,), look_of_column(document, score))
    gain = f"; without it the score would be {higher} higher" if path["gain"] else ""
    return f"the cap '{path['cap']}'{where} holds it at {bound}{gain}"
