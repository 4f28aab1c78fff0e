"""Columns that a model names by paths: which columns of a source hold them. The core walks (cpp/source, path.hpp)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from .columns import plain
from .roles import ELEMENTS, TEXT, Roles

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["columns_of", "holder_of", "leaf_of", "leaves_of", "roles_in", "roots_of", "values_at"]


def roots_of(column: str) -> list[str]:
    """The columns that a path may begin at, the longest first: what stands before one of its dots and brackets."""
    return [column[: cut.start()] for cut in re.finditer(r"[.\[]", column)][::-1]


def holder_of(column: str, there: Collection[str]) -> str | None:
    """The column of a source that has what is wanted: itself, else the one that its path begins at."""
    return next((name for name in (column, *roots_of(column)) if name in there), None)


def columns_of(wanted: Iterable[str], there: Collection[str]) -> list[str]:
    """The columns of a source that hold those that are wanted, each once. What nothing holds is left out."""
    held = (holder_of(column, there) for column in wanted)
    return list(dict.fromkeys(column for column in held if column is not None))


def roles_in(roles: Roles, there: Collection[str]) -> Roles:
    """The roles of the columns of a file of texts: one that paths go into is of JSON texts."""
    out = {}
    for column, role in roles.items():
        holder = holder_of(column, there) or column
        out[holder] = role if holder == column or holder in roles else TEXT
    return out


def leaf_of(schema: pa.Schema, column: str, *, through_lists: bool = False) -> pa.DataType | None:
    """What a column, a path through structs, or an element of a list is.

    None where its values tell that themselves, or it is not there. `through_lists`: members of elements too.
    """
    import pyarrow as pa

    holder = holder_of(column, schema.names)
    if holder is None:
        return None
    kind = schema.field(schema.get_field_index(holder)).type
    path = column[len(holder) :]
    if path == ELEMENTS:
        return kind.value_type if hasattr(kind, "value_type") and pa.types.is_nested(kind) else None
    if "[" in path:
        return None
    for step in path.split(".")[1:]:
        while through_lists and pa.types.is_nested(kind) and hasattr(kind, "value_type"):
            kind = kind.value_type
        place = kind.get_field_index(step) if pa.types.is_struct(kind) else -1
        if place < 0:
            return None
        kind = kind.field(place).type
    return None if path and pa.types.is_nested(plain(kind)) else kind


def values_at(table: pa.Table, column: str) -> pa.ChunkedArray:
    """The values of a column, or of a path through structs that :func:`leaf_of` knows."""
    import pyarrow.compute as pc

    holder = holder_of(column, table.column_names) or column
    values = table[holder]
    for step in column[len(holder) :].split(".")[1:]:
        values = pc.struct_field(values, step)
    return values


def leaves_of(wanted: Iterable[str], schema: pa.Schema) -> list[str]:
    """The columns of a Parquet file that hold those that are wanted; of structs only the members that paths go into."""
    import pyarrow as pa

    out = []
    for column in wanted:
        holder = holder_of(column, schema.names)
        if holder is None:
            continue
        kind, leaf = schema.field(schema.get_field_index(holder)).type, holder
        for step in column[len(holder) :].split("[")[0].split(".")[1:]:
            place = kind.get_field_index(step) if pa.types.is_struct(kind) else -1
            if place < 0:
                break
            kind, leaf = kind.field(place).type, f"{leaf}.{step}"
        out.append(leaf)
    whole = tuple(f"{leaf}." for leaf in out if leaf in schema.names)
    return list(dict.fromkeys(leaf for leaf in out if not leaf.startswith(whole)))
