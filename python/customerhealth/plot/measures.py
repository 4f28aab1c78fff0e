"""The distribution of a measure with its curve or bands over it, to choose them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import NEUTRAL, SERIES
from ..errors import unknown
from ..io.columns import Floats, decoded, micros_of
from ..io.instants import AsOf
from ..results.looks import Look
from .figures import LINE, axis, counted, figure, nothing, objects, percent, shown
from .panels import PanelLike, Score, one_as_of, score_of

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import pyarrow as pa

__all__ = ["distribution"]

_BINS = 40
_TAIL = 0.005
_DOTS = 400
"""Points of single accounts, where the document has no curve to draw."""

_Line = tuple[list[float], list[float]]
"""Values, and the points of each."""


def distribution(panel: PanelLike, measure: str, score: str | None = None, *, as_of: AsOf | None = None) -> go.Figure:
    """How a measure's values are distributed, and what points they get.

    Parameters
    ----------
    panel : Panel
        Of any as-ofs.
    measure : str
        A measure of the score; one of several that ``each`` made is ``NAME.value``.
    score : str, optional
        Default: ``health``, else the first score that no other is made of.
    as_of : date-like, optional
        One of the panel's as-ofs; default: the last.

    Returns
    -------
    plotly.graph_objects.Figure
        A histogram of all accounts that have a value, and over it, on an axis of points, the curve or the bands of the
        document. Where points do not follow from the value alone (cases, peers), they are those of accounts. The
        outermost bars hold what lies beyond them, half a percent on either side.

    Raises
    ------
    UnknownNameError
        If the model has no such score, or the score no such measure.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"a": {"kind": "accounts", "account": "id"}},
    ...     "metrics": {"use": {"formula": "a.use"}},
    ...     "scores": {"health": {"measures": {"use": {"value": "use", "curve": [[0, 0], [10, 100]]}}}},
    ... })
    >>> accounts = pa.table({"id": ["a", "b", "c", "d"], "use": [0.0, 5.0, 12.0, None]})
    >>> figure = ch.plot.distribution(ch.Portfolio(model, a=accounts).score("2026-07-01"), "use")
    >>> figure.layout.title.text
    'health, use: 33% of 3 accounts get the fewest points (0), 33% the most<br>(100); 25% of all have no value'
    >>> sum(figure.data[0].y), list(figure.data[1].x), list(figure.data[1].y)
    (3, [0.0, 10.0], [0.0, 100.0])
    """
    asked = score_of(panel.model, score)
    look = replace(asked.names.look(measure), label=asked.names.label(measure))
    head = f"{shown(asked.label)}, {shown(look.label)}"
    parts = next(info["measures"] for info in panel.model.core.scores if info["name"] == asked.name)
    if len(panel.table) == 0:
        if measure not in parts:
            raise unknown(f"score '{asked.name}' has no measure", measure, parts)
        return nothing(f"{head}: nothing to draw", "the panel has no rows")
    rows = _rows(panel, asked, measure, one_as_of(panel, as_of))
    values, points = rows
    known = np.array([value is not None for value in values])
    if not known.any():
        return nothing(f"{head}: nothing to draw", f"none of {counted(len(values), 'account')} has a value")
    title = _title(head, points[known], len(values))
    if isinstance(next(value for value in values if value is not None), str):
        return _by_label(title, [value for value in values if value is not None], points[known], look)
    numbers = np.array([np.nan if value is None else float(value) for value in values])[known]
    return _by_number(title, numbers, points[known], _line(asked.spec["measures"].get(measure, {}), asked), asked, look)


def _rows(panel: Any, asked: Score, measure: str, at: int) -> tuple[list[Any], Floats]:
    """Of every account of that as-of the value, a text where it is one, and the points."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table: pa.Table = panel.contributions(asked.name)
    parts = table["part"].unique().to_pylist()
    if measure not in parts:
        raise unknown(f"score '{asked.name}' has no measure", measure, parts)
    now = pa.array(micros_of(table["as_of"]) == at)
    mine = table.filter(pc.and_(pc.equal(table["part"], measure), now))
    points: Floats = mine["points"].cast(pa.float64()).fill_null(np.nan).to_numpy()
    source = asked.spec["measures"].get(measure, {}).get("value", "")
    if source in panel.table.column_names:
        column = decoded(panel.table[source])
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            return column.filter(pa.array(micros_of(panel.table["as_of"]) == at)).to_pylist(), points
    return mine["value"].to_pylist(), points


def _title(head: str, points: Floats, everybody: int) -> str:
    got = points[np.isfinite(points)]
    missing = everybody - len(points)
    rest = f"; {percent(missing / everybody)} of all have no value" if missing else ""
    if not len(got):
        return f"{head}: no value gets points{rest}"
    low, high = float(got.min()), float(got.max())
    if low == high:
        return f"{head}: all of {counted(len(got), 'account')} get {low:.3g} points: it tells nobody apart{rest}"
    shares = [percent(float((got == end).mean())) for end in (low, high)]
    of = counted(len(got), "account")
    return f"{head}: {shares[0]} of {of} get the fewest points ({low:.3g}), {shares[1]} the most ({high:.3g}){rest}"


