"""Tables to try each preset on: of the simulated company where they fit, else made up in the words of the preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..io.columns import Ints, codes_of, instant_column
from ..io.instants import DAY, dates, to_micros
from ..model import Model
from .oss_projects import load_oss_projects
from .simulation import Simulation, simulate
from .traits import stream

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["data_for", "tables_for"]

START, END = "2024-07-01", "2026-07-01"


@dataclass(frozen=True)
class Level:
    """A number of which each account has its own level, between two ends; a share of another column if one is named."""

    low: float
    high: float
    of: str = ""


@dataclass(frozen=True)
class Made:
    """Columns of a table: of a table of the company (`like`), or so many rows an account, over the two years.

    A text is a column of `like`; a tuple has the values to draw from; ``time`` is when a row is, ``soon`` an hour
    later, ``later`` weeks later or not yet, ``number`` that of the account.
    """

    columns: Mapping[str, str | tuple[Any, ...] | Level]
    like: str = ""
    rows: tuple[int, int] = (0, 0)  # at least, at most


Preset: TypeAlias = "dict[str, Made]"
_USES = {"account_id": "account_id", "occurred_at": "occurred_at", "user_id": "user_id"}
_CONTRACT = {"start_date": "start_date", "end_date": "end_date", "signed_at": "signed_at"}
_CUSTOMER = {"account_id": "account_id", "known_at": "known_at"}
_MET = {"account_id": "account_id", "met_at": "met_at"}
_TICKET: dict[str, str | tuple[Any, ...] | Level] = {"opened_at": "time", "closed_at": "later"}
_COLOURS, _STATES = ("red", "yellow", "green"), ("good", "average", "poor")
_POSTHOG = ("analytics", "replay", "errors", "logs", "ai_observability", "experiments", "web", "ai", "surveys")
_VITALLY = ("analytics", "replay", "flags", "experiments", "surveys", "warehouse", "web", "errors", None)
_REPORT: dict[str, str | tuple[Any, ...] | Level] = {"reported_at": "time", "received_at": "soon"}
_SUBSCRIPTION = {"account_id": "account_id", **_CONTRACT, "subscription_id": "contract_id"}
_MADE: dict[str, Preset] = {
    "amplitude-lifecycle": {"activity": Made(_USES, "usage")},
    "catalyst": {
        "judgements": Made(
            {"set_at": "time", "topic": ("pulse", "sponsor", "onboarding"), "colour": _COLOURS}, rows=(12, 12)
        )
    },
    "demandbase-stages": {
        "predictions": Made(
            {"scored_at": "time", "qualification_score": Level(20, 100), "pipeline_score": Level(10, 95)}, rows=(8, 8)
        ),
        "engagement": Made(
            {
                "account_id": "account_id",
                "occurred_at": "occurred_at",
                "minutes": Level(1, 20),
                "kind": ("marketing", "sales"),
            },
            "touches",
        ),
        "intent": Made(
            {"account_id": "account_id", "observed_at": "observed_at", "strength": ("low", "medium", "high")}, "signals"
        ),
    },
    "gainsight-rollup": {
        "measures": Made(
            {
                "set_at": "time",
                "measure": ("habits", "value", "support", "sponsor", "sentiment"),
                "score": Level(5, 100),
            },
            rows=(15, 15),
        )
    },
    "gitlab": {
        "accounts": Made(
            {
                **_CUSTOMER,
                "will_churn": (False,) * 9 + (True,),
                "touch": ("csm_led", "csm_led", "scale", "tech_touch"),
                "priority": (1, 2),
            },
            "accounts",
        ),
        "subscriptions": Made(
            {**_SUBSCRIPTION, "licensed_users": "seats", "tier": ("premium", "ultimate")}, "contracts"
        ),
        "usage": Made(
            {
                **_REPORT,
                "instance_id": "number",
                "counted": (True,),
                "billable_users": Level(0.5, 40),
                "active_users": Level(0.2, 1, "billable_users"),
                "git_users": Level(0, 0.7, "billable_users"),
                "builds": Level(0, 80, "billable_users"),
                "scanner_users": Level(0, 0.4, "billable_users"),
                "internal_pipelines": Level(10, 200),
                "scans": Level(0, 1, "internal_pipelines"),
                "scanner_kinds": (0, 1, 2, 3, 5),
                "deploying_users": Level(0, 0.25, "billable_users"),
                "deployments": Level(0, 12, "billable_users"),
                "successful_deployments": Level(0, 20),
                "failed_deployments": Level(0, 8),
            },
            rows=(24, 24),
        ),
        "success_plans": Made(
            {
                "changed_at": "time",
                "plan_id": "number",
                "status": ("draft", "active", "closed"),
                "objectives": (0, 1, 3),
            },
            rows=(0, 6),
        ),
        "tickets": Made({**_TICKET, "emergency": (True,) + (False,) * 9}, rows=(0, 600)),
        "meetings": Made({**_MET, "role": ("development_lead", "security_lead", "other", "other")}, "meetings"),
    },
    "gitlab-2022": {
        "usage": Made(
            {
                **_REPORT,
                "licences": Level(40, 400),
                "git_users": Level(0, 0.9, "licences"),
                "pipeline_users": Level(0, 0.9, "licences"),
                "deployments": Level(0, 0.2, "licences"),
                "deploying_users": Level(0, 0.25, "licences"),
                "scanner_users": Level(0, 0.4, "licences"),
                "container_scanning_users": Level(0, 0.25, "licences"),
                "secret_detection_users": Level(0, 0.4, "licences"),
                "delivery_users": Level(0, 0.2, "licences"),
            },
            rows=(24, 24),
        )
    },
    "gitlab-time-to-value": {
        "subscriptions": Made(_SUBSCRIPTION, "contracts"),
        "usage": Made(
            {
                **_REPORT,
                "licensed_users": Level(20, 200),
                "billable_users": Level(0, 1.2, "licensed_users"),
                "git_users": Level(0, 0.9, "billable_users"),
                "builds_users": Level(0, 0.6, "billable_users"),
                "scanner_users": Level(0, 0.5, "billable_users"),
            },
            rows=(24, 24),
        ),
    },
    "hubspot-points": {
        "activity": Made(
            {
                "account_id": "account_id",
                "occurred_at": "occurred_at",
                "kind": (
                    *("login", "feature_used") * 45,
                    *("webinar", "email_click", "email_click") * 7,
                    *("support_complaint", "unsubscribe"),
                ),
            },
            "usage",
        )
    },
    "mattermost": {
        "licences": Made({"account_id": "account_id", **_CONTRACT, "licence_id": "contract_id"}, "contracts"),
        "risks": Made({"set_at": "time", "level": ("at_risk", "early_warning", "none", "none", "none")}, rows=(6, 6)),
    },
    "pendo": {
        "activity": Made({**_USES, "user_feature": tuple(range(400)), "core": (True, False)}, "usage"),
        "accounts": Made({"account_id": "account_id", "core_features": (5, 10)}, "accounts"),
        "movements": Made({"moved_at": "time", "movement": ("new", "new", "recovered", "dropped")}, rows=(30, 30)),
    },
    "posthog-2026": {
        "activity": Made({**_USES, "product": _POSTHOG}, "usage"),
        "objects": Made(
            {
                "created_at": "time",
                "deleted_at": "later",
                "kind": ("flag", "flag", "warehouse_source", "destination", "transformation", "export"),
            },
            rows=(0, 150),
        ),
    },
    "posthog-vitally": {
        "accounts": Made({**_CUSTOMER, "members": Level(3, 60)}, "accounts"),
        "activity": Made({**_USES, "product": _VITALLY}, "usage"),
        "volume": Made({"day": "time", "product": _VITALLY[:6], "volume": Level(10, 1000)}, rows=(300, 300)),
        "tickets": Made({**_TICKET, "urgent": (True,) + (False,) * 9}, rows=(0, 300)),
        "queries": Made({"run_at": "time", "failed": (False,) * 14 + (True,)}, rows=(1500, 1500)),
        "docs_visits": Made({"account_id": "account_id", "visited_at": "occurred_at"}, "usage"),
    },
    "sourcegraph": {
        "activity": Made(_USES, "usage"),
        "tickets": Made({**_TICKET, "kind": ("defect", "question", "question")}, rows=(0, 250)),
        "judgements": Made(
            {"set_at": "time", "topic": ("account_pulse", "relationships"), "points": tuple(range(11))}, rows=(10, 10)
        ),
    },
    "totango-conditions": {
        "conditions": Made(
            {
                "set_at": "time",
                "condition": ("licence_use", "last_login", "open_tickets", "payments"),
                "state": _STATES,
            },
            rows=(16, 16),
        )
    },
    "totango-engagement": {
        "accounts": Made({**_CUSTOMER, "created_at": "created_at", "status": ("trial", "paying")}, "accounts"),
        "activity": Made(_USES, "usage"),
    },
}


def tables_for(name: str, *, accounts: int = 200, seed: int = 0) -> dict[str, pa.Table]:
    """Tables to try a preset on, so that all of it is at work.

    Parameters
    ----------
    name : str
        A preset; :meth:`customerhealth.Model.presets` lists them.
    accounts, seed : int
        Of :func:`simulate`, over the two years up to July 2026. ``oss-projects`` has its own log.

    Returns
    -------
    dict of str to pyarrow.Table
        For ``Portfolio(model, tables=...)``. Tables of the simulated company where they have the columns that it reads;
        of ``buying-group`` the people are the panel of ``contact-engagement``. What the published models read of their
        own product is made up in their own words: each account has a level of its own, and nothing more is in it.

    Examples
    --------
    >>> import customerhealth as ch
    >>> model = ch.Model.preset("mattermost")
    >>> portfolio = ch.Portfolio(model, tables=ch.datasets.tables_for("mattermost", accounts=50))
    >>> len(portfolio.score("2026-07-01")) > 40
    True
    """
    model = Model.preset(name)
    if name == "oss-projects":
        return {"activity": load_oss_projects()}
    company = simulate(accounts, START, END, seed)
    found = company.select(model)
    if name == "buying-group":
        people = _people(company)
        return {"people": people, "departures": people, "opportunities": company["opportunities"]}
    made = _MADE.get(name, {})
    return {table: _made(made[table], company, seed) if table in made else found[table] for table in model.tables}


def data_for(name: str) -> str:
    """What :func:`tables_for` gives for a preset, in words."""
    if name == "oss-projects":
        return "the log of the demo"
    if name == "buying-group":
        return "the simulated company, with the people of contact-engagement"
    made = ", ".join(_MADE.get(name, {}))
    return f"the simulated company; made up in the words of the preset: {made}" if made else "the simulated company"


def _people(company: Simulation) -> pa.Table:
    """The people of each account with their roles, as they were at each month's end."""
    from ..portfolio import Portfolio

    model = Model.preset("contact-engagement")
    panel = Portfolio(model, tables=company.select(model)).score(dates("2025-01-01", END, every="1mo"))
    return panel.as_states(account="employer")


