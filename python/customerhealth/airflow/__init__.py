"""Airflow, 2.11 and 3: operators, a sensor and ``@task.customerhealth``, a provider in the wheel itself.

Airflow is no dependency: what is here needs one that is installed. The scheduler reads DAG files all day, so that
nothing heavy is imported before a task runs.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .operators import AppendPortfolioOperator, ScorePortfolioOperator
    from .sensors import WaitForFreshTable

__all__ = ["AppendPortfolioOperator", "ScorePortfolioOperator", "WaitForFreshTable"]


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for: Airflow lists its providers without their operators."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(".sensors" if name.startswith("Wait") else ".operators", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
