"""Some rows of a panel: what is shown of what was scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from ..errors import UnknownNameError
from ..explain.explanation import rows_of_account
from ..io.columns import Flags, Ints, account_codes, micros_of
from ..io.instants import AsOf, one_instant, one_of
from ..scored import Scored

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Chosen"]


class Chosen:
    """Rows of what was scored, ascending, and the as-ofs that are asked for.

    Attributes
    ----------
    rows : ndarray of int64
        Where they stand in ``scored.table``.
    as_ofs : list of int
        In microseconds, ascending; also those at which no row is.
    """

    def __init__(self, scored: Scored, rows: Ints, as_ofs: list[int]) -> None:
        self._scored, self.rows, self.as_ofs = scored, rows, as_ofs
        self._table: pa.Table | None = None

    @property
    def table(self) -> pa.Table:
        """Their rows of the panel; made when it is asked for first."""
        if self._table is None:
            import pyarrow as pa

            whole = self._scored.table
            first, count = (int(self.rows[0]) if len(self.rows) else 0), len(self.rows)
            together = count == 0 or int(self.rows[-1]) - first == count - 1
            self._table = whole.slice(first, count) if together else whole.take(pa.array(self.rows))
        return self._table

    @property
    def span(self) -> tuple[int, int]:
        """The first row of the panel from which all of them are, and how many rows to the last."""
        return (int(self.rows[0]), int(self.rows[-1] - self.rows[0]) + 1) if len(self.rows) else (0, 0)

    def at(self, as_of: AsOf | None) -> Chosen:
        """Those of one as-of; by default the last."""
        micros = self.as_ofs[-1] if as_of is None else one_of(self.as_ofs, as_of, "as_of", "this panel")
        return Chosen(self._scored, self.rows[micros_of(self.table["as_of"]) == micros], [micros])

    @property
    def one_as_of(self) -> np.datetime64:
        """The only one, or the last."""
        return np.datetime64(self.as_ofs[-1], "us")

    def as_of_account(self, account: str | int, as_of: AsOf | None) -> AsOf:
        """The as-of given, or the last at which the account is among the rows.

        Raises
        ------
        UnknownNameError
            If it is not among them.
        """
        begin, count = rows_of_account(self._scored, account)
        there = self.rows[(self.rows >= begin) & (self.rows < begin + count)]
        instants = micros_of(self._scored.table["as_of"].take(there)).tolist() if len(there) else []
        if not instants or (as_of is not None and one_instant(as_of, "as_of") not in instants):
            at = "" if as_of is None else f" as of {_core.show_instant(one_instant(as_of, 'as_of'))}"
            raise UnknownNameError(f"the rows of the panel that were chosen have none of account {account!r}{at}")
        return np.datetime64(instants[-1], "us") if as_of is None else as_of

    def of(self, answers: pa.Table) -> pa.Table:
        """The answers that speak of these rows: by account and as-of, or by account where there is no as-of."""
        import pyarrow as pa

        table = self.table
        accounts = table["account_id"].unique()
        code = account_codes(answers["account_id"], accounts)
        kept: Flags = code >= 0
        if "as_of" in answers.column_names:
            at = np.array(self.as_ofs, np.int64)
            here = account_codes(table["account_id"], accounts) * len(at) + np.searchsorted(
                at, micros_of(table["as_of"])
            )
            asked = micros_of(answers["as_of"])
            turn = np.searchsorted(at, asked)
            kept &= (turn < len(at)) & (at[np.minimum(turn, max(len(at) - 1, 0))] == asked if len(at) else False)
            kept &= np.isin(code * len(at) + turn, here)
        return answers.filter(pa.array(kept))
