"""Whom grades got wrong: green and lost, red and kept, with what their score was made of then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..explain.part_names import PartNames
from ..explain.words import show_signed
from ..io.columns import Flags
from ..results.signs import short
from .parts import of_candidate
from .study import Part, Study

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["missed", "spared"]

_NAMED = 3


def missed(study: Study) -> pa.Table:
    """Accounts with the outcome while they had the best grade."""
    return _table(study, best=True)


def spared(study: Study) -> pa.Table:
    """Accounts that had the worst grade, and did not have the outcome."""
    return _table(study, best=False)


def _table(study: Study, *, best: bool) -> pa.Table:
    rows = []
    for k, names in enumerate(study.cases.grades):
        for part in study.parts if names else ():
            grade = study.cases.grade[k][part.sample.row]
            wrong = (grade == len(names) - 1) & part.sample.event if best else (grade == 0) & ~part.sample.event
            rows += [study.head(k, part) | row for row in _accounts(study, k, part, wrong)]
    kinds = {"account_id": "account", "as_of": "instant", "outcome_at": "instant", "value": "number", "grade": "text"}
    return study.table(rows, {**kinds, "revenue": "number", "cases": "count", "because": "text"})


def _accounts(study: Study, k: int, part: Part, wrong: Flags) -> list[dict[str, Any]]:
    """Each account once, at its last such as-of; those that pay most come first."""
    cases = study.cases
    row = part.sample.row[wrong]
    row = row[np.lexsort((cases.as_of[row], cases.account[row]))]
    account = cases.account[row]
    last = row[np.append(account[1:] != account[:-1], True)] if len(row) else row
    _, count = np.unique(account, return_counts=True)
    out = []
    for place, many in zip(last.tolist(), count.tolist(), strict=True):
        came = int(cases.outcome_at[place]) if cases.outcome[place] >= 0 else None
        line: dict[str, Any] = {"account_id": int(cases.account[place]), "as_of": int(cases.as_of[place])}
        line |= {"outcome_at": came, "value": float(cases.values[k][place])}
        line |= {"grade": cases.grades[k][cases.grade[k][place]], "revenue": float(cases.revenue[place])}
        out.append(line | {"cases": many, "because": _because(study, k, place)})
    return sorted(out, key=lambda line: -np.nan_to_num(line["revenue"]))


def _names(study: Study, k: int, parts: Sequence[str]) -> list[str]:
    """What people call the parts of a candidate."""
    names = study.keep(
        ("names", k), lambda: PartNames(study.cases.model.to_dict(), study.question.candidates[k].column)
    )
    return [short(names.label(part)) if names.look(part).label else part for part in parts]


def _because(study: Study, k: int, row: int) -> str:
    """The measures that pulled the score furthest, with their points."""
    points = of_candidate(study, k)
    if points is None:
        return ""
    names, mine, shares = _names(study, k, points.names), points.points[:, row], points.shares[:, row]
    pull = np.nan_to_num(shares * (mine - points.value[row]))
    order = [place for place in np.argsort(-np.abs(pull), kind="stable").tolist() if not np.isnan(mine[place])]
    said = [f"{names[place]} {mine[place]:.0f} ({show_signed(pull[place])})" for place in order[:_NAMED]]
    if points.capped[row]:
        said.append(f"capped ({show_signed(points.capped[row])})")
    silent = [name for name, value in zip(names, mine, strict=True) if np.isnan(value)]
    return ", ".join(said + [f"{name} missing" for name in silent[:_NAMED]])
