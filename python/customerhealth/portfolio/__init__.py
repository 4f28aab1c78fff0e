"""A model and its tables, ready to be scored as of any date."""

from .portfolio import Portfolio

__all__ = ["Portfolio"]
