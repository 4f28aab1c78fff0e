"""Periods that summaries and lifetimes count in."""

from __future__ import annotations

from ..errors import DataError
from ..io.columns import Ints, months_of
from ..io.instants import DAY
from ..io.lengths import Length

__all__ = ["Periods"]

_MONDAY = -3 * DAY  # 29 December 1969: weeks begin on Mondays


class Periods:
    """Numbers periods, so that the difference of two is how many lie between."""

    def __init__(self, period: str) -> None:
        try:
            self.length = Length.parse(period)
        except ValueError:
            raise DataError(f"period={period!r}: expected a length such as '1d', '1w' or '1mo'") from None

    def of(self, micros: Ints) -> Ints:
        """The number of each instant's period."""
        if self.length.is_calendar:
            return months_of(micros) // self.length.months
        return (micros - _MONDAY if self.length.unit == "w" else micros) // self.length.micros
