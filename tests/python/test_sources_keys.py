"""Keys of several columns are keys as one column is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

DAYS = [dt.datetime(2026, 1, day) for day in range(1, 9)]
TABLE = {"kind": "events", "account": "who", "time": "at", "known": "known", "deleted": "gone"}


def total(key: Any, orders: pa.Table) -> float:
    metrics = {"total": {"from": "orders", "agg": "sum", "of": "x"}}
    of = ch.Model.parse({"format": 1, "tables": {"orders": {**TABLE, "key": key}}, "metrics": metrics})
    return float(ch.Portfolio(of, orders=orders).score("2026-02-01").table["total"][0].as_py())


def orders(a: Any, b: Any, gone: list[bool] | None = None) -> pa.Table:
    rows = len(a)
    return pa.table(
        {
            "who": ["w"] * rows,
            "at": DAYS[:rows],
            "known": DAYS[:rows],
            "gone": gone or [False] * rows,
            "x": [10.0**row for row in range(rows)],
            "a": a,
            "b": b,
        }
    )


def test_a_row_replaces_the_one_that_is_alike_in_all_columns_of_the_key() -> None:
    assert total(["a", "b"], orders(["x", "x", "y", "x"], [1, 2, 1, 1])) == 1110.0


def test_a_null_in_any_column_makes_a_row_its_own() -> None:
    assert total(["a", "b"], orders(["x", "x", None, None], [None, None, 1, 1])) == 1111.0


def test_a_deleted_row_takes_its_key_out() -> None:
    assert total(["a", "b"], orders(["x", "x", "x"], [1, 2, 1], [False, False, True])) == 10.0


def test_parts_do_not_run_into_each_other() -> None:
    assert total(["a", "b"], orders(["1, 2", "1", "1\\", "1"], ["3", "2, 3", ", 2", "\\, 2"])) == 1111.0


def test_numbers_are_told_apart_by_value() -> None:
    large = 2**53
    assert total(["a", "b"], orders(pa.array([large, large + 1, large]), ["x", "x", "x"])) == 110.0
    decimals = pa.array([Decimal("1.50"), Decimal("1.5"), Decimal("15")], pa.decimal128(10, 2))
    assert total(["a", "b"], orders(decimals, ["x", "x", "x"])) == 110.0


def test_appends_know_the_keys_of_before() -> None:
    metrics = {"total": {"from": "orders", "agg": "sum", "of": "x"}}
    of = ch.Model.parse({"format": 1, "tables": {"orders": {**TABLE, "key": ["a", "b"]}}, "metrics": metrics})
    portfolio = ch.Portfolio(of, orders=orders([1, 2], ["x", "x"]))
    later = orders([1.0, 3.0], ["x", "x"]).set_column(2, "known", pa.array(DAYS[4:6]))
    portfolio.append(orders=later.set_column(4, "x", pa.array([100.0, 1000.0])))
    assert portfolio.score("2026-02-01").table["total"].to_pylist() == [1110.0]


def test_a_list_of_one_column_is_that_column() -> None:
    one = orders(["x", "y", "x"], [1, 1, 1])
    assert total(["a"], one) == total("a", one) == 110.0


def test_rows_show_the_columns_of_a_key_and_nothing_else() -> None:
    of = ch.Model.parse({"format": 1, "tables": {"orders": {**TABLE, "key": ["a", "b"]}}})
    rows = ch.Portfolio(of, orders=orders(["x"], [1])).rows("orders", as_of="2026-02-01")
    assert rows.column_names == ["account_id", "at", "known", "a", "b", "gone"]


def test_revenue_takes_keys_of_several_columns() -> None:
    contracts = pa.table(
        {
            "account_id": ["a", "a", "a"],
            "start": DAYS[:3],
            "end": pa.array([None, None, None], pa.timestamp("us")),
            "mrr": [10.0, 20.0, 40.0],
            "known": DAYS[:3],
            "contract": ["c", "c", "c"],
            "line": [1, 2, 1],
        }
    )
    revenue = ch.Revenue(contracts, known="known", key=["contract", "line"])
    assert sorted(revenue.contracts()["mrr"].to_pylist()) == [20.0, 40.0]


@pytest.mark.parametrize(("key", "words"), [([], "a list"), (["a", "a"], "'a' is given twice"), ([1], "expected")])
def test_a_key_names_columns(key: Any, words: str) -> None:
    with pytest.raises(ch.ModelError, match=words):
        ch.Model.parse({"format": 1, "tables": {"orders": {**TABLE, "key": key}}})
