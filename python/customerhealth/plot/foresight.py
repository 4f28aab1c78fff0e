"""Charts of what a score is worth: calibration, lift, lists of a given length; and survival."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..colours import MISSING, NEUTRAL, SERIES, faint
from ..errors import unknown
from ..explain.words import show_value
from ..results.looks import look_of
from .figures import LINE, figure, make_room, nothing, objects, percent, shown
from .tables import arrow, rows

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import pyarrow as pa

__all__ = ["calibration", "capacity", "lift", "shift", "survival"]

Row = Mapping[str, Any]


class _Validation(Protocol):
    """A :class:`Validation`."""

    @property
    def summary(self) -> Any: ...
    @property
    def calibration(self) -> Any: ...
    @property
    def gains(self) -> Any: ...
    @property
    def capacity(self) -> Any: ...
    @property
    def drift(self) -> Any: ...


def _called(table: pa.Table, name: str, column: str = "score") -> str:
    """What people call a score, or what another column names."""
    return shown(look_of(table.schema.field(column)).call(name))


def _of(table: pa.Table, score: str | None, whole: pa.Table) -> tuple[str, list[dict[str, Any]]]:
    """The rows of one score over all cases, and its name: of the first one where none is asked for."""
    names = list(dict.fromkeys(whole["score"].to_pylist()))
    name = names[0] if score is None else score
    if name not in names:
        raise unknown("the validation has no score", name, names)
    keys = set(whole.column_names)
    segments = [each for each in table.column_names[1:] if each in keys and each in _segments(whole)]
    mine = [row for row in rows(table) if row["score"] == name and all(row[each] is None for each in segments)]
    return name, mine


def _segments(summary: pa.Table) -> list[str]:
    """The columns of `by`: they stand between the score and the number of cases."""
    return list(summary.column_names[1 : summary.column_names.index("cases")])


def calibration(validation: _Validation, score: str | None = None) -> go.Figure:
    """How often the outcome came where the score foretold it so often.

    Parameters
    ----------
    validation : Validation
        What :meth:`Portfolio.validate` gave.
    score : str, optional
        One of its scores; default: the first.

    Returns
    -------
    plotly.graph_objects.Figure
        Ten groups of cases with their intervals, beside the line on which what was foretold came.

    Raises
    ------
    UnknownNameError
        If it has no such score.

    Examples
    --------
    Of open-source projects, does health foresee that nothing happens for half a year?

    >>> import customerhealth as ch
    >>> projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
    >>> found = projects.validate(
    ...     "health", as_ofs=ch.dates("2025-01-01", "2026-01-01", every="1mo"),
    ...     outcome=ch.outcomes.silence("activity", "90d"), horizon="90d", rounds=20)
    >>> len(ch.plot.calibration(found).data[1].x)
    10
    """
    go = objects()
    name, mine = _of(validation.calibration, score, validation.summary)
    mine = [row for row in mine if row["predicted"] is not None and row["observed"] is not None]
    if not mine:
        return nothing(f"{_called(validation.summary, name)}: no calibration to draw", "no case has a probability")
    worst = max(mine, key=lambda row: row["predicted"])
    came = f"the outcome came in {percent(worst['observed'])} of {worst['cases']:,} cases"
    title = f"{_called(validation.summary, name)}: where it foretold {percent(worst['predicted'])} {came}"
    made = figure(title, x="foretold", y="came")
    end = max(max(row["predicted"], row["high"] or 0, row["observed"]) for row in mine) * 1.05 or 1.0
    made.add_trace(_diagonal(end, "foretold is what came"))
    made.add_trace(
        go.Scatter(
            x=[row["predicted"] for row in mine],
            y=[row["observed"] for row in mine],
            error_y={
                "array": [_gap(row["observed"], row["high"]) for row in mine],
                "arrayminus": [_gap(row["low"], row["observed"]) for row in mine],
                "color": NEUTRAL,
                "thickness": 1.5,
            },
            mode="markers",
            name="a tenth of the cases",
            marker={"size": 9, "color": NEUTRAL},
            hovertext=[
                f"foretold {percent(row['predicted'])}, came {percent(row['observed'])}: "
                f"{row['events']:,} of {row['cases']:,} cases"
                for row in mine
            ],
            hoverinfo="text",
        )
    )
    made.update_xaxes(range=[0, end], tickformat=".1~%")
    made.update_yaxes(range=[0, end], tickformat=".1~%")
    return made


def _gap(low: float | None, high: float | None) -> float:
    return 0.0 if low is None or high is None else max(0.0, high - low)


def _diagonal(end: float, name: str) -> Any:
    return objects().Scatter(
        x=[0, end],
        y=[0, end],
        mode="lines",
        name=name,
        line={"color": MISSING, "dash": "dash", "width": 1},
        hoverinfo="skip",
    )


def lift(validation: _Validation) -> go.Figure:
    """What share of the outcomes lies among the worst of the cases, for each score that was validated.

    Parameters
    ----------
    validation : Validation
        What :meth:`Portfolio.validate` gave.

    Returns
    -------
    plotly.graph_objects.Figure
        A line a score, and the one of a list drawn by chance.

    Examples
    --------
    Of open-source projects, does health foresee that nothing happens for half a year?

    >>> import customerhealth as ch
    >>> projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
    >>> found = projects.validate(
    ...     "health", as_ofs=ch.dates("2025-01-01", "2026-01-01", every="1mo"),
    ...     outcome=ch.outcomes.silence("activity", "90d"), horizon="90d", rounds=20)
    >>> [trace.name for trace in ch.plot.lift(found).data]
    ['by chance', 'health']
    """
    go = objects()
    names = list(dict.fromkeys(validation.summary["score"].to_pylist()))
    groups = {name: _of(validation.gains, name, validation.summary)[1] for name in names}
    groups = {name: [row for row in mine if row["recall"] is not None] for name, mine in groups.items()}
    if not any(groups.values()):
        return nothing("No lift to draw", "the outcome came in no case")
    tenth = {name: row for name, mine in groups.items() for row in mine if row["share"] == 0.1}
    best = max(tenth, key=lambda name: tenth[name]["recall"])
    row = tenth[best]
    holds = f"holds {percent(row['recall'])} of the outcomes, {row['lift']:.1f} times as many as chance"
    title = f"The worst tenth by {_called(validation.summary, best)} {holds}"
    made = figure(title, x="share of the cases, the worst first", y="share of the outcomes")
    made.add_trace(_diagonal(1, "by chance"))
    for place, (name, mine) in enumerate(groups.items()):
        made.add_trace(
            go.Scatter(
                x=[0, *(row["share"] for row in mine)],
                y=[0, *(row["recall"] for row in mine)],
                name=_called(validation.summary, name),
                mode="lines+markers",
                line={**LINE, "color": SERIES[place % len(SERIES)]},
                hovertext=["", *(_gain(_called(validation.summary, name), row) for row in mine)],
                hoverinfo="text",
            )
        )
    made.update_xaxes(tickformat=".0%", range=[0, 1.01])
    made.update_yaxes(tickformat=".0%", range=[0, 1.03])
    return made


def _gain(name: str, row: Row) -> str:
    times = "" if row["lift"] is None else f", {row['lift']:.1f} times as often as chance"
    return f"{name}: the worst {percent(row['share'])} hold {percent(row['recall'])} of the outcomes{times}"


def capacity(validation: _Validation, score: str | None = None) -> go.Figure:
    """How many on a list of so many accounts are right, and what share of the outcomes it holds.

    Parameters
    ----------
    validation : Validation
        What :meth:`Portfolio.validate` gave, with the lengths of lists as its `capacity`.
    score : str, optional
        One of its scores; default: the first.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar of the precision, with its interval, and one of the recall for each length; the base rate as a line.

    Raises
    ------
    UnknownNameError
        If it has no such score.

    Examples
    --------
    Of open-source projects, does health foresee that nothing happens for half a year?

    >>> import customerhealth as ch
    >>> projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
    >>> found = projects.validate(
    ...     "health", as_ofs=ch.dates("2025-01-01", "2026-01-01", every="1mo"),
    ...     outcome=ch.outcomes.silence("activity", "90d"), horizon="90d", rounds=20)
    >>> list(ch.plot.capacity(found).data[0].x)
    ['10', '25']
    """
    go = objects()
    name, mine = _of(validation.capacity, score, validation.summary)
    mine = [row for row in mine if row["per"] is None and row["precision"] is not None]
    if not mine:
        return nothing(f"{_called(validation.summary, name)}: no list to draw", "no case was listed")
    _, (whole, *_) = _of(validation.summary, name, validation.summary)
    last = mine[0]
    right = f"{last['capacity'] * last['precision']:.1f} are right ({percent(last['precision'])}"
    between = f"{percent(last['precision_low'])} to {percent(last['precision_high'])})"
    title = f"{_called(validation.summary, name)}: of a list of {last['capacity']:,} at each date {right}, {between}"
    if last["lift"] is not None:
        title += f": {last['lift']:.1f} times chance"
    made = figure(title, x="accounts on the list", y="share", barmode="group")
    ticks = [f"{row['capacity']:,}" for row in mine]
    made.add_trace(
        go.Bar(
            x=ticks, y=[row["precision"] for row in mine], name="right, of those listed", marker={"color": NEUTRAL},
            error_y={
                "array": [_gap(row["precision"], row["precision_high"]) for row in mine],
                "arrayminus": [_gap(row["precision_low"], row["precision"]) for row in mine],
                "color": MISSING,
            },
            hovertemplate="%{x} listed: %{y:.1%} right<extra></extra>",
        )
    )  # fmt: skip
    made.add_trace(
        go.Bar(
            x=ticks, y=[row["recall"] for row in mine], name="listed, of all outcomes", marker={"color": SERIES[1]},
            hovertemplate="%{x} listed: %{y:.1%} of the outcomes<extra></extra>",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=ticks, y=[whole["base_rate"]] * len(ticks), mode="lines+markers", line={"color": MISSING, "dash": "dash"},
            name=f"right by chance ({percent(whole['base_rate'])})", hoverinfo="name",
        )
    )  # fmt: skip
    made.update_xaxes(type="category")
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    return made


def shift(validation: _Validation, score: str | None = None, *, most: int = 20) -> go.Figure:
    """Which metrics, points and grades are others in the second half of the as-ofs than in the first.

    Parameters
    ----------
    validation : Validation
        What :meth:`Portfolio.validate` gave.
    score : str, optional
        One of its scores; default: the first.
    most : int
        So many columns are drawn, those that moved furthest beyond chance.

    Returns
    -------
    plotly.graph_objects.Figure
        The population stability index of each, beside what chance alone would reach.

    Raises
    ------
    UnknownNameError
        If it has no such score.

    See Also
    --------
    drift : how one metric moved over time.

    Examples
    --------
    Of open-source projects, does health foresee that nothing happens for half a year?

    >>> import customerhealth as ch
    >>> projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
    >>> found = projects.validate(
    ...     "health", as_ofs=ch.dates("2025-01-01", "2026-01-01", every="1mo"),
    ...     outcome=ch.outcomes.silence("activity", "90d"), horizon="90d", rounds=20)
    >>> len(ch.plot.shift(found, most=5).data[0].x)
    5
    """
    go = objects()
    name, mine = _of(validation.drift, score, validation.summary)
    mine = [row for row in mine if row["psi"] is not None]
    if not mine:
        return nothing(
            f"{_called(validation.summary, name)}: no drift to draw", "there is one as-of only, or no column has values"
        )
    moved = [row for row in mine if row["psi"] > (row["psi_floor"] or 0.0)]
    ranked = sorted(mine, key=lambda row: (row["psi_floor"] or 0.0) - row["psi"])[:most][::-1]
    names = [f"{_called(validation.drift, row['column'], 'column')} ({row['kind']})" for row in ranked]
    worst = f", {_called(validation.drift, ranked[-1]['column'], 'column')} most" if moved else ""
    title = (
        f"{_called(validation.summary, name)}: {len(moved):,} of {len(mine):,} columns moved by more than chance{worst}"
    )
    made = figure(title, x="PSI")
    ticks = list(range(len(ranked)))
    made.add_trace(
        go.Bar(
            x=[row["psi"] for row in ranked], y=ticks, orientation="h", name="moved", marker={"color": NEUTRAL},
            hovertext=[f"{label}: {row['psi']:.3f}" for label, row in zip(names, ranked, strict=True)],
            hoverinfo="text",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=[row["psi_floor"] for row in ranked], y=ticks, mode="markers", name="reached by chance in 1 of 20",
            marker={"symbol": "line-ns-open", "size": 14, "color": SERIES[1]},
            hovertemplate="by chance up to %{x:.3f}<extra></extra>",
        )
    )  # fmt: skip
    made.update_yaxes(tickvals=ticks, ticktext=names, showgrid=False)
    make_room(made, len(names))
    return made


def survival(curve: object) -> go.Figure:
    """The share of customers still there after a time, with its band.

    Parameters
    ----------
    curve : clv.KaplanMeier or table
        A fitted one, or its ``table_``.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    DataError
        If it is neither, or was not fitted.

    Examples
    --------
    >>> import customerhealth as ch
    >>> km = ch.clv.KaplanMeier().fit([2, 5, 5, 8, 9], [True, True, False, True, False])
    >>> figure = ch.plot.survival(km)
    >>> figure.layout.title.text
    'Half are gone after 8; after 9 30% are left (1.2% to 71.9%)'
    >>> [round(share, 2) for share in figure.data[2].y]
    [1.0, 0.8, 0.6, 0.3, 0.3]
    """
    go = objects()
    table = arrow(getattr(curve, "table_", curve), ("time", "survival", "ci_low", "ci_high"), "clv.KaplanMeier.fit")
    steps = rows(table)
    if not steps:
        return nothing("No survival to draw", "the table has no rows")
    last = steps[-1]
    half = next((row["time"] for row in steps if row["survival"] <= 0.5), None)
    gone = "More than half are still there" if half is None else f"Half are gone after {show_value(half)}"
    range_ = f" ({last['ci_low']:.1%} to {last['ci_high']:.1%})" if last["ci_low"] is not None else ""
    made = figure(
        f"{gone}; after {show_value(last['time'])} {percent(last['survival'])} are left{range_}",
        x="time",
        y="still there",
    )
    times = [row["time"] for row in steps]
    band = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip", "showlegend": False}
    made.add_trace(go.Scatter(x=times, y=[row["ci_high"] for row in steps], name="upper end", **band))
    made.add_trace(
        go.Scatter(
            x=times,
            y=[row["ci_low"] for row in steps],
            name="lower end",
            fill="tonexty",
            fillcolor=faint(NEUTRAL),
            **band,
        )
    )
    made.add_trace(
        go.Scatter(
            x=times, y=[row["survival"] for row in steps], name="still there", mode="lines",
            line={**LINE, "color": NEUTRAL, "shape": "hv"}, showlegend=False,
            hovertemplate="after %{x:g}: %{y:.1%}<extra></extra>",
        )
    )  # fmt: skip
    made.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return made
