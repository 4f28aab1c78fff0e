"""GitLab's published health model, number by number."""

from __future__ import annotations

from typing import Any

import pytest

import customerhealth as ch
from published import GROWN, Judged, ago, measured, points, row, score

RED, YELLOW, GREEN = 25, 62.5, 87.5


@pytest.mark.parametrize(
    ("months", "colours"),
    [
        (0, [None, None, None, None, None, None]),
        (1, [None, None, None, None, None, None]),
        (2, [RED, YELLOW, YELLOW, GREEN, GREEN, GREEN]),
        (5, [RED, YELLOW, YELLOW, GREEN, GREEN, GREEN]),
        (6, [RED, RED, RED, YELLOW, YELLOW, GREEN]),
        (8, [RED, RED, RED, YELLOW, YELLOW, GREEN]),
        (9, [RED, RED, RED, RED, RED, GREEN]),
        (30, [RED, RED, RED, RED, RED, GREEN]),
    ],
)
def test_licence_utilisation_is_judged_by_tenure(months: int, colours: list[float | None]) -> None:
    values = [0.0999, 0.1, 0.5, 0.505, 0.75, 0.7501]
    given = GROWN | {"months_as_customer": months}
    assert measured("gitlab", "product", "licence_utilisation", "licence_utilisation", values, **given) == colours


def test_the_colours_join_as_published() -> None:
    """(62.5 + 87.5 + 62.5)/3 = 70.83, yellow; 2 green, 1 yellow: 79.17, green; 2 green, 1 red: 66.67, yellow."""
    judged = Judged(
        "gitlab",
        [
            {**GROWN, "scanner_share": 0.1, "scans_per_pipeline": 0.6, "kinds_in_use": 2},
            {**GROWN, "scanner_share": 0.3, "scans_per_pipeline": 0.6, "kinds_in_use": 2},
            {**GROWN, "scanner_share": 0.3, "scans_per_pipeline": 0.6, "kinds_in_use": 1},
        ],
    )
    assert judged.column("devsecops_adoption") == pytest.approx([70.8333333333, 79.1666666667, 66.6666666667])
    assert judged.column("devsecops_adoption_grade") == ["yellow", "green", "yellow"]


def test_the_bands_of_the_colours_exclude_their_lower_edge() -> None:
    red = {**GROWN, "sentiment_colour": "green", "sentiment_last_set": "red"}
    judged = Judged("gitlab", [red, {**GROWN, "deploying_share": 0.5, "deployments_per_user": 3}])
    assert (judged.rows[0]["health"], judged.rows[0]["health_grade"]) == (50, "red")
    assert (judged.rows[1]["cd_adoption"], judged.rows[1]["cd_adoption_grade"]) == (75, "yellow")


@pytest.mark.parametrize("name", ["gitlab", "gitlab-2022"])
def test_every_score_takes_its_colour_by_the_same_bands(name: str) -> None:
    bands = [{"name": "red", "from": 0}, {"name": "yellow", "above": 50}, {"name": "green", "above": 75}]
    scores = ch.Model.preset(name).to_dict()["scores"]
    assert {score: spec["grades"] for score, spec in scores.items()} == dict.fromkeys(scores, bands)


def test_red_sentiment_makes_the_whole_red_and_any_other_frees_it() -> None:
    full = {
        **GROWN, "git_share": 1, "builds_per_user": 100, "scanner_share": 1, "scans_per_pipeline": 1, "kinds_in_use": 7,
        "deploying_share": 1, "deployments_per_user": 10, "deployment_success": 1, "licence_utilisation": 1,
        "user_engagement": 1, "tickets_month": 3, "success_plan": "active", "leads_met": 1,
        "full_days_since_meeting": 3,
    }  # fmt: skip
    judged = Judged(
        "gitlab",
        [{**full, "sentiment_colour": colour, "sentiment_last_set": colour} for colour in ("red", "yellow", "green")]
        + [{**full, "sentiment_last_set": "red"}],
    )
    assert judged.column("health") == [50, pytest.approx(81.25), pytest.approx(87.5), 50]
    assert judged.column("health_grade") == ["red", "green", "green", "red"]
    assert judged.contributions("health", "cap:red sentiment") == pytest.approx([-21.875, 0, 0, -37.5])


