"""What a task writes and returns, without Airflow."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

import customerhealth as ch
from customerhealth.airflow.as_of import RunAsOf, as_of_of
from customerhealth.airflow.findings import rules_of
from customerhealth.airflow.partitions import write_as_of
from customerhealth.airflow.scoring import Scoring, is_final
from small import AS_OF, DOCUMENT, document, usage

LOG = logging.getLogger("test")


def scoring(folder: Path, **changes: Any) -> Scoring:
    file = folder / "usage.parquet"
    if not file.exists():
        pq.write_table(usage(), file)
    arguments = {"model": DOCUMENT, "tables": {"usage": str(file)}, "output": str(folder / "scores")}
    return Scoring(**(arguments | changes))  # type: ignore[arg-type]


def run(folder: Path, as_of: str = AS_OF, **changes: Any) -> dict[str, Any]:
    summary, failing = scoring(folder, **changes).run(as_of_of(as_of, {}), LOG)
    assert failing == []
    return summary


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def panel(as_of: Any = AS_OF) -> ch.Panel:
    return ch.Portfolio(ch.Model.parse(DOCUMENT), usage=usage()).score(as_of)


def test_a_partition_holds_what_the_package_gives_and_its_path_the_as_of(tmp_path: Path) -> None:
    run(tmp_path, contributions=("health",), plays=True)
    scores = tmp_path / "scores"
    expected = {"panel": panel().table, "reasons": panel().reasons().table, "plays": panel().plays().table}
    expected["contributions/score=health"] = panel().contributions("health").table
    for name, table in expected.items():
        with pq.ParquetFile(scores / name / f"as_of={AS_OF}" / "part-0.parquet") as file:
            written = file.read()
        assert written.equals(table.drop_columns(["as_of"]))
        assert written.schema.metadata[b"customerhealth.as_of"] == AS_OF.encode()
        assert written.schema.metadata[b"customerhealth.model_digest"] == panel().digest.encode()
    assert len(digests(scores)) == len(expected)


def test_readers_of_folders_find_the_column_as_of(tmp_path: Path) -> None:
    for day in ("2026-07-01", "2026-07-02"):
        run(tmp_path, day)
    folder = str(tmp_path / "scores" / "panel")
    days = ["2026-07-01"] * 3 + ["2026-07-02"] * 3
    assert sorted(map(str, pq.read_table(folder)["as_of"].to_pylist())) == days
    assert sorted(map(str, pd.read_parquet(folder)["as_of"])) == days
    assert sorted(map(str, pl.read_parquet(folder)["as_of"])) == days
    assert sorted(str(row[0]) for row in duckdb.sql(f"select as_of from '{folder}/*/*.parquet'").fetchall()) == days


def test_an_hour_stands_in_the_path_as_hive_writes_it(tmp_path: Path) -> None:
    run(tmp_path, "2026-07-01T06:30:00Z", write=("panel",))
    folder = tmp_path / "scores" / "panel"
    assert [path.name for path in folder.iterdir()] == ["as_of=2026-07-01T06%3A30%3A00Z"]
    assert set(pq.read_table(folder)["as_of"].to_pylist()) == {"2026-07-01T06:30:00Z"}


def test_days_that_are_scored_again_have_the_same_bytes(tmp_path: Path) -> None:
    for day in ("2026-06-29", "2026-06-30", "2026-07-01"):
        run(tmp_path, day, threads=1)
    before = digests(tmp_path / "scores")
    for day in ("2026-07-01", "2026-06-29", "2026-06-30"):
        run(tmp_path, day, threads=2)
    assert len(before) == 6
    assert digests(tmp_path / "scores") == before


def test_a_day_that_is_scored_again_replaces_that_day_alone(tmp_path: Path) -> None:
    run(tmp_path, "2026-06-30"), run(tmp_path)
    before = digests(tmp_path / "scores")
    pq.write_table(usage(("acme", "beta", "yeti")), tmp_path / "usage.parquet")
    run(tmp_path)
    after = digests(tmp_path / "scores")
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == {
        f"panel/as_of={AS_OF}/part-0.parquet",
        f"reasons/as_of={AS_OF}/part-0.parquet",
    }


KILLED = """
import os, signal, sys, pyarrow.parquet as pq
whole = pq.write_table
def half(table, stream, **options):  # the process dies when half of the file is written
    whole(table, stream, **options)
    stream.flush()
    os.truncate(stream.fileno(), os.fstat(stream.fileno()).st_size // 2)
    os.kill(os.getpid(), signal.SIGKILL)
from customerhealth.airflow.as_of import as_of_of
from customerhealth.airflow.scoring import Scoring
import json, logging
pq.write_table = half
Scoring(**json.loads(sys.argv[1])).run(as_of_of("2026-07-01", {}), logging.getLogger())
"""


def test_kill_9_in_the_middle_leaves_the_old_partition(tmp_path: Path) -> None:
    run(tmp_path)
    before = digests(tmp_path / "scores")
    tables = {"usage": str(tmp_path / "usage.parquet")}
    arguments = {"model": DOCUMENT, "tables": tables, "output": str(tmp_path / "scores")}
    done = subprocess.run([sys.executable, "-c", KILLED, json.dumps(arguments)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    left = digests(tmp_path / "scores")
    assert len(left) == len(before) + 1, "the half of a file under another name"
    assert {name: left[name] for name in before} == before
    assert pq.read_table(tmp_path / "scores" / "panel").num_rows == 3, "readers do not see the half"
    run(tmp_path)
    assert digests(tmp_path / "scores") == before, "the next run takes it away"


def test_of_two_attempts_at_once_each_writes_whole_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path)
    before = digests(tmp_path / "scores")
    first_writes, second_is_done = threading.Event(), threading.Event()
    whole = pq.write_table

    def slow(table: pa.Table, path: Path, **options: Any) -> None:
        first_writes.set()
        assert second_is_done.wait(30)
        whole(table, path, **options)

    monkeypatch.setattr(pq, "write_table", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run, tmp_path)
        assert first_writes.wait(30)
        monkeypatch.setattr(pq, "write_table", whole)
        run(tmp_path)
        second_is_done.set()
        assert first.result()["paths"]
    assert digests(tmp_path / "scores") == before


def test_what_a_task_returns_is_small_and_can_be_kept_as_json(tmp_path: Path) -> None:
    summary = run(tmp_path)
    assert json.loads(json.dumps(summary)) == summary
    assert len(json.dumps(summary)) < 2000
    assert summary["grades"] == {"health": {"green": 1, "red": 2}}
    assert {key: summary[key] for key in ("as_of", "as_of_from", "accounts", "digest", "version")} == {
        "as_of": AS_OF,
        "as_of_from": "as_of=",
        "accounts": 3,
        "digest": panel().digest,
        "version": ch.__version__,
    }
    assert list(summary["paths"]) == ["panel", "reasons"]
    assert summary["seconds"] > 0
    assert summary["peak_memory"] > 10_000_000


def test_accounts_without_a_grade_are_counted_as_missing(tmp_path: Path) -> None:
    measures = {"size": {"value": "mean_quantity", "curve": [[0, 0], [10, 100]]}}
    grades = [{"name": "red"}, {"name": "green", "from": 75}]
    summary = run(tmp_path, model=document(scores={"health": {"measures": measures, "grades": grades}}))
    assert summary["grades"] == {"health": {"missing": 1, "red": 2}}


def test_a_finding_that_fails_comes_before_anything_is_written(tmp_path: Path) -> None:
    run(tmp_path)
    before = digests(tmp_path / "scores")
    broken = usage().slice(0, 3).to_pydict() | {"account_id": [None, "acme", None]}
    pq.write_table(pa.table(broken, schema=usage().schema), tmp_path / "usage.parquet")
    summary, failing = scoring(tmp_path, fail_on=rules_of("null_account>1", "")).run(as_of_of(AS_OF, {}), LOG)
    assert len(failing) == 1
    assert failing[0].startswith("usage: null_account in 2 rows, the first is row 0")
    assert summary["quality"]["usage"]["null_account"] == 2
    assert summary["paths"] == {}
    assert digests(tmp_path / "scores") == before
    run(tmp_path, fail_on=rules_of("null_account>2", ""))


@pytest.mark.parametrize(("warn_on", "warned"), [(None, True), ("null_account", True), ("orphans", False), ((), False)])
def test_findings_are_warnings_unless_others_are_named(
    tmp_path: Path, warn_on: Any, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    broken = usage().slice(0, 3).to_pydict() | {"account_id": [None, "acme", None]}
    pq.write_table(pa.table(broken, schema=usage().schema), tmp_path / "usage.parquet")
    run(tmp_path, warn_on=None if warn_on is None else rules_of(warn_on, ""))
    assert any("null_account in 2 rows" in line for line in caplog.messages) == warned


def test_models_and_tables_come_in_the_forms_that_templates_give(tmp_path: Path) -> None:
    run(tmp_path)
    before = digests(tmp_path / "scores")
    file = tmp_path / "model.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    tables = {"usage": str(tmp_path / "usage.parquet")}
    for model in (str(file), file, json.dumps(DOCUMENT), ch.Model.parse(DOCUMENT)):
        run(tmp_path, model=model, tables=json.dumps(tables))
        assert digests(tmp_path / "scores") == before
    run(tmp_path, tables={"usage": usage()})
    assert digests(tmp_path / "scores") == before, "a function may give frames"
    for wrong in ("{", "[]", 7):
        with pytest.raises(ch.DataError, match="tables: expected a dict"):
            run(tmp_path, tables=wrong)
    with pytest.raises(ch.DataError, match="model: expected a file, a preset's name or a document, not a int"):
        run(tmp_path, model=7)


def test_a_part_is_scored_among_the_peers_of_a_file(tmp_path: Path) -> None:
    scores = {"health": {"measures": {"events": {"value": "events", "percentile": {}}}}}
    peers_model = ch.Model.parse(document(scores=scores))
    whole = ch.Portfolio(peers_model, usage=usage())
    peers = whole.peers(AS_OF)
    (tmp_path / "peers").write_bytes(peers.to_bytes())
    part = usage().filter(pa.array([each == "acme" for each in usage()["account_id"].to_pylist()]))
    run(tmp_path, model=peers_model, tables={"usage": part}, peers_path=str(tmp_path / "peers"))
    written = pq.read_table(tmp_path / "scores" / "panel")
    assert written["health"].to_pylist() == whole.score(AS_OF).table["health"].to_pylist()[:1]


def test_a_score_that_the_model_lacks_and_a_day_without_accounts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ch.UnknownNameError, match="contributions: the model has no score 'helth'"):
        run(tmp_path, contributions=("helth",))
    with pytest.raises(ch.DataError, match="no account has a row at 2020-01-01, so nothing is written"):
        run(tmp_path, "2020-01-01")
    with pytest.raises(ch.DataError, match="output: expected a folder, or 'delta:'"):
        run(tmp_path, output="s3://bucket/scores")
    assert not (tmp_path / "scores").exists()


def test_what_a_retry_may_mend_is_tried_again_and_what_it_does_not_is_not(tmp_path: Path) -> None:
    def error(**changes: Any) -> Exception:
        with pytest.raises(ch.Error) as caught:
            run(tmp_path, **changes)
        return caught.value

    assert not is_final(error(tables={"usage": str(tmp_path / "late.parquet")}))
    (tmp_path / "half.parquet").write_bytes((tmp_path / "usage.parquet").read_bytes()[:100])
    assert not is_final(error(tables={"usage": str(tmp_path / "half.parquet")}))
    assert is_final(error(tables={"usage": usage().drop_columns(["at"])}))
    assert is_final(error(tables={"usages": usage()}))
    assert is_final(error(model={"format": 2}))
    broken = usage().slice(0, 1).to_pydict() | {"account_id": [None]}
    assert is_final(error(tables={"usage": pa.table(broken, schema=usage().schema)}, strict=True))
    assert not is_final(OSError("disk"))


# --- Delta ------------------------------------------------------------------------------------------------------------


def delta_rows(place: Path, day: str) -> list[dict[str, Any]]:
    at = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    rows = DeltaTable(str(place)).to_pyarrow_table(filters=[("as_of", "=", at)])
    return sorted(rows.to_pylist(), key=lambda row: row["account_id"])


def test_delta_replaces_one_as_of_in_one_commit(tmp_path: Path) -> None:
    place, output = tmp_path / "lake" / "panel", f"delta:{tmp_path / 'lake'}"
    for day in ("2026-06-30", AS_OF):
        assert run(tmp_path, day, output=output)["paths"]["panel"] == str(place)
    assert DeltaTable(str(place)).version() == 1
    assert delta_rows(place, AS_OF) == panel().table.to_pylist()
    june = delta_rows(place, "2026-06-30")
    pq.write_table(usage(("acme", "beta", "yeti")), tmp_path / "usage.parquet")
    run(tmp_path, output=output)
    assert DeltaTable(str(place)).version() == 2
    assert [row["account_id"] for row in delta_rows(place, AS_OF)] == ["acme", "beta", "yeti"]
    assert delta_rows(place, "2026-06-30") == june
    last = DeltaTable(str(place)).history(1)[0]
    assert last["customerhealth.model_digest"] == panel().digest


def test_delta_tells_the_hours_of_a_day_apart(tmp_path: Path) -> None:
    place, output = tmp_path / "lake" / "panel", f"delta:{tmp_path / 'lake'}"
    for hour in (f"{AS_OF}T06:00:00Z", f"{AS_OF}T06:00:00.000001Z", f"{AS_OF}T06:00:00Z"):
        run(tmp_path, hour, output=output)
    assert DeltaTable(str(place)).to_pyarrow_table().num_rows == 6


def test_delta_takes_the_columns_of_another_model(tmp_path: Path) -> None:
    place, output = tmp_path / "lake" / "panel", f"delta:{tmp_path / 'lake'}"
    run(tmp_path, "2026-06-30", output=output)
    more = document(metrics=DOCUMENT["metrics"] | {"last": {"from": "usage", "agg": "days_since_last"}})
    run(tmp_path, output=output, model=more)
    assert {row["last"] for row in delta_rows(place, "2026-06-30")} == {None}
    assert None not in {row["last"] for row in delta_rows(place, AS_OF)}


def test_delta_takes_a_table_without_rows_and_lets_the_rows_of_before_go(tmp_path: Path) -> None:
    output = f"delta:{tmp_path / 'lake'}"
    at = RunAsOf(1782864000000000, "").micros
    write_as_of(panel().reasons().table, output, ("reasons",), at)
    assert len(delta_rows(tmp_path / "lake" / "reasons", AS_OF)) > 0
    write_as_of(panel().reasons().table.slice(0, 0), output, ("reasons",), at)
    assert delta_rows(tmp_path / "lake" / "reasons", AS_OF) == []


def test_files_are_synced_before_they_get_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def noted_sync(held: int) -> None:
        done.append(f"fsync {os.readlink(f'/proc/self/fd/{held}')}")
        sync(held)

    def noted_replace(path: Path, to: Path) -> Path:
        done.append(f"name {to}")
        return replace(path, to)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    run(tmp_path, write=("panel",))
    folder = tmp_path / "scores" / "panel" / f"as_of={AS_OF}"
    assert done[0].startswith(f"fsync {folder}/.customerhealth-")
    assert done[1:] == [
        f"name {folder / 'part-0.parquet'}",
        *(f"fsync {made}" for made in (folder, folder.parent, folder.parents[1], tmp_path)),
    ]
