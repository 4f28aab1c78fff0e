"""A model document for tables whose columns are called otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import unknown

__all__ = ["mapped"]


def mapped(document: dict[str, Any], reads: Mapping[str, Sequence[str]], columns: Mapping[str, str]) -> dict[str, Any]:
    """See :meth:`Model.with_columns`; `reads` are the columns that each table needs."""
    for name, own in columns.items():
        tables = [table for table, there in reads.items() if name in there]
        wanted = name
        if not tables:
            table, _, wanted = name.partition(".")
            tables = [table] if wanted in reads.get(table, ()) else []
        if not tables:
            there = [*dict.fromkeys(column for names in reads.values() for column in names)]
            raise unknown("the model reads no column", name, there)
        for table in tables:
            made = document["tables"][table].setdefault("columns", {})
            made[wanted] = _quoted(own)
    return document


def _quoted(column: str) -> str:
    """A column as a formula names it."""
    return '"' + column.replace('"', '""') + '"'
