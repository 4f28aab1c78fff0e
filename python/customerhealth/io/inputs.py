"""Input tables: whatever people hold, as an object that speaks Arrow and has only the columns that are wanted.

Rows are checked once, in the core; here a frame or a file is opened, and what cannot be opened is explained.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import _core
from ..errors import DataError, UnknownNameError
from .frames import (
    QUERIES,
    AbsentError,
    TwiceError,
    in_own_words,
    open_dataset,
    open_pandas,
    open_polars,
    open_query,
    present,
    refuse_extensions,
)
from .lakehouse import names_of_delta, open_delta
from .layout import Layout
from .many_files import Files, located, read_files
from .paths import columns_of, holder_of, leaves_of
from .roles import ELEMENTS, Role, Roles, account_of, refuse_names_of_both, with_roles
from .settled import settle
from .sheets import is_sheet, read_sheet, split_sheet
from .text_files import Given, is_delimited, names_in, read_text_file, text_ending

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["missing_column", "open_table", "open_tables", "refuse_derived", "twice_there"]

_FITS = (
    "expected a pandas, polars or pyarrow table, a DuckDB relation, any other object with __arrow_c_stream__ or "
    "__arrow_c_array__, or the path of a .parquet, .csv, .tsv, .json, .jsonl, .ndjson, .xlsx, .arrow, .feather or .ipc "
    "file (a text file may be compressed: .gz, .bz2, .zst; book.xlsx#Sheet names a sheet), of a folder of such files, "
    "a pattern such as 'logs/2026-*.parquet' or 'logs/{known:%Y-%m-%d}.csv', or a list of paths"
)


def open_table(
    source: Any,
    name: str,
    wanted: Sequence[str] | Roles,
    given: Given | None = None,
    *,
    optional: Sequence[str] = (),
    needs: str = "the model needs",
) -> Any:
    """An object with an Arrow capsule for `source`.

    Parameters
    ----------
    source : table
        A frame or a path.
    name : str
        The table's name in the model, for messages.
    wanted : sequence of str, or mapping of str to Role
        The columns that the model reads, and what each of them has to be: what has no types of its own is read by it.
    given : Given, optional
        What is known of the other tables.
    optional : sequence of str
        The columns that need not be there.
    needs : str
        Who needs the others, for messages.

    Raises
    ------
    DataError
        If a column is not there: with those that are, and the nearest. (A stream tells its columns to the core, which
        says the same.)
    """
    roles = dict(with_roles(wanted))
    source = located(source, name, list(roles))
    if given is not None and not isinstance(source, Files):
        given.layout_of(name).refuse(f"a {_type_name(source)}", name)
    while True:
        try:
            opened = _open(source, name, roles, given or Given())
            refuse_extensions(getattr(opened, "schema", None), list(roles), name)
            return opened
        except AbsentError as absent:
            if absent.column not in optional:
                raise missing_column(name, absent.column, absent.there, needs) from None
            del roles[absent.column]
        except TwiceError as twice:
            raise twice_there(name, twice.column) from None


def twice_there(name: str, column: str) -> DataError:
    """The error for a name that two columns have, in the words of the core."""
    what = f"table '{name}' has two columns named '{column}'; the model needs to know which one"
    return DataError(what, name, column)


def missing_column(name: str, column: str, there: Iterable[str], needs: str = "the model needs") -> UnknownNameError:
    """The error for a column that a table does not have, in the words of the core."""
    column = column.removesuffix(ELEMENTS)
    what = f"{name}: {needs} a column '{column}', the table has none"
    return UnknownNameError(f"{what}; {_core.column_suggestion(column, list(there))}", name, column)


def _open(source: Any, name: str, roles: Roles, given: Given) -> Any:
    wanted = list(roles)
    if isinstance(source, Files):
        return _open_files(source, name, roles, given)
    package = type(source).__module__.partition(".")[0]
    if package in ("pandas", "polars") and not hasattr(type(source), "columns"):
        raise DataError(f"table '{name}': a {_type_name(source)} cannot be read: {_FITS}", name)
    if package == "pandas":
        return open_pandas(source, name, wanted)
    if package == "polars":
        return open_polars(source, name, wanted)
    if package in QUERIES and hasattr(source, "columns"):
        return open_query(source, name, wanted)
    if package == "deltalake" and hasattr(source, "to_pyarrow_dataset"):
        present((field.name for field in source.schema().fields), wanted)
        return in_own_words(name, source, lambda: open_delta(source, wanted))
    if package == "pyarrow" and hasattr(source, "scanner"):  # a dataset
        return open_dataset(source, name, wanted)
    if package == "pyarrow" and hasattr(source, "column_names"):  # a Table or a RecordBatch
        return source.select(present(source.column_names, wanted))
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        return source
    raise DataError(f"table '{name}': a {_type_name(source)} cannot be read: {_FITS}", name)


def open_tables(
    sources: Mapping[str, Any], roles: Mapping[str, Roles], given: Given, derived: Mapping[str, Sequence[str]]
) -> list[tuple[str, object]]:
    """Each as :func:`open_table` opens it; ids in files without types are of the type that the other tables say.

    No table has a column of a name that is `derived`.
    """
    sources = {
        name: located(source, name, list(roles[name]), derived.get(name, ())) for name, source in sources.items()
    }
    plain = [name for name, source in sources.items() if _is_plain_text(source, account_of(roles[name]))]
    opened = {n: open_table(source, n, roles[n], given) for n, source in sources.items() if n not in plain}
    for name, table in opened.items():
        if plain or any(role.settled or role.keys for role in roles[name].values()):
            there, schema = _with_schema(table)
            opened[name] = settle(there, schema, name, roles[name])
            given.take_ids(*_with_schema(opened[name]), roles[name])
    # first those whose types the model settles, then sheets, whose cells may be numbers
    for name in sorted(plain, key=lambda name: ("text" in _account(roles[name]).types, not _is_sheet(sources[name]))):
        table = opened[name] = open_table(sources[name], name, roles[name], given)
        given.take_ids(*_with_schema(table), roles[name])
    for name, source in sources.items():
        refuse_derived(source, name, roles[name], derived.get(name, ()), given)
    return [(name, opened[name]) for name in sources]


def _is_plain_text(source: object, account: str | None) -> bool:
    """Whether a role says what the ids are: they stand in delimited files, sheets or the names of folders."""
    return (
        account is not None
        and isinstance(source, Files)
        and (account in source.partitions or any(is_delimited(path) or is_sheet(path) for path in source.paths))
    )


def _is_sheet(source: object) -> bool:
    return isinstance(source, Files) and any(is_sheet(path) for path in source.paths)


def _account(roles: Roles) -> Role:
    return next(role for role in roles.values() if role.use == "account")


def refuse_derived(source: Any, name: str, roles: Roles, derived: Sequence[str], given: Given) -> None:
    """A name that a formula of the model gives is none of the source's columns."""
    if derived:
        refuse_names_of_both(name, _names_of(source, name, roles, given), derived)


