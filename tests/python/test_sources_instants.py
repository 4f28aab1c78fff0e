"""Instants as sources write them: units, patterns, clocks of zones."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest

import customerhealth as ch

UTC = dt.timezone.utc


def model(keys: dict[str, Any]) -> ch.Model:
    table = {"kind": "events", "account": "who", "time": "at", **keys}
    last = {"last": {"from": "orders", "agg": "last_time"}}
    return ch.Model.parse({"format": 1, "tables": {"orders": table}, "metrics": last})


def times(keys: dict[str, Any], cells: Any) -> list[dt.datetime | None]:
    """What is made of each cell."""
    values = cells if isinstance(cells, pa.Array) else pa.array(cells)
    ids = [f"{row:06d}" for row in range(len(values))]
    portfolio = ch.Portfolio(model(keys), orders=pa.table({"who": ids, "at": values}))
    panel = portfolio.score("2262-01-01").table
    found = dict(zip(panel["account_id"].to_pylist(), panel["last"].to_pylist(), strict=True))
    return [found.get(name) for name in ids]


@pytest.mark.parametrize(
    ("unit", "cells"),
    [
        ("s", [1785542398, None]),
        ("s", [1785542398.0, float("nan")]),
        ("s", ["1785542398", " "]),
        ("ms", ["1785542398000.0", ""]),
        ("us", [1785542398000000, None]),
        ("ns", pa.array([1785542398000000999, None], pa.uint64())),
        ("d", [20665 + 86398 / 86400, None]),
    ],
)
def test_counts_since_1970(unit: str, cells: Any) -> None:
    assert times({"types": {"at": {"instant": unit}}}, cells) == [
        dt.datetime(2026, 7, 31, 23, 59, 58, tzinfo=UTC),
        None,
    ]


def test_finer_counts_are_floored_and_fractions_exact() -> None:
    keys = {"types": {"at": {"instant": "s"}}}
    assert times(keys, ["1.1234569", "-0.5"])[0] == dt.datetime(1970, 1, 1, 0, 0, 1, 123456, tzinfo=UTC)
    assert times(keys, [1700000000.123])[0] == dt.datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "cell", "expected"),
    [
        ("%d.%m.%Y", "31.7.2026", (2026, 7, 31)),
        ("%m/%d/%y %I:%M %p", "7/31/26 11:59 PM", (2026, 7, 31, 23, 59)),
        ("%m/%d/%y %I:%M %p", "7/31/26 12:01 am", (2026, 7, 31, 0, 1)),
        ("%d %b %Y %H:%M:%S.%f", "31 jul 2026  23:59:58.5", (2026, 7, 31, 23, 59, 58, 500000)),
        ("%A, %B %e, %Y", "Friday, July  3, 2026", (2026, 7, 3)),
        ("%Y%m%d", "20260731", (2026, 7, 31)),
        ("%Y-%j", "2026-212", (2026, 7, 31)),
        ("%Y-%m", "2026-07", (2026, 7, 1)),
        ("%FT%T%z", "2026-07-31T23:59:58+02:00", (2026, 7, 31, 21, 59, 58)),
        ("%F %R %Z", "2026-07-31 23:59 UTC", (2026, 7, 31, 23, 59)),
        ("%m%d%Y", "1112026", (2026, 11, 1)),
    ],
)
def test_patterns_are_those_of_strptime(pattern: str, cell: str, expected: tuple[int, ...]) -> None:
    assert times({"types": {"at": {"instant": pattern}}}, [f" {cell} "]) == [dt.datetime(*expected, tzinfo=UTC)]


def test_a_pattern_reads_integers_by_their_digits() -> None:
    assert times({"types": {"at": {"instant": "%Y%m%d"}}}, [20260731]) == [dt.datetime(2026, 7, 31, tzinfo=UTC)]


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Africa/Casablanca",
        "America/Santiago",
    ],
)
def test_clocks_of_zones_are_those_of_zoneinfo(name: str) -> None:
    zone = zoneinfo.ZoneInfo(name)
    local = []
    for year in (1971, 1985, 1999, 2011, 2026, 2037, 2038, 2099, 2250):
        day = dt.datetime(year, 1, 1)
        before = None
        while day.year == year:
            offset = day.replace(tzinfo=zone).utcoffset()
            if before is not None and offset != before:
                local += [day + dt.timedelta(minutes=15 * quarter) for quarter in range(-104, 20)]
            before, day = offset, day + dt.timedelta(days=1)
        local.append(dt.datetime(year, 7, 1, 12))
    got = times({"zone": name}, pa.array(local, pa.timestamp("us")))
    for naive, instant in zip(local, got, strict=True):
        early, late = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        assert instant is not None
        shown = instant.astimezone(zone).replace(tzinfo=None)
        if shown == naive:
            assert instant == early.astimezone(UTC), naive
        else:  # it never comes: the instant is that of the jump
            assert late.utcoffset() < early.utcoffset() or late.astimezone(UTC) <= instant <= early.astimezone(UTC)
            moment = dt.timedelta(microseconds=1)
            assert (instant - moment).astimezone(zone).utcoffset() != instant.astimezone(zone).utcoffset(), naive


def test_times_that_come_twice_or_never_are_counted() -> None:
    orders = pa.table(
        {"who": ["a"] * 4, "at": ["2026-03-29 02:30", "2026-10-25 02:30", "2026-10-25 02:45", "2026-06-01"]}
    )
    found = ch.Portfolio(model({"zone": "Europe/Berlin"}), orders=orders).quality().to_pylist()
    odd = {row["check"]: (row["rows"], row["first_row"], row["example"]) for row in found}
    assert odd["time_never"] == (1, 0, "at 2026-03-29T01:00:00Z")
    assert odd["time_twice"] == (2, 1, "at 2026-10-25T00:30:00Z")


def test_what_names_its_offset_is_on_no_clock_of_the_zone() -> None:
    keys = {"zone": "Asia/Tokyo"}
    assert times(keys, ["2026-01-01T00:00:00Z", "2026-01-01 00:00+01:00", "2026-01-01"]) == [
        dt.datetime(2026, 1, 1, tzinfo=UTC),
        dt.datetime(2025, 12, 31, 23, tzinfo=UTC),
        dt.datetime(2025, 12, 31, 15, tzinfo=UTC),
    ]
    aware = pa.array([dt.datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    assert times(keys, aware) == [dt.datetime(2026, 1, 1, tzinfo=UTC)]


def test_a_column_has_a_zone_of_its_own() -> None:
    keys = {"zone": "Asia/Tokyo", "types": {"at": {"instant": "%Y-%m-%d", "zone": "UTC"}}}
    assert times(keys, ["2026-01-01"]) == [dt.datetime(2026, 1, 1, tzinfo=UTC)]


def test_files_are_read_in_the_zone_too(tmp_path: Path) -> None:
    keys = {"zone": "Europe/Berlin", "types": {"paid": {"instant": "ms"}}}
    table = pa.table({"who": ["a"], "at": ["2026-07-01 12:00"], "paid": [1782900000000]})
    pa.csv.write_csv(table, tmp_path / "orders.csv")
    for source in (table, tmp_path / "orders.csv"):
        rows = ch.Portfolio(model(keys), orders=source).rows("orders", as_of="2026-08-01")
        assert rows["at"].to_pylist() == [dt.datetime(2026, 7, 1, 10, tzinfo=UTC)]
        assert rows["paid"].to_pylist() == [dt.datetime(2026, 7, 1, 10, tzinfo=UTC)]


def test_last_days_are_those_of_the_zone() -> None:
    table = {"kind": "intervals", "account": "id", "start": "start", "end": "end", "end_is": "last_day"}
    of = ch.Model.parse({"format": 1, "tables": {"contracts": {**table, "zone": "Europe/Berlin"}}})
    days = pa.table({"id": ["a"], "start": [dt.date(2026, 1, 1)], "end": [dt.date(2026, 1, 31)]})
    rows = ch.Portfolio(of, contracts=days).rows("contracts", as_of="2026-08-01")
    assert rows["end"].to_pylist() == [dt.datetime(2026, 1, 31, 23, tzinfo=UTC)]


def test_inclusive_ends_step_by_the_unit_or_the_pattern() -> None:
    table = {"kind": "intervals", "account": "id", "start": "start", "end": "end", "end_is": "inclusive"}
    types = {"end": {"instant": "%Y-%m-%d %H:%M:%S"}}
    of = ch.Model.parse({"format": 1, "tables": {"contracts": {**table, "types": types}}})
    rows = pa.table({"id": ["a"], "start": ["2026-01-01"], "end": ["2026-01-31 23:59:59"]})
    got = ch.Portfolio(of, contracts=rows).rows("contracts", as_of="2026-08-01")
    assert got["end"].to_pylist() == [dt.datetime(2026, 2, 1, tzinfo=UTC)]


def test_a_cell_that_does_not_fit_is_told_with_what_would() -> None:
    keys = {"types": {"at": {"instant": "%d.%m.%Y"}}}
    with pytest.raises(
        ch.DataError, match=r"orders\.at\[1\]: '2026-07-31' is not a time in the pattern %d\.%m\.%Y, as 31\.07\.2026"
    ):
        times(keys, ["31.07.2026", "2026-07-31"])
    with pytest.raises(
        ch.DataError, match=r"orders\.at\[0\]: no cell of this column is a time in the pattern .*; the first is '7/31'"
    ):
        times(keys, ["7/31", "8/1"])
    with pytest.raises(ch.DataError, match=r"orders\.at\[0\]: no cell of this column is a count of ms since 1970"):
        times({"types": {"at": {"instant": "ms"}}}, ["soon"])


def test_a_cell_of_a_row_that_does_not_exist_may_be_anything() -> None:
    keys = {"types": {"at": {"instant": "%d.%m.%Y"}}, "where": "who != '000001'"}
    assert times(keys, ["31.07.2026", "Total: 1"]) == [dt.datetime(2026, 7, 31, tzinfo=UTC), None]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"zone": "Europe/Berlni"}, "there is no zone 'Europe/Berlni' .*did you mean 'Europe/Berlin'"),
        ({"zone": "../etc/passwd"}, "there is no zone"),
        ({"types": {"at": {"instant": "%d.%m.%Y", "zone": "Mars/Base"}}}, "there is no zone 'Mars/Base'"),
        ({"types": {"at": {"instant": "min"}}}, "expected s, ms, us, ns or d"),
        ({"types": {"at": {"instant": "%Q"}}}, "strptime has no %Q"),
        ({"types": {"at": {"instant": "%d.%m."}}}, "it says no year"),
        ({"types": {"at": {"instant": "%Y %d"}}}, "it says no month"),
        ({"types": {"at": {"instant": "%Y-%m-%d %I:%M"}}}, "%p names"),
        ({"types": {"at": {"instant": "ms", "zone": "UTC"}}}, "no zone goes with it"),
        ({"types": {"at": {"instant": "ms", "zoen": "UTC"}}}, "did you mean 'zone'"),
        ({"types": {"who": {"instant": "ms"}}}, "the account, which is a text or a number"),
    ],
)
def test_what_types_cannot_mean_is_refused_with_the_document(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ch.ModelError, match=words):
        model(keys)


def test_booleans_become_no_instants() -> None:
    with pytest.raises(
        ch.DataError, match="instants are read from numbers, texts, dates or timestamps, this column is bool"
    ):
        times({"types": {"at": {"instant": "s"}}}, [True])
