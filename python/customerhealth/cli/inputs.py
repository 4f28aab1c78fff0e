"""What the words of a command line stand for: models, tables, portfolios, dates, accounts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import typer

from ..errors import DataError
from ..io.instants import AsOfs, dates, to_micros
from ..model import Model
from ..portfolio import Portfolio

__all__ = [
    "load_model",
    "load_portfolio",
    "parse_account",
    "parse_grid",
    "parse_periods",
    "parse_tables",
    "refuse_without_accounts",
]


def load_model(text: str, mapped: list[str] | None = None) -> Model:
    model = Model.load(text) if Path(text).exists() or text not in Model.presets() else Model.preset(text)
    columns: dict[str, str] = {}
    for pair in mapped or []:
        name, equals, column = pair.partition("=")
        if not equals or not name or not column:
            raise typer.BadParameter(f"expected NAME=COLUMN, got {pair!r}", param_hint="--map")
        if name in columns:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint="--map")
        columns[name] = column
    return model.with_columns(columns) if columns else model


def load_portfolio(model: Model, tables: dict[str, str], *, strict: bool, threads: int | None = None) -> Portfolio:
    refuse_without_accounts(model, tables)
    return Portfolio(model, tables=tables, strict=strict, threads=threads)


def refuse_without_accounts(model: Model, tables: dict[str, str]) -> None:
    """Refuse to go on without the accounts that a model declares: no account would have a row."""
    declared = next((table["name"] for table in model.core.tables if table["kind"] == "accounts"), None)
    if tables and declared is not None and declared not in tables:
        raise DataError(
            f"table '{declared}' is not given, and the model takes its accounts from it: no account would have a row; "
            f"add --table {declared}=FILE",
            declared,
        )


def parse_tables(pairs: list[str] | None) -> dict[str, str]:
    tables: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, path = pair.partition("=")
        if not equals or not name or not path:
            raise typer.BadParameter(f"expected NAME=FILE, got {pair!r}", param_hint="--table")
        if name in tables:
            raise typer.BadParameter(f"table {name!r} is given twice", param_hint="--table")
        tables[name] = path
    return tables


def parse_grid(as_of: list[str] | None, start: str | None, end: str | None, every: str | None) -> AsOfs:
    grid = (start, end, every)
    if as_of and any(grid):
        raise typer.BadParameter("give --as-of, or --from, --to and --every, not both", param_hint="--as-of")
    if not as_of and None in grid:
        raise typer.BadParameter("give --as-of DATE, or all of --from, --to and --every", param_hint="--as-of")
    try:
        return to_micros(as_of).astype("datetime64[us]") if as_of else dates(str(start), str(end), every=str(every))
    except DataError as error:
        raise typer.BadParameter(str(error), param_hint="--as-of" if as_of else "--from, --to, --every") from None


def parse_periods(start: str, end: str, every: str | None) -> AsOfs:
    """The edges of the periods; the last one may be shorter."""
    try:
        edges = to_micros([start, end]).astype("datetime64[us]")
        if edges[0] >= edges[1]:
            raise DataError(f"expected a date after {start}, got {end}")
        return edges if every is None else np.union1d(dates(start, end, every=every), edges)
    except DataError as error:
        raise typer.BadParameter(str(error), param_hint="--from, --to, --every") from None


def parse_account(portfolio: Portfolio, text: str) -> str | int:
    if not pa.types.is_integer(portfolio.accounts.type):
        return text
    try:
        return int(text)
    except ValueError:
        return text
