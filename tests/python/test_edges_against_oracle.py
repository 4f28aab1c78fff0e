"""Edges that random cases meet too seldom, on small fixed tables: the core and the slow evaluator must agree."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from against_oracle import compare
from oracle import Instant
from oracle.instants import DAY, parse_instant
from strategies import Case

AS_OF = parse_instant("2024-03-31")
US = pa.timestamp("us", "UTC")

CONTRACTS = {"kind": "intervals", "account": "account_id", "start": "begins", "end": "ends"}
USAGE = {"kind": "events", "account": "account_id", "time": "at"}
STATES = {"kind": "states", "account": "account_id", "time": "at", "known": "known_at", "key": "id", "deleted": "gone"}
ACCOUNTS = {"kind": "accounts", "account": "account_id"}

BIG = [2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), None]


def day(number: float | None) -> Instant | None:
    """So many days before (below 0) or after the as-of."""
    return None if number is None else Instant(AS_OF + round(number * DAY))


def check(table: dict[str, Any], schema: dict[str, pa.DataType], rows: list[dict[str, Any]], **metrics: Any) -> None:
    model = {"format": 1, "tables": {"t": table}, "metrics": metrics, "scores": {}}
    found = [{"account_id": "x", **row} for row in rows]
    compare(Case(model, {"t": {"account_id": pa.string(), **schema}}, {"t": found}, [AS_OF], exact=True))


def check_contracts(spans: list[tuple[float, float | None]], known: str = "with_row", **metrics: Any) -> None:
    rows = [{"begins": day(begins), "ends": day(ends)} for begins, ends in spans]
    check({**CONTRACTS, "end_known": known}, {"begins": US, "ends": US}, rows, **metrics)


def check_usage(days: list[float], **metrics: Any) -> None:
    check(USAGE, {"at": US, "n": pa.int64()}, [{"at": day(d), "n": i} for i, d in enumerate(days)], **metrics)


@pytest.mark.parametrize("gap", ["2d", "47h", None], ids=str)
@pytest.mark.parametrize(
    "spans",
    [
        [(-30, -20), (-18, None)],
        [(-30, -20), (-20, None)],
        [(-30, -5), (-28, -20), (-5, 5)],
        [(-30, -31), (-29, None)],
        [(-30, -20), (-18, 0)],
        [(-30, None), (-3, -1)],
    ],
    ids=str,
)
def test_runs_of_intervals_chain_at_the_gap_exactly(spans: list[tuple[float, float | None]], gap: str | None) -> None:
    unbroken = {"from": "t", "agg": "days_unbroken"}
    check_contracts(spans, m=unbroken if gap is None else {**unbroken, "gap": gap})


@pytest.mark.parametrize("known", ["with_row", "at_end"])
@pytest.mark.parametrize("ends", [-1, -1 / 86400e6, 0, 1 / 86400e6, 1, None], ids=str)
def test_ends_beside_the_as_of(ends: float | None, known: str) -> None:
    modes = {mode: {"from": "t", "agg": "count", "rows": mode} for mode in ("alive", "started", "ended", "any")}
    to_end = {"from": "t", "agg": "days_to_end"}
    shown = {"from": "t", "agg": "last", "of": "ends", "rows": "any"}
    check_contracts([(-9, ends)], known, to_end=to_end, before={**to_end, "offset": "1d"}, shown=shown, **modes)


@pytest.mark.parametrize("span", [(-30, -30), (-30, -31), (-30, -2), (-30, None), (-3, -9)], ids=str)
def test_an_inverted_interval_is_no_event_and_never_the_first_row(span: tuple[float, float | None]) -> None:
    old = {"from": "t", "agg": "count", "window": "7d", "full_window": True}
    cut = {"from": "t", "agg": "count", "window": "7d", "every": "1d", "then": "mean"}
    both = {"old": old, "cut": cut}
    metrics = {f"{mode}_{name}": {**spec, "rows": mode} for mode in ("started", "ended") for name, spec in both.items()}
    check_contracts([span], **metrics)


@pytest.mark.parametrize("edge", [0, 1 / 86400e6, -1 / 86400e6], ids=["at", "after", "before"])
def test_windows_since_and_buckets_at_their_edges(edge: float) -> None:
    windows: dict[str, Any] = {
        "window": {"window": "7d"},
        "old": {"window": "7d", "full_window": True},
        "since": {"since": "date '2024-03-17'", "window": "7d"},
        "buckets": {"window": "21d", "every": "7d", "then": "mean"},
        "stale": {"stale_after": "7d"},
        "moved": {"window": "7d", "offset": "7d"},
    }
    metrics = {name: {"from": "t", "agg": "count", **keys} for name, keys in windows.items()}
    check_usage([-7 + edge], **metrics)
    check_usage([-14 + edge, -7 + edge], **metrics)


@pytest.mark.parametrize("empty", [{}, {"empty": "skip"}], ids=["zero", "skip"])
@pytest.mark.parametrize("agg", ["count", "mean", "sum", "max", "count_distinct"])
@pytest.mark.parametrize("days", [[-1, -2, -4], [-2, -3], [-6.5, -1], [-20, -10], [-0.5]], ids=str)
def test_streaks_end_at_empty_buckets(days: list[float], agg: str, empty: dict[str, str]) -> None:
    spec = {
        "from": "t",
        "agg": agg,
        "every": "1d",
        "window": "7d",
        **({} if agg == "count" else {"of": "n + 1"}),
        **empty,
    }
    check_usage(
        days, **{f"by_{then}": {**spec, "then": then} for then in ("streak", "active", "mean", "slope", "std", "min")}
    )


def test_ties_go_by_the_order_of_the_table() -> None:
    ends = {
        f"{agg}_{n}": {"from": "t", "agg": agg, "of": "n", "where": f"n < {n}"}
        for agg in ("first", "last")
        for n in (2, 9)
    }
    check_usage([-1, -1, -2, -2, -1], **ends)


def test_of_states_at_one_instant_the_one_known_last_holds() -> None:
    rows = [
        {"at": day(-5), "known_at": day(-1), "id": "k", "gone": None, "n": 1},
        {"at": day(-5), "known_at": day(-2), "id": "k", "gone": None, "n": 2},
        {"at": day(-6), "known_at": day(-0.5), "id": "k", "gone": True, "n": 3},
        {"at": day(-4), "known_at": day(-4), "id": "l", "gone": True, "n": 4},
        {"at": day(-9), "known_at": None, "id": "l", "gone": False, "n": 5},
        {"at": day(-9), "known_at": None, "id": None, "gone": False, "n": 6},
        {"at": day(-8), "known_at": None, "id": None, "gone": False, "n": 7},
    ]
    schema = {"at": US, "known_at": US, "id": pa.string(), "gone": pa.bool_(), "n": pa.int64()}
    sums = {
        name: {"from": "t", "agg": "sum", "of": "n", **keys} for name, keys in {"m": {}, "p": {"offset": "5d"}}.items()
    }
    check(STATES, schema, rows, **sums, last={"from": "t", "agg": "last", "of": "n"})


@pytest.mark.parametrize(
    "literal", ["9007199254740993", "9007199254740992", "-9007199254740993", "9223372036854775807"]
)
@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">="])
def test_integer_columns_compare_exactly_with_integer_literals(sign: str, literal: str) -> None:
    rows = [{"at": day(-1), "big": value} for value in BIG]
    where = {"from": "t", "agg": "count", "where": f"big {sign} {literal}"}
    listed = {"from": "t", "agg": "count", "where": f"big in ({literal}, 1)"}
    between = {"from": "t", "agg": "count", "where": f"big between {literal} and 9007199254740993"}
    check(USAGE, {"at": US, "big": pa.int64()}, rows, where=where, listed=listed, within=between)


@pytest.mark.parametrize("value", BIG, ids=str)
def test_integer_attributes_compare_exactly_with_integer_literals(value: int | None) -> None:
    literals = ["9007199254740993", "9007199254740992", "-9007199254740993"]
    signs = ["=", "!=", "<", ">="]
    formulas = {f"m{i}_{j}": f"t.big {s} {x}" for i, x in enumerate(literals) for j, s in enumerate(signs)}
    metrics = {name: {"formula": text} for name, text in formulas.items()}
    check(ACCOUNTS, {"big": pa.int64()}, [{"big": value}], **metrics)
