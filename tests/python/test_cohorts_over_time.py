"""Cohorts over time: stays, sizes, overlaps and drift, by hand and against a plain count."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from lives import STAGES, column, day, document, portfolio, weeks

HIGH = {"when": "v >= 10", "revenue": "v"}
COHORTS = {"high": HIGH, "top": {"when": "v >= 20"}}
METRICS = {
    "v": {"from": "given", "agg": "last", "of": "value"},
    "unread": {"from": "given", "agg": "count"},
    "size": {"formula": "if(v >= 20, 'large', if(v >= 5, 'small', missing))"},
    "tier": {"formula": "accounts.tier"},
}


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns or table.column_names)).to_pylist()]


def three(**top: Any) -> ch.Portfolio:
    """a comes and goes, b is there from the first tick, c comes late; d has no panel row in its third week."""
    values = {"a": [1, 12, 12, 3], "b": [12, 12, 25, 25], "c": [None, 1, 12, 12], "d": [12, 12, -1, 12]}
    keys: dict[str, Any] = {"cohorts": COHORTS, "metrics": METRICS, "include": "v is missing or v >= 0"}
    return portfolio(values, **(keys | top))


def test_a_stay_begins_and_ends_at_ticks() -> None:
    loaded = three()
    stays = loaded.memberships(day(-7), day(21))
    assert rows(stays) == [
        ("a", "high", day(7), day(21)),
        ("b", "high", day(0), None),
        ("c", "high", day(14), None),
        ("d", "high", day(0), None),  # no panel row for a week changes nothing
        ("b", "top", day(14), None),
    ]
    for table in (stays, loaded.cohorts(day(0), day(7)), loaded.overlap(day(0)), loaded.drift(day(0), day(7))):
        assert table.schema.metadata == loaded.score(day(0)).table.schema.metadata


def test_only_stays_that_reach_into_the_range_are_listed() -> None:
    later = three().memberships(day(21), day(24), cohorts="high")
    assert rows(later, "account_id", "left") == [("b", None), ("c", None), ("d", None)]
    earlier = three().memberships(day(-7), day(0), cohorts=["high"])
    assert rows(earlier, "account_id", "entered") == [("b", day(0)), ("d", day(0))]


def test_dates_of_stays_do_not_depend_on_what_is_asked_for() -> None:
    loaded = three()
    for end in (day(14), day(15.5), day(20.9)):
        stays = loaded.memberships(day(-7), end, cohorts="high")
        assert rows(stays, "account_id", "entered", "left")[0] == ("a", day(7), None)
    assert rows(loaded.memberships(day(20), day(60)), "left")[0] == (day(21),)


def test_sizes_follow_from_tick_to_tick() -> None:
    sizes = three().cohorts(day(-7), day(21), cohorts="high")
    assert rows(sizes, "as_of", "size", "share", "entered", "left", "away", "revenue") == [
        (day(0), 2, 2 / 3, 2, 0, 0, 24),
        (day(7), 3, 0.75, 1, 0, 0, 36),
        (day(14), 3, 1.0, 1, 0, 1, 49),
        (day(21), 3, 0.75, 0, 1, 0, 49),
    ]
    assert sizes["cohort"].to_pylist() == ["high"] * 4
    both = three().cohorts(day(7), day(14))
    assert rows(both, "cohort", "size", "revenue") == [("high", 3, 49.0), ("top", 1, None)]


def test_revenue_may_be_any_number_of_the_panel() -> None:
    sizes = three().cohorts(day(7), day(14), revenue="unread")
    assert rows(sizes, "cohort", "revenue") == [("high", 3.0), ("top", 1.0)]


def test_a_range_without_ticks_gives_no_rows() -> None:
    sizes = three().cohorts(day(1), day(6))
    assert (sizes.num_rows, sizes.schema.types) == (0, three().cohorts(day(0), day(7)).schema.types)
    assert three().cohorts("1980-01-01", "1980-02-01")["size"].to_pylist() == [0] * 8


def test_an_overlap_is_a_matrix() -> None:
    table = three().overlap(day(14))
    assert rows(table) == [
        ("high", "high", 3, 1.0, 1.0, 49.0),
        ("high", "top", 1, 1 / 3, 1 / 3, 25.0),
        ("top", "high", 1, 1.0, 1 / 3, None),
        ("top", "top", 1, 1.0, 1.0, None),
    ]
    assert rows(three().overlap(day(0)), "accounts", "share", "jaccard")[3] == (0, None, None)
    matrix = table.to_pandas().pivot(index="cohort", columns="other", values="accounts")
    assert matrix.loc["top", "high"] == 1


def test_a_drift_says_how_a_size_came_about() -> None:
    table = three().drift(day(7), day(21))
    assert rows(table, "cohort", "before", "entered", "left", "after", "share_before", "share_after") == [
        (None, 4, 0, 0, 4, 1.0, 1.0),
        ("high", 3, 1, 1, 3, 0.75, 0.75),
        ("top", 0, 1, 0, 1, 0.0, 0.25),
    ]
    assert rows(table, "revenue_before", "revenue_after") == [(None, None), (36.0, 49.0), (None, None)]


def test_a_drift_says_what_a_segment_is_made_up_of() -> None:
    table = three().drift(day(7), day(21), by="size", cohorts="high")
    everyone = [row for row in rows(table) if row[0] is None]
    assert [row[1:8] for row in everyone] == [
        ("large", 0, 0, 0, 1, 0, 1),
        ("small", 3, 0, 0, 1, 2, 2),
        (None, 1, 0, 0, 1, 1, 1),
    ]
    high = [row for row in rows(table, "cohort", "size", "share_before", "share_after", "share_change") if row[0]]
    assert high == [
        ("high", "large", 0.0, 1 / 3, 1 / 3),
        ("high", "small", 1.0, 2 / 3, 2 / 3 - 1),
        ("high", None, 0.0, 0.0, 0.0),
    ]


def test_a_drift_of_a_model_without_cohorts_is_that_of_its_panel() -> None:
    table = three(cohorts={}).drift(day(0), day(14), by="tier", revenue="v")
    assert rows(table, "cohort", "tier", "before", "entered", "left", "after", "revenue_after") == [
        (None, "gold", 3, 1, 1, 3, 49.0)
    ]


def test_cohorts_may_rest_on_journeys_and_each_other() -> None:
    top = {"trying": {"when": "buying = 'trying'"}, "late": {"when": "trying and buying_days >= 7"}}
    loaded = portfolio({"a": [1, 12, 12, 25]}, journeys={"buying": {"stages": STAGES}}, cohorts=top)
    stays = rows(loaded.memberships(day(-7), day(21)), "cohort", "entered", "left")
    assert stays == [("trying", day(7), day(21)), ("late", day(14), day(21))]


@pytest.mark.parametrize("seed", range(3))
def test_stays_and_sizes_equal_a_plain_walk_over_a_panel(seed: int) -> None:
    rng = random.Random(seed)
    values = {n: [rng.choice([None, None, 1, 12, 25, -1]) for _ in range(30)] for n in range(40)}
    loaded = portfolio(values, include="v is missing or v >= 0", cohorts=COHORTS)
    ticks = weeks(30)
    panel = {(row["account_id"], row["as_of"]): row for row in loaded.score(ticks).table.to_pylist()}
    stays: list[tuple[Any, ...]] = []
    for name in COHORTS:
        for account in sorted(values):
            since: datetime | None = None
            for tick in ticks:
                row = panel.get((account, tick))
                if row is None or row[name] == (since is not None):
                    continue
                if since is not None:
                    stays.append((account, name, since, tick))
                since = tick if row[name] else None
            if since is not None:
                stays.append((account, name, since, None))
    assert rows(loaded.memberships(day(-7), ticks[-1])) == stays
    start, end = ticks[4], ticks[20]
    for row in loaded.cohorts(start, end).to_pylist():
        at, name = row["as_of"], row["cohort"]
        inside = [one for (_, tick), one in panel.items() if tick == at and one[name]]
        assert row["size"] == len(inside)
        assert row["entered"] == sum(stay[1] == name and stay[2] == at for stay in stays)
        assert row["left"] == sum(stay[1] == name and stay[3] == at for stay in stays)
        held = [s for s in stays if s[1] == name and s[2] <= at and (s[3] is None or s[3] > at)]
        assert row["size"] + row["away"] == len(held)
    for row in loaded.drift(start, end).to_pylist():
        assert row["before"] + row["entered"] - row["left"] == row["after"]


def test_whoever_asks_for_what_is_not_there_is_told() -> None:
    loaded = three()
    with pytest.raises(ch.Error, match="the model has no cohort 'hihg': did you mean 'high'"):
        loaded.memberships(day(0), day(7), cohorts="hihg")
    with pytest.raises(ch.Error, match="revenue: a panel of this model has no column 'w'"):
        loaded.cohorts(day(0), day(7), revenue="w")
    with pytest.raises(ch.DataError, match="revenue: expected a column of numbers, 'tier' is of type string"):
        loaded.cohorts(day(0), day(7), revenue="tier")
    with pytest.raises(ch.Error, match="by: a panel of this model has no column 'teir': did you mean 'tier'"):
        loaded.drift(day(0), day(7), by="teir")
    with pytest.raises(ch.DataError, match="the end 2026-01-05 is before the start 2026-01-12"):
        loaded.cohorts(day(7), day(0))
    with pytest.raises(ch.DataError, match="cohorts: expected one name or more, got none"):
        loaded.overlap(day(0), cohorts=[])
    with pytest.raises(ch.DataError, match="cohorts: expected a name or a list of names, got 5"):
        loaded.overlap(day(0), cohorts=5)  # type: ignore[arg-type]
    with pytest.raises(ch.DataError, match="'soon' is no date"):
        loaded.overlap("soon")


def test_appended_rows_are_seen() -> None:
    loaded = portfolio({"a": [12]}, cohorts=COHORTS)
    at = pa.array([day(20)], pa.timestamp("us", "UTC"))
    loaded.append(given=pa.table({"id": ["a"], "at": at, "value": [1.0]}))
    assert rows(loaded.memberships(day(-7), day(28)), "entered", "left") == [(day(0), day(21))]
    assert column(loaded.score(day(28)), "high") == [False]


def test_a_model_keeps_its_own_plays() -> None:
    loaded = portfolio({"a": [12]}, cohorts=COHORTS, plays={"call": {"when": "high"}})
    before = loaded.model.digest
    loaded.cohorts(day(-7), day(7))
    assert (
        loaded.model.digest
        == before
        == ch.Model.parse(document(cohorts=COHORTS, plays={"call": {"when": "high"}})).digest
    )
    assert loaded.plays(day(7))["play"].to_pylist() == ["call"]
