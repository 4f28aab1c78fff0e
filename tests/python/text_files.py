"""Models and files for tests of text files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import customerhealth as ch

EVENTS = {"kind": "events", "account": "id", "time": "at"}
INTERVALS = {"kind": "intervals", "account": "id", "start": "start", "end": "end"}


def model(metrics: dict[str, Any] | None = None, **tables: dict[str, Any]) -> ch.Model:
    document = {"format": 1, "tables": tables or {"u": EVENTS}}
    return ch.Model.parse(document | {"metrics": metrics or {"n": {"from": "u", "agg": "count"}}})


class Folder:
    """Writes files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, content: str | bytes, name: str = "u.csv") -> Path:
        path = self.path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def scored(portfolio: ch.Portfolio, as_of: str = "2026-07-01") -> list[dict[str, Any]]:
    return portfolio.score(as_of).table.drop_columns("as_of").to_pylist()
