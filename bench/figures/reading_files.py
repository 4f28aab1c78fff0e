"""Does reading files cost little more than it costs pyarrow: a CSV, JSON lines, a folder of 365 Parquet files?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv, json

import customerhealth as ch
from bench import workload
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import WEEKLY, event_table
from customerhealth.io.inputs import open_table
from customerhealth.io.roles import roles_of

LIMIT = 1.5
ROUNDS = 3
MILLIONS = 12  # of events: a CSV of about 1 GB
MILLIONS_OF_LINES = 7  # JSON lines of about 1 GB, written by DuckDB: fractions of seconds without zeros at the end
FILES = 365
PYARROW = "pyarrow"
READ = "read as a portfolio reads it"
LOAD = "from the file to a loaded portfolio"


def measure(settings: Settings) -> Sequence[Line]:
    """Opening a file for the core against pyarrow, which reads all columns too; each panel is checked first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events = event_table(settings.events(MILLIONS), "string")
        csv.write_csv(events, folder / "usage.csv")
        _write_days(events, folder / "usage")
        texts = event_table(settings.events(MILLIONS_OF_LINES), "string")
        _write_json_lines(texts, folder / "usage.jsonl")
        panel, panel_of_lines = _panel(events, settings), _panel(texts, settings)
        del events, texts
        options = csv.ParseOptions(newlines_in_values=True)
        lines = [
            *_lines(folder / "usage.csv", lambda path: csv.read_csv(path, parse_options=options), panel, settings),
            *_lines(folder / "usage.jsonl", json.read_json, panel_of_lines, settings),
            *_lines(folder / "usage", pq.read_table, panel, settings),
        ]
        return sorted(lines, key=lambda line: line.family is not None)  # what is judged first


def _lines(path: Path, read: Callable[[Path], pa.Table], expected: pa.Table, settings: Settings) -> list[Line]:
    if not _panel(path, settings).equals(expected):
        raise WrongAnswerError(f"{path.name}: read from files the panel is another one")
    roles = roles_of(ch.Model.parse(workload.model()))["usage"]
    turns = {
        PYARROW: lambda: read(path),
        READ: lambda: open_table(path, "usage", roles),
        LOAD: lambda: _portfolio(path, settings),
    }
    seconds = by_turns(turns, settings.rounds(ROUNDS))
    files = [path] if path.is_file() else list(path.iterdir())
    size = sum(file.stat().st_size for file in files) / 1e6
    named = {".csv": "a CSV", ".jsonl": "JSON lines"}.get(path.suffix, f"{len(files)} Parquet files")
    what = f"{named} of {size:,.0f} MB"
    return [
        Line(f"{what}: {READ} / by pyarrow", seconds[READ].over(seconds[PYARROW]), "at most", LIMIT, seconds=seconds),
        Line(
            f"{what}: {LOAD} / read by pyarrow",
            seconds[LOAD].over(seconds[PYARROW]),
            family=(f"{LOAD} / by pyarrow", what),
        ),
    ]


def _panel(source: object, settings: Settings) -> pa.Table:
    return _portfolio(source, settings).score(WEEKLY.as_ofs()).table


def _portfolio(source: object, settings: Settings) -> ch.Portfolio:
    return ch.Portfolio(ch.Model.parse(workload.model()), tables={"usage": source}, threads=settings.threads)


def _write_days(events: pa.Table, folder: Path) -> None:
    folder.mkdir()
    rows = -(-events.num_rows // FILES)
    for i in range(FILES):
        pq.write_table(events.slice(i * rows, rows), folder / f"day-{i:03}.parquet")


def _write_json_lines(events: pa.Table, path: Path) -> None:
    with duckdb.connect() as connection:
        connection.register("events", events)
        connection.execute(f"copy events to '{path}' (format json)")
