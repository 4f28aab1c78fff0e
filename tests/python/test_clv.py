"""Lifetime value: what fits, what is refused, what holds whatever the numbers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth import _core

TRUE = {"r": 0.9, "alpha": 7.0, "a": 0.6, "b": 3.1}
Column = npt.NDArray[np.float64]


def simulated(customers: int, seed: int = 5) -> tuple[Column, Column, Column]:
    """Customers who live by the BG/NBD."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(20, 80, customers)
    rate = rng.gamma(TRUE["r"], 1 / TRUE["alpha"], customers)
    leaving = rng.beta(TRUE["a"], TRUE["b"], customers)
    frequency, recency = np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while alive.size:
        at = recency[alive] + rng.exponential(1 / rate[alive])
        bought, at = alive[at <= age[alive]], at[at <= age[alive]]
        recency[bought] = at
        frequency[bought] += 1
        alive = bought[rng.random(bought.size) >= leaving[bought]]
    return frequency, recency, age


CUSTOMERS = simulated(3000)
WHOLE = np.array([[0, 0, 6], [1, 1, 6], [2, 5, 6], [6, 6, 6], [3, 4, 5]], dtype=float)
LIKELIHOODS = {
    **{name: lambda n=name: _core.Likelihood.of_customers(n, *CUSTOMERS) for name in ("bgnbd", "mbgnbd", "pareto_nbd")},
    "bgbb": lambda: _core.Likelihood.of_customers("bgbb", *(np.ascontiguousarray(c) for c in WHOLE.T)),
    "gamma_gamma": lambda: _core.Likelihood.of_spend(np.array([0.0, 1, 3, 3]), np.array([0.0, 5, 8, 21.5])),
    "sbg": lambda: _core.Likelihood.of_renewals([0, 30, 12, 5], [0, 10, 0, 43], False),
    "bdw": lambda: _core.Likelihood.of_renewals([0, 30, 12, 5], [0, 10, 0, 43], True),
}


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("at", [[0.3, 1.2, -0.4, 0.9], [-1.0, 2.5, 0.7, -0.5], [2.0, 0.5, 1.5, 3.0]])
def test_the_gradient_is_that_of_finite_differences(name: str, at: list[float]) -> None:
    likelihood = LIKELIHOODS[name]()
    count = {"gamma_gamma": 3, "sbg": 2, "bdw": 3}.get(name, 4)
    here = np.array(at[:count])
    _, gradient = likelihood.objective(here)
    for i in range(count):
        step = np.zeros(count)
        step[i] = 1e-5
        difference = likelihood.objective(here + step)[0] - likelihood.objective(here - step)[0]
        assert gradient[i] == pytest.approx(difference / 2e-5, rel=1e-6, abs=1e-9)


def test_the_likelihood_is_the_sum_over_customers() -> None:
    model = ch.clv.ParetoNBD.from_params(r=0.8, alpha=3, s=0.4, beta=20)
    value, _ = _core.Likelihood.of_customers("pareto_nbd", *CUSTOMERS).objective(np.log([0.8, 3, 0.4, 20]))
    assert -value * len(CUSTOMERS[0]) == pytest.approx(model.log_likelihood(*CUSTOMERS).sum(), rel=1e-12)


def test_parameters_of_simulated_customers_are_recovered_within_their_intervals() -> None:
    model = ch.clv.BGNBD().fit(*simulated(20_000, seed=11))
    intervals = model.confidence_intervals(0.99)
    assert all(low < TRUE[name] < high for name, (low, high) in intervals.items()), intervals
    assert all(0 < error < TRUE[name] for name, error in model.standard_errors_.items())


def test_many_customers_are_fitted_through_a_sample_to_the_same_maximum() -> None:
    customers = simulated(40_000, seed=3)
    model = ch.clv.BGNBD().fit(*customers)
    gradient = _core.Likelihood.of_customers("bgnbd", *customers).objective(np.log(list(model.params_.values())))[1]
    assert model.converged_
    assert np.abs(gradient).max() < 1e-6


def test_threads_and_the_order_of_customers_change_no_bit() -> None:
    frequency, recency, age = simulated(30_000)
    order = np.random.default_rng(0).permutation(len(age))
    shuffled = [np.ascontiguousarray(column[order]) for column in (frequency, recency, age)]
    at = np.array([0.1, 2.0, -0.3, 1.0])
    results = [
        _core.Likelihood.of_customers("bgnbd", *columns).objective(at, threads)
        for columns, threads in (((frequency, recency, age), 1), ((frequency, recency, age), 2), (shuffled, 2))
    ]
    assert len({value for value, _ in results}) == 1
    assert len({gradient.tobytes() for _, gradient in results}) == 1
    model = ch.clv.BGNBD.from_params(**TRUE)
    whole = model.expected_purchases(39, *shuffled)
    parts = np.r_[
        model.expected_purchases(39, *(c[:7] for c in shuffled)),
        model.expected_purchases(39, *(c[7:] for c in shuffled)),
    ]
    assert whole.tobytes() == parts.tobytes()


