"""How the customers of the simulated company use its products."""

from __future__ import annotations

import numpy as np

from ..io.columns import Flags, Floats, Ints
from ..io.instants import DAY, WEEK
from .state import State
from .traits import PEOPLE, Rows, logistic

__all__ = ["ProductUse"]

_USERS = np.array([0, 3000, 5000])  # the first user of each product
_FEATURES = np.array([0, 10, 14])  # the first feature of each product


class ProductUse(State):
    """Users, features and actions of a week."""

    def __init__(self, accounts: int, start: int, end: int, seed: int) -> None:
        super().__init__(accounts, start, end, seed)
        self._late: Rows | None = None
        self._roster = np.zeros((3, self.count), np.int64)  # users whom we have heard of, of each product

    def adopted(self, monday: int) -> Floats:
        """How far the roll-out has come, 0 to 1: two thirds of it in the first nine weeks, at the usual speed."""
        pace = np.clip(self.days_to_value / 40, 0.5, 3)
        return np.asarray(1 - np.exp(-np.maximum(monday + WEEK - self.since, 0) / (8.5 * WEEK * pace)))

    def wanted(self, monday: int) -> Floats:
        """People who would use it, had everybody a seat."""
        return np.asarray(self.need * logistic(0.7 + 0.9 * self.health) * self.adopted(monday))

    def users(self, monday: int) -> Floats:
        """People who use the core product: as many as want to and have a seat, one at least."""
        return np.asarray(np.maximum(np.rint(np.minimum(self.wanted(monday), self.seats)), 1))

    def breadth(self, monday: int) -> Floats:
        """Features in use of the ten of the core product."""
        return np.asarray(1 + np.floor(9 * logistic(self.health + 0.6) * self.adopted(monday)))

    def use(self, monday: int) -> None:
        """The actions of the week in all products."""
        share = logistic(0.7 + 0.9 * self.health)
        held = (self.add_on_since < monday + WEEK) * self.add_on_seats
        users = np.concatenate([self.users(monday), *np.where(held > 0, np.maximum(np.rint(held * share), 1), 0)])
        breadth = np.concatenate([self.breadth(monday), *np.broadcast_to(1 + 3 * share, (2, self.count))])
        rate = np.where(self.live, 2.2 * np.exp(0.35 * np.minimum(self.health, 2)), 0)
        rate *= np.where(self.leaving, 0.5, 1)  # half as much use between notice and the end of the contract
        rate *= np.where(self.paused_until > monday, 0, np.where(self.quiet_until > monday, 0.04, 1))
        self._meet_users(users.reshape(3, -1).astype(np.int64), monday)
        cell = np.repeat(np.arange(3 * self.count), self.random.poisson(users * np.tile(rate, 3)))
        who, product = cell % self.count, cell // self.count
        occurred = self.in_week(monday, self.random.random(len(who)))
        user = np.floor(users[cell] * self.random.random(len(who)) ** 1.3).astype(np.int64)
        feature = np.floor(breadth[cell] * self.random.random(len(who)) ** 1.6).astype(np.int8)
        lag = self.random.random(len(who))
        # Rows arrive within 10 minutes; 2 % of them within three days. The draw that chooses also says how late.
        lag = np.where(lag < 0.98, lag * 600, (lag - 0.98) * 50 * 3 * 86_400) * 1_000_000
        keep = (occurred >= self.begin[who]) & (occurred < self.until[who]) | self._renewed(who, occurred)
        rows: Rows = {
            "account": who[keep].astype(np.int32),
            "user_id": (who * PEOPLE + _USERS[product] + user)[keep],
            "feature": (_FEATURES.astype(np.int8)[product] + feature)[keep],
            "occurred_at": occurred[keep],
            "ingested_at": (occurred + lag.astype(np.int64) + 1)[keep],
            "product": product.astype(np.int8)[keep],
        }
        self._arrive(rows, min(monday + WEEK, self.end))

    def _renewed(self, who: Ints, at: Ints) -> Flags:
        return (at >= self.until[who]) & ~self.leaving[who]

    def _meet_users(self, users: Ints, monday: int) -> None:
        """Users who are new to us get an entry of their own before they do anything."""
        now = np.where(self.live, users, 0)
        product, who = np.nonzero(now > self._roster)
        before, after = self._roster[product, who], now[product, who]
        number = np.repeat(before + _USERS[product], after - before) + _ranks(after - before)
        who = np.repeat(who, after - before)
        met = monday if monday > self.start else monday - 30 * DAY  # the users of the first day were known before it
        self.add("users", account=who, person_id=who * PEOPLE + number, known_at=np.full(len(who), met))
        self._roster = np.maximum(self._roster, now)

    def _arrive(self, rows: Rows, before: int) -> None:
        """Add the rows that arrive before an instant, in order of arrival; keep the later ones for the next week.

        One row in two thousand arrives twice.
        """
        if self._late is not None:
            rows = {name: np.concatenate([self._late[name], rows[name]]) for name in rows}
        on_time = np.flatnonzero(rows["ingested_at"] < before)
        twice = on_time[self.random.integers(0, 2000, len(on_time)) == 0]
        on_time = np.concatenate([on_time, twice])
        order = on_time[_order(rows["ingested_at"][on_time])]
        self.rows["usage"].append({name: column[order] for name, column in rows.items()})
        late = rows["ingested_at"] >= before
        self._late = {name: column[late] for name, column in rows.items()}


def _order(at: Ints) -> Ints:
    """The order of instants of one week, ties by place: as a stable argsort gives it, in a third of the time."""
    if len(at) >= 2**23:  # 40 bits hold the microseconds of a week, 23 the places
        return np.argsort(at, kind="stable")
    places = np.arange(len(at))
    first = at.min() if len(at) else 0
    return np.sort((at - first) << 23 | places) & (2**23 - 1)


def _ranks(counts: Ints) -> Ints:
    """0, 1, 2 … within each run of that many."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
