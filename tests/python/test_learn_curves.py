"""Shapes that are learned beside weights, the probability and the edges that come with them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

import customerhealth as ch
from lessons import MONTHS, START, book, document, learn

FALLING = [[0, 100], [0.5, 60], [1, 0]]


def stepped(accounts: int = 200, seed: int = 0, missing: float = 0.0) -> tuple[pa.Table, pa.Table]:
    """Values of each month; who has less than 0.5 of `telling` is lost, more or less of it is all the same.

    `missing`: so many have none, and are lost as often as those that have much.
    """
    random = np.random.default_rng(seed)
    given, _ = book(accounts, seed)
    telling = random.random(given.num_rows)
    gone = random.random(given.num_rows) < missing
    lost = random.random(given.num_rows) < np.where((telling < 0.5) & ~gone, 0.4, 0.02)
    at = given["at"].to_numpy()[lost] + np.timedelta64(10, "D")
    place = given.column_names.index("telling")
    given = given.set_column(place, "telling", pa.array(np.where(gone, np.nan, telling), pa.float64(), mask=gone))
    names = np.array(given["id"].to_pylist())[lost]
    return given, pa.table({"account_id": names, "at": pa.array(at, pa.timestamp("us", "UTC"))})


def shaped(telling: dict[str, Any], **others: Any) -> dict[str, Any]:
    """The document with another shape of `telling`, which is nested."""
    made = document(**others)
    made["scores"]["inner"]["measures"]["telling"] = {"value": "telling", "weight": 20, **telling}
    return made


def curve(learned: ch.Learned, score: str = "inner", name: str = "telling") -> np.ndarray:
    return np.array(learned.model.to_dict()["scores"][score]["measures"][name]["curve"])


def test_a_step_is_found_where_a_line_was_assumed() -> None:
    corners = [[0, 0], [0.4, 40], [0.5, 50], [0.6, 60], [1, 100]]
    line = learn(shaped({"curve": corners}), data=stepped(), test_accounts=0.4)
    bent = learn(shaped({"curve": corners}), data=stepped(), test_accounts=0.4, learn="curves")
    at, points = curve(bent).T
    assert at.tolist() == [0, 0.4, 0.5, 0.6, 1]
    assert (points[0], points[-1]) == (0, 100)
    assert points[3] - points[1] > 70, "nearly all of the way is gone where the risk falls"
    assert (line.curves.num_rows, curve(line)[:, 1].tolist()) == (0, [0, 40, 50, 60, 100])
    assert bent.report.to_pylist()[2]["log_loss_after"] < line.report.to_pylist()[2]["log_loss_after"]
    rows = [row for row in bent.curves.to_pylist() if row["part"] == "inner.telling"]
    assert [row["before"] for row in rows] == [0, 40, 50, 60, 100]
    assert [row["after"] for row in rows] == points.tolist()
    assert "have a learned curve" in bent.explain()


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_shape_never_turns_round(way: int, seed: int) -> None:
    """Whatever the cases say, a curve goes the way that the document's does; a flat piece may go that way too."""
    points = [0, 30, 30, 100][::way]
    corners = [[x, y] for x, y in zip([0, 0.3, 0.6, 1], points, strict=True)]
    turned = shaped({"curve": corners})
    turned["scores"]["health"]["measures"]["also"]["curve"] = corners
    learned = learn(turned, data=stepped(seed=seed), learn="curves", whole=False)
    for score, name in (("inner", "telling"), ("health", "also")):
        found = curve(learned, score, name)
        assert (way * np.diff(found[:, 1]) >= 0).all()
        assert found[:, 0].tolist() == [0, 0.3, 0.6, 1]
        assert (found[:, 1].min(), found[:, 1].max()) == (0, 100)
    if way > 0:
        assert curve(learned)[2, 1] > curve(learned)[1, 1], "the flat piece rises, since the risk falls there"


def test_a_piece_that_falls_amid_those_that_rise_falls_still() -> None:
    hill = [[0, 0], [0.5, 100], [1, 40]]
    found = curve(learn(shaped({"curve": hill}), data=stepped(), learn="curves"))[:, 1]
    assert found[0] <= found[1]
    assert found[1] >= found[2]
    assert (found.min(), found.max()) == (0, 100)


