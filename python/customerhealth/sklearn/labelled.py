"""What was known of accounts beside what came of them, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from ..errors import DataError
from ..io.columns import Ints
from ..io.instants import AsOf
from ..validation.cases import CASE, STATUS, cases_of
from ..validation.question import asked
from .features import PanelFeatures
from .inputs import Tables, instants_of, portfolio_of

__all__ = ["LabelledCases", "cases"]


@dataclass(frozen=True, eq=False)
class LabelledCases:
    """A row a case, in the order of the panel: what :func:`cases` found."""

    X: Any = field(repr=False)
    """What was known before the as-of: as `features` makes it."""
    y: Ints = field(repr=False)
    """1 where the outcome came in the window, else 0."""
    groups: npt.NDArray[Any] = field(repr=False)
    """The account ids: no fold may split one."""
    time: npt.NDArray[np.datetime64] = field(repr=False)
    """The as-ofs, in UTC."""
    features: PanelFeatures = field(repr=False)
    """Fitted on these tables."""
    statuses: dict[str, int]
    """How many panel rows became what; those that are a ``case`` are here. See :attr:`Validation.population`."""

    def __len__(self) -> int:
        return len(self.y)


def cases(
    features: PanelFeatures,
    tables: Tables,
    *,
    outcome: object,
    horizon: str,
    lead: str = "0d",
    among: str | None = None,
    observed: AsOf | None = None,
) -> LabelledCases:
    """X, y, groups and time of the cases that :meth:`Portfolio.validate` would judge a score by.

    A row's X knows what was known strictly before its as-of. Its y says whether the outcome came in
    ``[as_of + lead, as_of + lead + horizon)``, as known at `observed`. Rows whose window was not over by then, in which
    the outcome was on already or came too soon, or that are not `among` those who can be lost are left out, and counted
    in ``statuses``.

    Parameters
    ----------
    features : PanelFeatures
        What is X, and as of when. It stays as it is: a clone is fitted.
    tables : Portfolio, or dict of table
        As for :meth:`PanelFeatures.fit`.
    outcome, horizon, lead, among, observed
        As for :meth:`Portfolio.validate`. Any of several outcomes makes a 1.

    Returns
    -------
    LabelledCases

    Raises
    ------
    DataError
        As of :meth:`PanelFeatures.fit` and :meth:`Portfolio.validate`; or if no row is a case.

    Examples
    --------
    >>> import customerhealth as ch
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.impute import SimpleImputer
    >>> from sklearn.model_selection import GroupKFold, cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> features = ch.sklearn.PanelFeatures(
    ...     ch.Model.preset("oss-projects"), as_ofs=ch.dates("2016-01-01", "2026-01-01", every="1mo"))
    >>> found = ch.sklearn.cases(
    ...     features, {"activity": ch.datasets.OSS_PROJECTS},
    ...     outcome=ch.outcomes.silence("activity", "90d"), horizon="180d")
    >>> found.X.shape[0] == len(found.y) == len(found.groups) == len(found.time)
    True
    >>> pipeline = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    >>> folds = GroupKFold(3)
    >>> aucs = cross_val_score(pipeline, found.X, found.y, groups=found.groups, cv=folds, scoring="roc_auc")
    >>> bool((aucs > 0.7).all())
    True
    """
    if not isinstance(features, PanelFeatures):
        raise TypeError(f"features: expected a PanelFeatures, not a {type(features).__name__}")
    portfolio = portfolio_of(tables, features.model, features.threads)
    rest: dict[str, Any] = {"by": None, "capacity": 1, "per": None, "confidence": 0.95, "rounds": 1, "seed": 0}
    wanted: dict[str, Any] = {
        "outcome": outcome,
        "horizon": horizon,
        "lead": lead,
        "among": among,
        "observed": observed,
    }
    as_ofs = instants_of(features.as_ofs)
    question = asked(portfolio.model, None, as_ofs, grades=False, revenue=None, **wanted, **rest)
    found = cases_of(portfolio._loaded, question, False)  # noqa: SLF001  as Portfolio.validate does
    which = np.flatnonzero(found.status == CASE)
    counts = np.bincount(found.status, minlength=len(STATUS)).tolist()
    statuses = dict(zip(STATUS, counts, strict=True))
    if not len(which):
        said = ", ".join(f"{count} {status}" for status, count in statuses.items() if count)
        raise DataError(f"cases: no row of the panel is a case: {said or 'there are no rows'}")
    fitted = clone(features)
    whole = fitted.fit_transform(portfolio)
    return LabelledCases(
        X=_rows(whole, which),
        y=(found.outcome[which] >= 0).astype(np.int64),
        groups=found.accounts.to_numpy(zero_copy_only=False)[found.account[which]],
        time=found.as_of[which].astype("datetime64[us]"),
        features=fitted,
        statuses=statuses,
    )


def _rows(whole: Any, which: Ints) -> Any:
    """Some of the rows of an array or a frame."""
    return whole.iloc[which] if hasattr(whole, "iloc") else whole[which]
