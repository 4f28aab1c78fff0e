"""Account health for B2B portfolios: as of any date, explained, reproducible to the bit.

Point a :class:`Portfolio` at event, contract and account tables with one :class:`Model`; get, for any list of
dates, metrics, scores, grades and exact contributions.

>>> import customerhealth as ch
>>> model = ch.Model.parse({
...     "format": 1,
...     "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at"}},
...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
...     "scores": {"health": {"measures": {"activity": {"value": "events", "curve": [[0, 0], [4, 100]]}}}},
... })
>>> import pyarrow as pa
>>> from datetime import datetime
>>> usage = pa.table({"account_id": ["acme"], "at": [datetime(2026, 6, 30)]})
>>> panel = ch.Portfolio(model, usage=usage).score("2026-07-01")
>>> panel.table["health"].to_pylist()
[25.0]
"""

from __future__ import annotations

import atexit as _atexit
import os as _os

from . import clv, datasets, sources
from ._core import _after_fork_in_child, _after_fork_in_parent, _at_exit, _before_fork
from ._core import build_info as _build_info
from ._version import __version__
from .errors import DataError, Error, FormulaError, ModelError, Problem, UnknownNameError
from .explain import Explanation
from .io.export import write
from .io.instants import dates
from .lifecycle import Replay
from .model import Model
from .panel import Panel
from .peers import Peers
from .portfolio import Portfolio
from .revenue import Revenue, revenue_rates
from .validation import Learned, Validation, outcomes

__all__ = [
    "DataError",
    "Error",
    "Explanation",
    "FormulaError",
    "Learned",
    "Model",
    "ModelError",
    "Panel",
    "Peers",
    "Portfolio",
    "Problem",
    "Replay",
    "Revenue",
    "UnknownNameError",
    "Validation",
    "__version__",
    "build_info",
    "clv",
    "datasets",
    "dates",
    "outcomes",
    "revenue_rates",
    "sources",
    "write",
]


def build_info() -> dict[str, str | int | bool]:
    """How this build was made: version, compiler, oneTBB, flags, and the threads a call would use.

    Returns
    -------
    dict

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.build_info()["version"] == ch.__version__
    True
    """
    return {"version": __version__, **_build_info()}


# A daemon thread inside the core would abort the process when the interpreter ends below it.
_atexit.register(_at_exit)

if hasattr(_os, "register_at_fork"):
    # oneTBB's workers do not survive a fork; Airflow, multiprocessing and Spark fork.
    _os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
    )
