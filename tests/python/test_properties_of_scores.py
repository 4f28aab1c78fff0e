"""What holds of every score, whatever the model: improvement never hurts, and the past does not depend on who asks."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import assume, given
from hypothesis import strategies as st

import customerhealth as ch
from invariance import bits, everything, portfolio, sorted_rows, without_future
from model_strategies import cases
from strategies import Case, examples, moment

RISING: list[dict[str, Any]] = [
    {"curve": [[0, 0], [4, 30], [9, 100]]},
    {"bands": [{"below": 2, "points": 5}, {"up_to": 5, "points": 50}, {"points": 95}]},
]
RISING_AMONG_PEERS: list[dict[str, Any]] = [
    {"logistic": {"midpoint": 3, "slope": 0.5}},
    {"percentile": {}},
    {"percentile": {"rank": "below"}},
    {"percentile": {"rank": "at_most"}},
    {"zscore": {"limit": 1.5}},
]
VALUES = st.lists(st.integers(-3, 12), min_size=2, max_size=6)


def scored(shape: dict[str, Any], values: list[int]) -> list[float | None]:
    model = {
        "format": 1,
        "tables": {"acc": {"kind": "accounts", "account": "a"}},
        "metrics": {"v": {"formula": "acc.v"}},
        "scores": {"s": {"measures": {"p": {"value": "v", **shape}}}},
    }
    table = pa.table({"a": list(range(len(values))), "v": pa.array(values, pa.int64())})
    found = ch.Portfolio(ch.Model.parse(model), tables={"acc": table}).score("2024-03-31").table.column("s").to_pylist()
    return list(found)


def assert_improvement_never_hurts(shape: dict[str, Any], values: list[int], better: int) -> None:
    before, after = scored(shape, values), scored(shape, [values[0] + better, *values[1:]])
    assert before[0] is not None
    assert after[0] is not None
    assert after[0] >= before[0] - 1e-9


@examples(30)
@given(st.sampled_from(RISING), VALUES, st.integers(1, 9))
def test_a_rising_shape_never_lowers_a_score_when_the_value_improves(
    shape: dict[str, Any], values: list[int], better: int
) -> None:
    assert_improvement_never_hurts(shape, values, better)


@examples(60)
@given(st.sampled_from(RISING_AMONG_PEERS), VALUES, st.integers(1, 9))
def test_a_rising_shape_among_peers_never_lowers_a_score_when_the_value_improves(
    shape: dict[str, Any], values: list[int], better: int
) -> None:
    assert_improvement_never_hurts(shape, values, better)


@examples(60)
@given(cases(features=frozenset({"time"})))
def test_grades_held_and_trends_do_not_depend_on_the_list_of_as_ofs(case: Case) -> None:
    loaded = portfolio(case)
    together = bits(loaded.score(case.moments()).table)
    assert sorted_rows([together]) == sorted_rows([bits(loaded.score(as_of).table) for as_of in case.moments()])


@examples(60)
@given(cases(features=frozenset({"time"})))
def test_the_future_changes_neither_grades_held_nor_trends(case: Case) -> None:
    as_of = moment(case.as_ofs[0])
    past = without_future(case, case.as_ofs[0])
    assume(past != case.rows)
    got = everything(portfolio(case).score(as_of), case.model)
    assert got == everything(portfolio(case, case.tables(past)).score(as_of), case.model)


@examples(60)
@given(cases(features=frozenset({"peers"})))
def test_the_future_changes_no_peers(case: Case) -> None:
    as_of = moment(case.as_ofs[0])
    past = without_future(case, case.as_ofs[0])
    assume(past != case.rows)
    got = everything(portfolio(case).score(as_of), case.model)
    assert got == everything(portfolio(case, case.tables(past)).score(as_of), case.model)
