"""Labels, units and digits: what people read in place of names, and no number changes."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

import jsonschema
import pyarrow as pa
import pytest

import customerhealth as ch
import small

SHOWN: dict[str, Any] = {"label": "Things done", "unit": "days", "digits": 1}


def labelled(document: dict[str, Any]) -> dict[str, Any]:
    """The document with words on all that may have them."""
    out = copy.deepcopy(document)
    for spec in [*out["metrics"].values(), *out["scores"].values()]:
        spec |= SHOWN
    for score in out["scores"].values():
        for spec in score["measures"].values():
            spec |= SHOWN
        for grade in score.get("grades", ()):
            grade["label"] = f"{grade['name']} accounts"
    return out


NAMED = ch.Model.parse(labelled(small.DOCUMENT))


def values(table: ch.Table | pa.Table) -> pa.Table:
    plain = pa.table(table)
    return plain.cast(pa.schema([field.remove_metadata() for field in plain.schema])).replace_schema_metadata(None)


def test_words_change_the_digest_and_no_number() -> None:
    plain, named = small.portfolio().score(small.AS_OF), ch.Portfolio(NAMED, usage=small.usage()).score(small.AS_OF)
    assert named.digest != plain.digest
    assert values(named.table) == values(plain.table)
    for score in ("health", "activity"):
        assert values(named.contributions(score, deep=True)) == values(plain.contributions(score, deep=True))
    assert plain.why_changed("health", small.AS_OF, other=named).num_rows == 0
    assert plain.table.column_names == named.table.column_names


def test_peers_fitted_without_words_serve_a_model_with_them() -> None:
    document = copy.deepcopy(small.DOCUMENT)
    volume = document["scores"]["activity"]["measures"]["volume"]
    del volume["curve"]
    volume["percentile"] = {}
    plain = ch.Portfolio(ch.Model.parse(document), usage=small.usage())
    peers = plain.peers(small.AS_OF)
    named = ch.Portfolio(ch.Model.parse(labelled(document)), usage=small.usage())
    assert values(named.score(small.AS_OF, peers=peers).table) == values(plain.score(small.AS_OF).table)


def test_the_schema_takes_what_the_parser_takes() -> None:
    schema = ch.Model.schema()
    jsonschema.validate(labelled(small.DOCUMENT), schema)
    for wrong in ({"label": 3}, {"label": ""}, {"unit": None}, {"digits": 16}, {"digits": 1.5}, {"digit": 1}):
        document = small.document(metrics={"n": {"formula": "1", **wrong}}, scores={})
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, schema)
        with pytest.raises(ch.ModelError, match=rf"metrics\.n\.{next(iter(wrong))}: "):
            ch.Model.parse(document)


def test_a_column_that_is_called_as_a_word_is_a_cause() -> None:
    def panel(**columns: str) -> ch.Panel:
        table = {"kind": "accounts", "account": "id", "columns": columns}
        document = {
            "format": 1,
            "tables": {"acc": table},
            "scores": {"health": {"measures": {"x": {"value": "acc.description", "identity": True}}}},
        }
        return ch.Portfolio(ch.Model.parse(document), acc=pa.table({"id": ["a"], "x": [40.0]})).score(small.AS_OF)

    [row] = panel(description="x").why_changed("health", small.AS_OF, other=panel(description="x / 2")).to_pylist()
    assert (row["from"], row["to"], row["contribution"]) == (40.0, 20.0, -20.0)
    assert "tables.acc.columns.description" in row["because"]


# ---- where people read


MARKUP, HEBREW, LONG = "<b>Use & joy</b>", "\u05e9\u05d9\u05de\u05d5\u05e9", "long " * 60


def told(**words: dict[str, Any]) -> ch.Panel:
    """Two months of two customers; `words` go to the measure, the metric, the score, the grade, the account."""
    document = {
        "format": 1,
        "tables": {"acc": {"kind": "accounts", "account": "id", "known": "at", "label": "called"}},
        "metrics": {
            "use": {"formula": "acc.use", **words.get("metric", {})},
            "gone": {"formula": "acc.gone", "label": "Gone?"},
        },
        "scores": {
            "health": {
                **words.get("score", {}),
                "measures": {"m": {"value": "use", "curve": [[0, 0], [1, 100]], **words.get("measure", {})}},
                "grades": [{"name": "red", "label": "At risk"}, {"name": "green", "from": 50, "label": "Fine"}],
            }
        },
        "journeys": {"way": {"stages": [{"name": "new", "label": "Just begun", "enter": "true"}]}},
        "plays": {"call": {"when": "use < 0.5", "label": "Call them", "evidence": ["use"]}},
    }  # fmt: skip
    rows = {
        "id": ["a", "a"], "at": [datetime(2026, 5, 1), datetime(2026, 6, 15)],
        "called": [words.get("account", {}).get("label", "Acme Ltd")] * 2,
        "use": [0.75, 0.25], "gone": pa.array([None, None], pa.float64()),
    }  # fmt: skip
    return ch.Portfolio(ch.Model.parse(document), acc=pa.table(rows)).score(["2026-06-01", "2026-07-01"])


def test_explanations_use_labels_units_and_digits() -> None:
    panel = told(
        metric={"label": "Seats in use", "unit": "percent", "digits": 0}, score={"label": "Health", "unit": "points"}
    )
    text = str(panel.explain("a"))
    lines = text.splitlines()
    assert lines[0].startswith("Acme Ltd (a) as of 2026-07-01")
    assert lines[2] == "Health: 25.0 of 100 points, At risk"
    assert any(line.startswith("  Seats in use        25%    25.0") for line in lines), text
    assert "-50.0  Seats in use: fell from 75% to 25%" in text
    assert "What would lift it to Fine, each alone:" in text
    assert "Seats in use: 50% (now 25%), adds 25.0" in text
    assert "way: Just begun since" in text
    assert "Call them: open since" in text
    assert "known then: Seats in use 25%" in text
    assert "  Gone?  " in text
    html = panel.explain("a").to_html()
    for words in ("Seats in use", "25%", "At risk", "Just begun", "Call them", "Gone?", "Acme Ltd"):
        assert words in html
    assert panel.table["use"].to_pylist() == [0.75, 0.25]
    plain = panel.explain("a").to_dict()["scores"][0]
    assert (plain["name"], plain["grade"], plain["parts"][0]["name"]) == ("health", "red", "m")


def test_what_a_measure_says_comes_before_what_its_metric_says() -> None:
    panel = told(metric={"label": "Metric", "unit": "percent", "digits": 0}, measure={"label": "Measure", "digits": 2})
    part = panel.explain("a").scores[0].parts[0]
    assert (part.called, part.shown) == ("Measure", "25.00%")
    assert panel.pulls("health")["label"].to_pylist() == ["Measure"] * len(panel.pulls("health"))


def test_units_stand_behind_numbers() -> None:
    for unit, said in (("days", "0.25 days"), ("EUR", "0.25 EUR"), (MARKUP, f"0.25 {MARKUP}"), ("a\nb", "0.25 a b")):
        explained = told(metric={"unit": unit}).explain("a")
        assert explained.scores[0].parts[0].shown == said
        assert said in str(explained)
        assert said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in explained.to_html()


def test_digits_never_hide_a_change() -> None:
    text = str(told(metric={"digits": 0, "unit": "days"}).explain("a"))
    assert "fell from 1 days to 0 days" in text
    assert "0.5 days" in str(told(metric={"digits": 1, "unit": "days"}).explain("a"))


@pytest.mark.parametrize("label", [MARKUP, HEBREW, LONG, "two\nlines\x1b[31m"])
def test_odd_labels_are_text(label: str) -> None:
    told_all = told(**{name: {"label": label} for name in ("metric", "score", "account")})
    explained = told_all.explain("a")
    text, html = str(explained), explained.to_html()
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 200
    assert "<b>Use" not in html
    lists = told_all.ranked("health"), told_all.movers("health", "2026-06-01", "2026-07-01"), told_all
    for shown in lists:
        assert "\x1b" not in str(shown)
        assert "<b>Use" not in shown._repr_html_()
    if label == HEBREW:
        assert f"\u2068{HEBREW}\u2069: fell" in text
    if label == LONG:
        assert "…: fell from" in text


def test_parts_of_what_is_split_are_called_label_and_value() -> None:
    document = small.document(
        metrics={
            "n": {"from": "usage", "agg": "count", "by": {"column": "user_id", "values": ["a", "b"]}, "label": "Users"}
        },
        scores={
            "s": {"measures": {"each": {"each": "n", "identity": True}, "one": {"value": "n.a", "identity": True}}}
        },
    )
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF)
    parts = {part.name: part.called for part in panel.explain("acme").scores[0].parts}
    assert parts == {"each.a": "Users: a", "each.b": "Users: b", "one": "Users: a"}
    assert "Users: b" in str(panel.head(1))
    assert {"n.a", "n.b"} <= set(panel.table.column_names)
