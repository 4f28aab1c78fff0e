"""Rows of a panel for which a formula is true: the core's own language, over the panel's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, FormulaError, ModelError, UnknownNameError, unknown
from ..io.columns import Ints
from ..loaded import Loaded
from ..model import Model

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["rows_where"]

_TABLE = "panel"


def rows_where(table: pa.Table, formula: str) -> Ints:
    """Where the formula is true: each row is read as the one event of an account of its own, and `where` keeps it."""
    import pyarrow as pa

    if not isinstance(formula, str):
        raise DataError(f"filter: expected a formula as a text, got {formula!r}")
    columns = table.column_names
    row, time = (_free(name, columns) for name in ("row", "time"))
    document = {
        "format": 1,
        "tables": {_TABLE: {"kind": "events", "account": row, "time": time}},
        "metrics": {"kept": {"from": _TABLE, "where": formula, "agg": "count"}},
    }
    keys = {row: pa.array(np.arange(len(table))), time: pa.array(np.zeros(len(table), np.int64), pa.timestamp("us"))}
    for name, column in keys.items():
        table = table.append_column(name, column)
    try:
        model = Model.parse(document)
        if not len(table):
            return np.empty(0, np.int64)
        kept = Loaded.open(model, {_TABLE: table}, {}).score(np.datetime64(1, "us")).table["kept"]
    except UnknownNameError as error:
        raise unknown("filter: the panel has no column", error.column, columns) from None
    except ModelError as error:
        raise _about_the_formula(error) from None
    return np.flatnonzero(kept.to_numpy() > 0)


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _about_the_formula(error: ModelError) -> FormulaError:
    """The same of the formula alone: nobody wrote the model around it."""
    problems = [("filter", message, position) for _, message, position in error.problems]
    return FormulaError(str(error).replace("metrics.kept.where", "filter"), problems)
