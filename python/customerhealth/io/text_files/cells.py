"""Columns of texts as what their roles say: what a cell has to look like, and which one does not.

pyarrow converts; where it refuses, the first cell that it refuses is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ... import _core
from ...errors import DataError
from ..layout import PLAIN, Layout
from ..paths import leaf_of
from ..results import as_table
from ..roles import Role, Roles

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FALSE_WORDS", "MISSING_WORDS", "TRUE_WORDS", "BadCellError", "Given", "Note", "checked", "read_cells"]


def _any_case(*words: str) -> list[str]:
    return ["".join(letters) for word in words for letters in product(*({c, c.upper()} for c in word))]


TRUE_WORDS = _any_case("true", "t", "yes", "y", "1")
FALSE_WORDS = _any_case("false", "f", "no", "n", "0")

MISSING_WORDS = ("", "null", "NULL", "\\N")
"""What SQL tools write where there is nothing: "NA" is also North America. In quotes they are texts."""
_YEAR_1 = -62_135_596_800_000_000  # microseconds
_INTEGER = "^(0|-?[1-9][0-9]*)$"
_PLAIN = r"^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$"
BLANK_BEFORE_ZONE = re.compile(r":[0-9.]+ (UTC|Z|[+-][0-9:]+)$")
_AT_A_TIME = 4  # chunks whose times are read side by side
_EXACT_DIGITS = 15  # so many decimal digits, a double always gives back
_FITS = {
    "number": "a number: digits with a point, as in 1234.5 or 1e3",
    "instant": "an ISO date or time: 2026-01-31, 2026-01-31 23:59:59.5, 2026-01-31T23:59:59Z or with +02:00, UTC",
    "boolean": "true or false (t, f, yes, no, y, n, 1, 0 in any case)",
    "id": "an integer as it is shown, without zeros before it: the ids of the other tables are integers",
}


class Note(NamedTuple):
    """A column whose cells decided what it was read as."""

    table: str
    column: str
    type: str
    rows: int


@dataclass
class Given:
    """What a text file is read with, and what there is to say about it afterwards."""

    ids: pa.DataType | None = None
    """The type of the accounts' ids in the other tables; None: not known."""
    types: dict[tuple[str, str], str] = field(default_factory=dict)
    """What cells decided when the same table was read before, by table and column."""
    notes: list[Note] = field(default_factory=list)
    keys: dict[str, pa.DataType] = field(default_factory=dict)
    """The types of keys in other tables, by the table of keys."""
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    """Where the rows stand in the files of each table."""

    def layout_of(self, table: str) -> Layout:
        """Where the rows of a table stand."""
        return self.layouts.get(table, PLAIN)

    def of_more(self, accounts: pa.Array) -> Given:
        """What is known before more rows are read, which belong to these accounts or to new ones."""
        ids = accounts.type if len(accounts) else None
        return Given(ids, dict(self.types), keys=dict(self.keys), layouts=self.layouts)

    def of_one_file(self) -> Given:
        """What is known before one file of several is read, beside the others."""
        return Given(self.ids, dict(self.types), keys=dict(self.keys), layouts=self.layouts)

    def settle_texts(self, files: Sequence[Given], roles: Roles) -> bool:
        """Take for text what the cells of these files decided differently, where it may be text; whether any was."""
        types: dict[tuple[str, str], set[str]] = {}
        for file in files:
            for place, kind in file.types.items():
                types.setdefault(place, set()).add(kind)
        mixed = [place for place, kinds in types.items() if len(kinds) > 1 and "text" in roles[place[1]].types]
        self.types |= dict.fromkeys(mixed, "text")
        return bool(mixed)

    def with_more(self, more: Given) -> Given:
        """What was said, and what was said about more rows; this stays as it is."""
        out = Given(self.ids, dict(self.types), list(self.notes), dict(self.keys), self.layouts)
        out.add(more)
        return out

    def add(self, more: Given) -> None:
        """Keep what was said about more rows."""
        self.keys = more.keys | self.keys
        for note in more.notes:
            self.take_note(note)

    def take_note(self, note: Note) -> None:
        """Add what cells decided; of a column that has been read before, these are more rows."""
        self.types[note.table, note.column] = note.type
        for place, before in enumerate(self.notes):
            if before[:2] == note[:2]:
                self.notes[place] = note._replace(rows=before.rows + note.rows)
                return
        self.notes.append(note)

    def take_ids(self, table: Any, schema: pa.Schema | None, roles: Roles) -> None:
        """Learn the types of ids from a table; the first that has any says it."""
        import pyarrow as pa

        for column, role in roles.items():
            names = role.use == "account" or role.keys
            kind = leaf_of(schema, column, through_lists=True) if schema is not None and names else None
            if kind is None or pa.types.is_null(kind):
                continue
            there = isinstance(table, pa.Table) and column in table.column_names
            if there and table[column].null_count == table.num_rows:
                continue  # of a type that says nothing
            if role.keys:
                self.keys.setdefault(role.keys, kind)
            else:
                self.ids = self.ids or kind

    def are_integers(self, role: Role) -> bool:
        """Whether the other tables say that ids of this role are integers."""
        import pyarrow as pa

        ids = self.keys.get(role.keys) if role.keys else self.ids if role.use == "account" else None
        if ids is None:
            return False
        kind = ids.value_type if pa.types.is_dictionary(ids) else ids
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


