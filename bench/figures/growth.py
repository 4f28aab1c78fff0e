"""Does an event cost the same when there are ten times as many?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bench import ours
from bench.check import assert_totals
from bench.clock import by_turns
from bench.line import Line
from bench.samples import Samples
from bench.settings import Settings
from bench.workload import WEEKLY, event_table

LIMIT = 1.4
ROUNDS = 3
MILLIONS = (1, 10, 100)


def measure(settings: Settings) -> Sequence[Line]:
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
