"""Random valid models over the random tables of strategies.py: metrics, scores, journeys, cohorts and plays."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from strategies import (
    DAY,
    LENGTHS,
    TEXTS,
    VALUES,
    WHOLE,
    Case,
    Draw,
    Formulas,
    Name,
    add_tables,
    as_of,
    chance,
    grid,
    moment,
    pick,
)

NO_OF = ["count", "first_time", "last_time", "days_since_first", "days_since_last"]
OF_ANY = ["count_distinct", "first", "last", "top_share", "entropy", "completeness"]
OF_NUMBER = ["sum", "sum", "mean", "std", "median", "quantile"]
EXACT = {"completeness", "top_share", "longest_gap", "days_to_end", "days_unbroken"}
EXACT |= {"first_time", "last_time", "days_since_first", "days_since_last"}


# --- metrics ----------------------------------------------------------------------------------------------------------


def row_formulas(draw: Draw, case: Case, table: str) -> Formulas:
    columns = [column for column in case.schemas[table] if column in VALUES]
    names = [Name(column, VALUES[column][0], "whole" if column in WHOLE else "exact") for column in columns]
    spec = case.model["tables"][table]
    names += [Name(spec[role], "instant") for role in ("time", "start", "end", "known") if role in spec]
    return Formulas(draw, names)


def choose_of(draw: Draw, formulas: Formulas, types: list[str]) -> tuple[str, str, str]:
    """A formula for `of`, its type and how sure its value is."""
    type_ = pick(draw, [t for t in types if t in ("number", "boolean") or formulas.names[t]])
    if formulas.names[type_] and not chance(draw, 3):
        text = pick(draw, formulas.names[type_])
        return text, type_, "whole" if text in WHOLE else "exact"
    return formulas.of_type(type_, 1), type_, "exact"


def without_vast(formulas: Formulas) -> Formulas:
    """Where sums on the way may overflow although the result would not, the document leaves the result open."""
    names = [name for name in formulas.names["number"] if name != "vast"]
    formulas.names = {**formulas.names, "number": names}
    return formulas


def choose_agg(draw: Draw, kind: str, mode: str) -> str:
    choices = NO_OF + OF_ANY + OF_NUMBER + ["count", "count_distinct", "min", "max", "first", "last", "last"]
    if kind == "events" or mode in ("started", "ended"):
        choices = [*choices, "decayed", "longest_gap"]
    if kind == "intervals" and mode == "alive":
        choices = [*choices, *["days_to_end", "days_unbroken", "days_unbroken"] * 3]
    return str(pick(draw, choices))


def aggregate(draw: Draw, case: Case, spec: dict[str, Any], agg: str) -> tuple[str, str]:
    """Adds `of` and the aggregation's own keys; returns the metric's type and sureness."""
    formulas = row_formulas(draw, case, spec["from"])
    if agg in NO_OF:
        return ("instant", "exact") if agg.endswith("_time") else ("number", "whole" if agg == "count" else "exact")
    if agg in ("longest_gap", "days_to_end", "days_unbroken"):
        if agg == "days_unbroken" and chance(draw, 2):
            spec["gap"] = pick(draw, ["1d", "7d", "28d", "14d", "1mo"])
        return "number", "exact"
    if agg == "completeness":
        return wanted(draw, case, spec)
    if agg in OF_NUMBER or agg == "decayed":
        return of_number(draw, spec, agg, formulas)
    types = ["number", "boolean", "instant", "integer"]
    spec["of"], type_, sure = choose_of(draw, formulas, types if agg in ("min", "max") else [*types, "text"])
    if agg in ("count_distinct", "top_share", "entropy"):
        return "number", {"count_distinct": "whole", "top_share": "exact"}.get(agg, "loose")
    # The largest integers come out as floats: as numbers they are exact, but no longer integer columns.
    return "number" if type_ == "integer" else type_, sure


def of_number(draw: Draw, spec: dict[str, Any], agg: str, formulas: Formulas) -> tuple[str, str]:
    sure = "whole"
    if agg != "decayed" or chance(draw, 2):
        formulas = formulas if agg == "sum" else without_vast(formulas)
        spec["of"], _, sure = choose_of(draw, formulas, ["number", "number", "boolean"])
    if agg == "quantile":
        spec["q"] = pick(draw, [0.5, 0.25, 0.9, 0, 1])
    if agg == "decayed":
        spec["half_life"] = pick(draw, ["7d", "12h", "4w"])
    if agg == "sum":
        return "number", sure
    return "number", "exact" if agg == "mean" and sure == "whole" else "loose"


def wanted(draw: Draw, case: Case, spec: dict[str, Any]) -> tuple[str, str]:
    texts = [column for column in ("kind", "big", "n") if column in case.schemas[spec["from"]]]
    if not texts:
        spec["agg"] = "count"
        return "number", "whole"
    column = spec["of"] = pick(draw, texts)
    options = TEXTS if column == "kind" else [value for value in VALUES[column][1] if value is not None]
    values = draw(st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True))
    if chance(draw, 2):
        spec["wanted"] = {str(value): pick(draw, [1, 2, 3]) for value in values}
    else:
        spec["wanted"] = values
    return "number", "exact"


def windows(draw: Draw, case: Case, spec: dict[str, Any]) -> None:
    """Windows, since and full_window, for what happens at an instant."""
    instants = case.of_type("instant")
    if chance(draw, 4):
        spec["since"] = Formulas(draw, [Name(text, "instant") for text in instants]).instant()
        if chance(draw, 2):
            spec["window"] = pick(draw, LENGTHS)
    elif not chance(draw, 3):
        spec["window"] = pick(draw, LENGTHS)
        if chance(draw, 5):
            spec["full_window"] = True


def buckets(draw: Draw, spec: dict[str, Any], sure: str) -> str:
    if spec["agg"] not in ("count", "count_distinct", "sum", "mean", "min", "max") or "since" in spec:
        return sure
    if not chance(draw, 3):
        return sure
    spec["every"], spec["window"] = pick(
        draw, [("7d", "28d"), ("1d", "7d"), ("1w", "4w"), ("12h", "2d"), ("14d", "28d")]
    )
    spec["then"] = pick(draw, ["mean", "median", "min", "max", "std", "slope", "active", "streak", "floored"])
    if chance(draw, 3):
        spec["empty"] = "skip"
    if spec["then"] in ("active", "streak"):
        if chance(draw, 3):
            spec["above"] = pick(draw, [-1, 0, 0.5, 1, 3])
        return "whole"
    return sure if spec["then"] in ("min", "max") else "loose"


def from_table(draw: Draw, case: Case, name: str) -> None:
    table = pick(draw, [table for table, spec in case.model["tables"].items() if spec["kind"] != "accounts"])
    kind = case.model["tables"][table]["kind"]
    spec: dict[str, Any] = {"from": table}
    mode = "alive"
    if kind == "intervals" and chance(draw, 2):
        mode = spec["rows"] = pick(draw, ["alive", "started", "ended", "upcoming", "any"])
    spec["agg"] = agg = choose_agg(draw, kind, mode)
    type_, sure = aggregate(draw, case, spec, agg)
    happens = kind == "events" or mode in ("started", "ended")
    if happens:
        windows(draw, case, spec)
        if type_ == "number":
            sure = buckets(draw, spec, sure)
    if mode in ("alive", "started", "ended") and chance(draw, 4):
        spec["offset"] = pick(draw, LENGTHS)
    if (happens or kind == "states") and chance(draw, 8):
        spec["stale_after"] = pick(draw, LENGTHS)
    if agg != "days_unbroken" and chance(draw, 6):
        spec["min_rows"] = pick(draw, [1, 2, 3])
    if chance(draw, 4):
        spec["where"] = row_formulas(draw, case, table).boolean(2)
    case.model["metrics"][name] = spec
    add_names(draw, case, name, spec, type_, sure)


def add_names(draw: Draw, case: Case, name: str, spec: dict[str, Any], type_: str, sure: str) -> None:
    columns = [column for column in ("kind", "n", "flag", "big") if column in case.schemas[spec["from"]]]
    if not columns or not chance(draw, 5):
        case.names.append(Name(name, type_, sure))
        return
    column = pick(draw, columns)
    options = TEXTS if column == "kind" else [value for value in VALUES[column][1] if value is not None]
    values = draw(st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True))
    spec["by"] = {"column": column, "values": values}
    parts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    case.splits[name] = (type_ if sure != "loose" else "loose", parts)
    case.names += [Name(f'{name}."{part}"', type_, sure) for part in parts]


def from_formula(draw: Draw, case: Case, name: str) -> None:
    formulas = Formulas(draw, case.names, panel=True)
    type_ = pick(draw, ["number", "number", "number", "boolean", "text", "instant"])
    sure = "exact"
    splits = [metric for metric, (split_type, _) in case.splits.items() if split_type == "number"]
    loose = case.of_type("number", "loose")
    if splits and chance(draw, 2):
        type_, text = "number", over_split(draw, pick(draw, splits))
        sure = "loose" if text.startswith("mean") else "exact"
    elif loose and chance(draw, 4):
        # No cancellation and no edge that a value may meet: the last bits of these differ between evaluators.
        form = pick(draw, ["coalesce({m}, 1)", "{m} * 2", "if({m} > 3.377, 1, 0.5)", "least({m}, 1000.377)"])
        type_, text, sure = "number", form.format(m=pick(draw, loose)), "loose"
    elif type_ == "number" and chance(draw, 4):
        function = pick(draw, ["exp", "ln", "log10", "log1p", "asinh", "pow"])
        inner = formulas.number(1)
        text = f"pow({inner}, {pick(draw, ['2', '0.5', '-1.5'])})" if function == "pow" else f"{function}({inner})"
        sure = "loose"
    else:
        text = formulas.of_type(type_, 3)
    case.model["metrics"][name] = {"formula": text}
    case.names.append(Name(name, type_, sure))


def over_split(draw: Draw, metric: str) -> str:
    if chance(draw, 4):
        return f"count({metric}.* > {pick(draw, ['0', '1', '2.5'])})"
    inner = pick(draw, ["{m}.*", "{m}.* * 2", "coalesce({m}.*, 1)", "1 / {m}.*"]).format(m=metric)
    return f"{pick(draw, ['sum', 'mean', 'min', 'max'])}({inner})"


GRADE_OR_TREND = [["'g0'", "'g1'", "'g2'"], ["'up'", "'down'", "'flat'"]]


# --- scores -----------------------------------------------------------------------------------------------------------


class Scores:
    """Exact cases keep to weights, points and scales whose arithmetic is exact, so that edges may be met."""

    def __init__(self, draw: Draw, case: Case, features: frozenset[str] = frozenset()) -> None:
        self.draw, self.case, self.features, self.done = draw, case, features, list[str]()
        self.scales = (
            [[0, 64], [0, 128], [-64, 64], [16, 80]] if case.exact else [[0, 100], [0, 1], [-5, 5], [300, 850]]
        )
        self.weights = [1, 2, 0, 4, 0.5, 3] if case.exact else [1, 30, 0, 0.1, 0.3, 7.7]

    def formula(self) -> str:
        names = [*self.case.names, *(Name(text, "number", "exact") for text in self.references())]
        if "time" in self.features and chance(self.draw, 2) and self.graded():
            name = pick(self.draw, self.graded()).text
            return f"{name} = {pick(self.draw, GRADE_OR_TREND[name.endswith('_trend')])}"
        return Formulas(self.draw, names, panel=True).boolean(2)

    def references(self) -> list[str]:
        found = [text for score in self.done for text in (score, f"{score}_coverage")]
        return found + [f"{score}_change" for score in self.done if "trend" in self.case.model["scores"][score]]

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
            return self.new_shape()
        form = pick(self.draw, ["bands", "bands", "curve", "identity"])
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

    def new_shape(self) -> dict[str, Any]:
        form = pick(self.draw, ["percentile", "percentile", "zscore", "logistic"])
        if form == "logistic":
            return {"logistic": {"midpoint": pick(self.draw, [0, 2, -1.5]), "slope": pick(self.draw, [1, 0.25, -2])}}
        spec: dict[str, Any] = {}
        if chance(self.draw, 2):
            spec["within"] = self.within()
        if chance(self.draw, 3):
            spec["least"] = pick(self.draw, [2, 3])
        if form == "percentile" and chance(self.draw, 2):
            spec["rank"] = pick(self.draw, ["mid", "below", "at_most"])
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
        if any(key in shape for shape in shapes for key in ("percentile", "zscore")) and chance(self.draw, 3):
            spec["descending"] = True
        counts = [name for name in self.case.of_type("number", "whole") if "." not in name]  # metrics, no attributes
        numeric = {"bands", "curve", "identity", "logistic", "percentile", "zscore"}
        has_numbers = any(numeric & shape.keys() for shape in shapes) and not any("labels" in shape for shape in shapes)
        if has_numbers and counts and chance(self.draw, 3):
            spec["shrink"] = {"rows": pick(self.draw, counts), "strength": pick(self.draw, [1, 4, 0, 2.5])}
        return spec

    def points_or_null(self, scale: list[int]) -> float | None:
        return None if chance(self.draw, 8) else self.point(scale)

    def policy(self, scale: list[int]) -> Any:
        def simple() -> Any:
            return pick(self.draw, ["skip", "fail", self.point(scale), self.point(scale)])

        if chance(self.draw, 2):
            return simple()
        reasons = ["never", "silent", "not_applicable", "out_of_range", "undefined", "stale", "else", "coverage"]
        chosen = self.draw(st.lists(st.sampled_from(reasons), min_size=1, max_size=4, unique=True))
        return {reason: simple() for reason in chosen}

    def cases(self, scale: list[int]) -> list[dict[str, Any]]:
        found = []
        for _ in range(self.draw(st.integers(1, 3))):
            body = pick(self.draw, ["shape", "shape", "points", "missing"])
            then = (
                {"points": self.point(scale)}
                if body == "points"
                else {"missing": pick(self.draw, ["too_young", "silent"])}
            )
            found.append({"when": self.formula()} | (self.shape(scale) if body == "shape" else then))
        if not chance(self.draw, 3):
            found.append(self.shape(scale))
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
        if kind != "number" and names:
            return {"value": pick(self.draw, names)} | self.shape(scale, kind)
        return {"value": self.number()} | ({"cases": self.cases(scale)} if chance(self.draw, 3) else self.shape(scale))

    def caps(self, scale: list[int]) -> list[dict[str, Any]]:
        found = []
        for index in range(self.draw(st.integers(1, 2))):
            # A bound that dwarfs the scale leaves nothing of it in the differences that are its contribution.
            wide = f"clip({self.number()}, {scale[0] - 100}, {scale[1] + 100})"
            bound: Any = wide if chance(self.draw, 3) else self.point(scale)
            cap = {"name": f"c{index}", pick(self.draw, ["at_most", "at_least", "set"]): bound}
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
        spec["combine"] = pick(self.draw, ["mean", "mean", "sum", "lowest", "highest"])
        for key, one_in, build in (
            ("least_coverage", 3, lambda: pick(self.draw, [0.5, 0.25, 0.75, 1])),
            ("caps", 3, lambda: self.caps(scale)),
            ("round", 4, lambda: pick(self.draw, [0, 1, 2, -1])),
            ("grades", 2, lambda: self.grades(scale)),
            ("include", 6, self.formula),
        ):
            if chance(self.draw, one_in):
                spec[key] = build()
        if "time" in self.features:
            self.over_time(spec)
        self.case.model["scores"][name] = spec
        self.done.append(name)


# --- journeys, cohorts, plays -----------------------------------------------------------------------------------------


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


# --- everything -------------------------------------------------------------------------------------------------------


def clock(draw: Draw, case: Case) -> dict[str, str]:
    """Ticks that meet the grid's days; the daily ones begin late, for the slow evaluator walks them all."""
    anchor = moment(min(case.grid) // DAY * DAY - pick(draw, [60, 31, 0]) * DAY)
    late = moment(max(case.grid) // DAY * DAY - 21 * DAY)
    every = pick(draw, ["7d", "1mo", "2w", "1d", "36h", "1q"])
    return {"every": every, "anchor": f"{late if every in ('1d', '36h') else anchor:%Y-%m-%d}"}


@st.composite
def cases(draw: Draw, scores: bool = True, features: frozenset[str] = frozenset()) -> Case:
    model: dict[str, Any] = {"format": 1, "name": "random", "tables": {}, "metrics": {}, "scores": {}}
    case = Case(model, {}, {}, [], exact=chance(draw, 2))
    case.grid = grid(draw)
    add_tables(draw, case)
    case.as_ofs = [as_of(draw, case.grid) for _ in range(pick(draw, [2, 1, 3]))]
    for index in range(pick(draw, [2, 3, 4, 6, 8, 1])):
        build = from_formula if index and chance(draw, 2) else from_table
        build(draw, case, f"m{index}")
    if chance(draw, 6):
        model["include"] = Formulas(draw, case.names, panel=True).boolean(1)
    if scores:
        if features & {"time", "life"}:
            model["clock"] = clock(draw, case)
        builder = Scores(draw, case, features)
        for name in ("first_score", "health", "overall")[: pick(draw, [1, 2, 3, 0])]:
            builder.add(name)
        if builder.done and chance(draw, 6):
            model["metrics"]["late"] = {"formula": f"{pick(draw, builder.references())} > 3.377"}
        if "life" in features:
            Life(draw, case, builder).add()
    return case


def integer_ids(case: Case) -> bool:
    return any(pa.types.is_integer(schema["account_id"]) for schema in case.schemas.values())
