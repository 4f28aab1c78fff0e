"""To start from: the demo and the models that ship with the package."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .. import _core
from ..model import Model, preset_text
from .options import FormOption, OutOption
from .outputs import Listed

__all__ = ["demo", "presets", "schema"]


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for panel.parquet and contributions.parquet.")] = Path(
        "customerhealth-demo"
    ),
    company: Annotated[
        bool, typer.Option("--company", help="One page about a simulated company, from first touch to expansion.")
    ] = False,
) -> None:
    """Score 35 real open-source projects at the last 24 month ends and rank them; or tell of a company.

    Example: customerhealth demo --out customerhealth-demo
    """
    from .. import company_demo, demo

    for line in (company_demo if company else demo).run(out, progress=sys.stderr.isatty()):
        typer.echo(line)


def presets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one.")] = None,
    copy: Annotated[
        Path | None, typer.Option("--copy", metavar="FILE", help="Write it to a file of your own instead.")
    ] = None,
    out: OutOption = None,
    form: FormOption = None,
) -> None:
    """List the models that ship with the package, or print one, to start from; and on what data to try it.

    Example: customerhealth presets b2b-saas --copy model.json
    """
    listed = Listed(out, form, name if copy is None else name or "--copy")
    if copy is not None:
        _copy(name, copy)
        return
    if name is None:
        says = {
            preset: Model.preset(preset).description.partition(". ")[0].removesuffix(".") for preset in Model.presets()
        }
        listed.leave(says, "presets")
        return
    typer.echo(preset_text(name), nl=False)
    _how_to_try(name)


def schema() -> None:
    """Print the JSON Schema of model documents, by which editors complete and check them.

    Example: customerhealth schema > model.schema.json
    """
    typer.echo(_core.model_schema())


def _copy(name: str | None, path: Path) -> None:
    if name is None:
        raise typer.BadParameter(
            "name the preset to copy: customerhealth presets NAME --copy FILE", param_hint="--copy"
        )
    if path.exists():
        raise typer.BadParameter(f"{path} is there already; nothing is replaced", param_hint="--copy")
    text = preset_text(name)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    typer.echo(f"{path} is {name}; then: customerhealth check {path}")


def _how_to_try(name: str) -> None:
    from ..datasets.made import data_for

    tables = f"ch.datasets.tables_for({name!r})"
    line = f"ch.Portfolio(ch.Model.preset({name!r}), tables={tables}).score('2026-07-01').to_pandas()"
    typer.echo(f"To try it on {data_for(name)}:", err=True)
    typer.echo(f'python -c "import customerhealth as ch; print({line})"', err=True)
