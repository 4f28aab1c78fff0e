"""How long customers stay, without a model: Kaplan-Meier curves, and lifetimes from contracts."""

from __future__ import annotations

import warnings
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.columns import distinct, micros_of, months_of
from ..io.instants import DAY, FOREVER, AsOf, to_micros
from ..io.tables import Role, read_table, refuse_missing
from ..results import Table
from .columns import FloatArray, Numbers, as_column, shaped
from .tables import Periods

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from typing_extensions import Self

__all__ = ["KaplanMeier", "lifetimes"]

_SAME = 1e-12  # relative: a product of a million quotients errs by about 1e-13


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
    table_ : Table
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

    table_: Table
    median_: float | None
    _times: FloatArray
    _survival: FloatArray

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

    def fit(
        self,
        duration: Numbers,
        event: Numbers | None = None,
        *,
        weights: Numbers | None = None,
        entry: Numbers | None = None,
    ) -> Self:
        """Count who was there and who left.

        Parameters
        ----------
        duration : array-like of float, shape (n_customers,)
            How long each was there, or has been so far; 0 or more.
        event : array-like of bool, shape (n_customers,), optional
            Whether the customer has left (otherwise censored); by default all have.
        weights : array-like of float, shape (n_customers,), optional
            How many customers a row stands for, or its amount (revenue, an inverse probability); 0: the row is left
            out.
        entry : array-like of float, shape (n_customers,), optional
            The time from which on each is seen, less than the duration: the age of an account when the books begin.
            It is at risk at the times after its entry; 0, the default for all, is from the beginning. Who left before
            they could be seen are not in the table, so that without it the curve is too high.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If a duration is missing or negative, an entry is not before its duration, or there are no customers.

        Warns
        -----
        RuntimeWarning
            If all who are there at a time leave and others enter later: the curve is 0 from there on, whatever they do.
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
        since = np.zeros_like(time) if entry is None else _checked(entry, "entry", len(time))
        if (bad := (since >= time) & (since > 0.0)).any():
            row = int(bad.argmax())
            raise DataError(
                f"entry[{row}]: expected less than the duration, {time[row]:g}, got {since[row]:g}: "
                "who is seen only when they leave says nothing",
                "",
                "entry",
                row,
                int(bad.sum()),
            )
        there = weight > 0.0
        if not there.any():
            raise DataError("weights: all are 0, so that there are no customers", "", "weights")
        with np.errstate(over="ignore"):
            total = weight.sum()
        if not np.isfinite(total):
            raise DataError("weights: their sum is beyond the range of numbers", "", "weights")
        self._count(time[there], left[there], weight[there], since[there])
        return self

    def _count(self, time: FloatArray, left: FloatArray, weight: FloatArray, since: FloatArray) -> None:
        import pyarrow as pa

        times, where = np.unique(np.r_[0.0, time], return_inverse=True)
        weight, unit = _whole(weight)
        at_risk, observed, censored = _counted(times, where[1:], left, weight, since)
        # Rows decide where nobody is left: sums of amounts in different orders need not be equal to the last bit.
        rows, events, _ = _counted(times, where[1:], left, np.ones_like(weight), since)
        empty, last = rows == 0.0, (rows == events) & (rows > 0.0)
        at_risk = np.where(empty, 0.0, np.where(last, observed, np.maximum(at_risk, observed)))
        _warn_of_an_early_end(times[last], since)
        safe: FloatArray = np.where(empty, 1.0, at_risk)
        hazard = np.where(empty, 0.0, observed / safe)
        survival: FloatArray = np.cumprod(np.where(empty, 1.0, (safe - observed) / safe), dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            scale = at_risk if unit == 1.0 else at_risk / unit
            variance = np.cumsum(np.where(observed > 0.0, hazard / (1.0 - hazard) / np.where(empty, 1.0, scale), 0.0))
            spread = NormalDist().inv_cdf(0.5 + self.level / 2.0) * np.sqrt(variance) / -np.log(survival)
            low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
        certain = survival >= 1.0
        low[certain], high[certain] = 1.0, 1.0
        low[survival <= 0.0], high[survival <= 0.0] = 0.0, 0.0
        self._times, self._survival = times, survival
        table = pa.table(
            {
                "time": times,
                "at_risk": at_risk / unit,
                "observed": observed / unit,
                "censored": censored / unit,
                "hazard": hazard,
                "survival": survival,
                "ci_low": low,
                "ci_high": high,
                "cumulative_hazard": np.cumsum(hazard),
            },
            metadata={"level": str(self.level)},
        )
        self.table_ = Table(table)
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

    def plot(self) -> go.Figure:
        """The curve with its band: :func:`plot.survival`.

        Returns
        -------
        plotly.graph_objects.Figure

        Examples
        --------
        >>> import customerhealth as ch
        >>> ch.clv.KaplanMeier().fit([2, 5], [True, False]).plot().layout.title.text
        'Half are gone after 2; after 5 50% are left (0.6% to 91.0%)'
        """
        from .. import plot

        return plot.survival(self)

    def quantile(self, p: float) -> float | None:
        """The first time at which p or less are left, to a part in 10^12: a curve of roundings may end just above p.

        Parameters
        ----------
        p : float
            0 to 1.

        Returns
        -------
        float or None
            None where so few are not reached.
        """
        if not 0.0 <= p <= 1.0:
            raise DataError(f"p: expected a share between 0 and 1, got {p}", "", "p")
        reached = self._survival <= p * (1.0 + _SAME)
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
        if not 0.0 <= t < np.inf:
            raise DataError(f"t: expected a finite number, 0 or more, got {t}", "", "t")
        ends = np.minimum(np.r_[self._times[1:], np.inf], t)
        return float((np.maximum(ends - self._times, 0.0) * self._survival).sum())


def lifetimes(
    contracts: Any, *, account: str, start: str, end: str, as_of: AsOf | None = None, period: str = "1mo"
) -> Table:
    """How long each account has been a customer, and whether it has left, as of a date.

    An account's life runs from its first start to its last end: renewals continue it, and a gap inside it is not
    leaving. It has left when the last end came before the as-of; otherwise it is censored there. An end in 9999, the
    "no end" of many systems, is open.

    Parameters
    ----------
    contracts : table
        One row a contract: anything that speaks Arrow, or a path.
    account, start, end : str
        Its columns: the customer, and when a contract starts and ends (timestamps or dates; an end that is missing is
        open).
    as_of : date-like, optional
        Contracts that start at it or later are not seen, ends at it or later are yet to come. By default observation
        ends with the last start, that contract included: a table cannot tell whether an end that is later has come, so
        that it counts as yet to come. Give the as-of where it is known.
    period : str
        The unit of the durations: a fixed length, as in ``1d`` (the quotient), or calendar months, quarters or years,
        as in ``1mo`` (those completed, as ``months_between`` counts them: from 31 January to 28 February is one).

    Returns
    -------
    Table
        A row an account, sorted: ``account_id``, ``duration`` (float64), ``event`` (whether it has left). The schema's
        metadata count the contracts whose end is yet to come: ``ends_to_come``.

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

    roles = {"account": Role(account, "account", "account"), "start": Role(start, "instant", "start")}
    open_ends = {"end": Role(end, "end", "end")}
    table = read_table(contracts, "contracts", roles | open_ends, needs="lifetimes needs")
    refuse_missing(table, "contracts", roles)
    accounts, codes = distinct(table["account"])
    begins, ends = micros_of(table["start"]), micros_of(table["end"], FOREVER)
    if (bad := ends < begins).any():
        row = int(bad.argmax())
        raise DataError(
            f"table 'contracts', row {row}: it ends before it starts", "contracts", end, row, int(bad.sum())
        )
    if as_of is None:
        cut = int(begins.max(initial=0 if len(begins) == 0 else begins[0]))
        now = cut + 1
    else:
        cut = now = int(to_micros(as_of)[0])
    seen = begins < now
    first, last = np.full(len(accounts), FOREVER), np.full(len(accounts), np.iinfo(np.int64).min)
    np.minimum.at(first, codes[seen], begins[seen])
    np.maximum.at(last, codes[seen], ends[seen])
    known = first < now
    event = last < now
    duration = _between(first, np.minimum(last, cut), period, known)
    out = pa.table({"account_id": accounts, "duration": duration, "event": event})
    to_come = int((seen & (ends >= now) & (ends < FOREVER)).sum())
    out = out.filter(pa.array(known)).sort_by("account_id")
    return Table(out.replace_schema_metadata({"ends_to_come": str(to_come)}))


