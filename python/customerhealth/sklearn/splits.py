"""Splits that go forward in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import BaseCrossValidator

from ..errors import DataError
from ..io.columns import Ints
from ..io.instants import FOREVER, to_micros
from ..validation.ahead import after, checked_length

__all__ = ["ForwardSplit"]


class ForwardSplit(BaseCrossValidator):
    """Train on the past, test on what came after it.

    The as-ofs are cut into `n_splits` blocks, one after the other. A block is tested by what was learned of as-ofs
    whose windows, ``lead + horizon`` long, were over at its first as-of: nobody knew the outcome of the others then.
    The first as-ofs, before which no window was over, are tested by nobody.

    Parameters
    ----------
    n_splits : int
        How many blocks.
    horizon, lead : str
        As for :func:`cases`.
    gap : str
        That of the outcome, where it has one: ``churn(..., gap="30d")`` is known 30 days later.

    Notes
    -----
    It takes the as-ofs as `groups`, a date a row: ``cross_val_score(model, X, y, groups=time, cv=ForwardSplit(...))``.

    Examples
    --------
    >>> import customerhealth as ch
    >>> time = ch.dates("2026-01-01", "2026-06-01", every="1mo")
    >>> for train, test in ch.sklearn.ForwardSplit(2, horizon="2mo").split(time, groups=time):
    ...     print(train, test)
    [0] [2 3]
    [0 1 2] [4 5]
    """

    __metadata_request__split = {"groups": True}  # noqa: RUF012  scikit-learn's way to say that split wants them

    def __init__(self, n_splits: int = 5, *, horizon: str, lead: str = "0d", gap: str = "0d") -> None:
        self.n_splits = n_splits
        self.horizon = horizon
        self.lead = lead
        self.gap = gap

    def split(self, X: object, y: object = None, groups: Any = None) -> Iterator[tuple[Ints, Ints]]:  # noqa: N803, ARG002
        """The rows to train on and those to test, block by block.

        Parameters
        ----------
        X, y : object
            Not used.
        groups : list, array or column of dates
            The as-of of each row.

        Yields
        ------
        train, test : ndarray of int64
            Places of rows.

        Raises
        ------
        DataError
            If there are no dates, or too few for so many blocks.
        """
        if groups is None:
            raise DataError("ForwardSplit: expected the as-of of each row as groups=, got none")
        at = to_micros(groups)
        over = self._over(at)
        for block in self._blocks(np.unique(at), int(over.min(initial=FOREVER))):
            yield np.flatnonzero(over <= block[0]), np.flatnonzero((at >= block[0]) & (at <= block[-1]))

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:  # noqa: N803, ARG002
        """How many blocks.

        Parameters
        ----------
        X, y, groups : object
            Not used.

        Returns
        -------
        int
        """
        return self.n_splits

    def _over(self, at: Ints) -> Ints:
        """When the outcome of each as-of's window was known."""
        over = after(at, checked_length("lead", self.lead, nothing=True))
        over = after(over, str(checked_length("horizon", self.horizon)))
        return after(over, checked_length("gap", self.gap, nothing=True))

    def _blocks(self, dates: Ints, first: int) -> list[npt.NDArray[np.int64]]:
        count: Any = self.n_splits
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
            raise DataError(f"n_splits: expected a whole number above 0, got {count!r}")
        tested = dates[dates >= first]
        if len(tested) < count:
            raise DataError(
                f"ForwardSplit: {len(tested)} as-ofs come when the first window is over; {count} blocks need as many. "
                "Take more as-ofs, or fewer blocks"
            )
        return np.array_split(tested, count)
