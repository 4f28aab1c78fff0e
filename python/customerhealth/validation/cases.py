"""Cases: an account as of a date, what was known of it then, and what came."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from ..errors import DataError, ModelError, Problem
from ..io.columns import Flags, Floats, Ints, account_codes, decoded, distinct, micros_of, plain
from ..io.instants import FOREVER
from ..loaded import Loaded
from ..model import Model
from ..progress import Progress
from .ahead import after
from .observed import last_known
from .question import Question
from .rules import Known
from .timeline import NEVER

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CASE", "NOT_AMONG", "STATUS", "Cases", "cases_of", "segment_column", "without_trends"]

STATUS = ("not_among", "already", "too_soon", "censored", "case")
NOT_AMONG, ALREADY, TOO_SOON, CENSORED, CASE = range(5)

_AMONG, _BY, _PER = "validation_among", "validation_by", "validation_per"


@dataclass(frozen=True)
class Cases:
    """A row a case, by account and as-of; all columns are of one length."""

    question: Question
    model: Model
    """Of the portfolio."""
    loaded: Loaded
    """The tables as they were when this was asked, under the model without hysteresis."""
    accounts: pa.Array
    observed: int
    account: Ints
    as_of: Ints
    status: Ints
    outcome: Ints
    """The place among the outcomes asked for; -1: none came in the window."""
    outcome_at: Ints
    """NEVER: none."""
    competing: Flags
    """A row an outcome asked for: whether it came in the window too, after the one that decided the case."""
    values: Floats
    """A row a candidate, turned over where asked; NaN where it is missing."""
    grade: Ints
    """A row a candidate: the place among its score's grades; -1: none."""
    grades: list[list[str]]
    """The grades of each candidate, from the worst to the best."""
    probability: Floats
    """A row a candidate: what the model says; NaN where it says none."""
    segment: Ints
    """The place among the segments; -1: a column of `by` is missing."""
    segments: list[tuple[Any, ...]]
    owner: Ints
    owners: list[Any]
    revenue: Floats
    notes: list[str]
    """What was odd about the outcomes."""

    @property
    def provenance(self) -> dict[str, str]:
        """What the schemas of tables bear: of the user's model, not of what it was asked under."""
        return {**self.loaded.provenance, "customerhealth.model_digest": self.model.digest}


def cases_of(loaded: Loaded, question: Question, progress: Progress) -> Cases:
    """Score all as-ofs in one pass, and look ahead of each."""
    observed, ahead = last_known(loaded) if question.observed is None else (question.observed, None)
    bound, columns = _bound(loaded, question)
    instants, wanted = question.as_ofs.astype("datetime64[us]"), list(dict.fromkeys(columns.values()))
    table = without_trends(bound, wanted).score_part(instants, columns=wanted, progress=progress).table
    account, as_of = account_codes(table["account_id"], loaded.accounts), micros_of(table["as_of"])
    known = Known(bound, observed)
    among = np.ones(len(account), np.bool_)
    if question.among is not None:
        among = table[_AMONG].fill_null(False).to_numpy().astype(np.bool_)
    came = _looked_ahead(known, question, account, as_of, among)
    values = _stacked([c.sign * _numbers(table, c.column, "scores") for c in question.candidates], len(account))
    grades = [_grade_names(loaded.model, c.column) if question.grades != "none" else [] for c in question.candidates]
    segment, segments = _segments(table, [columns[f"by {place}"] for place in range(len(question.by))], question.by)
    owner, owners = _segments(table, [] if question.per is None else [columns["per"]], ["per"])
    return Cases(
        question=question,
        model=loaded.model,
        loaded=bound,
        accounts=loaded.accounts,
        observed=observed,
        account=account,
        as_of=as_of,
        status=came.status,
        outcome=came.outcome,
        outcome_at=came.at,
        competing=came.competing,
        values=values,
        grade=_stacked_ints([_graded(table, loaded.model, c, question.grades) for c in question.candidates], account),
        grades=grades,
        probability=_stacked([_probability(table, loaded.model, c) for c in question.candidates], len(account)),
        segment=segment,
        segments=segments,
        owner=owner,
        owners=[each[0] for each in owners] if question.per is not None else [],
        revenue=np.full(len(account), np.nan)
        if question.revenue is None
        else _numbers(table, question.revenue, "revenue"),
        notes=known.notes + ([] if ahead is None else [ahead]),
    )


