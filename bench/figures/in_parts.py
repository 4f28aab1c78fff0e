"""What do parts of whole accounts cost beside the whole, and how little memory do they need?

Events in a Parquet file, the panel as Parquet: once by one portfolio with one thread, once cut into parts, each loaded,
saved and scored by one process. Each way runs in a process of its own; the panels are compared before anything counts.
`python -m bench.figures.in_parts EVENTS PARTS` measures another size, once, of integer ids.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq

import customerhealth as ch
from bench import ours
from bench.line import Line
from bench.peak import held_most, held_now
from bench.samples import Samples
from bench.settings import Settings
from bench.workload import WEEKLY, Ids, event_table, model

ROUNDS = 3
EVENTS_A_PART = 1_250_000
CPU_LIMIT, MEMORY_LIMIT = 1.2, 600e6
WHOLE, PARTS, AGAIN = "whole", "parts", "again"


def measure(settings: Settings) -> Sequence[Line]:
    """CPU of all against the whole with one thread, memory of the one process that does it."""
    events = settings.events(10)
    return _lines(events, max(2, events // EVENTS_A_PART), settings.rounds(ROUNDS))


def _lines(events: int, parts: int, rounds: int, ids: Ids = "string") -> list[Line]:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        pq.write_table(event_table(events, ids), folder / "usage.parquet", row_group_size=1_000_000)
        runs = [{way: _run(way, folder, parts) for way in (WHOLE, PARTS, AGAIN)} for _ in range(rounds)]
        _assert_equal(folder)
    cpu = {way: Samples(run[way]["cpu"] for run in runs) for way in (WHOLE, PARTS, AGAIN)}
    peak = {way: Samples(run[way]["peak"] for run in runs) for way in (WHOLE, PARTS)}
    size = f"{events / 1e6:g}M events, {ids} ids, {parts} parts"
    return [
        Line(f"{size}: CPU / the whole", cpu[PARTS].over(cpu[WHOLE]), "at most", CPU_LIMIT, seconds=cpu),
        Line(
            f"{size}: memory of the process",
            peak[PARTS],
            "at most",
            MEMORY_LIMIT,
            show=_megabytes,
            note=f"the whole: {peak[WHOLE].text(_megabytes)}",
        ),
    ]


def _megabytes(count: float) -> str:
    return f"{count / 1e6:.0f} MB"


def _assert_equal(folder: Path) -> None:
    whole = pq.read_table(folder / "whole.parquet")
    parts = ds.dataset(sorted((folder / "out").glob("*.parquet"))).to_table()
    keys = [("account_id", "ascending"), ("as_of", "ascending")]
    assert whole.sort_by(keys).equals(parts.cast(whole.schema).sort_by(keys)), "the parts give another panel"


def _run(way: str, folder: Path, parts: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.figures.in_parts", way, str(folder), str(parts)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _work(way: str, folder: Path, parts: int) -> dict[str, float]:
    source, instants = str(folder / "usage.parquet"), WEEKLY.as_ofs()
    held_now()
    if way == WHOLE:
        portfolio = ours.load(source, threads=1)
        pq.write_table(portfolio.score(instants).table, folder / "whole.parquet")
    else:
        if way == PARTS:
            ch.parts.cut({"usage": source}, parts, folder / "parts")
        else:  # the next model or as-ofs over the same parts: nothing is cut and loaded anew
            for old in (folder / "out").glob("*.parquet"):
                old.unlink()
        folders = [folder / "parts" / f"part-{number:04}" for number in range(parts)]
        (folder / "out").mkdir(exist_ok=True)
        ch.parts.score(ch.Model.parse(model()), folders, instants, out=folder / "out", workers=1)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": used.ru_utime + used.ru_stime, "peak": float(held_most())}


if __name__ == "__main__":
    if sys.argv[1] in (WHOLE, PARTS, AGAIN):
        print(json.dumps(_work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        for line in _lines(int(float(sys.argv[1])), int(sys.argv[2]), 1, "integer"):
            print(*line.row(), sep=" | ")
