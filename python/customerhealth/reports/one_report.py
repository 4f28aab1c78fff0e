"""One report of a portfolio as a file for people."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..errors import DataError
from ..explain.words import show_value
from ..io.columns import micros_of
from ..io.instants import DAY, AsOfs
from ..io.replacing import replacing
from ..results.looks import look_of
from ..results.signs import short
from .drawings import amounts, lines
from .facts import Account, Facts, PanelLike, facts_of
from .page import Section, page_of

__all__ = ["page", "report"]

_NAMED_FILES = 20
_NARROW = 28  # signs of a label in a legend


class _Revenue(Protocol):
    """A :class:`Revenue`."""

    def movements(self, dates: AsOfs) -> Any: ...
    def retention(self, dates: AsOfs, over: str = "12mo", by: str | None = None, *, labels: object = None) -> Any: ...


class _Validation(Protocol):
    """A :class:`Validation`."""

    @property
    def gains(self) -> Any: ...
    @property
    def grades(self) -> Any: ...
    @property
    def summary(self) -> Any: ...
    def explain(self) -> str: ...


class _Replay(Protocol):
    """A :class:`Replay`."""

    @property
    def summary(self) -> Any: ...


def report(
    panel: PanelLike,
    path: str | os.PathLike[str],
    *,
    revenue: _Revenue | str | None = None,
    replay: _Replay | None = None,
    validation: _Validation | None = None,
    owner: str | None = None,
    score: str | None = None,
) -> list[Path]:
    """Write one page about a portfolio: its state and change, whom to call first and why, a page an account.

    Parameters
    ----------
    panel : Panel
        The last as-of is reported, and the change since the one before; with a year of months the page shows it. All
        accounts are counted, and the first 2,000 of the list named.
    path : path-like
        An ``.html`` file. It asks for nothing from outside and can be printed and mailed; a file that is there is
        replaced in one step.
    revenue : Revenue or str, optional
        What accounts pay: a :class:`Revenue`, which also gives retention and what became of a year's revenue; or a
        column of the panel. Default: as for :meth:`Panel.ranked`, in whose order accounts are listed.
    replay : Replay, optional
        What :meth:`Portfolio.replay` gave: what plays would have cost and found.
    validation : Validation, optional
        What :meth:`Portfolio.validate` gave: what the score is worth.
    owner : str, optional
        A column of the panel, such as the manager of an account: a file for each of its values as of an account's last
        row, named after `path` and the value.
    score : str, optional
        Default: ``health``, else the first score with grades that no other is made of.

    Returns
    -------
    list of pathlib.Path
        The files that were written.

    Raises
    ------
    DataError
        If the panel has no rows as of its last as-of, or the file's name does not end with ``.html``.
    UnknownNameError
        If the model has no such score, or the panel no such column.
    OSError
        If a file cannot be written; ``filename`` is its path, and nothing is left half written. With `owner` the
        message names the files that were written before it; those behind it were not.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa, pathlib, tempfile
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"a": {"kind": "accounts", "account": "id"}},
    ...     "metrics": {"use": {"formula": "a.use"}, "csm": {"formula": "a.csm"}},
    ...     "scores": {"health": {"measures": {"use": {"value": "use", "identity": True}},
    ...                           "grades": [{"name": "red"}, {"name": "green", "from": 50}]}},
    ... })
    >>> accounts = pa.table({"id": ["acme", "beta"], "use": [40.0, 80.0], "csm": ["ann", "bob"]})
    >>> panel = ch.Portfolio(model, a=accounts).score("2026-07-01")
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> [path.name for path in ch.report(panel, folder / "monday.html", owner="csm")]
    ['monday-ann.html', 'monday-bob.html']
    """
    place = Path(path)
    if place.suffix.lower() not in (".html", ".htm"):
        raise DataError(f"expected an .html file, got {place}")
    if owner is None:
        return [_write(place, page(panel, revenue=revenue, replay=replay, validation=validation, score=score))]
    facts = _facts(panel, score, revenue, owner)
    common = [*_replayed(replay), *_validated(validation)]
    owners = {account.owner for account in facts.accounts if account.here}
    files = _named(place, sorted(owners, key=lambda each: (each is None, str(each))))
    written = []
    for who, file in files:
        mine = [account for account in facts.accounts if account.owner == who]
        of = f", {who}" if who is not None else f", no {owner}"
        sections = [*_revenue(revenue, facts, mine), *((f"{head} (all accounts)", html) for head, html in common)]
        text = page_of(facts, mine, of, sections)
        try:
            written.append(_write(file, text))
        except OSError as error:
            raise _saying_which(error, written, len(files)) from error
    return written


def _saying_which(error: OSError, written: Sequence[Path], count: int) -> OSError:
    """The same error, which says how far it came: who mails the files must know which are new."""
    names = ", ".join(path.name for path in written[:_NAMED_FILES])
    more = f" and {len(written) - _NAMED_FILES:,} more" if len(written) > _NAMED_FILES else ""
    said = f"{len(written):,} of {count:,} files were written before it{': ' if names else ''}{names}{more}"
    return OSError(error.errno, f"{error.strerror} ({said})", error.filename)


def page(
    panel: PanelLike,
    *,
    revenue: _Revenue | str | None = None,
    replay: _Replay | None = None,
    validation: _Validation | None = None,
    score: str | None = None,
) -> str:
    """What :func:`report` writes for all owners together, as HTML."""
    facts = _facts(panel, score, revenue, None)
    sections = [*_revenue(revenue, facts, facts.accounts), *_replayed(replay), *_validated(validation)]
    return page_of(facts, facts.accounts, "", sections)


def _facts(panel: PanelLike, score: str | None, revenue: _Revenue | str | None, owner: str | None) -> Facts:
    pays = revenue if revenue is None or isinstance(revenue, str) else _paid(revenue, panel)
    return facts_of(panel, score, pays, owner)


def _write(path: Path, text: str) -> Path:
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", errors="replace")
    return path


def _named(place: Path, owners: Sequence[Any]) -> list[tuple[Any, Path]]:
    """A name a file: of the owner's letters and digits, with a number where two come to the same."""
    taken: set[str] = set()
    files = []
    for who in owners:
        slug = re.sub(r"[^\w]+", "-", str(who)).strip("-")[:60].lower() if who is not None else ""
        slug = slug or "nobody"
        name, number = slug, 1
        while name in taken:
            number += 1
            name = f"{slug}-{number}"
        taken.add(name)
        files.append((who, place.with_name(f"{place.stem}-{name}{place.suffix}")))
    return files


