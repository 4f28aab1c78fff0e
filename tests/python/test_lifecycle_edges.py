"""Edges of journeys, cohorts and replays: at a date itself, a microsecond before it, and where nothing is there."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from lives import STAGES, day, portfolio

MICROSECOND = timedelta(microseconds=1)
COHORTS = {"high": {"when": "v >= 10", "revenue": "v"}, "top": {"when": "v >= 20"}}
QUIET = {"when": "v < 5"}


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns or table.column_names)).to_pylist()]


# --- cohorts ----------------------------------------------------------------------------------------------------------


def three() -> ch.Portfolio:
    """a is high from day 7 to day 21, b from day 0 on and top from day 14 on, c high from day 14 on."""
    return portfolio({"a": [1, 12, 12, 3], "b": [12, 12, 25, 25], "c": [None, 1, 12, 12]}, cohorts=COHORTS)


def test_a_stay_that_ends_at_the_start_is_over_and_one_that_begins_at_the_end_is_listed() -> None:
    of = three()
    assert rows(of.memberships(day(21), day(60)), "account_id", "cohort") == [
        ("b", "high"),
        ("c", "high"),
        ("b", "top"),
    ]
    before = of.memberships(day(21) - MICROSECOND, day(60))
    assert rows(before, "account_id", "left")[0] == ("a", day(21))
    assert rows(of.memberships(day(-7), day(14) - MICROSECOND), "account_id") == [("a",), ("b",)]
    assert rows(of.memberships(day(-7), day(14)), "account_id") == [("a",), ("b",), ("c",), ("b",)]


def test_ticks_after_the_start_and_up_to_the_end_are_counted() -> None:
    of = three()
    assert rows(of.cohorts(day(7) - MICROSECOND, day(7)), "as_of", "cohort", "size") == [
        (day(7), "high", 2),
        (day(7), "top", 0),
    ]
    assert of.cohorts(day(7), day(14) - MICROSECOND).num_rows == 0


def test_a_drift_from_a_date_to_itself_moves_nobody() -> None:
    counts = ("cohort", "before", "entered", "left", "after", "share_change", "revenue_before", "revenue_after")
    assert rows(three().drift(day(7), day(7)), *counts) == [
        (None, 3, 0, 0, 3, 0.0, None, None),
        ("high", 2, 0, 0, 2, 0.0, 24.0, 24.0),
        ("top", 0, 0, 0, 0, 0.0, None, None),
    ]


def test_a_drift_among_nobody_has_no_shares() -> None:
    shares = ("cohort", "before", "after", "share_before", "share_after", "share_change", "revenue_after")
    assert rows(three().drift("2020-01-01", "2020-02-01"), *shares) == [
        (None, 0, 0, None, None, None, None),
        ("high", 0, 0, None, None, None, 0.0),
        ("top", 0, 0, None, None, None, None),
    ]


def test_groups_of_a_drift_ascend_and_who_changes_group_moves() -> None:
    table = three().drift(day(7), day(21), by="v", cohorts="top", revenue="v")
    counts = ("cohort", "v", "before", "entered", "left", "moved_in", "moved_out", "after")
    assert rows(table, *counts)[:4] == [
        (None, 1.0, 1, 0, 0, 0, 1, 0),
        (None, 3.0, 0, 0, 0, 1, 0, 1),
        (None, 12.0, 2, 0, 0, 1, 2, 1),
        (None, 25.0, 0, 0, 0, 1, 0, 1),
    ]
    assert rows(table, *counts)[-1] == ("top", 25.0, 0, 1, 0, 0, 0, 1)
    assert rows(table, "share_before", "share_after", "share_change")[-1] == (None, 1.0, None)
    assert rows(table, "revenue_before", "revenue_after")[:4] == [(1.0, 0.0), (0.0, 3.0), (24.0, 12.0), (0.0, 25.0)]


def test_revenue_that_is_missing_adds_nothing() -> None:
    metrics = {"v": {"from": "given", "agg": "last", "of": "value"}, "worth": {"formula": "if(v > 20, missing, v)"}}
    of = portfolio({"a": [12], "b": [25]}, metrics=metrics, cohorts={"high": {"when": "v >= 10", "revenue": "worth"}})
    assert rows(of.cohorts(day(-7), day(0)), "size", "revenue") == [(2, 12.0)]
    assert rows(of.overlap(day(0)), "accounts", "revenue") == [(2, 12.0)]
    assert rows(of.drift(day(0), day(0)), "revenue_after")[1] == (12.0,)


def test_what_a_drift_is_asked_for_is_checked_without_cohorts_too() -> None:
    of = portfolio({"a": [12]})
    with pytest.raises(ch.UnknownNameError, match="the model has no cohort 'high'"):
        of.drift(day(0), day(7), cohorts="high")
    with pytest.raises(ch.UnknownNameError, match="revenue: a panel of this model has no column 'w'"):
        of.drift(day(0), day(7), revenue="w")
    assert rows(of.drift(day(0), day(7)), "cohort", "before", "after") == [(None, 1, 1)]


# --- journeys ---------------------------------------------------------------------------------------------------------


def four() -> ch.Portfolio:
    """a goes all the way, b waits, c goes back, d is lost in its third week."""
    values = {"a": [1, 12, 12, 25], "b": [1, 12], "c": [1, 12, 1], "d": [1, 1, -1]}
    return portfolio(values, include="v is missing or v >= 0", journeys={"buying": {"stages": STAGES}})


def test_a_move_at_the_start_is_over_and_one_at_the_end_counts() -> None:
    of = four()
    moved = ("account_id", "from", "to", "at")
    assert rows(of.moves("buying", day(7), day(21)), *moved) == [
        ("a", "trying", "won", day(21)),
        ("c", "trying", "new", day(14)),
    ]
    assert of.moves("buying", day(7) - MICROSECOND, day(21)).num_rows == 5
    assert of.moves("buying", day(0), day(21) - MICROSECOND).num_rows == 4
    entered = ("stage", "entered", "advanced", "conversion", "median_days", "here")
    assert rows(of.funnel("buying", day(7), day(21)), *entered) == [
        ("new", 1, 0, 0.0, None, 1),
        ("trying", 0, 0, None, None, 0),
        ("won", 1, None, None, None, 1),
    ]
    assert rows(of.funnel("buying", day(7) - MICROSECOND, day(21)), *entered)[1] == ("trying", 3, 1, 1 / 3, 10.5, 1)
    assert rows(of.funnel("buying", day(0), day(21) - MICROSECOND), *entered)[1] == ("trying", 3, 0, 0.0, 7.0, 1)
    assert rows(of.funnel("buying", day(7), day(7)), "entered", "here") == [(0, 0)] * 3


def test_handoffs_and_transitions_at_the_start_are_over_and_those_at_the_end_count() -> None:
    of = four()
    handed = ("from_owner", "to_owner", "handoffs", "median_days")
    later = [("sales", "marketing", 1, 7.0), ("sales", "success", 1, 14.0)]
    assert rows(of.handoffs("buying", day(7), day(21)), *handed) == later
    before = rows(of.handoffs("buying", day(7) - MICROSECOND, day(21)), *handed)
    assert before == [("marketing", "sales", 3, 7.0), *later]
    assert rows(of.handoffs("buying", day(7), day(21) - MICROSECOND), *handed) == later[:1]
    assert of.handoffs("buying", day(7), day(7)).num_rows == 0

    def moves(start: Any, end: Any) -> dict[tuple[Any, ...], int]:
        found = rows(of.transitions("buying", start, end), "from", "to", "moves")
        return {row[:2]: row[2] for row in found if row[2]}

    assert moves(day(7), day(21)) == {("trying", "new"): 1, ("trying", "won"): 1}
    assert moves(day(7) - MICROSECOND, day(21) - MICROSECOND) == {("new", "trying"): 3, ("trying", "new"): 1}


def test_a_stage_entered_again_counts_once_from_its_first_time() -> None:
    of = portfolio({"a": [12, 1, 12, 12, 25], "b": [1]}, journeys={"buying": {"stages": STAGES}})
    funnel = of.funnel("buying", day(-7), day(28))
    assert rows(funnel, "stage", "entered", "advanced", "q1_days", "median_days", "q3_days", "here") == [
        ("new", 2, 1, 7.0, 7.0, 7.0, 1),
        ("trying", 1, 1, 7.0, 7.0, 7.0, 0),
        ("won", 1, None, None, None, None, 1),
    ]


def test_accounts_without_any_move_leave_empty_tables() -> None:
    of = portfolio({"a": [None]}, journeys={"buying": {"stages": STAGES}})
    assert rows(of.funnel("buying", day(0), day(7)), "entered", "conversion", "here", "lost") == [
        (0, None, 0, 0),
        (0, None, 0, 0),
        (0, None, 0, 0),
    ]
    assert of.funnel("buying", day(0), day(7), by="v").num_rows == 0
    assert of.handoffs("buying", day(0), day(7)).num_rows == 0
    assert rows(of.transitions("buying", day(0), day(7)), "moves", "share") == [(0, None)] * 12


def test_an_account_that_is_lost_is_neither_here_nor_stalled() -> None:
    values = {"a": [1], "b": [1, 12, -1], "c": [12, -1]}
    of = portfolio(values, include="v is missing or v >= 0", journeys={"buying": {"stages": STAGES}})
    assert of.score(day(28)).table["account_id"].to_pylist() == ["a"]
    funnel = of.funnel("buying", day(-7), day(28))
    assert rows(funnel, "stage", "entered", "advanced", "here", "stalled", "lost") == [
        ("new", 2, 1, 1, 0, 0),
        ("trying", 2, 0, 0, 0, 2),
        ("won", 0, None, 0, 0, 0),
    ]


# --- replays ----------------------------------------------------------------------------------------------------------


def test_outcomes_may_come_in_any_order() -> None:
    of = portfolio({name: [9, 3] for name in "abc"}, plays={"quiet": QUIET})  # all open on day 7
    moments = [("a", 30.0), ("a", 10.0), ("a", 20.0), ("b", 9.0), ("c", 8.0)]
    for order in itertools.permutations(moments):
        at = pa.array([day(number) for _, number in order], pa.timestamp("us", "UTC"))
        table = pa.table({"account_id": [name for name, _ in order], "at": at})
        found = of.replay(day(0), day(35), outcome=table, within="14d")
        assert rows(found.openings, "account_id", "lead_days", "status") == [
            ("a", 3.0, "hit"),
            ("b", 2.0, "hit"),
            ("c", 1.0, "hit"),
        ]
        assert rows(found.summary, "outcomes", "caught") == [(5, 4)]


def test_leads_have_their_quartiles() -> None:
    of = portfolio({name: [9, 3] for name in "abcde"}, plays={"quiet": QUIET})
    at = pa.array([day(7 + lead) for lead in (1, 2, 4, 8, 12)], pa.timestamp("us", "UTC"))
    found = of.replay(day(0), day(35), outcome=pa.table({"account_id": list("abcde"), "at": at}), within="14d")
    assert rows(found.summary, "q1_lead_days", "median_lead_days", "q3_lead_days", "hits") == [(2.0, 4.0, 8.0, 5)]


def test_an_opening_at_the_start_is_over_and_one_at_the_end_counts() -> None:
    of = portfolio({"a": [9, 3]}, plays={"quiet": QUIET})
    for start, end, openings in [
        (day(7), day(35), 0),
        (day(7) - MICROSECOND, day(35), 1),
        (day(0), day(7), 1),
        (day(0), day(7) - MICROSECOND, 0),
    ]:
        found = of.replay(start, end)
        assert rows(found.summary, "openings", "most_open") == [(openings, 1 if end >= day(7) else 0)]
        assert sum(found.weekly["openings"].to_pylist()) == openings


def test_a_window_that_ends_when_observation_does_is_scored() -> None:
    of = portfolio({"a": [9, 3]}, plays={"quiet": QUIET})
    nothing = pa.table({"account_id": pa.array([], pa.string()), "at": pa.array([], pa.timestamp("us", "UTC"))})

    def counts(observed: Any) -> list[tuple[Any, ...]]:
        found = of.replay(day(0), day(14), outcome=nothing, within="14d", observed=observed)
        return rows(found.summary, "scored", "censored", "base_rate", "outcomes", "recall")

    assert counts(day(21)) == [(1, 0, 0.0, 0, None)]
    assert counts(day(21) - MICROSECOND) == [(0, 1, None, 0, None)]


def test_a_last_week_may_be_a_part_of_one() -> None:
    of = portfolio({"a": [9, 3, 9, 9], "b": [9, 9, 3]}, plays={"quiet": {**QUIET, "closes": "v > 5"}})
    found = of.replay(day(0), day(17))
    assert rows(found.weekly, "week", "openings", "open") == [(day(0), 1, 1), (day(7), 1, 1), (day(14), 0, 1)]
    assert found.summary["per_week"].to_pylist() == pytest.approx([2 * 7 / 17])


def test_an_outcome_that_is_over_by_the_opening_does_not_make_it_late() -> None:
    """a was gone from day 0 to day 7 and is again from day 21; its play opens on day 7 and is told in time."""
    of = portfolio(
        {"a": [0, 3, 3, 0]}, plays={"quiet": {"when": "v > 1 and v < 5"}}, cohorts={"gone": {"when": "v < 1"}}
    )
    found = of.replay(day(0), day(35), outcome="gone", within="14d")
    assert rows(found.openings, "opened", "outcome_at", "status") == [(day(7), day(21), "hit")]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"confidence": 0}, "confidence: expected a number between 0 and 1, got 0"),
        ({"confidence": 1}, "confidence: expected a number between 0 and 1, got 1"),
        ({"confidence": True}, "confidence: expected a number between 0 and 1, got True"),
        ({"confidence": "95%"}, "confidence: expected a number between 0 and 1, got '95%'"),
        ({"observed": day(35) - MICROSECOND}, "observed: 2026-02-08T23:59:59.999999Z is before the end 2026-02-09"),
        (
            {"vary": {"quiet": {"when": "v < {x}", "x": list(range(2000))}}},
            "vary: 2,001 plays and variations of them; at",
        ),
        (
            {"outcome": pa.table({"account_id": ["a"], "att": [day(1)]})},
            "a column 'at', the table has none; did you mean 'att'",
        ),
    ],
)
def test_limits_of_a_replay_are_said(keys: dict[str, Any], message: str) -> None:
    of = portfolio({"a": [9, 3]}, plays={"quiet": QUIET}, cohorts={"gone": {"when": "v < 1"}})
    with pytest.raises(ch.DataError, match=message):
        of.replay(day(0), day(35), **{"outcome": "gone", **keys})


def test_two_thousand_variations_are_not_too_many() -> None:
    of = portfolio({"a": [9, 3]}, plays={"quiet": QUIET})
    with pytest.raises(ch.ModelError, match="unknown name 'gnoe'"):  # what is checked next
        of.replay(day(0), day(35), outcome="gnoe", vary={"quiet": {"when": "v < {x}", "x": list(range(1999))}})


def test_one_value_of_a_rule_is_not_shown_and_two_are() -> None:
    of = portfolio({"a": [9, 3]}, plays={"quiet": QUIET})

    def varied(**vary: Any) -> list[str]:
        summary = of.replay(day(0), day(35), vary={"quiet": vary}).summary
        return summary.column_names[2 : summary.column_names.index("openings")]

    assert varied(when="v < {x}", x=[1, 2]) == ["x"]
    assert varied(when=["v < {x}", "v <= {x}"], x=1) == ["when", "x"]
    assert varied(when="v < 2") == ["when"]
    assert varied(cooldown=["7d", None]) == ["cooldown"]


def test_a_rule_may_be_taken_away_and_nothing_be_put_into_braces() -> None:
    of = portfolio({"a": [9, 3]}, plays={"quiet": {**QUIET, "unless": "v < 4"}})
    found = of.replay(day(0), day(35), vary={"quiet": {"unless": [None, "v = {x}"], "x": [None, 3.0]}})
    assert rows(found.summary, "unless", "x", "openings") == [
        (None, None, 0),
        (None, None, 1),
        (None, 3.0, 1),
        ("v = {x}", None, 1),
        ("v = {x}", 3.0, 0),
    ]


def test_names_are_each_used_once_in_the_order_of_the_model() -> None:
    of = portfolio({"a": [9, 3]}, plays={"quiet": QUIET, "low": {"when": "v < 4"}})
    assert of.replay(day(0), day(35), plays=["low", "quiet", "low"]).summary["play"].to_pylist() == ["quiet", "low"]
    with pytest.raises(ch.DataError, match="plays: expected a name or a list of names, got 5"):
        of.replay(day(0), day(35), plays=5)  # type: ignore[arg-type]
    assert repr(of.replay(day(0), day(35))) == "<Replay of 2 variants of plays, 2 openings>"
