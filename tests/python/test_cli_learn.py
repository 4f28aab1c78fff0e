"""`customerhealth learn`: what it prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command
from lessons import MONTHS, book, document, learn

TABLES = ["--table", "given=given.parquet", "--outcome", "lost.parquet", "--horizon", "30d"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    given, lost = book()
    Path("model.json").write_text(json.dumps(document()))
    pq.write_table(given, "given.parquet")
    pq.write_table(lost, "lost.parquet")
    return tmp_path


def test_it_explains_and_writes_the_model_that_python_learns(folder: Path) -> None:
    dates = [part for month in MONTHS for part in ("--as-of", month.isoformat())]
    asked = ["learn", "model.json", *TABLES, *dates, "--observed", "2024-10-27", "--test-accounts", "0.3"]
    done = command(*asked, "--hold", "also", "--learn", "curves", "--out", "new.json")
    assert (done.returncode, done.stderr) == (0, "")
    same = learn(test_accounts=0.3, hold=["also"], learn="curves")
    assert same.explain() in done.stdout
    assert ch.Model.load(folder / "new.json").digest == same.model.digest
    piped = command(*asked, "--hold", "also", "--learn", "curves", "--out", "-")
    assert ch.Model.parse(piped.stdout).digest == same.model.digest
    assert same.explain() in piped.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--out", "new.html"], 2, "expected a .json file"),
        (["--score", "helth"], 1, "did you mean 'health'?"),
        (["--learn", "shapes"], 2, "'shapes' is not one of 'weights'"),
        (["--test-accounts", "2"], 1, "test_accounts: expected a share"),
    ],
)
def test_it_says_what_does_not_fit(arguments: list[str], code: int, message: str) -> None:
    done = command("learn", "model.json", *TABLES, *arguments)
    assert done.returncode == code
    assert message in " ".join(done.stderr.split())
