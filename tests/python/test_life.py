"""Journeys, cohorts and plays over a portfolio that can be followed by hand: a value a week, seen at the next tick."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from lives import STAGES, column, day, document, portfolio, weeks

# --- journeys ---------------------------------------------------------------------------------------------------------


def test_a_journey_has_five_columns() -> None:
    panel = portfolio({"a": [1, 12, 12, 12, 25, 3]}, journeys={"buying": {"stages": STAGES}}).score(weeks(6))
    assert panel.model.columns == ["v", "buying", "buying_since", "buying_days", "buying_previous", "buying_stalled"]
    assert panel.table.column_names[2:] == panel.model.columns
    assert column(panel, "buying") == ["new", "trying", "trying", "trying", "won", "new"]
    assert column(panel, "buying_since") == [day(7 * k) for k in (0, 1, 1, 1, 4, 5)]
    assert column(panel, "buying_days") == [0, 0, 7, 14, 0, 0]
    assert column(panel, "buying_previous") == [None, "new", "new", "new", "trying", "won"]
    assert column(panel, "buying_stalled") == [False] * 6  # 14 days are not longer than 14 days


def test_a_stage_is_stalled_once_its_deadline_is_over() -> None:
    stalled = portfolio({"a": [12]}, journeys={"buying": {"stages": STAGES}}).score([day(14), day(14.1)])
    assert column(stalled, "buying_stalled") == [False, True]


def test_categories_of_a_stage_are_all_stages_in_the_order_of_the_model() -> None:
    panel = portfolio({"a": [12]}, journeys={"buying": {"stages": STAGES}}).score(day(0))
    for name in ("buying", "buying_previous"):
        assert panel.table[name].chunk(0).dictionary.to_pylist() == ["new", "trying", "won"]


def test_an_account_in_no_stage_says_why() -> None:
    late = [{"name": "won", "enter": "v >= 20"}]
    panel = portfolio({"a": [1], "b": []}, journeys={"buying": {"stages": late}}).score(day(0))
    assert column(panel, "account_id") == ["a"]  # nothing is known of b: it has no panel row
    assert [column(panel, name) for name in panel.model.columns[1:]] == [[None]] * 5
    assert panel.reasons().select(["metric", "reason"]).to_pylist() == [
        {"metric": "buying", "reason": "not_applicable"}
    ]
    rule = portfolio({"a": [1]}, journeys={"buying": {"stages": [{"name": "won", "enter": "v / 0 > 1"}]}})
    assert rule.score(day(0)).reasons()["reason"].to_pylist() == ["undefined"]


def test_the_answer_does_not_depend_on_the_as_ofs_asked_for() -> None:
    rng = random.Random(5)
    values = {name: [rng.choice([None, 1, 12, 25]) for _ in range(40)] for name in "abcdef"}
    plays = {"call": {"when": "buying = 'trying'", "cooldown": "21d", "evidence": ["v"], "message": "{buying_days}"}}
    loaded = portfolio(values, journeys={"buying": {"stages": STAGES, "start": "new"}}, plays=plays)
    many = [day(n / 2) for n in range(0, 560, 3)]
    together = loaded.score(many)
    rows, plays_then = together.table.to_pylist(), together.plays(closed=True).to_pylist()
    for as_of in rng.sample(many, 12):
        alone = loaded.score(as_of)
        assert alone.table.to_pylist() == [row for row in rows if row["as_of"] == as_of]
        assert alone.plays(closed=True).to_pylist() == [row for row in plays_then if row["as_of"] == as_of]


def test_moves_are_those_between_two_dates() -> None:
    loaded = portfolio({"a": [1, 12, 25, 3], "b": [None, 25]}, journeys={"buying": {"stages": STAGES}})
    assert loaded.moves("buying", "2026-01-01", day(21)).to_pylist() == [
        {"account_id": "a", "from": None, "to": "new", "at": day(0)},
        {"account_id": "a", "from": "new", "to": "trying", "at": day(7)},
        {"account_id": "a", "from": "trying", "to": "won", "at": day(14)},
        {"account_id": "a", "from": "won", "to": "new", "at": day(21)},
        {"account_id": "b", "from": None, "to": "won", "at": day(7)},
    ]
    assert loaded.moves("buying", day(7), day(20))["at"].to_pylist() == [day(14)]  # after the start, up to the end
    with pytest.raises(ch.DataError, match="the end 2026-01-05 is before the start 2026-01-12"):
        loaded.moves("buying", day(7), day(0))
    with pytest.raises(ch.Error, match="the model has no journey 'byuing': did you mean 'buying'"):
        loaded.moves("byuing", day(0), day(7))


def test_journeys_and_cohorts_are_names_in_formulas() -> None:
    loaded = portfolio(
        {"a": [1, 12, 12]},
        metrics={
            "v": {"from": "given", "agg": "last", "of": "value"},
            "waits": {"formula": "if(late, buying_days, 0)"},
        },
        journeys={
            "buying": {"stages": STAGES},
            "care": {"stages": [{"name": "quiet", "enter": "not late"}, {"name": "loud", "enter": "late"}]},
        },
        cohorts={"late": {"when": "buying = 'trying' and buying_days >= 7"}, "odd": {"when": "v / 0 > 1"}},
    )
    panel = loaded.score(weeks(3))
    assert column(panel, "late") == [False, False, True]
    assert column(panel, "odd") == [False] * 3  # missing counts as false
    assert column(panel, "waits") == [0, 0, 7]
    assert column(panel, "care") == ["quiet", "quiet", "loud"]
    assert panel.model.columns[-2:] == ["late", "odd"]


def test_errors_of_a_life_cycle_come_together_with_those_of_the_rest() -> None:
    stages = [{"name": "a", "enter": "as_of"}, {"name": "a", "enter": "v > 1"}]
    with pytest.raises(ch.ModelError, match="5 problems") as caught:
        ch.Model.parse(
            document(
                journeys={"j": {"stages": stages, "moves": {"a": ["b"]}}},
                plays={"p": {"when": "v > 1", "cooldown": "0d", "message": "{w}"}},
            )
        )
    assert sorted(path for path, _, _ in caught.value.problems) == [
        "journeys.j.moves.a[0]",
        "journeys.j.stages[0].enter",
        "journeys.j.stages[1].name",
        "plays.p.cooldown",
        "plays.p.message",
    ]


# --- plays ------------------------------------------------------------------------------------------------------------

CALL = {
    "when": "v < 5",
    "due": "3d",
    "priority": "10 - v",
    "owner": "{accounts.tier} team",
    "role": "champion",
    "channel": "phone",
    "message": "{v} is {v:.1f} since {as_of:%d %b}",
    "evidence": ["v", "accounts.tier", "as_of"],
}


def test_an_open_play_keeps_what_was_known_at_its_opening() -> None:
    panel = portfolio({"a": [9, 3.25, 1, 7]}, plays={"call": CALL}).score(weeks(4))
    plays = panel.plays()
    assert plays.column_names == [
        *("id", "as_of", "account_id", "play", "opened", "due", "closed"),
        *("priority", "owner", "role", "channel", "message", "message_now", "evidence", "evidence_now"),
    ]
    first, second = plays.to_pylist()
    assert (first["as_of"], second["as_of"]) == (day(7), day(14))
    assert first["id"] == second["id"]
    for row in (first, second):
        assert (row["opened"], row["due"], row["closed"], row["priority"]) == (day(7), day(10), None, 6.75)
        assert (row["owner"], row["role"], row["channel"]) == ("gold team", "champion", "phone")
        assert row["message"] == "3.25 is 3.2 since 12 Jan"
        assert json.loads(row["evidence"]) == {"v": 3.25, "accounts.tier": "gold", "as_of": "2026-01-12"}
    assert first["message_now"] == first["message"]
    assert first["evidence_now"] == first["evidence"]
    assert second["message_now"] == "1 is 1.0 since 19 Jan"
    assert json.loads(second["evidence_now"]) == {"v": 1, "accounts.tier": "gold", "as_of": "2026-01-19"}
    closed = panel.plays(closed=True).to_pylist()[-1]
    assert closed["closed"] is not None
    assert (closed["message_now"], closed["evidence_now"]) == (None, None)


def test_closed_plays_are_listed_on_demand() -> None:
    panel = portfolio({"a": [3, 9, 3]}, plays={"call": {"when": "v < 5"}}).score([day(0), day(7), day(14)])
    rows = panel.plays(closed=True).select(["as_of", "opened", "closed"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (day(0), day(0), None),
        (day(7), day(0), day(7)),
        (day(14), day(0), day(7)),
        (day(14), day(14), None),
    ]
    assert panel.plays()["opened"].to_pylist() == [day(0), day(14)]


def test_a_play_that_opens_between_two_ticks_keeps_its_id_at_the_next() -> None:
    loaded = portfolio({"a": [9, 3]}, plays={"call": {"when": "v < 5"}})
    ids = {as_of: loaded.score(as_of).plays().to_pylist() for as_of in (day(6.5), day(7), day(8), day(14))}
    assert [rows[0]["opened"] for rows in ids.values()] == [day(6.5), day(7), day(7), day(7)]
    expected = hashlib.sha256(b"call\n2026-01-12\na").hexdigest()[:32]
    assert {row["id"] for rows in ids.values() for row in rows} == {expected}


def test_a_play_does_not_open_again_before_its_cooldown_is_over() -> None:
    values = {"a": [3, 9, 3, 9, 3, 9]}
    often = portfolio(values, plays={"call": {"when": "v < 5"}}).score(day(35)).plays(closed=True)
    assert often["opened"].to_pylist() == [day(0), day(14), day(28)]
    rarely = portfolio(values, plays={"call": {"when": "v < 5", "cooldown": "21d"}}).score(day(35)).plays(closed=True)
    assert rarely["opened"].to_pylist() == [day(0), day(28)]


def test_plays_are_listed_by_account_and_name() -> None:
    both = {"later": {"when": "v < 5"}, "earlier": {"when": "v < 5", "unless": "v < 1"}}
    plays = portfolio({3: [2], 20: [0], 1: [9]}, plays=both).score(day(0)).plays()
    assert plays.select(["account_id", "play"]).to_pylist() == [
        {"account_id": 3, "play": "earlier"},
        {"account_id": 3, "play": "later"},
        {"account_id": 20, "play": "later"},
    ]
    assert plays["owner"].to_pylist() == [None] * 3
    assert plays["evidence"].to_pylist() == ["{}"] * 3
    empty = portfolio({3: [9]}, plays=both).score(day(0)).plays()
    assert (empty.num_rows, empty.schema.types) == (0, plays.schema.types)


def test_threads_and_appends_change_nothing() -> None:
    values = {f"a{k}": [random.Random(k + week).choice([1, 3, 9, 12, 25]) for week in range(30)] for k in range(200)}
    top: dict[str, Any] = {"journeys": {"buying": {"stages": STAGES}}, "plays": {"call": CALL}}
    loaded = portfolio(values, **top)
    one, two = loaded.score(weeks(30), threads=1), loaded.score(weeks(30), threads=2)
    assert one.table.equals(two.table)
    assert one.plays(closed=True).equals(two.plays(closed=True))
    grown = portfolio({name: row[:20] for name, row in values.items()}, **top)
    later = [(name, k, row[k]) for name, row in values.items() for k in range(20, 30)]
    grown.append(
        given=pa.table(
            {
                "id": [row[0] for row in later],
                "at": pa.array([day(7 * row[1] - 1) for row in later], pa.timestamp("us", "UTC")),
                "value": pa.array([float(row[2]) for row in later]),
            }
        )
    )
    assert grown.score(weeks(30)).table.equals(one.table)
    assert grown.moves("buying", day(0), day(203)).equals(loaded.moves("buying", day(0), day(203)))


LARGE_AND_SMALL = itertools.product((0.0, 3.0, -1234567.891, 0.00012345, 1e22), (".0f", ",.2f", ".3g", ".2e"))
OTHERS = itertools.product((12.0, 0.125, 99999.5), (">12", "+,.1f", "08.2f", ".1%", ".3", "G", "*^9"))


@pytest.mark.parametrize(("value", "form"), [*LARGE_AND_SMALL, *OTHERS])
def test_formats_are_those_of_python(value: float, form: str) -> None:
    plays = portfolio({"a": [value]}, plays={"p": {"when": "v is not missing", "message": "{v:" + form + "}"}})
    assert plays.score(day(0)).plays()["message"].to_pylist() == [format(value, form)]
