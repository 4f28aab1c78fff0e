"""Columns that a model names by paths into structs, maps, lists and JSON text."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import customerhealth as ch

UTC = timezone.utc
AS_OF = "2026-02-01"

MODEL = {
    "format": 1,
    "tables": {"events": {"kind": "events", "account": "who.account", "time": "at", "key": "props.id"}},
    "metrics": {
        "rows": {"from": "events", "agg": "count"},
        "paid": {"from": "events", "agg": "sum", "of": '"props.amount"'},
        "pro": {"from": "events", "agg": "count", "where": "\"props.plan.name\" = 'pro'"},
        "first_item": {"from": "events", "agg": "sum", "of": '"props.items[0].price"'},
        "company": {"from": "events", "agg": "mode", "of": '"props.params[key=company].value"'},
        "odd": {"from": "events", "agg": "sum", "of": "\"props['a.b']\""},
        "kind": {"from": "events", "agg": "count", "by": {"column": "props.plan.name", "values": ["pro", "free"]}},
        "trials": {"from": "events", "agg": "count", "where": '"props.is_trial"'},
    },
}

ROWS: list[dict[str, Any]] = [
    {
        "who": {"account": 7},
        "at": datetime(2026, 1, 3, tzinfo=UTC),
        "props": {
            "id": "e1",
            "amount": 12.5,
            "plan": {"name": "pro"},
            "items": [{"price": 3}, {"price": 4}],
            "params": [{"key": "page", "value": "/"}, {"key": "company", "value": 'Acme "é"'}],
            "a.b": 1,
            "is_trial": True,
        },
    },
    {
        "who": {"account": 7},
        "at": datetime(2026, 1, 4, tzinfo=UTC),
        "props": {"id": "e2", "amount": 2.0, "plan": None, "items": [], "params": None, "a.b": 2, "is_trial": False},
    },
    {
        "who": {"account": 42},
        "at": datetime(2026, 1, 5, tzinfo=UTC),
        "props": {
            "id": "e3",
            "amount": None,
            "plan": {"name": "free"},
            "items": None,
            "params": [],
            "a.b": None,
            "is_trial": None,
        },
    },
    {"who": {"account": 42}, "at": datetime(2026, 1, 6, tzinfo=UTC), "props": None},
    {"who": None, "at": datetime(2026, 1, 6, tzinfo=UTC), "props": None},
]


def structs() -> pa.Table:
    return pa.Table.from_pylist(ROWS)


def texts() -> pa.Table:
    rows = structs()
    for column in ("who", "props"):
        written = [None if row[column] is None else json.dumps(row[column]) for row in ROWS]
        rows = rows.set_column(rows.schema.get_field_index(column), column, pa.array(written))
    return rows


def panel(source: Any, model: dict[str, Any] = MODEL) -> list[dict[str, Any]]:
    return ch.Portfolio(ch.Model.parse(model), tables={"events": source}).score(AS_OF).table.to_pylist()


EXPECTED = [
    {
        "account_id": 7, "rows": 2.0, "paid": 14.5, "pro": 1.0, "first_item": 3.0, "company": 'Acme "é"', "odd": 3.0,
        "kind.pro": 1.0, "kind.free": 0.0, "trials": 1.0,
    },
    {
        "account_id": 42, "rows": 2.0, "paid": 0.0, "pro": 0.0, "first_item": 0.0, "company": None, "odd": 0.0,
        "kind.pro": 0.0, "kind.free": 1.0, "trials": 0.0,
    },
]  # fmt: skip


def answers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in EXPECTED[0]} for row in rows]


def test_paths_walk_structs_lists_and_json_text_alike() -> None:
    assert answers(panel(structs())) == EXPECTED
    assert answers(panel(texts())) == EXPECTED


@pytest.mark.parametrize("make", [structs, texts])
def test_all_sources_give_the_same(make: Any, tmp_path: Path) -> None:
    table = make()
    expected = panel(table)
    polars_frame = pl.from_arrow(table)
    assert isinstance(polars_frame, pl.DataFrame)
    file = tmp_path / "events.parquet"
    pq.write_table(table, file)
    pq.write_table(table.slice(0, 2), tmp_path / "0.parquet")
    pq.write_table(table.slice(2), tmp_path / "1.parquet")
    relation = duckdb.connect().from_arrow(table)
    lines = [json.dumps(row, default=datetime.isoformat) for row in table.to_pylist()]
    (tmp_path / "events.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "events.json").write_text(f"[{','.join(lines)}]", encoding="utf-8")
    sources = {
        "record batches": pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=2)),
        "sliced": pa.concat_tables([table.slice(0, 1), table.slice(1, 2), table.slice(3)]),
        "polars": polars_frame,
        "lazy": polars_frame.lazy(),
        "Parquet": file,
        "JSON lines": tmp_path / "events.jsonl",
        "a JSON document": tmp_path / "events.json",
        "two files": [tmp_path / "0.parquet", tmp_path / "1.parquet"],
        "duckdb": relation,
        "pandas": table.to_pandas(),
        "dataset": pa.dataset.dataset(str(file)),
    }
    for name, source in sources.items():
        assert panel(source) == expected, name


def test_csv_cells_may_hold_json_text(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    pa_csv.write_csv(texts(), file)
    assert answers(panel(file)) == EXPECTED


def test_duckdb_json_and_maps_are_walked() -> None:
    connection = duckdb.connect()
    relation = connection.sql(
        "select '7' as account, timestamp '2026-01-03' as at, map {'plan': 'pro', 'seats': '3'} as m, "
        "'{\"n\": 2}'::json as j"
    )
    model = {
        "format": 1,
        "tables": {"events": {"kind": "events", "account": "account", "time": "at"}},
        "metrics": {
            "plan": {"from": "events", "agg": "last", "of": '"m.plan"'},
            "seats": {"from": "events", "agg": "last", "of": '"m[key=seats].value"'},
            "n": {"from": "events", "agg": "sum", "of": '"j.n"'},
        },
    }
    row = panel(relation, model)[0]
    assert (row["plan"], row["seats"], row["n"]) == ("pro", "3", 2.0)


def test_paths_stand_in_every_role() -> None:
    rows = pa.table(
        {
            "c": [
                json.dumps(
                    {
                        "account": f"a{i}",
                        "span": {"start": "2026-01-01", "end": "2026-01-20" if i else None, "known": "2025-12-30"},
                        "id": i,
                        "gone": False,
                        "mrr": 10 * (i + 1),
                    }
                )
                for i in range(2)
            ]
        }
    )
    model = {
        "format": 1,
        "tables": {
            "contracts": {
                "kind": "intervals",
                "account": "c.account",
                "start": "c.span.start",
                "end": "c.span.end",
                "known": "c.span.known",
                "key": "c.id",
                "deleted": "c.gone",
            }
        },
        "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": '"c.mrr"'}},
    }
    portfolio = ch.Portfolio(ch.Model.parse(model), contracts=rows)
    assert portfolio.score("2026-01-10").table["mrr"].to_pylist() == [10.0, 20.0]
    assert portfolio.score("2026-01-25").table["mrr"].to_pylist() == [10.0, 0.0]


def test_attributes_of_accounts_may_be_paths() -> None:
    accounts = pa.table({"id": ["a", "b"], "traits": ['{"plan": "pro", "seats": 3}', '{"plan": "free"}']})
    model = {
        "format": 1,
        "tables": {"accounts": {"kind": "accounts", "account": "id"}},
        "metrics": {
            "plan": {"formula": 'accounts."traits.plan"'},
            "seats": {"formula": 'accounts."traits.seats" * 2'},
        },
    }
    rows = ch.Portfolio(ch.Model.parse(model), accounts=accounts).score(AS_OF).table.to_pylist()
    assert [(row["plan"], row["seats"]) for row in rows] == [("pro", 6.0), ("free", None)]


def test_ids_in_json_are_what_the_ids_of_other_tables_are() -> None:
    model = {
        "format": 1,
        "tables": {
            "accounts": {"kind": "accounts", "account": "id"},
            "events": {"kind": "events", "account": "props.account", "time": "at"},
        },
        "metrics": {"rows": {"from": "events", "agg": "count"}},
    }
    for ids, written in (([1, 2], ["1", "2"]), (["1", "2"], [1, 2]), ([1, 2], [1, 2])):
        events = pa.table(
            {"props": [json.dumps({"account": one}) for one in written], "at": [datetime(2026, 1, 1)] * 2}
        )
        accounts = pa.table({"id": ids})
        portfolio = ch.Portfolio(ch.Model.parse(model), accounts=accounts, events=events)
        scored = portfolio.score(AS_OF).table
        assert (scored["account_id"].to_pylist(), scored["rows"].to_pylist()) == (ids, [1.0, 1.0])


def test_csv_ids_follow_the_ids_of_a_struct(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\n7\n42\n")
    model = MODEL | {"tables": {**MODEL["tables"], "accounts": {"kind": "accounts", "account": "id"}}}  # type: ignore[dict-item]
    portfolio = ch.Portfolio(ch.Model.parse(model), tables={"events": structs(), "accounts": tmp_path / "accounts.csv"})
    assert portfolio.accounts.to_pylist() == [7, 42]


# ---- bad input -------------------------------------------------------------------------------------------------------


def small(path: str, cells: list[Any]) -> tuple[ch.Portfolio, list[Any]]:
    """The mean of what a path finds, row by row: each is an account of its own."""
    model = {
        "format": 1,
        "tables": {"t": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"m": {"from": "t", "agg": "mean", "of": f'"{path}"'}},
    }
    rows = pa.table({"id": list(range(len(cells))), "at": [datetime(2026, 1, 1)] * len(cells), "v": cells})
    portfolio = ch.Portfolio(ch.Model.parse(model), t=rows)
    return portfolio, portfolio.score(AS_OF).table["m"].to_pylist()


def notes(portfolio: ch.Portfolio) -> list[tuple[Any, ...]]:
    found = portfolio.quality().to_pylist()
    return [
        (note["check"], note["rows"], note["first_row"], note["example"])
        for note in found
        if note["check"] in ("no_json", "mixed_types")
    ]


def test_texts_that_are_no_json_are_missing_and_counted() -> None:
    portfolio, found = small("v.a", ['{"a": 1}', "none", '{"a": 2}', '{"a": 3, "b": [1', ""])
    assert found == [1.0, None, 2.0, None, None]
    assert notes(portfolio) == [("no_json", 2, 1, "v none")]


def test_mixed_types_along_a_path_are_missing_and_counted() -> None:
    portfolio, found = small("v.a.b", ['{"a": {"b": 1}}', '{"a": "x"}', '{"a": {"b": "2"}}', '{"a": {"b": "two"}}'])
    assert found == [1.0, None, 2.0, None]
    assert notes(portfolio) == [("mixed_types", 2, 1, "v.a.b ")]


def test_strict_refuses_what_is_no_json() -> None:
    model = {
        "format": 1,
        "tables": {"t": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"m": {"from": "t", "agg": "sum", "of": '"v.a"'}},
    }
    rows = pa.table({"id": [1, 2], "at": [datetime(2026, 1, 1)] * 2, "v": ["{}", "{"]})
    with pytest.raises(ch.DataError, match=r"t\.v\[1\].*1 texts that are no JSON.*strict refuses them"):
        ch.Portfolio(ch.Model.parse(model), t=rows, strict=True)


def test_rows_of_an_append_count_on() -> None:
    portfolio, _ = small("v.a", ['{"a": 1}', "no"])
    portfolio.append(t=pa.table({"id": [5, 6], "at": [datetime(2026, 1, 1)] * 2, "v": ['{"a": 1}', "neither"]}))
    assert notes(portfolio) == [("no_json", 2, 1, "v no")]


def test_integers_beyond_2_to_53_stay_apart() -> None:
    model = {
        "format": 1,
        "tables": {"t": {"kind": "events", "account": "v.id", "time": "at"}},
        "metrics": {"users": {"from": "t", "agg": "count_distinct", "of": '"v.user"'}},
    }
    large = 2**53
    cells = [json.dumps({"id": large + i % 2, "user": 10**30 + i}) for i in range(4)]
    rows = pa.table({"at": [datetime(2026, 1, 1)] * 4, "v": cells})
    scored = ch.Portfolio(ch.Model.parse(model), t=rows).score(AS_OF).table
    assert scored["account_id"].to_pylist() == [large, large + 1]
    assert scored["users"].to_pylist() == [2.0, 2.0]


def test_deep_paths_and_texts_are_walked() -> None:
    nest: Any = 5
    for _ in range(10):
        nest = [nest]
    assert small("v" + "[0]" * 10, [json.dumps(nest)])[1] == [5.0]
    assert small("v.a", ['{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", '{"a": 1}', "[" * 100_000])[1] == [
        None, 1.0, None,
    ]  # fmt: skip
    with pytest.raises(ch.DataError, match="a path has at most 64 steps"):
        small("v" + "[0]" * 100, ["[]"])


def test_the_last_of_two_members_of_one_name_counts() -> None:
    assert small("v.a", ['{"a": 1, "a": 2}'])[1] == [2.0]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("v[-1]", "character 3: places are counted from 0"),
        ("v[*]", "`each` makes a row of every element"),
        ("v.", "expected a name behind the dot"),
        ("v[0", r"expected \] to close this bracket"),
        ("v.a]", "this bracket closes nothing"),
    ],
)
def test_paths_that_cannot_be_read_say_where(path: str, words: str) -> None:
    with pytest.raises(ch.DataError, match=words):
        small(path, ["{}"])


def test_a_path_from_no_column_names_the_nearest() -> None:
    with pytest.raises(ch.DataError, match=r"needs a column 'props\.plan', the table has none; did you mean 'prop'\?"):
        ch.Portfolio(
            ch.Model.parse(
                {
                    "format": 1,
                    "tables": {"t": {"kind": "events", "account": "id", "time": "at"}},
                    "metrics": {"m": {"from": "t", "agg": "count", "where": "\"props.plan\" = 'x'"}},
                }
            ),
            t=pa.table({"id": [1], "at": [datetime(2026, 1, 1)], "prop": ["{}"], "unlike": [1]}),
        )


def test_a_path_into_a_column_without_members_is_refused() -> None:
    with pytest.raises(ch.DataError, match=r"t\.v\.a: the path comes to a column of type int64, which has no members"):
        small("v.a", [1])


def test_a_column_of_the_whole_name_wins() -> None:
    model = {
        "format": 1,
        "tables": {"t": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"m": {"from": "t", "agg": "sum", "of": '"v.a"'}},
    }
    rows = pa.table({"id": [1], "at": [datetime(2026, 1, 1)], "v": ['{"a": 1}'], "v.a": [5]})
    assert ch.Portfolio(ch.Model.parse(model), t=rows).score(AS_OF).table["m"].to_pylist() == [5.0]


def test_pandas_cells_of_no_common_type_are_walked_as_json() -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "at": [pd.Timestamp("2026-01-01")] * 4,
            "v": [{"a": 1}, {"a": "2"}, None, {"a": [1], "d": datetime(2026, 1, 1)}],
        }
    )
    model = {
        "format": 1,
        "tables": {"t": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"m": {"from": "t", "agg": "mean", "of": '"v.a"'}},
    }
    portfolio = ch.Portfolio(ch.Model.parse(model), t=frame)
    assert portfolio.score(AS_OF).table["m"].to_pylist() == [1.0, 2.0, None, None]
    assert notes(portfolio) == [("mixed_types", 1, 3, "v.a [1]")]


def test_an_instant_that_is_none_is_refused_by_its_row() -> None:
    model = {
        "format": 1,
        "tables": {"t": {"kind": "events", "account": "id", "time": "v.at"}},
        "metrics": {"m": {"from": "t", "agg": "count"}},
    }
    rows = pa.table({"id": [1, 2], "v": ['{"at": "2026-01-01"}', '{"at": "soon"}']})
    with pytest.raises(ch.DataError, match=r"t\.v\.at\[1\]: 'soon' is no instant"):
        ch.Portfolio(ch.Model.parse(model), t=rows)


@pytest.mark.parametrize("form", ["json", "structs"])
def test_types_say_what_a_path_leads_to(form: str) -> None:
    model = {
        "format": 1,
        "tables": {
            "t": {
                "kind": "events",
                "account": "v.id",
                "time": "v.at",
                "types": {"v.code": "text", "v.due": "instant", "v.n": "number"},
            }
        },
        "metrics": {
            "code": {"from": "t", "agg": "last", "of": '"v.code"'},
            "due": {"from": "t", "agg": "last", "of": '"v.due"'},
            "n": {"from": "t", "agg": "sum", "of": '"v.n"'},
        },
    }
    rows = [{"id": "a", "at": "2026-01-01", "code": 7, "due": "2026-03-01", "n": "1.5"}, None]
    cells = pa.array([None if row is None else json.dumps(row) for row in rows]) if form == "json" else pa.array(rows)
    scored = ch.Portfolio(ch.Model.parse(model), t=pa.table({"v": cells})).score(AS_OF).table.to_pylist()
    assert [(row["code"], row["due"], row["n"]) for row in scored] == [("7", datetime(2026, 3, 1, tzinfo=UTC), 1.5)]


@pytest.mark.parametrize("depth", [10, 64])
def test_a_path_of_many_brackets(depth: int) -> None:
    path = "v" + "[0]" * depth
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"t": {"kind": "events", "account": "a", "time": "at"}},
            "metrics": {"n": {"from": "t", "agg": "sum", "of": f'"{path}"'}},
        }
    )
    cells = ["[" * depth + "5" + "]" * depth, "[" * depth + "]" * depth, "[[[]]]"]
    nested: Any = 5
    for _ in range(depth):
        nested = [nested]
    for column in (pa.array(cells), pa.array([nested])):
        count = len(column)
        table = pa.table({"a": ["x"] * count, "at": ["2026-05-01"] * count, "v": column})
        assert ch.Portfolio(model, t=table).score("2026-07-01").table["n"].to_pylist() == [5.0]


def test_dicts_beside_other_cells_of_pandas_are_what_json_files_make_of_them(tmp_path: Path) -> None:
    cells = [{"v": 1}, {"v": "two"}, 3, '{"v": 4}', {"v": {"w": 1}}, None, float("nan")]
    rows = [{"a": "x", "at": f"2026-05-0{day}", "p": cell} for day, cell in enumerate(cells, 1)]
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"t": {"kind": "events", "account": "a", "time": "at"}},
            "metrics": {"n": {"from": "t", "agg": "sum", "of": '"p.v"'}},
        }
    )
    for source in (pd.DataFrame(rows), tmp_path / "t.jsonl"):
        portfolio = ch.Portfolio(model, t=source)
        assert portfolio.score("2026-07-01").table["n"].to_pylist() == [5.0]
        assert notes(portfolio) == [("mixed_types", 3, 1, "p.v two")]
