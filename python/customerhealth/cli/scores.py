"""Scores: checked, worked out, explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer

from ..errors import DataError
from ..io.instants import AsOfs
from ..panel import Panel
from ..panel.looks import order_of
from ..portfolio import Portfolio
from .inputs import load_model, load_portfolio, parse_account, parse_grid, parse_tables, refuse_without_accounts
from .options import (
    AtOption,
    DatesOption,
    DocumentOption,
    FormOption,
    MapOption,
    ModelArgument,
    OptionalModelArgument,
    OutOfCoreOption,
    OutOption,
    PartsOption,
    PortfolioOption,
    SpreadsheetOption,
    StrictOption,
    TableOption,
    ThreadsOption,
)
from .outputs import DOCUMENTS, Form, Output, quality_lines, refuse_input, with_account_labels

__all__ = ["check", "explain", "score"]

_SHOWN_ROWS = 20


def check(
    model: ModelArgument,
    table: TableOption = None,
    out: OutOption = None,
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
) -> None:
    """Check a model, and with tables also whether they fit it and what is odd about them, which --out writes.

    Example: customerhealth check b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    """
    tables = parse_tables(table)
    output = Output(out, form, [model, *tables.values()], dates=dates, spreadsheet=spreadsheet)
    if not tables and not output.is_read:
        raise typer.BadParameter("what is odd in tables is written: give --table NAME=FILE", param_hint="--table")
    loaded = load_model(model, map_)
    if output.is_read:
        typer.echo(f"model {loaded.name}: fine ({loaded.digest[:12]})")
        for name, columns in loaded.tables.items():
            typer.echo(f"  reads {name}: {', '.join(columns)}")
        typer.echo(f"  gives {', '.join(loaded.columns) or 'no columns'}")
    if not tables:
        return
    portfolio = load_portfolio(loaded, tables, strict=strict)
    if not output.is_read:
        output.table(portfolio.quality(), "oddities")
        return
    typer.echo(f"{len(portfolio.accounts):,} accounts")
    for line in quality_lines(portfolio.quality()):
        typer.echo(line)


def score(
    model: OptionalModelArgument = None,
    table: TableOption = None,
    folder: PortfolioOption = None,
    as_of: Annotated[
        list[str] | None,
        typer.Option("--as-of", metavar="DATE", help="A date; the end of June is 2026-07-01. Repeatable."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First date of a grid.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last date of a grid.")] = None,
    every: Annotated[str | None, typer.Option("--every", metavar="LENGTH", help="Step of a grid: 7d, 1mo.")] = None,
    out: OutOption = None,
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
    out_of_core: OutOfCoreOption = None,
    parts: PartsOption = None,
) -> None:
    """Score all accounts: a panel, a row an account and date.

    Example: customerhealth score b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    --from 2026-01-01 --to 2026-07-01 --every 1mo --out panel.parquet
    """
    tables = parse_tables(table)
    if out_of_core is not None or parts is not None:
        grid = parse_grid(as_of, start, end, every)
        allowed = folder is None and not strict and not spreadsheet and dates is None and form in (None, Form.parquet)
        if out_of_core is None or not allowed:
            words = "goes with a MODEL, --table of Parquet or Arrow files, dates, --threads, --parts and --out alone"
            raise typer.BadParameter(words, param_hint="--parts" if out_of_core is None else "--out-of-core")
        score_in_parts(model, map_, tables, grid, out, out_of_core, parts, threads)
        return
    if folder is not None and (tables or strict):
        raise typer.BadParameter("a saved portfolio has its tables: append to it", param_hint="--portfolio")
    if folder is None and model is None:
        raise typer.BadParameter("give a MODEL with tables, or --portfolio FOLDER", param_hint="MODEL")
    read = [*([] if model is None else [model]), *tables.values(), *([] if folder is None else [folder])]
    output = Output(out, form, read, dates=dates, spreadsheet=spreadsheet)
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
    shown = with_account_labels(
        panel.dressed().select(["account_id", "as_of", *order_of(portfolio.model)]).table, panel
    )
    output.table(panel, f"rows of {len(portfolio.accounts):,} accounts", shown=shown, rows=_SHOWN_ROWS)
    for line in quality_lines(portfolio.quality()):
        typer.echo(line, err=True)


def score_in_parts(
    model: str | None,
    map_: list[str] | None,
    tables: dict[str, str],
    grid: AsOfs,
    out: Path | None,
    folder: Path,
    parts: int | None,
    threads: int | None,
) -> None:
    """Score tables larger than memory."""
    from ..out_of_core import score_out_of_core

    if model is None or not tables:
        raise typer.BadParameter("give a MODEL and its tables", param_hint="--out-of-core")
    if out is None or out.suffix != ".parquet":
        raise typer.BadParameter("give --out FILE.parquet", param_hint="--out-of-core")
    refuse_input(out, [model, *tables.values()])
    loaded = load_model(model, map_)
    refuse_without_accounts(loaded, tables)
    rows = score_out_of_core(loaded, tables, grid, out, folder, parts=parts, workers=threads)
    if not rows:
        raise DataError(f"no account has a row at these dates: {out} is empty")
    typer.echo(f"{rows:,} rows in {out}; parts in {folder}")


def explain(
    model: ModelArgument,
    as_of: AtOption,
    account: Annotated[str, typer.Option("--account", metavar="ID", help="The account.")],
    table: TableOption = None,
    out: DocumentOption = None,
    form: FormOption = None,
    html: Annotated[bool, typer.Option("--html", help="The same as --format html.")] = False,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Say why one account has its scores; as a table, what each part of each score is.

    Example: customerhealth explain b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    --as-of 2026-07-01 --account account-001
    """
    if html and form not in (None, Form.html):
        raise typer.BadParameter("is another form than --format asks for", param_hint="--html")
    tables = parse_tables(table)
    form = Form.html if html else form
    read = [model, *tables.values()]
    output = Output(out, form, read, dates=dates, spreadsheet=spreadsheet, fits=DOCUMENTS)
    grid = parse_grid([as_of], None, None, None)
    portfolio = load_portfolio(load_model(model, map_), tables, strict=strict, threads=threads)
    panel, wanted = portfolio.score(grid), parse_account(portfolio, account)
    explained = panel.explain(wanted)
    what = f"account {account} explained"
    if output.kind == ".txt":
        output.text(f"{explained}\n", what)
    elif output.kind == ".html":
        output.text(explained.to_html() + "\n", what)
    elif output.kind == ".json":
        output.text(json.dumps(explained.to_dict(), indent=2, ensure_ascii=False) + "\n", what)
    else:
        output.table(_parts(panel, wanted), "parts of scores")


def _parts(panel: Panel, account: str | int) -> pa.Table:
    """The parts of all scores of one account."""
    found = []
    for name in panel.model.scores:
        parts = panel.contributions(name).table
        mine = parts.filter(pc.equal(parts["account_id"], account))
        found.append(mine.add_column(2, "score", pa.array([name] * len(mine), pa.string())))
    if not found:
        raise DataError("the model has no score, so there are no parts of one")
    return pa.concat_tables(found, promote_options="permissive")
