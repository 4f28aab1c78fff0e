"""`why_changed` among peers: what the account did, and what the others did."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

A, B = "2026-01-01", "2026-02-01"


def panel(shape: dict[str, Any], before: dict[str, float], now: dict[str, float]) -> ch.Panel:
    """One measure of that shape over a state `v`, which each account has at both dates."""
    rows = [
        (name, dt.datetime(2025, 12, 1) if values is before else dt.datetime(2026, 1, 15), value)
        for values in (before, now)
        for name, value in values.items()
    ]
    table = pa.table(dict(zip(("account", "at", "v"), map(list, zip(*rows, strict=True)), strict=True)))
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"s": {"kind": "states", "account": "account", "time": "at"}},
            "metrics": {"v": {"from": "s", "agg": "last", "of": "v"}, "n": {"formula": "3"}},
            "scores": {"health": {"measures": {"rank": {"value": "v", **shape}}}},
        }
    )
    return ch.Portfolio(model, s=table).score([A, B])


def causes(changed: ch.Panel, account: str) -> dict[str, float]:
    rows = changed.why_changed("health", A, B).to_pylist()
    return {row["cause"]: row["contribution"] for row in rows if row["account_id"] == account}


def test_what_the_others_did_is_told_apart_from_what_the_account_did() -> None:
    before = {"a": 30.0, "b": 10.0, "c": 20.0, "d": 40.0}
    now = {"a": 15.0, "b": 10.0, "c": 12.0, "d": 40.0}
    changed = panel({"percentile": {"rank": "below"}}, before, now)
    # a is above b and c at both dates: 50 points. Its 15 among the old values is above b alone: 25; its 30 among the
    # new ones is above b, c and a's own 15: 75. value: mean of 25 - 50 and 50 - 75; peers: of 75 - 50 and 50 - 25.
    assert causes(changed, "a") == {"value": -25.0, "peers": 25.0}
    # d stays where it is, above all others.
    assert causes(changed, "d") == {}
    # b stays the lowest.
    assert causes(changed, "b") == {}


def test_an_account_that_stands_still_moves_by_its_peers_alone() -> None:
    before, now = {"a": 30.0, "b": 10.0}, {"a": 30.0, "b": 50.0}
    changed = panel({"percentile": {"rank": "below"}}, before, now)
    assert causes(changed, "a") == {"peers": -50.0}


@pytest.mark.parametrize(
    "shape",
    [
        {"percentile": {}},
        {"zscore": {"limit": 2}},
        {"zscore": {}, "descending": True},
        {"curve": [[0, 0], [100, 100]], "shrink": {"rows": "n", "strength": 2}},
        {"percentile": {"rank": "at_most"}, "shrink": {"rows": "n", "strength": 1}},
    ],
)
def test_causes_among_peers_sum_to_the_change(shape: dict[str, Any]) -> None:
    before = {"a": 30.0, "b": 10.0, "c": 20.0, "d": 41.5, "e": 41.5}
    now = {"a": 5.0, "b": 60.0, "c": 20.0, "d": 11.0, "e": 42.0}
    changed = panel(shape, before, now)
    score = {(row["account_id"], row["as_of"].month): row["health"] for row in changed.table.to_pylist()}
    for account in before:
        told = causes(changed, account)
        assert sum(told.values()) == pytest.approx(score[account, 2] - score[account, 1], abs=1e-9)
        assert told.keys() <= {"value", "peers"}
    assert causes(changed, "c").keys() == {"peers"}
