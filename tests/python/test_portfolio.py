"""Portfolios: which tables they take, what they refuse, what they count, how they grow."""

from __future__ import annotations

import pickle
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
import small

CONTRACTS = {
    "format": 1,
    "tables": {
        "contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"},
        "customers": {"kind": "accounts", "account": "account_id"},
    },
    "metrics": {"seats": {"from": "contracts", "agg": "sum", "of": "seats"}},
}
MAY, JUNE, AUGUST = (datetime(2026, month, 1) for month in (5, 6, 8))


def contracts(*rows: tuple[str | None, datetime | None, datetime | None, float]) -> pa.Table:
    account, start, end, seats = zip(*rows, strict=True) if rows else ((), (), (), ())
    kind = pa.timestamp("us")
    return pa.table(
        {
            "account_id": pa.array(account, pa.string()),
            "start": pa.array(start, kind),
            "end": pa.array(end, kind),
            "seats": pa.array(seats, pa.float64()),
        }
    )


def customers(*ids: str | None) -> pa.Table:
    return pa.table({"account_id": pa.array(ids, pa.string())})


def checks(portfolio: ch.Portfolio) -> dict[tuple[str, str], int]:
    return {(row["table"], row["check"]): row["rows"] for row in portfolio.quality().to_pylist()}


def test_tables_come_by_name_or_in_a_mapping() -> None:
    by_mapping = ch.Portfolio(small.model(), tables={"usage": small.usage()})
    assert by_mapping.score(small.AS_OF).table.equals(small.panel().table)


def test_a_table_given_twice_is_refused() -> None:
    with pytest.raises(ch.DataError, match="'usage' is given twice"):
        ch.Portfolio(small.model(), tables={"usage": small.usage()}, usage=small.usage())


def test_an_unknown_table_names_the_nearest() -> None:
    with pytest.raises(ch.UnknownNameError, match="no table 'usgae': did you mean 'usage'"):
        ch.Portfolio(small.model(), usgae=small.usage())


def test_a_portfolio_needs_a_model() -> None:
    with pytest.raises(TypeError, match=r"needs a Model, not a dict; Model\.load"):
        ch.Portfolio(small.DOCUMENT, usage=small.usage())  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_a_thread_count_is_a_whole_number_above_zero(threads: Any) -> None:
    with pytest.raises(ValueError, match="threads: expected a whole number above 0"):
        small.portfolio(threads=threads)


def test_an_unknown_strictness_is_refused() -> None:
    with pytest.raises(ValueError, match="strict: expected False, True or 'all', got 'very'"):
        small.portfolio(strict="very")


def test_accounts_are_listed_in_panel_order() -> None:
    portfolio = small.portfolio()
    assert portfolio.accounts.to_pylist() == ["acme", "beta", "zeta"]
    assert repr(portfolio) == "<Portfolio of 3 accounts, model 'small'>"
    numbers = ch.Portfolio(small.model(), usage=small.usage((10, 9, -1))).accounts
    assert numbers.type == pa.int64()
    assert numbers.to_pylist() == [-1, 9, 10]


def test_a_table_that_is_not_given_is_empty_and_quality_says_so() -> None:
    portfolio = ch.Portfolio(small.model())
    panel = portfolio.score(small.AS_OF)
    assert len(panel) == 0
    assert panel.table.column_names[:2] == ["account_id", "as_of"]
    assert [row["table"] for row in portfolio.quality().to_pylist()] == ["usage"]


def test_append_gives_what_loading_all_at_once_gives() -> None:
    table = small.usage()
    grown = ch.Portfolio(small.model(), usage=table.slice(0, 2))
    before = grown.score(small.AS_OF)
    kept = before.table
    grown.append(usage=table.slice(2, 3))
    grown.append(tables={"usage": table.slice(5)})
    assert grown.score(small.AS_OF).table.equals(small.panel().table)
    assert before.table.equals(kept), "a panel does not change when its portfolio grows"


