"""A table as lines of text that fit a width."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from .cells import Cells, cells_of, one_line

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["lines_of", "text_of", "width_of"]

SHOWN_ROWS = 20
_WIDEST = (40, 32, 24)  # cells of a column, the first with which all columns fit
_GAP = 2


def text_of(table: pa.Table, width: int, rows: int = SHOWN_ROWS) -> str:
    """The table, or its first rows and what there is beside them."""
    shown = table.slice(0, rows)
    columns = cells_of(shown)
    lines, left_out = _fitted(columns, width)
    if len(table) > len(shown):
        more = len(table) - len(shown)
        lines.append(f"… {more:,} more row{'s' * (more != 1)} of {len(table):,}")
    if left_out:
        names = ", ".join(left_out[:8]) + (", …" if len(left_out) > 8 else "")
        more_columns = f"… {len(left_out)} more column{'s' * (len(left_out) != 1)}: {names}"
        lines.append(_cut(more_columns, max(width, 20)))
    if not len(table):
        lines.append("no rows")
    return "\n".join(lines)


def lines_of(table: pa.Table) -> list[str]:
    """All rows and columns, however wide."""
    return _written([_column(cells, None) for cells in cells_of(table)])


def width_of(text: str) -> int:
    """How many cells of a terminal it takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


# ---- fitting --------------------------------------------------------------------------------------------------------


def _fitted(columns: list[Cells], width: int) -> tuple[list[str], list[str]]:
    """The lines, and the names of columns for which there is no room, which are the last ones."""
    made = [_column(cells, None) for cells in columns]
    for most in _WIDEST:
        if _total(made) > width:
            made = [_column(cells, most) for cells in columns]
    count = len(made)
    while count > 1 and _total(made[:count]) > width:
        count -= 1
    if count == 1 and made:
        made[0] = _column(columns[0], max(width, 8))
    return _written(made[:count]), [cells.name for cells in columns[count:]]


_Made = tuple[list[str], int, bool]


def _column(cells: Cells, most: int | None) -> _Made:
    texts = [one_line(cells.look.label or cells.name), *cells.texts]
    texts = texts if most is None else [_cut(text, most) for text in texts]
    return texts, max(map(width_of, texts)), cells.is_number


def _total(made: list[_Made]) -> int:
    return sum(width + _GAP for _, width, _ in made) - _GAP


def _written(made: list[_Made]) -> list[str]:
    rows = zip(*(texts for texts, _, _ in made), strict=True)
    return [
        (" " * _GAP)
        .join(_filled(text, width, to_right) for text, (_, width, to_right) in zip(row, made, strict=True))
        .rstrip()
        for row in rows
    ]


def _filled(text: str, width: int, to_right: bool) -> str:
    room = " " * (width - width_of(text))
    return room + text if to_right else text + room


def _cut(text: str, most: int) -> str:
    if width_of(text) <= most:
        return text
    kept = ""
    for sign in text:
        if width_of(kept + sign) > most - 1:
            break
        kept += sign
    return kept + "…"
