"""What do tables with `known` or `key`, intervals, many as-ofs and many small accounts cost beside plain events?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import customerhealth as ch
from bench import aggregates
from bench.aggregates import AGGREGATES, Document, metric
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import DAY_US, DAYS, FIRST_DAY, SEED, WEEKLY, Grid, event_table

ROUNDS = 15  # calls of milliseconds: few rounds lie far apart
WINDOW = 28
KNOWN: Document = {**aggregates.USAGE, "known": "known_at"}
KEYED: Document = {**KNOWN, "key": "event_id"}
CONTRACTS: Document = {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}
OTHERS = ("sum", "min", "std", "median", "entropy", "completeness", "decayed")
QUARTER, YEAR = Grid(91, 1), Grid(364, 1)
SMALL_ACCOUNTS, SMALL_ROWS = 100_000, 10
# Which rows DuckDB counts at E; of a key the row known last.
VISIBLE = {
    "plain": "true",
    "known": "epoch_us(known_at) < E",
    "key": "epoch_us(known_at) < E and (replaced_at is null or replaced_at >= E)",
}

Call = Callable[[], Any]


def measure(settings: Settings) -> Sequence[Line]:
    """Score loaded portfolios of one metric each."""
    return [*_late(settings), *_as_ofs(settings), *_intervals(settings), *_small_accounts(settings)]


def _scoring(table: pa.Table, spec: Document, asked: Document, settings: Settings, grid: Grid = WEEKLY) -> Call:
    return _scoring_all(table, spec, {"asked": asked}, settings, grid)


def _scoring_all(
    table: pa.Table, spec: Document, asked: Mapping[str, Document], settings: Settings, grid: Grid = WEEKLY
) -> Call:
    document = aggregates.document(asked, spec)
    portfolio = ch.Portfolio(ch.Model.parse(document), tables={"usage": table}, threads=settings.threads)
    return lambda: portfolio.score(grid.as_ofs()).table


def _late_events(settings: Settings) -> pa.Table:
    """Events that become known after an exponential day, and of one in ten a correction of its value days later."""
    rng = np.random.default_rng(SEED)
    events = event_table(settings.events(1))
    rows = events.num_rows
    time = events["time"].cast(pa.int64()).to_numpy()
    events = events.append_column("event_id", pa.array(np.arange(rows)))
    events = events.append_column("known_at", _instants(time + (rng.exponential(1.0, rows) * DAY_US).astype(np.int64)))
    corrected = events.filter(pa.array(rng.random(rows) < 0.1))
    known = corrected["known_at"].cast(pa.int64()).to_numpy() + (rng.exponential(5.0, corrected.num_rows) * DAY_US)
    later = corrected.set_column(corrected.schema.get_field_index("known_at"), "known_at", _instants(known))
    return pa.concat_tables([events, later]).combine_chunks()


def _instants(micros: Any) -> pa.Array:
    return pa.array(np.asarray(micros, np.int64), pa.timestamp("us", tz="UTC"))


def _late(settings: Settings) -> list[Line]:
    late = _late_events(settings)
    events = late.slice(0, settings.events(1))
    count = metric("count", WINDOW)
    asked = ("count", *OTHERS)
    _assert_answers("known", events, KNOWN, asked, WEEKLY, settings)
    _assert_answers("key", late, KEYED, asked, WEEKLY, settings)
    calls: dict[str, Call] = {
        "plain count": _scoring(events, aggregates.USAGE, count, settings),
        "known count": _scoring(events, KNOWN, count, settings),
        "key count": _scoring(late, KEYED, count, settings),
    }
    for name in OTHERS:
        calls[f"plain {name}"] = _scoring(events, aggregates.USAGE, metric(name, WINDOW), settings)
        calls[f"known {name}"] = _scoring(events, KNOWN, metric(name, WINDOW), settings)
    seconds = by_turns(calls, settings.rounds(ROUNDS))
    figure = f"{settings.size(1)}, {WINDOW}d"
    limits: dict[str, tuple[str, float]] = {"known count": ("plain count", 3.0), "key count": ("plain count", 8.0)}
    limits |= {f"known {name}": (f"plain {name}", 2.0) for name in OTHERS}
    return [
        _line(f"{figure}, {ours} / {beside}", ours, beside, limit, seconds, (f"{figure}, known / plain", ours))
        for ours, (beside, limit) in limits.items()
    ]


def _line(
    figure: str, ours: str, beside: str, limit: float, seconds: Mapping[str, Any], family: tuple[str, str] | None = None
) -> Line:
    times = {key: seconds[key] for key in (ours, beside)}
    return Line(figure, seconds[ours].over(seconds[beside]), "at most", limit, seconds=times, family=family)


def _assert_answers(
    kind: str, table: pa.Table, spec: Document, names: Sequence[str], grid: Grid, settings: Settings
) -> None:
    """Every value of each aggregation against DuckDB's."""
    asked = {f"the_{name}": metric(name, WINDOW) for name in names}
    panel = _scoring_all(table, spec, asked, settings, grid)()
    if kind == "key":
        table = _with_successors(table)
    theirs = aggregates.by_duckdb(table, grid, WINDOW, tuple(names), VISIBLE[kind])
    accounts = int(table["account_id"].to_numpy().max()) + 1
    for name in names:
        found = aggregates.cells(panel, f"the_{name}", accounts, grid, "as_of")
        expected = aggregates.cells(theirs, name, accounts, grid, "E")
        aggregates.assert_same(f"{kind} {name}, {grid.count} as-ofs", found, expected, AGGREGATES[name].relative)


