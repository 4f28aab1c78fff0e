"""The main job on real input: 35 open-source projects, read as customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .datasets import OSS_PROJECTS as DATA
from .explain.words import show_signed
from .io.instants import dates
from .model import Model
from .panel import Panel
from .portfolio import Portfolio
from .progress import Progress
from .validation import outcomes

__all__ = ["DATA", "run"]

FIRST, LAST = "2024-09-01", "2026-08-01"  # as-ofs are exclusive: the ends of August 2024 to July 2026
_SINCE, _UNTIL = "2019-01-01", "2026-02-01"  # the last as-of half a year before the log ends
_SILENT, _WITHIN = "90d", "180d"
_SPARKS = "▁▂▃▄▅▆▇█"
_NAMED_PULLS = 2


def run(out: Path, progress: Progress = None) -> Iterator[str]:
    """Score, write both files, and yield the lines of the report."""
    import pyarrow.parquet as pq

    portfolio = Portfolio(Model.preset("oss-projects"), activity=DATA, progress=progress)
    panel = portfolio.score(dates(FIRST, LAST, every="1mo"), progress=progress)
    contributions = panel.contributions("health", deep=True, progress=progress)
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(panel.table, out / "panel.parquet")
    pq.write_table(contributions.table, out / "contributions.parquet")
    yield from _report(panel)
    yield _worth(portfolio, progress)
    yield ""
    yield f"{panel.table.num_rows:,} rows, {panel.table.num_columns} columns: {out / 'panel.parquet'}"
    yield f"{contributions.num_rows:,} rows, what each measure adds to health: {out / 'contributions.parquet'}"


def _report(panel: Panel) -> Iterator[str]:
    lines = panel.ranked("health", n=None, reasons=_NAMED_PULLS, best_first=True).to_pylist()
    months: dict[str, list[Mapping[str, Any]]] = {}
    for row in panel.table.to_pylist():
        months.setdefault(row["account_id"], []).append(row)
    width = max(len(line["account_id"]) for line in lines)
    yield f"Health of {len(lines)} open-source projects at the end of July 2026 (by all that was known before {LAST})"
    yield ""
    yield (
        f"    {'project':<{width}}  grade   health change  {'last 24 months':<24}  engaged adopted  "
        "lifted by | held down by (points)"
    )
    for line in lines:
        story = months[line["account_id"]]
        yield (
            f"{line['rank']:>3} {line['account_id']:<{width}}  {line['grade'] or '–':<6}  {_fixed(line['score']):>6} "
            f"{show_signed(line['change']):>6}  {_spark(story):<24}  {_fixed(story[-1]['engagement']):>7} "
            f"{_fixed(story[-1]['adoption']):>7}  {line['lifted_by'] or '–'} | {line['held_down_by'] or '–'}"
        ).rstrip()
    yield ""
    yield "health runs from 0 to 100; change is since the month before; 24 months are a bar a month, oldest first."
    yield "lifted, held down: the measures with the largest share × (points − health), in points of health."


def _worth(portfolio: Portfolio, progress: Progress) -> str:
    """What the score foresaw, beside the simplest rival."""
    asked, silence = dates(_SINCE, _UNTIL, every="1mo"), outcomes.silence("activity", _SILENT)
    found = portfolio.validate(
        ["health", "-days_since_last"], as_ofs=asked, outcome=silence, horizon=_WITHIN, progress=progress
    )
    health, rival = found.summary.to_pylist()
    low, auc, high = (f"{100 * health[name]:.0f}" for name in ("auc_low", "auc", "auc_high"))
    silent, within = _SILENT.rstrip("d"), _WITHIN.rstrip("d")
    return (
        f"held out, {len(asked)} dates from {_SINCE[:4]} on (no weight was fitted): of 100 pairs of a project silent "
        f"for {silent} days within the next {within} and one not, health orders {auc} rightly ({low} to {high}), days "
        f"since the last commit {100 * rival['auc']:.0f}, a coin 50."
    )


def _spark(months: Sequence[Mapping[str, Any]]) -> str:
    bars = (" " if m["health"] is None else _SPARKS[min(7, int(m["health"] / 12.5))] for m in months)
    return "".join(bars).rjust(24)


def _fixed(number: float | None) -> str:
    return "–" if number is None else f"{number:.1f}"
