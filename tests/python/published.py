"""Published models judged on values given by hand, and on small tables."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

import customerhealth as ch

AS_OF = datetime(2026, 7, 1)
LONG_AGO = datetime(2020, 1, 1)
# Of a customer for whom all of GitLab's measures apply.
GROWN = {"days_as_customer": 400, "months_as_customer": 13, "touch": "csm_led", "priority": 1, "tier": "ultimate"}


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """A table of the rows, each with all columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def score(preset: str, **tables: list[dict[str, Any]]) -> ch.Panel:
    return ch.Portfolio(ch.Model.preset(preset), **{name: table(rows) for name, rows in tables.items()}).score(AS_OF)


def row(panel: ch.Panel, account: Any = "a") -> dict[str, Any]:
    """The one row of an account."""
    (found,) = [row for row in panel.table.to_pylist() if row["account_id"] == account]
    return found


def points(panel: ch.Panel, of: str, account: Any = "a") -> dict[str, float | None]:
    """What each measure of a score is worth for an account."""
    rows = panel.contributions(of).to_pylist()
    measures = [row for row in rows if not row["part"].startswith("cap:") and row["part"] not in ("round", "clamp")]
    return {row["part"]: row["points"] for row in measures if row["account_id"] == account}


class Judged:
    """A preset whose metrics are given: its scores alone are at work, on one account a case.

    A metric that no case gives is worked out from those given, or is missing. `m.v` gives a part of a split metric.
    """

    def __init__(self, preset: str, cases: list[dict[str, Any]]) -> None:
        ids = [{"account_id": index, "given_at": LONG_AGO} for index in range(len(cases))]
        self.panel = _given(preset, [case | own for case, own in zip(cases, ids, strict=True)]).score(AS_OF)
        self.rows = self.panel.table.to_pylist()
        assert [row["account_id"] for row in self.rows] == list(range(len(cases)))

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    def points(self, score: str, part: str) -> list[float | None]:
        return [row["points"] for row in self.panel.contributions(score).to_pylist() if row["part"] == part]

    def contributions(self, score: str, part: str) -> list[float | None]:
        return [row["contribution"] for row in self.panel.contributions(score).to_pylist() if row["part"] == part]

    def reasons(self, score: str, part: str) -> list[str | None]:
        return [row["reason"] for row in self.panel.contributions(score).to_pylist() if row["part"] == part]


FIRST_MONDAY = datetime(2026, 3, 2)


def week_by_week(preset: str, weeks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The panel rows on Mondays, ticks of the default clock, of one account whose given metrics change on Sundays."""
    mondays = [FIRST_MONDAY + timedelta(days=7 * week) for week in range(len(weeks))]
    rows = [
        week | {"account_id": "a", "given_at": monday - timedelta(days=1)}
        for week, monday in zip(weeks, mondays, strict=True)
    ]
    return _given(preset, rows).score(mondays).table.to_pylist()


def _given(preset: str, rows: list[dict[str, Any]]) -> ch.Portfolio:
    """The preset over metrics that stand in rows of its accounts table, each known from its `given_at` on."""
    document = ch.Model.preset(preset).to_dict()
    name, accounts = next(
        ((n, t) for n, t in document["tables"].items() if t["kind"] == "accounts"),
        ("given", {"kind": "accounts", "account": "account_id"}),
    )
    document["tables"][name] = {**accounts, "known": "given_at"}
    given = list(dict.fromkeys(key for row in rows for key in row if key not in ("account_id", "given_at")))
    for key in given:
        if key in document["metrics"]:
            document["metrics"][key] = {"formula": f"{name}.{key}"}
    split = {key: f'{name}."{key}"' for key in given if "." in key}
    model = ch.Model.parse(_renamed(document, split))
    columns = dict.fromkeys([*model.tables[name], *given, "account_id", "given_at"])
    return ch.Portfolio(model, tables={name: pa.table({key: pa.array([r.get(key) for r in rows]) for key in columns})})


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _renamed(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(value, names) for value in node]
    if isinstance(node, str):
        for old, new in names.items():
            node = re.sub(rf"(?<![\w.]){re.escape(old)}(?![\w.])", new, node)
    return node


def measured(preset: str, score: str, measure: str, metric: str, values: list[Any], **rest: Any) -> list[float | None]:
    """The points of one measure for each value of the one metric it reads."""
    return Judged(preset, [{metric: value, **rest} for value in values]).points(score, measure)
