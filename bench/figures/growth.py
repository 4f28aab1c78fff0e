"""What do ten times as many rows, as-ofs, accounts or windows cost, each for itself?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bench import ours
from bench.check import WrongAnswerError, assert_totals
from bench.clock import by_turns
from bench.line import Line
from bench.samples import Samples
from bench.settings import Settings
from bench.workload import DAY_US, WEEKLY, Grid, account_total, event_table

LIMIT = 1.4  # an event among ten times as many
AS_OF_LIMIT, ACCOUNT_LIMIT, WINDOW_LIMIT = 0.6, 0.6, 1.2  # these share the reading of the same rows
ROUNDS = 3
MILLIONS = (1, 10, 100)
FEW, MANY = Grid(count=52, step_days=1), Grid(count=520, step_days=1)
TIMES_ACCOUNTS = 10
WINDOWS = (30, 300)


def measure(settings: Settings) -> Sequence[Line]:
    """The one that needs most memory comes last."""
    return [*_as_ofs(settings), *_accounts(settings), *_windows(settings), *_rows(settings)]


def _rows(settings: Settings) -> list[Line]:
    """Time per event at 1M, 10M and 100M events; the first sits in cache and is reported only."""
    tables = {millions: event_table(settings.events(millions)) for millions in MILLIONS}
    for events in tables.values():
        assert_totals(ours.panel(events, WEEKLY, settings.threads), events, WEEKLY)
    seconds = by_turns(
        {
            settings.size(millions): partial(ours.panel, events, WEEKLY, settings.threads)
            for millions, events in tables.items()
        },
        settings.rounds(ROUNDS),
    )
    per_event = {m: Samples(s / settings.events(m) for s in seconds[settings.size(m)].values) for m in MILLIONS}
    rows = "; ".join(f"{settings.size(m)}: {per_event[m].median * 1e9:.1f} ns an event" for m in MILLIONS)
    figure = f"integer ids: time per event, {settings.size(100)} / {settings.size(10)}"
    return [
        Line(figure, per_event[100].over(per_event[10]), "at most", LIMIT, seconds=seconds, note=rows),
        Line(
            f"integer ids: time per event, {settings.size(10)} / {settings.size(1)}", per_event[10].over(per_event[1])
        ),
    ]


def _as_ofs(settings: Settings) -> list[Line]:
    """The last as-ofs of the many answer as they do alone."""
    portfolio = ours.load(event_table(settings.events(1)), settings.threads)

    def scored(grid: Grid) -> pa.Table:
        return portfolio.score(grid.as_ofs()).table

    few, many = scored(FEW), scored(MANY)
    if not many.filter(pc.greater_equal(many["as_of"].cast(pa.int64()), FEW.first_us)).equals(few):
        raise WrongAnswerError(f"{MANY.count} as-ofs answer otherwise than {FEW.count} of them alone")
    calls = {f"{grid.count} as-ofs": partial(scored, grid) for grid in (FEW, MANY)}
    seconds = by_turns(calls, settings.rounds(2 * ROUNDS))
    figure = f"{settings.size(1)}, loaded: time per daily as-of, {MANY.count} / {FEW.count}"
    return [
        _line(figure, AS_OF_LIMIT, seconds, (f"{FEW.count} as-ofs", FEW.count), (f"{MANY.count} as-ofs", MANY.count))
    ]


def _accounts(settings: Settings) -> list[Line]:
    """The same number of events, of ten times as many accounts: from Arrow columns to the panel, per row of it."""
    few = account_total(settings.events(1))
    calls, rows = {}, {}
    for accounts in (few, TIMES_ACCOUNTS * few):
        events = event_table(settings.events(1), accounts=accounts)
        panel = ours.panel(events, WEEKLY, settings.threads)
        assert_totals(panel, events, WEEKLY)
        name = f"{accounts:,} accounts"
        calls[name], rows[name] = partial(ours.panel, events, WEEKLY, settings.threads), panel.num_rows
    seconds = by_turns(calls, settings.rounds(2 * ROUNDS))
    figure = f"{settings.size(1)}: time per panel row, {' / '.join(reversed(rows))}"
    return [_line(figure, ACCOUNT_LIMIT, seconds, *rows.items())]


def _windows(settings: Settings) -> list[Line]:
    """Counts of 30 and of 300 different windows in one model."""
    events = event_table(settings.events(1))
    calls: dict[str, Any] = {}
    for count in WINDOWS:
        portfolio = ours.load(events, settings.threads, _counting(count))
        calls[f"{count} windows"] = lambda portfolio=portfolio: portfolio.score(WEEKLY.as_ofs()).table
    few, many = (calls[f"{count} windows"]() for count in WINDOWS)
    if not many.select(few.column_names).equals(few):
        raise WrongAnswerError(f"{WINDOWS[1]} windows answer otherwise than {WINDOWS[0]} of them alone")
    _assert_counts(many, events)
    seconds = by_turns(calls, settings.rounds(2 * ROUNDS))
    figure = f"{settings.size(1)}, loaded: time per window, {WINDOWS[1]} counts / {WINDOWS[0]}"
    return [_line(figure, WINDOW_LIMIT, seconds, *((f"{count} windows", count) for count in WINDOWS))]


def _counting(windows: int) -> dict[str, Any]:
    usage = {"kind": "events", "account": "account_id", "time": "time"}
    metrics = {f"events_{d}d": {"from": "usage", "agg": "count", "window": f"{d}d"} for d in range(1, windows + 1)}
    return {"format": 1, "name": "windows", "tables": {"usage": usage}, "metrics": metrics}


def _assert_counts(panel: pa.Table, events: pa.Table) -> None:
    """Totals over all accounts at the last as-of, of each window."""
    last = panel.filter(pc.equal(panel["as_of"].cast(pa.int64()), WEEKLY.last_us))
    age = pc.subtract(WEEKLY.last_us, events["time"].cast(pa.int64()))
    for days in range(1, WINDOWS[1] + 1):
        expected = pc.sum(pc.less_equal(age, days * DAY_US)).as_py()
        if pc.sum(last[f"events_{days}d"]).as_py() != expected:
            raise WrongAnswerError(f"events_{days}d: the total over all accounts is not {expected}")


def _line(
    figure: str, limit: float, seconds: Mapping[str, Samples], few: tuple[str, int], many: tuple[str, int]
) -> Line:
    per_few, per_many = (Samples(s / count for s in seconds[name].values) for name, count in (few, many))
    return Line(figure, per_many.over(per_few), "at most", limit, seconds=seconds)
