"""Reports of revenue beside the movements: restatements, and churn by its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .instants import AsOf
from .instants import dates as dates_between
from .revenue_base import RevenueBase, periods_of
from .revenue_rates import MOVES, summed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Reports"]


class Reports(RevenueBase):
    """What is said of movements as a whole."""

    def restated(self, dates: object, *, then: AsOf, now: AsOf) -> pa.Table:
        """What is known otherwise now than it was then: the difference between two reports of the same dates.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two as-ofs or more.
        then, now : date-like
            When the one report and the other was made.

        Returns
        -------
        pyarrow.Table
            ``account_id``, ``from``, ``to`` and of ``start``, the movements and ``end`` each ``_then``, ``_now`` and
            ``_difference``: a row for each account and period in which any differs. The differences add up to that of
            the two reports.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        keys = ["account_id", "from", "to"]
        periods = periods_of(dates, "restated needs")
        first, second = (self._movements(*periods, known, False) for known in (then, now))
        joined = first.join(second, keys, join_type="full outer", left_suffix="_then", right_suffix="_now")
        joined = joined.sort_by([(key, "ascending") for key in keys])
        columns, differs = {key: joined[key] for key in keys}, None
        for move in MOVES:
            kind = first.schema.field(move).type
            was, is_ = (pc.fill_null(joined[f"{move}_{w}"], pa.scalar(0).cast(kind)) for w in ("then", "now"))
            other = pc.not_equal(was, is_)
            differs = other if differs is None else pc.or_(differs, other)
            columns |= {f"{move}_then": was, f"{move}_now": is_}
            columns[f"{move}_difference"] = pc.subtract(is_, was).cast(kind)
        return pa.table(columns).filter(differs)

    def daily_churn(self, start: AsOf, end: AsOf, *, as_known_at: AsOf | None = None) -> float:
        """Net churn as the sum of its days: of each day 1 - (end - new)/start.

        Parameters
        ----------
        start, end : date-like
            The first day's beginning and the last one's end.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        float
            NaN where no day begins with revenue; days that do not are left out.
        """
        days = dates_between(start, end, every="1d")
        moves = self._movements(*periods_of(days, "daily_churn needs"), as_known_at, True)
        sums = summed(moves, ["from", "to"])
        begun, ended, new = (np.array([float(v) for v in sums[c].to_pylist()]) for c in ("start", "end", "new"))
        counts = begun > 0
        return float((1 - (ended - new)[counts] / begun[counts]).sum()) if counts.any() else float("nan")
