"""Revenue, labels and purchases read by paths into structs and JSON text."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.dataset
import pytest

import customerhealth as ch

CONTRACTS = [
    {"who": {"id": "acme", "region": "eu"}, "start": "2026-01-01", "end": "2026-03-01", "mrr": 100.0},
    {"who": {"id": "acme", "region": "eu"}, "start": "2026-03-01", "end": None, "mrr": 150.5},
    {"who": {"id": "zeta", "region": None}, "start": "2026-01-15", "end": "2026-02-15", "mrr": 40.0},
]


def contracts(form: str) -> pa.Table:
    """Contracts in one column, as structs or as JSON texts."""
    if form == "json":
        return pa.table({"c": [json.dumps(row) for row in CONTRACTS]})
    return pa.table({"c": pa.array(CONTRACTS)})


@pytest.mark.parametrize("form", ["json", "structs"])
def test_revenue_reads_contracts_by_paths(form: str) -> None:
    names = {"account": "c.who.id", "start": "c.start", "end": "c.end", "mrr": "c.mrr"}
    revenue = ch.Revenue(contracts(form), **names)
    flat = pa.table({name: [row[name] for row in CONTRACTS] for name in ("start", "end", "mrr")})
    flat = flat.append_column("account_id", pa.array([row["who"]["id"] for row in CONTRACTS]))
    plain = ch.Revenue(flat)
    dates = ["2026-01-10", "2026-02-01", "2026-03-02"]
    assert revenue.movements(dates).to_pylist() == plain.movements(dates).to_pylist()


@pytest.mark.parametrize("form", ["json", "structs"])
def test_labels_may_be_paths(form: str) -> None:
    names = {"account": "c.who.id", "start": "c.start", "end": "c.end", "mrr": "c.mrr"}
    split = ch.Revenue(contracts(form), **names).retention("2026-02-20", over="1mo", by="c.who.region").to_pylist()
    assert {row["by"]: (row["start"], row["churn"]) for row in split} == {"eu": (100.0, 0.0), None: (40.0, 40.0)}


@pytest.mark.parametrize("form", ["json", "structs"])
def test_purchases_are_read_by_paths(form: str) -> None:
    found = ch.clv.rfm(contracts(form), account="c.who.id", time="c.start", amount="c.mrr", end="2026-06-01")
    assert found.column(0).to_pylist() == ["acme", "zeta"]


def test_what_no_quality_counts_is_refused() -> None:
    rows = pa.table({"c": ['{"id": "a", "at": "2026-01-01", "n": 1}', '{"id": "a", "at": "2026-01-02"', "x"]})
    with pytest.raises(ch.DataError, match=r"events\.c\[1\]: '.*' is no JSON, the first of 2 rows"):
        ch.clv.rfm(rows, account="c.id", time="c.at", end="2026-06-01")
