"""What would lift a score whose measures look at peers: these stay as they were fitted, one value changes."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

import customerhealth as ch
from paths import AS_OF, near, one, panel_of
from score_strategies import COMBINE, RANKS
from strategies import Draw, chance, examples, pick

AMONG = {"x": [10.0, 20.0, 30.0], "n": [2.0, 2.0, 2.0]}


def among(shape: dict[str, Any], grade: str = "green", **columns: list[Any]) -> list[tuple[Any, ...]]:
    """from, to, status of c0, of three accounts whose x has a mean of 20 and a deviation of 10."""
    panel = panel_of(one({"x": {"value": "a.x", **shape}}), {"n": "a.n"}, **{**AMONG, **columns})
    found = panel.path_to(grade).to_pylist()
    return [(row["from"], row["to"], row["status"]) for row in found if row["account_id"] == "c0"]


def test_a_percentile_is_followed_back_among_the_peers_as_they_are() -> None:
    # Its own 10 stays among the three: at 30 two lie below and one is equal, (2 + 1/2)/3.
    assert among({"percentile": {}}) == [(10, 30, "reaches")]
    assert among({"percentile": {}}, "yellow") == [(10, 20, "reaches")]
    # Just above 20 two of three lie below, which is not 3/4; above 30 all three do.
    assert among({"percentile": {"rank": "below"}}) == [(10, math.nextafter(30, math.inf), "reaches")]
    assert among({"percentile": {"rank": "at_most"}}) == [(10, 30, "reaches")]


def test_a_descending_percentile_is_followed_downwards() -> None:
    shape = {"percentile": {}, "descending": True}
    assert among(shape, x=[30.0, 20.0, 10.0]) == [(30, 10, "reaches")]


def test_a_percentile_within_a_segment_looks_at_that_alone() -> None:
    shape = {"percentile": {"within": "a.n", "least": 2}}
    assert among(shape, x=[10.0, 20.0, 30.0, 99.0], n=[2.0, 2.0, 2.0, 9.0]) == [(10, 30, "reaches")]


def test_a_zscore_is_followed_back_by_the_mean_and_deviation_as_they_are() -> None:
    assert among({"zscore": {}}) == [(10, near(35), "reaches")]  # (z + 3)/6 is 3/4 at 1.5 deviations above
    assert among({"zscore": {"limit": 1}}) == [(10, near(25), "reaches")]


def test_a_shrunk_value_is_drawn_back() -> None:
    shape = {"identity": True, "shrink": {"rows": "n", "strength": 2}}
    assert among(shape) == [(10, near(130), "reaches")]  # (2 * 130 + 2 * 20) / 4
    assert among(shape, n=[6.0, 2.0, 2.0]) == [(10, near((75 * 8 - 40) / 6), "reaches")]
    # Of no rows at all only the mean counts, whatever the value.
    assert among(shape, n=[0.0, 2.0, 2.0]) == [(10, None, "alone_not_enough")]
    both = {"percentile": {}, "shrink": {"rows": "n", "strength": 2}}  # 15, 20 and 25 after it
    assert among(both) == [(10, near(30), "reaches")]


def test_a_value_that_is_not_known_is_found_among_peers_too() -> None:
    assert among({"percentile": {}}, x=[None, 20.0, 30.0]) == [(None, 30, "reaches")]
    shrunk = {"identity": True, "shrink": {"rows": "n", "strength": 2}}
    assert among(shrunk, x=[None, 10.0, 30.0]) == [(None, near(130), "reaches")]


@pytest.mark.parametrize(
    "shape",
    [
        {"percentile": {"least": 4}},
        {"zscore": {}, "shrink": {"rows": "n", "strength": 2}},
    ],
    ids=["too few peers", "all equal"],
)
def test_where_no_value_has_the_points_none_is_named(shape: dict[str, Any]) -> None:
    same = {} if "percentile" in shape else {"x": [20.0, 20.0, 20.0]}
    assert [status for _, _, status in among(shape, **same)] == ["alone_not_enough"]


# ---- all together ---------------------------------------------------------------------------------------------------

NUMBERS = [10.0, 0.0, -3.0, 0.5, 1.0, 7.0, 7.0, 16.0, 40.0, 41.0, 100.0]


class World:
    """A measure among peers and one beside it, over some accounts."""

    def __init__(self, draw: Draw) -> None:
        self.rows = [
            {
                "id": f"a{index}",
                "x": None if chance(draw, 8) else pick(draw, NUMBERS),
                "y": pick(draw, [50.0, 0.0, 80.0, 100.0]),
                "n": pick(draw, [1.0, 3.0, 0.0, 40.0]),
                "s": pick(draw, ["a", "b"]),
            }
            for index in range(draw(st.integers(2, 8)))
        ]
        measure: dict[str, Any] = {"value": "acc.x", "weight": pick(draw, [1, 3])}
        if chance(draw, 4):
            measure["cases"] = [{"when": "acc.s = 'a'", **self.shape(draw)}, self.shape(draw)]
        else:
            measure |= self.shape(draw)
        if chance(draw, 3) and any(key in str(measure) for key in ("percentile", "zscore")):
            measure["descending"] = True
        if chance(draw, 2):
            measure["shrink"] = {"rows": "n", "strength": pick(draw, [2, 0, 0.7, 10])}
        edge = {pick(draw, ["from", "above"]): pick(draw, [50, 60, 40, 75, 62.5, 90])}
        health = {
            "combine": pick(draw, ["mean", *(word for word in COMBINE if word != "sum")]),
            "measures": {"x": measure, "y": {"value": "acc.y", "identity": True}},
            "grades": [{"name": "low"}, {"name": "high", **edge}],
        }
        self.model = ch.Model.parse(
            {
                "format": 1,
                "tables": {"acc": {"kind": "accounts", "account": "id"}},
                "metrics": {"n": {"formula": "acc.n"}},
                "scores": {"health": health},
            }
        )

    @staticmethod
    def shape(draw: Draw) -> dict[str, Any]:
        form = pick(draw, ["percentile", "zscore", "curve"])
        if form == "curve":
            return {"curve": [[0, 0], [5, 50], [20, 100]]}
        spec: dict[str, Any] = {"within": "acc.s"} if chance(draw, 3) else {}
        if form == "percentile":
            spec["rank"] = pick(draw, RANKS)
        else:
            spec["limit"] = pick(draw, [3, 1, 0.5])
        return {form: spec}

    def portfolio(self, rows: list[dict[str, Any]]) -> ch.Portfolio:
        types = {"id": pa.string(), "x": pa.float64(), "y": pa.float64(), "n": pa.float64(), "s": pa.string()}
        columns = {name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()}
        return ch.Portfolio(self.model, acc=pa.table(columns))

    def grades(self, rows: list[dict[str, Any]]) -> list[str | None]:
        """With the peers as they are."""
        home, peers = self.portfolio(self.rows), None
        while peers is None or not peers.complete:
            peers = home.peers(AS_OF, given=peers)
        table = self.portfolio(rows).score(AS_OF, peers=peers).table
        return [grade.as_py() for grade in table["health_grade"]]


@st.composite
def worlds(draw: Draw) -> World:
    return World(draw)


@examples(250)
@given(worlds())
def test_what_reaches_does_with_the_peers_held_and_nothing_nearer_does(world: World) -> None:
    note(world.model.to_dict())
    note(world.rows)
    trials: list[dict[str, Any]] = []
    expected: list[bool] = []

    def add(row: dict[str, Any], value: float, high: bool) -> None:
        trials.append({**row, "id": f"t{len(trials):06}", "x": value})
        expected.append(high)

    by_id = {row["id"]: row for row in world.rows}
    for path in world.portfolio(world.rows).score(AS_OF).path_to("high").to_pylist():
        row, value = by_id[path["account_id"]], path["to"]
        if path["part"] != "x":
            continue
        assert path["from"] == row["x"]
        if path["status"] == "reaches":
            add(row, value, True)
            if row["x"] is not None:
                for share in (0.0, 0.1, 0.5, 0.999):
                    nearer = row["x"] + share * (value - row["x"])
                    add(row, nearer if nearer != value else math.nextafter(value, row["x"]), False)
                add(row, math.nextafter(value, row["x"]), False)
        else:
            for other in [*NUMBERS, -1e6, 1e6, 1e300, -1e300]:
                add(row, other, False)
    assert not trials or [grade == "high" for grade in world.grades(trials)] == expected
