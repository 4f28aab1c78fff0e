"""Instants and lengths, on plain integers: the part of the document's section 0 about time."""

from __future__ import annotations

import datetime as dt
import re

FIRST, LAST = -(2**63), 2**63 - 1
HOUR = 3_600_000_000
DAY = 24 * HOUR
FIXED = {"h": HOUR, "d": DAY, "w": 7 * DAY}
MONTHS = {"mo": 1, "q": 3, "y": 12}


class Instant(int):
    """Microseconds UTC. A type of its own, so that a formula can tell it from a number."""


def clamp_instant(micros: int) -> Instant:
    return Instant(min(max(micros, FIRST), LAST))


def civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of a day number, for any year (datetime stops at 9999)."""
    era, day_of_era = divmod(day + 719468, 146097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + 400 * era + (1 if month <= 2 else 0)
    return year, month, day_of_year - (153 * shifted + 2) // 5 + 1


def day_number(year: int, month: int, day: int) -> int:
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


def days_in_month(year: int, month: int) -> int:
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return day_number(*following, 1) - day_number(year, month, 1)


def add_months(instant: int, months: int) -> int:
    """The time of day is kept, the day is cut to the month's last. The result may leave the range."""
    day, time_of_day = divmod(int(instant), DAY)
    year, month, day_of_month = civil(day)
    year, month_index = divmod(year * 12 + month - 1 + months, 12)
    month = month_index + 1
    return day_number(year, month, min(day_of_month, days_in_month(year, month))) * DAY + time_of_day


def shift(instant: int, length: str | None, sign: int) -> Instant:
    """The instant a length later (sign 1) or earlier (sign -1); no length moves nothing."""
    if length is None:
        return Instant(instant)
    match = re.fullmatch(r"(\d+)(h|d|w|mo|q|y)", length)
    assert match, length
    count, unit = int(match[1]), match[2]
    if unit in FIXED:
        return clamp_instant(int(instant) + sign * count * FIXED[unit])
    return clamp_instant(add_months(instant, sign * count * MONTHS[unit]))


def fixed_micros(length: str) -> int:
    match = re.fullmatch(r"(\d+)(h|d|w)", length)
    assert match, length
    return int(match[1]) * FIXED[match[2]]


def parse_instant(text: str) -> Instant:
    moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.timezone.utc)
    return Instant((moment - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) // dt.timedelta(microseconds=1))


def months_between(later: int, earlier: int) -> int:
    """The largest n with earlier + n months <= later."""
    (y1, m1, _), (y0, m0, _) = civil(later // DAY), civil(earlier // DAY)
    months = (y1 - y0) * 12 + m1 - m0 + 1
    while add_months(earlier, months) > later:
        months -= 1
    return months
