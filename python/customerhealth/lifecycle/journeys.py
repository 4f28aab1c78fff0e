"""What the moves of a journey come to: funnel, transitions, hand-offs. Worked out from moves, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import unknown
from ..io.columns import Flags, Floats, Ints, codes_of, days_of, decoded, distinct, instant_column, micros_of, plain
from ..io.instants import AsOf
from ..io.results import as_table
from ..loaded import Loaded
from ..progress import Progress
from ..scored import Scored
from .checks import check_column, check_journey, range_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["funnel", "handoffs", "moves", "scored_at_end", "transitions"]

_BEGINNING = -(2**63) + 1


@dataclass(frozen=True)
class _Stays:
    """Every stay in a stage, by account and time; one array element each."""

    accounts: pa.Array
    account: Ints
    """A number for each account, ascending."""
    came_from: Ints
    """The stage before; -1: none."""
    stage: Ints
    since: Ints
    until: Ints
    """The move that ended it; -1 in `left` where none did."""
    left: Flags

    @property
    def days(self) -> Floats:
        """NaN where it has not ended."""
        return np.where(self.left, days_of(self.until - self.since), np.nan)


def _stays(scored: Scored, journey: str, until: int) -> _Stays:
    moves = as_table(scored.core.moves(journey, _BEGINNING, until)).combine_chunks()
    accounts, account = distinct(moves["account_id"])
    since = micros_of(moves["at"])
    goes_on = np.append(account[1:] == account[:-1], [False] * min(1, len(account)))
    return _Stays(
        accounts=accounts,
        account=account,
        came_from=codes_of(moves["from"]),
        stage=codes_of(moves["to"]),
        since=since,
        until=np.append(since[1:], [0] * min(1, len(account))),
        left=goes_on.astype(np.bool_),
    )


def _stage_specs(loaded: Loaded, journey: str) -> list[dict[str, Any]]:
    stages: list[dict[str, Any]] = loaded.model.to_dict()["journeys"][journey]["stages"]
    return stages


def _quartiles(values: Floats) -> tuple[float | None, float | None, float | None]:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return None, None, None
    q1, median, q3 = np.quantile(known, [0.25, 0.5, 0.75]).tolist()
    return q1, median, q3


def _furthest_after(stays: _Stays) -> Ints:
    """For each stay the stage furthest down the list that the account reaches after it; -1: none."""
    if len(stays.account) == 0:
        return stays.stage
    ranks = stays.account[-1] - stays.account[::-1]  # ascending, as the reversed rows are
    width = int(stays.stage.max()) + 2
    reached = np.maximum.accumulate(ranks * width + stays.stage[::-1] + 1)[::-1] % width - 1
    after = np.append(reached[1:], [-1])
    return np.where(stays.left, after, -1)


def _reaches(stays: _Stays, target: int) -> Flags:
    """For each stay whether the account comes to the target after it."""
    places = np.flatnonzero(stays.stage == target)
    later = np.searchsorted(places, np.arange(len(stays.stage)), side="right")
    found = later < len(places)
    next_one = places[np.where(found, later, 0)] if len(places) else np.zeros(len(stays.stage), np.int64)
    reaches: Flags = found & (stays.account[next_one] == stays.account)
    return reaches


def _first_entries(stays: _Stays, chosen: Flags) -> Ints:
    """Of the stays that are chosen the first of each account in each stage."""
    places = np.flatnonzero(chosen)
    width = int(stays.stage.max(initial=0)) + 1
    _, first = np.unique(stays.account[places] * width + stays.stage[places], return_index=True)
    entries: Ints = places[np.sort(first)]
    return entries


def moves(loaded: Loaded, journey: str, start: AsOf, end: AsOf, progress: Progress) -> pa.Table:
    """See :meth:`Portfolio.moves`."""
    scored, after, until = scored_at_end(loaded, journey, start, end, progress)
    return as_table(scored.core.moves(journey, after, until))


def funnel(
    loaded: Loaded, journey: str, start: AsOf, end: AsOf, by: str | None, to: str | None, progress: Progress
) -> pa.Table:
    """See :meth:`Portfolio.funnel`."""
    import pyarrow as pa

    if by is not None:
        check_column(loaded.model, "by", by)
    check_journey(loaded.model, journey)
    target = _place_of(to, loaded, journey)
    scored, after, until = scored_at_end(loaded, journey, start, end, progress, [] if by is None else [by])
    stays = _stays(scored, journey, until)
    entries = _first_entries(stays, stays.since > after)
    furthest, reaches = _furthest_after(stays), _reaches(stays, target)
    there, stage_now, stalled_now = _state_at_end(scored, journey, stays)
    groups, names = _groups(loaded, stays, entries, by, progress)
    rows: list[dict[str, Any]] = []
    stages = _stage_specs(loaded, journey)
    for group, name in enumerate(names):
        for index, stage in enumerate(stages):
            mine = entries[(groups == group) & (stays.stage[entries] == index)]
            account = stays.account[mine]
            advanced = furthest[mine] > index
            here = ~advanced & there[account] & (stage_now[account] == index)
            q1, median, q3 = _quartiles(stays.days[mine])
            is_last = index == len(stages) - 1
            rows.append(
                {
                    **({} if by is None else {by: name}),
                    "stage": stage["name"],
                    "entered": len(mine),
                    "advanced": None if is_last else int(advanced.sum()),
                    "conversion": None if is_last or len(mine) == 0 else float(advanced.mean()),
                    "reached": None if index == target or len(mine) == 0 else float(reaches[mine].mean()),
                    "q1_days": q1,
                    "median_days": median,
                    "q3_days": q3,
                    "here": int(here.sum()),
                    "stalled": int((here & stalled_now[account]).sum()),
                    "lost": int((~advanced & ~there[account]).sum()),
                }
            )
    kinds = {"entered": pa.int64(), "advanced": pa.int64(), "here": pa.int64(), "stalled": pa.int64()}
    kinds |= {"lost": pa.int64(), "stage": pa.string()} | ({} if by is None else {by: plain(scored.table[by].type)})
    names_of = [*([] if by is None else [by]), "stage", "entered", "advanced", "conversion", "reached"]
    names_of += ["q1_days", "median_days", "q3_days", "here", "stalled", "lost"]
    fields = [pa.field(name, kinds.get(name, pa.float64())) for name in names_of]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields, scored.table.schema.metadata))


def _place_of(stage: str | None, loaded: Loaded, journey: str) -> int:
    """Where a stage stands in the list; None: the last one."""
    names = [spec["name"] for spec in _stage_specs(loaded, journey)]
    if stage is None:
        return len(names) - 1
    if stage not in names:
        raise unknown(f"to: the journey '{journey}' has no stage", stage, names)
    return names.index(stage)


def _state_at_end(scored: Scored, journey: str, stays: _Stays) -> tuple[Flags, Ints, Flags]:
    """Of each account of the stays: has it a panel row, its stage there (-1: none), is it stalled."""
    import pyarrow.compute as pc

    table = scored.table
    rows = pc.index_in(stays.accounts, value_set=table["account_id"].combine_chunks())
    there = rows.is_valid().to_numpy(zero_copy_only=False)
    at = rows.fill_null(0).to_numpy(zero_copy_only=False)
    if table.num_rows == 0:
        return there, np.full(len(there), -1), np.zeros(len(there), bool)
    stalled = table[f"{journey}_stalled"].combine_chunks().fill_null(False).to_numpy(zero_copy_only=False)
    return there, np.where(there, codes_of(table[journey])[at], -1), there & stalled[at]


def _groups(loaded: Loaded, stays: _Stays, entries: Ints, by: str | None, progress: Progress) -> tuple[Ints, list[Any]]:
    """A number for each entry, and what each number stands for: the value of `by` as of the entry."""
    import pyarrow as pa

    if by is None:
        return np.zeros(len(entries), np.int64), [None]
    if len(entries) == 0:
        return np.zeros(0, np.int64), []
    instants = np.unique(stays.since[entries]).astype("datetime64[us]")
    table = loaded.score_part(instants, columns=[by], progress=progress).table
    wanted = pa.table(
        {
            "account_id": stays.accounts.take(pa.array(stays.account[entries])),
            "as_of": instant_column(stays.since[entries]),
            "place": pa.array(np.arange(len(entries))),
        }
    )
    table = table.set_column(2, "value", decoded(table[by]))
    joined = wanted.join(table, ["account_id", "as_of"], join_type="left outer").sort_by("place")
    values = joined["value"].to_pylist()
    names = sorted({value for value in values if value is not None}, key=lambda value: (str(type(value)), value))
    names += [None] * (None in values)
    places = {value: place for place, value in enumerate(names)}
    return np.array([places[value] for value in values], np.int64), names


def transitions(loaded: Loaded, journey: str, start: AsOf, end: AsOf, progress: Progress) -> pa.Table:
    """See :meth:`Portfolio.transitions`."""
    import pyarrow as pa

    scored, after, until = scored_at_end(loaded, journey, start, end, progress)
    stays = _stays(scored, journey, until)
    names = [stage["name"] for stage in _stage_specs(loaded, journey)]
    days_before = np.append([np.nan] * min(1, len(stays.stage)), stays.days[:-1])
    recent = stays.since > after
    rows = []
    for source in range(-1, len(names)):
        leaving = recent & (stays.came_from == source)
        for target, name in enumerate(names):
            chosen = leaving & (stays.stage == target)
            days = days_before[chosen] if source >= 0 else np.zeros(0)
            rows.append(
                {
                    "from": None if source < 0 else names[source],
                    "to": name,
                    "moves": int(chosen.sum()),
                    "share": float(chosen.sum() / leaving.sum()) if leaving.any() else None,
                    "median_days": _quartiles(days)[1],
                }
            )
    kinds = {"from": pa.string(), "to": pa.string(), "moves": pa.int64()}
    fields = [pa.field(name, kinds.get(name, pa.float64())) for name in ("from", "to", "moves", "share", "median_days")]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields, scored.table.schema.metadata))


def handoffs(loaded: Loaded, journey: str, start: AsOf, end: AsOf, progress: Progress) -> pa.Table:
    """See :meth:`Portfolio.handoffs`."""
    import pyarrow as pa

    scored, after, until = scored_at_end(loaded, journey, start, end, progress)
    stays = _stays(scored, journey, until)
    owners = [stage.get("owner") for stage in _stage_specs(loaded, journey)]
    names = list(dict.fromkeys(owner for owner in owners if owner is not None))
    owner = np.array([-1 if one is None else names.index(one) for one in owners], np.int64)[stays.stage]
    same_account, before = np.zeros(len(owner), np.bool_), np.full(len(owner), -1)
    same_account[1:], before[1:] = stays.account[1:] == stays.account[:-1], owner[:-1]
    # A run: neighbouring stays of one account with one owner.
    begins = ~same_account | (before != owner)
    run = np.cumsum(begins) - 1
    began = stays.since[begins]
    handed = np.flatnonzero(same_account & (before != owner) & (before >= 0) & (owner >= 0) & (stays.since > after))
    days = days_of(stays.since[handed] - began[run[handed] - 1])
    rows = []
    for source, giver in enumerate(names):
        for target, taker in enumerate(names):
            chosen = (before[handed] == source) & (owner[handed] == target)
            if not chosen.any():
                continue
            q1, median, q3 = _quartiles(days[chosen])
            row = {"from_owner": giver, "to_owner": taker, "handoffs": int(chosen.sum())}
            rows.append(row | {"q1_days": q1, "median_days": median, "q3_days": q3})
    kinds = {"from_owner": pa.string(), "to_owner": pa.string(), "handoffs": pa.int64()}
    columns = ("from_owner", "to_owner", "handoffs", "q1_days", "median_days", "q3_days")
    fields = [pa.field(name, kinds.get(name, pa.float64())) for name in columns]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields, scored.table.schema.metadata))


def scored_at_end(
    loaded: Loaded, journey: str, start: AsOf, end: AsOf, progress: Progress, columns: Sequence[str] = ()
) -> tuple[Scored, int, int]:
    """The part of a panel as of the end that knows the moves up to it; both dates in microseconds."""
    check_journey(loaded.model, journey)
    after, until = range_of(start, end)
    wanted = [journey, f"{journey}_stalled", *columns]
    return loaded.score_part(end, columns=wanted, progress=progress), after, until
