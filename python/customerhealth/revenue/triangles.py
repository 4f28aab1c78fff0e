"""Triangles: what is left of those who began together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.columns import instant_column, micros_of
from ..io.instants import FOREVER, AsOf
from ..io.lengths import Length, check_length
from .base import Micros, RevenueBase, one
from .labels import first_starts

if TYPE_CHECKING:
    import pyarrow as pa


__all__ = ["cohort_table", "retention_curve"]

_MOST_PERIODS = 10_000


def cohort_table(
    revenue: RevenueBase, every: str, measure: str, until: AsOf | None, as_known_at: AsOf | None
) -> pa.Table:
    """The triangle of accounts or revenue by cohort and period."""
    import pyarrow as pa
    import pyarrow.compute as pc

    check_length("every", every, required=True)
    if measure not in ("mrr", "accounts"):
        raise DataError(f"measure: expected 'mrr' or 'accounts', got {measure!r}")
    firsts, length = first_starts(revenue, as_known_at), Length.parse(every)
    cohorts = length.begin_of(length.number_of(micros_of(firsts["start"])))
    begins, ends = _periods(revenue, cohorts, length, until, as_known_at)
    moves = _at_ends(revenue, begins, ends, as_known_at)
    found = pc.index_in(moves["account_id"], value_set=firsts["account_id"].combine_chunks()).to_numpy()
    place = np.searchsorted(begins, cohorts)
    period = np.searchsorted(ends, micros_of(moves["to"])) - place[found]
    table = pa.table({"cohort": pa.array(cohorts[found]), "period": pa.array(period), "mrr": moves["end"]})
    sums = table.group_by(["cohort", "period"], use_threads=False).aggregate([("mrr", "sum"), ("mrr", "count")])
    cells = {
        (cohort, k): value
        for cohort, k, value in zip(
            sums["cohort"].to_pylist(),
            sums["period"].to_pylist(),
            sums["mrr_sum" if measure == "mrr" else "mrr_count"].to_pylist(),
            strict=True,
        )
    }
    started = dict(zip(*(part.tolist() for part in np.unique(cohorts, return_counts=True)), strict=True))
    zero = pa.scalar(0).cast(moves["end"].type).as_py() if measure == "mrr" else 0
    kind = moves["end"].type if measure == "mrr" else pa.int64()
    rows = [
        (cohort, k, cells.get((cohort, k), zero))
        for cohort in started
        for k in range(begins.size - int(np.searchsorted(begins, cohort)))
    ]
    base = {c: started[c] if measure == "accounts" else cells.get((c, 0), zero) for c in started}
    before = [cells.get((c, k - 1), zero) if k else None for c, k, _ in rows]
    return pa.table(
        {
            "cohort": instant_column([row[0] for row in rows]),
            "period": pa.array([row[1] for row in rows], pa.int64()),
            measure: pa.array([row[2] for row in rows], kind),
            "share": pa.array([_share(row[2], base[row[0]]) for row in rows], pa.float64()),
            "retention": pa.array([_share(row[2], b) for row, b in zip(rows, before, strict=True)], pa.float64()),
        }
    )


def _share(part: object, whole: object) -> float | None:
    return float(part) / float(whole) if whole else None  # type: ignore[arg-type]


def _periods(
    revenue: RevenueBase, cohorts: Micros, length: Length, until: AsOf | None, as_known_at: AsOf | None
) -> tuple[Micros, Micros]:
    """Where the periods from the first cohort on begin and end.

    Without `until` the last one holds the last start or known, and is cut just after it: no row speaks of later.
    """
    if not cohorts.size:
        return cohorts, cohorts
    limit = revenue.observed_until(as_known_at) if until is None else one(until)
    first, last = length.number_of(np.array([cohorts.min(), limit - 1])).tolist()
    if last - first >= _MOST_PERIODS:
        every = f"{length.count}{length.unit}"
        raise DataError(f"cohorts: more than {_MOST_PERIODS:,} periods of {every}; give until=, or a longer one")
    edges = length.begin_of(np.arange(first, last + 2))
    begins, ends = edges[:-1], edges[1:]
    if until is None:
        return begins, np.minimum(ends, limit)
    return begins[ends <= limit], ends[ends <= limit]


def _at_ends(revenue: RevenueBase, begins: Micros, ends: Micros, as_known_at: AsOf | None) -> pa.Table:
    """Those who are customers at the end of a period, with their revenue then."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = np.datetime64(FOREVER, "us") if as_known_at is None else as_known_at
    moves = revenue.movements(begins, ends, known, True)
    return moves.filter(pc.not_equal(moves["movement"].cast(pa.string()), "churn"))


def retention_curve(triangle: pa.Table, measure: str) -> npt.NDArray[np.float64]:
    """The share kept from each age to the next, summed over the cohorts observed at both: one number an age.

    References
    ----------
    .. [1] P. Fader and B. Hardie, *Probability Models for Customer-Base Analysis*: retention by cohort and age.
    """
    kept: dict[int, list[float]] = {}
    rows = triangle.select(["cohort", "period", measure]).to_pylist()
    value = {(row["cohort"], row["period"]): float(row[measure]) for row in rows}
    for (cohort, k), now in value.items():
        if k:
            sums = kept.setdefault(k, [0.0, 0.0])
            sums[0] += now
            sums[1] += value[cohort, k - 1]
    return np.array([kept[k][0] / kept[k][1] if kept[k][1] else np.nan for k in sorted(kept)])
