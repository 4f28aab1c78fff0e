"""What a task does that appends to a saved portfolio: it needs no Airflow."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from typing import Any

from .._version import __version__
from ..errors import DataError
from ..portfolio import Portfolio
from .inputs import model_of, tables_of
from .scoring import counted, spent_since

__all__ = ["Appending"]


@dataclass(frozen=True)
class Appending:
    """One append: its arguments are those of :class:`AppendPortfolioOperator`, rendered."""

    portfolio: str
    tables: object
    key: object
    model: object = None
    keep_versions: int | None = 2
    threads: int | None = None

    def run(self, log: logging.Logger) -> dict[str, Any]:
        """Append the rows, let old versions go, and say what was done, small enough for a database."""
        begun = time.monotonic()
        if not isinstance(self.key, str) or self.key.strip() in ("", "None"):
            raise DataError(f"key: expected a text such as '2026-07-01', got {self.key!r}", "", "key")
        portfolio = self._open(log)
        portfolio.append(tables=tables_of(self.tables), key=self.key)
        newest = max(portfolio.versions()["version"].to_pylist())
        if self.keep_versions is not None:
            portfolio.drop(before=newest - self.keep_versions + 1)
        summary: dict[str, Any] = {
            "portfolio": self.portfolio,
            "portfolio_version": newest,
            "key": self.key,
            "accounts": len(portfolio.accounts),
            "digest": portfolio.model.digest,
            "version": __version__,
            "quality": counted(portfolio.quality().to_pylist()),
        }
        return summary | spent_since(begun)

    def _open(self, log: logging.Logger) -> Portfolio:
        """The saved portfolio; where the folder holds nothing and there is a model, a new one."""
        model = None if self.model is None else model_of(self.model)
        is_there = os.path.isdir(self.portfolio) and bool(os.listdir(self.portfolio))
        if model is not None and not is_there:
            log.info("there is no portfolio in %s yet: saving a new one", self.portfolio)
            Portfolio(model, threads=self.threads, progress=False).save(self.portfolio)
        return Portfolio.open(self.portfolio, model, threads=self.threads)
