"""Columns of a panel as a matrix, known as of each date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from ..errors import DataError
from ..io.instants import AsOfs
from ..loaded import Loaded
from ..model import Model
from ..results import Table
from .columns import columns_of, features_of, given_tables, kind_of, matrix_of, settled
from .inputs import Tables, instants_of, loaded_of

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["PanelFeatures"]


class PanelFeatures(TransformerMixin, BaseEstimator):
    """Tables in, a matrix out: a row an account and as-of, a column a metric, with what was known then.

    Rows are those of :meth:`Portfolio.score`: by account, then as-of; an account that nobody knew yet has none.

    Parameters
    ----------
    model : Model
        What to read and what to work out.
    as_ofs : date-like or a list, array or column of them
        As for :meth:`Portfolio.score`: sorted and taken once each. They may change after `fit`, by ``set_params``:
        later rows of the same columns.
    columns : str or list of str
        ``"metrics"``: all that are numbers; ``"scores"``: their values; ``"points:SCORE"``: the points of a score's
        measures, as :meth:`Portfolio.learn` weighs them, named ``SCORE.PATH``; or names of panel columns. A list has
        several of these.
    threads : int, optional
        As for :class:`Portfolio`.

    Attributes
    ----------
    feature_names_out_ : ndarray of str
        The columns of X.
    left_out_ : list of str
        Metrics that are texts or instants, which ``"metrics"`` leaves out. A text can be named in `columns`; of an
        instant a formula can tell the days since.
    tables_in_ : list of str
        The tables that were given.
    model_digest_ : str
        Of the model.

    See Also
    --------
    cases : The rows whose outcome is known, with the outcome.

    Notes
    -----
    ``fit`` learns names and types of columns, and which tables there are; it keeps no value of any row, so that fitting
    on all accounts leaks nothing into a test. A row of X depends on what became known strictly before its as-of, and on
    that alone. Measures that compare accounts (``percentile``, ``zscore``, ``shrink``) compare with the accounts of the
    tables that are transformed, as of the same date.

    Missing values are NaN; flags are 0 and 1; texts, where named, are None where they are missing. With
    ``set_output(transform="pandas")`` the account and the as-of are the index; polars has none, and :meth:`rows` tells
    them.

    A pickle has the model and the names, and no data.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa
    >>> from datetime import date
    >>> model = ch.Model.parse({
    ...     "format": 1,
    ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
    ...     "metrics": {
    ...         "events": {"from": "usage", "agg": "count", "window": "28d"},
    ...         "quiet": {"from": "usage", "agg": "days_since_last"},
    ...     },
    ... })
    >>> usage = pa.table({"who": ["acme", "acme", "zeta"], "day": [date(2026, 6, d) for d in (1, 20, 30)]})
    >>> features = ch.sklearn.PanelFeatures(model, as_ofs=["2026-06-15", "2026-07-01"])
    >>> features.fit_transform({"usage": usage})
    array([[ 1., 14.],
           [ 1., 11.],
           [ 1.,  1.]])
    >>> features.get_feature_names_out().tolist()
    ['events', 'quiet']
    >>> [row["account_id"] for row in features.rows({"usage": usage}).to_pylist()]
    ['acme', 'acme', 'zeta']
    """

    def __init__(
        self, model: Model, *, as_ofs: AsOfs, columns: str | Sequence[str] = "metrics", threads: int | None = None
    ) -> None:
        self.model = model
        self.as_ofs = as_ofs
        self.columns = columns
        self.threads = threads

    def fit(self, X: Tables, y: object = None) -> Self:  # noqa: N803, ARG002
        """Learn the names and types of the columns.

        Parameters
        ----------
        X : Portfolio, or dict of table
            Tables by the names that the model gives them, as :class:`Portfolio` takes them.
        y : object
            Not used.

        Returns
        -------
        self

        Raises
        ------
        UnknownNameError
            If the model has no such table, column or score.
        DataError
            If a table cannot be used, none is given, an as-of is none, or a column cannot be a number.
        """
        self._fit(loaded_of(X, self.model, self.threads))
        return self

    def transform(self, X: Tables) -> Any:  # noqa: N803
        """The matrix of these tables.

        Parameters
        ----------
        X : Portfolio, or dict of table
            The same tables as for `fit`, with the same or other accounts.

        Returns
        -------
        ndarray, pandas or polars DataFrame of shape (n_rows, n_features)
            float64; objects where a text is among the columns.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        DataError
            If the tables are others than at `fit`, or a column has become of another type.
        """
        check_is_fitted(self)
        return self._transform(loaded_of(X, self.model, self.threads))

    def fit_transform(self, X: Tables, y: object = None, **fit_params: object) -> Any:  # noqa: N803, ARG002
        """`fit` and `transform`; the tables are read once.

        Parameters
        ----------
        X : Portfolio, or dict of table
            As for `fit`.
        y, **fit_params : object
            Not used.

        Returns
        -------
        ndarray, pandas or polars DataFrame of shape (n_rows, n_features)
        """
        loaded = loaded_of(X, self.model, self.threads)
        self._fit(loaded)
        return self._transform(loaded)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:  # noqa: ARG002
        """The names of the columns.

        Parameters
        ----------
        input_features : object
            Not used.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        names: npt.NDArray[np.object_] = self.feature_names_out_.copy()
        return names

    def rows(self, X: Tables) -> Table:  # noqa: N803
        """Whose the rows of X are, and of when; needs no `fit`.

        Parameters
        ----------
        X : Portfolio, or dict of table
            As for `transform`.

        Returns
        -------
        Table
            ``account_id``, ``as_of``.
        """
        loaded = loaded_of(X, self.model, self.threads)
        return Table(loaded.score_part(instants_of(self.as_ofs), progress=False).table)

    # ---- how -----------------------------------------------------------------------------------------------------

    def _fit(self, loaded: Loaded) -> None:
        instants_of(self.as_ofs)  # refused before anything is worked out
        given = given_tables(loaded)
        if not given:
            raise DataError(f"X: no table is given; the model reads {', '.join(self.model.tables)}")
        asked = features_of(self.model, self.columns)
        kinds = {name: kind_of(column) for name, column in columns_of(loaded, asked, _NEVER)[1].items()}
        self._asked, self._kinds = asked, kinds
        self.left_out_, kept = settled(asked, kinds)
        self.feature_names_out_ = np.array([feature.name for feature in kept], dtype=object)
        self.tables_in_ = given
        self.model_digest_ = self.model.digest

    def _transform(self, loaded: Loaded) -> Any:
        if self.model.digest != self.model_digest_ or features_of(self.model, self.columns) != self._asked:
            raise DataError("the model, or its columns, are others than at fit: call fit again")
        _refuse_other_tables(given_tables(loaded), self.tables_in_)
        kept = [feature for feature in self._asked if feature.name in {*self.feature_names_out_}]
        keys, columns = columns_of(loaded, kept, instants_of(self.as_ofs))
        for name, column in columns.items():
            now, then = kind_of(column), self._kinds[name]
            if now != then and column.null_count < len(column):
                raise DataError(f"X: '{name}' is {now} here, and was {then} at fit", column=name)
        return matrix_of(keys, columns, self._kinds, _get_output_config("transform", self)["dense"])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.dict, tags.input_tags.allow_nan = False, True, True
        return tags


_NEVER = np.empty(0, "datetime64[us]")


def _refuse_other_tables(given: list[str], fitted: list[str]) -> None:
    """A metric of a table that was not there at fit says nothing that anybody has learned from."""
    missing, new = ([name for name in one if name not in other] for one, other in ((fitted, given), (given, fitted)))
    if missing:
        raise DataError(f"X: table '{missing[0]}' was given at fit, and is not given here", missing[0])
    if new:
        raise DataError(f"X: table '{new[0]}' is given here, and was not given at fit", new[0])