def test_groups_and_measures_carry_the_published_weights() -> None:
    full = {**GROWN, "git_share": 1, "builds_per_user": 100, "kinds_in_use": 7, "deployments_per_user": 10}
    full |= {"licence_utilisation": 1, "user_engagement": 1, "tickets_month": 3, "success_plan": "active"}
    full |= {"full_days_since_meeting": 3, "leads_met": 1, "sentiment_colour": "green"}
    judged = Judged("gitlab", [full])
    weights = {
        of: {
            row["part"]: row["weight"]
            for row in judged.panel.contributions(of).to_pylist()
            if row["weight"] is not None
        }
        for of in ("health", "product", "voice", "engagement")
    }
    assert weights["health"] == pytest.approx(
        {"product": 0.5, "risk": 0.25, "outcomes": 0.1, "voice": 0.05, "engagement": 0.1}
    )
    assert weights["product"] == pytest.approx(
        {
            "licence_utilisation": 0.3,
            "user_engagement": 0.1,
            "scm_adoption": 0.15,
            "ci_adoption": 0.15,
            "devsecops_adoption": 0.15,
            "cd_adoption": 0.15,
        }
    )
    assert weights["engagement"] == pytest.approx({"meeting_recency": 0.5, "personas": 0.5})


@pytest.mark.parametrize(
    ("priority", "cases"),
    [
        (1, [(0, GREEN), (35, GREEN), (36, YELLOW), (60, YELLOW), (61, RED)]),
        (2, [(0, GREEN), (65, GREEN), (66, YELLOW), (90, YELLOW), (91, RED)]),
        (3, [(1, None)]),
    ],
)
def test_meeting_recency_is_judged_by_priority(priority: int, cases: list[tuple[float, float | None]]) -> None:
    days = [day for day, _ in cases]
    got = measured(
        "gitlab", "engagement", "meeting_recency", "full_days_since_meeting", days, **GROWN | {"priority": priority}
    )
    assert got == [wanted for _, wanted in cases]


def test_emergencies_are_shown_and_not_counted() -> None:
    judged = Judged(
        "gitlab",
        [
            {**GROWN, "tickets_month": 3, "emergencies_open": opened, "emergencies_closed": closed}
            for opened, closed in ((1, 0), (2, 5), (0, 1), (0, 0))
        ],
    )
    assert judged.points("voice", "emergencies") == [RED, RED, YELLOW, GREEN]
    assert judged.column("voice") == [GREEN] * 4


@pytest.mark.parametrize(
    ("touch", "tier", "groups"),
    [
        ("csm_led", "ultimate", {"devsecops_adoption", "product", "risk", "outcomes", "voice", "engagement"}),
        ("scale", "premium", {"product", "risk", "voice"}),
        ("tech_touch", "Ultimate", {"devsecops_adoption", "product", "voice"}),
        (None, None, {"product", "voice"}),
    ],
)
def test_tier_and_touch_decide_what_applies(touch: str | None, tier: str | None, groups: set[str]) -> None:
    given = {
        **GROWN,
        "touch": touch,
        "tier": tier,
        "sentiment_colour": "green",
        "success_plan": "active",
        "leads_met": 1,
    }
    given |= {"kinds_in_use": 3, "tickets_month": 1, "user_engagement": 0.9}
    named = ("devsecops_adoption", "product", "risk", "outcomes", "voice", "engagement")
    judged = Judged("gitlab", [given])
    assert {of for of in named if judged.rows[0][of] is not None} == groups
    assert judged.rows[0]["health"] == pytest.approx(87.5)


def test_in_the_first_30_days_only_sentiment_speaks() -> None:
    given = {**GROWN, "months_as_customer": 0, "sentiment_colour": "yellow", "git_share": 0, "tickets_month": 20}
    given |= {"success_plan": "none", "leads_met": 0, "user_engagement": 0}
    judged = Judged("gitlab", [{**given, "days_as_customer": days} for days in (0.5, 29.99, 30)])
    assert judged.column("health") == [62.5, 62.5, pytest.approx((50 * 25 + 25 * 62.5 + 25 * 25) / 100)]
    assert judged.points("health", "product") == [None, None, 25]
    assert judged.reasons("health", "product") == ["not_applicable", "not_applicable", None]


