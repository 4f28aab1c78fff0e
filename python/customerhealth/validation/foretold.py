"""How well each candidate foresees: summary, differences, periods, gains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from ..io.columns import Flags, Floats, Ints, months_of
from .predicted import calibration_line
from .risks import ratio
from .sample import Sample, interval
from .study import SHARES, Study

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["differences", "gains", "periods", "summary"]

SUMMARY = {
    **dict.fromkeys(("cases", "accounts", "events", "event_accounts"), "count"),
    "base_rate": "number",
    "missing": "count",
    **dict.fromkeys(("auc", "auc_low", "auc_high", "ap", "ap_low", "ap_high", "brier", "brier_skill"), "number"),
    **dict.fromkeys(("log_loss", "slope", "intercept", "lift_10", "auc_within"), "number"),
}


def summary(study: Study) -> pa.Table:
    """A row a candidate and part."""
    rows = [
        study.head(k, part) | figures(study, k, part.which, part.sample, study.foresight(place, part.sample))
        for k in range(len(study.question.candidates))
        for place, part in enumerate(study.parts)
    ]
    return study.table(rows, SUMMARY)


def figures(
    study: Study, k: int, which: Flags, sample: Sample, found: Mapping[str, Any], tenth: int = SHARES.index(0.1)
) -> dict[str, Any]:
    """How well one candidate tells of some cases; `tenth` is the place of a tenth among the shares found."""
    cases, events, confidence = len(sample.row), int(sample.event.sum()), study.question.confidence
    row: dict[str, Any] = {
        "cases": cases,
        "accounts": sample.accounts,
        "events": events,
        "event_accounts": sample.event_accounts,
        "base_rate": events / cases if cases else None,
        "missing": int(np.isnan(sample.value[k]).sum()),
    }
    if not 0 < events < cases:
        return row
    for name in ("auc", "ap"):
        low, high = interval(found[f"{name}_draws"][k], confidence)
        row |= {name: float(found[name][k]), f"{name}_low": low, f"{name}_high": high}
    listed, hits = int(found["listed"][k][tenth]), float(found["hits"][k][tenth])
    row |= {"lift_10": hits / listed / (events / cases) if listed else None}
    row |= {"auc_within": auc_within(sample, k), **_probabilities(study.predicted(k)[which], sample.event)}
    return row


def _probabilities(probability: Floats, event: Flags) -> dict[str, Any]:
    there = ~np.isnan(probability)
    probability, event = probability[there], event[there]
    if not len(event) or not event.any() or event.all():
        return {}
    brier, base = float(np.mean((probability - event) ** 2)), float(event.mean())
    bounded = np.clip(probability, 1e-15, 1 - 1e-15)
    loss = -float(np.mean(np.where(event, np.log(bounded), np.log1p(-bounded))))
    slope, intercept = calibration_line(probability, event)
    skill = 1 - brier / (base * (1 - base))
    return {"brier": brier, "brier_skill": skill, "log_loss": loss, "slope": slope, "intercept": intercept}


def auc_within(sample: Sample, k: int) -> float | None:
    """The mean over accounts with both outcomes: does it tell when, and not only who? None: no account has both."""
    value, event, account = sample.value[k], sample.event, sample.account
    there = ~np.isnan(value)
    count = sample.accounts
    yes, no = np.bincount(account[event], minlength=count), np.bincount(account[~event], minlength=count)
    known = np.bincount(account[event & there], minlength=count), np.bincount(account[~event & there], minlength=count)
    value, event, account = value[there], event[there], account[there]
    order = np.lexsort((value, account))
    value, event, account = value[order], event[order], account[order]
    first = np.searchsorted(account, account)  # of the account
    tied = np.append(True, (account[1:] != account[:-1]) | (value[1:] != value[:-1])) if len(value) else there[:0]
    begins = np.flatnonzero(tied)
    sizes = np.diff(np.append(begins, len(value)))
    rank = np.repeat(begins + (sizes + 1) / 2, sizes) - first
    ranks = np.bincount(account[event], weights=rank[event], minlength=count)
    above = ranks - known[0] * (known[0] + 1) / 2  # pairs in which the event has the higher score
    pairs = yes * no
    both = pairs > 0
    if not both.any():
        return None
    right = known[0] * known[1] - above + (pairs - known[0] * known[1]) / 2
    return float(np.mean(right[both] / pairs[both]))


def differences(study: Study) -> pa.Table:
    """Each candidate less each that was named after it, drawn together."""
    rows, confidence = [], study.question.confidence
    names = [candidate.name for candidate in study.question.candidates]
    for one in range(len(names)):
        for other in range(one + 1, len(names)):
            for place, part in enumerate(study.parts):
                found = study.foresight(place, part.sample)
                row = study.head(one, part) | {"other": names[other]}
                for name in ("auc", "ap"):
                    draws = found[f"{name}_draws"]
                    low, high = interval(draws[one] - draws[other], confidence)
                    value = float(found[name][one] - found[name][other])
                    row |= {name: value, f"{name}_low": low, f"{name}_high": high}
                rows.append(row)
    numbers = dict.fromkeys(("auc", "auc_low", "auc_high", "ap", "ap_low", "ap_high"), "number")
    return study.table(rows, {"other": "text", **numbers})


def periods(study: Study) -> pa.Table:
    """The figures of each as-of, quarter and year."""
    made = [
        (name, place, part, part.which & inside)
        for name, inside in _stretches(study.cases.as_of[study.sample.row])
        for place, part in enumerate(study.parts)
    ]
    rows = []
    for k in range(len(study.question.candidates)):
        for name, place, part, which in made:
            if which.any():
                sample = study.keep(("period", name, place), partial(study.sample.of, which))
                found = study.foresight(("period", name, place), sample, (0.1,))  # each share is drawn, and takes time
                rows.append(study.head(k, part) | {"period": name} | figures(study, k, which, sample, found, tenth=0))
    return study.table(rows, {"period": "text", **SUMMARY})


def _stretches(as_of: Ints) -> Iterator[tuple[str, Flags]]:
    """Each as-of, quarter and year by its name, and which cases are in it."""
    months = months_of(as_of)
    for at in np.unique(as_of).tolist():
        yield _core.show_instant(at), as_of == at
    for quarter in np.unique(months // 3).tolist():
        yield f"{1970 + quarter // 4}-Q{quarter % 4 + 1}", months // 3 == quarter
    for year in np.unique(months // 12).tolist():
        yield f"{1970 + year}", months // 12 == year


def gains(study: Study) -> pa.Table:
    """What is found among the worst 1, 2, 5, 10 … per cent of the cases."""
    rows, confidence = [], study.question.confidence
    for k in range(len(study.question.candidates)):
        for place, part in enumerate(study.parts):
            found, sample = study.foresight(place, part.sample), part.sample
            cases, events = len(sample.row), int(sample.event.sum())
            caught = _revenue_caught(study, sample, k, found["listed"][k])
            for s, share in enumerate(SHARES):
                listed, hits = int(found["listed"][k][s]), float(found["hits"][k][s])
                drawn = ratio(found["hits_draws"][k][s], found["listed_draws"][k][s])
                low, high = interval(drawn, confidence) if listed else (None, None)
                precision = hits / listed if listed else None
                rows.append(
                    study.head(k, part)
                    | {"share": share, "cutoff": float(found["cutoff"][k][s]), "cases": listed, "events": hits}
                    | {"precision": precision, "precision_low": low, "precision_high": high}
                    | {"recall": hits / events if events else None}
                    | {"lift": precision / (events / cases) if events and precision is not None else None}
                    | {"revenue_caught": caught[s]}
                )
    numbers = ("precision", "precision_low", "precision_high", "recall", "lift", "revenue_caught")
    counts = {"share": "number", "cutoff": "number", "cases": "count", "events": "number"}
    return study.table(rows, {**counts, **dict.fromkeys(numbers, "number")})


def _revenue_caught(study: Study, sample: Sample, k: int, listed: Ints) -> list[float | None]:
    """The share of the revenue of cases with the outcome that stands in each list; missing revenue is none.

    Of cases that tie where a list is full, each stands in it by the same share.
    """
    lost = np.nan_to_num(study.cases.revenue[sample.row]) * sample.event
    whole = float(lost.sum())
    if not whole > 0:
        return [None] * len(listed)
    order = np.argsort(sample.value[k], kind="stable")
    value, so_far = sample.value[k][order], np.append(0.0, np.cumsum(lost[order]))
    differ = ~((value[1:] == value[:-1]) | (np.isnan(value[1:]) & np.isnan(value[:-1])))
    ends = np.concatenate([[0], np.flatnonzero(differ) + 1, [len(value)]])
    found: list[float | None] = (np.interp(listed, ends, so_far[ends]) / whole).tolist()
    return found
