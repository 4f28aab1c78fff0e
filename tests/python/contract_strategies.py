"""Random tables of contracts on a coarse grid of instants, so that ties, gaps and edges are common."""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

import customerhealth as ch
from arrow_tables import as_arrow
from oracle.instants import DAY, Instant, parse_instant
from oracle.revenue import Book
from strategies import chance, moment, pick

DAYS = [
    parse_instant(day) for day in ("2024-01-01", "2024-01-15", "2024-02-01", "2024-02-29", "2024-03-31", "2024-04-01")
]
STEPS = [0, 0, 0, 0, DAY, -DAY, 3 * DAY, 30 * DAY, -31 * DAY, 1, -1, DAY // 2]
AT = pa.timestamp("us", "UTC")
CENTS = [decimal.Decimal(text) for text in ("0.00", "0.10", "0.20", "0.30", "10.00", "99.99", "123456789012.34")]
FLOATS = [0.0, 0.1, 0.2, 0.3, 1 / 3, 10.0, 99.99, 1e6 + 0.1, math.nan]
AMOUNTS: list[tuple[pa.DataType, list[Any]]] = [
    (pa.decimal128(15, 2), CENTS),
    (pa.float64(), FLOATS),
    (pa.int64(), [0, 1, 2, 3, 10, 2**40]),
]
SEGMENTS = {"a": "small", "b": "large", "c": None}


@dataclass
class Contracts:
    schema: dict[str, pa.DataType]
    rows: list[dict[str, Any]]
    options: dict[str, str]
    gap: str | None
    dates: list[int]
    free: str = "prospects"

    def frame(self) -> pa.Table:
        return as_arrow(self.rows, {name: type_ for name, type_ in self.schema.items() if name != "mrr"}).append_column(
            "mrr", pa.array([row["mrr"] for row in self.rows], self.schema["mrr"])
        )

    def ours(self) -> ch.Revenue:
        named = {name: name for name in ("product", "billing_period") if name in self.schema}
        return ch.Revenue(self.frame(), mrr="mrr", gap=self.gap, free=self.free, **self.options, **named)

    def book(self) -> Book:
        rows = [{**row, "mrr": None if row["mrr"] != row["mrr"] else row["mrr"]} for row in self.rows]
        return Book(rows, gap=self.gap, products="product" in self.schema, free=self.free, **self.options)

    def at(self) -> list[Any]:
        return [moment(date) for date in self.dates]


def instant(draw: Any) -> Instant:
    return Instant(pick(draw, DAYS) + pick(draw, STEPS))


def row(draw: Any, schema: dict[str, pa.DataType], amounts: list[Any], earlier: list[dict[str, Any]]) -> dict[str, Any]:
    start = instant(draw)
    if earlier and chance(draw, 3):  # back to back, or a few days late
        ends = [row["end"] for row in earlier if row["end"] is not None]
        start = Instant(pick(draw, ends) + pick(draw, [0, 0, DAY, 7 * DAY, 14 * DAY, 14 * DAY + 1])) if ends else start
    end = (
        None if chance(draw, 4) else Instant(start + pick(draw, [31 * DAY, 60 * DAY, 10 * DAY, 366 * DAY, 1, 0, -DAY]))
    )
    values = {
        "account_id": None if chance(draw, 25) else pick(draw, ["a", "a", "b", "c"]),
        "start": None if chance(draw, 25) else start,
        "end": end,
        "mrr": None if chance(draw, 10) else pick(draw, amounts),
        "known": None if chance(draw, 3) else Instant(start + pick(draw, [0, 20 * DAY, -20 * DAY, 45 * DAY, 1])),
        "id": pick(draw, ["k", "l", "m", None]),
        "gone": pick(draw, [False, None, False, False, True]),
        "product": pick(draw, ["x", "y", "", None]),
        "billing_period": pick(draw, [1, 12, 3, None]),
    }
    return {name: values[name] for name in schema}


@st.composite
def contracts(draw: Any, *, amounts: tuple[int, ...] = (0, 1, 2)) -> Contracts:
    kind, values = AMOUNTS[pick(draw, amounts)]
    schema = {"account_id": pa.string(), "start": AT, "end": AT, "mrr": kind}
    options: dict[str, str] = {}
    if chance(draw, 2):
        options["known"], schema["known"] = "known", AT
    if chance(draw, 3):
        options["key"], schema["id"] = "id", pa.string()
        if chance(draw, 2):
            options["deleted"], schema["gone"] = "gone", pa.bool_()
    if chance(draw, 3):
        options["end_is"] = pick(draw, ["exclusive", "last_day", "inclusive"])
    if chance(draw, 2):
        schema["product"] = pa.string()
    if chance(draw, 3):
        schema["billing_period"] = pa.int64()
    rows: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 7))):
        rows.append(row(draw, schema, values, rows))
    gap = pick(draw, [None, None, "14d", "1mo"])
    dates = sorted({instant(draw) + pick(draw, [0, 0, 7 * DAY, 14 * DAY]) for _ in range(4)})
    if len(dates) < 2:
        dates.append(dates[0] + 30 * DAY)
    return Contracts(schema, rows, options, gap, dates, pick(draw, ["prospects", "customers"]))
