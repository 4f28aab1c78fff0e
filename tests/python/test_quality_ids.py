"""Ids of one account in several spellings, or several in one cell: what quality() says, and where it is silent."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from findings import findings, model_of

EVENTS = {"kind": "events", "account": "id", "time": "at"}
ACCOUNTS = {"kind": "accounts", "account": "id"}
# Two records whose ids differ by case alone, as Salesforce gives them.
FIFTEEN = ["0018d00000XyzAB", "0018d00000XyzAb"]


def eighteen(record: str) -> str:
    """With the three characters that say which are upper case, five a character."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    chunks = [record[at : at + 5] for at in (0, 5, 10)]
    return record + "".join(digits[sum(c.isupper() << i for i, c in enumerate(chunk))] for chunk in chunks)


def rows(*ids: str | None) -> pa.Table:
    return pa.table({"id": ids, "at": [datetime(2026, 1, 1 + i % 28) for i in range(len(ids))]})


def told(table: str, found: dict[str, dict[str, Any]], check: str = "ids_spelled_alike") -> tuple[int, int, str]:
    row = found[f"{table}: {check}"]
    return row["rows"], row["first_row"], row["example"]


def alike(one: list[str], other: list[str]) -> dict[str, dict[str, Any]]:
    return findings(model_of(deals=EVENTS, cases=EVENTS), deals=rows(*one), cases=rows(*other))


# --- spellings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("acme", "ACME", "by case"),
        ("acme", "Acme", "by case"),
        ("müller ag", "MÜLLER AG", "by case"),
        ("ђавол", "ЂАВОЛ", "by case"),
        ("łódź", "ŁÓDŹ", "by case"),
        ("acme", "acme ", "by blanks"),
        ("acme", "\t acme\r\n", "by blanks"),
        ("acme", "\u00a0acme", "by blanks"),
        ("acme ag", "acme  ag", "by blanks"),
        ("acme ag", "acme\u00a0ag", "by blanks"),
        ("acme ag", "Acme\tAG ", "by case, by blanks"),
        ("acme", " Acme", "by case, by blanks"),
        (FIFTEEN[0], eighteen(FIFTEEN[0]), "as 15 and 18 characters of Salesforce"),
        (FIFTEEN[0], FIFTEEN[0] + " ", "by blanks"),
        (eighteen(FIFTEEN[0]), eighteen(FIFTEEN[0]).lower(), "by case"),
    ],
)
def test_one_id_in_two_spellings_is_told(one: str, other: str, how: str) -> None:
    found = alike([one, "zeta"], ["zeta", other, other])
    assert list(found) == ["cases: ids_spelled_alike"]
    assert told("cases", found) == (2, 1, f"account '{other}', and '{one}' in deals")
    assert found["cases: ids_spelled_alike"]["meaning"].startswith(
        f"1 account here differs from another only {how}: each spelling is an account of its own"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("acme", "acme1"),
        ("acme ag", "acmeag"),
        ("acme", "ácme"),
        ("1×", "1÷"),
        (FIFTEEN[0], FIFTEEN[1]),  # two records
        (eighteen(FIFTEEN[0]), eighteen(FIFTEEN[1])),
        (FIFTEEN[0], FIFTEEN[0] + "AAA"),  # not what its case gives
        (FIFTEEN[0], eighteen(FIFTEEN[1])),
        ("abcdefghijklmno", "abcdefghijklmnopqr"),
    ],
)
def test_ids_that_differ_otherwise_are_not_told(one: str, other: str) -> None:
    assert alike([one, "zeta"], ["zeta", other]) == {}


def test_every_record_of_salesforce_finds_its_other_length() -> None:
    records = ["".join(("0015g00000", *letters)) for letters in itertools.product("aA", "bB", "cC", "dD", "eE")]
    found = alike(records, [eighteen(record) for record in records])
    assert told("cases", found)[:2] == (32, 0)
    assert found["cases: ids_spelled_alike"]["meaning"].startswith("32 accounts here differ from another only as 15")
    assert eighteen("0015g00000AbcDe") == "0015g00000AbcDeAAJ"


def test_the_spelling_that_counts_is_that_of_the_accounts_then_of_most_tables() -> None:
    roles = {"accounts": ACCOUNTS, "deals": EVENTS, "cases": EVENTS}
    listed = pa.table({"id": ["ACME", "zeta"]})
    found = findings(model_of(**roles), accounts=listed, deals=rows("acme", "zeta"), cases=rows("acme", "acme", "nil"))
    assert told("deals", found) == (1, 0, "account 'acme', and 'ACME' in accounts")
    assert told("cases", found) == (2, 0, "account 'acme', and 'ACME' in accounts")
    assert found["deals: orphans"]["meaning"].endswith(
        "; 1 account of them stands there in another spelling (ids_spelled_alike)"
    )
    assert found["cases: orphans"]["rows"] == 3
    three = {"deals": EVENTS, "cases": EVENTS, "calls": EVENTS}
    found = findings(model_of(**three), deals=rows("ACME"), cases=rows("acme"), calls=rows("acme"))
    assert {name: row["example"] for name, row in found.items()} == {
        "deals: ids_spelled_alike": "account 'ACME', and 'acme' in cases"
    }


def test_spellings_in_one_table_are_told_too() -> None:
    found = findings(model_of(deals=EVENTS), deals=rows("zeta", "acme", "Acme", "acme", "ACME "))
    assert told("deals", found) == (3, 1, "account 'acme', and 'ACME ' in deals")


