"""Do `columns` and `where` of a table cost at most 1.3 times what polars takes for the same expressions?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pyarrow as pa

import customerhealth as ch
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import WEEKLY, event_table

LIMIT = 1.3
ROUNDS = 7
MILLIONS = 10
WITH, WITHOUT, PEER = "load with the keys", "load what polars made", "polars"
COLUMNS = {
    "amount": "if(feature < 20, value * 1.19, value)",
    "is_deep": "feature >= 10 and value > 0.25",
    "length": "least(ceil(value * 60), 600)",
}
WHERE = "feature != 3 and value > 0.1"
METRICS = {
    "amount": {"agg": "sum", "of": "amount", "from": "usage", "window": "28d"},
    "deep": {"agg": "count", "where": "is_deep", "from": "usage", "window": "28d"},
    "length": {"agg": "max", "of": "length", "from": "usage", "window": "28d"},
}


def measure(settings: Settings) -> Sequence[Line]:
    """Ten million events; what loading takes longer with the keys, over the time of polars; equal panels first."""
    events = event_table(settings.events(MILLIONS))
    frame = pl.DataFrame(events)

    def peer() -> pl.DataFrame:
        feature, value = pl.col("feature"), pl.col("value")
        kept = frame.lazy().filter((feature != 3) & (value > 0.1))
        return kept.with_columns(
            amount=pl.when(feature < 20).then(value * 1.19).otherwise(value),
            is_deep=(feature >= 10) & (value > 0.25),
            length=pl.min_horizontal((value * 60).ceil(), pl.lit(600.0)),
        ).collect()

    made = peer().select("account_id", "time", "amount", "is_deep", "length").to_arrow()
    plain, derived = ch.Model.parse(_model({})), ch.Model.parse(_model({"columns": COLUMNS, "where": WHERE}))

    def load(model: ch.Model, table: pa.Table) -> ch.Portfolio:
        return ch.Portfolio(model, tables={"usage": table}, threads=settings.threads)

    as_ofs = WEEKLY.as_ofs()
    if not load(plain, made).score(as_ofs).table.equals(load(derived, events).score(as_ofs).table):
        raise WrongAnswerError("over the columns of polars the panel is another one")
    turns = {WITH: lambda: load(derived, events), WITHOUT: lambda: load(plain, made), PEER: peer}
    seconds = by_turns(turns, settings.rounds(ROUNDS))
    figure = f"{settings.size(MILLIONS)}: three derived columns and `where` / polars' time for the same"
    return [Line(figure, seconds[WITH].minus(seconds[WITHOUT]).over(seconds[PEER]), "at most", LIMIT, seconds=seconds)]


def _model(keys: dict[str, Any]) -> dict[str, Any]:
    usage = {"kind": "events", "account": "account_id", "time": "time", **keys}
    return {"format": 1, "name": "derived", "tables": {"usage": usage}, "metrics": METRICS}
