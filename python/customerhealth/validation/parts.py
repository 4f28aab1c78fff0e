"""What each measure of a score is worth, and whether its weight matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import foresight
from ..io.columns import Floats, Ints
from .points import Points, points_of, whole_panel
from .sample import Sample, interval
from .study import Part, Study

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FACTORS", "measures", "of_candidate", "sensitivity"]

FACTORS = (0.5, 0.8, 1.25, 2.0)
_SHUFFLES = 5
_WEIGHTS = 100  # drawn at once; each between half and twice of what it is


def of_candidate(study: Study, k: int) -> Points | None:
    """The measures of a score; None: the candidate is a metric."""
    candidate = study.question.candidates[k]
    if not candidate.is_score:
        return None
    scored = study.keep("panel", lambda: whole_panel(study.cases))
    made: Points = study.keep(("points", candidate.column), lambda: points_of(scored, candidate.column))
    return made


def measures(study: Study) -> pa.Table:
    """What each measure foresees alone, and what the score does without it."""
    rows = []
    for k, candidate in enumerate(study.question.candidates):
        points = of_candidate(study, k)
        for part in study.parts if points is not None else ():
            assert points is not None
            rows += [study.head(k, part) | row for row in _measured(study, points, candidate.sign, part)]
    numbers = ("weight", "share_missing", "auc_alone", "auc_without", "auc_permuted")
    return study.table(rows, {"part": "text", **dict.fromkeys(numbers, "number"), "against": "flag"})


def _measured(study: Study, points: Points, sign: int, part: Part) -> list[dict[str, Any]]:
    sample, rows = part.sample, []
    mine, value = _of_sample(points, sample)
    for place, name in enumerate(points.names):
        row: dict[str, Any] = {"part": name, "weight": float(points.weights[place])}
        row["share_missing"] = float(np.isnan(mine[place]).mean()) if len(sample.row) else None
        if 0 < sample.event.sum() < len(sample.event):
            rest = points.weights.copy()
            rest[place] = 0.0
            shuffled = [_permuted(study, sample, mine, place, turn) for turn in range(_SHUFFLES)]
            others = [value.made(mine, rest), *(value.made(each, points.weights) for each in shuffled)]
            found = _aucs(
                study, sample, np.stack([mine[place], *(sign * each for each in others)]), study.question.rounds
            )
            _, high = interval(found["auc_draws"][0], study.question.confidence)
            row |= {"auc_alone": float(found["auc"][0]), "auc_without": float(found["auc"][1])}
            row |= {"auc_permuted": float(found["auc"][2:].mean()), "against": high is not None and high < 0.5}
        rows.append(row)
    return rows


def _of_sample(points: Points, sample: Sample) -> tuple[Floats, Points]:
    """The points of the sample's cases, and what makes scores of them."""
    row = sample.row
    made = Points(
        points.names, points.points[:, row], points.weights, points.shares[:, row], points.value[row],
        points.capped[row], points.combine, points.scale,
    )  # fmt: skip
    return made.points, made


def _permuted(study: Study, sample: Sample, points: Floats, place: int, turn: int) -> Floats:
    """One measure dealt anew among the cases of each as-of; the same whatever the accounts are called."""
    as_of = study.cases.as_of[sample.row]
    key = np.array([study.question.seed, turn], np.uint64)
    dealt = np.random.Generator(np.random.Philox(key=key)).random(len(as_of))
    out: Floats = points.copy()
    out[place][np.argsort(as_of, kind="stable")] = points[place][np.lexsort((dealt, as_of))]
    return out


def _aucs(study: Study, sample: Sample, values: Floats, rounds: int) -> dict[str, Any]:
    account, shares = sample.account.astype(np.int32), np.array([1.0])
    values = np.ascontiguousarray(values)
    seed, threads = study.question.seed, study.threads
    found: dict[str, Any] = {**foresight(values, sample.event, account, shares, rounds, seed, threads)}
    return found


def sensitivity(study: Study) -> pa.Table:
    """What other weights would change: each measure's alone, and all at once."""
    rows = []
    for k in range(len(study.question.candidates)):
        points = of_candidate(study, k)
        for part in study.parts if points is not None else ():
            assert points is not None
            rows += [study.head(k, part) | row for row in _changed(study, k, points, part)]
    kinds = {
        "part": "text",
        **dict.fromkeys(("weight", "factor", "rank_correlation", "grades_changed", "auc"), "number"),
    }
    return study.table(rows, kinds)


def _changed(study: Study, k: int, points: Points, part: Part) -> list[dict[str, Any]]:
    sample = part.sample
    mine, value = _of_sample(points, sample)
    edges = _edges(study, k)
    made, rows = [], []
    for place, name in enumerate(points.names):
        for factor in FACTORS:
            weights = points.weights.copy()
            weights[place] *= factor
            made.append(value.made(mine, weights))
            rows.append({"part": name, "weight": float(points.weights[place]), "factor": factor})
    rows.append({"part": None, "weight": None, "factor": None})
    key = np.array([study.question.seed, _WEIGHTS], np.uint64)
    drawn = np.exp2(np.random.Generator(np.random.Philox(key=key)).uniform(-1, 1, (_WEIGHTS, len(points.names))))
    now = value.made(mine, points.weights)
    ranks = _ranked(now[~np.isnan(now)])
    told = [_set_against(study, k, sample, now, ranks, each, edges) for each in made]
    others = (value.made(mine, points.weights * each) for each in drawn)
    several = [_set_against(study, k, sample, now, ranks, each, edges) for each in others]
    told.append({name: _mean([each[name] for each in several]) for name in several[0]})
    return [row | figures for row, figures in zip(rows, told, strict=True)]


def _set_against(
    study: Study, k: int, sample: Sample, now: Floats, ranks: Floats, then: Floats, edges: list[tuple[float, bool]]
) -> Any:
    """How far a score with other weights stands from the one that is; `ranks` are those of what there is of it."""
    known = ~np.isnan(now)
    there = known & ~np.isnan(then)
    auc = None
    if 0 < sample.event.sum() < len(sample.event):
        sign = study.question.candidates[k].sign
        auc = float(_aucs(study, sample, sign * then[None, :], 0)["auc"][0])
    changed = float((_grade(now[there], edges) != _grade(then[there], edges)).mean()) if edges and there.any() else None
    alike = (known == there).all()  # else ranks are others
    correlation = correlated(ranks if alike else _ranked(now[there]), _ranked(then[there]))
    return {"rank_correlation": correlation, "grades_changed": changed, "auc": auc}


def _edges(study: Study, k: int) -> list[tuple[float, bool]]:
    """Where grades begin, and whether the edge itself is in."""
    column = study.question.candidates[k].column
    grades = study.cases.model.to_dict()["scores"][column].get("grades", [])
    return [(float(each.get("from", each.get("above"))), "from" in each) for each in grades[1:]]


def _grade(values: Floats, edges: list[tuple[float, bool]]) -> Ints:
    out = np.zeros(len(values), np.int64)
    for edge, is_in in edges:
        out += (values >= edge) if is_in else (values > edge)
    return out


def correlated(one: Floats, other: Floats) -> float | None:
    """The correlation of ranks from 1 on. None: all are equal, or there are fewer than two."""
    if len(one) < 2:
        return None
    ranks = [each - (len(one) + 1) / 2 for each in (one, other)]
    scale = float(np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum()))
    return float((ranks[0] * ranks[1]).sum()) / scale if scale > 0 else None


def _ranked(values: Floats) -> Floats:
    """The place of each in their order; ties have the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], np.float64)


def _mean(values: list[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
