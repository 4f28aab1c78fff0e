"""What may not change an answer: the future, other as-ofs, chunks, appends, threads, id encodings, row order."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import customerhealth as ch
from model_strategies import cases
from strategies import DAY, Case, examples, moment

Rows = list[dict[str, Any]]


def bits(table: pa.Table) -> list[tuple[str, str, list[Any]]]:
    """Name, type and values of each column, floats by their bytes: equal only when every bit is."""
    found = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        values = column.cast(pa.int64()).to_pylist() if pa.types.is_timestamp(column.type) else column.to_pylist()
        if pa.types.is_floating(column.type):
            values = [None if value is None else struct.pack("<d", value) for value in values]
        found.append((name, str(column.type).replace("large_", ""), values))
    return found


def everything(panel: Any, model: dict[str, Any]) -> list[Any]:
    tables = [panel.table, pa.table(panel.reasons())]
    tables += [pa.table(panel.contributions(score, deep=deep)) for score in model["scores"] for deep in (False, True)]
    return [bits(table) for table in tables]


def portfolio(case: Case, tables: dict[str, pa.Table] | None = None, threads: int | None = None) -> Any:
    return ch.Portfolio(ch.Model.parse(case.model), tables=case.tables() if tables is None else tables, threads=threads)


def answer(case: Case, tables: dict[str, pa.Table] | None = None, threads: int | None = None) -> list[Any]:
    return everything(portfolio(case, tables, threads).score(case.moments()), case.model)


# --- the future -------------------------------------------------------------------------------------------------------


def known_of(spec: dict[str, Any], row: dict[str, Any]) -> int | None:
    """The K of a row; None where it is known from the beginning, or where the row does not exist."""
    known = row.get(spec["known"]) if "known" in spec else None
    if known is None and spec["kind"] != "accounts":
        known = row[spec["start" if spec["kind"] == "intervals" else "time"]]
    return known


def is_future(spec: dict[str, Any], row: dict[str, Any], as_of: int) -> bool:
    """Nothing of the row may be seen at the as-of. A keyed event that was known may have replaced an earlier version,
    however late it happens, so only what becomes known later is the future there."""
    known = known_of(spec, row)
    if known is not None and known >= as_of:
        return True
    time = row.get(spec.get("time", ""))
    return time is not None and time >= as_of and (spec["kind"] == "states" or "key" not in spec)


def without_future(case: Case, as_of: int) -> dict[str, Rows]:
    specs = case.model["tables"]
    return {name: [row for row in rows if not is_future(specs[name], row, as_of)] for name, rows in case.rows.items()}


@examples(60)
@given(cases())
def test_rows_that_happen_or_become_known_later_change_nothing(case: Case) -> None:
    as_of = moment(case.as_ofs[0])
    past = without_future(case, case.as_ofs[0])
    assume(past != case.rows)
    got = everything(portfolio(case).score(as_of), case.model)
    assert got == everything(portfolio(case, case.tables(past)).score(as_of), case.model)


@examples(40)
@given(cases(), st.sampled_from([0, 1, DAY, 400 * DAY, None]))
def test_ends_known_at_the_end_are_hidden_until_then(case: Case, later: int | None) -> None:
    assume(case.rows.get("contracts"))
    case.model["tables"]["contracts"]["end_known"] = "at_end"
    as_of = case.as_ofs[0]

    def moved(row: dict[str, Any]) -> dict[str, Any]:
        hidden = row["ends"] is not None and row["ends"] >= as_of
        return {**row, "ends": None if later is None else as_of + later} if hidden else row

    rows = {**case.rows, "contracts": [moved(row) for row in case.rows["contracts"]]}
    got = everything(portfolio(case).score(moment(as_of)), case.model)
    assert got == everything(portfolio(case, case.tables(rows)).score(moment(as_of)), case.model)


# --- how it is asked and how it arrives -------------------------------------------------------------------------------


@examples(60)
@given(cases())
def test_as_ofs_one_by_one_equal_as_ofs_together(case: Case) -> None:
    loaded = portfolio(case)
    together = bits(loaded.score(case.moments()).table)
    alone = [bits(loaded.score(as_of).table) for as_of in case.moments()]
    rows = sorted_rows([together])
    assert rows == sorted_rows(alone)


def sorted_rows(tables: Iterable[list[tuple[str, str, list[Any]]]]) -> list[Any]:
    """Rows of all tables, once each."""
    found = {row for table in tables for row in zip(*[map(as_key, values) for _, _, values in table], strict=True)}
    return sorted(found)


def as_key(value: Any) -> Any:
    return (type(value).__name__, repr(value))


@examples(60)
@given(cases(), st.randoms(use_true_random=False))
def test_chunks_change_nothing(case: Case, random_: random.Random) -> None:
    def cut(table: pa.Table) -> pa.Table:
        places = sorted(random_.randint(0, table.num_rows) for _ in range(3))
        edges = [0, *places, table.num_rows]
        return pa.concat_tables(table.slice(a, b - a) for a, b in pairwise(edges))

    assert answer(case) == answer(case, {name: cut(table) for name, table in case.tables().items()})


@examples(60)
@given(cases(), st.randoms(use_true_random=False))
def test_appends_equal_loading_all_at_once(case: Case, random_: random.Random) -> None:
    tables = case.tables()
    cuts = {name: random_.randint(0, table.num_rows) for name, table in tables.items()}
    grown = portfolio(case, {name: table.slice(0, cuts[name]) for name, table in tables.items()})
    grown.score(case.moments())  # what is kept between calls must not outlive the append
    for name, table in tables.items():
        half = (cuts[name] + table.num_rows + 1) // 2
        grown.append(**{name: table.slice(cuts[name], half - cuts[name])})
        grown.append(**{name: table.slice(half)})
    assert everything(grown.score(case.moments()), case.model) == answer(case, tables)


@examples(40)
@given(cases())
def test_one_two_and_seven_threads_give_the_same_bits(case: Case) -> None:
    one = answer(case, threads=1)
    assert answer(case, threads=2) == one
    assert answer(case, threads=7) == one


@pytest.mark.parametrize(
    "type_", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.large_string())], ids=str
)
@examples(30)
@given(case=cases())
def test_the_encoding_of_ids_changes_nothing(case: Case, type_: pa.DataType) -> None:
    tables = case.tables()
    ids = {name: table.column("account_id") for name, table in tables.items()}
    assume(ids and not any(pa.types.is_integer(column.type) for column in ids.values()))
    for name, column in ids.items():
        plain = column.to_pylist()
        encoded = pa.array(plain, pa.large_string())
        encoded = encoded.dictionary_encode().cast(type_) if pa.types.is_dictionary(type_) else encoded.cast(type_)
        tables[name] = tables[name].set_column(0, "account_id", encoded)
    assert answer(case, tables) == answer(case)


# --- row order --------------------------------------------------------------------------------------------------------


def shuffled(rows: Rows, instants: list[str], random_: random.Random) -> Rows:
    """In random order, but that rows which tie (an equal instant, in one account) keep theirs."""
    groups = tie_groups(rows, instants)
    order = list(range(len(rows)))
    random_.shuffle(order)
    waiting = {group: iter(sorted(i for i in order if groups[i] == group)) for group in set(groups)}
    return [rows[next(waiting[groups[i]])] for i in order]


def tie_groups(rows: Rows, instants: list[str]) -> list[int]:
    """Rows that tie, directly or through others, get one number."""
    groups = list(range(len(rows)))
    first: dict[Any, int] = {}
    for index, row in enumerate(rows):
        # A null `known` stands for the row's time, so all instants of a row are compared with all of another's.
        for value in [None, *[row[column] for column in instants if row[column] is not None]][len(instants) > 0 :]:
            other = first.setdefault((row["account_id"], value), index)
            old, new = groups[index], groups[other]
            groups = [new if group == old else group for group in groups]
    return groups


def order_keeper(case: Case, name: str) -> Callable[[Rows, random.Random], Rows]:
    spec = case.model["tables"][name]
    roles = [spec[role] for role in ("time", "start", "end", "known") if role in spec]
    if spec["kind"] == "accounts":
        return lambda rows, random_: shuffled(rows, [], random_)  # several rows of one account: the later counts
    return lambda rows, random_: shuffled(rows, roles, random_)


@examples(60)
@given(cases(), st.randoms(use_true_random=False))
def test_row_order_changes_nothing_save_ties(case: Case, random_: random.Random) -> None:
    rows = {name: order_keeper(case, name)(rows, random_) for name, rows in case.rows.items()}
    assume(rows != case.rows)
    assert answer(case, case.tables(rows)) == answer(case)
