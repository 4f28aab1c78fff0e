"""A model and its tables, ready to be scored as of any date."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Literal

from ..io.instants import AsOfs
from ..io.table_like import TableLike
from ..loaded import Loaded
from ..model import Model
from ..panel import Panel
from ..peers import Peers
from ..progress import Progress
from ..results import Table
from ..revenue import Revenue
from ..revenue.base import Columns, RevenueBase
from .cohorts_and_plays import CohortsAndPlays
from .folders import Folders
from .foresight import Foresight
from .journeys import Journeys
from .rows import KnownRows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Portfolio"]


class Portfolio(Folders, KnownRows, Journeys, CohortsAndPlays, Foresight):
    """A model and its tables.

    Parameters
    ----------
    model : Model
        What to read and what to work out.
    tables : mapping of str to table, optional
        Tables by the names that the model gives them: for names that are no Python identifiers, or that are
        parameters here.
    strict : bool or "all"
        True refuses rows that cannot be right (null account or time, an end at or before its start, known before it
        happened, accounts twice without ``known``) with a DataError; "all" refuses rows of unknown accounts as well.
        Otherwise such rows are counted in :meth:`quality`.
    threads : int, optional
        How many threads this portfolio's calls may use. Default: ``CUSTOMERHEALTH_NUM_THREADS``, else
        ``OMP_NUM_THREADS``, else the CPUs that this process may use. The number never changes a result.
    progress : bool or callable, optional
        By default a bar appears on a terminal when loading takes longer than a second.
    **frames : table
        Tables by name: anything with ``__arrow_c_stream__`` or ``__arrow_c_array__`` (pandas, polars, pyarrow,
        DuckDB relations, nanoarrow, Spark), or the path of a Parquet or Arrow file, a text file (CSV, TSV, JSON, JSON
        lines, also compressed) or a sheet (``book.xlsx#Sheet``), of a folder of them or a pattern. Only the columns
        that the model mentions are read; those of a text file as what the model wants of them, whatever their cells
        look like. A table that is not given is empty, and :meth:`quality` says so.

    Raises
    ------
    DataError
        If a table cannot be used; it says which table, column and row.
    ModelError
        If formulas do not fit the types of the tables' columns.

    Notes
    -----
    Input tables must not be changed while they are loaded. Afterwards they are not needed. Several threads may score
    one portfolio at once, also while another appends: each sees the tables as they were when it began.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"usage": {"kind": "events", "account": "account_id", "time": "day"}},
    ...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
    ... })
    >>> from datetime import date
    >>> usage = pa.table({"account_id": ["acme", "acme", "zeta"], "day": [date(2026, 6, d) for d in (1, 20, 30)]})
    >>> portfolio = ch.Portfolio(model, usage=usage)
    >>> portfolio.score("2026-07-01").table["events"].to_pylist()
    [1.0, 1.0]
    >>> portfolio.append(usage=pa.table({"account_id": ["acme"], "day": [date(2026, 6, 30)]}))
    >>> portfolio.score("2026-07-01").table["events"].to_pylist()
    [2.0, 1.0]
    """

    def __init__(
        self,
        model: Model,
        *,
        tables: Mapping[str, TableLike] | None = None,
        strict: bool | Literal["all"] = False,
        threads: int | None = None,
        progress: Progress = None,
        **frames: TableLike,
    ) -> None:
        self._loaded = Loaded.open(model, tables, frames, strict=strict, threads=threads, progress=progress)
        self._strict = Loaded.strictness(strict)
        self._saved = None

    @property
    def model(self) -> Model:
        """The model."""
        return self._loaded.model

    @property
    def accounts(self) -> pa.Array:
        """The account ids in panel order: integers by value, texts by their bytes.

        Returns
        -------
        pyarrow.Array of string or int64
        """
        return self._loaded.accounts

    def quality(self) -> Table:
        """What is odd about the tables, counted: nothing is left out in silence.

        Returns
        -------
        Table
            ``table`` (empty: the model itself), ``check``, ``rows`` (how many rows or accounts), ``first_row`` (counted
            from 0 in order of arrival; null where it is no matter of single rows), ``example`` and ``meaning``, a
            sentence of what it does to the answers; a row for each finding, always in the same order. All checks are
            in docs/quality.md.
        """
        return Table(self._loaded.quality())

    def score(
        self, as_ofs: AsOfs, *, peers: Peers | None = None, threads: int | None = None, progress: Progress = None
    ) -> Panel:
        """Metrics, scores and grades of all accounts as of some dates, knowing only what was known then.

        Parameters
        ----------
        as_ofs : date-like or a list, array or column of them
            Text, date, datetime (naive is UTC), numpy, pandas or Arrow instants; :func:`dates` makes grids. An as-of
            is exclusive: the end of June is ``"2026-07-01"``. They are sorted and taken once each.
        peers : Peers, optional
            Whom to compare with, from :meth:`peers`: they may be those of a larger portfolio, of which this one holds
            a part or a single account. Default: the accounts of this portfolio, with each other.
        threads : int, optional
            For this call; default: the portfolio's.
        progress : bool or callable, optional
            By default a bar appears on a terminal when the call takes longer than a second.

        Returns
        -------
        Panel
            One row an (account, as-of).

        Raises
        ------
        DataError
            If an as-of is none, or the peers are of another model, lack a level or one of the as-ofs.
        """
        loaded = self._loaded
        scored = loaded.score(as_ofs, peers=peers, threads=threads, progress=progress)
        if self._saved is not None:
            self._saved.keep_walk(loaded)
        return Panel(scored)

    def peers(
        self,
        as_ofs: AsOfs,
        *,
        given: Peers | None = None,
        over_time: bool = False,
        threads: int | None = None,
        progress: Progress = None,
    ) -> Peers:
        """What these accounts say about their peers, one level further.

        For portfolios that are scored in parts, or account by account: fit the parts, merge them with
        :meth:`Peers.merge`, give the result to the next level until it is ``complete``, then score any part with it.
        A portfolio that is scored as a whole does all this by itself.

        Parameters
        ----------
        as_ofs : date-like or a list, array or column of them
            As for :meth:`score`; the same for every level.
        given : Peers, optional
            The levels before, merged over all parts. Default: none yet.
        over_time : bool
            At every tick of the model's clock up to the last as-of too: what memberships, moves, plays and all other
            questions over time look at. Later levels go by ``given``.
        threads, progress
            As for :meth:`score`.

        Returns
        -------
        Peers
            With one level more than ``given`` (unless that was complete). Without it the first one, and where no
            table has ``stale_after``, so that there is nothing to know of it, the second.

        Raises
        ------
        DataError
            If an as-of is none, or ``given`` is of another model or of other as-ofs.

        Examples
        --------
        See :class:`Peers`.
        """
        return self._loaded.peers(as_ofs, given=given, over_time=over_time, threads=threads, progress=progress)

    def revenue(
        self,
        table: str = "contracts",
        *,
        mrr: str = "mrr",
        product: str | None = None,
        currency: str | None = None,
        billing_period: str | None = None,
        gap: str | None = None,
        free: str = "prospects",
        progress: Progress = None,
    ) -> Revenue:
        """Recurring revenue from a table of contracts: movements, retention, cohorts.

        Parameters
        ----------
        table : str
            A table of kind intervals with a start and an end; its ``known``, ``key`` and ``deleted`` are honoured.
        mrr, product, currency, billing_period, gap, free
            As for :class:`Revenue`. The columns are those that the model reads: name them in a metric.
        progress : bool or callable, optional
            As for :class:`Portfolio`.

        Returns
        -------
        Revenue
            Of the rows that are loaded now; rows appended later need a new one.

        Raises
        ------
        DataError
            As for :class:`Revenue`, and when the model does not read a column.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end"}},
        ...     "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
        ... })
        >>> contracts = pa.table({"id": ["a"], "start": [date(2026, 1, 1)], "end": [date(2027, 1, 1)], "mrr": [90]})
        >>> revenue = ch.Portfolio(model, contracts=contracts).revenue("contracts", mrr="mrr")
        >>> revenue.movements(["2026-01-01", "2026-02-01"])["new"].to_pylist()
        [90.0]
        """
        columns = Columns(mrr, product, currency, billing_period)
        return Revenue.of(RevenueBase(self._loaded, table, columns, gap, progress, free=free))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Portfolio cannot be pickled: send its Model and the tables, and make one there")

    def __repr__(self) -> str:
        return f"<Portfolio of {self._loaded.core.accounts().rows} accounts, model {self.model.name!r}>"

    def _repr_html_(self) -> str:
        found = self.quality().to_pylist()
        lines = "".join(
            f"<li>{escape(str(row['table']))}: {escape(str(row['check']))}, {row['rows']} rows</li>" for row in found
        )
        return f"<div>{escape(repr(self)[1:-1])}<ul>{lines}</ul></div>"
