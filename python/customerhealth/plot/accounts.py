"""Charts of one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import _core
from ..colours import NEUTRAL, faint, grade_colours
from ..errors import unknown
from ..explain.causes import cause_in_words
from ..explain.text import score_line
from ..explain.views import AccountView, Part, ScoreView
from ..explain.words import is_shown, reason_in_words, show_as, show_fixed, show_points, show_unit, show_value
from ..io.columns import micros_of
from ..io.instants import AsOf, one_instant
from ..results.looks import Look
from .figures import LINE, MISSING_MARK, axis, figure, nothing, objects, shown, signed
from .panels import PanelLike, Score, account_title, instants, score_of
from .steps import Step, steps_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["change", "contributions", "score"]

Row = Mapping[str, Any]
_TICK = 24
"""Signs of a name under a bar."""


def score(panel: PanelLike, account: str | int, score: str | None = None) -> go.Figure:
    """An account's score over time, over the bands of its grades; why it moved stands on hover.

    Parameters
    ----------
    panel : Panel
        Of one or more as-ofs.
    account : str or int
        Its id.
    score : str, optional
        Default: ``health``, else the first score that no other is made of.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    UnknownNameError
        If the panel has no such account, or the model no such score; it names what may be meant.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"logins": {"kind": "events", "account": "account", "time": "at"}},
    ...     "metrics": {"logins_28d": {"from": "logins", "agg": "count", "window": "28d"}},
    ...     "scores": {"health": {"measures": {"use": {"value": "logins_28d", "curve": [[0, 0], [4, 100]]}},
    ...                           "grades": [{"name": "red"}, {"name": "green", "from": 50}]}},
    ... })
    >>> logins = pa.table({"account": ["acme"] * 3, "at": [date(2026, 5, 20), date(2026, 5, 21), date(2026, 6, 20)]})
    >>> panel = ch.Portfolio(model, logins=logins).score(["2026-06-01", "2026-07-01"])
    >>> figure = ch.plot.score(panel, "acme")
    >>> figure.layout.title.text
    'acme: health 25.0, red; −25.0 since 2026-06-01: use: fell from 2 to 1'
    >>> list(figure.data[0].y)
    [50.0, 25.0]
    """
    go = objects()
    asked = score_of(panel.model, score)
    rows: list[Row] = panel.history(account, asked.name).to_pylist()
    times = instants(micros_of(panel.history(account, asked.name)["as_of"]))
    made = figure(_title_of_score(rows, asked))
    made.update_yaxes(**axis(replace(asked.look, label=asked.label)))
    _draw_bands(made, asked)
    colours = grade_colours([grade.name for grade in asked.grades])
    there = [place for place, row in enumerate(rows) if row["score"] is not None]
    made.add_trace(
        go.Scatter(
            x=times,
            y=[row["score"] for row in rows],
            name=shown(asked.label),
            mode="lines+markers",
            line={**LINE, "color": NEUTRAL},
            marker={"size": 9, "color": [colours.get(row["grade"], NEUTRAL) for row in rows]},
            connectgaps=False,
            hovertext=[_hover(row, time, asked) for row, time in zip(rows, times, strict=True)],
            hoverinfo="text",
            showlegend=len(there) < len(rows),
        )
    )
    if len(there) < len(rows):
        gaps = [(time, row) for time, row in zip(times, rows, strict=True) if row["score"] is None]
        made.add_trace(
            go.Scatter(
                x=[time for time, _ in gaps],
                y=[asked.low] * len(gaps),
                name="no score",
                mode="markers",
                marker=MISSING_MARK,
                hovertext=[f"{time[:10]}: no score: {reason_in_words(row['reason'])}" for time, row in gaps],
                hoverinfo="text",
            )
        )
    margin = 0.03 * (asked.high - asked.low)
    made.update_yaxes(range=[asked.low - margin, asked.high + margin])
    return made


def _draw_bands(made: go.Figure, asked: Score) -> None:
    colours = grade_colours([grade.name for grade in asked.grades])
    for grade, begin, end in asked.bands:
        made.add_hrect(
            y0=begin,
            y1=end,
            fillcolor=faint(colours[grade.name], 0.16),
            line_width=0,
            layer="below",
        )
        made.add_annotation(
            text=shown(grade.label, 10), x=1, xref="paper", xanchor="left", y=(begin + end) / 2, showarrow=False,
            font={"color": colours[grade.name], "size": 12},
        )  # fmt: skip


def _title_of_score(rows: Sequence[Row], asked: Score) -> str:
    last = rows[-1]
    name = f"{account_title(last['account_id'], last['label'])}: {shown(asked.label)}"
    if last["score"] is None:
        return f"{name} is not known: {reason_in_words(last['reason'])}"
    now = f"{name} {_said(last['score'], asked)}"
    if last["grade"]:
        now += f", {shown(_label_of_grade(asked, last['grade']))}"
    if last["change"] is None and len(rows) == 1:
        return now
    before = _core.show_instant(_micros(rows[-2])) if len(rows) > 1 else "the as-of before"
    if last["change"] is None:
        return f"{now}; no score at {before}"
    if not last["because"]:
        return f"{now}; unchanged since {before}"
    return f"{now}; {signed(last['change'], look=asked.look)} since {before}: {shown(last['because'][0], 90)}"


def _label_of_grade(asked: Score, name: str) -> str:
    return next((grade.label for grade in asked.grades if grade.name == name), name)


def _micros(row: Row) -> int:
    return one_instant(row["as_of"], "as_of")


def _said(score: float, asked: Score) -> str:
    """A score with its unit, on its side of each edge."""
    return shown(show_unit(show_points(score, [grade.edge for grade in asked.grades[1:]], asked.look), asked.look.unit))


def _hover(row: Row, time: str, asked: Score) -> str:
    if row["score"] is None:
        return ""
    grade = f", {shown(_label_of_grade(asked, row['grade']))}" if row["grade"] else ""
    head = f"{time[:10]}: {shown(show_as(row['score'], asked.look))}{grade}"
    if row["because"] is None:
        return head
    look = asked.look
    lines = [
        f"{signed(adds, look=look)} {shown(words, 100)}"
        for adds, words in zip(row["adds"], row["because"], strict=True)
    ]
    moved = "" if row["change"] is None else f", {signed(row['change'], look=look)} since the as-of before"
    return "<br>".join([head + moved, *lines])


def contributions(explanation: AccountView, score: str | None = None) -> go.Figure:
    """What each part adds to a score of one account, from nothing up to the score.

    Parameters
    ----------
    explanation : Explanation
        What :meth:`Panel.explain` gave.
    score : str, optional
        One of its scores; default: ``health``, else the first that is known.

    Returns
    -------
    plotly.graph_objects.Figure
        A waterfall: each bar has the colour of the grade that the points of the part would have, and the last one that
        of the score. Parts that have no value are named below it.

    Raises
    ------
    UnknownNameError
        If it has no such score.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"a": {"kind": "accounts", "account": "id"}},
    ...     "metrics": {"use": {"formula": "a.use"}, "mood": {"formula": "a.mood"}},
    ...     "scores": {"health": {"measures": {
    ...         "use": {"value": "use", "weight": 3, "identity": True},
    ...         "mood": {"value": "mood", "weight": 1, "identity": True}}}},
    ... })
    >>> accounts = pa.table({"id": ["acme"], "use": [40.0], "mood": [80.0]})
    >>> panel = ch.Portfolio(model, a=accounts).score("2026-07-01")
    >>> figure = ch.plot.contributions(panel.explain("acme"))
    >>> figure.layout.title.text
    'acme: health 50.0 of 100; use holds it down most (−7.5)'
    >>> list(figure.data[0].y)
    [30.0, 20.0, 50.0]
    """
    view = _view_of(explanation, score)
    title = f"{account_title(explanation.account, explanation.label)}: {shown(view.called)}"
    if view.score is None:
        return nothing(f"{title} is not known", reason_in_words(view.reason))
    colours = grade_colours([grade.name for grade in view.point_grades])
    steps = [
        Step(shown(part.called, _TICK), part.contribution, _colour(part, view), _part_hover(part, view.look))
        for part in view.parts
        if part.contribution is not None and (part.points is not None or part.contribution)
    ]
    said_of_all = shown(show_as(view.score, view.look))
    whole = Step(shown(view.called, _TICK), view.score, colours.get(view.grade or "", NEUTRAL), said_of_all)
    unknown_parts = [part for part in view.parts if part.points is None and part.reason is not None]
    grade = f", {shown(view.grade_called)}" if view.grade_called else ""
    said = f"{title} {shown(score_line(view))}{grade}{_most(view)}"
    notes = [
        "not known: "
        + ", ".join(f"{shown(part.called, 30)} ({reason_in_words(part.reason)})" for part in unknown_parts[:3])
        + (f" and {len(unknown_parts) - 3} more" if len(unknown_parts) > 3 else "")
    ]
    return steps_figure(said, steps, whole, y=_points_axis(view), look=view.look, notes=notes if unknown_parts else ())


def _points_axis(view: ScoreView) -> str:
    """What the points are: of a score with a unit, that."""
    return "points" if view.look.unit is None else view.called


def _view_of(explanation: AccountView, score: str | None) -> ScoreView:
    views = {view.name: view for view in explanation.scores}
    known = [view.name for view in explanation.scores if view.score is not None]
    default = "health" if "health" in views else next(iter([*known, *views]), "")
    name = default if score is None else score
    if name not in views:
        raise unknown("the explanation has no score", name, views)
    return views[name]


def _colour(part: Part, view: ScoreView) -> str:
    from ..grades import grade_at

    grade = None if part.points is None else grade_at(part.points, view.point_grades)
    return NEUTRAL if grade is None else grade_colours([each.name for each in view.point_grades])[grade.name]


def _part_hover(part: Part, look: Look) -> str:
    texts = [f"{shown(part.called)} adds {signed(part.contribution or 0.0, look=look)}"]
    if part.points is not None:
        points = f"{show_value(part.points)} points" if look.unit != "percent" else show_as(part.points, look)
        texts.append(f"{points} for the value {shown(part.shown or show_value(part.value))}")
    if part.pull is not None:
        texts.append(f"pull {signed(part.pull, look=look)}")
    return "<br>".join(texts + ([shown(part.about, 100)] if part.about else []))


def _most(view: ScoreView) -> str:
    """Which part pulls it down most; a cap by all that it takes away."""
    pulls = [(part.contribution if part.points is None else part.pull, part.called) for part in view.parts]
    down = [(pull, name) for pull, name in pulls if pull is not None and pull < 0 and is_shown(pull, view.look)]
    if not down:
        return ""
    pull, worst = min(down, key=lambda each: each[0])
    return f"; {shown(worst, 40)} holds it down most ({signed(pull, look=view.look)})"


def change(panel: PanelLike, account: str | int, start: AsOf, end: AsOf, score: str | None = None) -> go.Figure:
    """Why an account's score is another at one date than at an earlier one.

    Parameters
    ----------
    panel : Panel
        Of both as-ofs.
    account : str or int
        Its id.
    start, end : date-like
        Two as-ofs of the panel.
    score : str, optional
        As for :func:`score`.

    Returns
    -------
    plotly.graph_objects.Figure
        A waterfall from the one score to the other: a bar a part, all its causes together, which stand on hover.

    Raises
    ------
    UnknownNameError
        If the panel has no such account, or the model no such score.
    DataError
        If a date is no as-of of the panel.

    Examples
    --------
    See :func:`score` for the panel.

    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"logins": {"kind": "events", "account": "account", "time": "at"}},
    ...     "metrics": {"logins_28d": {"from": "logins", "agg": "count", "window": "28d"}},
    ...     "scores": {"health": {"measures": {"use": {"value": "logins_28d", "curve": [[0, 0], [4, 100]]}}}},
    ... })
    >>> logins = pa.table({"account": ["acme"] * 3, "at": [date(2026, 5, 20), date(2026, 5, 21), date(2026, 6, 20)]})
    >>> panel = ch.Portfolio(model, logins=logins).score(["2026-06-01", "2026-07-01"])
    >>> figure = ch.plot.change(panel, "acme", "2026-06-01", "2026-07-01")
    >>> list(figure.data[0].y)
    [50.0, -25.0, 25.0]
    """
    asked = score_of(panel.model, score)
    causes = panel.why_changed(asked.name, start, end)
    story: list[Row] = panel.history(account, asked.name).to_pylist()
    mine = _of_account(causes, account)
    micros = [one_instant(start, "start"), one_instant(end, "end")]
    dates = [_core.show_instant(at) for at in micros]
    by_date = {_micros(row): row for row in story}
    ends: list[Any] = [by_date.get(at, {}).get("score") for at in micros]
    title = f"{account_title(account, story[-1]['label'])}: {shown(asked.label)}"
    if None in ends:
        which = " and ".join(date for date, value in zip(dates, ends, strict=True) if value is None)
        return nothing(f"{title} cannot be compared", f"there is no score as of {which}")
    grouped: dict[str, list[Row]] = {}
    for row in mine:
        grouped.setdefault(row["part"], []).append(row)
    called = {part: shown(asked.names.label(part), _TICK) for part in grouped}
    steps = [
        Step(called[part], sum(row["contribution"] for row in rows), "", _causes(called[part], rows, asked))
        for part, rows in grouped.items()
    ]
    steps.sort(key=lambda step: -abs(step.adds))
    most = f", mostly {steps[0].name} ({signed(steps[0].adds, look=asked.look)})" if steps else ""
    moved = ends[1] - ends[0]
    verb = "unchanged" if not steps else f"{'up' if moved >= 0 else 'down'} {_amount(abs(moved), asked)}"
    colours = grade_colours([grade.name for grade in asked.grades])
    first, last = (
        Step(date, value, colours.get(by_date[at]["grade"] or "", NEUTRAL), f"{date}: {_said(value, asked)}")
        for date, value, at in zip(dates, ends, micros, strict=True)
    )
    said = f"{title} {verb} from {dates[0]} to {dates[1]}{most}"
    return steps_figure(said, steps, last, first=first, y=asked.label, look=asked.look)


def _amount(points: float, asked: Score) -> str:
    """So many points, or so much of its unit."""
    text, unit = show_fixed(points, asked.look), asked.look.unit
    return text if unit == "percent" else shown(show_unit(text, unit or "points"))


def _of_account(causes: Any, account: str | int) -> list[Row]:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = causes["account_id"]
    found: list[Row] = causes.filter(pc.equal(ids, pa.scalar(account, type=ids.type))).to_pylist()
    return [row for row in found if row["part"] is not None]


def _causes(called: str, rows: Sequence[Row], asked: Score) -> str:
    lines = [
        f"{signed(row['contribution'], look=asked.look)} {shown(cause_in_words(row, asked.names), 100)}" for row in rows
    ]
    return "<br>".join([called, *lines])
