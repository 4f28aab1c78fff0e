"""Plays over the past: what they would have listed, for whom, and how well they told what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from ..errors import DataError, ModelError
from ..io.columns import Flags, Floats, Ints, account_codes, codes_of, days_of, instant_column, micros_of, number_column
from ..io.instants import FOREVER, WEEK, AsOf, to_micros
from ..io.lengths import check_length
from ..io.results import as_table
from ..loaded import Loaded
from ..progress import Progress
from ..results import Table
from ..validation.rules import Known, Outcome
from ..validation.shares import wilson
from ..validation.timeline import NEVER, Outcomes, Timeline, deadlines, outcome_table
from .checks import range_of
from .variants import RESERVED, Variant, play_specs, translated, variants_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Replay", "replay"]

_STATUS = ("miss", "hit", "censored", "already")
_MISS, _HIT, _CENSORED, _ALREADY = range(4)


@dataclass(frozen=True, repr=False)
class Replay:
    """What :meth:`Portfolio.replay` found. Speaks Arrow as its summary.

    Each table has ``play``, ``variant`` (0: as in the model; 1 and on: a combination of what was varied) and a column
    for each thing that was varied, null where it was not.

    Attributes
    ----------
    summary : Table
        A row a variant; columns as :meth:`Portfolio.replay` says.
    weekly : Table
        A row a variant and week from the start on: ``week`` (the instant after which it begins), ``openings`` in it,
        ``open`` (plays open at its end).
    load : Table
        A row a variant and owner: ``owner`` (null: none), ``openings``, ``per_week``, ``most_in_a_week``,
        ``most_open`` (at a tick).
    openings : Table
        A row an opening: ``account_id``, ``opened``, ``closed`` (null: still open at the end of what was observed),
        ``priority``, ``owner``, ``outcome_at`` (the first in its window), ``lead_days``, and ``status``: ``hit``,
        ``miss``, ``censored`` (its window is not over), ``already`` (it opened when the outcome was there); null
        without an outcome.
    """

    summary: Table
    weekly: Table
    load: Table
    openings: Table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The summary as an Arrow C stream; may be called many times."""
        stream: object = self.summary.__arrow_c_stream__(requested_schema)
        return stream

    def __repr__(self) -> str:
        return f"<Replay of {self.summary.num_rows} variants of plays, {self.openings.num_rows} openings>"


@dataclass(frozen=True)
class _Range:
    after: int
    until: int
    observed: int
    within: str
    confidence: float

    @property
    def weeks(self) -> float:
        return (self.until - self.after) / WEEK

    @property
    def week_edges(self) -> Ints:
        """From the start on; the last week may be a part of one."""
        return np.append(np.arange(self.after, self.until, WEEK), self.until)


@dataclass(frozen=True)
class _Openings:
    """Every opening up to the end of what was observed; an array element each, by variant, account and time."""

    variant: Ints
    account: Ints
    opened: Ints
    closed: Ints
    priority: pa.Array
    owner: Ints
    owners: list[str]

    def of(self, variant: int) -> slice:
        begin, end = np.searchsorted(self.variant, [variant, variant + 1]).tolist()
        return slice(begin, end)


def replay(
    loaded: Loaded,
    start: AsOf,
    end: AsOf,
    plays: object,
    outcome: object,
    account: str,
    time: str,
    within: str,
    vary: Mapping[str, Mapping[str, Any]] | None,
    observed: AsOf | None,
    confidence: float,
    progress: Progress,
) -> Replay:
    """See :meth:`Portfolio.replay`."""
    span = _range(start, end, observed, within, confidence)
    variants = variants_of(loaded.model, plays, vary)
    rule = outcome if isinstance(outcome, str) else None
    specs = play_specs(variants, rule)
    try:
        varied = loaded.with_plays(specs, progress=progress)
    except ModelError as error:
        raise translated(error, variants) from None
    ticks = _scored_ticks(loaded, span) if outcome is not None else np.zeros(0, np.int64)
    instants = np.append(ticks, span.observed).astype("datetime64[us]")
    scored = varied.score_part(instants, plays=list(specs), progress=progress)
    accounts = loaded.accounts
    found = as_table(scored.core.openings())
    openings = _read(found, accounts, len(variants))
    outcomes = None
    if rule is not None:
        outcomes = _outcomes_of(found, accounts, len(variants))
    elif isinstance(outcome, Outcome):
        outcomes = outcome.dated(Known(loaded, span.observed))
    elif outcome is not None:
        code, at = outcome_table(outcome, accounts, account, time)
        outcomes = Outcomes.of(code, at, at)
    base = None if outcomes is None else _base_rate(scored.table, accounts, ticks, outcomes, span)
    return _Tables(variants, openings, span, outcomes, base, accounts, loaded.provenance).made()


