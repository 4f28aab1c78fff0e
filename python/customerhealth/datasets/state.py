"""All accounts of the simulated company as they are now, and the rows written down so far."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from ..io.columns import Flags, Floats, Ints
from ..io.instants import DAY, FOREVER
from .traits import PEOPLE, Rows, Traits, stream

__all__ = ["CHAMPION", "SPONSOR", "State"]

CHAMPION, SPONSOR = 8000, 9000  # the first of an account's people who is one; its users count from 0
_URGENT_WEEKS = 13
_DAYS = np.array([19, 20, 20, 19, 16, 3, 3])  # percent of a week's work, Monday to Sunday


class State:
    """An array with an element an account for everything that changes with time."""

    def __init__(self, accounts: int, start: int, end: int, seed: int) -> None:
        self.count, self.start, self.end, self.seed = accounts, start, end, seed
        self.random = stream(seed, 1)
        self.traits = Traits(accounts, start, end, seed)
        weekday = (start // DAY + 3) % 7  # 1970-01-01 was a Thursday
        self._until_day = np.concatenate([[0], np.cumsum(np.roll(_DAYS, -weekday))]) / 100
        self.rows: defaultdict[str, list[Rows]] = defaultdict(list)
        self.live = np.zeros(accounts, np.bool_)
        self._found_customers()
        self._found_people()
        self._found_deals()

    def _found_customers(self) -> None:
        n, random, traits = self.count, self.random, self.traits
        self.seats, self.next_seats = traits.seats.copy(), traits.seats.copy()
        self.need = traits.seats * (0.85 + 0.3 * random.random(n))
        self.price = traits.price.copy()
        self.health = traits.fit + 0.4 * random.standard_normal(n)
        self.since = traits.since.copy()  # of the first contract of the present time as a customer
        self.begin, self.until = np.where(traits.never, FOREVER, self.since), np.full(n, FOREVER)
        self.leaving, self.cause = np.zeros(n, np.bool_), np.full(n, -1)
        self.terms, self.contracts = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.urgent = np.zeros((_URGENT_WEEKS, n))  # tickets of severity 1, a week a row
        self.days_to_value = self.onboarding(n)
        self.quiet_until, self.paused_until, self.cut_until = (np.zeros(n, np.int64) for _ in range(3))
        self.behind = random.integers(0, 2, n)  # releases

    def _found_people(self) -> None:
        n, traits = self.count, self.traits
        self.champion, self.sponsor = np.ones(n, np.bool_), np.ones(n, np.bool_)
        self.champions, self.sponsors = np.zeros(n, np.int64), np.zeros(n, np.int64)  # how many there were before
        self.champion_since, self.sponsor_since = traits.met.copy(), traits.met + 10 * DAY
        self.single = self.random.random(n) < 0.2  # one person alone talks to us

    def _found_deals(self) -> None:
        n = self.count
        self.up_at, self.up_seats = np.full(n, FOREVER), np.zeros(n, np.int64)  # more seats, once they are signed
        self.cross_at = np.full((2, n), FOREVER)  # a second and a third product
        self.busy_until = np.zeros(n, np.int64)  # one deal at a time beside the renewal
        self.add_on_seats, self.add_on_since = np.zeros((2, n), np.int64), np.full((2, n), FOREVER)
        self.dropped = np.zeros((2, n), np.bool_)  # products that end with the term in force

    def onboarding(self, count: int) -> Floats:
        """Days from the start of a contract to the first value of it."""
        return np.asarray(40 * np.exp(0.55 * self.random.standard_normal(count)))

    @property
    def slow(self) -> Flags:
        """Whose first value came later than after 60 days, in the first term."""
        return np.asarray((self.days_to_value > 60) & (self.terms <= 1))

    def in_week(self, monday: int, draw: Floats) -> Ints:
        """An instant of the week: mostly on working days between 8 and 18 o'clock."""
        day = np.searchsorted(self._until_day, draw, side="right") - 1
        share = (draw - self._until_day[day]) / (self._until_day[day + 1] - self._until_day[day])
        hour = 8 + 10 * share  # one draw gives the day, and its remainder within the day's share gives the hour
        return np.asarray(monday + day * DAY + (hour * 3_600_000_000).astype(np.int64))

    def add(self, table: str, **columns: Any) -> None:
        """Write rows of a table down."""
        self.rows[table].append(columns)

    def person(self, who: Ints, number: int | Ints, role: int, buying_role: int, since: Ints) -> None:
        """Write down that a person is there, in a role."""
        self.add(
            "contacts",
            contact_id=who * PEOPLE + number,
            account=who,
            role=np.full(len(who), role, np.int8),
            buying_role=np.full(len(who), buying_role, np.int8),
            since=since,
        )
