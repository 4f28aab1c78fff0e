"""The command line: results on standard output, progress and errors on standard error.

Exit codes: 0 done, 1 bad data or model, 2 wrong use.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import __version__
from .errors import DataError, Error
from .io.export import KINDS
from .io.export import write as write_table
from .io.instants import AsOfs, dates, to_micros
from .io.results import rows_in_python, show_cell
from .model import Model, preset_text
from .portfolio import Portfolio
from .revenue import Revenue

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["app", "main"]

app = typer.Typer(
    name="customerhealth",
    help="Account health for B2B portfolios: as of any date, explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # locals may hold customers' data
)

_SHOWN = (  # the columns of a waterfall that fit a terminal; a file gets all of them
    *("account_id", "from", "to", "by", "start", "new", "expansion", "contraction", "churn", "reactivation", "end"),
    *("movement", "nrr", "grr", "logo_retention", "quick_ratio", "accounts_end"),
)

ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="A model's JSON file, or the name of a preset.")]
TableOption = Annotated[
    list[str] | None,
    typer.Option(
        "--table", metavar="NAME=FILE", help="A table of the model, from a .parquet, .csv, .jsonl or .arrow file."
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Refuse impossible rows instead of counting them.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="A .parquet, .csv, .jsonl, .arrow or .feather file instead of text.")
]
SpreadsheetOption = Annotated[
    bool, typer.Option("--spreadsheet", help="In a .csv file, an apostrophe before texts that would run as formulas.")
]
ThreadsOption = Annotated[int | None, typer.Option("--threads", min=1, help="How many threads to use.")]
FromOption = Annotated[str, typer.Option("--from", metavar="DATE", help="Where the first period begins.")]
ToOption = Annotated[str, typer.Option("--to", metavar="DATE", help="Where the last ends; of June it is 2026-07-01.")]
EveryOption = Annotated[str | None, typer.Option("--every", metavar="LENGTH", help="Of a period, as in 1mo.")]
OverOption = Annotated[
    str | None, typer.Option("--over", metavar="LENGTH", help="Retention over so long before each date, as in 12mo.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="WORD", help="product, size, cohort, or a column of FILE or --labels.")
]
LabelsOption = Annotated[
    str | None,
    typer.Option("--labels", metavar="FILE", help="What accounts are called: --account or account_id, perhaps as_of."),
]
BandOption = Annotated[
    list[float] | None,
    typer.Option("--band", metavar="EDGE", help="Of bands, where --by is a number. Repeatable."),
]
GapOption = Annotated[str | None, typer.Option("--gap", metavar="LENGTH", help="How late a renewal may be: 14d.")]
EndIsOption = Annotated[
    str,
    typer.Option("--end-is", metavar="WHAT", help="What an end is: exclusive, last_day or inclusive (last moment)."),
]
FreeOption = Annotated[
    str,
    typer.Option("--free", metavar="WHAT", help="Who pays nothing: prospects, or customers."),
]


def _column(option: str, what: str) -> Any:
    return typer.Option(option, metavar="COLUMN", help=f"Column: {what}.")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for panel.parquet and contributions.parquet.")] = Path(
        "customerhealth-demo"
    ),
) -> None:
    """Score 35 real open-source projects at the last 24 month ends and rank them."""
    from .demo import run

    for line in run(out, progress=sys.stderr.isatty()):
        typer.echo(line)


@app.command()
def check(model: ModelArgument, table: TableOption = None, strict: StrictOption = False) -> None:
    """Check a model, and with tables also whether they fit it and what is odd about them."""
    tables = _tables(table)
    loaded = _model(model)
    typer.echo(f"model {loaded.name}: fine ({loaded.digest[:12]})")
    for name, columns in loaded.tables.items():
        typer.echo(f"  reads {name}: {', '.join(columns)}")
    typer.echo(f"  gives {', '.join(loaded.columns) or 'no columns'}")
    if tables:
        portfolio = _portfolio(loaded, tables, strict=strict)
        typer.echo(f"{len(portfolio.accounts):,} accounts")
        for line in _quality_lines(portfolio.quality()):
            typer.echo(line)


@app.command()
def score(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", help="The panel: a .parquet, .csv, .arrow or .feather file.")],
    table: TableOption = None,
    as_of: Annotated[
        list[str] | None,
        typer.Option("--as-of", metavar="DATE", help="A date; the end of June is 2026-07-01. Repeatable."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First date of a grid.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last date of a grid.")] = None,
    every: Annotated[str | None, typer.Option("--every", metavar="LENGTH", help="Step of a grid: 7d, 1mo.")] = None,
    spreadsheet: SpreadsheetOption = False,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Score all accounts and write the panel to a file."""
    tables = _tables(table)
    write = _Writer(out, [model, *tables.values()], spreadsheet=spreadsheet)
    grid = _grid(as_of, start, end, every)
    portfolio = _portfolio(_model(model), tables, strict=strict, threads=threads)
    panel = portfolio.score(grid)
    if len(panel) == 0:
        raise DataError(
            "no account has a row at these dates, so nothing is written; "
            + "; ".join(_quality_lines(portfolio.quality()))
        )
    write(panel.table)
    for line in _quality_lines(portfolio.quality()):
        typer.echo(line, err=True)
    typer.echo(f"{len(panel):,} rows of {len(portfolio.accounts):,} accounts in {out}")


