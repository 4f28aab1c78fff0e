"""Panels: their columns and types, reasons, contributions, and the tools that read them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import duckdb
import nanoarrow
import polars as pl
import pyarrow as pa
import pytest

import customerhealth as ch
import small


def test_the_numbers_are_those_worked_out_by_hand() -> None:
    rows = {row["account_id"]: row for row in small.panel().table.to_pylist()}
    acme, beta, zeta = rows["acme"], rows["beta"], rows["zeta"]
    assert (acme["events"], acme["users"], acme["per_user"], acme["mean_quantity"]) == (4.0, 2.0, 2.0, 7.0)
    assert (beta["events"], beta["users"], beta["per_user"], beta["mean_quantity"]) == (1.0, 1.0, 1.0, 2.0)
    assert (zeta["events"], zeta["users"], zeta["per_user"], zeta["mean_quantity"]) == (0.0, 0.0, None, None)
    assert (acme["activity"], acme["health"], acme["health_grade"]) == (100.0, 92.5, "green")
    assert (beta["activity"], beta["health"], beta["health_grade"]) == (31.25, 28.4375, "red")
    assert (zeta["health"], zeta["health_coverage"]) == (0.0, 0.75)


def test_attributes_are_the_same_whether_or_not_a_rule_could_leave_rows_out() -> None:
    """Where each account has a row at each as-of, attributes are written to the panel at once."""
    as_ofs = [datetime(2026, 6, day) for day in (1, 8, 15)]
    values = [1.0, None, -0.0, 3.5, 2.0, None, None, 1e300, -4.0]
    known = [as_of - timedelta(days=1) for _ in range(3) for as_of in as_ofs]
    rows = pa.table(
        {
            "id": [name for name in "abc" for _ in as_ofs],
            "known": pa.array(known, pa.timestamp("us")),
            "v": pa.array(values, pa.float64()),
            "n": pa.array([1, 2, None, 4, 5, 6, 7, None, 9], pa.int64()),
            "t": ["x", "y", None, "x", "x", "y", None, "y", "x"],
        }
    )
    shape = {"curve": [[-10, 0], [10, 100]]}
    document = {
        "format": 1,
        "name": "attributes",
        "tables": {"a": {"kind": "accounts", "account": "id", "known": "known"}},
        "metrics": {"seen": {"formula": "a.v"}, "whole": {"formula": "a.n"}},
        "scores": {
            "s": {
                "measures": {
                    "v": {"value": "a.v", **shape, "missing": {"silent": 7}},
                    "n": {"value": "a.n", **shape},
                    "t": {"value": "a.t", "labels": {"x": 0, "y": 100}},
                    "p": {"value": "a.v", "percentile": {"within": "a.t"}},
                },
                "trend": {"over": "7d"},
            }
        },
    }
    rule = {"include": "a.v is missing or a.v <= 0 or a.v > 0"}  # whoever it is
    for table in (rows, rows.slice(1), pa.concat_tables([rows.slice(3), rows.slice(0, 3)])):
        free, ruled = (ch.Portfolio(ch.Model.parse({**document, **more}), tables={"a": table}) for more in ({}, rule))
        one, other = free.score(as_ofs), ruled.score(as_ofs)
        assert one.table.equals(other.table)
        assert one.reasons().equals(other.reasons())
        assert one.contributions("s").equals(other.contributions("s"))
    assert ch.Portfolio(ch.Model.parse(document), tables={"a": rows}).score(as_ofs).table["seen"].to_pylist() == values


def test_columns_have_the_promised_types() -> None:
    schema = small.panel().table.schema
    assert schema.names == ["account_id", "as_of", *small.model().columns]
    assert schema.field("account_id").type == pa.string()
    assert schema.field("as_of").type == pa.timestamp("us", "UTC")
    assert schema.field("events").type == pa.float64()
    assert schema.field("health_grade").type == pa.dictionary(pa.int32(), pa.string())
    assert schema.field("health_coverage").type == pa.float64()


def test_instants_text_and_booleans_keep_their_types() -> None:
    model = small.document(
        metrics={
            "latest": {"from": "usage", "agg": "last_time"},
            "latest_user": {"from": "usage", "agg": "last", "of": "user_id"},
            "busy": {"formula": "events > 2"},
            "events": {"from": "usage", "agg": "count"},
        },
        scores={},
    )
    table = ch.Portfolio(ch.Model.parse(model), usage=small.usage()).score(small.AS_OF).table
    assert table.schema.field("latest").type == pa.timestamp("us", "UTC")
    assert pa.types.is_dictionary(table.schema.field("latest_user").type)
    assert table["latest"][2].as_py() == datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert table["latest_user"].to_pylist() == ["a", "c", "d"]
    assert [None if value is None else bool(value) for value in table["busy"].to_pylist()] == [True, False, False]


OPEN_TYPES = {
    "format": 1,
    "tables": {"notes": {"kind": "events", "account": "a", "time": "t", "known": "k"}},
    "metrics": {
        "first_known": {"from": "notes", "agg": "first", "of": "k"},
        "last_known": {"from": "notes", "agg": "last", "of": "k"},
        "last_word": {"from": "notes", "agg": "last", "of": "word"},
        "flag": {"from": "notes", "agg": "last", "of": "open"},
        "total": {"from": "notes", "agg": "sum", "of": "n"},
        "either": {"formula": "coalesce(first_known, last_known)"},
    },
}


def notes(rows: int) -> pa.Table:
    instant = pa.timestamp("us", "UTC")
    types = {"a": pa.int64(), "t": instant, "k": instant, "word": pa.string(), "open": pa.bool_(), "n": pa.int64()}
    row = {"a": 1, "t": datetime(2026, 6, 1, tzinfo=timezone.utc)}
    return pa.Table.from_pylist([row] * rows, pa.schema(types))


@pytest.mark.parametrize("rows", [0, 1])
def test_columns_keep_the_types_the_sources_declare_where_every_value_is_missing(rows: int) -> None:
    schema = ch.Portfolio(ch.Model.parse(OPEN_TYPES), notes=notes(rows)).score(small.AS_OF).table.schema
    assert schema.field("first_known").type == schema.field("either").type == pa.timestamp("us", "UTC")
    assert schema.field("last_word").type == pa.dictionary(pa.int32(), pa.string())
    assert schema.field("flag").type == pa.bool_()
    assert schema.field("total").type == pa.float64()


def test_a_column_of_nulls_that_its_source_declares_otherwise_still_fits() -> None:
    model = small.document(metrics={"bold": {"from": "usage", "agg": "count", "where": "user_id = 'a'"}}, scores={})
    nulls = small.usage()
    nulls = nulls.set_column(nulls.schema.get_field_index("user_id"), "user_id", pa.nulls(nulls.num_rows, pa.float64()))
    model["metrics"]["who"] = {"from": "usage", "agg": "last", "of": "user_id"}
    table = ch.Portfolio(ch.Model.parse(model), usage=nulls).score(small.AS_OF).table
    assert table["bold"].to_pylist() == [0.0, 0.0, 0.0]
    assert table["who"].null_count == 3


def test_rows_are_ordered_and_as_ofs_taken_once() -> None:
    panel = small.portfolio().score(["2026-07-01", "2026-06-12", "2026-07-01"])
    rows = [(row["account_id"], row["as_of"].day) for row in panel.table.to_pylist()]
    assert rows == [("acme", 12), ("acme", 1), ("beta", 12), ("beta", 1), ("zeta", 12), ("zeta", 1)]
    assert len(panel) == 6


def test_an_account_appears_when_something_of_it_is_known() -> None:
    panel = small.portfolio().score("2026-06-01")
    assert panel.table["account_id"].to_pylist() == ["zeta"]


def test_no_as_ofs_are_no_rows() -> None:
    assert small.portfolio().score([]).table.num_rows == 0


def test_every_result_carries_who_made_it() -> None:
    panel = small.panel()
    assert panel.model == small.model()
    assert panel.digest == small.model().digest
    assert panel.version == ch.__version__
    metadata = {key.decode(): value.decode() for key, value in (panel.table.schema.metadata or {}).items()}
    assert panel.digest in metadata.values()
    assert ch.__version__ in metadata.values()


def test_all_tools_read_it_many_times() -> None:
    panel = small.panel()
    expected = panel.table["events"].to_pylist()
    for _ in range(2):
        assert pa.table(panel)["events"].to_pylist() == expected
        assert pl.DataFrame(panel)["events"].to_list() == expected
        assert panel.to_polars()["health_grade"].to_list() == ["green", "red", "red"]
        assert panel.to_pandas()["events"].tolist() == expected
        assert duckdb.sql("select events from panel").fetchall() == [(value,) for value in expected]
        assert nanoarrow.ArrayStream(panel).read_all().n_children == panel.table.num_columns


def test_missing_numbers_are_null_in_arrow_and_nan_in_pandas() -> None:
    panel = small.panel()
    assert panel.table["per_user"].null_count == 1
    assert math.isnan(panel.to_pandas()["per_user"][2])


def test_a_table_outlives_its_panel_and_portfolio() -> None:
    table = small.panel().table
    assert table["events"].to_pylist() == [4.0, 1.0, 0.0]


def test_reasons_list_what_is_missing_and_only_that() -> None:
    reasons = small.panel().reasons()
    assert reasons.column_names == ["account_id", "as_of", "metric", "reason"]
    found = [(row["account_id"], row["metric"], row["reason"]) for row in reasons.to_pylist()]
    assert found == [("zeta", "per_user", "undefined"), ("zeta", "mean_quantity", "silent")]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("score", ["activity", "health"])
def test_contributions_sum_to_the_score(score: str, deep: bool) -> None:
    panel = small.panel()
    sums: dict[str, float] = {}
    for row in panel.contributions(score, deep=deep).to_pylist():
        sums[row["account_id"]] = sums.get(row["account_id"], 0.0) + row["contribution"]
    scores = dict(zip(panel.table["account_id"].to_pylist(), panel.table[score].to_pylist(), strict=True))
    assert sums == pytest.approx(scores, abs=1e-9)


def test_contributions_say_what_each_part_was_worth() -> None:
    table = small.panel().contributions("health")
    assert table.column_names == [
        *("account_id", "as_of", "part", "value", "points", "weight", "contribution", "reason"),
    ]
    rows = {(row["account_id"], row["part"]): row for row in table.to_pylist()}
    size = rows["acme", "size"]
    assert (size["value"], size["points"], size["weight"], size["contribution"]) == (7.0, 70.0, 0.25, 17.5)
    missing = rows["zeta", "size"]
    assert (missing["points"], missing["contribution"], missing["reason"]) == (None, 0.0, "silent")
    assert rows["zeta", "activity"]["weight"] == 1.0


def test_a_cap_that_holds_is_a_part() -> None:
    model = small.document()
    model["scores"]["health"]["caps"][0] = {"name": "low", "at_most": 10}
    panel = ch.Portfolio(ch.Model.parse(model), usage=small.usage()).score(small.AS_OF)
    rows = {(row["account_id"], row["part"]): row["contribution"] for row in panel.contributions("health").to_pylist()}
    assert rows["acme", "cap:low"] == pytest.approx(-82.5)


def test_deep_contributions_name_the_leaves() -> None:
    parts = small.panel().contributions("health", deep=True)["part"].to_pylist()
    assert {"activity.volume", "activity.people", "size"} <= set(parts)


def test_contributions_stream_in_batches() -> None:
    panel = small.panel()
    reader = panel.contributions("health", stream=True)
    assert isinstance(reader, pa.RecordBatchReader)
    assert reader.read_all() == panel.contributions("health")


def test_a_stream_is_worked_out_a_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customerhealth.panel.panel._STREAMED_ROWS", 2)
    panel = small.portfolio().score(["2026-06-12", "2026-07-01"])
    reader = panel.contributions("health", deep=True, stream=True)
    streamed, table = reader.read_all(), panel.contributions("health", deep=True)
    parts = table["part"].unique().to_pylist()
    at = [(row["as_of"], row["account_id"]) for row in panel.table.select(["account_id", "as_of"]).to_pylist()]
    steps = [at[begin : begin + 2] for begin in range(0, len(at), 2)]
    assert len(steps) == 3
    told = {(row["part"], row["as_of"], row["account_id"]): row for row in table.to_pylist()}
    assert streamed.to_pylist() == [told[(part, *row)] for rows in steps for part in parts for row in rows]


def test_contributions_are_listed_by_part_and_then_as_the_panel_is() -> None:
    panel = small.portfolio().score(["2026-06-12", "2026-07-01"])
    table = panel.contributions("health", deep=True)
    parts = table["part"].unique().to_pylist()
    assert table["part"].to_pylist() == [part for part in parts for _ in range(len(panel))]
    for name in ("account_id", "as_of"):
        assert table[name].to_pylist() == panel.table[name].to_pylist() * len(parts)


def test_batches_of_contributions_share_what_they_have_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that the panel has is the panel's; a part's name, and that nothing is missing, are there once."""
    accounts = 20_000
    rows = pa.table(
        {
            "id": range(accounts),
            "v": [float(row % 100) for row in range(accounts)],
            "w": [None if row == 19_000 else float(row % 7) for row in range(accounts)],
        }
    )
    shape = {"curve": [[0, 0], [100, 100]]}
    document = {
        "format": 1,
        "name": "shared",
        "tables": {"a": {"kind": "accounts", "account": "id"}},
        "metrics": {"v": {"formula": "a.v"}, "w": {"formula": "a.w"}},
        "scores": {
            "s": {
                "measures": {
                    "v": {"value": "v", **shape},
                    "w": {"value": "w", **shape},
                    "twice": {"value": "2 * v", **shape},
                },
                "caps": [{"name": "high", "at_most": 60}],
            }
        },
    }
    panel = ch.Portfolio(ch.Model.parse(document), tables={"a": rows}).score(["2026-07-01"])
    table = pa.table(panel.contributions("s"))
    table.validate(full=True)

    def addresses(name: str) -> list[int]:
        return [(chunk.indices if name in ("part", "reason") else chunk).buffers()[1].address for chunk in found[name]]

    found = {name: table[name].chunks for name in table.column_names}
    parts, cut = ["v", "w", "twice", "cap:high", "clamp"], len(found["part"]) // 5
    assert cut > 1
    assert table["part"].to_pylist() == [part for part in parts for _ in range(accounts)]
    assert len(set(addresses("part"))) == len(parts)
    assert len(set(addresses("reason"))) == 2  # of the one batch that has a reason, and of all others
    assert table["reason"].to_pylist() == [
        "silent" if part == "w" and row == 19_000 else None for part in parts for row in range(accounts)
    ]
    of_panel = {name: pa.table(panel.table)[name].chunks[0].buffers()[1].address for name in ("v", "w")}
    values = addresses("value")
    assert (values[0], values[cut]) == (of_panel["v"], of_panel["w"])
    assert table["value"].to_pylist()[: 3 * accounts] == [
        *rows["v"].to_pylist(), *rows["w"].to_pylist(), *(2 * v for v in rows["v"].to_pylist())
    ]  # fmt: skip
    monkeypatch.setattr("customerhealth.panel.panel._STREAMED_ROWS", 7_000)
    streamed = pl.DataFrame(panel.contributions("s", stream=True).read_all())
    assert streamed.sort("part", "account_id", maintain_order=True).equals(
        pl.DataFrame(table).sort("part", "account_id")
    )
    assert table.group_by("part").aggregate([("reason", "count")])["reason_count"].to_pylist() == [0, 1, 0, 0, 0]


