"""What people call the parts of a score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["part_label"]


def part_label(document: Mapping[str, Any], score: str, part: str) -> str:
    """What people call a part of a score: its label, that of what it measures, else its name below the top level."""
    if part.startswith("cap:"):
        return f"{part.removeprefix('cap:')} (cap)"
    spec: Mapping[str, Any] = document["scores"][score]
    steps = part.split(".")
    for place in range(len(steps)):
        measure = spec["measures"].get(".".join(steps[place:]))
        if measure is not None:
            source = measure.get("value") or measure.get("score") or ""
            for told in (measure, document.get("metrics", {}).get(source, {}), document["scores"].get(source, {})):
                if "label" in told:
                    return str(told["label"])
            break
        spec = document["scores"].get(spec["measures"].get(steps[place], {}).get("score"), {"measures": {}})
    return part.partition(".")[2] or part