def test_rows_with_the_same_summary_are_counted_once() -> None:
    columns = [np.tile(column, 3) for column in CUSTOMERS]
    likelihood = _core.Likelihood.of_customers("bgnbd", *columns)
    assert likelihood.rows == _core.Likelihood.of_customers("bgnbd", *CUSTOMERS).rows
    assert likelihood.customers == 9000
    by_weight = ch.clv.BGNBD().fit(*CUSTOMERS, weights=np.full(3000, 3.0))
    assert by_weight.params_ == pytest.approx(ch.clv.BGNBD().fit(*columns).params_, rel=1e-6)


@pytest.mark.parametrize("unit", [1 / 7, 1.0, 24 * 60.0])
def test_the_unit_of_time_does_not_matter(unit: float) -> None:
    week = ch.clv.BGNBD().fit(*CUSTOMERS).params_
    other = ch.clv.BGNBD().fit(CUSTOMERS[0], CUSTOMERS[1] * unit, CUSTOMERS[2] * unit).params_
    assert other == pytest.approx({**week, "alpha": week["alpha"] * unit}, rel=1e-4)


@pytest.mark.parametrize(
    "params",
    [
        {"r": 0.24, "alpha": 4.4, "a": 1.0, "b": 2.4},  # the formula of the paper divides by a - 1
        {"r": 0.24, "alpha": 4.4, "a": 0.3, "b": 0.7},  # and by a + b - 1
        {"r": 40.0, "alpha": 90.0, "a": 0.5, "b": 1.5},  # terms of the series alternate
        {"r": 0.5, "alpha": 2.0, "a": 3000.0, "b": 9000.0},  # terms overflow
        {"r": 0.5, "alpha": 2.0, "a": 59.0, "b": 20.0},
        {"r": 2.0, "alpha": 0.1, "a": 0.04, "b": 0.3},  # long ahead of a short past
    ],
)
@pytest.mark.parametrize("t", [0.01, 3.0, 39.0, 5000.0])
def test_expectations_are_the_sum_of_probabilities_also_at_hard_parameters(params: dict[str, float], t: float) -> None:
    model = ch.clv.BGNBD.from_params(**params)
    expected = model.expected_purchases_new(t)
    if t < 50:
        n = np.arange(20_000)
        assert expected == pytest.approx((n * model.probability_of_n_purchases(n, t)).sum(), rel=1e-8)
    assert 0 < expected <= params["r"] / params["alpha"] * t * (1 + 1e-12)
    assert expected <= model.expected_purchases_new(t * 1.01)


def test_probabilities_sum_to_one_and_give_the_expectation() -> None:
    n = np.arange(400)
    for model in (
        ch.clv.MBGNBD.from_params(**TRUE),
        ch.clv.BGNBD.from_params(**TRUE),
        ch.clv.ParetoNBD.from_params(r=0.5, alpha=10, s=0.6, beta=11),
    ):
        of_new = model.probability_of_n_purchases(n, 30)
        of_known = model.conditional_probability_of_n_purchases(n, 30, 4, 20, 25)
        assert of_new.sum() == pytest.approx(1, abs=1e-9)
        assert of_known.sum() == pytest.approx(1, abs=1e-9)
        assert (n * of_new).sum() == pytest.approx(model.expected_purchases_new(30), rel=1e-7)
        assert (n * of_known).sum() == pytest.approx(model.expected_purchases(30, 4, 20, 25), rel=1e-7)


def test_frames_arrays_and_numbers_give_the_same() -> None:
    model = ch.clv.BGNBD.from_params(**TRUE)
    names = ["frequency", "recency", "T"]
    columns = dict(zip(names, ([1, 0, 3], [5.0, 0.0, 9.0], [10.0, 12.0, 9.5]), strict=True))
    expected = [model.probability_alive(*customer) for customer in zip(*columns.values(), strict=True)]
    assert all(isinstance(value, float) for value in expected)
    for frame in (columns, pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns)):
        assert model.probability_alive(frame).tolist() == expected
        assert model.expected_purchases(3, frame).tolist() == model.expected_purchases(3, *columns.values()).tolist()


