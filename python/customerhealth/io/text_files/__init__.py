"""Tables in text files: delimited ones (.csv, .tsv), JSON documents and JSON lines, compressed or not.

What a column is read as follows from its role in the model, not from what its cells look like.

- ``dialect``: how the file is written: compression, encoding, separator, header.
- ``delimited``: pyarrow reads it, with the types of the roles; where a cell does not fit, as texts, to say which.
- ``cells``: columns of texts as numbers, instants, booleans or ids.
- ``json_files``: JSON documents and JSON lines; ``json_columns``: their columns, with JSON's own types.
- ``trimmed``: a file without the lines that are no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..layout import PLAIN, Layout
from ..roles import Roles
from .cells import BadCellError, Given, read_cells
from .delimited import read_delimited
from .dialect import COMPRESSIONS, find_dialect
from .json_files import read_json, read_json_lines

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "ENDINGS",
    "BadCellError",
    "Given",
    "is_delimited",
    "names_in",
    "read_cells",
    "read_text_file",
    "text_ending",
]

_Reader = Callable[[str, str, Roles, Given], "pa.Table"]
_READERS: dict[str, _Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}
ENDINGS = tuple(_READERS)


def text_ending(path: str) -> str | None:
    """The ending of a text file without that of its compression; None: it is none."""
    lower = path.lower()
    for compression in COMPRESSIONS:
        lower = lower.removesuffix(compression)
    return next((ending for ending in ENDINGS if lower.endswith(ending)), None)


def is_delimited(path: str) -> bool:
    """Whether its cells have no types of their own."""
    ending = text_ending(path)
    return ending is not None and _READERS[ending] is read_delimited


def names_in(path: str, name: str, wanted: Iterable[str], layout: Layout = PLAIN) -> list[str]:
    """The header of a delimited file. (A table of JSON that lacks a column has all names.)"""
    return list(find_dialect(path, name, wanted, layout).columns) if is_delimited(path) else []


def read_text_file(path: str, name: str, roles: Roles, given: Given) -> pa.Table:
    """The columns of these roles that the file has.

    Parameters
    ----------
    path : str
        A file of one of the ``ENDINGS``.
    name : str
        The table's name, for messages.
    roles : mapping of str to Role
        What the columns are read as.
    given : Given
        What is known of the other tables; columns whose cells decided are noted there.
    """
    ending = text_ending(path)
    assert ending is not None, path
    return _READERS[ending](path, name, roles, given)
