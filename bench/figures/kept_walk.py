"""What does a past cost a portfolio that keeps its walk: the first call, and each one after it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

import customerhealth as ch
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import DAY_US, SEED

LIMIT = 2.0
ROUNDS = 6  # even: as often first as second
ACCOUNTS = 1000
START, END = "2024-03-01", "2026-07-01"  # 28 months
YEARS = 10
FIRST_DAY = 16_436  # 2015-01-01, in days since the epoch
EVENTS_PER_ACCOUNT = 500


def measure(settings: Settings) -> Sequence[Line]:
    """Ask again what was asked before, of a model with a past and of the same without."""
    return [*_preset(settings), *_journey(settings)]


def _preset(settings: Settings) -> Sequence[Line]:
    """`b2b-saas` with hysteresis and trend, and without."""
    accounts = ACCOUNTS // 10 if settings.quick else ACCOUNTS
    document = ch.Model.preset("b2b-saas").to_dict()
    plain = {**document, "scores": {name: _plain(score) for name, score in document["scores"].items()}}
    data = ch.datasets.simulate(accounts, START, END, seed=1)
    tables = data.select(ch.Model.parse(document))
    months = ch.dates("2024-04-01", END, every="1mo")

    def loaded(model: dict[str, Any]) -> ch.Portfolio:
        return ch.Portfolio(ch.Model.parse(model), tables=tables, threads=settings.threads)

    lines = []
    for name, as_ofs in ((f"{len(months)} months", months), ("one as-of", months[-1:])):
        kept, without = loaded(document), loaded(plain)
        first = kept.score(as_ofs).table  # the walk is kept from here on
        if not first.equals(kept.score(as_ofs).table) or not first.equals(loaded(document).score(as_ofs).table):
            raise WrongAnswerError("kept walk: the second call says something else")
        anew = iter([loaded(document) for _ in range(settings.rounds(ROUNDS) + 1)])
        seconds = by_turns(
            {
                "again": lambda kept=kept, as_ofs=as_ofs: kept.score(as_ofs).table,
                "without": lambda without=without, as_ofs=as_ofs: without.score(as_ofs).table,
                "first call": lambda anew=anew, as_ofs=as_ofs: next(anew).score(as_ofs).table,
            },
            settings.rounds(ROUNDS),
            alternating=True,
        )
        figure = (
            f"`b2b-saas`, {accounts:,} simulated accounts of 28 months, {name}: with hysteresis and trend / without"
        )
        plain_seconds = seconds["without"]
        lines += [
            Line(f"{figure}, again", seconds["again"].over(plain_seconds), "at most", LIMIT, seconds=seconds),
            Line(f"{figure}, first call", seconds["first call"].over(plain_seconds)),
        ]
    return lines


def _plain(score: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in score.items() if key not in ("hysteresis", "trend")}


def _journey(settings: Settings) -> Sequence[Line]:
    """A journey of ten weekly years: today's answer a second time, and after the rows of a day."""
    accounts = 200 if settings.quick else 2000
    usage = _usage(accounts)
    document = {
        "format": 1,
        "name": "years",
        "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at"}},
        "metrics": {
            "events": {"from": "usage", "agg": "count", "window": "28d"},
            "users": {"from": "usage", "agg": "count_distinct", "of": "user_id", "window": "28d"},
            "quiet": {"from": "usage", "agg": "days_since_last"},
        },
    }
    stages = [
        {"name": "quiet", "enter": "quiet > 60"},
        {"name": "using", "enter": "events >= 1"},
        {"name": "many", "enter": "users >= 4", "least": "2w"},
    ]
    with_journey = {**document, "journeys": {"use": {"stages": stages}}}
    split = usage.num_rows - usage.num_rows // (YEARS * 365)
    today = [np.datetime64((FIRST_DAY + YEARS * 365) * DAY_US, "us")]

    def loaded(model: dict[str, Any], rows: pa.Table = usage) -> ch.Portfolio:
        return ch.Portfolio(ch.Model.parse(model), tables={"usage": rows}, threads=settings.threads)

    kept, metrics = loaded(with_journey), loaded(document)
    nightly = loaded(with_journey, usage.slice(0, split))
    nightly.score(today)
    nightly.append(usage=usage.slice(split))
    first = kept.score(today).table
    if not first.equals(kept.score(today).table) or not first.equals(nightly.score(today).table):
        raise WrongAnswerError("kept walk: the second call says something else")
    seconds = by_turns(
        {"again": lambda: kept.score(today).table, "metrics": lambda: metrics.score(today).table},
        settings.rounds(ROUNDS),
        alternating=True,
    )
    figure = (
        f"journey of {YEARS} weekly years, {usage.num_rows:,} events, today's as-of a second time / the metrics alone"
    )
    return [Line(figure, seconds["again"].over(seconds["metrics"]), "at most", LIMIT, seconds=seconds)]


def _usage(accounts: int) -> pa.Table:
    rng = np.random.default_rng(SEED)
    rows = accounts * EVENTS_PER_ACCOUNT
    return pa.table(
        {
            "account_id": rng.integers(0, accounts, rows),
            "user_id": rng.integers(0, 10 * accounts, rows),
            "at": pa.array(
                FIRST_DAY * DAY_US + np.sort(rng.integers(0, YEARS * 365 * DAY_US, rows)), pa.timestamp("us", "UTC")
            ),
        }
    )
