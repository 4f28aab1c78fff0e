"""What lies ahead: renewals that come due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import DataError
from ..io.columns import codes_of, instant_column, micros_of
from ..io.instants import FOREVER, AsOf, AsOfs
from ..results import Table
from .base import RevenueBase, periods_of
from .labels import Labels, refuse_respelled

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Renewals"]


class Renewals:
    """Contracts that come due; ``by``, ``labels`` and ``bands`` are those of :meth:`Revenue.retention`."""

    _base: RevenueBase

    def renewals(
        self,
        dates: AsOfs,
        by: str | None = None,
        *,
        probability: float | Mapping[str, float] | None = None,
        labels: object = None,
        bands: Sequence[float] | None = None,
        as_known_at: AsOf | None = None,
    ) -> Table:
        """Contracts that come due between dates, how many are renewed, and how many may be.

        A contract comes due at its end. It is renewed when another contract of its account (and product, where there
        is a column) starts at that end, or by ``gap`` after it; one that started before runs on beside it.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two or more: a contract is due in a period when from <= end < to.
        by, labels, bands
            What to split by, as it was at the start of the period.
        probability : float or mapping of label to float, optional
            How likely a renewal is, by label; those missing from a mapping are not forecast.
        as_known_at : date-like, optional
            Default: as known now.

        Returns
        -------
        Table
            ``from``, ``to``, ``by`` (where asked for), ``due`` (contracts), ``due_mrr``, ``renewed``, ``renewed_mrr``
            (the due amounts of those), ``renewal_rate`` (of contracts due) and with `probability` ``forecast_mrr``:
            probability times amount.

        References
        ----------
        .. [1] Dock, *How to calculate renewal rates*: the base is the contracts that came due, not all customers.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        start, end = periods_of(dates, "renewals need")
        table = self._base.contracts(as_known_at)
        renewed = _renewed(table, self._base.gap)
        ends = micros_of(table["end"], FOREVER)
        is_due = (ends >= start[0]) & (ends < end[-1])
        place = np.clip(np.searchsorted(start, ends, side="right") - 1, 0, start.size - 1)
        due = pa.table(
            {
                "account_id": table["account_id"],
                "from": instant_column(start[place]),
                "to": instant_column(end[place]),
                "due_mrr": table["mrr"],
                "renewed": pa.array(renewed),
                "renewed_mrr": pc.if_else(pa.array(renewed), table["mrr"], pa.scalar(0).cast(table["mrr"].type)),
            }
        )
        due = due.set_column(5, "renewed_mrr", due["renewed_mrr"].cast(table["mrr"].type)).filter(pa.array(is_due))
        keys = ["from", "to"]
        if by is not None:
            due, keys = _with_label(due, by, Labels.find(self._base, by, labels, bands, start)), [*keys, "by"]
        due = due.set_column(due.schema.get_field_index("renewed"), "renewed", due["renewed"].cast(pa.int64()))
        wanted = [("due_mrr", "count"), ("due_mrr", "sum"), ("renewed", "sum"), ("renewed_mrr", "sum")]
        sums = due.group_by(keys, use_threads=False).aggregate(wanted)
        sums = sums.select([*keys, *(f"{column}_{how}" for column, how in wanted)])
        sums = sums.rename_columns([*keys, "due", "due_mrr", "renewed", "renewed_mrr"])
        sums = sums.sort_by([(key, "ascending") for key in keys])
        sums = sums.append_column("renewal_rate", pc.divide(sums["renewed"].cast(pa.float64()), sums["due"]))
        if probability is None:
            return Table(sums)
        labelled = sums["by"].to_pylist() if by is not None else [None] * sums.num_rows
        refuse_respelled("probability", probability, by, labelled)
        chance = _chances(probability, labelled)
        return Table(
            sums.append_column("forecast_mrr", pc.multiply(sums["due_mrr"].cast(pa.float64()), pa.array(chance)))
        )


def _renewed(table: pa.Table, gap: str | None) -> npt.NDArray[np.bool_]:
    """Whether each contract is followed by another of its account (and product)."""
    groups = codes_of(table["account_id"])
    if "product" in table.column_names:
        products = codes_of(table["product"]) + 1
        groups = groups * (products.max(initial=0) + 1) + products
    starts, ends = (micros_of(table[column], FOREVER) for column in ("start", "end"))
    limits = ends if gap is None else np.where(ends == FOREVER, ends, _core.add_length(ends, gap))
    # Instants become their ranks, so that (group, instant) is one integer, group * instants + rank, and one search over
    # all contracts stays within the contract's group.
    _, groups = np.unique(groups, return_inverse=True)
    instants, ranks = np.unique(np.concatenate([starts, ends, limits]), return_inverse=True)
    starts, ends, limits = (groups * instants.size + part for part in np.split(ranks, 3))
    starts = np.sort(starts)
    follows: npt.NDArray[np.bool_] = np.searchsorted(starts, ends) < np.searchsorted(starts, limits, side="right")
    return follows


def _with_label(due: pa.Table, by: str, found: Labels) -> pa.Table:
    import pyarrow as pa

    if not found.is_told:
        raise DataError(f"by='{by}': renewals are split by a column of labels, of the contracts or of a panel")
    return due.append_column("by", found.at(due["account_id"], due["from"]).cast(pa.string()))


def _chances(probability: float | Mapping[str, float], labels: list[str | None]) -> list[float | None]:
    given = probability if isinstance(probability, Mapping) else None
    chances = [probability if given is None else given.get(label) if label is not None else None for label in labels]
    for chance in chances:
        if chance is not None and not 0 <= chance <= 1:  # type: ignore[operator]
            raise DataError(f"probability: expected 0 to 1, got {chance}")
    return chances  # type: ignore[return-value]
