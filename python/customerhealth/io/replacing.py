"""Files that take the place of others in one step: nobody reads half of one, whoever else writes the same name."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["replacing"]

_PREFIX, _SUFFIX = ".customerhealth-", ".part"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when the block ends without an exception.

    It lies in the folder of the real file (behind links), under a name that nobody can guess and that is short enough
    beside any name; the real file's mode and owner are kept. What a killed process left in the folder is removed. A
    path that is no regular file (a pipe) is written to directly.

    Raises
    ------
    OSError
        With the name of the file that was wanted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)  # an error names what is in the way
    real = Path(os.path.realpath(path))
    real.parent.mkdir(parents=True, exist_ok=True)
    try:
        before = _status(real)
        if before is not None and not stat.S_ISREG(before.st_mode):
            if stat.S_ISDIR(before.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            yield real
            return
        _sweep(real.parent)
        part, held = _create(real.parent, before)
        try:
            yield part
            os.fsync(held)
            part.replace(real)
        finally:
            part.unlink(missing_ok=True)
            os.close(held)
    except OSError as error:
        raise _naming(error, path) from error


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _naming(error: OSError, path: Path) -> OSError:
    """The same error with the name that the user gave: not that of the part, nor none, as pyarrow's have."""
    if error.errno is None:
        return OSError(errno.EIO, str(error), str(path))
    return OSError(error.errno, os.strerror(error.errno), str(path))


def _create(folder: Path, before: os.stat_result | None) -> tuple[Path, int]:
    """A new file, locked while its descriptor is open, with the mode and the owner of the one `before`."""
    while True:
        part = folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        held = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666 if before is None else 0o600)
        try:
            is_ours = _lock(held) and _is_still(part, held)  # else a sweeper was between the two lines above
            if is_ours and before is not None:
                with suppress(PermissionError):
                    os.fchown(held, before.st_uid, before.st_gid)
                os.fchmod(held, stat.S_IMODE(before.st_mode))
        except BaseException:
            os.close(held)
            part.unlink(missing_ok=True)
            raise
        if is_ours:
            return part, held
        os.close(held)


def _lock(held: int) -> bool:
    """Whether the lock is ours; where the file system has none, whether nobody else can have it."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_still(part: Path, held: int) -> bool:
    now, own = _status(part), os.fstat(held)
    return now is not None and (now.st_dev, now.st_ino) == (own.st_dev, own.st_ino)


def _sweep(folder: Path) -> None:
    """Remove what writers left that are dead: nobody holds its lock."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with suppress(OSError):
                    _remove_unless_held(folder / entry.name)


def _remove_unless_held(part: Path) -> None:
    held = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where a writer lives
        if _is_still(part, held):
            part.unlink()
    finally:
        os.close(held)
