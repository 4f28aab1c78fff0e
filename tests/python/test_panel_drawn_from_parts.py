"""A panel that is looked at makes only the rows and columns that are shown."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth.io.results import as_table
from customerhealth.panel import Panel

DAYS = [datetime(2026, 6, 1) + timedelta(days=n) for n in range(7)]
DOCUMENT = {
    "format": 1,
    "tables": {
        "usage": {"kind": "events", "account": "account_id", "time": "at"},
        "accounts": {"kind": "accounts", "account": "id"},
    },
    "metrics": {
        "n": {"from": "usage", "agg": "count", "window": "2d"},
        "gap": {"from": "usage", "agg": "longest_gap", "window": "3d"},
        "kind": {"formula": "accounts.kind"},
        "busy": {"formula": "n > 1"},
    },
    "scores": {
        "health": {
            "measures": {"use": {"value": "n", "weight": 1, "curve": [[0, 0], [3, 100]], "missing": {"silent": 0}}},
            "grades": [{"from": 0, "name": "red"}, {"from": 50, "name": "green"}],
            "trend": {"over": "1d", "flat_within": 1},
        }
    },
}


def made() -> Panel:
    """Thirty accounts that begin on different days, one of them without a kind."""
    rng = np.random.default_rng(4)
    names = [f"a{n:02}" for n in range(30)]
    rows = [(name, DAYS[d]) for k, name in enumerate(names) for d in range(k % 5, 7) for _ in range(rng.integers(0, 4))]
    usage = pa.table({"account_id": [name for name, _ in rows], "at": [at for _, at in rows]})
    kinds = [None if n == 3 else ["gold", "tin"][n % 2] for n in range(30)]
    accounts = pa.table({"id": names, "kind": pa.array(kinds, pa.string())})
    return ch.Portfolio(ch.Model.parse(DOCUMENT), usage=usage, accounts=accounts).score(DAYS)


def plain(table: pa.Table) -> list[dict[str, object]]:
    return table.to_pylist()


@pytest.mark.parametrize(("begin", "count"), [(0, 0), (0, 5), (7, 11), (100, 10_000), (10_000, 3)])
def test_some_rows_of_the_core_are_those_of_the_table(begin: int, count: int) -> None:
    panel = made()
    part = as_table(panel._scored.core.table(begin, count))
    assert plain(part) == plain(panel.table.slice(begin, count))
    assert part.column_names == panel.table.column_names


@pytest.mark.parametrize("names", [["as_of"], ["health_grade", "account_id"], ["busy", "gap", "kind", "health_trend"]])
def test_some_columns_of_the_core_are_those_of_the_table(names: list[str]) -> None:
    panel = made()
    part = as_table(panel._scored.core.table(columns=names))
    assert sorted(part.column_names) == sorted(names)
    assert plain(part.select(names)) == plain(panel.table.select(names))
    assert panel._scored.columns(names).equals(panel.table.select(names))


def test_a_column_that_the_core_lacks_is_refused() -> None:
    with pytest.raises(IndexError, match="lacks a column"):
        made()._scored.core.table(columns=["as_of", "nope"])


@pytest.mark.parametrize("chosen", ["all", "last", "green", "none"])
def test_a_drawing_says_the_same_before_and_after_the_table_is_made(chosen: str) -> None:
    def panel() -> Panel:
        own = made()
        return {"all": own, "last": own.at(DAYS[-1]), "green": own.filter("health_grade = 'green'"),
                "none": own.filter("health > 1000")}[chosen]  # fmt: skip

    first, again = panel(), panel()
    html, text = first._repr_html_(), repr(first)
    assert again._scored.table.num_rows == again._scored.rows  # made whole before it is drawn
    assert (again._repr_html_(), repr(again)) == (html, text)
    assert ("<svg" in html) == (chosen != "none")


def test_a_drawing_makes_no_whole_table() -> None:
    panel = made()
    assert "30 accounts" in panel._repr_html_()
    assert panel._scored._table is None
