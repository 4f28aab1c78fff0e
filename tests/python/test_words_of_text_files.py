r"""What warehouses and systems write into text files: \N, times with a zone behind a blank, hexadecimal numbers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pytest

import customerhealth as ch
from text_files import EVENTS, INTERVALS, Folder, model, scored


@pytest.fixture
def file(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


TIMES = [
    "2026-06-01 09:30:00 UTC",
    "2026-06-01 09:30:00.000000 UTC",
    "2026-06-01T09:30 UTC",
    "2026-06-01 09:30:00.000 +0000",
    "2026-06-01 11:30:00.000 +0200",
    "2026-06-01 05:00:00 -04:30",
    "2026-06-01 09:30:00.000 Z",
    "2026-06-01 09:30:00 +00",
    "2026-06-01T09:30:00+0000",
]
FIRST_TIME = {"at": {"from": "u", "agg": "first_time"}}
HALF_PAST_NINE = datetime(2026, 6, 1, 9, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", TIMES)
def test_a_time_as_warehouses_write_it_is_read(text: str, file: Folder) -> None:
    sources = [
        file(f"id,at\na,{text}\n"),
        file(f'id;at\na;"{text}"\n', "u.csv"),
        file(json.dumps({"id": "a", "at": text}) + "\n", "u.jsonl"),
        file(json.dumps([{"id": "a", "at": text}]), "u.json"),
    ]
    for source in sources:
        assert scored(ch.Portfolio(model(FIRST_TIME), u=source)) == [{"account_id": "a", "at": HALF_PAST_NINE}]
    typed = model(FIRST_TIME, u=EVENTS | {"types": {"at": "instant"}})
    frame = pa.table({"id": ["a"], "at": [text]})
    assert scored(ch.Portfolio(typed, u=frame)) == [{"account_id": "a", "at": HALF_PAST_NINE}]


def test_all_these_forms_may_stand_in_one_column(file: Folder) -> None:
    text = "".join(f"a{row},{cell}\n" for row, cell in enumerate([*TIMES, "2026-06-01 09:30:00"]))
    rows = scored(ch.Portfolio(model(FIRST_TIME), u=file("id,at\n" + text)))
    assert {row["at"] for row in rows} == {HALF_PAST_NINE}
    assert len(rows) == len(TIMES) + 1


def test_other_doors_read_them_too(file: Folder) -> None:
    contracts = file("id,start,end,mrr\na,2026-01-01 00:00:00 UTC,\\N,10\nb,2026-01-01 00:00:00.000 +0000,\\N,\\N\n")
    revenue = ch.Revenue(contracts, account="id", start="start", end="end", mrr="mrr")
    assert revenue.movements(["2025-12-01", "2026-02-01"])["new"].to_pylist() == [10.0]
    orders = file("who,day\na,2026-01-01 00:00:00 UTC\na,2026-01-11 00:00:00.000 +0000\n", "orders.csv")
    frame = pa.table({"who": ["a", "a"], "day": ["2026-01-01 00:00:00 UTC", "2026-01-11 00:00:00.000 +0000"]})
    for table in (orders, frame):
        summary = ch.clv.rfm(table, account="who", time="day", end="2026-01-31")
        assert summary["frequency"].to_pylist() == [1]


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_backslash_n_is_missing_in_any_column(ending: str, file: Folder) -> None:
    rows = [
        "id,at,n,t,f",
        "a,2026-06-01,1,x,true",
        r"a,2026-06-02,\N,\N,\N",
        r"\N,2026-06-01,1,x,true",
        r"a,\N,1,x,true",
    ]
    text = "\n".join(rows).replace(",", "\t" if ending == "tsv" else ",")
    metrics = {
        "rows": {"from": "u", "agg": "count"},
        "total": {"from": "u", "agg": "sum", "of": "n"},
        "texts": {"from": "u", "agg": "count_distinct", "of": "t"},
        "flags": {"from": "u", "agg": "count", "where": "f is missing"},
    }
    portfolio = ch.Portfolio(model(metrics), u=file(text, f"u.{ending}"))
    assert scored(portfolio) == [{"account_id": "a", "rows": 2.0, "total": 1.0, "texts": 1.0, "flags": 1.0}]
    found = {row["check"]: (row["rows"], row["first_row"]) for row in portfolio.quality().to_pylist()}
    assert found == {"null_account": (1, 2), "null_time": (1, 3)}


def test_backslash_n_is_missing_in_ends_and_keys(file: Folder) -> None:
    table = INTERVALS | {"known": "seen", "key": "k", "deleted": "d"}
    path = file("id,start,end,seen,k,d\na,2026-01-01,\\N,\\N,\\N,\\N\na,2026-01-01,\\N,\\N,\\N,\\N\n", "c.csv")
    portfolio = ch.Portfolio(model({"n": {"from": "c", "agg": "count"}}, c=table), c=path)
    assert scored(portfolio) == [{"account_id": "a", "n": 2.0}]


def test_backslash_n_in_quotes_is_a_text_where_texts_are_wanted(file: Folder) -> None:
    metrics = {
        "texts": {"from": "u", "agg": "count", "where": r"t = '\N'"},
        "n": {"from": "u", "agg": "sum", "of": "n"},
    }
    path = file('id,at,t,n\na,2026-06-01,"\\N","\\N"\n')
    assert scored(ch.Portfolio(model(metrics), u=path)) == [{"account_id": "a", "texts": 1.0, "n": 0.0}]


@pytest.mark.parametrize("cell", ["0x1F", "0X1f", "-0x1"])
@pytest.mark.parametrize("rows", [0, 200_000])
def test_a_hexadecimal_number_is_none(cell: str, rows: int, file: Folder) -> None:
    total = model({"m": {"from": "u", "agg": "sum", "of": "n"}})
    path = file("id,at,n\n" + "a,2026-06-01,7\n" * rows + f"a,2026-06-01,{cell}\n")
    with pytest.raises(ch.DataError, match=rf"u\.n\[{rows}\] \(line {rows + 2} of .*\): '{cell}' is not a number"):
        ch.Portfolio(total, u=path)


def test_ids_like_hexadecimal_numbers_beside_numbers_are_texts(file: Folder) -> None:
    total = model({"m": {"from": "u", "agg": "sum", "of": "n"}})
    assert scored(ch.Portfolio(total, u=file("id,at,n\n0x1F,2026-06-01,7\n"))) == [{"account_id": "0x1F", "m": 7.0}]
