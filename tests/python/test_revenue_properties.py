"""What holds of revenue whatever the contracts are: it closes, it is bounded, and how a row is cut does not matter."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from contract_strategies import SEGMENTS, Contracts, contracts
from oracle.instants import DAY, Instant
from oracle.revenue import MOVEMENTS
from strategies import examples

DECIMALS, FLOATS, INTEGERS = 0, 1, 2
LABELS = pa.table({"account_id": list(SEGMENTS), "segment": list(SEGMENTS.values())})


def closes(row: dict[str, Any]) -> bool:
    start, end = Fraction(row["start"]), Fraction(row["end"])
    new, expansion, contraction, churn, reactivation = (Fraction(row[name]) for name in MOVEMENTS)
    return start + new + expansion + reactivation - contraction - churn == end


@examples(50)
@given(contracts(amounts=(DECIMALS, INTEGERS)))
def test_the_waterfall_closes_for_every_account_segment_product_and_total(case: Contracts) -> None:
    revenue = case.ours()
    rows = revenue.movements(case.at()).to_pylist()
    assert all(closes(row) for row in rows)
    assert all(Fraction(row[name]) >= 0 for row in rows for name in MOVEMENTS)
    assert sum(1 for row in rows for name in MOVEMENTS if row[name]) <= len(rows)  # netted: one movement a row at most
    splits = ["segment", "cohort", "size", *(["product"] if "product" in case.schema else [])]
    total = {row["to"]: row for row in revenue.retention(case.at(), "1mo").to_pylist()}
    for by in splits:
        labels = LABELS if by == "segment" else None
        parts = revenue.retention(case.at(), "1mo", by, labels=labels).to_pylist()
        assert all(closes(row) for row in parts)
        for date, whole in total.items():
            if by == "product" and case.gap:  # then a product may be held that its account does without
                continue
            for name in ("start", "end", *(() if by == "product" else MOVEMENTS)):
                assert sum(Fraction(row[name]) for row in parts if row["to"] == date) == Fraction(whole[name]), by
    assert all(closes(row) for row in total.values())


@examples(40)
@given(contracts(amounts=(FLOATS,)))
def test_every_period_of_floats_begins_with_what_the_one_before_ended_with(case: Contracts) -> None:
    table = case.ours().movements(case.at()).to_pylist()
    ends = {(row["account_id"], row["to"]): row["end"] for row in table}
    for row in table:
        if row["from"] != min(case.at()):
            assert ends.get((row["account_id"], row["from"]), 0.0) == row["start"]


@examples(40)
@given(contracts(), st.sampled_from(["1mo", "12mo"]), st.sampled_from([None, "segment", "size", "cohort"]))
def test_gross_retention_is_at_most_one_and_at_most_net_retention(case: Contracts, over: str, by: str | None) -> None:
    table = case.ours().retention(case.at(), over, by, labels=LABELS if by == "segment" else None)
    for row in table.to_pylist():
        if row["grr"] is not None:
            assert 0 <= row["grr"] <= 1
            assert row["grr"] <= row["nrr"]
            assert row["gross_churn"] >= row["net_churn"]
        if row["logo_retention"] is not None:
            assert 0 <= row["logo_retention"] <= 1


@examples(40)
@given(contracts(amounts=(DECIMALS, FLOATS)), st.integers(0, 6), st.integers(1, 100))
def test_a_contract_cut_in_two_back_to_back_ones_changes_nothing(case: Contracts, which: int, percent: int) -> None:
    if "key" in case.options or "end_is" in case.options:
        return
    row = case.rows[which % len(case.rows)]
    if row["start"] is None or (row["end"] is not None and row["end"] - row["start"] < 2):
        return
    end = row["start"] + 100 * DAY if row["end"] is None else row["end"]
    cut = Instant(row["start"] + max(1, (end - row["start"] - 1) * percent // 100))
    known = {"known": row["start"] if row["known"] is None else row["known"]} if "known" in row else {}
    halves = [{**row, **known, "end": cut}, {**row, **known, "start": cut}]
    rest = [other for other in case.rows if other is not row]
    whole, parts = case.ours(), replace(case, rows=[*rest, *halves]).ours()
    first, last = case.at()[0], case.at()[-1]
    assert parts.movements(case.at(), detail=True).equals(whole.movements(case.at(), detail=True))
    assert parts.retention(case.at(), "1mo").equals(whole.retention(case.at(), "1mo"))
    for measure in ("mrr", "accounts"):
        assert parts.cohorts("1mo", measure, until=last).equals(whole.cohorts("1mo", measure, until=last))
    assert parts.active_periods(first, last).equals(whole.active_periods(first, last))


@examples(40)
@given(contracts(), st.randoms(use_true_random=False))
def test_neither_the_order_of_contracts_nor_other_dates_matter(case: Contracts, chance: random.Random) -> None:
    if "key" in case.options:
        return
    rows = [*case.rows]
    chance.shuffle(rows)
    shuffled = replace(case, rows=rows).ours()
    table = case.ours().movements(case.at(), detail=True)
    assert shuffled.movements(case.at(), detail=True).equals(table)
    two = case.ours().movements(case.at()[:2], detail=True).to_pylist()
    assert two == [row for row in table.to_pylist() if row["from"] == case.at()[0]]


@examples(60)
@given(contracts(), st.integers(0, 3))
def test_contracts_of_nothing_count_for_nothing_where_who_pays_nothing_is_a_prospect(
    case: Contracts, which: int
) -> None:
    if "key" in case.options or not any(row["mrr"] for row in case.rows):  # of a key, a row of 0 ends the one before
        return
    with_free = replace(case, free="prospects").ours()
    paid = replace(case, rows=[row for row in case.rows if row["mrr"] != 0], free="customers").ours()
    known = [None, case.at()[0], case.at()[-1]][which % 3]
    first, last = case.at()[0], case.at()[-1]
    assert with_free.movements(case.at(), as_known_at=known).equals(paid.movements(case.at(), as_known_at=known))
    for measure in ("mrr", "accounts"):
        assert with_free.cohorts("1w", measure, until=last).equals(paid.cohorts("1w", measure, until=last))
    assert with_free.active_periods(first, last).equals(paid.active_periods(first, last))
    assert with_free.renewals([first, last]).equals(paid.renewals([first, last]))


def test_a_thousand_tenths_add_up_to_a_hundred_in_every_order() -> None:
    row = {"account_id": "a", "start": Instant(0), "end": None, "mrr": Decimal("0.10")}
    schema = {"account_id": pa.string(), "start": pa.timestamp("us"), "end": pa.timestamp("us")}
    for kind, value in ((pa.decimal128(15, 2), Decimal("0.10")), (pa.float64(), 0.1)):
        case = Contracts({**schema, "mrr": kind}, [{**row, "mrr": value}] * 1000, {}, None, [0, DAY])
        (found,) = case.ours().movements(case.at()).to_pylist()
        assert float(found["new"]) == float(Fraction(value) * 1000)
