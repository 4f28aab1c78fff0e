"""What do the contributions of a three-level, 25-measure model add to scoring it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import customerhealth as ch
from bench import ours, three_levels
from bench.buffers import buffers, bytes_of_its_own
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.samples import Samples
from bench.settings import Settings
from bench.three_levels import SCORE
from bench.workload import WEEKLY, event_table

LIMIT, BYTES = 1.0, 25.0
ROUNDS = 9


def measure(settings: Settings) -> Sequence[Line]:
    """Deep contributions (25 rows a panel row) against scoring a loaded portfolio; one level, and a stream, beside."""
    events = event_table(settings.events(1))
    model = three_levels.model()
    portfolio = ours.load(events, settings.threads, model)
    as_ofs = WEEKLY.as_ofs()
    panel = portfolio.score(as_ofs)
    _assert_sums(panel)
    told, again = (pa.table(panel.contributions(SCORE, deep=True)) for _ in range(2))
    own = bytes_of_its_own(told, again) / told.num_rows
    written = buffers(told)
    seconds = by_turns(
        {
            "score": lambda: portfolio.score(as_ofs).table,
            "deep": lambda: panel.contributions(SCORE, deep=True),
            "deep, streamed": lambda: sum(
                batch.num_rows for batch in panel.contributions(SCORE, deep=True, stream=True)
            ),
            "one level": lambda: panel.contributions(SCORE),
            "copy of all 25 parts": lambda: [buffer.copy() for buffer in written],
            "load and score": lambda: ours.load(events, settings.threads, model).score(as_ofs).table,
        },
        settings.rounds(ROUNDS),
    )
    rows = panel.table.num_rows
    note = f"{rows:,} panel rows, {rows * three_levels.measure_total():,} contributions"
    figure = f"{settings.size(1)}, 3 levels, {three_levels.measure_total()} measures: contributions / scoring"
    score = seconds["score"]
    size = "bytes of a contribution beside the panel's own columns"
    return [
        Line(f"{settings.size(1)}, 3 levels: {size}", Samples([own]), "at most", BYTES),
        Line(f"{figure}, all 25 parts", seconds["deep"].over(score), "at most", LIMIT, seconds=seconds, note=note),
        *(
            Line(f"{figure}, {name}", ratio, family=(figure, name))
            for name, ratio in {
                "all 25 parts, streamed": seconds["deep, streamed"].over(score),
                "all 25 parts, only copied by one thread": seconds["copy of all 25 parts"].over(score),
                "one level": seconds["one level"].over(score),
                "all 25 parts, scoring with loading": seconds["deep"].over(seconds["load and score"]),
            }.items()
        ),
    ]


def _assert_sums(panel: ch.Panel) -> None:
    """Every row's contributions add up to its score."""
    table = panel.table
    parts = pa.table(panel.contributions(SCORE, deep=True)).select(["account_id", "as_of", "contribution"])
    keys = ["account_id", "as_of"]
    sums = parts.group_by(keys).aggregate([("contribution", "sum")]).sort_by([(key, "ascending") for key in keys])
    scores = table.filter(pc.is_valid(table[SCORE]))[SCORE].to_numpy()
    added = sums.filter(pc.is_valid(sums["contribution_sum"]))["contribution_sum"].to_numpy()
    if scores.shape != added.shape or not np.allclose(scores, added, rtol=0, atol=1e-7):
        raise WrongAnswerError("contributions: they do not add up to the score")
