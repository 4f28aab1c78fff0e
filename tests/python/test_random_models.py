"""Random models say every word of the language, as the core lists them, and stop at a word that is new."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import strategies
import words
from model_strategies import cases
from strategies import Case


def test_a_strategy_knows_each_place_of_the_language_that_has_words() -> None:
    assert words.language().keys() == words.KNOWN.keys()


def test_random_models_say_every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategies, "next_row", lambda *_: {})  # rows say nothing, and take most of the time
    silent = {(*place, word) for place, known in words.KNOWN.items() for word in known}

    @settings(
        max_examples=30,  # few: what one run draws is like what it drew before
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(features=frozenset({"peers", "source"})))
    def listen(case: Case) -> None:
        silent.difference_update(words.spoken(case.model))

    for number in range(80):
        seed(number)(listen)()
        if not silent:
            break
    assert not silent


@pytest.mark.parametrize(
    ("place", "invented"),
    [
        (("metric", "agg"), "invented"),
        (("metric", "then"), "invented"),
        (("measure", "bands"), "invented"),
        (("measure", "missing"), "invented"),
        (("score", "combine"), "invented"),
        (words.FUNCTIONS, "invented"),
    ],
)
def test_a_word_that_no_strategy_draws_is_named(
    place: tuple[str, str], invented: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, larger = words.KNOWN[place], {**words.language()}
    larger[place] = [*larger[place], invented]
    monkeypatch.setattr(words, "language", lambda: larger)
    with pytest.raises(AssertionError, match=f"no strategy draws these words of .*: {invented}$"):
        words.known(*place, drawn)


def test_a_word_that_only_a_strategy_knows_is_named() -> None:
    with pytest.raises(AssertionError, match=r"draw words of metric\.agg that the language lacks: mood$"):
        words.known("metric", "agg", [*words.KNOWN["metric", "agg"], "mood"])


def test_the_words_of_a_document_are_found_wherever_they_stand() -> None:
    document: dict[str, Any] = {
        "metrics": {
            "first": {"from": "t", "agg": "sum", "of": "abs(mean)", "every": "1d", "window": "2d", "then": "max"},
        },
        "scores": {
            "s": {
                "measures": {"m": {"value": "first", "missing": {"silent": "fail"}, "cases": [{"missing": "open"}]}},
                "caps": [{"name": "set", "at_least": 1}],
            }
        },
    }
    assert words.spoken(document) == {
        ("metric", "formula", "from"),
        ("metric", "agg", "sum"),
        ("metric", "then", "max"),
        (*words.FUNCTIONS, "abs"),
        ("measure", "value", "value"),
        ("measure", "bands", "cases"),
        ("measure", "missing", "silent"),
        ("measure", "missing", "fail"),
        ("case", "bands", "missing"),
        ("case", "missing", "open"),
        ("cap", "at_most", "at_least"),
    }