# ---- revenue ---------------------------------------------------------------------------------------------------------


def _paid(revenue: _Revenue, panel: PanelLike) -> dict[Any, float]:
    """What each customer pays a month as of the panel's last as-of."""
    if len(panel.table) == 0:
        return {}
    last = int(micros_of(panel.table["as_of"]).max())
    moves = revenue.movements(np.array([last - DAY, last], "datetime64[us]"))
    return {row["account_id"]: float(row["end"]) for row in moves.select(["account_id", "end"]).to_pylist()}


def _revenue(revenue: _Revenue | str | None, facts: Facts, accounts: Sequence[Account]) -> list[Section]:
    if revenue is None or isinstance(revenue, str):
        return []
    import pyarrow as pa

    ids = [account.id for account in accounts]
    labels = pa.table({"account_id": ids, "mine": ["yes"] * len(ids)})
    table = revenue.retention(list(facts.as_ofs), by="mine", labels=labels)
    rows = [row for row in table.to_pylist() if row["by"] == "yes"]
    if not rows or not any(row["nrr"] is not None for row in rows):
        return [("Revenue", "<p>These accounts paid nothing a year ago.</p>")]
    last = rows[-1]
    steps = [("a year ago", float(last["start"]), True)]
    for name, sign in (("new", 1), ("expansion", 1), ("reactivation", 1), ("contraction", -1), ("churn", -1)):
        steps += [(name, sign * float(last[name]), False)] if last[name] else []
    steps.append(("now", float(last["end"]), True))
    said = ""
    if last["nrr"] is not None:
        lost = float(last["contraction"]) + float(last["churn"])
        kept = f"{100 * last['nrr']:.0f} are there with what these customers bought more"
        said = f"<p>Of 100 of monthly revenue a year ago {kept}, {100 * last['grr']:.0f} without it; "
        said += f"{lost:,.0f} a month were lost.</p>"
    span = max(1, len(rows) - 1)
    series = {rate.upper(): [(place / span, row[rate]) for place, row in enumerate(rows)] for rate in ("nrr", "grr")}
    ends = (str(rows[0]["to"])[:10], str(last["to"])[:10])
    drawn = lines(ends, series) if len(rows) > 1 else ""
    return [("Revenue", f"{said}{amounts(steps)}{drawn}")]


