"""What a column of a text file is read as follows from its role in the model, not from what its cells look like."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pytest

import customerhealth as ch
from text_files import EVENTS, INTERVALS, Folder, model, scored


@pytest.fixture
def file(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def value_of(column: str, metric: dict[str, Any], cells: list[str], file: Folder, **more: Any) -> Any:
    """The metric's value for one account whose rows hold these cells."""
    rows = "".join(f"a,2026-01-{day:02},{cell}\n" for day, cell in enumerate(cells, 1))
    loaded = model({"m": {"from": "u"} | metric}, u=EVENTS | more)
    (row,) = scored(ch.Portfolio(loaded, u=file(f"id,at,{column}\n{rows}")))
    return row["m"]


# ---- ids, keys and texts stay what they are --------------------------------------------------------------------------

ODD_IDS = ["007", "7", "0012", "12E4", "12345678901234567890", "1.10", "1.1", "true", "2024-01-05", "NA", "N/A", "nan"]


def test_ids_are_what_the_file_says(file: Folder) -> None:
    portfolio = ch.Portfolio(model(), u=file("id,at\n" + "".join(f"{i},2026-06-01\n" for i in ODD_IDS)))
    assert portfolio.accounts.to_pylist() == sorted(ODD_IDS)
    assert portfolio.quality().num_rows == 0


def test_keys_and_texts_that_are_counted_are_what_the_file_says(file: Folder) -> None:
    assert value_of("x", {"agg": "count_distinct", "of": "x"}, ["007", "7", "1.0", "1", "1e0"], file) == 5
    assert value_of("x", {"agg": "top_share", "of": "x"}, ["1.0", "1", "1.00"], file) == 1 / 3
    assert value_of("x", {"agg": "count"}, ["1", "01", "1.0"], file, key="x") == 3
    by = {"agg": "count", "by": {"column": "x", "values": ["1.10", "007"]}}
    rows = "".join(f"a,2026-01-0{day},{cell}\n" for day, cell in enumerate(["1.10", "1.1", "007", "7"], 1))
    (row,) = scored(ch.Portfolio(model({"m": {"from": "u"} | by}), u=file("id,at,x\n" + rows)))
    assert (row["m.1.10"], row["m.007"]) == (1, 1)


def test_two_files_of_which_one_has_only_numbers_have_ids_of_one_type(file: Folder) -> None:
    accounts, usage = file("id\n1001\nA17\n", "accounts.csv"), file("id,at\n1001,2026-06-01\n", "usage.csv")
    both = model(accounts={"kind": "accounts", "account": "id"}, u=EVENTS)
    assert ch.Portfolio(both, accounts=accounts, u=usage).accounts.to_pylist() == ["1001", "A17"]
    portfolio = ch.Portfolio(model(), u=usage)
    portfolio.append(u=file("id,at\nA17,2026-06-02\n"))
    assert portfolio.accounts.to_pylist() == ["1001", "A17"]


INTEGER_IDS: dict[str, Any] = {
    "int64": pa.array([7, 12], pa.int64()),
    "uint8": pa.array([7, 12], pa.uint8()),
    "dictionary": pa.array([7, 12], pa.int32()).dictionary_encode(),
}


@pytest.mark.parametrize("kind", INTEGER_IDS)
def test_ids_are_integers_where_the_other_tables_say_so(kind: str, file: Folder) -> None:
    both = model(accounts={"kind": "accounts", "account": "id"}, u=EVENTS)
    accounts = pa.table({"id": INTEGER_IDS[kind]})
    portfolio = ch.Portfolio(both, accounts=accounts, u=file("id,at\n12,2026-06-01\n-3,2026-06-01\n,2026-06-01\n"))
    assert portfolio.accounts.to_pylist() == [7, 12]
    found = {row["check"]: row["rows"] for row in portfolio.quality().to_pylist()}
    assert found == {"null_account": 1, "orphans": 1, "never_shown": 1}  # -3 is no account, and 7 has no row


