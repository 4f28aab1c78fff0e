"""The one chart that a table of results is usually wanted as, told by its columns."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .foresight import survival
from .journeys import funnel, moves
from .money import cohorts, retention, waterfall
from .tables import arrow

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import pyarrow as pa

__all__ = ["table"]


def table(result: object) -> go.Figure:
    """The natural chart of a table that the package gave: that of ``result.plot()``.

    Parameters
    ----------
    result : table
        A funnel, moves or transitions of a journey, cohorts, a waterfall or retention of revenue, or the ``table_`` of
        a survival curve.

    Returns
    -------
    plotly.graph_objects.Figure
        Revenue of periods that follow each other is a waterfall; by label, or of times that overlap, lines.

    Raises
    ------
    DataError
        If it is another table.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> result = ch.Table(pa.table({"stage": ["tried"], "entered": [4], "conversion": [0.5]}))
    >>> result.plot().layout.title.text
    'Of 4 accounts that entered tried 50% went on: the fewest of all stages'
    """
    found = arrow(result, (), "this package")
    there = set(found.column_names)
    for columns, draw in _KINDS:
        if columns <= there:
            return draw(found)
    raise DataError(
        f"a table of {', '.join(found.column_names[:6])}{', …' if len(there) > 6 else ''} has no one chart; "
        "ch.plot has those of panels, and of tables: funnel, moves, cohorts, waterfall, retention, survival"
    )


def _revenue(found: pa.Table) -> go.Figure:
    ends = found.select(["from", "to"]).to_pylist()
    is_split = "by" in found.column_names and found["by"].null_count < len(found)
    follows = all(a["to"] == b["from"] for a, b in itertools.pairwise(ends))
    return retention(found) if is_split or not follows else waterfall(found)


_KINDS: tuple[tuple[set[str], Callable[[Any], Any]], ...] = (
    ({"stage", "entered", "conversion"}, funnel),
    ({"from", "to", "at"}, moves),
    ({"from", "to", "moves"}, moves),
    ({"cohort", "period", "share"}, cohorts),
    ({"from", "to", "nrr", "grr", "churn", "start", "end"}, _revenue),
    ({"time", "survival", "ci_low", "ci_high"}, survival),
)
