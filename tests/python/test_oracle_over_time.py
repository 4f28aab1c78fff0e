"""The slow evaluator's hysteresis and trends, by numbers worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from oracle import evaluate
from oracle.instants import DAY, Instant, parse_instant

EVENTS = {"kind": "states", "account": "a", "time": "t"}
GRADES = [{"name": "red"}, {"name": "yellow", "from": 40}, {"name": "green", "above": 70}]
MONDAY = parse_instant("2024-01-01")


def columns(
    values: list[tuple[float, float | None]], days: list[float], clock: dict[str, Any] | None = None, **score: Any
) -> list[tuple[Any, ...]]:
    """The score's columns but coverage at each day (counted from a Monday) of an account whose value changed so."""
    model: dict[str, Any] = {
        "tables": {"u": EVENTS},
        "metrics": {"v": {"from": "u", "agg": "last", "of": "v"}},
        "scores": {"s": {"measures": {"p": {"value": "v", "identity": True}}, "grades": GRADES, **score}},
    }
    if clock:
        model["clock"] = clock
    rows = [{"a": "x", "t": Instant(MONDAY + round(day * DAY)), "v": value} for day, value in values]
    answer = evaluate(model, {"u": rows}, [MONDAY + round(day * DAY) for day in days])
    shown = [column for column in answer.columns if column not in ("v", "s_coverage")]
    return [tuple(row[column] for column in shown) for row in answer.rows]


def grades(values: list[tuple[float, float | None]], days: list[float], **more: Any) -> list[Any]:
    return [row[1] for row in columns(values, days, hysteresis={"points": 5}, **more)]


def test_a_grade_is_left_only_when_its_moved_edge_is_crossed() -> None:
    # 42 enters yellow at once; 36 is yellow still (40 - 5 holds it), as are 35 and 75; above 75 is green.
    values = [(-1.0, 42.0), (6.0, 36.0), (13.0, 35.0), (20.0, 75.0), (27.0, 75.5), (34.0, 65.5), (41.0, 65.0)]
    got = grades(values, [0, 7, 14, 21, 28, 35, 42])
    assert got == ["yellow", "yellow", "yellow", "yellow", "green", "green", "yellow"]


def test_between_ticks_a_value_is_not_seen() -> None:
    values = [(1.0, 50.0), (8.0, 80.0), (9.0, 72.0)]  # 80 was over before Monday the 15th
    assert grades(values, [10, 14]) == ["yellow", "yellow"]
    assert grades(values, [8.5, 14]) == ["green", "yellow"]  # asking on the way changes nothing later
    assert grades(values, [14], clock={"every": "12h", "anchor": "2024-01-01"}) == ["green"]


def test_a_fall_stops_at_the_grade_whose_lowered_edge_still_holds() -> None:
    assert grades([(-1.0, 90.0), (6.0, 36.0)], [7]) == ["yellow"]  # without a past it would be red
    assert grades([(-1.0, 90.0), (6.0, 34.9)], [7]) == ["red"]
    assert grades([(6.0, 36.0)], [7]) == ["red"]


def test_a_missing_score_has_no_grade_and_the_one_held_is_remembered() -> None:
    assert grades([(-1.0, 42.0), (6.0, None), (13.0, 36.0)], [7, 14]) == [None, "yellow"]


def test_no_tick_lies_before_the_anchor() -> None:
    values = [(-1.0, 42.0), (6.0, 36.0)]
    assert grades(values, [7], clock={"every": "7d", "anchor": "2024-01-08"}) == ["red"]


def test_calendar_ticks_are_each_counted_from_the_anchor() -> None:
    clock = {"every": "1mo", "anchor": "2024-01-31"}  # then 2024-02-29 and 2024-03-31, not 2024-03-29
    values = [(0.0, 42.0), (88.0, 36.0), (90.0, 30.0), (90.5, 36.0)]
    assert grades(values, [95], clock=clock) == ["yellow"]
    assert grades([*values[:2], (89.5, 30.0), (90.0, 30.0), (90.5, 36.0)], [95], clock=clock) == ["red"]


@pytest.mark.parametrize(("flat", "trend"), [(0, "up"), (9.5, "up"), (10, "flat")])
def test_a_trend_is_flat_within_its_bounds(flat: float, trend: str) -> None:
    got = columns([(-1.0, 60.0), (6.0, 70.0)], [7], trend={"over": "7d", "flat_within": flat})
    assert got == [(70.0, "yellow", 10.0, trend, "yellow")]


def test_a_trend_is_missing_where_there_was_no_panel_row_or_no_score() -> None:
    values = [(-1.0, None), (6.0, 70.0), (13.0, 80.0)]
    got = columns(values, [6.5, 13, 14], trend={"over": "7d"})
    assert got == [
        (70.0, "yellow", None, None, None),
        (70.0, "yellow", None, None, None),
        (80.0, "green", 10.0, "up", "yellow"),
    ]


def test_the_grade_before_is_held_by_its_own_past() -> None:
    values = [(-8.0, 42.0), (-1.0, 36.0), (6.0, 20.0)]
    got = columns(values, [7], trend={"over": "1w"}, hysteresis={"points": 5})
    assert got == [(20.0, "red", -16.0, "down", "yellow")]


def test_a_trend_over_calendar_months_cuts_the_day() -> None:
    values = [(0.0, 42.0), (58.5, 50.0), (59.0, 90.0)]  # 2024-03-31 less a month is 2024-02-29, day 59
    got = columns(values, [90], trend={"over": "1mo"})
    assert got == [(90.0, "green", 40.0, "up", "yellow")]
