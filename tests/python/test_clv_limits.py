"""Likelihoods that rise for ever, as customers become alike: what is fitted, what it forecasts, what is refused."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import customerhealth as ch
from customerhealth.clv import limit_models, mixing

mixtures = pytest.importorskip("mixtures", exc_type=ImportError)
optimize = pytest.importorskip("scipy.optimize")
Column = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Column]

RATES = {
    "gamma": (mixing.GammaRate(0.7, 9.0), mixtures.gamma(0.7, 9.0)),
    "same": (mixing.SameRate(0.08), mixtures.same(0.08)),
}
CHANCES = {
    "beta": (mixing.BetaChance(0.8, 2.5), mixtures.beta(0.8, 2.5)),
    "same": (mixing.SameChance(0.15), mixtures.same(0.15)),
    "never": (mixing.SameChance(0.0), mixtures.same(0.0)),
    "always": (mixing.SameChance(1.0), mixtures.same(1.0)),
    "some": (mixing.AllOrNone(0.3), mixtures.either(0.3, 1.0, 0.0)),
}
MORTALITY = {
    "gamma": (mixing.GammaRate(1.3, 60.0), mixtures.gamma(1.3, 60.0)),
    "same": (mixing.SameRate(0.02), mixtures.same(0.02)),
    "never": (mixing.SameRate(0.0), mixtures.same(0.0)),
    "some": (mixing.AtOnceOrNever(0.3), mixtures.either(0.3, math.inf, 0.0)),
}
LOTS = [(0.0, 0.0, 30.0), (0.0, 0.0, 5.0), (1.0, 4.0, 30.0), (3.0, 29.0, 30.0), (6.0, 12.0, 40.0), (2.0, 8.0, 8.0)]
GIFTS = [(0.0, 0.0, 6.0), (1.0, 1.0, 6.0), (2.0, 5.0, 6.0), (6.0, 6.0, 6.0), (3.0, 4.0, 5.0), (2.0, 2.0, 2.0)]


def pairs(first: dict[str, Any], second: dict[str, Any]) -> list[tuple[str, str]]:
    """All but the one that is no limit."""
    return [
        (a, b) for a in first for b in second if (a, b) not in (("gamma", "beta"), ("gamma", "gamma"), ("beta", "beta"))
    ]


BUYING = {name: spread for name, spread in CHANCES.items() if name != "never"}
CASES: list[tuple[str, Any, str, str]] = [
    *(("BG/NBD", None, a, b) for a, b in pairs(RATES, CHANCES)),
    *(("MBG/NBD", None, a, b) for a, b in pairs(RATES, CHANCES) if b != "always"),
    *(("Pareto/NBD", None, a, b) for a, b in pairs(RATES, MORTALITY)),
    *(("BG/BB", None, a, b) for a, b in pairs(BUYING, CHANCES) if b != "always"),
]


def made(model: str, first: str, second: str) -> tuple[Any, Any]:
    """The limit, and its slow twin."""
    if model == "Pareto/NBD":
        (rate, rates), (leave, leaves) = RATES[first], MORTALITY[second]
        return limit_models.ParetoLimit(rate, leave), mixtures.Mortals(rates, leaves)
    if model == "BG/BB":
        (buy, buys), (leave, leaves) = CHANCES[first], CHANCES[second]
        return limit_models.BgBbLimit(buy, leave), mixtures.Givers(buys, leaves)
    (rate, rates), (leave, leaves) = RATES[first], CHANCES[second]
    early = model == "MBG/NBD"
    twin = (mixtures.EarlyLeavers if early else mixtures.Leavers)(rates, leaves)
    return limit_models.BgNbdLimit(rate, leave, early), twin


@pytest.mark.parametrize(("model", "_", "first", "second"), CASES)
def test_a_limit_is_the_mean_over_its_customers(model: str, _: None, first: str, second: str) -> None:
    limit, twin = made(model, first, second)
    whole = model == "BG/BB"
    for history in GIFTS if whole else LOTS:
        x, t_x, age = (np.array([value]) for value in history)
        likelihood, alive = twin.mean(twin.likelihood(*history)), twin.alive(*history)
        if likelihood == 0.0:
            assert limit.log_likelihood(x, t_x, age)[0] == -np.inf
            continue
        assert limit.log_likelihood(x, t_x, age)[0] == pytest.approx(math.log(likelihood), rel=1e-9, abs=1e-10)
        if whole:
            found = limit.probability_alive(np.zeros(1), x, t_x, age)[0]
            ahead = limit.probability_alive(np.array([2.0]), x, t_x, age)[0]
            assert ahead == pytest.approx(
                twin.mean(twin.alive(*history) * (1 - twin.second) ** 2) / likelihood, abs=1e-12
            )
        else:
            found = limit.probability_alive(x, t_x, age)[0]
        assert found == pytest.approx(twin.mean(alive) / likelihood, rel=1e-8, abs=1e-14)
        for t in (0.0, 1.0, 7.0) if whole else (0.0, 0.5, 20.0, 300.0):
            expected = twin.mean(alive * twin.purchases(t)) / likelihood
            assert limit.expected_purchases(np.array([t]), x, t_x, age)[0] == pytest.approx(
                expected, rel=1e-8, abs=1e-13
            )
            for n in (0, 1, 4):
                share = twin.mean(alive * twin.count(n, t)) / likelihood
                share += 1.0 - twin.mean(alive) / likelihood if n == 0 else 0.0
                got = limit.conditional_probability_of_n_purchases(np.array([float(n)]), np.array([t]), x, t_x, age)[0]
                assert got == pytest.approx(share, rel=1e-8, abs=1e-12), (n, t)
        if model in ("Pareto/NBD", "BG/BB"):
            residual = twin.mean(alive * twin.discounted(0.1)) / likelihood
            got = limit.discounted_expected_residual_transactions(0.1, x, t_x, age)[0]
            assert got == pytest.approx(residual, rel=1e-8, abs=1e-13)
    there = twin.new()
    for t in (0.0, 1.0, 7.0) if whole else (0.0, 0.5, 20.0, 300.0):
        expected = twin.mean(there * twin.purchases(t))
        assert limit.expected_purchases_new(np.array([t]))[0] == pytest.approx(expected, rel=1e-8, abs=1e-13)
        for n in (0, 1, 4):
            share = twin.mean(there * twin.count(n, t)) + ((1.0 - twin.mean(there)) if n == 0 else 0.0)
            share = 1.0 if t == 0.0 and n == 0 else share
            got = limit.probability_of_n_purchases(np.array([float(n)]), np.array([t]))[0]
            assert got == pytest.approx(share, rel=1e-8, abs=1e-12), (n, t)


# --- purchases --------------------------------------------------------------------------------------------------------


def leavers(n: int, seed: int, rate: Draw, chance: Draw, at_once: bool) -> list[Column]:
    rng = np.random.default_rng(seed)
    buys, leaves, age = rate(rng, n), chance(rng, n), rng.integers(100, 201, n).astype(float)
    x, last = np.zeros(n), np.zeros(n)
    alive = np.flatnonzero(rng.random(n) >= leaves) if at_once else np.arange(n)
    while alive.size:
        at = last[alive] + rng.exponential(1 / buys[alive])
        bought, at = alive[at <= age[alive]], at[at <= age[alive]]
        x[bought] += 1
        last[bought] = at
        alive = bought[rng.random(bought.size) >= leaves[bought]]
    return [x, last, age]


def mortals(n: int, seed: int, rate: Draw, leave: Draw) -> list[Column]:
    rng = np.random.default_rng(seed)
    buys, mu, age = rate(rng, n), leave(rng, n), rng.integers(100, 201, n).astype(float)
    lived = np.minimum(rng.exponential(1.0, n) / np.maximum(mu, 1e-12), age)
    x = rng.poisson(buys * lived).astype(float)
    return [x, np.where(x > 0, lived * rng.random(n) ** (1 / np.maximum(x, 1)), 0.0), age]


def givers(n: int, seed: int, buy: Draw, leave: Draw, opportunities: int) -> list[Column]:
    rng = np.random.default_rng(seed)
    buys, leaves = buy(rng, n), leave(rng, n)
    x, last, alive = np.zeros(n), np.zeros(n), np.ones(n, bool)
    for k in range(1, opportunities + 1):
        alive &= rng.random(n) >= leaves
        gives = alive & (rng.random(n) < buys)
        x[gives] += 1
        last[gives] = k
    return [x, last, np.full(n, float(opportunities))]


def differ(shape: float, scale: float) -> Draw:
    return lambda rng, n: rng.gamma(shape, 1 / scale, n)


def all_have(value: float) -> Draw:
    return lambda rng, n: np.full(n, value)


def some_have(share: float, value: float) -> Draw:
    return lambda rng, n: np.where(rng.random(n) < share, value, 0.0)


GEOMETRIC_STARTS = (
    {"r": 0.65, "alpha": 57.0, "a": 2.0, "b": 60.0},
    {"r": 1.0, "alpha": 80.0, "a": 10.0, "b": 100.0},
    {"r": 20.0, "alpha": 5.0, "a": 0.1, "b": 0.1},
)
PARETO_STARTS = ({"r": 2.0, "alpha": 30.0, "s": 3.0, "beta": 200.0}, {"r": 0.1, "alpha": 1.0, "s": 0.1, "beta": 1.0})
GIVING_STARTS = (
    {"alpha": 2.0, "beta": 3.0, "gamma": 1.0, "delta": 9.0},
    {"alpha": 30.0, "beta": 3.0, "gamma": 9.0, "delta": 9.0},
)
UNEVEN = differ(0.65, 15.0)
FITS: dict[str, tuple[Any, list[Column], tuple[dict[str, float], ...], set[str]]] = {
    "BG: all leave alike": (ch.clv.BGNBD, leavers(800, 14, UNEVEN, all_have(0.03), False), GEOMETRIC_STARTS, {"p"}),
    "BG: nobody leaves, all buy alike": (
        ch.clv.BGNBD, leavers(800, 1, all_have(0.06), all_have(0.0), False), GEOMETRIC_STARTS, {"lambda", "p"},
    ),
    "BG: all leave after one": (ch.clv.BGNBD, leavers(800, 1, UNEVEN, all_have(1.0), False), GEOMETRIC_STARTS, {"p"}),
    "MBG: nobody leaves": (ch.clv.MBGNBD, leavers(800, 1, UNEVEN, all_have(0.0), True), GEOMETRIC_STARTS, {"p"}),
    "MBG: some leave at once": (
        ch.clv.MBGNBD, leavers(3000, 1, UNEVEN, some_have(0.3, 1.0), True), GEOMETRIC_STARTS, {"leave_at_once"},
    ),
    "BG: all buy alike": (
        ch.clv.BGNBD, leavers(3000, 1, all_have(0.06), lambda rng, n: rng.beta(0.8, 2.5, n), False), GEOMETRIC_STARTS,
        {"lambda"},
    ),
    "Pareto: all leave alike": (ch.clv.ParetoNBD, mortals(3000, 1, UNEVEN, all_have(0.01)), PARETO_STARTS, {"mu"}),
    "Pareto: nobody leaves": (ch.clv.ParetoNBD, mortals(3000, 1, UNEVEN, all_have(0.0)), PARETO_STARTS, {"mu"}),
    "Pareto: some leave at once": (
        ch.clv.ParetoNBD, mortals(3000, 1, UNEVEN, some_have(0.3, 1e9)), PARETO_STARTS, {"leave_at_once"},
    ),
    "Pareto: all alike": (
        ch.clv.ParetoNBD, mortals(3000, 1, all_have(0.06), all_have(0.01)), PARETO_STARTS, {"lambda", "mu"},
    ),
    "BG/BB: nobody leaves, all buy alike": (
        ch.clv.BGBB, givers(3000, 1, all_have(0.4), all_have(0.0), 12), GIVING_STARTS, {"p", "theta"},
    ),
    "BG/BB: some leave at once": (
        ch.clv.BGBB, givers(3000, 1, lambda rng, n: rng.beta(1.2, 0.8, n), some_have(0.3, 1.0), 12), GIVING_STARTS,
        {"leave_at_once"},
    ),
    "BG/BB: some buy always, all leave alike": (
        ch.clv.BGBB, givers(3000, 1, some_have(0.6, 1.0), all_have(0.1), 12), GIVING_STARTS, {"buy_always", "theta"},
    ),
    "BG/BB: all buy always": (
        ch.clv.BGBB, givers(3000, 1, all_have(1.0), lambda rng, n: rng.beta(0.8, 2.5, n), 12), GIVING_STARTS,
        {"buy_always"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_customers_alike_are_fitted_alike_from_every_start(name: str) -> None:
    kind, data, starts, letters = FITS[name]
    began = time.process_time()
    model = kind().fit(*data)
    took = time.process_time() - began  # of the processor, whatever else it does
    assert set(model.limit_) == letters
    assert took < 30, took  # some 1 to 3 s; without a limit on the search it took 107 s
    assert model.n_evaluations_ < 1500
    run_off = [value for value in model.params_.values() if value == 0.0 or math.isinf(value)]
    assert len(run_off) == 2 * len(letters)
    for value, error in zip(model.params_.values(), model.standard_errors_.values(), strict=True):
        assert math.isnan(error) == (value == 0.0 or math.isinf(value))
    ahead = model.expected_purchases(10, *data)
    for start in starts:
        again = kind(start=start).fit(*data)
        assert set(again.limit_) == letters
        assert again.log_likelihood_ == pytest.approx(model.log_likelihood_, abs=2e-3)
        np.testing.assert_allclose(again.expected_purchases(10, *data), ahead, rtol=1e-3, atol=1e-9)
    assert model.log_likelihood(*data).sum() == pytest.approx(model.log_likelihood_, rel=1e-9)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.expected_purchases(10, *data).tolist() == ahead.tolist()


@pytest.mark.parametrize(
    ("kind", "data", "letters"),
    [
        (ch.clv.ParetoNBD, mortals(8000, 2, UNEVEN, all_have(0.01)), {"mu"}),
        (ch.clv.BGNBD, leavers(8000, 2, UNEVEN, all_have(1.0), False), {"p"}),
        (ch.clv.BGBB, givers(8000, 2, lambda rng, n: rng.beta(1.2, 0.8, n), all_have(0.0), 60), {"theta"}),
    ],
    ids=["Pareto/NBD", "BG/NBD", "BG/BB"],
)
def test_many_customers_are_fitted_from_a_sample_on(kind: Any, data: list[Column], letters: set[str]) -> None:
    model = kind().fit(*data)
    assert set(model.limit_) == letters
    assert model.log_likelihood(*data).sum() == pytest.approx(model.log_likelihood_, rel=1e-9)


def small(seed: int) -> tuple[Any, list[Any]]:
    """A few customers of a model whose number is the seed's."""
    rng = np.random.default_rng(seed)
    kind = (ch.clv.BGNBD, ch.clv.MBGNBD, ch.clv.ParetoNBD, ch.clv.BGBB, ch.clv.SBG, ch.clv.GammaGamma)[seed % 6]
    n = int(rng.integers(5, 60))
    chances: list[Draw] = [lambda rng, n: rng.beta(0.8, 2.5, n), all_have(0.2), all_have(0.0), some_have(0.3, 1.0)]
    chance, rate = chances[rng.integers(4)], (UNEVEN, all_have(0.06))[rng.integers(2)]
    if kind is ch.clv.ParetoNBD:
        return kind, mortals(n, seed, rate, (differ(0.6, 60.0), all_have(0.01), all_have(0.0))[rng.integers(3)])
    if kind is ch.clv.BGBB:
        return kind, givers(n, seed, lambda rng, n: rng.beta(1.2, 0.8, n), chance, 8)
    if kind is ch.clv.SBG:
        leaves, luck = chance(rng, n), rng.random(n)
        return kind, [[float((luck < (1 - leaves) ** t).sum()) for t in range(6)]]
    if kind is ch.clv.GammaGamma:
        x = rng.integers(1, 6, n).astype(float)
        return kind, [x, rng.gamma(4 * x) / x / (rng.gamma(3.0, 0.1, n) if rng.random() < 0.5 else 0.2)]
    return kind, leavers(n, seed, rate, chance, kind is ch.clv.MBGNBD)


