"""Both sides of every edge of the published models."""

from __future__ import annotations

from typing import Any

import pytest

from published import GROWN, measured
from published_edges import B2B_SAAS, GITLAB, GITLAB_2022, OTHERS

EDGES = [*GITLAB, *GITLAB_2022, *OTHERS, *B2B_SAAS]
GIVEN: dict[str, dict[str, Any]] = {
    "gitlab": GROWN,
    "pendo": {"moved.dropped": 1, "moved.new": 1, "moved.recovered": 0},
    "b2b-saas": {"tenure_months": 5, "signed_ahead": 0, "active_users": 9, "active_users_before": 9},
}


@pytest.mark.parametrize(("preset", "of", "measure", "metric", "cases"), EDGES, ids=[f"{e[0]}-{e[2]}" for e in EDGES])
def test_a_measure_takes_its_points_on_both_sides_of_each_edge(
    preset: str, of: str, measure: str, metric: str, cases: list[tuple[Any, float]]
) -> None:
    given = GIVEN.get(preset, {}) | ({"tenure_months": 7} if measure == "growth" else {})
    got = measured(preset, of, measure, metric, [value for value, _ in cases], **given)
    assert got == pytest.approx([wanted for _, wanted in cases])