@pytest.mark.parametrize(
    ("customers", "message", "column", "row"),
    [
        (([1, 1], [3, 5], [9, 4]), r"recency\[1\]: expected at most T, .* got 5", "recency", 1),
        (([2, -1], [3, 0], [9, 9]), r"frequency\[1\]: expected a whole number .* got -1", "frequency", 1),
        (([1.5, 1], [3, 3], [9, 9]), r"frequency\[0\]: expected a whole number .* got 1\.5", "frequency", 0),
        (([1, 1], [3, 3], [9, np.nan]), r"T\[1\]: expected a finite number, 0 or more, got nan", "T", 1),
        (([1, None], [3, 3], [9, 9]), r"frequency\[1\]: .* got nan", "frequency", 1),
        (([1, 0], [3, 2], [9, 9]), r"recency\[1\]: expected 0, as the frequency is 0, got 2", "recency", 1),
    ],
)
def test_customers_that_cannot_be_are_named(customers: Any, message: str, column: str, row: int) -> None:
    model = ch.clv.BGNBD.from_params(**TRUE)
    for call in (ch.clv.BGNBD().fit, model.probability_alive, lambda *c: model.expected_purchases(1, *c)):
        with pytest.raises(ch.DataError, match=message) as caught:
            call(*customers)
        assert (caught.value.column, caught.value.row) == (column, row)


def test_a_bad_row_far_down_is_the_first_one_whatever_the_threads() -> None:
    frequency, recency, age = (np.tile(column, 10) for column in CUSTOMERS)
    age[[29_000, 17_000, 25_000]] = np.nan
    for threads in (1, 2):
        model = ch.clv.BGNBD(threads=threads)
        with pytest.raises(ch.DataError, match=r"T\[17000\]"):
            model.fit(frequency, recency, age)


def test_fits_that_cannot_be_identified_say_so() -> None:
    with pytest.raises(ch.DataError, match="every frequency is 0"):
        ch.clv.BGNBD().fit([0, 0, 0], [0, 0, 0], [5, 6, 7])
    with pytest.raises(ch.DataError, match="1 customers; more than one are needed"):
        ch.clv.BGNBD().fit([2], [3], [9])
    with pytest.raises(ch.DataError, match="SBG: 1 renewals cannot tell 2 parameters apart"):
        ch.clv.SBG().fit([100, 60])


def test_customers_of_one_rate_who_stay_are_fitted_as_such() -> None:
    rng = np.random.default_rng(2)
    alike = rng.poisson(6, 400).astype(float)
    model = ch.clv.BGNBD().fit(alike, np.where(alike > 0, 29.9, 0.0), np.full(400, 30.0))
    assert model.limit_ == {"lambda": pytest.approx(alike.mean() / 30, rel=1e-4), "p": 0.0}
    assert model.expected_purchases(10, 3, 29.9, 30) == pytest.approx(alike.mean() / 3, rel=1e-4)


def test_other_bad_input_is_named() -> None:
    with pytest.raises(ch.DataError, match=r"survivors\[2\]: .* at most the 60 before, got 70"):
        ch.clv.SBG().fit([100, 60, 70])
    with pytest.raises(ch.DataError, match=r"monetary_value\[0\]: expected above 0"):
        ch.clv.GammaGamma().fit([2, 3], [0, 5])
    with pytest.raises(ch.DataError, match="alpha: expected a finite number above 0, got -1"):
        ch.clv.SBG.from_params(alpha=-1, beta=1)
    with pytest.raises(ch.Error, match="this BGNBD has no parameters yet: call fit"):
        ch.clv.BGNBD().probability_alive(1, 2, 3)
    with pytest.raises(ch.DataError, match="the frame has no column 'T'"):
        ch.clv.BGNBD().fit(pa.table({"frequency": [1.0], "recency": [1.0]}))
    with pytest.raises(ch.DataError, match="recency: 2 rows where frequency has 3"):
        ch.clv.BGNBD().fit([1, 2, 3], [1, 2], [4, 5, 6])


def test_cohorts_of_different_age_are_fitted_together() -> None:
    true = ch.clv.SBG.from_params(alpha=0.7, beta=3.8)
    cohorts = [1e6 * true.survival(np.arange(length)) for length in (8, 6, 3)]
    padded = np.full((3, 8), np.nan)
    for row, cohort in zip(padded, cohorts, strict=True):
        row[: len(cohort)] = cohort
    for given in (cohorts, padded):
        model = ch.clv.SBG().fit(given)
        assert model.params_ == pytest.approx(true.params_, rel=1e-4)
        assert model.n_customers_ == pytest.approx(3e6)


