"""The lists that people work through: whom to call first, and whom a change is about."""

from __future__ import annotations

import numpy as np

from ..io.columns import micros_of
from ..io.instants import AsOf
from ..results import Table
from .ranked import movers, ranked
from .views import Views

__all__ = ["Lists"]


class Lists(Views):
    """The part of a :class:`Panel` that makes lists of accounts."""

    def ranked(
        self,
        score: str,
        n: int | None = 20,
        by: str | None = None,
        reasons: int = 3,
        *,
        best_first: bool = False,
        revenue: str | None = None,
    ) -> Table:
        """Whom to call first, and why: the accounts of the panel's last as-of with the lowest score.

        Who is a customer no more is on it too, unless the panel is filtered: ``panel.filter("mrr > 0").ranked(...)``.

        Parameters
        ----------
        score : str
            A score of the model.
        n : int, optional
            How many; None: all.
        by : str, optional
            A column of the panel, such as who looks after the account: each of its values has a list of its own, with
            `n` accounts.
        reasons : int
            How many parts are named that hold a score down, and how many that lift it.
        best_first : bool
            The highest score first.
        revenue : str, optional
            A metric that says what an account pays. Default: what the cohorts of the model name as their revenue, else
            ``mrr``, if there is one.

        Returns
        -------
        Table
            ``rank``, ``account_id``, ``label`` (where the accounts table has one), the column `by`, ``grade`` (where
            the score has grades), ``score``, ``change`` against the account's row before, ``held_down_by`` and
            ``lifted_by``: the parts at the lowest level with the largest share × (points − score), in points of the
            score, caps among them; ``revenue`` (where there is some), ``plays`` (where the model has some), the open
            ones, the most urgent first, and ``since``, the as-of of the row before. Of equal scores those that pay more
            come first; accounts without a score come last, and ``held_down_by`` says why.

        Raises
        ------
        UnknownNameError
            If the model has no such score, or the panel no such column.
        DataError
            If `n` or `reasons` is no whole number.

        Examples
        --------
        >>> import customerhealth as ch
        >>> panel = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS).score(
        ...     ["2026-06-01", "2026-07-01"])
        >>> first = panel.filter("health > 20").ranked("health", n=2, reasons=1)
        >>> first[["account_id", "grade", "score", "held_down_by"]]
        account_id           grade   score  held_down_by
        pallets/flask        red      33.3  presence -2.9
        blue-yonder/tsfresh  yellow   43.9  presence -6.4
        """
        at = micros_of(self.table["as_of"])
        there = self._rows()[at == at.max()] if len(at) else np.empty(0, np.int64)
        return Table(ranked(self._scored, there, score, n, by, reasons, best_first, revenue))

    def movers(
        self,
        score: str,
        start: AsOf,
        end: AsOf,
        n: int | None = 20,
        reasons: int = 3,
        *,
        revenue: str | None = None,
    ) -> Table:
        """Whom the change of a score is about, and its causes: the accounts that moved furthest.

        Parameters
        ----------
        score : str
            A score of the model.
        start, end : date-like
            Two as-ofs of the panel.
        n : int, optional
            How many; None: all whose score changed, came or went.
        reasons : int
            How many causes are told of each.
        revenue : str, optional
            As for :meth:`ranked`.

        Returns
        -------
        Table
            ``account_id``, ``label`` (where the accounts table has one), ``grade_before`` and ``grade`` (where the
            score has grades), ``before``, ``after``, ``change``, ``because``: the largest causes in words, one level
            deep, each behind what it adds; ``revenue`` (where there is some; at the end). By size of the change;
            accounts whose score came or went have none, and come last.

        Raises
        ------
        UnknownNameError
            If the model has no such score.
        DataError
            If a date is no as-of of the panel, or `end` is not after `start`.

        Examples
        --------
        >>> import customerhealth as ch
        >>> panel = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS).score(
        ...     ["2026-06-01", "2026-07-01"])
        >>> panel.movers("health", "2026-06-01", "2026-07-01", n=1, reasons=1).to_pylist()[0]["because"]
        '-10.0 engagement: fell from 61.2 to 43'
        """
        return Table(movers(self._scored, self._answers, score, start, end, n, reasons, revenue))
