"""On the simulated company, whose truth is known: nothing foresees better than what drives it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

import customerhealth as ch
from customerhealth.validation.learn import _hashed

FIRST, LAST, END = "2023-07-01", "2025-06-01", "2026-01-01"
RIVALS = ("health", "engagement", "adoption", "relationship")
DRIVERS = {"kind": "states", "account": "account_id", "time": "as_of"}
DUE = {"from": "contracts", "agg": "days_to_end"}


@pytest.fixture(scope="module")
def company() -> ch.datasets.Simulation:
    return ch.datasets.simulate(800, "2023-01-01", END, seed=5)


def with_truth(preset: str, company: ch.datasets.Simulation, foretold: str) -> ch.Portfolio:
    """The preset, and the probability of leaving that the company itself goes by."""
    document = json.loads(ch.Model.preset(preset).to_json())
    document["tables"]["drivers"] = DRIVERS
    document["metrics"]["hazard"] = {"from": "drivers", "agg": "last", "of": "hazard"}
    document["metrics"]["due_in"] = DUE
    document["metrics"]["foretold"] = {"formula": foretold}
    drivers = company.truth["months"]
    earlier = pa.compute.subtract(drivers["as_of"], pa.scalar(1, pa.duration("us")))  # an instant before the as-of
    drivers = drivers.set_column(drivers.column_names.index("as_of"), "as_of", earlier)
    model = ch.Model.parse(document)
    tables = {name: company[name] for name in document["tables"] if name != "drivers"}
    return ch.Portfolio(model, tables={**tables, "drivers": drivers.select(["account_id", "as_of", "hazard"])})


def numbers(loaded: ch.Portfolio) -> list[str]:
    """Whatever could be taken for a score."""
    table = loaded.score(LAST).table
    taken = {"hazard", "due_in", "foretold"}
    return [
        field.name
        for field in table.schema
        if pa.types.is_floating(field.type) and field.name not in taken and not field.name.endswith("_coverage")
    ]


@pytest.mark.parametrize("preset", ["b2b-saas", "churnzero"])
def test_nothing_foresees_better_than_the_truth(company: ch.datasets.Simulation, preset: str) -> None:
    """Sixty days ahead of the decisions: whose contract ends in the window leaves with the probability of the truth."""
    loaded = with_truth(preset, company, "if(due_in >= 60 and due_in < 92, hazard, 0)")
    asked: dict[str, Any] = {
        "as_ofs": ch.dates(FIRST, LAST, every="1mo"),
        "outcome": ch.outcomes.churn("contracts"),
        "among": "due_in >= 60 and due_in < 92",
        "lead": "60d",
        "horizon": "1mo",
    }
    rivals = numbers(loaded)
    first = {row["score"]: row["auc"] for row in loaded.validate(rivals, rounds=10, **asked).summary.to_pylist()}
    turned = ["-" + name if first[name] is not None and first[name] < 0.5 else name for name in rivals]
    found = loaded.validate(["-foretold", *turned], rounds=400, **asked)
    summary = {row["score"]: row for row in found.summary.to_pylist()}
    assert summary["-foretold"]["events"] > 50
    assert summary["-foretold"]["auc"] > 0.7
    pairs = [row for row in found.differences.to_pylist() if row["score"] == "-foretold"]
    assert {row["other"] for row in pairs} == set(turned)
    better = [row for row in pairs if row["auc_high"] is not None and row["auc_high"] < 0]
    assert not better


def test_learning_closes_half_of_the_gap_to_the_truth() -> None:
    """Who is asked to renew within 60 days and has not signed, on accounts that were not learned on."""
    company = ch.datasets.simulate(1200, "2023-01-01", END, seed=5)
    loaded = with_truth("b2b-saas", company, "hazard")
    asked: dict[str, Any] = {
        "as_ofs": ch.dates(FIRST, "2025-10-01", every="1mo"),
        "outcome": ch.outcomes.churn("contracts", gap="30d"),
        "among": "due_in <= 60 and signed_ahead = 0",
        "horizon": "60d",
        "observed": END,
    }
    learned = loaded.learn("health", test_accounts=0.4, **asked)
    held_out = learned.report.to_pylist()[2]
    assert held_out["event_accounts"] > 50
    cases = loaded.validate(["health", "-hazard"], rounds=1, **asked).cases.to_pandas()
    cases = cases[(cases["status"] == "case") & cases["account_id"].map(lambda name: _hashed(name, 0) < 0.4)]
    assert len(cases) == held_out["rows"]
    event = cases["outcome"].notna()
    assert held_out["auc_before"] == pytest.approx(roc_auc_score(event, -cases["health"]), abs=1e-12)
    # A missing one is half a pair: the mean of what it would be were all of them first, and last.
    truth = np.mean([roc_auc_score(event, -cases["-hazard"].fillna(end)) for end in (-1e6, 1e6)])
    assert held_out["auc_gain"] >= 0.5 * (truth - held_out["auc_before"])
    assert held_out["gain_low"] > 0
