"""Whether scores foresee."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..validation import outcomes
from .inputs import load_model, load_portfolio, parse_grid, parse_tables
from .options import (
    AmongOption,
    AsOfOption,
    DatesEveryOption,
    DatesOption,
    DocumentOption,
    FirstDateOption,
    FormOption,
    LastDateOption,
    LeadOption,
    MapOption,
    ModelArgument,
    ObservedOption,
    SpreadsheetOption,
    StrictOption,
    TableOption,
    ThreadsOption,
)
from .outputs import DOCUMENTS, Output

__all__ = ["validate"]

_TABLES = (
    "summary",
    "population",
    "periods",
    "gains",
    "capacity",
    "grades",
    "calibration",
    "missed",
    "spared",
    "notes",
)
_FITS = (
    "churn:TABLE, churn:TABLE:GAP, silence:TABLE:LENGTH, contraction:TABLE:MRR or :MRR:BY, expansion alike, "
    "downgrade:TABLE:COLUMN:best>…>worst, a file of outcomes, a formula or a cohort"
)


def validate(
    model: ModelArgument,
    outcome: Annotated[str, typer.Option("--outcome", metavar="WHAT", help=f"What is to be foreseen: {_FITS}.")],
    horizon: Annotated[str, typer.Option("--horizon", metavar="LENGTH", help="How far to look ahead, as in 90d.")],
    table: TableOption = None,
    score: Annotated[
        list[str] | None,
        typer.Option("--score", metavar="NAME", help="A score or metric; -NAME turns it over. Default: all scores."),
    ] = None,
    as_of: AsOfOption = None,
    start: FirstDateOption = None,
    end: LastDateOption = None,
    every: DatesEveryOption = None,
    lead: LeadOption = "0d",
    among: AmongOption = None,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN", help="Segments. Repeatable.")] = None,
    observed: ObservedOption = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the draws.")] = 0,
    out: DocumentOption = None,
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Say how well scores foresaw what came, and what to distrust.

    Without dates it looks at the beginnings of the last 24 months whose windows are over. As a table it is the summary,
    a row a score; a workbook has other tables too.

    Example: customerhealth validate b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    --outcome churn:contracts:30d --horizon 90d --out report.html
    """
    grid = parse_grid(as_of, start, end, every) if as_of or start or end or every else None
    loaded, tables = load_model(model, map_), parse_tables(table)
    read = [model, outcome, *tables.values()]
    output = Output(out, form, read, dates=dates, spreadsheet=spreadsheet, fits=DOCUMENTS)
    asked = parse_outcome(outcome)
    portfolio = load_portfolio(loaded, tables, strict=strict, threads=threads)
    found = portfolio.validate(
        score or loaded.scores, as_ofs=grid, outcome=asked, horizon=horizon, lead=lead, among=among, by=by,
        observed=observed, seed=seed,
    )  # fmt: skip
    if output.file is not None:
        typer.echo(f"{found.explain()}\n")
    if output.kind == ".txt":
        output.text(found.explain() + "\n", "the text")
    elif output.kind in (".json", ".html"):
        output.text(found.to_json() if output.kind == ".json" else found.to_html(), "all tables")
    elif output.kind == ".xlsx":
        output.tables({name: getattr(found, name) for name in _TABLES}, "the tables")
    else:
        output.table(found.summary, "scores")


def parse_outcome(text: str) -> object:
    """A rule by its name and arguments, a file, or a formula as it stands."""
    name, *rest = text.split(":")
    fits = {"churn": (1, 2), "silence": (2, 2), "contraction": (2, 3), "expansion": (2, 3), "downgrade": (3, 3)}
    if name not in fits or not rest:
        return Path(text) if Path(text).exists() else text
    least, most = fits[name]
    if not least <= len(rest) <= most or not all(rest):
        raise typer.BadParameter(f"{text!r}: expected {_FITS}", param_hint="--outcome")
    if name == "downgrade":
        return outcomes.downgrade(rest[0], rest[1], rest[2].split(">"))
    if name in ("contraction", "expansion") and len(rest) == 3:
        return getattr(outcomes, name)(rest[0], rest[1], _number(rest[2]))
    return getattr(outcomes, name)(*rest)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number", param_hint="--outcome") from None
