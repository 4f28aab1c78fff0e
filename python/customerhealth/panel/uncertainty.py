"""How sure a score is: its spread under other weights, and under the sampling of rates with few rows."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError, unknown
from ..io.columns import number_column, numbers_of
from ..io.results import as_table
from ..scored import Scored
from .draws import factors_of, normals_of, rate_at

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["uncertainty"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

_ROWS_AT_ONCE = 512  # of 1,000 rounds: four megabytes a column
_SAME = 1e-9
_RATIO = re.compile(r"\s*(\w+)\s*/\s*(\w+)\s*")


@dataclass(frozen=True)
class Drawing:
    """What is drawn, and how often."""

    rounds: int
    seed: int
    factor: float
    """Of weights; 1: none is drawn."""
    rates: Mapping[str, str] | None
    """The metric that counts the rows of each rate; None: no rate is drawn."""


@dataclass(frozen=True)
class _Measure:
    name: str
    weight: float
    source: str | None
    """The score that gives its points."""
    rate: str | None
    """The rate that it reads."""
    value: Floats
    points: Floats
    measured: Truths
    """Where the points are those of the value, and of no policy."""


@dataclass(frozen=True)
class _Level:
    """One score, with what each measure and cap says of each row of the panel."""

    spec: Mapping[str, Any]
    low: float
    high: float
    score: Floats
    measures: list[_Measure]
    limits: list[Floats]
    """Of each cap, where it is in force."""
    added: Floats
    """What all measures add to the score."""


def uncertainty(
    scored: Scored,
    score: str,
    factor: float,
    rates: Mapping[str, str] | None,
    confidence: float,
    rounds: int,
    seed: int,
) -> pa.Table:
    """See :meth:`Panel.uncertainty`."""
    import pyarrow as pa

    scored.check_score(score)
    _check(factor, confidence, rounds, seed)
    counted = _rates(scored, dict(rates or {}))
    columns = {"account_id": scored.table["account_id"], "as_of": scored.table["as_of"], "score": scored.table[score]}
    nest = _Nest(scored, score, counted, dict(rates or {}))
    middle = nest.levels[score].score if nest.rows else np.zeros(0)
    kinds = {
        "": Drawing(rounds, seed, factor, counted),
        "weights_": Drawing(rounds, seed, factor, None),
        "rates_": Drawing(rounds, seed, 1.0, counted),
    }
    for prefix, drawing in kinds.items():
        low, high = _ends(nest, score, drawing, confidence)
        columns[f"{prefix}low"] = number_column(np.fmin(low, middle))
        columns[f"{prefix}high"] = number_column(np.fmax(high, middle))
    return pa.table(columns).replace_schema_metadata(scored.table.schema.metadata)


def _check(factor: float, confidence: float, rounds: int, seed: int) -> None:
    if not (math.isfinite(factor) and factor >= 1):
        raise DataError(f"factor: expected a number, 1 or more; got {factor!r}")
    if not 0 < confidence < 1:
        raise DataError(f"confidence: expected a number between 0 and 1; got {confidence!r}")
    if rounds < 1:
        raise DataError(f"rounds: expected a whole number, 1 or more; got {rounds!r}")
    if not 0 <= seed < 2**64:
        raise DataError(f"seed: expected a whole number from 0 to 2^64 - 1; got {seed!r}")


def _ends(nest: _Nest, score: str, drawing: Drawing, confidence: float) -> tuple[Floats, Floats]:
    """The quantiles of the draws, row by row."""
    low, high = np.empty(nest.rows), np.empty(nest.rows)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    for begin in range(0, nest.rows, _ROWS_AT_ONCE):
        rows = slice(begin, min(begin + _ROWS_AT_ONCE, nest.rows))
        low[rows], high[rows] = np.quantile(nest.drawn(score, rows, drawing), tails, axis=0)
    return low, high


# ---- rates ----------------------------------------------------------------------------------------------------------


def _rates(scored: Scored, named: dict[str, str]) -> dict[str, str]:
    """The metric that counts the rows of each rate: of those that are named, and of counts divided by counts."""
    metrics = scored.model.to_dict().get("metrics", {})
    columns = scored.model.columns
    for rate, rows in named.items():
        for name in (rate, rows):
            if name not in columns:
                raise unknown("rates: a panel of this model has no column", name, columns)
        _check_rate(scored, rate, rows)
    found = {name: _counted(spec.get("formula", ""), metrics) for name, spec in metrics.items()}
    return {name: rows for name, rows in found.items() if rows} | named


def _check_rate(scored: Scored, rate: str, rows: str) -> None:
    values, counts = (numbers_of(scored.table, "rates", name) for name in (rate, rows))
    wrong = np.flatnonzero((values < 0) | (values > 1) | (counts < 0))
    if len(wrong):
        at = int(wrong[0])
        account = scored.table["account_id"][at].as_py()
        raise DataError(
            f"rates: expected '{rate}' between 0 and 1 and '{rows}' of 0 or more; account {account!r} has "
            f"{values[at]:g} and {counts[at]:g}",
            column=rate,
        )


def _counted(formula: str, metrics: Mapping[str, Any]) -> str | None:
    """The denominator of a share: a count divided by the count of all rows of the same table and window."""
    ratio = _RATIO.fullmatch(formula)
    if ratio is None or ratio[1] not in metrics or ratio[2] not in metrics:
        return None
    part, whole = ({**metrics[name]} for name in (ratio[1], ratio[2]))
    if whole.get("agg") != "count" or "by" in whole or "every" in whole:
        return None
    for spec in (part, whole):
        for words in ("description", "label", "unit", "digits"):
            spec.pop(words, None)
    part.pop("where", None)
    return ratio[2] if part == whole else None


# ---- draws ----------------------------------------------------------------------------------------------------------


class _Nest:
    """A score and those that it is made of."""

    def __init__(self, scored: Scored, top: str, rates: Mapping[str, str], named: Collection[str]) -> None:
        self.scored, self.rows, self.levels = scored, scored.core.rows, dict[str, _Level]()
        self.infos = {info["name"]: info for info in scored.model.core.scores}
        self.counts = {rate: numbers_of(scored.table, "rates", rows) for rate, rows in rates.items()}
        wanted = [top] if self.rows else []
        while wanted:
            name = wanted.pop()
            if name not in self.levels:
                self.levels[name] = self._level(name)
                wanted += self.infos[name]["sources"].values()
        self.order = list[str]()
        """Each score after those that it is made of."""
        while len(self.order) < len(self.levels):
            for name in self.levels:
                if name not in self.order and all(one in self.order for one in self.infos[name]["sources"].values()):
                    self.order.append(name)
        for rate in named:
            if self.rows and all(measure.rate != rate for level in self.levels.values() for measure in level.measures):
                raise DataError(f"rates: no measure of '{top}', or of what it is made of, has '{rate}' for its value")

    def _level(self, name: str) -> _Level:
        spec, info = self.scored.model.to_dict()["scores"][name], self.infos[name]
        table = as_table(self.scored.core.contributions(name))
        columns = {
            key: numbers_of(table, name, key).reshape(-1, self.rows) for key in ("value", "points", "contribution")
        }
        measured = table["reason"].is_null().to_numpy().reshape(-1, self.rows)
        measures = [
            self._measure(measure, spec, info, columns["value"][place], columns["points"][place], measured[place])
            for place, measure in enumerate(info["measures"])
        ]
        count = len(measures)
        return _Level(
            spec=spec,
            low=info["low"],
            high=info["high"],
            score=numbers_of(self.scored.table, name, name),
            measures=measures,
            limits=list(columns["value"][count : count + len(spec.get("caps", []))]),
            added=columns["contribution"][:count].sum(axis=0),
        )

    def _measure(
        self, name: str, spec: Mapping[str, Any], info: Any, value: Floats, points: Floats, measured: Truths
    ) -> _Measure:
        own = spec["measures"].get(name) or spec["measures"][name.partition(".")[0]]
        part = name.partition(".")[2]
        reads = f"{own['each']}.{part}" if "each" in own else own.get("value")
        return _Measure(
            name=name,
            weight=_weight(own, part),
            source=info["sources"].get(name),
            rate=reads if reads in self.counts else None,
            value=value,
            points=points,
            measured=measured,
        )

    def drawn(self, top: str, rows: slice, drawing: Drawing) -> Floats:
        """The score of some rows in each round: a row a round. Where the score is missing, so is it here."""
        done = dict[str, Floats]()
        for name in self.order:
            level = self.levels[name]
            points = [self._points(name, measure, rows, drawing, done) for measure in level.measures]
            total = _combined(level, rows, points, self._weights(name, drawing))
            total[:, self._is_given(level, rows)] = np.nan
            total, held = _settled(level, rows, total), level.score[rows]
            done[name] = np.where(np.isnan(held) | np.isnan(total), held, total)
        return done[top]

    def _weights(self, name: str, drawing: Drawing) -> list[Floats]:
        """Of each measure: a row a round, or one for all of them."""
        if drawing.factor == 1:
            return [np.full((1, 1), measure.weight) for measure in self.levels[name].measures]
        return [
            measure.weight
            * factors_of(drawing.seed, f"weight {name}.{measure.name}", drawing.rounds, drawing.factor)[:, np.newaxis]
            for measure in self.levels[name].measures
        ]

    def _points(
        self, name: str, measure: _Measure, rows: slice, drawing: Drawing, done: Mapping[str, Floats]
    ) -> Floats:
        """Likewise."""
        level, held = self.levels[name], measure.points[np.newaxis, rows]
        if measure.source is not None:
            found = _rescaled(done[measure.source], self.levels[measure.source], level)
            return np.where(np.isnan(found), held, _clamped(level, found))
        if measure.rate is None or drawing.rates is None:
            return held
        rate, count = measure.value[rows], self.counts[measure.rate][rows]
        z = normals_of(drawing.seed, f"rate {measure.rate}", drawing.rounds)[:, np.newaxis]
        values = np.ascontiguousarray(rate_at(rate[np.newaxis], count[np.newaxis], z))
        found = self.scored.core.points_of(name, measure.name, values, rows.start, rows.stop - rows.start)
        return np.where(measure.measured[rows] & (count > 0) & (rate >= 0) & (rate <= 1), found, held)

    @staticmethod
    def _is_given(level: _Level, rows: slice) -> Truths:
        """Where a cap gave the score, which its measures had not: then they add nothing."""
        points = [measure.points[np.newaxis, rows] for measure in level.measures]
        plain = _combined(level, rows, points, [np.full((1, 1), measure.weight) for measure in level.measures])[0]
        size = max(1.0, abs(level.low), abs(level.high))
        given: Truths = np.abs(plain - level.added[rows]) > _SAME * size
        return given


def _weight(measure: Mapping[str, Any], part: str) -> float:
    weight = measure.get("weight", 1)
    return float(weight.get(part, 0) if isinstance(weight, Mapping) else weight)


# ---- the roll-up, as model documents say -----------------------------------------------------------------------------


def _combined(level: _Level, rows: slice, points: list[Floats], weights: list[Floats]) -> Floats:
    rounds, how = max(each.shape[0] for each in [*points, *weights]), level.spec.get("combine", "mean")
    shape = rounds, rows.stop - rows.start
    total, weight, least, greatest = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    for measure, p, w in zip(level.measures, points, weights, strict=True):
        if measure.weight > 0:
            there = ~np.isnan(p)
            total, weight = total + np.where(there, w * p, 0.0), weight + np.where(there, w, 0.0)
            least, greatest = np.fmin(least, p), np.fmax(greatest, p)
    if how in ("lowest", "highest"):
        return least if how == "lowest" else greatest
    with np.errstate(invalid="ignore"):
        found = total if how == "sum" else np.clip(total / weight, least, greatest)
        return np.where(weight > 0, found, np.nan)


def _settled(level: _Level, rows: slice, total: Floats) -> Floats:
    """After caps, rounding and the ends of the scale."""
    if level.spec.get("combine") == "sum":
        total = np.clip(total, level.low, level.high)
    for cap, limits in zip(level.spec.get("caps", []), level.limits, strict=True):
        limit = limits[np.newaxis, rows]
        if "set" in cap:
            total = np.where(np.isnan(limit), total, limit)
        else:
            moved = np.minimum(total, limit) if "at_most" in cap else np.maximum(total, limit)
            total = np.where(np.isnan(limit), total, moved)
    digits = level.spec.get("round")
    if digits is not None:
        total = _rounded(total, digits)
    settled: Floats = np.clip(total, level.low, level.high)
    return settled


def _rounded(numbers: Floats, digits: int) -> Floats:
    """Halves away from zero."""
    power = 10.0 ** abs(digits)
    moved = np.abs(numbers) * power if digits >= 0 else np.abs(numbers) / power
    whole = np.floor(moved)
    whole = whole + (moved - whole >= 0.5)
    rounded: Floats = np.copysign(whole / power if digits >= 0 else whole * power, numbers)
    return rounded


def _rescaled(numbers: Floats, inner: _Level, outer: _Level) -> Floats:
    if (inner.low, inner.high) == (outer.low, outer.high):
        return numbers
    return outer.low + (numbers - inner.low) * (outer.high - outer.low) / (inner.high - inner.low)


def _clamped(level: _Level, points: Floats) -> Floats:
    most = max(abs(level.low), abs(level.high))
    low, high = (-most, most) if level.spec.get("combine") == "sum" else (level.low, level.high)
    clamped: Floats = np.clip(points, low, high)
    return clamped
