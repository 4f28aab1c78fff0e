"""What Spark's Python workers do: functions from batches to batches, each over one partition, with one thread."""

from __future__ import annotations

import itertools
import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..errors import DataError, Error
from ..loaded import Loaded
from ..model import Model
from ..peers import Peers
from .kept import kept, restored
from .questions import Question
from .sources import utc
from .types import plain

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Ask", "Fit", "Load", "Merge", "Pack", "Whom", "kept_schema", "packed_schema"]

_ROWS = 200_000  # that are packed at a time, or more where buckets are many
_ROWS_A_BUCKET = 2_000
_BYTES = 64 << 20  # of a pack, before it is compressed
_OUT = 50_000  # rows of a batch that is given back


def packed_schema() -> pa.Schema:
    """Of rows of a table, some at a time."""
    import pyarrow as pa

    return pa.schema([("bucket", pa.int32()), ("name", pa.string()), ("data", pa.binary())])


def kept_schema() -> pa.Schema:
    """Of what is known of a bucket: `kind` is file, fitted, rows or error."""
    import pyarrow as pa

    return pa.schema([("bucket", pa.int32()), ("kind", pa.string()), ("name", pa.string()), ("data", pa.binary())])


class Whom(NamedTuple):
    """Peers on their way to the workers: as bytes, or as what Spark broadcasts."""

    data: Any

    def value(self) -> Peers | None:
        """The peers."""
        data = getattr(self.data, "value", self.data)
        return None if data is None else Peers.from_bytes(data)


_Work = Callable[[Any, Iterable["pa.RecordBatch"]], Iterator["pa.RecordBatch"]]


