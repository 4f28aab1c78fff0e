"""A panel as bytes: its table, and the tables, dates and peers of which it was made and is explained anew."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _core
from ..errors import DataError
from ..model import Model
from ..peers import Peers
from ..scored import Scored
from ..storage import load_saved, save

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Packed", "Unpacked", "packed"]


class Packed(NamedTuple):
    """What a pickle holds of a scored panel."""

    model: Model
    threads: int
    table: Any
    files: dict[str, bytes]
    as_ofs: list[int]
    peers: bytes | None


def packed(scored: Scored) -> Packed:
    """What is needed to make the rows again."""
    if isinstance(scored, Unpacked):
        return scored.packed
    origin = scored.origin
    if origin is None:
        raise TypeError("this panel is a part of one and cannot be pickled: send panel.table")
    if origin.loaded.appends != origin.appends:
        raise TypeError(
            "this panel cannot be pickled any more: rows were appended to its portfolio since, and a pickle holds the "
            "tables that explain it; score again, or send panel.table"
        )
    with tempfile.TemporaryDirectory() as folder:
        save(origin.loaded, "no", folder, None, origin.loaded.given)
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}
    peers = None if origin.peers is None else origin.peers.to_bytes()
    return Packed(scored.model, scored.threads, scored.table, files, origin.as_ofs, peers)


class Unpacked(Scored):
    """Rows from a pickle: the table is there at once; the rest is scored again when it is asked for first."""

    def __init__(self, given: Packed) -> None:
        self.packed = given
        self.model, self.threads, self.origin = given.model, given.threads, None
        self._table: pa.Table | None = given.table
        self._core: _core.Panel | None = None

    @property
    def core(self) -> _core.Panel:  # type: ignore[override]
        """The rows, made again of the tables of the pickle."""
        if self._core is None:
            self._core = self._made_again().core
        return self._core

    @property
    def rows(self) -> int:
        return int(self.packed.table.num_rows)

    @property
    def as_ofs(self) -> list[int]:
        return sorted(set(self.packed.as_ofs))

    def _made_again(self) -> Scored:
        given = self.packed
        with tempfile.TemporaryDirectory() as folder:
            for name, data in given.files.items():
                (Path(folder) / name).write_bytes(data)
            loaded = load_saved(folder, None, given.threads, False, None).loaded
            peers = None if given.peers is None else Peers.from_bytes(given.peers)
            made = loaded.score(np.array(given.as_ofs, np.int64).astype("datetime64[us]"), peers=peers)
        if not made.table.equals(given.table):
            raise DataError(
                "the panel of the pickle comes out otherwise on this machine or version, so that nothing of it can be "
                "explained here; its table is as it was"
            )
        return made
