"""Cells of CSV files for people: dates in their own form, and texts that no spreadsheet runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_dates", "with_dates", "without_formulas"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PARTS = "aAbBdDeFGgHIjmMpRSTuUVwWyYzZ"  # what Arrow writes; %x and %X would follow a locale that is not there
_FORM = re.compile(rf"(?:[^%]|%%|%[{_PARTS}])*")


def check_dates(form: str) -> None:
    """Refuse a form of dates with parts that would be written as they stand.

    Raises
    ------
    ValueError
        With the parts that there are.
    """
    if not _FORM.fullmatch(form) or not re.search(rf"(?<!%)(?:%%)*%[{_PARTS}]", form):
        raise ValueError(f"expected a form of dates such as %d.%m.%Y, of the parts %{', %'.join(_PARTS)}; got {form!r}")


def with_dates(table: pa.Table, form: str) -> pa.Table:
    """Instants and dates as texts of this form, in UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for column in table.columns:
        if pa.types.is_timestamp(column.type):  # %S of finer units would write fractions
            whole = pc.floor_temporal(column.cast(pa.timestamp(column.type.unit)), unit="second")
            column = pc.strftime(whole.cast(pa.timestamp("s"), safe=False), format=form)
        elif pa.types.is_date(column.type):
            column = pc.strftime(column, format=form)
        columns.append(column)
    return pa.table(columns, names=table.column_names)


def without_formulas(table: pa.Table) -> pa.Table:
    """Texts and names that no spreadsheet runs: an apostrophe stands before those that it would."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def is_text(kind: pa.DataType) -> bool:
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))

    columns = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type) and is_text(column.type.value_type):
            column = column.cast(column.type.value_type)
        if is_text(column.type):
            column = pc.replace_substring_regex(column.cast(pa.large_string()), r"^([=+\-@\t\r])", r"'\1")
        columns.append(column)
    names = [f"'{name}" if name.startswith(_FORMULA_STARTS) else name for name in table.column_names]
    return pa.table(columns, names=names)
