"""Spark gives what one machine gives, at any number of buckets, whatever is killed; what cannot be is said before.

Needs PySpark and a JDK, which a machine need not have: `.ci/run spark` has them, and fails where a test is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
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
    """Two threads, a zone far from UTC, naive instants by default, and tasks that may fail seven times."""
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
    builder = SparkSession.builder.master("local[2, 8]")
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
    found = {"table": panel.table, "reasons": panel.reasons(), "plays": panel.plays(closed=True)}
    found["contributions"] = panel.contributions("standing", deep=True)
    found["moves"], found["memberships"] = asked.moves("place", START, END), asked.memberships(START, END)
    return {name: rows_of(table) for name, table in found.items()}


@cache
def expected() -> dict[str, list[str]]:
    portfolio = ch.Portfolio(ch.Model.parse(document()), tables=company())
    found = answers(portfolio.score(AS_OFS), portfolio)
    assert all(found.values()), "there is something to compare"
    return found


# 64 take minutes: in a run that is asked for them.
@pytest.mark.parametrize("buckets", [1, 4, 8, *([64] if os.environ.get("CUSTOMERHEALTH_LONG_SPARK") else [])])
def test_buckets_answer_as_one_machine_to_the_bit(session: Any, buckets: int) -> None:
    frames = frames_of(session, company())
    shipped = ch.Model.preset("b2b-saas")
    portfolio = ch.Portfolio(shipped, tables=company())
    grid = ch.dates("2025-12-01", "2026-06-01", every="3mo")  # what a validation looks at
    panel, one = scored(shipped, frames, grid, buckets=buckets), portfolio.score(grid)
    assert panel.table.rdd.getNumPartitions() == panel.buckets == buckets
    assert rows_of(panel.table) == rows_of(one.table)
    assert rows_of(panel.reasons()) == rows_of(one.reasons())
    assert rows_of(panel.contributions("health", deep=True)) == rows_of(one.contributions("health", deep=True))
    assert panel.peers == portfolio.peers(grid, given=portfolio.peers(grid))
    panel.unpersist()
    panel = scored(ch.Model.parse(document()), frames, AS_OFS, buckets=buckets)
    assert answers(panel) == expected()
    panel.unpersist()


def test_workers_that_are_killed_change_nothing(session: Any) -> None:
    psutil = pytest.importorskip("psutil")
    ended, killed = threading.Event(), 0

    def is_worker(process: Any) -> bool:
        is_python = "pyspark.daemon" in process.cmdline()
        return bool(is_python and process.parent() and "pyspark.daemon" in process.parent().cmdline())

    def kill() -> None:
        nonlocal killed
        while killed < 3 and not ended.wait(0.5):
            for process in psutil.Process().children(recursive=True):
                try:
                    if is_worker(process) and process.cpu_percent(0.1) > 0:
                        process.send_signal(signal.SIGKILL)
                        killed += 1
                        break
                except psutil.Error:
                    continue

    panel = scored(ch.Model.parse(document()), frames_of(session, company()), AS_OFS, buckets=3)
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        found = answers(panel)
    finally:
        ended.set()
        killer.join()
    assert killed > 0
    assert found == expected()
    panel.unpersist()


def test_the_notebook_runs(session: Any, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads((Path(__file__).parents[2] / "examples" / "on_spark.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["session"] is session
    assert names["parts"].count() > len(names["many"]) == 35
    assert "health_grade" in capsys.readouterr().out


# ---- small tables ----------------------------------------------------------------------------------------------------


def small(**tables: Any) -> ch.Model:
    kinds = {"kind": "events", "account": "id", "time": "at"}
    return ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": kinds, "calls": kinds} | tables,
            "metrics": {
                "events": {"from": "usage", "agg": "sum", "of": "v"},
                "last": {"from": "usage", "agg": "last", "of": "v"},
                "calls": {"from": "calls", "agg": "count"},
            },
            "scores": {"rank": {"measures": {"use": {"value": "events", "percentile": {}}}}},
        }
    )


def events(ids: Any, kind: pa.DataType | None = None, zone: str | None = "UTC") -> pa.Table:
    count = len(ids)
    at = pa.array([1_767_225_600_000_000 + 3_600_000_000 * n for n in range(count)], pa.timestamp("us", zone))
    return pa.table({"id": pa.array(ids, kind), "at": at, "v": pa.array([float(n) for n in range(count)])})


DAY = "2026-06-01"


def test_numbers_of_any_type_are_one_account(session: Any) -> None:
    usage, calls = events([1, 2, 3, None, 7, 2**53]), events([7.0, 2.0, 9.0, float(2**53)])
    tables = {"usage": usage, "calls": calls}
    panel = scored(small(), frames_of(session, tables), DAY, buckets=5)
    assert rows_of(panel.table) == rows_of(ch.Portfolio(small(), tables=tables).score(DAY).table)
    assert panel.table.schema["account_id"].dataType.typeName() == "long"
    decimals = tables | {"calls": events([7, 2, 9, 2**53], pa.decimal128(20, 0))}
    found = scored(small(), frames_of(session, decimals), DAY, buckets=5).table
    assert rows_of(found) == rows_of(panel.table)


def test_instants_are_utc_and_naive_ones_too(session: Any) -> None:
    """The session is in Auckland; what is written there as 2026-01-01 00:00 UTC is read as that."""
    tables = {"usage": events(["a", "b"], zone="America/New_York"), "calls": events(["a"], zone=None)}
    frames = frames_of(session, tables)
    assert dict(frames["calls"].dtypes)["at"] == "timestamp_ntz"
    edge = "2026-01-01T00:00:00.000001"
    found = scored(small(), frames, [edge, "2026-01-01"], buckets=2).table
    expected = ch.Portfolio(small(), tables=tables).score([edge, "2026-01-01"]).table
    assert len(rows_of(found)) == 1
    assert rows_of(found) == rows_of(expected)
    assert found.schema["as_of"].dataType.typeName() == "timestamp"


def test_the_sessions_own_settings_stay(session: Any) -> None:
    """While rows are packed batches end by rows alone; what the session says of their bytes is there again after."""
    key = "spark.sql.execution.arrow.maxBytesPerBatch"
    frames = frames_of(session, {"usage": events(["a"]), "calls": events(["a"])})
    found = []
    for own in (None, "4096"):
        if own is not None:
            session.conf.set(key, own)
        found.append(rows_of(scored(small(), frames, DAY, buckets=2).table))
        assert session.conf.getAll.get(key) == own
    session.conf.unset(key)
    assert found[0] == found[1] != []


def test_empty_tables_and_one_giant_account(session: Any) -> None:
    tables = {"usage": events(["giant"] * 50_000 + ["a", "b", ""]), "calls": events([], pa.string())}
    panel = scored(small(), frames_of(session, tables), DAY)
    assert panel.buckets == 2, "the default parallelism"
    portfolio = ch.Portfolio(small(), tables=tables)
    assert rows_of(panel.table) == rows_of(portfolio.score(DAY).table)
    columns = ["table", "check", "rows", "example", "meaning"]
    assert rows_of(panel.quality().select(*columns)) == rows_of(portfolio.quality().select(columns))
    nothing = {name: table.slice(0, 0) for name, table in tables.items()}
    panel = scored(small(), frames_of(session, nothing), DAY, buckets=3)
    assert (panel.table.count(), panel.plays().count()) == (0, 0)
    assert [row["check"] for row in panel.quality().collect()] == ["no_rows", "no_rows"]


def test_order_says_which_row_came_later(session: Any) -> None:
    from customerhealth import spark

    at = pa.array([1_767_225_600_000_000] * 64, pa.timestamp("us", "UTC"))
    seq = list(range(64))
    rows = pa.table({"id": ["a"] * 64, "at": at, "v": pa.array(seq, pa.float64()), "seq": seq[32:] + seq[:32]})
    tables = frames_of(session, {"usage": rows, "calls": events(["a"])})
    with pytest.warns(UserWarning, match=r"usage: .* Spark keeps no order; name a column that tells, as in order="):
        spark.score(small(), tables, DAY)
    for model in (small(), small(usage={"kind": "events", "account": "id", "time": "at", "order": "v"})):
        panel = spark.score(model, tables, DAY, order={"usage": "seq"}, buckets=2)
        assert [row["last"] for row in panel.table.collect()] == [31.0]


def test_rows_are_filtered_and_peers_may_be_given(session: Any) -> None:
    tables = {"usage": events(list("abcdef")), "calls": events(list("ab"))}
    frames, portfolio = frames_of(session, tables), ch.Portfolio(small(), tables=tables)
    panel = portfolio.score(DAY).filter("rank > 50")
    found = scored(small(), frames, DAY, where="rank > 50", buckets=3)
    assert 0 < len(panel) < 6
    assert rows_of(found.table) == rows_of(panel.table)
    assert rows_of(found.contributions("rank")) == rows_of(panel.contributions("rank"))
    some = {"usage": frames["usage"].where("id < 'c'"), "calls": frames["calls"]}
    alone = scored(small(), some, DAY, peers=found.peers, buckets=2)
    assert rows_of(alone.table) == [row for row in rows_of(portfolio.score(DAY).table) if "'a'" in row or "'b'" in row]


def test_a_frame_is_a_table_of_a_portfolio_too(session: Any) -> None:
    tables = {"usage": events(["a", "b"]), "calls": events(["a"])}
    found = ch.Portfolio(small(), tables=frames_of(session, tables)).score(DAY).table
    assert found.equals(ch.Portfolio(small(), tables=tables).score(DAY).table)


def test_more_columns_and_odd_names_do_no_harm(session: Any) -> None:
    from pyspark.sql import functions as f

    model = small().with_columns({"id": "bucket", "v": "a `b`"})
    plain_ones = {"usage": events(["a", "b"]), "calls": events(["a"])}
    named = {n: t.rename_columns(["bucket", "at", "a `b`"]) for n, t in plain_ones.items()}
    frames = {n: t.withColumn("more", f.expr("interval 1 day")) for n, t in frames_of(session, named).items()}
    found = scored(model, frames, DAY, buckets=2).table
    assert rows_of(found) == rows_of(ch.Portfolio(small(), tables=plain_ones).score(DAY).table)


# ---- what cannot be --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "options", "message"),
    [
        (
            {"usage": events([1])},
            {},
            "accounts are texts in 'calls' and numbers in 'usage', so that no account",
        ),
        ({"usage": events(["a"]).drop_columns(["v"])}, {}, "usage: the model needs a column 'v'"),
        ({"usage": events(["a"]).drop_columns(["id"])}, {}, "usage: the model needs a column 'id'"),
        ({"usage": events([b"a"], pa.binary())}, {}, "accounts are texts or whole numbers, not binary"),
        ({"usage": events([True])}, {}, "accounts are texts or whole numbers, not bool"),
        ({"usagee": events(["a"])}, {}, "the model has no table 'usagee': did you mean 'usage'"),
        ({}, {"buckets": 0}, "buckets: expected a whole number from 1 to 1,000,000 or None, got 0"),
        ({}, {"buckets": True}, "buckets: expected a whole number"),
        ({}, {"order": {"usage": "sequence"}}, "usage: order names a column 'sequence', the table has none"),
        ({}, {"order": {"use": "v"}}, "order: there is no table 'use'"),
        ({}, {"order": {"usage": "id"}}, "column 'id': an order is numbers or instants, not string"),
        ({}, {"order": "v"}, "order: expected a dict of columns by the names of tables"),
        ({}, {"strict": "rows"}, "strict: expected False, True or 'all', got 'rows'"),
        ({}, {"where": "rnk > 5"}, "filter: the panel has no column 'rnk'"),
        ({}, {"where": "rank > "}, "filter"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_runs(
    session: Any, changed: dict[str, pa.Table], options: dict[str, Any], message: str
) -> None:
    tables = {"usage": events(["a"]), "calls": events(["a"])} | changed
    jobs = session.sparkContext.statusTracker()
    before = len(jobs.getJobIdsForGroup())
    with pytest.raises((ch.DataError, ch.ModelError, ValueError), match=message):
        scored(small(), frames_of(session, tables), DAY, **options)
    assert len(jobs.getJobIdsForGroup()) == before, "nothing ran"


def test_accounts_are_a_column_of_spark_s(session: Any) -> None:
    events_of = {"kind": "events", "account": "id", "time": "at"}
    frames = frames_of(session, {"usage": events(["a"]), "calls": events(["a"])})
    trimmed = {**events_of, "account": "who", "columns": {"who": "trim(id)"}}
    with pytest.raises(ch.DataError, match="table 'usage': its accounts are a formula, by which Spark cannot"):
        scored(small(usage=trimmed), frames, DAY)
    with pytest.raises(ch.DataError, match=r"what lies inside of a column \('id.group'\)"):
        scored(small(usage={**events_of, "account": "id.group"}), frames, DAY)
    through = {**events_of, "through": {"table": "users"}}
    users = {"kind": "keys", "key": "v", "account": "id"}
    with pytest.raises(ch.DataError, match="its accounts are found through the table 'users', whose rows lie in other"):
        scored(small(usage=through, users=users), frames, DAY)


def test_what_is_no_frame_is_refused(session: Any) -> None:
    usage = events(["a"])
    with pytest.raises(ch.DataError, match="table 'usage': expected a Spark DataFrame, got a Table"):
        scored(small(), {"usage": usage}, DAY)
    with pytest.raises(ch.DataError, match="tables: no DataFrame was given; the model reads usage, calls"):
        scored(small(), {}, DAY)
    with pytest.raises(ch.DataError, match="tables: expected a dict of Spark DataFrames"):
        scored(small(), [usage], DAY)
    frame = session.createDataFrame(usage)
    with pytest.raises(ch.DataError, match="table 'usage' has two columns named 'v'"):
        scored(small(), {"usage": frame.select("*", "v")}, DAY)
    with pytest.raises(ch.DataError, match="it is a stream without an end"):
        scored(small(), {"usage": session.readStream.format("rate").load()}, DAY)
    panel = scored(ch.Model.parse(document()), frames_of(session, company()), AS_OFS, buckets=2)
    with pytest.raises(ch.UnknownNameError, match="the model has no journey 'plac'"):
        panel.moves("plac", START, END)
    with pytest.raises(ch.UnknownNameError, match="has no score 'helth'"):
        panel.contributions("helth")
    with pytest.raises(ch.DataError, match="is before the start"):
        panel.memberships(END, START)
    with pytest.raises(TypeError, match="expected Peers or None, not a str"):
        scored(small(), {"usage": frame}, DAY, peers="all")
    with pytest.raises(ch.DataError, match="peers"):
        scored(small(), {"usage": frame}, DAY, peers=ch.Portfolio(panel.model, tables=company()).peers(AS_OFS))


def test_what_is_wrong_with_rows_is_said_in_our_words(session: Any) -> None:
    frames = frames_of(session, {"usage": events(["a", None, "b"]), "calls": events(["a"])})
    panel = scored(small(), frames, DAY, strict=True, buckets=3)
    with pytest.raises(ch.DataError, match="rows are counted within a bucket of Spark") as caught:
        _ = panel.table
    assert (caught.value.table, caught.value.column, caught.value.row) == ("usage", "id", None)
    halves = frames_of(session, {"usage": events([1.0, 2.5]), "calls": events([1])})
    with pytest.raises(ch.DataError, match="account ids are texts or 64-bit signed integers"):
        _ = scored(small(), halves, DAY, buckets=3).table