def _between(
    first: npt.NDArray[np.int64], last: npt.NDArray[np.int64], period: str, known: npt.NDArray[np.bool_]
) -> FloatArray:
    length = Periods(period).length
    first, last = np.where(known, first, 0), np.where(known, last, 0)
    if not length.is_calendar:
        quotient: FloatArray = (last - first) / length.micros
        return quotient
    whole = months_of(last) - months_of(first) - _is_before(last, first)
    completed: FloatArray = (whole // length.months).astype(np.float64)
    return completed


def _is_before(last: npt.NDArray[np.int64], first: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether `last` comes earlier in its month than `first` in its own, whose day is cut to the last of that month."""
    (end, day), (_, begun) = _within_month(last), _within_month(first)
    length = ((end + 1).astype("datetime64[us]") - end.astype("datetime64[us]")).astype(np.int64)
    cut = np.where(begun >= length, length - DAY + begun % DAY, begun)
    earlier: npt.NDArray[np.bool_] = day < cut
    return earlier


def _within_month(micros: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.int64]]:
    """The month, and the time since it began."""
    instants = micros.astype("datetime64[us]")
    month = instants.astype("datetime64[M]")
    return month, (instants - month).astype(np.int64)


def _whole(weight: FloatArray) -> tuple[FloatArray, float]:
    """Weights of a few decimals as whole numbers, whose sums are exact, and what they were multiplied by."""
    for unit in (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6):
        if weight.max() * unit >= 2.0**53:
            break
        whole = np.round(weight * unit)
        if (whole / unit == weight).all() and whole.sum() < 2.0**53:
            return whole, unit
    return weight, 1.0


def _counted(
    times: FloatArray, where: npt.NDArray[np.int64], left: FloatArray, weight: FloatArray, since: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """At each time: at risk, leaving, and censored. Who enters at 0 is there at time 0, others after their entry."""
    observed, censored = _summed(where, weight * left, times), _summed(where, weight * (1.0 - left), times)
    first = np.where(since > 0.0, np.searchsorted(times, since, side="right"), 0)  # at risk from this time on
    later = _summed(first, weight, times)
    later[0] = 0.0
    at_risk: FloatArray = np.cumsum((observed + censored)[::-1])[::-1] - (np.cumsum(later[::-1])[::-1] - later)
    return at_risk, observed, censored


def _summed(where: npt.NDArray[np.int64], values: FloatArray, times: FloatArray) -> FloatArray:
    return np.bincount(where, weights=values, minlength=len(times)).astype(np.float64)


def _warn_of_an_early_end(gone: FloatArray, since: FloatArray) -> None:
    late = int(((since > 0.0) & (since >= gone[0])).sum()) if gone.size else 0
    if late:
        warnings.warn(
            f"KaplanMeier: all who are there at time {gone[0]:g} leave then, and {late} customers enter later: the "
            "curve is 0 from there on; leave out who leaves before enough have entered",
            RuntimeWarning,
            stacklevel=4,
        )


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
