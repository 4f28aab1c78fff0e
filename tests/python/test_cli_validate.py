"""`customerhealth validate`: what it prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command
from foreseen import contracts, document, given, random_book


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    values, ends = random_book(1)
    top = document()
    del top["tables"]["accounts"], top["metrics"]["tier"]
    Path("model.json").write_text(json.dumps(top))
    pq.write_table(given(values), "given.parquet")
    pq.write_table(contracts([(f"a{k:03}", -90, 20.0 * (k % 17)) for k in range(40)]), "contracts.parquet")
    pq.write_table(ends, "lost.parquet")
    return tmp_path


TABLES = ["--table", "given=given.parquet", "--table", "contracts=contracts.parquet"]


def test_it_explains_and_writes_a_page_and_json(folder: Path) -> None:
    asked = ["validate", "model.json", *TABLES, "--outcome", "churn:contracts", "--horizon", "60d"]
    done = command(*asked, "--out", "report.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Does health foresee this within 60d: churn of contracts?" in done.stdout
    assert "at 9 dates from 2024-01-01 to 2024-09-01" in done.stdout  # since both tables have rows
    report = json.loads((folder / "report.json").read_text())
    assert report["asked"]["outcome"] == ["churn of contracts"]
    assert report["summary"][0]["score"] == "health"
    assert sum(row["share"] for row in report["population"]) == pytest.approx(1)
    assert "\n".join(report["explained"]) in done.stdout
    assert command(*asked, "--out", "report.html").returncode == 0
    page = (folder / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "How good" in page
    for form, read in (("json", json.loads), ("html", str)):
        piped = command(*asked, "--format", form)
        assert read(piped.stdout) == read((folder / f"report.{form}").read_text())
    assert command(*asked, "--format", "text").stdout == command(*asked).stdout
    assert command(*asked, "--out", "-").stdout.splitlines()[1].startswith('"health"')
    assert "the tables in all.xlsx" in command(*asked, "--out", "all.xlsx").stdout
    assert openpyxl.load_workbook("all.xlsx").sheetnames[:2] == ["summary", "population"]


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("churn:contracts:30d", "churn of contracts (a renewal up to 30d late is one)"),
        ("silence:given:45d", "silence in given for 45d"),
        ("contraction:contracts:mrr:0.1", "contraction of contracts.mrr by more than 10 %"),
        ("expansion:contracts:mrr", "expansion of contracts.mrr"),
        ("downgrade:contracts:plan:team>trial", "downgrade of contracts.plan: team > trial"),
        ("v < 20", "v < 20"),
        ("lost.parquet", "outcome"),
    ],
)
def test_outcomes_are_written_with_colons(outcome: str, shown: str) -> None:
    done = command(
        "validate", "model.json", *TABLES, "--outcome", outcome, "--horizon", "30d", "--as-of", "2024-03-01",
        "--score", "v", "--score", "-rival",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Does v, -rival foresee this within 30d: {shown}?" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--outcome", "churn"], 1, "unknown name 'churn'"),
        (["--outcome", "silence:given"], 2, "expected churn:TABLE"),
        (["--outcome", "contraction:contracts:mrr:x"], 2, "'x' is no number"),
        (["--outcome", "churn:contracts", "--out", "report.pdf"], 2, ".xlsx or .html file, got"),
        (["--outcome", "churn:contracts", "--horizon", "9y"], 1, "no window of 9y from a month on is over"),
        (["--outcome", "churn:contracts", "--score", "helth"], 1, "did you mean 'health'"),
        (["--outcome", "churn:contracts", "--from", "2024-01-01"], 2, "give --as-of DATE, or all of"),
    ],
)
def test_what_does_not_fit_is_said(arguments: list[str], code: int, message: str) -> None:
    done = command("validate", "model.json", *TABLES, "--horizon", "30d", *arguments)
    assert done.returncode == code
    assert message in done.complaint


def test_the_default_dates_are_months_whose_windows_are_over() -> None:
    model = ch.Model.load("model.json")
    loaded = ch.Portfolio(model, given="given.parquet", contracts="contracts.parquet")
    found = loaded.validate("v", outcome=ch.outcomes.churn("contracts"), horizon="30d", rounds=5)
    asked = sorted(set(found.cases["as_of"].to_pylist()))
    assert [at.day for at in asked] == [1] * len(asked)
    assert set(found.cases["status"].to_pylist()) <= {"case", "already"}
