"""What does taking the change of a score apart cost, against scoring both dates?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import customerhealth as ch
from bench import ours, three_levels
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.three_levels import SCORE
from bench.workload import SEED, WEEKLY, event_table

LIMIT = 2.0
ROUNDS = 9
EVENTS_PER_ACCOUNT = 20  # 100,000 accounts of 2M events: the fewer, the cheaper is scoring


def measure(settings: Settings) -> Sequence[Line]:
    """Deep causes between two as-ofs against scoring those two of a loaded portfolio; one level beside."""
    model = three_levels.model()
    portfolio = ours.load(_many_accounts(settings.events(2)), settings.threads, model)
    as_ofs = [WEEKLY.as_ofs()[-5], WEEKLY.as_ofs()[-1]]
    panel = portfolio.score(as_ofs)
    rows = _assert_sums(panel, as_ofs)
    seconds = by_turns(
        {
            "score": lambda: portfolio.score(as_ofs).table,
            "deep": lambda: panel.why_changed(SCORE, *as_ofs),
            "one level": lambda: panel.why_changed(SCORE, *as_ofs, deep=False),
        },
        settings.rounds(ROUNDS),
    )
    accounts = pc.count_distinct(panel.table["account_id"]).as_py()
    figure = f"{settings.size(2)}, 3 levels, {three_levels.measure_total()} measures: why_changed / scoring two as-ofs"
    score, note = seconds["score"], f"{accounts:,} accounts, {rows:,} causes"
    return [
        Line(figure, seconds["deep"].over(score), "at most", LIMIT, seconds=seconds, note=note),
        Line(f"{figure}, one level", seconds["one level"].over(score)),
    ]


def _many_accounts(events: int) -> pa.Table:
    """The events of workload W, spread evenly over many accounts."""
    table = event_table(events)
    accounts = np.random.default_rng(SEED).integers(0, events // EVENTS_PER_ACCOUNT, events)
    return table.set_column(table.column_names.index("account_id"), "account_id", pa.array(accounts))


def _assert_sums(panel: ch.Panel, as_ofs: Sequence[np.datetime64]) -> int:
    """Every account's causes add up to the difference; returns how many there are."""
    causes = pa.table(panel.why_changed(SCORE, *as_ofs))
    told = causes.filter(pc.is_valid(causes["part"])).group_by("account_id").aggregate([("contribution", "sum")])
    before, now = (_scores(panel, as_of) for as_of in as_ofs)
    both = before.join(now, "account_id", "account_id", "inner", right_suffix="_now").join(told, "account_id")
    difference = pc.subtract(both[f"{SCORE}_now"], both[SCORE]).to_numpy()
    if not np.allclose(difference, pc.fill_null(both["contribution_sum"], 0.0).to_numpy(), rtol=0, atol=1e-7):
        raise WrongAnswerError("why_changed: the causes do not add up to the difference")
    return causes.num_rows


def _scores(panel: ch.Panel, as_of: np.datetime64) -> pa.Table:
    instant = pa.scalar(as_of.astype(int).item(), pa.timestamp("us", "UTC"))
    table = pa.table(panel.table)
    table = table.filter(pc.equal(table["as_of"], instant))
    return table.filter(pc.is_valid(table[SCORE])).select(["account_id", SCORE])
