"""What a portfolio says of its cohorts and plays over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..explain.part_names import looks_of_cohorts, looks_of_plays
from ..io.instants import AsOf
from ..io.results import as_table
from ..lifecycle.cohorts import cohort_sizes, drift, memberships, overlap
from ..lifecycle.replay import Replay, replay
from ..loaded import Loaded
from ..peers import Peers
from ..progress import Progress
from ..results import Table
from ..results.looks import with_looks

__all__ = ["CohortsAndPlays"]


class CohortsAndPlays:
    """The part of a :class:`Portfolio` that looks at cohorts and plays over time."""

    _loaded: Loaded

    def plays(
        self, as_of: AsOf, *, closed: bool = False, peers: Peers | None = None, progress: Progress = None
    ) -> Table:
        """The plays that are open as of a date: what is to be done. :func:`write` makes a file of it.

        Parameters
        ----------
        as_of : date-like or a list of them
            As for :meth:`Portfolio.score`.
        closed : bool
            List the plays that were closed by then too.
        peers : Peers, optional
            Whom to compare with, as for :meth:`Portfolio.score`.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Table
            As :meth:`Panel.plays`; the ``id`` of a play is the same on every run, whatever is asked for.

        Raises
        ------
        DataError
            If an as-of is none.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
        ...     "plays": {"quiet": {"when": "events < 1"}},
        ... })
        >>> portfolio = ch.Portfolio(model, usage=pa.table({"who": ["acme"], "day": [date(2026, 5, 1)]}))
        >>> ids = [portfolio.plays(day)["id"].to_pylist() for day in ("2026-06-08", "2026-07-01")]
        >>> ids[0] == ids[1]
        True
        """
        names = self._loaded.model.plays
        loaded = self._loaded.compared_with(peers)
        plays = as_table(loaded.score_part(as_of, plays=names, progress=progress).core.plays(closed))
        return Table(with_looks(plays, looks_of_plays(loaded.model.to_dict(), "play")))

    def memberships(
        self,
        start: AsOf,
        end: AsOf,
        *,
        cohorts: str | Sequence[str] | None = None,
        peers: Peers | None = None,
        progress: Progress = None,
    ) -> Table:
        """Who was in which cohort, from when to when, between two dates.

        Parameters
        ----------
        start, end : date-like
            Stays that were not over as of `start` and had begun by `end`.
        cohorts : str or list of str, optional
            Default: all.
        peers : Peers, optional
            Whom to compare with: of a larger portfolio, at `end` and over time (``peers([start, end],
            over_time=True)`` serves all questions between two dates). Default: the accounts of this portfolio.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Table
            A row a stay: ``account_id``, ``cohort``, ``entered`` and ``left`` (timestamps; null: a member as of the
            end still). By cohort as in the model, account, time. Both are ticks of the model's clock, the same
            whatever dates are asked for: the first at which the rule is true, and then the first at which it is not.
            A tick at which an account has no panel row changes nothing.

        Raises
        ------
        UnknownNameError
            If the model has no such cohort.
        DataError
            If a date is none, or `end` is before `start`.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
        ...     "cohorts": {"active": {"when": "events > 0"}},
        ... })
        >>> portfolio = ch.Portfolio(model, usage=pa.table({"who": ["acme"], "day": [date(2026, 5, 1)]}))
        >>> stay, = portfolio.memberships("2026-05-10", "2026-07-01").to_pylist()
        >>> str(stay["entered"].date()), str(stay["left"].date())
        ('2026-05-04', '2026-06-01')
        """
        table = memberships(self._loaded.compared_with(peers), start, end, cohorts, progress)
        return Table(with_looks(table, looks_of_cohorts(self._loaded.model.to_dict(), "cohort")))

    def cohorts(
        self,
        start: AsOf,
        end: AsOf,
        *,
        revenue: str | None = None,
        cohorts: str | Sequence[str] | None = None,
        peers: Peers | None = None,
        progress: Progress = None,
    ) -> Table:
        """How large cohorts were, and what they were worth, at each tick of the model's clock between two dates.

        Parameters
        ----------
        start, end : date-like
            The ticks after `start` and up to `end`.
        revenue : str, optional
            A metric or a score that says what an account is worth. Default: the ``revenue`` of each cohort.
        cohorts : str or list of str, optional
            Default: all.
        peers : Peers, optional
            As for :meth:`memberships`.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Table
            A row a tick and cohort: ``as_of``, ``cohort``; ``size``, accounts of the panel that are in it, and
            ``share``, of all in the panel (null: nobody is); ``entered`` and ``left`` at this tick; ``away``, members
            without a panel row at it; ``revenue``, the sum over its accounts, where a missing one adds nothing (null:
            no revenue is named). ``size`` and ``away`` together change by ``entered`` less ``left``.

        Raises
        ------
        UnknownNameError
            If the model has no such cohort, or the panel no such column.
        DataError
            If a date is none, `end` is before `start`, or the revenue is no number.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
        ...     "cohorts": {"active": {"when": "events > 0"}},
        ... })
        >>> usage = pa.table({"who": ["a", "b"], "day": [date(2026, 5, 1), date(2026, 5, 6)]})
        >>> sizes = ch.Portfolio(model, usage=usage).cohorts("2026-05-01", "2026-06-01")
        >>> sizes["size"].to_pylist()
        [1, 2, 2, 2, 1]
        """
        table = cohort_sizes(self._loaded.compared_with(peers), start, end, cohorts, revenue, progress)
        return Table(with_looks(table, looks_of_cohorts(self._loaded.model.to_dict(), "cohort")))

    def overlap(
        self,
        as_of: AsOf,
        *,
        revenue: str | None = None,
        cohorts: str | Sequence[str] | None = None,
        peers: Peers | None = None,
        progress: Progress = None,
    ) -> Table:
        """How many accounts each two cohorts have in common as of a date.

        Parameters
        ----------
        as_of : date-like
            The date.
        revenue, cohorts, peers, progress
            As for :meth:`cohorts`; of peers those at the dates that are asked for are needed.

        Returns
        -------
        Table
            A row a pair, so that ``to_pandas().pivot(index="cohort", columns="other", values="accounts")`` is a
            matrix: ``cohort``, ``other``, ``accounts`` in both, ``share`` of the cohort's that are in the other too,
            ``jaccard``, the share of those in either, ``revenue`` of those in both by the measure of ``cohort``.
            Shares are null where there are none to divide by.

        Raises
        ------
        UnknownNameError, DataError
            As for :meth:`cohorts`.
        """
        table = overlap(self._loaded.compared_with(peers), as_of, cohorts, revenue, progress)
        return Table(with_looks(table, looks_of_cohorts(self._loaded.model.to_dict(), "cohort", "other")))

    def drift(
        self,
        start: AsOf,
        end: AsOf,
        *,
        by: str | None = None,
        revenue: str | None = None,
        cohorts: str | Sequence[str] | None = None,
        peers: Peers | None = None,
        progress: Progress = None,
    ) -> Table:
        """How the sizes of cohorts, and what they are made up of, changed from one date to another.

        Parameters
        ----------
        start, end : date-like
            Two as-ofs.
        by : str, optional
            A column of the panel that says what accounts are: a segment, a grade, a stage.
        revenue, cohorts, peers, progress
            As for :meth:`cohorts`; of peers those at the dates that are asked for are needed.

        Returns
        -------
        Table
            A row a cohort (null: all accounts of the panel) and value of `by`: ``before`` and ``after``, accounts at
            either date, and what lies between: ``entered`` and ``left`` the cohort, ``moved_in`` and ``moved_out``,
            those in it at both dates whose value of `by` is another; ``before + entered - left + moved_in - moved_out``
            is ``after``. ``share_before``, ``share_after``, ``share_change``: of the cohort's accounts, or without `by`
            of all; null where there are none. ``revenue_before``, ``revenue_after``.

        Raises
        ------
        UnknownNameError, DataError
            As for :meth:`cohorts`.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
        ...     "cohorts": {"active": {"when": "events > 0"}},
        ... })
        >>> usage = pa.table({"who": ["a", "b", "b"], "day": [date(2026, 5, d) for d in (1, 1, 30)]})
        >>> table = ch.Portfolio(model, usage=usage).drift("2026-05-04", "2026-06-01")
        >>> table.select(["cohort", "before", "left", "after", "share_change"]).to_pylist()[1]
        {'cohort': 'active', 'before': 2, 'left': 1, 'after': 1, 'share_change': -0.5}
        """
        table = drift(self._loaded.compared_with(peers), start, end, by, cohorts, revenue, progress)
        return Table(with_looks(table, looks_of_cohorts(self._loaded.model.to_dict(), "cohort")))

    def replay(
        self,
        start: AsOf,
        end: AsOf,
        *,
        plays: str | Sequence[str] | None = None,
        outcome: object = None,
        account: str = "account_id",
        time: str = "at",
        within: str = "90d",
        vary: Mapping[str, Mapping[str, Any]] | None = None,
        observed: AsOf | None = None,
        confidence: float = 0.95,
        peers: Peers | None = None,
        progress: Progress = None,
    ) -> Replay:
        """What plays would have listed between two dates, and how well they told what came.

        The metrics are worked out once, however many variations are set side by side.

        Parameters
        ----------
        start, end : date-like
            Openings at ticks of the model's clock after `start` and up to `end` count.
        plays : str or list of str, optional
            Default: all.
        outcome : str, Outcome or table, optional
            What a play is to foretell. A formula or the name of a cohort: it comes about at the tick at which it turns
            true, and lasts until it is false, as a play would. One of :mod:`customerhealth.outcomes`, from the tables
            as known by `observed`. Or a table, whatever a portfolio takes, with a row each
            time it came about, such as some rows of :meth:`Portfolio.moves`; rows of accounts that the portfolio does
            not have are left out.
        account, time : str
            Columns of that table: whose outcome, and when (instants, dates or texts in ISO form).
        within : str
            A length: how long after an opening the outcome counts. Both ends are in: what the opening knew came before
            it, so an outcome at its very instant lies ahead.
        vary : mapping of str to mapping, optional
            By play what is to be varied of it: ``when``, ``unless``, ``closes`` or ``cooldown`` with a list of values
            (None: without it), and, for whatever stands in braces in a formula, its values:
            ``{"quiet": {"when": "days_quiet > {days}", "days": [7, 14, 28], "cooldown": [None, "28d"]}}``. Every
            combination is a variant. A text is put in as it stands: ``"tier = '{tier}'"``.
        observed : date-like, optional
            Up to when outcomes are known. Default: `end`. An opening whose window is not over by then is counted as
            censored, whatever came so far: to score the early hits alone would flatter the play.
        confidence : float
            Of the intervals of precision and recall, by Wilson's score [1]_. They take openings as independent of each
            other, so where one account opens a play often, the truth is wider.
        peers : Peers, optional
            As for :meth:`memberships`; at `observed` too.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Replay
            ``summary``, ``weekly``, ``load`` and ``openings``. The summary has, for each variant: ``openings``,
            ``accounts`` (different ones), ``per_week``, ``most_open`` (at once, at a tick); with an outcome
            ``already`` (it was there at the opening: no foretelling, not scored), ``censored``, ``scored``, the others;
            ``hits``, those with the outcome in their window; ``precision``, their share of those scored, with
            ``precision_low`` and ``precision_high``; ``base_rate``, the same share over all panel rows at ticks of the
            range at which the outcome was not there and whose window is over: what opening at random would reach, and
            ``lift``, how many times that; ``outcomes`` of the range, ``caught``, those in the window of an opening (one
            before the range too), ``recall``, their share, with ``recall_low`` and ``recall_high``;
            ``q1_lead_days``, ``median_lead_days``, ``q3_lead_days`` from openings to the outcome. Shares of nothing are
            null.

        Raises
        ------
        UnknownNameError
            If the model has no such play.
        ModelError
            If a formula of the outcome or of what is varied cannot be used.
        DataError
            If a date is none, `end` is not after `start`, `observed` is before `end`, `within` is no length, the
            outcome is no table of accounts and instants, or `vary` does not fit.

        References
        ----------
        .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"quiet": {"from": "usage", "agg": "days_since_last"}},
        ...     "plays": {"call": {"when": "quiet > 14"}},
        ... })
        >>> days = [("a", date(2026, 1, 1)), ("b", date(2026, 1, 1)), ("b", date(2026, 1, 20)), ("b", date(2026, 3, 1))]
        >>> usage = pa.table({"who": [who for who, _ in days], "day": [day for _, day in days]})
        >>> found = ch.Portfolio(model, usage=usage).replay(
        ...     "2026-01-01", "2026-03-01", outcome="quiet > 60", within="90d", observed="2026-06-08",
        ...     vary={"call": {"when": "quiet > {days}", "days": [30]}})
        >>> found.summary.select(["days", "openings", "hits"]).to_pylist()
        [{'days': None, 'openings': 3, 'hits': 2}, {'days': 30.0, 'openings': 2, 'hits': 2}]
        """
        loaded = self._loaded.compared_with(peers)
        return replay(loaded, start, end, plays, outcome, account, time, within, vary, observed, confidence, progress)
