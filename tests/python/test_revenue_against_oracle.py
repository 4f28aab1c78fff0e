"""The revenue of the package against the definitions, evaluated plainly in fractions, on random contracts."""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

import customerhealth as ch
from contract_strategies import SEGMENTS, Contracts, contracts
from oracle.instants import DAY, civil, shift
from oracle.revenue import MOVEMENTS, NOTHING, Book, Period, rates
from strategies import examples, moment

EVERY = ["1mo", "1q", "1y", "2mo", "1w", "10d", "36h"]
COUNTS = {
    "accounts_start": "at_start",
    "accounts_new": "came",
    "accounts_lost": "lost",
    "accounts_back": "back",
    "accounts_end": "at_end",
}


def micros(table: pa.Table, column: str) -> list[int | None]:
    values: list[int | None] = table[column].cast(pa.int64()).to_pylist()
    return values


def same_amount(found: Any, expected: Fraction) -> bool:
    """Decimals exactly; floats as the double nearest to the exact amount."""
    return bool(Fraction(found) == expected if isinstance(found, decimal.Decimal) else found == float(expected))


def near(found: float | None, expected: Fraction | None, scale: float = 1.0) -> bool:
    if found is None or expected is None or math.isnan(found):
        return expected is None and (found is None or math.isnan(found))
    return found == pytest.approx(float(expected), rel=1e-9, abs=1e-9 * scale)


def known_at(case: Contracts, which: int) -> int | None:
    """None: each date as it was known then."""
    return [None, case.dates[0], case.dates[-1], case.dates[-1] + 400 * DAY][which]


def shown(case: Contracts) -> None:
    note(str(case.options) + f" gap {case.gap} free {case.free} dates {[str(date) for date in case.at()]}")
    for row in case.frame().to_pylist():
        note(str({name: str(value) for name, value in row.items()}))


@examples(200)
@given(contracts(), st.integers(0, 3))
def test_movements_are_those_of_the_definitions(case: Contracts, which: int) -> None:
    shown(case)
    known, book = known_at(case, which), case.book()
    as_known_at = None if known is None else moment(known)
    table = case.ours().movements(case.at(), as_known_at=as_known_at, detail=True)
    expected = book.movements(case.dates, known)
    keys = list(zip(table["account_id"].to_pylist(), micros(table, "from"), micros(table, "to"), strict=True))
    rank = {name: place for place, name in enumerate((*MOVEMENTS, "unchanged"))}
    assert keys == sorted(expected, key=lambda key: (key[1], rank[movement(expected[key])]))
    for key, row in zip(keys, table.to_pylist(), strict=True):
        period = expected[key]
        for name in ("start", "end", *MOVEMENTS):
            assert same_amount(row[name], getattr(period, name)), (key, name, row[name], getattr(period, name))
        assert row["movement"] == movement(period), key
        detail = book.detail(*key, known)
        for name in {"product_added", "product_dropped", "price_change"} & set(row):
            assert same_amount(row[name], detail[name]), (key, name, row[name], detail[name])
        for name in {"start_billing_period", "end_billing_period"} & set(row):
            assert near(row[name], detail[name]), (key, name, row[name], detail[name])


def movement(period: Period) -> str:
    if period.came or period.back or period.lost:
        return "new" if period.came else "reactivation" if period.back else "churn"
    return "unchanged" if period.start == period.end else "expansion" if period.end > period.start else "contraction"


@examples(100)
@given(contracts(), st.sampled_from(["1mo", "12mo", "14d"]), st.integers(0, 3), st.booleans())
def test_retention_is_that_of_the_definitions(case: Contracts, over: str, which: int, reactivation: bool) -> None:
    shown(case)
    known, book = known_at(case, which), case.book()
    as_known_at = None if known is None else moment(known)
    table = case.ours().retention(case.at(), over, as_known_at=as_known_at, reactivation=reactivation)
    assert sorted(micros(table, "to")) == case.dates
    for date, row in zip(micros(table, "to"), table.to_pylist(), strict=True):
        assert date is not None
        sums = book.summed(shift(date, over, -1), date, known)
        assert_sums(row, sums.get(None, NOTHING), reactivation)


@examples(150)
@given(contracts(), st.sampled_from(["segment", "product", "size", "cohort"]), st.integers(0, 3))
def test_retention_by_a_label_is_that_of_the_definitions(case: Contracts, by: str, which: int) -> None:
    shown(case)
    if by == "product" and "product" not in case.schema:
        return
    known, book = known_at(case, which), case.book()
    as_known_at = None if known is None else moment(known)
    labels = pa.table({"account_id": list(SEGMENTS), "segment": list(SEGMENTS.values())}) if by == "segment" else None
    bands = [1, 50] if by == "size" else None
    table = case.ours().retention(case.at(), "1mo", by, labels=labels, bands=bands, as_known_at=as_known_at)
    found = {(row_to, row["by"]): row for row_to, row in zip(micros(table, "to"), table.to_pylist(), strict=True)}
    expected = {}
    for date in case.dates:
        begin = shift(date, "1mo", -1)
        if by == "product":
            sums = book.by_product(begin, date, known)
        else:
            of = {"segment": segment, "size": size, "cohort": Cohorts(book, begin, date, known)}[by]
            sums = book.summed(begin, date, known, of)
        expected |= {(date, label): period for label, period in sums.items()}
    assert found.keys() == expected.keys()
    for key, period in expected.items():
        assert_sums(found[key], period, True)


