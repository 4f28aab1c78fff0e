"""Explanations tell stages, groups and open plays to people who never saw the model, and are safe to show."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa

import customerhealth as ch

MONDAY = datetime(2026, 1, 5)
DOCUMENT: dict[str, Any] = {
    "format": 1,
    "tables": {
        "given": {"kind": "states", "account": "id", "time": "at"},
        "accounts": {"kind": "accounts", "account": "id"},
    },
    "metrics": {"v": {"from": "given", "agg": "last", "of": "value"}, "worth": {"formula": "1000 * v"}},
    "journeys": {
        "buying": {
            "stages": [
                {"name": "new", "enter": "v >= 0"},
                {
                    "name": "trying", "enter": "v >= 10", "owner": "sales", "deadline": "14d",
                    "description": "Has a trial account.",
                },
            ],
            "description": "The way to a contract.",
        }
    },
    "cohorts": {
        "stuck": {
            "when": "buying_stalled", "label": "Tries for too long", "revenue": "worth", "description": "Over 14 days.",
        },
        "plain": {"when": "v > 0"},
    },
    "plays": {
        "call": {
            "when": "buying_stalled", "due": "3d", "priority": 2,
            "owner": "ann", "role": "champion", "channel": "phone",
            "message": "Trial since {buying_since}; what is missing?", "evidence": ["v", "buying"],
            "description": "A trial that takes too long is lost.",
        },
        "anything": {"when": "v > 0"},
        "first": {"when": "v > 11", "priority": 9},
    },
}  # fmt: skip


def panel(document: dict[str, Any] = DOCUMENT, account: str = "a") -> ch.Panel:
    """A value on Sunday and one a week later; as of three weeks after that, and of the first Monday."""
    rows = [(account, 0, 1.0), (account, 1, 12.0), ("b", 0, -1.0)]
    given = pa.table(
        {
            "id": [row[0] for row in rows],
            "at": [MONDAY + timedelta(days=7 * row[1] - 1) for row in rows],
            "value": [row[2] for row in rows],
        }
    )
    loaded = ch.Portfolio(ch.Model.parse(document), given=given, accounts=pa.table({"id": [account, "b"]}))
    return loaded.score([MONDAY, MONDAY + timedelta(days=28)])


def test_an_explanation_tells_stage_groups_and_what_is_to_be_done() -> None:
    assert str(panel().explain("a")).splitlines()[1:-1] == [
        "",
        "Where it is on its way:",
        "  buying: trying since 2026-01-12 (21 days), new before; looked after by sales; stalled: it may take 14 days",
        "    Has a trial account.",
        "",
        "Groups it belongs to:",
        "  Tries for too long (worth 12,000)",
        "    Over 14 days.",
        "  plain",
        "",
        "What is to be done:",
        "  first: open since 2026-01-12",
        "  call: open since 2026-02-02, is due 2026-02-05, by ann, by phone, with the champion",
        "    Trial since 2026-01-12; what is missing?",
        "    A trial that takes too long is lost.",
        "    known then: v 12, buying trying",
        "  anything: open since 2026-01-05",
    ]


def test_each_row_of_a_panel_tells_its_own_plays() -> None:
    both = panel()
    early = both.explain("a", MONDAY)
    assert [play.play for play in early.plays] == ["anything"]
    assert (early.stages[0].stage, early.stages[0].days, early.stages[0].stalled) == ("new", 0, False)
    assert "buying: new since 2026-01-05 (0 days)\n    The way to a contract." in str(early)
    opened = {row["id"] for row in both.plays().to_pylist() if row["as_of"].month == 2}
    assert {play.id for play in both.explain("a").plays} == opened
    assert both.explain("b").plays == ()


def test_a_play_that_should_be_done_is_said_to_be_overdue() -> None:
    late = copy.deepcopy(DOCUMENT)
    late["plays"]["first"]["due"] = "14d"
    told = panel(late).explain("a")
    assert told.plays[0].overdue
    assert "  first: open since 2026-01-12, was due 2026-01-26" in str(told)
    assert not told.plays[1].overdue, "its day has not come"


def test_a_play_is_overdue_after_its_due_instant_and_not_at_it() -> None:
    due = copy.deepcopy(DOCUMENT)
    due["plays"]["first"]["due"] = "21d"  # it opened on the second Monday: due at the very as-of
    at = panel(due).explain("a")
    assert (at.plays[0].play, at.plays[0].due, at.plays[0].overdue) == ("first", "2026-02-02", False)
    assert "  first: open since 2026-01-12, is due 2026-02-02" in str(at)
    due["plays"]["first"]["due"] = "20d"
    assert "  first: open since 2026-01-12, was due 2026-02-01" in str(panel(due).explain("a"))


def test_a_play_without_a_priority_comes_after_one_below_nothing() -> None:
    plays = {
        "none": {"when": "v > 0"},
        "low": {"when": "v > 0", "priority": -1},
        "zero": {"when": "v > 0", "priority": 0},
    }
    told = panel({**DOCUMENT, "plays": plays}).explain("a")
    assert [play.play for play in told.plays] == ["zero", "low", "none"]


def test_an_account_in_no_stage_says_why_and_is_silent_about_what_it_has_not() -> None:
    told = panel().explain("b")
    assert "buying: in no stage (does not apply to this account)\n    The way to a contract." in str(told)
    for headline in ("Groups it belongs to", "What is to be done"):
        assert headline not in str(told)
        assert headline not in told.to_html()


def test_an_explanation_of_a_life_cycle_is_plain_data() -> None:
    data = json.loads(json.dumps(panel().explain("a").to_dict()))
    assert data["cohorts"][0] == {
        "name": "stuck", "label": "Tries for too long", "about": "Over 14 days.", "revenue": 12000, "shown": None
    }  # fmt: skip
    assert data["stages"][0]["days"] == 21
    (call,) = [play for play in data["plays"] if play["play"] == "call"]
    assert call["evidence"] == {"v": 12, "buying": "trying"}
    assert (call["priority"], call["due"], call["overdue"]) == (2, "2026-02-05", False)


class Checker(HTMLParser):
    """Notes tags, attributes and text; knows whether tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"@{name}" for name, _ in attrs)}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


EVIL = "<script>alert('x')</script>\"' onload=\"evil()"


def test_html_of_a_life_cycle_escapes_every_text() -> None:
    evil = copy.deepcopy(DOCUMENT)
    journey, cohort, play = evil["journeys"]["buying"], evil["cohorts"]["stuck"], evil["plays"]["call"]
    journey["description"] = EVIL
    for stage in journey["stages"]:
        stage |= {"name": f"{stage['name']} {EVIL}", "owner": EVIL, "description": EVIL}
    cohort |= {"label": EVIL, "description": EVIL}
    play |= dict.fromkeys(("owner", "role", "channel", "message", "description"), EVIL)
    told = panel(evil, EVIL).explain(EVIL)
    checker = Checker()
    checker.feed(told.to_html())
    assert checker.open == []
    assert checker.seen <= {"div", "h3", "h4", "p", "ul", "li", "table", "tbody", "tr", "td", "@style"}
    for line in (line.strip().removesuffix(":") for line in str(told).splitlines()[1:-1]):
        assert line in checker.text or not line, "what the text says stands in the HTML too"
    assert str(told).count(EVIL) > 10


def test_lengths_are_told_in_words() -> None:
    from customerhealth.explain.words import show_length

    assert [show_length(length) for length in ("1h", "14d", "4w", "1mo", "2q", "1y")] == [
        "1 hour", "14 days", "4 weeks", "1 month", "2 quarters", "1 year"
    ]  # fmt: skip
