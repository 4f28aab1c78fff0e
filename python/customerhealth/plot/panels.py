"""What a chart asks of a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .. import _core
from ..errors import DataError, unknown
from ..explain.part_names import PartNames, look_of_column
from ..grades import Grade, grades_of
from ..io.columns import Floats, Ints, codes_of, decoded
from ..io.instants import AsOf, one_of
from ..results.looks import Look
from .figures import shown

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "PanelLike",
    "Score",
    "account_title",
    "as_ofs_of",
    "instants",
    "look_of",
    "number_of",
    "one_as_of",
    "score_of",
    "texts_of",
]


class ModelLike(Protocol):
    """A :class:`Model`."""

    @property
    def name(self) -> str: ...
    @property
    def core(self) -> _core.Model: ...
    def to_dict(self) -> dict[str, Any]: ...


class PanelLike(Protocol):
    """A :class:`Panel`."""

    @property
    def model(self) -> ModelLike: ...
    @property
    def table(self) -> pa.Table: ...
    @property
    def as_ofs(self) -> Any: ...
    def history(self, account: str | int, score: str) -> Any: ...
    def labels(self) -> Any: ...
    def why_changed(self, score: str, start: AsOf, end: AsOf, *, deep: bool = True) -> Any: ...


class Score:
    """One score of a model, as its document writes it."""

    def __init__(self, name: str, document: Mapping[str, Any], low: float, high: float) -> None:
        self.name, self.low, self.high = name, low, high
        self.spec: Mapping[str, Any] = document["scores"][name]
        self.names = PartNames(document, name)
        """What people call its parts."""
        self.look = self.names.own
        self.label = str(self.spec.get("label", name))
        self.grades: tuple[Grade, ...] = grades_of(self.spec, low)

    @property
    def bands(self) -> list[tuple[Grade, float, float]]:
        """The grades with where each begins and ends on the scale."""
        ends = [grade.edge for grade in self.grades[1:]] + [self.high]
        return [(grade, grade.edge, end) for grade, end in zip(self.grades, ends, strict=False)]


def score_of(model: ModelLike, name: str | None, *, graded: bool = False) -> Score:
    """The score of that name; without one ``health``, else the first that no other is made of and that has grades.

    `graded`: without a name one with grades, if there is any.
    """
    infos = {info["name"]: info for info in model.core.scores}
    if name is None:
        parts = {source for info in infos.values() for source in info["sources"].values()}
        whole = [each for each in infos if each not in parts]
        with_grades = [each for each in [*whole, *infos] if infos[each]["grades"]]
        health = ["health"] if "health" in infos and (not graded or infos["health"]["grades"]) else []
        name = next(iter([*health, *with_grades, *whole]), None)
        if name is None:
            raise DataError(f"model {model.name!r} has no score to draw")
    if name not in infos:
        raise unknown("the model has no score", name, infos)
    return Score(name, model.to_dict(), infos[name]["low"], infos[name]["high"])


def look_of(model: ModelLike, column: str) -> Look:
    """What people call a column of a panel, and how its numbers are shown; its label is its name where it has none."""
    look = look_of_column(model.to_dict(), column)
    return look if look.label is not None else replace(look, label=column)


def account_title(account: object, label: str | None) -> str:
    """An account, behind what it is called."""
    return shown(account) if label is None else f"{shown(label)} ({shown(account)})"


def as_ofs_of(panel: PanelLike) -> Ints:
    """The as-ofs of a panel, in order; also those at which no account has a row."""
    return np.asarray(panel.as_ofs, "datetime64[us]").astype(np.int64)


def one_as_of(panel: PanelLike, as_of: AsOf | None) -> int:
    """The as-of that is asked for, by default the last one of the panel."""
    there: list[int] = as_ofs_of(panel).tolist()
    return there[-1] if as_of is None else one_of(there, as_of, "as_of", "the panel")


def number_of(table: pa.Table, name: str) -> Floats:
    """A column of numbers (booleans are 1 and 0); NaN where it is missing."""
    import pyarrow as pa

    if name not in table.column_names:
        raise unknown("the panel has no column", name, table.column_names)
    column = decoded(table[name])
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_boolean(column.type)):
        raise DataError(f"expected a column of numbers, '{name}' is of type {column.type}", column=name)
    values: Floats = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
    return values


def texts_of(table: pa.Table, name: str) -> tuple[list[Any], Ints]:
    """The values of a column of few texts, and each row's place among them; -1: null."""
    column = table[name].combine_chunks().dictionary_encode()
    return column.dictionary.to_pylist() if hasattr(column, "dictionary") else [], codes_of(column)


def instants(micros: Ints) -> list[str]:
    """Instants as plotly reads them, to the second."""
    texts: list[str] = np.datetime_as_string(micros.astype("datetime64[us]"), unit="s").tolist()
    return texts
