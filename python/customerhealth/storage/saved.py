"""A portfolio in a folder: saved, opened, appended to, one version after the other."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _core
from ..errors import DataError, Error
from ..io.layout import layouts_of
from ..io.text_files import Given
from ..io.text_files.cells import Note
from ..loaded import Loaded
from ..model import Model
from .arrow_files import Files
from .disk import TEMPORARY, locked, sync_folder
from .ledgers import Written, files_of, read_ledger, write_ledger
from .manifest import file_names, manifest_numbers, read_manifest, refuse, write_manifest

if TYPE_CHECKING:
    import os

    import pyarrow as pa

__all__ = ["Saved", "load_saved", "save", "versions_in"]

_MOST_TAILS = 16  # appends that are read row by row when a portfolio is opened; one more, and all are folded in
_MOST_TAIL_ROWS = 100_000  # of them, beside an eighth of the rows that are there
_FEWEST_VERSIONS = 2
_ATTEMPTS = 20  # of opening while another process drops versions, and of committing while others commit
_WRONG = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)  # of a manifest that lies

Tables = list[tuple[str, "pa.Table"]]


class _State(NamedTuple):
    """What a version is in memory."""

    content: dict[str, Any]
    files: Files
    written: Written
    loaded: Loaded


class Saved:
    """Where an opened portfolio comes from, and where its appends go."""

    def __init__(self, folder: Path, state: _State, pinned: bool, model: Model | None) -> None:
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
                (self.folder / f"manifest-{number:010}.json").unlink(missing_ok=True)
            sync_folder(self.folder)
            _sweep(self.folder, [number for number in numbers if number not in dropped])

    def _refuse_pinned(self) -> None:
        if self._pinned:
            raise DataError(f"version {self.version} of {self.folder} was opened to be read: open it without version=")

    def _catch_up(self) -> None:
        """Go on from what another process committed meanwhile."""
        newest = manifest_numbers(self.folder)[-1]
        if newest != self.version:
            self._state = _opened(self.folder, newest, self._model, self.loaded.threads, verify=False)

    def _commit(self, state: _State) -> bool:
        number = self.version + 1
        if not write_manifest(self.folder, number, {**state.content, "version": number}):
            return False
        self._state = state._replace(content={**state.content, "version": number})
        return True

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
                    "walk": None,
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
        try:
            return Saved(path, _opened(path, number, model, threads, verify), version is not None, model)
        except FileNotFoundError as error:  # another process drops versions; the newest is there
            if version is not None or attempt == _ATTEMPTS - 1 or manifest_numbers(path)[-1] == number:
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


# ---- from files ------------------------------------------------------------------------------------------------------


def _opened(folder: Path, number: int, model: Model | None, threads: int, verify: bool) -> _State:
    content = read_manifest(folder, number)
    files = Files(folder, content["files"])
    names = file_names(content)
    if verify:
        with ThreadPoolExecutor(threads or None) as pool:
            list(pool.map(lambda name: files.check(name, True), sorted(names)))
    else:
        for name in names:
            files.check(name, False)
    try:
        unlisted = sorted(_needed(content) - names)
        if unlisted:
            raise refuse(folder, f"its manifest does not list {unlisted[0]!r}")
        return _read(content, files, model, threads)
    except (Error, FileNotFoundError):
        raise
    except _WRONG as error:
        raise refuse(folder, f"its manifest does not say what it should ({type(error).__name__}: {error})") from error


def _read(content: dict[str, Any], files: Files, model: Model | None, threads: int) -> _State:
    saved_model = _model_of(content)
    core, written = read_ledger(saved_model, files, content["ledger"], content["strict"], threads)
    given = _given_of(content, saved_model)
    loaded = Loaded(core, saved_model, threads, given)
    loaded = _more(loaded, files, content["appends"][content["folded"] :])
    if model is not None and model.digest != saved_model.digest:
        loaded = loaded.under(_core.Model.for_tables_of(model.to_json(), saved_model.core), progress=False)
    return _State(content, files, written, loaded)


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


# ---- into files ------------------------------------------------------------------------------------------------------


def _appended(old: _State, files: Files, tables: Tables, given: Given, key: str | None, note: str | None) -> _State:
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
        appends.append(entry)
    else:
        appends[place] = entry
        if place < content["folded"]:
            content |= {"ledger": content["base"], "folded": 0}
        content["appends"] = appends
        state = _read({**content, "appends": appends}, files, None, old.loaded.threads)
        loaded, written = state.loaded, state.written
        if old.loaded.model.digest != loaded.model.digest:
            under = _core.Model.for_tables_of(old.loaded.model.to_json(), loaded.model.core)
            loaded = loaded.under(under, progress=False)
    content |= {"appends": appends, **_dated(note, key), **_models(content, loaded.model)}
    tails = appends[content["folded"] :]
    folded_rows = sum(int(table["rows_given"]) for table in content["ledger"]["tables"])
    is_much = sum(each["rows"] for each in tails) > _MOST_TAIL_ROWS + folded_rows // 8
    if len(tails) > _MOST_TAILS or is_much:
        content = _folded(content, files, written, loaded, content["ledger"])
    content["files"] = {name: files.known[name] for name in sorted(_needed(content))}
    sync_folder(files.folder)
    return _State(content, Files(files.folder, content["files"]), written, loaded)


def _folded(
    content: Mapping[str, Any], files: Files, written: Written, loaded: Loaded, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """All appends in the ledger; rows that no key can replace are kept there alone."""
    ledger = write_ledger(loaded.core, files, before, written)
    out = {**content, "ledger": ledger, "folded": len(content["appends"])}
    if all(entry["key"] is None for entry in content["appends"]):
        notes = [list(note) for note in loaded.given.notes]
        out |= {"base": ledger, "appends": [], "folded": 0, "given": {**content["given"], "notes": notes}}
    out["files"] = {name: files.known[name] for name in sorted(_needed(out))}
    sync_folder(files.folder)
    return out


def _models(content: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """The model that scores from now on, and the first, which decided the order of columns."""
    if model.digest == content["model_digest"]:
        return {}
    first = content.get("loaded_as") or content["model"]
    return {"model": model.to_dict(), "model_digest": model.digest, "loaded_as": first}


def _dated(note: str | None, key: str | None) -> dict[str, Any]:
    return {"written": datetime.now(timezone.utc).isoformat(), "note": note, "key": key}


def _needed(content: Mapping[str, Any]) -> set[str]:
    names = files_of(content["ledger"]) | files_of(content["base"])
    for entry in content["appends"]:
        names |= set(entry["tables"].values())
    return names


def _sweep(folder: Path, kept: Sequence[int]) -> None:
    """Remove files that no kept manifest names. Who writes holds the lock, so none is being written."""
    needed: set[str] = set()
    for number in kept:
        needed |= file_names(read_manifest(folder, number))
    for entry in folder.iterdir():
        is_ours = entry.name.endswith(".arrow") or entry.name.startswith(TEMPORARY)
        if is_ours and entry.name not in needed:
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
