"""Portfolios in folders, from night to night."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..portfolio import Portfolio
from .inputs import load_model, load_portfolio, parse_tables
from .options import MapOption, StrictOption, TableOption, ThreadsOption

__all__ = ["append"]


def append(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A saved portfolio.")],
    table: TableOption = None,
    map_: MapOption = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="TEXT", help="What these rows are called, as in 2026-07-01: a rerun replaces them."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="Of a folder that is new: the tables are its first.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What stands beside the version.")] = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Add rows to a saved portfolio, or save the first ones; all but the two newest versions are dropped.

    Example: customerhealth append portfolio --model b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    --key 2026-07-01
    """
    tables = parse_tables(table)
    if not tables:
        raise typer.BadParameter("give --table NAME=FILE", param_hint="--table")
    is_new = not folder.exists() or not any(folder.iterdir())
    if is_new and model is None:
        raise typer.BadParameter(f"{folder} holds nothing yet: give --model", param_hint="--model")
    if is_new:
        load_portfolio(load_model(str(model), map_), {}, strict=strict, threads=threads).save(folder)
    elif map_ and model is None:
        raise typer.BadParameter("columns are mapped in the model: give --model too", param_hint="--map")
    elif strict:
        raise typer.BadParameter("what is refused was said when the portfolio was saved", param_hint="--strict")
    portfolio = Portfolio.open(folder, None if is_new or model is None else load_model(model, map_), threads=threads)
    portfolio.append(tables=tables, key=key, note=note)
    versions = portfolio.versions()["version"].to_pylist()
    portfolio.drop(before=versions[-1])
    typer.echo(f"version {versions[-1]} of {folder}: {len(portfolio.accounts):,} accounts")
