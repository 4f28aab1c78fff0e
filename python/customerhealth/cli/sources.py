"""The layouts of well-known exports."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .. import sources as layouts
from .options import FormOption, OutOption
from .outputs import Listed

__all__ = ["sources"]


def sources(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one.")] = None,
    out: OutOption = None,
    form: FormOption = None,
) -> None:
    """List the exports whose layout is known, or print one to put into a model under "tables".

    Example: customerhealth sources stripe-subscriptions
    """
    listed = Listed(out, form, name)
    if name is None:
        says = {layout: layouts.describe(layout).splitlines()[0] for layout in layouts.names()}
        listed.leave(says, "layouts")
        return
    typer.echo(json.dumps(layouts.get(name), indent=2, ensure_ascii=False))
