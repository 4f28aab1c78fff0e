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
import sys as _sys
from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from . import sklearn as sklearn
    from . import spark as spark
    from ._public import *  # noqa: F403

__all__ = [
    "AsOf",
    "DataError",
    "Error",
    "Explanation",
    "FormulaError",
    "Learned",
    "Model",
    "ModelDocument",
    "ModelError",
    "Panel",
    "Peers",
    "Portfolio",
    "Problem",
    "Replay",
    "Revenue",
    "Table",
    "TableLike",
    "UnknownNameError",
    "Validation",
    "__version__",
    "build_info",
    "clv",
    "datasets",
    "dates",
    "outcomes",
    "parts",
    "plot",
    "report",
    "revenue_rates",
    "show_versions",
    "sources",
    "write",
]

_ON_DEMAND = ("sklearn", "spark")  # each needs an extra as soon as it is imported


def __getattr__(name: str) -> object:
    """Import what the package offers when it is first asked for: a DAG that names an operator needs none of it."""
    if name in _ON_DEMAND:
        return _import_module(f".{name}", __name__)
    if not TYPE_CHECKING and not name.startswith("_"):
        public = _import_module("._public", __name__)
        globals().update({each: getattr(public, each) for each in __all__ if hasattr(public, each)})
        if name in globals():
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ON_DEMAND})


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
    from ._core import build_info

    return {"version": __version__, **build_info()}


def _in_core(name: str) -> None:
    """Call a hook of the core, if a module of the package has loaded it."""
    hook = getattr(_sys.modules.get(f"{__name__}._core"), name, None)
    if hook is not None:
        hook()


# A daemon thread inside the core would abort the process when the interpreter ends below it.
_atexit.register(_in_core, "_at_exit")

if hasattr(_os, "register_at_fork"):
    # oneTBB's workers do not survive a fork; Airflow, multiprocessing and Spark fork.
    _os.register_at_fork(
        before=lambda: _in_core("_before_fork"),
        after_in_parent=lambda: _in_core("_after_fork_in_parent"),
        after_in_child=lambda: _in_core("_after_fork_in_child"),
    )
