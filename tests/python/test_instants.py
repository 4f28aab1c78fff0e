"""As-of dates in all the forms that people hold, and grids of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth.io.instants import to_micros

DAY = 86_400_000_000
JULY = 1_782_864_000_000_000  # 2026-07-01
BERLIN = timezone(timedelta(hours=2))


class OwnMinus(datetime):
    """A datetime whose difference is no timedelta, as pendulum's and so Airflow's."""

    def __sub__(self, other: Any) -> Any:
        raise TypeError("no timedelta")


@pytest.mark.parametrize(
    "value",
    [
        "2026-07-01",
        "2026-07-01T00:00:00Z",
        "2026-07-01T02:00:00+02:00",
        date(2026, 7, 1),
        datetime(2026, 7, 1),
        OwnMinus(2026, 7, 1),
        OwnMinus(2026, 7, 1, 2, tzinfo=BERLIN),
        datetime(2026, 7, 1, 2, tzinfo=BERLIN),
        np.datetime64("2026-07-01"),
        np.datetime64("2026-07", "M"),
        np.datetime64("2026-07-01T00:00:00.000000000", "ns"),
        pd.Timestamp("2026-07-01"),
        pd.Timestamp("2026-07-01T02:00", tz="Europe/Berlin"),
        pa.scalar(date(2026, 7, 1)),
        pa.scalar(datetime(2026, 7, 1), pa.timestamp("ns")),
        ["2026-07-01"],
        (date(2026, 7, 1),),
        {date(2026, 7, 1)},
        np.array(["2026-07-01"], dtype="datetime64[D]"),
        np.array("2026-07-01", dtype="datetime64[D]"),
        np.array(["2026-07-01"]),
        np.array([date(2026, 7, 1)], dtype=object),
        pd.DatetimeIndex(["2026-07-01"]),
        pd.DatetimeIndex(["2026-07-01T02:00"]).tz_localize("Europe/Berlin"),
        pd.Series(pd.DatetimeIndex(["2026-07-01T02:00"]).tz_localize("Europe/Berlin")),
        pd.Series(["2026-07-01"]),
        pl.Series([date(2026, 7, 1)]),
        pl.Series([datetime(2026, 7, 1, 9)]).dt.replace_time_zone("Asia/Tokyo"),
        pl.Series(["2026-07-01"]),
        pa.array([date(2026, 7, 1)]),
        pa.array([date(2026, 7, 1)], pa.date64()),
        pa.array(["2026-07-01"]).dictionary_encode(),
        pa.chunked_array([[datetime(2026, 7, 1)]], pa.timestamp("s")),
    ],
    ids=lambda value: f"{type(value).__module__.partition('.')[0]}-{type(value).__name__}",
)
def test_every_form_of_a_date_is_the_same_instant(value: Any) -> None:
    assert to_micros(value).tolist() == [JULY]


@pytest.mark.parametrize(
    "value",
    [
        np.datetime64("1969-12-31T23:59:59.999999999"),
        pd.Timestamp("1969-12-31T23:59:59.999999999"),
        pa.array([-1], pa.timestamp("ns")),
        np.array([-1], dtype="datetime64[ps]"),
    ],
    ids=["numpy", "pandas", "arrow", "picoseconds"],
)
def test_finer_than_a_microsecond_is_floored_also_before_1970(value: Any) -> None:
    assert to_micros(value).tolist() == [-1]


def test_order_and_repeats_are_left_to_the_core() -> None:
    assert to_micros(["1970-01-03", "1970-01-02", "1970-01-03"]).tolist() == [2 * DAY, DAY, 2 * DAY]


def test_no_dates_are_no_dates() -> None:
    assert to_micros([]).tolist() == []
    assert to_micros(np.array([], dtype="datetime64[us]")).dtype == np.int64


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("July", r"'July' is no date: write it as '2026-07-01'"),
        ("2026-02-30", "is no date"),
        (20260701, r"20260701 \(int\) is no as-of"),
        (None, "NoneType"),
        (["2026-07-01", None], "NoneType"),
        (pd.NaT, r"missing \(NaT\)"),
        (np.datetime64("NaT", "us"), r"missing \(NaT\)"),
        (np.array(["2026-07-01", "NaT"], dtype="datetime64[D]"), "as-of 1 is missing"),
        (pa.array([date(2026, 7, 1), None]), r"missing \(null\)"),
        (np.datetime64(1_000_000, "Y"), "does not fit 64 bits"),
        (b"2026-07-01", "bytes"),
        ({"at": 1}, "dict"),
        (np.array([1.5]), "float"),
    ],
)
def test_what_is_no_date_is_refused(value: Any, message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        to_micros(value)


def test_calendar_steps_are_counted_from_the_start() -> None:
    grid = ch.dates("2024-01-31", "2024-05-31", every="1mo")
    assert [str(d)[:10] for d in grid] == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_the_end_is_in_only_where_the_grid_meets_it() -> None:
    assert len(ch.dates("2026-01-01", "2026-01-29", every="7d")) == 5
    assert len(ch.dates("2026-01-01", "2026-01-28", every="7d")) == 4
    assert ch.dates("2026-01-01", "2026-01-01", every="1y").tolist() == [datetime(2026, 1, 1)]


def test_a_grid_takes_any_form_of_a_date_and_keeps_the_time_of_day() -> None:
    grid = ch.dates(datetime(2026, 1, 1, 6), pd.Timestamp("2026-01-02"), every="12h")
    assert grid.dtype == np.dtype("datetime64[us]")
    assert grid.tolist() == [datetime(2026, 1, 1, 6), datetime(2026, 1, 1, 18)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2026-07-01", "2026-01-01", "7d"), "the end 2026-01-01 is before the start 2026-07-01"),
        (("2026-01-01", "2026-07-01", "7"), "every='7': '7' is no length"),
        (("2026-01-01", "2026-07-01", "0d"), "is no length"),
        (("2026-01-01", "July", "1d"), "'July' is no date"),
        (("0001-01-01", "9999-01-01", "1h"), "take a longer step"),
    ],
)
def test_grids_that_make_no_sense_are_refused(arguments: tuple[str, str, str], message: str) -> None:
    start, end, every = arguments
    with pytest.raises(ch.DataError, match=message):
        ch.dates(start, end, every=every)


# ---- grids in a zone -------------------------------------------------------------------------------------------------

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]


@pytest.mark.parametrize("every", ["1d", "7d", "2w", "1mo", "1q", "1y"])
@pytest.mark.parametrize("zone", ZONES)
def test_a_grid_from_a_zoned_start_keeps_to_the_midnights_of_its_zone(zone: str, every: str) -> None:
    start = datetime(2025, 1, 1, tzinfo=ZoneInfo(zone))
    grid = ch.dates(start, "2027-01-02", every=every)
    local = [datetime.fromisoformat(f"{at}+00:00").astimezone(ZoneInfo(zone)) for at in grid.astype(str)]
    assert {at.timetz().replace(tzinfo=None) for at in local} == {time(0)}
    plain = ch.dates("2025-01-01", "2027-01-02", every=every)
    assert [at.date().isoformat() for at in local] == [str(at)[:10] for at in plain][: len(local)]


def test_every_kind_of_zoned_start_steps_alike() -> None:
    start = datetime(2026, 1, 31, tzinfo=ZoneInfo("Europe/Berlin"))
    stamp = pd.Timestamp("2026-01-31", tz="Europe/Berlin")
    scalar = pa.scalar(start, pa.timestamp("us", "Europe/Berlin"))
    grid = ["2026-01-30T23:00", "2026-02-27T23:00", "2026-03-30T22:00", "2026-04-29T22:00"]
    for given in (start, stamp, scalar):
        assert [str(at)[:16] for at in ch.dates(given, "2026-05-01", every="1mo")] == grid
    hours = [str(at)[:16] for at in ch.dates("2026-01-31T00:00:00+01:00", "2026-05-01", every="1mo")]
    assert hours == ["2026-01-30T23:00", "2026-02-27T23:00", "2026-03-30T23:00", "2026-04-29T23:00"]
    for naive in ("2026-01-31", "2026-01-31T00:00:00Z", start.replace(tzinfo=None), start.replace(tzinfo=timezone.utc)):
        assert [str(at)[:10] for at in ch.dates(naive, "2026-03-01", every="1mo")] == ["2026-01-31", "2026-02-28"]


def test_hours_are_hours_in_every_zone() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert [str(at)[:16] for at in ch.dates(before, "2026-03-29T11:00", every="24h")] == [
        "2026-03-28T11:00",
        "2026-03-29T11:00",
    ]
    assert [str(at)[:16] for at in ch.dates(before, "2026-03-29T11:00", every="1d")] == [
        "2026-03-28T11:00",
        "2026-03-29T10:00",
    ]


def test_of_an_hour_that_comes_twice_a_datetime_says_which() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for kind in (datetime, OwnMinus):
        first, second = to_micros([kind(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1)])
        assert second - first == 3_600_000_000


def test_an_hour_that_never_comes_is_the_jump_and_of_one_that_comes_twice_the_first() -> None:
    zone = ZoneInfo("Europe/Berlin")
    spring = ch.dates(datetime(2026, 3, 28, 2, 30, tzinfo=zone), "2026-03-30T12:00", every="1d")
    assert [str(at)[:16] for at in spring] == ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]
    autumn = ch.dates(datetime(2026, 10, 24, 2, 30, tzinfo=zone), "2026-10-26T12:00", every="1d")
    assert [str(at)[:16] for at in autumn] == ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]


def test_dates_beyond_the_year_9999_are_as_ofs_where_64_bits_hold_them() -> None:
    far = pa.array([2_932_897], pa.int32()).cast(pa.date32())  # 10000-01-01
    assert to_micros(far).tolist() == [2_932_897 * 86_400_000_000]
    with pytest.raises(ch.DataError, match="a grid in a zone ends in the year 9999"):
        ch.dates(datetime(9999, 11, 1, tzinfo=ZoneInfo("Europe/Berlin")), np.datetime64("10001-01-01"), every="1mo")
