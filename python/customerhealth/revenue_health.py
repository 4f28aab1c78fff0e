"""Revenue joined to what accounts are called by: grades, scores' bands, segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .errors import DataError
from .instants import AsOf, to_micros
from .instants import dates as dates_between
from .revenue_cohorts import cohort_table, retention_curve
from .revenue_labels import Labels, first_starts
from .revenue_rates import MOVES, summed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ByLabel"]


class ByLabel:
    """What :class:`Revenue` says by grade; ``by`` and ``labels`` are those of :meth:`Revenue.retention`."""

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
        first, second = (_self(self).movements(dates, as_known_at=known) for known in (then, now))
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
        moves = _self(self).movements(days, as_known_at=as_known_at, detail=True)
        sums = summed(moves, ["from", "to"])
        begun, ended, new = (np.array([float(v) for v in sums[c].to_pylist()]) for c in ("start", "end", "new"))
        counts = begun > 0
        return float((1 - (ended - new)[counts] / begun[counts]).sum()) if counts.any() else float("nan")

    def exposure(self, dates: object, by: str, *, labels: object = None, as_known_at: AsOf | None = None) -> pa.Table:
        """Revenue by grade: how much of it hangs on accounts in red.

        Parameters
        ----------
        dates : date-like or a list, array or column of them
            As-ofs.
        by, labels
            What to split by, as it was at each date.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        pyarrow.Table
            ``as_of``, ``by``, ``accounts``, ``mrr``, ``share`` (of the date's revenue). The sums over the labels are
            those of :meth:`movements`; accounts without a label have the label null.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        micros = np.unique(to_micros(dates))
        found = Labels.find(_self(self), by, labels, (100, 1_000, 10_000), micros)
        assert found is not None
        after = micros + 1  # any later instant: only the starts are looked at
        moves = found.labelled(_self(self), micros, after, as_known_at)
        sums = summed(moves, ["from", "label"])
        sums = sums.filter(pc.greater(sums["accounts_start"], 0))
        total = sums.group_by("from", use_threads=False).aggregate([("start", "sum")])
        whole = total["start_sum"].take(pc.index_in(sums["from"], value_set=total["from"].combine_chunks()))
        mrr, of = sums["start"].cast(pa.float64()).to_numpy(), whole.cast(pa.float64()).to_numpy()
        share = np.divide(mrr, of, out=np.full(mrr.size, np.nan), where=of != 0)
        return pa.table(
            {
                "as_of": sums["from"],
                "by": sums["label"],
                "accounts": sums["accounts_start"],
                "mrr": sums["start"],
                "share": pa.array(share, from_pandas=True),
            }
        )

    def transitions(
        self, dates: object, by: str, *, labels: object = None, as_known_at: AsOf | None = None
    ) -> pa.Table:
        """Movements by the label at the start and at the end of each period.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two as-ofs or more.
        by, labels
            What accounts are called by: a grade, mostly.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        pyarrow.Table
            ``from``, ``to``, ``by_from``, ``by_to``, the sums of the movements and the accounts counted. Summed over
            the labels they are the movements of all accounts, exactly.
        """
        import pyarrow as pa

        revenue = _self(self)
        micros = np.unique(to_micros(dates))
        if micros.size < 2:
            raise DataError("transitions need two dates or more")
        found = Labels.find(revenue, by, labels, (100, 1_000, 10_000), micros)
        if found is None or found._table is None:
            raise DataError(f"by='{by}': transitions need labels that change, as those of a panel")
        moves = revenue._movements(micros[:-1], micros[1:], as_known_at, True)
        for end, name in (("from", "by_from"), ("to", "by_to")):
            moves = moves.append_column(name, found.at(moves["account_id"], moves[end]).cast(pa.string()))
        return summed(moves, ["from", "to", "by_from", "by_to"])

    def survival(
        self,
        dates: object,
        by: str,
        *,
        after: str = "12mo",
        labels: object = None,
        as_known_at: AsOf | None = None,
    ) -> pa.Table:
        """Who is still a customer some time after each date, and at what revenue, by the label at the date.

        Parameters
        ----------
        dates : date-like or a list, array or column of them
            As-ofs at which accounts are labelled.
        by, labels
            What to split by.
        after : str
            How long after.
        as_known_at : date-like, optional
            As for :meth:`movements`.

        Returns
        -------
        pyarrow.Table
            ``from``, ``to``, ``by``, ``accounts``, ``survived``, ``survival`` (their quotient), ``spend`` (mean revenue
            an account at the date), ``survival_ratio`` and ``spend_ratio``: of this label over the lowest of the date.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        start = np.unique(to_micros(dates))
        end = np.array([_core.add_length(int(t), after, 1) for t in start], dtype=np.int64)
        found = Labels.find(_self(self), by, labels, (100, 1_000, 10_000), start)
        assert found is not None
        sums = summed(found.labelled(_self(self), start, end, as_known_at), ["from", "to", "label"])
        sums = sums.filter(pc.greater(sums["accounts_start"], 0))
        accounts, lost = (sums[c].cast(pa.float64()).to_numpy() for c in ("accounts_start", "accounts_lost"))
        rate, spend = (accounts - lost) / accounts, sums["start"].cast(pa.float64()).to_numpy() / accounts
        dates_of = sums["from"].cast(pa.int64()).to_numpy()
        return pa.table(
            {
                "from": sums["from"],
                "to": sums["to"],
                "by": sums["label"],
                "accounts": sums["accounts_start"],
                "survived": pc.subtract(sums["accounts_start"], sums["accounts_lost"]),
                "survival": pa.array(rate),
                "spend": pa.array(spend),
                "survival_ratio": pa.array(_over_lowest(rate, dates_of), from_pandas=True),
                "spend_ratio": pa.array(_over_lowest(spend, dates_of), from_pandas=True),
            }
        )

    def renewals(
        self,
        dates: object,
        by: str | None = None,
        *,
        probability: float | Mapping[str, float] | None = None,
        labels: object = None,
        as_known_at: AsOf | None = None,
    ) -> pa.Table:
        """Contracts that come due between dates, how many are renewed, and how many may be.

        A contract comes due at its end. It is renewed when another contract of its account (and product, where there
        is a column) goes on beyond that end and starts by it, or by ``gap`` after it.

        Parameters
        ----------
        dates : list, array or column of date-likes
            Two or more: a contract is due in a period when from <= end < to.
        by, labels
            What to split by, as it was at the start of the period.
        probability : float or mapping of label to float, optional
            How likely a renewal is, by label; those missing from a mapping are not forecast.
        as_known_at : date-like, optional
            Default: as known now.

        Returns
        -------
        pyarrow.Table
            ``from``, ``to``, ``by`` (where asked for), ``due`` (contracts), ``due_mrr``, ``renewed``, ``renewed_mrr``
            (the due amounts of those), ``renewal_rate`` (of contracts due) and with `probability` ``forecast_mrr``:
            probability times amount.

        References
        ----------
        .. [1] Dock, *How to calculate renewal rates*: the base is the contracts that came due, not all customers.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        revenue = _self(self)
        micros = np.unique(to_micros(dates))
        if micros.size < 2:
            raise DataError("renewals need two dates or more")
        table = revenue.contracts(as_known_at)
        renewed = _renewed(table, revenue._gap)
        ends = pc.fill_null(table["end"].cast(pa.int64()), np.iinfo(np.int64).max).to_numpy()
        place = np.searchsorted(micros, ends, side="right") - 1
        is_due = (place >= 0) & (place < micros.size - 1)
        at = pa.timestamp("us", "UTC")
        due = pa.table(
            {
                "account_id": table["account_id"],
                "from": pa.array(micros[np.clip(place, 0, micros.size - 2)]).cast(at),
                "to": pa.array(micros[np.clip(place, 0, micros.size - 2) + 1]).cast(at),
                "due_mrr": table["mrr"],
                "renewed": pa.array(renewed),
                "renewed_mrr": pc.if_else(pa.array(renewed), table["mrr"], pc.subtract(table["mrr"], table["mrr"])),
            }
        )
        due = due.set_column(5, "renewed_mrr", due["renewed_mrr"].cast(table["mrr"].type)).filter(pa.array(is_due))
        keys = ["from", "to"]
        if by is not None:
            due, keys = _with_label(revenue, due, by, labels, micros[:-1]), [*keys, "by"]
        due = due.set_column(due.schema.get_field_index("renewed"), "renewed", due["renewed"].cast(pa.int64()))
        wanted = [("due_mrr", "count"), ("due_mrr", "sum"), ("renewed", "sum"), ("renewed_mrr", "sum")]
        sums = due.group_by(keys, use_threads=False).aggregate(wanted)
        sums = sums.select([*keys, *(f"{column}_{how}" for column, how in wanted)])
        sums = sums.rename_columns([*keys, "due", "due_mrr", "renewed", "renewed_mrr"])
        sums = sums.sort_by([(key, "ascending") for key in keys])
        sums = sums.append_column("renewal_rate", pc.divide(sums["renewed"].cast(pa.float64()), sums["due"]))
        if probability is None:
            return sums
        chance = _chances(probability, sums["by"].to_pylist() if by is not None else [None] * sums.num_rows)
        return sums.append_column("forecast_mrr", pc.multiply(sums["due_mrr"].cast(pa.float64()), pa.array(chance)))

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
    ) -> pa.Table:
        """Revenue over time if more of it were renewed, expanded or won, beside what history makes of it.

        Each account's revenue is kept by the retention curve of its age (what cohorts kept from that age to the next,
        as known at `as_of`; the last age known holds for those beyond it), not by one constant rate.

        Parameters
        ----------
        as_of : date-like
            Where it begins.
        periods : int
            How many periods to look ahead.
        every : {"1mo", "1q", "1y"}
            What a period and an age are.
        renewal : float or mapping of label to float
            Added to the rate kept in each period: 0.1 keeps 10 points more.
        expansion : float or mapping of label to float
            Added to it likewise, for revenue that grows rather than stays.
        new : float or mapping of label to float
            Revenue (a month) won in each period, which then ages like the rest. With labels, each label's.
        by, labels
            The labels that the mappings speak of, as they are at `as_of`.

        Returns
        -------
        pyarrow.Table
            ``period`` (0: as_of), ``by`` (where asked for), ``arr`` and ``arr_if`` (a year: 12 months' worth),
            ``difference``.
        """
        import pyarrow as pa

        revenue = _self(self)
        at = int(to_micros([as_of])[0])
        curve = retention_curve(cohort_table(revenue, every, "mrr", as_of, as_of), "mrr")
        ages = _by_age(revenue, at, every, by, labels)
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
        return pa.table(rows)


