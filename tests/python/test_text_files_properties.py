"""A table written as text in any dialect gives the same bits as the same table as a frame of its roles' types."""

from __future__ import annotations

import bz2
import gzip
import io
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from customerhealth.io.text_files import delimited

MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {"u": {"kind": "events", "account": "id", "time": "at", "known": "seen", "key": "k", "deleted": "d"}},
        "metrics": {
            "rows": {"from": "u", "agg": "count"},
            "total": {"from": "u", "agg": "sum", "of": "n"},
            "most": {"from": "u", "agg": "max", "of": "n + 0"},
            "texts": {"from": "u", "agg": "count_distinct", "of": "t"},
            "named": {"from": "u", "agg": "count", "where": "t = 'NULL' or t = ''"},
            "flags": {"from": "u", "agg": "count", "where": "f"},
            "last_shown": {"from": "u", "agg": "last", "of": "t"},
            "is_a": {"formula": "if(last_shown = 'a', 1, 0)"},
        },
    }
)
KINDS = {
    "id": pa.string(),
    "at": pa.timestamp("us", "UTC"),
    "seen": pa.timestamp("us", "UTC"),
    "k": pa.string(),
    "d": pa.bool_(),
    "n": pa.float64(),
    "t": pa.string(),
    "f": pa.bool_(),
}
ODD = [
    "007",
    "7",
    "1.10",
    "12E4",
    "true",
    "2026-01-05",
    "NULL",
    "null",
    "NA",
    "nan",
    'say "x"',
    "a,b;c\td|e",
    "two\nlines",
]
ODD += ["\r\n", " a ", "é", "\U0001f600", "'", "#", "99999999999999999999", "-0", "inf"]
filled = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=6)
instants = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)) | st.sampled_from(
    [datetime(2026, 1, 1), datetime(2026, 1, 1, 5), datetime(9999, 12, 31, 23, 59, 59, 997_000), datetime(1, 1, 1)]
)
integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)


class Written(NamedTuple):
    """How a table is written."""

    separator: str
    line_end: str
    quotes_all: bool
    encoding: str
    compress: tuple[str, Callable[[bytes], bytes]]
    block: int
    zones: tuple[str, ...]
    blank_lines: bool


dialects = st.builds(
    Written,
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    st.sampled_from([("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress)])
    | st.just((".ZST", lambda text: pa.compress(text, "zstd", asbytes=True))),
    st.sampled_from([200, 1000, 1 << 20]),
    st.sampled_from([("",), ("Z",), ("+02:00",), ("", "Z", "-03:30")]),
    st.booleans(),
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(0, 12))
    numbers = draw(st.sampled_from([integers, floats, integers.map(float), st.integers(0, 9)]))
    cells = {
        "id": filled,
        "at": instants,
        "seen": st.none() | instants,
        "k": st.none() | filled,
        "d": st.none() | st.booleans(),
        "n": st.none() | numbers,
        "t": st.none() | st.just("") | filled,
        "f": st.none() | st.booleans(),
    }
    return {name: draw(st.lists(cell, min_size=rows, max_size=rows)) for name, cell in cells.items()}


def instant_text(value: datetime, zone: str, row: int) -> str:
    """One of the ISO forms of it."""
    shift = {"+02:00": timedelta(hours=2), "-03:30": -timedelta(hours=3, minutes=30)}.get(zone, timedelta())
    if not datetime(1, 1, 2) < value < datetime(9999, 12, 30):
        zone, shift = ("Z" if zone else ""), timedelta()
    local = value + shift
    if not zone and row % 3 == 0 and local.time() == datetime(1, 1, 1).time():
        return local.date().isoformat()
    text = local.isoformat(sep="T" if row % 2 else " ")
    return text + ("" if row % 5 else "" if "." in text else ".000") + zone


def cell_of(value: Any, dialect: Written, row: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower() if row % 2 else str(value)
    if isinstance(value, datetime):
        text = instant_text(value, dialect.zones[row % len(dialect.zones)], row)
    else:
        text = value if isinstance(value, str) else repr(value)
    special = text in ("", "null", "NULL") or any(c in text for c in '",;\t|\r\n') or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if special or dialect.quotes_all else text


def write(table: dict[str, list[Any]], dialect: Written, folder: Path) -> Path:
    out = io.StringIO()
    ends = dialect.line_end * (2 if dialect.blank_lines else 1)
    out.write(dialect.separator.join(table) + ends)
    for row, values in enumerate(zip(*table.values(), strict=True)):
        out.write(dialect.separator.join(cell_of(value, dialect, row) for value in values) + ends)
    ending, compress = dialect.compress
    path = folder / f"u.csv{ending}"
    path.write_bytes(compress(out.getvalue().encode(dialect.encoding)))
    return path


def answers(source: object) -> list[pa.Table]:
    portfolio = ch.Portfolio(MODEL, u=source)
    return [
        portfolio.quality(),
        portfolio.score(["2026-01-02", "9000-01-01"]).table,
        portfolio.rows("u", "9999-12-31"),
    ]


def frame_of(table: dict[str, list[Any]]) -> pa.Table:
    columns = {}
    for name, kind in KINDS.items():
        values = table[name]
        if pa.types.is_timestamp(kind):
            values = [None if value is None else value.replace(tzinfo=timezone.utc) for value in values]
        if name == "n" and all(value is None or isinstance(value, int) for value in values):
            kind = pa.int64()
        columns[name] = pa.array(values, kind)
    return pa.table(columns)


@given(table=tables(), dialect=dialects)
def test_a_table_as_text_gives_the_bits_of_the_frame(table: dict[str, list[Any]], dialect: Written) -> None:
    blocks = delimited._BLOCKS
    delimited._BLOCKS = (dialect.block, *(size for size in blocks if size > dialect.block))
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = answers(write(table, dialect, Path(folder)))
    finally:
        delimited._BLOCKS = blocks
    for mine, wanted in zip(found, answers(frame_of(table)), strict=True):
        assert mine.equals(wanted), (mine.to_pylist(), wanted.to_pylist())
