"""Results as files: Parquet, CSV, JSON lines, Arrow, workbooks."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .replacing import replacing
from .results import rows_in_python
from .workbook import check_sheets, write_workbook

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KINDS", "write"]

KINDS = (".parquet", ".csv", ".jsonl", ".arrow", ".feather", ".ipc", ".xlsx")

_SHEET = "customerhealth"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write(table: object, path: str | os.PathLike[str], *, spreadsheet: bool = False) -> None:
    r"""Write a result to a file, of the kind that its name ends with.

    Parameters
    ----------
    table : table, or mapping of str to table
        A :class:`Table`, a pyarrow.Table, a :class:`Panel`, or anything else with ``__arrow_c_stream__``. Several by
        their names become the sheets of one ``.xlsx`` file.
    path : path-like
        ``.parquet``, ``.csv``, ``.jsonl`` (a JSON object a line, UTF-8, instants as ISO texts) or ``.arrow``
        (``.feather`` and ``.ipc`` too; not compressed, so that it can be mapped). Missing folders are made, and a file
        that is there is replaced in one step: nobody reads half of it, also where two write the same name. Links are
        followed, and the file's mode is kept. ``.xlsx`` (with the extra ``excel``) has dates as dates, numbers as
        people are shown them, grades in their colours, and the header in sight; texts stay texts, whatever they begin
        with.
    spreadsheet : bool
        For ``.csv``: an apostrophe before each text that a spreadsheet would run as a formula, that is, one that begins
        with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return. Such texts come back with the apostrophe.

    Raises
    ------
    DataError
        If the name ends with none of these, JSON cannot hold a value, or Excel cannot: 1,048,576 rows with the header,
        16,384 columns, 32,767 characters of a cell, 31 of a sheet's name.
    ValueError
        If ``spreadsheet`` is asked for and the file is no ``.csv``.
    OSError
        If the file cannot be written; ``filename`` is the path.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "plays.jsonl"
    >>> ch.write(pa.table({"id": ["a1"], "account_id": ["acme"]}), path)
    >>> path.read_text()
    '{"id": "a1", "account_id": "acme"}\n'
    """
    place = Path(path)
    kind = place.suffix.lower()
    if kind not in KINDS:
        raise DataError(f"expected a .parquet, .csv, .jsonl, .arrow or .xlsx file, got {place}")
    if spreadsheet and kind != ".csv":
        raise ValueError(f"spreadsheet=True makes .csv files safe, {place} is none")
    if kind == ".xlsx":
        sheets = {
            name: _rows(each, dressed=True)
            for name, each in (table if isinstance(table, Mapping) else {_SHEET: table}).items()
        }
        check_sheets(sheets)
        with replacing(place) as part:
            write_workbook(sheets, part)
        return
    if isinstance(table, Mapping):
        raise DataError(f"several tables make the sheets of an .xlsx file, {place} is none")
    rows = _rows(table, dressed=False)
    with replacing(place) as part:
        _write(_without_formulas(rows) if spreadsheet else rows, part, kind)


def _rows(table: Any, *, dressed: bool) -> pa.Table:
    """As a table; with `dressed`, a panel's with what its model says of how columns look."""
    import pyarrow as pa

    if dressed and hasattr(table, "dressed"):
        table = table.dressed()
    return table if isinstance(table, pa.Table) else pa.table(table)


def _write(table: pa.Table, path: Path, kind: str) -> None:
    if kind == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, path)
    elif kind == ".csv":
        from pyarrow import csv

        csv.write_csv(table, path)
    elif kind == ".jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as lines:
            for batch in table.to_batches():
                for row in rows_in_python(type(table).from_batches([batch])):
                    lines.write(_line(row) + "\n")
    else:
        from pyarrow import feather

        feather.write_feather(table, path, compression="uncompressed")


def _without_formulas(table: pa.Table) -> pa.Table:
    """Texts and names that a spreadsheet takes for what they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def is_text(kind: pa.DataType) -> bool:
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))

    columns = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type) and is_text(column.type.value_type):
            column = column.cast(column.type.value_type)
        if is_text(column.type):
            column = pc.replace_substring_regex(column.cast(pa.large_string()), r"^([=+\-@\t\r])", r"'\1")
        columns.append(column)
    names = [f"'{name}" if name.startswith(_FORMULA_STARTS) else name for name in table.column_names]
    return pa.table(columns, names=names)


def _line(row: dict[str, Any]) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False, default=_iso)
    except (ValueError, DataError):
        return _json(row)


def _json(value: Any) -> str:
    """What Python's module does not write: decimals with all their digits, and null for what JSON has no number for."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {_json(of)}" for name, of in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_json(each) for each in value) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    return json.dumps(value, ensure_ascii=False, default=_iso)


def _iso(value: object) -> str:
    if not hasattr(value, "isoformat"):
        raise DataError(f"a value of type {type(value).__name__} is nothing that JSON can hold")
    return str(value.isoformat()).replace("+00:00", "Z")
