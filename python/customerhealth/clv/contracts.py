"""How long customers with a contract stay: what is left after each renewal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from ..errors import DataError
from .columns import FloatArray, Numbers, as_column, shaped
from .estimator import Estimator
from .limits import Limit, beta_parts, late_parts
from .mixing import CHANCES, Chance, StayThenPower
from .renewal_limit import RenewalLimit

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BDW", "SBG"]


_LEAST_RATE = 5e-6  # what is renewed after 10 million renewals, as many as are summed, counts for nothing then


class SBG(Estimator):
    """Shifted beta-geometric: each customer leaves at a renewal with a probability of their own, Beta-distributed.

    Those who leave easily leave first, so that retention rises with the renewals: a cohort is worth more than its
    first retention rate, held constant, says.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins: alpha, beta.
    threads : int, optional
        How many threads a call may use.

    Attributes
    ----------
    params_ : dict
        alpha, beta (of the probability to leave at a renewal, Beta(alpha, beta)).
    limit_, standard_errors_, covariance_, log_likelihood_, aic_, bic_, converged_, n_customers_, n_evaluations_
        See :class:`customerhealth.clv.Estimator`.

    References
    ----------
    .. [1] Fader, Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76-90.
    .. [2] Fader, Hardie (2010), Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring
       Heterogeneity, Marketing Science 29(1), 85-93.

    Examples
    --------
    >>> import customerhealth as ch
    >>> s = ch.clv.SBG.from_params(alpha=0.668, beta=3.806)
    >>> s.survival([0, 1, 2]).round(3)
    array([1.   , 0.851, 0.747])
    >>> round(s.discounted_expected_residual_lifetime(0.1, renewals=1), 2)
    5.9
    """

    _names: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    _advice = "account_value takes another survival= instead: a constant rate of retention, a KaplanMeier or a list"

    @classmethod
    def from_params(cls, *, alpha: float, beta: float) -> Self:
        """The model with known parameters.

        Parameters
        ----------
        alpha, beta : float
            Above 0.

        Returns
        -------
        model
        """
        return cls._from_params(alpha=alpha, beta=beta)

    def fit(self, survivors: Numbers | Sequence[Numbers]) -> Self:
        """Fit the parameters by maximum likelihood; needs SciPy, ``pip install 'customerhealth[clv]'``.

        Parameters
        ----------
        survivors : array-like of float, or a sequence of them
            Customers left at renewal 0, 1, 2, … (the first number is the cohort's size). A sequence of sequences are
            cohorts, each as long as it was observed, fitted together; in a two-dimensional array NaN ends a cohort.
            Of whom the same share leaves each time, or a rising one, are fitted as all alike: see ``limit_``.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If the customers of a cohort grow in number, or they cannot tell the parameters apart.
        """
        lost, left = _renewals(survivors)
        if lost.sum() + left.sum() == 0.0:
            raise DataError("survivors: there are no customers", "", "survivors")
        at_risk = (lost.sum() + left.sum() - np.cumsum(lost + left))[:-1]
        renewals, alike = np.count_nonzero(at_risk > 0.0), lost.sum() == 0.0 or lost[1:2].sum() == at_risk[:1].sum()
        if renewals < (
            1 if alike else len(self._names)
        ):  # whoever is there leaves at once, or nobody ever: that is told
            raise DataError(
                f"{type(self).__name__}: {renewals} renewals cannot tell {len(self._names)} parameters apart; "
                f"{self._advice}",
                "",
                "survivors",
            )
        self._refuse_one_fall(lost, left)
        likelihood = _core.Likelihood.of_renewals(lost.tolist(), left.tolist(), len(self._names) == 3)
        return self._search(likelihood, self._starts(lost, left), lambda: self._limits(lost, left), all_starts=True)

    def _refuse_one_fall(self, lost: FloatArray, left: FloatArray) -> None:
        """Two parameters tell any share that leaves at a time."""

    def _limits(self, lost: FloatArray, left: FloatArray) -> Iterator[Limit]:
        t = np.arange(float(len(lost)))
        staying, leaving = left > 0.0, lost > 0.0

        def log_likelihood(chance: Chance | StayThenPower, c: float = 1.0, *, every: int) -> float:  # noqa: ARG001  a few numbers
            curve = RenewalLimit(chance, c)
            total = (left * curve.log_survival(t))[staying].sum()
            return float(total + (lost[leaving] * curve.log_lost(t[leaving])).sum())

        churn = float(lost.sum() / max((lost.sum() + left.sum() - np.cumsum(lost + left))[:-1].sum(), 1e-300))
        parts = beta_parts(("alpha", "beta"), "p", "leave_at_once", min(max(churn, 0.01), 0.99), CHANCES)
        others = (("c", 1.0),) if len(self._names) == 3 else ()
        for part in parts[1:]:
            yield Limit((part,), log_likelihood, others=others if part.free == ("p",) else ())  # else c changes nothing
        if others and leaving.any():
            for part in late_parts(int(np.argmax(leaving)) - 1, StayThenPower):
                yield Limit((part,), log_likelihood)

    def _make_limit(self, limit: Limit) -> RenewalLimit:
        return RenewalLimit(*limit.spreads(limit.values))

    def survival(self, t: Numbers) -> Any:
        """S(t): the share of a cohort that is left after t renewals.

        Parameters
        ----------
        t : float or array-like of float
            Renewals, 0 or more.

        Returns
        -------
        float or ndarray of float64
        """
        return shaped(self._model.survival(as_column(t, "t"), threads=self._threads), t)

    predict = survival

    def retention(self, t: Numbers) -> Any:
        """S(t) / S(t - 1): of those left after t - 1 renewals, the share that renews the t-th time.

        Parameters
        ----------
        t : float or array-like of float
            Which renewal, 1 or more.

        Returns
        -------
        float or ndarray of float64
        """
        if self.limit_ is not None:
            return shaped(self._model.retention(self._renewal(t)), t)
        which = self._renewal(t)
        return shaped(np.asarray(self.survival(which)) / np.asarray(self.survival(which - 1.0)), t)

    @staticmethod
    def _renewal(t: Numbers) -> FloatArray:
        which = as_column(t, "t")
        if not (which >= 1.0).all():
            row = int(np.argmin(which >= 1.0))
            raise DataError(
                f"t[{row}]: expected 1 or more, the number of a renewal, got {which[row]:g}", "", "t", row, 1
            )
        return which

    def discounted_expected_lifetime(self, d: float) -> float:
        """Expected payments of a new customer, the first of them now: the sum of S(j) / (1 + d)^j over j >= 0.

        Parameters
        ----------
        d : float
            Discount rate a period. At 0 (SBG alone) they are not discounted, and infinite unless alpha > 1.

        Returns
        -------
        float
        """
        return float(self._lifetime(d, 0.0)[0])

    def discounted_expected_residual_lifetime(self, d: float, renewals: Numbers, *, just_renewed: bool = False) -> Any:
        """Expected payments to come of a customer with so many renewals.

        By the convention of Fader and Hardie (2010) the next renewal is due now and not discounted: the sum of
        S(n + j) / S(n) / (1 + d)^(j - 1) over j >= 1, for n renewals.

        Parameters
        ----------
        d : float
            Discount rate a period. At 0 (SBG alone) they are not discounted, and infinite unless alpha > 1.
        renewals : float or array-like of float
            How often the customer has renewed, 0 or more.
        just_renewed : bool
            The customer has just paid, and the next renewal is a period away: the above over 1 + d.

        Returns
        -------
        float or ndarray of float64
        """
        later = self._lifetime(d, renewals) - 1.0
        return shaped(later if just_renewed else later * (1.0 + float(d)), renewals)

    def _lifetime(self, d: float, renewals: Numbers) -> FloatArray:
        least_fits = len(self._names) == 2
        rate = as_column(d, "d")
        if not ((rate > 0.0) & (rate < np.inf) | (least_fits & (rate == 0.0))).all():
            raise DataError(
                f"d: expected a discount rate {'of 0 or more' if least_fits else 'above 0'}, got {d}", "", "d"
            )
        if not least_fits and (rate < _LEAST_RATE).any():
            raise DataError(f"d: {d} is so small a discount rate that the sum cannot be worked out", "", "d")
        column = as_column(renewals, "renewals")
        found: FloatArray = self._model.discounted_lifetime(rate, column, threads=self._threads)
        if np.isnan(found).any():
            raise DataError(f"d: {d} is so small a discount rate that the sum cannot be worked out", "", "d")
        return found

    def _make(self, params: dict[str, float]) -> _core.BetaGeometric:
        return _core.BetaGeometric(params["alpha"], params["beta"], params.get("c", 1.0))

    def _starts(self, *data: FloatArray) -> list[list[float]]:
        lost, left = data
        churn = min(max(float(lost[1] / (lost.sum() + left.sum() - left[0])), 0.01), 0.9)
        return [[1.0, (1.0 - churn) / churn], [10.0, 10.0 * (1.0 - churn) / churn], [0.1, 0.1 * (1.0 - churn) / churn]]


class BDW(SBG):
    """Beta-discrete-Weibull: as the sBG, but a customer's own retention may rise (c < 1) or fall (c > 1) with time.

    Parameters
    ----------
    start : mapping of str to float, optional
        Where the search begins: alpha, beta, c.
    threads : int, optional
        How many threads a call may use.

    References
    ----------
    .. [1] Fader, Hardie, Liu, Davin, Steenburgh (2018), "How to Project Customer Retention" Revisited: The Role of
       Duration Dependence, Journal of Interactive Marketing 43, 1-16.

    Examples
    --------
    >>> import customerhealth as ch
    >>> s = ch.clv.BDW.from_params(alpha=0.259, beta=1.723, c=1.584)
    >>> s.survival([1, 4, 12]).round(3)
    array([0.869, 0.593, 0.389])
    """

    _names = ("alpha", "beta", "c")

    @classmethod
    def from_params(cls, *, alpha: float, beta: float, c: float) -> Self:  # type: ignore[override]
        """The model with known parameters.

        Parameters
        ----------
        alpha, beta, c : float
            Above 0.

        Returns
        -------
        model
        """
        return cls._from_params(alpha=alpha, beta=beta, c=c)

    def _refuse_one_fall(self, lost: FloatArray, left: FloatArray) -> None:
        """Where nobody leaves before the one renewal at which some do and some stay, a curve however steep fits it."""
        first = int(np.argmax(lost > 0.0))
        stay = (lost + left)[first + 1 :].sum() + left[first]
        stay_again = (lost + left)[first + 2 :].sum() + left[first + 1 : first + 2].sum()
        if first > 1 and stay > 0.0 and stay_again == 0.0:
            raise DataError(
                f"{type(self).__name__}: the data cannot tell the parameters apart: of the renewals at which customers "
                f"leave, at renewal {first} alone some stay; {self._advice}",
                "",
                "survivors",
            )

    def _starts(self, *data: FloatArray) -> list[list[float]]:
        """With c of 1, and curves that halve where the cohort does, from flat to steep."""
        lost, left = data
        half = 1.0 + float(np.searchsorted(np.cumsum(lost), (lost.sum() + left.sum()) / 2.0))
        steep = [
            [alpha, min(half**c / (2.0 ** (1.0 / alpha) - 1.0), 1e15), c]
            for c in (3.0, 10.0, 30.0)
            for alpha in (0.3, 2.0)
        ]
        return [*([*start, 1.0] for start in super()._starts(*data)), *steep]


def _renewals(survivors: Any) -> tuple[FloatArray, FloatArray]:
    """Customers lost at renewal 0, 1, … and those still there when their cohort's observation ended, of all cohorts."""
    nested = np.ndim(survivors) == 2 if isinstance(survivors, np.ndarray) else _is_nested(survivors)
    cohorts = [_cohort(one, k) for k, one in enumerate(survivors)] if nested else [_cohort(survivors, None)]
    if not cohorts:
        raise DataError("survivors: there is no cohort", "", "survivors")
    length = max(len(cohort) for cohort in cohorts)
    lost, left = np.zeros(length), np.zeros(length)
    for cohort in cohorts:
        lost[1 : len(cohort)] += -np.diff(cohort)
        left[len(cohort) - 1] += cohort[-1]
    return lost, left


def _is_nested(survivors: Any) -> bool:
    return isinstance(survivors, list | tuple) and len(survivors) > 0 and np.ndim(survivors[0]) > 0


def _cohort(values: Any, number: int | None) -> FloatArray:
    name = "survivors" if number is None else f"survivors[{number}]"
    column = as_column(values, name)
    if number is not None:  # padded to the longest cohort
        there = np.flatnonzero(~np.isnan(column))
        column = column[: there[-1] + 1] if there.size else column[:0]
    if column.size == 0:
        raise DataError(f"{name}: there are no customers", "", "survivors")
    bad = ~(np.isfinite(column) & (column >= 0.0))
    bad[1:] |= np.diff(column) > 0.0
    if bad.any():
        row = int(bad.argmax())
        before = f", at most the {column[row - 1]:g} before" if row else ""
        raise DataError(
            f"{name}[{row}]: expected a number of customers, 0 or more{before}, got {column[row]:g}",
            "",
            "survivors",
            row,
            1,
        )
    return column
