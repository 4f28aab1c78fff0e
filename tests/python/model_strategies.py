"""Random valid models over the random tables of strategies.py: metrics here, scores and life cycles beside."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from life_strategies import Life
from score_strategies import Scores
from source_strategies import KEYS, Sources
from strategies import (
    DAY,
    LENGTHS,
    LOOSE,
    OVER_PARTS,
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
from words import aggregations, known

AGGREGATIONS = aggregations()
# The type of an aggregate's value, and how sure two correct evaluators are to agree on it; `of`: as what is aggregated.
RESULTS = {
    "count": ("number", "whole"),
    "count_distinct": ("number", "whole"),
    "sum": ("number", "of"),
    "decayed": ("number", "loose"),
    "mean": ("number", "exact of whole"),
    "std": ("number", "loose"),
    "median": ("number", "loose"),
    "quantile": ("number", "loose"),
    "min": ("of", "of"),
    "max": ("of", "of"),
    "first": ("of", "of"),
    "last": ("of", "of"),
    "first_time": ("instant", "exact"),
    "last_time": ("instant", "exact"),
    "days_since_first": ("number", "exact"),
    "days_since_last": ("number", "exact"),
    "days_to_end": ("number", "exact"),
    "days_unbroken": ("number", "exact"),
    "longest_gap": ("number", "exact"),
    "mode": ("of", "of"),
    "top_share": ("number", "exact"),
    "entropy": ("number", "loose"),
    "completeness": ("number", "exact"),
}
OFTEN = ["count", "sum", "count_distinct", "first", "last", "last"]
OF_TYPES = {
    "numbers and booleans": ["number", "number", "boolean"],
    "numbers, instants and booleans": ["number", "boolean", "instant", "integer"],
    "values of any type": ["number", "boolean", "instant", "integer", "text"],
}
ON = {"all": (), "events; started, ended intervals": ("events", "started", "ended"), "alive intervals": ("alive",)}
known("metric", "agg", RESULTS)
ROWS = known("metric", "rows", ["alive", "started", "ended", "upcoming", "any"])
THEN = known("metric", "then", ["mean", "median", "min", "max", "std", "slope", "active", "streak", "floored"])
EMPTY = known("metric", "empty", ["skip"])
known("metric", "formula", ["formula", "from"])


# --- metrics ----------------------------------------------------------------------------------------------------------


def row_formulas(draw: Draw, case: Case, table: str) -> Formulas:
    if table in case.row_names:
        return Formulas(draw, case.row_names[table])
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
    here = (kind, mode) if kind == "intervals" else (kind,)
    fitting = [agg for agg, row in AGGREGATIONS.items() if not ON[row.rows] or set(here) & set(ON[row.rows])]
    rare = [agg for agg in fitting if ON[AGGREGATIONS[agg].rows] == ("alive",)]
    return str(pick(draw, fitting + OFTEN + rare * 2))


def aggregate(draw: Draw, case: Case, spec: dict[str, Any], agg: str) -> tuple[str, str]:
    """Adds `of` and the aggregation's own keys; returns the metric's type and sureness."""
    formulas, takes = row_formulas(draw, case, spec["from"]), AGGREGATIONS[agg].of
    if agg == "completeness":
        return wanted(draw, case, spec)
    own_keys(draw, spec, agg)
    type_, sure = "number", "whole"
    if takes != "no" and not (takes.endswith(", or none") and chance(draw, 2)):
        takes = takes.removesuffix(", or none")
        if takes == "numbers and booleans" and agg != "sum":
            formulas = without_vast(formulas)
        spec["of"], type_, sure = choose_of(draw, formulas, OF_TYPES[takes])
    gives, how_sure = RESULTS[agg]
    if how_sure == "exact of whole":
        how_sure = "exact" if sure == "whole" else "loose"
    # The largest integers come out as floats: as numbers they are exact, but no longer integer columns.
    type_ = "number" if type_ == "integer" else type_
    return type_ if gives == "of" else gives, sure if how_sure == "of" else how_sure


def own_keys(draw: Draw, spec: dict[str, Any], agg: str) -> None:
    """The keys that one aggregation alone has."""
    if agg == "days_unbroken" and chance(draw, 2):
        spec["gap"] = pick(draw, ["1d", "7d", "28d", "14d", "1mo"])
    if agg == "quantile":
        spec["q"] = pick(draw, [0.5, 0.25, 0.9, 0, 1])
    if agg == "decayed":
        spec["half_life"] = pick(draw, ["7d", "12h", "4w"])


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
            if chance(draw, 3):
                spec["full_window"] = True
    elif not chance(draw, 3):
        spec["window"] = pick(draw, LENGTHS)
        if chance(draw, 5):
            spec["full_window"] = True


def buckets(draw: Draw, spec: dict[str, Any], sure: str) -> str:
    if not AGGREGATIONS[spec["agg"]].in_buckets or "since" in spec:
        return sure
    if not pick(draw, [False, True, True, True]):
        return sure
    spec["every"], spec["window"] = pick(
        draw, [("7d", "28d"), ("1d", "7d"), ("1w", "4w"), ("12h", "2d"), ("14d", "28d")]
    )
    spec["then"] = pick(draw, THEN)
    if chance(draw, 3):
        spec["empty"] = pick(draw, EMPTY)
    if spec["then"] in ("active", "streak"):
        if chance(draw, 3):
            spec["above"] = pick(draw, [-1, 0, 0.5, 1, 3])
        return "whole"
    return sure if spec["then"] in ("min", "max") else "loose"


def from_table(draw: Draw, case: Case, name: str) -> None:
    table = pick(
        draw, [table for table, spec in case.model["tables"].items() if spec["kind"] not in ("accounts", "keys")]
    )
    kind = case.model["tables"][table]["kind"]
    spec: dict[str, Any] = {"from": table}
    mode = "alive"
    if kind == "intervals" and chance(draw, 2):
        mode = spec["rows"] = pick(draw, ROWS)
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
        function = pick(draw, LOOSE)
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
    return f"{pick(draw, OVER_PARTS)}({inner})"


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
    if said := set(KEYS) & features or (set(KEYS) if "source" in features else set()):
        Sources(draw, case, said).add()
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
