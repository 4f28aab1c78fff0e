"""Files in the layout of a system that :mod:`customerhealth.sources` describes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from .. import sources
from .guess import account_of, score_of
from .heads import Head
from .paths import holds, is_path

__all__ = ["Match", "columns_of", "recognise"]

_ROLES = ("account", "time", "start", "end", "known", "key", "deleted", "order", "label", "currency")
_LEAST = 3  # columns of a layout that have to be there: fewer are no layout


class Match(NamedTuple):
    """A layout that fits a file."""

    source: str
    table: dict[str, Any]
    metrics: dict[str, Any]
    """With TABLE as the name of the table."""
    doubts: list[str]


def recognise(head: Head) -> Match | None:
    """The layout that says the most about a file's columns; None: none fits."""
    best: tuple[int, Match] | None = None
    for name in sources.names():
        fitted = _fit(name, head)
        if fitted is not None and (best is None or fitted[0] > best[0]):
            best = fitted
    return None if best is None else best[1]


def columns_of(table: dict[str, Any]) -> list[str]:
    """The columns of the source that a table names, derived ones left out."""
    named: list[str] = []
    for role in _ROLES:
        value = table.get(role)
        named += value if isinstance(value, list) else [value] if isinstance(value, str) else []
    if "each" in table:
        named.append(table["each"]["column"])
    named += table.get("types", {})
    return [column for column in dict.fromkeys(named) if column not in table.get("columns", {})]


def _fit(name: str, head: Head) -> tuple[int, Match] | None:
    """How many columns of the layout the file has, where those that cannot be done without are among them."""
    table, yours = sources.get(name), sources.yours(name)
    if table["kind"] == "keys" or table.get("rows") != head.list_path:
        return None
    named = [column for column in columns_of(table) if column not in head.dated]
    own = [column for column in named if column not in yours]
    there = [column for column in own if holds(head, column)]
    missing = [column for column in own if column not in there]
    needed = set(_needed(table)) - set(yours)
    if len(there) < _LEAST or needed.intersection(missing) or any(not is_path(column) for column in missing):
        return None
    if any(column in table.values() for column in head.dated) != bool(head.dated):
        return None
    doubts: list[str] = []
    text = json.dumps({"table": table, "metrics": sources.metrics(name, "TABLE")})
    for column in yours:
        if holds(head, column):
            continue
        found = account_of(head, named) if column == table["account"] else score_of(head)
        if found is None:
            return None
        text = text.replace(json.dumps(column)[1:-1], json.dumps(found)[1:-1])
        doubts.append(f"`{found}` is taken for what the layout calls `{column}`")
    fitted = json.loads(text)
    return len(there), Match(name, fitted["table"], fitted["metrics"], doubts)


def _needed(table: dict[str, Any]) -> Iterable[str]:
    key = table.get("key", [])
    for column in (table["account"], table.get("time"), table.get("start"), *([key] if isinstance(key, str) else key)):
        if column is not None and column not in table.get("columns", {}):
            yield column
