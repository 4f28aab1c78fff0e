"""What follows a contract of the simulated company: features, onboarding, invoices, gains, meetings, praise."""

from __future__ import annotations

import numpy as np

from ..io.columns import Floats, Ints
from ..io.instants import DAY, WEEK
from .traits import ACTIONS, PEOPLE, YEAR, Rows, stream
from .world import World

__all__ = ["Delivery"]

_TASKS = np.array([0.12, 0.2, 0.55, 0.75, 1.0])  # when each is done, as a share of the days to first value


class Delivery:
    """Rows that are drawn at once for all contracts."""

    def __init__(self, world: World, rows: dict[str, Rows]) -> None:
        self.world, self.rows, self.random = world, rows, stream(world.seed, 3)
        self.end = world.end

    def all(self) -> None:
        """Write the tables down."""
        self._onboard()
        self._bill()
        self._promise()
        self._outcomes_before()
        self._tell_products()
        self._answers()
        self._meetings()
        self._stages()

    def _onboard(self) -> None:
        """Five tasks for every product that is new to an account; some are left out, of trainings one in seven."""
        contracts, random = self.rows["contracts"], self.random
        new = np.flatnonzero((contracts["kind"] == 0) | (contracts["kind"] == 3))
        own = 25 * np.exp(0.5 * random.standard_normal(len(new)))
        days = np.where(contracts["product"][new] == 0, contracts["days_to_value"][new], own)
        start, account, product = (contracts[name][new] for name in ("start_date", "account", "product"))
        share = _TASKS[:, None] * (1 + 0.15 * (random.random((5, len(new))) - 0.5))
        share += 0.6 * (1 - share) * (random.random(len(new)) < 0.08)  # some begin late
        share[4] = 1
        at = start + (days * share * DAY).astype(np.int64)
        done = at < self.end
        done[:4] &= random.random((4, len(new))) > np.array([[0.05], [0.03], [0], [1 / 7]])
        task, who = np.nonzero(done)
        known = at[task, who] + 1 + (random.random(len(who)) ** 3 * 5 * DAY).astype(np.int64)
        self.rows["tasks"] = {
            "account": account[who],
            "product": product[who],
            "task": task.astype(np.int8),
            "done_at": at[task, who],
            "known_at": known,
        }
        self.rows["onboardings"] = {
            "account": account,
            "product": product,
            "started_at": start - 2 * DAY,
            "completed_at": at[4],
        }
        self.rows["kickoffs"] = {"account": account[done[0]], "met_at": at[0][done[0]]}

    def _bill(self) -> None:
        """Invoices at the beginning of each period, and payments: late where the budget was cut or who is leaving."""
        contracts, random = self.rows["contracts"], self.random
        months = np.array([1, 3, 12])[contracts["billing"]]
        length = months * YEAR // 12
        count = np.maximum(-(-(contracts["end_date"] - contracts["start_date"]) // length), 1)
        row, number = np.repeat(np.arange(len(count)), count), _numbers(count)
        at = contracts["start_date"][row] + number * length[row]
        covered = np.minimum(contracts["end_date"][row] - at, length[row])
        amount = np.round(contracts["mrr"][row] * covered * 12 / YEAR, 2)
        names = ("account", "contract_id", "product")
        invoices = {name: contracts[name][row] for name in names}
        invoices |= {"invoice_id": contracts["contract_id"][row] * 100 + number, "invoiced_at": at, "amount": amount}
        invoices["due_at"] = at + 30 * DAY
        keep = at < self.end
        invoices = {name: values[keep] for name, values in invoices.items()}
        late = random.random(len(invoices["account"])) < np.where(self._cut(invoices), 0.7, 0.04)
        days = 4 + 20 * random.random(len(late)) + np.where(late, 35 + 40 * random.random(len(late)), 0)
        paid = invoices["invoiced_at"] + (days * DAY).astype(np.int64)
        self.rows["invoices"] = invoices
        columns = {name: invoices[name] for name in ("account", "invoice_id", "amount")}
        self.rows["payments"] = {**columns, "paid_at": paid}

    def _cut(self, invoices: Rows) -> Ints:
        """Whether an invoice comes while the account's budget is cut."""
        cuts = self.rows["cuts"]
        order = np.lexsort((cuts["from_at"], cuts["account"]))
        place = cuts["account"][order] * 2**42 + cuts["from_at"][order] // 1_000_000
        asked = invoices["account"] * 2**42 + invoices["invoiced_at"] // 1_000_000
        found = np.searchsorted(place, asked, side="right") - 1
        if not len(order):
            return np.zeros(len(asked), np.int64)
        last = order[np.maximum(found, 0)]
        inside = (cuts["account"][last] == invoices["account"]) & (invoices["invoiced_at"] < cuts["to_at"][last])
        return np.asarray(inside & (found >= 0), np.int64)

    def _promise(self) -> None:
        """With each first contract a gain is promised, for a year."""
        contracts = self.rows["contracts"]
        first = np.flatnonzero((contracts["kind"] == 0) & (contracts["start_date"] < self.end))
        self.rows["promises"] = {
            "account": contracts["account"][first],
            "promised_at": contracts["signed_at"][first],
            "due_at": contracts["start_date"][first] + YEAR,
            "value": np.round(14 * contracts["mrr"][first], 2),
        }

    def _outcomes_before(self) -> None:
        """Gains confirmed before the log begins, by those who were customers then."""
        world, traits, random = self.world, self.world.traits, self.random
        old = np.flatnonzero(traits.old)
        contracts = self.rows["contracts"]
        first = contracts["kind"] == 0
        days = np.zeros(world.count)
        days[contracts["account"][first][::-1]] = contracts["days_to_value"][first][::-1]
        begin = traits.since[old] + (days[old] * DAY).astype(np.int64)
        span = np.maximum(world.start - begin, 0)
        who = np.repeat(np.arange(len(old)), random.poisson(span / (9 * WEEK)))
        draw = random.random((2, len(who)))
        at = begin[who] + (span[who] * draw[0]).astype(np.int64)
        account = old[who]
        weeks = 9 * traits.seats[account] * traits.price[account] * 12 / 52
        value = 1.25 * np.exp(0.45 * np.clip(traits.fit[account], -1.5, 1.5)) * weeks * (0.6 + 0.8 * draw[1])
        before = {
            "account": account,
            "reached_at": at,
            "confirmed_at": at + ((2 + 16 * draw[1]) * DAY).astype(np.int64),
            "value": np.round(value, 2),
        }
        after = self.rows["outcomes"]
        self.rows["outcomes"] = {name: np.concatenate([before[name], after[name]]) for name in before}

    def _tell_products(self) -> None:
        """What a ticket is about: a product under contract, the core product twice as often as another."""
        tickets, contracts = self.rows["tickets"], self.rows["contracts"]
        weight = [np.full(len(tickets["account"]), 2.0)]
        weight += [in_force(contracts, number, tickets["account"], tickets["opened_at"]) for number in (1, 2)]
        shares = np.cumsum(weight, axis=0) / np.sum(weight, axis=0)
        draw = stream(self.world.seed, 7).random(len(tickets["account"]))
        tickets["product"] = (draw >= shares[:2]).sum(axis=0).astype(np.int8)

    def _answers(self) -> None:
        """How a ticket was handled, from 1 to 5, answered for four in ten; praise by those who would recommend us."""
        tickets, surveys, random = self.rows["tickets"], self.rows["surveys"], self.random
        some = np.flatnonzero((random.random(len(tickets["account"])) < 0.4) & (tickets["closed_at"] < self.end))
        days = (tickets["closed_at"] - tickets["opened_at"])[some] / DAY
        product = tickets["product"][some]
        heard = 4.3 - 0.06 * days + 0.4 * tickets["mood"][some] + 0.7 * random.standard_normal(len(some))
        heard -= 0.5 * (product == 2)  # automation is harder to help with
        self.rows["satisfaction"] = {
            "account": tickets["account"][some],
            "person_id": tickets["person_id"][some],
            "answered_at": tickets["closed_at"][some] + (random.random(len(some)) * 3 * DAY).astype(np.int64),
            "score": np.clip(np.rint(heard), 1, 5).astype(np.int64),
            "product": product,
        }
        fans = np.flatnonzero((surveys["score"] >= 9) & (random.random(len(surveys["score"])) < 0.12))
        self.rows["advocacy"] = {
            "account": surveys["account"][fans],
            "person_id": surveys["person_id"][fans],
            "occurred_at": surveys["answered_at"][fans] + ((2 + 30 * random.random(len(fans))) * DAY).astype(np.int64),
            "kind": random.integers(0, 3, len(fans)).astype(np.int8),
        }

    def _meetings(self) -> None:
        acts, kickoffs, random = self.rows["activities"], self.rows["kickoffs"], self.random
        met = np.flatnonzero(acts["action"] == ACTIONS.index("meeting"))
        kind = np.searchsorted([0.7, 0.92], random.random(len(met)), side="right").astype(np.int8)
        opening = len(kickoffs["account"])
        self.rows["meetings"] = {
            "account": np.concatenate([acts["account"][met], kickoffs["account"]]),
            "person_id": np.concatenate([acts["contact_id"][met], kickoffs["account"] * PEOPLE]),
            "met_at": np.concatenate([acts["occurred_at"][met], kickoffs["met_at"]]),
            "kind": np.concatenate([kind, np.full(opening, 3, np.int8)]),
        }

    def _stages(self) -> None:
        """A deal is accepted, qualified, evaluated, decided: won after all of them, lost after some."""
        deals, random = self.rows["opportunities"], self.random
        count = len(deals["account"])
        share = np.stack([np.zeros(count), 0.15 + 0.1 * random.random(count), 0.4 + 0.1 * random.random(count)])
        share = np.concatenate([share, [0.75 + 0.1 * random.random(count)], [np.ones(count)]])
        at = deals["opened_at"] + (share * (deals["closed_at"] - deals["opened_at"])).astype(np.int64)
        reached = np.where(deals["won"], 4, random.integers(1, 5, count))  # stages before the end
        there = (np.arange(5)[:, None] < reached) & (at < self.end)
        there[4] = at[4] < self.end
        stage, row = np.nonzero(there)
        self.rows["opportunity_stages"] = {
            "account": deals["account"][row],
            "opportunity": row,
            "entered_at": at[stage, row],
            "stage": np.where((stage == 4) & ~deals["won"][row], 5, stage).astype(np.int8),
        }


def in_force(contracts: Rows, product: int, account: Ints, at: Ints) -> Floats:
    """1 where an account has a contract of a product at an instant, else 0."""
    mine, asked = contracts["product"] == product, account * 2**42 + at // 1_000_000
    begun, over = (
        np.searchsorted(
            np.sort(contracts["account"][mine] * 2**42 + contracts[name][mine] // 1_000_000), asked, "right"
        )
        for name in ("start_date", "end_date")
    )
    return np.asarray(begun > over, np.float64)


def _numbers(counts: Ints) -> Ints:
    """0, 1, 2 … within each run of that many."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
