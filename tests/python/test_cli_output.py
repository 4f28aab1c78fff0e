"""What the command line writes to: never an input, never a panel without a row, and in words what went wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import small
from commands import command

ACCOUNTS = small.document()
ACCOUNTS["tables"]["accounts"] = {"kind": "accounts", "account": "account_id"}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a model, one that declares accounts, and tables."""
    (tmp_path / "model.json").write_text(json.dumps(small.DOCUMENT))
    (tmp_path / "with-accounts.json").write_text(json.dumps(ACCOUNTS))
    (tmp_path / "logs").mkdir()
    pq.write_table(small.usage(), tmp_path / "usage.parquet")
    pq.write_table(small.usage(), tmp_path / "logs/usage.parquet")
    pq.write_table(pa.table({"account_id": ["acme"]}), tmp_path / "accounts.parquet")
    return tmp_path


@pytest.mark.parametrize("link", [None, "symbolic", "hard"])
def test_an_output_that_is_an_input_is_refused_and_nothing_is_touched(here: Path, link: str | None) -> None:
    out = here / "usage.parquet"
    if link is not None:
        out = here / "out.parquet"
        out.symlink_to("usage.parquet") if link == "symbolic" else os.link(here / "usage.parquet", out)
    before = (here / "usage.parquet").read_bytes()
    table = ["--table", f"usage={here / 'usage.parquet'}"]
    for asked in (
        ["score", here / "model.json", *table, "--as-of", small.AS_OF, "--out", out],
        ["plays", here / "model.json", *table, "--as-of", small.AS_OF, "--out", out],
        ["funnel", here / "model.json", *table, "--from", "2026-01-01", "--to", small.AS_OF, "--out", out],
        ["revenue", here / "usage.parquet", "--from", "2026-01-01", "--to", small.AS_OF, "--out", out],
    ):
        done = command(*asked)
        assert done.returncode == 2
        assert "it would be replaced" in done.complaint
        assert (here / "usage.parquet").read_bytes() == before


def test_an_output_in_a_folder_that_is_read_is_refused(here: Path) -> None:
    done = command(
        *("score", here / "model.json", "--table", f"usage={here / 'logs'}", "--as-of", small.AS_OF),
        *("--out", here / "logs/deep/panel.parquet"),
    )
    assert done.returncode == 2
    assert "it would be replaced" in done.complaint
    assert [path.name for path in (here / "logs").iterdir()] == ["usage.parquet"]


@pytest.mark.parametrize(
    ("read", "out"),
    [
        ("usa*.parquet", "usage.parquet"),
        ("**/*.parquet", "logs/usage.parquet"),
        ("l*s", "logs/panel.parquet"),
        ("snap_{known:%Y-%m-%d}.csv", "snap_2026-01-31.csv"),
        ("book.xlsx#Data", "book.xlsx"),
        ("book.xlsx", "book.xlsx"),
    ],
)
def test_an_output_that_a_pattern_or_a_sheet_reads_is_refused(here: Path, read: str, out: str) -> None:
    (here / "snap_2026-01-31.csv").write_text("account_id\nacme\n")
    (here / "book.xlsx").write_bytes(b"a workbook")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    done = command(
        *("score", here / "model.json", "--table", f"usage={here / read}", "--as-of", small.AS_OF, "--out", here / out)
    )
    assert done.returncode == 2
    assert "it would be replaced" in done.complaint
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("asked", ["validate", "learn"])
def test_a_document_that_is_read_is_no_output(here: Path, asked: str) -> None:
    (here / "left.json").write_text('[{"account_id": "acme", "at": "2026-05-01"}]')
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    for out in ("model.json", "left.json"):
        done = command(
            *(asked, here / "model.json", "--table", f"usage={here / 'usage.parquet'}"),
            *("--outcome", here / "left.json", "--horizon", "28d", "--out", here / out),
        )
        assert done.returncode == 2
        assert "it would be replaced" in done.complaint
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


