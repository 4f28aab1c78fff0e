"""Whether a table's newest row is as new as the model's ``stale_after`` wants it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import _core
from ..errors import DataError, unknown
from ..io.columns import micros_of
from ..io.table_like import TableLike
from ..model import Model
from ..portfolio import Portfolio

__all__ = ["Freshness", "freshness_of"]

_KINDS = ("events", "intervals", "states")


class Freshness(NamedTuple):
    """What was seen of a table as of an instant."""

    fresh: bool
    newest: str | None
    """The time of the newest row that was known; of a table of intervals with ``known``, when that became known."""
    stale_after: str


def freshness_of(model: Model, table: str, source: TableLike, micros: int, max_age: str | None = None) -> Freshness:
    """Whether scores of a table would not be missing for ``stale``, and it has rows at all.

    Parameters
    ----------
    model : Model
        Says how the table is read and, in ``stale_after``, how old its newest row may be.
    table : str
        One of its tables, of kind events, intervals or states.
    source : table
        What :class:`Portfolio` would be given for it.
    micros : int
        The as-of.
    max_age : str, optional
        A length in the place of ``stale_after``.

    Raises
    ------
    UnknownNameError
        If the model has no such table.
    DataError
        If it is of another kind or has no ``stale_after``, or the source cannot be read.
    """
    tables = model.to_dict().get("tables", {})
    if table not in tables:
        raise unknown("the model has no table", table, tables)
    spec = tables[table]
    if spec["kind"] not in _KINDS:
        raise DataError(f"table '{table}': expected events, intervals or states, got {spec['kind']}", table, "kind")
    length = max_age or spec.get("stale_after")
    if length is None:
        raise DataError(
            f"table '{table}' has no stale_after in the model; add it there or give max_age", table, "stale_after"
        )
    portfolio = Portfolio(
        _of_table_alone(table, spec | {"stale_after": length}), tables={table: source}, progress=False
    )
    at = np.datetime64(micros, "us")
    newest = _newest(portfolio, table, spec, at)
    if newest is None:
        return Freshness(False, None, length)
    reasons = portfolio.score(at, progress=False).reasons()["reason"].to_pylist()
    return Freshness("stale" not in reasons, _core.show_instant(newest), length)


def _of_table_alone(table: str, spec: dict[str, Any]) -> Model:
    """A model in which no row is an orphan: rows of unknown accounts and keys show that a feed is alive too."""
    alone = {key: value for key, value in spec.items() if key != "through"}
    return Model.parse({"format": 1, "tables": {table: alone}, "metrics": {"rows": {"from": table, "agg": "count"}}})


def _newest(portfolio: Portfolio, table: str, spec: dict[str, Any], at: np.datetime64) -> int | None:
    rows = portfolio.rows(table, at, progress=False).table
    column = spec.get("known", spec["start"]) if spec["kind"] == "intervals" else spec["time"]
    return int(micros_of(rows[column].drop_null()).max()) if rows.num_rows else None
