"""A portfolio in a folder: saved, opened, appended to, one version after the other."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import _core
from ..errors import DataError, Error
from ..io.text_files import Given
from ..loaded import Loaded
from ..model import Model
from .arrow_files import Files
from .disk import TEMPORARY, locked, locked_if_free, sync_folder
from .ledgers import Written, write_ledger
from .manifest import (
    BrokenError,
    drop_manifest,
    file_names,
    manifest_numbers,
    read_manifest,
    refuse,
    walk_manifests,
    write_manifest,
)
from .versions import State, needed, opened, read, with_walk
from .walks import commit_walk, newest_walk, write_walk

if TYPE_CHECKING:
    import os

    import pyarrow as pa

__all__ = ["Saved", "load_saved", "save", "versions_in"]

_MOST_TAILS = 16  # appends that are read row by row when a portfolio is opened; one more, and all are folded in
_MOST_TAIL_ROWS = 100_000  # of them, beside an eighth of the rows that are there
_FEWEST_VERSIONS = 2
_ATTEMPTS = 20  # of opening while another process drops versions, and of committing while others commit

Tables = list[tuple[str, "pa.Table"]]


class Saved:
    """Where an opened portfolio comes from, and where its appends go."""

    def __init__(self, folder: Path, state: State, pinned: bool, model: Model | None) -> None:
        self.folder = folder
        self._state, self._pinned, self._model = state, pinned, model
        self._turn = threading.Lock()

    @property
    def version(self) -> int:
        """The version that is open."""
        return int(self._state.content["version"])

    @property
    def strict(self) -> str:
        """Which rows are refused."""
        return str(self._state.content["strict"])

    @property
    def loaded(self) -> Loaded:
        """Its tables."""
        return self._state.loaded

    def append(self, tables: Tables, given: Given, key: str | None, note: str | None) -> Loaded:
        """Commit rows; the tables with them. When it raises, both the folder and the tables are as they were."""
        with self._turn, locked(self.folder):
            self._refuse_pinned()
            for _ in range(_ATTEMPTS):
                self._catch_up()
                with self._written_or_gone() as files:
                    state = _appended(self._state, files, tables, given, key, note)
                    if self._commit(state):
                        return self.loaded
        raise DataError(f"the saved portfolio {self.folder} is written by others all the time")

    def compact(self) -> None:
        """Fold all appends in, and texts of many files into one."""
        with self._turn, locked(self.folder):
            self._refuse_pinned()
            for _ in range(_ATTEMPTS):
                self._catch_up()
                with self._written_or_gone() as files:
                    old = self._state
                    content = _folded(old.content, files, old.written, old.loaded, None)
                    if self._commit(old._replace(content=content, files=files)):
                        return
        raise DataError(f"the saved portfolio {self.folder} is written by others all the time")

    def drop(self, before: int) -> None:
        """Forget versions; files that no kept one names go."""
        with self._turn, locked(self.folder):
            numbers = manifest_numbers(self.folder)
            dropped = [number for number in numbers[:-_FEWEST_VERSIONS] if number < before]
            for number in dropped:
                drop_manifest(self.folder, number)
            sync_folder(self.folder)
            _sweep(self.folder, [number for number in numbers if number not in dropped])

    def _refuse_pinned(self) -> None:
        if self._pinned:
            raise DataError(f"version {self.version} of {self.folder} was opened to be read: open it without version=")

    def _catch_up(self) -> None:
        """Go on from what another process committed meanwhile."""
        newest = manifest_numbers(self.folder)[-1]
        if newest != self.version:
            self._state = opened(self.folder, newest, self._model, self.loaded.threads, verify=False)
        walk, change = newest_walk(self.folder, newest)
        if walk != self._state.walk:  # that of before is gone
            content = with_walk(self._state.content, change)
            self._state = self._state._replace(content=content, files=Files(self.folder, content["files"]), walk=walk)

    def _commit(self, state: State) -> bool:
        number = self.version + 1
        if not write_manifest(self.folder, number, {**state.content, "version": number}):
            return False
        self._state = state._replace(
            content={**state.content, "version": number}, walk=None, reached=_core.walk_reached(state.loaded.core)
        )
        return True

    def keep_walk(self, loaded: Loaded) -> None:
        """Let later scorings, of this process and others, go on from what a scoring of these tables walked.

        Nothing is kept where the folder cannot be written or somebody else writes it: then the ticks are walked again.
        """
        if self._pinned or not self._turn.acquire(blocking=False):
            return
        try:
            state = self._state
            is_ours = state.loaded is loaded and loaded.model.digest == state.content["model_digest"]
            if is_ours and _core.walk_reached(loaded.core) != state.reached:
                with contextlib.suppress(OSError, BrokenError), locked_if_free(self.folder) as is_free:
                    if is_free and manifest_numbers(self.folder)[-1:] == [self.version]:
                        self._keep_walk(loaded)
        finally:
            self._turn.release()

    def _keep_walk(self, loaded: Loaded) -> None:
        reached = _core.walk_reached(loaded.core)
        files = Files(self.folder)
        try:
            walk = write_walk(loaded, files, len(self._state.content["appends"]))
            assert walk is not None
            sync_folder(self.folder)
            commit_walk(self.folder, self.version, walk, files)
        except BaseException:
            for name in files.known:
                (self.folder / name).unlink(missing_ok=True)
            raise
        kept, change = newest_walk(self.folder, self.version)
        content = with_walk(self._state.content, change)
        self._state = self._state._replace(
            content=content, files=Files(self.folder, content["files"]), walk=kept, reached=reached
        )

    @contextlib.contextmanager
    def _written_or_gone(self) -> Iterator[Files]:
        """The folder's files; those that are written and not committed are removed."""
        files = Files(self.folder, self._state.files.known)
        with _said_of(self.folder):
            try:
                yield files
            finally:
                kept = self._state.content["files"]
                for name in files.known:
                    if name not in kept and name not in self._state.files.known:
                        (self.folder / name).unlink(missing_ok=True)


