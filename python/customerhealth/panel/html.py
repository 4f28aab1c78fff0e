"""A panel to look at: its latest as-of, scores and grades first, each score over time as a small line."""

from __future__ import annotations

from functools import cache
from html import escape

import numpy as np

from .. import _core
from ..explain.words import show_fixed
from ..io.columns import Floats, Ints, decoded, micros_of
from ..io.results import as_table
from ..results.cells import cells_of
from ..results.html import grid
from ..results.looks import Look, with_looks
from ..results.signs import short
from ..results.text import text_of
from ..scored import Scored
from .looks import looks_of, order_of, with_labels

__all__ = ["Shown"]

_SHOWN_ROWS = 20
_SHOWN_COLUMNS = 16  # 20 rows of them are some 70 kB
_LINE_POINTS = 60
_NARROW = 28  # signs of a label in the summary
_WIDTH, _HEIGHT = 72, 24  # pixels of a line


class Shown:
    """What is shown of some rows of what was scored."""

    def __init__(self, scored: Scored, rows: Ints | None) -> None:
        self._scored = scored
        at = micros_of(scored.columns(["as_of"])["as_of"])
        at = at if rows is None else at[rows]
        self._count = len(at)
        self._latest = int(at.max()) if len(at) else None
        there = np.flatnonzero(at == self._latest) if len(at) else np.empty(0, np.int64)
        # Of what was scored: those of the latest as-of, and those that are shown.
        self._there = there if rows is None else rows[there]
        self._rows = self._there[:_SHOWN_ROWS]
        # Rows from the first that a line needs to the last one shown.
        self._begin = max(int(self._rows[0]) - _LINE_POINTS + 1, 0) if len(there) else 0
        self._part = scored.part(self._begin, int(self._rows[-1]) + 1 - self._begin if len(there) else 0)
        names = ["account_id", *order_of(scored.model)]
        self._metrics = set(scored.model.to_dict().get("metrics", {}))
        self._looks = looks_of(scored.model)
        shown = self._part.select(names).take(self._rows - self._begin)
        self._shown = with_labels(with_looks(shown, self._looks), scored, self._rows)

    def text(self, width: int) -> str:
        """Lines that fit a width."""
        return "\n".join([self._summary(), *([text_of(self._shown, width)] if len(self._there) else [])])

    def html(self) -> str:
        """A fragment: no script, nothing from outside."""
        head = f"<div style='margin:2px 0 6px'>{escape(self._summary())}</div>"
        return f"<div style='font-family:sans-serif'>{head}{self._grid()}</div>"

    def _grid(self) -> str:
        model = self._scored.model
        rows = self._rows.tolist()

        @cache
        def reasons(place: int) -> dict[str, str]:
            found = as_table(self._scored.core.reasons(rows[place], 1)).to_pylist()
            return {each["metric"]: each["reason"] for each in found}

        foot = [f"{len(self._shown):,} of {len(self._there):,} accounts"] if len(self._there) > len(self._shown) else []
        beyond = self._shown.num_columns - _SHOWN_COLUMNS
        foot += [f"{beyond} more column{'s' * (beyond != 1)} in .table"] if beyond > 0 else []
        shown = self._shown.select(list(range(min(self._shown.num_columns, _SHOWN_COLUMNS))))
        lines = self._lines() if len(self._rows) else {}
        columns = [each._replace(marks=lines.get(each.name, ())) for each in cells_of(shown)]
        about = f"model {model.name} {model.digest[:12]}"
        tells = self._tells()
        return grid(columns, lambda row, name: reasons(row).get(tells.get(name, name)), "; ".join([*foot, about]))

    def _tells(self) -> dict[str, str]:
        """By column that a score or a journey defines beside itself: the one whose reason is its own."""
        named = [*self._scored.model.scores, *self._scored.model.journeys]
        beside = [name for name in self._shown.column_names if name not in named]
        found = {}
        for column in beside:
            owners = [name for name in named if column.startswith(f"{name}_")]
            if owners and column not in self._metrics:
                found[column] = max(owners, key=len)
        return found

    def _summary(self) -> str:
        """How many rows, accounts and dates; of the latest, what the overall score comes to."""
        scores = order_of(self._scored.model)
        count = f"{self._count:,} row{'s' * (self._count != 1)}"
        if self._latest is None:
            return f"{count} of a panel of model {self._scored.model.name}"
        date = _core.show_instant(self._latest).removesuffix("T00:00:00Z")
        said = f"{count}; as of {date}: {len(self._there):,} account{'s' * (len(self._there) != 1)}"
        if not self._scored.model.scores:
            return said
        look = self._looks[scores[0]]
        return f"{said}, {short(look.label or scores[0], _NARROW)} {self._of_score(scores[0], look)}"

    def _of_score(self, score: str, look: Look) -> str:
        import pyarrow as pa

        info = next(info for info in self._scored.model.core.scores if info["name"] == score)
        names = [score, f"{score}_grade"] if info["grades"] else [score]
        latest = self._scored.columns(names).take(pa.array(self._there))
        column = latest[score]
        there = column.drop_null().to_numpy()
        said = [f"median {show_fixed(float(np.median(there)), look)}"] if len(there) else []
        if info["grades"]:
            grades = decoded(latest[f"{score}_grade"])
            counted = {each["values"]: each["counts"] for each in grades.value_counts().to_pylist()}
            graded = self._looks[f"{score}_grade"]
            said += [f"{short(graded.call(grade), _NARROW)} {counted.get(grade, 0):,}" for grade in info["grades"]]
        said += [f"missing {column.null_count:,}"] if column.null_count else []
        return ", ".join(said)

    # ---- lines over time ----

    def _lines(self) -> dict[str, list[str]]:
        """By score a line for each of the shown rows; none where there is one as-of."""
        import pyarrow as pa

        before = min(len(self._scored.core.as_ofs), _LINE_POINTS)
        if before < 2:
            return {}
        starts = np.maximum(self._rows - before + 1, 0)
        places = [np.arange(start, row + 1) for start, row in zip(starts.tolist(), self._rows.tolist(), strict=True)]
        infos = [info for info in self._scored.model.core.scores if info["name"] in self._shown.column_names]
        history = self._part.select(["account_id", "as_of", *(info["name"] for info in infos)])
        history = history.take(pa.array(np.concatenate(places) - self._begin))
        accounts = decoded(history["account_id"]).to_pylist()
        at = micros_of(history["as_of"])
        first, last = int(at.min()), int(at.max())
        turn = (at - first) / max(last - first, 1)
        found: dict[str, list[str]] = {info["name"]: [] for info in infos}
        end = 0
        for place in places:
            begin, end = end, end + len(place)
            own = [k for k in range(begin, end) if accounts[k] == accounts[end - 1]]
            for info in infos:
                values = history[info["name"]].to_numpy()[own]
                found[info["name"]].append(_line(turn[own], values, info["low"], info["high"]))
        return found


