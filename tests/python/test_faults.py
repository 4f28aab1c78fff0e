"""What callers do at the wrong moment: the process ends, a callback calls back, a fork comes back from one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import customerhealth as ch
import small

LIMIT = 60  # seconds; a hang is a failure, not a wait

AT_EXIT = """
import sys, threading, time
sys.path.insert(0, sys.argv[1])
import small, customerhealth as ch
document = small.document(scores={})
median = {"from": "usage", "agg": "median", "of": "quantity", "window": "900d"}
document["metrics"] = {f"m{k}": {**median, "where": f"quantity > {k} / 100"} for k in range(60)}
model = ch.Model.parse(document)
usage = small.many(600_000, 50)
portfolio = ch.Portfolio(model, usage=usage)
grid = ch.dates("2024-01-01", "2040-01-01", every="1d")
inside = threading.Event()
def score():
    portfolio.score(grid, progress=lambda share: inside.set())
def append():
    while True:
        portfolio.append(usage=usage, progress=lambda share: inside.set())
def ask():
    inside.set()
    while True:
        portfolio.quality(), portfolio.accounts
threading.Thread(target=globals()[sys.argv[2]], daemon=True).start()
inside.wait()
time.sleep(0.05)
print("over", flush=True)
sys.exit(int(sys.argv[3]))
"""


@pytest.mark.parametrize("status", [0, 3])
@pytest.mark.parametrize("busy", ["score", "append", "ask"])
def test_a_daemon_thread_in_the_core_changes_nothing_about_how_the_program_ends(busy: str, status: int) -> None:
    began = time.monotonic()
    run = [sys.executable, "-c", AT_EXIT, str(Path(__file__).parent), busy, str(status)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, "over\n", "")
    assert time.monotonic() - began < LIMIT / 2


def test_append_from_the_progress_of_an_append_is_refused_and_harms_nothing() -> None:
    rows = small.many(2_000_000)
    portfolio = ch.Portfolio(small.model(), usage=rows.slice(0, 10))
    refused: list[str] = []

    def look(_share: float) -> None:
        if not refused:
            with pytest.raises(ch.Error, match="while this thread appends to the same portfolio") as error:
                portfolio.append(usage=rows.slice(0, 5))
            refused.append(str(error.value))

    portfolio.append(usage=rows.slice(10), progress=look)
    assert len(refused) == 1
    assert portfolio.score(small.AS_OF).table.equals(ch.Portfolio(small.model(), usage=rows).score(small.AS_OF).table)


def test_ctrl_c_is_heard_by_an_append_that_waits_for_another() -> None:
    rows = small.many(10)
    portfolio = ch.Portfolio(small.model(), usage=rows)
    waiting, go_on = threading.Event(), threading.Event()
    heard: list[float] = []

    def hold(_share: float) -> None:
        waiting.set()
        go_on.wait(LIMIT)

    other = threading.Thread(target=lambda: portfolio.append(usage=small.many(2_000_000), progress=hold))
    other.start()
    assert waiting.wait(LIMIT)

    def press() -> None:
        heard.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.2, press)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            portfolio.append(usage=rows)
        heard.append(time.monotonic())
    finally:
        go_on.set()
        other.join()
        timer.join()
    assert heard[1] - heard[0] < 0.2
    portfolio.append(usage=rows)
    assert len(portfolio.accounts) == 500


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("raises", [False, True])
def test_a_child_that_returns_from_a_fork_inside_a_callback_gets_an_error(raises: bool) -> None:
    portfolio = ch.Portfolio(small.model(), usage=small.many(10))
    before = portfolio.score(small.AS_OF).table
    parent, children = os.getpid(), []

    def fork(_share: float) -> None:
        if os.getpid() == parent and not children:
            children.append(os.fork())
            if children[0] == 0 and raises:
                raise SystemExit(7)

    status = 1
    try:
        portfolio.append(usage=small.many(2_000_000), progress=fork)
    except SystemExit as left:
        status = int(str(left.code))
    except ch.Error as error:
        held = portfolio.score(small.AS_OF).table.equals(before)
        status = 7 if held and "a forked process cannot finish a call that its parent began" in str(error) else 2
    finally:
        if os.getpid() != parent:
            os._exit(status)
    deadline = time.monotonic() + LIMIT
    done, code = 0, 0
    while not done and time.monotonic() < deadline:
        done, code = os.waitpid(children[0], os.WNOHANG)
        time.sleep(0.01)
    if not done:
        os.kill(children[0], signal.SIGKILL)
        os.waitpid(children[0], 0)
        pytest.fail("the child hangs")
    assert os.waitstatus_to_exitcode(code) == 7
    assert len(portfolio.accounts) == 500
