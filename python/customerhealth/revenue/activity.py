"""Who is a customer when: from what they do, and without a break since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from ..io.columns import instant_column, micros_of
from ..io.instants import AsOf
from ..io.lengths import check_length
from ..io.results import as_table
from ..io.tables import Role, read_table
from ..results import Table
from .base import RevenueBase, known_at, one

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Activity", "presence_of"]


class Activity:
    """Presence of customers, for products with and without contracts."""

    _base: RevenueBase

    def active_periods(self, start: AsOf, end: AsOf, *, as_known_at: AsOf | None = None) -> Table:
        """Unbroken stretches of being a customer that ended within some time, or have not ended.

        Parameters
        ----------
        start, end : date-like
            Ends from `start` to `end`, both included, are listed, and stretches of those who are customers just after
            `end`.
        as_known_at : date-like, optional
            Default: as known now.

        Returns
        -------
        Table
            ``account_id``, ``start``, ``end`` (null: has not ended). A contract that starts at most ``gap`` after the
            latest end so far continues the stretch.

        References
        ----------
        .. [1] C. Gold, *Fighting Churn With Data*, chapter 4: active periods with an allowed gap.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        first, last = one(start), one(end)
        runs = as_table(self._base.core.runs(known_at(as_known_at), self._base.gap))
        table = as_table(self._base.core.contracts(known_at(as_known_at)))
        to = pa.scalar(last, pa.timestamp("us", "UTC"))
        is_alive = pc.and_(pc.less_equal(table["start"], to), pc.fill_null(pc.greater(table["end"], to), True))
        alive = pc.unique(table["account_id"].filter(is_alive))
        lasts = pc.fill_null(pc.greater(runs["end"], to), True)
        ongoing = pc.and_(
            pc.and_(lasts, pc.less_equal(runs["start"], to)), pc.is_in(runs["account_id"], value_set=alive)
        )
        ended = pc.and_kleene(  # an open end is null: it has not ended
            pc.invert(lasts), pc.greater_equal(runs["end"], pa.scalar(first, pa.timestamp("us", "UTC")))
        )
        shown = pc.if_else(ongoing, pa.scalar(None, pa.timestamp("us", "UTC")), runs["end"])
        runs = runs.set_column(runs.schema.get_field_index("end"), "end", shown)
        return Table(runs.filter(pc.or_(ongoing, ended)))


def presence_of(events: object, account: str, time: str, gap: str) -> pa.Table:
    """Events as contracts without an amount, each as long as the gap."""
    import pyarrow as pa

    check_length("gap", gap, required=True)
    roles = {"account": Role(account, "account", "account"), "time": Role(time, "instant", "time")}
    table = read_table(events, "events", roles, needs="from_events needs")
    at = table["time"]
    until = _core.add_length(micros_of(at), gap)
    return pa.table(
        {
            "account_id": table["account"],
            "start": at,
            "end": instant_column(until),
            "mrr": pa.array(np.zeros(table.num_rows, dtype=np.int64)),
        }
    )
