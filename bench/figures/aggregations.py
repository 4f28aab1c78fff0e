"""What does each aggregation cost beside a distinct count of the same windows, and beside polars?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa

from bench import aggregates, ours
from bench.aggregates import AGGREGATES, Document, Floats
from bench.clock import by_turns
from bench.line import Line, Sense
from bench.samples import Samples
from bench.settings import Settings
from bench.workload import WEEKLY, account_total, event_table

ROUNDS = 9  # calls of milliseconds: few rounds lie far apart
WINDOWS = (28, 91, None)
MEASURE = "count_distinct"  # D: what the others are compared with
# Times D in any window, and times as fast as polars.
LIMITS = {
    "min": 2.0,
    "max": 2.0,
    "decayed": 3.0,
    "std": 4.5,
    "median": 5.0,
    "quantile": 5.0,
    "top_share": 3.0,
    "entropy": 4.5,
    "completeness": 2.5,
}
PEER_LIMITS = {"min": 5.0, "max": 5.0, "std": 1.5, "median": 8.0, "quantile": 8.0}


@dataclass(frozen=True)
class Workload:
    """The events of workload W for both sides, and how many accounts they have."""

    events: pa.Table
    frame: pl.DataFrame
    accounts: int
    settings: Settings

    def scoring(self, metrics: Mapping[str, Document], table: Document | None = None) -> Callable[[], pa.Table]:
        """A call that scores a loaded portfolio at the weekly as-ofs."""
        portfolio = ours.load(self.events, self.settings.threads, aggregates.document(metrics, table))
        return lambda: portfolio.score(WEEKLY.as_ofs()).table

    def found(self, metrics: Mapping[str, Document]) -> dict[str, Floats]:
        """The answers as matrices of accounts and as-ofs."""
        panel = self.scoring({f"the_{name}": metric for name, metric in metrics.items()})()
        return {name: aggregates.cells(panel, f"the_{name}", self.accounts, WEEKLY, "as_of") for name in metrics}


def workload(settings: Settings) -> Workload:
    """The events, and a frame of them sorted by account, as `group_by_dynamic` wants it."""
    events = event_table(settings.events(1))
    frame = pl.from_arrow(events)
    assert isinstance(frame, pl.DataFrame)
    by_account = frame.sort("account_id", maintain_order=True)
    return Workload(events, by_account, account_total(events.num_rows), settings)


def measure(settings: Settings) -> Sequence[Line]:
    """Each aggregation over 28 days, 91 days and all history, alone in its model, scored by a loaded portfolio."""
    given = workload(settings)
    lines = []
    for window in WINDOWS:
        assert_answers(given, window)
        calls: dict[str, Callable[[], Any]] = {
            name: given.scoring({"asked": aggregates.metric(name, window)}) for name in AGGREGATES
        }
        if window:
            calls |= {
                f"polars {name}": partial(aggregates.by_polars, given.frame, WEEKLY, window, name)
                for name in AGGREGATES
                if AGGREGATES[name].polars is not None
            }
        lines += _lines(by_turns(calls, settings.rounds(ROUNDS)), settings, window)
    return sorted(lines, key=lambda line: line.family or ("", ""))  # the windows of one aggregation side by side


def assert_answers(given: Workload, window: int | None) -> None:
    """Every value of every aggregation against DuckDB's."""
    names = tuple(AGGREGATES)
    ours_ = given.found({name: aggregates.metric(name, window) for name in names})
    theirs = aggregates.by_duckdb(given.events, WEEKLY, window, names)
    for name in names:
        expected = aggregates.cells(theirs, name, given.accounts, WEEKLY, "E")
        aggregates.assert_same(f"{name}, {window}", ours_[name], expected, AGGREGATES[name].relative)


def _lines(seconds: Mapping[str, Samples], settings: Settings, window: int | None) -> list[Line]:
    reach = f"{window}d" if window else "all history"
    lines = []
    for name in AGGREGATES:
        limit, peer_limit = LIMITS.get(name), PEER_LIMITS.get(name)
        figure = f"{settings.size(1)}, `{name}` over {reach}"
        times = {key: seconds[key] for key in (name, MEASURE)}
        ratio = seconds[name].over(seconds[MEASURE])
        sense: Sense = "at most" if limit else "reported"
        if name != MEASURE:
            family = (f"{settings.size(1)}, `{name}` / distinct count of the same window", reach)
            lines.append(Line(f"{figure} / distinct count", ratio, sense, limit, seconds=times, family=family))
        if f"polars {name}" in seconds:
            peer = seconds[f"polars {name}"].over(seconds[name])
            sense = "at least" if peer_limit else "reported"
            family = (f"{settings.size(1)}, `{name}`: times as fast as polars", reach)
            own = {f"polars {name}": seconds[f"polars {name}"]}
            lines.append(
                Line(f"{figure}: times as fast as polars", peer, sense, peer_limit, seconds=own, family=family)
            )
    return lines
