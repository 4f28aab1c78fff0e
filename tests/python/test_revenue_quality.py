"""What is odd about contracts is told: how many rows, the first of them, and what it does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from books import contracts


def told(table: pa.Table) -> dict[str, tuple[int, int | None]]:
    return {row["check"]: (row["rows"], row["first_row"]) for row in table.to_pylist()}


def example(table: pa.Table, check: str) -> str:
    (found,) = [row["example"] for row in table.to_pylist() if row["check"] == check]
    return str(found)


LAST_DAYS = contracts(
    ("z", "2026-01-01", None, 5),
    ("a", "2026-03-01", "2026-03-31", 10),
    ("a", "2026-02-01", "2026-02-28", 10),
    ("a", "2026-04-01", None, 10),
    ("b", "2026-02-01", "2026-02-28", 10),
    ("b", "2026-03-02", None, 10),
    ("c", "2026-02-01", "2026-03-01", 10),
    ("c", "2026-03-01", None, 10),
)


def test_ends_a_day_before_the_next_start_are_told() -> None:
    quality = ch.Revenue(LAST_DAYS).quality()
    assert told(quality) == {"end_day_before_start": (2, 1)}
    assert example(quality, "end_day_before_start") == "account a, end 2026-03-31, next start 2026-04-01"
    assert told(ch.Revenue(LAST_DAYS, gap="1d").quality()) == {}
    assert told(ch.Revenue(LAST_DAYS, gap="12h").quality()) == {"end_day_before_start": (2, 1)}


def test_ends_that_are_said_to_be_last_days_are_not_odd() -> None:
    quality = ch.Revenue(LAST_DAYS, end_is="last_day").quality()
    assert told(quality) == {}  # c overlaps for a day, of which nothing is told without products


@pytest.mark.parametrize("before", [timedelta(seconds=1), timedelta(milliseconds=1), timedelta(hours=5)])
def test_the_last_moment_of_a_day_is_a_last_day_too(before: timedelta) -> None:
    start = [datetime(2026, 1, 1), datetime(2026, 2, 1)]
    table = pa.table({"account_id": ["a", "a"], "start": start, "end": [start[1] - before, None], "mrr": [1.0, 1.0]})
    assert told(ch.Revenue(table).quality()) == {"end_day_before_start": (1, 0)}


def test_a_day_that_another_contract_covers_is_not_odd() -> None:
    book = contracts(
        ("a", "2026-02-01", "2026-02-28", 10), ("a", "2026-03-01", None, 10), ("a", "2026-01-01", "2026-12-31", 3)
    )
    assert "end_day_before_start" not in told(ch.Revenue(book).quality())
    by_product = book.append_column("product", pa.array(["x", "x", "y"]))
    assert told(ch.Revenue(by_product, product="product").quality())["end_day_before_start"] == (1, 0)


def test_contracts_of_one_product_that_overlap_are_told() -> None:
    book = contracts(
        ("a", "2026-01-01", "2026-12-31", 10, "core"),
        ("a", "2026-01-01", None, 4, "seats"),
        ("b", "2026-01-01", None, 10, "core"),
        ("a", "2026-06-01", None, 12, "core"),
        ("b", "2026-03-01", "2026-04-01", 7, "core"),
        ("c", "2026-01-01", "2026-02-01", 7, "core"),
        ("c", "2026-02-01", None, 7, "core"),
        ("d", "2026-01-01", None, 7, None),
        ("d", "2026-01-09", None, 7, None),
        columns="account_id start end mrr product",
    )
    quality = ch.Revenue(book, product="product").quality()
    assert told(quality) == {"contracts_overlap": (2, 3), "end_not_come": (1, 0)}
    assert example(quality, "contracts_overlap") == "account a, end 2026-12-31, next start 2026-06-01"
    assert "contracts_overlap" not in told(ch.Revenue(book).quality())


def test_corrections_and_copies_do_not_overlap() -> None:
    rows = [
        ("a", "2026-01-01", None, 10, "core", "2026-01-01", 1),
        ("a", "2026-01-01", None, 12, "core", "2026-02-01", 1),
    ]
    book = contracts(*rows, columns="account_id start end mrr product known key")
    assert told(ch.Revenue(book, product="product", known="known", key="key").quality()) == {}
    twice = contracts(*[("a", "2026-01-01", None, 10, "core")] * 2, columns="account_id start end mrr product")
    assert told(ch.Revenue(twice, product="product").quality()).keys() == {"contract_twice"}


def test_ends_that_have_not_come_are_told_with_how_far_the_table_tells() -> None:
    book = contracts(
        ("a", "2026-03-02", "2026-05-20", 5),
        ("b", "2026-04-01", "2027-04-01", 5),
        ("c", "2026-03-20", "2026-05-21", 5),
        ("d", "2026-05-20", None, 5),
    )
    quality = ch.Revenue(book).quality()
    assert told(quality) == {"end_not_come": (2, 1)}
    assert example(quality, "end_not_come") == "account b, end 2027-04-01, the last start or known 2026-05-20"
    known = book.append_column("known", pa.array([date(2026, 3, 1)] * 3 + [date(2026, 5, 21)]))
    assert told(ch.Revenue(known, known="known").quality()) == {"end_not_come": (1, 1)}


def test_events_whose_gap_is_not_over_are_told() -> None:
    days = [datetime(2026, 1, day) for day in (1, 2, 5, 7)]
    quality = ch.Revenue.from_events(pa.table({"account_id": ["u", "u", "v", "u"], "time": days}), gap="1d").quality()
    assert told(quality) == {"end_not_come": (1, 3)}
    longer = ch.Revenue.from_events(pa.table({"account_id": ["u", "u", "v", "u"], "time": days}), gap="3d").quality()
    assert told(longer) == {"end_not_come": (2, 2)}


def test_what_was_told_before_names_its_first_row() -> None:
    book = contracts(
        ("b", "2026-01-01", None, None),
        ("b", "2026-01-01", None, 5.0),
        ("a", "2026-01-01", None, None),
        ("b", "2026-01-01", None, 5.0),
        ("c", "2026-02-01", "2026-01-01", 5.0),
    )
    quality = ch.Revenue(book).quality()
    assert told(quality) == {"end_not_after_start": (1, 4), "missing_mrr": (2, 0), "contract_twice": (1, 3)}
    assert example(quality, "missing_mrr") == "account b"
    with pytest.raises(ch.DataError, match=r"got -2 for account b; 2 rows are negative") as caught:
        ch.Revenue(
            contracts(("b", "2026-01-01", None, 1), ("b", "2026-01-01", None, -2), ("a", "2026-01-01", None, -3))
        )
    assert (caught.value.column, caught.value.row) == ("mrr", 1)


def test_rows_are_counted_on_over_appends_and_many_accounts() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}},
            "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
        }
    )
    many = contracts(*[(f"x{k}", "2026-01-01", None, 5) for k in range(5000)])
    portfolio = ch.Portfolio(model, contracts=many)
    portfolio.append(contracts=LAST_DAYS)
    assert told(portfolio.revenue().quality()) == {"end_day_before_start": (2, 5001)}
    whole = ch.Portfolio(model, contracts=pa.concat_tables([many, LAST_DAYS])).revenue()
    assert whole.quality().equals(portfolio.revenue().quality())


# ---- a key in several accounts --------------------------------------------------------------------------------------

SPECS: dict[str, dict[str, Any]] = {
    "events": {"time": "at"},
    "intervals": {"start": "at", "end": "until"},
}


def moved(kind: str, keys: list[Any], accounts: list[str], *, strict: Any = False, **more: Any) -> ch.Portfolio:
    spec = {"kind": kind, "account": "who", "key": "id", "known": "seen", **SPECS[kind]}
    spec |= {"deleted": "gone"} if "gone" in more else {}
    model = {"format": 1, "tables": {"tickets": spec}, "metrics": {"n": {"from": "tickets", "agg": "count"}}}
    table = {
        "who": accounts,
        "id": keys,
        "at": [datetime(2026, 1, 1)] * len(keys),
        "until": pa.nulls(len(keys), pa.timestamp("us")),
        "seen": [datetime(2026, 1, 1 + place) for place in range(len(keys))],
        **more,
    }
    return ch.Portfolio(ch.Model.parse(model), tickets=pa.table(table), strict=strict)


@pytest.mark.parametrize("kind", list(SPECS))
@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([4, 5, 5, None, None, 4, 5], "5"),
        (["p", "q", "q", None, None, "p", "q"], "q"),
        ([1.5, 2.5, 2.5, None, None, 1.5, 2.5], "2.5"),
    ],
)
def test_a_key_that_stands_in_several_accounts_is_told(kind: str, keys: list[Any], shown: str) -> None:
    of = moved(kind, keys, ["old", "old", "new", "old", "new", "old", "third"])
    assert told(of.quality()) == {"key_in_accounts": (2, 2)}
    assert example(of.quality(), "key_in_accounts") == f"key {shown} in accounts old and new"
    strict = moved(kind, keys, ["old", "old", "new", "old", "new", "old", "third"], strict="all")
    assert told(strict.quality()) == told(of.quality())  # a number that each account counts for itself is right


@pytest.mark.parametrize("kind", list(SPECS))
def test_a_key_that_was_taken_back_in_its_old_account_is_not_odd(kind: str) -> None:
    of = moved(kind, [7, 7, 7], ["old", "old", "new"], gone=[False, True, False])
    assert told(of.quality()) == {}
    early = moved(kind, [7, 7, 7], ["old", "old", "new"], gone=[True, False, False])
    assert told(early.quality()) == {"key_in_accounts": (1, 2)}


def test_states_may_repeat_a_key_from_account_to_account() -> None:
    spec = {"kind": "states", "account": "who", "time": "at", "key": "role"}
    model = {"format": 1, "tables": {"people": spec}, "metrics": {"n": {"from": "people", "agg": "count"}}}
    table = pa.table({"who": ["a", "b"], "role": ["owner", "owner"], "at": [datetime(2026, 1, 1)] * 2})
    assert told(ch.Portfolio(ch.Model.parse(model), people=table).quality()) == {}


def test_a_contract_that_moved_to_another_account_is_told_by_revenue_too() -> None:
    book = contracts(
        ("merged", "2026-01-01", None, 10.0, "2026-01-01", "c-1"),
        ("kept", "2026-01-01", None, 10.0, "2026-02-10", "c-1"),
        ("kept", "2026-01-01", None, 3.0, "2026-02-10", "c-2"),
        columns="account_id start end mrr known contract",
    )
    quality = ch.Revenue(book, known="known", key="contract").quality()
    assert told(quality) == {"key_in_accounts": (1, 1)}
    assert example(quality, "key_in_accounts") == "key c-1 in accounts merged and kept"


def test_moves_in_an_append_are_told_as_in_a_load() -> None:
    keys, accounts = [1, 2, 3, 1, 2], ["a", "a", "a", "b", "a"]
    whole = moved("events", keys, accounts)
    parts = moved("events", keys[:3], accounts[:3])
    table = pa.table({"who": accounts[3:], "id": keys[3:], "at": [datetime(2026, 1, 1)] * 2,
                      "seen": [datetime(2026, 1, 4), datetime(2026, 1, 5)]})  # fmt: skip
    parts.append(tickets=table)
    assert parts.quality().equals(whole.quality())
    assert told(whole.quality()) == {"key_in_accounts": (1, 3)}


def test_a_stream_of_contracts_cannot_be_asked_by_a_column_of_it() -> None:
    book = contracts(("a", "2026-01-01", None, 10.0, "n"), columns="account_id start end mrr region")
    revenue = ch.Revenue(book.to_reader())
    with pytest.raises(
        ch.DataError, match=r"by='region': the contracts came from a stream, which is read once"
    ) as error:
        revenue.retention("2026-03-01", over="1mo", by="region")
    assert error.value.table == "contracts"
    assert revenue.retention("2026-03-01", over="1mo", by="size")["by"].to_pylist() == ["below 100"]
    assert ch.Revenue(book).retention("2026-03-01", over="1mo", by="region")["by"].to_pylist() == ["n"]
    nothing = ch.Revenue(book.slice(0, 0).to_reader())
    assert nothing.retention("2026-03-01", over="1mo", by="region").num_rows == 0
