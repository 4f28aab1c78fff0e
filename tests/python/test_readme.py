"""What README shows is what a newcomer sees."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str = README) -> list[tuple[str, str]]:
    """The fenced blocks: the language, and what stands in them."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_its_first_block_is_the_two_commands() -> None:
    language, text = blocks()[0]
    assert language == ""
    install, test = text.splitlines()
    assert install.endswith("pip install . && .venv/bin/customerhealth demo")
    assert test.endswith("pip install '.[test]' && .venv/bin/pytest")


def test_the_demo_prints_what_its_page_shows_to_the_letter(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    (shown,) = (text for _, text in blocks(page) if text.startswith("Health of "))
    command = [sys.executable, "-m", "customerhealth", "demo"]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=120, cwd=tmp_path)
    assert done.stdout.splitlines() == shown.splitlines()


def test_its_fifteen_lines_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("plotly")
    monkeypatch.chdir(tmp_path)
    (text,) = (text for language, text in blocks() if language == "python")
    assert len(text.splitlines()) <= 15
    exec(compile(text, "README.md", "exec"), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["account-03.html", "calls.xlsx", "monday.html"]


def test_its_first_screen_has_no_long_table() -> None:
    assert max(len(text.splitlines()) for _, text in blocks()) <= 20


def test_its_links_and_pictures_lead_to_files() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(targets) > 5
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_the_table_of_what_is_where_names_what_is_there() -> None:
    table = README.partition("## What is where")[2].partition("\nThe pages")[0]
    named = re.findall(r"`([^`]+)`", table)
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []
