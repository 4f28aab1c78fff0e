"""What a report is made of: each account with what explains it, gathered once for all of a panel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .. import _core
from ..errors import DataError, unknown
from ..explain.causes import cause_in_words
from ..explain.part_names import look_of_column, play_label, stage_labels
from ..explain.words import is_shown, show_as
from ..io.columns import Ints, decoded, distinct, micros_of
from ..io.instants import AsOf
from ..model import Model
from ..plot.panels import Score, score_of
from ..results.looks import PLAIN, Look
from ..worth import worth_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Account", "Cause", "Facts", "PanelLike", "Pull", "facts_of"]

Row = Mapping[str, Any]
_CAUSES = 5


class PanelLike(Protocol):
    """A :class:`Panel`."""

    @property
    def model(self) -> Model: ...
    @property
    def table(self) -> pa.Table: ...
    @property
    def as_ofs(self) -> Any: ...
    def labels(self) -> Any: ...
    def at(self, as_of: AsOf) -> Any: ...
    def reasons(self) -> Any: ...
    def plays(self) -> Any: ...
    def why_changed(self, score: str, start: AsOf, end: AsOf) -> Any: ...


@dataclass(frozen=True)
class Pull:
    """A part of the score, its points, and by how many points it lifts the score or holds it down."""

    part: str
    value: str
    """As people are shown it."""
    points: float | None
    """None of a cap: it takes away, or adds, its whole contribution."""
    pull: float


@dataclass(frozen=True)
class Cause:
    """What a part did to the score since the as-of before."""

    part: str
    words: str
    adds: float


@dataclass(frozen=True)
class Account:
    """One account; what is of one date is of the panel's last as-of."""

    id: Any
    label: str | None
    owner: Any
    here: bool
    """Whether it has a row at the last as-of."""
    values: Sequence[float | None]
    """The score at each as-of of the panel."""
    grades: Sequence[str | None]
    rows: Sequence[bool]
    """Whether it has a row at each as-of."""
    revenue: float | None
    """What it pays."""
    reason: str | None
    """Why it has no score."""
    pulls: Sequence[Pull]
    causes: Sequence[Cause]
    plays: Sequence[Row]
    stages: Mapping[str, tuple[str | None, str | None]]
    """Of each journey the stage at the as-of before and now."""
    missing: Mapping[str, str]
    """Why metrics are missing."""

    @property
    def name(self) -> str:
        return str(self.id) if self.label is None else self.label

    @property
    def score(self) -> float | None:
        return self.values[-1]

    @property
    def grade(self) -> str | None:
        return self.grades[-1]

    @property
    def change(self) -> float | None:
        if len(self.values) < 2 or self.values[-1] is None or self.values[-2] is None:
            return None
        return self.values[-1] - self.values[-2]


@dataclass(frozen=True)
class Facts:
    """All accounts of the panel, the one to call first first."""

    score: Score
    is_mean: bool
    """Whether pulls are shares of points; else they are what the parts add."""
    as_ofs: Sequence[str]
    accounts: Sequence[Account]
    model: Model
    has_revenue: bool
    revenue_look: Look
    """How what accounts pay is shown."""
    journeys: Mapping[str, Mapping[str, str]]
    """Of each what people call its stages, in the order of the document."""
    labels: Mapping[str, str]
    """What people call metrics, by their columns."""


def facts_of(
    panel: PanelLike, score: str | None, revenue: Mapping[Any, float] | str | None, owner: str | None
) -> Facts:
    """Gather them; `revenue` is a column of the panel, or what each account pays."""
    asked, table = score_of(panel.model, score), panel.table
    revenue = worth_of(panel.model) if revenue is None else revenue
    if len(table) == 0:
        raise DataError("the panel has no rows: there is nothing to report")
    for name in (owner, revenue if isinstance(revenue, str) else None):
        if name is not None and name not in table.column_names:
            raise unknown("the panel has no column", name, table.column_names)
    at = np.asarray(panel.as_ofs, "datetime64[us]").astype(np.int64)
    when = np.searchsorted(at, micros_of(table["as_of"]))
    ids, code = distinct(table["account_id"])
    grid = np.full((len(ids), len(at)), -1)
    grid[code, when] = np.arange(len(table))
    if (grid[:, -1] < 0).all():
        raise DataError(f"no account has a row as of {_core.show_instant(int(at[-1]))}: there is nothing to report")
    last_row = np.array([row[row >= 0][-1] for row in grid])
    columns = {name: decoded(table[name]).to_pylist() for name in _read(panel.model, asked, owner, revenue)}
    now = _Now(panel, asked, at, grid)
    labels = panel.labels()["label"].to_pylist()
    accounts = []
    for place, account in enumerate(ids.to_pylist()):
        rows = grid[place].tolist()
        here = rows[-1] >= 0
        paid = columns[revenue][rows[-1]] if here and isinstance(revenue, str) else None
        accounts.append(
            Account(
                id=account,
                label=labels[place],
                owner=None if owner is None else columns[owner][last_row[place]],
                here=here,
                values=[None if row < 0 else columns[asked.name][row] for row in rows],
                grades=[None if row < 0 else columns[f"{asked.name}_grade"][row] for row in rows]
                if asked.grades
                else [None] * len(rows),
                rows=[row >= 0 for row in rows],
                revenue=revenue.get(account) if isinstance(revenue, Mapping) else None if paid is None else float(paid),
                reason=now.reasons[place].get(asked.name),
                pulls=now.pulls[place],
                causes=now.causes[place],
                plays=now.plays[place],
                stages={name: _stages(columns[name], rows) for name in panel.model.journeys},
                missing={name: why for name, why in now.reasons[place].items() if name not in now.others},
            )
        )
    return Facts(
        score=asked,
        is_mean=now.is_mean,
        as_ofs=[_core.show_instant(int(each)) for each in at],
        accounts=sorted(accounts, key=_urgency),
        model=panel.model,
        has_revenue=revenue is not None,
        revenue_look=look_of_column(now.document, revenue) if isinstance(revenue, str) else PLAIN,
        journeys={name: stage_labels(now.document, name) for name in panel.model.journeys},
        labels={name: look_of_column(now.document, name).label or name for name in panel.model.columns},
    )


