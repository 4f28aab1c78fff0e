"""What came of an account, by the definitions of validation (section 1); written from the texts alone.

Readings, where the text is open:

- A row is known by `observed` when it became known at or before it ("all that became known up to `observed`").
- A churn is known by `observed` once its gap is over by then: before, a renewal may still come.
- A start within the gap includes the gap's last instant; a row that ends as it starts, or before, covers nothing.
- A churn is over when the next row that passes starts.
- A silence comes about when `length` has passed since the last row became known, and is over when the next row becomes
  known; a row known at that very instant comes too late. Rows that correct others became known too.
- Contraction and expansion compare with the revenue an instant before the as-of, and hold only while at least one row
  has been alive at every instant since; they and downgrade are points in time.
- A downgrade is a step from one listed value to a later one of the list; values that are not listed are passed over.
- Of several outcomes the earliest counts; of those at one instant, the one named first.
- Without a column `ended` the rows of a table are points in time.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from . import formulas
from .instants import Instant, shift
from .metrics import clean
from .visibility import Seen, Table

NO_TIME = "0d"


@dataclass(frozen=True)
class Outcome:
    """`ended` None: it lasts; a point in time ended as it came."""

    at: int
    ended: int | None

    def on(self, as_of: int) -> bool:
        """The world an instant before the as-of: what comes at the as-of lies ahead, what ends there is still on."""
        return self.at < as_of and (self.ended is None or self.ended >= as_of)


@dataclass(frozen=True)
class World:
    """All rows, as they are known by `observed`."""

    tables: dict[str, Table]
    observed: int

    def rows(self, table: str, account: Any, where: str | None = None) -> list[Seen]:
        visible = self.tables[table].visible(self.observed + 1)
        return [row for row in visible if row.account == account and passes(row, where)]

    def known_at(self, table: str, account: Any) -> list[int]:
        """When each row of the account became known, corrections too."""
        rows = self.tables[table].known_rows(self.observed + 1)
        return sorted(int(row.known) for row in rows if row.account == account)


def passes(row: Seen, where: str | None) -> bool:
    if where is None:
        return True
    return formulas.evaluate(formulas.parse(where), scope(row)) is True


def scope(row: Seen) -> formulas.Scope:
    return formulas.Scope(lambda name: clean(row.values.get(name[0])))


def covering(rows: list[Seen]) -> list[Seen]:
    return [row for row in rows if row.end is None or row.end > row.time]


def alive(rows: list[Seen], edge: int) -> list[Seen]:
    """An instant before the edge."""
    return [row for row in covering(rows) if row.time < edge and (row.end is None or row.end >= edge)]


@dataclass(frozen=True)
class Churn:
    table: str
    gap: str = NO_TIME
    where: str | None = None

    def of(self, world: World, account: Any, as_of: int) -> list[Outcome]:
        rows = covering(world.rows(self.table, account, self.where))
        found = []
        for end in sorted({int(row.end) for row in rows if row.end is not None}):
            latest = shift(end, self.gap, 1)
            if latest > world.observed or alive(rows, end + 1):
                continue
            starts = sorted(int(row.time) for row in rows if row.time > end)
            if not starts or starts[0] > latest:
                found.append(Outcome(end, starts[0] if starts else None))
        return found


@dataclass(frozen=True)
class Contraction:
    """With sign -1 an expansion."""

    table: str
    mrr: str
    by: float = 0.0
    sign: int = 1
    gap = NO_TIME

    def revenue(self, rows: list[Seen]) -> Fraction:
        values = (clean(row.values.get(self.mrr)) for row in rows)
        return sum((Fraction(value) for value in values if value is not None), Fraction())

    def of(self, world: World, account: Any, as_of: int) -> list[Outcome]:
        rows = world.rows(self.table, account)
        edges = {int(edge) for row in covering(rows) for edge in (row.time, row.end) if edge is not None}
        then = alive(rows, as_of)
        limit = (1 - self.sign * Fraction(self.by)) * self.revenue(then)
        if not then:
            return []
        for edge in sorted(edge for edge in edges if edge >= as_of):
            now = alive(rows, edge + 1)
            if not now:
                return []
            if self.sign * (limit - self.revenue(now)) > 0:
                return [Outcome(edge, edge)]
        return []


def expansion(table: str, mrr: str, by: float = 0.0) -> Contraction:
    return Contraction(table, mrr, by, -1)


@dataclass(frozen=True)
class Downgrade:
    """Over a table of states."""

    table: str
    column: str
    order: Sequence[Any]
    gap = NO_TIME

    def of(self, world: World, account: Any, as_of: int) -> list[Outcome]:
        rows = world.rows(self.table, account)
        key = world.tables[self.table].spec.get("key")
        whose = [row.values.get(key) if key else None for row in rows]
        found: list[Outcome] = []
        for one in set(whose):
            held = self.held([row for row, its in zip(rows, whose, strict=True) if its == one])
            found += [Outcome(at, at) for (_, old), (at, new) in itertools.pairwise(held) if new > old]
        return sorted(found, key=lambda outcome: outcome.at)

    def held(self, rows: list[Seen]) -> list[tuple[int, int]]:
        """From each instant on, the place in the list of the value that holds."""
        latest: dict[int, Seen] = {}
        for row in sorted(rows, key=lambda row: (row.time, row.known, row.index)):
            latest[int(row.time)] = row
        values = [(at, clean(row.values.get(self.column))) for at, row in sorted(latest.items())]
        return [(at, list(self.order).index(value)) for at, value in values if value in self.order]


@dataclass(frozen=True)
class Silence:
    table: str
    length: str
    gap = NO_TIME

    def of(self, world: World, account: Any, as_of: int) -> list[Outcome]:
        found = []
        known = world.known_at(self.table, account)
        for last, following in itertools.zip_longest(known, known[1:]):
            at = shift(last, self.length, 1)
            if at <= world.observed and (following is None or following >= at):
                found.append(Outcome(int(at), following))
        return found


@dataclass(frozen=True)
class Given:
    """A table of account, at and ended."""

    rows: list[tuple[Any, int, int | None]] = field(default_factory=list)
    gap = NO_TIME

    def of(self, world: World, account: Any, as_of: int) -> list[Outcome]:
        return [
            Outcome(at, ended) for whose, at, ended in sorted(self.rows, key=lambda row: row[1]) if whose == account
        ]


Kind = Churn | Contraction | Downgrade | Silence | Given


@dataclass(frozen=True)
class Met:
    """An outcome of a case, with its name."""

    name: str
    outcome: Outcome


def last_known(tables: dict[str, Table]) -> int:
    """The default of `observed`: the last start, known or event of the tables."""
    found: list[int] = []
    for table in tables.values():
        columns = [table.spec.get("known"), None if table.kind == "accounts" else table.time_column]
        found += [int(row[name]) for _, row in table.rows for name in columns if name and row.get(name) is not None]
    return max(found)


def in_order(kinds: dict[str, Kind], world: World, account: Any, as_of: int) -> list[Met]:
    """Of several outcomes the first decides."""
    found = [Met(name, outcome) for name, kind in kinds.items() for outcome in kind.of(world, account, as_of)]
    return sorted(found, key=lambda met: met.outcome.at)  # stable: at one instant, the one that was named first


def after_gap(end: int, kinds: dict[str, Kind]) -> Instant:
    """When everything that comes before `end` can be known."""
    return max(shift(end, kind.gap, 1) for kind in kinds.values())
