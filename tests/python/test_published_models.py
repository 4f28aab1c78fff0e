"""The models of Mattermost, PostHog and Sourcegraph, and Vitally's way of scoring, number by number."""

from __future__ import annotations

from typing import Any

import pytest

import customerhealth as ch
from published import Judged, ago, points, row, score

POOR, CONCERNING, HEALTHY = 0, 5, 10


# --- Mattermost


def test_mattermost_caps_by_risk_and_loses_no_score_without_one() -> None:
    best = {"tenure_years": 3, "days_to_end": 200, "tickets_quarter": 1, "days_since_task": 3}
    levels = ("at_risk", "early_warning", "none", None)
    judged = Judged("mattermost", [{**best, "risk_level": level} for level in levels])
    assert judged.column("health") == [20, 50, 97.5, 97.5]
    low = {
        "tenure_years": 0.1,
        "days_to_end": 3,
        "tickets_quarter": 9,
        "days_since_task": 100,
        "risk_level": "early_warning",
    }
    assert Judged("mattermost", [low]).column("health") == [6.25 + 2.5 + 6.25 + 6.25]


def test_mattermost_reads_never_and_open_as_published() -> None:
    licence = {"account_id": "a", "start_date": ago(365), "end_date": None, "signed_at": ago(365), "licence_id": 1}
    panel = score("mattermost", licences=[licence])
    assert points(panel, "health") == {"tenure": 12.5, "licence_end": 25, "tickets": 12.5, "last_task": 6.25}
    assert row(panel)["health"] == 56.25


def test_mattermost_counts_tickets_of_90_days_and_the_licence_that_ends_last() -> None:
    licences = [
        {"account_id": "a", "start_date": ago(800), "end_date": ago(-15), "signed_at": ago(800), "licence_id": 1},
        {"account_id": "a", "start_date": ago(30), "end_date": ago(-90), "signed_at": ago(30), "licence_id": 2},
    ]
    tickets = [{"account_id": "a", "opened_at": ago(day), "closed_at": None} for day in (1, 90, 90.001)]
    panel = score("mattermost", licences=licences, tickets=tickets, tasks=[{"account_id": "a", "done_at": ago(30)}])
    assert points(panel, "health") == {"tenure": 22.5, "licence_end": 22.5, "tickets": 25, "last_task": 18.75}


# --- PostHog


def test_the_weights_of_posthogs_scores_add_up_to_100() -> None:
    weights = {"user_engagement": 15, "product_experience": 5, "company_engagement": 5, "product_analytics": 33}
    weights |= {"session_replay": 20, "flags_and_experiments": 17, "surveys_and_warehouse": 5}
    names = ("active_share", "tickets_month", "products", "volume_month.analytics", "volume_before.analytics")
    names += tuple(f"{m}.{p}" for p in ("replay", "flags", "surveys") for m in ("volume_month", "volume_before"))
    judged = Judged("posthog-vitally", [dict.fromkeys(names, 7)])
    got = {r["part"]: r["weight"] for r in judged.panel.contributions("health").to_pylist() if r["weight"] is not None}
    assert {part: round(100 * weight, 9) for part, weight in got.items()} == weights
    assert sum(weights.values()) == 100


@pytest.mark.parametrize(
    ("of", "measure", "product"),
    [
        *(("product_analytics", "volume", "analytics"), ("session_replay", "volume", "replay")),
        *(("flags_and_experiments", f"{product}_volume", product) for product in ("flags", "experiments")),
        *(("surveys_and_warehouse", f"{product}_volume", product) for product in ("surveys", "warehouse")),
    ],
)
def test_posthog_judges_the_fall_of_each_products_volume(of: str, measure: str, product: str) -> None:
    cases = [{f"volume_month.{product}": now, f"volume_before.{product}": 1000} for now in (1500, 950, 949, 800, 799)]
    assert Judged("posthog-vitally", cases).points(of, measure) == [10, 10, 5, 5, 0]


@pytest.mark.parametrize(
    ("of", "measure", "metric", "edges"),
    [
        ("product_analytics", "users", "feature_users.analytics", (20, 40)),
        ("session_replay", "users", "feature_users.replay", (20, 40)),
        ("flags_and_experiments", "flags_users", "feature_users_month.flags", (5, 20)),
        ("flags_and_experiments", "experiments_users", "feature_users_month.experiments", (5, 20)),
        ("surveys_and_warehouse", "surveys_users", "feature_users_month.surveys", (5, 20)),
    ],
)
def test_posthog_judges_the_share_of_members_who_use_a_feature(
    of: str, measure: str, metric: str, edges: tuple[int, int]
) -> None:
    low, high = edges
    cases = [{metric: users, "members": 100} for users in (low - 1, low, high - 1, high)]
    assert Judged("posthog-vitally", cases).points(of, measure) == [0, 5, 5, 10]