def segment(account: Any, _: Period) -> str | None:
    return SEGMENTS[account]


def size(_: Any, period: Period) -> str:
    return "below 1" if period.start < 1 else "1 to 50" if period.start < 50 else "50 or more"


@dataclass(frozen=True)
class Cohorts:
    """The month of an account's first start, by what is known at the end of a period, else at its start."""

    book: Book
    begin: int
    end: int
    known: int | None

    def __call__(self, account: Any, _: Period) -> str:
        for known in (self.end, self.begin) if self.known is None else (self.known,):
            starts = [contract.start for contract in self.book.contracts(known) if contract.account == account]
            if starts:
                year, month, _ = civil(min(starts) // DAY)
                return f"{year:04d}-{month:02d}"
        raise AssertionError(account)


def assert_sums(row: dict[str, Any], period: Period, reactivation: bool) -> None:
    scale = float(period.start + period.end)
    for name in ("start", "end", *MOVEMENTS, *({"extension"} & set(row))):
        amount = getattr(period, name)
        exact = isinstance(row[name], decimal.Decimal)
        assert Fraction(row[name]) == amount if exact else near(row[name], amount, scale), (name, row[name], amount)
    for name, count in COUNTS.items():
        assert row[name] == getattr(period, count), name
    for name, rate in rates(period, reactivation=reactivation).items():
        assert near(row[name], rate, scale if name == "net_new" else 1.0), (name, row[name], rate)


@examples(100)
@given(contracts(), st.sampled_from(EVERY), st.sampled_from(["mrr", "accounts"]), st.integers(0, 3), st.integers(0, 3))
def test_cohorts_are_those_of_the_definitions(
    case: Contracts, every: str, measure: str, which: int, knowing: int
) -> None:
    shown(case)
    until = [None, None, case.dates[-1], case.dates[-1] + 40 * DAY][which]
    known = known_at(case, knowing)
    limit, as_known_at = (None if at is None else moment(at) for at in (until, known))
    table = case.ours().cohorts(every, measure, until=limit, as_known_at=as_known_at)
    expected = case.book().cohorts(every, until, **({} if known is None else {"known": known}))
    keys = list(zip(micros(table, "cohort"), table["period"].to_pylist(), strict=True))
    assert keys == list(expected)
    for key, row in zip(keys, table.to_pylist(), strict=True):
        cell, before = expected[key], expected.get((key[0], key[1] - 1))
        whole = cell["size"] if measure == "accounts" else expected[key[0], 0]["mrr"]
        assert near(float(row[measure]), Fraction(cell[measure]), float(cell["mrr"]))
        assert near(row["share"], Fraction(cell[measure]) / whole if whole else None)
        kept = Fraction(cell[measure]) / before[measure] if before and before[measure] else None
        assert near(row["retention"], kept)


@examples(60)
@given(contracts(), st.integers(0, 3))
def test_stretches_and_renewals_are_those_of_the_definitions(case: Contracts, which: int) -> None:
    shown(case)
    known, book, ours = known_at(case, which), case.book(), case.ours()
    as_known_at = None if known is None else moment(known)
    begin, end = case.dates[0], case.dates[-1]
    knowing = {} if known is None else {"known": known}
    table = ours.active_periods(moment(begin), moment(end), as_known_at=as_known_at)
    listed = zip(table["account_id"].to_pylist(), micros(table, "start"), micros(table, "end"), strict=True)
    assert list(listed) == book.active_periods(begin, end, **knowing)
    (row,) = ours.renewals([moment(begin), moment(end)], as_known_at=as_known_at).to_pylist() or [None]
    expected = book.renewals(begin, end, **knowing)
    found = row or dict.fromkeys(expected, 0)
    for name in ("due", "renewed"):
        assert found[name] == expected[name], name
    for name in ("due_mrr", "renewed_mrr"):
        assert near(float(found[name]), expected[name]), name
    if row:
        assert near(row["renewal_rate"], expected["renewal_rate"])


@examples(20)
@given(contracts(), st.integers(1, 5), st.integers(0, 3))
def test_daily_churn_is_that_of_the_definition(case: Contracts, days: int, which: int) -> None:
    shown(case)
    known = known_at(case, which)
    begin = case.dates[0] + (0 if which else 20 * DAY)
    end = begin + days * DAY
    found = case.ours().daily_churn(moment(begin), moment(end), as_known_at=None if known is None else moment(known))
    assert near(found, case.book().daily_churn(begin, end, known))


def test_the_evaluator_gives_the_published_numbers() -> None:
    """50 + 8 + 4 + 1 - 2 - 3 = 58; a quick ratio of 13/5; a gross churn of 5/50."""
    amounts = {"start": 50, "end": 58, "new": 8, "expansion": 4, "reactivation": 1, "contraction": 2, "churn": 3}
    found = rates(Period(**{name: Fraction(amount) for name, amount in amounts.items()}))
    ours = ch.revenue_rates(**{name: amount for name, amount in amounts.items() if name != "end"})
    assert (found["quick_ratio"], found["gross_churn"]) == (Fraction(13, 5), Fraction(1, 10))
    assert all(near(ours[name], found[name]) for name in ours if name != "end")
