"""How the core is held against the slow evaluator: the same panel, reasons and contributions."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from typing import Any

import pyarrow as pa
from hypothesis import note

import customerhealth as ch
from oracle import Answer, Cell, Instant, evaluate
from strategies import Case

Key = tuple[Any, int]

SPECIAL = re.compile(r"(^|\.)(clamp|round|offset|cap:[^.]*)$")
BIT_FOR_BIT = {"count", "count_distinct", "sum"}
RELATIVE = 1e-12


def plain(column: pa.ChunkedArray) -> list[Any]:
    """Python values; instants as Instant, text decoded."""
    if pa.types.is_timestamp(column.type):
        assert column.type == pa.timestamp("us", "UTC")
        return [None if v is None else Instant(v) for v in column.cast(pa.int64()).to_pylist()]
    return column.to_pylist()


def by_key(table: pa.Table) -> dict[Key, list[dict[str, Any]]]:
    columns = {name: plain(table.column(name)) for name in table.column_names}
    found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for index, key in enumerate(zip(columns["account_id"], columns["as_of"], strict=True)):
        found[(key[0], int(key[1]))].append({name: values[index] for name, values in columns.items()})
    return found


def in_doubt(case: Case, answer: Answer, key: Key) -> bool:
    """A last bit that no definition fixes decides here: beside an edge, or on it where sums are rounded on the way."""
    doubts = answer.doubts.get(key, set())
    return "near" in doubts or ("equal" in doubts and not case.exact)


def same(expected: Any, got: Any, slack: float, exact: bool = False) -> bool:
    if expected is None or got is None or isinstance(expected, (str, bool, Instant)):
        return type(expected) is type(got) and expected == got
    if not isinstance(got, float):
        return False
    if expected == got:
        return True
    return not exact and abs(expected - got) <= RELATIVE * max(abs(expected), abs(got)) + slack


def score_slack(spec: dict[str, Any]) -> float:
    """Points may cancel in a sum, so the scale and the weights are the measure, not the result."""
    weights = [measure.get("weight", 1) for measure in spec["measures"].values()]
    heaviest = math.fsum(max(w.values()) * len(w) if isinstance(w, dict) else 4 * w for w in weights)
    return RELATIVE * max(abs(edge) for edge in spec.get("scale", [0, 100])) * max(1.0, heaviest)


def slack_of(case: Case, column: str, cell: Cell) -> float:
    spec = case.model["scores"].get(column)
    changing = case.model["scores"].get(column.removesuffix("_change"))
    return cell.slack + (score_slack(spec) if spec else 2 * score_slack(changing) if changing else 0.0)


def is_bit_for_bit(case: Case, column: str) -> bool:
    spec = case.model["metrics"].get(column.split(".")[0], {})
    return spec.get("agg") in BIT_FOR_BIT and "every" not in spec


def assert_same_panel(case: Case, answer: Answer, panel: Any) -> None:
    table = panel.table
    assert table.column_names == ["account_id", "as_of", *answer.columns]
    got = by_key(table)
    expected = [(row["account_id"], int(row["as_of"])) for row in answer.rows]
    assert [key for key in got if not in_doubt(case, answer, key)] == [
        key for key in expected if not in_doubt(case, answer, key)
    ]
    for key, row, cells in zip(expected, answer.rows, answer.cells, strict=True):
        if in_doubt(case, answer, key):
            continue
        (found,) = got[key]
        for column in answer.columns:
            slack = slack_of(case, column, cells[column])
            agrees = same(row[column], found[column], slack, is_bit_for_bit(case, column))
            assert agrees, f"{key} {column}: the oracle says {cells[column]}, the core {found[column]!r}"


def assert_same_reasons(case: Case, answer: Answer, panel: Any) -> None:
    got = {
        (*key, row["metric"]): row["reason"]
        for key, rows in by_key(pa.table(panel.reasons())).items()
        for row in rows
        if not in_doubt(case, answer, key)
    }
    expected = {row[:3]: row[3] for row in answer.reasons if not in_doubt(case, answer, (row[0], row[1]))}
    differing = [key for key in got.keys() | expected.keys() if got.get(key) != expected.get(key)]
    assert not differing, {key: f"oracle {expected.get(key)}, core {got.get(key)}" for key in differing}


def assert_same_contributions(case: Case, answer: Answer, panel: Any, score: str, deep: bool) -> None:
    slack = max(score_slack(spec) for spec in case.model["scores"].values())
    got = by_key(pa.table(panel.contributions(score, deep=deep)))
    expected: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for account, as_of, part in answer.contributions(score, deep):
        expected[(account, int(as_of))].append(dict(vars(part)))
    for point in answer.points:
        key = (point.account, int(point.as_of))
        if in_doubt(case, answer, key):
            continue
        total, why = point.score(score).value, point.score(score).reason
        assert_same_parts(f"{key} {score} {deep=}", expected[key], got[key], slack, why, deep)
        if total is not None:
            summed = math.fsum(row["contribution"] for row in got[key])
            assert abs(summed - total) <= 1e-9 * max(1.0, *map(abs, case.model["scores"][score]["scale"]))


def split_specials(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Measures in order; of caps, round, clamp and offset only what they change, for a row that adds 0 says nothing."""
    measures = [row for row in rows if not SPECIAL.search(row["part"])]
    specials = {row["part"]: row["contribution"] for row in rows if SPECIAL.search(row["part"])}
    return measures, {part: added for part, added in specials.items() if added}


def assert_same_parts(
    where: str, expected: list[dict[str, Any]], got: list[dict[str, Any]], slack: float, why: str | None, deep: bool
) -> None:
    """`why`: the reason of a missing score. It stands beside measures that have none of their own."""
    measures, specials = split_specials(expected)
    found, found_specials = split_specials(got)
    parts = [row["part"] for row in measures]
    assert [row["part"] for row in found] == parts, f"{where}: {found} against {measures}"
    for wanted, row in zip(measures, found, strict=True):
        fields = ["contribution", "reason"] if deep else ["points", "contribution", "reason"]
        fields += ["weight"] * (why is None and not deep)
        wanted["reason"] = wanted["reason"] or why
        fields += ["value"] * (type(wanted["value"]) in (int, float))
        for field in fields:
            value = float(wanted[field]) if isinstance(wanted[field], int) else wanted[field]
            # A value that comes from another score, or from std and the like, has that column's slack; 1e-9 covers it.
            loose = 1e-9 if field == "value" else slack
            assert same(value, row[field], loose), f"{where} {row['part']} {field}: {wanted} against {row}"
    for part in specials.keys() | found_specials.keys():
        difference = abs(specials.get(part, 0.0) - found_specials.get(part, 0.0))
        assert difference <= slack, f"{where} {part}: {specials} against {found_specials}"


def compare(case: Case) -> None:
    answer = evaluate(case.model, case.rows, case.as_ofs)
    panel = ch.Portfolio(ch.Model.parse(case.model), tables=case.tables()).score(case.moments())
    assert_same_panel(case, answer, panel)
    assert_same_reasons(case, answer, panel)
    for score in case.model["scores"]:
        for deep in (False, True):
            assert_same_contributions(case, answer, panel, score, deep)


def compare_noted(case: Case) -> None:
    note(json.dumps(case.model, ensure_ascii=False, indent=1))
    compare(case)
