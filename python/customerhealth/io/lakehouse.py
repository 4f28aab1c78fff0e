"""Folders of Delta and Iceberg tables: a log tells which of their files count, so that files are never read loose."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .paths import columns_of, holder_of
from .roles import refuse_names_of_both

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["names_of_delta", "open_delta", "open_lakehouse", "refuse_inside", "refuse_table"]


def open_lakehouse(path: str, name: str, wanted: Sequence[str], derived: Sequence[str] = ()) -> pa.Table | None:
    """The table whose folder this is, or None where it is a folder like any other.

    Raises
    ------
    DataError
        If its reader is not installed, naming the extra, or cannot read it; if it has a column that is `derived`.
    """
    kind = _kind_of(path)
    if kind is None:
        return None
    try:
        if kind == "Delta":
            import deltalake

            table = deltalake.DeltaTable(path)
            refuse_names_of_both(name, names_of_delta(table), derived)
            return open_delta(table, wanted)
        if kind == "Iceberg":
            return _open_iceberg(path, name, wanted, derived)
    except DataError:
        raise
    except ImportError as error:
        raise DataError(f"table '{name}': {_is_table(path, kind)}; {_needs(kind)}", name) from error
    except Exception as error:  # readers raise errors of their own, their engines' and Arrow's
        raise DataError(f"table '{name}': the {kind} table in {path!r} cannot be read: {error}", name) from error
    raise DataError(f"table '{name}': {_is_table(path, kind)}, which is not read; export it to Parquet files", name)


def names_of_delta(table: Any) -> list[str]:
    """The columns of a ``deltalake.DeltaTable``."""
    return [field.name for field in table.schema().fields]


def open_delta(table: Any, wanted: Sequence[str]) -> pa.Table:
    """The rows of a ``deltalake.DeltaTable`` in its version.

    A table with deletion vectors or renamed columns is read by deltalake's engine, which promises no order of rows.
    """
    import pyarrow as pa
    from deltalake.exceptions import DeltaProtocolError
    from pyarrow.dataset import ParquetReadOptions

    try:
        dataset = table.to_pyarrow_dataset(parquet_read_options=ParquetReadOptions(coerce_int96_timestamp_unit="us"))
    except DeltaProtocolError:
        names = names_of_delta(table)
        return _with_names(pa.table(table.scan(columns=columns_of(wanted, names))), names, wanted)
    return _with_names(dataset.to_table(columns=columns_of(wanted, dataset.schema.names)), dataset.schema.names, wanted)


def _open_iceberg(path: str, name: str, wanted: Sequence[str], derived: Sequence[str]) -> pa.Table:
    from pyiceberg.table import StaticTable

    table = StaticTable.from_metadata(_last_metadata(path))
    names = [field.name for field in table.schema().fields]
    refuse_names_of_both(name, names, derived)
    return _with_names(table.scan(selected_fields=tuple(columns_of(wanted, names))).to_arrow(), names, wanted)


def _with_names(table: pa.Table, names: Sequence[str], wanted: Sequence[str]) -> pa.Table:
    """Where a wanted column is not there, the names of the others say what could have been meant."""
    import pyarrow as pa

    if any(holder_of(column, names) is None for column in wanted):
        for name in names:
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(table.num_rows))
    return table


def _last_metadata(path: str) -> str:
    """The file of the last version; their names begin with its number."""
    folder = os.path.join(path, "metadata")
    files = [file for file in os.listdir(folder) if file.endswith(".metadata.json")]

    def version(file: str) -> tuple[int, str]:
        number = re.match(r"v?(\d+)", file)
        return (int(number[1]) if number else -1, file)

    return os.path.join(folder, max(files, key=version))


def refuse_table(folder: str, name: str) -> None:
    """Refuse a folder of loose files that is a table with a log of its own."""
    kind = _kind_of(folder)
    if kind is not None:
        raise DataError(f"table '{name}': {_is_table(folder, kind)}; give its own path to read it", name)


def refuse_inside(folder: str, name: str) -> None:
    """Refuse files that a pattern finds within such a table, where old versions lie beside the last."""
    while folder not in ("", os.path.dirname(folder)):
        refuse_table(folder, name)
        folder = os.path.dirname(folder)
    refuse_table(folder or ".", name)


def _kind_of(folder: str) -> str | None:
    if os.path.isdir(os.path.join(folder, "_delta_log")):
        return "Delta"
    if os.path.isdir(os.path.join(folder, ".hoodie")):
        return "Hudi"
    metadata = os.path.join(folder, "metadata")
    if os.path.isdir(metadata) and any(file.endswith(".metadata.json") for file in os.listdir(metadata)):
        return "Iceberg"
    return None


def _is_table(folder: str, kind: str) -> str:
    article = "an" if kind == "Iceberg" else "a"
    return f"{folder!r} is the folder of {article} {kind} table"


def _needs(kind: str) -> str:
    reader, extra = {"Delta": ("deltalake", "delta"), "Iceberg": ("pyiceberg", "iceberg")}[kind]
    return f"reading it needs {reader}: pip install 'customerhealth[{extra}]'"
