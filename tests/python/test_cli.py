"""The command line: what it prints, where, and its exit codes."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
import small


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "customerhealth", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=cwd)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, str]:
    """A model's file, and the option that names a table."""
    (tmp_path / "model.json").write_text(json.dumps(small.DOCUMENT))
    pq.write_table(small.usage(), tmp_path / "usage.parquet")
    return tmp_path / "model.json", f"usage={tmp_path / 'usage.parquet'}"


def test_without_a_command_it_shows_its_help() -> None:
    done = run()
    assert done.returncode == 2
    for command in ("demo", "check", "score", "explain", "plays", "funnel", "revenue", "presets", "sources", "init"):
        assert command in done.stdout + done.stderr
    assert run("--help").returncode == 0


def test_it_says_its_version() -> None:
    assert run("--version").stdout.strip() == ch.__version__


def test_presets_are_listed_and_printed() -> None:
    listed = run("presets").stdout
    assert [line.partition(":")[0] for line in listed.splitlines()] == ch.Model.presets()
    assert ch.Model.parse(run("presets", "b2b-saas").stdout) == ch.Model.preset("b2b-saas")


def test_an_unknown_preset_is_an_error_with_a_suggestion() -> None:
    done = run("presets", "b2b")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no preset 'b2b'" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_says_what_a_good_model_reads_and_gives(files: tuple[Path, str]) -> None:
    model, table = files
    done = run("check", model, "--table", table)
    assert done.returncode == 0, done.stderr
    assert small.model().digest[:12] in done.stdout
    assert "3 accounts" in done.stdout
    assert "nothing odd" in done.stdout
    assert done.stderr == ""


def test_check_counts_what_is_odd(files: tuple[Path, str], tmp_path: Path) -> None:
    model, _ = files
    pq.write_table(small.usage((None, "b", "c")), tmp_path / "odd.parquet")
    done = run("check", model, "--table", f"usage={tmp_path / 'odd.parquet'}")
    assert done.returncode == 0
    assert "usage: null_account: 4 rows" in done.stdout
    strict = run("check", model, "--table", f"usage={tmp_path / 'odd.parquet'}", "--strict")
    assert strict.returncode == 1
    assert "4 rows" in strict.stderr


def test_check_lists_every_problem_of_a_bad_model(tmp_path: Path) -> None:
    bad = small.document(tabels={})
    bad["metrics"]["per_user"]["formula"] = "events / usres"
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    done = run("check", tmp_path / "bad.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "tabels" in done.stderr
    assert "metrics.per_user.formula" in done.stderr
    assert "^" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("ending", ["parquet", "csv", "arrow", "feather"])
def test_score_writes_the_panel(files: tuple[Path, str], tmp_path: Path, ending: str) -> None:
    model, table = files
    out = tmp_path / "new" / f"panel.{ending}"
    done = run("score", model, "--table", table, "--as-of", "2026-07-01", "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"3 rows of 3 accounts in {out}" in done.stdout
    assert out.stat().st_size > 0
    if ending == "parquet":
        assert pq.read_table(out)["health"].equals(small.panel().table["health"])


def test_score_takes_dates_or_a_grid(files: tuple[Path, str], tmp_path: Path) -> None:
    model, table = files
    out = tmp_path / "panel.parquet"
    command = ("score", model, "--table", table, "--out", out)
    run(*command, "--as-of", "2026-07-01", "--as-of", "2026-06-12")
    assert sorted(set(as_ofs(out))) == [datetime(2026, 6, 12), datetime(2026, 7, 1)]
    run(*command, "--from", "2026-06-01", "--to", "2026-07-01", "--every", "15d")
    assert sorted(set(as_ofs(out))) == [datetime(2026, 6, day) for day in (1, 16)] + [datetime(2026, 7, 1)]


def as_ofs(path: Path) -> list[datetime]:
    return [at.replace(tzinfo=None) for at in pq.read_table(path)["as_of"].to_pylist()]


def test_explain_prints_text_or_html(files: tuple[Path, str]) -> None:
    model, table = files
    command = ("explain", model, "--table", table, "--as-of", "2026-07-01", "--account", "acme")
    assert run(*command).stdout == str(small.panel().explain("acme")) + "\n"
    assert run(*command, "--html").stdout == small.panel().explain("acme").to_html() + "\n"


def test_explain_reads_integer_ids(tmp_path: Path, files: tuple[Path, str]) -> None:
    pq.write_table(small.usage((10, 20, 30)), tmp_path / "numbers.parquet")
    table = f"usage={tmp_path / 'numbers.parquet'}"
    done = run("explain", files[0], "--table", table, "--as-of", "2026-07-01", "--account", "10")
    assert done.stdout.startswith("10 as of 2026-07-01"), done.stderr
    done = run("explain", files[0], "--table", table, "--as-of", "2026-07-01", "--account", "ten")
    assert done.returncode == 1
    assert "no account 'ten'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bogus",), "No such command"),
        (("score", "MODEL", "--out", "x.parquet"), "give --as-of DATE"),
        (("score", "MODEL", "--out", "x.parquet", "--from", "2026-01-01"), "give --as-of DATE"),
        (("score", "MODEL", "--out", "x.parquet", "--as-of", "2026-01-01", "--every", "7d"), "not both"),
        (("score", "MODEL", "--out", "x.parquet", "--as-of", "July"), "'July' is no date"),
        (("score", "MODEL", "--out", "x.xls", "--as-of", "2026-01-01"), "expected a .parquet"),
        (("score", "MODEL", "--as-of", "2026-01-01", "--dates", "%d.%m.%Y"), "--dates"),
        (("check", "MODEL", "--table", "usage"), "expected NAME=FILE"),
        (("check", "MODEL", "--table", "usage=a.csv", "--table", "usage=b.csv"), "given twice"),
        (("explain", "MODEL", "--as-of", "2026-01-01"), "--account"),
    ],
)
def test_wrong_use_is_exit_code_two(arguments: tuple[str, ...], message: str, files: tuple[Path, str]) -> None:
    done = run(*(files[0] if word == "MODEL" else word for word in arguments))
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "none.json"), "none.json"),
        (("check", "MODEL", "--table", "usgae=x.csv"), "did you mean 'usage'"),
        (("check", "MODEL", "--table", "usage=none.csv"), "there is no file 'none.csv'"),
        (("explain", "MODEL", "--table", "USAGE", "--as-of", "2026-07-01", "--account", "acne"), "did you mean 'acme'"),
    ],
)
def test_bad_data_is_exit_code_one_without_a_traceback(
    arguments: tuple[str, ...], message: str, files: tuple[Path, str]
) -> None:
    places = {"MODEL": files[0], "USAGE": files[1]}
    done = run(*(places.get(word, word) for word in arguments))
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_that_closes_early_is_no_traceback() -> None:
    command = f"{sys.executable} -m customerhealth presets b2b-saas | head -1"
    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("{")
    assert "Traceback" not in done.stderr


