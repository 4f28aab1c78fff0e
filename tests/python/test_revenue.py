"""What a user asks of recurring revenue: movements, points in time, gaps, bad rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

import customerhealth as ch
from books import MOVES, contracts, moved


def test_the_movements_of_one_account_are_those_of_the_standard_example() -> None:
    """2,000 a year is 166.67 a month; +60, -60, then it leaves and comes back with three contracts of 50."""
    book = contracts(
        ("a", "2026-01-05", "2026-04-05", Decimal("166.67")),
        ("a", "2026-02-10", "2026-03-10", Decimal("60.00")),
        *[("a", "2026-05-20", None, Decimal("50.00"))] * 3,
    )
    dates = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"]
    assert moved(ch.Revenue(book), *dates) == [
        {"new": 166.67},
        {"expansion": 60.0},
        {"contraction": 60.0},
        {"churn": 166.67},
        {"reactivation": 150.0},
    ]


def test_cancelling_one_of_several_contracts_is_a_contraction() -> None:
    book = contracts(("a", "2026-01-01", None, 10), ("a", "2026-01-01", "2026-02-15", 5))
    assert moved(ch.Revenue(book), "2026-02-01", "2026-03-01") == [{"contraction": 5.0}]


def test_columns_of_movements_have_the_fixed_names() -> None:
    table = ch.Revenue(contracts(("a", "2026-01-01", None, 10))).movements(["2026-01-01", "2026-02-01"])
    assert table.column_names == ["account_id", "from", "to", "start", *MOVES, "end"]


def test_decimals_stay_decimals_and_close_exactly() -> None:
    book = contracts(*[("a", "2026-01-01", None, Decimal("0.10"))] * 3, ("a", "2026-02-05", None, Decimal("0.70")))
    row = ch.Revenue(book).movements(["2026-02-01", "2026-03-01"]).to_pylist()[0]
    assert row["start"] == Decimal("0.30")
    assert row["start"] + row["expansion"] == row["end"] == Decimal("1.00")


NUMBERS = ch.Model.parse(
    {
        "format": 1,
        "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}},
        "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
    }
)


def test_appended_decimals_of_another_scale_are_still_exact() -> None:
    portfolio = ch.Portfolio(NUMBERS, contracts=contracts(("a", "2026-01-01", None, Decimal("0.1"))))
    portfolio.append(contracts=contracts(("a", "2026-01-01", None, Decimal("0.025"))))
    portfolio.append(contracts=contracts(("b", "2026-01-01", None, Decimal("7"))))
    table = portfolio.revenue().movements(["2026-01-01", "2026-02-01"])
    assert table["end"].to_pylist() == [Decimal("0.125"), Decimal("7.000")]
    assert portfolio.score("2026-02-01").table["mrr"].to_pylist() == [0.125, 7.0]


KINDS = [pa.decimal128(10, 2), pa.decimal128(38, 10), pa.decimal128(38, 18), pa.decimal256(50, 20), pa.decimal32(9, 2)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_decimals_of_any_width_and_scale_stay_decimals(kind: pa.DataType) -> None:
    amounts = [Decimal("920.05"), Decimal("0.10"), Decimal("0.10"), None]
    for mrr in (pa.array(amounts, kind), pa.array(amounts, pa.decimal128(10, 2)).dictionary_encode()):
        book = pa.table({"account_id": ["a"] * 4, "start": [date(2026, 1, 1)] * 4, "end": pa.nulls(4, pa.date32())})
        moved = ch.Revenue(book.append_column("mrr", mrr)).movements(["2026-01-01", "2026-02-01"])
        assert moved["new"].to_pylist() == moved["end"].to_pylist() == [Decimal("920.25")]


def test_whole_decimals_stay_decimals_and_join_those_with_a_fraction() -> None:
    portfolio = ch.Portfolio(NUMBERS, contracts=contracts(("a", "2026-01-01", None, Decimal("7"))))
    moved = portfolio.revenue().movements(["2026-01-01", "2026-02-01"])["new"]
    assert (moved.type, moved.to_pylist()) == (pa.decimal128(38, 0), [Decimal("7")])
    portfolio.append(contracts=contracts(("b", "2026-01-01", None, Decimal("0.25"))))
    moved = portfolio.revenue().movements(["2026-01-01", "2026-02-01"])["new"]
    assert (moved.type, moved.to_pylist()) == (pa.decimal128(38, 2), [Decimal("7.00"), Decimal("0.25")])


def test_decimals_whose_sums_do_not_fit_128_bits_are_taken_as_floats() -> None:
    big = pa.table(
        {
            "account_id": ["a"],
            "start": [date(2026, 1, 1)],
            "end": pa.array([None], pa.date32()),
            "mrr": pa.array([Decimal("9" * 36 + ".00")], pa.decimal128(38, 2)),
        }
    )
    assert ch.Revenue(big).movements(["2026-01-01", "2026-02-01"])["new"].to_pylist() == [1e36]


def test_a_decimal_whose_third_word_alone_is_set_stays_what_it_is() -> None:
    table = pa.table(
        {
            "account_id": ["a", "b"],
            "start": [date(2026, 1, 1)] * 2,
            "end": pa.array([None] * 2, pa.date32()),
            "mrr": pa.array([Decimal("184467440737095521.16"), Decimal("1.00")], pa.decimal128(30, 2)),  # 2**64 + 500
        }
    )
    assert ch.Revenue(table).contracts()["mrr"].to_pylist() == [Decimal("184467440737095521.16"), Decimal("1.00")]


def test_a_free_plan_may_be_a_customer_and_a_missing_amount_is_not() -> None:
    book = contracts(
        ("free", "2026-01-05", None, 0.0), ("none", "2026-01-05", None, None), ("paid", "2026-01-05", None, 1.0)
    )
    dates = ["2026-01-01", "2026-02-01"]
    assert ch.Revenue(book).movements(dates)["account_id"].to_pylist() == ["paid"]
    revenue = ch.Revenue(book, free="customers")
    table = revenue.movements(dates, detail=True)
    assert table.select(["account_id", "movement"]).to_pylist() == [
        {"account_id": "free", "movement": "new"},
        {"account_id": "paid", "movement": "new"},
    ]
    found = revenue.quality().to_pylist()
    assert [(row["check"], row["rows"], row["example"]) for row in found] == [("missing_mrr", 1, "account none")]


def test_a_date_is_exclusive_and_an_end_at_it_still_counts() -> None:
    book = contracts(("a", "2026-01-01", "2026-02-01", 10))
    assert moved(ch.Revenue(book), "2026-01-01", "2026-02-01") == [{"new": 10.0}]
    assert moved(ch.Revenue(book), "2026-02-01", "2026-02-02") == [{"churn": 10.0}]


def test_a_signed_renewal_that_has_not_started_is_not_yet_revenue() -> None:
    book = contracts(("a", "2026-06-01", None, 10, "2026-01-01"), columns="account_id start end mrr known")
    revenue = ch.Revenue(book, known="known")
    assert revenue.movements(["2026-01-01", "2026-06-01"]).num_rows == 0
    assert moved(revenue, "2026-06-01", "2026-07-01") == [{"new": 10.0}]


LATE = (("a", "2026-01-01", "2026-04-01", 10), ("a", "2026-04-10", None, 12))


def test_without_a_gap_a_late_renewal_is_churn_and_reactivation() -> None:
    dates = ("2026-04-01", "2026-04-05", "2026-05-01")
    assert moved(ch.Revenue(contracts(*LATE)), *dates) == [{"churn": 10.0}, {"reactivation": 12.0}]


def test_a_gap_carries_an_account_over_to_its_late_renewal() -> None:
    dates = ("2026-04-01", "2026-04-05", "2026-05-01")
    assert moved(ch.Revenue(contracts(*LATE), gap="14d"), *dates) == [{}, {"expansion": 2.0}]


def test_a_gap_is_over_where_the_renewal_is_later_or_never_comes() -> None:
    short = ch.Revenue(contracts(*LATE), gap="3d")
    assert moved(short, "2026-04-04", "2026-04-05") == [{"churn": 10.0}]
    alone = ch.Revenue(contracts(LATE[0]), gap="14d")
    assert moved(alone, "2026-04-15", "2026-04-16") == [{"churn": 10.0}]


def test_as_known_later_an_account_that_never_renewed_left_at_its_end() -> None:
    alone = ch.Revenue(contracts(LATE[0]), gap="14d")
    assert moved(alone, "2026-04-01", "2026-04-05", as_known_at="2026-04-05") == [{}]
    assert moved(alone, "2026-04-01", "2026-04-05", as_known_at="2026-06-01") == [{"churn": 10.0}]
    renewed = ch.Revenue(contracts(*LATE), gap="14d")
    assert moved(renewed, "2026-04-01", "2026-04-05", as_known_at="2026-06-01") == [{}]


CORRECTED = contracts(
    ("a", "2026-01-01", None, 100, "2026-01-01", 7),
    ("a", "2026-01-01", None, 80, "2026-05-10", 7),
    ("b", "2026-01-01", None, 50, "2026-01-01", 8),
    columns="account_id start end mrr known key",
)


def test_a_correction_counts_from_when_it_is_known() -> None:
    revenue = ch.Revenue(CORRECTED, known="known", key="key")
    assert revenue.movements(["2026-03-01", "2026-04-01"])["end"].to_pylist() == [100.0, 50.0]
    assert moved(revenue, "2026-05-01", "2026-06-01") == [{"contraction": 20.0}, {}]
    now = revenue.movements(["2026-03-01", "2026-04-01"], as_known_at="2026-06-01")
    assert now["end"].to_pylist() == [80.0, 50.0]


def test_a_restatement_lists_what_is_known_otherwise_now() -> None:
    revenue = ch.Revenue(CORRECTED, known="known", key="key")
    rows = revenue.restated(["2026-03-01", "2026-04-01"], then="2026-04-01", now="2026-06-01").to_pylist()
    assert [(row["account_id"], row["start_then"], row["start_now"], row["end_difference"]) for row in rows] == [
        ("a", 100.0, 80.0, -20.0)
    ]


def test_products_added_and_dropped_and_prices_make_up_the_change() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 10, "core"),
        ("a", "2026-01-01", "2026-02-10", 4, "addon"),
        ("a", "2026-02-05", None, 3, "seats"),
        ("a", "2026-02-20", None, 2, "core"),
        columns="account_id start end mrr product",
    )
    revenue = ch.Revenue(book, product="product")
    row = revenue.movements(["2026-02-01", "2026-03-01"], detail=True).to_pylist()[0]
    assert (row["product_added"], row["product_dropped"], row["price_change"]) == (3.0, 4.0, 2.0)
    assert row["expansion"] == 1.0
    by = revenue.retention("2026-03-01", over="1mo", by="product").select(["by", "nrr"]).to_pylist()
    assert by == [{"by": "addon", "nrr": 0.0}, {"by": "core", "nrr": 1.2}, {"by": "seats", "nrr": None}]


def test_a_total_over_a_term_is_so_much_a_month() -> None:
    book = contracts(("a", "2026-01-01", "2029-01-01", 3600, 36), columns="account_id start end total months")
    revenue = ch.Revenue(book, total="total", term="months")
    assert revenue.movements(["2026-01-01", "2027-01-01"])["new"].to_pylist() == [100.0]
    with pytest.raises(ch.DataError, match=r"contracts\.months\[0\]: a term is above 0 months, got 0"):
        ch.Revenue(book.set_column(4, "months", pa.array([0])), total="total", term="months")


def test_a_lower_amount_that_buys_a_longer_time_is_an_extension() -> None:
    book = contracts(
        ("a", "2026-01-01", "2026-02-01", 100, 1),
        ("a", "2026-02-01", "2027-02-01", 80, 12),
        ("b", "2026-01-01", "2026-02-01", 100, 1),
        ("b", "2026-02-01", None, 90, 1),
        columns="account_id start end mrr billing_period",
    )
    revenue, dates = ch.Revenue(book, billing_period="billing_period"), ["2026-02-01", "2026-03-01"]
    rows = revenue.movements(dates, detail=True).to_pylist()
    assert [(row["contraction"], row["extension"]) for row in rows] == [(20.0, 20.0), (10.0, 0.0)]
    assert [(row["start_billing_period"], row["end_billing_period"]) for row in rows] == [(1.0, 12.0), (1.0, 1.0)]
    assert revenue.retention(dates[1], over="1mo")["extension"].to_pylist() == [20.0]
    assert "extension" not in revenue.movements(dates).column_names


def test_a_term_that_is_missing_leaves_an_amount_that_is_missing() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 3600, 36),
        ("b", "2026-01-01", None, 50, None),
        columns="account_id start end total months",
    )
    revenue = ch.Revenue(book, total="total", term="months")
    assert revenue.contracts()["account_id"].to_pylist() == ["a"]
    assert [(r["check"], r["rows"], r["example"]) for r in revenue.quality().to_pylist()] == [
        ("missing_mrr", 1, "account b")
    ]
    with pytest.raises(ValueError, match="give mrr, or both total and term"):
        ch.Revenue(book, total="total")
    with pytest.raises(ch.DataError, match="contracts: the model needs a column 'weeks'"):
        ch.Revenue(book, total="total", term="weeks")


def test_an_upgrade_in_mid_period_is_the_expansion_of_that_period() -> None:
    book = contracts(("a", "2026-01-01", "2026-02-14", 10), ("a", "2026-02-14", None, 25))
    dates = ("2026-01-15", "2026-02-01", "2026-03-01", "2026-04-01")
    assert moved(ch.Revenue(book), *dates) == [{}, {"expansion": 15.0}, {}]


# ---- bad input ------------------------------------------------------------------------------------------------------


def test_negative_revenue_is_refused_with_its_account() -> None:
    book = contracts(("a", "2026-01-01", None, 5.0), ("b", "2026-01-01", None, -5.5))
    with pytest.raises(
        ch.DataError, match=r"contracts\.mrr: recurring revenue is 0 or more, got -5\.5 for account b; 1 rows"
    ):
        ch.Revenue(book)


@pytest.mark.parametrize("amount", [None, float("nan"), float("inf")])
def test_an_amount_that_is_missing_counts_for_nothing_and_is_counted(amount: float | None) -> None:
    revenue = ch.Revenue(contracts(("a", "2026-01-01", None, 5.0), ("b", "2026-01-01", None, amount)))
    assert revenue.movements(["2026-01-01", "2026-02-01"])["account_id"].to_pylist() == ["a"]
    assert [(r["check"], r["rows"], r["example"]) for r in revenue.quality().to_pylist()] == [
        ("missing_mrr", 1, "account b")
    ]


def test_mixed_currencies_are_refused_by_name() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 5, "EUR"),
        ("b", "2026-01-01", None, 5, "USD"),
        columns="account_id start end mrr currency",
    )
    with pytest.raises(ch.DataError, match=r"contracts\.currency: 2 currencies \(EUR, USD\) cannot be added up"):
        ch.Revenue(book, currency="currency")
    assert ch.Revenue(book.slice(0, 1), currency="currency").currency == "EUR"


def test_an_end_before_its_start_never_counts_and_is_counted() -> None:
    revenue = ch.Revenue(contracts(("a", "2026-02-01", "2026-01-01", 5), ("b", "2026-01-01", None, 1)))
    assert revenue.movements(["2025-01-01", "2027-01-01"])["account_id"].to_pylist() == ["b"]
    assert [(r["check"], r["rows"]) for r in revenue.quality().to_pylist()] == [("end_not_after_start", 1)]


def test_a_contract_given_twice_is_counted() -> None:
    twice = contracts(*[("a", "2026-01-01", None, 5, 1)] * 2, columns="account_id start end mrr key")
    keyed, plain = ch.Revenue(twice, key="key"), ch.Revenue(twice)
    for revenue, amount in ((keyed, 5.0), (plain, 10.0)):
        assert revenue.movements(["2026-01-01", "2026-02-01"])["end"].to_pylist() == [amount]
        assert [(r["check"], r["rows"]) for r in revenue.quality().to_pylist()] == [("contract_twice", 1)]


def test_what_does_not_fit_says_what_would() -> None:
    book = contracts(("a", "2026-01-01", None, 5))
    with pytest.raises(ch.DataError, match="movements need two dates or more"):
        ch.Revenue(book).movements("2026-01-01")
    with pytest.raises(ch.DataError, match="mrr"):
        ch.Revenue(book.drop_columns("mrr"))
    with pytest.raises(ch.DataError, match="gap='soon': 'soon' is no length"):
        ch.Revenue(book, gap="soon")
    with pytest.raises(ch.DataError, match="every='week': 'week' is no length"):
        ch.Revenue(book).cohorts(every="week")
    with pytest.raises(ch.DataError, match="free: expected 'prospects' or 'customers', got 'trial'"):
        ch.Revenue(book, free="trial")
    with pytest.raises(ch.DataError, match="expected a column of type number, this one is of type text"):
        ch.Revenue(book.set_column(3, "mrr", pa.array(["5"])))
    with pytest.raises(ch.UnknownNameError, match="by='segment' needs a column 'segment', the table has none"):
        ch.Revenue(book).retention("2026-02-01", by="segment")


def test_no_contracts_give_empty_tables() -> None:
    empty = ch.Revenue(contracts(("a", "2026-01-01", None, 5)).slice(0, 0))
    assert empty.movements(["2026-01-01", "2026-02-01"]).num_rows == 0
    assert empty.contracts().num_rows == 0
    assert empty.cohorts().num_rows == 0
    assert empty.retention("2026-02-01")["accounts_end"].to_pylist() == [0]
    assert pd.isna(empty.daily_churn("2026-01-01", "2026-02-01"))
