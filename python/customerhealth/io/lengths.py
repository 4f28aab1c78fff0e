"""Lengths of time as a model writes them: ``28d``, ``1mo``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError
from .columns import Ints, months_of
from .instants import DAY, WEEK

__all__ = ["DAYS_A_YEAR", "Length", "check_count", "check_length"]

_FIRST_MONDAY = 4 * DAY  # 1970-01-05, from which weeks, days and hours are counted

_WORDS = {"h": "hour", "d": "day", "w": "week", "mo": "month", "q": "quarter", "y": "year"}
_MICROS = {"h": DAY // 24, "d": DAY, "w": WEEK}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
DAYS_A_YEAR = 365.0


@dataclass(frozen=True)
class Length:
    """How many of which unit."""

    count: int
    unit: str
    """``h``, ``d``, ``w``, ``mo``, ``q`` or ``y``."""

    @classmethod
    def parse(cls, text: str) -> Length:
        """From a text. Raises ValueError where it is no length."""
        return cls(*_core.parse_length(text))

    @property
    def is_calendar(self) -> bool:
        """Whether it is of months, which differ in length."""
        return self.unit in _MONTHS

    @property
    def micros(self) -> int:
        """Only of a fixed length."""
        return self.count * _MICROS[self.unit]

    @property
    def months(self) -> int:
        """Only of a calendar length."""
        return self.count * _MONTHS[self.unit]

    def number_of(self, instants: Ints) -> Ints:
        """Which of the lengths that follow each other an instant is in.

        Calendar ones are counted from January 1970, fixed ones from Monday 1970-01-05.
        """
        if self.is_calendar:
            return months_of(instants) // self.months
        return (instants - _FIRST_MONDAY) // self.micros

    def begin_of(self, numbers: Ints) -> Ints:
        """The first instant of each length by its number."""
        if not self.is_calendar:
            return numbers * self.micros + _FIRST_MONDAY
        months = (numbers * self.months).astype("datetime64[M]")
        begins: Ints = months.astype("datetime64[us]").astype(np.int64)
        return begins

    @property
    def word(self) -> str:
        """The unit in English: ``month``."""
        return _WORDS[self.unit]

    @property
    def words(self) -> str:
        """For people: ``14 days``."""
        return f"{self.count} {self.word}{'' if self.count == 1 else 's'}"

    @property
    def times_a_year(self) -> float:
        """How often it fits a year: of 12 months, or of 365 days."""
        return 12.0 / self.months if self.is_calendar else DAYS_A_YEAR * DAY / self.micros


MOST_PERIODS = 10_000  # as many as a length may have


def check_count(name: str, count: Any, *, least: int = 1) -> int:
    """A whole number of periods, `least` to 10,000; else a DataError with the name of the argument."""
    is_whole = isinstance(count, int | float | np.integer | np.floating) and not isinstance(count, bool)
    if not is_whole or count != count or not least <= count <= MOST_PERIODS or int(count) != count:
        raise DataError(f"{name}: expected a whole number from {least} to {MOST_PERIODS:,}, got {count!r}")
    return int(count)


def check_length(name: str, length: Any, *, required: bool = False) -> None:
    """Refuse what is no length, by the name of the argument; None is one unless `required`."""
    if length is None and not required:
        return
    if not isinstance(length, str):
        raise DataError(f"{name}={length!r}: expected a length of time as a text, such as '28d' or '1mo'")
    try:
        _core.add_length(0, length, 1)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}={length!r}: {error}") from None
