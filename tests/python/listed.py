"""A panel of five accounts at two dates, for tests of lists: two scores, a cap, plays, owners and what accounts pay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

import customerhealth as ch

AS_OFS = ["2026-06-01", "2026-07-01"]
DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "lists",
    "tables": {
        "accounts": {"kind": "accounts", "account": "id", "label": "called"},
        "seen": {"kind": "states", "account": "id", "time": "at"},
    },
    "metrics": {
        "use": {"from": "seen", "agg": "last", "of": "use"},
        "mood": {"from": "seen", "agg": "last", "of": "mood"},
        "owner": {"formula": "accounts.owner"},
        "mrr": {"formula": "accounts.mrr"},
    },
    "scores": {
        "product": {"measures": {"depth": {"value": "use", "weight": 1, "curve": [[0, 0], [100, 100]]}}},
        "health": {
            "measures": {
                "product": {"score": "product", "weight": 3},
                "mood": {"value": "mood", "weight": 1, "curve": [[0, 0], [10, 100]]},
            },
            "caps": [{"name": "angry", "when": "mood < 2", "at_most": 40}],
            "grades": [{"name": "red"}, {"name": "green", "from": 50}],
        },
    },
    "plays": {"call": {"when": "use < 30", "due": "7d", "priority": "1"}, "visit": {"when": "mood < 2"}},
}
ACCOUNTS = pa.table({
    "id": ["a", "b", "c", "d", "e"], "called": ["Ahorn", "Birke", None, "Distel", "Esche"],
    "owner": ["kim", "lee", "kim", None, "lee"], "mrr": [100.0, 900.0, 500.0, 50.0, 10.0],
})  # fmt: skip
BEFORE = [("a", 80.0, 8.0), ("b", 60.0, 8.0), ("c", 20.0, 8.0), ("d", 50.0, 5.0)]
AFTER = [("a", 80.0, 1.0), ("b", 20.0, 8.0), ("c", 20.0, 8.0), ("e", 90.0, 9.0)]


def panel(document: dict[str, Any] | None = None, accounts: pa.Table = ACCOUNTS) -> ch.Panel:
    rows = [(*row, day) for rows, day in ((BEFORE, 10), (AFTER, 40)) for row in rows]
    seen = {
        "id": [row[0] for row in rows], "use": [row[1] for row in rows], "mood": [row[2] for row in rows],
        "at": [datetime(2026, 5, 10) if row[3] == 10 else datetime(2026, 6, 10) for row in rows],
    }  # fmt: skip
    model = ch.Model.parse(DOCUMENT if document is None else document)
    return ch.Portfolio(model, accounts=accounts, seen=pa.table(seen)).score(AS_OFS)
