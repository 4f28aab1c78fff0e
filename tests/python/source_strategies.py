"""Random tables as a source has them: the rows of strategies.py in another dress, and the keys that say which."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from oracle.cells import UNITS, Stamp
from oracle.instants import DAY, HOUR, Instant
from oracle.zones import EPOCH, MICRO
from strategies import OPEN_END, VALUES, Case, Draw, Formulas, Name, chance, pick, type_and_sureness

KEYS = ["deleted", "key", "empty", "order", "through", "zone", "types", "paths", "lines", "each"]
KEYS += ["columns", "where", "end_is"]
"""What a source may be drawn with, in the order in which it is put on."""
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Almaty", "Asia/Kathmandu", "Pacific/Apia"]
ZONES += ["UTC", "Europe/Dublin", "Africa/Casablanca", "America/St_Johns", "Pacific/Kiritimati"]
JITTER = [0, 0, 2 * HOUR + HOUR // 2, 2 * HOUR, 3 * HOUR, -HOUR, 23 * HOUR, -1, 1, 2 * HOUR + HOUR // 4]
WORDS = [
    ("true", "false"),
    ("True", "FALSE"),
    ("t", "f"),
    ("T", "F"),
    ("yes", "no"),
    ("Yes", "NO"),
    ("y", "n"),
    ("Y", "N"),
]
PATTERNS = ["%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y %H:%M", "%m/%d/%Y, %I:%M %p", "%d %b %Y %H:%M:%S", "%B %d, %Y", "%Y%m%d"]
PATTERNS += ["%d.%m.%y %H:%M:%S", "%Y-%j %H", "%d/%b/%y %I:%M %p", "%Y-%m-%dT%H:%M:%S%z", "at %H:%M on %Y-%m-%d"]
DECOYS = ["a|k", "k", "|", "k|", "", None]
ROLES = ("account", "time", "start", "end", "known", "key", "deleted", "order")


def wall_text(wall: int, form: str) -> str:
    return (EPOCH + wall * MICRO).strftime(form)


def aware_text(wall: int, form: str, minutes: int) -> str:
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    return (EPOCH + wall * MICRO).replace(tzinfo=zone).strftime(form)


class Sources:
    """Puts the keys of `wanted` on the tables of a case; with one key alone each table has it."""

    def __init__(self, draw: Draw, case: Case, wanted: set[str]) -> None:
        self.draw, self.case, self.wanted = draw, case, wanted
        self.ids: list[Any] = []

    def add(self) -> None:
        tables = self.case.model["tables"]
        if "through" in self.wanted:
            self.add_owners()
        for name in list(tables):
            kept = set(VALUES) & set(self.case.schemas[name])
            Table(self.draw, self.case, name, kept).dress([key for key in KEYS if self.takes(key)])
        self.case.names = [
            Name(f"{table}.{name.text}", name.type, name.sure)
            for table, spec in tables.items()
            if spec["kind"] == "accounts"
            for name in self.case.row_names[table]
            if name.text not in ROLE_COLUMNS
        ]

    def takes(self, key: str) -> bool:
        return key in self.wanted and (len(self.wanted) == 1 or chance(self.draw, 3))

    def add_owners(self) -> None:
        """A table of keys, and tables whose accounts are found through it."""
        draw, case = self.draw, self.case
        ids = sorted({row.get("account_id") for rows in case.rows.values() for row in rows} - {None}) or ["a"]
        type_ = pa.int64() if isinstance(ids[0], int) else pa.string()
        keys = pick(draw, [["d1", "d2", "D1", "d1 "], [1, 2**53, 2**53 + 1, -1]])
        spec: dict[str, Any] = {"kind": "keys", "key": "deal", "account": "owner"}
        schema = {"deal": as_type(keys), "owner": type_}
        if chance(draw, 2):
            spec["known"], schema["known_at"] = "known_at", pa.timestamp("us", "UTC")
        rows = []
        for _ in range(pick(draw, [4, 6, 3, 1, 0])):
            row = {"deal": pick(draw, [*keys[:3], None]), "owner": pick(draw, [*ids, *ids, None])}
            known = pick(draw, [*case.grid, None])
            rows.append(row | ({"known_at": known if known is None else Instant(known)} if "known" in spec else {}))
        through = [name for name, other in case.model["tables"].items() if chance(draw, 2) or len(self.wanted) == 1]
        case.model["tables"]["owners"], case.schemas["owners"], case.rows["owners"] = spec, schema, rows
        for name in through:
            self.send_through(name, keys)

    def send_through(self, name: str, keys: list[Any]) -> None:
        case = self.case
        spec, schema = case.model["tables"][name], case.schemas[name]
        spec |= {"account": "deal", "through": {"table": "owners"}}
        schema.pop("account_id")
        schema["deal"] = as_type(keys)
        for row in case.rows.get(name, []):
            row.pop("account_id", None)
            row["deal"] = None if chance(self.draw, 12) else pick(self.draw, keys)


def as_type(keys: list[Any]) -> pa.DataType:
    return pa.int64() if isinstance(keys[0], int) else pa.string()


ROLE_COLUMNS = {"at", "begins", "ends", "known_at"}


class Table:
    """One table of the case while keys are put on it. `names`: what formulas over its rows may use."""

    def __init__(self, draw: Draw, case: Case, name: str, kept: set[str]) -> None:
        self.draw, self.name = draw, name
        self.spec, self.schema = case.model["tables"][name], case.schemas[name]
        self.rows = case.rows.get(name, [])
        self.case, self.grid = case, case.grid
        self.names = {column: Name(column, *type_and_sureness(column)) for column in self.schema if column in kept}
        for role in ("time", "start", "end", "known"):
            if role in self.spec:
                self.names[self.spec[role]] = Name(self.spec[role], "instant")
        self.moved: set[str] = set()
        """Columns that are at the end of a path, or that `each` takes apart."""

    def dress(self, keys: list[str]) -> None:
        self.rows[:] = [{**dict.fromkeys(self.schema), **row} for row in self.rows]
        self.stamp(zone="zone" in keys)
        for key in keys:
            if key != "zone":
                getattr(self, f"add_{key}")()
        self.case.row_names[self.name] = list(self.names.values())
        if self.name in self.case.rows:
            self.case.rows[self.name] = self.rows

    def map(self, column: str, cell: Any) -> None:
        for row in self.rows:
            row[column] = None if row[column] is None else cell(row[column])

    def instants(self) -> list[str]:
        return [column for column, type_ in self.schema.items() if pa.types.is_timestamp(type_)]

    def stamp(self, zone: bool) -> None:
        """Instants as columns of timestamps have them."""
        if zone:
            self.spec["zone"] = pick(self.draw, ZONES)
        for column in self.instants():
            type_ = self.schema[column]
            if zone and chance(self.draw, 2):
                type_ = self.schema[column] = pa.timestamp(type_.unit)
            for row in self.rows:
                row[column] = self.stamped(row[column], type_, zone)

    def stamped(self, value: Any, type_: pa.DataType, zone: bool) -> Any:
        if value is None or (type_.unit == "ns" and value >= OPEN_END):
            return None
        if zone and type_.tz is None and value < OPEN_END:
            value += pick(self.draw, JITTER)
        return Stamp(int(int(value) / UNITS[type_.unit] // 1), type_.unit, type_.tz is None)

    def add_deleted(self) -> None:
        """In words, or as 1 and 0; on accounts too."""
        draw = self.draw
        if self.spec["kind"] == "accounts" and "known" in self.spec and "gone" not in self.schema:
            self.spec["deleted"], self.schema["gone"] = "gone", pa.bool_()
            for row in self.rows:
                row["gone"] = pick(draw, [False, True, None])
        if "gone" not in self.schema:
            return
        self.schema["gone"] = pick(draw, [pa.string(), pa.int64(), pa.string(), pa.float64(), pa.large_string()])
        words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2))
        if not pa.types.is_string(self.schema["gone"]) and not pa.types.is_large_string(self.schema["gone"]):
            words = [(1, 0)]
        self.map("gone", lambda gone: pick(draw, words)[0 if gone else 1])

    def add_key(self) -> None:
        """Of several columns, whose texts would be alike if they were put one behind the other."""
        if self.spec["kind"] in ("accounts", "keys"):
            return
        if "id" not in self.schema:
            self.schema["id"] = pa.string()
            for row in self.rows:
                row["id"] = pick(self.draw, DECOYS)
        self.schema["part"] = pick(self.draw, [pa.string(), pa.int64()])
        parts = ["k", "|", "a|k", "l", None, ""] if self.schema["part"] == pa.string() else [1, 2, 11, None]
        for row in self.rows:
            row["part"] = pick(self.draw, parts)
        self.spec["key"] = pick(self.draw, [["id", "part"], ["part", "id"], ["id"], ["part", "id", "part2"]])
        if "part2" in self.spec["key"]:
            self.schema["part2"] = pa.bool_()
            for row in self.rows:
                row["part2"] = pick(self.draw, [True, False, True, None])

    def add_empty(self) -> None:
        """An empty text is no account and no key."""
        for column in ("account_id", "id", "deal", "owner"):
            if self.schema.get(column) == pa.string():
                for row in self.rows:
                    row[column] = pick(self.draw, ["", row[column], row[column]])

    def add_order(self) -> None:
        type_ = pick(self.draw, [pa.int64(), pa.float64(), pa.timestamp("us", "UTC"), pa.int8()])
        self.schema["rank"], self.spec["order"] = type_, "rank"
        options: list[Any] = [3, 1, 2, 1, None, -1]
        if type_ == pa.int64():
            options += [2**53, 2**53 + 1]
        if pa.types.is_floating(type_):
            options = [0.5, -0.0, 0.0, float("nan"), None, 1e300, -2.5]
        for row in self.rows:
            rank = pick(self.draw, options)
            row["rank"] = Stamp(rank, "us", False) if pa.types.is_timestamp(type_) and rank is not None else rank

    def add_through(self) -> None:
        """Tables that go through `owners` are chosen before, for their accounts are drawn with it."""

    def add_end_is(self) -> None:
        """`inclusive` goes by the precision of the column."""
        if self.spec["kind"] != "intervals":
            return
        self.spec["end_is"] = pick(self.draw, ["inclusive", "inclusive", "last_day"])
        if not pa.types.is_timestamp(self.schema.get("ends", pa.null())):
            return
        old, unit = self.schema["ends"], pick(self.draw, ["ms", "s", "ns", "us"])
        self.schema["ends"] = pa.timestamp(unit, old.tz)
        scale = UNITS[old.unit] / UNITS[unit]
        self.map("ends", lambda end: Stamp(int(end.ticks * scale // 1), unit, end.naive))
        if unit == "ns":
            for row in self.rows:
                row["ends"] = None if row["ends"] is None or row["ends"].ticks > 2**62 else row["ends"]

    # --- types --------------------------------------------------------------------------------------------------------

    def add_types(self) -> None:
        draw = self.draw
        able = [c for c in (*self.instants(), "n", "flag", "id", "amount") if c in self.schema and c not in self.moved]
        for column in draw(st.lists(st.sampled_from(able or ["n"]), max_size=3, unique=True)) if able else []:
            if column in self.instants():
                self.retype_instant(column)
            elif column in ("n", "amount"):
                self.retype(column, pa.string(), "number", lambda value: repr(value))
            elif column == "flag":
                words = pick(draw, WORDS)
                self.retype(column, pa.string(), "boolean", lambda flag: words[0 if flag else 1])  # noqa: B023
            elif pa.types.is_integer(self.schema[column]):
                self.spec.setdefault("types", {})[column] = "text"

    def retype(self, column: str, schema: pa.DataType, type_: Any, cell: Any) -> None:
        self.spec.setdefault("types", {})[column] = type_
        self.schema[column] = schema
        self.map(column, cell)

    def retype_instant(self, column: str) -> None:
        """As a number since 1970, or as a text by a pattern or by ISO."""
        draw = self.draw
        if column == "ends" and self.spec.get("end_is", "exclusive") != "exclusive":
            return
        form = pick(draw, ["unit", "unit", "pattern", "iso", "text of unit"])
        as_micros = {id(row): None if row[column] is None else self.micros(row[column]) for row in self.rows}
        for row in self.rows:
            row[column] = as_micros[id(row)]
        if "unit" in form:
            unit = pick(draw, list(UNITS))
            exact = pa.string() if form != "unit" else pick(draw, [pa.int64(), pa.float64()])
            limit = 9 * 10**18 * UNITS[unit]
            for row in self.rows:
                row[column] = None if row[column] is None or abs(row[column]) > limit else row[column]
            number = self.as_number(unit, exact)
            self.retype(column, exact, {"instant": unit}, number)
            return
        zone = pick(draw, [None, None, *ZONES[:6]]) if form == "pattern" else None
        pattern = pick(draw, PATTERNS) if form == "pattern" else "iso"
        for row in self.rows:
            if row[column] is not None and not 0 <= row[column] < 2 * 10**15:
                row[column] = None  # years of two digits, and patterns without a century
        type_ = {"instant": pattern} | ({"zone": zone} if zone else {}) if form == "pattern" else "instant"
        self.retype(column, pa.string(), type_, lambda wall: self.as_text(wall, pattern))

    def micros(self, stamp: Stamp) -> int:
        return int(stamp.ticks * UNITS[stamp.unit] // 1)

    def as_number(self, unit: str, type_: pa.DataType) -> Any:
        def number(value: int) -> Any:
            ticks = int(value / UNITS[unit] // 1)
            if type_ == pa.float64():
                return ticks + (0.5 if abs(ticks) < 2**40 and chance(self.draw, 4) else 0.0)
            return str(ticks) if type_ == pa.string() else ticks

        return number

    def as_text(self, wall: int, pattern: str) -> str:
        if pattern == "iso":
            wall = wall // 1000 * 1000
            form = pick(self.draw, ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S.%f", "offset"])
            if form == "offset":
                return wall_text(wall, "%Y-%m-%dT%H:%M:%S") + pick(self.draw, ["+05:30", "-03:00", "+00:00", "Z"])
            return wall_text(wall, form)
        if "%z" in pattern:
            return aware_text(wall, pattern, pick(self.draw, [0, 330, -180, 845]))
        return wall_text(wall, pattern)

    # --- paths --------------------------------------------------------------------------------------------------------

    def add_paths(self) -> None:
        """Some columns move into one that holds them, as a struct, a map, a list or JSON text."""
        draw = self.draw
        form = pick(draw, ["struct", "json", "deep", "list", "pairs", "map", "json_list"])
        if group := self.group(1 if form in ("pairs", "map") else 3):
            getattr(self, f"into_{form}")(group)

    def group(self, most: int) -> list[str]:
        able = [c for c in self.schema if c not in ("vast", "fee", "rank") and c not in self.moved]
        able = [c for c in able if not pa.types.is_dictionary(self.schema[c])]
        return self.draw(st.lists(st.sampled_from(able), min_size=1, max_size=most, unique=True)) if able else []

    def move(self, group: list[str], column: str, type_: pa.DataType, path: str, cells: list[Any]) -> None:
        for row, cell in zip(self.rows, cells, strict=True):
            row[column] = cell
        self.schema[column] = type_
        for old in group:
            self.rename(old, path.format(old))
        self.moved.add(column)

    def rename(self, old: str, new: str) -> None:
        for row in self.rows:
            row.pop(old)
        self.schema.pop(old)
        for role in ROLES:
            if role in self.spec and role != "key" and self.spec[role] == old:
                self.spec[role] = new
        if "key" in self.spec:
            key = self.spec["key"]
            self.spec["key"] = [new if part == old else part for part in key] if isinstance(key, list) else key
            self.spec["key"] = new if key == old else self.spec["key"]
        types = self.spec.get("types", {})
        if old in types:
            types[new] = types.pop(old)
        if old in self.names:
            name = self.names.pop(old)
            self.names[new] = Name(f'"{new}"', name.type, "exact")

    def struct(self, group: list[str]) -> pa.DataType:
        return pa.struct([(column, self.schema[column]) for column in group])

    def parts(self, group: list[str]) -> list[dict[str, Any]]:
        return [{column: row[column] for column in group} for row in self.rows]

    def sometimes_none(self, cells: list[Any]) -> list[Any]:
        return [None if chance(self.draw, 12) else cell for cell in cells]

    def into_struct(self, group: list[str]) -> None:
        self.move(group, "props", self.struct(group), "props.{}", self.sometimes_none(self.parts(group)))

    def into_deep(self, group: list[str]) -> None:
        cells = [{"inner": cell} for cell in self.sometimes_none(self.parts(group))]
        type_ = pa.struct([("inner", self.struct(group))])
        self.move(group, "props", type_, "props.inner.{}", self.sometimes_none(cells))

    def into_list(self, group: list[str]) -> None:
        place, parts = pick(self.draw, [0, 1]), self.parts(group)
        nothing = dict.fromkeys(group)
        cells = [
            pick(self.draw, [[nothing] * place + [cell], [nothing] * place + [cell, nothing], []]) for cell in parts
        ]
        type_ = pa.list_(self.struct(group))
        self.move(group, "items", type_, f"items[{place}].{{}}", self.sometimes_none(cells))

    def into_pairs(self, group: list[str]) -> None:
        (column,) = group
        parts = [row[column] for row in self.rows]
        decoy = pick(self.draw, parts) if parts else None
        cells = []
        for part in parts:
            pair, other = {"key": column, "value": part}, {"key": "other", "value": decoy}
            cells.append(pick(self.draw, [[pair], [other, pair], [pair, other], [other], []]))
        type_ = pa.list_(pa.struct([("key", pa.string()), ("value", self.schema[column])]))
        self.move(group, "params", type_, "params[key={}].value", self.sometimes_none(cells))

    def into_map(self, group: list[str]) -> None:
        (column,) = group
        cells = [
            pick(self.draw, [[(column, row[column])], [("other", None), (column, row[column])], []])
            for row in self.rows
        ]
        self.move(group, "attrs", pa.map_(pa.string(), self.schema[column]), "attrs.{}", self.sometimes_none(cells))

    def add_lines(self) -> None:
        """A list of structs of which `each` makes rows."""
        if not (group := self.group(3)):
            return
        parts = self.parts(group)
        cells = [[cell, *(pick(self.draw, parts) for _ in range(pick(self.draw, [0, 0, 1, 2])))] for cell in parts]
        self.move(group, "lines", pa.list_(self.struct(group)), "lines.{}", self.sometimes_none(cells))
        self.spec["each"] = {"column": "lines"}

    def into_json(self, group: list[str]) -> None:
        self.settle_json(group)
        cells = [self.as_json(cell) for cell in self.parts(group)]
        self.move(group, "blob", pa.string(), "blob.{}", self.sometimes_none(cells))

    def into_json_list(self, group: list[str]) -> None:
        self.settle_json(group)
        cells = [f'{{"list": [{{}}, {{"key": "x", "at": {self.as_json(cell)}}}]}}' for cell in self.parts(group)]
        step = pick(self.draw, ["[1]", "[key=x]"])
        self.move(group, "blob", pa.string(), f"blob.list{step}.at.{{}}", self.sometimes_none(cells))

    def settle_json(self, group: list[str]) -> None:
        """Instants are ISO texts in JSON, which the model says."""
        for column in group:
            type_ = self.schema[column]
            if pa.types.is_timestamp(type_):
                for row in self.rows:
                    row[column] = None if row[column] is None or row[column].ticks > 2**62 else row[column]
                naive = type_.tz is None
                walls = [None if row[column] is None else self.micros(row[column]) for row in self.rows]
                for row, wall in zip(self.rows, walls, strict=True):
                    beyond = wall is not None and wall >= OPEN_END
                    row[column] = None if wall is None or beyond else iso_json(wall, naive)
                self.spec.setdefault("types", {})[column] = "instant"
            elif pa.types.is_floating(type_):
                self.map(column, lambda value: value if abs(value) < float("inf") else None)
                for row in self.rows:
                    row[column] = None if row[column] != row[column] else row[column]

    def as_json(self, cell: dict[str, Any]) -> str:
        said = {column: value for column, value in cell.items() if value is not None or chance(self.draw, 2)}
        text = json.dumps(said, ensure_ascii=chance(self.draw, 2), indent=pick(self.draw, [None, 1]))
        return "{broken" if chance(self.draw, 20) else text

    # --- each, columns, where -----------------------------------------------------------------------------------------

    def add_each(self) -> None:
        draw = self.draw
        if "each" in self.spec:
            return
        able = [
            c for c in ("account_id", "kind", "n", "id", "deal", "part") if c in self.schema and c not in self.moved
        ]
        if not able:
            return
        column = pick(draw, able)
        type_ = self.schema[column]
        options = [row[column] for row in self.rows]
        texts = all(option is None or isinstance(option, str) for option in options) and not pa.types.is_integer(type_)
        lists = [[cell, *(pick(draw, options) for _ in range(pick(draw, [0, 0, 1, 2])))] for cell in options]
        if texts and chance(draw, 2):
            sign = pick(draw, [";", ",", "|;", ", "])
            self.spec["each"] = {"column": column, "split": sign}
            joined = [self.join([part for part in parts if part], sign) for parts in lists]
            for row, cell in zip(self.rows, joined, strict=True):
                row[column] = cell
            self.schema[column] = pa.string()
            return
        self.spec["each"] = {"column": column}
        for row, parts in zip(self.rows, lists, strict=True):
            row[column] = pick(draw, [parts, parts, parts[1:], None])
            if texts and row[column]:
                row[column] = [None if part is None else f"{pick(draw, ['', ' '])}{part}" for part in row[column]]
        self.schema[column] = pa.list_(pa.string() if pa.types.is_dictionary(type_) else type_)

    def join(self, parts: list[str], sign: str) -> str | None:
        if not parts:
            return None
        blanks = [pick(self.draw, ["", " ", "  "]) for _ in parts]
        return sign.join(f"{blank}{part}{blank}" for blank, part in zip(blanks, parts, strict=True))

    def add_columns(self) -> None:
        """Derived columns, of which some stand for a role."""
        draw, spec = self.draw, self.spec
        columns: dict[str, str] = {}
        for name in ("d0", "d1", "d2")[: pick(draw, [2, 1, 3])]:
            formulas = Formulas(draw, self.sure_names(), source=True)
            type_ = pick(draw, ["number", "boolean", "text", "instant"])
            columns[name] = formulas.of_type(type_, 2)
            self.names[name] = Name(name, type_, "exact")
        for role, form in (("time", "coalesce({0}, {1})"), ("start", "({0} - 7)"), ("known", "least({0}, {1})")):
            if role in spec and chance(draw, 4):
                columns[f"its_{role}"] = form.format(quoted(spec[role]), Formulas(draw, self.sure_names()).instant(0))
                spec[role] = f"its_{role}"
        if "account" in spec and self.is_text(spec["account"]) and chance(draw, 3):
            form = pick(
                draw, ["trim({0})", "left({0}, 1)", "if({0} = 'a', 'Z', {0})", "coalesce({0}, 'a')", "lower({0})"]
            )
            columns["who"] = form.format(quoted(spec["account"]))
            spec["account"] = "who"
        self.spec["columns"] = dict(draw(st.permutations(sorted(columns.items()))))

    def sure_names(self) -> list[Name]:
        return [name for column, name in self.names.items() if column != "vast"]

    def is_text(self, column: str) -> bool:
        type_ = self.schema.get(column)
        return type_ is not None and (pa.types.is_string(type_) or pa.types.is_large_string(type_))

    def add_where(self) -> None:
        formulas = Formulas(self.draw, list(self.names.values()), source=True)
        text = formulas.boolean(2)
        self.spec["where"] = text if chance(self.draw, 2) else f"coalesce({text}, true)"


def quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def iso_json(wall: int, naive: bool) -> str:
    return wall_text(wall, "%Y-%m-%dT%H:%M:%S.%f") + ("" if naive else "Z")


__all__ = ["DAY", "KEYS", "ZONES", "Sources"]
