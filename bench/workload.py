"""Workload W: the events, the as-ofs and the model that every figure is measured on.

`E` events over 540 days in time order; `E / 500` accounts, the account of an event drawn with
lognormal(0, 1.2) weights; max(1, lognormal(2.3, 1.0)) users an account, the user drawn as u^1.7 of them;
40 features drawn as u^2 of them; an exponential(3) value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ids = Literal["integer", "string"]
Int64Array = npt.NDArray[np.int64]

SEED = 20_240_101
DAY_US = 86_400_000_000
DAYS = 540
EVENTS_PER_ACCOUNT = 500
FEATURES = 40
WINDOWS = (7, 28, 90)
FIRST_DAY = 19_723  # 2024-01-01, in days since the epoch
CHUNK = 4_000_000  # events drawn at a time: 100 million need no second copy of everything


@dataclass(frozen=True)
class Grid:
    """Equally spaced as-ofs at midnight; the last one is the end of the events."""

    count: int
    step_days: int

    @property
    def last_us(self) -> int:
        return (FIRST_DAY + DAYS) * DAY_US

    @property
    def first_us(self) -> int:
        return self.last_us - (self.count - 1) * self.step_us

    @property
    def step_us(self) -> int:
        return self.step_days * DAY_US

    def instants(self) -> Int64Array:
        """Microseconds since the epoch, ascending."""
        return self.first_us + np.arange(self.count, dtype=np.int64) * self.step_us

    def as_ofs(self) -> list[np.datetime64]:
        """What `Portfolio.score` is given."""
        return list(self.instants().astype("datetime64[us]"))


WEEKLY = Grid(count=52, step_days=7)
DAILY = Grid(count=365, step_days=1)

COUNTS = tuple(f"{what}_{w}d" for w in WINDOWS for what in ("events", "users", "features", "days"))
SUMS = tuple(f"value_{w}d" for w in WINDOWS)
RECENCY = "days_since_last"
METRICS = (*COUNTS, *SUMS, RECENCY)


def account_total(events: int) -> int:
    """How many accounts the events belong to."""
    return max(1, events // EVENTS_PER_ACCOUNT)


def event_table(events: int, ids: Ids = "integer", accounts: int | None = None) -> pa.Table:
    """Make the events of workload W as one Arrow table, one chunk a column; of other accounts than W's, if so many.

    Integer ids are int64, features int32, times timestamp[us, UTC], values float64: 36 bytes an event.
    """
    rng = np.random.default_rng(SEED)
    accounts = accounts or account_total(events)
    share = np.cumsum(rng.lognormal(0.0, 1.2, accounts))
    share /= share[-1]
    users = np.maximum(1, rng.lognormal(2.3, 1.0, accounts)).astype(np.int64)
    first_user = np.cumsum(users) - users

    time = np.empty(events, np.int64)
    account, user = np.empty(events, np.int64), np.empty(events, np.int64)
    feature, value = np.empty(events, np.int32), np.empty(events, np.float64)
    for begin in range(0, events, CHUNK):
        part = slice(begin, min(events, begin + CHUNK))
        n = part.stop - part.start
        time[part] = rng.integers(0, DAYS * DAY_US, n)
        account[part] = np.searchsorted(share, rng.random(n), side="right").clip(max=accounts - 1)
        own = users[account[part]]
        user[part] = first_user[account[part]] + (rng.random(n) ** 1.7 * own).astype(np.int64)
        feature[part] = (rng.random(n) ** 2 * FEATURES).astype(np.int32)
        value[part] = rng.exponential(3.0, n)
    time.sort()  # every other column is drawn independently of it, so sorting it alone is enough
    time += FIRST_DAY * DAY_US
    return pa.table(
        {
            "account_id": _ids(account, accounts, "acct-{:08d}", ids),
            "user_id": _ids(user, int(users.sum()), "user-{:08d}@example.com", ids),
            "feature": pa.array(feature),
            "time": pa.array(time, pa.timestamp("us", tz="UTC")),
            "value": pa.array(value),
        }
    )


def _ids(codes: Int64Array, count: int, pattern: str, ids: Ids) -> pa.Array:
    if ids == "integer":
        return pa.array(codes)
    names = pa.array([pattern.format(code) for code in range(count)], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names).cast(pa.string())


def input_bytes(table: pa.Table) -> int:
    """Bytes of the Arrow buffers that a reader of every column has to touch."""
    return int(table.nbytes)


def model() -> dict[str, Any]:
    """Return the model document of workload W: 16 metrics over one events table."""
    day = "floor(time - date '1970-01-01')"
    metrics: dict[str, Any] = {RECENCY: {"from": "usage", "agg": "days_since_last"}}
    for w in WINDOWS:
        window = {"from": "usage", "window": f"{w}d"}
        metrics[f"events_{w}d"] = {**window, "agg": "count"}
        metrics[f"value_{w}d"] = {**window, "agg": "sum", "of": "value"}
        metrics[f"users_{w}d"] = {**window, "agg": "count_distinct", "of": "user_id"}
        metrics[f"features_{w}d"] = {**window, "agg": "count_distinct", "of": "feature"}
        metrics[f"days_{w}d"] = {**window, "agg": "count_distinct", "of": day}
    usage = {"kind": "events", "account": "account_id", "time": "time"}
    return {"format": 1, "name": "workload-w", "tables": {"usage": usage}, "metrics": metrics}
