"""What moves come to: funnels, transitions, hand-offs, by hand and against a plain count."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from lives import STAGES, day, portfolio, weeks

JOURNEY = {"buying": {"stages": STAGES}}
NAMES = [stage["name"] for stage in STAGES]


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns)).to_pylist()]


def by_hand(**top: Any) -> ch.Portfolio:
    """a goes all the way, b waits, c goes back, d is lost in its third week."""
    values = {"a": [1, 12, 12, 25], "b": [1, 12], "c": [1, 12, 1], "d": [1, 1, -1]}
    return portfolio(values, include="v is missing or v >= 0", **{"journeys": JOURNEY, **top})


def test_a_funnel_counts_accounts_from_stage_to_stage() -> None:
    funnel = by_hand().funnel("buying", day(-7), day(28))
    assert rows(funnel, "stage", "entered", "advanced", "conversion", "here", "stalled", "lost") == [
        ("new", 4, 3, 0.75, 0, 0, 1),
        ("trying", 3, 1, 1 / 3, 1, 1, 0),
        ("won", 1, None, None, 1, 0, 0),
    ]
    assert rows(funnel, "reached") == [(0.25,), (1 / 3,), (None,)]
    assert rows(funnel, "q1_days", "median_days", "q3_days") == [(7, 7, 7), (8.75, 10.5, 12.25), (None, None, None)]


def test_a_stage_is_reached_whichever_way_and_after_the_entry() -> None:
    """e goes straight to won and falls back to trying; f begins at trying; g is won before it tries."""
    values = {"e": [1, 25, 12], "f": [12, 1, 25], "g": [25, 12], "h": [1, 12]}
    loaded = portfolio(values, journeys=JOURNEY)
    funnel = loaded.funnel("buying", day(-7), day(28))
    assert rows(funnel, "stage", "entered", "reached") == [("new", 3, 2 / 3), ("trying", 4, 0.25), ("won", 3, None)]
    back = loaded.funnel("buying", day(-7), day(28), to="trying")
    assert rows(back, "stage", "entered", "reached") == [("new", 3, 2 / 3), ("trying", 4, None), ("won", 3, 2 / 3)]
    to_new = loaded.funnel("buying", day(-7), day(28), to="new")
    assert rows(to_new, "reached") == [(None,), (0.25,), (0.0,)]
    early = loaded.funnel("buying", day(-7), day(7))  # f's win comes after the end
    assert rows(early, "entered", "reached") == [(3, 1 / 3), (3, 0.0), (2, None)]
    late = loaded.funnel("buying", day(7), day(28))  # e tries after it was won, f is won
    assert rows(late, "entered", "reached") == [(0, None), (1, 0.0), (1, None)]
    with pytest.raises(ch.UnknownNameError, match="to: the journey 'buying' has no stage 'wun': did you mean 'won'"):
        loaded.funnel("buying", day(-7), day(28), to="wun")


def test_only_entries_between_the_dates_count() -> None:
    funnel = by_hand().funnel("buying", day(0), day(14))
    assert rows(funnel, "entered", "advanced", "here") == [(1, 0, 1), (3, 0, 2), (0, None, 0)]
    empty = by_hand().funnel("buying", "2020-01-01", "2020-02-01")
    assert rows(empty, "stage", "entered", "conversion") == [(name, 0, None) for name in NAMES]


def test_a_funnel_is_divided_by_a_column_as_of_the_entry() -> None:
    metrics = {
        "v": {"from": "given", "agg": "last", "of": "value"},
        "size": {"formula": "if(v > 20, 'large', if(v > 5, 'small', missing))"},
    }
    funnel = by_hand(metrics=metrics).funnel("buying", day(-7), day(28), by="size")
    found = {(row["size"], row["stage"]): row["entered"] for row in funnel.to_pylist() if row["entered"]}
    assert found == {(None, "new"): 4, ("small", "trying"): 3, ("large", "won"): 1}
    assert funnel["size"].unique().to_pylist() == ["large", "small", None]
    with pytest.raises(ch.Error, match="by: a panel of this model has no column 'sise': did you mean 'size'"):
        by_hand(metrics=metrics).funnel("buying", day(-7), day(28), by="sise")


def test_transitions_are_a_matrix() -> None:
    table = by_hand().transitions("buying", day(-7), day(28))
    assert table.num_rows == 12
    moved = [row for row in rows(table, "from", "to", "moves", "share", "median_days") if row[2]]
    assert moved == [
        (None, "new", 4, 1.0, None),
        ("new", "trying", 3, 1.0, 7.0),
        ("trying", "new", 1, 0.5, 7.0),
        ("trying", "won", 1, 0.5, 14.0),
    ]
    matrix = table.to_pandas().pivot(index="from", columns="to", values="moves")
    assert matrix.loc["new", "trying"] == 3
    later = by_hand().transitions("buying", day(14), day(28))
    assert [row for row in rows(later, "from", "to", "moves", "median_days") if row[2]] == [("trying", "won", 1, 14.0)]


def test_handoffs_measure_how_long_an_owner_had_the_account() -> None:
    stages = [
        {"name": "new", "enter": "v >= 0", "owner": "marketing"},
        {"name": "warm", "enter": "v >= 5", "owner": "marketing"},
        {"name": "idle", "enter": "v >= 8"},
        {"name": "trying", "enter": "v >= 10", "owner": "sales"},
    ]
    values = {"a": [1, 6, 6, 12], "b": [1, 12, 6, 12], "c": [1, 8, 12]}
    loaded = portfolio(values, journeys={"buying": {"stages": stages}})
    table = loaded.handoffs("buying", day(-7), day(28))
    assert rows(table, *table.column_names) == [
        ("marketing", "sales", 3, 7.0, 7.0, 14.0),
        ("sales", "marketing", 1, 7.0, 7.0, 7.0),
    ]
    assert rows(loaded.handoffs("buying", day(14), day(28)), "from_owner", "handoffs", "median_days") == [
        ("marketing", 2, 14.0)  # a since its beginning, b since it came back
    ]


def plain_funnel(loaded: ch.Portfolio, start: Any, end: Any, target: int) -> list[tuple[Any, ...]]:
    """The same count, account by account."""
    history = defaultdict(list)
    for row in loaded.moves("buying", "1900-01-01", end).to_pylist():
        history[row["account_id"]].append((row["at"], NAMES.index(row["to"])))
    now = {row["account_id"]: row for row in loaded.score(end).table.to_pylist()}
    found = []
    for stage in range(len(NAMES)):
        entered = advanced = reached = here = stalled = lost = 0
        days = []
        for account, path in history.items():
            place = next((k for k, (at, to) in enumerate(path) if to == stage and at > start), None)
            if place is None:
                continue
            entered += 1
            if place + 1 < len(path):
                days.append((path[place + 1][0] - path[place][0]).total_seconds() / 86400)
            reached += any(to == target for _, to in path[place + 1 :])
            if any(to > stage for _, to in path[place + 1 :]):
                advanced += 1
            elif account not in now:
                lost += 1
            elif now[account]["buying"] == NAMES[stage]:
                here += 1
                stalled += now[account]["buying_stalled"]
        last = stage == len(NAMES) - 1
        found.append(
            (
                entered,
                None if last else advanced,
                None if last or not entered else advanced / entered,
                None if stage == target or not entered else reached / entered,
                statistics.median(days) if days else None,
                *(here, stalled, lost),
            )
        )
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_funnel_equals_a_plain_count(seed: int) -> None:
    rng = random.Random(seed)
    values = {f"a{k}": [rng.choice([None, None, 1, 12, 25, -1]) for _ in range(25)] for k in range(60)}
    loaded = portfolio(values, include="v is missing or v >= 0", journeys=JOURNEY)
    start, end = rng.choice(weeks(10)), day(7 * 20 + rng.choice([0, 3]))
    columns = ("entered", "advanced", "conversion", "reached", "median_days", "here", "stalled", "lost")
    assert rows(loaded.funnel("buying", start, end), *columns) == plain_funnel(loaded, start, end, len(NAMES) - 1)
    to = rng.choice(NAMES)
    assert rows(loaded.funnel("buying", start, end, to=to), *columns) == plain_funnel(
        loaded, start, end, NAMES.index(to)
    )
