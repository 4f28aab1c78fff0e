"""The slow evaluator's scores by examples worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from oracle import evaluate
from oracle.instants import parse_instant

AS_OF = parse_instant("2024-03-31")


def scored(scores: dict[str, Any], v: float | None = 3.0, w: float | None = None, deep: bool = False) -> Any:
    """The panel's row and the contributions of the last score, for x with attributes v and w."""
    tables = {"acc": {"kind": "accounts", "account": "a"}}
    rows = {"acc": [{"a": "x", "v": v, "w": w}]}
    metrics = {"v": {"formula": "acc.v"}, "w": {"formula": "acc.w"}}
    answer = evaluate({"format": 1, "tables": tables, "metrics": metrics, "scores": scores}, rows, [AS_OF])
    reasons = {column: f"<{reason}>" for _, _, column, reason in answer.reasons}
    parts = {part.part: part.contribution for _, _, part in answer.contributions(list(scores)[-1], deep)}
    return {column: reasons.get(column, answer.rows[0][column]) for column in answer.columns}, parts


BANDS = [
    {"below": 1, "points": 10},
    {"up_to": 1, "points": 20},
    {"up_to": 3, "points": None},
    {"below": 5, "points": 70},
]


@pytest.mark.parametrize(
    ("value", "points"),
    [(0.9, 10.0), (1.0, 20.0), (3.0, "<not_applicable>"), (4.0, 70.0), (5.0, "<coverage>"), (None, "<coverage>")],
)
def test_the_first_band_that_holds_the_value_counts(value: float | None, points: Any) -> None:
    got, _ = scored({"s": {"measures": {"p": {"value": "v", "bands": BANDS}}}}, value)
    assert got["s"] == points


def test_a_missing_measure_leaves_its_weight_to_its_siblings() -> None:
    measures = {
        "p": {"value": "v", "curve": [[0, 0], [4, 80]], "weight": 1},
        "q": {"value": "w", "identity": True, "weight": 3},
    }
    got, parts = scored({"s": {"measures": measures}})
    assert (got["s"], got["s_coverage"]) == (60.0, 0.25)
    assert parts == {"p": 60.0, "q": 0.0, "clamp": 0.0}
    assert scored({"s": {"measures": measures, "least_coverage": 0.3}})[0]["s"] == "<coverage>"
    measures["q"]["missing"] = {"silent": 20}
    assert scored({"s": {"measures": measures}})[0]["s"] == 30.0
    measures["q"]["missing"] = {"never": 1, "else": "fail"}
    assert scored({"s": {"measures": measures}})[0]["s"] == "<silent>"


def test_a_missing_when_makes_the_measure_missing_with_its_reason() -> None:
    cases_ = [{"when": "w > 1", "points": 5}, {"identity": True}]
    measures = {"p": {"value": "v", "cases": cases_, "missing": {"silent": 44}}}
    assert scored({"s": {"measures": measures}})[0]["s"] == 44.0
    assert scored({"s": {"measures": measures}}, w=2.0)[0]["s"] == 5.0
    assert scored({"s": {"measures": measures}}, w=1.0)[0]["s"] == 3.0


def test_caps_then_round_then_clamp_leave_parts_that_add_up() -> None:
    spec = {
        "measures": {"p": {"value": "v", "identity": True, "weight": 30}, "q": {"value": "v * 10", "identity": True}},
        "combine": "sum",
        "caps": [
            {"name": "a", "at_most": 50},
            {"name": "b", "when": "w > 1", "set": 1},
            {"name": "c", "set": "v + 40.5"},
        ],
        "round": 0,
        "grades": [{"name": "low"}, {"name": "mid", "from": 44}, {"name": "top", "above": 44}],
    }
    got, parts = scored({"s": spec})
    assert (got["s"], got["s_grade"]) == (44.0, "mid")
    assert parts == {"p": 90.0, "q": 30.0, "cap:a": -50.0, "cap:b": 0.0, "cap:c": -6.5, "round": 0.5, "clamp": -20.0}


def test_deep_parts_are_scaled_and_a_change_of_scale_adds_an_offset() -> None:
    inner = {
        "scale": [-10, 10],
        "measures": {"a": {"value": "v", "identity": True}, "b": {"value": "v + 2", "identity": True}},
    }
    outer = {"measures": {"n": {"score": "inner", "weight": 3}, "m": {"value": "v", "identity": True}}}
    got, parts = scored({"inner": inner, "outer": outer}, deep=True)
    assert got["outer"] == (70.0 * 3 + 3) / 4
    assert parts == {"n.a": 5.625, "n.b": 9.375, "n.clamp": 0.0, "n.offset": 37.5, "m": 0.75, "clamp": 0.0}


def test_lowest_gives_all_to_the_first_of_equals() -> None:
    one = {"value": "v", "identity": True}
    spec = {
        "measures": {"z": {**one, "weight": 0}, "a": {**one, "value": "v + 1"}, "b": one, "c": one},
        "combine": "lowest",
    }
    got, parts = scored({"s": spec})
    assert got["s"] == 3.0
    assert parts == {"z": 0.0, "a": 0.0, "b": 3.0, "c": 0.0, "clamp": 0.0}


def test_not_applicable_is_skipped_unless_the_map_names_it() -> None:
    bands = [{"points": None}]
    spec = {"measures": {"p": {"value": "v", "bands": bands, "missing": 7}, "q": {"value": "v", "identity": True}}}
    assert scored({"s": spec})[0] == {"v": 3.0, "w": "<silent>", "s": 3.0, "s_coverage": 1.0}
    spec["measures"]["p"]["missing"] = {"not_applicable": 7}
    assert scored({"s": spec})[0]["s"] == 5.0
    assert scored({"s": {**spec, "include": "w > 0"}})[0]["s_coverage"] is None
