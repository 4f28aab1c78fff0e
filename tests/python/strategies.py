"""Random models and tables together, on a coarse grid of instants so that ties and edges are common."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from arrow_tables import as_arrow
from oracle import Instant
from oracle.instants import DAY, HOUR, parse_instant
from words import FUNCTIONS, known

Draw = Any

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
IN_CI = bool(os.environ.get("CI")) or os.environ.get("HYPOTHESIS_PROFILE") == "ci"


def examples(count: int) -> settings:
    """Settings for a property: `count` examples, forty times as many under HYPOTHESIS_PROFILE=thorough."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(
        max_examples=count * 40 if THOROUGH else count,
        deadline=None,
        derandomize=IN_CI,
        print_blob=True,
        phases=[phase for phase in Phase if phase is not Phase.explain],  # the model that is noted explains more
        suppress_health_check=slow,
    )


ANCHORS = [parse_instant(t) for t in ("2024-02-29", "2024-03-31", "2024-01-31", "2024-03-01", "2024-02-15T12:00")]
DELTAS = [0, 0, -DAY, DAY, -7 * DAY, -14 * DAY, -28 * DAY, -29 * DAY, -31 * DAY, -60 * DAY, -366 * DAY, 30 * DAY]
DELTAS += [-6 * HOUR, 6 * HOUR, -1, 1]

VALUES: dict[str, tuple[str, list[Any], list[pa.DataType]]] = {
    "amount": ("number", [1.0, 0.0, 0.25, 2.0, 3.0, -2.5, 40.0, 100.0, -0.0, None], [pa.float64(), pa.float32()]),
    "n": ("number", [1, 0, 2, 3, -1, 7, None], [pa.int64(), pa.int16(), pa.int8()]),
    "price": ("number", [0.1, 0.2, 0.3, -0.7, 1 / 3, 123456.789, float("nan"), None], [pa.float64()]),
    "fee": ("number", [0.1, 0.2, -1.05, 3.0, None], [pa.decimal128(10, 2)]),
    "vast": ("number", [1.0, 1.7e308, -1.7e308, 1e-300, 2.0**53, float("inf"), None], [pa.float64()]),
    "big": ("integer", [2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 2**63 - 2, 0, None], [pa.int64()]),
    "flag": ("boolean", [True, False, None], [pa.bool_()]),
    "kind": (
        "text",
        ["a", "b", "A b", "ä", "", "it's", "🦊", None],
        [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())],
    ),
    "due": ("instant", [], [pa.timestamp("us", "UTC"), pa.timestamp("us"), pa.timestamp("ns", "UTC")]),
}
WHOLE = ("amount", "n", "flag")  # values whose sums and products are exact in 64-bit floats
LENGTHS = ["28d", "7d", "1mo", "1q", "14d", "2mo", "1y", "12h", "1d", "4w", "1y", "60d"]
TEXTS = ["a", "b", "A b", "ä"]


def pick(draw: Draw, options: Sequence[Any]) -> Any:
    return draw(st.sampled_from(options))


def chance(draw: Draw, one_in: int) -> bool:
    """True once in `one_in`; shrinks to False."""
    return bool(draw(st.integers(0, one_in - 1)) == one_in - 1)


STEPS = [0, 0, 0, 0, DAY, -DAY, 7 * DAY, -7 * DAY, -14 * DAY, 28 * DAY, -28 * DAY, -31 * DAY, -1, 1]


def grid(draw: Draw) -> list[int]:
    """The few instants that all of a case's rows stand at or beside."""
    return [pick(draw, ANCHORS) + pick(draw, DELTAS) for _ in range(pick(draw, [2, 3, 4]))]


def instant(draw: Draw, grid: list[int]) -> Instant:
    return Instant(pick(draw, grid) + pick(draw, STEPS))


def as_of(draw: Draw, grid: list[int]) -> int:
    """At an instant of the grid, a window's length after one, or anywhere late."""
    if chance(draw, 3):
        return int(pick(draw, ANCHORS) + 31 * DAY)
    return int(pick(draw, grid) + pick(draw, [0, DAY, 28 * DAY, 7 * DAY, 14 * DAY, 31 * DAY, 1, 6 * HOUR]))


@dataclass(frozen=True)
class Name:
    """A name that formulas may use. `sure`: whole (exact in floats), exact (the same bits everywhere) or loose."""

    text: str
    type: str
    sure: str = "exact"


