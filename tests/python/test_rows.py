"""The rows of a table as of a date: what was known then, by hand and beside the evaluator."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, note

import customerhealth as ch
from model_strategies import cases
from oracle.visibility import Table, account_order
from strategies import Case, examples, moment

DAYS = [date(2026, 6, d) for d in range(1, 31)]


def portfolio(kind: str, spec: dict[str, Any], rows: pa.Table, **metric: Any) -> ch.Portfolio:
    document: dict[str, Any] = {
        "format": 1,
        "tables": {"t": {"kind": kind, "account": "who", **spec}},
        "metrics": {"m": {"from": "t", "agg": "count", **metric}},
    }
    return ch.Portfolio(ch.Model.parse(document), t=rows)


def test_an_end_is_null_until_it_comes_where_nobody_knew_it() -> None:
    rows = pa.table({"who": ["a"], "from": [DAYS[0]], "to": [DAYS[9]]})
    of = portfolio("intervals", {"start": "from", "end": "to", "end_known": "at_end"}, rows)
    assert of.rows("t", DAYS[9])["to"].to_pylist() == [None]
    assert [at.date() for at in of.rows("t", DAYS[10])["to"].to_pylist()] == [DAYS[9]]


def test_integers_texts_and_truths_keep_their_types() -> None:
    rows = pa.table(
        {
            "who": ["b", "a"],
            "day": DAYS[:2],
            "n": [2**62 + 1, None],
            "s": [None, "x"],
            "yes": [True, None],
            "x": [1.5, None],
        }
    )
    of = portfolio("events", {"time": "day"}, rows, where="n > 0 and s = 'x' and yes and x > 0")
    table = of.rows("t", "2026-07-01")
    assert table.column_names[0] == "account_id"
    assert table["account_id"].to_pylist() == ["a", "b"]
    assert table["n"].to_pylist() == [None, 2**62 + 1]
    assert table["s"].to_pylist() == ["x", None]
    assert table["yes"].to_pylist() == [None, True]
    assert table["x"].to_pylist() == [None, 1.5]
    assert table.schema.field("n").type == pa.int64()


def test_a_table_without_rows_has_its_columns_all_the_same() -> None:
    of = portfolio(
        "events", {"time": "day"}, pa.table({"who": pa.array([], pa.string()), "day": pa.array([], pa.date32())})
    )
    table = of.rows("t", "2026-07-01")
    assert (table.num_rows, table.column_names) == (0, ["account_id", "day"])


ORDERS = pa.table(
    {
        "who": ["a", "a", "a", "a", "b", "a"],
        "day": [DAYS[0], DAYS[2], DAYS[2], DAYS[9], DAYS[3], DAYS[14]],
        "id": [1, 2, 2, 3, 4, 5],
        "paid": [5.0, 10.0, 30.0, 8.0, 1.0, 9.0],
        "seen": [DAYS[0], DAYS[2], DAYS[11], DAYS[9], DAYS[3], DAYS[14]],
        "gone": [False, False, False, False, False, True],
    }
)


def orders() -> ch.Portfolio:
    spec = {"time": "day", "key": "id", "known": "seen", "deleted": "gone"}
    return portfolio("events", spec, ORDERS, agg="sum", of="paid")


def test_purchases_are_summed_up_as_they_were_known() -> None:
    before, after = (orders().rfm("t", as_of=day, amount="paid").to_pylist()[0] for day in (DAYS[10], DAYS[20]))
    assert before == {"account_id": "a", "frequency": 2.0, "recency": 9.0, "T": 9.0, "monetary_value": 9.0}
    assert after == {"account_id": "a", "frequency": 2.0, "recency": 9.0, "T": 19.0, "monetary_value": 19.0}


def test_a_holdout_is_known_later_than_what_it_is_held_out_from() -> None:
    split = orders().rfm("t", as_of=DAYS[20], calibration_as_of=DAYS[5], amount="paid").to_pylist()
    assert split[0] == {
        "account_id": "a",
        "frequency": 1.0,
        "recency": 2.0,
        "T": 4.0,
        "monetary_value": 10.0,
        "frequency_holdout": 1.0,
        "monetary_value_holdout": 8.0,
        "duration_holdout": 15.0,
    }
    assert [row["frequency_holdout"] for row in split] == [1.0, 0.0]


def test_a_purchase_at_the_end_of_the_calibration_is_in_the_holdout() -> None:
    bought = pa.table({"who": ["a"] * 3, "at": [datetime(2026, 1, 10), datetime(2026, 2, 1), datetime(2026, 2, 20)]})
    of = portfolio("events", {"time": "at"}, bought)
    (row,) = of.rfm("t", as_of="2026-03-01", calibration_as_of="2026-02-01").to_pylist()
    assert (row["frequency"], row["frequency_holdout"]) == (0.0, 2.0)
    (row,) = of.rfm("t", as_of="2026-03-01", calibration_as_of="2026-02-02").to_pylist()
    assert (row["frequency"], row["frequency_holdout"]) == (1.0, 1.0)


def test_purchases_come_from_events_with_an_amount_that_the_model_reads() -> None:
    with pytest.raises(
        ch.UnknownNameError, match=r"table 't': the model does not read column 'payd': did you mean 'paid'"
    ):
        orders().rfm("t", as_of=DAYS[20], amount="payd")
    states = portfolio("states", {"time": "day", "key": "id"}, ORDERS)
    with pytest.raises(ch.DataError, match=r"table 't': expected events, got states"):
        states.rfm("t", as_of=DAYS[20])


def test_what_does_not_fit_says_what_would() -> None:
    of = portfolio("events", {"time": "day"}, pa.table({"who": ["a"], "day": DAYS[:1]}))
    with pytest.raises(ch.UnknownNameError, match=r"the model has no table 'tt': expected t"):
        of.rows("tt", "2026-07-01")
    with pytest.raises(ch.DataError, match=r"as_of: expected one date, got 2"):
        of.rows("t", ["2026-07-01", "2026-08-01"])


@given(case=cases(scores=False))
@examples(100)
def test_the_rows_are_those_that_the_evaluator_sees(case: Case) -> None:
    note(case.model)
    of = ch.Portfolio(ch.Model.parse(case.model), **case.tables())
    ids = set(of.accounts.to_pylist())
    for name, spec in case.model["tables"].items():
        table = Table.alone(name, spec, case.rows.get(name, []))
        for as_of in case.as_ofs:
            got = of.rows(name, moment(as_of))
            found = sorted(got["account_id"].to_pylist(), key=account_order)
            if spec["kind"] == "accounts":
                expected = [account for account in table.accounts() if table.attributes(account, as_of) is not None]
            else:
                expected = [row.account for row in table.visible(as_of)]
            assert found == sorted((account for account in expected if account in ids), key=account_order)
