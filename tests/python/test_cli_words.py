"""What the command line prints, to the letter: tables, counts of what is odd, and complaints."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import customerhealth as ch
import small
from commands import command

LIFE: dict[str, Any] = {
    "journeys": {
        "use": {"stages": [{"name": "quiet", "enter": "events = 0"}, {"name": "busy", "enter": "events > 0"}]}
    },
    "plays": {
        "call": {"when": "events < 2", "owner": "ann", "message": "{events} events, {as_of:%d %b}", "due": "7d"},
        "praise": {"when": "events >= 4", "closes": "events < 4", "priority": "events / 8"},
    },
}
READS = "  reads usage: account_id, at, known_at, user_id, quantity"
SCORES = "activity, activity_coverage, health, health_grade, health_coverage"
GIVES = f"  gives events, users, per_user, mean_quantity, {SCORES}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(json.dumps(small.document(**LIFE)))
    Path("scores.json").write_text(json.dumps(small.document()))
    pq.write_table(small.usage(), "usage.parquet")
    pq.write_table(small.usage((None, "b", "c")), "odd.parquet")
    return tmp_path


def lines(*arguments: object) -> list[str]:
    done = command(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_check_without_tables_reads_the_model_alone() -> None:
    digest = small.model().digest[:12]
    assert lines("check", "scores.json") == [f"model small: fine ({digest})", READS, GIVES]
    empty = {"format": 1, "name": "none", "tables": {"u": {"kind": "events", "account": "id", "time": "at"}}}
    Path("empty.json").write_text(json.dumps(empty))
    assert lines("check", "empty.json")[-2:] == ["  reads u: id, at", "  gives no columns"]


def test_check_counts_accounts_and_what_is_odd() -> None:
    assert lines("check", "scores.json", "--table", "usage=usage.parquet")[-2:] == [
        "3 accounts",
        "nothing odd in the tables",
    ]
    assert lines("check", "scores.json", "--table", "usage=odd.parquet")[-4:] == [
        "2 accounts",
        "odd in the tables:",
        "  usage: null_account: 4 rows, the first is row 0",
        "    rows without an account belong to nobody and are left out",
    ]
    strict = command("check", "scores.json", "--table", "usage=odd.parquet", "--strict")
    assert strict.returncode == 1
    assert strict.stderr == "error: usage.account_id[0]: 4 rows without an account; strict refuses them\n"


def test_score_says_what_is_odd_beside_its_result() -> None:
    done = command("score", "scores.json", "--table", "usage=odd.parquet", "--as-of", small.AS_OF, "--out", "panel.csv")
    assert done.stdout == "2 rows of 2 accounts in panel.csv\n"
    assert done.stderr.splitlines() == [
        "odd in the tables:",
        "  usage: null_account: 4 rows, the first is row 0",
        "    rows without an account belong to nobody and are left out",
    ]


def test_counts_have_a_comma_every_three_digits() -> None:
    pq.write_table(small.many(30_000, 1_500), "many.parquet")
    found = lines("check", "scores.json", "--table", "usage=many.parquet")
    assert found[-2] == "1,500 accounts"
    options = ("--table", "usage=many.parquet", "--as-of", "2026-07-01", "--out", "panel.parquet")
    assert command("score", "scores.json", *options).stdout == "1,500 rows of 1,500 accounts in panel.parquet\n"


def test_plays_are_a_table_with_numbers_to_the_right() -> None:
    assert lines("plays", "model.json", "--table", "usage=usage.parquet", "--as-of", small.AS_OF) == [
        "account_id  play    opened      due         closed  priority  owner  role  channel  message",
        "acme        praise  2026-06-15  –           –          0.500  –      –     –        –",
        "beta        call    2026-06-15  2026-06-22  –              –  ann    –     –        1 events, 15 Jun",
        "zeta        call    2026-01-05  2026-01-12  –              –  ann    –     –        1 events, 05 Jan",
    ]


def test_plays_that_were_closed_are_listed_on_demand() -> None:
    later = ("plays", "model.json", "--table", "usage=usage.parquet", "--as-of", "2026-08-01")
    assert [line.split()[:5] for line in lines(*later)[1:]] == [
        ["acme", "call", "2026-07-13", "2026-07-20", "–"],
        ["beta", "call", "2026-06-15", "2026-06-22", "–"],
        ["zeta", "call", "2026-01-05", "2026-01-12", "–"],
    ]
    assert [line.split()[:5] for line in lines(*later, "--closed")[1:]] == [
        ["acme", "call", "2026-07-13", "2026-07-20", "–"],
        ["acme", "praise", "2026-06-15", "–", "2026-07-13"],
        ["beta", "call", "2026-06-15", "2026-06-22", "–"],
        ["zeta", "call", "2026-01-05", "2026-01-12", "–"],
    ]


FUNNEL = ("funnel", "model.json", "--table", "usage=usage.parquet", "--from", "2026-01-01", "--to", small.AS_OF)


def test_a_funnel_is_a_table_with_numbers_to_the_right() -> None:
    assert lines(*FUNNEL) == [
        "stage  entered  advanced  conversion  reached  q1_days  median_days  q3_days  here  stalled  lost",
        "quiet        1         0           0        0        –            –        –     1        0     0",
        "busy         3         –           –        –       28           28       28     2        0     0",
    ]
    assert lines(*FUNNEL, "--journey", "use", "--by", "use")[:2] == [
        "use    stage  entered  advanced  conversion  reached  q1_days  median_days  q3_days  here  stalled  lost",
        "busy   quiet        0         0           –        –        –            –        –     0        0     0",
    ]
    assert [line.split()[4] for line in lines(*FUNNEL, "--stage", "quiet")] == ["reached", "–", "0.333"]
    assert lines(*FUNNEL, "--out", "funnel.jsonl") == ["2 rows in funnel.jsonl"]
    assert [json.loads(line)["stage"] for line in Path("funnel.jsonl").read_text().splitlines()] == ["quiet", "busy"]


def test_a_journey_is_named_where_there_is_not_just_one() -> None:
    journeys = {"use": LIFE["journeys"]["use"], "again": LIFE["journeys"]["use"]}
    Path("two.json").write_text(json.dumps(small.document(journeys=journeys)))
    done = command("funnel", "two.json", *FUNNEL[2:])
    assert (done.returncode, "name one of the model's journeys: use, again" in done.complaint) == (2, True)
    assert lines("funnel", "two.json", *FUNNEL[2:], "--journey", "again")[1].split()[:2] == ["quiet", "1"]
    unknown = command(*FUNNEL, "--journey", "usa")
    assert unknown.returncode == 1
    assert unknown.stderr == "error: the model has no journey 'usa': did you mean 'use'?\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("score", "scores.json", "--as-of", "2026-07-01", "--out", "p.xls"),
            "--out: expected a .parquet, .csv, .json,",
        ),
        (
            ("plays", "model.json", "--as-of", "2026-07-01", "--out", "p.html"),
            ".jsonl, .arrow, .txt or .xlsx file, got p",
        ),
        (("check", "scores.json", "--table", "=usage.parquet"), "--table: expected NAME=FILE, got '=usage.parquet'"),
        (("check", "scores.json", "--table", "usage="), "--table: expected NAME=FILE, got 'usage='"),
        (("score", "scores.json", "--as-of", "soon", "--out", "p.csv"), "--as-of: 'soon' is no date"),
        (
            ("score", "scores.json", "--from", "2026-07-01", "--to", "2026-06-01", "--every", "7d", "--out", "p.csv"),
            "--from, --to, --every: dates: the end 2026-06-01 is before the start 2026-07-01",
        ),
        (("score", "scores.json", "--from", "2026-07-01", "--to", "2026-08-01", "--out", "p.csv"), "give --as-of DATE"),
        (("plays", "model.json", "--as-of", "2026-07-01", "--threads", "0"), "greater than or equal to 1"),
    ],
)
def test_wrong_use_names_the_option(arguments: tuple[str, ...], complaint: str) -> None:
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.complaint


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "scores.json", "--as-of", "2026-07-01", "--out", "p.csv"),
        ("explain", "scores.json", "--as-of", "2026-07-01", "--account", "b"),
        ("plays", "model.json", "--as-of", "2026-07-01"),
        ("funnel", "model.json", "--from", "2026-06-01", "--to", "2026-07-01"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_is_strict_on_demand(arguments: tuple[str, ...]) -> None:
    assert command(*arguments, "--table", "usage=odd.parquet").returncode == 0
    done = command(*arguments, "--table", "usage=odd.parquet", "--strict")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: usage.account_id[0]: 4 rows without an account; strict refuses them\n"


def test_one_thread_is_enough_for_every_command() -> None:
    table = ("--table", "usage=usage.parquet", "--threads", "1")
    assert len(lines("plays", "model.json", "--as-of", small.AS_OF, *table)) == 4
    assert len(lines("funnel", *FUNNEL[1:], "--threads", "1")) == 3
    assert lines("explain", "scores.json", "--as-of", small.AS_OF, "--account", "acme", *table)[0].startswith(
        "acme as of"
    )


def test_a_place_that_cannot_be_written_is_named() -> None:
    Path("taken").write_text("")
    options = ("--table", "usage=usage.parquet", "--as-of", small.AS_OF, "--out", "taken/panel.csv")
    done = command("score", "scores.json", *options)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: taken: File exists\n")


def test_a_file_goes_before_a_preset_of_its_name() -> None:
    Path("gitlab").write_text(json.dumps(small.document(name="mine")))
    assert lines("check", "gitlab")[0].startswith("model mine: fine")
    os.remove("gitlab")
    assert lines("check", "gitlab")[0].startswith("model gitlab: fine")
    done = command("check", "git")
    assert (done.returncode, done.stderr) == (1, "error: git: No such file or directory\n")


def test_presets_are_told_by_their_first_sentence() -> None:
    listed = dict(line.split(": ", 1) for line in lines("presets"))
    assert list(listed) == ch.Model.presets()
    assert listed["person-class"] == (
        "What a person is to us at a date: a prospect neither buys nor uses, a buyer buys, a user uses, "
        "a customer does both"
    )


def test_accounts_by_number_are_asked_for_by_number() -> None:
    pq.write_table(small.usage((10, 20, 30)), "numbers.parquet")
    options = ("--table", "usage=numbers.parquet", "--as-of", small.AS_OF, "--account")
    assert lines("explain", "scores.json", *options, "20")[0].startswith("20 as of 2026-07-01")
    done = command("explain", "scores.json", *options, "ten")
    assert (done.returncode, "no account 'ten'" in done.stderr) == (1, True)
