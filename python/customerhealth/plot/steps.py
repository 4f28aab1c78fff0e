"""Waterfalls: steps that lead from one amount to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ..colours import colour_of_change
from ..explain.words import real_minus
from ..results.cells import show_number
from ..results.looks import PLAIN, Look
from .figures import QUIET, axis, figure, objects, signed

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Step", "steps_figure"]

_MOST = 14


class Step(NamedTuple):
    """One bar."""

    name: str
    adds: float
    colour: str
    """Empty: that of what lifts, or of what lowers."""
    hover: str


def steps_figure(
    title: str,
    steps: Sequence[Step],
    last: Step,
    *,
    first: Step | None = None,
    y: str = "",
    notes: Sequence[str] = (),
    digits: int = 1,
    look: Look = PLAIN,
) -> go.Figure:
    """Bars from `first`, or from nothing, over each step to `last`.

    plotly's own waterfall has one colour for all that rises; here a colour may say a grade, so that bars stand on an
    invisible base. ``y`` of the first trace are the amounts, the last one the whole; `look` says how they are shown.
    """
    go = objects()
    bars = [*([first] if first else []), *_few(steps, digits, look), last]
    places, unit = digits if look.digits is None else look.digits, "percent" if look.unit == "percent" else None
    level, bases, tops = 0.0, [], []
    for place, bar in enumerate(bars):
        whole = bar is last or (bar is first and place == 0)
        bases.append(0.0 if whole else level)
        level = bar.adds if whole else level + bar.adds
        tops.append(level)
    text = [
        real_minus(show_number(bar.adds, places, unit))
        if bar is last or bar is first
        else signed(bar.adds, digits, look)
        for bar in bars
    ]
    made = figure(title, notes=notes)
    made.update_yaxes(**axis(replace(look, label=y)))
    made.add_trace(
        go.Bar(
            x=list(range(len(bars))),
            y=[bar.adds for bar in bars],
            base=bases,
            marker={"color": [bar.colour or colour_of_change(bar.adds) for bar in bars]},
            text=text,
            textposition="outside",
            cliponaxis=False,
            hovertext=[bar.hover for bar in bars],
            hoverinfo="text",
            showlegend=False,
        )
    )
    ends_x: list[float | None] = []
    ends_y: list[float | None] = []
    for place, top in enumerate(tops[:-1]):
        ends_x += [place + 0.4, place + 0.6, None]
        ends_y += [top, top, None]
    made.add_trace(
        go.Scatter(
            x=ends_x, y=ends_y, mode="lines", line={"color": QUIET, "width": 1}, hoverinfo="skip", showlegend=False
        )
    )
    # Numbers on the axis, names as its ticks: two parts of the same name stay two bars.
    made.update_xaxes(tickvals=list(range(len(bars))), ticktext=[bar.name for bar in bars], showgrid=False)
    return made


def _few(steps: Sequence[Step], digits: int, look: Look) -> list[Step]:
    """So many bars as can be read; the small ones become one."""
    if len(steps) <= _MOST:
        return list(steps)
    kept = sorted(steps, key=lambda step: -abs(step.adds))[: _MOST - 1]
    small = [step for step in steps if step not in kept]
    hover = "<br>".join(f"{signed(step.adds, digits, look)} {step.name}" for step in small[:20])
    together = Step(f"{len(small)} smaller", sum(step.adds for step in small), "", hover)
    return [*(step for step in steps if step in kept), together]
