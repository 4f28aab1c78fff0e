"""A table as lines of text that fit a width."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .cells import Cells, cells_of
from .signs import cut, short, width_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["GAP", "SHOWN_ROWS", "Column", "Fitted", "fit", "lines_of", "text_of"]

SHOWN_ROWS = 20
_WIDEST = (40, 32, 24)  # cells of a column, the first with which all columns fit
GAP = 2


class Column(NamedTuple):
    """A column as texts of one width, its name first."""

    texts: list[str]
    width: int
    is_number: bool


class Fitted(NamedTuple):
    """What of a table fits a width."""

    columns: list[tuple[Cells, Column]]
    notes: list[str]
    """Lines about the rows and columns that do not."""


def text_of(table: pa.Table, width: int, rows: int = SHOWN_ROWS) -> str:
    """The table, or its first rows and what there is beside them."""
    fitted = fit(table, width, rows)
    return "\n".join([*_written([column for _, column in fitted.columns]), *fitted.notes])


def fit(table: pa.Table, width: int, rows: int = SHOWN_ROWS) -> Fitted:
    """The first rows, and as many columns as there is room for."""
    shown = table.slice(0, rows)
    columns = cells_of(shown)
    made, left_out = _fitted(columns, width)
    notes = []
    if len(table) > len(shown):
        more = len(table) - len(shown)
        notes.append(f"… {more:,} more row{'s' * (more != 1)} of {len(table):,}")
    if left_out:
        names = ", ".join(left_out[:8]) + (", …" if len(left_out) > 8 else "")
        more_columns = f"… {len(left_out)} more column{'s' * (len(left_out) != 1)}: {names}"
        notes.append(cut(more_columns, max(width, 20)))
    if not len(table):
        notes.append("no rows")
    return Fitted(list(zip(columns, made, strict=False)), notes)


def lines_of(table: pa.Table) -> list[str]:
    """All rows and columns, however wide."""
    return _written([_column(cells, None) for cells in cells_of(table)])


# ---- fitting --------------------------------------------------------------------------------------------------------


def _fitted(columns: list[Cells], width: int) -> tuple[list[Column], list[str]]:
    """The columns, and the names of those for which there is no room, which are the last ones."""
    made = [_column(cells, None) for cells in columns]
    for most in _WIDEST:
        if _total(made) > width:
            made = [_column(cells, most) for cells in columns]
    count = len(made)
    while count > 1 and _total(made[:count]) > width:
        count -= 1
    if count == 1 and made:
        made[0] = _column(columns[0], max(width, 8))
    return made[:count], [cells.name for cells in columns[count:]]


def _column(cells: Cells, most: int | None) -> Column:
    texts = [short(cells.look.label or cells.name), *cells.texts]
    texts = texts if most is None else [cut(text, most) for text in texts]
    return Column(texts, max(map(width_of, texts)), cells.is_number)


def _total(made: list[Column]) -> int:
    return sum(column.width + GAP for column in made) - GAP


def _written(made: list[Column]) -> list[str]:
    rows = zip(*(column.texts for column in made), strict=True)
    return [
        (" " * GAP)
        .join(_filled(text, column.width, column.is_number) for text, column in zip(row, made, strict=True))
        .rstrip()
        for row in rows
    ]


def _filled(text: str, width: int, to_right: bool) -> str:
    room = " " * (width - width_of(text))
    return room + text if to_right else text + room
