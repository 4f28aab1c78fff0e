"""How the slow evaluator reads a source, by examples worked by hand from the document's sentences.

Where the document leaves room, these readings were taken:

- `each` makes no row of a missing cell or an empty list;
- of the accounts rows that are visible the one that counts says by `deleted` whether the account belongs, so that a
  later row brings it back;
- a text that `number` cannot read is missing;
- the texts of a file or of JSON have microseconds, so that the moment after an inclusive end is one later.
"""

from __future__ import annotations

from typing import Any

import pytest

from oracle import Instant, evaluate
from oracle.cells import Stamp, segments, typed, walk
from oracle.instants import DAY, HOUR, parse_instant
from oracle.source import ACCOUNT, KEY, Source, owners
from oracle.zones import instant_of, transitions, wall_of

EVENTS = {"kind": "events", "account": "a", "time": "t"}
CONTRACTS = {"kind": "intervals", "account": "a", "start": "s", "end": "e"}
AS_OF = parse_instant("2026-07-01")
JUNE = parse_instant("2026-06-01")


def at(text: str) -> Instant:
    return parse_instant(text)


def wall(text: str) -> int:
    return int(parse_instant(text))


def column(spec: dict[str, Any], rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in Source({**EVENTS, **spec}, rows).rows()]


def count(spec: dict[str, Any], rows: list[dict[str, Any]], **more: Any) -> dict[Any, Any]:
    """The number of rows of each account that has a panel row."""
    tables = {"u": {**EVENTS, **spec}, **more.pop("tables", {})}
    model = {"format": 1, "tables": tables, "metrics": {"n": {"from": "u", "agg": "count"}}}
    rows = [{"t": JUNE, **row} for row in rows]
    answer = evaluate(model, {"u": rows, **more}, [AS_OF])
    return {row["account_id"]: row["n"] for row in answer.rows}


# --- zones ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "on_the_wall", "instant"),
    [
        ("Europe/Berlin", "2026-06-01T12:00", "2026-06-01T10:00"),
        ("Europe/Berlin", "2026-03-29T01:59:59.999999", "2026-03-29T00:59:59.999999"),
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:59:59.999999", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00"),
        ("Europe/Dublin", "2026-10-25T01:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
        ("Asia/Kathmandu", "1986-01-01T00:10", "1985-12-31T18:30"),
        ("Asia/Kathmandu", "2026-06-01T05:45", "2026-06-01T00:00"),
        ("America/New_York", "2050-07-01T00:00", "2050-07-01T04:00"),
    ],
)
def test_of_an_hour_that_comes_twice_the_first_and_of_one_that_never_comes_the_jump(
    zone: str, on_the_wall: str, instant: str
) -> None:
    assert instant_of(wall(on_the_wall), zone) == at(instant)


def test_the_jumps_of_a_zone_are_found_to_the_microsecond() -> None:
    found = transitions("Europe/Berlin", at("2026-01-01"), at("2027-01-01"), 7 * DAY)
    assert found == [at("2026-03-29T01:00"), at("2026-10-25T01:00")]
    assert [wall_of(found[0] - step, "Europe/Berlin") - found[0] + step for step in (1, 0)] == [HOUR, 2 * HOUR]


