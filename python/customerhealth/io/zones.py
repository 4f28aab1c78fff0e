"""Steps of a calendar in the zone of an instant."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from .. import _core

__all__ = ["stepped", "zone_names", "zone_of", "zone_rules"]

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_OFFSET = re.compile(r"[T ].*([+-])(\d\d):?(\d\d)$")


def zone_rules(name: str) -> bytes | None:
    """The TZif file of an IANA zone, from where zoneinfo has it; None: there is no such zone. The core asks for it."""
    import os
    import zoneinfo
    from importlib import resources

    if name not in zoneinfo.available_timezones():
        return None
    parts = name.split("/")
    for folder in zoneinfo.TZPATH:
        path = os.path.join(folder, *parts)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                return file.read()
    try:
        return resources.files("tzdata").joinpath("zoneinfo", *parts).read_bytes()
    except (ImportError, OSError):
        return None


def zone_names() -> list[str]:
    """The IANA zones that there are."""
    import zoneinfo

    return sorted(zoneinfo.available_timezones())


def zone_of(value: Any) -> tzinfo | None:
    """The zone of a datetime, a pandas Timestamp, a pyarrow scalar or a text with an offset; None: UTC or naive."""
    if isinstance(value, str):
        return _offset_of(value)
    found = value.tzinfo if isinstance(value, datetime) else None
    # A pyarrow scalar has the name in its type; pytz gives each offset of a zone a tzinfo of its own.
    named = getattr(value.type, "tz", None) if hasattr(value, "as_py") else getattr(found, "zone", None)
    if isinstance(named, str):
        from zoneinfo import ZoneInfo

        found = _offset_of(f"T{named}") or ZoneInfo("UTC" if named.startswith(("+", "-")) else named)
    is_utc = found is timezone.utc or str(found) in ("UTC", "Etc/UTC")
    return None if found is None or is_utc else found


def _offset_of(text: str) -> tzinfo | None:
    found = _OFFSET.search(text.strip())
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return None if not size else timezone(-size if sign == "-" else size)


def stepped(micros: int, every: str, count: int, zone: tzinfo) -> int:
    """The instant `count` steps after one, on the clocks of the zone: days, weeks and months begin at its midnights.

    Of an hour that comes twice it is the first; of one that never comes, the instant of the jump. Hours are hours.
    """
    if every.strip().endswith("h"):
        return _core.add_length(micros, every, count)
    local = (_EPOCH + micros * _MICROSECOND).replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)
    stood = _core.add_length((local - _EPOCH) // _MICROSECOND, every, count)
    if count == 0:
        return micros
    return _in_utc(_EPOCH + stood * _MICROSECOND, zone)


def _in_utc(local: datetime, zone: tzinfo) -> int:
    early, late = (_with(local, zone, fold) for fold in (0, 1))
    if early <= late:  # they differ where the hour comes twice
        return early
    # It never comes: the jump lies between the two readings.
    before, after = late, early
    offset = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after


def _with(local: datetime, zone: tzinfo, fold: int) -> int:
    offset = local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()
    return (local - _EPOCH - offset) // _MICROSECOND


def _offset(micros: int, zone: tzinfo) -> timedelta | None:
    return (_EPOCH + micros * _MICROSECOND).replace(tzinfo=timezone.utc).astimezone(zone).utcoffset()
