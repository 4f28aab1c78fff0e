"""When a table is fresh, without Airflow."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import customerhealth as ch
from customerhealth.airflow.changes import signature_of
from customerhealth.airflow.freshness import Freshness, freshness_of
from customerhealth.io.instants import instant_of

JULY = datetime(2026, 7, 1)


def model(**spec: Any) -> ch.Model:
    usage = {"kind": "events", "account": "who", "time": "at", "stale_after": "2d"} | spec
    accounts = {"kind": "accounts", "account": "id"}
    keys = {"kind": "keys", "account": "account", "key": "user"}
    return ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": usage, "accounts": accounts, "users": keys},
            "metrics": {"events": {"from": "usage", "agg": "count"}, "size": {"formula": "accounts.size"}},
        }
    )


def rows(*ages: timedelta, **columns: Any) -> pa.Table:
    at = pa.array([JULY - age for age in ages], pa.timestamp("us"))
    return pa.table({"who": ["acme"] * len(ages), "at": at, **columns})


def fresh(table: Any, of: ch.Model | None = None, **options: Any) -> Freshness:
    return freshness_of(of or model(), "usage", table, instant_of(JULY), **options)


def test_the_newest_row_decides_and_may_be_as_old_as_the_model_says() -> None:
    micro = timedelta(microseconds=1)
    assert fresh(rows(timedelta(days=9), timedelta(days=2))) == (True, "2026-06-29", "2d")
    assert fresh(rows(timedelta(days=9), timedelta(days=2) + micro)).fresh is False
    assert fresh(rows(timedelta(hours=6))) == (True, "2026-06-30T18:00:00Z", "2d")


def test_rows_at_the_as_of_and_later_are_not_there_yet() -> None:
    assert fresh(rows(timedelta(0), -timedelta(days=1))) == (False, None, "2d")
    assert fresh(rows(timedelta(0), timedelta(days=3))) == (False, "2026-06-28", "2d")
    assert fresh(rows()) == (False, None, "2d")


def test_a_length_may_stand_in_for_that_of_the_model() -> None:
    table = rows(timedelta(days=3))
    assert fresh(table).fresh is False
    assert fresh(table, max_age="3d") == (True, "2026-06-28", "3d")
    assert fresh(table, max_age="1mo").stale_after == "1mo"


def test_rows_of_unknown_accounts_and_keys_show_that_a_feed_is_alive() -> None:
    assert fresh(rows(timedelta(days=1)), model(through={"table": "users"})).fresh
    assert fresh(rows(timedelta(days=1))).fresh


def test_a_row_that_was_known_later_does_not_count() -> None:
    known = pa.array([JULY + timedelta(days=1)], pa.timestamp("us"))
    assert fresh(rows(timedelta(days=1), known=known), model(known="known")) == (False, None, "2d")


def test_intervals_are_as_fresh_as_what_was_known_of_them() -> None:
    spec = {"kind": "intervals", "account": "who", "start": "at", "end": "end", "known": "known", "stale_after": "2d"}
    of = ch.Model.parse({
        "format": 1, "tables": {"usage": spec}, "metrics": {"n": {"from": "usage", "agg": "count"}},
    })  # fmt: skip

    def days_ago(days: int) -> pa.Array:
        return pa.array([JULY - timedelta(days=days)], pa.timestamp("us"))

    times = {"known": days_ago(1), "end": days_ago(3)}
    assert fresh(rows(timedelta(days=90), **times), of) == (True, "2026-06-30", "2d")
    times["known"] = days_ago(3)
    assert fresh(rows(timedelta(days=90), **times), of) == (False, "2026-06-28", "2d")


def test_a_table_that_cannot_be_stale_is_refused() -> None:
    without = {"kind": "events", "account": "who", "time": "at"}
    of = ch.Model.parse({
        "format": 1, "tables": {"usage": without}, "metrics": {"n": {"from": "usage", "agg": "count"}},
    })  # fmt: skip
    with pytest.raises(ch.DataError, match="'usage' has no stale_after in the model; add it there or give max_age"):
        fresh(rows(), of)
    with pytest.raises(ch.DataError, match="'accounts': expected events, intervals or states, got accounts"):
        freshness_of(model(), "accounts", rows(), 0)
    with pytest.raises(ch.UnknownNameError, match="the model has no table 'usages'"):
        freshness_of(model(), "usages", rows(), 0)
    with pytest.raises(ch.ModelError, match="soon"):
        fresh(rows(), max_age="soon")


@settings(max_examples=40, deadline=None)
@given(
    ages=st.lists(st.integers(-3, 10), min_size=1, max_size=4),
    known=st.lists(st.integers(-3, 10), min_size=4, max_size=4),
    days=st.integers(1, 6),
)
def test_it_is_fresh_where_a_score_would_not_be_stale(ages: list[int], known: list[int], days: int) -> None:
    seen = [min(age, late) for age, late in zip(ages, known, strict=False)]  # known no earlier than it happened
    arrived = pa.array([JULY - timedelta(days=day) for day in seen], pa.timestamp("us"))
    table = rows(*(timedelta(days=age) for age in ages), known=arrived)
    of = model(known="known", stale_after=f"{days}d")
    accounts = pa.table({"id": ["acme"], "size": [1.0]})
    reasons = ch.Portfolio(of, usage=table, accounts=accounts).score(JULY).reasons().to_pylist()
    of_events = {row["metric"]: row["reason"] for row in reasons}.get("events")
    found = fresh(table, of)
    if found.newest is None:
        assert not found.fresh
        assert of_events != "stale"  # such a table is empty: a sensor waits for it, a score does not know whether to
    else:
        assert found.fresh == (of_events != "stale")


# --- whether there is something to look at ----------------------------------------------------------------------------


def test_a_signature_changes_with_the_files_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "usage.parquet"
    assert signature_of(file) == signature_of([]), "nothing is there"
    pq.write_table(rows(timedelta(days=1)), file)
    first = signature_of(file)
    assert first == signature_of(str(file)) == signature_of([file]) != signature_of([])
    os.utime(file, ns=(0, 0))
    assert signature_of(file) != first


def test_folders_patterns_sheets_and_dated_names_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    folder = tmp_path / "in"
    forms = [folder, f"{folder}/*", f"{folder}/{{known:%Y-%m}}.csv", f"{folder}/2026-07.csv#Sheet"]
    before = [signature_of(form) for form in forms]
    (tmp_path / "in" / "2026-07.csv").write_text("a\n")
    after = [signature_of(form) for form in forms]
    assert all(old != new for old, new in zip(before, after, strict=True))
    (tmp_path / "in" / "deep" / "more.csv").write_text("a\n")
    assert signature_of(forms[0]) != after[0]


@pytest.mark.parametrize("source", [None, 7, pa.table({"a": [1]}), "s3://lake/usage", [b"x"], [pa.table({"a": [1]})]])
def test_what_is_no_file_has_no_signature(source: Any) -> None:
    assert signature_of(source) is None
