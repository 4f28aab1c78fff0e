"""What people would use instead, each in the best form we found, answering workload W exactly."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import pyarrow as pa

from bench.workload import Grid

PanelMaker = Callable[[pa.Table, Grid, int], pa.Table]


@dataclass(frozen=True)
class Peer:
    """A peer that is installed: `panel` takes the events, the as-ofs and a thread count."""

    name: str
    form: str
    version: str
    panel: PanelMaker


@dataclass(frozen=True)
class Absent:
    """A peer that is not installed, and what Python said."""

    name: str
    why: str


# name -> (module, function, distribution)
_PEERS = {
    "polars": ("polars_peer", "panel", "polars"),
    "duckdb": ("duckdb_peer", "panel", "duckdb"),
    "duckdb count(distinct)": ("duckdb_peer", "panel_count_distinct", "duckdb"),
    "chdb": ("chdb_peer", "panel", "chdb"),
    "pandas": ("pandas_peer", "panel", "pandas"),
}
NAMES = tuple(_PEERS)


def load(name: str) -> Peer | Absent:
    """Import a peer, or say why it cannot be."""
    module_name, function, distribution = _PEERS[name]
    try:
        module = importlib.import_module(f"bench.peers.{module_name}")
    except ImportError as error:
        return Absent(name, str(error))
    make: PanelMaker = getattr(module, function)
    return Peer(name, (make.__doc__ or "").partition(".\n")[0].strip().rstrip("."), version(distribution), make)
