"""Results are tables that read themselves, and speak Arrow."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import customerhealth as ch
import small
from customerhealth.results.looks import Look, look_of, with_looks
from customerhealth.results.text import text_of, width_of

PLAIN = pa.table({"account_id": ["acme", "zeta"], "health": [71.25, None], "mrr": [12500, 90]})


def lines(columns: dict[str, Any], width: int = 80) -> list[str]:
    return text_of(pa.table(columns), width).splitlines()


def column(values: Any) -> list[str]:
    """The cells of a column."""
    return [line.strip() for line in lines({"value": values})[1:]]


# ---- as pyarrow has it -----------------------------------------------------------------------------------------------


def test_every_method_and_attribute_of_pyarrow_is_there_but_columns_are_names() -> None:
    table = ch.Table(PLAIN)
    assert {name for name in dir(PLAIN) if not name.startswith("_")} <= set(dir(table))
    for name in dir(PLAIN):
        if not name.startswith("_") and name != "columns":
            assert hasattr(table, name), name
    assert table.columns == ["account_id", "health", "mrr"]
    assert table.num_rows == len(table) == 2
    assert table.schema == PLAIN.schema
    assert table["mrr"] == table[2] == table.column("mrr") == PLAIN["mrr"]


def test_what_pyarrow_makes_of_a_table_is_a_table_again() -> None:
    table = ch.Table(PLAIN)
    for made in (
        table.select(["mrr"]), table[["mrr"]], table.slice(1), table[1:], table.head(1), table.sort_by("mrr"),
        table.filter(table["mrr"].is_valid()), table.append_column("one", pa.array([1, 1])),
        table.join(table.select(["account_id"]), "account_id"),
        table.group_by("account_id").aggregate([("mrr", "sum")]),
    ):  # fmt: skip
        assert isinstance(made, ch.Table)
    assert type(table.table) is pa.Table
    assert table.table is PLAIN


def test_it_speaks_arrow() -> None:
    table = ch.Table(PLAIN)
    assert pa.table(table) == PLAIN
    assert table.to_polars().equals(pl.DataFrame(PLAIN))
    assert table.to_pandas().equals(PLAIN.to_pandas())
    assert np.asarray(table).tolist()[0] == ["acme", 71.25, 12500]
    assert ch.Table(table).table is PLAIN
    assert ch.Table(pl.DataFrame(PLAIN)).to_pylist() == PLAIN.to_pylist()
    with pytest.raises(TypeError, match="not a list"):
        ch.Table([1])


def test_it_is_equal_to_what_it_wraps_and_survives_pickle_and_copy() -> None:
    table = ch.Table(PLAIN)
    for again in (pickle.loads(pickle.dumps(table)), copy.copy(table), copy.deepcopy(table)):
        assert isinstance(again, ch.Table)
        assert again == table
        assert again == PLAIN
        assert again == PLAIN
    assert table != table.head(1)
    assert table != "a table"
    with pytest.raises(TypeError, match="unhashable"):
        hash(table)


def test_a_name_that_neither_has_says_so() -> None:
    with pytest.raises(AttributeError, match=r"a Table has no 'colums'; pyarrow.Table neither"):
        _ = ch.Table(PLAIN).colums
    assert not hasattr(object.__new__(ch.Table), "schema")


def test_what_the_package_returns_is_a_table_and_what_bears_one_has_it_of_pyarrow() -> None:
    panel = small.panel()
    for table in (panel.reasons(), panel.contributions("health"), panel.path_to("green"), panel.plays()):
        assert isinstance(table, ch.Table)
    assert type(panel.table) is pa.Table
    portfolio = ch.Portfolio(small.model(), usage=small.usage())
    assert isinstance(portfolio.quality(), ch.Table)
    assert isinstance(portfolio.rows("usage", small.AS_OF), ch.Table)
    assert isinstance(small.model().diff(small.model()), ch.Table)


# ---- as people read it -----------------------------------------------------------------------------------------------


def test_the_cells_of_a_column_are_written_alike() -> None:
    assert column([1234567, None]) == ["1,234,567", "–"]
    assert column([0.5, 12.25, 100.0]) == ["0.5", "12.2", "100.0"]
    assert column([0.123456, 0.00001234]) == ["0.123", "1.2e-05"]
    assert column([2.0, 1000.0]) == ["2", "1,000"]
    assert column([123456.78, 1.5]) == ["123,457", "2"]
    assert column([-0.04, 99.0]) == ["0.0", "99.0"]
    assert column([0.0, -0.0, 2.5]) == ["0.00", "0.00", "2.50"]
    assert column([float("nan"), float("inf"), 1.0]) == ["nan", "inf", "1"]
    assert column([Decimal("1234.50"), Decimal("2.25")]) == ["1,234.50", "2.25"]
    assert column([True, False, None]) == ["yes", "no", "–"]
    assert column(pa.nulls(1)) == ["–"]


def test_dates_are_dates_and_instants_show_as_much_as_there_is() -> None:
    def at(*parts: int) -> datetime:
        return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type]

    assert column([date(2026, 7, 1)]) == ["2026-07-01"]
    assert column([at(2026, 7, 1), None]) == ["2026-07-01", "–"]
    assert column([at(2026, 7, 1), at(2026, 7, 1, 9, 30)]) == ["2026-07-01 00:00", "2026-07-01 09:30"]
    assert column([at(2026, 7, 1, 9, 30, 5)]) == ["2026-07-01 09:30:05"]
    assert column(pa.array([2**60], pa.timestamp("us", "UTC")))[0].startswith(
        "+38504-08-17T21:30:06"
    )  # Python's end in 9999


def test_ids_are_no_quantities() -> None:
    assert lines({"account_id": [12345], "first_row": [67890], "rows": [1500]})[1].split() == [
        "12345",
        "67890",
        "1,500",
    ]


def test_units_digits_and_labels_are_what_the_field_says() -> None:
    table = with_looks(
        pa.table({"rate": [0.125, 1.0], "mrr": [1200.0, 3.5], "days": [3.0, 4.0]}),
        {"rate": Look(unit="percent", digits=1), "mrr": Look(label="Revenue", unit="EUR"), "days": Look(unit="days")},
    )
    assert text_of(table, 80).splitlines() == [
        "  rate      Revenue    days",
        " 12.5%  1,200.0 EUR  3 days",
        "100.0%      3.5 EUR  4 days",
    ]
    again = ch.Table(table).filter(pa.array([True, False])).select(["mrr"])
    assert look_of(again.schema.field("mrr")) == Look(label="Revenue", unit="EUR")


def test_a_table_that_is_too_wide_or_long_says_what_is_left_out() -> None:
    wide = {f"a_column_{k}": ["x" * 20] * 30 for k in range(9)}
    shown = lines(wide, 70)
    assert max(map(width_of, shown)) <= 70
    assert shown[-2:] == [
        "… 10 more rows of 30",
        "… 6 more columns: a_column_3, a_column_4, a_column_5, a_column_6, a_c…",
    ]
    assert max(map(width_of, lines({"only": ["x" * 500]}, 30))) <= 30
    assert lines({"none": pa.array([], pa.int64())}) == ["none", "no rows"]
    assert lines({}) == ["no rows"]


def test_wide_signs_and_line_breaks_keep_the_columns_even() -> None:
    shown = lines({"name": ["東京", "a\nb\t\u202ec", "é"], "n": [1, 2, 3]})
    assert [width_of(line) for line in shown] == [width_of(shown[0])] * 4
    assert "a b c" in shown[2]


def test_html_is_escaped_and_says_why_something_is_missing() -> None:
    odd = "<script>alert(1)</script> & 'x'"
    table = ch.Table(pa.table({"part": [odd, "שלום"], "points": [None, 5.25], "reason": ["silent", None]}))
    html = table._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "title='missing: silent'>–" in html
    assert "<bdi>שלום</bdi>" in html
    assert "2 rows × 3 columns" in html
    assert "http" not in html
    assert "title='5.25'" in html


def test_html_shows_few_rows_and_long_texts_on_hover() -> None:
    long = "word " * 200
    html = ch.Table(pa.table({"text": [long] * 500}))._repr_html_()
    assert html.count("<tr>") == 21
    assert "the first 20 of 500 rows" in html
    assert f"title='{long}'" in html
    assert len(html) < 40_000


def test_grades_have_their_colours() -> None:
    table = with_looks(pa.table({"grade": ["red", "green", None]}), {"grade": Look(grades=("red", "yellow", "green"))})
    html = ch.Table(table)._repr_html_()
    from customerhealth.colours import BEST, MIDDLE, WORST

    assert html.index(WORST) < html.index(BEST)
    assert MIDDLE not in html


# ---- comparison ------------------------------------------------------------------------------------------------------


def test_equal_tables_are_equal_whatever_the_order_of_rows() -> None:
    table = ch.Table(pa.table({"account_id": ["a", "b"], "as_of": [date(2026, 1, 1)] * 2, "x": [1.0, float("nan")]}))
    same = table.compare(table.sort_by([("account_id", "descending")]))
    assert same
    assert not same.same_order
    assert repr(same) == "equal, but for the order of rows"
    assert repr(table.compare(table)) == "equal"


def test_a_comparison_says_where_tables_differ() -> None:
    here = pa.table({"account_id": ["a", "b", "c"], "x": [1.0, None, 3.0], "old": [1, 1, 1]})
    there = pa.table({"account_id": ["d", "b", "a"], "x": [4.0, 2.0, 1.0], "new": [1, 1, 1]})
    found = ch.Table(here).compare(there)
    assert not found
    assert (found.keys, found.only_here, found.only_there) == (("account_id",), ("old",), ("new",))
    assert found.differences.to_pylist() == [
        {"account_id": "b", "column": "x", "here": None, "there": "2.0"},
        {"account_id": "c", "column": None, "here": "present", "there": None},
        {"account_id": "d", "column": None, "here": None, "there": "present"},
    ]
    assert repr(found).splitlines()[:3] == ["different", "columns only here: old", "columns only there: new"]


def test_rows_that_nothing_tells_apart_are_compared_by_place() -> None:
    found = ch.Table(pa.table({"x": [1, 2, 2]})).compare(pa.table({"x": [1, 2, 3, 4]}))
    assert found.differences.to_pylist() == [
        {"row": 2, "column": "x", "here": "2", "there": "3"},
        {"row": 3, "column": None, "here": None, "there": "present"},
    ]


def test_numbers_may_differ_by_as_much_as_is_said() -> None:
    here, there = (ch.Table(pa.table({"id": ["a", "b"], "x": [1.0, second]})) for second in (2.0, 2.05))
    assert not here.compare(there)
    assert here.compare(there, within=0.1)
    missing = ch.Table(pa.table({"id": ["a", "b"], "x": [1.0, None]}))
    assert not here.compare(missing, within=10)


def test_parts_of_one_account_belong_together() -> None:
    parts = small.panel().contributions("health")
    found = parts.compare(parts.sort_by("contribution"))
    assert found
    assert found.keys == ("account_id", "as_of", "part")


def test_others_read_it_as_they_read_arrow() -> None:
    result = ch.Table(small.usage())  # noqa: F841
    assert pl.DataFrame(ch.Table(PLAIN)).equals(pl.DataFrame(PLAIN))
    assert duckdb.sql("select count(*) from result").fetchall() == [(len(small.usage()),)]
    as_input = ch.Portfolio(small.model(), usage=ch.Table(small.usage())).score(small.AS_OF)
    assert as_input.table == small.panel().table
    purchases = ch.clv.rfm(ch.Table(small.usage()), account="account_id", time="at", end="2026-06-30")
    model = ch.clv.BGNBD.from_params(r=1.0, alpha=2.0, a=1.0, b=2.0)
    assert len(model.probability_alive(purchases)) == len(purchases)
