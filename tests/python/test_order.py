"""`order`: of rows that tie in time and `known` the one with the greater value is later, however the rows arrived."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import customerhealth as ch

DAY = datetime(2026, 6, 1)
TABLES = {
    "crm": {"kind": "accounts", "account": "a", "order": "seq"},
    "events": {"kind": "events", "account": "a", "time": "t", "key": "k", "order": "seq"},
    "log": {"kind": "events", "account": "a", "time": "t", "order": "seq"},
    "states": {"kind": "states", "account": "a", "time": "t", "order": "seq"},
    "terms": {"kind": "intervals", "account": "a", "start": "t", "end": "e", "known": "kn", "key": "k", "order": "seq"},
}
METRICS = {
    "v": {"formula": "crm.v"},
    "corrected": {"from": "events", "agg": "sum", "of": "v"},
    "first": {"from": "log", "agg": "first", "of": "v"},
    "last": {"from": "log", "agg": "last", "of": "v"},
    "state": {"from": "states", "agg": "last", "of": "v"},
    "term": {"from": "terms", "agg": "last", "of": "v", "rows": "any"},
    "ended": {"from": "terms", "agg": "last", "of": "v", "rows": "ended"},
}
MODEL = ch.Model.parse({"format": 1, "tables": TABLES, "metrics": METRICS})


def rows_of(values: Sequence[float], seq: Any, kind: pa.DataType | None = None) -> pa.Table:
    count = len(values)
    return pa.table(
        {
            "a": ["acme"] * count,
            "t": [DAY] * count,
            "e": [datetime(2026, 6, 15)] * count,
            "kn": [DAY] * count,
            "k": [1] * count,
            "v": [float(value) for value in values],
            "seq": pa.array(list(seq), kind),
        }
    )


def answers(tables: Sequence[pa.Table]) -> dict[str, Any]:
    portfolio = ch.Portfolio(MODEL, tables=dict.fromkeys(TABLES, tables[0]))
    for table in tables[1:]:
        portfolio.append(tables=dict.fromkeys(TABLES, table))
    (row,) = portfolio.score("2026-07-01").table.select(list(METRICS)).to_pylist()
    return dict(row)


LAST = {"v": 30.0, "corrected": 30.0, "first": 10.0, "last": 30.0, "state": 30.0, "term": 30.0, "ended": 30.0}


@pytest.mark.parametrize(
    ("seq", "kind"),
    [
        ([1, 2, 3], pa.int64()),
        ([-(2**63), 0, 2**63 - 1], pa.int64()),
        ([2**53, 2**53 + 1, 2**53 + 2], pa.int64()),
        ([0, 2**63, 2**64 - 1], pa.uint64()),
        ([-0.5, 0.25, 0.5], pa.float64()),
        ([-1e300, 1e-300, 1e300], pa.float64()),
        ([None, -1, 0], pa.int8()),
        ([Decimal("-0.1"), Decimal("0.1"), Decimal("12345678901234567890.1")], pa.decimal128(38, 9)),
        (
            [Decimal("10000000000000000000.1"), Decimal("10000000000000000000.2"), Decimal("10000000000000000000.3")],
            None,
        ),
        ([datetime(2026, 1, 1), datetime(2026, 1, 1, 0, 0, 0, 1), datetime(2026, 1, 2)], pa.timestamp("us")),
        (["2026-01-01", "2026-01-01T00:00:01Z", "2026-01-02"], pa.string()),
    ],
    ids=str,
)
def test_any_permutation_in_any_split_gives_the_same(seq: list[Any], kind: pa.DataType | None) -> None:
    rows = rows_of([10, 20, 30], seq, kind)
    for order in itertools.permutations(range(3)):
        shuffled = rows.take(pa.array(order))
        for cut in range(4):
            parts = [part for part in (shuffled.slice(0, cut), shuffled.slice(cut)) if len(part)]
            assert answers(parts) == LAST, (order, cut)


def test_many_rows_in_many_pieces() -> None:
    random = np.random.default_rng(5)
    count = 500
    rows = pa.table(
        {
            "a": random.choice(["acme", "beta", "gamma"], count),
            "t": [datetime(2026, 6, int(day)) for day in random.integers(1, 4, count)],
            "e": [datetime(2026, 6, int(day)) for day in random.integers(4, 6, count)],
            "kn": [DAY] * count,
            "k": random.integers(0, 20, count),
            "v": random.normal(size=count),
            "seq": random.permutation(count),
        }
    )
    whole = ch.Portfolio(MODEL, tables=dict.fromkeys(TABLES, rows)).score("2026-07-01").table
    for _ in range(4):
        shuffled = rows.take(pa.array(random.permutation(count)))
        portfolio, begin = None, 0
        while begin < count:
            piece = shuffled.slice(begin, int(random.integers(1, 200)))
            begin += len(piece)
            if portfolio is None:
                portfolio = ch.Portfolio(MODEL, tables=dict.fromkeys(TABLES, piece))
            else:
                portfolio.append(tables=dict.fromkeys(TABLES, piece))
        assert portfolio is not None
        assert portfolio.score("2026-07-01").table.equals(whole)


def test_among_equal_ones_the_order_of_arrival_decides() -> None:
    tied = rows_of([10, 20, 30], [7, 7, 7])
    assert answers([tied]) == LAST
    assert answers([tied.slice(0, 1), tied.slice(1)]) == LAST
    assert answers([rows_of([10, 20, 30], [None, None, None])]) == LAST
    assert answers([rows_of([20, 30, 10], [5, 5, None])]) == LAST


def test_time_and_known_come_first() -> None:
    rows = rows_of([10, 20, 30], [3, 2, 1])
    late = rows.set_column(rows.column_names.index("kn"), "kn", pa.array([DAY, DAY, datetime(2026, 6, 2)]))
    timed = late.set_column(rows.column_names.index("t"), "t", pa.array([DAY, DAY, datetime(2026, 6, 2)]))
    got = answers([timed])
    assert [got[name] for name in ("state", "last", "term")] == [30.0, 30.0, 30.0]
    assert got["first"] == 20.0  # of the two of one time the lesser order


def test_types_that_change_from_append_to_append_compare_exactly() -> None:
    long = [rows_of([30], [2**53 + 1]), rows_of([20], [float(2**53)]), rows_of([10], [-1.0])]
    short = [rows_of([30], [3]), rows_of([20], [2.5]), rows_of([10], [Decimal("2.25")])]
    for parts in (long, short):
        for order in itertools.permutations(parts):
            assert answers(order) == LAST


def test_files_and_pandas(tmp_path: Path) -> None:
    rows = rows_of([30, 10, 20], [3, 1, 2])
    frame = rows.to_pandas().astype({"v": "int64"})  # 30.0 is a text where cells of a file tell
    frame.to_csv(tmp_path / "log.csv", index=False)
    frame["seq"] = pd.Series([3.0, float("nan"), 2.0])
    for source in (frame, tmp_path / "log.csv"):
        portfolio = ch.Portfolio(MODEL, log=source, crm=source)
        assert portfolio.score("2026-07-01").table["last"].to_pylist() == [30.0]
        assert portfolio.score("2026-07-01").table["first"].to_pylist() == [10.0]
        assert not [row for row in portfolio.quality().to_pylist() if row["example"].startswith("seq")]


@pytest.mark.parametrize("values", [["b", "a", "c"], [True, False, True]])
def test_what_is_no_order_is_refused(values: list[Any]) -> None:
    with pytest.raises(ch.DataError, match=r"log\.seq(\[0\])?: ('b' is no instant|order needs numbers, dates)"):
        ch.Portfolio(MODEL, log=rows_of([1, 2, 3], values))


def test_types_of_an_order() -> None:
    with pytest.raises(ch.ModelError, match="the column is the order, which is a number or an instant"):
        ch.Model.parse({"format": 1, "tables": {"log": {**TABLES["log"], "types": {"seq": "text"}}}})
