"""A validation as a fragment of HTML: no script, nothing from outside, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..io.results import show_cell
from .foretold import gains, summary
from .study import Study
from .words import sections

__all__ = ["to_html"]

_CELL = "padding:2px 10px 2px 0;text-align:right;font-variant-numeric:tabular-nums"
_LEFT = "padding:2px 10px 2px 0;text-align:left"
_SUMMARY = ("cases", "events", "base_rate", "auc", "auc_low", "auc_high", "ap", "brier_skill", "lift_10", "missing")
_GAINS = ("share", "cutoff", "cases", "events", "precision", "precision_low", "precision_high", "recall", "lift")


def to_html(study: Study, notes: Sequence[Mapping[str, Any]]) -> str:
    """The sentences of :meth:`Validation.explain`, and the tables that they come from."""
    parts = []
    for head, lines in sections(study, notes):
        said = "".join(
            f"<p style='margin:2px 0;padding-left:{_indent(line)}em'>{escape(line.strip())}</p>" for line in lines
        )
        parts.append(f"<h4 style='margin:12px 0 2px'>{escape(head)}</h4>{said}")
    by = study.question.by
    tables = [
        ("Summary", study.keep("summary", lambda: summary(study)), _SUMMARY),
        ("Among the worst", study.keep("gains", lambda: gains(study)), _GAINS),
    ]
    for head, table, columns in tables:
        parts.append(_table(head, table.to_pylist(), ("score", *by, *columns)))
    return f"<div style='max-width:60em'>{''.join(parts)}</div>"


def _indent(line: str) -> int:
    return 1 if line.startswith("  ") else 0


def _table(head: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    heads = "".join(f"<th style='{_style(name)}'>{escape(name)}</th>" for name in columns)
    lines = "".join(
        "<tr>"
        + "".join(f"<td style='{_style(name)}'>{escape(show_cell(row[name]))}</td>" for name in columns)
        + "</tr>"
        for row in rows
    )
    table = f"<table style='border-collapse:collapse'><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    return f"<details><summary>{escape(head)}</summary><div style='overflow-x:auto'>{table}</div></details>"


def _style(name: str) -> str:
    return _CELL if name in (*_SUMMARY, *_GAINS) else _LEFT
