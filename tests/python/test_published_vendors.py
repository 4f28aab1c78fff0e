"""The formulas that vendors of health scores have published, number by number."""

from __future__ import annotations

from typing import Any

import pytest

from published import Judged, ago, points, row, score


def _given(measure: str, key: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"account_id": "a", key: name, measure: value, "set_at": ago(3)} for name, value in values.items()]


def test_gainsights_example_rolls_up_to_40_12() -> None:
    example = {"habits": 47, "value": 59, "support": 21}
    found = row(score("gainsight-rollup", measures=_given("score", "measure", example)))
    assert found["adoption"] == pytest.approx(2287 / 57)
    assert round(found["adoption"], 2) == 40.12
    assert found["health"] == pytest.approx(2287 / 57), "an empty group gives its contribution to the others"
    both = example | {"sponsor": 80, "sentiment": 100}
    found = row(score("gainsight-rollup", measures=_given("score", "measure", both)))
    assert found["health"] == pytest.approx(0.6 * 2287 / 57 + 0.4 * 90)


def test_gainsight_leaves_a_missing_measure_out_and_excludes_the_lower_edge_of_a_range() -> None:
    for values, wanted, grade in (
        ({"habits": 47, "value": 59}, (20 * 47 + 15 * 59) / 35, "yellow"),
        ({"habits": 0}, 0, "red"),
        ({"habits": 50}, 50, "red"),
        ({"habits": 50.01}, 50.01, "yellow"),
        ({"habits": 75}, 75, "yellow"),
        ({"habits": 75.01}, 75.01, "green"),
    ):
        found = row(
            score("gainsight-rollup", measures=_given("score", "measure", {k: float(v) for k, v in values.items()}))
        )
        assert (found["adoption"], found["adoption_grade"]) == (pytest.approx(wanted), grade)


@pytest.mark.parametrize(
    ("states", "account_health", "multidimensional"),
    [
        (("good", "good", "good", "good"), ("good", 100), 100),
        (("good", "average", "good", "good"), ("average", 60), 70 * 0.84 + 30),
        (("average", "average", "average", "average"), ("average", 60), 60),
        (("good", "good", "good", "poor"), ("poor", 0), 85),
        (("poor", "average", "average", "average"), ("poor", 0), 0.7 * 24 + 0.3 * 60),
        (("good", None, None, None), ("good", 100), 100),
    ],
)
def test_totango_joins_conditions_both_ways(
    states: tuple[str | None, ...], account_health: tuple[str, float], multidimensional: float
) -> None:
    names = ("licence_use", "last_login", "open_tickets", "payments")
    found = row(
        score("totango-conditions", conditions=_given("state", "condition", dict(zip(names, states, strict=True))))
    )
    assert (found["account_health_grade"], found["account_health"]) == account_health
    assert found["health"] == round(multidimensional)


@pytest.mark.parametrize(
    ("metric", "edges"), [("seat_use", (0, 0.4, 0.7, 1)), ("active_days", (0, 5, 15, 28)), ("recommend", (0, 6, 8, 10))]
)
def test_catalyst_interpolates_within_each_band(metric: str, edges: tuple[float, ...]) -> None:
    a, b, c, d = edges
    low = 1e-9
    values = [a - 1, a, (a + b) / 2, b - low, b, (b + c) / 2, c - low, c, (c + d) / 2, d, d + 9]
    got = Judged("catalyst", [{metric: float(value)} for value in values]).column(f"input_{metric}")
    assert got == pytest.approx([1, 1, 2, 3, 4, 5.5, 7, 8, 9, 10, 10], abs=1e-6)


@pytest.mark.parametrize("topic", ["pulse", "sponsor", "onboarding"])
def test_catalysts_three_way_inputs_are_1_5_and_10(topic: str) -> None:
    judged = Judged("catalyst", [{f"colour.{topic}": colour} for colour in ("red", "yellow", "green", None)])
    assert judged.column(f"input_{topic}") == [1, 5, 10, None]


