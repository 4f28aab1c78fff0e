"""chDB: `arrayJoin` of every event onto the as-ofs that see it, then exact conditional aggregates.

Tried and slower: daily pre-aggregation with the distinct counts from the last day each was seen (twice the
time; ClickHouse's uniqExact is quick, its joins are not).
"""

from __future__ import annotations

from collections.abc import Callable

import chdb
import pyarrow as pa

from bench.workload import COUNTS, DAY_US, SUMS, WINDOWS, Grid

LONGEST = max(WINDOWS)


def panel(events: pa.Table, grid: Grid, threads: int) -> pa.Table:
    """arrayJoin of every event onto its as-ofs, then countIf, sumIf, uniqExactIf."""
    source = f"""select account_id, user_id, feature, value, toUnixTimestamp64Micro(time) as us,
                        toInt32(intDiv(us, {DAY_US})) as day from Python(events)"""
    windowed = f"""select account_id, as_of, {_aggregates()} from (select *, {_as_ofs(grid)} as as_of from ({source}))
                   group by account_id, as_of"""
    metrics = ", ".join(f"ifNull(windowed.{name}, 0) as {name}" for name in COUNTS + SUMS)
    query = f"""
        select last.account_id as account_id, toInt64(last.as_of) * {DAY_US} as as_of, {metrics},
               (toInt64(last.as_of) * {DAY_US} - last.us) / {DAY_US} as days_since_last
        from ({_last(source, grid)}) as last
        left join ({windowed}) as windowed on windowed.account_id = last.account_id and windowed.as_of = last.as_of
        settings max_threads = {threads}"""
    # chDB finds `events` by its name in this frame
    assert isinstance(events, pa.Table)
    run: Callable[[str, str], pa.Table] = chdb.query
    return run(query, "ArrowTable")


def _as_ofs(grid: Grid) -> str:
    """The days of the as-ofs that see an event within the longest window, one row each."""
    first, step = grid.first_us // DAY_US, grid.step_days
    last = first + step * (grid.count - 1)
    after = f"greatest({first}, {first} + {step} * toInt32(floor((day - {first}) / {step}) + 1))"
    return f"arrayJoin(range(toUInt32({after}), toUInt32(least({last}, day + {LONGEST}) + 1), {step}))"


def _aggregates() -> str:
    return ", ".join(
        f"""countIf(day >= as_of - {w}) as events_{w}d, sumIf(value, day >= as_of - {w}) as value_{w}d,
            uniqExactIf(user_id, day >= as_of - {w}) as users_{w}d,
            uniqExactIf(feature, day >= as_of - {w}) as features_{w}d,
            uniqExactIf(day, day >= as_of - {w}) as days_{w}d"""
        for w in WINDOWS
    )


def _last(source: str, grid: Grid) -> str:
    """The last event before every as-of that has one: by bucket between as-ofs, then carried on."""
    first, step = grid.first_us // DAY_US, grid.step_days
    bucket = f"greatest(0, toInt32(floor((day - {first}) / {step}) + 1))"
    by_bucket = f"select account_id, {bucket} as k, max(us) as us from ({source}) group by account_id, k"
    lasts = (
        f"select account_id, groupArray((k, us)) as seen from ({by_bucket}) where k < {grid.count} group by account_id"
    )
    best = "arrayMax(arrayMap(s -> if(s.1 <= k, s.2, toInt64(-1)), seen))"
    return f"""select account_id, {first} + {step} * k as as_of, {best} as us
               from (select account_id, seen, arrayJoin(range({grid.count})) as k from ({lasts})) where us >= 0"""