@pytest.mark.parametrize(
    "source",
    [
        lambda table: table,
        lambda table: table.to_reader(),
        lambda table: table.to_pandas(),
        lambda table: __import__("polars").from_arrow(table),
        lambda table: __import__("duckdb").from_arrow(table),
        lambda table: pa.dataset.dataset(table),
    ],
    ids=["table", "reader", "pandas", "polars", "duckdb", "dataset"],
)
def test_every_kind_of_table_says_that_ids_are_integers(source: Any, file: Folder) -> None:
    both = model(accounts={"kind": "accounts", "account": "id"}, u=EVENTS)
    accounts = source(pa.table({"id": [7, 12]}))
    assert scored(ch.Portfolio(both, accounts=accounts, u=file("id,at\n12,2026-06-01\n"))) == [
        {"account_id": 12, "n": 1.0}
    ]


@pytest.mark.parametrize("cell", ["007", "+7", "7.0", "1e3", "-0", "A17", "0x10", "99999999999999999999"])
def test_among_integer_ids_what_is_no_integer_is_an_error_with_its_row(cell: str, file: Folder) -> None:
    both = model(accounts={"kind": "accounts", "account": "id"}, u=EVENTS)
    path = file(f"id,at\n12,2026-06-01\n12,2026-06-02\n{cell},2026-06-03\n")
    with pytest.raises(ch.DataError, match=r"u\.id\[2\] \(line 4 of .*u\.csv'\): '.*' is not an integer") as caught:
        ch.Portfolio(both, accounts=pa.table({"id": [7, 12]}), u=path)
    assert (caught.value.table, caught.value.column, caught.value.row, caught.value.rows) == ("u", "id", 2, 1)
    assert repr(cell) in str(caught.value)


def test_an_appended_file_has_the_ids_of_the_portfolio(file: Folder) -> None:
    portfolio = ch.Portfolio(model(), u=pa.table({"id": [7], "at": [datetime(2026, 6, 1)]}))
    portfolio.append(u=file("id,at\n7,2026-06-02\n8,2026-06-02\n"))
    assert scored(portfolio) == [{"account_id": 7, "n": 2.0}, {"account_id": 8, "n": 1.0}]
    with pytest.raises(ch.DataError, match=r"u\.id\[0\] \(line 2 of .*'007' is not an integer"):
        portfolio.append(u=file("id,at\n007,2026-06-02\n"))
    assert [row["n"] for row in scored(portfolio)] == [2.0, 1.0]


# ---- numbers and times by their role ---------------------------------------------------------------------------------

INSTANTS = {
    "2026-03-04": datetime(2026, 3, 4),
    "2026-03-04 05:06": datetime(2026, 3, 4, 5, 6),
    "2026-03-04T05:06:07": datetime(2026, 3, 4, 5, 6, 7),
    "2026-03-04 05:06:07.5": datetime(2026, 3, 4, 5, 6, 7, 500_000),
    "2026-03-04 05:06:07.123456789": datetime(2026, 3, 4, 5, 6, 7, 123_456),
    "2026-03-04T05:06:07Z": datetime(2026, 3, 4, 5, 6, 7),
    "2026-03-04T05:06:07.25Z": datetime(2026, 3, 4, 5, 6, 7, 250_000),
    "2026-03-04T05:06:07.123456789Z": datetime(2026, 3, 4, 5, 6, 7, 123_456),
    "2026-03-04 05:06:07+02:00": datetime(2026, 3, 4, 3, 6, 7),
    "2026-03-04 05:06:07-0230": datetime(2026, 3, 4, 7, 36, 7),
    "2026-03-04 05:06+02": datetime(2026, 3, 4, 3, 6),
    "2026-03-04 00:00:00.000": datetime(2026, 3, 4),
}


