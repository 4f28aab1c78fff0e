"""What an explanation is made of: plain values, which text and HTML are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..grades import Grade
from ..results.looks import PLAIN, Look

__all__ = [
    "AccountView",
    "CohortView",
    "Life",
    "Lift",
    "Missing",
    "Part",
    "PlayView",
    "ProbabilityView",
    "ScoreView",
    "Since",
    "StageView",
    "Step",
]


@dataclass(frozen=True)
class Part:
    """One part of a score."""

    name: str
    about: str
    value: float | str | bool | None
    """A text or a boolean where the measure reads a metric of that type."""
    points: float | None
    weight: float | None
    contribution: float | None
    reason: str | None
    pull: float | None
    """Share × (points − score): above 0 it lifts the score, below 0 it holds it down. None where it has no share."""
    label: str | None = None
    """What people call it, by its ``label`` or that of what it measures."""
    shown: str | None = None
    """The value in its unit and digits, where the model says those."""

    @property
    def called(self) -> str:
        """Its label, else its name."""
        return self.label or self.name


@dataclass(frozen=True)
class Step:
    """One cause of a change, or many small ones together."""

    part: str | None
    cause: str | None
    adds: float | None
    """What it added to the score; None where the score was missing at one of the dates."""
    words: str


@dataclass(frozen=True)
class Since:
    """How a score moved since an earlier date; the steps sum to the change, the largest first."""

    date: str
    change: float | None
    """None where the score was missing at one of the dates."""
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Lift:
    """What would lift a score to its next grade."""

    grade: str
    """What people call it."""
    ways: tuple[str, ...]
    """Each enough alone, in words; the value that is most common among the accounts first."""
    held: tuple[str, ...]
    """Caps that keep the score below the grade, in words."""


@dataclass(frozen=True)
class ProbabilityView:
    """How likely is what a score warns of."""

    of: str
    """What happens, as the model writes it."""
    horizon: str
    """How soon, as the model writes it."""
    probability: float
    low: float | None
    """The ends of its interval; None where the model gives none."""
    high: float | None
    source: Mapping[str, Any]
    """What it was learned from, as the model writes it."""


@dataclass(frozen=True)
class ScoreView:
    """One score of the account, with its parts; they sum to it."""

    name: str
    about: str
    score: float | None
    low: float
    high: float
    grade: str | None
    coverage: float | None
    reason: str | None
    shares: bool
    """Whether weights are shares of the whole, so that points can be compared with the score."""
    parts: tuple[Part, ...]
    change: float | None = None
    """Since `over` ago; None where the score has no trend, or one of both scores is missing."""
    over: str | None = None
    grade_before: str | None = None
    since: Since | None = None
    """What changed since the panel's as-of before this one at which the account has a row. None where there is none."""
    lift: Lift | None = None
    """None where the score has no higher grade, or does not apply to the account."""
    edges: tuple[float, ...] = ()
    """Of its grades, those that hysteresis moves too: the score is shown on its side of each."""
    point_grades: tuple[Grade, ...] = ()
    """The grades that points of its parts may have, the worst first; none for a sum, of which points are no score."""
    probability: ProbabilityView | None = None
    """None where the model gives none, or the score is missing."""
    label: str | None = None
    """What people call it."""
    look: Look = PLAIN
    """How its numbers are shown."""
    grade_labels: Mapping[str, str] = field(default_factory=dict)
    """What people call its grades, by name."""

    @property
    def called(self) -> str:
        """Its label, else its name."""
        return self.label or self.name

    @property
    def grade_called(self) -> str | None:
        """The label of its grade, else its name."""
        return None if self.grade is None else self.grade_labels.get(self.grade, self.grade)


@dataclass(frozen=True)
class Missing:
    """A metric without a value."""

    metric: str
    reason: str
    label: str | None = None
    """What people call it."""

    @property
    def called(self) -> str:
        """Its label, else its name."""
        return self.label or self.metric


@dataclass(frozen=True)
class StageView:
    """Where the account is in one journey."""

    journey: str
    about: str
    stage: str | None
    since: str | None
    days: float | None
    previous: str | None
    stalled: bool | None
    reason: str | None
    """Why it is in no stage."""
    stage_about: str = ""
    owner: str | None = None
    """The team whose stage it is."""
    deadline: str | None = None
    """How long the stage may take, as the model writes it."""
    stage_label: str | None = None
    """What people call the stage."""
    previous_label: str | None = None
    """What people call the one before."""


@dataclass(frozen=True)
class CohortView:
    """A cohort that the account belongs to."""

    name: str
    label: str
    about: str
    revenue: float | None
    """What the account is worth by the cohort's metric; None where there is none, or it is missing."""
    shown: str | None = None
    """The revenue in its unit and digits, where the model says those."""


@dataclass(frozen=True)
class PlayView:
    """An open play: what is to be done."""

    id: str
    play: str
    about: str
    opened: str
    due: str | None
    overdue: bool
    priority: float | None
    owner: str | None
    role: str | None
    """Whom of the customer's people to address."""
    channel: str | None
    message: str | None
    evidence: Mapping[str, Any]
    """What was known when it opened, by name."""
    message_now: str | None = None
    """The message with the values of the as-of."""
    evidence_now: Mapping[str, Any] | None = None
    """What is known at the as-of, by name."""
    label: str | None = None
    """What people call the play."""
    looks: Mapping[str, Look] = field(default_factory=dict)
    """What people call the names of its evidence, and how their numbers are shown."""


@dataclass(frozen=True)
class Life:
    """Stages, cohorts and open plays of one row of a panel."""

    stages: tuple[StageView, ...] = ()
    cohorts: tuple[CohortView, ...] = ()
    plays: tuple[PlayView, ...] = ()


@dataclass(frozen=True)
class AccountView:
    """All there is to say of one account as of one date."""

    account: str | int
    as_of: str
    model: str
    digest: str
    scores: tuple[ScoreView, ...]
    missing: tuple[Missing, ...]
    stages: tuple[StageView, ...] = ()
    cohorts: tuple[CohortView, ...] = ()
    plays: tuple[PlayView, ...] = ()
    label: str | None = None
    """What the accounts table calls it, by its ``label``."""

    @property
    def title(self) -> str:
        """The account, behind what it is called."""
        return str(self.account) if self.label is None else f"{self.label} ({self.account})"