def _made(spec: Made, company: Simulation, seed: int) -> pa.Table:
    """The table of a specification."""
    import pyarrow as pa

    random, accounts = stream(seed, 5), company["accounts"]["account_id"].unique()
    begin, end = (int(to_micros(at)[0]) for at in (START, END))
    if spec.like:
        source = company[spec.like]
        if spec.like == "accounts" and "known_at" not in spec.columns:
            source = source.slice(0, len(accounts))  # the first row of each
        number = codes_of(source["account_id"])
        at = np.full(len(number), begin)
        columns: dict[str, Any] = {}
    else:
        counts = random.integers(spec.rows[0], spec.rows[1] + 1, len(accounts))
        source, number = None, np.repeat(np.arange(len(accounts)), counts)
        place = np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts) + random.random(len(number))
        at = begin + (place / counts[number] * (end - begin)).astype(np.int64)
        columns = {"account_id": accounts.take(pa.array(number))}
    drawn: dict[str, Any] = {}
    for name, what in spec.columns.items():
        if isinstance(what, Level):
            drawn[name] = _levels(what, number, drawn, random)
            columns[name] = pa.array(drawn[name])
        elif isinstance(what, tuple):
            columns[name] = pa.array(what).take(pa.array(random.integers(0, len(what), len(number))))
        elif source is not None:
            columns[name] = source[what]
        else:
            columns[name] = _role(what, number, at, end, random)
    return pa.table(columns)


def _levels(what: Level, number: Ints, drawn: Mapping[str, Any], random: np.random.Generator) -> Any:
    """Whole numbers around the level of each account."""
    levels = what.low + (what.high - what.low) * random.random(int(number.max(initial=0)) + 1)
    values = levels[number] * (0.85 + 0.3 * random.random(len(number)))
    return np.rint(values * (drawn[what.of] if what.of else 1))


def _role(what: str, number: Ints, at: Ints, end: int, random: np.random.Generator) -> pa.Array:
    import pyarrow as pa

    if what == "number":
        return pa.array(number)
    if what == "later":
        later = at + (random.random(len(at)) * 700 * DAY).astype(np.int64)
        return instant_column(np.where(later < end, later, 0), later >= end)
    return instant_column(at + (DAY // 24 if what == "soon" else 0))
