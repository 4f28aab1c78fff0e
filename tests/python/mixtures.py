"""Slow expectations over customers who differ: a value and a share for each kind of them.

Written from the papers' stories of one customer, not from the package: a customer has a rate or a chance, the formulas
below say what follows from it, and what is known of a customer without it is a mean over the kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Column = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Values of a rate or a chance, and the share of the customers who have each."""

    values: Column
    shares: Column


def gamma(shape: float, rate: float) -> Spread:
    w = np.arange(-80.0, 8.0, 0.02)  # the logarithm of the value, up to the scale
    return _normal(np.exp(w) / rate, shape * w - np.exp(w))


def beta(a: float, b: float) -> Spread:
    w = np.arange(-80.0, 80.0, 0.02)  # the logit of the value
    return _normal(special.expit(w), a * special.log_expit(w) + b * special.log_expit(-w))


def _normal(values: Column, log_density: Column) -> Spread:
    """By the trapezoidal rule, which errs by nothing where a density falls to nothing at both ends."""
    shares = np.exp(log_density - log_density.max())
    return Spread(values, shares / shares.sum())


def same(value: float) -> Spread:
    return Spread(np.array([value]), np.array([1.0]))


def either(share: float, one: float, other: float) -> Spread:
    return Spread(np.array([one, other]), np.array([share, 1.0 - share]))


class Customers:
    """What holds of one customer, for all pairs of a first and a second value."""

    def __init__(self, first: Spread, second: Spread) -> None:
        self.first, self.second = first.values[:, None], second.values[None, :]
        self.shares = first.shares[:, None] * second.shares[None, :]

    def mean(self, values: Any) -> float:
        return float((self.shares * values).sum())

    def alive(self, x: float, t_x: float, age: float) -> Any:
        raise NotImplementedError

    def likelihood(self, x: float, t_x: float, age: float) -> Any:
        raise NotImplementedError

    def purchases(self, t: float) -> Any:
        """Expected in t of one who is alive."""
        raise NotImplementedError

    def count(self, n: int, t: float) -> Any:
        """The probability of n in t of one who is alive."""
        raise NotImplementedError

    def new(self) -> Any:
        """The probability that a new customer is alive."""
        return 1.0

    def discounted(self, d: float) -> Any:
        raise NotImplementedError


class Leavers(Customers):
    """BG/NBD and MBG/NBD: a rate, and the chance to leave after a purchase."""

    at_once = False

    def alive(self, x: float, t_x: float, age: float) -> Any:
        return self.first**x * np.exp(-self.first * age) * (1.0 - self.second) ** (x + self.at_once)

    def likelihood(self, x: float, t_x: float, age: float) -> Any:
        chances = x + self.at_once
        if chances == 0:
            return self.alive(x, t_x, age)
        gone = self.first**x * np.exp(-self.first * t_x) * self.second * (1.0 - self.second) ** (chances - 1.0)
        return self.alive(x, t_x, age) + gone

    def purchases(self, t: float) -> Any:
        safe = np.maximum(self.second, 1e-300)
        return np.where(self.second > 0.0, -np.expm1(-self.first * safe * t) / safe, self.first * t)

    def count(self, n: int, t: float) -> Any:
        stayed = (1.0 - self.second) ** n * stats.poisson.pmf(n, self.first * t)
        if n == 0:
            return stayed
        return stayed + self.second * (1.0 - self.second) ** (n - 1) * special.gammainc(n, self.first * t)

    def new(self) -> Any:
        return 1.0 - self.second if self.at_once else 1.0


class EarlyLeavers(Leavers):
    at_once = True


class Mortals(Customers):
    """Pareto/NBD: a rate of purchases, and one of leaving."""

    def _finite(self) -> Any:
        return np.where(np.isfinite(self.second), self.second, 0.0)

    def alive(self, x: float, t_x: float, age: float) -> Any:
        there = np.isfinite(self.second) | (age == 0.0)
        return np.where(there, self.first**x * np.exp(-(self.first + self._finite()) * age), 0.0)

    def likelihood(self, x: float, t_x: float, age: float) -> Any:
        mu, both = self._finite(), self.first + self._finite()
        lives = self.first**x * (mu * np.exp(-both * t_x) + self.first * np.exp(-both * age)) / both
        return np.where(np.isfinite(self.second), lives, 1.0 if x == 0 else 0.0)

    def purchases(self, t: float) -> Any:
        mu = self._finite()
        return self.first * np.where(mu > 0.0, -np.expm1(-mu * t) / np.maximum(mu, 1e-300), t)

    def count(self, n: int, t: float) -> Any:
        mu, both = self._finite(), self.first + self._finite()
        stayed = np.exp(-mu * t) * stats.poisson.pmf(n, self.first * t)
        return stayed + (self.first / both) ** n * mu / both * special.gammainc(n + 1, both * t)

    def new(self) -> Any:
        return np.where(np.isfinite(self.second), 1.0, 0.0)

    def discounted(self, d: float) -> Any:
        return self.first / (self._finite() + d)


class Givers(Customers):
    """BG/BB: a chance to buy at an opportunity, and one to leave before it."""

    def _way(self, x: float, misses: float, left: int, stays: float) -> Any:
        return self.first**x * (1.0 - self.first) ** misses * self.second**left * (1.0 - self.second) ** stays

    def alive(self, x: float, t_x: float, age: float) -> Any:
        return self._way(x, age - x, 0, age)

    def likelihood(self, x: float, t_x: float, age: float) -> Any:
        gone = [self._way(x, t_x - x + i, 1, t_x + i) for i in range(int(age - t_x))]
        return self.alive(x, t_x, age) + sum(gone)

    def purchases(self, t: float) -> Any:
        return self.first * sum((1.0 - self.second) ** j for j in range(1, int(t) + 1))

    def count(self, n: int, t: float) -> Any:
        ways = [special.comb(t, n) * self._way(n, t - n, 0, t)] if n <= t else []
        ways += [special.comb(i, n) * self._way(n, i - n, 1, i) for i in range(n, int(t))]
        return sum(ways) if ways else 0.0 * self.shares

    def discounted(self, d: float) -> Any:
        return self.first * (1.0 - self.second) / (d + self.second)
