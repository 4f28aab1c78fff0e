"""How much longer does it take than moving the bytes that go in and come out?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from bench import ours
from bench.buffers import buffers
from bench.check import assert_totals
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import WEEKLY, event_table

LIMIT = 5.0
ROUNDS = 7


def measure(settings: Settings) -> Sequence[Line]:
    """Compare with one memcpy by one thread; that into memory already touched is judged, being the quicker.

    Beside it the least that a panel by account needs: the rows' columns in the order of accounts, were that known.
    """
    return [*_lines(settings, 1, None), *_lines(settings, 10, LIMIT)]


def _lines(settings: Settings, millions: int, limit: float | None) -> list[Line]:
    events = event_table(settings.events(millions))
    panel = ours.panel(events, WEEKLY, settings.threads)
    assert_totals(panel, events, WEEKLY)
    sources = buffers(events) + buffers(panel)
    targets = [source.copy() for source in sources]
    seconds = by_turns(
        {
            ours.NAME: lambda: ours.panel(events, WEEKLY, settings.threads),
            "copy": _copy_into(sources, targets),
            "copy into new memory": lambda: [source.copy() for source in sources],
            "rows by account": _by_account(events),
        },
        settings.rounds(ROUNDS),
    )
    note = f"{events.nbytes / 1e6:.0f} MB in, {panel.nbytes / 1e6:.0f} MB out, {panel.num_rows:,} panel rows"
    taken, size = seconds[ours.NAME], settings.size(millions)
    ratio = taken.over(seconds["copy"])
    figure = f"{size}: time / time to copy input and output once"
    beside = f"{size}: time / one thread's time to"
    return [
        Line(figure, ratio, "at most" if limit else "reported", limit, seconds=seconds, note=note),
        *(
            Line(f"{beside} {name}", taken.over(seconds[each]), family=(beside, name))
            for each, name in (
                ("copy into new memory", "copy both into new memory"),
                ("rows by account", "bring the rows' columns into a known order by account"),
            )
        ),
    ]


def _copy_into(sources: list[np.ndarray], targets: list[np.ndarray]) -> Callable[[], None]:
    def copy() -> None:
        for source, target in zip(sources, targets, strict=True):
            np.copyto(target, source)

    return copy


def _by_account(events: pa.Table) -> Callable[[], None]:
    order = np.argsort(events["account_id"].to_numpy(), kind="stable")
    names = ("user_id", "feature", "time", "value")
    columns = [events[name].to_numpy() for name in names]
    targets = [column.copy() for column in columns]

    def gather() -> None:
        for column, target in zip(columns, targets, strict=True):
            np.take(column, order, out=target, mode="clip")

    return gather
