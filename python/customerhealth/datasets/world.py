"""The process behind :func:`customerhealth.datasets.simulate`: what accounts do, week by week.

Every week is one step over all accounts at once. The random numbers come from one generator in one order, so that a
seed gives the same rows each time. Nothing here is public; the drivers are documented where they are promised.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..io.columns import Flags, Floats, Ints
from ..io.instants import DAY, FOREVER, WEEK

__all__ = ["CHURN", "FEATURES", "Drivers", "Rows", "World"]

Rows: TypeAlias = "dict[str, npt.NDArray[Any]]"

YEAR = 365 * DAY
NOTICE = 30 * DAY  # before the end of a contract its renewal is decided
FEATURES = ("report", "dashboard", "export", "alert", "api", "share", "comment", "import", "schedule", "audit")
PEOPLE = 1000  # ids of an account's people: its number times this, and on
CHAMPION, SPONSOR = 800, 900  # the first of them who is a champion or a sponsor; the users count from 0
_URGENT_WEEKS = 13
_DAYS = np.array([19, 20, 20, 19, 16, 3, 3])  # percent of a week's work, Monday to Sunday


@dataclass(frozen=True)
class Drivers:
    """The log-odds that a customer does not renew, when that is decided."""

    base: float = -2.3
    health: float = -1.2  # a unit of the hidden health
    no_champion: float = 0.8
    urgent_ticket: float = 0.5  # each of severity 1, opened in the 13 weeks before, up to 3
    first_year: float = 0.4

    def probability(self, health: Floats, champion: Flags, urgent: Floats, first: Flags) -> Floats:
        """How likely each is to leave."""
        odds = self.base + self.health * health + self.no_champion * ~champion
        return _logistic(odds + self.urgent_ticket * np.minimum(urgent, 3) + self.first_year * first)


CHURN = Drivers()


def _logistic(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


class World:
    """All accounts, and what has been written down about them so far."""

    def __init__(self, accounts: int, start: int, end: int, seed: int) -> None:
        self.count, self.start, self.end = accounts, start, end
        self.random = np.random.Generator(np.random.PCG64(seed))
        weekday = (start // DAY + 3) % 7  # 1970-01-01 was a Thursday
        self._until_day = np.concatenate([[0], np.cumsum(np.roll(_DAYS, -weekday))]) / 100
        self._rows: dict[str, list[Rows]] = defaultdict(list)
        self._late: Rows | None = None
        self._found()
        self._first_contracts()
        self._first_contacts()

    # ---- how it begins ----------------------------------------------------------------------------------------------

    def _found(self) -> None:
        """What an account is, for good."""
        n, random = self.count, self.random
        self.segment = random.choice(3, n, p=[0.7, 0.26, 0.04])  # small, medium, large
        low, high = np.array([3, 12, 40])[self.segment], np.array([12, 40, 100])[self.segment]
        self.seats = (low * (high / low) ** random.random(n)).astype(np.int64)
        self.fit = 0.15 + 0.85 * random.standard_normal(n)  # what the hidden health comes back to
        self.health = self.fit + 0.4 * random.standard_normal(n)
        dear = np.array([30, 26, 20])[self.segment]  # a seat, a month
        self.price = np.round(dear * (0.8 + 0.4 * random.random(n)), 2)
        self.region, self.industry = random.integers(0, 3, n), random.integers(0, 5, n)
        parents = random.integers(0, np.maximum(np.arange(n), 1))
        self.parent = np.where((random.random(n) < 0.06) & (np.arange(n) > 0), parents, -1)
        kind = random.random(n)
        self.old, self.never = kind < 0.68, kind >= 0.93  # customers before the start; those who never buy
        span = max(self.end - self.start - 8 * WEEK, DAY)
        before = self.start - (YEAR + random.random(n) * 3 * YEAR).astype(np.int64)
        during = self.start + (random.random(n) * span).astype(np.int64)
        self.since = _whole_days(np.where(self.old, before, during))  # of the first contract, had they bought
        self.met = self.since - (random.integers(30, 150, n) * DAY)
        self.champion, self.sponsor = np.ones(n, np.bool_), np.ones(n, np.bool_)
        self.champions, self.sponsors = np.zeros(n, np.int64), np.zeros(n, np.int64)  # how many there were before
        self.champion_since, self.sponsor_since = self.met.copy(), self.met + 10 * DAY
        self.urgent = np.zeros((_URGENT_WEEKS, n))
        self.leaving = np.zeros(n, np.bool_)
        self.terms = np.zeros(n, np.int64)

    def _first_contracts(self) -> None:
        """The contracts up to the one in force at the start, or the first one. They were all renewed."""
        buys = np.flatnonzero(~self.never)
        self.begin, self.until = np.where(self.never, FOREVER, self.since), np.full(self.count, FOREVER)
        self.next_seats = self.seats.copy()
        self._opportunity(buys, "new", self.met[buys], self.since[buys] - 5 * DAY, True, self.seats[buys])
        nevers = np.flatnonzero(self.never)
        closes = np.where(self.random.random(len(nevers)) < 0.7, self.since[nevers], FOREVER)
        self._opportunity(nevers, "new", self.met[nevers], closes, False, self.seats[nevers])
        at, signed = self.since.copy(), self.since - 5 * DAY
        while len(buys):
            self._contract(buys, at[buys], signed[buys])
            self.until[buys] = at[buys] + YEAR
            buys = buys[self.until[buys] - NOTICE < self.start]
            at[buys], signed[buys] = self.until[buys], self.until[buys] - NOTICE

    def _contract(self, who: Ints, start: Ints, signed: Ints) -> None:
        seats = self.next_seats[who]
        self._add(
            "contracts",
            contract_id=who * 100 + self.terms[who],
            account=who,
            start_date=start,
            end_date=start + YEAR,
            signed_at=signed,
            seats=seats,
            mrr=np.round(seats * self.price[who], 2),
        )
        self.terms[who] += 1

    def _first_contacts(self) -> None:
        everyone = np.arange(self.count)
        joined = self.met
        self._person(everyone, CHAMPION, "champion", "champion", self.champion_since.copy())
        self._person(everyone, SPONSOR, "executive_sponsor", "decision_maker", self.sponsor_since.copy())
        self._person(everyone, 0, "admin", "practitioner", joined + 15 * DAY)
        some = everyone[self.random.random(self.count) < 0.7]
        self._person(some, 1, "user", "influencer", joined[some] + 20 * DAY)
        some = everyone[self.random.random(self.count) < 0.3]
        self._person(some, 2, "user", "steering_committee", joined[some] + 20 * DAY)

    def _person(self, who: Ints, number: int | Ints, role: str, buying_role: str, since: Ints) -> None:
        names = np.full(len(who), role), np.full(len(who), buying_role)
        self._add(
            "contacts", contact_id=who * PEOPLE + number, account=who, role=names[0], buying_role=names[1], since=since
        )

    def _opportunity(self, who: Ints, kind: str, opened: Ints, closed: Ints, won: bool | Flags, seats: Ints) -> None:
        self._add(
            "opportunities",
            account=who,
            kind=np.full(len(who), kind),
            opened_at=opened,
            closed_at=closed,
            won=np.broadcast_to(np.asarray(won), len(who)).copy(),
            mrr=np.round(seats * self.price[who], 2),
        )

    # ---- a week -----------------------------------------------------------------------------------------------------

    def run(self) -> dict[str, Rows]:
        """Let all weeks pass; what was written down, table by table."""
        for monday in range(self.start, self.end, WEEK):
            self.live = (self.begin < monday + WEEK) & (self.until > monday)
            if monday > self.start:
                self._start_next_terms(monday)
            self._people_come_and_go(monday)
            opened = self._tickets(monday)
            self._drift(opened)
            self._usage(monday)
            self._voices(monday)
            self._activities(monday)
            self._renewals(monday)
        return {table: _joined(parts) for table, parts in self._rows.items()}

    def _start_next_terms(self, monday: int) -> None:
        due = np.flatnonzero((self.until <= monday) & (self.until > monday - WEEK) & ~self.leaving & ~self.never)
        self.until[due] += YEAR
        self.seats[due] = self.next_seats[due]
        self.live[due] = True

    def _people_come_and_go(self, monday: int) -> None:
        for flag, rate, number, since, base, role, buying in (
            (self.champion, 0.005, self.champions, self.champion_since, CHAMPION, "champion", "champion"),
            (self.sponsor, 0.003, self.sponsors, self.sponsor_since, SPONSOR, "executive_sponsor", "decision_maker"),
        ):
            chance = self.random.random(self.count)
            at = monday + (self.random.random(self.count) * WEEK).astype(np.int64)
            left = np.flatnonzero(flag & self.live & (chance < rate))
            come = np.flatnonzero(~flag & self.live & (chance < 0.07) & (number < 99))
            self._add("left", contact_id=left * PEOPLE + base + number[left], left_at=at[left])
            number[come] += 1
            self._person(come, base + number[come], role, buying, at[come])
            flag[left], flag[come], since[come] = False, True, at[come]

    def _tickets(self, monday: int) -> Floats:
        """Tickets of the week; how many of severity 1 each account opened."""
        rate = np.where(self.live, 0.04 + 0.006 * self.seats, 0) * (1 + 0.4 * (self.health < 0))
        who = np.repeat(np.arange(self.count), self.random.poisson(rate))
        draws = self.random.random((3, len(who)))
        severity = np.where(draws[0] < 0.1, 1, np.where(draws[0] < 0.4, 2, 3))
        opened = self._in_week(monday, draws[1])
        days = -np.log1p(-draws[2]) * np.array([0, 3, 6, 9])[severity] + 0.02
        keep = (opened >= self.begin[who]) & (opened < self.end)
        self._add(
            "tickets",
            account=who[keep],
            severity=severity[keep],
            opened_at=opened[keep],
            closed_at=opened[keep] + (days[keep] * DAY).astype(np.int64),
        )
        return np.bincount(who[keep & (severity == 1)], minlength=self.count).astype(np.float64)

    def _drift(self, urgent: Floats) -> None:
        """The hidden health goes back to the fit, and is pulled down by what hurts."""
        target = self.fit - 0.9 * ~self.champion
        noise = 0.16 * self.random.standard_normal(self.count)
        self.health += 0.06 * (target - self.health) - 0.25 * urgent + noise
        self.urgent = np.roll(self.urgent, 1, axis=0)
        self.urgent[0] = urgent

    def _adopted(self, monday: int) -> Floats:
        """How far the roll-out has come, 0 to 1: two thirds of it in the first nine weeks."""
        return np.asarray(1 - np.exp(-np.maximum(monday + WEEK - self.since, 0) / (8.5 * WEEK)))

    def _utilisation(self, monday: int) -> Floats:
        return _logistic(0.7 + 0.9 * self.health) * self._adopted(monday)

    def _usage(self, monday: int) -> None:
        users = np.maximum(np.rint(self.seats * self._utilisation(monday)), 1)
        breadth = 1 + np.floor(9 * _logistic(self.health - 0.2) * self._adopted(monday))
        rate = np.where(self.live, users * 2.2 * np.exp(0.35 * np.minimum(self.health, 2)), 0)
        rate *= np.where(self.leaving, 0.5, 1)  # half as much use between notice and the end of the contract
        who = np.repeat(np.arange(self.count), self.random.poisson(rate))
        occurred = self._in_week(monday, self.random.random(len(who)))
        user = np.floor(users[who] * self.random.random(len(who)) ** 1.3).astype(np.int64)
        feature = np.floor(breadth[who] * self.random.random(len(who)) ** 1.6).astype(np.int8)
        lag = self.random.random(len(who))
        # Rows arrive within 10 minutes; 2 % of them within three days. The draw that chooses also says how late.
        lag = np.where(lag < 0.98, lag * 600, (lag - 0.98) * 50 * 3 * 86_400) * 1_000_000
        keep = (occurred >= self.begin[who]) & (occurred < self.until[who]) | self._renewed(who, occurred)
        rows: Rows = {
            "account": who[keep].astype(np.int32),
            "user_id": who[keep] * PEOPLE + user[keep],
            "feature": feature[keep],
            "occurred_at": occurred[keep],
            "ingested_at": (occurred + lag.astype(np.int64) + 1)[keep],
        }
        self._arrive(rows, min(monday + WEEK, self.end))

    def _renewed(self, who: Ints, at: Ints) -> Flags:
        return (at >= self.until[who]) & ~self.leaving[who]

    def _arrive(self, rows: Rows, before: int) -> None:
        """Add the rows that arrive before an instant, in order of arrival; keep the later ones for the next week."""
        if self._late is not None:
            rows = {name: np.concatenate([self._late[name], rows[name]]) for name in rows}
        on_time = rows["ingested_at"] < before
        order = np.flatnonzero(on_time)[np.argsort(rows["ingested_at"][on_time], kind="stable")]
        self._rows["usage"].append({name: column[order] for name, column in rows.items()})
        self._late = {name: column[~on_time] for name, column in rows.items()}

    def _voices(self, monday: int) -> None:
        """Answers to surveys, about one in two quarters; the manager's colour, about every six weeks."""
        chance, at = self.random.random((2, self.count)), self._in_week(monday, self.random.random(self.count))
        heard = self.health + self.random.standard_normal((2, self.count)) * np.array([[1.1], [0.5]])
        there = self.live & (at >= self.begin) & (at < self.until) & (at < self.end)
        answers = np.flatnonzero(there & (chance[0] < 1 / 26 + self.seats / 2000))
        score = np.clip(np.rint(7.3 + 1.3 * heard[0][answers]), 0, 10).astype(np.int64)
        self._add("surveys", account=answers, answered_at=at[answers], score=score)
        seen = np.flatnonzero(there & (chance[1] < 1 / 6))
        colour = np.searchsorted([-0.8, 0.0], heard[1][seen], side="right")
        self._add("sentiment", account=seen, set_at=at[seen], colour=np.array(["red", "yellow", "green"])[colour])

    def _activities(self, monday: int) -> None:
        """What our contacts do with us: much before the sale, some after it."""
        courted = (self.met < monday + WEEK) & (self.since > monday)
        rate = np.where(courted, 0.9, np.where(self.live, 0.45 * np.exp(0.5 * np.clip(self.health, -2, 2)), 0))
        who = np.repeat(np.arange(self.count), self.random.poisson(rate))
        draws = self.random.random((3, len(who)))
        at = self._in_week(monday, draws[0])
        role = np.searchsorted([0.5, 0.7], draws[1], side="right")  # champion, sponsor, administrator
        there = np.where(role == 0, self.champion[who], (role == 2) | self.sponsor[who])
        numbers = np.stack([CHAMPION + self.champions[who], SPONSOR + self.sponsors[who], np.zeros_like(who)])
        since = np.stack([self.champion_since[who], self.sponsor_since[who], self.met[who] + 15 * DAY])
        since = since[role, np.arange(len(who))]
        before = np.array(["content_download", "webcast", "booth_visit", "demo_request", "trial", "contact_sales"])
        after = np.array(["meeting", "meeting", "webcast", "content_download", "workshop", "survey"])
        kind = (draws[2] * 6).astype(np.int64)
        keep = there & (at >= since) & (at < self.end)
        self._add(
            "activities",
            contact_id=(who * PEOPLE + numbers[role, np.arange(len(who))])[keep],
            account=who[keep],
            occurred_at=at[keep],
            action=np.where(courted[who], before[kind], after[kind])[keep],
        )

    def _renewals(self, monday: int) -> None:
        """Who stays: the one place where an account is lost."""
        decides = self.until - NOTICE
        due = np.flatnonzero(self.live & (decides >= monday) & (decides < min(monday + WEEK, self.end)))
        health, champion, urgent = self.health[due], self.champion[due], self.urgent[:, due].sum(axis=0)
        first = self.terms[due] == 1
        probability = CHURN.probability(health, champion, urgent, first)
        stays = self.random.random(len(due)) >= probability
        in_use = self._utilisation(monday)[due]
        factor = np.where(in_use > 0.8, 1.2, np.where(in_use < 0.45, 0.8, 1))
        self.next_seats[due] = np.maximum(np.rint(self.seats[due] * factor), 1).astype(np.int64)
        self._add(
            "renewals",
            account=due,
            decided_at=decides[due],
            ends_at=self.until[due],
            health=np.round(health, 6),
            champion=champion,
            urgent_tickets=urgent.astype(np.int64),
            first_year=first,
            probability=np.round(probability, 6),
            renewed=stays,
        )
        self._opportunity(due, "renewal", decides[due] - 60 * DAY, decides[due], stays, self.next_seats[due])
        self.leaving[due[~stays]] = True
        kept = due[stays]
        self._contract(kept, self.until[kept], decides[kept])

    def _in_week(self, monday: int, draw: Floats) -> Ints:
        """An instant of the week: mostly on working days between 8 and 18 o'clock."""
        day = np.searchsorted(self._until_day, draw, side="right") - 1
        share = (draw - self._until_day[day]) / (self._until_day[day + 1] - self._until_day[day])
        hour = 8 + 10 * share  # one draw gives the day, and its remainder within the day's share gives the hour
        return np.asarray(monday + day * DAY + (hour * 3_600_000_000).astype(np.int64))

    def _add(self, table: str, **columns: npt.NDArray[Any]) -> None:
        self._rows[table].append(columns)


def _whole_days(at: Ints) -> Ints:
    return at // DAY * DAY


def _joined(parts: list[Rows]) -> Rows:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