class BadCellError(Exception):
    """A cell that is not what its column's role wants; the reader knows the file and says where."""

    def __init__(self, wanted: str, row: int, cell: str, why: str = "") -> None:
        super().__init__(wanted, row, cell, why)
        self.wanted, self.row, self.cell, self.why = wanted, row, cell, why

    def __str__(self) -> str:
        return f"{self.cell!r} is not {_FITS[self.wanted]}{_hint(self.wanted, self.cell)}{self.why}"


def _hint(wanted: str, cell: str) -> str:
    word = cell.strip().lower()
    if word.lstrip("+-") in ("infinity", "inf"):
        return "; infinity is not read: what has no end is an empty cell"
    if word in ("na", "n/a", "none", "nan", "nil", "-", "nat"):
        return "; what is missing is an empty cell, null, NULL or \\N"
    if wanted == "number" and re.fullmatch(r"[-+]?[0-9.,'\s]*,[0-9.,'\s]*", word):
        return "; neither a decimal comma nor one between thousands is read"
    return ""


def read_cells(texts: pa.ChunkedArray, role: Role, given: Given, table: str, column: str) -> pa.ChunkedArray:
    """A column of texts as what its role says; raises BadCellError."""
    if given.are_integers(role):
        return _ids(_without_empty(texts))
    types = role.types
    if role.by_cells and texts.null_count == len(texts):
        return _no_values(len(texts))
    if role.by_cells:
        is_later = (table, column) in given.types
        types = (_by_cells(texts, role.types, given, table, column),)
        if is_later and types != ("text",):
            return _as_before(texts, types[0])
    if types == ("text",):
        return _without_empty(texts) if role.is_name else texts
    if role.use == "account":
        return _ids(_without_empty(texts))
    if len(types) > 1:  # numbers, or truths where not all are
        try:
            return _READ[types[0]](_filled(texts))
        except BadCellError:
            if not _all_fit(texts, "boolean"):
                raise
            return _READ["boolean"](_filled(texts))
    return _READ[types[0]](_filled(texts))