@pytest.mark.parametrize(
    "shape",
    [
        {"bands": [{"up_to": 0.2, "points": 10}, {"up_to": 0.7, "points": 50}, {"points": 90}]},
        {"logistic": {"midpoint": 0.5, "slope": 5}},
        {"curve": [[0, 20], [1, 80]]},
    ],
    ids=["bands", "logistic", "curve"],
)
def test_other_shapes_become_curves_that_span_the_same_points(shape: dict[str, Any]) -> None:
    given, lost = stepped()
    learned = learn(shaped(shape), data=(given, lost), learn="curves", whole=False)
    measure = learned.model.to_dict()["scores"]["inner"]["measures"]["telling"]
    assert not {"bands", "logistic"} & set(measure)
    found = curve(learned)
    assert 2 <= len(found) <= 6
    assert (np.diff(found[:, 0]) > 0).all()
    values = given["telling"].drop_null().to_numpy()
    if "curve" not in shape:
        assert found[[0, -1], 0] == pytest.approx([values.min(), values.max()], rel=1e-3)
    before = [row["before"] for row in learned.curves.to_pylist() if row["part"] == "inner.telling"]
    assert (found[:, 1].min(), found[:, 1].max()) == pytest.approx((min(before), max(before)))


def test_the_value_itself_may_be_the_points() -> None:
    percent = shaped({"value": "telling * 100", "identity": True})
    found = curve(learn(percent, data=stepped(), learn="curves"))
    assert len(found) == 6
    assert (np.diff(found[:, 1]) >= 0).all()


def test_what_is_no_function_of_a_value_keeps_its_shape() -> None:
    rule = {"cases": [{"when": "noise > 0.5", "curve": [[0, 0], [1, 100]]}, {"curve": [[0, 0], [1, 50]]}]}
    for shape in (rule, {"percentile": {}}, {"zscore": {}}):
        learned = learn(shaped(shape), data=stepped(60), learn="curves")
        assert next(iter(shape)) in learned.model.to_dict()["scores"]["inner"]["measures"]["telling"]
        assert "inner.telling" not in learned.curves["part"].to_pylist()


def test_a_measure_with_a_bound_keeps_its_shape() -> None:
    asked: dict[str, Any] = {"hold": ["also"], "most": {"inner.telling": 0.25}, "least": {"inner.noise": 0.1}}
    learned = learn(data=stepped(), learn="curves", whole=False, **asked)
    after = {row["part"]: row["after"] for row in learned.weights.to_pylist()}
    assert after["also"] == pytest.approx(0.2, abs=1e-6)
    assert after["inner.telling"] == pytest.approx(0.25, abs=1e-6)
    assert after["inner.noise"] >= 0.1 - 1e-6
    assert set(learned.curves["part"].to_pylist()) == {"wrong"}


def test_a_strong_pull_keeps_the_shapes() -> None:
    corners = [[0, 0], [0.2, 35], [0.7, 60], [1, 100]]
    learned = learn(shaped({"curve": corners}), data=stepped(), learn="curves", strength=1e6)
    assert curve(learned).tolist() == corners
    after = {row["part"]: row["after"] for row in learned.weights.to_pylist()}
    assert after == pytest.approx({"inner.telling": 0.3, "inner.noise": 0.3, "wrong": 0.2, "also": 0.2}, abs=0.011)


@pytest.mark.parametrize("policy", [0, {"never": "skip", "silent": 0, "undefined": 0}])
def test_points_of_a_missing_value_are_learned(policy: Any) -> None:
    """Nothing is as good as much here, and the document takes it for the worst."""
    data = stepped(400, missing=0.3)
    learned = learn(shaped({"curve": [[0, 0], [1, 100]], "missing": policy}), data=data, learn="curves")
    found = learned.model.to_dict()["scores"]["inner"]["measures"]["telling"]["missing"]
    points = found if isinstance(policy, int) else found["silent"]
    assert points > 60
    if isinstance(policy, dict):
        assert found["never"] == "skip"
        assert found["undefined"] == points
    few = learn(
        shaped({"curve": [[0, 0], [1, 100]], "missing": policy}), data=stepped(60, missing=0.01), learn="curves"
    )
    assert few.model.to_dict()["scores"]["inner"]["measures"]["telling"]["missing"] == policy, (
        "of few it is not learned"
    )


def test_it_is_judged_by_what_the_bent_model_scores() -> None:
    given, lost = stepped(missing=0.2)
    model = shaped({"curve": [[0, 0], [0.3, 50], [1, 100]], "missing": 20})
    learned = learn(model, data=(given, lost), learn="curves", test=MONTHS[4])
    late = START + timedelta(days=300)
    asked: dict[str, Any] = {"as_ofs": MONTHS, "outcome": lost, "horizon": "30d", "rounds": 1, "observed": late}
    again = ch.Model.parse(json.loads(learned.model.to_json()))
    cases = ch.Portfolio(again, given=given).validate("health", **asked).cases.to_pandas()
    held_out = cases[cases["as_of"] >= MONTHS[4]]
    auc = roc_auc_score(held_out["outcome"].notna(), -held_out["health"])
    assert learned.report.to_pylist()[2]["auc_after"] == pytest.approx(auc, abs=1e-12)


