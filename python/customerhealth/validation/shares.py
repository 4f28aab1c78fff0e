"""How sure a share of independent cases is."""

from __future__ import annotations

import math

from .. import _core
from ..errors import DataError

__all__ = ["interval", "wilson"]

_PRIORS = {"beta": 0.0, "jeffreys": 0.5}


def interval(hits: float, cases: float, confidence: float = 0.95, method: str = "wilson") -> tuple[float, float]:
    """Between what two shares the true one lies, where `hits` of so many independent cases were hits.

    Months of one account are no independent cases: the tables of a :class:`~customerhealth.Validation` draw accounts.

    Parameters
    ----------
    hits : float
        From 0 to `cases`; an effective number may have digits.
    cases : float
        Above 0.
    confidence : float, default 0.95
        Between 0 and 1.
    method : {"wilson", "beta", "jeffreys"}, default "wilson"
        Wilson's score interval [1]_ holds the share as often as it says on average; "beta", of Clopper and Pearson
        [2]_, never less often, and is wider; "jeffreys" is what one believes who knew nothing before [3]_. The names
        are those of ``statsmodels.stats.proportion.proportion_confint``, and the numbers too.

    Returns
    -------
    tuple of float
        Low and high.

    Raises
    ------
    DataError
        If a number is not what is said above, or the method is none of these.

    References
    ----------
    .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
    .. [2] C. J. Clopper, E. S. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the
       Binomial", Biometrika 26 (1934).
    .. [3] L. D. Brown, T. T. Cai, A. DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16
       (2001).

    Examples
    --------
    >>> from customerhealth.validation import interval
    >>> [round(end, 3) for end in interval(54, 299)]
    [0.141, 0.228]
    >>> [round(end, 3) for end in interval(0, 3, method="beta")]
    [0.0, 0.708]
    """
    if not (math.isfinite(cases) and cases > 0):
        raise DataError(f"cases: expected a number above 0, got {cases!r}")
    if not 0 <= hits <= cases:
        raise DataError(f"hits: expected a number from 0 to {cases!r}, got {hits!r}")
    if not 0 < confidence < 1:
        raise DataError(f"confidence: expected a number between 0 and 1, got {confidence!r}")
    if method == "wilson":
        return wilson(hits, cases, confidence)
    if method not in _PRIORS:
        raise DataError(f"method: expected 'wilson', 'beta' or 'jeffreys', got {method!r}")
    prior, outside, rest = _PRIORS[method], (1 - confidence) / 2, cases - hits
    high_prior = 1 - prior  # Clopper and Pearson count one more hit for the upper end, and one more miss for the lower
    low = _core.beta_quantile(hits + prior, rest + high_prior, outside) if hits + prior > 0 else 0.0
    high = _core.beta_quantile(hits + high_prior, rest + prior, 1 - outside) if rest + prior > 0 else 1.0
    return low, high


def wilson(hits: float, total: float, confidence: float) -> tuple[float, float]:
    """The score interval of a share."""
    from statistics import NormalDist  # not when the package is imported: it brings decimals and fractions along

    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, z2 = hits / total, z * z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = z / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)
