"""Exports of well-known systems with rows of our own, and what they answer, worked out by hand.

The files stand in tests/data/exports; those that are no text are written from rows here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import customerhealth as ch

DATA = Path(__file__).parents[1] / "data" / "exports"
MAY, JUNE, JULY, JULY_2 = "2026-05-15", "2026-06-01", "2026-07-01", "2026-07-02"
ACME, BETA = "0015g00000AbcDeAAJ", "0015g00000FghIjAAK"

Answers = dict[str, dict[str, dict[str, Any]]]  # by date, account, metric; of accounts without metrics an empty one


@dataclass(frozen=True)
class Export:
    """A file in the layout of a source, and what is right."""

    source: str
    file: str
    answers: Answers
    beside: dict[str, str] = field(default_factory=dict)
    """Files of the tables that it needs beside it."""

    def files(self, folder: Path) -> dict[str, str]:
        """Paths by the tables of `model`."""
        return {"export": _path(self.file, folder)} | {name: _path(file, folder) for name, file in self.beside.items()}

    def model(self) -> dict[str, Any]:
        """A model of nothing but the sources and their metrics."""
        beside = {name: ch.sources.get(source) for name, source in ch.sources.needs(self.source).items()}
        return {
            "format": 1,
            "tables": {"export": ch.sources.get(self.source), **beside},
            "metrics": ch.sources.metrics(self.source, "export"),
        }


def frame(path: str, rows: str | None, package: str) -> Any:
    """A file as users of a package read it (`\\N` is missing); of a JSON document the list of its rows."""
    import duckdb
    import pandas as pd
    import polars as pl

    if path.endswith(".json"):
        listed = json.loads(Path(path).read_text())
        listed = listed if rows is None else listed[rows]
        if package == "pandas":
            return pd.DataFrame(listed)
        if package == "polars":
            return pl.DataFrame(listed, infer_schema_length=None, strict=False)
        return (
            duckdb.read_json(path)
            if rows is None
            else duckdb.sql(f"select unnest({rows}, recursive := false) as row from read_json('{path}')").select(
                "unnest(row)"
            )
        )
    readers = {
        ("pandas", ".csv"): lambda file: pd.read_csv(file, na_values=["\\N"]),
        ("pandas", ".jsonl"): lambda file: pd.read_json(file, lines=True, dtype=False),
        ("pandas", ".parquet"): pd.read_parquet,
        ("polars", ".csv"): lambda file: pl.read_csv(file, infer_schema_length=None, null_values=["\\N"]),
        ("polars", ".jsonl"): lambda file: pl.read_ndjson(file, infer_schema_length=None),
        ("polars", ".parquet"): pl.read_parquet,
        ("duckdb", ".csv"): lambda file: duckdb.read_csv(file, na_values=["\\N", ""]),
        ("duckdb", ".jsonl"): duckdb.read_json,
        ("duckdb", ".parquet"): duckdb.read_parquet,
    }
    return readers[package, Path(path).suffix](path)


def answers(table: pa.Table, metrics: list[str]) -> dict[str, dict[str, Any]]:
    """A panel of one date by account and metric."""
    return {str(row["account_id"]): {name: row[name] for name in metrics} for row in table.to_pylist()}


def _path(file: str, folder: Path) -> str:
    if file in _WRITTEN:
        path = folder / file
        _WRITTEN[file](path)
        return str(path) + ("#Contracts" if path.suffix == ".xlsx" else "")
    return str(DATA / file)


# --- files that are no text ------------------------------------------------------------------------------------------


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


_CALLS = [  # id, when, when received, user, group; one that came twice, one that was received after midnight
    ("m1", "2026-06-01 09:30:00.123", "2026-06-01 09:30:02", "u1", "acme"),
    ("m2", "2026-06-02 09:30:00", "2026-06-02 09:30:02", "u2", "acme"),
    ("m2", "2026-06-02 09:30:00", "2026-06-02 09:30:02", "u2", "acme"),
    ("m3", "2026-06-30 23:59:00", "2026-07-01 00:00:05", "u3", "acme"),
    ("m4", "2026-06-20 09:30:00", "2026-06-20 09:30:02", "u4", "beta"),
]


def posthog() -> pa.Table:
    """Properties are a text of JSON."""
    return pa.table(
        {
            "uuid": [call[0] for call in _CALLS],
            "event": ["report opened"] * len(_CALLS),
            "distinct_id": [call[3] for call in _CALLS],
            "properties": [json.dumps({"$group_0": call[4], "$lib": "web", "n": 1}) for call in _CALLS],
            "timestamp": pa.array([_at(call[1]) for call in _CALLS], pa.timestamp("us", "UTC")),
            "created_at": pa.array([_at(call[2]) for call in _CALLS], pa.timestamp("us", "UTC")),
        }
    )


def ga4() -> pa.Table:
    """Parameters are a list of keys and values; neither ids nor a time of receipt."""
    value = pa.struct([("string_value", pa.string()), ("int_value", pa.int64()), ("double_value", pa.float64())])
    parameters = [
        [
            {"key": "page_location", "value": {"string_value": "https://app.example/", "int_value": None}},
            {"key": "company_id", "value": {"string_value": call[4]}},
            {"key": "ga_session_id", "value": {"int_value": 1}},
        ]
        for call in _CALLS
    ]
    return pa.table(
        {
            "event_date": [call[1][:10].replace("-", "") for call in _CALLS],
            "event_timestamp": [int(_at(call[1]).timestamp() * 1e6) for call in _CALLS],
            "event_name": ["page_view"] * len(_CALLS),
            "event_params": pa.array(parameters, pa.list_(pa.struct([("key", pa.string()), ("value", value)]))),
            "user_pseudo_id": [call[3] for call in _CALLS],
        }
    )


def _excel(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Contracts"
    sheet.append(["Contracts of 2026"])
    sheet.append([])
    sheet.append(["Customer", "Start", "End", "Signed", "Monthly fee", "Currency", "Last edited"])
    for customer, *days, fee in (
        ("acme", date(2026, 1, 1), date(2026, 12, 31), date(2025, 12, 15), 100),
        ("acme", date(2026, 7, 1), date(2027, 6, 30), date(2026, 6, 20), 50),
        ("beta", date(2026, 2, 1), date(2026, 6, 30), date(2026, 1, 20), 70),
    ):
        sheet.append([customer, *days, fee, "EUR", date(2026, 6, 29)])
    sheet.append(["Total", None, None, None, 220])
    other = book.create_sheet("Notes")
    other.append(["Ask Ann."])
    book.save(path)


_WRITTEN = {
    "posthog-events.parquet": lambda path: pq.write_table(posthog(), path),
    "ga4-events.parquet": lambda path: pq.write_table(ga4(), path),
    "excel-contracts.xlsx": _excel,
}

# --- what is right ---------------------------------------------------------------------------------------------------


def _each(metric: str, **accounts: Any) -> dict[str, dict[str, Any]]:
    return {account: {metric: value} for account, value in accounts.items()}


def _use(acme: tuple[int, int], beta: tuple[int, int], names: tuple[str, str] = ("acme", "beta")) -> dict[str, Any]:
    return {name: {"events": n, "users": users} for name, (n, users) in zip(names, (acme, beta), strict=True)}


def _open(open_: int, opened: int, **more: Any) -> dict[str, Any]:
    return {"open_tickets": open_, "opened": opened, **more}


def _deals(open_: int, pipeline: int, won: int) -> dict[str, Any]:
    return {"open_deals": open_, "pipeline": pipeline, "won": won}


def _accounts(*names: str) -> dict[str, dict[str, Any]]:
    return {name: {} for name in names}


_STRIPE_MRR = {JUNE: _each("mrr", cus_a=247, cus_b=80), JULY: _each("mrr", cus_a=247, cus_b=0, cus_c=0)}
_RECEIVED = {JULY: _use((2, 2), (1, 1)), JULY_2: _use((2, 2), (1, 1))}
_NPS = {JULY: _each("nps", acme=25, beta=-100)}
_ISSUES = {
    JUNE: {"acme": _open(1, 1, open_bugs=1)},
    JULY: {"acme": _open(1, 1, open_bugs=1), "beta": _open(1, 1, open_bugs=0)},
}
_TICKETS = {
    JUNE: {"301": _open(1, 1, open_urgent=0)},
    JULY: {"301": _open(1, 1, open_urgent=1), "302": _open(1, 1, open_urgent=0)},
}
_NEWEST = {JUNE: _each("mrr", acme=150, beta=70), JULY: _each("mrr", acme=150, beta=0)}
_VERSIONS = {JUNE: _each("mrr", acme=100, beta=70), JULY: _each("mrr", acme=150, beta=0)}

EXPORTS = [
    Export("stripe-subscriptions", "stripe-subscriptions.csv", _STRIPE_MRR),
    Export("stripe-subscriptions-api", "stripe-subscriptions-api.json", _STRIPE_MRR),
    Export(
        "stripe-invoices",
        "stripe-invoices.csv",
        {JULY: {"cus_a": {"invoiced": 294, "open_invoices": 0}, "cus_b": {"invoiced": 80, "open_invoices": 1}}},
    ),
    Export(
        "stripe-invoices-api",
        "stripe-invoices-api.json",
        {
            JUNE: {"cus_a": {"paid": 147, "last_payment": 26}},
            JULY: {"cus_a": {"paid": 294, "last_payment": 25}},
        },
    ),
    Export(
        "stripe-customers",
        "stripe-customers.csv",
        {JUNE: _accounts("cus_a", "cus_b"), JULY: _accounts("cus_a", "cus_b", "cus_c")},
    ),
    Export(
        "chargebee-subscriptions",
        "chargebee-subscriptions.json",
        {JUNE: _each("mrr", acme=300, beta=99), JULY: _each("mrr", acme=300, beta=0)},
    ),
    Export("chargebee-invoices", "chargebee-invoices.json", {JULY: _each("invoiced", acme=600)}),
    Export(
        "hubspot-deals",
        "hubspot-deals.csv",
        {
            JUNE: {"301": _deals(0, 0, 12000), "302": _deals(1, 5000, 0), "303": _deals(2, 5700, 0)},
            JULY: {"301": _deals(0, 0, 12000), "302": _deals(1, 5000, 0), "303": _deals(1, 5000, 0)},
        },
    ),
    Export(
        "hubspot-deals-api",
        "hubspot-deals-api.json",
        {
            JUNE: {"301": _deals(0, 0, 12000), "302": _deals(1, 5000, 0), "303": _deals(1, 700, 0)},
            JULY: {"301": _deals(0, 0, 12000), "302": _deals(1, 5000, 0), "303": _deals(0, 0, 0)},
        },
    ),
    Export(
        "hubspot-deal-stages",
        "hubspot-deal-stages.json",
        {
            JUNE: {
                "301": {"stage": "contractsent", "open_deals": 1},
                "302": {"stage": "contractsent", "open_deals": 1},
            },
            JULY: {
                "301": {"stage": "closedwon", "open_deals": 0},
                "302": {"stage": "contractsent", "open_deals": 1},
            },
        },
    ),
    Export(
        "hubspot-companies",
        "hubspot-companies.csv",
        {JUNE: _accounts("301", "302"), JULY: _accounts("301", "302", "303")},
    ),
    Export(
        "hubspot-company-snapshots",
        "hubspot-company-snapshots/company_{known:%Y-%m-%d}.csv",
        {
            MAY: _each("lifecycle_stage", **{"301": "Opportunity", "302": "Lead"}),
            JULY: _each("lifecycle_stage", **{"301": "Customer", "302": "Lead", "303": "Lead"}),
        },
    ),
    Export(
        "salesforce-opportunities",
        "salesforce-opportunities.csv",
        {
            JUNE: {ACME: _deals(1, 3000, 12000), BETA: _deals(1, 700, 0)},
            JULY: {ACME: _deals(1, 3000, 12000), BETA: _deals(0, 0, 0)},
        },
    ),
    Export(
        "salesforce-opportunity-history",
        "salesforce-opportunity-history.csv",
        {
            MAY: {
                ACME: {"stage": "Negotiation", "pipeline": 13000},
                BETA: {"stage": "Prospecting", "pipeline": 700},
            },
            JULY: {ACME: {"stage": "Closed Won", "pipeline": 3000}, BETA: {"stage": "Closed Lost", "pipeline": 0}},
        },
        {"opportunity_accounts": "salesforce-opportunity-accounts.csv"},
    ),
    Export(
        "salesforce-cases",
        "salesforce-cases.csv",
        {
            JUNE: {ACME: _open(1, 1, open_high=1)},
            JULY: {ACME: _open(1, 1, open_high=1), BETA: _open(1, 1, open_high=0)},
        },
    ),
    Export(
        "salesforce-case-report",
        "salesforce-case-report.csv",  # in Los Angeles the last evening of June is July in UTC
        {
            JULY: {ACME[:15]: _open(0, 0), BETA[:15]: _open(1, 1)},
            JULY_2: {ACME[:15]: _open(1, 1), BETA[:15]: _open(1, 1)},
        },
    ),
    Export("salesforce-accounts", "salesforce-accounts.csv", {JUNE: _accounts(ACME), JULY: _accounts(ACME, BETA)}),
    Export("zendesk-tickets", "zendesk-tickets.jsonl", _TICKETS),
    Export("zendesk-tickets-api", "zendesk-tickets-api.json", _TICKETS),
    Export(
        "zendesk-satisfaction",
        "zendesk-satisfaction.json",
        {JULY: _each("csat", **{"301": 0.5, "302": 1})},
        {"ticket_organizations": "zendesk-ticket-organizations.jsonl"},
    ),
    Export(
        "zendesk-organizations", "zendesk-organizations.json", {JUNE: _accounts("301"), JULY: _accounts("301", "302")}
    ),
    Export(
        "intercom-conversations",
        "intercom-conversations.json",
        {
            JUNE: {"acme": _open(1, 1, rating=4)},
            JULY: {"acme": _open(1, 1, rating=3), "beta": _open(1, 1, rating=None)},
        },
        {"contact_companies": "intercom-contact-companies.json"},
    ),
    Export("jira-issues", "jira-issues.csv", _ISSUES),
    Export("jira-issues-api", "jira-issues-api.json", _ISSUES),
    Export("segment-tracks", "segment-tracks.csv", _RECEIVED),
    Export("segment-raw", "segment-raw.jsonl", _RECEIVED),
    Export("mixpanel-events", "mixpanel-events.jsonl", _RECEIVED),
    Export("amplitude-events", "amplitude-events.jsonl", _RECEIVED),
    Export("posthog-events", "posthog-events.parquet", _RECEIVED),
    Export("ga4-events", "ga4-events.parquet", {JULY: _use((4, 3), (1, 1))}),
    Export("snowflake-unload", "snowflake-unload.csv", {JULY: _use((2, 2), (2, 1), ("ACME", "BETA"))}),
    Export("bigquery-export", "bigquery-export.csv", _RECEIVED),
    Export("typeform-responses", "typeform-responses.csv", _NPS),
    Export("typeform-responses-api", "typeform-responses-api.json", _NPS),
    Export("delighted-responses", "delighted-responses.json", _NPS),
    Export("surveymonkey-responses", "surveymonkey-responses.csv", _NPS),
    Export(
        "gainsight-companies",
        "gainsight-companies.csv",
        {
            JULY: {
                "1P01A": {"mrr": 1000, "days_to_renewal": 31},
                "1P01B": {"mrr": 500, "days_to_renewal": 335},
            }
        },
    ),
    Export(
        "gainsight-scorecard-history",
        "gainsight-scorecard-history.csv",
        {
            JUNE: {"1P01A": {"measured": 70, "lowest": 60}},
            JULY: {"1P01A": {"measured": 50, "lowest": 40}, "1P01B": {"measured": 90, "lowest": 90}},
        },
    ),
    Export("dbt-snapshot", "dbt-snapshot.csv", _VERSIONS),
    Export("dbt-snapshot-deletes", "dbt-snapshot-deletes.csv", _VERSIONS),
    Export("fivetran-history", "fivetran-history.csv", _VERSIONS),
    Export(
        "airbyte-raw",
        "airbyte-raw.jsonl",
        {JUNE: {"acme": _open(1, 1)}, JULY: {"acme": _open(1, 1), "beta": _open(1, 1)}},
    ),
    Export("airbyte-append", "airbyte-append.csv", _NEWEST),
    Export("airbyte-cdc", "airbyte-cdc.csv", _NEWEST),
    Export(
        "excel-contracts",
        "excel-contracts.xlsx",
        {JULY: _each("mrr", acme=100, beta=70), JULY_2: _each("mrr", acme=150, beta=0)},
    ),
]
