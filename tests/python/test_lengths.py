"""Lengths of time as a model writes them."""

from __future__ import annotations

import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth.io.instants import DAY
from customerhealth.io.lengths import Length, check_length


@pytest.mark.parametrize(
    ("text", "length", "words"),
    [
        ("1h", Length(1, "h"), "1 hour"),
        ("28d", Length(28, "d"), "28 days"),
        ("4w", Length(4, "w"), "4 weeks"),
        ("1mo", Length(1, "mo"), "1 month"),
        ("2q", Length(2, "q"), "2 quarters"),
        ("10000y", Length(10_000, "y"), "10000 years"),
    ],
)
def test_a_length_is_how_many_of_which_unit(text: str, length: Length, words: str) -> None:
    assert Length.parse(text) == length
    assert length.words == words


@pytest.mark.parametrize(
    "text", ["", "d", "0d", "01d", "-1d", "1.5d", "1", "1 d", " 1d", "1D", "1mon", "1m", "10001d", "1d "]
)
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no length: write a whole number from 1 to 10000 and a unit"):
        Length.parse(text)
    with pytest.raises(ch.DataError, match=r"^gap='.*': '.*' is no length"):
        check_length("gap", text)


def test_a_length_that_may_be_left_out_may_be_none() -> None:
    check_length("gap", None)
    check_length("gap", "1mo", required=True)
    for required, value in ((True, None), (False, 7)):
        with pytest.raises(ch.DataError, match=f"^gap={value}: "):
            check_length("gap", value, required=required)


@pytest.mark.parametrize(("text", "micros"), [("1h", DAY // 24), ("36h", DAY * 3 // 2), ("1d", DAY), ("2w", 14 * DAY)])
def test_fixed_lengths_have_microseconds(text: str, micros: int) -> None:
    length = Length.parse(text)
    assert (length.is_calendar, length.micros) == (False, micros)


@pytest.mark.parametrize(("text", "months"), [("1mo", 1), ("2q", 6), ("3y", 36)])
def test_calendar_lengths_have_months(text: str, months: int) -> None:
    length = Length.parse(text)
    assert (length.is_calendar, length.months) == (True, months)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("1mo", 12.0),
        ("1q", 4.0),
        ("3q", 4 / 3),
        ("1y", 1.0),
        ("2y", 0.5),
        ("28d", 365 / 28),
        ("1w", 365 / 7),
        ("12h", 730.0),
    ],
)
def test_a_year_has_twelve_months_or_365_days(text: str, times: float) -> None:
    assert Length.parse(text).times_a_year == times


def test_a_period_of_clv_that_is_no_length_is_refused_in_its_own_words() -> None:
    events = {"who": ["a"], "at": ["2026-01-01"]}
    with pytest.raises(ch.DataError, match=r"^period='1x': expected a length such as '1d', '1w' or '1mo'$"):
        ch.clv.rfm(pa.table(events), account="who", time="at", period="1x")
