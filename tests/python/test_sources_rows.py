"""Derived columns and rows that do not exist: a table is what its keys make of the source, through every door."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command

DAYS = [dt.datetime(2026, 1, day) for day in (1, 2, 3, 4, 5)]


def model(keys: dict[str, Any], metrics: dict[str, Any] | None = None) -> ch.Model:
    table = {"kind": "events", "account": "who", "time": "at", **keys}
    count = {"n": {"from": "orders", "agg": "count"}}
    return ch.Model.parse({"format": 1, "tables": {"orders": table}, "metrics": metrics or count})


def panel(of: ch.Model, source: object, at: str = "2026-02-01") -> dict[str, tuple[Any, ...]]:
    rows = ch.Portfolio(of, orders=source).score(at).table.to_pylist()
    return {row.pop("account_id"): tuple(row.values())[1:] for row in rows}


KEYS = {
    "columns": {
        "who": "lower(trim(company))",
        "eur": "number(cents) / 100",
        "large": "eur >= 5",
        "tier": "left(plan, 3)",
    },
    "where": "status = 'paid' and not starts_with(who, 'test')",
}
METRICS = {
    "eur": {"from": "orders", "agg": "sum", "of": "eur"},
    "large": {"from": "orders", "agg": "count", "where": "large"},
    "by_tier": {"from": "orders", "agg": "count", "by": {"column": "tier", "values": ["pro", "fre"]}},
}
ORDERS = pa.table(
    {
        "company": ["Acme ", " ACME", "Zeta", "test-7", "acme"],
        "at": DAYS,
        "cents": ["1250", " 750 ", "99", "1", "40000"],
        "plan": ["professional", "free", "prö", "pro", "pro"],
        "status": ["paid", "paid", "paid", "paid", "void"],
        "unused": [[1]] * 5,
    }
)
EXPECTED = {"acme": (20.0, 2.0, 1.0, 1.0), "zeta": (0.99, 0.0, 0.0, 0.0)}


def doors(folder: Path) -> dict[str, object]:
    plain = ORDERS.drop_columns("unused")
    pa.csv.write_csv(plain, folder / "orders.csv")
    pa.parquet.write_table(ORDERS, folder / "orders.parquet")
    return {
        "table": ORDERS,
        "csv": folder / "orders.csv",
        "parquet": str(folder / "orders.parquet"),
        "stream": plain.to_reader(max_chunksize=2),
        "pandas": plain.to_pandas(),
    }


@pytest.mark.parametrize("door", ["table", "csv", "parquet", "stream", "pandas"])
def test_every_door_makes_the_same_table(door: str, tmp_path: Path) -> None:
    assert panel(model(KEYS, METRICS), doors(tmp_path)[door]) == EXPECTED


def test_polars_and_duckdb_make_the_same_table() -> None:
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    plain = ORDERS.drop_columns("unused")
    of = model(KEYS, METRICS)
    assert panel(of, polars.from_arrow(plain)) == EXPECTED
    assert panel(of, duckdb.from_arrow(plain)) == EXPECTED


def test_the_command_line_reads_the_keys_of_the_document(tmp_path: Path) -> None:
    doors(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps(model(KEYS, METRICS).to_dict()))
    orders, out = f"orders={tmp_path / 'orders.csv'}", tmp_path / "panel.parquet"
    done = command("score", tmp_path / "model.json", "--table", orders, "--as-of", "2026-02-01", "--out", out)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(out)["eur"].to_pylist() == [20.0, 0.99]


def test_a_row_that_does_not_exist_is_counted_nowhere() -> None:
    accounts = {"kind": "accounts", "account": "id"}
    table = {"kind": "events", "account": "who", "time": "at", "where": "who != 'ghost'"}
    of = ch.Model.parse({"format": 1, "tables": {"accounts": accounts, "orders": table}, "metrics": {}})
    orders = pa.table({"who": ["ghost", "a", "ghost", None], "at": [None, DAYS[1], DAYS[2], DAYS[0]]})
    portfolio = ch.Portfolio(of, orders=orders, accounts=pa.table({"id": ["a"]}))
    checks = {row["check"] for row in portfolio.quality().to_pylist()}
    assert not checks & {"orphans", "null_time", "null_account"}


def test_findings_and_errors_name_rows_of_the_source() -> None:
    of = model({"where": "keep"})
    orders = pa.table({"who": ["a", "a", None, "a"], "at": DAYS[:4], "keep": [False, True, True, True]})
    found = {row["check"]: row["first_row"] for row in ch.Portfolio(of, orders=orders).quality().to_pylist()}
    assert found["null_account"] == 2
    texts = pa.table({"who": ["a", "a"], "at": ["no date", "nor this"], "keep": [False, True]})
    with pytest.raises(ch.DataError, match=r"orders\.at\[1\]: 'nor this'"):
        ch.Portfolio(of, orders=texts)


def test_rows_of_an_append_count_on_from_all_rows_given() -> None:
    of = model({"where": "keep"})
    orders = pa.table({"who": ["a", "a"], "at": DAYS[:2], "keep": [False, True]})
    portfolio = ch.Portfolio(of, orders=orders)
    with pytest.raises(ch.DataError, match=r"orders\.at\[3\]"):
        portfolio.append(orders=pa.table({"who": ["a", "a"], "at": ["2026-01-01", "?"], "keep": [True, True]}))


def test_where_equals_filtering_before() -> None:
    amounts = pa.table({"who": ["a", "b", "a"], "at": DAYS[:3], "x": [2**53 + 1, None, 5], "keep": [1, 0, 1]})
    distinct = {"d": {"from": "orders", "agg": "count_distinct", "of": "x"}}
    filtered = amounts.filter(pa.compute.equal(amounts["keep"], 1))
    assert panel(model({"where": "keep = 1"}, distinct), amounts) == panel(model({}, distinct), filtered)


def test_metrics_that_name_no_derived_column_still_leave_it_to_revenue() -> None:
    table = {
        "kind": "intervals",
        "account": "id",
        "start": "start",
        "end": "end",
        "columns": {"mrr": "amount / 100 / months"},
    }
    of = ch.Model.parse({"format": 1, "tables": {"contracts": table}})
    contracts = pa.table({"id": ["a"], "start": [DAYS[0]], "end": [None], "amount": [120000], "months": [12]})
    revenue = ch.Portfolio(of, contracts=contracts).revenue("contracts", mrr="mrr")
    assert revenue.contracts()["mrr"].to_pylist() == [100.0]


def test_accounts_derive_attributes() -> None:
    accounts = {"kind": "accounts", "account": "id", "columns": {"segment": "if(seats > 10, 'large', 'small')"}}
    of = ch.Model.parse(
        {"format": 1, "tables": {"accounts": accounts}, "metrics": {"s": {"formula": "accounts.segment"}}}
    )
    rows = ch.Portfolio(of, accounts=pa.table({"id": ["a", "b"], "seats": [5, 50]})).score("2026-01-01").table
    assert rows["s"].to_pylist() == ["small", "large"]


def test_a_derived_name_that_the_source_has_too_is_refused(tmp_path: Path) -> None:
    of = model({"columns": {"eur": "cents / 100"}})
    orders = pa.table({"who": ["a"], "at": DAYS[:1], "cents": [1], "eur": [1]})
    pa.csv.write_csv(orders, tmp_path / "orders.csv")
    orders.to_pandas().to_json(tmp_path / "orders.json", orient="records", date_format="iso")
    orders.to_pandas().to_json(tmp_path / "orders.jsonl", orient="records", date_format="iso", lines=True)
    orders.to_pandas().to_excel(tmp_path / "orders.xlsx", index=False)
    parts = tmp_path / "parts" / "eur=1"
    parts.mkdir(parents=True)
    pa.csv.write_csv(orders.drop(["eur"]), parts / "orders.csv")
    files = [tmp_path / f"orders.{ending}" for ending in ("csv", "json", "jsonl", "xlsx")]
    frames = [orders, orders.to_pandas(), orders.to_pandas().set_index("eur"), orders.to_reader()]
    for source in (*frames, *files, tmp_path / "parts"):
        with pytest.raises(ch.DataError, match="the model derives a column 'eur', and the table has one of that name"):
            ch.Portfolio(of, orders=source)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"columns": {"a": "b + 1", "b": "c", "c": "a * 2"}}, "columns depend on themselves: a -> b -> c -> a"),
        ({"columns": {"a": "a + 1"}}, "columns depend on themselves: a -> a"),
        ({"columns": {"age": "as_of - at"}}, "a row is the same at every as-of"),
        ({"where": "at < as_of"}, "a row is the same at every as-of"),
        ({"where": "1 + 1"}, "boolean"),
        ({"columns": {"a": "left(who, -1)"}}, "from 0 to 10,000"),
        ({"columns": {"a": "left(who)"}}, r"write left\(s, n\)"),
        ({"columns": {"a": "number(1)"}}, "takes texts"),
        ({"columns": {"a": "trim(who)"}, "types": {"a": "number"}}, "the column is derived"),
        ({"wheer": "true"}, "did you mean 'where'"),
    ],
)
def test_what_keys_cannot_mean_is_refused_with_the_document(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ch.ModelError, match=words):
        model(keys)


def test_functions_of_sources_stay_out_of_metrics() -> None:
    with pytest.raises(ch.ModelError, match="write a column of the table's `columns` with it"):
        model({}, {"n": {"from": "orders", "agg": "sum", "of": "number(cents)"}})
    assert model({}, {"left": {"from": "orders", "agg": "count"}, "twice": {"formula": "left * 2"}}).columns == [
        "left",
        "twice",
    ]


def test_a_metric_over_rows_cannot_name_as_of() -> None:
    with pytest.raises(ch.ModelError, match="formulas over rows cannot use as_of"):
        model({}, {"n": {"from": "orders", "agg": "count", "where": "at < as_of"}})
    assert model({}, {"n": {"from": "orders", "agg": "count", "where": '"as_of" = 1'}}).tables["orders"] == [
        "who",
        "at",
        "as_of",
    ]


def test_a_formula_that_does_not_take_a_column_says_what_it_is() -> None:
    of = model({"columns": {"plan": "lower(tier)"}})
    with pytest.raises(ch.ModelError, match=r"\(orders\.tier is a number\)"):
        ch.Portfolio(of, orders=pa.table({"who": ["a"], "at": DAYS[:1], "tier": [1]}))


def test_a_column_of_nothing_fits_any_formula() -> None:
    of = model({"columns": {"plan": "lower(tier)"}, "where": "tier is missing"})
    orders = pa.table({"who": ["a"], "at": DAYS[:1], "tier": pa.array([None], pa.float64())})
    assert panel(of, orders) == {"a": (1.0,)}
