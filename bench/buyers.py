"""Customers who buy until they leave: the summaries that BG/NBD is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
R, ALPHA, A, B = 0.243, 4.414, 0.793, 2.426  # as of CDNOW, in the literature


@dataclass(frozen=True)
class Summaries:
    """Repeat purchases, the time of the last one, and how long each customer was watched, in weeks."""

    frequency: FloatArray
    recency: FloatArray
    watched: FloatArray

    def __len__(self) -> int:
        """Return the number of customers."""
        return int(self.frequency.size)


def simulated(customers: int, seed: int = 1) -> Summaries:
    """Purchases as BG/NBD says: Poisson while alive, leaving after a purchase by a chance of one's own.

    Times are continuous, so that hardly two customers with a purchase have the same summary.
    """
    rng = np.random.default_rng(seed)
    watched = rng.uniform(20, 40, customers)
    rate, leaving = rng.gamma(R, 1 / ALPHA, customers), rng.beta(A, B, customers)
    frequency, recency, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while alive.size:
        now[alive] += rng.exponential(1 / rate[alive])
        alive = alive[now[alive] <= watched[alive]]
        frequency[alive] += 1
        recency[alive] = now[alive]
        alive = alive[rng.random(alive.size) >= leaving[alive]]
    return Summaries(frequency, recency, watched)
