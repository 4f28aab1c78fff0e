"""Every call that takes a table reads it through one door: the same sources, the same checks, the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import duckdb
import nanoarrow
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch

DAYS = [date(2026, 1, 5), date(2026, 2, 10), date(2026, 3, 20), date(2026, 1, 7)]
ACCOUNTS = ["a", "a", "b", "c"]
PLAIN = pa.table(
    {
        "who": ACCOUNTS,
        "on": DAYS,
        "until": pa.array([date(2026, 2, 5), None, date(2026, 4, 1), None]),
        "paid": [10.0, 20.0, 30.5, 40.0],
        "months": [1, 2, 1, 4],
        "tier": ["red", "red", "blue", None],
    }
)
BOOK = pa.table(
    {"account_id": ["a", "b", "c"], "start": DAYS[:1] * 3, "end": pa.nulls(3, pa.date32()), "mrr": [1, 2, 3]}
)


def model(kind: str) -> ch.Model:
    roles = {"time": "on"} if kind == "events" else {"start": "on", "end": "until"}
    return ch.Model.parse(
        {
            "format": 1,
            "tables": {"t": {"kind": kind, "account": "who", **roles}},
            "metrics": {
                "rows": {"from": "t", "agg": "count"},
                "paid": {"from": "t", "agg": "sum", "of": "paid", "rows": "any"}
                if kind != "events"
                else {"from": "t", "agg": "sum", "of": "paid"},
            },
            "plays": {"call": {"when": "rows > 1"}},
        }
    )


def of_portfolio(table: Any, kind: str = "events") -> Any:
    portfolio = ch.Portfolio(model(kind), t=table)
    return portfolio.score("2026-05-01").table, portfolio.quality()


def of_append(table: Any) -> Any:
    portfolio = ch.Portfolio(model("events"), t=PLAIN.slice(0, 0))
    portfolio.append(t=table)
    return portfolio.score("2026-05-01").table, portfolio.quality()


def of_revenue(table: Any, **columns: str) -> Any:
    amounts = columns or {"mrr": "paid"}
    revenue = ch.Revenue(table, account="who", start="on", end="until", **amounts)
    return revenue.contracts(), revenue.movements(["2026-02-01", "2026-03-01"]), revenue.quality()


def of_events(table: Any) -> Any:
    revenue = ch.Revenue.from_events(table, account="who", time="on", gap="30d")
    return revenue.contracts(), revenue.quality()


def of_labels(table: Any) -> Any:
    return ch.Revenue(BOOK.rename_columns(["who", "start", "end", "mrr"]), account="who").exposure(
        "2026-03-01", "tier", labels=table
    )


def of_outcome(table: Any) -> Any:
    portfolio = ch.Portfolio(model("events"), t=PLAIN)
    return portfolio.replay("2026-01-01", "2026-05-01", outcome=table, account="who", time="on", within="28d").summary


@dataclass(frozen=True)
class Door:
    read: Callable[[Any], Any]
    counts: bool
    """Whether a null account or time is counted in quality(), which there is; else an error with its row."""
    times: tuple[str, ...]
    ends: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    fixed_ids: bool = False
    """Whether ids have to be of the type that the accounts have already."""


DOORS = {
    "Portfolio": Door(of_portfolio, True, ("on",)),
    "Portfolio of intervals": Door(lambda t: of_portfolio(t, "intervals"), True, ("on",), ("until",)),
    "append": Door(of_append, True, ("on",)),
    "Revenue": Door(of_revenue, True, ("on",), ("until",)),
    "Revenue of totals": Door(
        lambda t: of_revenue(t, total="paid", term="months"), True, ("on",), ("until",), ("paid", "months")
    ),
    "from_events": Door(of_events, True, ("on",)),
    "labels": Door(of_labels, False, (), fixed_ids=True),
    "outcome": Door(of_outcome, False, ("on",), fixed_ids=True),
    "rfm": Door(
        lambda t: ch.clv.rfm(t, account="who", time="on", amount="paid", known="until", as_of="2026-05-01"),
        False,
        ("on",),
        numbers=("paid",),
    ),
    "lifetimes": Door(
        lambda t: ch.clv.lifetimes(t, account="who", start="on", end="until", as_of="2026-05-01"),
        False,
        ("on",),
        ("until",),
    ),
}
EACH_TIME = [(name, column) for name, door in DOORS.items() for column in (*door.times, *door.ends)]
EACH_NUMBER = [(name, column) for name, door in DOORS.items() for column in door.numbers]


def replaced(column: str, values: Any) -> pa.Table:
    return PLAIN.set_column(PLAIN.schema.get_field_index(column), column, values)


def text_of(result: Any) -> list[dict[str, list[Any]]]:
    tables = result if isinstance(result, tuple) else (result,)
    return [table.to_pydict() for table in tables]


def refused(name: str, table: Any, match: str, row: int | None = None) -> None:
    with pytest.raises(ch.DataError, match=match) as error:
        DOORS[name].read(table)
    if row is not None:
        assert error.value.row == row


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOORS)
def test_what_cannot_be_an_account_is_refused(name: str) -> None:
    for values, words in [
        (pa.array([1.5, 2, 3, 4]), "account ids are"),
        (pa.array(DAYS), "account ids are"),
        (pa.array([True] * 4), "account ids are"),
        (pa.array([[1]] * 4), "list<item: int64>"),
        (pa.array([b"a"] * 4), "binary"),
        (
            pa.array([2**63] * 4, pa.uint64()),
            "account ids are texts or 64-bit signed integers, got 9223372036854775808",
        ),
    ]:
        refused(name, replaced("who", values), words)


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.fixed_ids])
def test_ids_of_another_type_than_the_accounts_are_refused(name: str) -> None:
    refused(name, replaced("who", pa.array([1, 2, 3, 4])), "account ids are integers here and texts in the portfolio")


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.fixed_ids])
def test_accounts_of_which_none_is_known_are_refused(name: str) -> None:
    strangers = pa.array(["A", "B", "B", "C"])
    refused(
        name, replaced("who", strangers), r"\.who: none of its accounts .*; of 'A', for example: did you mean 'a'", 0
    )
    assert text_of(DOORS[name].read(replaced("who", pa.array(["A", "a", "b", "c"]))))


@pytest.mark.parametrize(("name", "column"), EACH_TIME)
def test_what_cannot_be_a_time_is_refused(name: str, column: str) -> None:
    seconds = [1_782_000_000] * 4
    for values in (seconds, [float(second) for second in seconds], [Decimal(second) for second in seconds]):
        refused(name, replaced(column, pa.array(values)), f"{column}: .* needs dates, timestamps or texts in ISO form")
    refused(name, replaced(column, pa.array([True] * 4)), "this column is bool")
    for text in ("yesterday", "10/01/2026", "1782000000", "", "infinity"):
        texts = pa.array(["2026-01-05", text, "2026-01-06", "2026-01-07"])
        for values in (texts, texts.dictionary_encode(), texts.cast(pa.large_string())):
            refused(name, replaced(column, values), rf"\.{column}\[1\]: '{text}' is no instant", 1)


@pytest.mark.parametrize(("name", "column"), EACH_TIME)
def test_blanks_around_a_time_say_nothing(name: str, column: str) -> None:
    texts = [f"{day}T12:00" for day in DAYS]
    plain = text_of(DOORS[name].read(replaced(column, pa.array(texts))))
    around = pa.array([f" {texts[0]}", f"{texts[1]}\t", f"\r\n{texts[2]}  ", texts[3]])
    assert text_of(DOORS[name].read(replaced(column, around))) == plain
    assert text_of(DOORS[name].read(replaced(column, around.dictionary_encode()).to_pandas())) == plain
    refused(
        name, replaced(column, pa.array(["2026-01-05", " ", None, None])), rf"\.{column}\[1\]: ' ' is no instant", 1
    )


@pytest.mark.parametrize(("name", "column"), EACH_TIME)
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_infinity_is_an_end_or_refused(name: str, column: str, unit: str) -> None:
    last = pa.array([0, 2**63 - 1, 0, 0]).cast(pa.timestamp(unit))
    if column in DOORS[name].ends:
        never = pa.array([2**63 - 1] * 4).cast(pa.timestamp(unit))
        days = pa.array([2**31 - 1, 2_932_532, 2_932_532, 2**31 - 1], pa.int32()).cast(pa.date32())  # 9999-01-01
        open_ends = text_of(DOORS[name].read(replaced(column, pa.nulls(4, pa.timestamp("us")))))
        assert text_of(DOORS[name].read(replaced(column, never))) == open_ends
        assert text_of(DOORS[name].read(replaced(column, days))) == open_ends
    else:
        refused(name, replaced(column, last), r"\[1\]: the time is out of range; .* only an end may be infinite", 1)
    first = pa.array([0, -(2**63 - 1), 0, 0]).cast(pa.timestamp(unit))
    refused(name, replaced(column, first), r"\[1\]: the time is out of range", 1)


@pytest.mark.parametrize(("name", "column"), EACH_NUMBER)
def test_what_is_no_number_is_refused(name: str, column: str) -> None:
    for values in (["1,200"] * 4, ["a year"] * 4, DAYS):
        refused(name, replaced(column, pa.array(values)), f"{column}: .* needs numbers, this column is")


@pytest.mark.parametrize("name", DOORS)
def test_a_column_that_is_not_there_names_the_nearest(name: str) -> None:
    loud = PLAIN.rename_columns([column.upper() for column in PLAIN.column_names])
    for source in (loud, loud.to_pandas(), pl.DataFrame(loud), pl.DataFrame(loud).lazy(), loud.to_reader()):
        refused(name, source, r"did you mean '(WHO|ON|TIER|PAID|MONTHS|UNTIL)'")
    refused(name, pa.dataset.dataset(loud), "did you mean")


@pytest.mark.parametrize("name", DOORS)
def test_what_is_no_table_is_refused(name: str) -> None:
    for source in (5, pd.Series([1]), np.zeros(3), {"who": ["a"]}):
        refused(name, source, "cannot be read: expected a pandas, polars or pyarrow table")
    twice = pa.Table.from_arrays([*PLAIN.columns, PLAIN["who"]], names=[*PLAIN.column_names, "who"])
    refused(name, twice, "two columns named 'who'")


# ---- what is missing -------------------------------------------------------------------------------------------------


def with_null(column: str) -> dict[str, Any]:
    values = PLAIN[column].to_pylist()
    values[1] = None
    plain = pa.array(values, PLAIN.schema.field(column).type)
    in_dictionary = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3]), plain)
    return {"null": plain, "null index": plain.dictionary_encode(), "null in the dictionary": in_dictionary}


@pytest.mark.parametrize("how", ["null", "null index", "null in the dictionary"])
@pytest.mark.parametrize("name", DOORS)
def test_a_missing_account_is_counted_or_refused(name: str, how: str) -> None:
    check_missing(name, "who", with_null("who")[how], "null_account")


@pytest.mark.parametrize("how", ["null", "null index", "null in the dictionary"])
@pytest.mark.parametrize(("name", "column"), [pair for pair in EACH_TIME if pair[1] == "on"])
def test_a_missing_time_is_counted_or_refused(name: str, column: str, how: str) -> None:
    check_missing(name, column, with_null(column)[how], "null_time")


def check_missing(name: str, column: str, values: Any, check: str) -> None:
    table = replaced(column, values)
    if not DOORS[name].counts:
        return refused(name, table, rf"\.{column}\[1\]: 1 row holds nothing", 1)
    *found, quality = DOORS[name].read(table)
    assert {"check": check, "rows": 1, "first_row": 1}.items() <= quality.to_pylist()[0].items()
    without = pa.concat_tables([PLAIN.slice(0, 1), PLAIN.slice(2)])
    assert text_of(tuple(found)) == text_of(tuple(DOORS[name].read(without)[:-1]))
    return None


# ---- what is read alike ----------------------------------------------------------------------------------------------


def instants(table: pa.Table) -> pa.Table:
    for column in ("on", "until"):
        place = table.schema.get_field_index(column)
        table = table.set_column(place, column, table[column].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC")))
    return table


def texts(table: pa.Table) -> pa.Table:
    for column in ("on", "until"):
        shown = [None if at is None else f"{at.isoformat()}T02:00:00+02:00" for at in table[column].to_pylist()]
        table = table.set_column(table.schema.get_field_index(column), column, pa.array(shown, pa.string()))
    return table


def encoded(table: pa.Table) -> pa.Table:
    for column in ("who", "on", "until", "paid", "tier"):
        place = table.schema.get_field_index(column)
        table = table.set_column(place, column, table[column].combine_chunks().dictionary_encode())
    return table


def nanos(table: pa.Table) -> pa.Table:
    for column in ("on", "until"):
        place = table.schema.get_field_index(column)
        table = table.set_column(place, column, table[column].cast(pa.timestamp("ns")))
    return table


def objects(table: pa.Table) -> pd.DataFrame:
    """Dates, datetimes and texts side by side."""
    frame = table.to_pandas(date_as_object=True)
    shapes: list[Callable[[date], Any]] = [
        lambda d: d,
        lambda d: datetime(d.year, d.month, d.day),
        lambda d: d.isoformat(),
        lambda d: pd.Timestamp(d, tz="UTC").tz_convert("Asia/Tokyo"),
    ]
    for column in ("on", "until"):
        cells = [None if at is None else shapes[row % 4](at) for row, at in enumerate(table[column].to_pylist())]
        frame[column] = pd.Series(cells, dtype=object)
    return frame


def duck(table: pa.Table) -> Any:
    connection = duckdb.connect()
    connection.register("t", table)
    return connection.sql("select * from t")


FORMS: dict[str, Callable[[pa.Table], Any]] = {
    "table": lambda t: t,
    "batch": lambda t: t.combine_chunks().to_batches()[0],
    "reader": lambda t: t.to_reader(),
    "dataset": pa.dataset.dataset,
    "instants": instants,
    "nanoseconds": nanos,
    "ISO texts": texts,
    "dictionaries": encoded,
    "large texts": lambda t: t.set_column(0, "who", t["who"].cast(pa.large_string())),
    "pandas": lambda t: t.to_pandas(),
    "pandas on arrow": lambda t: t.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas categories": lambda t: t.to_pandas().astype({"who": "category", "tier": "category", "on": "category"}),
    "pandas nullable": lambda t: t.to_pandas().convert_dtypes(),
    "pandas sparse": lambda t: t.to_pandas().astype({"paid": pd.SparseDtype("float64")}),
    "pandas objects": objects,
    "pandas index": lambda t: t.to_pandas().set_index(["who", "on"]),
    "polars": pl.DataFrame,
    "polars lazy": lambda t: pl.DataFrame(t).lazy(),
    "polars categories": lambda t: pl.DataFrame(t).with_columns(pl.col("who", "tier").cast(pl.Categorical)),
    "duckdb": duck,
    "nanoarrow": nanoarrow.ArrayStream,
}


def cut(table: pa.Table, sizes: list[int]) -> pa.Table:
    """The same rows in chunks of these lengths, empty ones too."""
    parts, at = [], 0
    for size in sizes:
        parts.append(table.slice(at, size))
        at += size
    return pa.concat_tables([*parts, table.slice(at)])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DOORS)
def test_a_table_in_any_form_gives_the_same_bits(name: str, form: str) -> None:
    read = DOORS[name].read
    assert text_of(read(FORMS[form](PLAIN))) == text_of(read(PLAIN))


@given(
    name=st.sampled_from(sorted(DOORS)),
    form=st.sampled_from(sorted(FORMS)),
    sizes=st.lists(st.integers(0, 2), max_size=4),
    order=st.permutations(range(4)),
)
def test_forms_chunks_and_doors_agree(name: str, form: str, sizes: list[int], order: list[int]) -> None:
    table = PLAIN.take(order)
    read = DOORS[name].read
    assert text_of(read(FORMS[form](cut(table, sizes)))) == text_of(read(table))


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if not door.fixed_ids])
@pytest.mark.parametrize("kind", [pa.int32(), pa.uint64(), pa.float64(), pa.decimal128(38, 0)], ids=str)
def test_ids_of_every_whole_type_are_the_same_ids(name: str, kind: pa.DataType) -> None:
    numbers = [Decimal(n) for n in (7, 7, 12, 900)] if pa.types.is_decimal(kind) else [7, 7, 12, 900]
    found = text_of(DOORS[name].read(replaced("who", pa.array(numbers, kind))))
    assert found == text_of(DOORS[name].read(replaced("who", pa.array([7, 7, 12, 900]))))
    assert found[0]["account_id"][0] == 7


def test_labels_and_outcomes_name_their_account_as_results_do_too() -> None:
    named = PLAIN.rename_columns(["account_id", "at", "until", "paid", "months", "tier"])
    own = ch.Revenue(BOOK.rename_columns(["who", "start", "end", "mrr"]), account="who")
    assert own.exposure("2026-03-01", "tier", labels=named).equals(of_labels(PLAIN))
    portfolio = ch.Portfolio(model("events"), t=PLAIN)
    found = portfolio.replay("2026-01-01", "2026-05-01", outcome=named, within="28d").summary
    assert found.equals(of_outcome(PLAIN))


def test_labels_at_dates_are_read_by_the_same_rules() -> None:
    dated = PLAIN.select(["who", "on", "tier"]).rename_columns(["account_id", "as_of", "tier"])
    revenue = ch.Revenue(BOOK)
    plain = revenue.exposure("2026-03-01", "tier", labels=dated)
    for form in (instants_of, lambda t: t.set_column(1, "as_of", pa.array([d.isoformat() for d in DAYS]))):
        assert revenue.exposure("2026-03-01", "tier", labels=form(dated)).equals(plain)
    with pytest.raises(ch.DataError, match=r"labels\.as_of: as_of needs dates, timestamps or texts in ISO form"):
        revenue.exposure("2026-03-01", "tier", labels=dated.set_column(1, "as_of", pa.array([1, 2, 3, 4])))
    with pytest.raises(ch.DataError, match=r"labels\.as_of\[0\]: 4 rows hold nothing"):
        revenue.exposure("2026-03-01", "tier", labels=dated.set_column(1, "as_of", pa.nulls(4, pa.date32())))
    with pytest.raises(ch.DataError, match=r"by='tier': labels are texts, this is list<item: int64>"):
        revenue.exposure("2026-03-01", "tier", labels=dated.set_column(2, "tier", pa.array([[1]] * 4)))


def instants_of(table: pa.Table) -> pa.Table:
    return table.set_column(1, "as_of", pa.array([datetime(d.year, d.month, d.day, tzinfo=timezone.utc) for d in DAYS]))
