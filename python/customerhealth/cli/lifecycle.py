"""Plays and journeys."""

from __future__ import annotations

from typing import Annotated

import typer

from ..explain.history import has_account_labels
from .inputs import load_model, load_portfolio, parse_grid, parse_tables
from .options import (
    AtOption,
    DatesOption,
    FormOption,
    MapOption,
    ModelArgument,
    OutOption,
    SpreadsheetOption,
    StrictOption,
    TableOption,
    ThreadsOption,
)
from .outputs import Output, with_account_labels

__all__ = ["funnel", "plays"]


def plays(
    model: ModelArgument,
    as_of: AtOption,
    table: TableOption = None,
    closed: Annotated[bool, typer.Option("--closed", help="List the plays that were closed by then too.")] = False,
    out: OutOption = None,
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """List the plays that are open as of a date.

    Example: customerhealth plays b2b-lifecycle --table accounts=accounts.csv --table contracts=contracts.csv
    --table usage=usage.csv --as-of 2026-07-01 --out plays.csv --dates %d.%m.%Y --spreadsheet
    """
    tables = parse_tables(table)
    output = Output(out, form, [model, *tables.values()], dates=dates, spreadsheet=spreadsheet)
    parse_grid([as_of], None, None, None)
    portfolio = load_portfolio(load_model(model, map_), tables, strict=strict, threads=threads)
    listed = portfolio.plays(as_of, closed=closed)
    shown = listed.table.drop_columns(["id", "as_of", "message_now", "evidence", "evidence_now"])
    if output.is_read and has_account_labels(portfolio.model):
        shown = with_account_labels(shown, portfolio.score(as_of))
    output.table(listed, "plays", shown=shown)


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
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Count how far accounts came that entered each stage of a journey.

    Example: customerhealth funnel b2b-lifecycle --table accounts=accounts.csv --table contracts=contracts.csv
    --table usage=usage.csv --journey lifecycle --from 2026-01-01 --to 2026-07-01
    """
    tables, loaded = parse_tables(table), load_model(model, map_)
    output = Output(out, form, [model, *tables.values()], dates=dates, spreadsheet=spreadsheet)
    if journey is None and len(loaded.journeys) != 1:
        there = ", ".join(loaded.journeys) or "none"
        raise typer.BadParameter(f"name one of the model's journeys: {there}", param_hint="--journey")
    parse_grid([start, end], None, None, None)
    portfolio = load_portfolio(loaded, tables, strict=strict, threads=threads)
    counted = portfolio.funnel(journey or loaded.journeys[0], start, end, by=by, to=stage)
    output.table(counted, "rows")
