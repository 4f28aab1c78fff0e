"""The whole answer: which accounts have a panel row (section 1), every column of it, reasons and contributions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from . import changes, formulas, life, metrics, over_time, scores, source
from .aggregates import Cell, as_text, missing
from .changes import Change
from .instants import LAST, Instant
from .scores import Part, Score
from .visibility import Row, Table, account_order


@dataclass
class Answer:
    columns: list[str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    cells: list[dict[str, Cell]] = field(default_factory=list)
    """Beside each row: the same values with their reasons and slack."""
    reasons: list[tuple[Any, int, str, str]] = field(default_factory=list)
    points: list[AtPoint] = field(default_factory=list)
    world: World | None = None
    doubts: dict[tuple[Any, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Where a last bit decides: `near` an edge, or `equal` to one (sure only where all arithmetic is exact)."""

    def contributions(self, score: str, deep: bool = False) -> list[tuple[Any, int, Part]]:
        found = []
        for point in self.points:
            models = point.model["scores"]
            parts = scores.contributions(models[score], point, point.score(score), models, deep)
            found += [(point.account, point.as_of, part) for part in parts]
        return found

    def why_changed(self, score: str, start: int, end: int, deep: bool) -> list[tuple[Any, Change]]:
        """The causes between two as-ofs, of each account that has a panel row at one of them."""
        found = []
        for account in dict.fromkeys(point.account for point in self.points):
            world = self.points[0].world
            before, now = world.point(account, start), world.point(account, end)
            found += [(account, change) for change in changes.why_changed(score, before, now, deep)]
            self.doubts[(account, int(start))] |= before.doubt
            self.doubts[(account, int(end))] |= now.doubt
        return found


class World:
    """The model and all its tables, and the points that were asked for."""

    def __init__(self, model: dict[str, Any], tables: dict[str, list[Row]], peers: list[Any] | None = None) -> None:
        self.model = model
        read = source.read(model.get("tables", {}), tables)
        self.tables = {name: Table(name, *found) for name, found in read.items() if found[0]["kind"] != "keys"}
        met: set[Any] = set().union(*(table.accounts() for table in self.tables.values()))
        self.accounts = sorted(met, key=account_order)
        self.peers = self.accounts if peers is None else peers
        self.points: dict[tuple[Any, int], AtPoint] = {}
        self.held: dict[tuple[str, Any, int], tuple[int | None, set[str]]] = {}
        """Of a score and account, the grade held after a tick, and the doubts there."""
        self.stages: dict[tuple[str, Any, int], life.Held] = {}
        """Of a journey and account, the stage held after a tick."""

    def point(self, account: Any, as_of: int) -> AtPoint:
        key = (account, int(as_of))
        if key not in self.points:
            self.points[key] = AtPoint(self, account, as_of)
        return self.points[key]

    def first_seen(self, account: Any) -> int | None:
        """An instant before which nothing of the account was known; None where it always was."""
        if all(table.kind == "accounts" for table in self.tables.values()):
            return None
        found = [table.known_from(row) for table in self.tables.values() for row in table.of_account(account)]
        return min((known for known in found if known is not None), default=LAST)


