"""What a panel hands on: plays to those who act on them, states to a portfolio one level up."""

from __future__ import annotations

from ..explain.part_names import looks_of_plays
from ..io.results import as_table
from ..results import Table
from ..results.looks import with_looks
from .states import as_states
from .views import Views

__all__ = ["PlaysAndStates"]


class PlaysAndStates(Views):
    """The part of a :class:`Panel` that others work with."""

    def as_states(self, *, account: str) -> Table:
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
        Table
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
        return Table(as_states(self.table, self._as_ofs(), account))

    def plays(self, *, closed: bool = False) -> Table:
        """The plays that are open at each as-of: what is to be done.

        A play opens at a tick of the model's clock, or at the as-of itself, and stays open until its rule closes it.
        Which as-ofs were asked for does not matter.

        Parameters
        ----------
        closed : bool
            List the plays that were closed by the as-of too: all that ever opened.

        Returns
        -------
        Table
            ``id`` (32 hexadecimal digits), ``as_of``, ``account_id``, ``play``, ``opened``, ``due`` and ``closed``
            (timestamps; null: no due length, still open), ``priority`` (float64), ``owner``, ``role``, ``channel``,
            ``message`` (text, null where the play has none), ``message_now``, ``evidence`` (a JSON object of the values
            of the model's ``evidence`` at the opening), ``evidence_now``. Priority, texts and evidence are those of the
            opening; ``message_now`` and ``evidence_now`` are those of the as-of, null once the play is closed. By
            account, name of the play, opening, as-of; accounts without a panel row are not listed.

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
        plays = self._answers(as_table(self._scored.core.plays(closed, *self._span())))
        return Table(with_looks(plays, looks_of_plays(self._scored.model.to_dict(), "play")))
