"""Ctrl-C and progress: a long call is heard, stops soon, and leaves everything usable."""

from __future__ import annotations

import signal
from functools import cache

import pytest

import customerhealth as ch
import small
from interrupts import seconds_to_stop

GRID = ch.dates("2025-03-01", "2026-07-01", every="7d")


@cache
def slow() -> ch.Portfolio:
    return small.slow(1_000_000)


def test_ctrl_c_stops_scoring_within_a_tenth_of_a_second_and_leaves_it_usable() -> None:
    few = GRID[:3]
    expected = slow().score(few).table
    took = [seconds_to_stop(lambda: slow().score(GRID), 0.05) for _ in range(3)]
    assert min(took) < 0.1, f"went on for {took} s"
    assert slow().score(few).table.equals(expected)


def test_ctrl_c_during_an_append_leaves_the_portfolio_as_it_was() -> None:
    portfolio = small.portfolio()
    ids = ch.Portfolio(small.model(), usage=small.many(10))
    before = ids.score(small.AS_OF).table
    more = small.many(3_000_000)
    seconds_to_stop(lambda: ids.append(usage=more), 0.02)
    assert ids.score(small.AS_OF).table.equals(before)
    assert portfolio.score(small.AS_OF).table.equals(small.panel().table)


def test_what_another_signal_handler_raises_comes_through() -> None:
    def ring(_signal: int, _frame: object) -> None:
        raise TimeoutError("time is up")

    old = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(TimeoutError, match="time is up"):
            slow().score(GRID)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_progress_goes_from_nothing_towards_one() -> None:
    seen: list[float] = []
    slow().score(GRID, progress=seen.append)
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert 0.0 <= seen[0] < 0.5 < seen[-1] <= 1.0


def test_what_a_progress_callback_raises_stops_the_call() -> None:
    def give_up(share: float) -> None:
        raise LookupError(f"enough at {share:.0%}")

    with pytest.raises(LookupError, match="enough at"):
        slow().score(GRID, progress=give_up)


def test_a_bar_is_drawn_when_asked_for_and_not_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    slow().score(GRID)
    assert capfd.readouterr().err == ""
    slow().score(GRID, progress=True)
    assert "scoring: 100%" in capfd.readouterr().err
