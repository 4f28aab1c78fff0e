"""How the columns of a panel want to be shown, by what its model says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..explain.history import account_labels
from ..explain.part_names import grade_labels, look_of_column, looks_of_stages
from ..explain.scores import in_reading_order
from ..io.columns import Ints
from ..model import Model
from ..results.looks import PLAIN, Look, called
from ..results.signs import short

if TYPE_CHECKING:
    import pyarrow as pa

    from ..scored import Scored

__all__ = ["looks_of", "order_of", "with_labels"]

_HEAD = 24  # signs of a score's label before the word of a column beside it
_SHARES = ("coverage", "probability", "probability_low", "probability_high")


def looks_of(model: Model) -> dict[str, Look]:
    """By column: labels, units and digits of the document, the grades of scores, shares as percentages."""
    document = model.to_dict()
    looks = {name: look_of_column(document, name) for name in model.columns}
    for info in model.core.scores:
        looks |= _beside(info, document)
    for journey in model.journeys:
        looks |= looks_of_stages(document, journey, journey, f"{journey}_previous")
    return looks


def _beside(info: Any, document: Mapping[str, Any]) -> dict[str, Look]:
    """The columns that a score has beside its own, called after it where it has a label."""
    name = info["name"]
    own, grades = look_of_column(document, name), called(grade_labels(document, name))
    looks = {what: Look(unit="percent", digits=0) for what in _SHARES}
    looks |= {"change": Look(unit=own.unit, digits=own.digits), "trend": PLAIN}
    looks |= {what: Look(grades=tuple(info["grades"]), called=grades) for what in ("grade", "grade_before")}
    if own.label is not None:
        looks = {
            what: replace(look, label=f"{short(own.label, _HEAD)}: {what.replace('_', ' ')}")
            for what, look in looks.items()
        }
    return {f"{name}_{what}": look for what, look in looks.items()}


def with_labels(table: pa.Table, scored: Scored, rows: Ints) -> pa.Table:
    """The table of some rows, with what the accounts are called behind their ids where the model reads that."""
    labels = account_labels(scored, rows)
    return table if labels is None else table.add_column(1, "label", labels)


def order_of(model: Model) -> list[str]:
    """The columns for people: each score with its grade, change and trend, the overall ones first; then the rest."""
    infos: dict[str, Any] = {info["name"]: info for info in model.core.scores}
    first = [
        name
        for score in in_reading_order(infos)
        for name in (score, f"{score}_grade", f"{score}_change", f"{score}_trend")
        if name in model.columns
    ]
    beside = {f"{score}_{what}" for score in infos for what in (*_SHARES, "grade_before")}
    rest = [name for name in model.columns if name not in first]
    lives = [name for name in rest if name in model.journeys or name in model.cohorts]
    others = [name for name in rest if name not in beside and name not in lives]
    return [*first, *lives, *others, *(name for name in rest if name in beside)]
