"""Edges of grades at which a learned score tells of the same risk as the score before did."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _core
from ..io.columns import Floats, Ints
from ..model import Model
from .judged import Judged

__all__ = ["suggested"]

_STEPS = 100  # of a scale: edges are whole ones of 0 to 100


def suggested(judged: Judged, model: Model, score: str) -> list[dict[str, Any]]:
    """A row a grade, from the worst; see :attr:`Learned.edges`."""
    document = model.to_dict()["scores"][score]
    grades, scale = document.get("grades", []), document.get("scale", [0, 100])
    part, after = judged.latest
    if not grades or not len(part.row):
        return []
    before, now = judged.before[part.row], after[part.row]
    edges = np.array([float(grade.get("from", grade.get("above", scale[0]))) for grade in grades])
    open_ = ["above" in grade for grade in grades]
    risk, moved = _moved(judged, edges, scale)
    ways = {
        "before": _graded(before, edges, open_),
        "kept": _graded(now, edges, open_),
        "suggested": _graded(now, moved, open_) if moved is not None else np.full(len(now), -1),
    }
    rows = []
    for place, grade in enumerate(grades):
        row: dict[str, Any] = {"grade": grade["name"]}
        if place:
            row |= {"before": float(edges[place]), "risk": None if risk is None else float(risk[place])}
            row |= {"suggested": None if moved is None else float(moved[place])}
        for way, found in ways.items():
            mine, graded = found == place, int((found >= 0).sum())
            row[f"share_{way}"] = float(mine.sum() / graded) if graded else None
            row[f"rate_{way}"] = float(part.event[mine].mean()) if mine.any() else None
        rows.append(row)
    return rows


def _moved(judged: Judged, edges: Floats, scale: list[float]) -> tuple[Floats | None, Floats | None]:
    """The risk at each edge, and where the learned score has it; None where scores do not fall with the risk."""
    part, lines = judged.training, []
    for values in (judged.before[part.row], judged.across[part.row]):
        known = ~np.isnan(values)
        event = part.event[known].astype(np.float64)
        if not 0 < event.sum() < len(event) or np.ptp(values[known]) == 0:
            return None, None
        lines.append(_core.logistic(np.ascontiguousarray(values[known]), event, True))
    (a, b), (now_a, now_b) = lines
    if b <= 0 or now_b <= 0:
        return None, None
    odds = a - b * edges
    width = scale[1] - scale[0]
    places = np.clip(np.round(((now_a - odds) / now_b - scale[0]) / width * _STEPS), 0, _STEPS)
    return 1 / (1 + np.exp(-odds)), np.asarray(scale[0] + width * places / _STEPS)


def _graded(values: Floats, edges: Floats, is_open: list[bool]) -> Ints:
    """The place of each value's grade; -1: it is missing."""
    out = np.zeros(len(values), np.int64)
    for place in range(1, len(edges)):
        out[(values > edges[place]) if is_open[place] else (values >= edges[place])] = place
    out[np.isnan(values)] = -1
    return out
