"""The layouts of well-known exports."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .. import sources as layouts

__all__ = ["sources"]


def sources(name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one.")] = None) -> None:
    """List the exports whose layout is known, or print one to put into a model under "tables"."""
    if name is None:
        for layout in layouts.names():
            typer.echo(f"{layout}: {layouts.describe(layout).splitlines()[0]}")
        return
    typer.echo(json.dumps(layouts.get(name), indent=2, ensure_ascii=False))
