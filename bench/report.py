"""The measured table as Markdown, and all values as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.samples import ratio

HEAD = ("figure", "required", "measured: median (least to greatest)", "from", "ok")
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def markdown(lines: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> str:
    """Table of all lines, a row a family of those that ask the same, then where it was measured."""
    groups = [list(group) for _, group in groupby(lines, key=_family)]
    rows = [HEAD, ["---"] * len(HEAD), *(row for group in groups for row in _rows(group))]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    facts = "\n".join(f"- {key.replace('_', ' ')}: {_fact(value)}" for key, value in about.items())
    return f"{table}\n\n{facts}\n"


def _family(line: Mapping[str, Any]) -> object:
    family = line.get("family")
    return line["figure"] if family is None else (family[0], line["required"])


def _rows(group: Sequence[Mapping[str, Any]]) -> Sequence[Sequence[str]]:
    """The lines of a family as one row: the medians, how far apart all rounds lie, and which fall short."""
    if group[0].get("family") is None:
        return [line["row"] for line in group]
    medians = "; ".join(f"{line['family'][1]} {ratio(line['median'])}" for line in group)
    values = [value for line in group for value in line["measured"]]
    spread = f"all rounds {ratio(min(values))} to {ratio(max(values))}, n = {len(values) // len(group)}"
    short = [line["family"][1] for line in group if line["ok"] is False]
    verdict = "" if group[0]["ok"] is None else f"**no**: {', '.join(short)}" if short else "yes"
    return [(group[0]["family"][0], group[0]["required"], medians, spread, verdict)]


def write(lines: Sequence[Mapping[str, Any]], about: Mapping[str, Any], path: Path) -> None:
    """Write the table to `path` and everything to the .json of the same name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(markdown(lines, about))
    path.with_suffix(".json").write_text(json.dumps({"about": about, "lines": lines}, indent=1) + "\n")


def merged(abouts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What holds of all figures; where they differ, of which of them each holds."""
    out = {}
    for key in dict.fromkeys(key for about in abouts.values() for key in about):
        names: dict[str, list[str]] = {}
        for name, about in abouts.items():
            names.setdefault(_fact(about.get(key)), []).append(name)
        out[key] = "; ".join(f"{fact} ({', '.join(of)})" if len(names) > 1 else fact for fact, of in names.items())
    return out


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
