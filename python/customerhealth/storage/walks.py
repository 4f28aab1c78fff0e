"""The walk of a saved portfolio in files: what the ticks of the clock made of each account."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import _core
from .._version import __version__
from ..loaded import Loaded
from .arrow_files import Files, batch_of, texts_batch
from .manifest import read_manifest, read_walk_manifest, refuse, walk_manifests, write_walk_manifest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["WALK_KINDS", "commit_walk", "files_of_walk", "newest_walk", "read_walk", "serves", "write_walk"]

WALK_KINDS = ("walk-", "openings-")
"""What the names of its files begin with. They are small and read whole, so their checksums are always compared."""


def write_walk(loaded: Loaded, files: Files, appends: int) -> dict[str, Any] | None:
    """What a manifest says of the walk that is kept of the tables with so many appends; None: there is none."""
    if not any(_core.walk_reached(loaded.core)):
        return None
    found = _core.dump_walk(loaded.core)
    return {
        "model_digest": loaded.model.digest,
        "package": __version__,
        "appends": appends,
        "accounts": found["accounts"],
        "nodes": [list(node) for node in found["nodes"]],
        "entries": files.write("walk", batch_of(found["entries"], found["entry_count"])),
        "values": files.write("openings", _values(found)),
    }


def _values(found: Mapping[str, Any]) -> pa.RecordBatch:
    import pyarrow as pa

    numbers, texts = batch_of(found["values"], found["value_count"]), texts_batch(found["texts"])
    schema = pa.schema([*numbers.schema, *texts.schema])
    return pa.RecordBatch.from_arrays([*numbers.columns, *texts.columns], schema=schema)


def serves(walk: Mapping[str, Any] | None, digest: str) -> bool:
    """Whether a walk can go on: under another model, or another version of this package, accounts may go elsewhere."""
    return walk is not None and walk["model_digest"] == digest and walk["package"] == __version__


def read_walk(loaded: Loaded, files: Files, walk: Mapping[str, Any]) -> None:
    """Go on from a walk that was kept of these very tables."""
    nodes = [tuple(node) for node in walk["nodes"]]
    _core.restore_walk(loaded.core, walk["accounts"], nodes, files.batch(walk["entries"]), files.batch(walk["values"]))


def files_of_walk(walk: Mapping[str, Any] | None) -> set[str]:
    """The files that a walk needs."""
    return set() if walk is None else {walk["entries"], walk["values"]}


# ---- what scorings walked after their version was committed ----------------------------------------------------------


def newest_walk(folder: Path, number: int) -> tuple[str | None, dict[str, Any]]:
    """The walk that a scoring of a version kept last, by its manifest's name; None: its own manifest says which."""
    names = walk_manifests(folder, number)
    if not names:
        return None, {}
    content = read_walk_manifest(folder, number, names[-1])
    if not isinstance(content.get("walk"), dict):
        raise refuse(folder, f"{names[-1]} has no walk")
    return names[-1], {"walk": content["walk"], "files": content["files"]}


def commit_walk(folder: Path, number: int, walk: Mapping[str, Any], files: Files) -> None:
    """Let scorings of a version go on from a walk; those that were kept for it before go."""
    kept = set(read_manifest(folder, number)["files"])
    before = walk_manifests(folder, number)
    gone = {file for name in before for file in read_walk_manifest(folder, number, name)["files"]} - kept
    content = {"walk": walk, "files": {name: files.known[name] for name in sorted(files_of_walk(walk))}}
    write_walk_manifest(folder, number, content)
    for name in [*before, *sorted(gone)]:
        (folder / name).unlink(missing_ok=True)
