"""Labels, units and digits: what people read in place of names, and no number changes."""

from __future__ import annotations

import copy
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest

import customerhealth as ch
import drawn
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
    """Two months of a customer; `words` go to the metric, the measure, the score, the grade and so on."""
    unit = {"unit": words["unit"]["label"]} if "unit" in words else {}
    document = {
        "format": 1,
        "tables": {"acc": {"kind": "accounts", "account": "id", "known": "at", "label": "called"}},
        "metrics": {
            "use": {"formula": "acc.use", **words.get("metric", {}), **unit},
            "gone": {"formula": "acc.gone", "label": "Gone?"},
        },
        "scores": {
            "health": {
                **words.get("score", {}),
                "measures": {"m": {"value": "use", "curve": [[0, 0], [1, 100]], **words.get("measure", {})}},
                "grades": [{"name": "red", **words.get("grade", {"label": "At risk"})},
                           {"name": "green", "from": 50, "label": "Fine"}],
            }
        },
        "journeys": {
            "way": {"stages": [{"name": "new", "enter": "true", **words.get("stage", {"label": "Just begun"})}]}
        },
        "plays": {"call": {"when": "use < 0.5", "evidence": ["use"], **words.get("play", {"label": "Call them"})}},
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


def named() -> ch.Panel:
    """Words on all that may have them."""
    return told(
        metric={"label": "Seats in use", "unit": "percent", "digits": 0},
        score={"label": "Customer health", "unit": "points", "trend": {"over": "1mo"}},
    )


def test_lists_use_labels_units_and_digits() -> None:
    panel = named()
    [row] = panel.ranked("health").to_pylist()
    assert (row["account_id"], row["label"], row["grade"], row["score"]) == ("a", "Acme Ltd", "red", 25.0)
    assert row["plays"] == "Call them"
    text = str(panel.ranked("health"))
    assert "Customer health" in text.splitlines()[0]
    for words in ("Acme Ltd", "At risk", "25 points"):
        assert words in text
    [row] = panel.movers("health", "2026-06-01", "2026-07-01").to_pylist()
    assert row["because"] == "-50.0 Seats in use: fell from 75% to 25%"
    text = str(panel.movers("health", "2026-06-01", "2026-07-01"))
    for words in ("Acme Ltd", "Fine", "At risk", "75 points", "-50 points"):
        assert words in text


def test_what_pulls_is_called_by_its_label() -> None:
    document = small.document(metrics={"n": {"from": "usage", "agg": "count", "label": "Uses"}})
    document["scores"] = {
        "s": {"digits": 0, "measures": {"n": {"value": "n", "curve": [[0, 0], [9, 90]]},
                                        "full": {"value": "n", "label": "A" * 300, "curve": [[0, 100], [9, 100]]}}}
    }  # fmt: skip
    row = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF).ranked("s").to_pylist()[0]
    assert row["held_down_by"].startswith("Uses -")
    assert row["lifted_by"].startswith("A" * 59 + "… +")
    assert "." not in row["held_down_by"] + row["lifted_by"]  # whole points


def test_a_score_that_is_a_share_is_a_percentage_everywhere() -> None:
    share = {"scale": [0, 1], "unit": "percent", "grades": [{"name": "low"}, {"name": "high", "from": 0.5}]}
    document = small.document(
        metrics={"n": {"from": "usage", "agg": "count"}, "m": {"from": "usage", "agg": "count", "window": "7d"}},
        scores={"s": {**share, "measures": {"n": {"value": "n", "curve": [[0, 0], [8, 1]]},
                                            "m": {"value": "m", "curve": [[0, 0], [8, 1]]}}}},
    )  # fmt: skip
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(small.AS_OF)
    explained = panel.explain("acme")
    view = explained.scores[0]
    percent = 100 * (view.score or 0)
    assert f"s: {percent:.1f}% of 100%, " in str(explained)
    adds = sum(100 * (part.contribution or 0) for part in view.parts)
    assert adds == pytest.approx(percent)
    for part in view.parts:
        said = f"{100 * (part.pull or 0):+.1f}%" if part.pull else "0.0%"
        assert f"{100 * (part.points or 0):.1f}%" in str(explained)
        assert said in str(explained)
        if part.pull:
            assert f"{part.name} {said}" in str(panel.ranked("s", reasons=9).to_pylist())
    figure = ch.plot.contributions(explained)
    assert list(figure.data[0].text)[-1] == f"{percent:.1f}%"
    assert figure.layout.yaxis.tickformat == ".3~%"
    assert f"{percent:.1f}%" in report_of(panel)


