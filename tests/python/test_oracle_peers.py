"""The slow evaluator's shapes among peers, by numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from oracle import evaluate
from oracle.instants import parse_instant

AS_OF = parse_instant("2024-03-31")

Row = tuple[float | None, str | None, float | None]


def points(measure: dict[str, Any], rows: list[Row], **score: Any) -> list[Any]:
    """The score of each account (value v, segment g, rows n), or its reason in brackets."""
    accounts = [{"a": f"a{i}", "v": v, "g": g, "n": n} for i, (v, g, n) in enumerate(rows)]
    model = {
        "tables": {"acc": {"kind": "accounts", "account": "a"}},
        "metrics": {"v": {"formula": "acc.v"}, "g": {"formula": "acc.g"}, "n": {"formula": "acc.n"}},
        "scores": {"s": {"measures": {"p": {"value": "v", "missing": "fail", **measure}}, **score}},
    }
    answer = evaluate(model, {"acc": accounts}, [AS_OF])
    reasons = {account: f"<{reason}>" for account, _, column, reason in answer.reasons if column == "s"}
    return [reasons.get(row["account_id"], row["s"]) for row in answer.rows]


def plain(*values: float | None) -> list[Row]:
    return [(value, None, None) for value in values]


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({}, [12.5, 50.0, 50.0, 87.5]),
        ({"rank": "below"}, [0.0, 25.0, 25.0, 75.0]),
        ({"rank": "at_most"}, [25.0, 75.0, 75.0, 100.0]),
    ],
)
def test_a_percentile_ranks_ties_as_its_rank_says(spec: dict[str, Any], wanted: list[float]) -> None:
    assert points({"percentile": spec}, plain(1.0, 2.0, 2.0, 9.0)) == wanted


def test_a_descending_percentile_counts_the_peers_above() -> None:
    assert points({"percentile": {"rank": "below"}, "descending": True}, plain(1.0, 2.0, 2.0, 9.0)) == [75, 25, 25, 0]


def test_an_account_without_a_value_is_nobodys_peer() -> None:
    assert points({"percentile": {}}, plain(1.0, None, 3.0)) == [25.0, "<silent>", 75.0]


def test_peers_share_a_segment_and_a_missing_segment_has_none() -> None:
    rows: list[Row] = [(1.0, "x", None), (2.0, "x", None), (9.0, "y", None), (5.0, None, None)]
    assert points({"percentile": {"within": "g"}}, rows) == [25.0, 75.0, 50.0, "<few_peers>"]
    assert points({"percentile": {"within": "g", "least": 2}}, rows)[2] == "<few_peers>"


def test_peers_are_those_for_which_the_score_is_meant() -> None:
    assert points({"percentile": {}}, plain(1.0, 2.0, 3.0), include="v < 3") == [25.0, 75.0, "<not_applicable>"]


def test_a_zscore_maps_its_limits_to_the_ends_of_the_scale() -> None:
    low, middle, high = points({"zscore": {"limit": 2}}, plain(1.0, 2.0, 3.0))
    assert (low, middle, high) == (25.0, 50.0, 75.0)  # mean 2, std 1
    assert points({"zscore": {"limit": 0.5}}, plain(1.0, 2.0, 3.0)) == [0.0, 50.0, 100.0]
    assert points({"zscore": {"limit": 2}, "descending": True}, plain(1.0, 2.0, 3.0)) == [75.0, 50.0, 25.0]


def test_a_zscore_of_equal_values_is_the_middle_and_one_account_is_too_few() -> None:
    assert points({"zscore": {}}, plain(7.0, 7.0), scale=[0, 10]) == [5.0, 5.0]
    assert points({"zscore": {}}, plain(7.0)) == ["<few_peers>"]
    assert points({"zscore": {"least": 1}}, plain(7.0)) == [50.0]


def test_a_logistic_is_half_way_at_its_midpoint_and_flat_far_away() -> None:
    got = points({"logistic": {"midpoint": 2, "slope": 1}}, plain(2.0, 3.0, 1e300, -1e300))
    assert got[0] == 50.0
    assert math.isclose(got[1], 73.10585786300049, rel_tol=1e-15)
    assert got[2:] == [100.0, 0.0]


def test_shrink_pulls_a_value_with_few_rows_to_the_mean_of_the_peers() -> None:
    rows: list[Row] = [(0.0, None, 0.0), (10.0, None, 5.0), (20.0, None, 15.0), (30.0, None, None)]
    # m is 15, of all values; k is 5.
    measure = {"identity": True, "shrink": {"rows": "n", "strength": 5}}
    assert points(measure, rows) == [15.0, 12.5, 18.75, "<silent>"]
    assert points({**measure, "shrink": {"rows": "n", "strength": 0}}, rows)[0] == "<undefined>"


def test_shrunk_values_are_the_peers_of_the_shape_and_m_is_of_its_segment() -> None:
    rows: list[Row] = [(0.0, "x", 0.0), (10.0, "x", 5.0), (100.0, "y", 1.0)]
    # In x m is 5: the values become 5 and 7.5.
    measure = {"percentile": {"within": "g"}, "shrink": {"rows": "n", "strength": 5}}
    assert points(measure, rows) == [25.0, 75.0, 50.0]
    # In x the mean is 6.25 and the std 2.5 / sqrt(2), so the two stand at -1/sqrt(2) and 1/sqrt(2).
    got = points({"zscore": {"within": "g", "limit": 1}, "shrink": measure["shrink"]}, rows)
    assert got[2] == "<few_peers>"
    assert math.isclose(got[0], 50 - 50 / math.sqrt(2), rel_tol=1e-14)
    assert math.isclose(got[1], 50 + 50 / math.sqrt(2), rel_tol=1e-14)
