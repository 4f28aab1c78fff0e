"""Frames of pandas, polars and other packages as Arrow tables, each value as its package documents it.

What has no meaning here (a span of time, an interval) is refused by its column, a cell among others by its row: how a
package stores a value is never taken for the value.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .. import _core
from ..errors import DataError
from .instants import instant_of
from .paths import columns_of, holder_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "QUERIES",
    "AbsentError",
    "TwiceError",
    "in_own_words",
    "open_dataset",
    "open_pandas",
    "open_polars",
    "open_query",
    "present",
    "refuse_extensions",
]

Cells: TypeAlias = Sequence[Any]

_DATES = ("date", "datetime", "datetime64")
_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")
_PLAIN = ("string", "boolean", "bytes", "empty", *_NUMBERS)
_NESTED = (dict, list, tuple, np.ndarray)
_SPANS = {
    "Period": "a pandas Period is a span of time; take its start with .dt.start_time, or its text with .astype(str)",
    "Interval": "a pandas Interval is a range; take one of its ends, or its text with .astype(str)",
}


class AbsentError(Exception):
    """A column is wanted that a source does not have."""

    def __init__(self, column: str, there: list[str]) -> None:
        super().__init__(column, there)
        self.column, self.there = column, there


class TwiceError(Exception):
    """A column is wanted whose name two columns of a source have."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def present(columns: Iterable[Any], wanted: Sequence[str]) -> list[str]:
    """The columns that hold those that are wanted, each of which is there once. Raises AbsentError and TwiceError."""
    there = [column for column in columns if isinstance(column, str)]
    for column in wanted:
        holder = holder_of(column, there)
        if holder is None:
            raise AbsentError(column, there)
        if there.count(holder) > 1:
            raise TwiceError(holder)
    return columns_of(wanted, there)


def _package_of(kind: type) -> str:
    return kind.__module__.partition(".")[0].lstrip("_")


def in_own_words(name: str, source: object, read: Callable[[], Any]) -> Any:
    """What `read` gives. An error of the package that the source is of becomes a DataError with its words."""
    package = _package_of(type(source))
    try:
        return read()
    except (AbsentError, TwiceError, DataError):
        raise
    except Exception as error:
        of_package = _package_of(type(error)) in (package, "pyarrow", "duckdb")  # ibis asks DuckDB
        if not (of_package or isinstance(error, TypeError | ValueError | LookupError | AttributeError)):
            raise  # an error of whoever made the frame lazily
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"table '{name}': the {package} frame cannot be read: {words}", name) from error


# ---- pandas ----------------------------------------------------------------------------------------------------------


def open_pandas(frame: Any, name: str, wanted: Sequence[str]) -> pa.Table:
    """The wanted columns of a pandas frame; a named level of the index is a column too."""
    # Not pandas' own capsule: it converts every column, also those that the model does not read and that have no
    # Arrow type, and leaves an unnamed index out without a word.
    import pyarrow as pa

    levels = [level for level in frame.index.names if level is not None and level not in frame.columns]
    columns = present([*frame.columns, *levels], wanted)
    if used := [level for level in levels if level in columns]:
        frame = frame.reset_index(level=used)
    arrays = {column: _Cells(name, column, column not in wanted).of_series(frame[column]) for column in columns}
    return pa.table(arrays) if arrays else pa.table({}).select([])


