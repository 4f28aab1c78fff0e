"""Parts that Dask fits and scores, in threads and in processes, give what the whole gives."""

from __future__ import annotations

from typing import Any

import dask
import pyarrow as pa
import pytest

import customerhealth as ch

AS_OF = "2026-07-01"


def company(model: ch.Model) -> dict[str, pa.Table]:
    return dict(ch.datasets.simulate(40, "2025-07-01", "2026-07-01", seed=3).select(model))


def part(tables: dict[str, pa.Table], number: int, of: int) -> dict[str, pa.Table]:
    """Each account in one part; all tables in each, with their types."""
    ids = sorted({account for table in tables.values() for account in table["account_id"].to_pylist()})
    mine = set(ids[number::of])
    return {
        name: table.filter(pa.array([account in mine for account in table["account_id"].to_pylist()], pa.bool_()))
        for name, table in tables.items()
    }


def portfolio(model: ch.Model, tables: dict[str, pa.Table]) -> ch.Portfolio:
    return ch.Portfolio(model, tables=tables, threads=1)


def fit(model: ch.Model, tables: dict[str, pa.Table], peers: ch.Peers | None) -> ch.Peers:
    return portfolio(model, tables).peers(AS_OF, given=peers)


def answers(model: ch.Model, tables: dict[str, pa.Table], peers: ch.Peers | None) -> list[list[dict[str, Any]]]:
    panel = portfolio(model, tables).score(AS_OF, peers=peers)
    found = (panel.table, panel.reasons(), panel.contributions("health", deep=True), panel.plays())
    return [each.to_pylist() for each in found]


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(repr, rows))


@pytest.mark.parametrize(("scheduler", "count"), [("threads", 1), ("threads", 4), ("processes", 3)])
def test_parts_score_as_the_whole(scheduler: str, count: int) -> None:
    model = ch.Model.preset("b2b-saas")
    tables = company(model)
    parts = [part(tables, number, count) for number in range(count)]
    peers: ch.Peers | None = None
    with dask.config.set(scheduler=scheduler, num_workers=2):
        while peers is None or not peers.complete:
            peers = ch.Peers.merge(dask.compute(*[dask.delayed(fit)(model, each, peers) for each in parts]))
        found = dask.compute(*[dask.delayed(answers)(model, each, peers) for each in parts])
    for of_parts, of_whole in zip(zip(*found, strict=True), answers(model, tables, None), strict=True):
        assert in_order([row for rows in of_parts for row in rows]) == in_order(of_whole)
    assert len(found[0]) == 4
    assert all(found[0][:3]), "there is something to compare"
