"""The probability that a validation writes into the model."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import customerhealth as ch
from foreseen import day, lost, portfolio

RANDOM = np.random.default_rng(4)
VALUES = [(f"a{k}", -9, float(value)) for k, value in enumerate(RANDOM.uniform(0, 100, 120).round(1))]
LOST = [(name, 5) for name, _, value in VALUES if RANDOM.random() < 1 / (1 + math.exp(-(1 - 0.06 * value)))]


def judged() -> ch.Validation:
    return portfolio(VALUES).validate(
        "health", as_ofs=day(0), outcome=lost(LOST), horizon="30d", observed=day(90), rounds=50
    )


def test_the_model_says_of_how_many_it_comes_to_how_many() -> None:
    found = judged()
    model = found.calibrated("health")
    scores = json.loads(model.to_json())["scores"]
    probability = scores["health"]["probability"]
    cases = found.cases
    score = cases["health"].to_numpy()
    event = np.array([name is not None for name in cases["outcome"].to_pylist()])
    assert probability["from"] == {
        "accounts": 120, "cases": 120, "events": len(LOST), "observed": probability["from"]["observed"],
    }  # fmt: skip
    assert probability["horizon"] == "30d"

    a, b = probability["logistic"]["a"], probability["logistic"]["b"]
    # Platt (1999): targets (n + 1) / (n + 2) and 1 / (n + 2), at the top of their likelihood both slopes are 0.
    target = np.where(event, (event.sum() + 1) / (event.sum() + 2), 1 / ((~event).sum() + 2))
    residual = target - 1 / (1 + np.exp(-(a - b * score)))
    assert residual.sum() == pytest.approx(0, abs=1e-5)
    assert residual @ score == pytest.approx(0, abs=1e-3)

    panel = portfolio(VALUES, scores=scores).score(day(0)).table
    expected = 1 / (1 + np.exp(-(a - b * panel["health"].to_numpy())))
    assert panel["health_probability"].to_numpy() == pytest.approx(expected, rel=1e-12)
    low, high = panel["health_probability_low"].to_numpy(), panel["health_probability_high"].to_numpy()
    assert (low <= expected).all()
    assert (expected <= high).all()
    assert (low < high).all()


def test_what_cannot_be_calibrated_is_refused() -> None:
    found = judged()
    with pytest.raises(ch.Error, match="nothing was validated by the name"):
        found.calibrated("helth")
    upside_down = portfolio([(name, at, 100 - value) for name, at, value in VALUES]).validate(
        "health", as_ofs=day(0), outcome=lost(LOST), horizon="30d", observed=day(90), rounds=50
    )
    with pytest.raises(ch.DataError, match="Is the score to be turned over"):
        upside_down.calibrated("health")
