"""What a score foretells as a probability: what the model says, else a curve that other accounts decided."""

from __future__ import annotations

import numpy as np

from .._core import logistic
from ..io.columns import Flags, Floats
from .sample import Sample

__all__ = ["FOLDS", "calibration_line", "fitted", "predicted"]

FOLDS = 5
_LEAST = 1e-15  # of a probability in a logarithm, as scikit-learn takes it


def fitted(value: Floats, event: Flags, at: Floats) -> Floats:
    """The probabilities at some values by a logistic curve over others, with Platt's targets, which keep it finite."""
    events, count = int(event.sum()), len(event)
    if not 0 < events < count or (value == value[0]).all():
        return np.full(len(at), (events + 1) / (count + 2))
    a, b = logistic(np.ascontiguousarray(value), event.astype(np.float64), True)
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-(a - b * at))))


def predicted(sample: Sample, candidate: int, said: Floats) -> Floats:
    """The probability of each case; NaN where the candidate is missing.

    Where the model says none, each fifth of the accounts is foretold by a curve over the other four: what a curve was
    fitted on would flatter it.
    """
    if not np.isnan(said).all():
        return said
    value = sample.value[candidate]
    there, fold = ~np.isnan(value), sample.account % FOLDS
    out = np.full(len(value), np.nan)
    for each in range(FOLDS):
        inside, outside = there & (fold == each), there & (fold != each)
        if inside.any():
            source = outside if outside.any() else inside
            out[inside] = fitted(value[source], sample.event[source], value[inside])
    return out


def calibration_line(probability: Floats, event: Flags) -> tuple[float | None, float | None]:
    """Slope and intercept of the outcome's log-odds over those foretold: 1 and 0 where they are right.

    None where no line exists: one class is empty, all is foretold alike, or the foretold set the two apart.
    """
    if not event.any() or event.all() or (probability == probability[0]).all():
        return None, None
    yes, no = probability[event], probability[~event]
    if yes.min() >= no.max() or no.min() >= yes.max():
        return None, None
    bounded = np.clip(probability, _LEAST, 1 - _LEAST)
    odds = np.log(bounded) - np.log1p(-bounded)
    a, b = logistic(np.ascontiguousarray(odds), event.astype(np.float64), False)
    return -float(b), float(a)
