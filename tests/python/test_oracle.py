"""The slow evaluator by examples worked by hand from the document's sentences, so that it can be trusted to disagree.

Where the document leaves room, these readings were taken:

- `any` shows every visible interval, one whose end is before its start too;
- a null key belongs to its row alone; states with null keys hold side by side;
- an interval whose end is before its start is no event of any mode, so it is never the first row either;
- in the deep view a missing nested score keeps its leaves, and points that a policy gives for it are its offset;
- beside the measures of a missing score that have no reason of their own stands the score's.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given

from model_strategies import cases
from oracle import Answer, Instant, evaluate, formulas
from oracle.instants import DAY, LAST, add_months, civil, day_number, months_between, parse_instant, shift
from strategies import Case, examples

AS_OF = parse_instant("2024-03-31")
EVENTS = {"kind": "events", "account": "a", "time": "t"}
KEYED = {**EVENTS, "known": "k", "key": "id", "deleted": "gone"}
CONTRACTS = {"kind": "intervals", "account": "a", "start": "s", "end": "e"}
STATES = {"kind": "states", "account": "a", "time": "t"}


def at(text: str) -> Instant:
    return parse_instant(text)


def cells(
    tables: dict[str, Any],
    rows: dict[str, list[dict[str, Any]]],
    metrics: dict[str, Any],
    as_of: int = AS_OF,
    **more: Any,
) -> dict[str, Any]:
    """The one row of the panel: a value, or the reason in brackets."""
    answer = run(tables, rows, metrics, as_of, **more)
    assert len(answer.rows) == 1
    reasons = {column: f"<{reason}>" for _, _, column, reason in answer.reasons}
    return {column: reasons.get(column, answer.rows[0][column]) for column in answer.columns}


def run(tables: dict[str, Any], rows: dict[str, Any], metrics: dict[str, Any], *as_ofs: int, **more: Any) -> Answer:
    return evaluate({"format": 1, "tables": tables, "metrics": metrics, **more}, rows, list(as_ofs))


def of_events(rows: list[dict[str, Any]], metric: dict[str, Any], spec: dict[str, Any] = EVENTS) -> Any:
    rows = [{"a": "x", **row} for row in rows]
    return cells({"u": spec}, {"u": rows}, {"m": {"from": "u", **metric}})["m"]


def of_intervals(rows: list[tuple[Any, Any]], metric: dict[str, Any], **spec: str) -> Any:
    table = [{"a": "x", "s": start, "e": end} for start, end in rows]
    return cells({"c": {**CONTRACTS, **spec}}, {"c": table}, {"m": {"from": "c", **metric}})["m"]


def formula(text: str, **names: Any) -> Any:
    return formulas.evaluate(formulas.parse(text), formulas.Scope(lambda name: names[name[0]]))


# --- instants and lengths ---------------------------------------------------------------------------------------------


def test_calendar_lengths_cut_the_day_to_the_months_last() -> None:
    assert shift(at("2024-03-31T05:00"), "1mo", -1) == at("2024-02-29T05:00")
    assert shift(at("2023-03-31"), "1mo", -1) == at("2023-02-28")
    assert shift(at("2024-02-29"), "1y", -1) == at("2023-02-28")
    assert shift(at("2024-01-31"), "1q", 1) == at("2024-04-30")


def test_an_edge_outside_the_range_is_the_ranges_end() -> None:
    assert shift(LAST - 5, "10000y", 1) == LAST


def test_day_numbers_go_both_ways() -> None:
    for day in range(-800_000, 800_000, 997):
        assert day_number(*civil(day)) == day
    assert civil(day_number(2024, 2, 29)) == (2024, 2, 29)


@pytest.mark.parametrize(
    ("later", "earlier", "months"),
    [("2024-02-29", "2024-01-31", 1), ("2024-02-28", "2024-01-31", 0), ("2024-01-01", "2024-01-31", -1)],
)
def test_months_between_counts_whole_months(later: str, earlier: str, months: int) -> None:
    assert months_between(at(later), at(earlier)) == months
    assert add_months(at(earlier), months) <= at(later) < add_months(at(earlier), months + 1)


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - -4", 11),
        ("7 % -3", 1.0),
        ("-7 % 3", -1.0),
        ("1 / 0", None),
        ("x + 1", None),
        ("x is missing and not (x > 1 and false)", True),
        ("x > 1 or true", True),
        ("x > 1 and true", None),
        ("3 not between 1 and 2", True),
        ("'b' in ('a', 'b')", True),
        ("x not in (1)", None),
        ("if(x > 1, 1, 2)", None),
        ("coalesce(x, 4)", 4),
        ("greatest(1, x)", None),
        ("round(-2.5)", -3.0),
        ("round(2.345, 2)", 2.35),
        ("round(1250, -2)", 1300.0),
        ("clip(5, 3, 1)", 1.0),
        ("ln(0)", None),
        ("sqrt(-1)", None),
        ("exp(1000)", None),
        ("big = 9007199254740993", True),
        ("big = 9007199254740992", False),
        ("lower('ÄB')", "Äb"),
        ("contains('it''s', '''s')", True),
        ("weekday(date '2024-04-01')", 1.0),
        ("date '2024-03-31' - date '2024-03-30T12:00'", 0.5),
        ("date '2024-03-31' + 0.5 = date '2024-03-31T12:00:00Z'", True),
        ('"x" is not missing', False),
    ],
)
def test_formulas_have_sqls_manners(text: str, value: Any) -> None:
    assert formula(text, x=None, big=2**53 + 1) == value


# --- visibility -------------------------------------------------------------------------------------------------------


def test_a_row_at_the_as_of_is_the_future() -> None:
    rows = [{"t": AS_OF - 1}, {"t": AS_OF}]
    assert of_events(rows, {"agg": "count"}) == 1


def test_a_window_takes_its_first_instant_and_not_its_last() -> None:
    rows = [{"t": AS_OF - 7 * DAY}, {"t": AS_OF - 7 * DAY - 1}, {"t": AS_OF - DAY}]
    assert of_events(rows, {"agg": "count", "window": "7d"}) == 2
    assert of_events(rows, {"agg": "count", "window": "6d", "offset": "1d"}) == 1


def test_a_correction_may_move_an_event_out_of_sight() -> None:
    first = {"t": AS_OF - 3 * DAY, "k": None, "id": 1, "gone": None}
    moved = {**first, "t": AS_OF + DAY, "k": AS_OF - DAY}
    other = {**first, "id": 2}
    assert of_events([first, other], {"agg": "count"}, KEYED) == 2
    assert of_events([first, moved, other], {"agg": "count"}, KEYED) == 1
    assert of_events([first, {**moved, "k": AS_OF}, other], {"agg": "count"}, KEYED) == 2


def test_a_deleted_row_takes_its_key_with_it_and_null_keys_stand_alone() -> None:
    row = {"t": AS_OF - DAY, "k": None, "id": 1, "gone": False}
    deleted = {**row, "gone": True}
    assert of_events([row, deleted, {**row, "id": None}, {**row, "id": None}], {"agg": "count"}, KEYED) == 2
    assert of_events([deleted, row], {"agg": "count"}, KEYED) == 1  # equal K: the later in the table


def test_an_end_known_at_the_end_is_missing_until_then() -> None:
    rows = [(at("2024-01-01"), AS_OF)]
    assert of_intervals(rows, {"agg": "count", "where": "e is missing"}, end_known="at_end") == 1
    assert of_intervals(rows, {"agg": "days_to_end"}, end_known="at_end") == "<open>"
    assert of_intervals(rows, {"agg": "days_to_end"}) == 0.0


def test_alive_includes_the_world_an_instant_before_the_as_of() -> None:
    early = at("2024-01-01")
    rows = [(early, AS_OF), (early, AS_OF - 1), (AS_OF, None), (early, None), (early, early)]
    known = [{"a": "x", "s": s, "e": e, "k": early} for s, e in rows]
    spec = {**CONTRACTS, "known": "k"}
    modes = ("alive", "started", "ended", "upcoming", "any")
    got = cells({"c": spec}, {"c": known}, {mode: {"from": "c", "agg": "count", "rows": mode} for mode in modes})
    assert got == {"alive": 2, "started": 4, "ended": 2, "upcoming": 1, "any": 5}


def test_the_latest_state_holds_until_a_deleted_one() -> None:
    spec = {**STATES, "key": "id", "deleted": "gone"}
    rows = [
        {"a": "x", "t": at("2024-01-01"), "id": "p", "v": 1.0, "gone": False},
        {"a": "x", "t": at("2024-02-01"), "id": "p", "v": 5.0, "gone": False},
        {"a": "x", "t": at("2024-01-01"), "id": "q", "v": 7.0, "gone": False},
        {"a": "x", "t": at("2024-03-01"), "id": "q", "v": 7.0, "gone": True},
    ]
    metrics = {
        "now": {"from": "s", "agg": "sum", "of": "v"},
        "before": {"from": "s", "agg": "sum", "of": "v", "offset": "2mo"},
        "low": {"from": "s", "agg": "count", "where": "v < 5"},
    }
    assert cells({"s": spec}, {"s": rows}, metrics) == {"now": 5.0, "before": 8.0, "low": 0.0}


# --- the portfolio ----------------------------------------------------------------------------------------------------


def test_an_account_belongs_from_when_its_row_is_known() -> None:
    tables = {"acc": {"kind": "accounts", "account": "a", "known": "k"}, "u": EVENTS}
    rows = {
        "acc": [
            {"a": "x", "k": AS_OF, "v": 1.0},
            {"a": "y", "k": None, "v": 2.0},
            {"a": "y", "k": AS_OF - 5, "v": 3.0},
        ],
        "u": [{"a": "x", "t": AS_OF - 9}, {"a": "orphan", "t": AS_OF - 9}],
    }
    answer = run(tables, rows, {"v": {"formula": "acc.v"}}, AS_OF - 5, AS_OF, AS_OF + 1)
    assert [(row["account_id"], row["as_of"] - AS_OF, row["v"]) for row in answer.rows] == [
        ("x", 1, 1.0),
        ("y", 0, 3.0),
        ("y", 1, 3.0),
    ]


def test_strings_are_ordered_by_bytes_and_as_ofs_taken_once() -> None:
    rows = {"u": [{"a": name, "t": AS_OF - 9} for name in ("ä", "Z", "a", "🦊", "\uffff")]}
    answer = run({"u": EVENTS}, rows, {}, AS_OF, AS_OF)
    assert [row["account_id"] for row in answer.rows] == ["Z", "a", "ä", "\uffff", "🦊"]


def test_include_keeps_the_rows_where_it_is_true() -> None:
    rows = {"u": [{"a": "x", "t": AS_OF - 9}, {"a": "y", "t": AS_OF - 9}, {"a": "y", "t": AS_OF - 8}]}
    answer = run({"u": EVENTS}, rows, {"n": {"from": "u", "agg": "count"}}, AS_OF, include="n > 1")
    assert [row["account_id"] for row in answer.rows] == ["y"]


# --- aggregations -----------------------------------------------------------------------------------------------------

SEVEN = [{"t": AS_OF - day * DAY, "v": value} for day, value in ((1, 4.0), (2, 1.0), (3, 1.0), (9, 2.0))]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ({"agg": "sum", "of": "v"}, 8.0),
        ({"agg": "count_distinct", "of": "v"}, 3.0),
        ({"agg": "mean", "of": "v", "window": "7d"}, 2.0),
        ({"agg": "median", "of": "v"}, 1.5),
        ({"agg": "std", "of": "v", "window": "7d"}, math.sqrt(3)),
        ({"agg": "quantile", "of": "v", "q": 0.9}, 2 + 0.7 * 2),
        ({"agg": "first", "of": "v"}, 2.0),
        ({"agg": "last", "of": "v"}, 4.0),
        ({"agg": "days_since_last"}, 1.0),
        ({"agg": "days_since_first", "window": "7d"}, 3.0),
        ({"agg": "longest_gap"}, 6.0),
        ({"agg": "mode", "of": "v"}, 1.0),
        ({"agg": "mode", "of": "v", "where": "v > 1"}, 2.0),
        ({"agg": "mode", "of": "if(v > 1, 'Z', 'ä')"}, "Z"),
        ({"agg": "mode", "of": "v > 1"}, False),
        ({"agg": "mode", "of": "v", "where": "v > 9"}, "<silent>"),
        ({"agg": "top_share", "of": "v"}, 0.5),
        ({"agg": "entropy", "of": "v", "window": "7d"}, -(math.log(1 / 3) + 2 * math.log(2 / 3)) / 3),
        ({"agg": "completeness", "of": "v", "wanted": [1, 2, 3, 4]}, 0.75),
        ({"agg": "completeness", "of": "v", "wanted": {"1": 3, "4": 1}}, 0.75),
        ({"agg": "decayed", "half_life": "1d", "window": "3d"}, 0.5 + 0.25 + 0.125),
        ({"agg": "count", "window": "7d", "full_window": True}, 3.0),
        ({"agg": "count", "window": "10d", "full_window": True}, "<too_young>"),
        ({"agg": "count", "stale_after": "1d"}, 4.0),
        ({"agg": "count", "where": "v < 2", "stale_after": "1d"}, "<stale>"),
        ({"agg": "count", "where": "v > 9", "stale_after": "1d"}, 0.0),
        ({"agg": "count", "min_rows": 5}, "<too_few>"),
        ({"agg": "mean", "of": "v", "where": "v > 9"}, "<silent>"),
        ({"agg": "std", "of": "v", "where": "v > 3"}, "<too_few>"),
        ({"agg": "std", "of": "v", "where": "v > 99"}, "<silent>"),
        ({"agg": "first_time", "where": "v = 1"}, AS_OF - 3 * DAY),
        ({"agg": "min", "of": "v > 1"}, False),
    ],
)
def test_aggregations_by_hand(metric: dict[str, Any], value: Any) -> None:
    got = of_events(SEVEN, metric)
    assert got == (pytest.approx(value, rel=1e-15) if isinstance(value, float) else value)


def test_sums_are_exact_and_overflow_is_undefined() -> None:
    rows = [{"t": AS_OF - day, "v": value} for day, value in enumerate((1.7e308, 1.7e308, -1.7e308, 1.0), 1)]
    assert of_events(rows, {"agg": "sum", "of": "v"}) == 1.7e308
    assert of_events(rows[:2], {"agg": "sum", "of": "v"}) == "<undefined>"
    tenths = [{"t": AS_OF - day, "v": 0.1} for day in range(1, 11)]
    assert of_events(tenths, {"agg": "sum", "of": "v"}) == 1.0


@pytest.mark.parametrize(
    ("more", "value"),
    [
        ({"then": "mean"}, 1.0),  # days 9..4 ago, then 3, 2, 1: only buckets since the first row
        ({"then": "active"}, 4.0),
        ({"then": "streak"}, 3.0),
        ({"then": "max", "agg": "sum", "of": "v"}, 4.0),
        ({"then": "slope", "agg": "sum", "of": "v", "window": "2d"}, 3.0),
        ({"then": "std", "window": "1d"}, "<too_few>"),
        ({"then": "active", "offset": "20d"}, "<too_young>"),
        ({"then": "mean", "where": "v > 9"}, 0.0),
        ({"then": "active", "where": "v > 9"}, 0.0),
        ({"then": "mean", "where": "v > 9", "empty": "skip"}, "<silent>"),
        ({"then": "mean", "where": "v > 9", "agg": "mean", "of": "v"}, "<silent>"),
        ({"then": "streak", "where": "v = 1", "empty": "skip"}, 0.0),
    ],
)
def test_buckets_by_hand(more: dict[str, Any], value: Any) -> None:
    metric = {"agg": "count", "every": "1d", "window": "28d", **more}
    expected = 4 / 9 if more == {"then": "mean"} else value
    assert of_events(SEVEN, metric) == expected


def test_since_starts_the_window_at_a_date_of_the_account() -> None:
    rows = {"u": [{"a": "x", **row} for row in SEVEN]}
    metrics = {
        "begin": {"from": "u", "agg": "first_time"},
        "week": {"from": "u", "agg": "count", "since": "begin", "window": "7d"},
        "all": {"from": "u", "agg": "count", "since": "begin + 1"},
        "late": {"from": "u", "agg": "count", "since": "date '2024-03-31'"},
        "none": {"from": "u", "agg": "first_time", "where": "v > 9"},
        "of_none": {"from": "u", "agg": "count", "since": "none"},
    }
    got = cells({"u": EVENTS}, rows, metrics)
    assert (got["week"], got["all"], got["late"], got["of_none"]) == (2.0, 3.0, "<too_young>", "<silent>")


def test_a_run_is_chained_while_gaps_are_short_and_must_be_alive() -> None:
    rows = [(at("2024-01-01"), at("2024-01-31")), (at("2024-02-01"), at("2024-02-29")), (at("2024-03-02"), AS_OF)]
    assert of_intervals(rows, {"agg": "days_unbroken"}) == 29.0
    assert of_intervals(rows, {"agg": "days_unbroken", "gap": "2d"}) == 90.0
    assert of_intervals(rows[:2], {"agg": "days_unbroken", "gap": "40d"}) == "<silent>"


def test_a_stale_table_forces_missing_even_for_strangers() -> None:
    tables = {"u": {**EVENTS, "stale_after": "1d"}, "v": EVENTS}
    rows = {"u": [{"a": "y", "t": AS_OF - DAY - 1}], "v": [{"a": "x", "t": AS_OF - 1}]}
    metrics = {"m": {"from": "u", "agg": "count"}, "n": {"from": "v", "agg": "count"}}
    answer = run(tables, rows, metrics, AS_OF, AS_OF - 1)
    got = {(row["account_id"], row["as_of"] - AS_OF): row["m"] for row in answer.rows}
    assert got == {("x", 0): None, ("y", 0): None, ("y", -1): 1.0}
    assert {reason for _, _, metric, reason in answer.reasons if metric == "m"} == {"stale"}


def test_a_split_metric_has_a_column_a_value_and_aggregates_over_them() -> None:
    rows = {"u": [{"a": "x", "t": AS_OF - 9, "p": p, "v": v} for p, v in (("b", 2.0), ("a b", 4.0), ("b", None))]}
    metrics = {
        "m": {"from": "u", "agg": "mean", "of": "v", "by": {"column": "p", "values": ["b", "a b", "c"]}},
        "total": {"formula": "sum(m.*)"},
        "many": {"formula": "count(m.* >= 4)"},
        "one": {"formula": 'm."a b" + 1'},
        "none": {"formula": "sum(m.* / 0)"},
        "gone": {"formula": "m.c + m.b"},
    }
    got = cells({"u": EVENTS}, rows, metrics)
    assert list(got) == ["m.b", "m.a b", "m.c", "total", "many", "one", "none", "gone"]
    assert list(got.values()) == [2.0, 4.0, "<silent>", 6.0, 1.0, 5.0, "<undefined>", "<silent>"]


# --- the strategies ---------------------------------------------------------------------------------------------------


@examples(100)
@given(cases())
def test_random_models_evaluate_and_their_contributions_sum_to_the_score(case: Case) -> None:
    case.tables()
    answer = evaluate(case.model, case.rows, case.as_ofs)
    for score, spec in case.model["scores"].items():
        width = max(1.0, *map(abs, spec["scale"]))
        for deep in (False, True):
            totals: dict[tuple[Any, int], list[float | None]] = {}
            for account, as_of, part in answer.contributions(score, deep):
                totals.setdefault((account, as_of), []).append(part.contribution)
            for row in answer.rows:
                parts = totals[(row["account_id"], row["as_of"])]
                if row[score] is None:
                    assert set(parts) == {None}
                else:
                    assert abs(math.fsum(p for p in parts if p is not None) - row[score]) <= 1e-9 * width
