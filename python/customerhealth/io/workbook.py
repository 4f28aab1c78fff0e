"""Workbooks of Excel (.xlsx): a sheet a table, dates as dates, grades in their colours, the header in sight."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from ..colours import grade_colours
from ..errors import DataError, Error
from ..results.cells import Cells, cells_of
from ..results.signs import one_line
from .results import rows_in_python

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_sheets", "write_workbook"]

# What Excel holds, by "Excel specifications and limits" of Microsoft.
_MOST_ROWS, _MOST_COLUMNS, _MOST_SIGNS, _MOST_OF_A_NAME = 1_048_576, 16_384, 32_767, 31
_LARGEST_WHOLE = 10**15  # Excel keeps 15 digits of a number
_FIRST_YEAR = 1900
_WIDEST, _NARROWEST = 60, 6  # of a column, in signs
_MEASURED_ROWS = 200  # widths are those of the first rows
_FILL = 0.35  # how much of its colour a grade has; black text stands out at 7 to 1 or more
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def check_sheets(tables: Mapping[str, pa.Table]) -> None:
    """Refuse what Excel cannot hold, before anything is written."""
    if not tables:
        raise DataError("a workbook needs a table at least")
    seen = set[str]()
    for name, table in tables.items():
        fault = _fault_of_name(name)
        if fault or name.casefold() in seen:
            raise DataError(f"sheet {name!r}: {fault or 'there is one of that name, and Excel sees no capitals'}")
        seen.add(name.casefold())
        if table.num_rows + 1 > _MOST_ROWS:
            raise DataError(
                f"sheet {name!r}: {table.num_rows:,} rows and a header, and Excel holds {_MOST_ROWS:,}; write .csv or "
                ".parquet, or fewer rows"
            )
        if table.num_columns > _MOST_COLUMNS:
            raise DataError(f"sheet {name!r}: {table.num_columns:,} columns, and Excel holds {_MOST_COLUMNS:,}")


def write_workbook(tables: Mapping[str, pa.Table], stream: IO[bytes]) -> None:
    """A sheet a table, under its name."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise Error("writing .xlsx needs XlsxWriter: pip install 'customerhealth[excel]'") from error
    # A text stays a text, whatever it begins with: neither formulas nor links are made of data.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        formats = _Formats(book)
        for name, table in tables.items():
            _write_sheet(book.add_worksheet(name), name, table, formats)


def _fault_of_name(name: object) -> str | None:
    if not isinstance(name, str) or not name.strip():
        return "expected a text"
    if len(name.encode("utf-16-le")) // 2 > _MOST_OF_A_NAME:
        return f"Excel's names of sheets have {_MOST_OF_A_NAME} characters at most"
    if _FORBIDDEN.search(name) or name.startswith("'") or name.endswith("'"):
        return "Excel's names of sheets hold none of [ ] : * ? / \\, and no apostrophe at either end"
    return "Excel keeps that name for itself" if name.casefold() == "history" else None


class _Formats:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book, self._made = book, dict[tuple[tuple[str, Any], ...], Any]()

    def of(self, **says: Any) -> Any:
        key = tuple(sorted(says.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(says)
        return self._made[key]


def _write_sheet(sheet: Any, name: str, table: pa.Table, formats: _Formats) -> None:
    import pyarrow as pa

    measured = cells_of(table.slice(0, _MEASURED_ROWS))
    whole = cells_of(table) if table.num_rows > _MEASURED_ROWS else measured
    lines = rows_in_python(pa.table(table.columns, names=[str(k) for k in range(table.num_columns)]))
    for place, (near, cells) in enumerate(zip(measured, whole, strict=True)):
        head = cells.name if cells.look.label is None else one_line(cells.look.label)
        _check_text(name, head, "its name", None, head)
        sheet.write_string(0, place, head, formats.of(bold=True, bottom=1, text_wrap=True, valign="top"))
        widest = max(map(len, [*near.texts, *head.split("_")]), default=0)
        sheet.set_column(place, place, min(max(widest + 2, _NARROWEST), _WIDEST))
        write = _writer(sheet, name, cells, formats)
        for row, line in enumerate(lines):
            value = line[str(place)]
            if value is not None:
                write(row, place, value)
    sheet.freeze_panes(1, 1 if table.num_columns > 1 else 0)
    if table.num_columns:
        sheet.autofilter(0, 0, max(table.num_rows, 1), table.num_columns - 1)


def _writer(sheet: Any, name: str, cells: Cells, formats: _Formats) -> Callable[[int, int, Any], None]:
    """Writes a value of a column into its cell; rows are counted without the header."""
    colours, called = grade_colours(cells.look.grades) if cells.look.grades else {}, dict(cells.look.called)
    number = formats.of(num_format=_number_format(cells))
    instants = [value for value in cells.values if isinstance(value, datetime)]
    has_times = any((at.hour, at.minute, at.second) != (0, 0, 0) for at in instants)
    day = formats.of(num_format="yyyy-mm-dd hh:mm:ss" if has_times else "yyyy-mm-dd")

    def write(row: int, place: int, value: Any) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(row + 1, place, value)
        elif isinstance(value, int | float | Decimal) and _fits(value):
            sheet.write_number(row + 1, place, value, number if cells.is_number else formats.of(num_format="0"))
        elif isinstance(value, date) and value.year >= _FIRST_YEAR:
            plain = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            sheet.write_datetime(row + 1, place, plain, day)
        else:
            text = value.isoformat() if isinstance(value, date) else str(value)
            fill, text = colours.get(text), called.get(text, text)
            _check_text(name, cells.name, "a text", row, text)
            sheet.write_string(row + 1, place, text, formats.of(bg_color=_pale(fill)) if fill else None)

    return write


def _fits(value: float | Decimal) -> bool:
    """Whether Excel keeps it: finite, and of 15 digits where it is whole."""
    return math.isfinite(value) and not (isinstance(value, int) and abs(value) >= _LARGEST_WHOLE)


def _number_format(cells: Cells) -> str:
    """With as many decimals as people are shown."""
    first = next((text for text, value in zip(cells.texts, cells.values, strict=True) if value is not None), "")
    decimals = cells.look.digits
    if decimals is None:
        found = re.search(r"\.(\d+)", first)
        decimals = len(found[1]) if found and "e" not in first else 0
    digits = "0." + "0" * decimals if decimals else "0"
    if cells.look.unit == "percent":
        return f"{digits}%"
    unit = re.sub(r'["\\]', "", cells.look.unit or "")
    return f"#,##{digits}" + (f'" {unit}"' if unit else "")


def _check_text(sheet: str, column: str, what: str, row: int | None, text: str) -> None:
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > _MOST_SIGNS:
        where = f"{column[:40]}[{row}]" if row is not None else f"{column[:40]}…"
        raise DataError(
            f"sheet {sheet!r}, {where}: {what} of {len(text):,} characters, and a cell of Excel holds {_MOST_SIGNS:,}",
            sheet, column, row, 1,
        )  # fmt: skip


def _pale(colour: str) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * _FILL):02x}" for part in parts)
