"""The scores of `b2b-saas` as polars expressions over a frame that has the metrics: one row an account and week.

Written from the model document, shape by shape, so that both say the same. Hysteresis needs no walk: an edge that was
passed or given up for certain is a fact, filled forward until the next. Kept: one lazy query in the streaming engine.
Tried and slower: eager `with_columns` step by step (1.3 times); lazy in the in-memory engine, by a little.
"""

from __future__ import annotations

import itertools
from typing import Any

import polars as pl
import pyarrow as pa

Spec = dict[str, Any]

# What the formulas of the model are in polars.
_RULES = {
    "active_users = 0 and active_users_before = 0": (pl.col("active_users") == 0)
    & (pl.col("active_users_before") == 0),
    "signed_ahead > 0": pl.col("signed_ahead") > 0,
    "open_urgent > 0": pl.col("open_urgent") > 0,
    "sentiment_colour = 'red'": pl.col("sentiment_colour") == "red",
    "days_since_use > 28": pl.col("days_since_use") > 28,
    **{f"tenure_months < {n}": pl.col("tenure_months") < n for n in (2, 3, 4, 6, 9)},
    "tenure_months >= 12": pl.col("tenure_months") >= 12,
}
_OVER = "health"
_WEEKS_BACK = 4  # 28d


def panel(rows: pl.DataFrame, scores: dict[str, Spec]) -> pl.DataFrame:
    """Scores, coverages, grades and trend of every row; the points of each measure beside them."""
    frame = rows.lazy()
    below = [name for name in scores if name != _OVER]
    measures = {(s, m): spec for s in below for m, spec in scores[s]["measures"].items()}
    frame = frame.with_columns(_points(spec).cast(pl.Float64).alias(f"{s}.{m}") for (s, m), spec in measures.items())
    frame = frame.with_columns(expression for s in below for expression in _roll_up(s, scores[s]))
    parts = {name: pl.col(name) for name in scores[_OVER]["measures"]}
    frame = frame.with_columns(_mean(_OVER, scores[_OVER], parts, {}))
    frame = frame.with_columns(_capped(scores[_OVER]))
    frame = frame.with_columns(_grade(pl.col(s), scores[s]).alias(f"{s}_grade") for s in below)
    frame = frame.with_columns(_held(scores[_OVER]).alias("health_grade"))
    return frame.with_columns(_trend(scores[_OVER])).collect(engine="streaming")


def contributions(scored: pl.DataFrame, scores: dict[str, Spec]) -> pl.DataFrame:
    """What each measure adds to health: account_id, as_of, part, points, weight, contribution."""
    over = scores[_OVER]["measures"]
    total = pl.sum_horizontal(pl.when(pl.col(s).is_not_null()).then(over[s]["weight"]) for s in over)
    shares = scored.with_columns(
        (pl.when(pl.col(s).is_not_null()).then(over[s]["weight"] / total).otherwise(0.0) / pl.col(f"{s}_weight")).alias(
            f"{s}_share"
        )
        for s in over
    )
    parts = []
    for s in over:
        for name, spec in scores[s]["measures"].items():
            points = pl.col(f"{s}.{name}")
            share = pl.when(points.is_not_null()).then(pl.col(f"{s}_share") * spec["weight"]).otherwise(0.0)
            weight = share.fill_nan(0.0).fill_null(0.0)
            added = pl.when(pl.col("health").is_not_null()).then((weight * points).fill_null(0.0))
            parts.append(
                shares.select(
                    "account_id", "as_of", pl.lit(f"{s}.{name}").alias("part"), points.alias("points"),
                    weight.alias("weight"), added.alias("contribution"),
                )
            )  # fmt: skip
    return pl.concat(parts)


def _points(spec: Spec) -> pl.Expr:
    policy = spec.get("missing", {}).get("silent")
    if "cases" not in spec:
        found = _shape(spec, spec["value"])
    else:
        found = pl.lit(None, pl.Float64)
        for case in reversed(spec["cases"]):
            then = pl.lit(None, pl.Float64) if "missing" in case else _case(case, spec["value"])
            found = pl.when(_RULES[case["when"]]).then(then).otherwise(found) if "when" in case else then
    if policy is None:
        return found
    return pl.when(pl.col(spec["value"]).is_null()).then(float(policy)).otherwise(found)


def _case(case: Spec, value: str) -> pl.Expr:
    return pl.lit(float(case["points"])) if "points" in case else _shape(case, value)


def _shape(spec: Spec, value: str) -> pl.Expr:
    x = pl.col(value)
    if "labels" in spec:
        return x.replace_strict(list(spec["labels"]), [float(p) for p in spec["labels"].values()], default=None)
    if "bands" in spec:
        return _bands(spec["bands"], x)
    if "curve" in spec:
        return _curve(spec["curve"], x)
    peers = ["as_of", *([spec["percentile"]["within"]] if "within" in spec.get("percentile", {}) else [])]
    n, least = x.count().over(peers), spec.get("percentile", spec.get("zscore"))["least"]
    if "percentile" in spec:
        found = 100 * (x.rank("average").over(peers) - 0.5) / n
    else:
        mean, std = x.mean().over(peers), x.std().over(peers)
        found = (((x - mean) / std).clip(-3, 3) + 3) * (100 / 6)
    return pl.when(n >= least).then(found)


