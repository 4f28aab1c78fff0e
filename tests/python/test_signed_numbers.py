"""A change reads the same in texts, pages and charts: with its sign, 0 without one, and – where it is not known."""

from __future__ import annotations

import json
import re
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from customerhealth.explain.words import real_minus, show_signed
from customerhealth.plot.figures import signed

DOCUMENT = {
    "format": 1,
    "tables": {"given": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"v": {"from": "given", "agg": "last", "of": "value", "window": "7d"}},
    "scores": {"s": {"measures": {"v": {"value": "v", "identity": True}}, "trend": {"over": "7d"}}},
}
DAYS = [date(2026, 1, 2), date(2026, 1, 9)]


def panel(*values: float | None) -> ch.Panel:
    """An account that was there before, of which another value is known each week."""
    days = [date(2025, 1, 1), date(2026, 1, 1), date(2026, 1, 8)]
    rows = [(day, value) for day, value in zip(days, (1.0, *values), strict=True) if value is not None]
    given = pa.table({"id": ["k"] * len(rows), "at": [at for at, _ in rows], "value": [value for _, value in rows]})
    return ch.Portfolio(ch.Model.parse(DOCUMENT), given=given).score(DAYS)


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (None, 1, "–"), (0, 1, "0.0"), (-0.0, 1, "0.0"), (0.04, 1, "0.0"), (-0.04, 1, "0.0"), (0.06, 1, "+0.1"),
        (-0.06, 1, "-0.1"), (22.5, 1, "+22.5"), (-1234.56, 1, "-1,234.6"), (0, 0, "0"), (-3, 0, "-3"), (0.4, 0, "0"),
        (1234567, 0, "+1,234,567"), (0.0004, 3, "0.000"), (-0.0006, 3, "-0.001"), (float("inf"), 1, "+inf"),
    ],
)  # fmt: skip
def test_a_change_is_written_with_its_sign_and_nothing_without(number: float | None, digits: int, text: str) -> None:
    assert show_signed(number, digits) == text
    assert signed(number, digits) == text.replace("-", "−")


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_sign_stands_where_and_only_where_a_figure_does(number: float, digits: int) -> None:
    text = show_signed(number, digits)
    assert float(text.replace(",", "")) == pytest.approx(number, abs=0.51 * 10**-digits)
    assert (text[0] in "+-") == (float(text.replace(",", "")) != 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("-3.2", "−3.2"), ("rhythm -4.2, a-1", "rhythm −4.2, a-1"), ("2026-07-01", "2026-07-01"), ("(-1)", "(−1)")],
)
def test_hyphens_of_dates_and_names_are_no_minus(text: str, shown: str) -> None:
    assert real_minus(text) == shown


@pytest.mark.parametrize(
    ("before", "now", "said", "drawn"),
    [(40.0, 40.0, "0.0 over 7d", "unchanged since"), (40.0, 62.5, "+22.5 over 7d", "+22.5 since"),
     (62.5, 40.0, "-22.5 over 7d", "−22.5 since"), (None, 40.0, "no score 7d before", "no score at 2026-01-02")],
)  # fmt: skip
def test_texts_pages_and_charts_say_the_same(before: float | None, now: float, said: str, drawn: str) -> None:
    scored = panel(before, now)
    told = scored.explain("k", "2026-01-09")
    assert f"of 100, {said}" in str(told)
    assert f"of 100, {real_minus(said)}" in told.to_html()
    assert drawn in json.loads(ch.plot.score(scored, "k").to_json())["layout"]["title"]["text"].replace("<br>", " ")


@pytest.mark.parametrize(("before", "now", "cell"), [(40.0, 40.0, "0.0"), (62.5, 40.0, "−22.5"), (None, 40.0, "–")])
def test_a_report_says_the_same(before: float | None, now: float, cell: str, tmp_path: object) -> None:
    (path,) = ch.report(panel(before, now), f"{tmp_path}/r.html")
    row = re.search(r"<a href='#a\d+'><bdi>k</bdi></a>(.*?)</?t(?:r|body)", path.read_text(encoding="utf-8"))
    assert row is not None
    assert f">{cell}<td" in row[1]
