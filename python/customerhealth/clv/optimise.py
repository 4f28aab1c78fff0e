"""Maximum likelihood: where to start, how to scale, when to believe it. The minimiser itself is SciPy's."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError, Error
from .columns import FloatArray

__all__ = ["Maximum", "maximise"]

# With many distinct rows a sample of them is fitted first: its maximum and curvature start and scale the fit of all.
_LARGE, _PILOT = 20_000, 5_000
_REACH = 16.0  # the logarithm of a parameter may move so far from its start: a factor of nine million
_WITHIN = 1e-6  # converged when a further Newton step would add less than this to the log-likelihood
_MOST_UNCERTAIN = 5.0  # largest standard error of a logarithm: 95 % then span nine orders of magnitude


@dataclass(frozen=True)
class Maximum:
    """A fit: parameters, log-likelihood and what is known of their precision."""

    params: FloatArray
    log_likelihood: float
    covariance_of_logs: FloatArray
    converged: bool
    evaluations: int


def maximise(
    likelihood: _core.Likelihood, starts: Sequence[Sequence[float]], names: Sequence[str], model: str, threads: int
) -> Maximum:
    """The maximum, from the first of the starting points that leads to one.

    Raises
    ------
    DataError
        If no start leads to a maximum with a curvature: the data do not tell the parameters apart.
    """
    minimise = _scipy_minimise(model)
    if likelihood.rows < len(names):
        raise DataError(
            f"{model}: {likelihood.rows} different summaries cannot tell {len(names)} parameters apart; "
            "give more customers, or use from_params"
        )
    trouble = ""
    for start in starts:
        climb = _Climb(minimise, likelihood, np.log(np.asarray(start, dtype=np.float64)), threads)
        found, trouble = climb.reach(names)
        if found is not None:
            if not found.converged:
                warnings.warn(f"{model}: the fit has not converged; see converged_", RuntimeWarning, stacklevel=3)
            return found
    raise DataError(f"{model}: the data cannot tell the parameters apart: {trouble}")


class _Climb:
    def __init__(
        self, minimise: Callable[..., Any], likelihood: _core.Likelihood, start: FloatArray, threads: int
    ) -> None:
        self._minimise, self._likelihood, self._start, self._threads = minimise, likelihood, start, threads
        self._evaluations = 0

    def reach(self, names: Sequence[str]) -> tuple[Maximum | None, str]:
        at, scale = self._start, None
        if self._likelihood.rows > _LARGE:
            pilot = self._likelihood.thinned(self._likelihood.rows // _PILOT)
            at = self._descend(pilot, at, None)
            scale = _inverse_root(pilot.hessian(at, self._threads))
        gain = value = np.inf
        for _ in range(4):
            at = self._descend(self._likelihood, at, scale)
            hessian = self._likelihood.hessian(at, self._threads)
            value, gradient = self._likelihood.objective(at, self._threads)
            scale = _inverse_root(hessian)
            if scale is None:
                break
            newton = scale @ (scale.T @ gradient)
            gain = 0.5 * float(gradient @ newton) * self._likelihood.customers
            if gain < _WITHIN:
                break
        trouble = self._trouble(at, scale, names)
        if trouble or scale is None:
            return None, trouble
        covariance = scale @ scale.T / self._likelihood.customers
        log_likelihood = -value * self._likelihood.customers
        return Maximum(np.exp(at), log_likelihood, covariance, gain < _WITHIN, self._evaluations), ""

    def _descend(self, likelihood: _core.Likelihood, at: FloatArray, scale: FloatArray | None) -> FloatArray:
        """From `at`, in units in which the curvature is about 1, if that is known."""
        low, high = self._start - _REACH, self._start + _REACH

        def of(moved: FloatArray) -> tuple[float, FloatArray]:
            self._evaluations += 1
            here = moved if scale is None else np.clip(at + scale @ moved, low, high)
            value, gradient = likelihood.objective(here, self._threads)
            if not np.isfinite(value):
                return 1e300, np.zeros_like(gradient)
            return value, gradient if scale is None else gradient @ scale

        found = self._minimise(
            of,
            at if scale is None else np.zeros_like(at),
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(low, high, strict=True)) if scale is None else None,
            options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": 1000},
        )
        point = found.x if scale is None else at + scale @ found.x
        return np.ascontiguousarray(np.clip(point, low, high), dtype=np.float64)

    def _trouble(self, at: FloatArray, scale: FloatArray | None, names: Sequence[str]) -> str:
        """Why the point is no maximum to report; empty where it is one."""
        far = np.abs(at - self._start) > _REACH - 0.1
        if far.any():
            k = int(far.argmax())
            way = "grows without bound" if at[k] > self._start[k] else "goes to 0"
            return f"{names[k]} {way} as the likelihood rises; customers may differ too little in what it describes"
        if scale is None:
            return "the likelihood is flat at the best point found, whatever some of them are"
        errors = np.sqrt((scale**2).sum(axis=1) / self._likelihood.customers)
        if (errors > _MOST_UNCERTAIN).any():
            k = int(errors.argmax())
            return (
                f"the likelihood hardly changes with {names[k]} (it stopped at {np.exp(at[k]):.3g}); "
                "customers may differ too little in what it describes"
            )
        return ""


def _inverse_root(hessian: FloatArray) -> FloatArray | None:
    """A matrix C with C C' the inverse, or None where the curvature is not positive in every direction."""
    if not np.isfinite(hessian).all():
        return None
    values, vectors = np.linalg.eigh(hessian)
    if values[0] <= 1e-12 * max(values[-1], 1e-300):
        return None
    root: FloatArray = vectors / np.sqrt(values)
    return root


def _scipy_minimise(model: str) -> Callable[..., Any]:
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise Error(
            f"{model}: fitting needs SciPy: pip install 'customerhealth[clv]'. "
            "Without it, from_params takes parameters that are known"
        ) from error
    return minimize  # type: ignore[no-any-return]
