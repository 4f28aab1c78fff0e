"""Nothing wrong in silence: what quality() finds, and the sentence that says what it does to the answers."""

from __future__ import annotations

import copy
import doctest
import itertools
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

TS = pa.timestamp("us", "UTC")
DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "quality",
    "tables": {
        "accounts": {"kind": "accounts", "account": "id"},
        "tickets": {"kind": "events", "account": "id", "time": "at", "key": "ticket"},
        "contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end", "key": "contract"},
    },
    "metrics": {
        "tickets": {"from": "tickets", "agg": "count"},
        "severity": {"from": "tickets", "agg": "last", "of": "severity"},
        "mrr": {"from": "contracts", "agg": "sum", "of": "mrr"},
    },
    "scores": {
        "health": {
            "measures": {"tickets": {"value": "tickets", "curve": [[0, 100], [10, 0]]}},
            "grades": [{"name": "red"}, {"name": "green", "from": 50}],
        }
    },
    "journeys": {
        "life": {"stages": [{"name": "new", "enter": "tickets > 0"}, {"name": "old", "enter": "tickets > 5"}]}
    },
}


def at(*days: float | None) -> pa.Array:
    return pa.array([None if n is None else datetime(2026, 1, 1) + timedelta(days=n) for n in days], TS)


ACCOUNTS = pa.table({"id": ["a", "b"], "segment": ["small", "large"]})
TICKETS = pa.table(
    {
        "id": ["a", "a", "b", "b"],
        "at": at(1, 2, 3, 4),
        "ticket": ["1", "2", "3", "4"],
        "severity": ["P1", "P2", "P3", "P4"],
        "priority": [1, 2, 3, 4],
    }
)
CONTRACTS = pa.table({"id": ["a"], "start": at(0), "end": at(None), "contract": ["c"], "mrr": [100.0]})


def portfolio(tickets: pa.Table = TICKETS, accounts: pa.Table = ACCOUNTS, **changes: Any) -> ch.Portfolio:
    """The document with things added to its maps by name: metrics={...}, tables={...}."""
    document = copy.deepcopy(DOCUMENT)
    for name, more in changes.items():
        document[name] = document.get(name, {}) | more if isinstance(more, dict) else more
    return ch.Portfolio(ch.Model.parse(document), accounts=accounts, tickets=tickets, contracts=CONTRACTS)


def found(made: ch.Portfolio) -> list[dict[str, Any]]:
    return [row for row in made.quality().to_pylist() if row["check"] != "never_shown"]


def only(made: ch.Portfolio) -> dict[str, Any]:
    rows = found(made)
    assert len(rows) == 1, rows
    return rows[0]


def test_tables_that_fit_have_nothing_odd() -> None:
    assert portfolio().quality().num_rows == 0


# --- values that nobody has -------------------------------------------------------------------------------------------


def counted(where: str) -> ch.Portfolio:
    return portfolio(metrics={"p1_open": {"from": "tickets", "agg": "count", "where": where}})


def test_a_where_that_no_row_meets_is_told_with_the_values_there_are() -> None:
    row = only(counted("severity = 'p3'"))
    assert (row["table"], row["check"], row["rows"], row["first_row"]) == ("tickets", "where_never_true", 4, None)
    assert row["meaning"] == "metrics.p1_open.where is true for 0 of 4 rows; severity is P3, P1, P2, P4"


@pytest.mark.parametrize("where", ["priority > 10", "severity is missing", "lower(severity) = 'p9'", "priority = 7"])
def test_a_where_without_a_near_value_is_told_too(where: str) -> None:
    row = only(counted(where))
    assert row["meaning"] == "metrics.p1_open.where is true for 0 of 4 rows"


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("severity = 'P1' or severity = 'P5'", "'P5'"),
        ("severity in ('P1', 'p 2')", "'p 2'"),
        ("severity != 'P9'", "'P9'"),
        ("not ('P8' = severity)", "'P8'"),
        ("priority = 1 or priority = 7", "7"),
        ("priority in (1, 2, 2.5)", "2.5"),
    ],
)
def test_one_value_of_a_where_that_no_row_has_is_told(where: str, value: str) -> None:
    row = only(counted(where))
    column = "severity" if "severity" in where else "priority"
    assert row["check"] == "value_never_seen"
    assert row["meaning"] == (f"metrics.p1_open.where compares with {value}, which none of 4 rows has in {column}")


@pytest.mark.parametrize("where", ["severity = 'P1'", "severity in ('P1', 'P2')", "priority = 1", "severity != 'P1'"])
def test_a_value_that_a_row_has_is_not_told(where: str) -> None:
    assert found(counted(where)) == []


def test_values_of_by_that_no_row_has_are_told() -> None:
    by = {"column": "severity", "values": ["P1", "P0"]}
    row = only(portfolio(metrics={"by": {"from": "tickets", "agg": "count", "by": by}}))
    assert row["meaning"] == "metrics.by.by names 'P0', which none of 4 rows has in severity"
    assert row["example"] == "severity is P1, P2, P3, P4"


