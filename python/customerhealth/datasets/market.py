"""The way to the simulated company's contracts: touches, signals, leads, mails; and the people it knows."""

from __future__ import annotations

import numpy as np

from ..io.columns import Flags, Floats, Ints
from ..io.instants import DAY, FOREVER, WEEK
from .traits import PEOPLE, Codes, Rows, stream
from .world import World

__all__ = ["Market"]

_HOUR = DAY // 24
# Of each phase of the way: touches a week, share of them that are anonymous, shares of visit, download, form, event.
_PHASES = {
    "attract": (0.15, 0.85, (0.75, 0.1, 0.0, 0.15)),
    "nurture": (0.9, 0.25, (0.45, 0.25, 0.1, 0.2)),
    "convert": (0.5, 0.1, (0.5, 0.2, 0.1, 0.2)),
    "after": (0.3, 0.3, (0.6, 0.2, 0.05, 0.15)),
    "customer": (0.12, 0.1, (0.5, 0.2, 0.0, 0.3)),
}
_TITLES = {0: 2, 1: 3, 2: 4, 3: 1, 4: 5, 5: 4}  # of a role


class Market:
    """What happens before a sale and beside it, drawn at once for all ways from a first touch to a deal."""

    def __init__(self, world: World, rows: dict[str, Rows]) -> None:
        self.world, self.rows, self.random = world, rows, stream(world.seed, 2)
        self.start, self.end = world.start, world.end

    def all(self) -> None:
        """Write the tables of the market down."""
        self.rows["moves"] = self._moves()
        self.rows["touches"] = self._touches()
        self.rows["signals"] = self._signals()
        self._leads()
        self.rows["mails"] = self._mails()
        self.rows["people"] = self._people()

    # ---- touches and signals ----------------------------------------------------------------------------------------

    def _happen(self, begin: Ints, end: Ints, rate: float) -> tuple[Ints, Ints]:
        """Events at so many a week between two instants: the row of each, and when."""
        begin, end = np.maximum(begin, self.start), np.minimum(end, self.end)
        weeks = np.maximum(end - begin, 0) / WEEK
        row = np.repeat(np.arange(len(begin)), self.random.poisson(rate * weeks))
        span = (end - begin)[row]
        return row, begin[row] + (span * self.random.random(len(row))).astype(np.int64)

    def phases(self) -> dict[str, tuple[Ints, Ints]]:
        """When each phase of a cycle begins and ends."""
        ways = self.rows["cycles"]
        touched, nurtured, opened, closed = (
            ways[name] for name in ("touched_at", "nurtured_at", "opened_at", "closed_at")
        )
        cold = np.minimum(touched, FOREVER - 400 * DAY) + 400 * DAY
        tired = np.minimum(nurtured, FOREVER - 200 * DAY) + 200 * DAY
        lost = np.where(ways["won"], closed, np.minimum(closed, FOREVER - 90 * DAY) + 90 * DAY)
        return {
            "attract": (touched, np.minimum(nurtured, cold)),
            "nurture": (nurtured, np.minimum(opened, tired)),
            "convert": (opened, closed),
            "after": (closed, lost),
        }

    def _touches(self) -> Rows:
        ways, contracts = self.rows["cycles"], self.rows["contracts"]
        core = contracts["product"] == 0
        spans = {name: (*span, ways["account"], ways["person_id"]) for name, span in self.phases().items()}
        user = contracts["account"][core] * PEOPLE
        spans["customer"] = (contracts["start_date"][core], contracts["end_date"][core], user // PEOPLE, user)
        parts = [self._touches_of(name, *span) for name, span in spans.items()]
        first, form = ways["touched_at"], ways["nurtured_at"]
        parts.append(self._touch(ways["account"], first, np.full(len(first), -1), np.zeros(len(first), np.int8)))
        parts.append(self._touch(ways["account"], form, ways["person_id"], np.full(len(form), 2, np.int8)))
        rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        rows = _taken(rows, (rows["occurred_at"] >= self.start) & (rows["occurred_at"] < self.end))
        return _doubled(rows, self.random, 200)

    def _touches_of(self, phase: str, begin: Ints, end: Ints, account: Ints, person: Ints) -> Rows:
        rate, anonymous, shares = _PHASES[phase]
        row, at = self._happen(begin, end, rate)
        kind = np.searchsorted(np.cumsum(shares)[:-1], self.random.random(len(row)), side="right").astype(np.int8)
        nameless = (self.random.random(len(row)) < anonymous) & (kind != 2)
        return self._touch(account[row], at, np.where(nameless, -1, person[row]), kind)

    def _touch(self, account: Ints, at: Ints, person: Ints, kind: Codes) -> Rows:
        """A touch is known within the hour, an anonymous one once it is matched; neither before the account is."""
        draw, wait = self.random.random((2, len(at)))
        channel = np.where(kind == 3, 3, np.searchsorted([0.45, 0.7, 0.85], draw, side="right") % 3 + (draw > 0.85) * 4)
        possible = np.maximum(at, self.world.traits.met[account]) + 1
        known = possible + (wait * np.where(person < 0, 20 * DAY, _HOUR)).astype(np.int64)
        columns = {"occurred_at": at, "known_at": known, "kind": kind, "channel": channel.astype(np.int8)}
        return {"account": account, "person_id": person, **columns}

    def _signals(self) -> Rows:
        ways, touches, moves = self.rows["cycles"], self.rows["touches"], self.rows["moves"]
        n = self.world.count
        seen = np.flatnonzero((touches["kind"] != 2) & (self.random.random(len(touches["account"])) < 0.6))
        brand = {name: touches[name][seen] for name in ("account", "person_id", "occurred_at", "known_at")}
        row, at = self._happen(ways["opened_at"] - 25 * DAY * (ways["opened_at"] < FOREVER), ways["closed_at"], 1.2)
        who = np.where(self.random.random(len(row)) < 0.6, ways["person_id"][row], ways["account"][row] * PEOPLE)
        evaluation = self._known_soon(ways["account"][row], who, at)
        early = self.random.random(len(ways["account"])) < 0.7
        news = ways["touched_at"][early] - (self.random.random(early.sum()) * 20 * DAY).astype(np.int64)
        chance, when = self._happen(np.full(n, self.start), np.full(n, self.end), 0.004)
        account = np.concatenate([ways["account"][early], chance, moves["account"]])
        at = np.concatenate([news, when, moves["since"]])
        person = np.concatenate([np.full(len(news) + len(when), -1), moves["person_id"]])
        parts = [self._known_soon(account, person, at), brand, evaluation]
        rows = {name: np.concatenate([part[name] for part in parts]) for name in brand}
        rows["kind"] = np.repeat(np.arange(3, dtype=np.int8), [len(part["account"]) for part in parts])
        rows = _taken(rows, (rows["occurred_at"] >= self.start) & (rows["occurred_at"] < self.end))
        rows["observed_at"] = rows.pop("occurred_at")
        return _doubled(rows, self.random, 200)

    def _known_soon(self, account: Ints, person: Ints, at: Ints) -> Rows:
        known = at + 1 + (self.random.random(len(at)) * 2 * DAY).astype(np.int64)
        known = np.maximum(known, self.world.traits.met[account])  # not before we know the account
        return {"account": account, "person_id": person, "occurred_at": at, "known_at": known}

    # ---- leads ------------------------------------------------------------------------------------------------------

    def _leads(self) -> None:
        """The champion, and often a second person, become leads when they fill in a form."""
        ways, random = self.rows["cycles"], self.random
        warm = np.flatnonzero(ways["nurtured_at"] < FOREVER)
        second = warm[random.random(len(warm)) < 0.5]
        way, main = np.concatenate([warm, second]), np.arange(len(warm) + len(second)) < len(warm)
        account = ways["account"][way]
        created = ways["nurtured_at"][way] + np.where(main, 0, (random.random(len(way)) * 30 * DAY).astype(np.int64))
        person = np.where(main, ways["person_id"][way], account * PEOPLE)
        ready = ways["opened_at"][way] - 5 * DAY  # when sales should have it
        sold = main & (ways["opened_at"][way] < FOREVER)
        source = np.searchsorted([0.4, 0.65, 0.8, 0.95], random.random(len(way)), side="right").astype(np.int8)
        leads = {"lead_id": person, "account": account, "created_at": created, "channel": source}
        self.rows["leads"] = _taken(leads, (created >= self.start) & (created < self.end))
        self.rows["lead_scores"] = self._scores(person, account, created, np.where(sold, ready, FOREVER))
        self.rows["decisions"] = self._decisions(way, person, account, created, sold)
        deals = self.rows["opportunities"]
        deal = self._place(deals["account"], deals["opened_at"])
        mine = self._place(account[sold], ways["opened_at"][way][sold])
        order = np.argsort(mine)
        found = np.minimum(np.searchsorted(mine[order], deal), max(len(mine) - 1, 0))
        lead = person[sold][order]
        matches = (mine[order][found] == deal) & (deals["kind"] == 0) if len(mine) else np.zeros(len(deal), np.bool_)
        deals["lead_id"] = np.where(matches, lead[found] if len(lead) else -1, -1)

    def _place(self, account: Ints, at: Ints) -> Ints:
        return account * 2**42 + at // 1_000_000

    def _scores(self, person: Ints, account: Ints, created: Ints, ready: Ints) -> Rows:
        """Points every week until sales takes over, or for half a year: 100 are reached when it should."""
        until = np.minimum(np.minimum(ready + 8 * DAY * (ready < FOREVER), created + 26 * WEEK), self.end)
        weeks = np.maximum((until - created) // WEEK + 1, 0)
        row = np.repeat(np.arange(len(person)), weeks)
        number = np.arange(len(row)) - np.repeat(np.cumsum(weeks) - weeks, weeks)
        at = created[row] + number * WEEK + 1
        way_left = np.maximum(np.where(ready[row] < FOREVER, ready[row] - created[row], WEEK), WEEK)
        grown = np.where(ready[row] < FOREVER, 12 + 95 * (at - created[row]) / way_left, 70 - 58 * np.exp(-number / 8))
        points = np.maximum(np.rint(grown + 6 * self.random.standard_normal(len(row))), 0)
        rows = {"lead_id": person[row], "account": account[row], "scored_at": at, "points": points.astype(np.int64)}
        return _taken(rows, (at >= self.start) & (at < self.end))

    def _decisions(self, way: Ints, person: Ints, account: Ints, created: Ints, sold: Flags) -> Rows:
        ways, random = self.rows["cycles"], self.random
        draw = random.random((3, len(way)))
        opened, closed = ways["opened_at"][way], ways["closed_at"][way]
        rejected = ~sold & (draw[0] < 0.4)
        lost = sold & ~ways["won"][way] & (closed < FOREVER)
        parts = (
            (0, sold, opened - ((0.5 + 4 * draw[1]) * DAY).astype(np.int64)),
            (1, sold, opened + ((2 + 10 * draw[2]) * DAY).astype(np.int64)),
            (2, rejected, created + ((30 + 70 * draw[1]) * DAY).astype(np.int64)),
            (3, lost, closed),
        )
        who = np.concatenate([np.flatnonzero(which) for _, which, _ in parts])
        at = np.concatenate([when[which] for _, which, when in parts])
        made = np.repeat(np.arange(4, dtype=np.int8), [int(which.sum()) for _, which, _ in parts])
        rows = {"lead_id": person[who], "account": account[who], "decided_at": at, "decision": made}
        return _taken(rows, (at >= self.start) & (at < self.end))

    # ---- people -----------------------------------------------------------------------------------------------------

    def _moves(self) -> Rows:
        """Of the champions and sponsors who leave, one in seven turns up at another account, as its champion."""
        left, random = self.rows["left"], self.random
        movers = np.flatnonzero(random.random(len(left["account"])) < 0.15)
        account = random.integers(0, self.world.count, len(movers))
        since = left["left_at"][movers] + ((30 + 120 * random.random(len(movers))) * DAY).astype(np.int64)
        keep = (since < self.end) & (self.world.traits.met[account] < since) & (account != left["account"][movers])
        return {"account": account[keep], "person_id": left["contact_id"][movers][keep], "since": since[keep]}

    def _people(self) -> Rows:
        """Everybody we know of: contacts, users, and the moves of those who changed their employer."""
        contacts, users, left, moves = (self.rows[name] for name in ("contacts", "users", "left", "moves"))
        new = ~np.isin(users["person_id"], contacts["contact_id"])
        users = _taken(users, new)
        role = np.concatenate([contacts["role"], np.full(len(users["account"]), 3, np.int8)])
        buying = np.concatenate([contacts["buying_role"], np.full(len(users["account"]), 5, np.int8)])
        rows = {
            "account": np.concatenate([contacts["account"], users["account"]]),
            "person_id": np.concatenate([contacts["contact_id"], users["person_id"]]),
            "joined_at": np.concatenate([contacts["since"], users["known_at"]]),
            "role": role,
            "buying_role": buying,
        }
        rows["known_at"], rows["left_at"] = rows["joined_at"].copy(), np.full(len(role), FOREVER)
        place = {int(person): row for row, person in enumerate(contacts["contact_id"])}
        gone = np.array([place[int(person)] for person in left["contact_id"]], np.int64)
        away = {name: values[gone] for name, values in rows.items()}
        away["left_at"] = left["left_at"]
        away["known_at"] = left["left_at"] + (self.random.random(len(gone)) * 14 * DAY).astype(np.int64)
        moved = np.array([place[int(person)] for person in moves["person_id"]], np.int64)
        there = {name: values[moved] for name, values in rows.items()}
        there |= {"account": moves["account"], "joined_at": moves["since"], "known_at": moves["since"] + DAY}
        parts = (rows, away, there)
        people = {name: np.concatenate([part[name] for part in parts]) for name in rows}
        title = np.array([_TITLES[role] for role in range(6)])[people["role"]]
        people["title"] = np.where(people["person_id"] % 3 == 0, people["person_id"] // 7 % 7, title).astype(np.int8)
        people["target_account"] = self.world.traits.target[people["account"]]
        return people

    def _mails(self) -> Rows:
        """A mail every six weeks to champions, sponsors and administrators, until they unsubscribe or leave."""
        contacts, random = self.rows["contacts"], self.random
        some = contacts["role"] <= 2
        person, account = contacts["contact_id"][some], contacts["account"][some]
        begin = np.maximum(contacts["since"][some], self.start)
        end = np.minimum(contacts["left_at"][some], self.end)
        count = np.maximum((end - begin) // (6 * WEEK), 0)
        row = np.repeat(np.arange(len(person)), count)
        number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        at = begin[row] + ((number + random.random(len(row))) * 6 * WEEK).astype(np.int64)
        draw = random.random((4, len(row)))
        leaves = np.where(draw[0] < 0.006, at, FOREVER)
        stopped = np.full(len(person), FOREVER)
        np.minimum.at(stopped, row, leaves)
        sent = at <= stopped[row]
        after: list[tuple[Flags, Floats]] = [(sent, np.zeros(len(row)))]
        after += [(sent & (draw[1] < 0.35), draw[2] * 2), (sent & (draw[1] < 0.05), 0.1 + draw[2] * 3)]
        after += [(sent & (draw[0] < 0.006), np.full(len(row), 0.05))]
        which = np.concatenate([np.flatnonzero(flag) for flag, _ in after])
        days = np.concatenate([wait[flag] for flag, wait in after])
        kind = np.repeat(np.arange(4, dtype=np.int8), [int(flag.sum()) for flag, _ in after])
        when = at[which] + (days * DAY).astype(np.int64)
        rows = {"account": account[row[which]], "person_id": person[row[which]], "occurred_at": when, "kind": kind}
        return _taken(rows, when < self.end)


def _taken(rows: Rows, keep: Flags) -> Rows:
    return {name: values[keep] for name, values in rows.items()}


def _doubled(rows: Rows, random: np.random.Generator, one_in: int) -> Rows:
    """The rows, and some of them twice."""
    count = len(rows["account"])
    again = np.flatnonzero(random.integers(0, one_in, count) == 0)
    order = np.concatenate([np.arange(count), again])
    return {name: values[order] for name, values in rows.items()}
