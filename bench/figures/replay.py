"""What does a replay of ten plays with six thresholds each cost, beside one replay of the ten?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow.compute as pc

import customerhealth as ch
from bench import life_cycle
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.life_cycle import ACCOUNTS, END, PLAYS, START
from bench.line import Line
from bench.settings import Settings

LIMIT = 3.0
ROUNDS = 4  # even: as often first as second
OUTCOME, WITHIN = "mrr = 0", "180d"
THRESHOLDS: dict[str, tuple[str, Sequence[float]]] = {
    "going_quiet": ("mrr > 0 and days_since_use > {x}", (7, 10, 14, 21, 28, 42)),
    "usage_falls": ("momentum <= {x}", (-0.1, -0.2, -0.3, -0.4, -0.5, -0.6)),
    "champion_left": ("champions_left > 0 and champions <= {x}", (0, 1, 2, 3, 4, 5)),
    "renewal": ("days_to_renewal <= {x}", (30, 45, 60, 90, 120, 150)),
    "onboarding_late": ("adoption = 'onboarding' and adoption_days > {x}", (30, 60, 90, 120, 150, 180)),
    "urgent_ticket": ("open_urgent > {x}", (0, 1, 2, 3, 4, 5)),
    "many_tickets": ("tickets_opened >= {x}", (2, 4, 6, 8, 10, 12)),
    "detractor": ("recommend <= {x}", (1, 2, 3, 4, 5, 6)),
    "expand": ("seat_use >= {x}", (0.5, 0.6, 0.7, 0.8, 0.9, 1)),
    "ask_reference": ("advocates and meetings >= {x}", (1, 2, 4, 6, 8, 10)),
}


def measure(settings: Settings) -> Sequence[Line]:
    """Replay two years of a loaded portfolio, against churn within 180 days."""
    accounts = ACCOUNTS // 10 if settings.quick else ACCOUNTS
    data = life_cycle.data(accounts)
    model = ch.Model.parse(life_cycle.document())
    portfolio = ch.Portfolio(model, tables=data.select(model), threads=settings.threads)
    del data
    vary = {play: {"when": rule, "x": list(values)} for play, (rule, values) in THRESHOLDS.items()}
    if vary.keys() != PLAYS.keys():
        raise WrongAnswerError("replay: every play needs its thresholds")
    note = _checked(portfolio, vary)
    seconds = by_turns(
        {
            "six thresholds": lambda: _replay(portfolio, vary),
            "one": lambda: _replay(portfolio, None),
        },
        settings.rounds(ROUNDS),
        alternating=True,
    )
    figure = f"replay of 10 plays over two years, {accounts:,} accounts: six thresholds each / as in the model"
    return [
        Line(figure, seconds["six thresholds"].over(seconds["one"]), "at most", LIMIT, seconds=seconds, note=note),
    ]


def _replay(portfolio: ch.Portfolio, vary: Any) -> ch.Replay:
    return portfolio.replay(START, END, outcome=OUTCOME, within=WITHIN, vary=vary)


def _checked(portfolio: ch.Portfolio, vary: Any) -> str:
    """A variation with the model's own threshold is the model's own play; the others are in order of it."""
    found = _replay(portfolio, vary)
    summary = found.summary.drop_columns(["variant", "x"]).to_pylist()
    if len(summary) != 7 * len(PLAYS):
        raise WrongAnswerError(f"replay: {len(summary)} variants, expected {7 * len(PLAYS)}")
    names = list(dict.fromkeys(row["play"] for row in summary))
    quiet = names.index("going_quiet") * 7
    if summary[quiet] != summary[quiet + 1 + THRESHOLDS["going_quiet"][1].index(14)]:
        raise WrongAnswerError("replay: a variation with the model's threshold differs from the model")
    alone = _replay(portfolio, None).summary.drop_columns(["variant"]).to_pylist()
    if alone != summary[::7]:
        raise WrongAnswerError("replay: variations change what is said of the model's own plays")
    hits = pc.sum(pc.equal(found.openings["status"], "hit")).as_py()
    return f"{found.openings.num_rows:,} openings of {len(summary)} variants, {hits:,} of them hits"
