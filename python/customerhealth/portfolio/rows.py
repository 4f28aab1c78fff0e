"""What a portfolio knew of its tables at a date."""

from __future__ import annotations

from ..clv.summaries import rfm
from ..errors import DataError, unknown
from ..io.columns import micros_of
from ..io.instants import AsOf, one_instant
from ..io.results import as_table
from ..loaded import Loaded
from ..progress import Progress, reported
from ..results import Table

__all__ = ["KnownRows"]


class KnownRows:
    """The part of a :class:`Portfolio` that shows the rows behind its answers."""

    _loaded: Loaded

    def rows(self, table: str, as_of: AsOf, *, progress: Progress = None) -> Table:
        """The rows of a table as they were known as of a date: what every metric of that as-of is made of.

        Rows that came later, were corrected by then or deleted are not there, nor are those of orphans, which
        :meth:`Portfolio.quality` counts; an end that nobody knew yet is null. Of an accounts table it is the row that
        speaks for each account.

        Parameters
        ----------
        table : str
            One of the model's tables.
        as_of : date-like
            As for :meth:`Portfolio.score`.
        progress : bool or callable, optional
            As for :class:`Portfolio`.

        Returns
        -------
        Table
            ``account_id``, then the table's columns that the model reads, by the names that the table gave them. Times
            are timestamps in UTC, texts dictionaries, numbers float64 or int64. By account, then time.

        Raises
        ------
        UnknownNameError
            If the model has no such table.
        DataError
            If `as_of` is no date, or not one.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"orders": {"kind": "events", "account": "who", "time": "day", "key": "id", "known": "read"}},
        ...     "metrics": {"spent": {"from": "orders", "agg": "sum", "of": "paid"}},
        ... })
        >>> days = [date(2026, 6, d) for d in (1, 1, 9)]
        >>> orders = pa.table({"who": ["acme"] * 3, "day": days, "id": [1, 1, 2], "paid": [5.0, 7.0, 20.0],
        ...                    "read": [date(2026, 6, d) for d in (2, 20, 10)]})
        >>> portfolio = ch.Portfolio(model, orders=orders)
        >>> portfolio.rows("orders", "2026-06-15")["paid"].to_pylist()
        [5.0, 20.0]
        >>> portfolio.rows("orders", "2026-07-01")["paid"].to_pylist()
        [7.0, 20.0]
        """
        loaded = self._loaded
        if table not in loaded.model.tables:
            raise unknown("the model has no table", table, loaded.model.tables)
        micros = one_instant(as_of, "as_of")
        with reported(progress, "rows") as report:
            return Table(as_table(loaded.core.rows(table, micros, loaded.threads, report)))

    def rfm(
        self,
        table: str,
        *,
        as_of: AsOf,
        calibration_as_of: AsOf | None = None,
        amount: str | None = None,
        period: str = "1d",
        count_first: bool = False,
        progress: Progress = None,
    ) -> Table:
        """Each account's purchases summed up as they were known at a date, for the models of ``customerhealth.clv``.

        Parameters
        ----------
        table : str
            One of the model's tables of events; a row a purchase.
        as_of : date-like
            As for :meth:`Portfolio.score`.
        calibration_as_of : date-like, optional
            Sum up what was known then, and count what came from then on, as known at `as_of`, as a holdout.
        amount : str, optional
            Its column with the value of the purchase; the model has to read it.
        period, count_first
            As for :func:`customerhealth.clv.rfm`.
        progress : bool or callable, optional
            As for :class:`Portfolio`.

        Returns
        -------
        Table
            As of :func:`customerhealth.clv.rfm`, of :meth:`rows`: corrected and deleted rows count as they did then.

        Raises
        ------
        UnknownNameError
            If the model has no such table, or does not read `amount` from it.
        DataError
            If the table is not of events, or `as_of` is no date.

        Examples
        --------
        With the portfolio of :meth:`rows`, ``portfolio.rfm("orders", as_of="2026-06-15", amount="paid")``.
        """
        import pyarrow as pa

        tables = self._loaded.model.to_dict()["tables"]
        if table in tables and tables[table]["kind"] != "events":
            raise DataError(f"table '{table}': expected events, got {tables[table]['kind']}", table)
        rows = self.rows(table, as_of, progress=progress)
        time = tables[table]["time"]
        if amount is not None and amount not in rows.column_names:
            there = [name for name in rows.column_names if name != "account_id"]
            raise unknown(f"table '{table}': the model does not read column", amount, there)
        if calibration_as_of is not None:
            since = micros_of(rows[time]) >= one_instant(calibration_as_of, "calibration_as_of")
            before = self.rows(table, calibration_as_of, progress=progress)
            rows = Table(pa.concat_tables([before.table, rows.filter(since).table]))
        return rfm(
            rows, account="account_id", time=time, amount=amount, period=period, as_of=as_of,
            calibration_as_of=calibration_as_of, count_first=count_first,
        )  # fmt: skip