def test_a_zone_is_for_naive_times_alone() -> None:
    rows = [{"t": Stamp(wall("2026-06-01T12:00") // 1000, "ms", naive)} for naive in (True, False)]
    assert column({"zone": "Europe/Berlin"}, rows, "t") == [at("2026-06-01T10:00"), at("2026-06-01T12:00")]
    assert column({}, rows, "t") == [at("2026-06-01T12:00")] * 2


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "cell", "value"),
    [
        ("number", "12", 12),
        ("number", "9007199254740993", 2**53 + 1),
        ("number", "-1.5e1", -15.0),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("text", 7, "7"),
        ("instant", "2026-06-01", at("2026-06-01")),
        ("instant", "2026-06-01 09:30:00.1234567", at("2026-06-01T09:30:00.123456")),
        ("instant", "2026-06-01 09:30:00 UTC", at("2026-06-01T09:30")),
        ("instant", "2026-06-01 09:30:00.000 +0530", at("2026-06-01T04:00")),
        ({"instant": "s"}, 1_780_300_000, 1_780_300_000_000_000),
        ({"instant": "s"}, 1_780_300_000.5, 1_780_300_000_500_000),
        ({"instant": "ms"}, "1780300000123", 1_780_300_000_123_000),
        ({"instant": "ns"}, 1_780_300_000_123_456_789, 1_780_300_000_123_456),
        ({"instant": "ns"}, -1, -1),
        ({"instant": "d"}, 20605, at("2026-06-01")),
        ({"instant": "%d/%m/%Y %I:%M %p"}, "01/06/2026 09:30 PM", at("2026-06-01T21:30")),
        ({"instant": "%d %b %Y", "zone": "Europe/Berlin"}, "01 Jun 2026", at("2026-05-31T22:00")),
        (
            {"instant": "%Y-%m-%dT%H:%M:%S%z", "zone": "Europe/Berlin"},
            "2026-06-01T00:00:00-0300",
            at("2026-06-01T03:00"),
        ),
        ({"instant": "%Y", "zone": "UTC"}, None, None),
    ],
)
def test_types_say_what_a_cell_is(type_: Any, cell: Any, value: Any) -> None:
    found = typed(cell, type_, None)
    assert (found, isinstance(found, Instant)) == (
        value,
        value is not None and type_ not in ("number", "boolean", "text"),
    )


def test_the_zone_of_a_type_stands_before_the_tables() -> None:
    spec = {"zone": "Asia/Kathmandu", "types": {"t": {"instant": "%Y-%m-%d", "zone": "Europe/Berlin"}, "u": "instant"}}
    rows = [{"t": "2026-06-01", "u": "2026-06-01T05:45"}]
    assert column(spec, rows, "t") == [at("2026-05-31T22:00")]
    assert column(spec, rows, "u") == [JUNE]


# --- paths ------------------------------------------------------------------------------------------------------------


def test_a_path_is_names_places_and_pairs() -> None:
    assert segments(".properties.$group_0") == ["properties", "$group_0"]
    assert segments("[0].price.unit_amount") == [0, "price", "unit_amount"]
    assert segments("[key=company].value") == [("key", "company"), "value"]


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"b": {"c": 1}}, ".b.c", 1),
        ({"b": None}, ".b.c", None),
        ([{"p": 1}, {"p": 2}], "[1].p", 2),
        ([{"p": 1}], "[1].p", None),
        ([("k", 1), ("l", 2)], ".l", 2),
        ([{"key": "x", "value": 1}, {"key": "y", "value": 2}], "[key=y].value", 2),
        ([{"key": "x"}], "[key=z].value", None),
        ('{"b": [{"c": 9007199254740993}]}', ".b[0].c", 2**53 + 1),
        ('{"b": "{\\"c\\": true}"}', ".b.c", True),
        ("no json", ".b", None),
        ("[1]", ".b", None),
        ({"b": 1}, ".b.c", None),
    ],
)
def test_what_is_not_at_the_end_of_a_path_is_missing(value: Any, path: str, found: Any) -> None:
    assert walk(value, path) == found


def test_a_column_that_the_source_has_is_no_path() -> None:
    rows = [{"a.b": 1, "a": {"b": 2, "c": 3}}]
    assert column({}, rows, "a.b") == [1]
    assert column({}, rows, "a.c") == [3]
    assert column({}, rows, "x.c") == [None]


# --- each, columns, where ---------------------------------------------------------------------------------------------


