"""Learned scores and forecasts of purchases as estimators of scikit-learn."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import customerhealth as ch

MODEL = ch.Model.preset("oss-projects")
PROJECTS = {"activity": ch.datasets.OSS_PROJECTS}
ASKED: dict[str, Any] = {"outcome": ch.outcomes.silence("activity", "90d"), "horizon": "180d"}
AS_OFS = ch.dates("2014-01-01", "2026-01-01", every="1q")
FOUND = ch.sklearn.cases(ch.sklearn.PanelFeatures(MODEL, as_ofs=AS_OFS, columns="points:health"), PROJECTS, **ASKED)
SUMMARIES = pd.read_csv(Path(__file__).parents[1] / "data" / "clv" / "cdnow_customers_summary.csv")
SUMMARIES["monetary_value"] = np.where(SUMMARIES["frequency"] > 0, 10.0 + SUMMARIES["ID"] % 37, 0.0)
FITS: dict[bytes, dict[str, Any]] = {}
CUSTOMERS = SUMMARIES[["frequency", "recency", "T"]].astype(float)


# ---- scikit-learn's own checks ---------------------------------------------------------------------------------------


class Remembering(ch.clv.BGNBD):
    """Fits the same customers once: the checks ask for the same again and again, and a fit takes half a second."""

    def fit(self, *customers: Any) -> Any:  # type: ignore[override]
        key = b"".join(column.tobytes() for column in customers)
        if key not in FITS:
            FITS[key] = vars(ch.clv.BGNBD().fit(*customers))
        vars(self).update(FITS[key])
        return self


class AnyPurchases(ch.sklearn.PurchaseForecast):
    """The checks feed any numbers; a customer's recency is at most T. Here each row names a customer of CDNOW."""

    def _customers(self, X: Any) -> list[Any]:  # noqa: N803
        return [np.ascontiguousarray(column) for column in CUSTOMERS.to_numpy()[named(X)].T]


class AnySpend(ch.sklearn.SpendForecast):
    """As above, of a frequency and a value of purchases."""

    def _customers(self, X: Any) -> list[Any]:  # noqa: N803
        return [1.0 + CUSTOMERS["frequency"].to_numpy()[named(X)], 10.0 + named(X) % 17]


def named(rows: Any) -> Any:
    """A place below 1,000 for each row, the same for the same numbers."""
    return (np.abs(rows).sum(axis=1) * 1000).astype(np.int64) % 1000


@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [
        ch.sklearn.LearnedScore(),
        ch.sklearn.LearnedScore(scale=(-10, 10), towards="zero", strength=1e-4),
        AnyPurchases(Remembering()),
        AnySpend(),
    ],
)
def test_all_checks_hold(estimator: Any, check: Any) -> None:
    check(estimator)


# ---- learned scores --------------------------------------------------------------------------------------------------


def test_the_weights_are_those_that_learn_writes() -> None:
    learned = ch.Portfolio(MODEL, tables=PROJECTS).learn("health", as_ofs=AS_OFS, strength=0.01, whole=False, **ASKED)
    learner = ch.sklearn.LearnedScore.of(MODEL, "health", strength=0.01).fit(FOUND.X, FOUND.y, FOUND.groups)
    parts = FOUND.features.get_feature_names_out().tolist()
    assert parts == [f"health.{row['part']}" for row in learned.weights.to_pylist()]
    np.testing.assert_allclose(learner.shares_, learned.weights["after"].to_numpy(), rtol=1e-7)
    health = ch.sklearn.PanelFeatures(learned.model, as_ofs=AS_OFS, columns="health")
    values = ch.sklearn.cases(health, PROJECTS, **ASKED).X[:, 0]
    odds = learner.decision_function(FOUND.X)
    slope, level = np.polyfit(values, odds, 1)
    assert slope < 0
    np.testing.assert_allclose(odds, slope * values + level, atol=0.02)  # the document's weights have few digits


