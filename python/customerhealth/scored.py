"""Rows that the core has scored: the value that a :class:`Panel` shows and that explanations are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from .errors import unknown
from .io.results import as_table
from .model import Model

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Origin", "Scored"]


class Origin(NamedTuple):
    """Of what rows were made, so that they can be made again elsewhere."""

    loaded: Any
    """The tables, a :class:`Loaded`, which knows this module."""
    appends: int
    """How often rows had been appended to them."""
    as_ofs: list[int]
    peers: Any
    """Whom accounts were compared with, :class:`Peers`; None: each other."""


class Scored:
    """What the core made of some as-ofs. Immutable.

    Attributes
    ----------
    core : _core.Panel
        The rows, with all that the core can say of them.
    model : Model
        The model that made them.
    threads : int
        How many threads further calls may use; 0: as many as the process may.
    origin : Origin, optional
        Of what the rows were made; None: only a part of a panel was asked for.
    """

    def __init__(self, core: _core.Panel, model: Model, threads: int = 0, origin: Origin | None = None) -> None:
        self.core, self.model, self.threads, self.origin = core, model, threads, origin
        # Not a cached_property: until Python 3.12 that has one lock for all panels, and a fork while another thread
        # holds it leaves the child waiting for ever.
        self._table: pa.Table | None = None

    @property
    def table(self) -> pa.Table:
        """A row an (account, as-of), ordered by account id and as-of; made when it is asked for first."""
        if self._table is None:
            self._table = as_table(self.core.table())
        return self._table

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns of :attr:`table`; the others are not made."""
        whole = as_table(self.core.table(columns=list(names))) if self._table is None else self._table
        return whole.select(names)

    def part(self, begin: int, count: int) -> pa.Table:
        """Some rows of :attr:`table`; the others are not made."""
        return as_table(self.core.table(begin, count)) if self._table is None else self._table.slice(begin, count)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.core.rows

    @property
    def as_ofs(self) -> list[int]:
        """Those that were asked for, ascending, each once; also those at which no account has a row."""
        return self.core.as_ofs

    def check_score(self, score: str, model: str = "the model") -> None:
        """Raises UnknownNameError when the model has no such score."""
        if score not in self.model.scores:
            raise unknown(f"{model} has no score", score, self.model.scores)
