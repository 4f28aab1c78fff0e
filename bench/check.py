"""Results are checked before a time is printed: against a peer, or against totals that need no engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bench.workload import COUNTS, DAY_US, METRICS, RECENCY, SUMS, WINDOWS, Grid

FloatArray = npt.NDArray[np.float64]
RELATIVE = {**dict.fromkeys(COUNTS, 0.0), **dict.fromkeys(SUMS, 1e-9), RECENCY: 1e-12}  # peers add in another order


class WrongAnswerError(Exception):
    """An answer is wrong, so its time may not be printed."""


def assert_equal(ours: pa.Table, theirs: pa.Table, name: str) -> None:
    """Compare two panels of workload W: the same rows, counts exactly, sums within 1e-9 relative."""
    left, right = _sorted(ours), _sorted(theirs)
    if left.num_rows != right.num_rows:
        raise WrongAnswerError(f"{name}: {right.num_rows} rows, expected {left.num_rows}")
    if not left["account_id"].equals(right["account_id"]) or not left["as_of"].equals(right["as_of"]):
        raise WrongAnswerError(f"{name}: other accounts or as-ofs")
    for metric in METRICS:
        _assert_column(left, right, metric, name)


def assert_totals(panel: pa.Table, events: pa.Table, grid: Grid) -> None:
    """Compare counts and sums over all accounts with the events themselves, which are in time order."""
    time = events["time"].combine_chunks().cast(pa.int64()).to_numpy()
    value = np.concatenate([[0.0], np.cumsum(events["value"].to_numpy())])
    as_ofs = grid.instants()
    end = np.searchsorted(time, as_ofs)
    where = np.searchsorted(as_ofs, panel["as_of"].cast(pa.int64()).to_numpy())
    for w in WINDOWS:
        begin = np.searchsorted(time, as_ofs - w * DAY_US)
        for name, expected in ((f"events_{w}d", end - begin), (f"value_{w}d", value[end] - value[begin])):
            total = np.bincount(where, _numbers(panel[name]), minlength=grid.count)
            if not np.allclose(total, expected, rtol=1e-9, atol=0):
                raise WrongAnswerError(f"{name}: {total.sum()} over all accounts and as-ofs, expected {expected.sum()}")


def _assert_column(left: pa.Table, right: pa.Table, metric: str, name: str) -> None:
    expected, found = _numbers(left[metric]), _numbers(right[metric])
    # a null became NaN, which is within no distance
    wrong = np.flatnonzero(~(np.abs(expected - found) <= RELATIVE[metric] * np.abs(expected)))
    if wrong.size:
        row = left.slice(wrong[0], 1).select(["account_id", "as_of"]).to_pylist()[0]
        values = f"{found[wrong[0]]}, expected {expected[wrong[0]]}"
        raise WrongAnswerError(f"{name}: {metric} differs in {wrong.size} rows, first at {row}: {values}")


def _sorted(panel: pa.Table) -> pa.Table:
    account = panel["account_id"]
    if pa.types.is_dictionary(account.type):
        account = account.cast(account.type.value_type)
    account = account.cast(pa.int64() if pa.types.is_integer(account.type) else pa.large_string())
    as_of = panel["as_of"]
    if pa.types.is_timestamp(as_of.type):
        as_of = as_of.cast(pa.timestamp("us", as_of.type.tz))
    metrics = {name: panel[name] for name in METRICS}
    table = pa.table({"account_id": account, "as_of": as_of.cast(pa.int64()), **metrics})
    return table.take(pc.sort_indices(table, [("account_id", "ascending"), ("as_of", "ascending")])).combine_chunks()


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    # safe=False lets every integer and decimal through
    numbers: FloatArray = column.cast(pa.float64(), safe=False).to_numpy()
    return numbers
