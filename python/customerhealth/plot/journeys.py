"""Charts of journeys: how far accounts come, and the ways they go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..colours import NEUTRAL, SERIES, faint
from ..results.looks import Look, look_of
from .figures import SHORT, counted, figure, nothing, objects, percent, shown
from .tables import arrow, rows

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["funnel", "moves"]


def funnel(table: object) -> go.Figure:
    """How many accounts entered each stage of a journey, and how many of them went on.

    Parameters
    ----------
    table : table
        What :meth:`Portfolio.funnel` gave; with `by`, a trace a value of it.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    DataError
        If it is no such table.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> table = pa.table({"stage": ["tried", "adopted"], "entered": [40, 10], "advanced": [10, None],
    ...                   "conversion": [0.25, None], "median_days": [21.0, None], "stalled": [5, 0], "lost": [3, 0]})
    >>> figure = ch.plot.funnel(table)
    >>> figure.layout.title.text
    'Of 40 accounts that entered tried 25% went on: the fewest of all stages; 5<br>are stalled there'
    >>> list(figure.data[0].x)
    [40, 10]
    """
    go = objects()
    wanted = ("stage", "entered", "conversion")
    found = arrow(table, wanted, "portfolio.funnel")
    stages = look_of(found.schema.field("stage"))
    all_rows = [{**row, "name": row["stage"], "stage": stages.call(row["stage"])} for row in rows(found)]
    if not any(row["entered"] for row in all_rows):
        return nothing("Nobody entered a stage between these dates", "nothing to draw")
    known = (*wanted, "advanced", "reached", "q1_days", "median_days", "q3_days", "here", "stalled", "lost")
    by = next((name for name in found.column_names if name not in known), None)
    groups: dict[Any, list[Any]] = {}
    for row in all_rows:
        groups.setdefault(row[by] if by else None, []).append(row)
    names = {row["name"]: shown(row["stage"], SHORT) for row in all_rows}
    places = {name: place for place, name in enumerate(names)}  # two stages may be called the same
    made = figure(_title_of_funnel(all_rows, by), funnelmode="stack", hovermode="closest")
    made.update_yaxes(
        tickvals=[*places.values()], ticktext=[*names.values()], autorange="reversed", showgrid=False, zeroline=False
    )
    for place, (value, group) in enumerate(groups.items()):
        made.add_trace(
            go.Funnel(
                y=[places[row["name"]] for row in group],
                orientation="h",
                x=[row["entered"] for row in group],
                name=shown("none" if value is None else value) if by else "accounts",
                textinfo="value",
                marker={"color": SERIES[place % len(SERIES)]},
                connector={"fillcolor": faint(NEUTRAL, 0.15), "line": {"width": 0}},
                hovertext=[_stage(row) for row in group],
                hoverinfo="text",
                showlegend=by is not None,
            )
        )
    return made


def _stage(row: Any) -> str:
    lines = [f"{shown(row['stage'])}: {counted(row['entered'], 'account')} entered"]
    if row["conversion"] is not None:
        lines.append(f"{percent(row['conversion'])} went on to a later stage")
    for name, words in (
        ("median_days", "days, half of the stays are shorter"),
        ("stalled", "stalled"),
        ("lost", "lost"),
    ):
        if row.get(name) is not None:
            lines.append(f"{row[name]:,.0f} {words}")
    return "<br>".join(lines)


def _title_of_funnel(all_rows: list[Any], by: str | None) -> str:
    """The stage from which the smallest share went on."""
    inside = [row for row in all_rows if row["conversion"] is not None and row["entered"]]
    if not inside:
        return f"{counted(sum(row['entered'] for row in all_rows), 'account')} entered; no stage leads on"
    worst = min(inside, key=lambda row: (row["conversion"], -row["entered"]))
    of = f" ({shown('none' if worst[by] is None else worst[by])})" if by else ""
    stalled = worst.get("stalled")
    more = f"; {stalled:,} {'is' if stalled == 1 else 'are'} stalled there" if stalled else ""
    said = f"Of {counted(worst['entered'], 'account')} that entered {shown(worst['stage'])}{of}"
    return f"{said} {percent(worst['conversion'])} went on: the fewest of all stages{more}"


def moves(table: object) -> go.Figure:
    """The ways that accounts went between the stages of a journey, as a Sankey diagram.

    Parameters
    ----------
    table : table
        What :meth:`Portfolio.moves` or :meth:`Portfolio.transitions` gave.

    Returns
    -------
    plotly.graph_objects.Figure
        From stages on the left to stages on the right, as wide as there were moves. Where a journey goes round in
        circles a stage stands on either side.

    Raises
    ------
    DataError
        If it is no such table.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> table = pa.table({"from": [None, "tried", "tried"], "to": ["tried", "adopted", "adopted"]})
    >>> figure = ch.plot.moves(table)
    >>> figure.layout.title.text
    '3 moves, most of them from tried to adopted: 2 (67%)'
    >>> list(figure.data[0].link.value)
    [1, 2]
    """
    go = objects()
    found = arrow(table, ("from", "to"), "portfolio.moves or portfolio.transitions")
    summed = "moves" in found.column_names
    began, ended = (look_of(found.schema.field(name)) for name in ("from", "to"))
    ways: Counter[tuple[str | None, str]] = Counter()
    for row in rows(found.select(["from", "to", "moves"] if summed else ["from", "to"])):
        ways[row["from"], row["to"]] += row["moves"] if summed else 1
    ways = +ways
    if not ways:
        return nothing("Nobody moved between these dates", "nothing to draw")
    begins = list(dict.fromkeys(begin for begin, _ in ways))
    ends = list(dict.fromkeys(end for _, end in ways))
    colours = {name: SERIES[place % len(SERIES)] for place, name in enumerate(dict.fromkeys([*begins, *ends]))}
    (begin, end), most = max(ways.items(), key=lambda way: way[1])
    total = ways.total()
    way = f"from {_stage_name(begin, began)} to {_stage_name(end, ended)}"
    made = figure(f"{counted(total, 'move')}, most of them {way}: {most:,} ({percent(most / total)})")
    made.add_trace(
        go.Sankey(
            arrangement="snap",
            textfont={"shadow": "none"},  # plotly's own is white, and blurs what lies on a dark page
            node={
                "label": [*(_stage_name(name, began) for name in begins), *(_stage_name(name, ended) for name in ends)],
                "color": [colours[name] for name in [*begins, *ends]],
                "pad": 18,
                "line": {"width": 0},
            },
            link={
                "source": [begins.index(way[0]) for way in ways],
                "target": [len(begins) + ends.index(way[1]) for way in ways],
                "value": list(ways.values()),
                "color": [faint(colours[way[0]], 0.4) for way in ways],
                "hovertemplate": "%{source.label} to %{target.label}: %{value:,.0f}<extra></extra>",
            },
        )
    )
    return made


def _stage_name(name: str | None, look: Look) -> str:
    return "the start" if name is None else shown(look.call(name), SHORT)
