"""A part of a panel: some columns, moves and plays, for which nothing is worked out that they do not need."""

from __future__ import annotations

import pytest
from hypothesis import given

import customerhealth as ch
from customerhealth.io.results import as_table
from model_strategies import cases
from strategies import Case, examples


@examples(40)
@given(cases(features=frozenset({"life", "time", "peers"})))
def test_a_part_of_a_panel_has_the_values_of_the_whole(case: Case) -> None:
    portfolio = ch.Portfolio(ch.Model.parse(case.model), tables=case.tables())
    at, until = case.moments(), 2**62
    whole, loaded = portfolio.score(at), portfolio._loaded
    for name in portfolio.model.columns:
        part = loaded.score_part(at, columns=[name])
        assert part.table.equals(whole.table.select(["account_id", "as_of", name])), name
    for journey in portfolio.model.journeys:
        part = loaded.score_part(at, columns=[journey])
        moves, expected = (as_table(each.core.moves(journey, -until, until)) for each in (part, whole._scored))
        assert moves.equals(expected), journey
    for closed in (False, True):
        plays = whole.plays(closed=closed).to_pylist()
        part = loaded.score_part(at, plays=portfolio.model.plays)
        assert as_table(part.core.plays(closed)).to_pylist() == plays
        for play in portfolio.model.plays:
            part = loaded.score_part(at, plays=[play])
            assert as_table(part.core.plays(closed)).to_pylist() == [row for row in plays if row["play"] == play]


@examples(25)
@given(cases(features=frozenset({"life", "time", "peers"})))
def test_plays_put_in_open_in_a_part_as_in_the_whole(case: Case) -> None:
    model, at = ch.Model.parse(case.model), case.moments()
    plays = {f"in_{name}": {"when": name} for name in model.cohorts}
    varied = ch.Portfolio(model, tables=case.tables())._loaded.with_plays(plays)
    whole, part = (as_table(each.core.openings()) for each in (varied.score(at), varied.score_part(at, plays=[*plays])))
    assert part.equals(whole)


def test_a_part_names_what_the_model_has() -> None:
    model = ch.Model.preset("b2b-saas")
    portfolio = ch.Portfolio(model, tables=ch.datasets.simulate(3, "2026-01-01", "2026-07-01").select(model))
    with pytest.raises(IndexError, match="no such column or play: helth"):
        portfolio._loaded.score_part("2026-07-01", columns=["helth"])
