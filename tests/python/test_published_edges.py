"""Both sides of every edge of the published models."""

from __future__ import annotations

from typing import Any

import pytest

from published import GROWN, measured
from published_edges import GITLAB, GITLAB_2022, OTHERS

EDGES = [*GITLAB, *GITLAB_2022, *OTHERS]
GIVEN = {"gitlab": GROWN, "pendo": {"moved.dropped": 1, "moved.new": 1, "moved.recovered": 0}}


@pytest.mark.parametrize(("preset", "of", "measure", "metric", "cases"), EDGES, ids=[f"{e[0]}-{e[2]}" for e in EDGES])
def test_a_measure_takes_its_points_on_both_sides_of_each_edge(
    preset: str, of: str, measure: str, metric: str, cases: list[tuple[Any, float]]
) -> None:
    got = measured(preset, of, measure, metric, [value for value, _ in cases], **GIVEN.get(preset, {}))
    assert got == pytest.approx([wanted for _, wanted in cases])
