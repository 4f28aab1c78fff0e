"""Edges of sources that random tables meet too seldom: the core and the slow evaluator must agree."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from against_oracle import compare
from oracle.cells import Stamp
from oracle.instants import DAY, parse_instant
from oracle.zones import instant_of
from strategies import Case

AS_OF = parse_instant("2026-07-01")
JUNE = Stamp(int(parse_instant("2026-06-01")), "us", False)
US = pa.timestamp("us", "UTC")
EVENTS = {"kind": "events", "account": "account_id", "time": "at"}


def check(spec: dict[str, Any], schema: dict[str, Any], rows: list[dict[str, Any]], /, **metrics: Any) -> None:
    """Of a table of events: the core says of it what the slow evaluator does."""
    model = {"format": 1, "tables": {"t": {**EVENTS, **spec}}, "metrics": metrics, "scores": {}}
    found = [{"account_id": "x", "at": JUNE, **row} for row in rows]
    schemas = {"t": {"account_id": pa.string(), "at": US, **schema}}
    compare(Case(model, schemas, {"t": found}, [AS_OF], exact=True))


def shown(column: str) -> dict[str, Any]:
    """Metrics that tell a column's cells apart, whatever their type."""
    name = f'"{column}"'
    found = {f"its_{agg}": {"from": "t", "agg": agg, "of": name} for agg in ("first", "last", "count_distinct", "mode")}
    return {**found, "nothing": {"from": "t", "agg": "count", "where": f"{name} is missing"}}


# --- paths ------------------------------------------------------------------------------------------------------------

TEXTS = [
    ("blob.a", ['{"a": 9007199254740993}', '{"a": 9007199254740992}', '{"a": 9007199254740993}']),
    ("blob.a", ['{"a": 1}', '{"a": 1.5}', '{"a": 2.0}']),
    (
        "blob.a",
        ['{"a": "\\u00e4\\n\\"\\ud83e\\udd8a"}', '{"a": "ä\\n\\"🦊"}', '{"a": ""}', '{"a": null}', "{}", "null"],
    ),
    ("blob.a.b.c", ['{"a": {"b": {"c": true}}}', '{"a": {"b": [1]}}', '{"a": {"b": "text"}}', '{"a": 1}', "[]"]),
    ("blob.a.b", ['{"a": "{\\"b\\": 7}"}', '{"a": {"b": 7}}', '{"a": "no json"}', '{"a": ""}']),
    ("blob[1].a", ['[{"a": 1}, {"a": 2}]', '[{"a": 1}]', '{"a": 3}', "[]", "[null, null]"]),
    ("blob[0][1]", ["[[1, 2], [3]]", "[[1]]", "[]", "[1]"]),
    ("blob.$group_0", ['{"$group_0": "acme"}', '{"$group": "no"}', ' { "$group_0" : "b" } ']),
    ("blob.a b", ['{"a b": "x"}', '{"a": {"b": "y"}}']),
    ("blob.ä", ['{"ä": "x"}', '{"\\u00e4": "y"}', '{"a": "z"}']),
    ("blob.A", ['{"a": "x"}', '{"A": "y"}']),
    ("blob.a", ['{"b": {"a": 1}, "a": 2}', '{"b": [{"a": 1}]}', '{"b": "\\"a\\": 3", "a": 4}']),
    ("blob.list[key=company].value", ['{"list": [{"key": "user", "value": "u"}, {"value": "w", "key": "company"}]}']),
    ("blob.list[key=company].value", ['{"list": [{"key": "company"}, {"key": "company", "value": "second"}]}']),
    ("blob.list[key=company].value", ['{"list": [1, "company", null, {"key": "company", "value": "v"}]}', "{}"]),
    ("blob.a", ['{"a": 1}', '{"a": 1', "", "x", None, '{"a": 2} x', "{'a': 3}", '{"a": 01}', '{"a": 4}']),
    ("blob.a", ['{"a": -0.0}', '{"a": 0}', '{"a": 1e2}', '{"a": 100}', '{"a": 1E400}']),
]


