"""The models of purchases with a spread at its limit: the same answers as the core's models give, in closed forms.

A model's likelihood is a sum of ways in which a history can have come about; in each way the two spreads are apart.
Both the fit of a limit and its forecasts use the ways, so that they cannot disagree.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .. import _core
from .columns import FloatArray
from .mixing import AllOrNone, AtOnceOrNever, BetaChance, Chance, GammaRate, Rate, SameChance, SameRate

__all__ = ["BgBbLimit", "BgNbdLimit", "LimitModel", "ParetoLimit", "Ways"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
_DROP = 40.0  # e^-40 of an integrand is nothing beside the rest
_ALIKE = 1e14  # the shape of a Gamma that differs from one rate by 1e-14


class LimitModel:
    """What the models share: columns of one length, refused by the core where they cannot be."""

    @property
    def checks(self) -> Any:
        """A model of the core that refuses the same rows."""
        raise NotImplementedError

    def ways(self, x: FloatArray, t_x: FloatArray, age: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The logarithms of the likelihood of being alive at the end, and of all."""
        raise NotImplementedError

    def _purchases(self, t: FloatArray, x: FloatArray, age: FloatArray) -> FloatArray:
        """Expected in t of one who is alive at the end."""
        raise NotImplementedError

    def _count(self, n: FloatArray, t: FloatArray, x: FloatArray, age: FloatArray, new: bool) -> FloatArray:
        """The probability of n purchases in t of one who is alive at the end, or of a new one."""
        raise NotImplementedError

    def log_likelihood(self, x: FloatArray, t_x: FloatArray, age: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.log_likelihood(x, t_x, age, threads=threads)
        return self.ways(*_wide(x, t_x, age))[1]

    def probability_alive(self, x: FloatArray, t_x: FloatArray, age: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.log_likelihood(x, t_x, age, threads=threads)
        alive, whole = self.ways(*_wide(x, t_x, age))
        return np.exp(alive - whole)

    def expected_purchases(
        self, t: FloatArray, x: FloatArray, t_x: FloatArray, age: FloatArray, threads: int = 0
    ) -> FloatArray:
        self.checks.expected_purchases(t, x, t_x, age, threads=threads)
        t, x, t_x, age = _wide(t, x, t_x, age)
        alive, whole = self.ways(x, t_x, age)
        found: FloatArray = np.exp(alive - whole) * self._purchases(t, x, age)
        return found

    def probability_of_n_purchases(self, n: FloatArray, t: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.probability_of_n_purchases(n, t, threads=threads)
        n, t = _wide(n, t)
        return self._count(n, t, np.zeros_like(n), np.zeros_like(n), True)

    def conditional_probability_of_n_purchases(
        self, n: FloatArray, t: FloatArray, x: FloatArray, t_x: FloatArray, age: FloatArray, threads: int = 0
    ) -> FloatArray:
        self.checks.conditional_probability_of_n_purchases(n, t, x, t_x, age, threads=threads)
        n, t, x, t_x, age = _wide(n, t, x, t_x, age)
        alive, whole = self.ways(x, t_x, age)
        there = np.exp(alive - whole)
        return there * self._count(n, t, x, age, False) + np.where(n == 0.0, 1.0 - there, 0.0)


class BgNbdLimit(LimitModel):
    """BG/NBD, or with `after_any` the MBG/NBD."""

    def __init__(self, rate: Rate, chance: Chance, after_any: bool) -> None:
        self.rate, self.chance, self.after_any = rate, chance, after_any

    @property
    def checks(self) -> Any:
        return _core.BgNbd(1.0, 1.0, 1.0, 1.0, self.after_any)

    def ways(self, x: FloatArray, t_x: FloatArray, age: FloatArray) -> tuple[FloatArray, FloatArray]:
        stays = x + self.after_any
        with np.errstate(invalid="ignore"):
            alive = self.chance.log_moment(0.0, stays) + self.rate.log_moment(x, age)
            gone = self.chance.log_moment(1.0, np.maximum(stays - 1.0, 0.0)) + self.rate.log_moment(x, t_x)
        return alive, np.logaddexp(alive, np.where(stays > 0.0, gone, -np.inf))

    def _purchases(self, t: FloatArray, x: FloatArray, age: FloatArray) -> FloatArray:
        return self._while_alive(t, self.rate.known(x, age), self.chance.known(0.0, x + self.after_any))

    @staticmethod
    def _while_alive(t: FloatArray, rate: Rate, chance: Chance) -> FloatArray:
        """E[(1 - e^(-rate p t)) / p]."""
        if isinstance(chance, BetaChance):
            assert isinstance(rate, SameRate)  # two spreads that are none are the core's
            return _while_alive_at(rate.value, chance, t)
        if isinstance(chance, AllOrNone):
            never = rate.mean() * t
            found: FloatArray = chance.share * -np.expm1(rate.log_moment(0.0, t)) + (1.0 - chance.share) * never
            return found
        if chance.p == 0.0:
            return np.asarray(rate.mean() * t)
        same: FloatArray = -np.expm1(rate.log_moment(0.0, chance.p * t)) / chance.p
        return same

    def expected_purchases_new(self, t: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.expected_purchases_new(t, threads=threads)
        if not self.after_any:
            return self._while_alive(t, self.rate, self.chance)
        there = np.exp(self.chance.log_moment(0.0, 1.0))
        known: Any = self.chance.known(0.0, np.ones_like(t))
        return np.asarray(there * self._while_alive(t, self.rate, known))

    def _count(self, n: FloatArray, t: FloatArray, x: FloatArray, age: FloatArray, new: bool) -> FloatArray:
        rate: Any = self.rate if new else self.rate.known(x, age)
        there = 1.0 if new and self.after_any else 0.0
        chance: Any = self.chance if new else self.chance.known(0.0, x + self.after_any)
        with np.errstate(divide="ignore", invalid="ignore"):
            stayed = np.exp(chance.log_moment(0.0, n + there) + rate.log_count(n, t))
            some = np.maximum(n, 1.0)
            left = np.exp(chance.log_moment(1.0, some + there - 1.0)) * rate.at_least(some, t)
            at_once = np.exp(chance.log_moment(1.0, 0.0)) if there else 0.0
        found: FloatArray = stayed + np.where(n > 0.0, left, at_once)
        return found


class ParetoLimit(LimitModel):
    """Pareto/NBD."""

    def __init__(self, rate: Rate, leave: GammaRate | SameRate | AtOnceOrNever) -> None:
        self.rate, self.leave = rate, leave

    @property
    def checks(self) -> Any:
        return _core.ParetoNbd(1.0, 1.0, 1.0, 1.0)

    def ways(self, x: FloatArray, t_x: FloatArray, age: FloatArray) -> tuple[FloatArray, FloatArray]:
        alive = self.leave.log_moment(0.0, age) + self.rate.log_moment(x, age)
        if isinstance(self.rate, GammaRate) and isinstance(self.leave, GammaRate):  # no limit: it is compared with one
            shapes = (self.rate.shape, self.rate.rate, self.leave.shape, self.leave.rate)
            return alive, _core.ParetoNbd(*(float(value) for value in shapes)).log_likelihood(x, t_x, age)
        if isinstance(self.leave, AtOnceOrNever):
            with np.errstate(divide="ignore"):
                at_once = np.log(self.leave.share)
            return alive, np.where((x > 0.0) | (age == 0.0), alive, np.logaddexp(alive, at_once))
        return alive, self._whole(alive, x, t_x, age)

    def _whole(self, alive: FloatArray, x: FloatArray, t_x: FloatArray, age: FloatArray) -> FloatArray:
        """The core's integral for a Gamma whose shape is beyond its roundings; closed where both are one rate."""
        rate, leave = self.rate, self.leave
        if isinstance(rate, SameRate) and isinstance(leave, SameRate):
            return np.asarray(np.logaddexp(alive, self._gone(x, t_x, age)))
        if isinstance(leave, SameRate) and leave.value == 0.0:
            return alive
        core = _core.ParetoNbd(*_shape_and_rate(rate), *_shape_and_rate(leave))
        there = core.probability_alive(x, t_x, age)
        whole = np.asarray(alive - np.log(np.maximum(there, 1e-290)))
        if (lost := there < 1e-280).any():  # the quotient has no digits left
            gone = self._gone(x[lost], t_x[lost], age[lost])
            whole[lost] = np.logaddexp(alive[lost], gone)
        return whole

    def _gone(self, x: FloatArray, since: FloatArray, until: FloatArray) -> FloatArray:
        """The logarithm of the integral over the time of leaving."""
        rate, leave = self.rate, self.leave
        log_first = leave.log_moment(1.0, since) + rate.log_moment(x, since)
        if isinstance(rate, SameRate) and isinstance(leave, SameRate):
            both = rate.value + leave.value
            length = -np.expm1(-both * (until - since)) / both if both > 0.0 else until - since
            with np.errstate(divide="ignore"):
                return np.asarray(log_first + np.log(length))
        gamma, same = (rate, leave) if isinstance(rate, GammaRate) else (leave, rate)
        power = gamma.shape + (x if gamma is rate else 1.0)  # type: ignore[union-attr]
        scale, fall = gamma.rate, same.value  # type: ignore[union-attr]
        # In w = ln(scale + y) the integrand falls as e^(-(power - 1) w) or faster: it is cut where nothing is left.
        begin = np.log(scale + since)
        with np.errstate(divide="ignore", over="ignore"):
            cut = np.where(power > 1.0, begin + _DROP / np.maximum(power - 1.0, 1e-300), np.inf)
            faster = np.log(scale + since + _DROP / fall) if fall > 0.0 else np.inf
        end = np.minimum(np.minimum(np.log(scale + until), cut), faster)
        half = 0.5 * (end - begin)
        total = np.zeros_like(begin)
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            step = half * (node + 1.0)  # the time since `since` is (scale + since) (e^step - 1)
            total += weight * np.exp((1.0 - power) * step - fall * (scale + since) * np.expm1(step))
        with np.errstate(divide="ignore"):
            found: FloatArray = log_first + begin + np.log(total * half)
        return found

    def _stay(self, t: FloatArray, age: FloatArray | None) -> FloatArray:
        """How long one is expected to stay of a time t: from age `age` on, or a new one."""
        leave = self.leave
        if isinstance(leave, AtOnceOrNever):
            return t * (1.0 - leave.share) if age is None else np.where(age > 0.0, t, t * (1.0 - leave.share))
        if isinstance(leave, SameRate):
            return t * 1.0 if leave.value == 0.0 else np.asarray(-np.expm1(-leave.value * t) / leave.value)
        scale = leave.rate if age is None else leave.rate + age
        shape = leave.shape - 1.0
        length = np.log1p(t / scale)
        found: FloatArray = scale * (length if shape == 0.0 else -np.expm1(-shape * length) / shape)
        return found

    def _purchases(self, t: FloatArray, x: FloatArray, age: FloatArray) -> FloatArray:
        found: FloatArray = self.rate.known(x, age).mean() * self._stay(t, age)
        return found

    def expected_purchases_new(self, t: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.expected_purchases_new(t, threads=threads)
        return np.asarray(self.rate.mean() * self._stay(t, None))

    def _count(self, n: FloatArray, t: FloatArray, x: FloatArray, age: FloatArray, new: bool) -> FloatArray:
        rate: Any = self.rate if new else self.rate.known(x, age)
        leave: Any = self.leave if new or isinstance(self.leave, SameRate) else self.leave.known(0.0, age)
        with np.errstate(divide="ignore", invalid="ignore"):
            stayed = np.exp(leave.log_moment(0.0, t) + rate.log_count(n, t))
            if isinstance(leave, AtOnceOrNever):
                return np.asarray(stayed + np.where((n == 0.0) & (t > 0.0), leave.share, 0.0))
            found: FloatArray = stayed + _over_leaving(n, t, rate, leave)
        return np.where(t == 0.0, n == 0.0, found)

    def discounted_expected_residual_transactions(
        self, d: float, x: FloatArray, t_x: FloatArray, age: FloatArray, threads: int = 0
    ) -> FloatArray:
        there = self.probability_alive(x, t_x, age, threads=threads)
        x, t_x, age = _wide(x, t_x, age)
        leave = self.leave
        if isinstance(leave, SameRate):
            stay: FloatArray = np.full_like(age, 1.0 / (leave.value + d))
        elif isinstance(leave, AtOnceOrNever):
            stay = np.where(age > 0.0, 1.0, 1.0 - leave.share) / d
        else:  # ∫ E[e^(-mu u)] e^(-d u) du over u, in z = d u, which e^-z cuts
            nodes = 0.5 * _DROP * (_NODES + 1.0)
            held = leave.known(0.0, age[:, None])
            parts = np.exp(held.log_moment(0.0, nodes / d) - nodes)
            stay = (parts * _WEIGHTS).sum(axis=1) * 0.5 * _DROP / d
        return np.asarray(there * self.rate.known(x, age).mean() * stay)


class Ways:
    """The ways of the BG/BB: alive at n, or gone after i more misses since t_x."""

    def __init__(self, x: FloatArray, t_x: FloatArray, n: FloatArray) -> None:
        size = (n - t_x + 1.0).astype(np.int64)
        self._begins = np.cumsum(size) - size
        row = np.repeat(np.arange(len(x)), size)
        steps = np.arange(len(row)) - self._begins[row]
        alive = steps == 0
        stays = np.where(alive, n[row], t_x[row] + steps - 1.0)
        self._buys = _pairs(x[row], stays - x[row])
        self._leaves = _pairs(np.where(alive, 0.0, 1.0), stays)
        self._alive = alive

    def of(self, model: BgBbLimit, buys: float = 0.0, leaves: float = 0.0) -> tuple[FloatArray, FloatArray]:
        """The logarithms of being alive and of all; tilted by the chance to buy or to leave itself, if so asked."""
        (bought, missed), of_buys = self._buys
        (left, stayed), of_leaves = self._leaves
        with np.errstate(invalid="ignore"):
            ways = model.buy.log_moment(bought + buys, missed)[of_buys]
            ways = ways + model.leave.log_moment(left + leaves, stayed)[of_leaves]
        return ways[self._alive], np.logaddexp.reduceat(ways, self._begins)


def _pairs(first: FloatArray, second: FloatArray) -> tuple[tuple[FloatArray, FloatArray], Any]:
    """The distinct pairs, and where each row's is: few where times are whole numbers."""
    base = second.max(initial=0.0) + 1.0
    codes, where = np.unique(first * base + second, return_inverse=True)
    return (np.floor(codes / base), codes % base), where.ravel()


class BgBbLimit(LimitModel):
    """BG/BB."""

    def __init__(self, buy: Chance, leave: Chance) -> None:
        self.buy, self.leave = buy, leave

    @property
    def checks(self) -> Any:
        return _core.BgBb(1.0, 1.0, 1.0, 1.0)

    def _way(self, x: Any, misses: Any, left: Any, stays: Any) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return self.buy.log_moment(x, misses) + self.leave.log_moment(left, stays)

    def ways(
        self, x: FloatArray, t_x: FloatArray, age: FloatArray, buys: float = 0.0, leaves: float = 0.0
    ) -> tuple[FloatArray, FloatArray]:
        rows, where = np.unique(np.stack([x, t_x, age], axis=1), axis=0, return_inverse=True)
        alive, whole = Ways(*rows.T).of(self, buys, leaves)
        return alive[where.ravel()], whole[where.ravel()]

    def probability_alive(  # type: ignore[override]
        self, ahead: FloatArray, x: FloatArray, t_x: FloatArray, age: FloatArray, threads: int = 0
    ) -> FloatArray:
        self.checks.probability_alive(ahead, x, t_x, age, threads=threads)
        ahead, x, t_x, age = _wide(ahead, x, t_x, age)
        found: FloatArray = np.exp(self._way(x, age - x, 0.0, age + ahead) - self.ways(x, t_x, age)[1])
        return found

    def means(self, which: str, x: FloatArray, t_x: FloatArray, age: FloatArray) -> FloatArray:
        """The mean of the chance to buy, or to leave, of each customer."""
        self.checks.log_likelihood(x, t_x, age)
        x, t_x, age = _wide(x, t_x, age)
        tilted = self.ways(x, t_x, age, buys=float(which == "buys"), leaves=float(which == "leaves"))[1]
        found: FloatArray = np.exp(tilted - self.ways(x, t_x, age)[1])
        return found

    def _opportunities(self, t: FloatArray, age: FloatArray) -> FloatArray:
        """How many of t opportunities to come one is expected to live through who is alive at `age`."""
        leave = self.leave
        if isinstance(leave, AllOrNone):
            return np.where(age > 0.0, t, t * (1.0 - leave.share))
        if isinstance(leave, SameChance):
            stay = 1.0 - leave.p
            return t * 1.0 if leave.p == 0.0 else np.asarray(-stay * np.expm1(t * np.log1p(-leave.p)) / leave.p)
        curve = _core.BetaGeometric(float(leave.a), float(leave.b), 1.0)
        out = np.empty_like(t)
        for length, begin in {*zip(t.tolist(), age.tolist(), strict=True)}:
            alive = curve.survival(np.arange(begin, begin + length + 1.0))
            out[(t == length) & (age == begin)] = alive[1:].sum() / alive[0]
        return out

    def _purchases(self, t: FloatArray, x: FloatArray, age: FloatArray) -> FloatArray:
        return np.asarray(self._rate(x, age) * self._opportunities(t, age))

    def _rate(self, x: FloatArray, age: FloatArray) -> FloatArray:
        """The mean chance to buy of one who is alive at `age`; 0 where nobody with that history is."""
        with np.errstate(invalid="ignore"):
            found = np.exp(self.buy.log_moment(x + 1.0, age - x) - self.buy.log_moment(x, age - x))
        return np.nan_to_num(found)

    def expected_purchases_new(self, t: FloatArray, threads: int = 0) -> FloatArray:
        self.checks.expected_purchases_new(t, threads=threads)
        zero = np.zeros_like(t)
        return self._purchases(t, zero, zero)

    def _count(self, n: FloatArray, t: FloatArray, x: FloatArray, age: FloatArray, new: bool) -> FloatArray:  # noqa: ARG002
        from scipy.special import gammaln

        now = BgBbLimit(self.buy.known(x, age - x), self.leave.known(0.0, age))
        out = np.zeros_like(n)
        possible = n <= t
        for i in range(int(t.max(initial=0.0)) + 1):
            here = possible & (n <= i) & (i <= t)
            if not here.any():
                continue
            ways = now._way(n, np.maximum(i - n, 0.0), np.where(i < t, 1.0, 0.0), float(i))
            choose = gammaln(i + 1.0) - gammaln(n + 1.0) - gammaln(np.maximum(i - n, 0.0) + 1.0)
            out += np.where(here, np.exp(choose + ways), 0.0)
        return out

    def discounted_expected_residual_transactions(
        self, d: float, x: FloatArray, t_x: FloatArray, age: FloatArray, threads: int = 0
    ) -> FloatArray:
        there = self.probability_alive(np.zeros(1), x, t_x, age, threads=threads)
        x, t_x, age = _wide(x, t_x, age)
        leave, v = self.leave, 1.0 / (1.0 + d)
        if isinstance(leave, SameChance):
            lives: FloatArray = np.full_like(age, v * (1.0 - leave.p) / (1.0 - v * (1.0 - leave.p)))
        elif isinstance(leave, AllOrNone):
            lives = np.where(age > 0.0, 1.0, 1.0 - leave.share) / d
        else:
            lives = (
                _core.BetaGeometric(float(leave.a), float(leave.b), 1.0).discounted_lifetime(np.full(1, d), age) - 1.0
            )
        return np.asarray(there * self._rate(x, age) * lives)


def _wide(*columns: FloatArray) -> list[FloatArray]:
    return [np.ascontiguousarray(column) for column in np.broadcast_arrays(*columns)]


def _shape_and_rate(rate: Any) -> tuple[float, float]:
    if isinstance(rate, GammaRate):
        return float(rate.shape), float(rate.rate)
    return _ALIKE, _ALIKE / float(rate.value)


def _while_alive_at(rate: float, chance: BetaChance, t: FloatArray) -> FloatArray:
    """E[(1 - e^(-rate p t)) / p], p ~ Beta: the core's integral for a Gamma whose shape is beyond its roundings."""
    a, b = np.broadcast_arrays(np.asarray(chance.a, dtype=np.float64), np.asarray(chance.b, dtype=np.float64), t)[:2]
    out = np.empty_like(t)
    for stays in np.unique(b):
        here = b == stays
        core = _core.BgNbd(*_shape_and_rate(SameRate(rate)), float(a.flat[0]), float(stays), False)
        out[here] = core.expected_purchases_new(np.ascontiguousarray(t[here]))
    return out


def _over_leaving(n: FloatArray, t: FloatArray, rate: Rate, leave: Any) -> FloatArray:
    """The integral over the time u of leaving, up to t, of its density times the probability of n purchases by then."""
    mean = np.broadcast_to(np.asarray(rate.mean(), dtype=np.float64), n.shape)
    peak = n / np.maximum(mean, 1e-300)
    width = (np.sqrt(n) + 1.0) / np.maximum(mean, 1e-300)
    marks = [np.clip(peak + k * width, 0.0, t) for k in (-12.0, -6.0, -2.0, 0.0, 2.0, 6.0, 12.0, 40.0)]
    edges = [np.zeros_like(t), *marks, t]
    total = np.zeros_like(t)
    for low, high in itertools.pairwise(edges):
        half = 0.5 * (high - low)
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            u = low + half * (node + 1.0)
            total += weight * half * np.exp(leave.log_moment(1.0, u) + rate.log_count(n, u))
    return total
