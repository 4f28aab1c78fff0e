"""How a delimited text file is written: found from its beginning, so that it can be read in one go."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import DataError
from ..layout import PLAIN, Layout
from .trimmed import trimmed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "COMPRESSIONS",
    "SEPARATORS",
    "Dialect",
    "encoding_of",
    "find_dialect",
    "first_bad_byte",
    "lines_of",
    "open_bytes",
    "rows_of_lines",
    "sampled",
]

COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_HEAD = 1 << 20  # bytes looked at for the header and the first rows
_SAMPLE = 200  # rows looked at
_TOLD = re.compile(r"\"?sep=([,;\t|])\"?(\r\n|\r|\n)")  # a first line for Excel
_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]


class Dialect(NamedTuple):
    """How a file is written."""

    encoding: str
    separator: str
    columns: list[str]
    """The header."""
    sample: list[list[str]]
    """The first rows."""
    has_rows: bool
    """False: nothing follows the header."""
    told: bool = False
    """Whether a line above the header tells the separator."""
    layout: Layout = PLAIN
    """What is no row."""


@contextmanager
def open_bytes(path: str) -> Iterator[pa.NativeFile]:
    """The file's bytes, decompressed where its name says so."""
    import pyarrow as pa

    compression = next((kind for ending, kind in COMPRESSIONS.items() if path.lower().endswith(ending)), None)
    with pa.input_stream(path, compression=compression) as stream:
        yield stream


def find_dialect(path: str, name: str, wanted: Iterable[str], layout: Layout = PLAIN) -> Dialect:
    """Look at the beginning of a file: the separator is the one that finds the most of the columns that are wanted."""
    with open_bytes(path) as stream:
        head = stream.read(_HEAD)
    encoding = encoding_of(head)
    if layout.skips:
        head = _head_of_rows(path, layout, encoding, name)
    text = _decoded(head, "utf-8" if layout.skips else encoding, len(head) < _HEAD, path, name)
    if not text.strip("\r\n"):
        what = "nothing is left of it without what the model skips" if layout.skips else "it is empty"
        raise DataError(f"table '{name}': {path!r} cannot be read: {what}, without even a header", name)
    names = set(wanted)
    best: tuple[tuple[int, int], Dialect] | None = None
    tab_first = ".tsv" in path.lower()
    separators = sorted(SEPARATORS, key=lambda one: tab_first and one != "\t")
    told = _TOLD.match(text)
    if told:
        separators, text = [told[1]], text[told.end() :]
    for separator in separators:
        rows, is_cut = _rows(text, separator)
        header = rows[0] if rows else []
        rank = (len(names.intersection(header)), len(header))
        if best is None or rank > best[0]:
            has_rows = len(rows) > 1 or is_cut or len(head) == _HEAD
            best = rank, Dialect(encoding, separator, header, rows[1:], has_rows, bool(told), layout)
    if best is None or not best[1].columns:
        raise DataError(f"table '{name}': {path!r} cannot be read: its first line is no header", name)
    return best[1]


def _head_of_rows(path: str, layout: Layout, encoding: str, name: str) -> bytes:
    """The beginning of a file, in UTF-8, without what the model skips."""
    with open_bytes(path) as stream:
        try:
            head: bytes = trimmed(stream, layout, encoding).read(_HEAD)
        except UnicodeError as error:
            raise DataError(f"table '{name}': {path!r} cannot be read as {encoding.upper()}: {error}", name) from None
    return head


def encoding_of(head: bytes) -> str:
    """What the first bytes of a file say."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    # UTF-16 without a mark: every other byte of a header in Latin letters is 0, which no text in UTF-8 holds.
    if head[:1] and head[1:2] == b"\0" and head[3:4] in (b"\0", b""):
        return "utf-16-le"
    if head[:1] == b"\0" and head[2:3] in (b"\0", b""):
        return "utf-16-be"
    return "utf-8"


def _decoded(head: bytes, encoding: str, is_whole: bool, path: str, name: str) -> str:
    """The text of the beginning. Of a row further down a bad byte matters only in columns that are read."""
    if encoding == "utf-8":
        head = head.removeprefix(codecs.BOM_UTF8)
        first = head.split(b"\n", 1)[0].split(b"\r", 1)[0]
        try:
            first.decode("utf-8")
        except UnicodeDecodeError as error:
            if is_whole or len(first) < len(head):
                raise DataError(_bad_byte(path, name, first[error.start], 1), name) from None
        return head.decode("utf-8", "replace")
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, is_whole)
    except UnicodeDecodeError as error:
        raise DataError(
            f"table '{name}': {path!r} cannot be read as {encoding.upper()}: {error.reason}", name
        ) from None


def _bad_byte(path: str, name: str, byte: int, line: int) -> str:
    return (
        f"table '{name}': {path!r} is not in UTF-8: line {line} has the byte 0x{byte:02X}, as files in Latin-1 or "
        "Windows-1252 have it; save it as UTF-8, or give the table as a frame (pandas.read_csv(..., encoding='cp1252'))"
    )


def first_bad_byte(path: str, name: str) -> str | None:
    """Says where the file is no UTF-8; None: it is."""
    line = 1
    with open_bytes(path) as stream:
        decoder = codecs.getincrementaldecoder("utf-8")()
        while block := stream.read(_HEAD):
            state = decoder.getstate()[0]
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                whole = state + block
                return _bad_byte(path, name, whole[error.start], line + whole[: error.start].count(b"\n"))
            line += block.count(b"\n")
    return None


def _rows(text: str, separator: str) -> tuple[list[list[str]], bool]:
    """The header and the first rows, the last perhaps cut off where the text ends; and whether there is more."""
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if row:
                rows.append(row)
            if len(rows) > _SAMPLE:
                return rows, True
    except csv.Error:  # a cell that is larger than the module takes: what stands before it is enough
        return rows, True
    return rows, False


def sampled(dialect: Dialect, column: str) -> list[str]:
    """The first filled cells of a column."""
    place = dialect.columns.index(column)
    return [row[place] for row in dialect.sample if len(row) > place and row[place]]


def rows_of_lines(path: str, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each line as a row, though a quote in it may go on, with how many lines stand before it."""
    for before, line in enumerate(lines_of(path, encoding)):
        with suppress(csv.Error):  # a cell that is larger than the module takes
            yield before, next(csv.reader([line], delimiter=separator), [])


def lines_of(path: str, encoding: str, errors: str = "replace") -> Iterator[str]:
    """The file's lines, with their ends, which may be of any kind."""
    with open_bytes(path) as stream:
        file: Any = stream
        yield from io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, errors, newline="")
