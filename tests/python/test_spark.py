"""Spark gives what one machine gives, at any number of buckets, whatever is killed; what cannot be is said before.

Needs PySpark and a JDK, which a machine need not have: `.ci/run spark` has them, and fails where a test is skipped.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

if os.environ.get("CUSTOMERHEALTH_NEEDS_SPARK"):
    import pyspark  # noqa: F401
else:
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Spark needs a Java, and there is none", allow_module_level=True)

# Of PySpark, about the pandas that is there, and about what it leaves open itself.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

AS_OFS = ["2026-06-01", "2026-01-01"]
START, END = "2025-10-06", "2026-02-02"


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Two threads, a zone far from UTC, naive instants by default, and tasks that may fail three times."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.session.timeZone": "Pacific/Auckland",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
    }
    builder = SparkSession.builder.master("local[2, 4]")
    for key, value in options.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    yield spark
    spark.stop()


def plain(table: Any) -> pa.Table:
    """With texts in place of dictionaries."""
    table = pa.table(table)
    kinds = [each.type.value_type if pa.types.is_dictionary(each.type) else each.type for each in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True)))).replace_schema_metadata(None)


def frames_of(session: Any, tables: Any) -> dict[str, Any]:
    return {name: session.createDataFrame(plain(table)) for name, table in tables.items()}


def rows_of(table: Any) -> list[str]:
    """The rows, in an order that any order of them has; floats to the last bit, instants as UTC."""
    table = table.toArrow() if hasattr(table, "toArrow") else plain(table)
    utc = pa.timestamp("us", "UTC")
    kinds = [utc if pa.types.is_timestamp(each.type) else each.type for each in table.schema]
    table = table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))
    return sorted(repr(row) for row in table.to_pylist())


def document() -> dict[str, Any]:
    """b2b-saas with a score among peers that is looked back at, and a journey, a cohort and a play that go by it."""
    document = ch.Model.preset("b2b-saas").to_dict()
    document["scores"]["standing"] = {
        "measures": {
            "rank": {"value": "health", "percentile": {"least": 2}},
            "rise": {"value": "health_change", "zscore": {"least": 2}, "missing": {"never": "skip"}},
        },
        "grades": [{"name": "behind"}, {"name": "ahead", "from": 50}],
        "hysteresis": {"points": 5},
    }
    document["cohorts"] = {"behind": {"when": "standing_grade = 'behind'"}}
    document["plays"] = {"lift": {"when": "standing < 40", "cooldown": "28d"}}
    document["journeys"] = {
        "place": {"stages": [{"name": "low", "enter": "standing < 50"}, {"name": "high", "enter": "standing >= 50"}]}
    }
    return document


@cache
def company() -> dict[str, pa.Table]:
    tables = ch.datasets.simulate(30, "2025-07-01", "2026-06-15", seed=3).select(ch.Model.preset("b2b-saas"))
    return {name: pa.table(table) for name, table in tables.items()}


def scored(model: ch.Model, frames: Any, as_ofs: Any, **options: Any) -> Any:
    from customerhealth import spark

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*Spark keeps no order", UserWarning)
        return spark.score(model, frames, as_ofs, **options)


def answers(panel: Any, portfolio: ch.Portfolio | None = None) -> dict[str, list[str]]:
    """Of a SparkPanel, or of a panel and its portfolio."""
    asked = panel if portfolio is None else portfolio
    found = {"table": panel.table, "reasons": panel.reasons(), "plays": panel.plays()}
    found["closed"] = panel.plays(closed=True)
    for score in panel.model.scores:
        found[f"contributions of {score}"] = panel.contributions(score, deep=True)
    if panel.model.journeys:
        found["moves"] = asked.moves("place", START, END)
        found["memberships"] = asked.memberships(START, END)
    return {name: rows_of(table) for name, table in found.items()}


@cache
def expected() -> dict[str, list[str]]:
    portfolio = ch.Portfolio(ch.Model.parse(document()), tables=company())
    found = answers(portfolio.score(AS_OFS), portfolio)
    assert all(found.values()), "there is something to compare"
    return found


@pytest.mark.parametrize("buckets", [1, 4, 8])
def test_b2b_saas_as_shipped_is_the_same_to_the_bit(session: Any, buckets: int) -> None:
    model = ch.Model.preset("b2b-saas")
    portfolio = ch.Portfolio(model, tables=company())
    panel = scored(model, frames_of(session, company()), AS_OFS, buckets=buckets)
    assert panel.table.rdd.getNumPartitions() == buckets
    one = portfolio.score(AS_OFS)
    assert rows_of(panel.table) == rows_of(one.table)
    assert rows_of(panel.reasons()) == rows_of(one.reasons())
    assert rows_of(panel.contributions("health", deep=True)) == rows_of(one.contributions("health", deep=True))
    assert panel.peers == portfolio.peers(AS_OFS, given=portfolio.peers(AS_OFS))
    panel.unpersist()


def test_all_answers_are_the_same_to_the_bit(session: Any) -> None:
    panel = scored(ch.Model.parse(document()), frames_of(session, company()), AS_OFS, buckets=4)
    assert answers(panel) == expected()
    panel.unpersist()
