"""Tables that no model reads, through the same door as those of a portfolio: its sources, checks and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _core
from ..errors import DataError
from . import roles as text_roles
from .columns import decoded, plain
from .inputs import missing_column, open_table, twice_there
from .paths import holder_of
from .results import as_table
from .text_files import Given

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Role", "read_beside", "read_table", "refuse_missing", "refuse_other_ids", "refuse_strangers", "whole_table"]


class Role(NamedTuple):
    """A column of a table, and what it is read for."""

    column: str
    kind: str
    """``account``, ``instant``, ``end`` (an instant; one that never comes is null) or ``number``."""
    what: str
    """For messages: ``time`` needs dates, timestamps or texts in ISO form."""


_OF_TEXT = {
    "account": text_roles.ACCOUNT,
    "instant": text_roles.INSTANT,
    "end": text_roles.INSTANT,
    "number": text_roles.NUMBER,
}


def read_table(
    source: object,
    name: str,
    roles: Mapping[str, Role],
    *,
    needs: str,
    optional: Sequence[str] = (),
    ids: pa.DataType | None = None,
) -> pa.Table:
    """The columns of a table by what they are for.

    Parameters
    ----------
    source : table
        Whatever a :class:`Portfolio` takes.
    name : str
        What the table is called in messages.
    roles : mapping of str to Role
        Under the name that the result has the column by. Accounts are texts or int64, instants ``timestamp[us, UTC]``,
        numbers float64 (what is not finite is null).
    needs : str
        Who needs them, for messages: ``rfm needs``.
    optional : sequence of str
        Columns that need not be there; the result has none for them.
    ids : pyarrow.DataType, optional
        The type of the accounts that those of the table are among: cells of a text file are read as it.

    Raises
    ------
    DataError
        If the table cannot be read, or a column is not there or of a type that does not fit; with table, column, row.
    """
    return read_beside(source, name, roles, {}, needs=needs, optional=optional, ids=ids)[0]


def read_beside(
    source: object,
    name: str,
    roles: Mapping[str, Role],
    beside: text_roles.Roles,
    *,
    needs: str,
    optional: Sequence[str] = (),
    ids: pa.DataType | None = None,
) -> tuple[pa.Table, pa.Table]:
    """The same, and beside it columns as they are in the table; those of a text file are read by the roles given."""
    import pyarrow as pa

    wanted = {**beside, **{role.column: _OF_TEXT[role.kind] for role in roles.values()}}
    stream = open_table(source, name, wanted, Given(ids), optional=optional, needs=needs)
    table = whole_table(stream, name)
    for column in wanted:
        if holder_of(column, table.column_names) is None and column not in optional:
            raise missing_column(name, column, table.column_names, needs)
        if table.column_names.count(column) > 1:
            raise twice_there(name, column)
    table = _walked(table, name, wanted)
    table = table.select([column for column in wanted if column in table.column_names])
    found = {alias: role for alias, role in roles.items() if role.column in table.column_names}
    read = as_table(_core.read_columns(table, name, list(found.values())))
    columns = {alias: decoded(read.column(place)) for place, alias in enumerate(found)}
    return pa.table(columns), table.select([column for column in beside if column in table.column_names])


def _walked(table: pa.Table, name: str, wanted: text_roles.Roles) -> pa.Table:
    """The table with the columns that are paths into others."""
    paths = [
        (column, role.types if role is not text_roles.OPEN else (), role.use != "value")
        for column, role in wanted.items()
        if column not in table.column_names and holder_of(column, table.column_names) is not None
    ]
    if not paths:
        return table
    read = as_table(_core.walk(table, name, paths))
    for column in read.column_names:
        table = table.append_column(column, read[column])
    return table


def whole_table(stream: Any, name: str) -> pa.Table:
    """All rows of an object that speaks Arrow."""
    import pyarrow as pa

    try:
        if isinstance(stream, pa.Table):
            return stream
        if hasattr(stream, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(stream).read_all()
        return pa.Table.from_batches([pa.record_batch(stream)])
    except (pa.ArrowException, TypeError, ValueError) as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"table '{name}': its producer failed: {words}", name) from error


def refuse_missing(table: pa.Table, name: str, roles: Mapping[str, Role]) -> None:
    """Every row of these columns holds something."""
    for alias, role in roles.items():
        nulls = table[alias].null_count
        if nulls:
            row = int(np.argmax(table[alias].is_null().to_numpy()))
            rows = f"{nulls} rows hold" if nulls > 1 else "1 row holds"
            what = "no finite number" if role.kind == "number" else "nothing"
            raise DataError(
                f"{name}.{role.column}[{row}]: {rows} {what}, this is the first; leave them out, or fill them",
                name,
                role.column,
                row,
                nulls,
            )


def refuse_other_ids(table: pa.Table, name: str, role: Role, accounts: pa.DataType) -> None:
    """Account ids (the column ``account``) are of the type that those of the portfolio have."""
    import pyarrow as pa

    ids = table["account"]
    kinds = ["integers" if pa.types.is_integer(plain(kind)) else "texts" for kind in (ids.type, accounts)]
    if kinds[0] == kinds[1] or ids.null_count == len(ids):
        return
    raise DataError(
        f"{name}.{role.column}: account ids are {kinds[0]} here and {kinds[1]} in the portfolio; one type is needed",
        name,
        role.column,
    )


def refuse_strangers(table: pa.Table, name: str, role: Role, accounts: pa.Array, words: str) -> None:
    """Some account (the column ``account``) is one of `accounts`; else they are written another way there."""
    import pyarrow.compute as pc

    named = table["account"]
    if not len(named) or not len(accounts) or pc.any(pc.is_in(accounts, value_set=pc.unique(named))).as_py():
        return
    first = str(named[0])
    like = _core.suggestion(first, [str(account) for account in accounts.to_pylist()])
    raise DataError(
        f"{name}.{role.column}: {words}; of '{first}', for example: {like}", name, role.column, 0, len(named)
    )
