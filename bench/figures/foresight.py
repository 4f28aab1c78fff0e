"""How many times as fast are draws of AUC, and fits of weights, as scikit-learn and SciPy?

The draws are of accounts, and equal: scikit-learn is given each round's weights, worked out before. A fit counts only
where its loss is at least as good as the other's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.samples import Samples
from bench.settings import Settings
from customerhealth import _core

NAME, SKLEARN, SCIPY = "customerhealth", "scikit-learn", "SciPy"
DRAWS, BOUNDED, FREE = 100.0, 15.0, 4.0
CASES, ACCOUNTS, ROUNDS_DRAWN, ROUNDS_OF_PEER = 100_000, 5_000, 1_000, 10
COLUMNS = 20
ROUNDS = 5


def measure(settings: Settings) -> Sequence[Line]:
    """Two lines of draws, with months of accounts and with an account for each case, then two of fits."""
    try:
        import scipy
        import sklearn
    except ImportError as error:
        return [Line("draws of AUC", None, "at least", DRAWS, note=f"{error.name} is not installed: {error}")]
    versions = f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}"
    scale = 10 if settings.quick else 1
    return [
        _draws(settings, CASES // scale, ACCOUNTS, versions),
        _draws(settings, CASES // scale, CASES // scale, versions),
        _bounded(settings, CASES // scale, versions),
        _free(settings, 10 * CASES // scale, versions),
    ]


def _draws(settings: Settings, size: int, accounts: int, versions: str) -> Line:
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(1)
    score = random.normal(size=(1, size))
    event = random.random(size) < 0.2 / (1 + np.exp(2 * score[0]))
    account = (np.arange(size) % accounts).astype(np.int32)
    codes = np.arange(accounts, dtype=np.int32)
    once = np.ones(accounts, np.bool_)
    counts = np.asarray(_core.rates(codes, accounts, once, codes, ROUNDS_OF_PEER, 0)["cases_draws"])
    weights = [np.ascontiguousarray(counts[account, number]) for number in range(ROUNDS_OF_PEER)]

    def ours() -> Any:
        return _core.foresight(score, event, account, np.empty(0), ROUNDS_DRAWN, 0, settings.threads)["auc_draws"][0]

    def theirs() -> list[float]:
        return [roc_auc_score(event, -score[0], sample_weight=weight) for weight in weights]

    if not np.allclose(ours()[:ROUNDS_OF_PEER], theirs(), rtol=0, atol=1e-12):
        raise WrongAnswerError("draws of AUC: those of scikit-learn are others")
    seconds = by_turns({NAME: ours, SKLEARN: theirs}, settings.rounds(ROUNDS))
    loop = Samples([value * ROUNDS_DRAWN / ROUNDS_OF_PEER for value in seconds[SKLEARN].values])
    note = f"{ROUNDS_OF_PEER} rounds of scikit-learn, times {ROUNDS_DRAWN // ROUNDS_OF_PEER}; {versions}"
    figure = f"{ROUNDS_DRAWN:,} draws of AUC, {size:,} cases of {accounts:,} accounts: times as fast as {SKLEARN}"
    seconds = {NAME: seconds[NAME], SKLEARN: loop}
    return Line(figure, loop.over(seconds[NAME]), "at least", DRAWS, seconds=seconds, note=note)


def _cases(size: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    x = random.random((size, COLUMNS))
    odds = x @ np.resize([1.5, -0.5, 0.5, 0.0, 2.0], COLUMNS) - 10
    return x, random.random(size) < 1 / (1 + np.exp(-odds))


def _loss(x: np.ndarray, y: np.ndarray, intercept: float, coefficients: np.ndarray) -> float:
    odds = intercept + x @ coefficients
    return float(np.mean(np.logaddexp(0, odds) - y * odds))


def _fit(x: np.ndarray, y: np.ndarray, low: float, threads: int) -> tuple[float, np.ndarray]:
    ones, bound = np.ones(len(y)), np.full(COLUMNS, np.inf)
    found = _core.fit(x, y, ones, 0.0, 0.0, None, np.full(COLUMNS, low), bound, threads)
    return found["intercept"], found["coefficients"]


def _bounded(settings: Settings, size: int, versions: str) -> Line:
    from scipy import optimize

    x, y = _cases(size)

    def objective(at: np.ndarray) -> tuple[float, np.ndarray]:
        odds = at[0] + x @ at[1:]
        off = (1 / (1 + np.exp(-odds)) - y) / len(y)
        return float(np.mean(np.logaddexp(0, odds) - y * odds)), np.concatenate([[off.sum()], off @ x])

    def theirs() -> tuple[float, np.ndarray]:
        bounds = [(None, None), *[(0, None)] * COLUMNS]
        # As near as L-BFGS-B gets; at its defaults it stops where the weights have two digits.
        options = {"ftol": 0.0, "gtol": 1e-8, "maxiter": 1000, "maxfun": 10_000}
        found = optimize.minimize(
            objective, np.zeros(COLUMNS + 1), jac=True, method="L-BFGS-B", bounds=bounds, options=options
        )
        return float(found.x[0]), found.x[1:]

    figure = f"fit of {COLUMNS} weights, 0 or more, {size:,} cases"
    return _line(figure, SCIPY, x, y, lambda: _fit(x, y, 0.0, settings.threads), theirs, BOUNDED, settings, versions)


def _free(settings: Settings, size: int, versions: str) -> Line:
    from sklearn.linear_model import LogisticRegression

    x, y = _cases(size)

    def theirs() -> tuple[float, np.ndarray]:
        found = LogisticRegression(C=np.inf, solver="lbfgs", max_iter=1000).fit(x, y)
        return float(found.intercept_[0]), found.coef_[0]

    figure = f"fit of {COLUMNS} weights without bounds, {size:,} cases"
    return _line(figure, SKLEARN, x, y, lambda: _fit(x, y, -np.inf, settings.threads), theirs, FREE, settings, versions)


def _line(
    figure: str,
    peer: str,
    x: np.ndarray,
    y: np.ndarray,
    ours: Callable[[], tuple[float, np.ndarray]],
    theirs: Callable[[], tuple[float, np.ndarray]],
    limit: float,
    settings: Settings,
    versions: str,
) -> Line:
    losses = [_loss(x, y, *found()) for found in (ours, theirs)]
    if not losses[0] <= losses[1] + 1e-12:
        raise WrongAnswerError(f"{figure}: loss {losses[0]}, {peer} reaches {losses[1]}")
    # OpenBLAS lets its threads spin for some 25 ms after a call, which would be taken from whoever comes next.
    turns = {peer: theirs, "pause": lambda: time.sleep(0.1), NAME: ours}
    seconds = by_turns(turns, settings.rounds(ROUNDS))
    del seconds["pause"]
    note = f"loss {losses[0]:.12f}, {peer} {losses[1]:.12f}; {versions}"
    ratio = seconds[peer].over(seconds[NAME])
    return Line(f"{figure}: times as fast as {peer}", ratio, "at least", limit, seconds=seconds, note=note)
