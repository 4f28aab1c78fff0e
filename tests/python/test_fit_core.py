"""The fit of weights, as statsmodels, scikit-learn and SciPy know it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize
from sklearn.linear_model import LogisticRegression

import customerhealth as ch
from customerhealth import _core


def rows(size: int = 2000, columns: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.random((size, columns))
    odds = x @ np.resize([2.0, -1.0, 0.0], columns) - 0.8
    return x, random.random(size) < 1 / (1 + np.exp(-odds))


def fitted(x: np.ndarray, y: np.ndarray, **options: Any) -> dict[str, Any]:
    columns = x.shape[1]
    given: dict[str, Any] = {
        "weight": np.ones(y.size),
        "ridge": 0.0,
        "lasso": 0.0,
        "towards": None,
        "low": np.full(columns, -np.inf),
        "high": np.full(columns, np.inf),
        **options,
    }
    return dict(_core.fit(x, y, **given))


def slope(x: np.ndarray, y: np.ndarray, found: dict[str, Any], weight: np.ndarray | None = None) -> np.ndarray:
    off = 1 / (1 + np.exp(-(found["intercept"] + x @ found["coefficients"]))) - y
    return np.asarray(np.average(x * off[:, None], axis=0, weights=weight))


def test_free_fit_is_that_of_statsmodels() -> None:
    x, y = rows()
    found = fitted(x, y)
    known = sm.Logit(y.astype(float), sm.add_constant(x)).fit(method="newton", tol=1e-14, disp=0).params
    np.testing.assert_allclose([found["intercept"], *found["coefficients"]], known, atol=1e-8)
    assert found["kkt"] <= 1e-10


def test_weighted_ridge_is_that_of_scikit_learn() -> None:
    x, y = rows()
    weight = np.random.default_rng(1).integers(0, 4, y.size).astype(float)
    found = fitted(x, y, weight=weight, ridge=0.02)
    known = LogisticRegression(C=1 / (0.02 * weight.sum()), solver="newton-cholesky", tol=1e-12, max_iter=1000)
    known.fit(x, y, sample_weight=weight)
    np.testing.assert_allclose(found["coefficients"], known.coef_[0], atol=1e-7)
    assert found["intercept"] == pytest.approx(known.intercept_[0], abs=1e-7)


MANY = 70_000  # of which one in 16 is looked at first
ODD = {  # what the ones that are looked at first are like
    "as all": lambda x, y: None,
    "without an event": lambda x, y: y.__setitem__(slice(None, None, 16), False),
    "parted": lambda x, y: y.__setitem__(slice(None, None, 16), x[::16, 0] > 0.5),
    "all the same": lambda x, y: x.__setitem__(slice(None, None, 16), 0.5),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_looked_at_first_decides_nothing(odd: Any) -> None:
    x, y = rows(MANY)
    odd(x, y)
    found = fitted(x, y, low=np.zeros(6))
    c, pull = found["coefficients"], slope(x, y, found)
    assert (c >= 0).all()
    assert np.abs(pull[c > 0]).max() < 1e-9
    assert pull[c == 0].min() > -1e-9
    assert found["iterations"] < 30


@pytest.mark.parametrize("lasso", [0.0, 0.01])
def test_non_negative_fit_meets_its_conditions(lasso: float) -> None:
    x, y = rows()
    found = fitted(x, y, low=np.zeros(6), lasso=lasso)
    c, pull = found["coefficients"], slope(x, y, found) + lasso
    assert (c >= 0).all()
    assert (c == 0).any()
    assert np.abs(pull[c > 0]).max() < 1e-9
    assert pull[c == 0].min() > -1e-9


def test_non_negative_fit_is_that_of_trust_constr() -> None:
    x, y = rows(500)
    w = np.array([1.0, 0.5, 0.0, 2.0, 0.0, 1.0])
    ridge = 0.05

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        a, c, s = at[0], at[1:-1], at[-1]
        odds = a + x @ c
        away = c - s * w
        off = 1 / (1 + np.exp(-odds)) - y
        value = np.mean(np.logaddexp(0, odds) - y * odds) + ridge / 2 * away @ away
        return float(value), np.array([off.mean(), *(x * off[:, None]).mean(axis=0) + ridge * away, -ridge * w @ away])

    bounds = optimize.Bounds([-np.inf, *np.zeros(7)], [np.inf, 0.9, *np.full(6, np.inf)])
    known = optimize.minimize(
        loss,
        np.full(8, 0.1),
        jac=True,
        bounds=bounds,
        method="trust-constr",
        options={"gtol": 1e-11, "xtol": 1e-13, "barrier_tol": 1e-13, "maxiter": 5000},
    )
    found = fitted(x, y, ridge=ridge, towards=w, low=np.zeros(6), high=np.array([0.9, *np.full(5, np.inf)]))
    ours = np.array([found["intercept"], *found["coefficients"], found["scale"]])
    np.testing.assert_allclose(ours, known.x, atol=1e-6)
    assert loss(ours)[0] <= known.fun + 1e-13


def test_lasso_of_either_sign_is_that_of_scikit_learn() -> None:
    x, y = rows()
    found = fitted(x, y, lasso=0.004)
    c, pull = found["coefficients"], slope(x, y, found)
    np.testing.assert_allclose(pull[c != 0], -0.004 * np.sign(c[c != 0]), atol=1e-9)
    assert (np.abs(pull[c == 0]) <= 0.004 + 1e-9).all()
    known = LogisticRegression(l1_ratio=1.0, C=1 / (0.004 * y.size), solver="saga", tol=1e-10, max_iter=100_000)
    np.testing.assert_allclose(c, known.fit(x, y).coef_[0], atol=1e-5)


def test_any_threads_give_the_same_bytes() -> None:
    x, y = rows(MANY, 4)
    one = fitted(x, y, low=np.zeros(4), threads=1)
    for threads in (2, 7):
        other = fitted(x, y, low=np.zeros(4), threads=threads)
        assert one["coefficients"].tobytes() == other["coefficients"].tobytes()
        assert one["intercept"] == other["intercept"]


def test_separable_cases_stay_finite() -> None:
    x, _ = rows()
    found = fitted(x, x[:, 0] > 0.5)
    assert np.isfinite([found["intercept"], *found["coefficients"]]).all()
    near = fitted(x, x[:, 0] > 0.5, ridge=0.01)
    assert near["coefficients"][0] < found["coefficients"][0]


@pytest.mark.parametrize("ridge", [1e3, 1e2, 10.0, 1.0, 1e-5])
def test_separable_cases_stay_finite_where_the_document_may_weigh_anything(ridge: float) -> None:
    """One weight is a multiple of the document's, whatever it is: the ridge costs nothing, and nothing bounds it."""
    x = -np.resize([0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25], (40, 1))
    found = fitted(x, x[:, 0] > -0.45, ridge=ridge, towards=np.ones(1), low=np.zeros(1))
    odds = found["intercept"] + x @ found["coefficients"]
    assert np.isfinite(odds).all()
    assert ((odds > 0) == (x[:, 0] > -0.45)).all()
    assert np.abs(odds).min() > 5