def _self(of: ByLabel) -> Any:
    return of


def _over_lowest(values: Any, dates: Any) -> Any:
    out = np.full(values.size, np.nan)
    for date in np.unique(dates):
        own = dates == date
        lowest = values[own].min()
        if lowest > 0:
            out[own] = values[own] / lowest
    return out


def _renewed(table: pa.Table, gap: str | None) -> list[bool]:
    """Whether each contract is followed by another; rows are by account and start."""
    rows = table.to_pydict()
    product = rows.get("product", [None] * table.num_rows)
    most = np.iinfo(np.int64).max
    import pyarrow as pa

    starts = table["start"].cast(pa.int64()).to_pylist()
    ends = [most if end is None else end for end in table["end"].cast(pa.int64()).to_pylist()]
    of: dict[object, list[int]] = {}
    for i, account in enumerate(rows["account_id"]):
        of.setdefault((account, product[i]), []).append(i)
    out = [False] * table.num_rows
    for own in of.values():
        for i in own:
            if ends[i] != most:
                limit = ends[i] if gap is None else _core.add_length(ends[i], gap, 1)
                out[i] = any(ends[j] > ends[i] and starts[j] <= limit for j in own)
    return out


def _with_label(revenue: Any, due: pa.Table, by: str, labels: object, dates: Any) -> pa.Table:
    import pyarrow as pa

    found = Labels.find(revenue, by, labels, (100, 1_000, 10_000), dates)
    if found is None or found._table is None:
        raise DataError(f"by='{by}': renewals are split by a column of labels, of the contracts or of a panel")
    return due.append_column("by", found.at(due["account_id"], due["from"]).cast(pa.string()))


