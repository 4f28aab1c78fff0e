"""The colours of everything that is drawn: charts, reports, explanations.

All of them stand out at 3 to 1 or more from white and from the near-black (#111111) of dark pages, as WCAG 2 asks of
graphics. The colours of grades run from vermilion over ochre to teal, not from red to green: any two of the three
differ by 20 or more in CIELAB for people without red, green or blue cones too (Machado, Oliveira, Fernandes 2009).
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "BEST",
    "DOWN",
    "FAINT",
    "MIDDLE",
    "MISSING",
    "NEUTRAL",
    "SERIES",
    "TRACK",
    "UP",
    "WORST",
    "colour_of_change",
    "faint",
    "grade_colours",
]

WORST, MIDDLE, BEST = "#c53a26", "#bb8a00", "#078a80"
UP, DOWN = BEST, WORST
NEUTRAL = "#5b7fa6"
MISSING = "#858585"
TRACK = "rgba(128,128,128,0.25)"
FAINT = 0.22
"""How opaque an area of a colour is that lines are drawn over."""
SERIES = (NEUTRAL, "#b5651d", "#7b62b3", "#5f8a1f", "#b0527f", "#3e8fa8", "#8c6d46", "#6f7d8c")
"""Of lines that stand for no grade."""


def grade_colours(names: Sequence[str]) -> dict[str, str]:
    """The colour of each grade of a score, the worst first: by its place, whatever it is called."""
    last = len(names) - 1
    return {name: _between(place / last) if last else NEUTRAL for place, name in enumerate(names)}


def colour_of_change(change: float | None) -> str:
    """Of what lifts a score, holds it down, or neither."""
    return NEUTRAL if change is None else UP if change >= 0 else DOWN


def faint(colour: str, opacity: float = FAINT) -> str:
    """The colour as an area."""
    red, green, blue = _parts(colour)
    return f"rgba({red},{green},{blue},{opacity:g})"


def _between(share: float) -> str:
    """0: the worst, 1: the best."""
    low, high, part = (WORST, MIDDLE, 2 * share) if share < 0.5 else (MIDDLE, BEST, 2 * share - 1)
    mixed = (round(a + (b - a) * part) for a, b in zip(_parts(low), _parts(high), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue
