"""Delimited text files: pyarrow reads them with the types that the roles say; where a cell does not fit, as texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ... import _core
from ...errors import DataError
from ..paths import roles_in, roots_of
from ..roles import Roles
from ..titles import refuse_title
from .cells import BLANK_BEFORE_ZONE, FALSE_WORDS, MISSING_WORDS, TRUE_WORDS, BadCellError, Given, checked, read_cells
from .dialect import SEPARATORS, Dialect, find_dialect, first_bad_byte, open_bytes, rows_of_lines, sampled
from .lines import line_of_open_quote, line_of_row
from .trimmed import trimmed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_delimited"]

# Bytes; a row with all its line breaks has to fit in one. pyarrow reads 1 GB a sixth faster in 4 MiB than in 1 MiB.
_BLOCKS = (1 << 22, 1 << 24, 1 << 28, (1 << 31) - 1)
_ZONE = re.compile(r"[ T]\d\d.*(Z|[+-]\d\d(:?\d\d)?)$")
_FINE = re.compile(r"\.\d{7,}")


def read_delimited(path: str, name: str, roles: Roles, given: Given) -> pa.Table:
    """See :func:`read_text_file`."""
    return _File(path, name, roles, given).table()


class _File:
    """A file that is being read."""

    def __init__(self, path: str, name: str, roles: Roles, given: Given) -> None:
        self.path, self.name, self.given = path, name, given
        layout = given.layout_of(name)
        layout.refuse_rows(f"{path!r}", name)
        wanted = {*roles, *(root for column in roles for root in roots_of(column))}
        self.dialect: Dialect = find_dialect(path, name, wanted, layout)
        if not wanted.intersection(self.dialect.columns):
            for separator in SEPARATORS:
                refuse_title(name, path, wanted, rows_of_lines(path, self.dialect.encoding, separator), "line")
        self.roles = roles_in(roles, self.dialect.columns)
        self.columns = [column for column in self.roles if column in self.dialect.columns]
        self._may_be_hex = False
        twice = Counter(self.dialect.columns)
        for column in self.columns:
            if twice[column] > 1:
                message = f"table '{name}' has {_times(twice[column])} columns named '{column}' ({path!r})"
                raise DataError(message, name, column)

    def table(self) -> pa.Table:
        """The columns that are wanted and there, each as its role says."""
        table = self._converted(self._typed())
        if len(self.columns) == len(self.roles):
            return table
        # What the model needs is not all there: the names of the others say what it could have been.
        import pyarrow as pa

        for column in self.dialect.columns:
            if column not in table.column_names:
                table = table.append_column(column, pa.nulls(table.num_rows))
        return table

    # ---- reading ----

    def _typed(self) -> pa.Table:
        """With the types of the roles, or, where a cell is of another, with texts in those columns."""
        import pyarrow as pa

        types = {column: self._type(column) for column in self.columns}
        if not self.dialect.has_rows:  # pyarrow refuses a header that no line ends
            return pa.table({column: pa.array([], types[column] or pa.float64()) for column in self.columns})
        try:
            return self._read(types)
        except pa.ArrowInvalid as error:
            self._explain(error)
            plain = {c: pa.string() if kind is not None else None for c, kind in types.items()}
            if plain == types:
                raise
            return self._read(plain)

    def _type(self, column: str) -> pa.DataType | None:
        """What pyarrow should read the column as; None: integers if all are, else floats."""
        import pyarrow as pa

        role = self.roles[column]
        if role.use == "account" or role.by_cells or role.types == ("text",):
            return pa.string()
        if role.types == ("boolean",):
            return pa.bool_()
        if role.types == ("instant",):
            return _instant_type(sampled(self.dialect, column))
        return None

    def _read(self, types: Mapping[str, pa.DataType | None], columns: Sequence[str] | None = None) -> pa.Table:
        import pyarrow as pa

        for size in _BLOCKS:
            try:
                return self._read_in_blocks(types, self.columns if columns is None else columns, size)
            except pa.ArrowInvalid as error:
                if "straddl" not in str(error) or size == _BLOCKS[-1]:
                    raise
        raise AssertionError("the last block either reads or raises")

    def _read_in_blocks(self, types: Mapping[str, pa.DataType | None], columns: Sequence[str], size: int) -> pa.Table:
        from pyarrow import csv

        convert = csv.ConvertOptions(
            column_types={column: kind for column, kind in types.items() if kind is not None},
            include_columns=list(columns),
            null_values=list(MISSING_WORDS),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=TRUE_WORDS,
            false_values=FALSE_WORDS,
        )
        refused = _Refused()
        parse = csv.ParseOptions(
            delimiter=self.dialect.separator, newlines_in_values=True, invalid_row_handler=refused.take
        )
        read = csv.ReadOptions(block_size=size, encoding=self._encoding, skip_rows=int(self.dialect.told))
        if not columns:  # pyarrow would read all of them
            columns_of = csv.ConvertOptions(include_columns=self.dialect.columns[:1])
            with self._open() as stream:
                return csv.read_csv(stream, read, parse, columns_of).select([])
        with self._open() as stream:
            counted = _Counted(stream)
            try:
                table = csv.read_csv(counted, read, parse, convert)
            except Exception:
                if refused.row is not None:
                    raise self._bad_row(refused.row) from None
                raise
        self._may_be_hex = counted.has_hex
        if counted.quotes % 2:
            self._refuse_open_quote()
        return table

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with open_bytes(self.path) as stream:
            yield trimmed(stream, self.dialect.layout, self.dialect.encoding)

    @property
    def _encoding(self) -> str:
        return "utf-8" if self.dialect.layout.skips else self.dialect.encoding

    # ---- what roles make of it ----

    def _converted(self, table: pa.Table) -> pa.Table:
        import pyarrow as pa

        for column in self.columns:
            role = self.roles[column]
            values = table[column]
            if not pa.types.is_string(values.type):
                is_hex = self._may_be_hex and pa.types.is_integer(values.type)  # which pyarrow takes for integers
                if checked(values, role) and not is_hex:
                    continue
                values = self._read({column: pa.string()}, [column])[column]
            try:
                values = read_cells(values, role, self.given, self.name, column)
            except BadCellError as error:
                raise self._bad_cell(column, error) from None
            table = table.set_column(table.schema.get_field_index(column), column, values)
        return table

    # ---- errors ----

    def _bad_cell(self, column: str, error: BadCellError) -> DataError:
        where = self._where(error.row)
        return DataError(f"{self.name}.{column}[{error.row}] ({where}): {error}", self.name, column, error.row, 1)

    def _bad_row(self, row: Any) -> DataError:
        """A row with more or fewer cells than the header."""
        text = row.text if len(row.text) <= 80 else row.text[:80] + "..."
        cells = f"{row.actual_columns} cells, the header {row.expected_columns}: {text!r}"
        separator = f"separated by {SEPARATORS[self.dialect.separator]}"
        words = f"table '{self.name}': {self.path!r} cannot be read: a row has {cells} ({separator})"
        return DataError(words, self.name)

    def _refuse_open_quote(self) -> None:
        """What follows a quote that is never closed would be one cell, and its rows be lost without a word."""
        line = line_of_open_quote(self.path, self.dialect)
        if line is not None:
            words = f"a cell of the row in line {line} begins with a quote that is never closed"
            raise DataError(f"table '{self.name}': {self.path!r} cannot be read: {words}", self.name)

    def _where(self, row: int) -> str:
        line = line_of_row(self.path, self.dialect, row)
        return f"line {line} of {self.path!r}" if line else f"in {self.path!r}"

    def _explain(self, error: Exception) -> None:
        """Raise what pyarrow's words hide, where there is something."""
        if "UTF8" in str(error) or "utf" in str(error).lower():
            bad = first_bad_byte(self.path, self.name)
            if bad is not None:
                raise DataError(bad, self.name) from None