@pytest.mark.parametrize("seed", range(36))
def test_whatever_the_customers_the_answer_is_that_of_every_start(seed: int) -> None:
    kind, data = small(seed)
    rng = np.random.default_rng(seed + 1000)
    letters = kind._names
    answers = []
    for number in range(4):
        start = {name: float(np.exp(rng.uniform(-2, 3))) for name in letters} if number else None
        try:
            model = kind(start=start).fit(*data)
        except ch.DataError as error:
            answers.append((type(error), None, None))
            continue
        ahead = (
            model.survival([3, 9]) if kind is ch.clv.SBG else model.predict(*([9.0] if len(data) == 3 else []), *data)
        )
        answers.append((model.limit_ and set(model.limit_), model.log_likelihood_, ahead))
    verdict, log_likelihood, ahead = answers[0]
    for other, its, forecast in answers[1:]:
        assert other == verdict
        if its is not None:
            assert its == pytest.approx(log_likelihood, abs=3e-3)
            np.testing.assert_allclose(forecast, ahead, rtol=3e-2, atol=1e-3)


def test_no_finite_parameters_come_above_the_limit() -> None:
    """The likelihood at the best a and b of a given sum rises towards the limit's and never passes it."""
    kind, data, _, _ = FITS["BG: all leave alike"]
    model = kind().fit(*data)
    p, r, alpha = model.limit_["p"], model.params_["r"], model.params_["alpha"]
    below = []
    for size in (1e2, 1e3, 1e4):

        def of(z: Column, size: float = size) -> float:
            share = 1 / (1 + math.exp(-z[2]))
            at = {"r": math.exp(z[0]), "alpha": math.exp(z[1]), "a": size * share, "b": size * (1 - share)}
            return -float(ch.clv.BGNBD.from_params(**at).log_likelihood(*data).sum())

        begin = [math.log(r), math.log(alpha), math.log(p / (1 - p))]
        found = optimize.minimize(of, begin, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-7})
        below.append(model.log_likelihood_ + found.fun)
    assert below[0] > below[1] > below[2] > 0