def test_a_failed_append_leaves_the_portfolio_as_it_was() -> None:
    portfolio = small.portfolio()
    with pytest.raises(ch.DataError, match="account_id"):
        portfolio.append(usage=small.usage((1, 2, 3)))
    with pytest.raises(ch.DataError, match="quantity"):
        portfolio.append(usage=small.usage().drop_columns("quantity"))
    assert portfolio.score(small.AS_OF).table.equals(small.panel().table)


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(ch.DataError, match=r"(?s)usage.*known_at.*account_id") as caught:
        ch.Portfolio(small.model(), usage=small.usage().drop_columns("known_at"))
    assert (caught.value.table, caught.value.column) == ("usage", "known_at")


def test_a_column_of_a_wrong_type_is_named_with_its_type() -> None:
    table = small.usage().set_column(2, "at", pa.array([[1]] * 6))
    with pytest.raises(ch.DataError, match=r"usage.*at.*list") as caught:
        ch.Portfolio(small.model(), usage=table)
    assert (caught.value.table, caught.value.column) == ("usage", "at")


def test_a_formula_that_does_not_fit_the_columns_is_a_model_error() -> None:
    table = small.usage()
    table = table.set_column(4, "quantity", pa.array(["many"] * 6))
    with pytest.raises(ch.ModelError, match=r"metrics\.mean_quantity"):
        ch.Portfolio(small.model(), usage=table)


def test_an_instant_that_does_not_fit_names_its_row() -> None:
    table = small.usage().set_column(2, "at", pa.array([0, 0, 0, 2**62, 0, 0], pa.timestamp("s")))
    with pytest.raises(ch.DataError, match=r"usage.*at.*3") as caught:
        ch.Portfolio(small.model(), usage=table)
    assert caught.value.row == 3


def test_tables_with_ids_of_two_types_do_not_mix() -> None:
    model = ch.Model.parse(CONTRACTS)
    ids = pa.table({"account_id": [1, 2]})
    with pytest.raises(ch.DataError, match=r"(?s)(integer|int64).*(text|string)|(text|string).*(integer|int64)"):
        ch.Portfolio(model, customers=ids, contracts=contracts(("a", MAY, None, 1)))


ODD = (
    ("a", MAY, None, 1.0),
    (None, MAY, None, 1.0),
    ("a", None, None, 1.0),
    ("a", JUNE, MAY, 1.0),
    ("b", MAY, AUGUST, 2.0),
    ("stranger", MAY, None, 9.0),
)


def test_what_is_odd_is_counted_with_its_first_row() -> None:
    portfolio = ch.Portfolio(
        ch.Model.parse(CONTRACTS), contracts=contracts(*ODD), customers=customers("a", "b", "b", None)
    )
    found = {(row["table"], row["check"]): (row["rows"], row["first_row"]) for row in portfolio.quality().to_pylist()}
    assert found.pop(("customers", "duplicate_accounts"))[0] == 1
    assert found == {
        ("contracts", "null_account"): (1, 1),
        ("contracts", "null_time"): (1, 2),
        ("contracts", "end_not_after_start"): (1, 3),
        ("contracts", "orphans"): (1, 5),
        ("customers", "null_account"): (1, 3),
    }
    assert portfolio.score(small.AS_OF).table["seats"].to_pylist() == [1.0, 2.0]


@pytest.mark.parametrize("row", range(1, 4))
def test_strict_refuses_rows_that_cannot_be_right(row: int) -> None:
    with pytest.raises(ch.DataError, match="strict") as caught:
        ch.Portfolio(
            ch.Model.parse(CONTRACTS), contracts=contracts(ODD[0], ODD[row]), customers=customers("a"), strict=True
        )
    assert (caught.value.table, caught.value.row, caught.value.rows) == ("contracts", 1, 1)


def test_strict_refuses_accounts_that_stand_twice() -> None:
    with pytest.raises(ch.DataError, match="customers"):
        ch.Portfolio(ch.Model.parse(CONTRACTS), customers=customers("a", "a"), strict=True)


