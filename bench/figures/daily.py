"""What do 365 daily as-ofs cost beside 52 weekly ones?"""

from __future__ import annotations

from collections.abc import Sequence

from bench import ours
from bench.check import assert_totals
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import DAILY, WEEKLY, event_table

LIMIT = 4.0
ROUNDS = 15


def measure(settings: Settings) -> Sequence[Line]:
    """From Arrow columns to panel, the writing of seven times as many rows included."""
    events = event_table(settings.events(1))
    rows = {}
    for name, grid in (("daily", DAILY), ("weekly", WEEKLY)):
        panel = ours.panel(events, grid, settings.threads)
        assert_totals(panel, events, grid)
        rows[name] = f"{name} {panel.num_rows:,} panel rows"
    seconds = by_turns(
        {
            "weekly": lambda: ours.panel(events, WEEKLY, settings.threads),
            "daily": lambda: ours.panel(events, DAILY, settings.threads),
        },
        settings.rounds(ROUNDS),
    )
    figure = f"{settings.size(1)}: 365 daily as-ofs / 52 weekly"
    note = ", ".join(rows.values())
    return [Line(figure, seconds["daily"].over(seconds["weekly"]), "at most", LIMIT, seconds=seconds, note=note)]
