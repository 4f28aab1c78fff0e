"""Input tables: whatever people hold, as an object that speaks Arrow and has only the columns that are wanted.

Rows are checked once, in the core; here a frame or a file is opened, and what cannot be opened is explained.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["open_table"]

_FITS = (
    "expected a pandas, polars or pyarrow table, a DuckDB relation, any other object with __arrow_c_stream__ or "
    "__arrow_c_array__, or the path of a .parquet, .csv, .arrow, .feather or .ipc file"
)


def open_table(source: Any, name: str, wanted: Sequence[str]) -> object:
    """An object with an Arrow capsule for `source`.

    Parameters
    ----------
    source : table
        A frame or a path.
    name : str
        The table's name in the model, for messages.
    wanted : sequence of str
        The columns that the model reads. Those that are there are taken; the core says which are not.
    """
    if isinstance(source, str | os.PathLike):
        return _open_path(os.fspath(source), name, wanted)
    package = type(source).__module__.partition(".")[0]
    if package == "pandas":
        return _open_pandas(source, name, wanted)
    if package == "polars":
        return _open_polars(source, name, wanted)
    if package == "pyarrow" and hasattr(source, "scanner"):  # a dataset
        return _open_dataset(source, wanted)
    if package == "pyarrow" and hasattr(source, "column_names"):  # a Table or a RecordBatch
        return source.select(_present(source.column_names, wanted))
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        return source
    raise DataError(f"table '{name}': a {_type_name(source)} cannot be read: {_FITS}", name)


def _present(columns: Iterable[Any], wanted: Sequence[str]) -> list[str]:
    there = {column for column in columns if isinstance(column, str)}
    return [column for column in wanted if column in there]


def _type_name(source: object) -> str:
    kind = type(source)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


# ---- frames ---------------------------------------------------------------------------------------------------------


def _open_pandas(frame: Any, name: str, wanted: Sequence[str]) -> pa.Table:
    # Not pandas' own capsule: it converts every column, also those that the model does not read and that have no
    # Arrow type, and leaves an unnamed index out without a word.
    import pyarrow as pa

    if not hasattr(frame, "columns"):
        raise DataError(f"table '{name}': a {_type_name(frame)} cannot be read: {_FITS}", name)
    if any(level in wanted and level not in frame.columns for level in frame.index.names if level is not None):
        frame = frame.reset_index()
    columns = _present(frame.columns, wanted)
    try:
        return pa.Table.from_pandas(frame[columns], preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        column = _column_that_fails(frame, columns)
        words = "; ".join(str(part) for part in error.args)
        message = f"table '{name}', column '{column}': its values have no common type: {words}"
        raise DataError(message, name, column) from error


def _column_that_fails(frame: Any, columns: Sequence[str]) -> str:
    import pyarrow as pa

    for column in columns:
        try:
            pa.Table.from_pandas(frame[[column]], preserve_index=False)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            return column
    return ""


def _open_polars(frame: Any, name: str, wanted: Sequence[str]) -> object:
    if hasattr(frame, "collect_schema") and hasattr(frame, "collect"):  # a LazyFrame has no capsule
        return frame.select(_present(frame.collect_schema().names(), wanted)).collect()
    if not hasattr(frame, "columns"):
        raise DataError(f"table '{name}': a {_type_name(frame)} cannot be read: {_FITS}", name)
    return frame.select(_present(frame.columns, wanted))


def _open_dataset(dataset: Any, wanted: Sequence[str]) -> object:
    return dataset.scanner(columns=_present(dataset.schema.names, wanted)).to_reader()


# ---- files ----------------------------------------------------------------------------------------------------------


def _open_path(path: str | bytes, name: str, wanted: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    text = os.fsdecode(path)
    read = _READERS.get(_suffix(text))
    if os.path.isdir(text):
        read = _read_folder
    elif not os.path.exists(text):
        raise DataError(f"table '{name}': there is no file {text!r}", name)
    elif read is None:
        raise DataError(f"table '{name}': {text!r} has no known ending: {_FITS}", name)
    try:
        return read(text, wanted)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"table '{name}': {text!r} cannot be read: {error}", name) from error


def _suffix(path: str) -> str:
    base, ending = os.path.splitext(path.lower())
    return os.path.splitext(base)[1] + ending if ending == ".gz" else ending


def _read_parquet(path: str, wanted: Sequence[str]) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read(columns=_present(file.schema_arrow.names, wanted))


def _read_csv(path: str, wanted: Sequence[str]) -> pa.Table:
    from pyarrow import csv

    # Only an empty cell (or an SQL tool's NULL) is missing: "NA" is also North America.
    with csv.open_csv(path) as head:
        columns = _present(head.schema.names, wanted)
    options = csv.ConvertOptions(null_values=["", "null", "NULL"], strings_can_be_null=True, include_columns=columns)
    return csv.read_csv(path, convert_options=options)


def _read_arrow(path: str, wanted: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    with pa.OSFile(path) as file:
        try:
            reader = pa.ipc.open_file(file)
        except pa.ArrowInvalid:
            file.seek(0)
            reader = pa.ipc.open_stream(file)
        table = reader.read_all()
    table = table.select(_present(table.column_names, wanted))
    table.validate(full=True)  # a file may hold anything; offsets out of range would be read as addresses
    return table


def _read_folder(path: str, wanted: Sequence[str]) -> pa.Table:
    from pyarrow import dataset

    parts = dataset.dataset(path, format="parquet", partitioning="hive")
    return parts.to_table(columns=_present(parts.schema.names, wanted))


_READERS: dict[str, Callable[[str, Sequence[str]], Any]] = {
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".csv": _read_csv,
    ".csv.gz": _read_csv,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
    ".ipc": _read_arrow,
}
