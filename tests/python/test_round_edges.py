"""Scores at round edges: parts that are, or whose mean is, exactly at an edge, whatever decimals the weights are."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import customerhealth as ch
from strategies import examples

WEIGHTS = st.one_of(
    st.decimals("0.001", "20", places=3).map(float),
    st.integers(1, 40).map(lambda twentieths: twentieths / 20),
    st.sampled_from([1 / 3, 1 / 7, 1e-9, 1e17, 2.0**53]),
)
POINTS = st.one_of(st.integers(1, 100), st.decimals("0.01", "100", places=2).map(float), st.floats(1e-6, 100))


def scored(points: list[Any], weights: list[float], **score: Any) -> ch.Panel:
    """One account whose measures have these points, None: none."""
    columns = {f"m{i}": pa.array([one], pa.float64()) for i, one in enumerate(points)}
    measures = {
        f"m{i}": {"value": f"accounts.m{i}", "identity": True, "weight": weight} for i, weight in enumerate(weights)
    }
    model = {
        "format": 1,
        "tables": {"accounts": {"kind": "accounts", "account": "id"}},
        "scores": {"health": {"measures": measures, **score}},
    }
    accounts = pa.table({"id": ["acme"], **columns})
    return ch.Portfolio(ch.Model.parse(model), accounts=accounts).score("2026-07-01")


def row(panel: ch.Panel) -> dict[str, Any]:
    return dict(panel.table.to_pylist()[0])


def grades(edge: float) -> list[dict[str, Any]]:
    return [{"name": "yellow"}, {"name": "green", "from": edge}]


@examples(150)
@given(POINTS, st.lists(WEIGHTS, min_size=1, max_size=7), st.sampled_from(["mean", "lowest", "highest"]))
def test_parts_that_agree_are_the_score(points: float, weights: list[float], combine: str) -> None:
    found = row(scored([points] * len(weights), weights, grades=grades(points), combine=combine))
    assert found["health"] == points
    assert found["health_grade"] == ("green" if points > 0 else found["health_grade"])
    assert found["health_coverage"] == 1


SHARES = st.lists(st.integers(1, 40), min_size=2, max_size=6)


@examples(150)
@given(SHARES, st.sampled_from([20, 100, 1000]), st.data())
def test_parts_whose_mean_is_an_edge_reach_it(whole: list[int], unit: int, data: st.DataObject) -> None:
    points = [data.draw(st.integers(0, 200)) / 2 for _ in whole]
    mean = sum(Fraction(p) * w for p, w in zip(points, whole, strict=True)) / sum(whole)
    assume(Fraction(float(mean)) == mean)
    panel = scored(points, [share / unit for share in whole], grades=grades(float(mean) or 1))
    assert row(panel)["health"] == float(mean)
    assert row(panel)["health_grade"] == ("green" if mean else "yellow")
    parts = panel.contributions("health")
    assert sum(parts["contribution"].to_pylist()) == pytest.approx(float(mean), abs=1e-7)
    assert parts["weight"].to_pylist() == [share / sum(whole) for share in whole]


@examples(100)
@given(SHARES, st.sampled_from([20, 100, 1000]), st.data())
def test_a_sum_of_points_is_that_of_the_decimals(whole: list[int], unit: int, data: st.DataObject) -> None:
    points = [data.draw(st.integers(-10, 10)) for _ in whole]
    total = sum(Fraction(w, unit) * p for p, w in zip(points, whole, strict=True))
    panel = scored(points, [share / unit for share in whole], combine="sum", scale=[-10000, 10000])
    assert row(panel)["health"] == float(total)


@examples(150)
@given(SHARES, st.sampled_from([20, 100, 1000]), st.data())
def test_exactly_the_least_coverage_is_enough(whole: list[int], unit: int, data: st.DataObject) -> None:
    known = [data.draw(st.booleans()) for _ in whole]
    assume(any(known))
    least = Fraction(sum(w for w, k in zip(whole, known, strict=True) if k), sum(whole))
    points = [80.0 if there else None for there in known]
    found = row(scored(points, [share / unit for share in whole], least_coverage=float(least)))
    assert found["health"] == 80
    assert found["health_coverage"] == float(least)


def test_a_wish_reaches_its_grade_with_weights_of_any_decimals() -> None:
    panel = scored([75, 74, 74, 74], [0.4, 0.2, 0.3, 0.1], grades=grades(75))
    wishes = {wish["part"]: wish for wish in panel.path_to("green").to_pylist()}
    # The means of the decimals: 0.4 * x + 0.2 * 74 + 0.3 * 74 + 0.1 * 74 = 75, and so on.
    assert {part: wish["to"] for part, wish in wishes.items()} == {
        "m0": pytest.approx(76.5, abs=1e-9),
        "m1": pytest.approx(77, abs=1e-9),
        "m2": pytest.approx(76, abs=1e-9),
        "m3": pytest.approx(80, abs=1e-9),
    }


def shape_points(shape: dict[str, Any], values: list[float]) -> list[float]:
    model = {
        "format": 1,
        "tables": {"accounts": {"kind": "accounts", "account": "id"}},
        "scores": {"health": {"measures": {"m": {"value": "accounts.v", **shape}}}},
    }
    accounts = pa.table({"id": list(range(len(values))), "v": pa.array(values, pa.float64())})
    return list(ch.Portfolio(ch.Model.parse(model), accounts=accounts).score("2026-07-01").table["health"].to_pylist())


@examples(100)
@given(st.integers(1, 1000), st.integers(1, 1000), st.sampled_from([1, 2, 4, 5, 8, 10, 20, 25, 50, 100]))
def test_a_curve_of_whole_corners_is_exact_at_whole_shares(at: int, width: int, parts: int) -> None:
    corners = [[at, 0], [at + width * parts, 100]]
    values = [float(at + width * part) for part in range(parts + 1)]
    assert shape_points({"curve": corners}, values) == [100 * part / parts for part in range(parts + 1)]


def test_60_of_100_seats_of_a_curve_up_to_80_are_75_points() -> None:
    assert shape_points({"curve": [[0, 0], [0.8, 100]]}, [0.6, 0.2]) == [75, 25]


@examples(40)
@given(st.integers(1, 150))
def test_ranks_are_one_product_and_one_quotient(peers: int) -> None:
    values = [float(value) for value in range(peers)]
    assert shape_points({"percentile": {"rank": "below"}}, values) == [100 * below / peers for below in range(peers)]
    assert shape_points({"percentile": {}}, values) == [100 * (2 * n + 1) / (2 * peers) for n in range(peers)]


def test_29_of_100_peers_are_29() -> None:
    values = [float(value) for value in range(100)]
    assert shape_points({"percentile": {"rank": "at_most"}}, values)[28] == 29


def test_values_that_agree_are_shrunk_to_themselves() -> None:
    model = {
        "format": 1,
        "tables": {"accounts": {"kind": "accounts", "account": "id"}},
        "metrics": {"n": {"formula": "accounts.n"}},
        "scores": {
            "health": {
                "measures": {
                    "m": {
                        "value": "accounts.v",
                        "bands": [{"below": 0.7, "points": 0}, {"points": 100}],
                        "shrink": {"rows": "n", "strength": 7},
                    }
                }
            }
        },
    }
    accounts = pa.table({"id": list(range(40)), "v": [0.7] * 40, "n": list(range(40))})
    found = ch.Portfolio(ch.Model.parse(model), accounts=accounts).score("2026-07-01").table["health"].to_pylist()
    assert found == [100] * 40


def over_time(values: list[float], **score: Any) -> list[dict[str, Any]]:
    """One account, whose only part has one value a week; a row each Monday after."""
    mondays = [dt.datetime(2026, 6, 1) + dt.timedelta(weeks=week) for week in range(len(values))]
    model = {
        "format": 1,
        "tables": {"levels": {"kind": "states", "account": "id", "time": "at"}},
        "metrics": {"level": {"from": "levels", "agg": "last", "of": "value"}},
        "scores": {"health": {"measures": {"level": {"value": "level", "identity": True}}, **score}},
    }
    levels = pa.table({"id": ["acme"] * len(values), "at": mondays, "value": values})
    as_ofs = [monday + dt.timedelta(days=7) for monday in mondays]
    return list(ch.Portfolio(ch.Model.parse(model), levels=levels).score(as_ofs).table.to_pylist())


@examples(60)
@given(st.integers(1, 900), st.integers(1, 90))
def test_a_change_of_exactly_flat_within_is_flat(start: int, step: int) -> None:
    values = [start / 10, (start + step) / 10, start / 10, (start + step + 1) / 10]
    found = over_time(values, trend={"over": "7d", "flat_within": step / 10})
    assert [one["health_trend"] for one in found[1:]] == ["flat", "flat", "up"]


@examples(60)
@given(st.integers(300, 800), st.integers(1, 50))
def test_a_grade_is_held_up_to_its_edge_and_the_points_as_decimals(edge: int, points: int) -> None:
    start, beyond = (edge - 1) / 10, (edge + points) / 10
    values = [start, beyond, (edge - points) / 10, (edge - points - 1) / 10, (edge + points - 1) / 10, beyond]
    found = over_time(values, grades=grades(edge / 10), hysteresis={"points": points / 10})
    assert [one["health_grade"] for one in found] == ["yellow", "green", "green", "yellow", "yellow", "green"]


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        (75.0, "health: 75.0 of 100, green"),
        (75.04, "health: 75.04 of 100, green"),
        (74.97, "health: 74.97 of 100, yellow"),
        (74.9999999999, "health: 74.9999999999 of 100, yellow"),
        (74.2, "health: 74.2 of 100, yellow"),
    ],
)
def test_a_score_is_shown_on_its_side_of_an_edge(points: float, shown: str) -> None:
    assert str(scored([points], [1], grades=grades(75)).explain("acme")).splitlines()[2] == shown


@examples(80)
@given(st.floats(0, 100), st.integers(1, 99))
def test_no_shown_score_contradicts_its_grade(points: float, edge: int) -> None:
    headline = str(scored([points], [1], grades=grades(edge)).explain("acme")).splitlines()[2]
    shown, grade = headline.removeprefix("health: ").replace(" of 100", "").split(", ")
    assert (float(shown) >= edge) == (grade == "green")


@examples(80)
@given(st.floats(0, 100), st.integers(1, 99), st.sampled_from(["from", "above"]))
def test_no_wish_looks_like_the_value_of_today(points: float, edge: int, kind: str) -> None:
    edges = [{"name": "yellow"}, {"name": "green", kind: edge}]
    panel = scored([points], [1], grades=edges)
    text = str(panel.explain("acme"))
    assert ", adds 0.0" not in text
    if row(panel)["health_grade"] == "yellow":
        wish = next(line for line in text.splitlines() if "(now" in line)
        wanted, now = wish.partition("m0: ")[2].partition(")")[0].split(" (now ")
        assert float(wanted.removeprefix("more than ")) >= float(now)
        assert wanted != now


def test_a_value_that_moved_is_not_shown_as_the_one_it_was() -> None:
    model = {
        "format": 1,
        "tables": {"levels": {"kind": "states", "account": "id", "time": "at"}},
        "metrics": {"level": {"from": "levels", "agg": "last", "of": "value"}},
        "scores": {"health": {"measures": {"level": {"value": "level", "identity": True}}}},
    }
    at = [dt.datetime(2026, 6, 1), dt.datetime(2026, 6, 8)]
    levels = pa.table({"id": ["acme"] * 2, "at": at, "value": [75.0, 74.99999]})
    panel = ch.Portfolio(ch.Model.parse(model), levels=levels).score(["2026-06-05", "2026-06-12"])
    assert "level: fell from 75 to 74.99999" in str(panel.explain("acme"))
