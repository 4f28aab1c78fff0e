"""Revenue joined to what accounts are called by: grades, scores' bands, segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError
from ..io.columns import micros_of
from ..io.instants import AsOf, AsOfs, to_micros
from ..io.lengths import check_length
from ..results import Table
from .base import RevenueBase, one, periods_of
from .labels import Labels
from .rates import summed

__all__ = ["ByLabel"]


class ByLabel:
    """What :class:`Revenue` says by grade; ``by``, ``labels`` and ``bands`` are those of :meth:`Revenue.retention`."""

    _base: RevenueBase

    def exposure(
        self,
        dates: AsOfs,
        by: str,
        *,
        labels: object = None,
        bands: Sequence[float] | None = None,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """Revenue by grade: how much of it hangs on accounts in red.

        Parameters
        ----------
        dates : date-like or a list, array or column of them
            As-ofs.
        by, labels, bands
            What to split by, as it was at each date.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        Table
            ``as_of``, ``by``, ``accounts``, ``mrr``, ``share`` (of the date's revenue). The sums over the labels are
            those of :meth:`movements`; accounts without a label have the label null.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        micros = np.unique(to_micros(dates))
        found = Labels.find(self._base, by, labels, bands, micros)
        after = micros + 1  # any later instant: only the starts are looked at
        moves = found.labelled(self._base, micros, after, as_known_at)
        sums = summed(moves, ["from", "label"])
        sums = sums.filter(pc.greater(sums["accounts_start"], 0))
        total = sums.group_by("from", use_threads=False).aggregate([("start", "sum")])
        whole = total["start_sum"].take(pc.index_in(sums["from"], value_set=total["from"].combine_chunks()))
        mrr, of = sums["start"].cast(pa.float64()).to_numpy(), whole.cast(pa.float64()).to_numpy()
        share = np.divide(mrr, of, out=np.full(mrr.size, np.nan), where=of != 0)
        return Table(
            pa.table(
                {
                    "as_of": sums["from"],
                    "by": sums["label"],
                    "accounts": sums["accounts_start"],
                    "mrr": sums["start"],
                    "share": pa.array(share, from_pandas=True),
                }
            )
        )

    def transitions(
        self,
        dates: AsOfs,
        by: str,
        *,
        labels: object = None,
        bands: Sequence[float] | None = None,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """Movements by the label at the start and at the end of each period.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two as-ofs or more.
        by, labels, bands
            What accounts are called by: a grade, mostly.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        Table
            ``from``, ``to``, ``by_from``, ``by_to``, the sums of the movements and the accounts counted. Summed over
            the labels they are the movements of all accounts, exactly.
        """
        import pyarrow as pa

        start, end = periods_of(dates, "transitions need")
        found = Labels.find(self._base, by, labels, bands, np.union1d(start, end))
        if not found.is_told:
            raise DataError(f"by='{by}': transitions need labels that change, as those of a panel")
        moves = self._base.movements(start, end, as_known_at, True)
        for edge, name in (("from", "by_from"), ("to", "by_to")):
            moves = moves.append_column(name, found.at(moves["account_id"], moves[edge]).cast(pa.string()))
        return Table(summed(moves, ["from", "to", "by_from", "by_to"]))

    def survival(
        self,
        dates: AsOfs,
        by: str,
        *,
        after: str = "12mo",
        labels: object = None,
        bands: Sequence[float] | None = None,
        until: AsOf | None = None,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """Who is still a customer some time after each date, and at what revenue, by the label at the date.

        Parameters
        ----------
        dates : date-like or a list, array or column of them
            As-ofs at which accounts are labelled.
        by, labels, bands
            What to split by.
        after : str
            How long after.
        until : date-like, optional
            Nobody is followed beyond it. Default: the last start or known of a contract, which is included; ends of
            contracts after it have not come.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        Table
            ``from``, ``to`` (`after` later, or where they are not followed any further), ``by``, ``accounts``,
            ``survived``, ``survival`` (their quotient), ``spend`` (mean revenue an account at the date),
            ``survival_ratio`` and ``spend_ratio``: of this label over the lowest of the date.
            Accounts without a label are not the lowest.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        start = np.unique(to_micros(dates))
        check_length("after", after, required=True)
        limit = self._base.observed_until(as_known_at) if until is None else one(until)
        end = np.maximum(np.minimum(_core.add_length(start, after), limit), start)
        found = Labels.find(self._base, by, labels, bands, start)
        sums = summed(found.labelled(self._base, start, end, as_known_at), ["from", "to", "label"])
        sums = sums.filter(pc.greater(sums["accounts_start"], 0))
        accounts, lost = (sums[c].cast(pa.float64()).to_numpy() for c in ("accounts_start", "accounts_lost"))
        rate, spend = (accounts - lost) / accounts, sums["start"].cast(pa.float64()).to_numpy() / accounts
        dates_of, labelled = micros_of(sums["from"]), sums["label"].is_valid().to_numpy()
        return Table(
            pa.table(
                {
                    "from": sums["from"],
                    "to": sums["to"],
                    "by": sums["label"],
                    "accounts": sums["accounts_start"],
                    "survived": pc.subtract(sums["accounts_start"], sums["accounts_lost"]),
                    "survival": pa.array(rate),
                    "spend": pa.array(spend),
                    "survival_ratio": pa.array(_over_lowest(rate, dates_of, labelled), from_pandas=True),
                    "spend_ratio": pa.array(_over_lowest(spend, dates_of, labelled), from_pandas=True),
                }
            )
        )


def _over_lowest(values: Any, dates: Any, labelled: Any) -> Any:
    out = np.full(values.size, np.nan)
    for date in np.unique(dates):
        own = dates == date
        known = values[own & labelled]
        lowest = known.min() if known.size else 0.0
        if lowest > 0:
            out[own] = values[own] / lowest
    return out
