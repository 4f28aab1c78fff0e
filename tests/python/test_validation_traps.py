"""The ways in which a score is flattered, each by data on which it would show."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

BEGIN = datetime(2025, 1, 1, tzinfo=timezone.utc)
AT = pa.timestamp("us", "UTC")


def day(n: float) -> datetime:
    return BEGIN + timedelta(days=n)


def usage(rows: list[tuple[str, float, float]]) -> pa.Table:
    """Account, day, and the day on which it became known."""
    account, at, known = zip(*rows, strict=True)
    return pa.table({
        "id": account,
        "at": pa.array([day(n) for n in at], AT),
        "known": pa.array([day(n) for n in known], AT),
    })  # fmt: skip


def contracts(rows: list[tuple[str, float, float | None]]) -> pa.Table:
    account, start, end = zip(*rows, strict=True)
    return pa.table({
        "id": account,
        "start": pa.array([day(n) for n in start], AT),
        "end": pa.array([None if n is None else day(n) for n in end], AT),
    })  # fmt: skip


def model(known: bool = True, **changes: Any) -> ch.Model:
    used = {"kind": "events", "account": "id", "time": "at", **({"known": "known"} if known else {})}
    tables = {"usage": used, "contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end"}}
    metrics = {
        "uses": {"from": "usage", "agg": "count", "window": "30d"},
        "idle": {"from": "usage", "agg": "days_since_last"},
    }
    return ch.Model.parse({"format": 1, "tables": tables, "metrics": metrics, **changes})


def only(table: Any, **wanted: Any) -> dict[str, Any]:
    (row,) = [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    return dict(row)


# --- what is known ----------------------------------------------------------------------------------------------------


def test_what_was_filled_in_later_is_not_foreseen() -> None:
    """The use of those who stayed was entered after the as-of; who reads it knows who stayed."""
    names = [f"a{k:02}" for k in range(40)]
    bought = contracts([(name, 0, 120 if k % 2 else None) for k, name in enumerate(names)])
    rows: list[tuple[str, float, float]] = [(name, 10, 10) for name in names]
    later = usage(rows + [(name, 90, 110) for k, name in enumerate(names) if k % 2 == 0])
    for known, auc in ((True, 0.5), (False, 1.0)):
        found = ask(model(known), later, bought, [day(100)])
        assert only(found.summary, score="uses")["auc"] == auc, known


def ask(model: ch.Model, used: pa.Table, bought: pa.Table, as_ofs: list[datetime], **more: Any) -> Any:
    loaded = ch.Portfolio(model, usage=used, contracts=bought)
    keys = {"outcome": ch.outcomes.churn("contracts"), "horizon": "60d", "observed": day(500), "rounds": 50, **more}
    return loaded.validate(["uses"], as_ofs=as_ofs, **keys)


def test_a_renewal_that_is_not_known_yet_is_none() -> None:
    bought = contracts([("a", 0, 120), ("a", 120, None), ("b", 0, None), ("c", 0, 130)]).append_column(
        "signed", pa.array([day(0), day(210), day(0), day(0)], AT)
    )
    spec = {"kind": "intervals", "account": "id", "start": "start", "end": "end", "known": "signed"}
    used = {"kind": "events", "account": "id", "time": "at", "known": "known"}
    known = ch.Model.parse({
        "format": 1,
        "tables": {"contracts": spec, "usage": used},
        "metrics": {"uses": {"from": "usage", "agg": "count", "window": "30d"}},
    })  # fmt: skip
    for observed, events in ((200, 2), (210, 1), (211, 1)):
        found = ask(known, usage([("a", 90, 90)]), bought, [day(100)], observed=day(observed))
        assert only(found.summary, score="uses")["events"] == events, observed


# --- who is counted ---------------------------------------------------------------------------------------------------


def lives(count: int = 120, seed: int = 4) -> tuple[pa.Table, pa.Table]:
    """The less an account uses, the sooner it leaves; use comes by the week."""
    drawn = random.Random(seed)
    bought, used = [], []
    for k in range(count):
        name, zeal = f"a{k:03}", drawn.random()
        end = None if drawn.random() < zeal else drawn.uniform(150, 450)
        bought.append((name, 0.0, end))
        days = [7 * week + drawn.random() for week in range(70) if drawn.random() < 0.2 + 0.6 * zeal]
        used += [(name, at, at) for at in [0.0, *days] if end is None or at < end]
    return usage(used), contracts(bought)


MONTHS = [day(30 * k) for k in range(3, 14)]


def test_the_accounts_that_left_the_accounts_table_are_counted() -> None:
    used, bought = lives()
    ends = dict(zip(bought["id"].to_pylist(), bought["end"].to_pylist(), strict=True))
    left = {name for name, end in ends.items() if end is not None}
    document = {
        "format": 1,
        "tables": {
            "accounts": {"kind": "accounts", "account": "id"},
            "usage": {"kind": "events", "account": "id", "time": "at"},
            "contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end"},
        },
        "metrics": {"uses": {"from": "usage", "agg": "count", "window": "30d"}},
    }
    texts = []
    for names in (sorted(ends), sorted(ends.keys() - left)):
        loaded = ch.Portfolio(ch.Model.parse(document), usage=used, contracts=bought, accounts=pa.table({"id": names}))
        found = loaded.validate(
            ["uses"], as_ofs=MONTHS, outcome=ch.outcomes.churn("contracts"), horizon="60d", observed=day(480), rounds=50
        )
        texts.append({row["note"]: row["text"] for row in found.notes.to_pylist()})
    assert texts[1]["survivors"].startswith(f"{len(left)} accounts of contracts, usage are not in ")
    assert "no_event" in texts[1]
    assert not texts[0].keys() & {"survivors", "no_event"}


def test_who_is_silent_already_is_no_case() -> None:
    """Half of the accounts went silent long ago: to tell that they will be silent is no art."""
    rows = [(f"a{k:02}", n, n) for k in range(20) for n in range(0, 300 if k % 2 else 60, 5)]
    rows += [(f"b{k:02}", n, n) for k in range(10) for n in range(0, 200 if k % 2 else 300, 5)]
    bought = contracts([("a00", 0, None)])
    found = ask(
        model(), usage(rows), bought, [day(200)], outcome=ch.outcomes.silence("usage", "60d"), observed=day(290)
    )
    assert only(found.population, status="already")["accounts"] == 10
    assert only(found.population, status="case")["accounts"] == 20
    row = only(found.summary, score="uses")
    assert (row["cases"], row["events"], row["auc"]) == (20, 5, 0.5)


# --- how sure it is ---------------------------------------------------------------------------------------------------


def width(row: dict[str, Any]) -> float:
    return float(row["auc_high"] - row["auc_low"])


def test_months_of_one_account_are_one_story() -> None:
    """Every as-of again a microsecond later says nothing new; drawn by the row it would make the interval narrower."""
    used, bought = lives()
    once = only(ask(model(), used, bought, MONTHS, rounds=2000).summary, score="uses")
    moments = [moment + timedelta(microseconds=k) for moment in MONTHS for k in range(4)]
    again = only(ask(model(), used, bought, moments, rounds=2000).summary, score="uses")
    assert again["cases"] == 4 * once["cases"]
    assert again["auc"] == pytest.approx(once["auc"], abs=1e-3)
    assert width(again) == pytest.approx(width(once), rel=0.1)


def test_an_interval_is_as_wide_as_draws_of_accounts_make_it() -> None:
    used, bought = lives()
    found = ask(model(), used, bought, MONTHS, rounds=2000, horizon="180d", observed=day(600))
    rows = [(row["account_id"], row["uses"], row["outcome_at"] is not None) for row in cases_of(found)]
    drawn = random.Random(0)
    accounts = sorted({account for account, _, _ in rows})
    by_account = [[row for row in rows if row[0] == account] for account in accounts]
    of_accounts = spread([list(chain(*drawn.choices(by_account, k=len(by_account)))) for _ in range(300)])
    of_rows = spread([drawn.choices(rows, k=len(rows)) for _ in range(300)])
    ours = width(only(found.summary, score="uses"))
    assert ours == pytest.approx(of_accounts, rel=0.2)
    assert of_rows < 0.75 * of_accounts, "the data do not show the difference"


def cases_of(found: Any) -> list[dict[str, Any]]:
    return [row for row in found.cases.to_pylist() if row["status"] == "case"]


def spread(draws: list[list[tuple[Any, ...]]]) -> float:
    """The width of the middle 95 % of the AUC."""
    aucs = []
    for rows in draws:
        lost = Counter(value for _, value, event in rows if event)
        kept = Counter(value for _, value, event in rows if not event)
        won = sum(lost[a] * kept[b] * ((a < b) + (a == b) / 2) for a in lost for b in kept)
        aucs.append(won / (lost.total() * kept.total()))
    aucs.sort()
    return aucs[round(0.975 * len(aucs)) - 1] - aucs[round(0.025 * len(aucs))]


# --- peers ------------------------------------------------------------------------------------------------------------


def test_peers_are_those_of_the_as_of() -> None:
    """Heavy users who come later would push everybody down a percentile that is taken over all as-ofs."""
    ranked = {"rank": {"measures": {"use": {"value": "uses", "percentile": {}}}}}
    used, bought = lives()
    heavy = [(f"z{k}", 300 + n / 10, 300 + n / 10) for k in range(40) for n in range(600)]
    all_used = pa.concat_tables([used, usage(heavy)])
    values = []
    for table in (used, all_used):
        loaded = ch.Portfolio(model(scores=ranked), usage=table, contracts=bought)
        found = loaded.validate(
            ["rank"], as_ofs=MONTHS, outcome=ch.outcomes.churn("contracts"), horizon="60d", observed=day(480), rounds=50
        )
        values.append([(row["account_id"], row["as_of"], row["rank"]) for row in found.cases.to_pylist()])
    early = [[row for row in rows if row[1] <= day(300)] for rows in values]
    assert early[0] == early[1]
    assert len(early[0]) > 500
    loaded = ch.Portfolio(model(scores=ranked), usage=all_used, contracts=bought)
    at = loaded.score([day(390)]).table.to_pylist()
    assert [row for row in values[1] if row[1] == day(390)] == [(r["account_id"], r["as_of"], r["rank"]) for r in at]


# --- what a score reads -----------------------------------------------------------------------------------------------


def test_notes_know_what_any_column_reads() -> None:
    """A part of a split metric, what a score and a journey bring beside themselves, as well as metrics and scores."""
    used, bought = lives(40)
    left = {"from": "contracts", "agg": "days_to_end"}
    split = {"from": "usage", "agg": "count", "by": {"column": "id", "values": ["a000"]}}
    watched = {
        "use": {"value": "uses", "curve": [[0, 0], [9, 100]]},
        "end": {"value": "left", "curve": [[0, 0], [9, 1]]},
    }
    score = {"measures": watched, "trend": {"over": "30d"}}
    journey = {"stages": [{"name": "here", "enter": "uses >= 0"}]}
    asked = model(
        metrics={"uses": {"from": "usage", "agg": "count", "window": "30d"}, "left": left, "of": split},
        scores={"use": score},
        journeys={"way": journey},
    )
    scores = ["use", "use_change", "use_coverage", "of.a000", "-way_days"]
    found = ch.Portfolio(asked, usage=used, contracts=bought).validate(
        scores, as_ofs=MONTHS, outcome=ch.outcomes.churn("contracts"), horizon="60d", observed=day(480), rounds=10
    )
    notes = {(row["score"], row["note"]) for row in found.notes.to_pylist()}
    assert {name for name, note in notes if note == "own_table"} == {"use", "use_change", "use_coverage"}
    assert {name for name, note in notes if note == "calendar"} == {"use", "use_change", "use_coverage"}
    assert {name for name, note in notes if note == "walked"} == {"-way_days"}


# --- what is learned --------------------------------------------------------------------------------------------------


def noise(count: int = 60, measures: int = 12) -> tuple[ch.Portfolio, pa.Table]:
    """Numbers that tell accounts apart and nothing else, and who was lost at day 400, by a coin."""
    drawn = random.Random(9)
    names = [f"a{k:02}" for k in range(count)]
    given = pa.table({
        "id": names,
        "at": pa.array([day(-1)] * count, AT),
        **{f"f{k}": [drawn.random() * 100 for _ in names] for k in range(measures)},
    })  # fmt: skip
    lost = [name for name in names if drawn.random() < 0.4]
    document = {
        "format": 1,
        "tables": {"given": {"kind": "states", "account": "id", "time": "at"}},
        "metrics": {f"m{k}": {"from": "given", "agg": "last", "of": f"f{k}"} for k in range(measures)},
        "scores": {"s": {"measures": {f"m{k}": {"value": f"m{k}", "identity": True} for k in range(measures)}}},
    }
    outcomes = pa.table({"account_id": lost, "at": pa.array([day(400)] * len(lost), AT)})
    return ch.Portfolio(ch.Model.parse(document), given=given), outcomes


def test_months_of_one_account_are_in_one_fold() -> None:
    """Who has seen the other months of an account knows how it ends; that foresees nothing of other accounts."""
    loaded, lost = noise()
    learned = loaded.learn(
        "s", as_ofs=MONTHS[:6], outcome=lost, horizon="400d", observed=day(900), strength=1e-5, whole=False
    )
    training, crossed = only(learned.report, cases="training"), only(learned.report, cases="cross-validated")
    assert training["rows"] == crossed["rows"] == 360
    assert training["auc_after"] > 0.65
    assert crossed["auc_after"] < 0.55


def test_windows_that_reach_into_the_test_are_not_learned_on() -> None:
    loaded, late = noise()
    early = late.set_column(1, "at", pa.array([day(205)] * late.num_rows, AT))
    lost = pa.concat_tables([early, late])
    asked: dict[str, Any] = {
        "as_ofs": MONTHS,
        "outcome": lost,
        "horizon": "120d",
        "observed": day(900),
        "strength": 1.0,
    }
    for lead, last in (("0d", 180), ("30d", 150), ("31d", 120)):
        learned = loaded.learn("s", **asked, lead=lead, test=day(300))
        until = [moment for moment in MONTHS if moment <= day(last)]
        held = [moment for moment in MONTHS if moment >= day(300)]
        cases = loaded.validate(
            ["s"], **{key: asked[key] for key in asked if key != "strength"}, lead=lead, rounds=1
        ).cases
        kept = [row["as_of"] for row in cases.to_pylist() if row["status"] == "case"]
        assert only(learned.report, cases="training")["rows"] == sum(at in until for at in kept), lead
        assert only(learned.report, cases="held out")["rows"] == sum(at in held for at in kept), lead