def test_the_weights_are_the_least_of_what_is_said_to_be_least() -> None:
    """SciPy finds the same minimum: of the mean log-loss and the pull, over weights of 0 or more."""
    rng = np.random.default_rng(5)
    points, weights = rng.random((600, 4)), np.array([4.0, 2.0, 1.0, 1.0])
    y = rng.random(600) < 1 / (1 + np.exp(-(1.5 - points @ np.array([4.0, 0.5, -1.0, 1.0]))))
    for strength in (1e-3, 0.1):
        learner = ch.sklearn.LearnedScore(towards=weights.tolist(), strength=strength, scale=(0, 1)).fit(points, y)

        def cost(place: Any, strength: float = strength) -> float:
            level, scale, c = place[0], place[1], place[2:]
            odds = level - points @ c
            away = c - scale * weights / weights.sum()
            return float((np.logaddexp(0, odds) - y * odds).mean() + strength / 2 * away @ away)

        bounds = [(None, None), (0, None), *[(0, None)] * 4]
        known = minimize(
            cost, [0, 1, *np.ones(4)], method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-9}
        )
        np.testing.assert_allclose(-learner.coef_[0], known.x[2:], atol=2e-4)
        np.testing.assert_allclose(learner.intercept_, known.x[0], atol=2e-4)
        assert (learner.coef_ <= 0).all()


def test_what_points_do_and_probabilities_are_one_formula() -> None:
    learner = ch.sklearn.LearnedScore.of(MODEL, "health", strength=0.01).fit(FOUND.X, FOUND.y)
    there = ~np.isnan(FOUND.X).any(axis=1)
    x = FOUND.X[there]
    odds = learner.intercept_[0] + x @ learner.coef_[0]
    np.testing.assert_allclose(learner.decision_function(x), odds, rtol=1e-9)
    proba = learner.predict_proba(x)
    np.testing.assert_allclose(proba[:, 1], 1 / (1 + np.exp(-odds)), rtol=1e-9)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert proba[:, 1].mean() == pytest.approx(FOUND.y[there].mean(), abs=0.01)
    assert learner.shares_.sum() == pytest.approx(1)
    other = ch.sklearn.LearnedScore(strength=0.01, scale=(0, 1)).fit(x / 100, FOUND.y[there])
    wide = ch.sklearn.LearnedScore(strength=0.01).fit(x, FOUND.y[there])
    np.testing.assert_allclose(other.coef_, 100 * wide.coef_, rtol=1e-9)
    low = ch.sklearn.LearnedScore(strength=0.01, scale=[(-50, 50)] * x.shape[1]).fit(x - 50, FOUND.y[there])
    np.testing.assert_allclose(low.coef_, wide.coef_, rtol=1e-6)
    np.testing.assert_allclose(low.predict_proba(x - 50), wide.predict_proba(x), rtol=1e-6)


def test_a_missing_column_stands_at_the_mean_of_its_score() -> None:
    rng = np.random.default_rng(2)
    x = 100 * rng.random((400, 3))
    y = rng.random(400) < 1 / (1 + np.exp(0.04 * (x[:, 0] + x[:, 1] - 90)))
    towards = {"use.often": 2.0, "use.wide": 1.0, "money": 1.0}
    learner = ch.sklearn.LearnedScore(towards=towards, nested=True, strength=0.01).fit(x, y)
    flat = ch.sklearn.LearnedScore(towards=towards, strength=0.01).fit(x, y)
    np.testing.assert_array_equal(learner.coef_, flat.coef_)
    one = np.array([[20.0, np.nan, 80.0]])
    same = np.array([[20.0, 20.0, 80.0]])
    np.testing.assert_allclose(learner.predict_proba(one), learner.predict_proba(same), rtol=1e-12)
    mean = (20 * flat.shares_[0] + 80 * flat.shares_[2]) / (flat.shares_[0] + flat.shares_[2])
    np.testing.assert_allclose(flat.predict_proba(one), flat.predict_proba([[20.0, mean, 80.0]]), rtol=1e-12)
    nothing = learner.predict_proba([[np.nan] * 3])
    np.testing.assert_allclose(nothing, learner.predict_proba([[50.0] * 3]), rtol=1e-12)


