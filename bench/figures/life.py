"""What do three journeys, ten cohorts and ten plays cost over 104 weekly ticks, beside the metrics they need?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

import customerhealth as ch
from bench import life_cycle
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.life_cycle import ACCOUNTS, METRICS, WEEKS
from bench.line import Line
from bench.settings import Settings

LIMIT = 1.0
ROUNDS = 6  # even: as often first as second
_QUIET, _REST = 14, 4  # days without use that open the play; its cooldown in ticks


def measure(settings: Settings) -> Sequence[Line]:
    """Score a loaded portfolio at every tick with journeys, cohorts and plays, and with their metrics alone."""
    accounts = ACCOUNTS // 10 if settings.quick else ACCOUNTS
    data, as_ofs = life_cycle.data(accounts), life_cycle.ticks()
    portfolios = {}
    for name, life in (("metrics", False), ("with", True)):
        model = ch.Model.parse(life_cycle.document(life=life))
        portfolios[name] = ch.Portfolio(model, tables=data.select(model), threads=settings.threads)
    del data
    plain, lived = portfolios["metrics"], portfolios["with"]
    note = _checked(plain, lived, as_ofs)
    seconds = by_turns(
        {"with": lambda: lived.score(as_ofs).table, "metrics": lambda: plain.score(as_ofs).table},
        settings.rounds(ROUNDS),
        alternating=True,
    )
    last = as_ofs[-1:]
    # Apart: the small panel of one as-of leaves memory to be touched anew by whatever follows it.
    alone = by_turns(
        {"one as-of": lambda: lived.score(last).table, "metrics": lambda: plain.score(as_ofs).table},
        settings.rounds(ROUNDS),
        alternating=True,
    )
    figure = f"3 journeys, 10 cohorts, 10 plays, {WEEKS} weekly ticks, {accounts:,} accounts / their metrics"
    metrics = seconds["metrics"]
    return [
        Line(figure, seconds["with"].minus(metrics).over(metrics), "at most", LIMIT, seconds=seconds, note=note),
        Line(f"{figure}: one as-of asked for, all in", alone["one as-of"].over(alone["metrics"]), seconds=alone),
    ]


def _checked(plain: ch.Portfolio, lived: ch.Portfolio, as_ofs: npt.NDArray[np.datetime64]) -> str:
    """The metrics are the same, cohorts and openings those of a plain count, and one as-of alone says the same."""
    before, panel = plain.score(as_ofs).table, lived.score(as_ofs)
    after = panel.table
    if not before.equals(after.select(["account_id", "as_of", *METRICS])):
        raise WrongAnswerError("life: it changed the metrics")
    quiet, live = pc.greater(after["days_since_use"], _QUIET), pc.greater(after["mrr"], 0)
    rarely = pc.and_kleene(live, pc.or_kleene(quiet, pc.less(after["actions"], 10)))
    if not after["used_rarely"].equals(pc.fill_null(rarely, False)):
        raise WrongAnswerError("life: another cohort than its rule gives")
    _assert_openings(panel, pc.and_kleene(live, quiet), as_ofs)
    last = pa.scalar(as_ofs[-1].astype(np.int64).item(), pa.timestamp("us", "UTC"))
    alone = lived.score(as_ofs[-1:])
    if not after.filter(pc.equal(after["as_of"], last)).equals(alone.table):
        raise WrongAnswerError("life: one as-of alone differs from the same among 104")
    return f"{after.num_rows:,} panel rows, {alone.plays(closed=True).num_rows:,} plays opened"


def _assert_openings(panel: ch.Panel, rule: pa.ChunkedArray, as_ofs: npt.NDArray[np.datetime64]) -> None:
    """Walk the play `going_quiet` for all accounts at once from tick to tick."""
    table = panel.table
    account = pc.rank(table["account_id"], tiebreaker="dense").to_numpy() - 1
    tick = np.searchsorted(as_ofs.astype(np.int64), table["as_of"].cast(pa.int64()).to_numpy())
    truth = np.full((len(as_ofs), account.max() + 1), -1)
    truth[tick, account] = pc.fill_null(rule.cast(pa.int8()), -1).to_numpy()
    is_open, opened_at = np.zeros(truth.shape[1], bool), np.full(truth.shape[1], -_REST)
    openings = 0
    for k, now in enumerate(truth):
        opens = ~is_open & (now == 1) & (k - opened_at >= _REST)
        is_open = np.where(is_open, now != 0, opens)
        opened_at[opens] = k
        openings += int(opens.sum())
    plays = panel.plays(closed=True)
    told = plays.filter(pc.and_(pc.equal(plays["play"], "going_quiet"), pc.equal(plays["as_of"], plays["opened"])))
    if told.num_rows != openings:
        raise WrongAnswerError(f"life: {told.num_rows} openings of going_quiet, a plain walk finds {openings}")
