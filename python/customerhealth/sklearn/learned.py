"""A score whose weights are learned, as a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from ..errors import DataError
from ..io.columns import Floats, Ints
from ..loaded import Loaded
from ..model import Model
from ..validation.measures import leaves_of
from ..validation.weigh import STRENGTHS, Fit, Problem, cross_validated, fitted

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["LearnedScore"]


class LearnedScore(ClassifierMixin, BaseEstimator):
    """Weights of 0 or more that foresee an outcome: the fit of :meth:`Portfolio.learn`, for rows of points.

    ``logit P = a − Σ c · points`` with c of 0 or more, and a pull that keeps them near a multiple of `towards`. More
    points mean less risk; a column whose points rise with the risk weighs nothing. Where all do, the forecast is the
    share of cases with the outcome.

    Parameters
    ----------
    towards : str, list or mapping of number
        What the weights are pulled to: ``"equal"`` ones, ``"zero"``, which drops columns that are not needed, or those
        of a document, in the order of the columns or by their names. :meth:`of` takes them from a model.
    strength : float, optional
        Of the pull. Default: the one of the least cross-validated log-loss, of powers of ten from 1e-5 to 1,000 (5
        folds of whole groups, 3 times).
    scale : (float, float), or a list of them
        The ends of the scale of points: of all columns, or of each.
    nested : bool
        Whether the names of `towards` are paths, ``adoption.breadth``: a missing column then stands at the mean of
        those of its score. Else at the mean of all.
    seed : int
        Of the folds.
    threads : int, optional
        As for :class:`Portfolio`; the number never changes a result.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
        The second one is the outcome.
    coef_ : ndarray, shape (1, n_features)
        What a point more adds to the log-odds: 0 or less.
    intercept_ : ndarray, shape (1,)
        The log-odds where all columns are 0.
    shares_ : ndarray, shape (n_features,)
        Of all weight, as a document has them; 0 where none weighs anything.
    strength_ : float
        The strength taken.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    See Also
    --------
    Portfolio.learn : The same weights as a new document, with a report of what they are worth.

    Examples
    --------
    >>> import customerhealth as ch
    >>> from sklearn.model_selection import GroupKFold, cross_val_score
    >>> model = ch.Model.preset("oss-projects")
    >>> points = ch.sklearn.PanelFeatures(
    ...     model, as_ofs=ch.dates("2016-01-01", "2026-01-01", every="1q"), columns="points:health")
    >>> found = ch.sklearn.cases(
    ...     points, {"activity": ch.datasets.OSS_PROJECTS},
    ...     outcome=ch.outcomes.silence("activity", "90d"), horizon="180d")
    >>> learner = ch.sklearn.LearnedScore.of(model, "health", strength=0.01)
    >>> aucs = cross_val_score(
    ...     learner, found.X, found.y, groups=found.groups, cv=GroupKFold(3), scoring="roc_auc")
    >>> bool((aucs > 0.8).all())
    True
    >>> bool((learner.fit(found.X, found.y).coef_ <= 0).all())
    True
    """

    def __init__(
        self,
        *,
        towards: str | Sequence[float] | Mapping[str, float] = "equal",
        strength: float | None = None,
        scale: tuple[float, float] | Sequence[tuple[float, float]] = (0.0, 100.0),
        nested: bool = False,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        self.towards = towards
        self.strength = strength
        self.scale = scale
        self.nested = nested
        self.seed = seed
        self.threads = threads

    @classmethod
    def of(cls, model: Model, score: str, **params: Any) -> Self:
        """A learner for the columns ``"points:SCORE"`` of :class:`PanelFeatures`, near the document's weights.

        Parameters
        ----------
        model : Model
            The document.
        score : str
            A score that is a mean, as for :meth:`Portfolio.learn`.
        **params
            Further parameters.

        Returns
        -------
        LearnedScore
        """
        leaves = leaves_of(model, score)
        shares = {f"{score}.{leaf.part}": leaf.share for leaf in leaves}
        return cls(**{"towards": shares, "scale": [leaf.scale for leaf in leaves], "nested": True, **params})

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:  # noqa: N803
        """Fit the weights.

        Parameters
        ----------
        X : array-like of float, shape (n_cases, n_features)
            Points; NaN where they are missing.
        y : array-like, shape (n_cases,)
            Two different labels; the one that sorts last is the outcome.
        groups : array-like, shape (n_cases,), optional
            The account of each row, which no fold that chooses the strength splits. Default: each row is its own.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If `y` has one label, or a parameter does not fit the columns.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=2)  # noqa: N806
        event = self._events(y)
        account = self._accounts(groups, len(event))
        low, width = self._scales()
        parts, shares = self._prior()
        problem = Problem(
            parts=parts, points=np.ascontiguousarray((X - low) / width), event=event, account=account, shares=shares,
            towards="zero" if self.towards == "zero" else "document", least=np.zeros(len(parts)),
            most=np.ones(len(parts)), threads=Loaded.count_of(self.threads),
        )  # fmt: skip
        self.strength_ = self._chosen(problem)
        found = fitted(problem, self.strength_)
        self.shares_ = found.shares
        self.coef_ = -(found.weights / width)[None, :]
        self.intercept_ = np.array([found.intercept + float((found.weights * low / width).sum())])
        none = np.zeros(0, np.int64)
        bare = replace(problem, points=problem.points[:0], event=event[:0], account=none)
        self._found = Fit(bare, found.weights, found.intercept)
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803
        """The log-odds of the outcome.

        Parameters
        ----------
        X : array-like of float, shape (n_cases, n_features)
            Points; NaN where they are missing.

        Returns
        -------
        ndarray, shape (n_cases,)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)  # noqa: N806
        low, width = self._scales()
        return self._found.odds((X - low) / width)

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """The probabilities of both labels.

        Parameters
        ----------
        X : array-like of float, shape (n_cases, n_features)
            Points; NaN where they are missing.

        Returns
        -------
        ndarray, shape (n_cases, 2)
            In the order of ``classes_``: the second column is that of the outcome.
        """
        odds = self.decision_function(X)
        return np.exp(-np.logaddexp(0.0, np.column_stack([odds, -odds])))

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """The likelier label.

        Parameters
        ----------
        X : array-like of float, shape (n_cases, n_features)
            Points; NaN where they are missing.

        Returns
        -------
        ndarray, shape (n_cases,)
        """
        odds = self.decision_function(X)
        labels: npt.NDArray[Any] = self.classes_[(odds > 0).astype(np.int64)]
        return labels

    # ---- what is asked -------------------------------------------------------------------------------------------

    def _events(self, y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        check_classification_targets(y)
        if (kind := type_of_target(y, input_name="y", raise_unknown=True)) != "binary":
            raise DataError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise DataError("y: every row has one class; there is nothing to tell apart")
        return np.asarray(y == self.classes_[1])

    def _accounts(self, groups: Any, count: int) -> Ints:
        if groups is None:
            return np.arange(count)
        check_consistent_length(groups, np.empty(count))
        return np.asarray(np.unique(np.asarray(groups), return_inverse=True)[1], np.int64)

    def _chosen(self, problem: Problem) -> float:
        strength: Any = self.strength
        if strength is None:
            if problem.account.max() == 0:
                raise DataError("strength: one group cannot be cross-validated; give a number")
            return cross_validated(problem, STRENGTHS, self.seed)[0]
        if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength < np.inf:
            raise DataError(f"strength: expected a number of 0 or more, got {strength!r}")
        return float(strength)

    def _scales(self) -> tuple[Floats, Floats]:
        try:
            ends = np.asarray(self.scale, np.float64)
        except (TypeError, ValueError):
            ends = np.empty(0)
        if ends.shape not in ((2,), (self.n_features_in_, 2)):
            raise DataError(
                f"scale: expected two ends, or two for each of {self.n_features_in_} columns, got {self.scale!r}"
            )
        low, high = ends[..., 0], ends[..., 1]
        if not (np.isfinite(ends).all() and (high > low).all()):
            raise DataError(f"scale: expected finite ends, the lower one first, got {self.scale!r}")
        return np.broadcast_to(low, self.n_features_in_), np.broadcast_to(high - low, self.n_features_in_)

    def _prior(self) -> tuple[list[str], Floats]:
        """What the columns are called, and the shares that their weights are near."""
        count = self.n_features_in_
        names = [f"x{place}" for place in range(count)]
        given: Any = self.towards
        if isinstance(given, str):
            if given not in ("equal", "zero"):
                raise DataError(f"towards: expected 'equal', 'zero', or weights, got {given!r}")
            return names, np.full(count, 1.0 / count)
        if isinstance(given, Mapping):
            names, given = self._ordered(list(given)), dict(given)
            given = [given[name] for name in names]
            names = names if self.nested else [f"x{place}" for place in range(count)]
        try:
            weights = np.asarray(given, np.float64)
        except (TypeError, ValueError):
            weights = np.empty(0)
        if weights.shape != (count,) or not (np.isfinite(weights) & (weights >= 0)).all() or not weights.sum() > 0:
            raise DataError(f"towards: expected {count} weights of 0 or more, not all 0, got {self.towards!r}")
        return names, weights / weights.sum()

    def _ordered(self, names: list[str]) -> list[str]:
        """The names in the order of the columns."""
        columns = getattr(self, "feature_names_in_", None)
        if columns is None and len(names) == self.n_features_in_:
            return names
        if columns is None or {*names} != {*columns}:
            there = f"{self.n_features_in_} columns" if columns is None else ", ".join(columns)
            raise DataError(f"towards: its names are {', '.join(names)}, and X has {there}")
        return [str(name) for name in columns]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True  # no weight is below 0: a column that rises with the outcome is not used
        return tags
