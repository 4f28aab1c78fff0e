"""Sheets of workbooks: which one, what its cells are read as, and the cells that are none."""

from __future__ import annotations

import sys
import zipfile
from datetime import date, datetime, time, timezone
from pathlib import Path
from time import process_time
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

import customerhealth as ch
from text_files import EVENTS, INTERVALS, model, scored

HEADER = ["id", "at", "x"]
TOTAL = {"m": {"from": "u", "agg": "sum", "of": "x"}}
Rows = list[list[Any]]


def book(folder: Path, rows: Rows, name: str = "u.xlsx", **more: Rows) -> Path:
    """A workbook with the rows in its sheet `Data`, and more sheets."""
    made = openpyxl.Workbook()
    made.active.title = "Data"
    sheets = [made.active, *(made.create_sheet(title) for title in more)]
    for sheet, content in zip(sheets, [rows, *more.values()], strict=True):
        for row in content:
            sheet.append(row)
    made.save(folder / name)
    return folder / name


DAY = datetime(2026, 6, 1, 9, 30)


def test_a_workbook_of_one_sheet_is_a_table(tmp_path: Path) -> None:
    rows = [["note", *HEADER], ["ignored", "acme", DAY, 5], [None] * 4, [None, "zeta", date(2026, 6, 2), 0.25]]
    metrics = TOTAL | {"t": {"from": "u", "agg": "last_time"}}
    path = book(tmp_path, rows)
    right = [
        {"account_id": "acme", "m": 5.0, "t": DAY.replace(tzinfo=timezone.utc)},
        {"account_id": "zeta", "m": 0.25, "t": datetime(2026, 6, 2, tzinfo=timezone.utc)},
    ]
    assert scored(ch.Portfolio(model(metrics), u=path)) == right
    assert scored(ch.Portfolio(model(metrics), u=f"{path}#Data")) == right


def test_of_several_sheets_one_has_to_be_named(tmp_path: Path) -> None:
    path = book(
        tmp_path, [HEADER, ["a", DAY, 1]], Other=[HEADER, ["b", DAY, 2]], **{"Q1#2026 é": [HEADER, ["c", DAY, 3]]}
    )
    for sheet, account in (("Data", "a"), ("Other", "b"), ("Q1#2026 é", "c")):
        assert ch.Portfolio(model(), u=f"{path}#{sheet}").accounts.to_pylist() == [account]
    with pytest.raises(
        ch.DataError, match=r"it has 3 sheets, say which one: .*u\.xlsx#SHEET'; they are 'Data', 'Other', "
    ):
        ch.Portfolio(model(), u=path)
    with pytest.raises(ch.DataError, match=r"it has no sheet 'Othr'; did you mean 'Other'\?"):
        ch.Portfolio(model(), u=f"{path}#Othr")


def test_sheets_of_many_workbooks_are_one_table(tmp_path: Path) -> None:
    for number in range(3):
        book(tmp_path, [["nothing"]], f"part-{number}.xlsx", Rows=[HEADER, [f"a{number}", DAY, number]])
    assert len(scored(ch.Portfolio(model(), u=f"{tmp_path}/part-*.xlsx#Rows"))) == 3
    assert len(scored(ch.Portfolio(model(), u=[f"{tmp_path}/part-{n}.xlsx#Rows" for n in (0, 2)]))) == 2


def test_dates_of_the_calendar_from_1904_are_the_same_days(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in (HEADER, ["a", DAY, 1]):
        made.active.append(row)
    made.save(tmp_path / "u.xlsx")
    metrics = {"t": {"from": "u", "agg": "last_time"}}
    assert scored(ch.Portfolio(model(metrics), u=tmp_path / "u.xlsx"))[0]["t"] == DAY.replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("ids", "right"),
    [
        ([7, 12], [7, 12]),
        ([7.0, 12], [7, 12]),
        (["007", "7"], ["007", "7"]),
        (["7", "12"], ["12", "7"]),
        (["A17", 17], ["17", "A17"]),
        ([True, "b"], ["TRUE", "b"]),
    ],
)
def test_ids_are_what_their_cells_are(ids: list[Any], right: list[Any], tmp_path: Path) -> None:
    path = book(tmp_path, [HEADER, *([i, DAY, 1] for i in ids)])
    assert ch.Portfolio(model(), u=path).accounts.to_pylist() == right


def test_text_ids_are_integers_where_the_other_tables_have_them(tmp_path: Path) -> None:
    both = model(accounts={"kind": "accounts", "account": "id"}, u=EVENTS)
    path = book(tmp_path, [HEADER, ["7", DAY, 1], [12, DAY, 2]])
    assert ch.Portfolio(both, accounts=pa.table({"id": [7, 12]}), u=path).accounts.to_pylist() == [7, 12]


