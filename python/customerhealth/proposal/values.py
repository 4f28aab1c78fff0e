"""What the values of a column are: instants and how they are written, numbers, truths, texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

__all__ = ["Looks", "days_of", "looks"]

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|UTC|[+-]\d\d:?\d\d|[+-]\d\d))?)?", re.ASCII | re.IGNORECASE
)
_ZONED = re.compile(r"[T ]\d\d:\d\d.*(Z|UTC|[+-]\d\d:?\d\d|[+-]\d\d)$", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TRUTHS = {"true", "false", "t", "f", "yes", "no", "y", "n"}
_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
    ", %I:%M %p",
    ", %I:%M:%S %p",
)
_DAYS = ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d/%b/%y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y")
_PATTERNS = tuple(day + time for day in _DAYS for time in _TIMES)
_SECONDS_1990, _SECONDS_2100 = 631_152_000, 4_102_444_800
_UNITS = (("s", 1), ("ms", 1_000), ("us", 1_000_000), ("ns", 1_000_000_000))


class Looks(NamedTuple):
    """What a column seems to hold."""

    kind: str
    """``instant``, ``epoch`` (numbers that would be instants of our days), ``number``, ``boolean``, ``text``,
    ``nested``, ``nothing``."""
    written: Any = None
    """What ``types`` would say; None: nothing."""
    doubt: str | None = None
    """What else it could be, as the rest of a sentence."""
    is_naive: bool = False
    """Whether it has times of day without a zone."""


def looks(values: Sequence[Any]) -> Looks:
    """What values seem to be; those that are missing are left out before."""
    if not values:
        return Looks("nothing")
    if all(isinstance(value, bool) for value in values):
        return Looks("boolean", "boolean")
    if all(isinstance(value, date) for value in values):
        aware = any(isinstance(value, datetime) and value.tzinfo is not None for value in values)
        timed = any(isinstance(value, datetime) and value.time() != datetime.min.time() for value in values)
        return Looks("instant", "instant", is_naive=timed and not aware)
    if all(_is_number(value) for value in values):
        return _epoch([float(value) for value in values]) or Looks("number", "number")
    if all(isinstance(value, str) for value in values):
        return _texts([value.strip() for value in values])
    if any(isinstance(value, dict | list) for value in values):
        return Looks("nested")
    return Looks("text", "text")


def days_of(values: Sequence[Any], seen: Looks) -> list[date]:
    """The days of a column of instants."""
    if seen.kind != "instant":
        return []
    pattern = None if seen.written == "instant" else seen.written["instant"]
    texts = [str(value).strip() for value in values]
    return [
        datetime.fromisoformat(text[:10]).date() if pattern is None else datetime.strptime(text, pattern).date()
        for text in texts
    ]


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int | float) or type(value).__name__ == "Decimal")


def _epoch(numbers: Sequence[float]) -> Looks | None:
    for unit, factor in _UNITS:
        if all(_SECONDS_1990 * factor <= number < _SECONDS_2100 * factor for number in numbers):
            return Looks("epoch", {"instant": unit})
    return None


def _texts(values: Sequence[str]) -> Looks:
    if all(_ISO.fullmatch(value) for value in values):
        naive = any(":" in value and not _ZONED.search(value) for value in values)
        return Looks("instant", "instant", is_naive=naive)
    if all(value.lower() in _TRUTHS for value in values):
        return Looks("boolean", "boolean")
    if all(_NUMBER.fullmatch(value) for value in values):
        plain = not any(value[:1] == "0" and value[1:2].isdigit() for value in values)
        return (_epoch([float(value) for value in values]) if plain else None) or Looks("number", "number")
    fits = [pattern for pattern in _PATTERNS if all(_fits(value, pattern) for value in values)]
    if fits:
        others = f", and {fits[1]} would fit as well" if len(fits) > 1 else ""
        timed = "%H" in fits[0] or "%I" in fits[0]
        return Looks("instant", {"instant": fits[0]}, f"is read as {fits[0]}{others}", timed)
    return Looks("text", "text")


def _fits(value: str, pattern: str) -> bool:
    try:
        datetime.strptime(value, pattern)
    except ValueError:
        return False
    return True
