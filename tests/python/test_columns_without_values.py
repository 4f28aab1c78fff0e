"""A column of nothing but nulls fits any role, whatever type its source gives it: nobody has left yet."""

from __future__ import annotations

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

TYPES = (
    pa.null(),
    pa.float64(),
    pa.float32(),
    pa.decimal128(10, 2),
    pa.int64(),
    pa.uint8(),
    pa.bool_(),
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int32(), pa.string()),
    pa.date32(),
    pa.timestamp("ns"),
    pa.timestamp("s", "Europe/Berlin"),
    pa.time64("us"),
    pa.duration("ms"),
    pa.binary(),
    pa.list_(pa.int64()),
    pa.struct([("a", pa.int64())]),
)
DAY = datetime(2026, 6, 1)
CONTRACTS = {"kind": "intervals", "account": "a", "start": "t", "end": "e", "known": "k", "key": "id", "deleted": "d"}
EVENTS = {"kind": "events", "account": "a", "time": "t", "known": "k", "key": "id", "deleted": "d"}


def model_of(table: dict[str, Any]) -> ch.Model:
    agg = {"agg": "sum", "of": "x"} if table["kind"] == "intervals" else {"agg": "count"}
    return ch.Model.parse({"format": 1, "tables": {"t": table}, "metrics": {"m": {"from": "t", **agg}}})


def table_without(column: str, kind: pa.DataType) -> pa.Table:
    values = {"a": "acme", "t": DAY, "e": datetime(2030, 1, 1), "k": DAY, "id": 7, "d": False, "x": 3.0}
    arrays = {name: pa.array([value] * 2) for name, value in values.items()}
    arrays["id"] = pa.array([7, 8])
    arrays[column] = pa.array([None, None], kind)
    return pa.table(arrays)


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("column", ["e", "k", "id", "d"])
def test_a_role_takes_nothing_but_nulls_of_any_type(column: str, kind: pa.DataType) -> None:
    for table, answer in ((CONTRACTS, 6.0), (EVENTS, 2.0)):
        portfolio = ch.Portfolio(model_of(table), t=table_without(column, kind))
        assert portfolio.score("2026-07-01").table["m"].to_pylist() == [answer]


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize(("column", "check"), [("a", "null_account"), ("t", "null_time")])
def test_rows_without_account_or_time_are_counted_whatever_the_type(column: str, check: str, kind: pa.DataType) -> None:
    portfolio = ch.Portfolio(model_of(EVENTS), t=table_without(column, kind))
    assert portfolio.score("2026-07-01").table.num_rows == 0
    found = {row["check"]: row["rows"] for row in portfolio.quality().to_pylist()}
    assert found[check] == 2


@pytest.mark.parametrize("kind", [pa.string(), pa.float64(), pa.bool_()], ids=str)
def test_an_account_column_without_ids_does_not_say_what_ids_are(kind: pa.DataType) -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {name: {"kind": "events", "account": "a", "time": "t"} for name in ("one", "two")},
            "metrics": {"n": {"from": "two", "agg": "count"}},
        }
    )
    one = pa.table({"a": pa.array([None], kind), "t": [DAY]})
    two = pa.table({"a": [17], "t": [DAY]})
    got = ch.Portfolio(model, one=one, two=two).score("2026-07-01").table
    assert got["account_id"].to_pylist() == [17]


def test_values_appended_later_settle_the_type() -> None:
    portfolio = ch.Portfolio(model_of(CONTRACTS), t=table_without("e", pa.float64()))
    portfolio.append(t=table_without("x", pa.float64()).set_column(6, "x", pa.array([5.0, 5.0])).slice(0, 0))
    ended = table_without("e", pa.null()).set_column(2, "e", pa.array([DAY, None], pa.timestamp("us")))
    portfolio.append(t=ended.set_column(4, "id", pa.array([9, 10])))
    assert portfolio.score("2026-07-01").table["m"].to_pylist() == [9.0]


def test_a_value_of_a_type_that_does_not_fit_is_still_refused() -> None:
    table = table_without("x", pa.float64()).set_column(2, "e", pa.array([None, 3.5]))
    with pytest.raises(ch.DataError, match=r"t\.e: end needs dates, timestamps or texts in ISO form"):
        ch.Portfolio(model_of(CONTRACTS), t=table)


@pytest.mark.parametrize("column", ["e", "k", "id", "d"])
def test_frames_and_files_without_values(column: str, tmp_path: Path) -> None:
    rows = {"a": ["acme"] * 2, "t": [DAY] * 2, "e": [datetime(2030, 1, 1)] * 2, "k": [DAY] * 2, "id": [7, 8]}
    rows |= {"d": [False] * 2, "x": [3.0] * 2, column: [None, None]}
    frame = pd.DataFrame(rows)
    arrow = pa.table(rows)
    pq.write_table(arrow, tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    floats = frame.assign(**{column: pd.Series([float("nan")] * 2)})
    objects = frame.assign(**{column: pd.Series([None, None], dtype=object)})
    strings = frame.assign(**{column: pd.Series([None, None], dtype="string")})
    polars = pl.DataFrame(rows)
    sources = {
        "floats": floats,
        "objects": objects,
        "strings": strings,
        "polars": polars,
        "polars text": polars.with_columns(pl.col(column).cast(pl.String)),
        "duckdb": duckdb.sql(f"select * replace (null as {column}) from arrow"),
        "duckdb text": duckdb.sql(f"select * replace (null::varchar as {column}) from arrow"),
        "parquet": tmp_path / "t.parquet",
        "csv": tmp_path / "t.csv",
    }
    for name, source in sources.items():
        got = ch.Portfolio(model_of(CONTRACTS), t=source).score("2026-07-01").table["m"].to_pylist()
        assert got == [6.0], name


@pytest.mark.parametrize("kind", [pa.float64(), pa.string(), pa.int64(), pa.bool_(), pa.null()], ids=str)
def test_a_book_of_contracts_in_which_nobody_has_left(kind: pa.DataType) -> None:
    contracts = pa.table(
        {"customer": ["a", "b"], "start": [DAY, DAY], "end": pa.array([None, None], kind), "mrr": [10.0, 5.0]}
    )
    revenue = ch.Revenue(contracts, account="customer")
    assert revenue.movements(["2026-06-15", "2026-07-01"])["end"].to_pylist() == [10.0, 5.0]
