"""`through`: whose a row is goes by a table of keys, at all as-ofs and however the tables arrived."""

from __future__ import annotations

import itertools
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import customerhealth as ch

USERS = {"kind": "keys", "key": "user", "account": "company", "known": "at"}
EVENTS = {"kind": "events", "account": "user", "through": {"table": "users"}, "time": "t"}


def model_of(users: dict[str, Any] | None = None, events: dict[str, Any] | None = None, **more: Any) -> ch.Model:
    tables = {"users": users or USERS, "use": events or EVENTS, **more}
    metrics = {
        "n": {"from": "use", "agg": "count"},
        "people": {"from": "use", "agg": "count_distinct", "of": "user"},
        "last": {"from": "use", "agg": "last", "of": "v"},
    }
    return ch.Model.parse({"format": 1, "tables": tables, "metrics": metrics})


def users(*rows: tuple[Any, Any, int]) -> pa.Table:
    """User, company, day of January on which it was known; 0: not known."""
    return pa.table(
        {
            "user": [row[0] for row in rows],
            "company": [row[1] for row in rows],
            "at": pa.array([datetime(2026, 1, row[2]) if row[2] else None for row in rows], pa.timestamp("us")),
        }
    )


def use(*rows: tuple[Any, int]) -> pa.Table:
    """User, day of June. The value is the row's place."""
    return pa.table(
        {
            "user": [row[0] for row in rows],
            "t": [datetime(2026, 6, row[1]) for row in rows],
            "v": [float(i) for i in range(len(rows))],
        }
    )


def counts(portfolio: ch.Portfolio, day: str = "2026-07-01") -> dict[Any, float]:
    table = portfolio.score(day).table
    return dict(zip(table["account_id"].to_pylist(), table["n"].to_pylist(), strict=True))


def test_the_last_row_of_a_key_gives_the_account_at_all_as_ofs() -> None:
    given = users(("u1", "acme", 1), ("u2", "acme", 1), ("u2", "beta", 20), ("u3", "beta", 9))
    portfolio = ch.Portfolio(model_of(), users=given, use=use(("u1", 1), ("u2", 2), ("u3", 3), ("u1", 4)))
    assert counts(portfolio) == {"acme": 2.0, "beta": 2.0}
    assert counts(portfolio, "2026-06-03") == {"acme": 1.0, "beta": 1.0}  # u2 is beta's before it was known
    last = portfolio.score("2026-07-01").table.select(["account_id", "people", "last"]).to_pylist()
    assert last == [
        {"account_id": "acme", "people": 1.0, "last": 3.0},
        {"account_id": "beta", "people": 2.0, "last": 2.0},
    ]
    found = {row["check"]: row for row in portfolio.quality().to_pylist()}
    assert (found["key_moved"]["rows"], found["key_moved"]["first_row"]) == (1, 2)
    assert found["key_moved"]["example"] == "key u2 in accounts acme and beta"
    assert "at all as-ofs" in found["key_moved"]["meaning"]


def test_by_known_then_by_the_tables_order() -> None:
    rows = [("u1", "late", 20), ("u1", "early", 3), ("u1", "never", 0)]
    for order in itertools.permutations(rows):
        assert counts(ch.Portfolio(model_of(), users=users(*order), use=use(("u1", 1)))) == {"late": 1.0}
    tied = users(("u1", "one", 3), ("u1", "two", 3))
    assert counts(ch.Portfolio(model_of(), users=tied, use=use(("u1", 1)))) == {"two": 1.0}
    ordered = tied.append_column("seq", pa.array([2, 1]))
    model = model_of({**USERS, "order": "seq"})
    assert counts(ch.Portfolio(model, users=ordered, use=use(("u1", 1)))) == {"one": 1.0}
    without = model_of({key: value for key, value in USERS.items() if key != "known"})
    assert counts(ch.Portfolio(without, users=users(*rows), use=use(("u1", 1)))) == {"never": 1.0}


def test_a_key_without_a_row_is_an_orphan_until_one_is_appended() -> None:
    portfolio = ch.Portfolio(
        model_of(), users=users(("u1", "acme", 1)), use=use(("u1", 1), ("u9", 2), ("u8", 3), ("u9", 4))
    )
    assert counts(portfolio) == {"acme": 1.0}
    (found,) = (row for row in portfolio.quality().to_pylist() if row["check"] == "orphans")
    assert (found["table"], found["rows"], found["first_row"], found["example"]) == ("use", 3, 1, "key u9")
    assert found["meaning"].startswith("2 keys stand here and not in users")
    portfolio.append(users=users(("u9", "beta", 1)))
    assert counts(portfolio) == {"acme": 1.0, "beta": 2.0}
    (found,) = (row for row in portfolio.quality().to_pylist() if row["check"] == "orphans")
    assert (found["rows"], found["example"]) == (1, "key u8")
    with pytest.raises(
        ch.DataError, match=r"use\.user\[1\] \(key u9\): 3 rows of keys that the table of keys does not"
    ):
        ch.Portfolio(
            model_of(),
            users=users(("u1", "acme", 1)),
            use=use(("u1", 1), ("u9", 2), ("u8", 3), ("u9", 4)),
            strict="all",
        )


