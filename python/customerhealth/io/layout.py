"""What the model says of a source before a row of it is read: ``skip``, ``rows``, the names of ``columns``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import DataError

if TYPE_CHECKING:
    from ..model import Model

__all__ = ["PLAIN", "Layout", "layouts_of"]


class Layout(NamedTuple):
    """What of a source is no row of the table, where the list of rows is, and which columns are none of its own."""

    first: int = 0
    """Lines before the header."""
    below_header: int = 0
    """Rows right below it: a second header."""
    last: int = 0
    """Lines at the end, counted from the last one that is not empty."""
    rows: str = ""
    """The path of the list of rows in a JSON document as it is written; empty: the document is it."""
    steps: tuple[str | int, ...] = ()
    """The same, taken apart."""
    derived: tuple[str, ...] = ()
    """The columns that formulas give: of their names the source has none."""

    @property
    def skips(self) -> bool:
        """Whether anything is no row."""
        return self[:3] != (0, 0, 0)

    def refuse_skip(self, what: str, name: str) -> None:
        """Refuse ``skip`` where a source has no lines, such as `what`."""
        if self.skips:
            words = f"`skip` counts lines of a text file or rows of a sheet, and {what} has none"
            raise DataError(f"table '{name}': {words}", name)

    def refuse_rows(self, what: str, name: str) -> None:
        """Refuse ``rows`` where a source is no JSON, such as `what`."""
        if self.steps:
            words = f"`rows` is the path of a list in a JSON document, and {what} is none"
            raise DataError(f"table '{name}': {words}", name)

    def refuse(self, what: str, name: str) -> None:
        """Refuse both where a source has rows and nothing else."""
        self.refuse_skip(what, name)
        self.refuse_rows(what, name)


PLAIN = Layout()


def layouts_of(model: Model) -> dict[str, Layout]:
    """Of each table of a model."""
    out = {}
    for table in model.core.tables:
        path, steps = table["rows"] or ("", [])
        out[table["name"]] = Layout(*table["skip"], path, tuple(steps), tuple(table["derived"]))
    return out