def test_tokens_in_which_case_tells_accounts_apart_are_not_told() -> None:
    tokens = [f"{a}{b}{n}" for n in range(10) for a, b in itertools.product(("q", "Q", "w"), ("x", "X", "zK", "Zk"))]
    assert len(tokens) > 100
    assert findings(model_of(deals=EVENTS, cases=EVENTS), deals=rows(*tokens), cases=rows(*tokens)) == {}
    few = ["qX1", "Qx1"]
    assert list(findings(model_of(deals=EVENTS), deals=rows(*few))) == ["deals: ids_spelled_alike"]


def test_integers_and_rows_that_do_not_exist_have_no_spelling() -> None:
    numbers = pa.table({"id": [302, 303], "at": [datetime(2026, 1, 1)] * 2})
    assert findings(model_of(deals=EVENTS), deals=numbers) == {}
    unborn = pa.table({"id": ["acme", "ACME"], "at": pa.array([datetime(2026, 1, 1), None], pa.timestamp("us"))})
    assert list(findings(model_of(deals=EVENTS), deals=unborn)) == ["deals: null_time"]


# --- keys -------------------------------------------------------------------------------------------------------------

KEYED = EVENTS | {"key": "deal"}


def keyed(*keys: str | None) -> pa.Table:
    return rows(*["acme"] * len(keys)).append_column("deal", pa.array(keys, pa.string()))


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("C-1", "c-1", "by case"),
        ("c-1", "c-1 ", "by blanks"),
        ("0068d00000XyzAB", eighteen("0068d00000XyzAB"), "as 15 and 18 characters of Salesforce"),
    ],
)
def test_one_key_in_two_spellings_is_told(one: str, other: str, how: str) -> None:
    for kind in ({}, {"kind": "intervals", "start": "at", "end": "until"}):
        roles = {key: value for key, value in (KEYED | kind).items() if not kind or key != "time"}
        deals = keyed("z", one, one, other, None, other)
        deals = deals.append_column("until", pa.nulls(6, pa.timestamp("us")))
        found = findings(model_of(deals=roles), deals=deals)
        assert list(found) == ["deals: keys_spelled_alike"]
        assert told("deals", found, "keys_spelled_alike") == (2, 3, f"key '{other}', and '{one}' before")
        assert found["deals: keys_spelled_alike"]["meaning"].startswith(f"1 key differs from another only {how}: their")


def test_keys_of_integers_and_of_states_have_no_spelling() -> None:
    assert findings(model_of(deals=KEYED | {"kind": "states"}), deals=keyed("Owner", "owner")) == {}
    numbers = rows("acme", "acme").append_column("deal", pa.array([1, 2]))
    assert findings(model_of(deals=KEYED), deals=numbers) == {}
    tokens = [f"{a}{n}{b}" for n in range(60) for a, b in (("q", "X"), ("Q", "x"))]
    assert findings(model_of(deals=KEYED), deals=keyed(*tokens)) == {}


# --- several ids in a cell --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "joined", "part"),
    [
        (["301", "302;303", "303"], "302;303", "303"),
        (["301", "302; 301"], "302; 301", "301"),
        (["acme;zeta", "zeta"], "acme;zeta", "zeta"),
        (["302|303|304", "304"], "302|303|304", "304"),
        (["302,303", "302"], "302,303", "302"),
        (["302, 303", "302"], "302, 303", "302"),
        (["acme, zeta", "zeta", "acme"], "acme, zeta", "acme"),
        (["acme|zeta", "zeta", "acme"], "acme|zeta", "acme"),
        (["302;", "302;302", "302"], "302;302", "302"),
        (["301", "[301, 302]"], "[301, 302]", "301"),
        (["acme", '["zeta","acme"]'], '["zeta","acme"]', "acme"),
        (["301", "{301,302}"], "{301,302}", "301"),
        (["acme", "acme\nzeta"], "acme\nzeta", "acme"),
        (["acme", "zeta\tacme"], "zeta\tacme", "acme"),
    ],
)
def test_ids_that_hold_several_are_told(ids: list[str], joined: str, part: str) -> None:
    found = findings(model_of(deals=EVENTS), deals=rows(*ids))
    assert list(found) == ["deals: joined_ids"]
    assert told("deals", found, "joined_ids") == (1, ids.index(joined), f"account '{joined}', and '{part}' alone")


@pytest.mark.parametrize(
    "ids",
    [
        ["302;303", "304"],
        ["Acme, Inc.", "Acme", "zeta"],
        ["acme|eu", "acme"],
        ["Smith, Jones & Co", "Smith"],
        ["302;", "302"],
        [";", "302"],
        ["a-b", "a", "b"],
        ["a b", "a", "b"],
        ["[302]", "302"],
        ["Acme (Berlin)", "Berlin"],
        ["Acme, (Berlin)", "Acme"],
    ],
)
def test_names_with_a_separator_are_not_told(ids: list[str]) -> None:
    assert findings(model_of(deals=EVENTS), deals=rows(*ids)) == {}


def test_ids_in_a_cell_are_told_of_each_table_in_which_they_stand() -> None:
    roles = {"accounts": ACCOUNTS, "deals": EVENTS, "cases": EVENTS}
    listed = pa.table({"id": ["301", "302", "303"]})
    found = findings(
        model_of(**roles), accounts=listed, deals=rows("301", "302;303", "302", "301|302"), cases=rows("303")
    )
    row = found["deals: joined_ids"]
    assert told("deals", found, "joined_ids") == (2, 1, "account '302;303', and '302' alone")
    assert row["meaning"].startswith("2 accounts here hold several ids with ';' or '|' between them")
    assert "cases: joined_ids" not in found
