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
from ..io.columns import Flags, Floats, Ints, account_codes, micros_of
from ..io.instants import AsOf, one_instant
from ..loaded import Loaded
from ..model import Model
from ..progress import Progress
from .ahead import after
from .calibrated import probability_of
from .cases import CASE, NOT_AMONG, Cases, cases_of, without_trends
from .judged import Judged
from .learned import Bend, Learned, Weighed
from .measures import Apart, Leaf, apart, can_be_a_curve, leaves_of, rewritten, scaled, together
from .observed import months_over
from .question import asked
from .sample import Sample, sample_of
from .shapes import Shapes, policies, shape_of
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
    learn: str,
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
    _check(learn, towards, strength, test_accounts)
    bent = _shaped(loaded.model, leaves, {*(least or {}), *(most or {}), *hold}) if learn == "curves" else set()
    cases, seen = _cases(loaded, score, leaves, bent, seed, progress, arguments)
    is_training, is_held_out = _split(cases, test, test_accounts, seed)
    points, values, there = _points(cases, seen, leaves)
    # Each in an order of its own: what is held out decides neither folds nor draws of what is learned on.
    part, held_out = _part(cases, is_training & there), _part(cases, is_held_out & there)
    _enough(part, score, int((is_training & ~there).sum()))
    document = _Document(loaded.model, score, leaves, *_rows(points, values, part.row), hold, whole)
    problem = document.problem(part, towards, bounds, loaded.threads)
    chosen, folds = cross_validated(problem, STRENGTHS if strength is None else (float(strength),), seed)
    fit = fitted(problem, chosen)
    if not fit.weights.sum() > 0:
        raise DataError(
            f"learn: no weight of 0 or more makes '{score}' foresee better than the base rate; every measure's points "
            "rise with the risk, or the strength is too large"
        )
    others = [(out, other) for out, other in folds if other.weights.sum() > 0]
    to_write = [(fit, np.ones(len(part.row), np.bool_)), *((other, ~out) for out, other in others)]
    models = [document.written(each, chosen, inside) for each, inside in to_write]
    scored = _scored(loaded, models, leaves, cases, progress)
    across = cases.values[0].copy()
    for (out, _), values_across in zip(others, scored[1:], strict=True):
        across[part.row[out]] = values_across[part.row[out]]
    model, doubts = _told(models[0], score, cases, part, across, loaded.threads)
    return Learned(
        model=model,
        score=score,
        strength=chosen,
        judged=Judged(part, held_out, cases.values[0], scored[0], across, seed),
        weighed=document.weighed(fit, drawn(problem, fit, chosen, _ROUNDS, seed)),
        bent=_bends(document.shapes, models[0], document.weights(fit)),
        notes=_notes(cases, int((is_training & ~there).sum() + (is_held_out & ~there).sum())) + doubts,
        threads=loaded.threads,
    )


# ---- what is asked ---------------------------------------------------------------------------------------------------


def _check(learn: object, towards: object, strength: Any, test_accounts: Any) -> None:
    if learn not in ("weights", "curves"):
        raise DataError(f"learn: expected 'weights' or 'curves', got {learn!r}")
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


def _shaped(model: Model, leaves: list[Leaf], bounded: set[str]) -> set[str]:
    """The measures whose shapes are learned; one whose share has a bound keeps its shape."""
    scores = model.to_dict()["scores"]
    free = (leaf for leaf in leaves if leaf.part not in bounded)
    return {leaf.part for leaf in free if can_be_a_curve(scores[leaf.owner]["measures"][leaf.name])}


def _cases(
    loaded: Loaded,
    score: str,
    leaves: list[Leaf],
    bent: set[str],
    seed: int,
    progress: Progress,
    arguments: dict[str, Any],
) -> tuple[Cases, Apart]:
    """The cases of the score, with the points of each leaf, and values of those to be bent, as further candidates."""
    if arguments["as_ofs"] is None:
        wanted = {name: arguments[name] for name in ("horizon", "lead", "observed")}
        arguments["as_ofs"] = months_over(loaded, **wanted).astype("datetime64[us]")
    seen = apart(loaded, leaves, bent)
    names = [*seen.points, *dict.fromkeys(name for name in seen.values if name is not None)]
    rest: dict[str, Any] = {"by": None, "capacity": 1, "per": None, "confidence": 0.95, "rounds": 1000}
    question = asked(seen.loaded.model, [score, *names], grades=False, revenue=None, seed=seed, **rest, **arguments)
    return cases_of(seen.loaded, question, progress), seen


def _points(cases: Cases, seen: Apart, leaves: list[Leaf]) -> tuple[Floats, list[Floats | None], Flags]:
    """Points from 0 to 1, a row a case; values of measures to be bent; whether any points that weigh are there."""
    low = np.array([leaf.scale[0] for leaf in leaves])
    width = np.array([leaf.scale[1] - leaf.scale[0] for leaf in leaves])
    points = (cases.values[1 : 1 + len(leaves)].T - low) / width
    share = np.array([leaf.share for leaf in leaves])
    column = {candidate.name: place for place, candidate in enumerate(cases.question.candidates)}
    values = [None if name is None else cases.values[column[name]] for name in seen.values]
    return points, values, (~np.isnan(points) * share).sum(axis=1) > 0


