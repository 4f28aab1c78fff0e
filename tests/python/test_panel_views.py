"""A panel is looked at: columns, rows of it, what they sum up to, and as a page of a notebook."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import customerhealth as ch
import small

AS_OFS = ["2026-06-12", "2026-06-20", "2026-07-01"]


def panel() -> ch.Panel:
    return ch.Portfolio(small.model(), usage=small.usage()).score(AS_OFS)


def pairs(table: Any) -> set[tuple[Any, Any]]:
    return set(zip(table["account_id"].to_pylist(), table["as_of"].to_pylist(), strict=True))


def test_columns_accounts_and_as_ofs_are_told() -> None:
    whole = panel()
    assert whole.columns == whole.table.column_names
    assert whole["health"] == whole.table["health"]
    assert whole.accounts.to_pylist() == ["acme", "beta", "zeta"]
    assert whole.as_ofs.tolist() == np.array(AS_OFS, "datetime64[us]").tolist()
    with pytest.raises(ch.UnknownNameError, match="the panel has no column 'helth': did you mean 'health'"):
        _ = whole["helth"]


def test_rows_of_a_panel_are_a_panel_that_answers_for_them_alone() -> None:
    whole = panel()
    some = whole.filter("health_grade = 'red' or account_id = 'acme'").at("2026-07-01")
    assert isinstance(some, ch.Panel)
    assert 0 < len(some) < len(whole)
    wanted = pairs(some.table)
    for answer in (
        lambda p: p.reasons(), lambda p: p.contributions("health", deep=True), lambda p: p.uncertainty("health"),
        lambda p: p.contributions("health", stream=True).read_all(), lambda p: p.plays(closed=True),
    ):  # fmt: skip
        rows, all_rows = answer(some).to_pylist(), answer(whole).to_pylist()
        assert rows == [row for row in all_rows if (row["account_id"], row["as_of"]) in wanted]
    ids = set(some.accounts.to_pylist())
    for answer in (
        lambda p: p.why_changed("health", "2026-06-20", "2026-07-01"), lambda p: p.path_to("green"),
    ):  # fmt: skip
        assert answer(some).to_pylist() == [row for row in answer(whole).to_pylist() if row["account_id"] in ids]
    assert str(some.explain("acme")) == str(whole.explain("acme"))


def test_states_of_chosen_rows_are_theirs() -> None:
    named = small.document(metrics=small.DOCUMENT["metrics"] | {
        "who": {"from": "usage", "agg": "last", "of": "user_id"}})  # fmt: skip
    whole = ch.Portfolio(ch.Model.parse(named), usage=small.usage()).score(AS_OFS)
    states = whole.filter("account_id = 'acme'").as_states(account="who")
    assert set(states["key"].to_pylist()) == {"acme"}
    assert len(states) >= 2


def test_a_chosen_panel_explains_its_own_last_date_and_no_account_beside_it() -> None:
    june = panel().at("2026-06-20")
    assert june.explain("acme").as_of == "2026-06-20"
    assert june.explain("acme").scores[0].since is not None  # what was before is known still
    with pytest.raises(ch.UnknownNameError, match="have none of account 'beta'"):
        june.filter("account_id = 'acme'").explain("beta")
    with pytest.raises(ch.UnknownNameError, match="none of account 'acme' as of 2026-07-01"):
        june.explain("acme", "2026-07-01")
    with pytest.raises(ch.UnknownNameError, match="the panel has no account 'nobody'"):
        june.explain("nobody")


def test_head_and_at_cut_what_was_cut_before() -> None:
    whole = panel()
    assert whole.head(2).table == whole.table.slice(0, 2)
    assert len(whole.head(1000)) == len(whole)
    assert len(whole.head(0)) == len(whole.head(-3)) == 0
    assert len(whole.head(4).at("2026-07-01").head(1)) == 1
    with pytest.raises(ch.DataError, match="at: 2026-08-01 is no as-of of this panel"):
        whole.at("2026-08-01")


def test_a_panel_without_rows_answers() -> None:
    none = panel().filter("false")
    assert len(none) == len(none.reasons()) == len(none.plays()) == len(none.contributions("health")) == 0
    assert len(none.accounts) == 0
    assert len(none.filter("health > 3")) == 0
    assert none.describe()["count"].to_pylist() == [0] * (len(none.columns) - 2)
    assert "0 rows" in repr(none)
    assert "0 rows" in none._repr_html_()


def test_a_filter_says_what_is_wrong_with_it() -> None:
    whole = panel()
    with pytest.raises(
        ch.FormulaError, match=r"filter: .*not the end of the formula\n  health <\n          \^"
    ) as caught:
        whole.filter("health <")
    assert caught.value.position == 8
    assert caught.value.problems[0].path == "filter"
    with pytest.raises(ch.FormulaError, match="gives a number, and a boolean is wanted"):
        whole.filter("health")
    with pytest.raises(ch.UnknownNameError, match="filter: the panel has no column 'helth': did you mean 'health'"):
        whole.filter("helth < 50")
    with pytest.raises(ch.DataError, match="expected a formula as a text"):
        whole.filter(3)  # type: ignore[arg-type]


def test_a_filter_leaves_out_what_is_missing_and_takes_names_in_quotes() -> None:
    whole = panel()
    values = whole["mean_quantity"].to_pylist()
    assert len(whole.filter("mean_quantity >= 0")) == sum(value is not None for value in values)
    assert len(whole.filter("mean_quantity is missing")) == sum(value is None for value in values)
    assert whole.filter("\"as_of\" = date '2026-07-01'").compare(whole.at("2026-07-01"))


def test_a_filter_of_integer_ids_and_columns_called_like_ours() -> None:
    document = small.document(metrics=small.DOCUMENT["metrics"] | {
        "row": {"formula": "events"}, "time": {"formula": "users"}})  # fmt: skip
    portfolio = ch.Portfolio(ch.Model.parse(document), usage=small.usage((10, 20, 30)))
    assert portfolio.score(small.AS_OF).filter("row > 1 and time > 1 and account_id = 10").accounts.to_pylist() == [10]


def test_describe_counts_what_is_missing_by_reason() -> None:
    whole = panel().at("2026-07-01")
    told = {row["column"]: row for row in whole.describe().to_pylist()}
    assert list(told) == whole.columns[2:]
    reasons = whole.reasons().to_pylist()
    for name in ("mean_quantity", "events", "health"):
        row, values = told[name], [value for value in whole[name].to_pylist() if value is not None]
        assert (row["count"], row["missing"]) == (len(values), len(whole) - len(values))
        mine = [each["reason"] for each in reasons if each["metric"] == name]
        kinds = [kind for kind in ("never", "silent", "undefined") if kind in row]
        assert {kind: row[kind] for kind in kinds} == {kind: mine.count(kind) for kind in kinds}
        assert row["median"] == (np.median(values) if values else None)
    grades = whole["health_grade"].to_pylist()
    assert told["health_grade"]["values"] == ", ".join(f"{g} {grades.count(g)}" for g in ("red", "yellow", "green"))


def test_a_panel_is_no_array() -> None:
    with pytest.raises(TypeError, match=r"panel\['health'\].to_numpy"):
        np.asarray(panel())


def test_panels_are_compared() -> None:
    whole = panel()
    assert whole.compare(panel())
    found = whole.compare(whole.at("2026-07-01"))
    assert not found
    assert len(found.differences) == len(whole) - len(whole.at("2026-07-01"))
    assert found.keys == ("account_id", "as_of")


def test_html_shows_the_latest_as_of_scores_first_and_a_line_of_each() -> None:
    html = panel()._repr_html_()
    heads = re.findall(r"<th [^>]*>([^<]*)</th>", html)
    assert heads[:4] == ["account_id", "health", "health_grade", "activity"]
    assert html.count("<tr>") == 1 + 3
    assert html.count("<svg") == 6  # two scores of three accounts
    assert "as of 2026-07-01: 3 accounts, health median" in html
    assert "red 2, yellow 0, green 1" in html
    assert re.search(r"title='missing: \w+'", html)
    assert "http" not in html
    one = ch.Portfolio(small.model(), usage=small.usage()).score(small.AS_OF)
    assert "<svg" not in one._repr_html_()


def test_what_a_score_defines_is_missing_for_its_reason() -> None:
    scores = {"mood": {"measures": {"size": {"value": "mean_quantity", "curve": [[0, 0], [10, 100]]}},
                       "grades": [{"name": "bad"}, {"name": "good", "from": 50}]}}  # fmt: skip
    html = ch.Portfolio(ch.Model.parse(small.document(scores=scores)), usage=small.usage()).score(AS_OFS)._repr_html_()
    assert html.count("title='missing: coverage'>–") >= 2  # the score and its grade


def test_html_of_odd_ids_is_text() -> None:
    odd = "<script>alert(1)</script>"
    html = ch.Portfolio(small.model(), usage=small.usage((odd, "b", "c"))).score(AS_OFS)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_printed_it_is_one_line_and_a_table() -> None:
    lines = repr(panel()).splitlines()
    assert lines[0] == f"<Panel of {len(panel())} rows, {len(panel().columns)} columns, model 'small'>"
    assert lines[1] == "9 rows; as of 2026-07-01: 3 accounts, health median 28.4, red 2, yellow 0, green 1"
    assert lines[2].split()[:3] == ["account_id", "health", "health_grade"]


def test_html_of_many_rows_is_made_of_a_few() -> None:
    many = ch.Portfolio(small.model(), usage=small.many(20_000, 4_000)).score(AS_OFS)
    assert len(many) > 4_000
    html = many._repr_html_()
    assert html.count("<tr>") == 21
    assert len(html) < 60_000
