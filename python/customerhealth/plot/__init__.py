"""Charts of results: plotly figures, which are given back and not shown. ``pip install 'customerhealth[plot]'``.

Titles say what follows from a chart. Text and lines can be read on light pages and on dark ones, and a grade has the
same colour everywhere, fit for people who are colour-blind.
"""

from .accounts import change, contributions, score
from .foresight import calibration, capacity, lift, shift, survival
from .journeys import funnel, moves
from .measures import distribution
from .money import cohorts, retention, waterfall
from .natural import table
from .portfolios import drift, grades, risk

__all__ = [
    "calibration",
    "capacity",
    "change",
    "cohorts",
    "contributions",
    "distribution",
    "drift",
    "funnel",
    "grades",
    "lift",
    "moves",
    "retention",
    "risk",
    "score",
    "shift",
    "survival",
    "table",
    "waterfall",
]
