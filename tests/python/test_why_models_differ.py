"""What another model makes of the same data: each row worked out by hand, and all of them over random edits."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

import customerhealth as ch
import small
from causes import sums
from model_strategies import cases
from strategies import Case, examples, moment

AT = "2026-07-01"
ROWS = [{"id": "a", "x": 40.0, "y": 80.0, "z": 10.0}]


def scored(health: dict[str, Any], rows: list[dict[str, Any]], **rest: Any) -> ch.Panel:
    document = {
        "format": 1,
        "tables": {"acc": {"kind": "accounts", "account": "id"}},
        "metrics": rest.pop("metrics", {}),
        "scores": {**rest, "health": health},
    }
    columns = {name: pa.array([row[name] for row in rows]) for name in rows[0]}
    return ch.Portfolio(ch.Model.parse(document), acc=pa.table(columns)).score(AT)


def identity(name: str, **more: Any) -> dict[str, Any]:
    return {"value": f"acc.{name}", "identity": True, **more}


def why(old: ch.Panel, new: ch.Panel, **options: Any) -> list[tuple[Any, ...]]:
    rows = old.why_changed("health", AT, other=new, **options).to_pylist()
    return [tuple(row[key] for key in ("part", "cause", "because", "from", "to", "contribution")) for row in rows]


def test_an_equal_model_changes_nothing() -> None:
    old, new = (small.portfolio().score(AT) for _ in range(2))
    assert old.why_changed("health", AT, other=new).num_rows == 0
    assert old.why_changed("health", AT, other=old).num_rows == 0


def test_the_table_says_which_models_it_compares() -> None:
    old, new = scored({"measures": {"x": identity("x")}}, ROWS), scored({"measures": {"x": identity("y")}}, ROWS)
    metadata = old.why_changed("health", AT, other=new).schema.metadata
    assert metadata[b"customerhealth.model_digest"] == old.digest.encode()
    assert metadata[b"customerhealth.model_digest.other"] == new.digest.encode()


def test_other_points_bear_the_path_of_their_shape() -> None:
    old = scored({"measures": {"x": {"value": "acc.x", "curve": [[0, 0], [100, 100]]}, "y": identity("y")}}, ROWS)
    new = scored({"measures": {"x": {"value": "acc.x", "curve": [[0, 0], [50, 100]]}, "y": identity("y")}}, ROWS)
    assert why(old, new) == [("x", "model", "scores.health.measures.x.curve[1][0]", 40, 40, 20)]


def test_another_definition_of_a_metric_is_named_where_it_stands_however_far_down() -> None:
    measures = {"measures": {"x": {"value": "twice", "identity": True}}}
    old = scored(measures, ROWS, metrics={"once": {"formula": "acc.z"}, "twice": {"formula": "2 * once"}})
    new = scored(measures, ROWS, metrics={"once": {"formula": "acc.z + 1"}, "twice": {"formula": "2 * once"}})
    assert why(old, new) == [("x", "model", "metrics.once.formula", 20, 22, 2)]


def test_another_weight_moves_the_shares_and_says_so() -> None:
    old = scored({"measures": {"x": identity("x"), "y": identity("y")}}, ROWS)
    new = scored({"measures": {"x": identity("x"), "y": identity("y", weight=3)}}, ROWS)
    because = "share: scores.health.measures.y.weight"
    assert why(old, new) == [("x", "model", because, 0.5, 0.25, -10), ("y", "model", because, 0.5, 0.75, 20)]


def test_a_part_of_one_document_adds_all_it_adds_there_and_takes_shares() -> None:
    old = scored({"measures": {"x": identity("x")}}, ROWS)
    new = scored({"measures": {"x": identity("x"), "y": identity("y")}}, ROWS)
    path = "scores.health.measures.y"
    assert why(old, new) == [
        ("x", "model", f"share: {path}", 1, 0.5, -20),
        ("y", "model", path, None, 80, 40),
    ]
    assert why(new, old) == [
        ("x", "model", f"share: {path}", 0.5, 1, 20),
        ("y", "model", path, 80, None, -40),
    ]


def test_a_part_that_one_model_finds_missing_hands_its_share_over() -> None:
    measures = {"measures": {"x": identity("x"), "y": {"value": "m", "identity": True}}}
    old = scored(measures, ROWS, metrics={"m": {"formula": "acc.y"}})
    new = scored(measures, ROWS, metrics={"m": {"formula": "if(acc.y > 90, acc.y, missing)"}})
    assert why(old, new) == [
        ("x", "model", "share: y vanished", 0.5, 1, 20),
        ("y", "model", "metrics.m.formula", 80, None, -40),
    ]


def test_points_and_share_of_one_part_are_two_rows() -> None:
    old = scored({"measures": {"x": identity("x"), "y": identity("y")}}, ROWS)
    x = {"value": "acc.x", "curve": [[0, 0], [50, 100]], "weight": 3}
    new = scored({"measures": {"x": x, "y": identity("y")}}, ROWS)
    rows = why(old, new)
    # x: mean share 5/8 of 40 more points; mean points 60 of a share 1/4 larger. y: 80 of a share 1/4 smaller.
    assert [row[0] for row in rows] == ["x", "x", "y"]
    assert [row[-1] for row in rows] == [25, 15, -20]
    assert rows[0][2] == "scores.health.measures.x.identity, scores.health.measures.x.curve"
    assert rows[1][2:5] == ("share: scores.health.measures.x.weight", 0.5, 0.75)


def test_many_paths_are_counted() -> None:
    old = scored({"measures": {"x": {"value": "acc.x", "curve": [[0, 0], [50, 50], [90, 90]]}}}, ROWS)
    new = scored({"measures": {"x": {"value": "acc.x", "curve": [[1, 1], [40, 41], [91, 90]]}}}, ROWS)
    assert why(old, new)[0][2] == (
        "scores.health.measures.x.curve[0][0], scores.health.measures.x.curve[0][1], "
        "scores.health.measures.x.curve[1][0] and 2 more"
    )


def test_caps_and_rounding_are_named_by_their_place() -> None:
    old = scored({"measures": {"x": identity("x")}, "caps": [{"name": "low", "at_most": 30}]}, ROWS)
    new = scored({"measures": {"x": identity("x")}, "caps": [{"name": "low", "at_most": 20.5}], "round": 0}, ROWS)
    assert why(old, new) == [
        ("cap:low", "model", "scores.health.caps[0].at_most", 30, 20.5, -9.5),
        ("round", "model", "scores.health.round", None, None, 0.5),
    ]
    without = scored({"measures": {"x": identity("x")}}, ROWS)
    assert why(without, old) == [("cap:low", "model", "scores.health.caps", None, 30, -10)]


def test_a_chosen_part_names_the_other_where_no_path_of_its_own_differs() -> None:
    old = scored({"combine": "lowest", "measures": {"x": identity("x"), "y": identity("y")}}, ROWS)
    y = {"value": "acc.y", "curve": [[0, 0], [100, 25]]}
    new = scored({"combine": "lowest", "measures": {"x": identity("x"), "y": y}}, ROWS)
    rows = why(old, new)
    assert rows[0] == ("x", "model", "y instead", 40, 40, -40)
    assert rows[1][0] == "y"
    assert rows[1][-1] == 20


def test_a_nested_score_is_taken_apart_even_where_its_scale_is_another() -> None:
    health = {"measures": {"use": {"score": "use"}, "y": identity("y")}}
    old = scored(health, ROWS, use={"measures": {"a": identity("x"), "b": identity("z")}})
    use = {"scale": [0, 200], "measures": {"a": identity("x"), "b": identity("z", weight=3)}}
    new = scored(health, ROWS, use=use)
    # use: 25 of 100 to 17.5 of 200, so 25 to 8.75 points of a share of a half. Δ(k s) = k̄ Δs + s̄ Δk, k from 1 to 1/2:
    # 3/4 of -7.5, and 21.25 of -1/2.
    assert why(old, new) == [
        ("use", "model", "scores.use.scale", 25, 17.5, 0.5 * 21.25 * -0.5),
        ("use.a", "model", "share: scores.use.measures.b.weight", 0.5, 0.25, 0.375 * -10),
        ("use.b", "model", "share: scores.use.measures.b.weight", 0.5, 0.75, 0.375 * 2.5),
    ]
    assert [row[0] for row in why(old, new, deep=False)] == ["use"]


def test_a_nested_scale_that_is_shifted_moves_its_score_as_a_whole() -> None:
    health = {"measures": {"use": {"score": "use"}}}
    old = scored(health, ROWS, use={"measures": {"a": identity("y")}})
    new = scored(health, ROWS, use={"scale": [50, 150], "measures": {"a": identity("y")}})
    assert why(old, new) == [("use", "model", "scores.use.scale", 80, 80, -50)]


def test_a_score_that_only_one_model_gives_has_one_row_without_a_part() -> None:
    old = scored({"measures": {"x": identity("x")}}, ROWS)
    new = scored({"measures": {"x": identity("x")}, "include": "acc.x > 50"}, ROWS)
    assert why(old, new) == [(None, "vanished", "not_applicable", 40, None, None)]
    assert why(new, old) == [(None, "appeared", "not_applicable", None, 40, None)]


def test_accounts_are_matched_by_their_ids() -> None:
    measures = {"measures": {"x": identity("x")}}
    doubled = {"measures": {"x": {"value": "acc.x * 2", "identity": True}}}
    old = scored(measures, [{"id": "a", "x": 1.0}, {"id": "c", "x": 3.0}, {"id": "d", "x": 4.0}])
    new = scored(doubled, [{"id": "d", "x": 4.0}, {"id": "b", "x": 2.0}, {"id": "c", "x": 3.0}])
    rows = old.why_changed("health", AT, other=new).to_pylist()
    assert [(row["account_id"], row["cause"], row["because"], row["contribution"]) for row in rows] == [
        ("a", "vanished", "not in the panel", None),
        ("b", "appeared", "not in the panel", None),
        ("c", "model", "scores.health.measures.x.value", 3),
        ("d", "model", "scores.health.measures.x.value", 4),
    ]


def test_accounts_with_integer_ids_keep_them() -> None:
    old = scored({"measures": {"x": identity("x")}}, [{"id": 7, "x": 1.0}])
    new = scored({"measures": {"x": {"value": "acc.x + 1", "identity": True}}}, [{"id": 7, "x": 1.0}])
    table = old.why_changed("health", AT, other=new)
    assert table.schema.field("account_id").type == pa.int64()
    assert table["account_id"].to_pylist() == [7]
    assert old.why_changed("health", AT, other=old).schema == table.schema
    texts = scored({"measures": {"x": identity("x")}}, [{"id": "7", "x": 1.0}])
    with pytest.raises(ch.DataError, match=r"other: its account ids are texts, those of this panel integers"):
        old.why_changed("health", AT, other=texts)


def test_what_cannot_be_compared_is_said() -> None:
    panel = small.portfolio().score(AT)
    with pytest.raises(ch.DataError, match=r"either 'end'.*or 'other'.*got neither"):
        panel.why_changed("health", AT)  # type: ignore[call-overload]
    with pytest.raises(ch.DataError, match=r"either 'end'.*or 'other'.*got both"):
        panel.why_changed("health", AT, AT, other=panel)  # type: ignore[call-overload]
    other = small.portfolio().score("2026-06-20")
    with pytest.raises(ch.DataError, match=r"start: 2026-07-01 is no as-of of the other panel.*2026-06-20"):
        panel.why_changed("health", AT, other=other)
    with pytest.raises(TypeError, match="other: expected a Panel, not a Table"):
        panel.why_changed("health", AT, other=panel.table)  # type: ignore[call-overload]
    renamed = scored({"measures": {"x": identity("x")}}, ROWS)
    with pytest.raises(ch.UnknownNameError, match=r"the other panel's model has no score 'activity'"):
        panel.why_changed("activity", AT, other=renamed)


def test_descriptions_and_the_order_of_maps_are_no_causes() -> None:
    old = scored({"measures": {"x": identity("x"), "y": identity("y")}}, ROWS)
    y = identity("y", weight=3, description="How much they buy.")
    new = scored({"measures": {"y": y, "x": identity("x", description="...")}, "description": "Health."}, ROWS)
    assert {row[2] for row in why(old, new)} == {"share: scores.health.measures.y.weight"}


# ---- all together ---------------------------------------------------------------------------------------------------


def edited(document: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Some numbers of its scores and formulas of its metrics are others; some measures and caps are gone."""
    new = copy.deepcopy(document)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if isinstance(value, (dict, list)):
                walk(value)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                places.append((node, key))

    walk(new["scores"])
    for spec in new["scores"].values():
        if "combine" in spec and data.draw(st.booleans()):
            spec["combine"] = data.draw(st.sampled_from(["mean", "sum", "lowest", "highest"]))
        if len(spec["measures"]) > 1 and data.draw(st.booleans()):
            del spec["measures"][data.draw(st.sampled_from(sorted(spec["measures"])))]
        if "caps" in spec and data.draw(st.booleans()):
            del spec["caps"]
        if data.draw(st.integers(0, 3)) == 0:
            spec["scale"] = data.draw(st.sampled_from([[0, 10], [-50, 50], [0, 200]]))
    for node, key in data.draw(st.lists(st.sampled_from(places), max_size=4)) if places else []:
        node[key] = data.draw(st.sampled_from([node[key] + 1, node[key] + 0.5, 2, 1]))
    for spec in new["metrics"].values():
        if "window" in spec and data.draw(st.booleans()):
            spec["window"] = data.draw(st.sampled_from(["7d", "30d"]))
    return new


