"""How many times as fast as its peers, from Arrow columns to panel, with string ids?"""

from __future__ import annotations

from collections.abc import Sequence

from bench.line import Line
from bench.settings import Settings
from bench.versus import against_peers

LIMITS = {"polars": 15.0, "duckdb": 30.0}


def measure(settings: Settings) -> Sequence[Line]:
    """Time every peer by turns with ours, 1M events, 52 weekly as-ofs."""
    return against_peers(settings, "string", LIMITS)
