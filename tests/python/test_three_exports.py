"""The example of one company out of the exports of a billing system, a CRM and a help desk, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command

FOLDER = Path(__file__).parents[2] / "examples" / "three-exports"
TABLES = {
    "companies": "companies.csv",
    "stripe_customers": "companies.csv",
    "zendesk_organizations": "companies.csv",
    "subscriptions": "subscriptions.csv",
    "deals": "deals.csv",
    "tickets": "tickets.jsonl",
}
OPTIONS = [word for table, file in TABLES.items() for word in ("--table", f"{table}={FOLDER / file}")]


def test_the_company_of_three_exports_is_scored_by_one_model(tmp_path: Path) -> None:
    out = tmp_path / "panel.parquet"
    done = command("score", FOLDER / "model.json", *OPTIONS, "--as-of", "2026-07-01", "--out", out)
    assert done.returncode == 0, done.stderr
    odd = [line for line in done.stderr.splitlines() if line.startswith("  ") and not line.startswith("    ")]
    assert odd == [
        f"  {table}: null_key: 1 row, the first is row 2" for table in ("stripe_customers", "zendesk_organizations")
    ]
    columns = ("account_id", "mrr", "mrr_before", "open_tickets", "pipeline", "health", "health_grade")
    rows = [tuple(row[column] for column in columns) for row in pq.read_table(out).to_pylist()]
    assert rows == [
        ("301", 600, 500, 0, 5000, pytest.approx((3 * 82 + 2 * 100 + 100) / 6), "green"),
        ("302", 0, 198, 2, 0, pytest.approx((3 * 0 + 2 * 50 + 40) / 6), "red"),
        ("303", None, None, None, 12000, None, None),
    ]


def test_it_is_explained_under_the_names_of_the_crm() -> None:
    done = command("explain", FOLDER / "model.json", *OPTIONS, "--as-of", "2026-07-01", "--account", "302")
    assert done.returncode == 0, done.stderr
    assert "302" in done.stdout


def test_its_tables_are_those_of_the_package() -> None:
    tables = json.loads((FOLDER / "model.json").read_text())["tables"]
    assert tables["companies"] == ch.sources.get("hubspot-companies")
    assert tables["deals"] == ch.sources.get("hubspot-deals")
    through = {"through": {"table": "stripe_customers"}}
    assert tables["subscriptions"] == ch.sources.get("stripe-subscriptions") | through
    through = {"through": {"table": "zendesk_organizations"}}
    assert tables["tickets"] == ch.sources.get("zendesk-tickets") | through
