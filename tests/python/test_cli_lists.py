"""The command line: whom to call first, why scores moved, one's own column names, schema and presets to copy."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

import customerhealth as ch
import small
from commands import Done, command

DATES = ("--from", "2026-06-12", "--to", "2026-07-01")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("small.json").write_text(json.dumps(small.DOCUMENT))
    pq.write_table(small.usage(), "usage.parquet")
    return tmp_path


def run(name: str, *arguments: object) -> Done:
    return command(name, "small.json", "--table", "usage=usage.parquet", *arguments)


def test_rank_lists_the_lowest_first_with_reasons() -> None:
    done = run("rank", "--as-of", "2026-07-01")
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.split()[:5] == ["rank", "account_id", "grade", "score", "change"]
    assert [row.split()[1] for row in rows] == ["zeta", "beta", "acme"]
    assert "volume" in rows[1]
    assert run("rank", "--as-of", "2026-07-01", "--best", "-n", 1).stdout.splitlines()[1].split()[1] == "acme"


def test_rank_by_a_column_of_some_rows_into_a_file() -> None:
    done = run("rank", "--as-of", "2026-07-01", "--where", "events > 0", "--by", "users", "--out", "calls.xlsx")
    assert done.stdout == "2 accounts in calls.xlsx\n"
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook("calls.xlsx").active.iter_rows()]
    assert rows[0][:3] == ["rank", "account_id", "users"]
    assert [row[1] for row in rows[1:]] == ["beta", "acme"]


def test_changes_of_a_rank_are_told_against_the_date_given() -> None:
    panel = ch.Portfolio(small.model(), usage=small.usage()).score(["2026-06-12", "2026-07-01"])
    run("rank", "--as-of", "2026-07-01", "--since", "2026-06-12", "--out", "r.parquet")
    assert pq.read_table("r.parquet").to_pylist() == panel.ranked("health").to_pylist()
    assert "expected a date before 2026-07-01" in run("rank", "--as-of", "2026-07-01", "--since", "2026-07-01").stderr


def test_why_tells_who_moved_and_all_causes_of_one() -> None:
    panel = ch.Portfolio(small.model(), usage=small.usage()).score(["2026-06-12", "2026-07-01"])
    run("why", *DATES, "--out", "w.parquet")
    assert pq.read_table("w.parquet").to_pylist() == panel.movers("health", "2026-06-12", "2026-07-01").to_pylist()
    run("why", *DATES, "--account", "acme", "--out", "a.parquet")
    causes = [
        row
        for row in panel.why_changed("health", "2026-06-12", "2026-07-01").to_pylist()
        if row["account_id"] == "acme"
    ]
    assert pq.read_table("a.parquet").to_pylist() == causes
    assert causes
    assert "acme" in run("why", *DATES).stdout
    assert run("why", "--from", "2026-07-02", "--to", "2026-07-03").stdout == "no accounts that moved\n"
    done = run("why", *DATES, "--account", "acmy")
    assert done.returncode == 1
    assert "no account 'acmy': did you mean 'acme'" in done.stderr


def test_texts_say_labels_and_files_the_names() -> None:
    document = json.loads(json.dumps(small.DOCUMENT))
    document["tables"]["accounts"] = {"kind": "accounts", "account": "id", "label": "called"}
    document["plays"] = {"call": {"when": "health < 101", "label": "Call them"}}
    document["scores"]["health"] |= {"label": "Customer health", "unit": "points"}
    for name, measure in document["scores"]["health"]["measures"].items():
        measure["label"] = f"The {name} of it"
    Path("small.json").write_text(json.dumps(document))
    pq.write_table(pa.table({"id": ["acme"], "called": ["Acme <Ltd>"]}), "accounts.parquet")
    more = ("--table", "accounts=accounts.parquet")
    rank = run("rank", *more, "--as-of", "2026-07-01").stdout
    head, *rows = rank.splitlines()
    assert "Customer health" in head
    [acme] = [row for row in rows if "Acme <Ltd>" in row]
    for words in ("acme", "points", "The ", "Call them"):
        assert words in acme
    score = run("score", *more, "--as-of", "2026-07-01").stdout
    assert score.splitlines()[0].split()[:5] == ["account_id", "label", "as_of", "Customer", "health"]
    assert "Acme <Ltd>" in score
    plays = run("plays", *more, "--as-of", "2026-07-01").stdout
    assert plays.splitlines()[0].split()[:3] == ["account_id", "label", "play"]
    assert "Acme <Ltd>  Call them" in plays
    why = run("why", *more, *DATES, "--account", "acme").stdout
    assert why.splitlines()[0].split() == ["account_id", "label", "part", "adds", "because"]
    assert "Acme <Ltd>  The " in why
    for name, dates in (("plays", ("--as-of", "2026-07-01")), ("score", ("--as-of", "2026-07-01"))):
        run(name, *more, *dates, "--out", f"{name}.csv")
        table = csv.read_csv(f"{name}.csv")
        assert "label" not in table.column_names
        assert "health" in table.column_names or set(table["play"].to_pylist()) == {"call"}


def test_unknown_scores_and_columns_are_named() -> None:
    assert "no score 'helth': did you mean 'health'" in run("rank", "--as-of", "2026-07-01", "--score", "helth").stderr
    assert "no column 'usrs'" in run("rank", "--as-of", "2026-07-01", "--by", "usrs").stderr
    assert "no column 'evnts'" in run("rank", "--as-of", "2026-07-01", "--where", "evnts > 0").stderr


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_own_column_names_are_mapped(kind: str) -> None:
    own = small.usage().rename_columns(
        [{"account_id": "Kunde", "at": 'on "day"'}.get(name, name) for name in small.usage().column_names]
    )
    (pq.write_table if kind == "parquet" else csv.write_csv)(own, f"own.{kind}")
    mapped = ("--map", "account_id=Kunde", "--map", 'usage.at=on "day"')
    given = ("small.json", "--table", f"usage=own.{kind}", *mapped)
    command("score", *given, "--as-of", "2026-07-01", "--out", "p.parquet")
    expected = ch.Portfolio(small.model(), usage=small.usage()).score("2026-07-01").table
    assert pq.read_table("p.parquet").to_pylist() == expected.to_pylist()
    assert "Kunde" in command("check", *given).stdout
    done = command("rank", *given, "--as-of", "2026-07-01")
    assert done.stdout == run("rank", "--as-of", "2026-07-01").stdout


def test_what_cannot_be_mapped_says_so() -> None:
    for wrong, said in (
        ("at", "expected NAME=COLUMN"),
        ("=x", "expected NAME=COLUMN"),
        ("tat=x", "reads no column 'tat'"),
    ):
        assert said in " ".join(run("check", "--map", wrong).complaint.split())
    assert "is given twice" in run("check", "--map", "at=x", "--map", "at=y").complaint
    with pytest.raises(ch.UnknownNameError, match=r"reads no column 'usage\.at'"):  # it is made of x
        small.model().with_columns({"at": "x"}).with_columns({"usage.at": "y"})


@pytest.mark.parametrize(
    "name", ["check", "score", "explain", "rank", "why", "plays", "funnel", "validate", "learn", "report"]
)
def test_every_command_with_a_model_maps_columns(name: str) -> None:
    assert "--map" in command(name, "--help").stdout


def test_help_is_short_or_long() -> None:
    for name in ("rank", "why", "schema", "presets"):
        short, long = command(name, "-h"), command(name, "--help")
        assert short.returncode == 0
        assert short.stdout == long.stdout
        assert "Example: customerhealth" in short.stdout
    assert "rank" in command("-h").stdout


def test_the_schema_is_printed() -> None:
    assert json.loads(command("schema").stdout) == ch.Model.schema()


def test_a_preset_is_copied_and_nothing_replaced() -> None:
    done = command("presets", "b2b-saas", "--copy", "mine.json")
    assert done.returncode == 0
    assert ch.Model.load("mine.json") == ch.Model.preset("b2b-saas")
    again = command("presets", "onboarding", "--copy", "mine.json")
    assert again.returncode == 2
    assert "nothing is replaced" in again.complaint
    assert ch.Model.load("mine.json") == ch.Model.preset("b2b-saas")
    assert command("presets", "--copy", "x.json").returncode == 2
    assert command("presets", "b2b-sass", "--copy", "x.json").returncode == 1
    assert not Path("x.json").exists()