def report_of(panel: ch.Panel, **options: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        [path] = ch.report(panel, Path(folder) / "r.html", **options)
        return path.read_text(encoding="utf-8")


def test_a_panel_is_headed_by_labels_and_names_accounts() -> None:
    panel = named()
    text = str(panel)
    assert "Customer health median 25.0, At risk 1, Fine 0" in text
    assert text.splitlines()[2].split()[:2] == ["account_id", "label"]
    html = panel._repr_html_()
    for words in ("Acme Ltd", "Seats in use", "25%", "Customer health: grade", "At risk", "Just begun"):
        assert words in html
    assert "title='Seats in use (use)'" in html  # the name of the column, on hover
    assert panel.columns[2:5] == ["use", "gone", "health"]
    assert panel["health_grade"].to_pylist() == ["green", "red"]


def test_a_metric_that_is_called_label_stays_beside_the_label_of_accounts() -> None:
    document = small.document(metrics={"label": {"from": "usage", "agg": "count"}})
    document["tables"]["accounts"] = {"kind": "accounts", "account": "id", "label": "called"}
    document["scores"] = {"s": {"measures": {"m": {"value": "label", "identity": True}}}}
    accounts = pa.table({"id": ["acme"], "called": ["Acme Ltd"]})
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage(), accounts=accounts).score(small.AS_OF)
    assert panel.columns.count("label") == 1
    assert "Acme Ltd" in panel._repr_html_()
    assert "Acme Ltd" in str(panel)
    assert panel.filter("account_id = 'acme'").ranked("s")["label"].to_pylist() == ["Acme Ltd"]


def test_charts_use_labels_units_and_digits() -> None:
    panel = named()
    ends = "2026-06-01", "2026-07-01"
    score, change = ch.plot.score(panel, "a"), ch.plot.change(panel, "a", *ends)
    distribution, drift = ch.plot.distribution(panel, "m"), ch.plot.drift(panel, "use")
    contributions = ch.plot.contributions(panel.explain("a"))
    titles = [figure.layout.title.text.replace("<br>", " ") for figure in (score, change, distribution, drift)]
    assert titles == [
        "Acme Ltd (a): Customer health 25.0 points, At risk; −50.0 since 2026-06-01: "
        "Seats in use: fell from 75% to 25%",
        "Acme Ltd (a): Customer health down 50.0 points from 2026-06-01 to 2026-07-01, mostly Seats in use (−50.0)",
        "Customer health, Seats in use: all of 1 account get 25 points: it tells nobody apart",
        "Seats in use: half of the accounts were above 75% as of 2026-06-01, and above 25% as of 2026-07-01",
    ]
    assert score.layout.yaxis.title.text == "Customer health (points)"
    assert score.data[0].hovertext[0] == "2026-06-01: 75 points, Fine"
    assert (distribution.layout.xaxis.title.text, distribution.layout.xaxis.tickformat) == ("Seats in use", ".3~%")
    assert (drift.layout.yaxis.title.text, drift.layout.yaxis.tickformat) == ("Seats in use", ".3~%")
    assert [trace.name for trace in ch.plot.grades(panel).data] == ["At risk", "Fine"]
    assert list(contributions.layout.xaxis.ticktext) == ["Seats in use", "Customer health"]
    assert contributions.data[0].hovertext[0].splitlines()[0].startswith("Seats in use adds +25.0<br>25 points for the")
    money = ch.plot.grades(panel, revenue="use")
    assert money.layout.yaxis.title.text == "Seats in use"
    bubble = ch.plot.risk(panel, revenue="use", renewal="use")
    assert bubble.data[0].hovertext[0].startswith("Acme Ltd (a): 25.0, Seats in use 25%, renews in")
    assert bubble.layout.title.text.replace("<br>", " ").endswith("of 25%: Acme Ltd (a)")