def test_labels_that_no_row_has_are_told() -> None:
    labels = {"P1": 0, "P2": 20, "P3": 60, "P4": 80, "none": 100}
    score = {"worst": {"measures": {"severity": {"value": "severity", "labels": labels}}}}
    row = only(portfolio(scores=score))
    assert row["meaning"] == "scores.worst.measures.severity.labels names 'none', which none of 4 rows has in severity"


def test_a_formula_over_an_attribute_or_a_last_value_is_looked_at() -> None:
    row = only(portfolio(cohorts={"big": {"when": "accounts.segment = 'Large'"}}))
    assert (row["table"], row["check"], row["example"]) == ("accounts", "value_never_seen", "segment is large, small")
    row = only(portfolio(cohorts={"bad": {"when": "severity = 'P7' and tickets > 3"}}))
    assert row["meaning"] == "cohorts.bad.when compares with 'P7', which none of 4 rows has in severity"


def test_many_values_are_cut_and_near_spellings_come_first() -> None:
    names = [f"feature number {k}" for k in range(30)] + ["export csv"]
    rows = len(names)
    tickets = pa.table(
        {
            "id": ["a"] * rows,
            "at": at(*range(rows)),
            "ticket": [str(k) for k in range(rows)],
            "severity": names,
            "priority": [1] * rows,
        }
    )
    made = portfolio(tickets, metrics={"m": {"from": "tickets", "agg": "count", "where": "severity = 'export_csv'"}})
    assert "severity is export csv, feature number" in only(made)["meaning"]
    assert only(made)["meaning"].endswith("and 23 more")


def test_a_table_without_rows_says_nothing_of_values() -> None:
    made = portfolio(TICKETS.slice(0, 0), metrics={"m": {"from": "tickets", "agg": "count", "where": "severity = 'x'"}})
    assert [row["check"] for row in found(made)] == ["no_rows"]


# --- grades and stages that do not exist ------------------------------------------------------------------------------


def test_a_comparison_with_a_grade_that_does_not_exist_is_told() -> None:
    row = only(portfolio(cohorts={"sick": {"when": "health_grade = 'rad'"}}))
    assert (row["table"], row["check"], row["example"]) == ("", "no_such_grade", "did you mean 'red'?")
    assert row["meaning"] == (
        "cohorts.sick.when compares health_grade with 'rad', a grade that does not exist, so it is never equal"
    )


@pytest.mark.parametrize("name", ["life", "life_previous"])
def test_a_comparison_with_a_stage_that_does_not_exist_is_told(name: str) -> None:
    row = only(portfolio(plays={"call": {"when": f"{name} in ('new', 'ode')"}}))
    assert (row["check"], row["example"]) == ("no_such_stage", "did you mean 'old'?")
    assert row["meaning"].startswith(f"plays.call.when compares {name} with 'ode'")


def test_grades_and_stages_that_exist_are_not_told() -> None:
    assert found(portfolio(cohorts={"c": {"when": "health_grade = 'red' or life != 'new'"}})) == []


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_accounts_that_stand_elsewhere_are_counted_with_their_revenue() -> None:
    made = portfolio(accounts=pa.table({"id": ["b"], "segment": ["large"]}))
    rows = {row["table"]: row for row in found(made)}
    assert {name: row["check"] for name, row in rows.items()} == {"tickets": "orphans", "contracts": "orphans"}
    assert rows["tickets"]["meaning"] == "1 account stands here and not in accounts, so the panel leaves it out"
    assert rows["contracts"]["meaning"] == (
        "1 account stands here and not in accounts, so the panel leaves it out, with 100 of mrr in contracts that were "
        "not over"
    )


def test_accounts_that_no_panel_shows_are_counted_and_what_would_show_them_is_said() -> None:
    accounts = pa.table({"id": ["a", "b", "c", "d"], "segment": ["s"] * 4, "since": at(0, 0, None, None)})
    row = portfolio(accounts=accounts).quality().to_pylist()[0]
    assert (row["table"], row["check"], row["rows"], row["example"]) == ("accounts", "never_shown", 2, "account c")
    assert row["meaning"] == (
        "2 of 4 accounts have no row in any other table, so no panel shows them; name a column of it as `known` to "
        "show them from that date on"
    )
    known = {"accounts": {"kind": "accounts", "account": "id", "known": "since"}}
    row = portfolio(accounts=accounts, tables=known).quality().to_pylist()[0]
    assert "fill its `known` (since)" in row["meaning"]
    filled = accounts.set_column(2, "since", at(0, 0, 5, 5))
    shown = portfolio(accounts=filled, tables=known)
    assert shown.quality().num_rows == 0
    assert shown.score("2026-02-01").table["account_id"].to_pylist() == ["a", "b", "c", "d"]


def test_explain_of_an_account_that_is_left_out_says_where_it_stands() -> None:
    left_out = portfolio(accounts=pa.table({"id": ["b", "c"], "segment": ["s"] * 2})).score(
        ["2026-01-02", "2026-02-01"]
    )
    with pytest.raises(
        ch.UnknownNameError, match="it has 2 rows in tickets, 1 row in contracts, but it is not in accou"
    ):
        left_out.explain("a")
    with pytest.raises(
        ch.UnknownNameError, match="it has 1 row in accounts, but an account of accounts has a row once"
    ):
        left_out.explain("c")
    with pytest.raises(ch.UnknownNameError, match="the panel has no account 'bb': expected b"):
        left_out.explain("bb")
    early = portfolio().score("2026-01-01")
    with pytest.raises(ch.UnknownNameError, match="2 rows in tickets, but none of these was known before the panel's"):
        early.explain("b")


