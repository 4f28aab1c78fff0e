"""What a user asks of recurring revenue: movements, points in time, gaps, retention, cohorts, bad rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import customerhealth as ch

MOVES = ("new", "expansion", "contraction", "churn", "reactivation")
Row = dict[str, Any]


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def contracts(*rows: Sequence[Any], columns: str = "account_id start end mrr") -> pa.Table:
    """Rows of contracts; dates as text."""
    names = columns.split()
    dated = {"start", "end", "known"}
    return pa.table(
        {n: [day(row[i]) if n in dated else row[i] for row in rows] for i, n in enumerate(names)},
        schema=pa.schema(
            [(n, pa.date32()) if n in dated else (n, pa.array([r[i] for r in rows]).type) for i, n in enumerate(names)]
        ),
    )


def moved(revenue: ch.Revenue, *dates: str, **options: Any) -> list[dict[str, float]]:
    """The movements that are not 0, of each row."""
    rows = revenue.movements(list(dates), **options).to_pylist()
    return [{move: float(row[move]) for move in MOVES if row[move]} for row in rows]


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


def test_appended_decimals_of_another_scale_are_still_exact() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}},
            "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
        }
    )
    portfolio = ch.Portfolio(model, contracts=contracts(("a", "2026-01-01", None, Decimal("0.1"))))
    portfolio.append(contracts=contracts(("a", "2026-01-01", None, Decimal("0.025"))))
    portfolio.append(contracts=contracts(("b", "2026-01-01", None, Decimal("7"))))
    table = portfolio.revenue().movements(["2026-01-01", "2026-02-01"])
    assert table["end"].to_pylist() == [Decimal("0.125"), Decimal("7.000")]
    assert portfolio.score("2026-02-01").table["mrr"].to_pylist() == [0.125, 7.0]


def test_decimals_beyond_64_bits_are_taken_as_floats() -> None:
    big = pa.table(
        {
            "account_id": ["a"],
            "start": [date(2026, 1, 1)],
            "end": pa.array([None], pa.date32()),
            "mrr": pa.array([Decimal("12345678901234567890.00")], pa.decimal128(38, 2)),
        }
    )
    assert ch.Revenue(big).movements(["2026-01-01", "2026-02-01"])["new"].to_pylist() == [12345678901234567890.0]


def test_a_free_plan_is_a_customer_and_a_missing_amount_is_not() -> None:
    book = contracts(
        ("free", "2026-01-05", None, 0.0), ("none", "2026-01-05", None, None), ("paid", "2026-01-05", None, 1.0)
    )
    revenue = ch.Revenue(book)
    table = revenue.movements(["2026-01-01", "2026-02-01"], detail=True)
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


# ---- retention and cohorts ------------------------------------------------------------------------------------------


def test_retention_splits_by_what_a_table_calls_the_accounts() -> None:
    book = contracts(("a", "2026-01-01", None, 10), ("b", "2026-01-01", "2026-01-20", 10), ("c", "2026-01-01", None, 5))
    labels = pa.table({"account_id": ["a", "b"], "segment": ["big", "small"]})
    table = ch.Revenue(book).retention("2026-02-01", over="25d", by="segment", labels=labels)
    assert table.select(["by", "nrr", "accounts_lost"]).to_pylist() == [
        {"by": "big", "nrr": 1.0, "accounts_lost": 0},
        {"by": "small", "nrr": 0.0, "accounts_lost": 1},
        {"by": None, "nrr": 1.0, "accounts_lost": 0},
    ]


def test_retention_splits_by_a_column_of_the_contracts() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 10, "x"),
        ("b", "2026-01-01", None, 4, "y"),
        columns="account_id start end mrr segment",
    )
    table = ch.Revenue(book).retention("2026-03-01", over="1mo", by="segment")
    assert table.select(["by", "start"]).to_pylist() == [{"by": "x", "start": 10.0}, {"by": "y", "start": 4.0}]


def test_reactivation_can_be_left_out_of_the_quick_ratio() -> None:
    book = contracts(
        ("a", "2026-01-01", "2026-01-10", 1),
        ("a", "2026-02-10", None, 1),
        ("b", "2026-01-01", "2026-02-10", 5),
        ("c", "2026-02-10", None, 12),
    )
    revenue = ch.Revenue(book)
    assert revenue.retention("2026-03-01", over="1mo")["quick_ratio"].to_pylist() == [13 / 5]
    assert revenue.retention("2026-03-01", over="1mo", reactivation=False)["quick_ratio"].to_pylist() == [12 / 5]


def test_who_loses_five_customers_needs_six_to_grow() -> None:
    rows = [(f"a{i}", "2026-01-01", "2026-01-15" if i < 5 else None, 1) for i in range(9)]
    assert ch.Revenue(contracts(*rows)).retention("2026-02-01", over="25d")["accounts_to_grow"].to_pylist() == [6]


def test_a_time_without_customers_is_a_row_of_zeros_without_rates() -> None:
    row = ch.Revenue(contracts(("a", "2026-01-01", None, 1))).retention("2025-01-01", over="1mo").to_pylist()[0]
    assert (row["start"], row["accounts_start"], row["nrr"], row["logo_retention"]) == (0.0, 0, None, None)


def test_the_daily_variant_adds_up_the_days() -> None:
    """100 at the start of a day, 10 of it new by its end, 120 at its end: net churn -10 %."""
    book = contracts(("a", "2026-01-01", None, 100), ("a", "2026-02-01", None, 10), ("b", "2026-02-01", None, 10))
    revenue = ch.Revenue(book)
    assert revenue.daily_churn("2026-02-01", "2026-02-02") == pytest.approx(-0.10)
    assert revenue.daily_churn("2026-01-25", "2026-02-02") == pytest.approx(-0.10)


def test_cohorts_start_where_their_accounts_did() -> None:
    book = contracts(("a", "2026-01-05", "2026-03-05", 10), ("b", "2026-01-20", None, 30), ("c", "2026-02-05", None, 7))
    table = ch.Revenue(book).cohorts(until="2026-04-01")
    rows = [(r["cohort"].month, r["period"], r["mrr"], r["share"]) for r in table.to_pylist()]
    assert rows == [
        (1, 0, 40.0, 1.0), (1, 1, 40.0, 1.0), (1, 2, 30.0, 0.75), (2, 0, 7.0, 1.0), (2, 1, 7.0, 1.0),
    ]  # fmt: skip


# ---- health ---------------------------------------------------------------------------------------------------------

GRADES = pa.table(
    {
        "account_id": ["a", "b", "c", "a", "b", "c"],
        "as_of": pa.array([datetime(2026, 1, 10)] * 3 + [datetime(2026, 2, 10)] * 3, pa.timestamp("us", "UTC")),
        "grade": ["green", "red", "red", "red", "red", "green"],
    }
)
GRADED = contracts(
    ("a", "2026-01-01", None, 60),
    ("b", "2026-01-01", "2026-01-20", 20),
    ("c", "2026-01-01", None, 20),
    ("d", "2026-01-01", None, 5),
)


def test_revenue_by_grade_adds_up_to_all_revenue() -> None:
    rows = ch.Revenue(GRADED).exposure("2026-01-15", "grade", labels=GRADES).to_pylist()
    assert [(r["by"], r["accounts"], r["mrr"]) for r in rows] == [("green", 1, 60.0), ("red", 2, 40.0), (None, 1, 5.0)]
    assert sum(r["share"] for r in rows) == pytest.approx(1)


def test_transitions_between_grades_are_the_waterfall_split() -> None:
    revenue, dates = ch.Revenue(GRADED), ["2026-01-15", "2026-02-15"]
    table = revenue.transitions(dates, "grade", labels=GRADES)
    whole = revenue.movements(dates).to_pandas()
    parts = table.to_pandas()
    for column in ("start", *MOVES, "end"):
        assert parts[column].sum() == whole[column].sum()
    pairs = {(r["by_from"], r["by_to"]): r["start"] for r in table.to_pylist()}
    assert pairs == {("green", "red"): 60.0, ("red", "red"): 20.0, ("red", "green"): 20.0, (None, None): 5.0}


def test_survival_and_spend_by_grade_are_those_of_the_literature() -> None:
    """74 of 100 of the best and 43 of 100 of the worst are left after 12 months; the best spent 2.4 times as much."""
    rows = [(f"g{i}", "2025-01-01", None if i < 74 else "2025-06-01", 24.0) for i in range(100)]
    rows += [(f"r{i}", "2025-01-01", None if i < 43 else "2025-06-01", 10.0) for i in range(100)]
    labels = pa.table(
        {"account_id": [r[0] for r in rows], "grade": ["green" if r[0][0] == "g" else "red" for r in rows]}
    )
    table = ch.Revenue(contracts(*rows)).survival("2025-02-01", "grade", labels=labels).to_pylist()
    assert [(r["by"], r["survival"]) for r in table] == [("green", 0.74), ("red", 0.43)]
    assert [r["spend_ratio"] for r in table] == [2.4, 1.0]
    assert table[0]["survival_ratio"] == pytest.approx(0.74 / 0.43)


def test_renewals_are_forecast_by_grade() -> None:
    book = contracts(
        ("a", "2026-01-01", "2026-02-20", 60), ("b", "2026-01-01", "2026-02-20", 40), ("b", "2026-02-20", None, 45)
    )
    dates = ["2026-02-15", "2026-03-15"]
    rows = ch.Revenue(book).renewals(dates, "grade", labels=GRADES, probability={"red": 0.5}).to_pylist()
    assert [(r["by"], r["due"], r["due_mrr"], r["renewed"], r["forecast_mrr"]) for r in rows] == [
        ("red", 2, 100.0, 1, 50.0)
    ]
    with pytest.raises(ch.DataError, match="probability: expected 0 to 1, got 2"):
        ch.Revenue(book).renewals(dates, "grade", labels=GRADES, probability=2)


def test_renewing_ten_points_more_of_a_base_of_400_million_is_40_million_more() -> None:
    rows = [
        ("a", "2024-01-01", None, 400e6 / 12 * 0.8),
        ("b", "2024-01-01", "2025-03-01", 400e6 / 12 * 0.2),
        ("c", "2025-01-01", None, 400e6 / 12 * 0.2),
    ]
    table = ch.Revenue(contracts(*rows)).what_if("2026-01-01", periods=1, renewal=0.1)
    assert table["arr"][0].as_py() == pytest.approx(400e6)
    assert table["difference"].to_pylist() == [0.0, pytest.approx(40e6)]
    assert table["arr"][1].as_py() == pytest.approx(320e6)  # the curve: the cohort of 2024 kept 80 % in its first year


def test_grades_come_from_the_portfolio_itself() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}},
            "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
            "scores": {
                "health": {
                    "measures": {"size": {"value": "mrr", "curve": [[0, 0], [100, 100]]}},
                    "grades": [{"name": "red"}, {"name": "green", "from": 50}],
                }
            },
        }
    )
    rows = ch.Portfolio(model, contracts=GRADED).revenue().retention("2026-02-15", over="1mo", by="health_grade")
    assert rows.select(["by", "start", "nrr"]).to_pylist() == [
        {"by": "green", "start": 60.0, "nrr": 1.0},
        {"by": "red", "start": 45.0, "nrr": 25 / 45},
    ]


# ---- bad input ------------------------------------------------------------------------------------------------------


def test_negative_revenue_is_refused_with_its_account() -> None:
    book = contracts(("a", "2026-01-01", None, 5.0), ("b", "2026-01-01", None, -5.5))
    with pytest.raises(
        ch.DataError, match=r"contracts\.mrr: recurring revenue is 0 or more, got -5\.5 for account b; 1 rows"
    ):
        ch.Revenue(book)


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
    with pytest.raises(ch.DataError, match="every: expected one of 1mo, 1q, 1y, got '7d'"):
        ch.Revenue(book).cohorts(every="7d")
    with pytest.raises(ch.DataError, match="expected a column of type number, this one is of type text"):
        ch.Revenue(book.set_column(3, "mrr", pa.array(["5"])))
    with pytest.raises(ch.UnknownNameError, match="by='segment': the contracts have no such column"):
        ch.Revenue(book).retention("2026-02-01", by="segment")


def test_no_contracts_give_empty_tables() -> None:
    empty = ch.Revenue(contracts(("a", "2026-01-01", None, 5)).slice(0, 0))
    assert empty.movements(["2026-01-01", "2026-02-01"]).num_rows == 0
    assert empty.contracts().num_rows == 0
    assert empty.cohorts().num_rows == 0
    assert empty.retention("2026-02-01")["accounts_end"].to_pylist() == [0]
    assert pd.isna(empty.daily_churn("2026-01-01", "2026-02-01"))
