"""What a table may be handed over as, for type checkers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

__all__ = ["ArrowArray", "ArrowStream", "DeltaLike", "LazyLike", "ScannedLike", "TableLike"]


@runtime_checkable
class ArrowStream(Protocol):
    """What exports an Arrow C stream: frames of pandas, polars and pyarrow, relations of DuckDB, our results."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


@runtime_checkable
class ArrowArray(Protocol):
    """What exports one Arrow array of structs: a pyarrow.RecordBatch, an array of nanoarrow."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


@runtime_checkable
class LazyLike(Protocol):
    """A lazy frame of polars."""

    def collect_schema(self) -> Any: ...


@runtime_checkable
class ScannedLike(Protocol):
    """A dataset of pyarrow."""

    def to_batches(self) -> Any: ...


@runtime_checkable
class DeltaLike(Protocol):
    """A table of Delta Lake."""

    def to_pyarrow_dataset(self) -> Any: ...


TableLike: TypeAlias = (
    ArrowStream | ArrowArray | LazyLike | ScannedLike | DeltaLike | str | os.PathLike[str]
    | Sequence[str | os.PathLike[str]]
)  # fmt: skip
"""A table: whatever speaks Arrow, a lazy frame or a dataset, a path, a pattern, or a list of paths."""
