"""A score to be learned: what tells of an outcome in it, what does not, and what points the wrong way."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa

import customerhealth as ch

__all__ = ["MONTHS", "START", "book", "document", "learn"]

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
MONTHS = [START + timedelta(days=30 * month) for month in range(1, 9)]
CURVE = [[0, 0], [1, 100]]
NAMES = ("telling", "noise", "wrong", "also")


def document(**changes: Any) -> dict[str, Any]:
    """`telling` tells who is lost, `noise` nothing, `wrong` rises with the risk; the first two are nested."""
    inner = {"measures": {name: {"value": name, "weight": 20, "curve": CURVE} for name in ("telling", "noise")}}
    return {
        "format": 1,
        "tables": {"given": {"kind": "states", "account": "id", "time": "at"}},
        "metrics": {
            name: {"from": "given", "agg": "last", "of": name} for name in ("telling", "noise", "wrong", "also")
        },
        "scores": {
            "inner": inner,
            "health": {
                "measures": {
                    "inner": {"score": "inner", "weight": 60},
                    "wrong": {"value": "wrong", "weight": 20, "curve": CURVE},
                    "also": {"value": "also", "weight": 20, "curve": CURVE},
                },
                "grades": [{"name": "red", "from": 0}, {"name": "green", "from": 50}],
                **changes,
            },
        },
    }


def book(accounts: int = 150, seed: int = 0, missing: float = 0.0, name: str = "a") -> tuple[pa.Table, pa.Table]:
    """Values of each month, and who was lost in it."""
    random = np.random.default_rng(seed)
    rows: list[tuple[Any, ...]] = []
    lost: list[tuple[str, datetime]] = []
    for number in range(accounts):
        level = random.random()
        for month in range(8):
            values = np.clip([level + random.normal(0, 0.1), *random.random(3)], 0, 1).tolist()
            risk = 1 / (1 + np.exp(1.5 + 4 * values[0] + values[3] - 2.0 * values[2]))
            cells = [None if random.random() < missing else value for value in values]
            at = START + timedelta(days=30 * month + 29)
            rows.append((f"{name}{number}", at, *cells))
            if random.random() < risk:
                lost.append((f"{name}{number}", at + timedelta(days=10)))
    columns = list(zip(*rows, strict=True))
    names = ("id", "at", "telling", "noise", "wrong", "also")
    instant = pa.timestamp("us", "UTC")
    given = pa.table({n: pa.array(c, instant) if n == "at" else list(c) for n, c in zip(names, columns, strict=True)})
    outcome = pa.table({"account_id": [who for who, _ in lost], "at": pa.array([at for _, at in lost], instant)})
    return given, outcome


def learn(
    model: dict[str, Any] | None = None, data: Any = None, threads: int | None = None, **asked: Any
) -> ch.Learned:
    given, lost = book() if data is None else data
    portfolio = ch.Portfolio(ch.Model.parse(model or document()), given=given, threads=threads)
    keys: dict[str, Any] = {
        "as_ofs": MONTHS,
        "outcome": lost,
        "horizon": "30d",
        "observed": START + timedelta(days=300),
    }
    return portfolio.learn("health", **{**keys, **asked})
