"""An empty text is no account and no key, from frames as from files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import customerhealth as ch

MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {"ev": {"kind": "events", "account": "a", "time": "t", "key": "id"}},
        "metrics": {"n": {"from": "ev", "agg": "count"}, "ids": {"from": "ev", "agg": "count_distinct", "of": "id"}},
    }
)
ROWS = pa.table(
    {
        "a": ["acme", "acme", "", "acme", None, "beta"],
        "id": ["", "", "x", "x", "y", ""],
        "t": [datetime(2026, 6, day) for day in range(1, 7)],
    }
)


def source(kind: str, tmp_path: Path) -> Any:
    if kind == "dictionary":
        return ROWS.set_column(0, "a", ROWS["a"].dictionary_encode()).set_column(
            1, "id", ROWS["id"].dictionary_encode()
        )
    if kind == "pandas":
        return pd.DataFrame(ROWS.to_pandas())
    if kind == "polars":
        return pl.DataFrame(ROWS)
    if kind == "csv":
        pyarrow.csv.write_csv(ROWS, tmp_path / "ev.csv")
        return tmp_path / "ev.csv"
    if kind == "parquet":
        pq.write_table(ROWS, tmp_path / "ev.parquet")
        return tmp_path / "ev.parquet"
    return ROWS


@pytest.mark.parametrize("kind", ["arrow", "dictionary", "pandas", "polars", "csv", "parquet"])
def test_an_empty_text_is_no_account_and_no_key(kind: str, tmp_path: Path) -> None:
    portfolio = ch.Portfolio(MODEL, ev=source(kind, tmp_path))
    got = portfolio.score("2026-07-01").table.select(["account_id", "n", "ids"]).to_pylist()
    assert got == [{"account_id": "acme", "n": 3.0, "ids": 1.0}, {"account_id": "beta", "n": 1.0, "ids": 0.0}]
    found = next(row for row in portfolio.quality().to_pylist() if row["check"] == "null_account")
    assert (found["rows"], found["first_row"]) == (2, 2)
    assert found["example"] == ("" if kind == "csv" else "a is an empty text")
