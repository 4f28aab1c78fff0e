"""A panel in a notebook: its first rows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..io.results import rows_in_python, show_cell

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["panel_html"]

_SHOWN_ROWS = 10


def panel_html(table: pa.Table, foot: str) -> str:
    """The first rows, how many more there are, and where they are from."""
    head = table.slice(0, _SHOWN_ROWS)
    names = "".join(f"<th style='text-align:right'>{escape(name)}</th>" for name in head.column_names)
    rows = "".join(_row(list(row.values())) for row in rows_in_python(head))
    more = f"<div>… and {len(table) - len(head)} more rows</div>" if len(table) > len(head) else ""
    return (
        f"<div style='overflow-x:auto'><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>{more}"
        f"<div style='color:#777'>{escape(foot)}</div></div>"
    )


def _row(values: list[object]) -> str:
    return (
        "<tr>" + "".join(f"<td style='text-align:right'>{escape(show_cell(value))}</td>" for value in values) + "</tr>"
    )
