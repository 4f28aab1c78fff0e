"""Polars: `group_by_dynamic` per window over events sorted by account.

Tried and slower: grouping unsorted events (five times the time), spreading daily rows onto the as-ofs with
`int_ranges` and `explode` (four times), one lazy query (sorts three times), the streaming engine, an integer day
as index.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from bench.workload import COUNTS, DAY_US, SUMS, WINDOWS, Grid

INSTANT = pl.Datetime("us", "UTC")
COLUMNS = ("account_id", "user_id", "feature", "time", "value", "day")


def panel(events: pa.Table, grid: Grid, _threads: int) -> pa.Table:
    """group_by_dynamic per window over events sorted by account, joined onto the panel's rows."""
    frame = _frame(events)
    rows = _panel_rows(frame.lazy(), grid)
    by_account = frame.sort("account_id", maintain_order=True).lazy()
    for window in WINDOWS:
        rows = rows.join(_window(by_account, grid, window), on=["account_id", "as_of"], how="left")
    return rows.with_columns(pl.col(COUNTS + SUMS).fill_null(0)).collect().to_arrow()


def _frame(events: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(events)
    assert isinstance(frame, pl.DataFrame)
    user = pl.col("user_id")
    narrow = user.cast(pl.Categorical).to_physical() if frame.schema["user_id"] == pl.String else user.cast(pl.UInt32)
    return frame.with_columns(narrow, day=(pl.col("time").to_physical() // DAY_US).cast(pl.Int32))


def _panel_rows(events: pl.LazyFrame, grid: Grid) -> pl.LazyFrame:
    """Every account at every as-of after its first event, with the days since its last one."""
    as_ofs = pl.LazyFrame({"as_of": pl.Series(grid.instants()).cast(INSTANT)})
    first = events.group_by("account_id").agg(first=pl.col("time").min())
    rows = first.join(as_ofs, how="cross").filter(pl.col("first") < pl.col("as_of")).sort("as_of")
    times = events.select("account_id", "time", last="time").set_sorted("time")
    last = rows.join_asof(
        times,
        left_on="as_of",
        right_on="time",
        by="account_id",
        strategy="backward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    days = (pl.col("as_of") - pl.col("last")).dt.total_microseconds() / DAY_US
    return last.select("account_id", "as_of", days_since_last=days)


def _window(events: pl.LazyFrame, grid: Grid, window: int) -> pl.LazyFrame:
    begin = grid.first_us - window * DAY_US
    seen = events.filter(pl.col("time").to_physical() >= begin).select(COLUMNS)
    buckets = pl.concat([_sentinels(events, begin), seen]).group_by_dynamic(
        "time",
        every=f"{grid.step_days}d",
        period=f"{window}d",
        offset=f"{begin // DAY_US % grid.step_days}d",
        group_by="account_id",
        closed="left",
        start_by="window",
    )
    metrics = buckets.agg(
        pl.len().alias(f"events_{window}d"),
        pl.col("value").sum().alias(f"value_{window}d"),
        pl.col("user_id").n_unique().alias(f"users_{window}d"),
        pl.col("feature").n_unique().alias(f"features_{window}d"),
        pl.col("day").n_unique().alias(f"days_{window}d"),
    )
    return metrics.with_columns(as_of=pl.col("time").dt.offset_by(f"{window}d")).drop("time")


def _sentinels(events: pl.LazyFrame, begin: int) -> pl.LazyFrame:
    """One row an account just before the first window.

    `group_by_dynamic` starts at the window that begins last among those that hold an account's first row, so
    windows that began earlier and hold it too would be lost. The row falls into a window that is then not
    asked for.
    """
    columns = events.collect_schema()
    accounts = events.select("account_id").unique()
    empty = [pl.lit(None, columns[name]).alias(name) for name in ("user_id", "feature", "value", "day")]
    return accounts.with_columns(pl.lit(begin - 1).cast(INSTANT).alias("time"), *empty).select(COLUMNS)
