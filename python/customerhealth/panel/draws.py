"""Random numbers that a name and a seed fix, whatever else is drawn."""

from __future__ import annotations

import zlib
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

__all__ = ["factors_of", "normals_of", "rate_at"]

Floats = npt.NDArray[np.float64]


def _uniforms_of(seed: int, name: str, rounds: int) -> Floats:
    """Between 0 and 1, neither of them. The stream of a bit generator is the same in all versions of NumPy."""
    words = np.random.Philox(key=[seed, zlib.crc32(name.encode())]).random_raw(rounds)
    uniforms: Floats = ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return uniforms


def normals_of(seed: int, name: str, rounds: int) -> Floats:
    """Standard normal numbers."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(uniform) for uniform in _uniforms_of(seed, name, rounds)])


def factors_of(seed: int, name: str, rounds: int, factor: float) -> Floats:
    """Numbers between 1/factor and factor, their logarithms uniform."""
    factors: Floats = factor ** (2 * _uniforms_of(seed, name, rounds) - 1)
    return factors


def rate_at(rate: Floats, rows: Floats, z: Floats) -> Floats:
    """The rate that would lie z standard errors from the one seen among so many rows: the end of Wilson's interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        square = z * z / rows
        half = np.sqrt(rate * (1 - rate) / rows + square / (4 * rows))
        found: Floats = (rate + square / 2 + z * half) / (1 + square)
    return np.clip(found, 0.0, 1.0)
