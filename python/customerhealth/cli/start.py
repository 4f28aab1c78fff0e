"""To start from: the demo and the models that ship with the package."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..model import Model, preset_text

__all__ = ["demo", "presets"]


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for panel.parquet and contributions.parquet.")] = Path(
        "customerhealth-demo"
    ),
    company: Annotated[
        bool, typer.Option("--company", help="One page about a simulated company, from first touch to expansion.")
    ] = False,
) -> None:
    """Score 35 real open-source projects at the last 24 month ends and rank them; or tell of a company."""
    from .. import company_demo, demo

    for line in (company_demo if company else demo).run(out, progress=sys.stderr.isatty()):
        typer.echo(line)


def presets(name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one.")] = None) -> None:
    """List the models that ship with the package, or print one, to start from; and on what data to try it."""
    if name is None:
        for preset in Model.presets():
            first_sentence = Model.preset(preset).description.partition(". ")[0].removesuffix(".")
            typer.echo(f"{preset}: {first_sentence}")
        return
    typer.echo(preset_text(name), nl=False)
    from ..datasets.made import data_for

    tables = f"ch.datasets.tables_for({name!r})"
    line = f"ch.Portfolio(ch.Model.preset({name!r}), tables={tables}).score('2026-07-01').to_pandas()"
    typer.echo(f"To try it on {data_for(name)}:", err=True)
    typer.echo(f'python -c "import customerhealth as ch; print({line})"', err=True)
