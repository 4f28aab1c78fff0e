"""How much memory does it take above its input, at the peak?

The input is written to a file and read by a process that does nothing else, so that no memory freed while the
events were made is there to be used unseen. Linux keeps the peak (VmHWM); it is reset before the work begins.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from bench import ours
from bench.check import assert_totals
from bench.line import Line
from bench.peak import held_most, held_now
from bench.samples import Samples
from bench.settings import Settings
from bench.workload import WEEKLY, Ids, event_table

SHARE = 1.5
ROUNDS = 3


def measure(settings: Settings) -> Sequence[Line]:
    """Peak over what is allowed, 1.5 times the input and the output; integer ids judged, string ids too."""
    return [_line(settings, "integer"), _line(settings, "string")]


def _line(settings: Settings, ids: Ids) -> Line:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.arrow"
        _write(event_table(settings.events(10), ids), path)
        runs = [_run(path, settings.threads) for _ in range(settings.rounds(ROUNDS))]
    allowed = [SHARE * run["input"] + run["output"] for run in runs]
    measured = Samples(run["peak"] / limit for run, limit in zip(runs, allowed, strict=True))
    peak = Samples(run["peak"] / 1e6 for run in runs).text("{:.0f} MB".format)
    note = f"peak {peak} above the input; {runs[0]['input'] / 1e6:.0f} MB in, {runs[0]['output'] / 1e6:.0f} MB out"
    figure = f"{settings.size(10)}, {ids} ids: peak above the input / (1.5 times input + output bytes)"
    return Line(figure, measured, "at most", 1.0, note=note)


def _write(events: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, events.schema) as writer:
        writer.write_table(events)


def _run(path: Path, threads: int) -> dict[str, int]:
    command = [sys.executable, "-m", "bench.figures.memory", str(path), str(threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, int] = json.loads(done.stdout)
    return answer


def _peak_of(path: Path, threads: int) -> dict[str, int]:
    with pa.OSFile(str(path), "rb") as source:  # not a memory map, whose pages would count when they are read
        events = pa.ipc.open_file(source).read_all()
    pa.default_memory_pool().release_unused()
    before = held_now()
    panel = ours.panel(events, WEEKLY, threads)
    peak = held_most() - before
    assert_totals(panel, events, WEEKLY)
    return {"peak": peak, "input": events.nbytes, "output": panel.nbytes}


if __name__ == "__main__":
    print(json.dumps(_peak_of(Path(sys.argv[1]), int(sys.argv[2]))))