@pytest.mark.parametrize(
    ("preset", "of", "metrics"),
    [
        ("posthog-vitally", "product_experience", ("tickets_month", "urgent_open", "docs_visits_week")),
        ("sourcegraph", "technical_health", ("versions_behind", "defect_tickets", "question_tickets")),
    ],
)
def test_vitallys_bands_are_equal_thirds_with_their_lower_edge(preset: str, of: str, metrics: tuple[str, ...]) -> None:
    given = [(1000, 1000, 1000), (0, 1000, 1000), (0, 0, 1000), (0, 0, 0)]
    judged = Judged(preset, [dict(zip(metrics, values, strict=True)) for values in given])
    assert judged.column(of) == pytest.approx([0, 10 / 3, 20 / 3, 10])
    assert judged.column(f"{of}_grade") == ["poor", "concerning", "healthy", "healthy"]


@pytest.mark.parametrize("preset", ["posthog-vitally", "sourcegraph", "vitally"])
def test_every_score_of_vitallys_users_has_equal_thirds(preset: str) -> None:
    for spec in ch.Model.preset(preset).to_dict()["scores"].values():
        assert spec["scale"] == [0, 10]
        assert [grade["name"] for grade in spec["grades"]] == ["poor", "concerning", "healthy"]
        assert [grade["from"] for grade in spec["grades"]] == [0, 10 / 3, 20 / 3]


def test_vitally_is_the_weighted_mean_of_means() -> None:
    given = {"days_since_use": 1, "active_users": 5, "days_since_meeting": 60, "open_tickets": 9}
    judged = Judged("vitally", [given, {**given, "active_users": None}, {"days_since_use": 10, "open_tickets": 0}])
    assert judged.column("product") == [7.5, 10, 5]
    assert judged.column("relationship") == [2.5, 2.5, 10]
    assert judged.column("health") == pytest.approx([6, 7.75, 6.5])
    assert judged.column("health_grade") == ["concerning", "healthy", "concerning"]


def test_posthog_counts_within_its_windows() -> None:
    activity = [
        {"account_id": "a", "user_id": user, "occurred_at": ago(day), "product": product}
        for user, day, product in ((1, 2, "analytics"), (2, 14, "analytics"), (3, 20, "replay"), (4, 29, None))
    ]
    queries = [
        {"account_id": "a", "run_at": ago(day), "failed": failed} for day, failed in ((1, True), (6, False), (8, True))
    ]
    accounts = [{"account_id": "a", "known_at": ago(99), "members": 10}]
    found = row(score("posthog-vitally", accounts=accounts, activity=activity, queries=queries))
    assert (found["days_since_seen"], found["active_users"], found["active_users_before"]) == (2, 2, 1)
    assert (found["active_share"], found["active_fall"]) == (0.2, -1)
    assert (found["engaging_users"], found["products"], found["query_failure"]) == (3, 2, 0.5)


def _weeks(product: str, users_by_week: dict[int, int]) -> list[dict[str, Any]]:
    """One action of each user in a week; week 0 ends at the as-of."""
    return [
        {"account_id": "a", "user_id": user, "occurred_at": ago(7 * week + 3), "product": product}
        for week, users in users_by_week.items()
        for user in range(users)
    ]


@pytest.mark.parametrize(
    ("weeks", "wanted"),
    [
        ({0: 4, 1: 4, 2: 4, 5: 10, 6: 10}, 10 * 4 / 10 / 0.85),
        ({0: 17, 5: 20}, 10),
        ({0: 30, 5: 20}, 10),
        ({0: 2, 1: 4, 4: 4, 6: 8, 11: 30}, 10 * 3 / 8 / 0.85),
        ({5: 3}, 0),
        ({0: 3}, None),
        ({0: 3, 3: 9}, None),
        ({0: 3, 12: 9}, None),
    ],
)
def test_posthog_compares_each_product_with_its_own_baseline(weeks: dict[int, int], wanted: float | None) -> None:
    panel = score("posthog-2026", activity=_weeks("replay", weeks))
    assert points(panel, "engagement")["replay"] == (None if wanted is None else pytest.approx(wanted))


POSTHOG_WEIGHTS = {"analytics": 3, "ai": 1, "surveys": 1}
POSTHOG_WEIGHTS |= dict.fromkeys(("replay", "errors", "logs", "ai_observability", "experiments", "web"), 2)