def _with_successors(late: pa.Table) -> pa.Table:
    """The rows with the instant at which the next one of their key became known."""
    with duckdb.connect() as connection:
        connection.register("late", late)
        return connection.sql(
            "select *, lead(epoch_us(known_at)) over (partition by event_id order by known_at) as replaced_at from late"
        ).to_arrow_table()


def _as_ofs(settings: Settings) -> list[Line]:
    """A year of daily as-ofs beside a quarter."""
    late = _late_events(settings)
    events = late.slice(0, settings.events(1))
    kinds = {"plain": (events, aggregates.USAGE), "known": (events, KNOWN), "key": (late, KEYED)}
    calls: dict[str, Call] = {}
    asked = [("plain", name) for name in AGGREGATES] + [(k, n) for k in ("known", "key") for n in OTHERS]
    for kind, (table, spec) in kinds.items():
        _assert_answers(kind, table, spec, [name for k, name in asked if k == kind], QUARTER, settings)
    for kind, name in asked:
        table, spec = kinds[kind]
        for grid in (QUARTER, YEAR):
            calls[f"{kind} {name}, {grid.count}"] = _scoring(table, spec, metric(name, WINDOW), settings, grid)
        _assert_alike(
            f"{kind} {name}", calls[f"{kind} {name}, {QUARTER.count}"](), calls[f"{kind} {name}, {YEAR.count}"]()
        )
    seconds = by_turns(calls, max(2, settings.rounds(ROUNDS) // 2))
    return [
        _line(
            f"{settings.size(1)}, {kind} `{name}` over {WINDOW}d: {YEAR.count} daily as-ofs / {QUARTER.count}",
            f"{kind} {name}, {YEAR.count}",
            f"{kind} {name}, {QUARTER.count}",
            2.2,
            seconds,
            (f"{settings.size(1)}, {kind} over {WINDOW}d: {YEAR.count} daily as-ofs / {QUARTER.count}", name),
        )
        for kind, name in asked
    ]


def _assert_alike(what: str, quarter: pa.Table, year: pa.Table) -> None:
    """The year says of the quarter's as-ofs what they say alone."""
    since = pa.scalar(QUARTER.first_us, pa.int64())
    later = year.filter(pc.greater_equal(year["as_of"].cast(pa.int64()), since))
    if not later.equals(quarter):
        raise WrongAnswerError(f"{what}: {YEAR.count} as-ofs answer otherwise than {QUARTER.count} of them alone")


def _intervals(settings: Settings) -> list[Line]:
    """Contracts of a quarter of a year on average, the next one soon after the last."""
    rng = np.random.default_rng(SEED)
    rows = settings.events(1) // 10
    accounts = rows // 20
    start = (FIRST_DAY + DAYS * rng.random(rows)) * DAY_US
    table = pa.table(
        {
            "account_id": rng.integers(0, accounts, rows),
            "start": _instants(start),
            "end": _instants(start + rng.exponential(90.0, rows) * DAY_US),
            "amount": rng.exponential(1000.0, rows),
        }
    )
    asked: dict[str, Document] = {
        "alive sum": {"from": "usage", "agg": "sum", "of": "amount"},
        "alive median": {"from": "usage", "agg": "median", "of": "amount"},
        "days_unbroken": {"from": "usage", "agg": "days_unbroken"},
        "days_to_end": {"from": "usage", "agg": "days_to_end"},
    }
    _assert_intervals(table, asked, settings)
    calls = {name: _scoring(table, CONTRACTS, each, settings) for name, each in asked.items()}
    seconds = by_turns(calls, settings.rounds(ROUNDS))
    limits = {"alive median": 2.5, "days_unbroken": 2.0, "days_to_end": 2.0}
    figure = f"{rows:,} contracts of {accounts:,} accounts"
    return [_line(f"{figure}, {name} / alive sum", name, "alive sum", limit, seconds) for name, limit in limits.items()]


def _assert_intervals(contracts: pa.Table, asked: Mapping[str, Document], settings: Settings) -> None:
    """Every value against DuckDB's: a run is unbroken from a start that no earlier end reaches."""
    with duckdb.connect() as connection:
        connection.register("contracts", contracts)
        theirs = connection.sql(
            f"with as_ofs as (select {WEEKLY.first_us} + i * {WEEKLY.step_us} as E from range({WEEKLY.count}) r(i)), "
            f'c as (select account_id, amount, epoch_us(start) as s, epoch_us("end") as stop, max(epoch_us("end")) '
            f"over (partition by account_id order by start rows between unbounded preceding and 1 preceding) as reach "
            f"from contracts), "
            f"runs as (select *, max(case when reach is null or s > reach then s end) over "
            f"(partition by account_id order by s rows unbounded preceding) as began from c) "
            f'select account_id, E, sum(amount) as "alive sum", median(amount) as "alive median", '
            f"(E - max(began)) / {DAY_US} as days_unbroken, (max(stop) - E) / {DAY_US} as days_to_end "
            f"from as_ofs join runs on s < E and stop >= E group by account_id, E"
        ).to_arrow_table()
    accounts = int(contracts["account_id"].to_numpy().max()) + 1
    for name, each in asked.items():
        panel = _scoring(contracts, CONTRACTS, each, settings)()
        found = aggregates.cells(panel, "asked", accounts, WEEKLY, "as_of")
        aggregates.assert_same(name, found, aggregates.cells(theirs, name, accounts, WEEKLY, "E"), 1e-9)


def _small_accounts(settings: Settings) -> list[Line]:
    """100,000 accounts of 10 rows: what an account costs, however few rows it has."""
    rng = np.random.default_rng(SEED)
    accounts = SMALL_ACCOUNTS // (10 if settings.quick else 1)
    rows = accounts * SMALL_ROWS
    table = pa.table(
        {
            "account_id": rng.integers(0, accounts, rows),
            "user_id": rng.integers(0, accounts * 3, rows),
            "feature": pa.array(rng.integers(0, 40, rows), pa.int32()),
            "time": _instants((FIRST_DAY + DAYS * rng.random(rows)) * DAY_US),
            "value": rng.exponential(3.0, rows),
        }
    )
    _assert_answers("plain", table, aggregates.USAGE, tuple(AGGREGATES), WEEKLY, settings)
    calls = {name: _scoring(table, aggregates.USAGE, metric(name, WINDOW), settings) for name in AGGREGATES}
    seconds = by_turns(calls, max(2, settings.rounds(ROUNDS) // 2))
    figure = f"{accounts:,} accounts of {SMALL_ROWS} rows, {WINDOW}d"
    return [
        _line(f"{figure}, `{name}` / count", name, "count", 4.0, seconds, (f"{figure} / count", name))
        for name in AGGREGATES
        if name != "count"
    ]
