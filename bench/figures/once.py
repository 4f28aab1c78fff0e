"""What is asked once of a Parquet file: from how many metrics and as-ofs on is a portfolio worth its loading?

Each contestant reads the file itself, with as many threads; the answers are compared first. Memory is the peak of a
process that asks the one count and nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import ours
from bench.check import WrongAnswerError, assert_equal
from bench.clock import by_turns
from bench.line import Line
from bench.peak import held_most, held_now
from bench.peers import polars_peer
from bench.samples import Samples
from bench.settings import Settings
from bench.workload import DAY_US, WEEKLY, WINDOWS, Grid, event_table

ROUNDS = 5
WINDOW = 28
TODAY = Grid(count=1, step_days=7)
POLARS, DUCKDB = "polars", "duckdb"
COUNT = {
    "format": 1,
    "name": "count",
    "tables": {"usage": {"kind": "events", "account": "account_id", "time": "time"}},
    "metrics": {"events": {"from": "usage", "agg": "count", "window": f"{WINDOW}d"}},
}


def measure(settings: Settings) -> Sequence[Line]:
    """One count today; W's 16 metrics today; the same at 52 as-ofs."""
    with tempfile.TemporaryDirectory() as text:
        path = Path(text) / "usage.parquet"
        pq.write_table(event_table(settings.events(10), "string"), path, row_group_size=1_000_000)
        return [*_one_count(path, settings), *_today(path, settings), *_year(path, settings)]


def _one_count(path: Path, settings: Settings) -> list[Line]:
    expected = _sorted(_count(ours.NAME, path, settings.threads))
    for name in (POLARS, DUCKDB):
        if not _sorted(_count(name, path, settings.threads)).equals(expected):
            raise WrongAnswerError(f"{name}: other counts")
    names = (ours.NAME, POLARS, DUCKDB)
    calls = {name: partial(_count, name, path, settings.threads) for name in names}
    lines = _lines(f"{settings.size(10)} in a Parquet file, one count, one as-of", calls, settings)
    peaks = {name: _peak(name, path, settings.threads) for name in names}
    note = "; ".join(f"{name}: {peak / 1e6:.0f} MB" for name, peak in peaks.items())
    figure = f"{settings.size(10)} in a Parquet file, one count, one as-of: memory over that of"
    return [
        *lines,
        *(
            Line(f"{figure} {name}", Samples([peaks[ours.NAME] / peaks[name]]), note=note, family=(figure, name))
            for name in (POLARS, DUCKDB)
        ),
    ]


def _today(path: Path, settings: Settings) -> list[Line]:
    """What one writes for a single day: a group by over the file, each metric with a filter of its own."""
    calls: dict[str, Callable[[], pa.Table]] = {
        ours.NAME: partial(_scored, path, settings, TODAY),
        POLARS: partial(_today_by_polars, path),
        DUCKDB: partial(_today_by_duckdb, path, settings.threads),
    }
    for name in (POLARS, DUCKDB):
        assert_equal(calls[ours.NAME](), calls[name](), name)
    return _lines(f"{settings.size(10)} in a Parquet file, 16 metrics, one as-of", calls, settings)


def _year(path: Path, settings: Settings) -> list[Line]:
    """The best form of polars for many as-ofs; DuckDB's takes three times as long, as other figures say."""
    calls: dict[str, Callable[[], pa.Table]] = {
        ours.NAME: partial(_scored, path, settings, WEEKLY),
        POLARS: lambda: polars_peer.panel(pl.read_parquet(path).to_arrow(), WEEKLY, settings.threads),
    }
    assert_equal(calls[ours.NAME](), calls[POLARS](), POLARS)
    figure = f"{settings.size(10)} in a Parquet file, 16 metrics, {WEEKLY.count} as-ofs"
    return _lines(figure, calls, settings)


def _scored(path: Path, settings: Settings, grid: Grid) -> pa.Table:
    return ours.load(str(path), settings.threads).score(grid.as_ofs()).table


