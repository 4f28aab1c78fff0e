"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from ..errors import DataError

__all__ = ["TEMPORARY", "locked", "locked_if_free", "sync_folder", "write_linked", "write_whole"]

TEMPORARY = ".tmp-"
"""What the names of files begin with that are being written: whoever writes next removes them."""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(folder: Path, name: str, data: object) -> None:
    """Write a file of a name that is not taken; it has its bytes before it has its name."""
    temporary = _written(folder, data)
    os.replace(temporary, folder / name)


def write_linked(folder: Path, name: str, data: bytes) -> bool:
    """Write a file, unless there is one of that name: then another writer was first, and False says so."""
    temporary = _written(folder, data)
    try:
        os.link(temporary, folder / name)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    try:
        sync_folder(folder)
    except BaseException:  # it may not last: the caller will remove what it names
        (folder / name).unlink(missing_ok=True)
        raise
    return True


def _written(folder: Path, data: object) -> Path:
    temporary = folder / f"{TEMPORARY}{os.getpid()}-{uuid4().hex}"
    try:
        with open(temporary, "xb") as file:
            file.write(data)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return temporary


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer of a folder at a time; the system gives the lock back when a process ends, however it ends."""
    try:
        descriptor = _lock_of(folder)
    except PermissionError as error:
        raise DataError(f"the saved portfolio {folder} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked_if_free(folder: Path) -> Iterator[bool]:
    """Whether nobody writes a folder; while this lasts, nobody else does."""
    descriptor = _lock_of(folder)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _lock_of(folder: Path) -> int:
    return os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
