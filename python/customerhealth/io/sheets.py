"""Sheets of workbooks (.xlsx): cells have types of their own, and what a column is read as follows from its role.

openpyxl reads them; docs/decisions/openpyxl-for-sheets.md says why.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import warnings
import zipfile
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .. import _core
from ..errors import DataError
from .paths import roles_in, roots_of
from .roles import Role, Roles, refuse_names_of_both
from .text_files import BadCellError, Given, read_cells
from .titles import refuse_title

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["is_sheet", "read_sheet", "split_sheet"]

_NAMED = re.compile(r"(.*\.xls[xm])#(.+)", re.IGNORECASE | re.DOTALL)
_LARGEST_ID = 2**53 - 1  # Excel's numbers are floats: from the next one on, two ids may be one
_ONE_AT_A_TIME = threading.Lock()  # openpyxl warns of parts that it leaves out; filters of warnings are the process's


def is_sheet(path: str) -> bool:
    """Whether a path is that of a workbook, or of a sheet in it."""
    return split_sheet(path)[0].lower().endswith((".xlsx", ".xlsm"))


def split_sheet(path: str) -> tuple[str, str | None]:
    """``book.xlsx#Sheet`` as file and sheet; None: no sheet is named."""
    found = _NAMED.fullmatch(path)
    return (found[1], found[2]) if found else (path, None)


def read_sheet(path: str, name: str, roles: Roles, given: Given) -> pa.Table:
    """The columns of these roles that a sheet has.

    Parameters
    ----------
    path : str
        A workbook of one sheet, or ``book.xlsx#Sheet``.
    name : str
        The table's name, for messages.
    roles : mapping of str to Role
        What the columns are read as.
    given : Given
        What is known of the table and the others.
    """
    return _Sheet(path, name, roles, given).table()


