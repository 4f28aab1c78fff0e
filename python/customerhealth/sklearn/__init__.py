"""For scikit-learn, 1.6 and later: ``pip install 'customerhealth[sklearn]'``.

:class:`PanelFeatures` turns tables into X, a row an account and as-of, with what was known then; :func:`cases` adds the
y, what came after it; :class:`ForwardSplit` trains on no window that was not over. :class:`LearnedScore` is the fit of
:meth:`Portfolio.learn` as a classifier, :class:`PurchaseForecast` and :class:`SpendForecast` are models of
``customerhealth.clv`` as transformers. See ``docs/scikit-learn.md``.
"""

from __future__ import annotations

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"customerhealth.sklearn needs scikit-learn ({error}): pip install 'customerhealth[sklearn]'", name="sklearn"
    ) from error

from .features import PanelFeatures
from .forecasts import PurchaseForecast, SpendForecast
from .labelled import LabelledCases, cases
from .learned import LearnedScore
from .splits import ForwardSplit

__all__ = [
    "ForwardSplit",
    "LabelledCases",
    "LearnedScore",
    "PanelFeatures",
    "PurchaseForecast",
    "SpendForecast",
    "cases",
]
