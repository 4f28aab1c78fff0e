"""How the columns of a panel want to be shown, by what its model says of them."""

from __future__ import annotations

from typing import Any

from ..explain.part_names import look_of_column
from ..explain.scores import in_reading_order
from ..model import Model
from ..results.looks import Look
from .described import grades_by_column

__all__ = ["looks_of", "order_of"]

_SHARES = ("coverage", "probability", "probability_low", "probability_high")


def looks_of(model: Model) -> dict[str, Look]:
    """By column: labels, units and digits of the document, the grades of scores, shares as percentages."""
    document, infos = model.to_dict(), model.core.scores
    looks = {name: look_of_column(document, name) for name in model.columns}
    looks |= {f"{info['name']}_{what}": Look(unit="percent", digits=0) for info in infos for what in _SHARES}
    looks |= {name: Look(grades=grades) for name, grades in grades_by_column(infos).items()}
    return looks


def order_of(model: Model) -> list[str]:
    """The columns for people: each score with its grade, change and trend, the overall ones first; then the rest."""
    infos: dict[str, Any] = {info["name"]: info for info in model.core.scores}
    first = [
        name
        for score in in_reading_order(infos)
        for name in (score, f"{score}_grade", f"{score}_change", f"{score}_trend")
        if name in model.columns
    ]
    beside = {f"{score}_{what}" for score in infos for what in (*_SHARES, "grade_before")}
    rest = [name for name in model.columns if name not in first]
    lives = [name for name in rest if name in model.journeys or name in model.cohorts]
    others = [name for name in rest if name not in beside and name not in lives]
    return [*first, *lives, *others, *(name for name in rest if name in beside)]
