"""Whether the files of a table are others than before, by their names, sizes and times: nothing is read."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Iterable, Iterator

__all__ = ["signature_of"]


def signature_of(source: object) -> str | None:
    """A text that changes when a file, a folder, a pattern or a list of them does.

    Parameters
    ----------
    source : path or list of paths
        As for a table; a sheet (``book.xlsx#Sheet``) is its workbook, and dates in names are any text.

    Returns
    -------
    str or None
        None where files tell nothing: a frame, or a place that is no path.
    """
    paths = [source] if isinstance(source, str | os.PathLike) else source
    if not isinstance(paths, list | tuple) or not all(isinstance(path, str | os.PathLike) for path in paths):
        return None
    texts = [os.fspath(path) for path in paths]
    if any("://" in text for text in texts):
        return None
    seen = sorted(_files(texts))
    return hashlib.sha256("\n".join(seen).encode("utf-8", "surrogateescape")).hexdigest()


def _files(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        pattern = re.sub(r"\{[^}]*\}", "*", path)
        for found in [path] if os.path.exists(path) else [*glob.glob(pattern), *glob.glob(pattern.partition("#")[0])]:
            yield _line(found)
            for folder, _, names in os.walk(found):
                yield from (_line(os.path.join(folder, name)) for name in names)


def _line(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:  # it went in between
        return f"{path} gone"
    return f"{path} {status.st_ino} {status.st_size} {status.st_mtime_ns}"
