"""However a text file is written, it is one table; what cannot be read says why."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import customerhealth as ch
from text_files import EVENTS, Folder, model, scored


@pytest.fixture
def file(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# ---- how files are written -------------------------------------------------------------------------------------------

PLAIN = "id,at,x\nCafé,2026-06-01,1.5\nzeta,2026-06-02,\n"
DIALECTS: dict[str, tuple[str, bytes]] = {
    "plain": ("u.csv", PLAIN.encode()),
    "bom": ("u.csv", PLAIN.encode("utf-8-sig")),
    "utf-16": ("u.csv", PLAIN.encode("utf-16")),
    "utf-16 big": ("u.csv", b"\xfe\xff" + PLAIN.encode("utf-16-be")),
    "utf-16 without a mark": ("u.csv", PLAIN.encode("utf-16-le")),
    "semicolons": ("u.csv", PLAIN.replace(",", ";").encode()),
    "a line for Excel": ("u.csv", b"sep=;\r\n" + PLAIN.replace(",", ";").encode()),
    "bars": ("u.csv", PLAIN.replace(",", "|").encode()),
    "tabs in csv": ("u.csv", PLAIN.replace(",", "\t").encode()),
    "tsv": ("u.tsv", PLAIN.replace(",", "\t").encode()),
    "commas in tsv": ("u.tsv", PLAIN.encode()),
    "crlf": ("u.csv", PLAIN.replace("\n", "\r\n").encode()),
    "cr": ("u.csv", PLAIN.replace("\n", "\r").encode()),
    "no last line break": ("u.csv", PLAIN.rstrip("\n").encode()),
    "blank lines": ("u.csv", PLAIN.replace("\n", "\n\n").encode()),
    "all quoted": ("u.csv", '"id","at","x"\n"Café","2026-06-01","1.5"\n"zeta","2026-06-02",""\n'.encode()),
    "gzip": ("u.csv.gz", gzip.compress(PLAIN.encode())),
    "gzip in two parts": ("U.CSV.GZ", gzip.compress(PLAIN[:20].encode()) + gzip.compress(PLAIN[20:].encode())),
    "bzip2": ("u.csv.bz2", bz2.compress(PLAIN.encode())),
    "zstandard": ("u.tsv.ZST", pa.compress(PLAIN.replace(",", "\t").encode(), "zstd", asbytes=True)),
    "utf-16 semicolons gzip": ("u.csv.gz", gzip.compress(PLAIN.replace(",", ";").encode("utf-16"))),
    "json lines": (
        "u.jsonl",
        '{"id": "Café", "at": "2026-06-01", "x": 1.5}\n\n{"x": null, "id": "zeta", "at": "2026-06-02T00:00Z"}'.encode(),
    ),
    "json lines bzip2": (
        "u.ndjson.bz2",
        bz2.compress(b'{"id": "Caf\\u00e9", "at": "2026-06-01", "x": 1.5}\n{"id": "zeta", "at": "2026-06-02"}\n'),
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_files_of_every_dialect_are_one_table(dialect: str, file: Folder) -> None:
    name, content = DIALECTS[dialect]
    loaded = model({"m": {"from": "u", "agg": "sum", "of": "x"}, "t": {"from": "u", "agg": "last_time"}})
    assert scored(ch.Portfolio(loaded, u=file(content, name))) == [
        {"account_id": "Café", "m": 1.5, "t": datetime(2026, 6, 1, tzinfo=timezone.utc)},
        {"account_id": "zeta", "m": 0.0, "t": datetime(2026, 6, 2, tzinfo=timezone.utc)},
    ]


def test_a_file_in_latin_1_is_named_with_the_line(file: Folder) -> None:
    message = r"u\.csv' is not in UTF-8: line 2 has the byte 0xE9, as files in Latin-1 or Windows-1252 have it"
    with pytest.raises(ch.DataError, match=message):
        ch.Portfolio(model(), u=file(PLAIN.encode("latin-1")))
    with pytest.raises(ch.DataError, match="is not in UTF-8: line 1 has the byte 0xE9"):
        ch.Portfolio(model(), u=file(PLAIN.replace("x", "é").encode("latin-1")))
    unread = PLAIN.replace(",x", ",x,note").replace("1.5", "1.5,é").replace("02,", "02,,").replace("Café", "Cafe")
    assert ch.Portfolio(model(), u=file(unread.encode("latin-1"))).accounts.to_pylist() == ["Cafe", "zeta"]


def test_a_header_with_two_columns_of_one_name_is_refused_where_the_model_reads_them(file: Folder) -> None:
    loaded = model({"m": {"from": "u", "agg": "sum", "of": "x"}})
    with pytest.raises(ch.DataError, match="table 'u' has two columns named 'x'") as caught:
        ch.Portfolio(loaded, u=file("id,at,x,x\na,2026-06-01,1,200\n"))
    assert caught.value.column == "x"
    with pytest.raises(ch.DataError, match="table 'u' has three columns named 'id'"):
        ch.Portfolio(loaded, u=file("id;id;at;id\na;a;2026-06-01;a\n"))
    assert scored(ch.Portfolio(loaded, u=file("id,at,x,,\na,2026-06-01,1,,\n"))) == [{"account_id": "a", "m": 1.0}]


def test_a_column_that_is_not_there_is_said_with_those_that_are(file: Folder) -> None:
    with pytest.raises(ch.DataError, match=r"needs a column 'at', the table has none; did you mean ' at'"):
        ch.Portfolio(model(), u=file("id, at\na,2026-06-01\n"))
    with pytest.raises(ch.DataError, match=r"needs a column 'at', the table has none; .*'a_t'"):
        ch.Portfolio(model(), u=file('{"id": "a", "a_t": "2026-06-01"}\n', "u.jsonl"))


@pytest.mark.parametrize("rows", [3, 30_000])
@pytest.mark.parametrize("second", ["Please call back.", "zeta,2026-06-05,spam", "zeta,2026-06-05,", '""quoted"",'])
def test_a_line_break_in_a_cell_ends_no_row(rows: int, second: str, file: Folder) -> None:
    begin = dt.datetime(2026, 6, 1)
    times = [begin + dt.timedelta(minutes=row) for row in range(rows)]
    text = "".join(f'acme,{at:%Y-%m-%dT%H:%M},"Pasted from a sheet:\n{second}"\n' for at in times)
    portfolio = ch.Portfolio(model(), u=file("id,at,note\n" + text))
    assert scored(portfolio) == [{"account_id": "acme", "n": float(rows)}]
    assert portfolio.quality().num_rows == 0


@pytest.mark.parametrize("size", [200_000, 3_000_000, 20_000_000])
def test_a_cell_may_be_larger_than_the_blocks_that_are_read(size: int, file: Folder) -> None:
    cell = "x,\n" * (size // 3)
    loaded = model({"m": {"from": "u", "agg": "count", "where": "note is not missing"}})
    path = file(f'id,at,note\na,2026-06-01,"{cell}"\nb,2026-06-01,\nb,2026-06-02,"{cell}"\n')
    assert [row["m"] for row in scored(ch.Portfolio(loaded, u=path))] == [1.0, 1.0]


def test_rows_and_lines_are_told_apart_where_cells_have_line_breaks(file: Folder) -> None:
    text = (
        'id,at,note,x\r\na,2026-06-01,"one\r\ntwo ""2""\r\n\r\n",1\r\n\r\nb,2026-06-01,5" pipe,2\r\nb,2026-06-02,,x\r\n'
    )
    with pytest.raises(ch.DataError, match=r"u\.x\[2\] \(line 9 of .*'x' is not a number"):
        ch.Portfolio(model({"m": {"from": "u", "agg": "sum", "of": "x"}}), u=file("sep=,\r\n" + text))
    with pytest.raises(ch.DataError, match=r"u\.x\[2\] \(line 8 of .*'x' is not a number") as caught:
        ch.Portfolio(model({"m": {"from": "u", "agg": "sum", "of": "x"}}), u=file(text))
    assert caught.value.row == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("u.csv", "", "it is empty, without even a header"),
        ("u.csv", "\n\n", "it is empty, without even a header"),
        (
            "u.csv",
            'id,at\na,2026-06-01\nb,"2026-06-01\nc,2026-06-02\n',
            "row in line 3 begins with a quote that is never",
        ),
        ("u.csv", "id,at\na\n", r"a row has 1 cells, the header 2: 'a' \(separated by a comma\)"),
        ("u.csv", "id;at\na;2026-06-01;x\n", r"a row has 3 cells, the header 2: .* \(separated by a semicolon\)"),
        ("u.csv.gz", b"id,at\n", "cannot be read"),
        ("u.csv.gz", gzip.compress(PLAIN.encode(), mtime=0)[:-9], "cannot be read"),
        ("u.csv.bz2", b"id,at\n", "cannot be read"),
        ("u.csv.zst", b"id,at\n", "cannot be read"),
        ("u.jsonl", '{"id": "a"\n', r"line 1, column 11: expected a comma or }, but nothing follows"),
        ("u.jsonl", '{"id": "a", "at": "2026-06-01"}\n[1]\n', "line 2, column 1: expected an object a row, got a list"),
        ("u.jsonl", '{"id": "a", "at": "2026-06-01", "x": Infinity}\n', "Infinity is no number of JSON"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(name: str, content: Any, message: str, file: Folder) -> None:
    with pytest.raises(ch.DataError, match=message) as caught:
        ch.Portfolio(model(), u=file(content, name))
    assert caught.value.table == "u"
    assert name in str(caught.value)


def test_a_file_with_nothing_but_a_header_is_an_empty_table(file: Folder) -> None:
    for content in ("id,at,x", "id,at,x\n", "\ufeffid,at,x\r\n"):
        loaded = model({"m": {"from": "u", "agg": "last", "of": "x"}})
        portfolio = ch.Portfolio(loaded, u=file(content))
        assert portfolio.accounts.to_pylist() == []
        portfolio.append(u=file("id,at,x\na,2026-06-01,five\n"))
        assert scored(portfolio) == [{"account_id": "a", "m": "five"}]


def test_many_files_are_read_as_one_table(tmp_path: Path) -> None:
    for number, line in enumerate(("007,2026-06-01,5", "7,2026-06-02,0.5", "7,2026-06-03,")):
        (tmp_path / f"part-{number}.csv").write_text(f"id,at,x\n{line}\n")
    loaded = model({"m": {"from": "u", "agg": "last", "of": "x"}})
    portfolio = ch.Portfolio(loaded, u=tmp_path)
    assert scored(portfolio) == [{"account_id": "007", "m": 5.0}, {"account_id": "7", "m": None}]
    assert [(q["rows"], q["example"]) for q in portfolio.quality().to_pylist()] == [(2, "x as number")]
    (tmp_path / "part-3.csv").write_text("id,at,x\n7,2026-06-04,six\n")
    portfolio = ch.Portfolio(loaded, u=str(tmp_path / "*.csv"))
    assert scored(portfolio) == [{"account_id": "007", "m": "5"}, {"account_id": "7", "m": "six"}]
    assert [(q["rows"], q["example"]) for q in portfolio.quality().to_pylist()] == [(3, "x as text")]
    both = model(accounts={"kind": "accounts", "account": "id"}, u=EVENTS)
    with pytest.raises(ch.DataError, match=r"u\.id\[0\] \(line 2 of .*part-0\.csv'\): '007' is not an integer"):
        ch.Portfolio(both, accounts=pa.table({"id": [7]}), u=tmp_path)


# ---- JSON lines keep their types -------------------------------------------------------------------------------------


def test_json_lines_keep_the_types_of_json(file: Folder) -> None:
    rows = [{"id": 7, "at": "2026-06-01", "x": "007", "y": True}, {"id": 12, "at": "2026-06-01", "x": "2026-01-01"}]
    path = file("\n".join(json.dumps(row) for row in rows), "u.jsonl")
    metrics = {name: {"from": "u", "agg": "last", "of": name} for name in ("x", "y")}
    portfolio = ch.Portfolio(model(metrics), u=path)
    assert scored(portfolio) == [
        {"account_id": 7, "x": "007", "y": True},
        {"account_id": 12, "x": "2026-01-01", "y": None},
    ]
    assert portfolio.quality().num_rows == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            '{"id": 7, "at": "2026-06-01"}',
            r"u\.id\[1\] \(line 3 of .*\): 7 is a number, where the rows before hold a text",
        ),
        ('{"id": [7], "at": "2026-06-01"}', r"u\.id\[1\] \(line 3 of .*\): \[7\] is an object or a list"),
        ('{"id": "b", "at": "1.6.2026"}', r"u\.at\[1\] .*: '1\.6\.2026' is not an ISO date or time"),
        ('{"id": "b", "at": 1780272000}', r"u\.at\[1\] \(line 3 of .*\): 1780272000 is a number, where .* a text"),
    ],
)
def test_a_value_of_another_type_is_named_in_json_lines(line: str, message: str, file: Folder) -> None:
    with pytest.raises(ch.DataError, match=message) as caught:
        ch.Portfolio(model(), u=file(f'{{"id": "a", "at": "2026-06-01"}}\n\n{line}\n', "u.jsonl"))
    assert caught.value.row == 1


def test_json_lines_of_many_batches_are_one_column(file: Folder) -> None:
    lines = [f'{{"id": "a", "at": "2026-06-01", "x": {i if i < 70_000 else 0.5}}}\n' for i in range(140_000)]
    (row,) = scored(
        ch.Portfolio(model({"m": {"from": "u", "agg": "sum", "of": "x"}}), u=file("".join(lines), "u.jsonl"))
    )
    assert row["m"] == sum(range(70_000)) + 35_000


# ---- writing and reading back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize(
    "ids", [["007", "7", "a,b", 'say "x"', "two\nlines", "NULL", "Café"], [7, 12]], ids=["texts", "integers"]
)
def test_a_panel_that_is_written_is_read_back_with_its_ids(ids: list[Any], ending: str, tmp_path: Path) -> None:
    usage = pa.table({"id": ids, "at": [datetime(2026, 6, 1, 5, 6, 7, 89)] * len(ids), "x": [0.1] * len(ids)})
    metrics = {"m": {"from": "u", "agg": "sum", "of": "x"}, "t": {"from": "u", "agg": "last_time"}}
    panel = ch.Portfolio(model(metrics), u=usage).score("2026-07-01")
    ch.write(panel, tmp_path / f"panel.{ending}")
    states = {"kind": "states", "account": "account_id", "time": "as_of"}
    back = model(
        {"m": {"from": "p", "agg": "last", "of": "m"}, "t": {"from": "p", "agg": "last", "of": "t"},
         "typed": {"formula": "m + months_between(as_of, t)"}},
        p=states,
    )  # fmt: skip
    portfolio = ch.Portfolio(back, p=tmp_path / f"panel.{ending}")
    expected = ids if ending == "jsonl" else [str(i) for i in ids]
    assert portfolio.accounts.to_pylist() == sorted(expected)
    assert {(row["m"], row["t"]) for row in scored(portfolio, "2026-08-01")} == {
        (0.1, datetime(2026, 6, 1, 5, 6, 7, 89, tzinfo=timezone.utc))
    }
    if ending == "csv" and isinstance(ids[0], int):
        both = model(p=states, u=EVENTS)
        assert ch.Portfolio(both, p=tmp_path / "panel.csv", u=usage).accounts.to_pylist() == ids


# ---- other doors -----------------------------------------------------------------------------------------------------

CONTRACTS = "id,from,to,mrr,product\n007,2026-01-01,2027-01-01,100,1\n7,2026-01-01,,50,2\n"


def test_contracts_and_labels_are_read_by_their_roles(file: Folder) -> None:
    book = ch.Revenue(file(CONTRACTS), account="id", start="from", end="to", product="product")
    assert book.contracts()["account_id"].to_pylist() == ["007", "7"]
    assert set(book.contracts()["product"].to_pylist()) == {"1", "2"}
    labels = file("account_id,grade\n007,1\n7,2\n", "labels.csv")
    found = book.waterfall(["2026-02-01", "2026-03-01"], by="grade", labels=labels)
    assert found.select(["by", "start"]).to_pylist() == [{"by": "1", "start": 100.0}, {"by": "2", "start": 50.0}]
    sizes = file("account_id,seats\n007,1.0\n7,20\n", "seats.csv")
    banded = book.waterfall(["2026-02-01", "2026-03-01"], by="seats", labels=sizes, bands=[10])
    assert set(banded["by"].to_pylist()) == {"below 10", "10 or more"}
    with pytest.raises(ch.DataError, match=r"labels\.seats\[0\] \(line 2 of .*'many' is not a number"):
        book.waterfall(["2026-02-01", "2026-03-01"], by="seats", labels=file("account_id,seats\n7,many\n"), bands=[10])


def test_integer_contracts_have_labels_in_a_file(file: Folder) -> None:
    contracts = pd.DataFrame({"id": [7], "from": [datetime(2026, 1, 1)], "to": [None], "mrr": [10]})
    book = ch.Revenue(contracts, account="id", start="from", end="to")
    found = book.waterfall(["2026-02-01", "2026-03-01"], by="grade", labels=file("account_id,grade\n7,a\n"))
    assert found.select(["by", "start"]).to_pylist() == [{"by": "a", "start": 10.0}]


def test_a_total_and_its_term_are_numbers(file: Folder) -> None:
    path = file("id,from,to,total,months\n007,2026-01-01,2027-01-01,1200,12\n")
    book = ch.Revenue(path, account="id", start="from", end="to", total="total", term="months")
    assert book.contracts().select(["account_id", "mrr"]).to_pylist() == [{"account_id": "007", "mrr": 100.0}]
    bad = file("id,from,to,total,months\n007,2026-01-01,2027-01-01,1200,twelve\n")
    with pytest.raises(ch.DataError, match=r"contracts\.months\[0\] \(line 2 of .*'twelve' is not a number"):
        ch.Revenue(bad, account="id", start="from", end="to", total="total", term="months")


def test_purchases_lifetimes_and_activity_keep_the_ids_of_the_file(file: Folder) -> None:
    orders = file("id,time,amount\n007,2026-01-01,5\n7,2026-01-02,6\n007,2026-01-05,7\n")
    found = ch.clv.rfm(orders, account="id", time="time", amount="amount", as_of="2026-02-01")
    assert found["account_id"].to_pylist() == ["007", "7"]
    contracts = file(CONTRACTS, "contracts.csv")
    lives = ch.clv.lifetimes(contracts, account="id", start="from", end="to", as_of="2026-02-01")
    assert lives["account_id"].to_pylist() == ["007", "7"]
    activity = ch.Revenue.from_events(orders, account="id", gap="14d")
    assert activity.contracts()["account_id"].unique().to_pylist() == ["007", "7"]
