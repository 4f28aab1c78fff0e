"""Why a score moved: each cause worked out by hand, and all of them together over random models."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, note

import customerhealth as ch
import small
from causes import sums
from model_strategies import cases
from strategies import Case, examples, moment

A, B = "2026-06-01", "2026-07-01"


def two_dates(score: dict[str, Any], before: dict[str, Any], now: dict[str, Any], **others: Any) -> ch.Panel:
    """One account whose states are `before` at the first date and `now` at the second; None: no such state."""
    names = sorted({*before, *now})
    rows = [(name, day, state.get(name)) for day, state in ((A, before), (B, now)) for name in names]
    number = [isinstance(value, str) for _, _, value in rows]
    document = {
        "format": 1,
        "tables": {
            "states": {"kind": "states", "account": "account", "time": "at", "key": "name"},
            "texts": {"kind": "states", "account": "account", "time": "at", "key": "name"},
        },
        "metrics": {
            name: {"from": "texts" if isinstance(now.get(name), str) else "states", "agg": "last", "of": "value"}
            | {"where": f"name = '{name}'"}
            for name in names
        },
        "scores": {**others, "health": score},
    }
    table = {}
    for kind, wanted in (("states", False), ("texts", True)):
        kept = [row for row, is_text in zip(rows, number, strict=True) if is_text is wanted]
        table[kind] = pa.table(
            {
                "account": pa.array(["acme"] * len(kept), pa.string()),
                "name": pa.array([name for name, _, _ in kept], pa.string()),
                "at": pa.array([f"{day[:8]}01T00:00:00" for _, day, _ in kept], pa.string()).cast(pa.timestamp("us")),
                "value": pa.array([value for _, _, value in kept], pa.string() if wanted else pa.float64()),
            }
        )
    return ch.Portfolio(ch.Model.parse(document), **table).score(["2026-06-02", "2026-07-02"])


def why(panel: ch.Panel, **options: Any) -> list[tuple[Any, ...]]:
    rows = panel.why_changed("health", "2026-06-02", "2026-07-02", **options).to_pylist()
    assert all(row["account_id"] == "acme" for row in rows)
    shown = ("part", "cause", "because", "from", "to", "contribution")
    return [tuple(row[name] for name in shown) for row in rows]


def identity(name: str, **more: Any) -> dict[str, Any]:
    return {"value": name, "identity": True, **more}


def test_a_value_moves_by_its_share_of_the_weight() -> None:
    score = {"measures": {"x": identity("x"), "y": identity("y", weight=3)}}
    assert why(two_dates(score, {"x": 40, "y": 50}, {"x": 40, "y": 70})) == [("y", "value", None, 50, 70, 15)]


def test_another_band_is_named_by_its_name_or_its_edge() -> None:
    bands = [{"below": 5, "points": 0, "name": "idle"}, {"up_to": 10, "points": 50}, {"points": 100}]
    score = {"measures": {"x": {"value": "x", "bands": bands}}}
    assert why(two_dates(score, {"x": 4}, {"x": 10})) == [("x", "band", "idle → up to 10", 4, 10, 50)]
    assert why(two_dates(score, {"x": 11}, {"x": 10})) == [("x", "band", "above 10 → up to 10", 11, 10, -50)]
    assert why(two_dates(score, {"x": 6}, {"x": 9})) == []  # the same band


def test_another_case_is_named_by_its_formula() -> None:
    rule = [{"when": "tier > 1", "points": 80}, {"identity": True}]
    score = {"measures": {"x": {"value": "x", "cases": rule}}}
    found = why(two_dates(score, {"x": 30, "tier": 1}, {"x": 35, "tier": 2}))
    assert found == [("x", "case", "otherwise → tier > 1", 30, 35, 50)]


def test_labels_say_which_they_were() -> None:
    score = {"measures": {"x": {"value": "x", "labels": {"green": 90, "red": 10}}}}
    assert why(two_dates(score, {"x": "green"}, {"x": "red"})) == [("x", "value", "green → red", None, None, -80)]


def test_a_part_that_appears_takes_weight_from_the_others() -> None:
    score = {"measures": {"x": identity("x"), "y": identity("y", weight=3)}}
    found = why(two_dates(score, {"x": 40}, {"x": 60, "y": 80}))
    # x: mean share (1 + 1/4)/2 of 20 more points; mean points 50 of a share 3/4 smaller. y: 3/4 of 80.
    assert found == [
        ("x", "value", None, 40, 60, 12.5),
        ("x", "weight", "y appeared", 1, 0.25, -37.5),
        ("y", "appeared", "silent", None, 80, 60),
    ]
    assert sum(row[-1] for row in found) == 75 - 40


def test_several_that_come_and_go_share_the_weight_rows_by_their_signed_weight() -> None:
    score = {"measures": {"x": identity("x"), "y": identity("y", weight=3), "z": identity("z", weight=1)}}
    panel = two_dates(score, {"x": 40, "y": None, "z": 20}, {"x": 40, "y": 80, "z": None})
    # The share of x: 1/2 to 1/4, by 3 - 1 = 2: of -10 points y has 3/2 and z -1/2.
    assert why(panel) == [
        ("x", "weight", "y appeared", 0.5, 0.25, -15),
        ("x", "weight", "z vanished", 0.5, 0.25, 5),
        ("y", "appeared", "silent", None, 80, 60),
        ("z", "vanished", "silent", 20, None, -10),
    ]


def test_equal_weights_that_come_for_each_other_move_no_share() -> None:
    measures = {"x": identity("x"), "a": identity("a", weight=0.1), "b": identity("b", weight=0.2)}
    score = {"measures": {**measures, "c": identity("c", weight=0.3)}}
    panel = two_dates(score, {"x": 40, "a": 10, "b": 10, "c": None}, {"x": 40, "a": None, "b": None, "c": 10})
    assert [row[:2] for row in why(panel)] == [("a", "vanished"), ("b", "vanished"), ("c", "appeared")]


def test_under_sum_the_weight_is_the_share_and_nobody_elses_moves() -> None:
    score = {"combine": "sum", "measures": {"x": identity("x", weight=2), "y": identity("y")}}
    panel = two_dates(score, {"x": 10}, {"x": 30, "y": 90})
    assert why(panel) == [
        ("x", "value", None, 10, 30, 40),
        ("y", "appeared", "silent", None, 90, 90),
        ("clamp", "clamp", None, None, None, -50),
    ]


def test_under_lowest_the_choice_is_handed_over() -> None:
    score = {"combine": "lowest", "measures": {"x": identity("x"), "y": identity("y")}}
    assert why(two_dates(score, {"x": 40, "y": 50}, {"x": 60, "y": 30})) == [
        ("x", "chosen", "y instead", 40, 60, -40),
        ("y", "chosen", "instead of x", 50, 30, 30),
    ]
    assert why(two_dates(score, {"x": 40, "y": 50}, {"x": 45, "y": 50})) == [("x", "value", None, 40, 45, 5)]
    assert why(two_dates(score, {"x": 40, "y": 50}, {"x": None, "y": 50})) == [
        ("x", "vanished", "silent", 40, None, -40),
        ("y", "chosen", "instead of x", 50, 50, 50),
    ]


@pytest.mark.parametrize(
    ("before", "now", "cap"),
    [
        ({"x": 80, "limit": None}, {"x": 80, "limit": 50}, ("cap:low", "cap", "on", None, 50, -30)),
        ({"x": 80, "limit": 50}, {"x": 80, "limit": None}, ("cap:low", "cap", "off", 50, None, 30)),
        ({"x": 80, "limit": 50}, {"x": 80, "limit": 60}, ("cap:low", "cap", "bound moved", 50, 60, 10)),
    ],
)
def test_a_cap_says_whether_it_came_went_or_moved(before: Any, now: Any, cap: tuple[Any, ...]) -> None:
    score = {"measures": {"x": identity("x")}, "caps": [{"name": "low", "at_most": "limit"}]}
    assert why(two_dates(score, before, now)) == [cap]


def test_a_cap_that_held_at_both_cuts_off_what_came_above_it() -> None:
    score = {"measures": {"x": identity("x")}, "caps": [{"name": "low", "at_most": 50}]}
    assert why(two_dates(score, {"x": 60}, {"x": 80})) == [
        ("x", "value", None, 60, 80, 20),
        ("cap:low", "cap", "on at both", 50, 50, -20),
    ]


def test_rounding_is_a_part() -> None:
    score = {"measures": {"x": identity("x")}, "round": 0}
    assert why(two_dates(score, {"x": 40}, {"x": 41.75})) == [
        ("x", "value", None, 40, 41.75, 1.75),
        ("round", "round", None, None, None, 0.25),
    ]


def test_points_by_policy_say_when_the_value_was_missing() -> None:
    score = {"measures": {"x": identity("x", missing=30)}}
    assert why(two_dates(score, {"x": None}, {"x": 50})) == [("x", "value", "missing before: silent", None, 50, 20)]
    assert why(two_dates(score, {"x": 50}, {"x": None})) == [("x", "value", "missing now: silent", 50, None, -20)]


def test_a_nested_score_is_taken_apart_and_its_weight_bears_its_own_name() -> None:
    use = {"scale": [0, 10], "measures": {"a": identity("a"), "b": identity("b")}}
    score = {"measures": {"use": {"score": "use"}, "y": identity("y")}}
    panel = two_dates(score, {"a": 4, "b": 6, "y": None}, {"a": 8, "b": 6, "y": 70}, use=use)
    # use: 5 to 7 of 10, so 50 to 70; mean share 3/4, mean points 60.
    assert why(panel) == [
        ("use", "weight", "y appeared", 1, 0.5, -30),
        ("use.a", "value", None, 4, 8, 15),
        ("y", "appeared", "silent", None, 70, 35),
    ]
    assert why(panel, deep=False)[0] == ("use", "value", None, 5, 7, 15)


def test_a_score_there_at_one_date_only_has_one_row_without_a_part() -> None:
    score = {"measures": {"x": identity("x")}}
    assert why(two_dates(score, {"x": None}, {"x": 50})) == [(None, "appeared", "coverage", None, 50, None)]
    assert why(two_dates(score, {"x": 50}, {"x": None})) == [(None, "vanished", "coverage", 50, None, None)]


def test_an_account_without_a_panel_row_at_one_date_has_one_row_too() -> None:
    panel = small.portfolio().score(["2026-06-01", "2026-06-20"])
    rows = panel.why_changed("activity", "2026-06-01", "2026-06-20").to_pylist()
    assert [row["account_id"] for row in rows] == ["acme", "beta"]  # zeta had a row, and nothing has changed
    assert [(row["part"], row["cause"], row["because"]) for row in rows] == [(None, "appeared", "not in the panel")] * 2


def test_a_date_that_is_no_as_of_says_which_are() -> None:
    panel = small.portfolio().score(["2020-01-01", "2026-07-01"])
    with pytest.raises(ch.DataError, match=r"end: 2026-06-30 is no as-of of this panel.*2026-07-01"):
        panel.why_changed("health", "2020-01-01", "2026-06-30")  # at the first nobody has a row: an as-of all the same
    with pytest.raises(ch.DataError, match="start: expected one date, got 2"):
        panel.why_changed("health", ["2020-01-01", "2026-07-01"], "2026-07-01")
    with pytest.raises(ch.UnknownNameError, match=r"no score 'wealth'.*health"):
        panel.why_changed("wealth", "2020-01-01", "2026-07-01")


# ---- all together ---------------------------------------------------------------------------------------------------


@given(case=cases())
@examples(120)
def test_causes_sum_to_the_difference(case: Case) -> None:
    note(case.model)
    panel = ch.Portfolio(ch.Model.parse(case.model), **case.tables()).score(case.moments())
    first, last = panel._scored.core.as_ofs[0], panel._scored.core.as_ofs[-1]
    start, end = moment(first), moment(last)
    by_date: dict[int, dict[Any, dict[str, Any]]] = defaultdict(dict)
    micros = panel.table.column("as_of").cast(pa.int64()).to_pylist()
    for at, row in zip(micros, panel.table.to_pylist(), strict=True):
        by_date[at][row["account_id"]] = row
    for name, spec in case.model["scores"].items():
        low, high = spec["scale"]
        slack = 1e-9 * (high - low)
        for deep in (True, False):
            there = panel.why_changed(name, start, end, deep=deep).to_pylist()
            back = panel.why_changed(name, end, start, deep=deep).to_pylist()
            assert panel.why_changed(name, start, start, deep=deep).num_rows == 0
            found, reverse = sums(there), sums(back)
            whole = {row["account_id"]: row["cause"] for row in there if row["part"] is None}
            for account in {*by_date[first], *by_date[last]}:
                before = by_date[first].get(account, {}).get(name)
                now = by_date[last].get(account, {}).get(name)
                if before is not None and now is not None:
                    assert found.get(account, 0.0) == pytest.approx(now - before, abs=slack, rel=0)
                    assert reverse.get(account, 0.0) == pytest.approx(before - now, abs=slack, rel=0)
                    assert account not in whole
                    continue
                assert account not in found
                expected = "vanished" if before is not None else "appeared" if now is not None else None
                assert whole.get(account) == (None if first == last else expected)


def test_threads_change_nothing() -> None:
    portfolio = ch.Portfolio(small.model(), usage=small.many(60_000, 9_000))
    dates = ["2026-03-01", "2026-06-01"]
    one, two = (portfolio.score(dates, threads=n).why_changed("health", *dates) for n in (1, 2))
    assert one.num_rows > 9_000
    assert one.equals(two)
