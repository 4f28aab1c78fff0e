"""Explanations: complete, right, readable, and safe to show."""

from __future__ import annotations

import importlib
import json
import pickle
import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
import small
from customerhealth import colours


def parts(explanation: ch.Explanation, score: str) -> dict[str, Any]:
    (view,) = [view for view in explanation.scores if view.name == score]
    return {part.name: part for part in view.parts}


def test_the_overall_score_comes_first_then_what_it_is_made_of() -> None:
    explanation = small.panel().explain("acme")
    assert [view.name for view in explanation.scores] == ["health", "activity"]
    assert explanation.scores[0].score == 92.5
    assert explanation.scores[0].grade == "green"


def test_pulls_sum_to_nothing_and_contributions_to_the_score() -> None:
    view = small.panel().explain("acme").scores[0]
    assert sum(part.contribution for part in view.parts) == pytest.approx(view.score)
    assert sum(part.pull for part in view.parts) == pytest.approx(0)
    assert parts(small.panel().explain("acme"), "health")["size"].pull == pytest.approx(0.25 * (70 - 92.5))


def test_what_is_missing_says_why_in_words() -> None:
    explanation = small.panel().explain("zeta")
    text = str(explanation)
    assert {missing.metric: missing.reason for missing in explanation.missing} == {
        "per_user": "undefined",
        "mean_quantity": "silent",
    }
    assert "the account has data, but none of it counts here" in text
    assert "judged by 75% of the weight" in text


def test_the_text_names_account_date_scores_and_meaning() -> None:
    text = str(small.panel().explain("acme"))
    assert "acme as of 2026-07-01" in text
    assert "health: 92.5 of 100, green" in text
    assert "Things done in four weeks." in text
    assert "█" in text
    assert "lifts the score" in text
    assert repr(small.panel().explain("acme")) == text


def test_a_cap_is_shown_only_where_it_holds() -> None:
    document = small.document()
    document["scores"]["health"]["caps"][0]["at_most"] = 20
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF)
    assert "cap:one user" in parts(panel.explain("beta"), "health")
    assert "cap:one user" not in parts(panel.explain("acme"), "health")
    assert "because users < 2" in str(panel.explain("beta"))


def test_without_a_date_the_last_one_is_explained() -> None:
    panel = small.portfolio().score(["2026-06-12", "2026-07-01"])
    assert panel.explain("acme").as_of == "2026-07-01"
    assert panel.explain("acme", as_of=date(2026, 6, 12)).as_of == "2026-06-12"


def test_integer_ids_are_explained_too() -> None:
    panel = ch.Portfolio(small.model(), usage=small.usage((1, 2, 3))).score(small.AS_OF)
    assert panel.explain(1).account == 1
    with pytest.raises(ch.UnknownNameError, match="no account 'one'"):
        panel.explain("one")


def test_every_account_and_date_is_explained_by_its_own_rows() -> None:
    panel = small.portfolio().score(["2026-06-11", "2026-06-13", "2026-07-01"])
    contributions = panel.contributions("activity").to_pylist()
    for row in panel.table.to_pylist():
        account, as_of = row["account_id"], row["as_of"]
        explanation = panel.explain(account, as_of)
        mine = {
            c["part"]: c["contribution"] for c in contributions if (c["account_id"], c["as_of"]) == (account, as_of)
        }
        shown = {name: part.contribution for name, part in parts(explanation, "activity").items()}
        assert shown == {name: mine[name] for name in shown}
        assert {"volume", "people"} <= set(shown)
        missing = {missing.metric for missing in explanation.missing}
        assert missing == {metric for metric in small.DOCUMENT["metrics"] if row[metric] is None}


def test_unknown_accounts_and_dates_name_what_there_is() -> None:
    with pytest.raises(ch.UnknownNameError, match="no account 'acne': did you mean 'acme'"):
        small.panel().explain("acne")
    with pytest.raises(ch.UnknownNameError, match=r"no row as of 2026-06-30 in this panel: .*2026-07-01"):
        small.panel().explain("acme", as_of="2026-06-30")


