"""Weights that foretell an outcome: fitted near the document's, their strength by cross-validation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import _core
from ..io.columns import Flags, Floats, Ints

__all__ = ["Fit", "Problem", "cross_validated", "drawn", "fitted"]

STRENGTHS = tuple(10.0**power for power in range(3, -6, -1))
FOLDS, SEEDS = 5, 3
_FEW = 20_000  # cases
_AGAIN = 2  # fits after missing points were put where the last weights say


@dataclass(frozen=True)
class Problem:
    """Cases in one order, their points, and what is asked of the weights."""

    parts: list[str]
    """The measures, by their paths."""
    points: Floats
    """A row a case, a column a measure: 0 is the lower end of the scale, 1 the upper; NaN where they are missing."""
    event: Flags
    account: Ints
    shares: Floats
    """Of the document."""
    towards: str
    """``document``, or ``zero``: each weight that is not needed is 0."""
    least: Floats
    most: Floats
    """Bounds of a measure's share."""
    threads: int

    def of(self, which: Flags) -> Problem:
        """Some of the cases."""
        points = np.ascontiguousarray(self.points[which])
        return replace(self, points=points, event=self.event[which], account=self.account[which])


@dataclass(frozen=True)
class Fit:
    """logit P = intercept − Σ weight × points, a missing one standing where the others of its score do."""

    problem: Problem
    weights: Floats
    intercept: float

    @property
    def shares(self) -> Floats:
        """Of their sum; none where all weights are 0."""
        total = self.weights.sum()
        return self.weights / total if total > 0 else np.zeros(len(self.weights))

    def odds(self, points: Floats) -> Floats:
        """The log odds of the outcome."""
        return np.asarray(self.intercept - filled(points, self.shares, self.problem) @ self.weights)


def filled(points: Floats, shares: Floats, problem: Problem) -> Floats:
    """The points, with a missing one at the mean of its score, or of the score above where nothing of that is there.

    So a weighted sum of them is what the model scores, whose means leave out what is missing.
    """
    missing = np.isnan(points)
    if not missing.any():
        return points
    out = points.copy()
    for weights in (shares, problem.shares):  # the document's, where all that is there weighs nothing
        _fill(out, points, weights, problem.parts, "", list(range(len(shares))))
    return np.where(np.isnan(out), 0.5, out)


def _fill(out: Floats, points: Floats, weights: Floats, parts: list[str], path: str, columns: list[int]) -> Floats:
    """Fills what is missing below a path, and gives back the mean there."""
    below: dict[str, list[int]] = {}
    for column in columns:
        below.setdefault(parts[column][len(path) :].split(".")[0], []).append(column)
    total, mass = np.zeros(len(points)), np.zeros(len(points))
    for name, mine in below.items():
        alone = parts[mine[0]] == path + name
        value = points[:, mine[0]] if alone else _fill(out, points, weights, parts, f"{path}{name}.", mine)
        weight = np.where(np.isnan(value), 0.0, weights[mine].sum())
        total += np.where(weight > 0, weight * value, 0.0)
        mass += weight
    mean: Floats = np.divide(total, mass, out=np.full(len(points), np.nan), where=mass > 0)
    for column in columns:
        np.copyto(out[:, column], mean, where=np.isnan(out[:, column]))
    return mean


def fitted(
    problem: Problem, strength: float, times: Floats | None = None, start: Floats | None = None, again: int = _AGAIN
) -> Fit:
    """The weights at a strength; `times`: how often each case counts.

    Missing points stand where the shares of `start` say (None: the document's); then it is fitted so often `again`,
    with these points where the last weights say.
    """
    points = filled(problem.points, problem.shares if start is None else start, problem)
    fit = _bounded(problem, points, strength, times)
    for _ in range(again if np.isnan(problem.points).any() else 0):
        if not fit.weights.sum() > 0:
            break
        fit = _bounded(problem, filled(problem.points, fit.shares, problem), strength, times)
    return fit


