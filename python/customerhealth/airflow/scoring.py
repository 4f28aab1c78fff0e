"""What a task does that scores: it needs no Airflow."""

from __future__ import annotations

import logging
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._version import __version__
from ..errors import DataError, ModelError, UnknownNameError, unknown
from ..panel import Panel
from ..peers import Peers
from ..portfolio import Portfolio
from .as_of import RunAsOf
from .findings import Rule, findings_met, said
from .inputs import model_of, tables_of
from .partitions import write_as_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Scoring", "counted", "is_final", "spent_since"]

_TABLES = ("panel", "reasons")


@dataclass(frozen=True)
class Scoring:
    """One run: its arguments are those of :class:`ScorePortfolioOperator`, rendered."""

    model: object
    tables: object
    output: str
    portfolio: str | None = None
    write: tuple[str, ...] = _TABLES
    contributions: tuple[str, ...] = ()
    plays: bool = False
    fail_on: tuple[Rule, ...] = ()
    warn_on: tuple[Rule, ...] | None = None
    strict: Any = False
    peers_path: str | None = None
    threads: int | None = None

    def run(self, as_of: RunAsOf, log: logging.Logger) -> tuple[dict[str, Any], list[str]]:
        """Load, look at what is odd, score, write.

        Returns
        -------
        dict
            What was done, small enough for a database.
        list of str
            The findings that fail the task. Where there are any, nothing was scored or written.
        """
        begun = time.monotonic()
        portfolio = self._open()
        for score in self.contributions:
            if score not in portfolio.model.scores:
                raise unknown("contributions: the model has no score", score, portfolio.model.scores)
        findings = portfolio.quality().to_pylist()
        failing = findings_met(self.fail_on, findings)
        for finding in findings_met(self.warn_on, findings):
            if finding not in failing:
                log.warning(said(finding))
        summary: dict[str, Any] = {
            "as_of": as_of.shown,
            "as_of_from": as_of.source,
            "accounts": len(portfolio.accounts),
            "grades": {},
            "digest": portfolio.model.digest,
            "version": __version__,
            "paths": {},
            "quality": counted(findings),
        }
        if not failing:
            panel = self._score(portfolio, as_of)
            for name, table in self._tables(panel):
                summary["paths"]["/".join(name)] = write_as_of(table, self.output, name, as_of.micros)
            summary |= {"accounts": len(panel), "grades": _grades(panel)}
        return summary | spent_since(begun), [said(finding) for finding in failing]

    def _open(self) -> Portfolio:
        model = None if self.model is None else model_of(self.model)
        if self.portfolio is not None:
            return Portfolio.open(self.portfolio, model, threads=self.threads)
        if model is None:
            raise DataError("model: expected a file, a preset's name or a document, got none", "", "model")
        tables = tables_of(self.tables)
        return Portfolio(model, tables=tables, strict=self.strict, threads=self.threads, progress=False)

    def _score(self, portfolio: Portfolio, as_of: RunAsOf) -> Panel:
        peers = None if self.peers_path is None else Peers.from_bytes(Path(self.peers_path).read_bytes())
        panel = portfolio.score(np.datetime64(as_of.micros, "us"), peers=peers, progress=False)
        if len(panel) == 0:
            raise DataError(f"no account has a row at {as_of.shown}, so nothing is written")
        return panel

    def _tables(self, panel: Panel) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
        """One at a time, so that only one is in memory."""
        if "panel" in self.write:
            yield ("panel",), panel.table
        if "reasons" in self.write:
            yield ("reasons",), panel.reasons().table
        for score in self.contributions:
            yield ("contributions", f"score={score}"), panel.contributions(score, progress=False).table
        if self.plays:
            yield ("plays",), panel.plays().table


def is_final(error: Exception) -> bool:
    """Whether trying again is no use: the model, a row or a column is at fault, and not a file that may still come."""
    if isinstance(error, ModelError | UnknownNameError):
        return True
    return isinstance(error, DataError) and bool(error.column or error.rows)


def counted(findings: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many rows each check found, by table; 0 where it is no matter of rows."""
    counts: dict[str, dict[str, int]] = {}
    for each in findings:
        of_table = counts.setdefault(each["table"] or "model", {})
        of_table[each["check"]] = of_table.get(each["check"], 0) + each["rows"]
    return counts


def _grades(panel: Panel) -> dict[str, dict[str, int]]:
    """How many accounts have each grade, by score; those without one are ``missing``."""
    import pyarrow.compute as pc

    counts = {}
    for score in panel.model.scores:
        if f"{score}_grade" in panel.table.column_names:
            found = pc.value_counts(panel.table[f"{score}_grade"]).to_pylist()
            named = {each["values"] or "missing": each["counts"] for each in found}
            counts[score] = dict(sorted(named.items()))
    return counts


def spent_since(begun: float) -> dict[str, Any]:
    """How long it took since a reading of the monotonic clock, and how much memory this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB
    return {"seconds": round(time.monotonic() - begun, 3), "peak_memory": peak}
