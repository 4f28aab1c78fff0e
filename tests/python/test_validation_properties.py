"""What must not change an answer of validate, and what must turn it over."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from foresight_strategies import AT, METRICS, SCORES, Asked, contract, event, questions
from oracle.foresight import Question
from oracle.instants import DAY, Instant, add_months, parse_instant
from oracle.outcomes import Churn
from strategies import examples

TABLES = (
    "cases", "population", "summary", "differences", "periods", "gains", "capacity", "grades", "calibration",
    "warnings", "notes",
)  # fmt: skip


def answer(found: Any) -> dict[str, pa.Table]:
    tables = {name: getattr(found, name) for name in TABLES}
    return {name: table.table if hasattr(table, "table") else table for name, table in tables.items()}


def as_bytes(table: pa.Table) -> bytes:
    """Of the values: dictionaries may come in any order."""
    plain = [pa.string() if pa.types.is_dictionary(field.type) else field.type for field in table.schema]
    decoded = table.cast(pa.schema(list(zip(table.column_names, plain, strict=True)))).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, decoded.schema) as writer:
        writer.write_table(decoded)
    return sink.getvalue().to_pybytes()


def assert_same(one: dict[str, pa.Table], other: dict[str, pa.Table]) -> None:
    for name, table in one.items():
        assert table.to_pylist() == other[name].to_pylist(), name
        assert (as_bytes(table) == as_bytes(other[name])) is True, f"{name}: equal, not in bytes"


def some(count: int = 60, months: int = 18, seed: int = 1) -> Asked:
    """Accounts that use more or less, renew by the year, and leave the sooner the less they use."""
    drawn = random.Random(seed)
    begin = parse_instant("2023-01-01")
    rows: dict[str, list[dict[str, Any]]] = {"contracts": [], "usage": []}
    for k in range(count):
        account, zeal = f"a{k:03}", drawn.random()
        start = begin + drawn.randrange(360) * DAY
        while start < begin + 900 * DAY:
            end = start + drawn.choice([90, 180, 360]) * DAY
            known = start - drawn.randrange(20) * DAY
            rows["contracts"].append(
                {"account": account, "start": Instant(start), "end": Instant(end), "known": Instant(known), "mrr": 2.0}
            )
            if drawn.random() > 0.4 + zeal / 2:
                break
            start = end
        for _ in range(int(zeal * 60)):
            at = begin + drawn.randrange(900) * DAY
            rows["usage"].append({"account": account, "at": Instant(at)})
    intervals = {"kind": "intervals", "account": "account", "start": "start", "end": "end", "known": "known"}
    events = {"kind": "events", "account": "account", "time": "at"}
    model = {"format": 1, "tables": {"contracts": intervals, "usage": events}, "metrics": METRICS, "scores": SCORES}
    schemas = {
        "contracts": {"account": pa.string(), "start": AT, "end": AT, "known": AT, "mrr": pa.float64()},
        "usage": {"account": pa.string(), "at": AT},
    }
    as_ofs = [int(add_months(begin, k)) for k in range(3, 3 + months)]
    question = Question(["health", "-idle", "busy"], as_ofs, {"churn": Churn("contracts", "14d")}, "90d")
    return Asked(model, schemas, rows, replace(question, observed=begin + 700 * DAY))


# --- the same bytes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [2, 7])
def test_threads_change_no_byte(threads: int) -> None:
    asked = some()
    assert_same(answer(asked.validate(threads=1)), answer(asked.validate(threads=threads)))


@examples(10)
@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(asked: Asked, drawn: random.Random) -> None:
    assume(
        "key" not in asked.model["tables"]["contracts"]
    )  # of corrections known at once the later in the table counts
    expected = answer(asked.validate())
    rows = {name: drawn.sample(table, len(table)) for name, table in asked.rows.items() if name != "plans"}
    rows["plans"] = asked.rows["plans"]  # of states at one instant the later in the table counts
    assert_same(expected, answer(replace(asked, rows=rows).validate()))


def renamed(asked: Asked, names: dict[str, str]) -> Asked:
    rows = {
        table: [{**row, "account": names[row["account"]]} for row in several] for table, several in asked.rows.items()
    }
    return replace(asked, rows=rows)


def names_back(tables: dict[str, pa.Table], names: dict[str, str]) -> dict[str, list[Any]]:
    old = {new: name for name, new in names.items()}
    found = {}
    for name, table in tables.items():
        rows = table.to_pylist()
        for row in rows:
            row.update({key: old[row[key]] for key in ("account_id",) if row.get(key) is not None})
        found[name] = sorted(rows, key=repr) if "account_id" in table.column_names else rows
    return found


@pytest.mark.parametrize("seed", range(3))
def test_names_of_accounts_decide_nothing_but_ties_at_the_cut(seed: int) -> None:
    asked = some(seed=seed)
    accounts = sorted({row["account"] for row in asked.rows["contracts"]})
    shuffled = random.Random(seed).sample(range(1000), len(accounts))
    names = {account: f"n{number:04}" for account, number in zip(accounts, shuffled, strict=True)}
    keep = [name for name in TABLES if name != "capacity"]
    expected = names_back(answer(asked.validate()), {account: account for account in accounts})
    got = names_back(answer(renamed(asked, names).validate()), names)
    for name in keep:
        assert expected[name] == got[name], name
    ordered = {account: f"n{k:04}" for k, account in enumerate(accounts)}
    again = names_back(answer(renamed(asked, ordered).validate()), ordered)
    assert expected == again


# --- the future -------------------------------------------------------------------------------------------------------


@examples(10)
@given(questions(kinds=("churn", "contraction", "expansion", "downgrade", "silence")), st.data())
def test_what_became_known_after_observed_changes_nothing(asked: Asked, data: Any) -> None:
    observed = asked.question.observed
    assume(observed is not None and "known" in asked.model["tables"]["contracts"])
    assert observed is not None
    rows = copy.deepcopy(asked.rows)
    accounts = {row["account"] for row in rows.get("accounts", rows["usage"])} | {"new"}  # of others a note counts rows
    if "accounts" in rows:
        rows["accounts"].append({"account": "new", "known": Instant(observed + 1), "gone": False})
    for account in sorted(accounts):
        added = contract(data.draw, account, rows["contracts"])
        rows["contracts"].append(
            {**{key: added[key] for key in asked.schemas["contracts"]}, "known": Instant(observed + 1)}
        )
        used = {**event(data.draw, account), "at": Instant(observed + DAY), "known": Instant(observed + DAY)}
        rows["usage"].append({key: used[key] for key in asked.schemas["usage"]})
        rows["plans"].append({"account": account, "at": Instant(observed + 1), "plan": "tin"})
    assert_same(answer(asked.validate()), answer(replace(asked, rows=rows).validate()))


def test_a_later_look_changes_no_case_whose_window_was_over() -> None:
    asked = some(20)
    assert asked.question.observed is not None
    until = asked.question.observed - (90 + 14) * DAY
    late = asked.asking(observed=asked.question.observed + 150 * DAY)
    early, later = asked.slowly().rows, late.slowly().rows
    for slow, found in ((early, asked.validate()), (later, late.validate())):
        rows = found.cases.to_pylist()
        assert [row["status"] for row in rows] == [case.status for case in slow]
    before = [case for case in early if case.as_of <= until]
    assert before == [case for case in later if case.as_of <= until]
    assert any(case.status == "censored" for case in early)
    assert len(before) > 150


# --- turned over, doubled ---------------------------------------------------------------------------------------------


def summary_of(found: Any) -> dict[str, dict[str, Any]]:
    return {row["score"]: row for row in found.summary.to_pylist()}


def test_a_score_turned_over_gives_one_minus_the_auc() -> None:
    asked = some().asking(scores=["health", "-health", "idle", "-idle"])
    rows = summary_of(asked.validate(rounds=200))
    for name in ("health", "idle"):
        one, other = rows[name], rows["-" + name]
        assert one["auc"] == pytest.approx(1 - other["auc"], abs=1e-15)
        assert one["auc_low"] == pytest.approx(1 - other["auc_high"], abs=1e-12)
        assert one["auc_high"] == pytest.approx(1 - other["auc_low"], abs=1e-12)
        assert one["auc_low"] < one["auc"] < one["auc_high"]


def test_all_weights_doubled_give_the_same() -> None:
    asked = some()
    doubled = copy.deepcopy(asked.model)
    for score in doubled["scores"].values():
        for measure in score["measures"].values():
            measure["weight"] = 2 * measure.get("weight", 1)
    assert_same(answer(asked.validate()), answer(replace(asked, model=doubled).validate()))


def test_a_seed_gives_its_own_intervals_and_the_same_figures() -> None:
    asked = some()
    one, other = (summary_of(asked.validate(seed=seed))["health"] for seed in (0, 1))
    assert one["auc"] == other["auc"]
    assert one["auc_low"] != other["auc_low"]
