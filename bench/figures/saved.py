"""What does a night cost a saved portfolio: opening it, a day's rows, today's scores?

Each night is a process of its own on a copy of the folder (hard links: its files are never changed), which prints the
seconds of its steps and what it wrote; its panel is compared with that of the same rows loaded at once. Memory is taken
in a run of its own, since looking at it a thousand times a second costs time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather

import customerhealth as ch
from bench import ours
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line, Sense
from bench.samples import Samples, duration
from bench.settings import Settings
from bench.workload import DAY_US, DAYS, FIRST_DAY, WEEKLY, event_table

ROUNDS = 3
KEY = "the day"
OPEN, VERIFY, NIGHT, PRESET_NIGHT = 0.05, 0.3, 0.3, 1.0  # seconds
WRITTEN = 2.0  # times the bytes of the day's rows
MEMORY = 150e6  # bytes beside the output
APPENDED, SEGMENTS = 1.3, 17
ACCOUNTS, START, LAST_DAY, AS_OF = 4_000, "2024-07-01", "2025-12-23", "2025-12-24"
Steps = dict[str, float]


def measure(settings: Settings) -> Sequence[Line]:
    """Nights of workload W and of the shipped preset; then all of W's days, one append after the other."""
    with tempfile.TemporaryDirectory() as text:
        return [*_workload(settings, Path(text)), *_preset(settings, Path(text)), *_appends(settings, Path(text))]


def _workload(settings: Settings, folder: Path) -> list[Line]:
    events = event_table(settings.events(10), "string")
    rows = events.num_rows // DAYS
    feather.write_feather(events.slice(events.num_rows - rows), folder / "day.arrow", "uncompressed")
    ours.load(events.slice(0, events.num_rows - rows), settings.threads).save(folder / "saved")
    as_of = WEEKLY.as_ofs()[-1:]
    expected = ours.load(events, settings.threads).score(as_of).table
    del events
    nights = _nights(folder, "saved", str(as_of[0]), settings, expected)
    held = _run("memory", folder, "saved", str(as_of[0]))
    steps = {name: Samples(night[name] for night in nights) for name in nights[0]}
    size = f"{settings.size(10)}, string ids, one as-of"
    written = Samples(night["written"] / night["day"] for night in nights)
    beside = f"{expected.nbytes / 1e6:.1f} MB of output; before it opens, {held['before'] / 1e6:.0f} MB"
    return [
        Line(f"{size}: open a saved portfolio", steps["open"], "at most", OPEN, duration),
        Line(f"{size}: open it and compare all checksums", steps["verify"], "at most", VERIFY, duration),
        _night_line(f"{size}: a night, {rows:,} rows appended", steps, NIGHT),
        Line(f"{size}: the same key and rows again", steps["again"], show=duration),
        Line(f"{size}: bytes that a night writes / bytes of its rows", written, "at most", WRITTEN),
        Line(
            f"{size}: most anonymous memory of a process that opens and scores",
            Samples([held["most"]]),
            "at most",
            MEMORY + expected.nbytes,
            _megabytes,
            note=beside,
        ),
    ]


def _preset(settings: Settings, folder: Path) -> list[Line]:
    """`b2b-saas` as shipped, whose walk of all weeks is kept in the folder when the first night begins."""
    model = ch.Model.preset("b2b-saas")
    accounts = ACCOUNTS // (10 if settings.quick else 1)
    company = ch.datasets.simulate(accounts, START, AS_OF, seed=20).select(model)
    tables = {name: pa.table(table) for name, table in company.items()}
    time_name = model.to_dict()["tables"]["usage"]["time"]
    usage = tables["usage"]
    is_new = pc.greater_equal(usage[time_name], pa.scalar(datetime.fromisoformat(LAST_DAY), usage[time_name].type))
    before, day = usage.filter(pc.invert(is_new)), usage.filter(is_new)
    feather.write_feather(day, folder / "day.arrow", "uncompressed")
    ch.Portfolio(model, tables={**tables, "usage": before}, threads=settings.threads).save(folder / "preset")
    ch.Portfolio.open(folder / "preset", threads=settings.threads).score(LAST_DAY)
    in_order = {**tables, "usage": pa.concat_tables([before, day])}
    expected = ch.Portfolio(model, tables=in_order, threads=settings.threads).score(AS_OF).table
    nights = _nights(folder, "preset", AS_OF, settings, expected)
    steps = {name: Samples(night[name] for night in nights) for name in nights[0]}
    written = f"{nights[0]['written'] / 1e3:.0f} kB written"
    figure = (
        f"`b2b-saas` as shipped, {accounts:,} accounts, {usage.num_rows:,} rows of usage: a night of {day.num_rows:,}"
    )
    return [_night_line(figure, steps, PRESET_NIGHT, written)]


def _night_line(figure: str, steps: Mapping[str, Samples], limit: float, note: str = "") -> Line:
    parts = {name: steps[name] for name in ("open", "append", "score")}
    return Line(figure, steps["night"], "at most", limit, duration, parts, note)


def _nights(folder: Path, saved: str, as_of: str, settings: Settings, expected: pa.Table) -> list[Steps]:
    nights = []
    for _ in range(settings.rounds(ROUNDS)):
        nights.append(_run("night", folder, saved, as_of))
        for name in ("panel.arrow", "again.arrow"):
            if not feather.read_table(folder / name).equals(expected):
                raise WrongAnswerError(f"a night of {saved}: {name} differs from the panel of all rows loaded at once")
    return nights


