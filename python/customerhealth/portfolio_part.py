"""What the parts of a portfolio's class have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .portfolio import Portfolio

__all__ = ["PortfolioPart"]


class PortfolioPart:
    """A part of :class:`Portfolio`, which is each of them at once."""

    @property
    def _portfolio(self) -> Portfolio:
        return cast("Portfolio", self)
