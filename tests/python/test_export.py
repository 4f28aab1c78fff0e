"""Lists for other systems: the same play has the same id in every file, on every run, whatever is asked for."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from lives import day, document, portfolio, weeks

PLAYS = {
    "quiet": {"when": "v < 5", "cooldown": "21d", "message": "»{v}«, so call", "evidence": ["v"]},
    "loud": {"when": "v > 20", "closes": "v < 10"},
}


def loaded(threads: int | None = None) -> ch.Portfolio:
    rng = random.Random(3)
    values = {f"a{k}": [rng.choice([1, 3, 9, 12, 25, None]) for _ in range(20)] for k in range(50)}
    made = portfolio(values, plays=PLAYS)
    made._loaded.threads = threads or 0
    return made


def keys(table: pa.Table) -> dict[tuple[Any, ...], str]:
    """Of each play that opened at a tick its id."""
    names = ["play", "account_id", "opened"]
    return {tuple(row[name] for name in names): row["id"] for row in table.to_pylist()}


def test_ids_are_the_same_whatever_is_asked_for_and_with_any_threads() -> None:
    first = loaded()
    expected = keys(first.plays(day(7 * 19), closed=True))
    assert len(expected) > 100
    assert len(set(expected.values())) == len(expected)
    assert keys(first.plays(weeks(20), closed=True)) == expected
    for one in (loaded(), loaded(threads=1), loaded(threads=2)):
        for as_of in (day(7 * 19), day(7 * 12 + 3), day(7 * 12)):
            some = {key: id_ for key, id_ in keys(one.plays(as_of, closed=True)).items() if key in expected}
            assert some.items() <= expected.items()
            assert some


def test_an_upload_that_is_repeated_doubles_nothing() -> None:
    """What a CRM holds, keyed by id, after the lists of three nights, one of them sent twice."""
    one, held = loaded(), dict[str, Any]()
    for as_of in (day(70), day(77), day(77), day(84)):
        held |= {row["id"]: row["closed"] for row in one.plays(as_of, closed=True).to_pylist()}
    assert held == {row["id"]: row["closed"] for row in one.plays(day(84), closed=True).to_pylist()}


def test_a_process_of_its_own_gives_the_same_ids() -> None:
    script = (
        "import sys, json; sys.path.insert(0, 'tests/python'); import test_export as t; "
        "print(json.dumps(t.loaded().plays(t.day(70))['id'].to_pylist()))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == loaded().plays(day(70))["id"].to_pylist()


def test_files_of_every_kind_hold_the_same_rows(tmp_path: Path) -> None:
    plays = loaded().plays(day(70), closed=True)
    for name in ("plays.csv", "plays.jsonl", "deep/er/plays.parquet", "plays.arrow"):
        ch.write(plays, tmp_path / name)
    ids = plays["id"].to_pylist()
    lines = [json.loads(line) for line in (tmp_path / "plays.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ids
    assert lines[0]["opened"] == plays["opened"][0].as_py().isoformat().replace("+00:00", "Z")
    assert [line["message"] for line in lines] == plays["message"].to_pylist()
    assert pq.read_table(tmp_path / "deep/er/plays.parquet")["id"].to_pylist() == ids
    assert pa.feather.read_table(tmp_path / "plays.arrow")["id"].to_pylist() == ids
    assert pa.csv.read_csv(tmp_path / "plays.csv")["id"].to_pylist() == ids
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "plays.arrow", "plays.csv", "plays.jsonl"]


def test_a_file_is_replaced_and_one_that_cannot_be_written_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "plays.jsonl"
    ch.write(pa.table({"id": ["a"]}), path)
    ch.write(pa.table({"id": ["b"]}), path)
    assert path.read_text() == '{"id": "b"}\n'
    with pytest.raises(ch.DataError, match="a value of type bytes is nothing that JSON can hold"):
        ch.write(pa.table({"id": [b"bytes"]}), path)
    assert path.read_text() == '{"id": "b"}\n'
    assert list(tmp_path.iterdir()) == [path]


def test_a_panel_is_written_too(tmp_path: Path) -> None:
    panel = loaded().score(day(70))
    ch.write(panel, tmp_path / "panel.parquet")
    assert pq.read_table(tmp_path / "panel.parquet")["v"].equals(panel.table["v"])


def test_a_kind_that_is_not_known_is_said(tmp_path: Path) -> None:
    with pytest.raises(ch.DataError, match=r"expected a \.parquet, \.csv, \.jsonl or \.arrow file, got .*plays\.xls"):
        ch.write(pa.table({"id": ["a"]}), tmp_path / "plays.xls")


# --- who must not be addressed now ------------------------------------------------------------------------------------


def test_whoever_must_not_be_addressed_now_has_no_new_plays() -> None:
    """An urgent ticket that is open, a question asked within 30 days, no contract: one cohort, named by every play."""
    made = document(
        tables={
            "given": {"kind": "states", "account": "id", "time": "at"},
            "accounts": {"kind": "accounts", "account": "id"},
            "tickets": {"kind": "intervals", "account": "id", "start": "at", "end": "until", "end_known": "at_end"},
            "asked": {"kind": "events", "account": "id", "time": "at"},
            "contracts": {"kind": "intervals", "account": "id", "start": "at", "end": "until"},
        },
        metrics={
            "v": {"from": "given", "agg": "last", "of": "value"},
            "open_urgent": {"from": "tickets", "agg": "count", "where": "severity = 1"},
            "asked_30d": {"from": "asked", "agg": "count", "window": "30d"},
            "contracts_now": {"from": "contracts", "agg": "count"},
        },
        cohorts={
            "leave_alone": {"when": "coalesce(open_urgent, 0) > 0 or asked_30d > 0 or coalesce(contracts_now, 0) = 0"}
        },
        plays={"call": {"when": "v < 5", "unless": "leave_alone"}, "any": {"when": "v < 5"}},
    )

    def instants(*days: float | None) -> pa.Array:
        return pa.array([None if n is None else day(n) for n in days], pa.timestamp("us", "UTC"))

    names = ["ticket", "mild", "asked", "former", "free"]
    one = ch.Portfolio(
        ch.Model.parse(made),
        given=pa.table({"id": names, "at": instants(*[-1.0] * 5), "value": [1.0] * 5}),
        accounts=pa.table({"id": names}),
        tickets=pa.table(
            {"id": ["ticket", "mild"], "at": instants(-3, -3), "until": instants(10, 40), "severity": [1, 2]}
        ),
        asked=pa.table({"id": ["asked"], "at": instants(-10)}),
        contracts=pa.table({"id": names, "at": instants(*[-400.0] * 5), "until": instants(500, 500, 500, -30, 500)}),
    )

    def called(as_of: float) -> dict[str, Any]:
        rows = one.plays(day(as_of), closed=True).to_pylist()
        return {row["account_id"]: row["opened"] for row in rows if row["play"] == "call"}

    assert called(0) == {"mild": day(0), "free": day(0)}
    # Once the ticket is closed and thirty days are over, the next tick opens what was held back.
    assert called(28) == {"mild": day(0), "free": day(0), "ticket": day(14), "asked": day(21)}
    assert one.plays(day(0)).filter(pa.compute.equal(one.plays(day(0))["play"], "any")).num_rows == 5
    found = one.replay(day(-7), day(28), vary={"call": {"unless": [None]}}).summary
    assert [row["openings"] for row in found.to_pylist() if row["play"] == "call"] == [4, 5]


def test_a_kind_is_known_by_its_ending_in_capitals_too(tmp_path: Path) -> None:
    table = pa.table({"id": ["ä"], "at": pa.array([day(0.5)], pa.timestamp("us", "UTC")), "n": [1.5]})
    for name in ("A.JSONL", "A.CSV", "A.Parquet", "A.IPC", "A.Feather"):
        ch.write(table, tmp_path / name)
    assert (tmp_path / "A.JSONL").read_text(encoding="utf-8") == '{"id": "ä", "at": "2026-01-05T12:00:00Z", "n": 1.5}\n'
    assert pq.read_table(tmp_path / "A.Parquet").equals(table)
    for name in ("A.IPC", "A.Feather"):
        assert pa.feather.read_table(tmp_path / name).equals(table)
    assert pa.csv.read_csv(tmp_path / "A.CSV")["n"].to_pylist() == [1.5]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A.CSV", "A.Feather", "A.IPC", "A.JSONL", "A.Parquet"]


def test_an_arrow_file_is_not_compressed_so_that_it_can_be_mapped(tmp_path: Path) -> None:
    ch.write(pa.table({"id": ["a" * 1000] * 100}), tmp_path / "a.arrow")
    assert (tmp_path / "a.arrow").stat().st_size > 100_000


def test_without_rows_a_file_of_lines_is_empty(tmp_path: Path) -> None:
    ch.write(pa.table({"id": pa.array([], pa.string())}), tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == b""
