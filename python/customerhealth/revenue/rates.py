"""The rates that are made of movements, and their sums by date and label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..io.columns import days_of, instant_column, micros_of
from ..io.instants import AsOf
from ..io.lengths import DAYS_A_YEAR, Length
from .base import RevenueBase
from .labels import Labels

if TYPE_CHECKING:
    import pyarrow as pa


__all__ = ["annualised", "retention_table", "revenue_rates"]

MOVES = ("start", "new", "expansion", "contraction", "churn", "reactivation", "end")


def revenue_rates(
    *,
    start: Any,
    new: Any = 0,
    expansion: Any = 0,
    contraction: Any = 0,
    churn: Any = 0,
    reactivation: Any = 0,
    count_reactivation: bool = True,
) -> dict[str, Any]:
    """The rates of one period's movements, or of many at once.

    Parameters
    ----------
    start, new, expansion, contraction, churn, reactivation : float or array
        Revenue at the start and its movements, each 0 or more.
    count_reactivation : bool
        Whether the quick ratio counts revenue that came back as a gain.

    Returns
    -------
    dict of str to float or ndarray
        ``end``; ``net_new`` (gains less losses); ``nrr``, ``grr``, ``gross_churn``, ``net_churn`` (of the start;
        new revenue is in none of them) and ``quick_ratio``. NaN where there is nothing to divide by.

    References
    ----------
    .. [1] ChartMogul, *MRR churn rate* (help centre): gross and net MRR churn.
    .. [2] ProfitWell, *SaaS quick ratio* (help centre).

    Examples
    --------
    >>> import customerhealth as ch
    >>> rates = ch.revenue_rates(start=50, new=8, expansion=4, reactivation=1, contraction=2, churn=3)
    >>> rates["end"], rates["quick_ratio"]
    (58.0, 2.6)
    """
    start, new, expansion, contraction, churn, reactivation = (
        np.asarray(value, dtype=np.float64) for value in (start, new, expansion, contraction, churn, reactivation)
    )
    gains = new + expansion + (reactivation if count_reactivation else 0)
    rates = {
        "end": start + new + expansion + reactivation - contraction - churn,
        "net_new": new + expansion + reactivation - contraction - churn,
        "nrr": ratio(start + expansion - contraction - churn, start),
        "grr": ratio(start - contraction - churn, start),
        "gross_churn": ratio(contraction + churn, start),
        "net_churn": ratio(contraction + churn - expansion - reactivation, start),
        "quick_ratio": ratio(gains, contraction + churn),
    }
    return {name: float(rate) if np.ndim(rate) == 0 else rate for name, rate in rates.items()}


def annualised(rate: Any, over: str, *, days: Any = None) -> Any:
    """A share that is kept over some time, over a year: the share to the power of the times in a year.

    Parameters
    ----------
    rate : float or array
        What is kept (for what is lost give 1 - it, and take the result from 1).
    over : str
        The time: a calendar length (``1mo``: the 12th power), or a fixed one (``28d``: to the power of 365/28).
    days : float or array, optional
        The days that it really took, in place of `over`.

    Returns
    -------
    float or ndarray

    Examples
    --------
    >>> round(float(1 - annualised(1 - 0.05, "1mo")), 4)
    0.4596
    """
    times = Length.parse(over).times_a_year if days is None else DAYS_A_YEAR / days
    return np.asarray(rate, dtype=np.float64) ** times


def ratio(over: npt.NDArray[np.float64], under: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A quotient; NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(under != 0, over / np.where(under != 0, under, 1), np.nan)


def with_extension(movements: pa.Table) -> pa.Table:
    """Add ``extension``: the contraction of accounts whose billing period got longer, where those are known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "end_billing_period" not in movements.column_names:
        return movements
    longer = pc.fill_null(pc.greater(movements["end_billing_period"], movements["start_billing_period"]), False)
    lost = movements["contraction"]
    extension = pc.if_else(longer, lost, pa.scalar(0).cast(lost.type))
    return movements.append_column("extension", extension)


