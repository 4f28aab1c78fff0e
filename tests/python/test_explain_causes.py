"""What explanations say, word by word: each kind of cause, each way to a grade, each cap by its whole name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

BEFORE, NOW = "2026-06-02", "2026-07-02"
GRADES = [{"name": "red"}, {"name": "green", "from": 75}]


def identity(name: str, **more: Any) -> dict[str, Any]:
    return {"value": name, "identity": True, **more}


def explained(
    health: dict[str, Any], before: dict[str, Any] | None, now: dict[str, Any], **others: dict[str, Any]
) -> ch.Explanation:
    """The account "acme", whose metrics had the values `before` and have `now`; None: it had no row before."""
    names = list(now)
    metrics = {name: {"from": "states", "agg": "last", "of": name} for name in names}
    document = {
        "format": 1,
        "tables": {"states": {"kind": "states", "account": "account", "time": "at"}},
        "metrics": metrics,
        "scores": {**others, "health": health},
    }
    states = [now] if before is None else [before, now]
    days = [date(2026, 7, 1)] if before is None else [date(2026, 6, 1), date(2026, 7, 1)]
    columns = {name: [state.get(name) for state in states] for name in names}
    table = pa.table({"account": ["acme"] * len(states), "at": days, **columns})
    return ch.Portfolio(ch.Model.parse(document), states=table).score([BEFORE, NOW]).explain("acme")


def steps(explanation: ch.Explanation) -> list[str]:
    """What changed of the score "health"."""
    (since,) = [view.since for view in explanation.scores if view.name == "health"]
    assert since is not None
    return [step.words for step in since.steps]


def changed(health: dict[str, Any], before: dict[str, Any], now: dict[str, Any], **others: Any) -> list[str]:
    return steps(explained(health, before, now, **others))


def lift(health: dict[str, Any], now: dict[str, Any], **others: Any) -> Any:
    (found,) = [view.lift for view in explained(health, now, now, **others).scores if view.name == "health"]
    assert found is not None
    return found


# --- names that look like words of an explanation ---------------------------------------------------------------------


def test_a_label_named_missing_is_a_label() -> None:
    score = {"measures": {"contract": {"value": "contract", "labels": {"missing": 0, "signed": 100}}}}
    assert changed(score, {"contract": "missing"}, {"contract": "signed"}) == ["contract: missing → signed"]
    assert changed(score, {"contract": "signed"}, {"contract": "missing"}) == ["contract: signed → missing"]


def test_a_band_named_missing_most_is_a_band() -> None:
    bands = [{"below": 5, "points": 0, "name": "missing most"}, {"points": 100, "name": "complete"}]
    score = {"measures": {"data": {"value": "data", "bands": bands}}}
    assert changed(score, {"data": 1.0}, {"data": 9.0}) == ["data: rose from 1 to 9 (missing most → complete)"]


def test_a_band_named_like_a_missing_value_is_a_band() -> None:
    bands = [{"below": 5, "points": 0, "name": "missing now: stale"}, {"points": 100, "name": "fine"}]
    score = {"measures": {"data": {"value": "data", "bands": bands}}}
    assert changed(score, {"data": 9.0}, {"data": 1.0}) == ["data: fell from 9 to 1 (fine → missing now: stale)"]


@pytest.mark.parametrize("name", ["recap: open sev-1", "cap:", "cap:cap:x", "a.cap:b", "on"])
def test_a_cap_is_told_by_its_whole_name(name: str) -> None:
    caps = [{"name": name, "when": "sev > 0", "at_most": 50}]
    score = {"measures": {"x": identity("x")}, "caps": caps, "grades": GRADES}
    told = explained(score, {"x": 80.0, "sev": 0.0}, {"x": 80.0, "sev": 1.0})
    assert steps(told) == [f"{name}: this limit applies now (50)"]
    assert told.scores[0].lift is not None
    assert told.scores[0].lift.held == (f"the cap '{name}' holds it at 50; without it the score would be 30.0 higher",)
    parts = {part.name: part.about for part in told.scores[0].parts}
    assert parts[f"cap:{name}"] == "because sev > 0"


@pytest.mark.parametrize("name", ["recap: open sev-1", "cap:", "a.cap:b"])
def test_a_cap_of_a_nested_score_is_told_with_the_way_to_it(name: str) -> None:
    inner = {"measures": {"x": identity("x")}, "caps": [{"name": name, "at_most": 50}]}
    middle = {"measures": {"core": {"score": "inner"}}}
    found = lift({"measures": {"use": {"score": "middle"}}, "grades": GRADES}, {"x": 80.0}, middle=middle, inner=inner)
    assert found.held == (f"the cap '{name}' of use.core holds it at 50; without it the score would be 30.0 higher",)


# --- every kind of cause ----------------------------------------------------------------------------------------------


def test_a_value_says_how_it_moved() -> None:
    score = {"measures": {"x": identity("x")}}
    assert changed(score, {"x": 40.0}, {"x": 50.0}) == ["x: rose from 40 to 50"]
    assert changed(score, {"x": 50.0}, {"x": 40.0}) == ["x: fell from 50 to 40"]
    assert changed(score, {"x": 40.0}, {"x": 40.0}) == []


def test_a_band_without_a_name_is_told_by_its_edge() -> None:
    bands = [{"below": 5, "points": 0}, {"up_to": 10, "points": 50}, {"points": 100}]
    score = {"measures": {"x": {"value": "x", "bands": bands}}}
    assert changed(score, {"x": 3.0}, {"x": 12.0}) == ["x: rose from 3 to 12 (below 5 → above 10)"]


def test_another_case_is_told_by_its_formula() -> None:
    rule = [{"when": "tier > 1", "points": 80}, {"identity": True}]
    score = {"measures": {"x": {"value": "x", "cases": rule}}}
    found = changed(score, {"x": 30.0, "tier": 1.0}, {"x": 30.0, "tier": 2.0})
    assert found == ["x: another rule applies to it: otherwise → tier > 1"]


def test_points_by_policy_say_when_and_why_the_value_was_missing() -> None:
    score = {"measures": {"x": identity("x", missing=30)}}
    silent = "the account has data, but none of it counts here"
    assert changed(score, {"x": None}, {"x": 50.0}) == [f"x: missing before: {silent}"]
    assert changed(score, {"x": 50.0}, {"x": None}) == [f"x: missing now: {silent}"]


def test_points_by_another_policy_name_both_reasons() -> None:
    missing = {"silent": 10, "undefined": 90}
    score = {"measures": {"x": {"value": "x / y", "identity": True, "missing": missing}}}
    assert changed(score, {"x": None, "y": 0.0}, {"x": 1.0, "y": 0.0}) == ["x: missing: silent → undefined"]


def test_a_part_that_comes_or_goes_says_why_and_moves_the_shares_of_others() -> None:
    score = {"measures": {"x": identity("x"), "y": identity("y", weight=3)}}
    silent = "the account has data, but none of it counts here"
    assert changed(score, {"x": 40.0, "y": None}, {"x": 40.0, "y": 80.0}) == [
        f"y: counts now, and did not before: {silent}",
        "x: counts for 25% instead of 100%, because y counts now",
    ]
    assert changed(score, {"x": 40.0, "y": 80.0}, {"x": 40.0, "y": None}) == [
        f"y: does not count any more: {silent}",
        "x: counts for 100% instead of 25%, because y counts no more",
    ]


def test_a_choice_that_is_handed_over_names_the_other_part() -> None:
    score = {"combine": "lowest", "measures": {"x": identity("x"), "y": identity("y")}}
    assert changed(score, {"x": 40.0, "y": 50.0}, {"x": 60.0, "y": 30.0}) == [
        "x: it decides no more, but y",
        "y: it decides now, instead of x",
    ]


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (None, 50.0, "this limit applies now (50)"),
        (50.0, None, "this limit applies no more (it was 50)"),
        (50.0, 60.0, "this limit went from 50 to 60"),
    ],
)
def test_a_cap_says_whether_it_came_went_or_moved(before: Any, now: Any, words: str) -> None:
    score = {"measures": {"x": identity("x")}, "caps": [{"name": "low", "at_most": "limit"}]}
    assert changed(score, {"x": 80.0, "limit": before}, {"x": 80.0, "limit": now}) == [f"low: {words}"]


def test_a_cap_that_holds_at_both_says_so() -> None:
    score = {"measures": {"x": identity("x")}, "caps": [{"name": "low", "at_most": 50}]}
    assert changed(score, {"x": 60.0}, {"x": 80.0}) == [
        "x: rose from 60 to 80",
        "low: this limit (50) still applies, and takes more or less away",
    ]


def test_rounding_and_the_scale_are_told() -> None:
    score = {"measures": {"x": identity("x")}, "round": 0}
    assert changed(score, {"x": 40.0}, {"x": 41.75})[1:] == ["round: other digits are rounded away"]
    total = {"combine": "sum", "measures": {"x": identity("x", weight=2)}}
    assert changed(total, {"x": 40.0}, {"x": 80.0})[1:] == ["clamp: the score is kept to its scale"]


def test_peers_that_moved_are_told() -> None:
    """acme stays at 2; the other account goes from 3 to 1."""
    document = {
        "format": 1,
        "tables": {"states": {"kind": "states", "account": "account", "time": "at"}},
        "metrics": {"x": {"from": "states", "agg": "last", "of": "x"}},
        "scores": {"health": {"measures": {"x": {"value": "x", "percentile": {}}}}},
    }
    days = [date(2026, 6, 1), date(2026, 6, 1), date(2026, 7, 1)]
    states = pa.table({"account": ["acme", "beta", "beta"], "at": days, "x": [2.0, 3.0, 1.0]})
    told = ch.Portfolio(ch.Model.parse(document), states=states).score([BEFORE, NOW]).explain("acme")
    assert steps(told) == ["x: those it is compared with have other values"]


def test_a_score_that_comes_or_goes_is_told_as_a_whole() -> None:
    score = {"measures": {"x": identity("x")}}
    little = "too little is known about the account for a score"
    come = explained(score, {"x": None}, {"x": 50.0})
    assert steps(come) == [f"there is a score now (50); before there was none: {little}"]
    assert come.scores[0].since is not None
    assert come.scores[0].since.change is None
    gone = changed(score, {"x": 50.0}, {"x": None})
    assert gone == [f"there is no score any more (it was 50): {little}"]


# --- many causes ------------------------------------------------------------------------------------------------------


def test_seven_causes_are_four_and_the_rest_together_and_none_is_lost() -> None:
    names = list("abcdefg")
    score = {"measures": {name: identity(name) for name in names}}
    told = explained(score, dict.fromkeys(names, 0.0), {name: 7.0 * (i + 1) for i, name in enumerate(names)})
    since = told.scores[0].since
    assert since is not None
    assert [(step.part, step.adds, step.words) for step in since.steps] == [
        ("g", pytest.approx(7), "g: rose from 0 to 49"),
        ("f", pytest.approx(6), "f: rose from 0 to 42"),
        ("e", pytest.approx(5), "e: rose from 0 to 35"),
        ("d", pytest.approx(4), "d: rose from 0 to 28"),
        (None, pytest.approx(3 + 2 + 1), "3 smaller changes together"),
    ]
    assert since.change == pytest.approx(28)
    assert sum(step.adds or 0.0 for step in since.steps) == pytest.approx(28)


def test_five_causes_are_told_one_by_one() -> None:
    names = list("abcde")
    score = {"combine": "sum", "scale": [0, 1000], "measures": {name: identity(name) for name in names}}
    found = changed(score, dict.fromkeys(names, 0.0), {name: 10.0 - i for i, name in enumerate(names)})
    assert found == [f"{name}: rose from 0 to {10 - i}" for i, name in enumerate(names)]


# --- ways to a grade --------------------------------------------------------------------------------------------------


def test_a_value_beyond_an_open_edge_is_told_by_the_edge() -> None:
    above = {"measures": {"x": {"value": "x", "bands": [{"up_to": 5, "points": 0}, {"points": 80}]}}, "grades": GRADES}
    assert lift(above, {"x": 3.0}).ways == ("x: more than 5 (now 3), adds 80.0; 0% of accounts are there",)
    below = {"measures": {"x": {"value": "x", "bands": [{"below": 5, "points": 80}, {"points": 0}]}}, "grades": GRADES}
    assert lift(below, {"x": 7.0}).ways == ("x: less than 5 (now 7), adds 80.0; 0% of accounts are there",)


def test_a_value_on_a_closed_edge_is_told_by_itself() -> None:
    at = {"measures": {"x": {"value": "x", "bands": [{"below": 5, "points": 0}, {"points": 80}]}}, "grades": GRADES}
    assert lift(at, {"x": 3.0}).ways == ("x: 5 (now 3), adds 80.0; 0% of accounts are there",)


def test_a_grade_above_a_number_wants_more_than_it() -> None:
    grades = [{"name": "red"}, {"name": "green", "above": 75}]
    assert lift({"measures": {"x": identity("x")}, "grades": grades}, {"x": 40.0}).ways == (
        "x: more than 75 (now 40), adds 35.0; 0% of accounts are there",
    )
    rounded = {"measures": {"x": identity("x")}, "grades": grades, "round": 0}
    assert lift(rounded, {"x": 40.0}).ways == ("x: 75.5 (now 40), adds 36.0; 0% of accounts are there",)


def test_what_rounding_adds_to_a_wanted_value_is_not_told() -> None:
    """(60 + x) / 2 is 75 from a little below x = 90 on, as doubles are divided."""
    found = lift({"measures": {"x": identity("x"), "y": identity("y")}, "grades": GRADES}, {"x": 60.0, "y": 60.0})
    assert found.ways == (
        "x: 90 (now 60), adds 15.0; 0% of accounts are there",
        "y: 90 (now 60), adds 15.0; 0% of accounts are there",
    )


def test_a_label_that_is_wanted_is_named() -> None:
    mood = {"measures": {"mood": {"value": "mood", "labels": {"bad": 0, "good": 80}}}, "grades": GRADES}
    assert lift(mood, {"mood": "bad"}).ways == ("mood: good (now bad), adds 80.0; 0% of accounts are there",)
