"""What if more were renewed, expanded or won: revenue over the years to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..io.columns import micros_of
from ..io.instants import AsOf
from ..io.lengths import Length, check_count
from ..results import Table
from .base import RevenueBase, one
from .labels import Labels, first_starts, refuse_respelled
from .triangles import cohort_table, retention_curve

__all__ = ["Outlook"]


class Outlook:
    """Revenue to come; ``by``, ``labels`` and ``bands`` are those of :meth:`Revenue.retention`."""

    _base: RevenueBase

    def what_if(
        self,
        as_of: AsOf,
        *,
        periods: int = 5,
        every: str = "1y",
        renewal: float | Mapping[str, float] = 0.0,
        expansion: float | Mapping[str, float] = 0.0,
        new: float | Mapping[str, float] = 0.0,
        by: str | None = None,
        labels: object = None,
        bands: Sequence[float] | None = None,
    ) -> Table:
        """Revenue over time if more of it were renewed, expanded or won, beside what history makes of it.

        Each account's revenue is kept by the retention curve of its age (what cohorts kept from that age to the next,
        as known at `as_of`; the last age known holds for those beyond it), not by one constant rate.

        Parameters
        ----------
        as_of : date-like
            Where it begins.
        periods : int
            How many periods to look ahead.
        every : str
            What a period and an age are, as for :meth:`Revenue.cohorts`.
        renewal : float or mapping of label to float
            Added to the rate kept in each period: 0.1 keeps 10 points more.
        expansion : float or mapping of label to float
            Added to it likewise, for revenue that grows rather than stays.
        new : float or mapping of label to float
            Revenue (a month) won in each period, which then ages like the rest. With labels, each label's.
        by, labels, bands
            The labels that the mappings speak of, as they are at `as_of`.

        Returns
        -------
        Table
            ``period`` (0: as_of), ``by`` (where asked for), ``arr`` and ``arr_if`` (a year: 12 months' worth),
            ``difference``.
        """
        import pyarrow as pa

        periods = check_count("periods", periods, least=0)
        at = one(as_of)
        curve = retention_curve(cohort_table(self._base, every, "mrr", as_of, as_of), "mrr")
        found = Labels.find_any(self._base, by, labels, bands, np.array([at]))
        ages = _by_age(self._base, at, every, found)
        for name, given in (("renewal", renewal), ("expansion", expansion), ("new", new)):
            refuse_respelled(name, given, by, ages)
        rows: dict[str, list[Any]] = {"period": [], "by": [], "arr": [], "arr_if": []}
        for label, start in sorted(ages.items(), key=lambda item: (item[0] is None, item[0] or "")):
            change = _of(renewal, label) + _of(expansion, label)
            base = _projected(start, curve, periods, 0.0, 0.0)
            changed = _projected(start, curve, periods, change, _of(new, label))
            rows["period"] += range(periods + 1)
            rows["by"] += [label] * (periods + 1)
            rows["arr"] += [12 * value for value in base]
            rows["arr_if"] += [12 * value for value in changed]
        rows["difference"] = [b - a for a, b in zip(rows["arr"], rows["arr_if"], strict=True)]
        if by is None:
            del rows["by"]
        return Table(pa.table(rows))


def _of(value: float | Mapping[str, float], label: str | None) -> float:
    if not isinstance(value, Mapping):
        return value
    return 0.0 if label is None else value.get(label, 0.0)


def _by_age(revenue: RevenueBase, at: int, every: str, found: Labels | None) -> dict[str | None, dict[int, float]]:
    """Revenue at `at` by label and age: whole periods since the account's cohort began."""
    import pyarrow as pa
    import pyarrow.compute as pc

    dates, later, known = np.array([at]), np.array([at + 1]), np.datetime64(at, "us")
    if found is None:
        moves = revenue.movements(dates, later, known, True)
        moves = moves.append_column("label", pa.nulls(moves.num_rows, pa.string()))
    else:
        moves = found.labelled(revenue, dates, later, known)
    firsts = first_starts(revenue, known)
    place = pc.index_in(moves["account_id"], value_set=firsts["account_id"].combine_chunks())
    begun = micros_of(firsts["start"].combine_chunks().take(place.combine_chunks()))
    # at - 1: an `at` on the edge of a period belongs to the one that ends there
    length = Length.parse(every)
    ages = length.number_of(np.array([at - 1])) - length.number_of(begun)
    out: dict[str | None, dict[int, float]] = {}
    for label, age, amount in zip(moves["label"].to_pylist(), ages.tolist(), moves["start"].to_pylist(), strict=True):
        own = out.setdefault(label, {})
        own[age] = own.get(age, 0.0) + float(amount)
    return out


def _projected(start: dict[int, float], curve: Any, periods: int, change: float, new: float) -> list[float]:
    """Revenue in each period to come: each age keeps what the curve says, and the change on top."""
    known = curve[~np.isnan(curve)]
    now, out = dict(start), [sum(start.values())]
    for _ in range(periods):
        kept: dict[int, float] = {}
        for age, amount in now.items():
            rate = float(known[min(age, known.size - 1)]) if known.size else 1.0
            kept[age + 1] = kept.get(age + 1, 0.0) + amount * max(rate + change, 0.0)
        kept[0] = kept.get(0, 0.0) + new
        now = kept
        out.append(sum(now.values()))
    return out