def test_each_makes_a_row_of_each_element() -> None:
    rows = [{"a": "302; 303 ", "n": 1}, {"a": None, "n": 2}, {"a": "301", "n": 3}]
    spec = {"each": {"column": "a", "split": ";"}}
    assert column(spec, rows, "a") == ["302", "303", "301"]
    assert column(spec, rows, "n") == [1, 1, 3]
    lists = [{"a": [{"id": 1}, None, {"id": 2}]}, {"a": []}, {"a": None}]
    assert column({"each": {"column": "a"}}, lists, "a.id") == [1, None, 2]


def test_derived_columns_may_use_each_other_in_any_order() -> None:
    spec = {"columns": {"d": "e * 2", "e": "number(trim(left(x, 3)))", "f": '"p.q" + 1'}}
    rows = [{"x": " 1.5 kg", "p": '{"q": 4}'}, {"x": "kilo", "p": None}]
    assert column(spec, rows, "d") == [2.0, None]
    assert column(spec, rows, "f") == [5.0, None]


def test_a_row_for_which_where_is_not_true_does_not_exist() -> None:
    rows = [{"a": "x", "v": 1, "id": 1}, {"a": "x", "v": None, "id": 1}, {"a": "y", "v": 0, "id": 1}]
    assert count({"where": "v > 0", "key": "id"}, rows) == {"x": 1.0}
    assert count({"where": "w", "columns": {"w": "v = 0"}}, rows) == {"y": 1.0}


def test_keys_come_in_the_order_of_the_table() -> None:
    spec = {
        "each": {"column": "p.ids", "split": ","},
        "types": {"p.at": {"instant": "%Y-%m-%d"}},
        "zone": "Europe/Berlin",
        "columns": {"day": '"p.at" + 1', "id": 'number("p.ids")'},
        "where": "day > date '2026-06-01T12:00'",
    }
    rows = [{"p.ids": "1, 2", "p": f'{{"at": "2026-06-0{day}"}}'} for day in (1, 2)]
    assert column(spec, rows, "id") == [1, 2, 1, 2]
    assert column(spec, rows, "day") == [at("2026-06-01T22:00")] * 2 + [at("2026-06-02T22:00")] * 2


# --- keys, deleted, order ---------------------------------------------------------------------------------------------


def test_a_key_of_several_columns_is_their_values_and_a_missing_one_makes_the_row_its_own() -> None:
    pairs = [("a", "b|c"), ("a|b", "c"), ("a", "b|c"), ("a", None), ("a", None), ("a", ""), ("a", "")]
    rows = [{"a": "x", "k": one, "l": other} for one, other in pairs]
    assert count({"key": ["k", "l"]}, rows) == {"x": 6.0}
    assert column({"key": ["k", "l"]}, rows[:4], KEY) == [("a", "b|c"), ("a|b", "c"), ("a", "b|c"), None]


def test_an_empty_text_is_no_account_and_no_key() -> None:
    rows = [{"a": "x", "id": ""}, {"a": "x", "id": ""}, {"a": "", "id": "m"}, {"a": "x", "id": "m"}]
    assert count({"key": "id"}, rows) == {"x": 3.0}
    assert column({}, rows, ACCOUNT) == ["x", "x", None, "x"]


@pytest.mark.parametrize("gone", [True, 1, 1.0, "TRUE", "t", "Yes", "y"])
def test_deleted_is_said_in_words_too(gone: Any) -> None:
    there = {bool: False, int: 0, float: 0.0}.get(type(gone), "No")
    rows = [{"a": "x", "id": 1, "gone": there}, {"a": "x", "id": 2, "gone": gone}, {"a": "x", "id": 3, "gone": None}]
    assert count({"key": "id", "deleted": "gone"}, rows) == {"x": 2.0}


