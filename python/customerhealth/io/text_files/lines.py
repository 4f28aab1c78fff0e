"""The line of a row in a text file: looked for only when there is something to say about it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .dialect import Dialect, lines_of

__all__ = ["line_of_open_quote", "line_of_row"]


def line_of_row(path: str, dialect: Dialect, row: int) -> int | None:
    """The number of the line (from 1) in which a row (from 0, without the header) begins; None: not found."""
    starts = (line for line, _ in _rows(path, dialect))
    before = dialect.told + 1 + dialect.layout.below_header
    return next(islice(starts, before + row, None), None)


def line_of_open_quote(path: str, dialect: Dialect) -> int | None:
    """The line of the row in which a quoted cell begins that the file does not end; None: all are closed."""
    last = None
    for last in _rows(path, dialect):  # noqa: B007 - the last one is what matters
        pass
    return last[0] if last is not None and last[1] else None


def _rows(path: str, dialect: Dialect) -> Iterator[tuple[int, bool]]:
    """The line in which each row begins, the header's first, and whether it ends inside a quoted cell.

    A row is a line, and those that its quoted cells go on in; empty lines are none.
    """
    first, is_open = 0, False
    lines = enumerate(lines_of(path, dialect.encoding), 1)
    for number, line in islice(lines, dialect.layout.first, None):
        text = line.rstrip("\r\n")
        if not is_open and not text:
            continue
        first = first if is_open else number
        is_open = _stays_open(text, is_open, dialect.separator)
        if not is_open:
            yield first, False
    if is_open:
        yield first, True


def _stays_open(line: str, is_open: bool, separator: str) -> bool:
    """Whether the line ends inside a quoted cell. Quotes inside a cell without quotes mean nothing."""
    if '"' not in line:
        return is_open
    place = 0
    while place < len(line):
        if is_open:
            end = line.find('"', place)
            if end < 0:
                return True
            doubled = line[end + 1 : end + 2] == '"'
            place = end + (2 if doubled else 1)
            is_open = doubled
        elif line[place] == '"':
            is_open, place = True, place + 1
        else:
            cell_end = line.find(separator, place)
            if cell_end < 0:
                return False
            place = cell_end + 1
    return is_open
