"""Buying groups: who of an account is there, in which role, and with us; worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

import customerhealth as ch
from published import table

DATES = [datetime(2026, month, 1) for month in (3, 4, 5, 6)]


def contact(person: str, role: str, since: datetime, left: datetime | None = None, at: str = "acme") -> dict[str, Any]:
    return {"contact_id": person, "account_id": at, "buying_role": role, "since": since, "left_at": left}


def act(person: str, action: str, at: datetime) -> dict[str, Any]:
    return {"contact_id": person, "action": action, "occurred_at": at}


def deal(opened: datetime, closed: datetime | None = None, won: bool | None = None, of: str = "acme") -> dict[str, Any]:
    return {"account_id": of, "kind": "new", "opened_at": opened, "closed_at": closed, "won": won}


def states(contacts: list[dict[str, Any]], activities: list[dict[str, Any]], as_ofs: Any = DATES) -> Any:
    people = ch.Portfolio(
        ch.Model.preset("contact-engagement"), contacts=table(contacts), activities=table(activities), strict="all"
    )
    return people.score(as_ofs).as_states(account="employer")


def groups(
    contacts: list[dict[str, Any]], activities: list[dict[str, Any]], deals: list[dict[str, Any]], as_ofs: Any = DATES
) -> ch.Panel:
    people = states(contacts, activities, as_ofs)
    frames = {"people": people, "departures": people, "opportunities": table(deals)}
    return ch.Portfolio(ch.Model.preset("buying-group"), **frames, strict="all").score(as_ofs)


JANUARY = datetime(2026, 1, 10)
PEOPLE = [
    contact("ann", "champion", JANUARY, datetime(2026, 4, 20)),  # leaves, and joins beta
    contact("ann", "decision_maker", datetime(2026, 4, 25), at="beta"),
    contact("bob", "practitioner", JANUARY, datetime(2026, 3, 15)),
    contact("bob", "decision_maker", datetime(2026, 3, 15)),  # is promoted
    contact("cid", "practitioner", datetime(2026, 3, 20)),
    contact("dan", "champion", datetime(2026, 5, 20)),  # follows Ann
]
DONE = [
    act("ann", "content_download", datetime(2026, 2, 20)),  # 1 point
    act("ann", "meeting", datetime(2026, 2, 25)),  # 5
    act("ann", "webcast", datetime(2026, 1, 1)),  # too old in March
    act("ann", "demo_request", datetime(2026, 3, 20)),  # 5
    act("bob", "survey", datetime(2026, 3, 25)),  # 3
    act("cid", "webcast", datetime(2026, 4, 10)),  # 3
    act("dan", "meeting", datetime(2026, 5, 25)),  # 5
    act("bob", "meeting", datetime(2026, 5, 25)),  # 5
    act("cid", "trial", datetime(2026, 5, 25)),  # 5
]
DEALS = [deal(datetime(2026, 3, 10), datetime(2026, 5, 10), True)]
SHOWN = ["stage", "completeness", "coverage", "engagement", "engaged_people", "single_threaded"]
SHOWN += ["champions_left", "champion_left"]


def test_a_group_is_judged_by_its_stage_and_by_who_is_there() -> None:
    rows = groups(PEOPLE, DONE, DEALS).table.to_pylist()
    found = {(row["account_id"], row["as_of"].month): tuple(row[name] for name in SHOWN) for row in rows}
    assert found == {
        # champion and practitioner are there; the champion alone did 6 points, weighed 4
        ("acme", 3): ("interest", 100, 1 / 2, 24, 1, True, 0, False),
        # five are needed: decision maker, champion and practitioner are there; 5 · 4 + 3 · 5
        ("acme", 4): ("evaluation", 60, 2 / 5, 35, 2, False, 0, False),
        # Ann has gone: two of five; the practitioner's 3 · 2
        ("acme", 5): ("evaluation", 40, 1 / 5, 6, 1, True, 1, True),
        # a customer needs three, and Dan has followed Ann: 5 · 4 + 5 · 5 + 5 · 2
        ("acme", 6): ("customer", 100, 1, 55, 3, False, 1, False),
        ("beta", 5): ("interest", 0, 0, 0, 0, True, 0, False),
        ("beta", 6): ("interest", 0, 0, 0, 0, True, 0, False),
    }


def test_the_score_joins_completeness_coverage_and_engagement_and_is_capped() -> None:
    rows = groups(PEOPLE, DONE, DEALS).table.to_pylist()
    found = {
        row["as_of"].month: (row["buying_group"], row["buying_group_grade"])
        for row in rows
        if row["account_id"] == "acme"
    }
    assert found == {
        3: (pytest.approx(60), "fair"),  # 0.4 · 100 + 0.3 · 50 + 0.3 · 24 = 62.2, single-threaded
        4: (pytest.approx(0.4 * 60 + 0.3 * 40 + 0.3 * 35), "fair"),
        5: (pytest.approx(0.4 * 40 + 0.3 * 20 + 0.3 * 6), "weak"),
        6: (pytest.approx(0.4 * 100 + 0.3 * 100 + 0.3 * 55), "strong"),
    }


def test_a_champion_who_left_caps_a_strong_group_until_somebody_follows() -> None:
    five = ["decision_maker", "influencer", "practitioner", "steering_committee", "champion"]
    gone, came = datetime(2026, 4, 20), datetime(2026, 5, 20)
    people = [contact(role, role, JANUARY, gone if role == "champion" else None) for role in five]
    people.append(contact("next", "champion", came))
    done = [act(role, "meeting", at - timedelta(days=3)) for role in (*five, "next") for at in DATES]
    done = [row for row in done if row["contact_id"] != "next" or row["occurred_at"] > came]
    done = [row for row in done if row["contact_id"] != "champion" or row["occurred_at"] < gone]
    panel = groups(people, done, [deal(JANUARY)])
    assert panel.table["buying_group"].to_pylist() == pytest.approx([95.5, 95.5, 40, 95.5])
    caps = [row for row in panel.contributions("buying_group").to_pylist() if row["part"] == "cap:champion left"]
    assert [round(row["contribution"], 9) for row in caps] == [0, 0, 40 - (0.4 * 80 + 0.3 * 80 + 0.3 * 65), 0]


def test_a_role_outside_the_list_fills_no_place_and_counts_once() -> None:
    people = [
        contact("eve", "procurement", JANUARY),
        contact("fay", "champion", JANUARY),
        contact("gil", "other", JANUARY),
    ]
    done = [act(name, "meeting", datetime(2026, 2, 20)) for name in ("eve", "fay", "gil")]
    (found,) = groups(people, done, [deal(JANUARY)], DATES[0]).table.to_pylist()
    assert [found[f"roles.{role}"] for role in ("champion", "other", "decision_maker")] == [1, 1, 0]
    assert (found["completeness"], found["coverage"], found["engaged_people"]) == (20, 1 / 5, 3)
    assert found["engagement"] == 5 * 4 + 5 + 5


def test_an_account_with_deals_and_without_people_says_what_is_not_known() -> None:
    contacts, activities = [contact("ann", "champion", JANUARY)], [act("ann", "meeting", DATES[0])]
    panel = groups(contacts, activities, [deal(JANUARY, of="zeta")], DATES[1])
    found = {row["account_id"]: row for row in panel.table.to_pylist()}
    assert (found["zeta"]["completeness"], found["zeta"]["coverage"], found["zeta"]["buying_group"]) == (
        None,
        None,
        None,
    )
    reasons = {(row["account_id"], row["metric"]): row["reason"] for row in panel.reasons().to_pylist()}
    assert reasons["zeta", "engaged_people"] == reasons["zeta", "single_threaded"] == "never"


def test_what_was_known_then_is_what_counts() -> None:
    """Each date alone gives what all dates at once give, and rows of later give the same again."""
    whole = groups(PEOPLE, DONE, DEALS).table.to_pylist()
    for upto in (1, 2, 3):
        part = groups(PEOPLE, DONE, DEALS, DATES[:upto]).table.to_pylist()
        assert part == [row for row in whole if row["as_of"].replace(tzinfo=None) in DATES[:upto]]


def test_buying_groups_of_a_simulated_portfolio_are_part_of_its_health() -> None:
    """The metrics stand in any model: dated, before and after the sale."""
    data = ch.datasets.simulate(150, "2025-07-01", "2026-07-01", seed=2)
    as_ofs = ch.dates("2025-10-01", "2026-07-01", every="3mo")
    contact_model = ch.Model.preset("contact-engagement")
    people = ch.Portfolio(contact_model, tables=data.select(contact_model)).score(as_ofs).as_states(account="employer")
    document = ch.Model.preset("buying-group").to_dict()
    document["tables"]["usage"] = {"kind": "events", "account": "account_id", "time": "occurred_at"}
    document["metrics"]["actions"] = {"from": "usage", "agg": "count", "window": "28d"}
    document["scores"]["health"] = {
        "measures": {
            "use": {"value": "actions", "weight": 2, "curve": [[0, 0], [50, 100]]},
            "people": {"score": "buying_group"},
        }
    }
    frames = {"people": people, "departures": people, "opportunities": data["opportunities"], "usage": data["usage"]}
    panel = ch.Portfolio(ch.Model.parse(document), tables=frames).score(as_ofs).table.to_pandas()
    assert set(panel["stage"].dropna()) == {"customer", "evaluation", "interest"}
    assert panel["completeness"].between(0, 100).all()
    assert panel["coverage"].between(0, 1).all()
    assert (panel["coverage"] * 100 <= panel["completeness"] + 0.5).all(), "who is engaged is there"
    assert panel["champion_left"].sum() > 5
    alone = panel["single_threaded"].astype(bool)
    assert (panel.loc[alone, "buying_group"] <= 60).all()
    assert panel["health"].notna().mean() > 0.95