def test_only_strict_all_refuses_rows_of_unknown_accounts() -> None:
    model, orphans = ch.Model.parse(CONTRACTS), contracts(ODD[5])
    ch.Portfolio(model, contracts=orphans, customers=customers("a"), strict=True)
    with pytest.raises(ch.DataError, match="stranger"):
        ch.Portfolio(model, contracts=orphans, customers=customers("a"), strict="all")


def test_an_id_that_is_no_utf8_is_refused_with_its_row() -> None:
    offsets = b"".join(place.to_bytes(4, "little") for place in (0, 4))
    ids = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(b"caf\xe9")])
    odd = contracts(ODD[5]).slice(0, 1)
    odd = odd.set_column(odd.column_names.index("account_id"), "account_id", ids)
    with pytest.raises(ch.DataError, match=r"contracts.account_id\[0\]: this text is not UTF-8: \"caf\\xe9\""):
        ch.Portfolio(ch.Model.parse(CONTRACTS), contracts=odd, customers=customers("a"))


def test_strict_refuses_what_was_known_before_it_happened() -> None:
    table = small.usage()
    early = table.set_column(3, "known_at", pa.array([MAY] * 5 + [datetime(2026, 1, 1)], pa.timestamp("us")))
    with pytest.raises(ch.DataError, match="known before"):
        ch.Portfolio(small.model(), usage=early, strict=True)
    assert sum(checks(ch.Portfolio(small.model(), usage=early)).values()) == 5


def test_a_strict_portfolio_stays_strict_when_it_grows() -> None:
    portfolio = small.portfolio(strict=True)
    table = small.usage((None, "beta", "zeta"))
    with pytest.raises(ch.DataError, match="account_id"):
        portfolio.append(usage=table)
    assert portfolio.score(small.AS_OF).table.equals(small.panel().table)


def test_a_portfolio_is_not_pickled_in_silence() -> None:
    with pytest.raises(TypeError, match="send its Model and the tables"):
        pickle.dumps(small.portfolio())


def test_the_html_lists_what_is_odd_and_escapes_it() -> None:
    portfolio = ch.Portfolio(
        ch.Model.parse({**CONTRACTS, "name": "<b>"}), contracts=contracts(*ODD), customers=customers("a")
    )
    html = portfolio._repr_html_()
    found = ("null_account, 1", "null_time, 1", "end_not_after_start, 1", "orphans, 2")
    lines = "".join(f"<li>contracts: {check} rows</li>" for check in found)
    assert html == f"<div>Portfolio of 1 accounts, model &#x27;&lt;b&gt;&#x27;<ul>{lines}</ul></div>"
    assert "<b>" not in html


def test_an_upcoming_interval_counts_until_its_end_is_known_to_lie_before_its_start() -> None:
    model = {
        "format": 1,
        "tables": {
            "c": {"kind": "intervals", "account": "a", "start": "s", "end": "e", "known": "k", "end_known": "at_end"}
        },
        "metrics": {"upcoming": {"from": "c", "rows": "upcoming", "agg": "count"}},
    }
    days = {"s": "2026-03-01", "e": "2026-02-15", "k": "2026-02-01"}
    table = pa.table({"a": [1], **{name: pa.array([day]).cast(pa.timestamp("us")) for name, day in days.items()}})
    as_ofs = ["2026-02-02", "2026-02-15", "2026-02-16"]
    panel = ch.Portfolio(ch.Model.parse(model), c=table).score(as_ofs)
    assert panel.table["upcoming"].to_pylist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("threads", [0, -1, True, 1.5, "two"])
def test_every_call_refuses_what_is_no_number_of_threads(threads: Any) -> None:
    loaded = ch.Portfolio(ch.Model.parse(CONTRACTS), contracts=contracts(ODD[5]), customers=customers("a"))
    with pytest.raises(ValueError, match="threads: expected a whole number above 0 or None, got "):
        loaded.score("2026-07-01", threads=threads)
    with pytest.raises(ValueError, match="threads: expected a whole number above 0 or None, got "):
        ch.Revenue(contracts(ODD[5]), threads=threads)