@pytest.mark.parametrize("others", ["", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01 00:00:00.1234567"])
@pytest.mark.parametrize("cell", INSTANTS)
def test_all_forms_of_iso_are_read_beside_any_other(cell: str, others: str, file: Folder) -> None:
    rows = f"b,{others}\n" * 5
    portfolio = ch.Portfolio(model({"t": {"from": "u", "agg": "last_time"}}), u=file(f"id,at\n{rows}a,{cell}\n"))
    (row,) = (row for row in scored(portfolio) if row["account_id"] == "a")
    assert row["t"] == INSTANTS[cell].replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "cell", ["9999-12-31 23:59:59.997", "9999-12-31 23:59:59", "9999-12-31", "2027-01-01T00:00:00Z"]
)
def test_an_end_in_9999_is_read(cell: str, file: Folder) -> None:
    path = file("id,start,end\n" + "a,2026-01-01,2027-01-01 00:00:00\n" * 1000 + f"z,2026-01-01,{cell}\n", "c.csv")
    portfolio = ch.Portfolio(model({"n": {"from": "c", "agg": "count"}}, c=INTERVALS), c=path)
    assert [row["n"] for row in scored(portfolio)] == [1000.0, 1.0]


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("2016-12-31T23:59:60", ""),
        ("N/A", "; what is missing is an empty cell, null, NULL or \\N"),
        ("NaT", "; what is missing is an empty cell, null, NULL or \\N"),
        ("infinity", "; infinity is not read: what has no end is an empty cell"),
        ("-infinity", "; infinity is not read"),
        ("31.12.2026", ""),
        ("12/31/2026", ""),
        ("2026-02-30", ""),
        ("2026-13-01", ""),
        ("0000-00-00", ""),
        ("0000-01-01", ""),
        ("20260101", ""),
        ("1767225600", ""),
        ("2026-01-01 24:00:00", ""),
        ("10000-01-01", ""),
    ],
)
def test_what_is_no_iso_time_is_named_with_its_row_line_and_cell(cell: str, hint: str, file: Folder) -> None:
    path = file("id,start,end\n" + "a,2026-01-01,2027-01-01 00:00:00\n" * 1000 + f"z,2026-01-01,{cell}\n", "c.csv")
    with pytest.raises(ch.DataError) as caught:
        ch.Portfolio(model({"n": {"from": "c", "agg": "count"}}, c=INTERVALS), c=path)
    start = (
        f"c.end[1000] (line 1002 of {str(path)!r}): {cell!r} is not an ISO date or time: 2026-01-31, 2026-01-31 23:59"
    )
    assert str(caught.value).startswith(start)
    assert hint in str(caught.value)
    assert (caught.value.table, caught.value.column, caught.value.row) == ("c", "end", 1000)


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (["1", "2"], 3.0),
        (["1", "2.5"], 3.5),
        (["1e3", "-.5"], 999.5),
        (["", "2"], 2.0),
        (["null", "NULL"], 0.0),
        (["007", "1.10"], 8.1),
        (["true", "false"], 1.0),
        (["NaN", "2"], 2.0),
        (['""', '"2"'], 2.0),
        (["12345678901234567890", "1"], 12345678901234567891.0),
    ],
)
def test_what_is_summed_is_read_as_numbers(cells: list[str], total: float, file: Folder) -> None:
    assert value_of("x", {"agg": "sum", "of": "x"}, cells, file) == total


def test_integers_stay_exact_beyond_the_digits_of_a_double(file: Folder) -> None:
    metric = {"agg": "count", "where": "x = 9007199254740993"}
    assert value_of("x", metric, ["9007199254740993", "9007199254740992", ""], file) == 1


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ('"1,5"', "neither a decimal comma nor one between thousands is read"),
        ('"1,234.5"', "neither a decimal comma nor one between thousands is read"),
        ("NA", "what is missing is an empty cell"),
        ("N/A", "what is missing is an empty cell"),
        ("inf", "infinity is not read"),
        ("-Infinity", "infinity is not read"),
        ("12 EUR", "1234.5 or 1e3"),
        ("2026-01-01", "1234.5 or 1e3"),
        ("1_000", "1234.5 or 1e3"),
    ],
)
def test_what_is_no_number_is_named_with_its_row_line_and_cell(cell: str, hint: str, file: Folder) -> None:
    cells = ["1", "2.5", "", cell, "x"]
    with pytest.raises(ch.DataError, match=r"^u\.x\[3\] \(line 5 of .*u\.csv'\): .* is not a number: digits") as caught:
        value_of("x", {"agg": "sum", "of": "x"}, cells, file)
    cell = cell.strip('"')
    assert hint in str(caught.value)
    assert repr(cell) in str(caught.value)
    assert caught.value.row == 3


