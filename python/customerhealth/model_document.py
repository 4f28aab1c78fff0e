"""The types of a model document, for editors and type checkers; made from the table of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

__all__ = [
    "Band",
    "By",
    "CalibratedFrom",
    "Cap",
    "Case",
    "Clock",
    "Cohort",
    "Each",
    "Grade",
    "Hysteresis",
    "Instant",
    "Journey",
    "Logistic",
    "Logit",
    "Measure",
    "Metric",
    "ModelDocument",
    "Percentile",
    "Play",
    "Probability",
    "Score",
    "Shrink",
    "Skip",
    "Stage",
    "Table",
    "Through",
    "Trend",
    "Zscore",
]


class _Clock(TypedDict, total=False):
    every: str
    anchor: str
    description: str


class Clock(_Clock):
    """Ticks at anchor + k * every, k >= 0: what depends on the past walks them."""



class _Table(TypedDict, total=False):
    through: Through
    time: str
    start: str
    end: str
    known: str
    key: str | Sequence[str]
    deleted: str
    order: str
    currency: str
    label: str
    end_known: Literal["with_row", "at_end"]
    end_is: Literal["exclusive", "last_day", "inclusive"]
    stale_after: str
    skip: Skip
    rows: str
    each: Each
    types: Mapping[str, Literal["number", "text", "boolean", "instant"] | Instant]
    zone: str
    columns: Mapping[str, str]
    where: str
    description: str


class Table(_Table):
    """A table the model reads. The keys from `account` to `deleted` name its columns."""

    kind: Literal["accounts", "events", "intervals", "states", "keys"]
    account: str


class _Through(TypedDict, total=False):
    description: str


class Through(_Through):
    """Whose a row is goes by a table of keys: the last row of a key gives its account."""

    table: str


class _Skip(TypedDict, total=False):
    first: int
    below_header: int
    last: int
    description: str


class Skip(_Skip):
    """Lines of a text file, or rows of a sheet, that are no rows of the table."""



class _Each(TypedDict, total=False):
    split: str
    description: str


class Each(_Each):
    """A row for each element of a column, which then holds the element, without outer blanks."""

    column: str


class _Instant(TypedDict, total=False):
    zone: str
    description: str


class Instant(_Instant):
    """How a column of a source writes its instants."""

    instant: str


_Metric = TypedDict(
    "_Metric",
    {
        "label": "str",
        "unit": "str",
        "digits": "int",
        "formula": "str",
        "from": "str",
        "agg": 'Literal["count", "count_distinct", "sum", "decayed", "mean", "std", "median", "quantile", "min", "max", "first", "last", "first_time", "last_time", "days_since_first", "days_since_last", "days_to_end", "days_unbroken", "longest_gap", "mode", "top_share", "entropy", "completeness"]',
        "of": "str",
        "where": "str",
        "rows": 'Literal["alive", "started", "ended", "upcoming", "any"]',
        "window": "str",
        "offset": "str",
        "since": "str",
        "full_window": "bool",
        "every": "str",
        "then": 'Literal["mean", "median", "min", "max", "std", "slope", "active", "streak", "floored"]',
        "empty": 'Literal["skip"]',
        "above": "float",
        "by": "By",
        "min_rows": "int",
        "stale_after": "str",
        "q": "float",
        "half_life": "str",
        "gap": "str",
        "wanted": "Sequence[str | float | bool] | Mapping[str, float]",
        "description": "str",
    },
    total=False,
)


class Metric(_Metric):
    """A column of the panel: a formula over other metrics, or an aggregate of a table's rows before E = as_of - offset."""



class _By(TypedDict, total=False):
    description: str


class By(_By):
    """Splits a metric: one column a value, named METRIC.value."""

    column: str
    values: Sequence[str | float | bool]


class _Score(TypedDict, total=False):
    label: str
    unit: str
    digits: int
    scale: Sequence[float]
    combine: Literal["mean", "sum", "lowest", "highest"]
    least_coverage: float
    caps: Sequence[Cap]
    round: int | None
    grades: Sequence[Grade]
    hysteresis: Hysteresis
    trend: Trend
    probability: Probability
    include: str
    description: str


class Score(_Score):
    """Measures rolled up into one number; columns S, S_coverage and, with grades, S_grade."""

    measures: Mapping[str, Measure]


class _Measure(TypedDict, total=False):
    label: str
    unit: str
    digits: int
    value: str
    score: str
    each: str
    weight: float | Mapping[str, float]
    bands: Sequence[Band]
    curve: Sequence[Sequence[float]]
    labels: Mapping[str, float]
    identity: Literal[True]
    logistic: Logistic
    percentile: Percentile
    zscore: Zscore
    cases: Sequence[Case]
    descending: bool
    shrink: Shrink
    missing: Literal["skip", "fail"] | float | Mapping[str, Literal["skip", "fail"] | float]
    description: str


class Measure(_Measure):
    """A part of a score: a source, a weight and, for a value, a shape or cases."""



