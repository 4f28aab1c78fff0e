"""Rows as JSON: an object a row, instants as ISO texts, decimals with all their digits."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .results import rows_in_python

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["json_rows"]


def json_rows(table: pa.Table) -> Iterator[str]:
    """Each row as an object on a line; a million rows take no more memory than a batch of them."""
    for batch in table.to_batches():
        yield from (_line(row) for row in rows_in_python(type(table).from_batches([batch])))


def _line(row: dict[str, Any]) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False, default=_iso)
    except (ValueError, DataError):
        return _json(row)


def _json(value: Any) -> str:
    """What Python's module does not write: decimals with all their digits, and null for what JSON has no number for."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {_json(of)}" for name, of in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_json(each) for each in value) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    return json.dumps(value, ensure_ascii=False, default=_iso)


def _iso(value: object) -> str:
    if not hasattr(value, "isoformat"):
        raise DataError(f"a value of type {type(value).__name__} is nothing that JSON can hold")
    return str(value.isoformat()).replace("+00:00", "Z")
