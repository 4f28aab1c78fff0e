"""The whole answer: which accounts have a panel row (section 1), every column of it, reasons and contributions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from . import formulas, metrics, scores
from .aggregates import Cell, as_text, missing
from .instants import Instant
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
    doubts: dict[tuple[Any, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Where a last bit decides: `near` an edge, or `equal` to one (sure only where all arithmetic is exact)."""

    def contributions(self, score: str, deep: bool = False) -> list[tuple[Any, int, Part]]:
        found = []
        for point in self.points:
            models = point.model["scores"]
            parts = scores.contributions(models[score], point, point.score(score), models, deep)
            found += [(point.account, point.as_of, part) for part in parts]
        return found


class AtPoint:
    """One account at one as-of; computes what is asked for, once."""

    def __init__(
        self, model: dict[str, Any], tables: dict[str, Table], account: Any, as_of: int, doubt: set[str]
    ) -> None:
        self.model, self.tables, self.account, self.as_of, self.doubt = model, tables, account, Instant(as_of), doubt
        self.metrics, self.score_specs = model.get("metrics", {}), model.get("scores", {})
        self.known_cells: dict[tuple[str, str | None], Cell] = {}
        self.known_scores: dict[str, Score] = {}

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
        return any(name[0].removesuffix(ending) in self.score_specs for ending in ("", "_grade", "_coverage"))

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

    def has_row(self) -> bool:
        if not self.belongs():
            return False
        return "include" not in self.model or self.formula(self.model["include"]).value is True

    def formula(self, text: str) -> Cell:
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
        for ending in ("_grade", "_coverage"):
            if first.endswith(ending) and first.removesuffix(ending) in self.score_specs:
                score = self.score(first.removesuffix(ending))
                value = score.grade if ending == "_grade" else score.coverage
                return Cell(value, score.reason if value is None else None)
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
        if spec.get("grades"):
            found.append((f"{name}_grade", (f"{name}_grade", None), False))
        found.append((f"{name}_coverage", (f"{name}_coverage", None), False))
    return found


def as_column(value: Any) -> Any:
    """Numbers come out as 64-bit floats; instants, text and booleans as they are."""
    return float(value) if isinstance(value, int) and not isinstance(value, (bool, Instant)) else value


def evaluate(model: dict[str, Any], tables: dict[str, list[Row]], as_ofs: list[int]) -> Answer:
    loaded = {name: Table(name, spec, tables.get(name, [])) for name, spec in model.get("tables", {}).items()}
    met = set().union(*(table.accounts() for table in loaded.values())) if loaded else set()
    answer = Answer([name for name, _, _ in columns(model)])
    for account in sorted(met, key=account_order):
        for as_of in sorted(set(as_ofs)):
            point = AtPoint(model, loaded, account, as_of, answer.doubts[(account, as_of)])
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
