"""The aggregations of section 2, on the rows that are left. Each returns a Cell: a value, or why there is none."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .functions import exact_sum
from .instants import DAY, LAST, Instant, fixed_micros, shift
from .visibility import Seen

EPSILON = 2.0**-52


@dataclass(frozen=True)
class Cell:
    """`slack`: how far another correct evaluator may be, where cancellation makes 1e-12 relative too strict."""

    value: Any = None
    reason: str | None = None
    slack: float = 0.0


@dataclass(frozen=True)
class Taken:
    """A row that counts: its instant (time, start or end as the rows mode says) and its value of `of`."""

    instant: Instant
    row: Seen
    value: Any = None


def missing(reason: str) -> Cell:
    return Cell(None, reason)


def of_sum(total: float | None) -> Cell:
    return missing("undefined") if total is None else Cell(total)


def largest(values: list[Any]) -> float:
    return max((abs(float(value)) for value in values), default=0.0)


def exact_mean(values: list[Any]) -> float:
    return float(sum((Fraction(float(value)) for value in values), Fraction()) / len(values))


def deviation(values: list[Any]) -> Cell:
    """Two passes, n - 1. The slack: the mean is rounded, so equal values may differ from it by a last bit."""
    if len(values) < 2:
        return missing("too_few" if values else "silent")
    floats = [float(value) for value in values]
    if min(floats) == max(floats):
        return Cell(0.0)
    mean = exact_mean(floats)
    try:
        squares = math.fsum((value - mean) ** 2 for value in floats)
    except OverflowError:
        return missing("undefined")
    return Cell(math.sqrt(squares / (len(floats) - 1)), slack=8 * EPSILON * largest(floats))


def quantile(values: list[Any], q: float) -> Cell:
    """Linear at (n - 1) q. The slack: between values of opposite sign the interpolation cancels."""
    ordered = sorted(float(value) for value in values)
    place = (len(ordered) - 1) * q
    below = min(math.floor(place), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    value = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return Cell(value, slack=1e-13 * largest(ordered))


def slope(points: list[tuple[int, float]]) -> Cell:
    """Least squares, in exact arithmetic; the slack is for the cancellation that floats see."""
    if len(points) < 2:
        return missing("too_few")
    exact = [(Fraction(x), Fraction(y)) for x, y in points]
    mean_x = sum(x for x, _ in exact) / len(exact)
    mean_y = sum(y for _, y in exact) / len(exact)
    steep = sum((x - mean_x) * (y - mean_y) for x, y in exact) / sum((x - mean_x) ** 2 for x, _ in exact)
    return Cell(float(steep), slack=1e-13 * largest([y for _, y in points]))


def decayed(rows: list[Taken], edge: Instant, half_life: str) -> Cell:
    life = fixed_micros(half_life)
    terms = [float(row.value) * 2.0 ** (-(edge - row.instant) / life) for row in rows]
    return Cell(math.fsum(terms), slack=1e-13 * math.fsum(abs(term) for term in terms))


def extreme(values: list[Any], pick: Callable[[list[Any]], Any]) -> Cell:
    return Cell(pick(values)) if values else missing("silent")


def boundary(rows: list[Taken], latest: bool) -> Taken:
    """The earliest or latest row; of rows at one instant the first or the last of the table."""

    def order(taken: Taken) -> tuple[int, int]:
        return taken.instant, taken.row.index

    return max(rows, key=order) if latest else min(rows, key=order)


def days_to_end(rows: list[Taken], edge: Instant) -> Cell:
    if any(taken.row.end is None for taken in rows):
        return missing("open")
    return Cell((max(taken.row.end for taken in rows if taken.row.end is not None) - edge) / DAY)


def days_unbroken(intervals: list[Seen], edge: Instant, gap: str | None) -> Cell:
    """`intervals`: all that pass `where` and started before E, ended ones too."""
    begin: int | None = None
    reach = 0
    for row in sorted(intervals, key=lambda row: row.time):
        end = LAST if row.end is None else row.end
        if begin is None or row.time > shift(reach, gap, 1):
            begin, reach = row.time, end
        else:
            reach = max(reach, end)
    if begin is None or reach < edge:
        return missing("silent")
    return Cell((edge - begin) / DAY)


def longest_gap(rows: list[Taken], edge: Instant) -> Cell:
    times = sorted(taken.instant for taken in rows)
    return Cell(max(later - earlier for earlier, later in zip(times, [*times[1:], edge], strict=True)) / DAY)


def entropy(values: list[Any]) -> Cell:
    shares = [count / len(values) for count in Counter(values).values()]
    return Cell(abs(math.fsum(-share * math.log(share) for share in shares)))


def mode(values: list[Any]) -> Cell:
    """The most frequent value; of equally frequent ones the smallest, texts by their bytes."""
    counts = Counter(values)
    most = max(counts.values())
    frequent = [value for value, count in counts.items() if count == most]
    return Cell(min(frequent, key=lambda value: value.encode() if isinstance(value, str) else value))


def as_text(value: Any) -> str:
    """How a value is written where JSON needs text: the keys of a map, the names of a split metric's parts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return str(value)


