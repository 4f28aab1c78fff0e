"""Time by turns: A B A B or A B B A, the garbage collector off, medians."""

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


def by_turns(contestants: Mapping[str, Work], rounds: int, *, alternating: bool = False) -> dict[str, Samples]:
    """Seconds of every contestant, each run once a round, after one round that is not counted.

    `alternating`: every other round in reverse (A B B A), so that neither what the one leaves behind in memory nor a
    drift of the machine decides between sides that take about as long.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    gc.collect()
    gc.freeze()  # what is there already is not looked at before each call: 35 ms with duckdb and polars imported
    try:
        for round_number in range(rounds + 1):
            names = list(contestants)
            for name in reversed(names) if alternating and round_number % 2 else names:
                taken = once(contestants[name])
                if round_number:
                    seconds[name].append(taken)
    finally:
        gc.unfreeze()
    return {name: Samples(values) for name, values in seconds.items()}
