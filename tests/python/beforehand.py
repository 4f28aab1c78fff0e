"""The tables of a case as one prepares them who has no keys for a source: by Python, before they are given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from oracle import source
from oracle.functions import finite
from oracle.instants import Instant
from strategies import Case

KEPT = ("kind", "end_known", "stale_after")
MEANT = {"number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_(), "text": pa.string()}
MEANT["instant"] = pa.timestamp("us", "UTC")
TYPES = {bool: pa.bool_(), str: pa.string(), Instant: pa.timestamp("us", "UTC"), float: pa.float64(), int: pa.int64()}


def prepared(case: Case) -> Case:
    """The case with tables that hold what its keys say, and without these keys."""
    found = source.read(case.model["tables"], case.rows)
    specs, rows, schemas = {}, {}, {}
    for name, (spec, read) in found.items():
        if spec["kind"] == "keys":
            continue
        specs[name] = plain_spec(spec)
        if name in case.rows:
            columns = [*column_names(case, name), *(specs[name][role] for role in roles_of(specs[name]))]
            rows[name] = [
                {column: finite(row[column]) for column in columns}
                for row in read
                if not isinstance(row[source.ACCOUNT], source.Orphan)
            ]
            number_keys(specs[name], rows[name])
            meant = column_types(case, name)
            schemas[name] = {c: type_of([row[c] for row in rows[name]], meant.get(c, pa.null())) for c in columns}
    return replace(case, model={**case.model, "tables": specs}, rows=rows, schemas=schemas)


def column_names(case: Case, name: str) -> list[str]:
    """What formulas over the rows may name, without the quotes."""
    texts = [found.text for found in case.row_names[name]]
    return [text[1:-1] if text.startswith('"') else text for text in texts]


def roles_of(spec: dict[str, Any]) -> list[str]:
    return [role for role in ("account", "time", "start", "end", "known", "key", "deleted") if role in spec]


def plain_spec(spec: dict[str, Any]) -> dict[str, Any]:
    return {key: spec[key] for key in (*KEPT, *roles_of(spec)) if key in spec}


def column_types(case: Case, name: str) -> dict[str, pa.DataType]:
    """What columns are that hold nothing: it is the type of what is shown of them."""
    names = zip(column_names(case, name), case.row_names[name], strict=True)
    spec = case.model["tables"][name]
    owner = spec["through"]["table"] if "through" in spec else name
    account = case.schemas[owner].get(case.model["tables"][owner]["account"], pa.string())
    return {column: MEANT[found.type] for column, found in names} | {source.ACCOUNT: account}


def type_of(values: list[Any], meant: pa.DataType) -> pa.DataType:
    """The type that holds all values of a column; integers beside fractions are numbers."""
    met = {type(value) for value in values if value is not None}
    if met == {int, float}:
        return pa.float64()
    assert len(met) <= 1, met
    return TYPES[met.pop()] if met else meant


def number_keys(spec: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Keys of several columns as one number each."""
    numbers: dict[Any, int] = {}
    for row in rows if "key" in spec else []:
        key = row[source.KEY]
        row[source.KEY] = None if key is None else numbers.setdefault(key, len(numbers))
