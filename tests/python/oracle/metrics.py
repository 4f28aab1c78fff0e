"""Metrics from tables (section 2): one cell at a time, from all rows of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import aggregates, formulas
from .aggregates import Cell, Taken, missing
from .instants import Instant, fixed_micros, shift
from .visibility import Seen, Table

Since = Callable[[str], Cell]


class Metric:
    """One metric column at one account and as-of."""

    def __init__(self, spec: dict[str, Any], part: Any, table: Table, account: Any, as_of: int, since: Since) -> None:
        self.spec, self.part, self.table, self.account = spec, part, table, account
        self.as_of, self.since = Instant(as_of), since
        self.mode = spec.get("rows", "alive") if table.kind == "intervals" else table.kind
        self.edge = shift(self.as_of, spec.get("offset"), -1)

    def cell(self) -> Cell:
        if self.table.is_stale(self.as_of):
            return missing("stale")
        self.visible = [row for row in self.table.visible(self.as_of) if row.account == self.account]
        if not self.visible:
            return missing("never")
        passing = [taken for taken in self.candidates() if self.passes(taken.row)]
        if self.is_stale(passing):
            return missing("stale")
        begin: Instant | None = None
        end = self.edge
        if "since" in self.spec:
            start = self.since(self.spec["since"])
            if start.value is None:
                return start
            if start.value >= self.edge:
                return missing("too_young")
            begin = start.value
            if "window" in self.spec:
                over = shift(begin, self.spec["window"], 1)
                if self.spec.get("full_window") and over > self.edge:
                    return missing("too_young")
                end = min(end, over)
        elif "window" in self.spec:
            begin = shift(self.edge, self.spec["window"], -1)
        if self.spec.get("full_window") and "since" not in self.spec and not self.old_enough(begin):
            return missing("too_young")
        rows = [taken for taken in passing if self.inside(taken, begin, end)]
        if "every" in self.spec:
            return self.in_buckets(rows)
        if self.too_few(rows):
            return missing("too_few")
        if self.spec["agg"] == "days_unbroken":
            return aggregates.days_unbroken(self.started(), self.edge, self.spec.get("gap"))
        return aggregates.over_rows(self.spec["agg"], rows, self.edge, self.spec)

    def candidates(self) -> list[Taken]:
        """The rows of the mode, before `where`, with the instant that stands for their time."""
        if self.mode == "states":
            holding = self.table.holding(self.as_of, self.edge)
            return [self.take(row, row.time) for row in holding if row.account == self.account]
        taken = []
        for row in self.visible:
            instant = self.instant(row)
            if instant is not None and self.in_mode(row, instant):
                taken.append(self.take(row, instant))
        return taken

    def instant(self, row: Seen) -> Instant | None:
        if self.mode != "ended":
            return row.time
        return row.end

    def in_mode(self, row: Seen, instant: Instant) -> bool:
        if self.mode == "any":
            return True
        if row.inverted:  # ends before it starts
            return False
        if self.mode == "upcoming":
            return row.time >= self.edge
        if self.mode == "alive":
            return row.time < self.edge and (row.end is None or row.end >= self.edge)
        return instant < self.edge

    def take(self, row: Seen, instant: Instant) -> Taken:
        value = formulas.evaluate(formulas.parse(self.spec.get("of", "1")), self.row_scope(row))
        return Taken(instant, row, None if is_nan(value) else value)

    def row_scope(self, row: Seen) -> formulas.Scope:
        return formulas.Scope(lambda name: clean(row.values.get(name[0])))

    def passes(self, row: Seen) -> bool:
        if "by" in self.spec:
            found = clean(row.values.get(self.spec["by"]["column"]))
            if found is None or found != self.part:
                return False
        if "where" not in self.spec:
            return True
        return formulas.evaluate(formulas.parse(self.spec["where"]), self.row_scope(row)) is True

    def started(self) -> list[Seen]:
        """What days_unbroken chains: alive or ended; what ends as it starts, or before, was never alive."""
        lasting = [row for row in self.visible if row.end is None or row.end > row.time]
        return [row for row in lasting if row.time < self.edge and self.passes(row)]

    def is_stale(self, passing: list[Taken]) -> bool:
        if "stale_after" not in self.spec or not passing:
            return False
        return max(taken.instant for taken in passing) < shift(self.edge, self.spec["stale_after"], -1)

    def first_instant(self) -> Instant | None:
        """Of the account's visible rows in the table, whatever `where` and `by` say. An interval that ends before
        its start is no event of any mode, so it is not the first either."""
        instants = [self.instant(row) for row in self.visible if not row.inverted]
        return min((instant for instant in instants if instant is not None), default=None)

    def old_enough(self, begin: Instant | None) -> bool:
        first = self.first_instant()
        return first is not None and begin is not None and first <= begin

    def inside(self, taken: Taken, begin: Instant | None, end: Instant) -> bool:
        if self.mode in ("states", "alive", "upcoming", "any"):
            return True
        return (begin is None or begin <= taken.instant) and taken.instant < end

    def too_few(self, rows: list[Taken]) -> bool:
        return sum(taken.value is not None for taken in rows) < self.spec.get("min_rows", 0)

    def in_buckets(self, rows: list[Taken]) -> Cell:
        width = fixed_micros(self.spec["every"])
        count = fixed_micros(self.spec["window"]) // width
        first = self.first_instant()
        edges = [(number, shift(self.edge, None, 1) - (count - number) * width) for number in range(count)]
        kept = [(number, low) for number, low in edges if first is not None and low + width > first]
        if not kept:
            return missing("too_young")
        if self.too_few(rows):
            return missing("too_few")
        zero = self.spec["agg"] in ("count", "count_distinct", "sum") and self.spec.get("empty") != "skip"
        values: list[tuple[int, float]] = []
        for number, low in kept:
            inside = [taken for taken in rows if low <= taken.instant < low + width]
            if not inside:
                if zero:
                    values.append((number, 0.0))
                continue
            cell = aggregates.over_rows(self.spec["agg"], inside, self.edge, self.spec)
            if cell.reason == "undefined":
                return cell
            if cell.value is not None:
                values.append((number, float(cell.value)))
        if not values:
            return missing("silent")
        return aggregates.summarise(self.spec["then"], values, count - 1, self.spec.get("above", 0))


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and not abs(value) <= 1.7976931348623157e308


def clean(value: Any) -> Any:
    """NaN and infinities in an input are missing; there is one zero."""
    if is_nan(value):
        return None
    return 0.0 if isinstance(value, float) and value == 0 else value


def parts(spec: dict[str, Any]) -> list[Any]:
    return list(spec["by"]["values"]) if "by" in spec else []


__all__ = ["Metric", "clean", "parts"]
