"""Manifests: what a version of a saved portfolio is made of, as JSON with a checksum of itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .. import _core
from .._version import __version__
from ..errors import DataError
from .disk import write_linked

__all__ = [
    "FORMAT",
    "BrokenError",
    "drop_manifest",
    "file_names",
    "manifest_numbers",
    "read_manifest",
    "read_walk_manifest",
    "refuse",
    "walk_manifests",
    "write_manifest",
    "write_walk_manifest",
]

FORMAT = 1
_NAME = re.compile(r"^manifest-([0-9]{10})\.json$")
_WALK = re.compile(r"^walk-([0-9]{10})-([0-9]{6})\.json$")
_FILE = re.compile(r"^[a-z]+-[0-9a-f]{32}\.arrow$")


class BrokenError(DataError):
    """What is there is no saved portfolio, or no whole one."""


def refuse(folder: Path, what: str) -> BrokenError:
    """The error that says so."""
    return BrokenError(f"the saved portfolio {folder} cannot be read: {what}")


def manifest_numbers(folder: Path) -> list[int]:
    """The versions that are there, ascending."""
    try:
        names = [_NAME.match(entry.name) for entry in folder.iterdir()]
    except FileNotFoundError:
        raise refuse(folder, "there is no such folder") from None
    except NotADirectoryError:
        raise refuse(folder, "it is no folder") from None
    except PermissionError as error:
        raise refuse(folder, str(error.strerror)) from error
    return sorted(int(name[1]) for name in names if name)


def walk_manifests(folder: Path, number: int) -> list[str]:
    """The names of what scorings of a version walked, the newest last."""
    found = [entry.name for entry in folder.iterdir() if (name := _WALK.match(entry.name)) and int(name[1]) == number]
    return sorted(found)


def write_manifest(folder: Path, number: int, content: dict[str, Any]) -> bool:
    """Commit a version; False: another writer has taken its number."""
    return write_linked(folder, f"manifest-{number:010}.json", _signed("portfolio", number, content))


def write_walk_manifest(folder: Path, number: int, content: dict[str, Any]) -> None:
    """Commit what a scoring of a version walked. Who calls it holds the lock."""
    names = walk_manifests(folder, number)
    last = _WALK.match(names[-1]) if names else None
    serial = int(last[2]) + 1 if last else 1
    write_linked(folder, f"walk-{number:010}-{serial:06}.json", _signed("walk", number, content))


def read_manifest(folder: Path, number: int) -> dict[str, Any]:
    """A version's manifest, its checksum and the names in it checked."""
    try:
        return _read(folder, f"manifest-{number:010}.json", "portfolio", number)
    except FileNotFoundError:
        raise refuse(folder, f"it has no version {number}") from None


def read_walk_manifest(folder: Path, number: int, name: str) -> dict[str, Any]:
    """What a scoring of a version walked, checked as a manifest is."""
    return _read(folder, name, "walk", number)


def drop_manifest(folder: Path, number: int) -> None:
    """Forget a version."""
    for name in [f"manifest-{number:010}.json", *walk_manifests(folder, number)]:
        (folder / name).unlink(missing_ok=True)


def _signed(kind: str, number: int, content: dict[str, Any]) -> bytes:
    body = {"customerhealth": kind, "format": FORMAT, "package": __version__, "version": number, **content}
    text = _text(body)
    return _text({**body, "checksum": _sum(text)}).encode()


def _read(folder: Path, file: str, kind: str, number: int) -> dict[str, Any]:
    path = folder / file
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refuse(folder, f"{path.name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise refuse(folder, f"{path.name} is no JSON ({error})") from None
    if not isinstance(content, dict) or content.get("customerhealth") != kind:
        raise refuse(folder, f"{path.name} is no manifest of a saved portfolio")
    if content.get("format") != FORMAT:
        shown, package = content.get("format"), content.get("package")
        raise refuse(folder, f"it has format {shown!r} of customerhealth {package}; this version reads format {FORMAT}")
    stated = content.pop("checksum", None)
    if stated != _sum(_text(content)) or content.get("version") != number:
        raise refuse(folder, f"{path.name} is damaged: its checksum is not that of its text")
    _check_files(folder, content)
    return content


def file_names(content: dict[str, Any]) -> set[str]:
    """The files that a version needs."""
    return set(content.get("files", ()))


def _check_files(folder: Path, content: dict[str, Any]) -> None:
    files = content.get("files")
    if not isinstance(files, dict):
        raise refuse(folder, "its manifest names no files")
    for name, (size, checksum) in files.items():
        if not _FILE.match(name) or not isinstance(size, int) or not isinstance(checksum, str):
            raise refuse(folder, f"its manifest names {name!r}, which is no file of a saved portfolio")


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=False)


def _sum(text: str) -> str:
    return f"{_core.checksum(text.encode()):016x}"
