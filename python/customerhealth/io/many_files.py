"""Tables that lie in many files: folders, patterns, lists of paths, and the NAME=VALUE folders on their way."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

from ..errors import DataError
from .dated_names import DatedPattern
from .lakehouse import open_lakehouse, refuse_inside, refuse_table
from .one_schema import Part, in_one_schema
from .paths import columns_of, roles_in
from .roles import Roles
from .sheets import split_sheet
from .text_files import BadCellError, Given, read_cells

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Files", "located", "read_files"]

_WILDCARDS = frozenset("*?[")
_NULL = "__HIVE_DEFAULT_PARTITION__"  # names the folder of rows whose value is missing
_AT_A_TIME = 4  # files are read side by side: one waits for the disk while another is decoded

_Read = Callable[[str, str, Roles, Given], "pa.Table"]


@dataclass(frozen=True)
class Files:
    """The files of a table in the order of their rows."""

    paths: Sequence[str]
    dates: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    """What the names of files say by a pattern that has places for dates, by path."""

    @cached_property
    def folders(self) -> Sequence[dict[str, str | None]]:
        """What the NAME=VALUE folders of each file say."""
        return [_partitions(path) for path in self.paths]

    @property
    def partitions(self) -> set[str]:
        """The columns that folders and names of files name."""
        said = (*self.folders, *self.dates.values())
        return {column for each in said for column in each}


def located(source: Any, name: str, wanted: Sequence[str], derived: Sequence[str] = ()) -> Any:
    """The files of a path, a folder, a pattern or a list of them; the table of a lakehouse's folder; else the source.

    A folder is walked to its end, as is one that fits a pattern, in the order of paths. Names that begin with a dot or
    an underscore are left out, as Spark and pyarrow do it, save folders such as ``_day=1``.

    Parameters
    ----------
    source : object
        What a user gave.
    name : str
        The table's name in the model, for messages.
    wanted : sequence of str
        The columns that the model reads.
    derived : sequence of str
        Those that formulas of the model give, of whose names the table of a lakehouse has none.

    Raises
    ------
    DataError
        If a folder, a pattern or a list holds no file, or files of a Delta, Iceberg or Hudi table; if a lakehouse has a
        column that is `derived`.
    """
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        table = open_lakehouse(path, name, wanted, derived) if os.path.isdir(path) else None
        return _files_of(path, name) if table is None else table
    if not isinstance(source, list | tuple):
        return source
    if not source:
        raise DataError(f"table '{name}': the list of paths is empty", name)
    if not all(isinstance(path, str | os.PathLike) for path in source):
        return source  # refused with what would have fitted
    found = [_files_of(os.fsdecode(path), name) for path in source]
    dates = {path: said for files in found for path, said in files.dates.items()}
    return Files([path for files in found for path in files.paths], dates)


def files_at(path: str) -> list[str]:
    """The files and folders that a path, a pattern or a sheet of a workbook stands for; none where nothing is there."""
    file = path if os.path.exists(path) else split_sheet(path)[0]
    if os.path.exists(file):
        return [file]
    try:
        pattern = DatedPattern(file, "").glob if DatedPattern.is_one(file) else file
    except DataError:  # which is told where the table is opened
        return []
    return sorted(glob.glob(pattern, recursive=True))


def _files_of(path: str, name: str) -> Files:
    """The files of one path, one sheet of each where it names a sheet."""
    file, sheet = (path, None) if os.path.exists(path) else split_sheet(path)
    dated = DatedPattern(file, name) if DatedPattern.is_one(file) and not os.path.exists(file) else None
    if dated is not None and not glob.glob(dated.glob, recursive=True):
        dated.refuse_none()
    paths = _paths_of(file if dated is None else dated.glob, name)
    ending = "" if sheet is None else f"#{sheet}"
    dates = {} if dated is None else {f"{each}{ending}": dated.dates_of(each) for each in paths}
    return Files([f"{each}{ending}" for each in paths], dates)


def _paths_of(path: str, name: str) -> list[str]:
    if os.path.isdir(path):
        files = _each_once(_walk(path, name))
        if not files:
            raise DataError(f"table '{name}': the folder {path!r} holds no file", name)
        return files
    if not _WILDCARDS & set(path) or os.path.exists(path):
        return [path]
    found = glob.glob(path, recursive=True)
    files = _each_once(file for each in found for file in (_walk(each, name) if os.path.isdir(each) else [each]))
    if not files:
        raise DataError(f"table '{name}': no file fits the pattern {path!r}", name)
    for folder in {os.path.dirname(file) for file in files}:
        refuse_inside(folder, name)
    return files


def _each_once(paths: Iterable[str]) -> list[str]:
    """In order, without the further paths of a file that links make reachable twice."""
    shortest_last = sorted(set(paths), key=lambda path: (-len(path), path))
    return sorted({os.path.realpath(path): path for path in shortest_last}.values())


def _walk(folder: str, name: str, above: Sequence[str] = ()) -> Iterator[str]:
    here = os.path.realpath(folder)
    if here in above:  # a link back up
        return
    refuse_table(folder, name)
    with os.scandir(folder) as entries:
        for entry in entries:
            is_hidden = entry.name.startswith((".", "_")) and "=" not in entry.name
            if entry.is_dir() and not is_hidden:
                yield from _walk(entry.path, name, [*above, here])
            elif not entry.is_dir() and not is_hidden:
                yield entry.path


def _partitions(path: str) -> dict[str, str | None]:
    """What the NAME=VALUE folders on a file's path say, as text; None where they say that it is missing."""
    folders = [part.partition("=") for part in os.path.dirname(path).split(os.sep)]
    return {
        unquote(key): None if value == _NULL else unquote(value) for key, is_pair, value in folders if is_pair and key
    }


