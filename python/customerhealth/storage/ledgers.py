"""The tables of a portfolio, as the core keeps them, in files: only what is new is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _core
from ..model import Model
from .arrow_files import Files, batch_of, texts_batch

__all__ = ["Written", "files_of", "read_ledger", "write_ledger"]

_FACTS = ("name", "columns", "types", "declared", "lines", "findings", "far_times", "rows_given", "rows_made", "given")


class Written:
    """Which segments of a portfolio are in which files, by where they lie in memory, which they keep."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[_core.Segment, list[Any]]] = {}

    def entry(self, segment: _core.Segment) -> list[Any] | None:
        found = self._known.get(segment.address)
        return None if found is None else found[1]

    def add(self, segment: _core.Segment, entry: list[Any]) -> None:
        self._known[segment.address] = (segment, entry)

    def keep(self, addresses: set[int]) -> None:
        """Let go of the others."""
        self._known = {address: each for address, each in self._known.items() if address in addresses}


def write_ledger(
    core: _core.Portfolio, files: Files, before: Mapping[str, Any] | None, written: Written
) -> dict[str, Any]:
    """What a manifest says of the tables. Segments and texts that `before` has stay in its files."""
    found = _core.dump_ledger(core)
    old = {table["name"]: table for table in before["tables"]} if before else {}
    count = found["accounts"]["count"]
    out: dict[str, Any] = {
        "accounts": _ids(core, files, found["accounts"], before["accounts"] if before else None, None),
        "declared_ids": found["declared_ids"],
        "texts": _texts(core, files, found["texts"], before["texts"] if before else None),
        "order": files.write("order", batch_of([("account", "i", found["order"])], count)),
        "tables": [],
    }
    alive: set[int] = set()
    for place, table in enumerate(found["tables"]):
        entry = {key: table[key] for key in _FACTS}
        for part in ("segments", "keyed"):
            entry[part] = [_segment(files, table, segment, written) for segment in table[part]]
            alive |= {segment.address for segment in table[part]}
        entry["orphans"] = table["orphans"]
        if "keys" in table:
            entry["keys"] = _ids(core, files, table["keys"], old[table["name"]]["keys"] if before else None, place)
            arrays = table["owners"]
            entry["owners"] = files.write("owners", batch_of(arrays, len(arrays[0][2]) // 4))
        out["tables"].append(entry)
    written.keep(alive)
    return out


def _segment(files: Files, table: Mapping[str, Any], segment: _core.Segment, written: Written) -> list[Any]:
    known = written.entry(segment)
    if known is not None:
        return known
    rows, runs = segment.arrays()
    words = {f"c{place}": column for place, column in enumerate(table["columns"])}
    accounts = len(next(data for name, _, data in runs if name == "first_row")) // 8
    entry: list[Any] = [
        [list(kind) for kind in segment.kinds],
        files.write("rows", batch_of(rows, segment.rows, words)),
        files.write("runs", batch_of(runs, accounts)),
    ]
    written.add(segment, entry)
    return entry


def _ids(
    core: _core.Portfolio, files: Files, now: Mapping[str, Any], before: Mapping[str, Any] | None, table: int | None
) -> dict[str, Any]:
    begin, names = 0, []
    if before is not None and before["kind"] == now["kind"]:
        begin, names = before["count"], list(before["files"])
    if now["count"] > begin:
        names.append(files.write("ids", texts_batch(_core.ids_of(core, table, begin, now["count"]))))
    return {**now, "files": names}


def _texts(core: _core.Portfolio, files: Files, count: int, before: Mapping[str, Any] | None) -> dict[str, Any]:
    begin, names = (0, []) if before is None else (before["count"], list(before["files"]))
    if count > begin:
        names.append(files.write("texts", texts_batch(_core.texts_of(core, begin, count))))
    return {"count": count, "files": names}


def read_ledger(
    model: Model, files: Files, saved: Mapping[str, Any], strict: str, threads: int
) -> tuple[_core.Portfolio, Written]:
    """The tables, mapped."""
    tables = []
    for table in saved["tables"]:
        entry = dict(table)
        for part in ("segments", "keyed"):
            entry[part] = [
                ([tuple(kind) for kind in kinds], files.batch(rows), files.batch(runs))
                for kinds, rows, runs in table[part]
            ]
        for key in ("lines", "findings", "far_times"):
            entry[key] = [tuple(each) for each in table[key]]
        if "keys" in table:
            entry["keys"] = _mapped_ids(files, table["keys"])
            entry["owners"] = files.batch(table["owners"])
        tables.append(entry)
    given = {
        "accounts": _mapped_ids(files, saved["accounts"]),
        "declared_ids": saved["declared_ids"],
        "texts": [files.batch(name) for name in saved["texts"]["files"]],
        "order": files.batch(saved["order"]),
        "tables": tables,
    }
    core = _core.restore_ledger(model.core, given, strict, threads)
    written = Written()
    for table, now in zip(saved["tables"], _core.dump_ledger(core)["tables"], strict=True):
        for part in ("segments", "keyed"):
            for entry, segment in zip(table[part], now[part], strict=True):
                written.add(segment, entry)
    return core, written


def _mapped_ids(files: Files, ids: Mapping[str, Any]) -> dict[str, Any]:
    return {**ids, "files": [files.batch(name) for name in ids["files"]]}


def files_of(saved: Mapping[str, Any]) -> set[str]:
    """The files that tables need."""
    names = {*saved["accounts"]["files"], *saved["texts"]["files"], saved["order"]}
    for table in saved["tables"]:
        for part in ("segments", "keyed"):
            for _, rows, runs in table[part]:
                names |= {rows, runs}
        if "keys" in table:
            names |= {*table["keys"]["files"], table["owners"]}
    return names
