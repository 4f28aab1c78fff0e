"""What all charts share: plotly, the look, and texts that are shown as they are."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ..colours import MISSING
from ..explain.words import real_minus, show_signed
from ..results.looks import PLAIN, Look
from ..results.signs import isolated_by_line, short

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "LINE",
    "NOTE",
    "QUIET",
    "SHORT",
    "axis",
    "counted",
    "figure",
    "make_room",
    "note",
    "nothing",
    "objects",
    "percent",
    "shown",
    "signed",
]

TEXT = "#787878"
"""4.3 to 1 or more from white and from the #111111 of dark pages, so that a chart can lie on either."""
QUIET = "rgba(128,128,128,0.25)"
LINE = {"width": 2}
NOTE = 12
SHORT = 28
"""Signs of a name along an axis or in a legend."""
_LONGEST = 60
_TITLE_WIDTH = 76
_USUAL_HEIGHT = 450


def objects() -> Any:
    """plotly.graph_objects; it comes with the extra ``plot``."""
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise ImportError(f"charts need plotly ({error}): pip install 'customerhealth[plot]'", name="plotly") from error
    return go


def figure(title: str, *, x: str = "", y: str = "", notes: Sequence[str] = (), **layout: Any) -> go.Figure:
    """A figure without traces: a title that says what follows from it, names of both axes, remarks below it."""
    go = objects()
    wrapped = textwrap.wrap(title, _TITLE_WIDTH, break_long_words=False, break_on_hyphens=False)
    lines = isolated_by_line(wrapped) or [""]
    axis = {"gridcolor": QUIET, "zerolinecolor": QUIET, "linecolor": QUIET, "automargin": True}
    made = go.Figure(
        layout={
            "template": "none",
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": TEXT, "family": "system-ui, sans-serif", "size": 13},
            "title": {
                "text": "<br>".join(lines),
                "font": {"size": 15},
                "pad": {"t": 12 if len(lines) == 1 else 22, "l": 12},  # plotly lifts several lines by 10 pixels
                "x": 0,
                "xanchor": "left",
                "y": 1,
                "yanchor": "top",
            },
            "margin": {"l": 70, "r": 70, "t": 56 + 19 * len(lines), "b": 65 + 24 * len(notes)},
            "xaxis": {"title": {"text": x}, **axis},
            "yaxis": {"title": {"text": y}, **axis},
            "hoverlabel": {"align": "left"},
            "modebar": {"orientation": "v", "bgcolor": "rgba(0,0,0,0)", "color": TEXT},
            "legend": {"orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"},
            **layout,
        }
    )
    for place, text in enumerate(notes):
        note(made, text, place)
    return made


def note(made: go.Figure, text: str, place: int = 0) -> None:
    """A remark below the axes."""
    made.add_annotation(
        text=text, xref="paper", yref="paper", x=0, y=0, xanchor="left", yanchor="top", align="left",
        yshift=-64 - 18 * place, showarrow=False, font={"size": NOTE},
    )  # fmt: skip


def make_room(made: go.Figure, lines: int) -> None:
    """Let a figure be as high as so many labels above each other need."""
    needed = 150 + 17 * lines
    if needed > _USUAL_HEIGHT:
        made.update_layout(height=needed)


def nothing(title: str, why: str) -> go.Figure:
    """A figure without data, which says why."""
    made = figure(title)
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False)
    made.add_annotation(text=why, xref="paper", yref="paper", x=0.5, y=0.5, showarrow=False, font={"size": 15})
    return made


def shown(text: object, longest: int = _LONGEST) -> str:
    """A text of the data: markup as it is written, cut where it is long, and kept from turning its sentence round."""
    return escape(short(" ".join(str(text).split()), longest), quote=False)


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """A share for a sentence."""
    return "–" if share is None else f"{share:.0%}" if share == 0 or abs(share) >= 0.1 else f"{share:.1%}"


def signed(number: float | None, digits: int = 1, look: Look = PLAIN) -> str:
    """A change with its sign."""
    return real_minus(show_signed(number, digits, look))


def axis(look: Look) -> dict[str, Any]:
    """An axis of numbers that are shown so."""
    unit = "" if look.unit in (None, "percent") else f" ({shown(look.unit, 12)})"
    ticks = {"tickformat": ".3~%"} if look.unit == "percent" else {}
    return {"title": {"text": f"{shown(look.label or '', SHORT)}{unit}"}, **ticks}


MISSING_MARK = {"symbol": "x", "color": MISSING, "size": 9}
