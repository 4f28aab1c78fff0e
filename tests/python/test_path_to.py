"""What would lift a score to a grade: the smallest change of one value that does, found and then scored."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
import small
from paths import AS_OF, GRADES, X, Y, near, one, panel_of


def rows(panel: ch.Panel, grade: str = "green", **options: Any) -> list[tuple[Any, ...]]:
    """part, from, to, gain, status of every row."""
    found = panel.path_to(grade, **options).to_pylist()
    return [(r["part"], r["from"], r["to"], r["gain"], r["status"]) for r in found]


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_has_the_columns_that_are_promised() -> None:
    table = panel_of(one({"x": X}), x=[40.0]).path_to("green")
    assert table.column_names[:6] == ["account_id", "part", "from", "to", "gain", "status"]
    assert table.schema.field("from").type == pa.float64()
    assert table.schema.metadata[b"customerhealth.model_digest"]


def test_an_account_that_has_the_grade_has_no_rows() -> None:
    table = panel_of(one({"x": X}), x=[75.0, 74.0, 99.0]).path_to("green")
    assert table.column("account_id").to_pylist() == ["c1"]
    assert panel_of(one({"x": X}), x=[1.0]).path_to("red").num_rows == 0


def test_an_unknown_grade_or_score_is_an_error_that_names_what_would_fit() -> None:
    panel = panel_of({**one({"x": X}), "plain": {"measures": {"x": X}}}, x=[1.0])
    with pytest.raises(ch.UnknownNameError, match="the score 'health' has no grade 'gren': did you mean 'green'"):
        panel.path_to("gren")
    with pytest.raises(ch.UnknownNameError, match="the score 'plain' has no grade 'green': it has no grades"):
        panel.path_to("green", score="plain")
    with pytest.raises(ch.UnknownNameError, match="the model has no score 'helth': did you mean 'health'"):
        panel.path_to("green", score="helth")


def test_the_as_of_is_the_last_of_the_panel_or_one_of_it() -> None:
    document = small.document()
    document["scores"]["activity"]["grades"] = GRADES
    portfolio = ch.Portfolio(ch.Model.parse(document), usage=small.usage())
    dates = ["2026-01-10", "2026-06-11", "2026-07-01"]
    panel, apart = portfolio.score(dates), [portfolio.score(date) for date in dates]
    paths = [each.path_to("green", score="activity") for each in apart]
    assert panel.path_to("green", score="activity").equals(paths[-1])
    assert panel.path_to("green", score="activity", as_of="2026-06-11").equals(paths[1])
    assert [path.num_rows for path in paths] == [2, 6, 4]
    with pytest.raises(ch.DataError, match="the panel has no row as of 2026-06-21"):
        panel.path_to("green", as_of="2026-06-21")


def test_a_panel_without_rows_has_no_paths() -> None:
    assert panel_of(one({"x": X}, include="a.x > 5"), x=[1.0]).path_to("green").num_rows == 0
    assert small.portfolio().score("2020-01-01").path_to("green").num_rows == 0


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_identity_needs_the_points_themselves() -> None:
    assert rows(panel_of(one({"x": X, "y": Y}), x=[60.0], y=[40.0])) == [
        ("y", 40.0, near(90.0), 25.0, "reaches"),
        ("x", 60.0, None, None, "alone_not_enough"),
    ]


def test_a_band_is_entered_at_its_edge_and_beyond_an_open_one_at_the_next_double() -> None:
    def bands(edge: str) -> list[dict[str, Any]]:
        return [{edge: 5, "points": 20}, {"points": 80}]

    assert rows(panel_of(one({"x": {"value": "a.x", "bands": bands("below")}}), x=[3.0]))[0][2] == 5.0
    beyond = rows(panel_of(one({"x": {"value": "a.x", "bands": bands("up_to")}}), x=[3.0]))[0][2]
    assert beyond == math.nextafter(5.0, math.inf)


def test_the_nearest_band_in_either_direction_is_wanted() -> None:
    bands = [{"below": 2, "points": 90}, {"below": 8, "points": 10}, {"below": 9, "points": 74}, {"points": 80}]
    panel = panel_of(one({"x": {"value": "a.x", "bands": bands}}), x=[4.0, 7.0, 8.5])
    assert [row[2] for row in rows(panel)] == [math.nextafter(2.0, 0.0), 9.0, 9.0]


def test_a_band_without_points_is_never_wanted() -> None:
    bands = [{"below": 2, "points": None}, {"below": 8, "points": 10}, {"below": 20, "points": None}, {"points": 80}]
    panel = panel_of(one({"x": {"value": "a.x", "bands": bands}, "y": {**Y, "weight": 1}}), x=[2.5], y=[90.0])
    assert rows(panel)[0] == ("x", 2.5, 20.0, 35.0, "reaches")


def test_a_curve_is_met_where_it_crosses_rising_or_falling() -> None:
    tent = {"value": "a.x", "curve": [[0, 0], [10, 100], [20, 0]]}
    assert [row[2] for row in rows(panel_of(one({"x": tent}), x=[1.0, 19.0, -4.0]))] == [7.5, 12.5, 7.5]
    low = {"value": "a.x", "curve": [[0, 0], [10, 60]]}
    assert rows(panel_of(one({"x": low}), x=[1.0])) == [("x", 1.0, None, None, "alone_not_enough")]


def test_another_label_is_wanted_with_the_fewest_points_that_do() -> None:
    labels = {"labels": {"red": 0, "amber": 50, "green": 80, "gold": 100}}
    table = panel_of(one({"mood": {"value": "a.mood", **labels}}), mood=["red", "amber", "gold"]).path_to("green")
    assert [(r["from_label"], r["to_label"], r["from"], r["to"], r["gain"]) for r in table.to_pylist()] == [
        ("red", "green", None, None, 80.0),
        ("amber", "green", None, None, 30.0),
    ]
    assert table.column("peer_share").to_pylist() == [pytest.approx(1 / 3)] * 2


def test_a_boolean_is_turned_over() -> None:
    value = {"value": "a.ok", "labels": {"true": 100, "false": 0}}
    assert rows(panel_of(one({"ok": value}), ok=[False, True])) == [("ok", 0.0, 1.0, 100.0, "reaches")]


def test_the_case_in_force_is_held() -> None:
    cases = [{"when": "a.young", "curve": [[0, 0], [4, 100]]}, {"when": "a.x > 90", "points": 0}, X | {}]
    cases[2] = {"identity": True}
    panel = panel_of(one({"x": {"value": "a.x", "cases": cases}}), x=[1.0, 1.0, 95.0], young=[True, False, False])
    assert rows(panel) == [
        ("x", 1.0, 3.0, 50.0, "reaches"),
        ("x", 1.0, 75.0, 74.0, "reaches"),
        ("x", 95.0, None, None, "alone_not_enough"),  # 0 points outright, whatever the value
    ]


def test_a_measure_that_does_not_apply_has_no_row() -> None:
    cases = [{"when": "a.young", "missing": "too_young"}, {"when": "a.x > 0", "identity": True}]
    panel = panel_of(
        one({"x": {"value": "a.x", "cases": cases}, "y": Y}), x=[1.0, -1.0], y=[1.0, 1.0], young=[True, False]
    )
    assert [row[0] for row in rows(panel)] == ["y", "y"]


# --- counts -----------------------------------------------------------------------------------------------------------


def test_counts_are_whole_and_formulas_over_them_are_not() -> None:
    document = small.document()
    measures = {
        "counted": {"value": "events", "curve": [[0, 0], [3, 100]]},
        "distinct": {"value": "users", "bands": [{"up_to": 2, "points": 0}, {"points": 100}]},
        "computed": {"value": "events + 0", "curve": [[0, 0], [3, 100]]},
    }
    document["scores"] = {name: one({name: spec})["health"] for name, spec in measures.items()}
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(AS_OF)
    wanted = {
        name: next(r["to"] for r in panel.path_to("green", score=name).to_pylist() if r["account_id"] == "beta")
        for name in measures
    }
    assert wanted == {"counted": 3.0, "distinct": 3.0, "computed": 2.25}


def test_a_share_above_1_is_never_wanted() -> None:
    metrics = {"share": {"from": "u", "agg": "top_share", "of": "who"}}
    usage = pa.table({"id": ["a", "a"], "at": [date(2026, 1, 1)] * 2, "who": ["x", "y"]})

    def path(*curve: list[float]) -> tuple[Any, ...]:
        scores = one({"m": {"value": "share", "curve": curve}})
        tables = {"u": {"kind": "events", "account": "id", "time": "at"}}
        model = ch.Model.parse({"format": 1, "tables": tables, "metrics": metrics, "scores": scores})
        (row,) = ch.Portfolio(model, u=usage).score(AS_OF).path_to("green").to_pylist()
        return row["from"], row["to"], row["status"]

    assert path([0, 0], [2, 100]) == (0.5, None, "alone_not_enough")  # a share of 1.5 would do
    assert path([0, 0], [1, 75], [2, 100]) == (0.5, 1.0, "reaches")


def test_a_count_below_nothing_is_never_wanted() -> None:
    document = small.document()
    bands = [{"below": 0, "points": 100}, {"below": 40, "points": 0}, {"points": 80}]
    document["scores"] = one({"n": {"value": "events", "bands": bands}})
    panel = ch.Portfolio(ch.Model.parse(document), usage=small.usage()).score(AS_OF)
    assert rows(panel)[0] == ("n", 4.0, 40.0, 80.0, "reaches")


# --- levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("combine", "wanted"),
    [
        ("mean", {"x": 90.0, "y": near(75.0)}),
        ("sum", {"x": 47.5, "y": None}),
        ("lowest", {"x": None, "y": 75.0}),
        ("highest", {"x": 75.0, "y": 75.0}),
    ],
)
def test_each_combine_asks_for_its_own_points(combine: str, wanted: dict[str, float | None]) -> None:
    measures = {"x": {**X, "weight": 2}, "y": Y}
    x, y = {"mean": (75.0, 45.0), "sum": (-60.0, -20.0), "lowest": (80.0, 20.0), "highest": (60.0, 20.0)}[combine]
    found = {row[0]: row[2] for row in rows(panel_of(one(measures, combine=combine), x=[x], y=[y]))}
    assert found == wanted


def test_an_edge_from_is_met_and_an_edge_above_is_passed() -> None:
    for kind, wanted in (("from", 75.0), ("above", math.nextafter(75.0, 100.0))):
        scores = {"health": {"measures": {"x": X}, "grades": [{"name": "low"}, {"name": "green", kind: 75}]}}
        assert rows(panel_of(scores, x=[40.0]))[0][2] == wanted
        assert rows(panel_of(scores, x=[wanted])) == []


def test_rounding_counts() -> None:
    found = rows(panel_of(one({"x": X}, round=0), x=[40.0]))
    (part, value, wanted, gain, status) = found[0]
    assert (part, value, gain, status) == ("x", 40.0, 35.0, "reaches")
    assert wanted == 74.5  # half away from zero, or to even: both make 74.5 no less than 74
    assert rows(panel_of(one({"x": X}, round=0), x=[math.nextafter(74.5, 0)])) != []


def test_nested_scores_are_taken_apart_and_rescaled() -> None:
    scores = {
        "inner": {"scale": [-1, 1], "measures": {"x": X, "y": Y}},
        **one({"use": {"score": "inner", "weight": 3}, "z": {"value": "a.z", "identity": True}}),
    }
    found = rows(panel_of(scores, x=[0.0], y=[0.5], z=[60.0]))
    # health = (3 * 50 (1 + (x + y) / 2) + z) / 4: x + y = 1.2 brings 75.
    assert [row[0] for row in found if row[4] == "reaches"] == ["use.x"]
    assert found[0][2] == pytest.approx(0.7, abs=1e-12)
    assert {row[0]: row[4] for row in found[1:]} == {"use.y": "alone_not_enough", "z": "alone_not_enough"}


def test_a_score_met_on_two_ways_moves_on_both() -> None:
    scores = {
        "inner": {"measures": {"x": X}},
        "left": {"measures": {"i": {"score": "inner"}, "y": Y}},
        **one({"left": {"score": "left"}, "inner": {"score": "inner"}}),
    }
    found = rows(panel_of(scores, x=[20.0], y=[60.0]))  # health = ((x + y) / 2 + x) / 2: 3x + y = 300
    assert found == [("left.i.x", 20.0, near(80.0), 45.0, "reaches"), ("left.y", 60.0, None, None, "alone_not_enough")]


# --- caps -------------------------------------------------------------------------------------------------------------


def test_a_cap_that_holds_the_score_is_the_answer() -> None:
    caps = [{"name": "sev-1", "when": "a.sev > 0", "at_most": 50}, {"name": "loose", "at_most": 90}]
    panel = panel_of(one({"x": X}, caps=caps), x=[95.0, 95.0, 40.0], sev=[1, 0, 1])
    assert rows(panel) == [
        ("cap:sev-1", 50.0, None, 40.0, "held_by_cap"),
        ("cap:sev-1", 50.0, None, 0.0, "held_by_cap"),
    ]


def test_a_later_cap_decides_which_of_them_hold() -> None:
    def held(caps: list[dict[str, Any]]) -> list[str]:
        named = [{"name": f"n{i}", **cap} for i, cap in enumerate(caps)]
        return [row[0] for row in rows(panel_of(one({"x": X}, caps=named), x=[60.0]))]

    assert held([{"at_most": 50}, {"at_most": 40}]) == ["cap:n0", "cap:n1"]
    assert held([{"at_most": 50}, {"set": 60}]) == ["cap:n1"]
    assert held([{"at_least": 80}, {"at_most": 70}]) == ["cap:n1"]
    assert held([{"at_most": 70}, {"at_least": 20}]) == ["cap:n0"]
    assert held([{"at_least": 20}]) == ["x"]
    assert held([{"at_most": 75}]) == ["x"]


def test_a_nested_cap_is_listed_where_lifting_it_alone_would_do() -> None:
    inner = {"measures": {"x": X}, "caps": [{"name": "old", "when": "a.old", "at_most": 40}]}
    scores = {"inner": inner, **one({"use": {"score": "inner"}, "y": Y})}
    panel = panel_of(scores, x=[95.0, 50.0], y=[70.0, 70.0], old=[True, True])
    found = rows(panel)
    assert ("use.cap:old", 40.0, None, 27.5, "held_by_cap") in found
    assert [row[0] for row in found].count("use.cap:old") == 1
    assert {row[4] for row in found if row[0] == "use.x"} == {"alone_not_enough"}


# --- missing ----------------------------------------------------------------------------------------------------------


def test_a_value_that_is_not_known_starts_from_null() -> None:
    panel = panel_of(one({"x": X, "y": Y}), x=[None, 80.0], y=[60.0, None])
    assert rows(panel) == [  # c1 has the grade by what is known of it
        ("x", None, near(90.0), 15.0, "reaches"),
        ("y", 60.0, 75.0, 15.0, "reaches"),
    ]


def test_the_least_of_an_unknown_value_is_the_edge_of_what_does() -> None:
    for shape, wanted in (
        ({"curve": [[0, 100], [10, 0]]}, near(2.5)),
        ({"bands": [{"up_to": 3, "points": 90}, {"points": 10}]}, 3.0),
        ({"bands": [{"below": 3, "points": 10}, {"below": 9, "points": 100}, {"points": 80}]}, 9.0),
    ):
        panel = panel_of(one({"x": {"value": "a.x", **shape}, "y": {**Y, "weight": 0}}), x=[None, 4.0], y=[1.0, 1.0])
        (found,) = [row for row in rows(panel) if row[1] is None and row[0] == "x"]
        assert found[2] == wanted


def test_a_score_missing_for_lack_of_coverage_is_there_once_the_value_is() -> None:
    panel = panel_of(one({"x": X, "y": Y}, least_coverage=0.6), x=[None], y=[60.0])
    found = rows(panel)
    assert found == [("x", None, near(90.0), None, "reaches"), ("y", 60.0, None, None, "alone_not_enough")]


# --- ranking ----------------------------------------------------------------------------------------------------------


def test_the_most_common_wanted_value_comes_first() -> None:
    panel = panel_of(
        one({"x": X, "y": Y, "less": {"value": "a.less", "curve": [[0, 100], [128, -28]], "weight": 2}}),
        x=[40.0, 96.0, 98.0, 30.0],
        y=[64.0, 99.0, 99.0, 97.0],
        less=[36.0, 0.0, 1.0, None],
    )
    ranked = [r for r in panel.path_to("yellow").to_pylist() if r["account_id"] == "c0"]
    assert ranked == []
    ranked = [r for r in panel.path_to("green").to_pylist() if r["account_id"] == "c0"]  # (40 + 64 + 2 * 64) / 4 = 58
    assert [(r["part"], r["to"], r["peer_share"]) for r in ranked] == [
        ("less", pytest.approx(2.0, abs=1e-12), pytest.approx(2 / 3)),  # of the three that are known
        ("x", None, None),
        ("y", None, None),
    ]
    two = panel_of(one({"x": X, "y": Y}), x=[50.0, 100.0, 20.0, 30.0], y=[60.0, 99.0, 99.0, 99.0])
    ranked = [r for r in two.path_to("green").to_pylist() if r["account_id"] == "c0"]
    assert [(r["part"], r["to"], r["peer_share"]) for r in ranked] == [("x", near(90.0), 0.25), ("y", near(100.0), 0.0)]


def test_threads_change_nothing() -> None:
    usage = small.many(20_000)
    one_thread, two = (ch.Portfolio(small.model(), usage=usage, threads=n).score(AS_OF) for n in (1, 2))
    assert one_thread.path_to("green").equals(two.path_to("green"))


# --- shapes beyond one value ------------------------------------------------------------------------------------------


def test_a_logistic_is_followed_back_on_the_scale_of_its_score() -> None:
    rising = {"value": "a.x", "logistic": {"midpoint": 40, "slope": 0.1}}
    middle = one({"x": rising}, grades=[{"name": "red"}, {"name": "green", "from": 50}])
    ((part, start, end, gain, status),) = rows(panel_of(middle, x=[10.0]))
    assert (part, start, status) == ("x", 10, "reaches")
    assert end == pytest.approx(40)
    assert gain == pytest.approx(50 - 100 / (1 + math.exp(3)))
    falling = {"value": "a.x", "logistic": {"midpoint": 40, "slope": -0.1}}
    ten = one({"x": falling}, scale=[0, 10], grades=[{"name": "red"}, {"name": "green", "from": 7.5}])
    ((_, _, end, _, status),) = rows(panel_of(ten, x=[90.0]))
    assert status == "reaches"
    assert end == pytest.approx(40 - 10 * math.log(3))


def test_peers_at_the_value_that_is_wanted_have_reached_it_falling_or_rising() -> None:
    low = {"bands": [{"up_to": 2, "points": 100}, {"points": 0}]}
    high = {"bands": [{"below": 5, "points": 0}, {"points": 100}]}
    for shape, values, wanted in ((low, [5.0, 2.0, 2.0], 2.0), (high, [2.0, 5.0, 5.0], 5.0)):
        (row,) = panel_of(one({"x": {"value": "a.x", **shape}}), x=values).path_to("green").to_pylist()
        assert (row["to"], row["peer_share"]) == (wanted, pytest.approx(2 / 3))
