"""A first model for files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..proposal import propose, table_name

__all__ = ["init"]


def init(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files, or NAME=FILE where a table is to be called NAME.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The model document to write; - is standard output.")
    ] = Path("model.json"),
) -> None:
    """Look at files, propose a model for them, and say what to check in it.

    Example: customerhealth init contracts.csv usage.csv --out proposed.json
    """
    is_piped = str(out) == "-"
    if out.exists() and not is_piped:
        raise typer.BadParameter(f"{out} is there already; nothing is replaced", param_hint="--out")
    tables: dict[str, str] = {}
    for word in files:
        name, equals, path = word.partition("=")
        if not equals or Path(word).exists():
            name, path = table_name(word), word
        if not name or not path:
            raise typer.BadParameter(f"expected FILE or NAME=FILE, got {word!r}", param_hint="FILE")
        if name in tables:
            raise typer.BadParameter(f"two tables would be called {name!r}: say NAME=FILE", param_hint="FILE")
        tables[name] = path
    proposal = propose(tables)
    text = json.dumps(proposal.document, indent=2, ensure_ascii=False) + "\n"
    if is_piped:
        typer.echo(text, nl=False)
    else:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    made = proposal.document["tables"]
    counted = f"{len(made)} tables, {len(proposal.document['metrics'])} metrics"
    typer.echo(f"{'the model' if is_piped else out}: {counted}; to check:", err=is_piped)
    for line in proposal.checks:
        typer.echo(f"  {line}", err=is_piped)
    given = " ".join(f"--table {name}={path}" for name, path in tables.items() if name in made)
    typer.echo(f"then: customerhealth check {'model.json' if is_piped else out} {given}", err=is_piped)
