"""Inputs of lifetime value that say next to nothing: a right answer, or words that say what to do."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import customerhealth as ch

pytest.importorskip("scipy.optimize")

ONE = ([2.0], [3.0], [9.0])
SILENT = ([0.0] * 5, [0.0] * 5, [9.0, 8.0, 7.0, 6.0, 5.0])
EQUAL = ([3.0] * 50, [9.0] * 50, [10.0] * 50)
AT_END = ([6.0] * 50, [10.0] * 50, [10.0] * 50)  # all buy alike up to the end: nobody has left
HUGE = ([1e6, 2e6, 3e6], [99.0, 98.0, 97.0], [100.0, 100.0, 100.0])
PURCHASES = (ch.clv.BGNBD, ch.clv.MBGNBD, ch.clv.ParetoNBD, ch.clv.BGBB)
ADVICE = "give more customers, or take parameters that are known by from_params"


@pytest.mark.parametrize("kind", PURCHASES)
@pytest.mark.parametrize(
    ("data", "weights", "message"),
    [
        (ONE, None, "1 customers; more than one are needed"),
        ((*ONE,), [1.0], "1 customers; more than one are needed"),
        (SILENT, None, "every frequency is 0"),
        (AT_END, [0.0] * 50, "0 customers; more than one are needed"),
        (([], [], []), None, "0 customers; more than one are needed"),
    ],
)
def test_histories_of_next_to_nobody_are_refused(kind: Any, data: Any, weights: Any, message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        kind().fit(*data, weights=weights)


@pytest.mark.parametrize("kind", PURCHASES)
def test_a_row_that_stands_for_many_is_as_many_rows(kind: Any) -> None:
    row = [column[:1] for column in AT_END]
    assert kind().fit(*row, weights=[50.0]).limit_ == kind().fit(*AT_END).limit_


def test_spend_of_customers_who_are_all_one_is_the_value_of_all() -> None:
    for data, weights in ((([2.0] * 40, [7.0] * 40), None), (([2.0], [7.0]), [40.0])):
        model = ch.clv.GammaGamma().fit(*data, weights=weights)
        assert model.limit_ == {"value": pytest.approx(7.0)}
        assert model.expected_value([0, 2], [0.0, 7.0]).tolist() == pytest.approx([7.0, 7.0])


def test_columns_of_customers_are_of_one_length() -> None:
    model = ch.clv.BGNBD.from_params(r=0.2, alpha=4.0, a=0.8, b=2.4)
    assert model.probability_alive([1, 2], [3, 4], 10).shape == (2,)  # one age for all
    for ask in (
        lambda: ch.clv.BGNBD().fit([1, 2, 3], [1], [10, 10, 10]),
        lambda: model.probability_alive(np.array([1, 2]), [3], [10, 10]),
        lambda: ch.clv.GammaGamma().fit([1, 2, 3], [5.0]),
    ):
        with pytest.raises(ch.DataError, match=r"(recency|monetary_value): 1 rows where frequency has [23]"):
            ask()


@pytest.mark.parametrize("kind", PURCHASES)
def test_customers_with_one_history_who_stay_are_alike(kind: Any) -> None:
    model = kind().fit(*AT_END)
    never = {"BGNBD": "p", "MBGNBD": "p", "ParetoNBD": "mu", "BGBB": "theta"}[kind.__name__]
    rate = "p" if kind is ch.clv.BGBB else "lambda"
    assert model.limit_ == {rate: pytest.approx(0.6, rel=1e-4), never: pytest.approx(0.0, abs=1e-6)}
    assert model.expected_purchases(10, 6, 10, 10) == pytest.approx(6.0, rel=1e-3)


@pytest.mark.filterwarnings("ignore:.*the fit has not converged:RuntimeWarning")  # of 1,000,000 purchases: it says so
@pytest.mark.parametrize("kind", PURCHASES)
@pytest.mark.parametrize("data", [EQUAL, HUGE], ids=["equal", "huge"])
def test_odd_histories_give_numbers_or_words(kind: Any, data: Any) -> None:
    data = [np.array(column) for column in data]
    if kind is ch.clv.BGBB:
        data = [np.minimum(data[0], data[1]), data[1], data[2]]
    with contextlib.suppress(ch.DataError):
        forecast(kind().fit(*data), data)
        return
    with pytest.raises(ch.DataError, match=ADVICE):
        kind().fit(*data)


def forecast(model: Any, data: list[Any]) -> None:
    alive = model.probability_alive(*data)
    assert ((alive >= 0) & (alive <= 1)).all()
    ahead = model.expected_purchases(10, *data)
    assert np.isfinite(ahead).all()
    assert (ahead <= 10 * (data[0] + 1)).all()


def test_opportunities_without_number_are_refused() -> None:
    with pytest.raises(ch.DataError, match=r"T\[1\]: expected at most 100,000 opportunities, got 1e\+09") as caught:
        ch.clv.BGBB().fit([1, 1], [3, 5], [10, 1e9])
    assert (caught.value.column, caught.value.row) == ("T", 1)


@pytest.mark.parametrize("kind", [ch.clv.SBG, ch.clv.BDW])
@pytest.mark.parametrize(
    ("left", "message"),
    [
        (
            [5],
            "0 renewals cannot tell . parameters apart; account_value takes another survival= instead: a constant rate",
        ),
        ([100, 60], "1 renewals cannot tell . parameters apart; .*: a constant rate of retention, a KaplanMeier or a"),
        ([[100, 90], [50, 40]], "1 renewals cannot tell"),
        ([0, 0, 0], "survivors: there are no customers"),
    ],
)
def test_renewals_that_tell_nothing_say_what_to_do_instead(kind: Any, left: Any, message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        kind().fit(left)


def test_what_an_error_advises_can_be_had() -> None:
    for survival in (0.6, [1.0, 0.6, 0.5], ch.clv.KaplanMeier().fit([1, 1, 2, 2], [1, 1, 0, 0])):
        assert ch.clv.account_value(100, 0, survival, discount=0.0, horizon=1).total > 0
    with pytest.raises(
        ch.DataError, match=r"BDW: the data cannot tell the parameters apart: of the renewals .* account_value takes"
    ):
        ch.clv.BDW().fit([100, 100, 100, 60, 0])  # nobody leaves before the third renewal, everybody by the fourth


def test_spend_of_next_to_nobody() -> None:
    for data, weights, message in (
        (([3.0], [20.0]), None, "1 customers with repeat purchases; more than one are needed"),
        (([0.0, 0.0], [0.0, 0.0]), None, "0 customers with repeat purchases"),
        (([1.0, 2.0], [3.0, 4.0]), [0.0, 0.0], "0 customers with repeat purchases"),
        (([1.0, 2.0], [3.0, 4.0]), [1.0, 0.0], "1 customers with repeat purchases"),
    ):
        with pytest.raises(ch.DataError, match=message):
            ch.clv.GammaGamma().fit(*data, weights=weights)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ch.clv.SBG.from_params(alpha=0, beta=1), "alpha: .* above 0, got 0$"),
        (lambda: ch.clv.BDW.from_params(alpha=1, beta=1, c=-1e-9), "c: .* above 0, got -1e-09$"),
        (lambda: ch.clv.BGNBD.from_params(r=1, alpha=-2.5, a=1, b=1), "alpha: .* above 0, got -2.5$"),
        (lambda: ch.clv.ParetoNBD.from_params(r=math.inf, alpha=1, s=1, beta=1), "r: .* above 0, got inf$"),
    ],
)
def test_a_refused_parameter_is_shown_as_it_is(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ch.DataError, match=words):
        make()
