"""What is wrong with a life cycle is named, all of it together; what the data lack has a defined answer."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
TABLES = {
    "given": {"kind": "events", "account": "id", "time": "at"},
    "accounts": {"kind": "accounts", "account": "id", "known": "since"},
}
METRICS = {"v": {"from": "given", "agg": "last", "of": "value", "stale_after": "28d"}}
STAGES = [{"name": "low", "enter": "v < 10", "deadline": "7d"}, {"name": "high", "enter": "v >= 10"}]
LIFE: dict[str, Any] = {
    "journeys": {"way": {"stages": STAGES}},
    "cohorts": {"rich": {"when": "v > 15"}},
    "plays": {"call": {"when": "way = 'low'", "message": "{v}"}},
}


def document(**top: Any) -> dict[str, Any]:
    return {"format": 1, "tables": TABLES, "metrics": METRICS, **top}


def day(n: float) -> datetime:
    """Days after a Monday that is a tick of the default clock."""
    return MONDAY + timedelta(days=n)


def portfolio(rows: list[tuple[str, float, float]], accounts: list[str], **top: Any) -> ch.Portfolio:
    """Rows of account, day and value; the accounts are known since long ago."""
    given = pa.table(
        {
            "id": pa.array([row[0] for row in rows], pa.string()),
            "at": pa.array([day(row[1]) for row in rows], pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in rows], pa.float64()),
        }
    )
    known = pa.table({"id": accounts, "since": pa.array([day(-365)] * len(accounts), pa.timestamp("us", "UTC"))})
    return ch.Portfolio(ch.Model.parse(document(**{**LIFE, **top})), given=given, accounts=known)


KNOWN = "as_of, v, n, way, way_since, way_days, way_previous, way_stalled, mine"


def test_all_that_is_wrong_with_a_life_cycle_is_named_at_once() -> None:
    stages = [
        {"name": "first", "enter": "as_of"},  # no boolean
        {"name": "first", "enter": "v > 1", "roles": ["champion", "user"]},
        {"name": "last", "enter": "1 > 2"},
        {"name": "text", "enter": "n = 'many'"},
    ]
    wrong = document(
        metrics=METRICS | {"n": {"from": "given", "agg": "count"}},
        journeys={"way": {"stages": stages, "moves": {"first": ["lasst"]}}},
        cohorts={"mine": {"when": "v > 1 and mine"}},
        plays={
            "call": {"when": "v > 1", "cooldown": "0d", "message": "{users} are few", "role": "champoin"},
        },
    )
    with pytest.raises(ch.ModelError, match="9 problems") as caught:
        ch.Model.parse(wrong)
    assert sorted((path, message.partition("\n")[0]) for path, message, _ in caught.value.problems) == [
        ("cohorts.mine", "needs itself: mine -> mine"),
        ("journeys.way.moves.first[0]", "no stage 'lasst' in the journey; did you mean 'last'?"),
        ("journeys.way.stages[0].enter", "this formula gives an instant, and a boolean is wanted here"),
        ("journeys.way.stages[1].name", "two stages are named 'first'"),
        ("journeys.way.stages[2].enter", "is never true"),
        ("journeys.way.stages[3].enter", "a text does not go with a number; both must be of one type"),
        (
            "plays.call.cooldown",
            "expected a length such as '12h', '28d', '4w', '1mo', '1q' or '1y'; got the text '0d'",
        ),
        ("plays.call.message", "unknown name 'users'; expected one of " + KNOWN),
        ("plays.call.role", "no stage has the role 'champoin'; did you mean 'champion'?"),
    ]


@pytest.mark.parametrize(
    ("enter", "message"),
    [
        ("v = 'high'", r"stages\[1\]\.enter: a text does not go with a number"),
        ("v < date '2026-01-01'", r"stages\[1\]\.enter: an instant does not go with a number"),
        ("v", r"stages\[1\]\.enter: this formula gives a number, and a boolean is wanted here"),
    ],
)
def test_a_rule_that_the_types_of_the_data_make_impossible_is_named_when_they_are_loaded(
    enter: str, message: str
) -> None:
    stages = [STAGES[0], {"name": "high", "enter": enter}]
    ch.Model.parse(document(journeys={"way": {"stages": stages}}))  # of `value` nothing is known yet
    with pytest.raises(ch.ModelError, match=message):
        portfolio([("a", -1, 5)], ["a"], journeys={"way": {"stages": stages}})


def test_rules_that_need_each_other_are_named_as_a_circle() -> None:
    circle = {
        "journeys": {"way": {"stages": [{"name": "a", "enter": "mine"}]}},
        "cohorts": {"mine": {"when": "other"}, "other": {"when": "way = 'a'"}},
    }
    with pytest.raises(ch.ModelError, match=r"needs itself: .* -> .* -> .* -> "):
        ch.Model.parse(document(**circle))


def test_an_account_without_any_row_that_is_known_is_in_no_stage_no_cohort_and_no_play() -> None:
    panel = portfolio([("a", -1, 5)], ["a", "b"]).score([day(0), day(7)])
    rows = [row for row in panel.table.to_pylist() if row["account_id"] == "b"]
    assert [row["as_of"] for row in rows] == [day(0), day(7)]
    for row in rows:
        assert [row[name] for name in ("way", "way_since", "way_days", "way_previous", "way_stalled")] == [None] * 5
        assert row["rich"] is False
    assert {(r["metric"], r["reason"]) for r in panel.reasons().to_pylist() if r["account_id"] == "b"} == {
        ("v", "never"), ("way", "never")
    }  # fmt: skip
    assert set(panel.plays()["account_id"].to_pylist()) == {"a"}
    told = str(panel.explain("b"))
    assert "way: in no stage (no data: the account has no row in that table)" in told


def test_an_account_without_any_row_has_no_moves_and_is_in_no_funnel() -> None:
    loaded = portfolio([("a", -1, 5), ("a", 8, 20)], ["a", "b"])
    assert set(loaded.moves("way", day(-7), day(21))["account_id"].to_pylist()) == {"a"}
    assert loaded.funnel("way", day(-7), day(21))["entered"].to_pylist() == [1, 1]
    nobody = portfolio([], ["a", "b"])
    assert nobody.moves("way", day(-7), day(21)).num_rows == 0
    assert nobody.funnel("way", day(-7), day(21))["entered"].to_pylist() == [0, 0]
    assert nobody.funnel("way", day(-7), day(21))["conversion"].to_pylist() == [None, None]
    assert nobody.score(day(0)).plays().num_rows == 0


def test_where_all_rules_of_the_stages_are_missing_the_stage_is_kept_and_still_stalls() -> None:
    """The last value is of day 6; after 28 days it is stale, and so is every rule."""
    loaded = portfolio([("a", -1, 20), ("a", 6, 5)], ["a"])
    panel = loaded.score([day(7), day(28), day(35), day(70)])
    assert panel.table["v"].to_pylist() == [5, 5, None, None]
    assert panel.table["way"].to_pylist() == ["low"] * 4
    assert panel.table["way_since"].to_pylist() == [day(7)] * 4
    assert panel.table["way_stalled"].to_pylist() == [False, True, True, True]
    assert panel.table["rich"].to_pylist() == [False] * 4, "a rule that is missing counts as false"
    opened = panel.plays()["opened"].to_pylist()
    assert opened == [day(7)] * 4, "the play stays open as long as its stage is held"
    assert {(r["metric"], r["reason"]) for r in panel.reasons().to_pylist()} == {("v", "stale")}


def test_a_journey_that_begins_with_missing_rules_waits_at_its_start_if_it_has_one() -> None:
    waiting = {"journeys": {"way": {"stages": STAGES, "start": "low"}}}
    panel = portfolio([("a", 8, 20)], ["a"], **waiting).score([day(0), day(7), day(14)])
    assert panel.table["way"].to_pylist() == ["low", "low", "high"]
    assert panel.table["way_previous"].to_pylist() == [None, None, "low"]


def test_a_contact_that_moves_between_accounts_is_seen_at_the_new_one_and_missed_at_the_old() -> None:
    contacts = pa.table(
        {
            "contact_id": ["ann", "ann", "bob"],
            "account_id": ["acme", "beta", "acme"],
            "buying_role": ["champion", "champion", "practitioner"],
            "since": [datetime(2026, 1, 1), datetime(2026, 5, 9), datetime(2026, 1, 1)],
            "left_at": [datetime(2026, 5, 9), None, None],
        }
    )
    done = pa.table({"contact_id": ["bob"], "action": ["meeting"], "occurred_at": [datetime(2026, 4, 20)]})
    months = ch.dates("2026-04-01", "2026-06-01", every="1mo")
    people = ch.Portfolio(ch.Model.preset("contact-engagement"), contacts=contacts, activities=done).score(months)
    states = people.as_states(account="employer")
    group = ch.Model.preset("buying-group").to_dict()
    group["cohorts"] = {"champion_gone": {"when": "champion_left"}}
    group["plays"] = {
        "find_a_champion": {"when": "champion_gone", "role": "decision_maker", "message": "{champions_left} left"}
    }
    panel = ch.Portfolio(ch.Model.parse(group), people=states, departures=states).score(months)
    shown = [
        (row["account_id"], row["as_of"].month, row["roles.champion"], row["champion_gone"])
        for row in panel.table.to_pylist()
    ]
    assert shown == [
        *(("acme", 4, 1, False), ("acme", 5, 1, False), ("acme", 6, 0, True)),
        ("beta", 6, 1, False),
    ]
    plays = panel.plays().select(["account_id", "message"]).to_pylist()
    assert plays == [{"account_id": "acme", "message": "1 left"}]