def slack(scores: dict[str, Any]) -> float:
    """1e-9 of the widest scale, and of what points and weights may add under a sum."""
    weights = [1.0]
    for spec in scores.values():
        total = 0.0
        for measure in spec["measures"].values():
            weight = measure.get("weight", 1)
            total += 4 * max(weight.values()) if isinstance(weight, dict) else weight
        weights.append(total)
    return 1e-9 * 850 * max(weights)


@given(case=cases(), data=st.data())
@examples(120)
def test_causes_sum_to_the_difference_of_the_models(case: Case, data: st.DataObject) -> None:
    document = edited(case.model, data)
    note(case.model)
    note(document)
    try:
        new = ch.Portfolio(ch.Model.parse(document), **case.tables()).score(case.moments())
    except (ch.ModelError, ch.DataError):
        assume(False)
        raise
    old = ch.Portfolio(ch.Model.parse(case.model), **case.tables()).score(case.moments())
    at, widest = old._scored.core.as_ofs[-1], max(slack(case.model["scores"]), slack(document["scores"]))
    values = [defaultdict[Any, dict[str, Any]](dict) for _ in range(2)]
    for side, panel in zip(values, (old, new), strict=True):
        micros = panel.table.column("as_of").cast(pa.int64()).to_pylist()
        for when, row in zip(micros, panel.table.to_pylist(), strict=True):
            if when == at:
                side[row["account_id"]] = row
    for name in set(old.model.scores) & set(new.model.scores):
        for deep in (True, False):
            rows = old.why_changed(name, moment(at), other=new, deep=deep).to_pylist()
            found = sums(rows)
            for account in {*values[0], *values[1]}:
                before, now = (side.get(account, {}).get(name) for side in values)
                if before is not None and now is not None:
                    assert found.get(account, 0.0) == pytest.approx(now - before, abs=widest, rel=0)
                else:
                    assert account not in found
            assert all((row["cause"] == "model") == (row["contribution"] is not None) for row in rows)
            assert all(math.isfinite(row["contribution"]) for row in rows if row["contribution"] is not None)