def _range(start: AsOf, end: AsOf, observed: AsOf | None, within: str, confidence: object) -> _Range:
    after, until = range_of(start, end)
    if after == until:
        raise DataError(f"replay: the end {_core.show_instant(until)} is the start: nothing lies between them")
    (last,) = [until] if observed is None else to_micros(observed).tolist()
    if last < until:
        raise DataError(f"observed: {_core.show_instant(last)} is before the end {_core.show_instant(until)}")
    check_length("within", within, required=True)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence < 1:
        raise DataError(f"confidence: expected a number between 0 and 1, got {confidence!r}")
    return _Range(after, until, last, within, float(confidence))


def _scored_ticks(loaded: Loaded, span: _Range) -> Ints:
    """The ticks of the range whose windows are over."""
    ticks = np.array(loaded.model.core.ticks(span.after, span.until), np.int64)
    return ticks[deadlines(ticks, span.within) <= span.observed]


def _read(found: pa.Table, accounts: pa.Array, count: int) -> _Openings:
    variant = codes_of(found["play"])
    mine = variant < count  # the outcome comes last
    owner = found["owner"].combine_chunks()
    return _Openings(
        variant=variant[mine],
        account=account_codes(found["account_id"], accounts)[mine],
        opened=micros_of(found["opened"])[mine],
        closed=micros_of(found["closed"], FOREVER)[mine],
        priority=found["priority"].combine_chunks().filter(np.asarray(mine)),
        owner=codes_of(found["owner"])[mine],
        owners=owner.dictionary.to_pylist(),
    )


def _outcomes_of(found: pa.Table, accounts: pa.Array, count: int) -> Outcomes:
    mine = codes_of(found["play"]) == count
    code = account_codes(found["account_id"], accounts)
    closed = micros_of(found["closed"], FOREVER)[mine]
    return Outcomes.of(code[mine], micros_of(found["opened"])[mine], closed, of_rule=True)


def _base_rate(table: pa.Table, accounts: pa.Array, ticks: Ints, outcomes: Outcomes, span: _Range) -> float | None:
    """How often the outcome follows an account and tick of any kind."""
    at = micros_of(table["as_of"])
    account = account_codes(table["account_id"], accounts)
    asked = np.isin(at, ticks)
    at, account = at[asked], account[asked]
    there = ~outcomes.is_on(account, at)
    at, account = at[there], account[there]
    if not len(at):
        return None
    return float((outcomes.next_within(account, at, deadlines(at, span.within)) != NEVER).mean())


# ---- the tables -----------------------------------------------------------------------------------------------------


