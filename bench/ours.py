"""The contestant: `customerhealth`, as a user calls it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

import customerhealth as ch
from bench import workload
from bench.workload import Grid

NAME = "customerhealth"


def load(events: pa.Table | str, threads: int, model: dict[str, Any] | None = None) -> ch.Portfolio:
    """From Arrow columns to a loaded portfolio."""
    document = workload.model() if model is None else model
    return ch.Portfolio(ch.Model.parse(document), tables={"usage": events}, threads=threads)


def panel(events: pa.Table, grid: Grid, threads: int) -> pa.Table:
    """From Arrow columns to the panel as an Arrow table."""
    return load(events, threads).score(grid.as_ofs()).table
