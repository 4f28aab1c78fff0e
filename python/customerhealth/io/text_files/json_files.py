"""JSON documents and JSON lines: objects whose values have types of their own.

Only instants, which JSON has not, are texts. The core takes the text apart (cpp/records); here columns get their types.
"""

from __future__ import annotations

import codecs
import io
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict

from ... import _core
from ...errors import DataError
from ..layout import Layout
from ..paths import columns_of, holder_of, roots_of
from ..results import as_table
from ..roles import ELEMENTS, TEXT, Roles, refuse_names_of_both
from .cells import Given
from .dialect import encoding_of, first_bad_byte, open_bytes
from .json_columns import JsonColumn, Where
from .trimmed import trimmed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_json", "read_json_lines"]

_HEAD = 1 << 20  # bytes looked at to tell a document from lines
_BLOCK = 1 << 23  # bytes of lines that are taken apart at a time
_AT_A_TIME = 4


class _Part(TypedDict):
    """What the core says of a text or a part of it."""

    table: _core.ResultTable
    kinds: list[dict[str, int] | None]
    names: list[str]
    rows: int
    lines: int
    objects: int
    fault: tuple[int, int, str, bool] | None


def read_json(path: str, name: str, roles: Roles, given: Given) -> pa.Table:
    """See :func:`read_text_file`. A document: a list of objects, or what ``rows`` finds; or lines, by another name."""
    return _File(path, name, roles, given).of_document()


def read_json_lines(path: str, name: str, roles: Roles, given: Given) -> pa.Table:
    """See :func:`read_text_file`. An object a line."""
    return _File(path, name, roles, given).of_lines()


class _File:
    """A file that is being read."""

    def __init__(self, path: str, name: str, roles: Roles, given: Given) -> None:
        self.path, self.name, self.roles = path, name, roles
        self.layout: Layout = given.layout_of(name)
        begins = [root for column in roles for root in roots_of(column)]
        self.wanted = list(dict.fromkeys([*roles, *begins]))  # a path may begin at any of its roots
        with open_bytes(path) as stream:
            self.head = stream.read(_HEAD)
        self.encoding = encoding_of(self.head)

    # ---- documents ----

    def of_document(self) -> pa.Table:
        if self._begins_with_a_line():
            return self.of_lines()
        self.layout.refuse_skip("a JSON document", self.name)
        with open_bytes(self.path) as stream:
            text = self._in_utf8(stream.read())
        if not bytes(text[:_HEAD]).strip():
            self._refuse("it is empty; a table without rows is []")
        part = self._slice(False, text)
        self._refuse_fault(part, 0, text)
        self._refuse_lone_object(part, text)
        return self._table([part])

    def _begins_with_a_line(self) -> bool:
        """Whether an object ends where its line does, and another one follows: exports of lines are called so too."""
        text = self.head.removeprefix(codecs.BOM_UTF8).lstrip()
        line, _, rest = text.partition(b"\n")
        if self.encoding != "utf-8" or not line.startswith(b"{") or not rest.lstrip().startswith(b"{"):
            return False
        try:
            json.loads(line)
        except ValueError:
            return False
        return True

    def _refuse_lone_object(self, part: _Part, text: Any) -> None:
        """An object that holds lists of objects may be a row or what is around the rows."""
        if part["objects"] != 1 or part["rows"] != 1:
            return
        if all(holder_of(column, part["names"]) is not None for column in self.roles):
            return
        try:
            lists = list(_lists_in(json.loads(bytes(text)), ()))
        except (ValueError, RecursionError):  # deeper than Python goes, or a byte that is no text where nothing is read
            lists = []
        if lists:
            which = " or ".join(f'"rows": {json.dumps(path)}' for path in lists[:5])
            self._refuse(f"it is one object, and the model does not say which list in it holds the rows: {which}")

    # ---- lines ----

    def of_lines(self) -> pa.Table:
        if self.layout.below_header:
            raise DataError(f"table '{self.name}': {self.path!r} has no header that `skip` could go below", self.name)
        parts: list[_Part] = []
        line = self.layout.first
        for block, part in self._sliced():
            self._refuse_fault(part, line, block)
            line += part["lines"]
            parts.append(part)
        return self._table(parts)

    def _sliced(self) -> Iterator[tuple[Any, _Part]]:
        """Blocks of lines and what they hold, in their order; a few are taken apart side by side."""
        workers = min(_AT_A_TIME, len(os.sched_getaffinity(0)))
        waiting: deque[tuple[Any, Future[_Part]]] = deque()
        with ThreadPoolExecutor(workers) as pool:
            for block in self._blocks():
                waiting.append((block, pool.submit(self._slice, True, block)))
                while len(waiting) > workers:
                    done, part = waiting.popleft()
                    yield done, part.result()
            while waiting:
                done, part = waiting.popleft()
                yield done, part.result()

    def _blocks(self) -> Iterator[Any]:
        """The bytes of whole lines."""
        with open_bytes(self.path) as stream:
            whole = stream if self.encoding == "utf-8" else io.BytesIO(self._in_utf8(stream.read()))
            lines = trimmed(whole, self.layout, "utf-8")
            rest: list[bytes] = []  # the beginning of a line that has not ended
            is_first = True
            while block := lines.read(_BLOCK):
                if is_first:
                    block, is_first = block.removeprefix(codecs.BOM_UTF8), False
                end = block.rfind(b"\n") + 1
                if end:
                    yield b"".join([*rest, block[:end]])
                    rest = []
                rest.append(block[end:])
            if any(rest):
                yield b"".join(rest)

    # ---- both ----

    def _in_utf8(self, text: bytes) -> Any:
        if self.encoding == "utf-8":
            return memoryview(text)[len(codecs.BOM_UTF8) if text.startswith(codecs.BOM_UTF8) else 0 :]
        try:
            return text.decode(self.encoding).removeprefix("\ufeff").encode()
        except UnicodeError as error:
            self._refuse(f"it is no {self.encoding.upper()}: {error}")

    def _slice(self, lines: bool, text: Any) -> _Part:
        part: Any = _core.slice_json(text, self.wanted, self.layout.steps, self.layout.rows, lines)
        return part  # type: ignore[no-any-return]

    def _refuse_fault(self, part: _Part, lines_before: int, text: Any) -> None:
        if part["fault"] is None:
            return
        line, column, words, is_of_path = part["fault"]
        if "UTF-8" in words:
            raise DataError(first_bad_byte(self.path, self.name) or words, self.name)
        if is_of_path:
            words = self._why_nowhere(bytes(text).decode(errors="replace"))
        self._refuse(f"line {lines_before + line}, column {column}: {words}")

    def _why_nowhere(self, text: str) -> str:
        """Where the way to the rows ends, in the first document in which it does."""
        decoder, place = json.JSONDecoder(), 0
        said = f'"rows" is {json.dumps(self.layout.rows)}'
        while place < len(text):
            place += len(text[place:]) - len(text[place:].lstrip())
            try:
                document, place = decoder.raw_decode(text, place)
            except (ValueError, RecursionError):
                break
            why = _nowhere(document, self.layout.steps)
            if why is not None:
                return f"{said}, and {why}"
        return f"{said}, which leads nowhere"

    def _refuse(self, words: str) -> NoReturn:
        raise DataError(f"table '{self.name}': {self.path!r} cannot be read: {words}", self.name)

    def _table(self, parts: list[_Part]) -> pa.Table:
        import pyarrow as pa

        rows = sum(part["rows"] for part in parts)
        tables = [as_table(part["table"]) for part in parts]
        lines = _joined(tables, "line", pa.int64())
        before = [0]
        for part in parts:
            before.append(before[-1] + part["lines"])
        where = Where(self.name, self.path, partial(self._line_of, lines, parts, self.layout.first))
        seen = {column: _first_rows(parts, place) for place, column in enumerate(self.wanted)}
        there = {column: kinds for column, kinds in seen.items() if kinds is not None}
        names = list(dict.fromkeys(name for part in parts for name in part["names"]))
        refuse_names_of_both(self.name, names, self.layout.derived)
        walked = {holder_of(column, there) for column in self.roles if column not in there}
        arrays = {}
        for column in columns_of(self.roles, there):
            values = _joined(tables, column, pa.string())
            role = self.roles.get(column, TEXT)
            read = JsonColumn(column, role, there[column], values, where, is_walked=column in walked)
            arrays[column] = read.read() if column in self.roles else values
        if not rows:
            arrays = {
                name.removesuffix(ELEMENTS): pa.nulls(0, pa.string() if role.is_name else None)
                for name, role in self.roles.items()
            }
        elif any(
            holder_of(column, there) is None for column in self.roles
        ):  # the names of the others say what could have been meant
            arrays |= {name: pa.nulls(rows) for name in names if name not in arrays}
        return pa.table(arrays)

    @staticmethod
    def _line_of(lines: pa.ChunkedArray, parts: list[_Part], skipped: int, row: int) -> int:
        """The line of the file in which a row begins."""
        first_row = 0
        for part in parts:
            if row < first_row + part["rows"]:
                break
            first_row, skipped = first_row + part["rows"], skipped + part["lines"]
        return skipped + int(lines[row].as_py())