@pytest.mark.parametrize("long", [9007199254740993, 1.5e16, -(2**60)])
def test_ids_beyond_what_excel_keeps_are_refused(long: float, tmp_path: Path) -> None:
    with pytest.raises(ch.DataError, match=r"u\.id\[1\] \(cell A3 of .*\): .*Excel keeps 15 digits of a number"):
        ch.Portfolio(model(), u=book(tmp_path, [HEADER, [7, DAY, 1], [long, DAY, 1]]))


def test_cells_are_read_by_their_role(tmp_path: Path) -> None:
    table = EVENTS | {"known": "seen", "key": "k", "deleted": "d"}
    metrics = {
        "total": {"from": "u", "agg": "sum", "of": "n"},
        "named": {"from": "u", "agg": "count", "where": "t = '7'"},
        "flags": {"from": "u", "agg": "count", "where": "f"},
        "shown": {"from": "u", "agg": "last", "of": "s"},
        "when": {"from": "u", "agg": "last", "of": "w"},
    }
    header = ["id", "at", "seen", "k", "d", "n", "t", "f", "s", "w"]
    rows = [
        ["a", "2026-06-01T09:30:00Z", DAY, 1, "no", "5", 7, 1, "x", None],
        ["a", DAY, None, 2, False, 2.5, "7", "yes", "007", date(2026, 1, 1)],
        ["a", DAY, DAY, 3, 1, 1000, "7.0", True, 5, None],
    ]
    (row,) = scored(ch.Portfolio(model(metrics, u=table), u=book(tmp_path, [header, *rows])))
    day = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert row == {"account_id": "a", "total": 7.5, "named": 2.0, "flags": 2.0, "shown": "007", "when": day}


@pytest.mark.parametrize(
    ("cell", "column", "message"),
    [
        ("#N/A", "x", r"u\.x\[1\] \(cell C4 of .*u\.xlsx'\): the cell holds the error #N/A"),
        ("#DIV/0!", "id", r"u\.id\[1\] \(cell A4 of .*\): the cell holds the error #DIV/0!"),
        ("=1+1", "x", r"u\.x\[1\] \(cell C4 of .*\): the formula has no value; open the workbook in Excel"),
        ("1,5", "x", r"u\.x\[1\] \(cell C4 of .*\): '1,5' is not a number.*neither a decimal comma"),
        (46174, "at", r"u\.at\[1\] \(cell B4 of .*\): 46174 is a number; a date is a cell with the format of dates"),
        ("June", "at", r"u\.at\[1\] \(cell B4 of .*\): 'June' is not an ISO date or time"),
        (time(9, 30), "at", r"u\.at\[1\] \(cell B4 of .*\): '09:30:00' is not an ISO date or time"),
    ],
)
def test_a_cell_that_does_not_fit_is_named_with_its_address(
    cell: Any, column: str, message: str, tmp_path: Path
) -> None:
    bad = ["b", DAY, 2]
    bad[HEADER.index(column)] = cell
    with pytest.raises(ch.DataError, match=message) as caught:
        ch.Portfolio(model(TOTAL), u=book(tmp_path, [HEADER, ["a", DAY, 1], [], bad]))
    assert (caught.value.column, caught.value.row) == (column, 1)


def test_errors_and_formulas_in_columns_that_are_not_read_do_not_matter(tmp_path: Path) -> None:
    path = book(tmp_path, [["other", *HEADER], ["#N/A", "a", DAY, 1], ["=1+1", "a", DAY, None]])
    assert scored(ch.Portfolio(model(TOTAL), u=path)) == [{"account_id": "a", "m": 1.0}]


def test_a_formula_counts_with_the_value_that_it_had(tmp_path: Path) -> None:
    path = book(tmp_path, [HEADER, ["a", DAY, "=1+1"], ["a", DAY, None]])
    inside = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as before:
        parts = {name: before.read(name) for name in before.namelist()}
    parts[inside] = parts[inside].replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(b"<f>1+1</f><v></v>", b"")
    assert b"<v>2</v>" in parts[inside]
    with zipfile.ZipFile(path, "w") as after:
        for name, content in parts.items():
            after.writestr(name, content)
    assert scored(ch.Portfolio(model(TOTAL), u=path)) == [{"account_id": "a", "m": 2.0}]