def _chances(probability: float | Mapping[str, float], labels: list[str | None]) -> list[float | None]:
    given = probability if isinstance(probability, Mapping) else None
    chances = [probability if given is None else given.get(label) if label is not None else None for label in labels]
    for chance in chances:
        if chance is not None and not 0 <= chance <= 1:  # type: ignore[operator]
            raise DataError(f"probability: expected 0 to 1, got {chance}")
    return chances  # type: ignore[return-value]


def _of(value: float | Mapping[str, float], label: str | None) -> float:
    if not isinstance(value, Mapping):
        return value
    return 0.0 if label is None else value.get(label, 0.0)


def _by_age(revenue: Any, at: int, every: str, by: str | None, labels: object) -> dict[str | None, dict[int, float]]:
    """Revenue at `at` by label and age: whole periods since the account's cohort began."""
    import pyarrow as pa
    import pyarrow.compute as pc

    dates, later = np.array([at]), np.array([at + 1])
    found = Labels.find(revenue, by, labels, (100, 1_000, 10_000), dates)
    known = np.datetime64(at, "us")
    if found is None:
        moves = revenue._movements(dates, later, known, True)
        moves = moves.append_column("label", pa.nulls(moves.num_rows, pa.string()))
    else:
        moves = found.labelled(revenue, dates, later, known)
    firsts = first_starts(revenue, known)
    begun = (
        firsts["start"]
        .combine_chunks()
        .take(pc.index_in(moves["account_id"], value_set=firsts["account_id"].combine_chunks()).combine_chunks())
    )
    unit = {"1mo": "month", "1q": "quarter", "1y": "year"}[every]
    between = {"1mo": pc.month_interval_between, "1q": pc.quarters_between, "1y": pc.years_between}[every]
    last = pa.scalar(at - 1, pa.timestamp("us", "UTC"))  # the period that `at` ends, or cuts
    ages = between(pc.floor_temporal(begun, unit=unit), last)
    ages = [age if isinstance(age, int) else age[0] for age in ages.to_pylist()]
    out: dict[str | None, dict[int, float]] = {}
    for label, age, amount in zip(moves["label"].to_pylist(), ages, moves["start"].to_pylist(), strict=True):
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
