"""What the exports of well-known systems look like: table descriptions to put into a model.

Each is a JSON file of the package: which export it is, the table as a model has it, which of the columns may not be
its ``known``, and metrics that people ask such a table for. ``docs/sources.md`` lists them, line by line.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import unknown

__all__ = ["describe", "get", "metrics", "names", "needs", "yours"]

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names of the layouts that the package knows, in alphabetical order.

    Returns
    -------
    list of str

    Examples
    --------
    >>> import customerhealth as ch
    >>> "segment-tracks" in ch.sources.names()
    True
    """
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def get(name: str) -> dict[str, Any]:
    """The description of a table that a system exports, to put into a model under ``tables``.

    Some columns are your own (the account of a survey, a field of an issue); :func:`yours` tells their names, which
    stand for those of yours.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    dict
        A new one at each call. Its ``description`` says what the export is and what it can say of the past.

    Raises
    ------
    UnknownNameError
        If there is no such layout; it says which there are.

    Examples
    --------
    >>> import customerhealth as ch
    >>> table = ch.sources.get("segment-tracks")
    >>> table["kind"], table["account"], table["time"], table["known"]
    ('events', 'context_group_id', 'timestamp', 'received_at')
    >>> model = ch.Model.parse({"format": 1, "tables": {"tracks": table}})
    """
    return {**_read(name)["table"], "description": _paragraph(name)}


def metrics(name: str, table: str) -> dict[str, Any]:
    """Metrics that people ask such a table for, to put into a model under ``metrics``.

    Parameters
    ----------
    name : str
        One of :func:`names`.
    table : str
        What the table is called in the model.

    Returns
    -------
    dict
        By name; empty where a table has accounts or keys alone.

    Raises
    ------
    UnknownNameError
        If there is no such layout.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.sources.metrics("segment-tracks", "tracks")["users"]
    {'from': 'tracks', 'agg': 'count_distinct', 'of': 'user_id', 'window': '30d'}
    """
    found = {}
    for metric, body in _read(name)["metrics"].items():
        if "formula" in body:
            found[metric] = {**body, "formula": body["formula"].replace("TABLE.", f"{table}.")}
        else:
            found[metric] = {"from": table, **body}
    return found


def needs(name: str) -> dict[str, str]:
    """The tables that have to stand beside one in a model: what they are called there, and their layouts.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    dict of str to str
        Empty for most: only a table without an account of its own needs another that says whose its keys are.

    Raises
    ------
    UnknownNameError
        If there is no such layout.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.sources.needs("segment-tracks")
    {}
    """
    return dict(_read(name).get("needs", {}))


def yours(name: str) -> list[str]:
    """The columns of a layout whose names stand for yours, as the account of a survey or a field of an issue.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    list of str

    Raises
    ------
    UnknownNameError
        If there is no such layout.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.sources.yours("segment-tracks")
    []
    """
    return list(_read(name).get("yours", []))


def describe(name: str) -> str:
    """What a layout is: the system, the export, the page that says so, and what the table can tell.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    str
        A few lines.

    Raises
    ------
    UnknownNameError
        If there is no such layout.

    Examples
    --------
    >>> import customerhealth as ch
    >>> print(ch.sources.describe("segment-tracks").splitlines()[0])
    Segment: Warehouse, table tracks: Parquet, CSV or a query's result
    """
    source = _read(name)
    return f"{source['system']}: {source['export']}\n{source['page']}\n{_paragraph(name)}"


def _paragraph(name: str) -> str:
    source = _read(name)
    own = (
        [f"Put yours in place of {', '.join(f'`{column}`' for column in source['yours'])}."]
        if "yours" in source
        else []
    )
    refused = [f"`{column}` is no `known`: it {why}." for column, why in source.get("never_known", {}).items()]
    return " ".join([source["table"]["description"], *own, *refused])


def _read(name: str) -> dict[str, Any]:
    if name not in names():
        raise unknown("there is no source", name, names(), column="")
    return copy.deepcopy(_parsed(name))


@cache
def _parsed(name: str) -> dict[str, Any]:
    source: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return source
