"""What is no argument is said in words: never a KeyError of another library or a signature of the core."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
import small

TS = pa.timestamp("us", "UTC")


@cache
def portfolio() -> ch.Portfolio:
    return small.portfolio()


@cache
def revenue() -> ch.Revenue:
    starts = pa.array([1_650_000_000_000_000] * 2, TS)
    return ch.Revenue(pa.table({"account_id": ["a", "b"], "start": starts, "end": pa.nulls(2, TS), "mrr": [1.0, 2.0]}))


CALLS: dict[str, Callable[[], object]] = {
    "a length that is a number": lambda: revenue().retention("2023-01-01", over=7),  # type: ignore[arg-type]
    "a length that is None": lambda: revenue().retention("2023-01-01", over=None),  # type: ignore[arg-type]
    "a gap that is a list": lambda: ch.Revenue.from_events(pa.table({}), gap=["28d"]),  # type: ignore[arg-type]
    "no as-of for path_to": lambda: small.panel().path_to("green", as_of=[]),  # type: ignore[arg-type]
    "two as-ofs for explain": lambda: small.panel().explain("acme", ["2026-07-01"] * 2),  # type: ignore[arg-type]
    "tables that are no dict": lambda: portfolio().append(tables=-1),  # type: ignore[arg-type]
    "threads beyond 32 bits": lambda: portfolio().score("2023-01-01", threads=2**31),
    "peers beyond the year 9999": lambda: portfolio().peers([np.datetime64("20000-01-01")]).as_ofs,
    "an account beyond 64 bits": lambda: small.panel().explain(2**70),
    "an account that is a list": lambda: small.panel().explain(["acme"]),  # type: ignore[arg-type]
    "too many periods": lambda: revenue().what_if("2023-01-01", periods=10**9),
}


@pytest.mark.parametrize("what", CALLS)
def test_what_is_no_argument_is_said_in_words(what: str) -> None:
    with pytest.raises((ch.Error, ValueError, TypeError)) as error:
        CALLS[what]()
    said = str(error.value)
    assert "incompatible" not in said
    assert "object has no attribute" not in said
    assert any(word in said for word in ("expected", "no account", "beyond")), said


def test_scores_that_are_nested_more_deeply_than_calls_are_explained() -> None:
    scores: dict[str, Any] = {"s0": {"measures": {"m": {"value": "n", "identity": True}}}}
    scores |= {f"s{k}": {"measures": {"m": {"score": f"s{k - 1}"}}} for k in range(1, 1500)}
    document = {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"n": {"from": "usage", "agg": "count"}},
        "scores": scores,
    }
    usage = pa.table({"id": ["x"], "at": pa.array([1_650_000_000_000_000], TS)})
    explained = ch.Portfolio(ch.Model.parse(document), usage=usage).score("2023-01-01").explain("x")
    assert [score.name for score in explained.scores] == [f"s{k}" for k in range(1499, -1, -1)]
