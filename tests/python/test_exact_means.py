"""Means are the exact sum divided by the number of values, rounded once, wherever the language takes one."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from strategies import examples

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
NIGH = st.floats(-10, 10).map(lambda number: number / 7)
VALUES = st.one_of(st.lists(NUMBERS, min_size=1, max_size=9), st.lists(NIGH, min_size=1, max_size=30))
DAY = dt.datetime(2026, 6, 1)


def mean(values: list[float]) -> float:
    return float(sum(map(Fraction, values), Fraction()) / len(values))


def panel_row(values: list[float], metrics: dict[str, Any], **known: Any) -> dict[str, Any]:
    document = {
        "format": 1,
        "tables": {"u": {"kind": "events", "account": "id", "time": "at", **known}},
        "metrics": metrics,
    }
    rows = pa.table(
        {
            "id": ["acme"] * len(values),
            "at": [DAY + dt.timedelta(days=day) for day in range(len(values))],
            "x": values,
            "late": [DAY + dt.timedelta(days=40)] * len(values),
        }
    )
    return dict(ch.Portfolio(ch.Model.parse(document), u=rows).score("2026-09-01").table.to_pylist()[0])


ALL = {"from": "u", "agg": "mean", "of": "x"}


@examples(300)
@given(VALUES)
def test_of_rows_buckets_and_late_rows(values: list[float]) -> None:
    """Plain rows take running sums, buckets and rows since a date the rows of each as-of, late rows a sweep."""
    daily = {"from": "u", "agg": "sum", "of": "x", "every": "1d", "window": "120d", "then": "mean"}
    daily["empty"] = "skip"
    since = {**ALL, "since": "began"}
    metrics = {"all": ALL, "daily": daily, "began": {"from": "u", "agg": "first_time"}, "since": since}
    row = panel_row(values, metrics)
    assert [row["all"], row["daily"], row["since"]] == [mean(values)] * 3
    assert panel_row(values, {"all": ALL}, known="late")["all"] == mean(values)


@examples(100)
@given(st.lists(st.one_of(NIGH, st.floats(-1e307, 1e307)), min_size=1, max_size=6))
def test_of_the_parts_of_a_split_metric(values: list[float]) -> None:
    document = {
        "format": 1,
        "tables": {"u": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {
            "m": {"from": "u", "agg": "last", "of": "x", "by": {"column": "part", "values": list(range(len(values)))}},
            "all": {"formula": "mean(m.*)"},
        },
    }
    rows = pa.table(
        {"id": ["acme"] * len(values), "at": [DAY] * len(values), "x": values, "part": list(range(len(values)))}
    )
    row = ch.Portfolio(ch.Model.parse(document), u=rows).score("2026-09-01").table.to_pylist()[0]
    assert row["all"] == mean(values)


def test_of_three_tenths_is_a_tenth_and_of_the_greatest_numbers_one_of_them() -> None:
    assert panel_row([0.1] * 3, {"all": ALL})["all"] == 0.1
    assert panel_row([1.7976931348623157e308] * 3, {"all": ALL})["all"] == 1.7976931348623157e308
