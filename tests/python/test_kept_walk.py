"""A portfolio keeps its walk and answers as one that was loaded anew, whatever was asked and appended before."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from invariance import bits, lives, portfolio
from lives import STAGES, day, document
from model_strategies import cases
from strategies import Case, examples

LIFE = frozenset({"life"})


@examples(60)
@given(cases(features=LIFE), st.randoms(use_true_random=False))
def test_calls_before_change_nothing(case: Case, random_: random.Random) -> None:
    kept = portfolio(case)
    for _ in range(3):
        asked = random_.sample(case.moments(), random_.randint(1, len(case.moments())))
        asked = [moment + timedelta(days=random_.choice([0, 0, 1, 7, 40])) for moment in asked]
        assert lives(kept, asked, case.model) == lives(portfolio(case), asked, case.model)


@examples(60)
@given(cases(features=LIFE), st.randoms(use_true_random=False))
def test_appends_and_calls_by_turns_equal_loading_all_at_once(case: Case, random_: random.Random) -> None:
    tables = case.tables()
    places = {name: sorted(random_.randint(0, table.num_rows) for _ in range(2)) for name, table in tables.items()}
    cuts = {name: [0, *places[name], table.num_rows] for name, table in tables.items()}

    def piece(name: str, k: int) -> pa.Table:
        return tables[name].slice(cuts[name][k], cuts[name][k + 1] - cuts[name][k])

    grown = portfolio(case, {name: piece(name, 0) for name in tables})
    for k in (1, 2):
        grown.score(case.moments())
        grown.score(random_.choice(case.moments()) + timedelta(days=random_.choice([-9, 0, 7])))
        for name in tables:
            grown.append(**{name: piece(name, k)})
    assert lives(grown, case.moments(), case.model) == lives(portfolio(case), case.moments(), case.model)


@examples(30)
@given(cases(features=LIFE))
def test_threads_go_on_alike(case: Case) -> None:
    answers = []
    for threads in (1, 2, 7):
        loaded = portfolio(case, threads=threads)
        loaded.score(case.moments()[0])
        answers.append(lives(loaded, case.moments(), case.model))
    assert answers[0] == answers[1] == answers[2]


# --- rows that arrive where the walk has been -------------------------------------------------------------------------


MODEL = {
    "journeys": {"buying": {"stages": STAGES}},
    "cohorts": {"many": {"when": "v >= 10"}},
    "plays": {"call": {"when": "v >= 10", "cooldown": "21d", "message": "{v} of {accounts.tier}", "evidence": ["v"]}},
    "scores": {
        "health": {
            "measures": {"m": {"value": "v", "identity": True}},
            "grades": [{"name": "red"}, {"name": "green", "from": 10}],
            "hysteresis": {"points": 3},
            "trend": {"over": "14d"},
        }
    },
}


def given_rows(rows: list[tuple[str, float, float]]) -> pa.Table:
    """Account, day and value."""
    return pa.table(
        {
            "id": [row[0] for row in rows],
            "at": pa.array([day(row[1]) for row in rows], pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in rows], pa.float64()),
        }
    )


def loaded(*parts: list[tuple[str, float, float]], ids: str = "abcdefghijklmn", **top: Any) -> ch.Portfolio:
    accounts = pa.table({"id": list(ids), "tier": ["gold"] * len(ids)})
    rows = [row for part in parts for row in part]
    return ch.Portfolio(ch.Model.parse(document(**{**MODEL, **top})), given=given_rows(rows), accounts=accounts)


HISTORY = [(name, 7 * k + 1, float((7 * k + 5 * n) % 25)) for n, name in enumerate("abcdefghijklmn") for k in range(12)]
AS_OFS = [day(7 * k + shift) for k in (3, 7, 11, 12, 13) for shift in (0, 2)]


def assert_alike(grown: ch.Portfolio, anew: ch.Portfolio, **top: Any) -> None:
    for as_ofs in ([day(93)], AS_OFS, [day(40)], [day(93)]):
        assert lives(grown, as_ofs, {**MODEL, **top}) == lives(anew, as_ofs, {**MODEL, **top})


def test_rows_of_the_day_go_on_from_the_walk() -> None:
    grown, today = loaded(HISTORY), [("a", 91.5, 3.0), ("b", 90.0, 22.0)]
    grown.score(day(86))
    grown.append(given=given_rows(today))
    assert_alike(grown, loaded(HISTORY, today))


def test_rows_of_the_past_walk_their_accounts_anew() -> None:
    grown, late = loaded(HISTORY), [("c", 20.0, 24.0), ("c", 50.0, 1.0)]
    before = grown.score(AS_OFS)
    grown.append(given=given_rows(late))
    assert_alike(grown, loaded(HISTORY, late))
    assert bits(before.plays()) == bits(loaded(HISTORY).score(AS_OFS).plays())  # a panel stays what it was


def test_rows_of_the_past_move_the_ranks_of_all() -> None:
    ranked = {
        "scores": {
            "health": {
                **MODEL["scores"]["health"],
                "measures": {"m": {"value": "v", "percentile": {}}},
                "grades": [{"name": "red"}, {"name": "green", "from": 40}],
            }
        },
        "plays": {"call": {"when": "health < 50", "message": "{health:.0f}"}},
    }
    for late in ([("c", 20.0, 24.0)], [("c", 88.0, 24.0)], [("new", 60.0, 9.0)]):
        grown = loaded(HISTORY, **ranked)
        grown.score(day(86))
        grown.append(given=given_rows(late), accounts=pa.table({"id": ["new"], "tier": ["tin"]}))
        anew = loaded(HISTORY, late, ids="abcdefghijklmn", **ranked)
        anew.append(accounts=pa.table({"id": ["new"], "tier": ["tin"]}))
        assert_alike(grown, anew, **ranked)


def test_new_accounts_are_walked_from_their_first_row() -> None:
    more = [("c0", 30.0 + 7 * k, float(5 * k % 21)) for k in range(8)]
    accounts = pa.table({"id": ["c0"], "tier": ["silver"]})
    grown = loaded(HISTORY)
    grown.score(AS_OFS)
    grown.append(given=given_rows(more), accounts=accounts)
    anew = loaded(HISTORY, more)
    anew.append(accounts=accounts)
    assert_alike(grown, anew)


def test_attributes_without_a_date_walk_their_account_anew() -> None:
    stages = [{"name": "other", "enter": "v >= 0"}, {"name": "tin", "enter": "accounts.tier = 'tin' and v >= 5"}]
    top = {"journeys": {"buying": {"stages": stages}}, "scores": {}}
    accounts = pa.table({"id": ["d"], "tier": ["tin"]})
    grown, anew = loaded(HISTORY, **top), loaded(HISTORY, **top)
    grown.score(AS_OFS)
    grown.append(accounts=accounts)
    anew.append(accounts=accounts)
    assert_alike(grown, anew, **top)
    assert "tin" in grown.score(AS_OFS).table["buying"].to_pylist()


def test_texts_of_openings_stay_when_others_come() -> None:
    model = {"plays": {"call": {"when": "v >= 10", "message": "{word}", "owner": "{health_grade}"}}}
    word = {"v": document()["metrics"]["v"], "word": {"formula": "if(v > 15, 'far above', lower('BELOW THAT'))"}}
    top = {**model, "metrics": word}
    grown, more = loaded(HISTORY, **top), [("a", 92.0, 17.0)]
    grown.score(day(90))
    names = ["far above", "below that", "green", *[f"tier {k}" for k in range(50)]]
    accounts = pa.table({"id": [f"z{k}" for k in range(len(names))], "tier": names})
    grown.append(given=given_rows(more), accounts=accounts)  # texts of formulas get other codes
    anew = loaded(HISTORY, more, **top)
    anew.append(accounts=accounts)
    assert_alike(grown, anew, **top)


def test_a_table_that_fell_silent_counts_for_all() -> None:
    tables = {**document()["tables"], "given": {**document()["tables"]["given"], "stale_after": "10d"}}
    metrics = {"v": {"from": "given", "agg": "last", "of": "value"}}
    quiet = [row for row in HISTORY if not 30 < row[1] < 60]
    for late in ([("c", 45.0, 24.0)], [("c", 92.0, 24.0)]):
        grown = loaded(quiet, tables=tables, metrics=metrics)
        grown.score(day(90))
        grown.append(given=given_rows(late))
        assert_alike(grown, loaded(quiet, late, tables=tables, metrics=metrics))


def test_parts_of_a_model_share_the_walk() -> None:
    kept = loaded(HISTORY)
    assert kept.moves("buying", day(0), day(60)).num_rows > 0
    kept.memberships(day(0), day(70), cohorts="many")
    assert_alike(kept, loaded(HISTORY))
