"""Random journeys, cohorts and plays over what a case has."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from score_strategies import Scores
from strategies import LENGTHS, Case, Draw, Formulas, chance, pick


class Life:
    """What comes later may use what came before it: other journeys' columns, cohorts, scores."""

    def __init__(self, draw: Draw, case: Case, scores: Scores) -> None:
        self.draw, self.case, self.scores = draw, case, scores
        self.rules: list[str] = []

    def rule(self) -> str:
        if self.rules and chance(self.draw, 3):
            return str(pick(self.draw, self.rules))
        if chance(self.draw, 3):
            return self.scores.formula()
        return Formulas(self.draw, self.case.names, panel=True).boolean(1)

    def cohort(self, name: str) -> None:
        self.case.model["cohorts"][name] = {"when": self.rule()}
        self.rules += [name, f"not {name}"]

    def journey(self, name: str) -> None:
        names = ["s0", "s1", "s2", "s3"][: pick(self.draw, [3, 2, 4, 1])]
        spec: dict[str, Any] = {"stages": [self.stage(stage) for stage in names]}
        if chance(self.draw, 3):
            options = st.lists(st.sampled_from(names), max_size=2, unique=True)
            spec["moves"] = {stage: self.draw(options) for stage in names if not chance(self.draw, 4)} or {"s0": []}
        if chance(self.draw, 3):
            spec["start"] = pick(self.draw, names)
        self.case.model["journeys"][name] = spec
        self.rules += [f"{name} = 's0'", f"{name} is missing", f"{name}_stalled", f"{name}_previous = 's1'"]
        self.rules += [f"{name}_days >= 14", f"as_of - {name}_since > 20"]

    def stage(self, name: str) -> dict[str, Any]:
        spec = {"name": name, "enter": f"{self.rule()} or as_of is missing"}  # a constant false is refused
        for key, one_in, build in (
            ("exit", 5, self.rule),
            ("least", 4, lambda: pick(self.draw, LENGTHS)),
            ("deadline", 2, lambda: pick(self.draw, LENGTHS)),
        ):
            if chance(self.draw, one_in):
                spec[key] = build()
        return spec

    def play(self, name: str) -> None:
        spec: dict[str, Any] = {"when": self.rule()}
        numbers = self.case.of_type("number", "whole", "exact")
        evidence = st.lists(st.sampled_from([*numbers, "as_of"]), min_size=1, max_size=2, unique=True)
        for key, one_in, build in (
            ("unless", 3, self.rule),
            ("closes", 3, self.rule),
            ("cooldown", 3, lambda: pick(self.draw, LENGTHS)),
            ("due", 3, lambda: pick(self.draw, LENGTHS)),
            ("priority", 3, lambda: pick(self.draw, [*numbers, 2, -1.5])),
            ("evidence", 2, lambda: self.draw(evidence)),
        ):
            if chance(self.draw, one_in):
                spec[key] = build()
        self.case.model["plays"][name] = spec

    def add(self) -> None:
        self.case.model |= {"journeys": {}, "cohorts": {}, "plays": {}}
        for index in range(pick(self.draw, [2, 3, 4, 1])):
            build = pick(self.draw, [self.journey, self.journey, self.cohort])
            build(f"j{index}")
        for index in range(pick(self.draw, [1, 2, 0])):
            self.play(f"p{index}")
