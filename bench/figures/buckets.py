"""What do metrics in daily buckets, and counts split by a column's values, cost beside a distinct count?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.aggregates import Document, Floats, metric
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.figures.aggregations import MEASURE, Workload, workload
from bench.line import Line
from bench.settings import Settings
from bench.workload import DAY_US, WEEKLY

ROUNDS = 15  # calls of milliseconds: few rounds lie far apart
WINDOWS = (28, 91)
LIMITS = {"active": 2.5, "streak": 2.5, "slope": 2.5, "mean of distinct": 3.5, "median of sums": 9.0}
LONGER = 1.6  # 91 days / 28 days
SPLITS = {10: 5.0, 40: 12.0}  # values: times one count


def measure(settings: Settings) -> Sequence[Line]:
    """Score a loaded portfolio with each summary of daily buckets, and with a count of 10 and of 40 features."""
    given = workload(settings)
    calls: dict[str, Callable[[], Any]] = {MEASURE: given.scoring({"asked": metric(MEASURE, 28)})}
    for name in LIMITS:
        for window in WINDOWS:
            _assert_buckets(given, name, window)
            calls[f"{name} {window}d"] = given.scoring({"asked": _bucketed(name, window)})
    calls["count"] = given.scoring({"asked": metric("count", 28)})
    for values in SPLITS:
        _assert_split(given, values)
        calls[f"by {values}"] = given.scoring({"asked": _split(values)})
    seconds = by_turns(calls, settings.rounds(ROUNDS))
    lines, longer = [], []
    for name, limit in LIMITS.items():
        figure = f"{settings.size(1)}, `1d` buckets, {name}"
        for window in WINDOWS:
            own = f"{name} {window}d"
            times = {key: seconds[key] for key in (own, MEASURE)}
            ratio = seconds[own].over(seconds[MEASURE])
            family = (f"{figure} / distinct count of 28d", f"{window}d")
            lines.append(
                Line(f"{figure}, {window}d / distinct count", ratio, "at most", limit, seconds=times, family=family)
            )
        ratio = seconds[f"{name} 91d"].over(seconds[f"{name} 28d"])
        family = (f"{settings.size(1)}, `1d` buckets: 91d / 28d", name)
        longer.append(Line(f"{figure}, 91d / 28d", ratio, "at most", LONGER, family=family))
    lines += longer
    for values, limit in SPLITS.items():
        times = {key: seconds[key] for key in (f"by {values}", "count")}
        ratio = seconds[f"by {values}"].over(seconds["count"])
        figure = f"{settings.size(1)}, counts of {values} features / one count"
        lines.append(Line(figure, ratio, "at most", limit, seconds=times))
    return lines


def _bucketed(name: str, window: int) -> Document:
    agg, then = {"mean of distinct": ("count_distinct", "mean"), "median of sums": ("sum", "median")}.get(
        name, ("count", name)
    )
    return metric(agg, window, every="1d", then=then)


def _split(values: int) -> Document:
    return metric("count", 28, by={"column": "feature", "values": list(range(values))})


def _days(given: Workload, name: str) -> Floats:
    """The value of each account and day, days counted back from the last as-of, the oldest first."""
    days = (WEEKLY.last_us - given.events["time"].cast("int64").to_numpy() - 1) // DAY_US
    days = days.max() - days
    cell = given.events["account_id"].to_numpy() * (days.max() + 1) + days
    size = given.accounts * (days.max() + 1)
    if name == "median of sums":
        out = np.bincount(cell, given.events["value"].to_numpy(), size)
    elif name == "mean of distinct":
        user = given.events["user_id"].to_numpy()
        out = np.bincount(np.unique(cell * (user.max() + 1) + user) // (user.max() + 1), minlength=size).astype(float)
    else:
        out = np.bincount(cell, minlength=size).astype(float)
    return out.reshape(given.accounts, -1)


def _summary(name: str, days: Floats) -> float:
    if name == "active":
        return float((days > 0).sum())
    if name == "streak":
        return float(np.argmin(np.append(days[::-1] > 0, False)))
    if name == "slope":
        return float(np.polyfit(np.arange(days.size), days, 1)[0]) if days.size > 1 else np.nan
    return float(np.median(days) if name == "median of sums" else days.mean())


def _assert_buckets(given: Workload, name: str, window: int) -> None:
    """Every account at the last as-of, and one account in ten at each, against NumPy."""
    found = given.found({"asked": _bucketed(name, window)})["asked"]
    days = _days(given, name)
    first = (days.cumsum(axis=1) > 0).argmax(axis=1)  # values are positive
    for as_of in range(WEEKLY.count):
        end = days.shape[1] - 7 * (WEEKLY.count - 1 - as_of)
        for account in range(0, given.accounts, 1 if as_of == WEEKLY.count - 1 else 10):
            if first[account] >= end or days[account].sum() == 0:
                continue
            expected = _summary(name, days[account, max(first[account], end - window) : end])
            if not np.isclose(found[account, as_of], expected, rtol=1e-6, atol=1e-9, equal_nan=True):
                at = f"account {account}, as-of {as_of}"
                raise WrongAnswerError(f"{name}, {window}d: {found[account, as_of]} at {at}, expected {expected}")


def _assert_split(given: Workload, values: int) -> None:
    """Each part against the same count with `where`."""
    panel = given.scoring({"asked": _split(values)})()
    metrics = {f"asked_{v}": metric("count", 28, where=f"feature = {v}") for v in range(values)}
    one_by_one = given.scoring(metrics)()
    for v in range(values):
        if not panel[f"asked.{v}"].equals(one_by_one[f"asked_{v}"]):
            raise WrongAnswerError(f"by {values}: feature {v} differs from the same count with where")
