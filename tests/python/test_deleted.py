"""`deleted` as sources write it, and accounts that are taken out and come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

STATES = {"kind": "states", "account": "a", "time": "t", "key": "a", "deleted": "gone"}
SEATS = {"seats": {"from": "s", "agg": "sum", "of": "seats"}}
JUNE = datetime(2026, 6, 1)


def seats_of(gone: pa.Array | list[Any]) -> list[float | None]:
    model = ch.Model.parse({"format": 1, "tables": {"s": STATES}, "metrics": SEATS})
    table = pa.table({"a": ["acme", "beta"], "t": [JUNE] * 2, "seats": [5, 3], "gone": gone})
    got = ch.Portfolio(model, s=table).score("2026-07-01").table
    seats = dict(zip(got["account_id"].to_pylist(), got["seats"].to_pylist(), strict=True))
    return [seats.get("acme"), seats.get("beta")]


@pytest.mark.parametrize("yes", ["true", "True", "TRUE", "t", "T", "yes", "Yes", "y", "Y", "1"])
@pytest.mark.parametrize("no", ["false", "FALSE", "f", "no", "No", "n", "N", "0", "", None])
def test_words_say_it(yes: str, no: str | None) -> None:
    assert seats_of([no, yes]) == [5.0, None]
    assert seats_of(pa.array([no, yes]).dictionary_encode()) == [5.0, None]
    assert seats_of(pa.array([yes, no], pa.string_view())) == [None, 3.0]


def test_blanks_around_a_word_say_nothing() -> None:
    assert seats_of([" false", "true\t"]) == [5.0, None]
    assert seats_of(pa.array(["N ", "\nY"]).dictionary_encode()) == [5.0, None]


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.uint16(), pa.float64(), pa.decimal128(21, 1)], ids=str)
def test_one_and_zero_say_it(kind: pa.DataType) -> None:
    assert seats_of(pa.array([0, 1]).cast(kind)) == [5.0, None]
    assert seats_of(pa.array([1, None]).cast(kind)) == [None, 3.0]


@pytest.mark.parametrize(
    ("cells", "shown"),
    [(["no", "maybe"], "'maybe'"), ([0, 2], "2"), ([0.0, 0.5], "0.5"), (["no", " "], "' '"), (["no", "-1"], "'-1'")],
)
def test_anything_else_names_its_cell(cells: list[Any], shown: str) -> None:
    with pytest.raises(ch.DataError, match=rf"s\.gone\[1\]: {shown} does not say whether the row is deleted") as caught:
        seats_of(cells)
    assert (caught.value.table, caught.value.column, caught.value.row) == ("s", "gone", 1)
    with pytest.raises(ch.DataError, match="expected true or false"):
        seats_of(pa.array(cells).dictionary_encode())


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ('"True"', '"False"'),
        ('"Y"', '"N"'),
        ('"1"', '"0"'),
        ("1", "0"),
        ("true", "false"),
        ('" t"', '""'),
        ('"yes"', "null"),
    ],
)
def test_json_says_it_in_words(tmp_path: Path, yes: str, no: str) -> None:
    rows = [
        f'{{"a": "{a}", "t": "2026-06-01", "seats": 5, "gone": {gone}}}' for a, gone in (("acme", no), ("beta", yes))
    ]
    for name, text in (("s.jsonl", "\n".join(rows)), ("s.json", f"[{', '.join(rows)}]")):
        (tmp_path / name).write_text(text)
        model = ch.Model.parse({"format": 1, "tables": {"s": STATES}, "metrics": SEATS})
        got = ch.Portfolio(model, s=tmp_path / name).score("2026-07-01").table
        seats = dict(zip(got["account_id"].to_pylist(), got["seats"].to_pylist(), strict=True))
        assert (seats["acme"], seats.get("beta")) == (5.0, None)


def test_json_may_say_it_in_several_ways(tmp_path: Path) -> None:
    cells = ("false", '"N"', "0", "null", '"yes"', "true", "1")
    lines = [f'{{"a": "{i}", "t": "2026-06-01", "seats": 1, "gone": {cell}}}' for i, cell in enumerate(cells)]
    (tmp_path / "s.jsonl").write_text("\n".join(lines))
    model = ch.Model.parse({"format": 1, "tables": {"s": STATES}, "metrics": SEATS})
    got = ch.Portfolio(model, s=tmp_path / "s.jsonl").score("2026-07-01").table
    assert [row["account_id"] for row in got.to_pylist() if row["seats"]] == ["0", "1", "2", "3"]


def test_json_that_says_something_else_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"a": "acme", "t": "2026-06-01", "seats": 5, "gone": "Active"}')
    model = ch.Model.parse({"format": 1, "tables": {"s": STATES}, "metrics": SEATS})
    with pytest.raises(ch.DataError, match=r"s\.gone\[0\] \(line 1 of .*\): 'Active' is not true or false \(t, f, yes"):
        ch.Portfolio(model, s=tmp_path / "s.jsonl")
    other = {"from": "s", "agg": "count", "where": "gone"}
    plain = {role: column for role, column in STATES.items() if role != "deleted"}
    model = ch.Model.parse({"format": 1, "tables": {"s": plain}, "metrics": {"n": other}})
    (tmp_path / "s.jsonl").write_text('{"a": "acme", "t": "2026-06-01", "seats": 5, "gone": "true"}')
    with pytest.raises(ch.DataError, match='"true" is a text; expected true or false'):
        ch.Portfolio(model, s=tmp_path / "s.jsonl")


def test_text_files_say_it_in_words(tmp_path: Path) -> None:
    model = ch.Model.parse({"format": 1, "tables": {"s": STATES}, "metrics": SEATS})
    for yes, no in (("Y", "N"), ("1", "0"), ("True", "False"), ("t", "")):
        (tmp_path / "s.csv").write_text(f"a,t,seats,gone\nacme,2026-06-01,5,{no}\nbeta,2026-06-01,3,{yes}\n")
        got = ch.Portfolio(model, s=tmp_path / "s.csv").score("2026-07-01").table
        assert got.select(["account_id", "seats"]).to_pylist()[0] == {"account_id": "acme", "seats": 5.0}
        assert got["seats"].to_pylist()[1:] in ([], [None])


ACCOUNTS = {"kind": "accounts", "account": "id", "known": "at", "deleted": "gone"}
EVENTS = {"kind": "events", "account": "id", "time": "t"}


def portfolio_of(accounts: list[tuple[str, datetime | None, bool]]) -> ch.Portfolio:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"crm": ACCOUNTS, "use": EVENTS},
            "metrics": {"n": {"from": "use", "agg": "count"}, "plan": {"formula": "crm.plan"}},
        }
    )
    ids, at, gone = (list(column) for column in zip(*accounts, strict=True))
    crm = pa.table({"id": ids, "at": pa.array(at, pa.timestamp("us")), "gone": gone, "plan": ["x"] * len(ids)})
    use = pa.table({"id": ["a", "b"], "t": [datetime(2026, 1, 2)] * 2})
    return ch.Portfolio(model, crm=crm, use=use)


def listed(portfolio: ch.Portfolio, day: datetime) -> list[str]:
    return [str(name) for name in portfolio.score(day).table["account_id"].to_pylist()]


def test_a_deleted_account_does_not_belong_until_a_later_row_brings_it_back() -> None:
    rows = [
        ("a", datetime(2026, 1, 1), False),
        ("b", datetime(2026, 1, 1), False),
        ("b", datetime(2026, 3, 1), True),
        ("b", datetime(2026, 5, 1), False),
    ]
    for order in (rows, rows[::-1]):
        portfolio = portfolio_of(order)
        assert listed(portfolio, datetime(2026, 3, 1)) == ["a", "b"]  # what is known at an as-of is not known before
        assert listed(portfolio, datetime(2026, 3, 1) + timedelta(microseconds=1)) == ["a"]
        assert listed(portfolio, datetime(2026, 5, 1)) == ["a"]
        assert listed(portfolio, datetime(2026, 5, 2)) == ["a", "b"]
        assert [row["account_id"] for row in portfolio.rows("crm", "2026-04-01").to_pylist()] == ["a"]
        assert "orphans" not in portfolio.quality()["check"].to_pylist()


def test_a_deletion_without_known_holds_before_all_others() -> None:
    portfolio = portfolio_of([("a", None, True), ("b", None, False), ("a", datetime(2026, 5, 1), False)])
    assert listed(portfolio, datetime(2026, 4, 1)) == ["b"]
    assert listed(portfolio, datetime(2026, 6, 1)) == ["a", "b"]


def test_deleted_needs_known_on_accounts_and_key_elsewhere() -> None:
    def parse(table: dict[str, Any]) -> None:
        ch.Model.parse({"format": 1, "tables": {"t": table}})

    with pytest.raises(ch.ModelError, match=r"tables\.t\.deleted: needs 'known', which is not given"):
        parse({"kind": "accounts", "account": "id", "deleted": "gone"})
    with pytest.raises(ch.ModelError, match=r"tables\.t\.deleted: needs 'key', which is not given"):
        parse({"kind": "events", "account": "id", "time": "t", "deleted": "gone"})