def save(loaded: Loaded, strict: str, folder: str | os.PathLike[str], note: str | None, given: Given) -> int:
    """Write a portfolio as a new folder, or as a new version of one; the version's number."""
    path = Path(folder)
    with _said_of(path):
        path.mkdir(parents=True, exist_ok=True)
        if not manifest_numbers(path) and any(
            not entry.name.startswith((TEMPORARY, "lock")) for entry in path.iterdir()
        ):
            raise DataError(f"{path} holds other files: a portfolio is saved in a folder of its own")
        with locked(path):
            files = Files(path)
            try:
                ledger = write_ledger(loaded.core, files, None, Written())
                content = {
                    **_dated(note, None),
                    "model": loaded.model.to_dict(),
                    "model_digest": loaded.model.digest,
                    "strict": strict,
                    "given": {"notes": [list(each) for each in given.notes],
                              "keys": {name: str(kind) for name, kind in given.keys.items()}},
                    "ledger": ledger, "base": ledger, "appends": [], "folded": 0,
                    "walk": write_walk(loaded, files, 0),
                    "files": files.known,
                }  # fmt: skip
                sync_folder(path)
                for _ in range(_ATTEMPTS):
                    number = (manifest_numbers(path) or [0])[-1] + 1
                    if write_manifest(path, number, {**content, "version": number}):
                        return number
            except BaseException:
                for name in files.known:
                    (path / name).unlink(missing_ok=True)
                raise
    raise DataError(f"the saved portfolio {path} is written by others all the time")


def load_saved(
    folder: str | os.PathLike[str], model: Model | None, threads: int, verify: bool, version: int | None
) -> Saved:
    """Open a version: by default the newest."""
    path = Path(folder)
    for attempt in range(_ATTEMPTS):
        numbers = manifest_numbers(path)
        if not numbers:
            raise refuse(path, "it holds no manifest of a saved portfolio")
        number = numbers[-1] if version is None else version
        walks = walk_manifests(path, number)
        try:
            return Saved(path, opened(path, number, model, threads, verify), version is not None, model)
        except FileNotFoundError as error:  # another process drops versions or walks; the newest are there
            is_newest = version is not None or manifest_numbers(path)[-1] == number
            if attempt == _ATTEMPTS - 1 or (is_newest and walk_manifests(path, number) == walks):
                raise refuse(path, f"a file is missing ({error.filename or error})") from None
    raise AssertionError("the last attempt returns or raises")


def versions_in(folder: Path) -> pa.Table:
    """See :meth:`Portfolio.versions`."""
    import pyarrow as pa

    rows = []
    for number in manifest_numbers(folder):
        content = read_manifest(folder, number)
        rows.append(
            {
                "version": number,
                "written": datetime.fromisoformat(content["written"]),
                "key": content["key"],
                "note": content["note"],
                "model_digest": content["model_digest"],
                "appends": len(content["appends"]),
                "bytes": sum(size for size, _ in content["files"].values()),
            }
        )
    kinds = {"written": pa.timestamp("us", "UTC"), "key": pa.string(), "note": pa.string(),
             "model_digest": pa.string()}  # fmt: skip
    names = ("version", "written", "key", "note", "model_digest", "appends", "bytes")
    return pa.Table.from_pylist(rows, schema=pa.schema([pa.field(n, kinds.get(n, pa.int64())) for n in names]))


# ---- into files ------------------------------------------------------------------------------------------------------