def _today_by_polars(path: Path) -> pa.Table:
    age = TODAY.last_us - pl.col("time").to_physical()
    metrics = [(age.min() / DAY_US).alias("days_since_last")]
    for window in WINDOWS:
        is_in = age <= window * DAY_US
        metrics += [
            is_in.sum().alias(f"events_{window}d"),
            pl.col("value").filter(is_in).sum().alias(f"value_{window}d"),
            pl.col("user_id").filter(is_in).n_unique().alias(f"users_{window}d"),
            pl.col("feature").filter(is_in).n_unique().alias(f"features_{window}d"),
            (pl.col("time").to_physical() // DAY_US).filter(is_in).n_unique().alias(f"days_{window}d"),
        ]
    seen = pl.scan_parquet(path).filter(age > 0)
    found = seen.group_by("account_id").agg(metrics).with_columns(as_of=pl.lit(TODAY.last_us))
    return found.collect(engine="streaming").to_arrow()


def _today_by_duckdb(path: Path, threads: int) -> pa.Table:
    metrics = [f"({TODAY.last_us} - max(epoch_us(time))) / {DAY_US} as days_since_last"]
    for window in WINDOWS:
        where = f"filter (where epoch_us(time) >= {TODAY.last_us - window * DAY_US})"
        metrics += [
            f"count(*) {where} as events_{window}d",
            f"coalesce(sum(value) {where}, 0) as value_{window}d",
            f"count(distinct user_id) {where} as users_{window}d",
            f"count(distinct feature) {where} as features_{window}d",
            f"count(distinct epoch_us(time) // {DAY_US}) {where} as days_{window}d",
        ]
    return _by_duckdb(
        f"select account_id, {TODAY.last_us}::bigint as as_of, {', '.join(metrics)} from '{path}' "
        f"where epoch_us(time) < {TODAY.last_us} group by account_id",
        threads,
    )


def _by_duckdb(query: str, threads: int) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute(f"set threads to {threads}")
        return connection.sql(query).to_arrow_table()


def _lines(figure: str, calls: Mapping[str, Callable[[], pa.Table]], settings: Settings) -> list[Line]:
    seconds = by_turns(calls, settings.rounds(ROUNDS))
    taken = seconds[ours.NAME]
    what = f"{figure}: times as fast as"
    return [
        Line(f"{what} {name}", seconds[name].over(taken), seconds=seconds, family=(what, name))
        for name in (POLARS, DUCKDB)
        if name in seconds
    ]


def _count(name: str, path: Path, threads: int) -> pa.Table:
    """Events of the last days before today, of each account that has any."""
    end = WEEKLY.last_us
    begin = end - WINDOW * DAY_US
    if name == ours.NAME:
        return ours.load(str(path), threads, COUNT).score(TODAY.as_ofs()).table.select(["account_id", "events"])
    if name == POLARS:
        as_of, since = (pl.lit(np.datetime64(at, "us")).dt.replace_time_zone("UTC") for at in (end, begin))
        seen = pl.scan_parquet(path).filter(pl.col("time") < as_of, pl.col("time") >= since)
        return seen.group_by("account_id").agg(events=pl.len()).collect().to_arrow()
    return _by_duckdb(
        f"select account_id, count(*) as events from '{path}' "
        f"where epoch_us(time) < {end} and epoch_us(time) >= {begin} group by account_id",
        threads,
    )


def _sorted(table: pa.Table) -> pa.Table:
    """Accounts with events in the window; ours says of the others that they have none."""
    kinds = pa.schema([("account_id", pa.string()), ("events", pa.int64())])
    table = table.select(kinds.names).cast(kinds)
    return table.filter(pc.greater(table["events"], 0)).sort_by("account_id").combine_chunks()


def _peak(name: str, path: Path, threads: int) -> float:
    command = [sys.executable, "-m", "bench.figures.once", name, str(path), str(threads)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


if __name__ == "__main__":
    before = held_now()
    _count(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    print(held_most() - before)
