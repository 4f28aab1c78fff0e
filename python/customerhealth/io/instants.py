"""As-of dates: whatever people hold, as UTC microseconds.

An as-of is exclusive: only rows strictly before it are seen. "The end of June 2026" is ``2026-07-01``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import DataError, with_suggestion
from .zones import stepped, zone_of

__all__ = ["DAY", "FOREVER", "WEEK", "AsOf", "AsOfs", "dates", "instant_of", "one_instant", "one_of", "to_micros"]

AsOf: TypeAlias = str | date | datetime | np.datetime64
"""One date: a text in ISO form, a date, a datetime (naive is UTC; pandas' Timestamp is one) or a NumPy instant."""
AsOfs: TypeAlias = AsOf | Iterable[AsOf] | npt.NDArray[Any]
"""One date or many: a list, an array, a column of pyarrow, pandas or polars."""
InstantArray: TypeAlias = npt.NDArray[np.int64]

DAY = 86_400_000_000  # microseconds
WEEK = 7 * DAY
FOREVER = 2**63 - 1  # later than any instant: where something has not ended

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_FITS = "an as-of is a date, a datetime (naive is UTC), a numpy or pandas instant or a text such as '2026-07-01'"
_MOST_DATES = 1_000_000


def dates(start: AsOf, end: AsOf, *, every: str) -> npt.NDArray[np.datetime64]:
    """As-of dates from `start` on, `every` so often, up to `end`.

    Parameters
    ----------
    start : date-like
        The first one. Where it has a zone (a datetime, a pandas Timestamp, a text with an offset), days, weeks and
        months are counted on the clocks of that zone: the months of Berlin begin at Berlin's midnights.
    end : date-like
        The last one, where the grid meets it; otherwise the grid stops before it.
    every : str
        A length: ``12h``, ``7d``, ``4w`` are fixed, ``1mo``, ``1q``, ``1y`` follow the calendar. Calendar steps are
        counted from `start`, so that a grid that begins on the 31st keeps to the ends of months.

    Returns
    -------
    ndarray of datetime64[us]
        UTC. As an as-of is exclusive, the ends of months are the firsts of the next months.

    Raises
    ------
    DataError
        If `end` is before `start`, or `every` is no length.

    Examples
    --------
    >>> import customerhealth as ch
    >>> [str(d)[:10] for d in ch.dates("2026-01-31", "2026-04-30", every="1mo")]
    ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']
    >>> len(ch.dates("2026-01-01", "2026-01-20", every="7d"))
    3
    >>> from datetime import datetime
    >>> from zoneinfo import ZoneInfo
    >>> march = datetime(2026, 3, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> [str(d)[:16] for d in ch.dates(march, "2026-05-01", every="1mo")]
    ['2026-02-28T23:00', '2026-03-31T22:00', '2026-04-30T22:00']
    """
    first, last = instant_of(start), instant_of(end)
    if last < first:
        raise DataError(f"dates: the end {_shown(end)} is before the start {_shown(start)}")
    zone = zone_of(start)

    def step(count: int) -> int:
        return _core.add_length(first, every, count) if zone is None else stepped(first, every, count, zone)

    grid: list[int] = []
    try:
        endless = _core.add_length(first, every, _MOST_DATES) <= last
        while not endless and (at := step(len(grid))) <= last and (not grid or at > grid[-1]):
            grid.append(at)
    except (TypeError, ValueError) as error:
        raise DataError(f"dates: every={every!r}: {error}") from None
    except OverflowError:
        raise DataError("dates: a grid in a zone ends in the year 9999") from None
    if endless:
        raise DataError(f"dates: every={every!r} gives more than {_MOST_DATES:,} dates; take a longer step")
    return np.array(grid, dtype=np.int64).astype("datetime64[us]")


def to_micros(as_ofs: object) -> InstantArray:
    """One as-of or many as int64 microseconds UTC, in the order given."""
    if isinstance(as_ofs, str | date | np.datetime64):
        return np.array([instant_of(as_ofs)], dtype=np.int64)
    if isinstance(as_ofs, np.ndarray):
        return _from_numpy(as_ofs)
    if _is_arrow(as_ofs):
        return _from_arrow(as_ofs)
    if isinstance(as_ofs, Iterable) and not isinstance(as_ofs, bytes | dict):
        values = list(as_ofs)
        kinds = {getattr(value, "dtype", None) if isinstance(value, np.datetime64) else None for value in values}
        if len(kinds) == 1 and None not in kinds:  # many of one unit at once
            return _from_numpy(np.array(values))
        return np.array([instant_of(value) for value in values], dtype=np.int64)
    return np.array([instant_of(as_ofs)], dtype=np.int64)


def instant_of(value: Any) -> int:
    """Microseconds of one date, datetime (naive is UTC), numpy, pandas or pyarrow instant, or text."""
    if isinstance(value, str):
        parsed = _core.parse_instant(value)
        if parsed is None:
            raise DataError(f"{value!r} is no date: write it as '2026-07-01' or '2026-07-01T12:00:00+02:00'")
        return parsed
    if isinstance(value, np.datetime64):
        return int(_from_numpy(np.array([value]))[0])
    if isinstance(value, datetime):
        return _from_datetime(value)
    if isinstance(value, date):
        return (datetime(value.year, value.month, value.day, tzinfo=timezone.utc) - _EPOCH) // _MICROSECOND
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return int(_from_numpy(value)[0])
    if hasattr(value, "as_py"):  # a pyarrow scalar
        import pyarrow as pa

        return int(_from_arrow(pa.array([value], type=value.type))[0])
    raise DataError(f"{value!r} ({type(value).__name__}) is no as-of: {_FITS}")


def _from_datetime(value: datetime) -> int:
    if value != value:  # pandas.NaT is a datetime
        raise DataError(f"an as-of is missing (NaT): {_FITS}")
    if hasattr(value, "to_pydatetime"):  # pandas.Timestamp; its nanoseconds are floored
        value = value.to_pydatetime(warn=False)
    if type(value) is not datetime:  # pendulum.DateTime, Airflow's, has a minus of its own
        clock = (value.hour, value.minute, value.second, value.microsecond)
        value = datetime(value.year, value.month, value.day, *clock, tzinfo=value.tzinfo, fold=value.fold)
    aware = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
    return (aware - _EPOCH) // _MICROSECOND


def _from_numpy(values: npt.NDArray[Any]) -> InstantArray:
    flat = np.atleast_1d(values).ravel()
    if flat.dtype.kind != "M":
        return np.array([instant_of(value) for value in flat.tolist()], dtype=np.int64)
    if np.isnat(flat).any():
        raise DataError(f"as-of {int(np.isnat(flat).argmax())} is missing (NaT): {_FITS}")
    unit, count = np.datetime_data(flat.dtype)
    if unit == "generic":
        raise DataError(f"an as-of is a datetime64 without a unit: {_FITS}")
    if unit in ("ns", "ps", "fs", "as"):  # finer than ours: floored, also before 1970
        per_micro = {"ns": 10**3, "ps": 10**6, "fs": 10**9, "as": 10**12}[unit]
        return np.array([int(v) * count // per_micro for v in flat.astype(np.int64).tolist()], dtype=np.int64)
    micros = flat.astype("datetime64[us]")
    if (micros.astype(flat.dtype) != flat).any():
        raise DataError("an as-of does not fit 64 bits of microseconds: years -290307 to 294246 do")
    return micros.astype(np.int64)


def _is_arrow(value: object) -> bool:
    return any(hasattr(value, name) for name in ("__arrow_c_array__", "__arrow_c_stream__", "combine_chunks"))


def _from_arrow(value: Any) -> InstantArray:
    import pyarrow as pa

    if not isinstance(value, pa.Array | pa.ChunkedArray):
        try:
            value = pa.array(value) if hasattr(value, "__arrow_c_array__") else pa.chunked_array(value)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DataError(f"{type(value).__name__} is no list of as-ofs: {error}") from error
    kind = value.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return np.array([instant_of(item) for item in value.to_pylist()], dtype=np.int64)
    if value.null_count:
        raise DataError(f"an as-of is missing (null): {_FITS}")
    if pa.types.is_date(kind):
        return _from_numpy(value.cast(pa.timestamp("s")).cast(pa.int64()).to_numpy().astype("datetime64[s]"))
    # The unit of the type, not Python's datetimes: those stop at the year 9999.
    return _from_numpy(value.cast(pa.int64()).to_numpy().astype(f"datetime64[{kind.unit}]"))


def _shown(value: object) -> str:
    return _core.show_instant(instant_of(value))


def one_instant(date: AsOf, name: str) -> int:
    """Microseconds of the one date given; else a DataError that names it."""
    given = to_micros(date)
    if len(given) != 1:
        raise DataError(f"{name}: expected one date, got {len(given)}")
    return int(given[0])


def one_of(as_ofs: list[int], date: AsOf, name: str, panel: str) -> int:
    """The one date given, which is among a panel's as-ofs; else a DataError that names both."""
    micros = one_instant(date, name)
    if micros not in as_ofs:
        asked = _core.show_instant(micros)
        there = (_core.show_instant(at) for at in as_ofs)
        raise DataError(with_suggestion(f"{name}: {asked} is no as-of of {panel}", asked, there))
    return micros