def read_files(files: Files, name: str, roles: Roles, given: Given, read: _Read) -> pa.Table:
    """The rows of all files in their order, in one schema, with the columns that their folders name.

    Parameters
    ----------
    files : Files
        One or more.
    name : str
        The table's name in the model, for messages.
    roles : mapping of str to Role
        What the columns are read as that have no types of their own: cells of text files, names of folders.
    given : Given
        What is known of the other tables; columns whose cells decided are noted there.
    read : callable
        Reads one file; raises DataError in words.

    Raises
    ------
    DataError
        If the files disagree about a column, or a file about the value that its folder gives it.
    """
    import pyarrow as pa

    named = files.folders
    told = {column for said in named for column in said}
    held = roles_in(roles, told)
    values = {column: _typed(column, named, name, held, given) for column in told & set(held)}
    if len(files.paths) == 1 and not values and not files.dates:
        return read(files.paths[0], name, roles, given)

    def read_one(place: int, alone: Given) -> pa.Table:
        path = files.paths[place]
        table = read(path, name, roles, alone)
        for column, said in named[place].items():
            if column in table.column_names:
                _check_agrees(path, name, column, said, table.column(column))
            elif column in values:
                table = table.append_column(column, pa.repeat(values[column][place], table.num_rows))
        for column, date in files.dates.get(path, {}).items():
            if column in named[place] or (column in table.column_names and table.num_rows):
                words = f"the name of {path!r} gives the column '{column}', which its rows or folders have too"
                raise DataError(f"table '{name}': {words}", name, column)
            if column in table.column_names:
                table = table.drop_columns([column])
            if column in roles:
                instant = pa.scalar(date, pa.timestamp("us"))
                table = table.append_column(column, pa.repeat(instant, table.num_rows))
        return table

    places = range(len(files.paths))
    with ThreadPoolExecutor(min(_AT_A_TIME, len(files.paths))) as pool:
        alone = [given.of_one_file() for _ in places]
        tables = list(pool.map(read_one, places, alone))
        settled = given.of_one_file()
        if settled.settle_texts(alone, roles):  # the cells of one file are numbers, those of another texts
            alone = [settled.of_one_file() for _ in places]
            tables = list(pool.map(read_one, places, alone))
    for each in alone:
        given.add(each)
    there = {column for table in tables for column in table.column_names}
    parts = [Part(*part) for part in zip(files.paths, tables, strict=True)]
    return in_one_schema(parts, name, columns_of(roles, there))


def _typed(
    column: str, named: Sequence[dict[str, str | None]], name: str, roles: Roles, given: Given
) -> Sequence[pa.Scalar]:
    """The values of a column's folders, one a file, as its role says."""
    import pyarrow as pa

    texts = pa.chunked_array([pa.array([said.get(column) for said in named], pa.string())])
    try:
        return list(read_cells(texts, roles[column], given, name, column))
    except BadCellError as error:
        raise DataError(f"table '{name}', column '{column}': in the name of a folder, {error}", name, column) from error


def _check_agrees(file: str, name: str, column: str, value: str | None, values: pa.ChunkedArray) -> None:
    """A column that the file holds and its folder names: the file counts, and they must say the same."""
    import pyarrow as pa
    from pyarrow import compute, types

    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if value is None:
        agrees: Any = compute.all(compute.is_null(values, nan_is_null=True)).as_py()
    else:
        try:
            said = pa.scalar(value, pa.string()).cast(values.type)
        except pa.ArrowException as error:
            _disagree(file, name, column, value, f"values of type {values.type}", error)
        agrees = compute.all(compute.fill_null(compute.equal(values, said), False)).as_py()
    if agrees is False:
        differing = next((x for x in values.to_pylist() if str(x) != value), None)
        _disagree(file, name, column, value, repr(differing))


def _disagree(
    file: str, name: str, column: str, value: str | None, holds: str, cause: Exception | None = None
) -> NoReturn:
    folder = "nothing" if value is None else repr(value)
    message = f"table '{name}', column '{column}': the folder of {file!r} says {folder}, the file holds {holds}"
    raise DataError(message, name, column) from cause
