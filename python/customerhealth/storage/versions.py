"""A version of a saved portfolio, read from its files."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _core
from ..errors import Error
from ..io.layout import layouts_of
from ..io.text_files import Given
from ..io.text_files.cells import Note
from ..loaded import Loaded
from ..model import Model
from .arrow_files import Files
from .ledgers import Written, files_of, read_ledger
from .manifest import file_names, read_manifest, refuse
from .walks import WALK_KINDS, files_of_walk, newest_walk, read_walk, serves

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["State", "needed", "opened", "read", "with_walk"]

_WRONG = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)  # of a manifest that lies


class State(NamedTuple):
    """What a version is in memory."""

    content: dict[str, Any]
    files: Files
    written: Written
    loaded: Loaded
    walk: str | None  # the manifest of the walk that a scoring kept; None: the version's own has it
    reached: list[tuple[int, bool] | None]  # by that walk


def opened(folder: Path, number: int, model: Model | None, threads: int, verify: bool) -> State:
    walk, change = newest_walk(folder, number)
    content = with_walk(read_manifest(folder, number), change)
    files = Files(folder, content["files"])
    names = file_names(content)
    if verify:
        with ThreadPoolExecutor(threads or None) as pool:
            list(pool.map(lambda name: files.check(name, True), sorted(names)))
    else:
        for name in names:
            files.check(name, name.startswith(WALK_KINDS))
    try:
        unlisted = sorted(needed(content) - names)
        if unlisted:
            raise refuse(folder, f"its manifest does not list {unlisted[0]!r}")
        return read(content, files, model, threads)._replace(walk=walk)
    except (Error, FileNotFoundError):
        raise
    except _WRONG as error:
        raise refuse(folder, f"its manifest does not say what it should ({type(error).__name__}: {error})") from error


def read(content: dict[str, Any], files: Files, model: Model | None, threads: int) -> State:
    saved_model = _model_of(content)
    core, written = read_ledger(saved_model, files, content["ledger"], content["strict"], threads)
    given = _given_of(content, saved_model)
    loaded = Loaded(core, saved_model, threads, given)
    appends, walk = content["appends"], content["walk"]
    done = int(content["folded"])
    if serves(walk, saved_model.digest) and (model is None or model.digest == saved_model.digest):
        if not done <= walk["appends"] <= len(appends):
            raise refuse(files.folder, "its walk is of appends that are not there")
        loaded = _more(loaded, files, appends[done : walk["appends"]])
        done = walk["appends"]
        read_walk(loaded, files, walk)
    loaded = _more(loaded, files, appends[done:])
    if model is not None and model.digest != saved_model.digest:
        loaded = loaded.under(_core.Model.for_tables_of(model.to_json(), saved_model.core), progress=False)
    return State(content, files, written, loaded, None, _core.walk_reached(loaded.core))


def with_walk(content: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A version with the walk that a scoring of it kept."""
    return content if not change else {**content, "walk": change["walk"], "files": content["files"] | change["files"]}


def _model_of(content: Mapping[str, Any]) -> Model:
    """The model under which the tables were read; one that came later has its columns in the same order."""
    first = Model.parse(content.get("loaded_as") or content["model"])
    if "loaded_as" not in content:
        return first
    return Model(_core.Model.for_tables_of(json.dumps(content["model"]), first.core))


def _given_of(content: Mapping[str, Any], model: Model) -> Given:
    import pyarrow as pa

    given = Given(layouts=layouts_of(model))
    for note in content["given"]["notes"]:
        given.take_note(Note(*note))
    for entry in content["appends"]:
        for note in entry["notes"]:
            given.take_note(Note(*note))
    for name, kind in content["given"]["keys"].items():
        with contextlib.suppress(ValueError):
            given.keys[name] = pa.type_for_alias(kind)
    return given


def _more(loaded: Loaded, files: Files, entries: Sequence[Mapping[str, Any]]) -> Loaded:
    """The tables with the rows of some appends, which come at once: the order of rows is the same."""
    import pyarrow as pa

    if not entries:
        return loaded
    parts: dict[str, list[pa.Table]] = {}
    for entry in entries:
        for name, file in entry["tables"].items():
            parts.setdefault(name, []).append(files.table(file))
    core = loaded.core
    while parts:  # tables of other columns or types than those before come after them
        alike = {name: _alike(tables) for name, tables in parts.items()}
        core = core.appended(
            [(name, pa.concat_tables(parts[name][:count])) for name, count in alike.items()], loaded.threads, None
        )
        parts = {name: tables[alike[name] :] for name, tables in parts.items() if len(tables) > alike[name]}
    return Loaded(core, loaded.model, loaded.threads, loaded.given)


def _alike(tables: Sequence[pa.Table]) -> int:
    """How many tables at the head have one schema."""
    first = tables[0].schema
    return next((place for place, table in enumerate(tables) if not table.schema.equals(first)), len(tables))


def needed(content: Mapping[str, Any]) -> set[str]:
    names = files_of(content["ledger"]) | files_of(content["base"]) | files_of_walk(content["walk"])
    for entry in content["appends"]:
        names |= set(entry["tables"].values())
    return names
