"""Columns inside of structs, lists and texts of JSON, in the rows of a head."""

from __future__ import annotations

import json
import re
from typing import Any

from .heads import Head

__all__ = ["holds", "is_path", "with_inner_columns"]

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\[([^=\]]+)=([^\]]*)\]")
_DEEPEST = 3


def is_path(column: str) -> bool:
    """Whether a column's name may lead into another one."""
    return "." in column or "[" in column


def holds(head: Head, column: str) -> bool:
    """Whether a table has a column, or a row of it where its path leads to something."""
    if column in head.columns:
        return True
    root = next((name for name in head.columns if column.startswith((f"{name}.", f"{name}["))), None)
    return root is not None and any(_walks(row.get(root), column[len(root) :]) for row in head.rows)


def with_inner_columns(head: Head) -> Head:
    """The head with a column for each value inside of structs and texts of JSON, under its path."""
    rows = [dict(_flat(row, "", 0)) for row in head.rows]
    return head._replace(
        columns=list(dict.fromkeys([*head.columns, *(name for row in rows for name in row)])), rows=rows
    )


def _flat(row: dict[str, Any], path: str, depth: int) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in row.items():
        found.append((path + name, value))
        inner = _inside(value)
        if isinstance(inner, dict) and depth < _DEEPEST:
            found += _flat(inner, f"{path}{name}.", depth + 1)
    return found


def _inside(value: Any) -> Any:
    """The value, or what a text of JSON holds."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _walks(value: Any, path: str) -> bool:
    for match in _STEP.finditer(path):
        name, index, key, wanted = match.groups()
        value = _inside(value)
        if name is not None and isinstance(value, dict) and name in value:
            value = value[name]
        elif index is not None and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif key is not None and isinstance(value, list):
            value = next((each for each in value if isinstance(each, dict) and _inner(each, key) == wanted), None)
            if value is None:
                return False
        else:
            return False
    return True


def _inner(value: Any, path: str) -> str | None:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None else str(value)
