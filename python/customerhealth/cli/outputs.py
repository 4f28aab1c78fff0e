"""What a command leaves behind: a file, standard output, lines about what is odd in its input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import typer

from ..explain.history import has_account_labels
from ..io.csv_cells import check_dates
from ..io.export import KINDS, rows_of, writer_of
from ..io.many_files import files_at
from ..io.replacing import replacing
from ..panel import Panel
from .screen import draw

__all__ = ["DOCUMENTS", "Form", "Listed", "Output", "quality_lines", "refuse_input", "with_account_labels"]

DOCUMENTS = (*KINDS, ".html")
_NO_TEXT = (".parquet", ".arrow", ".feather", ".ipc", ".xlsx")


class Form(str, Enum):
    """What a result is written as."""

    text = "text"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    parquet = "parquet"
    arrow = "arrow"
    xlsx = "xlsx"
    html = "html"


_ENDINGS = {form: ".txt" if form is Form.text else f".{form.value}" for form in Form}


def is_terminal() -> bool:
    """Whether standard output is read by people as it comes."""
    return sys.stdout.isatty()


class Output:
    """Where a result goes, and as what; that it can, and replaces no input, is checked before any work is done.

    Without a file and a form it is a text for people. ``-`` is standard output, in the first of CSV, JSON and HTML that
    fits where no form is asked for.
    """

    def __init__(
        self,
        out: Path | None,
        form: Form | None,
        inputs: Iterable[str],
        *,
        dates: str | None = None,
        spreadsheet: bool = False,
        fits: Sequence[str] = KINDS,
    ) -> None:
        self.file = None if out is None or str(out) == "-" else out
        self._dates, self._spreadsheet = dates, spreadsheet
        self.kind = _kind(out, form, fits)
        if self.file is not None:
            refuse_input(self.file, inputs)
        elif self.kind in _NO_TEXT and is_terminal():
            words = f"{self.kind[1:]} is no text: give --out FILE, or send it on with | or >"
            raise typer.BadParameter(words, param_hint="--format")
        for option, is_given in (("--dates", dates is not None), ("--spreadsheet", spreadsheet)):
            if is_given and self.kind != ".csv":
                raise typer.BadParameter(f"is for CSV, and this is {self.kind[1:]}", param_hint=option)
        if dates is not None:
            try:
                check_dates(dates)
            except ValueError as error:
                raise typer.BadParameter(str(error), param_hint="--dates") from None

    @property
    def is_read(self) -> bool:
        """Whether it is a text for people, on standard output."""
        return self.file is None and self.kind == ".txt"

    @property
    def is_piped(self) -> bool:
        """Whether standard output is for programs, so that what is said besides goes to standard error."""
        return self.file is None and self.kind != ".txt"

    def table(self, table: object, what: str, *, shown: object = None, rows: int | None = None) -> None:
        """Leave a table behind.

        Parameters
        ----------
        table : table
            A table, a panel.
        what : str
            What its rows are, in the plural.
        shown : table, optional
            What people see in its place, in a text.
        rows : int, optional
            How many of them on a terminal. Default: all.
        """
        dressed = rows_of(table if shown is None or self.kind != ".txt" else shown, dressed=True)
        if self.is_read and not dressed.num_rows:
            typer.echo(f"no {what}")
        elif self.is_read and is_terminal():
            draw(dressed, dressed.num_rows if rows is None else rows)
        else:
            self.tables(dressed if self.kind == ".txt" else table, f"{dressed.num_rows:,} {what}")

    def tables(self, table: object, what: str) -> None:
        """Leave a table behind that nobody reads now, or several by their names; `what` it is."""
        self._leave(writer_of(table, self.kind, spreadsheet=self._spreadsheet, dates=self._dates), what)

    def text(self, text: str, what: str) -> None:
        """Leave a text behind; `what` it is."""
        self._leave(lambda stream: stream.write(text.encode(errors="replace")), what)

    def _leave(self, write: Callable[[IO[bytes]], object], what: str) -> None:
        if self.file is None:
            sys.stdout.flush()
            write(sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        with replacing(self.file) as part, part.open("wb") as stream:
            write(stream)
        typer.echo(f"{what} in {self.file}")


class Listed:
    """Where a list of names and what they are goes; one that is asked for by its name goes nowhere else."""

    def __init__(self, out: Path | None, form: Form | None, name: str | None) -> None:
        if name is not None and (out is not None or form is not None):
            raise typer.BadParameter("are for the list; what is printed is JSON", param_hint="--out, --format")
        self._output = Output(out, form, [])

    def leave(self, says: Mapping[str, str], what: str) -> None:
        """Leave it behind: a line each where people read it."""
        if not self._output.is_read:
            self._output.table(pa.table({"name": list(says), "about": list(says.values())}), what)
        else:
            for name, about in says.items():
                typer.echo(f"{name}: {about}")


def _kind(out: Path | None, form: Form | None, fits: Sequence[str]) -> str:
    """As files of it end; a form goes before the end of the name."""
    if form is not None:
        if _ENDINGS[form] not in (*fits, ".txt"):
            forms = ", ".join(form.value for form, ending in _ENDINGS.items() if ending in fits)
            raise typer.BadParameter(f"{form.value} does not fit here; it may be {forms}", param_hint="--format")
        return _ENDINGS[form]
    if out is None:
        return ".txt"
    if str(out) == "-":
        return next(kind for kind in (".csv", ".json", ".html") if kind in fits)
    kind = out.suffix.lower()
    if kind not in fits:
        *some, last = (kind for kind in fits if kind not in (".feather", ".ipc", ".htm"))
        shown = f"a {', '.join(some)} or {last}" if some else f"{'an' if last == '.html' else 'a'} {last}"
        raise typer.BadParameter(f"expected {shown} file, got {out}", param_hint="--out")
    return kind


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


def with_account_labels(table: pa.Table, panel: Panel) -> pa.Table:
    """The table, with what the panel calls the accounts behind their ids where the model reads that."""
    if not has_account_labels(panel.model):
        return table
    called = panel.labels().table
    places = pc.index_in(table["account_id"], value_set=called["account_id"].combine_chunks())
    return table.add_column(table.column_names.index("account_id") + 1, "label", called["label"].take(places))


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
