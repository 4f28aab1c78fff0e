"""How much a purchase is worth."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..results import Table
from .columns import FloatArray, Numbers, as_column, columns_of, refuse_too_few, shaped
from .estimator import Estimator
from .limits import Limit
from .spend_limit import SpendLimit, spend_limits

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["GammaGamma"]

_SPEND = ("frequency", "monetary_value")


class GammaGamma(Estimator):
    """Gamma-Gamma: the value of a customer's purchases, independent of how many there are.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins: p, q, v.
    threads : int, optional
        How many threads a call may use.

    Attributes
    ----------
    params_ : dict
        p (a purchase is Gamma(p, rate nu)), q, v (nu is Gamma(q, rate v)).
    limit_, standard_errors_, covariance_, log_likelihood_, aic_, bic_, converged_, n_customers_, n_evaluations_
        See :class:`customerhealth.clv.Estimator`; of the customers with repeat purchases.

    References
    ----------
    .. [1] Fader, Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025.

    Examples
    --------
    >>> import customerhealth as ch
    >>> g = ch.clv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> g.expected_value([2, 0], [22.35, 0]).round(2)  # nobody's own mean, and that of all
    array([24.66, 35.22])
    """

    _names = ("p", "q", "v")

    @classmethod
    def from_params(cls, *, p: float, q: float, v: float) -> Self:
        """The model with known parameters.

        Parameters
        ----------
        p, q, v : float
            Above 0.

        Returns
        -------
        model
        """
        return cls._from_params(p=p, q=q, v=v)

    def fit(self, frequency: Numbers, monetary_value: Numbers | None = None, *, weights: Numbers | None = None) -> Self:
        """Fit the parameters by maximum likelihood; needs SciPy, ``pip install 'customerhealth[clv]'``.

        Parameters
        ----------
        frequency, monetary_value : array-like of float, shape (n_customers,)
            Repeat purchases, and their mean value; or one frame with these columns. Customers without repeat
            purchases say nothing and are left out.
        weights : array-like of float, shape (n_customers,), optional
            How many customers a row stands for.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If a row cannot be (``column`` and ``row`` say where), or the data cannot tell the parameters apart.
        """
        x, mean = self._columns(frequency, monetary_value)
        counts = None if weights is None else as_column(weights, "weights")
        likelihood = _core.Likelihood.of_spend(x, mean, counts, self._threads)
        of_row = np.broadcast_to(1.0 if counts is None else counts, x.shape)
        refuse_too_few("GammaGamma", "customers with repeat purchases", x, of_row * (x > 0.0))
        return self._search(likelihood, self._starts(x, mean), lambda: spend_limits(x, mean, counts))

    def _make_limit(self, limit: Limit) -> SpendLimit:
        made: SpendLimit = limit.spreads(limit.values)[0]
        return made

    def bootstrap(
        self,
        frequency: Numbers,
        monetary_value: Numbers | None = None,
        *,
        weights: Numbers | None = None,
        replicates: int = 200,
        level: float = 0.95,
        seed: int = 0,
    ) -> Table:
        """Intervals of the parameters by drawing customers anew and fitting again.

        Parameters
        ----------
        frequency, monetary_value, weights
            As for ``fit``, which comes before.
        replicates : int
            How many draws.
        level : float
            Of the intervals, between 0 and 1.
        seed : int
            Of the draws.

        Returns
        -------
        Table
            parameter, estimate, standard_error, low, high; its metadata count the draws, and those not fitted.
        """
        x, mean = self._columns(frequency, monetary_value)

        def fit(model: Self, counts: FloatArray) -> None:
            model.fit(x, mean, weights=counts)

        return Table(self._bootstrapped(fit, len(x), weights, replicates, level, seed))

    def expected_value(self, frequency: Numbers, monetary_value: Numbers | None = None) -> Any:
        """The mean value of the customer's purchases to come: between their own mean and that of all.

        It is p (v + x m) / (p x + q - 1) for x purchases of mean m, and infinite where p x + q is 1 or less: with a q
        of 1 or less also for all who have no repeat purchases.

        Parameters
        ----------
        frequency, monetary_value : float or array-like of float
            The customers; or one frame with these columns. Without repeat purchases it is the mean of all customers.

        Returns
        -------
        float or ndarray of float64
            NaN where it is infinite.

        Warns
        -----
        RuntimeWarning
            If it is infinite for some; with their number and the first row.
        """
        given = columns_of([frequency, monetary_value], _SPEND)
        columns = self._columns(*given)
        found: FloatArray = self._model.expected_value(*columns, threads=self._threads)
        params = self._fitted
        endless = ~self._has_mean(columns[0], found.shape)
        if endless.any():
            found[endless] = np.nan
            warnings.warn(
                f"GammaGamma: {int(endless.sum())} of {len(endless)} customers, the first in row "
                f"{int(endless.argmax())}, have too few purchases for a finite mean value and get NaN: it needs "
                f"p x + q > 1, and q is {params['q']:.4g}, p {params['p']:.4g}",
                RuntimeWarning,
                stacklevel=2,
            )
        return shaped(found, *given)

    def _has_mean(self, frequency: FloatArray, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        params = self._fitted
        with np.errstate(invalid="ignore"):
            bought = np.where(frequency > 0.0, params["p"] * frequency, 0.0)
        return np.broadcast_to(bought + params["q"] > 1.0, shape)

    predict = expected_value

    def log_likelihood(self, frequency: Numbers, monetary_value: Numbers | None = None) -> Any:
        """The logarithm of each customer's likelihood; 0 without repeat purchases.

        Parameters
        ----------
        frequency, monetary_value : float or array-like of float
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        given = columns_of([frequency, monetary_value], _SPEND)
        return shaped(self._model.log_likelihood(*self._columns(*given), threads=self._threads), *given)

    @staticmethod
    def _columns(frequency: Numbers, monetary_value: Numbers | None) -> list[FloatArray]:
        given = columns_of([frequency, monetary_value], _SPEND)
        return [as_column(value, name) for value, name in zip(given, _SPEND, strict=True)]

    def _make(self, params: dict[str, float]) -> _core.GammaGamma:
        return _core.GammaGamma(*(params[name] for name in self._names))

    def _starts(self, *data: FloatArray) -> list[list[float]]:
        x, mean = data
        level = float(np.broadcast_to(mean, x.shape)[x > 0].mean())
        return [[2.0, 4.0, 1.5 * level], [6.0, 2.0, 0.2 * level]]
