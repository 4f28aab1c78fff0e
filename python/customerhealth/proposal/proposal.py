"""The model of several files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .. import sources
from ..errors import DataError
from ..model import Model
from .guess import guess
from .heads import Head, read_head
from .known import recognise
from .paths import with_inner_columns

__all__ = ["Proposal", "propose", "table_name"]


class Proposal(NamedTuple):
    """A model that was made up from files."""

    document: dict[str, Any]
    """A model document, checked; each table's ``description`` holds its doubts."""
    checks: list[str]
    """What to look at before anything is believed, a sentence each."""


def propose(files: Mapping[str, str], *, name: str = "proposed") -> Proposal:
    r"""Look at the beginnings of files and propose a model for them.

    A file in the layout of :mod:`customerhealth.sources` is read as that says; of others the roles are guessed from the
    names and values of the columns. Nothing is guessed later: what the model says is what scores.

    Parameters
    ----------
    files : mapping of str to str
        Paths by what the tables are to be called.
    name : str
        What the model is to be called.

    Returns
    -------
    Proposal

    Raises
    ------
    DataError
        If a file cannot be read, or if no table could be made of any.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "usage.csv"
    >>> _ = path.write_text("account_id,user_id,at,updated_at\nacme,u1,2026-06-01,2026-06-29\n")
    >>> proposal = propose({"usage": str(path)})
    >>> proposal.document["tables"]["usage"]["time"]
    'at'
    >>> list(proposal.document["metrics"])
    ['usage_28d', 'usage_users_28d']
    """
    tables: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    checks: list[str] = []
    ids: dict[str, set[str]] = {}
    for table, path in files.items():
        head = read_head(path)
        found = _described(head, table)
        if found is None:
            checks.append(
                f"{table}: left out: no column says whose a row is, or none when; its columns are "
                f"{', '.join(head.columns[:12])}"
            )
            continue
        body, own_metrics, doubts = found
        tables[table] = body
        checks += [f"{table}: {doubt}" for doubt in doubts]
        for metric, spec in own_metrics.items():
            metrics[metric if metric not in metrics else f"{table}_{metric}"] = spec
        ids[table] = {str(value) for value in with_inner_columns(head).values(body["account"])}
        checks += _add_needed(tables, table, doubts)
    if not tables:
        raise DataError("; ".join(checks) if checks else "no file is given")
    checks += _strangers(ids, tables)
    document = {"format": 1, "name": name, "tables": tables, "metrics": metrics}
    Model.parse(document)
    return Proposal(document, checks)


def table_name(path: str) -> str:
    """What a file's table is called: its name without endings, as a name of a model."""
    file, _, sheet = path.partition("#")
    stem = sheet or os.path.basename(file.rstrip("/")).partition(".")[0]
    name = re.sub(r"[^a-z0-9]+", "_", re.sub(r"\{.*?\}", "", stem).lower()).strip("_")
    return name if re.match(r"[a-z]", name) else f"table_{name}".rstrip("_")


def _described(head: Head, table: str) -> tuple[dict[str, Any], dict[str, Any], list[str]] | None:
    match = recognise(head)
    if match is not None:
        told = f"read as the layout {match.source}"
        doubts = [told, *match.doubts]
        body, metrics = match.table, match.metrics
        body["description"] = f"{_sentences(doubts)} {body['description']}"
    else:
        guessed = guess(with_inner_columns(head), table)
        if guessed is None:
            return None
        body, metrics, doubts = guessed
        body = {"description": _sentences(doubts), **body}
    return body, {_named(metric, table): _of(spec, table) for metric, spec in metrics.items()}, doubts


def _named(metric: str, table: str) -> str:
    return metric.replace("TABLE", table)


def _of(spec: dict[str, Any], table: str) -> dict[str, Any]:
    if "formula" in spec:
        return {**spec, "formula": spec["formula"].replace("TABLE.", f"{table}.")}
    return {**spec, "from": table}


def _sentences(doubts: list[str]) -> str:
    return " ".join(f"{doubt[:1].upper()}{doubt[1:]}." for doubt in doubts)


def _add_needed(tables: dict[str, Any], table: str, doubts: list[str]) -> list[str]:
    """Tables that say whose the keys of this one are; they come from other files."""
    source = doubts[0].rpartition(" ")[2] if doubts[0].startswith("read as the layout ") else None
    added = []
    for beside, layout in (sources.needs(source) if source is not None else {}).items():
        if beside not in tables:
            tables[beside] = sources.get(layout)
            added.append(
                f"{table}: its rows are found through the table {beside}: give it too, as --table {beside}=FILE "
                f"({sources.describe(layout).splitlines()[0]})"
            )
    return added


def _strangers(ids: Mapping[str, set[str]], tables: Mapping[str, Any]) -> list[str]:
    """Tables whose accounts no other one has."""
    plain = {name: seen for name, seen in ids.items() if "through" not in tables[name] and seen}
    return [
        f"{name}: none of the first ids in `{tables[name]['account']}` stands in another file: are they of one kind?"
        for name, seen in plain.items()
        if len(plain) > 1 and not any(seen & other for there, other in plain.items() if there != name)
    ]
