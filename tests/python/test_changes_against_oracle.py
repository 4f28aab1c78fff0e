"""`why_changed` against the slow evaluator, over random models and tables: the same causes, each as large."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from typing import Any

import pyarrow as pa
from hypothesis import given, note
from hypothesis import strategies as st

import customerhealth as ch
from against_oracle import in_doubt, score_slack
from oracle import Answer, evaluate
from oracle.instants import DAY, parse_instant
from score_strategies import Scores
from strategies import TEXTS, Case, Draw, Name, chance, examples, moment, pick

A, B = parse_instant("2024-03-01"), parse_instant("2024-03-15")
NUMBERS = [1.0, 0.0, 2.0, 3.0, 4.5, 7.0, -2.0, 16.0, 40.0, 100.0, None]
COLUMNS = {
    **{f"v{i}": (NUMBERS, "number", pa.float64()) for i in range(4)},
    "n": ([0.0, 1.0, 2.0, 5.0, None], "number", pa.float64()),
    "kind": ([*TEXTS, None], "text", pa.string()),
    "flag": ([True, False, None], "boolean", pa.bool_()),
}
SPLIT = {"from": "said", "agg": "last", "of": "v", "by": {"column": "name", "values": ["a", "b", "c"]}}

Told = dict[tuple[str | None, str, str | None], tuple[float | None, Any, Any]]


def slack_of(case: Case) -> float:
    return 100 * max(score_slack(spec) for spec in case.model["scores"].values())


def told_by_the_core(table: pa.Table) -> dict[Any, Told]:
    found: dict[Any, Told] = defaultdict(dict)
    for row in table.to_pylist():
        key = (row["part"], row["cause"], compared(row["cause"], row["because"]))
        assert key not in found[row["account_id"]], f"two rows of one cause: {row}"
        found[row["account_id"]][key] = (row["contribution"], row["from"], row["to"])
    return found


def compared(cause: str, because: str | None) -> str | None:
    """What says because; of bands, cases and caps the words are another test's."""
    return None if cause in ("band", "case", "cap") else because


def told_by_the_oracle(answer: Answer, score: str, start: int, end: int, deep: bool) -> dict[Any, Told]:
    found: dict[Any, Told] = defaultdict(dict)
    for account, change in answer.why_changed(score, start, end, deep):
        key = (change.part, change.cause, compared(change.cause, change.because))
        found[account][key] = (change.contribution, change.before, change.now)
    return found


def assert_same(where: str, expected: Told, got: Told, slack: float) -> None:
    for key in expected.keys() | got.keys():
        wanted, found = expected.get(key, (0.0, None, None)), got.get(key, (0.0, None, None))
        if wanted[0] is None or found[0] is None:
            assert wanted[0] is found[0] is None, f"{where} {key}: {expected} against {got}"
        else:
            assert abs(wanted[0] - found[0]) <= slack, f"{where} {key}: {expected} against {got}"
        if key in expected and key in got and key[1] != "cap":
            for then, told in zip(wanted[1:], found[1:], strict=True):
                if type(then) in (int, float):
                    assert told is not None, f"{where} {key}"
                    assert abs(then - told) <= 1e-9 * max(1, abs(then)), f"{where} {key}"


def compare(case: Case) -> None:
    note(json.dumps(case.model, ensure_ascii=False, indent=1))
    answer = evaluate(case.model, case.rows, case.as_ofs)
    panel = ch.Portfolio(ch.Model.parse(case.model), tables=case.tables()).score(case.moments())
    for start, end in ((A, B), (B, A)):
        for score in case.model["scores"]:
            for deep in (True, False):
                expected = told_by_the_oracle(answer, score, start, end, deep)
                got = told_by_the_core(panel.why_changed(score, moment(start), moment(end), deep=deep))
                for account in expected.keys() | got.keys():
                    if not any(in_doubt(case, answer, (account, at)) for at in (start, end)):
                        where = f"{account} {score} {deep=}"
                        assert_same(where, expected[account], got[account], slack_of(case))


@st.composite
def moving(draw: Draw, features: frozenset[str] = frozenset()) -> Case:
    """Accounts with values at two dates, some of them others at the second, under random scores that read them."""
    metrics: dict[str, Any] = {name: {"formula": f"acc.{name}"} for name in COLUMNS} | {"m": SPLIT}
    tables = {
        "acc": {"kind": "accounts", "account": "account_id", "known": "known_at"},
        "said": {"kind": "states", "account": "account_id", "time": "at", "key": "name"},
    }
    model = {"format": 1, "name": "moving", "tables": tables, "metrics": metrics, "scores": {}}
    model["clock"] = {"every": "7d", "anchor": "2024-02-05"}
    instant = pa.timestamp("us", "UTC")
    case = Case(model, {}, {"acc": [], "said": []}, [A, B], exact=chance(draw, 2))
    case.schemas["acc"] = {"account_id": pa.string(), "known_at": instant} | {n: t for n, (_, _, t) in COLUMNS.items()}
    case.schemas["said"] = {"account_id": pa.string(), "at": instant, "name": pa.string(), "v": pa.float64()}
    case.names = [Name(name, type_, "whole") for name, (_, type_, _) in COLUMNS.items()]
    case.splits["m"] = ("number", ["a", "b", "c"])
    chosen = random.Random(draw(st.integers(0, 2**32)))  # a draw for each value would take most of the time
    for index in range(pick(draw, [3, 4, 5, 2])):
        row = {"account_id": f"a{index}"} | {name: chosen.choice(options) for name, (options, _, _) in COLUMNS.items()}
        moved = chosen.sample(sorted(COLUMNS), chosen.randint(1, 4))
        other = row | {name: chosen.choice(COLUMNS[name][0]) for name in moved}
        case.rows["acc"] += [row | {"known_at": A - DAY}, other | {"known_at": B - DAY}]
        for name in ("a", "b", "c"):
            state = {"account_id": row["account_id"], "name": name}
            case.rows["said"] += [state | {"at": at, "v": chosen.choice(NUMBERS)} for at in (A - DAY, B - DAY)]
    builder = Scores(draw, case, features)
    for name in ("first_score", "health", "overall")[: pick(draw, [2, 1, 3])]:
        builder.add(name)
    return case


@examples(80)
@given(moving())
def test_causes_equal_the_slow_evaluator(case: Case) -> None:
    compare(case)


@examples(60)
@given(moving(frozenset({"peers"})))
def test_causes_among_peers_equal_the_slow_evaluator(case: Case) -> None:
    compare(case)


@examples(20)
@given(moving(frozenset({"peers", "time"})))
def test_causes_over_time_equal_the_slow_evaluator(case: Case) -> None:
    compare(case)
