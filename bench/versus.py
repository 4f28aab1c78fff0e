"""Ours against the peers on one table: checked equal, then timed by turns."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from bench import ours, peers
from bench.check import assert_equal
from bench.clock import by_turns
from bench.line import Line, Sense
from bench.settings import Settings
from bench.workload import WEEKLY, Ids, account_total, event_table

ROUNDS = 7


def against_peers(settings: Settings, ids: Ids, limits: Mapping[str, float]) -> list[Line]:
    """One line a peer: its time over ours."""
    events = event_table(settings.events(1), ids)
    expected = ours.panel(events, WEEKLY, settings.threads)
    return [
        _line(settings, peer, events, expected, ids, limits.get(name))
        for name, peer in ((name, peers.load(name)) for name in peers.NAMES)
    ]


def _line(
    settings: Settings,
    peer: peers.Peer | peers.Absent,
    events: pa.Table,
    expected: pa.Table,
    ids: Ids,
    limit: float | None,
) -> Line:
    figure = f"{settings.size(1)}, {ids} ids: times as fast as {peer.name}"
    sense: Sense = "at least" if limit else "reported"
    if isinstance(peer, peers.Absent):
        return Line(figure, None, sense, limit, note=f"{peer.name} is not installed: {peer.why}")
    assert_equal(expected, peer.panel(events, WEEKLY, settings.threads), peer.name)
    turns = {
        ours.NAME: lambda: ours.panel(events, WEEKLY, settings.threads),
        peer.name: lambda: peer.panel(events, WEEKLY, settings.threads),
    }
    seconds = by_turns(turns, settings.rounds(ROUNDS))
    rows = f"{account_total(events.num_rows):,} accounts, {expected.num_rows:,} panel rows"
    note = f"{rows}; {peer.name} {peer.version}: {peer.form}"
    family = None if limit else (f"{settings.size(1)}, {ids} ids: times as fast as", peer.name)
    ratio = seconds[peer.name].over(seconds[ours.NAME])
    return Line(figure, ratio, sense, limit, seconds=seconds, note=note, family=family)
