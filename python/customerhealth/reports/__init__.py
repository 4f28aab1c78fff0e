"""One report of a portfolio, for people."""

from .one_report import report

__all__ = ["report"]
