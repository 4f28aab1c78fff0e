"""What each column of a table is there for: a source without types of its own is read by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..errors import DataError

if TYPE_CHECKING:
    from ..model import Model

__all__ = [
    "ACCOUNT",
    "BOOLEAN",
    "ELEMENTS",
    "INSTANT",
    "NUMBER",
    "OPEN",
    "TEXT",
    "Role",
    "Roles",
    "account_of",
    "derived_of",
    "refuse_names_of_both",
    "roles_of",
    "with_roles",
]


class Role(NamedTuple):
    """What a column has to be read as, as the core derives it (cpp/model, column_roles.hpp)."""

    types: tuple[str, ...]
    """Of ``number``, ``boolean``, ``instant``, ``text`` those to try, in this order: the first that all cells are."""
    use: str = "value"
    """``account`` or ``key``, which are names of things, or ``value``."""
    by_cells: bool = False
    """Several types fit, and which it is shows: a user is told that the cells decided."""
    settled: bool = False
    """The model's ``types`` says it."""
    keys: str = ""
    """The table of keys whose keys these are; empty: they are accounts of the portfolio, or no ids of anything."""
    says_deleted: bool = False
    """It holds truths that words may say, such as ``yes`` and ``N``, in a source with types of its own too."""

    @property
    def is_name(self) -> bool:
        """Whether it names an account or a row: then an empty text is none."""
        return self.use != "value"


Roles = Mapping[str, Role]

ACCOUNT = Role(("text",), "account")
TEXT, NUMBER, INSTANT, BOOLEAN = Role(("text",)), Role(("number",)), Role(("instant",)), Role(("boolean",))
OPEN = Role(("number", "instant", "text"), by_cells=True)


ELEMENTS = "[]"
"""Behind the name of a column: all elements of it, which the core takes apart."""


def roles_of(model: Model) -> dict[str, dict[str, Role]]:
    """The columns that a model reads of the source of each table, in its order, with their roles.

    A column of whose elements each is a row is read whole, like one that paths go into: it stands there with
    :data:`ELEMENTS`, and its role is that of an element.
    """
    out = {}
    written = model.to_dict().get("tables", {})
    for table, roles in zip(model.core.tables, model.core.roles, strict=True):
        read = [Role(tuple(types), use, by_cells, settled, keys) for use, types, by_cells, settled, keys in roles]
        named = dict(zip(table["columns"], read, strict=True))
        deleted = written.get(table["name"], {}).get("deleted")
        if deleted in named:
            named[deleted] = named[deleted]._replace(says_deleted=True)
        each = table["each"]
        if each is not None:
            element = named.pop(each, OPEN)
            named[f"{each}{ELEMENTS}"] = element._replace(by_cells=False)
        out[str(table["name"])] = named
    return out


def derived_of(model: Model) -> dict[str, list[str]]:
    """The columns that each table has by formulas: none of its source may have the name of one."""
    return {str(table["name"]): list(table["derived"]) for table in model.core.tables}


def refuse_names_of_both(name: str, there: Collection[str], derived: Sequence[str]) -> None:
    """A name that a formula of the model gives is none of the source's columns."""
    for column in derived:
        if column in there:
            what = f"{name}: the model derives a column '{column}', and the table has one of that name"
            raise DataError(f"{what}; give the derived one another name", name, column)


def account_of(roles: Roles) -> str | None:
    """The column that says whose a row is; None where a formula does."""
    return next((column for column, role in roles.items() if role.use == "account"), None)


def with_roles(wanted: Sequence[str] | Roles) -> Roles:
    """Columns by name; of those without a role anything that fits is welcome."""
    return wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted, OPEN)