def _by_number(title: str, values: Floats, points: Floats, line: _Line | None, asked: Score, look: Look) -> go.Figure:
    go = objects()
    low, high = (float(np.quantile(values, q)) for q in (_TAIL, 1 - _TAIL))
    if line is not None:
        inner = [x for x in line[0] if np.isfinite(x)]
        low, high = min(low, *inner), max(high, *inner)
    whole = bool((values == np.round(values)).all()) and high - low < _BINS
    if whole or low == high:  # a bar a number, which stands in its middle
        low, high = np.floor(low) - 0.5, np.ceil(high) + 0.5
    bins = int(high - low) if whole else int(np.clip(np.sqrt(len(values)), 5, _BINS))
    counts, edges = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))
    made = figure(title, y="accounts", bargap=0.03)
    made.update_xaxes(**axis(look))
    form = ".3~%" if look.unit == "percent" else ".4g"
    made.add_trace(
        go.Bar(
            x=((edges[1:] + edges[:-1]) / 2).tolist(),
            y=counts.tolist(),
            width=float(edges[1] - edges[0]),
            name="accounts",
            marker={"color": NEUTRAL, "opacity": 0.6},
            customdata=np.stack([edges[:-1], edges[1:]], axis=1),
            hovertemplate=f"%{{customdata[0]:{form}}} to %{{customdata[1]:{form}}}: %{{y:,}} accounts<extra></extra>",
        )
    )
    if line is None:
        step = max(1, len(values) // _DOTS)
        kept = np.argsort(values, kind="stable")[::step]
        x, y, how = values[kept].tolist(), points[kept].tolist(), {"mode": "markers", "marker": {"size": 5}}
        name = "points of accounts"
    else:
        spread = (high - low) * 0.02
        x, y = [min(max(each, low - spread), high + spread) for each in line[0]], line[1]
        how, name = {"mode": "lines", "line": LINE}, "points by the document"
    made.add_trace(
        go.Scatter(
            x=x, y=y, name=name, yaxis="y2", hovertemplate=f"%{{x:{form}}}: %{{y:.4g}} points<extra></extra>",
            **_coloured(how),
        )
    )  # fmt: skip
    _points_axis(made, asked.low, asked.high)
    return made


def _coloured(how: Mapping[str, Any]) -> dict[str, Any]:
    key = "line" if "line" in how else "marker"
    return {**how, key: {**how[key], "color": SERIES[1]}}


def _points_axis(made: go.Figure, low: float | None = None, high: float | None = None) -> None:
    margin = 0.0 if low is None or high is None else 0.03 * (high - low)
    limits = {} if low is None or high is None else {"range": [low - margin, high + margin]}
    made.update_layout(
        yaxis2={
            "title": {"text": "points"},
            "overlaying": "y",
            "side": "right",
            "tickmode": "auto",
            "showgrid": False,
            "zeroline": False,
            **limits,
        }
    )


def _line(measure: Mapping[str, Any], asked: Score) -> _Line | None:
    """The document's curve or bands as a line; None where points do not follow from the value alone."""
    if measure.get("shrink") or measure.get("cases"):
        return None
    if "curve" in measure:
        return [float(x) for x, _ in measure["curve"]], [float(p) for _, p in measure["curve"]]
    if "bands" in measure:
        return _steps(measure["bands"])
    if measure.get("identity") or "score" in measure:
        return [asked.low, asked.high], [asked.low, asked.high]
    return None


def _steps(bands: Sequence[Mapping[str, Any]]) -> _Line:
    """Flat over each band; the open ends reach to the ends of the chart."""
    x: list[float] = []
    y: list[float] = []
    begin = -np.inf
    for band in bands:
        end = float(band.get("below", band.get("up_to", np.inf)))
        points = np.nan if band["points"] is None else float(band["points"])
        x += [begin, end]
        y += [points, points]
        begin = end
    return x, y


def _by_label(title: str, values: Sequence[str], points: Floats, look: Look) -> go.Figure:
    go = objects()
    texts, where, counts = np.unique(
        np.array(values, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    worth = np.array([points[where == place][0] for place in range(len(texts))])
    order = np.argsort(worth, kind="stable")
    made = figure(title, x=shown(look.label), y="accounts")
    ticks = list(range(len(texts)))
    made.add_trace(
        go.Bar(
            x=ticks, y=counts[order].tolist(), name="accounts", marker={"color": NEUTRAL, "opacity": 0.6},
            hovertemplate="%{y:,} accounts<extra></extra>",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=ticks, y=worth[order].tolist(), name="points", mode="markers", yaxis="y2",
            marker={"color": SERIES[1], "size": 11, "symbol": "diamond"},
            hovertemplate="%{y:.4g} points<extra></extra>",
        )
    )  # fmt: skip
    made.update_xaxes(tickvals=ticks, ticktext=[shown(text, 30) for text in texts[order]])
    _points_axis(made)
    return made
