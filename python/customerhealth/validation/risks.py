"""How often the outcome came by grade, and by what was foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import Floats, Ints
from .sample import interval
from .shares import wilson
from .study import Study

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RATE", "calibration", "grades", "rate_of", "ratio"]

RATE = dict.fromkeys(("rate", "rate_low", "rate_high", "wilson_low", "wilson_high"), "number")
_BINS = 10


def rate_of(cases: int, events: int, accounts: int, drawn: Floats, confidence: float) -> dict[str, Any]:
    """A share of cases with its interval by draws of accounts, and Wilson's of the effective number of cases.

    The effective number is how many cases that are independent of each other would scatter as widely as the draws.
    Where these do not scatter at all (no event, or nothing else) it is the number of accounts: months of one are one
    story.
    """
    if not cases:
        return {}
    rate = events / cases
    low, high = interval(drawn, confidence)
    there = drawn[~np.isnan(drawn)]
    scatter = float(there.var()) if len(there) else 0.0
    effective = min(rate * (1 - rate) / scatter, cases) if scatter > 0 and 0 < rate < 1 else float(accounts)
    wilson_low, wilson_high = wilson(rate * effective, effective, confidence)
    return {"rate": rate, "rate_low": low, "rate_high": high, "wilson_low": wilson_low, "wilson_high": wilson_high}


def grades(study: Study) -> pa.Table:
    """A row a grade of each score that has them, from the worst to the best."""
    rows, confidence = [], study.question.confidence
    as_ofs = len(np.unique(study.cases.as_of[study.sample.row]))
    for k, names in enumerate(study.cases.grades):
        for part in study.parts if names else ():
            sample = part.sample
            grade = study.cases.grade[k][sample.row]
            found = study.rates(grade, len(names), sample)
            drawn = ratio(found["events_draws"], found["cases_draws"])
            graded = int((grade >= 0).sum())
            for place, name in enumerate(names):
                mine = grade == place
                cases, events = int(found["cases"][place]), int(found["events"][place])
                accounts = len(np.unique(sample.account[mine]))
                rows.append(
                    study.head(k, part)
                    | {"grade": name, "cases": cases, "share": cases / graded if graded else None}
                    | {"accounts": accounts, "events": events}
                    | rate_of(cases, events, accounts, drawn[place], confidence)
                    | {"revenue": _worth(study, sample.row[mine], as_ofs)}
                )
    kinds = {"grade": "text", "cases": "count", "share": "number", "accounts": "count", "events": "count"}
    return study.table(rows, {**kinds, **RATE, "revenue": "number"})


def _worth(study: Study, rows: Ints, as_ofs: int) -> float | None:
    """The revenue of these cases on an average as-of."""
    worth = study.cases.revenue[rows]
    return None if np.isnan(study.cases.revenue).all() or not as_ofs else float(np.nansum(worth)) / as_ofs


def ratio(upper: Floats, lower: Floats) -> Floats:
    out = np.full(upper.shape, np.nan)
    np.divide(upper, lower, out=out, where=lower > 0)
    return out


def calibration(study: Study) -> pa.Table:
    """Ten bins of equal cases by what was foretold; cases foretold alike are never parted."""
    rows, confidence = [], study.question.confidence
    for k in range(len(study.question.candidates)):
        for part in study.parts:
            sample, value, foretold = part.sample, part.sample.value[k], study.predicted(k)[part.which]
            bins = _bins(foretold)
            found = study.rates(bins, _BINS, sample)
            drawn = ratio(found["events_draws"], found["cases_draws"])
            shown = 0
            for place in range(_BINS):
                mine = bins == place
                if not mine.any():
                    continue
                shown += 1
                low, high = interval(drawn[place], confidence)
                cases, events = int(found["cases"][place]), int(found["events"][place])
                rows.append(
                    study.head(k, part)
                    | {"bin": shown, "from": float(np.nanmin(value[mine])), "to": float(np.nanmax(value[mine]))}
                    | {"cases": cases, "events": events, "predicted": float(foretold[mine].mean())}
                    | {"observed": events / cases, "low": low, "high": high}
                )
    numbers = dict.fromkeys(("predicted", "observed", "low", "high"), "number")
    kinds = {"bin": "count", "from": "number", "to": "number", "cases": "count", "events": "count"}
    return study.table(rows, {**kinds, **numbers})


def _bins(foretold: Floats) -> Ints:
    """The tenth in which the first of those foretold alike stands, from the least; -1: nothing is foretold."""
    there = ~np.isnan(foretold)
    values = foretold[there]
    out = np.full(len(foretold), -1)
    if len(values):
        out[there] = np.searchsorted(np.sort(values), values) * _BINS // len(values)
    return out
