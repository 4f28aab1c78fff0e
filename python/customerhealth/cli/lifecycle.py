"""Plays and journeys."""

from __future__ import annotations

from typing import Annotated

import typer

from .inputs import load_model, load_portfolio, parse_grid, parse_tables
from .options import MapOption, ModelArgument, OutOption, SpreadsheetOption, StrictOption, TableOption, ThreadsOption
from .outputs import open_writer, text_table

__all__ = ["funnel", "plays"]


def plays(
    model: ModelArgument,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The date; the end of June is 2026-07-01.")],
    table: TableOption = None,
    out: OutOption = None,
    closed: Annotated[bool, typer.Option("--closed", help="List the plays that were closed by then too.")] = False,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """List the plays that are open as of a date."""
    tables = parse_tables(table)
    write = open_writer(out, [model, *tables.values()], spreadsheet)
    parse_grid([as_of], None, None, None)
    portfolio = load_portfolio(load_model(model, map_), tables, strict=strict, threads=threads)
    listed = portfolio.plays(as_of, closed=closed)
    if write is not None:
        write(listed)
        typer.echo(f"{listed.num_rows:,} plays in {out}")
        return
    for line in text_table(listed.drop_columns(["id", "as_of", "message_now", "evidence", "evidence_now"])):
        typer.echo(line)


def funnel(
    model: ModelArgument,
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="Entries after this date count.")],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="What happened up to this date counts.")],
    journey: Annotated[
        str | None, typer.Option("--journey", metavar="NAME", help="Default: the model's only one.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="COLUMN", help="Divide the accounts by this column.")
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="NAME", help="What `reached` asks for. Default: the last stage.")
    ] = None,
    table: TableOption = None,
    out: OutOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Count how far accounts came that entered each stage of a journey."""
    tables, loaded = parse_tables(table), load_model(model, map_)
    write = open_writer(out, [model, *tables.values()], spreadsheet)
    if journey is None and len(loaded.journeys) != 1:
        there = ", ".join(loaded.journeys) or "none"
        raise typer.BadParameter(f"name one of the model's journeys: {there}", param_hint="--journey")
    parse_grid([start, end], None, None, None)
    portfolio = load_portfolio(loaded, tables, strict=strict, threads=threads)
    counted = portfolio.funnel(journey or loaded.journeys[0], start, end, by=by, to=stage)
    if write is not None:
        write(counted)
        typer.echo(f"{counted.num_rows:,} rows in {out}")
        return
    for line in text_table(counted):
        typer.echo(line)
