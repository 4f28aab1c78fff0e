"""Rows as a source has them, made into the rows that the evaluator sees: the keys of section 1 in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import formulas
from .cells import UNITS, Stamp, plain, truth, typed, walk
from .functions import finite
from .instants import DAY, FIRST, Instant, day_number

Spec = dict[str, Any]
OPEN = day_number(9999, 1, 1) * DAY
ACCOUNT, KEY, DELETED = "<account>", "<key>", "<deleted>"
"""The columns of the roles, beside the source's own."""


@dataclass(frozen=True)
class Orphan:
    """The account of a row whose key no table of keys has."""

    key: Any


class Row(dict[str, Any]):
    """A row whose paths and derived columns are worked out when they are asked for."""

    def __init__(self, source: Source, raw: dict[str, Any]) -> None:
        super().__init__()
        self.source, self.raw = source, raw

    def __missing__(self, name: str) -> Any:
        self[name] = None  # a column that asks for itself
        self[name] = self.source.value(self, name)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        found = self[name]
        return default if found is None else found

    def __or__(self, other: dict[str, Any]) -> Row:  # type: ignore[override]
        copy = Row(self.source, self.raw)
        copy.update(self)
        copy.update(other)
        return copy


class Source:
    """A table of the model, and what its columns are."""

    def __init__(self, spec: Spec, raw: list[dict[str, Any]]) -> None:
        self.spec, self.raw = spec, raw
        self.columns = dict.fromkeys(name for row in raw for name in row)

    def rows(self) -> list[Row]:
        found = [Row(self, one) for raw in self.raw for one in self.each(raw)]
        found = [row for row in found if self.holds(row)]
        for row in found:
            self.add_roles(row)
        return sorted(found, key=self.place)

    def each(self, raw: dict[str, Any]) -> list[dict[str, Any]]:
        if "each" not in self.spec:
            return [raw]
        column, split = self.spec["each"]["column"], self.spec["each"].get("split")
        cell = raw[column]
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return []
        parts = cell if split is None else cell.split(split)
        return [{**raw, column: part.strip() if isinstance(part, str) else part} for part in parts]

    def value(self, row: Row, name: str) -> Any:
        if name in self.spec.get("columns", {}):
            return self.formula(row, self.spec["columns"][name])
        cell = self.cell(row.raw, name)
        type_, zone = self.spec.get("types", {}).get(name), self.spec.get("zone")
        return plain(cell, zone) if type_ is None else typed(cell, type_, zone)

    def cell(self, raw: dict[str, Any], name: str) -> Any:
        if name in self.columns:
            return raw.get(name)
        roots = [name[:place] for place, sign in enumerate(name) if sign in ".[" and name[:place] in self.columns]
        if not roots:
            return None
        root = max(roots, key=len)
        return walk(raw.get(root), name[len(root) :])

    def formula(self, row: Row, text: str) -> Any:
        return formulas.evaluate(formulas.parse(text), formulas.Scope(lambda name: clean(row[name[0]])))

    def holds(self, row: Row) -> bool:
        return "where" not in self.spec or self.formula(row, self.spec["where"]) is True

    def add_roles(self, row: Row) -> None:
        account = clean(row[self.spec["account"]])
        row[ACCOUNT] = None if account == "" else account
        if "key" in self.spec:
            key = self.spec["key"]
            parts = [clean(row[column]) for column in ([key] if isinstance(key, str) else key)]
            row[KEY] = None if any(part is None or part == "" for part in parts) else tuple(parts)
        if "deleted" in self.spec:
            row[DELETED] = truth(clean(row[self.spec["deleted"]])) is True
        if self.spec["kind"] == "intervals":
            row[self.spec["end"]] = self.end(row)

    def end(self, row: Row) -> Instant | None:
        """The first instant at which the row does not hold."""
        end = row[self.spec["end"]]
        if end is None or end >= OPEN:
            return None
        said = self.spec.get("end_is", "exclusive")
        if said == "last_day":
            return Instant((end // DAY + 1) * DAY)
        return self.unit_later(row, end) if said == "inclusive" else Instant(end)

    def unit_later(self, row: Row, end: int) -> Instant:
        """One unit of the column's own precision after its end; texts have microseconds."""
        name, zone = self.spec["end"], self.spec.get("zone")
        cell, type_ = self.cell(row.raw, name), self.spec.get("types", {}).get(name)
        if isinstance(cell, Stamp):
            return Instant(plain(Stamp(cell.ticks + 1, cell.unit, cell.naive), zone))
        unit = type_["instant"] if isinstance(type_, dict) else "us"
        return Instant(end + UNITS.get(unit, 1))

    def place(self, row: Row) -> tuple[bool, Any]:
        """By `order`, null least; of equals arrival decides."""
        order = clean(row[self.spec["order"]]) if "order" in self.spec else None
        return order is not None, 0 if order is None else order


def clean(value: Any) -> Any:
    return finite(value)


def read(specs: dict[str, Spec], raw: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[Spec, list[Row]]]:
    """Of each table what it says of its roles, and its rows in the order in which the later is the later."""
    found = {name: Source(spec, raw.get(name, [])).rows() for name, spec in specs.items()}
    for name, spec in specs.items():
        if "through" in spec:
            accounts = owners(specs[spec["through"]["table"]], found[spec["through"]["table"]])
            for row in found[name]:
                key = row[ACCOUNT]
                row[ACCOUNT] = None if key is None else accounts.get(key, Orphan(key))
    return {name: (roles(spec), found[name]) for name, spec in specs.items()}


def roles(spec: Spec) -> Spec:
    named = {"account": ACCOUNT, "key": KEY, "deleted": DELETED}
    return {key: named.get(key, value) for key, value in spec.items()}


def owners(spec: Spec, rows: list[Row]) -> dict[Any, Any]:
    """Whose account each key is: the row known last says it, of equals the later."""
    found: dict[Any, tuple[Instant | int, Any]] = {}
    for row in rows:
        key, account = row[spec["key"]], row[ACCOUNT]
        if key is None or key == "" or account is None:
            continue
        known = row[spec["known"]] if "known" in spec else None
        rank = FIRST if known is None else known
        if key not in found or rank >= found[key][0]:
            found[key] = (rank, account)
    return {key: account for key, (_, account) in found.items()}
