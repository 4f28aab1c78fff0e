"""How much longer does it take than copying the bytes that go in and come out?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

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
    """Compare with one memcpy by one thread; that into memory already touched is judged, being the quicker."""
    events = event_table(settings.events(10))
    panel = ours.panel(events, WEEKLY, settings.threads)
    assert_totals(panel, events, WEEKLY)
    sources = buffers(events) + buffers(panel)
    targets = [source.copy() for source in sources]
    seconds = by_turns(
        {
            ours.NAME: lambda: ours.panel(events, WEEKLY, settings.threads),
            "copy": _copy_into(sources, targets),
            "copy into new memory": lambda: [source.copy() for source in sources],
        },
        settings.rounds(ROUNDS),
    )
    note = f"{events.nbytes / 1e6:.0f} MB in, {panel.nbytes / 1e6:.0f} MB out, {panel.num_rows:,} panel rows"
    taken, figure = seconds[ours.NAME], f"{settings.size(10)}: time / time to copy input and output once"
    return [
        Line(figure, taken.over(seconds["copy"]), "at most", LIMIT, seconds=seconds, note=note),
        Line(f"{figure} into new memory", taken.over(seconds["copy into new memory"])),
    ]


def _copy_into(sources: list[np.ndarray], targets: list[np.ndarray]) -> Callable[[], None]:
    def copy() -> None:
        for source, target in zip(sources, targets, strict=True):
            np.copyto(target, source)

    return copy
