"""What a score is made of: the metrics, scores and journeys that it reads, and their tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .. import _core
from ..errors import ModelError

__all__ = ["Reads"]

_KINDS = ("metrics", "scores", "journeys", "cohorts")


class Reads:
    """Who reads whom in a model document.

    The parser says it: each name is taken out, and what then has a problem reads it. So no formula is read twice, once
    by the parser and once by us.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = {key: document[key] for key in ("format", "tables", *_KINDS, "plays") if key in document}
        self._of: dict[str, set[str]] = {}
        for kind in _KINDS:
            for name in self._document.get(kind, {}):
                for reader in self._readers(kind, name):
                    self._of.setdefault(reader, set()).add(f"{kind}.{name}")

    def _readers(self, kind: str, name: str) -> set[str]:
        rest = {each: spec for each, spec in self._document[kind].items() if each != name}
        try:
            _core.Model(json.dumps(self._document | {kind: rest}))
        except ModelError as error:
            paths = [problem.path.split(".") for problem in error.problems]
            return {".".join(path[:2]) for path in paths if len(path) > 1}
        return set()

    def of(self, kind: str, name: str) -> set[str]:
        """All that one reads, and what those read: ``metrics.seats``, ``scores.adoption``."""
        found: set[str] = set()
        ahead = [f"{kind}.{name}"]
        while ahead:
            for each in self._of.get(ahead.pop(), ()):
                if each not in found:
                    found.add(each)
                    ahead.append(each)
        return found

    def behind(self, column: str) -> str:
        """Who makes a panel column: ``metrics.plan`` makes ``plan.gold``, ``scores.health`` makes ``health_change``."""
        whole = [f"{kind}.{column}" for kind in _KINDS if column in self._document.get(kind, {})]
        part = [f"metrics.{name}" for name in self._document.get("metrics", {}) if column.startswith(f"{name}.")]
        more = [
            f"{kind}.{name}"
            for kind in ("scores", "journeys")
            for name in self._document.get(kind, {})
            if column.startswith(f"{name}_")
        ]
        return (whole + part + sorted(more, key=len, reverse=True))[0]

    def tables(self, names: set[str]) -> set[str]:
        """The tables that metrics among these are of."""
        metrics = self._document.get("metrics", {})
        named = (metrics[name.partition(".")[2]] for name in names if name.startswith("metrics."))
        return {str(metric["from"]) for metric in named if "from" in metric}