# --- rows -------------------------------------------------------------------------------------------------------------


def events(rows: list[tuple[str, float, Any]], strict: Any = False) -> ch.Portfolio:
    model = {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"total": {"from": "usage", "agg": "sum", "of": "n"}},
    }
    ids, days, values = zip(*rows, strict=True)
    usage = pa.table({"id": ids, "at": at(*days), "n": pa.array(values, pa.float64())})
    return ch.Portfolio(ch.Model.parse(model), usage=usage, strict=strict)


@pytest.mark.parametrize("strict", [False, True, "all"])
def test_rows_that_stand_twice_are_a_note_that_strict_never_refuses(strict: Any) -> None:
    rows = [("a", 1, 5.0), ("b", 1, 5.0), ("a", 1, 5.0), ("a", 1, None), ("a", 1, None), ("a", 2, 5.0), ("a", 1, 5.0)]
    made = events(rows, strict)
    row = only(made)
    assert (row["check"], row["rows"], row["example"]) == ("repeated_rows", 3, "account a, at 2026-01-02")
    assert "name the table's `key`" in row["meaning"]


def test_rows_that_differ_in_a_column_that_is_read_are_none() -> None:
    assert found(events([("a", 1, 5.0), ("a", 1, 6.0), ("a", 1, None), ("b", 1, 5.0)])) == []


def test_a_row_far_before_all_others_is_told() -> None:
    near = [("a", k % 300, float(k)) for k in range(1000)]
    empty = -20_454.0  # 1970-01-01
    row = only(events([*near, ("b", empty, 1.0)]))
    assert (row["check"], row["rows"]) == ("far_before_others", 1)
    assert row["example"] == "at 1970-01-01, the others from 2026-01-01 on"
    row = only(events([*near, ("b", empty, 1.0), ("c", empty + 1, 2.0), ("c", empty + 2, 2.0)]))
    assert row["rows"] == 3


@pytest.mark.parametrize("span", [300, 30_000])
def test_rows_that_are_old_among_old_ones_are_not_told(span: int) -> None:
    assert found(events([("a", -float(k * span / 1000), float(k)) for k in range(1000)])) == []
    assert found(events([("a", 0.0, 1.0), ("a", -9_000.0, 2.0)])) == []


# --- order ------------------------------------------------------------------------------------------------------------


def test_findings_stand_in_one_order_after_appends_as_after_a_load() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": {"kind": "events", "account": "id", "time": "at", "known": "known"}},
            "metrics": {
                "n": {"from": "usage", "agg": "count", "where": "w in ('x', 'y', 'no')"},
                "never": {"from": "usage", "agg": "count", "where": "w = 'Z'"},
            },
        }
    )
    usage = pa.table(
        {
            "id": ["a", None, "a", "b", "b", None],
            "at": at(3, 1, None, 4, 4, 2),
            "known": at(2, 1, 1, 5, 5, 2),
            "w": ["x", "y", "x", "z", "z", "u"],
        }
    )
    whole = ch.Portfolio(model, usage=usage).quality()
    assert [row["check"] for row in whole.to_pylist()] == [
        *("null_account", "null_time", "known_before_time", "where_never_true", "value_never_seen", "value_never_seen"),
        "repeated_rows",
    ]
    for cuts in ([1], [2], [3], [5], [1, 2, 3, 4, 5], [2, 4]):
        edges = [0, *cuts, 6]
        grown = ch.Portfolio(model, usage=usage.slice(0, edges[1]))
        for begin, end in itertools.pairwise(edges[1:]):
            grown.append(usage=usage.slice(begin, end - begin))
        assert grown.quality().equals(whole)


# --- the documentation ------------------------------------------------------------------------------------------------


def test_the_example_of_the_page_prints_what_it_shows() -> None:
    text = (Path(__file__).parents[2] / "docs/quality.md").read_text(encoding="utf-8")
    code = text.partition("```python\n")[2].partition("```")[0]
    example = doctest.DocTestParser().get_doctest(code, {}, "quality.md", "quality.md", 0)
    results: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=results.append)
    assert (runner.summarize(verbose=False), results) == ((0, len(example.examples)), [])


def test_every_check_stands_in_the_documentation() -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs/quality.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (root / "cpp/engine/src").glob("checks_of_*.cpp"))
    names = set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)+)"(?:,| :|;)', sources))
    names |= set(re.findall(r'return "([a-z_]+)";', (root / "cpp/ledger/src/quality.cpp").read_text(encoding="utf-8")))
    assert {"where_never_true", "never_shown", "orphans", "before_1980", "known_at_once", "joined_ids"} <= names
    for name in names | {"far_before_others", "no_such_grade", "no_such_stage", "no_such_trend"}:
        assert f"`{name}`" in text, name
