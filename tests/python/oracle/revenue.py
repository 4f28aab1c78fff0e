"""Recurring revenue by its definitions, an account and a date at a time, in fractions; written from the texts alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .instants import DAY, add_months, civil, day_number, shift
from .visibility import Row, Table, account_order

MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation")
MONTHS = {"mo": 1, "q": 3, "y": 12}
HOURS = {"h": 1, "d": 24, "w": 168}
MONDAY = day_number(1970, 1, 5) * DAY
NOW = 2**63 - 1
PRODUCT, BILLING = "product", "billing_period"
Only = tuple[Any] | None


@dataclass(frozen=True)
class Contract:
    account: Any
    start: int
    end: int | None
    mrr: Fraction
    product: Any
    billing: int | None

    def alive(self, at: int) -> bool:
        """The instant before `at` lies in [start, end)."""
        return self.start < at and (self.end is None or self.end >= at)


@dataclass(frozen=True)
class Period:
    """One account (or label) from one date to another."""

    start: Fraction
    end: Fraction
    new: Fraction = Fraction(0)
    expansion: Fraction = Fraction(0)
    contraction: Fraction = Fraction(0)
    churn: Fraction = Fraction(0)
    reactivation: Fraction = Fraction(0)
    at_start: int = 0
    came: int = 0
    lost: int = 0
    back: int = 0
    at_end: int = 0
    extension: Fraction = Fraction(0)

    def __add__(self, other: Period) -> Period:
        return Period(**{name: value + getattr(other, name) for name, value in vars(self).items()})


NOTHING = Period(Fraction(0), Fraction(0))


def quotient(above: Fraction | int, below: Fraction | int) -> Fraction | None:
    return None if below == 0 else Fraction(above) / Fraction(below)


def rates(p: Period, *, reactivation: bool = True) -> dict[str, Fraction | None]:
    """The formulas of the published definitions; None where there is nothing to divide by."""
    gains = p.new + p.expansion + (p.reactivation if reactivation else 0)
    return {
        "nrr": quotient(p.start + p.expansion - p.contraction - p.churn, p.start),
        "grr": quotient(p.start - p.contraction - p.churn, p.start),
        "gross_churn": quotient(p.contraction + p.churn, p.start),
        "net_churn": quotient(p.contraction + p.churn - p.expansion - p.reactivation, p.start),
        "quick_ratio": quotient(gains, p.contraction + p.churn),
        "net_new": p.new + p.expansion + p.reactivation - p.contraction - p.churn,
        "logo_retention": quotient(p.at_start - p.lost, p.at_start),
    }


class Book:
    """A table of contracts. Rows are dicts; `known`, `key` and `deleted` name columns where there are such.

    A contract that brings nothing is none where those who pay nothing are prospects: amounts are 0 or more, so the sum
    of those alive is above 0 just where one of the others is alive.
    """

    def __init__(
        self,
        rows: list[Row],
        *,
        gap: str | None = None,
        products: bool = False,
        free: str = "prospects",
        **columns: str,
    ) -> None:
        self.free = free
        spec = {"kind": "intervals", "account": "account_id", "start": "start", "end": "end", **columns}
        self.table, self.gap, self.products = Table.alone("contracts", spec, rows), gap, products
        self.seen: dict[int, list[Contract]] = {}

    # --- who is a customer, and for how much --------------------------------------------------------------------------

    def contracts(self, known: int = NOW) -> list[Contract]:
        """Those that count as known at a date: with an amount, and an end after their start."""
        if known not in self.seen:
            visible = [row for row in self.table.visible(known) if not row.inverted]
            self.seen[known] = [
                Contract(
                    row.account, row.time, row.end, Fraction(mrr), row.values.get(PRODUCT), row.values.get(BILLING)
                )
                for row in visible
                if (row.end is None or row.end > row.time)
                and (mrr := row.values["mrr"]) is not None
                and (mrr > 0 or self.free == "customers")
            ]
        return self.seen[known]

    def standing(self, account: Any, at: int, known: int, only: Only = None) -> list[Contract]:
        """The contracts that make the account a customer at a date: none where it is not. `only`: of one product."""
        own = [c for c in self.contracts(known) if c.account == account and (only is None or c.product == only[0])]
        alive = [contract for contract in own if contract.alive(at)]
        ended = [contract for contract in own if contract.end is not None and contract.end < at]
        if alive or not ended or self.gap is None:
            return alive
        last = max(contract.end for contract in ended if contract.end is not None)
        latest = shift(last, self.gap, 1)
        follows = any(at <= contract.start <= latest for contract in own)
        still = at <= latest and (known <= latest or follows)
        return [contract for contract in ended if contract.end == last] if still else []

    def was_customer(self, account: Any, until: int, known: int | None, only: Only = None) -> bool:
        """At any date up to and with `until`, by what was known at that date (or at `known`)."""
        rows = self.table.of_account(account)
        edges = {value for row in rows for value in (row["start"], row["end"], row.get("known")) if value is not None}
        edges |= {shift(row["end"], self.gap, 1) for row in rows if row["end"] is not None and self.gap}
        dates = {date for edge in edges for date in (edge, edge + 1) if date <= until} | {until}
        return any(self.standing(account, date, date if known is None else known, only) for date in dates)

    def accounts(self) -> list[Any]:
        return sorted(self.table.accounts(), key=account_order)

    # --- movements ----------------------------------------------------------------------------------------------------

    def period(self, account: Any, begin: int, end: int, known: int | None, only: Only = None) -> Period | None:
        """None where the account is a customer at neither date."""
        before = self.standing(account, begin, begin if known is None else known, only)
        after = self.standing(account, end, end if known is None else known, only)
        if not before and not after:
            return None
        start, stop = total(before), total(after)
        both = {"start": start, "end": stop, "at_start": int(bool(before)), "at_end": int(bool(after))}
        if not before:
            if self.was_customer(account, begin, known, only):
                return Period(**both, reactivation=stop, back=1)
            return Period(**both, new=stop, came=1)
        if not after:
            return Period(**both, churn=start, lost=1)
        lower = max(start - stop, Fraction(0))
        old, young = billing(before, begin), billing(after, end)
        longer = old is not None and young is not None and young > old
        return Period(
            **both,
            expansion=max(stop - start, Fraction(0)),
            contraction=lower,
            extension=lower if longer else Fraction(0),
        )

    def movements(self, dates: Iterable[int], known: int | None = None) -> dict[tuple[Any, int, int], Period]:
        found = {}
        ordered = sorted(set(dates))
        for account in self.accounts():
            for begin, end in itertools.pairwise(ordered):
                period = self.period(account, begin, end, known)
                if period is not None:
                    found[account, begin, end] = period
        return found

    def detail(self, account: Any, begin: int, end: int, known: int | None) -> dict[str, Any]:
        """What `detail=True` adds for an account that is a customer at a date of the two."""
        before = self.standing(account, begin, begin if known is None else known)
        after = self.standing(account, end, end if known is None else known)
        old, young = by_product(before), by_product(after)
        stays = bool(before) and bool(after)
        zero = Fraction(0)
        return {
            "product_added": sum((young[p] for p in young if p not in old), zero) if stays else zero,
            "product_dropped": sum((old[p] for p in old if p not in young), zero) if stays else zero,
            "price_change": sum((young[p] - old[p] for p in old if p in young), zero) if stays else zero,
            "start_billing_period": billing(before, begin),
            "end_billing_period": billing(after, end),
        }

    def summed(
        self, begin: int, end: int, known: int | None = None, label: Callable[[Any, Period], Any] | None = None
    ) -> dict[Any, Period]:
        """Of all accounts, by a label of the account and its movements."""
        sums: dict[Any, Period] = {}
        for account in self.accounts():
            period = self.period(account, begin, end, known)
            if period is not None:
                key = None if label is None else label(account, period)
                sums[key] = sums.get(key, NOTHING) + period
        return sums

    def by_product(self, begin: int, end: int, known: int | None = None) -> dict[Any, Period]:
        """Each product as if its contracts were all that there are."""
        sums: dict[Any, Period] = {}
        for product in dict.fromkeys(row.get(PRODUCT) for _, row in self.table.rows):
            periods = [self.period(account, begin, end, known, (product,)) for account in self.accounts()]
            found = [period for period in periods if period is not None]
            if found:
                sums[product] = sum(found, NOTHING)
        return sums

    def daily_churn(self, begin: int, end: int, known: int | None = None) -> Fraction | None:
        days = []
        for day in range(begin, end, DAY):
            p = sum((p for p in self.summed(day, min(day + DAY, end), known).values()), NOTHING)
            if p.start:
                days.append(1 - (p.end - p.new) / p.start)
        return sum(days, Fraction(0)) if days else None

    # --- stretches, renewals, cohorts ---------------------------------------------------------------------------------

    def stretches(self, account: Any, known: int = NOW) -> list[tuple[int, int | None]]:
        """Unbroken time as a customer: a contract that starts by the gap after the latest end so far continues it."""
        found: list[tuple[int, int | None]] = []
        own = [contract for contract in self.contracts(known) if contract.account == account]
        for contract in sorted(own, key=lambda contract: contract.start):
            if found and (found[-1][1] is None or contract.start <= shift(found[-1][1], self.gap, 1)):
                start, end = found[-1]
                found[-1] = (start, None if end is None or contract.end is None else max(end, contract.end))
            else:
                found.append((contract.start, contract.end))
        return found

    def active_periods(self, begin: int, end: int, known: int = NOW) -> list[tuple[Any, int, int | None]]:
        """Ended from `begin` to `end`, or of those with a contract that is alive just after `end`."""
        listed = []
        for account in self.accounts():
            lives = any(c.alive(end + 1) for c in self.contracts(known) if c.account == account)
            for start, stop in self.stretches(account, known):
                if stop is not None and begin <= stop <= end:
                    listed.append((account, start, stop))
                elif lives and start <= end and (stop is None or stop > end):
                    listed.append((account, start, None))
        return listed

    def renewals(self, begin: int, end: int, known: int = NOW) -> dict[str, Any]:
        contracts = self.contracts(known)
        due = [c for c in contracts if c.end is not None and begin <= c.end < end]

        def follows(old: Contract, new: Contract) -> bool:
            same = old.account == new.account and (old.product == new.product or not self.products)
            assert old.end is not None
            return same and old.end <= new.start <= shift(old.end, self.gap, 1)

        renewed = [old for old in due if any(follows(old, new) for new in contracts)]
        return {
            "due": len(due),
            "due_mrr": total(due),
            "renewed": len(renewed),
            "renewed_mrr": total(renewed),
            "renewal_rate": quotient(len(renewed), len(due)),
        }

    def last_seen(self, known: int = NOW) -> int | None:
        """The last start or known of all rows that are known by then, those that count for nothing too."""
        return max((max(row.time, row.known) for row in self.table.known_rows(known)), default=None)

    def cohorts(
        self, every: str, until: int | None = None, known: int = NOW
    ) -> dict[tuple[int, int], dict[str, Fraction | int]]:
        """By cohort and age: how many are customers at the period's end, and for how much."""
        first: dict[Any, int] = {}
        for contract in self.contracts(known):
            first[contract.account] = min(contract.start, first.get(contract.account, contract.start))
        last = self.last_seen(known)
        triangle = {}
        for cohort in sorted({stretch_of(start, every).begin for start in first.values()}):
            members = [account for account, start in first.items() if stretch_of(start, every).begin == cohort]
            age, begin = 0, cohort
            while True:
                end = stretch_of(begin, every).end
                if until is None:
                    assert last is not None
                    if begin > last:  # no row speaks of this period
                        break
                    at = min(end, last + 1)
                else:
                    if end > until:
                        break
                    at = end
                standing = [self.standing(account, at, known) for account in members]
                triangle[cohort, age] = {
                    "size": len(members),
                    "accounts": sum(1 for contracts in standing if contracts),
                    "mrr": sum((total(contracts) for contracts in standing), Fraction(0)),
                }
                age, begin = age + 1, end
        return triangle


