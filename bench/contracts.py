"""Workload C: contracts of many accounts over six years, and the 61 month ends that revenue is asked at."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Amounts = Literal["decimal", "float"]

MONTHS = 60
FIRST = np.datetime64("2021-01-01", "us")
_DAY = np.timedelta64(86_400_000_000, "us")
_TERMS = (30, 91, 365, 365, 365, 730)  # days
_OPEN = 0.1  # of the contracts


def dates() -> npt.NDArray[np.datetime64]:
    """The instants at which the months begin, and the last one ends."""
    first = FIRST.astype("datetime64[M]")
    return np.arange(first, first + np.timedelta64(MONTHS + 1, "M")).astype("datetime64[us]")


def contract_table(accounts: int, contracts: int, amounts: Amounts) -> pa.Table:
    """Every account has one contract at least; starts from a year before the first month to the last."""
    rng = np.random.default_rng(6)
    account = rng.integers(0, accounts, contracts)
    account[:accounts] = np.arange(accounts)
    start = FIRST + rng.integers(-365, 1826, contracts) * _DAY
    end = start + rng.choice(_TERMS, contracts) * _DAY
    cents = rng.integers(100, 1_000_000, contracts)
    return pa.table(
        {
            "account_id": account,
            "start": pa.array(start),
            "end": pa.array(end, mask=rng.random(contracts) < _OPEN),
            "mrr": _decimals(cents) if amounts == "decimal" else pa.array(cents / 100),
        }
    )


def _decimals(cents: npt.NDArray[np.int64]) -> pa.Array:
    words = np.stack([cents, np.zeros_like(cents)], axis=1)  # of 64 bits, the lower first
    return pa.Array.from_buffers(pa.decimal128(15, 2), cents.size, [None, pa.py_buffer(words.tobytes())])
