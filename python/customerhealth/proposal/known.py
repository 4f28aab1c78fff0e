"""Files in the layout of a system that :mod:`customerhealth.sources` describes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from .. import sources
from ..io.roles import ELEMENTS, roles_of
from ..model import Model
from .guess import account_of, score_of
from .heads import Head
from .paths import holds, is_path

__all__ = ["Match", "recognise"]

_LEAST = 3  # columns of a layout that have to be there, one of them at least with a name of the system's


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


@cache
def _columns_of(name: str) -> tuple[str, ...]:
    """The columns of the source that a layout and its metrics read; derived ones are none of the source's."""
    beside = {table: sources.get(source) for table, source in sources.needs(name).items()}
    document = {
        "format": 1,
        "tables": {"table": sources.get(name), **beside},
        "metrics": sources.metrics(name, "table"),
    }
    return tuple(column.removesuffix(ELEMENTS) for column in roles_of(Model.parse(document))["table"])


def _fit(name: str, head: Head) -> tuple[int, Match] | None:
    """How well a layout fits: how many more of its columns are there than are not."""
    table, yours = sources.get(name), sources.yours(name)
    if table["kind"] == "keys" or table.get("rows") != head.list_path:
        return None
    if any(column in table.values() for column in head.dated) != bool(head.dated):
        return None
    # of these elements each is a row: what is inside of them is not looked at
    elements = f"{table['each']['column']}." if "each" in table else None
    named = [
        column
        for column in _columns_of(name)
        if column not in head.dated and not (elements and column.startswith(elements))
    ]
    there = [column for column in named if holds(head, column)]
    missing = [column for column in named if column not in there and column not in yours]
    needed = [column for column in _needed(table) if column in named and column not in yours]
    if len(there) < _LEAST or set(there) <= set(yours) or any(column in missing for column in needed):
        return None
    if any(not is_path(column) for column in missing):  # what a path leads to may be missing, a column may not
        return None
    match = _with_own_columns(name, table, [column for column in yours if column not in there], head)
    return None if match is None else (len(there) - len(missing), match)


def _with_own_columns(name: str, table: dict[str, Any], absent: list[str], head: Head) -> Match | None:
    """The layout with columns of the file in place of those whose names stand for the user's own."""
    doubts: list[str] = []
    text = json.dumps({"table": table, "metrics": sources.metrics(name, "TABLE")})
    for column in absent:
        found = account_of(head, _columns_of(name)) if column == table["account"] else None
        if found is None and column in table.get("types", {}):
            found = score_of(head)
        if found is None:
            return None
        text = text.replace(json.dumps(column)[1:-1], json.dumps(found)[1:-1])
        doubts.append(f"`{found}` is taken for what the layout calls `{column}`")
    fitted = json.loads(text)
    return Match(name, fitted["table"], fitted["metrics"], doubts)


def _needed(table: dict[str, Any]) -> Iterable[str]:
    key = table.get("key", [])
    for column in (table["account"], table.get("time"), table.get("start"), *([key] if isinstance(key, str) else key)):
        if column is not None:
            yield column
