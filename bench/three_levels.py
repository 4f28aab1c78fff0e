"""A score model on top of workload W: health, 3 scores, 8 scores below them, 25 measures below those."""

from __future__ import annotations

from typing import Any

from bench import workload

SCORE = "health"
# score -> score below it -> measure: (value, [[x at 0 points, 0], [x at 100 points, 100]])
_CURVES: dict[str, dict[str, dict[str, tuple[str, float, float]]]] = {
    "engagement": {
        "volume": {
            "events_week": ("events_7d", 0, 10),
            "events_month": ("events_28d", 0, 40),
            "events_quarter": ("events_90d", 0, 120),
        },
        "rhythm": {
            "days_week": ("days_7d", 0, 5),
            "days_month": ("days_28d", 0, 20),
            "days_quarter": ("days_90d", 0, 60),
        },
        "recency": {
            "since_last": ("days_since_last", 30, 0),
            "recent_share": ("events_7d / events_28d", 0, 0.5),
            "month_share": ("events_28d / events_90d", 0, 0.5),
        },
    },
    "adoption": {
        "breadth": {
            "features_week": ("features_7d", 0, 8),
            "features_month": ("features_28d", 0, 20),
            "features_quarter": ("features_90d", 0, 30),
            "feature_growth": ("features_28d / features_90d", 0, 1),
        },
        "reach": {
            "users_week": ("users_7d", 0, 6),
            "users_month": ("users_28d", 0, 12),
            "users_quarter": ("users_90d", 0, 20),
        },
        "stickiness": {
            "week_month": ("users_7d / users_28d", 0, 1),
            "month_quarter": ("users_28d / users_90d", 0, 1),
            "depth": ("events_28d / users_28d", 0, 10),
        },
    },
    "worth": {
        "value": {
            "value_week": ("value_7d", 0, 30),
            "value_month": ("value_28d", 0, 120),
            "value_quarter": ("value_90d", 0, 360),
        },
        "momentum": {
            "value_growth": ("value_28d / value_90d", 0, 0.6),
            "value_per_user": ("value_28d / users_28d", 0, 30),
            "value_per_event": ("value_28d / events_28d", 0, 6),
        },
    },
}


def model() -> dict[str, Any]:
    """Return workload W's metrics with the three levels of scores on them."""
    scores: dict[str, Any] = {SCORE: _roll_up(list(_CURVES))}
    for name, parts in _CURVES.items():
        scores[name] = _roll_up(list(parts))
        for part, measures in parts.items():
            scores[part] = {"measures": {key: _curve(*curve) for key, curve in measures.items()}}
    grades = [{"name": "red"}, {"name": "yellow", "from": 50}, {"name": "green", "from": 75}]
    scores[SCORE]["grades"] = grades
    return {**workload.model(), "name": "three-levels", "scores": scores}


def measure_total() -> int:
    """How many leaves a deep list of contributions has."""
    return sum(len(measures) for parts in _CURVES.values() for measures in parts.values())


def _roll_up(parts: list[str]) -> dict[str, Any]:
    return {"measures": {name: {"score": name, "weight": 1 + k} for k, name in enumerate(parts)}}


def _curve(value: str, worst: float, best: float) -> dict[str, Any]:
    points = [[worst, 0], [best, 100]] if worst < best else [[best, 100], [worst, 0]]
    return {"value": value, "curve": points}
