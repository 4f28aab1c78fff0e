"""Headers that stand further down: an export whose first lines are a title."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from ..errors import DataError

__all__ = ["refuse_title"]

_LOOKED_AT = 50  # rows


def refuse_title(
    name: str, path: str, wanted: Collection[str], rows: Iterable[tuple[int, Sequence[object]]], unit: str
) -> None:
    """Refuse a source whose header has none of the wanted columns where a row below has some.

    Parameters
    ----------
    name, path : str
        The table and its source.
    wanted : collection of str
        The columns, with those that paths begin at.
    rows : iterable of (int, sequence)
        Its first rows, with how many lines or rows stand before each.
    unit : str
        What those are: ``line`` of a text file, ``row`` of a sheet.
    """
    for before, cells in islice(rows, _LOOKED_AT):
        named = [cell for cell in dict.fromkeys(cells) if isinstance(cell, str) and cell in wanted]
        if not named:
            continue
        there = ", ".join(repr(column) for column in named[:3])
        words = f"its header has none of the columns that the model reads, and {unit} {before + 1} names {there}"
        cure = f'if the header stands there, say "skip": {{"first": {before}}} in the model'
        raise DataError(f"table '{name}': {path!r} cannot be read: {words}; {cure}", name)