class AtPoint:
    """One account at one as-of; computes what is asked for, once."""

    def __init__(self, world: World, account: Any, as_of: int) -> None:
        self.world, self.model, self.tables = world, world.model, world.tables
        self.account, self.as_of = account, Instant(as_of)
        self.doubt: set[str] = set()
        self.metrics, self.score_specs = self.model.get("metrics", {}), self.model.get("scores", {})
        self.known_cells: dict[tuple[str, str | None], Cell] = {}
        self.known_scores: dict[str, Score] = {}
        self.known_formulas: dict[str, Cell] = {}

    def near(self, value: float, edge: float, exact: bool) -> None:
        if value == edge:
            self.doubt.add("equal" if exact else "near")
        elif abs(value - edge) <= 1e-9 * max(abs(value), abs(edge)):
            self.doubt.add("near")

    def near_exact(self, value: float, edge: float, exact: bool) -> None:
        """For formulas over metrics: the same operations in the same order, so that equality can be trusted."""
        if value != edge or not exact:
            self.near(value, edge, exact)

    def about_score(self, name: tuple[str, str | None]) -> bool:
        return any(name[0].removesuffix(ending) in self.score_specs for ending in ("", "_coverage", *over_time.COLUMNS))

    def belongs(self) -> bool:
        """Has a panel row, but for `include`."""
        kinds = {table.kind for table in self.tables.values()}
        for table in self.tables.values():
            if table.kind == "accounts":
                row = table.attributes(self.account, self.as_of)
                if row is None:
                    return False
                if "known" in table.spec and row.get(table.spec["known"]) is not None:
                    return True
        if kinds == {"accounts"}:
            return True
        others = [table for table in self.tables.values() if table.kind != "accounts"]
        return any(row.account == self.account for table in others for row in table.visible(self.as_of))

    def neighbours(self) -> list[AtPoint]:
        """The panel rows of the peers as of the same instant, this one too if it is one."""
        points = [self.world.point(account, self.as_of) for account in self.world.peers]
        found = [point for point in points if point.has_row()]
        self.doubt.update(*(point.doubt for point in points))
        return found

    def has_row(self) -> bool:
        if not self.belongs():
            return False
        return "include" not in self.model or self.formula(self.model["include"]).value is True

    def formula(self, text: str) -> Cell:
        if text not in self.known_formulas:
            self.known_formulas[text] = self.evaluate(text)
        return self.known_formulas[text]

    def evaluate(self, text: str) -> Cell:
        node = formulas.parse(text)
        of_score = any(self.about_score(name) for name in formulas.names(node))
        near = self.near if of_score else self.near_exact
        scope = formulas.Scope(lambda name: self.cell(name).value, self.split, near)
        value = metrics.clean(formulas.evaluate(node, scope))
        if value is not None:
            slack = 16 * sum(self.slack(name) for name in formulas.names(node))
            return Cell(value, slack=slack)
        return missing(formulas.reason(node, scope, lambda name: self.cell(name).reason))

    def slack(self, name: tuple[str, str | None]) -> float:
        if name[1] != "*":
            return self.cell(name).slack
        return sum(cell.slack for _, cell in self.split_cells(name[0]))

    def split(self, metric: str) -> list[str]:
        return [as_text(part) for part in metrics.parts(self.metrics[metric])]

    def split_cells(self, metric: str) -> list[tuple[str, Cell]]:
        return [(part, self.cell((metric, part))) for part in self.split(metric)]

    def cell(self, name: tuple[str, str | None]) -> Cell:
        if name not in self.known_cells:
            self.known_cells[name] = self.compute(name)
        return self.known_cells[name]

    def compute(self, name: tuple[str, str | None]) -> Cell:
        first, second = name
        if name == ("as_of", None):
            return Cell(self.as_of)
        if first in self.metrics:
            return self.metric(self.metrics[first], second)
        if second is not None:
            return self.attribute(first, second)
        if first in self.score_specs:
            score = self.score(first)
            return Cell(score.value, score.reason)
        if first.endswith("_coverage") and first.removesuffix("_coverage") in self.score_specs:
            score = self.score(first.removesuffix("_coverage"))
            return Cell(score.coverage, score.reason if score.coverage is None else None)
        for ending, column in over_time.COLUMNS.items():
            if first.endswith(ending) and first.removesuffix(ending) in self.score_specs:
                return column(first.removesuffix(ending), self)
        if first in self.model.get("cohorts", {}):
            return Cell(self.formula(self.model["cohorts"][first]["when"]).value is True)
        for ending in life.JOURNEY_ENDINGS:
            if first.endswith(ending) and first.removesuffix(ending) in self.model.get("journeys", {}):
                return life.journey_cell(first.removesuffix(ending), ending, self)
        raise KeyError(name)

    def metric(self, spec: dict[str, Any], part: str | None) -> Cell:
        if "formula" in spec:
            return self.formula(spec["formula"])
        wanted = next((value for value in metrics.parts(spec) if as_text(value) == part), None)
        return metrics.Metric(spec, wanted, self.tables[spec["from"]], self.account, self.as_of, self.formula).cell()

    def attribute(self, table: str, column: str) -> Cell:
        row = self.tables[table].attributes(self.account, self.as_of)
        if row is None:
            return missing("never")
        value = metrics.clean(row.get(column))
        return missing("silent") if value is None else Cell(value)

    def score(self, name: str) -> Score:
        if name not in self.known_scores:
            self.known_scores[name] = scores.evaluate_score(self.score_specs[name], self)
        return self.known_scores[name]


def columns(model: dict[str, Any]) -> list[tuple[str, tuple[str, str | None], bool]]:
    """Of each panel column: its name, how a formula calls it, and whether reasons() covers it."""
    found: list[tuple[str, tuple[str, str | None], bool]] = []
    for name, spec in model.get("metrics", {}).items():
        if "by" in spec:
            found += [(f"{name}.{as_text(part)}", (name, as_text(part)), True) for part in spec["by"]["values"]]
        else:
            found.append((name, (name, None), True))
    for name, spec in model.get("scores", {}).items():
        found.append((name, (name, None), True))
        found += [(name + ending, (name + ending, None), False) for ending in over_time.defined(spec)]
    for name in model.get("journeys", {}):
        found += [(name + ending, (name + ending, None), ending == "") for ending in life.JOURNEY_ENDINGS]
    found += [(name, (name, None), False) for name in model.get("cohorts", {})]
    return found


def as_column(value: Any) -> Any:
    """Numbers come out as 64-bit floats; instants, text and booleans as they are."""
    return float(value) if isinstance(value, int) and not isinstance(value, (bool, Instant)) else value


def evaluate(
    model: dict[str, Any], tables: dict[str, list[Row]], as_ofs: list[int], peers: list[Any] | None = None
) -> Answer:
    """Of all accounts; `peers`: the accounts that measures compare with, None: all that have a panel row."""
    world = World(model, tables, peers)
    answer = Answer([name for name, _, _ in columns(model)], world=world)
    for account in world.accounts:
        for as_of in sorted(set(as_ofs)):
            point = world.point(account, as_of)
            answer.doubts[(account, as_of)] = point.doubt
            if point.has_row():
                add_row(answer, model, point)
    return answer


def add_row(answer: Answer, model: dict[str, Any], point: AtPoint) -> None:
    row: dict[str, Any] = {"account_id": point.account, "as_of": point.as_of}
    cells: dict[str, Cell] = {}
    for column, name, covered in columns(model):
        cell = cells[column] = point.cell(name)
        row[column] = as_column(cell.value)
        if covered and cell.value is None:
            answer.reasons.append((point.account, int(point.as_of), column, str(cell.reason)))
    answer.rows.append(row)
    answer.cells.append(cells)
    answer.points.append(point)
