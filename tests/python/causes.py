"""Rows of `why_changed`, added up."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any


def sums(rows: list[dict[str, Any]]) -> dict[Any, float]:
    found: dict[Any, list[float]] = defaultdict(list)
    for row in rows:
        if row["part"] is not None:
            found[row["account_id"]].append(row["contribution"])
    return {account: math.fsum(contributions) for account, contributions in found.items()}
