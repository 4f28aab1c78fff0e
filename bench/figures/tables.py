"""What do tables with `known` or `key`, intervals, many as-ofs and many small accounts cost beside plain events?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

import customerhealth as ch
from bench import aggregates
from bench.aggregates import Document, metric
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line, Sense
from bench.settings import Settings
from bench.workload import DAY_US, DAYS, FIRST_DAY, SEED, WEEKLY, Grid, event_table

ROUNDS = 5
WINDOW = 28
KNOWN: Document = {**aggregates.USAGE, "known": "known_at"}
KEYED: Document = {**KNOWN, "key": "event_id"}
CONTRACTS: Document = {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}
OTHERS = ("sum", "min", "std", "median", "entropy", "completeness", "decayed")
QUARTER, YEAR = Grid(91, 1), Grid(364, 1)
SMALL_ACCOUNTS, SMALL_ROWS = 100_000, 10

Call = Callable[[], Any]


def measure(settings: Settings) -> Sequence[Line]:
    """Score loaded portfolios of one metric each."""
    return [*_late(settings), *_as_ofs(settings), *_intervals(settings), *_small_accounts(settings)]


def _scoring(table: pa.Table, spec: Document, asked: Document, settings: Settings, grid: Grid = WEEKLY) -> Call:
    document = aggregates.document({"asked": asked}, spec)
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
    _assert_known(events, settings)
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
        _line(f"{figure}, {ours} / {beside}", ours, beside, limit, seconds) for ours, (beside, limit) in limits.items()
    ]


def _line(figure: str, ours: str, beside: str, limit: float | None, seconds: Mapping[str, Any]) -> Line:
    sense: Sense = "at most" if limit else "reported"
    times = {key: seconds[key] for key in (ours, beside)}
    return Line(figure, seconds[ours].over(seconds[beside]), sense, limit, seconds=times)


def _assert_known(events: pa.Table, settings: Settings) -> None:
    """Counts over all accounts at each as-of: happened in the window, and known before the as-of."""
    panel = _scoring(events, KNOWN, metric("count", WINDOW), settings)()
    time, known = (events[name].cast(pa.int64()).to_numpy() for name in ("time", "known_at"))
    where = np.searchsorted(WEEKLY.instants(), panel["as_of"].cast(pa.int64()).to_numpy())
    found = np.bincount(where, panel["asked"].to_numpy(), WEEKLY.count)
    expected = [
        np.count_nonzero((time >= as_of - WINDOW * DAY_US) & (time < as_of) & (known < as_of))
        for as_of in WEEKLY.instants()
    ]
    if not np.array_equal(found, expected):
        raise WrongAnswerError("known: other counts than the events themselves give")


def _as_ofs(settings: Settings) -> list[Line]:
    """A year of daily as-ofs beside a quarter."""
    late = _late_events(settings)
    events = late.slice(0, settings.events(1))
    kinds = {"plain": (events, aggregates.USAGE), "known": (events, KNOWN), "key": (late, KEYED)}
    calls: dict[str, Call] = {}
    asked = [("plain", name) for name in aggregates.AGGREGATES] + [(k, n) for k in ("known", "key") for n in OTHERS]
    for kind, name in asked:
        table, spec = kinds[kind]
        for grid in (QUARTER, YEAR):
            calls[f"{kind} {name}, {grid.count}"] = _scoring(table, spec, metric(name, WINDOW), settings, grid)
    seconds = by_turns(calls, max(2, settings.rounds(ROUNDS) // 2))
    return [
        _line(
            f"{settings.size(1)}, {kind} `{name}` over {WINDOW}d: {YEAR.count} daily as-ofs / {QUARTER.count}",
            f"{kind} {name}, {YEAR.count}",
            f"{kind} {name}, {QUARTER.count}",
            2.2,
            seconds,
        )
        for kind, name in asked
    ]


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
    calls = {name: _scoring(table, CONTRACTS, each, settings) for name, each in asked.items()}
    seconds = by_turns(calls, settings.rounds(ROUNDS))
    limits = {"alive median": 2.5, "days_unbroken": 2.0, "days_to_end": 2.0}
    figure = f"{rows:,} contracts of {accounts:,} accounts"
    return [_line(f"{figure}, {name} / alive sum", name, "alive sum", limit, seconds) for name, limit in limits.items()]


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
    calls = {name: _scoring(table, aggregates.USAGE, metric(name, WINDOW), settings) for name in aggregates.AGGREGATES}
    seconds = by_turns(calls, max(2, settings.rounds(ROUNDS) // 2))
    figure = f"{accounts:,} accounts of {SMALL_ROWS} rows, {WINDOW}d"
    return [
        _line(f"{figure}, `{name}` / count", name, "count", 4.0, seconds)
        for name in aggregates.AGGREGATES
        if name != "count"
    ]
