"""What all that speaks of recurring revenue stands on: the contracts in the core, and what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import DataError
from ..instants import AsOf, to_micros
from ..progress import Progress, reported
from ..tables import as_table

if TYPE_CHECKING:
    import pyarrow as pa

    from ..portfolio import Portfolio

__all__ = ["Micros", "RevenueBase", "check_length", "known_at", "one", "periods_of"]

Micros = npt.NDArray[np.int64]


class RevenueBase:
    """Contracts, ready for their movements."""

    _frame: object
    _account: str

    def _set(
        self,
        portfolio: Portfolio,
        table: str,
        mrr: str,
        product: str | None,
        currency: str | None,
        billing_period: str | None,
        gap: str | None,
        progress: Progress,
    ) -> None:
        check_length("gap", gap)
        self._portfolio, self._table, self._gap, self._threads = portfolio, table, gap, portfolio._threads
        self._has_product, self._has_billing_period = product is not None, billing_period is not None
        with reported(progress, "reading contracts") as report:
            self._core = _core.Revenue(
                portfolio._core, table, mrr, product, currency, billing_period, self._threads, report
            )

    def quality(self) -> pa.Table:
        """What is odd about the contracts, counted.

        Returns
        -------
        pyarrow.Table
            As :meth:`Portfolio.quality`, with ``missing_mrr`` (rows without an amount, which count for nothing) and
            ``contract_twice`` (with a key: rows of one contract known at the same time, of which the later counts;
            without: rows that are alike in all, which both count).
        """
        import pyarrow as pa

        loaded = self._portfolio.quality()
        found = [
            {"table": self._table, "check": check, "rows": rows, "first_row": None, "example": example}
            for check, rows, example in self._core.findings
        ]
        return pa.concat_tables([loaded, pa.Table.from_pylist(found, schema=loaded.schema)])

    @property
    def currency(self) -> str:
        """The currency of all amounts; empty where no column tells."""
        return self._core.currency

    def contracts(self, as_known_at: AsOf | None = None) -> pa.Table:
        """The contracts that count, as known at a date.

        Parameters
        ----------
        as_known_at : date-like, optional
            Default: as known now.

        Returns
        -------
        pyarrow.Table
            ``account_id``, ``start``, ``end`` (null: open), ``mrr`` and, where the columns are there, ``product`` and
            ``billing_period``; by account and start.
        """
        return as_table(self._core.contracts(known_at(as_known_at)))

    def _movements(
        self,
        start: Micros,
        end: Micros,
        as_known_at: AsOf | None,
        detail: bool,
        *,
        product: tuple[str | None] | None = None,
        threads: int | None = None,
        progress: Progress = None,
    ) -> pa.Table:
        count = self._threads if threads is None else threads
        with reported(progress, "moving") as report:
            return as_table(
                self._core.movements(start, end, known_at(as_known_at), self._gap, detail, product, count, report)
            )


def one(date: AsOf) -> int:
    """A date as microseconds."""
    return int(to_micros([date])[0])


def known_at(as_known_at: AsOf | None) -> int | None:
    """The same where there may be none."""
    return None if as_known_at is None else one(as_known_at)


def periods_of(dates: object, what: str) -> tuple[Micros, Micros]:
    """From each of two dates or more to the next; `what` is made of them."""
    grid = np.unique(to_micros(dates))
    if grid.size < 2:
        raise DataError(f"{what} two dates or more: revenue moves from one to the next")
    return grid[:-1], grid[1:]


def check_length(name: str, length: Any, *, required: bool = False) -> None:
    """Refuse what is no length, by the name of the argument."""
    if length is None and not required:
        return
    try:
        _core.add_length(0, length, 1)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}={length!r}: {error}") from None
