"""Types for editors and checkers: a model document, dates and tables, and what is installed."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import customerhealth as ch
import typed_document
from customerhealth.io import table_like

GOOD = """
import customerhealth as ch

document: ch.ModelDocument = {
    "format": 1,
    "tables": {"usage": {"kind": "events", "account": "a", "time": "at", "types": {"at": {"instant": "ms"}}}},
    "metrics": {"n": {"from": "usage", "agg": "count", "window": "28d"}, "twice": {"formula": "n * 2"}},
    "scores": {
        "health": {
            "measures": {
                "use": {"value": "n", "weight": 2, "bands": [{"below": 1, "points": 0}, {"points": 100}]},
                "more": {"value": "twice", "curve": [[0, 0], [4, 100]]},
            },
            "caps": [{"name": "none", "when": "n < 1", "at_most": 30}],
            "grades": [{"name": "red"}, {"name": "green", "from": 50}],
        },
    },
}
model = ch.Model.parse(document)
as_of: ch.AsOf = "2026-07-01"
usage: ch.TableLike = "usage.parquet"
score = ch.Portfolio(model, usage=usage).score(as_of).table
"""
BAD = {
    '"kind": "events"': '"kind": "evnts"',
    '"agg": "count"': '"agg": "cuont"',
    '"window": "28d"': '"windw": "28d"',
    '"weight": 2': '"weight": "two"',
    '"measures": {': '"mesures": {',
    '"format": 1,': "",
    "usage=usage": "usage=3",
    "score(as_of)": "score(20260701.5)",
}
ROOT = Path(ch.__file__).parents[1]


# Of these nothing is asked here; mypy would read them for minutes.
OTHERS = (
    "airflow",
    "deltalake",
    "duckdb",
    "openpyxl",
    "pandas",
    "plotly",
    "polars",
    "pyarrow",
    "pyiceberg",
    "rich",
    "scipy",
    "tqdm",
    "typer",
    "xlsxwriter",
)


def checked(checker: str, folder: Path, name: str, text: str) -> tuple[int, str]:
    (folder / name).write_text(text)
    (folder / "mypy.ini").write_text(
        "[mypy]\nignore_missing_imports = True\nfollow_imports = silent\n"
        f"[mypy-{','.join(f'{name}.*' for name in OTHERS)}]\nfollow_imports = skip\nfollow_imports_for_stubs = True\n"
    )
    commands = {
        "mypy": ["-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), name],
        "pyright": ["-m", "basedpyright", "--pythonpath", sys.executable, "--level", "error", name],
    }
    environment = dict(os.environ)
    if ROOT.name != "site-packages":  # there mypy looks by itself, and refuses to be told
        environment |= {"MYPYPATH": str(ROOT), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *commands[checker]], cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_good_document_is_accepted_and_bad_ones_are_not(tmp_path: Path, checker: str) -> None:
    code, said = checked(checker, tmp_path, "good.py", GOOD)
    assert code == 0, said
    for place, (right, wrong) in enumerate(BAD.items()):
        assert right in GOOD
        text = GOOD.replace(right, wrong)
        if checker == "mypy" or place < 2:  # one of them tells all; starting the other takes seconds
            code, said = checked(checker, tmp_path, "bad.py", text)
            assert code == 1, f"{wrong}: {said}"


def test_the_types_are_those_of_the_table_of_keys() -> None:
    assert typed_document.TARGET.read_text(encoding="utf-8") == typed_document.source(ch.Model.schema()), (
        "run tests/python/typed_document.py"
    )


def test_every_key_of_every_preset_has_a_type() -> None:
    from customerhealth import model_document as typed

    for name in ch.Model.presets():
        document = ch.Model.preset(name).to_dict()
        assert set(document) <= set(typed.ModelDocument.__annotations__), name
        for kind, of in (("tables", typed.Table), ("metrics", typed.Metric), ("scores", typed.Score)):
            for spec in document.get(kind, {}).values():
                assert set(spec) <= set(of.__annotations__), (name, kind)


def test_dates_and_tables_have_types_that_hold() -> None:
    for date in (
        "2026-07-01",
        dt.date(2026, 7, 1),
        dt.datetime(2026, 7, 1),
        np.datetime64("2026-07-01"),
        pd.Timestamp(0),
    ):
        assert isinstance(date, ch.AsOf)
    table = pa.table({"a": [1]})
    for given in (table, pl.DataFrame(table), pd.DataFrame({"a": [1]}), ch.Table(table), table.to_reader()):
        assert isinstance(given, table_like.ArrowStream)
    assert isinstance(table.to_batches()[0], table_like.ArrowArray)
    assert isinstance(pl.DataFrame(table).lazy(), table_like.LazyLike)
    assert not isinstance({"a": [1]}, table_like.ArrowStream)


def test_versions_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    ch.show_versions()
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    said = {name.strip(): value.strip() for name, value in lines.items()}
    assert said["customerhealth"] == ch.__version__
    assert said["pyarrow"] == pa.__version__
    assert said["python"].startswith(".".join(map(str, sys.version_info[:3])))
    assert "core compiler" in said
