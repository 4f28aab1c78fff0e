"""The command line: results on standard output, progress and errors on standard error.

Exit codes: 0 done, 1 bad data or model, 2 wrong use.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .. import __version__
from ..errors import Error
from .folders import append
from .foresight import validate
from .init import init
from .learning import learn
from .lifecycle import funnel, plays
from .lists import rank, why
from .report import report
from .revenue import revenue
from .scores import check, explain, score
from .sources import sources
from .start import demo, presets, schema

__all__ = ["app", "main"]

app = typer.Typer(
    name="customerhealth",
    help="Account health for B2B portfolios: as of any date, explained.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,  # locals may hold customers' data
)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


# In the order of the help.
for command in (
    *(demo, init, check, score, append, explain, rank, why, plays, funnel, revenue, validate, learn, report),
    *(presets, schema, sources),
):
    app.command()(command)


def main() -> None:
    """Run the command line; what users can mend is a message, not a traceback."""
    try:
        app(prog_name="customerhealth")  # also where Python runs the module
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