# ---- plays replayed, what the score is worth -------------------------------------------------------------------------


def _replayed(replay: _Replay | None) -> list[Section]:
    if replay is None:
        return []
    table = replay.summary
    wanted = (
        "play",
        "variant",
        "openings",
        "per_week",
        "most_open",
        "precision",
        "base_rate",
        "lift",
        "median_lead_days",
    )
    one_variant = len(set(table["variant"].to_pylist())) < 2
    names = [name for name in wanted if name in table.column_names and not (name == "variant" and one_variant)]
    return [("Plays, had they been worked", _table(table.select(names).to_pylist(), names))]


def _validated(validation: _Validation | None) -> list[Section]:
    if validation is None:
        return []
    parts = []
    for line in validation.explain().splitlines():
        if line and not line.startswith(" "):
            parts.append(f"<h3>{escape(line)}</h3>")
        elif line.strip():
            parts.append(f"<p>{escape(line.strip())}</p>")
    names = list(dict.fromkeys(validation.summary["score"].to_pylist()))
    by = validation.summary.column_names[1 : validation.summary.column_names.index("cases")]
    whole = [row for row in validation.gains.to_pylist() if all(row[name] is None for name in by)]
    looks = {name: look_of(validation.grades.schema.field(name)) for name in ("score", "grade")}
    labels = {name: short(looks["score"].call(name), _NARROW) for name in names}
    labels = labels if len({*labels.values()}) == len(names) else {name: name for name in names}
    series: dict[str, list[tuple[float, float | None]]] = {
        labels[name]: [(0.0, 0.0), *((row["share"], row["recall"]) for row in whole if row["score"] == name)]
        for name in names
    }
    if any(row["recall"] is not None for row in whole):
        parts.append("<h3>Share of the outcomes among the worst</h3>")
        parts.append(lines(("the worst", "all accounts"), series, chance=True))
    graded = [row for row in validation.grades.to_pylist() if all(row[name] is None for name in by)]
    columns = ("score", "grade", "cases", "events", "rate", "rate_low", "rate_high")
    if graded:
        called = [{**row, **{name: short(look.call(row[name])) for name, look in looks.items()}} for row in graded]
        parts.append(_table(called, columns))
    return [("What the score is worth", "".join(parts))]


def _table(rows: Sequence[Any], names: Sequence[str]) -> str:
    numeric = {name for name in names if any(isinstance(row[name], int | float) for row in rows)}
    head = "".join(f"<th class='{'n' if name in numeric else ''}'>{escape(name.replace('_', ' '))}" for name in names)
    body = "".join(
        "<tr>"
        + "".join(f"<td class='{'n' if name in numeric else ''}'>{escape(show_value(row[name]))}" for name in names)
        for row in rows
    )
    return f"<table><thead><tr>{head}</thead><tbody>{body}</tbody></table>"