def test_a_limit_is_shown_and_has_no_intervals() -> None:
    kind, data, _, _ = FITS["BG: all leave alike"]
    model = kind().fit(*data)
    assert repr(model).startswith("<BGNBD r=0.")
    assert " a=inf, b=inf at the limit p=0.0" in repr(model)
    intervals = model.confidence_intervals()
    assert intervals["r"][0] < model.params_["r"] < intervals["r"][1]
    assert all(math.isnan(end) for end in (*intervals["a"], *intervals["b"]))
    assert np.isnan(model.covariance_[2:]).all()
    assert np.isfinite(model.covariance_[:2, :2]).all()
    assert kind.from_params(r=1, alpha=1, a=1, b=1).limit_ is None
    table = model.bootstrap(*data, replicates=4, seed=1)
    assert table["estimate"].to_pylist() == list(model.params_.values())
    spend = ch.clv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    value = ch.clv.purchase_value(model, spend, *data, np.full(800, 20.0), periods=2)
    assert value.definition["purchases"]["limit"] == model.limit_
    assert model.fit(*leavers(800, 5, UNEVEN, lambda rng, n: rng.beta(0.8, 2.5, n), False)).limit_ is None
    assert math.isfinite(model.params_["a"])
    with pytest.raises(ch.DataError, match=r"recency\[0\]: expected at most T"):
        kind().fit(*data).probability_alive(1, 5, 3)


