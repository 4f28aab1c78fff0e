"""What measures and weights are worth, and whom grades got wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

import customerhealth as ch
from customerhealth.datasets import OSS_PROJECTS
from customerhealth.validation.points import points_of
from foreseen import GRADES, day, lost, no_nan, portfolio, random_book

MONTHS = [day(30 * m) for m in range(12)]
ASKED: dict[str, Any] = {"as_ofs": MONTHS, "horizon": "30d", "observed": day(30 * 13), "rounds": 50}


def scores(weight: float = 1, **rest: Any) -> dict[str, Any]:
    measures = {
        "v": {"value": "v", "weight": 3, "identity": True},
        "rival": {"value": "rival", "weight": weight, "curve": [[0, 100], [9, 0]]},
    }
    return {"health": {"measures": measures, "grades": GRADES, **rest}}


def found(weight: float = 1, seed: int = 0, **rest: Any) -> ch.Validation:
    values, ends = random_book(seed)
    return portfolio(values, scores=scores(weight, **rest)).validate("health", outcome=ends, **ASKED)


def test_a_measure_is_judged_alone_and_by_what_is_lost_without_it() -> None:
    whole = found()
    cases = whole.cases.filter(pa.compute.equal(whole.cases["status"], "case"))
    event = [name is not None for name in cases["outcome"].to_pylist()]
    rows = {row["part"]: row for row in whole.measures.to_pylist()}
    values, ends = random_book(0)
    alone = portfolio(values).validate(["v", "-rival"], outcome=ends, **ASKED).summary["auc"].to_pylist()
    assert [rows["v"]["auc_alone"], rows["rival"]["auc_alone"]] == alone
    assert rows["rival"]["auc_without"] == alone[0]
    assert (rows["v"]["weight"], rows["rival"]["weight"], rows["v"]["share_missing"]) == (3.0, 1.0, 0.0)
    assert not rows["v"]["against"]
    # Dealt anew, the measure that carries the score takes most of its foresight with it.
    (auc,) = whole.summary["auc"].to_pylist()
    assert auc == pytest.approx(roc_auc_score(event, -cases["health"].to_numpy()))
    assert rows["v"]["auc_permuted"] < auc - 0.05
    no_nan(whole)


def test_a_measure_that_rises_with_the_risk_is_told_of() -> None:
    values, ends = random_book(2)
    measures = {"v": {"value": "v", "curve": [[0, 100], [100, 0]]}}
    turned = portfolio(values, scores={"health": {"measures": measures}}).validate("health", outcome=ends, **ASKED)
    assert turned.measures["against"].to_pylist() == [True]


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0])
def test_another_weight_gives_what_a_model_with_it_gives(factor: float) -> None:
    row = next(row for row in found().sensitivity.to_pylist() if (row["part"], row["factor"]) == ("rival", factor))
    whole, other = found(), found(factor)
    assert row["auc"] == pytest.approx(other.summary["auc"].to_pylist()[0], abs=1e-12)
    is_case = pa.compute.equal(whole.cases["status"], "case")
    one, two = (each.cases.filter(is_case)["health_grade"].to_pylist() for each in (whole, other))
    assert row["grades_changed"] == np.mean([a != b for a, b in zip(one, two, strict=True)])
    assert 0.5 < row["rank_correlation"] <= 1


def test_all_weights_at_once_are_the_last_row() -> None:
    row = found().sensitivity.to_pylist()[-1]
    assert (row["part"], row["factor"]) == (None, None)
    assert 0.5 < row["rank_correlation"] < 1


@pytest.mark.parametrize("combine", ["mean", "lowest", "highest", "sum"])
def test_a_score_can_be_made_again_from_its_points(combine: str) -> None:
    values, _ = random_book(3)
    caps = [{"name": "low", "when": "rival > 5", "at_most": 40}, {"name": "high", "when": "rival < 2", "at_least": 30}]
    loaded = portfolio(values, scores=scores(0.2, combine=combine, caps=caps))
    points = points_of(loaded._loaded.score(MONTHS), "health")
    assert points.made(points.points, points.weights) == pytest.approx(points.value, abs=1e-9)


def test_the_demo_can_be_made_again_from_its_points() -> None:
    loaded = ch.Portfolio(ch.Model.preset("oss-projects"), activity=OSS_PROJECTS)
    scored = loaded._loaded.score(ch.dates("2015-01-01", "2026-01-01", every="1y"))
    for score in loaded.model.scores:
        points = points_of(scored, score)
        assert points.made(points.points, points.weights) == pytest.approx(points.value, abs=1e-9, nan_ok=True)


def test_grades_that_were_wrong_are_listed_by_what_they_cost() -> None:
    values = [("a", -9, 90.0), ("b", -9, 70.0), ("c", -9, 10.0), ("d", -9, 5.0), ("b", 20, 65.0)]
    covers = [("a", -90, None, 5.0), ("b", -90, None, 50.0), ("c", -90, None, 1.0), ("d", -90, None, 9.0)]
    loaded = portfolio(values, covers)
    ends = lost([("a", 10), ("b", 15), ("b", 40), ("d", 10), ("d", 40)])
    asked: dict[str, Any] = {"as_ofs": [day(0), day(30)], "horizon": "30d", "observed": day(90), "rounds": 5}
    wrong = loaded.validate("health", outcome=ends, **asked)
    names = ("account_id", "as_of", "outcome_at", "value", "grade", "revenue", "cases", "because")
    assert [tuple(row[name] for name in names) for row in wrong.missed.to_pylist()] == [
        ("b", day(30), day(40), 65.0, "green", 50.0, 2, "v 65 (0.0)"),
        ("a", day(0), day(10), 90.0, "green", 5.0, 1, "v 90 (0.0)"),
    ]
    assert [tuple(row[name] for name in names) for row in wrong.spared.to_pylist()] == [
        ("c", day(30), None, 10.0, "red", 1.0, 2, "v 10 (0.0)"),
    ]
