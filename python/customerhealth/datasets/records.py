"""What goes wrong, and is put right, where the simulated company writes its contracts down."""

from __future__ import annotations

import numpy as np

from ..io.columns import Ints
from ..io.instants import DAY
from .traits import Rows, stream

__all__ = ["corrected"]


def corrected(contracts: Rows, notices: Rows, seed: int) -> Rows:
    """Contracts with their corrections: a row of the same ``contract_id`` that is known later.

    Of one in fifty the revenue was entered wrong, a tenth too high, and is corrected within two weeks. A notice is a
    correction too.
    """
    random = stream(seed, 4)
    count = len(contracts["account"])
    rows = dict(contracts, notice_given=np.zeros(count, np.bool_), mrr=contracts["mrr"].copy())
    wrong = np.flatnonzero(random.random(count) < 0.02)
    right = {name: values[wrong] for name, values in rows.items()}
    right["signed_at"] = right["signed_at"] + ((1 + 13 * random.random(len(wrong))) * DAY).astype(np.int64)
    rows["mrr"][wrong] = np.round(1.1 * rows["mrr"][wrong], 2)
    row, notice = _noticed(contracts, notices)
    given = {name: values[row] for name, values in rows.items()}
    given["mrr"] = contracts["mrr"][row]
    given["signed_at"] = np.maximum(notices["given_at"][notice], given["signed_at"] + 15 * DAY)
    given["notice_given"] = np.ones(len(row), np.bool_)
    return {name: np.concatenate([rows[name], right[name], given[name]]) for name in rows}


def _noticed(contracts: Rows, notices: Rows) -> tuple[Ints, Ints]:
    """The contracts that end with each notice, and the notice of each."""
    place = notices["account"] * 2**42 + notices["ends_at"] // 1_000_000
    order = np.argsort(place)
    asked = contracts["account"] * 2**42 + contracts["end_date"] // 1_000_000
    found = np.searchsorted(place[order], asked)
    inside = found < len(order)
    inside[inside] = place[order][found[inside]] == asked[inside]
    return np.flatnonzero(inside), order[found[inside]]
