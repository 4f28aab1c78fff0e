"""A loaded portfolio as rows of bytes, which Spark keeps between the phases: the files of a saved one, in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .. import _core
from ..loaded import Loaded
from ..model import Model
from ..storage.arrow_files import Files, aligned
from ..storage.ledgers import Written, read_ledger, write_ledger

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["kept", "restored"]

_ALIGNED = 64  # bytes; a piece begins at a multiple of 8 where all before it are multiples of this
_PIECE = 16 << 20  # bytes of a row; Spark puts rows of 64 MB at most into a batch, if a row is not larger
_MANIFEST = ""


class _Memory(Files):
    """The files of a folder that is nowhere."""

    def __init__(self, data: Mapping[str, pa.Buffer] | None = None) -> None:
        super().__init__(Path("of Spark"))
        self.data: dict[str, pa.Buffer] = dict(data or {})

    def write(self, kind: str, table: pa.RecordBatch | pa.Table) -> str:
        """A file in memory; its name."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write(table)
        name = f"{kind}-{len(self.data)}"
        self.data[name] = sink.getvalue()
        return name

    def batch(self, name: str) -> tuple[str, pa.RecordBatch]:
        """The batch of a file, where it lies."""
        import pyarrow as pa

        return name, aligned(pa.ipc.open_stream(self.data[name]).read_next_batch())


def kept(loaded: Loaded, strict: str) -> Iterator[tuple[str, pa.Buffer]]:
    """The pieces of a portfolio with the names of their files, in an order in which they can be put together."""
    import pyarrow as pa

    files = _Memory()
    ledger = write_ledger(loaded.core, files, None, Written())
    files.data[_MANIFEST] = pa.py_buffer(json.dumps({"strict": strict, "ledger": ledger}).encode())
    for name, data in files.data.items():
        for begin in range(0, data.size, _PIECE):
            yield name, _padded(data.slice(begin, min(_PIECE, data.size - begin)))


def restored(model: Model, pieces: Mapping[str, list[pa.Buffer]]) -> Loaded:
    """The portfolio of the pieces of each file."""
    files = _Memory({name: _joined(each) for name, each in pieces.items()})
    content = json.loads(files.data[_MANIFEST].to_pybytes().rstrip(b"\0"))
    core: _core.Portfolio
    core, _ = read_ledger(model, files, content["ledger"], content["strict"], 1)
    return Loaded(core, model, 1)


def _padded(data: pa.Buffer) -> pa.Buffer:
    import pyarrow as pa

    missing = -data.size % _ALIGNED
    return data if not missing else pa.py_buffer(data.to_pybytes() + bytes(missing))


def _joined(pieces: list[pa.Buffer]) -> pa.Buffer:
    import pyarrow as pa

    if len(pieces) == 1 and pieces[0].address % 8 == 0:
        return pieces[0]
    whole = pa.BufferOutputStream()
    for piece in pieces:
        whole.write(piece)
    return whole.getvalue()