def _line(turn: Floats, values: Floats, low: float, high: float) -> str:
    """An SVG of the values at some parts of the time, 0 to 1, broken where one is missing; the last one is a dot."""
    if len(values) < 2 or np.isnan(values).all():
        return ""
    x = 2 + turn * (_WIDTH - 5)
    y = 2 + (1 - (values - low) / (high - low)) * (_HEIGHT - 4)
    parts = np.split(np.arange(len(values)), np.flatnonzero(np.isnan(values)))
    drawn = ""
    for part in parts:
        kept = [k for k in part.tolist() if not np.isnan(values[k])]
        if kept:
            points = " ".join(f"{x[k]:.1f},{y[k]:.1f}" for k in kept)
            drawn += f"<polyline points='{points}' fill='none' stroke='currentColor' stroke-opacity='0.65'/>"
    if not np.isnan(values[-1]):
        drawn += f"<circle cx='{x[-1]:.1f}' cy='{y[-1]:.1f}' r='1.8' fill='currentColor'/>"
    size = f"width='{_WIDTH}' height='{_HEIGHT}' style='vertical-align:middle'"
    return f"<svg {size} role='img' aria-label='from {_ends(values)}'>{drawn}</svg>"


def _ends(values: Floats) -> str:
    there = values[~np.isnan(values)]
    return f"{there[0]:.1f} to {there[-1]:.1f}"
