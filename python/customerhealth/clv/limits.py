"""Limits of models: likelihoods that rise for ever as customers become alike, fitted as what they rise towards."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, TypeAlias

import numpy as np

from .columns import FloatArray

__all__ = [
    "Limit",
    "Part",
    "Told",
    "best_limit",
    "beta_parts",
    "combined",
    "gamma_parts",
    "late_parts",
    "rows_of",
    "sample",
]

Told: TypeAlias = Callable[[Sequence[str]], bool]
"""Whether the data tell these parameters, the others given."""

_REACH = 11.0  # of a logarithm or a logit from its start
_NEVER = 1e6  # minus a customer's log-likelihood where the history cannot be
_SAMPLE = 2_500  # rows from which a fit of more begins
_SIZES = 10.0, 1e3, 1e5  # of a spread around a limit: customers who differ much, little, and hardly
_STEP = 1e-3  # of second differences, of a logarithm or a logit


@dataclass(frozen=True)
class Part:
    """How a rate or a chance may be spread: what is free of it, and what that makes of the parameters."""

    letters: tuple[str, ...]
    free: tuple[str, ...]
    start: tuple[float, ...]
    make: Callable[..., Any]
    params: Callable[..., tuple[float, ...]]
    apart: Callable[..., Any] | None = None  # spread with a size around the same mean; None where it is no limit
    fixed: tuple[tuple[str, float], ...] = ()  # what the limit says without anything free
    kept: tuple[str, ...] = ()  # free ones that are letters of the model
    near: Callable[..., tuple[float, ...]] | None = None  # parameters beside the limit, where `apart` has none
    share: bool = False  # what is free lies between 0 and 1


def _gamma(*values: float) -> tuple[float, ...]:
    return values


def gamma_parts(
    letters: tuple[str, str], same: str, start: tuple[float, float], *, at_once: bool, make: Any
) -> list[Part]:
    """A Gamma-distributed rate and its limits: the same for all, and for a rate of leaving 0, or at once and never."""
    gamma, alike, split = make
    mean = start[0] / start[1]
    parts = [
        Part(letters, letters, start, gamma, _gamma),
        Part(letters, (same,), (mean,), alike, lambda _: (np.inf, np.inf), lambda size, m: gamma(size, size / m)),
    ]
    if at_once:
        nobody = Part(
            letters, (), (), lambda: alike(0.0), lambda: (np.inf, np.inf), lambda size: gamma(1.0 / size, 1.0 / mean),
            ((same, 0.0),),
        )  # fmt: skip
        some = Part(
            letters, ("leave_at_once",), (0.3,), split, lambda _: (0.0, 0.0),
            lambda size, share: gamma(1.0 / size, share / (1.0 - share) / mean), share=True,
        )  # fmt: skip
        parts += [nobody, some]
    return parts


def beta_parts(letters: tuple[str, str], same: str, split: str, mean: float, make: Any) -> list[Part]:
    """A Beta-distributed chance and its limits: the same for all (0 and 1 are for themselves), 1 and 0."""
    beta, alike, all_or_none = make

    def apart(size: float, p: float) -> Any:
        return beta(size * p, size * (1.0 - p))

    def nearer(size: float, share: float) -> Any:
        return beta(share / size, (1.0 - share) / size)

    infinite = (np.inf, np.inf)
    return [
        Part(letters, letters, (2.0 * mean, 2.0 * (1.0 - mean)), beta, _gamma),
        Part(letters, (same,), (mean,), alike, lambda _: infinite, apart, share=True),
        Part(
            letters,
            (),
            (),
            lambda: alike(0.0),
            lambda: (np.inf, np.inf),
            lambda size: beta(1.0 / size, 1.0),
            ((same, 0.0),),
        ),
        Part(
            letters,
            (),
            (),
            lambda: alike(1.0),
            lambda: (np.inf, np.inf),
            lambda size: beta(1.0, 1.0 / size),
            ((same, 1.0),),
        ),
        Part(letters, (split,), (mean,), all_or_none, lambda _: (0.0, 0.0), nearer, share=True),
    ]


def late_parts(stayed: int, make: Callable[[float, float], Any]) -> list[Part]:
    """The time t^c with an infinite c: nobody leaves at the first `stayed` renewals, a power of t does later."""

    def begins_there(begin: float, power: float) -> Any:
        return make(begin if stayed < begin <= stayed + 1 else np.nan, power)

    def steep(begin: float, power: float) -> tuple[float, ...]:
        return (power / 20.0, begin**20.0, 20.0)

    letters = ("alpha", "beta", "c")
    ends = (0.0, np.inf, np.inf)
    free = Part(
        letters, ("begin", "power"), (stayed + 0.5, 2.0), begins_there, lambda *_: ends, lambda *_: None, near=steep
    )
    if stayed == 0:
        return [free]
    at_once = Part(
        letters, ("power",), (2.0,), lambda power: make(float(stayed), power), lambda *_: ends, lambda *_: None,
        (("begin", float(stayed)),), near=lambda power: steep(stayed, power),
    )  # fmt: skip
    return [at_once, free]


@dataclass
class Limit:
    """A model with some of its spreads at their limits, and its fit."""

    parts: tuple[Part, ...]
    log_likelihood: Callable[..., float]  # of the spreads, and of what else is free; of every so many-th row
    rows: int = 1
    others: tuple[tuple[str, float], ...] = ()  # what is free beside the spreads, with its start
    values: FloatArray = field(default_factory=lambda: np.empty(0))
    found: float = -np.inf
    evaluations: int = 0

    @property
    def names(self) -> list[str]:
        return [name for part in self.parts for name in part.free] + [name for name, _ in self.others]

    def spreads(self, values: Sequence[float] | FloatArray) -> list[Any]:
        """The arguments of the likelihood."""
        taken = iter(values)
        made = [part.make(*itertools.islice(taken, len(part.free))) for part in self.parts]
        return [*made, *taken]

    def at(self, z: FloatArray, every: int = 1) -> float:
        """The log-likelihood at logarithms and logits."""
        self.evaluations += 1
        with np.errstate(all="ignore"):
            value = self.log_likelihood(*self.spreads(self._natural(z)), every=every)
        return float(value) if not np.isnan(value) else -np.inf

    def fit(self, minimise: Callable[..., Any], customers: float) -> Limit:
        """Fills in what it finds."""
        start = [value for part in self.parts for value in part.start] + [value for _, value in self.others]
        z = self._moved(np.array(start))
        bounds = list(zip(z - _REACH, z + _REACH, strict=True))
        options = {"ftol": 1e-13, "gtol": 1e-7, "maxiter": 100}
        for part in (*sample(range(self.rows)), 1) if z.size else ():

            def of(here: FloatArray, part: int = part) -> float:
                value = -self.at(here, part) / customers * part
                return value if np.isfinite(value) else _NEVER

            z = minimise(of, z, jac="2-point", method="L-BFGS-B", bounds=bounds, options=options).x
            z = _at_rest(of, _at_rest(of, z)) if z.size == 1 else z
        self.values, self.found = self._natural(z), self.at(z)
        return self

    def is_flat(self) -> bool:
        """Whether customers who differ would do as well: then nothing says that they are alike."""
        same = 1e-9 * (1.0 + abs(self.found))
        return any(abs(self._apart(k, _SIZES[0]) - self.found) < same for k in range(len(self.parts)))

    def beside(self, names: Sequence[str]) -> FloatArray:
        """Parameters of customers who differ a little more."""
        taken = iter(self.values.tolist())
        out = dict.fromkeys(names, 1.0)
        for part in self.parts:
            own = list(itertools.islice(taken, len(part.free)))
            if part.near is not None:
                values: tuple[float, ...] = part.near(*own)
            else:
                values = tuple(own) if part.apart is None else astuple(part.apart(_SIZES[0], *own))
            out.update(zip(part.letters, values, strict=True))
        out.update(zip((name for name, _ in self.others), taken, strict=True))
        found: FloatArray = np.clip(np.array([out[name] for name in names]), 1e-8, 1e8)
        return found

    def is_beside(self, other: Limit) -> bool:
        """Whether they differ in one spread."""
        return sum(own is not its for own, its in zip(self.parts, other.parts, strict=True)) == 1

    def is_above(self, other: Limit) -> bool:
        """Whether nothing is gained where one part has the other's spread: differing more, it falls from the first."""
        apart = [k for k, (own, its) in enumerate(zip(self.parts, other.parts, strict=True)) if own is not its]
        if len(apart) != 1 or other.parts[apart[0]].apart is not None:
            return False
        return all(self._apart(apart[0], size) < self.found for size in _SIZES)

    def _apart(self, k: int, size: float) -> float:
        """The log-likelihood with a spread around the k-th limit."""
        taken = iter(self.values)
        own = [list(itertools.islice(taken, len(part.free))) for part in self.parts]
        of = self.parts[k].apart
        other = None if of is None else of(size, *own[k])
        if other is None:
            return -np.inf
        arguments = self.spreads(self.values)
        with np.errstate(all="ignore"):
            return float(self.log_likelihood(*arguments[:k], other, *arguments[k + 1 :], every=1))

    def params(self) -> dict[str, float]:
        """The letters of the model."""
        taken = iter(self.values.tolist())
        out: dict[str, float] = {}
        for part in self.parts:
            out.update(zip(part.letters, part.params(*itertools.islice(taken, len(part.free))), strict=True))
        return {**out, **dict(zip((name for name, _ in self.others), taken, strict=True))}

    def limit(self) -> dict[str, float]:
        """What it rises towards."""
        taken = iter(self.values.tolist())
        out: dict[str, float] = {}
        for part in self.parts:
            own = list(itertools.islice(taken, len(part.free)))
            if part.apart is not None:
                own_names = zip(part.free, own, strict=True)
                out.update([*part.fixed, *((name, value) for name, value in own_names if name not in part.kept)])
        return out

    def covariance(self, names: Sequence[str]) -> FloatArray:
        """Of the letters that are still free; NaN for the others."""
        out = np.full((len(names), len(names)), np.nan)
        free = self.names
        kept = [free.index(name) for name in names if name in free]
        places = [k for k, name in enumerate(names) if name in free]
        z = self._moved(self.values)
        n = len(z)
        if not kept:
            return out
        hessian = np.empty((n, n))
        for i, j in itertools.combinations_with_replacement(range(n), 2):
            a, b = np.eye(n)[i] * _STEP, np.eye(n)[j] * _STEP
            corners = self.at(z + a + b) - self.at(z + a - b) - self.at(z - a + b) + self.at(z - a - b)
            hessian[i, j] = hessian[j, i] = -corners / (4.0 * _STEP * _STEP)
        try:
            of_z = np.linalg.inv(hessian)
        except np.linalg.LinAlgError:
            return out
        slope = np.where(self._chances(), self.values * (1.0 - self.values), self.values)
        whole = of_z * np.outer(slope, slope)
        out[np.ix_(places, places)] = whole[np.ix_(kept, kept)]
        return out

    def _chances(self) -> Any:
        kinds = [part.share for part in self.parts for _ in part.free] + [False for _ in self.others]
        return np.array(kinds, dtype=np.bool_)

    def _moved(self, values: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            moved: FloatArray = np.log(values) - np.where(self._chances(), np.log1p(-np.minimum(values, 1.0)), 0.0)
        return moved

    def _natural(self, z: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            natural: FloatArray = np.where(self._chances(), 1.0 / (1.0 + np.exp(-z)), np.exp(z))
        return natural


def _at_rest(of: Callable[[FloatArray], float], z: FloatArray) -> FloatArray:
    """A minimum by one number to the digits that it has: one-sided differences leave half of them."""
    ahead, behind, twice, twice_behind = (of(z + k * _STEP) for k in (1.0, -1.0, 2.0, -2.0))
    slope = (8.0 * (ahead - behind) - (twice - twice_behind)) / (12.0 * _STEP)
    curvature = (ahead - 2.0 * of(z) + behind) / _STEP**2
    moved = z - slope / curvature if curvature > 0.0 else z
    return moved if np.abs(moved - z).max() < _STEP and of(moved) <= of(z) else z


def combined(spreads: Iterable[list[Part]], log_likelihood: Callable[..., float], rows: int) -> Iterator[Limit]:
    """Every combination of the spreads in which one at least is at a limit."""
    for parts in itertools.product(*spreads):
        if any(part.apart is not None for part in parts):
            yield Limit(parts, log_likelihood, rows)


def best_limit(
    limits: Iterable[Limit], minimise: Callable[..., Any], customers: float, within: float, told: Told
) -> Limit | None:
    """The simplest of those that come within so much of the highest likelihood.

    At first a spread stays as it is where the data tell its parameters; beside the best of these its limits are tried.
    """
    rest = sorted(limits, key=lambda limit: len(limit.names))
    first = [limit for limit in rest if not any(part.apart is not None and told(part.letters) for part in limit.parts)]
    possible: list[Limit] = []
    best: Limit | None = None
    while first:
        for limit in first:
            if best is not None and best.is_above(limit):
                continue
            if limit.fit(minimise, customers).found > -np.inf:
                possible.append(limit)
                best = max(possible, key=lambda limit: limit.found)
        rest = [limit for limit in rest if all(limit is not one for one in first)]
        first = [limit for limit in rest if best is None or best.is_beside(limit)]
    possible.sort(key=lambda limit: len(limit.names))
    return next((limit for limit in possible if best is not None and limit.found >= best.found - within), None)


def sample(rows: Any) -> tuple[int, ...]:
    """Of every how many-th row a fit begins; nothing where there are few."""
    every = len(rows) // _SAMPLE
    return (every,) if every > 1 else ()


def rows_of(columns: Sequence[FloatArray], weights: FloatArray | None) -> tuple[list[FloatArray], FloatArray]:
    """The distinct rows, and how many customers each stands for."""
    table = np.stack(np.broadcast_arrays(*columns), axis=1)
    count = np.broadcast_to(np.ones(1) if weights is None else weights, len(table))
    rows, where = np.unique(table[count > 0.0], axis=0, return_inverse=True)
    total = np.bincount(where.ravel(), weights=count[count > 0.0], minlength=len(rows)).astype(np.float64)
    return [np.ascontiguousarray(column) for column in rows.T], total
