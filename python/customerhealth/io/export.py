"""Results as files: Parquet, CSV, JSON, Arrow, workbooks, text."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import DataError
from ..results.text import lines_of
from .csv_cells import check_dates, with_dates, without_formulas
from .json_rows import json_rows
from .replacing import replacing
from .workbook import check_sheets, write_workbook

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KINDS", "rows_of", "write", "writer_of"]

_SHEET = "customerhealth"


def write(table: object, path: str | os.PathLike[str], *, spreadsheet: bool = False, dates: str | None = None) -> None:
    r"""Write a result to a file, of the kind that its name ends with.

    Parameters
    ----------
    table : table, or mapping of str to table
        A :class:`Table`, a pyarrow.Table, a :class:`Panel`, or anything else with ``__arrow_c_stream__``. Several by
        their names become the sheets of one ``.xlsx`` file.
    path : path-like
        ``.parquet``, ``.csv``, ``.json`` (a list of objects), ``.jsonl`` (a JSON object a line; UTF-8, instants as ISO
        texts), ``.arrow`` (``.feather`` and ``.ipc`` too; not compressed, so that it can be mapped) or ``.txt`` (all
        rows and columns as people read them). Missing folders are made, and a file that is there is replaced in one
        step: nobody reads half of it, also where two write the same name. Links are followed, and the file's mode is
        kept. ``.xlsx`` (with the extra ``excel``) has dates as dates, numbers as people are shown them, grades in their
        colours, and the header in sight; texts stay texts, whatever they begin with.
    spreadsheet : bool
        For ``.csv``: an apostrophe before each text that a spreadsheet would run as a formula, that is, one that begins
        with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return. Such texts come back with the apostrophe.
    dates : str, optional
        For ``.csv``: the form of dates and instants, in UTC, as in ``%d.%m.%Y`` or ``%m/%d/%Y %H:%M``. Default: ISO.

    Raises
    ------
    DataError
        If the name ends with none of these, JSON cannot hold a value, or Excel cannot: 1,048,576 rows with the header,
        16,384 columns, 32,767 characters of a cell, 31 of a sheet's name.
    ValueError
        If ``spreadsheet`` or ``dates`` is asked for and the file is no ``.csv``, or ``dates`` is no form of dates.
    OSError
        If the file cannot be written; ``filename`` is the path.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa, tempfile, pathlib, datetime
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "plays.jsonl"
    >>> plays = pa.table({"id": ["a1"], "account_id": ["acme"], "due": [datetime.date(2026, 7, 1)]})
    >>> ch.write(plays, path)
    >>> path.read_text()
    '{"id": "a1", "account_id": "acme", "due": "2026-07-01"}\n'
    >>> ch.write(plays, path.with_suffix(".csv"), dates="%d.%m.%Y")
    >>> path.with_suffix(".csv").read_text()
    '"id","account_id","due"\n"a1","acme","01.07.2026"\n'
    """
    place = Path(path)
    kind = place.suffix.lower()
    if kind not in KINDS:
        raise DataError(f"expected a .parquet, .csv, .json, .jsonl, .arrow, .xlsx or .txt file, got {place}")
    if spreadsheet and kind != ".csv":
        raise ValueError(f"spreadsheet=True makes .csv files safe, {place} is none")
    if dates is not None and kind != ".csv":
        raise ValueError(f"dates= is for .csv files, {place} is none")
    if isinstance(table, Mapping) and kind != ".xlsx":
        raise DataError(f"several tables make the sheets of an .xlsx file, {place} is none")
    write_ready = writer_of(table, kind, spreadsheet=spreadsheet, dates=dates)
    with replacing(place) as part, part.open("wb") as stream:
        write_ready(stream)


def writer_of(
    table: object, kind: str, *, spreadsheet: bool = False, dates: str | None = None
) -> Callable[[IO[bytes]], None]:
    """Writes a result into a stream, as files of this kind are; what it cannot hold is refused before that."""
    if kind == ".xlsx":
        tables = table if isinstance(table, Mapping) else {_SHEET: table}
        sheets = {name: rows_of(each, dressed=True) for name, each in tables.items()}
        check_sheets(sheets)
        return partial(write_workbook, sheets)
    if dates is not None:
        check_dates(dates)
    rows = rows_of(table, dressed=kind == ".txt")
    rows = rows if dates is None else with_dates(rows, dates)
    return partial(_WRITE[kind], without_formulas(rows) if spreadsheet else rows)


def rows_of(table: Any, *, dressed: bool) -> pa.Table:
    """As a table; with `dressed`, a panel's with what its model says of how columns look."""
    import pyarrow as pa

    if dressed and hasattr(table, "dressed"):
        table = table.dressed()
    return table if isinstance(table, pa.Table) else pa.table(table)


def _parquet(table: pa.Table, stream: IO[bytes]) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, stream)


def _csv(table: pa.Table, stream: IO[bytes]) -> None:
    from pyarrow import csv

    csv.write_csv(table, stream)


def _arrow(table: pa.Table, stream: IO[bytes]) -> None:
    from pyarrow import feather

    feather.write_feather(table, stream, compression="uncompressed")


def _json(table: pa.Table, stream: IO[bytes]) -> None:
    before = b"["
    for row in json_rows(table):
        stream.write(before + row.encode())
        before = b",\n"
    stream.write(b"]\n" if table.num_rows else b"[]\n")


def _json_lines(table: pa.Table, stream: IO[bytes]) -> None:
    for row in json_rows(table):
        stream.write(row.encode() + b"\n")


def _text(table: pa.Table, stream: IO[bytes]) -> None:
    for line in lines_of(table):
        stream.write(line.encode() + b"\n")


_WRITE: dict[str, Callable[[pa.Table, IO[bytes]], None]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".json": _json,
    ".jsonl": _json_lines,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".ipc": _arrow,
    ".txt": _text,
}
KINDS = (*_WRITE, ".xlsx")
