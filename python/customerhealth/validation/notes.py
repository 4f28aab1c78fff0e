"""What to distrust, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import _core
from ..io.results import as_table
from ..loaded import Loaded
from .cases import CENSORED, STATUS
from .reads import Reads
from .rules import Rule
from .study import Study

__all__ = ["Note", "notes_of"]

Note = tuple[str | None, str, str]
"""The score that it is about (None: all), a word for programs, a sentence for people."""

FEW = 10


def notes_of(study: Study) -> list[Note]:
    """All of them; the gravest first."""
    return [*_of_outcomes(study), *_of_cases(study), *_of_scores(study), *_of_models(study)]


def _of_outcomes(study: Study) -> Iterator[Note]:
    cases, sample, asked = study.cases, study.sample, study.question
    count, events, accounts = len(sample.row), int(sample.event.sum()), sample.event_accounts
    horizon = asked.horizon
    if not len(cases.account):
        yield None, "no_rows", "no account has a panel row at any of the as-ofs, so there is nothing to judge"
    elif not count and (cases.status == CENSORED).sum() == len(cases.account):
        yield (
            None,
            "no_cases",
            f"no case was observed to its end: outcomes are known up to {_shown(cases.observed)}, and the first window "
            f"of {horizon} ends later; take earlier as-ofs or a shorter horizon",
        )
    elif not count:
        there = {STATUS[code]: int((cases.status == code).sum()) for code in np.unique(cases.status).tolist()}
        words = ", ".join(f"{many:,} {name}" for name, many in there.items())
        yield None, "no_cases", f"no case is left to judge: {words}"
    elif not events:
        yield (
            None,
            "no_event",
            f"the outcome came in none of {count:,} cases: whether a score foresees it cannot be said",
        )
    elif events == count:
        yield None, "all_events", f"the outcome came in all of {count:,} cases: there is nobody to tell them from"
    elif accounts < FEW:
        yield (
            None,
            "few_events",
            f"only {accounts} account{'s' * (accounts != 1)} had the outcome ({events:,} cases): with fewer than {FEW} "
            "every figure here may be chance",
        )
    for text in cases.notes:
        yield None, "outcomes", text


def _of_cases(study: Study) -> Iterator[Note]:
    cases = study.cases
    gone, tables = _left(cases.loaded)
    if gone:
        yield (
            None,
            "survivors",
            f"{gone:,} account{'s' * (gone != 1)} of {', '.join(tables)} {'are' if gone != 1 else 'is'} not in the "
            "accounts table: where those that left are dropped from it, only survivors are judged, and every score "
            "looks better or worse than it is",
        )
    censored = int((cases.status == CENSORED).sum())
    if censored and 2 * censored > len(cases.account):
        yield (
            None,
            "censored",
            f"{censored / len(cases.account):.0%} of the cases are not over by {_shown(cases.observed)}: left out",
        )
    without = int(((cases.segment < 0) & (cases.status == STATUS.index("case"))).sum())
    if study.question.by and without:
        yield (
            None,
            "no_segment",
            f"{without:,} cases have no {' or no '.join(study.question.by)}, and are in no segment",
        )


def _left(loaded: Loaded) -> tuple[int, list[str]]:
    """How many accounts have rows and are not in the accounts table, and in which tables those rows are."""
    import pyarrow.compute as pc

    found = [row["table"] for row in as_table(loaded.core.quality()).to_pylist() if row["check"] == "orphans"]
    tables = loaded.model.to_dict().get("tables", {})
    rest = {name: spec for name, spec in tables.items() if spec["kind"] != "accounts"}
    if not found or len(rest) == len(tables):
        return 0, []
    core = _core.Model.for_tables_of(json.dumps({"format": 1, "tables": rest}), loaded.model.core)
    everyone = as_table(loaded.core.with_model(core, loaded.threads, None).accounts()).column(0)
    gone = len(everyone) - pc.sum(pc.is_in(everyone, value_set=loaded.accounts)).as_py()
    return gone, sorted({name for name in found if "through" not in rest.get(name, {})})


def _of_scores(study: Study) -> Iterator[Note]:
    sample = study.sample
    for k, candidate in enumerate(study.question.candidates):
        value = sample.value[k]
        missing = np.isnan(value)
        if not len(value):
            continue
        if missing.all():
            yield (
                candidate.name,
                "missing",
                "it is missing for every case: it says nothing, and its AUC is that of a coin",
            )
            continue
        if missing.mean() > 0.2:
            yield (
                candidate.name,
                "missing",
                f"it is missing for {missing.mean():.0%} of the cases; a missing one is half a pair, and last in lists",
            )
        there = value[~missing]
        if (there == there[0]).all():
            yield (
                candidate.name,
                "constant",
                f"it is {there[0]:g} for every case that has it: it tells nobody from anybody",
            )
        elif 0 < sample.event.sum() < len(sample.event) and _parted(value, sample.event):
            yield (
                candidate.name,
                "separable",
                "it parts those with the outcome from all others without a fault: does it read the outcome itself?",
            )
    tried = len(study.question.candidates)
    if tried > 1:
        yield (
            None,
            "candidates",
            f"{tried} candidates were tried on the same cases: the best of several looks better than it is; judge the "
            "one chosen again on later as-ofs",
        )


def _parted(value: Any, event: Any) -> bool:
    yes, no = value[event & ~np.isnan(value)], value[~event & ~np.isnan(value)]
    return bool(len(yes) and len(no) and yes.max() < no.min())


def _of_models(study: Study) -> Iterator[Note]:
    asked, document = study.question, study.cases.model.to_dict()
    rules = {f"outcome_{k}": {"when": each.when} for k, each in enumerate(asked.outcomes) if isinstance(each, Rule)}
    reads = Reads({**document, "plays": rules})
    sources = {each.source for each in asked.outcomes if each.source is not None}
    of_rules = set().union(*(reads.of("plays", name) for name in rules)) if rules else set()
    for candidate in asked.candidates:
        maker = reads.behind(candidate.column)
        mine = reads.of(*maker.split(".", 1)) | {maker}
        own = sorted(reads.tables(mine) & sources)
        if own:
            yield (
                candidate.name,
                "own_table",
                f"it reads {', '.join(own)}, the table that the outcome is read from: what it sees may be the "
                "outcome's own announcement (a notice given, a renewal signed), not a forewarning",
            )
        shared = sorted(name.partition(".")[2] for name in mine & of_rules)
        if shared:
            yield candidate.name, "own_rule", f"the outcome is worked out of {', '.join(shared)}, which it reads too"
        calendar = [
            name
            for name, metric in document.get("metrics", {}).items()
            if f"metrics.{name}" in mine and metric.get("agg") == "days_to_end"
        ]
        if calendar and asked.among is None:
            yield (
                candidate.name,
                "calendar",
                f"it reads {', '.join(calendar)}, a calendar, and everybody is among the cases: it tells who is asked "
                "next, not who leaves; with among= only those that can be lost within the horizon are compared",
            )
        if any(name.startswith("journeys.") for name in mine):
            yield candidate.name, "walked", "it reads a journey, so every tick of the clock was walked for it"


def _shown(micros: int) -> str:
    return _core.show_instant(micros)
