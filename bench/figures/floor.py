"""What do the passes over memory that any answer to workload W needs cost, beside ours?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bench import ours
from bench.buffers import buffers
from bench.check import assert_totals
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import METRICS, WEEKLY, Ids, event_table

ROUNDS = 11
KEY_COLUMNS = 2  # of the panel: account and as-of
# The column that a metric reads, by the first word of its name.
READS = {
    "events": "time",
    "value": "value",
    "users": "user_id",
    "features": "feature",
    "days": "time",
    "days_since_last": "time",
}

Column = npt.NDArray[np.uint8] | npt.NDArray[np.uint32] | npt.NDArray[np.uint64]


def measure(settings: Settings) -> Sequence[Line]:
    """With both kinds of ids; as many threads for the passes as for ours."""
    return [_line(settings, "integer"), _line(settings, "string")]


def _line(settings: Settings, ids: Ids) -> Line:
    events = event_table(settings.events(1), ids)
    panel = ours.panel(events, WEEKLY, settings.threads)
    assert_totals(panel, events, WEEKLY)
    with ThreadPoolExecutor(settings.threads) as pool:
        passes, moved = _passes(events, panel.num_rows, pool, settings.threads)
        seconds = by_turns(
            {ours.NAME: lambda: ours.panel(events, WEEKLY, settings.threads), "passes": passes},
            settings.rounds(ROUNDS),
        )
    note = ", ".join(f"{what} {size / 1e6:.1f} MB" for what, size in moved.items())
    figure = f"{settings.size(1)}, {ids} ids: time / the passes that its bytes need, were order and places known"
    return Line(figure, seconds[ours.NAME].over(seconds["passes"]), seconds=seconds, note=note)


def _passes(
    events: pa.Table, panel_rows: int, pool: ThreadPoolExecutor, threads: int
) -> tuple[Callable[[], object], dict[str, int]]:
    """One call for all passes, by all threads, and the bytes that each kind moves.

    Both id columns are read once; four columns are brought into the order of accounts; each metric reads its column
    once and writes its cells. Nothing is looked up, searched or added.
    """
    id_bytes = [buffer for name in ("account_id", "user_id") for buffer in buffers(events.select([name]))]
    numbers = {name: _numbers(events[name]) for name in ("account_id", "user_id", "feature", "time", "value")}
    order = np.argsort(numbers.pop("account_id"), kind="stable")
    reads = [READS.get(metric, READS[metric.split("_")[0]]) for metric in METRICS]
    parts = [
        _Part(
            [np.array_split(buffer, threads)[t] for buffer in id_bytes],
            np.array_split(order, threads)[t],
            numbers,
            reads,
            panel_rows // threads,
        )
        for t in range(threads)
    ]
    moved = {
        "ids read": sum(buffer.nbytes for buffer in id_bytes),
        "columns read and written by account": 2 * sum(column.nbytes for column in numbers.values()),
        "columns read by metrics": sum(numbers[name].nbytes for name in reads),
        "panel written": (len(reads) + KEY_COLUMNS) * panel_rows * 8,
    }
    return lambda: list(pool.map(_Part.run, parts)), moved


def _numbers(column: pa.ChunkedArray) -> Column:
    """The column as unsigned integers of its width; texts by their numbers."""
    array = column.combine_chunks()
    if pa.types.is_string(array.type):
        array = array.dictionary_encode().indices
    values: npt.NDArray[np.generic] = array.to_numpy(zero_copy_only=False)
    return values.view(np.uint64 if values.itemsize == 8 else np.uint32)


class _Part:
    """What one thread does."""

    def __init__(
        self,
        id_bytes: Sequence[Column],
        order: npt.NDArray[np.int64],
        columns: Mapping[str, Column],
        reads: Sequence[str],
        cells: int,
    ) -> None:
        self._id_bytes = id_bytes
        self._order = order
        self._columns = columns
        self._by_account = {name: np.zeros(len(order), column.dtype) for name, column in columns.items()}
        self._reads = reads
        self._out = np.zeros((len(reads) + KEY_COLUMNS, cells))

    def run(self) -> None:
        for buffer in self._id_bytes:
            buffer.max()
        for name, column in self._columns.items():
            np.take(column, self._order, out=self._by_account[name], mode="clip")
        for metric, name in enumerate(self._reads):
            self._by_account[name].max()
            self._out[metric].fill(metric)
        self._out[len(self._reads) :].fill(0)
