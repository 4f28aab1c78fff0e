"""The scores of the preset `b2b-saas` on metrics that are there already: one row an account and week, no events."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import customerhealth as ch
from bench.workload import DAY_US, SEED

ACCOUNTS = 20_000
WEEKS = 52
FIRST_MONDAY = 20_094  # 2025-01-06, in days since the epoch: as-ofs are ticks of the model's clock
TABLE = "given"

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, Floats], Floats]

# Of each metric: values by how well a row does, 0 to 1; whole where the metric counts. And the share that is missing.
_METRICS: dict[str, tuple[Draw, float]] = {
    "days_since_use": (lambda rng, u: rng.exponential(1 + 12 * (1 - u) ** 2), 0.01),
    "stickiness": (lambda rng, u: 0.5 * u * rng.random(u.size), 0.02),
    "weeks_used": (lambda rng, u: np.rint(12 * u * rng.random(u.size) ** 0.1), 0.02),
    "momentum": (lambda rng, u: rng.normal(0.3 * (u - 0.5), 0.15), 0.02),
    "direction": (lambda rng, u: rng.normal(0.1 * (u - 0.5), 0.04), 0.02),
    "actions_per_user": (lambda rng, u: rng.lognormal(2 + 2 * u, 0.5), 0.02),
    "seat_use": (lambda rng, u: np.clip(rng.normal(u, 0.15), 0, 1), 0.05),
    "features": (lambda rng, u: np.rint(10 * u * rng.random(u.size)), 0.02),
    "new_features": (lambda rng, u: np.rint(rng.normal(u - 0.5, 1.5)), 0.02),
    "top_feature_share": (lambda rng, u: np.clip(1 - u * rng.random(u.size), 0.1, 1), 0.02),
    "days_used": (lambda rng, u: np.rint(22 * u * rng.random(u.size) ** 0.1), 0.02),
    "early_seat_use": (lambda rng, u: np.clip(rng.normal(u, 0.3), 0, 1), 0.1),
    "open_urgent": (lambda rng, u: rng.poisson(0.2 * (1 - u)).astype(float), 0.2),
    "open_tickets": (lambda rng, u: rng.poisson(4 * (1 - u)).astype(float), 0.2),
    "tickets_per_10_users": (lambda rng, u: rng.exponential(6, u.size), 0.2),
    "days_to_close": (lambda rng, u: rng.exponential(6, u.size), 0.4),
    "recommend": (lambda rng, u: np.clip(rng.normal(5 + 4 * u, 1), 0, 10), 0.6),
    "recommend_last": (lambda rng, u: np.clip(np.rint(rng.normal(5 + 4 * u, 2)), 0, 10), 0.5),
    "roles_known": (lambda rng, u: np.rint(3 * rng.random(u.size)) / 3, 0.3),
    "key_people_left": (lambda rng, u: rng.poisson(0.1, u.size).astype(float), 0.3),
    "days_to_renewal": (lambda rng, u: 365 * rng.random(u.size), 0.1),
    "mrr_growth": (lambda rng, u: rng.normal(0.2 * (u - 0.5), 0.1), 0.1),
    "active_users": (lambda rng, u: rng.poisson(20 * u).astype(float), 0.0),
    "active_users_before": (lambda rng, u: rng.poisson(20 * u).astype(float), 0.0),
    "signed_ahead": (lambda rng, u: (rng.random(u.size) < 0.05).astype(float), 0.0),
}
TEXTS = ("size_class", "sentiment_colour")
GIVEN = (*_METRICS, "tenure_months", *TEXTS)


def as_ofs() -> list[np.datetime64]:
    """Mondays."""
    days = FIRST_MONDAY + 7 * np.arange(WEEKS)
    return list((days * DAY_US).astype("datetime64[us]"))


def table(accounts: int) -> pa.Table:
    """One row an account and week, by account: who does well does well for long, with some noise from week to week."""
    rng = np.random.default_rng(SEED)
    rows = accounts * WEEKS
    base = np.repeat(rng.beta(3, 2, accounts), WEEKS)
    well = np.clip(base + rng.normal(0, 0.05, rows), 0, 1)
    week = np.tile(np.arange(WEEKS), accounts)
    columns: dict[str, Any] = {
        "account_id": np.repeat(np.arange(accounts), WEEKS),
        "as_of": pa.array((FIRST_MONDAY + 7 * week) * DAY_US, pa.timestamp("us", "UTC")),
        "known_at": pa.array((FIRST_MONDAY + 7 * week - 1) * DAY_US, pa.timestamp("us", "UTC")),
    }
    for name, (draw, missing) in _METRICS.items():
        columns[name] = pa.array(draw(rng, well), mask=rng.random(rows) < missing)
    tenure = np.repeat(rng.integers(0, 60, accounts), WEEKS) + week * 7 // 30
    columns["tenure_months"] = tenure.astype(np.float64)
    columns["size_class"] = _texts(np.repeat(rng.integers(0, 3, accounts), WEEKS), ["small", "medium", "large"])
    mood = np.searchsorted([0.1, 0.4], well + rng.normal(0, 0.1, rows))
    columns["sentiment_colour"] = _texts(mood, ["red", "yellow", "green"], mask=rng.random(rows) < 0.3)
    return pa.table(columns)


def _texts(codes: npt.NDArray[np.int64], names: list[str], mask: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(np.asarray(names, object)[codes], pa.string(), mask=mask)


def document() -> dict[str, Any]:
    """The preset's scores; what were metrics are columns of the one table."""
    preset = ch.Model.preset("b2b-saas").to_dict()
    accounts = {"kind": "accounts", "account": "account_id", "known": "known_at"}
    scores = {name: _given(spec) for name, spec in preset["scores"].items()}
    return {"format": 1, "name": "b2b-saas", "tables": {TABLE: accounts}, "scores": scores}


def _given(node: Any) -> Any:
    """Formulas that name metrics name columns."""
    if isinstance(node, list):
        return [_given(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: _given(value) for key, value in node.items() if key != "description"}
    for key in ("value", "when", "within"):
        if isinstance(found.get(key), str):
            found[key] = re.sub("|".join(rf"\b{name}\b" for name in GIVEN), rf"{TABLE}.\g<0>", found[key])
    return found