@dataclass
class Case:
    model: dict[str, Any]
    schemas: dict[str, dict[str, pa.DataType]]
    rows: dict[str, list[dict[str, Any]]]
    as_ofs: list[int]
    exact: bool
    grid: list[int] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    splits: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    """Of each split metric: its type and its parts."""
    row_names: dict[str, list[Name]] = field(default_factory=dict)
    """Of each table whose source is described: the names that formulas over its rows may use."""

    def of_type(self, type_: str, *sure: str) -> list[str]:
        return [name.text for name in self.names if name.type == type_ and (not sure or name.sure in sure)]

    def tables(self, rows: dict[str, list[dict[str, Any]]] | None = None) -> dict[str, pa.Table]:
        rows = self.rows if rows is None else rows
        return {name: as_arrow(rows[name], self.schemas[name]) for name in rows}

    def moments(self) -> list[dt.datetime]:
        return [moment(as_of) for as_of in self.as_ofs]


def moment(micros: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(microseconds=int(micros))


KINDS = {"usage": "events", "contracts": "intervals", "moods": "states", "accounts": "accounts"}
known("table", "kind", [*KINDS.values(), "keys"])  # keys: in source_strategies
END_IS = known("table", "end_is", ["exclusive", "last_day", "inclusive"])
END_KNOWN = known("table", "end_known", ["at_end", "with_row"])
TYPES = known("table", "types", ["number", "text", "boolean", "instant"])

OPEN_END = Instant(253_402_214_400_000_000)  # 9999-12-31


# --- tables -----------------------------------------------------------------------------------------------------------


def value(draw: Draw, column: str, grid: list[int]) -> Any:
    if column == "due":
        return None if chance(draw, 6) else instant(draw, grid)
    return pick(draw, VALUES[column][1])


def table_spec(draw: Draw, kind: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"kind": kind, "account": "account_id"}
    if kind in ("events", "states"):
        spec["time"] = "at"
    if kind == "intervals":
        spec |= {"start": "begins", "end": "ends"}
        if chance(draw, 3):
            spec["end_known"] = pick(draw, END_KNOWN)
        if chance(draw, 3):
            spec["end_is"] = pick(draw, END_IS)
    if chance(draw, 2):
        spec["known"] = "known_at"
    if kind != "accounts" and chance(draw, 2):
        spec["key"] = "id"
        if chance(draw, 2):
            spec["deleted"] = "gone"
    if kind != "accounts" and chance(draw, 5):
        spec["stale_after"] = pick(draw, LENGTHS)
    return spec


def schema_of(draw: Draw, spec: dict[str, Any], id_type: pa.DataType) -> dict[str, pa.DataType]:
    schema: dict[str, pa.DataType] = {"account_id": id_type}
    for role in ("time", "start", "end", "known"):
        if role in spec:
            schema[spec[role]] = pick(draw, VALUES["due"][2])
    if "key" in spec:
        schema["id"] = pick(draw, [pa.string(), pa.int64()])
    if "deleted" in spec:
        schema["gone"] = pa.bool_()
    columns = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=4, unique=True))
    return schema | {column: pick(draw, VALUES[column][2]) for column in columns}


def cell(draw: Draw, column: str, type_: pa.DataType, ids: list[Any], grid: list[int]) -> Any:
    if column == "account_id":
        return None if chance(draw, 20) else pick(draw, ids)
    if column == "at":
        return None if chance(draw, 20) else instant(draw, grid)
    if column == "begins":
        return None if chance(draw, 20) else Instant(instant(draw, grid) - pick(draw, [0, 30 * DAY, 90 * DAY]))
    if column == "ends" and chance(draw, 20):
        return OPEN_END
    if column in ("ends", "known_at"):
        return None if chance(draw, 3) else instant(draw, grid)
    if column == "id":
        return pick(draw, [1, 2**53, 2**53 + 1, None] if pa.types.is_integer(type_) else ["k", "l", "m", None])
    if column == "gone":
        return pick(draw, [False, None, False, True])
    return value(draw, column, grid)


