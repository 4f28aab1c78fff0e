"""Columns of results as arrays of numbers, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth.io.columns import (
    account_codes,
    codes_of,
    days_of,
    decoded,
    distinct,
    instant_column,
    micros_of,
    months_of,
    number_column,
    numbers_of,
    plain,
)
from customerhealth.io.instants import DAY, FOREVER, WEEK, to_micros


def dictionary(codes: list[int | None], values: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(values))


def test_codes_are_places_in_the_columns_own_dictionary() -> None:
    column = dictionary([2, None, 0], ["a", "b", "c"])
    assert codes_of(column).tolist() == [2, -1, 0]
    assert codes_of(pa.chunked_array([column.slice(1), column.slice(0, 1)])).tolist() == [-1, 0, 2]


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_column_without_rows_or_chunks_has_no_codes(kind: pa.DataType) -> None:
    for column in (pa.array([], kind), pa.chunked_array([], kind), pa.chunked_array([pa.array([], kind)] * 2)):
        assert codes_of(column).tolist() == []
        values, codes = distinct(column)
        assert (values.to_pylist(), codes.tolist(), codes.dtype) == ([], [], np.int64)


def test_without_a_dictionary_values_are_numbered_as_they_come() -> None:
    assert codes_of(pa.array(["b", None, "a", "b"])).tolist() == [0, -1, 1, 0]
    assert codes_of(pa.chunked_array([["b"], ["a", "b"]])).tolist() == [0, 1, 0]


def test_distinct_values_are_those_that_occur_in_the_order_in_which_they_come() -> None:
    values, codes = distinct(pa.chunked_array([dictionary([2, 0, 2, None], ["a", "b", "c"])]))
    assert (values.to_pylist(), codes.tolist()) == (["c", "a"], [0, 1, 0, -1])
    assert values.type == pa.string()


def test_decoded_is_the_column_without_its_dictionary() -> None:
    column = dictionary([1, None], ["a", "b"])
    assert decoded(column).equals(pa.array(["b", None]))
    assert decoded(pa.array([1, 2])).equals(pa.array([1, 2]))
    assert (plain(column.type), plain(pa.int8())) == (pa.string(), pa.int8())


def test_accounts_that_are_not_in_the_list_stand_nowhere() -> None:
    accounts = pa.array(["a", "b"])
    assert account_codes(pa.chunked_array([["b", "z", None, "a"]]), accounts).tolist() == [1, -1, -1, 0]
    assert account_codes(pa.chunked_array([], pa.large_string()), accounts).tolist() == []


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_instants_of_any_unit_are_microseconds(unit: str) -> None:
    column = pa.array([-1_000_000, None, 0]).cast(pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, "UTC"))
    assert micros_of(column).tolist() == [-1_000_000, 0, 0]
    assert micros_of(pa.chunked_array([column]), FOREVER).tolist() == [-1_000_000, FOREVER, 0]


def test_instants_come_back_as_they_were() -> None:
    micros = np.array([-(2**63) + 1, -1, 0, FOREVER])
    assert micros_of(instant_column(micros)).tolist() == micros.tolist()
    assert instant_column(micros, micros == FOREVER).is_valid().to_pylist() == [True, True, True, False]
    assert instant_column([]).type == pa.timestamp("us", "UTC")


def test_days_keep_their_fractions() -> None:
    assert days_of(np.array([0, DAY, -DAY // 2, WEEK])).tolist() == [0.0, 1.0, -0.5, 7.0]
    assert np.isnan(days_of(np.array([np.nan]))).all()


def test_months_are_counted_from_january_1970_and_before() -> None:
    dates = ["1969-12-31T23:59:59.999999", "1970-01-01", "1970-01-31", "1970-02-01", "2024-02-29", "1968-12-01"]
    assert months_of(to_micros(dates)).tolist() == [-1, 0, 0, 1, 54 * 12 + 1, -13]


def test_missing_numbers_are_nan_inside_and_null_outside() -> None:
    table = pa.table({"x": pa.array([1.5, None]), "label": dictionary([0, 0], ["a"])})
    assert np.array_equal(numbers_of(table, "revenue", "x"), [1.5, np.nan], equal_nan=True)
    assert number_column(np.array([1.5, np.nan])).to_pylist() == [1.5, None]
    with pytest.raises(ch.DataError, match=r"^revenue: expected a column of numbers, 'label' is of type string$"):
        numbers_of(table, "revenue", "label")


@pytest.mark.parametrize("values", [[], [1, 2]])
def test_numbers_are_doubles(values: list[Any]) -> None:
    assert number_column(values).type == pa.float64()
