"""What does it cost to append the newest 0.1 % of the rows, beside loading all?"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from bench import ours
from bench.check import WrongAnswerError
from bench.clock import once
from bench.line import Line
from bench.samples import Samples
from bench.settings import Settings
from bench.workload import WEEKLY, event_table

LIMIT = 0.02
ROUNDS = 5
PER_MILLE = 1


def measure(settings: Settings) -> Sequence[Line]:
    """Time the append, and the first score after it: work put off is still work."""
    events = event_table(settings.events(10))
    kept = events.num_rows - events.num_rows * PER_MILLE // 1000
    most, rest = events.slice(0, kept), events.slice(kept)
    _assert_same_panel(most, rest, events, settings.threads)
    rounds = [_round(most, rest, events, settings.threads) for _ in range(settings.rounds(ROUNDS))]
    seconds = {name: Samples(taken[name] for taken in rounds) for name in rounds[0]}
    figure = f"{settings.size(10)}: append of 0.1 % / loading all"
    after = seconds["score after append"].over(seconds["score after load"])
    return [
        Line(figure, seconds["append"].over(seconds["load all"]), "at most", LIMIT, seconds=seconds),
        Line(f"{settings.size(10)}: first score after an append / after loading all", after),
    ]


def _round(most: pa.Table, rest: pa.Table, events: pa.Table, threads: int) -> dict[str, float]:
    appended, whole = ours.load(most, threads), ours.load(events, threads)
    as_ofs = WEEKLY.as_ofs()
    return {
        "append": once(lambda: appended.append(usage=rest)),
        "load all": once(lambda: ours.load(events, threads)),
        "score after append": once(lambda: appended.score(as_ofs)),
        "score after load": once(lambda: whole.score(as_ofs)),
    }


def _assert_same_panel(most: pa.Table, rest: pa.Table, events: pa.Table, threads: int) -> None:
    appended, whole = ours.load(most, threads), ours.load(events, threads)
    appended.append(usage=rest)
    as_ofs = WEEKLY.as_ofs()
    if not appended.score(as_ofs).table.equals(whole.score(as_ofs).table):
        raise WrongAnswerError("append: the panel differs from that of all rows loaded at once")
