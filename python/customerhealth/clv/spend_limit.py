"""Gamma-Gamma at its limits: customers alike, each customer's purchases alike, or all purchases of one value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from .columns import FloatArray
from .limits import Limit, Part, rows_of

__all__ = ["SpendLimit", "spend_limits"]

_EQUAL = 1e-12  # relative: means of equal amounts differ by roundings


@dataclass(frozen=True)
class AlikeCustomers:
    """Every purchase of every customer is Gamma(p, rate nu): q and v grow, q / v is nu."""

    p: float
    nu: float

    def log_likelihood(self, x: FloatArray, m: FloatArray) -> FloatArray:
        from scipy.special import gammaln

        shape = self.p * x
        found: FloatArray = shape * np.log(self.nu * x) + (shape - 1.0) * np.log(m) - self.nu * x * m - gammaln(shape)
        return found

    def expected_value(self, x: FloatArray, m: FloatArray) -> FloatArray:  # noqa: ARG002
        return np.full_like(x, self.p / self.nu)


@dataclass(frozen=True)
class AlikePurchases:
    """A customer's purchases are of one value, pv / Gamma(q, rate 1): p grows, v falls, p v is pv."""

    q: float
    pv: float

    def log_likelihood(self, x: FloatArray, m: FloatArray) -> FloatArray:  # noqa: ARG002
        from scipy.special import gammaln

        found: FloatArray = self.q * np.log(self.pv) - gammaln(self.q) - (self.q + 1.0) * np.log(m) - self.pv / m
        return found

    def expected_value(self, x: FloatArray, m: FloatArray) -> FloatArray:
        mean = self.pv / (self.q - 1.0) if self.q > 1.0 else np.nan
        return np.where(x > 0.0, m, mean)


@dataclass(frozen=True)
class OneValue:
    """All purchases are of one value: p and q grow."""

    value: float

    def log_likelihood(self, x: FloatArray, m: FloatArray) -> FloatArray:  # noqa: ARG002
        return np.where(np.abs(m / self.value - 1.0) <= _EQUAL, np.inf, -np.inf)

    def expected_value(self, x: FloatArray, m: FloatArray) -> FloatArray:  # noqa: ARG002
        return np.full_like(x, self.value)


class SpendLimit:
    """The core's answers, of a limit."""

    def __init__(self, spend: Any) -> None:
        self.spend = spend

    @property
    def checks(self) -> _core.GammaGamma:
        return _core.GammaGamma(1.0, 2.0, 1.0)

    def log_likelihood(self, x: FloatArray, m: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.log_likelihood(x, m, threads=threads)
        x, m = np.broadcast_arrays(x, m)
        out = np.zeros(x.shape)
        bought = x > 0.0
        out[bought] = self.spend.log_likelihood(x[bought], m[bought])
        return out

    def expected_value(self, x: FloatArray, m: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.expected_value(x, m, threads=threads)
        found: FloatArray = self.spend.expected_value(*np.broadcast_arrays(x, m))
        return found


def spend_limits(x: FloatArray, mean: FloatArray, weights: FloatArray | None) -> Iterator[Limit]:
    """The limits of the model for these customers."""
    rows, count = rows_of([x, mean], weights)
    bought = rows[0] > 0.0
    purchases, value, count = rows[0][bought], rows[1][bought], count[bought]

    def log_likelihood(model: SpendLimit, *, every: int) -> float:
        found = model.spend.log_likelihood(purchases[::every], value[::every])
        return float((count[::every] * found).sum())

    def limit(
        free: tuple[str, ...], start: tuple[float, ...], make: Any, params: Any, kept: tuple[str, ...], near: Any
    ) -> Limit:
        part = Part(
            ("p", "q", "v"),
            free,
            start,
            lambda *values: SpendLimit(make(*values)),
            params,
            _never,
            kept=kept,
            near=near,
        )
        return Limit((part,), log_likelihood, len(count))

    level = float((count * value).sum() / count.sum())
    if np.ptp(value) <= _EQUAL * level:
        runs_off = (np.inf, np.inf, np.nan)
        yield limit(("value",), (level,), OneValue, lambda _: runs_off, (), lambda m: (9.0, 9.0, m))
        return
    yield limit(
        ("p", "nu"), (2.0, 2.0 / level), AlikeCustomers, lambda p, _: (p, np.inf, np.inf), ("p",),
        lambda p, nu: (p, 10.0, 10.0 / nu),
    )  # fmt: skip
    yield limit(
        ("q", "pv"), (3.0, 2.0 * level), AlikePurchases, lambda q, _: (np.inf, q, 0.0), ("q",),
        lambda q, pv: (30.0, q, pv / 30.0),
    )  # fmt: skip


def _never(*_: float) -> None:
    return None