class _Refused:
    """Keeps the first row that has another number of cells than the header."""

    def __init__(self) -> None:
        self.row: Any = None

    def take(self, row: Any) -> str:
        if self.row is None:
            self.row = row
        return "error"


class _Counted:
    """A stream of bytes that counts its quotes: in a file whose quoted cells are all closed their number is even.

    And looks for hexadecimal numbers.
    """

    def __init__(self, stream: pa.NativeFile) -> None:
        self._stream, self.quotes, self.closed = stream, 0, False
        self.has_hex, self._last = False, b""

    def read(self, size: int = -1) -> bytes:
        block: bytes = self._stream.read(size)
        quotes, has_hex = _core.delimited_marks(block, self._last)
        self.quotes += quotes
        self.has_hex |= has_hex
        self._last = block[-1:]
        return block

    def close(self) -> None:
        self.closed = True


def _times(count: int) -> str:
    return {2: "two", 3: "three"}.get(count, str(count))


def _instant_type(cells: Sequence[str]) -> pa.DataType:
    """The kind of instants that the first cells are; texts where they are of several kinds."""
    import pyarrow as pa

    zoned = {bool(_ZONE.search(cell)) for cell in cells}
    if len(zoned) > 1 or any(BLANK_BEFORE_ZONE.search(cell) for cell in cells):
        return pa.string()
    unit = "ns" if any(_FINE.search(cell) for cell in cells) else "us"
    return pa.timestamp(unit, "UTC") if True in zoned else pa.timestamp(unit)
