"""Weights of a score that foresee an outcome, as a new model and a report of what they are worth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError, unknown
from ..io.columns import Flags, Floats, account_codes, micros_of
from ..io.instants import AsOf, one_instant
from ..loaded import Loaded
from ..model import Model
from ..progress import Progress
from .ahead import after
from .cases import CASE, NOT_AMONG, Cases, cases_of
from .learned import Judged, Learned, Weighed
from .measures import Leaf, apart, leaves_of, rewritten, together
from .observed import months_over
from .question import asked
from .sample import Sample, sample_of
from .weigh import STRENGTHS, Fit, Problem, cross_validated, drawn, fitted

__all__ = ["learn"]

_LEAST_ACCOUNTS = 10
_ROUNDS = 100


def learn(
    loaded: Loaded,
    score: str,
    progress: Progress,
    *,
    test: AsOf | None,
    test_accounts: float | None,
    towards: str,
    strength: float | None,
    least: Mapping[str, float] | None,
    most: Mapping[str, float] | None,
    hold: Collection[str],
    whole: bool,
    seed: int,
    **arguments: Any,
) -> Learned:
    """See :meth:`Portfolio.learn`."""
    leaves = leaves_of(loaded.model, score)
    bounds = _bounds(leaves, least or {}, most or {}, hold)
    _check(towards, strength, test_accounts)
    cases = _cases(loaded, score, leaves, seed, progress, arguments)
    is_training, is_held_out = _split(cases, test, test_accounts, seed)
    points, there = _points(cases, leaves)
    # Each in an order of its own: what is held out decides neither folds nor draws of what is learned on.
    part, held_out = _part(cases, is_training & there), _part(cases, is_held_out & there)
    _enough(part)
    parts, before = [leaf.part for leaf in leaves], np.array([leaf.share for leaf in leaves])
    rows = np.ascontiguousarray(points[part.row])
    problem = Problem(parts, rows, part.event, part.account, before, towards, *bounds, loaded.threads)
    strengths = STRENGTHS if strength is None else (float(strength),)
    chosen, folds = cross_validated(problem, strengths, seed)

    def weighed(fit: Fit) -> Floats:
        return _rounded(fit.shares, leaves, hold) if whole else 100 * fit.shares

    fit = fitted(problem, chosen)
    if not fit.weights.sum() > 0:
        raise DataError(
            f"learn: no weight of 0 or more makes '{score}' foresee better than the base rate; every measure's points "
            "rise with the risk, or the strength is too large"
        )
    others = [(out, other) for out, other in folds if other.weights.sum() > 0]
    models = [rewritten(loaded.model, score, leaves, weighed(each)) for each in (fit, *(other for _, other in others))]
    scored = _scored(loaded, models, leaves, cases, progress)
    across = cases.values[0].copy()
    for (out, _), values in zip(others, scored[1:], strict=True):
        across[part.row[out]] = values[part.row[out]]
    judged = Judged(part, held_out, cases.values[0], scored[0], across, seed)
    shares = drawn(problem, fit, chosen, _ROUNDS, seed)
    return Learned(
        model=models[0],
        score=score,
        strength=chosen,
        judged=judged,
        weighed=Weighed(parts, before, weighed(fit), shares),
        notes=_notes(cases, int((is_training & ~there).sum() + (is_held_out & ~there).sum())),
        threads=loaded.threads,
    )


# ---- what is asked ---------------------------------------------------------------------------------------------------


def _check(towards: object, strength: Any, test_accounts: Any) -> None:
    if towards not in ("document", "zero"):
        raise DataError(f"towards: expected 'document' or 'zero', got {towards!r}")
    if strength is not None and not (isinstance(strength, int | float) and 0 <= strength < np.inf):
        raise DataError(f"strength: expected a number of 0 or more, got {strength!r}")
    if test_accounts is not None and not (isinstance(test_accounts, int | float) and 0 < test_accounts < 1):
        raise DataError(f"test_accounts: expected a share between 0 and 1, got {test_accounts!r}")


def _bounds(
    leaves: list[Leaf], least: Mapping[str, float], most: Mapping[str, float], hold: Collection[str]
) -> tuple[Floats, Floats]:
    """The least and the most share of each measure; one that is held has that of the document as both."""
    parts = [leaf.part for leaf in leaves]
    held = [hold] if isinstance(hold, str) else list(hold)
    for what, names in (("least", least), ("most", most), ("hold", held)):
        for name in names:
            if name not in parts:
                raise unknown(f"{what}: the score has no measure", name, parts)
    low = np.array([leaf.share if leaf.part in held else least.get(leaf.part, 0.0) for leaf in leaves], float)
    high = np.array([leaf.share if leaf.part in held else most.get(leaf.part, 1.0) for leaf in leaves], float)
    for part, a, b in zip(parts, low.tolist(), high.tolist(), strict=True):
        if not 0 <= a <= b <= 1:
            raise DataError(f"least, most: the share of '{part}' cannot be at least {a:g} and at most {b:g}")
    if low.sum() > 1 + 1e-9 or high.sum() < 1 - 1e-9:
        what = f"least sums to {low.sum():g}" if low.sum() > 1 else f"most sums to {high.sum():g}"
        raise DataError(f"least, most: shares sum to 1, and {what}")
    return low, high


# ---- cases -----------------------------------------------------------------------------------------------------------


def _cases(
    loaded: Loaded, score: str, leaves: list[Leaf], seed: int, progress: Progress, arguments: dict[str, Any]
) -> Cases:
    """The cases of the score, with the points of each leaf as further candidates."""
    if arguments["as_ofs"] is None:
        wanted = {name: arguments[name] for name in ("horizon", "lead", "observed")}
        arguments["as_ofs"] = months_over(loaded, **wanted).astype("datetime64[us]")
    bound, names = apart(loaded, leaves)
    rest: dict[str, Any] = {"by": None, "capacity": 1, "per": None, "confidence": 0.95, "rounds": 1000}
    question = asked(bound.model, [score, *names], grades=False, revenue=None, seed=seed, **rest, **arguments)
    return cases_of(bound, question, progress)


def _points(cases: Cases, leaves: list[Leaf]) -> tuple[Floats, Flags]:
    """Points from 0 to 1, a row a case, and whether any that weigh something are there."""
    low = np.array([leaf.scale[0] for leaf in leaves])
    width = np.array([leaf.scale[1] - leaf.scale[0] for leaf in leaves])
    points = (cases.values[1:].T - low) / width
    share = np.array([leaf.share for leaf in leaves])
    return points, (~np.isnan(points) * share).sum(axis=1) > 0


def _part(cases: Cases, which: Flags) -> Sample:
    return sample_of(replace(cases, status=np.where(which, cases.status, NOT_AMONG)))


def _split(cases: Cases, test: AsOf | None, test_accounts: float | None, seed: int) -> tuple[Flags, Flags]:
    """What is learned on, and what it is judged on: no account, or no window, is in both."""
    training = cases.status == CASE
    held_out = training.copy()
    if test is not None:
        begin = one_instant(test, "test")
        training &= after(after(cases.as_of, cases.question.lead), cases.question.horizon) <= begin
        held_out &= cases.as_of >= begin
    if test_accounts is not None:
        names = cases.accounts.to_pylist()
        is_test = np.array([_hashed(name, seed) < test_accounts for name in names], np.bool_)[cases.account]
        training &= ~is_test
        held_out &= is_test
    if test is None and test_accounts is None:
        held_out[:] = False
    return training, held_out


def _hashed(name: object, seed: int) -> float:
    """Between 0 and 1, the same for an account whatever else there is."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big") / 2**64


