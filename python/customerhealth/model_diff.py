"""What differs between two model documents, by path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["diff", "paths_that_matter"]


_SHOWN = re.compile(
    r"(metrics|scores|scores\.\w+\.measures)\.\w+\.(label|unit|digits)|(tables|cohorts|plays)\.\w+\.label"
    r"|(scores\.\w+\.grades|journeys\.\w+\.stages)\[\d+\]\.label"
)
_COLUMN = re.compile(r"tables\.\w+\.(types|columns)\.\w+")


class _Difference(NamedTuple):
    path: str
    change: str
    before: str | None
    now: str | None


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> pa.Table:
    """What :meth:`Model.diff` says of two canonical documents."""
    import pyarrow as pa

    found = list(_of_values(old, new, ""))
    columns = zip(*found, strict=True) if found else ([], [], [], [])
    names = ["path", "change", "from", "to"]
    return pa.table({name: pa.array(list(column), pa.string()) for name, column in zip(names, columns, strict=True)})


def paths_that_matter(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The paths by which two documents differ, save what is only shown, and maps in another order."""
    found = _of_values(old, new, "")
    return [each.path for each in found if each.change != "moved" and not _is_shown(each)]


def _is_shown(found: _Difference) -> bool:
    """A description, or what people read in place of a name; not a column or a metric that is called so."""
    if _SHOWN.fullmatch(found.path):
        return True
    value = found.now if found.before is None else found.before
    is_text = value is not None and value.startswith('"')
    return is_text and found.path.rpartition(".")[2] == "description" and not _COLUMN.fullmatch(found.path)


def _of_values(old: Any, new: Any, path: str) -> Iterator[_Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_maps(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif _text(old) != _text(new):  # as JSON: 1 is not true
        yield _Difference(path, "changed", _text(old), _text(new))


def _of_maps(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[_Difference]:
    for key in [*old, *(key for key in new if key not in old)]:
        at = f"{path}.{_key(key)}" if path else _key(key)
        if key not in new:
            yield _Difference(at, "removed", _text(old[key]), None)
        elif key not in old:
            yield _Difference(at, "added", None, _text(new[key]))
        else:
            yield from _of_values(old[key], new[key], at)
    yield from _moved(old, new, path)


def _of_lists(old: list[Any], new: list[Any], path: str) -> Iterator[_Difference]:
    for index in range(max(len(old), len(new))):
        at = f"{path}[{index}]"
        if index >= len(new):
            yield _Difference(at, "removed", _text(old[index]), None)
        elif index >= len(old):
            yield _Difference(at, "added", None, _text(new[index]))
        else:
            yield from _of_values(old[index], new[index], at)


def _moved(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[_Difference]:
    """Canonical JSON sorts the keys of every map whose order means nothing, so all that is left means something."""
    before, now = [key for key in old if key in new], [key for key in new if key in old]
    place = {key: index for index, key in enumerate(before)}
    stayed = _longest_ascending([place[key] for key in now])
    for index, key in enumerate(now):
        if place[key] in stayed:
            continue
        at = f"{path}.{_key(key)}" if path else _key(key)
        was_after = before[place[key] - 1] if place[key] > 0 else None
        yield _Difference(at, "moved", _text_or_none(was_after), _text_or_none(now[index - 1] if index > 0 else None))


def _longest_ascending(places: list[int]) -> set[int]:
    """What need not move: as many as possible that are in the same order in both."""
    best: list[list[int]] = []
    for place in places:
        runs = [run for run in best if run[-1] < place]
        best.append([*max(runs, key=len), place] if runs else [place])
    most = max(best, key=len, default=[])
    return set(most)


def _key(key: str) -> str:
    return key if key.isidentifier() else json.dumps(key, ensure_ascii=False)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text_or_none(value: str | None) -> str | None:
    return None if value is None else _text(value)