def test_keys_that_were_never_given() -> None:
    portfolio = ch.Portfolio(model_of(), use=use(("u1", 1)))
    assert counts(portfolio) == {}
    checks = portfolio.quality()["check"].to_pylist()
    assert "orphans" in checks
    assert "table_not_given" in checks


def test_nulls_and_empty_texts() -> None:
    given = users(("u1", "acme", 1), (None, "beta", 1), ("", "beta", 1), ("u2", None, 2), ("u2", "acme", 1))
    portfolio = ch.Portfolio(model_of(), users=given, use=use(("u1", 1), (None, 1), ("", 2), ("u2", 3)))
    assert counts(portfolio) == {"acme": 2.0}
    found = {(row["table"], row["check"]): (row["rows"], row["first_row"]) for row in portfolio.quality().to_pylist()}
    assert found["users", "null_key"] == (2, 1)
    assert found["users", "null_account"] == (1, 3)
    assert found["use", "null_account"] == (2, 1)
    with pytest.raises(ch.DataError, match=r"users\.user\[1\]: 2 rows without a key"):
        ch.Portfolio(model_of(), users=users(("u1", "a", 1), (None, "b", 1), ("", "b", 1)), strict=True)


def test_however_the_tables_arrive_the_answers_are_the_same() -> None:
    random = np.random.default_rng(11)
    names = [f"u{i}" for i in range(30)]
    people = users(
        *((names[random.integers(30)], f"c{random.integers(6)}", int(day)) for day in random.permutation(25) + 1)
    )
    rows = use(*((names[random.integers(30)], int(random.integers(1, 20))) for _ in range(200)))
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {
                "users": USERS,
                "use": EVENTS,
                "states": {
                    "kind": "states",
                    "account": "user",
                    "through": {"table": "users"},
                    "time": "t",
                    "key": "user",
                },
                "terms": {
                    "kind": "intervals",
                    "account": "user",
                    "through": {"table": "users"},
                    "start": "t",
                    "end": "t",
                    "key": "user",
                },
            },
            "metrics": {
                "n": {"from": "use", "agg": "count"},
                "first": {"from": "use", "agg": "first", "of": "v"},
                "last": {"from": "use", "agg": "last", "of": "v"},
                "held": {"from": "states", "agg": "sum", "of": "v"},
                "ended": {"from": "terms", "agg": "last", "of": "v", "rows": "ended"},
            },
        }
    )
    frames = {"users": people, "use": rows, "states": rows, "terms": rows}
    whole = ch.Portfolio(model, tables=frames)
    dates = ["2026-06-10", "2026-07-01"]
    expected = whole.score(dates).table
    assert expected.num_rows > 6
    for seed in range(8):
        random = np.random.default_rng(seed)
        begins = dict.fromkeys(frames, 0)
        portfolio = None
        while any(begins[name] < len(frame) for name, frame in frames.items()):
            name = list(frames)[random.integers(4)]
            piece = frames[name].slice(begins[name], int(random.integers(1, 120)))
            begins[name] += len(piece)
            if portfolio is None:
                portfolio = ch.Portfolio(model, tables={name: piece})
            else:
                portfolio.append(tables={name: piece})
        assert portfolio is not None
        assert portfolio.score(dates).table.equals(expected)
        keep = ["table", "check", "rows", "first_row"]
        assert portfolio.quality().select(keep).equals(whole.quality().select(keep))


def test_an_accounts_table_says_who_belongs_and_may_go_by_keys_too() -> None:
    crm = {"kind": "accounts", "account": "domain", "through": {"table": "domains"}, "label": "name"}
    domains = {"kind": "keys", "key": "domain", "account": "id"}
    model = model_of(crm=crm, domains=domains)
    portfolio = ch.Portfolio(
        model,
        users=users(("u1", "acme", 1), ("u2", "zeta", 1)),
        use=use(("u1", 1), ("u2", 2)),
        crm=pa.table({"domain": ["a.com", "b.com"], "name": ["Acme", "Beta"]}),
        domains=pa.table({"domain": ["a.com", "www.a.com"], "id": ["acme", "acme"]}),
    )
    assert counts(portfolio) == {"acme": 1.0}
    found = {(row["table"], row["check"]): row["rows"] for row in portfolio.quality().to_pylist()}
    assert found["use", "orphans"] == 1
    assert found["crm", "orphans"] == 1


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float64(), pa.decimal128(20, 0)], ids=str)
def test_keys_are_ids_on_the_number_line(kind: pa.DataType) -> None:
    given = users((1, "acme", 1), (2, "beta", 1))
    rows = use((1, 1), (2, 2), (2, 3))
    rows = rows.set_column(0, "user", rows["user"].cast(kind))
    assert counts(ch.Portfolio(model_of(), users=given, use=rows)) == {"acme": 1.0, "beta": 2.0}


