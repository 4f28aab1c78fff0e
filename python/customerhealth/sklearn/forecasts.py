"""Models of purchases and their value, as transformers of customers' histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from ..clv import BGNBD, GammaGamma
from ..clv.customers import PurchaseModel
from ..errors import DataError
from ..io.columns import Floats

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["PurchaseForecast", "SpendForecast"]


class _Forecast(TransformerMixin, BaseEstimator):
    """What both share: which columns are the customers', and a model that is fitted to them."""

    _wanted: ClassVar[tuple[str, ...]]
    _given: ClassVar[tuple[str, ...]]

    def _new_model(self) -> Any:
        raise NotImplementedError

    def _forecasts(self, *customers: Floats) -> list[Floats]:
        """A column for each of those that are given."""
        raise NotImplementedError

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: N803, ARG002
        """Fit the model's parameters by maximum likelihood; needs SciPy.

        Parameters
        ----------
        X : array-like of float, shape (n_customers, n_features)
            A row a customer. A frame may have more columns than are wanted; an array has those alone, in their order.
        y : object
            Not used.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If a column is missing, a row cannot be, or the data cannot tell the parameters apart.
        """
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)  # noqa: N806
        self.model_ = self._new_model().fit(*self._customers(X))
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """What is expected of each customer.

        Parameters
        ----------
        X : array-like of float, shape (n_customers, n_features)
            As for `fit`.

        Returns
        -------
        ndarray, pandas or polars DataFrame of shape (n_customers, n_forecasts)
        """
        return np.column_stack(self._expected(X))

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """The last column of `transform`.

        Parameters
        ----------
        X : array-like of float, shape (n_customers, n_features)
            As for `fit`.

        Returns
        -------
        ndarray, shape (n_customers,)
        """
        return self._expected(X)[-1]

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:  # noqa: ARG002
        """The names of the forecasts.

        Parameters
        ----------
        input_features : object
            Not used.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        return np.array(self._given, dtype=object)

    def _expected(self, X: Any) -> list[Floats]:  # noqa: N803
        check_is_fitted(self)
        return self._forecasts(*self._customers(validate_data(self, X, dtype=np.float64, reset=False)))

    def _customers(self, X: Floats) -> list[Floats]:  # noqa: N803
        """The columns that the model wants, by their names where there are any, else by their places."""
        names: Sequence[str] | None = getattr(self, "feature_names_in_", None)
        if names is None:
            if X.shape[1] != len(self._wanted):
                raise DataError(f"X: expected the columns {', '.join(self._wanted)}, got {X.shape[1]} without names")
            names = self._wanted
        places = {name: place for place, name in enumerate(names)}
        for name in self._wanted:
            if name not in places:
                raise DataError(f"X: there is no column '{name}' among {', '.join(places)}", column=name)
        return [np.ascontiguousarray(X[:, places[name]]) for name in self._wanted]


class PurchaseForecast(_Forecast):
    """Whether customers without a contract are still there, and how often they will buy.

    X has the columns ``frequency``, ``recency`` and ``T``, as :func:`customerhealth.clv.rfm` counts them; `transform`
    gives ``probability_alive`` and ``expected_purchases``.

    Parameters
    ----------
    model : BGNBD, MBGNBD, ParetoNBD or BGBB, optional
        From ``customerhealth.clv``; a clone of it is fitted. Default: ``BGNBD()``.
    t : float
        How far ahead purchases are expected, in the unit of X.

    Attributes
    ----------
    model_
        The fitted model.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Examples
    --------
    >>> import customerhealth as ch, numpy as np
    >>> few = [[2, 30, 39], [0, 0, 39], [1, 2, 39], [7, 29, 30], [0, 0, 28], [3, 20, 30], [1, 9, 35]]
    >>> customers = np.array(few * 9)
    >>> forecast = ch.sklearn.PurchaseForecast(t=13).fit(customers)
    >>> alive, expected = forecast.transform([[7, 29, 30]])[0]
    >>> bool(alive > 0.8), bool(1 < expected < 4)
    (True, True)
    >>> forecast.get_feature_names_out().tolist()
    ['probability_alive', 'expected_purchases']
    """

    _wanted = ("frequency", "recency", "T")
    _given = ("probability_alive", "expected_purchases")

    def __init__(self, model: PurchaseModel | None = None, *, t: float = 1.0) -> None:
        self.model = model
        self.t = t

    def _new_model(self) -> Any:
        if self.model is not None and not isinstance(self.model, PurchaseModel):
            raise DataError(f"model: expected a BGNBD, MBGNBD, ParetoNBD or BGBB, not a {type(self.model).__name__}")
        return BGNBD() if self.model is None else clone(self.model)

    def _forecasts(self, *customers: Floats) -> list[Floats]:
        return [self.model_.probability_alive(*customers), self.model_.expected_purchases(self.t, *customers)]


class SpendForecast(_Forecast):
    """What a customer's purchases to come are worth on average.

    X has the columns ``frequency`` and ``monetary_value``, as :func:`customerhealth.clv.rfm` counts them; `transform`
    gives ``expected_value``.

    Parameters
    ----------
    model : GammaGamma, optional
        From ``customerhealth.clv``; a clone of it is fitted. Default: ``GammaGamma()``.

    Attributes
    ----------
    model_
        The fitted model.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Examples
    --------
    >>> import customerhealth as ch
    >>> bought = [[2, 20.0], [5, 31.0], [1, 12.0], [3, 25.0], [4, 40.0], [2, 18.0]] * 5
    >>> forecast = ch.sklearn.SpendForecast().fit(bought)
    >>> bool(20 < forecast.predict([[0, 0]])[0] < 40)  # of nobody's own purchases: the mean of all
    True
    """

    _wanted = ("frequency", "monetary_value")
    _given = ("expected_value",)

    def __init__(self, model: GammaGamma | None = None) -> None:
        self.model = model

    def _new_model(self) -> Any:
        if self.model is not None and not isinstance(self.model, GammaGamma):
            raise DataError(f"model: expected a GammaGamma, not a {type(self.model).__name__}")
        return GammaGamma() if self.model is None else clone(self.model)

    def _forecasts(self, *customers: Floats) -> list[Floats]:
        return [self.model_.expected_value(*customers)]
