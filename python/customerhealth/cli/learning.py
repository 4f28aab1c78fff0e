"""Weights that foresee, from files to a new model document."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from .foresight import parse_outcome
from .inputs import load_model, load_portfolio, parse_grid, parse_tables
from .options import (
    AmongOption,
    AsOfOption,
    DatesEveryOption,
    FirstDateOption,
    LastDateOption,
    LeadOption,
    MapOption,
    ModelArgument,
    ObservedOption,
    StrictOption,
    TableOption,
    ThreadsOption,
)
from .outputs import Output

__all__ = ["learn"]


class What(str, Enum):
    """What is learned."""

    weights = "weights"
    curves = "curves"


def learn(
    model: ModelArgument,
    outcome: Annotated[str, typer.Option("--outcome", metavar="WHAT", help="What is to be foreseen, as in validate.")],
    horizon: Annotated[str, typer.Option("--horizon", metavar="LENGTH", help="How far to look ahead, as in 90d.")],
    table: TableOption = None,
    score: Annotated[
        str | None, typer.Option("--score", metavar="NAME", help="Default: the model's last score.")
    ] = None,
    as_of: AsOfOption = None,
    start: FirstDateOption = None,
    end: LastDateOption = None,
    every: DatesEveryOption = None,
    lead: LeadOption = "0d",
    among: AmongOption = None,
    observed: ObservedOption = None,
    test: Annotated[str | None, typer.Option("--test", metavar="DATE", help="Dates from here on are held out.")] = None,
    test_accounts: Annotated[
        float | None, typer.Option("--test-accounts", metavar="SHARE", help="This share of accounts is held out.")
    ] = None,
    hold: Annotated[
        list[str] | None, typer.Option("--hold", metavar="MEASURE", help="Its share stays. Repeatable.")
    ] = None,
    what: Annotated[What, typer.Option("--learn", help="weights, or curves: the shapes of measures too.")] = (
        What.weights
    ),
    seed: Annotated[int, typer.Option("--seed", help="Of folds, draws and who is held out.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="A .json file for the new model; - is standard output."),
    ] = None,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Weights of a score that foresee an outcome better: a new model, and what it is worth.

    Example: customerhealth learn b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    --outcome churn:contracts:30d --horizon 90d --test-accounts 0.3 --out learned.json
    """
    grid = parse_grid(as_of, start, end, every) if as_of or start or end or every else None
    loaded, tables = load_model(model, map_), parse_tables(table)
    output = Output(out, None, [model, outcome, *tables.values()], fits=(".json",))
    asked = parse_outcome(outcome)
    if score is None and not loaded.scores:
        raise typer.BadParameter("the model has no score", param_hint="MODEL")
    portfolio = load_portfolio(loaded, tables, strict=strict, threads=threads)
    found = portfolio.learn(
        score or loaded.scores[-1], as_ofs=grid, outcome=asked, horizon=horizon, lead=lead, among=among,
        observed=observed, test=test, test_accounts=test_accounts, hold=hold or (), learn=what.value, seed=seed,
    )  # fmt: skip
    typer.echo(found.explain(), err=output.is_piped)
    if out is not None:
        output.text(json.dumps(found.model.to_dict(), indent=2) + "\n", "the new model")
