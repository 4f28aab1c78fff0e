"""What a score is to foresee: churn, contraction, expansion, downgrade, silence, from a portfolio's own tables.

What a function here gives back stands for a rule; :meth:`Portfolio.validate` and :meth:`Portfolio.replay` apply it to
the tables as they were known at ``observed``. A formula, the name of a cohort or a table of outcomes serve as well.

>>> import customerhealth as ch
>>> ch.outcomes.churn("contracts", gap="30d")
churn of contracts (a renewal up to 30d late is one)
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DataError
from .ahead import checked_length
from .rules import Churn, Downgrade, Move, Outcome, Silence

__all__ = ["Outcome", "churn", "contraction", "downgrade", "expansion", "silence"]


def churn(table: str, gap: str = "0d", where: str | None = None) -> Outcome:
    """An account that is covered, and then has nothing alive within `gap` of the end.

    Parameters
    ----------
    table : str
        A table of kind ``intervals`` with an end: contracts.
    gap : str
        How late a renewal may begin: one that begins at most so long after the end is a renewal. The churn is dated to
        the end of the cover all the same.
    where : str, optional
        A formula over the table's columns; only rows for which it is true cover: ``"mrr > 0"``. The model has to read
        the columns.

    Returns
    -------
    Outcome
        It comes about at the end of the cover, and lasts until a later row begins.

    Raises
    ------
    DataError
        If `gap` is no length.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.outcomes.churn("contracts").name
    'churn'
    """
    return Churn("churn", _table(table), checked_length("gap", gap, nothing=True), where)


def contraction(table: str, mrr: str, by: float = 0.0) -> Outcome:
    """Revenue falls below (1 − `by`) times its value at the as-of, while the account stays covered.

    Parameters
    ----------
    table : str
        A table of kind ``intervals``.
    mrr : str
        Its column of recurring revenue, which the model reads.
    by : float
        The share that has to go; 0: any fall.

    Returns
    -------
    Outcome
        It comes about at the first such instant; an account that leaves first has none. Amounts that differ by less
        than a part in 10⁹ are the same.

    Raises
    ------
    DataError
        If `by` is no share.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.outcomes.contraction("contracts", mrr="mrr", by=0.1)
    contraction of contracts.mrr by more than 10 %
    """
    return Move("contraction", _table(table), mrr, _share(by), up=False)


def expansion(table: str, mrr: str, by: float = 0.0) -> Outcome:
    """Revenue rises above (1 + `by`) times its value at the as-of.

    Parameters
    ----------
    table, mrr, by
        As for :func:`contraction`.

    Returns
    -------
    Outcome
        As of :func:`contraction`.

    Raises
    ------
    DataError
        If `by` is no share.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.outcomes.expansion("contracts", mrr="mrr").name
    'expansion'
    """
    return Move("expansion", _table(table), mrr, _share(by), up=True)


def downgrade(table: str, of: str, order: Sequence[object]) -> Outcome:
    """A column moves down a list: from a larger plan to a smaller one.

    Parameters
    ----------
    table : str
        A table of states, events or intervals; a row says what holds from then on.
    of : str
        Its column, which the model reads.
    order : list
        Its values from the best to the worst. A row with another value, or none, is passed over.

    Returns
    -------
    Outcome
        A point in time: each row whose value stands further down than the one before it.

    Raises
    ------
    DataError
        If the list has fewer than two values, or one twice.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.outcomes.downgrade("plans", of="plan", order=["enterprise", "team", "free"])
    downgrade of plans.plan: enterprise > team > free
    """
    values = [order] if isinstance(order, str) else list(order)
    if len(values) < 2 or len({str(value) for value in values}) != len(values):
        raise DataError(f"order: expected two different values or more, from the best to the worst, got {order!r}")
    return Downgrade("downgrade", _table(table), of, tuple(str(value) for value in values))


def silence(table: str, length: str) -> Outcome:
    """No row of the account becomes known for so long.

    Parameters
    ----------
    table : str
        A table of events, states or intervals.
    length : str
        How long nothing comes.

    Returns
    -------
    Outcome
        It comes about when the length is over, and lasts until the next row; so an account that is silent at the as-of
        already is no case, and one that has just begun to be is. Who never had a row has no silence.

    Raises
    ------
    DataError
        If `length` is no length.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.outcomes.silence("usage", "90d")
    silence in usage for 90d
    """
    return Silence("silence", _table(table), str(checked_length("length", length)))


def _table(table: object) -> str:
    if not isinstance(table, str):
        raise DataError(f"table: expected the name of one of the model's tables, got a {type(table).__name__}")
    return table


def _share(by: object) -> float:
    if isinstance(by, bool) or not isinstance(by, int | float) or not 0 <= by < float("inf"):
        raise DataError(f"by: expected a share of 0 or more, got {by!r}")
    return float(by)
