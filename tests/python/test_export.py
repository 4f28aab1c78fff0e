"""Lists for other systems: the same play has the same id in every file, on every run, whatever is asked for."""

from __future__ import annotations

import csv
import json
import os
import random
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
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


def test_json_lines_keep_the_digits_of_decimals_and_have_no_number_that_json_lacks(tmp_path: Path) -> None:
    path = tmp_path / "amounts.jsonl"
    exact = [Decimal("1500.40"), Decimal("12345678901234567890.12"), None]
    table = pa.table({"id": ["ä", "b", "c"], "mrr": pa.array(exact, pa.decimal128(38, 2))})
    table = table.append_column("x", [[float("nan"), float("inf"), 0.5]])
    table = table.append_column("all", pa.array([[Decimal("0.1")], [], None], pa.list_(pa.decimal128(3, 1))))
    ch.write(table, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == '{"id": "ä", "mrr": 1500.40, "x": null, "all": [0.1]}'
    read = [json.loads(line, parse_float=Decimal) for line in lines]
    assert [row["mrr"] for row in read] == exact
    assert [row["x"] for row in read] == [None, None, Decimal("0.5")]


def test_a_panel_is_written_too(tmp_path: Path) -> None:
    panel = loaded().score(day(70))
    ch.write(panel, tmp_path / "panel.parquet")
    assert pq.read_table(tmp_path / "panel.parquet")["v"].equals(panel.table["v"])


def test_a_kind_that_is_not_known_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        ch.DataError,
        match=r"expected a \.parquet, \.csv, \.json, \.jsonl, \.arrow, \.xlsx or \.txt file, got .*plays\.xls",
    ):
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


# --- files in the place of others -------------------------------------------------------------------------------------

ONE = pa.table({"id": ["a"]})


def test_a_link_stays_and_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    real, link, second = tmp_path / "deep/2026.csv", tmp_path / "latest.csv", tmp_path / "again.csv"
    real.write_text("old")
    link.symlink_to(real)
    second.symlink_to("latest.csv")
    ch.write(ONE, second)
    assert link.is_symlink()
    assert second.is_symlink()
    assert real.read_text() == '"id"\n"a"\n'
    dangling = tmp_path / "new.csv"
    dangling.symlink_to(tmp_path / "not/yet.csv")
    ch.write(ONE, dangling)
    assert dangling.is_symlink()
    assert (tmp_path / "not/yet.csv").read_text() == real.read_text()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_the_mode_of_a_file_is_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.parquet"
    path.touch()
    path.chmod(mode)
    ch.write(ONE, path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert pq.read_table(path).equals(ONE)


def test_a_new_file_has_the_mode_that_the_process_gives_new_files(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        ch.write(ONE, tmp_path / "a.csv")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o640


@pytest.mark.parametrize("length", [244, 254, 255])
def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path, length: int) -> None:
    path = tmp_path / ("n" * (length - len(".parquet")) + ".parquet")
    ch.write(ONE, path)
    assert pq.read_table(path).equals(ONE)


def test_threads_that_write_one_name_leave_a_whole_file_of_one_of_them(tmp_path: Path) -> None:
    tables = [pa.table({"a": [0.0] * 40_000}), pa.table({"b": [1.0] * 90_000})]
    path = tmp_path / "x.arrow"
    for _ in range(20):
        with ThreadPoolExecutor(4) as pool:
            for written in [pool.submit(ch.write, tables[k % 2], path) for k in range(4)]:
                written.result()
        assert pa.feather.read_table(path) in tables
    assert list(tmp_path.iterdir()) == [path]


WRITE_FOR_EVER = """
import os, sys, time, pyarrow as pa, customerhealth as ch
from unittest import mock
def slow(table, stream):
    stream.write(b"half")
    stream.flush()
    print(os.path.basename(stream.name), flush=True)
    time.sleep(60)
with mock.patch.dict("customerhealth.io.export._WRITE", {".csv": slow}):
    ch.write(pa.table({"id": ["b"]}), sys.argv[1])
"""


def test_what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    run = [sys.executable, "-c", WRITE_FOR_EVER, str(path)]
    writers = [subprocess.Popen(run, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        dead, living = (writer.stdout.readline().strip() for writer in writers if writer.stdout)
        writers[0].kill()
        writers[0].wait(60)
        assert {dead, living} <= {entry.name for entry in tmp_path.iterdir()}
        assert dead != living
        ch.write(ONE, path)
        assert {entry.name for entry in tmp_path.iterdir()} == {"a.csv", living}
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate(timeout=60)
    ch.write(ONE, path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device") as error:
        ch.write(ONE, full)
    assert error.value.filename == str(full)


LIMITED = """
import resource, signal, sys, pyarrow as pa, customerhealth as ch
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    ch.write(pa.table({"a": list(range(100_000))}), sys.argv[1])
except OSError as error:
    print(error.filename, error.strerror)
"""


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.jsonl", "a.arrow"])
def test_a_file_that_becomes_too_large_is_named_and_the_old_one_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("old")
    run = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == f"{path} File too large"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(IsADirectoryError) as error:
        ch.write(ONE, tmp_path / "a.csv")
    assert error.value.filename == str(tmp_path / "a.csv")


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit((tmp_path / "a.csv").read_text)
        ch.write(ONE, tmp_path / "a.csv")
        assert read.result(60) == '"id"\n"a"\n'


# --- spreadsheets -----------------------------------------------------------------------------------------------------


def test_texts_that_a_spreadsheet_would_run_are_made_safe_on_request(tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a=1", "", None, "'=1", "line\n=1"]
    table = pa.table({"t": texts, "=n": [-1.0] * len(texts), "d": pa.array(texts).dictionary_encode()})
    ch.write(table, tmp_path / "plain.csv")
    ch.write(table, tmp_path / "safe.csv", spreadsheet=True)

    def cells(name: str) -> tuple[list[str], list[list[str]]]:
        with (tmp_path / name).open(encoding="utf-8", newline="") as lines:
            head, *rows = csv.reader(lines)
        return head, [list(column) for column in zip(*rows, strict=True)]

    as_read = [text or "" for text in texts]
    assert cells("plain.csv") == (["t", "=n", "d"], [as_read, ["-1"] * len(texts), as_read])
    safe = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "a=1", "", "", "'=1", "line\n=1"]
    assert cells("safe.csv") == (["t", "'=n", "d"], [safe, ["-1"] * len(texts), safe])


def test_only_csv_is_made_safe_for_spreadsheets(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"makes \.csv files safe"):
        ch.write(ONE, tmp_path / "a.parquet", spreadsheet=True)