class _Tables:
    """The tables of a replay, from openings and outcomes."""

    def __init__(
        self,
        variants: Sequence[Variant],
        openings: _Openings,
        span: _Range,
        outcomes: Outcomes | None,
        base: float | None,
        accounts: pa.Array,
        metadata: Any,
    ) -> None:
        self._variants, self._all, self._span = variants, openings, span
        self._outcomes, self._base = outcomes, base
        self._accounts, self._metadata = accounts, metadata
        ticks = np.unique(openings.opened[(openings.opened > span.after) & (openings.opened <= span.until)])
        self._at_ticks = _Counter(openings, np.append(ticks, span.until))
        self._at_weeks = _Counter(openings, span.week_edges)
        self._recent = (openings.opened > span.after) & (openings.opened <= span.until)
        self._deadline = deadlines(openings.opened, span.within) if outcomes is not None else openings.opened
        self._reached = np.full(len(openings.opened), NEVER)
        self._status = np.full(len(openings.opened), -1)
        if outcomes is not None:
            self._judge(outcomes)

    def _judge(self, outcomes: Outcomes) -> None:
        every = self._all
        self._reached = outcomes.next_within(every.account, every.opened, self._deadline)
        status = np.where(self._reached != NEVER, _HIT, _MISS)
        status[self._deadline > self._span.observed] = _CENSORED
        status[outcomes.is_on(every.account, every.opened)] = _ALREADY
        self._status = status
        self._reached[status == _ALREADY] = NEVER
        self._catch(outcomes.timeline, status != _ALREADY)

    def _catch(self, outcomes: Timeline, foretells: Flags) -> None:
        """How many outcomes of the range fell in the window of an opening before; of all variants at once."""
        every, accounts = self._all, len(self._accounts)
        wanted = (outcomes.at > self._span.after) & (outcomes.at <= self._span.until)
        count = len(self._variants)
        account, at = np.tile(outcomes.account[wanted], count), np.tile(outcomes.at[wanted], count)
        variant = np.repeat(np.arange(count), int(wanted.sum()))
        openings = Timeline(every.variant[foretells] * accounts + every.account[foretells], every.opened[foretells])
        place = openings.up_to(variant * accounts + account, at)
        ends = np.append(self._deadline[foretells][openings.order], NEVER)
        self._caught = np.bincount(variant[ends[place] >= at], minlength=count)
        self._outcome_total = int(wanted.sum())

    def made(self) -> Replay:
        rows = [self._summary(place) for place in range(len(self._variants))]
        names = [*self._heads, *_counts(self._outcomes is not None)]
        return Replay(
            summary=self._table(rows, names),
            weekly=self._table([row for place in range(len(self._variants)) for row in self._weeks(place)],
                               [*self._heads, "week", "openings", "open"]),
            load=self._table([row for place in range(len(self._variants)) for row in self._loads(place)],
                             [*self._heads, "owner", "openings", "per_week", "most_in_a_week", "most_open"]),
            openings=self._listed(),
        )  # fmt: skip

    @property
    def _parameters(self) -> list[str]:
        return list(dict.fromkeys(name for variant in self._variants for name in variant.settings))

    @property
    def _heads(self) -> list[str]:
        return ["play", "variant", *self._parameters]

    def _head(self, place: int) -> dict[str, Any]:
        variant = self._variants[place]
        settings = {name: variant.settings.get(name) for name in self._parameters}
        return {"play": variant.play, "variant": variant.number, **settings}

    def _kind(self, name: str) -> pa.DataType:
        import pyarrow as pa

        if name in self._parameters:
            values = [variant.settings.get(name) for variant in self._variants]
            return pa.string() if any(isinstance(value, str) for value in values) else pa.float64()
        if name in ("play", "owner", "status"):
            return pa.string()
        return pa.int64() if name in _WHOLE else pa.timestamp("us", "UTC") if name == "week" else pa.float64()

    def _table(self, rows: list[dict[str, Any]], names: list[str]) -> Table:
        import pyarrow as pa

        fields = [pa.field(name, self._kind(name)) for name in names]
        return Table(pa.Table.from_pylist(rows, schema=pa.schema(fields, self._metadata)))

    def _summary(self, place: int) -> dict[str, Any]:
        part = self._all.of(place)
        recent = self._recent[part]
        opened = self._all.opened[part][recent]
        row = self._head(place) | {
            "openings": len(opened),
            "accounts": len(np.unique(self._all.account[part][recent])),
            "per_week": len(opened) / self._span.weeks,
            "most_open": int(self._at_ticks.open(part).max()),
        }
        if self._outcomes is None:
            return row
        status = self._status[part][recent]
        counts = {name: int((status == code).sum()) for code, name in enumerate(_STATUS)}
        scored, hits = counts["hit"] + counts["miss"], counts["hit"]
        precision = hits / scored if scored else None
        low, high = wilson(hits, scored, self._span.confidence) if scored else (None, None)
        hit = status == _HIT
        lead = days_of(self._reached[part][recent][hit] - opened[hit])
        quartiles = np.quantile(lead, [0.25, 0.5, 0.75]).tolist() if len(lead) else [None] * 3
        lift = precision / self._base if precision is not None and self._base else None
        row |= {"already": counts["already"], "censored": counts["censored"], "scored": scored, "hits": hits}
        row |= {"precision": precision, "precision_low": low, "precision_high": high}
        row |= {"base_rate": self._base, "lift": lift, **self._recall(place)}
        return row | dict(zip(("q1_lead_days", "median_lead_days", "q3_lead_days"), quartiles, strict=True))

    def _recall(self, place: int) -> dict[str, Any]:
        """Of the outcomes of the range those with an opening before, in whose window they fell."""
        caught, total = int(self._caught[place]), self._outcome_total
        low, high = wilson(caught, total, self._span.confidence) if total else (None, None)
        recall = caught / total if total else None
        return {"outcomes": total, "caught": caught, "recall": recall, "recall_low": low, "recall_high": high}

    def _weeks(self, place: int) -> list[dict[str, Any]]:
        part = self._all.of(place)
        counts, still = self._at_weeks.openings(part)[1:].tolist(), self._at_weeks.open(part)[1:].tolist()
        begins = self._span.week_edges[:-1].astype("datetime64[us]").tolist()
        head = self._head(place)
        rows = zip(begins, counts, still, strict=True)
        return [head | {"week": week, "openings": count, "open": now} for week, count, now in rows]

    def _loads(self, place: int) -> list[dict[str, Any]]:
        part = self._all.of(place)
        owners = self._all.owner[part]
        rows = []
        for owner in np.unique(owners[self._recent[part]]).tolist():
            mine = part.start + np.flatnonzero(owners == owner)
            weekly = self._at_weeks.openings(mine)[1:]
            rows.append(
                self._head(place)
                | {
                    "owner": None if owner < 0 else self._all.owners[owner],
                    "openings": int(weekly.sum()),
                    "per_week": float(weekly.sum()) / self._span.weeks,
                    "most_in_a_week": int(weekly.max()),
                    "most_open": int(self._at_ticks.open(mine).max()),
                }
            )
        return sorted(rows, key=lambda row: (row["owner"] is None, row["owner"] or ""))

    def _listed(self) -> Table:
        import pyarrow as pa

        every, kept = self._all, np.flatnonzero(self._recent)
        variant = every.variant[kept]
        heads = [self._head(place) for place in range(len(self._variants))]
        made: dict[str, Any] = {
            name: pa.array([head[name] for head in heads], self._kind(name)).take(pa.array(variant))
            for name in self._heads
        }
        closed, reached, status = every.closed[kept], self._reached[kept], self._status[kept]
        lead: Floats = np.where(reached == NEVER, np.nan, days_of(reached - every.opened[kept]))
        words = pa.array(_STATUS, pa.string())
        owners = pa.array(every.owners, pa.string())
        made |= {
            "account_id": self._accounts.take(pa.array(every.account[kept])),
            "opened": instant_column(every.opened[kept]),
            "closed": instant_column(closed, closed == FOREVER),
            "priority": every.priority.take(pa.array(kept)),
            "owner": owners.take(pa.array(every.owner[kept], mask=every.owner[kept] < 0)),
            "outcome_at": instant_column(reached, reached == NEVER),
            "lead_days": number_column(lead),
            "status": words.take(pa.array(status, mask=status < 0)),
        }
        return Table(pa.table(made).replace_schema_metadata(self._metadata))


class _Counter:
    """Counts openings up to some instants, and what is open there."""

    def __init__(self, openings: _Openings, at: Ints) -> None:
        self._count = len(at)
        self._opened = np.searchsorted(at, openings.opened)
        self._closed = np.searchsorted(at, openings.closed)

    def openings(self, which: slice | Ints) -> Ints:
        """After each instant before and up to it."""
        return np.asarray(np.bincount(self._opened[which], minlength=self._count + 1)[:-1], np.int64)

    def open(self, which: slice | Ints) -> Ints:
        """At each instant."""
        closed = np.bincount(self._closed[which], minlength=self._count + 1)[:-1]
        return np.asarray(np.cumsum(self.openings(which) - closed), np.int64)


_WHOLE = (
    *("variant", "openings", "accounts", "most_open", "most_in_a_week", "open"),
    *("already", "censored", "scored", "hits", "outcomes", "caught"),
)


def _counts(has_outcome: bool) -> list[str]:
    """The columns of the summary after those that say which variant it is."""
    names = list(RESERVED[2 : RESERVED.index("week")])
    return names if has_outcome else names[: names.index("already")]
