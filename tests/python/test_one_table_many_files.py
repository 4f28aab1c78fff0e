"""A table gives the same bits as JSON lines, JSON, CSV, Parquet, a sheet and a frame."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

import customerhealth as ch

KINDS = {
    "id": pa.string(),
    "at": pa.timestamp("us"),
    "seen": pa.timestamp("us"),
    "k": pa.string(),
    "d": pa.bool_(),
    "n": pa.float64(),
    "t": pa.string(),
}
ROLES = {"kind": "events", "account": "id", "time": "at", "known": "seen", "key": "k", "deleted": "d"}
MODEL = {
    "format": 1,
    "metrics": {
        "rows": {"from": "u", "agg": "count"},
        "total": {"from": "u", "agg": "sum", "of": "n"},
        "most": {"from": "u", "agg": "max", "of": "n + 0"},
        "texts": {"from": "u", "agg": "count_distinct", "of": "t"},
        "named": {"from": "u", "agg": "count", "where": "t = 'a'"},
        "last_time": {"from": "u", "agg": "last_time"},
    },
}
Table = dict[str, list[Any]]

# Cells that no spreadsheet program changes: printable, not like an error, milliseconds, 15 digits.
texts = st.sampled_from(["a", "b", "007", "7", "1.10", "TRUE", "2026-06-01", "NA", "é", 'say "x"', "two\nlines", " a "])
instants = st.integers(0, 400 * 86_400_000).map(lambda ms: datetime(2026, 1, 1) + timedelta(milliseconds=ms))
numbers = st.integers(-(10**9), 10**9) | st.integers(-(10**6), 10**6).map(lambda i: i / 8)
accounts = st.sampled_from([texts, st.integers(1, 20)])


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.integers(1, 12))
    ids = draw(accounts)
    cells = {
        "id": ids,
        "at": instants,
        "seen": st.none() | instants,
        "k": st.none() | texts,
        "d": st.none() | st.booleans(),
        "n": st.none() | numbers,
        "t": st.none() | texts,
    }
    return {name: draw(st.lists(cell, min_size=rows, max_size=rows)) for name, cell in cells.items()}


def frame_of(table: Table) -> pa.Table:
    kinds = KINDS | ({"id": pa.int64()} if isinstance(table["id"][0], int) else {})
    return pa.table({name: pa.array(values, kinds[name]) for name, values in table.items()})


def records_of(table: Table) -> list[dict[str, Any]]:
    """As JSON writes them; what is missing is null or, after the first, not there."""
    rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    shown = [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]
    return [row if i % 2 == 0 else {k: v for k, v in row.items() if v is not None} for i, row in enumerate(shown)]


def as_json_lines(table: Table, folder: Path) -> Any:
    path = folder / "u.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in records_of(table)))
    return path


def as_json(table: Table, folder: Path) -> Any:
    path = folder / "u.json"
    document = {"page": [{"items": records_of(table), "more": {"items": []}}]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False))
    return path


def as_csv(table: Table, folder: Path) -> Any:
    path = folder / "u.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return path


def as_sheet(table: Table, folder: Path) -> Any:
    book = openpyxl.Workbook()
    book.create_sheet("Notes")
    book.active.title = "Rows"
    book.active.append(list(table))
    for row in zip(*table.values(), strict=True):
        book.active.append(row)
    book.save(folder / "u.xlsx")
    return f"{folder / 'u.xlsx'}#Rows"


def as_parquet(table: Table, folder: Path) -> Any:
    pq.write_table(frame_of(table), folder / "u.parquet")
    return folder / "u.parquet"


WAYS: dict[str, Callable[[Table, Path], Any]] = {
    "lines": as_json_lines,
    "json": as_json,
    "csv": as_csv,
    "sheet": as_sheet,
    "parquet": as_parquet,
}


def answers(source: Any, ids: str, **more: object) -> tuple[Any, Any]:
    roles = ROLES | {"types": {"id": ids}} | more
    loaded = ch.Model.parse(MODEL | {"tables": {"u": roles}})
    portfolio = ch.Portfolio(loaded, u=source)
    panel = portfolio.score(["2026-06-01", "2026-12-01", "2028-01-01"]).table.replace_schema_metadata(None)
    return panel, portfolio.quality().replace_schema_metadata(None)


@given(table=tables())
@settings(max_examples=60, deadline=None)
def test_a_table_gives_the_same_bits_in_any_file(table: Table) -> None:
    ids = "number" if isinstance(table["id"][0], int) else "text"
    panel, quality = answers(frame_of(table), ids)
    with tempfile.TemporaryDirectory() as folder:
        for way, write in WAYS.items():
            source = write(table, Path(folder))
            more = {"rows": "page[0].items"} if way == "json" else {}
            read, found = answers(source, ids, **more)
            assert read.equals(panel), way
            assert found.equals(quality), way