class _Cells:
    """Reads the cells of one column."""

    def __init__(self, table: str, column: str, holds_paths: bool) -> None:
        self.table, self.column, self.holds_paths = table, column, holds_paths

    def of_series(self, series: Any) -> Any:
        import pyarrow as pa

        kind = type(series.dtype).__name__
        if kind == "SparseDtype":
            series = series.sparse.to_dense()
            kind = type(series.dtype).__name__
        if kind in ("PeriodDtype", "IntervalDtype"):
            raise self._error(_SPANS[kind.removesuffix("Dtype")])
        if kind == "CategoricalDtype":
            return self._categories(series)
        if series.dtype == object:
            return self._objects(series)
        try:
            array = pa.array(series, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError, NotImplementedError, AttributeError) as error:
            raise self._error(f"its values cannot be read: {_words(error)}") from error
        return array

    def _categories(self, series: Any) -> Any:
        import pyarrow as pa

        values = self.of_series(series.cat.categories.to_series())
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        codes = series.cat.codes.to_numpy()
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes < 0), values)

    def _objects(self, series: Any) -> Any:
        import pyarrow as pa
        from pandas import isna
        from pandas.api.types import infer_dtype

        kind = infer_dtype(series, skipna=True)
        cells: Cells = series.to_numpy(dtype=object)
        if kind in _PLAIN:
            return self._plain(cells, kind)
        missing = [not isinstance(cell, _NESTED) and bool(np.ndim(cell) == 0 and isna(cell)) for cell in cells]
        there = [row for row, is_missing in enumerate(missing) if not is_missing]
        self._refuse_spans(cells, there)
        if self.holds_paths and any(isinstance(cells[row], _NESTED) for row in there):
            return self._nested(cells, missing)
        if not any(_is_date(cells[row]) for row in there):
            return self._plain(cells, kind)
        if all(type(cells[row]) is dt.date for row in there):  # whose unit is a day
            return pa.array(cells, pa.date32(), from_pandas=True)
        micros = np.zeros(len(cells), dtype=np.int64)
        for row in there:
            micros[row] = self._instant(cells[row], row)
        return pa.array(micros, pa.int64(), mask=np.array(missing, np.bool_)).cast(pa.timestamp("us", "UTC"))

    def _nested(self, cells: Cells, missing: Sequence[bool]) -> Any:
        """Dicts and lists as structs and lists; where they have no common type, as JSON texts."""
        import pyarrow as pa

        try:
            return pa.array(cells, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            try:
                texts = [
                    None if is_missing else json.dumps(cell, default=_written)
                    for cell, is_missing in zip(cells, missing, strict=True)
                ]
                return pa.array(texts, pa.string())
            except (pa.ArrowException, TypeError, ValueError, OverflowError):
                raise self._mixed(cells, error) from error

    def _refuse_spans(self, cells: Cells, there: list[int]) -> None:
        for row in there:
            kind = type(cells[row]).__name__
            if kind in _SPANS and type(cells[row]).__module__.startswith("pandas"):
                raise self._error(_SPANS[kind], row)

    def _instant(self, cell: Any, row: int) -> int:
        """A date, a datetime (naive is UTC) or a text in ISO form, among dates and datetimes."""
        if isinstance(cell, str):
            parsed = _core.parse_instant(cell)
            if parsed is not None:
                return parsed
        elif _is_date(cell):
            try:
                return instant_of(cell)
            except (OverflowError, DataError) as error:
                raise self._error(_words(error), row) from error
        raise self._error(f"expected a date or time like those in other rows, got {cell!r}", row)

    def _plain(self, cells: Cells, kind: str) -> Any:
        """Texts, numbers, truths. Integers of any length keep every digit."""
        import pyarrow as pa

        if kind == "integer":
            there = [cell for cell in cells if isinstance(cell, int | np.integer)]
            if there and (min(there) < -(2**63) or max(there) >= 2**63):
                cells = [Decimal(int(cell)) if isinstance(cell, int | np.integer) else None for cell in cells]
        try:
            return pa.array(cells, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise self._mixed(cells, error) from error

    def _mixed(self, cells: Cells, error: Exception) -> DataError:
        """Where the values stop to have a common type: the least number of rows that has none."""
        import pyarrow as pa

        fine, failing = 0, len(cells)
        while failing - fine > 1:
            middle = (fine + failing) // 2
            try:
                pa.array(cells[:middle], from_pandas=True)
                fine = middle
            except (pa.ArrowException, TypeError, ValueError, OverflowError):
                failing = middle
        return self._error(f"its values have no common type: {_words(error)}", failing - 1)

    def _error(self, what: str, row: int | None = None) -> DataError:
        where = f"table '{self.table}', column '{self.column}'" + ("" if row is None else f", row {row}")
        return DataError(f"{where}: {what}", self.table, self.column, row, 0 if row is None else 1)


def _written(value: Any) -> Any:
    """What JSON has no word for, in a cell that becomes JSON text."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if _is_date(value):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"a {type(value).__name__} inside of a cell")


def _is_date(cell: object) -> bool:
    return isinstance(cell, dt.date | np.datetime64)  # a datetime and a pandas Timestamp are dates


def _words(error: Exception) -> str:
    return "; ".join(str(part) for part in error.args)


# ---- polars ----------------------------------------------------------------------------------------------------------


def open_polars(frame: Any, name: str, wanted: Sequence[str]) -> Any:
    """The wanted columns of a polars frame, lazy or not."""
    import polars as pl

    def read() -> Any:
        is_lazy = isinstance(frame, pl.LazyFrame)
        schema = frame.collect_schema() if is_lazy else frame.schema
        long = {getattr(pl, kind, None) for kind in ("Int128", "UInt128")} - {None}
        columns = [
            pl.col(column).cast(pl.Decimal(38, 0)) if schema[column] in long else pl.col(column)
            for column in present(schema.names(), wanted)
        ]
        return frame.select(columns).collect() if is_lazy else frame.select(columns)

    return in_own_words(name, frame, read)


# ---- queries ---------------------------------------------------------------------------------------------------------

QUERIES = ("duckdb", "_duckdb", "ibis", "pyspark")
"""Packages whose tables are questions: they are asked for the wanted columns alone."""


def open_query(query: Any, name: str, wanted: Sequence[str]) -> Any:
    """A reader, or a table, of the wanted columns of a DuckDB relation, an ibis table or a Spark DataFrame."""
    columns = present(query.columns, wanted)
    return in_own_words(name, query, lambda: _answer(query, name, columns))


def _answer(query: Any, name: str, columns: list[str]) -> Any:
    import pyarrow as pa

    package = _package_of(type(query))
    if package == "ibis":
        return pa.RecordBatchReader.from_stream(query.select(columns))
    if package == "pyspark":
        chosen = query.select(*("`" + column.replace("`", "``") + "`" for column in columns))
        return chosen.toArrow() if hasattr(chosen, "toArrow") else open_pandas(chosen.toPandas(), name, columns)
    import duckdb

    # Read here and now: a connection has one open result, and several of its relations may be tables of a portfolio.
    # Batch by batch, so that Ctrl-C is heard.
    reader = pa.RecordBatchReader.from_stream(query.select(*map(duckdb.ColumnExpression, columns)))
    return pa.Table.from_batches(list(reader), reader.schema)


# ---- Arrow -----------------------------------------------------------------------------------------------------------


def open_dataset(dataset: Any, name: str, wanted: Sequence[str]) -> Any:
    """A reader of the wanted columns of a pyarrow dataset."""
    columns = present(dataset.schema.names, wanted)
    return in_own_words(name, dataset, lambda: dataset.scanner(columns=columns).to_reader())


def refuse_extensions(schema: object, columns: Sequence[str], name: str) -> None:
    """Refuse extension types of a pyarrow schema that are stored as something else than the text that they are."""
    import pyarrow as pa

    if not isinstance(schema, pa.Schema):
        return  # a frame of another package, which has none
    for column in columns_of(columns, schema.names):
        for place in schema.get_all_field_indices(column):
            field = schema.field(place)
            told = (field.metadata or {}).get(b"ARROW:extension:name", b"").decode(errors="replace")
            is_extension = isinstance(field.type, pa.BaseExtensionType)
            storage = field.type.storage_type if is_extension else field.type
            if not (told or is_extension) or "string" in str(storage):
                continue
            raise DataError(
                f"table '{name}', column '{column}': values of the extension type "
                f"'{told or field.type.extension_name}' are not read as the {storage} that they are stored as; "
                "convert them",
                name,
                column,
            )
