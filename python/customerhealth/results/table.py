"""A result: a pyarrow.Table that people can read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, overload

from .compare import Comparison, compare
from .html import html_of
from .text import text_of

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    import polars as pl
    import pyarrow as pa

__all__ = ["Table"]


class Table:
    """A result: every method and attribute of a ``pyarrow.Table``, and a table to look at when it is shown.

    Printed, it is a text table that fits the terminal; in a notebook it is drawn with dates as dates, numbers in few
    digits, grades in their colours, and the reason of what is missing on hover. It speaks Arrow:
    ``pyarrow.table(result)``, ``polars.DataFrame(result)`` and ``duckdb.sql("from result")`` read it without a copy
    where they can. What its methods give is a Table where pyarrow's give a ``pyarrow.Table``.

    Parameters
    ----------
    table : table
        A pyarrow.Table, or anything else with ``__arrow_c_stream__``.

    Notes
    -----
    Functions of pyarrow itself, such as ``pyarrow.parquet.write_table`` and ``pyarrow.concat_tables``, want the
    ``pyarrow.Table``, which is ``result.table``.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> result = ch.Table(pa.table({"account_id": ["acme", "zeta"], "health": [71.25, None], "mrr": [12500, 90]}))
    >>> result
    account_id  health     mrr
    acme          71.2  12,500
    zeta             –      90
    >>> result.columns, len(result), result["mrr"].to_pylist()
    (['account_id', 'health', 'mrr'], 2, [12500, 90])
    >>> result.sort_by("mrr").head(1).to_pylist()
    [{'account_id': 'zeta', 'health': None, 'mrr': 90}]
    """

    __slots__ = ("_table",)

    def __init__(self, table: object) -> None:
        self._table = _arrow(table)

    @property
    def table(self) -> pa.Table:
        """The pyarrow.Table, for functions that want one."""
        return self._table

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._table.column_names)

    def head(self, n: int = 10) -> Table:
        """The first `n` rows."""
        return Table(self._table.slice(0, n))

    def to_pandas(self, **options: Any) -> pd.DataFrame:
        """The table as a pandas DataFrame; missing numbers are NaN. `options` are those of ``pyarrow.Table``."""
        return self._table.to_pandas(**options)

    def to_polars(self) -> pl.DataFrame:
        """The table as a polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self._table)

    def plot(self) -> go.Figure:
        """The chart that such a result is usually wanted as: :func:`plot.table`.

        Returns
        -------
        plotly.graph_objects.Figure

        Raises
        ------
        DataError
            If it is a table of another kind.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> ch.Table(pa.table({"from": ["trial"], "to": ["paying"], "moves": [3]})).plot().layout.title.text
        '3 moves, most of them from trial to paying: 3 (100%)'
        """
        from .. import plot

        return plot.table(self._table)

    def compare(self, other: object, *, within: float = 0.0) -> Comparison:
        """Whether another table is equal, and where it is not.

        Rows belong together by ``account_id``, ``as_of`` and whatever else tells the rows of both tables apart, among
        them the names of parts, metrics and plays; else by their place.

        Parameters
        ----------
        other : table
            A Table, a pyarrow.Table, a :class:`Panel`, or anything else with ``__arrow_c_stream__``.
        within : float, default 0.0
            By how much numbers may differ and count as equal.

        Returns
        -------
        Comparison
            True where they are equal; ``differences`` is a table of what is not, and it reads itself.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> before = ch.Table(pa.table({"account_id": ["acme", "zeta"], "health": [71.0, 40.0]}))
        >>> after = pa.table({"account_id": ["zeta", "acme"], "health": [44.5, 71.0]})
        >>> bool(before.compare(after)), before.compare(after).differences.to_pylist()
        (False, [{'account_id': 'zeta', 'column': 'health', 'here': '40.0', 'there': '44.5'}])
        """
        return compare(self._table, _arrow(other), within, Table)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table as an Arrow C stream; may be called many times."""
        stream: object = self._table.__arrow_c_stream__(requested_schema)
        return stream

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        """As pyarrow.Table has it."""
        return self._table.__array__(*arguments, **options)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @overload
    def __getitem__(self, key: str | int) -> pa.ChunkedArray: ...
    @overload
    def __getitem__(self, key: slice | list[str]) -> Table: ...
    def __getitem__(self, key: str | int | slice | list[str]) -> Any:
        """A column by its name or place; some columns; some rows."""
        return Table(self._table.select(key)) if isinstance(key, list) else _handed(self._table[key])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_table":  # asked for while it is unpickled: there is no table yet
            raise AttributeError(f"a Table has no {name!r}")
        try:
            found = getattr(self._table, name)
        except AttributeError:
            raise AttributeError(f"a Table has no {name!r}; pyarrow.Table neither") from None
        return _handing(found) if callable(found) else _handed(found)

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *(name for name in dir(self._table) if not name.startswith("_"))})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table) and type(other).__module__.partition(".")[0] != "pyarrow":
            return NotImplemented
        return bool(self._table == _plain(other))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        return Table, (self._table,)

    def __repr__(self) -> str:
        return text_of(self._table, shutil.get_terminal_size().columns)

    def _repr_html_(self) -> str:
        return html_of(self._table)


# ---- handing on to pyarrow -------------------------------------------------------------------------------------------


def _arrow(table: object) -> pa.Table:
    import pyarrow as pa

    if isinstance(table, Table):
        return table.table
    if isinstance(table, pa.Table):
        return table
    if hasattr(table, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(table).read_all()
    raise TypeError(f"a Table is made of a pyarrow.Table or what has __arrow_c_stream__, not a {type(table).__name__}")


def _handed(value: Any) -> Any:
    """What pyarrow gave, as a Table where it is one."""
    import pyarrow as pa

    if isinstance(value, pa.Table):
        return Table(value)
    return _Groups(value) if isinstance(value, pa.TableGroupBy) else value


def _handing(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        return _handed(method(*map(_plain, arguments), **{name: _plain(value) for name, value in options.items()}))

    return call


def _plain(value: Any) -> Any:
    return value.table if isinstance(value, Table) else value


class _Groups:
    """What ``group_by`` gives: its ``aggregate`` gives a Table."""

    def __init__(self, groups: Any) -> None:
        self._groups = groups

    def aggregate(self, aggregations: Any) -> Table:
        return Table(self._groups.aggregate(aggregations))
