"""The figures of a validation are those of scikit-learn and statsmodels, asked through the portfolio."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from statsmodels.api import Logit, add_constant
from statsmodels.stats.proportion import proportion_confint

import customerhealth as ch
from customerhealth.validation import interval
from foreseen import day, lost, portfolio, random_book

MONTHS = [day(30 * m) for m in range(12)]
A, B = 1.5, 0.06
CURVE = [[0, 0.4], [20, 0.3], [55, 0.1], [90, 0.02]]
ASKED: dict[str, Any] = {"as_ofs": MONTHS, "horizon": "30d", "observed": day(390), "rounds": 20}


def told(probability: dict[str, Any], seed: int = 1, **keys: Any) -> tuple[ch.Validation, np.ndarray, np.ndarray]:
    """A validation of a score that says its probability, the score of each case and whether the outcome came."""
    values, ends = random_book(seed)
    score = {"measures": {"v": {"value": "v", "identity": True}}}
    score["probability"] = {"of": "left", "horizon": "30d", **probability}
    found = portfolio(values, scores={"health": score}).validate("health", outcome=ends, **ASKED, **keys)
    cases = found.cases.filter(pa.compute.equal(found.cases["status"], "case"))
    return found, cases["health"].to_numpy(), np.array([name is not None for name in cases["outcome"].to_pylist()])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", ["logistic", "curve"])
def test_figures_of_a_probability_are_those_of_scikit_learn_and_statsmodels(shape: str, seed: int) -> None:
    said = {"logistic": {"a": A, "b": B}} if shape == "logistic" else {"curve": CURVE}
    found, score, event = told(said, seed)
    xs, ys = np.array(CURVE).T
    risk = 1 / (1 + np.exp(-(A - B * score))) if shape == "logistic" else np.interp(score, xs, ys)
    (row,) = found.summary.to_pylist()
    assert row["auc"] == pytest.approx(roc_auc_score(event, -score), abs=1e-14)
    assert row["ap"] == pytest.approx(average_precision_score(event, -score), abs=1e-12)
    assert row["brier"] == pytest.approx(brier_score_loss(event, risk), abs=1e-12)
    assert row["log_loss"] == pytest.approx(log_loss(event, risk), abs=1e-12)
    base = np.full(len(event), event.mean())
    assert row["brier_skill"] == pytest.approx(1 - brier_score_loss(event, risk) / brier_score_loss(event, base))
    odds = np.log(risk / (1 - risk))
    line = Logit(event.astype(float), add_constant(odds)).fit(method="newton", tol=1e-14, disp=0)
    intercept, slope = line.params
    assert row["slope"] == pytest.approx(slope, abs=1e-8)
    assert row["intercept"] == pytest.approx(intercept, abs=1e-8)


def test_without_a_probability_other_accounts_decide_the_curve() -> None:
    """What was fitted on a case flatters it: a curve of others is worse, and surer of itself than it should be."""
    values, ends = random_book(4)
    found = portfolio(values).validate("health", outcome=ends, **ASKED)
    (row,) = found.summary.to_pylist()
    cases = found.cases.filter(pa.compute.equal(found.cases["status"], "case"))
    event = np.array([name is not None for name in cases["outcome"].to_pylist()])
    inside = Logit(event.astype(float), add_constant(-cases["health"].to_numpy())).fit(tol=1e-14, disp=0)
    assert log_loss(event, inside.predict()) < row["log_loss"] < log_loss(event, np.full(len(event), event.mean()))
    assert 0 < row["slope"] < 1, "the line through the cases themselves has 1"


def test_segments_have_the_figures_of_their_own_cases() -> None:
    values, ends = random_book(6)
    tiers = {who: "gold" if int(who[1:]) % 3 else "lead" for who, _, _ in values}
    score = {"measures": {"v": {"value": "v", "identity": True}}}
    score["probability"] = {"of": "left", "horizon": "30d", "logistic": {"a": A, "b": B}}
    loaded = portfolio(values, accounts=tiers, scores={"health": score})
    found = loaded.validate("health", outcome=ends, by="tier", **ASKED)
    cases = found.cases.filter(pa.compute.equal(found.cases["status"], "case")).to_pandas()
    cases["tier"] = cases["account_id"].map(tiers)
    for row in found.summary.to_pylist():
        mine = cases if row["tier"] is None else cases[cases["tier"] == row["tier"]]
        event, risk = mine["outcome"].notna(), 1 / (1 + np.exp(-(A - B * mine["health"])))
        assert row["auc"] == pytest.approx(roc_auc_score(event, -mine["health"]), abs=1e-14)
        assert row["brier"] == pytest.approx(brier_score_loss(event, risk), abs=1e-12)
        assert row["log_loss"] == pytest.approx(log_loss(event, risk), abs=1e-12)


@pytest.mark.parametrize(
    ("method", "ends"),
    [
        ("wilson", (0.1411384072818343, 0.2281685537142591)),
        ("beta", (0.13868337237913608, 0.22897983315515397)),
        ("jeffreys", (0.1401830311187758, 0.2271685233507182)),
    ],
)
def test_the_interval_of_a_share_is_that_of_statsmodels(method: str, ends: tuple[float, float]) -> None:
    assert interval(54, 299, method=method) == pytest.approx(ends, abs=1e-15)
    for hits, total in ((54, 299), (0, 12), (12, 12), (1, 2), (4.5, 9.25), (3, 100_000)):
        for confidence in (0.8, 0.95, 0.99):
            expected = proportion_confint(hits, total, 1 - confidence, method=method)
            assert interval(hits, total, confidence, method) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((1, 0), "cases: expected a number above 0, got 0"),
        ((1, np.nan), "cases: expected a number above 0, got nan"),
        ((3, 2), "hits: expected a number from 0 to 2, got 3"),
        ((np.nan, 2), "hits: expected a number from 0 to 2, got nan"),
        ((1, 2, 1.0), "confidence: expected a number between 0 and 1, got 1.0"),
        ((1, 2, 0.9, "agresti"), "method: expected 'wilson', 'beta' or 'jeffreys', got 'agresti'"),
    ],
)
def test_what_is_no_share_has_no_interval(given: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        interval(*given)


def test_one_date_of_many_accounts_has_wilsons_interval_by_grade() -> None:
    """Cases that are independent are as many as they are; draws of accounts then scatter as a share of them does."""
    values = [(f"a{k}", -9, 10.0 if k < 299 else 90.0) for k in range(400)]
    ends = lost([(f"a{k}", 5) for k in range(54)])
    asked: dict[str, Any] = {**ASKED, "as_ofs": day(0), "rounds": 4000}
    red = portfolio(values).validate("health", outcome=ends, **asked).grades.to_pylist()[0]
    assert (red["grade"], red["cases"], red["events"]) == ("red", 299, 54)
    low, high = proportion_confint(54, 299, method="wilson")
    assert (red["wilson_low"], red["wilson_high"]) == (pytest.approx(low, abs=2e-3), pytest.approx(high, abs=2e-3))
    assert (red["rate_low"], red["rate_high"]) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
