"""Tables as a source has them: the core against the slow evaluator, and against tables prepared beforehand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from against_oracle import compare_noted
from beforehand import prepared
from invariance import answer
from model_strategies import cases
from source_strategies import KEYS
from strategies import Case, examples


@pytest.mark.parametrize("key", KEYS)
@examples(10)
@given(st.data())
def test_a_table_with_one_key_equals_the_slow_evaluator(key: str, data: Any) -> None:
    compare_noted(data.draw(cases(scores=False, features=frozenset({key}))))


@examples(50)
@given(cases(features=frozenset({"source"})))
def test_tables_with_many_keys_equal_the_slow_evaluator(case: Case) -> None:
    compare_noted(case)


@pytest.mark.parametrize("key", KEYS)
@examples(8)
@given(st.data())
def test_a_key_equals_preparing_the_table_beforehand(key: str, data: Any) -> None:
    equals_prepared(data.draw(cases(scores=False, features=frozenset({key}))))


@examples(10)
@given(cases(features=frozenset({"source"})))
def test_many_keys_equal_preparing_the_tables_beforehand(case: Case) -> None:
    equals_prepared(case)


def equals_prepared(case: Case) -> None:
    """To the bit. An orphan keeps its table fresh, and a table prepared beforehand has none."""
    assume(not any("through" in spec and "stale_after" in spec for spec in case.model["tables"].values()))
    note(json.dumps(case.model, ensure_ascii=False, indent=1))
    plain = prepared(case)
    note(json.dumps(plain.model["tables"], ensure_ascii=False))
    assert without_types_of_nothing(answer(case)) == without_types_of_nothing(answer(plain))


def without_types_of_nothing(tables: list[Any]) -> list[Any]:
    """A column without a value has no type in tables that were prepared in Python."""
    return [
        [column if any(value is not None for value in column[-1]) else column[0] for column in table]
        for table in tables
    ]
