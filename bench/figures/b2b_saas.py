"""How many times as fast as polars expressions are the scores of `b2b-saas`, when the metrics are there already?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

import customerhealth as ch
from bench import b2b_saas
from bench.b2b_saas import ACCOUNTS, TABLE, WEEKS
from bench.buffers import buffers, bytes_of_its_own
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.peers import polars_scores
from bench.samples import Samples
from bench.settings import Settings

BOTH, SCORES, CONTRIBUTIONS, BYTES = 2.5, 4.0, 0.9, 25.0
ROUNDS = 3
GRADES = ("engagement_grade", "adoption_grade", "relationship_grade", "health_grade", "health_grade_before")
NUMBERS = ("engagement", "adoption", "relationship", "health", "health_coverage", "health_change")


def measure(settings: Settings) -> Sequence[Line]:
    """4 scores of 26 measures with peers, caps, hysteresis and trend; then every deep contribution of `health`."""
    accounts = ACCOUNTS // 10 if settings.quick else ACCOUNTS
    table, document = b2b_saas.table(accounts), b2b_saas.document()
    given = table.drop_columns(["as_of"])
    portfolio = ch.Portfolio(ch.Model.parse(document), tables={TABLE: given}, threads=settings.threads)
    as_ofs, scores = b2b_saas.as_ofs(), _plain(document["scores"])
    frame = polars_scores.frame_of(table)
    panel = portfolio.score(as_ofs)
    rows = _assert_equal(panel, polars_scores.panel(frame, scores), scores)
    theirs = polars_scores.panel(frame, scores)
    told = panel.contributions("health", deep=True)
    own = bytes_of_its_own(told, panel.contributions("health", deep=True)) / told.num_rows
    written = buffers(told)
    del told
    seconds = by_turns(
        {
            "polars, scores": lambda: polars_scores.panel(frame, scores),
            "scores": lambda: portfolio.score(as_ofs).table,
            "polars, contributions": lambda: polars_scores.contributions(theirs, scores),
            "contributions": lambda: panel.contributions("health", deep=True),
            "contributions, only copied": lambda: [buffer.copy() for buffer in written],
        },
        settings.rounds(ROUNDS),
    )
    size = f"`b2b-saas`, {accounts:,} accounts, {WEEKS} weeks, metrics there"
    figure = f"{size}: times as fast as polars"
    both = seconds["polars, scores"].plus(seconds["polars, contributions"])
    ours = seconds["scores"].plus(seconds["contributions"])
    note = f"{panel.table.num_rows:,} panel rows, {rows:,} contributions; polars {pl.__version__}"
    return [
        Line(f"{figure}: scores, grades, contributions", both.over(ours), "at least", BOTH, seconds=seconds, note=note),
        Line(f"{figure}: scores and grades", seconds["polars, scores"].over(seconds["scores"]), "at least", SCORES),
        Line(
            f"{figure}: contributions",
            seconds["polars, contributions"].over(seconds["contributions"]),
            "at least",
            CONTRIBUTIONS,
        ),
        Line(f"{size}: bytes of a contribution beside the panel's own columns", Samples([own]), "at most", BYTES),
        Line(
            f"{figure}: contributions, if ours were only copied by one thread",
            seconds["polars, contributions"].over(seconds["contributions, only copied"]),
        ),
    ]


def _plain(scores: dict[str, Any]) -> dict[str, Any]:
    """Formulas without the name of the table, as the columns of a frame are called."""
    if isinstance(scores, dict):
        return {key: _plain(value) for key, value in scores.items()}
    if isinstance(scores, list):
        return [_plain(each) for each in scores]
    return scores.replace(f"{TABLE}.", "") if isinstance(scores, str) else scores


def _assert_equal(panel: ch.Panel, theirs: pl.DataFrame, scores: dict[str, Any]) -> int:
    """The same scores, grades and contributions; returns how many of those there are."""
    ours = pl.DataFrame(panel.table)
    if not ours["account_id"].equals(theirs["account_id"]) or not ours["as_of"].equals(theirs["as_of"]):
        raise WrongAnswerError("polars: other rows")
    for name in NUMBERS:
        _assert_near(ours[name], theirs[name], name)
    for name in (*GRADES, "health_trend"):
        _assert_same(ours[name].cast(pl.String), theirs[name].cast(pl.String), name)
    told, added = panel.contributions("health", deep=True), polars_scores.contributions(theirs, scores)
    by_part = pl.DataFrame(told.select(["part", "points", "weight", "contribution"]))
    measures = added["part"].unique(maintain_order=True)
    for part in measures:
        mine, others = by_part.filter(pl.col("part") == part), added.filter(pl.col("part") == part)
        known = ours["health"].is_not_null()
        _assert_near(mine["points"], others["points"], part)
        for name in ("weight", "contribution"):
            _assert_near(mine[name].filter(known), others[name].filter(known), f"{part} {name}")
    return told.num_rows


def _assert_near(ours: pl.Series, theirs: pl.Series, name: str) -> None:
    _assert_same(ours.is_null(), theirs.is_null(), f"{name}, missing")
    difference = np.abs(ours.fill_null(0).to_numpy() - theirs.fill_null(0).to_numpy())
    if difference.max(initial=0) > 1e-7:
        at = int(difference.argmax())
        raise WrongAnswerError(f"polars: {name} is {theirs[at]} in row {at}, expected {ours[at]}")


def _assert_same(ours: pl.Series, theirs: pl.Series, name: str) -> None:
    wrong = np.flatnonzero(ours.ne_missing(theirs).to_numpy())
    if wrong.size:
        at = int(wrong[0])
        raise WrongAnswerError(f"polars: {name} differs in {wrong.size} rows, at {at}: {theirs[at]}, not {ours[at]}")
