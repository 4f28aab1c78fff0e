"""How long customers stay, without a model: Kaplan-Meier curves, and lifetimes from contracts."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.columns import distinct, months_of
from ..io.instants import FOREVER, AsOf, to_micros
from .columns import FloatArray, Numbers, as_column, shaped
from .tables import Periods, opened, read_instants, refuse_missing

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Self

__all__ = ["KaplanMeier", "lifetimes"]


class KaplanMeier:
    """The share of customers still there after a time, those who are still there now being censored.

    At a time with both, those who leave leave before those who are censored. The intervals are those of
    log(-log(S)) with Greenwood's variance, so that they stay between 0 and 1.

    Parameters
    ----------
    level : float
        Of the intervals, between 0 and 1.

    Attributes
    ----------
    table_ : pyarrow.Table
        A row at time 0 and at every time that occurs: ``time``, ``at_risk``, ``observed`` (left), ``censored``,
        ``hazard`` (observed / at_risk, the discrete hazard), ``survival``, ``ci_low``, ``ci_high``,
        ``cumulative_hazard`` (Nelson-Aalen).
    median_ : float or None
        The first time at which half or less are left; None where that is not reached.

    References
    ----------
    .. [1] Kaplan, Meier (1958), Nonparametric Estimation from Incomplete Observations, Journal of the American
       Statistical Association 53, 457-481.
    .. [2] Kalbfleisch, Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4.

    Examples
    --------
    >>> import customerhealth as ch
    >>> km = ch.clv.KaplanMeier().fit([2, 5, 5, 8, 9], [True, True, False, True, False])
    >>> km.survival([0, 4, 5, 8]).round(3)
    array([1. , 0.8, 0.6, 0.3])
    >>> km.median_
    8.0
    """

    table_: pa.Table
    median_: float | None

    def __init__(self, *, level: float = 0.95) -> None:
        self.level = level

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
        return {"level": self.level}

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor.

        Parameters
        ----------
        **params
            ``level``.

        Returns
        -------
        self
        """
        for name, value in params.items():
            if name != "level":
                raise ValueError(f"KaplanMeier has no parameter {name!r}; it has level")
            self.level = value
        return self

    def fit(self, duration: Numbers, event: Numbers | None = None, *, weights: Numbers | None = None) -> Self:
        """Count who was there and who left.

        Parameters
        ----------
        duration : array-like of float, shape (n_customers,)
            How long each was there, or has been so far; 0 or more.
        event : array-like of bool, shape (n_customers,), optional
            Whether the customer has left (otherwise censored); by default all have.
        weights : array-like of float, shape (n_customers,), optional
            How many customers a row stands for.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If a duration is missing or negative, or there are none.
        """
        if not 0.0 < self.level < 1.0:
            raise DataError(f"level: expected a number between 0 and 1, got {self.level}")
        time = _checked(duration, "duration")
        left = np.ones_like(time) if event is None else _checked(event, "event", len(time))
        if (bad := (left != 0.0) & (left != 1.0)).any():
            row = int(bad.argmax())
            raise DataError(
                f"event[{row}]: expected true or false, got {left[row]:g}", "", "event", row, int(bad.sum())
            )
        weight = np.ones_like(time) if weights is None else _checked(weights, "weights", len(time))
        self._count(time, left, weight)
        return self

    def _count(self, time: FloatArray, left: FloatArray, weight: FloatArray) -> None:
        import pyarrow as pa

        times, where = np.unique(np.r_[0.0, time], return_inverse=True)
        observed = np.bincount(where[1:], weights=weight * left, minlength=len(times))
        censored = np.bincount(where[1:], weights=weight * (1.0 - left), minlength=len(times))
        gone = observed + censored
        at_risk = gone.sum() - (np.cumsum(gone) - gone)
        at_risk[at_risk <= 0.0] = np.nan  # weights of 0
        hazard = np.nan_to_num(observed / at_risk)
        survival = np.cumprod(1.0 - hazard)
        with np.errstate(divide="ignore", invalid="ignore"):
            greenwood = np.cumsum(np.nan_to_num(observed / (at_risk * (at_risk - observed)), posinf=np.inf))
            log_s = np.log(survival)
            spread = NormalDist().inv_cdf(0.5 + self.level / 2.0) * np.sqrt(greenwood) / -log_s
            low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
        certain = survival >= 1.0
        low[certain], high[certain] = 1.0, 1.0
        low[survival <= 0.0], high[survival <= 0.0] = 0.0, 0.0
        self._times, self._survival = times, survival
        self.table_ = pa.table(
            {
                "time": times,
                "at_risk": np.nan_to_num(at_risk),
                "observed": observed,
                "censored": censored,
                "hazard": hazard,
                "survival": survival,
                "ci_low": low,
                "ci_high": high,
                "cumulative_hazard": np.cumsum(hazard),
            },
            metadata={"level": str(self.level)},
        )
        self.median_ = self.quantile(0.5)

    def survival(self, t: Numbers) -> Any:
        """S(t), the share that is left after t.

        Parameters
        ----------
        t : float or array-like of float
            Length of time, 0 or more; after the last time observed, the last value.

        Returns
        -------
        float or ndarray of float64
        """
        at = np.searchsorted(self._times, _checked(t, "t"), side="right") - 1
        return shaped(self._survival[at], t)

    predict = survival

    def quantile(self, p: float) -> float | None:
        """The first time at which p or less are left.

        Parameters
        ----------
        p : float
            Between 0 and 1.

        Returns
        -------
        float or None
            None where so few are not reached.
        """
        reached = self._survival <= p
        return float(self._times[reached.argmax()]) if reached.any() else None

    def restricted_mean(self, t: float) -> float:
        """The mean time a customer is there, of the first t: the area below the curve.

        Parameters
        ----------
        t : float
            0 or more.

        Returns
        -------
        float
        """
        ends = np.minimum(np.r_[self._times[1:], np.inf], t)
        return float((np.maximum(ends - self._times, 0.0) * self._survival).sum())


