"""Maximum likelihood: where to start, how to scale, when to believe it. The minimiser itself is SciPy's."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import DataError, Error
from .columns import FloatArray
from .limits import Limit, Told, best_limit

__all__ = ["Maximum", "maximise"]

# With many distinct rows a sample of them is fitted first: its maximum and curvature start and scale the fit of all.
_LARGE, _PILOT = 20_000, 5_000
# The logarithm of a parameter may move so far from its start, a factor of 60,000. Beyond it customers differ by less
# than their likelihood can tell, and the terms of the likelihood lose their digits.
_REACH = 11.0
_WITHIN = 1e-6  # converged when a further Newton step would add less than this to the log-likelihood
# A maximum that is no more above a limit in log-likelihood is the limit: no data tell a ratio of 1.001, and the place
# of such a maximum is an accident of the last customer. Far out, a customer's terms are rounded to the second.
_MORE, _ROUNDING = 1e-3, 1e-8
_SURE = 1.0  # standard error of a logarithm below which no limit need be looked at
_ALL, _SOME = 1000, 40  # steps of a descent
_AGAIN = 3  # how often it goes on beyond its reach
_TOLD = 0.3  # the same with the other parameters given


@dataclass(frozen=True)
class Maximum:
    """A fit: parameters, log-likelihood and what is known of their precision."""

    params: FloatArray
    log_likelihood: float
    covariance_of_logs: FloatArray
    converged: bool
    evaluations: int


def maximise(
    likelihood: _core.Likelihood,
    starts: Sequence[Sequence[float]],
    names: Sequence[str],
    model: str,
    threads: int,
    limits: Callable[[], Iterable[Limit]],
    advice: str,
    own: int = 0,
    all_starts: bool = False,
) -> Maximum | Limit:
    """The maximum, or the limit that the likelihood rises towards, whichever is higher.

    Where a start leads to a maximum that the data tell well, that is it. Otherwise the model's own first start, the one
    numbered `own`, is followed as well and the limits are fitted, so that the answer does not depend on where a user
    begins. Where a likelihood has few terms, `all_starts` are followed, and the limits fitted, before the verdict.

    Raises
    ------
    DataError
        If it is neither: the data do not tell the parameters apart. Its last sentence is the `advice`.
    """
    minimise = _scipy_minimise(model)
    least = len(starts) - 1 if all_starts else own
    within = _MORE + _ROUNDING * likelihood.customers
    best: _Top | None = None
    limit: Limit | None = None
    for number, start in enumerate(starts):
        top = _Climb(minimise, likelihood, np.log(np.asarray(start, dtype=np.float64)), threads).reach()
        if top.sure and not all_starts:
            return top.maximum()
        if best is None or top.log_likelihood > best.log_likelihood:
            best = top
        if number == own:  # from here on the answer is the same whatever start was given
            limit = best_limit(limits(), minimise, likelihood.customers, within, top.told(names))
            if limit is not None:  # a maximum may hide where customers differ a little more than at the limit
                beside = np.log(limit.beside(names))
                top = _Climb(minimise, likelihood, beside, threads).reach(least=limit.found)
                best = max(best, top, key=lambda top: top.log_likelihood)
            for _ in range(_AGAIN):  # higher than every limit, and on its way: from there on
                if not best.far.any() or (limit is not None and best.log_likelihood <= limit.found + within):
                    break
                best = _Climb(minimise, likelihood, best.at, threads).reach()
        if (
            number >= least
            and limit is not None
            and best.log_likelihood <= limit.found + within
            and not limit.is_flat()
        ):
            limit.evaluations += best.evaluations
            return limit
        if number >= least and best.is_maximum and (limit is None or best.log_likelihood > limit.found + within):
            if not best.converged:
                warnings.warn(f"{model}: the fit has not converged; see converged_", RuntimeWarning, stacklevel=4)
            return best.maximum()
    assert best is not None
    raise DataError(f"{model}: the data cannot tell the parameters apart: {best.trouble(names)}; {advice}")


@dataclass(frozen=True)
class _Top:
    """Where a climb has ended."""

    at: FloatArray
    log_likelihood: float
    covariance: FloatArray | None  # of the logarithms; None where the likelihood does not fall in every direction
    converged: bool
    hessian: FloatArray  # of the mean log-likelihood
    customers: float
    far: npt.NDArray[np.bool_]
    upwards: npt.NDArray[np.bool_]
    evaluations: int

    @property
    def sure(self) -> bool:
        known = self.covariance is not None and bool((np.diag(self.covariance) < _SURE**2).all())
        return known and self.converged and not self.far.any()

    @property
    def is_maximum(self) -> bool:
        return self.covariance is not None and not bool(self.far.any())

    def told(self, names: Sequence[str]) -> Told:
        """Whether the data tell these parameters, the others given."""

        def one(letters: Sequence[str]) -> bool:
            places = [names.index(letter) for letter in letters]
            block = self.hessian[np.ix_(places, places)]
            if not self.converged or self.far[places].any():
                return False
            if not np.isfinite(block).all() or np.linalg.eigvalsh(block)[0] <= 0.0:
                return False
            return bool((np.diag(np.linalg.inv(block)) < _TOLD**2 * self.customers).all())

        return one

    def maximum(self) -> Maximum:
        assert self.covariance is not None
        return Maximum(np.exp(self.at), self.log_likelihood, self.covariance, self.converged, self.evaluations)

    def trouble(self, names: Sequence[str]) -> str:
        """Why the point is no maximum."""
        if self.far.any():
            k = int(self.far.argmax())
            return f"{names[k]} {'grows without bound' if self.upwards[k] else 'goes to 0'} as the likelihood rises"
        return "other values of them describe the customers as well"


class _Climb:
    def __init__(
        self, minimise: Callable[..., Any], likelihood: _core.Likelihood, start: FloatArray, threads: int
    ) -> None:
        self._minimise, self._likelihood, self._start, self._threads = minimise, likelihood, start, threads
        self._evaluations = 0

    def reach(self, least: float = -np.inf) -> _Top:
        """Up to the top; only a part of the way where it does not come above `least`."""
        at, scale = self._start, None
        if self._likelihood.rows > _LARGE:
            pilot = self._likelihood.thinned(self._likelihood.rows // _PILOT)
            at = self._descend(pilot, at, None)
            scale, _ = _inverse_root(pilot.hessian(at, self._threads))
        gain = value = np.inf
        curved, hessian, far = False, np.empty(0), np.zeros(len(at), np.bool_)
        for _ in range(4):
            at = self._descend(self._likelihood, at, scale, _ALL if least == -np.inf else _SOME)
            far = np.abs(at - self._start) > _REACH - 0.1
            hessian = self._likelihood.hessian(at, self._threads)
            value, gradient = self._likelihood.objective(at, self._threads)
            scale, curved = _inverse_root(hessian)
            if scale is None:
                break
            newton = scale @ (scale.T @ gradient)
            gain = 0.5 * float(gradient @ newton) * self._likelihood.customers
            if (curved and gain < _WITHIN) or far.any() or -value * self._likelihood.customers < least:
                break
        covariance = scale @ scale.T / self._likelihood.customers if scale is not None and curved else None
        log_likelihood = -value * self._likelihood.customers
        return _Top(
            at, log_likelihood, covariance, gain < _WITHIN, hessian, self._likelihood.customers, far,
            at > self._start, self._evaluations,
        )  # fmt: skip

    def _descend(
        self, likelihood: _core.Likelihood, at: FloatArray, scale: FloatArray | None, steps: int = 1000
    ) -> FloatArray:
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
            options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": steps},
        )
        point = found.x if scale is None else at + scale @ found.x
        return np.ascontiguousarray(np.clip(point, low, high), dtype=np.float64)


def _inverse_root(hessian: FloatArray) -> tuple[FloatArray | None, bool]:
    """A matrix C with C C' about the inverse, and whether it is: the curvature is positive in every direction."""
    if not np.isfinite(hessian).all():
        return None, False
    values, vectors = np.linalg.eigh(hessian)
    most = max(float(np.abs(values).max()), 1e-300)
    root: FloatArray = vectors / np.sqrt(np.maximum(np.abs(values), 1e-8 * most))
    return root, bool(values[0] > 1e-12 * most)


def _scipy_minimise(model: str) -> Callable[..., Any]:
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise Error(
            f"{model}: fitting needs SciPy: pip install 'customerhealth[clv]'. "
            "Without it, from_params takes parameters that are known"
        ) from error
    return minimize  # type: ignore[no-any-return]
