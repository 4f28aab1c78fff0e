"""Recurring revenue."""

from __future__ import annotations

from typing import Annotated

import pyarrow.compute as pc
import typer

from ..revenue import Revenue
from .inputs import parse_periods
from .options import (
    BandOption,
    ByOption,
    DatesOption,
    EndIsOption,
    EveryOption,
    FormOption,
    FreeOption,
    FromOption,
    GapOption,
    LabelsOption,
    OutOption,
    OverOption,
    SpreadsheetOption,
    ThreadsOption,
    ToOption,
    column_option,
)
from .outputs import Output, quality_lines

__all__ = ["revenue"]

_SHOWN = (  # the columns of a waterfall that fit a terminal; a file gets all of them
    *("account_id", "from", "to", "by", "start", "new", "expansion", "contraction", "churn", "reactivation", "end"),
    *("movement", "nrr", "grr", "logo_retention", "quick_ratio", "accounts_end"),
)


def revenue(
    contracts: Annotated[str, typer.Argument(metavar="FILE", help="Contracts: a .parquet, .csv or .arrow file.")],
    start: FromOption,
    end: ToOption,
    every: EveryOption = None,
    over: OverOption = None,
    by: ByOption = None,
    labels: LabelsOption = None,
    band: BandOption = None,
    account_column: Annotated[str, column_option("--account", "whose contract it is")] = "account_id",
    start_column: Annotated[str, column_option("--start", "when it starts")] = "start",
    end_column: Annotated[str, column_option("--end", "when it ends")] = "end",
    mrr: Annotated[str | None, column_option("--mrr", "the amount a month; mrr if nothing is said")] = None,
    total: Annotated[str | None, column_option("--total", "the whole amount, in place of --mrr; with --term")] = None,
    term: Annotated[str | None, column_option("--term", "the months that the whole amount is for")] = None,
    known: Annotated[str | None, column_option("--known", "when the row became known")] = None,
    key: Annotated[str | None, column_option("--key", "what names a contract: of its rows the last counts")] = None,
    product: Annotated[str | None, column_option("--product", "the product")] = None,
    currency: Annotated[str | None, column_option("--currency", "the currency; two are refused")] = None,
    billing_period: Annotated[str | None, column_option("--billing-period", "months paid at a time")] = None,
    gap: GapOption = None,
    end_is: EndIsOption = "exclusive",
    free: FreeOption = "prospects",
    accounts: Annotated[bool, typer.Option("--accounts", help="Movements of each account, not the sums.")] = False,
    out: OutOption = None,
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Say what became of recurring revenue between dates, or how much of it was kept.

    Example: customerhealth revenue contracts.csv --from 2025-07-01 --to 2026-07-01 --every 1mo --over 12mo
    --start start_date --end end_date --mrr mrr --known signed_at --key contract_id --out nrr.xlsx
    """
    read = [contracts, *([labels] if labels else [])]
    output = Output(out, form, read, dates=dates, spreadsheet=spreadsheet)
    if accounts and (over or by):
        raise typer.BadParameter("movements by account have neither --by nor --over", param_hint="--accounts")
    if (total is None) != (term is None) or (mrr is not None and total is not None):
        raise typer.BadParameter("give --mrr, or both --total and --term", param_hint="--total")
    if by is None and (labels or band):
        raise typer.BadParameter("--labels and --band need --by, the column to split by", param_hint="--by")
    grid = parse_periods(start, end, every)
    book = Revenue(
        contracts, account=account_column, start=start_column, end=end_column, mrr=mrr, total=total, term=term,
        known=known, key=key, product=product, currency=currency, billing_period=billing_period, gap=gap,
        end_is=end_is, free=free, threads=threads,
    )  # fmt: skip
    if accounts:
        found = book.movements(grid, detail=True)
    elif over is not None:
        found = book.retention(grid, over=over, by=by, labels=labels, bands=band)
    else:
        found = book.waterfall(grid, by=by, labels=labels, bands=band)
    quality = book.quality()
    # The dates are given here, so that ends up to them have come.
    quality = quality.filter(pc.not_equal(quality["check"], "end_not_come"))
    for line in quality_lines(quality) if quality.num_rows else []:
        typer.echo(line, err=True)
    shown = [name for name in _SHOWN if name in found.column_names and (name != "by" or by is not None)]
    output.table(found, "rows", shown=found.select(shown))
