"""Cells as a source has them, and what they are by a table's `types` and `zone` (section 1)."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .instants import DAY, Instant
from .zones import EPOCH, MICRO, instant_of

UNITS = {
    "s": Fraction(1_000_000),
    "ms": Fraction(1000),
    "us": Fraction(1),
    "ns": Fraction(1, 1000),
    "d": Fraction(DAY),
}
"""Microseconds in each."""
TRUTHS = {"true": True, "t": True, "yes": True, "y": True, "false": False, "f": False, "no": False, "n": False}
ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?\s*(Z|UTC|[+-]\d\d:?\d\d)?)?")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SEGMENT = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\[([^=\]]+)=([^\]]*)\]")


@dataclass(frozen=True)
class Stamp:
    """A timestamp as a column has it: so many units since 1970, of UTC or (`naive`) of a clock on the wall."""

    ticks: int
    unit: str
    naive: bool

    def __int__(self) -> int:
        return self.ticks


def micros(ticks: Any, unit: str) -> int:
    """Finer than a microsecond is floored."""
    return int(Fraction(ticks) * UNITS[unit] // 1)


def in_zone(wall: int, zone: str | None) -> Instant:
    return Instant(wall) if zone in (None, "UTC") else instant_of(wall, str(zone))


def plain(cell: Any, zone: str | None) -> Any:
    """A cell that `types` says nothing of."""
    if not isinstance(cell, Stamp):
        return cell
    found = micros(cell.ticks, cell.unit)
    return in_zone(found, zone) if cell.naive else Instant(found)


def typed(cell: Any, type_: Any, zone: str | None) -> Any:
    """A cell of a column that `types` names."""
    if cell is None:
        return None
    if isinstance(type_, dict):
        return instant(cell, type_["instant"], type_.get("zone", zone))
    if type_ == "instant":
        return from_text(cell, zone) if isinstance(cell, str) else plain(cell, zone)
    if type_ == "boolean":
        return truth(cell)
    if type_ == "text":
        return cell if isinstance(cell, str) else str(cell)
    assert type_ == "number"
    return number(cell) if isinstance(cell, str) else cell


def instant(cell: Any, how: str, zone: str | None) -> Instant | None:
    if how in UNITS:
        ticks = number(cell) if isinstance(cell, str) else cell
        return None if ticks is None or ticks != ticks else Instant(micros(ticks, how))
    moment = dt.datetime.strptime(cell, how)
    if moment.tzinfo is not None:
        return Instant((moment - EPOCH.replace(tzinfo=dt.timezone.utc)) // MICRO)
    return in_zone((moment - EPOCH) // MICRO, zone)


def from_text(text: str, zone: str | None) -> Instant:
    match = ISO.fullmatch(text.strip())
    assert match, text
    day, time, fraction, ahead = match.groups()
    wall = (dt.datetime.fromisoformat(f"{day} {time or '00:00'}") - EPOCH) // MICRO
    wall += int(((fraction or "") + "000000")[:6])
    if ahead is None:
        return in_zone(wall, zone)
    if ahead in ("Z", "UTC"):
        return Instant(wall)
    minutes = int(ahead[1:3]) * 60 + int(ahead[-2:])
    return Instant(wall - (-1 if ahead[0] == "-" else 1) * minutes * 60_000_000)


def number(text: str) -> Any:
    """The number that a text is, an integer as one; None where it is none."""
    text = text.strip(" ")
    if not NUMBER.fullmatch(text):
        return None
    found = int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
    return None if isinstance(found, float) and found in (float("inf"), float("-inf")) else found


def truth(cell: Any) -> bool | None:
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        return TRUTHS[cell.lower()]
    assert cell in (0, 1), cell
    return bool(cell)


def segments(path: str) -> list[Any]:
    """A name, a place in a list, or a pair: the element of a list whose first is its second."""
    found: list[Any] = []
    while path:
        match = SEGMENT.match(path)
        assert match, path
        name, place, key, value = match.groups()
        found.append(name if name is not None else int(place) if place is not None else (key, value))
        path = path[match.end() :]
    return found


def walk(value: Any, path: str) -> Any:
    """What stands at the end of a path through structs, maps (lists of pairs), lists and JSON text; None: nothing."""
    for step in segments(path):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return None
        value = one_step(value, step)
    return value


def one_step(value: Any, step: Any) -> Any:
    if isinstance(value, dict):
        return value.get(step) if isinstance(step, str) else None
    if not isinstance(value, list):
        return None
    if isinstance(step, int):
        return value[step] if step < len(value) else None
    if isinstance(step, str):  # a map
        return next((found for key, found in (pair for pair in value if isinstance(pair, tuple)) if key == step), None)
    key, wanted = step
    return next((part for part in value if isinstance(part, dict) and part.get(key) == wanted), None)