def test_keys_of_one_table_have_one_type() -> None:
    with pytest.raises(ch.DataError, match=r"use\.user: keys of users are integers here"):
        ch.Portfolio(model_of(), users=users(("1", "acme", 1)), use=use((1, 1)))


def test_rows_of_a_table_of_keys_are_those_that_count() -> None:
    given = users(("u1", "acme", 1), ("u2", "acme", 1), ("u2", "beta", 20))
    portfolio = ch.Portfolio(model_of(), users=given, use=use(("u1", 1)))
    shown = portfolio.rows("users", "2026-06-01").select(["account_id", "user"]).to_pylist()
    assert shown == [{"account_id": "acme", "user": "u1"}, {"account_id": "beta", "user": "u2"}]
    assert portfolio.accounts.to_pylist() == ["acme"]  # a key alone shows nobody


def test_rows_of_nobody_tell_that_the_feed_is_alive() -> None:
    events = {**EVENTS, "stale_after": "7d"}
    portfolio = ch.Portfolio(model_of(events=events), users=users(("u1", "acme", 1)), use=use(("u1", 1), ("u9", 20)))
    assert counts(portfolio, "2026-06-22") == {"acme": 1.0}
    assert counts(portfolio, "2026-06-29") == {"acme": None}


def test_files_and_pandas(tmp_path: Path) -> None:
    given, rows = users(("007", "acme", 1), ("7", "beta", 1)), use(("007", 1), ("7", 2), ("7", 3))
    given.to_pandas().to_csv(tmp_path / "users.csv", index=False)
    rows.to_pandas().to_csv(tmp_path / "use.csv", index=False)
    both = {"users": tmp_path / "users.csv", "use": tmp_path / "use.csv"}
    for sources in (both, {**both, "use": rows.to_pandas()}, {**both, "users": given}):
        assert counts(ch.Portfolio(model_of(), tables=sources)) == {"acme": 1.0, "beta": 2.0}


def test_integer_keys_settle_those_of_text_files(tmp_path: Path) -> None:
    given, rows = users((7, "acme", 1), (8, "beta", 1)), use((7, 1), (8, 2), (8, 3))
    rows = rows.set_column(2, "v", rows["v"].cast(pa.int64()))  # 1.0 is a text where cells of a file tell
    pd.DataFrame(given.to_pandas()).to_csv(tmp_path / "users.csv", index=False)
    pd.DataFrame(rows.to_pandas()).to_csv(tmp_path / "use.csv", index=False)
    assert counts(ch.Portfolio(model_of(), users=given, use=tmp_path / "use.csv")) == {"acme": 1.0, "beta": 2.0}
    portfolio = ch.Portfolio(model_of(), users=tmp_path / "users.csv", use=rows)
    assert counts(portfolio) == {"acme": 1.0, "beta": 2.0}
    portfolio.append(use=tmp_path / "use.csv")
    assert counts(portfolio) == {"acme": 2.0, "beta": 4.0}


def test_what_a_model_may_not_say() -> None:
    with pytest.raises(ch.ModelError, match=r"tables\.use\.through\.table: no table 'user' in the model; did you mean"):
        model_of(events={**EVENTS, "through": {"table": "user"}})
    with pytest.raises(ch.ModelError, match=r"tables\.use\.through\.table: 'use' is no table of keys"):
        model_of(events={**EVENTS, "through": {"table": "use"}})
    with pytest.raises(ch.ModelError, match=r"tables\.users\.account: needs 'key', which is not given"):
        model_of(users={"kind": "keys", "account": "company"})
    with pytest.raises(ch.ModelError, match=r"tables\.users\.through: does not go with kind 'keys'"):
        model_of(users={**USERS, "through": {"table": "users"}})
    with pytest.raises(ch.ModelError, match=r"a metric cannot be taken from a table of keys"):
        ch.Model.parse({"format": 1, "tables": {"users": USERS}, "metrics": {"n": {"from": "users", "agg": "count"}}})


@pytest.mark.parametrize("ids", [pa.array([], pa.int64()), pa.array([None], pa.int64())])
def test_ids_that_nobody_has_are_of_the_type_of_their_column_in_whatever_order_tables_come(ids: pa.Array) -> None:
    """A table of keys without a row that counts says what ids are all the same, and settles nothing."""
    keys = pa.table(
        {"user": pa.array(["u"] * len(ids), pa.string()), "company": ids, "at": pa.nulls(len(ids), pa.timestamp("us"))}
    )
    one = ch.Portfolio(model_of(), users=keys, use=use(("u1", 1)))
    two = ch.Portfolio(model_of(), users=keys)
    two.append(use=use(("u1", 1)))
    three = ch.Portfolio(model_of(), use=use(("u1", 1)))
    three.append(users=keys)
    for portfolio in (one, two, three):
        table = portfolio.score("2026-07-01").table
        assert (table.num_rows, table.schema.field("account_id").type) == (0, pa.int64())
    two.append(users=users(("u1", "acme", 1)))
    assert counts(two) == {"acme": 1}
