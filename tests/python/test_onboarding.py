"""Onboarding: what was reached, when, what is late; and that who still waits is not called slow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

import customerhealth as ch
from published import ago, points, row, score, table

START = datetime(2026, 5, 2)  # 60 days before the as-of


def contract(product: str = "core", start: datetime = START, number: int = 1) -> dict[str, Any]:
    end = start + timedelta(days=365)
    dates = {"start_date": start, "end_date": end, "signed_at": start - timedelta(days=9)}
    return {"account_id": "a", "contract_id": number, "product": product, **dates}


def done(task: str, day: float, product: str | None = None, known: float | None = None) -> dict[str, Any]:
    """A task done so many days after the start."""
    at = START + timedelta(days=day)
    return {
        "account_id": "a",
        "task": task,
        "product": product,
        "done_at": at,
        "known_at": at if known is None else START + timedelta(days=known),
    }


def onboarding(*tasks: dict[str, Any], contracts: tuple[dict[str, Any], ...] = (contract(),)) -> ch.Panel:
    return score("onboarding", contracts=list(contracts), **({"tasks": list(tasks)} if tasks else {}))


def test_tasks_are_reached_when_they_were_first_done_and_days_count_from_the_contract() -> None:
    found = row(
        onboarding(
            done("kickoff", 3),
            done("kickoff", 20),
            done("first_login", -4.5),
            done("integration", 40),
            done("first_value", 21),
        )
    )
    assert found["reached_at.kickoff"].replace(tzinfo=None) == START + timedelta(days=3)
    days = [found[f"days_to_{task}"] for task in ("kickoff", "first_login", "integration", "training")]
    assert days == [3, -4.5, 40, None]
    assert (found["tasks_reached"], found["contract_days"], found["time_to_first_value"]) == (4, 60, 21)
    late = [name for name in found if name.endswith("_overdue") and found[name] is True]
    assert late == ["training_overdue", "core_live_overdue"], "integration was late, and is done, of no product though"
    assert found["tasks_overdue"] == 1


def test_who_has_not_reached_value_waits_and_is_not_slow() -> None:
    panel = onboarding(done("kickoff", 3))
    found = row(panel)
    assert found["time_to_first_value"] is None
    assert (found["value_reached"], found["days_observed"]) == (0, 60)
    reasons = {line["metric"]: line["reason"] for line in panel.reasons().to_pylist()}
    assert reasons["time_to_first_value"] == "silent"
    assert found["first_value_overdue"] is False, "60 days are not over"
    reached = row(onboarding(done("first_value", 21)))
    assert (reached["value_reached"], reached["days_observed"]) == (1, 21)


def test_a_task_counts_from_when_it_was_known() -> None:
    """Told ten days late: on day 25 it is overdue, afterwards it was done on day 5."""
    frames = {"contracts": table([contract()]), "tasks": table([done("kickoff", 5, known=30)])}
    portfolio = ch.Portfolio(ch.Model.preset("onboarding"), **frames)
    panel = portfolio.score([START + timedelta(days=day) for day in (0, 14, 15, 31)])
    assert panel.table["kickoff_overdue"].to_pylist() == [None, False, True, False]
    assert panel.table["days_to_kickoff"].to_pylist() == [None, None, None, 5]


def test_an_account_without_a_contract_has_no_clock() -> None:
    found = row(score("onboarding", tasks=[done("kickoff", 5)]))
    assert (found["contract_days"], found["value_reached"], found["days_observed"]) == (None, None, None)
    assert found["onboarding"] == 100, "the task itself was done"


def test_each_product_under_contract_has_its_own_way_to_value() -> None:
    later = START + timedelta(days=30)
    contracts = (contract(), contract("analytics", later, 2))
    found = row(onboarding(done("first_value", 12, "core"), done("first_value", 41, "analytics"), contracts=contracts))
    assert (found["days_to_value_core"], found["days_to_value_analytics"]) == (12, 11)
    early = contract("analytics", START - timedelta(days=30), 2)
    waiting = row(onboarding(done("first_value", 12, "core"), contracts=(contract(), early)))
    assert (waiting["core_overdue"], waiting["analytics_overdue"]) == (False, True)
    assert waiting["days_to_value_analytics"] is None


def test_a_milestone_of_a_product_is_overdue_only_where_the_product_is_under_contract() -> None:
    early = contract("analytics", START - timedelta(days=30), 2)
    tasks = (done("integration", 20, "core"), done("integration", 35, "analytics"), done("kickoff", 2))
    found = row(onboarding(*tasks, contracts=(contract(), early)))
    assert found["product_live.core"].replace(tzinfo=None) == START + timedelta(days=20)
    assert (found["days_to_live_core"], found["days_to_live_analytics"]) == (20, 65)
    assert (found["core_live_overdue"], found["analytics_live_overdue"]) == (False, False), "late, and done"
    assert (found["core_overdue"], found["analytics_overdue"], found["products_overdue"]) == (False, True, 1)
    alone = row(onboarding(*tasks[:1]))
    names = ("days_to_value", "days_observed", "value_reached")
    assert [alone[f"{name}_analytics"] for name in names] == [None, None, None]
    assert (alone["analytics_live_overdue"], alone["analytics_overdue"]) == (None, None)
    assert (alone["value_reached_core"], alone["days_observed_core"]) == (0, 60)
    assert row(onboarding())["core_live_overdue"] is True


def test_who_waits_is_censored_in_a_curve_of_times_to_value() -> None:
    """Three reached value after 10, 20 and 30 days; two have waited 5 and 15 days, one bought something else."""
    reached, waited = {"a": 10.0, "b": 20.0, "c": 30.0}, {"d": 5.0, "e": 15.0}
    contracts = [contract(start=ago(60)) | {"account_id": name} for name in reached]
    contracts += [contract(start=ago(days)) | {"account_id": name} for name, days in waited.items()]
    contracts.append(contract("analytics", ago(50)) | {"account_id": "f"})
    tasks = [
        {"account_id": name, "task": "first_value", "product": "core", "done_at": ago(60 - days), "known_at": ago(1)}
        for name, days in reached.items()
    ]
    frames = {"contracts": table(contracts), "tasks": table(tasks)}
    found = ch.Portfolio(ch.Model.preset("onboarding"), **frames).score(ago(0)).table
    known = found.filter(found["value_reached_core"].is_valid())
    assert known["days_observed_core"].to_pylist() == [10, 20, 30, 5, 15]
    curve = ch.clv.KaplanMeier().fit(known["days_observed_core"], known["value_reached_core"])
    assert curve.survival([5, 10, 20, 30]).tolist() == pytest.approx([1, 3 / 4, 3 / 8, 0])
    assert curve.median_ == 20
    slow = ch.clv.KaplanMeier().fit([10, 20, 30, 60, 60])
    assert slow.median_ == 30, "if those who wait were called slow"


def test_the_usage_journey_is_at_its_furthest_milestone() -> None:
    tasks = [done("kickoff", 3), done("integration", 12), done("first_value", 24)]
    frames = {"contracts": table([contract()]), "tasks": table(tasks)}
    portfolio = ch.Portfolio(ch.Model.preset("onboarding"), **frames)
    moves = portfolio.moves("usage_journey", START, START + timedelta(days=60)).to_pylist()
    assert [(move["to"], f"{move['at']:%d %B}") for move in moves] == [
        ("signed", "04 May"), ("implementation", "11 May"), ("live", "18 May"), ("value", "01 June")
    ]  # fmt: skip
    waiting = ch.Portfolio(ch.Model.preset("onboarding"), contracts=table([contract()]))
    days = [START + timedelta(days=day) for day in (16, 17)]
    assert waiting.score(days).table["usage_journey_stalled"].to_pylist() == [False, True]
    earlier = row(score("onboarding", tasks=[done("kickoff", 1)]))
    assert earlier["usage_journey"] is None, "without a contract there is no way yet"


@pytest.mark.parametrize(
    ("tasks", "wanted", "grade"),
    [
        ([], 0, "late"),  # three are due, none done; first value still has a moment
        ([done("kickoff", 5), done("first_login", 5)], 100 * 2 / 4, "behind"),
        ([done("kickoff", 5), done("first_login", 5), done("integration", 20), done("training", 50)], 100, "on_track"),
        ([done("first_value", 5)], 100 * 2 / 6, "late"),
    ],
)
def test_the_score_counts_what_is_done_or_due(tasks: list[dict[str, Any]], wanted: float, grade: str) -> None:
    found = row(onboarding(*tasks))
    assert (found["onboarding"], found["onboarding_grade"]) == (pytest.approx(wanted), grade)


# --- GitLab's time to value


def gitlab(start: float, **tables: list[dict[str, Any]]) -> ch.Panel:
    """Subscribed, and onboarded since, so many days ago."""
    subscription = {"account_id": "a", "subscription_id": 1, "start_date": ago(start), "end_date": ago(-400)}
    given: dict[str, Any] = {"subscriptions": [{**subscription, "signed_at": ago(start + 5)}]}
    given["onboardings"] = [{"account_id": "a", "started_at": ago(start), "completed_at": None}]
    return score("gitlab-time-to-value", **{**given, **tables})


def report(days_ago: float, used: int, **users: int) -> dict[str, Any]:
    whole = {"git_users": 0, "builds_users": 0, "scanner_users": 0, **users}
    at = ago(days_ago)
    return {
        "account_id": "a",
        "reported_at": at,
        "received_at": at,
        "licensed_users": 100,
        "billable_users": used,
        **whole,
    }


def test_gitlabs_examples_of_11_and_34_days() -> None:
    onboarded = [{"account_id": "a", "started_at": ago(100), "completed_at": ago(66)}]
    found = row(gitlab(100, onboardings=onboarded, meetings=[{"account_id": "a", "met_at": ago(89)}]))
    assert (found["time_to_engage"], found["time_to_onboard"]) == (11, 34)


def test_a_meeting_before_the_onboarding_counts_0_and_value_in_a_trial_is_below_0() -> None:
    found = row(
        gitlab(100, meetings=[{"account_id": "a", "met_at": ago(120)}], usage=[report(110, 10), report(80, 60)])
    )
    assert (found["time_to_engage"], found["time_to_first_value"], found["time_to_50"]) == (0, -10, 20)
    assert (found["time_to_80"], found["value_reached"], found["days_observed"]) == (None, 1, -10)


def test_adoption_is_timed_at_gitlabs_shares() -> None:
    usage = [
        report(95, 9),
        report(90, 10, git_users=3, builds_users=2, scanner_users=1),
        report(80, 50, git_users=20, builds_users=12, scanner_users=9),
        report(70, 80, git_users=31, builds_users=20, scanner_users=16),
    ]
    found = row(gitlab(100, usage=usage))
    assert [found[f"time_to_{part}"] for part in ("first_value", "50", "80")] == [10, 20, 30]
    assert [found[f"time_to_{part}"] for part in ("scm", "ci", "devsecops")] == [20, 30, 30]


@pytest.mark.parametrize(
    ("start", "met", "used", "completed", "wanted"),
    [
        (100, 86, 70, 55, {"engage": 100, "first_value": 100, "onboard": 100}),
        (100, 85.9, 69.9, 54.9, {"engage": 0, "first_value": 0, "onboard": 0}),
        (100, None, None, None, {"engage": 0, "first_value": 0, "onboard": 0}),
        (20, None, None, None, {"engage": 0, "first_value": None, "onboard": None}),  # there is time left
        (14, None, None, None, {"engage": None, "first_value": None, "onboard": None}),
    ],
)
def test_a_goal_is_missed_once_its_days_are_over(
    start: float, met: float | None, used: float | None, completed: float | None, wanted: dict[str, float | None]
) -> None:
    tables: dict[str, Any] = {}
    if met is not None:
        tables["meetings"] = [{"account_id": "a", "met_at": ago(met)}]
    if used is not None:
        tables["usage"] = [report(used, 10)]
    if completed is not None:
        tables["onboardings"] = [{"account_id": "a", "started_at": ago(start), "completed_at": ago(completed)}]
    panel = gitlab(start, **tables)
    assert points(panel, "goals_met") == wanted
    judged = [value for value in wanted.values() if value is not None]
    assert row(panel)["goals_met"] == (sum(judged) / len(judged) if judged else None)
