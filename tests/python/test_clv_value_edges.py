"""Values of customers at their edges, worked out by hand; and every text that says what cannot be."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch

MICROSECOND = timedelta(microseconds=1)


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns or table.column_names)).to_pylist()]


def test_a_value_is_a_sum_of_payments_each_a_period_later() -> None:
    value = ch.clv.account_value([100, 10], 0, 0.5, discount=0.25, horizon=2, expansion=0.5, account=["a", "b"])
    assert rows(value.table, "account_id", "margin", "renewals", "expected_payments") == [
        ("a", 100.0, 0.0, 0.75),
        ("b", 10.0, 0.0, 0.75),
    ]
    step = 1.5 / 1.25
    assert value.table["value"].to_pylist() == pytest.approx([100 * (0.5 * step + 0.25 * step**2), 10 * 0.96])
    assert value.total == pytest.approx(110 * 0.96)
    due = ch.clv.account_value(100, 0, 0.5, discount=0.25, horizon=2, renewal_due=True)
    assert due.total == pytest.approx(100 * (0.5 + 0.25 / 1.25))
    assert (len(value), value.definition["horizon"], value.definition["as_of"]) == (2, 2, None)
    assert repr(due).startswith("<Valuation of 1 customers: {'formula': 'margin x survival x discount'")
    assert due.differences(value) == {"expansion": (0.0, 0.5), "renewal_due": (True, False)}


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_everybody_may_stay_or_leave(rate: float) -> None:
    assert ch.clv.account_value(100, 3, rate, discount=0.0, horizon=4).total == 400 * rate


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"horizon": 0}, "horizon: expected a whole number from 1 to 10,000, got 0"),
        ({"horizon": 1.5}, "horizon: expected a whole number from 1 to 10,000, got 1.5"),
        ({"horizon": 10_001}, "horizon: expected a whole number from 1 to 10,000, got 10001"),
        ({"horizon": math.nan}, "horizon: expected a whole number from 1 to 10,000, got nan"),
        ({"horizon": math.inf}, "horizon: expected a whole number from 1 to 10,000, got inf"),
        ({"horizon": "9"}, "horizon: expected a whole number from 1 to 10,000, got '9'"),
        ({"discount": -0.01}, "expected a discount of 0 or more and an expansion above -1, got -0.01 and 0.0"),
        ({"discount": math.inf}, "expected a discount of 0 or more and an expansion above -1, got inf and 0.0"),
        ({"expansion": -1}, "expected a discount of 0 or more and an expansion above -1, got 0.1 and -1"),
        ({"expansion": math.inf}, "expected a discount of 0 or more and an expansion above -1, got 0.1 and inf"),
        ({"margin": [1, math.nan]}, r"margin\[1\]: expected a finite number, got nan"),
        ({"renewals": [0, -1]}, r"renewals\[1\]: expected a finite number, 0 or more, got -1"),
        ({"survival": 1.01}, "survival: expected a rate of retention between 0 and 1, got 1.01"),
        ({"survival": -0.01}, "survival: expected a rate of retention between 0 and 1, got -0.01"),
        ({"survival": [1, 0.5, -0.1]}, r"survival\[2\]: expected a finite number, 0 or more, got -0.1"),
        ({"survival": [1, 0.9], "renewals": 0.5}, "a curve of 2 values ends before 1 payments after 0.5 renewals"),
        ({"survival": [1, 0.0, 0.0], "renewals": 1}, "a curve of 3 values ends before 1 payments after 1 renewals"),
        ({"segment": ["x"]}, "segment: 1 rows where there are 2 accounts"),
        ({"segment": ["x", "y"], "survival": {"x": 0.5}}, "survival: no model for the segment 'y'; there are 'x'"),
    ],
)
def test_what_has_no_value_says_why(keys: dict[str, Any], message: str) -> None:
    given = {"margin": [1, 2], "renewals": 0, "survival": 0.5, "discount": 0.1, "horizon": 1, **keys}
    with pytest.raises(ch.DataError, match=message):
        ch.clv.account_value(given.pop("margin"), given.pop("renewals"), given.pop("survival"), **given)


def test_segments_are_added_up_in_order() -> None:
    value = ch.clv.account_value([1, 2, 4], 0, 1.0, discount=0, horizon=1, segment=["z", "a", "z"])
    assert rows(value.by_segment()) == [("a", 1, 2.0, 2.0), ("z", 2, 5.0, 2.5)]
    with pytest.raises(ch.DataError, match="this valuation has no segments: give segment= where it is made"):
        ch.clv.account_value([1], 0, 1.0, discount=0, horizon=1).by_segment()


def test_purchases_are_discounted_period_by_period() -> None:
    model = ch.clv.BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    spend = ch.clv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    history = ([1, 4], [1.71, 30.0], [38.86, 38.86])
    worth = spend.expected_value([1, 4], [11.77, 20.0])

    def value(**keys: Any) -> ch.clv.Valuation:
        return ch.clv.purchase_value(model, spend, *history, [11.77, 20.0], **{"periods": 2, "discount": 0.25, **keys})

    first, second = (model.expected_purchases(t, *history) for t in (1, 2))
    found = value(account=["a", "b"], segment=["x", "y"], as_of="2026-07-01")
    assert rows(found.table, "account_id", "segment") == [("a", "x"), ("b", "y")]
    assert found.table["expected_purchases"].to_pylist() == pytest.approx(second.tolist())
    assert found.table["expected_value"].to_pylist() == pytest.approx(worth.tolist())
    factor = first / 1.25 + (second - first) / 1.25**2
    assert found.table["value"].to_pylist() == pytest.approx((worth * factor).tolist())
    assert value(margin=0.5).total == pytest.approx(found.total / 2)
    assert value(periods=1, period_length=2.0, discount=0).total == pytest.approx(float((worth * second).sum()))
    assert found.definition["as_of"] == "2026-07-01"
    assert value().differences(found) == {"as_of": (None, "2026-07-01")}
    for keys in ({"periods": 0}, {"periods": 1.5}, {"periods": 10**9}):
        with pytest.raises(ch.DataError, match="periods: expected a whole number from 1 to 10,000, got "):
            value(**keys)
    for keys in ({"period_length": 0.0}, {"period_length": math.inf}):
        with pytest.raises(ch.DataError, match="period_length: expected a length above 0, got "):
            value(**keys)
    for discount in (-0.01, math.inf):
        with pytest.raises(ch.DataError, match=f"discount: expected a rate of 0 or more, got {discount}"):
            value(discount=discount)


def test_spend_without_a_mean_is_missing_and_warned_of_once() -> None:
    """Of x purchases of mean m: nu ~ Gamma(p x + q, v + x m), and the mean of p / nu is finite where p x + q > 1."""
    integrate, stats = pytest.importorskip("scipy.integrate"), pytest.importorskip("scipy.stats")
    p, q, v = 0.25, 0.6, 50.0
    model = ch.clv.GammaGamma.from_params(p=p, q=q, v=v)
    frequency, mean = [0, 2, 1, 9, 1], [0.0, 30.0, 10.0, 4.0, 8.0]
    with pytest.warns(RuntimeWarning, match="GammaGamma: 3 of 5 customers, the first in row 0, have too few") as warned:
        found = model.expected_value(frequency, mean)
    assert len(warned) == 1
    assert np.isnan(found).tolist() == [True, False, True, False, True]
    for row in (1, 3):
        x, m = frequency[row], mean[row]
        rate = stats.gamma(p * x + q, scale=1 / (v + x * m))
        logs = np.linspace(-200, 10, 200_001)  # the integral of p / nu, in the logarithm of nu
        number = integrate.trapezoid(p * rate.pdf(np.exp(logs)), logs)
        assert found[row] == pytest.approx(number, rel=1e-6)
    alone = model.expected_value([2], [30.0])
    assert alone.tolist() == [found[1]]
    with pytest.warns(RuntimeWarning, match="1 of 1 customers, the first in row 0"):
        assert math.isnan(model.expected_value(0, 0))
    at_edge = ch.clv.GammaGamma.from_params(p=0.5, q=0.5, v=1.0)  # p x + q is 1 with one purchase
    with pytest.warns(RuntimeWarning, match="1 of 2 customers, the first in row 0"):
        assert np.isnan(at_edge.expected_value([1, 2], [3.0, 3.0])).tolist() == [True, False]

    buying = ch.clv.BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    history = ([0, 2], [0.0, 30.0], [38.0, 38.0])
    with pytest.warns(RuntimeWarning, match="1 of 2 customers, the first in row 0"):
        value = ch.clv.purchase_value(buying, model, *history, [0.0, 30.0], segment=["x", "y"])
    assert value.table["value"].is_null().to_pylist() == [True, False]
    assert value.table["expected_purchases"].null_count == 0
    assert math.isnan(value.total)
    assert rows(value.by_segment(), "segment", "customers", "value")[0] == ("x", 1, None)


def test_a_curve_that_was_counted_values_accounts() -> None:
    km = ch.clv.KaplanMeier().fit([1, 1, 2, 3, 3, 3, 3, 3], [1, 1, 1, 0, 0, 0, 0, 0])
    value = ch.clv.account_value([8, 8], [0, 1], km, discount=0.0, horizon=2)
    assert value.table["value"].to_pylist() == pytest.approx([8 * (0.75 + 0.625), 8 * (0.625 + 0.625) / 0.75])
    assert value.definition["survival"]["model"] == "KaplanMeier"
    gone = ch.clv.KaplanMeier().fit([1, 2])
    assert ch.clv.account_value(8, 0, gone, discount=0.0, horizon=9).total == pytest.approx(4)
    for model, renewals in ((km, 2), (gone, 2)):
        with pytest.raises(ch.DataError, match=r"survival: the curve ends at \d, before 2 payments after 2 renewals"):
            ch.clv.account_value(8, renewals, model, discount=0.0, horizon=2)


@pytest.mark.parametrize("quantile", [0, 1, -0.5])
def test_a_quantile_lies_between_0_and_1(quantile: float) -> None:
    with pytest.raises(ch.DataError, match=f"quantile: expected a number between 0 and 1, got {quantile}"):
        ch.clv.value_segments([1, 2], [1, 2], quantile=quantile)