def test_a_deleted_accounts_row_takes_the_account_out_until_a_later_one() -> None:
    accounts = {"kind": "accounts", "account": "a", "known": "k", "deleted": "gone"}
    model = {"format": 1, "tables": {"acc": accounts, "u": EVENTS}, "metrics": {}}
    known = [{"a": "x", "k": JUNE + day * DAY, "gone": gone} for day, gone in ((1, "n"), (3, "y"), (5, None))]
    as_ofs = [JUNE + day * DAY for day in range(1, 8)]
    answer = evaluate(model, {"acc": known, "u": [{"a": "x", "t": JUNE - DAY}]}, as_ofs)
    assert [(row["as_of"] - JUNE) // DAY for row in answer.rows] == [2, 3, 6, 7]


def test_the_later_by_order_is_the_later_and_null_is_least() -> None:
    rows = [{"a": "x", "t": JUNE, "id": 1, "o": order, "v": value} for order, value in ((3, 1), (None, 2), (2, 3))]
    model = {
        "tables": {"u": {**EVENTS, "key": "id", "order": "o"}},
        "metrics": {"m": {"from": "u", "agg": "sum", "of": "v"}},
    }
    assert [row["m"] for row in evaluate(model, {"u": rows}, [AS_OF]).rows] == [1.0]
    ends = {agg: {"from": "u", "agg": agg, "of": "v"} for agg in ("first", "last")}
    model = {"tables": {"u": {**EVENTS, "order": "o"}}, "metrics": ends}
    (row,) = evaluate(model, {"u": [*rows, {**rows[0], "v": 4}]}, [AS_OF]).rows
    assert (row["first"], row["last"]) == (2.0, 4.0)


# --- through, end_is --------------------------------------------------------------------------------------------------

KEYS = {"kind": "keys", "key": "deal", "account": "owner", "known": "k"}


def test_the_row_known_last_says_whose_a_key_is_at_all_as_ofs() -> None:
    rows = [
        {"deal": 1, "owner": "x", "k": AS_OF + DAY},
        {"deal": 1, "owner": "y", "k": None},
        {"deal": 2, "owner": "x", "k": None},
        {"deal": 2, "owner": "y", "k": None},
        {"deal": 3, "owner": "z", "k": JUNE},
        {"deal": 3, "owner": "", "k": AS_OF},
    ]
    assert owners(KEYS, Source(KEYS, rows).rows()) == {1: "x", 2: "y", 3: "z"}
    events = [{"a": key} for key in (1, 2, 1, 4, None)]
    assert count({"through": {"table": "keys"}}, events, tables={"keys": KEYS}, keys=rows) == {"x": 2.0, "y": 1.0}


def test_a_row_whose_key_is_unknown_is_an_orphan_that_keeps_its_table_fresh() -> None:
    rows = [{"a": 1, "t": JUNE}, {"a": 9, "t": AS_OF - DAY}]
    spec = {"through": {"table": "keys"}, "stale_after": "7d"}
    keys = [{"deal": 1, "owner": "x", "k": None}]
    assert count(spec, rows, tables={"keys": KEYS}, keys=keys) == {"x": 1.0}
    assert count(spec, rows[:1], tables={"keys": KEYS}, keys=keys) == {"x": None}


@pytest.mark.parametrize(
    ("end", "said", "found"),
    [
        (Stamp(wall("2026-05-31T23:59:59") // 10**6, "s", False), "inclusive", "2026-06-01"),
        (Stamp(wall("2026-05-31T23:59:59.999") // 1000, "ms", True), "inclusive", "2026-06-01"),
        (Stamp(wall("2026-06-01") * 1000 - 1, "ns", True), "inclusive", "2026-06-01"),
        (Stamp(wall("2026-05-31T12:00") // 1000, "ms", False), "last_day", "2026-06-01"),
        (Stamp(wall("2026-05-31T12:00") // 1000, "ms", False), "exclusive", "2026-05-31T12:00"),
        (Stamp(wall("9999-12-31") // 10**6, "s", False), "inclusive", None),
        (None, "last_day", None),
    ],
)
def test_an_end_is_the_first_instant_without(end: Stamp | None, said: str, found: str | None) -> None:
    rows = [{"a": "x", "s": Stamp(0, "s", False), "e": end}]
    (row,) = Source({**CONTRACTS, "end_is": said}, rows).rows()
    assert row["e"] == (None if found is None else at(found))
