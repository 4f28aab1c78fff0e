"""Plays over the past: counted by hand, and against a plain walk over the plays that each tick lists."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from lives import day, portfolio, weeks

QUIET = {"when": "v < 5", "owner": "{accounts.tier}", "priority": "v"}


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns or table.column_names)).to_pylist()]


def five(**top: Any) -> ch.Portfolio:
    """a is warned of, b recovers, c is gone at once, d opens late, nothing is the matter with e."""
    values = {"a": [9, 3, 3, 0], "b": [9, 3, 9], "c": [9, 9, 0], "d": [9, 9, 9, 9, 3], "e": [9]}
    return portfolio(values, **{"plays": {"quiet": QUIET}, "cohorts": {"gone": {"when": "v < 1"}}, **top})


def replayed(**keys: Any) -> ch.Replay:
    return five().replay(day(0), day(35), **{"outcome": "gone", "within": "21d", **keys})


def test_a_replay_counts_openings_and_what_followed() -> None:
    (row,) = replayed().summary.to_pylist()
    assert (row["play"], row["variant"], row["openings"], row["accounts"], row["per_week"]) == ("quiet", 0, 4, 4, 0.8)
    assert (row["already"], row["censored"], row["scored"], row["hits"]) == (1, 1, 2, 1)
    assert (row["precision"], row["base_rate"], row["lift"]) == (0.5, 1 / 3, 1.5)
    assert (row["outcomes"], row["caught"], row["recall"]) == (2, 1, 0.5)
    assert (row["q1_lead_days"], row["median_lead_days"], row["q3_lead_days"]) == (14.0, 14.0, 14.0)
    assert row["most_open"] == 3


def test_each_opening_says_what_became_of_it() -> None:
    openings = replayed().openings
    assert rows(openings, "account_id", "opened", "closed", "outcome_at", "lead_days", "status") == [
        ("a", day(7), None, day(21), 14.0, "hit"),
        ("b", day(7), day(14), None, None, "miss"),
        ("c", day(14), None, None, None, "already"),
        ("d", day(28), None, None, None, "censored"),
    ]
    assert rows(openings, "priority", "owner") == [(3.0, "gold"), (3.0, "gold"), (0.0, "gold"), (3.0, "gold")]


def test_a_week_has_its_openings_and_those_open_at_its_end() -> None:
    found = replayed()
    assert rows(found.weekly, "week", "openings", "open") == [
        (day(0), 2, 2),
        (day(7), 1, 2),
        (day(14), 0, 2),
        (day(21), 1, 3),
        (day(28), 0, 3),
    ]
    assert rows(found.load, "owner", "openings", "per_week", "most_in_a_week", "most_open") == [("gold", 4, 0.8, 2, 3)]


def test_later_knowledge_scores_what_was_censored() -> None:
    (row,) = replayed(observed=day(49)).summary.to_pylist()
    assert (row["censored"], row["scored"], row["hits"]) == (0, 3, 1)
    early = five().replay(day(0), day(21), outcome="gone", within="21d").openings
    assert rows(early, "account_id", "status") == [("a", "censored"), ("b", "censored"), ("c", "already")]


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    # 1 of 2 at 95 %: z = 1.959964, centre 1/2, half of it z / (1 + z²/2) · sqrt(1/8 + z²/16)
    (row,) = replayed().summary.to_pylist()
    assert row["precision_low"] == pytest.approx(0.0945312, abs=1e-7)
    assert row["precision_high"] == pytest.approx(0.9054688, abs=1e-7)
    assert (row["recall_low"], row["recall_high"]) == (row["precision_low"], row["precision_high"])
    (narrow,) = replayed(confidence=0.5).summary.to_pylist()
    assert row["precision_low"] < narrow["precision_low"] < 0.5 < narrow["precision_high"] < row["precision_high"]


def test_scipy_gives_the_same_interval() -> None:
    stats = pytest.importorskip("scipy.stats")
    from customerhealth.validation.shares import wilson

    for hits, total in [(0, 5), (3, 7), (40, 41), (250, 1000)]:
        expected = stats.binomtest(hits, total).proportion_ci(0.9, method="wilson")
        assert wilson(hits, total, 0.9) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_an_outcome_may_be_a_table_of_dates() -> None:
    gone = pa.table({"account_id": ["a", "b", "nobody"], "at": [day(21).date(), day(50).date(), day(8).date()]})
    for table in (gone, gone.set_column(1, "at", gone["at"].cast(pa.timestamp("ns"))), gone.to_pandas()):
        openings = replayed(outcome=table).openings
        found = {row["account_id"]: (row["status"], row["lead_days"]) for row in openings.to_pylist()}
        assert found == {"a": ("hit", 14.0), "b": ("miss", None), "c": ("miss", None), "d": ("censored", None)}


def test_the_window_holds_its_end_and_the_opening() -> None:
    loaded = five()
    for at, status in [(day(6.99), "miss"), (day(7), "hit"), (day(28), "hit"), (day(28.01), "miss")]:
        when = pa.array([at], pa.timestamp("us", "UTC"))
        openings = loaded.replay(
            day(0), day(35), outcome=pa.table({"account_id": ["a"], "at": when}), within="21d"
        ).openings
        assert openings["status"].to_pylist()[0] == status


def test_moves_between_stages_are_outcomes() -> None:
    stages = [{"name": "here", "enter": "v >= 1"}, {"name": "lost", "enter": "v < 1"}]
    loaded = five(journeys={"life": {"stages": stages}})
    moves = loaded.moves("life", day(0), day(35))
    lost = moves.filter(pa.compute.equal(moves["to"].cast(pa.string()), "lost"))
    (row,) = loaded.replay(day(0), day(35), outcome=lost, within="21d").summary.to_pylist()
    assert (row["hits"], row["outcomes"]) == (2, 2)  # a row at the instant of c's opening lies ahead
    (row,) = loaded.replay(day(0), day(35), outcome="life = 'lost'", within="21d").summary.to_pylist()
    assert (row["hits"], row["already"], row["outcomes"]) == (1, 1, 2)  # a rule was known by then


def test_without_an_outcome_only_the_load_is_counted() -> None:
    found = five().replay(day(0), day(35))
    names = ["play", "variant", "openings", "accounts", "per_week", "most_open"]
    assert found.summary.column_names == names
    assert rows(found.summary) == [("quiet", 0, 4, 4, 0.8, 3)]
    assert found.openings["status"].to_pylist() == [None] * 4
    assert pa.table(found) == found.summary
    assert repr(found) == "<Replay of 1 variants of plays, 4 openings>"


def test_an_account_that_is_gone_by_the_end_counts() -> None:
    loaded = portfolio({"a": [9, 3, -1], "b": [9]}, include="v >= 0", plays={"quiet": QUIET})
    assert "a" not in loaded.score(day(35)).table["account_id"].to_pylist()
    assert rows(loaded.replay(day(0), day(35)).openings, "account_id", "opened") == [("a", day(7))]


def test_nothing_opens_in_a_range_without_openings() -> None:
    (row,) = five().replay("2020-01-01", "2020-06-01", outcome="gone").summary.to_pylist()
    assert (row["openings"], row["scored"], row["precision"], row["precision_low"], row["lift"]) == (0, 0, *[None] * 3)
    assert (row["base_rate"], row["outcomes"], row["recall"], row["median_lead_days"]) == (None, 0, None, None)


# --- variations -------------------------------------------------------------------------------------------------------


def test_thresholds_and_cooldowns_stand_side_by_side() -> None:
    vary = {"quiet": {"when": "v < {limit}", "limit": [1, 5], "cooldown": [None, "28d"]}}
    summary = replayed(vary=vary).summary
    assert rows(summary, "play", "variant", "limit", "cooldown", "openings") == [
        ("quiet", 0, None, None, 4),
        ("quiet", 1, 1.0, None, 2),
        ("quiet", 2, 1.0, "28d", 2),
        ("quiet", 3, 5.0, None, 4),
        ("quiet", 4, 5.0, "28d", 4),
    ]
    assert rows(summary, "base_rate") == [(1 / 3,)] * 5


def test_texts_and_truths_are_put_into_rules_too() -> None:
    vary = {"quiet": {"when": "v < 5 and {on}", "on": [True, False]}}
    assert rows(replayed(vary=vary).summary, "on", "openings")[1:] == [(1.0, 4), (0.0, 0)]
    vary = {"quiet": {"when": "v < 5 and accounts.tier = '{tier}'", "tier": ["gold", "silver"]}}
    assert rows(replayed(vary=vary).summary, "tier", "openings")[1:] == [("gold", 4), ("silver", 0)]


def test_a_variant_is_what_a_model_with_that_rule_would_do() -> None:
    rng = random.Random(7)
    values = {f"a{k}": [rng.choice([0, 3, 4, 9, None]) for _ in range(40)] for k in range(30)}
    rules = {"when": "v < 4", "unless": "v < 1", "closes": "v > 4", "cooldown": "21d"}
    varied = portfolio(values, plays={"quiet": QUIET}).replay(
        day(0), day(250), outcome="v < 1", within="28d", vary={"quiet": rules}
    )
    model = portfolio(values, plays={"quiet": QUIET | rules}).replay(day(0), day(250), outcome="v < 1", within="28d")
    (expected,) = model.summary.drop_columns(["variant"]).to_pylist()
    found = varied.summary.to_pylist()[1]
    assert {name: found[name] for name in expected} == expected
    assert found["openings"] != varied.summary["openings"][0].as_py()


def test_suppression_is_a_rule_that_can_be_varied() -> None:
    """Whoever has an urgent ticket, was asked of late or is no customer is left alone."""
    loaded = five(
        cohorts={"gone": {"when": "v < 1"}, "leave_alone": {"when": "gone or tier = 'silver'"}},
        metrics={"v": {"from": "given", "agg": "last", "of": "value"}, "tier": {"formula": "accounts.tier"}},
    )
    found = loaded.replay(day(0), day(35), outcome="gone", within="21d", vary={"quiet": {"unless": ["leave_alone"]}})
    assert rows(found.summary, "unless", "openings", "already") == [(None, 4, 1), ("leave_alone", 3, 0)]


def test_several_plays_are_replayed_at_once() -> None:
    plays = {"quiet": QUIET, "low": {"when": "v < 4"}, "other": {"when": "v > 100"}}
    loaded = five(plays=plays)
    found = loaded.replay(day(0), day(35), plays=["low", "quiet"], vary={"low": {"cooldown": ["7d"]}})
    assert rows(found.summary, "play", "variant", "cooldown", "openings") == [
        ("quiet", 0, None, 4),
        ("low", 0, None, 4),
        ("low", 1, "7d", 4),
    ]
    assert rows(found.load, "play", "owner")[1:] == [("low", None), ("low", None)]


# --- a plain walk -----------------------------------------------------------------------------------------------------


def plain(loaded: ch.Portfolio, start: Any, end: Any, within: int, observed: Any) -> dict[str, Any]:
    """The same counts from what each tick lists, opening by opening."""
    ticks = [tick for tick in weeks(60) if tick <= observed]
    panel = loaded.score(ticks)
    opened = sorted({(row["account_id"], row["opened"]) for row in panel.plays(closed=True).to_pylist()})
    states: dict[str, list[tuple[Any, bool]]] = {}
    for row in panel.table.to_pylist():
        states.setdefault(row["account_id"], []).append((row["as_of"], row["gone"]))
    begins = {
        who: [at for k, (at, now) in enumerate(path) if now and (k == 0 or not path[k - 1][1])]
        for who, path in states.items()
    }

    def is_on(who: str, at: Any) -> bool:
        return [now for tick, now in states[who] if tick <= at][-1]

    def follows(who: str, at: Any) -> Any:
        return next((one for one in begins[who] if at < one <= at + timedelta(days=within)), None)

    recent = [(who, at) for who, at in opened if start < at <= end]
    already = [one for one in recent if is_on(*one)]
    over = [one for one in recent if one not in already and one[1] + timedelta(days=within) <= observed]
    hits = [one for one in over if follows(*one)]
    chances = [
        follows(who, at) is not None
        for who, path in states.items()
        for at, now in path
        if start < at <= end and not now and at + timedelta(days=within) <= observed
    ]
    outcomes = [(who, at) for who, found in begins.items() for at in found if start < at <= end]
    caught = [
        one
        for one in outcomes
        if any(
            who == one[0] and at < one[1] <= at + timedelta(days=within) and not is_on(who, at) for who, at in opened
        )
    ]
    return {
        "openings": len(recent),
        "already": len(already),
        "censored": len(recent) - len(already) - len(over),
        "scored": len(over),
        "hits": len(hits),
        "outcomes": len(outcomes),
        "caught": len(caught),
        "base_rate": sum(chances) / len(chances) if chances else None,
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_replay_equals_a_plain_walk(seed: int) -> None:
    rng = random.Random(seed)
    values = {f"a{k}": [rng.choice([0, 3, 9, 9, None, None]) for _ in range(40)] for k in range(30)}
    play = {"when": "v < 5", "cooldown": rng.choice(["7d", "35d"]), **rng.choice([{}, {"closes": "v > 5"}])}
    loaded = portfolio(values, plays={"quiet": play}, cohorts={"gone": {"when": "v < 1"}})
    start, end = rng.choice(weeks(10)), day(7 * 25 + rng.choice([0, 3]))
    within, observed = rng.choice([7, 20, 63]), rng.choice([end, day(7 * 40)])
    (row,) = loaded.replay(start, end, outcome="gone", within=f"{within}d", observed=observed).summary.to_pylist()
    expected = plain(loaded, start, end, within, observed)
    assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_threads_change_nothing() -> None:
    rng = random.Random(1)
    values = {f"a{k}": [rng.choice([0, 3, 9, None]) for _ in range(30)] for k in range(200)}
    top: dict[str, Any] = {"plays": {"quiet": QUIET}, "cohorts": {"gone": {"when": "v < 1"}}}
    one, other = portfolio(values, **top), portfolio(values, **top)
    one._loaded.threads, other._loaded.threads = 1, 2
    found = one.replay(day(0), day(210), outcome="gone", vary={"quiet": {"cooldown": ["14d", "28d"]}})
    again = other.replay(day(0), day(210), outcome="gone", vary={"quiet": {"cooldown": ["14d", "28d"]}})
    for name in ("summary", "weekly", "load", "openings"):
        assert getattr(found, name).equals(getattr(again, name))
        assert getattr(found, name).schema.metadata == one.score(day(0)).table.schema.metadata


# --- bad input --------------------------------------------------------------------------------------------------------

BAD = [
    ({"plays": "quite"}, "the model has no play 'quite': did you mean 'quiet'"),
    ({"plays": []}, "plays: expected one name or more, got none"),
    ({"within": "three months"}, "within='three months': "),
    ({"observed": day(34)}, "observed: 2026-02-08 is before the end 2026-02-09"),
    ({"confidence": 95}, "confidence: expected a number between 0 and 1, got 95"),
    ({"outcome": 5}, "table 'outcome': a int cannot be read: expected a pandas"),
    ({"outcome": "gnoe"}, "outcome: (?s:.)*unknown name 'gnoe'(?s:.)*did you mean 'gone'"),
    ({"outcome": "accounts.tire = 'gold'"}, "the portfolio has not read the column accounts.tire"),
    ({"vary": ["quiet"]}, "vary: expected a mapping from plays to what is varied of them, got list"),
    ({"vary": {"loud": {}}}, "vary: 'loud' is none of the plays replayed: quiet"),
    ({"vary": {"quiet": 5}}, r"vary\['quiet'\]: expected a mapping from keys of the play"),
    ({"vary": {"quiet": {"limit": [1]}}}, "'limit' is neither a rule of a play .* nor in braces in one"),
    ({"vary": {"quiet": {"when": "v < {limit}"}}}, "no values are given for {limit}"),
    ({"vary": {"quiet": {"when": []}}}, r"vary\['quiet'\]\['when'\]: expected one value or more, got none"),
    ({"vary": {"quiet": {"when": [["v"]]}}}, "is no formula, length or number"),
    ({"vary": {"quiet": {"when": ["v < 1", 5]}}}, "expected values of one type, got numbers and texts"),
    ({"vary": {"quiet": {"cooldown": ["0d"]}}}, r"vary\['quiet'\] with cooldown='0d': cooldown"),
    ({"vary": {"quiet": {"when": "w < {limit}", "limit": [1]}}}, r"vary\['quiet'\] with limit=1: when"),
    ({"vary": {"quiet": {"when": "v < {hits}", "hits": [1]}}}, "'hits' is a column of the summary"),
    ({"vary": {"quiet": {"when": "v < {x}", "x": list(range(3000))}}}, "3,001 plays and variations of them"),
]


@pytest.mark.parametrize(("keys", "message"), BAD, ids=[json.dumps(keys, default=str)[:40] for keys, _ in BAD])
def test_what_cannot_be_replayed_is_said(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ch.Error, match=message):
        replayed(**keys)


def test_problems_lie_where_the_user_wrote_them_and_messages_stay_as_they_are() -> None:
    """A formula may hold what looks like a path of the model that a replay makes."""
    formula = "accounts.tier = 'plays.p0.when plays.outcome.when' and w < {limit}"
    with pytest.raises(ch.ModelError) as caught:
        replayed(outcome="plays.p1.when < 1", vary={"quiet": {"when": formula, "limit": [1, 2]}})
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["outcome", "vary['quiet'] with limit=1: when", "vary['quiet'] with limit=2: when"]
    for problem in caught.value.problems[1:]:
        assert "'plays.p0.when plays.outcome.when' and w <" in problem.message
        assert problem.position == formula.index("w <")
    assert "plays.p1.when < 1" in caught.value.problems[0].message
    text = str(caught.value)
    assert text.startswith("3 problems in the model:\n  outcome: ")
    for problem in caught.value.problems:
        assert "\n  " + f"{problem.path}: {problem.message}".replace("\n", "\n  ") in text


def test_ranges_and_tables_of_outcomes_are_checked() -> None:
    with pytest.raises(ch.DataError, match="the end 2026-01-05 is the start: nothing lies between them"):
        five().replay(day(0), day(0))
    with pytest.raises(ch.DataError, match="replay: the model has no plays"):
        five(plays={}).replay(day(0), day(7))
    at = pa.array([day(1)], pa.timestamp("us", "UTC"))
    for table, message in [
        (
            pa.table({"account": ["a"], "at": at}),
            "needs a column 'account_id', the table has none; did you mean 'account'",
        ),
        (pa.table({"account_id": ["a"], "time": at}), "an outcome needs a column 'at', the table has none"),
        (pa.table({"account_id": ["a"], "at": ["soon"]}), "at.0.: 'soon' is no instant"),
        (pa.table({"account_id": [1], "at": at}), "account ids are integers here and texts in the portfolio"),
        (pa.table({"account_id": ["a", None], "at": pa.array([day(1)] * 2)}), "account_id.1.: 1 row holds nothing"),
    ]:
        with pytest.raises(ch.DataError, match=message):
            replayed(outcome=table)


def test_an_outcome_at_the_opening_itself_lies_ahead_of_it() -> None:
    opens = portfolio({"a": [9, 3]}, plays={"quiet": {"when": "v < 5"}})  # on day 7

    def caught(at: float) -> tuple[Any, ...]:
        outcome = pa.table({"account_id": ["a"], "at": pa.array([day(at)], pa.timestamp("us", "UTC"))})
        (row,) = opens.replay(day(0), day(35), outcome=outcome, within="21d").summary.to_pylist()
        return row["outcomes"], row["caught"], row["recall"], row["hits"]

    assert caught(6.99) == (1, 0, 0.0, 0)
    assert caught(7) == (1, 1, 1.0, 1)
    assert caught(28) == (1, 1, 1.0, 1)
    assert caught(28.01) == (1, 0, 0.0, 0)
