"""Every command writes every form, into a file and to standard output."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv, feather

import customerhealth as ch
import small
from commands import command

LIFE = {
    "journeys": {
        "use": {"stages": [{"name": "quiet", "enter": "events = 0"}, {"name": "busy", "enter": "events > 0"}]}
    },
    "plays": {"call": {"when": "events < 2", "message": "=1+{events}", "due": "7d"}},
}
TABLE = ("--table", "usage=usage.parquet")
AT = ("--as-of", "2026-07-01")
ASKED = {
    "check": ("check", "model.json", "--table", "usage=odd.parquet"),
    "score": ("score", "model.json", *TABLE, *AT),
    "rank": ("rank", "model.json", *TABLE, *AT),
    "why": ("why", "model.json", *TABLE, "--from", "2026-06-12", "--to", "2026-07-01"),
    "plays": ("plays", "model.json", *TABLE, *AT),
    "funnel": ("funnel", "model.json", *TABLE, "--from", "2026-01-01", "--to", "2026-07-01"),
    "revenue": ("revenue", "contracts.csv", "--from", "2026-01-01", "--to", "2026-07-01"),
    "explain": ("explain", "model.json", *TABLE, *AT, "--account", "acme"),
    "presets": ("presets",),
    "sources": ("sources",),
}
FORMS = ("text", "csv", "json", "jsonl", "parquet", "arrow", "xlsx")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(json.dumps(small.document(**LIFE)))
    pq.write_table(small.usage(), "usage.parquet")
    pq.write_table(small.usage((None, "beta", "zeta")), "odd.parquet")
    Path("contracts.csv").write_text("account_id,start,end,mrr\nacme,2025-01-01,2027-01-01,100\n")
    return tmp_path


def rows_in(form: str, written: bytes) -> int:
    """How many rows a reader of that form finds."""
    if form == "text":
        return len(written.decode().splitlines()) - 1
    if form == "csv":
        return csv.read_csv(io.BytesIO(written), parse_options=csv.ParseOptions(newlines_in_values=True)).num_rows
    if form == "json":
        found = json.loads(written)
        return len(found) if isinstance(found, list) else -1
    if form == "jsonl":
        return len([json.loads(line) for line in written.decode().splitlines()])
    if form == "xlsx":
        return openpyxl.load_workbook(io.BytesIO(written)).active.max_row - 1
    read = pq.read_table if form == "parquet" else feather.read_table
    return int(read(pa.BufferReader(written)).num_rows)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ASKED)
def test_every_command_writes_every_form(name: str, form: str) -> None:
    expected = rows_in("csv", command(*ASKED[name], "--out", "-").written)
    assert expected > 0
    piped = command(*ASKED[name], "--format", form)
    assert piped.returncode == 0, piped.stderr
    assert command(*ASKED[name], "--format", form, "--out", "-").written == piped.written or form == "xlsx"
    filed = command(*ASKED[name], "--out", f"out.{'txt' if form == 'text' else form}")
    assert (filed.returncode, f" in out.{'txt' if form == 'text' else form}\n" in filed.stdout) == (0, True)
    written = Path(f"out.{'txt' if form == 'text' else form}").read_bytes()
    if (name, form) in {("explain", "text"), ("explain", "json")}:
        assert written == piped.written
        assert b"acme" in written
    elif form == "text" and name in ("check", "presets", "sources"):  # sentences for people
        assert rows_in(form, written) == expected
        assert piped.stdout
    else:
        assert rows_in(form, piped.written) == rows_in(form, written) == expected
        assert written == piped.written or form == "xlsx"  # whose parts are dated


def test_a_form_goes_before_the_end_of_a_name_and_ends_count_in_capitals() -> None:
    assert command(*ASKED["rank"], "--out", "calls.data", "--format", "csv").stdout == "3 accounts in calls.data\n"
    assert csv.read_csv("calls.data").num_rows == 3
    assert command(*ASKED["rank"], "--out", "CALLS.JSON").returncode == 0
    assert len(json.loads(Path("CALLS.JSON").read_text())) == 3


@pytest.mark.parametrize("name", ["score", "rank", "why", "plays", "funnel", "revenue"])
def test_standard_output_holds_nothing_but_the_result(name: str) -> None:
    text = command(*ASKED[name], "--out", "-").stdout
    command(*ASKED[name], "--out", "result.csv")
    assert text == Path("result.csv").read_text()


def test_score_is_a_text_with_scores_first_where_no_form_is_asked_for() -> None:
    done = command(*ASKED["score"])
    assert done.returncode == 0
    head, *rows = done.stdout.splitlines()
    assert head.split()[:4] == ["account_id", "as_of", "health", "health_grade"]
    assert [row.split()[0] for row in rows] == ["acme", "beta", "zeta"]
    assert done.stderr == "nothing odd in the tables\n"


def test_explain_is_html_json_and_a_table_of_all_parts() -> None:
    panel = ch.Portfolio(ch.Model.load("model.json"), usage=small.usage()).score("2026-07-01")
    told = panel.explain("acme")
    assert command(*ASKED["explain"], "--format", "html").stdout == told.to_html() + "\n"
    assert command(*ASKED["explain"], "--out", "a.html").stdout == "account acme explained in a.html\n"
    assert Path("a.html").read_text() == told.to_html() + "\n"
    assert json.loads(command(*ASKED["explain"], "--format", "json").stdout) == json.loads(json.dumps(told.to_dict()))
    command(*ASKED["explain"], "--out", "a.parquet")
    parts = pq.read_table("a.parquet").to_pylist()
    expected = {name: panel.contributions(name).to_pylist() for name in panel.model.scores}
    assert {(row["score"], row["part"], row["contribution"]) for row in parts} == {
        (name, row["part"], row["contribution"])
        for name, rows in expected.items()
        for row in rows
        if row["account_id"] == "acme"
    }
    assert command(*ASKED["explain"], "--html", "--format", "csv").returncode == 2


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--format", "html"), "html does not fit here; it may be text, csv, json, jsonl, parquet, arrow, xlsx"),
        (("--format", "yaml"), "'yaml' is not one of"),
        (("--dates", "%d.%m.%Y"), "--dates: is for CSV, and this is txt"),
        (("--spreadsheet", "--out", "a.xlsx"), "--spreadsheet: is for CSV, and this is xlsx"),
        (("--out", "-", "--dates", "%d.%m.%k"), "--dates: expected a form of dates such as %d.%m.%Y"),
        (("--out", "-", "--dates", "day"), "--dates: expected a form of dates such as %d.%m.%Y"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_read(options: tuple[str, ...], complaint: str) -> None:
    done = command("rank", "model.json", "--table", "usage=none.parquet", *AT, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.complaint


def test_lists_have_no_form_where_one_is_named() -> None:
    for name in ("presets", "sources"):
        done = command(name, "b2b-saas", "--format", "csv")
        assert done.returncode == 2
        assert "are for the list" in done.complaint


def test_dates_have_the_form_that_is_asked_for_and_texts_run_nowhere() -> None:
    done = command(*ASKED["plays"], "--out", "p.csv", "--dates", "%d.%m.%Y", "--spreadsheet")
    assert done.returncode == 0, done.complaint
    found = csv.read_csv("p.csv", convert_options=csv.ConvertOptions(column_types={"due": pa.string()})).to_pylist()
    assert [(row["opened"], row["due"], row["message"]) for row in found] == [
        ("15.06.2026", "22.06.2026", "'=1+1"), ("05.01.2026", "12.01.2026", "'=1+1"),
    ]  # fmt: skip
    assert '"07/01/2026 00:00"' in command(*ASKED["score"], "--out", "-", "--dates", "%m/%d/%Y %H:%M").stdout


def test_dates_and_instants_of_every_unit_are_written_in_a_form(tmp_path: Path) -> None:
    at = [datetime(2026, 7, 1, 23, 59, 59, 999_999, timezone.utc), datetime(1969, 12, 31, 23, 59, 59, 500_000,
          timezone.utc), None]  # fmt: skip
    table = pa.table(
        {
            "us": pa.array(at, pa.timestamp("us", "UTC")), "ns": pa.array(at, pa.timestamp("ns", "UTC")),
            "naive": pa.array([each and each.replace(tzinfo=None) for each in at], pa.timestamp("us")),
            "day": pa.array([each and each.date() for each in at], pa.date32()), "n": [1, 2, 3],
        }
    )  # fmt: skip
    ch.write(table, tmp_path / "d.csv", dates="%d.%m.%Y %H:%M:%S")
    _, first, second, third = (tmp_path / "d.csv").read_text().splitlines()
    assert first == ",".join([*['"01.07.2026 23:59:59"'] * 3, '"01.07.2026 00:00:00"', "1"])
    assert second == ",".join([*['"31.12.1969 23:59:59"'] * 3, '"31.12.1969 00:00:00"', "2"])
    assert third == ",,,,3"
    with pytest.raises(ValueError, match=r"dates= is for \.csv files"):
        ch.write(table, tmp_path / "d.parquet", dates="%d")
    for bad in ("", "no", "%", "%d %", "%Q", "%-d", "%%d"):
        with pytest.raises(ValueError, match="expected a form of dates such as"):
            ch.write(table, tmp_path / "e.csv", dates=bad)
    assert not (tmp_path / "e.csv").exists()


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_json_is_a_list_of_objects_that_reads_back(rows: int, tmp_path: Path) -> None:
    table = pa.table({"account_id": ["ä", 'b"', "c\n"], "at": [datetime(2026, 1, 2)] * 3, "v": [1.5, None, -2.0]})
    ch.write(table.slice(0, rows), tmp_path / "a.json")
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [(row["account_id"], row["at"], row["v"]) for row in found] == [
        ("ä", "2026-01-02T00:00:00", 1.5), ('b"', "2026-01-02T00:00:00", None), ("c\n", "2026-01-02T00:00:00", -2.0),
    ][:rows]  # fmt: skip


def test_a_model_goes_to_standard_output_and_what_is_said_of_it_elsewhere() -> None:
    done = command("init", "contracts.csv", "--out", "-")
    assert done.returncode == 0
    assert "contracts" in json.loads(done.stdout)["tables"]
    assert "to check:" in done.stderr
    assert not Path("-").exists()


def test_a_report_goes_to_standard_output() -> None:
    asked = ("report", "model.json", *TABLE, *AT)
    page = command(*asked, "--out", "-")
    assert page.returncode == 0, page.stderr
    assert command(*asked, "--out", "r.html").stdout == "r.html\n"
    assert Path("r.html").read_bytes() == page.written
    done = command(*asked, "--out", "-", "--owner", "users")
    assert (done.returncode, "each owner has a file" in done.complaint) == (2, True)
    assert command(*asked, "--out", "model.json").returncode == 2