@pytest.mark.parametrize("word", ["true", "T", "yes", "Y", "1", "TRUE", "True"])
def test_deleted_is_true_in_many_words(word: str, file: Folder) -> None:
    path = file(f"id,at,k,d\na,2026-01-01,1,no\na,2026-01-02,1,{word}\nb,2026-01-02,2,0\nb,2026-01-02,3,F\n")
    portfolio = ch.Portfolio(model(u=EVENTS | {"key": "k", "deleted": "d"}), u=path)
    assert scored(portfolio) == [{"account_id": "b", "n": 2.0}]
    with pytest.raises(
        ch.DataError, match=r"u\.d\[0\] \(line 2 .*'maybe' is not true or false \(t, f, yes, no, y, n, 1"
    ):
        ch.Portfolio(model(u=EVENTS | {"key": "k", "deleted": "d"}), u=file("id,at,k,d\na,2026-01-01,1,maybe\n"))


def test_a_role_reaches_a_column_through_metrics_and_shapes(file: Folder) -> None:
    path = file("id,at,x,y,z\na,2026-01-01,1,1,1\n")
    loaded = model(
        {
            "x": {"from": "u", "agg": "last", "of": "x"},
            "y": {"from": "u", "agg": "last", "of": "y"},
            "z": {"from": "u", "agg": "last", "of": "z"},
            "is_one": {"formula": "if(y = '1', 1, 0)"},
            "twice": {"formula": "x * 2"},
        }
    )
    portfolio = ch.Portfolio(loaded, u=path)
    (row,) = scored(portfolio)
    assert (row["x"], row["y"], row["z"], row["twice"]) == (1.0, "1", 1.0, 2.0)
    assert [(q["check"], q["example"]) for q in portfolio.quality().to_pylist()] == [("read_by_cells", "z as number")]


# ---- where several types fit -----------------------------------------------------------------------------------------

BY_CELLS: dict[str, tuple[list[str], Any, str]] = {
    "integers": (["5", "-7"], -7.0, "number"),
    "decimals": (["1.5", "0.25"], 0.25, "number"),
    "with an exponent": (["1", "1e+20"], 1e20, "number"),
    "leading zeros": (["007", "7"], "7", "text"),
    "trailing zeros": (["1.5", "1.10"], "1.10", "text"),
    "zeros after a point": (["1.0", "2.0"], "2.0", "text"),
    "an exponent that could be shorter": (["1", "12E4"], "12E4", "text"),
    "more digits than a number holds": (["1", "12345678901234567890"], "12345678901234567890", "text"),
    "more decimals than a number holds": (["1", "0.12345678901234567"], "0.12345678901234567", "text"),
    "dates": (["2026-01-05", "2026-01-06T07:08:09Z"], datetime(2026, 1, 6, 7, 8, 9, tzinfo=timezone.utc), "instant"),
    "dates and others": (["2026-01-05", "soon"], "soon", "text"),
    "truths": (["true", "false"], "false", "text"),
    "texts": (["NA", "x"], "x", "text"),
    "a gap": (["5", ""], None, "number"),
}


@pytest.mark.parametrize("case", BY_CELLS)
def test_where_several_types_fit_the_cells_decide_and_quality_says_so(case: str, file: Folder) -> None:
    cells, last, kind = BY_CELLS[case]
    rows = "".join(f"a,2026-01-{day:02},{cell}\n" for day, cell in enumerate(cells, 1))
    portfolio = ch.Portfolio(model({"m": {"from": "u", "agg": "last", "of": "x"}}), u=file("id,at,x\n" + rows))
    assert scored(portfolio) == [{"account_id": "a", "m": last}]
    (note,) = portfolio.quality().to_pylist()
    filled = sum(cell != "" for cell in cells)
    assert note == {
        "table": "u",
        "check": "read_by_cells",
        "rows": filled,
        "first_row": None,
        "example": f"x as {kind}",
        "meaning": "the model leaves open what x holds, so its cells told; `types` settles it",
    }


