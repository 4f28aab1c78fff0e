"""A portfolio of which all is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from ..io.columns import instant_column
from ..io.instants import DAY, FOREVER, AsOf, to_micros
from ..model import Model
from .world import FEATURES, Rows, World

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Simulation", "simulate"]

_SEGMENTS, _REGIONS = ("small", "medium", "large"), ("americas", "emea", "apac")
_INDUSTRIES = ("software", "finance", "health", "manufacturing", "public")
_OWNERS = ("ada", "ben", "cleo", "dev", "eve")
_MOST_ACCOUNTS = 1_000_000


class Simulation(Mapping[str, "pa.Table"]):
    """The tables of a simulated portfolio by name, and beside them the truth about its renewals.

    Made by :func:`simulate`. A mapping: ``dict(simulation)`` has all tables, :meth:`select` those of a model.

    Attributes
    ----------
    renewals : pyarrow.Table
        What no customer-success team can see, one row a decision: ``account_id``, ``decided_at``, ``ends_at`` (of the
        contract), ``health`` (the hidden one), ``champion`` (was there one), ``urgent_tickets`` (of severity 1, opened
        in the 13 weeks before), ``first_year``, ``probability`` (of leaving, rounded to 6 digits), ``renewed``.
    """

    def __init__(self, tables: Mapping[str, pa.Table], renewals: pa.Table) -> None:
        self._tables, self.renewals = dict(tables), renewals

    def __getitem__(self, name: str) -> pa.Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def select(self, model: Model) -> dict[str, pa.Table]:
        """The tables that a model reads, for ``Portfolio(model, tables=...)``.

        Parameters
        ----------
        model : Model
            Any; the preset ``b2b-saas`` reads six of them.

        Returns
        -------
        dict of str to pyarrow.Table
            Without those that the simulation does not have.
        """
        return {name: self._tables[name] for name in model.tables if name in self._tables}

    def __repr__(self) -> str:
        return f"<Simulation of {', '.join(f'{name} {table.num_rows:,}' for name, table in self.items())}>"


def simulate(accounts: int = 1000, start: AsOf = "2024-07-01", end: AsOf = "2026-07-01", seed: int = 0) -> Simulation:
    """A portfolio of software customers, made up, with a process of churn that is known.

    For demos, tests and benchmarks: what a score says can be held against what truly drives the accounts. The preset
    ``b2b-saas`` reads the tables as they are.

    Parameters
    ----------
    accounts : int
        How many, 1 to 1,000,000. Of them about 68 % are customers when the log begins, 25 % become customers later,
        and 7 % never do.
    start, end : date-like
        The log covers ``[start, end)``; what was not known before the end is not in it. Contracts and contacts reach
        further back. `start` is moved back to midnight.
    seed : int
        0 or more. The same seed gives the same tables with the same version of NumPy, on every platform as far as
        NumPy promises it: the generator is ``numpy.random.PCG64``.

    Returns
    -------
    Simulation
        A mapping from name to pyarrow.Table. Instants are timestamp[us, UTC]; only ends that have not come, ``won`` of
        what is still open and ``parent_id`` have nulls. ``account_id`` is a dictionary-encoded string in all of them.

        ================= =============================================================================================
        table             columns beside ``account_id``
        ================= =============================================================================================
        ``accounts``      ``created_at``, ``segment``, ``region``, ``industry``, ``owner``, ``parent_id``
        ``usage``         ``user_id``, ``feature``, ``occurred_at``, ``ingested_at``; rows in order of ``ingested_at``
        ``contracts``     ``contract_id``, ``start_date``, ``end_date``, ``signed_at``, ``seats``, ``mrr``; a year each
        ``tickets``       ``ticket_id``, ``severity`` (1 is the worst), ``opened_at``, ``closed_at``
        ``surveys``       ``answered_at``, ``score`` (0 to 10)
        ``sentiment``     ``set_at``, ``colour`` (red, yellow, green)
        ``contacts``      ``contact_id``, ``role``, ``buying_role``, ``since``, ``left_at``
        ``opportunities`` ``opportunity_id``, ``kind`` (new, renewal), ``opened_at``, ``closed_at``, ``won``, ``mrr``
        ``activities``    ``contact_id``, ``occurred_at``, ``action``: what our contacts do with us
        ================= =============================================================================================

        A contact who uses the product has the same number in ``usage.user_id``. ``renewals`` is the truth.

    Raises
    ------
    ValueError
        If `accounts` or `seed` is out of range.
    DataError
        If a date is none, or the end is not after the start.

    Notes
    -----
    Each account has a *fit*, normal with mean 0.15 and deviation 0.85, and a hidden *health* that moves every week:

    .. code-block:: text

        health += 0.06 · (fit − 0.9 · no champion − health) − 0.25 · new tickets of severity 1 + normal(0, 0.16)

    An account is lost in one way only: 30 days before the end of its contract (each is 365 days long) it decides, and
    leaves with probability 1 / (1 + exp(−x)), where

    .. code-block:: text

        x = −2.3 − 1.2 · health + 0.8 · no champion
            + 0.5 · tickets of severity 1 in the last 13 weeks (3 at most) + 0.4 · in its first year

    Who leaves does half as much in those 30 days and nothing afterwards. Nobody comes back. What can be seen:

    - usage: the share of the seats in use is 1 / (1 + exp(−0.7 − 0.9 · health)), rolled out over the first months;
      what a user does a week grows with health by exp(0.35 · health), and so does the number of features in use;
    - a champion leaves in a week with probability 0.5 %, a sponsor 0.3 % (which changes nothing), and is replaced in a
      week with 7 %;
    - tickets come with the number of seats, 40 % more of them where health is below 0; one in ten has severity 1;
    - survey answers are 7.3 + 1.3 · (health + normal(0, 1.1)), rounded; colours follow health + normal(0, 0.5), red
      below −0.8 and green from 0 on;
    - at a renewal seats grow by a fifth where more than 80 % are in use and shrink by a fifth below 45 %.

    Segment, region, industry, owner and parent drive nothing.

    Examples
    --------
    >>> import customerhealth as ch
    >>> data = ch.datasets.simulate(50, "2025-07-01", "2026-07-01", seed=1)
    >>> model = ch.Model.preset("b2b-saas")
    >>> panel = ch.Portfolio(model, tables=data.select(model)).score("2026-07-01")
    >>> sorted(set(panel.table["health_grade"].to_pylist()) - {None})
    ['green', 'red', 'yellow']
    """
    first, last = (int(to_micros(at)[0]) for at in (start, end))
    _check(accounts, seed, first, last)
    first = first // DAY * DAY
    world = World(accounts, first, last, seed)
    return _Tables(world, world.run()).all()


def _check(accounts: int, seed: int, first: int, last: int) -> None:
    for name, value, low, high in (("accounts", accounts, 1, _MOST_ACCOUNTS), ("seed", seed, 0, None)):
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or value < low or (high is not None and value > high):
            fits = f"from {low} to {high:,}" if high is not None else f"of {low} or more"
            raise ValueError(f"{name}: expected a whole number {fits}, got {value!r}")
    if last <= first:
        raise DataError("simulate: the end must be after the start")


class _Tables:
    """Arrow tables of what the simulation wrote down."""

    def __init__(self, world: World, rows: dict[str, Rows]) -> None:
        import pyarrow as pa

        self._world, self._rows = world, rows
        width = len(str(world.count - 1))
        self._ids = pa.array([f"account-{number:0{width}}" for number in range(world.count)])

    def all(self) -> Simulation:
        names = ("usage", "contracts", "tickets", "surveys", "sentiment", "contacts", "opportunities", "activities")
        tables = {"accounts": self._accounts()}
        self._rows["contacts"]["left_at"] = self._left_at()
        for name in names:
            tables[name] = self._table(name)
        return Simulation(tables, self._table("renewals"))

    def _accounts(self) -> pa.Table:
        import pyarrow as pa

        world = self._world
        everyone = np.arange(world.count)
        known = everyone[world.met < world.end]
        parent = pa.array(np.maximum(world.parent, 0), mask=world.parent < 0).cast(pa.int32())
        return pa.table(
            {
                "account_id": self._account(known),
                "created_at": instant_column(world.met[known]),
                "segment": _words(world.segment[known], _SEGMENTS),
                "region": _words(world.region[known], _REGIONS),
                "industry": _words(world.industry[known], _INDUSTRIES),
                "owner": _words(known % len(_OWNERS), _OWNERS),
                "parent_id": pa.DictionaryArray.from_arrays(parent.take(pa.array(known)), self._ids),
            }
        )

    def _left_at(self) -> Any:
        left, contacts = self._rows["left"], self._rows["contacts"]["contact_id"]
        ends = np.full(len(contacts), FOREVER)
        order = np.argsort(contacts, kind="stable")
        ends[order[np.searchsorted(contacts[order], left["contact_id"])]] = left["left_at"]
        return ends

    def _table(self, name: str) -> pa.Table:
        import pyarrow as pa

        rows = self._rows[name]
        known = np.ones(len(rows["account"]), np.bool_)
        for column in ("signed_at", "since", "opened_at", "occurred_at", "answered_at"):
            if column in rows and name != "usage":  # usage was cut by its arrival when it was written down
                known &= rows[column] < self._world.end
        order = np.flatnonzero(known)
        if _TIMES.get(name):
            order = order[np.argsort(rows[_TIMES[name]][order], kind="stable")]
        columns: dict[str, Any] = {"account_id": self._account(rows["account"][order])}
        if name in _NUMBERED:
            columns[_NUMBERED[name]] = pa.array(np.arange(len(order)))
        for column, values in rows.items():
            if column != "account":
                columns[column] = self._column(column, values[order])
        if name == "opportunities":
            columns["won"] = pa.array(rows["won"][order], mask=rows["closed_at"][order] >= self._world.end)
        return pa.table(columns)

    def _column(self, name: str, values: Any) -> pa.Array:
        import pyarrow as pa

        if name in ("closed_at", "left_at"):  # not yet
            return instant_column(np.where(values < self._world.end, values, 0), values >= self._world.end)
        if name.endswith(("_at", "_date")) or name == "since":
            return instant_column(values)
        if name == "feature":
            return _words(values, FEATURES)
        array = pa.array(values)
        return array.dictionary_encode() if values.dtype.kind == "U" else array

    def _account(self, numbers: Any) -> pa.Array:
        import pyarrow as pa

        return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), self._ids)


# The column by which a table is sorted; other tables keep the order in which the simulation made their rows.
_TIMES = {
    "contracts": "signed_at",
    "tickets": "opened_at",
    "surveys": "answered_at",
    "sentiment": "set_at",
    "contacts": "since",
    "opportunities": "opened_at",
    "activities": "occurred_at",
    "renewals": "decided_at",
}
_NUMBERED = {"tickets": "ticket_id", "opportunities": "opportunity_id"}


def _words(codes: Any, words: tuple[str, ...]) -> pa.Array:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words))
