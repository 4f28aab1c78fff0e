"""The first rows of a file, whatever its kind."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import DataError
from ..io.text_files import text_ending
from ..io.text_files.dialect import COMPRESSIONS, find_dialect, open_bytes

__all__ = ["Head", "read_head"]

_ROWS = 200  # enough to tell a pattern, few enough to read at once
_DATED = re.compile(r"\{(\w+):([^}]*)\}")


class Head(NamedTuple):
    """What the beginning of a table looks like."""

    columns: list[str]
    rows: list[dict[str, Any]]
    """By column; of text files texts, and None where a cell is empty."""
    list_path: str | None = None
    """Where the rows stand in a JSON document; None: it is none, or the document itself is the list."""
    skipped: int = 0
    """Rows of title above the header."""
    dated: tuple[str, ...] = ()
    """Columns that the names of the files give."""

    def values(self, column: str) -> list[Any]:
        """What is there of a column, without what is missing."""
        return [row[column] for row in self.rows if row.get(column) is not None]


def read_head(path: str) -> Head:
    """Look at the beginning of a file, or of the first one of a folder or pattern.

    Raises
    ------
    DataError
        If there is no such file, or it is of no kind that is read.
    """
    dated = tuple(match[1] for match in _DATED.finditer(path))
    first = _first_file(path)
    try:
        head = _head_of(first, path)
    except DataError:
        raise
    except (OSError, ValueError) as error:
        raise DataError(f"{path!r} cannot be read: {error}") from error
    if not head.columns:
        raise DataError(f"{path!r} has no columns")
    return head._replace(dated=dated)


def _first_file(path: str) -> str:
    plain = path.partition("#")[0] if ".xls" in path.lower() else path
    if os.path.isdir(plain):
        found = sorted(
            os.path.join(folder, file)
            for folder, _, files in os.walk(plain)
            for file in files
            if not file.startswith((".", "_"))
        )
    elif os.path.exists(plain):
        return plain
    else:
        found = sorted(glob.glob(_DATED.sub("*", plain), recursive=True))
    if not found:
        raise DataError(f"there is no file {path!r}")
    return found[0]


def _head_of(file: str, path: str) -> Head:
    ending = text_ending(file)
    bare = file.lower()
    for compression in COMPRESSIONS:
        bare = bare.removesuffix(compression)
    if ending in (".csv", ".tsv"):
        return _delimited(file)
    if ending in (".jsonl", ".ndjson"):
        return _of_objects(list(_json_lines(file)), None)
    if bare.endswith(".json"):
        return _json_document(file)
    if bare.endswith((".xlsx", ".xlsm")):
        return _sheet(file, path.partition("#")[2])
    if bare.endswith((".parquet", ".pq")):
        return _parquet(file)
    if bare.endswith((".arrow", ".feather", ".ipc")):
        return _arrow(file)
    raise DataError(
        f"{path!r} has no ending that is read: .csv, .tsv, .json, .jsonl, .xlsx, .parquet, .arrow and others"
    )


def _delimited(file: str) -> Head:
    dialect = find_dialect(file, os.path.basename(file), ())
    return _of_rows([dialect.columns, *dialect.sample])


def _of_rows(rows: list[list[Any]]) -> Head:
    """Rows of cells with their header, perhaps below rows of title: the header is the first row that is nearly full."""
    filled = [sum(cell not in (None, "") for cell in row) for row in rows[:_ROWS]]
    most = max(filled, default=0)
    at = next((place for place, count in enumerate(filled) if count * 2 > most), 0)
    header = [str(cell) for cell in rows[at] if cell not in (None, "")] if rows else []
    places = [place for place, cell in enumerate(rows[at]) if cell not in (None, "")] if rows else []
    cut = [
        {name: _cell(row[place]) if place < len(row) else None for name, place in zip(header, places, strict=True)}
        for row in rows[at + 1 : at + 1 + _ROWS]
    ]
    return Head(header, [row for row in cut if any(value is not None for value in row.values())], skipped=at)


def _cell(value: Any) -> Any:
    return None if value in ("", "\\N", "null", "NULL") else value


def _json_lines(file: str) -> Iterator[Any]:
    with open_bytes(file) as stream:
        text = stream.read(1 << 22).decode("utf-8-sig", "replace")
    lines = text.splitlines()
    whole = lines if len(text) < 1 << 22 else lines[:-1]
    for line in whole[:_ROWS]:
        if line.strip():
            yield json.loads(line)


def _json_document(file: str) -> Head:
    with open_bytes(file) as stream:
        document = json.loads(stream.read())
    if isinstance(document, list):
        return _of_objects(document, None)
    found = next(_lists_in(document, ""), None)
    if found is None:
        raise DataError(f"{file!r} holds no list of objects")
    return _of_objects(found[1], found[0])


def _lists_in(value: Any, path: str) -> Iterator[tuple[str, list[Any]]]:
    """Lists of objects, the outer ones first."""
    if not isinstance(value, dict):
        return
    for key, child in value.items():
        if isinstance(child, list) and child and isinstance(child[0], dict):
            yield path + key, child
    for key, child in value.items():
        yield from _lists_in(child, f"{path}{key}.")


def _of_objects(rows: list[Any], list_path: str | None) -> Head:
    objects = [row for row in rows[:_ROWS] if isinstance(row, dict)]
    columns = list(dict.fromkeys(name for row in objects for name in row))
    return Head(columns, objects, list_path=list_path)


def _sheet(file: str, sheet: str) -> Head:
    try:
        import openpyxl
    except ImportError:
        raise DataError(f"{file!r} is an Excel file, which openpyxl reads: pip install openpyxl") from None
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        if sheet and sheet not in book.sheetnames:
            raise DataError(f"{file!r} has no sheet {sheet!r}; there are {', '.join(book.sheetnames)}")
        page = book[sheet] if sheet else book.worksheets[0]
        return _of_rows([list(row) for row in page.iter_rows(max_row=_ROWS, values_only=True)])
    finally:
        book.close()


def _parquet(file: str) -> Head:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file, coerce_int96_timestamp_unit="us") as parquet:
        batch = next(parquet.iter_batches(_ROWS), None)
        names = list(parquet.schema_arrow.names)
    return Head(names, [] if batch is None else batch.to_pylist())


def _arrow(file: str) -> Head:
    import pyarrow as pa

    with pa.OSFile(file) as source:
        try:
            table = pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
            table = pa.ipc.open_stream(source).read_all()
    return Head(list(table.column_names), table.slice(0, _ROWS).to_pylist())
