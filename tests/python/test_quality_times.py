"""Times in a wrong unit, and tables that were read anew: what quality() says, and where it is silent."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from findings import findings, model_of

EVENTS = {"kind": "events", "account": "id", "time": "at"}
CONTRACTS = {"kind": "intervals", "account": "id", "start": "start", "end": "end"}
TS = pa.timestamp("us", "UTC")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)


def after(*days: float | None) -> list[datetime | None]:
    """So many days after the new year of 2026."""
    return [None if day is None else NEW_YEAR + timedelta(days=day) for day in days]


def column(values: list[Any]) -> pa.Array:
    return pa.array(values, TS)


def events(times: pa.Array) -> pa.Table:
    return pa.table({"id": ["acme", "zeta"] * (len(times) // 2) + ["acme"] * (len(times) % 2), "at": times})


# --- units ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "factor", "check"),
    [
        ("s", 1_000, "after_2200"),
        ("ms", 1_000, "after_2200"),
        ("ms", 1 / 1_000, "before_1980"),
        ("us", 1 / 1_000, "before_1980"),
        ("us", 1 / 1_000_000, "before_1980"),
    ],
)
def test_times_in_another_unit_are_told(unit: str, factor: float, check: str) -> None:
    per_second = {"s": 1, "ms": 1_000, "us": 1_000_000}[unit]
    right = [int((NEW_YEAR + timedelta(days=day)).timestamp()) * per_second for day in range(20)]
    times = pa.array([int(value * factor) for value in right], pa.int64()).cast(pa.timestamp(unit))
    found = findings(model_of(events=EVENTS), events=events(times))
    assert [(name, row["rows"], row["first_row"]) for name, row in found.items()] == [(f"events: {check}", 20, 0)]
    assert found[f"events: {check}"]["example"].startswith("at ")
    assert "say the unit of at in `types`" in found[f"events: {check}"]["meaning"]
    assert findings(model_of(events=EVENTS), events=events(pa.array(right).cast(pa.timestamp(unit)))) == {}


@pytest.mark.parametrize(
    ("when", "check"),
    [
        ("1979-12-31T23:59:59.999999", "before_1980"),
        ("1980-01-01", None),
        ("2199-12-31T23:59:59.999999", None),
        ("2200-01-01", "after_2200"),
    ],
)
def test_the_edges_are_1980_and_2200(when: str, check: str | None) -> None:
    times = pa.array(["2026-01-01", when, when, "2026-01-02"])
    found = findings(model_of(events=EVENTS), events=events(times))
    assert list(found) == ([] if check is None else [f"events: {check}"])
    if check is not None:
        assert (found[f"events: {check}"]["rows"], found[f"events: {check}"]["first_row"]) == (2, 1)


def test_each_role_has_a_line_of_its_own() -> None:
    roles = {
        "contracts": CONTRACTS | {"known": "signed"},
        "accounts": {"kind": "accounts", "account": "id", "known": "c"},
    }
    contracts = pa.table(
        {
            "id": ["a", "b", "c"],
            "start": ["2026-01-01", "1970-01-20", "2026-01-01"],
            "end": ["2999-12-31", None, "9999-12-31"],
            "signed": ["2026-01-01", "2300-01-01", "2026-01-01"],
        }
    )
    accounts = pa.table({"id": ["a", "b", "c"], "c": ["2026-01-01", "2026-01-01", "1900-01-01"]})
    found = ch.Portfolio(model_of(**roles), contracts=contracts, accounts=accounts).quality().to_pylist()
    assert [(row["table"], row["check"], row["first_row"], row["example"]) for row in found] == [
        ("contracts", "before_1980", 1, "start 1970-01-20"),
        ("contracts", "after_2200", 0, "end 2999-12-31"),
        ("contracts", "after_2200", 1, "signed 2300-01-01"),
        ("accounts", "before_1980", 2, "c 1900-01-01"),
    ]
    assert "leave it empty where nothing ends" in found[1]["meaning"]


@pytest.mark.parametrize("end", ["9999-01-01", "9999-12-31T23:59:59.999", None])
def test_an_open_end_is_no_time_after_2200(end: str | None) -> None:
    contracts = pa.table({"id": ["a", "b"], "start": ["2026-01-01"] * 2, "end": ["2027-01-01", end]})
    assert findings(model_of(contracts=CONTRACTS), contracts=contracts) == {}


def test_an_infinite_end_is_none_either() -> None:
    ends = pa.array([2**63 - 1, None], pa.int64()).cast(pa.timestamp("us"))
    contracts = pa.table({"id": ["a", "b"], "start": ["2026-01-01"] * 2, "end": ends})
    assert findings(model_of(contracts=CONTRACTS), contracts=contracts) == {}


def test_a_table_that_goes_back_before_1980_year_by_year_is_old() -> None:
    years = pa.array([f"{year}-06-01" for year in range(1964, 2026)])
    assert findings(model_of(events=EVENTS), events=events(years)) == {}
    gone = pa.array([f"{year}-06-01" for year in [*range(1964, 1980), *range(1990, 2026)]])
    assert list(findings(model_of(events=EVENTS), events=events(gone))) == ["events: before_1980"]


def test_rows_that_do_not_exist_are_not_counted() -> None:
    table = pa.table({"id": [None, "a"], "at": ["1970-01-20", "2026-01-01"]})
    assert list(findings(model_of(events=EVENTS), events=table)) == ["events: null_account"]


def test_one_empty_date_among_many_is_told_once() -> None:
    times = column([datetime(1970, 1, 1, tzinfo=timezone.utc), *after(*range(20))])
    assert list(findings(model_of(events=EVENTS), events=events(times))) == ["events: far_before_others"]


# --- tables that were read anew ---------------------------------------------------------------------------------------

KNOWN = EVENTS | {"known": "known"}


def learned(days: list[float], known: list[float | None], **more: list[Any]) -> pa.Table:
    ids = [f"a{i % 3}" for i in range(len(days))]
    return pa.table({"id": ids, "at": column(after(*days)), "known": column(after(*known))} | more)


def test_most_rows_known_at_one_instant_is_a_table_read_anew() -> None:
    days = [float(day) for day in range(12)]
    found = findings(model_of(events=KNOWN), events=learned(days, [40.0] * 12))
    assert list(found) == ["events: known_at_once"]
    row = found["events: known_at_once"]
    assert (row["rows"], row["first_row"], row["example"]) == (12, None, "at 2026-01-01, known 2026-02-10")
    assert row["meaning"].startswith(
        "12 of 12 rows became known at one instant, more than a day after their time, so no as-of up to it sees them"
    )


@pytest.mark.parametrize(("at_once", "is_told"), [(5, False), (6, False), (7, True)])
def test_more_than_half_of_the_rows_are_needed(at_once: int, is_told: bool) -> None:
    days = [float(day) for day in range(12)]
    known = [20.0 if i < at_once else day + 0.1 for i, day in enumerate(days)]
    assert bool(findings(model_of(events=KNOWN), events=learned(days, known))) == is_told


@pytest.mark.parametrize(("rows", "is_told"), [(9, False), (10, True)])
def test_small_tables_are_left_alone(rows: int, is_told: bool) -> None:
    found = findings(model_of(events=KNOWN), events=learned([float(day) for day in range(rows)], [90.0] * rows))
    assert bool(found) == is_told


def test_a_nightly_load_is_no_reading_anew() -> None:
    one_day = [hour / 24 for hour in range(24)]
    assert findings(model_of(events=KNOWN), events=learned(one_day, [1.0] * 24)) == {}
    snapshot = learned([row / 1000 for row in range(12)], [0.05] * 12)
    assert findings(model_of(states=KNOWN | {"kind": "states"}), states=snapshot) == {}


@pytest.mark.parametrize(("late", "is_told"), [(30.0, False), (30.001, True)])
def test_most_rows_known_over_30_days_late_are_told(late: float, is_told: bool) -> None:
    days = [float(day) for day in range(12)]
    found = findings(model_of(events=KNOWN), events=learned(days, [day + late for day in days]))
    assert list(found) == (["events: known_long_after"] if is_told else [])


def test_a_monthly_file_is_no_reading_anew() -> None:
    days = [float(day) for day in range(120)]
    known = [30.0 * (day // 30 + 1) + 5 for day in days]  # the fifth day after each month
    assert findings(model_of(events=KNOWN), events=learned(days, known)) == {}


def test_corrections_of_a_key_do_not_make_it_late() -> None:
    roles = {
        "tickets": {"kind": "intervals", "account": "id", "start": "at", "end": "end", "known": "known", "key": "k"}
    }
    days, known, keys = [], [], []
    for ticket in range(10):
        for version in range(4):  # opened, then written anew each half a year
            days.append(float(ticket))
            known.append(ticket + version * 180.0)
            keys.append(f"t{ticket}")
    tickets = learned(days, known, k=keys).append_column("end", pa.nulls(40, TS))
    tickets = tickets.set_column(0, "id", pa.array(["acme" if key < "t5" else "zeta" for key in keys]))
    assert findings(model_of(**roles), tickets=tickets) == {}
    anew = tickets.set_column(2, "known", column(after(*[900.0] * 40)))
    row = findings(model_of(**roles), tickets=anew)["tickets: known_at_once"]
    assert (row["rows"], row["first_row"]) == (10, 0)
    assert row["meaning"].startswith("10 of 10 rows")


def test_accounts_that_all_became_known_at_one_instant_are_told() -> None:
    roles = {"events": EVENTS, "accounts": {"kind": "accounts", "account": "id", "known": "since"}}
    ids = [f"a{i}" for i in range(12)]
    usage = pa.table({"id": ids, "at": column(after(*range(12)))})
    listed = pa.table({"id": ids, "since": column(after(*[30.0] * 7, *range(5)))})
    row = findings(model_of(**roles), events=usage, accounts=listed)["accounts: known_at_once"]
    assert (row["rows"], row["first_row"], row["example"]) == (7, None, "since 2026-01-31")
    assert row["meaning"].startswith("7 of 12 accounts became known at one instant, so no as-of up to it sees them")
    changed = pa.concat_tables([listed.set_column(1, "since", column(after(*range(12)))), listed])
    assert findings(model_of(**roles), events=usage, accounts=changed) == {}


def test_rows_without_known_are_known_in_time() -> None:
    days = [float(day) for day in range(12)]
    assert findings(model_of(events=KNOWN), events=learned(days, [None] * 6 + [90.0] * 6)) == {}
    assert findings(model_of(events=KNOWN), events=learned(days, [None] * 12)) == {}


# --- tables without a row ---------------------------------------------------------------------------------------------


def test_a_reader_that_was_read_before_is_told() -> None:
    model = model_of(events=EVENTS)
    reader = events(column(after(1, 2))).to_reader()
    assert ch.Portfolio(model, events=reader).quality().num_rows == 0
    second = ch.Portfolio(model, events=reader, strict="all")
    (row,) = second.quality().to_pylist()
    assert (row["table"], row["check"], row["rows"], row["first_row"]) == ("events", "no_rows", 0, None)
    assert "can be read once" in row["meaning"]
    second.append(events=events(column(after(1))))
    assert second.quality().num_rows == 0
    assert [row["check"] for row in ch.Portfolio(model).quality().to_pylist()] == ["table_not_given"]