def test_tables_of_journeys_plays_and_cohorts_keep_names_and_show_labels() -> None:
    document = {
        "format": 1,
        "tables": {"acc": {"kind": "accounts", "account": "id", "known": "at"}},
        "metrics": {"use": {"formula": "acc.use"}},
        "journeys": {"way": {"stages": [
            {"name": "new", "label": "Just begun", "enter": "use < 0.5"},
            {"name": "grown", "label": "Grown <up>", "enter": "use >= 0.5"}]}},
        "cohorts": {"big": {"when": "use >= 0.5", "label": "Large ones"}},
        "plays": {"call": {"when": "use >= 0.5", "label": "Call them"}},
    }  # fmt: skip
    rows = pa.table({"id": ["a", "a"], "at": [datetime(2026, 5, 1), datetime(2026, 6, 10)], "use": [0.1, 0.9]})
    portfolio = ch.Portfolio(ch.Model.parse(document), acc=rows)
    ends = "2026-04-01", "2026-07-01"
    moves = portfolio.moves("way", *ends)
    assert [(row["from"], row["to"]) for row in moves.to_pylist()] == [(None, "new"), ("new", "grown")]
    assert "Just begun" in str(moves)
    assert "Grown &lt;up&gt;" in moves._repr_html_()
    figure = moves.plot()
    assert list(figure.data[0].node.label) == ["the start", "Just begun", "Just begun", "Grown &lt;up&gt;"]
    assert list(portfolio.funnel("way", *ends).plot().layout.yaxis.ticktext) == ["Just begun", "Grown &lt;up&gt;"]
    assert "Just begun" in str(portfolio.transitions("way", *ends))
    plays = portfolio.plays("2026-07-01")
    assert plays["play"].to_pylist() == ["call"]
    assert "Call them" in str(plays)
    for table in (portfolio.memberships(*ends), portfolio.cohorts(*ends), portfolio.drift(*ends)):
        assert "big" in table["cohort"].to_pylist()
        assert "Large ones" in str(table)


def test_a_validation_calls_scores_grades_columns_and_parts_by_their_labels() -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["health"] |= {"label": "Customer <health>"}
    document["scores"]["health"]["grades"][0]["label"] = "At risk"
    document["metrics"]["logins_28d"]["label"] = "Days with a login"
    portfolio = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins())
    found = portfolio.validate(
        ["health", "-logins_28d"], as_ofs=list(drawn.AS_OFS[:2]), outcome="logins_28d < 2", horizon="30d", rounds=20,
        observed="2026-07-01",
    )  # fmt: skip
    assert set(found.summary["score"].to_pylist()) == {"health", "-logins_28d"}
    assert "Customer <health>: of 100 pairs" in found.explain()
    assert "Does Customer <health>, -Days with a login foresee" in found.explain()
    assert "Customer <health>" in str(found.summary)
    assert "At risk" in str(found.grades)
    assert "health" not in {trace.name for trace in found.plot().data}
    assert {trace.name for trace in found.plot().data} > {"Customer &lt;health&gt;", "-Days with a login"}
    page = report_of(drawn.panel(), validation=found)
    assert "Customer &lt;health&gt;: of 100 pairs" in page
    assert "</i>Customer &lt;health&gt;</span>" in page
    assert "<td class=''>At risk" in page


def test_what_is_called_the_same_stays_apart() -> None:
    document: dict[str, Any] = {
        "format": 1,
        "tables": {"acc": {"kind": "accounts", "account": "id", "known": "at"}},
        "metrics": {"use": {"formula": "acc.use"}},
        "scores": {"s": {"measures": {"a": {"value": "use", "label": "Use", "identity": True},
                                      "b": {"value": "use", "label": "Use", "curve": [[0, 50], [100, 60]]}},
                         "grades": [{"name": "red", "label": "So"}, {"name": "green", "from": 50, "label": "So"}]}},
        "journeys": {"way": {"stages": [{"name": "new", "label": "There", "enter": "use < 50"},
                                        {"name": "grown", "label": "There", "enter": "use >= 50"}]}},
    }  # fmt: skip
    rows = pa.table({"id": ["a", "b", "a"], "at": [datetime(2026, 5, d) for d in (1, 1, 20)], "use": [10, 20, 90]})
    portfolio = ch.Portfolio(ch.Model.parse(document), acc=rows)
    panel, ends = portfolio.score("2026-07-01"), ("2026-04-01", "2026-07-01")
    assert [(trace.name, list(trace.y)) for trace in ch.plot.grades(panel).data] == [("So", [1]), ("So", [1])]
    page = report_of(panel)
    assert page.count("of 2 accounts So (50%)") == 2
    funnel = portfolio.funnel("way", *ends).plot().data[0]
    assert (list(funnel.x), len(set(funnel.y))) == ([2, 1], 2)
    moves = portfolio.moves("way", *ends).plot().data[0]
    assert (list(moves.node.label), list(moves.link.value)) == (["the start", "There", "There", "There"], [2, 1])
    bars = ch.plot.contributions(panel.explain("a")).data[0]
    assert (len(bars.x), len(set(bars.x))) == (3, 3)


