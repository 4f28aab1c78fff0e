"""The measures of a score, row by row: their points and weights, and the score made anew from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from ..errors import ModelError
from ..io.columns import Floats
from ..io.results import as_table
from ..model import Model
from ..scored import Scored
from .cases import Cases, without_trends

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Points", "points_of", "whole_panel"]


def whole_panel(cases: Cases) -> Scored:
    """All columns of the as-ofs, without those of trends where nothing reads them.

    So are cohorts and journeys left out, which walk the clock.
    """
    document = cases.loaded.model.to_dict()
    bound = cases.loaded
    rest = {key: value for key, value in document.items() if key not in ("journeys", "cohorts", "plays")}
    try:
        core = _core.Model.for_tables_of(json.dumps(rest), cases.loaded.model.core)
        bound = cases.loaded.under(core, progress=False)
    except ModelError:
        pass  # something does read them
    bound = without_trends(bound, [])
    return bound.score(cases.question.as_ofs.astype("datetime64[us]"))


@dataclass(frozen=True)
class Points:
    """Of one score; a row a measure, a column a panel row."""

    names: list[str]
    points: Floats
    """NaN where a measure says nothing."""
    weights: Floats
    """As the document has them; measures made by `each` have those of their effective shares."""
    shares: Floats
    """Of the row's score."""
    value: Floats
    """The score itself."""
    capped: Floats
    """How far caps moved the score."""
    combine: str
    scale: tuple[float, float]

    def made(self, points: Floats, weights: Floats) -> Floats:
        """The score from other points or weights. What a cap did it does again; rounding is left out."""
        low, high = self.scale
        there = ~np.isnan(points) & (weights[:, None] > 0)
        held = np.where(there, points, 0.0)
        weight = np.where(there, weights[:, None], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.combine == "mean":
                made = (weight * held).sum(axis=0) / weight.sum(axis=0)
            elif self.combine == "sum":
                made = np.where(there.any(axis=0), np.clip((weight * held).sum(axis=0), low, high), np.nan)
            else:
                pick = np.fmin if self.combine == "lowest" else np.fmax
                made = pick.reduce(np.where(there, points, np.nan), axis=0)
        made = np.where(self.capped < 0, np.minimum(made, self.value), made)
        made = np.where(self.capped > 0, np.maximum(made, self.value), made)
        return np.where(np.isnan(self.value), np.nan, made)


def points_of(scored: Scored, score: str) -> Points:
    """From the contributions of a panel, which come a measure at a time, each in the order of the panel's rows."""
    table = as_table(scored.core.contributions(score))
    count = scored.table.num_rows
    value = _numbers(scored.table, score)
    names = table["part"].to_numpy()[::count].tolist() if count else []
    wanted = ("points", "weight", "contribution")
    points, shares, moved = (_numbers(table, name).reshape(len(names), count) for name in wanted)
    document: dict[str, Any] = scored.model.to_dict()["scores"][score]
    is_cap = np.array([str(name).startswith("cap:") for name in names], np.bool_)
    measures = [place for place, name in enumerate(names) if name in _measures(scored.model, score)]
    low, high = document.get("scale", [0, 100])
    return Points(
        names=[str(names[place]) for place in measures],
        points=points[measures],
        weights=np.array([_weight(document, str(names[place]), shares[place]) for place in measures]),
        shares=shares[measures],
        value=value,
        capped=np.nan_to_num(moved[is_cap]).sum(axis=0) if is_cap.any() else np.zeros(count),
        combine=str(document.get("combine", "mean")),
        scale=(float(low), float(high)),
    )


def _measures(model: Model, score: str) -> set[str]:
    return next(set(each["measures"]) for each in model.core.scores if each["name"] == score)


def _weight(document: dict[str, Any], name: str, shares: Floats) -> float:
    """As written; a measure made by `each` may have one a value."""
    measure = document["measures"].get(name)
    if measure is None:
        base, _, value = name.partition(".")
        written = document["measures"].get(base, {}).get("weight", 1)
        return float(written.get(value, 0) if isinstance(written, dict) else written)
    written = measure.get("weight", 1)
    return float(written) if not isinstance(written, dict) else float(np.nanmax(shares, initial=0.0))


def _numbers(table: pa.Table, name: str) -> Floats:
    values: Floats = table[name].combine_chunks().fill_null(np.nan).to_numpy(zero_copy_only=False).astype(np.float64)
    return values
