"""`currency`: amounts of several currencies are not added up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

ROWS = pa.table(
    {
        "a": ["acme", "acme", "beta", "gone"],
        "start": [datetime(2026, 1, day) for day in range(1, 5)],
        "end": pa.array([None] * 4, pa.timestamp("us")),
        "amount": [10.0, 20.0, 5.0, 7.0],
        "iso": ["EUR", None, "USD", "GBP"],
        "plan": ["basic", "basic", "pro", "pro"],
    }
)
SUBS = {"kind": "intervals", "account": "a", "start": "start", "end": "end", "currency": "iso"}


def mrr_of(metric: dict[str, Any], *, rows: pa.Table = ROWS, agg: str = "sum", **more: Any) -> dict[str, Any]:
    document = {
        "format": 1,
        "tables": {"subs": SUBS, **more},
        "metrics": {"mrr": {"from": "subs", "agg": agg, "of": "amount", **metric}},
    }
    frames = {"crm": pa.table({"id": ["acme", "beta"]})} if more else {}
    panel = ch.Portfolio(ch.Model.parse(document), tables={"subs": rows, **frames}).score("2026-07-01").table
    return {row.pop("account_id"): row for row in panel.drop_columns(["as_of"]).to_pylist()}


@pytest.mark.parametrize("agg", ["sum", "mean"])
def test_several_currencies_are_not_added(agg: str) -> None:
    words = rf"metrics\.mrr: the {agg} of subs\.amount is over 3 currencies \(subs\.iso: EUR, GBP, USD\)"
    with pytest.raises(ch.DataError, match=words) as caught:
        mrr_of({}, agg=agg)
    assert (caught.value.table, caught.value.column) == ("subs", "iso")
    with pytest.raises(ch.DataError, match=r"keep one with `where`, or split the metric `by` iso"):
        mrr_of({"of": "amount * 12"}, agg=agg)


def test_where_that_leaves_one_is_fine() -> None:
    assert mrr_of({"where": "iso = 'EUR'"})["acme"] == {"mrr": 10.0}
    assert mrr_of({"where": "plan = 'basic'"})["acme"] == {"mrr": 30.0}  # a row without a currency is of no other
    with pytest.raises(ch.DataError, match=r"over 2 currencies \(subs\.iso: GBP, USD\)"):
        mrr_of({"where": "plan = 'pro'"})


def test_by_that_splits_them_is_fine() -> None:
    got = mrr_of({"by": {"column": "iso", "values": ["EUR", "USD"]}})
    assert got["acme"] == {"mrr.EUR": 10.0, "mrr.USD": 0.0}
    assert mrr_of({"by": {"column": "plan", "values": ["basic"]}})["acme"] == {"mrr.basic": 30.0}
    with pytest.raises(ch.DataError, match=r"the sum of subs\.amount of the value pro is over 2 currencies"):
        mrr_of({"by": {"column": "plan", "values": ["basic", "pro"]}})


def test_what_adds_no_amounts_is_not_looked_at() -> None:
    assert mrr_of({"of": "1"})["acme"] == {"mrr": 2.0}
    assert mrr_of({}, agg="max")["acme"] == {"mrr": 20.0}
    one = ROWS.set_column(4, "iso", pa.array(["EUR", None, "EUR", ""]))
    assert mrr_of({}, rows=one)["acme"] == {"mrr": 30.0}
    assert mrr_of({}, rows=ROWS.set_column(4, "iso", pa.nulls(4)))["acme"] == {"mrr": 30.0}


def test_rows_of_accounts_that_do_not_belong_are_not_looked_at() -> None:
    crm = {"kind": "accounts", "account": "id"}
    assert mrr_of({"where": "plan = 'pro'"}, crm=crm)["beta"] == {"mrr": 5.0}


def test_an_append_that_brings_another_currency_is_refused() -> None:
    document = {
        "format": 1,
        "tables": {"subs": SUBS},
        "metrics": {"mrr": {"from": "subs", "agg": "sum", "of": "amount"}},
    }
    portfolio = ch.Portfolio(ch.Model.parse(document), subs=ROWS.slice(0, 2))
    with pytest.raises(ch.DataError, match=r"over 2 currencies \(subs\.iso: EUR, USD\)"):
        portfolio.append(subs=ROWS.slice(2, 1))
    assert portfolio.score("2026-07-01").table["mrr"].to_pylist() == [30.0]


def test_currencies_are_texts() -> None:
    with pytest.raises(ch.DataError, match=r"subs\.iso: currency needs texts such as EUR and USD"):
        mrr_of({}, rows=ROWS.set_column(4, "iso", pa.array([978, 840, 826, 978])))


def test_explain_shows_the_label_of_its_date() -> None:
    crm = {"kind": "accounts", "account": "id", "label": "name", "known": "at"}
    use = {"kind": "events", "account": "a", "time": "start"}
    document = {
        "format": 1,
        "tables": {"crm": crm, "use": use},
        "metrics": {"n": {"from": "use", "agg": "count"}},
    }
    known = [None, datetime(2026, 6, 1), datetime(2026, 6, 1)]
    frame = pa.table({"id": ["acme"] * 3, "name": ["Old", "A & <B>", "A & <B> Inc."], "at": known})
    panel = ch.Portfolio(ch.Model.parse(document), crm=frame, use=ROWS).score(["2026-05-30", "2026-06-02"])
    early, late = (panel.explain("acme", as_of) for as_of in ("2026-05-30", "2026-06-02"))
    assert (early.title, late.title) == ("Old (acme)", "A & <B> Inc. (acme)")
    assert str(late).startswith("A & <B> Inc. (acme) as of 2026-06-02")
    assert "A &amp; &lt;B&gt; Inc. (acme)</h3>" in late.to_html()
    assert late.to_dict()["label"] == "A & <B> Inc."


def test_a_label_changes_nothing_and_is_shown_by_rows() -> None:
    crm = {"kind": "accounts", "account": "id", "label": "name"}
    document = {
        "format": 1,
        "tables": {"crm": crm, "use": {"kind": "events", "account": "a", "time": "start"}},
        "metrics": {"n": {"from": "use", "agg": "count"}},
    }
    without = {**document, "tables": {**document["tables"], "crm": {"kind": "accounts", "account": "id"}}}  # type: ignore[dict-item]
    frame = pa.table({"id": ["acme", "beta"], "name": ["Acme Inc.", None]})
    named, plain = (ch.Portfolio(ch.Model.parse(each), crm=frame, use=ROWS) for each in (document, without))
    assert named.score("2026-07-01").table.to_pydict() == plain.score("2026-07-01").table.to_pydict()
    assert named.rows("crm", "2026-07-01").to_pylist() == [
        {"account_id": "acme", "name": "Acme Inc."},
        {"account_id": "beta", "name": None},
    ]
    titles = [str(named.score("2026-07-01").explain(each)).splitlines()[0] for each in ("acme", "beta")]
    assert [title.partition(" as of ")[0] for title in titles] == ["Acme Inc. (acme)", "beta"]
    with pytest.raises(ch.ModelError, match=r"tables\.use\.label: does not go with kind 'events'"):
        ch.Model.parse({"format": 1, "tables": {"use": {"kind": "events", "account": "a", "time": "t", "label": "n"}}})
