"""Spark, 4.1 and later: a portfolio on many machines, to the bit what one machine gives.

``pip install 'customerhealth[spark]'`` here, and the package on the workers; a JDK, 17 or later, is Spark's own need.
"""

from __future__ import annotations

from .panel import SparkPanel, score

__all__ = ["SparkPanel", "score"]
