"""What may not change an answer: the future, other as-ofs, chunks, appends, threads, id encodings, row order."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from invariance import Rows, answer, bits, everything, portfolio, sorted_rows, without_future
from model_strategies import cases
from strategies import DAY, Case, examples, moment

# --- the future -------------------------------------------------------------------------------------------------------


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
