"""The answers of one call: a table, and why its numbers are what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from .._version import __version__
from ..explain import Explanation, explain
from ..io.results import as_reader, as_table
from ..model import Model
from ..progress import Progress, reported
from ..scored import Scored
from .changes import PanelChanges
from .html import panel_html
from .states import as_states

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["Panel"]

_STREAMED_ROWS = 65_536  # of the panel, for one step of a stream


class Panel(PanelChanges):
    """One row an (account, as-of): metrics, scores, grades, coverage. Immutable; made by :meth:`Portfolio.score`.

    It speaks Arrow: ``polars.DataFrame(panel)``, ``pyarrow.table(panel)`` and ``duckdb.sql("from panel")`` read it
    without a copy where they can. Rows are ordered by account id, then as-of.
    """

    def __init__(self, scored: Scored) -> None:
        self._scored = scored

    @property
    def model(self) -> Model:
        """The model that made it."""
        return self._scored.model

    @property
    def digest(self) -> str:
        """The digest of the model that made it."""
        return self._scored.model.digest

    @property
    def version(self) -> str:
        """The version of customerhealth that made it."""
        return __version__

    def __len__(self) -> int:
        return self._scored.core.rows

    @property
    def table(self) -> pa.Table:
        """The panel as a table.

        Returns
        -------
        pyarrow.Table
            ``account_id`` (string or int64, as given), ``as_of`` (timestamp[us, UTC]), metrics, then for each score
            NAME, NAME_grade where it has grades, NAME_coverage and, where it has a trend, NAME_change, NAME_trend
            (down, flat, up) and NAME_grade_before; then for each journey NAME (the stage), NAME_since (timestamp),
            NAME_days, NAME_previous and NAME_stalled (boolean), and each cohort (boolean, never null). Numbers and
            counts are float64, null where missing.
        """
        return self._scored.table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The panel as an Arrow C stream; may be called many times."""
        stream: object = self.table.__arrow_c_stream__(requested_schema)
        return stream

    def to_pandas(self) -> pd.DataFrame:
        """The panel as a pandas DataFrame; missing numbers are NaN."""
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """The panel as a polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self.table)

    def reasons(self) -> pa.Table:
        """Why values are missing.

        Returns
        -------
        pyarrow.Table
            ``account_id``, ``as_of``, ``metric`` (a metric, a score or a journey), ``reason``; only what is missing.
            An account that is in no stage of a journey has the reason of the first ``enter`` that is missing, else
            ``not_applicable``.
        """
        return as_table(self._scored.core.reasons())

    @overload
    def contributions(
        self, score: str, *, deep: bool = False, stream: Literal[False] = False, progress: Progress = None
    ) -> pa.Table: ...
    @overload
    def contributions(
        self, score: str, *, deep: bool = False, stream: Literal[True], progress: Progress = None
    ) -> pa.RecordBatchReader: ...
    def contributions(self, score: str, *, deep: bool = False, stream: bool = False, progress: Progress = None) -> Any:
        """What each part adds to a score; the parts sum to the score. Worked out when asked for.

        Parameters
        ----------
        score : str
            Its name.
        deep : bool
            Expand scores that are measures of this one, down to their own measures: ``part = "adoption.breadth"``.
        stream : bool
            Give a reader that works out some rows of the panel at a time, instead of a table: the contributions of a
            large panel are many times its size.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        pyarrow.Table or pyarrow.RecordBatchReader
            ``account_id``, ``as_of``, ``part``, ``value``, ``points``, ``weight`` (the effective share, for a mean),
            ``contribution``, ``reason``. Missing measures have null points, contribution 0 and their reason. By part,
            in the order of the model, and then as the panel's rows are (what ``melt`` and ``unpivot`` give); a stream
            has some rows of the panel at a time in that order.

        Raises
        ------
        UnknownNameError
            If the model has no such score.
        """
        self._scored.check_score(score)
        core, threads = self._scored.core, self._scored.threads
        if stream:
            begins = range(0, max(1, len(self)), _STREAMED_ROWS)
            return as_reader(core.contributions(score, deep, threads, None, at, _STREAMED_ROWS) for at in begins)
        with reported(progress, "contributions") as report:
            return as_table(core.contributions(score, deep, threads, report))

    def as_states(self, *, account: str) -> pa.Table:
        """A panel of people, products or children as a states table for a portfolio of their accounts.

        A row of the panel becomes a state of its key at its account, a microsecond before its as-of: an account scored
        at that as-of sees it, and nothing sees it earlier. Where the panel's next as-of finds the key at another
        account, at none or not at all, a deleted row ends the state.

        Parameters
        ----------
        account : str
            The panel's column that says whose state it is: a text or a whole number. A row without one is nowhere.

        Returns
        -------
        pyarrow.Table
            ``account_id`` (string or int64), ``key`` (the panel's ``account_id``), ``time`` and ``known``
            (timestamp[us, UTC]), ``deleted`` (boolean), then the panel's other columns: of a deleted row, what they
            were last (read as events, those rows tell who left). In order of ``time``, then of the panel.

        Raises
        ------
        UnknownNameError
            If the panel has no such column.
        DataError
            If a value of it is no account, or a column of the panel has one of the names above.

        Notes
        -----
        To append night by night, score the night before once more and append both: a state that comes twice counts
        once, and who left in between is seen to have left.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> people = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"jobs": {"kind": "states", "account": "person", "time": "since"}},
        ...     "metrics": {"employer": {"from": "jobs", "agg": "last", "of": "company"}},
        ... })
        >>> jobs = pa.table({
        ...     "person": ["ann", "ann"], "since": [date(2026, 5, 1), date(2026, 6, 9)], "company": ["acme", "beta"],
        ... })
        >>> panel = ch.Portfolio(people, jobs=jobs).score(["2026-06-01", "2026-07-01"])
        >>> panel.as_states(account="employer").select(["account_id", "key", "deleted"]).to_pylist()[1:]
        [{'account_id': 'beta', 'key': 'ann', 'deleted': False}, {'account_id': 'acme', 'key': 'ann', 'deleted': True}]
        """
        return as_states(self.table, self._scored.core.as_ofs, account)

    def plays(self, *, closed: bool = False) -> pa.Table:
        """The plays that are open at each as-of: what is to be done.

        A play opens at a tick of the model's clock, or at the as-of itself, and stays open until its rule closes it.
        Which as-ofs were asked for does not matter.

        Parameters
        ----------
        closed : bool
            List the plays that were closed by the as-of too: all that ever opened.

        Returns
        -------
        pyarrow.Table
            ``id`` (32 hexadecimal digits), ``as_of``, ``account_id``, ``play``, ``opened``, ``due`` and ``closed``
            (timestamps; null: no due length, still open), ``priority`` (float64), ``owner``, ``role``, ``channel``,
            ``message`` (text, null where the play has none), ``evidence`` (a JSON object of the values of the
            model's ``evidence`` at the opening). Priority, texts and evidence are those of the opening. By account,
            name of the play, opening, as-of; accounts without a panel row are not listed.

        Notes
        -----
        The same play of the same account has the same id on every run, so that an upload may be repeated: it is made
        of the play's name, the account and the tick of the opening. A play seen to open between two ticks has the id
        of the tick that follows, where it will open if its rule still holds.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
        ...     "plays": {"quiet": {"when": "events < 1", "due": "7d", "message": "{events} events in four weeks"}},
        ... })
        >>> usage = pa.table({"who": ["acme", "zeta"], "day": [date(2026, 5, 1), date(2026, 6, 20)]})
        >>> plays = ch.Portfolio(model, usage=usage).score("2026-07-01").plays()
        >>> plays.select(["account_id", "play", "opened", "message"]).to_pylist()[0]["message"]
        '0 events in four weeks'
        >>> str(plays["opened"][0].as_py().date()), str(plays["due"][0].as_py().date())
        ('2026-06-01', '2026-06-08')
        """
        return as_table(self._scored.core.plays(closed))

    def explain(self, account: str | int, as_of: object = None) -> Explanation:
        """One account in words: its scores, what pulls them up and down, what changed, what is missing and why.

        Where the panel has an earlier as-of at which the account has a row, each score says what changed since then.
        Of a life cycle it tells the stages, the cohorts and the open plays.

        Parameters
        ----------
        account : str or int
            Its id.
        as_of : date-like, optional
            One of the panel's as-ofs; by default the last at which the account has a row.

        Returns
        -------
        Explanation
            Text when printed, HTML in a notebook.

        Raises
        ------
        UnknownNameError
            If the panel has no row for the account, or none at that as-of.
        """
        return explain(self._scored, account, as_of)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Panel cannot be pickled: send panel.table")

    def __repr__(self) -> str:
        return f"<Panel of {len(self)} rows, {len(self.model.columns) + 2} columns, model {self.model.name!r}>"

    def _repr_html_(self) -> str:
        return panel_html(self.table, f"model {self.model.name} {self.digest[:12]}, customerhealth {self.version}")
