"""Tables larger than memory are scored in parts on the command line: the panel of the whole, in its order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command
from customerhealth import out_of_core, parts

AS_OFS = ["2026-01-01", "2026-06-01"]


def world(folder: Path) -> tuple[ch.Model, dict[str, str], pa.Table]:
    """A model that compares accounts, its tables as files, usage as two of them, and the panel of the whole."""
    document = ch.Model.preset("b2b-saas").to_dict()
    document["scores"]["standing"] = {"measures": {"rank": {"value": "health", "percentile": {}}}}
    document["metrics"]["plan"] = {"from": "contracts", "agg": "last", "of": "product", "rows": "any"}
    model = ch.Model.parse(document)
    tables = ch.datasets.simulate(20, "2025-06-01", "2026-07-01").select(model)
    (folder / "usage").mkdir()
    half = tables["usage"].num_rows // 2
    for name, table in tables.items():
        if name != "usage":
            pq.write_table(pa.table(table), folder / f"{name}.parquet")
    for place in range(2):
        pq.write_table(pa.table(tables["usage"]).slice(place * half, None if place else half),
                       folder / "usage" / f"{place}.parquet")  # fmt: skip
    (folder / "model.json").write_text(model.to_json())
    files = {name: str(folder / f"{name}.parquet") for name in tables} | {"usage": str(folder / "usage")}
    return model, files, ch.Portfolio(model, tables=tables).score(AS_OFS).table


def read(file: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    return rows


def test_the_panel_is_that_of_the_whole_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, files, expected = world(tmp_path)
    monkeypatch.setattr(out_of_core, "_ROWS_AT_A_TIME", 3)
    for count in (1, 4):
        out = tmp_path / f"{count}.parquet"
        made = out_of_core.score_out_of_core(
            model, files, AS_OFS, out, tmp_path / f"work {count}", parts=count, workers=1
        )
        assert made == expected.num_rows
        assert read(out) == expected.to_pylist()
        assert pq.read_schema(out).equals(expected.schema, check_metadata=True)


def test_a_run_goes_on_where_one_before_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, files, expected = world(tmp_path)
    work, out, cuts = tmp_path / "work", tmp_path / "out.parquet", []
    cut = parts.cut

    def counted(*args: Any, **options: Any) -> Any:
        cuts.append(1)
        return cut(*args, **options)

    def run(as_ofs: list[str] = AS_OFS, count: int = 3) -> list[int]:
        assert out_of_core.score_out_of_core(model, files, as_ofs, out, work, parts=count, workers=1) > 0
        return [file.stat().st_mtime_ns for file in sorted((work / "scored").glob("part-000[0-2].parquet"))]

    monkeypatch.setattr(out_of_core, "cut", counted)
    before = run()
    (work / "scored" / "part-0001.parquet").unlink()
    out.unlink()
    assert [old == new for old, new in zip(before, run(), strict=True)] == [True, False, True]
    assert read(out) == expected.to_pylist()
    run(AS_OFS[:1])  # other dates need no other parts
    assert len(cuts) == 1
    table = pq.read_table(tmp_path / "usage" / "1.parquet")
    pq.write_table(table.slice(0, 5), tmp_path / "usage" / "1.parquet")  # a table that changed does
    run()
    assert len(cuts) == 2
    assert read(out) != expected.to_pylist()


def test_on_the_command_line(tmp_path: Path) -> None:
    _, files, expected = world(tmp_path)
    out = tmp_path / "panel.parquet"
    tables = [word for name, file in files.items() for word in ("--table", f"{name}={file}")]
    tables[tables.index(f"usage={files['usage']}")] = f"usage={tmp_path}/usage/*.parquet"
    dates = [word for each in AS_OFS for word in ("--as-of", each)]
    line = ["score", tmp_path / "model.json", *tables, *dates, "--out-of-core", tmp_path / "work", "--threads", "1"]
    done = command(*line, "--out", out, "--parts", "3")
    assert done.returncode == 0, done.stderr
    assert f"{expected.num_rows:,} rows in" in done.stdout
    assert read(out) == expected.to_pylist()
    assert "give --out FILE.parquet" in command(*line, "--out", tmp_path / "panel.csv").complaint
    assert "goes with a MODEL" in command(*line, "--out", out, "--strict").complaint
    assert "goes with a MODEL" in command(*line[:-4], "--parts", "3", "--out", out).complaint


def test_what_cannot_be_cut_is_refused(tmp_path: Path) -> None:
    model, files, _ = world(tmp_path)

    def run(tables: dict[str, str], of: ch.Model = model, folder: str = "work") -> None:
        out_of_core.score_out_of_core(of, tables, AS_OFS, tmp_path / "out.parquet", tmp_path / folder, workers=1)

    with pytest.raises(ch.DataError, match="holds other files: parts are kept in a folder of their own"):
        run(files, folder="usage")
    with pytest.raises(ch.DataError, match=r"cannot be read piece by piece .there is no such file"):
        run(files | {"usage": str(tmp_path / "nowhere*.parquet")})
    with pytest.raises(ch.DataError, match="cannot be read piece by piece"):
        run(files | {"usage": str(tmp_path / "model.json")})
    with pytest.raises(ch.DataError, match="the model has no table 'uses'"):
        run({"uses": files["usage"]})
    users = ch.Model.parse(
        {
            "format": 1,
            "tables": {
                "users": {"kind": "keys", "key": "user", "account": "org"},
                "events": {"kind": "events", "account": "user", "through": {"table": "users"}, "time": "day"},
            },
            "metrics": {"rows": {"from": "events", "agg": "count"}},
        }
    )
    with pytest.raises(ch.DataError, match="table 'events' finds its accounts through another table"):
        run({"events": files["usage"]}, users)
