"""Three journeys, ten cohorts and ten plays over a simulated portfolio: what a customer-success team would run on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import customerhealth as ch

ACCOUNTS = 20_000
WEEKS = 104
START, END = "2024-07-01", "2026-06-29"  # Mondays
FIRST_TICK = "2024-07-08"  # the first of the weeks; the last is the end

_USAGE = {"from": "usage", "window": "28d"}
METRICS: dict[str, Any] = {
    "customer_since": {"from": "contracts", "agg": "first_time", "rows": "started"},
    "seats": {"from": "contracts", "agg": "sum", "of": "seats"},
    "mrr": {"from": "contracts", "agg": "sum", "of": "mrr"},
    "mrr_before": {"from": "contracts", "agg": "sum", "of": "mrr", "offset": "180d"},
    "days_to_renewal": {"from": "contracts", "agg": "days_to_end"},
    "signed_ahead": {"from": "contracts", "agg": "count", "rows": "upcoming"},
    "days_since_use": {"from": "usage", "agg": "days_since_last"},
    "actions": {**_USAGE, "agg": "count"},
    "active_users": {**_USAGE, "agg": "count_distinct", "of": "user_id"},
    "active_users_before": {**_USAGE, "agg": "count_distinct", "of": "user_id", "offset": "28d"},
    "features": {**_USAGE, "agg": "count_distinct", "of": "feature"},
    "seat_use": {"formula": "active_users / seats"},
    "momentum": {"formula": "(active_users - active_users_before) / (active_users_before + 2)"},
    "tenure_months": {"formula": "months_between(as_of, customer_since)"},
    "open_urgent": {"from": "tickets", "agg": "count", "where": "severity = 1"},
    "tickets_opened": {"from": "tickets", "agg": "count", "rows": "started", "window": "90d"},
    "recommend": {"from": "surveys", "agg": "last", "of": "score", "window": "365d"},
    "champions": {"from": "contacts", "agg": "count", "where": "role = 'champion'"},
    "champions_left": {
        "from": "contacts",
        "agg": "count",
        "rows": "ended",
        "window": "90d",
        "where": "role = 'champion'",
    },
    "meetings": {"from": "activities", "agg": "count", "window": "90d"},
    "colour": {"from": "sentiment", "agg": "last", "of": "colour", "stale_after": "120d"},
    "size": {"formula": "accounts.segment"},
    "manager": {"formula": "accounts.owner"},
}

JOURNEYS: dict[str, Any] = {
    "buying": {
        "stages": [
            {"name": "prospect", "enter": "customer_since is missing", "owner": "marketing"},
            {
                "name": "met",
                "enter": "customer_since is missing and meetings >= 1",
                "owner": "sales",
                "deadline": "12w",
            },
            {"name": "customer", "enter": "mrr > 0", "owner": "success"},
            {"name": "renewing", "enter": "days_to_renewal <= 60 and signed_ahead = 0", "owner": "success"},
            {"name": "former", "enter": "mrr = 0 and tenure_months >= 1", "owner": "sales"},
        ]
    },
    "adoption": {
        "stages": [
            {"name": "dormant", "enter": "days_since_use > 28", "owner": "success", "deadline": "8w"},
            {"name": "onboarding", "enter": "tenure_months < 3 and actions >= 1", "least": "2w", "deadline": "13w"},
            {"name": "using", "enter": "seat_use >= 0.3", "owner": "success"},
            {"name": "adopted", "enter": "seat_use >= 0.5 and features >= 4", "owner": "success", "least": "4w"},
            {"name": "expanding", "enter": "seat_use >= 0.8 and momentum >= 0", "owner": "sales"},
        ],
        "start": "onboarding",
    },
    "relationship": {
        "stages": [
            {"name": "unknown", "enter": "colour is missing and recommend is missing"},
            {"name": "detractor", "enter": "recommend <= 6 or colour = 'red'", "exit": "open_urgent = 0"},
            {"name": "passive", "enter": "recommend in (7, 8) and colour != 'red'"},
            {"name": "promoter", "enter": "recommend >= 9 and colour != 'red'", "least": "4w"},
        ],
        "moves": {
            "unknown": ["detractor", "passive", "promoter"],
            "detractor": ["passive", "unknown"],
            "passive": ["detractor", "promoter", "unknown"],
            "promoter": ["passive", "detractor", "unknown"],
        },
    },
}

COHORTS: dict[str, Any] = {
    "customers": {"when": "mrr > 0", "revenue": "mrr"},
    "used_rarely": {"when": "mrr > 0 and (days_since_use > 14 or actions < 10)", "revenue": "mrr"},
    "features_unused": {"when": "mrr > 0 and features <= 2", "revenue": "mrr"},
    "users_not_growing": {"when": "mrr > 0 and momentum <= 0 and tenure_months >= 6", "revenue": "mrr"},
    "does_not_recommend": {"when": "relationship = 'detractor'", "revenue": "mrr"},
    "about_to_lapse": {"when": "days_to_renewal <= 90 and signed_ahead = 0", "revenue": "mrr"},
    "expansion": {"when": "seat_use >= 0.9 or adoption = 'expanding'", "revenue": "mrr"},
    "advocates": {"when": "relationship = 'promoter' and adoption in ('adopted', 'expanding')", "revenue": "mrr"},
    "no_champion": {"when": "mrr > 0 and champions = 0", "revenue": "mrr"},
    "grown": {"when": "mrr > mrr_before", "revenue": "mrr"},
}

_MAIL = {"cooldown": "28d", "due": "7d", "owner": "{manager}", "channel": "mail"}
PLAYS: dict[str, Any] = {
    "going_quiet": {**_MAIL, "when": "mrr > 0 and days_since_use > 14", "message": "Quiet for {days_since_use:.0f} d"},
    "usage_falls": {**_MAIL, "when": "momentum <= -0.3", "unless": "open_urgent > 0", "evidence": ["active_users"]},
    "champion_left": {**_MAIL, "when": "champions_left > 0 and champions = 0", "closes": "champions > 0"},
    "renewal": {**_MAIL, "when": "days_to_renewal <= 90", "closes": "signed_ahead > 0 or mrr = 0", "priority": "mrr"},
    "onboarding_late": {**_MAIL, "when": "adoption = 'onboarding' and adoption_stalled"},
    "urgent_ticket": {"when": "open_urgent > 0", "priority": 9, "owner": "support", "evidence": ["open_urgent"]},
    "many_tickets": {**_MAIL, "when": "tickets_opened >= 8", "unless": "does_not_recommend"},
    "detractor": {**_MAIL, "when": "recommend <= 6", "closes": "recommend > 6", "message": "Gave {recommend}"},
    "expand": {**_MAIL, "when": "expansion", "unless": "open_urgent > 0", "priority": "seats"},
    "ask_reference": {**_MAIL, "when": "advocates", "unless": "meetings > 12", "cooldown": "180d"},
}


def data(accounts: int) -> ch.datasets.Simulation:
    """Two years of a simulated portfolio."""
    return ch.datasets.simulate(accounts, START, END, seed=1)


def ticks() -> npt.NDArray[np.datetime64]:
    """The ticks of the model's clock, which are the as-ofs asked for."""
    return ch.dates(FIRST_TICK, END, every="7d")


def document(*, life: bool = True) -> dict[str, Any]:
    """The model, or the metrics that it needs alone."""
    preset = ch.Model.preset("b2b-saas").to_dict()["tables"]
    tables = {name: preset[name] for name in ("usage", "contracts", "tickets", "surveys", "contacts", "sentiment")}
    tables["activities"] = {"kind": "events", "account": "account_id", "time": "occurred_at"}
    tables["accounts"] = {"kind": "accounts", "account": "account_id"}
    keys = {"journeys": JOURNEYS, "cohorts": COHORTS, "plays": PLAYS} if life else {}
    clock = {"every": "7d", "anchor": FIRST_TICK}
    return {"format": 1, "name": "life-cycle", "clock": clock, "tables": tables, "metrics": METRICS, **keys}