def _shapes(model: Model, leaves: list[Leaf], points: Floats, values: list[Floats | None]) -> Shapes:
    scores, shapes = model.to_dict()["scores"], []
    for place, (leaf, value) in enumerate(zip(leaves, values, strict=True)):
        measure = scores[leaf.owner]["measures"][leaf.name]
        shapes.append(None if value is None else shape_of(measure, leaf.scale, value, points[:, place]))
    return Shapes(leaves, shapes)


def _bends(shapes: Shapes, model: Model, weights: Floats) -> list[Bend]:
    """Corners of measures whose shapes were learned, with the points of before and after."""
    scores, out = model.to_dict()["scores"], []
    for leaf, shape, weight in zip(shapes.leaves, shapes.shapes, weights.tolist(), strict=True):
        if shape is not None:
            before = scaled(shape.points, leaf.scale, whole=False).tolist()
            after = dict(scores[leaf.owner]["measures"][leaf.name]["curve"]) if weight > 0 else {}
            out += [Bend(leaf.part, x, y, after.get(x)) for x, y in zip(shape.at.tolist(), before, strict=True)]
    return out


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


def _enough(sample: Sample, score: str, without: int) -> None:
    if not len(sample.row) and without:
        raise DataError(f"learn: '{score}' has no points in any of {without:,} cases: all its measures are missing")
    if sample.event_accounts < _LEAST_ACCOUNTS:
        raise DataError(
            f"learn: {sample.event_accounts} accounts with the outcome to learn from; fewer than {_LEAST_ACCOUNTS} say "
            "nothing of weights. Ask for a longer horizon, more as-ofs, or a smaller test"
        )
    if sample.event.all():
        raise DataError("learn: every case has the outcome; there is nothing to tell apart")


# ---- the document ----------------------------------------------------------------------------------------------------


class _Document:
    """The document's score, taken apart for what is learned on, and written anew with other weights."""

    def __init__(
        self,
        model: Model,
        score: str,
        leaves: list[Leaf],
        points: Floats,
        values: list[Floats | None],
        hold: Collection[str],
        whole: bool,
    ) -> None:
        self._model, self._score, self._leaves, self._hold, self._whole = model, score, leaves, hold, whole
        self._points, self._values = points, values
        self.shapes = _shapes(model, leaves, points, values)

    def problem(self, part: Sample, towards: str, bounds: tuple[Floats, Floats], threads: int) -> Problem:
        rows = np.ascontiguousarray(self.shapes.columns(self._points, self._values))
        least, most = self.shapes.spread(bounds[0], 0.0), self.shapes.spread(bounds[1], 1.0)
        shares = self.shapes.shares
        return Problem(self.shapes.parts, rows, part.event, part.account, shares, towards, least, most, threads)

    def weights(self, fit: Fit) -> Floats:
        """In hundredths of their sum."""
        shares = self.shapes.weights(fit.shares)
        return _rounded(shares, self._leaves, self._hold) if self._whole else 100 * shares

    def weighed(self, fit: Fit, draws: Floats) -> Weighed:
        before = np.array([leaf.share for leaf in self._leaves])
        shares = np.stack([self.shapes.weights(each) for each in draws])
        return Weighed([leaf.part for leaf in self._leaves], before, self.weights(fit), shares)

    def written(self, fit: Fit, strength: float, inside: Flags) -> Model:
        """The model with the weights of a fit to some of the cases."""
        points, values = _rows(self._points, self._values, inside)
        curves = self.shapes.curves(fit.weights, policies(fit, self.shapes, strength, points, values))
        weights = self.weights(fit)
        curves = [curve if weight > 0 else None for curve, weight in zip(curves, weights.tolist(), strict=True)]
        return rewritten(self._model, self._score, self._leaves, weights, curves, whole=self._whole)


def _rows(points: Floats, values: list[Floats | None], which: Ints | Flags) -> tuple[Floats, list[Floats | None]]:
    return points[which], [None if each is None else each[which] for each in values]


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
    bound = loaded.under(core, progress=False)
    instants = cases.question.as_ofs.astype("datetime64[us]")
    table = without_trends(bound, names).score_part(instants, columns=names, progress=progress).table
    account, as_of = account_codes(table["account_id"], loaded.accounts), micros_of(table["as_of"])
    if not (np.array_equal(account, cases.account) and np.array_equal(as_of, cases.as_of)):
        raise AssertionError("the same tables and as-ofs gave other cases")
    return [table[name].fill_null(np.nan).to_numpy() + 0.0 for name in names]  # no negative zero


def _told(
    model: Model, score: str, cases: Cases, part: Sample, across: Floats, threads: int
) -> tuple[Model, list[str]]:
    """The model with a probability of the score, from cases by weights of other accounts; else why there is none."""
    foretold = replace(part, value=across[part.row][None, :]).only(0)
    try:
        made = probability_of(score, foretold, cases.question, cases.observed, threads)
    except DataError as error:
        return model, [f"No probability: {str(error).removeprefix('calibrated: ')}."]
    document = model.to_dict()
    document["scores"][score]["probability"] = made
    return Model.parse(document), []


def _notes(cases: Cases, empty: int) -> list[str]:
    return [*cases.notes, *([f"{empty:,} cases have no points at all, and were left out."] if empty else [])]
