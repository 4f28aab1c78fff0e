"""Nights that are killed at random moments and played again: `python tests/python/killed.py KILLS` plays many."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa

import customerhealth as ch
from lives import day
from walked import HISTORY, NIGHTS, at_once, rows, tiers

NIGHT = """
import sys
sys.path[:0] = {path!r}
from killed import night
print(flush=True)
night(sys.argv[1], sys.argv[2], int(sys.argv[3]))
"""


def night(folder: str, out: str, number: int) -> None:
    """What a job does: the rows of a day, the scores as of the next one as a file, versions that nobody needs."""
    portfolio = ch.Portfolio.open(folder)
    portfolio.append(given=rows(NIGHTS[number]), key=f"night {number}")
    panel = portfolio.score(day(85 + number))
    Path(f"{out}.part").write_bytes(bytes_of(panel))
    os.replace(f"{out}.part", out)
    portfolio.drop(before=10**6)


def bytes_of(panel: ch.Panel) -> bytes:
    """The panel and its plays as files have them."""
    sink = pa.BufferOutputStream()
    for table in (panel.table, pa.table(panel.plays(closed=True))):
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(pa.table(table))
    return sink.getvalue().to_pybytes()


def loaded_at_once(nights: int) -> bytes:
    """What the same rows give that come in one load."""
    whole = at_once(HISTORY, *NIGHTS[:nights], accounts=tiers())
    return bytes_of(whole.score(day(84 + nights)))


def played(folder: Path, kills: int, seed: int) -> int:
    """Play nights, each killed some times before it may end; how many kills there were. All is compared."""
    dice, done, least = random.Random(seed), 0, 0.05
    at_once(HISTORY).save(folder)
    for number in range(len(NIGHTS)):
        out = folder.parent / f"{folder.name}-{number}.arrow"
        times = kills // len(NIGHTS) + (number < kills % len(NIGHTS))
        for _ in range(times):
            done += _killed(folder, out, number, dice.random() * least)
            found = ch.Portfolio.open(folder, verify=True)
            keys = [key for key in found.versions()["key"].to_pylist() if key is not None]
            nights = int(keys[-1].split()[1]) + 1 if keys else 0
            assert nights in (number, number + 1), keys
            at = day(84 + nights)
            assert bytes_of(found.score(at)) == loaded_at_once(nights)
        begun = time.perf_counter()
        night(str(folder), str(out), number)
        least = 1.5 * (time.perf_counter() - begun)
        assert out.read_bytes() == loaded_at_once(number + 1)
    assert not list(folder.glob(".tmp-*"))
    return done


def _killed(folder: Path, out: Path, number: int, after: float) -> bool:
    """Play a night in a process of its own and kill it some seconds after it began; whether it was at work."""
    code = NIGHT.format(path=sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(out), str(number)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        timer = threading.Timer(after, process.send_signal, [signal.SIGKILL])
        timer.start()
        process.wait()
        timer.cancel()
    return process.returncode == -signal.SIGKILL


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        wanted = int(sys.argv[1])
        found = sum(played(Path(name) / f"{seed}", wanted // 3 + (seed < wanted % 3), seed) for seed in range(3))
        sys.stdout.write(f"{wanted} runs, {found} killed at work, all whole and in the bytes of one load\n")
