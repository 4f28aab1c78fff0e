"""How long does it take to simulate 20,000 customers over two years?"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

import customerhealth as ch
from bench.check import WrongAnswerError
from bench.line import Line
from bench.samples import Samples, duration
from bench.settings import Settings

LIMIT = 30.0
ROUNDS = 3
ACCOUNTS = 20_000


def measure(settings: Settings) -> Sequence[Line]:
    """One core; every round is the same portfolio, so that each must give the same rows."""
    accounts = ACCOUNTS // 10 if settings.quick else ACCOUNTS
    seconds, notes = [], set()
    for _ in range(settings.rounds(ROUNDS)):
        begin = time.perf_counter()
        data = ch.datasets.simulate(accounts, "2024-07-01", "2026-07-01", seed=1)
        seconds.append(time.perf_counter() - begin)
        _assert_churn(data)
        rows = sum(table.num_rows for table in data.values())
        notes.add(f"{rows:,} rows in {len(data)} tables, {data['usage'].num_rows:,} of use")
        del data
    if len(notes) > 1:
        raise WrongAnswerError("simulating: one seed gave different portfolios")
    figure = f"simulating {accounts:,} accounts over two years"
    return [Line(figure, Samples(seconds), "at most", LIMIT, duration, note=notes.pop())]


def _assert_churn(data: ch.datasets.Simulation) -> None:
    """As many leave as the documented probabilities say, within four standard deviations."""
    left = ~data.renewals["renewed"].to_numpy(zero_copy_only=False)
    probability = data.renewals["probability"].to_numpy()
    if abs(left.sum() - probability.sum()) > 4 * np.sqrt((probability * (1 - probability)).sum()):
        raise WrongAnswerError("simulating: churn does not follow its process")
