"""`each`: a row for each element of a column, from every door, before everything else is looked at."""

from __future__ import annotations

import json
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
from taken_apart import COUNT, LINES, LISTS, MAY, ONE_TEXT, SUM, model_of, notes, panel, panel_of, portfolio_of, rows


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
