"""Values of a table for people: the cells of one column are written alike."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from ..io.results import rows_in_python
from .looks import PLAIN, Look, look_of
from .signs import LONGEST_UNIT, one_line, short

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MISSING", "Cells", "cells_of", "show_number"]

MISSING = "–"

_SMALL = 3  # decimals of a column that is below 1 throughout

_NAMES = re.compile(r"(^|_)(id|key|row)$")  # of columns whose whole numbers are no quantities


class Cells(NamedTuple):
    """A column as texts."""

    name: str
    look: Look
    is_number: bool
    texts: list[str]
    values: list[Any]
    marks: Sequence[str] = ()
    """HTML before the text of each row, where there is some."""


def cells_of(table: pa.Table) -> list[Cells]:
    """All columns of a table, which should be a short one."""
    import pyarrow as pa

    columns = rows_in_python(pa.table(table.columns, names=[str(k) for k in range(table.num_columns)]))
    made = []
    for place, field in enumerate(table.schema):
        values = [row[str(place)] for row in columns]
        look, names_things = look_of(field), _NAMES.search(field.name) is not None
        show = _named if names_things else _writer(values, look)
        texts = [MISSING if value is None else show(value) for value in values]
        kind = field.type
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        made.append(Cells(field.name, look, is_number and not names_things, texts, values))
    return made


def _writer(values: Sequence[Any], look: Look) -> Callable[[Any], str]:
    there = [value for value in values if value is not None]
    kinds = {type(value) for value in there}
    if kinds <= {float, int, Decimal} and kinds:
        return _numbers(there, look)
    if kinds == {datetime}:
        return _instants(there)
    if kinds == {bool}:
        return lambda value: "yes" if value else "no"
    if kinds == {date}:
        return date.isoformat
    if look.called:
        called = dict(look.called)
        return lambda value: _named(called.get(value, value))
    return _named


def _named(value: Any) -> str:
    return one_line(str(value))


# ---- numbers --------------------------------------------------------------------------------------------------------


def show_number(value: float, digits: int, unit: str | None = None) -> str:
    """A number with so many decimals, thousands apart, and its unit."""
    if not math.isfinite(value):
        return str(value)
    text = f"{value * 100 if unit == 'percent' else value:,.{digits}f}"
    if set(text) <= {"-", "0", ".", ","}:
        text = text.removeprefix("-")  # no −0.0
    return f"{text}%" if unit == "percent" else f"{text} {short(unit, LONGEST_UNIT)}" if unit else text


def _numbers(values: Sequence[Any], look: Look) -> Callable[[Any], str]:
    digits = _digits(values, look)

    def show(value: Any) -> str:
        if isinstance(value, int) and not look.unit:
            return f"{value:,}"
        text = show_number(value, digits, look.unit)
        rounded_away = value and digits == _SMALL and not any(sign in "123456789" for sign in text)
        return f"{value:.2g}" if rounded_away and look == PLAIN else text

    return show


def _digits(values: Sequence[Any], look: Look) -> int:
    """Decimals for the largest of them: three or four figures in all, none where all are whole."""
    if look.digits is not None:
        return look.digits
    scale = 100 if look.unit == "percent" else 1
    sizes = [abs(float(value)) * scale for value in values if math.isfinite(value)]
    if all(size == int(size) for size in sizes):
        return 0
    if all(isinstance(value, Decimal) for value in values):
        return max(-int(value.as_tuple().exponent) for value in values)
    largest = max(sizes)
    return 0 if largest >= 10_000 else 1 if largest >= 10 else 2 if largest >= 1 else _SMALL


# ---- instants -------------------------------------------------------------------------------------------------------


def _instants(values: Sequence[datetime]) -> Callable[[datetime], str]:
    """As dates where all are midnights, else with as much of the time as there is."""
    if all((at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0) for at in values):
        return lambda at: at.date().isoformat()
    detail = "minutes" if all((at.second, at.microsecond) == (0, 0) for at in values) else "seconds"
    return lambda at: at.replace(tzinfo=None).isoformat(" ", detail)
