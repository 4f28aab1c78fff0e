"""Edges of sources that random tables meet too seldom: the core and the slow evaluator must agree."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from against_oracle import compare
from oracle.cells import Stamp
from oracle.instants import parse_instant
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


def test_a_root_may_have_dots_and_the_longest_is_taken() -> None:
    one = pa.struct([("c", pa.int64())])
    check({}, {"a.b": one, "d": pa.int64()}, [{"a.b": {"c": 1}, "d": 2}], **shown("a.b.c"))
    inner = pa.struct([("b", one)])
    check({}, {"a": inner, "a.b": one}, [{"a": {"b": {"c": 1}}, "a.b": {"c": 2}}], **shown("a.b.c"))
