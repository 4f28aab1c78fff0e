"""What a panel tells of one account over time, and its natural charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..explain.history import history, labels
from ..explain.pulls import pull_table
from ..results import Table
from .views import Views

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Drawn"]


class Drawn(Views):
    """The part of a :class:`Panel` that is looked at over time."""

    def history(self, account: str | int, score: str) -> Table:
        """One score of one account at each of the panel's as-ofs, with what moved it in words.

        Parameters
        ----------
        account : str or int
            Its id.
        score : str
            A score of the model.

        Returns
        -------
        Table
            ``account_id``, ``label``, ``as_of``, ``score``, ``grade``, ``reason`` (why the score is missing); against
            the as-of before at which the account has a row ``change``, ``because`` (a sentence a cause, the largest
            first, the small ones together) and ``adds`` (what each adds), all null at the first one.

        Raises
        ------
        UnknownNameError
            If the panel has no row for the account, or the model no such score.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"logins": {"kind": "events", "account": "account", "time": "at"}},
        ...     "metrics": {"logins_28d": {"from": "logins", "agg": "count", "window": "28d"}},
        ...     "scores": {"health": {"measures": {"use": {"value": "logins_28d", "curve": [[0, 0], [4, 100]]}}}},
        ... })
        >>> days = [date(2026, 5, 20), date(2026, 5, 21), date(2026, 6, 20)]
        >>> logins = pa.table({"account": ["acme"] * 3, "at": days})
        >>> panel = ch.Portfolio(model, logins=logins).score(["2026-06-01", "2026-07-01"])
        >>> panel.history("acme", "health").select(["score", "change", "because"]).to_pylist()[1]
        {'score': 25.0, 'change': -25.0, 'because': ['use: fell from 2 to 1']}
        """
        table = history(self._scored, account, score)
        if self._chosen is not None:
            self._chosen.as_of_account(account, None)
        return Table(self._answers(table))

    def pulls(self, score: str) -> Table:
        """What lifts a score and what holds it down, part by part: share × (points − score).

        Parameters
        ----------
        score : str
            A score of the model.

        Returns
        -------
        Table
            ``account_id``, ``as_of``, ``part`` at the lowest level (``adoption.breadth``), ``label``, ``value``,
            ``points`` on the scale of the score, ``pull``; in the panel's order, of each row the strongest first. Caps
            and rounding pull by what they add and have no points. The pulls of a row sum to 0, unless a cap sets a
            score that was missing. A nested score that is no mean is one part. Of a score that is no mean itself
            ``pull`` is what each part adds. Parts that pull by nothing have no row.

        Raises
        ------
        UnknownNameError
            If the model has no such score.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"a": {"kind": "accounts", "account": "id"}},
        ...     "metrics": {"use": {"formula": "a.use"}, "mood": {"formula": "a.mood"}},
        ...     "scores": {"health": {"measures": {
        ...         "use": {"value": "use", "weight": 3, "identity": True},
        ...         "mood": {"value": "mood", "weight": 1, "identity": True}}}},
        ... })
        >>> accounts = pa.table({"id": ["acme"], "use": [40.0], "mood": [80.0]})
        >>> ch.Portfolio(model, a=accounts).score("2026-07-01").pulls("health").select(["part", "points", "pull"])
        part  points  pull
        use       40  -7.50
        mood      80   7.50
        """
        self._scored.check_score(score)
        return Table(pull_table(self._scored, score, self._rows()))

    def labels(self) -> Table:
        """What the accounts are called, by the ``label`` of the accounts table.

        Returns
        -------
        Table
            ``account_id``, ``label`` (as of the account's last row; null: it has none), a row an account.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"accounts": {"kind": "accounts", "account": "id", "label": "name"}},
        ... })
        >>> panel = ch.Portfolio(model, accounts=pa.table({"id": [7], "name": ["Acme"]})).score("2026-07-01")
        >>> panel.labels().to_pylist()
        [{'account_id': 7, 'label': 'Acme'}]
        """
        return Table(labels(self._scored, self._rows()))

    def plot(self, account: str | int | None = None, score: str | None = None) -> go.Figure:
        """The panel's grades over time, or one account's score: :func:`plot.grades` and :func:`plot.score`.

        Of a score without grades the median of all accounts over time: :func:`plot.drift`.

        Parameters
        ----------
        account : str or int, optional
            Draw this one's score.
        score : str, optional
            As for these.

        Returns
        -------
        plotly.graph_objects.Figure

        Examples
        --------
        >>> import customerhealth as ch
        >>> projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
        >>> panel = projects.score(["2026-06-01", "2026-07-01"])
        >>> [trace.name for trace in panel.plot().data]
        ['red', 'yellow', 'green']
        >>> len(panel.plot("pallets/flask").data[0].x)
        2
        """
        from .. import plot
        from ..plot.panels import score_of

        panel: Any = self  # the whole Panel, of which this is a part
        if account is not None:
            return plot.score(panel, account, score)
        asked = score_of(panel.model, score, graded=True)
        return plot.grades(panel, asked.name) if asked.grades else plot.drift(panel, asked.name)