class _Band(TypedDict, total=False):
    below: float
    up_to: float
    name: str
    description: str


class Band(_Band):
    """Points for the values up to an edge; the last band may have none."""

    points: float | None


class _Logistic(TypedDict, total=False):
    description: str


class Logistic(_Logistic):
    """An S-shaped curve between the ends of the scale."""

    midpoint: float
    slope: float


class _Percentile(TypedDict, total=False):
    within: str
    least: int
    rank: Literal["mid", "below", "at_most"]
    description: str


class Percentile(_Percentile):
    """Where the value stands among those of the same as-of."""



class _Zscore(TypedDict, total=False):
    within: str
    least: int
    limit: float
    description: str


class Zscore(_Zscore):
    """How far the value is from the mean of those of the same as-of; all equal: the middle."""



class _Case(TypedDict, total=False):
    when: str
    bands: Sequence[Band]
    curve: Sequence[Sequence[float]]
    labels: Mapping[str, float]
    identity: Literal[True]
    logistic: Logistic
    percentile: Percentile
    zscore: Zscore
    points: float
    missing: Literal["never", "silent", "stale", "too_young", "too_few", "open", "undefined", "not_applicable", "out_of_range", "few_peers", "coverage"]
    description: str


class Case(_Case):
    """The first case that holds gives the shape, the points or the reason."""



class _Shrink(TypedDict, total=False):
    description: str


class Shrink(_Shrink):
    """Draws values of few rows towards the peers' mean: (n v + k m)/(n + k)."""

    rows: str
    strength: float


class _Cap(TypedDict, total=False):
    when: str
    at_most: float | str
    at_least: float | str
    set: float | str
    description: str


class Cap(_Cap):
    """Holds the combined score down or up, or sets it, where a rule is true."""

    name: str


_Grade = TypedDict(
    "_Grade",
    {
        "label": "str",
        "from": "float",
        "above": "float",
        "description": "str",
    },
    total=False,
)


class Grade(_Grade):
    """A name for a range of the score, from its edge up to the next."""

    name: str


class _Hysteresis(TypedDict, total=False):
    points: float
    description: str


class Hysteresis(_Hysteresis):
    """A grade that is held from tick to tick of the clock, until the score has clearly left it."""



class _Trend(TypedDict, total=False):
    over: str
    flat_within: float
    description: str


class Trend(_Trend):
    """The score beside what it was; columns S_change, S_trend and, with grades, S_grade_before."""



_Probability = TypedDict(
    "_Probability",
    {
        "of": "str",
        "horizon": "str",
        "logistic": "Logit",
        "curve": "Sequence[Sequence[float]]",
        "low": "Sequence[Sequence[float]]",
        "high": "Sequence[Sequence[float]]",
        "from": "CalibratedFrom",
        "description": "str",
    },
    total=False,
)


class Probability(_Probability):
    """How likely is, at a score, what the score warns of; columns S_probability and, with `low` and `high`, S_probability_low and S_probability_high."""



class _Logit(TypedDict, total=False):
    description: str


class Logit(_Logit):
    """A probability of 1 / (1 + e^-(a - b score))."""

    a: float
    b: float


class _CalibratedFrom(TypedDict, total=False):
    cases: int
    events: int
    accounts: int
    observed: str
    description: str


class CalibratedFrom(_CalibratedFrom):
    """What a probability was learned from; it changes no number."""



class _Journey(TypedDict, total=False):
    moves: Mapping[str, Sequence[str]]
    start: str
    description: str


class Journey(_Journey):
    """Stages walked tick by tick; columns J, J_since, J_days, J_previous, J_stalled."""

    stages: Sequence[Stage]


class _Stage(TypedDict, total=False):
    label: str
    exit: str
    least: str
    deadline: str
    owner: str
    roles: Sequence[str]
    description: str


class Stage(_Stage):
    """A step of a journey."""

    name: str
    enter: str


class _Cohort(TypedDict, total=False):
    label: str
    revenue: str
    description: str


class Cohort(_Cohort):
    """The accounts for which a rule is true; a boolean column."""

    when: str


class _Play(TypedDict, total=False):
    unless: str
    closes: str
    cooldown: str
    priority: float | str
    due: str
    label: str
    owner: str
    role: str
    channel: str
    message: str
    evidence: Sequence[str]
    description: str


class Play(_Play):
    """What to do when a rule becomes true, walked tick by tick; its texts are those of the opening."""

    when: str


_ModelDocument = TypedDict(
    "_ModelDocument",
    {
        "$schema": "str",
        "name": "str",
        "description": "str",
        "clock": "Clock",
        "tables": "Mapping[str, Table]",
        "metrics": "Mapping[str, Metric]",
        "scores": "Mapping[str, Score]",
        "journeys": "Mapping[str, Journey]",
        "cohorts": "Mapping[str, Cohort]",
        "plays": "Mapping[str, Play]",
        "include": "str",
    },
    total=False,
)


class ModelDocument(_ModelDocument):
    """A model of customerhealth."""

    format: Literal[1]
