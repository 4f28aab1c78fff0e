"""What a bucket is asked, and an empty portfolio before it: whose answer has the schema, and says what is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ..loaded import Loaded
from ..panel import Panel
from ..peers import Peers

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Memberships", "Moves", "OfPanel", "Quality", "Question"]


def _instant(micros: int) -> Any:
    return np.int64(micros).astype("datetime64[us]")


class OfPanel(NamedTuple):
    """The panel, or what it tells more of its rows."""

    what: str
    """table, reasons, contributions or plays."""
    as_ofs: list[int]
    where: str | None = None
    score: str = ""
    deep: bool = False
    closed: bool = False

    def __call__(self, loaded: Loaded, peers: Peers | None) -> Iterator[pa.Table]:
        """The answer, in pieces; at least one."""
        import pyarrow as pa

        at = np.array(self.as_ofs, np.int64).astype("datetime64[us]")
        panel = Panel(loaded.score(at, peers=peers, progress=False))
        if self.where is not None:
            panel = panel.filter(self.where)
        if self.what == "contributions":
            reader = panel.contributions(self.score, deep=self.deep, stream=True)
            pieces = (pa.Table.from_batches([batch], reader.schema) for batch in reader)
            return itertools.chain([reader.schema.empty_table()], pieces)
        if self.what == "plays":
            return iter([panel.plays(closed=self.closed).table])
        return iter([panel.table if self.what == "table" else panel.reasons().table])


class Moves(NamedTuple):
    """Changes of stage between two dates."""

    journey: str
    start: int
    end: int

    def __call__(self, loaded: Loaded, peers: Peers | None) -> Iterator[pa.Table]:
        """The answer."""
        from ..lifecycle.journeys import moves  # here, so that a worker that is asked for scores imports a third less

        asked = loaded.compared_with(peers)
        yield moves(asked, self.journey, _instant(self.start), _instant(self.end), False)


class Memberships(NamedTuple):
    """Stays in cohorts between two dates."""

    start: int
    end: int

    def __call__(self, loaded: Loaded, peers: Peers | None) -> Iterator[pa.Table]:
        """The answer."""
        from ..lifecycle.cohorts import memberships

        yield memberships(loaded.compared_with(peers), _instant(self.start), _instant(self.end), None, False)


class Quality(NamedTuple):
    """What is odd about the rows of a bucket."""

    said: frozenset[tuple[str, str, str]]
    """Tables, checks and examples of what is said of the whole."""

    def __call__(self, loaded: Loaded, _: Peers | None) -> Iterator[pa.Table]:
        """The answer."""
        import pyarrow as pa

        found = loaded.quality().drop_columns(["first_row"])
        told = [
            (row["table"], row["check"], row["example"]) in self.said or row["check"] in ("no_rows", "table_not_given")
            for row in found.to_pylist()
        ]
        yield found.filter(pa.array([not each for each in told], pa.bool_()))


Question: TypeAlias = OfPanel | Moves | Memberships | Quality
