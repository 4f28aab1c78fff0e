"""Renewals and spend of customers who are alike: the models' limits, whatever the start."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import customerhealth as ch

optimize = pytest.importorskip("scipy.optimize")
Column = npt.NDArray[np.float64]

# --- renewals ---------------------------------------------------------------------------------------------------------

STARTS = ({"alpha": 5.0, "beta": 20.0}, {"alpha": 0.05, "beta": 0.1}, {"alpha": 300.0, "beta": 2.0})


@pytest.mark.parametrize("kind", [ch.clv.SBG, ch.clv.BDW])
def test_a_constant_share_that_stays_is_forecast_so_from_every_start(kind: Any) -> None:
    left = [1000, 800, 640, 512, 410, 328]
    starts = [{**start, "c": 1.3} if kind is ch.clv.BDW else start for start in STARTS]
    models = [kind(start=start).fit(left) for start in (None, *starts)]
    for model in models:
        assert model.limit_ == {"p": pytest.approx(0.2, abs=1e-3)}
        assert (model.params_["alpha"], model.params_["beta"]) == (math.inf, math.inf)
        assert math.isnan(model.standard_errors_["alpha"])
        assert model.survival(10) == pytest.approx(0.108, abs=1e-3)
        assert model.converged_
    assert len({model.params_.get("c") for model in models}) == 1
    assert models[0].limit_ == models[-1].limit_


@pytest.mark.parametrize(
    ("left", "p"),
    [
        ([1000, 850, 720, 600, 500, 410], 590 / 3670),  # retention falls
        ([1000, 950, 880, 790, 680, 560], 440 / 4300),
        ([100, 60, 0], 100 / 160),
        ([[100, 70, 49], [200, 140]], (51 + 60) / (170 + 200)),
        ([1e12, 8e11, 6.4e11, 5.12e11], 0.2),
        ([50, 50, 50], 0.0),
        ([50, 50], 0.0),
        ([50, 0], 1.0),
        ([[50, 0], [7, 0, 0]], 1.0),
    ],
)
def test_renewals_of_customers_alike_are_counted(left: Any, p: float) -> None:
    model = ch.clv.SBG().fit(left)
    assert model.limit_ == {"p": pytest.approx(p, rel=1e-6)}
    assert model.survival([0, 1, 7]).tolist() == pytest.approx([1, 1 - p, (1 - p) ** 7], rel=1e-5)
    assert model.retention([1, 30]).tolist() == pytest.approx([1 - p, 1 - p], rel=1e-6)
    assert ch.clv.account_value([10, 10], [0, 30], model, discount=0.25, horizon=2).table["value"].to_pylist() == (
        pytest.approx([10 * ((1 - p) / 1.25 + (1 - p) ** 2 / 1.25**2)] * 2, rel=1e-5)
    )
    lifetime = 1 / (1 - (1 - p) / 1.1)
    assert model.discounted_expected_lifetime(0.1) == pytest.approx(lifetime, rel=1e-5)
    assert model.discounted_expected_residual_lifetime(0.1, [0, 8]).tolist() == pytest.approx(
        [1.1 * (lifetime - 1)] * 2, rel=1e-5, abs=1e-12
    )


def test_who_leaves_leaves_at_once_where_nobody_does_later() -> None:
    for kind in (ch.clv.SBG, ch.clv.BDW):
        model = kind().fit([100, 60, 60, 60])
        assert model.limit_ == {"leave_at_once": pytest.approx(0.4, rel=1e-6)}
        assert (model.params_["alpha"], model.params_["beta"]) == (0.0, 0.0)
        assert model.survival([0, 1, 9]).tolist() == pytest.approx([1, 0.6, 0.6], rel=1e-6)
        assert model.retention([1, 2]).tolist() == pytest.approx([0.6, 1.0], rel=1e-6)
        assert model.discounted_expected_lifetime(0.25) == pytest.approx(1 + 0.6 * 4, rel=1e-6)
        assert model.discounted_expected_residual_lifetime(0.25, 3) == pytest.approx(1.25 * 4)


LATE = [
    ([1000, 1000, 1000, 10, 1], 2.0),
    ([1000, 1000, 1000, 500, 250, 125], None),
    ([100, 100, 100, 60, 60, 60], 2.0),
    ([100, 100, 100, 60, 1], None),
]


@pytest.mark.parametrize(("left", "begin"), LATE)
def test_a_duration_that_grows_for_ever_is_fitted_as_what_it_goes_to(left: list[int], begin: float | None) -> None:
    starts = [
        None,
        {**STARTS[0], "c": 1.0},
        {"alpha": 0.5, "beta": 1e5, "c": 10.0},
    ]
    times, counts = np.arange(len(left), dtype=float), np.array(left, dtype=float)

    def curve(z: Column, t: Column) -> Column:
        return (np.maximum(t, z[0]) / z[0]) ** -z[1]

    def lost(z: Column) -> float:
        s = curve(z, times)
        died = np.array([n * math.log(p) for n, p in zip(-np.diff(counts), -np.diff(s), strict=True) if n])
        return -float(died.sum() + counts[-1] * math.log(s[-1]))

    grid = [(b, k) for b in np.linspace(2.0, 2.99, 40) for k in np.geomspace(0.2, 40, 80)]
    best = min(lost(np.array(z)) for z in grid)
    found = [ch.clv.BDW(start=start).fit(left) for start in starts]
    for model in found:
        assert model.limit_ == pytest.approx(found[0].limit_, rel=1e-6)
        assert model.log_likelihood_ >= -best - 1e-9
        assert (model.params_["alpha"], model.params_["beta"], model.params_["c"]) == (0.0, math.inf, math.inf)
        assert all(math.isnan(error) for error in model.standard_errors_.values())
    limit, model = found[0].limit_, found[0]
    assert set(limit) == {"begin", "power"}
    assert begin is None or limit["begin"] == begin
    z = np.array([limit["begin"], limit["power"]])
    assert model.log_likelihood_ == pytest.approx(-lost(z), rel=1e-12)
    assert model.survival([0, 1, 2, 3, 7]).tolist() == pytest.approx(curve(z, np.array([0, 1, 2, 3, 7.0])).tolist())
    assert model.retention([1, 3, 9]).tolist() == pytest.approx(
        (curve(z, np.array([1, 3, 9.0])) / curve(z, np.array([0, 2, 8.0]))).tolist()
    )
    whole = sum(float(curve(z, np.array(4.0 + j)) / curve(z, np.array(4.0))) / 1.1**j for j in range(1, 2000))
    assert model.discounted_expected_residual_lifetime(0.1, 4) == pytest.approx(1.1 * whole, rel=1e-9)


@pytest.mark.parametrize("left", [[100, 100, 60, 0], [100, 100, 100, 60], [[100, 100, 100, 60, 0], [50, 50, 50, 30]]])
def test_one_fall_tells_nothing_of_its_steepness_from_wherever_one_begins(left: list[int]) -> None:
    for start in (None, {"alpha": 1.0, "beta": 1.0, "c": 1.0}, {"alpha": 2.0, "beta": 1e6, "c": 20.0}):
        with pytest.raises(
            ch.DataError, match=r"at which customers leave, at renewal \d alone some stay; account_value"
        ):
            ch.clv.BDW(start=start).fit(left)


@pytest.mark.parametrize(("left", "share"), [([5, 4, 4, 4], 0.2), ([7, 6, 6], 1 / 7), ([1000, 999, 999], 0.001)])
def test_a_share_is_that_of_the_counts(left: list[int], share: float) -> None:
    assert ch.clv.SBG().fit(left).limit_ == {"leave_at_once": pytest.approx(share, rel=1e-9)}
    assert ch.clv.SBG().fit([1000, 800, 640, 512]).limit_ == {"p": pytest.approx(0.2, rel=1e-10)}


def test_a_maximum_is_kept_however_little_is_known_of_it() -> None:
    """Retention that rises a little: a simplex search finds alpha 7.57, beta 67.6, and S(10) is 0.3683."""
    for start in (None, *STARTS):
        model = ch.clv.SBG(start=start).fit([100, 90, 81, 73, 66])
        assert model.limit_ is None
        assert model.params_ == pytest.approx({"alpha": 7.568, "beta": 67.65}, rel=1e-3)
        assert model.survival(10) == pytest.approx(0.3683, abs=1e-4)
        assert model.standard_errors_["beta"] > 100


def test_duration_is_kept_where_customers_are_alike() -> None:
    model = ch.clv.BDW().fit([1000, 950, 880, 790, 680, 560])
    p, c = model.limit_["p"], model.params_["c"]
    times = np.arange(6.0)

    def lost(z: Column) -> float:
        curve = np.exp(-np.exp(z[0]) * times ** np.exp(z[1]))
        return -float((np.array([50, 70, 90, 110, 120]) * np.log(-np.diff(curve))).sum() + 560 * np.log(curve[-1]))

    best = optimize.minimize(lost, [-3.0, 0.3], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10})
    assert -math.log1p(-p) == pytest.approx(math.exp(best.x[0]), rel=1e-3)
    assert c == pytest.approx(math.exp(best.x[1]), rel=1e-3)
    assert model.log_likelihood_ == pytest.approx(-best.fun, abs=1e-4)
    assert 0 < model.standard_errors_["c"] < 0.2
    first = math.log1p(-p)
    assert model.survival([1, 10]).tolist() == pytest.approx([math.exp(first), math.exp(first * 10**c)])
    assert model.discounted_expected_lifetime(0.1) == pytest.approx(
        sum(math.exp(first * j**c) / 1.1**j for j in range(500))
    )
    assert model.discounted_expected_residual_lifetime(0.1, [2.0, 2.0])[1] == pytest.approx(
        1.1 * sum(math.exp(first * ((2 + j) ** c - 2**c)) / 1.1**j for j in range(1, 500))
    )


# --- spend ------------------------------------------------------------------------------------------------------------


def test_spend_of_customers_alike_is_the_same_for_all() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(1, 9, 500).astype(float)
    mean = rng.gamma(4 * x) / x / 0.2
    for start in (None, {"p": 1.0, "q": 9.0, "v": 3.0}, {"p": 40.0, "q": 2.0, "v": 1.0}):
        model = ch.clv.GammaGamma(start=start).fit(x, mean)
        assert set(model.limit_) == {"nu"}
        assert (model.params_["q"], model.params_["v"]) == (math.inf, math.inf)
        level = (x * mean).sum() / x.sum()  # the maximum of a Gamma's likelihood has the mean of the data
        assert model.expected_value([0, 5], [0.0, 99.0]).tolist() == pytest.approx([level, level], rel=1e-4)
        assert model.params_["p"] == pytest.approx(4, rel=0.2)
        assert model.standard_errors_["p"] > 0
        assert math.isnan(model.standard_errors_["q"])


def test_spend_that_never_varies_within_a_customer_is_their_own() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(4)
    mean = 40 / rng.gamma(3.0, 1.0, 400)
    x = np.full(400, 1e6)  # so many purchases that none of their spread is left in the mean
    model = ch.clv.GammaGamma().fit(x, mean)
    assert set(model.limit_) == {"pv"}
    q, pv = model.params_["q"], model.limit_["pv"]
    assert model.log_likelihood_ == pytest.approx(stats.invgamma(q, scale=pv).logpdf(mean).sum(), rel=1e-9)
    assert model.expected_value([0, 7], [0.0, 12.5]).tolist() == pytest.approx([pv / (q - 1), 12.5])
    assert (model.params_["p"], model.params_["v"]) == (math.inf, 0.0)


@pytest.mark.parametrize("noise", [0.0, 2e-16])
def test_spend_of_one_value_is_that_value(noise: float) -> None:
    mean = 9.99 * (1.0 + noise * np.arange(-2, 3))
    model = ch.clv.GammaGamma().fit([1, 2, 3, 4, 5], mean)
    assert model.limit_ == {"value": pytest.approx(9.99)}
    assert model.expected_value([0, 3], [0.0, 9.99]).tolist() == pytest.approx([9.99, 9.99])
