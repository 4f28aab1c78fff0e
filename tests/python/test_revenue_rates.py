"""Rates of recurring revenue: retention and its splits, cohorts, restatements, costs."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from books import contracts


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


SPREAD = contracts(
    ("a", "2026-01-05", None, 50, "x", 40.0),
    ("b", "2026-01-05", "2026-03-10", 150, None, 80.0),
    ("c", "2026-02-05", None, 2_000, "x", None),
    columns="account_id start end mrr product health",
)


def test_retention_splits_by_size_and_by_cohort() -> None:
    revenue = ch.Revenue(SPREAD)

    def split(**options: Any) -> list[tuple[Any, ...]]:
        rows = revenue.retention("2026-04-01", over="1mo", **options).to_pylist()
        return [(row["by"], row["start"], row["nrr"]) for row in rows]

    assert split(by="size") == [("100 to 1000", 150.0, 0.0), ("1000 to 10000", 2000.0, 1.0), ("below 100", 50.0, 1.0)]
    assert split(by="size", bands=[1000]) == [("1000 or more", 2000.0, 1.0), ("below 1000", 200.0, 0.25)]
    assert split(by="cohort") == [("2026-01", 200.0, 0.25), ("2026-02", 2000.0, 1.0)]


def test_a_number_splits_by_its_bands() -> None:
    revenue = ch.Revenue(SPREAD)
    rows = revenue.retention("2026-04-01", over="1mo", by="health", bands=[50]).to_pylist()
    assert [(row["by"], row["start"]) for row in rows] == [("50 or more", 150.0), ("below 50", 50.0), (None, 2000.0)]
    shown = revenue.exposure("2026-03-01", "health", bands=[50]).to_pylist()
    assert [(row["by"], row["mrr"]) for row in shown] == [("50 or more", 150.0), ("below 50", 50.0), (None, 2000.0)]
    with pytest.raises(ch.DataError, match="by='health': it is a number; give bands="):
        revenue.retention("2026-04-01", by="health")
    with pytest.raises(ch.DataError, match="by='product': bands are of numbers, this is string"):
        revenue.retention("2026-04-01", by="product", bands=[1, 2], labels=SPREAD)
    with pytest.raises(ch.DataError, match=r"bands: expected edges that ascend, got \[2, 1\]"):
        revenue.retention("2026-04-01", by="health", bands=[2, 1])
    with pytest.raises(ValueError, match="by= says which column to split by"):
        revenue.retention("2026-04-01", bands=[2])


def test_contracts_without_a_product_are_one_of_their_own() -> None:
    rows = ch.Revenue(SPREAD, product="product").retention("2026-04-01", over="1mo", by="product").to_pylist()
    assert [(row["by"], row["start"], row["nrr"]) for row in rows] == [("x", 2050.0, 1.0), (None, 150.0, 0.0)]


def test_rates_of_a_month_are_annualised_by_their_twelfth_power() -> None:
    rows = [(f"a{i}", "2026-01-01", None if i else "2026-02-10", 10) for i in range(20)]
    table = ch.Revenue(contracts(*rows)).retention("2026-03-01", over="1mo").to_pylist()[0]
    assert (table["grr"], table["logo_churn"]) == (0.95, 0.05)
    assert table["annual_grr"] == table["annual_nrr"] == pytest.approx(0.95**12)
    assert table["annual_gross_churn"] == table["annual_logo_churn"] == pytest.approx(1 - 0.95**12)
    year = ch.Revenue(contracts(*rows)).retention("2026-03-01", over="28d").to_pylist()[0]
    assert year["annual_grr"] == pytest.approx(0.95 ** (365 / 28))


def test_what_is_not_from_existing_customers_is_new() -> None:
    book = contracts(("a", "2026-01-01", None, 60), ("b", "2026-02-10", None, 20))
    row = ch.Revenue(book).retention("2026-03-01", over="1mo").to_pylist()[0]
    assert (row["existing_share"], row["new"] / row["end"]) == (0.75, 0.25)


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


@pytest.mark.parametrize(("every", "cohorts"), [("1mo", [1, 2, 5]), ("1q", [1, 4]), ("1y", [1])])
def test_triangles_are_by_month_quarter_or_year(every: str, cohorts: list[int]) -> None:
    book = contracts(("a", "2026-01-05", None, 10), ("b", "2026-02-05", "2026-11-05", 20), ("c", "2026-05-05", None, 5))
    revenue = ch.Revenue(book)
    table = revenue.cohorts(every=every, until="2027-01-01").to_pylist()
    assert [row["cohort"].month for row in table if row["period"] == 0] == cohorts
    last = max(row["period"] for row in table if row["cohort"].month == 1)
    assert last == {"1mo": 11, "1q": 3, "1y": 0}[every]
    end = {row["cohort"]: row["mrr"] for row in table}  # the last of each
    assert sum(end.values()) == 15.0
    logos = revenue.cohorts(every=every, measure="accounts", until="2027-01-01").to_pylist()
    assert sum({row["cohort"]: row["accounts"] for row in logos}.values()) == 2


def test_the_difference_between_the_rate_then_and_now_is_itemised_by_account() -> None:
    """NRR of the year to last March as it was known then, as it is known now, and what each account did to it."""
    book = contracts(
        ("a", "2025-01-01", None, 100, "2025-01-01", 1),
        ("a", "2025-01-01", "2026-02-01", 100, "2026-05-01", 1),  # had left, as turned out later
        ("b", "2025-01-01", None, 50, "2025-01-01", 2),
        ("b", "2025-01-01", None, 80, "2026-04-10", 2),  # always was 80
        ("c", "2025-01-01", None, 50, "2025-01-01", 3),
        ("d", "2026-02-01", None, 30, "2026-06-01", 4),  # nobody had entered it
        columns="account_id start end mrr known key",
    )
    revenue, dates = ch.Revenue(book, known="known", key="key"), ["2025-03-01", "2026-03-01"]
    rates = [
        revenue.retention("2026-03-01", over="12mo", as_known_at=known).to_pylist()[0]
        for known in ("2026-03-02", "2026-07-01")
    ]
    assert [rate["nrr"] for rate in rates] == [1.0, pytest.approx(130 / 230)]
    rows = revenue.restated(dates, then="2026-03-02", now="2026-07-01").to_pylist()
    assert [row["account_id"] for row in rows] == ["a", "b", "d"]
    for rate in ("nrr", "grr"):
        itemised = {row["account_id"]: row[f"{rate}_difference"] for row in rows}
        assert sum(itemised.values()) == pytest.approx(rates[1][rate] - rates[0][rate], abs=1e-15)
        assert itemised == {"a": pytest.approx(-100 / 230), "b": 0.0, "d": 0.0}
    assert rows[0]["churn_difference"] == 100.0


def test_costs_are_told_by_customer_and_by_revenue() -> None:
    """Five times as much for a new customer as for one that is kept."""
    book = contracts(
        ("a", "2026-01-01", None, 100),
        ("b", "2026-01-01", "2026-02-10", 100),
        ("c", "2026-01-01", None, 300),
        ("d", "2026-02-10", None, 50),
    )
    dates = ["2026-02-01", "2026-03-01", "2026-04-01"]
    rows = ch.Revenue(book).costs(dates, acquisition=[1500, 600], retention=600).to_pylist()
    february = {name: value for name, value in rows[0].items() if name not in ("from", "to")}
    assert february == {
        "accounts_new": 1,
        "accounts_kept": 2,
        "new_mrr": 50.0,
        "kept_mrr": 400.0,
        "cost_per_new": 1500.0,
        "cost_per_kept": 300.0,
        "cost_ratio": 5.0,
        "cost_of_new_arr": 2.5,
        "cost_of_kept_arr": 0.125,
        "payback_months": 30.0,
    }
    assert (rows[1]["cost_per_new"], rows[1]["cost_ratio"], rows[1]["cost_per_kept"]) == (None, None, 200.0)
    with pytest.raises(ch.DataError, match="costs: give acquisition=, retention= or both"):
        ch.Revenue(book).costs(dates)
    with pytest.raises(ch.DataError, match="acquisition: expected a cost for each of the 2 periods, got 3"):
        ch.Revenue(book).costs(dates, acquisition=[1, 2, 3])
    with pytest.raises(ch.DataError, match="retention: expected costs of 0 or more, got -1"):
        ch.Revenue(book).costs(dates, retention=-1)


def test_an_amount_at_an_edge_of_sizes_belongs_to_the_band_above() -> None:
    amounts = {"below 100": 99.99, "100 to 1000": 100.0, "1000 to 10000": 1000.0, "10000 or more": 10000.0}
    book = contracts(*((f"a{amount}", "2026-01-01", None, amount) for amount in amounts.values()))
    rows = ch.Revenue(book).waterfall(["2026-02-01", "2026-03-01"], by="size").to_pylist()
    assert {row["by"]: row["start"] for row in rows} == amounts


def test_dates_at_the_end_of_a_month_look_back_to_the_same_day_in_any_order() -> None:
    """A month before 30 March noon is 29 February noon; before 31 March it is 29 February 0:00, which is less."""
    of = ch.Revenue(contracts(("a", "2023-01-01", "2024-03-30", 10.0), ("b", "2024-02-29", None, 4.0)))
    dates = [datetime(2024, 3, 30, 12), datetime(2024, 3, 31)]
    together = of.retention(dates, over="1mo").to_pylist()
    assert [(row["from"], row["start"], row["end"]) for row in together] == [
        (datetime(2024, 2, 29, tzinfo=timezone.utc), 10.0, 4.0),
        (datetime(2024, 2, 29, 12, tzinfo=timezone.utc), 14.0, 4.0),
    ]
    assert [of.retention(date, over="1mo").to_pylist()[0] for date in reversed(dates)] == together