# ---- the panel -------------------------------------------------------------------------------------------------------


def _bound(loaded: Loaded, question: Question) -> tuple[Loaded, dict[str, str]]:
    """The tables under a model that has what is asked for as columns, and which columns those are."""
    document = loaded.model.to_dict()
    names, added = loaded.model.columns, {}
    document.pop("plays", None)
    if question.grades != "held":
        for score in document.get("scores", {}).values():
            score.pop("hysteresis", None)
    columns = {f"score {place}": candidate.column for place, candidate in enumerate(question.candidates)}
    for candidate in question.candidates:
        for ending in ("grade",) if question.grades == "held" else ():
            if f"{candidate.column}_{ending}" in names:
                columns[f"{candidate.name} {ending}"] = f"{candidate.column}_{ending}"
        if f"{candidate.column}_probability" in names:
            columns[f"{candidate.name} probability"] = f"{candidate.column}_probability"
    if question.revenue is not None:
        columns["revenue"] = question.revenue
    asked = [*((f"by {place}", each, f"{_BY}_{place}") for place, each in enumerate(question.by))]
    asked += [] if question.per is None else [("per", question.per, _PER)]
    for what, formula, name in asked:
        columns[what] = formula if formula in names else name
        if formula not in names:
            added[f"metrics.{name}"] = what.partition(" ")[0]
            document.setdefault("metrics", {})[name] = {"formula": formula}
    if question.among is not None:
        columns["among"], added[f"cohorts.{_AMONG}"] = _AMONG, "among"
        document.setdefault("cohorts", {})[_AMONG] = {"when": question.among}
    try:
        core = _core.Model.for_tables_of(json.dumps(document), loaded.model.core)
        bound = loaded.under(core, progress=False)
    except ModelError as error:
        raise _said(error, added) from None
    return bound, columns


def without_trends(bound: Loaded, columns: list[str]) -> Loaded:
    """The same without trends, which take each score of another date as well; as it is, if a column needs one."""
    document = bound.model.to_dict()
    with_trend = [score for score in document.get("scores", {}).values() if "trend" in score]
    if not with_trend:
        return bound
    for score in with_trend:
        score.pop("trend")
    try:
        core = _core.Model.for_tables_of(json.dumps(document), bound.model.core)
    except ModelError:  # a formula reads one
        return bound
    return bound.under(core, progress=False) if {*columns} <= {*core.columns} else bound


def segment_column(bound: Model, by: list[str], place: int) -> str:
    """Where a panel of the model that was asked under has a formula of `by`."""
    added = f"{_BY}_{place}"
    return added if added in bound.columns else by[place]


def _said(error: ModelError, added: dict[str, str]) -> ModelError:
    """The same problems, said of the arguments that caused them."""
    problems = []
    for problem in error.problems:
        what = next((what for path, what in added.items() if problem.path.startswith(path)), problem.path)
        problems.append(Problem(what, *problem[1:]))
    return ModelError(_core.list_problems(problems), problems)


def _numbers(table: pa.Table, name: str, what: str) -> Floats:
    import pyarrow as pa

    column = table[name]
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.float64())
    if not pa.types.is_floating(column.type):
        kind = "texts" if pa.types.is_string(plain(column.type)) else f"type {plain(column.type)}"
        raise DataError(f"{what}: '{name}' is a column of {kind}: only numbers stand in an order", column=name)
    values: Floats = column.fill_null(np.nan).to_numpy().astype(np.float64)
    return values + 0.0  # no negative zero: it would differ from zero where bytes are compared


def _stacked(rows: list[Floats], count: int) -> Floats:
    return np.stack(rows) if rows else np.zeros((0, count))


def _stacked_ints(rows: list[Ints], like: Ints) -> Ints:
    return np.stack(rows) if rows else np.zeros((0, len(like)), np.int64)


