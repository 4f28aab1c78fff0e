"""Charts of accounts and portfolios: what is drawn, what it says, and what there is where nothing can be drawn."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
import drawn
from customerhealth.colours import BEST, MIDDLE, NEUTRAL, WORST, grade_colours
from customerhealth.plot import figures

RED, YELLOW, GREEN = WORST, MIDDLE, BEST


def title(figure: Any) -> str:
    return str(figure.layout.title.text).replace("<br>", " ")


def notes(figure: Any) -> list[str]:
    return [each.text for each in figure.layout.annotations]


def values(figure: Any) -> dict[str, list[float]]:
    return {trace.name: list(trace.y) for trace in figure.data}


# ---- an account ------------------------------------------------------------------------------------------------------


def test_a_score_is_drawn_over_its_grade_bands_with_its_causes_on_hover() -> None:
    figure = ch.plot.score(drawn.panel(), "acme")
    line = figure.data[0]
    assert list(line.y) == [90.0, 84.0, 42.0]
    assert [at[:10] for at in line.x] == list(drawn.AS_OFS)
    assert list(line.marker.color) == [GREEN, GREEN, RED]
    assert line.hovertext[2].split("<br>") == [
        "2026-07-01: 42, red, −42.0 since the as-of before",
        "−42.0 use: fell from 80 to 10",
    ]
    assert [(band.y0, band.y1) for band in figure.layout.shapes] == [(0, 50), (50, 75), (75, 100)]
    assert [(each.text, each.font.color) for each in figure.layout.annotations] == [
        ("red", RED), ("yellow", YELLOW), ("green", GREEN),
    ]  # fmt: skip
    assert title(figure) == "Acme &amp; Sons (acme): health 42.0, red; −42.0 since 2026-06-01: use: fell from 80 to 10"


def test_a_score_at_one_as_of_is_a_point() -> None:
    figure = ch.plot.score(drawn.panel("2026-07-01"), "beta", "use")
    assert list(figure.data[0].y) == [90.0]
    assert title(figure) == "beta: use 90.0"
    assert list(figure.data[0].hovertext) == ["2026-07-01: 90"]
    assert not figure.layout.shapes  # use has no grades


def test_a_missing_score_is_a_gap_with_its_reason() -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["health"]["least_coverage"] = 0.9
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    figure = ch.plot.score(panel, "zeta")
    line, gaps = figure.data
    assert list(line.y) == [None]
    assert line.connectgaps is False
    why = "too little is known about the account for a score"
    assert list(gaps.hovertext) == [f"2026-07-01: no score: {why}"]
    assert title(figure) == f"zeta: health is not known: {why}"


def test_contributions_rise_to_the_score_in_the_colours_of_their_points() -> None:
    figure = drawn.panel().explain("acme").plot()
    bars = figure.data[0]
    assert list(bars.y) == [6.0, 16.0, 20.0, 42.0]
    assert list(bars.base) == [0.0, 6.0, 22.0, 0.0]
    assert list(figure.layout.xaxis.ticktext) == ["use", "mood", "colour", "health"]
    assert list(bars.marker.color) == [RED, GREEN, GREEN, RED]
    assert title(figure).endswith("health 42.0 of 100, red; use holds it down most (−19.2)")


def test_parts_without_a_value_are_named_below_the_contributions() -> None:
    figure = ch.plot.contributions(drawn.panel().explain("eps"), "health")
    assert list(figure.layout.xaxis.ticktext) == ["use", "mood", "health"]
    assert notes(figure) == ["not known: colour (the account has data, but none of it counts here)"]
    assert list(figure.data[0].y)[-1] == sum(list(figure.data[0].y)[:-1]) == 57.5


def test_contributions_of_a_score_that_is_not_there_name_those_that_are() -> None:
    with pytest.raises(ch.UnknownNameError, match=r"the explanation has no score 'heath': did you mean 'health'\?"):
        ch.plot.contributions(drawn.panel().explain("acme"), "heath")


def test_a_change_leads_from_one_score_to_the_other() -> None:
    figure = ch.plot.change(drawn.panel(), "beta", "2026-05-01", "2026-07-01")
    first, *steps, last = figure.data[0].y
    assert (first, last) == (16.0, 58.0)
    assert sum(steps) == pytest.approx(last - first)
    assert list(figure.layout.xaxis.ticktext) == ["2026-05-01", "logins", "2026-07-01"]
    assert list(figure.data[0].marker.color) == [RED, GREEN, YELLOW]
    assert title(figure) == ("beta: health up 42.0 points from 2026-05-01 to 2026-07-01, mostly logins (+42.0)")
    assert figure.data[0].hovertext[1] == "logins<br>+42.0 rose from 2 to 9"


def test_no_change_is_said_and_a_date_without_a_score_too() -> None:
    assert title(ch.plot.change(drawn.panel(), "gamma", "2026-05-01", "2026-07-01")).startswith(
        "gamma: health unchanged"
    )
    figure = ch.plot.change(drawn.panel(), "delta", "2026-05-01", "2026-07-01")
    assert not figure.data
    assert notes(figure) == ["there is no score as of 2026-05-01"]


def test_many_causes_become_a_few_bars_that_still_sum_up() -> None:
    names = [f"m{k:02}" for k in range(40)]
    document = {
        "format": 1,
        "tables": {"a": {"kind": "accounts", "account": "id"}},
        "metrics": {name: {"formula": f"a.{name}"} for name in names},
        "scores": {"health": {"measures": {name: {"value": name, "identity": True} for name in names}}},
    }
    row = {"id": ["x"], **{name: [float(k)] for k, name in enumerate(names)}}
    figure = ch.Portfolio(ch.Model.parse(document), a=pa.table(row)).score("2026-07-01").explain("x").plot()
    *steps, whole = figure.data[0].y
    assert len(steps) == 14
    assert sum(steps) == pytest.approx(whole) == pytest.approx(19.5)
    assert "27 smaller" in figure.layout.xaxis.ticktext


@pytest.mark.parametrize("draw", [ch.plot.score, lambda p, a: ch.plot.change(p, a, "2026-05-01", "2026-07-01")])
def test_an_account_that_is_not_there_is_an_error_that_says_who_may_be_meant(draw: Any) -> None:
    with pytest.raises(ch.UnknownNameError, match=r"the panel has no account 'acm': did you mean 'acme'\?"):
        draw(drawn.panel(), "acm")


def test_a_score_that_is_not_there_is_an_error_that_says_which_are() -> None:
    for draw in (lambda: ch.plot.score(drawn.panel(), "acme", "helth"), lambda: ch.plot.grades(drawn.panel(), "helth")):
        with pytest.raises(ch.UnknownNameError, match=r"the model has no score 'helth': did you mean 'health'\?"):
            draw()


# ---- all accounts ----------------------------------------------------------------------------------------------------


def test_grades_count_accounts_and_add_up_revenue() -> None:
    panel = drawn.panel()
    figure = ch.plot.grades(panel)
    assert values(figure) == {"red": [2, 3, 3], "yellow": [1, 1, 2], "green": [2, 2, 1]}
    assert {trace.name: trace.marker.color for trace in figure.data} == grade_colours(["red", "yellow", "green"])
    assert title(figure) == "health: 3 of 6 accounts are red as of 2026-07-01 (50%)"
    paid = ch.plot.grades(panel, revenue="arr")
    assert values(paid) == {"red": [550, 850, 1350], "yellow": [100, 100, 600], "green": [3000, 3000, 2000]}
    assert title(paid) == "health: 1,350 of 3,950 arr is red as of 2026-07-01 (34%), 500 more than 2026-06-01"
    assert values(panel.plot()) == values(figure)
    assert list(panel.plot("acme").data[0].y) == [90.0, 84.0, 42.0]


def test_accounts_without_a_grade_are_counted_too() -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["health"]["least_coverage"] = 0.9
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    assert values(ch.plot.grades(panel)) == {"red": [2], "yellow": [1], "green": [1], "no grade": [2]}


def test_grades_of_a_score_without_any_say_what_to_draw_instead() -> None:
    with pytest.raises(ch.DataError, match=r"score 'use' has no grades; ch\.plot\.drift draws its values"):
        ch.plot.grades(drawn.panel(), "use")
    assert title(drawn.panel().plot(score="use")).startswith("use: half of the accounts were above 50 as of 2026-05-01")


def test_without_a_name_grades_are_of_a_score_that_has_some() -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["use"]["grades"] = document["scores"]["health"].pop("grades")
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    assert title(panel.plot()).startswith("use: 3 of 6 accounts are red")
    del document["scores"]["use"]["grades"]
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    assert title(panel.plot()).startswith("health: half of the accounts were above ")
    none = ch.Portfolio(ch.Model.parse({**document, "scores": {}}), accounts=drawn.accounts(), logins=drawn.logins())
    with pytest.raises(ch.DataError, match="model 'drawn' has no score to draw"):
        none.score("2026-07-01").plot()


def test_risk_draws_a_bubble_an_account_with_areas_as_revenue() -> None:
    figure = ch.plot.risk(drawn.panel(), revenue="arr", renewal="renewal")
    traces = {trace.name: trace for trace in figure.data}
    assert {name: sorted(zip(t.x, t.y, strict=True)) for name, t in traces.items()} == {
        "red": [(10, 0), (30, 42), (60, 16)], "yellow": [(200, 58)], "green": [(80, 96)],
    }  # fmt: skip
    areas = np.concatenate([np.array(t.marker.size) ** 2 for t in traces.values()])
    np.testing.assert_allclose(areas / areas.max(), np.array([1000, 300, 50, 500, 2000]) / 2000)
    assert title(figure) == (
        "health: 3 accounts that are red renew within 90 days, and pay 1,350 of 3,850: "
        "Acme &amp; Sons (acme), delta, zeta"
    )
    assert notes(figure) == ["1 account without a score or a renewal is not drawn"]


def test_risk_at_an_as_of_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ch.DataError, match="as_of: 2026-06-02 is no as-of of the panel: did you mean '2026-06-01'"):
        ch.plot.risk(drawn.panel(), revenue="arr", renewal="renewal", as_of="2026-06-02")
    with pytest.raises(ch.UnknownNameError, match="the panel has no column 'arrr': did you mean 'arr'"):
        ch.plot.risk(drawn.panel(), revenue="arrr", renewal="renewal")
    with pytest.raises(ch.DataError, match="expected a column of numbers, 'colour' is of type string"):
        ch.plot.risk(drawn.panel(), revenue="colour", renewal="renewal")


def test_a_hundred_thousand_accounts_are_drawn_as_density_which_is_said() -> None:
    count = 100_000
    random = np.random.default_rng(5)
    document = {**drawn.DOCUMENT, "tables": {"accounts": drawn.DOCUMENT["tables"]["accounts"]}}
    document["metrics"] = {"arr": {"formula": "accounts.arr"}, "renewal": {"formula": "accounts.renewal"}}
    measures = {"renewal": {"value": "renewal", "curve": [[0, 0], [365, 100]]}}
    document["scores"] = {"health": {**drawn.DOCUMENT["scores"]["health"], "measures": measures}}
    frame = pa.table({
        "id": np.arange(count), "name": pa.nulls(count, pa.string()),
        "arr": random.integers(1, 1000, count).astype(float), "renewal": random.uniform(0, 365, count),
    })  # fmt: skip
    panel = ch.Portfolio(ch.Model.parse(document), accounts=frame).score("2026-07-01")
    figure = ch.plot.risk(panel, revenue="arr", renewal="renewal")
    (heat,) = figure.data
    assert heat.type == "heatmap"
    assert np.nansum(np.array(heat.z, float)) == pytest.approx(sum(frame["arr"].to_pylist()))
    assert notes(figure) == ["100,000 accounts are too many to be told apart: colours are the revenue that lies there"]
    assert sum(sum(trace.y) for trace in ch.plot.grades(panel).data) == count
    assert sum(ch.plot.distribution(panel, "renewal").data[0].y) == count


def test_drift_draws_quartiles_and_what_is_missing() -> None:
    figure = ch.plot.drift(drawn.panel(), "logins_28d")
    traces = values(figure)
    assert traces["median, and the middle half"] == [5.0, 5.5, 3.5]
    assert (traces["lower quartile"], traces["upper quartile"]) == ([4.0, 4.25, 1.25], [9.0, 7.5, 8.0])
    assert title(figure) == (
        "logins_28d: half of the accounts were above 5 as of 2026-05-01, and above 3.5 as of 2026-07-01"
    )
    assert values(ch.plot.drift(drawn.panel(), "mood"))["share without a value"] == pytest.approx([0.2, 1 / 6, 1 / 6])


# ---- a measure -------------------------------------------------------------------------------------------------------


def test_a_curve_lies_over_the_values_that_it_turns_into_points() -> None:
    figure = ch.plot.distribution(drawn.panel(), "logins", "use")
    bars, line = figure.data
    assert dict(zip(bars.x, bars.y, strict=True)) == dict.fromkeys(range(11), 0) | {0: 1, 1: 1, 2: 1, 5: 1, 9: 1, 10: 1}
    assert (list(line.x), list(line.y)) == ([0.0, 10.0], [0.0, 100.0])
    assert title(figure) == "use, logins: 17% of 6 accounts get the fewest points (0), 17% the most (100)"


def test_bands_are_steps_and_labels_are_bars() -> None:
    bands = ch.plot.distribution(drawn.panel(), "mood").data[1]
    assert list(bands.y) == [20.0, 20.0, 80.0, 80.0]
    assert list(bands.x)[1:3] == [5.0, 5.0]
    bars, points = ch.plot.distribution(drawn.panel(), "colour").data
    assert (list(bars.y), list(points.y)) == ([2, 2], [0.0, 100.0])
    figure = ch.plot.distribution(drawn.panel(), "colour")
    assert list(figure.layout.xaxis.ticktext) == ["red", "green"]
    assert title(figure).endswith("; 33% of all have no value")


def test_points_among_peers_are_those_of_accounts() -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["use"]["measures"]["logins"] = {"value": "logins_28d", "percentile": {}}
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    dots = ch.plot.distribution(panel, "logins", "use").data[1]
    assert dots.mode == "markers"
    assert list(dots.x) == [0, 1, 2, 5, 9, 10]
    assert list(dots.y) == pytest.approx([100 * (k + 0.5) / 6 for k in range(6)])


def test_a_measure_that_tells_nobody_apart_is_said() -> None:
    panel = drawn.panel("2026-07-01", mood=[7.0] * 6)
    figure = ch.plot.distribution(panel, "mood")
    assert title(figure) == "health, mood: all of 6 accounts get 80 points: it tells nobody apart"


def test_a_measure_that_is_not_there_is_an_error() -> None:
    for panel in (drawn.panel(), drawn.empty_panel()):
        with pytest.raises(ch.UnknownNameError, match="score 'health' has no measure 'moods': did you mean 'mood'"):
            ch.plot.distribution(panel, "moods")


# ---- nothing to draw, texts of the data ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draw",
    [
        ch.plot.grades,
        lambda p: ch.plot.risk(p, revenue="arr", renewal="renewal"),
        lambda p: ch.plot.drift(p, "mood"),
        lambda p: ch.plot.distribution(p, "mood"),
    ],
)
def test_an_empty_panel_gives_a_figure_that_says_so(draw: Any) -> None:
    figure = draw(drawn.empty_panel())
    assert not figure.data
    assert notes(figure) == ["the panel has no rows"]


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (
            lambda p: ch.plot.risk(p, revenue="arr", renewal="renewal"),
            "no account has both a score and a value of renewal",
        ),
        (lambda p: ch.plot.drift(p, "renewal"), "no account has a value at any as-of"),
        (lambda p: ch.plot.distribution(p, "mood"), "none of 6 accounts has a value"),
    ],
)
def test_where_all_is_missing_the_figure_says_so(draw: Any, why: str) -> None:
    nulls = pa.nulls(6, pa.float64())
    figure = draw(drawn.panel("2026-07-01", mood=nulls, renewal=nulls))
    assert not figure.data
    assert notes(figure) == [why]


HOSTILE = "<script>alert(1)</script>"


def test_markup_right_to_left_and_long_names_stay_texts() -> None:
    names = [HOSTILE, "שלום", "x" * 300, None, None, None]
    panel = drawn.panel(name=pa.array(names, pa.string()))
    shown = [title(ch.plot.score(panel, account)) for account in ("acme", "beta", "gamma")]
    assert shown[0].startswith("&lt;script&gt;alert(1)&lt;/script&gt; (acme): health")
    assert shown[1].startswith("\u2068שלום\u2069 (beta): health")
    assert shown[2].startswith("x" * 59 + "… (gamma): health")
    figure = ch.plot.risk(panel, revenue="arr", renewal="renewal")
    assert HOSTILE not in json.dumps(figure.to_plotly_json(), default=str)


def test_charts_can_lie_on_light_pages_and_on_dark_ones() -> None:
    layout = ch.plot.grades(drawn.panel()).layout
    assert (layout.paper_bgcolor, layout.plot_bgcolor) == ("rgba(0,0,0,0)", "rgba(0,0,0,0)")
    assert re.fullmatch("#[0-9a-f]{6}", layout.font.color)


def test_a_chart_without_plotly_names_the_extra() -> None:
    script = (
        "import sys; sys.modules['plotly'] = None\n"
        "import customerhealth as ch\n"
        "try: ch.plot.survival(None)\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip().endswith("pip install 'customerhealth[plot]'")


def test_naming_the_charts_does_not_import_plotly() -> None:
    script = "import sys, customerhealth as ch; ch.plot.grades; print('plotly' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_history_is_a_row_an_as_of_and_its_causes_sum_to_the_change() -> None:
    panel = drawn.panel()
    rows = panel.history("acme", "health").to_pylist()
    assert [row["score"] for row in rows] == [90.0, 84.0, 42.0]
    assert rows[0]["change"] is rows[0]["because"] is None
    assert [sum(row["adds"]) for row in rows[1:]] == pytest.approx([-6.0, -42.0])
    assert {row["label"] for row in rows} == {"Acme & Sons"}
    assert panel.history("zeta", "health")["reason"].to_pylist() == [None] * 3
    with pytest.raises(ch.UnknownNameError, match="the model has no score 'helth'"):
        panel.history("acme", "helth")
    assert ch.plot.score(panel, "acme").data[0].line.color == NEUTRAL


def test_charts_of_some_rows_of_a_panel_are_of_these() -> None:
    panel = drawn.panel()
    assert list(panel.at("2026-06-01").plot("acme").data[0].y) == [84.0]
    assert values(panel.filter("arr >= 500").plot()) == {"red": [1, 1, 1], "yellow": [0, 0, 1], "green": [2, 2, 1]}
    assert sum(ch.plot.distribution(panel.filter("arr >= 500"), "mood").data[0].y) == 3
    with pytest.raises(ch.UnknownNameError, match="the rows of the panel that were chosen have none of account 'zeta'"):
        panel.filter("arr >= 500").history("zeta", "health")
    assert panel.filter("arr >= 1000").labels().to_pylist() == [
        {"account_id": "acme", "label": "Acme & Sons"}, {"account_id": "gamma", "label": None},
    ]  # fmt: skip


def test_an_as_of_at_which_nobody_has_a_row_is_drawn_as_such() -> None:
    model = ch.Model.parse({**drawn.DOCUMENT, "include": "logins_28d > 0"})
    portfolio = ch.Portfolio(model, accounts=drawn.accounts(), logins=drawn.logins())
    panel = portfolio.score(["2026-07-01", "2027-07-01"])
    assert values(ch.plot.grades(panel)) == {"red": [2, 0], "yellow": [2, 0], "green": [1, 0]}
    assert title(ch.plot.grades(panel)).startswith("health: 0 of 0 accounts are red as of 2027-07-01")
    for figure in (ch.plot.risk(panel, revenue="arr", renewal="renewal"), ch.plot.distribution(panel, "mood")):
        assert not figure.data
    assert title(ch.plot.drift(panel, "mood")).endswith("above 5 as of 2026-07-01")


def test_titles_of_several_lines_and_many_labels_get_room() -> None:
    """Plotly lifts a title of several lines by 10 pixels; looked at in Chromium."""
    one, two = (figures.figure(" ".join(["word"] * count)) for count in (4, 24))
    assert (one.layout.title.pad.t, two.layout.title.pad.t) == (12, 22)
    assert two.layout.margin.t == one.layout.margin.t + 19
    figures.make_room(one, 10)
    figures.make_room(two, 30)
    assert (one.layout.height, two.layout.height) == (None, 660)
