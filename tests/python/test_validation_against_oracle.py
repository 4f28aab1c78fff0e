"""validate on random portfolios, against the slow evaluator of cases and figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, note

from against_oracle import plain
from foresight_strategies import Asked, questions
from oracle import figures
from oracle.foresight import Foresight
from oracle.instants import DAY
from strategies import examples

CLOSE = 1e-12
KINDS = ("churn", "contraction", "expansion", "downgrade", "silence", "given")


def records(table: Any) -> list[dict[str, Any]]:
    """Rows of plain values; instants as microseconds."""
    found = table.table if hasattr(table, "table") else table
    columns = {name: plain(found.column(name)) for name in found.column_names}
    return [{name: values[k] for name, values in columns.items()} for k in range(found.num_rows)]


def close(expected: Fraction | float | None, got: Any) -> bool:
    if expected is None or got is None:
        return expected is None and got is None
    return got == pytest.approx(float(expected), rel=CLOSE, abs=CLOSE)


def both(asked: Asked) -> tuple[Foresight, Any]:
    note(repr(asked.question))
    slow = asked.slowly()
    return slow, asked.validate()


def assert_same_cases(slow: Foresight, got: Any) -> None:
    rows = records(got.cases)
    assert [(row["account_id"], row["as_of"]) for row in rows] == [(case.account, case.as_of) for case in slow.rows]
    for row, case in zip(rows, slow.rows, strict=True):
        key = (case.account, case.as_of)
        assert row["status"] == case.status, key
        if case.status == "case":
            assert (row["outcome_at"], row["days_ahead"]) == (case.outcome_at, case.days_ahead), key
        for score in slow.question.scores:
            value = case.values[score.removeprefix("-")]
            turned = -value if score.startswith("-") and value is not None else value
            assert row[score] == turned, (key, score)
        for score, grade in case.grades.items():
            assert row[f"{score}_grade"] == grade, (key, score)


def assert_same_population(slow: Foresight, got: Any) -> None:
    rows = {row["status"]: row for row in records(got.population)}
    expected = slow.population()
    assert {status for status, row in rows.items() if row["cases"]} == set(expected)
    for status, (cases, accounts, share) in expected.items():
        assert (rows[status]["cases"], rows[status]["accounts"]) == (cases, accounts)
        assert close(share, rows[status]["share"])


def assert_same_summary(slow: Foresight, got: Any) -> None:
    rows = {row["score"]: row for row in records(got.summary)}
    events = [case for case in slow.cases if case.event]
    for score in slow.question.scores:
        row, judged = rows[score], slow.judged(score)
        assert (row["cases"], row["accounts"]) == (len(slow.cases), len({case.account for case in slow.cases}))
        assert (row["events"], row["event_accounts"]) == (len(events), len({case.account for case in events}))
        assert close(Fraction(len(events), len(slow.cases)) if slow.cases else None, row["base_rate"])
        assert row["missing"] == sum(case.value is None for case in judged)
        assert close(figures.auc(judged), row["auc"]), score
        assert close(figures.average_precision(judged), row["ap"]), score
        assert close(slow.within(score), row["auc_within"]), score


def assert_same_gains(slow: Foresight, got: Any) -> None:
    """Of the riskiest so many percent."""
    events = sum(case.event for case in slow.cases)
    for row in records(got.gains):
        judged = slow.judged(row["score"])
        exact = Fraction(row["share"]).limit_denominator(1000) * len(judged)
        assert abs(row["cases"] - exact) < 1 or row["cases"] == 1, row
        hits = figures.expected_hits(judged, row["cases"])
        assert close(hits, row["events"])
        assert close(hits / row["cases"], row["precision"])
        assert close(hits / events if events else None, row["recall"])
        assert close(hits * len(judged) / (row["cases"] * events) if events else None, row["lift"])


def assert_same_lists(slow: Foresight, got: Any) -> None:
    rows = {(row["score"], row["capacity"]): row for row in records(got.capacity)}
    events = sum(case.event for case in slow.cases)
    for score in slow.question.scores:
        for capacity in slow.question.capacity:
            row, listed = rows[(score, capacity)], slow.listed(score, capacity)
            hits = sum(case.event for case in listed)
            assert row["as_ofs"] == len({case.as_of for case in slow.cases})
            assert row["listed"] == len(listed)
            assert close(Fraction(hits, len(listed)), row["precision"])
            assert close(Fraction(hits, events) if events else None, row["recall"])
            lift = Fraction(hits * len(slow.cases), len(listed) * events) if events else None
            assert close(lift, row["lift"])


def assert_same_grades(slow: Foresight, got: Any) -> None:
    rows: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in records(got.grades):
        rows[row["score"]][row["grade"]] = row
    for score in {name for name in slow.question.scores if name in ("health", "busy")}:
        groups = slow.graded(score)
        total = sum(len(group) for group in groups.values())
        assert {grade for grade, row in rows[score].items() if row["cases"]} == set(groups)
        for grade, group in groups.items():
            row, events = rows[score][grade], sum(case.event for case in group)
            assert (row["cases"], row["events"]) == (len(group), events)
            assert row["accounts"] == len({case.account for case in group})
            assert close(Fraction(len(group), total), row["share"])
            assert close(Fraction(events, len(group)), row["rate"])


def assert_same_warnings(slow: Foresight, got: Any) -> None:
    lost = slow.lost()
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(got.warnings):
        rows[row["score"]].append(row)
    for score in {name for name in slow.question.scores if name in ("health", "busy")}:
        assert [(row["account_id"], row["outcome_at"]) for row in rows[score]] == lost
        for row in rows[score]:
            account, at = row["account_id"], row["outcome_at"]
            warned = slow.warned_at(score, account, at)
            assert row["warned_at"] == warned, (account, at)
            assert close(None if warned is None else (at - warned) / DAY, row["lead_days"])
            for days in (180, 90, 60, 30):
                assert row[f"grade_{days}"] == slow.grade_before(score, account, at, days), (account, at, days)


def assert_same_surprises(slow: Foresight, got: Any) -> None:
    """Missed: of the best grade and lost; spared: of the worst and kept. Each account once, at its last such as-of."""
    for table, grade, event in ((got.missed, -1, True), (got.spared, 0, False)):
        name = slow.portfolio.model["scores"]["health"]["grades"][grade]["name"]
        expected: dict[Any, list[Any]] = defaultdict(list)
        for case in slow.cases:
            if case.grades["health"] == name and case.event == event:
                expected[case.account].append(case)
        rows = {row["account_id"]: row for row in records(table) if row["score"] == "health"}
        assert rows.keys() == expected.keys()
        for account, cases in expected.items():
            last, row = cases[-1], rows[account]
            assert (row["as_of"], row["outcome_at"], row["cases"]) == (last.as_of, last.outcome_at, len(cases))
            assert (row["value"], row["grade"]) == (last.values["health"], name)


CHECKS = (
    assert_same_summary,
    assert_same_gains,
    assert_same_lists,
    assert_same_grades,
    assert_same_warnings,
    assert_same_surprises,
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_slow_evaluator_finds_the_same(kind: str) -> None:
    seen: Counter[str] = Counter()

    @examples(30)
    @given(questions(kinds=(kind,)))
    def holds(asked: Asked) -> None:
        slow, got = both(asked)
        seen.update(case.status for case in slow.rows)
        seen["event"] += any(case.event for case in slow.cases)
        assert_same_cases(slow, got)
        assert_same_population(slow, got)
        if slow.cases:
            for check in CHECKS:
                check(slow, got)

    holds()
    assert seen["event"], "no example had an event"
    assert seen["case"] > 20, seen


@examples(30)
@given(questions())
def test_several_outcomes_compete(asked: Asked) -> None:
    slow, got = both(asked)
    assert_same_cases(slow, got)
