"""Isotonic and logistic calibration, as scikit-learn and statsmodels know it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

import customerhealth as ch
from customerhealth import _core


class Risk(ClassifierMixin, BaseEstimator):
    """A model whose decision is its first column."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> Risk:
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x[:, 0])

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.classes_[(x[:, 0] > 0).astype(int)]


def cases(seed: int = 0, size: int = 800) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = np.round(random.normal(60, 20, size), 1)
    return x, (random.random(size) < 1 / (1 + np.exp(0.06 * x - 2))).astype(float)


def test_isotonic_is_that_of_scikit_learn() -> None:
    x, y = cases()
    weight = np.random.default_rng(1).integers(1, 4, x.size).astype(float)
    corners, heights = _core.isotonic(x, y, weight)
    known = IsotonicRegression(increasing=False, out_of_bounds="clip").fit(x, y, sample_weight=weight)
    at = np.linspace(x.min() - 5, x.max() + 5, 2001)
    np.testing.assert_allclose(np.interp(at, corners, heights), known.predict(at), atol=1e-12, rtol=0)
    assert (np.diff(heights) <= 0).all()
    assert (np.diff(corners) > 0).all()


def test_plain_logistic_is_the_most_likely() -> None:
    x, y = cases()
    a, b = _core.logistic(x, y, False)
    known = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(x[:, None], y)
    assert a == pytest.approx(known.intercept_[0], abs=1e-8)
    assert b == pytest.approx(-known.coef_[0, 0], abs=1e-9)
    off = 1 / (1 + np.exp(-(a - b * x))) - y
    assert abs(off.mean()) < 1e-14
    assert abs((off * x).mean()) < 1e-12


def test_smoothed_logistic_is_that_of_platt() -> None:
    x, y = cases(size=60)
    a, b = _core.logistic(x, y, True)
    risk = Risk().fit(x[:, None], y)
    risk_of = -x[:, None]
    platt = CalibratedClassifierCV(FrozenEstimator(risk), method="sigmoid", ensemble=False, cv=3).fit(risk_of, y)
    known = platt.calibrated_classifiers_[0].calibrators[0]
    assert a == pytest.approx(-known.b_, abs=1e-6 * max(1, abs(a)))
    assert b == pytest.approx(-known.a_, abs=1e-6)


def test_draws_weigh_cases_by_account() -> None:
    x, y = cases(size=300)
    accounts = (np.arange(300) % 40).astype(np.int32)
    codes = np.arange(40, dtype=np.int32)
    counts = np.asarray(_core.rates(codes, 40, np.ones(40, bool), codes, 10, 9)["cases_draws"])
    drawn = _core.logistic_draws(x, y, accounts, 10, 9, False)
    for (a, b), weight in zip(drawn, counts.T, strict=True):
        off = weight[accounts] * (1 / (1 + np.exp(-(a - b * x))) - y)
        assert abs(off.mean()) < 1e-13
        assert abs((off * x).mean()) < 1e-11
    again = _core.logistic_draws(x, y, accounts, 10, 9, False, 2)
    assert drawn.tobytes() == again.tobytes()


def test_rows_in_any_order_give_the_same_bytes() -> None:
    x, y = cases()
    order = np.random.default_rng(4).permutation(x.size)
    assert _core.logistic(x, y, True) == _core.logistic(x[order], y[order], True)
    one, other = _core.isotonic(x, y, np.ones(x.size)), _core.isotonic(x[order], y[order], np.ones(x.size))
    assert one[0].tobytes() == other[0].tobytes()
    assert one[1].tobytes() == other[1].tobytes()


def test_separable_cases_stay_finite() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    y = np.array([1.0, 1.0, 0.0, 0.0])
    for smoothed in (False, True):
        a, b = _core.logistic(x, y, smoothed)
        assert np.isfinite([a, b]).all()
        assert b > 0


def test_refuses_what_is_no_outcome() -> None:
    with pytest.raises(ch.Error, match=r"y\[1\]: expected 0 or 1"):
        _core.logistic(np.array([1.0, 2.0]), np.array([0.0, 0.5]), True)
    with pytest.raises(ValueError, match="one kind only"):
        _core.logistic(np.array([1.0, 2.0]), np.array([0.0, 0.0]), False)
    with pytest.raises(ValueError, match=r"x\[0\]: expected a finite number"):
        _core.logistic(np.array([np.nan, 2.0]), np.array([0.0, 1.0]), False)
