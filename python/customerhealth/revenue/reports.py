"""Reports of revenue beside the movements: restatements, churn by its days, costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.columns import micros_of
from ..io.instants import AsOf, AsOfs
from ..io.instants import dates as dates_between
from ..results import Table
from .base import RevenueBase, periods_of
from .labels import Labels
from .rates import MOVES, ratio, retention_table, summed, with_all_periods

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Reports"]


class Reports:
    """What is said of movements as a whole."""

    _base: RevenueBase

    def waterfall(
        self,
        dates: AsOfs,
        by: str | None = None,
        *,
        labels: object = None,
        bands: Sequence[float] | None = None,
        reactivation: bool = True,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """What became of all revenue from each date to the next.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two as-ofs or more.
        by, labels, bands, reactivation, as_known_at
            As for :meth:`Revenue.retention`.

        Returns
        -------
        Table
            The columns of :meth:`Revenue.retention`, a row a period (and label): the movements of all accounts added
            up, and their rates. Annual ones are to the power of 365 over the days of the period.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> contracts = pa.table({
        ...     "account_id": ["a", "b", "b"], "mrr": [100, 40, 60],
        ...     "start": [date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 5)],
        ...     "end": [date(2026, 3, 10), date(2026, 2, 5), None],
        ... })
        >>> table = ch.Revenue(contracts).waterfall(["2026-02-01", "2026-03-01", "2026-04-01"])
        >>> table.select(["start", "expansion", "churn", "end"]).to_pylist()[0]
        {'start': 140.0, 'expansion': 20.0, 'churn': 0.0, 'end': 160.0}
        >>> table["nrr"].to_pylist()
        [1.1428571428571428, 0.375]
        """
        start, end = periods_of(dates, "a waterfall needs")
        found = Labels.find_any(self._base, by, labels, bands, start)
        return Table(retention_table(self._base, start, end, None, found, reactivation, as_known_at))

    def restated(self, dates: AsOfs, *, then: AsOf, now: AsOf) -> Table:
        """What is known otherwise now than it was then: the difference between two reports of the same dates.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two as-ofs or more.
        then, now : date-like
            When the one report and the other was made.

        Returns
        -------
        Table
            ``account_id``, ``from``, ``to`` and of ``start``, the movements and ``end`` each ``_then``, ``_now`` and
            ``_difference``: a row for each account and period in which any differs. The differences add up to that of
            the two reports. So do ``nrr_difference`` and ``grr_difference``, what the account did to the period's
            rate: with k what is kept of the start s, (Δk - rate then · Δs) / S now; null where a report has no start.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        keys = ["account_id", "from", "to"]
        periods = periods_of(dates, "restated needs")
        first, second = (self._base.movements(*periods, known, False) for known in (then, now))
        joined = first.join(second, keys, join_type="full outer", left_suffix="_then", right_suffix="_now")
        joined = joined.sort_by([(key, "ascending") for key in keys])
        columns, differs = {key: joined[key] for key in keys}, pa.array(np.zeros(joined.num_rows, np.bool_))
        for move in MOVES:
            kind = first.schema.field(move).type
            was, is_ = (pc.fill_null(joined[f"{move}_{w}"], pa.scalar(0).cast(kind)) for w in ("then", "now"))
            differs = pc.or_(differs, pc.not_equal(was, is_))
            columns |= {f"{move}_then": was, f"{move}_now": is_}
            columns[f"{move}_difference"] = pc.subtract(is_, was).cast(kind)
        for rate, gains in (("nrr", ("expansion",)), ("grr", ())):
            columns[f"{rate}_difference"] = _shares(columns, gains)
        return Table(pa.table(columns).filter(differs))

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
        moves = self._base.movements(*periods_of(days, "daily_churn needs"), as_known_at, True)
        sums = summed(moves, ["from", "to"])
        begun, ended, new = (np.array([float(v) for v in sums[c].to_pylist()]) for c in ("start", "end", "new"))
        counts = begun > 0
        return float((1 - (ended - new)[counts] / begun[counts]).sum()) if counts.any() else float("nan")

    def costs(
        self,
        dates: AsOfs,
        *,
        acquisition: float | Sequence[float] | None = None,
        retention: float | Sequence[float] | None = None,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """What it costs to win customers and to keep them, beside each other.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two as-ofs or more.
        acquisition, retention : float or sequence of float, optional
            What was spent in each period on new customers (sales, marketing), and on those there are (success,
            support, renewals). A single number is that of every period.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        Table
            A row a period: ``from``, ``to``, ``accounts_new``, ``accounts_kept`` (customers at both ends), ``new_mrr``,
            ``kept_mrr`` (start - contraction - churn), ``cost_per_new``, ``cost_per_kept`` (of a customer),
            ``cost_ratio`` (the former over the latter), ``cost_of_new_arr``, ``cost_of_kept_arr`` (of what is paid in
            a year: 12 months' worth), ``payback_months`` (acquisition over new revenue a month). Null where a cost is
            not given, or there is nothing to divide by. Accounts that came back are in neither.

        Raises
        ------
        DataError
            If neither cost is given, there is not one for each period, or one is below 0.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> contracts = pa.table({
        ...     "account_id": ["a", "b", "c"], "mrr": [100, 300, 100],
        ...     "start": [date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 10)], "end": pa.nulls(3, pa.date32()),
        ... })
        >>> costs = ch.Revenue(contracts).costs(["2026-02-01", "2026-03-01"], acquisition=1500, retention=600)
        >>> costs.select(["cost_per_new", "cost_per_kept", "cost_ratio", "payback_months"]).to_pylist()
        [{'cost_per_new': 1500.0, 'cost_per_kept': 300.0, 'cost_ratio': 5.0, 'payback_months': 15.0}]
        """
        import pyarrow as pa

        start, end = periods_of(dates, "costs need")
        if acquisition is None and retention is None:
            raise DataError("costs: give acquisition=, retention= or both")
        spent = {
            "new": _spent(acquisition, "acquisition", start.size),
            "kept": _spent(retention, "retention", start.size),
        }
        sums = with_all_periods(summed(self._base.movements(start, end, as_known_at, True), ["from", "to"]), start, end)
        number = {c: sums[c].cast(pa.float64()).to_numpy() for c in sums.column_names[2:]}
        accounts = {"new": number["accounts_new"], "kept": number["accounts_start"] - number["accounts_lost"]}
        mrr = {"new": number["new"], "kept": number["start"] - number["contraction"] - number["churn"]}
        found = {f"cost_per_{who}": ratio(spent[who], accounts[who]) for who in spent}
        found["cost_ratio"] = ratio(found["cost_per_new"], found["cost_per_kept"])
        found |= {f"cost_of_{who}_arr": ratio(spent[who], 12 * mrr[who]) for who in spent}
        found["payback_months"] = ratio(spent["new"], mrr["new"])
        counts = {f"accounts_{who}": pa.array(accounts[who].astype(np.int64)) for who in spent}
        columns = {"from": sums["from"], "to": sums["to"], **counts, "new_mrr": mrr["new"], "kept_mrr": mrr["kept"]}
        return Table(
            pa.table({**columns, **{name: pa.array(value, from_pandas=True) for name, value in found.items()}})
        )


def _shares(columns: dict[str, pa.ChunkedArray], gains: Sequence[str]) -> pa.Array:
    """What each row does to the rate (start + gains - contraction - churn) / start of all rows of its period."""
    import pyarrow as pa

    def number(move: str, when: str) -> npt.NDArray[np.float64]:
        values: npt.NDArray[np.float64] = columns[f"{move}_{when}"].cast(pa.float64()).to_numpy()
        return values

    _, period = np.unique(micros_of(columns["to"]), return_inverse=True)
    start, kept, total = {}, {}, {}
    for when in ("then", "now"):
        start[when] = number("start", when)
        kept[when] = start[when] - number("contraction", when) - number("churn", when)
        kept[when] = kept[when] + sum(number(move, when) for move in gains)
        total[when] = np.bincount(period, weights=start[when]).astype(np.float64)
    rate = ratio(np.bincount(period, weights=kept["then"]).astype(np.float64), total["then"])[period]
    share = ratio(kept["now"] - kept["then"] - rate * (start["now"] - start["then"]), total["now"][period])
    return pa.array(share, from_pandas=True)


def _spent(cost: float | Sequence[float] | None, name: str, periods: int) -> npt.NDArray[np.float64]:
    values = np.atleast_1d(np.asarray(np.nan if cost is None else cost, dtype=np.float64))
    if values.size not in (1, periods):
        raise DataError(f"{name}: expected a cost for each of the {periods} periods, got {values.size}")
    if cost is not None and not (values >= 0).all():
        raise DataError(f"{name}: expected costs of 0 or more, got {values[~(values >= 0)][0]:g}")
    return np.broadcast_to(values, periods)
