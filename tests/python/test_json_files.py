"""JSON documents: lists of objects, objects around such a list (`rows`), and lines under the name .json."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from text_files import EVENTS, Folder, model, scored

ROWS = [
    {"id": "Café", "at": "2026-06-01T08:00:00Z", "x": 1.5, "note": {"a": [1, "]"]}},
    {"x": None, "id": "zeta", "at": "2026-06-02"},
    {"id": "zeta", "at": "2026-06-03", "x": 2},
]
TOTAL = {"m": {"from": "u", "agg": "sum", "of": "x"}}
RIGHT = [{"account_id": "Café", "m": 1.5}, {"account_id": "zeta", "m": 2.0}]


@pytest.fixture
def file(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def at_rows(path: str, metrics: dict[str, Any] | None = None) -> ch.Model:
    return model(metrics or TOTAL, u=EVENTS | {"rows": path})


LIST = json.dumps(ROWS)
LINES = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("u.json", LIST.encode()),
        ("u.json", json.dumps(ROWS, indent=2, ensure_ascii=False).encode()),
        ("u.json", json.dumps(ROWS, indent="\t").replace("\n", "\r\n").encode()),
        ("u.json", b"\xef\xbb\xbf" + LIST.encode()),
        ("u.json", LIST.encode("utf-16")),
        ("u.json", LIST.encode("utf-16-le")),
        ("U.JSON", LIST.encode("utf-32")),
        ("u.json.gz", gzip.compress(LIST.encode())),
        ("u.json.bz2", bz2.compress(LIST.encode())),
        ("u.json.zst", pa.compress(LIST.encode(), "zstd", asbytes=True)),
        ("u.json", LINES.encode()),
        ("u.json", b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode()),
        ("u.json.gz", gzip.compress(LINES.encode())),
        ("u.json", "\n".join(json.dumps(row, indent=1) for row in ROWS).encode()),
        ("u.json", (json.dumps(ROWS[:2]) + "\n" + json.dumps(ROWS[2:])).encode()),
        ("u.jsonl", LINES.replace("\n", "\r").encode()),
        ("u.ndjson", LINES.encode("utf-16")),
    ],
)
def test_a_document_is_read_however_it_is_written(name: str, content: bytes, file: Folder) -> None:
    assert scored(ch.Portfolio(model(TOTAL), u=file(content, name))) == RIGHT


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("data", {"object": "list", "data": ROWS, "has_more": False}),
        ("results[1].items", {"results": [{"items": []}, {"items": ROWS}, 5]}),
        ("[0].list", [{"list": ROWS}]),
        ('["odd.name"].rows', {"odd.name": {"rows": ROWS}, "odd": {"name": {"rows": []}}}),
        ("odd['a]']", {"odd": {"a]": ROWS}}),
        ("odd.name", {"odd.name": ROWS}),
        ("Daten.Zeilen é", {"Daten": {"Zeilen é": ROWS}}),
    ],
)
def test_rows_names_the_list_that_holds_them(path: str, document: Any, file: Folder) -> None:
    for text in (json.dumps(document), json.dumps(document, indent=2)):
        assert scored(ch.Portfolio(at_rows(path), u=file(text, "u.json"))) == RIGHT


def test_rows_holds_for_pages_in_many_files_and_in_lines(tmp_path: Path, file: Folder) -> None:
    pages = [{"data": ROWS[:1], "next": 2}, {"data": ROWS[1:], "next": None}, {"data": []}]
    for number, page in enumerate(pages):
        file(json.dumps(page), f"page-{number}.json")
    assert scored(ch.Portfolio(at_rows("data"), u=str(tmp_path / "page-*.json"))) == RIGHT
    lines = "\n".join(json.dumps(page) for page in pages)
    assert scored(ch.Portfolio(at_rows("data"), u=file(lines, "u.jsonl"))) == RIGHT
    assert scored(ch.Portfolio(at_rows("data"), u=file(lines, "u.json"))) == RIGHT


@pytest.mark.parametrize(
    ("path", "document", "message"),
    [
        ("dta", {"data": []}, r"\"rows\" is \"dta\", and the document has no member 'dta'; did you mean 'data'\?"),
        ("data.items", {"data": {"item": []}}, r"'data' has no member 'items'; did you mean 'item'\?"),
        ("data", {"data": {"items": []}}, r"'data' is an object, no list"),
        ("data", {"data": None}, r"'data' is null, no list"),
        ("data", [], r"the document is a list, which has no member 'data'"),
        ("data[3].items", {"data": [{}]}, r"'data' has 1 elements, and none at 3 \(counted from 0\)"),
        ("data[0]", {"data": [5]}, r"element 0 is a number, no list"),
        ("[0]", {"data": []}, r"the document is an object, which has no element 0"),
        ("data", {"data": [[1]]}, r"line 1, column 11: expected an object a row, got a list"),
    ],
)
def test_rows_that_lead_nowhere_say_where_the_way_ends(path: str, document: Any, message: str, file: Folder) -> None:
    with pytest.raises(ch.DataError, match=message):
        ch.Portfolio(at_rows(path), u=file(json.dumps(document), "u.json"))


@pytest.mark.parametrize(("path", "document"), [("", "[]"), ("data", '{"data": [ ]}'), ("", "")])
def test_a_list_without_rows_is_an_empty_table(path: Any, document: str, file: Folder) -> None:
    loaded = at_rows(path) if path else model(TOTAL)
    portfolio = ch.Portfolio(loaded, u=file(document, "u.jsonl" if not document else "u.json"))
    assert portfolio.accounts.to_pylist() == []
    portfolio.append(u=file(json.dumps({"data": ROWS} if path else ROWS), "u.json"))
    assert scored(portfolio) == RIGHT


@pytest.mark.parametrize(
    "path", ["", ".", "a.", ".a", "a..b", "a[", "a[]", "a[x]", "a[-1]", "a.[0]", "a[0", ".".join("a" * 65), 5, None]
)
def test_rows_that_are_no_path_are_refused_by_the_model(path: Any) -> None:
    with pytest.raises(ch.ModelError, match=r"tables\.u\.rows: expected the path of a list, such as data or results"):
        at_rows(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LIST[:-1], "line 1, column 177: expected a comma or ], but nothing follows: it is cut off"),
        (LIST[:-9], "a comma or }, but nothing follows|a digit|value, but nothing|name, but|quotes, but"),
        (LIST.replace('"id": "zeta",', '"id": "zeta"', 1), 'expected a comma or }, got "'),
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("5", "line 1, column 1: expected an object a row, got a number"),
        ("nonsense", "line 1, column 1: expected a value, got n"),
        ('[{"id": "a"}]}', "line 1, column 14: expected a value, got }"),
        ('{"id": "a", "at": "2026-06-01", "x": 1}, {"id": "b"}', "line 1, column 40: expected a value, got ,"),
        ('[{"id": "a", "at": "2026-06-01", "x": 1, "x": 2}]', "the object has two members 'x'"),
        (b'[{"id": "Caf\xe9", "at": "2026-06-01", "x": 1}]', "is not in UTF-8: line 1 has the byte 0xE9"),
        (b"\xff\xfe[\x00\x00\xd8\x00", "it is no UTF-16"),
    ],
)
def test_what_is_no_document_says_where(content: Any, message: str, file: Folder) -> None:
    with pytest.raises(ch.DataError, match=message.replace("]", r"\]").replace("}", r"\}")):
        ch.Portfolio(model(TOTAL), u=file(content, "u.json"))


def test_one_object_around_lists_says_which_rows_would_fit(file: Folder) -> None:
    one = file(json.dumps({"object": "list", "data": ROWS}), "u.json")
    with pytest.raises(ch.DataError, match=r'does not say which list in it holds the rows: "rows": "data"$'):
        ch.Portfolio(model(TOTAL), u=one)
    several = {"page": {"items": ROWS}, "odd.name": [], "tags": ["x"]}
    with pytest.raises(ch.DataError, match=r'the rows: "rows": "page\.items" or "rows": "\[\\"odd\.name\\"\]"$'):
        ch.Portfolio(model(TOTAL), u=file(json.dumps(several), "u.json"))
    with pytest.raises(ch.UnknownNameError, match="the table has none; did you mean 'idd'"):
        ch.Portfolio(model(TOTAL), u=file('{"idd": 1, "tags": ["x"]}', "u.json"))


def test_one_object_that_has_what_is_wanted_is_a_row(file: Folder) -> None:
    row = ROWS[0] | {"items": [{"a": 1}]}
    assert scored(ch.Portfolio(model(TOTAL), u=file(json.dumps(row), "u.json"))) == RIGHT[:1]


def test_rows_and_skip_go_with_the_sources_that_have_them(file: Folder, tmp_path: Path) -> None:
    frame = pa.table({"id": ["a"], "at": ["2026-06-01"], "x": [1.0]})
    pq.write_table(frame, tmp_path / "u.parquet")
    skipping = model(TOTAL, u=EVENTS | {"skip": {"first": 1}})
    for source, what in ((frame, "pyarrow.*Table"), (tmp_path / "u.parquet", "u.parquet'")):
        with pytest.raises(
            ch.DataError, match=f"`rows` is the path of a list in a JSON document, and .*{what} is none"
        ):
            ch.Portfolio(at_rows("data"), u=source)
        with pytest.raises(ch.DataError, match=f"`skip` counts lines of a text file or rows .*, and .*{what} has none"):
            ch.Portfolio(skipping, u=source)
    with pytest.raises(ch.DataError, match=r"`rows` is the path of a list in a JSON document, and .*u\.csv' is none"):
        ch.Portfolio(at_rows("data"), u=file("id,at,x\n"))
    with pytest.raises(ch.DataError, match=r"`skip` counts lines .*, and a JSON document has none"):
        ch.Portfolio(skipping, u=file(LIST, "u.json"))
    assert scored(ch.Portfolio(skipping, u=file("# exported today\n" + LINES, "u.jsonl"))) == RIGHT


def test_bytes_that_are_no_text_matter_only_where_they_are_read(file: Folder) -> None:
    row = b'{"id": "a", "at": "2026-06-01", "x": 1.5, "caf\xe9": "caf\xe9"}'
    assert scored(ch.Portfolio(model(TOTAL), u=file(b"[" + row + b"]", "u.json"))) == [{"account_id": "a", "m": 1.5}]
    assert scored(ch.Portfolio(model(TOTAL), u=file(row, "u.jsonl"))) == [{"account_id": "a", "m": 1.5}]
    with pytest.raises(ch.DataError, match="line 1, column 2: expected a value, got \ufffd"):
        ch.Portfolio(model(TOTAL), u=file(b"[\xe9]", "u.json"))


def test_a_document_may_be_as_deep_as_it_likes(file: Folder) -> None:
    deep = '{"a": ' * 100_000 + "1" + "}" * 100_000
    row = f'{{"id": "a", "at": "2026-06-01", "x": 1.5, "deep": {deep}}}'
    assert scored(ch.Portfolio(model(TOTAL), u=file(f"[{row}]", "u.json"))) == [{"account_id": "a", "m": 1.5}]
    assert scored(ch.Portfolio(model(TOTAL), u=file(row, "u.json"))) == [{"account_id": "a", "m": 1.5}]
    with pytest.raises(ch.UnknownNameError, match="needs a column 'id', the table has none"):
        ch.Portfolio(model(TOTAL), u=file(deep, "u.json"))
    with pytest.raises(ch.DataError, match='"rows" is "b", which leads nowhere'):
        ch.Portfolio(at_rows("b"), u=file(deep, "u.json"))


# ---- values ----------------------------------------------------------------------------------------------------------


def test_long_integers_are_exact(file: Folder) -> None:
    ids = [9007199254740993, 9007199254740992, 7]
    metrics = {"n": {"from": "u", "agg": "count_distinct", "of": "k"}}
    text = json.dumps([{"id": i, "at": "2026-06-01", "k": k} for i, k in zip(ids, [2**70, 2**70 + 1, 0], strict=True)])
    portfolio = ch.Portfolio(model(metrics), u=file(text, "u.json"))
    assert portfolio.accounts.to_pylist() == sorted(ids)
    one = json.dumps([{"id": 1, "at": "2026-06-01", "k": k} for k in [2**70, 2**70 + 1, 2**53 + 1]])
    assert scored(ch.Portfolio(model(metrics), u=file(one, "u.json"))) == [{"account_id": 1, "n": 3.0}]


def test_whole_floats_are_ids_of_integers(file: Folder) -> None:
    text = "[" + ", ".join(f'{{"id": {i}, "at": "2026-06-01"}}' for i in ("7.0", "9007199254740993", "1e1")) + "]"
    assert ch.Portfolio(model(), u=file(text, "u.json")).accounts.to_pylist() == [7, 10, 9007199254740993]
    with pytest.raises(ch.DataError, match=r"u\.id\[1\] \(line 2 of .*9007199254740993 does not fit a column of"):
        ch.Portfolio(model(), u=file('{"id": 7.5, "at": "2026-06-01"}\n{"id": 9007199254740993}', "u.jsonl"))


@pytest.mark.parametrize("number", ["1" * 39, "1" * 5000, "-" + "1" * 5000])
def test_integers_longer_than_any_type_are_numbers_but_no_ids(number: str, file: Folder) -> None:
    path = file(f'[{{"id": "a", "at": "2026-06-01", "x": {number}}}]', "u.json")
    (row,) = scored(ch.Portfolio(model(TOTAL), u=path))
    assert row["m"] == (pytest.approx(float(number)) if len(number) < 300 else 0.0)
    ids = file(f'[{{"id": 7, "at": "2026-06-01"}}, {{"id": {number}, "at": "2026-06-01"}}]', "u.json")
    with pytest.raises(ch.DataError, match=r"u\.id\[1\] \(line 1 .*\): -?1+\.\.\. has more digits than are kept"):
        ch.Portfolio(model(), u=ids)


def test_numbers_beyond_floats_are_missing(file: Folder) -> None:
    text = '[{"id": "a", "at": "2026-06-01", "x": 1e999}, {"id": "a", "at": "2026-06-01", "x": 2.5}]'
    assert scored(ch.Portfolio(model(TOTAL), u=file(text, "u.json"))) == [{"account_id": "a", "m": 2.5}]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('{"a": 1}', r'\{"a": 1\} is an object or a list; expected a number'),
        ("[1]", r"\[1\] is an object or a list"),
        ('"5"', r'"5" is a text, where the rows before hold a number'),
        ("true", r"true is true or false, where the rows before hold a number"),
    ],
)
def test_a_value_of_another_kind_is_named_with_its_line(value: str, message: str, file: Folder) -> None:
    text = f'[{{"id": "a", "at": "2026-06-01", "x": 1}},\n\n {{"id": "a",\n"at": "2026-06-01", "x": {value}}}]'
    with pytest.raises(ch.DataError, match=rf"u\.x\[1\] \(line 3 of .*\): {message}") as caught:
        ch.Portfolio(model(TOTAL), u=file(text, "u.json"))
    assert (caught.value.column, caught.value.row) == ("x", 1)


def test_a_number_in_quotes_is_a_text_unless_the_model_says_otherwise(file: Folder) -> None:
    path = file(
        '[{"id": "a", "at": "2026-06-01", "x": null},\n {"id": "a", "at": "2026-06-01", "x": "2.50"}]', "u.json"
    )
    message = r'u\.x\[1\] \(line 2 of .*\): "2\.50" is a text; expected a number; `types` in the model converts'
    with pytest.raises(ch.DataError, match=message):
        ch.Portfolio(model({"m": {"from": "u", "agg": "sum", "of": "x + 0"}}), u=path)
    typed = model(TOTAL, u=EVENTS | {"types": {"x": "number"}})
    assert scored(ch.Portfolio(typed, u=path)) == [{"account_id": "a", "m": 2.5}]
    bad = file('[{"id": "a", "at": "2026-06-01", "x": "2,50"}]', "u.json")
    with pytest.raises(ch.DataError, match=r"u\.x\[0\] \(line 1 of .*\): '2,50' is not a number"):
        ch.Portfolio(typed, u=bad)


def test_a_time_that_is_none_is_named_with_its_line(file: Folder) -> None:
    text = "".join(f'{{"id": "a", "at": "2026-06-01", "pad": "{"x" * 1000}"}}\n' for _ in range(20_000))
    path = file(text + '\n{"id": "a", "at": "yesterday"}\n', "u.jsonl")
    with pytest.raises(ch.DataError, match=r"u\.at\[20000\] \(line 20002 of .*\): 'yesterday' is not an ISO date"):
        ch.Portfolio(model(), u=path)
    with pytest.raises(ch.DataError, match=r"line 20001, column 8: expected a value, got }"):
        ch.Portfolio(model(), u=file(text + '{"id": }\n', "u.jsonl"))


# ---- paths -----------------------------------------------------------------------------------------------------------


def test_paths_go_into_the_objects_of_a_document(file: Folder) -> None:
    rows = [
        {"who": {"id": "a"}, "at": "2026-06-01", "items": [{"n": 1}, {"n": 2}], "more": {"x": 5}},
        {"who": {"id": "a"}, "at": "2026-06-01", "items": [], "more": '{"x": 7}'},
        {"who": {"id": "b"}, "at": "2026-06-01", "items": None},
    ]
    metrics = {
        "second": {"from": "u", "agg": "sum", "of": '"items[1].n"'},
        "x": {"from": "u", "agg": "sum", "of": '"more.x"'},
    }
    loaded = model(metrics, u={"kind": "events", "account": "who.id", "time": "at", "rows": "data"})
    right = [{"account_id": "a", "second": 2.0, "x": 12.0}, {"account_id": "b", "second": 0.0, "x": 0.0}]
    for text in (json.dumps({"data": rows}), json.dumps({"data": rows}, indent=2)):
        assert scored(ch.Portfolio(loaded, u=file(text, "u.json"))) == right
    plain = model(metrics, u={"kind": "events", "account": "who.id", "time": "at"})
    lines = "\n".join(json.dumps(row) for row in rows)
    assert scored(ch.Portfolio(plain, u=file(lines, "u.jsonl"))) == right


def test_a_member_of_the_whole_name_comes_before_a_path(file: Folder) -> None:
    rows = [{"id": "a", "at": "2026-06-01", "x.y": 1, "x": {"y": 2}}, {"id": "a", "at": "2026-06-01", "x.y": 4}]
    loaded = model({"m": {"from": "u", "agg": "sum", "of": '"x.y"'}})
    assert scored(ch.Portfolio(loaded, u=file(json.dumps(rows), "u.json"))) == [{"account_id": "a", "m": 5.0}]


def test_a_path_whose_column_is_not_there_names_those_that_are(file: Folder) -> None:
    loaded = model({"m": {"from": "u", "agg": "sum", "of": '"props.y"'}})
    with pytest.raises(ch.UnknownNameError, match=r"needs a column 'props\.y', the table has none.*prop"):
        ch.Portfolio(loaded, u=file('[{"id": "a", "at": "2026-06-01", "prop": {"y": 2}}]', "u.json"))
