"""Arrow IPC files of one batch: written once, mapped when they are read."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .. import _core
from .disk import write_whole
from .manifest import refuse

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Files", "aligned", "batch_of", "texts_batch"]

_Array = tuple[str, str, Any]


def _kind(letters: str) -> pa.DataType:
    import pyarrow as pa

    kinds = {
        "g": pa.float64(), "l": pa.int64(), "tsu:UTC": pa.timestamp("us", "UTC"), "i": pa.int32(), "I": pa.uint32(),
        "C": pa.uint8(), "w:16": pa.binary(16),
    }  # fmt: skip
    return kinds[letters]


def batch_of(arrays: Sequence[_Array], rows: int, words: Mapping[str, str] | None = None) -> pa.RecordBatch:
    """Columns of the core's own memory; `words` says what they hold, for people."""
    import pyarrow as pa

    words = words or {}
    columns = [
        pa.Array.from_buffers(_kind(kind), rows, [None, pa.py_buffer(_filled(data, kind, rows))])
        for _, kind, data in arrays
    ]
    fields = [
        pa.field(name, _kind(kind), nullable=False, metadata={"column": words[name]} if name in words else None)
        for name, kind, _ in arrays
    ]
    if not arrays:  # a batch without columns has no length
        columns, fields = [pa.nulls(rows, pa.int32()).fill_null(0)], [pa.field("row", pa.int32(), nullable=False)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _filled(data: Any, kind: str, rows: int) -> Any:
    """The distinct integers of a column, ascending, are fewer than its rows: the last one fills the batch."""
    import numpy as np

    missing = rows - len(data) // 16 if kind == "w:16" else 0
    return np.concatenate([data, np.tile(data[-16:], missing)]) if missing > 0 else data


def texts_batch(parts: tuple[Any, ...]) -> pa.RecordBatch:
    """Texts as offsets and bytes, or ids that are integers."""
    import pyarrow as pa

    if len(parts) == 1:
        return batch_of([("id", "l", parts[0])], len(parts[0]) // 8)
    offsets, data = parts
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    column = pa.Array.from_buffers(pa.large_string(), len(offsets) // 8 - 1, buffers)
    return pa.RecordBatch.from_arrays([column], schema=pa.schema([pa.field("text", pa.large_string(), nullable=False)]))


def aligned(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Values of 16 bytes where the core can read them: files align to 8, so these few columns may need a copy."""
    import numpy as np
    import pyarrow as pa

    columns = batch.columns
    for place, column in enumerate(columns):
        data = column.buffers()[1] if pa.types.is_fixed_size_binary(column.type) else None
        if data is None or data.address % 16 == 0 or column.offset != 0:
            continue
        copy = pa.allocate_buffer(data.size)
        np.frombuffer(copy, np.uint8)[:] = np.frombuffer(data, np.uint8)
        columns[place] = pa.Array.from_buffers(column.type, len(column), [None, copy])
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


class Files:
    """The files of one folder: what is written is remembered with its size and checksum."""

    def __init__(self, folder: Path, known: Mapping[str, list[Any]] | None = None) -> None:
        self.folder = folder
        self.known: dict[str, list[Any]] = dict(known or {})

    def write(self, kind: str, table: pa.RecordBatch | pa.Table) -> str:
        """A new file; its name."""
        import pyarrow as pa

        sink = io.BytesIO()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write(table)
        data = sink.getbuffer()
        name = f"{kind}-{uuid4().hex}.arrow"
        write_whole(self.folder, name, data)
        self.known[name] = [len(data), f"{_core.checksum(data):016x}"]
        return name

    def check(self, name: str, verify: bool) -> Path:
        """Whether a file is there and as long as it was, and with `verify`, whether every byte is what it was."""
        path = self.folder / name
        if name not in self.known:
            raise refuse(self.folder, f"its manifest does not list {name}")
        size, checksum = self.known[name]
        try:
            found = path.stat().st_size
        except FileNotFoundError:
            raise
        except OSError as error:
            raise refuse(self.folder, f"{name}: {error.strerror}") from error
        if found != size:
            raise refuse(self.folder, f"{name} has {found:,} bytes and should have {size:,}")
        if verify and size:
            import numpy as np

            if f"{_core.checksum(np.memmap(path, np.uint8, 'r')):016x}" != checksum:
                raise refuse(self.folder, f"{name} is damaged: its checksum is not that of its bytes")
        return path

    def batch(self, name: str) -> tuple[str, pa.RecordBatch]:
        """The batch of a file, mapped, with the name for messages."""
        import pyarrow as pa

        try:
            with pa.ipc.open_file(pa.memory_map(str(self.folder / name), "r")) as reader:
                if reader.num_record_batches != 1:
                    raise refuse(self.folder, f"{name} is not of one batch")
                batch = reader.get_batch(0)
            batch.validate()
            batch = aligned(batch)
        except (pa.ArrowException, OSError, ValueError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise refuse(self.folder, f"{name}: {error}") from None
        return name, batch

    def table(self, name: str) -> pa.Table:
        """All batches of a file, mapped."""
        import pyarrow as pa

        try:
            with pa.ipc.open_file(pa.memory_map(str(self.folder / name), "r")) as reader:
                table = reader.read_all()
            table.validate(full=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise refuse(self.folder, f"{name}: {error}") from None
        return table
