"""Tables larger than memory, scored in one folder: cut into parts, scored part by part, put together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import DataError
from .io.instants import AsOfs
from .io.replacing import replacing
from .model import Model
from .parts import cut, files_of, rows_in, score
from .progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ROWS_OF_A_PART", "score_out_of_core"]

ROWS_OF_A_PART = 1_250_000
"""Rows of the largest table for which a part is made: some 100 MB of memory for each process at work."""
_CUT = "cut.json"
_ROWS_AT_A_TIME = 20_000  # that are read of each part's panel when they are put together


def score_out_of_core(
    model: Model,
    tables: Mapping[str, str],
    as_ofs: AsOfs,
    out: Path,
    folder: Path,
    *,
    parts: int | None = None,
    workers: int | None = None,
    progress: Progress = None,
) -> int:
    """Write the panel that a portfolio of these tables gives, in its order; how many rows it has.

    What is done stays in the folder: called again with the same tables, it goes on where a run before was killed; for
    another model or other dates nothing is cut again.

    Parameters
    ----------
    model, as_ofs
        As for :meth:`Portfolio.score`.
    tables : mapping of str to path
        Parquet or Arrow files, folders of them, or patterns, by the names that the model gives them.
    out : Path
        A Parquet file.
    folder : Path
        A folder of its own; it comes to hold about twice the bytes of the tables.
    parts : int, optional
        How many parts. Default: one for each :data:`ROWS_OF_A_PART` rows of the largest table.
    workers : int, optional
        As for :func:`parts.score`.
    progress : bool or callable, optional
        As for :class:`Portfolio`.

    Raises
    ------
    DataError
        If a table cannot be read piece by piece or finds its accounts through another, or the folder holds other files.
    """
    accounts = _account_columns(model, tables)
    folders = _cut_once(tables, accounts, parts, folder, progress)
    made = score(model, folders, as_ofs, out=folder / "scored", workers=workers, progress=progress)
    with replacing(out) as path:
        return _put_together(made, path)


def _account_columns(model: Model, tables: Mapping[str, str]) -> dict[str, str]:
    """The column of accounts of each table."""
    specs = model.to_dict()["tables"]
    for name in tables:
        if name not in specs:
            raise DataError(f"the model has no table '{name}'", name)
        if "through" in specs[name]:
            raise DataError(
                f"table '{name}' finds its accounts through another table, so it cannot be cut into parts", name
            )
    return {name: specs[name]["account"] for name in tables}


def _cut_once(
    tables: Mapping[str, str], accounts: Mapping[str, str], parts: int | None, folder: Path, progress: Progress
) -> list[Path]:
    """The parts, cut now or by a run before."""
    files = {name: [Path(each).resolve() for each in files_of(path)] for name, path in tables.items()}
    seen = {name: [[str(f), f.stat().st_size, f.stat().st_mtime_ns] for f in each] for name, each in files.items()}
    made = {"files": seen, "accounts": dict(accounts), "parts": parts}
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / _CUT
    if note.exists():
        said = json.loads(note.read_text(encoding="utf-8"))
        if said["of"] == made:
            return [folder / "parts" / name for name in said["folders"]]
    elif any(folder.iterdir()):
        raise DataError(f"{folder} holds other files: parts are kept in a folder of their own")
    note.write_text(json.dumps({"of": None, "folders": []}), encoding="utf-8")
    rows = max((rows_in(name, path) for name, path in tables.items()), default=0)
    count = max(1, -(-rows // ROWS_OF_A_PART)) if parts is None else parts
    folders = cut(tables, count, folder / "parts", account=accounts, progress=progress)
    with replacing(note) as path:
        path.write_text(json.dumps({"of": made, "folders": [each.name for each in folders]}), encoding="utf-8")
    return folders


# ---- one panel of many -----------------------------------------------------------------------------------------------


def _put_together(files: Sequence[Path], out: Path) -> int:
    """Panels whose accounts are apart as one, in the order of a panel, with little of each in memory."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(files[0])
    metadata = {key: value for key, value in (schema.metadata or {}).items() if key != b"customerhealth.part"}
    rows = 0
    with pq.ParquetWriter(out, schema.with_metadata(metadata)) as writer:
        for table in _merged([_Head(file) for file in files]):
            writer.write_table(table.cast(writer.schema))
            rows += table.num_rows
    return rows


class _Head:
    """The rows of a part's panel that are read and not yet written."""

    def __init__(self, file: Path) -> None:
        import pyarrow.parquet as pq

        self._batches = pq.ParquetFile(file).iter_batches(_ROWS_AT_A_TIME)
        self.is_at_end = False
        self._table: pa.Table | None = None
        self.read()

    def read(self) -> None:
        """Some more rows."""
        import pyarrow as pa

        batch = next(self._batches, None)
        if batch is None:
            self.is_at_end = True
            return
        more = _plain(pa.Table.from_batches([batch]))
        self._table = more if self._table is None else pa.concat_tables([self._table, more])

    @property
    def last(self) -> Any:
        """The last account that was read."""
        assert self._table is not None
        return _keys(self._table)[-1]

    def is_empty(self) -> bool:
        """Whether all that was read is written."""
        return self._table is None or self._table.num_rows == 0

    def take_before(self, limit: Any) -> pa.Table | None:
        """The rows of accounts before one; None: of all that is read."""
        import pyarrow.compute as pc

        if self._table is None:
            return None
        count = self._table.num_rows if limit is None else pc.sum(pc.less(_keys(self._table), limit)).as_py() or 0
        taken, self._table = self._table.slice(0, count), self._table.slice(count)
        return taken


def _merged(heads: list[_Head]) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.compute as pc

    while True:
        for head in heads:
            while head.is_empty() and not head.is_at_end:
                head.read()
        reading = [head for head in heads if not head.is_at_end]
        slowest = min(reading, key=lambda head: head.last.as_py(), default=None)
        limit = None if slowest is None else slowest.last
        taken = [table for head in heads if (table := head.take_before(limit)) is not None and table.num_rows]
        if taken:
            whole = pa.concat_tables(taken)
            keys = pa.table({"id": _keys(whole), "at": whole["as_of"]})
            yield whole.take(pc.sort_indices(keys, [("id", "ascending"), ("at", "ascending")]))
        if slowest is None:
            return
        slowest.read()  # the rest of the last account's rows, and more


def _keys(table: pa.Table) -> pa.ChunkedArray:
    """Ids as they are ordered: texts by their bytes."""
    import pyarrow as pa

    ids = table["account_id"]
    return ids.cast(pa.binary()) if pa.types.is_string(ids.type) else ids


def _plain(table: pa.Table) -> pa.Table:
    """Without dictionaries, which differ from part to part."""
    import pyarrow as pa

    types = [pa.field(f.name, f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(types, table.schema.metadata))
