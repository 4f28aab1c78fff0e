"""What the estimators share: parameters and their precision, in scikit-learn's manners."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from ..errors import DataError, Error
from .columns import FloatArray, Numbers, as_column
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
        The parameters, by the letters of the literature.
    standard_errors_ : dict of str to float
        From the second derivatives at the maximum.
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

    @property
    def _model(self) -> Any:
        """The core's model; made anew where the parameters have changed."""
        params = self._fitted
        made = self.__dict__.get("_made")
        if made is None or made[0] != params:
            made = (dict(params), self._make(params))
            self.__dict__["_made"] = made
        return made[1]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_made"}

    def _starts(self, *data: FloatArray) -> list[list[float]]:
        raise NotImplementedError

    def _maximise(self, likelihood: _core.Likelihood, starts: Sequence[Sequence[float]]) -> Maximum:
        if self.start is not None:
            if set(self.start) != set(self._names):
                raise DataError(f"start: expected a value for each of {', '.join(self._names)}, got {dict(self.start)}")
            starts = [[float(self.start[name]) for name in self._names]]
            if not all(0.0 < value < math.inf for value in starts[0]):
                raise DataError(f"start: expected finite values above 0, got {dict(self.start)}")
        return maximise(likelihood, starts, self._names, type(self).__name__, self._threads)

    def _keep(self, found: Maximum, customers: float) -> Self:
        k = len(self._names)
        self.params_ = dict(zip(self._names, found.params.tolist(), strict=True))
        self.covariance_ = found.covariance_of_logs * np.outer(found.params, found.params)
        errors = np.sqrt(np.diag(self.covariance_))
        self.standard_errors_ = dict(zip(self._names, errors.tolist(), strict=True))
        self.log_likelihood_ = found.log_likelihood
        self.converged_ = found.converged
        self.n_customers_ = customers
        self.n_evaluations_ = found.evaluations
        self.aic_ = 2.0 * k - 2.0 * found.log_likelihood
        self.bic_ = k * math.log(customers) - 2.0 * found.log_likelihood
        return self

    def confidence_intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Intervals of the parameters from the standard errors of their logarithms, so that none reaches 0.

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
        return {
            name: (value * math.exp(-z * error / value), value * math.exp(z * error / value))
            for (name, value), error in zip(self.params_.items(), self.standard_errors_.values(), strict=True)
        }

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
            again = type(self)(start=estimate, threads=self.threads)
            try:
                fit(again, rng.multinomial(total, counts / counts.sum()).astype(np.float64))
            except DataError:
                failed += 1
                continue
            drawn.append(list(again.params_.values()))
        if len(drawn) < 2:
            raise DataError(f"bootstrap: {failed} of {replicates} draws cannot be fitted")
        sample = np.array(drawn)
        low, high = np.quantile(sample, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
        return pa.table(
            {
                "parameter": list(estimate),
                "estimate": list(estimate.values()),
                "standard_error": sample.std(axis=0, ddof=1),
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
