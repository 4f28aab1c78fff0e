"""Models, panels, tables and explanations go through pickle, copy and joblib, and a panel still explains."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import joblib
import pytest

import customerhealth as ch
import small
from listed import AS_OFS as DATES
from listed import panel as listed

AS_OFS = ["2026-06-12", "2026-06-20", "2026-07-01"]


def panel(**changes: Any) -> ch.Panel:
    return ch.Portfolio(ch.Model.parse(small.document(**changes)), usage=small.usage()).score(AS_OFS)


def answers(of: ch.Panel) -> list[Any]:
    """All that a panel says."""
    return [
        of.reasons().to_pylist(), of.contributions("health", deep=True).to_pylist(), of.plays(closed=True).to_pylist(),
        of.why_changed("health", of.as_ofs[0], of.as_ofs[-1]).to_pylist(), of.path_to("green").to_pylist(),
        of.ranked("health").to_pylist(), [str(of.explain(account)) for account in of.accounts.to_pylist()],
        of._repr_html_(), of.digest,
    ]  # fmt: skip


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy])
def test_a_panel_from_a_pickle_explains_what_the_first_one_did(again: Any) -> None:
    for whole in (panel(), listed()):
        found = again(whole)
        assert found.table == whole.table
        assert found.columns == whole.columns
        assert answers(found) == answers(whole)


def test_the_table_of_a_pickle_is_there_before_anything_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps(panel())
    from customerhealth.panel import pickled

    def refuse(*_: object) -> None:
        raise AssertionError("it is scored")

    monkeypatch.setattr(pickled, "load_saved", refuse)
    found = pickle.loads(data)
    assert found.table == panel().table
    assert found["health"] == panel()["health"]
    with pytest.raises(AssertionError, match="it is scored"):
        found.reasons()


def test_chosen_rows_stay_chosen_and_a_pickle_can_be_pickled() -> None:
    some = panel().filter("events > 0").at("2026-07-01")
    once = pickle.loads(pickle.dumps(some))
    twice = pickle.loads(pickle.dumps(once))
    for found in (once, twice):
        assert found.table == some.table
        assert found.as_ofs.tolist() == some.as_ofs.tolist()
        assert found.contributions("health").to_pylist() == some.contributions("health").to_pylist()
        assert str(found.explain("acme")) == str(some.explain("acme"))


def test_peers_go_along() -> None:
    scores = {"health": {"measures": {"rank": {"value": "events", "percentile": {"least": 1}}}}}
    model = ch.Model.parse(small.document(scores=scores))
    portfolio = ch.Portfolio(model, usage=small.usage())
    others = ch.Portfolio(model, usage=small.many(4_000, 40).drop(["account_id"]).append_column(
        "account_id", small.many(4_000, 40)["account_id"].cast("string"))).peers(AS_OFS)  # fmt: skip
    found = portfolio.score(AS_OFS, peers=others)
    again = pickle.loads(pickle.dumps(found))
    assert again.contributions("health").to_pylist() == found.contributions("health").to_pylist()
    assert found.table != portfolio.score(AS_OFS).table


def test_a_panel_of_tables_that_grew_says_that_it_cannot_be_pickled() -> None:
    portfolio = ch.Portfolio(small.model(), usage=small.usage())
    before = portfolio.score(AS_OFS)
    portfolio.append(usage=small.usage())
    with pytest.raises(TypeError, match=r"rows were appended to its portfolio since.*send panel\.table"):
        pickle.dumps(before)
    assert pickle.loads(pickle.dumps(portfolio.score(AS_OFS))).reasons() == portfolio.score(AS_OFS).reasons()


def test_a_pickle_that_comes_out_otherwise_is_refused() -> None:
    found = pickle.loads(pickle.dumps(panel()))
    other = found._scored.packed._replace(as_ofs=found._scored.packed.as_ofs[:1])
    found._scored.packed = other
    assert len(found) == len(panel())  # of the table, which needs nothing else
    with pytest.raises(ch.DataError, match="its table is as it was"):
        found.explain("acme")


def test_what_else_people_cache_goes_through(tmp_path: Any) -> None:
    whole = listed()
    for thing in (
        whole.model, whole.ranked("health"), whole.movers("health", *DATES), whole.explain("a"), whole.reasons(),
        whole.ranked("health").compare(whole.ranked("health")),
    ):  # fmt: skip
        for again in (pickle.loads(pickle.dumps(thing)), copy.copy(thing), copy.deepcopy(thing)):
            assert type(again) is type(thing)
            assert repr(again) == repr(thing)
        joblib.dump(thing, tmp_path / "thing")
        assert repr(joblib.load(tmp_path / "thing")) == repr(thing)
    joblib.dump(whole, tmp_path / "panel")
    assert str(joblib.load(tmp_path / "panel").explain("a")) == str(whole.explain("a"))
    assert joblib.hash(whole.model) == joblib.hash(listed().model)
