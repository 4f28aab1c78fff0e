"""Cases, their statuses and labels (section 2 of validation), and what stands in the tables of section 3.

Readings, where the text is open:

- The window begins a lead after the as-of and ends a horizon after that, one calendar step after the other.
- Outcomes are looked at as known by `observed`, for `already` too: what nobody could know yet at the as-of is no case.
- `too_soon` is the first outcome that lies in the lead; one that is only later in the window does not help.
- Of a case with an event, `outcome_at` and `days_ahead` (from the as-of, fractions kept) are those of the first outcome
  in the window.
- Shares of `population` are of all panel rows; of `grades` of the cases that have a grade.
- The list of an as-of holds cases alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from . import figures, outcomes
from .figures import Judged
from .instants import DAY, shift
from .outcomes import Kind, World
from .portfolio import AtPoint
from .portfolio import World as Portfolio
from .visibility import account_order

STATUSES = ("not_among", "already", "too_soon", "censored", "case")


@dataclass(frozen=True)
class Question:
    """What validate is asked."""

    scores: list[str]
    as_ofs: list[int]
    outcome: dict[str, Kind]
    horizon: str
    lead: str = "0d"
    among: str | None = None
    observed: int | None = None
    capacity: tuple[int, ...] = (10, 25)


@dataclass(frozen=True)
class Case:
    account: Any
    as_of: int
    status: str
    outcome: str | None = None
    outcome_at: int | None = None
    values: dict[str, float | None] = field(default_factory=dict)
    grades: dict[str, str | None] = field(default_factory=dict)

    @property
    def days_ahead(self) -> float | None:
        return None if self.outcome_at is None else (self.outcome_at - self.as_of) / DAY

    @property
    def event(self) -> bool:
        return self.outcome_at is not None


class Foresight:
    """The cases of a question, and figures of them."""

    def __init__(self, model: dict[str, Any], tables: dict[str, list[dict[str, Any]]], question: Question) -> None:
        self.question = question
        self.portfolio = Portfolio(without_hysteresis(model), tables)
        observed = outcomes.last_known(self.portfolio.tables) if question.observed is None else question.observed
        self.world = World(self.portfolio.tables, observed)
        self.rows = [self.row(point) for point in self.points()]
        self.cases = [case for case in self.rows if case.status == "case"]

    def points(self) -> Iterable[AtPoint]:
        for account in self.portfolio.accounts:
            for as_of in sorted(set(self.question.as_ofs)):
                point = self.portfolio.point(account, as_of)
                if point.has_row():
                    yield point

    def row(self, point: AtPoint) -> Case:
        status, met = self.status(point)
        names = {name.removeprefix("-") for name in self.question.scores}
        values = {name: point.cell((name, None)).value for name in names}
        graded = [name for name in names if point.model.get("scores", {}).get(name, {}).get("grades")]
        grades = {name: point.cell((name + "_grade", None)).value for name in graded}
        found = (met.name, met.outcome.at) if met else (None, None)
        return Case(point.account, int(point.as_of), status, *found, values=values, grades=grades)

    def status(self, point: AtPoint) -> tuple[str, outcomes.Met | None]:
        asked, as_of = self.question, int(point.as_of)
        begin = shift(as_of, asked.lead, 1)
        end = shift(begin, asked.horizon, 1)
        if asked.among is not None and point.formula(asked.among).value is not True:
            return "not_among", None
        met = outcomes.in_order(asked.outcome, self.world, point.account, as_of)
        if any(each.outcome.on(as_of) for each in met):
            return "already", None
        if any(as_of <= each.outcome.at < begin for each in met):
            return "too_soon", None
        if outcomes.after_gap(end, asked.outcome) > self.world.observed:
            return "censored", None
        return "case", next((each for each in met if begin <= each.outcome.at < end), None)

    # --- tables -------------------------------------------------------------------------------------------------------

    def population(self) -> dict[str, tuple[int, int, Fraction]]:
        """Of each status that occurs: rows, accounts, share."""
        found = {}
        for status in STATUSES:
            rows = [row for row in self.rows if row.status == status]
            if rows:
                found[status] = (len(rows), len({row.account for row in rows}), Fraction(len(rows), len(self.rows)))
        return found

    def judged(self, score: str, cases: list[Case] | None = None) -> list[Judged]:
        """A higher value means less risk; a minus in front turns it over."""
        sign = -1 if score.startswith("-") else 1
        name = score.removeprefix("-")
        chosen = self.cases if cases is None else cases
        return [Judged(None if (v := case.values[name]) is None else sign * v, case.event) for case in chosen]

    def listed(self, score: str, capacity: int, owner: Callable[[Case], Any] = lambda _: None) -> list[Case]:
        """The riskiest of each as-of and owner; ties at the cut by account id, missing ones last."""
        groups: dict[Any, list[Case]] = defaultdict(list)
        for case in self.cases:
            groups[(case.as_of, owner(case))].append(case)
        sign = -1 if score.startswith("-") else 1
        found = []
        for group in groups.values():

            def risk(case: Case) -> Any:
                value = case.values[score.removeprefix("-")]
                return (value is None, 0 if value is None else sign * value, account_order(case.account))

            found += sorted(group, key=risk)[:capacity]
        return found

    def graded(self, score: str) -> dict[str, list[Case]]:
        """The cases of each grade; those without one are left out."""
        groups: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            grade = case.grades[score]
            if grade is not None:
                groups[grade].append(case)
        return groups

    def within(self, score: str) -> Fraction | None:
        """The mean AUC over the accounts with both outcomes."""
        found = []
        for account in self.portfolio.accounts:
            auc = figures.auc(self.judged(score, [case for case in self.cases if case.account == account]))
            if auc is not None:
                found.append(auc)
        return sum(found, Fraction()) / len(found) if found else None

    # --- warnings -----------------------------------------------------------------------------------------------------

    def lost(self) -> list[tuple[Any, int]]:
        """Each outcome that came in the window of a case, once."""
        found = {(case.account, case.outcome_at) for case in self.cases if case.outcome_at is not None}
        return sorted(found, key=lambda pair: (account_order(pair[0]), pair[1]))

    def warned_at(self, score: str, account: Any, outcome_at: int) -> int | None:
        """The as-of at which the run in the lowest grade began that the outcome did not see broken."""
        lowest = self.portfolio.model["scores"][score]["grades"][0]["name"]
        grades = [(row.as_of, row.grades[score]) for row in self.rows if row.account == account]
        begun: int | None = None
        for as_of, grade in sorted(pair for pair in grades if pair[0] <= outcome_at):
            if grade != lowest:
                begun = None
            elif begun is None:
                begun = as_of
        return begun

    def grade_before(self, score: str, account: Any, outcome_at: int, days: int) -> str | None:
        """That of the last as-of at or before the day."""
        until = outcome_at - days * DAY
        rows = [row for row in self.rows if row.account == account and row.as_of <= until]
        return max(rows, key=lambda row: row.as_of).grades[score] if rows else None


def without_hysteresis(model: dict[str, Any]) -> dict[str, Any]:
    """Grades are those of the edges."""
    scores = {
        name: {key: value for key, value in spec.items() if key != "hysteresis"}
        for name, spec in model.get("scores", {}).items()
    }
    return {**model, "scores": scores}
