"""What a command leaves behind: a file, a table of text, lines about what is odd in its input."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import typer

from ..io.export import KINDS
from ..io.export import write as write_table
from ..io.many_files import files_at
from ..io.results import rows_in_python, show_cell
from ..results import Table
from ..results.text import lines_of, text_of

__all__ = ["Writer", "open_writer", "print_table", "quality_lines", "refuse_input", "text_table"]


def open_writer(out: Path | None, inputs: Iterable[str], spreadsheet: bool) -> Writer | None:
    if out is None and spreadsheet:
        raise typer.BadParameter("is for the file of --out", param_hint="--spreadsheet")
    return None if out is None else Writer(out, inputs, lines=True, spreadsheet=spreadsheet)


class Writer:
    """Writes a table to a file; its kind, and that it is none of the inputs, were checked before any work was done."""

    def __init__(self, path: Path, inputs: Iterable[str], *, lines: bool = False, spreadsheet: bool = False) -> None:
        self._path, self._spreadsheet = path, spreadsheet
        refuse_input(path, inputs)
        if spreadsheet and path.suffix.lower() != ".csv":
            raise typer.BadParameter(f"makes .csv files safe, {path} is none", param_hint="--spreadsheet")
        if path.suffix.lower() not in (kind for kind in KINDS if lines or kind != ".jsonl"):
            shown = ".parquet, .csv, .xlsx, .jsonl or .arrow" if lines else ".parquet, .csv, .xlsx or .arrow"
            raise typer.BadParameter(f"expected a {shown} file, got {path}", param_hint="--out")

    def __call__(self, table: object) -> None:
        write_table(table, self._path, spreadsheet=self._spreadsheet)


def refuse_input(path: Path, inputs: Iterable[str]) -> None:
    """Refuse an output that is read, by its own name, a link, a folder, a pattern or a sheet."""
    files = (file for each in inputs for file in files_at(str(each)))
    read = next((file for file in files if _is_among(path, Path(file))), None)
    if read is not None:
        raise typer.BadParameter(f"{path} is read as {read}: it would be replaced", param_hint="--out")


def _is_among(path: Path, read: Path) -> bool:
    """Whether `path` is the file `read`, through links too, or lies in that folder."""
    if read.is_dir():
        return path.resolve().is_relative_to(read.resolve())
    return path.exists() and read.exists() and path.samefile(read)


def text_table(table: pa.Table) -> list[str]:
    """Columns of even width; numbers to the right."""
    rows = [table.column_names] + [[show_cell(value) for value in row.values()] for row in rows_in_python(table)]
    widths = [max(len(row[index]) for row in rows) for index in range(table.num_columns)]
    right = [str(kind) in ("double", "int64") for kind in table.schema.types]
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def print_table(table: Table) -> None:
    """In the width of the terminal; into a pipe with all rows and columns."""
    if sys.stdout.isatty():
        typer.echo(text_of(table.table, shutil.get_terminal_size().columns, len(table)))
    else:
        for line in lines_of(table.table):
            typer.echo(line)


def quality_lines(quality: pa.Table) -> list[str]:
    rows = quality.to_pylist()
    if not rows:
        return ["nothing odd in the tables"]
    lines = []
    for row in rows:
        first = "" if row["first_row"] is None else f", the first is row {row['first_row']}"
        example = f" ({row['example']})" if row["example"] else ""
        count = f": {row['rows']:,} row{'s' * (row['rows'] != 1)}" if row["rows"] else ""
        lines.append(f"  {row['table'] or 'model'}: {row['check']}{count}{first}{example}")
        lines.append(f"    {row['meaning']}")
    return ["odd in the tables:", *lines]
