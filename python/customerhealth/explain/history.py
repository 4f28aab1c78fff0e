"""One score of one account over time, each step with its causes in words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import Ints, distinct, instant_column, micros_of
from ..io.results import as_table
from .changes import changed_since
from .explanation import rows_of_account

if TYPE_CHECKING:
    import pyarrow as pa

    from ..model import Model
    from ..scored import Scored

__all__ = ["account_labels", "has_account_labels", "history", "labels"]


def history(scored: Scored, account: str | int, score: str) -> pa.Table:
    """See :meth:`Panel.history`."""
    import pyarrow as pa

    scored.check_score(score)
    begin, count = rows_of_account(scored, account)
    rows = scored.table.slice(begin, count)
    there: list[int] = micros_of(rows["as_of"]).tolist()
    since = [None, *(changed_since(scored, score, *pair, (begin, count)) for pair in itertools.pairwise(there))]
    because = [None if each is None else [step.words for step in each.steps] for each in since]
    adds = [None if each is None else [step.adds for step in each.steps] for each in since]
    grade = f"{score}_grade"
    columns: dict[str, Any] = {
        "account_id": rows["account_id"],
        "label": pa.array([scored.core.label_of(begin + place) for place in range(count)], pa.string()),
        "as_of": instant_column(there),
        "score": rows[score],
        "grade": rows[grade] if grade in rows.column_names else pa.nulls(count, pa.string()),
        "reason": pa.array([_reason(scored, begin + place, score) for place in range(count)], pa.string()),
        "change": pa.array([None if each is None else each.change for each in since], pa.float64()),
        "because": pa.array(because, pa.list_(pa.string())),
        "adds": pa.array(adds, pa.list_(pa.float64())),
    }
    return pa.table(columns).replace_schema_metadata(scored.table.schema.metadata)


def labels(scored: Scored, rows: Ints) -> pa.Table:
    """See :meth:`Panel.labels`; of the accounts of some rows, as of the last of them."""
    import pyarrow as pa

    ids = scored.table["account_id"].take(pa.array(rows))
    _, codes = distinct(ids)
    last = np.flatnonzero(np.append(codes[1:] != codes[:-1], True)[: len(codes)])
    called = pa.array([scored.core.label_of(row) for row in rows[last].tolist()], pa.string())
    return pa.table({"account_id": ids.take(pa.array(last)), "label": called})


def has_account_labels(model: Model) -> bool:
    """Whether the model says where accounts have their names."""
    tables = model.to_dict().get("tables", {}).values()
    return any("label" in spec and spec["kind"] == "accounts" for spec in tables)


def account_labels(scored: Scored, rows: Ints) -> pa.Array | None:
    """What the accounts of some rows are called then; None where the model reads no such column."""
    import pyarrow as pa

    if not has_account_labels(scored.model):
        return None
    return pa.array([scored.core.label_of(row) for row in rows.tolist()], pa.string())


def _reason(scored: Scored, place: int, score: str) -> str | None:
    found = as_table(scored.core.reasons(place, 1)).to_pylist()
    return next((row["reason"] for row in found if row["metric"] == score), None)