class Checker(HTMLParser):
    """Notes every tag and attribute; knows whether tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


EVIL = "<script>alert('x')</script>\"' onload=\"evil()"


def test_html_escapes_every_text_and_asks_for_nothing_from_outside() -> None:
    document = small.document(name=EVIL)
    document["metrics"]["events"]["description"] = EVIL
    health = document["scores"]["health"]
    health["description"] = EVIL
    health["grades"][2]["name"] = EVIL
    health["caps"] = [{"name": EVIL, "at_most": 80, "description": EVIL}]
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage((EVIL, "b", "c"))).score(small.AS_OF)
    for html in (panel.explain(EVIL)._repr_html_(), panel._repr_html_(), panel.model._repr_html_()):
        checker = Checker()
        checker.feed(html)
        assert checker.open == []
        assert checker.tags <= {"bdi", "div", "h3", "h4", "p", "b", "span", "table", "thead", "tbody", "tr", "th", "td"}
        assert checker.attributes <= {"style", "colspan", "title"}
        assert "http" not in html
        assert "url(" not in html


def test_an_explanation_is_plain_data_for_json() -> None:
    data = json.loads(json.dumps(small.panel().explain("acme").to_dict()))
    assert data["account"] == "acme"
    assert data["scores"][0]["parts"][0]["name"] == "activity"


def test_a_missing_score_says_so() -> None:
    document = small.document()
    document["scores"]["health"]["least_coverage"] = 0.9
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF)
    assert "health: no score (too little is known about the account for a score)" in str(panel.explain("zeta"))
    assert "no score" in panel.explain("zeta").to_html()


def test_a_score_that_is_a_sum_is_explained_without_shares() -> None:
    document = small.document()
    document["scores"]["activity"]["combine"] = "sum"
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF)
    (view,) = [view for view in panel.explain("beta").scores if view.name == "activity"]
    assert not view.shares
    assert all(part.pull is None for part in view.parts)
    assert sum(part.contribution for part in view.parts) == pytest.approx(view.score)


def test_what_changed_since_the_period_before_is_told_in_words() -> None:
    panel = small.portfolio().score(["2026-06-11", "2026-06-13", "2026-07-01"])
    explanation = panel.explain("acme", as_of="2026-06-13")
    since = {view.name: view.since for view in explanation.scores}["activity"]
    assert since is not None
    assert since.date == "2026-06-11"
    # One event of one user to three of two: 3/4 of 50 more points, 1/4 of 50.
    assert since.change == pytest.approx(50)
    assert [step.part for step in since.steps] == ["volume", "people"]
    assert sum(step.adds or 0 for step in since.steps) == pytest.approx(since.change)
    text = str(explanation)
    assert "Since 2026-06-11: +50.0 points, because" in text
    assert "volume: rose from 1 to 3" in text
    assert "Since 2026-06-11: +50.0 points, because" in explanation.to_html()
    assert explanation.to_dict()["scores"][1]["since"]["steps"][0]["words"] == "volume: rose from 1 to 3"


def test_the_first_period_has_nothing_to_compare_with() -> None:
    panel = small.portfolio().score(["2026-06-11", "2026-07-01"])
    assert all(view.since is None for view in panel.explain("acme", as_of="2026-06-11").scores)
    assert "Since" not in str(panel.explain("acme", as_of="2026-06-11"))


def test_what_changed_is_escaped() -> None:
    document = small.document()
    document["scores"]["health"]["caps"][0]["name"] = "<b>one</b>"
    document["scores"]["health"]["caps"][0]["at_most"] = 20
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(["2026-06-11", "2026-06-13"])
    html = panel.explain("acme").to_html()
    assert "&lt;b&gt;one&lt;/b&gt;: this limit applies no more (it was 20)" in html
    assert "<b>" not in html


def lifted(shape: dict[str, Any], score: str = "s", **more: Any) -> ch.Explanation:
    """An account with four events in a score of one measure."""
    document = small.document()
    grades = [{"name": "red"}, {"name": "<green>", "from": 50}]
    document["scores"] = {score: {"measures": {"volume": {"value": "events", **shape}}, "grades": grades, **more}}
    return ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF).explain("beta")


def test_what_would_lift_a_score_is_said_in_words() -> None:
    text = str(lifted({"curve": [[0, 0], [6, 100]]}))
    assert "What would lift it to <green>, each alone:" in text
    assert "volume: 3 (now 1), adds 33.3; 33% of accounts are there" in text
    document = small.document()
    grades = [{"name": "low"}, {"name": "high", "from": 50}]
    bands = [{"up_to": 2, "points": 0}, {"points": 100}]
    document["scores"] = {"s": {"measures": {"m": {"value": "mean_quantity", "bands": bands}}, "grades": grades}}
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF)
    assert "m: more than 2 (now 2), adds 100.0; 50% of accounts are there" in str(panel.explain("beta"))
    assert "(now not known); 50% of accounts are there" in str(panel.explain("zeta"))
    assert "lift it" not in str(panel.explain("acme"))  # it has the highest grade


def test_when_no_change_is_enough_it_says_so_or_which_cap_holds() -> None:
    assert "No single change would lift it to <green>" in str(lifted({"curve": [[0, 0], [6, 40]]}))
    caps = [{"name": "young <b>", "when": "users < 2", "at_most": 10}]
    held = lifted({"curve": [[0, 0], [6, 100]]}, caps=caps)
    assert "What keeps it from <green>:" in str(held)
    assert "the cap 'young <b>' holds it at 10; without it the score would be 6.7 higher" in str(held)
    assert "young &lt;b&gt;" in held.to_html()
    assert "<green>" not in held.to_html()
    assert json.loads(json.dumps(held.to_dict()))["scores"][0]["lift"]["grade"] == "<green>"


def fallen() -> ch.Explanation:
    """An account whose mood went from good to bad, and which fell by it."""
    document = {
        "format": 1,
        "tables": {"moods": {"kind": "states", "account": "account_id", "time": "at"}},
        "metrics": {"mood": {"from": "moods", "agg": "last", "of": "mood"}, "calls": {"formula": "-2.5"}},
        "scores": {
            "health": {
                "scale": [-100, 100],
                "measures": {
                    "mood": {"value": "mood", "labels": {"good": 80, "bad": -40}},
                    "calls": {"value": "calls", "identity": True},
                },
            }
        },
    }
    moods = {"account_id": ["x-2"] * 2, "at": [date(2026, 5, 1), date(2026, 6, 9)], "mood": ["good", "bad"]}
    panel = ch.Portfolio(ch.Model.parse(document), moods=pa.table(moods)).score(["2026-06-01", "2026-07-01"])
    return panel.explain("x-2")


def test_a_value_that_is_a_text_is_shown() -> None:
    explanation = fallen()
    assert parts(explanation, "health")["mood"].value == "bad"
    assert re.search(r"mood +bad +-40\.0", str(explanation))
    assert ">bad</td>" in explanation.to_html()
    assert json.loads(json.dumps(explanation.to_dict()))["scores"][0]["parts"][0]["value"] == "bad"


def test_numbers_in_html_have_a_real_minus_and_dates_keep_their_hyphens() -> None:
    shown = re.sub(r"<[^>]*>", " ", fallen().to_html())
    assert re.findall(r"(?<![\w-])-\d", shown) == []
    for text in ("x-2", "2026-07-01", "health: −21.2", "Since 2026-06-01: −60.0 points", "−2.5", "−40.0"):
        assert text in shown


def test_html_leaves_colours_of_text_and_background_to_the_page() -> None:
    """Notebooks are light or dark."""
    html = small.panel().explain("acme").to_html()
    styles = ";".join(re.findall(r"style='([^']*)'", html))
    coloured = set(re.findall(r"(?<![\w-])(?:color|background):([^;]+)", styles))
    assert coloured <= {colours.WORST, colours.MIDDLE, colours.BEST, colours.NEUTRAL, colours.TRACK}
    assert styles.count("overflow-wrap:anywhere") == 1  # of all that is inside


def test_an_explanation_survives_pickling_and_old_pickles_find_their_classes() -> None:
    explanation = small.panel().explain("acme")
    again = pickle.loads(pickle.dumps(explanation))
    assert again == explanation
    assert str(again) == str(explanation)
    homes = {
        "explanation": ["Explanation", "Missing", "Part", "ScoreView"],
        "changes": ["Since", "Step"],
        "lift": ["Lift"],
        "life": ["CohortView", "PlayView", "StageView"],
    }
    for module, names in homes.items():
        for name in names:
            assert hasattr(importlib.import_module(f"customerhealth.explain.{module}"), name), (module, name)
