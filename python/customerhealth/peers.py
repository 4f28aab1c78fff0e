"""What crosses accounts, as a value: how fresh each table is, and the values that peers are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone

from . import _core

__all__ = ["Peers"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_YEAR_1, _YEAR_9999 = (
    (datetime(*day, tzinfo=timezone.utc) - _EPOCH) // timedelta(microseconds=1) for day in ((1, 1, 1), (9999, 12, 31))
)


class Peers:
    """What a score needs to know of other accounts, at some as-ofs: made by :meth:`Portfolio.peers`.

    It holds how fresh each table is and, for every measure that is compared among peers (``percentile``, ``zscore``,
    ``shrink``), the values of each group with their counts; no account ids. It is fitted level by level: the
    freshness of tables, then a mean to shrink to before the shape that follows it, and a score with peers before a
    score that reads it. Parts of a portfolio (each account in one of them) can be fitted apart and merged; scoring
    with the result gives the same bits as scoring the whole.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"usage": {"kind": "events", "account": "account_id", "time": "day"}},
    ...     "metrics": {"events": {"from": "usage", "agg": "count"}},
    ...     "scores": {"health": {"measures": {"activity": {"value": "events", "percentile": {}}}}},
    ... })
    >>> def part(**events):
    ...     ids = [account for account, count in events.items() for _ in range(count)]
    ...     days = [date(2026, 6, 1)] * len(ids)
    ...     return ch.Portfolio(model, usage=pa.table({"account_id": ids, "day": days}))
    >>> parts = [part(acme=1, beta=2), part(zeta=3)]
    >>> peers = None
    >>> while peers is None or not peers.complete:
    ...     peers = ch.Peers.merge(p.peers("2026-07-01", given=peers) for p in parts)
    >>> parts[1].score("2026-07-01", peers=peers).table["health"].to_pylist()  # above two of three
    [83.33333333333333]
    """

    def __init__(self, core: _core.Peers) -> None:
        self.core = core

    @staticmethod
    def merge(parts: Iterable[Peers]) -> Peers:
        """Peers of a whole from those of its parts: exact, in any order.

        Parameters
        ----------
        parts : iterable of Peers
            Each with the same number of levels, at the same as-ofs, the levels before the last being the same. An
            account must not be in two of them.

        Returns
        -------
        Peers

        Raises
        ------
        DataError
            If they are no parts of one whole.
        """
        return Peers(_core.Peers.merge([part.core for part in parts]))

    @property
    def levels(self) -> int:
        """How many levels are fitted."""
        return self.core.levels

    @property
    def complete(self) -> bool:
        """Whether all levels of the model are fitted, so that accounts can be scored."""
        return self.core.complete

    @property
    def digest(self) -> str:
        """The digest of the model that they are for."""
        return self.core.digest

    @property
    def as_ofs(self) -> list[datetime]:
        """The as-ofs that were asked for, in UTC; they are fitted at all instants that answers at these depend on.

        Raises ValueError where one is beyond the years of datetime.
        """
        for micros in self.core.as_ofs:
            if not _YEAR_1 <= micros <= _YEAR_9999:
                raise ValueError(f"as_ofs: {_core.show_instant(micros)} is beyond the years 1 to 9999 of a datetime")
        return [_EPOCH + timedelta(microseconds=int(micros)) for micros in self.core.as_ofs]

    def to_bytes(self) -> bytes:
        """The peers as bytes, the same on any machine.

        Returns
        -------
        bytes
        """
        return self.core.to_bytes()

    @staticmethod
    def from_bytes(data: bytes) -> Peers:
        """Peers from :meth:`to_bytes`.

        Parameters
        ----------
        data : bytes
            What it gave, here or elsewhere.

        Returns
        -------
        Peers

        Raises
        ------
        DataError
            If the bytes are not those of peers, or of another version.
        """
        if not isinstance(data, bytes):
            raise TypeError(f"peers are read from bytes, not from a {type(data).__name__}")
        return Peers(_core.Peers.from_bytes(data))

    def __eq__(self, other: object) -> bool:
        return self.core == other.core if isinstance(other, Peers) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Callable[[bytes], Peers], tuple[bytes]]:
        return (Peers.from_bytes, (self.to_bytes(),))

    def __repr__(self) -> str:
        fitted = f"{self.levels} of {self.core.levels_wanted} levels"
        return f"<Peers at {len(self.core.as_ofs)} as-ofs, {fitted}, model digest {self.digest[:12]}>"
