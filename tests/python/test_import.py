"""Importing the package is light and starts nothing."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = [
    "pandas",
    "polars",
    "duckdb",
    "typer",
    "click",
    "rich",
    "tqdm",
    "pyarrow.compute",
    "pyarrow.dataset",
    "pyarrow.parquet",
]


def run(script: str) -> object:
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


def test_importing_loads_nothing_heavy() -> None:
    script = f"import json, sys, customerhealth; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    assert run(script) == []


def test_importing_starts_no_threads() -> None:
    script = "import json, os, numpy\nbefore = len(os.listdir('/proc/self/task'))\nimport customerhealth\n"
    assert run(script + "print(json.dumps(len(os.listdir('/proc/self/task')) - before))") == 0


def test_all_public_names_are_there_and_documented() -> None:
    import customerhealth as ch

    for name in ch.__all__:
        assert getattr(ch, name).__doc__, f"{name} does not say what it is"