def lifetimes(
    contracts: Any, *, account: str, start: str, end: str, as_of: AsOf | None = None, period: str = "1mo"
) -> pa.Table:
    """How long each account has been a customer, and whether it has left, as of a date.

    An account's life runs from its first start to its last end: renewals continue it, and a gap inside it is not
    leaving. It has left when the last end came before the as-of; otherwise it is censored there.

    Parameters
    ----------
    contracts : table
        One row a contract: anything that speaks Arrow, or a path.
    account, start, end : str
        Its columns: the customer, and when a contract starts and ends (timestamps or dates; an end that is missing is
        open).
    as_of : date-like, optional
        Contracts that start at it or later are not seen, ends at it or later are yet to come. By default just after
        the last start or end.
    period : str
        The unit of the durations: a fixed length, as in ``1d`` (the quotient), or calendar months, quarters or years,
        as in ``1mo`` (those completed).

    Returns
    -------
    pyarrow.Table
        A row an account, sorted: ``account_id``, ``duration`` (float64), ``event`` (whether it has left).

    Raises
    ------
    DataError
        If a column is not there, an account or a start is missing, or an end lies before its start.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> contracts = pa.table({
    ...     "who": ["a", "a", "b"],
    ...     "from": [date(2024, 1, 1), date(2025, 1, 1), date(2025, 7, 1)],
    ...     "to": [date(2025, 1, 1), date(2025, 4, 1), None],
    ... })
    >>> ch.clv.lifetimes(contracts, account="who", start="from", end="to", as_of="2026-01-01").to_pylist()
    [{'account_id': 'a', 'duration': 15.0, 'event': True}, {'account_id': 'b', 'duration': 6.0, 'event': False}]
    """
    import pyarrow as pa

    wanted = [account, start, end]
    table = opened(contracts, "contracts", wanted)
    refuse_missing(table, "contracts", [account, start])
    accounts, codes = distinct(table[account])
    begins, ends = read_instants(table[start], "contracts", start), _open_ends(table[end], end)
    if (bad := ends < begins).any():
        row = int(bad.argmax())
        raise DataError(
            f"table 'contracts', row {row}: it ends before it starts", "contracts", end, row, int(bad.sum())
        )
    if as_of is None:
        closed = ends[ends < FOREVER]
        now = int(max(begins.max(initial=0), closed.max(initial=0))) + 1
    else:
        now = int(to_micros(as_of)[0])
    seen = begins < now
    first, last = np.full(len(accounts), FOREVER), np.full(len(accounts), np.iinfo(np.int64).min)
    np.minimum.at(first, codes[seen], begins[seen])
    np.maximum.at(last, codes[seen], ends[seen])
    known = first < now
    event = last < now
    duration = _between(first, np.minimum(last, now), period, known)
    out = pa.table({"account_id": accounts, "duration": duration, "event": event})
    return out.filter(pa.array(known)).sort_by("account_id")


def _between(
    first: npt.NDArray[np.int64], last: npt.NDArray[np.int64], period: str, known: npt.NDArray[np.bool_]
) -> FloatArray:
    length = Periods(period).length
    first, last = np.where(known, first, 0), np.where(known, last, 0)
    if not length.is_calendar:
        quotient: FloatArray = (last - first) / length.micros
        return quotient
    whole = months_of(last) - months_of(first) - (_within_month(last) < _within_month(first))
    completed: FloatArray = (whole // length.months).astype(np.float64)
    return completed


def _within_month(micros: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    instants = micros.astype("datetime64[us]")
    within: npt.NDArray[np.int64] = (instants - instants.astype("datetime64[M]")).astype(np.int64)
    return within


def _open_ends(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.int64]:
    import pyarrow as pa

    out = np.full(len(column), FOREVER)
    if pa.types.is_null(column.type):
        return out
    there = column.is_valid().to_numpy()
    out[there] = read_instants(column.drop_null(), "contracts", name)
    return out


def _checked(values: Numbers, name: str, rows: int | None = None) -> FloatArray:
    column = as_column(values, name)
    if rows is not None and len(column) != rows:
        raise DataError(f"{name}: {len(column)} rows where duration has {rows}", "", name)
    if column.size == 0:
        raise DataError(f"{name}: there are no rows", "", name)
    bad = ~(np.isfinite(column) & (column >= 0.0))
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{name}[{row}]: expected a finite number, 0 or more, got {column[row]:g}", "", name, row, int(bad.sum())
        )
    return column
