"""Time by turns: A B A B, the garbage collector off, medians."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

from bench.samples import Samples

Work = Callable[[], object]


def once(work: Work) -> float:
    """Seconds that `work` takes, the release of its result not counted."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        begin = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - begin
    finally:
        if enabled:
            gc.enable()
    del result
    return seconds


def by_turns(contestants: Mapping[str, Work], rounds: int) -> dict[str, Samples]:
    """Seconds of every contestant, each run once a round, after one round that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for round_number in range(rounds + 1):
        for name, work in contestants.items():
            taken = once(work)
            if round_number:
                seconds[name].append(taken)
    return {name: Samples(values) for name, values in seconds.items()}
