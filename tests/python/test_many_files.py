"""Tables in many files: folders, patterns, lists of paths, NAME=VALUE folders, types that drift from file to file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv

import customerhealth as ch

AS_OF = "2026-07-01"
NOON = datetime(2026, 6, 1, 12)
COUNT = {"from": "log", "agg": "count"}
TOTAL = {"from": "log", "agg": "sum", "of": "v"}
KINDS = {"from": "log", "agg": "count_distinct", "of": "v"}
ENCODED = pa.dictionary(pa.int32(), pa.string())
LAST = {"from": "log", "agg": "last", "of": "v"}


def model(metric: dict[str, Any], **columns: str) -> ch.Model:
    table = {"kind": "events", "account": "who", "time": "at", **columns}
    return ch.Model.parse({"format": 1, "tables": {"log": table}, "metrics": {"m": metric}})


def rows(*values: Any, kind: pa.DataType | None = None, who: Any = "ann") -> pa.Table:
    return pa.table({"who": [who] * len(values), "at": [NOON] * len(values), "v": pa.array(values, kind)})


def folder_of(place: Path, *tables: pa.Table) -> Path:
    for i, table in enumerate(tables):
        pq.write_table(table, place / f"day-{i}.parquet")
    return place


def answer(source: object, metric: dict[str, Any] = COUNT, **columns: str) -> dict[Any, Any]:
    panel = ch.Portfolio(model(metric, **columns), log=source).score(AS_OF)
    return {row["account_id"]: row["m"] for row in panel.table.to_pylist()}


# ---- which files ----------------------------------------------------------------------------------------------------


def test_a_folder_is_walked_and_its_files_are_read_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, value in (("b/one.parquet", 3.0), ("a/two.parquet", 2.0), ("a/one.pq", 1.0)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pq.write_table(rows(value), tmp_path / name)
    assert answer(tmp_path, LAST) == {"ann": 3.0}  # of one time the later in the table counts
    assert answer(str(tmp_path), TOTAL) == {"ann": 6.0}


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    folder_of(tmp_path, rows(1.0))
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".day-0.parquet.crc").write_bytes(b"crc")
    (tmp_path / "_temporary").mkdir()
    (tmp_path / "_temporary" / "half.parquet").write_bytes(b"half")
    assert answer(tmp_path) == {"ann": 1.0}


def test_a_pattern_takes_the_files_that_fit(tmp_path: Path) -> None:
    for month, value in ((5, 1.0), (6, 2.0), (7, 4.0)):
        pq.write_table(rows(value), tmp_path / f"2026-0{month}.parquet")
    assert answer(str(tmp_path / "2026-0[56].parquet"), TOTAL) == {"ann": 3.0}
    assert answer(str(tmp_path / "*.parquet"), TOTAL) == {"ann": 7.0}
    assert answer(str(tmp_path / "**" / "2026-07.parquet"), TOTAL) == {"ann": 4.0}


def test_links_give_no_file_twice_and_no_circle(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    folder_of(tmp_path / "logs", rows(1.0), rows(2.0))
    (tmp_path / "logs" / "latest.parquet").symlink_to(tmp_path / "logs" / "day-1.parquet")
    (tmp_path / "logs" / "all").symlink_to(tmp_path / "logs", target_is_directory=True)
    assert answer(tmp_path / "logs", TOTAL) == {"ann": 3.0}
    assert answer(str(tmp_path / "logs" / "*"), TOTAL) == {"ann": 3.0}


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    pq.write_table(rows(1.0), tmp_path / "log [1].parquet")
    pq.write_table(rows(2.0), tmp_path / "log 1.parquet")
    assert answer(str(tmp_path / "log [1].parquet"), TOTAL) == {"ann": 1.0}


def test_a_list_of_paths_keeps_its_order(tmp_path: Path) -> None:
    folder_of(tmp_path, rows(1.0), rows(2.0))
    backwards = [tmp_path / "day-1.parquet", str(tmp_path / "day-0.parquet")]
    assert answer(backwards, LAST) == {"ann": 1.0}
    assert answer(tuple(reversed(backwards)), LAST) == {"ann": 2.0}


def test_files_of_several_formats_are_one_table(tmp_path: Path) -> None:
    folder_of(tmp_path, rows(1.0))
    csv.write_csv(rows(2.5), tmp_path / "more.csv")
    with pa.OSFile(str(tmp_path / "last.arrow"), "wb") as file, pa.ipc.new_file(file, rows(4).schema) as writer:
        writer.write_table(rows(4))
    assert answer(tmp_path, TOTAL) == {"ann": 7.5}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("empty", "the folder .*empty' holds no file"),
        ("empty/*.parquet", r"no file fits the pattern .*empty/\*\.parquet'"),
        ([], "the list of paths is empty"),
        (["gone.parquet"], "there is no file .*gone.parquet'"),
        ([1, 2], "a list cannot be read: expected a pandas"),
        ("mixed", "'.*notes.txt' has no known ending"),
        ("broken", "'.*half.parquet' cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, source: Any, words: str) -> None:
    for name in ("empty", "mixed", "broken"):
        (tmp_path / name).mkdir()
    (tmp_path / "mixed" / "notes.txt").write_text("who, when")
    (tmp_path / "broken" / "half.parquet").write_bytes(b"PAR1 and no more")
    given = str(tmp_path / source) if isinstance(source, str) else source
    with pytest.raises(ch.DataError, match=words) as caught:
        ch.Portfolio(model(COUNT), log=given)
    assert caught.value.table == "log"


# ---- types that drift -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "first", "second", "right"),
    [
        pytest.param(KINDS, rows(None, kind=pa.null()), rows("x"), 1.0, id="nothing, then texts"),
        pytest.param(KINDS, rows(None, kind=pa.float64()), rows("x"), 1.0, id="nothing but NaN of pandas, then texts"),
        pytest.param(KINDS, rows(float("nan")), rows("x"), 1.0, id="NaN alone, then texts"),
        pytest.param(KINDS, rows("x").drop(["v"]), rows("y"), 1.0, id="no column, then texts"),
        pytest.param(KINDS, rows("x", kind=pa.large_string()), rows("x"), 1.0, id="large texts, then texts"),
        pytest.param(KINDS, rows("x", kind=ENCODED), rows("x"), 1.0, id="dictionaries, then texts"),
        pytest.param(TOTAL, rows(1, kind=pa.int8()), rows(2**40), 2.0**40 + 1, id="short, then long integers"),
        pytest.param(KINDS, rows(2**53 + 1), rows(2.0**53), 2.0, id="a long integer beside a whole float"),
        pytest.param(KINDS, rows(2**53, 2**53 + 1), rows(5.0, float("nan")), 3.0, id="a day whose ids became floats"),
        pytest.param(KINDS, rows(2**63 - 1), rows(2**63 - 1, kind=pa.uint64()), 1.0, id="signed, then unsigned"),
        pytest.param(TOTAL, rows(1), rows(1.5), 2.5, id="integers, then floats"),
        pytest.param(TOTAL, rows(1.0, kind=pa.float32()), rows(2.0**24 + 1), 2.0**24 + 2, id="short, then long floats"),
        pytest.param(TOTAL, rows(Decimal("1.25"), kind=pa.decimal128(4, 2)), rows(2), 3.25, id="decimals and integers"),
        pytest.param(TOTAL, rows(Decimal("0.1"), kind=pa.decimal128(4, 1)), rows(0.25), 0.35, id="decimals and floats"),
        pytest.param(
            KINDS,
            rows(Decimal("1.00"), kind=pa.decimal128(7, 2)),
            rows(Decimal("1.0001"), kind=pa.decimal128(12, 4)),
            2.0,
            id="decimals of more digits",
        ),
    ],
)
def test_a_harmless_drift_gives_the_values_that_were_written(
    tmp_path: Path, metric: dict[str, Any], first: pa.Table, second: pa.Table, right: float
) -> None:
    assert answer(folder_of(tmp_path, first, second), metric) == {"ann": right}
    assert answer([tmp_path / "day-1.parquet", tmp_path / "day-0.parquet"], metric) == {"ann": right}


def test_dates_and_instants_of_any_unit_and_zone_are_one_kind(tmp_path: Path) -> None:
    tables = [
        rows(date(2026, 6, 1)),
        rows(datetime(2026, 6, 1), kind=pa.timestamp("s")),
        rows(datetime(2026, 6, 1, tzinfo=UTC), kind=pa.timestamp("ns", "Europe/Berlin")),
        rows(datetime(9999, 12, 31), kind=pa.timestamp("ms")),
    ]
    assert answer(folder_of(tmp_path, *tables), KINDS) == {"ann": 2.0}


def test_nanoseconds_before_1970_are_floored_like_everywhere(tmp_path: Path) -> None:
    early = rows(-1, kind=pa.int64())
    early = early.set_column(2, "v", early["v"].cast(pa.timestamp("ns")))
    alone = answer(early, KINDS | {"agg": "last"})
    assert answer(folder_of(tmp_path, early, rows(None, kind=pa.date32())), KINDS | {"agg": "first"}) == alone


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(rows(True), rows(5), id="booleans, then integers"),
        pytest.param(rows(7), rows("007"), id="integers, then texts"),
        pytest.param(rows(2**53 + 1), rows(0.5), id="an integer that no float holds"),
        pytest.param(rows("2026-06-01"), rows(date(2026, 6, 1)), id="texts, then dates"),
        pytest.param(rows([1]), rows(1), id="lists, then integers"),
    ],
)
def test_a_drift_that_would_change_a_value_names_the_file_and_the_column(
    tmp_path: Path, first: pa.Table, second: pa.Table
) -> None:
    folder_of(tmp_path, first, second)
    for order in ((0, 1), (1, 0)):
        with pytest.raises(
            ch.DataError, match=r"table 'log', column 'v': .* in '.*day-\d.parquet', but .* in '.*day-\d"
        ) as it:
            answer([tmp_path / f"day-{i}.parquet" for i in order], KINDS)
        assert (it.value.table, it.value.column) == ("log", "v")


def test_a_drift_of_a_column_that_is_not_read_is_nobodys_concern(tmp_path: Path) -> None:
    assert answer(folder_of(tmp_path, rows(True), rows("x")), COUNT) == {"ann": 2.0}


def test_two_columns_of_one_name_in_one_file_are_refused(tmp_path: Path) -> None:
    twice = pa.Table.from_arrays([*rows(1.0).columns, pa.array([2.0])], names=["who", "at", "v", "v"])
    pq.write_table(rows(1.0), tmp_path / "day-0.parquet")
    pq.write_table(twice, tmp_path / "day-1.parquet")
    with pytest.raises(ch.DataError, match=r"day-1.parquet' has two columns named 'v'"):
        answer(tmp_path, TOTAL)


NUMBERS: Sequence[tuple[pa.DataType, st.SearchStrategy[Any]]] = (
    (pa.int8(), st.integers(-128, 127)),
    (pa.int64(), st.integers(-(2**53), 2**53)),
    (pa.uint32(), st.integers(0, 2**32 - 1)),
    (pa.float32(), st.floats(width=32, allow_infinity=False)),
    (pa.float64(), st.integers(-(2**53), 2**53).map(float) | st.floats(-1e15, 1e15)),
    (pa.decimal128(12, 3), st.integers(-(10**11), 10**11).map(lambda n: Decimal(n).scaleb(-3))),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_folder_reads_like_the_append_of_its_files(tmp_path: Path, data: st.DataObject) -> None:
    tables = []
    for _ in range(data.draw(st.integers(2, 4))):
        kind, values = data.draw(st.sampled_from(NUMBERS))
        tables.append(rows(*data.draw(st.lists(st.none() | values, min_size=1, max_size=4)), kind=kind))
    for old in tmp_path.glob("*"):
        os.remove(old)
    read = ch.Portfolio(model(TOTAL), log=folder_of(tmp_path, *tables))
    appended = ch.Portfolio(model(TOTAL), log=tables[0])
    for table in tables[1:]:
        appended.append(log=table)
    assert read.score(AS_OF).table.equals(appended.score(AS_OF).table)


# ---- folders that name a value --------------------------------------------------------------------------------------


def partitioned(place: Path, column: str, *values: str, data: pa.Table | None = None) -> Path:
    plain = rows(1.0).drop([column]) if data is None else data
    for value in values:
        (place / f"{column}={value}").mkdir(parents=True)
        pq.write_table(plain, place / f"{column}={value}" / "part.parquet")
    return place


def test_the_value_of_a_folder_is_text_as_written(tmp_path: Path) -> None:
    assert answer(partitioned(tmp_path / "a", "who", "007", "7")) == {"007": 1.0, "7": 1.0}
    assert answer(partitioned(tmp_path / "b", "who", "7", "5000000000")) == {"7": 1.0, "5000000000": 1.0}
    assert answer(partitioned(tmp_path / "c", "who", "North%2FEast", "a=b")) == {"North/East": 1.0, "a=b": 1.0}


def test_ids_of_folders_are_integers_where_the_other_tables_say_so(tmp_path: Path) -> None:
    partitioned(tmp_path, "who", "7", "5000000000")
    tables = {
        "log": {"kind": "events", "account": "who", "time": "at"},
        "customers": {"kind": "accounts", "account": "id"},
    }
    both = ch.Model.parse({"format": 1, "tables": tables, "metrics": {"m": COUNT}})
    customers = pa.table({"id": [7, 5_000_000_000]})
    panel = ch.Portfolio(both, log=tmp_path, customers=customers).score(AS_OF)
    assert panel.table["account_id"].to_pylist() == [7, 5_000_000_000]
    partitioned(tmp_path, "who", "007")
    with pytest.raises(
        ch.DataError, match=r"column 'who': in the name of a folder, '007' is not an integer as it is shown"
    ):
        ch.Portfolio(both, log=tmp_path, customers=customers)


def test_the_value_of_a_folder_is_what_its_role_wants(tmp_path: Path) -> None:
    june = {**COUNT, "where": "month = 6"}
    first = {**COUNT, "where": "month = '06'"}
    partitioned(tmp_path, "month", "06", "07", data=rows(1.0))
    assert answer(tmp_path, june) == answer(tmp_path, first) == {"ann": 1.0}
    partitioned(tmp_path, "month", "June", data=rows(1.0))
    with pytest.raises(ch.DataError, match=r"column 'month': in the name of a folder, 'June' is not a number"):
        answer(tmp_path, june)


def test_what_cells_decided_is_told_once_for_all_files(tmp_path: Path) -> None:
    for day in (1, 2):
        (tmp_path / f"day-{day}.csv").write_text(f"who,at,v\nann,2026-06-0{day},{day}\n")
    portfolio = ch.Portfolio(model(LAST), log=tmp_path)
    assert portfolio.score(AS_OF).table["m"].to_pylist() == [2.0]
    (found,) = [row for row in portfolio.quality().to_pylist() if row["check"] == "read_by_cells"]
    assert (found["table"], found["rows"]) == ("log", 2)


def test_a_folder_may_be_a_day(tmp_path: Path) -> None:
    counts = answer(partitioned(tmp_path, "at", "2026-06-01", "2026-07-02", data=rows(1.0).drop(["at"])))
    assert counts == {"ann": 1.0}  # one of them is after the as-of


def test_a_folder_says_that_a_value_is_missing(tmp_path: Path) -> None:
    assert answer(partitioned(tmp_path, "v", "__HIVE_DEFAULT_PARTITION__", "x"), KINDS) == {"ann": 1.0}


def test_a_pattern_and_a_path_read_the_folders_on_their_way(tmp_path: Path) -> None:
    partitioned(tmp_path, "who", "bob", "eve", data=rows(1.0).drop(["who"]))
    assert answer(str(tmp_path / "who=*" / "*.parquet")) == {"bob": 1.0, "eve": 1.0}
    assert answer(tmp_path / "who=bob" / "part.parquet") == {"bob": 1.0}
    assert answer(tmp_path / "who=eve") == {"eve": 1.0}


@pytest.mark.parametrize(
    "kind", [pa.int64(), pa.int32(), pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_a_column_that_the_file_holds_too_counts_as_the_file_has_it(tmp_path: Path, kind: pa.DataType) -> None:
    values = pa.array(["6", "6"]).cast(kind.value_type if pa.types.is_dictionary(kind) else kind)
    values = values.dictionary_encode() if pa.types.is_dictionary(kind) else values
    data = rows(1, 2).set_column(2, "v", values)
    assert answer(partitioned(tmp_path, "v", "6", data=data), KINDS) == {"ann": 1.0}


def test_a_folder_that_contradicts_its_file_is_refused(tmp_path: Path) -> None:
    partitioned(tmp_path, "v", "6", "5", data=rows(6, 6))
    with pytest.raises(
        ch.DataError, match=r"column 'v': the folder of '.*v=5/part.parquet' says '5', the file holds 6"
    ):
        answer(tmp_path, KINDS)
    partitioned(tmp_path / "x", "v", "six", data=rows(6, 6))
    with pytest.raises(ch.DataError, match=r"says 'six', the file holds values of type int64"):
        answer(tmp_path / "x", KINDS)
    assert answer(tmp_path) == {"ann": 6.0}  # where the column is not read, nobody looks


# ---- Spark's instants -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [1000, 1816, 2026, 3000, 9999])
def test_int96_does_not_wrap(tmp_path: Path, year: int) -> None:
    table = rows(datetime(year, 12, 31, 23, 59, 59, 999999), kind=pa.timestamp("us"))
    pq.write_table(table, tmp_path / "spark.parquet", use_deprecated_int96_timestamps=True)
    assert answer(tmp_path / "spark.parquet", LAST) == answer(table, LAST) != {"ann": None}
    assert answer(tmp_path, LAST) == answer(table, LAST)
