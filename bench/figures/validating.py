"""What does it cost to ask whether scores foresee, beside scoring what is asked about?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import customerhealth as ch
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.samples import Samples, duration
from bench.settings import Settings

DEMO, SIMULATED = 1.0, 3.0
ACCOUNTS = 20_000
ROUNDS = 3
TABLES = ("summary", "differences", "gains", "grades", "calibration", "capacity", "population", "notes")


def measure(settings: Settings) -> Sequence[Line]:
    """The demo with every table, and a simulated company with those that need no second look at its metrics."""
    return [_demo(settings), _simulated(settings)]


def _demo(settings: Settings) -> Line:
    """35 projects at 169 months, two rivals, 1,000 draws."""
    portfolio = ch.Portfolio(
        ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS, threads=settings.threads
    )
    asked = ch.dates("2012-02-01", "2026-02-01", every="1mo")
    names = ["health", "-days_since_last", "days_active"]
    silence = ch.outcomes.silence("activity", "90d")

    def once() -> ch.Validation:
        found = portfolio.validate(names, as_ofs=asked, outcome=silence, horizon="180d")
        found.to_json()
        return found

    found = once()
    if len(asked) != 169 or not 0.85 < found.summary["auc"][0].as_py() < 0.92:
        raise WrongAnswerError("validate of the demo: other dates, or another AUC")
    seconds = []
    for _ in range(settings.rounds(ROUNDS)):
        begun = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - begun)
    figure = "validate of the demo, all tables: 35 projects, 169 months, two rivals, 1,000 draws, scoring included"
    return Line(figure, Samples(seconds), "at most", DEMO, show=duration)


def _simulated(settings: Settings) -> Line:
    accounts = ACCOUNTS // 10 if settings.quick else ACCOUNTS
    document = ch.Model.preset("b2b-saas").to_dict()
    for score in document["scores"].values():  # which validate does not walk: without, both score the same
        score.pop("hysteresis", None)
        score.pop("trend", None)
    model = ch.Model.parse(document)
    company = ch.datasets.simulate(accounts, "2023-07-01", "2026-01-01", seed=3)
    portfolio = ch.Portfolio(model, tables=company.select(model), threads=settings.threads)
    del company
    asked: dict[str, Any] = {
        "as_ofs": ch.dates("2023-10-01", "2025-09-01", every="1mo"),
        "outcome": ch.outcomes.churn("contracts", gap="30d"),
        "horizon": "90d",
    }
    found = portfolio.validate(model.scores, **asked)
    if not found.summary["auc"][model.scores.index("health")].as_py() > 0.6:
        raise WrongAnswerError("validate of the simulator: health foresees nothing")
    cases = found.summary["cases"][0].as_py()

    def judged() -> None:
        validation = portfolio.validate(model.scores, **asked)
        for name in TABLES:
            getattr(validation, name)

    seconds = by_turns(
        {"validate": judged, "score": lambda: portfolio.score(asked["as_ofs"]).table}, settings.rounds(ROUNDS)
    )
    figure = f"validate on the simulator, {accounts:,} accounts × 24 months: / scoring the same metrics and scores"
    note = f"{cases:,} cases, {len(model.scores)} scores, 1,000 draws; " + ", ".join(TABLES)
    ratio = seconds["validate"].over(seconds["score"])
    return Line(figure, ratio, "at most", SIMULATED, seconds=seconds, note=note)
