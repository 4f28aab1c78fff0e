"""Folders of Delta and Iceberg tables are those tables, and never loose files."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog

import customerhealth as ch

MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {"log": {"kind": "events", "account": "who", "time": "at"}},
        "metrics": {"n": {"from": "log", "agg": "count"}, "v": {"from": "log", "agg": "sum", "of": "v"}},
    }
)
ROWS = pa.table(
    {
        "who": ["ann", "ann", "bob"],
        "at": pa.array([datetime(2026, 6, 1)] * 3, pa.timestamp("us")),
        "v": [1, 2, 4],
        "unread": [True, False, True],
    }
)


def answer(source: object) -> dict[str, tuple[float, float]]:
    panel = ch.Portfolio(MODEL, log=source).score("2026-07-01")
    return {row["account_id"]: (row["n"], row["v"]) for row in panel.table.to_pylist()}


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """Three rows, of which one was deleted: its file lies there still."""
    folder = tmp_path / "log"
    deltalake.write_deltalake(folder, ROWS)
    deltalake.DeltaTable(folder).delete("v = 2")
    assert sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet")) == 5
    return folder


def test_a_delta_folder_is_read_in_its_version(delta: Path) -> None:
    assert answer(delta) == {"ann": (1.0, 1.0), "bob": (1.0, 4.0)}


def test_a_delta_table_is_read_in_the_version_that_it_has(delta: Path) -> None:
    assert answer(deltalake.DeltaTable(delta)) == answer(delta)
    assert answer(deltalake.DeltaTable(delta, version=0)) == {"ann": (2.0, 3.0), "bob": (1.0, 4.0)}


def test_a_derived_name_that_a_lakehouse_has_too_is_refused(delta: Path, tmp_path: Path) -> None:
    """A column that no role reads is none that a formula may stand for either."""
    table = {"kind": "events", "account": "who", "time": "at", "columns": {"unread": "v * 2"}}
    metrics = {"n": {"from": "log", "agg": "sum", "of": "unread"}}
    model = ch.Model.parse({"format": 1, "tables": {"log": table}, "metrics": metrics})
    sources = [delta, deltalake.DeltaTable(delta), iceberg(tmp_path, ROWS)]
    for source in sources:
        with pytest.raises(ch.DataError, match="the model derives a column 'unread', and the table has one of that"):
            ch.Portfolio(model, log=source)
    other = model.to_dict()
    other["tables"]["log"]["columns"] = {"twice": "v * 2"}
    other["metrics"]["n"]["of"] = "twice"
    for source in sources:
        assert ch.Portfolio(ch.Model.parse(other), log=source).score("2026-07-01").table["n"].to_pylist()[1] == 8


def test_a_partitioned_delta_table_is_read_by_its_log(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "log", ROWS, partition_by=["who"])
    assert answer(tmp_path / "log") == {"ann": (2.0, 3.0), "bob": (1.0, 4.0)}


def iceberg(folder: Path, rows: pa.Table) -> Path:
    """The table in a folder, without the rows of v = 2, which lie there still."""
    catalog = SqlCatalog("test", uri="sqlite:///:memory:", warehouse=f"file://{folder}")
    catalog.create_namespace("lake")
    table = catalog.create_table("lake.log", schema=rows.schema, location=f"file://{folder}/iceberg")
    table.append(rows)
    table.delete("v = 2")
    return folder / "iceberg"


def test_an_iceberg_folder_is_read_in_its_last_version(tmp_path: Path) -> None:
    assert answer(iceberg(tmp_path, ROWS)) == {"ann": (1.0, 1.0), "bob": (1.0, 4.0)}


def test_a_column_that_the_table_lacks_is_looked_for_among_all(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "log", ROWS.rename_columns(["who", "at", "vv", "unread"]))
    message = r"needs a column 'v', the table has none; expected one of who, at, vv, unread"
    with pytest.raises(ch.UnknownNameError, match=message):
        answer(tmp_path / "log")
    catalog = SqlCatalog("test", uri="sqlite:///:memory:", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("lake")
    rows = ROWS.rename_columns(["whom", "at", "v", "unread"])
    catalog.create_table("lake.other", schema=rows.schema, location=f"file://{tmp_path}/other").append(rows)
    with pytest.raises(ch.UnknownNameError, match=r"needs a column 'who', the table has none; did you mean 'whom'\?"):
        answer(tmp_path / "other")


@pytest.mark.parametrize(("package", "extra"), [("deltalake", "delta"), ("pyiceberg.table", "iceberg")])
def test_without_the_reader_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, extra: str
) -> None:
    pq.write_table(ROWS, tmp_path / "part.parquet")
    log = tmp_path / {"delta": "_delta_log", "iceberg": "metadata"}[extra]
    log.mkdir()
    (log / "v1.metadata.json").write_text("{}")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ch.DataError, match=rf"is the folder of an? \w+ table; .*customerhealth\[{extra}\]'"):
        answer(tmp_path)


def test_a_log_that_cannot_be_read_is_said(delta: Path) -> None:
    for entry in (delta / "_delta_log").iterdir():
        entry.write_text("{}")
    with pytest.raises(ch.DataError, match=r"the Delta table in '.*log' cannot be read"):
        answer(delta)


def test_files_of_such_a_table_are_never_read_loose(delta: Path) -> None:
    for source in (str(delta / "*.parquet"), delta.parent, str(delta.parent / "**" / "*.parquet")):
        with pytest.raises(ch.DataError, match=r"is the folder of a Delta table; give its own path"):
            answer(source)
    shutil.rmtree(delta / "_delta_log")
    (delta / ".hoodie").mkdir()
    with pytest.raises(ch.DataError, match=r"is the folder of a Hudi table, which is not read"):
        answer(delta)
