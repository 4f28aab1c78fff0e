"""Revenue split by the account itself, wherever a label can be named."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest

import customerhealth as ch
from books import contracts

BOOK = contracts(
    ("p", "2025-01-05", None, 30.0), ("q", "2025-01-05", "2025-08-01", 20.0), ("r", "2025-03-01", None, 10.0)
)
OTHER = BOOK.rename_columns(["customer", "start", "end", "mrr"])
NUMBERED = BOOK.set_column(0, "account_id", pa.array([7, 8, 9]))
MODEL = {
    "format": 1,
    "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}},
    "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
}
REVENUES = {
    "a frame": (ch.Revenue(BOOK), "account_id", "pqr"),
    "a frame of integers": (ch.Revenue(NUMBERED), "account_id", "789"),
    "a column of another name": (ch.Revenue(OTHER, account="customer"), "customer", "pqr"),
    "account_id all the same": (ch.Revenue(OTHER, account="customer"), "account_id", "pqr"),
    "a portfolio": (ch.Portfolio(ch.Model.parse(MODEL), contracts=BOOK).revenue(), "account_id", "pqr"),
}


@pytest.mark.parametrize("which", list(REVENUES))
def test_every_split_takes_the_account(which: str) -> None:
    revenue, by, (p, q, r) = REVENUES[which]

    def told(table: pa.Table, value: str) -> dict[str, float]:
        return dict(zip(table["by"].to_pylist(), table[value].to_pylist(), strict=True))

    assert told(revenue.retention("2026-02-15", by=by), "nrr") == {p: 1.0, q: 0.0, r: None}
    assert told(revenue.retention("2026-02-15", over="6mo", by=by), "nrr") == {p: 1.0, r: 1.0}
    assert told(revenue.waterfall(["2025-07-15", "2025-08-15"], by), "end") == {p: 30.0, q: 0.0, r: 10.0}
    assert told(revenue.exposure("2025-06-01", by), "mrr") == {p: 30.0, q: 20.0, r: 10.0}
    assert told(revenue.survival("2025-06-01", by, after="3mo", until="2026-01-01"), "survived") == {p: 1, q: 0, r: 1}
    assert told(revenue.renewals(["2025-06-01", "2026-01-01"], by), "due_mrr") == {q: 20.0}
    what_if = revenue.what_if("2025-06-01", periods=1, every="1mo", by=by, new={p: 1.0})
    assert told(what_if.filter(pa.compute.equal(what_if["period"], 0)), "arr") == {p: 360.0, q: 240.0, r: 120.0}


def test_labels_may_tell_the_account_and_the_date() -> None:
    labels = pa.table({"account_id": ["p", "q"], "as_of": [datetime(2025, 1, 1), datetime(2025, 6, 1)]})
    revenue = ch.Revenue(BOOK)
    by_account = revenue.exposure("2025-06-01", "account_id", labels=labels.select(["account_id"]))
    assert by_account.select(["by", "mrr"]).to_pylist() == [
        {"by": "p", "mrr": 30.0}, {"by": "q", "mrr": 20.0}, {"by": None, "mrr": 10.0}
    ]  # fmt: skip
    by_date = revenue.exposure("2025-06-01", "as_of", labels=labels)
    assert sorted(row["mrr"] for row in by_date.to_pylist() if row["by"] is not None) == [20.0, 30.0]
    moved = revenue.transitions(["2025-07-15", "2025-08-15"], "account_id", labels=labels)
    assert [(row["by_from"], row["by_to"], row["churn"]) for row in moved.to_pylist()] == [
        ("p", "p", 0.0), ("q", "q", 20.0), (None, None, 0.0)
    ]  # fmt: skip


def test_a_column_that_is_called_account_id_is_not_another_account() -> None:
    book = OTHER.append_column("account_id", pa.array(["parent", "parent", "other"]))
    table = ch.Revenue(book, account="customer").exposure("2025-06-01", "account_id")
    assert dict(zip(table["by"].to_pylist(), table["mrr"].to_pylist(), strict=True)) == {"parent": 50.0, "other": 10.0}
