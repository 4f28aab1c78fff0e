"""Repeated measurements of one number."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable


class Samples:
    """Values in the order they were measured."""

    def __init__(self, values: Iterable[float]) -> None:
        self.values = tuple(values)

    @property
    def median(self) -> float:
        """Return the value that stands for all."""
        return statistics.median(self.values)

    def over(self, other: Samples) -> Samples:
        """Ratios round by round: what slows a whole round down cancels."""
        return Samples(a / b for a, b in zip(self.values, other.values, strict=True))

    def plus(self, other: Samples) -> Samples:
        """Sums round by round."""
        return Samples(a + b for a, b in zip(self.values, other.values, strict=True))

    def minus(self, other: Samples) -> Samples:
        """Differences round by round."""
        return Samples(a - b for a, b in zip(self.values, other.values, strict=True))

    def text(self, show: Callable[[float], str]) -> str:
        """Median with the least and the greatest value."""
        if len(self.values) == 1:
            return f"{show(self.median)} (n = 1)"
        return f"{show(self.median)} ({show(min(self.values))} to {show(max(self.values))}, n = {len(self.values)})"


def duration(seconds: float) -> str:
    """Show three digits in the unit that suits."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def ratio(value: float) -> str:
    """Show three digits, whole numbers above a hundred."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
