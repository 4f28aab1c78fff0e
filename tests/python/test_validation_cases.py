"""Which rows of a panel are cases, and how each ended: counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
from foreseen import ASKED, MONTHS, contracts, day, document, given, lost, no_nan, portfolio, random_book, rows


def test_each_panel_row_has_one_status_and_all_are_counted() -> None:
    values = [(who, -9, 50.0) for who in "abcdef"]
    loaded = portfolio(values, accounts=dict.fromkeys("abcde", "gold") | {"f": "lead"})
    ends = lost([("a", 20, None), ("b", -5, None), ("c", 5, None), ("f", 20, None), ("d", 3, 4), ("d", 20, 21)])
    found = loaded.validate(
        "health", as_ofs=[day(0), day(60)], outcome=ends, horizon="30d", lead="10d", among="accounts.tier = 'gold'",
        observed=day(80), rounds=5,
    )  # fmt: skip
    assert rows(found.cases.filter(pa.compute.equal(found.cases["as_of"], day(0))), "account_id", "status") == [
        ("a", "case"),
        ("b", "already"),
        ("c", "too_soon"),
        ("d", "too_soon"),  # though it comes again in the window
        ("e", "case"),
        ("f", "not_among"),
    ]
    assert rows(found.population) == [
        ("not_among", 2, 1, 2 / 12),
        ("already", 4, 3, 4 / 12),
        ("too_soon", 2, 2, 2 / 12),
        ("censored", 2, 2, 2 / 12),
        ("case", 2, 2, 2 / 12),
    ]
    case = found.cases.to_pylist()[0]
    assert (case["outcome"], case["outcome_at"], case["days_ahead"]) == ("outcome", day(20), 20.0)
    assert (case["health"], case["health_grade"]) == (50.0, "yellow")
    no_nan(found)


@pytest.mark.parametrize(
    ("at", "status", "came"),
    [(9.9, "too_soon", False), (10, "case", True), (39.9, "case", True), (40, "case", False), (0, "too_soon", False)],
)
def test_the_window_holds_its_beginning_and_not_its_end(at: float, status: str, came: bool) -> None:
    found = portfolio([("a", -9, 50.0)]).validate(
        "v", as_ofs=day(0), outcome=lost([("a", at)]), horizon="30d", lead="10d", observed=day(40), rounds=1
    )
    (case,) = found.cases.to_pylist()
    assert (case["status"], case["outcome"] is not None) == (status, came)


def test_a_window_that_is_not_over_is_censored_whatever_came() -> None:
    def statuses(observed: float) -> list[str]:
        loaded = portfolio([("a", -9, 50.0), ("b", -9, 50.0)])
        found = loaded.validate(
            "v", as_ofs=day(0), outcome=lost([("a", 5)]), horizon="1mo", observed=day(observed), rounds=1
        )
        return [row[0] for row in rows(found.cases, "status")]

    assert statuses(30.9) == ["censored", "censored"]  # January has 31 days
    assert statuses(31) == ["case", "case"]


def test_outcomes_are_known_up_to_the_last_row_unless_said_otherwise() -> None:
    loaded = portfolio([("a", -9, 50.0), ("a", 33, 50.0)], [("b", -50, 10, 1.0, 12)])
    assert loaded.validate("v", as_ofs=day(0), outcome=lost([]), horizon="30d", rounds=1).observed == np.datetime64(
        (day(33)).replace(tzinfo=None)
    )


def observed_of(covers: list[tuple[Any, ...]], tables: dict[str, Any] | None = None, **given_of: Any) -> Any:
    """The last instant that is known, of values up to day -9 and these contracts."""
    model = document()
    model["tables"] |= tables or {}
    accounts = pa.table({"id": ["a"], "tier": ["gold"], "since": [day(given_of.get("since", -400))]})
    loaded = ch.Portfolio(
        ch.Model.parse(model), given=given([("a", -9, 50.0)]), contracts=contracts(covers), accounts=accounts
    )
    found = loaded.validate("v", as_ofs=day(-30), outcome=lost([]), horizon="10d", rounds=1)
    return found.observed, found.notes["text"].to_pylist()


def at(n: float) -> np.datetime64:
    return np.datetime64(day(n).replace(tzinfo=None), "us")


def test_a_renewal_that_was_signed_ahead_is_known_when_it_was_signed() -> None:
    observed, told = observed_of([("a", 500, 700, 1.0, -20)])
    assert (observed, [text for text in told if "observed=" in text]) == (at(-9), [])
    assert observed_of([("a", 500, 700, 1.0, -3)])[0] == at(-3)
    assert observed_of([("a", 500, 700, 1.0, -3), ("a", 40, 50, 1.0, None)])[0] == at(40)  # known when it starts


def test_a_start_that_nobody_can_have_seen_is_told_of() -> None:
    silent = {"contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end"}}
    observed, told = observed_of([("a", 500, 700)], silent)
    assert observed == at(500)
    assert any("does not say when it became known" in text and "give observed='2023-12-23'" in text for text in told)


def test_accounts_tell_when_they_became_known() -> None:
    dated = {"accounts": {"kind": "accounts", "account": "id", "known": "since"}}
    assert observed_of([], dated, since=77)[0] == at(77)
    assert observed_of([], dated, since=-77)[0] == at(-9)


def test_rows_that_come_later_change_no_case_that_was_over() -> None:
    values, _ends = random_book(3)
    covers = [(f"a{k:03}", -90, 30.0 * (k % 9)) for k in range(40)]
    later = [(f"a{k:03}", 30.0 * (k % 9) + 5, 900.0, 1.0, 200.0) for k in range(0, 40, 2)]
    asked: dict[str, Any] = {"as_ofs": MONTHS[:5], "horizon": "30d", "observed": day(180), "rounds": 1}
    churn = ch.outcomes.churn("contracts")
    before = portfolio(values, covers).validate(["v", "mrr"], outcome=churn, **asked)
    loaded = portfolio([*values, *((f"a{k:03}", 190, 1.0) for k in range(40))], covers + later)
    after = loaded.validate(["v", "mrr"], outcome=churn, **asked)
    assert before.cases.equals(after.cases)
    assert before.summary["events"].to_pylist()[0] > 0
    known = loaded.validate(["v", "mrr"], outcome=churn, **{**asked, "observed": day(220)})
    assert not known.cases.equals(after.cases)  # the renewals are known by then


def test_a_score_knows_what_was_known_before_the_as_of() -> None:
    ranks = {"scores": {"rank": {"measures": {"v": {"value": "v", "percentile": {"least": 1}}}}}}
    values, ends = random_book(4)
    loaded = portfolio(values, **ranks)
    found = loaded.validate("rank", as_ofs=MONTHS, outcome=ends, **ASKED)
    for at in MONTHS[::5]:  # peers of each as-of, none of a later one
        alone = loaded.score(at).table["rank"].to_pylist()
        assert [row["rank"] for row in found.cases.to_pylist() if row["as_of"] == at] == alone
