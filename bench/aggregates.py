"""Every aggregation as one metric over the events of workload W, and the same in the words of DuckDB and polars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from bench.check import WrongAnswerError
from bench.workload import DAY_US, FIRST_DAY, Grid

Document = dict[str, Any]
Floats = npt.NDArray[np.float64]

USAGE: Document = {"kind": "events", "account": "account_id", "time": "time"}
WANTED = (1, 2, 3, 4, 5)
HALF_LIFE = 14
_SHARES = "list_transform(map_values(histogram(feature)), lambda n: n / count(*))"
_VALUE, _FEATURE = pl.col("value"), pl.col("feature")
_COUNTS = _FEATURE.unique_counts()
_SHARE = _COUNTS / pl.len()


@dataclass(frozen=True)
class Aggregate:
    """A metric without its window; `sql` over the rows of one, whose as-of is `E`; `polars` where it has a form."""

    metric: Document
    sql: str
    polars: pl.Expr | None = None
    relative: float = 0.0  # how far the two may lie apart
    tables: Mapping[str, Document] = field(default_factory=dict)


AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate({"agg": "count"}, "count(*)", pl.len()),
    "count_distinct": Aggregate(
        {"agg": "count_distinct", "of": "user_id"}, "count(distinct user_id)", pl.col("user_id").n_unique()
    ),
    "sum": Aggregate({"agg": "sum", "of": "value"}, "sum(value)", _VALUE.sum(), 1e-9),
    "mean": Aggregate({"agg": "mean", "of": "value"}, "avg(value)", _VALUE.mean(), 1e-9),
    "min": Aggregate({"agg": "min", "of": "value"}, "min(value)", _VALUE.min()),
    "max": Aggregate({"agg": "max", "of": "value"}, "max(value)", _VALUE.max()),
    "decayed": Aggregate(
        {"agg": "decayed", "of": "value", "half_life": f"{HALF_LIFE}d"},
        f"sum(value * pow(2, (t - E) / {HALF_LIFE * DAY_US}))",
        None,
        1e-9,
    ),
    "std": Aggregate({"agg": "std", "of": "value"}, "stddev_samp(value)", _VALUE.std(), 1e-9),
    "median": Aggregate({"agg": "median", "of": "value"}, "median(value)", _VALUE.median(), 1e-12),
    "quantile": Aggregate(
        {"agg": "quantile", "of": "value", "q": 0.9},
        "quantile_cont(value, 0.9)",
        _VALUE.quantile(0.9, interpolation="linear"),
        1e-12,
    ),
    "top_share": Aggregate(
        {"agg": "top_share", "of": "feature"},
        f"list_max({_SHARES})",
        _COUNTS.max() / pl.len(),
        1e-12,
    ),
    "entropy": Aggregate(
        {"agg": "entropy", "of": "feature"},
        f"-list_sum(list_transform({_SHARES}, lambda p: p * ln(p)))",
        -(_SHARE * _SHARE.log()).sum(),
        1e-9,
    ),
    "completeness": Aggregate(
        {"agg": "completeness", "of": "feature", "wanted": list(WANTED)},
        f"count(distinct feature) filter (feature in {WANTED}) / {len(WANTED)}",
        _FEATURE.filter(_FEATURE.is_in(list(WANTED))).n_unique() / len(WANTED),
        1e-12,
    ),
    "longest_gap": Aggregate(
        {"agg": "longest_gap"},
        f"greatest(max(gap), E - max(t)) / {DAY_US}",
        None,
        1e-12,
    ),
}


def document(metrics: Mapping[str, Document], table: Document | None = None) -> Document:
    """A model of these metrics over one table."""
    return {"format": 1, "name": "aggregations", "tables": {"usage": table or USAGE}, "metrics": dict(metrics)}


def metric(name: str, window: int | None, **keys: Any) -> Document:
    """The metric over so many days, over all history without them."""
    return {"from": "usage", **AGGREGATES[name].metric, **({"window": f"{window}d"} if window else {}), **keys}


def by_duckdb(
    events: pa.Table, grid: Grid, window: int | None, names: tuple[str, ...], visible: str = "true"
) -> pa.Table:
    """The aggregations of every account and as-of with a row in the window: a join with the as-ofs, then a group by.

    `visible` says of a row whether it counts at `E`.
    """
    begin = f"and t >= E - {window * DAY_US}" if window else ""
    columns = ", ".join(f'{AGGREGATES[name].sql} as "{name}"' for name in names)
    gap = "t - lag(t) over (partition by account_id, E order by t) as gap" if "longest_gap" in names else "0 as gap"
    with duckdb.connect() as connection:
        connection.register("events", events)
        return connection.sql(
            f"with as_ofs as (select {grid.first_us} + i * {grid.step_us} as E from range({grid.count}) r(i)), "
            f"rows as (select *, epoch_us(time) as t from events), "
            f"seen as (select *, {gap} from as_ofs join rows on t < E {begin} where {visible}) "
            f"select account_id, E, {columns} from seen group by account_id, E order by account_id, E"
        ).to_arrow_table()


def by_polars(events: pl.DataFrame, grid: Grid, window: int, name: str) -> pl.DataFrame:
    """The aggregation in the natural form: `group_by_dynamic` over events sorted by account."""
    expression = AGGREGATES[name].polars
    assert expression is not None
    begin = grid.first_us - window * DAY_US
    return (
        events.lazy()
        .filter(pl.col("time").to_physical() >= begin)
        .group_by_dynamic(
            "time",
            every=f"{grid.step_days}d",
            period=f"{window}d",
            offset=f"{(begin // DAY_US) % grid.step_days}d",
            group_by="account_id",
            closed="left",
            start_by="window",
        )
        .agg(expression.alias(name))
        .collect()
    )


def cells(table: pa.Table, name: str, accounts: int, grid: Grid, as_of: str) -> Floats:
    """The values as a matrix of accounts and as-ofs, NaN where there is none; accounts are numbered from 0."""
    out = np.full((accounts, grid.count), np.nan)
    place = (table[as_of].cast(pa.int64()).to_numpy() - grid.first_us) // grid.step_us
    out[table["account_id"].to_numpy(), place] = (
        table[name].cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    )
    return out


def assert_same(what: str, found: Floats, expected: Floats, relative: float) -> None:
    """Whether the cells agree wherever something is expected: counts of nothing are 0, and stand in no join."""
    wrong = ~np.isnan(expected) & ~(np.abs(found - expected) <= relative * np.abs(expected))
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise WrongAnswerError(f"{what}: {found[at]} at {at}, expected {expected[at]} ({wrong.sum()} cells)")


assert FIRST_DAY % 7 == 4  # the first as-of lies on the grid of weeks that polars is given
