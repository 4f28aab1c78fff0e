"""How many times as fast as `lifetimes` is BG/NBD: fitted to CDNOW, to a million customers, and asked about them?

A fit counts only where its likelihood is at least as good, both judged by one formula; answers are compared at the
same parameters. The peak is that of a process which reads a million summaries and fits them, all it holds counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

import customerhealth as ch
from bench.buyers import Summaries, simulated
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.peak import held_most, held_now
from bench.samples import Samples
from bench.settings import Settings

NAME, PEER = "customerhealth", "lifetimes"
FIT_CDNOW, FIT_MILLION, PURCHASES, ALIVE, MEBIBYTES = 15.0, 8.0, 10.0, 2.0, 1024.0
ROUNDS, LONG_ROUNDS = 15, 3
WEEKS = 39.0
_TOLERANCE = 1e-6  # of a log-likelihood: where the optimisers end, not what they find


def measure(settings: Settings) -> Sequence[Line]:
    """Four times by turns, and a peak."""
    million = simulated(100_000 if settings.quick else 1_000_000)
    peak = _peak_line(million, settings)
    try:
        from lifetimes.datasets import load_cdnow_summary

        from bench.peers import lifetimes_peer as peer
    except ImportError as error:
        return [Line("BG/NBD", None, "at least", FIT_CDNOW, note=f"lifetimes is not installed: {error}"), peak]
    table = load_cdnow_summary(index_col=[0])
    columns = (np.ascontiguousarray(table[name], dtype=np.float64) for name in ("frequency", "recency", "T"))
    cdnow = Summaries(*columns)
    return [
        _fit_line(f"BG/NBD fit, CDNOW ({len(cdnow):,} customers)", cdnow, peer, FIT_CDNOW, settings.rounds(ROUNDS)),
        _fit_line(f"BG/NBD fit, {len(million):,} customers", million, peer, FIT_MILLION, settings.rounds(LONG_ROUNDS)),
        peak,
        *_answer_lines(million, peer, settings),
    ]


def _fit(given: Summaries) -> ch.clv.BGNBD:
    return ch.clv.BGNBD().fit(given.frequency, given.recency, given.watched)


def _fit_line(figure: str, given: Summaries, peer: ModuleType, limit: float, rounds: int) -> Line:
    ours, theirs = _fit(given), ch.clv.BGNBD.from_params(**peer.parameters(peer.fit(given)))
    likelihoods = [
        float(model.log_likelihood(given.frequency, given.recency, given.watched).sum()) for model in (ours, theirs)
    ]
    if not likelihoods[0] >= likelihoods[1] - _TOLERANCE:
        raise WrongAnswerError(f"{figure}: log-likelihood {likelihoods[0]}, {PEER} reaches {likelihoods[1]}")
    note = f"log-likelihood {likelihoods[0]:.4f}, {PEER} {likelihoods[1]:.4f}"
    return _line(figure, lambda: _fit(given), lambda: peer.fit(given), limit, rounds, note)


def _answer_lines(given: Summaries, peer: ModuleType, settings: Settings) -> list[Line]:
    theirs = peer.fit(given)
    ours = ch.clv.BGNBD.from_params(**peer.parameters(theirs))
    columns = (given.frequency, given.recency, given.watched)

    def purchases() -> object:
        return ours.expected_purchases(WEEKS, *columns)

    def alive() -> object:
        return ours.probability_alive(*columns)

    _assert_close("expected purchases", purchases(), peer.expected_purchases(theirs, WEEKS, given))
    _assert_close("P(alive)", alive(), peer.probability_alive(theirs, given))
    rounds, size = settings.rounds(ROUNDS), f"{len(given):,} customers"
    return [
        _line(
            f"expected purchases, {size}",
            purchases,
            lambda: peer.expected_purchases(theirs, WEEKS, given),
            PURCHASES,
            rounds,
        ),
        _line(f"P(alive), {size}", alive, lambda: peer.probability_alive(theirs, given), ALIVE, rounds),
    ]


def _line(
    figure: str, ours: Callable[[], object], theirs: Callable[[], object], limit: float, rounds: int, note: str = ""
) -> Line:
    seconds = by_turns({NAME: ours, PEER: theirs}, rounds)
    ratio = seconds[PEER].over(seconds[NAME])
    return Line(f"{figure}: times as fast as {PEER}", ratio, "at least", limit, seconds=seconds, note=note)


def _assert_close(what: str, ours: object, theirs: object) -> None:
    found, expected = np.asarray(ours), np.asarray(theirs)
    if not np.allclose(found, expected, rtol=1e-8, atol=1e-12):
        worst = int(np.argmax(np.abs(found - expected)))
        raise WrongAnswerError(f"{what}: customer {worst} has {found[worst]}, {PEER} says {expected[worst]}")


def _peak_line(given: Summaries, settings: Settings) -> Line:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "summaries.npy"
        np.save(path, np.stack([given.frequency, given.recency, given.watched]))
        command = [sys.executable, "-m", "bench.figures.lifetime_value", str(path)]
        runs = [
            json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            for _ in range(settings.rounds(LONG_ROUNDS))
        ]
    measured = Samples(run["peak"] / 2**20 for run in runs)
    figure = f"BG/NBD fit, {len(given):,} customers: peak of the process"
    note = f"{runs[0]['before'] / 2**20:.0f} MiB before the fit, the summaries among them"
    return Line(figure, measured, "at most", MEBIBYTES, show="{:.0f} MiB".format, note=note)


def _peak_of(path: Path) -> dict[str, int]:
    given = Summaries(*np.load(path))
    before = held_now()
    if not _fit(given).converged_:
        raise WrongAnswerError("the fit did not converge")
    return {"before": before, "peak": held_most()}


if __name__ == "__main__":
    print(json.dumps(_peak_of(Path(sys.argv[1]))))
