"""The grades of a score as its model writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Grade", "grade_at", "grades_of"]


@dataclass(frozen=True)
class Grade:
    """One grade, and where it begins."""

    name: str
    edge: float
    """The lowest grade's is the lower end of the scale."""
    above: bool
    """Whether the edge itself belongs to the grade below."""
    label: str
    """What people call it."""


def grades_of(spec: Mapping[str, Any], low: float) -> tuple[Grade, ...]:
    """Of a score of a document whose scale begins at `low`; the worst first."""
    return tuple(
        Grade(
            grade["name"],
            low if place == 0 else float(grade["from"] if "from" in grade else grade["above"]),
            place > 0 and "above" in grade,
            grade.get("label", grade["name"]),
        )
        for place, grade in enumerate(spec.get("grades", ()))
    )


def grade_at(points: float, grades: Sequence[Grade]) -> Grade | None:
    """The grade that so many points would have, hysteresis aside; None: there are no grades."""
    reached = [g for place, g in enumerate(grades) if place == 0 or (points > g.edge if g.above else points >= g.edge)]
    return reached[-1] if reached else None
