"""A panel of people, products or children as a states table for a portfolio one level up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, unknown
from ..io.columns import Flags, Ints, codes_of, decoded, instant_column, micros_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_states"]

_MADE = ("account_id", "key", "time", "known", "deleted")
_FITS = "an account is a text or a whole number"
_EXACT = 2**53  # whole numbers up to here are themselves in a double


def as_states(panel: pa.Table, as_ofs: Sequence[int], account: str) -> pa.Table:
    """The rows of a panel, and a deleted one wherever a key left an account.

    Parameters
    ----------
    panel : pyarrow.Table
        Ordered by account id, then as-of.
    as_ofs : sequence of int
        All as-ofs that were asked for, ascending.
    account : str
        The column that names the account of a row.
    """
    _check_names(panel, account)
    owners = _owners(panel[account], account)
    table = panel.combine_chunks()
    at = np.asarray(as_ofs, dtype=np.int64)
    turn = np.searchsorted(at, micros_of(table["as_of"]))  # the number of a row's as-of
    owner = codes_of(owners)
    here = np.flatnonzero(owner >= 0)
    gone = here[~_goes_on(table["account_id"], turn, owner)[here] & (turn[here] + 1 < len(at))]
    rows = np.concatenate([here, gone])
    time = np.concatenate([at[turn[here]], at[turn[gone] + 1]]) - 1
    order = np.argsort(time, kind="stable")
    return _table(table, account, owners, rows[order], time[order], order >= len(here))


def _check_names(panel: pa.Table, account: str) -> None:
    columns = [name for name in panel.column_names if name not in ("account_id", "as_of")]
    if account not in columns:
        raise unknown("as_states: the panel has no column", account, columns)
    for name in columns:
        if name in _MADE and name != account:
            raise DataError(f"as_states: it makes a column '{name}' of its own: rename the panel's", column=name)


def _owners(column: pa.ChunkedArray, name: str) -> pa.Array:
    """The account of each row: texts, or whole numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = decoded(column.combine_chunks())
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return values
    if not pa.types.is_floating(values.type):
        raise DataError(
            f"as_states: the column '{name}' is {values.type}: an account is a text or a whole number", name
        )
    numbers = values.to_numpy(zero_copy_only=False)
    odd = np.flatnonzero(~np.isnan(numbers) & ((numbers != np.floor(numbers)) | (np.abs(numbers) > _EXACT)))
    if len(odd):
        shown, row = float(numbers[odd[0]]), int(odd[0])
        raise DataError(f"as_states: {name}[{row}] is {shown!r}: {_FITS}", column=name, row=row)
    return pc.cast(values, pa.int64())


def _goes_on(ids: pa.ChunkedArray, turn: Ints, owner: Ints) -> Flags:
    """Whether the next as-of finds the key of a row at the same account."""
    key = codes_of(ids)
    on = np.zeros(len(key), np.bool_)
    on[:-1] = (key[1:] == key[:-1]) & (turn[1:] == turn[:-1] + 1) & (owner[1:] == owner[:-1])
    return on


def _table(panel: pa.Table, account: str, owners: pa.Array, rows: Ints, time: Ints, deleted: Flags) -> pa.Table:
    import pyarrow as pa

    taken = pa.array(rows)
    instants = instant_column(time)
    columns: dict[str, Any] = {
        "account_id": owners.take(taken),
        "key": panel["account_id"].take(taken),
        "time": instants,
        "known": instants,
        "deleted": pa.array(deleted),
    }
    for name in panel.column_names:
        if name not in ("account_id", "as_of", account):
            columns[name] = panel[name].take(taken)
    return pa.table(columns).replace_schema_metadata(panel.schema.metadata)
