"""Recurring revenue: what became of it between dates, and how much of it stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from ..errors import DataError
from ..io.instants import AsOf, AsOfs, to_micros
from ..io.lengths import check_length
from ..io.roles import NUMBER, TEXT, Roles, roles_of
from ..io.tables import Role, read_beside
from ..loaded import Loaded
from ..model import Model
from ..progress import Progress
from ..results import Table
from .activity import Activity, presence_of
from .base import Columns, RevenueBase, periods_of
from .by_label import ByLabel
from .labels import Labels
from .oddities import findings_table
from .outlook import Outlook
from .rates import retention_table, with_extension
from .renewals import Renewals
from .reports import Reports
from .triangles import cohort_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Revenue"]

_TABLE = "contracts"


class Revenue(ByLabel, Renewals, Outlook, Reports, Activity):
    """Contracts with a monthly recurring amount, and what became of them between dates.

    A date is an as-of: the revenue at it is that of the contracts alive an instant before (``start < date <= end``; a
    missing end is open). An account is a customer while its contracts that are alive bring more than 0 together: who
    pays nothing (a trial, a free plan) is a prospect, so that the first payment is new, a change to a free plan churn
    and the next payment a reactivation. With ``free="customers"`` an amount of 0 makes a customer too; a missing amount
    never does.

    Parameters
    ----------
    frame : table
        A row a contract: anything with an Arrow interface, or the path of a Parquet, CSV or Arrow file. ``by`` a column
        of it reads it again, which a stream does not allow.
    account, start, end, mrr : str
        Its columns: whose contract, from when, until when (as `end_is` says; from the year 9999 on it is open), and the
        amount a month (integers, decimals or floats). Decimals of any width are added up as integers of their scale and
        stay decimals while the sums fit 128 bits; else they are floats.
    known : str, optional
        When the row became known. Default: when the contract starts.
    key : str or sequence of str, optional
        What names a contract, so that of its rows the one known last counts. Without it every row is a contract.
    deleted : str, optional
        A boolean column: the row takes its contract back. Needs `key`.
    product : str, optional
        A text column, for what was added and dropped, and for ``by="product"``.
    currency : str, optional
        A text column. More than one currency is refused.
    billing_period : str, optional
        Months that are paid at a time: a lower amount that buys a longer period is an extension.
    total, term : str, optional
        In place of `mrr`: the contract's whole amount and its months; the monthly amount is their quotient.
    gap : str, optional
        How late a renewal may be signed (``14d``): an account whose last contract ended at most so long ago still
        counts, at the amount it had, unless it is known that no contract follows by then.
    end_is : {"exclusive", "last_day", "inclusive"}
        What an end is: the first instant without the contract; its last day (UTC), after which the next one starts;
        its last moment, one unit of the column (a second, a millisecond) before the next one.
    free : {"prospects", "customers"}
        What an account is that pays nothing. Contracts of 0 count for nothing where such are prospects.
    threads : int, optional
        As for :class:`Portfolio`.
    progress : bool or callable, optional
        As for :class:`Portfolio`.

    Raises
    ------
    DataError
        If a column is missing or of a type that does not fit, an amount is negative, or currencies are mixed.

    See Also
    --------
    Portfolio.revenue : the same from a table that a portfolio holds.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> contracts = pa.table({
    ...     "account_id": ["acme", "acme", "zeta"],
    ...     "start": [date(2026, 1, 1), date(2026, 3, 1), date(2026, 1, 15)],
    ...     "end": [date(2026, 3, 1), None, date(2026, 2, 15)],
    ...     "mrr": [100.0, 150.0, 40.0],
    ... })
    >>> revenue = ch.Revenue(contracts)
    >>> table = revenue.movements(["2026-02-01", "2026-03-02"])
    >>> table.select(["account_id", "start", "expansion", "churn", "end"]).to_pylist()[0]
    {'account_id': 'acme', 'start': 100.0, 'expansion': 50.0, 'churn': 0.0, 'end': 150.0}
    >>> revenue.retention("2026-03-02", over="1mo")["nrr"].to_pylist()
    [1.0714285714285714]
    """

    def __init__(
        self,
        frame: object,
        *,
        account: str = "account_id",
        start: str = "start",
        end: str = "end",
        mrr: str | None = None,
        known: str | None = None,
        key: str | Sequence[str] | None = None,
        deleted: str | None = None,
        product: str | None = None,
        currency: str | None = None,
        billing_period: str | None = None,
        total: str | None = None,
        term: str | None = None,
        gap: str | None = None,
        end_is: str = "exclusive",
        free: str = "prospects",
        threads: int | None = None,
        progress: Progress = None,
    ) -> None:
        if end_is not in _ENDS:
            raise DataError(f"end_is: expected one of {', '.join(_ENDS)}, got {end_is!r}")
        given = {"account": account, "start": start, "end": end, "known": known, "key": key, "deleted": deleted}
        roles: dict[str, object] = {role: column for role, column in given.items() if column is not None}
        if key is not None and not isinstance(key, str):
            roles["key"] = list(key)
        if (total is None) != (term is None) or (total is not None and mrr is not None):
            raise ValueError("give mrr, or both total and term")
        amount = _QUOTIENT if total is not None else "mrr" if mrr is None else mrr
        extra = [column for column in (amount, product, currency, billing_period) if column is not None]
        model = _model({**roles, "end_is": end_is}, extra)
        read = roles_of(model)[_TABLE]
        read |= {column: NUMBER for column in (amount, billing_period) if column in read and read[column] == TEXT}
        source = frame if total is None or term is None else _with_mrr(frame, read, total, term)
        loaded = Loaded.open(model, {_TABLE: source}, {}, roles={_TABLE: read}, threads=threads, progress=progress)
        columns = Columns(amount, product, currency, billing_period)
        self._base = RevenueBase(loaded, _TABLE, columns, gap, progress, free=free, frame=frame, account=account)

    @classmethod
    def of(cls, base: RevenueBase) -> Revenue:
        """Of contracts that are read already, as :meth:`Portfolio.revenue` reads them."""
        revenue: Revenue = cls.__new__(cls)
        revenue._base = base
        return revenue

    @classmethod
    def from_events(
        cls, events: object, *, account: str = "account_id", time: str = "time", gap: str, threads: int | None = None
    ) -> Revenue:
        """Activity in place of contracts, for products without any: who has done nothing for `gap` has left.

        Parameters
        ----------
        events : table
            A row an event.
        account, time : str
            Its columns.
        gap : str
            A length (``30d``, ``1mo``): an event at t counts at the as-ofs in (t, t + gap].
        threads : int, optional
            As for :class:`Portfolio`.

        Returns
        -------
        Revenue
            Of amounts 0: the counts of accounts and the rates of logos are what it is for.

        Raises
        ------
        DataError
            If `gap` is no length, or a column is missing.

        References
        ----------
        .. [1] C. Gold, *Fighting Churn With Data*, chapter 2: activity churn.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import datetime
        >>> events = pa.table({"account_id": ["a", "b", "b"], "time": [datetime(2026, 1, d) for d in (3, 4, 30)]})
        >>> activity = ch.Revenue.from_events(events, gap="14d")
        >>> activity.retention("2026-02-05", over="1mo")["logo_retention"].to_pylist()
        [0.5]
        """
        revenue = cls(presence_of(events, account, time, gap), free="customers", threads=threads)
        revenue._base.of_events = True
        return revenue

    def quality(self) -> Table:
        """What is odd about the contracts, counted.

        Returns
        -------
        Table
            As :meth:`Portfolio.quality`, with ``missing_mrr`` (rows without an amount, which count for nothing),
            ``contract_twice`` (with a key: rows of one contract known at the same time, of which the later counts;
            without: rows that are alike in all, which both count), ``end_day_before_start`` (contracts that end a day
            before the next one of their account and product starts: churn, and reactivation a day later, if ends are
            really last days, which `end_is` says), ``end_moment_before_start`` (at most a second before),
            ``contracts_overlap`` (contracts that start while another one of
            their product runs: both amounts count) and ``end_not_come`` (ends after the last start or known of all
            rows: where no ``until`` is given, they have not come). Of each the first row, and its account as example.
        """
        return Table(findings_table(self._base))

    @property
    def currency(self) -> str:
        """The currency of all amounts; empty where no column tells."""
        return self._base.core.currency

    def contracts(self, as_known_at: AsOf | None = None) -> Table:
        """The contracts that count, as known at a date.

        Parameters
        ----------
        as_known_at : date-like, optional
            Default: as known now.

        Returns
        -------
        Table
            ``account_id``, ``start``, ``end`` (null: open), ``mrr`` and, where the columns are there, ``product`` and
            ``billing_period``; by account and start.
        """
        return Table(self._base.contracts(as_known_at))

    def movements(
        self,
        dates: AsOfs,
        *,
        as_known_at: AsOf | None = None,
        detail: bool = False,
        threads: int | None = None,
        progress: Progress = None,
    ) -> Table:
        """What became of each account's revenue from each date to the next.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two as-ofs or more; sorted and taken once each. :func:`dates` makes grids.
        as_known_at : date-like, optional
            Look at all dates with what was known then. Default: at each date with what was known at it.
        detail : bool
            Add ``movement`` (the account's: new, expansion, contraction, churn, reactivation or unchanged) and, where
            the columns are there, ``product_added``, ``product_dropped`` and ``price_change`` of those who stayed
            (added - dropped + price change = expansion - contraction), ``start_billing_period`` and
            ``end_billing_period`` (means over the contracts alive) and ``extension`` (the contraction of those whose
            billing period got longer: they pay less a month, for more months at a time).
        threads, progress
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Table
            ``account_id``, ``from``, ``to``, ``start``, ``new`` (never a customer before), ``expansion``,
            ``contraction``, ``churn``, ``reactivation`` (a customer before, not at the start), ``end``: a row for each
            account that is a customer at either end; by date, in it by movement (in that order, then those
            unchanged) and account. Amounts are 0 or more and
            start + new + expansion + reactivation - contraction - churn = end: exactly in a column of decimals, in
            floats before each is rounded to its double. Movements are netted by account.

        Raises
        ------
        DataError
            If there are fewer than two dates.

        Examples
        --------
        See :class:`Revenue`.
        """
        periods = periods_of(dates, "movements need")
        moves = self._base.movements(*periods, as_known_at, detail, threads=threads, progress=progress)
        return Table(with_extension(moves))

    def retention(
        self,
        dates: AsOfs,
        over: str = "12mo",
        by: str | None = None,
        *,
        labels: object = None,
        bands: Sequence[float] | None = None,
        reactivation: bool = True,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """How much of the revenue of some time before each date is there at the date.

        Parameters
        ----------
        dates : date-like or a list, array or column of them
            As-ofs at which the time ends.
        over : str
            How long it is: ``12mo``, ``1mo``, ``28d``.
        by : str, optional
            Split by: ``product``; ``cohort`` (the month in which an account became a customer first); ``size`` (bands
            of the revenue at the start); ``account_id``; else a column of `labels`, of the frame that the contracts
            came from, or of the portfolio's panel (a grade, a score in `bands`), as it was at the start.
        labels : table, optional
            Whatever a portfolio takes, with the column that `account` of the constructor names, or ``account_id``,
            the column that `by` names and perhaps ``as_of``, as a Panel has them: of several dates the last one at or
            before the start counts. A row without an account is an error.
        bands : sequence of float, optional
            The edges between bands, where `by` names a number: ``[50, 75]`` makes "below 50", "50 to 75" and "75 or
            more". Default: sizes are cut at 100, 1,000 and 10,000; other numbers need it.
        reactivation : bool
            Whether the quick ratio counts revenue that came back as a gain.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        Table
            A row a date (and label): ``from``, ``to``, ``by``; the movements summed up; with a billing period
            ``extension`` (the part of the contraction of accounts whose mean billing period got longer);
            ``accounts_start``, ``accounts_new``, ``accounts_lost``, ``accounts_back``, ``accounts_end``; and the rates
            of :func:`revenue_rates`. Accounts without a label are of the label null.

        References
        ----------
        .. [1] The formulas stand in the documentation, page "Revenue", each with its source.

        Examples
        --------
        See :class:`Revenue`.
        """
        end = np.unique(to_micros(dates))
        check_length("over", over, required=True)
        start = _core.add_length(end, over, -1)
        labelled = Labels.find_any(self._base, by, labels, bands, start)
        return Table(retention_table(self._base, start, end, over, labelled, reactivation, as_known_at))

    def cohorts(
        self,
        every: str = "1mo",
        measure: str = "mrr",
        *,
        until: AsOf | None = None,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """A triangle: what is left of those who became customers in each month, week or other time.

        Parameters
        ----------
        every : str
            What a cohort and a period are: any length (``1mo``, ``1q``, ``1w``, ``1d``). Months, quarters and years
            are those of the calendar (``6mo``: halves of a year), weeks, days and hours are counted from Monday
            1970-01-05 UTC.
        measure : {"mrr", "accounts"}
            Revenue, or customers.
        until : date-like, optional
            No period ends after it. Default: the last start or known of a contract, which is included; the last
            period is cut there, and ends of contracts after it have not come.
        as_known_at : date-like, optional
            Default: as known now.

        Returns
        -------
        Table
            ``cohort`` (the first instant of the time in which its accounts became customers first),
            ``period`` (0: that one itself), ``accounts`` or ``mrr`` at the period's end, ``share`` (of accounts: of
            all that started in the cohort; of revenue: of that of period 0) and ``retention`` (of the period before).

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> contracts = pa.table({
        ...     "account_id": ["a", "b"], "mrr": [10, 10],
        ...     "start": [date(2026, 1, 5)] * 2, "end": [date(2026, 2, 5), None],
        ... })
        >>> ch.Revenue(contracts).cohorts(measure="accounts", until="2026-03-01")["share"].to_pylist()
        [1.0, 0.5]
        """
        return Table(cohort_table(self._base, every, measure, until, as_known_at))


_ENDS = ("exclusive", "last_day", "inclusive")
_QUOTIENT = "mrr of total and term"


def _with_mrr(frame: object, roles: Roles, total: str, term: str) -> pa.Table:
    import pyarrow.compute as pc

    amounts = {"total": Role(total, "number", "total"), "term": Role(term, "number", "term")}
    beside = {column: role for column, role in roles.items() if column != _QUOTIENT}
    table, rest = read_beside(frame, _TABLE, amounts, beside, needs="the model needs")
    months = table["term"]
    bad = pc.fill_null(pc.less_equal(months, 0), False)
    if pc.any(bad).as_py():
        row = pc.index(bad, True).as_py()
        raise DataError(f"{_TABLE}.{term}[{row}]: a term is above 0 months, got {months[row]}", _TABLE, term, row)
    return rest.append_column(_QUOTIENT, pc.divide(table["total"], months))


def _model(roles: Mapping[str, object], columns: Sequence[str]) -> Model:
    """A model that reads those columns of one table of contracts."""
    metrics = {
        f"reads_{i}": {"from": _TABLE, "agg": "count", "where": f'"{column}" is missing'}
        for i, column in enumerate(name.replace('"', '""') for name in columns)
    }
    return Model.parse({"format": 1, "tables": {_TABLE: {"kind": "intervals", **roles}}, "metrics": metrics})
