"""`customerhealth revenue`: what became of a file of contracts, as text and as files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

import customerhealth as ch
from commands import Done, command

CONTRACTS = """account_id,start,end,mrr,total,months,segment,product,currency,health
acme,2026-01-01,2026-03-10,100,1200,12,large,core,EUR,80.5
acme,2026-02-05,,50,600,12,large,seats,EUR,80.5
zeta,2026-01-15,2026-02-15,40,480,12,small,core,EUR,20.5
zeta,2026-02-20,,60,720,12,small,core,EUR,20.5
beta,2026-02-20,,700,8400,12,large,core,EUR,
"""


def run(*arguments: object) -> Done:
    return command("revenue", *arguments)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "contracts.csv").write_text(CONTRACTS)
    return tmp_path / "contracts.csv"


MONTHS = ("--from", "2026-01-01", "--to", "2026-04-01", "--every", "1mo")


def cells(text: str) -> list[dict[str, str]]:
    head, *rows = [line.split() for line in text.splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_movements_are_a_row_a_period(book: Path) -> None:
    done = run(book, *MONTHS)
    assert (done.returncode, done.stderr) == (0, "")
    rows = cells(done.stdout)
    assert [row["from"] for row in rows] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert rows[1] == {
        "from": "2026-02-01", "to": "2026-03-01", "start": "140", "new": "700", "expansion": "70", "contraction": "0",
        "churn": "0", "reactivation": "0", "end": "910", "nrr": "1.50", "grr": "1.00", "logo_retention": "1",
        "quick_ratio": "–", "accounts_end": "3",
    }  # fmt: skip


def test_a_gap_and_the_lack_of_one(book: Path) -> None:
    weeks = ("--from", "2026-02-10", "--to", "2026-02-24", "--every", "7d")
    without, within = cells(run(book, *weeks).stdout), cells(run(book, *weeks, "--gap", "7d").stdout)
    assert [(row["churn"], row["reactivation"]) for row in without] == [("40", "0"), ("0", "60")]
    assert [(row["churn"], row["reactivation"]) for row in within] == [("0", "0"), ("0", "0")]


def test_retention_looks_back_from_each_date(book: Path) -> None:
    rows = cells(run(book, "--from", "2026-03-01", "--to", "2026-04-01", "--over", "1mo").stdout)
    assert [(row["from"], row["nrr"]) for row in rows] == [("2026-02-01", "1.50"), ("2026-03-01", "0.89")]


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        (("--by", "segment"), ["large", "small"]),
        (("--by", "product", "--product", "product"), ["core", "seats"]),
        (("--by", "cohort"), ["2026-01", "2026-02"]),
        (("--by", "health", "--band", 50), ["50 or more", "below 50", "–"]),
    ],
)
def test_rows_are_split(book: Path, options: tuple[object, ...], labels: list[str]) -> None:
    done = run(book, "--from", "2026-02-01", "--to", "2026-04-01", *options)
    assert done.returncode == 0, done.stderr
    assert [line[24:].split("  ")[0] for line in done.stdout.splitlines()[1:]] == labels


@pytest.mark.parametrize("column", ["customer", "account_id"])
def test_accounts_of_labels_stand_in_the_column_of_account_or_as_results_have_them(
    column: str, book: Path, tmp_path: Path
) -> None:
    book.write_text(CONTRACTS.replace("account_id", "customer"))
    grades = pa.table({column: ["acme", "zeta", "beta"], "grade": ["green", "red", "red"]})
    pq.write_table(grades, tmp_path / "grades.parquet")
    period = ("--from", "2026-02-01", "--to", "2026-03-01", "--account", "customer")
    rows = cells(run(book, *period, "--by", "grade", "--labels", tmp_path / "grades.parquet").stdout)
    assert [row["by"] for row in rows] == ["green", "red"]
    pq.write_table(grades.rename_columns(["client", "grade"]), tmp_path / "grades.parquet")
    done = run(book, *period, "--by", "grade", "--labels", tmp_path / "grades.parquet")
    assert (done.returncode, "needs a column 'customer', the table has none" in done.complaint) == (1, True)


def test_labels_come_from_another_file(book: Path, tmp_path: Path) -> None:
    grades = pa.table({"account_id": ["acme", "zeta", "beta"], "grade": ["green", "red", "red"]})
    pq.write_table(grades, tmp_path / "grades.parquet")
    period = ("--from", "2026-03-01", "--to", "2026-04-01")
    rows = cells(run(book, *period, "--by", "grade", "--labels", tmp_path / "grades.parquet").stdout)
    assert [(row["by"], row["start"], row["nrr"]) for row in rows] == [("green", "150", "0.33"), ("red", "760", "1.00")]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_file_has_all_columns(book: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"waterfall.{suffix}"
    done = run(book, *MONTHS, "--out", out)
    assert (done.stdout, done.stderr) == (f"3 rows in {out}\n", "")
    table = pq.read_table(out) if suffix == "parquet" else csv.read_csv(out)
    expected = ch.Revenue(book).waterfall(["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"])
    assert table.column_names == expected.column_names
    assert table["nrr"].to_pylist() == expected["nrr"].to_pylist()


def test_movements_by_account(book: Path) -> None:
    rows = cells(run(book, "--from", "2026-03-01", "--to", "2026-03-20", "--accounts").stdout)
    assert [(row["account_id"], row["contraction"], row["movement"]) for row in rows] == [
        ("acme", "100", "contraction"), ("beta", "0", "unchanged"), ("zeta", "0", "unchanged"),
    ]  # fmt: skip


def test_totals_over_terms(book: Path) -> None:
    rows = cells(run(book, *MONTHS, "--total", "total", "--term", "months").stdout)
    assert [row["end"] for row in rows] == ["140", "910", "810"]


def test_a_step_that_does_not_fit_leaves_a_shorter_period(book: Path) -> None:
    rows = cells(run(book, "--from", "2026-01-01", "--to", "2026-02-10", "--every", "1mo").stdout)
    assert [row["to"] for row in rows] == ["2026-02-01", "2026-02-10"]


def test_what_is_odd_is_said_beside_the_result(book: Path) -> None:
    book.write_text(CONTRACTS + "odd,2026-02-20,2026-01-01,7,84,12,small,core,EUR,1.0\n")
    done = run(book, *MONTHS)
    assert done.returncode == 0
    assert "contracts: end_not_after_start: 1 row, the first is row 5" in done.stderr
    assert len(cells(done.stdout)) == 3


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--mrr", "nope"), 1, "column 'nope'"),
        (("--start", "mrr"), 1, "contracts.mrr[0] (line 2 of"),
        (("--by", "nope"), 1, "by='nope' needs a column 'nope', the table has none"),
        (("--by", "health"), 1, "it is a number; give bands="),
        (("--gap", "soon"), 1, "'soon' is no length"),
        (("--total", "total"), 2, "give --mrr, or both --total and --term"),
        (("--band", 3), 2, "--labels and --band need --by"),
        (("--accounts", "--by", "segment"), 2, "neither --by nor --over"),
        (("--every", "0d"), 2, "'0d' is no length"),
        (("--to", "2025-01-01"), 2, "expected a date after 2026-01-01, got 2025-01-01"),
        (("--to", "2026-01-01"), 2, "expected a date after 2026-01-01, got 2026-01-01"),
        (("--to", "soon"), 2, "'soon' is no date"),
        (("--out", "x.xls"), 2, "expected a .parquet, .csv, .json, .jsonl, .arrow, .txt or .xlsx file"),
    ],
)
def test_errors_are_for_people(book: Path, options: tuple[object, ...], code: int, message: str) -> None:
    done = run(book, "--from", "2026-01-01", "--to", "2026-04-01", *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.complaint
    assert "Traceback" not in done.stderr


def test_bad_rows_are_errors(book: Path) -> None:
    book.write_text(CONTRACTS.replace(",700,", ",-700,"))
    assert "recurring revenue is 0 or more, got -700 for account beta" in run(book, *MONTHS).stderr
    book.write_text(CONTRACTS.replace("EUR,20.5", "USD,20.5"))
    assert "2 currencies (EUR, USD) cannot be added up" in run(book, *MONTHS, "--currency", "currency").stderr
    assert "there is no file" in run(book.with_name("nope.csv"), *MONTHS).stderr
