"""Models of people: leads after GitLab's table, and what a person is to us. Worked out by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from published import AS_OF, LONG_AGO, ago, points, row, score

# GitLab's table of 2020: what an action is worth, and how often it counts.
EACH = {"event_follow_up": 100, "high_intent_content": 90, "owned_event": 75, "roundtable": 50, "workshop": 50}
EACH |= {"vendor_meeting": 50, "survey": 45, "booth_visit": 30, "content_download": 30, "webcast": 15}
EACH |= {"registration": 15, "syndicated_content": 15}
A_DAY = {"contact_sales": 100, "professional_services": 100, "public_sector": 100, "trial_self_hosted": 100}
A_DAY |= {"trial_in_product": 100, "trial_saas": 100, "demo_request": 90, "free_trial_page": 50}
A_WEEK = {"self_service_registration": 10, "subscribe_newsletter": 10, "subscribe_live_events": 10}
A_WEEK |= {"subscribe_security": 10, "subscribe_webcasts": 10, "requalified": 20}
AGAINST = {"generic_email": -5, "hosted_elsewhere": -5, "unsubscribe": -25}


def person(title: str = "engineer", target: bool = False, known: datetime = LONG_AGO) -> dict[str, Any]:
    return {"person_id": "a", "known_at": known, "title": title, "target_account": target}


def did(action: str, *days: float) -> list[dict[str, Any]]:
    return [{"person_id": "a", "occurred_at": ago(day), "action": action} for day in days]


def lead(*actions: list[dict[str, Any]], **who: Any) -> float:
    rows = [activity for rows in actions for activity in rows]
    tables = {"people": [person(**who)], **({"activities": rows} if rows else {})}
    return row(score("gitlab-leads", **tables))["lead"]


@pytest.mark.parametrize(("action", "worth"), [*EACH.items(), *A_DAY.items(), *A_WEEK.items()])
def test_an_action_is_worth_what_gitlabs_table_says_within_its_limit(action: str, worth: float) -> None:
    """Twice on Tuesday 23 June, once on Thursday of that week, once a week later: four times, three days, two weeks."""
    assert lead(did(action, 7.9)) == worth
    times = 4 if action in EACH else 3 if action in A_DAY else 2
    assert lead(did(action, 7.9, 7.8, 5.5, 1)) == times * worth


def test_weeks_are_those_of_the_calendar() -> None:
    sunday, monday = datetime(2026, 6, 28, 23), datetime(2026, 6, 29, 1)
    rows = [{"person_id": "a", "occurred_at": at, "action": "subscribe_newsletter"} for at in (sunday, monday)]
    assert lead(rows) == 20
    assert lead(rows[:1], rows[:1]) == 10


@pytest.mark.parametrize(("action", "worth"), AGAINST.items())
def test_some_actions_count_against_a_lead(action: str, worth: float) -> None:
    attended = did("owned_event", 30)
    assert lead(attended, did(action, 7.9, 7.8, 5.5)) == 75 + worth * {"generic_email": 1, "hosted_elsewhere": 3}.get(
        action, 2
    )


def test_three_visits_of_the_careers_page_in_a_week_count_against_a_lead_once() -> None:
    attended = did("owned_event", 60)
    assert lead(attended, did("careers_page", 1, 2)) == 75
    assert lead(attended, did("careers_page", 1, 2, 8)) == 75, "the third came in another week"
    assert lead(attended, did("careers_page", 1, 2, 3)) == 50
    assert lead(attended, did("careers_page", 1, 2, 3, 4, 5, 6)) == 50
    assert lead(attended, did("careers_page", 1, 2, 3, 8, 9, 10)) == 25


def test_who_a_lead_is_counts_once() -> None:
    assert lead(title="VP Engineering") == 50
    assert lead(title="Director of Platform", target=True) == 70
    assert lead(title="CTO", target=True) == 70
    assert lead(title="Engineer", target=True) == 20
    assert lead(did("webcast", 3), title="engineering manager") == 65


def test_points_never_fall_below_0_and_90_are_ready_for_sales() -> None:
    assert lead(did("unsubscribe", 1, 2, 3)) == 0
    assert lead(did("webcast", 3), did("unsubscribe", 1)) == 0
    for actions, grade in (
        (did("owned_event", 1), "nurture"),
        (did("demo_request", 1), "sales_ready"),
        (did("owned_event", 1) + did("webcast", 1), "sales_ready"),
        (did("owned_event", 1) + did("subscribe_security", 1), "nurture"),
    ):
        assert row(score("gitlab-leads", people=[person()], activities=actions))["lead_grade"] == grade


def test_what_a_lead_did_is_told_part_by_part() -> None:
    activities = did("contact_sales", 1, 1.1, 2) + did("survey", 3) + did("unsubscribe", 4)
    panel = score("gitlab-leads", people=[person("head of data")], activities=activities)
    told = {part: worth for part, worth in points(panel, "lead").items() if worth}
    assert told == {"asks_for_us": 200, "survey": 45, "senior_title": 50, "unsubscribes": -25}
    assert row(panel)["lead"] == 270
    assert sum(part["contribution"] for part in panel.contributions("lead").to_pylist()) == 270


def test_a_nightly_reset_is_a_floored_sum() -> None:
    """GitLab resets totals below 0 every night: what was lost before does not burden what comes."""
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"points": {"kind": "events", "account": "person", "time": "at", "key": "counts_once"}},
            "metrics": {
                "plain": {"from": "points", "agg": "sum", "of": "points"},
                "nightly": {
                    "from": "points", "agg": "sum", "of": "points", "every": "1d", "window": "365d", "then": "floored"
                },
            },
        }
    )  # fmt: skip
    rows = [
        # person, day before the as-of, points, what counts once
        ("a", 20.5, 15, None),
        ("a", 10.6, -25, "unsubscribe 20 June"),
        ("a", 10.4, -25, "unsubscribe 20 June"),
        ("a", 3.5, 30, None),
        ("b", 5.6, 10, None),
        ("b", 5.5, -5, None),
        ("b", 5.4, 100, "contact_sales 25 June"),
        ("b", 5.3, 100, "contact_sales 25 June"),
    ]
    import pyarrow as pa

    columns = zip(*[(who, ago(day), worth, once) for who, day, worth, once in rows], strict=True)
    table = pa.table(dict(zip(("person", "at", "points", "counts_once"), columns, strict=True)))
    found = ch.Portfolio(model, points=table).score(AS_OF).table.to_pylist()
    assert [(person["plain"], person["nightly"]) for person in found] == [(20, 30), (105, 105)]


def test_a_person_is_one_of_four_classes_and_satisfied_or_not_by_date() -> None:
    signed, used, answered = datetime(2026, 2, 1), datetime(2026, 4, 1), datetime(2026, 5, 1)
    tables: dict[str, list[dict[str, Any]]] = {
        "people": [{"person_id": name, "known_at": LONG_AGO} for name in ("both", "buys", "none", "uses")],
        "purchases": [{"person_id": name, "signed_at": signed} for name in ("both", "buys")],
        "usage": [{"person_id": name, "occurred_at": used} for name in ("both", "uses")],
        "surveys": [
            {"person_id": "both", "answered_at": answered, "score": 9},
            {"person_id": "both", "answered_at": datetime(2026, 6, 1), "score": 6},
            {"person_id": "uses", "answered_at": answered, "score": 7},
        ],
    }
    from published import table

    portfolio = ch.Portfolio(ch.Model.preset("person-class"), **{name: table(rows) for name, rows in tables.items()})
    panel = portfolio.score(["2026-01-01", "2026-03-01", "2026-05-15", "2026-06-15", "2026-07-01", "2027-02-02"])
    found: dict[str, list[Any]] = {}
    for line in panel.table.to_pylist():
        found.setdefault(line["account_id"], []).append((line["person_class"], line["satisfied"]))
    assert found == {
        "both": [
            ("prospect", None), ("buyer", None), ("customer", True), ("customer", False), ("buyer", False),
            ("prospect", False),
        ],
        "buys": [("prospect", None)] + [("buyer", None)] * 4 + [("prospect", None)],
        "none": [("prospect", None)] * 6,
        "uses": [
            ("prospect", None), ("prospect", None), ("user", True), ("user", True), ("prospect", True),
            ("prospect", True),
        ],
    }  # fmt: skip


def test_three_champions_fill_the_place_of_one() -> None:
    tables = {"people": {"kind": "states", "account": "id", "time": "at", "key": "person"}}
    there = {"from": "people", "agg": "completeness", "of": "role", "wanted": {"champion": 1, "sponsor": 1}}
    model = ch.Model.parse({"format": 1, "tables": tables, "metrics": {"there": there}})
    people = pa.table({"id": ["a"] * 3, "at": [LONG_AGO] * 3, "person": ["x", "y", "z"], "role": ["champion"] * 3})
    assert ch.Portfolio(model, people=people).score("2026-07-01").table["there"].to_pylist() == [0.5]
