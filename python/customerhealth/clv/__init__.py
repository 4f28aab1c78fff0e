"""Customer lifetime value: how often customers buy, how long they stay, what they are worth.

Without a contract: :class:`BGNBD`, :class:`MBGNBD`, :class:`ParetoNBD`, :class:`BGBB` for purchases,
:class:`GammaGamma` for their value, from summaries by :func:`rfm`. With a contract: :class:`SBG` and :class:`BDW` for
renewals, :class:`KaplanMeier` for lifetimes without a model. :func:`purchase_value` and :func:`account_value` put a
price on them and record how. ``docs/lifetime-value.md`` explains them by example.

Fitting needs SciPy (``pip install 'customerhealth[clv]'``); all else works without.
"""

from __future__ import annotations

from .contracts import BDW, SBG
from .estimator import Estimator
from .purchases import BGBB, BGNBD, MBGNBD, ParetoNBD
from .spend import GammaGamma
from .summaries import rfm
from .survival import KaplanMeier, lifetimes
from .value import Valuation, account_value, purchase_value, value_segments

__all__ = [
    "BDW",
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "SBG",
    "Estimator",
    "GammaGamma",
    "KaplanMeier",
    "ParetoNBD",
    "Valuation",
    "account_value",
    "lifetimes",
    "purchase_value",
    "rfm",
    "value_segments",
]