def total(contracts: Sequence[Contract]) -> Fraction:
    return sum((contract.mrr for contract in contracts), Fraction(0))


def by_product(contracts: Sequence[Contract]) -> dict[Any, Fraction]:
    return {
        product: total([c for c in contracts if c.product == product])
        for product in dict.fromkeys(contract.product for contract in contracts)
    }


def billing(contracts: Sequence[Contract], at: int) -> Fraction | None:
    """The mean billing period of those alive that tell one."""
    told = [contract.billing for contract in contracts if contract.billing is not None and contract.alive(at)]
    return sum(told, Fraction(0)) / len(told) if told else None


@dataclass(frozen=True)
class Stretch:
    begin: int
    end: int


def stretch_of(instant: int, every: str) -> Stretch:
    """The calendar months (from January on), or the fixed hours from a Monday on, that an instant is in."""
    unit = every.lstrip("0123456789")
    count = int(every.removesuffix(unit))
    if unit in MONTHS:
        months = count * MONTHS[unit]
        year, month, _ = civil(instant // DAY)
        since_1970 = (year - 1970) * 12 + month - 1
        first = since_1970 // months * months
        begin = day_number(1970 + first // 12, first % 12 + 1, 1) * DAY
        return Stretch(begin, add_months(begin, months))
    length = count * HOURS[unit] * DAY // 24
    begin = (instant - MONDAY) // length * length + MONDAY
    return Stretch(begin, begin + length)
