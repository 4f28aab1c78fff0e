"""Is a model of scikit-learn better than the health score? The demo's model and data, cross-validated.

    python examples/cross_validation.py [--folds 5]

A row is a project at the first of a quarter, from 2014 to 2025, with what was known then; the outcome: it falls silent
within 180 days. Three ways to foresee it: the document's score, its measures with learned weights, and a logistic
regression of all metrics. Each is judged by the AUC on projects that it has not learned from, and on quarters after
those that it has learned from. Rows dealt at random, the last column, flatter: the same project is learned from and
judged on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import customerhealth as ch
from customerhealth.sklearn import ForwardSplit, LabelledCases, LearnedScore, PanelFeatures, cases

MODEL = ch.Model.preset("oss-projects")
AS_OFS = ch.dates("2014-01-01", "2025-10-01", every="1q")
HORIZON = "180d"


class AsItIs(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A score that has nothing to learn: less of it is more risk."""

    def fit(self, _score: object, y: npt.NDArray[np.int64]) -> AsItIs:
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, score: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return -np.nan_to_num(score[:, 0], nan=50.0)


def labelled(columns: str) -> LabelledCases:
    """The projects, quarter by quarter: these columns, and whether they fell silent."""
    features = PanelFeatures(MODEL, as_ofs=AS_OFS, columns=columns)
    silence = ch.outcomes.silence("activity", "90d")
    return cases(features, {"activity": ch.datasets.OSS_PROJECTS}, outcome=silence, horizon=HORIZON)


def ways() -> dict[str, tuple[Any, LabelledCases]]:
    """An estimator each, and the columns that it reads."""
    regression = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=0.1))
    return {
        "the document's score": (AsItIs(), labelled("health")),
        "its measures, learned": (LearnedScore.of(MODEL, "health", strength=0.01), labelled("points:health")),
        "all metrics, regression": (regression, labelled("metrics")),
    }


def report(folds: int) -> Iterator[str]:
    rivals = ways()
    found = next(iter(rivals.values()))[1]
    yield f"{len(found):,} cases of {len(set(found.groups))} projects, {found.y.sum()} of them fall silent"
    yield f"{'AUC':<26}{'other projects':>16}{'later quarters':>16}{'(rows dealt)':>16}"
    for name, (estimator, rows) in rivals.items():
        splits = (
            (GroupKFold(folds), rows.groups),
            (ForwardSplit(folds, horizon=HORIZON), rows.time),
            (KFold(folds, shuffle=True, random_state=0), None),
        )
        scores = [
            cross_val_score(estimator, rows.X, rows.y, groups=groups, cv=split, scoring="roc_auc", error_score="raise")
            for split, groups in splits
        ]
        yield f"{name:<26}" + "".join(f"{each.mean():>16.3f}" for each in scores)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folds", type=int, default=5, help="how many folds, and blocks of quarters (default 5)")
    for line in report(parser.parse_args().folds):
        print(line)


if __name__ == "__main__":
    main()
