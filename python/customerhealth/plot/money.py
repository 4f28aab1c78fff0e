"""Charts of recurring revenue."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import BEST, DOWN, MIDDLE, NEUTRAL, SERIES, UP, WORST
from ..errors import DataError
from .figures import LINE, counted, figure, make_room, nothing, objects, percent, shown, signed
from .steps import Step, steps_figure
from .tables import arrow, numbers, rows

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["cohorts", "retention", "waterfall"]

_MOVES = (
    *(("new", 1), ("expansion", 1), ("reactivation", 1)),
    *(("contraction", -1), ("churn", -1)),
)


def waterfall(table: object) -> go.Figure:
    """What became of recurring revenue from the first date to the last.

    Parameters
    ----------
    table : table
        What :meth:`Revenue.waterfall` gave, without `by`; its periods are added up. What :meth:`Revenue.retention` gave
        is one where its times do not overlap.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    DataError
        If it is no such table, has labels, or its periods do not follow each other.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> contracts = pa.table({
    ...     "account_id": ["a", "b", "b"], "mrr": [100, 40, 60],
    ...     "start": [date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 5)],
    ...     "end": [date(2026, 3, 10), date(2026, 2, 5), None],
    ... })
    >>> figure = ch.plot.waterfall(ch.Revenue(contracts).waterfall(["2026-02-01", "2026-03-01", "2026-04-01"]))
    >>> figure.layout.title.text
    'Revenue fell from 140 to 60 between 2026-02-01 and 2026-04-01: 100 were<br>lost, 20 won'
    >>> list(figure.data[0].y)
    [140.0, 20.0, -100.0, 60.0]
    """
    names = [name for name, _ in _MOVES]
    found = arrow(table, ["from", "to", "start", *names, "end"], "revenue.waterfall")
    if "by" in found.column_names and found["by"].null_count < len(found):
        raise DataError("a waterfall is of all accounts: this table has labels; ch.plot.retention draws them")
    if len(found) == 0:
        return nothing("No revenue to draw", "the table has no rows")
    periods = sorted(rows(found), key=lambda row: row["from"])
    for before, after in itertools.pairwise(periods):
        if before["to"] != after["from"]:
            raise DataError(
                f"the periods do not follow each other: one ends {before['to']}, the next begins {after['from']}"
            )
    sums = {name: sum(row[name] or 0.0 for row in periods) for name in names}
    begin, end = float(periods[0]["start"] or 0), float(periods[-1]["end"] or 0)
    dates = [str(periods[0]["from"])[:10], str(periods[-1]["to"])[:10]]
    lost = sums["contraction"] + sums["churn"]
    won = sums["new"] + sums["expansion"] + sums["reactivation"]
    verb = "rose" if end > begin else "fell" if end < begin else "stayed"
    title = f"Revenue {verb} from {begin:,.0f} to {end:,.0f} between {dates[0]} and {dates[1]}"
    title += f": {lost:,.0f} were lost, {won:,.0f} won"
    steps = [
        Step(name, sign * sums[name], UP if sign > 0 else DOWN, f"{name}: {signed(sign * sums[name], 0)}")
        for name, sign in _MOVES
        if sums[name]
    ]
    first, last = (
        Step(date, amount, NEUTRAL, f"{date}: {amount:,.0f}") for date, amount in zip(dates, (begin, end), strict=True)
    )
    return steps_figure(title, steps, last, first=first, y="recurring revenue a month", digits=0)


def cohorts(table: object) -> go.Figure:
    """What is left of each cohort after each period: the triangle as a heat map.

    Parameters
    ----------
    table : table
        What :meth:`Revenue.cohorts` gave, of revenue or of accounts.

    Returns
    -------
    plotly.graph_objects.Figure
        A row a cohort, the oldest first, a column a period; colours are the share that is left.

    Raises
    ------
    DataError
        If it is no such table.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> contracts = pa.table({
    ...     "account_id": ["a", "b"], "mrr": [10, 10],
    ...     "start": [date(2026, 1, 5)] * 2, "end": [date(2026, 2, 5), None],
    ... })
    >>> figure = ch.plot.cohorts(ch.Revenue(contracts).cohorts(measure="accounts", until="2026-03-01"))
    >>> figure.layout.title.text
    'After 1 period 50% of accounts are left, of the 1 cohort that is so old'
    >>> figure.data[0].z.tolist()
    [[1.0, 0.5]]
    """
    go = objects()
    found = arrow(table, ("cohort", "period", "share"), "revenue.cohorts")
    if len(found) == 0:
        return nothing("No cohorts to draw", "the table has no rows")
    what = "accounts" if "accounts" in found.column_names else "mrr"
    begins = np.array([str(at)[:10] for at in found["cohort"].to_pylist()])
    names, row = np.unique(begins, return_inverse=True)
    period = numbers(found, "period").astype(np.int64)
    shares, amounts = (np.full((len(names), int(period.max()) + 1), np.nan) for _ in range(2))
    shares[row, period], amounts[row, period] = numbers(found, "share"), numbers(found, what)
    title = _title_of_cohorts(shares, amounts, "accounts" if what == "accounts" else "revenue")
    made = figure(
        title,
        x="periods since the first",
        y="cohort",
        notes=["100% or more is drawn as 100%"] if np.nanmax(shares) > 1 else (),
    )
    made.add_trace(
        go.Heatmap(
            z=shares, x=list(range(shares.shape[1])), y=list(range(len(names))), zmin=0, zmax=1,
            colorscale=[[0, WORST], [0.5, MIDDLE], [1, BEST]],
            colorbar={"tickformat": ".0%", "title": {"text": "left"}},
            customdata=np.stack([np.broadcast_to(names[:, None], shares.shape), _texts(amounts)], axis=2),
            hovertemplate="%{customdata[0]}, period %{x}: %{z:.1%} left, %{customdata[1]} " + f"{what}<extra></extra>",
            xgap=1, ygap=1,
        )
    )  # fmt: skip
    step = -(-len(names) // 24)
    made.update_yaxes(
        autorange="reversed", showgrid=False, tickvals=list(range(0, len(names), step)), ticktext=names[::step].tolist()
    )
    make_room(made, len(names[::step]))
    made.update_xaxes(showgrid=False, dtick=1 if shares.shape[1] <= 24 else None)
    return made


def _texts(amounts: Any) -> Any:
    return np.array([["" if np.isnan(each) else f"{each:,.0f}" for each in line] for line in amounts], dtype=object)


def _title_of_cohorts(shares: Any, amounts: Any, what: str) -> str:
    """What is left after a year of periods, or after as many as at least half of the cohorts have."""
    there = np.isfinite(shares)
    old = there.sum(axis=0) >= max(1, (len(shares) + 1) // 2)
    age = int(np.flatnonzero(old)[-1])
    which = there[:, age]
    begun = np.nansum(np.where(shares[which, age] > 0, amounts[which, age] / shares[which, age], amounts[which, 0]))
    left = float(np.nansum(amounts[which, age]) / begun) if begun else float("nan")
    count = int(which.sum())
    after = f"After {counted(age, 'period')} {percent(left)} of {what} {'are' if what == 'accounts' else 'is'} left"
    return f"{after}, of the {counted(count, 'cohort')} that {'is' if count == 1 else 'are'} so old"


def retention(table: object) -> go.Figure:
    """Net and gross revenue retention over time, by label where there is one.

    Parameters
    ----------
    table : table
        What :meth:`Revenue.retention` or :meth:`Revenue.waterfall` gave.

    Returns
    -------
    plotly.graph_objects.Figure
        A full line of NRR and a dotted one of GRR for each label.

    Raises
    ------
    DataError
        If it is no such table.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> contracts = pa.table({
    ...     "account_id": ["a", "b"], "mrr": [100, 100],
    ...     "start": [date(2025, 1, 1), date(2025, 1, 1)], "end": [date(2026, 3, 10), None],
    ... })
    >>> figure = ch.plot.retention(ch.Revenue(contracts).retention(["2026-03-01", "2026-04-01"]))
    >>> figure.layout.title.text
    'NRR 50% and GRR 50% as of 2026-04-01: of 100 of revenue at the start 50 were<br>lost, 0 won from the same accounts'
    >>> [(trace.name, list(trace.y)) for trace in figure.data]
    [('NRR', [1.0, 0.5]), ('GRR', [1.0, 0.5])]
    """
    go = objects()
    found = arrow(table, ("to", "nrr", "grr"), "revenue.retention")
    if len(found) == 0:
        return nothing("No retention to draw", "the table has no rows")
    all_rows = sorted(rows(found), key=lambda row: row["to"])
    labels = list(dict.fromkeys(row.get("by") for row in all_rows))
    split = labels != [None]
    made = figure(_title_of_retention(all_rows, labels if split else []), y="of the revenue at the start")
    for place, label in enumerate(labels):
        mine = [row for row in all_rows if row.get("by") == label]
        colour = SERIES[place % len(SERIES)]
        head = f"{shown('none' if label is None else label)}: " if split else ""
        for rate, dash in (("nrr", "solid"), ("grr", "dot")):
            made.add_trace(
                go.Scatter(
                    x=[str(row["to"])[:19] for row in mine], y=[row[rate] for row in mine],
                    name=f"{head}{rate.upper()}", mode="lines+markers", line={**LINE, "color": colour, "dash": dash},
                    hovertemplate=f"%{{x|%Y-%m-%d}}: {head}{rate.upper()} %{{y:.1%}}<extra></extra>",
                )
            )  # fmt: skip
    made.add_hline(y=1, line={"color": "rgba(128,128,128,0.6)", "width": 1, "dash": "dash"})
    made.update_yaxes(tickformat=".0%")
    if split:
        made.update_layout(legend={"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top"})
    return made


def _title_of_retention(all_rows: list[Any], labels: list[Any]) -> str:
    last = [row for row in all_rows if row["to"] == all_rows[-1]["to"] and row["nrr"] is not None]
    date = str(all_rows[-1]["to"])[:10]
    if not last:
        return f"There was no revenue at the start of the time to {date}"
    if labels:
        worst, best = (pick(last, key=lambda row: row["nrr"]) for pick in (min, max))
        names = [shown("none" if row["by"] is None else row["by"]) for row in (worst, best)]
        return f"NRR as of {date}: {percent(worst['nrr'])} of {names[0]}, {percent(best['nrr'])} of {names[1]}"
    now = last[0]
    lost, won = 100 * (1 - now["grr"]), 100 * (now["nrr"] - now["grr"])
    head = f"NRR {percent(now['nrr'])} and GRR {percent(now['grr'])} as of {date}"
    return f"{head}: of 100 of revenue at the start {lost:.0f} were lost, {won:.0f} won from the same accounts"