class _Sheet:
    """A sheet that is being read."""

    def __init__(self, path: str, name: str, roles: Roles, given: Given) -> None:
        self.path, self.name, self.roles, self.given = path, name, roles, given
        self.file, self.sheet = split_sheet(path)
        self.layout = given.layout_of(name)
        self.layout.refuse_rows(f"{path!r}", name)
        self.header: list[str | None] = []
        self.columns: dict[str, int] = {}  # those that are wanted and there, and their places
        self.values: dict[str, list[Any]] = {}
        self.numbers: list[int] = []  # of the rows in the sheet, from 1

    def table(self) -> pa.Table:
        """The columns that are wanted and there, each as its role says."""
        import pyarrow as pa

        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._read()
        arrays = {column: self._column(column, values) for column, values in self.values.items()}
        if len(arrays) < len(self.roles):  # the names of the others say what could have been meant
            there = [column for column in self.header if column is not None]
            arrays |= {column: pa.nulls(len(self.numbers)) for column in there if column not in arrays}
        return pa.table(arrays)

    # ---- cells ----

    def _read(self) -> None:
        try:
            import openpyxl
        except ImportError as error:
            words = "reading it needs openpyxl: pip install 'customerhealth[excel]'"
            raise DataError(f"table '{self.name}': {self.file!r} is a workbook; {words}", self.name) from error
        with open(self.file, "rb") as stream:
            try:
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            except (zipfile.BadZipFile, openpyxl.utils.exceptions.InvalidFileException, KeyError, ValueError) as error:
                self._refuse(f"it is no workbook of Excel's ({error})")
            sheet = self._chosen(book)
            self._take(sheet)
            if any(None in values for values in self.values.values()) and self._has_formulas():
                self._refuse_formulas(openpyxl.load_workbook(stream, read_only=True)[sheet.title])

    def _chosen(self, book: Any) -> Any:
        titles = [sheet.title for sheet in book.worksheets]
        if self.sheet is None and len(titles) == 1:
            return book.worksheets[0]
        if self.sheet is None:
            which = ", ".join(repr(title) for title in titles)
            self._refuse(f"it has {len(titles)} sheets, say which one: '{self.file}#SHEET'; they are {which}")
        if self.sheet not in titles:
            self._refuse(f"it has no sheet {self.sheet!r}; {_core.suggestion(self.sheet, titles)}")
        return book[self.sheet]

    def _take(self, sheet: Any) -> None:
        """The header and the cells of the columns that are wanted."""
        rows = self._rows(sheet)
        header = next(rows, None)
        if header is None:
            self._refuse("the sheet has no header")
        self.header = [None if cell.value is None else _shown(cell.value) for cell in header[1]]
        there = [column for column in self.header if column is not None]
        refuse_names_of_both(self.name, there, self.layout.derived)
        wanted = {*self.roles, *(root for column in self.roles for root in roots_of(column))}
        if not wanted.intersection(there):
            below = ((number, [cell.value for cell in row]) for number, row in enumerate(sheet.iter_rows()))
            refuse_title(self.name, self.path, wanted, below, "row")
        self.roles = roles_in(self.roles, there)
        twice = Counter(self.header)
        for column in self.roles:
            if twice[column] > 1:
                raise DataError(
                    f"table '{self.name}' has two columns named '{column}' ({self.path!r})", self.name, column
                )
            if twice[column]:
                self.columns[column] = self.header.index(column)
        self.values = {column: [] for column in self.columns}
        for _ in range(self.layout.below_header):
            if next(rows, None) is None:
                break
        for number, cells in rows:
            self.numbers.append(number)
            for column, place in self.columns.items():
                self.values[column].append(self._value(column, cells[place] if place < len(cells) else None))

    def _rows(self, sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
        """The rows that hold anything, with their numbers, without those that the model skips at both ends."""
        sheet.reset_dimensions()  # which some writers get wrong
        rows = ((number, cells) for number, cells in enumerate(sheet.iter_rows(), 1) if number > self.layout.first)
        if not self.layout.last:
            yield from (row for row in rows if not _is_empty(row[1]))
            return
        held: deque[tuple[int, Sequence[Any]]] = deque()  # the last ones; empty ones among them count as lines do
        for row in rows:
            held.append(row)
            while not _is_empty(row[1]) and len(held) > self.layout.last:
                earlier = held.popleft()
                if not _is_empty(earlier[1]):
                    yield earlier

    def _value(self, column: str, cell: Any) -> Any:
        if cell is None or cell.value is None:
            return None
        if cell.data_type == "e":
            self._refuse_cell(column, len(self.numbers) - 1, f"the cell holds the error {cell.value}")
        return cell.value

    def _has_formulas(self) -> bool:
        """Whether there is a formula in any sheet's XML."""
        with zipfile.ZipFile(self.file) as parts:
            for part in parts.namelist():
                if not part.startswith("xl/worksheets/"):
                    continue
                with parts.open(part) as xml:
                    end = b""
                    while block := xml.read(1 << 20):
                        if b"<f" in end + block:
                            return True
                        end = block[-1:]
        return False

    def _refuse_formulas(self, sheet: Any) -> None:
        """Refuse a formula that holds no value, as programs leave it that write workbooks without calculating."""
        sheet.reset_dimensions()
        wanted = dict.fromkeys(self.numbers)
        rows = ((number, cells) for number, cells in enumerate(sheet.iter_rows(), 1) if number in wanted)
        for row, (_, cells) in enumerate(rows):
            for column, place in self.columns.items():
                cell = cells[place] if place < len(cells) else None
                if cell is not None and cell.data_type == "f" and self.values[column][row] is None:
                    words = "the formula has no value; open the workbook in Excel, let it calculate, and save it"
                    self._refuse_cell(column, row, words)

    # ---- what roles make of it ----

    def _column(self, column: str, values: list[Any]) -> pa.ChunkedArray:
        import pyarrow as pa

        role = self.roles[column]
        kinds = {_kind(value) for value in values} - {None}
        if not kinds:
            return pa.chunked_array([pa.nulls(len(values), pa.string() if role.is_name else None)])
        if role.types == ("instant",) and "number" in kinds:
            row = next(row for row, value in enumerate(values) if _kind(value) == "number")
            self._refuse_cell(column, row, f"{values[row]!r} is a number; a date is a cell with the format of dates")
        wants_text = role.types == ("text",) and not role.is_name
        if kinds == {"number"} and not wants_text:
            return pa.chunked_array([self._numbers(column, role, values)])
        if kinds == {"instant"} and not wants_text and not role.is_name:
            return pa.chunked_array([pa.array(values, pa.timestamp("us"))])
        if kinds == {"boolean"} and not wants_text and not role.is_name:
            return pa.chunked_array([pa.array(values, pa.bool_())])
        texts = pa.chunked_array([pa.array([None if v is None else _shown(v) for v in values], pa.string())])
        if role.by_cells or (role.is_name and not self.given.are_integers(role)):
            return texts  # of several kinds, or a text of Excel's, which stays one
        try:
            return read_cells(texts, role, self.given, self.name, column)
        except BadCellError as error:
            self._refuse_cell(column, error.row, str(error))

    def _numbers(self, column: str, role: Role, values: list[Any]) -> pa.Array:
        """Integers where all are whole and it matters, else floats."""
        import pyarrow as pa

        if not role.is_name and "text" not in role.types:
            return pa.array([None if value is None else float(value) for value in values], pa.float64())
        if all(value is None or value == int(value) for value in values):
            for row, value in enumerate(values):
                if value is not None and abs(value) > _LARGEST_ID:
                    words = "Excel keeps 15 digits of a number, so that longer ids have to be texts"
                    self._refuse_cell(column, row, f"{value!r}: {words}")
            return pa.array([None if value is None else int(value) for value in values], pa.int64())
        return pa.array([None if value is None else float(value) for value in values], pa.float64())

    # ---- errors ----

    def _refuse(self, words: str) -> NoReturn:
        raise DataError(f"table '{self.name}': {self.path!r} cannot be read: {words}", self.name) from None

    def _refuse_cell(self, column: str, row: int, words: str) -> NoReturn:
        from openpyxl.utils import get_column_letter

        address = f"{get_column_letter(self.columns[column] + 1)}{self.numbers[row]}"
        where = f"{self.name}.{column}[{row}] (cell {address} of {self.path!r})"
        raise DataError(f"{where}: {words}", self.name, column, row, 1) from None


def _is_empty(cells: Sequence[Any]) -> bool:
    return all(cell.value is None for cell in cells)


def _kind(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "instant" if isinstance(value, dt.date) else "text"


def _shown(value: Any) -> str:
    """A cell as a text: numbers in their shortest form, dates as ISO."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, dt.datetime):
        return str(value).removesuffix(" 00:00:00")
    return str(value)