def _appended(old: State, files: Files, tables: Tables, given: Given, key: str | None, note: str | None) -> State:
    content = dict(old.content)
    appends = list(content["appends"])
    rows = sum(table.num_rows for _, table in tables)
    entry: dict[str, Any] = {"key": key, "notes": [list(each) for each in given.notes], "rows": rows, "tables": {}}
    place = next((n for n, each in enumerate(appends) if key is not None and each["key"] == key), None)
    loaded, written = old.loaded, old.written
    if place is None:
        core = loaded.core.appended(tables, loaded.threads, None)
        loaded = Loaded(core, loaded.model, loaded.threads, loaded.given.with_more(given))
    entry["tables"] = {name: files.write("append", table.combine_chunks()) for name, table in tables}
    if place is None:
        content["appends"] = [*appends, entry]
    else:
        content["appends"] = [*appends[:place], entry, *appends[place + 1 :]]
        loaded, written = _replaced(old, content, files, place, tables)
    content |= {**_dated(note, key), **_models(content, loaded.model)}
    tails = content["appends"][content["folded"] :]
    folded_rows = sum(int(table["rows_given"]) for table in content["ledger"]["tables"])
    is_much = sum(each["rows"] for each in tails) > _MOST_TAIL_ROWS + folded_rows // 8
    if len(tails) > _MOST_TAILS or is_much:
        content = _folded(content, files, written, loaded, content["ledger"])
    content["files"] = {name: files.known[name] for name in sorted(needed(content))}
    sync_folder(files.folder)
    return State(content, Files(files.folder, content["files"]), written, loaded, None, [])


def _replaced(old: State, content: dict[str, Any], files: Files, place: int, tables: Tables) -> tuple[Loaded, Written]:
    """The tables with an append in place of another; `content`, which has it, is brought up to date."""
    if place < content["folded"]:
        content |= {"ledger": content["base"], "folded": 0}
    walk = content["walk"]
    saw_it = walk is not None and place < walk["appends"]
    if saw_it:
        content["walk"] = None
    state = read(content, files, None, old.loaded.threads)
    loaded = state.loaded
    if old.loaded.model.digest != loaded.model.digest:
        under = _core.Model.for_tables_of(old.loaded.model.to_json(), loaded.model.core)
        loaded = loaded.under(under, progress=False)
    if saw_it:
        before = [(name, files.table(file)) for name, file in old.content["appends"][place]["tables"].items()]
        with contextlib.suppress(DataError):  # rows that may not be there twice: the ticks are walked again
            seen = old.loaded.core.appended(before, loaded.threads, None).appended(tables, loaded.threads, None)
            _core.carry_walk(seen, loaded.core)
        content["walk"] = write_walk(loaded, files, len(content["appends"]))
    return loaded, state.written


def _folded(
    content: Mapping[str, Any], files: Files, written: Written, loaded: Loaded, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """All appends in the ledger; rows that no key can replace are kept there alone."""
    ledger = write_ledger(loaded.core, files, before, written)
    out = {**content, "ledger": ledger, "folded": len(content["appends"])}
    if all(entry["key"] is None for entry in content["appends"]):
        notes = [list(note) for note in loaded.given.notes]
        out |= {"base": ledger, "appends": [], "folded": 0, "given": {**content["given"], "notes": notes}}
    is_of_model = loaded.model.digest == out["model_digest"]
    out["walk"] = write_walk(loaded, files, len(out["appends"])) if is_of_model else None
    out["files"] = {name: files.known[name] for name in sorted(needed(out))}
    sync_folder(files.folder)
    return out


def _models(content: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """The model that scores from now on, and the first, which decided the order of columns."""
    if model.digest == content["model_digest"]:
        return {}
    first = content.get("loaded_as") or content["model"]
    return {"model": model.to_dict(), "model_digest": model.digest, "loaded_as": first, "walk": None}


def _dated(note: str | None, key: str | None) -> dict[str, Any]:
    return {"written": datetime.now(timezone.utc).isoformat(), "note": note, "key": key}


def _sweep(folder: Path, kept: Sequence[int]) -> None:
    """Remove files that no kept manifest names. Who writes holds the lock, so none is being written."""
    named: set[str] = set()
    for number in kept:
        named |= file_names(read_manifest(folder, number)) | file_names(newest_walk(folder, number)[1])
    for entry in folder.iterdir():
        is_ours = entry.name.endswith(".arrow") or entry.name.startswith(TEMPORARY)
        if is_ours and entry.name not in named:
            entry.unlink(missing_ok=True)


@contextlib.contextmanager
def _said_of(folder: Path) -> Iterator[None]:
    """A disk that is full, or a folder that may not be written, as what it means."""
    try:
        yield
    except OSError as error:
        if isinstance(error, Error):
            raise
        raise DataError(
            f"the saved portfolio {folder} could not be written ({error.strerror or error}); what was there stands"
        ) from error