def _enough(sample: Sample) -> None:
    if sample.event_accounts < _LEAST_ACCOUNTS:
        raise DataError(
            f"learn: {sample.event_accounts} accounts with the outcome to learn from; fewer than {_LEAST_ACCOUNTS} say "
            "nothing of weights. Ask for a longer horizon, more as-ofs, or a smaller test"
        )
    if sample.event.all():
        raise DataError("learn: every case has the outcome; there is nothing to tell apart")


# ---- what comes of it ------------------------------------------------------------------------------------------------


def _rounded(shares: Floats, leaves: list[Leaf], hold: Collection[str]) -> Floats:
    """Whole numbers that sum to 100, those with the largest remainders rounded up; a held weight keeps its digits."""
    held = np.array([leaf.part in hold for leaf in leaves], np.bool_)
    exact = 100 * shares
    weights = np.where(held, exact, np.floor(exact + 1e-9))
    left = round(float(exact[~held].sum() - weights[~held].sum()))
    order = np.argsort(np.where(held, np.inf, weights - exact), kind="stable")
    weights[order[:left]] += 1
    return np.asarray(weights)


def _scored(loaded: Loaded, models: list[Model], leaves: list[Leaf], cases: Cases, progress: Progress) -> list[Floats]:
    """What each learned model scores, beside all cases."""
    score = cases.question.candidates[0].column
    document, names = together(loaded.model, score, leaves, models)
    if names:
        return _columns(loaded, document, names, cases, progress)
    return [_columns(loaded, model.to_dict(), [score], cases, progress)[0] for model in models]


def _columns(
    loaded: Loaded, document: dict[str, Any], names: list[str], cases: Cases, progress: Progress
) -> list[Floats]:
    document.pop("plays", None)
    core = _core.Model.for_tables_of(json.dumps(document), loaded.model.core)
    bound = Loaded(loaded.core.with_model(core, loaded.threads, None), Model(core), loaded.threads)
    instants = cases.question.as_ofs.astype("datetime64[us]")
    table = bound.score_part(instants, columns=names, progress=progress).table
    account, as_of = account_codes(table["account_id"], loaded.accounts), micros_of(table["as_of"])
    if not (np.array_equal(account, cases.account) and np.array_equal(as_of, cases.as_of)):
        raise AssertionError("the same tables and as-ofs gave other cases")
    return [table[name].fill_null(np.nan).to_numpy() + 0.0 for name in names]  # no negative zero


def _notes(cases: Cases, empty: int) -> list[str]:
    return [*cases.notes, *([f"{empty:,} cases have no points at all, and were left out."] if empty else [])]
