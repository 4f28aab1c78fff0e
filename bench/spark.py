"""What Spark costs beside one machine: CPU of a whole run of `b2b-saas` as shipped, and its workers' memory.

python -m bench.spark FOLDER data     4,000 accounts, 5.2 million rows of usage, as Parquet; once
python -m bench.spark FOLDER one      one machine's load and score, with one thread
python -m bench.spark FOLDER 8        the same on Spark, local[2], in 8 buckets, without the session's start: first
                                      while Java still compiles what it runs, then again in the same session

Each prints CPU seconds, of all processes (reading the tables' schemas counts, and Java's compilers), and those of Java
alone; compare runs of one machine that does nothing else. Needs PySpark and Java.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

import customerhealth as ch

AS_OF = "2025-12-24"
ACCOUNTS, ROWS = 4000, 5_200_000


def data(folder: Path) -> None:
    """Tables of the simulator, of usage as many rows as there should be."""
    folder.mkdir(parents=True, exist_ok=True)
    company = ch.datasets.simulate(ACCOUNTS, "2024-07-01", AS_OF, seed=20).select(ch.Model.preset("b2b-saas"))
    for name, table in company.items():
        plain = pa.table(table).slice(0, ROWS)
        pq.write_table(plain, folder / f"{name}.parquet", row_group_size=1_000_000)
        print(f"{name}: {plain.num_rows:,} rows, {plain.nbytes / 1e6:,.0f} MB")


def one(folder: Path) -> None:
    """Load and score with one thread."""
    model = ch.Model.preset("b2b-saas")
    begun = time.process_time()
    tables = {name: folder / f"{name}.parquet" for name in model.tables}
    panel = ch.Portfolio(model, tables=tables, threads=1, progress=False).score(AS_OF)
    rows = panel.table.num_rows
    print(f"one machine: {time.process_time() - begun:.2f} s of CPU, {rows} rows")


def spread(folder: Path, buckets: int) -> None:
    """The same on Spark: the panel is worked out in the workers and counted."""
    from pyspark.sql import SparkSession

    from customerhealth import spark

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.memory", "4g").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    model = ch.Model.preset("b2b-saas")
    peak = _Peak()
    for turn in ("first", "again"):
        begun, began = _cpu(), time.perf_counter()
        frames = {name: session.read.parquet(str(folder / f"{name}.parquet")) for name in model.tables}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            panel = spark.score(model, frames, AS_OF, buckets=buckets)
        rows = panel.table.toArrow().num_rows
        spent, java = (now - before for now, before in zip(_cpu(), begun, strict=True))
        took = time.perf_counter() - began
        print(
            f"{buckets} buckets, {turn}: {spent:.2f} s of CPU, {java:.2f} of Java, {took:.1f} s, {rows} rows, "
            f"a worker's peak {peak.most / 1e6:.0f} MB"
        )
        panel.unpersist()
    peak.end()
    session.stop()


def _cpu() -> tuple[float, float]:
    """CPU seconds of this process and of all below it, those that ended too; and of Java alone."""
    total = java = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        try:
            spent, name = process.cpu_times(), process.name()
        except psutil.Error:
            continue
        own = spent.user + spent.system
        total += own + spent.children_user + spent.children_system
        java += own if name == "java" else 0.0
    return total, java


class _Peak:
    """The largest resident memory of one Python worker of Spark in bytes, `most`, looked at twenty times a second."""

    def __init__(self) -> None:
        self.most, self._ended = 0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        known: dict[int, Any] = {}
        turn = 0
        while not self._ended.wait(0.05):
            if turn % 10 == 0:
                known = {each.pid: each for each in psutil.Process().children(recursive=True)}
            turn += 1
            for process in known.values():
                try:
                    if "python" in process.name():
                        self.most = max(self.most, process.memory_info().rss)
                except psutil.Error:
                    continue

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


if __name__ == "__main__":
    where, what = Path(sys.argv[1]), sys.argv[2]
    if what in ("data", "one"):
        {"data": data, "one": one}[what](where)
    else:
        spread(where, int(what))