def test_a_pattern_that_finds_nothing_stands_in_no_way(here: Path) -> None:
    for read in ("none*.parquet", "snap_{known:%Q}.csv", "no.xlsx#Data"):
        done = command(
            *("score", here / "model.json", "--table", f"usage={here / read}", "--as-of", small.AS_OF),
            *("--out", here / "panel.parquet"),
        )
        assert done.returncode == 1
        assert "table 'usage'" in done.stderr or "no file" in done.stderr


def test_labels_are_an_input_too(here: Path) -> None:
    done = command(
        *("revenue", here / "usage.parquet", "--from", "2026-01-01", "--to", small.AS_OF, "--by", "segment"),
        *("--labels", here / "accounts.parquet", "--out", here / "accounts.parquet"),
    )
    assert done.returncode == 2
    assert "it would be replaced" in done.complaint


@pytest.mark.parametrize("asked", ["check", "score", "explain", "plays"])
def test_accounts_that_are_declared_and_not_given_are_an_error(here: Path, asked: str) -> None:
    rest = {
        "check": (),
        "score": ("--as-of", small.AS_OF, "--out", here / "panel.parquet"),
        "explain": ("--as-of", small.AS_OF, "--account", "acme"),
        "plays": ("--as-of", small.AS_OF),
    }[asked]
    done = command(asked, here / "with-accounts.json", "--table", f"usage={here / 'usage.parquet'}", *rest)
    assert done.returncode == 1
    assert "table 'accounts' is not given, and the model takes its accounts from it" in done.stderr
    assert not (here / "panel.parquet").exists()


def test_score_without_a_row_writes_nothing_and_says_what_is_odd(here: Path) -> None:
    out = here / "panel.parquet"
    done = command("score", here / "model.json", "--as-of", small.AS_OF, "--out", out)
    assert done.returncode == 1
    assert "no account has a row at these dates" in done.stderr
    lines = done.stderr.splitlines()
    assert lines[0].endswith("so nothing is written")
    assert lines[1] == "odd in the tables:"
    assert any(line.startswith("  usage: table_not_given") for line in lines)
    early = command(
        *("score", here / "model.json", "--table", f"usage={here / 'usage.parquet'}", "--as-of", "1999-01-01"),
        *("--out", out),
    )
    assert early.returncode == 1
    assert not out.exists()


def test_too_little_memory_is_a_sentence(here: Path) -> None:
    with mock.patch("customerhealth.cli.inputs.Portfolio", side_effect=MemoryError):
        done = command("check", here / "model.json", "--table", f"usage={here / 'usage.parquet'}")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: there is not enough memory; ask for fewer dates at a time, or score parts of the accounts"
    ]


def test_a_full_disk_is_a_sentence_that_names_the_file(here: Path) -> None:
    (here / "full.csv").symlink_to("/dev/full")
    done = command(
        *("score", here / "model.json", "--table", f"usage={here / 'usage.parquet'}", "--as-of", small.AS_OF),
        *("--out", here / "full.csv"),
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"error: {here / 'full.csv'}: No space left on device"


def test_texts_are_made_safe_for_a_spreadsheet_on_request(here: Path) -> None:
    pq.write_table(small.usage(("=1+1", "beta", "zeta")), here / "usage.parquet")
    asked = ("score", here / "model.json", "--table", f"usage={here / 'usage.parquet'}", "--as-of", small.AS_OF)
    for name, options, cell in (("plain.csv", (), '"=1+1"'), ("safe.csv", ("--spreadsheet",), '"\'=1+1"')):
        assert command(*asked, "--out", here / name, *options).returncode == 0
        assert (here / name).read_text().splitlines()[1].startswith(cell)
    refused = command(*asked, "--out", here / "a.parquet", "--spreadsheet")
    assert (refused.returncode, (here / "a.parquet").exists()) == (2, False)
    assert command("plays", here / "model.json", "--as-of", small.AS_OF, "--spreadsheet").returncode == 2
