"""Frames are read by what their values mean; what has no meaning here is refused, with its row where it has one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch

LATE = "2027-01-01"
MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at"}},
        "metrics": {
            "rows": {"from": "usage", "agg": "count"},
            "first": {"from": "usage", "agg": "first_time"},
            "last": {"from": "usage", "agg": "last_time"},
            "ids": {"from": "usage", "agg": "count_distinct", "of": "id"},
        },
    }
)
DAYS = ["2026-01-05", "2026-06-10"]


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"account_id": ["acme"] * 2, "at": pd.to_datetime(DAYS), "id": [1, 2]} | columns)


def scored(source: Any) -> dict[str, Any]:
    row: dict[str, Any] = ch.Portfolio(MODEL, usage=source).score(LATE).table.to_pylist()[0]
    return row


def objects(*cells: Any) -> pd.Series[Any]:
    return pd.Series(list(cells), dtype=object)


# ---- pandas ----------------------------------------------------------------------------------------------------------

PERIODS = pd.PeriodIndex(DAYS, freq="M")
INTERVALS = pd.IntervalIndex.from_breaks([0, 1, 2])


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("at", PERIODS, r"a pandas Period is a span of time; take its start with \.dt\.start_time"),
        ("id", PERIODS, "a pandas Period is a span of time"),
        ("id", pd.Categorical(PERIODS), "a pandas Period is a span of time"),
        ("id", objects(*PERIODS), "row 0: a pandas Period is a span of time"),
        ("id", objects(None, PERIODS[0]), "row 1: a pandas Period is a span of time"),
        ("id", INTERVALS, "a pandas Interval is a range"),
        ("id", pd.Categorical(INTERVALS), "a pandas Interval is a range"),
        ("id", objects(1, INTERVALS[0]), "row 1: a pandas Interval is a range"),
        ("id", objects("a", 1), "row 1: its values have no common type"),
        ("id", objects(1, "a"), "row 1: its values have no common type"),
        ("id", objects(True, 1), "row 1: its values have no common type"),
        ("id", objects("a", date(2026, 1, 1)), "row 0: expected a date or time like those in other rows, got 'a'"),
        ("id", objects(date(2026, 1, 1), 5), "row 1: expected a date or time like those in other rows, got 5"),
        (
            "at",
            objects(datetime(2026, 1, 1), "soon"),
            "row 1: expected a date or time like those in other rows, got 'soon'",
        ),
        ("at", objects(datetime(2026, 1, 1), time(12)), "row 1: expected a date or time like"),
        ("id", objects({"a": 1}, "b"), "row 1: its values have no common type"),
        ("id", [timedelta(1)] * 2, r"usage\.id: columns of type duration"),
        ("id", [1j, 2j], "its values cannot be read"),
    ],
)
def test_pandas_values_without_a_meaning_here_are_refused(column: str, values: Any, words: str) -> None:
    with pytest.raises(ch.DataError, match=words) as error:
        scored(frame(**{column: values}))
    assert (error.value.table, error.value.column) == ("usage", column)
    if words.startswith("row "):
        assert error.value.row == int(words[4])


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (pd.arrays.SparseArray([5, 5]), 1),
        (pd.Series([1, None], dtype="Int64"), 1),
        (pd.Series([2**53, 2**53 + 1], dtype="Int64"), 2),
        (pd.Series(["a", None], dtype="string"), 1),
        (pd.Series(["a", "b"], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))), 2),
        (pd.Categorical(["b", "a"], categories=["a", "b", "c"], ordered=True), 2),
        (pd.Categorical([None, 2**53 + 1], categories=[2**53, 2**53 + 1]), 1),
        (pd.Categorical(pd.to_datetime(DAYS)), 2),
        (pd.Categorical([Decimal("1.5"), Decimal("2.5")]), 2),
        (objects(2**64, 2**64 + 1), 2),
        (objects(-(2**80), None), 1),
        (objects(np.int64(2**53), 2**53 + 1), 2),
        (objects(1, 1.5), 2),
        (objects(Decimal(1), Decimal("1.50")), 2),
        (objects("a", float("nan")), 1),
        (objects("a", pd.NA), 1),
        (objects(True, None), 1),
        (objects(None, None), 0),
        (pd.Series(DAYS, dtype="datetime64[s]"), 2),
        (pd.Series(pd.to_datetime(DAYS)).dt.tz_localize("Europe/Berlin"), 2),
    ],
)
def test_pandas_values_are_read_by_what_they_mean(values: Any, ids: int) -> None:
    assert scored(frame(id=values))["ids"] == ids


BERLIN = ZoneInfo("Europe/Berlin")
FORMS = [
    lambda at: at.replace(tzinfo=None),
    lambda at: at,
    lambda at: at.astimezone(BERLIN),
    lambda at: at.astimezone(timezone(timedelta(hours=-5))),
    lambda at: pd.Timestamp(at),
    lambda at: pd.Timestamp(at).tz_convert("Asia/Tokyo"),
    lambda at: np.datetime64(at.replace(tzinfo=None), "us"),
    lambda at: at.isoformat(),
    lambda at: at.astimezone(BERLIN).isoformat(),
]


@given(
    stamps=st.lists(
        st.tuples(st.datetimes(datetime(1971, 1, 1), datetime(2026, 12, 1)), st.sampled_from(range(len(FORMS)))),
        min_size=2,
        max_size=6,
    )
)
def test_objects_that_mix_dates_zones_and_texts_are_the_instants_they_say(stamps: list[tuple[datetime, int]]) -> None:
    instants = [at.replace(tzinfo=timezone.utc) for at, _ in stamps]
    cells = [FORMS[form](at) for at, (_, form) in zip(instants, stamps, strict=True)]
    cells[0] = instants[0].astimezone(BERLIN)  # texts alone are texts
    table = pd.DataFrame({"account_id": "acme", "at": pd.Series(cells, dtype=object), "id": 1})
    row = scored(table)
    assert (row["rows"], row["first"], row["last"]) == (len(stamps), min(instants), max(instants))


def test_dates_among_instants_are_their_midnights() -> None:
    row = scored(frame(at=objects(date(2026, 1, 5), datetime(2026, 1, 4, 23, tzinfo=timezone.utc))))
    assert row["last"] == datetime(2026, 1, 5, tzinfo=timezone.utc)


def test_levels_of_an_index_are_columns_whatever_the_others_are_called() -> None:
    table = frame().set_index(["account_id", "at"], drop=False).set_index("id")
    assert scored(table)["rows"] == 2
    both = frame().assign(other=1).set_index(["account_id", "id"]).rename_axis(["account_id", "other"])
    with pytest.raises(ch.DataError, match="needs a column 'id', the table has none"):
        scored(both)


def test_two_pandas_columns_of_one_name_are_refused() -> None:
    twice = pd.concat([frame(), frame()[["id"]]], axis=1)
    with pytest.raises(
        ch.DataError, match="table 'usage' has two columns named 'id'; the model needs to know which one"
    ):
        scored(twice)


# ---- extension types of Arrow ----------------------------------------------------------------------------------------


class Stored(pa.ExtensionType):
    def __init__(self, storage: pa.DataType) -> None:
        super().__init__(storage, "test.stored")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: pa.DataType, serialized: bytes) -> Stored:
        return cls(storage)


def extended(storage: pa.Array) -> pa.Table:
    ids = pa.ExtensionArray.from_storage(Stored(storage.type), storage)
    return pa.table({"account_id": ["acme"] * 2, "at": [datetime(2026, 1, 1)] * 2, "id": ids})


def test_extension_types_are_not_their_storage(tmp_path: Path) -> None:
    numbers = extended(pa.array([1, 2]))
    pq.write_table(numbers, tmp_path / "usage.parquet")
    for source in (numbers, pa.dataset.dataset(numbers), numbers.to_reader(), tmp_path / "usage.parquet"):
        with pytest.raises(
            ch.DataError, match=r"of the extension type 'test\.stored' are not read as the int64"
        ) as error:
            scored(source)
        assert error.value.column == "id"
    assert scored(extended(pa.array(["a", "b"])))["ids"] == 2  # a text is what it is


# ---- polars, DuckDB, ibis --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lazy", [False, True])
def test_polars_integers_of_128_bits_are_exact(lazy: bool) -> None:
    ids = pl.Series([2**53, 2**53 + 1]).cast(pl.Int128)
    table = pl.DataFrame({"account_id": ["acme"] * 2, "at": [datetime(2026, 1, 1)] * 2, "id": ids})
    assert scored(table.lazy() if lazy else table)["ids"] == 2


def test_a_lazy_frame_that_fails_says_so_in_a_data_error() -> None:
    table = pl.DataFrame({"account_id": ["acme"], "at": ["x"], "id": [1]}).lazy()
    broken = table.with_columns(pl.col("at").str.to_datetime("%Y", strict=True))
    with pytest.raises(ch.DataError, match="table 'usage': the polars frame cannot be read: "):
        scored(broken)


def relation(columns: str) -> Any:
    return duckdb.sql(f"select 'acme' as account_id, {columns}, 'unread' as unread from range(2) t(i)")


def test_a_duckdb_relation_is_asked_for_the_columns_that_are_read() -> None:
    row = scored(relation("timestamp '2026-01-05' as at, i::hugeint + 170141183460469231731687303715884105720 as id"))
    assert (row["rows"], row["ids"]) == (2, 2)
    with pytest.raises(ch.DataError, match=r"usage: the model needs a column 'at', .* did you mean 'AT'"):
        scored(relation("timestamp '2026-01-05' as \"AT\", i as id"))
    with pytest.raises(ch.DataError, match="table 'usage': "):
        scored(relation("('x' || i)::timestamp as at, i as id"))
    with pytest.raises(ch.DataError, match=r"^usage\.at\[0\]: the time is out of range"):
        scored(relation("'infinity'::timestamp as at, i as id"))


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz", "date", "timestamp_s", "timestamp_ms", "timestamp_ns"])
def test_an_infinite_end_of_duckdb_is_open(kind: str) -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "begins", "end": "ends"}},
            "metrics": {
                "left": {"from": "contracts", "agg": "days_to_end"},
                "until": {"from": "contracts", "agg": "max", "of": "ends"},
            },
            "scores": {"health": {"measures": {"left": {"value": "left", "curve": [[0, 0], [365, 100]]}}}},
        }
    )
    panel = ch.Portfolio(model, contracts=relation(f"date '2026-01-05' as begins, 'infinity'::{kind} as ends")).score(
        LATE
    )
    assert panel.table["until"].to_pylist() == [None]
    assert {row["metric"]: row["reason"] for row in panel.reasons().to_pylist()}["left"] == "open"
    assert str(panel.explain("acme")).startswith("acme as of 2027-01-01")
    with pytest.raises(ch.DataError, match=r"contracts\.ends\[0\]: the time is out of range"):
        ch.Portfolio(model, contracts=relation(f"date '2026-01-05' as begins, '-infinity'::{kind} as ends"))


def test_an_instant_beyond_the_year_9999_is_explained() -> None:
    far = pa.array([10**18], pa.timestamp("us"))
    table = pa.table({"account_id": ["acme"], "at": [datetime(2026, 1, 1)], "id": far})
    metric = {"from": "usage", "agg": "max", "of": "id"}
    tables = {"usage": {"kind": "events", "account": "account_id", "time": "at"}}
    score = {"measures": {"m": {"value": "if(far > as_of, 1, 0)", "curve": [[0, 0], [1, 100]]}}}
    document = {"format": 1, "tables": tables, "metrics": {"far": metric}, "scores": {"health": score}}
    panel = ch.Portfolio(ch.Model.parse(document), usage=table).score(LATE)
    assert "health" in str(panel.explain("acme"))


def test_an_ibis_table_is_asked_for_the_columns_that_are_read() -> None:
    ibis = pytest.importorskip("ibis")
    at = [datetime(2026, 1, 5), datetime(2026, 6, 10)]
    table = ibis.memtable(pa.table({"account_id": ["acme"] * 2, "at": at, "id": [1, 2], "unread": [b"x"] * 2}))
    assert scored(table)["ids"] == 2
    assert scored(table.filter(table.id > 1))["rows"] == 1
    with pytest.raises(ch.DataError, match="did you mean 'AT'"):
        scored(table.rename(AT="at"))
