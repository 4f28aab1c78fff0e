"""What a portfolio says of journeys between two dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explain.part_names import looks_of_stages
from ..io.instants import AsOf
from ..lifecycle.journeys import funnel, handoffs, moves, transitions
from ..loaded import Loaded
from ..peers import Peers
from ..progress import Progress
from ..results import Table
from ..results.looks import with_looks

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Journeys"]


class Journeys:
    """The part of a :class:`Portfolio` that follows accounts through journeys."""

    _loaded: Loaded

    def moves(
        self, journey: str, start: AsOf, end: AsOf, *, peers: Peers | None = None, progress: Progress = None
    ) -> Table:
        """The changes of stage in a journey, between two dates.

        Parameters
        ----------
        journey : str
            Its name.
        start, end : date-like
            The moves at ticks of the model's clock after `start` and up to `end`: what makes the stages of a panel
            as of `end` out of those as of `start`, where both are ticks.
        peers : Peers, optional
            Whom to compare with: of a larger portfolio, at `end` and over time (``peers([start, end],
            over_time=True)`` serves all questions between two dates). Default: the accounts of this portfolio.
        progress : bool or callable, optional
            As for :meth:`score`.

        Returns
        -------
        Table
            ``account_id``, ``from`` (null: it enters the journey), ``to``, ``at`` (the tick). By account, then time.

        Raises
        ------
        UnknownNameError
            If the model has no such journey.
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
        ...     "journeys": {"use": {"stages": [
        ...         {"name": "quiet", "enter": "events = 0"}, {"name": "active", "enter": "events > 0"}]}},
        ... })
        >>> usage = pa.table({"who": ["acme"], "day": [date(2026, 5, 1)]})
        >>> moves = ch.Portfolio(model, usage=usage).moves("use", "2026-01-01", "2026-07-01")
        >>> [(row["from"], row["to"], str(row["at"].date())) for row in moves.to_pylist()]
        [(None, 'active', '2026-05-04'), ('active', 'quiet', '2026-06-01')]
        """
        table = moves(self._loaded.compared_with(peers), journey, start, end, progress)
        return self._dressed(table, journey, "from", "to")

    def funnel(
        self,
        journey: str,
        start: AsOf,
        end: AsOf,
        *,
        by: str | None = None,
        to: str | None = None,
        peers: Peers | None = None,
        progress: Progress = None,
    ) -> Table:
        """How far the accounts came that entered each stage of a journey, between two dates.

        Parameters
        ----------
        journey : str
            Its name.
        start, end : date-like
            Entries at ticks of the model's clock after `start` and up to `end` count, and what followed up to `end`.
        by : str, optional
            A column of the panel; its value as of the entry divides the accounts (null is a group of its own). A
            segment of the accounts table is one through a metric: ``{"formula": "accounts.segment"}``.
        to : str, optional
            The stage that ``reached`` asks for. Default: the last one of the list.
        peers : Peers, optional
            As for :meth:`moves`.
        progress : bool or callable, optional
            As for :meth:`score`.

        Returns
        -------
        Table
            A row a stage (and value of `by`): ``stage``; ``entered``, accounts, each once, from its first entry on;
            ``advanced``, those that reached a stage further down by the end, and ``conversion``, their share (null
            for the last stage); ``reached``, the share of those that came to the stage `to` after their entry and by
            the end, whichever way (null for that stage itself); ``q1_days``, ``median_days``, ``q3_days`` of these
            stays as far as they ended; ``here``, accounts that did not advance and are in the stage as of the end, and
            ``stalled``, those of them beyond its deadline; ``lost``, accounts that did not advance and have no panel
            row as of the end.

        Raises
        ------
        UnknownNameError
            If the model has no such journey, the journey no such stage, or the panel no such column.
        DataError
            If a date is none, or `end` is before `start`.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count"}},
        ...     "journeys": {"use": {"stages": [
        ...         {"name": "tried", "enter": "events > 0"}, {"name": "adopted", "enter": "events > 1"}]}},
        ... })
        >>> usage = pa.table({"who": ["a", "a", "b"], "day": [date(2026, 5, 1), date(2026, 5, 20), date(2026, 5, 2)]})
        >>> funnel = ch.Portfolio(model, usage=usage).funnel("use", "2026-01-01", "2026-07-01")
        >>> funnel.select(["stage", "entered", "conversion", "median_days"]).to_pylist()[0]
        {'stage': 'tried', 'entered': 2, 'conversion': 0.5, 'median_days': 21.0}
        """
        table = funnel(self._loaded.compared_with(peers), journey, start, end, by, to, progress)
        return self._dressed(table, journey, "stage")

    def transitions(
        self, journey: str, start: AsOf, end: AsOf, *, peers: Peers | None = None, progress: Progress = None
    ) -> Table:
        """How often accounts moved from each stage of a journey to each other, between two dates.

        Parameters
        ----------
        journey, start, end, peers, progress
            As for :meth:`moves`.

        Returns
        -------
        Table
            A row a pair of stages, those between which nobody moved too, so that
            ``to_pandas().pivot(index="from", columns="to", values="moves")`` is a matrix: ``from`` (null: enters the
            journey), ``to``, ``moves``, ``share`` (of the moves out of ``from``; null: there are none),
            ``median_days`` (of the stays in ``from`` that ended so; null: none).

        Raises
        ------
        UnknownNameError, DataError
            As for :meth:`moves`.
        """
        table = transitions(self._loaded.compared_with(peers), journey, start, end, progress)
        return self._dressed(table, journey, "from", "to")

    def _dressed(self, table: pa.Table, journey: str, *columns: str) -> Table:
        """With what people call the stages that some columns hold."""
        return Table(with_looks(table, looks_of_stages(self._loaded.model.to_dict(), journey, *columns)))

    def handoffs(
        self, journey: str, start: AsOf, end: AsOf, *, peers: Peers | None = None, progress: Progress = None
    ) -> Table:
        """How long accounts stayed with each owner of a journey's stages before they were handed on, between two dates.

        Parameters
        ----------
        journey, start, end, peers, progress
            As for :meth:`moves`.

        Returns
        -------
        Table
            A row a pair of owners with a hand-off: ``from_owner``, ``to_owner``, ``handoffs``, and ``q1_days``,
            ``median_days``, ``q3_days`` from the account's coming to the first owner, over all stages of theirs that
            follow each other, to the hand-off. Stages without an owner neither give nor take.

        Raises
        ------
        UnknownNameError, DataError
            As for :meth:`moves`.
        """
        return Table(handoffs(self._loaded.compared_with(peers), journey, start, end, progress))
