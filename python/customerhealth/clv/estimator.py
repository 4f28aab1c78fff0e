"""What the estimators share: parameters and their precision, in scikit-learn's manners."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from ..errors import DataError, Error
from .columns import FloatArray, Numbers, as_column
from .limits import Limit
from .optimise import Maximum, maximise

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Self

__all__ = ["Estimator", "fitted"]


class Estimator:
    """A model whose parameters are fitted by maximum likelihood.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins, a value a parameter; by default at moments of the data.
    threads : int, optional
        How many threads a call may use; by default as many as this process may.

    Attributes
    ----------
    params_ : dict of str to float
        The parameters, by the letters of the literature; infinite, or 0, where they run off to a limit, NaN where it
        does not depend on them.
    limit_ : dict of str to float, or None
        What the likelihood rises towards where it has no maximum: customers who differ too little for it are fitted as
        all alike (``{"p": 0.2}``: everybody leaves with probability 0.2), those of whom each does or never does a thing
        by their share. Forecasts are the limit's. None where there is a maximum.
    standard_errors_ : dict of str to float
        From the second derivatives at the maximum; NaN for what has run off.
    covariance_ : ndarray, shape (n_parameters, n_parameters)
        Of the parameters, in their order.
    log_likelihood_ : float
        Summed over the customers.
    aic_, bic_ : float
        Akaike's and Bayes' information criterion; lower is better, among models of the same data.
    converged_ : bool
        Whether a further step would add less than 1e-6 to the log-likelihood.
    n_customers_ : float
        How many customers the fit has seen, weights counted.
    n_evaluations_ : int
        How often it has asked for the likelihood.
    """

    _names: ClassVar[tuple[str, ...]] = ()
    _advice: ClassVar[str] = "give more customers, or take parameters that are known by from_params"

    limit_: dict[str, float] | None = None
    params_: dict[str, float]
    standard_errors_: dict[str, float]
    covariance_: FloatArray
    log_likelihood_: float
    aic_: float
    bic_: float
    converged_: bool
    n_customers_: float
    n_evaluations_: int

    def __init__(self, *, start: Mapping[str, float] | None = None, threads: int | None = None) -> None:
        self.start = start
        self.threads = threads

    # ---- scikit-learn's manners ---------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """The arguments of the constructor.

        Parameters
        ----------
        deep : bool
            Taken for scikit-learn's sake; there is nothing deeper.

        Returns
        -------
        dict
        """
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor.

        Parameters
        ----------
        **params
            Those to change.

        Returns
        -------
        self
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value:.6g}" for name, value in getattr(self, "params_", {}).items())
        if self.limit_ is not None:
            shown += " at the limit " + ", ".join(f"{name}={value:.6g}" for name, value in self.limit_.items())
        return f"<{type(self).__name__} {shown}>" if shown else f"<{type(self).__name__}, not fitted>"

    # ---- parameters ---------------------------------------------------------------------------------------------

    @classmethod
    def _from_params(cls, **params: float) -> Self:
        made = cls()
        made.params_ = {name: float(value) for name, value in params.items()}
        made._model  # noqa: B018  checks them
        return made

    @property
    def _fitted(self) -> dict[str, float]:
        return fitted(self)

    @property
    def _threads(self) -> int:
        return self.threads or 0

    def _make(self, params: dict[str, float]) -> Any:
        raise NotImplementedError

    def _make_limit(self, limit: Limit) -> Any:
        """The model at a limit, with the methods of the core's."""
        raise NotImplementedError

    @property
    def _model(self) -> Any:
        """The core's model; made anew where the parameters have changed."""
        params = self._fitted
        if self.limit_ is not None:
            return self._at_limit
        made = self.__dict__.get("_made")
        if made is None or made[0] != params:
            made = (dict(params), self._make(params))
            self.__dict__["_made"] = made
        return made[1]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_made"}

    def _starts(self, *data: FloatArray) -> list[list[float]]:
        raise NotImplementedError

    def _search(
        self,
        likelihood: _core.Likelihood,
        starts: Sequence[Sequence[float]],
        limits: Callable[[], Iterable[Limit]],
        *,
        all_starts: bool = False,
    ) -> Self:
        """Finds the maximum or the limit, and keeps it."""
        begun = [list(start) for start in starts]
        if self.start is not None:
            if set(self.start) != set(self._names):
                raise DataError(f"start: expected a value for each of {', '.join(self._names)}, got {dict(self.start)}")
            begun.insert(0, [float(self.start[name]) for name in self._names])
            if not all(0.0 < value < math.inf for value in begun[0]):
                raise DataError(f"start: expected finite values above 0, got {dict(self.start)}")
        name = type(self).__name__
        own = len(begun) - len(starts)
        found = maximise(likelihood, begun, self._names, name, self._threads, limits, self._advice, own, all_starts)
        return self._keep(found, likelihood.customers)

    def _keep(self, found: Maximum | Limit, customers: float) -> Self:
        if isinstance(found, Limit):
            params = found.params()
            self.params_ = {name: params.get(name, math.nan) for name in self._names}
            self.covariance_ = found.covariance(self._names)
            self.limit_, self._at_limit = found.limit(), self._make_limit(found)
            self.log_likelihood_, self.converged_ = found.found, True
        else:
            self.params_ = dict(zip(self._names, found.params.tolist(), strict=True))
            self.covariance_ = found.covariance_of_logs * np.outer(found.params, found.params)
            self.limit_, self._at_limit = None, None
            self.log_likelihood_, self.converged_ = found.log_likelihood, found.converged
        errors = np.sqrt(np.diag(self.covariance_))
        self.standard_errors_ = dict(zip(self._names, errors.tolist(), strict=True))
        self.n_customers_ = customers
        self.n_evaluations_ = found.evaluations
        k = len(self._names)
        self.aic_ = 2.0 * k - 2.0 * self.log_likelihood_
        self.bic_ = k * math.log(customers) - 2.0 * self.log_likelihood_
        return self

    def confidence_intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Intervals of the parameters from the standard errors of their logarithms, so that none reaches 0.

        NaN where a parameter has run off to a limit.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        dict of str to (float, float)
        """
        if not hasattr(self, "standard_errors_"):
            raise Error(f"this {type(self).__name__} was not fitted: it has no standard errors")
        z = NormalDist().inv_cdf(0.5 + level / 2.0)
        out = {}
        for (name, value), error in zip(self.params_.items(), self.standard_errors_.values(), strict=True):
            known = 0.0 < value < math.inf and not math.isnan(error)
            spread = math.exp(z * error / value) if known else math.nan
            out[name] = (value / spread, value * spread)
        return out

    def _bootstrapped(
        self, fit: Any, rows: int, weights: Numbers | None, replicates: int, level: float, seed: int
    ) -> pa.Table:
        """Intervals by drawing the customers anew, `replicates` times; `fit` takes the weights of a draw."""
        import pyarrow as pa

        if replicates < 2 or not 0.0 < level < 1.0:
            raise DataError(f"expected 2 replicates or more and a level between 0 and 1, got {replicates} and {level}")
        estimate = self._fitted
        counts = np.ones(rows) if weights is None else as_column(weights, "weights")
        total = round(float(counts.sum()))
        rng = np.random.default_rng(seed)
        drawn, failed = [], 0
        for _ in range(replicates):
            again = type(self)(start=estimate if self.limit_ is None else None, threads=self.threads)
            try:
                fit(again, rng.multinomial(total, counts / counts.sum()).astype(np.float64))
            except DataError:
                failed += 1
                continue
            drawn.append(list(again.params_.values()))
        if len(drawn) < 2:
            raise DataError(f"bootstrap: {failed} of {replicates} draws cannot be fitted")
        sample = np.array(drawn)
        shares = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
        with np.errstate(invalid="ignore"):
            # Of draws at a limit none can be taken between a finite value and an infinite one.
            ran_off = not np.isfinite(sample).all()
            low, high = np.quantile(sample, shares, axis=0, method="nearest" if ran_off else "linear")
            spread = sample.std(axis=0, ddof=1)
        return pa.table(
            {
                "parameter": list(estimate),
                "estimate": list(estimate.values()),
                "standard_error": spread,
                "low": low,
                "high": high,
            },
            metadata={"level": str(level), "replicates": str(len(drawn)), "not_fitted": str(failed), "seed": str(seed)},
        )


def fitted(model: Estimator) -> dict[str, float]:
    """The parameters of a model; raises Error where it has none yet."""
    if not hasattr(model, "params_"):
        raise Error(f"this {type(model).__name__} has no parameters yet: call fit, or make it by from_params")
    return model.params_
