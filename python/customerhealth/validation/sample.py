"""The cases that were observed to their end, in an order that no name and no order of rows decides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..io.columns import Flags, Floats, Ints
from .cases import CASE, Cases

__all__ = ["Sample", "account_order", "interval", "sample_of"]

_ODD = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # of splitmix64


@dataclass(frozen=True)
class Sample:
    """Cases in order of account and as-of; the order of accounts decides the draws."""

    row: Ints
    """The place of each among all :class:`Cases`."""
    account: Ints
    """0 to m − 1, ascending."""
    event: Flags
    value: Floats
    """A row a candidate; lower is worse; NaN where it is missing."""

    @property
    def accounts(self) -> int:
        return int(self.account[-1]) + 1 if len(self.account) else 0

    @property
    def event_accounts(self) -> int:
        return len(np.unique(self.account[self.event]))

    def of(self, which: Flags) -> Sample:
        """Some of the cases; their accounts are numbered anew, in the same order."""
        _, account = np.unique(self.account[which], return_inverse=True)
        return Sample(self.row[which], account.astype(np.int64), self.event[which], self.value[:, which])

    def only(self, candidate: int) -> Sample:
        """The cases that have a value of one candidate, and only that."""
        there = ~np.isnan(self.value[candidate])
        part = self.of(there)
        return replace(part, value=part.value[candidate : candidate + 1])


def sample_of(cases: Cases) -> Sample:
    """The cases that are over, in order of account and as-of."""
    row = np.flatnonzero(cases.status == CASE)
    place, event, value = account_order(cases, row), cases.outcome[row] >= 0, cases.values[:, row]
    order = np.lexsort((cases.as_of[row], place))
    return Sample(row[order], place[order], event[order], np.ascontiguousarray(value[:, order]))


def account_order(cases: Cases, row: Ints) -> Ints:
    """A number for the account of each of these rows: 0 to m − 1.

    The order of accounts goes by what their rows hold; names decide only between accounts that hold the same. So
    renamed accounts and permuted rows give the same draws, and the same bytes.
    """
    if not len(row):
        return row
    holds = [cases.as_of[row].view(np.uint64), (cases.outcome[row] >= 0).astype(np.uint64)]
    holds += [np.where(np.isnan(each), np.nan, each).view(np.uint64) for each in cases.values[:, row]]
    hashed = np.zeros(len(row), np.uint64)
    for which, words in enumerate(holds):
        hashed = _mixed(hashed ^ _mixed(words + np.uint64(_ODD[which % 3])))
    names, code = np.unique(cases.account[row], return_inverse=True)
    order = np.argsort(code, kind="stable")
    begins = np.searchsorted(code[order], np.arange(len(names)))
    whole = np.add.reduceat(hashed[order], begins)  # a sum: whatever the order of an account's rows
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(whole, kind="stable")] = np.arange(len(names))
    return np.asarray(rank[code], np.int64)


def _mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Each bit of the result hangs on each of the word (splitmix64)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_ODD[1])
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_ODD[2])
    out: npt.NDArray[np.uint64] = words ^ (words >> np.uint64(31))
    return out


def interval(draws: Floats, confidence: float) -> tuple[float | None, float | None]:
    """The middle part of what was drawn; draws without a value are left out, and of none there is no interval."""
    there = draws[~np.isnan(draws)]
    if not len(there):
        return None, None
    there = np.sort(there)
    return _quantile(there, (1 - confidence) / 2), _quantile(there, (1 + confidence) / 2)


def _quantile(ascending: Floats, share: float) -> float:
    """As numpy.quantile's default, to the bit, in a tenth of the time: a validation asks for thousands."""
    place = (len(ascending) - 1) * share
    before = min(int(place), len(ascending) - 2) if len(ascending) > 1 else 0
    a, b = float(ascending[before]), float(ascending[min(before + 1, len(ascending) - 1)])
    part = place - before
    return b - (b - a) * (1 - part) if part >= 0.5 else a + (b - a) * part
