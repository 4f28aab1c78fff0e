"""A portfolio small enough to work out by hand: three customers, one month of use."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

import customerhealth as ch

AS_OF = "2026-07-01"

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "small",
    "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at", "known": "known_at"}},
    "metrics": {
        "events": {"from": "usage", "agg": "count", "window": "28d", "description": "Things done in four weeks."},
        "users": {"from": "usage", "agg": "count_distinct", "of": "user_id", "window": "28d"},
        "per_user": {"formula": "events / users"},
        "mean_quantity": {"from": "usage", "agg": "mean", "of": "quantity", "window": "28d"},
    },
    "scores": {
        "activity": {
            "measures": {
                "volume": {"value": "events", "weight": 3, "curve": [[0, 0], [4, 100]]},
                "people": {"value": "users", "weight": 1, "curve": [[0, 0], [2, 100]]},
            }
        },
        "health": {
            "measures": {
                "activity": {"score": "activity", "weight": 3},
                "size": {"value": "mean_quantity", "weight": 1, "curve": [[0, 0], [10, 100]]},
            },
            "caps": [{"name": "one user", "when": "users < 2", "at_most": 50}],
            "grades": [{"name": "red", "from": 0}, {"name": "yellow", "from": 50}, {"name": "green", "from": 75}],
        },
    },
}


def document(**changes: Any) -> dict[str, Any]:
    """The document with some of its top-level keys replaced."""
    return {**copy.deepcopy(DOCUMENT), **changes}


def model() -> ch.Model:
    return ch.Model.parse(DOCUMENT)


def usage(ids: tuple[Any, Any, Any] = ("acme", "beta", "zeta")) -> pa.Table:
    """acme: four events of two users; beta: one event; zeta: its only event lies before the window."""
    day = datetime(2026, 6, 10)
    rows = [
        (ids[0], "a", day, 8.0),
        (ids[0], "b", day + timedelta(days=1), 8.0),
        (ids[0], "a", day + timedelta(days=2), None),
        (ids[0], "a", day + timedelta(days=3), 5.0),
        (ids[1], "c", day, 2.0),
        (ids[2], "d", datetime(2026, 1, 1), 1.0),
    ]
    account, user, at, quantity = zip(*rows, strict=True)
    return pa.table(
        {
            "account_id": pa.array(account),
            "user_id": pa.array(user),
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "known_at": pa.array(at, pa.timestamp("us", "UTC")),
            "quantity": pa.array(quantity, pa.float64()),
        }
    )


def portfolio(**options: Any) -> ch.Portfolio:
    return ch.Portfolio(model(), usage=usage(), **options)


def panel() -> ch.Panel:
    return portfolio().score(AS_OF)


def many(rows: int, accounts: int = 500) -> pa.Table:
    """Enough rows to keep two threads busy for a while."""
    import numpy as np

    random = np.random.default_rng(7)
    at = np.datetime64("2025-01-01", "us") + random.integers(0, 540 * 86_400_000_000, rows)
    return pa.table(
        {
            "account_id": random.integers(0, accounts, rows),
            "user_id": random.integers(0, 50, rows),
            "at": at,
            "known_at": at,
            "quantity": random.exponential(3.0, rows),
        }
    )


def slow(rows: int, **options: Any) -> ch.Portfolio:
    """Sixty medians, so that there is time to look while it scores."""
    asked = document(scores={})
    asked["metrics"] = {
        f"median_{days}_{k}": {
            "from": "usage",
            "agg": "median",
            "of": "quantity",
            "window": f"{days}d",
            "where": f"quantity > {k} / 100",
        }
        for days in (28, 90, 365)
        for k in range(20)
    }
    return ch.Portfolio(ch.Model.parse(asked), usage=many(rows), **options)
