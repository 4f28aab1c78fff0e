"""A play whose rule can no longer be told: it closes, unless a feed is broken."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

MONDAYS = [dt.datetime(2026, 6, 1) + dt.timedelta(weeks=week) for week in range(4)]
SHAPE = {"curve": [[0, 0], [10, 100]]}


def portfolio(play: dict[str, Any], stale: dict[str, Any] | None = None, **model: Any) -> ch.Portfolio:
    """One account: a contract that ends on 12 June, use of 1 on 1 June and never again."""
    document = {
        "format": 1,
        "tables": {
            "contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end"},
            "usage": {"kind": "events", "account": "id", "time": "at", **(stale or {})},
        },
        "metrics": {
            "days_left": {"from": "contracts", "agg": "days_to_end"},
            "use": {"from": "usage", "agg": "last", "of": "n", **({} if stale else {"stale_after": "6d"})},
            "twice": {"formula": "use * 2"},
        },
        "plays": {"call": {"message": "{use} of use, {days_left:.0f} days left", "evidence": ["use"], **play}},
        **model,
    }
    contracts = pa.table(
        {"id": ["acme"], "start": pa.array([dt.datetime(2026, 1, 1)]), "end": pa.array([dt.datetime(2026, 6, 12)])}
    )
    usage = pa.table({"id": ["acme"], "at": pa.array([dt.datetime(2026, 6, 1, 1)]), "n": [1.0]})
    return ch.Portfolio(ch.Model.parse(document), contracts=contracts, usage=usage)


def is_open(found: ch.Portfolio) -> list[bool]:
    """On the Mondays from 8 June on."""
    as_ofs = [monday + dt.timedelta(weeks=1) for monday in MONDAYS]
    plays = found.score(as_ofs).plays().to_pylist()
    return [any(play["as_of"].replace(tzinfo=None) == as_of for play in plays) for as_of in as_ofs]


def test_a_rule_that_becomes_missing_closes_it() -> None:
    assert is_open(portfolio({"when": "days_left < 30"})) == [True, False, False, False]
    closed = portfolio({"when": "days_left < 30"}).score("2026-07-01").plays(closed=True).to_pylist()
    assert [play["closed"].date() for play in closed] == [dt.date(2026, 6, 15)]


def test_a_rule_for_closing_is_asked_alone() -> None:
    assert is_open(portfolio({"when": "days_left < 30", "closes": "use > 5"})) == [True] * 4


SCORE = {"measures": {"use": {"value": "use", **SHAPE}, "left": {"value": "days_left", **SHAPE}}}


@pytest.mark.parametrize(
    ("rule", "scores"),
    [
        ("use < 5", {}),
        ("twice < 5", {}),
        ("twice + use < 5", {}),
        ("days_left * 0 + use < 5", {}),  # the first missing name is not the one
        ("health < 101", {"health": SCORE | {"least_coverage": 0.6}}),
        ("health < 50", {"health": {"measures": {"use": {"value": "use", **SHAPE, "missing": "fail"}}}}),
        ("health < 50", {"health": {"measures": {"use": {"value": "twice + 0 * days_left", **SHAPE}}}}),
        (
            "health_grade = 'red'",
            {"health": {"measures": {"use": {"value": "use", **SHAPE}}, "grades": [{"name": "red"}]}},
        ),
        (
            "all < 50",
            {
                "health": {"measures": {"use": {"value": "use", **SHAPE}}},
                "all": {"measures": {"health": {"score": "health"}}},
            },
        ),
        (
            "health < 50",
            {
                "health": {
                    "measures": {"use": {"value": "days_left", "cases": [{"when": "use < 5", "points": 10}, SHAPE]}}
                }
            },
        ),
    ],
)
@pytest.mark.parametrize("stale", [None, {"stale_after": "6d"}])
def test_a_broken_feed_says_nothing(rule: str, scores: dict[str, Any], stale: dict[str, Any] | None) -> None:
    """Open on 8 June is the last that was known; the rule is missing from then on."""
    play = {"when": f"{rule}"}
    found = portfolio(play, stale, scores=scores, clock={"every": "1d", "anchor": "2026-06-01"})
    opened = found.score("2026-06-03").plays().to_pylist()
    assert len(opened) == 1
    assert is_open(found) == [True] * 4


def test_a_score_that_is_missing_for_another_reason_closes_it() -> None:
    scores = {"health": {"measures": {"left": {"value": "days_left", **SHAPE}}}}
    found = portfolio({"when": "health < 101"}, scores=scores)
    assert is_open(found) == [True, False, False, False]
    # The stale part stands in no score that the rule reads.
    scores["other"] = {"measures": {"use": {"value": "use", **SHAPE}}}
    assert is_open(portfolio({"when": "health < 101"}, scores=scores)) == [True, False, False, False]


def test_a_missing_rule_opens_nothing() -> None:
    found = portfolio({"when": "use < 5"}, {"stale_after": "1d"}, clock={"every": "7d", "anchor": "2026-06-08"})
    assert is_open(found) == [False] * 4


def test_an_open_play_says_what_is_so_now() -> None:
    found = portfolio({"when": "days_left < 30 or use > 5", "closes": "use > 5"})
    plays = found.score(["2026-06-02", "2026-06-08", "2026-06-29"]).plays().to_pylist()
    assert [play["message"] for play in plays] == ["– of use, 25 days left"] * 3  # since 18 May
    assert [play["message_now"] for play in plays] == [
        "1 of use, 10 days left",
        "– of use, 4 days left",
        "– of use, – days left",
    ]
    assert [json.loads(play["evidence_now"]) for play in plays] == [{"use": 1}, {"use": None}, {"use": None}]
    text = str(found.score("2026-06-02").explain("acme"))
    assert "known then: use –" in text
    assert "known now: use 1" in text
    assert "known now" not in str(found.score("2026-06-08").explain("acme"))


def test_plays_alone_say_it_too() -> None:
    found = portfolio({"when": "days_left < 30", "closes": "use > 5"})
    (play,) = found.plays("2026-06-08").to_pylist()
    assert play["message_now"] == "– of use, 4 days left"
    (closed,) = portfolio({"when": "days_left < 30"}).plays("2026-07-01", closed=True).to_pylist()
    assert (closed["message_now"], closed["evidence_now"]) == (None, None)
