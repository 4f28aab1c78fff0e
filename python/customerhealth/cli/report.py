"""A report for people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..plot.panels import score_of
from ..reports.one_report import page
from ..reports.one_report import report as write_report
from .foresight import parse_outcome
from .inputs import load_model, load_portfolio, parse_grid, parse_tables
from .options import (
    AsOfOption,
    DatesEveryOption,
    FirstDateOption,
    LastDateOption,
    MapOption,
    ModelArgument,
    StrictOption,
    TableOption,
    ThreadsOption,
)
from .outputs import Output

__all__ = ["report"]


def report(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="An .html file; - is standard output.")],
    table: TableOption = None,
    as_of: AsOfOption = None,
    start: FirstDateOption = None,
    end: LastDateOption = None,
    every: DatesEveryOption = None,
    score: Annotated[
        str | None, typer.Option("--score", metavar="NAME", help="Default: health, else the first one with grades.")
    ] = None,
    revenue: Annotated[
        str | None,
        typer.Option(
            "--revenue", metavar="TABLE:MRR", help="Contracts and their amount a month; or a column of the panel."
        ),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="COLUMN", help="A file for each value of this column of the panel.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", metavar="WHAT", help="Say what the score is worth; as `validate` takes it."),
    ] = None,
    horizon: Annotated[str, typer.Option("--horizon", metavar="LENGTH", help="For --outcome: how far ahead.")] = "90d",
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Write one page of HTML: state and change, whom to call first and why, revenue, a page an account.

    The last date is reported; the dates before it are its past.

    Example: customerhealth report b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    --from 2025-07-01 --to 2026-07-01 --every 1mo --revenue contracts:mrr --out monday.html
    """
    loaded, tables = load_model(model, map_), parse_tables(table)
    output = Output(out, None, [model, *([outcome] if outcome else []), *tables.values()], fits=(".html", ".htm"))
    if output.file is None and owner is not None:
        raise typer.BadParameter("each owner has a file: give --out FILE", param_hint="--owner")
    grid = parse_grid(as_of, start, end, every)
    asked = None if outcome is None else parse_outcome(outcome)
    portfolio = load_portfolio(loaded, tables, strict=strict, threads=threads)
    panel, judged = portfolio.score(grid), score_of(loaded, score).name
    contracts, colon, mrr = (revenue or "").partition(":")
    paid = portfolio.revenue(contracts, mrr=mrr) if colon else revenue
    found = None if asked is None else portfolio.validate(judged, outcome=asked, horizon=horizon)
    if output.file is None:
        output.text(page(panel, revenue=paid, validation=found, score=score), "the page")
        return
    for path in write_report(panel, out, revenue=paid, validation=found, owner=owner, score=score):
        typer.echo(path)
