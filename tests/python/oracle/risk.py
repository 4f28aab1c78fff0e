"""Probability (section 4): how likely is what a score warns of, at the score of an account."""

from __future__ import annotations

import itertools
import math
from typing import Any

from .aggregates import Cell


def on_curve(corners: list[list[float]], score: float) -> float:
    """Linear between the corners, flat outside."""
    if score <= corners[0][0]:
        return float(corners[0][1])
    for (x0, p0), (x1, p1) in itertools.pairwise(corners):
        if score == x1:
            return float(p1)
        if score < x1:
            return min(max(p0 + (p1 - p0) * (score - x0) / (x1 - x0), p1), p0)
    return float(corners[-1][1])


def middle(spec: dict[str, Any], score: float) -> float:
    if "curve" in spec:
        return on_curve(spec["curve"], score)
    a, b = spec["logistic"]["a"], spec["logistic"]["b"]
    try:
        return 1 / (1 + math.exp(-(a - b * score)))
    except OverflowError:
        return 0.0


def steepest(spec: dict[str, Any]) -> float:
    """The most that a point of the score can change it or an end of its interval."""
    curves = [spec[key] for key in ("curve", "low", "high") if key in spec]
    slopes = [(p0 - p1) / (x1 - x0) for curve in curves for (x0, p0), (x1, p1) in itertools.pairwise(curve)]
    return max([*slopes, spec["logistic"]["b"] / 4 if "logistic" in spec else 0.0])


def cell_of(name: str, point: Any, pick: Any) -> Cell:
    score, spec = point.score(name), point.score_specs[name]["probability"]
    if score.value is None:
        return Cell(None, score.reason)
    size = max(abs(end) for end in score.scale)
    return Cell(pick(spec, score.value), slack=1e-12 * (1 + 256 * size * steepest(spec)))


def probability(name: str, point: Any) -> Cell:
    return cell_of(name, point, middle)


def low(name: str, point: Any) -> Cell:
    return cell_of(name, point, lambda spec, score: min(on_curve(spec["low"], score), middle(spec, score)))


def high(name: str, point: Any) -> Cell:
    return cell_of(name, point, lambda spec, score: max(on_curve(spec["high"], score), middle(spec, score)))


COLUMNS = {"_probability": probability, "_probability_low": low, "_probability_high": high}


def defined(spec: dict[str, Any]) -> list[str]:
    """The endings of its columns."""
    given = spec.get("probability") or {}
    return ["_probability"] * bool(given) + [f"_probability_{end}" for end in ("low", "high") if end in given]
