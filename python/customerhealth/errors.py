"""What can go wrong, and where.

All errors derive from :class:`Error`; each is also the builtin that Python people expect (``ValueError``,
``KeyError``). All survive pickling, since schedulers and pools send them between processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from . import _core

__all__ = [
    "DataError",
    "Error",
    "FormulaError",
    "ModelError",
    "Problem",
    "UnknownNameError",
    "unknown",
    "with_suggestion",
]


class Problem(NamedTuple):
    """One thing that is wrong with a model document."""

    path: str
    """Where in the document, as in ``scores.adoption.measures.breadth.curve[2]``; empty: the document itself."""
    message: str
    """What is wrong and what would have fitted."""
    position: int | None = None
    """Byte offset into the formula, or into the JSON text where the path is empty."""


class Error(Exception):
    """Base of everything that customerhealth raises on purpose."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class ModelError(Error, ValueError):
    """A model document that cannot be used. All of its problems are reported together.

    Parameters
    ----------
    message : str
        Every problem, a line or more each.
    problems : iterable of (path, message, position)
        The same, for programs.

    Examples
    --------
    >>> import customerhealth as ch
    >>> try:
    ...     ch.Model.parse({"format": 1, "tabels": {}})
    ... except ch.ModelError as error:
    ...     print(error.problems[0].path)
    tabels
    """

    def __init__(self, message: str, problems: Iterable[tuple[str, str, int | None]] = ()) -> None:
        self.problems: tuple[Problem, ...] = tuple(Problem(*problem) for problem in problems)
        super().__init__(message, self.problems)


class FormulaError(ModelError):
    """A lone formula that cannot be read; the message shows it with a caret under the place."""

    @property
    def position(self) -> int | None:
        """Byte offset into the formula."""
        return self.problems[0].position if self.problems else None


class DataError(Error, ValueError):
    """Data that cannot be used.

    Parameters
    ----------
    message : str
        What is wrong, where, and what would have fitted.
    table, column : str
        Where; empty when it is not a matter of one table or column.
    row : int, optional
        The first row that it concerns, counted from 0.
    rows : int
        How many rows it concerns; 0 when it is not a matter of rows.
    """

    def __init__(self, message: str, table: str = "", column: str = "", row: int | None = None, rows: int = 0) -> None:
        super().__init__(message, table, column, row, rows)
        self.table, self.column, self.row, self.rows = table, column, row, rows


class UnknownNameError(DataError, KeyError):
    """A name that is not there: an account, a score, a table, a preset."""


def unknown(
    what: str, name: object, there: Iterable[str], *, table: str = "", column: str | None = None
) -> UnknownNameError:
    """The error for a name that is not there.

    Parameters
    ----------
    what : str
        The sentence up to the name, as in ``the model has no score``.
    name : object
        The name that was asked for; a caller may hand over what is no text.
    there : iterable of str
        The names to choose from, in the order that the message lists them.
    table, column : str
        Where, as for :class:`DataError`; without a `column`, the name.
    """
    message = with_suggestion(f"{what} '{name}'", name, there)
    return UnknownNameError(message, table, str(name) if column is None else column)


def with_suggestion(what: str, name: object, there: Iterable[str]) -> str:
    """`what` is wrong with a name, and the name that could have been written instead."""
    return f"{what}: {_core.suggestion(str(name), list(there))}"
