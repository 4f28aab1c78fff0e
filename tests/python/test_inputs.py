"""Tables from every tool that people use give the same panel; what fits nowhere is explained."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import nanoarrow
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
import small


class OnlyArray:
    """An object that speaks the array interface alone."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return self._batch.__arrow_c_array__(requested_schema)


def duck(table: pa.Table) -> Any:
    connection = duckdb.connect()
    connection.register("usage", table)
    return connection.sql("select * from usage")


def pandas_arrow(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def categories(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().astype({"account_id": "category", "user_id": "category"})


def with_index(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().set_index("account_id")


def with_odd_columns(table: pa.Table) -> pd.DataFrame:
    frame = table.to_pandas()
    frame["not read"] = [{"a": 1}, 2, "x", None, b"y", 3.5]
    frame[7] = 1
    return frame


def naive(table: pa.Table) -> pd.DataFrame:
    frame = table.to_pandas()
    return frame.assign(at=frame["at"].dt.tz_localize(None), known_at=frame["known_at"].dt.tz_localize(None))


SOURCES: dict[str, Callable[[pa.Table], Any]] = {
    "pyarrow table": lambda t: t,
    "pyarrow slice": lambda t: pa.concat_tables([t.slice(0, 2), t]).slice(2),
    "pyarrow chunks": lambda t: pa.concat_tables([t.slice(0, 1), t.slice(1, 3), t.slice(4, 0), t.slice(4)]),
    "pyarrow batch": lambda t: t.to_batches()[0],
    "pyarrow reader": lambda t: t.to_reader(max_chunksize=2),
    "pyarrow dataset": pa.dataset.dataset,
    "array interface": lambda t: OnlyArray(t.to_batches()[0]),
    "pandas": lambda t: t.to_pandas(),
    "pandas on arrow": pandas_arrow,
    "pandas categories": categories,
    "pandas index": with_index,
    "pandas odd columns": with_odd_columns,
    "pandas naive": naive,
    "pandas strided": lambda t: t.to_pandas().iloc[::-1].iloc[::-1],
    "polars": pl.DataFrame,
    "polars lazy": lambda t: pl.DataFrame(t).lazy(),
    "polars categories": lambda t: pl.DataFrame(t).with_columns(pl.col("account_id").cast(pl.Categorical)),
    "duckdb": duck,
    "nanoarrow": nanoarrow.ArrayStream,
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_kind_of_frame_gives_the_same_panel(name: str) -> None:
    source = SOURCES[name](small.usage())
    assert ch.Portfolio(small.model(), usage=source).score(small.AS_OF).table.equals(small.panel().table)


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.uint16()])
def test_integer_ids_stay_integers(kind: pa.DataType) -> None:
    table = small.usage((3, 1, 2))
    table = table.set_column(0, "account_id", table["account_id"].cast(kind))
    panel = ch.Portfolio(small.model(), usage=table).score(small.AS_OF)
    assert panel.table["account_id"].type == pa.int64()
    assert panel.table["account_id"].to_pylist() == [1, 2, 3]


def write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=2)


def write_stream(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


def write_gzip(table: pa.Table, path: Path) -> None:
    text = pa.BufferOutputStream()
    pa.csv.write_csv(table, text)
    path.write_bytes(gzip.compress(text.getvalue().to_pybytes()))


FILES: dict[str, tuple[str, Callable[[pa.Table, Path], None]]] = {
    "parquet": ("usage.parquet", write_parquet),
    "capitals": ("USAGE.PARQUET", write_parquet),
    "csv": ("usage.csv", lambda t, p: pa.csv.write_csv(t, p)),
    "gzip": ("usage.csv.gz", write_gzip),
    "arrow file": ("usage.arrow", lambda t, p: pa.feather.write_feather(t, str(p), compression="uncompressed")),
    "arrow stream": ("usage.ipc", write_stream),
    "feather": ("usage.feather", lambda t, p: pa.feather.write_feather(t, str(p), compression="lz4")),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_gives_the_same_panel(kind: str, tmp_path: Path) -> None:
    name, write = FILES[kind]
    path = tmp_path / name
    write(small.usage(), path)
    for source in (path, str(path)):
        assert ch.Portfolio(small.model(), usage=source).score(small.AS_OF).table.equals(small.panel().table)


def test_a_folder_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    pq.write_table(small.usage().slice(0, 3), tmp_path / "a.parquet")
    pq.write_table(small.usage().slice(3), tmp_path / "b.parquet")
    assert ch.Portfolio(small.model(), usage=tmp_path).score(small.AS_OF).table.equals(small.panel().table)


def test_only_the_columns_that_the_model_reads_are_taken_from_a_file(tmp_path: Path) -> None:
    table = small.usage().append_column("unread", pa.array([[1], [2], [3], [4], [5], [6]]))
    pq.write_table(table, tmp_path / "usage.parquet")
    portfolio = ch.Portfolio(small.model(), usage=tmp_path / "usage.parquet")
    assert portfolio.score(small.AS_OF).table.equals(small.panel().table)


def test_in_a_csv_only_empty_cells_are_missing(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_text(
        "account_id,user_id,at,known_at,quantity\n"
        "NA,a,2026-06-10,2026-06-10,4\n"
        ",a,2026-06-10,2026-06-10,5\n"
        "acme,a,2026-06-10,,\n"
    )
    portfolio = ch.Portfolio(small.model(), usage=tmp_path / "usage.csv")
    assert portfolio.accounts.to_pylist() == ["NA", "acme"]
    assert portfolio.score(small.AS_OF).table["mean_quantity"].to_pylist() == [4.0, None]
    assert [(q["table"], q["rows"]) for q in portfolio.quality().to_pylist()] == [("usage", 1)]


def test_a_null_of_sql_leaves_a_csv_column_of_numbers(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("id,at,n,text\na,2026-01-01,1,NULL\na,2026-01-02,NULL,null\na,2026-01-03,null,NA\n")
    metrics = {
        "total": {"from": "u", "agg": "sum", "of": "n"},
        "said": {"from": "u", "agg": "count", "where": "text is not missing"},
    }
    tables = {"u": {"kind": "events", "account": "id", "time": "at"}}
    model = ch.Model.parse({"format": 1, "tables": tables, "metrics": metrics})
    (row,) = ch.Portfolio(model, u=tmp_path / "u.csv").score("2026-02-01").table.to_pylist()
    assert (row["total"], row["said"]) == (1.0, 1.0)


class NoArrow:
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise RuntimeError("the warehouse is asleep")


class Impostor:
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return 42


def failing_reader() -> pa.RecordBatchReader:
    batch = small.usage().to_batches()[0]

    def batches() -> Any:
        yield batch
        raise OSError("the line went dead")

    return pa.RecordBatchReader.from_batches(batch.schema, batches())


def test_what_a_stream_raises_half_way_comes_through_as_itself() -> None:
    with pytest.raises(OSError, match="the line went dead"):
        ch.Portfolio(small.model(), usage=failing_reader())


def test_an_append_that_fails_half_way_changes_nothing() -> None:
    portfolio = small.portfolio()
    with pytest.raises(OSError, match="the line went dead"):
        portfolio.append(usage=failing_reader())
    assert portfolio.score(small.AS_OF).table.equals(small.panel().table)
    portfolio.append(usage=small.usage())
    assert portfolio.score(small.AS_OF).table["events"].to_pylist() == [8.0, 2.0, 0.0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"account_id": ["a"]}, "a dict cannot be read: expected a pandas, polars or pyarrow table"),
        ([1, 2], "a list cannot be read"),
        (None, "a NoneType cannot be read"),
        (np.zeros(3), r"a numpy\.ndarray cannot be read"),
        (pd.Series([1]), r"a pandas\.[a-zA-Z.]*Series cannot be read"),
        ("usage.parquet", "there is no file 'usage.parquet'"),
        (Impostor(), "usage"),
    ],
    ids=["dict", "list", "None", "array", "series", "no file", "impostor"],
)
def test_what_is_no_table_is_refused_with_what_would_have_fitted(source: Any, message: str) -> None:
    with pytest.raises(ch.DataError, match=message) as caught:
        ch.Portfolio(small.model(), usage=source)
    assert caught.value.table == "usage"


def test_an_error_of_the_producer_itself_comes_through() -> None:
    with pytest.raises(RuntimeError, match="the warehouse is asleep"):
        ch.Portfolio(small.model(), usage=NoArrow())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("usage.parquet", b"not parquet", "cannot be read"),
        ("usage.arrow", b"not arrow", "cannot be read"),
        ("usage.feather", b"", "cannot be read"),
        ("usage.csv", b"", "cannot be read"),
        ("usage.csv", b"account_id,at\n1\n", "cannot be read"),
        ("usage.ods", b"PK", r"no known ending: expected .*\.parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ch.DataError, match=message) as caught:
        ch.Portfolio(small.model(), usage=path)
    assert name in str(caught.value)


def test_an_arrow_file_with_offsets_out_of_range_is_refused(tmp_path: Path) -> None:
    at = pa.array([0, 0], pa.timestamp("us"))
    ids = pa.array(["a", "b"])
    table = pa.table({"account_id": ids, "user_id": ids, "at": at, "known_at": at, "quantity": [1.0, 2.0]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    good, bad = (np.array(offsets, np.int32).tobytes() for offsets in ([0, 1, 2], [0, 10**6, 2 * 10**6]))
    content = sink.getvalue().to_pybytes()
    assert good in content
    (tmp_path / "usage.arrow").write_bytes(content.replace(good, bad))
    with pytest.raises(ch.DataError, match="cannot be read"):
        ch.Portfolio(small.model(), usage=tmp_path / "usage.arrow")


def test_a_pandas_column_of_mixed_values_is_named() -> None:
    frame = small.usage().to_pandas()
    frame["user_id"] = ["a", 1, "b", 2.5, None, "c"]
    with pytest.raises(ch.DataError, match="column 'user_id', row 1: its values have no common type") as caught:
        ch.Portfolio(small.model(), usage=frame)
    assert (caught.value.column, caught.value.row) == ("user_id", 1)


def test_a_folder_gives_the_columns_that_are_read_and_those_of_its_names(tmp_path: Path) -> None:
    for month, quantity in (("06", 4.0), ("07", 8.0)):
        part = tmp_path / "usage" / f"month={month}"
        part.mkdir(parents=True)
        at = [dt.datetime(2026, int(month), 10)]
        rows = {"id": ["a"], "at": at, "n": [quantity], "left out": [b"x"]}
        pq.write_table(pa.table(rows), part / "part.parquet")
    metrics = {"total": {"from": "u", "agg": "sum", "of": "n", "where": "month = 7"}}
    tables = {"u": {"kind": "events", "account": "id", "time": "at"}}
    model = ch.Model.parse({"format": 1, "tables": tables, "metrics": metrics})
    assert ch.Portfolio(model, u=tmp_path / "usage").score("2026-08-01").table["total"].to_pylist() == [8.0]


@pytest.mark.parametrize("ending", [".PARQUET", ".Csv", ".ARROW", ".pq", ".ipc"])
def test_endings_are_read_in_capitals_too(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"usage{ending}"
    kind = ending.lower()
    if kind in (".parquet", ".pq"):
        pq.write_table(small.usage(), path)
    elif kind in (".arrow", ".ipc"):
        pa.feather.write_feather(small.usage(), path, compression="uncompressed")
    else:
        pa.csv.write_csv(small.usage(), path)
    panel = ch.Portfolio(small.model(), usage=path).score(small.AS_OF)
    assert panel.table["events"].to_pylist() == [4.0, 1.0, 0.0]


def test_a_series_is_no_table() -> None:
    for series, kind in ((pd.Series([1]), "pandas.+Series"), (pl.Series([1]), "polars.+Series")):
        with pytest.raises(ch.DataError, match=rf"table 'usage': a {kind} cannot be read: expected a pandas, polars"):
            ch.Portfolio(small.model(), usage=series)


def test_an_index_is_read_only_where_it_is_a_column_that_the_model_reads() -> None:
    frame = small.usage().to_pandas()
    by_account = frame.set_index("account_id")
    assert ch.Portfolio(small.model(), usage=by_account).accounts.to_pylist() == ["acme", "beta", "zeta"]
    by_nothing = frame.rename_axis("row")
    assert ch.Portfolio(small.model(), usage=by_nothing).accounts.to_pylist() == ["acme", "beta", "zeta"]
    doubled = frame.set_index("account_id", drop=False)
    assert ch.Portfolio(small.model(), usage=doubled).accounts.to_pylist() == ["acme", "beta", "zeta"]
