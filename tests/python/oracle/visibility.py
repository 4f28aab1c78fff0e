"""Which rows count at an as-of (section 1), found by looking at every row of the table each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .instants import FIRST, Instant, shift
from .source import Orphan, read

Row = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """A row as an as-of sees it. `time` is its time or start; `end` is missing while it is not known."""

    index: int
    account: Any
    time: Instant
    end: Instant | None
    known: Instant
    values: Row

    @property
    def inverted(self) -> bool:
        return self.end is not None and self.end < self.time


def account_order(account: Any) -> Any:
    return account.encode() if isinstance(account, str) else account


class Table:
    """A table of the model with its rows as `source` has read them, in the order in which the later is the later."""

    def __init__(self, name: str, spec: dict[str, Any], rows: list[Row]) -> None:
        self.name, self.spec, self.kind = name, spec, spec["kind"]
        self.rows = [(index, row) for index, row in enumerate(rows) if self.exists(row)]

    @classmethod
    def alone(cls, name: str, spec: dict[str, Any], raw: list[Row]) -> Table:
        """A table that goes through no other."""
        return cls(name, *read({name: spec}, {name: raw})[name])

    def exists(self, row: Row) -> bool:
        if row.get(self.spec["account"]) is None:
            return False
        return self.kind in ("accounts", "keys") or row.get(self.time_column) is not None

    @property
    def time_column(self) -> str:
        return str(self.spec["start" if self.kind == "intervals" else "time"])

    def accounts(self) -> set[Any]:
        found = (row[self.spec["account"]] for _, row in self.rows)
        return {account for account in found if not isinstance(account, Orphan)}

    def of_account(self, account: Any) -> list[Row]:
        return [row for _, row in self.rows if row[self.spec["account"]] == account]

    def known_from(self, row: Row) -> Instant | None:
        """The K of a row; None where an accounts row has none."""
        known = row.get(self.spec["known"]) if "known" in self.spec else None
        return row[self.time_column] if known is None and self.kind != "accounts" else known

    def see(self, index: int, row: Row, as_of: int) -> Seen:
        time = row[self.time_column]
        known = row.get(self.spec["known"]) if "known" in self.spec else None
        end, values = None, row
        if self.kind == "intervals":
            end = row.get(self.spec["end"])
            if self.spec.get("end_known") == "at_end" and end is not None and as_of <= end:
                end, values = None, row | {self.spec["end"]: None}
        return Seen(index, row[self.spec["account"]], time, end, time if known is None else known, values)

    def known_rows(self, as_of: int) -> list[Seen]:
        seen = [self.see(index, row, as_of) for index, row in self.rows]
        return [row for row in seen if row.known < as_of]

    def deleted(self, row: Seen) -> bool:
        return "deleted" in self.spec and row.values.get(self.spec["deleted"]) is True

    def by_key(self, rows: list[Seen]) -> list[list[Seen]]:
        """The rows of each account and key. A null key is a key of its own: no other row shares it."""
        groups: dict[Any, list[Seen]] = {}
        for row in rows:
            key = row.values.get(self.spec["key"]) if "key" in self.spec else ()
            group = (row.account, key) if key is not None else (row.account, None, row.index)
            groups.setdefault(group, []).append(row)
        return list(groups.values())

    def visible(self, as_of: int) -> list[Seen]:
        """Every account's visible rows, orphans' too, in the order of the table."""
        rows = self.known_rows(as_of)
        if self.kind == "states":
            return [row for row in rows if row.time < as_of and not self.deleted(row)]
        if "key" in self.spec:
            rows = [max(group, key=lambda row: (row.known, row.index)) for group in self.by_key(rows)]
            rows = [row for row in rows if not self.deleted(row)]
        if self.kind == "events":
            rows = [row for row in rows if row.time < as_of]
        return sorted(rows, key=lambda row: row.index)

    def holding(self, as_of: int, edge: int) -> list[Seen]:
        """The states that hold at the edge E, by what was known before the as-of."""
        rows = [row for row in self.known_rows(as_of) if row.time < edge]
        latest = [max(group, key=lambda row: (row.time, row.known, row.index)) for group in self.by_key(rows)]
        return sorted((row for row in latest if not self.deleted(row)), key=lambda row: row.index)

    def is_stale(self, as_of: int) -> bool:
        """A broken feed: the table has visible rows, but nothing newer than its stale_after."""
        if "stale_after" not in self.spec:
            return False
        newest = shift(as_of, self.spec["stale_after"], -1)
        visible = self.visible(as_of)
        stamps = [row.known if self.kind == "intervals" else row.time for row in visible]
        return bool(visible) and all(stamp < newest for stamp in stamps)

    def attributes(self, account: Any, as_of: int) -> Row | None:
        """The row of an accounts table that counts, or None where the account does not belong."""
        known_column = self.spec.get("known")
        best: tuple[tuple[bool, int, int], Row] | None = None
        for index, row in self.rows:
            if row[self.spec["account"]] != account:
                continue
            known = row.get(known_column) if known_column else None
            if known is not None and known >= as_of:
                continue
            rank = (known is not None, FIRST if known is None else known, index)
            if best is None or rank > best[0]:
                best = (rank, row)
        return None if best is None or best[1].get(self.spec.get("deleted", "")) is True else best[1]