def _bands(bands: list[Spec], x: pl.Expr) -> pl.Expr:
    found = pl.lit(None, pl.Float64)
    for band in reversed(bands):
        points = pl.lit(float(band["points"]))
        if "below" in band:
            found = pl.when(x < band["below"]).then(points).otherwise(found)
        elif "up_to" in band:
            found = pl.when(x <= band["up_to"]).then(points).otherwise(found)
        else:
            found = points
    return pl.when(x.is_not_null()).then(found)


def _curve(curve: list[list[float]], x: pl.Expr) -> pl.Expr:
    found = pl.lit(float(curve[-1][1]))
    for (x0, p0), (x1, p1) in reversed(list(itertools.pairwise(curve))):
        found = pl.when(x <= x1).then(p0 + (x - x0) / (x1 - x0) * (p1 - p0)).otherwise(found)
    return pl.when(x <= curve[0][0]).then(float(curve[0][1])).when(x.is_not_null()).then(found)


def _roll_up(name: str, spec: Spec) -> list[pl.Expr]:
    parts = {measure: pl.col(f"{name}.{measure}") for measure in spec["measures"]}
    spared = {
        measure: _RULES[case["when"]]
        for measure, each in spec["measures"].items()
        for case in each.get("cases", [])
        if case.get("missing") == "not_applicable"
    }
    weight = pl.sum_horizontal(
        pl.when(p.is_not_null()).then(float(spec["measures"][m]["weight"])) for m, p in parts.items()
    )
    return [*_mean(name, spec, parts, spared), weight.alias(f"{name}_weight")]


def _mean(name: str, spec: Spec, parts: dict[str, pl.Expr], spared: dict[str, pl.Expr]) -> list[pl.Expr]:
    """The weighted mean of what is there and its coverage; `spared`: when a measure does not apply."""
    weights = {measure: float(spec["measures"][measure]["weight"]) for measure in parts}
    weight = pl.sum_horizontal(pl.when(p.is_not_null()).then(weights[m]) for m, p in parts.items())
    applies = pl.lit(sum(weights.values()))
    for measure, rule in spared.items():
        applies = applies - pl.when(rule).then(weights[measure]).otherwise(0.0)
    total = pl.sum_horizontal(p * weights[m] for m, p in parts.items())
    coverage = weight / applies
    known = (weight > 0) & (coverage >= spec["least_coverage"])
    return [pl.when(known).then(total / weight).alias(name), coverage.alias(f"{name}_coverage")]


def _capped(spec: Spec) -> pl.Expr:
    found = pl.col("health")
    for cap in spec["caps"]:
        found = (
            pl.when(_RULES[cap["when"]]).then(pl.min_horizontal(found, pl.lit(float(cap["at_most"])))).otherwise(found)
        )
    return pl.when(pl.col("health").is_not_null()).then(found).alias("health")


def _grade(score: pl.Expr, spec: Spec) -> pl.Expr:
    names, edges = [g["name"] for g in spec["grades"]], [g.get("from", 0) for g in spec["grades"]]
    return _named(pl.sum_horizontal((score >= edge).cast(pl.Int8) for edge in edges[1:]), score, names)


def _named(level: pl.Expr, score: pl.Expr, names: list[str]) -> pl.Expr:
    found = pl.lit(names[-1])
    for index, name in list(enumerate(names[:-1]))[::-1]:
        found = pl.when(level == index).then(pl.lit(name)).otherwise(found)
    return pl.when(score.is_not_null()).then(found).cast(pl.Enum(names))


def _held(spec: Spec) -> pl.Expr:
    """The grade that is left only when the score is clearly beyond an edge: rows stand by account, then week."""
    score, held = pl.col("health"), spec["hysteresis"]["points"]
    first = score.is_not_null() & (score.is_not_null().cum_sum().over("account_id") == 1)
    passed = []
    for grade in spec["grades"][1:]:
        edge = grade["from"]
        sure = (
            pl.when(first)
            .then(score >= edge)
            .when(score >= edge + held)
            .then(True)
            .when(score < edge - held)
            .then(False)
        )
        passed.append(sure.forward_fill().over("account_id").cast(pl.Int8))
    return _named(pl.sum_horizontal(passed), score, [g["name"] for g in spec["grades"]])


def _trend(spec: Spec) -> list[pl.Expr]:
    change = pl.col("health") - pl.col("health").shift(_WEEKS_BACK).over("account_id")
    flat = spec["trend"]["flat_within"]
    trend = (
        pl.when(change > flat).then(pl.lit("up")).when(change < -flat).then(pl.lit("down")).otherwise(pl.lit("flat"))
    )
    return [
        change.alias("health_change"),
        pl.when(change.is_not_null()).then(trend).alias("health_trend"),
        pl.col("health_grade").shift(_WEEKS_BACK).over("account_id").alias("health_grade_before"),
    ]


def frame_of(table: pa.Table) -> pl.DataFrame:
    """The rows by account, then week, and sorted ones are known to be."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame.set_sorted("account_id")