def _urgency(account: Account) -> tuple[Any, ...]:
    """As :meth:`Panel.ranked`: the lowest score first, of equal ones those who pay more, those without a score last."""
    return account.score is None, account.score or 0.0, -(account.revenue or 0.0)


def _read(model: Model, asked: Score, owner: str | None, revenue: object) -> list[str]:
    names = [asked.name, *([f"{asked.name}_grade"] if asked.grades else []), *model.journeys]
    return list(dict.fromkeys([*names, *([owner] if owner else []), *([revenue] if isinstance(revenue, str) else [])]))


def _stages(stages: Sequence[str | None], rows: Sequence[int]) -> tuple[str | None, str | None]:
    before = rows[-2] if len(rows) > 1 else -1
    return stages[before] if before >= 0 else None, stages[rows[-1]] if rows[-1] >= 0 else None


class _Now:
    """What the panel says of its last as-of, by the place of the account."""

    def __init__(self, panel: PanelLike, asked: Score, at: Ints, grid: Ints) -> None:
        self.document = panel.model.to_dict()
        self.others = {*panel.model.scores, *panel.model.journeys}
        """Names that reasons are told of and that are no metrics."""
        self.is_mean = asked.spec.get("combine", "mean") == "mean"
        self._asked = asked
        ids, _ = distinct(panel.table["account_id"])
        self._place = {account: place for place, account in enumerate(ids.to_pylist())}
        self._gather_pulls(panel, int(at[-1]))
        self.reasons: list[dict[str, str]] = [{} for _ in grid]
        for row in _at(panel.reasons(), at[-1]).select(["account_id", "metric", "reason"]).to_pylist():
            self.reasons[self._place[row["account_id"]]][row["metric"]] = row["reason"]
        self.plays: list[list[Row]] = [[] for _ in grid]
        for row in _at(panel.plays(), at[-1]).drop_columns(["evidence", "evidence_now"]).to_pylist():
            row["called"] = play_label(self.document, row["play"])
            self.plays[self._place[row["account_id"]]].append(row)
        self.causes: list[list[Cause]] = [[] for _ in grid]
        if len(at) > 1:
            self._gather_causes(panel, at)

    def _gather_pulls(self, panel: PanelLike, last: int) -> None:
        """Those that are shown as more than 0.0, the strongest first."""
        self.pulls: list[list[Pull]] = [[] for _ in self._place]
        for row in panel.at(np.datetime64(last, "us")).pulls(self._asked.name).to_pylist():
            if is_shown(row["pull"], self._asked.look):
                value = show_as(row["value"], self._asked.names.look(row["part"]))
                pull = Pull(row["label"], value, row["points"], row["pull"])
                self.pulls[self._place[row["account_id"]]].append(pull)

    def _gather_causes(self, panel: PanelLike, at: Ints) -> None:
        before, now = (np.datetime64(int(each), "us") for each in at[-2:])
        found: dict[int, list[Row]] = defaultdict(list)
        for row in panel.why_changed(self._asked.name, before, now).to_pylist():
            if row["part"] is not None and row["contribution"] is not None:
                found[self._place[row["account_id"]]].append(row)
        names = self._asked.names
        for place, rows in found.items():
            rows.sort(key=lambda row: -abs(row["contribution"]))
            self.causes[place] = [
                Cause(names.label(row["part"]), cause_in_words(row, names), row["contribution"])
                for row in rows[:_CAUSES]
            ]


def _at(table: pa.Table, micros: int) -> pa.Table:
    import pyarrow as pa

    return table.filter(pa.array(micros_of(table["as_of"]) == micros))


def counted_stages(accounts: Sequence[Account], journey: str) -> list[tuple[str, int, int, Counter[str]]]:
    """Of each stage how many accounts are in it now and were before, and whence those came that are new in it."""
    before, now = Counter[str](), Counter[str]()
    came: dict[str, Counter[str]] = defaultdict(Counter)
    for account in accounts:
        was, is_ = account.stages[journey]
        if was is not None:
            before[was] += 1
        if is_ is not None:
            now[is_] += 1
            if was != is_ and was is not None:
                came[is_][was] += 1
    return [(stage, before[stage], now[stage], came[stage]) for stage in dict.fromkeys([*before, *now])]
