"""What lifts scores and what holds them down, whatever they are made of."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
import drawn


def sums(panel: ch.Panel, score: str) -> dict[Any, float]:
    found: dict[Any, float] = defaultdict(float)
    for row in panel.pulls(score).to_pylist():
        found[row["account_id"], row["as_of"]] += row["pull"]
    return found


def changed(score: str, **keys: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"][score] |= keys
    return document


def panel_of(document: dict[str, Any], *as_ofs: str) -> ch.Panel:
    portfolio = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins())
    return portfolio.score(list(as_ofs or ("2026-07-01",)))


def pulls(panel: ch.Panel, account: str, score: str = "health") -> dict[str, float]:
    return {row["part"]: row["pull"] for row in panel.pulls(score).to_pylist() if row["account_id"] == account}


def test_pulls_of_a_row_sum_to_nothing() -> None:
    company, model = ch.datasets.simulate(80, "2024-07-01", "2026-07-01", 2), ch.Model.preset("b2b-lifecycle")
    panel = ch.Portfolio(model, tables=company.select(model)).score(["2026-04-01", "2026-07-01"])
    for score in ("health", "engagement", "staying"):
        known = len(panel) - panel[score].null_count
        found = sums(panel, score)
        assert len(found) > known / 2  # a row of which each part has the points of the whole has none
        np.testing.assert_allclose([*found.values()], 0, atol=1e-9)


@pytest.mark.parametrize("scale", [[0, 100], [0, 10], [-50, 850]])
def test_nested_scores_pull_by_what_their_points_are_on_the_scale_of_the_score(scale: list[float]) -> None:
    low, high = scale
    document = changed("use", scale=scale)
    document["scores"]["use"]["measures"]["logins"]["curve"] = [[0, low], [10, high]]
    panel = panel_of(document, *drawn.AS_OFS)
    np.testing.assert_allclose([*sums(panel, "health").values()], 0, atol=1e-9)
    assert pulls(panel.at("2026-07-01"), "acme") == pytest.approx({"use.logins": -19.2, "mood": 7.6, "colour": 11.6})
    (row,) = [each for each in panel.at("2026-07-01").ranked("health").to_pylist() if each["account_id"] == "acme"]
    assert (row["held_down_by"], row["lifted_by"]) == ("logins -19.2", "colour +11.6, mood +7.6")


@pytest.mark.parametrize("combine", ["lowest", "highest", "sum"])
def test_a_nested_score_that_is_no_mean_is_one_part(combine: str) -> None:
    document = changed("use", combine=combine)
    document["scores"]["use"]["measures"]["mood"] = {"value": "mood", "curve": [[0, 0], [10, 100]]}
    panel = panel_of(document)
    assert {row["part"] for row in panel.pulls("health").to_pylist()} <= {"use", "mood", "colour"}
    np.testing.assert_allclose([*sums(panel, "health").values()], 0, atol=1e-9)


def test_caps_of_nested_scores_and_of_the_score_itself_pull_by_what_they_take_away() -> None:
    document = changed("use", caps=[{"name": "few", "when": "logins_28d > 8", "at_most": 50}])
    document["scores"]["health"]["caps"] = [{"name": "gloom", "when": "mood > 6", "at_most": 30}]
    panel = panel_of(document)
    np.testing.assert_allclose([*sums(panel, "health").values()], 0, atol=1e-9)
    gamma = pulls(panel, "gamma")  # 60 % of 50, 20 % of 80 and 100 are 66
    assert gamma["use.cap:few"] == pytest.approx(0.6 * -50)
    assert gamma["cap:gloom"] == pytest.approx(30 - 66)


def test_a_score_that_a_cap_sets_is_pulled_from_what_its_measures_made_it() -> None:
    document = changed("use", caps=[{"name": "said", "when": "logins_28d > 8", "set": 20}])
    panel = panel_of(document)
    np.testing.assert_allclose([*sums(panel, "health").values()], 0, atol=1e-9)
    gamma = pulls(panel, "gamma")  # 60 % of 20, 20 % of 80 and 100 are 48
    assert (gamma["use.logins"], gamma["use.cap:said"]) == pytest.approx((0.6 * (100 - 48), 0.6 * (20 - 100)))
    whole = panel_of(changed("health", caps=[{"name": "said", "when": "mood > 6", "set": 30}]))
    assert pulls(whole, "gamma")["cap:said"] == pytest.approx(30 - 96)


def test_a_missing_score_that_a_cap_sets_has_no_other_part() -> None:
    caps = [{"name": "said", "when": "colour is missing", "set": 30}]
    assert pulls(panel_of(changed("health", least_coverage=0.9, caps=caps)), "eps") == {"cap:said": 30.0}
    nested = changed("use", least_coverage=0.9, caps=caps)
    nested["scores"]["use"]["measures"]["feeling"] = {"value": "colour", "labels": {"red": 0, "green": 100}}
    eps = pulls(panel_of(nested), "eps")  # 75 % of 30, 25 % of 80 are 42.5
    assert eps == pytest.approx({"use.cap:said": 0.75 * (30 - 42.5), "mood": 0.25 * (80 - 42.5)})


def test_points_that_stand_in_for_a_missing_nested_score_pull_too() -> None:
    document = changed("use", include="logins_28d > 0")
    document["scores"]["health"]["measures"]["use"]["missing"] = {"not_applicable": 10}
    panel = panel_of(document)
    zeta = pulls(panel, "zeta")
    assert zeta == {}  # 10 points are all that it has
    mood = drawn.accounts(mood=[9.0, 3.0, 7.0, 2.0, 5.0, 1.0])
    known = ch.Portfolio(ch.Model.parse(document), accounts=mood, logins=drawn.logins()).score("2026-07-01")
    assert pulls(known, "zeta") == pytest.approx({"use": 0.75 * (10 - 12.5), "mood": 0.25 * (20 - 12.5)})


def test_of_a_score_that_is_no_mean_pulls_are_what_parts_add() -> None:
    panel = panel_of(changed("health", combine="lowest"))
    assert pulls(panel, "beta") == {"colour": 0.0} or pulls(panel, "beta") == {}
    assert pulls(panel, "gamma") == {"mood": 80.0}


def test_pulls_are_of_the_rows_of_the_panel_the_strongest_first() -> None:
    panel = drawn.panel().filter("arr >= 1000").at("2026-07-01")
    rows = panel.pulls("health").to_pylist()
    assert [(row["account_id"], row["part"]) for row in rows] == [
        ("acme", "use.logins"), ("acme", "colour"), ("acme", "mood"),
        ("gamma", "mood"), ("gamma", "use.logins"), ("gamma", "colour"),
    ]  # fmt: skip
    assert rows[0]["points"] == pytest.approx(10)
    assert rows[0]["label"] == "logins"
    nobody = panel.filter("false").pulls("health")
    assert nobody.schema.names == ["account_id", "as_of", "part", "label", "value", "points", "pull"]
    assert len(nobody) == 0
    assert nobody.schema.field("pull").type == pa.float64()
    with pytest.raises(ch.UnknownNameError, match="the model has no score 'helth'"):
        panel.pulls("helth")


def test_many_rows_are_asked_for_at_once_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = drawn.panel().filter("account_id != 'beta'")
    one_by_one = panel.pulls("health")
    monkeypatch.setattr("customerhealth.explain.pulls._ONE_BY_ONE", 0)
    assert panel.pulls("health").table.equals(one_by_one.table)
    assert {row["account_id"] for row in one_by_one.to_pylist()} == {"acme", "delta", "eps", "gamma"}