def _as_before(texts: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    """What the cells of the rows before decided."""
    try:
        return _READ[kind](_filled(texts))
    except BadCellError as error:
        words = f"; by the cells of the rows before the column is read as {kind}: `types` in the model settles it"
        raise BadCellError(error.wanted, error.row, error.cell, words) from None


def checked(column: pa.Array | pa.ChunkedArray, role: Role) -> bool:
    """Whether a column that pyarrow has converted is what the role wants, and of values that there are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_null(kind):
        return True
    if pa.types.is_timestamp(kind):
        least = pc.min(column.cast(pa.int64())).as_py()
        per_micro = 1000 if kind.unit == "ns" else 1
        return least is None or least >= _YEAR_1 * per_micro
    if pa.types.is_floating(kind):
        return "number" in role.types and not pc.any(pc.is_inf(column)).as_py()
    if pa.types.is_integer(kind):
        return "number" in role.types
    return pa.types.is_boolean(kind) and "boolean" in role.types


# ---- texts -----------------------------------------------------------------------------------------------------------


def _without(texts: pa.ChunkedArray, word: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    there = pc.equal(texts, pa.scalar(word, texts.type))
    return pc.if_else(there, pa.scalar(None, texts.type), texts) if pc.any(there).as_py() else texts


def _without_empty(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """An empty text is no name."""
    return _without(texts, "")


def _filled(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    for word in MISSING_WORDS:
        texts = _without(texts, word)
    return texts


def _no_values(rows: int) -> pa.ChunkedArray:
    """Nothing but missing values, which are of any type."""
    import pyarrow as pa

    return pa.chunked_array([pa.nulls(rows)])


def _first(flags: pa.ChunkedArray) -> int:
    """Where the first true one is; -1: nowhere."""
    import pyarrow.compute as pc

    return int(pc.index(flags, True).as_py())


def _refuse_first(texts: pa.ChunkedArray, bad: pa.ChunkedArray, wanted: str) -> None:
    row = _first(bad)
    if row >= 0:
        raise BadCellError(wanted, row, texts[row].as_py())


# ---- what a column is read as ----------------------------------------------------------------------------------------


def _by_cells(texts: pa.ChunkedArray, types: Sequence[str], given: Given, table: str, column: str) -> str:
    """The first type that all cells are; of a table that was read before, what they were then."""
    filled = len(texts) - texts.null_count
    before = given.types.get((table, column))
    lossless = "text" in types  # else nothing but the value counts
    found = before or next((kind for kind in types if _all_fit(texts, kind, lossless)), types[0])
    given.take_note(Note(table, column, found, filled))
    return found


def _all_fit(texts: pa.ChunkedArray, kind: str, lossless: bool = False) -> bool:
    if kind == "text":
        return True
    if kind == "number" and lossless:
        return _all_shortest(texts)
    try:
        _READ[kind](_filled(texts))
    except BadCellError:
        return False
    return True


def _all_shortest(texts: pa.ChunkedArray) -> bool:
    """All are numbers as the language writes them, so that nothing of what the cells say is lost."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.all(pc.match_substring_regex(texts, _INTEGER)).as_py():
        try:
            texts.cast(pa.int64())
        except pa.ArrowInvalid:
            return False
        return True
    plain = pc.match_substring_regex(texts, _PLAIN)
    short = pc.less_equal(pc.utf8_length(texts), _EXACT_DIGITS)
    rest = texts.filter(pc.invert(pc.and_(plain, short)))
    return all(_is_shortest(text) for chunk in rest.chunks for text in pc.unique(chunk).to_pylist())


def _is_shortest(text: str) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    shortest = repr(value).removesuffix(".0")
    if text == shortest:
        return bool(np.isfinite(value))
    return "e" in shortest and bool(re.fullmatch(_PLAIN, text)) and text == np.format_float_positional(value, trim="-")


# ---- numbers, instants, booleans, ids --------------------------------------------------------------------------------


def _numbers(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = _trimmed(texts)
    _refuse_first(texts, pc.match_substring_regex(trimmed, "^-?0[xX]"), "number")  # which pyarrow takes for integers
    for kind in (pa.int64(), pa.float64()):
        try:
            numbers = trimmed.cast(kind)
        except pa.ArrowInvalid:
            continue
        _refuse_infinity(texts, numbers)
        return numbers
    row = _first_refused(trimmed, lambda part: part.cast(pa.float64()))
    _refuse_infinity(texts, trimmed.slice(0, row).cast(pa.float64()))
    raise BadCellError("number", row, texts[row].as_py())


def _refuse_infinity(texts: pa.ChunkedArray, numbers: pa.ChunkedArray) -> None:
    import pyarrow.compute as pc

    _refuse_first(texts, pc.is_inf(numbers), "number")


def _trimmed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(texts)


def _first_refused(texts: pa.ChunkedArray, convert: Callable[[Any], object]) -> int:
    """The first row of which `convert` fails: by halves, since a conversion says only that one does."""
    import pyarrow as pa

    begin, end = 0, len(texts)
    while end - begin > 1:
        middle = (begin + end) // 2
        try:
            convert(texts.slice(begin, middle - begin))
        except pa.ArrowInvalid:
            end = middle
        else:
            begin = middle
    return begin


def _instants(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """As the core reads instants, of whatever forms: pyarrow takes 15 times as long for a column that it refuses."""
    import pyarrow as pa

    first_rows = [0, *accumulate(len(chunk) for chunk in texts.chunks)][: texts.num_chunks]
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        chunks = list(pool.map(_instants_of, texts.chunks, first_rows))
    return pa.chunked_array(chunks, pa.timestamp("us", "UTC"))


def _instants_of(texts: pa.Array, first_row: int) -> pa.Array:
    import pyarrow as pa

    cells = pa.table({"cells": texts})
    try:
        return as_table(_core.read_columns(cells, "cells", [("cells", "instant", "")])).column(0).combine_chunks()
    except DataError as error:
        row = error.row or 0
        raise BadCellError("instant", first_row + row, texts[row].as_py()) from None


def _booleans(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = _trimmed(texts)
    true = pc.is_in(trimmed, value_set=pa.array(TRUE_WORDS))
    false = pc.is_in(trimmed, value_set=pa.array(FALSE_WORDS))
    _refuse_first(texts, pc.and_(pc.is_valid(texts), pc.invert(pc.or_(true, false))), "boolean")
    return pc.if_else(pc.is_valid(texts), true, pa.scalar(None, pa.bool_()))


def _ids(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    _refuse_first(texts, pc.invert(pc.match_substring_regex(texts, _INTEGER)), "id")
    try:
        return texts.cast(pa.int64())
    except pa.ArrowInvalid:
        row = _first_refused(texts, lambda part: part.cast(pa.int64()))
        raise BadCellError("id", row, texts[row].as_py()) from None


_READ: dict[str, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    "number": _numbers,
    "instant": _instants,
    "boolean": _booleans,
}
