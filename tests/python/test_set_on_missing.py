"""A `set` cap on a score that is missing: a person's word where the data say nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

GRADES = [{"name": "red"}, {"name": "yellow", "from": 40}, {"name": "green", "from": 60}]
BY_HAND = {"name": "by hand", "set": "accounts.word"}
USE = {"value": "accounts.use", "curve": [[0, 0], [1, 100]]}


def document(measure: dict[str, Any] | None = None, **score: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "tables": {"accounts": {"kind": "accounts", "account": "id", "known": "known"}},
        "scores": {
            "health": {
                "measures": {"use": measure or USE, "seats": {"value": "accounts.seats", "identity": True}},
                "caps": [BY_HAND],
                "grades": GRADES,
                **score,
            }
        },
    }


def panel(
    model: dict[str, Any], use: float | None, seats: float | None, word: float | None, as_of: str = "2026-07-01"
) -> ch.Panel:
    accounts = pa.table(
        {
            "id": ["acme"],
            "known": pa.array([dt.datetime(2026, 1, 1)], pa.timestamp("us")),
            "use": pa.array([use], pa.float64()),
            "seats": pa.array([seats], pa.float64()),
            "word": pa.array([word], pa.float64()),
        }
    )
    return ch.Portfolio(ch.Model.parse(model), accounts=accounts).score(as_of)


def row(found: ch.Panel) -> dict[str, Any]:
    return dict(found.table.to_pylist()[0])


@pytest.mark.parametrize(
    ("model", "use", "seats", "health", "coverage"),
    [
        (document(), None, None, 10, 0.0),
        (document(least_coverage=0.9), 0.5, None, 10, 0.5),
        (document({**USE, "missing": "fail"}), None, 80.0, 10, 0.5),
        (document({**USE, "missing": {"silent": "fail", "else": "skip"}}), None, 80.0, 10, 0.5),
        (document(), 0.5, None, 10, 0.5),
    ],
)
def test_it_gives_the_score(
    model: dict[str, Any], use: float | None, seats: float | None, health: float, coverage: float
) -> None:
    found = row(panel(model, use, seats, 10.0))
    assert (found["health"], found["health_grade"], found["health_coverage"]) == (health, "red", coverage)
    assert panel(model, use, seats, 10.0).reasons().num_rows == 0


@pytest.mark.parametrize(
    ("model", "use", "seats", "reason"),
    [
        (document(include="accounts.word > 50"), 0.5, 40.0, "not_applicable"),
        (document(include="accounts.word > 50"), None, None, "not_applicable"),
        (document({**USE, "weight": 0}, measures={"use": {**USE, "weight": 0}}), 0.5, None, "not_applicable"),
        (
            document(measures={"use": {"value": "accounts.use", "bands": [{"points": None}]}}),
            0.5,
            None,
            "not_applicable",
        ),
        (
            document(
                measures={
                    "use": {"value": "accounts.use", "bands": [{"points": None}], "missing": {"not_applicable": "fail"}}
                }
            ),
            0.5,
            None,
            "not_applicable",
        ),
    ],
)
def test_it_gives_none_where_the_score_does_not_apply(
    model: dict[str, Any], use: float | None, seats: float | None, reason: str
) -> None:
    found = panel(model, use, seats, 10.0)
    assert row(found)["health"] is None
    assert row(found)["health_grade"] is None
    assert set(found.reasons()["reason"].to_pylist()) == {reason}


@pytest.mark.parametrize(
    ("caps", "more", "health"),
    [
        ([{"name": "low", "at_most": 5}, BY_HAND], {}, 70),  # what comes before has nothing to change
        ([BY_HAND, {"name": "low", "at_most": 50}], {}, 50),
        ([BY_HAND, {"name": "high", "at_least": 90}], {}, 90),
        ([BY_HAND, {"name": "again", "set": 20}], {}, 20),
        ([{"name": "never", "set": 1, "when": "accounts.word < 0"}, BY_HAND], {}, 70),
        ([{"name": "unknown", "set": "accounts.use"}, BY_HAND], {}, 70),
        ([{"name": "low", "at_most": 5}], {}, None),
        ([{"name": "high", "at_least": 5}], {}, None),
        ([{"name": "too much", "set": 700}], {}, 100),
        ([{"name": "odd", "set": 66.666}], {"round": 1}, 66.7),
        ([BY_HAND], {"combine": "sum"}, 70),
        ([BY_HAND], {"combine": "lowest"}, 70),
    ],
)
def test_later_caps_rounding_and_the_scale_act_on_it(
    caps: list[dict[str, Any]], more: dict[str, Any], health: float | None
) -> None:
    found = panel(document(caps=caps, **more), None, None, 70.0)
    assert row(found)["health"] == health
    parts = found.contributions("health").to_pylist()
    if health is None:
        assert {part["contribution"] for part in parts} == {None}
    else:
        assert sum(part["contribution"] for part in parts) == pytest.approx(health, abs=1e-9)


def test_the_cap_carries_the_whole() -> None:
    found = panel(document({**USE, "missing": "fail"}), None, 80.0, 10.0)
    parts = {part["part"]: part for part in found.contributions("health").to_pylist()}
    assert {name: part["contribution"] for name, part in parts.items()} == {
        "use": 0.0,
        "seats": 0.0,
        "cap:by hand": 10.0,
        "clamp": 0.0,
    }
    assert parts["seats"]["points"] == 80
    assert parts["use"]["reason"] == "silent"
    assert parts["seats"]["reason"] is None


def nested() -> dict[str, Any]:
    model = document()
    model["scores"]["all"] = {
        "scale": [0, 10],
        "measures": {"health": {"score": "health", "weight": 3}, "word": {"value": "accounts.word", "identity": True}},
    }
    return model


def test_a_score_that_reads_it_reads_the_word() -> None:
    found = panel(nested(), None, None, 8.0)
    assert row(found)["all"] == pytest.approx((3 * 0.8 + 8) / 4)
    deep = {part["part"]: part["contribution"] for part in found.contributions("all", deep=True).to_pylist()}
    assert deep["health.cap:by hand"] == pytest.approx(0.6)
    assert deep["health.use"] == deep["health.seats"] == 0
    assert sum(deep.values()) == pytest.approx(row(found)["all"])


def moved(
    before: tuple[float | None, float | None], now: tuple[float | None, float | None], score: str = "health"
) -> list[dict[str, Any]]:
    """The causes of two months, each with its use and its word."""
    accounts = pa.table(
        {
            "id": ["acme", "acme"],
            "known": pa.array([dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1)], pa.timestamp("us")),
            "use": pa.array([before[0], now[0]], pa.float64()),
            "seats": pa.array([None, None], pa.float64()),
            "word": pa.array([before[1], now[1]], pa.float64()),
        }
    )
    found = ch.Portfolio(ch.Model.parse(nested()), accounts=accounts).score(["2026-01-20", "2026-02-20"])
    deep = found.why_changed(score, "2026-01-20", "2026-02-20", deep=True).to_pylist()
    rows = found.table.to_pylist()
    if None not in (rows[0][score], rows[1][score]):
        change = rows[1][score] - rows[0][score]
        assert sum(cause["contribution"] for cause in deep) == pytest.approx(change, abs=1e-9)
    return [{key: cause[key] for key in ("part", "cause", "because", "contribution")} for cause in deep]


def test_it_is_the_one_cause_of_its_date() -> None:
    whole = {"part": "cap:by hand", "cause": "cap"}
    # seats are not known: without a use there is no score but the word.
    assert moved((0.5, None), (None, 10.0)) == [{**whole, "because": "on", "contribution": -40.0}]
    assert moved((None, 10.0), (0.5, None)) == [{**whole, "because": "off", "contribution": 40.0}]
    assert moved((None, 10.0), (None, 30.0)) == [{**whole, "because": "bound moved", "contribution": 20.0}]
    assert moved((None, 10.0), (None, 10.0)) == []
    (appeared,) = moved((None, None), (None, 10.0))
    assert (appeared["part"], appeared["cause"], appeared["contribution"]) == (None, "appeared", None)


def test_it_is_the_one_cause_of_the_nested_score() -> None:
    causes = moved((0.5, None), (None, 8.0), "all")
    parts = [cause["part"] for cause in causes if str(cause["part"]).startswith("health.")]
    assert parts == ["health.cap:by hand"]


def test_two_models_differ_by_it_alone() -> None:
    found = panel(document(), None, None, 10.0)
    other = panel(document(caps=[{**BY_HAND, "set": "accounts.word + 5"}]), None, None, 10.0)
    (cause,) = found.why_changed("health", "2026-07-01", other=other).to_pylist()
    assert (cause["part"], cause["contribution"]) == ("cap:by hand", 5)


def test_an_explanation_tells_one_story() -> None:
    text = str(panel(document({**USE, "missing": "fail"}), None, 80.0, 10.0).explain("acme"))
    lines = text.splitlines()
    assert lines[2] == "health: 10.0 of 100, red (judged by 50% of the weight)"
    seats = next(line for line in lines if line.lstrip().startswith("seats"))
    assert seats.split()[:3] == ["seats", "80", "80.0"]
    assert seats.split()[-2:] == ["0.0", "–"]  # no share, no pull
    assert "the cap 'by hand' holds it at 10" in text
    assert "no score" not in text


def test_the_trend_and_the_grade_held_know_it() -> None:
    model = document(trend={"over": "7d"}, hysteresis={"points": 3})
    found = panel(model, None, None, 70.0)
    assert row(found)["health_change"] == 0
    assert row(found)["health_grade_before"] == "green"
