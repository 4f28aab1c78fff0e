"""How a rate or a chance is spread over customers, its limits included: all alike, or all or none.

Every model of this room multiplies two such spreads. What it asks of them are moments, E[rate^x e^(-rate t)] and
E[chance^i (1 - chance)^j], and how they change for a customer with a history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .columns import FloatArray

__all__ = [
    "CHANCES",
    "RATES",
    "AllOrNone",
    "AtOnceOrNever",
    "BetaChance",
    "Chance",
    "GammaRate",
    "Rate",
    "SameChance",
    "SameRate",
    "StayThenPower",
]

Values: TypeAlias = "FloatArray | float"


def _special() -> Any:
    from scipy import special

    return special


@dataclass(frozen=True)
class GammaRate:
    """Gamma(shape, rate) over the customers."""

    shape: Values
    rate: Values

    def log_moment(self, x: Values, t: Values) -> FloatArray:
        """The logarithm of E[rate^x e^(-rate t)]."""
        log_gamma = _special().gammaln
        grown = log_gamma(self.shape + x) - log_gamma(self.shape)
        found: FloatArray = grown - x * np.log(self.rate + t) - self.shape * np.log1p(t / self.rate)
        return found

    def mean(self) -> Values:
        return self.shape / self.rate

    def known(self, x: Values, t: Values) -> GammaRate:
        """Of a customer with x events in t."""
        return GammaRate(self.shape + x, self.rate + t)

    def log_count(self, n: Values, t: Values) -> FloatArray:
        """The logarithm of the probability of n events in t."""
        special = _special()
        times = special.xlogy(n, t) - special.gammaln(n + 1.0)
        found: FloatArray = self.log_moment(n, t) + times
        return found

    def at_least(self, n: Values, t: Values) -> FloatArray:
        """The probability of n >= 1 events or more in t."""
        found: FloatArray = _special().betainc(n, self.shape, t / (self.rate + t))
        return found


@dataclass(frozen=True)
class SameRate:
    """One rate for all: Gamma(shape, rate) as both grow."""

    value: float

    def log_moment(self, x: Values, t: Values) -> FloatArray:
        """The logarithm of E[rate^x e^(-rate t)]."""
        found: FloatArray = _special().xlogy(x, self.value) - self.value * t
        return found

    def mean(self) -> Values:
        return self.value

    def known(self, x: Values, t: Values) -> SameRate:  # noqa: ARG002  all are alike, whatever they did
        """Of a customer with x events in t."""
        return self

    def log_count(self, n: Values, t: Values) -> FloatArray:
        """The logarithm of the probability of n events in t."""
        special = _special()
        found: FloatArray = special.xlogy(n, self.value * t) - self.value * t - special.gammaln(n + 1.0)
        return found

    def at_least(self, n: Values, t: Values) -> FloatArray:
        """The probability of n >= 1 events or more in t."""
        found: FloatArray = _special().gammainc(n, self.value * t)
        return found


@dataclass(frozen=True)
class AtOnceOrNever:
    """A share whose rate is infinite, and 0 for the others: Gamma(shape, rate) as both go to 0."""

    share: float

    def log_moment(self, x: Values, t: Values) -> FloatArray:
        """The logarithm of E[e^(-rate t)]; of E[rate e^(-rate t)], x = 1, without the jump at 0."""
        with np.errstate(divide="ignore"):
            stay = np.where(np.asarray(t) > 0.0, np.log1p(-self.share), 0.0)
        found: FloatArray = np.where(np.asarray(x) > 0.0, -np.inf, stay)
        return found

    def known(self, x: Values, t: Values) -> AtOnceOrNever:  # noqa: ARG002
        """Of one who is there at t > 0: they never leave."""
        return AtOnceOrNever(0.0)


@dataclass(frozen=True)
class BetaChance:
    """Beta(a, b) over the customers."""

    a: Values
    b: Values

    def log_moment(self, i: Values, j: Values) -> FloatArray:
        """The logarithm of E[chance^i (1 - chance)^j]."""
        log_beta = _special().betaln
        found: FloatArray = log_beta(self.a + i, self.b + j) - log_beta(self.a, self.b)
        return found

    def known(self, i: Values, j: Values) -> BetaChance:
        """Of a customer to whom it happened i times and not j times."""
        return BetaChance(self.a + i, self.b + j)


@dataclass(frozen=True)
class SameChance:
    """One chance for all: Beta(a, b) as both grow."""

    p: float

    def log_moment(self, i: Values, j: Values) -> FloatArray:
        """The logarithm of E[chance^i (1 - chance)^j]."""
        special = _special()
        found: FloatArray = special.xlogy(i, self.p) + special.xlog1py(j, -self.p)
        return found

    def known(self, i: Values, j: Values) -> SameChance:  # noqa: ARG002
        """Of a customer to whom it happened i times and not j times."""
        return self


@dataclass(frozen=True)
class AllOrNone:
    """A share with chance 1, and 0 for the others: Beta(a, b) as both go to 0."""

    share: Values

    def log_moment(self, i: Values, j: Values) -> FloatArray:
        """The logarithm of E[chance^i (1 - chance)^j]."""
        happened, failed = np.asarray(i) > 0.0, np.asarray(j) > 0.0
        with np.errstate(divide="ignore"):
            one_kind = np.where(happened, np.log(self.share), np.where(failed, np.log1p(-np.asarray(self.share)), 0.0))
        found: FloatArray = np.where(happened & failed, -np.inf, one_kind)
        return found

    def known(self, i: Values, j: Values) -> AllOrNone:
        """Of a customer to whom it happened i times and not j times."""
        return AllOrNone(np.where(np.asarray(j) > 0.0, 0.0, np.where(np.asarray(i) > 0.0, 1.0, self.share)))


@dataclass(frozen=True)
class StayThenPower:
    """All stay up to a renewal, (t / begin)^-power of them later: Beta(a, b) with the time t^c.

    As c and b grow for ever, (1 + t^c / b)^-a goes there, a c the power and b^(1 / c) the begin.
    """

    begin: float
    power: float
    renewals: Values = 0.0

    def log_moment(self, i: Values, j: Values) -> FloatArray:  # noqa: ARG002  nobody has left
        """The logarithm of the share of those with `renewals` that is left after `j` more."""
        return self._log_left(self.renewals + np.asarray(j)) - self._log_left(self.renewals)

    def _log_left(self, t: Values) -> FloatArray:
        found: FloatArray = -self.power * np.log(np.maximum(np.asarray(t) / self.begin, 1.0))
        return found

    def known(self, i: Values, j: Values) -> StayThenPower:  # noqa: ARG002
        """Of a customer with j renewals."""
        return StayThenPower(self.begin, self.power, self.renewals + j)


Rate: TypeAlias = "GammaRate | SameRate"
Chance: TypeAlias = "BetaChance | SameChance | AllOrNone"

CHANCES = (BetaChance, SameChance, AllOrNone)
RATES = (GammaRate, SameRate, AtOnceOrNever)
