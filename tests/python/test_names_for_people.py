"""Labels, units and digits: what people read in place of names, and no number changes."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pyarrow as pa
import pytest

import customerhealth as ch
import small

SHOWN: dict[str, Any] = {"label": "Things done", "unit": "days", "digits": 1}


def labelled(document: dict[str, Any]) -> dict[str, Any]:
    """The document with words on all that may have them."""
    out = copy.deepcopy(document)
    for spec in [*out["metrics"].values(), *out["scores"].values()]:
        spec |= SHOWN
    for score in out["scores"].values():
        for spec in score["measures"].values():
            spec |= SHOWN
        for grade in score.get("grades", ()):
            grade["label"] = f"{grade['name']} accounts"
    return out


NAMED = ch.Model.parse(labelled(small.DOCUMENT))


def values(table: ch.Table | pa.Table) -> pa.Table:
    plain = pa.table(table)
    return plain.cast(pa.schema([field.remove_metadata() for field in plain.schema])).replace_schema_metadata(None)


def test_words_change_the_digest_and_no_number() -> None:
    plain, named = small.portfolio().score(small.AS_OF), ch.Portfolio(NAMED, usage=small.usage()).score(small.AS_OF)
    assert named.digest != plain.digest
    assert values(named.table) == values(plain.table)
    for score in ("health", "activity"):
        assert values(named.contributions(score, deep=True)) == values(plain.contributions(score, deep=True))
    assert plain.why_changed("health", small.AS_OF, other=named).num_rows == 0
    assert plain.table.column_names == named.table.column_names


def test_peers_fitted_without_words_serve_a_model_with_them() -> None:
    document = copy.deepcopy(small.DOCUMENT)
    volume = document["scores"]["activity"]["measures"]["volume"]
    del volume["curve"]
    volume["percentile"] = {}
    plain = ch.Portfolio(ch.Model.parse(document), usage=small.usage())
    peers = plain.peers(small.AS_OF)
    named = ch.Portfolio(ch.Model.parse(labelled(document)), usage=small.usage())
    assert values(named.score(small.AS_OF, peers=peers).table) == values(plain.score(small.AS_OF).table)


def test_the_schema_takes_what_the_parser_takes() -> None:
    schema = ch.Model.schema()
    jsonschema.validate(labelled(small.DOCUMENT), schema)
    for wrong in ({"label": 3}, {"label": ""}, {"unit": None}, {"digits": 16}, {"digits": 1.5}, {"digit": 1}):
        document = small.document(metrics={"n": {"formula": "1", **wrong}}, scores={})
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, schema)
        with pytest.raises(ch.ModelError, match=rf"metrics\.n\.{next(iter(wrong))}: "):
            ch.Model.parse(document)


def test_a_column_that_is_called_as_a_word_is_a_cause() -> None:
    def panel(**columns: str) -> ch.Panel:
        table = {"kind": "accounts", "account": "id", "columns": columns}
        document = {
            "format": 1,
            "tables": {"acc": table},
            "scores": {"health": {"measures": {"x": {"value": "acc.description", "identity": True}}}},
        }
        return ch.Portfolio(ch.Model.parse(document), acc=pa.table({"id": ["a"], "x": [40.0]})).score(small.AS_OF)

    [row] = panel(description="x").why_changed("health", small.AS_OF, other=panel(description="x / 2")).to_pylist()
    assert (row["from"], row["to"], row["contribution"]) == (40.0, 20.0, -20.0)
    assert "tables.acc.columns.description" in row["because"]
