"""A table as a fragment of HTML: no script, nothing from outside, every text escaped, on light and dark pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ..colours import grade_colours
from .cells import Cells, cells_of
from .signs import one_line, short

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["QUIET", "grade_html", "grid", "html_of"]

_SHOWN_ROWS = 20
_SHORT = 32  # signs of a text that stands in one line
_LONG = 240  # signs of a text in a cell; all of it on hover
_LINE = "border-bottom:1px solid rgba(128,128,128,0.35)"
_CELL = f"padding:3px 10px;{_LINE};background:transparent"
_LEFT = f"text-align:left;{_CELL}"
_HEAD = "font-weight:600;white-space:nowrap"
_WRAPPED = "overflow-wrap:break-word;min-width:12em;max-width:28em"
_RIGHT = f"text-align:right;{_CELL};white-space:nowrap;font-variant-numeric:tabular-nums"
_DOT = "display:inline-block;width:0.75em;height:0.75em;border-radius:50%"
QUIET = "opacity:0.7;font-size:90%"  # of whatever colour the page writes in

Reason = Callable[[int, str], "str | None"]
"""Why the cell of a row and a column is missing."""


def html_of(table: pa.Table) -> str:
    """The first rows, and how many more there are."""
    shown = table.slice(0, _SHOWN_ROWS)
    columns = cells_of(shown)
    foot = f"{len(table):,} row{'s' * (len(table) != 1)} × {table.num_columns:,} columns"
    if len(table) > len(shown):
        foot = f"the first {len(shown)} of {foot}"
    return grid(columns, _reasons_in(columns), foot)


def grid(columns: Sequence[Cells], reason: Reason, foot: str) -> str:
    """Columns beside each other, and a line below them."""
    heads = "".join(map(_head, columns))
    count = len(columns[0].texts) if columns else 0
    rows = "".join(f"<tr>{''.join(_cell(each, row, reason) for each in columns)}</tr>" for row in range(count))
    return (
        "<div style='overflow-x:auto'><table style='border-collapse:collapse;color:inherit;background:transparent'>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<div style='{QUIET}'>{escape(foot)}</div></div>"
    )


def _head(cells: Cells) -> str:
    """What people call the column; its name, or the whole of a long label, on hover."""
    label = cells.look.label
    hover = "" if label is None else f" title='{escape(f'{one_line(label)} ({cells.name})')}'"
    return f"<th style='{_style(cells)};{_HEAD}'{hover}>{_text(short(label or cells.name, _SHORT))}</th>"


def grade_html(grade: str, called: str, grades: Sequence[str]) -> str:
    """What people call a grade, beside its colour."""
    colour = grade_colours(grades).get(grade)
    dot = f"<span style='{_DOT};background:{colour}'></span> " if colour else ""
    hover = f" title='{escape(one_line(called))}'" if len(called) > _SHORT else ""
    return f"{dot}<span{hover}>{_text(short(called, _SHORT))}</span>" if hover else dot + _text(called)


def _style(cells: Cells) -> str:
    return _RIGHT if cells.is_number else _LEFT


def _cell(cells: Cells, row: int, reason: Reason) -> str:
    value, text = cells.values[row], cells.texts[row]
    if value is None:
        why = reason(row, cells.name)
        hover = f" title='missing: {escape(why)}'" if why else " title='missing'"
        return f"<td style='{_style(cells)};opacity:0.6'{hover}>{escape(text)}</td>"
    if cells.look.grades:
        return f"<td style='{_style(cells)};white-space:nowrap'>{grade_html(value, text, cells.look.grades)}</td>"
    hover = ""
    if len(text) > _LONG:
        hover, text = f" title='{escape(text)}'", text[: _LONG - 1] + "…"
    elif cells.is_number and isinstance(value, float):
        hover = f" title='{value!r}'"
    mark = f"{cells.marks[row]} " if cells.marks else ""
    wrapped = "" if cells.is_number else ";white-space:nowrap" if len(text) <= _SHORT else f";{_WRAPPED}"
    return f"<td style='{_style(cells)}{wrapped}'{hover}>{mark}{_text(text)}</td>"


def _text(text: str) -> str:
    """Escaped; what runs from right to left is kept to itself."""
    return escape(text) if text.isascii() else f"<bdi>{escape(text)}</bdi>"


def _reasons_in(columns: Sequence[Cells]) -> Reason:
    """Tables that say why something is missing have a column for it."""
    told: list[Any] | None = next((each.values for each in columns if each.name == "reason"), None)
    return lambda row, name: None if told is None or name == "reason" else told[row]
