"""The one door through which results leave the package: a table that people can read."""

from .table import Table

__all__ = ["Table"]