def test_names_put_weights_in_the_order_of_the_columns() -> None:
    rng = np.random.default_rng(9)
    frame = pd.DataFrame(100 * rng.random((300, 2)), columns=["a", "b"])
    y = rng.random(300) < 1 / (1 + np.exp(0.05 * (frame["a"] - 50)))
    one = ch.sklearn.LearnedScore(towards={"a": 3.0, "b": 1.0}, strength=10.0).fit(frame, y)
    two = ch.sklearn.LearnedScore(towards={"b": 1.0, "a": 3.0}, strength=10.0).fit(frame, y)
    np.testing.assert_array_equal(one.coef_, two.coef_)
    assert one.shares_ == pytest.approx([0.75, 0.25], abs=0.01)
    assert one.feature_names_in_.tolist() == ["a", "b"]


def test_a_column_that_rises_with_the_outcome_weighs_nothing() -> None:
    rng = np.random.default_rng(4)
    x = 100 * rng.random((400, 2))
    y = np.where(rng.random(400) < 1 / (1 + np.exp(0.08 * (x[:, 0] - 50))), "lost", "kept")
    learner = ch.sklearn.LearnedScore(towards="zero", strength=1e-3).fit(x, y)
    assert learner.classes_.tolist() == ["kept", "lost"]
    assert learner.coef_[0, 0] < -0.03
    turned = ch.sklearn.LearnedScore(towards="zero", strength=1e-3).fit(-x + 100, y)
    assert turned.coef_[0, 0] == 0.0
    against = ch.sklearn.LearnedScore(strength=1e-3).fit(100 - x[:, :1], y)
    assert against.coef_.tolist() == [[0.0]]
    assert against.shares_.tolist() == [0.0]
    np.testing.assert_allclose(against.predict_proba(x[:, :1])[:, 1], (y == "lost").mean(), atol=1e-9)


def test_the_strength_is_chosen_by_whole_groups() -> None:
    learner = ch.sklearn.LearnedScore.of(MODEL, "health").fit(FOUND.X, FOUND.y, FOUND.groups)
    again = ch.sklearn.LearnedScore.of(MODEL, "health").fit(FOUND.X, FOUND.y, FOUND.groups)
    assert learner.strength_ == again.strength_
    assert learner.strength_ in [10.0**power for power in range(-5, 4)]
    assert ch.sklearn.LearnedScore.of(MODEL, "health", strength=3).fit(FOUND.X, FOUND.y).strength_ == 3.0


def test_it_lives_where_classifiers_live() -> None:
    learner = ch.sklearn.LearnedScore.of(MODEL, "health", strength=0.01)
    folds = GroupKFold(3)
    scores = cross_val_score(learner, FOUND.X, FOUND.y, groups=FOUND.groups, cv=folds, scoring="roc_auc")
    assert (scores > 0.8).all()
    search = GridSearchCV(learner, {"strength": [1e-3, 10.0]}, cv=folds, scoring="neg_log_loss")
    search.fit(FOUND.X, FOUND.y, groups=FOUND.groups)
    assert search.best_params_["strength"] == 1e-3
    data = pickle.dumps(search.best_estimator_)
    assert pickle.loads(data).predict_proba(FOUND.X).tobytes() == search.predict_proba(FOUND.X).tobytes()
    assert len(data) < 10_000, "it has no row of what it learned from"
    assert CalibratedClassifierCV(learner, cv=3).fit(FOUND.X, FOUND.y).predict_proba(FOUND.X).shape[1] == 2


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"towards": "document"}, "towards: expected 'equal', 'zero', or weights, got 'document'"),
        ({"towards": [1.0]}, "towards: expected 2 weights of 0 or more, not all 0"),
        ({"towards": [1.0, -1.0]}, "towards: expected 2 weights of 0 or more, not all 0"),
        ({"towards": [0, 0]}, "towards: expected 2 weights of 0 or more, not all 0"),
        ({"towards": ["a", "b"]}, "towards: expected 2 weights of 0 or more, not all 0"),
        ({"towards": {"a": 1}}, "towards: its names are a, and X has 2 columns"),
        ({"strength": -1}, "strength: expected a number of 0 or more, got -1"),
        ({"strength": float("nan")}, "strength: expected a number of 0 or more, got nan"),
        ({"strength": "much"}, "strength: expected a number of 0 or more, got 'much'"),
        ({"scale": 100}, "scale: expected two ends, or two for each of 2 columns, got 100"),
        ({"scale": (100, 0)}, "scale: expected finite ends, the lower one first"),
        ({"scale": ("low", "high")}, "scale: expected two ends"),
        ({"threads": 0}, "threads: expected a whole number above 0 or None, got 0"),
    ],
)
def test_parameters_that_do_not_fit_are_said(params: dict[str, Any], message: str) -> None:
    x, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    with pytest.raises(ValueError, match=message):
        ch.sklearn.LearnedScore(**params).fit(x, y)


