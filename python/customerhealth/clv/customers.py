"""What the models of purchases without a contract share: their customers, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from ..errors import DataError
from ..results import Table
from .columns import FloatArray, Numbers, as_column, columns_of, refuse_too_few, shaped
from .estimator import Estimator
from .limit_models import LimitModel
from .limits import Limit, Part, combined, rows_of, sample

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CUSTOMERS", "PurchaseModel", "gamma_start"]

CUSTOMERS = ("frequency", "recency", "T")


class PurchaseModel(Estimator):
    """What the models of purchases share.

    Customers come as three columns, or as a frame that has them in place of the first: `frequency`, the repeat
    purchases (the first one is not counted); `recency`, the time of the last of them since the first purchase, 0
    where there is none; `T`, the age at the end of observation. All times in one unit, which is that of the results.
    """

    _kind: ClassVar[str] = ""

    def fit(
        self,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
        *,
        weights: Numbers | None = None,
    ) -> Self:
        """Fit the parameters by maximum likelihood; needs SciPy, ``pip install 'customerhealth[clv]'``.

        Parameters
        ----------
        frequency, recency, T : array-like of float, shape (n_customers,)
            The customers; or one frame with these columns.
        weights : array-like of float, shape (n_customers,), optional
            How many customers a row stands for.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If a row cannot be (a recency above T, a negative frequency, NaN; ``column`` and ``row`` say where), or
            the data cannot tell the parameters apart.
        """
        x, last, age = self._columns(frequency, recency, T)
        counts = None if weights is None else as_column(weights, "weights")
        likelihood = _core.Likelihood.of_customers(self._kind, x, last, age, counts, self._threads)
        self._identifiable(x, counts)
        starts = self._starts(x, last, age)

        def limits() -> Iterable[Limit]:
            rows, count = rows_of([x, last, age], counts)

            of = {
                every: self._log_likelihoods([np.ascontiguousarray(column[::every]) for column in rows])
                for every in (1, *sample(count))
            }

            def log_likelihood(*spreads: Any, every: int) -> float:
                return float((count[::every] * of[every](self._at(*spreads))).sum())

            return combined(self._spreads(x, age), log_likelihood, len(count))

        return self._search(likelihood, starts, limits)

    def _log_likelihoods(self, rows: list[FloatArray]) -> Callable[[Any], FloatArray]:
        """Of each row, at a limit."""

        def of(model: LimitModel) -> FloatArray:
            return model.ways(*rows)[1]

        return of

    def _spreads(self, x: FloatArray, age: FloatArray) -> list[list[Part]]:
        """How what the model mixes may be spread, the limits included."""
        raise NotImplementedError

    def _at(self, *spreads: Any) -> LimitModel:
        """The model with these spreads."""
        raise NotImplementedError

    def _make_limit(self, limit: Limit) -> LimitModel:
        return self._at(*limit.spreads(limit.values))

    def bootstrap(
        self,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
        *,
        weights: Numbers | None = None,
        replicates: int = 200,
        level: float = 0.95,
        seed: int = 0,
    ) -> Table:
        """Intervals of the parameters by drawing customers anew and fitting again.

        Parameters
        ----------
        frequency, recency, T, weights
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
        x, last, age = self._columns(frequency, recency, T)

        def fit(model: Self, counts: FloatArray) -> None:
            model.fit(x, last, age, weights=counts)

        return Table(self._bootstrapped(fit, len(x), weights, replicates, level, seed))

    def probability_alive(
        self,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """The probability that a customer has not left by T.

        Parameters
        ----------
        frequency, recency, T : float or array-like of float
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        given = columns_of([frequency, recency, T], CUSTOMERS)
        return shaped(self._model.probability_alive(*self._columns(*given), threads=self._threads), *given)

    def expected_purchases(
        self,
        t: Numbers,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """The expected number of purchases in (T, T + t], given the history.

        Parameters
        ----------
        t : float or array-like of float
            Length of time, 0 or more.
        frequency, recency, T : float or array-like of float
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        given = columns_of([frequency, recency, T], CUSTOMERS)
        columns = self._columns(*given)
        return shaped(self._model.expected_purchases(as_column(t, "t"), *columns, threads=self._threads), t, *given)

    predict = expected_purchases

    def expected_purchases_new(self, t: Numbers) -> Any:
        """The expected number of repeat purchases of a new customer in (0, t].

        Parameters
        ----------
        t : float or array-like of float
            Length of time, 0 or more.

        Returns
        -------
        float or ndarray of float64
        """
        return shaped(self._model.expected_purchases_new(as_column(t, "t"), threads=self._threads), t)

    def probability_of_n_purchases(self, n: Numbers, t: Numbers) -> Any:
        """The probability that a new customer makes n repeat purchases in (0, t].

        Parameters
        ----------
        n : int or array-like of int
            Purchases, 0 or more.
        t : float or array-like of float
            Length of time, 0 or more.

        Returns
        -------
        float or ndarray of float64
        """
        found = self._model.probability_of_n_purchases(as_column(n, "n"), as_column(t, "t"), threads=self._threads)
        return shaped(found, n, t)

    def conditional_probability_of_n_purchases(
        self,
        n: Numbers,
        t: Numbers,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """The probability of n purchases in (T, T + t], given the history.

        Parameters
        ----------
        n : int or array-like of int
            Purchases, 0 or more.
        t : float or array-like of float
            Length of time, 0 or more.
        frequency, recency, T : float or array-like of float
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        given = columns_of([frequency, recency, T], CUSTOMERS)
        columns = [as_column(n, "n"), as_column(t, "t"), *self._columns(*given)]
        found = self._model.conditional_probability_of_n_purchases(*columns, threads=self._threads)
        return shaped(found, n, t, *given)

    def log_likelihood(
        self,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """The logarithm of each customer's likelihood.

        Parameters
        ----------
        frequency, recency, T : float or array-like of float
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        given = columns_of([frequency, recency, T], CUSTOMERS)
        return shaped(self._model.log_likelihood(*self._columns(*given), threads=self._threads), *given)

    def _discounted(self, d: float, *customers: Numbers) -> Any:
        """The discounted residual transactions of models that have them."""
        if not 0.0 < float(d) < np.inf:
            raise DataError(f"d: expected a discount rate above 0, got {d}", "", "d")
        given = columns_of(customers, CUSTOMERS)
        columns = self._columns(*given)
        found = self._model.discounted_expected_residual_transactions(float(d), *columns, threads=self._threads)
        return shaped(found, *given)

    @staticmethod
    def _columns(frequency: Numbers, recency: Numbers | None, age: Numbers | None) -> list[FloatArray]:
        given = columns_of([frequency, recency, age], CUSTOMERS)
        return [as_column(value, name) for value, name in zip(given, CUSTOMERS, strict=True)]

    def _identifiable(self, x: FloatArray, counts: FloatArray | None) -> None:
        refuse_too_few(type(self).__name__, "customers", x, counts)
        if not (x if counts is None else x[np.broadcast_to(counts, x.shape) > 0]).any():
            raise DataError(
                f"{type(self).__name__}: every frequency is 0: without repeat purchases neither their rate nor the "
                "leaving of customers can be known",
                "",
                "frequency",
            )


def gamma_start(x: FloatArray, age: FloatArray) -> tuple[float, float]:
    """The shape and the rate of a Gamma that fits the mean and the variance of the counts."""
    mean, over = float(x.mean()), float(x.var() - x.mean())
    shape = min(max(mean * mean / over, 0.1), 10.0) if over > 0 else 10.0
    return shape, shape * float(age.mean()) / mean
