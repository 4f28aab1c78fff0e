"""The core against the slow evaluator, over random models and tables: the same panel, reasons and contributions."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, note

import customerhealth as ch
from against_oracle import assert_same_panel, assert_same_reasons, compare_noted, in_doubt, plain, same
from model_strategies import cases
from oracle import Answer, evaluate, life
from strategies import Case, examples


@examples(400)
@given(cases(scores=False))
def test_metrics_of_a_random_model_equal_the_slow_evaluator(case: Case) -> None:
    compare_noted(case)


@examples(400)
@given(cases())
def test_scores_of_a_random_model_equal_the_slow_evaluator(case: Case) -> None:
    compare_noted(case)


@examples(300)
@given(cases(features=frozenset({"peers"})))
def test_scores_among_peers_equal_the_slow_evaluator(case: Case) -> None:
    compare_noted(case)


@examples(200)
@given(cases(features=frozenset({"time"})))
def test_scores_over_time_equal_the_slow_evaluator(case: Case) -> None:
    compare_noted(case)


@examples(200)
@given(cases(features=frozenset({"peers", "time"})))
def test_scores_among_peers_over_time_equal_the_slow_evaluator(case: Case) -> None:
    compare_noted(case)


def plays_of(case: Case, answer: Answer, closed: bool) -> list[dict[str, Any]]:
    """The rows of Panel.plays() but for texts, in its order."""
    rows = [row for point in answer.points for row in life.play_rows(point, closed)]
    accounts = {account: place for place, account in enumerate(answer.world.accounts if answer.world else [])}
    return sorted(rows, key=lambda row: (accounts[row["account_id"]], row["play"].encode(), row["opened"]))


def assert_same_plays(case: Case, answer: Answer, panel: Any, closed: bool) -> None:
    table = panel.plays(closed=closed)
    got = [
        dict(zip(table.column_names, row, strict=True)) for row in zip(*map(plain, table.itercolumns()), strict=True)
    ]
    worked_out = plays_of(case, answer, closed)  # before anything is asked for its doubts, which it finds on the way

    def without_doubt(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if not in_doubt(case, answer, (row["account_id"], int(row["as_of"])))]

    sure, expected = without_doubt(got), without_doubt(worked_out)
    assert [row["id"] for row in sure] == [row["id"] for row in expected]
    for found, wanted in zip(sure, expected, strict=True):
        for field in ("as_of", "account_id", "play", "opened", "due", "closed"):
            assert found[field] == wanted[field], f"{field}: the oracle says {wanted}, the core {found}"
        assert same(wanted["priority"], found["priority"], 1e-9)
        for column in ("evidence", "evidence_now"):
            assert (found[column] is None) == (wanted[column] is None)
            evidence, known = json.loads(found[column] or "{}"), json.loads(wanted[column] or "{}")
            assert list(evidence) == list(known)
            for name, value in known.items():
                got_value = float(evidence[name]) if isinstance(evidence[name], int) else evidence[name]
                assert same(float(value) if isinstance(value, int) else value, got_value, 1e-9), f"{found} {wanted}"


def assert_same_moves(case: Case, answer: Answer, portfolio: Any) -> None:
    assert answer.world is not None
    last = max(case.as_ofs)
    for journey in case.model["journeys"]:
        table = portfolio.moves(journey, "1900-01-01", max(case.moments()))
        got = list(zip(*map(plain, table.itercolumns()), strict=True))
        expected = life.moves(journey, answer.world, last)
        for account in answer.world.accounts:
            if "near" in answer.world.point(account, last + 1).doubt or not case.exact:
                continue
            assert [row for row in got if row[0] == account] == [row for row in expected if row[0] == account]


def assert_same_past(case: Case, answer: Answer, portfolio: Any) -> None:
    """Stays in cohorts and openings of plays at ticks, those of accounts without a panel row by now too."""
    assert answer.world is not None
    last, until = max(case.as_ofs), max(case.moments())
    listings = []
    for cohort in case.model["cohorts"]:
        stays = portfolio.memberships("1900-01-01", until, cohorts=cohort)
        listings.append((stays, life.stays(cohort, answer.world, last)))
    for play in case.model["plays"]:
        openings = portfolio.replay("1900-01-01", until, plays=play).openings
        columns = openings.select(["account_id", "play", "opened", "closed"])
        listings.append((columns, life.tick_openings(play, answer.world, last)))
    for table, expected in listings:
        got = list(zip(*map(plain, table.itercolumns()), strict=True))
        for account in answer.world.accounts:
            if "near" in answer.world.point(account, last + 1).doubt or not case.exact:
                continue
            assert [row for row in got if row[0] == account] == [row for row in expected if row[0] == account]


@examples(40)
@given(cases(features=frozenset({"life"})))
def test_journeys_cohorts_and_plays_equal_the_slow_evaluator(case: Case) -> None:
    note(json.dumps(case.model, ensure_ascii=False, indent=1))
    answer = evaluate(case.model, case.rows, case.as_ofs)
    portfolio = ch.Portfolio(ch.Model.parse(case.model), tables=case.tables())
    panel = portfolio.score(case.moments())
    assert_same_panel(case, answer, panel)
    assert_same_reasons(case, answer, panel)
    for closed in (False, True):
        assert_same_plays(case, answer, panel, closed)
    assert_same_moves(case, answer, portfolio)
    assert_same_past(case, answer, portfolio)


@examples(30)
@given(cases(features=frozenset({"life", "time", "peers"})))
def test_journeys_beside_scores_over_time_and_among_peers_equal_the_slow_evaluator(case: Case) -> None:
    compare_noted(case)