@pytest.mark.parametrize(("path", "texts"), TEXTS)
def test_paths_into_json_text(path: str, texts: list[str | None]) -> None:
    for type_ in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        rows = [{"blob": text, "at": Stamp(JUNE.ticks + n, "us", False)} for n, text in enumerate(texts)]
        check({}, {"blob": type_}, rows, **shown(path))


KEYED = pa.list_(pa.struct([("key", pa.string()), ("value", pa.struct([("n", pa.int64()), ("s", pa.string())]))]))
COLUMNS: list[tuple[str, str, pa.DataType, list[Any]]] = [
    ("s.a", "s", pa.struct([("a", pa.int64())]), [{"a": 2**53 + 1}, {"a": None}, None]),
    ("s.A", "s", pa.struct([("a", pa.int64()), ("A", pa.int64())]), [{"a": 1, "A": 2}]),
    ("s.b", "s", pa.struct([("a", pa.int64())]), [{"a": 1}]),
    ("s.t.a", "s", pa.struct([("t", pa.string())]), [{"t": '{"a": 5}'}, {"t": None}, {"t": "x"}, None]),
    ("l[0]", "l", pa.list_(pa.int64()), [[1, 2], [], None, [None]]),
    ("l[2]", "l", pa.list_(pa.string()), [["a", "b", "c"], ["a", "b"]]),
    ("l[0][1]", "l", pa.list_(pa.list_(pa.int64())), [[[1, 2], [3]], [[1]], [None], []]),
    ("m.k", "m", pa.map_(pa.string(), pa.float64()), [[("k", 1.5)], [("l", 2.5)], [], None, [("a", None), ("k", 0.0)]]),
    ("m.k.n", "m", pa.map_(pa.string(), pa.struct([("n", pa.int64())])), [[("k", {"n": 3})], [("k", None)]]),
    ("p[key=b].value.n", "p", KEYED, [[{"key": "a", "value": None}, {"key": "b", "value": {"n": 4, "s": "x"}}], None]),
    ("p[key=b].value.s", "p", KEYED, [[{"key": None, "value": None}, {"key": "b", "value": {"n": 4, "s": "x"}}], []]),
    ("p[key=].value.s", "p", KEYED, [[{"key": None, "value": None}, {"key": "", "value": {"n": 4, "s": "x"}}]]),
    ("p[key=a.b c].value.n", "p", KEYED, [[{"key": "a.b c", "value": {"n": 6, "s": None}}]]),
]


@pytest.mark.parametrize(("path", "column", "type_", "cells"), COLUMNS, ids=[column[0] for column in COLUMNS])
def test_paths_into_structs_maps_and_lists(path: str, column: str, type_: pa.DataType, cells: list[Any]) -> None:
    rows = [{column: cell, "at": Stamp(JUNE.ticks + n, "us", False)} for n, cell in enumerate(cells)]
    check({}, {column: type_}, rows, **shown(path))
    check({"columns": {"d": f'"{path}"'}}, {column: type_}, rows, **shown("d"))


def test_a_root_may_have_dots_and_the_longest_is_taken() -> None:
    one = pa.struct([("c", pa.int64())])
    check({}, {"a.b": one, "d": pa.int64()}, [{"a.b": {"c": 1}, "d": 2}], **shown("a.b.c"))
    inner = pa.struct([("b", one)])
    check({}, {"a": inner, "a.b": one}, [{"a": {"b": {"c": 1}}, "a.b": {"c": 2}}], **shown("a.b.c"))


# --- each -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", [";", ", ", "||", " "])
def test_each_of_a_text_that_is_split(split: str) -> None:
    cells = ["a", split.join(["a", "b", "a"]), f" a {split}\tb ", None, f"b{split}a"]
    spec = {"each": {"column": "tag", "split": split}}
    rows = [{"tag": cell} for cell in cells]
    for more in (spec, {**spec, "account": "tag"}):
        check(more, {"tag": pa.string()}, rows, n={"from": "t", "agg": "count"}, **shown("tag"))


