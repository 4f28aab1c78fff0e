"""Naive times in a zone (section 1, `zone`), by Python's zoneinfo."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from .instants import Instant

EPOCH = dt.datetime(1970, 1, 1)
MICRO = dt.timedelta(microseconds=1)


def wall_of(instant: int, zone: str) -> int:
    """What a clock on the wall shows at an instant, as microseconds since 1970."""
    moment = (EPOCH + int(instant) * MICRO).replace(tzinfo=dt.timezone.utc)
    return (moment.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None) - EPOCH) // MICRO


def offset(wall: int, zone: str, fold: int) -> int:
    """Microseconds that the zone is ahead of UTC at a time of its wall, by the rule before (0) or after (1) a jump."""
    moment = (EPOCH + wall * MICRO).replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=fold)
    ahead = moment.utcoffset()
    assert ahead is not None
    return ahead // MICRO


def instant_of(wall: int, zone: str) -> Instant:
    """Of an hour that comes twice the first, of one that never comes the instant of the jump."""
    before, after = wall - offset(wall, zone, 0), wall - offset(wall, zone, 1)
    if wall_of(before, zone) == wall or before == after:
        return Instant(min(before, after) if wall_of(after, zone) == wall else before)
    low, high = sorted((before, after))  # the jump is in (low, high]
    early = wall_of(low, zone) - low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wall_of(middle, zone) - middle == early else (low, middle)
    return Instant(high)


def transitions(zone: str, begin: int, end: int, step: int) -> list[int]:
    """The instants at which the zone's distance from UTC changes, found by looking every `step` and cutting in two."""

    def ahead(instant: int) -> int:
        return wall_of(instant, zone) - instant

    found = []
    for low in range(begin, end, step):
        high = low + step
        if ahead(low) == ahead(high):
            continue
        first, last = low, high
        while last - first > 1:
            middle = (first + last) // 2
            first, last = (middle, last) if ahead(middle) == ahead(first) else (first, middle)
        found.append(last)
    return found
