"""How much faster are two threads than one?"""

from __future__ import annotations

from collections.abc import Sequence

from bench import ours
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import WEEKLY, event_table

LIMIT = 1.6
ROUNDS = 7


def measure(settings: Settings) -> Sequence[Line]:
    """From Arrow columns to panel, the same bytes from both."""
    events = event_table(settings.events(10))
    if not ours.panel(events, WEEKLY, 1).equals(ours.panel(events, WEEKLY, 2)):
        raise WrongAnswerError("second thread: two threads give another panel than one")
    seconds = by_turns(
        {
            "1 thread": lambda: ours.panel(events, WEEKLY, 1),
            "2 threads": lambda: ours.panel(events, WEEKLY, 2),
        },
        settings.rounds(ROUNDS),
    )
    figure = f"{settings.size(10)}: 1 thread / 2 threads"
    return [Line(figure, seconds["1 thread"].over(seconds["2 threads"]), "at least", LIMIT, seconds=seconds)]
