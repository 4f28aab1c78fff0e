"""The same usage from six sources: files in memory, polars, DuckDB, ibis, Delta Lake, Spark.

pip install 'customerhealth[polars]' duckdb 'ibis-framework[duckdb]' deltalake pyspark   (Spark needs Java)
python examples/tables_of_the_lake.py

A source whose package is not installed is left out. Each is asked for the columns that the model reads, and for no
other; the panels are the same to the bit. The output stands in docs/frames.md.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.dataset

import customerhealth as ch

MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at"}},
        "metrics": {
            "events": {"from": "usage", "agg": "count", "window": "28d"},
            "users": {"from": "usage", "agg": "count_distinct", "of": "user_id", "window": "28d"},
            "spent": {"from": "usage", "agg": "sum", "of": "amount", "window": "28d"},
        },
    }
)


def usage() -> pa.Table:
    """Events of 40 accounts; the ids of users are beyond what a double tells apart."""
    rows = range(4_000)
    start = datetime(2026, 6, 1, tzinfo=timezone.utc)
    return pa.table(
        {
            "account_id": [row % 40 for row in rows],
            "at": pa.array([start + timedelta(minutes=11 * row) for row in rows], pa.timestamp("us", "UTC")),
            "user_id": [2**53 + row % 7 for row in rows],
            "amount": [row % 13 / 4 for row in rows],
            "unread": [f"{row}" for row in rows],
        }
    )


def of_polars(table: pa.Table) -> Any:
    import polars as pl

    return pl.DataFrame(table).lazy().filter(pl.col("amount") >= 0)


def of_duckdb(table: pa.Table) -> Any:
    import duckdb

    return duckdb.connect().from_arrow(table).filter("amount >= 0")


def of_ibis(table: pa.Table) -> Any:
    import ibis

    shown = ibis.memtable(table)
    return shown.filter(shown.amount >= 0)


def of_delta(table: pa.Table) -> Any:
    from deltalake import DeltaTable, write_deltalake

    folder = tempfile.mkdtemp()
    write_deltalake(folder, table)
    return DeltaTable(folder)


def of_spark(table: pa.Table) -> Any:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session.createDataFrame(table.to_pandas()).filter("amount >= 0")


SOURCES: dict[str, tuple[str, Callable[[pa.Table], Any]]] = {
    "pyarrow dataset": ("pyarrow", pyarrow.dataset.dataset),
    "polars LazyFrame": ("polars", of_polars),
    "DuckDB relation": ("duckdb", of_duckdb),
    "ibis table": ("ibis", of_ibis),
    "Delta table": ("deltalake", of_delta),
    "Spark DataFrame": ("pyspark", of_spark),
}


def main() -> None:
    """Score the usage from each source that is installed."""
    table = usage()
    expected = ch.Portfolio(MODEL, usage=table).score("2026-07-01").table
    loud = table.rename_columns(["ACCOUNT_ID", *table.column_names[1:]])
    print(expected.slice(0, 1).to_pylist()[0])
    for name, (package, make) in SOURCES.items():
        if importlib.util.find_spec(package) is None:
            print(f"{name:17} not installed")
            continue
        source = make(table)
        found = ch.Portfolio(MODEL, usage=source).score("2026-07-01").table
        try:
            ch.Portfolio(MODEL, usage=make(loud))
            words = ""
        except ch.DataError as error:
            words = str(error)
        print(f"{name:17} equal: {found.equals(expected)}; {words}")


if __name__ == "__main__":
    main()
