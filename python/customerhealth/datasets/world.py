"""The customers of the simulated company, week by week.

Every week is one step over all accounts at once. The random numbers come from one generator in one order, so that a
seed gives the same rows each time. Nothing here is public; the drivers are documented where they are promised.
"""

from __future__ import annotations

import numpy as np

from ..io.columns import Floats, Ints
from ..io.instants import DAY, WEEK
from .deals import Deals
from .state import CHAMPION, SPONSOR
from .traits import AFTER_SALE, BEFORE_SALE, CHURN, NOTICE, PEOPLE, Rows, logistic

__all__ = ["World"]

# Role, buying role, number, days after we met, share of the accounts that have such a person.
_FIRST_PEOPLE = (
    (2, 2, 0, 15, 1.0),  # an administrator
    (3, 3, 1, 20, 0.7),  # users who have a say
    (3, 4, 2, 20, 0.3),
    (4, 5, 7000, 40, 0.4),  # finance
    (5, 5, 7100, 30, 0.5),  # IT
)


class World(Deals):
    """All accounts: what they do in a week, and what is written down about it."""

    def __init__(self, accounts: int, start: int, end: int, seed: int) -> None:
        super().__init__(accounts, start, end, seed)
        self.first_contracts()
        known = np.flatnonzero(~self.traits.never_nurtured)
        self.person(known, CHAMPION, 0, 0, self.champion_since[known])
        self.person(known, SPONSOR, 1, 1, self.sponsor_since[known])
        for role, buying, number, days, share in _FIRST_PEOPLE:
            some = known[self.random.random(len(known)) < share]
            self.person(some, number, role, buying, self.traits.met[some] + days * DAY)

    def run(self) -> dict[str, Rows]:
        """Let all weeks pass; what was written down, table by table."""
        self._tell_of(
            self.start, self.start, np.zeros(0, np.int64)
        )  # a log without a month's beginning has a truth too
        for monday in range(self.start, self.end, WEEK):
            self.live = (self.begin < monday + WEEK) & (self.until > monday)
            self.start_terms(monday)
            self._tell_truth(monday)
            self._people_come_and_go(monday)
            self._moods(monday)
            self._drift(self._tickets(monday))
            self.use(monday)
            self._voices(monday)
            self._installations(monday)
            self._activities(monday)
            self._gains(monday)
            self.sell_more(monday)
            self.decide_renewals(monday)
        return {table: _joined(parts) for table, parts in self.rows.items()}

    def _tell_truth(self, monday: int) -> None:
        """What is so at the months' beginnings of the week, before anything happens in it."""
        for at in _months_within(monday, min(monday + WEEK, self.end)):
            renewed = self.live & ~self.leaving  # whose term ends in the week before `at`: the next one is signed
            self._tell_of(monday, at, np.flatnonzero((self.begin <= at) & ((self.until > at) | renewed)))

    def _tell_of(self, monday: int, at: int, shown: Ints) -> None:
        causes, held, wanted = self.causes(monday), self.add_on_seats > 0, self.wanted(monday)
        hazard = np.where(self.leaving, 1.0, CHURN.probability(causes, self.terms <= 1))
        columns = {
            "health": np.round(self.health, 6),
            "satisfaction": np.round(np.clip(7.3 + 1.3 * self.health, 0, 10), 6),
            "champion_strength": np.round(self.champion * logistic(self.health), 6),
            "seats": self.seats,
            "seats_needed": np.round(self.need, 6),
            "users_wanted": np.round(wanted, 6),
            "features_in_use": self.breadth(monday).astype(np.int64),
            "releases_behind": np.where(self.traits.self_hosted, self.behind, 0),
            "products": 1 + held.sum(axis=0),
            "products_needed": (self.traits.needs & ~held).sum(axis=0),
            "away": (self.quiet_until > at) | (self.paused_until > at),
            "intent": self.leaving,
            "cause": np.where(self.leaving, self.cause, causes.argmax(axis=0)).astype(np.int8),
            "hazard": np.round(hazard, 6),
        }
        columns = {name: values[shown] for name, values in columns.items()}
        self.add("truth", account=shown, as_of=np.full(len(shown), at), **columns)

    def _people_come_and_go(self, monday: int) -> None:
        for flag, rate, number, since, base, role in (
            (self.champion, 0.005, self.champions, self.champion_since, CHAMPION, 0),
            (self.sponsor, 0.003, self.sponsors, self.sponsor_since, SPONSOR, 1),
        ):
            chance = self.random.random(self.count)
            at = monday + (self.random.random(self.count) * WEEK).astype(np.int64)
            left = np.flatnonzero(flag & self.live & (chance < rate))
            come = np.flatnonzero(~flag & self.live & (chance < 0.07) & (number < 99))
            self.add("left", contact_id=left * PEOPLE + base + number[left], account=left, left_at=at[left])
            number[come] += 1
            self.person(come, base + number[come], role, role, at[come])
            flag[left], flag[come], since[come] = False, True, at[come]

    def _moods(self, monday: int) -> None:
        """What comes over an account from outside, and goes again."""
        chance, weeks, single = self.random.random((3, self.count))
        self.single = np.where(self.single, single >= 0.006, single < 0.0015)
        free = self.live & (self.quiet_until <= monday) & (self.paused_until <= monday)
        quiet = free & (chance < 0.0004 + 0.008 * (self.health < -0.5))
        self.quiet_until[quiet] = monday + ((6 + 14 * weeks[quiet]) * WEEK).astype(np.int64)
        cut = self.live & (self.cut_until <= monday) & (chance > 0.9985)
        self.cut_until[cut] = monday + 26 * WEEK
        cuts = np.flatnonzero(cut)
        self.add("cuts", account=cuts, from_at=np.full(len(cuts), monday), to_at=self.cut_until[cuts])
        rests = free & ~quiet & (chance > 0.5) & (chance < 0.5004) & (self.until - monday > NOTICE + 10 * WEEK)
        who = np.flatnonzero(rests)
        self.paused_until[who] = monday + ((4 + 6 * weeks[who]) * WEEK).astype(np.int64)
        self.add("pauses", account=who, paused_at=np.full(len(who), monday), resumed_at=self.paused_until[who])

    def _tickets(self, monday: int) -> Floats:
        """Tickets of the week; how many of severity 1 each account opened."""
        rate = np.where(self.live, 0.04 + 0.006 * self.seats, 0) * (1 + 0.4 * (self.health < 0))
        outage = self.live & (self.random.random(self.count) < 0.001)
        who = np.repeat(np.arange(self.count), self.random.poisson(rate + 5 * outage))
        draws = self.random.random((5, len(who)))
        severity = np.where(draws[0] < np.where(outage[who], 0.5, 0.1), 1, np.where(draws[0] < 0.4, 2, 3))
        opened = self.in_week(monday, draws[1])
        days = -np.log1p(-draws[2]) * np.array([0, 4, 6, 9])[severity] + 0.02
        keep = (opened >= self.begin[who]) & (opened < self.end)
        user = (draws[3] * self.users(monday)[who]).astype(np.int64)
        self.add(
            "tickets",
            account=who[keep],
            severity=severity[keep],
            opened_at=opened[keep],
            closed_at=opened[keep] + (days[keep] * DAY).astype(np.int64),
            person_id=(who * PEOPLE + user)[keep],
            ticket=(draws[4] > 0.45).astype(np.int8)[keep],
            mood=self.health[who[keep]],
        )
        return np.bincount(who[keep & (severity == 1)], minlength=self.count).astype(np.float64)

    def _drift(self, urgent: Floats) -> None:
        """The hidden health goes back to the fit, and is pulled down by what hurts; the need for seats grows."""
        target = self.traits.fit - 0.9 * ~self.champion - 0.3 * self.slow
        noise = self.random.standard_normal((2, self.count))
        self.health += 0.06 * (target - self.health) - 0.25 * urgent + 0.16 * noise[0]
        self.need = np.clip(self.need * np.exp(self.traits.growth / 52 + 0.008 * noise[1]), 1, 2000)
        self.urgent = np.roll(self.urgent, 1, axis=0)
        self.urgent[0] = urgent

    def _voices(self, monday: int) -> None:
        """Answers to surveys, about one in two quarters; the manager's colour, about every six weeks."""
        chance, at = self.random.random((2, self.count)), self.in_week(monday, self.random.random(self.count))
        heard = self.health + self.random.standard_normal((2, self.count)) * np.array([[1.1], [0.5]])
        there = self.live & (at >= self.begin) & (at < self.until) & (at < self.end)
        answers = np.flatnonzero(there & (chance[0] < 1 / 26 + self.seats / 2000))
        score = np.clip(np.rint(7.3 + 1.3 * heard[0][answers]), 0, 10).astype(np.int64)
        user = (self.random.random(len(answers)) * self.users(monday)[answers]).astype(np.int64)
        person = answers * PEOPLE + user
        self.add("surveys", account=answers, answered_at=at[answers], score=score, person_id=person)
        seen = np.flatnonzero(there & (chance[1] < 1 / 6))
        colour = np.searchsorted([-0.8, 0.0], heard[1][seen], side="right").astype(np.int8)
        self.add("sentiment", account=seen, set_at=at[seen], colour=colour)

    def _installations(self, monday: int) -> None:
        """A release every 13 weeks; who hosts it alone reports every four weeks how far behind it is."""
        if (monday - self.start) // WEEK % 13 == 0:
            self.behind += 1
        chance, draw = self.random.random((2, self.count))
        self.behind[chance < 0.08 * logistic(0.5 + self.health)] = 0
        at = self.in_week(monday, draw)
        who = np.flatnonzero(
            self.live & self.traits.self_hosted & (chance > 0.75) & (at >= self.begin) & (at < self.end)
        )
        self.add("installations", account=who, reported_at=at[who], versions_behind=self.behind[who])

    def _activities(self, monday: int) -> None:
        """What our contacts do with us: much before the sale, some after it."""
        courted = (self.traits.met < monday + WEEK) & (self.since > monday) & ~self.traits.never_nurtured
        rate = np.where(courted, 0.9, np.where(self.live, 0.45 * np.exp(0.5 * np.clip(self.health, -2, 2)), 0))
        who = np.repeat(np.arange(self.count), self.random.poisson(rate))
        draws = self.random.random((3, len(who)))
        at = self.in_week(monday, draws[0])
        role = np.searchsorted([0.5, 0.7], draws[1], side="right")  # champion, sponsor, administrator
        alone = self.single[who] & self.live[who]
        role = np.where(alone, np.where(self.champion[who], 0, 2), role)
        there = np.where(role == 0, self.champion[who], (role == 2) | self.sponsor[who])
        numbers = np.stack([CHAMPION + self.champions[who], SPONSOR + self.sponsors[who], np.zeros_like(who)])
        since = np.stack([self.champion_since[who], self.sponsor_since[who], self.traits.met[who] + 15 * DAY])
        since = since[role, np.arange(len(who))]
        before, after = (np.searchsorted(shares, draws[2], side="right") for shares in (BEFORE_SALE, AFTER_SALE))
        keep = there & (at >= since) & (at < self.end)
        self.add(
            "activities",
            contact_id=(who * PEOPLE + numbers[role, np.arange(len(who))])[keep],
            account=who[keep],
            occurred_at=at[keep],
            action=np.where(courted[who], before, after)[keep].astype(np.int8),
            buying_role=role[keep].astype(np.int8),
        )

    def _gains(self, monday: int) -> None:
        """What the product is worth to its customers, confirmed by them about every nine weeks."""
        chance, draw, noise = self.random.random((3, self.count))
        mature = self.live & (monday - self.since > self.days_to_value * DAY) & (self.paused_until <= monday)
        who = np.flatnonzero(mature & (chance < 1 / 9))
        weeks = 9 * self.seats[who] * self.price[who] * 12 / 52
        value = 1.25 * np.exp(0.45 * self.health[who]) * weeks * (0.6 + 0.8 * noise[who])
        at = self.in_week(monday, draw[who])
        confirmed = at + ((2 + 16 * noise[who]) * DAY).astype(np.int64)
        self.add("outcomes", account=who, reached_at=at, confirmed_at=confirmed, value=np.round(value, 2))


def _months_within(first: int, last: int) -> list[int]:
    """The months' beginnings at or after an instant and before another."""
    month = np.datetime64(first, "us").astype("datetime64[M]")
    begins = (month + np.arange(3)).astype("datetime64[us]").astype(np.int64)
    return [int(at) for at in begins if first <= at < last]


def _joined(parts: list[Rows]) -> Rows:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