def _appends(settings: Settings, folder: Path) -> list[Line]:
    """Each day's rows appended under a key of its own, then scored beside the same rows loaded at once."""
    events = event_table(settings.events(10), "string")
    edges = np.searchsorted(events["time"].cast(pa.int64()).to_numpy(), (FIRST_DAY + np.arange(DAYS + 1)) * DAY_US)
    days = [events.slice(begin, end - begin) for begin, end in pairwise(edges)]
    ours.load(days[0], settings.threads).save(folder / "days")
    portfolio = ch.Portfolio.open(folder / "days", threads=settings.threads)
    begun = time.perf_counter()
    for number, rows in enumerate(days[1:]):
        portfolio.append(usage=rows, key=str(number))
    took = time.perf_counter() - begun
    segments = _segments(folder / "days")
    appended = ch.Portfolio.open(folder / "days", threads=settings.threads)
    whole = ours.load(events, settings.threads)
    lines = []
    for as_ofs, limit in ((WEEKLY.as_ofs()[-1:], APPENDED), (WEEKLY.as_ofs(), None)):
        calls: dict[str, Callable[[], pa.Table]] = {
            "appended": partial(_table, appended, as_ofs),
            "loaded at once": partial(_table, whole, as_ofs),
        }
        if not calls["appended"]().equals(calls["loaded at once"]()):
            raise WrongAnswerError(f"{len(days)} days appended: the panel differs from that of all rows loaded at once")
        seconds = by_turns(calls, settings.rounds(3 * ROUNDS), alternating=True)
        sense: Sense = "at most" if limit else "reported"
        figure = (
            f"{settings.size(10)}, string ids: score of {len(days)} daily appends / of one load, {len(as_ofs)} as-of"
        )
        ratio = seconds["appended"].over(seconds["loaded at once"])
        lines.append(Line(f"{figure}{'s' * (len(as_ofs) > 1)}", ratio, sense, limit, seconds=seconds))
    figure = f"{settings.size(10)}, string ids: segments of the table after {len(days)} daily appends"
    note = f"the appends, with their commits: {duration(took)}"
    return [*lines, Line(figure, Samples([segments]), "at most", SEGMENTS, note=note)]


def _table(portfolio: ch.Portfolio, as_ofs: list[np.datetime64]) -> pa.Table:
    return portfolio.score(as_ofs).table


def _segments(saved: Path) -> int:
    """Of the newest version: those that are folded in, and the appends beside them."""
    newest = max(saved.glob("manifest-*.json"), key=lambda path: int(path.stem.partition("-")[2]))
    content = json.loads(newest.read_text())
    (table,) = content["ledger"]["tables"]
    return len(table["segments"]) + len(content["appends"]) - int(content["folded"])


def _megabytes(count: float) -> str:
    return f"{count / 1e6:.0f} MB"


# ---- the process of a night ------------------------------------------------------------------------------------------


def _run(what: str, folder: Path, saved: str, as_of: str) -> Steps:
    shutil.rmtree(folder / "copy", ignore_errors=True)
    shutil.copytree(folder / saved, folder / "copy", copy_function=os.link)
    command = [sys.executable, "-m", "bench.figures.saved", what, str(folder), as_of]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: Steps = json.loads(done.stdout)
    return answer


def _night(folder: Path, as_of: str) -> Steps:
    """Open, append, score; then what else may be asked of the folder.

    When it begins, the rows are in memory and the package is imported: its names are imported when they are first used.
    """
    _ = ch.Portfolio, ch.Model
    day = feather.read_table(folder / "day.arrow", memory_map=False)
    before = _files(folder / "copy")
    begun = time.perf_counter()
    portfolio = ch.Portfolio.open(folder / "copy")
    opened = time.perf_counter()
    portfolio.append(usage=day, key=KEY)
    appended = time.perf_counter()
    panel = portfolio.score(as_of).table
    ended = time.perf_counter()
    written = sum(size for name, size in _files(folder / "copy").items() if name not in before)
    feather.write_feather(panel, folder / "panel.arrow", "uncompressed")
    begun_again = time.perf_counter()
    portfolio.append(usage=day, key=KEY)
    again = portfolio.score(as_of).table
    ended_again = time.perf_counter()
    feather.write_feather(again, folder / "again.arrow", "uncompressed")
    begun_verify = time.perf_counter()
    ch.Portfolio.open(folder / "copy", verify=True)
    return {
        "open": opened - begun,
        "append": appended - opened,
        "score": ended - appended,
        "night": ended - begun,
        "again": ended_again - begun_again,
        "verify": time.perf_counter() - begun_verify,
        "written": written,
        "day": day.nbytes,
    }


def _memory(folder: Path, as_of: str) -> Steps:
    """The most anonymous memory while a portfolio is opened and scored, looked at every millisecond."""
    _ = ch.Portfolio, ch.Model  # imported when they are first used
    before = most = _anonymous()
    ended = threading.Event()

    def look() -> None:
        nonlocal most
        while not ended.wait(0.001):
            most = max(most, _anonymous())

    thread = threading.Thread(target=look)
    thread.start()
    panel = ch.Portfolio.open(folder / "copy").score(as_of).table
    ended.set()
    thread.join()
    assert panel.num_rows
    return {"before": before, "most": max(most, _anonymous())}


def _files(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.iterdir()}


def _anonymous() -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    work = {"night": _night, "memory": _memory}[sys.argv[1]]
    print(json.dumps(work(Path(sys.argv[2]), sys.argv[3])))
