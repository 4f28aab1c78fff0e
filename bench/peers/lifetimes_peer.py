"""lifetimes: BG/NBD as its documentation has it, given columns rather than a frame.

Tried and no faster: data frames; `initial_params` at the values of the literature (it takes as many steps).
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter

from bench.buyers import FloatArray, Summaries

PARAMETERS = ("r", "alpha", "a", "b")


def fit(given: Summaries) -> BetaGeoFitter:
    """`BetaGeoFitter().fit`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflow on the way, in its line search
        return BetaGeoFitter().fit(pd.Series(given.frequency), pd.Series(given.recency), pd.Series(given.watched))


def parameters(model: BetaGeoFitter) -> dict[str, float]:
    """The four parameters."""
    return {name: float(model.params_[name]) for name in PARAMETERS}


def expected_purchases(model: BetaGeoFitter, t: float, given: Summaries) -> FloatArray:
    """Purchases of each customer in the next t weeks."""
    found = model.conditional_expected_number_of_purchases_up_to_time(t, given.frequency, given.recency, given.watched)
    return np.asarray(found, dtype=np.float64)


def probability_alive(model: BetaGeoFitter, given: Summaries) -> FloatArray:
    """The chance that each customer has not left."""
    found = model.conditional_probability_alive(given.frequency, given.recency, given.watched)
    return np.asarray(found, dtype=np.float64)
