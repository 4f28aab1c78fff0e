"""The probability of a score: its columns, where they may be named, and what an explanation says of it."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.csv as pc
import pytest

import customerhealth as ch

AT = "2026-07-01"
LOGISTIC = {"of": "went silent", "horizon": "180d", "logistic": {"a": 1.25, "b": 0.0625}}
CURVE = {"of": "left", "horizon": "3mo", "curve": [[20, 0.5], [60, 0.25], [80, 0.0]]}
INTERVAL = {"low": [[0, 0.25], [100, 0.0]], "high": [[0, 1.0], [100, 0.5]]}
OF_CURVE = {"low": [[0, 0.25], [80, 0.0]], "high": [[0, 1.0], [100, 0.5]]}


def document(probability: Any, **top: Any) -> dict[str, Any]:
    """A score `s` that is an attribute of the account."""
    score = {"measures": {"m": {"value": "a.x", "identity": True}}, "probability": probability}
    return {
        "format": 1,
        "tables": {"a": {"kind": "accounts", "account": "id"}},
        "scores": {"s": score},
        **top,
    }


def scored(model: dict[str, Any], values: list[float | None]) -> ch.Panel:
    table = pa.table({"id": [f"k{place:03}" for place in range(len(values))], "x": pa.array(values, pa.float64())})
    return ch.Portfolio(ch.Model.parse(model), a=table).score(AT)


def column(panel: ch.Panel, name: str) -> list[Any]:
    values: list[Any] = panel.table[name].to_pylist()
    return values


def test_a_logistic_falls_with_the_score() -> None:
    panel = scored(document(LOGISTIC), [0.0, 20.0, 33.3, 100.0])
    expected = [1 / (1 + math.exp(-(1.25 - 0.0625 * score))) for score in (0.0, 20.0, 33.3, 100.0)]
    assert column(panel, "s_probability") == expected  # to the bit, as the logistic of a measure
    assert "s_probability_low" not in panel.table.column_names


def test_a_curve_is_linear_between_its_corners_and_flat_outside() -> None:
    panel = scored(document(CURVE), [0.0, 20.0, 40.0, 60.0, 70.0, 80.0, 100.0])
    assert column(panel, "s_probability") == [0.5, 0.5, 0.375, 0.25, 0.125, 0.0, 0.0]


def test_its_interval_holds_it_at_every_score() -> None:
    """A line between two corners lies above a logistic that is bent: there the end is the probability itself."""
    values = [float(score) for score in range(101)]
    panel = scored(document({**LOGISTIC, **INTERVAL}), list(values))
    low, middle, high = (column(panel, f"s_probability{end}") for end in ("_low", "", "_high"))
    assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))
    assert low[0] == 0.25
    assert (low[80], high[80]) == (middle[80], 0.6)
    assert low == pytest.approx(
        [min(0.25 - score / 400, p) for score, p in zip(values, middle, strict=True)], abs=1e-15
    )


def test_it_is_missing_where_the_score_is_for_the_same_reason() -> None:
    model = document({**CURVE, **OF_CURVE}, metrics={"risk": {"formula": "1000 * s_probability"}})
    model["metrics"]["end"] = {"formula": "s_probability_low"}
    panel = scored(model, [None, 40.0])
    for name in ("s", "s_probability", "s_probability_low", "s_probability_high", "risk", "end"):
        assert column(panel, name)[0] is None
    assert column(panel, "risk") == [None, 375.0]
    reasons = {row["metric"]: row["reason"] for row in panel.reasons().to_pylist()}
    assert reasons == {"s": "coverage", "risk": "coverage", "end": "coverage"}


def test_formulas_of_all_kinds_may_name_it() -> None:
    model = document(
        {**CURVE, "low": OF_CURVE["low"]},
        metrics={"at_risk": {"formula": "if(s_probability > 0.3, 1, 0)"}},
        cohorts={"likely": {"when": "s_probability_low >= 0.1"}},
        journeys={"way": {"stages": [{"name": "safe", "enter": "s_probability < 0.3"}]}},
        plays={"call": {"when": "s_probability > 0.3", "message": "{s_probability:.3f}", "priority": "s_probability"}},
    )
    model["scores"]["t"] = {
        "measures": {"p": {"value": "s_probability", "curve": [[0, 100], [1, 0]]}},
        "caps": [{"name": "risk", "when": "s_probability_low > 0.2", "at_most": 10}],
        "include": "s_probability < 0.45",
    }
    panel = scored(model, [0.0, 40.0, 70.0])
    assert column(panel, "at_risk") == [1.0, 1.0, 0.0]
    assert column(panel, "likely") == [True, True, False]
    assert column(panel, "way") == [None, None, "safe"]
    assert column(panel, "t") == [None, 62.5, 87.5]
    plays = panel.plays().to_pylist()
    assert [(row["account_id"], row["message"], row["priority"]) for row in plays] == [
        ("k000", "0.500", 0.5),
        ("k001", "0.375", 0.375),
    ]


def test_the_past_is_answered_with_the_score_of_then() -> None:
    model = {
        "format": 1,
        "tables": {"given": {"kind": "states", "account": "id", "time": "at"}},
        "metrics": {"v": {"from": "given", "agg": "last", "of": "x"}},
        "scores": {
            "s": {
                "measures": {"m": {"value": "v", "identity": True}},
                "grades": [{"name": "red"}, {"name": "green", "from": 50}],
                "trend": {"over": "7d"},
                "probability": {**CURVE, **OF_CURVE},
            }
        },
    }
    rows = pa.table(
        {"id": ["k"] * 2, "at": pa.array([0, 7 * 86400 * 10**6], pa.timestamp("us", "UTC")), "x": [40.0, 70.0]}
    )
    portfolio = ch.Portfolio(ch.Model.parse(model), given=rows)
    panel = portfolio.score(["1970-01-05", "1970-01-12"])
    assert column(panel, "s_probability") == [0.375, 0.125]
    assert panel.table.column_names[-9:] == [
        "s", "s_grade", "s_coverage", "s_change", "s_trend", "s_grade_before",
        "s_probability", "s_probability_low", "s_probability_high",
    ]  # fmt: skip
    assert list(portfolio.model.columns) == panel.table.column_names[2:]
    assert column(portfolio.score("1970-01-12"), "s_probability") == [0.125]


def test_without_the_key_or_with_an_empty_one_there_are_no_columns() -> None:
    plain = document({})
    del plain["scores"]["s"]["probability"]
    for model in (plain, document({})):
        assert list(ch.Model.parse(model).columns) == ["s", "s_coverage"]
    assert scored(document({}), [40.0]).explain("k000").scores[0].probability is None


def test_the_document_keeps_it_and_its_digest_knows_it() -> None:
    source = {"cases": 900, "events": 100, "accounts": 50, "observed": "2026-06-01"}
    one = ch.Model.parse(document({**LOGISTIC, **INTERVAL, "from": source}))
    again = ch.Model.parse(one.to_json())
    assert again.digest == one.digest
    assert one.to_dict()["scores"]["s"]["probability"]["from"] == source
    other = ch.Model.parse(document({**LOGISTIC, **INTERVAL, "from": {**source, "events": 101}}))
    assert other.digest != one.digest
    assert one.diff(other).to_pylist() == [
        {"path": "scores.s.probability.from.events", "change": "changed", "from": "100", "to": "101"}
    ]


@pytest.mark.parametrize(
    ("probability", "fits"),
    [
        ({}, True),
        ({"description": "to be learned"}, True),
        ({**LOGISTIC, **INTERVAL}, True),
        (CURVE, True),
        ({**LOGISTIC, "curve": CURVE["curve"]}, False),
        ({"of": "left", "horizon": "3mo"}, False),
        ({"logistic": {"a": 1, "b": 1}}, False),
        ({**LOGISTIC, "logistic": {"a": 1, "b": -1}}, False),
        ({**CURVE, "curve": [[0, 1.5], [1, 0]]}, False),
        ({**CURVE, "lo": []}, False),
    ],
)
def test_the_schema_and_the_parser_agree(probability: dict[str, Any], fits: bool) -> None:
    validator = jsonschema.Draft202012Validator(ch.Model.schema())
    model = document(probability)
    assert validator.is_valid(model) is fits
    if fits:
        ch.Model.parse(model)
    else:
        with pytest.raises(ch.ModelError, match=r"scores\.s\.probability"):
            ch.Model.parse(model)


def test_all_that_is_wrong_is_said_at_once_with_its_path() -> None:
    wrong = {
        "of": "",
        "horizont": "180d",
        "curve": [[0, 0.5], [10, 0.6]],
        "low": [[0, 0.1], [5, -0.1]],
        "from": {"cases": -1},
    }
    with pytest.raises(ch.ModelError) as caught:
        ch.Model.parse(document(wrong))
    said = str(caught.value)
    for part in (
        "scores.s.probability.of: expected a text that is not empty",
        "scores.s.probability.horizont: unknown key; did you mean 'horizon'?",
        "scores.s.probability: 'horizon' is missing",
        "scores.s.probability.curve[1]: a probability falls as the score rises, but 0.6 follows 0.5",
        "scores.s.probability.low[1]: a probability is between 0 and 1; got -0.1",
        "scores.s.probability.from.cases: expected an integer, 0 or more; got the number -1",
    ):
        assert part in said


def test_another_probability_moves_what_is_made_of_it_and_is_named() -> None:
    """The score stays; what another score makes of the probability has its path for a cause."""

    def panel(a: float) -> ch.Panel:
        model = document({**LOGISTIC, "logistic": {"a": a, "b": 0.0625}})
        model["scores"]["t"] = {"measures": {"p": {"value": "s_probability", "curve": [[0, 100], [1, 0]]}}}
        return scored(model, [20.0])

    old, new = panel(1.25), panel(2.0)
    assert old.why_changed("s", AT, other=new).num_rows == 0
    (row,) = old.why_changed("t", AT, other=new).to_pylist()
    assert row["because"] == "scores.s.probability.logistic.a"
    assert row["contribution"] == pytest.approx(100 * (0.5 - 1 / (1 + math.exp(-0.75))), abs=1e-9)


def test_files_hold_it_as_any_other_number() -> None:
    panel = scored(document({**CURVE, **OF_CURVE}), [40.0, None])
    sink = io.BytesIO()
    pc.write_csv(panel.table.select(["s_probability", "s_probability_low"]), sink)
    assert sink.getvalue().decode().splitlines()[1:] == ["0.375,0.125", ","]
    assert panel.table.schema.field("s_probability").type == pa.float64()


# ---- explain --------------------------------------------------------------------------------------------------------


def told(probability: dict[str, Any], score: float | None = 50.0) -> ch.Explanation:
    return scored(document(probability), [score]).explain("k000")


def flat(middle: float, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    ends = {"low": low, "high": high}
    given = {name: [[0, value], [100, value]] for name, value in ends.items() if value is not None}
    return {"of": "went silent", "horizon": "180d", "curve": [[0, middle], [100, middle]], **given}


@pytest.mark.parametrize(
    ("probability", "sentence"),
    [
        (flat(0.12, 0.07, 0.2), "of 100 accounts like this 12 (7 to 20) went silent within 180 days"),
        (flat(0.12), "of 100 accounts like this 12 went silent within 180 days"),
        (flat(0.12, low=0.07), "of 100 accounts like this 12 (7 or more) went silent within 180 days"),
        (flat(0.12, high=0.2), "of 100 accounts like this 12 (20 or fewer) went silent within 180 days"),
        (flat(0.0), "of 100 accounts like this 0 went silent within 180 days"),
        (flat(1.0), "of 100 accounts like this 100 went silent within 180 days"),
        (flat(0.004, 0.001, 0.02), "of 1,000 accounts like this 4 (1 to 20) went silent within 180 days"),
        (flat(0.996), "of 1,000 accounts like this 996 went silent within 180 days"),
        (flat(0.0002), "of 10,000 accounts like this 2 went silent within 180 days"),
        ({**CURVE, "horizon": "1mo"}, "of 100 accounts like this 31 left within 1 month"),
    ],
)
def test_an_explanation_counts_accounts(probability: dict[str, Any], sentence: str) -> None:
    explanation = told(probability)
    assert str(explanation).splitlines()[3] == f"  {sentence}"
    assert f"<div>{sentence}</div>" in explanation.to_html()


def test_an_explanation_is_data_too() -> None:
    source = {"cases": 900, "events": 108}
    data = json.loads(json.dumps(told({**flat(0.12, 0.07), "from": source}).to_dict()))
    assert data["scores"][0]["probability"] == {
        "of": "went silent",
        "horizon": "180d",
        "probability": 0.12,
        "low": 0.07,
        "high": None,
        "source": source,
    }


def test_without_a_score_nothing_is_said_of_a_probability() -> None:
    explanation = told(flat(0.12), None)
    assert explanation.scores[0].probability is None
    assert "accounts like this" not in str(explanation) + explanation.to_html()


def test_what_it_is_of_is_escaped() -> None:
    assert "&lt;b&gt;left&lt;/b&gt; within 3 months" in told({**CURVE, "of": "<b>left</b>"}).to_html()
