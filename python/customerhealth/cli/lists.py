"""Whom to call first, and why a score is another than it was."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pyarrow as pa
import typer

from .. import _core
from ..errors import DataError
from ..explain.causes import cause_in_words
from ..io.instants import AsOf, to_micros
from ..model import Model
from ..panel import Panel
from ..plot.panels import score_of
from ..results import Table
from ..results.looks import Look, with_looks
from .inputs import load_model, load_portfolio, parse_account, parse_grid, parse_tables
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

__all__ = ["rank", "why"]

_ScoreOption = Annotated[
    str | None, typer.Option("--score", metavar="NAME", help="Default: health, else the first one with grades.")
]
_CountOption = Annotated[int, typer.Option("-n", "--n", min=1, help="How many accounts.")]


def rank(
    model: ModelArgument,
    as_of: AtOption,
    table: TableOption = None,
    score: _ScoreOption = None,
    n: _CountOption = 20,
    by: Annotated[
        str | None, typer.Option("--by", metavar="COLUMN", help="A list for each value of this column of the panel.")
    ] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="FORMULA", help="Only these rows of the panel, as in mrr > 0.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="What changes are told against. Default: a month ago.")
    ] = None,
    best: Annotated[bool, typer.Option("--best", help="The best first.")] = False,
    out: OutOption = None,
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """List whom to call first: the accounts with the lowest score, with what holds it down and what is to be done.

    Example: customerhealth rank b2b-saas --table contracts=contracts.csv --table usage=usage.csv --as-of 2026-07-01
    """
    tables, loaded = parse_tables(table), load_model(model, map_)
    output = Output(out, form, [model, *tables.values()], dates=dates, spreadsheet=spreadsheet)
    parse_grid([as_of], None, None, None)
    portfolio = load_portfolio(loaded, tables, strict=strict, threads=threads)
    grid = np.array([_before(as_of, since), *to_micros(as_of)]).astype("datetime64[us]")
    panel = portfolio.score(grid).at(as_of)
    panel = panel if where is None else panel.filter(where)
    output.table(panel.ranked(_named(loaded, score), n, by, best_first=best), "accounts")


def why(
    model: ModelArgument,
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="The earlier date.")],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="The later date; the end of June is 2026-07-01.")],
    account: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="All causes of one account. Default: who moved most.")
    ] = None,
    table: TableOption = None,
    score: _ScoreOption = None,
    n: _CountOption = 20,
    out: OutOption = None,
    form: FormOption = None,
    dates: DatesOption = None,
    spreadsheet: SpreadsheetOption = False,
    map_: MapOption = None,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Say whom the change of a score between two dates is about, and why.

    Example: customerhealth why b2b-saas --table contracts=contracts.csv --table usage=usage.csv
    --from 2026-06-01 --to 2026-07-01
    """
    tables, loaded = parse_tables(table), load_model(model, map_)
    output = Output(out, form, [model, *tables.values()], dates=dates, spreadsheet=spreadsheet)
    grid = parse_grid([start, end], None, None, None)
    portfolio = load_portfolio(loaded, tables, strict=strict, threads=threads)
    panel, name = portfolio.score(grid), _named(loaded, score)
    if account is None:
        output.table(panel.movers(name, start, end, n), "accounts that moved")
        return
    wanted = parse_account(portfolio, account)
    panel.explain(wanted)  # says why an account is not there
    causes = panel.why_changed(name, start, end)
    place = [row for row, each in enumerate(causes["account_id"].to_pylist()) if each == wanted]
    mine = causes.take(place)
    output.table(mine, "causes", shown=_in_words(panel, name, mine))


def _in_words(panel: Panel, score: str, causes: Table) -> pa.Table:
    """Causes of one account as people read them: the part, what it adds, why."""
    names = score_of(panel.model, score).names
    rows = causes.to_pylist()
    looks = {"adds": Look(unit=names.own.unit, digits=names.own.digits)}
    told = {
        "account_id": causes["account_id"],
        "part": pa.array([None if row["part"] is None else names.label(row["part"]) for row in rows], pa.string()),
        "adds": causes["contribution"],
        "because": pa.array([cause_in_words(row, names) for row in rows], pa.string()),
    }
    return with_account_labels(with_looks(pa.table(told), looks), panel)


def _named(model: Model, score: str | None) -> str:
    return score_of(model, score).name


def _before(as_of: AsOf, since: str | None) -> int:
    at = int(to_micros(as_of)[0])
    before = _core.add_length(at, "1mo", -1) if since is None else int(to_micros(since)[0])
    if before >= at:
        raise DataError(f"--since: expected a date before {_core.show_instant(at)}, got {since}")
    return before