def test_means_of_donors_at_a_limit_are_those_of_their_spreads() -> None:
    model = ch.clv.BGBB().fit(*FITS["BG/BB: some leave at once"][1])
    share, buys = model.limit_["leave_at_once"], mixtures.beta(model.params_["alpha"], model.params_["beta"])
    twin = mixtures.Givers(buys, mixtures.either(share, 1.0, 0.0))
    for history in ((0.0, 0.0, 12.0), (3.0, 12.0, 12.0)):
        whole = twin.mean(twin.likelihood(*history))
        rate = twin.mean(twin.first * twin.likelihood(*history)) / whole
        assert model.posterior_mean_transaction_rate(*history) == pytest.approx(rate, rel=1e-9)
        leaving = twin.mean(twin.second * twin.likelihood(*history)) / whole
        assert model.posterior_mean_dropout_rate(*history) == pytest.approx(leaving, rel=1e-9, abs=1e-12)


def test_a_survival_however_steep_falls_to_nothing() -> None:
    """Two logarithms of gamma functions near 1e19 have no digits left for their difference."""
    steep = ch.clv.BDW.from_params(alpha=1.219655904538691, beta=2020528761.582326, c=22.729314279647184)
    # By mpmath with 60 digits.
    assert steep.survival([2, 3, 6, 7]) == pytest.approx(
        [0.995818598516422, 0.0128129432514946, 5.9924063885804e-11, 8.35037956427294e-13], rel=1e-9
    )
    assert (np.diff(steep.survival(np.arange(1, 40))) <= 0).all()
    fitted = ch.clv.BDW().fit([1000, 1000, 1000, 10, 1])
    assert (np.diff(fitted.survival(np.arange(1, 40))) <= 0).all()


def test_spend_of_customers_with_very_many_purchases_keeps_its_digits() -> None:
    model = ch.clv.GammaGamma.from_params(p=5.0, q=6.0, v=10.0)
    found = model.log_likelihood([1.0, 1e4, 1e9], [3.0, 3.0, 3.0])
    # By mpmath with 60 digits.
    assert found == pytest.approx([-2.8656162194946675, -5.6712289146486194, -5.6723063867788264], rel=1e-13)