def test_data_that_do_not_fit_are_said() -> None:
    x, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    with pytest.raises(ValueError, match="y: every row has one class; there is nothing to tell apart"):
        ch.sklearn.LearnedScore().fit(x, np.zeros(10))
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        ch.sklearn.LearnedScore().fit(x, np.arange(10) % 3)
    with pytest.raises(ch.DataError, match="strength: one group cannot be cross-validated; give a number"):
        ch.sklearn.LearnedScore().fit(x, y, ["acme"] * 10)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ch.sklearn.LearnedScore().fit(x, y, ["acme"] * 9)
    with pytest.raises(NotFittedError):
        ch.sklearn.LearnedScore().predict(x)
    frame = pd.DataFrame(x, columns=["a", "b"])
    with pytest.raises(ch.DataError, match="towards: its names are a, c, and X has a, b"):
        ch.sklearn.LearnedScore(towards={"a": 1, "c": 1}).fit(frame, y)
    with pytest.raises(ch.UnknownNameError, match="the model has no score 'helth'"):
        ch.sklearn.LearnedScore.of(MODEL, "helth")


# ---- purchases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["BGNBD", "MBGNBD", "ParetoNBD"])
def test_forecasts_are_those_of_the_model(kind: str) -> None:
    some = CUSTOMERS[:400]
    model = getattr(ch.clv, kind)
    forecast = ch.sklearn.PurchaseForecast(model(threads=1), t=26).fit(some)
    known = model().fit(some)
    assert forecast.model_.params_ == known.params_
    expected = np.column_stack([known.probability_alive(some), known.expected_purchases(26, some)])
    np.testing.assert_array_equal(forecast.transform(some), expected)
    np.testing.assert_array_equal(forecast.predict(some), expected[:, 1])
    assert not hasattr(forecast.model, "params_"), "a clone is fitted"


def test_opportunities_are_forecast_too() -> None:
    rows = np.array([[0, 0, 6], [1, 1, 6], [2, 5, 6], [4, 6, 6], [3, 3, 6], [6, 6, 6], [1, 4, 6], [0, 0, 6]] * 6)
    forecast = ch.sklearn.PurchaseForecast(ch.clv.BGBB(), t=5).fit(rows)
    alive, expected = forecast.transform(rows).T
    assert ((alive > 0) & (alive < 1)).all()
    assert ((expected >= 0) & (expected <= 5)).all()


def test_columns_are_found_by_name_in_any_order_among_others() -> None:
    frame = SUMMARIES[:300][["T", "frequency", "monetary_value", "recency"]]
    forecast = ch.sklearn.PurchaseForecast(t=4).fit(frame)
    expected = ch.sklearn.PurchaseForecast(t=4).fit(CUSTOMERS[:300].to_numpy()).transform(CUSTOMERS[:300].to_numpy())
    np.testing.assert_array_equal(forecast.transform(frame), expected)
    with pytest.raises(ValueError, match="feature names should match"):
        forecast.transform(CUSTOMERS[:300])
    with pytest.raises(ch.DataError, match="X: there is no column 'recency' among T, frequency"):
        ch.sklearn.PurchaseForecast().fit(frame[["T", "frequency"]])
    with pytest.raises(ch.DataError, match="X: expected the columns frequency, recency, T, got 2 without names"):
        ch.sklearn.PurchaseForecast().fit(frame[["T", "frequency"]].to_numpy())


