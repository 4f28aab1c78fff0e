"""Every model of lifetime value gets back, within its intervals, the parameters that customers were simulated with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import customerhealth as ch

Column = npt.NDArray[np.float64]
LEVEL = 0.99
BUYERS = 20_000


def until_they_leave(
    rng: np.random.Generator, r: float, alpha: float, a: float, b: float, *, at_once: bool
) -> list[Column]:
    """Poisson buyers who may leave after every purchase; `at_once`: after the first one, at time 0, too (MBG/NBD)."""
    age = rng.uniform(20, 80, BUYERS)
    rate, leaving = rng.gamma(r, 1 / alpha, BUYERS), rng.beta(a, b, BUYERS)
    frequency, recency = np.zeros(BUYERS), np.zeros(BUYERS)
    alive = np.flatnonzero(rng.random(BUYERS) >= leaving) if at_once else np.arange(BUYERS)
    while alive.size:
        at = recency[alive] + rng.exponential(1 / rate[alive])
        bought, at = alive[at <= age[alive]], at[at <= age[alive]]
        recency[bought] = at
        frequency[bought] += 1
        alive = bought[rng.random(bought.size) >= leaving[bought]]
    return [frequency, recency, age]


def until_they_die(rng: np.random.Generator, r: float, alpha: float, s: float, beta: float) -> list[Column]:
    """Poisson buyers with an exponential lifetime (Pareto/NBD)."""
    age = rng.uniform(20, 80, BUYERS)
    lived = np.minimum(rng.exponential(1 / rng.gamma(s, 1 / beta, BUYERS)), age)
    frequency = rng.poisson(rng.gamma(r, 1 / alpha, BUYERS) * lived).astype(np.float64)
    latest = rng.random(BUYERS) ** (1 / np.maximum(frequency, 1))  # the greatest of so many uniform times
    return [frequency, np.where(frequency > 0, latest * lived, 0.0), age]


def by_occasions(rng: np.random.Generator, alpha: float, beta: float, gamma: float, delta: float) -> list[Column]:
    """Donors who give by chance at each of 12 occasions, and may leave before each (BG/BB)."""
    giving, leaving = rng.beta(alpha, beta, BUYERS), rng.beta(gamma, delta, BUYERS)
    frequency, recency, alive = np.zeros(BUYERS), np.zeros(BUYERS), np.ones(BUYERS, bool)
    for occasion in range(1, 13):
        alive &= rng.random(BUYERS) >= leaving
        gives = alive & (rng.random(BUYERS) < giving)
        frequency[gives] += 1
        recency[gives] = occasion
    return [frequency, recency, np.full(BUYERS, 12.0)]


def spenders(rng: np.random.Generator, p: float, q: float, v: float) -> list[Column]:
    """Mean spend over some transactions, each gamma around a customer's own mean (Gamma-Gamma)."""
    transactions = rng.integers(1, 9, BUYERS).astype(np.float64)
    scale = rng.gamma(q, 1 / v, BUYERS)
    return [transactions, rng.gamma(p * transactions) / scale / transactions]


def renewers(rng: np.random.Generator, alpha: float, beta: float, c: float = 1.0) -> list[Column]:
    """Customers left at each of 12 renewals: sBG, and with c the BdW."""
    leaving = rng.beta(alpha, beta, BUYERS)
    chance = rng.random(BUYERS)
    survives = np.array([(1 - leaving) ** (t**c) > chance for t in np.arange(13.0)])
    return [survives.sum(axis=1).astype(np.float64)]


CASES: dict[str, tuple[Callable[[], Any], Callable[..., list[Column]], dict[str, float]]] = {
    "BG/NBD": (
        ch.clv.BGNBD,
        lambda rng, **true: until_they_leave(rng, **true, at_once=False),
        {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    ),
    "MBG/NBD": (
        ch.clv.MBGNBD,
        lambda rng, **true: until_they_leave(rng, **true, at_once=True),
        {"r": 0.9, "alpha": 7.0, "a": 0.6, "b": 3.1},
    ),
    "Pareto/NBD": (ch.clv.ParetoNBD, until_they_die, {"r": 0.55, "alpha": 10.6, "s": 0.61, "beta": 11.7}),
    "BG/BB": (ch.clv.BGBB, by_occasions, {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.78}),
    "Gamma-Gamma": (ch.clv.GammaGamma, spenders, {"p": 6.25, "q": 3.74, "v": 15.4}),
    "sBG": (ch.clv.SBG, renewers, {"alpha": 0.67, "beta": 3.8}),
    "BdW": (ch.clv.BDW, renewers, {"alpha": 0.26, "beta": 1.72, "c": 1.58}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_parameters_are_recovered_within_their_intervals(name: str, seed: int) -> None:
    make, simulate, true = CASES[name]
    model = make().fit(*simulate(np.random.default_rng(seed), **true))
    assert model.converged_
    intervals = model.confidence_intervals(LEVEL)
    assert intervals.keys() == true.keys()
    assert all(low < true[key] < high for key, (low, high) in intervals.items()), (true, intervals)
    assert all(high < 3 * low for low, high in intervals.values()), intervals  # and they say something
