"""Small panels for tests of paths to a grade."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

AS_OF = "2026-07-01"
GRADES = [{"name": "red"}, {"name": "yellow", "from": 50}, {"name": "green", "from": 75}]
X = {"value": "a.x", "identity": True}
Y = {"value": "a.y", "identity": True}


def panel_of(scores: dict[str, Any], metrics: dict[str, str] | None = None, **columns: list[Any]) -> ch.Panel:
    """Accounts c0, c1, … with the attributes given."""
    tables = {"a": {"kind": "accounts", "account": "id"}}
    formulas = {name: {"formula": text} for name, text in (metrics or {}).items()}
    model = ch.Model.parse({"format": 1, "tables": tables, "metrics": formulas, "scores": scores})
    ids = [f"c{i}" for i in range(len(next(iter(columns.values()))))]
    return ch.Portfolio(model, a=pa.table({"id": ids, **columns})).score(AS_OF)


def one(measures: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"health": {"measures": measures, "grades": GRADES, **more}}


def near(value: float) -> Any:
    """Where doubles do not hit the number that paper does: (60 + x) / 2 is 75 from a little below x = 90 on."""
    return pytest.approx(value, rel=4e-16)
