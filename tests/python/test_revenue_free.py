"""Who pays nothing: a prospect, unless it is said that such are customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from books import contracts

MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"]
BOOK = contracts(
    ("trial", "2026-01-20", "2026-02-03", 0.0),
    ("trial", "2026-02-03", None, 80.0),
    ("tired", "2026-01-02", "2026-02-15", 50.0),
    ("tired", "2026-02-15", "2026-04-02", 0.0),
    ("tired", "2026-04-02", None, 60.0),
    ("never", "2026-01-02", None, 0.0),
    ("loyal", "2026-01-02", None, 100.0),
)


def movements(**options: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in ch.Revenue(BOOK, **options).movements(MONTHS, detail=True).to_pylist():
        found.setdefault(row["account_id"], []).append(row["movement"])
    return found


def test_the_first_payment_is_new_and_a_free_plan_is_churn() -> None:
    assert movements() == {
        "trial": ["new", "unchanged", "unchanged"],
        "tired": ["new", "churn", "reactivation"],
        "loyal": ["new", "unchanged", "unchanged", "unchanged"],
    }
    assert movements(free="customers") == {
        "trial": ["new", "expansion", "unchanged", "unchanged"],
        "tired": ["new", "contraction", "unchanged", "expansion"],
        "never": ["new", "unchanged", "unchanged", "unchanged"],
        "loyal": ["new", "unchanged", "unchanged", "unchanged"],
    }


def test_net_retention_tells_what_free_plans_cost() -> None:
    paying = ch.Revenue(BOOK).waterfall(["2026-02-01", "2026-03-01"]).to_pylist()[0]
    assert [paying[name] for name in ("start", "new", "churn", "nrr", "logo_retention")] == [150, 80, 50, 2 / 3, 0.5]
    all_of_them = ch.Revenue(BOOK, free="customers").waterfall(["2026-02-01", "2026-03-01"]).to_pylist()[0]
    assert [all_of_them[name] for name in ("start", "new", "churn", "nrr")] == [150, 0, 0, 180 / 150]


def test_cohorts_begin_with_the_first_payment() -> None:
    table = ch.Revenue(BOOK).cohorts(measure="accounts", until="2026-04-01").to_pylist()
    assert [(row["cohort"].month, row["accounts"], row["share"]) for row in table] == [
        (1, 2, 1.0), (1, 1, 0.5), (1, 1, 0.5), (2, 1, 1.0), (2, 1, 1.0)
    ]  # fmt: skip
    split = ch.Revenue(BOOK).retention("2026-04-01", over="1mo", by="cohort").to_pylist()
    assert {row["by"]: row["accounts_start"] for row in split} == {"2026-01": 1, "2026-02": 1}


def test_survival_and_renewals_are_of_those_who_pay() -> None:
    segments = pa.table({"account_id": ["trial", "tired", "never", "loyal"], "segment": ["x", "x", "y", "y"]})
    table = ch.Revenue(BOOK).survival("2026-02-01", "segment", after="1mo", labels=segments).to_pylist()
    assert {row["by"]: (row["accounts"], row["survived"]) for row in table} == {"x": (1, 0), "y": (1, 1)}
    dates = ["2026-02-01", "2026-03-01"]
    (row,) = ch.Revenue(BOOK).renewals(dates).to_pylist()
    assert (row["due"], row["due_mrr"], row["renewed"]) == (1, 50.0, 0)  # a free plan renews nothing
    (row,) = ch.Revenue(BOOK, free="customers").renewals(dates).to_pylist()
    assert (row["due"], row["due_mrr"], row["renewed"]) == (2, 50.0, 2)


def test_each_product_is_a_customer_by_what_it_brings() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 10.0, "core"),
        ("a", "2026-01-01", "2026-02-10", 0.0, "seats"),
        ("a", "2026-02-10", None, 5.0, "seats"),
        columns="account_id start end mrr product",
    )
    table = ch.Revenue(book, product="product").retention("2026-03-01", "1mo", "product").to_pylist()
    assert {row["by"]: (row["new"], row["accounts_start"]) for row in table} == {"core": (0, 1), "seats": (5, 0)}


def test_a_late_payment_is_bridged_beside_a_free_plan() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 0.0), ("a", "2026-01-01", "2026-02-01", 10.0), ("a", "2026-02-09", None, 10.0)
    )
    dates = ["2026-01-20", "2026-02-05", "2026-03-01"]
    shown = [(row["churn"], row["reactivation"]) for row in ch.Revenue(book).movements(dates).to_pylist()]
    assert shown == [(10.0, 0.0), (0.0, 10.0)]
    shown = [(row["churn"], row["reactivation"]) for row in ch.Revenue(book, gap="14d").movements(dates).to_pylist()]
    assert shown == [(0.0, 0.0), (0.0, 0.0)]


def test_a_correction_to_nothing_ends_what_it_corrects() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 10.0, "2026-01-01", "k"),
        ("a", "2026-01-01", None, 0.0, "2026-02-10", "k"),
        columns="account_id start end mrr known key",
    )
    revenue = ch.Revenue(book, known="known", key="key")
    assert [row["churn"] for row in revenue.movements(["2026-02-01", "2026-03-01"]).to_pylist()] == [10.0]
    assert revenue.movements(["2026-02-01", "2026-03-01"], as_known_at="2026-06-01").num_rows == 0


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.decimal128(9, 2)])
def test_amounts_of_every_type_and_a_portfolio_alike(kind: pa.DataType) -> None:
    book = BOOK.set_column(3, "mrr", BOOK["mrr"].cast(kind))
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}},
            "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
        }
    )
    portfolio = ch.Portfolio(model, contracts=book)
    for free in ("prospects", "customers"):
        own = ch.Revenue(book, free=free).movements(MONTHS)
        assert portfolio.revenue(free=free).movements(MONTHS).equals(own)
        assert len(own) == (10 if free == "prospects" else 16)
    assert portfolio.revenue().movements(MONTHS).num_rows == 10


def test_without_amounts_nobody_pays_and_all_are_customers() -> None:
    events = pa.table({"account_id": ["u", "v"], "time": [datetime(2026, 1, 5), datetime(2026, 1, 20)]})
    activity = ch.Revenue.from_events(events, gap="14d")
    assert activity.retention("2026-01-21", over="7d")["accounts_end"].to_pylist() == [1]
    assert activity.cohorts("1w", "accounts")["share"].to_pylist() == [1.0, 1.0, 0.0, 1.0]
