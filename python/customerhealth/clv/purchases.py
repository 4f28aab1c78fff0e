"""How often customers without a contract buy, and whether they are still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from ..errors import DataError
from .columns import FloatArray, Numbers, as_column, columns_of, shaped
from .customers import CUSTOMERS, PurchaseModel, gamma_start
from .limit_models import BgBbLimit, BgNbdLimit, ParetoLimit, Ways
from .limits import Part, beta_parts, gamma_parts
from .mixing import CHANCES, RATES

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BGBB", "BGNBD", "MBGNBD", "ParetoNBD"]

_MOST_OPPORTUNITIES = 100_000  # a customer's likelihood is a sum over them


class BGNBD(PurchaseModel):
    """BG/NBD: purchases at a Gamma-distributed rate; after each repeat purchase a customer may leave, for ever.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins: r, alpha, a, b.
    threads : int, optional
        How many threads a call may use.

    Attributes
    ----------
    params_ : dict
        r, alpha (of the rate of purchases, Gamma(r, rate alpha)), a, b (of the probability to leave, Beta(a, b)).
    limit_, standard_errors_, covariance_, log_likelihood_, aic_, bic_, converged_, n_customers_, n_evaluations_
        See :class:`customerhealth.clv.Estimator`.

    References
    ----------
    .. [1] Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model,
       Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> import customerhealth as ch
    >>> m = ch.clv.BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> round(m.expected_purchases(39, frequency=2, recency=30.43, T=38.86), 3)
    1.226
    >>> m.probability_alive([0, 2], [0, 10], [38.86, 38.86]).round(3)
    array([1.   , 0.268])
    """

    _names = ("r", "alpha", "a", "b")
    _kind = "bgnbd"
    _after_any = False

    @classmethod
    def from_params(cls, *, r: float, alpha: float, a: float, b: float) -> Self:
        """The model with known parameters.

        Parameters
        ----------
        r, alpha, a, b : float
            Above 0.

        Returns
        -------
        model
        """
        return cls._from_params(r=r, alpha=alpha, a=a, b=b)

    def _make(self, params: dict[str, float]) -> _core.BgNbd:
        return _core.BgNbd(params["r"], params["alpha"], params["a"], params["b"], self._after_any)

    def _spreads(self, x: FloatArray, age: FloatArray) -> list[list[Part]]:
        rates = gamma_parts(("r", "alpha"), "lambda", gamma_start(x, age), at_once=False, make=RATES)
        return [rates, beta_parts(("a", "b"), "p", "leave_at_once", 0.2, CHANCES)]

    def _at(self, *spreads: Any) -> BgNbdLimit:
        rate, chance = spreads
        return BgNbdLimit(rate, chance, self._after_any)

    def _starts(self, *data: FloatArray) -> list[list[float]]:
        shape, rate = gamma_start(data[0], data[2])
        return [[shape, rate, 1.0, 3.0], [1.0, rate / shape, 0.5, 10.0]]


class MBGNBD(BGNBD):
    """MBG/NBD: as the BG/NBD, but a customer may leave after the first purchase as well.

    So a customer without repeat purchases may be gone, where the BG/NBD is sure of them.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins: r, alpha, a, b.
    threads : int, optional
        How many threads a call may use.

    References
    ----------
    .. [1] Batislam, Denizel, Filiztekin (2007), Empirical Validation and Comparison of Models for Customer Base
       Analysis, International Journal of Research in Marketing 24(3), 201-209.

    Examples
    --------
    >>> import customerhealth as ch
    >>> m = ch.clv.MBGNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> round(m.probability_alive(frequency=0, recency=0, T=38.86), 3)
    0.39
    """

    _kind = "mbgnbd"
    _after_any = True


class ParetoNBD(PurchaseModel):
    """Pareto/NBD: purchases at a Gamma-distributed rate until the customer leaves, at a Gamma-distributed rate.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins: r, alpha, s, beta.
    threads : int, optional
        How many threads a call may use.

    Attributes
    ----------
    params_ : dict
        r, alpha (of the rate of purchases, Gamma(r, rate alpha)), s, beta (of that of leaving, Gamma(s, rate beta)).
    limit_, standard_errors_, covariance_, log_likelihood_, aic_, bic_, converged_, n_customers_, n_evaluations_
        See :class:`customerhealth.clv.Estimator`.

    References
    ----------
    .. [1] Schmittlein, Morrison, Colombo (1987), Counting Your Customers: Who Are They and What Will They Do Next?,
       Management Science 33(1), 1-24.
    .. [2] Fader, Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions.

    Examples
    --------
    >>> import customerhealth as ch
    >>> m = ch.clv.ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> round(m.expected_purchases(52, frequency=26, recency=30.86, T=31), 1)
    25.5
    """

    _names = ("r", "alpha", "s", "beta")
    _kind = "pareto_nbd"

    @classmethod
    def from_params(cls, *, r: float, alpha: float, s: float, beta: float) -> Self:
        """The model with known parameters.

        Parameters
        ----------
        r, alpha, s, beta : float
            Above 0.

        Returns
        -------
        model
        """
        return cls._from_params(r=r, alpha=alpha, s=s, beta=beta)

    def discounted_expected_residual_transactions(
        self,
        d: float,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """Expected purchases after T, without end, each discounted back to T.

        Parameters
        ----------
        d : float
            Continuous discount rate a time unit, above 0; 15 % a year is ``log(1.15) / 52`` a week.
        frequency, recency, T : float or array-like of float
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64

        References
        ----------
        .. [1] Fader, Hardie, Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, Journal of
           Marketing Research 42(4), 415-430.

        Examples
        --------
        >>> import math, customerhealth as ch
        >>> m = ch.clv.ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> round(m.discounted_expected_residual_transactions(math.log(1.15) / 52, 7, 35, 77.86), 2)
        0.9
        """
        return self._discounted(d, frequency, recency, T)

    def _make(self, params: dict[str, float]) -> _core.ParetoNbd:
        return _core.ParetoNbd(*(params[name] for name in self._names))

    def _spreads(self, x: FloatArray, age: FloatArray) -> list[list[Part]]:
        rates = gamma_parts(("r", "alpha"), "lambda", gamma_start(x, age), at_once=False, make=RATES)
        leaving = (0.7, 0.7 * float(age.mean()))
        return [rates, gamma_parts(("s", "beta"), "mu", leaving, at_once=True, make=RATES)]

    def _at(self, *spreads: Any) -> ParetoLimit:
        return ParetoLimit(*spreads)

    def _starts(self, *data: FloatArray) -> list[list[float]]:
        shape, rate = gamma_start(data[0], data[2])
        age = float(data[2].mean())
        return [[shape, rate, 0.7, 0.5 * age], [1.0, rate / shape, 1.5, 5.0 * age], [shape, rate, 0.3, 0.1 * age]]


class BGBB(PurchaseModel):
    """BG/BB: purchases at opportunities (a year's campaign, an event), as long as the customer is alive.

    Times are numbers of opportunities: `recency` is the last one with a purchase, `T` how many there were.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins: alpha, beta, gamma, delta.
    threads : int, optional
        How many threads a call may use.

    Attributes
    ----------
    params_ : dict
        alpha, beta (of the probability to buy, Beta(alpha, beta)), gamma, delta (of the probability to leave before
        an opportunity, Beta(gamma, delta)).
    limit_, standard_errors_, covariance_, log_likelihood_, aic_, bic_, converged_, n_customers_, n_evaluations_
        See :class:`customerhealth.clv.Estimator`.

    References
    ----------
    .. [1] Fader, Hardie, Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing
       Science 29(6), 1086-1108.

    Examples
    --------
    >>> import customerhealth as ch
    >>> m = ch.clv.BGBB.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> m.probability_alive([0, 2, 6], [0, 4, 6], 6).round(2)  # at the next opportunity
    array([0.11, 0.59, 0.93])
    """

    _names = ("alpha", "beta", "gamma", "delta")
    _kind = "bgbb"

    @classmethod
    def from_params(cls, *, alpha: float, beta: float, gamma: float, delta: float) -> Self:
        """The model with known parameters.

        Parameters
        ----------
        alpha, beta, gamma, delta : float
            Above 0.

        Returns
        -------
        model
        """
        return cls._from_params(alpha=alpha, beta=beta, gamma=gamma, delta=delta)

    def probability_alive(
        self,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
        *,
        ahead: Numbers = 1,
    ) -> Any:
        """The probability that a customer is alive at opportunity T + ahead.

        Parameters
        ----------
        frequency, recency, T : int or array-like of int
            The customers; or one frame with these columns.
        ahead : int or array-like of int
            0: at the last opportunity; 1, the paper's figure: at the next one.

        Returns
        -------
        float or ndarray of float64
        """
        given = columns_of([frequency, recency, T], CUSTOMERS)
        columns = [as_column(ahead, "ahead"), *self._columns(*given)]
        return shaped(self._model.probability_alive(*columns, threads=self._threads), ahead, *given)

    def discounted_expected_residual_transactions(
        self,
        d: float,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """Expected purchases after T, without end: that at the k-th opportunity from there, k >= 1, over (1 + d)^k.

        Parameters
        ----------
        d : float
            Discount rate an opportunity, above 0.
        frequency, recency, T : int or array-like of int
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        return self._discounted(d, frequency, recency, T)

    def posterior_mean_transaction_rate(
        self,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """The mean of a customer's probability to buy at an opportunity while alive, given the history.

        Parameters
        ----------
        frequency, recency, T : int or array-like of int
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        p = self._fitted
        if self.limit_ is not None:
            return self._means("buys", frequency, recency, T)
        return p["alpha"] / (p["alpha"] + p["beta"]) * self._tilted("alpha", frequency, recency, T)

    def posterior_mean_dropout_rate(
        self,
        frequency: Numbers,
        recency: Numbers | None = None,
        T: Numbers | None = None,  # noqa: N803
    ) -> Any:
        """The mean of a customer's probability to leave before an opportunity, given the history.

        Parameters
        ----------
        frequency, recency, T : int or array-like of int
            The customers; or one frame with these columns.

        Returns
        -------
        float or ndarray of float64
        """
        p = self._fitted
        if self.limit_ is not None:
            return self._means("leaves", frequency, recency, T)
        return p["gamma"] / (p["gamma"] + p["delta"]) * self._tilted("gamma", frequency, recency, T)

    def _means(self, which: str, *customers: Numbers) -> Any:
        given = columns_of(customers, CUSTOMERS)
        return shaped(self._model.means(which, *self._columns(*given)), *given)

    def _tilted(self, name: str, *customers: Numbers) -> Any:
        more = self._from_params(**{**self._fitted, name: self._fitted[name] + 1.0})
        return np.exp(more.log_likelihood(*customers) - self.log_likelihood(*customers))

    def _make(self, params: dict[str, float]) -> _core.BgBb:
        return _core.BgBb(*(params[name] for name in self._names))

    def _spreads(self, x: FloatArray, age: FloatArray) -> list[list[Part]]:
        share = min(max(float(x.mean() / age.mean()), 0.05), 0.95)
        buying = beta_parts(("alpha", "beta"), "p", "buy_always", share, CHANCES)
        return [buying, beta_parts(("gamma", "delta"), "theta", "leave_at_once", 0.2, CHANCES)]

    def _at(self, *spreads: Any) -> BgBbLimit:
        return BgBbLimit(*spreads)

    def _log_likelihoods(self, rows: list[FloatArray]) -> Callable[[Any], FloatArray]:
        ways = Ways(*rows)
        return lambda model: ways.of(model)[1]

    def _starts(self, *data: FloatArray) -> list[list[float]]:  # the scale is that of opportunities
        if (many := data[2] > _MOST_OPPORTUNITIES).any():
            row = int(many.argmax())
            raise DataError(
                f"T[{row}]: expected at most {_MOST_OPPORTUNITIES:,} opportunities, got {data[2][row]:g}; "
                "count longer ones, or fit a BGNBD",
                "",
                "T",
                row,
                int(many.sum()),
            )
        return [[1.0, 1.0, 0.7, 2.0], [1.0, 2.0, 1.0, 10.0], [1.0, 1.0, 0.3, 0.5]]