def test_the_demo_ranks_and_writes_two_files(tmp_path: Path) -> None:
    done = run("demo", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "progress belongs on a terminal only"
    panel, contributions = (pq.read_table(tmp_path / "out" / f"{name}.parquet") for name in ("panel", "contributions"))
    assert str(tmp_path / "out" / "panel.parquet") in done.stdout
    assert str(tmp_path / "out" / "contributions.parquet") in done.stdout
    assert len(panel["as_of"].unique()) == 24
    assert len(panel["account_id"].unique()) == 35
    sums = contributions.group_by(["account_id", "as_of"]).aggregate([("contribution", "sum")])
    joined = panel.select(["account_id", "as_of", "health"]).join(sums, ["account_id", "as_of"])
    for row in joined.to_pylist():
        assert row["contribution_sum"] == pytest.approx(row["health"], abs=1e-7)


def test_the_demo_draws_its_progress_on_a_terminal(tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # a new one is 0 columns wide
    command = [sys.executable, "-m", "customerhealth", "demo", "--out", str(tmp_path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=end, timeout=120)
    os.close(end)
    drawn = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "scoring: 100%" in drawn
    assert b"scoring" not in done.stdout


def rest_of(terminal: int) -> bytes:
    """All that is written until the last process with this terminal has ended."""
    text = b""
    while True:
        try:
            text += os.read(terminal, 100_000)
        except OSError:  # Linux: nobody is left who could write
            os.close(terminal)
            return text


def test_ctrl_c_ends_a_command_without_a_traceback(files: tuple[Path, str], tmp_path: Path) -> None:
    document = small.document(scores={})
    median = {"from": "usage", "agg": "median", "of": "quantity", "window": "365d"}
    document["metrics"] = {f"median_{k}": {**median, "where": f"quantity > {k} / 100"} for k in range(60)}
    files[0].write_text(json.dumps(document))
    pq.write_table(small.many(2_000_000), tmp_path / "many.parquet")
    command = [sys.executable, "-m", "customerhealth", "score", str(files[0]), "--out", str(tmp_path / "panel.parquet")]
    command += ["--table", f"usage={tmp_path / 'many.parquet'}", "--from", "2025-01-01", "--to", "2026-07-01"]
    terminal, end = pty.openpty()  # on a terminal the command says when it has begun to score
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    process = subprocess.Popen([*command, "--every", "1d"], stderr=end)
    os.close(end)
    drawn = b""
    while b"scoring" not in drawn:
        drawn += os.read(terminal, 100_000)
    process.send_signal(signal.SIGINT)
    drawn += rest_of(terminal)
    process.wait(timeout=30)
    assert process.returncode not in (0, 2)
    assert b"Traceback" not in drawn
    assert not (tmp_path / "panel.parquet").exists()


def test_the_demo_ranks_by_health_and_calls_faded_projects_red(tmp_path: Path) -> None:
    lines = run("demo", "--out", tmp_path).stdout.splitlines()
    ranked = [line.split() for line in lines if re.match(r" *\d+ \S+/\S+ ", line)]
    assert [int(words[0]) for words in ranked] == list(range(1, 36))
    healths = [float(words[3]) for words in ranked]
    assert healths == sorted(healths, reverse=True)
    grades = {words[1]: words[2] for words in ranked}
    # By the log itself: without a commit for years, and with commits on most days.
    assert grades["nose-devs/nose"] == grades["docopt/docopt"] == "red"
    assert grades["narwhals-dev/narwhals"] == "green"


def test_the_demo_says_in_one_line_what_its_score_is_worth(tmp_path: Path) -> None:
    (line,) = (each for each in run("demo", "--out", tmp_path).stdout.splitlines() if each.startswith("held out"))
    portfolio = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
    asked = ch.dates("2019-01-01", "2026-02-01", every="1mo")
    silence = ch.outcomes.silence("activity", "90d")
    found = portfolio.validate(["health", "-days_since_last"], as_ofs=asked, outcome=silence, horizon="180d")
    health, rival = (100 * auc for auc in found.summary["auc"].to_pylist())
    said = [int(number) for number in re.findall(r"\d+", line)]
    assert said[0] == len(asked)
    low, high = (100 * found.summary[f"auc_{end}"][0].as_py() for end in ("low", "high"))
    assert said[5:] == [*(round(auc) for auc in (health, low, high, rival)), 50]


def test_output_redirected_as_csv_reads_back(files: tuple[Path, str], tmp_path: Path) -> None:
    from pyarrow import csv

    out = tmp_path / "panel.csv"
    run("score", files[0], "--table", files[1], "--as-of", "2026-07-01", "--out", out)
    assert csv.read_csv(out)["events"].cast(pa.float64()).to_pylist() == [4.0, 1.0, 0.0]


LIFE: dict[str, Any] = {
    "journeys": {
        "use": {"stages": [{"name": "quiet", "enter": "events = 0"}, {"name": "busy", "enter": "events > 0"}]}
    },
    "plays": {"call": {"when": "events < 2", "owner": "ann", "message": "{events} events, {as_of:%d %b}", "due": "7d"}},
}


@pytest.fixture
def life(tmp_path: Path) -> tuple[Path, str]:
    (tmp_path / "life.json").write_text(json.dumps(small.document(**LIFE)))
    pq.write_table(small.usage(), tmp_path / "usage.parquet")
    return tmp_path / "life.json", f"usage={tmp_path / 'usage.parquet'}"


def test_open_plays_are_listed_and_written(life: tuple[Path, str], tmp_path: Path) -> None:
    model, table = life
    done = run("plays", model, "--table", table, "--as-of", small.AS_OF)
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split() == [
        "account_id",
        "play",
        "opened",
        "due",
        "closed",
        "priority",
        "owner",
        "role",
        "channel",
        "message",
    ]
    assert [line.split()[:4] for line in lines] == [
        ["beta", "call", "2026-06-15", "2026-06-22"],
        ["zeta", "call", "2026-01-05", "2026-01-12"],
    ]
    for name in ("plays.jsonl", "plays.csv", "plays.parquet"):
        assert run("plays", model, "--table", table, "--as-of", small.AS_OF, "--out", tmp_path / name).returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "plays.jsonl").read_text().splitlines()]
    assert rows[0]["opened"] == "2026-06-15T00:00:00Z"
    assert rows[0]["message"] == "1 events, 15 Jun"
    assert pq.read_table(tmp_path / "plays.parquet")["id"].to_pylist() == [row["id"] for row in rows]
    wrong = run("plays", model, "--table", table, "--as-of", small.AS_OF, "--out", tmp_path / "plays.xls")
    assert wrong.returncode == 2


def test_a_funnel_is_printed(life: tuple[Path, str], files: tuple[Path, str]) -> None:
    model, table = life
    done = run("funnel", model, "--table", table, "--from", "2026-01-01", "--to", small.AS_OF)
    assert done.returncode == 0, done.stderr
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["stage", "entered", "advanced"],
        ["quiet", "1", "0"],
        ["busy", "3", "–"],
    ]
    none = run("funnel", files[0], "--table", table, "--from", "2026-01-01", "--to", small.AS_OF)
    assert (none.returncode, "name one of the model's journeys: none" in none.stderr) == (2, True)
    wrong = run("funnel", model, "--table", table, "--from", "2026-02-01", "--to", "2026-01-01")
    assert (wrong.returncode, "is before the start" in wrong.stderr) == (1, True)