def test_a_missing_measure_gives_its_weight_to_its_group_and_an_empty_group_to_the_others() -> None:
    judged = Judged(
        "gitlab",
        [
            {**GROWN, "licence_utilisation": 0.8, "user_engagement": 0.1, "sentiment_colour": "yellow"},
            {**GROWN, "licence_utilisation": None, "user_engagement": 0.1, "sentiment_colour": "yellow"},
            {**GROWN, "licence_utilisation": None, "user_engagement": None, "sentiment_colour": "yellow"},
        ],
    )
    assert judged.column("product") == [pytest.approx((30 * 87.5 + 10 * 25) / 40), 25, None]
    # Without a plan row the outcome is red by its own rule; all else is left out.
    assert judged.column("health") == pytest.approx(
        [(50 * 71.875 + 25 * 62.5 + 10 * 25) / 85, (50 * 25 + 25 * 62.5 + 10 * 25) / 85, (25 * 62.5 + 10 * 25) / 35]
    )


@pytest.mark.parametrize(
    ("shares", "count"),
    [
        ((None, None, None, None), None),
        ((0.1, None, None, None), 0),
        ((0.5, None, None, None), 1),
        ((0.5, 41, None, None), 2),
        ((0.5, 41, 3, None), 3),
        ((0.5, 41, 3, 8), 4),
        ((0.5, 41, 2, 7), 2),
    ],
)
def test_green_use_cases_are_counted_and_unknown_ones_are_not_0(shares: tuple[Any, ...], count: int | None) -> None:
    names = ("git_share", "builds_per_user", "kinds_in_use", "deployments_per_user")
    judged = Judged("gitlab", [{**GROWN, **dict(zip(names, shares, strict=True))}])
    assert judged.column("use_cases_green") == [count]


ACCOUNT = {"account_id": "a", "known_at": ago(500), "priority": 1, "touch": "csm_led", "will_churn": False}
CONTRACT = {"account_id": "a", "start_date": ago(400), "end_date": None, "signed_at": ago(410), "subscription_id": 1}
CONTRACT |= {"licensed_users": 100, "tier": "ultimate"}
REPORT = {
    "account_id": "a", "instance_id": 1, "reported_at": ago(10), "received_at": ago(10), "counted": True,
    "billable_users": 80, "active_users": 60, "git_users": 40, "builds": 800, "scanner_users": 8, "scans": 30,
    "internal_pipelines": 100, "scanner_kinds": 2, "deploying_users": 8, "deployments": 400,
    "successful_deployments": 300, "failed_deployments": 100,
}  # fmt: skip


def test_the_figures_come_from_the_one_counted_installation() -> None:
    staging = {**REPORT, "instance_id": 2, "counted": False, "billable_users": 5, "reported_at": ago(1)}
    older = {**REPORT, "reported_at": ago(30), "received_at": ago(30), "billable_users": 70}
    found = row(score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], usage=[REPORT, staging, older]))
    assert found["licence_utilisation"] == 0.8
    assert (found["user_engagement"], found["git_share"], found["builds_per_user"]) == (0.75, 0.5, 10)
    assert (found["scanner_share"], found["scans_per_pipeline"], found["kinds_in_use"]) == (0.1, 0.3, 2)
    assert (found["deploying_share"], found["deployments_per_user"], found["deployment_success"]) == (0.1, 5, 0.75)


@pytest.mark.parametrize("counted", [(False, False), (True, True)])
def test_none_or_two_counted_installations_leave_product_missing(counted: tuple[bool, bool]) -> None:
    usage = [{**REPORT, "instance_id": i, "counted": flag} for i, flag in enumerate(counted)]
    found = row(score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], usage=usage))
    assert found["product"] is None
    assert found["use_cases_green"] is None


@pytest.mark.parametrize(("days", "product"), [(60, True), (60.001, False)])
def test_product_is_missing_after_60_days_without_a_report(days: float, product: bool) -> None:
    report = {**REPORT, "reported_at": ago(days), "received_at": ago(days)}
    found = row(score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], usage=[report]))
    assert (found["product"] is not None) is product


