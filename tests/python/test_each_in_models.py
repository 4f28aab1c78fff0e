"""`each` in a model: what sees the elements, keys and accounts among them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from taken_apart import LINES, LISTS, MAY, ONE_TEXT, SUM, model_of, notes, panel, panel_of, portfolio_of, rows

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
