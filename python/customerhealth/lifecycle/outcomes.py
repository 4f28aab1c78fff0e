"""What followed the openings of plays: outcomes by account and time, and how well plays told of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from ..io.columns import Flags, Ints, account_codes, micros_of
from ..io.tables import Role, read_table, refuse_missing, refuse_other_ids

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Outcomes", "Timeline", "deadlines", "outcome_table", "wilson"]

NEVER = -(2**63)


def wilson(hits: int, total: int, confidence: float) -> tuple[float, float]:
    """The score interval of a share.

    References
    ----------
    .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
    """
    from statistics import NormalDist  # not when the package is imported: it brings decimals and fractions along

    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, z2 = hits / total, z * z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = z / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def deadlines(opened: Ints, within: str) -> Ints:
    """The end of the window that begins at each instant."""
    instants, places = np.unique(opened, return_inverse=True)
    ends = np.array([_core.add_length(int(at), within, 1) for at in instants.tolist()], np.int64)
    return ends[places] if len(instants) else np.zeros(0, np.int64)


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
    """When what a play is to foretell came about."""

    timeline: Timeline
    ended: Ints
    """When each was over: FOREVER where it lasts, its own instant where it is a point in time."""

    @classmethod
    def of(cls, account: Ints, at: Ints, ended: Ints) -> Outcomes:
        timeline = Timeline(account, at)
        return cls(timeline, ended[timeline.order])

    def is_on(self, account: Ints, at: Ints) -> Flags:
        """Whether it has come about already, and is not over."""
        place = self.timeline.up_to(account, at)
        if not len(self.ended):
            return np.zeros(len(account), np.bool_)
        return np.asarray((place >= 0) & (self.ended[np.maximum(place, 0)] > at))

    def next_within(self, account: Ints, at: Ints, deadline: Ints) -> Ints:
        """The first after an instant and up to a deadline; NEVER where there is none."""
        place = self.timeline.after(account, at)
        if not len(self.ended):
            return np.full(len(account), NEVER)
        found = self.timeline.at[np.maximum(place, 0)]
        return np.where((place >= 0) & (found <= deadline), found, NEVER)


def outcome_table(outcome: object, accounts: pa.Array, account: str, time: str) -> tuple[Ints, Ints]:
    """Accounts and instants of a table of outcomes; rows of other accounts are left out."""
    roles = {"account": Role(account, "account", "account"), "time": Role(time, "instant", "time")}
    table = read_table(outcome, "outcome", roles, needs="an outcome needs", ids=accounts.type)
    refuse_missing(table, "outcome", roles)
    refuse_other_ids(table, "outcome", roles["account"], accounts.type)
    code = account_codes(table["account"], accounts)
    return code[code >= 0], micros_of(table["time"])[code >= 0]