@pytest.mark.parametrize(
    ("days", "colour", "stale"), [(90, 62.5, 0), (90.001, 62.5, 1), (120, 62.5, 1), (120.001, None, 1)]
)
def test_sentiment_is_stale_after_90_days_and_missing_after_120(days: float, colour: float | None, stale: int) -> None:
    sentiment = [{"account_id": "a", "set_at": ago(days), "colour": "yellow"}]
    found = row(score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], sentiment=sentiment))
    assert found["risk"] == colour
    assert found["sentiment_is_stale"] == stale


def test_red_holds_until_it_leaves_red_however_old() -> None:
    plan = [{"account_id": "a", "plan_id": 1, "changed_at": ago(9), "status": "active", "objectives": 2}]
    for colours, wanted in ((["red"], 50), (["red", "yellow"], 87.5)):
        sentiment = [{"account_id": "a", "set_at": ago(300 - i), "colour": c} for i, c in enumerate(colours)]
        panel = score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], sentiment=sentiment, success_plans=plan)
        assert row(panel)["health"] == wanted
        assert points(panel, "health")["risk"] is None


@pytest.mark.parametrize(
    ("plans", "colour"),
    [
        ([("active", 1)], "active"),
        ([("active", 0)], "unfinished"),
        ([("active", None)], "unfinished"),
        ([("draft", 3)], "unfinished"),
        ([("closed", 3)], "none"),
        ([("draft", 0), ("active", 2)], "active"),
    ],
)
def test_a_success_plan_is_read_from_its_status_and_objectives(
    plans: list[tuple[str, int | None]], colour: str
) -> None:
    rows = [
        {"account_id": "a", "plan_id": i, "changed_at": ago(9), "status": status, "objectives": objectives}
        for i, (status, objectives) in enumerate(plans)
    ]
    assert (
        row(score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], success_plans=rows))["success_plan"] == colour
    )


def test_no_plan_at_all_is_red() -> None:
    assert row(score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT]))["outcomes"] == 25


@pytest.mark.parametrize(("days", "voice"), [([5], 87.5), ([1] * 6, 62.5), ([2] * 16, 25), ([30], 87.5), ([31], None)])
def test_support_is_missing_without_a_ticket_for_30_days(days: list[float], voice: float | None) -> None:
    tickets = [{"account_id": "a", "opened_at": ago(d), "closed_at": None, "emergency": False} for d in days]
    assert row(score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], tickets=tickets))["voice"] == voice


def test_an_emergency_is_red_while_open_and_yellow_for_7_days_after() -> None:
    for closed, wanted in ((None, 25), (ago(7), 62.5), (ago(7.001), 87.5)):
        tickets = [{"account_id": "a", "opened_at": ago(9), "closed_at": closed, "emergency": True}]
        panel = score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], tickets=tickets)
        assert points(panel, "voice")["emergencies"] == wanted


def test_meetings_count_full_days_and_the_leads_who_came() -> None:
    meetings = [
        {"account_id": "a", "met_at": ago(35.9), "role": "development_lead"},
        {"account_id": "a", "met_at": ago(80), "role": "security_lead"},
    ]
    panel = score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], meetings=meetings)
    assert points(panel, "engagement") == {"meeting_recency": 87.5, "personas": 87.5}
    meetings[1]["met_at"] = ago(100)  # three calendar months before July begin in April
    panel = score("gitlab", accounts=[ACCOUNT], subscriptions=[CONTRACT], meetings=meetings)
    assert points(panel, "engagement") == {"meeting_recency": 87.5, "personas": 62.5}


def test_an_account_that_will_churn_is_not_reported() -> None:
    accounts = [
        {**ACCOUNT, "account_id": name, "will_churn": flag} for name, flag in (("a", None), ("b", True), ("c", False))
    ]
    panel = score("gitlab", accounts=accounts, subscriptions=[{**CONTRACT, "account_id": name} for name in "abc"])
    assert panel.table["account_id"].to_pylist() == ["a", "c"]
