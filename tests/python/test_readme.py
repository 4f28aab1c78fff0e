"""What README shows is what a newcomer sees."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks() -> list[tuple[str, str]]:
    """The fenced blocks: the language, and what stands in them."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_its_first_block_is_the_two_commands() -> None:
    language, text = blocks()[0]
    assert language == ""
    install, test = text.splitlines()
    assert install.endswith("pip install . && .venv/bin/customerhealth demo")
    assert test.endswith("pip install '.[test]' && .venv/bin/pytest")


def test_the_demo_prints_what_it_shows_to_the_letter(tmp_path: Path) -> None:
    (shown,) = (text for _, text in blocks() if text.startswith("Health of "))
    command = [sys.executable, "-m", "customerhealth", "demo"]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=120, cwd=tmp_path)
    assert done.stdout.splitlines() == shown.splitlines()


def test_the_table_of_what_is_where_names_what_is_there() -> None:
    table = README.partition("## What is where")[2].partition("\nThreads:")[0]
    named = re.findall(r"`([^`]+)`", table)
    assert len(named) > 8
    assert [path for path in named if not (Path(__file__).parents[2] / path).exists()] == []
