"""Estimators behave as scikit-learn expects; segments of value; intervals by bootstrap."""

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest

import customerhealth as ch

ESTIMATORS = [
    value
    for value in vars(ch.clv).values()
    if inspect.isclass(value) and hasattr(value, "fit") and value is not ch.clv.Estimator
]
RNG = np.random.default_rng(4)
SUMMARIES = np.genfromtxt(
    Path(__file__).parents[1] / "data" / "clv" / "cdnow_customers_summary.csv", delimiter=",", names=True
)
CUSTOMERS = [SUMMARIES[name] for name in ("frequency", "recency", "T")]


def test_estimators_have_scikit_learns_manners() -> None:
    start = {"r": 1.0, "alpha": 5.0, "a": 1.0, "b": 2.0}
    for model in (ch.clv.BGNBD(start=start, threads=1), ch.clv.SBG(), ch.clv.KaplanMeier(level=0.9)):
        copy = type(model)(**model.get_params(deep=False))
        assert all(copy.get_params()[name] is value for name, value in model.get_params().items())
    assert ch.clv.BGNBD().set_params(threads=2).threads == 2
    with pytest.raises(ValueError, match="BGNBD has no parameter 'alpha'; it has start, threads"):
        ch.clv.BGNBD().set_params(alpha=1)
    model = ch.clv.BGNBD(start=start)
    assert model.fit(*CUSTOMERS) is model
    assert model.predict(9, 1, 2, 3) == model.expected_purchases(9, 1, 2, 3)
    again = pickle.loads(pickle.dumps(model))
    assert again.params_ == model.params_
    assert again.expected_purchases(9, 1, 2, 3) == model.expected_purchases(9, 1, 2, 3)
    assert model.aic_ == pytest.approx(8 - 2 * model.log_likelihood_)


def test_every_estimator_is_here() -> None:
    names = {each.__name__ for each in ESTIMATORS}
    assert names == {"BGNBD", "MBGNBD", "ParetoNBD", "BGBB", "GammaGamma", "SBG", "BDW", "KaplanMeier"}


@pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.__name__)
def test_scikit_learn_clones_every_estimator(kind: type) -> None:
    base = pytest.importorskip("sklearn.base")
    model = kind()
    for name in model.get_params():
        value = {"level": 0.8, "threads": 1, "start": None}[name]
        assert model.set_params(**{name: value}) is model
        assert model.get_params()[name] is value
    if hasattr(kind, "from_params"):
        model.params_ = dict.fromkeys(inspect.signature(kind.from_params).parameters, 1.5)
    copy = base.clone(model)
    assert type(copy) is kind
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "params_")
    assert pickle.loads(pickle.dumps(copy)).get_params() == model.get_params()


def test_customers_are_sorted_by_what_they_are_worth_and_could_be() -> None:
    current, potential = [1, 2, 8, 9], [7, 1, 2, 9]
    assert ch.clv.value_segments(current, potential).tolist() == ["low_high", "low_low", "high_low", "high_high"]
    top = ch.clv.value_segments(current, potential, quantile=0.7)
    assert top.tolist() == ["low_low", "low_low", "low_low", "high_high"]
    assert ch.clv.value_segments([5, 5], [1, 2]).tolist() == ["low_low", "low_high"]  # nobody is above all others
    with pytest.raises(ch.DataError, match="potential: 1 rows where current has 2"):
        ch.clv.value_segments([1, 2], [1])
    with pytest.raises(ch.DataError, match="quantile: expected a number between 0 and 1, got 1"):
        ch.clv.value_segments([1, 2], [1, 2], quantile=1)
    with pytest.raises(ch.DataError, match=r"current\[1\]: expected a finite number, got nan"):
        ch.clv.value_segments([1, float("nan")], [1, 2])


def test_bootstrap_intervals_of_spend_agree_with_the_standard_errors() -> None:
    p, q, v = 6.0, 4.0, 15.0
    frequency = 1.0 + RNG.poisson(2, 2000)
    mean = RNG.gamma(p * frequency) / frequency / RNG.gamma(q, 1 / v, 2000)
    model = ch.clv.GammaGamma().fit(frequency, mean)
    intervals = model.confidence_intervals(0.99)
    assert all(intervals[name][0] < true < intervals[name][1] for name, true in (("p", p), ("q", q), ("v", v)))
    table = model.bootstrap(frequency, mean, replicates=40, seed=2)
    assert table["parameter"].to_pylist() == ["p", "q", "v"]
    ratio = table["standard_error"].to_numpy() / np.array(list(model.standard_errors_.values()))
    assert ((ratio > 0.6) & (ratio < 1.7)).all(), ratio
    for low, estimate, high in zip(*(table[name].to_pylist() for name in ("low", "estimate", "high")), strict=True):
        assert low < estimate < high
    assert table.equals(model.bootstrap(frequency, mean, replicates=40, seed=2))
    with pytest.raises(ch.DataError, match="expected 2 replicates or more and a level between 0 and 1, got 1 and"):
        model.bootstrap(frequency, mean, replicates=1)


def test_one_customer_cannot_tell_a_model_of_spend_or_renewals() -> None:
    with pytest.raises(ch.DataError, match="GammaGamma: 1 customers with repeat purchases; more than one are needed"):
        ch.clv.GammaGamma().fit([3.0], [20.0])
    with pytest.raises(ch.DataError, match="GammaGamma: 0 customers with repeat purchases"):
        ch.clv.GammaGamma().fit([0.0, 0.0], [0.0, 0.0])
    assert ch.clv.SBG().fit([1, 1, 0]).limit_ == {"p": pytest.approx(0.5)}
    for bad in (float("nan"), -5.0):
        with pytest.raises(
            ch.DataError, match=rf"monetary_value\[1\]: expected a finite number, 0 or more, got {bad:g}"
        ):
            ch.clv.GammaGamma().fit([3.0, 2.0], [20.0, bad])


def test_one_purchase_more_than_opportunities_up_to_the_last_is_refused() -> None:
    model = ch.clv.BGBB.from_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78)
    with pytest.raises(ch.DataError, match=r"recency\[0\]: expected at least the frequency"):
        model.probability_alive([3], [2], [6])
    assert 0 < model.probability_alive([3], [3], [6])[0] < 1


def test_bootstrap_of_two_draws_lies_between_them() -> None:
    frequency = 1.0 + RNG.poisson(2, 300)
    mean = RNG.gamma(6.0 * frequency) / frequency / RNG.gamma(4.0, 1 / 15.0, 300)
    model = ch.clv.GammaGamma().fit(frequency, mean)
    table = model.bootstrap(frequency, mean, replicates=2, level=0.5)
    se, low, high = (table[name].to_numpy() for name in ("standard_error", "low", "high"))
    apart = np.sqrt(2) * se  # of two values: their distance over the root of 2
    np.testing.assert_allclose(high - low, apart / 2, rtol=1e-9)
    assert table["estimate"].to_pylist() == list(model.params_.values())
    metadata = {key: table.schema.metadata[key] for key in (b"level", b"replicates", b"not_fitted", b"seed")}
    assert metadata == {b"level": b"0.5", b"replicates": b"2", b"not_fitted": b"0", b"seed": b"0"}
    assert table.equals(model.bootstrap(frequency, mean, replicates=2, level=0.5, seed=0))
    for level in (0, 1):
        with pytest.raises(ch.DataError, match=f"a level between 0 and 1, got 2 and {level}"):
            model.bootstrap(frequency, mean, replicates=2, level=level)
