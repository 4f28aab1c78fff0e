"""A portfolio to draw: six accounts of known use, revenue and renewal, as of one date or of several."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

import customerhealth as ch

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "drawn",
    "tables": {
        "accounts": {"kind": "accounts", "account": "id", "label": "name"},
        "logins": {"kind": "events", "account": "id", "time": "day"},
    },
    "metrics": {
        "logins_28d": {"from": "logins", "agg": "count", "window": "28d"},
        "mood": {"formula": "accounts.mood"},
        "colour": {"formula": "accounts.colour"},
        "arr": {"formula": "accounts.arr"},
        "renewal": {"formula": "accounts.renewal"},
    },
    "scores": {
        "use": {"measures": {"logins": {"value": "logins_28d", "curve": [[0, 0], [10, 100]]}}},
        "health": {
            "measures": {
                "use": {"score": "use", "weight": 3},
                "mood": {"value": "mood", "weight": 1, "bands": [{"below": 5, "points": 20}, {"points": 80}]},
                "colour": {"value": "colour", "weight": 1, "labels": {"red": 0, "green": 100}},
            },
            "least_coverage": 0.5,
            "grades": [{"name": "red"}, {"name": "yellow", "from": 50}, {"name": "green", "from": 75}],
        },
    },
}
AS_OFS = ("2026-05-01", "2026-06-01", "2026-07-01")
LOGINS = {
    "acme": (9, 8, 1),
    "beta": (2, 6, 9),
    "gamma": (10, 10, 10),
    "delta": (0, 1, 2),
    "eps": (5, 5, 5),
    "zeta": (4, 4, 0),
}


def accounts(**columns: Any) -> pa.Table:
    """zeta has no mood and no colour, eps no renewal."""
    made = {
        "id": [*LOGINS],
        "name": ["Acme & Sons", None, None, None, None, None],
        "mood": [9.0, 3.0, 7.0, 2.0, 5.0, None],
        "colour": ["green", "red", "green", "red", None, None],
        "arr": [1000.0, 500.0, 2000.0, 300.0, 100.0, 50.0],
        "renewal": [30.0, 200.0, 80.0, 60.0, None, 10.0],
    }
    return pa.table({**made, **columns})


def logins() -> pa.Table:
    rows = [
        (account, date.fromisoformat(at) - timedelta(days=1 + k))
        for account, counts in LOGINS.items()
        for at, count in zip(AS_OFS, counts, strict=True)
        for k in range(count)
    ]
    return pa.table({"id": [row[0] for row in rows], "day": [row[1] for row in rows]})


def portfolio(**columns: Any) -> ch.Portfolio:
    return ch.Portfolio(ch.Model.parse(DOCUMENT), accounts=accounts(**columns), logins=logins())


def panel(*as_ofs: str, **columns: Any) -> ch.Panel:
    return portfolio(**columns).score(list(as_ofs or AS_OFS))


def empty_panel() -> ch.Panel:
    """Before anybody was there."""
    model = ch.Model.parse(
        {**DOCUMENT, "tables": {**DOCUMENT["tables"], "accounts": {**DOCUMENT["tables"]["accounts"], "known": "since"}}}
    )
    late = accounts(since=pa.array([date(2030, 1, 1)] * len(LOGINS)))
    return ch.Portfolio(model, accounts=late, logins=logins()).score("2026-07-01")