def _bounded(problem: Problem, points: Floats, strength: float, times: Floats | None) -> Fit:
    """Shares above the most that they may be are set to that, until there is none."""
    least, fixed = problem.least, problem.least >= problem.most
    while True:
        fit = _above(problem, points, strength, times, least, fixed)
        over = (fit.shares > problem.most + 1e-9) & ~fixed
        if not over.any():
            return fit
        least, fixed = np.where(over, problem.most, least), fixed | over


def _above(problem: Problem, points: Floats, strength: float, times: Floats | None, least: Floats, fixed: Flags) -> Fit:
    """Weights whose shares are at least so much, those that are fixed just that.

    Each weight is its least share of the sum of all, and what it has beyond that: 0 or more, and free. What is beyond
    pulls towards what the document has beyond.
    """
    weight = np.ones(len(problem.event)) if times is None else times
    spare, count = 1.0 - least.sum(), len(least)
    if spare <= 1e-9:  # all shares are given: one number says how much they weigh together
        mixed, high, beyond = least[:, None], np.full(1, np.inf), np.ones(1)
    else:
        mixed = np.eye(count) + np.outer(least, np.ones(count)) / spare
        high, beyond = np.where(fixed, 0.0, np.inf), np.maximum(problem.shares - least, 0.0)
    towards, lasso = (beyond, 0.0) if problem.towards == "document" else (None, strength)
    columns = -(points @ mixed if least.any() else points)
    low = np.zeros(len(high))
    threads = problem.threads if len(columns) > _FEW else 1  # the same bits, without waiting for others
    found = _core.fit(columns, problem.event, weight, strength, lasso, towards, low, high, threads)
    return Fit(problem, mixed @ found["coefficients"], found["intercept"])


def loss(odds: Floats, event: Flags) -> Floats:
    """Of each case, in natural units."""
    return np.asarray(np.logaddexp(0, odds) - event * odds)


def cross_validated(problem: Problem, strengths: tuple[float, ...], seed: int) -> tuple[float, list[tuple[Flags, Fit]]]:
    """The strength of the least loss on accounts that were not learned on, and the first seed's folds.

    Folds hold whole accounts; each comes with the weights of all others.
    """
    count = int(problem.account.max()) + 1
    sums, first = np.zeros(len(strengths)), []
    for turn in range(SEEDS):
        fold = np.random.default_rng([seed, turn]).permutation(count)[problem.account] % FOLDS
        for held in range(FOLDS):
            out = fold == held
            if not out.any():
                continue
            rest = problem.of(~out)
            fits = _path(rest, strengths)
            sums += [loss(fit.odds(problem.points[out]), problem.event[out]).sum() for fit in fits]
            if turn == 0:
                first.append((out, fits))
    best = int(np.argmin(sums))
    return strengths[best], [(out, fits[best]) for out, fits in first]


def _path(problem: Problem, strengths: tuple[float, ...]) -> list[Fit]:
    """A fit a strength, from the strongest on: missing points stand where the fit before says."""
    fits = [fitted(problem, strengths[0])]
    for strength in strengths[1:]:
        start = fits[-1].shares if fits[-1].weights.sum() > 0 else None
        fits.append(fitted(problem, strength, start=start, again=0))
    return fits


def drawn(problem: Problem, fit: Fit, strength: float, rounds: int, seed: int) -> Floats:
    """The shares of accounts drawn anew, a row a round; missing points stand where the fit of all says."""
    count = int(problem.account.max()) + 1
    codes = np.arange(count, dtype=np.int32)
    found = _core.rates(codes, count, np.ones(count, np.bool_), codes, rounds, seed, problem.threads)
    times = found["cases_draws"]
    fits = (fitted(problem, strength, times[problem.account, turn], fit.shares, 0) for turn in range(rounds))
    return np.stack([each.shares for each in fits])
