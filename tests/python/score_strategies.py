"""Random scores over what a case has: all shapes, policies, caps, peers, and what goes over time."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from oracle import risk
from strategies import LENGTHS, TEXTS, Case, Draw, Formulas, Name, chance, pick
from words import known

OF_NUMBERS, AMONG_PEERS = ["bands", "bands", "curve", "identity"], ["percentile", "percentile", "zscore"]
NUMERIC = {*OF_NUMBERS, *AMONG_PEERS, "logistic"}
known("measure", "bands", [*NUMERIC, "labels", "cases"])
known("case", "bands", [*NUMERIC, "labels", "points", "missing"])
known("measure", "value", ["value", "score", "each"])
known("band", "below", ["below", "up_to"])
known("grade", "from", ["from", "above"])
CAPS = known("cap", "at_most", ["at_most", "at_least", "set"])
COMBINE = known("score", "combine", ["mean", "sum", "lowest", "highest"])
RANKS = known("percentile", "rank", ["mid", "below", "at_most"])
ROWS_LACK = ["never", "silent", "stale", "too_young", "too_few", "open"]
REASONS = known("case", "missing", [*ROWS_LACK, "undefined", "not_applicable", "out_of_range", "few_peers", "coverage"])
POLICIES = ["skip", "fail"]
known("measure", "missing", [*REASONS, *POLICIES, "else"])
GRADE_OR_TREND = [["'g0'", "'g1'", "'g2'"], ["'up'", "'down'", "'flat'"]]


class Scores:
    """Exact cases keep to weights, points and scales whose arithmetic is exact, so that edges may be met."""

    def __init__(self, draw: Draw, case: Case, features: frozenset[str] = frozenset()) -> None:
        self.draw, self.case, self.features, self.done = draw, case, features, list[str]()
        self.scales = (
            [[0, 64], [0, 128], [-64, 64], [16, 80]] if case.exact else [[0, 100], [0, 1], [-5, 5], [300, 850]]
        )
        self.weights = [1, 2, 0, 4, 0.5, 3, 0.3, 0.15] if case.exact else [1, 30, 0, 0.1, 0.3, 7.7]

    def formula(self) -> str:
        names = [*self.case.names, *(Name(text, "number", "exact") for text in self.references())]
        if "time" in self.features and chance(self.draw, 2) and self.graded():
            name = pick(self.draw, self.graded()).text
            return f"{name} = {pick(self.draw, GRADE_OR_TREND[name.endswith('_trend')])}"
        return Formulas(self.draw, names, panel=True).boolean(2)

    def references(self) -> list[str]:
        found = [text for score in self.done for text in (score, f"{score}_coverage")]
        for score in self.done:
            spec = self.case.model["scores"][score]
            found += [f"{score}_change"] * ("trend" in spec) + [score + ending for ending in risk.defined(spec)]
        return found

    def graded(self) -> list[Name]:
        """The text columns of scores."""
        specs = [(score, self.case.model["scores"][score]) for score in self.done]
        found = [Name(f"{score}_grade", "text") for score, spec in specs if "grades" in spec]
        for score, spec in specs:
            if "trend" in spec:
                found += [
                    Name(f"{score}{ending}", "text") for ending in ["_trend"] + ["_grade_before"] * ("grades" in spec)
                ]
        return found

    def point(self, scale: list[int]) -> float:
        low, high = scale
        share = pick(self.draw, [0.5, 0, 1, 0.25, 0.75, 0.625, 1.5, -0.25])
        return low + (high - low) * share

    def number(self) -> str:
        names = self.case.of_type("number", "whole") if self.case.exact else self.case.of_type("number")
        if names and not chance(self.draw, 4):
            return str(pick(self.draw, names))
        return Formulas(self.draw, self.case.names, tame=self.case.exact, panel=True).number(2)

    def shape(self, scale: list[int], kind: str = "number") -> dict[str, Any]:
        if kind in ("text", "boolean"):
            keys = TEXTS if kind == "text" else ["true", "false"]
            chosen = self.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True))
            return {"labels": {key: self.point(scale) for key in chosen}}
        if "peers" in self.features and not chance(self.draw, 3):
            return self.smooth_shape()
        form = pick(self.draw, OF_NUMBERS)
        if form == "identity":
            return {"identity": True}
        steps = [-2, 0, 1, 2, 3, 5, 7, 40] if form == "bands" else [-2, 0, 2, 4, 8, 16, 32]
        edges = sorted(self.draw(st.lists(st.sampled_from(steps), min_size=2, max_size=4, unique=True)))
        if form == "curve":
            return {"curve": [[edge, self.point(scale)] for edge in edges]}
        found: list[dict[str, Any]] = []
        for edge in edges:
            kinds = pick(self.draw, [["below"], ["up_to"], ["below", "up_to"]])
            found += [{kind: edge, "points": self.points_or_null(scale)} for kind in kinds]
        return {"bands": found if chance(self.draw, 3) else [*found, {"points": self.points_or_null(scale)}]}

    def smooth_shape(self) -> dict[str, Any]:
        form = pick(self.draw, [*AMONG_PEERS, "logistic"])
        if form == "logistic":
            return {"logistic": {"midpoint": pick(self.draw, [0, 2, -1.5]), "slope": pick(self.draw, [1, 0.25, -2])}}
        spec: dict[str, Any] = {}
        if chance(self.draw, 2):
            spec["within"] = self.within()
        if chance(self.draw, 3):
            spec["least"] = pick(self.draw, [2, 3])
        if form == "percentile" and chance(self.draw, 2):
            spec["rank"] = pick(self.draw, RANKS)
        if form == "zscore" and chance(self.draw, 2):
            spec["limit"] = pick(self.draw, [1, 0.5, 2])
        return {form: spec}

    def within(self) -> str:
        """A formula of few values: text, a boolean, a small number, sometimes missing."""
        texts = self.case.of_type("text") + self.case.of_type("boolean")
        if texts and not chance(self.draw, 3):
            return str(pick(self.draw, texts))
        return str(pick(self.draw, [f"floor({self.number()} / 4)", "1", f"if({self.formula()}, 'x', 'y')"]))

    def among_peers(self, spec: dict[str, Any]) -> dict[str, Any]:
        """What stands beside a shape: descending beside ranks, shrink beside numbers."""
        shapes = [spec, *spec.get("cases", [])]
        if any(key in shape for shape in shapes for key in AMONG_PEERS) and chance(self.draw, 3):
            spec["descending"] = True
        counts = [name for name in self.case.of_type("number", "whole") if "." not in name]  # metrics, no attributes
        has_numbers = any(NUMERIC & shape.keys() for shape in shapes) and not any("labels" in shape for shape in shapes)
        if has_numbers and counts and chance(self.draw, 3):
            spec["shrink"] = {"rows": pick(self.draw, counts), "strength": pick(self.draw, [1, 4, 0, 2.5])}
        return spec

    def points_or_null(self, scale: list[int]) -> float | None:
        return None if chance(self.draw, 8) else self.point(scale)

    def policy(self, scale: list[int]) -> Any:
        def simple() -> Any:
            return pick(self.draw, [*POLICIES, self.point(scale), self.point(scale)])

        if chance(self.draw, 2):
            return simple()
        chosen = self.draw(st.lists(st.sampled_from([*REASONS, "else"]), min_size=1, max_size=4, unique=True))
        return {reason: simple() for reason in chosen}

    def cases(self, scale: list[int], kind: str = "number") -> list[dict[str, Any]]:
        found = []
        for _ in range(self.draw(st.integers(1, 3))):
            body = pick(self.draw, ["shape", "shape", "points", "missing"])
            then = {"points": self.point(scale)} if body == "points" else {"missing": pick(self.draw, REASONS)}
            found.append({"when": self.formula()} | (self.shape(scale, kind) if body == "shape" else then))
        if not chance(self.draw, 3):
            found.append(self.shape(scale, kind))
        return found

    def measure(self, scale: list[int]) -> dict[str, Any]:
        spec: dict[str, Any] = {}
        sources = ["value"] * 4 + ["score"] * 2 * bool(self.done)
        splits = [name for name, (type_, _) in self.case.splits.items() if type_ == "number" and not self.case.exact]
        source = pick(self.draw, sources + ["each"] * 2 * bool(splits))
        if source == "score":
            spec["score"] = pick(self.draw, self.done)
        elif source == "each":
            spec |= {"each": pick(self.draw, splits)} | self.shape(scale)
        else:
            spec |= self.value_source(scale)
        if source != "score" and "peers" in self.features:
            spec = self.among_peers(spec)
        if not chance(self.draw, 3):
            spec["weight"] = pick(self.draw, self.weights)
            if source == "each" and chance(self.draw, 2):
                parts = self.case.splits[spec["each"]][1]
                spec["weight"] = {part: pick(self.draw, self.weights) for part in parts}
        if chance(self.draw, 2):
            spec["missing"] = self.policy(scale)
        return spec

    def value_source(self, scale: list[int]) -> dict[str, Any]:
        kind = pick(self.draw, ["number", "number", "number", "text", "boolean"])
        names = self.case.of_type(kind) if kind != "number" else []
        kind = kind if names else "number"
        value = self.number() if kind == "number" else pick(self.draw, names)
        shape = {"cases": self.cases(scale, kind)} if chance(self.draw, 3) else self.shape(scale, kind)
        return {"value": value} | shape

    def caps(self, scale: list[int]) -> list[dict[str, Any]]:
        found = []
        for index in range(self.draw(st.integers(1, 2))):
            # A bound that dwarfs the scale leaves nothing of it in the differences that are its contribution.
            wide = f"clip({self.number()}, {scale[0] - 100}, {scale[1] + 100})"
            bound: Any = wide if chance(self.draw, 3) else self.point(scale)
            cap = {"name": f"c{index}", pick(self.draw, CAPS): bound}
            found.append(cap if chance(self.draw, 2) else cap | {"when": self.formula()})
        return found

    def grades(self, scale: list[int]) -> list[dict[str, Any]]:
        shares = sorted(
            self.draw(st.lists(st.sampled_from([0.25, 0.5, 0.625, 0.75]), min_size=1, max_size=3, unique=True))
        )
        edges = [scale[0] + (scale[1] - scale[0]) * share for share in shares]
        first: dict[str, Any] = {"name": "g0"} if chance(self.draw, 2) else {"name": "g0", "from": scale[0]}
        rest = [{"name": f"g{i + 1}", pick(self.draw, ["from", "above"]): edge} for i, edge in enumerate(edges)]
        return [first, *rest]

    def probability(self, scale: list[int]) -> dict[str, Any]:
        low, high = scale

        def falling(least: float, most: float, places: list[float]) -> list[list[float]]:
            shown = sorted(self.draw(st.lists(st.sampled_from(places), min_size=2, max_size=4, unique=True)))
            falls = sorted((pick(self.draw, [0, 0.25, 0.5, 0.75, 1]) for _ in shown), reverse=True)
            return [
                [low + (high - low) * place, least + (most - least) * fall]
                for place, fall in zip(shown, falls, strict=True)
            ]

        inside, anywhere = [0, 0.25, 0.5, 1], [-0.5, 0, 0.25, 0.5, 1, 2]
        found: dict[str, Any] = {"of": "left", "horizon": pick(self.draw, LENGTHS)}
        if chance(self.draw, 2):  # over the whole of the scale between a half and seven eighths
            steep = pick(self.draw, [0, 0.5, 1.9]) / (high - low)
            found["logistic"] = {"a": steep * high, "b": steep}
        else:
            found["curve"] = falling(0.5, 0.875, anywhere)
        if chance(self.draw, 2):
            found["low"] = falling(0, 0.5, inside)
        if chance(self.draw, 2):
            found["high"] = falling(0.875, 1, inside)
        return found

    def over_time(self, spec: dict[str, Any]) -> None:
        low, high = spec["scale"]
        if not chance(self.draw, 4):
            spec["grades"] = spec.get("grades", self.grades(spec["scale"]))
            spec["hysteresis"] = {"points": (high - low) * pick(self.draw, [0.125, 0.25, 0.0625, 0, 0.5])}
        if not chance(self.draw, 3):
            spec["trend"] = {"over": pick(self.draw, LENGTHS)}
            if chance(self.draw, 2):
                spec["trend"]["flat_within"] = (high - low) * pick(self.draw, [0.125, 0.0625, 0])

    def add(self, name: str) -> None:
        scale = pick(self.draw, self.scales)
        spec: dict[str, Any] = {"scale": scale}
        spec["measures"] = {f"p{i}": self.measure(scale) for i in range(pick(self.draw, [2, 3, 4, 1]))}
        spec["combine"] = pick(self.draw, ["mean", *COMBINE])
        for key, one_in, build in (
            ("least_coverage", 3, lambda: pick(self.draw, [0.5, 0.25, 0.75, 1])),
            ("caps", 3, lambda: self.caps(scale)),
            ("round", 4, lambda: pick(self.draw, [0, 1, 2, -1])),
            ("grades", 2, lambda: self.grades(scale)),
            ("include", 6, self.formula),
            ("probability", 4, lambda: self.probability(scale)),
        ):
            if chance(self.draw, one_in):
                spec[key] = build()
        if "time" in self.features:
            self.over_time(spec)
        self.case.model["scores"][name] = spec
        self.done.append(name)