def completeness(values: list[Any], wanted: Any) -> Cell:
    if isinstance(wanted, list):
        return Cell(sum(want in values for want in wanted) / len(wanted))
    found = Counter(as_text(value) for value in values)
    needed = math.fsum(wanted.values())
    if needed == 0:
        return missing("undefined")
    return Cell(math.fsum(min(found[want], amount) for want, amount in wanted.items()) / needed)


def over_values(agg: str, values: list[Any], spec: dict[str, Any]) -> Cell:
    """The aggregations that look at values alone; nulls are out already."""
    if agg == "count_distinct":
        return Cell(float(len(set(values))))
    if agg == "sum":
        return of_sum(exact_sum(values))
    if agg == "completeness":
        return completeness(values, spec["wanted"])
    if agg == "std":
        return deviation(values)
    if not values:
        return missing("silent")
    if agg == "mean":
        return Cell(exact_mean(values))
    if agg == "median":
        return Cell(statistics.median(map(float, values)), slack=4 * EPSILON * largest(values))
    if agg == "quantile":
        return quantile(values, spec["q"])
    if agg == "mode":
        return mode(values)
    if agg == "top_share":
        return Cell(max(Counter(values).values()) / len(values))
    if agg == "entropy":
        return entropy(values)
    return Cell({"min": min, "max": max}[agg](values))


def over_rows(agg: str, rows: list[Taken], edge: Instant, spec: dict[str, Any]) -> Cell:
    """`rows` are those in the window that pass `where`; `value` is None for a null `of`."""
    if agg == "count":
        return Cell(float(len(rows)))
    if agg == "decayed":
        return decayed([taken for taken in rows if taken.value is not None], edge, spec["half_life"])
    if agg in ("first", "last"):
        value = boundary(rows, agg == "last").value if rows else None
        return missing("silent") if value is None else Cell(value)
    if agg in ("first_time", "last_time", "days_since_first", "days_since_last", "longest_gap", "days_to_end"):
        return about_time(agg, rows, edge) if rows else missing("silent")
    return over_values(agg, [taken.value for taken in rows if taken.value is not None], spec)


def about_time(agg: str, rows: list[Taken], edge: Instant) -> Cell:
    if agg == "longest_gap":
        return longest_gap(rows, edge)
    if agg == "days_to_end":
        return days_to_end(rows, edge)
    instant = boundary(rows, agg in ("last_time", "days_since_last")).instant
    return Cell(instant) if agg.endswith("_time") else Cell((edge - instant) / DAY)


def summarise(then: str, buckets: list[tuple[int, float]], newest: int, above: float) -> Cell:
    """`buckets`: number (oldest of the window 0) and value of those that were not left out."""
    values = [value for _, value in buckets]
    if then == "slope":
        return slope(buckets)
    if then == "active":
        return Cell(float(sum(value > above for value in values)))
    if then == "streak":
        by_number, run = dict(buckets), 0
        while newest - run in by_number and by_number[newest - run] > above:
            run += 1
        return Cell(float(run))
    if then == "floored":
        total = 0.0
        for value in values:
            total = max(0.0, total + value)
        return Cell(total)
    return over_values(then, values, {})
