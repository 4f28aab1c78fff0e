"""Edges of the definitions that a plain evaluator brought to light, one by one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

import customerhealth as ch
from books import contracts, moved

AT = pa.timestamp("us", "UTC")
Day = tuple[int, int, int]


def instants(*days: Day | None) -> pa.Array:
    return pa.array([None if day is None else datetime(*day) for day in days], AT)


def test_a_cohort_that_begins_at_the_last_edge_has_its_first_period() -> None:
    book = pa.table(
        {
            "account_id": ["a", "b"],
            "start": instants((2026, 1, 1), (2026, 2, 1)),
            "end": instants((2026, 2, 1), None),
            "mrr": [10, 20],
        }
    )
    found = ch.Revenue(book).cohorts().select(["cohort", "period", "mrr"]).to_pylist()
    assert [(row["cohort"].month, row["period"], row["mrr"]) for row in found] == [
        (1, 0, 10.0),
        (1, 1, 0.0),
        (2, 0, 20.0),
    ]


def test_an_end_at_an_edge_opens_no_further_period() -> None:
    book = pa.table(
        {"account_id": ["a"], "start": instants((2026, 1, 5)), "end": instants((2026, 2, 1)), "mrr": [Decimal("1.5")]}
    )
    assert ch.Revenue(book).cohorts()["mrr"].to_pylist() == [Decimal("1.5")]


def test_a_product_without_a_name_is_not_the_missing_one() -> None:
    book = pa.table(
        {
            "account_id": ["a", "a"],
            "start": instants((2026, 1, 5), (2026, 1, 5)),
            "end": instants(None, None),
            "mrr": [1, 2],
            "product": ["", None],
        }
    )
    found = ch.Revenue(book, product="product").retention("2026-02-01", "1mo", "product").to_pylist()
    assert {row["by"]: row["end"] for row in found} == {"": 1.0, None: 2.0}


def test_a_product_counts_until_it_is_known_that_it_was_another() -> None:
    book = pa.table(
        {
            "account_id": ["a", "a"],
            "start": instants((2026, 1, 5), (2026, 1, 5)),
            "end": instants(None, None),
            "known": instants((2026, 1, 5), (2026, 3, 10)),
            "id": [1, 1],
            "mrr": [1, 2],
            "product": ["x", "y"],
        }
    )
    revenue = ch.Revenue(book, product="product", known="known", key="id")
    found = revenue.retention(["2026-02-01", "2026-04-01"], "1mo", "product").to_pylist()
    assert [(row["to"].month, row["by"], float(row["start"]), float(row["end"])) for row in found] == [
        (2, "x", 0.0, 1.0),
        (4, "x", 1.0, 0.0),
        (4, "y", 0.0, 2.0),
    ]


def test_a_cohort_is_that_which_was_known_at_the_date() -> None:
    book = pa.table(
        {
            "account_id": ["a", "a"],
            "start": instants((2026, 1, 5), (2025, 6, 1)),
            "end": instants(None, (2025, 7, 1)),
            "known": instants((2026, 1, 5), (2026, 3, 10)),
            "mrr": [1, 2],
        }
    )
    revenue = ch.Revenue(book, known="known")
    found = revenue.retention(["2026-02-01", "2026-04-01"], "1mo", "cohort").to_pylist()
    assert [row["by"] for row in found] == ["2026-01", "2025-06"]
    known_now = revenue.retention("2026-02-01", "1mo", "cohort", as_known_at="2026-04-01").to_pylist()
    assert [row["by"] for row in known_now] == ["2025-06"]


def test_decimals_with_a_longer_billing_period_are_an_extension_and_renewals_stay_decimals() -> None:
    book = pa.table(
        {
            "account_id": ["a", "a"],
            "start": instants((2026, 1, 5), (2026, 2, 5)),
            "end": instants((2026, 2, 5), None),
            "mrr": [Decimal("10.00"), Decimal("8.50")],
            "paid": [1, 12],
        }
    )
    revenue = ch.Revenue(book, billing_period="paid")
    (row,) = revenue.retention("2026-03-01", "1mo").to_pylist()
    assert row["extension"] == row["contraction"] == Decimal("1.50")
    (row,) = revenue.renewals(["2026-02-01", "2026-03-01"]).to_pylist()
    assert row["renewed_mrr"] == row["due_mrr"] == Decimal("10.00")


def test_a_contract_known_after_its_end_counts_while_the_gap_lasts() -> None:
    book = pa.table(
        {
            "account_id": ["a"],
            "start": instants((2026, 1, 1)),
            "end": instants((2026, 1, 10)),
            "known": instants((2026, 1, 15)),
            "mrr": [5],
        }
    )
    dates = ["2026-01-15", "2026-01-16", "2026-01-24", "2026-01-25"]
    found = ch.Revenue(book, known="known", gap="14d").movements(dates, detail=True)
    assert found["movement"].to_pylist() == ["new", "unchanged", "churn"]
    assert ch.Revenue(book, known="known").movements(dates).num_rows == 0


def test_revenue_that_came_back_is_a_gain_unless_it_is_left_out() -> None:
    book = pa.table(
        {
            "account_id": ["back", "back", "lost"],
            "start": instants((2026, 1, 5), (2026, 3, 5), (2026, 1, 5)),
            "end": instants((2026, 1, 20), None, (2026, 3, 10)),
            "mrr": [4, 6, 3],
        }
    )
    revenue = ch.Revenue(book)
    assert revenue.retention("2026-04-01", "1mo")["quick_ratio"].to_pylist() == [2.0]
    assert revenue.retention("2026-04-01", "1mo", reactivation=False)["quick_ratio"].to_pylist() == [0.0]


def test_a_lower_amount_at_the_same_billing_period_is_no_extension() -> None:
    book = pa.table(
        {
            "account_id": ["a", "a"],
            "start": instants((2026, 1, 5), (2026, 2, 5)),
            "end": instants((2026, 2, 5), None),
            "mrr": [10, 8],
            "paid": [12, 12],
        }
    )
    (row,) = ch.Revenue(book, billing_period="paid").retention("2026-03-01", "1mo").to_pylist()
    assert (row["contraction"], row["extension"]) == (2.0, 0.0)


def test_a_product_that_takes_the_place_of_another_is_added_and_dropped_among_accounts_that_keep_theirs() -> None:
    rows: list[tuple[Any, ...]] = []
    for place in range(0, 40, 2):
        rows += [
            (f"a{place:02}", "2026-01-01", None, 100.0, "P"),
            (f"a{place + 1:02}", "2026-01-01", "2026-02-10", 100.0, "P"),
            (f"a{place + 1:02}", "2026-02-10", None, 130.0, "Q"),
        ]
    book = contracts(*rows, columns="account_id start end mrr product")
    moves = ch.Revenue(book, product="product", threads=1).movements(["2026-02-01", "2026-03-01"], detail=True)
    shown = [(row["product_added"], row["product_dropped"], row["price_change"]) for row in moves.to_pylist()]
    changed = [place % 2 == 1 for place in map(int, (account[1:] for account in moves["account_id"].to_pylist()))]
    assert sum(changed) == 20
    assert shown == [(130.0, 100.0, 0.0) if one else (0.0, 0.0, 0.0) for one in changed]


def test_a_contract_that_was_corrected_away_is_no_earlier_revenue() -> None:
    """Its correction to an empty span became known at once, so the account is new in April."""
    rows = [
        ("a", "k1", "2026-01-01", "2026-01-15", 100.0, "2026-01-20"),
        ("a", "k1", "2026-01-01", "2026-01-01", 100.0, "2026-01-20"),
        ("a", "k2", "2026-04-10", None, 100.0, "2026-04-10"),
    ]
    book = contracts(*rows, columns="account_id id start end mrr known")
    of = ch.Revenue(book, key="id", known="known", gap="1mo")
    assert moved(of, "2026-04-01", "2026-05-01") == [{"new": 100.0}]
    kept = ch.Revenue(book.take([0, 2]), key="id", known="known", gap="1mo")
    assert moved(kept, "2026-04-01", "2026-05-01") == [{"reactivation": 100.0}]


def test_contracts_without_a_key_are_contracts_of_their_own() -> None:
    book = contracts(("a", "2026-01-01", None, 100.0), ("a", "2026-01-01", None, 100.0))
    named = book.append_column("id", pa.array([None, None], pa.string()))
    assert ch.Revenue(named, key="id").movements(["2026-02-01", "2026-03-01"])["start"].to_pylist() == [200.0]
    same = book.append_column("id", pa.array(["k", "k"]))
    assert ch.Revenue(same, key="id").movements(["2026-02-01", "2026-03-01"])["start"].to_pylist() == [100.0]
