"""The schema of a result is known before a row of it is there, and parts of the data have no other."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch


def results(panel: ch.Panel, quality: pa.Table) -> dict[Any, pa.Table]:
    found: dict[Any, pa.Table] = {
        "panel": panel.table, "reasons": panel.reasons(), "plays": panel.plays(), "quality": quality,
    }  # fmt: skip
    for score in panel.model.scores:
        for deep in (False, True):
            found["contributions", score, deep] = panel.contributions(score, deep=deep)
    return found


@pytest.mark.parametrize("preset", ch.Model.presets())
def test_a_schema_is_known_before_and_the_same_in_a_part_without_rows(preset: str) -> None:
    model = ch.Model.preset(preset)
    tables = ch.datasets.tables_for(preset, accounts=20)
    tables = {name: pa.table(table) for name, table in tables.items()}
    schemas = {name: table.schema for name, table in tables.items()}
    for given in (tables, {name: schema.empty_table() for name, schema in schemas.items()}):
        portfolio = ch.Portfolio(model, tables=given)
        for what, table in results(portfolio.score("2026-01-01"), portfolio.quality()).items():
            assert model.output_schema(schemas, what).equals(table.schema, check_metadata=True), what


def test_ids_and_attributes_have_the_types_of_the_tables() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"accounts": {"kind": "accounts", "account": "id"}},
            "metrics": {"plan": {"formula": "accounts.plan"}, "since": {"formula": "accounts.since"}},
        }
    )
    for kind, ids in ((pa.int32(), "int64"), (pa.large_string(), "string")):
        schema = pa.schema({"id": kind, "plan": pa.string(), "since": pa.date32()})
        found = model.output_schema({"accounts": schema.empty_table()})
        assert [str(each) for each in found.types] == [
            ids, "timestamp[us, tz=UTC]", "dictionary<values=string, indices=int32, ordered=0>",
            "timestamp[us, tz=UTC]",
        ]  # fmt: skip


def test_what_cannot_be_is_refused() -> None:
    model = ch.Model.preset("b2b-saas")
    with pytest.raises(ch.UnknownNameError, match="did you mean 'panel'"):
        model.output_schema({}, "pannel")
    with pytest.raises(ch.DataError, match=r"expected one of panel, .* or \('contributions', score, deep\)"):
        model.output_schema({}, ("contributions",))  # type: ignore[arg-type]
    with pytest.raises(ch.UnknownNameError, match="has no score 'helth'"):
        model.output_schema({}, ("contributions", "helth", True))
    with pytest.raises(ch.DataError, match="table 'usage': expected an Arrow schema"):
        model.output_schema({"usage": 3})
    with pytest.raises(ch.UnknownNameError, match="has no table 'use'"):
        model.output_schema({"use": pa.schema({"a": pa.int64()})})