@pytest.mark.parametrize(
    ("type_", "cells"),
    [
        (pa.int64(), [[1, 2, 1], [], None, [None, 2**53 + 1], [3]]),
        (pa.string(), [["a", " b "], [], None, [None], ["a"]]),
        (pa.bool_(), [[True, False], [None]]),
    ],
)
def test_each_of_a_list(type_: pa.DataType, cells: list[Any]) -> None:
    rows = [{"tag": cell} for cell in cells]
    spec = {"each": {"column": "tag"}}
    check(spec, {"tag": pa.list_(type_)}, rows, n={"from": "t", "agg": "count"}, **shown("tag"))


# --- keys, accounts, order --------------------------------------------------------------------------------------------


def test_keys_of_several_columns_tell_integers_and_texts_apart() -> None:
    cells = [(2**53, "a"), (2**53 + 1, "a"), (1, "1a"), (11, "a"), (1, "1a"), (None, "a"), (None, "a")]
    cells += [(1, ""), (1, "")]
    rows = [{"k": one, "l": other, "n": n} for n, (one, other) in enumerate(cells)]
    schema = {"k": pa.int64(), "l": pa.string(), "n": pa.int64()}
    metrics = {"rows": {"from": "t", "agg": "count"}, "total": {"from": "t", "agg": "sum", "of": "n"}}
    for key in (["k", "l"], ["l", "k"]):
        check({"key": key}, schema, rows, **metrics)


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_empty_texts_are_no_accounts_and_no_keys(type_: pa.DataType) -> None:
    rows = [{"account_id": account, "id": key} for account in ("x", "", None) for key in ("", "", "k", "k", None)]
    check({"key": "id"}, {"account_id": type_, "id": type_}, rows, n={"from": "t", "agg": "count"})


@pytest.mark.parametrize(
    ("type_", "ranks"),
    [
        (pa.int64(), [2**53 + 1, 2**53, None, -1]),
        (pa.float64(), [0.5, float("nan"), -1e300, None]),
        (pa.timestamp("ns", "UTC"), [Stamp(2, "ns", False), Stamp(1, "ns", False), None, Stamp(-1, "ns", False)]),
        (pa.int8(), [1, 1, None, -128]),
    ],
    ids=str,
)
def test_the_later_by_order_wins_ties(type_: pa.DataType, ranks: list[Any]) -> None:
    if pa.types.is_timestamp(type_):
        ranks = [None if rank is None else Stamp(rank.ticks * 1000, "ns", False) for rank in ranks]
    ends = {f"its_{agg}": {"from": "t", "agg": agg, "of": "n"} for agg in ("first", "last", "sum")}
    for turn in range(len(ranks)):
        rows = [{"rank": rank, "n": n, "id": 1} for n, rank in enumerate([*ranks[turn:], *ranks[:turn]])]
        schema = {"rank": type_, "n": pa.int64(), "id": pa.int64()}
        check({"order": "rank"}, schema, rows, **ends)
        check({"order": "rank", "key": "id"}, schema, rows, **ends)


# --- formulas over rows -----------------------------------------------------------------------------------------------

CELLS = [" 12 ", "1e3", "-.5", "0x10", "1,5", "", " ", "nan", "inf", "007", "ä🦊b", "a\tb", None, "+5", "5.", "1 2"]


@pytest.mark.parametrize(
    "formula",
    [
        "number(s)",
        "number(trim(s))",
        "trim(s)",
        "left(s, 1)",
        "left(s, 2)",
        "left(s, 0)",
        "left(s, 100)",
        "lower(left(trim(s), 1))",
        "number(left(s, 2)) * 2",
        "coalesce(number(s), -1)",
        "if(number(s) is missing, s, 'number')",
    ],
)
def test_functions_over_texts_of_rows(formula: str) -> None:
    for cell in CELLS:
        check({"columns": {"d": formula}}, {"s": pa.string()}, [{"s": cell}], **shown("d"))
    rows = [{"s": cell, "at": Stamp(JUNE.ticks + n, "us", False)} for n, cell in enumerate(CELLS)]
    check({"columns": {"d": formula}}, {"s": pa.string()}, rows, **shown("d"))


