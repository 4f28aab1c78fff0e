"""Outcomes by account and time: what plays and scores are to foretell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from ..errors import DataError
from ..io.columns import Flags, Ints, account_codes, micros_of
from ..io.instants import FOREVER
from ..io.tables import Role, read_table, refuse_missing, refuse_other_ids, refuse_strangers

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NEVER", "Outcomes", "Timeline", "deadlines", "outcome_rows", "outcome_table"]

NEVER = -(2**63)


def deadlines(opened: Ints, within: str) -> Ints:
    """The end of the window that begins at each instant."""
    instants, places = np.unique(opened, return_inverse=True)
    return np.asarray(_core.add_length(instants.astype(np.int64), within, 1), np.int64)[places]


class Timeline:
    """Instants of accounts, in order of account and time."""

    def __init__(self, account: Ints, at: Ints) -> None:
        in_order = (account[1:] > account[:-1]) | ((account[1:] == account[:-1]) & (at[1:] >= at[:-1]))
        self.order = np.arange(len(at)) if in_order.all() else np.lexsort((at, account))
        self.account, self.at = account[self.order], at[self.order]
        self._instants = np.unique(at)
        self._key = self._keys(self.account, np.searchsorted(self._instants, self.at))

    def _keys(self, account: Ints, rank: Ints) -> Ints:
        return np.asarray(account * (len(self._instants) + 1) + rank, np.int64)

    def after(self, account: Ints, at: Ints) -> Ints:
        """The place of the account's first instant after one; -1: there is none."""
        place = np.searchsorted(self._key, self._keys(account, np.searchsorted(self._instants, at, "right")))
        return self._own(place, account)

    def up_to(self, account: Ints, at: Ints) -> Ints:
        """The place of the account's last instant at one or before it; -1: there is none."""
        place = np.searchsorted(self._key, self._keys(account, np.searchsorted(self._instants, at, "right"))) - 1
        return self._own(place, account)

    def _own(self, place: Ints, account: Ints) -> Ints:
        if not len(self.account):
            return np.full(len(account), -1)
        inside = (place >= 0) & (place < len(self.account))
        safe = np.where(inside, place, 0)
        return np.where(inside & (self.account[safe] == account), safe, -1)


@dataclass(frozen=True)
class Outcomes:
    """When what is to be foretold came about, and until when it lasted.

    An outcome at an instant lies ahead of that instant: an as-of is exclusive, and a contract that ends on it is alive
    a moment before. A rule is another matter: that it holds at a tick was known before the tick.
    """

    timeline: Timeline
    ended: Ints
    """When each was over: FOREVER where it lasts, its own instant where it is a point in time. Of those that overlap,
    the last end so far."""
    of_rule: bool = False
    """Whether each is a tick at which a rule holds, rather than something that happened at an instant."""

    @classmethod
    def of(cls, account: Ints, at: Ints, ended: Ints, *, of_rule: bool = False) -> Outcomes:
        timeline = Timeline(account, at)
        return cls(timeline, _last_so_far(timeline.account, ended[timeline.order]), of_rule)

    def is_on(self, account: Ints, at: Ints) -> Flags:
        """Whether it has come about already, and is not over: a moment before the instant, for rows of tables."""
        seen = at if self.of_rule else at - 1
        place = self.timeline.up_to(account, seen)
        if not len(self.ended):
            return np.zeros(len(account), np.bool_)
        return np.asarray((place >= 0) & (self.ended[np.maximum(place, 0)] > seen))

    def first_from(self, account: Ints, at: Ints) -> Ints:
        """The first at an instant or after it; NEVER where there is none."""
        place = self.timeline.after(account, at - 1)
        if not len(self.ended):
            return np.full(len(account), NEVER)
        return np.where(place >= 0, self.timeline.at[np.maximum(place, 0)], NEVER)

    def next_within(self, account: Ints, at: Ints, deadline: Ints) -> Ints:
        """The first at an instant or after it, and up to a deadline; NEVER where there is none."""
        found = self.first_from(account, at)
        return np.where(found <= deadline, found, NEVER)


def _last_so_far(account: Ints, ended: Ints) -> Ints:
    """The largest end of each account's outcomes up to each; accounts ascend."""
    ends, rank = np.unique(ended, return_inverse=True)
    if not len(ends):
        return ended
    largest = np.maximum.accumulate(account * len(ends) + rank)
    return np.asarray(ends[largest % len(ends)], np.int64)


def outcome_table(outcome: object, accounts: pa.Array, account: str, time: str) -> tuple[Ints, Ints]:
    """Accounts and instants of a table of outcomes; rows of other accounts are left out."""
    code, at, _ = outcome_rows(outcome, accounts, account, time)
    return code[code >= 0], at[code >= 0]


def outcome_rows(
    outcome: object, accounts: pa.Array, account: str = "account_id", time: str = "at", ended: str | None = None
) -> tuple[Ints, Ints, Ints]:
    """Accounts (-1: the portfolio has no such), instants and ends of a table of outcomes.

    Without a column of ends each is a point in time; with one, an end that is null has not come.
    """
    roles = {"account": Role(account, "account", "account"), "time": Role(time, "instant", "time")}
    if ended is not None:
        roles["ended"] = Role(ended, "end", "ended")
    optional = () if ended is None else (ended,)
    table = read_table(outcome, "outcome", roles, needs="an outcome needs", optional=optional, ids=accounts.type)
    refuse_missing(table, "outcome", {name: role for name, role in roles.items() if name != "ended"})
    refuse_other_ids(table, "outcome", roles["account"], accounts.type)
    words = "none of its accounts is one of the portfolio, so that the outcome would come to nobody"
    refuse_strangers(table, "outcome", roles["account"], accounts, words)
    code, at = account_codes(table["account"], accounts), micros_of(table["time"])
    if "ended" not in table.column_names:
        return code, at, at
    ends = micros_of(table["ended"], FOREVER)
    if (ends < at).any():
        row = int(np.argmax(ends < at))
        raise DataError(
            f"outcome.{ended}[{row}]: {int((ends < at).sum())} outcomes end before they come about, this is the first",
            "outcome",
            str(ended),
            row,
        )
    return code, at, ends