def test_contributions_of_no_rows_are_none() -> None:
    assert small.portfolio().score([]).contributions("health", stream=True).read_all().num_rows == 0


def test_an_unknown_score_names_the_nearest() -> None:
    with pytest.raises(ch.UnknownNameError, match="no score 'helth': did you mean 'health'"):
        small.panel().contributions("helth")


def test_the_html_shows_the_first_rows_escaped() -> None:
    panel = ch.Portfolio(small.model(), usage=small.usage(("<i>a</i>", "b", "c"))).score(
        ch.dates("2026-06-01", "2026-07-01", every="1d")
    )
    html = panel._repr_html_()
    assert "<i>" not in html
    assert html.count("<tr>") == 1 + 3  # the accounts of the last date
    assert f"{len(panel)} rows; as of 2026-07-01: 3 accounts" in html
    assert panel.digest[:12] in html
    assert repr(panel).startswith(f"<Panel of {len(panel)} rows")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (9999.0, "9,999"), (9999.4, "9,999.4"), (10_000.0, "10,000"), (-10_000.0, "-10,000"), (1234567.6, "1,234,568"),
        (0.123456, "0.123"), (1.0, "1"), (None, "–"), ("gold", "gold"), (True, "yes"),
        (datetime(2026, 5, 1), "2026-05-01"), (datetime(2026, 5, 1, 12), "2026-05-01 12:00"),
    ],
)  # fmt: skip
def test_cells_are_shown_with_the_figures_that_count(value: Any, shown: str) -> None:
    kind = pa.timestamp("us", "UTC") if isinstance(value, datetime) else None
    values = pa.array([value], pa.float64() if value is None else kind)
    document = {
        "format": 1,
        "tables": {"a": {"kind": "accounts", "account": "id"}},
        "metrics": {"x": {"formula": "a.x"}},
    }
    panel = ch.Portfolio(ch.Model.parse(document), a=pa.table({"id": ["k"], "x": values})).score("2026-07-01")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", panel._repr_html_())
    assert cells == ["k", shown]


@pytest.mark.parametrize(
    ("accounts", "more"), [(1, ""), (20, ""), (21, "20 of 21 accounts"), (45, "20 of 45 accounts")]
)
def test_twenty_accounts_are_shown_and_the_rest_counted(accounts: int, more: str) -> None:
    usage = pa.table({"account_id": [f"a{n:02}" for n in range(accounts)], "at": [datetime(2026, 6, 10)] * accounts})
    document = {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at"}},
        "metrics": {"n": {"from": "usage", "agg": "count"}},
    }
    panel = ch.Portfolio(ch.Model.parse(document), usage=usage).score("2026-07-01")
    html = panel._repr_html_()
    assert html.count("<tr>") == 1 + min(accounts, 20)
    assert re.findall(r"\d+ of \d+ accounts", html) == ([more] if more else [])
    assert repr(panel).splitlines()[0] == f"<Panel of {accounts} rows, 3 columns, model 'model'>"
