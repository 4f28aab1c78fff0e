"""A score's probability, written into the model."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _core
from .._core import isotonic, logistic, logistic_draws, rates
from ..errors import DataError, unknown
from ..io.columns import Floats
from ..model import Model
from .question import Question
from .sample import Sample
from .study import Study

__all__ = ["probability_of", "with_probability"]

_MANY = 1_000  # events from which on a curve of its own shape scatters less than a logistic one is wrong
_POINTS = 21
_BINS = 20
_DIGITS = 9


def with_probability(study: Study, score: str) -> Model:
    """See :meth:`Validation.calibrated`."""
    part = study.sample.only(_place(study, score))
    made = probability_of(score, part, study.question, study.cases.observed, study.threads)
    document = study.cases.model.to_dict()
    document["scores"][score]["probability"] = made
    return Model.parse(document)


def probability_of(score: str, part: Sample, asked: Question, observed: int, threads: int) -> dict[str, Any]:
    """The key of a score in a document, from cases that all have it, as the only candidate.

    Raises
    ------
    DataError
        If these decide no curve that falls with the score.
    """
    events, count = int(part.event.sum()), len(part.event)
    value = part.value[0]
    if not 0 < events < count:
        what = "no case with the outcome" if not events else "no case without the outcome"
        raise DataError(f"calibrated: among the {count:,} cases that have '{score}' is {what}; no curve can be drawn")
    if (value == value[0]).all():
        raise DataError(f"calibrated: '{score}' is {value[0]:g} for every case; no curve can be drawn")
    made: dict[str, Any] = {"of": " or ".join(each.name for each in asked.outcomes), "horizon": asked.horizon}
    made |= _curves(part, asked, threads) if events >= _MANY else _logistic(part, asked, threads, score)
    shown = _core.show_instant(observed)
    return made | {"from": {"cases": count, "events": events, "accounts": part.accounts, "observed": shown}}


def _place(study: Study, score: str) -> int:
    names = [each.name for each in study.question.candidates]
    if score not in names:
        raise unknown("calibrated: nothing was validated by the name", score, names)
    if not study.question.candidates[names.index(score)].is_score:
        scores = [each.name for each in study.question.candidates if each.is_score]
        raise unknown("calibrated: a probability is that of a score, and none is called", score, scores)
    return names.index(score)


def _logistic(part: Sample, asked: Question, threads: int, score: str) -> dict[str, Any]:
    value, event = np.ascontiguousarray(part.value[0]), part.event.astype(np.float64)
    a, b = logistic(value, event, True)
    if b < 0:
        raise DataError(
            f"calibrated: the outcome came more often where '{score}' is better, and a probability falls with its "
            "score. Is the score to be turned over?"
        )
    drawn = logistic_draws(value, event, part.account.astype(np.int32), asked.rounds, asked.seed, True, threads)
    at = _grid(value)
    with np.errstate(over="ignore"):
        curves = 1 / (1 + np.exp(-(drawn[:, :1] - drawn[:, 1:] * at)))
        middle = 1 / (1 + np.exp(-(a - b * at)))
    edges = [(1 - asked.confidence) / 2, (1 + asked.confidence) / 2]
    low, high = np.quantile(curves[np.isfinite(drawn).all(axis=1)], edges, axis=0)
    return {"logistic": {"a": _short(a), "b": _short(b)}, **_band(at, middle, low, high)}


def _curves(part: Sample, asked: Question, threads: int) -> dict[str, Any]:
    value, event = np.ascontiguousarray(part.value[0]), part.event.astype(np.float64)
    at, middle = isotonic(value, event, np.ones(len(value)))
    bins = np.searchsorted(np.sort(value), value) * _BINS // len(value)
    there, place = np.unique(bins, return_inverse=True)
    groups, account = place.astype(np.int32), part.account.astype(np.int32)
    found = rates(groups, len(there), part.event, account, asked.rounds, asked.seed, threads)
    cases = np.maximum(found["cases_draws"], 1)
    edges = [(1 - asked.confidence) / 2, (1 + asked.confidence) / 2]
    low, high = np.quantile(found["events_draws"] / cases, edges, axis=1)
    centre = np.bincount(place, weights=value) / np.bincount(place)
    both = np.union1d(at, centre)
    curve = np.interp(both, at, middle)
    band = _band(both, curve, np.interp(both, centre, low), np.interp(both, centre, high))
    return {"curve": _points(np.asarray(at), np.asarray(middle)), **band}


def _grid(value: Floats) -> Floats:
    return np.linspace(float(value.min()), float(value.max()), _POINTS)


def _band(at: Floats, middle: Floats, low: Floats, high: Floats) -> dict[str, Any]:
    """Curves that fall, below and above the one in the middle."""
    low = np.minimum.accumulate(np.minimum(low, middle))
    high = np.maximum.accumulate(np.maximum(high, middle)[::-1])[::-1]
    return {"low": _points(at, low), "high": _points(at, high)}


def _points(at: Floats, to: Floats) -> list[list[float]]:
    """Corners, each once: between those that lie on one line nothing needs to be written."""
    points = [[_short(x), min(max(_short(p), 0.0), 1.0)] for x, p in zip(at.tolist(), to.tolist(), strict=True)]
    return [point for place, point in enumerate(points) if place == 0 or point[0] > points[place - 1][0]]


def _short(number: float) -> float:
    """With as many digits as a person may want to read."""
    return float(f"{float(number):.{_DIGITS}g}")
