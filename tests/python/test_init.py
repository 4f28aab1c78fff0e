"""`customerhealth init`: a first model for files, with every doubt said, that checks and scores at once."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command
from customerhealth.proposal import propose, table_name
from exports import EXPORTS, JULY, Export, answers


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def table_of(text: str, name: str = "usage.csv") -> dict[str, Any]:
    """What a file becomes."""
    document = propose({table_name(name): written(name, text)}).document
    table: dict[str, Any] = document["tables"][table_name(name)]
    return table


USAGE = (
    "account_id,user_id,at,updated_at,event_id\nacme,u1,2026-06-20,2026-06-29,e1\nacme,u2,2026-06-21,2026-06-29,e2\n"
)


def test_what_it_writes_checks_and_scores_at_once() -> None:
    written("usage.csv", USAGE)
    done = command("init", "usage.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "model.json: 1 tables, 2 metrics; to check:"
    assert done.stdout.splitlines()[-1] == "then: customerhealth check model.json --table usage=usage.csv"
    assert command("check", "model.json", "--table", "usage=usage.csv").returncode == 0
    score = ("score", "model.json", "--table", "usage=usage.csv", "--as-of", JULY, "--out", "panel.parquet")
    assert command(*score).returncode == 0
    assert pq.read_table("panel.parquet").to_pylist()[0] | {"as_of": None} == {
        "account_id": "acme", "as_of": None, "usage_28d": 2.0, "usage_users_28d": 2.0,
    }  # fmt: skip


def test_every_doubt_is_printed_and_stands_in_the_description() -> None:
    written("usage.csv", USAGE)
    done = command("init", "usage.csv")
    described = json.loads(Path("model.json").read_text())["tables"]["usage"]["description"]
    for doubt in (
        "`at` may be when it happened",
        "`updated_at` was left out because such times are overwritten: no `known`, and no time",
        "of several rows with one `event_id` the last one counts",
    ):
        assert f"  usage: {doubt}" in done.stdout.splitlines()
        assert f"{doubt[:1].upper()}{doubt[1:]}." in described


def test_a_file_that_is_there_is_not_replaced() -> None:
    written("usage.csv", USAGE)
    written("model.json", "mine")
    done = command("init", "usage.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "model.json is there already; nothing is replaced" in done.complaint
    assert Path("model.json").read_text() == "mine"


def test_nothing_is_written_where_no_table_is_found() -> None:
    done = command("init", written("words.csv", "word,meaning\nchurn,leaving\n"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "words: left out: no column says whose a row is, or none when; its columns are word, meaning" in done.stderr
    assert not Path("model.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["none.csv"], 1, "there is no file 'none.csv'"),
        (["notes.txt"], 1, "'notes.txt' has no ending that is read"),
        (["usage.csv", "old/usage.csv"], 2, "two tables would be called 'usage': say NAME=FILE"),
        (["=usage.csv"], 2, "expected FILE or NAME=FILE, got '=usage.csv'"),
        (["Usage=usage.csv"], 1, "tables.Usage"),
        (["cut.json"], 1, "'cut.json' cannot be read"),
        (["empty.json"], 1, "'empty.json' holds no list of objects"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], code: int, complaint: str) -> None:
    written("usage.csv", USAGE)
    written("notes.txt", USAGE)
    written("cut.json", '{"rows": [{"a": 1')
    written("empty.json", '{"rows": []}')
    done = command("init", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert complaint in done.complaint
    assert not Path("model.json").exists()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/Usage Log (2026).csv.gz", "usage_log_2026"),
        ("2026-06.parquet", "table_2026_06"),
        ("snap/company_{known:%Y-%m-%d}.csv", "company"),
        ("book.xlsx#Contracts 2026", "contracts_2026"),
        ("logs/", "logs"),
    ],
)
def test_a_table_is_called_after_its_file(path: str, name: str) -> None:
    assert table_name(path) == name


# --- roles, by names and values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("account_id,at", "acme,2026-06-01", {"kind": "events", "account": "account_id", "time": "at"}),
        ("Customer,Date", "acme,2026-06-01", {"kind": "events", "account": "Customer", "time": "Date"}),
        ("at,OrgId", "2026-06-01,1", {"kind": "events", "account": "OrgId", "time": "at"}),
        (
            "company_id,timestamp,received_at",
            "1,2026-06-01T08:00:00Z,2026-06-02T08:00:00Z",
            {"kind": "events", "account": "company_id", "time": "timestamp", "known": "received_at"},
        ),
        (
            "id,company_id,created_at,closed_at,updated_at",
            "1,1,2026-06-01,,2026-06-02",
            {"kind": "intervals", "account": "company_id", "start": "created_at", "end": "closed_at",
             "end_known": "at_end", "key": "id"},
        ),
        (
            "account,start,end,signed_at,mrr",
            "acme,2026-01-01,2026-12-31,2025-12-01,9",
            {"kind": "intervals", "account": "account", "start": "start", "end": "end", "known": "signed_at",
             "end_is": "last_day"},
        ),
        (
            "account,start_date,end_date,arr",
            "acme,2026-01-01,2027-01-01,9",
            {"kind": "intervals", "account": "account", "start": "start_date", "end": "end_date"},
        ),
        (
            "account,snapshot_date,health",
            "acme,2026-01-01,9",
            {"kind": "states", "account": "account", "time": "snapshot_date"},
        ),
        (
            "id,account_id,at,is_deleted",
            "1,acme,2026-01-01,false",
            {"kind": "events", "account": "account_id", "time": "at", "key": "id", "deleted": "is_deleted"},
        ),
    ],
)  # fmt: skip
def test_roles_are_found_by_names_and_values(header: str, row: str, expected: dict[str, Any]) -> None:
    table = table_of(f"{header}\n{row}\n")
    assert {key: value for key, value in table.items() if key not in ("types", "description")} == expected


@pytest.mark.parametrize(
    "name",
    ["updated_at", "Last Modified Date", "SystemModstamp", "_fivetran_synced", "_airbyte_extracted_at", "loaded_at"],
)
def test_a_time_that_is_overwritten_is_neither_known_nor_time(name: str) -> None:
    table = table_of(f"account_id,{name},at\nacme,2026-06-29,2026-06-01\n")
    assert (table["time"], table.get("known")) == ("at", None)
    assert f"`{name}` was left out because such times are overwritten" in table["description"]


def test_several_rows_of_one_date_are_told_apart_by_a_text() -> None:
    table = table_of("account,snapshot_date,measure,score\nacme,2026-06-01,use,5\nacme,2026-06-01,people,7\n")
    assert (table["kind"], table["key"]) == ("states", "measure")


@pytest.mark.parametrize(
    ("header", "row", "metrics"),
    [
        ("account,start,end,mrr", "acme,2026-01-01,,9", {"mrr": "mrr"}),
        ("account,valid_from,valid_to,seats", "acme,2026-01-01,,9", {"usage_seats": "seats"}),
        ("account,created_at,resolved_at", "acme,2026-01-01,", {"usage_open": None, "usage_opened_28d": None}),
        ("account,at,score", "acme,2026-01-01,9", {"usage_28d": None, "usage_score_90d": "score"}),
        ("account,at,Contact ID", "acme,2026-01-01,9", {"usage_28d": None, "usage_users_28d": '"Contact ID"'}),
    ],
)
def test_metrics_follow_from_the_columns(header: str, row: str, metrics: dict[str, str | None]) -> None:
    made = propose({"usage": written("usage.csv", f"{header}\n{row}\n")}).document["metrics"]
    found = {name: metric.get("of") for name, metric in made.items() if metric["agg"] != "days_to_end"}
    assert found == metrics


def test_a_list_of_accounts_is_told_from_their_events() -> None:
    rows = "a1,Acme,2026-01-01,2026-06-29\na2,Beta,2026-02-01,2026-06-29\n"
    companies = written("companies.csv", f"id,name,created_at,updated_at\n{rows}")
    usage = written("usage.csv", USAGE.replace("acme", "a1"))
    document = propose({"companies": companies, "usage": usage}).document
    table = document["tables"]["companies"]
    assert (table["kind"], table["account"], table["known"]) == ("accounts", "id", "created_at")
    panel = ch.Portfolio(ch.Model.parse(document), companies=companies, usage=usage).score(JULY).table
    assert panel["account_id"].to_pylist() == ["a1", "a2"]
    assert panel["usage_28d"].to_pylist() == [2.0, None]


def test_an_end_in_the_middle_of_a_month_is_no_last_day() -> None:
    assert table_of("account,start,end,mrr\nacme,2026-01-15,2026-12-31,9\n")["end_is"] == "last_day"
    rows = "acme,2026-01-15,2026-12-31,9\nacme,2026-01-15,2026-12-30,9\n"
    assert "end_is" not in table_of(f"account,start,end,mrr\n{rows}")


def test_an_annual_amount_is_divided() -> None:
    path = written("contracts.csv", "account,start_date,end_date,ARR\nacme,2026-01-01,,1200\n")
    document = propose({"contracts": path}).document
    assert document["metrics"]["mrr"] == {"from": "contracts", "agg": "sum", "of": "ARR / 12"}
    panel = ch.Portfolio(ch.Model.parse(document), contracts=path).score(JULY)
    assert panel.table["mrr"].to_pylist() == [100.0]


def test_parquet_is_looked_at_with_its_types() -> None:
    table = pa.table({"account_id": [7, 8], "at": pa.array([1, 2], pa.timestamp("us", "UTC")), "nps": [9, 3]})
    pq.write_table(table, "answers.parquet")
    document = propose({"answers": "answers.parquet"}).document
    assert document["tables"]["answers"]["types"] == {"at": "instant", "nps": "number"}
    assert "answers_score_90d" in document["metrics"]


def test_rows_inside_of_a_document_are_found_and_scored() -> None:
    rows = [{"customer": {"id": f"c{day % 2}"}, "createdAt": f"2026-06-1{day}T08:00:00Z"} for day in range(4)]
    Path("visits.json").write_text(json.dumps({"page": 1, "data": {"rows": rows}}))
    proposal = propose({"visits": "visits.json"})
    table = proposal.document["tables"]["visits"]
    assert (table["rows"], table["account"], table["time"]) == ("data.rows", "customer.id", "createdAt")
    panel = ch.Portfolio(ch.Model.parse(proposal.document), visits="visits.json").score(JULY).table
    assert answers(panel, ["visits_28d"]) == {"c0": {"visits_28d": 2}, "c1": {"visits_28d": 2}}


def test_a_title_above_the_header_is_left_out() -> None:
    title = "Contracts of 2026,,,\n,,,\n"
    rows = "Customer,Start,End,MRR\nacme,2026-01-01,2026-12-31,5\nbeta,2026-01-01,2026-06-29,7\n"
    path = written("contracts.csv", title + rows)
    document = propose({"contracts": path}).document
    assert document["tables"]["contracts"]["skip"] == {"first": 2}
    panel = ch.Portfolio(ch.Model.parse(document), contracts=path).score(JULY).table
    assert answers(panel, ["mrr"]) == {"acme": {"mrr": 5}, "beta": {"mrr": 0}}


def test_a_sheet_is_looked_at_like_a_file() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Use")
    for row in (["Export of use"], [], ["Customer", "Date", "User ID"], ["acme", datetime(2026, 6, 20), "u1"]):
        sheet.append(row)
    book.save("book.xlsx")
    done = command("init", "book.xlsx#Use")
    assert done.returncode == 0, done.stderr
    model = ch.Model.load("model.json")
    panel = ch.Portfolio(model, use="book.xlsx#Use").score(JULY).table
    assert answers(panel, ["use_28d", "use_users_28d"]) == {"acme": {"use_28d": 1, "use_users_28d": 1}}
    assert "no sheet 'Us'; there are Sheet, Use" in command("init", "book.xlsx#Us", "--out", "o.json").stderr


def test_files_with_ids_of_different_kinds_are_noticed() -> None:
    tickets = written("tickets.csv", "organization_id,created_at\n55,2026-06-01\n")
    checks = propose({"usage": written("usage.csv", USAGE), "tickets": tickets}).checks
    assert "tickets: none of the first ids in `organization_id` stands in another file: are they of one kind?" in checks
    same = propose({"usage": "usage.csv", "more": written("more.csv", USAGE)}).checks
    assert not any("of one kind" in check for check in same)


def test_metrics_of_one_name_are_told_apart() -> None:
    lines = "account,start_date,end_date,mrr\nacme,2026-01-01,,5\n"
    document = propose({"old": written("old.csv", lines), "new": written("new.csv", lines)}).document
    assert list(document["metrics"]) == ["mrr", "old_days_to_end", "new_mrr", "new_days_to_end"]


# --- known layouts ---------------------------------------------------------------------------------------------------

KNOWN = [
    export
    for export in EXPORTS
    if export.source not in ("snowflake-unload", "bigquery-export", "excel-contracts")  # any table
]


@pytest.mark.parametrize("export", KNOWN, ids=lambda export: export.source)
def test_a_file_in_a_known_layout_is_recognised_and_scored(export: Export, tmp_path: Path) -> None:
    files = export.files(tmp_path)
    proposal = propose({"export": files["export"]})
    assert proposal.checks[0] == f"export: read as the layout {export.source}"
    described = proposal.document["tables"]["export"].pop("description")
    table = ch.sources.get(export.source)
    assert described == f"Read as the layout {export.source}. {table.pop('description')}"
    assert proposal.document["tables"]["export"] == table
    assert sorted(proposal.document["tables"]) == sorted(files)
    for beside in export.beside:
        assert any(f"give it too, as --table {beside}=FILE" in check for check in proposal.checks)
    portfolio = ch.Portfolio(ch.Model.parse(proposal.document), tables=files)
    for as_of, expected in export.answers.items():
        panel = portfolio.score(as_of).table
        assert answers(panel, list(proposal.document["metrics"])) == expected
