"""Customers' purchase histories, summed up from their events."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.columns import distinct, micros_of
from ..io.instants import AsOf, to_micros
from ..io.tables import Role, read_table, refuse_missing
from ..results import Table
from .tables import Periods

__all__ = ["rfm"]


def rfm(
    events: Any,
    *,
    account: str,
    time: str,
    amount: str | None = None,
    period: str = "1d",
    end: AsOf | None = None,
    calibration_end: AsOf | None = None,
    as_of: AsOf | None = None,
    calibration_as_of: AsOf | None = None,
    known: str | None = None,
    count_first: bool = False,
) -> Table:
    """Frequency, recency and age of every customer, and the value of their purchases, from a table of purchases.

    Times are cut to periods (in UTC); several purchases in one count once, and their amounts add up. The first period
    with a purchase is where a customer begins: it is neither in the frequency nor in the monetary value, unless
    `count_first` asks for it.

    Parameters
    ----------
    events : table
        One row a purchase: anything that speaks Arrow, or a path.
    account, time : str
        Its columns: the customer, and when (a timestamp or date).
    amount : str, optional
        Its column with the value of the purchase.
    period : str
        A fixed length, as in ``1h``, ``1d``, ``1w`` (weeks begin on Mondays), or calendar months, quarters or years,
        as in ``1mo``. Frequency, recency and T count such periods.
    end : date-like, optional
        The last instant observed; its period is the last one counted, and later rows are dropped. Unlike an as-of it
        is inclusive, as in the literature. By default the last purchase.
    calibration_end : date-like, optional
        Sum up only what came until then (inclusive), and count what came after as a holdout. Customers who came later
        are left out.
    as_of, calibration_as_of : date-like, optional
        In place of `end` and `calibration_end`, and exclusive, as everywhere else in this package: the end of June is
        2026-07-01.
    known : str, optional
        Its column of when the row became known; where it is missing, when the purchase happened. Rows that were not
        known before `as_of` are dropped, as are those of the calibration that were not known before
        `calibration_as_of`. Needs `as_of`.
    count_first : bool
        Count the first period, too: ``frequency`` is the number of periods with a purchase, ``monetary_value`` the mean
        of all of them. For figures to look at and for :class:`GammaGamma`; the models of purchases want repeat
        purchases alone.

    Returns
    -------
    Table
        A row a customer, sorted by ``account_id``: ``frequency`` (periods with a purchase, less the first),
        ``recency`` (first to last of them), ``T`` (first to the end), and with `amount` ``monetary_value`` (mean of
        the periods in the frequency, 0 without any), all float64. With `calibration_end` also ``frequency_holdout``
        (periods with a purchase after it), ``monetary_value_holdout`` (their mean, 0 without any) and
        ``duration_holdout``. What was dropped is counted in the schema's metadata: ``rows_after_end``,
        ``rows_not_known``; they also tell ``period`` and ``count_first``.

    Raises
    ------
    DataError
        If a column is not there, or holds something missing or no finite number; ``column`` and ``row`` say where.
    ValueError
        If an end is given in both ways, or `known` without `as_of`.

    Examples
    --------
    >>> import customerhealth as ch
    >>> from datetime import date
    >>> events = {"who": ["a", "a", "a", "b"], "at": [date(2026, 1, d) for d in (1, 1, 9, 5)], "paid": [5, 7, 20, 1]}
    >>> import pyarrow as pa
    >>> table = ch.clv.rfm(pa.table(events), account="who", time="at", amount="paid", end="2026-01-31")
    >>> table.to_pylist()[0]
    {'account_id': 'a', 'frequency': 1.0, 'recency': 8.0, 'T': 30.0, 'monetary_value': 20.0}
    >>> ch.clv.rfm(pa.table(events), account="who", time="at", as_of="2026-02-01")["T"].to_pylist()
    [30.0, 26.0]
    """
    import pyarrow as pa

    final, middle = _edge(end, as_of, ""), _edge(calibration_end, calibration_as_of, "calibration_")
    if known is not None and (as_of is None or (middle is not None and calibration_as_of is None)):
        raise ValueError("known= tells what was known at an as-of: give as_of= (and calibration_as_of=), not end=")

    roles = {"account": Role(account, "account", "account"), "time": Role(time, "instant", "time")}
    if amount is not None:
        roles["amount"] = Role(amount, "number", "amount")
    learnt = {} if known is None else {"known": Role(known, "instant", "known")}
    table = read_table(events, "events", roles | learnt, needs="rfm needs")
    refuse_missing(table, "events", roles)
    accounts, codes = distinct(table["account"])
    micros = micros_of(table["time"])
    cut = Periods(period)
    when = cut.of(micros)
    values = None if amount is None else table["amount"].to_numpy()

    last = when.max(initial=np.iinfo(np.int64).min) if final is None else cut.of(final)[0]
    split = last if middle is None else cut.of(middle)[0]
    if split > last:
        raise DataError("rfm: the calibration ends after the end of observation")
    kept = when <= last
    late = np.zeros(len(when), np.bool_)
    if known is not None and final is not None:
        since = np.where(table["known"].is_null().to_numpy(), micros, micros_of(table["known"]))
        late = kept & (since > np.where(when <= split, final if middle is None else middle, final))
    used = kept & ~late
    columns = _summaries(
        codes[used], when[used], None if values is None else values[used], len(accounts), split, count_first
    )
    columns["T"] = split - columns.pop("first")
    if middle is None:
        for name in ("frequency_holdout", "monetary_value_holdout"):
            columns.pop(name, None)
    else:
        columns["duration_holdout"] = np.full(len(accounts), float(last - split))
    present = columns.pop("present")
    names = ["frequency", "recency", "T", "monetary_value", "frequency_holdout", "monetary_value_holdout"]
    order = [name for name in [*names, "duration_holdout"] if name in columns]
    out = pa.table({"account_id": accounts, **{name: columns[name].astype(np.float64) for name in order}})
    out = out.filter(pa.array(present)).sort_by("account_id")
    dropped = {"rows_after_end": str(int((~kept).sum())), "rows_not_known": str(int(late.sum()))}
    return Table(out.replace_schema_metadata({**dropped, "period": period, "count_first": str(count_first).lower()}))


def _edge(end: AsOf | None, as_of: AsOf | None, which: str) -> npt.NDArray[np.int64] | None:
    """The last instant that counts."""
    if end is not None and as_of is not None:
        raise ValueError(f"give {which}end (inclusive) or {which}as_of (exclusive), not both")
    if as_of is None:
        return None if end is None else to_micros(end)
    last: npt.NDArray[np.int64] = to_micros(as_of) - 1
    return last


def _summaries(
    codes: npt.NDArray[np.int64],
    when: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64] | None,
    accounts: int,
    split: int,
    count_first: bool,
) -> dict[str, npt.NDArray[Any]]:
    """One entry an account; those who began after the split are not `present`."""
    order = np.lexsort((when, codes))
    codes, when = codes[order], when[order]
    begins = np.flatnonzero(np.r_[True, (np.diff(codes) != 0) | (np.diff(when) != 0)]) if len(codes) else codes[:0]
    who, at = codes[begins], when[begins]  # purchases of one account in one period count as one
    early = at <= split
    firsts = np.flatnonzero(np.r_[True, np.diff(who) != 0]) if len(who) else who[:0]
    first = np.full(accounts, np.iinfo(np.int64).max)
    first[who[firsts]] = at[firsts]
    present = first <= split
    first[~present] = split
    last = first.copy()
    np.maximum.at(last, who[early], at[early])
    periods = np.bincount(who[early], minlength=accounts)
    out: dict[str, npt.NDArray[Any]] = {
        "present": present,
        "first": first,
        "frequency": np.maximum(periods - (not count_first), 0),
        "recency": last - first,
        "frequency_holdout": np.bincount(who[~early], minlength=accounts),
    }
    if values is not None:
        spent = np.add.reduceat(values[order], begins) if len(begins) else np.zeros(0)
        counted = early & (count_first | (at > first[who]))
        for name, rows, count in (
            ("monetary_value", counted, out["frequency"]),
            ("monetary_value_holdout", ~early, out["frequency_holdout"]),
        ):
            total = np.bincount(who[rows], weights=spent[rows], minlength=accounts)
            out[name] = total / np.maximum(count, 1)
    return out
