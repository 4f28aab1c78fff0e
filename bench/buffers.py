"""The memory that a table lies in: copying it once is the least that making it can cost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def bytes_of_its_own(table: pa.Table, again: pa.Table) -> int:
    """Bytes of `table` alone: what two answers to the same call share belongs to the panel."""
    shared = _blocks(again)
    return sum(size for address, size in _blocks(table).items() if address not in shared)


def _blocks(table: pa.Table) -> dict[int, int]:
    chunks = (chunk for column in table.itercolumns() for chunk in column.chunks)
    return {each.address: each.size for chunk in chunks for each in _of(chunk) if each is not None}


def _of(chunk: pa.Array) -> list[pa.Buffer | None]:
    return [*chunk.buffers(), *(chunk.dictionary.buffers() if pa.types.is_dictionary(chunk.type) else ())]


def buffers(table: pa.Table) -> list[np.ndarray]:
    """Every buffer of every chunk, as bytes, without a copy."""
    found = (buffer for column in table.itercolumns() for chunk in column.chunks for buffer in chunk.buffers())
    return [np.frombuffer(buffer, np.uint8) for buffer in found if buffer is not None and buffer.size]
