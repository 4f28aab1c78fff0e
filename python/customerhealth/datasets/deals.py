"""Contracts, renewals and further business with the customers of the simulated company."""

from __future__ import annotations

import numpy as np

from ..io.columns import Flags, Floats, Ints
from ..io.instants import DAY, FOREVER, WEEK
from .product_use import ProductUse
from .state import CHAMPION, SPONSOR
from .traits import CHURN, NOTICE, PEOPLE, logistic, whole_days

__all__ = ["Deals"]

_PRICE = np.array([1, 0.5, 0.7])  # of each product, against that of the core product


class Deals(ProductUse):
    """What is signed: first contracts, upsell, cross-sell, renewals, and those who come back."""

    def contract(self, who: Ints, product: int, kind: int, start: Ints, end: Ints, signed: Ints, seats: Ints) -> None:
        """Write contracts down; features of the core product are bought once, seats again and again."""
        traits = self.traits
        price = np.round(self.price[who] * _PRICE[product], 2)
        self.add(
            "contracts",
            contract_id=who * 1000 + self.contracts[who],
            account=who,
            start_date=start,
            end_date=end,
            signed_at=signed,
            seats=seats,
            mrr=np.round(seats * price * (1 - traits.discount[who]), 2),
            product=np.full(len(who), product, np.int8),
            kind=np.full(len(who), kind, np.int8),
            features=np.full(len(who), 4 if product else 0 if kind == 2 else 10),
            price=price,
            discount=traits.discount[who],
            term_months=traits.months[who],
            billing=traits.billing[who].astype(np.int8),
            signer=who * PEOPLE + np.where(traits.segment[who] == 0, 0, SPONSOR + self.sponsors[who]),
            days_to_value=self.days_to_value[who],
        )
        self.contracts[who] += 1

    def term(self, who: Ints, kind: int, start: Ints, signed: Ints) -> None:
        """Sign a term of the core product."""
        self.contract(who, 0, kind, start, start + self.traits.term[who], signed, self.next_seats[who])
        self.terms[who] += 1

    def opportunity(
        self, who: Ints, kind: int, product: int, opened: Ints, closed: Ints, won: bool | Flags, seats: Ints
    ) -> None:
        """Write deals down."""
        self.add(
            "opportunities",
            account=who,
            kind=np.full(len(who), kind, np.int8),
            opened_at=opened,
            closed_at=closed,
            won=np.broadcast_to(np.asarray(won, np.bool_), len(who)).copy(),
            mrr=np.round(seats * self.price[who] * _PRICE[product], 2),
            product=np.full(len(who), product, np.int8),
        )

    # ---- how it begins ----------------------------------------------------------------------------------------------

    def first_contracts(self) -> None:
        """The contracts up to the one in force at the start, or the first one. They were all renewed."""
        traits = self.traits
        buys = np.flatnonzero(~traits.never)
        at, signed = self.since.copy(), self.since - 5 * DAY
        kind = 0
        while len(buys):
            self.term(buys, kind, at[buys], signed[buys])
            self.until[buys] = at[buys] + traits.term[buys]
            last = self.until[buys] - NOTICE >= self.start
            self._first_add_ons(buys[last & (at[buys] < self.start)], at)
            buys = buys[~last]
            at[buys], signed[buys] = self.until[buys], self.until[buys] - NOTICE + 10 * DAY
            kind = 1
        self._first_deals()

    def _first_add_ons(self, who: Ints, start: Ints) -> None:
        """The further products of those who are customers at the start: bought with the term in force."""
        for product in (0, 1):
            chance = np.where(self.traits.needs[product, who], 0.4, 0.03)
            some = who[self.random.random(len(who)) < chance]
            self._hold(product, some, start[some])
            self.contract(some, product + 1, 3, start[some], self.until[some], start[some] - 5 * DAY, self._some(some))

    def _first_deals(self) -> None:
        """How the first contracts came about, the deals that were lost, and the way to them."""
        traits = self.traits
        old, won = np.flatnonzero(traits.old), np.flatnonzero(~traits.old & ~traits.never)
        self.opportunity(old, 0, 0, traits.opened[old], traits.since[old] - 5 * DAY, True, traits.seats[old])
        early, never = np.flatnonzero(traits.earlier), np.flatnonzero(traits.never)
        self.cycle(early, traits.earlier[early], traits.since[early] - traits.earlier[early], False)
        self.cycle(never, 0, traits.since[never], False)
        self.cycle(won, 0, traits.since[won] - 5 * DAY, True)

    def cycle(self, who: Ints, back: int | Ints, closed: Ints, won: bool) -> None:
        """A way from the first touch to the end of a first deal, so much before the last one of the account."""
        traits = self.traits
        unsold, cold = traits.no_deal[who], traits.never_nurtured[who]
        times = traits.touched[who] - back, traits.nurtured[who] - back, traits.opened[who] - back
        opened = np.where(unsold, FOREVER, times[2])
        closed = np.where(unsold, FOREVER, closed)
        self._way(who, times[0], np.where(cold, FOREVER, times[1]), opened, closed, np.full(len(who), won))
        sold = ~unsold
        self.opportunity(who[sold], 0, 0, opened[sold], closed[sold], won, traits.seats[who[sold]])

    def _way(self, who: Ints, touched: Ints, nurtured: Ints, opened: Ints, closed: Ints, won: Flags) -> None:
        person = who * PEOPLE + CHAMPION + self.champions[who]
        times = {"touched_at": touched, "nurtured_at": nurtured, "opened_at": opened, "closed_at": closed}
        self.add("cycles", account=who, person_id=person, won=won, **times)

    def _some(self, who: Ints) -> Ints:
        """Seats of a further product: for three in ten users."""
        return np.asarray(1 + (0.3 * self.seats[who]).astype(np.int64))

    def _hold(self, product: int, who: Ints, since: Ints) -> None:
        self.add_on_seats[product, who], self.add_on_since[product, who] = self._some(who), since

    # ---- what begins in a week --------------------------------------------------------------------------------------

    def start_terms(self, monday: int) -> None:
        """Terms and deals that begin in the week."""
        due = np.flatnonzero((self.until <= monday) & (self.until > monday - WEEK) & ~self.leaving)
        self.until[due] += self.traits.term[due]
        self.seats[due] = self.next_seats[due]
        self.live[due] = True
        self.add_on_seats[:, due] = np.where(self.dropped[:, due], 0, self.add_on_seats[:, due])
        self.dropped[:, due] = False
        up = np.flatnonzero(self.up_at < monday + WEEK)
        self.seats[up] += self.up_seats[up]
        self.up_at[up] = FOREVER
        for product in (0, 1):
            new = np.flatnonzero(self.cross_at[product] < monday + WEEK)
            self._hold(product, new, self.cross_at[product, new])
            self.cross_at[product, new] = FOREVER

    def sell_more(self, monday: int) -> None:
        """Upsell where the seats are full, cross-sell where much is used, and those who return."""
        chance, draw = self.random.random((3, self.count)), self.random.random((3, self.count))
        free = self.live & ~self.leaving & (self.busy_until <= monday) & (monday - self.since > 90 * DAY)
        free &= self.until - monday > 90 * DAY + NOTICE
        full, breadth = self.wanted(monday) > 0.95 * self.seats, self.breadth(monday)
        up = np.flatnonzero(free & (chance[0] < np.where(full, 0.008 * breadth, 0.001)))
        seats = np.maximum(1, np.rint(0.25 * self.seats[up])).astype(np.int64)
        start, won = self._deal(up, 2, 0, monday, draw, 0.75, seats)
        self.up_at[up[won]], self.up_seats[up[won]] = start[won], seats[won]
        for product in (0, 1):
            open_ = free & (self.busy_until <= monday) & (self.add_on_seats[product] == 0)
            pull = 0.04 * logistic(0.9 * (breadth - 6)) * np.where(self.traits.needs[product], 1, 0.05)
            who = np.flatnonzero(open_ & (chance[product + 1] < pull))
            start, won = self._deal(who, 3, product + 1, monday, draw, 0.6, self._some(who))
            self.cross_at[product, who[won]] = start[won]
        self._return(monday)

    def _deal(
        self, who: Ints, kind: int, product: int, monday: int, draw: Floats, share: float, seats: Ints
    ) -> tuple[Ints, Flags]:
        """Open deals, and say when what they bring begins and which are won."""
        opened = self.in_week(monday, draw[0, who])
        closed = opened + ((20 + 50 * draw[1, who]) * DAY).astype(np.int64)
        won = np.asarray(draw[2, who] < share)
        self.busy_until[who] = closed
        self.opportunity(who, kind, product, opened, closed, won, seats)
        start = whole_days(closed) + DAY
        self.contract(who[won], product, kind, start[won], self.until[who[won]], closed[won], seats[won])
        return start, won

    def _return(self, monday: int) -> None:
        """Of those who left, a few come back after five months or more."""
        chance, days, wins = self.random.random((3, self.count))
        gone = self.leaving & (self.until < monday - 20 * WEEK) & (self.busy_until < monday - 20 * WEEK)
        back = np.flatnonzero(gone & (chance < 0.0015))
        opened = self.in_week(monday, days[back])
        closed = opened + ((30 + 60 * wins[back]) * DAY).astype(np.int64)
        won = days[back] < 0.6
        touched = opened - ((60 + 60 * wins[back]) * DAY).astype(np.int64)
        self._way(back, touched, opened - ((20 + 30 * days[back]) * DAY).astype(np.int64), opened, closed, won)
        self.opportunity(back, 0, 0, opened, closed, won, self.seats[back])
        self.busy_until[back] = closed  # whoever says no is left alone for five months
        again = back[won]
        start = whole_days(closed[won]) + 5 * DAY
        self.since[again], self.begin[again], self.until[again] = start, start, start + self.traits.term[again]
        self.leaving[again], self.cause[again], self.terms[again] = False, -1, 0
        self.add_on_seats[:, again], self.cut_until[again] = 0, 0
        self.next_seats[again], self.health[again] = self.seats[again], self.traits.fit[again]
        self.days_to_value[again] = self.onboarding(len(again))
        self.term(again, 0, start, closed[won])

    # ---- renewals ---------------------------------------------------------------------------------------------------

    def causes(self, monday: int) -> Floats:
        """What each cause adds to the log-odds of leaving, were the renewal decided now."""
        urgent = self.urgent.sum(axis=0)
        return CHURN.terms(self.health, self.champion, urgent, self.slow, self.single, self.cut_until > monday)

    def decide_renewals(self, monday: int) -> None:
        """Who stays: the one place where an account is lost."""
        decides = self.until - NOTICE
        due = np.flatnonzero(self.live & ~self.leaving & (decides >= monday) & (decides < min(monday + WEEK, self.end)))
        causes, first = self.causes(monday)[:, due], self.terms[due] == 1
        probability = CHURN.probability(causes, first)
        stays = self.random.random(len(due)) >= probability
        in_use = (self.users(monday) / self.seats)[due]
        factor = np.where(in_use > 0.8, 1.2, np.where(in_use < 0.45, 0.8, 1))
        self.next_seats[due] = np.maximum(np.rint(self.seats[due] * factor), 1).astype(np.int64)
        self.add(
            "renewals",
            account=due,
            decided_at=decides[due],
            ends_at=self.until[due],
            health=np.round(self.health[due], 6),
            champion=self.champion[due],
            urgent_tickets=self.urgent[:, due].sum(axis=0).astype(np.int64),
            first_year=first,
            probability=np.round(probability, 6),
            renewed=stays,
            slow_onboarding=self.slow[due],
            single_threaded=self.single[due],
            budget_cut=self.cut_until[due] > monday,
            cause=causes.argmax(axis=0).astype(np.int8),
        )
        lost = due[~stays]
        self.leaving[lost], self.cause[lost] = True, causes.argmax(axis=0)[~stays]
        self._sign(due, stays, decides[due])

    def _sign(self, due: Ints, stays: Flags, decides: Ints) -> None:
        """Renewals are signed ahead, one in twenty late; most who leave give notice."""
        draw = self.random.random((2, len(due)))
        signed = decides + ((3 + 50 * draw[0]) * DAY).astype(np.int64)
        signed = np.where(draw[1] < 0.05, self.until[due] + (20 * draw[0] * DAY).astype(np.int64), signed)
        closed = np.where(stays, signed, decides + (25 * draw[0] * DAY).astype(np.int64))
        self.opportunity(due, 1, 0, decides - 60 * DAY, closed, stays, self.next_seats[due])
        gives = ~stays & (draw[1] < 0.7)
        self.add("notices", account=due[gives], ends_at=self.until[due[gives]], given_at=closed[gives])
        kept, signed = due[stays], signed[stays]
        self.term(kept, 1, self.until[kept], signed)
        ends = self.until + self.traits.term
        for product in (0, 1):
            held = self.add_on_seats[product, kept] > 0
            again = held & (self.random.random(len(kept)) < logistic(2 + self.health[kept]))
            self.dropped[product, kept[held & ~again]] = True
            more = kept[again]
            seats = self.add_on_seats[product, more]
            self.contract(more, product + 1, 1, self.until[more], ends[more], signed[again], seats)