def test_a_workbook_is_headed_by_labels_and_a_file_for_programs_by_names(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    panel = named()
    ch.write(panel.ranked("health"), tmp_path / "list.xlsx")
    [head, row] = openpyxl.load_workbook(tmp_path / "list.xlsx").active.iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True)) | {"grade": "At risk", "Customer health": 25, "label": "Acme Ltd"} == dict(
        zip(head, row, strict=True)
    )
    ch.write(panel.ranked("health"), tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text().splitlines()[0].startswith('"rank","account_id","label","grade","score"')
    assert '"red"' in (tmp_path / "list.csv").read_text()


def test_the_report_uses_labels_units_and_digits() -> None:
    page = report_of(named(), revenue="use")
    for words in (
        "<title>Customer health as of 2026-07-01</title>",
        "<bdi>Acme Ltd</bdi></a> <span class='q'>(a)</span>",
        "furthest fell Acme Ltd (a) −50.0.</p>",
        "<bdi>Acme Ltd</bdi></b> <span class='q'>(a)</span> 25.0, At risk</summary>",
        ">At risk, pay 25%</div>",
        "<td>Seats in use<td>fell from 75% to 25%",
        "Call them: open since",
        "way: Just begun",
        "<td>Just begun<td class='n'>1",
        "<td>Gone?<td class='n'>1",
    ):
        assert words in page, words


@pytest.mark.parametrize("label", [MARKUP, HEBREW, LONG, "two\nlines\x1b[31m"])
def test_odd_labels_are_text(label: str) -> None:
    words = {"label": label}
    panel = told(**dict.fromkeys(("metric", "score", "account", "grade", "stage", "play", "unit"), words))
    explained, ends = panel.explain("a"), ("2026-06-01", "2026-07-01")
    text = str(explained)
    assert max(map(len, text.splitlines())) < 250
    texts = [text, str(panel), str(panel.ranked("health")), str(panel.movers("health", *ends)), str(panel.plays())]
    lists = panel.ranked("health"), panel.movers("health", *ends), panel, panel.plays()
    pages = [explained.to_html(), report_of(panel), *(shown._repr_html_() for shown in lists)]
    figures = [
        ch.plot.score(panel, "a"), ch.plot.change(panel, "a", *ends), ch.plot.contributions(explained),
        ch.plot.distribution(panel, "m"), ch.plot.drift(panel, "use"), ch.plot.grades(panel, revenue="use"),
        ch.plot.risk(panel, revenue="use", renewal="use"),
        ch.plot.contributions(told(score={**words, "unit": label}, account=words).explain("a")),
    ]  # fmt: skip
    charts = [json.dumps(figure.to_plotly_json(), default=str, ensure_ascii=False) for figure in figures]
    for shown in [*texts, *pages, *charts]:
        assert "\x1b" not in shown
        assert "\\u001b" not in shown
        assert shown.count("\u2068") == shown.count("\u2069")
    for shown in [*pages, *charts]:
        assert "<b>Use" not in shown
        assert "&amp;lt;" not in shown  # escaped once
        assert "&amp;amp;" not in shown
    for figure in figures:
        titles = [figure.layout.title.text, figure.layout.xaxis.title.text or "", figure.layout.yaxis.title.text or ""]
        assert max(len(line) for title in titles for line in title.split("<br>")) <= 130, titles
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