def test_constant_retention_is_worth_less_than_the_same_share_from_customers_who_differ() -> None:
    for rate, years in ((0.74, 3.85), (0.43, 1.75)):  # 1 / (1 - rate): payments, the first one counted
        constant = ch.clv.account_value(1.0, 0, rate, discount=0.0, horizon=400).table
        assert 1 + constant["value"][0].as_py() == pytest.approx(years, abs=0.005)
        varied = ch.clv.SBG.from_params(alpha=2 * (1 - rate), beta=2 * rate)  # the same first year
        assert varied.survival(1) == pytest.approx(rate)
        assert ch.clv.account_value(1.0, 0, varied, discount=0.0, horizon=400).total > constant["value"][0].as_py()


def test_the_value_of_accounts_is_the_residual_lifetime_times_their_margin() -> None:
    model = ch.clv.SBG.from_params(alpha=2.5, beta=3.8)
    used = np.arange(5.0)
    value = ch.clv.account_value(100.0, used, model, discount=0.2, horizon=2000, as_of="2026-07-01")
    due = ch.clv.account_value(100.0, used, model, discount=0.2, horizon=2000, renewal_due=True, as_of="2026-07-01")
    later = model.discounted_expected_residual_lifetime(0.2, used, just_renewed=True)
    np.testing.assert_allclose(value.table["value"], 100 * later, rtol=1e-9)
    np.testing.assert_allclose(due.table["value"], 100 * model.discounted_expected_residual_lifetime(0.2, used))
    assert value.differences(due) == {"renewal_due": (False, True)}
    assert value.table.schema.metadata[b"clv.discount"] == b"0.2"


def test_a_curve_reaches_as_many_payments_as_it_has_values_after_its_first() -> None:
    curve = [1, 0.9, 0.8]
    value = ch.clv.account_value([100], [0], curve, discount=0.1, horizon=2)
    assert value.total == pytest.approx(100 * (0.9 / 1.1 + 0.8 / 1.1**2))
    with pytest.raises(ch.DataError, match="a curve of 3 values ends before 3 payments after 0 renewals"):
        ch.clv.account_value([100], [0], curve, discount=0.1, horizon=3)
    assert ch.clv.account_value([100], [1], curve, discount=0.0, horizon=1).total == pytest.approx(100 * 0.8 / 0.9)
    with pytest.raises(ch.DataError, match="a curve of 3 values ends before 2 payments after 1 renewals"):
        ch.clv.account_value([100], [1], curve, discount=0.1, horizon=2)


def test_accounts_are_valued_by_segment() -> None:
    models = {"small": 0.5, "large": ch.clv.SBG.from_params(alpha=1, beta=9)}
    value = ch.clv.account_value(
        [1.0, 1.0, 2.0], 0, models, discount=0.1, horizon=3, expansion=0.1, segment=["small", "large", "small"]
    )
    assert value.table["value"].to_numpy()[[0, 2]] == pytest.approx([0.875, 1.75])  # growth offsets discount
    by = value.by_segment().to_pydict()
    assert by["segment"] == ["large", "small"]
    assert by["customers"] == [1, 2]
    with pytest.raises(ch.DataError, match="no model for the segment 'huge'"):
        ch.clv.account_value([1.0], 0, models, discount=0.1, horizon=3, segment=["huge"])


def test_bootstrap_intervals_agree_with_the_standard_errors() -> None:
    model = ch.clv.BGNBD().fit(*CUSTOMERS)
    table = model.bootstrap(*CUSTOMERS, replicates=60, seed=1)
    assert table["parameter"].to_pylist() == ["r", "alpha", "a", "b"]
    ratio = table["standard_error"].to_numpy() / np.array(list(model.standard_errors_.values()))
    assert ((ratio > 0.6) & (ratio < 1.7)).all(), ratio
    assert table.schema.metadata[b"replicates"] == b"60"
    assert table.equals(model.bootstrap(*CUSTOMERS, replicates=60, seed=1))


def test_all_but_fitting_works_without_scipy() -> None:
    script = (
        "import sys; sys.modules['scipy'] = None; sys.modules['scipy.optimize'] = None\n"
        "import customerhealth as ch\n"
        "ch.clv.BGNBD.from_params(r=1, alpha=2, a=1, b=2).expected_purchases(3, 1, 2, 3)\n"
        "try: ch.clv.BGNBD().fit([1, 0, 2, 1, 3], [1, 0, 2, 2, 4], [3, 4, 5, 6, 7])\n"
        "except ch.Error as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert "pip install 'customerhealth[clv]'" in done.stdout