def test_spend_is_that_of_the_model() -> None:
    frame = SUMMARIES[SUMMARIES.frequency > 0][["frequency", "monetary_value"]][:300]
    forecast = ch.sklearn.SpendForecast().fit(frame)
    known = ch.clv.GammaGamma().fit(frame)
    np.testing.assert_array_equal(forecast.predict(frame), known.expected_value(frame))
    assert forecast.get_feature_names_out().tolist() == ["expected_value"]


def test_forecasts_keep_the_frame_and_its_index() -> None:
    frame = CUSTOMERS[:200].set_axis([f"c{k}" for k in range(200)])
    made = ch.sklearn.PurchaseForecast(t=10).set_output(transform="pandas").fit_transform(frame)
    assert made.columns.tolist() == ["probability_alive", "expected_purchases"]
    assert made.index.equals(frame.index)
    ours = ch.sklearn.PurchaseForecast(t=10).set_output(transform="polars").fit_transform(pl.from_pandas(frame))
    np.testing.assert_array_equal(ours.to_numpy(), made.to_numpy())


def test_forecasts_are_parts_of_pipelines_and_searches() -> None:
    frame, later = CUSTOMERS[:500], SUMMARIES["T"][:500] / 10
    search = GridSearchCV(
        ch.sklearn.PurchaseForecast(), {"model": [ch.clv.BGNBD(), ch.clv.MBGNBD()], "model__threads": [1]},
        scoring="neg_mean_absolute_error", cv=2,
    )  # fmt: skip
    assert search.fit(frame, later).best_params_["model__threads"] == 1
    others = [ch.sklearn.PurchaseForecast(model) for model in (ch.clv.BGNBD(), ch.clv.MBGNBD())]
    alone = [cross_val_score(other, frame, later, cv=2, scoring="neg_mean_absolute_error").mean() for other in others]
    assert search.best_score_ == pytest.approx(max(alone))
    assert mean_absolute_error(later, search.predict(frame)) > 0
    line = make_pipeline(ch.sklearn.PurchaseForecast(t=3), StandardScaler())
    assert line.fit_transform(frame).shape == (500, 2)
    again = pickle.loads(pickle.dumps(clone(search.best_estimator_).fit(frame)))
    np.testing.assert_array_equal(again.predict(frame), search.predict(frame))


def test_forecasts_that_cannot_be_are_said() -> None:
    with pytest.raises(ch.DataError, match="model: expected a BGNBD, MBGNBD, ParetoNBD or BGBB, not a GammaGamma"):
        ch.sklearn.PurchaseForecast(ch.clv.GammaGamma()).fit(CUSTOMERS[:50])  # type: ignore[arg-type]
    with pytest.raises(ch.DataError, match="model: expected a GammaGamma, not a type"):
        ch.sklearn.SpendForecast(ch.clv.GammaGamma).fit([[1, 2.0], [2, 3.0]])  # type: ignore[arg-type]
    with pytest.raises(ch.DataError, match=r"recency\[1\]"):
        ch.sklearn.PurchaseForecast().fit([[1, 2, 3], [1, 5, 3]])
    with pytest.raises(NotFittedError):
        ch.sklearn.PurchaseForecast().transform(CUSTOMERS)
    forecast = ch.sklearn.PurchaseForecast(t=-1).fit(CUSTOMERS[:200])
    with pytest.raises(ch.DataError, match="t"):
        forecast.predict(CUSTOMERS[:200])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ch.sklearn.PurchaseForecast(t=1).fit_transform(CUSTOMERS[:200])