@pytest.mark.parametrize("threads", [1, 7])
def test_names_order_and_threads_change_nothing(threads: int) -> None:
    given, lost = stepped(80)
    once = learn(data=(given, lost), learn="curves")
    order = np.random.default_rng(1).permutation(given.num_rows)
    renamed = pa.array([f"z{name}" for name in given["id"].to_pylist()])
    given = given.set_column(0, "id", renamed).take(pa.array(order))
    lost = lost.set_column(0, "account_id", pa.array([f"z{name}" for name in lost["account_id"].to_pylist()]))
    again = learn(data=(given, lost), learn="curves", threads=threads)
    assert once.model.digest == again.model.digest
    assert once.curves.equals(again.curves)
    assert once.report.equals(again.report)


# ---- beside the shapes -----------------------------------------------------------------------------------------------


def test_the_document_says_how_likely_it_is() -> None:
    given, lost = book()
    learned = learn(data=(given, lost))
    said = learned.model.to_dict()["scores"]["health"]["probability"]
    row = learned.report.to_pylist()[0]
    counts = {"cases": row["rows"], "events": row["events"], "accounts": row["accounts"], "observed": "2024-10-27"}
    assert said["from"] == counts
    assert said["logistic"]["b"] > 0
    told = ch.Portfolio(learned.model, given=given).score(MONTHS).table
    chance = told["health_probability"].to_numpy()
    assert chance.mean() == pytest.approx(row["events"] / row["rows"], abs=0.02)
    assert (told["health_probability_low"].to_numpy() <= chance).all()
    assert (told["health_probability_high"].to_numpy() >= chance).all()
    assert learned.model.to_dict()["scores"]["inner"].get("probability") is None


def test_the_probability_is_one_that_other_accounts_decided() -> None:
    """Nothing tells who is lost: what was learned on its own cases looks steep, by other accounts it is flat."""
    random = np.random.default_rng(3)
    given, _ = book(40, seed=3)
    lost = random.random(given.num_rows) < 0.2
    at = given["at"].to_numpy()[lost] + np.timedelta64(10, "D")
    ends = pa.table({"account_id": given["id"].to_numpy()[lost], "at": pa.array(at, pa.timestamp("us", "UTC"))})
    learned = learn(data=(given, ends), strength=1e-5)
    flattered = ch.Portfolio(learned.model, given=given).validate(
        "health", as_ofs=MONTHS, outcome=ends, horizon="30d", observed=START + timedelta(days=300)
    )
    steep = flattered.calibrated("health").to_dict()["scores"]["health"]["probability"]["logistic"]["b"]
    said = learned.model.to_dict()["scores"]["health"].get("probability")
    if said is None:
        assert any("No probability: the outcome came more often where 'health' is better" in n for n in learned.notes)
    else:
        assert said["logistic"]["b"] < steep


def test_edges_are_suggested_where_the_risk_is_that_of_before() -> None:
    learned = learn(test_accounts=0.4)
    red, green = learned.edges.to_pylist()
    assert (red["grade"], red["before"], red["suggested"]) == ("red", None, None)
    assert (green["before"], green["suggested"]) == (50, round(green["suggested"]))
    assert red["share_kept"] + green["share_kept"] == pytest.approx(1)
    assert 0 < green["risk"] < 1
    assert learned.model.to_dict()["scores"]["health"]["grades"][1]["from"] == 50, "the model keeps its own"
    # The risk at the suggested edge, by the learned model's own probability: as near as whole points are.
    said = learned.model.to_dict()["scores"]["health"]["probability"]["logistic"]
    steps = [green["suggested"] + step for step in (1, -1)]
    low, high = (1 / (1 + np.exp(-(said["a"] - said["b"] * edge))) for edge in steps)
    assert low < green["risk"] < high
    same = learn(strength=1e6).edges.to_pylist()[1]
    assert abs(same["suggested"] - 50) <= 2
    assert "instead of 50 would tell of the risk of before" in learned.explain()


def test_without_grades_no_edge_is_suggested() -> None:
    model = document()
    model["scores"]["health"].pop("grades")
    assert learn(model).edges.num_rows == 0


def test_why_changed_tells_the_shipped_from_the_learned_model() -> None:
    given, lost = stepped(60)
    model = shaped({"curve": [[0, 0], [0.5, 50], [1, 100]]})
    learned = learn(model, data=(given, lost), learn="curves")
    before, after = (
        ch.Portfolio(each, given=given).score(MONTHS[-1]) for each in (ch.Model.parse(model), learned.model)
    )
    changes = before.why_changed("health", MONTHS[-1], other=after).to_pandas()
    moved = after.table["health"].to_numpy() - before.table["health"].to_numpy()
    sums = changes.groupby("account_id")["contribution"].sum()
    assert sums.loc[before.table["account_id"].to_pylist()].to_numpy() == pytest.approx(moved, abs=1e-7)
    causes = set(changes["cause"]) | set(changes["because"].dropna())
    assert any("curve" in str(cause) for cause in causes), causes
    assert any("weight" in str(cause) for cause in causes), causes
