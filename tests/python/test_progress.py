"""A bar of progress: on a terminal, when it is asked for, and never elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

import customerhealth as ch
import small


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(stream: io.StringIO | None, progress: bool | None, monkeypatch: pytest.MonkeyPatch) -> str:
    """What loading and scoring write to standard error."""
    monkeypatch.setattr(sys, "stderr", stream)
    ch.Portfolio(small.model(), usage=small.usage(), progress=progress).score(small.AS_OF, progress=progress)
    return "" if stream is None else stream.getvalue()


def test_a_bar_is_drawn_when_it_is_asked_for_from_nothing_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(io.StringIO(), True, monkeypatch).split("\n")
    assert lines[0].startswith("\rloading:   0% |")
    last = [line.split("\r")[-1] for line in lines]
    assert [each for each in last if "100%" in each] == [
        "loading: 100% |##########| 00:00",
        "scoring: 100% |##########| 00:00",
    ]


@pytest.mark.parametrize("stream", [io.StringIO, Terminal, lambda: None])
def test_a_short_call_draws_nothing_of_itself(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(stream(), None, monkeypatch) == ""
    assert drawn(stream(), False, monkeypatch) == ""


def test_a_long_call_draws_a_bar_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", iter(range(0, 10_000, 2)).__next__)  # every look at the clock is 2 s later
    usage = small.many(200_000, 20_000)

    def scored(stream: io.StringIO, progress: bool | None) -> str:
        monkeypatch.setattr(sys, "stderr", stream)
        portfolio = ch.Portfolio(small.model(), usage=usage, progress=False, threads=1)
        portfolio.score([f"2026-0{month}-01" for month in range(1, 7)], progress=progress)
        return stream.getvalue()

    assert "scoring: 100%" in scored(Terminal(), None)
    assert scored(io.StringIO(), None) == ""
    assert scored(Terminal(), False) == ""


def test_a_call_that_fails_leaves_its_bar_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with pytest.raises(ch.DataError):
        ch.Portfolio(small.model(), usage=small.usage(("acme", "beta", None)), strict=True, progress=True)
    assert "loading:   0%" in stream.getvalue()
    assert "100%" not in stream.getvalue()


def test_a_function_hears_shares_that_rise_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    heard: list[float] = []
    portfolio = ch.Portfolio(small.model(), usage=small.many(200_000, 20_000), progress=heard.append, threads=1)
    portfolio.score([f"2026-0{month}-01" for month in range(1, 7)], progress=heard.append)
    assert all(0 <= share <= 1 for share in heard)
    assert stream.getvalue() == ""
