"""Whether a score foresees: figures against scikit-learn, and what is said of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

import customerhealth as ch
from customerhealth.validation.sample import interval
from foreseen import (
    ASKED,
    MONTHS,
    TABLES,
    book,
    contracts,
    day,
    document,
    given,
    lost,
    no_nan,
    portfolio,
    random_book,
    rows,
)

# ---- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_auc_and_average_precision_are_those_of_scikit_learn(seed: int) -> None:
    found = book(seed)
    cases = found.cases.filter(pa.compute.equal(found.cases["status"], "case"))
    event = np.array([name is not None for name in cases["outcome"].to_pylist()])
    for place, name in enumerate(("v", "-rival")):
        risk = -cases[name].to_numpy()
        row = found.summary.to_pylist()[place]
        assert row["auc"] == pytest.approx(roc_auc_score(event, risk), abs=1e-14)
        assert row["ap"] == pytest.approx(average_precision_score(event, risk), abs=1e-12)
        assert (row["cases"], row["events"], row["accounts"]) == (len(event), int(event.sum()), 40)
        assert row["auc_low"] <= row["auc"] <= row["auc_high"]
    no_nan(found)


def test_a_missing_score_is_half_a_pair_and_last_in_lists() -> None:
    values = [("a", -9, 1.0), ("b", -9, None), ("c", -9, None), ("d", -9, 9.0)]
    found = portfolio(values).validate(
        "v", as_ofs=day(0), outcome=lost([("a", 5), ("b", 5)]), horizon="30d", observed=day(90), rounds=5
    )
    (row,) = found.summary.to_pylist()
    assert (row["auc"], row["missing"]) == (0.625, 2)  # a before d; three pairs with a missing one are halves: 2.5 of 4
    gains = {row["share"]: row for row in found.gains.to_pylist()}
    assert (gains[0.5]["cases"], gains[0.5]["events"], gains[0.5]["cutoff"]) == (2, 1, 9.0)
    assert (gains[1.0]["events"], gains[1.0]["cutoff"], gains[1.0]["recall"]) == (2, None, 1.0)


def test_a_score_turned_over_gives_the_rest_to_one() -> None:
    found = book(5, scores=("v", "-v"))
    one, other = found.summary["auc"].to_pylist()
    assert one + other == pytest.approx(1, abs=1e-15)
    (row,) = found.differences.to_pylist()
    assert row["auc"] == pytest.approx(one - other)
    assert row["auc_low"] <= row["auc"] <= row["auc_high"]


def test_all_weights_doubled_give_the_same() -> None:
    values, ends = random_book(6)

    def found(factor: int) -> pa.Table:
        measures = {
            "v": {"value": "v", "weight": 3 * factor, "identity": True},
            "rival": {"value": "rival", "weight": factor, "curve": [[0, 100], [9, 0]]},
        }
        loaded = portfolio(values, scores={"health": {"measures": measures}})
        return loaded.validate("health", as_ofs=MONTHS, outcome=ends, **ASKED).summary

    assert found(1).equals(found(2))


def test_within_accounts_it_is_the_mean_of_their_own_auc() -> None:
    found = book(7)
    cases = found.cases.filter(pa.compute.equal(found.cases["status"], "case")).to_pandas()
    own = []
    for _, part in cases.groupby("account_id"):
        event = part["outcome"].notna()
        if 0 < event.sum() < len(event):
            own.append(roc_auc_score(event, -part["v"]))
    assert found.summary["auc_within"].to_pylist()[0] == pytest.approx(np.mean(own), abs=1e-12)


def test_periods_are_as_ofs_quarters_and_years() -> None:
    found = book(8, scores=["v"])
    periods = {row["period"]: row for row in found.periods.to_pylist()}
    assert sum(row["cases"] for name, row in periods.items() if "Q" in name) == found.summary["cases"][0].as_py()
    assert periods["2024"]["cases"] + periods.get("2025", {"cases": 0})["cases"] == found.summary["cases"][0].as_py()
    cases = found.cases.filter(pa.compute.equal(found.cases["as_of"], MONTHS[2])).to_pandas()
    assert periods["2024-03-01"]["auc"] == pytest.approx(roc_auc_score(cases["outcome"].notna(), -cases["v"]))
    no_nan(found)


def test_grades_are_those_of_the_edges_and_the_held_ones_on_request() -> None:
    held = {"measures": {"v": {"value": "v", "identity": True}}, "hysteresis": {"points": 8}}
    held["grades"] = document()["scores"]["health"]["grades"]
    values = [("a", -9, 50.0), ("a", 20, 28.0), ("b", -9, 20.0)]
    loaded = portfolio(values, scores={"health": held})
    asked: dict[str, Any] = {"as_ofs": [day(0), day(40)], "outcome": lost([("a", 45)]), "horizon": "30d"}
    asked |= {"observed": day(90), "rounds": 20}
    edges = loaded.validate("health", **asked)
    assert edges.cases["health_grade"].to_pylist() == ["yellow", "red", "red", "red"]
    assert loaded.validate("health", grades="held", **asked).cases["health_grade"].to_pylist() == [
        "yellow",
        "yellow",
        "red",
        "red",
    ]
    assert loaded.validate("health", grades=False, **asked).grades.num_rows == 0
    assert rows(edges.grades, "grade", "cases", "accounts", "events", "share", "rate") == [
        ("red", 3, 2, 1, 0.75, 1 / 3),
        ("yellow", 1, 1, 0, 0.25, 0.0),
        ("green", 0, 0, 0, 0.0, None),
    ]
    red, yellow, green = edges.grades.to_pylist()
    assert 0 <= red["wilson_low"] < red["rate"] < red["wilson_high"] <= 1
    assert (yellow["rate_low"], yellow["rate_high"]) == (0.0, 0.0)
    assert yellow["wilson_high"] > 0.7
    assert green["wilson_low"] is None


def test_revenue_is_what_the_listed_paid() -> None:
    values = [("a", -9, 10.0), ("b", -9, 20.0), ("c", -9, 90.0)]
    loaded = portfolio(values, [("a", -90, None, 30.0), ("b", -90, None, 5.0), ("c", -90, None, 10.0)])
    ends = lost([("a", 5), ("c", 5)])
    found = loaded.validate("health", as_ofs=day(0), outcome=ends, horizon="30d", observed=day(90), rounds=5)
    gains = {row["share"]: row["revenue_caught"] for row in found.gains.to_pylist()}
    assert (gains[0.3], gains[0.6], gains[1.0]) == (0.75, 0.75, 1.0)
    assert rows(found.grades, "grade", "revenue") == [("red", 35.0), ("yellow", 0.0), ("green", 10.0)]


def test_a_score_that_is_the_same_for_all_finds_what_chance_would() -> None:
    values = [(f"a{k}", -9, 5.0) for k in range(40)]
    ends = lost([(f"a{k}", 5) for k in range(0, 40, 8)])
    for scores in ("v", ["v", "-rival"]):
        found = portfolio(values).validate(
            scores, as_ofs=day(0), outcome=ends, horizon="30d", observed=day(90), rounds=5
        )
        gains = [row for row in found.gains.to_pylist() if row["score"] == "v"]
        assert [row["lift"] for row in gains] == pytest.approx([1.0] * len(gains), rel=1e-12)
        assert [row["events"] for row in gains] == pytest.approx([row["cases"] / 8 for row in gains], rel=1e-12)
        assert found.summary.to_pylist()[0]["lift_10"] == pytest.approx(1.0, rel=1e-12)


def test_segments_have_tables_of_their_own() -> None:
    values, ends = random_book(9)
    tiers = {f"a{k:03}": "gold" if k % 3 else "tin" for k in range(40)}
    loaded = portfolio(values, accounts=tiers)
    found = loaded.validate(["v", "-rival"], as_ofs=MONTHS, outcome=ends, by="accounts.tier", **ASKED)
    assert found.summary.column_names[:2] == ["score", "accounts.tier"]
    assert rows(found.summary, "score", "accounts.tier") == [
        (name, tier) for name in ("v", "-rival") for tier in (None, "gold", "tin")
    ]
    alone = loaded.validate(["v", "-rival"], as_ofs=MONTHS, outcome=ends, among="accounts.tier = 'tin'", **ASKED)
    tin = [row for row in found.summary.to_pylist() if row["accounts.tier"] == "tin"]
    for row, other in zip(tin, alone.summary.to_pylist(), strict=True):
        for name in ("cases", "events", "auc", "ap", "lift_10", "auc_within", "auc_low", "auc_high"):
            assert row[name] == other[name]
    no_nan(found)


# ---- intervals -------------------------------------------------------------------------------------------------------


def test_the_ends_of_an_interval_are_quantiles_to_the_bit() -> None:
    rng = np.random.default_rng(11)
    for count in [1, 2, 3, 4, 7, 100, 999, 1000] * 20:
        draws = rng.random(count) * 10.0 ** rng.integers(-3, 3)
        draws = np.round(draws, 1) if rng.random() < 0.3 else draws
        confidence = float(rng.choice([0.5, 0.8, 0.9, 0.95, 0.99, rng.random()]))
        ends = [(1 - confidence) / 2, (1 + confidence) / 2]
        assert interval(draws, confidence) == tuple(np.quantile(draws, ends).tolist()), (count, confidence)
        assert interval(np.append(draws, np.nan), confidence) == interval(draws, confidence)
    assert interval(np.full(3, np.nan), 0.95) == (None, None)


def test_intervals_draw_accounts_and_not_rows() -> None:
    """Each month four times over says nothing new: rows drawn would halve the interval, accounts drawn leave it."""
    values, _ = random_book(10, accounts=30, months=6)
    bad = sorted({who for who, _, value in values if value < 35})[:8]
    ends = lost([(who, 300) for who in bad])
    loaded = portfolio(values)

    def width(as_ofs: list[Any]) -> float:
        asked: dict[str, Any] = {"horizon": "330d", "observed": day(900), "rounds": 400}
        (row,) = loaded.validate("v", as_ofs=as_ofs, outcome=ends, **asked).summary.to_pylist()
        return float(row["auc_high"] - row["auc_low"])

    months = MONTHS[:6]
    often = [at + timedelta(hours=h) for at in months for h in (0, 1, 2, 3)]
    assert width(often) == pytest.approx(width(months), rel=0.15)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_threads_order_and_names_change_no_byte(threads: int) -> None:
    values, ends = random_book(11)
    rng = np.random.default_rng(0)
    shuffled = [values[k] for k in rng.permutation(len(values))]
    # States of one instant are kept apart by arrival, so each account has one a month: any order is the same.
    names = {f"a{k:03}": f"z{99 - k}" for k in range(40)}
    table = ends.set_column(0, "account_id", pa.array([names[who] for who in ends["account_id"].to_pylist()]))
    renamed = [(names[who], at, value) for who, at, value in shuffled]
    one = portfolio(values).validate(["v", "-rival"], as_ofs=MONTHS, outcome=ends, **ASKED)
    loaded = portfolio(renamed)
    loaded._loaded.threads = threads
    other = loaded.validate(["v", "-rival"], as_ofs=MONTHS, outcome=table, **ASKED)
    for name in TABLES:
        if name not in (
            "cases",
            "warnings",
            "capacity",
            "missed",
            "spared",
        ):  # which name accounts, or go by their names where values tie
            assert getattr(one, name).equals(getattr(other, name)), name
    assert one.explain() == other.explain()


def test_a_seed_decides_the_draws() -> None:
    one, other, third = book(1), book(1), book(1, seed=5)
    assert one.summary.equals(other.summary)
    assert one.summary["auc_low"] != third.summary["auc_low"]
    assert one.summary["auc"] == third.summary["auc"]


# ---- lists -----------------------------------------------------------------------------------------------------------


def test_lists_hold_the_worst_of_each_as_of() -> None:
    values = [("a", -9, 10.0), ("b", -9, 10.0), ("c", -9, 50.0), ("d", -9, None), ("a", 20, 90.0)]
    loaded = portfolio(values, accounts={"a": "x", "b": "y", "c": "y", "d": "x"})
    ends = lost([("b", 5), ("b", 35), ("c", 40)])
    found = loaded.validate(
        "health", as_ofs=[day(0), day(30)], outcome=ends, horizon="30d", observed=day(90), capacity=[1, 3], per="tier",
        rounds=20,
    )  # fmt: skip
    columns = ("capacity", "per", "as_ofs", "listed", "precision", "recall", "lift")
    month = 365.2425 / 12
    assert rows(found.capacity, *columns) == [
        (1, None, 2, 4, 0.5, 2 / 3, pytest.approx(0.5 / (3 / 8))),  # a and b, then a and b: each owner has a list
        (1, "x", 2, 2, 0.0, None, None),
        (1, "y", 2, 2, 1.0, 2 / 3, pytest.approx(4 / 3)),
        (3, None, 2, 8, 3 / 8, 1.0, 1.0),
        (3, "x", 2, 4, 0.0, None, None),
        (3, "y", 2, 4, 0.75, 1.0, 1.0),
    ]
    whole = loaded.validate(
        "health", as_ofs=[day(0), day(30)], outcome=ends, horizon="30d", observed=day(90), capacity=1, rounds=20
    ).capacity.to_pylist()
    # a and b tie on the first list, which the id decides; on the second stands b, who is new.
    assert [(row["listed"], row["precision"], row["new_a_month"]) for row in whole] == [(2, 0.5, month / 30)]
    no_nan(found)


def test_warnings_are_runs_in_the_lowest_grade() -> None:
    at = [day(30 * m) for m in range(8)]
    values = [("a", -9, 80.0), ("a", 40, 20.0), ("a", 70, 50.0), ("a", 100, 10.0)]  # red from day 60, and from 120
    values += [("b", -9, 80.0), ("c", -9, 20.0), ("c", 100, 80.0), ("c", 160, 20.0)]
    loaded = portfolio(values)
    found = loaded.validate(
        "health", as_ofs=at, outcome=lost([("a", 200), ("b", 200)]), horizon="30d", observed=day(300), rounds=20
    )
    told = rows(found.warnings, "account_id", "grade_180", "grade_90", "grade_60", "grade_30", "warned_at", "lead_days")
    assert told == [
        ("a", "green", "yellow", "red", "red", day(120), 80.0),
        ("b", "green", "green", "green", "green", None, None),
    ]
    (row,) = found.warned.to_pylist()
    assert (row["outcomes"], row["warned"], row["share"], row["median_lead_days"]) == (2, 1, 0.5, 80.0)
    assert row["false_alarms"] == 3  # a's first run, and both of c
    assert row["false_alarms_an_account_year"] == pytest.approx(3 / (24 * 30 / 365.25))


# ---- what to distrust ------------------------------------------------------------------------------------------------


def notes(found: ch.Validation) -> dict[str, str]:
    return {row["note"]: row["text"] for row in found.notes.to_pylist()}


def small(ends: pa.Table, values: Any = None, **keys: Any) -> ch.Validation:
    loaded = portfolio(values or [(f"a{k}", -9, float(k)) for k in range(20)])
    asked: dict[str, Any] = {"as_ofs": [day(0), day(30)], "horizon": "30d", "observed": day(90), "rounds": 20}
    return loaded.validate(keys.pop("scores", "health"), outcome=ends, **{**asked, **keys})


DOUBTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("no event", {"ends": lost([])}, "no_event", "came in none of 40 cases"),
    ("one account", {"ends": lost([("a1", 5)])}, "few_events", "only 1 account had the outcome"),
    ("all", {"ends": lost([(f"a{k}", at) for k in range(20) for at in (5, 35)])}, "all_events", "in all of 40 cases"),
    ("horizon", {"ends": lost([("a1", 5)]), "horizon": "400d"}, "no_cases", "no case was observed to its end"),
    ("among", {"ends": lost([("a1", 5)]), "among": "v > 900"}, "no_cases", "no case is left to judge: 40 not_among"),
    ("missing", {"ends": lost([("a1", 5)]), "scores": "mrr"}, "missing", "missing for every case"),
    ("constant", {"ends": lost([("a1", 5)]), "scores": "same"}, "constant", "it is 7 for every case"),
    ("parted", {"ends": lost([("a0", 5), ("a0", 35)])}, "separable", "without a fault"),
    ("strangers", {"ends": lost([("a1", 5), ("zz", 5)])}, "outcomes", "1 rows of the outcomes are of accounts"),
    ("twice", {"ends": lost([("a1", 5), ("a1", 5)])}, "outcomes", "1 rows of the outcomes repeat"),
    ("before", {"ends": lost([("a1", -900, -800)])}, "no_event", "came in none of 40 cases"),
    ("several", {"ends": lost([("a1", 5)]), "scores": ["health", "rival"]}, "candidates", "2 candidates were tried"),
    ("before its rows", {"ends": lost([]), "as_ofs": day(-30)}, "no_rows", "no account has a panel row"),
]


@pytest.mark.parametrize(("case", "asked", "note", "text"), DOUBTS, ids=[doubt[0] for doubt in DOUBTS])
def test_what_cannot_be_said_is_a_note_and_never_nan(case: str, asked: dict[str, Any], note: str, text: str) -> None:
    asked = dict(asked)
    values = [(f"a{k}", -9, float(k)) for k in range(20)]
    found = small(asked.pop("ends"), values, **asked)
    assert text in notes(found)[note]
    no_nan(found)
    assert "nan" not in found.explain().lower()
    assert "nan" not in found._repr_html_().lower()


def test_accounts_that_left_the_accounts_table_are_told_of() -> None:
    values = [(f"a{k}", -9, float(k)) for k in range(20)]
    loaded = portfolio(values, accounts={f"a{k}": "gold" for k in range(15)})
    found = loaded.validate("health", as_ofs=day(0), outcome=lost([("a1", 5)]), horizon="30d", observed=day(90))
    assert "5 accounts of given are not in the accounts table" in notes(found)["survivors"]


def test_a_score_made_of_the_outcome_is_told_of() -> None:
    metrics = document()["metrics"] | {
        "left": {"from": "contracts", "agg": "days_to_end"},
        "double": {"formula": "left * 2"},
    }
    scores = {"own": {"measures": {"d": {"value": "double", "curve": [[0, 0], [90, 100]]}}}}
    scores["over"] = {"measures": {"o": {"score": "own"}}}
    loaded = portfolio(
        [("a", -9, 5.0), ("b", -9, 50.0)], [("a", -90, 9), ("b", -90, 900)], metrics=metrics, scores=scores
    )
    asked: dict[str, Any] = {"as_ofs": day(0), "horizon": "30d", "observed": day(90), "rounds": 5}
    found = loaded.validate(["over", "v"], outcome=ch.outcomes.churn("contracts"), **asked)
    told = {(row["score"], row["note"]) for row in found.notes.to_pylist()}
    assert {("over", "own_table"), ("over", "calendar")} <= told
    assert not {("v", "own_table"), ("v", "calendar")} & told
    asked_of = loaded.validate("over", outcome="v < 10", among="left < 90", **asked)
    assert not {"own_table", "own_rule", "calendar"} & set(notes(asked_of))
    assert "v" in notes(loaded.validate("v", outcome="v < 10", **asked))["own_rule"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"scores": "helth"}, "the model has no score or metric 'helth': did you mean 'health'"),
    ({"scores": []}, "scores: expected a score or a metric, or several, got none"),
    ({"scores": ["v", "v"]}, "scores: v is named twice"),
    ({"scores": ["v", 5]}, "scores: expected a name or a list of names, got 5"),
    ({"scores": "word"}, "scores: 'word' is a column of texts: only numbers stand in an order"),
    ({"observed": day(29)}, "observed: 2024-01-30 is before the last as-of 2024-01-31"),
    ({"horizon": "long"}, "horizon='long'"),
    ({"horizon": "0d"}, "horizon='0d'"),
    ({"lead": 5}, "lead=5: expected a length"),
    ({"among": "tire = 'gold'"}, "among(?s:.)*unknown name 'tire'"),
    ({"among": 5}, "among: expected a formula"),
    ({"by": "tierr"}, "by(?s:.)*unknown name 'tierr'"),
    ({"per": "ownr"}, "per(?s:.)*unknown name 'ownr'"),
    ({"capacity": 0}, "capacity: expected a whole number from 1"),
    ({"confidence": 95}, "confidence: expected a number between 0 and 1, got 95"),
    ({"rounds": 0}, "rounds: expected a whole number from 1"),
    ({"seed": -1}, "seed: expected a whole number from 0"),
    ({"grades": "hold"}, "grades: expected True, False or 'held', got 'hold'"),
    ({"as_ofs": []}, "as_ofs: expected one date or more, got none"),
    ({"revenue": "arr"}, "revenue: a panel of this model has no column 'arr'"),
]


@pytest.mark.parametrize(("keys", "message"), BAD)
def test_an_argument_that_does_not_fit_is_refused_by_its_name(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ch.Error, match=message):
        small(lost([("a1", 5)]), **keys)


# ---- for people ------------------------------------------------------------------------------------------------------


def test_it_explains_itself() -> None:
    found = book(2, scores=("health", "-rival"))
    text = found.explain()
    for head in ("What was asked", "How good", "How sure", "What to distrust", "What to do"):
        assert f"{head}\n" in text
    assert "a coin puts 50" in text
    assert "health" in text
    assert "by grade: red" in text
    assert found.__arrow_c_stream__() is not None
    assert repr(found).startswith("<Validation of health, -rival: ")
    html = found._repr_html_()
    assert "<script" not in html
    assert "What to do" in html


def test_what_is_said_of_several_is_said_once() -> None:
    loaded = portfolio([("a", -9, 5.0), ("b", -9, 50.0)], [("a", -90, 9), ("b", -90, 900)])
    asked: dict[str, Any] = {"as_ofs": day(0), "horizon": "30d", "observed": day(90), "rounds": 5}
    found = loaded.validate(["mrr", "plans", "v"], outcome=ch.outcomes.churn("contracts"), **asked)
    assert found.explain().count("the table that the outcome is read from") == 1
    assert "  mrr, plans: it reads contracts, the table that" in found.explain()


def test_texts_in_html_are_escaped() -> None:
    odd = "<b>a</b>"
    loaded = portfolio([("a", -9, 5.0), ("b", -9, 50.0)])
    found = loaded.validate(
        "v", as_ofs=day(0), outcome={odd: lost([("a", 5)])}, horizon="30d", observed=day(90), rounds=5,
        among=f"accounts.tier != '{odd}'",
    )  # fmt: skip
    assert odd not in found._repr_html_()


def test_tables_bear_the_model_that_they_are_of() -> None:
    found = book(2)
    digest = portfolio([("a", 0, 1.0)]).model.digest.encode()
    for name in TABLES:
        assert getattr(found, name).schema.metadata[b"customerhealth.model_digest"] == digest


def test_rows_appended_later_do_not_change_what_was_found() -> None:
    values, ends = random_book(12)
    loaded = portfolio(values)
    found = loaded.validate("v", as_ofs=MONTHS, outcome=ends, **ASKED)
    before = found.cases
    loaded.append(given=given([("a000", 1, 99.0)]), contracts=contracts([("a000", -9, 5)]))
    assert found.cases.equals(before)
    assert found.summary.num_rows == 1


@settings(max_examples=25, deadline=None)
@drawn(seed=st.integers(0, 10**6), scores=st.sampled_from([("v",), ("health", "-v"), ("rival", "health", "mrr")]))
def test_no_table_of_any_book_holds_nan(seed: int, scores: Any) -> None:
    rng = np.random.default_rng(seed)
    accounts, months = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    values, ends = random_book(seed, accounts, months)
    holes = [(who, at, None if rng.uniform() < 0.2 else value) for who, at, value in values]
    found = portfolio(holes).validate(
        list(scores), as_ofs=MONTHS[:months], outcome=ends, horizon="30d", observed=day(500), rounds=10
    )
    no_nan(found)
    found.explain()
