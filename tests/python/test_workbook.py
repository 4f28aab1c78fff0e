"""Results as workbooks of Excel: what they hold, and what is refused."""

from __future__ import annotations

import math
import zipfile
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

import customerhealth as ch
import small
from customerhealth.results.looks import Look, with_looks


def written(table: object, path: Path) -> Any:
    ch.write(table, path)
    return openpyxl.load_workbook(path)


def column(values: Any, path: Path, name: str = "value") -> list[Any]:
    """What the cells of a column hold, below the header."""
    sheet = written(pa.table({name: values}), path).active
    return [sheet.cell(row, 1).value for row in range(2, sheet.max_row + 1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def test_values_keep_their_types(path: Path) -> None:
    assert column([1.5, None, -2.0], path) == [1.5, None, -2]
    assert column([True, False], path) == [True, False]
    assert column([date(2026, 7, 1)], path) == [datetime(2026, 7, 1)]
    assert column([datetime(2026, 7, 1, 9, 30, tzinfo=timezone.utc)], path) == [datetime(2026, 7, 1, 9, 30)]
    assert column([Decimal("12.50")], path) == [12.5]
    assert column(pa.array(["red", "green"]).dictionary_encode(), path) == ["red", "green"]
    assert column([["a", "b"]], path) == ["['a', 'b']"]


def test_what_excel_has_no_number_or_date_for_is_a_text(path: Path) -> None:
    assert column([123456789012345678, 42], path, "account_id") == ["123456789012345678", 42]
    assert column([math.nan, math.inf], path) == ["nan", "inf"]
    assert column([date(1850, 1, 2)], path) == ["1850-01-02"]
    assert str(column(pa.array([2**60], pa.timestamp("us", "UTC")), path)[0]).startswith("+38504-")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "http://example.org", "007", "{=1}", "'quoted", "a\nb", "שלום"]
)
def test_a_text_stays_a_text(path: Path, text: str) -> None:
    sheet = written(pa.table({text: [text]}), path).active
    assert [(cell.value, cell.data_type) for row in sheet.iter_rows() for cell in row] == [(text, "s")] * 2
    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert not [name for name in parts.namelist() if "rels" in name and b"example.org" in parts.read(name)]


def test_it_looks_like_what_people_are_shown(path: Path) -> None:
    table = with_looks(
        pa.table({"who": ["a", "b"], "grade": ["red", "green"], "share": [0.25, 0.5], "mrr": [1234.5, 8.0],
                  "at": [date(2026, 7, 1)] * 2}),
        {"grade": Look(grades=("red", "yellow", "green")), "share": Look(unit="percent", digits=1),
         "mrr": Look(label="Revenue", unit="EUR", digits=2)},
    )  # fmt: skip
    sheet = written(table, path).active
    assert sheet.title == "customerhealth"
    assert [cell.value for cell in sheet[1]] == ["who", "grade", "share", "Revenue", "at"]
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:E3"
    assert sheet["C2"].number_format == "0.0%"
    assert sheet["D2"].number_format == '#,##0.00" EUR"'
    assert sheet["E2"].number_format == "yyyy-mm-dd"
    assert sheet["B2"].fill.fgColor.rgb != sheet["B3"].fill.fgColor.rgb != "00000000"
    assert sheet.column_dimensions["D"].width > sheet.column_dimensions["A"].width


def test_a_panel_and_several_tables_are_sheets(path: Path) -> None:
    panel = small.panel()
    book = written({"Panel": panel, "Whom to call": panel.ranked("health")}, path)
    assert book.sheetnames == ["Panel", "Whom to call"]
    assert book["Panel"].max_row == len(panel) + 1
    heads = [cell.value for cell in book["Panel"][1]]
    grade = heads.index("health_grade") + 1
    assert book["Panel"].cell(2, grade).fill.fgColor.rgb != "00000000"
    with pytest.raises(ch.DataError, match=r"several tables make the sheets of an \.xlsx file"):
        ch.write({"a": panel}, path.with_suffix(".csv"))
    assert written(panel.filter("false"), path).active.max_row == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a" * 32, "31 characters"), ("a/b", "hold none of"), ("'a", "apostrophe"), ("", "expected a text"),
        ("History", "for itself"), (3, "expected a text"), ("a\nb", "hold none of"),
    ],
)  # fmt: skip
def test_names_that_excel_refuses_are_refused_first(path: Path, name: Any, said: str) -> None:
    with pytest.raises(ch.DataError, match=said):
        ch.write({name: small.panel()}, path)
    assert not path.exists()


def test_limits_of_excel_are_errors_and_nothing_is_written(path: Path) -> None:
    path.write_bytes(b"before")
    one = pa.table({"x": [1]})
    for table, said in (
        (pa.table({"x": pa.nulls(1_048_576)}), r"1,048,576 rows and a header, and Excel holds 1,048,576"),
        (pa.table({f"c{k}": [1] for k in range(16_385)}), "16,385 columns"),
        (pa.table({"x": ["ok", "y" * 32_768]}), r"x\[1\]: a text of 32,768 characters"),
        ({"A": one, "a": one}, "sees no capitals"),
        ({}, "needs a table"),
    ):
        with pytest.raises(ch.DataError, match=said):
            ch.write(table, path)
    assert path.read_bytes() == b"before"
    assert column(["y" * 32_767], path) == ["y" * 32_767]


def test_without_the_extra_it_says_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(ch.Error, match=r"pip install 'customerhealth\[excel\]'"):
        ch.write(small.panel(), path)
    assert not path.exists()


def test_a_panel_in_another_file_bears_no_looks(tmp_path: Path) -> None:
    ch.write(small.panel(), tmp_path / "panel.parquet")
    assert pa.parquet.read_table(tmp_path / "panel.parquet").schema.field("health_grade").metadata in (None, {})
