"""What all that speaks of recurring revenue stands on: the contracts in the core, and what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import DataError
from ..io.instants import AsOf, AsOfs, to_micros
from ..io.lengths import check_length
from ..io.results import as_table
from ..loaded import Loaded
from ..progress import Progress, reported

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Columns", "Micros", "RevenueBase", "known_at", "one", "periods_of"]

Micros = npt.NDArray[np.int64]


class Columns(NamedTuple):
    """The columns of contracts that their amounts are made of."""

    mrr: str
    product: str | None = None
    currency: str | None = None
    billing_period: str | None = None


class RevenueBase:
    """Contracts, ready for their movements: the value under a :class:`Revenue`.

    Attributes
    ----------
    core : _core.Revenue
        The contracts.
    loaded : Loaded
        The tables that they are in.
    table : str
        The one that they are in.
    gap : str or None
        How late a renewal may be signed.
    has_product : bool
        Whether a column tells the product.
    frame : table or None
        Where they came from, with columns that `loaded` does not have; None: from a portfolio.
    account : str
        The column of `frame` that says whose contract it is.
    of_events : bool
        Whether these are no contracts, but what events are taken as.
    """

    def __init__(
        self,
        loaded: Loaded,
        table: str,
        columns: Columns,
        gap: str | None,
        progress: Progress,
        *,
        free: str = "prospects",
        frame: object = None,
        account: str = "account_id",
    ) -> None:
        check_length("gap", gap)
        if free not in ("prospects", "customers"):
            raise DataError(f"free: expected 'prospects' or 'customers', got {free!r}")
        self.loaded, self.table, self.gap, self.frame, self.account = loaded, table, gap, frame, account
        self.has_product = columns.product is not None
        self.of_events = False
        with reported(progress, "reading contracts") as report:
            self.core = _core.Revenue(loaded.core, table, *columns, free == "customers", loaded.threads, report)

    def contracts(self, as_known_at: AsOf | None) -> pa.Table:
        """See :meth:`Revenue.contracts`."""
        return as_table(self.core.contracts(known_at(as_known_at)))

    def observed_until(self, as_known_at: AsOf | None) -> int:
        """The first as-of that has seen the last start and known of all rows, in microseconds."""
        return self.core.last_seen(known_at(as_known_at)) + 1

    def movements(
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
        """Of the periods that begin and end at these instants; the rest as for :meth:`Revenue.movements`."""
        import pyarrow as pa

        count = self.loaded.threads if threads is None else threads
        # 30 March 12:00 and 31 March, both less a month, are 29 February 12:00 and 0:00: ends ascend, starts do not.
        falls = (np.flatnonzero(np.diff(start) < 0) + 1).tolist()
        parts = []
        with reported(progress, "moving") as report:
            for a, b in zip([0, *falls], [*falls, start.size], strict=True):
                part = (start[a:b], end[a:b], known_at(as_known_at), self.gap, detail, product, count, report)
                parts.append(as_table(self.core.movements(*part)))
        return parts[0] if len(parts) == 1 else pa.concat_tables(parts)


def one(date: AsOf) -> int:
    """A date as microseconds."""
    return int(to_micros([date])[0])


def known_at(as_known_at: AsOf | None) -> int | None:
    """The same where there may be none."""
    return None if as_known_at is None else one(as_known_at)


def periods_of(dates: AsOfs, what: str) -> tuple[Micros, Micros]:
    """From each of two dates or more to the next; `what` is made of them."""
    grid = np.unique(to_micros(dates))
    if grid.size < 2:
        raise DataError(f"{what} two dates or more: revenue moves from one to the next")
    return grid[:-1], grid[1:]
