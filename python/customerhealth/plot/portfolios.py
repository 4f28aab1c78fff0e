"""Charts of all accounts: grades over time, who is at risk and when, how a metric moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from ..colours import MISSING, NEUTRAL, faint, grade_colours
from ..errors import DataError
from ..explain.words import show_apart, show_fixed
from ..io.columns import Floats, Ints, micros_of
from ..io.instants import AsOf
from ..results.cells import show_number
from ..results.looks import Look
from .figures import LINE, QUIET, SHORT, axis, counted, figure, nothing, objects, percent, shown
from .panels import (
    PanelLike,
    Score,
    account_title,
    as_ofs_of,
    instants,
    look_of,
    number_of,
    one_as_of,
    score_of,
    texts_of,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["drift", "grades", "risk"]

MOST_POINTS = 5_000
"""More accounts than this are drawn as density: single points would cover each other."""
_SOON = 90
_CELLS = (60, 40)
_BUBBLE, _LEAST_BUBBLE = 44, 6


def grades(panel: PanelLike, score: str | None = None, *, revenue: str | None = None) -> go.Figure:
    """How many accounts have each grade at each as-of, or how much revenue lies in each.

    Parameters
    ----------
    panel : Panel
        Of any as-ofs.
    score : str, optional
        A score with grades; default: ``health`` if it has some, else the first that has.
    revenue : str, optional
        A column of the panel: it is summed up in place of counting accounts.

    Returns
    -------
    plotly.graph_objects.Figure
        Bars, stacked from the worst grade up, a trace a grade; accounts without a grade are grey.

    Raises
    ------
    UnknownNameError
        If the model has no such score, or the panel no such column.
    DataError
        If the score has no grades.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"a": {"kind": "accounts", "account": "id"}},
    ...     "metrics": {"use": {"formula": "a.use"}, "arr": {"formula": "a.arr"}},
    ...     "scores": {"health": {"measures": {"use": {"value": "use", "identity": True}},
    ...                           "grades": [{"name": "red"}, {"name": "green", "from": 50}]}},
    ... })
    >>> accounts = pa.table({"id": ["acme", "beta", "zeta"], "use": [40.0, 80.0, 90.0], "arr": [100.0, 700.0, 200.0]})
    >>> panel = ch.Portfolio(model, a=accounts).score("2026-07-01")
    >>> figure = ch.plot.grades(panel)
    >>> figure.layout.title.text
    'health: 1 of 3 accounts is red as of 2026-07-01 (33%)'
    >>> {trace.name: list(trace.y) for trace in figure.data}
    {'red': [1.0], 'green': [2.0]}
    >>> {trace.name: list(trace.y) for trace in ch.plot.grades(panel, revenue="arr").data}
    {'red': [100.0], 'green': [900.0]}
    """
    asked = score_of(panel.model, score, graded=True)
    if not asked.grades:
        raise DataError(f"score '{asked.name}' has no grades; ch.plot.drift draws its values")
    table = panel.table
    if len(table) == 0:
        return nothing(f"{shown(asked.label)}: nothing to draw", "the panel has no rows")
    at = as_ofs_of(panel)
    when = np.searchsorted(at, micros_of(table["as_of"]))
    names, place = texts_of(table, f"{asked.name}_grade")
    amount = np.ones(len(table)) if revenue is None else np.nan_to_num(number_of(table, revenue))
    look = Look(label="accounts") if revenue is None else look_of(panel.model, revenue)
    sums = {grade.name: _sums(amount, when, place == _index(names, grade.name), len(at)) for grade in asked.grades}
    none = _sums(amount, when, place < 0, len(at))
    made = figure(_title_of_grades(asked, sums, none, at, look, revenue is None), barmode="stack", bargap=0.15)
    made.update_yaxes(**axis(look))
    colours, ticks = grade_colours([*sums]), instants(at)
    for grade in asked.grades:
        values = sums[grade.name]
        made.add_trace(
            _bars(ticks, values, shown(grade.label, SHORT), colours[grade.name], sum(sums.values()) + none, look)
        )
    if none.any():
        made.add_trace(_bars(ticks, none, "no grade", MISSING, sum(sums.values()) + none, look))
    if len(at) == 1:
        made.update_xaxes(tickvals=ticks, ticktext=[_core.show_instant(int(at[0]))])
    return made


def _index(names: list[Any], name: str) -> int:
    return names.index(name) if name in names else -2


def _sums(amount: Floats, when: Ints, which: Any, count: int) -> Floats:
    return np.asarray(np.bincount(when[which], weights=amount[which], minlength=count), np.float64)


def _bars(ticks: list[str], values: Floats, name: str, colour: str, whole: Floats, look: Look) -> Any:
    shares = np.divide(values, whole, out=np.zeros_like(values), where=whole > 0)
    hover = [
        f"{tick[:10]}: {value:,.0f} of {_whole(total, look)} {shown(look.label)} {name} ({percent(float(share))})"
        for tick, value, total, share in zip(ticks, values, whole, shares, strict=True)
    ]
    return objects().Bar(
        x=ticks, y=values.tolist(), name=name, marker={"color": colour}, hovertext=hover, hoverinfo="text"
    )


def _whole(amount: float, look: Look) -> str:
    """A sum of what accounts pay, without decimals."""
    return shown(show_number(float(amount), 0, look.unit))


def _title_of_grades(asked: Score, sums: dict[str, Floats], none: Floats, at: Ints, look: Look, counts: bool) -> str:
    worst = asked.grades[0]
    values, total = sums[worst.name], float(sum(each[-1] for each in sums.values()) + none[-1])
    now, date = float(values[-1]), _core.show_instant(int(at[-1]))
    share = f" ({percent(now / total)})" if total else ""
    before = _core.show_instant(int(at[-2])) if len(at) > 1 else ""
    moved = now - float(values[-2]) if len(at) > 1 else 0.0
    more = (
        f", {abs(moved):,.0f} {'more' if moved > 0 else 'fewer' if counts else 'less'} than {before}" if moved else ""
    )
    if counts:
        verb = "is" if now == 1 else "are"
        said = f"{now:,.0f} of {counted(int(total), 'account')} {verb} {shown(worst.label)} as of {date}"
    else:
        said = f"{now:,.0f} of {_whole(total, look)} {shown(look.label)} is {shown(worst.label)} as of {date}"
    return f"{shown(asked.label)}: {said}{share}{more}"


def risk(
    panel: PanelLike,
    score: str | None = None,
    *,
    revenue: str,
    renewal: str,
    as_of: AsOf | None = None,
) -> go.Figure:
    """Who is unwell, how soon they may leave, and what they pay: a bubble an account.

    Parameters
    ----------
    panel : Panel
        Of any as-ofs.
    score : str, optional
        As for :func:`grades`; it need not have grades.
    revenue, renewal : str
        Columns of the panel: what an account pays, and the days to its renewal.
    as_of : date-like, optional
        One of the panel's as-ofs; default: the last.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace a grade, areas in proportion to revenue. Beyond 5,000 accounts a heat map of the revenue, which says so.
        Accounts without a score or a renewal are counted below it.

    Raises
    ------
    UnknownNameError
        If the model has no such score, or the panel no such column.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"a": {"kind": "accounts", "account": "id"}},
    ...     "metrics": {"use": {"formula": "a.use"}, "arr": {"formula": "a.arr"}, "days": {"formula": "a.days"}},
    ...     "scores": {"health": {"measures": {"use": {"value": "use", "identity": True}},
    ...                           "grades": [{"name": "red"}, {"name": "green", "from": 50}]}},
    ... })
    >>> accounts = pa.table({"id": ["acme", "beta"], "use": [40.0, 80.0], "arr": [100.0, 700.0], "days": [30.0, 20.0]})
    >>> figure = ch.plot.risk(ch.Portfolio(model, a=accounts).score("2026-07-01"), revenue="arr", renewal="days")
    >>> figure.layout.title.text
    'health: 1 account that is red renews within 90 days, and pays 100 of 800:<br>acme'
    """
    asked = score_of(panel.model, score)
    if len(panel.table) == 0:
        return nothing(f"{shown(asked.label)}: nothing to draw", "the panel has no rows")
    at = one_as_of(panel, as_of)
    table = panel.table.filter(_is(micros_of(panel.table["as_of"]) == at))
    values, days, paid = (number_of(table, name) for name in (asked.name, renewal, revenue))
    there = np.isfinite(values) & np.isfinite(days)
    soon, pays = (look_of(panel.model, column) for column in (renewal, revenue))
    name = f"{shown(asked.label)} as of {_core.show_instant(at)}"
    if not there.any():
        return nothing(f"{name}: nothing to draw", f"no account has both a score and a value of {shown(soon.label)}")
    left_out = len(table) - int(there.sum())
    notes = (
        [f"{counted(left_out, 'account')} without a score or a renewal {_are(left_out)} not drawn"] if left_out else []
    )
    table, values, days, paid = table.filter(_is(there)), values[there], days[there], np.nan_to_num(paid[there])
    title = _title_of_risk(panel, table, asked, days, paid, pays)
    if len(table) > MOST_POINTS:
        notes.append(f"{len(table):,} accounts are too many to be told apart: colours are the revenue that lies there")
        made = figure(title, notes=notes)
        made.add_trace(_density(days, values, paid))
    else:
        made = figure(title, notes=notes)
        _draw_bubbles(made, table, _called(panel), asked, (days, values, paid), pays)
    made.update_xaxes(**axis(soon))
    made.update_yaxes(**axis(replace(asked.look, label=asked.label)))
    made.add_vline(x=_SOON, line={"color": MISSING, "width": 1, "dash": "dot"})
    return made


def _is(flags: Any) -> Any:
    import pyarrow as pa

    return pa.array(flags)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _called(panel: PanelLike) -> dict[Any, str | None]:
    """What accounts are called, by their ids."""
    labels = panel.labels()
    return dict(zip(labels["account_id"].to_pylist(), labels["label"].to_pylist(), strict=True))


def _draw_bubbles(
    made: go.Figure, table: Any, called: Mapping[Any, Any], asked: Score, numbers: tuple[Floats, ...], pays: Look
) -> None:
    go, (days, values, paid) = objects(), numbers
    names, place = texts_of(table, f"{asked.name}_grade") if asked.grades else ([], np.full(len(table), -1))
    titles = [account_title(account, called.get(account)) for account in table["account_id"].to_pylist()]
    most = float(paid.max()) or 1.0
    sizes = np.maximum(_LEAST_BUBBLE, _BUBBLE * np.sqrt(np.maximum(paid, 0) / most))
    groups = [(grade.label, place == _index(names, grade.name), grade.name) for grade in asked.grades]
    groups += [("no grade" if asked.grades else asked.label, place < 0, "")]
    colours = grade_colours([grade.name for grade in asked.grades])
    for label, which, name in groups:
        if not which.any():
            continue
        made.add_trace(
            go.Scatter(
                x=days[which].tolist(),
                y=values[which].tolist(),
                mode="markers",
                name=shown(label, SHORT),
                marker={"size": sizes[which].tolist(), "color": colours.get(name, NEUTRAL), "opacity": 0.75},
                hovertext=[
                    f"{titles[k]}: {_points(values[k], asked)}, {shown(pays.label)} {_whole(paid[k], pays)}, "
                    f"renews in {days[k]:,.0f} days"
                    for k in np.flatnonzero(which)
                ],
                hoverinfo="text",
            )
        )


def _points(value: float, asked: Score) -> str:
    return show_fixed(float(value), asked.look)


def _density(days: Floats, values: Floats, paid: Floats) -> Any:
    sums, x, y = np.histogram2d(days, values, bins=_CELLS, weights=paid)
    return objects().Heatmap(
        x=((x[1:] + x[:-1]) / 2).tolist(),
        y=((y[1:] + y[:-1]) / 2).tolist(),
        z=np.where(sums.T > 0, sums.T, np.nan),
        colorscale=[[0, faint(NEUTRAL, 0.15)], [1, NEUTRAL]],
        colorbar={"title": {"text": "revenue"}},
        hovertemplate="about %{x:.0f} days, %{y:.0f} points: %{z:,.0f}<extra></extra>",
    )


def _title_of_risk(panel: PanelLike, table: Any, asked: Score, days: Floats, paid: Floats, pays: Look) -> str:
    total = _whole(paid.sum(), pays)
    soon = (days >= 0) & (days <= _SOON)
    if not asked.grades:
        return (
            f"{shown(asked.label)}: {counted(int(soon.sum()), 'account')} renew within {_SOON} days, of {total} revenue"
        )
    worst = asked.grades[0]
    names, place = texts_of(table, f"{asked.name}_grade")
    which = np.flatnonzero(soon & (place == _index(names, worst.name)))
    head = f"{shown(asked.label)}: {counted(len(which), 'account')} that {_are(len(which))} {shown(worst.label)}"
    if not len(which):
        return f"{shown(asked.label)}: nobody who is {shown(worst.label)} renews within {_SOON} days"
    first = which[np.argsort(-paid[which], kind="stable")][:3]
    ids = table["account_id"].take(_is(first)).to_pylist()
    more = f" and {len(which) - 3:,} more" if len(which) > 3 else ""
    verbs = ("renews", "pays") if len(which) == 1 else ("renew", "pay")
    called = _called(panel)
    who = ", ".join(account_title(each, called.get(each)) for each in ids)
    return f"{head} {verbs[0]} within {_SOON} days, and {verbs[1]} {paid[which].sum():,.0f} of {total}: {who}{more}"


def drift(panel: PanelLike, column: str) -> go.Figure:
    """How a metric or score moved over all accounts: its median and quartiles, and how many have no value.

    Parameters
    ----------
    panel : Panel
        Of any as-ofs.
    column : str
        One of its columns of numbers or booleans.

    Returns
    -------
    plotly.graph_objects.Figure
        The median over a band from the lower to the upper quartile, and bars of the share without a value.

    Raises
    ------
    UnknownNameError
        If the panel has no such column.
    DataError
        If the column holds no numbers.

    See Also
    --------
    Validation.drift : whether such a move is more than chance.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"logins": {"kind": "events", "account": "account", "time": "at"}},
    ...     "metrics": {"logins_28d": {"from": "logins", "agg": "count", "window": "28d"}},
    ... })
    >>> logins = pa.table({"account": ["acme"] * 3, "at": [date(2026, 5, 20), date(2026, 5, 21), date(2026, 6, 20)]})
    >>> panel = ch.Portfolio(model, logins=logins).score(["2026-06-01", "2026-07-01"])
    >>> ch.plot.drift(panel, "logins_28d").layout.title.text
    'logins_28d: half of the accounts were above 2 as of 2026-06-01, and above 1<br>as of 2026-07-01'
    """
    go = objects()
    table, look = panel.table, look_of(panel.model, column)
    name = shown(look.label)
    values = number_of(table, column)
    if len(table) == 0:
        return nothing(f"{name}: nothing to draw", "the panel has no rows")
    at = as_ofs_of(panel)
    when = np.searchsorted(at, micros_of(table["as_of"]))
    low, middle, high, missing = _quartiles(values, when, len(at))
    known = np.flatnonzero(np.isfinite(middle))
    if not len(known):
        return nothing(f"{name}: nothing to draw", "no account has a value at any as-of")
    dates = [_core.show_instant(int(at[place])) for place in (known[0], known[-1])]
    was, is_ = (_quantity(middle[place], look) for place in (known[0], known[-1]))
    title = f"{name}: half of the accounts were above {was} as of {dates[0]}"
    title += f", and above {is_} as of {dates[1]}" if len(known) > 1 else ""
    if missing[-1] > 0:
        title += f"; {percent(float(missing[-1]))} have no value now"
    ticks = instants(at)
    made = figure(title)
    made.update_yaxes(**axis(look))
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    made.add_trace(go.Scatter(x=ticks, y=high.tolist(), name="upper quartile", **band))
    made.add_trace(
        go.Scatter(x=ticks, y=low.tolist(), name="lower quartile", fill="tonexty", fillcolor=faint(NEUTRAL), **band)
    )
    made.add_trace(
        go.Scatter(
            x=ticks, y=middle.tolist(), name="median, and the middle half", mode="lines+markers",
            line={**LINE, "color": NEUTRAL}, connectgaps=False,
            customdata=[[_quantity(each, look) for each in row] for row in zip(low, middle, high, strict=True)],
            hovertemplate="%{x|%Y-%m-%d}: %{customdata[1]} (%{customdata[0]} to %{customdata[2]})<extra></extra>",
        )
    )  # fmt: skip
    made.add_trace(
        go.Bar(
            x=ticks, y=missing.tolist(), name="share without a value", yaxis="y2",
            marker={"color": MISSING, "opacity": 0.5},
            hovertemplate="%{x|%Y-%m-%d}: %{y:.1%} without a value<extra></extra>",
        )
    )  # fmt: skip
    made.update_layout(
        yaxis={"domain": [0.28, 1]},
        yaxis2={
            "domain": [0, 0.18],
            "tickformat": ".0%",
            "rangemode": "tozero",
            "nticks": 3,
            "gridcolor": QUIET,
            "zerolinecolor": QUIET,
        },
    )
    return made


def _quantity(value: float, look: Look) -> str:
    """Of a column, in its unit and digits; four figures where the model says no digits."""
    [text] = show_apart(float(value), show=lambda number: f"{number:,.4g}", look=look)
    return "" if np.isnan(value) else shown(text)


def _quartiles(values: Floats, when: Ints, count: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each as-of the quartiles of what is known, and the share that is not."""
    order = np.argsort(when, kind="stable")
    edges = np.searchsorted(when[order], np.arange(count + 1))
    out = np.full((4, count), np.nan)
    for place in range(count):
        there = values[order[edges[place] : edges[place + 1]]]
        known = there[np.isfinite(there)]
        out[3, place] = 1 - len(known) / len(there) if len(there) else np.nan
        if len(known):
            out[:3, place] = np.quantile(known, [0.25, 0.5, 0.75])
    return out[0], out[1], out[2], out[3]
