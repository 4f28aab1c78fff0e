"""Columns of JSON in the types that their values have."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ...errors import DataError
from ..roles import Role
from .cells import BadCellError, Given, read_cells

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["JsonColumn", "Where"]

_NAMES = {
    "text": "a text",
    "integer": "a number",
    "real": "a number",
    "boolean": "true or false",
    "object": "an object or a list",
    "list": "an object or a list",
}
_NUMBERS = {"integer", "real"}
_LARGEST_WHOLE = 2**53  # a float holds every integer up to here
_LONGEST = 38  # digits that a decimal holds


class Where(NamedTuple):
    """A file, for messages."""

    table: str
    path: str
    line_of: Callable[[int], int]


class JsonColumn:
    """A column as it was taken out of a file: texts, and JSON of everything else.

    Parameters
    ----------
    name : str
        The column.
    role : Role
        What it is read for.
    kinds : dict of str to int
        The first row of each kind of value.
    values : pyarrow.ChunkedArray of string
        The values.
    where : Where
        The file.
    is_walked : bool
        Whether paths go into it: then objects and lists are JSON texts.
    """

    def __init__(
        self,
        name: str,
        role: Role,
        kinds: dict[str, int],
        values: pa.ChunkedArray,
        where: Where,
        *,
        is_walked: bool = False,
    ) -> None:
        self.name, self.role, self.kinds, self.values, self.where = name, role, kinds, values, where
        self.is_walked = is_walked

    def read(self) -> pa.ChunkedArray:
        """The column in its type. Instants and names are read as their roles say."""
        import pyarrow as pa

        kinds = set(self.kinds)
        if not kinds:
            return pa.chunked_array([pa.nulls(len(self.values))])
        if "object" in kinds or "list" in kinds:
            if self.is_walked:
                return self.values
            return self._refuse_nested()
        if kinds <= _NUMBERS:
            return self._numbers()
        if len(kinds) > 1 and self.role.says_deleted and "real" not in kinds:
            return self._texts()  # "Y", true and 1 say the same
        if len(kinds) > 1:
            self._refuse_mixed()
        if kinds == {"boolean"}:
            return self.values.cast(pa.bool_())
        return self._texts()

    def _texts(self) -> pa.ChunkedArray:
        role = self.role
        if not (role.is_name or role.settled or role.says_deleted or role.types == ("instant",)):
            if "text" not in role.types:
                wanted = " or ".join(_NAMES.get(kind, "a number") for kind in role.types)
                words = f"{self._cell(self.kinds['text'])} is a text; expected {wanted}; `types` in the model converts"
                self._refuse(self.kinds["text"], words)
            return self.values
        try:
            return read_cells(self.values, self.role, Given(), self.where.table, self.name)
        except BadCellError as error:
            self._refuse(error.row, str(error))

    def _numbers(self) -> pa.ChunkedArray:
        """Integers, exact whatever their length; floats where any is one."""
        import pyarrow as pa

        if "real" not in self.kinds:
            try:
                return self.values.cast(pa.int64())
            except pa.ArrowInvalid:
                return self._long_integers()
        if self.is_id:  # 7.0 is 7
            whole = [None if text is None else _decimal(text) for text in self.values.to_pylist()]
            if all(x is None or (x == x.to_integral_value() and abs(x) < 10**_LONGEST) for x in whole):
                integers = pa.array([None if x is None else str(int(x)) for x in whole], pa.string())
                values = pa.chunked_array([integers])
                return JsonColumn(self.name, self.role, {"integer": 0}, values, self.where).read()
            for row, x in enumerate(whole):
                if x is not None and x == x.to_integral_value() and abs(x) > _LARGEST_WHOLE:
                    self._refuse(row, f"{self.values[row]} does not fit a column of floats exactly")
        return self._floats()

    def _long_integers(self) -> pa.ChunkedArray:
        import pyarrow as pa

        texts = self.values.to_pylist()
        long = next((row for row, text in enumerate(texts) if text is not None and len(text) > _LONGEST), None)
        if long is None:
            decimals = [None if text is None else Decimal(text) for text in texts]
            return pa.chunked_array([pa.array(decimals, pa.decimal128(_LONGEST, 0))])
        if self.is_id:
            self._refuse(long, f"{self._cell(long)}... has more digits than are kept; ids so long have to be texts")
        return self._floats()

    def _floats(self) -> pa.ChunkedArray:
        import pyarrow as pa

        try:
            return self.values.cast(pa.float64())
        except pa.ArrowInvalid:  # beyond the range of floats: infinite, which is missing
            floats = [None if text is None else float(text) for text in self.values.to_pylist()]
            return pa.chunked_array([pa.array(floats, pa.float64())])

    @property
    def is_id(self) -> bool:
        """Whether two values must not become one."""
        return self.role.is_name or "text" in self.role.types

    # ---- errors ----

    def _refuse_nested(self) -> NoReturn:
        row = min(self.kinds[kind] for kind in ("object", "list") if kind in self.kinds)
        self._refuse(row, f"{self._cell(row)} is an object or a list; expected a number, a text, true or false")

    def _refuse_mixed(self) -> NoReturn:
        first = min(self.kinds, key=lambda kind: self.kinds[kind])
        row, other = min((row, kind) for kind, row in self.kinds.items() if _NAMES[kind] != _NAMES[first])
        self._refuse(row, f"{self._cell(row)} is {_NAMES[other]}, where the rows before hold {_NAMES[first]}")

    def _cell(self, row: int) -> str:
        text = self.values[row].as_py()
        return (json.dumps(text, ensure_ascii=False) if self.kinds.get("text") == row else str(text))[:40]

    def _refuse(self, row: int, words: str) -> NoReturn:
        where = f"{self.where.table}.{self.name}[{row}] (line {self.where.line_of(row)} of {self.where.path!r})"
        raise DataError(f"{where}: {words}", self.where.table, self.name, row, 1) from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent of more than 18 digits
        return Decimal(float(text))
