"""Learned weights: what they find, what they are judged on, and what they leave alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

import customerhealth as ch
from customerhealth.validation import weigh
from customerhealth.validation.learn import _hashed
from lessons import MONTHS, START, book, document, learn


def shares(learned: ch.Learned) -> dict[str, float]:
    return {row["part"]: row["after"] for row in learned.weights.to_pylist()}


def weights(model: ch.Model, score: str) -> dict[str, Any]:
    return {name: measure["weight"] for name, measure in model.to_dict()["scores"][score]["measures"].items()}


def test_finds_what_tells_and_drops_what_points_the_wrong_way() -> None:
    learned = learn(test_accounts=0.4)
    found = shares(learned)
    assert found["inner.telling"] > 0.5
    assert found["wrong"] == 0
    rows = {row["part"]: row for row in learned.weights.to_pylist()}
    assert rows["wrong"]["against"]
    assert rows["inner.telling"]["auc"] > 0.7
    assert rows["inner.telling"]["kept"] == 1
    assert rows["inner.telling"]["low"] <= found["inner.telling"] + 0.01
    held_out = learned.report.to_pylist()[2]
    assert held_out["cases"] == "held out"
    assert held_out["auc_gain"] > 0.03
    assert held_out["gain_low"] > 0
    assert held_out["log_loss_after"] < held_out["log_loss_before"]


def test_a_nested_score_weighs_what_its_measures_do_and_all_else_stays() -> None:
    learned = learn()
    inner, outer = weights(learned.model, "inner"), weights(learned.model, "health")
    assert all(isinstance(weight, int) for weight in [*inner.values(), *outer.values()])
    assert outer["inner"] == sum(inner.values())
    assert sum(outer.values()) == 100
    after, before = learned.model.to_dict(), document()
    for scores in (after["scores"], before["scores"]):
        for score in scores.values():
            for measure in score["measures"].values():
                measure.pop("weight")
    after["scores"]["health"].pop("probability")
    assert after["scores"] == ch.Model.parse(before | {"scores": before["scores"]}).to_dict()["scores"]


CAPS = {  # by what nobody learns, and by a score whose weights are learned
    "none": [],
    "a metric": [{"name": "odd", "when": "wrong > 0.8", "at_most": 40}],
    "a learned score": [{"name": "odd", "when": "inner < 50", "at_most": 40}],
}


@pytest.mark.parametrize("caps", CAPS.values(), ids=CAPS)
def test_judges_by_what_the_learned_model_scores(caps: list[dict[str, Any]]) -> None:
    given, lost = book(missing=0.2)
    model = document(caps=caps) if caps else document()
    learned = learn(model, data=(given, lost), test_accounts=0.3)
    asked: dict[str, Any] = {"as_ofs": MONTHS, "outcome": lost, "horizon": "30d", "rounds": 1}
    late = START + timedelta(days=300)
    every = [
        ch.Portfolio(model, given=given).validate("health", **asked, observed=late).cases.to_pandas()
        for model in (ch.Model.parse(model), learned.model)
    ]
    rows = learned.report.to_pylist()
    every = [cases[every[0]["health"].notna()] for cases in every]
    assert rows[0]["rows"] + rows[2]["rows"] == len(every[0])
    for cases, key in zip(every, ("auc_before", "auc_after"), strict=True):
        is_test = cases["account_id"].map(lambda name: _hashed(name, 0) < 0.3).to_numpy()
        for row, which in ((rows[0], ~is_test), (rows[2], is_test)):
            event = cases["outcome"].notna()[which]
            # Half a pair: the mean of what it would be were all missing ones first, and last.
            each = [roc_auc_score(event, -cases["health"].fillna(end)[which]) for end in (-1e6, 1e6)]
            assert row[key] == pytest.approx(np.mean(each), abs=1e-12)


def test_nothing_that_is_held_out_is_learned_from() -> None:
    given, lost = book()
    begin = MONTHS[5]
    learned = learn(data=(given, lost), test=begin)
    spoiled = [at >= begin for at in lost["at"].to_pylist()]
    other = learn(data=(given, lost.filter(pa.array([not each for each in spoiled]))), test=begin)
    assert learned.model.digest == other.model.digest  # outcomes from then on change no weight
    rows = learned.report.to_pylist()
    assert rows[0]["rows"] == 150 * 5  # five as-ofs whose windows end by then
    assert rows[2]["rows"] == 150 * 3


def test_folds_hold_whole_accounts() -> None:
    random = np.random.default_rng(0)
    account, points = np.repeat(np.arange(40), 6), random.random((240, 2))
    event, share = random.random(240) < 0.3, np.full(2, 0.5)
    problem = weigh.Problem(["a", "b"], points, event, account, share, "document", np.zeros(2), np.ones(2), 1)
    _, folds = weigh.cross_validated(problem, (1.0,), 0)
    assert len(folds) == 5
    assert (np.sum([out for out, _ in folds], axis=0) == 1).all()
    for out, _ in folds:
        assert not set(account[out]) & set(account[~out])


def test_points_that_are_missing_stand_where_the_score_leaves_them() -> None:
    parts, share = ["a.x", "a.y", "b"], np.array([0.3, 0.1, 0.6])
    points = np.array([[np.nan, 0.4, 1.0], [np.nan, np.nan, 0.5], [0.2, 0.6, np.nan]])
    problem = weigh.Problem(parts, points, np.ones(3, bool), np.arange(3), share, "document", share, share, 1)
    expected = [[0.4, 0.4, 1.0], [0.5, 0.5, 0.5], [0.2, 0.6, 0.3]]
    np.testing.assert_allclose(weigh.filled(points, share, problem), expected, atol=1e-15)


def test_shares_keep_their_bounds() -> None:
    asked = {"least": {"inner.noise": 0.25}, "most": {"inner.telling": 0.4}, "hold": ["also"]}
    learned = learn(**asked, whole=False)
    found = shares(learned)
    assert found["inner.noise"] >= 0.25 - 1e-6
    assert found["inner.telling"] == pytest.approx(0.4, abs=1e-6)
    assert found["also"] == pytest.approx(0.2, abs=1e-6)
    assert sum(found.values()) == pytest.approx(1)
    alone = shares(learn(hold=["inner.telling", "inner.noise", "wrong", "also"]))
    assert alone == pytest.approx({"inner.telling": 0.3, "inner.noise": 0.3, "wrong": 0.2, "also": 0.2})


def test_a_strong_pull_keeps_the_document_and_one_to_zero_drops_what_is_not_needed() -> None:
    near = shares(learn(strength=1e6))
    assert near == pytest.approx({"inner.telling": 0.3, "inner.noise": 0.3, "wrong": 0.2, "also": 0.2}, abs=0.011)
    found = shares(learn(towards="zero", strength=0.01))
    assert found["inner.noise"] == found["wrong"] == 0


def test_names_order_and_threads_change_nothing() -> None:
    given, lost = book()
    one = learn(data=(given, lost), threads=1)
    order = np.random.default_rng(3).permutation(given.num_rows)
    renamed = pa.array([f"z{name}" for name in given["id"].to_pylist()])
    whose = pa.array([f"z{name}" for name in lost["account_id"].to_pylist()])
    moved = given.set_column(0, "id", renamed).take(order), lost.set_column(0, "account_id", whose)
    other = learn(data=moved, threads=2)
    assert one.model.digest == other.model.digest
    assert one.report.equals(other.report)
    assert one.weights.equals(other.weights)


def test_more_accounts_leave_the_held_out_ones_held_out() -> None:
    few, many = (learn(data=book(count), test_accounts=0.3) for count in (100, 150))
    counts = [learned.report.to_pylist()[2]["accounts"] for learned in (few, many)]
    assert 15 <= counts[0] <= counts[1] <= 65


def test_cases_that_a_measure_parts_stay_finite() -> None:
    given, _ = book()
    lost = [(who, at) for who, at, value in zip(*(given[n].to_pylist() for n in ("id", "at", "telling")), strict=True)
            if value < 0.2]  # fmt: skip
    instants = pa.array([at + timedelta(days=10) for _, at in lost], pa.timestamp("us", "UTC"))
    learned = learn(data=(given, pa.table({"account_id": [who for who, _ in lost], "at": instants})), strength=0.0)
    assert np.isfinite(list(shares(learned).values())).all()
    assert learned.report.to_pylist()[0]["auc_after"] > 0.99


def test_says_what_changed_and_what_to_distrust() -> None:
    text = learn().explain()
    assert "Nothing was held out" in text
    assert "wrong: its points rise with the risk." in text
    assert "inner.telling: 30 →" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": book(9)[1]}, r"\d accounts with the outcome to learn from; fewer than 10"),
        ({"least": {"inner.tru": 0.1}}, "least: the score has no measure"),
        ({"hold": ["inner"]}, "hold: the score has no measure"),
        ({"least": {"also": 0.6, "wrong": 0.6}}, "least sums to 1.2"),
        ({"most": dict.fromkeys(("inner.telling", "inner.noise", "also", "wrong"), 0.2)}, "most sums to 0.8"),
        ({"least": {"also": 0.5}, "most": {"also": 0.4}}, "share of 'also' cannot be"),
        ({"test_accounts": 1.0}, "test_accounts: expected a share"),
        ({"strength": -1.0}, "strength: expected a number"),
        ({"towards": "somewhere"}, "towards: expected"),
        ({"learn": "shapes"}, "learn: expected 'weights' or 'curves', got 'shapes'"),
        ({"model": document(combine="lowest")}, "combined by lowest"),
    ],
)
def test_refuses_what_cannot_be_learned(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ch.Error, match=message):
        learn(**change)


def test_a_score_that_is_missing_everywhere_is_told_so() -> None:
    void = document()
    for metric in void["metrics"].values():
        metric["where"] = "false"
    with pytest.raises(
        ch.DataError, match=r"'health' has no points in any of [\d,]+ cases: all its measures are missing"
    ):
        learn(model=void)


def test_on_the_demos_data_what_was_learned_before_2019_holds_after() -> None:
    projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
    learned = projects.learn(
        "health",
        as_ofs=ch.dates("2012-08-01", "2026-01-01", every="1mo"),
        outcome=ch.outcomes.silence("activity", "90d"),
        horizon="180d",
        test="2019-01-01",
    )
    held_out = learned.report.to_pylist()[2]
    assert held_out["gain_low"] > 0
    assert held_out["log_loss_after"] < held_out["log_loss_before"]


@pytest.mark.parametrize("seed", [0, 1])
def test_on_the_demos_data_what_other_projects_taught_holds(seed: int) -> None:
    projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
    learned = projects.learn(
        "health",
        as_ofs=ch.dates("2012-08-01", "2026-01-01", every="1mo"),
        outcome=ch.outcomes.silence("activity", "90d"),
        horizon="180d",
        test_accounts=0.4,
        seed=seed,
    )
    held_out = learned.report.to_pylist()[2]
    assert held_out["event_accounts"] >= 5
    assert held_out["auc_after"] > held_out["auc_before"]
    assert held_out["log_loss_after"] < held_out["log_loss_before"]
    (said,) = (line for line in learned.explain().split("\n") if line.startswith("On held out cases"))
    assert f"above the {held_out['auc_before']:.3f} of before by {held_out['auc_gain']:.3f}" in said
    assert ("may be chance" in said) == (held_out["gain_low"] <= 0 <= held_out["gain_high"])
