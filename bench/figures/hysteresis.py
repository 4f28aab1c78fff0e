"""What does holding grades over 520 ticks cost beside a panel of 520 as-ofs that holds none?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench import ours, workload
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import DAYS, FIRST_DAY, Grid, event_table

LIMIT = 1.5
ROUNDS = 6  # even: as often first as second
TICKS = Grid(count=520, step_days=1)
POINTS = 5.0
EDGES = (30.0, 60.0)  # of yellow and green, both `from`
_METRICS = ("events_28d", "users_28d", "days_28d", "days_since_last")


def measure(settings: Settings) -> Sequence[Line]:
    """Score a loaded portfolio at every tick, with hysteresis and without; and at the last tick alone, with it."""
    events = event_table(settings.events(10))
    plain = ours.load(events, settings.threads, _model())
    held = ours.load(events, settings.threads, _model(hysteresis={"points": POINTS}))
    as_ofs = TICKS.as_ofs()
    before, after = plain.score(as_ofs).table, held.score(as_ofs).table
    _assert_walk(before, after)
    _assert_last(after, held.score(as_ofs[-1:]).table)
    note = f"{before.num_rows:,} panel rows"
    del before, after
    without = {"without": lambda: plain.score(as_ofs).table}
    rounds = settings.rounds(ROUNDS)
    # Apart: the small panel of one as-of leaves memory to be touched anew by whatever follows it.
    seconds = by_turns({"with": lambda: held.score(as_ofs).table, **without}, rounds, alternating=True)
    alone = by_turns({"one as-of": lambda: held.score(as_ofs[-1:]).table, **without}, rounds, alternating=True)
    accounts = workload.account_total(settings.events(10))
    figure = f"hysteresis over {TICKS.count} ticks, {accounts:,} accounts / without it, {TICKS.count} as-ofs"
    every = seconds["with"].over(seconds["without"])
    return [
        Line(f"{figure}: every tick asked for", every, "at most", LIMIT, seconds=seconds, note=note),
        Line(
            f"{figure}: one as-of asked for", alone["one as-of"].over(alone["without"]), "at most", LIMIT, seconds=alone
        ),
    ]


def _model(**keys: Any) -> dict[str, Any]:
    document = workload.model()
    metrics = {name: document["metrics"][name] for name in _METRICS}
    measures = {
        "volume": {"value": "events_28d", "curve": [[0, 0], [40, 100]]},
        "reach": {"value": "users_28d", "curve": [[0, 0], [12, 100]]},
        "rhythm": {"value": "days_28d", "curve": [[0, 0], [20, 100]]},
        "recency": {"value": "days_since_last", "curve": [[0, 100], [30, 0]]},
    }
    yellow, green = EDGES
    grades = [{"name": "red"}, {"name": "yellow", "from": yellow}, {"name": "green", "from": green}]
    anchor = str(np.datetime64(FIRST_DAY + DAYS - TICKS.count + 1, "D"))
    return {
        **document,
        "name": "hysteresis",
        "clock": {"every": "1d", "anchor": anchor},
        "metrics": metrics,
        "scores": {"health": {"measures": measures, "grades": grades, **keys}},
    }


def _assert_walk(before: pa.Table, after: pa.Table) -> None:
    """Walk all accounts at once from tick to tick over the scores without hysteresis."""
    if not before.drop_columns(["health_grade"]).equals(after.drop_columns(["health_grade"])):
        raise WrongAnswerError("hysteresis: it changed more than grades")
    accounts = pc.rank(before["account_id"], tiebreaker="dense").to_numpy() - 1
    tick = np.searchsorted(TICKS.instants(), before["as_of"].cast(pa.int64()).to_numpy())
    scores = np.full((TICKS.count, accounts.max() + 1), np.nan)
    scores[tick, accounts] = before["health"].to_numpy()
    found = np.full(scores.shape, -1)
    found[tick, accounts] = after["health_grade"].combine_chunks().indices.to_numpy()
    carried = np.full(scores.shape[1], -1)
    for score, grade in zip(scores, found, strict=True):
        expected = np.where(
            carried < 0, _grade(score, 0.0), np.clip(carried, _grade(score, POINTS), _grade(score, -POINTS))
        )
        carried = np.where(np.isnan(score), carried, expected)
        if not np.array_equal(grade, np.where(np.isnan(score), -1, expected)):
            raise WrongAnswerError("hysteresis: other grades than a walk over the scores gives")


def _grade(score: np.ndarray[Any, np.dtype[np.float64]], moved: float) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many edges are passed when each is moved up."""
    return np.sum([score >= edge + moved for edge in EDGES], axis=0)


def _assert_last(every: pa.Table, alone: pa.Table) -> None:
    """Ask for the last as-of alone: its rows are those of the whole panel."""
    last = pa.scalar(TICKS.last_us, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    if not every.filter(pc.equal(every["as_of"], last)).equals(alone):
        raise WrongAnswerError("hysteresis: one as-of alone differs from the same among 520")
