"""`types` of a model holds for every kind of source: a column of another type is converted where nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from text_files import EVENTS, model, scored


def last(kind: str, values: pa.Array, door: Callable[[pa.Table], Any] = lambda table: table) -> Any:
    """The last of these values, of a column that the model says is of this kind."""
    loaded = model({"m": {"from": "u", "agg": "last", "of": "x"}}, u=EVENTS | {"types": {"x": kind}})
    days = [datetime(2026, 1, day) for day in range(1, len(values) + 1)]
    table = pa.table({"id": ["a"] * len(values), "at": days, "x": values})
    (row,) = scored(ch.Portfolio(loaded, u=door(table)))
    return row["m"]


INSTANT = datetime(2026, 1, 2, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("number", pa.array(["1", "2.50"]), 2.5),
        ("number", pa.array(["1", "2"]).dictionary_encode(), 2.0),
        ("number", pa.array([False, True]), 1.0),
        ("number", pa.array([1, 2]), 2.0),
        ("number", pa.array([Decimal("1.10")]), 1.1),
        ("number", pa.array([None, None]), None),
        ("text", pa.array([1, 7], pa.int8()), "7"),
        ("text", pa.array([1.5, 7.0]), "7"),
        ("text", pa.array([1.0, None]), None),
        ("text", pa.array([True]), "true"),
        ("text", pa.array(["007"]), "007"),
        ("boolean", pa.array(["no", "Yes"]), True),
        ("boolean", pa.array([1, 0]), False),
        ("boolean", pa.array([0.0, 1.0]), True),
        ("instant", pa.array(["2026-01-01", "2026-01-02T00:00:00Z"]), INSTANT),
        ("instant", pa.array([datetime(2026, 1, 2)]), INSTANT),
    ],
)
def test_a_column_is_what_types_say(kind: str, values: pa.Array, expected: Any) -> None:
    assert last(kind, values) == expected


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("number", pa.array(["1", "two"]), r"u\.x\[1\]: 'two' is not a number"),
        (
            "number",
            pa.array([datetime(2026, 1, 1)]),
            r"u\.x: a column of type timestamp\[us\] cannot be read as number",
        ),
        ("text", pa.array([datetime(2026, 1, 1)]), r"u\.x: a column of type timestamp\[us\] cannot be read as text"),
        ("boolean", pa.array([0, 2]), r"u\.x\[1\]: 2 is not true or false; of numbers 1 and 0 are"),
        ("boolean", pa.array(["maybe"]), r"u\.x\[0\]: 'maybe' is not true or false"),
        ("instant", pa.array([1767225600]), r"u\.x: a column of type int64 cannot be read as instant; how many units"),
        ("instant", pa.array(["1.2.2026"]), r"u\.x\[0\]: '1\.2\.2026' is not an ISO date or time"),
    ],
)
def test_what_cannot_be_what_types_say_is_refused(kind: str, values: pa.Array, message: str) -> None:
    with pytest.raises(ch.DataError, match=message) as caught:
        last(kind, values)
    assert (caught.value.table, caught.value.column) == ("u", "x")


@pytest.mark.parametrize("door", ["reader", "pandas", "polars", "parquet", "dataset"])
def test_types_hold_for_every_door(door: str, tmp_path: Path) -> None:
    def parquet(table: pa.Table) -> Path:
        pq.write_table(table, tmp_path / "u.parquet")
        return tmp_path / "u.parquet"

    doors: dict[str, Callable[[pa.Table], Any]] = {
        "reader": lambda table: table.to_reader(max_chunksize=1),
        "pandas": lambda table: table.to_pandas(),
        "polars": pl.DataFrame,
        "parquet": parquet,
        "dataset": pa.dataset.dataset,
    }
    assert last("number", pa.array(["1", "2.50"]), doors[door]) == 2.5


def test_ids_of_frames_are_what_types_say() -> None:
    day = [datetime(2026, 6, 1)] * 2
    as_text = model(u=EVENTS | {"types": {"id": "text"}})
    assert ch.Portfolio(as_text, u=pa.table({"id": [7, 12], "at": day})).accounts.to_pylist() == ["12", "7"]
    as_numbers = model(u=EVENTS | {"types": {"id": "number"}})
    assert ch.Portfolio(as_numbers, u=pa.table({"id": ["7", "12"], "at": day})).accounts.to_pylist() == [7, 12]
    with pytest.raises(ch.DataError, match=r"u\.id\[1\]: '012' is not an integer as it is shown"):
        ch.Portfolio(as_numbers, u=pa.table({"id": ["7", "012"], "at": day}))