def test_a_merged_cell_has_its_value_once(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in (HEADER, ["a", DAY, 1], ["a", DAY, 2]):
        made.active.append(row)
    made.active.merge_cells("A2:A3")
    made.save(tmp_path / "u.xlsx")
    portfolio = ch.Portfolio(model(TOTAL), u=tmp_path / "u.xlsx")
    assert scored(portfolio) == [{"account_id": "a", "m": 1.0}]
    assert [(row["check"], row["rows"]) for row in portfolio.quality().to_pylist()] == [("null_account", 1)]


def test_rows_that_are_none_are_skipped(tmp_path: Path) -> None:
    table = EVENTS | {"skip": {"first": 2, "below_header": 1, "last": 2}}
    rows = [
        ["Usage"],
        ["of June"],
        [],
        HEADER,
        [None, "(UTC)"],
        ["a", DAY, 1],
        ["b", DAY, "two"],
        [],
        ["Total", None, 3],
    ]
    with pytest.raises(ch.DataError, match=r"u\.x\[1\] \(cell C7 of .*\): 'two' is not a number"):
        ch.Portfolio(model(TOTAL, u=table), u=book(tmp_path, rows))
    rows[6][2] = 2
    assert [row["m"] for row in scored(ch.Portfolio(model(TOTAL, u=table), u=book(tmp_path, rows)))] == [1.0, 2.0]


@pytest.mark.parametrize("skip", [{}, {"last": 1}, {"first": 1, "last": 2}])
def test_a_cell_far_below_the_rows_takes_no_time(tmp_path: Path, skip: dict[str, int]) -> None:
    """A sheet of 5 KB may begin and end a million rows apart; a list of rows that loses its first took minutes."""
    made = openpyxl.Workbook()
    for row in [HEADER] if "first" not in skip else [["Usage of June"], HEADER]:
        made.active.append(row)
    made.active.append(["a", DAY, 1])
    made.active["C300000"] = 5
    made.save(tmp_path / "far.xlsx")
    began = process_time()
    portfolio = ch.Portfolio(model(TOTAL, u=EVENTS | {"skip": skip}), u=tmp_path / "far.xlsx")
    assert process_time() - began < 10  # 0.6 here, of the processor
    assert [(row["check"], row["rows"]) for row in portfolio.quality().to_pylist()] == (
        [] if "last" in skip else [("null_account", 1)]
    )
    assert scored(portfolio) == [{"account_id": "a", "m": 1.0}]


def test_intervals_of_a_sheet_may_all_be_open(tmp_path: Path) -> None:
    rows = [["id", "start", "end"], ["a", DAY, None], ["b", DAY, None]]
    loaded = model({"n": {"from": "c", "agg": "count"}}, c=INTERVALS)
    assert [row["n"] for row in scored(ch.Portfolio(loaded, c=book(tmp_path, rows)))] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "the sheet has no header"),
        ([["id", "at", "id"], ["a", DAY, "b"]], "has two columns named 'id'"),
        ([["id", "time"], ["a", DAY]], "needs a column 'at', the table has none; "),
        ([["Usage of June"], [], ["id", "at"], ["a", DAY]], r"row 3 names 'id', 'at'; .*\"skip\": {\"first\": 2}"),
        ([["Usage", "of June"], ["At", "at"], ["a", DAY]], r"row 2 names 'at'; .*\"skip\": {\"first\": 1}"),
        ([["Usage of June"], ["no", "column"]], "needs a column 'id', the table has none; "),
    ],
)
def test_a_header_that_does_not_fit_is_refused(rows: Rows, message: str, tmp_path: Path) -> None:
    with pytest.raises(ch.DataError, match=message):
        ch.Portfolio(model(), u=book(tmp_path, rows))


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "u.xlsx").write_text("id,at\na,2026-06-01\n")
    with pytest.raises(ch.DataError, match=r"u\.xlsx' cannot be read: it is no workbook of Excel's"):
        ch.Portfolio(model(), u=tmp_path / "u.xlsx")
    with pytest.raises(ch.DataError, match=r"there is no file '.*none\.xlsx'"):
        ch.Portfolio(model(), u=str(tmp_path / "none.xlsx#Data"))
    rows = model(u=EVENTS | {"rows": "data"})
    with pytest.raises(ch.DataError, match=r"`rows` is the path of a list in a JSON document"):
        ch.Portfolio(rows, u=book(tmp_path, [HEADER]))


def test_without_openpyxl_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path, [HEADER])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ch.DataError, match=r"reading it needs openpyxl: pip install 'customerhealth\[excel\]'"):
        ch.Portfolio(model(), u=path)