def _frugal(work: _Work) -> _Work:
    """The same with Arrow's memory from the system, to which it goes back: workers are kept, and Arrow's own allocator
    would hold what a batch needed, 50 of their 276 MB.
    """

    @wraps(work)
    def done(self: Any, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        before = pa.default_memory_pool()
        pa.set_memory_pool(pa.system_memory_pool())
        try:
            yield from work(self, batches)
        finally:
            pa.set_memory_pool(before)

    return done


class Pack(NamedTuple):
    """Rows of a table, whose first column is their bucket, as Arrow streams a bucket."""

    name: str
    columns: list[str]
    buckets: int

    @_frugal
    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """What is in one partition."""
        most = max(_ROWS, _ROWS_A_BUCKET * self.buckets)
        held: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in batches:
            held.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows >= most or size >= _BYTES:
                yield from self._packs(held)
                held, rows, size = [], 0, 0
        yield from self._packs(held)

    def _packs(self, held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        table = pa.Table.from_batches(held).combine_chunks() if held else None
        if not table:
            return
        bucket = np.from_dlpack(table.column(0).chunk(0)).astype(np.uint16 if self.buckets <= 2**16 else np.int32)
        table = table.select(range(1, table.num_columns)).rename_columns(self.columns)
        table = table.cast(utc(table.schema))
        if self.buckets > 1:
            order = np.argsort(bucket, kind="stable")
            rows = pa.Array.from_buffers(pa.int64(), len(order), [None, pa.py_buffer(order)])
            table, bucket = table.take(rows), bucket[order]
        edges = [0, *(np.flatnonzero(np.diff(bucket)) + 1).tolist(), len(bucket)]
        for begin, end in itertools.pairwise(edges):
            if begin < end:
                for data in _streams(table.slice(begin, end - begin)):
                    yield _row(packed_schema(), int(bucket[begin]), self.name, data)


def _row(schema: pa.Schema, *cells: Any) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [_cell(cell, kind) for cell, kind in zip(cells, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _cell(cell: Any, kind: pa.DataType) -> pa.Array:
    """An array of one cell; of a buffer without a copy. `pa.array` would import pandas: 45 MB and 0.4 s a worker."""
    import pyarrow as pa

    if isinstance(cell, int):
        return pa.Array.from_buffers(kind, 1, [None, pa.py_buffer(np.array([cell], np.int32))])
    data = pa.py_buffer(cell.encode() if isinstance(cell, str) else cell)
    return pa.Array.from_buffers(kind, 1, [None, pa.py_buffer(np.array([0, data.size], np.int32)), data])


def _streams(rows: pa.Table) -> Iterator[pa.Buffer]:
    """Arrow streams of some rows, none of them larger than what fits a pack, unless it is one row."""
    import pyarrow as pa

    if rows.nbytes > _BYTES and rows.num_rows > 1:
        half = rows.num_rows // 2
        yield from _streams(rows.slice(0, half))
        yield from _streams(rows.slice(half))
        return
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(rows)
    yield sink.getvalue()


class Load(NamedTuple):
    """Packs of one bucket as a loaded portfolio, with the first level of its peers."""

    model: str
    empty: bytes
    """The tables without rows, pickled."""
    order: dict[str, str]
    strict: bool | Literal["all"]
    as_ofs: list[int]

    @_frugal
    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """What is known of one bucket; nothing where it has no rows."""
        schema = kept_schema()
        packs: dict[str, list[pa.Buffer]] = {}
        bucket: int | None = None
        for batch in batches:
            for place in range(batch.num_rows):
                bucket = batch.column(0)[place].as_py()
                packs.setdefault(batch.column(1)[place].as_py(), []).append(batch.column(2)[place].as_buffer())
        if bucket is None:
            return
        try:
            loaded = self._loaded(packs)
            packs.clear()
            yield _row(schema, bucket, "rows", "", json.dumps(_rows_in(loaded)).encode())
            fitted = loaded.peers(_instants(self.as_ofs), progress=False).to_bytes()
        except Error as error:
            yield _row(schema, bucket, "error", "", _packed_error(error))
            return
        yield _row(schema, bucket, "fitted", "", fitted)
        for name, data in kept(loaded, Loaded.strictness(self.strict)):
            yield _row(schema, bucket, "file", name, data)

    def _loaded(self, packs: dict[str, list[pa.Buffer]]) -> Loaded:
        tables = dict(pickle.loads(self.empty))
        for name in packs:
            tables[name] = _in_order(packs[name], self.order.get(name))
        return Loaded.open(Model.parse(self.model), tables, {}, strict=self.strict, threads=1, progress=False)


def _in_order(packs: list[pa.Buffer], order: str | None) -> Any:
    """A table of packs: unpacked when it is read, or put in order first, where there is one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if order is None:
        schema = pa.ipc.open_stream(packs[0]).schema
        return pa.RecordBatchReader.from_batches(
            schema, (batch for pack in packs for batch in pa.ipc.open_stream(pack))
        )
    table = pa.concat_tables([pa.ipc.open_stream(pack).read_all() for pack in packs])
    by = table.column(order)
    keys = pa.table({"there": pc.is_valid(by).cast(pa.int8()), "by": by})  # null is least
    return table.take(pc.sort_indices(keys, [("there", "ascending"), ("by", "ascending")]))


def _rows_in(loaded: Loaded) -> dict[str, int]:
    """Rows by table."""
    from .. import _core

    return {table["name"]: int(table["rows_given"]) for table in _core.dump_ledger(loaded.core)["tables"]}


def _instants(micros: list[int]) -> Any:
    return np.array(micros, np.int64).astype("datetime64[us]")


def _packed_error(error: Error) -> bytes:
    """An error of a bucket, to be raised where somebody reads it."""
    if isinstance(error, DataError) and error.row is not None:
        said = f"{error} (rows are counted within a bucket of Spark, in which they lie in no certain order)"
        error = DataError(said, error.table, error.column, None, error.rows)
    return pickle.dumps(error)


def _restored(model: str, batches: Iterable[pa.RecordBatch]) -> tuple[int, Loaded] | None:
    """The portfolio of a bucket; None where there is none."""
    pieces: dict[str, list[pa.Buffer]] = {}
    bucket = 0
    for batch in batches:
        for place in range(batch.num_rows):
            if batch.column(1)[place].as_py() == "file":
                bucket = batch.column(0)[place].as_py()
                pieces.setdefault(batch.column(2)[place].as_py(), []).append(batch.column(3)[place].as_buffer())
    return (bucket, restored(Model.parse(model), pieces)) if pieces else None


class Fit(NamedTuple):
    """One more level of the peers of each bucket."""

    model: str
    as_ofs: list[int]
    over_time: bool
    given: Whom

    @_frugal
    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Of one bucket."""
        found = _restored(self.model, batches)
        if found is None:
            return
        bucket, loaded = found
        given = self.given.value()
        level = loaded.peers(_instants(self.as_ofs), given=given, over_time=self.over_time, progress=False)
        yield _row(kept_schema(), bucket, "fitted", "", level.to_bytes())


class Merge(NamedTuple):
    """Peers of some buckets as one."""

    @_frugal
    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Of those in one partition."""
        found = [Peers.from_bytes(data) for batch in batches for data in batch.column(3).to_pylist()]
        if found:
            yield _row(kept_schema(), 0, "fitted", "", Peers.merge(found).to_bytes())


class Ask(NamedTuple):
    """The answer of each bucket to a question."""

    model: str
    question: Question
    whom: Whom
    numbered: bool = False
    """With the bucket behind the answer."""

    @_frugal
    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Of one bucket."""
        import pyarrow as pa

        found = _restored(self.model, batches)
        if found is None:
            return
        bucket, loaded = found
        for answer in self.question(loaded, self.whom.value()):
            table = plain(answer)
            if self.numbered:
                table = table.append_column("bucket", pa.array([bucket] * len(table), pa.int32()))
            yield from table.combine_chunks().to_batches(max_chunksize=_OUT)
