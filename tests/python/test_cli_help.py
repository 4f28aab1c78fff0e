"""Help: every command has an example that runs; shells complete; a terminal gets tables in its width."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv

import customerhealth as ch
from commands import command
from customerhealth.cli import app

COMMANDS = [each.callback for each in app.registered_commands if each.callback is not None]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    made = ch.datasets.tables_for("b2b-lifecycle", accounts=250)
    for name in ("accounts", "contracts"):
        csv.write_csv(pa.table(made[name]), folder / f"{name}.csv")
    usage = pa.table(made["usage"])
    csv.write_csv(usage.take(list(range(0, len(usage), 40))), folder / "usage.csv")
    return folder


def example_of(text: str) -> list[str]:
    found = re.search(r"Example: (customerhealth .*)", text, re.DOTALL)
    assert found is not None, text
    return shlex.split(found[1].partition(" > ")[0])


@pytest.mark.parametrize("name", [callback.__name__ for callback in COMMANDS])
def test_the_example_of_every_help_runs(name: str, tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tables)
    callback = next(each for each in COMMANDS if each.__name__ == name)
    program, asked, *arguments = example_of(callback.__doc__ or "")
    assert (program, asked) == ("customerhealth", name)
    done = command(asked, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("name", [callback.__name__ for callback in COMMANDS])
def test_help_is_short_or_long_and_shows_the_example(name: str) -> None:
    short, long = command(name, "-h"), command(name, "--help")
    assert (short.returncode, short.stdout) == (0, long.stdout)
    assert f"Example: customerhealth {name}" in " ".join(short.stdout.split())


PAGE = Path(__file__).parents[2] / "docs/command-line.md"


def test_the_page_names_every_command_and_its_examples_run(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tables)
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [callback.__name__ for callback in COMMANDS]
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    for line in block.splitlines():
        done = command(*shlex.split(line.partition(" > ")[0])[1:])
        assert done.returncode == 0, done.stderr


# ---- completion


def completed(line: str, shell: str = "bash") -> list[str]:
    """What a shell is told after a line that ends with the word to complete."""
    words = line.split(" ")
    program = [sys.executable, "-m", "customerhealth"]
    told = {"_CUSTOMERHEALTH_COMPLETE": f"complete_{shell}", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(program, env={**os.environ, **told}, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    return done.stdout.split()


def test_commands_options_presets_and_forms_are_completed() -> None:
    assert completed("customerhealth ra") == ["rank"]
    assert completed("customerhealth score b2b-s") == ["b2b-saas"]
    assert completed("customerhealth rank b2b-saas --form") == ["--format"]
    assert completed("customerhealth rank b2b-saas --format par") == ["parquet"]
    assert completed("customerhealth score model.js") == []  # the shell completes files then


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_shown_to_install_by_hand(shell: str) -> None:
    program = [sys.executable, "-m", "customerhealth"]
    told = {**os.environ, "_CUSTOMERHEALTH_COMPLETE": f"source_{shell}"}
    done = subprocess.run(program, env=told, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert f"_CUSTOMERHEALTH_COMPLETE=complete_{shell}" in done.stdout
    assert "--show-completion" in command("-h").stdout


# ---- terminals


def on_a_terminal(columns: int, *arguments: str, **environment: str) -> str:
    """What is drawn on a terminal of so many columns."""
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    told = {name: value for name, value in os.environ.items() if name not in ("CI", "COLUMNS", "NO_COLOR")}
    told |= {"TERM": "xterm-256color", "COLUMNS": str(columns), **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "customerhealth", *arguments], stdin=end, stdout=end, stderr=subprocess.PIPE, env=told
    )
    os.close(end)
    text = b""
    while True:
        try:
            text += os.read(terminal, 100_000)
        except OSError:  # nobody is left who could write
            break
    os.close(terminal)
    assert process.stderr is not None
    assert process.wait(60) == 0, process.stderr.read().decode()
    process.stderr.close()
    return text.decode().replace("\r\n", "\n")


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()]


ASKED = ("b2b-saas", "--table", "contracts=contracts.csv", "--table", "usage=usage.csv", "--as-of", "2026-07-01")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_terminal_gets_a_table_in_its_width_with_grades_in_colour(
    columns: int, tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables)
    drawn = on_a_terminal(columns, "rank", *ASKED, "-n", "3")
    lines = plain(drawn)
    assert all(len(line) <= columns for line in lines)
    assert lines[0].split()[:2] == ["rank", "account_id"]
    assert [line.split()[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert "\x1b[1m" in drawn.splitlines()[0]  # the head is bold
    if columns == 40:
        assert "more columns: " in lines[-1]
    else:
        assert re.search(r"\x1b\[38;[0-9;]+mred", drawn)
        bare = on_a_terminal(columns, "rank", *ASKED, "-n", "3", NO_COLOR="1")
        assert "\x1b[38" not in bare
        assert plain(bare) == lines


def test_a_terminal_gets_the_first_rows_of_a_panel_and_a_pipe_all(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables)
    lines = plain(on_a_terminal(100, "score", *ASKED))
    whole = command("score", *ASKED).stdout.splitlines()
    assert len(whole) > 30
    assert len(lines) == 23
    assert lines[21] == f"… {len(whole) - 21} more rows of {len(whole) - 1}"
    assert [line.split()[0] for line in lines[1:21]] == [line.split()[0] for line in whole[1:21]]


def test_bytes_are_not_drawn_on_a_terminal(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tables)
    monkeypatch.setattr("customerhealth.cli.outputs.is_terminal", lambda: True)
    for form in ("parquet", "arrow", "xlsx"):
        done = command("rank", *ASKED, "--format", form)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{form} is no text: give --out FILE, or send it on with | or >" in done.complaint


def test_a_pipe_that_closes_early_is_no_traceback(tables: Path) -> None:
    for form in ("csv", "jsonl", "parquet", "text"):
        line = f"{sys.executable} -m customerhealth score {' '.join(ASKED)} --format {form} | head -c 10"
        done = subprocess.run(line, shell=True, check=False, capture_output=True, timeout=60, cwd=tables)
        assert len(done.stdout) == 10
        assert b"Traceback" not in done.stderr
        assert b"Exception" not in done.stderr
