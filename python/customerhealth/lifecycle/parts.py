"""A part of a panel: for what needs a few of its columns, or its plays, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..instants import to_micros
from ..panel import Panel
from ..progress import Progress, reported
from ..scored import Scored

if TYPE_CHECKING:
    from ..portfolio import Portfolio

__all__ = ["score_part"]


def score_part(
    portfolio: Portfolio,
    as_ofs: object,
    columns: Sequence[str] = (),
    plays: Sequence[str] = (),
    *,
    progress: Progress = None,
) -> Panel:
    """Some columns of the portfolio's panel, the moves in their journeys, and some plays, with the values of the whole.

    Nothing is worked out that these do not need, and nothing is explained.
    """
    micros = to_micros(as_ofs)
    with reported(progress, "scoring") as report:
        part = portfolio._core.score_part(micros, columns, plays, portfolio._threads, report)
    return Panel(Scored(part, portfolio.model, portfolio._threads))