def test_catalyst_joins_by_mean_lowest_and_highest_and_rounds_to_one_digit() -> None:
    full = {"seat_use": 0.2, "active_days": 10, "colour.pulse": "yellow", "colour.sponsor": "green"}
    full |= {"recommend": 7, "colour.onboarding": "red"}
    judged = Judged("catalyst", [full, {**full, "active_days": None}, {"recommend": 9, "colour.pulse": "red"}])
    assert judged.column("product") == pytest.approx([(2 + 5.5) / 2, 2, None])
    assert judged.column("relationship") == [5, 5, 1]
    assert judged.column("outcome") == pytest.approx([5.5, 5.5, 9])
    first, second, third = 0.5 * 3.75 + 0.3 * 5 + 0.2 * 5.5, 0.5 * 2 + 0.3 * 5 + 0.2 * 5.5, (0.3 * 1 + 0.2 * 9) / 0.5
    assert (first, second, third) == pytest.approx((4.475, 3.6, 4.2))
    assert judged.column("health") == [4.5, 3.6, 4.2]


def test_catalyst_names_the_input_that_is_most_useful_to_fix() -> None:
    full = {"seat_use": 0.2, "active_days": 10, "colour.pulse": "yellow", "colour.sponsor": "green"}
    full |= {"recommend": 7, "colour.onboarding": "red"}
    judged = Judged("catalyst", [full, {"colour.sponsor": "green"}, {}])
    wanted = {"seat_use": 8 * 0.5 / 2, "active_days": 4.5 * 0.5 / 2, "pulse": 5 * 0.3 / 2}
    wanted |= {"sponsor": 0, "recommend": 4.5 * 0.2 / 2, "onboarding": 9 * 0.2 / 2}
    assert {name: judged.rows[0][f"impact_{name}"] for name in wanted} == pytest.approx(wanted)
    assert judged.column("most_useful_to_fix") == ["seat_use", None, None]


@pytest.mark.parametrize(
    ("days", "usage_class"),
    [
        (0, "inactive"),
        (1, "inactive"),
        (2, "occasional"),
        (4, "occasional"),
        (5, "weekly"),
        (8, "weekly"),
        (9, "daily"),
    ],
)
def test_churnzero_classes_usage_by_active_days_of_14(days: int, usage_class: str) -> None:
    usage = [{"account_id": "a", "user_id": 1, "occurred_at": ago(day + 0.5)} for day in range(days)]
    usage.append({"account_id": "a", "user_id": 1, "occurred_at": ago(14.5)})
    found = row(score("churnzero", usage=usage))
    assert (found["active_days"], found["usage_class"]) == (days, usage_class)


def test_churnzeros_factors_add_up_to_100_and_a_missing_one_gives_nothing() -> None:
    best = {"active_days": 12, "seat_use": 0.9, "open_tickets": 0}
    judged = Judged("churnzero", [best, {**best, "seat_use": 0.5}, {**best, "seat_use": None}])
    assert judged.column("health") == [100, 85, 70]


@pytest.mark.parametrize(
    ("given", "health"),
    [
        ({}, 5),
        ({"recommend": 9}, 7),
        ({"recommend": 9, "change": 0.5, "days_since_use": 1, "days_since_meeting": 2}, 10),
        ({"urgent_open": 2, "change": -0.5, "days_since_use": 40}, 0),
        ({"urgent_open": 1, "recommend": 2}, 1),
    ],
)
def test_planhat_starts_at_5_and_clamps_to_10(given: dict[str, float], health: float) -> None:
    assert Judged("planhat", [{"recommend": None, **given}]).column("health") == [health]


def test_natero_runs_in_a_line_clamps_rounds_and_inverts() -> None:
    users = Judged("natero", [{"active_users": users} for users in (0, 2, 3, 8, 14, 99)])
    assert users.column("users") == [0, 0, 8, 50, 100, 100]  # 3 users: 8.33
    calm = Judged("natero", [{"tickets_month": tickets} for tickets in (0, 1, 4, 7, 8, 20)])
    assert calm.column("calm") == [100, 88, 50, 13, 0, 0]  # 87.5 and 12.5: halves away from zero
    whole = Judged("natero", [{"active_users": 8, "active_days": 7, "tickets_month": 1}])
    assert whole.column("health") == [round((50 * 50 + 30 * 35 + 20 * 88) / 100)]


