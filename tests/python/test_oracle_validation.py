"""The slow evaluator of validation, by cases worked by hand and by scikit-learn."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from oracle import figures
from oracle.figures import Judged
from oracle.foresight import Foresight, Question
from oracle.instants import DAY, Instant, parse_instant
from oracle.outcomes import (
    Churn,
    Contraction,
    Downgrade,
    Given,
    Outcome,
    Silence,
    World,
    expansion,
    in_order,
    last_known,
)
from oracle.visibility import Table

CONTRACTS = {"kind": "intervals", "account": "a", "start": "s", "end": "e", "known": "k", "key": "id"}
DAY_0 = parse_instant("2024-01-01")


def day(n: float | None) -> Instant | None:
    return None if n is None else Instant(DAY_0 + round(n * DAY))


def at(n: float) -> int:
    found = day(n)
    assert found is not None
    return int(found)


def contract(
    start: float, end: float | None, known: float | None = None, mrr: float = 1, id_: str | None = None
) -> Any:
    return {"a": "x", "s": day(start), "e": day(end), "k": day(known), "id": id_, "mrr": mrr}


def outcomes_of(kind: Any, rows: list[Any], observed: float = 1000, as_of: float = 0, spec: Any = None) -> list[Any]:
    """At and end of each, in days."""
    world = World({"t": Table.alone("t", spec or CONTRACTS, rows)}, at(observed))
    found = kind.of(world, "x", at(as_of))
    return [tuple(None if i is None else (i - DAY_0) / DAY for i in (o.at, o.ended)) for o in found]


@pytest.mark.parametrize(
    ("rows", "gap", "expected"),
    [
        ([contract(0, 100)], "0d", [(100, None)]),
        ([contract(0, None)], "0d", []),
        ([contract(0, 100), contract(100, 200)], "0d", [(200, None)]),
        ([contract(0, 100), contract(101, 200)], "0d", [(100, 101), (200, None)]),
        ([contract(0, 100), contract(130, 200)], "30d", [(200, None)]),  # the gap's last instant is in it
        ([contract(0, 100), contract(131, 200)], "30d", [(100, 131), (200, None)]),
        ([contract(0, 100), contract(50, 200)], "0d", [(200, None)]),
        ([contract(0, 100), contract(100, 100)], "0d", [(100, None)]),  # what ends as it starts covers nothing
        ([contract(0, 100), contract(100, 90)], "0d", [(100, None)]),
        ([contract(0, 990)], "10d", [(990, None)]),  # the gap is over as of the last day
        ([contract(0, 990)], "11d", []),
        ([contract(0, 100), contract(90, None, known=1000)], "0d", []),
        ([contract(0, 100), contract(90, None, known=1001)], "0d", [(100, None)]),
        ([contract(0, 100, id_="i"), contract(0, 300, known=90, id_="i")], "0d", [(300, None)]),
        ([contract(0, 100), contract(100, 200, mrr=0)], "0d", [(100, None)]),
    ],
)
def test_a_churn_is_an_end_without_a_renewal(rows: list[Any], gap: str, expected: list[Any]) -> None:
    assert outcomes_of(Churn("t", gap, where="mrr > 0"), rows) == expected


def test_a_gap_of_a_month_is_a_month_of_the_calendar() -> None:
    # day 30 is January 31; a month later is February 29, day 59
    assert outcomes_of(Churn("t", "1mo"), [contract(0, 30), contract(59, None)]) == []
    assert outcomes_of(Churn("t", "1mo"), [contract(0, 30), contract(59.5, None)]) == [(30, 59.5)]


@pytest.mark.parametrize(
    ("rows", "by", "expected"),
    [
        ([contract(-9, None, mrr=4), contract(-9, 50, mrr=4)], 0.0, [(50, 50)]),
        ([contract(-9, None, mrr=4), contract(-9, 50, mrr=4)], 0.5, []),  # at half, not below
        ([contract(-9, None, mrr=4), contract(-9, 50, mrr=5)], 0.5, [(50, 50)]),
        ([contract(-9, 50, mrr=4), contract(50, None, mrr=3)], 0.0, [(50, 50)]),
        ([contract(-9, 50, mrr=4), contract(51, None, mrr=3)], 0.0, []),  # cover was lost: a churn, no contraction
        ([contract(-9, 0, mrr=4), contract(0, None, mrr=3)], 0.0, [(0, 0)]),  # at the as-of lies ahead
        ([contract(-9, -1, mrr=4), contract(-1, None, mrr=3)], 0.0, []),
        ([contract(-9, None, mrr=4), contract(9, 50, mrr=4)], 0.0, []),  # back to what it was
    ],
)
def test_a_contraction_is_a_fall_while_cover_is_kept(rows: list[Any], by: float, expected: list[Any]) -> None:
    assert outcomes_of(Contraction("t", "mrr", by), rows) == expected


def test_an_expansion_is_a_rise() -> None:
    rows = [contract(-9, None, mrr=4), contract(9, 50, mrr=1), contract(20, 50, mrr=1)]
    assert outcomes_of(expansion("t", "mrr"), rows) == [(9, 9)]
    assert outcomes_of(expansion("t", "mrr", 0.25), rows) == [(20, 20)]
    assert outcomes_of(expansion("t", "mrr"), [contract(9, None)]) == []  # what is not covered does not grow


def test_a_downgrade_is_a_step_down_the_list() -> None:
    spec = {"kind": "states", "account": "a", "time": "s"}
    rows = [
        {"a": "x", "s": day(n), "plan": plan} for n, plan in enumerate(["gold", None, "lead", "gold", "tin", "tin"])
    ]
    assert outcomes_of(Downgrade("t", "plan", ["gold", "lead", "tin"]), rows, spec=spec) == [(2, 2), (4, 4)]


def test_a_silence_comes_about_when_it_has_lasted() -> None:
    spec = {"kind": "events", "account": "a", "time": "s", "known": "k"}
    rows = [{"a": "x", "s": day(n), "k": day(known)} for n, known in [(0, None), (5, 9), (19, None), (25, None)]]
    assert outcomes_of(Silence("t", "10d"), rows, spec=spec) == [(19, 19), (35, None)]
    assert outcomes_of(Silence("t", "10d"), rows, observed=34, spec=spec) == [(19, 19)]


def test_what_comes_at_the_as_of_lies_ahead_of_it() -> None:
    assert [Outcome(5, None).on(n) for n in (5, 6)] == [False, True]
    assert [Outcome(5, 8).on(n) for n in (5, 8, 9)] == [False, True, False]
    assert [Outcome(5, 5).on(n) for n in (4, 5, 6)] == [False, False, False]


def test_of_several_outcomes_the_first_decides() -> None:
    kinds = {"late": Given([("x", 9, 9)]), "second": Given([("x", 5, 5)]), "tied": Given([("x", 5, 5), ("y", 1, 1)])}
    found = in_order(kinds, World({}, 100), "x", 0)
    assert [(met.name, met.outcome.at) for met in found] == [("second", 5), ("tied", 5), ("late", 9)]


# --- cases ------------------------------------------------------------------------------------------------------------

MODEL = {
    "tables": {"t": CONTRACTS},
    "metrics": {"money": {"from": "t", "agg": "sum", "of": "mrr"}, "since": {"from": "t", "agg": "days_since_first"}},
    "scores": {
        "s": {
            "measures": {"m": {"value": "money", "identity": True, "missing": "fail"}},
            "grades": [{"name": "red"}, {"name": "green", "from": 3}],
            "hysteresis": {"points": 50},
        }
    },
}


def asked(as_ofs: list[float], **more: Any) -> Question:
    base: dict[str, Any] = {"scores": ["s"], "outcome": {"churn": Churn("t")}, "horizon": "30d", "observed": at(200)}
    return Question(as_ofs=[at(n) for n in as_ofs], **{**base, **more})


def contracts(**rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {"t": [{**contract(*row), "a": name} for name, several in rows.items() for row in several]}


def statuses(found: Foresight) -> list[tuple[Any, ...]]:
    return [(row.account, row.status, row.days_ahead) for row in found.rows]


def test_each_status_is_looked_for_in_its_order() -> None:
    tables = contracts(
        a=[(0, 100)], b=[(0, 119)], c=[(0, 120)], d=[(0, 149.5)], e=[(0, 150)], f=[(0, 99)], g=[(0, 100, 0, 0)]
    )
    found = Foresight(MODEL, tables, asked([100], lead="20d", among="since > 99 and money is not missing"))
    assert statuses(found) == [
        ("a", "too_soon", None),
        ("b", "too_soon", None),
        ("c", "case", 20.0),
        ("d", "case", 49.5),
        ("e", "case", None),
        ("f", "not_among", None),
        ("g", "too_soon", None),
    ]
    assert statuses(Foresight(MODEL, tables, asked([100])))[5] == ("f", "already", None)
    late = asked([100], lead="20d", observed=at(149))
    assert [status for _, status, _ in statuses(Foresight(MODEL, tables, late))][:4] == [
        "too_soon",
        "too_soon",
        "censored",
        "censored",
    ]


def test_the_window_is_censored_until_its_gap_is_over() -> None:
    tables = contracts(a=[(0, 110)])
    for gap, observed, status in [
        ("0d", 130, "case"),
        ("0d", 129, "censored"),
        ("5d", 134, "censored"),
        ("5d", 135, "case"),
    ]:
        question = asked([100], outcome={"churn": Churn("t", gap)}, observed=at(observed))
        assert Foresight(MODEL, tables, question).rows[0].status == status


def test_grades_are_those_of_the_edges() -> None:
    found = Foresight(MODEL, contracts(a=[(0, 300, 0, 5), (0, 50, 0, -4)]), asked([10, 60, 100]))
    assert [row.grades["s"] for row in found.rows] == ["red", "green", "green"]
    assert last_known(found.portfolio.tables) == at(0)


def test_ties_at_the_cut_go_by_account_id() -> None:
    tables = contracts(a=[(0, 300, 0, 2)], b=[(0, 110, 0, 2)], c=[(0, 300, 0, 1)], d=[(0, 90, 0, 2)])
    found = Foresight(MODEL, tables, asked([50, 105], outcome={"churn": Churn("t")}))
    assert [(row.account, (row.as_of - DAY_0) / DAY) for row in found.listed("s", 2)] == [
        ("c", 50.0), ("a", 50.0), ("c", 105.0), ("a", 105.0),
    ]  # fmt: skip
    assert [row.account for row in found.listed("-s", 1)] == ["a", "a"]
    assert found.population() == {"already": (1, 1, Fraction(1, 8)), "case": (7, 4, Fraction(7, 8))}


def test_a_warning_begins_with_the_run_that_lasts() -> None:
    parts = [(0, 200, 0, 2), (0, 20, 0, 3), (40, 60, 40, 3)]  # green, red, green, red
    found = Foresight(MODEL, contracts(a=parts), asked([10, 30, 50, 70, 90, 190], observed=at(230), horizon="20d"))
    assert found.lost() == [("a", at(200))]
    assert found.warned_at("s", "a", at(200)) == at(70)
    assert [found.grade_before("s", "a", at(200), days) for days in (180, 90, 150, 199)] == [
        "green",
        "red",
        "green",
        None,
    ]


# --- figures ----------------------------------------------------------------------------------------------------------


def judged(*pairs: tuple[float | None, int]) -> list[Judged]:
    return [Judged(value, bool(event)) for value, event in pairs]


def test_a_missing_value_is_half_a_pair_and_last_in_the_list() -> None:
    cases = judged((1, 1), (2, 0), (None, 1), (2, 1), (3, 0))
    assert figures.auc(cases) == Fraction(2 + 1 + Fraction(3, 2), 6)
    assert figures.average_precision(cases) == Fraction(1, 3) * (1 + Fraction(2, 3) + Fraction(3, 5))
    assert figures.auc(judged((1, 1))) is None
    assert [figures.expected_hits(cases, n) for n in (1, 2, 3, 4, 5, 9)] == [1, Fraction(3, 2), 2, 2, 3, 3]


@pytest.mark.parametrize("seed", range(20))
def test_scikit_learn_has_the_same_figures(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    drawn = random.Random(seed)
    values = [drawn.choice([drawn.random(), drawn.randrange(5) / 4]) for _ in range(60)]
    events = [drawn.random() < 0.3 for _ in values]
    cases = judged(*zip(values, events, strict=True))
    risk = [-value for value in values]
    assert float(figures.auc(cases) or 0) == pytest.approx(metrics.roc_auc_score(events, risk), abs=1e-14)
    assert float(figures.average_precision(cases) or 0) == pytest.approx(
        metrics.average_precision_score(events, risk), abs=1e-14
    )
    chances = [min(max(value, 0.01), 0.99) for value in values]
    assert float(figures.brier(chances, events) or 0) == pytest.approx(metrics.brier_score_loss(events, chances))
    assert figures.log_loss(chances, events) == pytest.approx(metrics.log_loss(events, chances), abs=1e-12)


def test_bins_are_of_equal_cases() -> None:
    found = figures.bins([k / 25 for k in range(25)], [k % 2 == 0 for k in range(25)])
    assert [b.cases for b in found] == [2, 3] * 5
    assert (found[1].low, found[1].high, found[1].events, found[1].predicted) == (
        2 / 25, 4 / 25, 2, Fraction(sum(map(Fraction, (2 / 25, 3 / 25, 4 / 25))), 3),
    )  # fmt: skip


def test_scikit_learn_draws_the_same_line() -> None:
    models = pytest.importorskip("sklearn.linear_model")
    drawn = random.Random(3)
    values = [drawn.gauss(0, 1) for _ in range(200)]
    events = [drawn.random() < 1 / (1 + np.exp(1 - value)) for value in values]
    free = models.LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12)
    fitted = free.fit(np.array(values)[:, None], events)
    assert figures.logistic(values, events) == pytest.approx((fitted.intercept_[0], fitted.coef_[0][0]), abs=1e-8)
