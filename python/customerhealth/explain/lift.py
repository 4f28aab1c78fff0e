"""What would lift a score to its next grade, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..io.instants import to_micros
from ..io.results import as_table
from .panel_row import PanelRow
from .views import Lift

__all__ = ["lift_of"]


def lift_of(row: PanelRow, info: Any) -> Lift | None:
    """Of one score; None where there is no higher grade or the score does not apply."""
    name, grades = info["name"], info["grades"]
    grade_now = row.values.get(f"{name}_grade")
    following = grades.index(grade_now) + 1 if grade_now in grades else 1
    if row.reasons.get(name) == "not_applicable" or following >= len(grades):
        return None
    grade, micros = grades[following], int(to_micros(row.values["as_of"])[0])
    paths = row.scored.core.path_to(grade, name, micros, row.scored.threads, None, row.place, 1)
    found: list[dict[str, Any]] = as_table(paths).to_pylist()
    return Lift(
        grade=grade,
        ways=tuple(_way(path) for path in found if path["status"] == "reaches"),
        held=tuple(_holder(path) for path in found if path["status"] == "held_by_cap"),
    )


def _way(path: Mapping[str, Any]) -> str:
    part, share = path["part"], path["peer_share"]
    if path["to_label"] is not None:
        now = "not known" if path["from_label"] is None else path["from_label"]
        change = f"{part}: {path['to_label']} (now {now})"
    else:
        now = "not known" if path["from"] is None else _number(path["from"])
        change = f"{part}: {_wanted(path['from'], path['to'])} (now {now})"
    gain = "" if path["gain"] is None else f", adds {path['gain']:.1f}"
    common = "" if share is None else f"; {share:.0%} of accounts are there"
    return f"{change}{gain}{common}"


def _wanted(now: float | None, wanted: float) -> str:
    """The wanted value; just beyond an edge, the edge."""
    short = float(f"{wanted:.12g}")
    if now is not None and short != wanted and (now <= short < wanted or wanted < short <= now):
        return f"{'more' if wanted > now else 'less'} than {_number(short)}"
    return _number(short)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e4 or value == int(value) else f"{value:.6g}"


def _holder(path: Mapping[str, Any]) -> str:
    before, _, name = path["part"].rpartition("cap:")
    where = f" of {before.rstrip('.')}" if before else ""
    gain = f"; without it the score would be {path['gain']:.1f} higher" if path["gain"] else ""
    return f"the cap '{name}'{where} holds it at {_number(path['from'])}{gain}"
