"""One line of the speed table: a figure, what it must reach, what it reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bench.samples import Samples, duration, ratio

Sense = Literal["at least", "at most", "reported"]


@dataclass(frozen=True)
class Line:
    """A figure. `seconds` says what went into it; a `reported` one has no limit and cannot fail."""

    figure: str
    measured: Samples | None
    sense: Sense = "reported"
    limit: float | None = None
    show: Callable[[float], str] = ratio
    seconds: Mapping[str, Samples] = field(default_factory=dict)
    note: str = ""
    family: tuple[str, str] | None = None  # what is asked of several alike, and of which of them: one row of the table

    @property
    def ok(self) -> bool | None:
        """Whether the median is within the limit; None where there is no limit, False where nothing was measured."""
        if self.limit is None:
            return None
        if self.measured is None:
            return False
        return self.measured.median >= self.limit if self.sense == "at least" else self.measured.median <= self.limit

    @property
    def required(self) -> str:
        """What must be reached, as text."""
        return self.sense if self.limit is None else f"{self.sense} {self.show(self.limit)}"

    def row(self) -> list[str]:
        """Cells of the Markdown table."""
        measured = "not measured" if self.measured is None else self.measured.text(self.show)
        details = [f"{name}: {samples.text(duration)}" for name, samples in self.seconds.items()]
        verdict = {True: "yes", False: "**no**", None: ""}[self.ok]
        return [
            self.figure,
            self.required,
            measured,
            "; ".join([*details, *([self.note] if self.note else [])]),
            verdict,
        ]

    def as_json(self) -> dict[str, object]:
        """Every value measured, with the texts of the table."""
        return {
            "figure": self.figure,
            "required": self.required,
            "limit": self.limit,
            "measured": None if self.measured is None else list(self.measured.values),
            "median": None if self.measured is None else self.measured.median,
            "seconds": {name: list(samples.values) for name, samples in self.seconds.items()},
            "note": self.note,
            "ok": self.ok,
            "family": self.family,
            "row": self.row(),
        }
