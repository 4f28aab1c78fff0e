"""pandas: every event counts at a run of as-ofs; runs are added up as differences.

An event is the last sight of its user from the first as-of after it until the next event of that user, or until
the window has left it behind. So a distinct count is +1 where such a run begins and -1 where it ends, summed
along the as-ofs. Sums of floats would cancel; they are spread onto the as-ofs and grouped.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.workload import DAY_US, WINDOWS, Grid, Int64Array


def panel(events: pa.Table, grid: Grid, _threads: int) -> pa.Table:
    """Runs of as-ofs from groupby().max() and shift(), added up as differences."""
    frame = events.to_pandas()
    frame["account"], ids = pd.factorize(frame["account_id"])
    frame["us"] = frame["time"].dt.tz_convert(None).to_numpy("datetime64[us]").astype(np.int64)
    frame["day"] = frame["us"] // DAY_US
    frame["begin"] = _first_as_of_after(frame["us"].to_numpy(), grid)
    columns = _last_event(frame, len(ids), grid)
    recent = frame[frame["us"] >= grid.first_us - max(WINDOWS) * DAY_US]
    columns |= _counts(recent, len(ids), grid)
    for name, column in (("users", "user_id"), ("features", "feature"), ("days", "day")):
        columns |= _distinct(recent, name, column, len(ids), grid)
    columns |= _sums(recent, len(ids), grid)
    result = pd.DataFrame(columns)
    result.insert(0, "account_id", np.repeat(ids, grid.count))
    result.insert(1, "as_of", np.tile(grid.instants(), len(ids)))
    return pa.Table.from_pandas(result[result["days_since_last"].notna()], preserve_index=False)


def _first_as_of_after(us: Int64Array, grid: Grid) -> Int64Array:
    return np.clip((us - grid.first_us) // grid.step_us + 1, 0, grid.count)


def _last_event(frame: pd.DataFrame, accounts: int, grid: Grid) -> dict[str, np.ndarray]:
    last = frame.groupby(["account", "begin"])["us"].max().unstack()
    last = last.reindex(index=range(accounts), columns=range(grid.count)).ffill(axis=1).to_numpy()
    return {"days_since_last": ((grid.instants() - last) / DAY_US).ravel()}


def _counts(frame: pd.DataFrame, accounts: int, grid: Grid) -> dict[str, np.ndarray]:
    return {
        f"events_{w}d": _add_runs(frame["account"], frame["begin"], _end(frame, w, grid), accounts, grid)
        for w in WINDOWS
    }


def _distinct(frame: pd.DataFrame, name: str, column: str, accounts: int, grid: Grid) -> dict[str, np.ndarray]:
    keys = ["account", column]
    sights = frame.groupby([*keys, "begin"])["us"].max().reset_index()
    same = (sights[keys].shift(-1) == sights[keys]).all(axis=1)
    following = sights["begin"].shift(-1).where(same, grid.count).astype(np.int64)
    counts = {}
    for w in WINDOWS:
        end = np.minimum(_end(sights, w, grid), following)
        counts[f"{name}_{w}d"] = _add_runs(sights["account"], sights["begin"], end, accounts, grid)
    return counts


def _end(frame: pd.DataFrame, window: int, grid: Grid) -> Int64Array:
    """The first as-of whose window has left the event behind."""
    return _first_as_of_after(frame["us"].to_numpy() + window * DAY_US, grid)


def _add_runs(account: pd.Series, begin: pd.Series, end: Int64Array, accounts: int, grid: Grid) -> np.ndarray:
    width = grid.count + 1
    row = account.to_numpy() * width
    up = np.bincount(row + begin.to_numpy(), minlength=accounts * width)
    down = np.bincount(row + np.asarray(end), minlength=accounts * width)
    return np.cumsum((up - down).reshape(accounts, width), axis=1)[:, :-1].ravel()


def _sums(frame: pd.DataFrame, accounts: int, grid: Grid) -> dict[str, np.ndarray]:
    begin, account, value = (frame[name].to_numpy() for name in ("begin", "account", "value"))
    sums = {}
    for w in WINDOWS:
        length = _end(frame, w, grid) - begin
        offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        cell = np.repeat(account * grid.count + begin, length) + offset
        sums[f"value_{w}d"] = np.bincount(cell, np.repeat(value, length), minlength=accounts * grid.count)
    return sums