def test_posthog_judges_every_product_alike_and_weighs_it_as_published() -> None:
    weeks = ({5: 20}, {0: 1, 5: 20}, {0: 8, 5: 20}, {0: 17, 5: 20}, {0: 40, 5: 20})
    for i, used in enumerate(weeks):
        panel = score(
            "posthog-2026", activity=[event for product in POSTHOG_WEIGHTS for event in _weeks(product, used)]
        )
        parts = panel.contributions("engagement").to_pylist()
        wanted = 10 * min((0, 1, 8, 17, 40)[i] / 20 / 0.85, 1)
        assert {r["part"]: r["points"] for r in parts} == dict.fromkeys(POSTHOG_WEIGHTS, pytest.approx(wanted))
        assert {r["part"]: r["weight"] for r in parts} == pytest.approx({p: w / 17 for p, w in POSTHOG_WEIGHTS.items()})


def test_posthog_weighs_the_products_that_have_a_baseline() -> None:
    activity = _weeks("analytics", {0: 4, 5: 8}) + _weeks("surveys", {5: 2}) + _weeks("web", {0: 9})
    found = row(score("posthog-2026", activity=activity))
    engagement = 3 * (10 * 4 / 8 / 0.85) / 4
    assert found["engagement"] == pytest.approx(engagement)
    assert found["stickiness"] == 3 + 2
    assert found["health"] == pytest.approx(0.615 * engagement + 0.385 * 10 * 5 / 12)


@pytest.mark.parametrize(
    ("kind", "part", "counts"),
    [
        ("flag", "flags", {0: 0, 1: 2 * (1 + 1 / 20), 20: 4, 99: 4}),
        ("warehouse_source", "warehouse", {0: 0, 1: 3 * 1.1, 10: 6, 11: 6}),
        ("destination", "destinations", {0: 0, 1: 3 * 1.2, 5: 6, 6: 6}),
        ("transformation", "transformations", {0: 0, 1: 2 * 1.2, 5: 4, 6: 4}),
        ("export", "exports", {0: 0, 1: 1 + 1 / 3, 3: 2, 4: 2}),
    ],
)
def test_posthogs_stickiness_pays_for_what_is_set_up(kind: str, part: str, counts: dict[int, float]) -> None:
    other = {"account_id": "a", "kind": "other", "created_at": ago(9), "deleted_at": None}
    for count, wanted in counts.items():
        panel = score("posthog-2026", objects=[other] + [{**other, "kind": kind}] * count)
        parts = {r["part"]: r["contribution"] for r in panel.contributions("stickiness").to_pylist()}
        assert parts[part] == pytest.approx(wanted), count


def test_posthogs_products_in_use_pay_their_weights_and_all_ends_at_12() -> None:
    activity = [event for product in POSTHOG_WEIGHTS for event in _weeks(product, {0: 1})]
    panel = score("posthog-2026", activity=activity)
    parts = {r["part"]: r["contribution"] for r in panel.contributions("stickiness").to_pylist()}
    assert {product: parts[f"used.{product}"] for product in POSTHOG_WEIGHTS} == POSTHOG_WEIGHTS
    assert (row(panel)["stickiness"], parts["clamp"]) == (12, 12 - 17)
    assert row(panel)["health"] == 10  # no baseline yet: stickiness alone


# --- Sourcegraph


def test_sourcegraphs_daily_over_monthly_users_is_0_4_at_12_days_a_month() -> None:
    activity = [
        {"account_id": "a", "user_id": user, "occurred_at": ago(2 * day + 1.5)}
        for user in range(3)
        for day in range(12)
    ]
    activity.append(
        {"account_id": "a", "user_id": 0, "occurred_at": ago(40)}
    )  # an account of less than 30 days has fewer
    contract = {
        "account_id": "a",
        "seats": 4,
        "start_date": ago(99),
        "end_date": None,
        "contract_id": 1,
        "signed_at": ago(99),
    }
    found = row(score("sourcegraph", activity=activity, contracts=[contract]))
    assert found["dau_mau"] == pytest.approx(0.4)
    assert found["seat_use"] == 0.75


def test_sourcegraph_weighs_pulse_30_technical_15_relationships_0_utilisation_55() -> None:
    given = {"judgement.account_pulse": 10, "judgement.relationships": 0, "versions_behind": 9, "seat_use": 0.6}
    judged = Judged("sourcegraph", [given])
    assert judged.column("health") == pytest.approx([0.3 * 10 + 0.15 * 0 + 0.55 * 5])
    assert judged.points("health", "relationships") == [0]
    assert judged.contributions("health", "relationships") == [0]
