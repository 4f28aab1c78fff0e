"""Nights of a portfolio whose walk is kept: a model with a past, its rows, and what is asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

import customerhealth as ch
from customerhealth import _core
from invariance import lives
from lives import STAGES, day, document

MODEL = document(
    journeys={"buying": {"stages": STAGES}},
    plays={"call": {"when": "v >= 10", "cooldown": "21d", "message": "{v} of {accounts.tier}", "evidence": ["v"],
                    "priority": "v + 1"}},
    scores={
        "health": {
            "measures": {"m": {"value": "v", "identity": True}},
            "grades": [{"name": "red"}, {"name": "green", "from": 10}],
            "hysteresis": {"points": 3},
            "trend": {"over": "14d"},
        }
    },
)  # fmt: skip
RANKED = {
    **MODEL,
    "scores": {
        "health": {
            **MODEL["scores"]["health"],
            "measures": {"m": {"value": "v", "percentile": {}}},
            "grades": [{"name": "red"}, {"name": "green", "from": 40}],
        }
    },
}
NAMES = "abcdefghijklmn"
Row = tuple[str, float, float]
HISTORY: list[Row] = [(name, 7 * k + 1, float((7 * k + 5 * n) % 25)) for n, name in enumerate(NAMES) for k in range(12)]
NIGHTS: list[list[Row]] = [
    [(name, 84 + night + 0.5, float((11 * night + 5 * n) % 25)) for n, name in enumerate(NAMES) if (n + night) % 5 == 0]
    for night in range(9)
]


def rows(*parts: list[Row]) -> pa.Table:
    """Account, day and value."""
    found = [row for part in parts for row in part]
    return pa.table(
        {
            "id": [row[0] for row in found],
            "at": pa.array([day(row[1]) for row in found], pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in found], pa.float64()),
        }
    )


def tiers(names: str = NAMES, tier: str = "gold") -> pa.Table:
    return pa.table({"id": list(names), "tier": [tier] * len(names)})


def at_once(*parts: list[Row], model: dict[str, Any] = MODEL, accounts: pa.Table | None = None) -> ch.Portfolio:
    accounts = tiers() if accounts is None else accounts
    return ch.Portfolio(ch.Model.parse(model), given=rows(*parts), accounts=accounts)


def reached(portfolio: ch.Portfolio) -> list[Any]:
    """Until when each node was walked, and whether that is of all accounts."""
    return [
        None if node is None else (pa.scalar(node[0], pa.timestamp("us", "UTC")).as_py(), node[1])
        for node in _core.walk_reached(portfolio._loaded.core)
    ]


def assert_alike(folder: Path, whole: ch.Portfolio, model: dict[str, Any] = MODEL) -> None:
    for as_ofs in ([day(93)], [day(7 * k + 2) for k in (3, 9, 12, 13)], [day(40)], [day(93)]):
        found = ch.Portfolio.open(folder)
        assert lives(found, as_ofs, model) == lives(whole, as_ofs, model)
        assert lives(found, as_ofs, model) == lives(whole, as_ofs, model)
