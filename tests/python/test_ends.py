"""What the end of a contract is: the first instant without it, its last day, or its last moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import customerhealth as ch

SPEC = {"kind": "intervals", "account": "who", "start": "begins", "end": "ends"}
METRICS = {
    "seats": {"from": "plans", "agg": "sum", "of": "seats"},
    "left": {"from": "plans", "agg": "days_to_end"},
    "over": {"from": "plans", "agg": "count", "rows": "ended"},
    "late": {"from": "plans", "agg": "max", "of": "ends", "rows": "any"},
    "open": {"from": "plans", "agg": "count", "where": "ends is missing", "rows": "any"},
}


def plans(*ends: Any, kind: pa.DataType | None = None) -> pa.Table:
    return pa.table(
        {
            "who": [f"a{k}" for k in range(len(ends))],
            "begins": [datetime(2026, 1, 1)] * len(ends),
            "ends": pa.array(ends, kind),
            "seats": [5] * len(ends),
        }
    )


def portfolio(table: pa.Table, **keys: Any) -> ch.Portfolio:
    model = ch.Model.parse({"format": 1, "tables": {"plans": {**SPEC, **keys}}, "metrics": METRICS})
    return ch.Portfolio(model, plans=table)


@pytest.mark.parametrize(
    "ends",
    [
        plans(date(2026, 3, 31)),
        plans(datetime(2026, 3, 31)),
        plans(datetime(2026, 3, 31, 23, 59, 59)),
        plans(datetime(2026, 3, 31, 17, 30)),
    ],
)
def test_the_last_day_is_wholly_held(ends: pa.Table) -> None:
    of = portfolio(ends, end_is="last_day")
    table = of.score(["2026-03-31T12:00", "2026-04-01", "2026-04-01T00:00:00.000001"]).table
    assert table["seats"].to_pylist() == [5, 5, 0]
    assert table["left"].to_pylist() == [0.5, 0, None]
    assert table["over"].to_pylist() == [0, 0, 1]
    assert {f"{late:%m-%d %H:%M}" for late in table["late"].to_pylist()} == {"04-01 00:00"}
    assert [f"{row['ends']:%m-%d %H:%M}" for row in of.rows("plans", "2026-05-01").to_pylist()] == ["04-01 00:00"]


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (date(2026, 3, 31), pa.date32()),
        (date(2026, 3, 31), pa.date64()),
        (datetime(2026, 3, 31, 23, 59, 59), pa.timestamp("s")),
        (datetime(2026, 3, 31, 23, 59, 59, 999_000), pa.timestamp("ms")),
        (datetime(2026, 3, 31, 23, 59, 59, 999_999), pa.timestamp("us", "UTC")),
        (datetime(2026, 3, 31, 23, 59, 59, 999_999), pa.timestamp("ns")),
    ],
)
def test_the_last_moment_is_of_the_unit_of_the_column(last: Any, kind: pa.DataType) -> None:
    table = portfolio(plans(last, None, kind=kind), end_is="inclusive").score("2026-05-01").table
    assert table["late"].to_pylist() == [datetime.fromisoformat("2026-04-01T00:00:00+00:00"), None]


def test_ends_are_exclusive_unless_it_is_said_and_a_null_is_open() -> None:
    for keys in ({}, {"end_is": "exclusive"}):
        table = portfolio(plans(date(2026, 3, 31), None), **keys).score("2026-04-01").table
        assert table["seats"].to_pylist() == [0, 5]
        assert table["open"].to_pylist() == [0, 1]
    plain = ch.Model.parse({"format": 1, "tables": {"plans": SPEC}, "metrics": METRICS})
    assert "end_is" not in plain.to_json()
    said = ch.Model.parse({"format": 1, "tables": {"plans": {**SPEC, "end_is": "last_day"}}, "metrics": METRICS})
    assert plain.digest != said.digest


@pytest.mark.parametrize("end_is", ["exclusive", "last_day", "inclusive"])
def test_an_end_in_9999_is_open(end_is: str) -> None:
    table = plans(date(9999, 12, 31), date(9999, 1, 1), date(9998, 12, 30))
    found = portfolio(table, end_is=end_is).score("2026-04-01").table
    assert found["open"].to_pylist() == [1, 1, 0]
    assert found["left"].null_count == 2


def test_appended_rows_end_as_those_that_were_loaded() -> None:
    whole = portfolio(plans(date(2026, 3, 31), date(2026, 4, 30)), end_is="last_day")
    parts = portfolio(plans(date(2026, 3, 31)), end_is="last_day")
    parts.append(plans=plans(date(2026, 3, 31), date(2026, 4, 30)).slice(1))
    asked = ["2026-04-01", "2026-04-02", "2026-05-01", "2026-05-02"]
    assert parts.score(asked).table.equals(whole.score(asked).table)


def test_a_day_that_is_first_and_last_is_held() -> None:
    table = plans(date(2026, 1, 1), date(2025, 12, 31))
    of = portfolio(table, end_is="last_day")
    assert of.score("2026-01-02").table["seats"].to_pylist() == [5, 0]
    assert of.quality().filter(pc.equal(of.quality()["check"], "end_not_after_start")).num_rows == 0


# ---- revenue --------------------------------------------------------------------------------------------------------

MONTHS = [date(2026, month, 1) for month in range(1, 8)]
GRID = ch.dates("2026-02-01", "2026-07-01", every="1mo")


def monthly(ends: list[Any]) -> pa.Table:
    """A customer who renews every month and never leaves."""
    return pa.table({"account_id": ["zeta"] * 6, "start": MONTHS[:-1], "end": ends, "mrr": [20.0] * 6})


@pytest.mark.parametrize(
    ("end_is", "back"), [("last_day", timedelta(days=1)), ("inclusive", timedelta(days=1)), ("exclusive", timedelta(0))]
)
def test_who_renews_every_month_never_leaves(end_is: str, back: timedelta) -> None:
    revenue = ch.Revenue(monthly([day - back for day in MONTHS[1:]]), end_is=end_is)
    table = revenue.waterfall(GRID)
    assert table["end"].to_pylist() == [20.0] * 5
    assert set(table["churn"].to_pylist() + table["reactivation"].to_pylist()) == {0.0}
    assert revenue.renewals(["2026-02-01", "2026-06-15"])["renewal_rate"].to_pylist() == [1.0]
    assert revenue.active_periods("2026-01-01", "2026-06-30").num_rows == 1


def test_an_instant_before_the_next_month_is_a_last_moment() -> None:
    ends = pa.array([datetime(day.year, day.month, 1) - timedelta(seconds=1) for day in MONTHS[1:]], pa.timestamp("s"))
    table = monthly(MONTHS[1:]).set_column(2, "end", ends)
    assert ch.Revenue(table).waterfall(GRID)["end"].to_pylist() == [0.0] * 5
    for end_is in ("inclusive", "last_day"):
        assert ch.Revenue(table, end_is=end_is).waterfall(GRID)["end"].to_pylist() == [20.0] * 5


def test_a_portfolio_reads_what_its_model_says_of_ends() -> None:
    contracts = {"kind": "intervals", "account": "account_id", "start": "start", "end": "end", "end_is": "last_day"}
    metrics = {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}}
    model = ch.Model.parse({"format": 1, "tables": {"contracts": contracts}, "metrics": metrics})
    table = monthly([day - timedelta(days=1) for day in MONTHS[1:]])
    revenue = ch.Portfolio(model, contracts=table).revenue()
    assert revenue.waterfall(GRID).equals(ch.Revenue(table, end_is="last_day").waterfall(GRID))


def test_a_contract_without_an_end_by_9999_is_no_life_of_95_687_months() -> None:
    table = pa.table({"account_id": ["a"], "start": [date(2026, 1, 1)], "end": [date(9999, 12, 31)], "mrr": [20.0]})
    revenue = ch.Revenue(table)
    assert revenue.contracts()["end"].to_pylist() == [None]
    assert revenue.cohorts(every="1y", measure="accounts").num_rows == 1
    assert revenue.active_periods("2026-01-01", "2027-01-01")["end"].to_pylist() == [None]


def test_other_words_are_refused_by_name() -> None:
    with pytest.raises(ch.DataError, match="end_is: expected one of exclusive, last_day, inclusive, got 'last day'"):
        ch.Revenue(monthly(MONTHS[1:]), end_is="last day")
    with pytest.raises(ch.ModelError, match="did you mean 'last_day'"):
        portfolio(plans(None), end_is="lastday")