def _names_of(source: Any, name: str, roles: Roles, given: Given) -> set[str]:
    """The columns of a source, as far as it tells them without being read; streams tell them to the core."""
    if isinstance(source, Files):
        layout = given.layout_of(name)
        names = [column for path in source.paths for column in _names_in(path, name, roles, layout)]
        return {*source.partitions, *names}
    package = type(source).__module__.partition(".")[0]
    if package == "deltalake":
        return set(names_of_delta(source))
    if package == "polars":
        return set(source.collect_schema().names() if hasattr(source, "collect_schema") else source.columns)
    if package == "pandas":
        return {column for column in (*source.columns, *source.index.names) if isinstance(column, str)}
    schema = getattr(source, "schema", None)
    there = getattr(source, "column_names", getattr(source, "columns", getattr(schema, "names", ())))
    return {column for column in there if isinstance(column, str)} if isinstance(there, Iterable) else set()


def _with_schema(table: Any) -> tuple[Any, pa.Schema | None]:
    """The table, perhaps as a stream of it, and what its columns are; a broken one is left to the core to refuse."""
    import pyarrow as pa

    if hasattr(table, "__arrow_c_stream__") and not isinstance(getattr(table, "schema", None), pa.Schema):
        try:
            table = pa.RecordBatchReader.from_stream(table)
        except (pa.ArrowException, TypeError, ValueError):
            return table, None
    schema = getattr(table, "schema", None)
    return table, schema if isinstance(schema, pa.Schema) else None


def _type_name(source: object) -> str:
    kind = type(source)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


# ---- files ----------------------------------------------------------------------------------------------------------


def _open_files(files: Files, name: str, roles: Roles, given: Given) -> pa.Table:
    table = read_files(files, name, roles, given, _read_file)
    for column in roles:
        if holder_of(column, table.column_names) is None:
            there = [known for path in files.paths for known in _names_in(path, name, roles, given.layout_of(name))]
            raise AbsentError(column, list(dict.fromkeys([*table.column_names, *there, *sorted(files.partitions)])))
    return table


def _names_in(path: str, name: str, wanted: Iterable[str], layout: Layout) -> list[str]:
    """The columns of a file that was read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if is_sheet(path):
        return []  # a table of a sheet that lacks a column has all names
    if text_ending(path) is not None:
        return names_in(path, name, wanted, layout)
    if os.path.splitext(path)[1].lower() in (".parquet", ".pq"):
        return list(pq.read_schema(path).names)
    with pa.OSFile(path) as file:
        return list(_arrow_reader(file).schema.names)


def _arrow_reader(file: pa.NativeFile) -> Any:
    import pyarrow as pa

    try:
        return pa.ipc.open_file(file)
    except pa.ArrowInvalid:
        file.seek(0)
        return pa.ipc.open_stream(file)


def _read_file(path: str, name: str, roles: Roles, given: Given) -> pa.Table:
    """One file, by its ending."""
    import pyarrow as pa

    file = split_sheet(path)[0]
    read = _READERS.get(os.path.splitext(file)[1].lower())
    if not os.path.exists(path) and not os.path.exists(file):
        raise DataError(f"table '{name}': there is no file {file!r}", name)
    if read is None and not is_sheet(path) and text_ending(path) is None:
        raise DataError(f"table '{name}': {path!r} has no known ending: {_FITS}", name)
    try:
        if is_sheet(path):
            return read_sheet(path, name, roles, given)
        if read is None:
            return read_text_file(path, name, roles, given)
        given.layout_of(name).refuse(f"{path!r}", name)
        return read(path, list(roles))
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"table '{name}': {path!r} cannot be read: {error}", name) from error


def _read_parquet(path: str, wanted: Sequence[str]) -> pa.Table:
    import pyarrow.parquet as pq

    # INT96 is Spark's and Impala's; in nanoseconds, pyarrow's default, 9999-12-31 would wrap around to 1816
    with pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
        return file.read(columns=leaves_of(wanted, file.schema_arrow))


def _read_arrow(path: str, wanted: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    with pa.OSFile(path) as file:
        table = _arrow_reader(file).read_all()
    table = table.select(columns_of(wanted, table.column_names))
    table.validate(full=True)  # a file may hold anything; offsets out of range would be read as addresses
    return table


_READERS: dict[str, Callable[[str, Sequence[str]], Any]] = {
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
    ".ipc": _read_arrow,
}
