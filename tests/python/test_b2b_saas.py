"""Our own model: what its tables tell, what holds it down, and what it leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import customerhealth as ch
from published import Judged, ago, points, row, score, week_by_week

GOOD: dict[str, Any] = {"days_since_use": 1, "open_urgent": 0, "stickiness": 0.4, "weeks_used": 12, "momentum": 0.2}
GOOD |= {"seat_use": 0.9, "features": 8, "top_feature_share": 0.4, "days_used": 20, "tenure_months": 24}
GOOD |= {"recommend": 10, "roles_known": 1, "mrr_growth": 0.2, "days_to_renewal": 200, "sentiment_colour": "green"}


def test_it_has_about_25_measures_in_four_scores() -> None:
    scores = ch.Model.preset("b2b-saas").to_dict()["scores"]
    assert list(scores) == ["engagement", "adoption", "relationship", "health"]
    assert sum(len(score["measures"]) for score in scores.values()) == 26
    for spec in scores.values():
        assert sum(measure["weight"] for measure in spec["measures"].values()) == 100


@pytest.mark.parametrize(
    ("given", "at_most", "grade"),
    [
        ({}, 100, "green"),
        ({"open_urgent": 1}, 60, "yellow"),
        ({"sentiment_colour": "red"}, 45, "red"),
        ({"days_since_use": 28.5}, 30, "red"),
        ({"days_since_use": 28}, 100, "green"),
    ],
)
def test_caps_hold_health_down(given: dict[str, Any], at_most: float, grade: str) -> None:
    judged = Judged("b2b-saas", [GOOD | given])
    assert judged.column("health_grade") == [grade]
    assert judged.column("health")[0] == (pytest.approx(at_most) if at_most < 100 else pytest.approx(92.5, abs=7.5))


@pytest.mark.parametrize(("months", "wanted"), [(1, None), (2, 62.5), (5, 62.5), (6, 25), (8, 25), (9, 25), (30, 25)])
def test_half_of_the_seats_in_use_is_judged_by_tenure(months: int, wanted: float | None) -> None:
    judged = Judged("b2b-saas", [{"seat_use": 0.5, "tenure_months": months}])
    assert judged.points("adoption", "licence_utilisation") == [wanted]


@pytest.mark.parametrize(
    ("months", "rollout", "growth"), [(2, None, None), (3, 50, None), (11, 50, 70), (12, None, 70)]
)
def test_rollout_counts_in_the_first_year_and_growth_from_half_a_year(
    months: int, rollout: float | None, growth: float | None
) -> None:
    judged = Judged("b2b-saas", [{"early_seat_use": 0.25, "mrr_growth": 0, "tenure_months": months}])
    assert judged.points("adoption", "rollout") == [rollout]
    assert judged.points("relationship", "growth") == [growth]


def test_a_renewal_in_hand_and_an_open_end_are_no_risk() -> None:
    contract = {"account_id": "a", "start_date": ago(400), "signed_at": ago(400), "seats": 10, "mrr": 100.0}
    for ends, signed, wanted in ((ago(-10), False, 20), (ago(-10), True, 100), (None, False, 90)):
        rows = [{**contract, "contract_id": 1, "end_date": ends}]
        if signed:
            rows.append(
                {**contract, "contract_id": 2, "start_date": ago(-10), "end_date": ago(-375), "signed_at": ago(3)}
            )
        assert points(score("b2b-saas", contracts=rows), "relationship")["renewal"] == wanted


def test_a_broken_feed_says_nothing_about_the_customer() -> None:
    old = [
        {"account_id": "a", "user_id": 1, "feature": "x", "occurred_at": ago(day), "ingested_at": ago(day)}
        for day in (8, 20)
    ]
    found = row(score("b2b-saas", usage=old))
    assert (found["days_since_use"], found["engagement"], found["health"]) == (None, None, None)
    fresh = {**old[0], "account_id": "b", "occurred_at": ago(1), "ingested_at": ago(1)}
    assert row(score("b2b-saas", usage=[*old, fresh]))["days_since_use"] == 8


def test_silence_is_bad_and_never_is_unknown() -> None:
    rows = [
        {"account_id": name, "user_id": 1, "feature": "x", "occurred_at": at, "ingested_at": at}
        for name, at in (("a", ago(100)), ("b", ago(1)))
    ]
    panel = score("b2b-saas", usage=rows, surveys=[{"account_id": "c", "answered_at": ago(9), "score": 8}])
    silent = points(panel, "engagement")
    judged = ("last_use", "stickiness", "rhythm", "direction", "intensity")
    assert {part: silent[part] for part in judged} == dict.fromkeys(judged[:4], 0) | {"intensity": 0}
    assert silent["momentum"] is None
    assert set(points(panel, "engagement", "c").values()) == {None}
    assert row(panel, "c")["health"] is None


def test_the_grades_of_every_score_begin_at_50_and_75() -> None:
    for spec in ch.Model.preset("b2b-saas").to_dict()["scores"].values():
        assert spec["grades"] == [
            {"name": "red", "from": 0},
            {"name": "yellow", "from": 50},
            {"name": "green", "from": 75},
        ]


def test_intensity_is_the_place_among_customers_of_the_same_size() -> None:
    small = [{"actions_per_user": float(n), "seats": 10} for n in (1, 2, 3, 4, 5)]
    large = [{"actions_per_user": float(n), "seats": 900} for n in (1, 2, 3, 4)]
    judged = Judged("b2b-saas", small + large)
    assert judged.column("size_class") == ["small"] * 5 + ["large"] * 4
    assert judged.points("engagement", "intensity") == pytest.approx([10, 30, 50, 70, 90] + [None] * 4)
    assert judged.reasons("engagement", "intensity")[5:] == ["few_peers"] * 4


def test_direction_is_told_apart_from_the_season_that_all_share() -> None:
    slopes = [-0.06, -0.05, -0.05, -0.05, -0.04]
    deviation = 50 / 3 / 0.5**0.5  # one of five is a hundredth below the mean: the std is 0.01 * sqrt(2 / 4)
    for season in (0, 0.05, -0.2):
        judged = Judged("b2b-saas", [{"direction": slope + season} for slope in slopes])
        assert judged.points("engagement", "direction") == pytest.approx([50 - deviation, 50, 50, 50, 50 + deviation])
    few = Judged("b2b-saas", [{"direction": slope} for slope in slopes[:4]])
    assert few.reasons("engagement", "direction") == ["few_peers"] * 4


def all_at(points: float) -> dict[str, Any]:
    """Metrics that are worth so many points in every measure that has a curve, and so in health."""
    given: dict[str, Any] = {"tenure_months": 24, "active_users": 5, "active_users_before": 5}
    scores = ch.Model.preset("b2b-saas").to_dict()["scores"]
    for spec in [*scores["engagement"]["measures"].values(), *scores["adoption"]["measures"].values()]:
        curve = spec.get("cases", [spec])[-1].get("curve")
        if curve:
            values, worth = zip(*sorted(curve, key=lambda point: point[1]), strict=True)
            given[spec["value"]] = float(np.interp(points, worth, values))
    return given


def test_a_grade_of_health_is_left_three_points_beyond_its_edge() -> None:
    """Edges 50 and 75: up at 53 and 78, down below 47 and 72."""
    walk = [(74, "yellow"), (77.9, "yellow"), (78.1, "green"), (74, "green"), (72.1, "green"), (71.9, "yellow")]
    walk += [(48, "yellow"), (47.1, "yellow"), (46.9, "red"), (52.9, "red"), (53.1, "yellow"), (80, "green")]
    found = week_by_week("b2b-saas", [all_at(health) for health, _ in walk])
    assert [each["health"] for each in found] == pytest.approx([health for health, _ in walk])
    assert [each["health_grade"] for each in found] == [grade for _, grade in walk]


def test_the_trend_of_health_looks_four_weeks_back_and_ignores_two_points() -> None:
    found = week_by_week("b2b-saas", [all_at(health) for health in (60, 79, 60, 60, 61.9, 76.9, 62.1)])
    assert [each["health_change"] for each in found] == pytest.approx([None] * 4 + [1.9, -2.1, 2.1])
    assert [each["health_trend"] for each in found][4:] == ["flat", "down", "up"]
    assert [each["health_grade_before"] for each in found][4:] == ["yellow", "green", "yellow"]


def test_a_red_sentiment_is_red_at_once_and_urgent_tickets_end_green() -> None:
    weeks = [GOOD, GOOD | {"open_urgent": 1}, GOOD | {"sentiment_colour": "red"}]
    found = week_by_week("b2b-saas", weeks)
    assert [each["health_grade"] for each in found] == ["green", "yellow", "red"]
    assert [each["health"] for each in found][1:] == [60, 45]
