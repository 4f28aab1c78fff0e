"""Threads, forks and pools: the same bits, all threads at work, nothing stuck."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

import customerhealth as ch
import small

GRID = ch.dates("2025-06-01", "2026-07-01", every="7d")
THREADS = len(os.sched_getaffinity(0))

# Python 3.12 and later warn of any fork beside other threads; that it works is what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@cache
def portfolio() -> ch.Portfolio:
    return ch.Portfolio(small.model(), usage=small.many(200_000), threads=THREADS)


@cache
def expected() -> pa.Table:
    return portfolio().score(GRID).table


@cache
def slow() -> ch.Portfolio:
    """A portfolio that takes a second or so to score over `GRID`, so that there is time to look."""
    return small.slow(600_000, threads=THREADS)


def score_some(_: int = 0) -> bytes:
    """Load and score from nothing, as a task in a pool does."""
    table = ch.Portfolio(small.model(), usage=small.many(20_000), threads=2).score(GRID).table
    return bytes(str(table.to_pydict()), "utf-8")


def most_threads_while(work: Callable[[Callable[[float], object]], object]) -> int:
    """How many threads the process had at most while `work` ran."""
    seen = [0]

    def look(_: float) -> None:
        seen.append(len(os.listdir("/proc/self/task")))

    work(look)
    return max(seen)


def in_child(check: Callable[[], bool]) -> bool:
    """Fork, run `check` in the child, and say whether it held there."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if check() else 2
        finally:
            os._exit(code)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    pytest.fail("the child did not come back within a minute")


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_number_of_threads_changes_nothing(threads: int) -> None:
    assert portfolio().score(GRID, threads=threads).table.equals(expected())
    loaded = ch.Portfolio(small.model(), usage=small.many(200_000), threads=threads)
    assert loaded.score(GRID).table.equals(expected())


def test_several_threads_may_score_at_once() -> None:
    with ThreadPoolExecutor(6) as pool:
        tables = list(pool.map(lambda _: portfolio().score(GRID).table, range(12)))
    assert all(table.equals(expected()) for table in tables)


def test_threads_may_score_while_another_appends() -> None:
    table = small.many(50_000)
    growing = ch.Portfolio(small.model(), usage=table.slice(0, 25_000))
    steps = [table.slice(25_000 + 5_000 * i, 5_000) for i in range(5)]
    allowed = [
        ch.Portfolio(small.model(), usage=table.slice(0, 25_000 + 5_000 * i)).score(GRID).table for i in range(6)
    ]
    with ThreadPoolExecutor(3) as pool:
        scoring = [pool.submit(lambda: growing.score(GRID).table) for _ in range(12)]
        for step in steps:
            growing.append(usage=step)
        for future in scoring:
            found = future.result()
            assert any(found.equals(table) for table in allowed), "a panel of a half-grown portfolio"
    assert growing.score(GRID).table.equals(allowed[-1])


def test_other_python_threads_run_while_the_core_works() -> None:
    beats = 0
    over = threading.Event()

    def beat() -> None:
        nonlocal beats
        while not over.wait(0.005):
            beats += 1

    thread = threading.Thread(target=beat)
    thread.start()
    began = time.monotonic()
    slow().score(GRID)
    took = time.monotonic() - began
    over.set()
    thread.join()
    assert beats > took / 0.05, f"{beats} beats in {took:.2f} s: the GIL was held"


def test_a_fork_before_any_work_keeps_all_threads() -> None:
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "import test_threads_and_forks as t\n"
        "sys.exit(0 if t.in_child(t.child_has_all_threads) else 1)\n"
    )
    run = [sys.executable, "-c", script, str(Path(__file__).parent)]
    assert subprocess.run(run, check=False, timeout=120).returncode == 0


def child_has_all_threads() -> bool:
    rest = len(os.listdir("/proc/self/task"))
    most = most_threads_while(lambda look: slow().score(GRID, progress=look))
    return most >= rest + THREADS


def test_a_fork_after_work_keeps_all_threads_and_bits() -> None:
    expected()
    slow().score(GRID[:2])
    assert in_child(child_has_all_threads)
    assert in_child(lambda: portfolio().score(GRID).table.equals(expected()))
    assert child_has_all_threads(), "the parent lost its threads"
    assert portfolio().score(GRID).table.equals(expected())


def test_forks_while_other_threads_compute() -> None:
    expected()
    over = threading.Event()
    failures: list[str] = []

    def compute() -> None:
        while not over.is_set():
            if not portfolio().score(GRID).table.equals(expected()):
                failures.append("other bits")

    threads = [threading.Thread(target=compute) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            assert in_child(lambda: portfolio().score(GRID).table.equals(expected()))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not failures


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_of_processes_give_the_same_bits(method: str) -> None:
    here = score_some()
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(score_some, range(4)) == [here] * 4


@pytest.mark.parametrize("value", ["3", "3,2"])
@pytest.mark.parametrize("variable", ["CUSTOMERHEALTH_NUM_THREADS", "OMP_NUM_THREADS"])
def test_an_environment_variable_sets_the_threads(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTOMERHEALTH_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.setenv(variable, value)
    assert ch.build_info()["threads"] == 3


def test_without_any_word_the_affinity_sets_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTOMERHEALTH_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert ch.build_info()["threads"] == len(os.sched_getaffinity(0))


def test_a_variable_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERHEALTH_NUM_THREADS", "many")
    with pytest.raises(ch.Error, match="CUSTOMERHEALTH_NUM_THREADS: expected a whole number above 0, got 'many'"):
        ch.Portfolio(small.model(), usage=small.usage())
