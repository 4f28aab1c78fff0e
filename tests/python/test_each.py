"""`each`: a row for each element of a column, from every door, before everything else is looked at."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command

MAY = datetime(2026, 5, 1)
ONE_TEXT = {"each": {"column": "ids", "split": ";"}, "account": "ids"}
LISTS = {"each": {"column": "ids"}, "account": "ids"}
LINES = {"each": {"column": "lines"}}
COUNT = {"n": {"from": "t", "agg": "count"}}


def model_of(spec: dict[str, Any], metrics: dict[str, Any] | None = None, **more: Any) -> ch.Model:
    table = {"kind": "events", "account": "a", "time": "at", **spec}
    return ch.Model.parse({"format": 1, "tables": {"t": table, **more}, "metrics": metrics or COUNT})


def portfolio_of(spec: dict[str, Any], table: object, metrics: dict[str, Any] | None = None) -> ch.Portfolio:
    return ch.Portfolio(model_of(spec, metrics), t=table)


def panel_of(portfolio: ch.Portfolio) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in portfolio.score("2026-07-01").table.drop(["as_of"]).to_pylist()]


def panel(spec: dict[str, Any], table: object, metrics: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    return panel_of(portfolio_of(spec, table, metrics))


def rows(**columns: Any) -> pa.Table:
    count = len(next(iter(columns.values())))
    return pa.table({"a": ["x"] * count, "at": pa.array([MAY] * count, pa.timestamp("us", "UTC")), **columns})


def notes(portfolio: ch.Portfolio) -> list[tuple[str, int, int, str]]:
    found = portfolio.quality().to_pylist()
    return [(row["check"], row["rows"], row["first_row"], row["example"]) for row in found]


# --- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("split", "cells", "right"),
    [
        (";", ["301", "302;303", None, "303", "", "  "], [("301", 1), ("302", 1), ("303", 2)]),
        (", ", ["a, b", "b , c", "d,e"], [("a", 1), ("b", 2), ("c", 1), ("d,e", 1)]),
        ("||", ["a||b|c"], [("a", 1), ("b|c", 1)]),
        (" ", ["a  b"], [("a", 1), ("b", 1)]),
        ("é", ["aébéa"], [("a", 2), ("b", 1)]),
    ],
)
def test_a_text_is_taken_apart(split: str, cells: list[str | None], right: list[tuple[str, int]]) -> None:
    spec = {"each": {"column": "ids", "split": split}, "account": "ids"}
    assert panel(spec, rows(ids=cells)) == right


def test_an_element_that_is_empty_is_an_empty_text_and_no_account() -> None:
    portfolio = portfolio_of(ONE_TEXT, rows(ids=["1;;2;"]))
    assert panel_of(portfolio) == [("1", 1), ("2", 1)]
    assert ("null_account", 2, 0, "ids is an empty text") in notes(portfolio)
    tags = {"empty": {"from": "t", "agg": "count", "where": "tag = ''"}}
    assert panel({"each": {"column": "tag", "split": ";"}}, rows(tag=["p;;q"]), tags) == [("x", 1)]


SUM = {"total": {"from": "t", "agg": "sum", "of": "v"}, "n": {"from": "t", "agg": "count"}}


def test_what_is_split_is_read_as_the_model_wants_it() -> None:
    assert panel({"each": {"column": "v", "split": ";"}}, rows(v=["1;2.5", " 3 ", "4;;5"]), SUM) == [("x", 15.5, 6)]
    of = {"last": {"from": "t", "agg": "max", "of": "v"}}
    spec = {"each": {"column": "v", "split": ","}, "types": {"v": "instant"}}
    got = panel(spec, rows(v=["2026-01-01,2026-03-01T12:00:00Z", "2026-02-01"]), of)
    assert got[0][1].isoformat() == "2026-03-01T12:00:00+00:00"
    units = {**spec, "types": {"v": {"instant": "s"}}}
    assert panel(units, rows(v=["0,86400"]), of)[0][1].isoformat() == "1970-01-02T00:00:00+00:00"
    with pytest.raises(ch.DataError, match=r"t\.v\[1\]: 'two' is no number"):
        panel({"each": {"column": "v", "split": ";"}}, rows(v=["1", "1;two"]), SUM)


def test_ids_are_what_the_other_tables_say() -> None:
    accounts = {"kind": "accounts", "account": "id"}
    model = model_of(ONE_TEXT, accounts=accounts)
    tables = {"t": rows(ids=["7;8", "7"]), "accounts": pa.table({"id": [7, 8]})}
    assert panel_of(ch.Portfolio(model, tables=tables)) == [(7, 2), (8, 1)]
    model = model_of(LISTS, accounts=accounts)
    tables = {"t": rows(ids=["[7, 8]", "[7]"]), "accounts": pa.table({"id": ["7", "8"]})}
    assert panel_of(ch.Portfolio(model, tables=tables)) == [("7", 2), ("8", 1)]


@pytest.mark.parametrize("cells", [[301, None, 303], [301.0, None, 303.0], [301.0, float("nan"), 303.0]])
def test_with_split_a_column_of_numbers_has_one_element_a_row(cells: list[Any]) -> None:
    assert panel(ONE_TEXT, rows(ids=pa.array(cells))) == [(301, 1), (303, 1)]
    accounts = {"kind": "accounts", "account": "id"}
    tables = {"t": rows(ids=pa.array(cells)), "accounts": pa.table({"id": ["301", "303"]})}
    assert panel_of(ch.Portfolio(model_of(ONE_TEXT, accounts=accounts), tables=tables)) == [("301", 1), ("303", 1)]


# --- lists ------------------------------------------------------------------------------------------------------------


LIST_CELLS = [["301"], [" 302", "303 "], [], None, ["303"]]
LIST_PANEL = [("301", 1), ("302", 1), ("303", 2)]


@pytest.mark.parametrize(
    "type_",
    [
        pa.list_(pa.string()),
        pa.large_list(pa.large_string()),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
        pa.list_view(pa.string()) if hasattr(pa, "list_view") else pa.list_(pa.string()),
    ],
)
def test_a_list_of_texts(type_: pa.DataType) -> None:
    plain = pa.array(LIST_CELLS, pa.list_(pa.string()))
    column = plain if "dictionary" in str(type_) else pa.array(LIST_CELLS, type_)
    if "dictionary" in str(type_):
        column = pa.ListArray.from_arrays(plain.offsets, plain.values.dictionary_encode(), mask=plain.is_null())
    assert panel(LISTS, rows(ids=column)) == LIST_PANEL


def test_lists_of_numbers_keep_every_digit() -> None:
    cells = [[2**53, 2**53 + 1], [2**53 + 1, None]]
    different = {"d": {"from": "t", "agg": "count_distinct", "of": "v"}, **COUNT}
    assert panel({"each": {"column": "v"}}, rows(v=cells), different) == [("x", 2, 4)]
    texts = [json.dumps(cell) for cell in cells]
    assert panel({"each": {"column": "v"}}, rows(v=texts), different) == [("x", 2, 4)]


def test_a_list_of_a_fixed_size_in_slices() -> None:
    column = pa.array([[1, 2], [3, 4], None, [5, 6]], pa.list_(pa.int64(), 2))
    spec = {"each": {"column": "v"}}
    assert panel(spec, rows(v=column), SUM) == [("x", 21, 6)]
    assert panel(spec, rows(v=column).slice(1, 2), SUM) == [("x", 7, 2)]


ORDERS = [
    [{"product": "p", "amount": 10, "at": "2026-05-02"}, {"product": "q", "amount": 5, "at": "2026-05-03"}],
    [],
    [{"product": "p", "amount": 1, "at": "2026-05-04"}],
    None,
]
OF_LINES = {
    "total": {"from": "t", "agg": "sum", "of": '"lines.amount"'},
    "p": {"from": "t", "agg": "sum", "of": '"lines.amount"', "where": "\"lines.product\" = 'p'"},
    "last": {"from": "t", "agg": "last", "of": '"lines.product"'},
}


@pytest.mark.parametrize("as_json", [False, True])
def test_paths_go_into_the_elements(as_json: bool) -> None:
    cells = [None if cell is None else json.dumps(cell) for cell in ORDERS] if as_json else ORDERS
    spec = {**LINES, "time": "lines.at", "types": {"lines.at": "instant"}}
    assert panel(spec, rows(lines=pa.array(cells)), OF_LINES) == [("x", 16, 11, "p")]


def test_elements_that_are_json_texts() -> None:
    cells = [None if cell is None else [json.dumps(line) for line in cell] for cell in ORDERS]
    assert panel(LINES, rows(lines=cells), OF_LINES) == [("x", 16, 11, "p")]


def test_members_of_elements_are_what_types_says() -> None:
    cells = [[{"v": "1"}, {"v": "2.5"}], [{"v": None}]]
    metrics = {"total": {"from": "t", "agg": "sum", "of": '"lines.v"'}}
    spec = {**LINES, "types": {"lines.v": "number"}}
    assert panel(spec, rows(lines=cells), metrics) == [("x", 3.5)]
    assert panel(spec, rows(lines=[json.dumps(cell) for cell in cells]), metrics) == [("x", 3.5)]
    words = {"d": {"from": "t", "agg": "last", "of": "v"}}
    assert panel({"each": {"column": "v"}, "types": {"v": "text"}}, rows(v=[[1, 7]]), words) == [("x", "7")]
    with pytest.raises(ch.DataError, match=r"t\.lines\.v\[1\]: 'b' is no number"):
        panel(spec, rows(lines=[[{"v": "1"}], [{"v": "b"}]]), metrics)


DEEP = [
    {"id": 1, "history": {"stage": [{"value": "new", "at": "2026-05-01"}, {"value": "won", "at": "2026-06-01"}]}},
    {"id": 2, "history": {"stage": [{"value": "lost", "at": "2026-05-20"}]}},
    {"id": 3, "history": {}},
]
STAGES = {
    "each": {"column": "history.stage"},
    "kind": "states",
    "key": "id",
    "time": "history.stage.at",
    "types": {"history.stage.at": "instant"},
}
OF_STAGES = {
    "won": {"from": "t", "agg": "count", "where": "\"history.stage.value\" = 'won'"},
    "n": {"from": "t", "agg": "count"},
}


def test_a_path_leads_to_the_list(tmp_path: Path) -> None:
    told = [{**row, "a": "x"} for row in DEEP]
    lines = tmp_path / "deals.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in told))
    texts = pa.table({"id": [1, 2, 3], "a": ["x"] * 3, "history": [json.dumps(row["history"]) for row in DEEP]})
    doors: list[object] = [str(lines), pa.Table.from_pylist(told), texts, pd.DataFrame(told), pl.DataFrame(told)]
    for door in doors:
        assert panel(STAGES, door, OF_STAGES) == [("x", 1, 2)]


def test_a_text_inside_of_json_is_split() -> None:
    cells = ['{"tags": "a; b"}', '{"tags": "b"}', "{}", '{"tags": 7}', '{"tags": ""}']
    spec = {"each": {"column": "props.tags", "split": ";"}}
    tags = {"n": {"from": "t", "agg": "count"}, "b": {"from": "t", "agg": "count", "where": "\"props.tags\" = 'b'"}}
    assert panel(spec, rows(props=cells), tags) == [("x", 4, 2)]


def test_maps_have_keys_and_values() -> None:
    column = pa.array([[("p", 1.0), ("q", 2.0)], []], pa.map_(pa.string(), pa.float64()))
    metrics = {"q": {"from": "t", "agg": "sum", "of": '"m.value"', "where": "\"m.key\" = 'q'"}}
    assert panel({"each": {"column": "m"}}, rows(m=column), metrics) == [("x", 2)]


def test_nothing_but_nulls_makes_no_row() -> None:
    for column in (pa.nulls(2), pa.nulls(2, pa.float64()), pa.nulls(2, pa.string()), pa.nulls(2, pa.list_(pa.int8()))):
        portfolio = portfolio_of(LISTS, rows(ids=column))
        assert portfolio.score("2026-07-01").table.num_rows == 0


# --- doors ------------------------------------------------------------------------------------------------------------


def excel(path: Path, cells: list[str | None]) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["ids", "at"])
    for cell in cells:
        book.active.append([cell, MAY])
    book.save(path)
    return path


def text_doors(folder: Path) -> dict[str, object]:
    cells: list[str | None] = ["301", "302;303", None, "303"]
    frame = pd.DataFrame({"ids": cells, "at": [MAY] * 4})
    (folder / "t.csv").write_text("ids,at\n301,2026-05-01\n302;303,2026-05-01\n,2026-05-01\n303,2026-05-01\n")
    lines = [json.dumps({"ids": cell, "at": "2026-05-01"}) for cell in cells]
    (folder / "t.jsonl").write_text("\n".join(lines))
    (folder / "t.json").write_text(f"[{','.join(lines)}]")
    pq.write_table(pa.Table.from_pandas(frame), folder / "t.parquet")
    return {
        "pandas": frame,
        "polars": pl.DataFrame(frame),
        "lazy": pl.DataFrame(frame).lazy(),
        "duckdb": duckdb.from_arrow(pa.Table.from_pandas(frame)),
        "stream": pa.Table.from_pandas(frame).to_reader(max_chunksize=1),
        "xlsx": excel(folder / "t.xlsx", cells),
        **{ending: folder / f"t.{ending}" for ending in ("csv", "json", "jsonl", "parquet")},
    }


@pytest.mark.parametrize(
    "door", ["pandas", "polars", "lazy", "duckdb", "stream", "xlsx", "csv", "json", "jsonl", "parquet"]
)
def test_texts_are_split_at_every_door(door: str, tmp_path: Path) -> None:
    assert panel(ONE_TEXT, text_doors(tmp_path)[door]) == LIST_PANEL


def list_doors(folder: Path) -> dict[str, object]:
    table = pa.table({"ids": LIST_CELLS, "at": [MAY] * 5})
    lines = [json.dumps({"ids": cell, "at": "2026-05-01"}) for cell in LIST_CELLS]
    (folder / "t.jsonl").write_text("\n".join(lines))
    (folder / "t.json").write_text(f"[{','.join(lines)}]")
    cells = pd.Series(["" if cell is None else json.dumps(cell) for cell in LIST_CELLS])
    pd.DataFrame({"ids": cells, "at": "2026-05-01"}).to_csv(folder / "t.csv", index=False)
    pq.write_table(table, folder / "t.parquet")
    return {
        "pandas": pd.DataFrame({"ids": LIST_CELLS, "at": [MAY] * 5}),
        "arrays": table.to_pandas(),
        "polars": pl.DataFrame(table),
        "duckdb": duckdb.from_arrow(table),
        "stream": table.to_reader(max_chunksize=2),
        **{ending: folder / f"t.{ending}" for ending in ("csv", "json", "jsonl", "parquet")},
    }


@pytest.mark.parametrize("door", ["pandas", "arrays", "polars", "duckdb", "stream", "csv", "json", "jsonl", "parquet"])
def test_lists_are_taken_apart_at_every_door(door: str, tmp_path: Path) -> None:
    assert panel(LISTS, list_doors(tmp_path)[door]) == LIST_PANEL


def test_files_without_a_row(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("")
    (tmp_path / "t.json").write_text("[]")
    (tmp_path / "t.csv").write_text("a,at,lines\n")
    for ending in ("jsonl", "json", "csv"):
        portfolio = portfolio_of(LINES, tmp_path / f"t.{ending}", OF_LINES)
        assert portfolio.score("2026-07-01").table.num_rows == 0
        assert notes(portfolio) == [("no_rows", 0, None, "")]


@pytest.mark.parametrize(
    ("cells", "row"), [([["1", "2"], "3;4"], 0), (["3;4", ["1", "2"]], 1), ([["1"], ["2"]], 0), (["3", {"id": 1}], 1)]
)
def test_a_list_among_texts_that_are_split_is_refused(cells: list[Any], row: int, tmp_path: Path) -> None:
    """Or `["1", "2"]` would be an account, and in a frame, whose texts become JSON beside lists, `"3` another one."""
    lines = [json.dumps({"ids": cell, "at": "2026-05-01"}) for cell in cells]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    (tmp_path / "t.json").write_text(f"[{','.join(lines)}]")
    words = rf"t\.ids\[{row}\]: .* is a list or an object of JSON; `split` takes texts apart"
    for source in (
        tmp_path / "t.jsonl",
        tmp_path / "t.json",
        rows(ids=[json.dumps(c) if c != "3;4" else c for c in cells]),
    ):
        with pytest.raises(ch.DataError, match=words) as refused:
            portfolio_of(ONE_TEXT, source)
        assert (refused.value.table, refused.value.column, refused.value.row) == ("t", "ids", row)
    frame = pd.DataFrame({"ids": pd.Series(cells, dtype=object), "at": [MAY] * len(cells)})
    with pytest.raises(ch.DataError, match="`split` takes texts apart"):
        portfolio_of(ONE_TEXT, frame)


def test_a_text_that_begins_like_a_list_is_split() -> None:
    assert panel(ONE_TEXT, rows(ids=["[1;2", "[b]"])) == [("2", 1), ("[1", 1), ("[b]", 1)]


def test_the_name_of_a_folder_is_split(tmp_path: Path) -> None:
    for ids, day in (("1;2", 1), ("2", 2)):
        folder = tmp_path / f"ids={ids}"
        folder.mkdir()
        (folder / "t.csv").write_text(f"at\n2026-05-0{day}\n")
    assert panel(ONE_TEXT, tmp_path) == [("1", 1), ("2", 2)]


def test_ids_in_a_text_file_are_those_of_elements(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\n7\n8\n")
    accounts = {"kind": "accounts", "account": "id"}
    for spec, column in (
        (LISTS, [[7, 8], [7]]),
        ({**LISTS, "account": "ids.id"}, [[{"id": 7}, {"id": 8}], [{"id": 7}]]),
    ):
        model = model_of(spec, accounts=accounts)
        tables = {"t": rows(ids=column), "accounts": tmp_path / "accounts.csv"}
        assert panel_of(ch.Portfolio(model, tables=tables)) == [(7, 2), (8, 1)]


def test_lists_of_dicts_without_common_types_in_pandas() -> None:
    cells = [[{"amount": 1, "product": "p"}], [{"amount": 2, "product": {"id": 7}}], None]
    frame = pd.DataFrame({"a": "x", "at": MAY, "lines": cells})
    metrics = {"total": {"from": "t", "agg": "sum", "of": '"lines.amount"'}}
    assert panel(LINES, frame, metrics) == [("x", 3)]


def test_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(model_of(ONE_TEXT).to_json())
    text_doors(tmp_path)
    out = tmp_path / "panel.csv"
    done = command(
        "score", tmp_path / "model.json", "--table", f"t={tmp_path / 't.csv'}", "--as-of", "2026-07-01", "--out", out
    )
    assert done.returncode == 0, done.stderr
    assert [line.split(",")[0].strip(chr(34)) for line in out.read_text().splitlines()[1:]] == ["301", "302", "303"]


# --- order of the keys ------------------------------------------------------------------------------------------------


def test_columns_and_where_see_the_elements() -> None:
    spec = {
        **ONE_TEXT,
        "account": "company",
        "columns": {"company": "lower(ids)"},
        "where": "not starts_with(company, 'test')",
    }
    portfolio = portfolio_of(spec, rows(ids=["A;test1", "b;A"]))
    assert panel_of(portfolio) == [("a", 2), ("b", 1)]
    assert not [note for note in notes(portfolio) if note[0] == "null_account"]


def test_rows_are_called_what_they_are_in_the_source() -> None:
    spec = {**ONE_TEXT, "columns": {"n": "number(left(ids, 1))"}, "where": "ids != 'b'"}
    at = pa.array([MAY, None, MAY], pa.timestamp("us"))
    portfolio = portfolio_of(spec, pa.table({"ids": ["a;b;c", "d", "e"], "at": at}))
    assert ("null_time", 1, 1, "") in notes(portfolio)
    portfolio.append(t=pa.table({"ids": ["f;g", "h"], "at": pa.array([MAY, None], pa.timestamp("us"))}))
    assert ("null_time", 2, 1, "") in notes(portfolio)
    typed = {**ONE_TEXT, "types": {"at": {"instant": "%d.%m.%Y"}}}
    with pytest.raises(ch.DataError, match=r"t\.at\[2\]"):
        portfolio_of(typed, pa.table({"ids": ["a;b;c", "d", "e"], "at": ["01.05.2026", "02.05.2026", "May"]}))


def test_a_key_that_names_the_element() -> None:
    cells = [
        {"id": 1, "known": "2026-05-01", "lines": [{"id": 1, "v": 5}, {"id": 2, "v": 7}]},
        {"id": 1, "known": "2026-05-02", "lines": [{"id": 1, "v": 6}]},
    ]
    table = rows(**{name: [cell[name] for cell in cells] for name in ("id", "known", "lines")})
    metrics = {"total": {"from": "t", "agg": "sum", "of": '"lines.v"'}}
    spec = {**LINES, "known": "known", "key": ["id", "lines.id"]}
    assert panel(spec, table, metrics) == [("x", 13)]
    assert panel({**spec, "key": "id"}, table, metrics) == [("x", 6)]


def test_elements_arrive_in_their_order() -> None:
    last = {"last": {"from": "t", "agg": "last", "of": "v"}, "first": {"from": "t", "agg": "first", "of": "v"}}
    spec = {"each": {"column": "v", "split": ";"}}
    assert panel(spec, rows(v=["a;b", "c;d"]), last) == [("x", "d", "a")]
    states = {**spec, "kind": "states"}
    assert panel(states, rows(v=["a;b", "c;d;e"]), {"s": {"from": "t", "agg": "last", "of": "v"}}) == [("x", "e")]


def test_a_deal_of_several_companies_is_in_each_on_purpose() -> None:
    spec = {**ONE_TEXT, "key": "id"}
    portfolio = portfolio_of(spec, rows(ids=["a;b", "c"], id=[1, 2]))
    assert "key_in_accounts" not in [note[0] for note in notes(portfolio)]
    portfolio.append(t=rows(ids=["c;d"], id=[1]))
    assert ("key_in_accounts", 1, 2, "key 1 in accounts a and c") in notes(portfolio)


# --- tables of keys ---------------------------------------------------------------------------------------------------

USERS = {"kind": "keys", "key": "users", "account": "company", "each": {"column": "users", "split": ","}}
USE = {"kind": "events", "account": "user", "through": {"table": "users"}, "time": "at"}


def use(*users: str) -> pa.Table:
    return pa.table({"user": users, "at": [MAY] * len(users)})


def test_a_table_of_keys_with_several_keys_a_row() -> None:
    model = ch.Model.parse(
        {"format": 1, "tables": {"users": USERS, "t": USE}, "metrics": {"n": {"from": "t", "agg": "count"}}}
    )
    users = pa.table({"users": ["ann, bob", "cid", None, "bob"], "company": ["acme", "beta", "none", "beta"]})
    portfolio = ch.Portfolio(model, users=users, t=use("ann", "bob", "bob", "cid", "dan"))
    assert panel_of(portfolio) == [("acme", 1), ("beta", 3)]
    found = notes(portfolio)
    assert ("key_moved", 1, 3, "key bob in accounts acme and beta") in found
    assert ("orphans", 1, 4, "key dan") in found
    assert [tuple(row.values()) for row in portfolio.rows("users", "2026-07-01").to_pylist()] == [
        ("acme", "ann"),
        ("beta", "cid"),
        ("beta", "bob"),
    ]
    portfolio.append(users=pa.table({"users": ["dan,ann"], "company": ["cobalt"]}))
    assert panel_of(portfolio) == [("beta", 3), ("cobalt", 2)]
    assert ("key_moved", 2, 3, "key bob in accounts acme and beta") in notes(portfolio)


def test_of_several_accounts_of_one_key_the_last_element_counts() -> None:
    spec = {"kind": "keys", "key": "user", "account": "companies", "each": {"column": "companies", "split": ";"}}
    model = ch.Model.parse(
        {"format": 1, "tables": {"users": spec, "t": USE}, "metrics": {"n": {"from": "t", "agg": "count"}}}
    )
    for companies, owner in [("acme;beta", "beta"), ("beta;acme", "acme")]:
        users = pa.table({"user": ["ann", None], "companies": [companies, "acme"]})
        portfolio = ch.Portfolio(model, users=users, t=use("ann"))
        assert panel_of(portfolio) == [(owner, 1)]
        assert [note[:3] for note in notes(portfolio)] == [("null_key", 1, 1), ("key_moved", 1, 0)]


def test_the_elements_go_through_a_table_of_keys_in_their_order() -> None:
    users = {"kind": "keys", "key": "user", "account": "company"}
    spec = {**USE, "kind": "states", "account": "who.user", "each": {"column": "who"}}
    metrics = {"s": {"from": "t", "agg": "last", "of": '"who.v"'}}
    model = ch.Model.parse({"format": 1, "tables": {"users": users, "t": spec}, "metrics": metrics})
    names = [f"u{i}" for i in range(40)]
    owners = pa.table({"user": names, "company": ["acme" if i % 3 else "beta" for i in range(40)]})
    cells = [[{"user": name, "v": name} for name in reversed(names)]]
    table = pa.table({"who": cells, "at": [MAY]})
    for tables in ({"users": owners, "t": table}, {"t": table, "users": owners}):
        assert panel_of(ch.Portfolio(model, tables=tables)) == [("acme", "u1"), ("beta", "u0")]
    portfolio = ch.Portfolio(model, t=table)
    portfolio.append(users=owners)
    assert panel_of(portfolio) == [("acme", "u1"), ("beta", "u0")]


def test_accounts_with_several_ids_a_row() -> None:
    accounts = {"kind": "accounts", "account": "ids", "each": {"column": "ids", "split": ";"}}
    metrics = {"n": {"from": "t", "agg": "count"}, "plan": {"formula": "accounts.plan"}}
    model = model_of({}, metrics, accounts=accounts)
    table = pa.table({"ids": ["x;y", "z"], "plan": ["pro", "free"]})
    assert panel_of(ch.Portfolio(model, t=rows(v=[1]), accounts=table)) == [("x", 1, "pro")]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_cells_that_are_no_lists_are_counted() -> None:
    cells = ['["a", "b"]', '["a"', "a", '{"a": 1}', "7", None, "[]"]
    portfolio = portfolio_of(LISTS, rows(ids=cells))
    assert panel_of(portfolio) == [("a", 1), ("b", 1)]
    assert ("no_list", 4, 1, 'ids ["a"') in notes(portfolio)
    with pytest.raises(ch.DataError, match=r'ids\["a"|no lists'):
        ch.Portfolio(model_of(LISTS), strict=True, t=rows(ids=cells))


def test_paths_into_elements_count_by_rows_of_the_source() -> None:
    cells = ["[]", '[{"amount": 1}, {"amount": "many"}, {"amount": 2}]', '[{"amount": {"x": 1}}]']
    metrics = {"total": {"from": "t", "agg": "sum", "of": '"lines.amount"'}}
    portfolio = portfolio_of(LINES, rows(lines=cells), metrics)
    assert panel_of(portfolio) == [("x", 3)]
    assert ("mixed_types", 2, 1, "lines.amount many") in notes(portfolio)


@pytest.mark.parametrize(
    ("spec", "column", "words"),
    [
        (LISTS, ["a;b", "c"], r"t\.ids\[0\]: 'a;b' is no list.*`split`"),
        (LISTS, [1, 2], "needs a list in every row, and the column is of type int64"),
        (LISTS, [{"a": 1}, {"a": 2}], "needs a list in every row, and the column is of type struct"),
        (ONE_TEXT, [["a"], ["b"]], "`split` takes texts apart.*list<"),
        ({"each": {"column": "idz"}}, ["a", "b"], "needs a column 'idz', the table has none; did you mean 'ids'"),
        ({"each": {"column": "ids.x.y"}}, [1, 2], "has no members"),
        (
            {"each": {"column": "ids"}, "account": "ids.x"},
            [[1], [2]],
            "has no members",
        ),
        (LISTS, [[{"a": 1}], [{"a": 2}]], "columns of type struct.*cannot be used"),
    ],
)
def test_what_cannot_be_taken_apart_is_refused(spec: dict[str, Any], column: list[Any], words: str) -> None:
    with pytest.raises(ch.DataError, match=words):
        portfolio_of(spec, rows(ids=column))
    with pytest.raises(ch.DataError, match=words):
        portfolio_of(spec, rows(ids=column).to_reader())


def test_a_file_that_lacks_the_column_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("idz,a,at\n1,x,2026-05-01\n")
    with pytest.raises(ch.DataError, match="needs a column 'ids', the table has none; did you mean 'idz'"):
        portfolio_of(ONE_TEXT, tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("each", "words"),
    [
        ({"colum": "ids"}, "did you mean 'column'"),
        ({"split": ";"}, "column"),
        ({"column": "ids", "split": ""}, "split"),
        ("ids", "each"),
        ({"column": "made"}, "derived"),
    ],
)
def test_a_document_says_it_wrong(each: Any, words: str) -> None:
    with pytest.raises(ch.ModelError, match=words):
        model_of({"each": each, "columns": {"made": "lower(ids)"}})


def test_a_derived_column_of_a_name_that_the_source_has_is_refused() -> None:
    spec = {**ONE_TEXT, "columns": {"other": "lower(ids)"}}
    with pytest.raises(ch.DataError, match="derives a column 'other', and the table has one of that name"):
        portfolio_of(spec, rows(ids=["a;b"], other=["c"]).to_reader())


def test_the_model_names_the_column_that_it_reads() -> None:
    assert model_of({"each": {"column": "tags", "split": ";"}}).tables == {"t": ["a", "at", "tags"]}
    assert model_of(ONE_TEXT).tables == {"t": ["ids", "at"]}


# --- in pieces --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 3])
def test_pieces_and_threads_change_nothing(threads: int) -> None:
    count = 70_000
    cells = [";".join(f"c{(i * 7 + k) % 50}" for k in range(i % 4)) or None for i in range(count)]
    table = rows(ids=cells, v=[float(i) for i in range(count)])
    whole = portfolio_of(ONE_TEXT, table, SUM)
    pieces = portfolio_of(ONE_TEXT, table.slice(0, 3), SUM)
    pieces.append(t=pa.Table.from_batches(table.slice(3).to_batches(max_chunksize=9_999)))
    expected: dict[str, list[float]] = {}
    for i, cell in enumerate(cells):
        for company in cell.split(";") if cell else []:
            expected.setdefault(company, []).append(float(i))
    right = sorted((company, sum(values), len(values)) for company, values in expected.items())
    for portfolio in (whole, pieces):
        table_ = portfolio.score("2026-07-01", threads=threads).table.drop(["as_of"])
        assert [tuple(row.values()) for row in table_.to_pylist()] == right
