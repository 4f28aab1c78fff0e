"""Texts that are no UTF-8 are refused where they stand; a column without a value keeps its declared type by itself."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

TS = pa.timestamp("us", "UTC")
MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {
            "usage": {"kind": "events", "account": "id", "time": "at", "key": "event"},
            "accounts": {"kind": "accounts", "account": "id"},
        },
        "metrics": {
            "exports": {"from": "usage", "agg": "count", "where": "feature = 'export'"},
            "by_feature": {"from": "usage", "agg": "count", "by": {"column": "feature", "values": ["a"]}},
            "of_segment": {"formula": "accounts.segment"},
        },
    }
)


def texts(*values: bytes | None, layout: str = "string") -> pa.Array:
    """A column whose bytes nobody has looked at."""
    ends = [0, *itertools.accumulate(len(value or b"") for value in values)]
    bits = pa.array([value is not None for value in values]).buffers()[1]
    offsets = pa.array(ends, pa.int32()).buffers()[1]
    plain = pa.Array.from_buffers(
        pa.string(), len(values), [bits, offsets, pa.py_buffer(b"".join(value or b"" for value in values))]
    )
    if layout == "dictionary":
        return pa.DictionaryArray.from_arrays(pa.array(range(len(values)), pa.int8()), plain)
    return plain.cast(pa.large_string()) if layout == "large_string" else plain


def usage(**columns: Any) -> pa.Table:
    return pa.table(
        {
            "id": pa.array(["x", "y", "x"]),
            "at": pa.array([datetime(2026, 1, day) for day in (1, 2, 3)], TS),
            "event": pa.array(["1", "2", "3"]),
            "feature": pa.array(["a", "b", None]),
        }
        | columns
    )


ACCOUNTS = pa.table({"id": ["x", "y"], "segment": ["s", "t"]})


@pytest.mark.parametrize("layout", ["string", "dictionary"])
@pytest.mark.parametrize("column", ["id", "event", "feature"])
def test_a_text_that_is_not_utf8_is_refused_with_its_row(column: str, layout: str) -> None:
    bad = usage(**{column: texts(b"x", "é".encode(), b"caf\xe9", layout=layout)})
    with pytest.raises(ch.DataError, match=r'this text is not UTF-8: "caf\\xe9"; was it written as Latin-1') as error:
        ch.Portfolio(MODEL, usage=bad, accounts=ACCOUNTS)
    assert (error.value.table, error.value.column, error.value.row) == ("usage", column, 2)


def test_rows_count_on_over_appends_and_a_refused_append_leaves_the_portfolio_as_it_was() -> None:
    portfolio = ch.Portfolio(MODEL, usage=usage(), accounts=ACCOUNTS)
    before = portfolio.score("2026-02-01").table
    for column in ("id", "feature"):
        with pytest.raises(ch.DataError, match="not UTF-8") as error:
            portfolio.append(usage=usage(**{column: texts(b"x", b"\xff", b"x")}))
        assert error.value.row == 4
    assert portfolio.score("2026-02-01").table.equals(before)
    portfolio.append(usage=usage(feature=texts("ü".encode(), None, b"")))
    portfolio.score("2026-02-01").table.validate(full=True)


def test_a_column_that_the_model_does_not_read_may_hold_anything() -> None:
    portfolio = ch.Portfolio(MODEL, usage=usage(note=texts(b"\xff", b"\xfe", None)), accounts=ACCOUNTS)
    assert portfolio.score("2026-02-01").table.num_rows == 2


def types(feature: pa.Array) -> dict[str, str]:
    """The panel's types where two tables hold no row, and one column of a third has this type and no value."""
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {
                "mood": {"kind": "states", "account": "id", "time": "at"},
                "usage": {"kind": "events", "account": "id", "time": "at"},
            },
            "metrics": {
                "colour": {"from": "mood", "agg": "last", "of": "colour"},
                "since": {"from": "mood", "agg": "last", "of": "day"},
                "loud": {"from": "mood", "agg": "last", "of": "loud"},
                "exports": {"from": "usage", "agg": "count", "where": "feature = 'export'"},
                "feature": {"from": "usage", "agg": "last", "of": "feature"},
            },
        }
    )
    mood = pa.schema(
        [("id", pa.string()), ("at", TS), ("colour", pa.string()), ("day", TS), ("loud", pa.bool_())]
    ).empty_table()
    rows = pa.table({"id": ["x"], "at": pa.array([datetime(2026, 1, 1)], TS), "feature": feature})
    found = ch.Portfolio(model, usage=rows, mood=mood).score("2026-02-01").table
    return {field.name: str(field.type) for field in found.schema}


def test_a_column_whose_declared_type_does_not_fit_costs_the_others_nothing() -> None:
    fitting = types(pa.array([None], pa.string()))
    for misfit in (pa.float64(), pa.bool_(), TS, pa.int64()):
        assert types(pa.array([None], misfit)) == fitting | {"feature": types(pa.array([None], pa.null()))["feature"]}
    assert (fitting["colour"], fitting["since"], fitting["loud"]) == (
        "dictionary<values=string, indices=int32, ordered=0>",
        "timestamp[us, tz=UTC]",
        "bool",
    )
