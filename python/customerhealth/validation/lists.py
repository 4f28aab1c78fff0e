"""What lists of the worst would have held: capacity, warnings, and whom grades got wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import Flags, Floats, Ints
from ..io.instants import DAY
from .risks import rate_of, ratio
from .study import Part, Study
from .timeline import Timeline

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BEFORE", "capacity", "warned", "warnings", "worst"]

BEFORE = (180, 90, 60, 30)  # days
DAYS_A_MONTH = 365.2425 / 12
_PRECISION = {"rate": "precision", "rate_low": "precision_low", "rate_high": "precision_high"}


def capacity(study: Study) -> pa.Table:
    """What was found among the worst so many of each as-of, or of each as-of and owner."""
    rows = []
    for k in range(len(study.question.candidates)):
        for part in study.parts:
            for many in study.question.capacity:
                rows += [study.head(k, part) | row for row in _listed(study, k, part, many)]
    counts = {"capacity": "count", "per": "text", "as_ofs": "count", "listed": "count"}
    numbers = ("precision", "precision_low", "precision_high", "wilson_low", "wilson_high", "recall", "lift")
    return study.table(rows, {**counts, **dict.fromkeys((*numbers, "new_a_month"), "number")})


def _listed(study: Study, k: int, part: Part, many: int) -> Iterator[dict[str, Any]]:
    """A row for all, then one an owner."""
    cases, sample, confidence = study.cases, part.sample, study.question.confidence
    owner, as_of = cases.owner[sample.row], cases.as_of[sample.row]
    account = cases.account[sample.row]
    is_listed = worst(sample.value[k], account, as_of, owner, many)
    events = int(sample.event.sum())
    owners: list[tuple[str | None, Flags]] = [(None, np.ones(len(owner), np.bool_))]
    owners += [(str(name), owner == place) for place, name in enumerate(cases.owners)]
    for name, mine in owners:
        inside, asked = is_listed & mine, mine if name is not None else np.ones(len(mine), np.bool_)
        count, hits, whole = int(inside.sum()), int(sample.event[inside].sum()), int(sample.event[asked].sum())
        row: dict[str, Any] = {"capacity": many, "per": name, "as_ofs": len(np.unique(as_of[asked])), "listed": count}
        if count:
            found = study.rates(np.where(inside, 0, -1), 1, sample)
            drawn = ratio(found["events_draws"], found["cases_draws"])[0]
            rate = rate_of(count, hits, len(np.unique(account[inside])), drawn, confidence)
            row |= {_PRECISION.get(key, key): value for key, value in rate.items()}
            base = whole / int(asked.sum())
            row |= {"recall": hits / whole if events and whole else None, "lift": hits / count / base if base else None}
            row |= {"new_a_month": new_a_month(account[inside], as_of[inside], np.unique(as_of[asked]))}
        yield row


def worst(value: Floats, account: Ints, as_of: Ints, owner: Ints, many: int) -> Flags:
    """Who stands on each list; ties at the cut by account id, those without a value last."""
    order = np.lexsort((account, value, np.isnan(value), owner, as_of))
    same = np.append(False, (as_of[order][1:] == as_of[order][:-1]) & (owner[order][1:] == owner[order][:-1]))
    if not len(order):
        return np.zeros(0, np.bool_)
    begins = np.flatnonzero(~same)
    place = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    out = np.empty(len(order), np.bool_)
    out[order] = place < many
    return out


def new_a_month(account: Ints, as_of: Ints, as_ofs: Ints) -> float | None:
    """How many stand on a list who did not stand on the one before it, a month. None: there is one list alone."""
    if len(as_ofs) < 2:
        return None
    place = np.searchsorted(as_ofs, as_of)
    key = account * len(as_ofs) + place
    again = np.isin(key - 1, key) & (place > 0)
    new = int(((place > 0) & ~again).sum())
    return new / (float(as_ofs[-1] - as_ofs[0]) / DAY / DAYS_A_MONTH)


# ---- warnings --------------------------------------------------------------------------------------------------------


def warnings(study: Study) -> pa.Table:
    """What grade accounts had before they were lost, and how long they had had the lowest."""
    rows = []
    for k, names in enumerate(study.cases.grades):
        for part in study.parts if names else ():
            for each in _lost(study, k, part):
                grades = {f"grade_{days}": _name(names, each[f"grade_{days}"]) for days in BEFORE}
                rows.append(study.head(k, part) | each | grades)
    kinds = {"account_id": "account", "outcome_at": "instant", **dict.fromkeys((f"grade_{d}" for d in BEFORE), "text")}
    return study.table(rows, {**kinds, "warned_at": "instant", "lead_days": "number"})


def _name(names: list[str], code: int) -> str | None:
    return None if code < 0 else names[code]


def _lost(study: Study, k: int, part: Part) -> list[dict[str, Any]]:
    """Each outcome that came in the window of a case, once, with the panel rows before it; `account_id` is a code."""
    cases = study.cases
    row = part.sample.row[part.sample.event]
    pairs = np.unique(np.stack([cases.account[row], cases.outcome_at[row]]), axis=1)
    account, at = pairs[0], pairs[1]
    seen = Timeline(cases.account, cases.as_of)
    grade = cases.grade[k][seen.order]
    before = {days: seen.up_to(account, at - days * DAY) for days in BEFORE}
    graded = {days: np.where(place >= 0, grade[place], -1) for days, place in before.items()}
    begun = _run_begins(seen, grade == 0)
    last = seen.up_to(account, at)
    warned = np.where((last >= 0) & (grade[last] == 0), begun[last], -1) if len(last) else last
    out = []
    for j in range(len(at)):
        since = int(seen.at[warned[j]]) if warned[j] >= 0 else None
        row_of: dict[str, Any] = {"account_id": int(account[j]), "outcome_at": int(at[j]), "warned_at": since}
        row_of |= {"lead_days": None if since is None else (int(at[j]) - since) / DAY}
        out.append(row_of | {f"grade_{days}": int(graded[days][j]) for days in BEFORE})
    return out


def _run_begins(seen: Timeline, low: Flags) -> Ints:
    """The place at which the unbroken run of each row in the lowest grade began; rows ascend by account and as-of."""
    place = np.arange(len(low))
    first = np.append(True, seen.account[1:] != seen.account[:-1]) if len(low) else np.zeros(0, np.bool_)
    begins = low & (first | ~np.append(False, low[:-1])) if len(low) else low
    return np.asarray(np.maximum.accumulate(np.where(begins, place, 0)), np.int64) if len(low) else place


def warned(study: Study) -> pa.Table:
    """Of the outcomes the share that was warned of, how early, and how many alarms were false."""
    rows = []
    for k, names in enumerate(study.cases.grades):
        for part in study.parts if names else ():
            lost = _lost(study, k, part)
            lead = np.array([each["lead_days"] for each in lost if each["lead_days"] is not None])
            quartiles = np.quantile(lead, [0.25, 0.5, 0.75]).tolist() if len(lead) else [None] * 3
            share = len(lead) / len(lost) if lost else None
            row: dict[str, Any] = {"outcomes": len(lost), "warned": len(lead), "share": share}
            row |= dict(zip(("q1_lead_days", "median_lead_days", "q3_lead_days"), quartiles, strict=True))
            rows.append(study.head(k, part) | row | _false_alarms(study, k, part))
    counts = dict.fromkeys(("outcomes", "warned"), "count")
    numbers = ("share", "q1_lead_days", "median_lead_days", "q3_lead_days")
    kinds = {**counts, **dict.fromkeys(numbers, "number"), "false_alarms": "count"}
    return study.table(rows, {**kinds, "false_alarms_an_account_year": "number"})


def _false_alarms(study: Study, k: int, part: Part) -> dict[str, Any]:
    """Runs in the lowest grade, within the cases, that no outcome followed in the window of any of their cases.

    An account-year is as many cases as there are as-ofs a year.
    """
    cases, sample = study.cases, part.sample
    order = np.lexsort((cases.as_of[sample.row], sample.account))
    account, low = sample.account[order], cases.grade[k][sample.row][order] == 0
    event, as_of = sample.event[order], cases.as_of[sample.row]
    if not len(order):
        return {"false_alarms": 0}
    begins = low & (np.append(True, account[1:] != account[:-1]) | ~np.append(False, low[:-1]))
    run = np.cumsum(begins)[low]
    followed = np.bincount(run, weights=event[low], minlength=int(begins.sum()) + 1)[1:] if low.any() else np.zeros(0)
    alarms = int((followed == 0).sum())
    as_ofs = np.unique(as_of)
    if len(as_ofs) < 2:
        return {"false_alarms": alarms}
    years = float(np.median(np.diff(as_ofs))) / DAY / 365.25 * len(order)
    return {"false_alarms": alarms, "false_alarms_an_account_year": alarms / years}
