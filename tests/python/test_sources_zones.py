"""Naive times in a zone, against Python's zoneinfo: all jumps of a dozen zones since 1970, and the hours beside."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from arrow_tables import as_array
from oracle import Instant
from oracle.cells import Stamp
from oracle.instants import DAY, HOUR, parse_instant
from oracle.zones import instant_of, transitions, wall_of
from source_strategies import wall_text

ZONES = ["Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu", "Europe/Berlin"]
ZONES += [
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Antarctica/Troll",
    "Asia/Pyongyang",
    "Africa/Monrovia",
]
ZONES += ["Pacific/Kwajalein", "America/Caracas", "Asia/Gaza", "Europe/Moscow"]
BEGIN, END = parse_instant("1970-01-01"), parse_instant("2040-01-01")
FAR = [
    "1999-12-31T23:59:59.999999",
    "2050-03-27T02:30",
    "2050-10-30T02:30",
    "2099-07-01",
    "1969-12-31T23:30",
    "1970-01-01",
]
EVENTS = {"kind": "events", "account": "account_id", "time": "at"}


@cache
def walls(zone: str) -> list[int]:
    """Times of the wall beside, at and between the two sides of each jump."""
    found = {int(parse_instant(text)) for text in FAR}
    for jump in transitions(zone, BEGIN, END, 5 * DAY):
        sides = sorted((wall_of(jump - 1, zone) + 1, wall_of(jump, zone)))
        for side in sides:
            found |= {side + step for step in (-DAY, -HOUR, -1, 0, 1, HOUR // 2, HOUR)}
        found.add(sum(sides) // 2)
    return sorted(found)


def read(times: pa.Array, **spec: Any) -> list[Instant | None]:
    """The instants that the core makes of a column of times, of which each is an account of its own."""
    table = pa.table({"account_id": pa.array(range(len(times)), pa.int64()), "at": times})
    metrics = {"first": {"from": "t", "agg": "first_time"}}
    model = ch.Model.parse({"format": 1, "tables": {"t": {**EVENTS, **spec}}, "metrics": metrics})
    panel = ch.Portfolio(model, t=table).score("2200-01-01").table
    assert panel["account_id"].to_pylist() == list(range(len(times)))
    return [None if first is None else Instant(first) for first in panel["first"].cast(pa.int64()).to_pylist()]


def stamps(unit: str) -> Callable[[list[int]], pa.Array]:
    scale = {"s": 10**6, "ms": 1000, "us": 1, "ns": 1}[unit]
    more = 1000 if unit == "ns" else 1
    return lambda found: as_array([Stamp(one // scale * more, unit, True) for one in found], pa.timestamp(unit))


def texts(form: str) -> Callable[[list[int]], pa.Array]:
    return lambda found: pa.array([wall_text(one, form) for one in found])


PATTERN = "%d/%m/%Y %H:%M:%S.%f"
FORMS: dict[str, tuple[Callable[[list[int]], pa.Array], Any, int]] = {
    "us": (stamps("us"), None, 1),
    "ns": (stamps("ns"), None, 1),
    "ms": (stamps("ms"), None, 1000),
    "s": (stamps("s"), None, 10**6),
    "text": (texts("%Y-%m-%dT%H:%M:%S.%f"), "instant", 1),
    "pattern": (texts(PATTERN), {"instant": PATTERN}, 1),
    "pattern of minutes": (texts("%m/%d/%Y %I:%M %p"), {"instant": "%m/%d/%Y %I:%M %p"}, 60 * 10**6),
}


def test_zones_of_the_test_have_their_oddities() -> None:
    jumps = {zone: len(transitions(zone, BEGIN, END, 5 * DAY)) for zone in ZONES}
    assert jumps["Asia/Kathmandu"] == 1
    assert jumps["Europe/Berlin"] > 100
    apia = parse_instant("2011-12-30T10:00")
    assert wall_of(apia, "Pacific/Apia") - wall_of(apia - 1, "Pacific/Apia") == DAY + 1


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("form", ["us", "pattern"])
def test_naive_times_are_those_of_zoneinfo(zone: str, form: str) -> None:
    check(zone, form)


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "Europe/Dublin", "Pacific/Apia"])
@pytest.mark.parametrize("form", sorted(FORMS.keys() - {"us", "pattern"}))
def test_naive_times_of_each_form_are_those_of_zoneinfo(zone: str, form: str) -> None:
    check(zone, form)


def check(zone: str, form: str) -> None:
    column, type_, unit = FORMS[form]
    found = sorted({one // unit * unit for one in walls(zone)})
    spec: dict[str, Any] = {"zone": zone} | ({"types": {"at": type_}} if type_ else {})
    got = read(column(found), **spec)
    differing = [
        (wall_text(one, "%Y-%m-%d %H:%M:%S.%f"), instant, instant_of(one, zone))
        for one, instant in zip(found, got, strict=True)
        if instant != instant_of(one, zone)
    ]
    assert not differing, f"{len(differing)} of {len(found)}, (wall, core, zoneinfo): {differing[:3]}"


@pytest.mark.parametrize("zone", ZONES[:6])
def test_the_zone_of_a_type_is_that_of_its_column_alone(zone: str) -> None:
    found = walls(zone)
    got = read(texts(PATTERN)(found), zone="Asia/Kathmandu", types={"at": {"instant": PATTERN, "zone": zone}})
    assert got == [instant_of(one, zone) for one in found]


@pytest.mark.parametrize("zone", ZONES[:3])
def test_a_zone_leaves_times_that_have_one_alone(zone: str) -> None:
    found = walls(zone)
    aware = pa.array(found, pa.int64()).cast(pa.timestamp("us", "America/New_York"))
    assert read(aware, zone=zone) == found
    offsets = pa.array([wall_text(one + 330 * 60 * 10**6, "%Y-%m-%d %H:%M:%S.%f+0530") for one in found])
    assert read(offsets, zone=zone, types={"at": {"instant": "%Y-%m-%d %H:%M:%S.%f%z"}}) == found


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns", "d"])
def test_numbers_since_1970_are_no_times_of_a_wall(unit: str) -> None:
    scale = {"s": (10**6, 1), "ms": (1000, 1), "us": (1, 1), "ns": (1, 1000), "d": (DAY, 1)}[unit]
    ticks = [one // scale[0] * scale[1] for one in walls("Europe/Berlin")]
    expected = [Instant(tick * scale[0] // scale[1]) for tick in ticks]
    assert read(pa.array(ticks, pa.int64()), zone="Europe/Berlin", types={"at": {"instant": unit}}) == expected
    if unit == "s":
        halves = pa.array([tick + 0.5 for tick in ticks])
        got = read(halves, types={"at": {"instant": unit}})
        assert got == [one + 500_000 for one in expected]
