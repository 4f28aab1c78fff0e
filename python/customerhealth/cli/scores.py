"""Scores: checked, worked out, explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import DataError
from ..portfolio import Portfolio
from .inputs import load_model, load_portfolio, parse_account, parse_grid, parse_tables
from .options import (
    MapOption,
    ModelArgument,
    PortfolioOption,
    SpreadsheetOption,
    StrictOption,
    TableOption,
    ThreadsOption,
)
from .outputs import Writer, quality_lines

__all__ = ["check", "explain", "score"]


def check(
    model: ModelArgument, table: TableOption = None, map_: MapOption = None, strict: StrictOption = False
) -> None:
    """Check a model, and with tables also whether they fit it and what is odd about them."""
    tables = parse_tables(table)
    loaded = load_model(model, map_)
    typer.echo(f"model {loaded.name}: fine ({loaded.digest[:12]})")
    for name, columns in loaded.tables.items():
        typer.echo(f"  reads {name}: {', '.join(columns)}")
    typer.echo(f"  gives {', '.join(loaded.columns) or 'no columns'}")
    if tables:
        portfolio = load_portfolio(loaded, tables, strict=strict)
        typer.echo(f"{len(portfolio.accounts):,} accounts")
        for line in quality_lines(portfolio.quality()):
            typer.echo(line)


def score(
    out: Annotated[Path, typer.Option("--out", help="The panel: a .parquet, .csv, .arrow or .feather file.")],
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="A model's JSON file, or the name of a preset.")
    ] = None,
    table: TableOption = None,
    folder: PortfolioOption = None,
    as_of: Annotated[
        list[str] | None,
        typer.Option("--as-of", metavar="DATE", help="A date; the end of June is 2026-07-01. Repeatable."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First date of a grid.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last date of a grid.")] = None,
    every: Annotated[str | None, typer.Option("--every", metavar="LENGTH", help="Step of a grid: 7d, 1mo.")] = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Score all accounts and write the panel to a file."""
    tables = parse_tables(table)
    if folder is not None and (tables or strict):
        raise typer.BadParameter("a saved portfolio has its tables: append to it", param_hint="--portfolio")
    if folder is None and model is None:
        raise typer.BadParameter("give a MODEL with tables, or --portfolio FOLDER", param_hint="MODEL")
    read = [*([] if model is None else [model]), *tables.values(), *([] if folder is None else [folder])]
    write = Writer(out, read, spreadsheet=spreadsheet)
    grid = parse_grid(as_of, start, end, every)
    if folder is not None:
        portfolio = Portfolio.open(folder, None if model is None else load_model(model, map_), threads=threads)
    else:
        portfolio = load_portfolio(load_model(str(model), map_), tables, strict=strict, threads=threads)
    panel = portfolio.score(grid)
    if len(panel) == 0:
        raise DataError(
            "\n".join(
                ["no account has a row at these dates, so nothing is written", *quality_lines(portfolio.quality())]
            )
        )
    write(panel)
    for line in quality_lines(portfolio.quality()):
        typer.echo(line, err=True)
    typer.echo(f"{len(panel):,} rows of {len(portfolio.accounts):,} accounts in {out}")


def explain(
    model: ModelArgument,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The date; the end of June is 2026-07-01.")],
    account: Annotated[str, typer.Option("--account", metavar="ID", help="The account.")],
    table: TableOption = None,
    html: Annotated[bool, typer.Option("--html", help="Print HTML instead of text.")] = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Say why one account has its scores."""
    grid = parse_grid([as_of], None, None, None)
    portfolio = load_portfolio(load_model(model, map_), parse_tables(table), strict=strict, threads=threads)
    panel = portfolio.score(grid)
    explained = panel.explain(parse_account(portfolio, account))
    typer.echo(explained.to_html() if html else str(explained))
