"""A validation as a file: JSON for programs, a page of HTML for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from .. import _core
from ..io.columns import micros_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_json", "as_page"]


def as_json(said: str, asked: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> str:
    """What was asked, the sentences, and each table as a list of rows; instants are texts."""
    rows = {name: _rows(table) for name, table in tables.items()}
    return json.dumps({"asked": asked, "explained": said.split("\n"), **rows}, indent=1, allow_nan=False) + "\n"


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            there = table.column(place).is_valid().to_pylist()
            instants = zip(micros_of(table.column(place)).tolist(), there, strict=True)
            shown = [_core.show_instant(at) if is_there else None for at, is_there in instants]
            table = table.set_column(place, field.name, pa.array(shown, pa.string()))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def as_page(title: str, fragment: str) -> str:
    """A page that needs nothing from outside."""
    style = "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;padding:0 1em;max-width:64em}"
    style += ":root{color-scheme:light dark}"
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{style}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body><h1>{escape(title)}</h1>{fragment}</body></html>\n"