def _segments(table: pa.Table, columns: list[str], shown: list[str]) -> tuple[Ints, list[tuple[Any, ...]]]:
    """Each row's place among the combinations of some columns' values, which ascend; -1: one is missing."""
    if not columns:
        return np.full(table.num_rows, -1), []
    places, values = [], []
    for name in columns:
        there, code = distinct(decoded(table[name]))
        listed = there.to_pylist()
        order = sorted(range(len(listed)), key=lambda k: (str(type(listed[k])), listed[k]))
        rank = np.empty(len(order) + 1, np.int64)
        rank[order], rank[-1] = np.arange(len(order)), -1
        places.append(rank[code])
        values.append([listed[k] for k in order])
    whole = np.logical_and.reduce([place >= 0 for place in places])
    key = np.zeros(table.num_rows, np.int64)
    for place, there in zip(places, values, strict=True):
        key = key * max(len(there), 1) + place
    found, code = np.unique(key[whole], return_inverse=True)
    if len(found) > _MOST_SEGMENTS:
        raise DataError(
            f"{', '.join(shown)}: {len(found):,} different values; at most {_MOST_SEGMENTS:,} are set apart"
        )
    out = np.full(table.num_rows, -1)
    out[whole] = code
    names = []
    for each in found.tolist():
        parts = []
        for there in reversed(values):
            each, place = divmod(each, max(len(there), 1))
            parts.append(there[place])
        names.append(tuple(reversed(parts)))
    return out, names


_MOST_SEGMENTS = 1_000


# ---- grades and probabilities ----------------------------------------------------------------------------------------


def _grade_names(model: Model, column: str) -> list[str]:
    """From the worst to the best; none where the column is no score, or has none."""
    return next((list(score["grades"]) for score in model.core.scores if score["name"] == column), [])


def _graded(table: pa.Table, model: Model, candidate: Any, grades: str) -> Ints:
    """Each row's grade by the edges of the document, or the one held."""
    nothing = np.full(table.num_rows, -1)
    names = _grade_names(model, candidate.column)
    if grades == "none" or not names:
        return nothing
    if grades == "held":
        held = decoded(table[f"{candidate.column}_grade"])
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.index_in(held.cast(pa.string()), value_set=pa.array(names)).fill_null(-1)
        return np.asarray(found.to_numpy(), np.int64)
    values = _numbers(table, candidate.column, "scores")
    out = np.zeros(table.num_rows, np.int64)
    for place, grade in enumerate(model.to_dict()["scores"][candidate.column]["grades"]):
        if place == 0:
            continue
        out[(values >= grade["from"]) if "from" in grade else (values > grade["above"])] = place
    out[np.isnan(values)] = -1
    return out


def _probability(table: pa.Table, model: Model, candidate: Any) -> Floats:
    """What the model says of it; of a score turned over it is the same."""
    name = f"{candidate.column}_probability"
    if name not in model.columns:
        return np.full(table.num_rows, np.nan)
    return _numbers(table, name, "scores")


# ---- what came -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Came:
    """What came of each case; see :class:`Cases`."""

    status: Ints
    outcome: Ints
    at: Ints
    competing: Flags


def _looked_ahead(known: Known, question: Question, account: Ints, as_of: Ints, among: Flags) -> _Came:
    """The status of each case, which outcome came first from its as-of on, and when."""
    begin = after(as_of, question.lead)
    end = after(begin, question.horizon)
    is_on, decided, each = np.zeros(len(as_of), np.bool_), end, []
    for outcome in question.outcomes:
        found = outcome.found(known)
        is_on |= found.is_on(account, as_of)
        each.append(found.first_from(account, as_of))
        decided = np.maximum(decided, after(end, outcome.gap))
    at = np.stack(each)
    which = np.argmin(np.where(at == NEVER, FOREVER, at), axis=0)  # of those at one instant, the one named first
    first = at[which, np.arange(len(as_of))] if len(as_of) else at[0]
    came = first != NEVER
    status = np.full(len(as_of), CASE)
    status[decided > known.observed] = CENSORED
    status[came & (first < begin)] = TOO_SOON
    status[is_on] = ALREADY
    status[~among] = NOT_AMONG
    shown = came & (status == CASE) & (first < end)
    competing = shown & (at != NEVER) & (at < end) & (np.arange(len(at))[:, None] != which)
    return _Came(status, np.where(shown, which, -1), np.where(shown, first, NEVER), competing)