def _joined(tables: Iterable[pa.Table], column: str, kind: pa.DataType) -> pa.ChunkedArray:
    """A column of all parts. (The first column is the line, which a member may be called too.)"""
    import pyarrow as pa

    chunks = []
    for table in tables:
        place = 0 if column == "line" and kind == pa.int64() else table.column_names.index(column, 1)
        chunks.extend(table.column(place).chunks)
    return pa.chunked_array(chunks, kind)


def _first_rows(parts: Iterable[_Part], place: int) -> dict[str, int] | None:
    """The first row of each kind of value in a column; None where no object has it."""
    out: dict[str, int] = {}
    seen, before = False, 0
    for part in parts:
        kinds = part["kinds"][place]
        if kinds is not None:
            seen = True
            out = {kind: before + row for kind, row in kinds.items()} | out
        before += part["rows"]
    return out if seen else None


def _lists_in(value: Any, steps: tuple[str, ...]) -> Iterator[str]:
    """The paths of lists that may hold rows."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _lists_in(member, (*steps, name))
    elif isinstance(value, list) and (not value or isinstance(value[0], dict)):
        yield ".".join(name if _is_plain(name) else f'["{name}"]' for name in steps).replace(".[", "[")


def _is_plain(name: str) -> bool:
    return bool(name) and not set(name) & set(".[]")


def _nowhere(document: Any, steps: Iterable[str | int]) -> str | None:
    """Where a way through a document ends before a list; None: it does not."""
    here = "the document"
    for step in steps:
        if isinstance(step, str):
            if not isinstance(document, dict):
                return f"{here} is {_what(document)}, which has no member {step!r}"
            if step not in document:
                return f"{here} has no member {step!r}; {_core.suggestion(step, list(document))}"
        elif not isinstance(document, list):
            return f"{here} is {_what(document)}, which has no element {step}"
        elif step >= len(document):
            return f"{here} has {len(document)} elements, and none at {step} (counted from 0)"
        document = document[step]
        here = repr(step) if isinstance(step, str) else f"element {step}"
    return None if isinstance(document, list) else f"{here} is {_what(document)}, no list"


def _what(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "a number"
