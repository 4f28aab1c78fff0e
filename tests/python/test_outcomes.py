"""What came of accounts, from their tables: counted by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from foreseen import contracts, day, document, given, instants, lost, portfolio

VALUES = [("a", -400, 50.0), ("b", -400, 50.0)]


def found(
    outcome: Any, covers: list[tuple[Any, ...]], as_of: float = 0, horizon: str = "90d", observed: float = 1000
) -> Any:
    """Status and day of the outcome of account a."""
    loaded = portfolio(VALUES, covers)
    cases = loaded.validate(
        "v", as_ofs=day(as_of), outcome=outcome, horizon=horizon, observed=day(observed), rounds=1
    ).cases
    row = cases.to_pylist()[0]
    return row["status"], None if row["outcome_at"] is None else (row["outcome_at"] - day(0)).total_seconds() / 86400


CHURN = ch.outcomes.churn("contracts")


@pytest.mark.parametrize(
    ("covers", "expected"),
    [
        ([("a", -100, 50)], ("case", 50)),
        ([("a", -100, None)], ("case", None)),
        ([("a", -100, 0)], ("case", 0)),  # alive a moment before the as-of: it lies ahead
        ([("a", -100, -1)], ("already", None)),
        ([("a", -100, 90)], ("case", None)),  # the window ends before its end
        ([("a", -100, 50), ("a", 50, 300)], ("case", None)),
        ([("a", -100, 50), ("a", 51, 300)], ("case", 50)),  # a day late, and no gap
        ([("a", -100, 50), ("a", -50, 300)], ("case", None)),  # another contract covers the end
        ([("a", -100, 80), ("a", -50, 20)], ("case", 80)),  # the later end counts
        ([("a", -100, -50), ("a", 0, 300)], ("already", None)),  # the return at the as-of has not been seen by it
        ([("a", -100, -50), ("a", -1, 60)], ("case", 60)),
        ([("b", -100, 50)], ("case", None)),  # never covered: among= is there to leave it out
        ([("a", 10, 10), ("a", -100, 50)], ("case", 50)),  # what ends as it begins covers nothing
    ],
)
def test_churn_is_an_end_with_nothing_after_it(covers: list[tuple[Any, ...]], expected: Any) -> None:
    assert found(CHURN, covers) == expected


def test_a_renewal_within_the_gap_is_one() -> None:
    late = [("a", -100, 50), ("a", 80, 300)]
    assert found(ch.outcomes.churn("contracts", gap="30d"), late) == ("case", None)
    assert found(ch.outcomes.churn("contracts", gap="29d"), late) == ("case", 50)
    assert found(ch.outcomes.churn("contracts", gap="1mo"), [("a", -100, 30), ("a", 59, 300)]) == ("case", None)


def test_a_case_waits_for_the_gap() -> None:
    churn = ch.outcomes.churn("contracts", gap="30d")
    assert found(churn, [("a", -100, 50)], observed=120) == ("case", 50)
    assert found(churn, [("a", -100, 50)], observed=119) == ("censored", None)
    assert found(CHURN, [("a", -100, 50)], observed=90) == ("case", 50)


def test_only_rows_that_pass_cover() -> None:
    paid = ch.outcomes.churn("contracts", where="mrr > 0 and plan != 'trial'")
    covers = [("a", -100, 50, 9.0), ("a", 50, 300, 0.0), ("a", 50, 300, 5.0, 50, "trial")]
    assert found(paid, covers) == ("case", 50)
    assert found(CHURN, covers) == ("case", None)


def test_a_row_that_became_known_after_observed_renews_nothing() -> None:
    covers = [("a", -100, 50), ("a", 50, 300, 1.0, 200)]
    assert found(CHURN, covers, observed=199) == ("case", 50)
    assert found(CHURN, covers, observed=200) == ("case", None)


@pytest.mark.parametrize(
    ("covers", "by", "expected"),
    [
        ([("a", -9, None, 4.0), ("a", -9, 50, 4.0)], 0.0, 50),
        ([("a", -9, None, 4.0), ("a", -9, 50, 4.0)], 0.5, None),  # at half, not below it
        ([("a", -9, None, 4.0), ("a", -9, 50, 5.0)], 0.5, 50),
        ([("a", -9, 50, 4.0), ("a", 50, None, 3.0)], 0.0, 50),
        ([("a", -9, 50, 4.0), ("a", 51, None, 3.0)], 0.0, None),  # cover was lost: churn, no contraction
        ([("a", -9, 0, 4.0), ("a", 0, None, 3.0)], 0.0, 0),
        ([("a", -9, -1, 4.0), ("a", -1, None, 3.0)], 0.0, None),
        ([("a", -9, None, 4.0), ("a", 9, 50, 4.0)], 0.0, None),  # back to what it was
        ([("a", -9, None, 0.1), ("a", -9, None, 0.2), ("a", -9, 20, 0.3), ("a", 20, None, 0.3)], 0.0, None),
        ([("a", 9, None, 4.0)], 0.0, None),
    ],
)
def test_a_contraction_is_a_fall_while_cover_is_kept(covers: Any, by: float, expected: Any) -> None:
    assert found(ch.outcomes.contraction("contracts", mrr="mrr", by=by), covers) == ("case", expected)


def test_an_expansion_is_a_rise_from_what_was_paid() -> None:
    covers = [("a", -9, None, 4.0), ("a", 9, 50, 1.0), ("a", 20, 50, 1.0)]
    assert found(ch.outcomes.expansion("contracts", mrr="mrr"), covers) == ("case", 9)
    assert found(ch.outcomes.expansion("contracts", mrr="mrr", by=0.25), covers) == ("case", 20)
    assert found(ch.outcomes.expansion("contracts", mrr="mrr"), [("a", 9, None)]) == ("case", None)
    assert found(ch.outcomes.expansion("contracts", mrr="mrr"), [("a", -9, None, 0.0), ("a", 9, 20, 1.0)])[1] == 9


def test_a_downgrade_is_a_step_down_the_list() -> None:
    down = ch.outcomes.downgrade("contracts", of="plan", order=["company", "team", "trial"])
    covers = [("a", n, None, 1.0, n, plan) for n, plan in [(-9, "trial"), (5, "company"), (9, "other"), (20, "team")]]
    assert found(down, covers) == ("case", 20)
    assert found(down, covers, as_of=21) == ("case", None)


def test_a_silence_comes_about_when_it_has_lasted_and_ends_with_the_next_row() -> None:
    quiet = ch.outcomes.silence("contracts", "30d")
    assert found(quiet, [("a", -10, None)]) == ("case", 20)
    assert found(quiet, [("a", -10, None), ("a", 19, None), ("a", 40, None)]) == ("case", 70)
    assert found(quiet, [("a", -31, None)]) == ("already", None)  # the silent are no cases: they flatter a score
    assert found(quiet, [("a", -30, None)]) == ("case", 0)
    assert found(quiet, [("a", -60, None), ("a", -1, None)]) == ("case", 29)
    assert found(quiet, [("b", -10, None)]) == ("case", None)  # who never spoke


def test_a_formula_comes_about_at_the_tick_at_which_it_turns_true() -> None:
    loaded = portfolio([("a", -400, 50.0), ("a", 20, 5.0)])
    cases = loaded.validate("v", as_ofs=[day(0), day(28)], outcome="v < 10", horizon="28d", observed=day(80)).cases
    assert cases["status"].to_pylist() == ["case", "already"]
    assert cases["outcome_at"].to_pylist() == [day(21), None]
    assert cases["outcome"].to_pylist() == ["v < 10", None]


def test_of_several_outcomes_the_first_decides() -> None:
    covers = [("a", -9, 60, 4.0), ("a", -9, 50, 4.0)]
    both = [ch.outcomes.churn("contracts"), ch.outcomes.contraction("contracts", mrr="mrr")]
    loaded = portfolio(VALUES, covers)
    row = loaded.validate("v", as_ofs=day(0), outcome=both, horizon="90d", observed=day(200)).cases.to_pylist()[0]
    assert (row["outcome"], row["outcome_at"]) == ("contraction", day(50))
    named = {"left": both[0], "second": lost([("a", 60)]), "third": lost([("a", 60)])}
    row = loaded.validate("v", as_ofs=day(0), outcome=named, horizon="90d", observed=day(200)).cases.to_pylist()[0]
    assert (row["outcome"], row["days_ahead"]) == ("left", 60.0)  # of those at one instant, the one named first


def test_those_that_come_later_in_the_window_compete() -> None:
    named = {
        "first": lost([("a", 20), ("b", 40)]),
        "second": lost([("a", 30), ("b", 40), ("c", 95)]),
        "third": lost([("a", 95), ("c", 30)]),
        "never": lost([]),
    }
    loaded = portfolio([(who, -9, 50.0) for who in "abcd"])
    asked: dict[str, Any] = {"as_ofs": day(0), "horizon": "90d", "observed": day(200)}
    found = loaded.validate("v", outcome=named, **asked)
    competing = {row["account_id"]: (row["outcome"], row["competing"]) for row in found.cases.to_pylist()}
    assert competing == {
        "a": ("first", "second"),
        "b": ("first", "second"),
        "c": ("third", None),
        "d": (None, None),
    }
    assert found.summary["events"].to_pylist() == [3]
    assert "What came first: first in 2, second in 0, third in 1, never in 0 of these." in found.explain()
    late = loaded.validate("v", outcome=named, lead="35d", **asked).cases.to_pylist()
    assert [(row["status"], row["competing"]) for row in late[:3]] == [
        ("too_soon", None), ("case", "second"), ("too_soon", None),
    ]  # fmt: skip
    assert "competing" not in loaded.validate("v", outcome=named["first"], **asked).cases.column_names


def test_a_table_of_outcomes_may_say_when_each_was_over() -> None:
    loaded = portfolio(VALUES)

    def statuses(outcome: pa.Table, as_ofs: list[float]) -> list[Any]:
        asked = [day(n) for n in as_ofs]
        cases = loaded.validate("v", as_ofs=asked, outcome=outcome, horizon="10d", observed=day(900)).cases
        return [row["status"] for row in cases.to_pylist() if row["account_id"] == "a"]

    assert statuses(lost([("a", 50, None)]), [50, 51, 400]) == ["case", "already", "already"]
    assert statuses(lost([("a", 50, 60)]), [50, 51, 60, 61]) == ["case", "already", "already", "case"]
    assert statuses(lost([("a", 50)]), [50, 51]) == ["case", "case"]
    # A short one that began later does not end a long one.
    assert statuses(lost([("a", 10, 90), ("a", 20, 21)]), [50, 91]) == ["already", "case"]


def test_replay_takes_the_same_outcomes() -> None:
    loaded = portfolio([("a", -1, 50.0), ("a", 6, 5.0)], [("a", -9, 30)], plays={"low": {"when": "v < 10"}})
    replayed = loaded.replay(day(0), day(28), outcome=CHURN, within="90d", observed=day(200))
    assert replayed.openings["status"].to_pylist() == ["hit"]
    assert replayed.openings["lead_days"].to_pylist() == [23.0]
    with pytest.raises(ch.DataError, match="a contraction is measured from an as-of"):
        loaded.replay(day(0), day(28), outcome=ch.outcomes.contraction("contracts", mrr="mrr"))


BAD = [
    (ch.outcomes.churn("contract"), "the model has no table 'contract': did you mean 'contracts'"),
    (ch.outcomes.churn("given"), "table 'given' is of kind states, not intervals"),
    (ch.outcomes.churn("contracts", where="mrr >"), "where"),
    (ch.outcomes.churn("contracts", where="seats > 0"), "where: .*seats"),
    (ch.outcomes.contraction("contracts", mrr="mmr"), "does not read from table 'contracts' the column 'mmr': did you"),
    (ch.outcomes.contraction("contracts", mrr="plan"), "contracts.plan is no column of numbers"),
    (ch.outcomes.downgrade("accounts", of="tier", order=["a", "b"]), "is of kind accounts"),
    ("gnoe < 1", "unknown name 'gnoe'"),
    ([], "outcome: expected one or more, got none"),
    ([CHURN, CHURN], "have one name; give a dict"),
    (5, "table 'outcome': a int cannot be read"),
    (pa.table({"account_id": [1], "at": instants([5])}), "account ids are integers here and texts in the portfolio"),
    (pa.table({"account_id": ["a"]}), "an outcome needs"),
    (lost([("a", None)]), "outcome.at.0.: 1 row holds nothing"),
    (lost([(None, 5)]), "outcome.account_id.0.: 1 row holds nothing"),
    (lost([("a", 5, 4)]), "outcome.ended.0.: 1 outcomes end before they come about"),
]


@pytest.mark.parametrize(("outcome", "message"), BAD)
def test_an_outcome_that_cannot_be_used_says_why(outcome: Any, message: str) -> None:
    loaded = portfolio(VALUES, [("a", -9, 30)])
    with pytest.raises(ch.Error, match=message):
        loaded.validate("v", as_ofs=day(0), outcome=outcome, horizon="90d", observed=day(900))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ch.outcomes.churn("contracts", gap="soon"), "gap='soon'"),
        (lambda: ch.outcomes.silence("contracts", "0d"), "length='0d'"),
        (lambda: ch.outcomes.contraction("contracts", mrr="mrr", by=-1), "by: expected a share"),
        (lambda: ch.outcomes.downgrade("plans", of="plan", order=["one"]), "order: expected two different values"),
        (lambda: ch.outcomes.churn(5), "table: expected the name"),  # type: ignore[arg-type]
    ],
)
def test_a_rule_that_is_none_is_refused_at_once(make: Any, message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        make()


def test_ids_may_be_integers() -> None:
    model = ch.Model.parse(document())
    table = given([(1, -9, 50.0), (2, -9, 5.0)])
    covers = contracts([("1", -9, 30), ("2", -9, 300)])
    covers = covers.set_column(0, "id", covers["id"].cast(pa.int64()))
    accounts = pa.table({"id": [1, 2], "tier": ["x", "y"]})
    loaded = ch.Portfolio(model, given=table, contracts=covers, accounts=accounts)
    cases = loaded.validate("v", as_ofs=day(0), outcome=CHURN, horizon="90d", observed=day(200)).cases
    assert cases.select(["account_id", "outcome"]).to_pylist() == [
        {"account_id": 1, "outcome": "churn"},
        {"account_id": 2, "outcome": None},
    ]
