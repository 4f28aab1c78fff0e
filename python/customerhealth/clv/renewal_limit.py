"""The models of renewals with all customers alike, or with some who leave at once and others who never do."""

from __future__ import annotations

import numpy as np

from ..errors import DataError
from .columns import FloatArray
from .mixing import AllOrNone, Chance, SameChance, StayThenPower

__all__ = ["RenewalLimit"]

_NOTHING = 1e-17  # beside a sum


class RenewalLimit:
    """S(t) is the mean of (1 - p)^(t^c) over the customers."""

    def __init__(self, chance: Chance | StayThenPower, c: float = 1.0) -> None:
        self.chance, self.c = chance, c

    def log_survival(self, t: FloatArray) -> FloatArray:
        return self.chance.log_moment(0.0, np.power(t, self.c))

    def log_lost(self, t: FloatArray) -> FloatArray:
        """The logarithm of S(t - 1) - S(t), at t of 1 or more."""
        before, now = self.log_survival(t - 1.0), self.log_survival(t)
        found: FloatArray = before + np.log(-np.expm1(now - before))
        return found

    def survival(self, t: FloatArray, threads: int = 0) -> FloatArray:  # noqa: ARG002
        self._check(t, "t")
        found: FloatArray = np.exp(self.log_survival(t))
        return found

    def retention(self, t: FloatArray) -> FloatArray:
        """Of those left after t - 1 renewals."""
        return self.share(t - 1.0, np.ones(1))

    def share(self, renewals: FloatArray | float, more: FloatArray) -> FloatArray:
        """Of those left after so many renewals, who is after `more` of them."""
        begun = np.power(renewals, self.c)
        steps = np.power(renewals + more, self.c) - begun
        found: FloatArray = np.exp(self.chance.known(0.0, begun).log_moment(0.0, steps))
        return found

    def discounted_lifetime(self, d: FloatArray, renewals: FloatArray, threads: int = 0) -> FloatArray:  # noqa: ARG002
        """The sum of S(n + j) / S(n) / (1 + d)^j over j >= 0."""
        self._check(renewals, "renewals")
        v = float(1.0 / (1.0 + d[0]))
        if isinstance(self.chance, SameChance) and self.c == 1.0:
            ratio = v * (1.0 - self.chance.p)
            return np.full_like(renewals, 1.0 / (1.0 - ratio) if ratio < 1.0 else np.inf)
        if isinstance(self.chance, AllOrNone):
            there = self.share(renewals, np.ones(1))
            with np.errstate(divide="ignore"):
                return np.asarray(1.0 + there * np.divide(v, 1.0 - v))
        distinct, where = np.unique(renewals, return_inverse=True)
        return np.array([self._summed(v, n) for n in distinct])[where.ravel()]

    def _summed(self, v: float, renewals: float) -> float:
        total, begin, length = 0.0, 0.0, 1024.0
        while True:
            j = np.arange(begin, begin + length)
            terms = self.share(renewals, j) * v**j
            total += float(terms.sum())
            if terms[-1] <= _NOTHING * total * (1.0 - v):
                return total
            begin, length = begin + length, 2.0 * length

    @staticmethod
    def _check(values: FloatArray, name: str) -> None:
        bad = ~(np.isfinite(values) & (values >= 0.0))
        if bad.any():
            row = int(bad.argmax())
            expected = "a finite number, 0 or more"
            raise DataError(f"{name}[{row}]: expected {expected}, got {values[row]:g}", "", name, row, int(bad.sum()))
