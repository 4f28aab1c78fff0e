"""Lists that people work through: whom to call first, and whom a change is about."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth.explain.part_names import part_label
from customerhealth.results.looks import look_of
from listed import ACCOUNTS, AS_OFS, DOCUMENT, panel


def changed(path: list[str], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    place = document
    for step in path[:-1]:
        place = place.setdefault(step, {})
    place[path[-1]] = value
    return document


def test_the_lowest_score_comes_first_and_of_equal_ones_who_pays_more() -> None:
    table = panel().ranked("health")
    assert table.columns == [
        "rank", "account_id", "label", "grade", "score", "change", "held_down_by", "lifted_by", "revenue", "plays",
        "since",
    ]  # fmt: skip
    rows = table.to_pylist()
    assert [row["account_id"] for row in rows] == ["b", "c", "a", "d", "e"]  # b and c have 35 both
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["score"] for row in rows] == pytest.approx([35, 35, 40, 50, 90])
    assert [row["label"] for row in rows] == ["Birke", None, "Ahorn", "Distel", "Esche"]
    assert [row["change"] for row in rows] == [-30.0, 0.0, -40.0, 0.0, None]
    assert [row["revenue"] for row in rows] == [900.0, 500.0, 100.0, 50.0, 10.0]
    assert [row["since"] is None for row in rows] == [False, False, False, False, True]


def test_pulls_are_shares_of_what_is_above_and_below_the_score_and_caps() -> None:
    rows = {row["account_id"]: row for row in panel().ranked("health").to_pylist()}
    assert rows["b"]["held_down_by"] == "depth -11.2"  # 0.75 × (20 − 35)
    assert rows["b"]["lifted_by"] == "mood +11.2"
    assert rows["a"]["held_down_by"] == "angry (cap) -22.5, mood -7.5"
    assert rows["a"]["lifted_by"] == "depth +30.0"
    assert panel().ranked("health", reasons=1).to_pylist()[2]["held_down_by"] == "angry (cap) -22.5"
    assert panel().ranked("health", reasons=0)["held_down_by"].null_count == 5


def test_open_plays_are_told_the_most_urgent_first() -> None:
    rows = {row["account_id"]: row["plays"] for row in panel().ranked("health").to_pylist()}
    assert rows["a"] == "visit"
    assert rows["b"].startswith("call (due 2026-")
    assert rows["e"] is None


def test_each_value_of_a_column_has_a_list_of_its_own() -> None:
    rows = panel().ranked("health", n=1, by="owner").to_pylist()
    assert [(row["owner"], row["rank"], row["account_id"]) for row in rows] == [
        ("kim", 1, "c"),
        ("lee", 1, "b"),
        (None, 1, "d"),
    ]
    assert len(panel().ranked("health", n=None, by="owner")) == 5


def test_the_best_may_come_first_and_missing_scores_come_last() -> None:
    assert panel().ranked("health", best_first=True)["account_id"].to_pylist()[0] == "e"
    nobody = pa.concat_tables([ACCOUNTS, pa.table({"id": ["z"], "called": ["Zeder"], "owner": ["lee"], "mrr": [5.0]})])
    model = changed(["tables", "accounts", "known"], "since")
    nobody = nobody.append_column("since", pa.array([datetime(2026, 1, 1)] * 6))
    for best_first in (False, True):
        last = panel(model, nobody).ranked("health", best_first=best_first).to_pylist()[-1]
        assert (last["account_id"], last["score"], last["lifted_by"]) == ("z", None, None)
        assert last["held_down_by"].startswith("no score: ")


def test_parts_are_called_by_their_labels_where_there_are_some() -> None:
    named = changed(["metrics", "use", "label"], "Daily use")
    assert part_label(DOCUMENT, "health", "product.depth") == "depth"
    assert part_label(named, "health", "product.depth") == "Daily use"
    named["scores"]["product"]["measures"]["depth"]["label"] = "How deep"
    assert part_label(named, "health", "product.depth") == "How deep"
    assert part_label(changed(["scores", "product", "label"], "Product"), "health", "product") == "Product"
    assert part_label(DOCUMENT, "health", "mood") == "mood"
    assert part_label(DOCUMENT, "health", "cap:angry") == "angry (cap)"


def test_lists_of_a_chosen_panel_are_of_its_rows_and_last_date() -> None:
    june = panel().at("2026-06-01").ranked("health")
    assert june["account_id"].to_pylist() == ["c", "d", "b", "a"]
    assert june["change"].null_count == 4
    some = panel().filter("mrr > 60")
    assert some.ranked("health")["account_id"].to_pylist() == ["b", "c", "a"]
    assert some.movers("health", *AS_OFS)["account_id"].to_pylist() == ["a", "b"]
    assert len(panel().filter("false").ranked("health")) == 0
    assert len(panel().filter("false").movers("health", *AS_OFS)) == 0


def test_movers_are_those_who_moved_furthest_and_say_why() -> None:
    table = panel().movers("health", *AS_OFS)
    rows = table.to_pylist()
    assert table.columns == [
        "account_id", "label", "grade_before", "grade", "before", "after", "change", "because", "revenue"
    ]  # fmt: skip
    assert [(row["account_id"], row["change"]) for row in rows] == [("a", -40.0), ("b", -30.0), ("e", None)]
    assert [(row["grade_before"], row["grade"]) for row in rows] == [
        ("green", "red"),
        ("green", "red"),
        (None, "green"),
    ]
    assert rows[1]["because"] == "-30.0 product: fell from 60 to 20"
    assert "mood: fell from 8 to 1" in rows[0]["because"]
    assert "angry: this limit applies now (40)" in rows[0]["because"]
    assert rows[2]["because"].startswith("there is a score now (90)")
    assert len(panel().movers("health", *AS_OFS, n=1)) == 1
    assert ";" not in panel().movers("health", *AS_OFS, reasons=1).to_pylist()[0]["because"]


def test_grades_of_lists_bear_their_order_for_their_colours() -> None:
    table = panel().ranked("health")
    assert look_of(table.schema.field("grade")).grades == ("red", "green")
    assert table._repr_html_().count("border-radius:50%") == 5
    assert b"customerhealth.model" in table.schema.metadata


def test_what_cannot_be_listed_says_so() -> None:
    found = panel()
    with pytest.raises(ch.UnknownNameError, match="no score 'helth': did you mean 'health'"):
        found.ranked("helth")
    with pytest.raises(ch.UnknownNameError, match="by: the panel has no column 'ower': did you mean 'owner'"):
        found.ranked("health", by="ower")
    with pytest.raises(ch.UnknownNameError, match="revenue: a panel of this model has no column"):
        found.movers("health", *AS_OFS, revenue="arr")
    for wrong in (-1, 2.5, True, "3"):
        with pytest.raises(ch.DataError, match="n: expected a whole number, 0 or more, got"):
            found.ranked("health", n=wrong)  # type: ignore[arg-type]
    with pytest.raises(ch.DataError, match="reasons: expected a whole number"):
        found.ranked("health", reasons=-1)
    with pytest.raises(ch.DataError, match="`end` after `start`"):
        found.movers("health", AS_OFS[1], AS_OFS[0])
    with pytest.raises(ch.DataError, match="start: 2026-01-01 is no as-of of this panel"):
        found.movers("health", "2026-01-01", AS_OFS[0])
