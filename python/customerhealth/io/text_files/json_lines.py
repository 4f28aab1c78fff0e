"""JSON lines: an object a line, whose values have types of their own; only instants, which JSON has not, are texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from ...errors import DataError
from ..roles import Roles
from .cells import BadCellError, Given, read_cells
from .dialect import encoding_of, first_bad_byte, lines_of, open_bytes

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_json_lines"]

_BATCH = 1 << 16  # rows that are held as Python values at a time
_NAMES = {"text": "a text", "number": "a number", "boolean": "true or false", "other": "an object or a list"}


def read_json_lines(path: str, name: str, roles: Roles, given: Given) -> pa.Table:
    """See :func:`read_text_file`."""
    return _File(path, name, roles, given).table()


class _File:
    """A file that is being read."""

    def __init__(self, path: str, name: str, roles: Roles, given: Given) -> None:
        self.path, self.name, self.roles, self.given = path, name, roles, given
        self.columns = {column: _Column() for column in roles}
        self.names: dict[str, None] = {}  # that any object has, in the order in which they come

    def table(self) -> pa.Table:
        """The columns that are wanted and there."""
        import pyarrow as pa

        rows = 0
        for row, (line, record) in enumerate(self._records()):
            rows = row + 1
            if not record.keys() <= self.names.keys():
                self.names |= dict.fromkeys(record)
            for name, column in self.columns.items():
                value = record.get(name)
                if value is not None:
                    self._check(name, column, value, row, line)
                column.values.append(value)
            if rows % _BATCH == 0:
                self._close_batch()
        self._close_batch()
        present = [name for name in self.roles if name in self.names]
        arrays = {name: self._read(name, self.columns[name].whole()) for name in present}
        if len(present) < len(self.roles):  # the names of the others say what could have been meant
            arrays |= {name: pa.nulls(rows) for name in self.names if name not in arrays}
        return pa.table(arrays)

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with open_bytes(self.path) as stream:
            encoding = encoding_of(stream.read(4))
        try:
            for line, text in enumerate(lines_of(self.path, encoding, "strict"), 1):
                if text.strip():
                    yield line, self._record(text, line)
        except UnicodeDecodeError as error:
            raise DataError(first_bad_byte(self.path, self.name) or str(error), self.name) from None

    def _record(self, text: str, line: int) -> dict[str, Any]:
        try:
            record = json.loads(text, parse_constant=_parse_constant)
        except ValueError as error:
            self._refuse(f"line {line} is no JSON: {error}")
        if not isinstance(record, dict):
            self._refuse(f"line {line} holds {text.strip()[:40]!r}; expected an object a line")
        return record

    def _refuse(self, words: str) -> NoReturn:
        raise DataError(f"table '{self.name}': {self.path!r} cannot be read: {words}", self.name)

    def _check(self, name: str, column: _Column, value: Any, row: int, line: int) -> None:
        kind = _kind(value)
        if kind == column.kind:
            return
        where = f"{self.name}.{name}[{row}] (line {line} of {self.path!r})"
        if kind == "other":
            words = f"{where}: {json.dumps(value)[:40]} is {_NAMES[kind]}; expected a number, a text, true or false"
            raise DataError(words, self.name, name, row, 1)
        if column.kind is not None:
            words = f"{where}: {json.dumps(value)} is {_NAMES[kind]}, where the rows before hold {_NAMES[column.kind]}"
            raise DataError(words, self.name, name, row, 1)
        column.kind = kind

    def _close_batch(self) -> None:
        for column in self.columns.values():
            column.close_batch()

    def _read(self, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
        import pyarrow as pa

        role = self.roles[name]
        if not pa.types.is_string(values.type) or not (role.is_name or role.types == ("instant",)):
            return values
        try:
            return read_cells(values, role, Given(), self.name, name)
        except BadCellError as error:
            raise DataError(
                f"{self.name}.{name}[{error.row}] ({self.path!r}): {error}", self.name, name, error.row, 1
            ) from None


class _Column:
    """The values of a column as they come."""

    def __init__(self) -> None:
        self.kind: str | None = None
        self.values: list[Any] = []
        self._chunks: list[pa.Array] = []

    def close_batch(self) -> None:
        """Turn the Python values at hand into an array."""
        import pyarrow as pa

        try:
            chunk = pa.array(self.values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # integers beside floats, or beyond 64 bits
            chunk = pa.array([None if value is None else float(value) for value in self.values], pa.float64())
        self._chunks.append(chunk)
        self.values = []

    def whole(self) -> pa.ChunkedArray:
        """All batches; integers are floats where any batch has floats."""
        import pyarrow as pa

        kinds = [chunk.type for chunk in self._chunks if not pa.types.is_null(chunk.type)]
        floats = [kind for kind in kinds if pa.types.is_floating(kind)]
        kind = (floats or kinds or [pa.null()])[0]
        return pa.chunked_array([chunk.cast(kind) for chunk in self._chunks], kind)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "other"


def _parse_constant(word: str) -> float | None:
    if word == "NaN":
        return None  # what pandas and others write for a missing number
    raise ValueError(f"{word} is no number of JSON; what has no end is null")