@pytest.mark.parametrize("columns", [1, 2, 5])
@pytest.mark.parametrize("ridge", [1e3, 10.0, 0.1, 1e-5])
@pytest.mark.parametrize("width", [0.3, 0.03, 0.003])
def test_separable_cases_of_narrow_columns_settle(width: float, ridge: float, columns: int) -> None:
    """The narrower the columns, the larger the multiple of the document's weights that parts the cases."""
    x, towards = rows(40, columns)[0], np.full(columns, 1.0 / columns)
    y = x @ towards > np.median(x @ towards)
    for shift in (0.0, -3.0):
        found = fitted(width * x + shift, y, ridge=ridge, towards=towards, low=np.zeros(columns))
        odds = found["intercept"] + (width * x + shift) @ found["coefficients"]
        assert found["iterations"] < 100
        assert ((odds > 0) == y).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": np.array([0.0, 2.0]), "high": np.ones(2)}, r"low\[1\]: expected a number up to high, 1, got 2"),
        ({"ridge": -1.0}, "ridge and lasso"),
        ({"weight": np.zeros(4)}, "weight: expected a sum above 0"),
        ({"x": np.array([[0.0, 1.0], [2.0, 3.0], [4.0, np.nan], [5.0, 6.0]])}, r"x\[2, 1\]: expected a finite number"),
        ({"towards": np.array([1.0])}, "a number a column each"),
        ({"y": np.array([True])}, "a row a case"),
    ],
)
def test_refuses_what_cannot_be_fitted(change: dict[str, Any], message: str) -> None:
    given = {"x": np.arange(8.0).reshape(4, 2), "y": np.array([True, False, False, True]), **change}
    with pytest.raises((ValueError, ch.Error), match=message):
        fitted(**given)
