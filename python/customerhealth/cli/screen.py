"""Tables on a terminal: in its width, heads in bold, grades in their colours."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ..colours import grade_colours
from ..results.text import GAP, SHOWN_ROWS, fit

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["draw"]


def draw(table: pa.Table, rows: int = SHOWN_ROWS) -> None:
    """Draw the first rows and as many columns as there is room for on standard output."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = shutil.get_terminal_size().columns
    fitted = fit(table, width, rows)
    drawn = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    cells = []
    for column, made in fitted.columns:
        drawn.add_column(
            Text(made.texts[0]), justify="right" if made.is_number else "left", no_wrap=True, min_width=made.width
        )
        colours = grade_colours(column.look.grades) if column.look.grades else {}
        shown = zip(made.texts[1:], column.values, strict=True)
        cells.append([Text(text, colours.get(value, "") if isinstance(value, str) else "") for text, value in shown])
    for row in zip(*cells, strict=True):
        drawn.add_row(*row)
    console = Console(width=width, highlight=False)
    console.print(drawn)
    for note in fitted.notes:
        console.print(Text(note, "dim"), no_wrap=True, overflow="ellipsis")
