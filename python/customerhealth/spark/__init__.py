"""Spark, 4.1 and later: a portfolio on many machines, to the bit what one machine gives.

``pip install 'customerhealth[spark]'`` here, and the package on the workers; a JDK, 17 or later, is Spark's own need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .panel import SparkPanel, score

__all__ = ["SparkPanel", "score"]


def __getattr__(name: str) -> object:
    """Import the driver's side when it is asked for: workers, which unpickle tasks, need none of it."""
    if not TYPE_CHECKING and name in __all__:
        from . import panel

        globals().update({each: getattr(panel, each) for each in __all__})
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
