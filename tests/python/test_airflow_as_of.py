"""Which as-of a run has, without Airflow: its context is a mapping."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

import customerhealth as ch
from customerhealth.airflow.as_of import as_of_of


def day(number: int) -> datetime:
    return datetime(2026, 7, number, tzinfo=timezone.utc)


def context(**changes: Any) -> dict[str, Any]:
    """A run that says everything, each another day."""
    return {
        "dag_run": SimpleNamespace(conf={"as_of": "2026-07-02"}),
        "partition_date": day(3),
        "data_interval_end": day(4),
        "logical_date": day(5),
        "ds": "2026-07-06",
    } | changes


WITHOUT_CONF = {"dag_run": SimpleNamespace(conf=None)}


@pytest.mark.parametrize(
    ("given", "changes", "expected"),
    [
        ("2026-07-01", {}, ("2026-07-01", "as_of=")),
        (None, {}, ("2026-07-02", 'dag_run.conf["as_of"]')),
        (None, WITHOUT_CONF, ("2026-07-03", "partition_date")),
        (None, WITHOUT_CONF | {"partition_date": None}, ("2026-07-04", "data_interval_end")),
        (
            None,
            {"dag_run": SimpleNamespace(conf={}), "partition_date": None, "data_interval_end": None},
            ("2026-07-05", "logical_date"),
        ),
    ],
)
def test_the_first_that_is_there_is_taken(given: Any, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    found = as_of_of(given, context(**changes))
    assert (found.shown, found.source) == expected


def test_a_run_that_says_none_has_none() -> None:
    with pytest.raises(ch.DataError, match=r"says no as-of: .* trigger it with the configuration \{\"as_of\""):
        as_of_of(None, {"dag_run": SimpleNamespace(conf={}), "ds": "2026-07-06", "logical_date": None})
    with pytest.raises(ch.DataError, match="says no as-of"):
        as_of_of(None, {})


def test_today_has_to_be_asked_for() -> None:
    before = datetime.now(timezone.utc).date()
    found = as_of_of("today", {})
    after = datetime.now(timezone.utc).date()
    assert before.isoformat() <= found.shown <= after.isoformat()
    assert found.source == "as_of="


@pytest.mark.parametrize("given", ["", "None", " "])
def test_a_template_that_found_nothing_is_no_as_of_and_nothing_else_stands_in(given: str) -> None:
    with pytest.raises(ch.DataError, match=r"as_of= is .*: its template found nothing"):
        as_of_of(given, context())


@pytest.mark.parametrize("given", ["soon", 7, ["2026-07-01", "2026-07-02"], float("nan")])
def test_what_is_no_date_is_named_with_where_it_stood(given: Any) -> None:
    with pytest.raises(ch.DataError, match=r'^dag_run.conf\["as_of"\]: '):
        as_of_of(None, context(dag_run=SimpleNamespace(conf={"as_of": given})))


@pytest.mark.parametrize(
    "given",
    [
        "2026-07-01",
        "2026-07-01 00:00:00+00:00",  # how a template writes a datetime
        date(2026, 7, 1),
        day(1),
        datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_dates_in_every_form_are_the_same_instant(given: Any) -> None:
    assert as_of_of(given, {}).shown == "2026-07-01"


def test_an_hour_of_the_day_is_kept() -> None:
    assert as_of_of(None, {"data_interval_end": day(1) + timedelta(hours=6)}).shown == "2026-07-01T06:00:00Z"
