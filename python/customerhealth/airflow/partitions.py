"""Where a run's tables go: a partition of Parquet a day, or a commit of a Delta table that replaces a day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .. import _core
from ..errors import DataError
from ..io.export import write
from ..storage.disk import sync_folder

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_as_of"]

_DELTA = "delta:"
_SAFE = " !$&'(),+@;"  # of a folder's name, which Spark, Hive and Arrow write as %3A and read back


def write_as_of(table: pa.Table, output: str, name: tuple[str, ...], micros: int) -> str:
    """Write a table of one as-of, in the place of the one that is there.

    Parameters
    ----------
    table : pyarrow.Table
        With a column ``as_of``, of one value.
    output : str
        A folder, or ``delta:`` and the place of a folder of Delta tables.
    name : tuple of str
        The folders below it: ``("panel",)``, ``("contributions", "score=health")``.
    micros : int
        The as-of.

    Returns
    -------
    str
        The file, or the place of the Delta table.

    Raises
    ------
    DataError
        If the output is neither, or deltalake is not installed.
    OSError
        If the file cannot be written.
    """
    if output.startswith(_DELTA):
        return _commit(table, "/".join((output.removeprefix(_DELTA).rstrip("/"), *name)), micros)
    if "://" in output:
        raise DataError(f"output: expected a folder, or 'delta:' and the place of Delta tables, got {output!r}")
    return str(_replace(table, Path(output, *name), micros))


def _replace(table: pa.Table, folder: Path, micros: int) -> Path:
    """The path bears the as-of and the file does not: readers of such folders take the column from there."""
    shown = _core.show_instant(micros)
    file = folder / f"as_of={quote(shown, safe=_SAFE)}" / "part-0.parquet"
    metadata = {**(table.schema.metadata or {}), b"customerhealth.as_of": shown.encode()}
    there = next(parent for parent in file.parents if parent.is_dir())
    write(table.drop_columns(["as_of"]).replace_schema_metadata(metadata), file)
    for parent in file.parents:  # a name is kept only when its folder is
        sync_folder(parent)
        if parent == there:
            break
    return file


def _commit(table: pa.Table, place: str, micros: int) -> str:
    """One commit, after which the as-of has these rows and all others are as they were."""
    try:
        import deltalake
    except ImportError as error:
        raise DataError("output='delta:…' needs deltalake: pip install 'customerhealth[delta]'") from error
    plain = _without_dictionaries(table)
    made_by = {key.decode(): text.decode() for key, text in (table.schema.metadata or {}).items()}
    properties = deltalake.CommitProperties(custom_metadata=made_by)
    if not deltalake.DeltaTable.is_deltatable(place):
        deltalake.write_deltalake(place, plain, partition_by=["as_of"], commit_properties=properties)
        return place
    deltalake.write_deltalake(
        place,
        plain,
        mode="overwrite",
        predicate=f"as_of = '{_core.show_instant(micros)}'",
        schema_mode="merge",  # another model has other columns; those of the days before are null
        commit_properties=properties,
    )
    return place


def _without_dictionaries(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    kinds = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(kinds, metadata=table.schema.metadata))
