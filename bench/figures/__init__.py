"""One question a file: `measure(settings)` answers it with lines of the speed table."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from bench.line import Line
from bench.settings import Settings

Measure = Callable[[Settings], Sequence[Line]]

# In the order of the table; the one that needs most memory comes last.
NAMES = (
    "speed_integer",
    "speed_string",
    "copying",
    "floor",
    "string_loading",
    "reading_files",
    "json_paths",
    "derived_columns",
    "daily",
    "aggregations",
    "buckets",
    "tables",
    "once",
    "appending",
    "saved",
    "second_thread",
    "memory",
    "contributions",
    "hysteresis",
    "kept_walk",
    "why_changed",
    "b2b_saas",
    "importing",
    "movements",
    "lifetime_value",
    "foresight",
    "validating",
    "simulating",
    "life",
    "replay",
    "in_parts",
    "growth",
)


def load(name: str) -> Measure:
    """Import one figure; the others, and what they import, stay out of its process."""
    measure: Measure = importlib.import_module(f"bench.figures.{name}").measure
    return measure