def test_points_have_limits_by_rule_by_group_and_in_all() -> None:
    judged = Judged(
        "hubspot-points",
        [
            {"faded.login": 4, "faded.feature_used": 2, "faded.support_complaint": 0},
            {"faded.login": 99, "faded.feature_used": 2, "faded.support_complaint": 0},
            {"faded.login": 99, "faded.feature_used": 99, "faded.support_complaint": 0},
            {"faded.login": 1, "faded.feature_used": 0, "faded.support_complaint": 99},
            {"faded.login": 99, "faded.feature_used": 99, "faded.webinar": 9, "faded.email_click": 9},
            {"faded.webinar": 1, "faded.unsubscribe": 3},
        ],
    )
    assert judged.column("product") == [18, 30, 60, 0, 60, None]
    assert judged.column("marketing")[4:] == [40, 0]
    assert judged.column("health") == pytest.approx([18, 30, 60, 0, 100, 0])


def test_points_fade_by_halves() -> None:
    activity = [{"account_id": "a", "occurred_at": ago(day), "kind": "webinar"} for day in (30, 60)]
    assert row(score("hubspot-points", activity=activity))["marketing"] == pytest.approx(15 * 0.75)


def test_pendo_is_the_mean_of_adoption_stickiness_and_growth() -> None:
    activity = [
        {
            "account_id": "p",
            "user_id": user,
            "occurred_at": ago(day + 0.5),
            "core": core,
            "user_feature": f"{user}/{feature}",
        }
        for user, feature, core, days in ((1, "a", True, 12), (1, "b", True, 1), (2, "a", True, 12), (2, "z", False, 3))
        for day in range(days)
    ]
    activity.append({**activity[0], "occurred_at": ago(40)})
    moves = [
        {"account_id": "p", "moved_at": ago(9), "movement": kind}
        for kind in ("new", "recovered", "recovered", "dropped", "dropped")
    ]
    panel = score("pendo", accounts=[{"account_id": "p", "core_features": 4}], activity=activity, movements=moves)
    parts = points(panel, "health", "p")
    assert parts == pytest.approx({"adoption": 100 * 3 / 8, "stickiness": 100 * 24 / 30 / 2, "growth": 75})
    assert row(panel, "p")["health"] == pytest.approx((37.5 + 40 + 75) / 3)


@pytest.mark.parametrize(("new", "dropped", "growth"), [(0, 0, 50), (3, 0, 100), (0, 3, 0), (3, 3, 50)])
def test_pendo_growth_is_defined_when_nobody_dropped(new: int, dropped: int, growth: float) -> None:
    given = {"moved.new": new, "moved.recovered": 0, "moved.dropped": dropped}
    assert Judged("pendo", [given]).points("health", "growth") == [growth]


def test_totango_ranks_actions_a_day_among_accounts_of_the_same_status() -> None:
    accounts, activity = [], []
    for status, actions in (("paying", [14, 28, 42, 56, 13]), ("trial", [14, 140])):
        for i, count in enumerate(actions):
            name = f"{status}{i}"
            accounts.append({"account_id": name, "known_at": ago(99), "created_at": ago(99), "status": status})
            activity += [{"account_id": name, "occurred_at": ago(14)}] * count
    activity.append({"account_id": "paying0", "occurred_at": ago(14.001)})  # before the 14 days
    accounts.append({"account_id": "new", "known_at": ago(3.5), "created_at": ago(3.5), "status": "paying"})
    activity += [{"account_id": "new", "occurred_at": ago(1)}] * 15  # 5 a day in 3 full days
    panel = score("totango-engagement", accounts=accounts, activity=activity)
    got = {r["account_id"]: r["engagement"] for r in panel.table.to_pylist()}
    assert got == {
        "paying4": 0,  # 13 actions in 14 days are less than one a day
        "paying0": 16,
        "paying1": 33,
        "paying2": 50,
        "paying3": 66,
        "new": 83,
        "trial0": 0,
        "trial1": 50,
    }


def test_totangos_best_account_of_many_is_99_and_less_than_one_action_a_day_is_0() -> None:
    accounts = [{"account_id": i, "known_at": ago(99), "created_at": ago(99), "status": "paying"} for i in range(200)]
    activity = [{"account_id": i, "occurred_at": ago(2)} for i in range(200) for _ in range(i)]
    panel = score("totango-engagement", accounts=accounts, activity=activity)
    engagement = panel.table["engagement"].to_pylist()
    assert engagement == [0 if i < 14 else i // 2 for i in range(200)]
