"""Looking at a panel: its columns, some of its rows, what they sum up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from ..errors import unknown
from ..io.columns import Ints, micros_of
from ..io.instants import AsOf, one_of
from ..io.results import as_table
from ..results import Table
from ..results.compare import Comparison
from ..results.looks import with_looks
from ..scored import Scored
from .chosen import Chosen
from .described import describe, grades_by_column
from .filtered import rows_where
from .looks import looks_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from typing_extensions import Self

__all__ = ["Views"]


class Views:
    """The part of a :class:`Panel` that shows it as a table, or some rows of it."""

    _scored: Scored
    _chosen: Chosen | None
    """None: all rows."""

    def _of(self, chosen: Chosen) -> Self:
        raise NotImplementedError

    @property
    def table(self) -> pa.Table:
        """The panel as a table.

        Returns
        -------
        pyarrow.Table
            ``account_id`` (string or int64, as given), ``as_of`` (timestamp[us, UTC]), metrics, then for each score
            NAME, NAME_grade where it has grades, NAME_coverage and, where it has a trend, NAME_change, NAME_trend
            (down, flat, up) and NAME_grade_before, where it has a probability NAME_probability and its interval,
            NAME_probability_low and NAME_probability_high; then for each journey NAME (the stage), NAME_since
            (timestamp), NAME_days, NAME_previous and NAME_stalled (boolean), and each cohort (boolean, never null).
            Numbers and counts are float64, null where missing.
        """
        return self._scored.table if self._chosen is None else self._chosen.table

    def __len__(self) -> int:
        return self._scored.rows if self._chosen is None else len(self._chosen.rows)

    @property
    def columns(self) -> list[str]:
        """The names of the table's columns."""
        return ["account_id", "as_of", *self._scored.model.columns]

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """A column of the table.

        Raises
        ------
        UnknownNameError
            If the panel has no such column.
        """
        if name not in self.columns:
            raise unknown("the panel has no column", name, self.columns)
        return self.table[name]

    @property
    def accounts(self) -> pa.Array:
        """The ids of the accounts that have a row, in the panel's order."""
        import pyarrow as pa

        ids = self.table["account_id"].unique()
        return ids.cast(ids.type.value_type) if pa.types.is_dictionary(ids.type) else ids

    @property
    def as_ofs(self) -> npt.NDArray[np.datetime64]:
        """The as-ofs that were asked for, ascending, in microseconds; also those at which no account has a row."""
        return np.array(self._as_ofs(), np.int64).astype("datetime64[us]")

    def _as_ofs(self) -> list[int]:
        return self._scored.as_ofs if self._chosen is None else self._chosen.as_ofs

    def _rows(self) -> Ints:
        return np.arange(self._scored.rows) if self._chosen is None else self._chosen.rows

    def head(self, n: int = 10) -> Self:
        """The first `n` rows, as a panel."""
        return self._of(Chosen(self._scored, self._rows()[: max(n, 0)], self._as_ofs()))

    def at(self, as_of: AsOf) -> Self:
        """The rows of one as-of, as a panel. What it explains knows the others still.

        Raises
        ------
        DataError
            If it is none of the panel's as-ofs.

        Examples
        --------
        >>> import customerhealth as ch
        >>> panel = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS).score(
        ...     ch.dates("2026-05-01", "2026-07-01", every="1mo"))
        >>> july = panel.at("2026-07-01")
        >>> len(panel), len(july), july.as_ofs
        (105, 35, array(['2026-07-01T00:00:00.000000'], dtype='datetime64[us]'))
        """
        micros = one_of(self._as_ofs(), as_of, "at", "this panel")
        kept = micros_of(self.table["as_of"]) == micros
        return self._of(Chosen(self._scored, self._rows()[kept], [micros]))

    def filter(self, formula: str) -> Self:
        """The rows for which a formula over the panel's columns is true, as a panel.

        Parameters
        ----------
        formula : str
            In the language of models: ``health < 50 and segment = 'large'``. A row for which it is missing is left
            out. Columns whose names the language has another meaning for stand in double quotes:
            ``"as_of"``, ``"days_by_kind.code"``.

        Raises
        ------
        FormulaError
            If the formula cannot be read; the message shows the place.
        DataError
            If it names a column that the panel does not have, or is not true or false.

        Examples
        --------
        >>> import customerhealth as ch
        >>> panel = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS).score("2026-07-01")
        >>> len(panel), len(panel.filter("health_grade = 'red' and days_since_last > 90"))
        (35, 12)
        """
        return self._of(Chosen(self._scored, self._rows()[rows_where(self.table, formula)], self._as_ofs()))

    def describe(self) -> Table:
        """Each column in a few numbers: how many values, what is missing and why, quartiles, grades.

        Returns
        -------
        Table
            A row a column of the panel: ``column``, ``count``, ``missing``, how many of those for each reason that
            there is (columns ``never``, ``silent``, …), ``mean``, ``min``, ``q1``, ``median``, ``q3``, ``max`` of
            numbers, and ``values``: how often each grade, from the worst, or the most frequent texts, or from when to
            when. Of the columns that a score or a journey defines beside itself no reasons are told.
        """
        grades = grades_by_column(self._scored.model.core.scores)
        return Table(describe(self.table, self._answers(as_table(self._scored.core.reasons())), grades))

    def compare(self, other: object, *, within: float = 0.0) -> Comparison:
        """Whether another panel is equal, and where it is not: :meth:`Table.compare` of the tables.

        Two panels of equal tables may be of models that differ: ``panel.model.diff(other.model)`` says where.
        """
        return Table(self.table).compare(other, within=within)

    def _span(self) -> tuple[int, int]:
        """Where the panel's rows begin, and how many rows of what was scored they stretch over."""
        return (0, self._scored.rows) if self._chosen is None else self._chosen.span

    def dressed(self) -> Table:
        """The table with what the model says of how its columns are shown, which a drawing and a workbook use."""
        return Table(with_looks(self.table, looks_of(self._scored.model)))

    def to_pandas(self) -> pd.DataFrame:
        """The panel as a pandas DataFrame; missing numbers are NaN."""
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """The panel as a polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self.table)

    def _answers(self, answers: pa.Table) -> pa.Table:
        """Those that speak of the panel's rows."""
        return answers if self._chosen is None else self._chosen.of(answers)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "a Panel is no array, for its columns are of several types: take panel['health'].to_numpy() of a column, "
            "or panel.to_pandas()"
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The panel as an Arrow C stream; may be called many times."""
        stream: object = self.table.__arrow_c_stream__(requested_schema)
        return stream