def test_where_no_text_fits_the_form_of_numbers_is_free(file: Folder) -> None:
    plus_one = {"agg": "last", "of": "x + 1"}
    assert value_of("x", plus_one, ["007", "1.0"], file) == 2.0
    assert value_of("x", plus_one, ["2026-01-31"], file) == datetime(2026, 2, 1, tzinfo=timezone.utc)
    assert value_of("x", {"agg": "max", "of": "x"}, ["01", "1e1"], file) == 10.0
    assert value_of("x", {"agg": "max", "of": "x"}, ["true", "False"], file) is True
    with pytest.raises(ch.DataError, match=r"u\.x\[1\] \(line 3 of .*'soon' is not a number"):
        value_of("x", plus_one, ["1", "soon"], file)


def test_an_attribute_that_only_shows_is_read_by_its_cells(file: Folder) -> None:
    loaded = model({"m": {"formula": "accounts.x"}}, accounts={"kind": "accounts", "account": "id"})
    for cells, value in ((("1", "2.5"), 2.5), (("1", "two"), "two"), (("2026-01-01", "2026-01-02"), None)):
        portfolio = ch.Portfolio(loaded, accounts=file(f"id,x\na,{cells[0]}\nb,{cells[1]}\n", "accounts.csv"))
        found = scored(portfolio)[1]["m"]
        assert found == (datetime(2026, 1, 2, tzinfo=timezone.utc) if value is None else value)
        assert portfolio.quality().num_rows == 1


@pytest.mark.parametrize(("kind", "value"), [("text", "007"), ("number", 7.0), ("instant", None), ("boolean", None)])
def test_types_settle_it(kind: str, value: Any, file: Folder) -> None:
    metric = {"m": {"from": "u", "agg": "last", "of": "x"}}
    cells = {"instant": "2026-01-01", "boolean": "yes"}
    path = file(f"id,at,x\na,2026-01-01,{cells.get(kind, '007')}\n")
    portfolio = ch.Portfolio(model(metric, u=EVENTS | {"types": {"x": kind}}), u=path)
    expected = {"instant": datetime(2026, 1, 1, tzinfo=timezone.utc), "boolean": True}
    assert scored(portfolio)[0]["m"] == expected.get(kind, value)
    assert portfolio.quality().num_rows == 0


def test_types_make_ids_integers(file: Folder) -> None:
    portfolio = ch.Portfolio(
        model(u=EVENTS | {"types": {"id": "number"}}), u=file("id,at\n10,2026-01-01\n9,2026-01-01\n")
    )
    assert portfolio.accounts.to_pylist() == [9, 10]


def test_types_of_one_file_make_the_ids_of_all_files_integers(file: Folder) -> None:
    accounts = {"kind": "accounts", "account": "id", "types": {"id": "number"}}
    both = model(u=EVENTS, accounts=accounts)
    usage, customers = file("id,at\n10,2026-01-01\n9,2026-01-01\n"), file("id\n10\n9\n", "accounts.csv")
    assert ch.Portfolio(both, u=usage, accounts=customers).accounts.to_pylist() == [9, 10]
    with pytest.raises(ch.DataError, match=r"u\.id\[0\] .*'010' is not an integer"):
        ch.Portfolio(both, u=file("id,at\n010,2026-01-01\n"), accounts=customers)