def of_lives(enter: str, when: str, weight: float) -> ch.Panel:
    """A score of how long the account is in a stage and of whether it is in a cohort; the model has no other score."""
    stages = [{"name": "new", "enter": enter}]
    document = {
        "format": 1,
        "tables": {"t": {"kind": "states", "account": "id", "time": "at"}},
        "metrics": {"v": {"from": "t", "agg": "last", "of": "x"}},
        "journeys": {"other": {"stages": stages}, "way": {"stages": stages}},
        "cohorts": {"big": {"when": when}},
        "scores": {
            "health": {
                "measures": {
                    "days": {"value": "way_days", "curve": [[0, 0], [100, 100]]},
                    "big": {"value": "big", "labels": {"true": 100, "false": 0}, "weight": weight},
                }
            }
        },
    }
    at = pa.array([0, 14 * 86400], pa.timestamp("s", "UTC"))
    table = pa.table({"id": ["k"] * 2, "at": at, "x": [5.0, 10.0]})
    return ch.Portfolio(ch.Model.parse(document), t=table).score(AT_START)


AT_START = "1970-02-01"


@pytest.mark.parametrize(
    ("enter", "when", "part", "because"),
    [
        ("v > 7", "v > 1", "days", "journeys.way.stages[0].enter"),
        ("v > 0", "v > 20", "big", "cohorts.big.when"),
    ],
)
def test_what_a_journey_or_a_cohort_says_is_named_where_it_stands(
    enter: str, when: str, part: str, because: str
) -> None:
    old, new = of_lives("v > 0", "v > 1", 1), of_lives(enter, when, 1)
    (row,) = old.why_changed("health", AT_START, other=new).to_pylist()
    assert (row["part"], row["because"]) == (part, because)
    before, now = (panel.table["health"][0].as_py() for panel in (old, new))
    assert row["contribution"] == pytest.approx(now - before, abs=1e-9)
