"""The measured table as Markdown, and all values as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HEAD = ("figure", "required", "measured: median (least to greatest)", "from", "ok")
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def markdown(lines: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> str:
    """Table of all lines, then where it was measured."""
    rows = [HEAD, ["---"] * len(HEAD), *(line["row"] for line in lines)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    facts = "\n".join(f"- {key.replace('_', ' ')}: {_fact(value)}" for key, value in about.items())
    return f"{table}\n\n{facts}\n"


def write(lines: Sequence[Mapping[str, Any]], about: Mapping[str, Any], path: Path) -> None:
    """Write the table to `path` and everything to the .json of the same name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(markdown(lines, about))
    path.with_suffix(".json").write_text(json.dumps({"about": about, "lines": lines}, indent=1) + "\n")


def replace_in(page: Path, text: str) -> None:
    """Put the table between the marks of a page of the docs."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: expected {BEGIN} and {END}")
    page.write_text(f"{before}{begin}\n\n{text}\n{end}{after}")


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_fact(item)}" for key, item in value.items())
    return str(value)