class Impostor:
    """Says that it speaks Arrow."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return 42


def test_what_is_no_table_is_refused_beside_a_file_too(file: Folder) -> None:
    both = model(accounts={"kind": "accounts", "account": "id"}, u=EVENTS)
    with pytest.raises(ch.DataError, match="accounts"):
        ch.Portfolio(both, accounts=Impostor(), u=file("id,at\n7,2026-01-01\n"))


def test_loading_in_pieces_is_loading_at_once(file: Folder) -> None:
    metrics = {"m": {"from": "u", "agg": "last", "of": "x"}, "n": {"from": "u", "agg": "sum", "of": "y"}}
    rows = [f"{i % 3:02},2026-01-{i + 1:02},{i if i % 4 else ''},{i / 2}\n" for i in range(20)]
    at_once = ch.Portfolio(model(metrics), u=file("id,at,x,y\n" + "".join(rows)))
    pieces = ch.Portfolio(model(metrics), u=file("id,at,x,y\n" + "".join(rows[:1])))
    for begin in range(1, 20, 5):
        pieces.append(u=file("id,at,x,y\n" + "".join(rows[begin : begin + 5])))
    assert pieces.score("2026-07-01").table.equals(at_once.score("2026-07-01").table)
    assert pieces.quality().equals(at_once.quality())


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ({"at": "text"}, r"tables\.u\.types\.at: the column is a time, which is an instant"),
        ({"id": "instant"}, r"tables\.u\.types\.id: the column is the account, which is a text or a number"),
        ({"x": "integer"}, r"tables\.u\.types\.x: no such word: 'integer'"),
        ({"x": {"instant": "minutes"}}, r"tables\.u\.types\.x\.instant: expected s, ms, us, ns or d"),
        ({"x": 1}, r"tables\.u\.types\.x: expected 'number', 'text', 'boolean' or 'instant'; got the number 1"),
        ([], r"tables\.u\.types: expected a map from columns"),
        ({"x": "text"}, r"metrics\.n\.of: 'sum' takes numbers and booleans; the column u\.x is a text"),
    ],
)
def test_types_that_do_not_fit_are_refused_when_the_model_is_read(types: Any, message: str) -> None:
    with pytest.raises(ch.ModelError, match=message):
        model({"n": {"from": "u", "agg": "sum", "of": "x"}}, u=EVENTS | {"types": types})


def test_an_append_reads_a_column_as_the_rows_before(file: Folder) -> None:
    metric = {"m": {"from": "u", "agg": "last", "of": "x"}}
    portfolio = ch.Portfolio(model(metric), u=file("id,at,x\na,2026-01-01,five\n"))
    portfolio.append(u=file("id,at,x\na,2026-01-02,6\n"))
    assert scored(portfolio) == [{"account_id": "a", "m": "6"}]
    assert [(q["rows"], q["example"]) for q in portfolio.quality().to_pylist()] == [(2, "x as text")]
    portfolio = ch.Portfolio(model(metric), u=file("id,at,x\na,2026-01-01,5\n"))
    message = (
        r"u\.x\[0\] \(line 2 of .*'six' is not a number.*; by the cells of the rows before .* `types` in the model"
    )
    with pytest.raises(ch.DataError, match=message):
        portfolio.append(u=file("id,at,x\na,2026-01-02,six\n"))
    assert [(q["rows"], q["example"]) for q in portfolio.quality().to_pylist()] == [(1, "x as number")]


# ---- missing cells ---------------------------------------------------------------------------------------------------


def test_an_empty_cell_is_missing_and_quotes_make_a_text_of_it(file: Folder) -> None:
    path = file('id,at,x\na,2026-01-01,\na,2026-01-02,""\na,2026-01-03,NULL\na,2026-01-04,"NULL"\na,2026-01-05,NA\n')
    metrics = {
        "filled": {"from": "u", "agg": "count", "where": "x is not missing"},
        "empty": {"from": "u", "agg": "count", "where": "x = ''"},
        "null": {"from": "u", "agg": "count", "where": "x = 'NULL'"},
    }
    (row,) = scored(ch.Portfolio(model(metrics), u=path))
    assert (row["filled"], row["empty"], row["null"]) == (3.0, 1.0, 1.0)


def test_an_empty_text_is_no_account_and_no_key(file: Folder) -> None:
    portfolio = ch.Portfolio(model(), u=file('id,at\n"",2026-01-01\n,2026-01-01\na,2026-01-01\n'))
    assert portfolio.accounts.to_pylist() == ["a"]
    assert [(q["check"], q["rows"]) for q in portfolio.quality().to_pylist()] == [("null_account", 2)]
    assert value_of("x", {"agg": "count"}, ['""', '""', "1", "1"], file, key="x") == 3