def summed(movements: pa.Table, keys: list[str]) -> pa.Table:
    """Movements in detail, added up by `keys` with the accounts counted, in the order of the keys."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = movements["movement"].cast(pa.string())
    flags = {
        "accounts_start": pc.invert(pc.is_in(kind, value_set=pa.array(["new", "reactivation"]))),
        "accounts_new": pc.equal(kind, "new"),
        "accounts_lost": pc.equal(kind, "churn"),
        "accounts_back": pc.equal(kind, "reactivation"),
        "accounts_end": pc.not_equal(kind, "churn"),
    }
    for name, flag in flags.items():
        movements = movements.append_column(name, flag.cast(pa.int64()))
    columns = [*MOVES, *flags]
    movements = with_extension(movements)
    columns += ["extension"] * ("extension" in movements.column_names)
    # Arrow's threads would add floats in an order that varies from run to run.
    sums = movements.group_by(keys, use_threads=False).aggregate([(column, "sum") for column in columns])
    sums = sums.select([*keys, *(f"{column}_sum" for column in columns)]).rename_columns([*keys, *columns])
    return sums.sort_by([(key, "ascending") for key in keys])


def retention_table(
    revenue: RevenueBase,
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    over: str | None,
    labels: Labels | None,
    reactivation: bool,
    as_known_at: AsOf | None,
) -> pa.Table:
    """The movements summed by period and label, with rates, annualised by `over` or, without it, by actual days."""
    import pyarrow as pa

    if labels is None:
        table = revenue.movements(start, end, as_known_at, True)
        return with_rates(with_all_periods(summed(table, ["from", "to"]), start, end), over, reactivation)
    moved = labels.labelled(revenue, start, end, as_known_at)
    table = summed(moved, ["from", "to", "label"])
    return with_rates(table.set_column(2, pa.field("by", pa.string()), table["label"]), over, reactivation)


def with_all_periods(sums: pa.Table, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> pa.Table:
    """Add a row of zeros for each period in which nobody is a customer, so that every period asked for has a row."""
    import pyarrow as pa

    seen = set(micros_of(sums["to"]).tolist())
    missing = [i for i in range(end.size) if int(end[i]) not in seen]
    if not missing:
        return sums
    columns = {"from": instant_column(start[missing]), "to": instant_column(end[missing])}
    for name in sums.column_names[2:]:
        columns[name] = pa.array([0] * len(missing)).cast(sums.schema.field(name).type)
    return pa.concat_tables([sums, pa.table(columns)]).sort_by("to")


def with_rates(table: pa.Table, over: str | None, reactivation: bool) -> pa.Table:
    """The table with a column for every rate of its movements and accounts."""
    import pyarrow as pa

    def number(column: str) -> npt.NDArray[np.float64]:
        given = table[column].cast(pa.int64()) if column in ("from", "to") else table[column]
        values: npt.NDArray[np.float64] = given.cast(pa.float64(), safe=False).to_numpy()
        return values

    moves = {name: number(name) for name in MOVES if name != "end"}
    rates = revenue_rates(**moves, count_reactivation=reactivation)
    lost, at_start, at_end = (number(f"accounts_{which}") for which in ("lost", "start", "end"))
    rates["logo_retention"] = ratio(at_start - lost, at_start)
    rates["logo_churn"] = ratio(lost, at_start)
    days = None if over else days_of(number("to") - number("from"))
    rates["annual_nrr"] = annualised(rates["nrr"], over or "", days=days)
    rates["annual_grr"] = annualised(rates["grr"], over or "", days=days)
    rates["annual_gross_churn"] = 1 - rates["annual_grr"]
    rates["annual_logo_churn"] = 1 - annualised(rates["logo_retention"], over or "", days=days)
    rates["lifetime"] = ratio(np.ones_like(lost), rates["logo_churn"])
    rates["existing_share"] = ratio(number("end") - moves["new"] - moves["reactivation"], number("end"))
    rates["arpa"] = ratio(number("end"), at_end)
    del rates["end"]
    for name, values in rates.items():
        table = table.append_column(name, pa.array(values, from_pandas=True))
    return table.append_column("accounts_to_grow", pa.array(lost.astype(np.int64) + 1))
