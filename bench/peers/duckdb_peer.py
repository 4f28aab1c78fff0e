"""DuckDB: pre-aggregation, then a range join with the as-ofs.

Counts, sums and active days come from one row an account and day. Distinct users and features come from the
last day an account's user was seen between two neighbouring as-ofs (such days are seen by the same as-ofs,
save at the left edge of a window, where the last one decides), so that no `count(distinct)` is needed. String
ids are encoded first: joining and grouping them as text takes half as long again.

Tried and no faster: `unnest(range(...))` for the range join, one statement with common table expressions.
`panel_count_distinct` is the form one would write first; it takes two to three times as long.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa
import pyarrow.types as pt

from bench.workload import COUNTS, DAY_US, SUMS, WINDOWS, Grid

LONGEST = max(WINDOWS)
_Distinct = Callable[[str, str, Grid], str]


def panel(events: pa.Table, grid: Grid, threads: int) -> pa.Table:
    """Pre-aggregation, then a range join; distinct counts from the last day each was seen."""
    return _panel(events, grid, threads, _last_day)


def panel_count_distinct(events: pa.Table, grid: Grid, threads: int) -> pa.Table:
    """Daily pre-aggregation, then a range join with count(distinct)."""
    return _panel(events, grid, threads, _count_distinct)


def _panel(events: pa.Table, grid: Grid, threads: int, distinct: _Distinct) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {threads}")
        connection.execute("set preserve_insertion_order = false")
        connection.register("events", events)
        as_ofs = (
            f"select ({grid.first_us // DAY_US} + i * {grid.step_days})::integer as as_of from range({grid.count}) t(i)"
        )
        _create(connection, "as_ofs", as_ofs)
        account = _create_source(connection, encode=pt.is_string(events.schema.field("account_id").type))
        days = (
            "select account, day, count(*) as events, sum(value) as value, max(time) as last from source group by all"
        )
        _create(connection, "daily", days)
        _create(connection, "additive", _additive())
        for name, column in (("users", "user"), ("features", "feature")):
            _create(connection, name, distinct(name, column, grid))
        return connection.sql(_panel_rows(account)).to_arrow_table()


def _create(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    connection.execute(f"create temp table {name} as {query}")


def _create_source(connection: duckdb.DuckDBPyConnection, *, encode: bool) -> str:
    """Make the table of events with their day; return the relation that maps accounts back to ids."""
    rest = f"feature, value, time, (epoch_us(time) // {DAY_US})::integer as day from events"
    if not encode:
        _create(connection, "source", f'select account_id as account, user_id as "user", {rest}')
        return "(select distinct account, account as account_id from daily)"
    for name in ("account", "user"):
        codes = f'select {name}_id, (row_number() over ())::integer as "{name}"'
        _create(connection, f"{name}s_by_id", f"{codes} from (select distinct {name}_id from events)")
    join = "join accounts_by_id using (account_id) join users_by_id using (user_id)"
    _create(connection, "source", f'select account, "user", {rest} {join}')
    return "accounts_by_id"


def _per_window(column: str) -> str:
    """`column` once a window; {w} stands for its days."""
    return ", ".join(column.format(w=window) for window in WINDOWS)


def _onto_as_ofs(relation: str) -> str:
    return f"{relation} join as_ofs on day >= as_of - {LONGEST} and day < as_of"


def _additive() -> str:
    seen = "filter (day >= as_of - {w})"
    columns = f"sum(events) {seen} as events_{{w}}d, sum(value) {seen} as value_{{w}}d, count(*) {seen} as days_{{w}}d"
    return f"select account, as_of, {_per_window(columns)} from {_onto_as_ofs('daily')} group by all"


def _last_day(name: str, column: str, grid: Grid) -> str:
    bucket = f"(day - {grid.first_us // DAY_US % grid.step_days}) // {grid.step_days}"
    buckets = f'(select account, "{column}" as x, max(day) as day from source group by account, x, {bucket})'
    last = f"select account, as_of, x, max(day) as last from {_onto_as_ofs(buckets)} group by all"
    columns = _per_window(f"count(*) filter (last >= as_of - {{w}}) as {name}_{{w}}d")
    return f"select account, as_of, {columns} from ({last}) group by all"


def _count_distinct(name: str, column: str, _grid: Grid) -> str:
    days = f'(select distinct account, day, "{column}" as x from source)'
    columns = _per_window(f"count(distinct x) filter (day >= as_of - {{w}}) as {name}_{{w}}d")
    return f"select account, as_of, {columns} from {_onto_as_ofs(days)} group by all"


def _panel_rows(accounts: str) -> str:
    metrics = ", ".join(f"coalesce({name}, 0) as {name}" for name in COUNTS + SUMS)
    midnight = f"(rows.as_of::bigint * {DAY_US})"
    joins = " ".join(
        f"left join {name} on {name}.account = rows.account and {name}.as_of = rows.as_of"
        for name in ("additive", "users", "features")
    )
    return f"""
        select account_id, make_timestamp({midnight}) as as_of, {metrics},
               ({midnight} - epoch_us(last)) / {DAY_US} as days_since_last
        from (select account, account_id, as_of, as_of - 1 as day_before from {accounts}, as_ofs) rows
        asof join daily on rows.account = daily.account and rows.day_before >= daily.day {joins}"""
