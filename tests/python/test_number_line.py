"""Integers, decimals without fraction and whole floats are one line of exact numbers, over all appends."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch

EDGE = 2**53
LATE = "2027-01-01"


def model(*, key: bool = False, **metrics: dict[str, Any]) -> ch.Model:
    roles = {"kind": "events", "account": "account_id", "time": "at"} | ({"key": "id"} if key else {})
    plain: dict[str, Any] = {
        "rows": {"from": "usage", "agg": "count"},
        "ids": {"from": "usage", "agg": "count_distinct", "of": "id"},
    }
    return ch.Model.parse({"format": 1, "tables": {"usage": roles}, "metrics": plain | metrics})


def usage(ids: pa.Array, first: int = 0) -> pa.Table:
    at = [datetime(2026, 1, 1) + timedelta(hours=first + hour) for hour in range(len(ids))]
    return pa.table({"account_id": ["acme"] * len(ids), "at": at, "id": ids})


def counted(parts: Sequence[pa.Array], *, key: bool = False, as_of: str = LATE) -> tuple[float, float]:
    """Rows and different ids, of parts that arrive one after the other."""
    portfolio = ch.Portfolio(model(key=key), usage=usage(parts[0]))
    first = len(parts[0])
    for part in parts[1:]:
        portfolio.append(usage=usage(part, first))
        first += len(part)
    row = portfolio.score(as_of).table.to_pylist()[0]
    return row["rows"], row["ids"]


def whole(values: Sequence[int | None], kind: pa.DataType) -> pa.Array:
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else Decimal(v) for v in values], kind)
    return pa.array(values, kind)


WIDE = [pa.decimal128(38, 0), pa.decimal256(50, 0)]
EXACT = [pa.int64(), pa.uint64(), *WIDE, pa.decimal128(18, 0), pa.decimal64(18, 0)]
NEAR = [EDGE, EDGE + 1, 5]


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize("kind", EXACT, ids=str)
def test_neighbours_above_two_to_53_are_different_ids(kind: pa.DataType, key: bool) -> None:
    assert counted([whole(NEAR, kind)], key=key) == (3, 3)
    if kind != pa.decimal64(18, 0):  # pyarrow makes no dictionaries of these
        assert counted([whole(NEAR, kind).dictionary_encode()], key=key) == (3, 3)
    assert counted([whole([*NEAR, None, EDGE + 1], kind)]) == (5, 3)


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize("kind", [pa.decimal128(38, 2), pa.decimal128(38, 18), pa.decimal256(60, 9)], ids=str)
def test_whole_decimals_with_places_are_ids_as_exactly(kind: pa.DataType, key: bool) -> None:
    assert counted([whole(NEAR, kind)], key=key) == (3, 3)
    assert counted([whole([*NEAR, None, EDGE + 1], kind)]) == (5, 3)
    assert counted([whole([1, 2], kind), whole(NEAR, kind), whole([EDGE, 1], kind)], key=key)[1] == 5
    assert counted([whole(NEAR, kind), whole([EDGE + 1, 7], pa.int64())])[1] == 4


def test_a_decimal_that_no_float_tells_apart_is_refused_among_ids() -> None:
    ids = pa.array([Decimal("1.25"), Decimal(EDGE), Decimal(EDGE + 1)], pa.decimal128(38, 2))
    with pytest.raises(ch.DataError, match=r"usage\.id\[1\]: the number is a decimal of 2\^53 or more") as refused:
        counted([ids])
    assert (refused.value.column, refused.value.row) == ("id", 1)
    small = pa.array([Decimal("1.25"), Decimal("1.5"), Decimal("1.25")], pa.decimal128(38, 2))
    assert counted([small]) == (3, 2)
    total = ch.Portfolio(
        ch.Model.parse(
            {
                "format": 1,
                "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at"}},
                "metrics": {"total": {"from": "usage", "agg": "sum", "of": "id"}},
            }
        ),
        usage=usage(ids),
    ).score(LATE)
    assert total.table["total"].to_pylist() == [math.fsum([1.25, EDGE, EDGE + 1])]


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize("values", [[10**20, 10**20 + 1, -(10**20)], [2**64 - 1, -1, 2**63], [10**37 + 1, 10**37]])
@pytest.mark.parametrize("kind", WIDE, ids=str)
def test_integers_beyond_64_bits_are_ids_too(kind: pa.DataType, values: list[int], key: bool) -> None:
    assert counted([whole(values, kind)], key=key) == (len(values), len(values))
    parts = [whole([value], kind) for value in values]
    assert counted([*parts, parts[0]], key=key) == (len(values) if key else len(values) + 1, len(values))


def test_negative_ids_and_those_that_need_the_64th_bit_are_one_line() -> None:
    parts = [pa.array([-1, 2**62]), pa.array([2**64 - 1, 2**62], pa.uint64()), pa.array([-1])]
    assert counted(parts) == (5, 3)


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), *EXACT, pa.int8(), pa.decimal128(10, 2)], ids=str)
def test_an_append_of_another_type_changes_nothing_that_was(kind: pa.DataType, key: bool) -> None:
    late = whole([5], kind)
    for parts in ([pa.array(NEAR[:2]), late], [late, pa.array(NEAR[:2])], [late, pa.array(NEAR[:2]), late]):
        expected = sum(map(len, parts))
        assert counted(parts, key=key) == (3 if key else expected, 3)


IN_ERROR = r"^usage\.id\[2\]: the number is a float beyond 2\^53 among integer ids, and may have been rounded"


@pytest.mark.parametrize("key", [False, True])
def test_a_float_beyond_two_to_53_among_integer_ids_is_an_error_with_its_row(key: bool) -> None:
    ids, floats = pa.array([1, 2]), pa.array([3.0, 2.0**53 + 2])
    portfolio = ch.Portfolio(model(key=key), usage=usage(ids))
    with pytest.raises(ch.DataError, match=r"^usage\.id\[3\]: the number is a float beyond 2\^53 among") as error:
        portfolio.append(usage=usage(floats, 2))
    assert (error.value.table, error.value.column, error.value.row) == ("usage", "id", 3)
    assert portfolio.score(LATE).table["ids"].to_pylist() == [2]
    first = ch.Portfolio(model(key=key), usage=usage(floats))
    with pytest.raises(ch.DataError, match=r"^usage\.id\[1\]: the number is a float beyond 2\^53 among"):
        first.append(usage=usage(ids, 2))


@pytest.mark.parametrize("late", [5.5, 2.0**54])
def test_numbers_that_no_float_tells_apart_stay_what_they_are(late: float) -> None:
    measured = model(ids={"from": "usage", "agg": "count", "where": f"id = {EDGE + 1}"})
    portfolio = ch.Portfolio(measured, usage=usage(pa.array(NEAR)))
    with pytest.raises(ch.DataError, match=r"^usage\.id\[3\]: the number is no whole number up to 2\^53"):
        portfolio.append(usage=usage(pa.array([late]), 3))
    assert portfolio.score(LATE).table["ids"].to_pylist() == [1]
    floats = ch.Portfolio(measured, usage=usage(pa.array([late])))
    with pytest.raises(ch.DataError, match=r"^usage\.id\[1\]: the number is beyond 2\^53, where no float"):
        floats.append(usage=usage(pa.array(NEAR[:2]), 1))


def test_measures_may_be_integers_on_one_day_and_floats_on_another() -> None:
    spent = model(rows={"from": "usage", "agg": "sum", "of": "id"}, ids={"from": "usage", "agg": "max", "of": "id"})
    portfolio = ch.Portfolio(spent, usage=usage(pa.array([1, 2])))
    for part in (pa.array([0.5]), pa.array([3]), pa.array([2.0**60])):
        portfolio.append(usage=usage(part, 3))
    assert portfolio.score(LATE).table.select(["rows", "ids"]).to_pylist() == [{"rows": 2.0**60 + 6.5, "ids": 2.0**60}]


@pytest.mark.parametrize("kind", [*WIDE, pa.uint64()], ids=str)
def test_by_wanted_where_and_in_compare_exactly(kind: pa.DataType) -> None:
    far = 10**20 if kind != pa.uint64() else 2**63
    asked = model(
        split={"from": "usage", "agg": "count", "by": {"column": "id", "values": [EDGE, EDGE + 1, 5]}},
        met={"from": "usage", "agg": "completeness", "of": "id", "wanted": [EDGE + 1, EDGE + 3]},
        equal={"from": "usage", "agg": "count", "where": f"id = {EDGE + 1}"},
        one_of={"from": "usage", "agg": "count", "where": f"id in ({EDGE + 1}, 5)"},
        above={"from": "usage", "agg": "count", "where": f"id > {EDGE}"},
        summed={"from": "usage", "agg": "sum", "of": "if(id < 10, id, 0)"},
    )
    row = ch.Portfolio(asked, usage=usage(whole([EDGE, EDGE + 1, 5, far], kind))).score(LATE).table.to_pylist()[0]
    assert [row[f"split.{value}"] for value in (EDGE, EDGE + 1, 5)] == [1, 1, 1]
    assert (row["met"], row["equal"], row["one_of"], row["above"], row["summed"]) == (0.5, 1, 2, 2, 5)


def test_ids_longer_than_128_bits_are_refused_with_their_row() -> None:
    ids = pa.array([Decimal(1), Decimal(10**45)], pa.decimal256(60, 0))
    with pytest.raises(ch.DataError, match=r"^usage\.id\[1\]: integers that tell things apart fit 128 bits"):
        ch.Portfolio(model(), usage=usage(ids))


# ---- account ids -----------------------------------------------------------------------------------------------------


def panel_ids(ids: pa.Array) -> pa.ChunkedArray:
    table = pa.table({"account_id": ids, "at": [datetime(2026, 1, 1)] * len(ids), "id": [1] * len(ids)})
    return ch.Portfolio(model(), usage=table).score(LATE).table["account_id"]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.decimal128(38, 0), pa.decimal128(20, 2)], ids=str)
def test_account_ids_of_whole_decimals_and_floats_are_integers(kind: pa.DataType) -> None:
    for ids in (whole([7, None, 3], kind), whole([7, None, 3], kind).dictionary_encode()):
        found = panel_ids(ids)
        assert (found.type, found.to_pylist()) == (pa.int64(), [3, 7])


@pytest.mark.parametrize(
    ("ids", "row", "got"),
    [
        (pa.array([1.0, 2.5]), 1, "got 2.5 of a column of double"),
        (pa.array([1.0, 2.0**53 + 2]), 1, r"which beyond 2\^53 may have been rounded from another id"),
        (pa.array([Decimal("1.0"), Decimal("2.5")]), 1, r"got 2.5 of a column of decimal128\(2, 1\)"),
        (whole([2**63], WIDE[0]), 0, r"got 9223372036854775808 of a column of decimal128\(38, 0\)"),
    ],
)
def test_other_numbers_are_no_account_ids(ids: pa.Array, row: int, got: str) -> None:
    with pytest.raises(ch.DataError, match=rf"^usage\.account_id\[{row}\]: account ids are .*{got}") as error:
        panel_ids(ids)
    assert error.value.row == row


def test_integer_and_float_accounts_are_the_same_accounts() -> None:
    accounts = {"kind": "accounts", "account": "id"}
    both = ch.Model.parse(
        {
            "format": 1,
            "tables": {"accounts": accounts, "usage": {"kind": "events", "account": "account_id", "time": "at"}},
            "metrics": {"rows": {"from": "usage", "agg": "count"}},
        }
    )
    used = pa.table({"account_id": [7.0, 7.0], "at": [datetime(2026, 1, 1)] * 2})
    portfolio = ch.Portfolio(both, accounts=pa.table({"id": whole([7, 8], WIDE[0])}), usage=used)
    assert portfolio.accounts.to_pylist() == [7, 8]
    assert portfolio.score(LATE).table.to_pylist()[0]["rows"] == 2


def test_an_account_column_without_a_value_fits_ids_of_any_type() -> None:
    portfolio = ch.Portfolio(model(), usage=usage(pa.array([1])))
    lost = pa.table({"account_id": pa.nulls(2, pa.float64()), "at": [datetime(2026, 1, 1)] * 2, "id": [1, 2]})
    portfolio.append(usage=lost)
    assert [(row["check"], row["rows"]) for row in portfolio.quality().to_pylist()] == [("null_account", 2)]


# ---- the same ids, however they arrive -------------------------------------------------------------------------------

SMALL = st.integers(-EDGE, EDGE) | st.sampled_from([0, 1, -1, EDGE, -EDGE, EDGE - 1])
LARGE = SMALL | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([EDGE + 1, EDGE + 2, 2**63 - 1])


def cut(values: list[int], places: list[int]) -> list[list[int]]:
    edges = [0, *sorted({place % (len(values) + 1) for place in places}), len(values)]
    return [values[a:b] for a, b in pairwise(edges) if a < b]


@given(values=st.lists(LARGE, min_size=1, max_size=12), places=st.lists(st.integers(0, 12), max_size=4), data=st.data())
def test_ids_are_told_apart_whatever_the_types_of_their_parts(
    values: list[int], places: list[int], data: st.DataObject
) -> None:
    parts = []
    for part in cut(values, places):
        kinds: list[pa.DataType] = [pa.int64(), *WIDE]
        if all(abs(value) <= EDGE for value in part):
            kinds.append(pa.float64())
        if all(value >= 0 for value in part):
            kinds.append(pa.uint64())
        array = whole(part, data.draw(st.sampled_from(kinds)))
        parts.append(array.dictionary_encode() if data.draw(st.booleans()) else array)
    encode: Callable[[bool], tuple[float, float]] = lambda key: counted(parts, key=key)  # noqa: E731
    distinct = len(set(values))
    assert encode(False) == (len(values), distinct)
    assert encode(True) == (distinct, distinct)
