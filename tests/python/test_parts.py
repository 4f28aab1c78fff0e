"""A part of a panel: some columns, moves and plays, for which nothing is worked out that they do not need."""

from __future__ import annotations

import pytest
from hypothesis import given

import customerhealth as ch
from customerhealth.lifecycle.parts import score_part
from customerhealth.tables import as_table
from model_strategies import cases
from strategies import Case, examples


@examples(40)
@given(cases(features=frozenset({"life", "time", "peers"})))
def test_a_part_of_a_panel_has_the_values_of_the_whole(case: Case) -> None:
    portfolio = ch.Portfolio(ch.Model.parse(case.model), tables=case.tables())
    at, until = case.moments(), 2**62
    whole = portfolio.score(at)
    for name in portfolio.model.columns:
        part = score_part(portfolio, at, [name])
        assert part.table.equals(whole.table.select(["account_id", "as_of", name])), name
    for journey in portfolio.model.journeys:
        part = score_part(portfolio, at, [journey])
        moves, expected = (as_table(panel._scored.core.moves(journey, -until, until)) for panel in (part, whole))
        assert moves.equals(expected), journey
    for closed in (False, True):
        plays = whole.plays(closed=closed).to_pylist()
        assert score_part(portfolio, at, plays=portfolio.model.plays).plays(closed=closed).to_pylist() == plays
        for play in portfolio.model.plays:
            part = score_part(portfolio, at, plays=[play])
            assert part.plays(closed=closed).to_pylist() == [row for row in plays if row["play"] == play]


def test_a_part_names_what_the_model_has() -> None:
    model = ch.Model.preset("b2b-saas")
    portfolio = ch.Portfolio(model, tables=ch.datasets.simulate(3, "2026-01-01", "2026-07-01").select(model))
    with pytest.raises(IndexError, match="no such column or play: helth"):
        score_part(portfolio, "2026-07-01", ["helth"])