def test_derived_columns_stand_for_roles_in_any_order() -> None:
    columns = {"who": "lower(trim(name))", "when": "start + shift", "shift": "coalesce(days, 0)", "start": "at - 7"}
    spec = {"columns": columns, "where": "shift < 9", "account": "who", "time": "when", "key": ["who", "days"]}
    schema = {"name": pa.string(), "days": pa.int64()}
    cells = [(" ACME", 1), ("acme ", 1), ("Acme", None), ("beta", 9), (None, 1), (" ", 2), ("beta", 8)]
    times = [Stamp(JUNE.ticks + DAY * n, "us", False) for n in range(len(cells))]
    rows = [{"name": name, "days": days, "at": at} for at, (name, days) in zip(times, cells, strict=True)]
    metrics = {f"its_{agg}": {"from": "t", "agg": agg} for agg in ("count", "first_time", "last_time")}
    check(spec, schema, rows, **metrics, n={"from": "t", "agg": "count", "by": {"column": "who", "values": ["acme"]}})


# --- revenue ----------------------------------------------------------------------------------------------------------


def test_revenue_of_derived_columns_equals_that_of_columns_computed_before() -> None:
    columns = {"mrr": "if(every = 'year', cents / 12, cents) / 100", "cents": "number(amount)", "who": "lower(trim(a))"}
    spec = {"kind": "intervals", "account": "who", "start": "s", "end": "e", "zone": "Europe/Berlin"}
    table = {**spec, "columns": columns, "where": "status != 'draft' and mrr > 0", "end_is": "inclusive"}
    days = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-03-29T02:30", "2026-05-01"]
    begin, february, march, april, never, may = (int(parse_instant(day)) // 1000 for day in days)
    cells = [
        (" ACME", begin, february - 1, "1000", "month", "active"),
        ("acme ", february, march - 1, "2000", "month", "active"),
        ("acme", march, None, "36000", "year", "active"),
        ("Beta", begin, never, "500", "month", None),
        ("Beta", begin, april, "700", "month", "active"),
        ("beta", april, may, "many", "month", "active"),
        ("gamma", february, None, "900", "month", "draft"),
    ]
    naive = pa.timestamp("ms")
    types = [pa.string(), naive, naive, pa.string(), pa.string(), pa.string()]
    arrays = [pa.array(list(column), type_) for column, type_ in zip(zip(*cells, strict=True), types, strict=True)]
    raw = pa.table(dict(zip(["a", "s", "e", "amount", "every", "status"], arrays, strict=True)))
    ledger = ch.Portfolio(ch.Model.parse({"format": 1, "tables": {"c": table}, "metrics": {}}), c=raw)
    got = ledger.revenue("c", mrr="mrr")

    def utc(tick: int | None) -> int | None:
        return None if tick is None else int(instant_of(tick * 1000, "Europe/Berlin"))

    counted = [
        ("acme", utc(begin), utc(february), 10.0),
        ("acme", utc(february), utc(march), 20.0),
        ("acme", utc(march), None, 30.0),
        ("beta", utc(begin), utc(april + 1), 7.0),
    ]
    accounts, starts, ends, amounts = zip(*counted, strict=True)
    times = {"start": pa.array(starts, pa.int64()).cast(US), "end": pa.array(ends, pa.int64()).cast(US)}
    expected = ch.Revenue(pa.table({"account_id": accounts, **times, "mrr": amounts}), mrr="mrr")
    dates = ["2026-01-01", "2026-01-15", "2026-02-01", "2026-03-01", "2026-03-15", "2026-04-15", "2026-06-01"]
    assert got.waterfall(dates).to_pylist() == expected.waterfall(dates).to_pylist()
    assert got.movements(dates).to_pylist() == expected.movements(dates).to_pylist()
