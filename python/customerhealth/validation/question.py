"""What is asked of a validation, checked before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError, unknown
from ..io.columns import Ints
from ..io.instants import AsOf, AsOfs, one_instant, to_micros
from ..model import Model
from ..worth import worth_of
from .ahead import checked_length
from .rules import Outcome, outcomes_of

__all__ = ["Candidate", "Question", "asked"]

_MOST_ROUNDS = 100_000


@dataclass(frozen=True)
class Candidate:
    """A score or a metric that is to foresee. A higher value means less risk."""

    name: str
    """As asked for: ``-NAME`` is turned over."""
    column: str
    sign: int
    """-1: a higher value of the column means more risk."""
    is_score: bool


@dataclass(frozen=True)
class Question:
    """The arguments of :meth:`Portfolio.validate`."""

    candidates: list[Candidate]
    as_ofs: Ints
    outcomes: list[Outcome]
    horizon: str
    lead: str | None
    among: str | None
    by: list[str]
    capacity: list[int]
    per: str | None
    observed: int | None
    confidence: float
    rounds: int
    seed: int
    grades: str
    """``edges``, ``held`` or ``none``."""
    revenue: str | None


def asked(
    model: Model,
    scores: str | Sequence[str] | None,
    as_ofs: AsOfs,
    outcome: object,
    horizon: str,
    lead: str,
    among: str | None,
    by: str | Sequence[str] | None,
    capacity: int | Sequence[int],
    per: str | None,
    observed: AsOf | None,
    confidence: float,
    rounds: int,
    seed: int,
    grades: bool | str,
    revenue: str | None,
) -> Question:
    """The arguments, each refused by its name where it does not fit. No scores (None): only what came is asked."""
    instants = np.unique(to_micros(as_ofs))
    if not len(instants):
        raise DataError("as_ofs: expected one date or more, got none")
    last = None if observed is None else one_instant(observed, "observed")
    if last is not None and last < instants[-1]:
        raise DataError(
            f"observed: {_core.show_instant(last)} is before the last as-of {_core.show_instant(int(instants[-1]))}"
        )
    if revenue is not None and revenue not in model.columns:
        raise unknown("revenue: a panel of this model has no column", revenue, model.columns)
    return Question(
        candidates=[] if scores is None else _candidates(model, scores),
        as_ofs=instants,
        outcomes=outcomes_of(outcome),
        horizon=str(checked_length("horizon", horizon)),
        lead=checked_length("lead", lead, nothing=True),
        among=_formula("among", among),
        by=_names("by", by),
        capacity=[_whole("capacity", each, 1, 2**31 - 1) for each in _listed(capacity)],
        per=_formula("per", per),
        observed=last,
        confidence=_confidence(confidence),
        rounds=_whole("rounds", rounds, 1, _MOST_ROUNDS),
        seed=_whole("seed", seed, 0, 2**63 - 1),
        grades=_grades(grades),
        revenue=revenue if revenue is not None else worth_of(model),
    )


def _candidates(model: Model, scores: str | Sequence[str]) -> list[Candidate]:
    names = _names("scores", scores)
    if not names:
        raise DataError("scores: expected a score or a metric, or several, got none")
    if len(set(names)) < len(names):
        raise DataError(f"scores: {next(name for name in names if names.count(name) > 1)} is named twice")
    out = []
    for name in names:
        column = name.removeprefix("-")
        if column not in model.columns:
            raise unknown("scores: the model has no score or metric", column, [*model.scores, *model.columns])
        out.append(Candidate(name, column, -1 if name.startswith("-") else 1, column in model.scores))
    return out


def _listed(value: Any) -> list[Any]:
    return list(value) if hasattr(value, "__iter__") and not isinstance(value, str) else [value]


def _names(what: str, value: Any) -> list[str]:
    names = [] if value is None else _listed(value)
    for name in names:
        if not isinstance(name, str):
            raise DataError(f"{what}: expected a name or a list of names, got {name!r}")
    return names


def _formula(what: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise DataError(f"{what}: expected a formula as a text, got {value!r}")
    return value


def _confidence(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise DataError(f"confidence: expected a number between 0 and 1, got {value!r}")
    return float(value)


def _whole(what: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= int(value) <= most:
        raise DataError(f"{what}: expected a whole number from {least} to {most:,}, got {value!r}")
    return int(value)


def _grades(grades: object) -> str:
    if grades is True:
        return "edges"
    if grades is False:
        return "none"
    if grades == "held":
        return "held"
    raise DataError(f"grades: expected True, False or 'held', got {grades!r}")
