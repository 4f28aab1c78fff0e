"""Options that several commands have, and their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..model import Model
from .outputs import Form

_MODEL_HELP = "A model's JSON file, or the name of a preset."


def complete_preset(incomplete: str) -> list[str]:
    """Names of presets that begin so; where none does, the shell completes files."""
    return [name for name in Model.presets() if name.startswith(incomplete)]


ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help=_MODEL_HELP, autocompletion=complete_preset)]
OptionalModelArgument = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help=_MODEL_HELP, autocompletion=complete_preset)
]
AtOption = Annotated[str, typer.Option("--as-of", metavar="DATE", help="The date; the end of June is 2026-07-01.")]
TableOption = Annotated[
    list[str] | None,
    typer.Option(
        "--table",
        metavar="NAME=FILE",
        help="A table of the model, from a .parquet, .csv, .tsv, .json, .jsonl, .xlsx (book.xlsx#Sheet) or .arrow "
        "file, a folder of them or a pattern.",
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="NAME=COLUMN",
        help="What the model calls NAME, or TABLE.NAME, is your COLUMN. Repeatable.",
    ),
]
PortfolioOption = Annotated[
    str | None, typer.Option("--portfolio", metavar="FOLDER", help="A saved portfolio in place of tables.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Refuse impossible rows instead of counting them.")]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="A .parquet, .csv, .xlsx, .json, .jsonl, .arrow or .txt file; - is standard output, as CSV.",
    ),
]
DocumentOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="An .html, .json, .xlsx, .csv or .parquet file; - is standard output."),
]
FormOption = Annotated[Form | None, typer.Option("--format", help="What it is written as, on standard output too.")]
DatesOption = Annotated[
    str | None, typer.Option("--dates", metavar="FORM", help="In CSV: the form of dates, as in %d.%m.%Y. Default: ISO.")
]
SpreadsheetOption = Annotated[
    bool, typer.Option("--spreadsheet", help="In CSV: an apostrophe before texts that would run as formulas.")
]
ThreadsOption = Annotated[int | None, typer.Option("--threads", min=1, help="How many threads to use.")]
OutOfCoreOption = Annotated[
    Path | None,
    typer.Option(
        "--out-of-core",
        metavar="FOLDER",
        help="For tables larger than memory: work in parts of whole accounts, which stay in this folder. A run that "
        "was killed goes on where it was.",
    ),
]
PartsOption = Annotated[
    int | None,
    typer.Option("--parts", min=1, help="How many. Default: one for each 1,250,000 rows of the largest table."),
]
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


def column_option(option: str, what: str) -> Any:
    return typer.Option(option, metavar="COLUMN", help=f"Column: {what}.")


# Of the commands that hold scores against what came.
AsOfOption = Annotated[list[str] | None, typer.Option("--as-of", metavar="DATE", help="A date. Repeatable.")]
FirstDateOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first of many dates.")]
LastDateOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last of them.")]
DatesEveryOption = Annotated[str | None, typer.Option("--every", metavar="LENGTH", help="How often, as in 1mo.")]
LeadOption = Annotated[str, typer.Option("--lead", metavar="LENGTH", help="How early one would have to know.")]
AmongOption = Annotated[str | None, typer.Option("--among", metavar="FORMULA", help="Who can be lost at all.")]
ObservedOption = Annotated[
    str | None, typer.Option("--observed", metavar="DATE", help="Up to when outcomes are known.")
]
