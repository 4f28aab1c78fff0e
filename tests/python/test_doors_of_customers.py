"""Customers of lifetime models come through the same door as every other table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest

import customerhealth as ch

BUYERS = pa.table(
    {
        "account_id": ["a", "b"],
        "frequency": [1.0, 3.0],
        "recency": [1.71, 20.0],
        "T": [38.86, 38.86],
        "monetary_value": [11.77, 20.5],
    }
)
BUYING = ch.clv.BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = ch.clv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)


def valued(*given: Any, **keys: Any) -> pa.Table:
    return ch.clv.purchase_value(BUYING, SPEND, *given, **keys).table


@pytest.mark.parametrize(
    "form",
    [
        lambda t: t,
        lambda t: t.to_reader(),
        pa.dataset.dataset,
        lambda t: t.to_pandas(),
        lambda t: pl.DataFrame(t).lazy(),
        lambda t: duckdb.from_arrow(t),
        lambda t: pa.table({name: t[name].combine_chunks().dictionary_encode() for name in t.column_names}),
        lambda t: t.drop_columns("frequency").append_column("frequency", pa.array([1, 3]).cast(pa.decimal128(20, 0))),
    ],
)
def test_a_table_of_customers_may_stand_in_place_of_their_columns(form: Callable[[pa.Table], Any]) -> None:
    columns = [BUYERS[name] for name in BUYERS.column_names[1:]]
    assert valued(form(BUYERS)).equals(valued(*columns, account=BUYERS["account_id"]))
    assert valued(form(BUYERS), account="account_id").equals(valued(form(BUYERS)))
    assert valued(form(BUYERS.drop_columns("account_id"))).column_names[0] == "expected_purchases"
    alive = BUYING.probability_alive(*(column.to_numpy() for column in columns[:3]))
    assert BUYING.probability_alive(form(BUYERS)).tolist() == alive.tolist()


@pytest.mark.parametrize(
    ("table", "keys", "match"),
    [
        (BUYERS.drop_columns("T"), {}, "purchase_value needs a column 'T', the table has none; "),
        (BUYERS, {"account": "id"}, "purchase_value needs a column 'id'"),
        (
            BUYERS.set_column(3, "T", pa.array(["long"] * 2)),
            {},
            r"customers\.T: T needs numbers, this column is string",
        ),
        (BUYERS.set_column(3, "T", pa.array([1.0, None])), {}, r"customers\.T\[1\]: 1 row holds no finite number"),
        (
            BUYERS.set_column(0, "account_id", pa.array(["a", None])),
            {},
            r"customers\.account_id\[1\]: 1 row holds nothing",
        ),
        (BUYERS.set_column(0, "account_id", pa.array([1.5, 2])), {}, "account ids are texts or 64-bit signed integers"),
    ],
)
def test_a_table_of_customers_is_checked_as_others_are(table: pa.Table, keys: dict[str, Any], match: str) -> None:
    with pytest.raises(ch.DataError, match=match):
        valued(table, **keys)


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({"account": ["a"]}, "account: 1 rows where there are 2 customers"),
        ({"account": ["a", 1]}, "account: its values have no common type"),
        ({"account": ["a", None]}, r"customers\.account\[1\]: 1 row holds nothing"),
        ({"account": [1.5, 2.5]}, r"customers\.account\[0\]: account ids are"),
        ({"segment": ["x"]}, "segment: 1 rows where there are 2"),
        ({"segment": ["x", object()]}, "segment: its values have no common type"),
    ],
)
def test_ids_beside_customers_are_checked_too(keys: dict[str, Any], match: str) -> None:
    with pytest.raises(ch.DataError, match=match):
        valued(*(BUYERS[name] for name in BUYERS.column_names[1:]), **keys)
    with pytest.raises(ch.DataError, match=match):
        ch.clv.account_value([1.0, 2.0], [1, 2], 0.9, discount=0.1, horizon=3, **keys)