@app.command()
def explain(
    model: ModelArgument,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The date; the end of June is 2026-07-01.")],
    account: Annotated[str, typer.Option("--account", metavar="ID", help="The account.")],
    table: TableOption = None,
    html: Annotated[bool, typer.Option("--html", help="Print HTML instead of text.")] = False,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Say why one account has its scores."""
    grid = _grid([as_of], None, None, None)
    portfolio = _portfolio(_model(model), _tables(table), strict=strict, threads=threads)
    panel = portfolio.score(grid)
    explained = panel.explain(_account(portfolio, account))
    typer.echo(explained.to_html() if html else str(explained))


@app.command()
def plays(
    model: ModelArgument,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The date; the end of June is 2026-07-01.")],
    table: TableOption = None,
    out: OutOption = None,
    closed: Annotated[bool, typer.Option("--closed", help="List the plays that were closed by then too.")] = False,
    spreadsheet: SpreadsheetOption = False,
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """List the plays that are open as of a date."""
    tables = _tables(table)
    write = _writer(out, [model, *tables.values()], spreadsheet)
    _grid([as_of], None, None, None)
    portfolio = _portfolio(_model(model), tables, strict=strict, threads=threads)
    listed = portfolio.plays(as_of, closed=closed)
    if write is not None:
        write(listed)
        typer.echo(f"{listed.num_rows:,} plays in {out}")
        return
    for line in _text_table(listed.drop_columns(["id", "as_of", "message_now", "evidence", "evidence_now"])):
        typer.echo(line)


@app.command()
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
    strict: StrictOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Count how far accounts came that entered each stage of a journey."""
    tables, loaded = _tables(table), _model(model)
    write = _writer(out, [model, *tables.values()], spreadsheet)
    if journey is None and len(loaded.journeys) != 1:
        there = ", ".join(loaded.journeys) or "none"
        raise typer.BadParameter(f"name one of the model's journeys: {there}", param_hint="--journey")
    _grid([start, end], None, None, None)
    portfolio = _portfolio(loaded, tables, strict=strict, threads=threads)
    counted = portfolio.funnel(journey or loaded.journeys[0], start, end, by=by, to=stage)
    if write is not None:
        write(counted)
        typer.echo(f"{counted.num_rows:,} rows in {out}")
        return
    for line in _text_table(counted):
        typer.echo(line)


@app.command()
def revenue(
    contracts: Annotated[str, typer.Argument(metavar="FILE", help="Contracts: a .parquet, .csv or .arrow file.")],
    start: FromOption,
    end: ToOption,
    every: EveryOption = None,
    over: OverOption = None,
    by: ByOption = None,
    labels: LabelsOption = None,
    band: BandOption = None,
    account_column: Annotated[str, _column("--account", "whose contract it is")] = "account_id",
    start_column: Annotated[str, _column("--start", "when it starts")] = "start",
    end_column: Annotated[str, _column("--end", "when it ends")] = "end",
    mrr: Annotated[str | None, _column("--mrr", "the amount a month; mrr if nothing is said")] = None,
    total: Annotated[str | None, _column("--total", "the whole amount, in place of --mrr; with --term")] = None,
    term: Annotated[str | None, _column("--term", "the months that the whole amount is for")] = None,
    known: Annotated[str | None, _column("--known", "when the row became known")] = None,
    key: Annotated[str | None, _column("--key", "what names a contract: of its rows the last counts")] = None,
    product: Annotated[str | None, _column("--product", "the product")] = None,
    currency: Annotated[str | None, _column("--currency", "the currency; two are refused")] = None,
    billing_period: Annotated[str | None, _column("--billing-period", "months paid at a time")] = None,
    gap: GapOption = None,
    end_is: EndIsOption = "exclusive",
    free: FreeOption = "prospects",
    accounts: Annotated[bool, typer.Option("--accounts", help="Movements of each account, not the sums.")] = False,
    out: OutOption = None,
    spreadsheet: SpreadsheetOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Say what became of recurring revenue between dates, or how much of it was kept."""
    import pyarrow.compute as pc

    write = _writer(out, [contracts, *([labels] if labels else [])], spreadsheet)
    if accounts and (over or by):
        raise typer.BadParameter("movements by account have neither --by nor --over", param_hint="--accounts")
    if (total is None) != (term is None) or (mrr is not None and total is not None):
        raise typer.BadParameter("give --mrr, or both --total and --term", param_hint="--total")
    if by is None and (labels or band):
        raise typer.BadParameter("--labels and --band need --by, the column to split by", param_hint="--by")
    grid = _periods(start, end, every)
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
    for line in _quality_lines(quality) if quality.num_rows else []:
        typer.echo(line, err=True)
    if write is not None:
        write(found)
        typer.echo(f"{found.num_rows:,} rows in {out}")
        return
    shown = [name for name in _SHOWN if name in found.column_names and (name != "by" or by is not None)]
    for line in _text_table(found.select(shown)):
        typer.echo(line)


@app.command()
def presets(name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one.")] = None) -> None:
    """List the models that ship with the package, or print one, to start from."""
    if name is None:
        for preset in Model.presets():
            first_sentence = Model.preset(preset).description.partition(". ")[0].removesuffix(".")
            typer.echo(f"{preset}: {first_sentence}")
        return
    typer.echo(preset_text(name), nl=False)


def main() -> None:
    """Run the command line; what users can mend is a message, not a traceback."""
    try:
        app()
    except Error as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)
    except MemoryError:
        typer.echo(
            "error: there is not enough memory; ask for fewer dates at a time, or score parts of the accounts", err=True
        )
        sys.exit(1)
    except BrokenPipeError:  # `customerhealth … | head`
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        typer.echo(f"error: {error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(1)


# ---- reading options ------------------------------------------------------------------------------------------------


def _model(text: str) -> Model:
    return Model.load(text) if Path(text).exists() or text not in Model.presets() else Model.preset(text)


def _portfolio(model: Model, tables: dict[str, str], *, strict: bool, threads: int | None = None) -> Portfolio:
    """Refuses to go on without the accounts that a model declares: no account would have a row."""
    declared = next((table["name"] for table in model.core.tables if table["kind"] == "accounts"), None)
    if tables and declared is not None and declared not in tables:
        raise DataError(
            f"table '{declared}' is not given, and the model takes its accounts from it: no account would have a row; "
            f"add --table {declared}=FILE",
            declared,
        )
    return Portfolio(model, tables=tables, strict=strict, threads=threads)


def _writer(out: Path | None, inputs: Iterable[str], spreadsheet: bool) -> _Writer | None:
    if out is None and spreadsheet:
        raise typer.BadParameter("is for the file of --out", param_hint="--spreadsheet")
    return None if out is None else _Writer(out, inputs, lines=True, spreadsheet=spreadsheet)


def _tables(pairs: list[str] | None) -> dict[str, str]:
    tables: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, path = pair.partition("=")
        if not equals or not name or not path:
            raise typer.BadParameter(f"expected NAME=FILE, got {pair!r}", param_hint="--table")
        if name in tables:
            raise typer.BadParameter(f"table {name!r} is given twice", param_hint="--table")
        tables[name] = path
    return tables


def _grid(as_of: list[str] | None, start: str | None, end: str | None, every: str | None) -> AsOfs:
    grid = (start, end, every)
    if as_of and any(grid):
        raise typer.BadParameter("give --as-of, or --from, --to and --every, not both", param_hint="--as-of")
    if not as_of and None in grid:
        raise typer.BadParameter("give --as-of DATE, or all of --from, --to and --every", param_hint="--as-of")
    try:
        return to_micros(as_of).astype("datetime64[us]") if as_of else dates(str(start), str(end), every=str(every))
    except DataError as error:
        raise typer.BadParameter(str(error), param_hint="--as-of" if as_of else "--from, --to, --every") from None


def _periods(start: str, end: str, every: str | None) -> AsOfs:
    """The edges of the periods; the last one may be shorter."""
    import numpy as np

    try:
        edges = to_micros([start, end]).astype("datetime64[us]")
        if edges[0] >= edges[1]:
            raise DataError(f"expected a date after {start}, got {end}")
        return edges if every is None else np.union1d(dates(start, end, every=every), edges)
    except DataError as error:
        raise typer.BadParameter(str(error), param_hint="--from, --to, --every") from None


def _account(portfolio: Portfolio, text: str) -> str | int:
    import pyarrow as pa

    if not pa.types.is_integer(portfolio.accounts.type):
        return text
    try:
        return int(text)
    except ValueError:
        return text


class _Writer:
    """Writes a table to a file; its kind, and that it is none of the inputs, were checked before any work was done."""

    def __init__(self, path: Path, inputs: Iterable[str], *, lines: bool = False, spreadsheet: bool = False) -> None:
        self._path, self._spreadsheet = path, spreadsheet
        read = next((each for each in inputs if _is_among(path, Path(each))), None)
        if read is not None:
            raise typer.BadParameter(f"{path} is read as {read}: it would be replaced", param_hint="--out")
        if spreadsheet and path.suffix.lower() != ".csv":
            raise typer.BadParameter(f"makes .csv files safe, {path} is none", param_hint="--spreadsheet")
        if path.suffix.lower() not in (kind for kind in KINDS if lines or kind != ".jsonl"):
            shown = ".parquet, .csv, .jsonl or .arrow" if lines else ".parquet, .csv or .arrow"
            raise typer.BadParameter(f"expected a {shown} file, got {path}", param_hint="--out")

    def __call__(self, table: pa.Table) -> None:
        write_table(table, self._path, spreadsheet=self._spreadsheet)


def _is_among(path: Path, read: Path) -> bool:
    """Whether `path` is the file `read`, through links too, or lies in that folder."""
    if read.is_dir():
        return path.resolve().is_relative_to(read.resolve())
    return path.exists() and read.exists() and path.samefile(read)


def _text_table(table: pa.Table) -> list[str]:
    """Columns of even width; numbers to the right."""
    rows = [table.column_names] + [[show_cell(value) for value in row.values()] for row in rows_in_python(table)]
    widths = [max(len(row[index]) for row in rows) for index in range(table.num_columns)]
    right = [str(kind) in ("double", "int64") for kind in table.schema.types]
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def _quality_lines(quality: pa.Table) -> list[str]:
    rows = quality.to_pylist()
    if not rows:
        return ["nothing odd in the tables"]
    lines = []
    for row in rows:
        first = "" if row["first_row"] is None else f", the first is row {row['first_row']}"
        example = f" ({row['example']})" if row["example"] else ""
        lines.append(f"  {row['table'] or 'model'}: {row['check']}: {row['rows']:,} rows{first}{example}")
        lines.append(f"    {row['meaning']}")
    return ["odd in the tables:", *lines]