def next_row(
    draw: Draw, schema: dict[str, pa.DataType], ids: list[Any], grid: list[int], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """A row, often an earlier one with a few columns changed: corrections, ties in time and in what was known."""
    if not rows or chance(draw, 4):
        return {column: cell(draw, column, type_, ids, grid) for column, type_ in schema.items()}
    changed = draw(st.lists(st.sampled_from(sorted(schema)), min_size=1, max_size=3, unique=True))
    return {**pick(draw, rows), **{column: cell(draw, column, schema[column], ids, grid) for column in changed}}


def add_tables(draw: Draw, case: Case) -> None:
    integer_ids = chance(draw, 3)
    ids = [0, -5, 2**53 + 1, 7] if integer_ids else ["a", "Z", "ä", "🦊"]
    ids = ids[: pick(draw, [2, 1, 2, 3, 4])]
    types = [pa.int64()] if integer_ids else [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
    histories = sorted(KINDS.keys() - {"accounts"})
    chosen = draw(st.lists(st.sampled_from(histories), min_size=1, max_size=3, unique=True))
    wanted = {name: KINDS[name] for name in chosen}
    if chance(draw, 2):
        wanted["accounts"] = "accounts"
    for name, kind in wanted.items():
        spec = case.model["tables"][name] = table_spec(draw, kind)
        schema = case.schemas[name] = schema_of(draw, spec, pick(draw, types))
        if chance(draw, 6):
            said = [column for column in schema if column in VALUES and VALUES[column][0] in TYPES]
            spec |= {"types": {column: VALUES[column][0] for column in said}} if said else {}
        count = pick(draw, [3, 4, 2] if kind == "accounts" else [8, 12, 16, 4, 24, 1])
        rows: list[dict[str, Any]] = []
        for _ in range(count):
            rows.append(next_row(draw, schema, ids[:-1] or ids if kind == "accounts" else ids, case.grid, rows))
        if not chance(draw, 12):
            case.rows[name] = rows
        elif not chance(draw, 2):
            case.rows[name] = []  # given, without rows; otherwise not given at all
        if kind == "accounts":
            columns = [column for column in schema if column in VALUES]
            case.names += [Name(f"accounts.{column}", *type_and_sureness(column)) for column in columns]


def type_and_sureness(column: str) -> tuple[str, str]:
    return VALUES[column][0], "whole" if column in WHOLE else "exact"


# --- formulas ---------------------------------------------------------------------------------------------------------


OF_NUMBERS = ["abs", "sign", "floor", "ceil", "round", "sqrt"]
OF_INSTANTS = ["year", "month", "weekday"]
OF_TEXTS = ["starts_with", "ends_with", "contains"]
LOOSE = ["exp", "ln", "log10", "log1p", "asinh", "pow"]
OVER_PARTS = ["sum", "mean", "min", "max"]
EXTREMES = ["least", "greatest"]
ELSE = ["clip", "months_between", "if", "coalesce", "lower", "count"]
OF_SOURCES = ["number", "trim", "left"]  # in formulas of a table's own columns: source_strategies draws them
known(*FUNCTIONS, [*OF_NUMBERS, *OF_INSTANTS, *OF_TEXTS, *LOOSE, *OVER_PARTS, *EXTREMES, *ELSE, *OF_SOURCES])


class Formulas:
    """Typed random formulas over names; `tame` keeps to operations that are exact on whole values."""

    def __init__(
        self, draw: Draw, names: list[Name], tame: bool = False, panel: bool = False, source: bool = False
    ) -> None:
        self.draw, self.tame, self.panel, self.source = draw, tame, panel, source
        sure = ("whole",) if tame else ("whole", "exact")
        self.names = {
            type_: [n.text for n in names if n.type == type_ and n.sure in (sure if type_ == "number" else n.sure)]
            for type_ in ("number", "integer", "boolean", "text", "instant")
        }

    def number(self, depth: int = 2) -> str:
        names = self.names["number"]
        literals = ["1", "2", "0.5", ".25", "3"] if self.tame else ["1", "2", "0", ".5", "0.1", "1e3", "7"]
        if depth == 0 or chance(self.draw, 3):
            return str(pick(self.draw, names * 3 + literals[:2])) if names else str(pick(self.draw, literals))
        form = pick(self.draw, ["({0} {op} {1})", "if({c}, {0}, {1})", "coalesce({0}, {1})", "{f}({0}, {1})", "{g}"])
        if form == "{g}":
            return self.special(depth - 1)
        operators = ["+", "-", "*"] if self.tame else ["+", "-", "*", "/", "%"]
        parts = {"op": pick(self.draw, operators), "f": pick(self.draw, EXTREMES)}
        if "{c}" in form:
            parts["c"] = self.boolean(depth - 1)
        return str(form.format(self.number(depth - 1), self.number(depth - 1), **parts))

    def special(self, depth: int) -> str:
        inner = self.number(depth)
        forms = [f"(-{inner})", f"clip({inner}, {self.number(0)}, {self.number(0)})"]
        forms += [f"{function}({inner})" for function in OF_NUMBERS if not self.tame or function != "sqrt"]
        if not self.tame:
            forms.append(f"round({inner}, {pick(self.draw, ['1', '2', '-1'])})")
            times = [f"{part}({self.instant(0)})" for part in OF_INSTANTS]
            forms += [*times, f"({self.instant(0)} - {self.instant(0)})"]
            forms += [f"months_between({self.instant(0)}, {self.instant(0)})"]
        if self.source:
            forms += [f"number({self.text()})"]
        return str(pick(self.draw, forms))

    def boolean(self, depth: int = 2) -> str:
        if depth == 0 or chance(self.draw, 3):
            names = self.names["boolean"]
            return str(pick(self.draw, names)) if names and chance(self.draw, 2) else self.comparison()
        left = self.boolean(depth - 1)
        if chance(self.draw, 4):
            return f"(not {left})"
        return f"({left} {pick(self.draw, ['and', 'or'])} {self.boolean(depth - 1)})"

    def comparison(self) -> str:
        draw, negated = self.draw, pick(self.draw, ["", "not "])
        order = pick(draw, ["=", "!=", "<", "<=", ">", ">="])
        forms = ["number", "number", "between", "in", "missing", "instant"]
        forms += ["text"] * 2 * bool(self.names["text"]) + ["integer"] * 2 * bool(self.names["integer"])
        form = pick(draw, forms)
        if form == "between":
            return f"({self.number(1)} {negated}between {self.number(0)} and {self.number(0)})"
        if form == "in":
            return f"({self.number(1)} {negated}in (1, 2.5, 0, 7))"
        if form == "missing":
            every = [name for names in self.names.values() for name in names] or ["1"]
            return f"({pick(draw, every)} is {negated}missing)"
        if form == "instant":
            return f"({self.instant(1)} {order} {self.instant(0)})"
        if form == "integer":
            literal = pick(draw, ["9007199254740993", "9007199254740992", "-9007199254740993", "0"])
            return f"({pick(draw, self.names['integer'])} {order} {literal})"
        if form == "text":
            return self.text_test(negated)
        return f"({self.number(1)} {order} {self.number(1)})"

    def text_test(self, negated: str) -> str:
        function = pick(self.draw, OF_TEXTS)
        forms = [f"({self.text()} = {self.text()})", f"({self.text()} {negated}in ('a', 'it''s', ''))"]
        return str(pick(self.draw, [*forms, f"{function}({self.text()}, {pick(self.draw, ['%s', 'b', ''])!r})"]))

    def text(self) -> str:
        name = pick(self.draw, self.names["text"] or ["'A b'"])
        forms = [name, name, "'a'", "'ä'", f"lower({name})", f"coalesce({name}, 'none')"]
        if self.source:
            forms += [f"trim({name})", f"left({name}, {pick(self.draw, [1, 0, 2, 30])})", "trim(left(' 1.5 x', 4))"]
        return str(pick(self.draw, forms))

    def instant(self, depth: int = 1) -> str:
        base = pick(self.draw, [*self.names["instant"] * 3, *["as_of"] * self.panel, "date '2024-02-29'"])
        if depth == 0:
            return str(base)
        forms = [base, f"({base} + 7)", f"({base} - 0.5)", f"coalesce({base}, date '2024-01-31T06:00:00Z')"]
        return str(pick(self.draw, [*forms, f"least({base}, {self.instant(0)})"]))

    def of_type(self, type_: str, depth: int = 2) -> str:
        if type_ == "integer":
            return str(pick(self.draw, self.names["integer"]))
        if type_ in ("text", "instant"):
            return self.text() if type_ == "text" else self.instant()
        return self.number(depth) if type_ == "number" else self.boolean(depth)
