"""Importing the package is light and starts nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = [
    "pandas",
    "polars",
    "duckdb",
    "plotly",
    "scipy",
    "sklearn",
    "openpyxl",
    "xlsxwriter",
    "deltalake",
    "pyiceberg",
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
    script = "import json, sys, customerhealth\ncustomerhealth.Portfolio\n"
    assert run(script + f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))") == []


def test_importing_loads_nothing_until_a_name_is_used() -> None:
    script = "import json, sys, customerhealth as ch\n"
    script += "there = lambda: [m for m in ('numpy', 'pyarrow', 'customerhealth._core') if m in sys.modules]\n"
    script += "before = there()\nch.Model\nprint(json.dumps([before, there()]))"
    before, after = run(script)  # type: ignore[misc]
    assert before == []
    assert "customerhealth._core" in after


def test_all_names_can_be_imported_at_once() -> None:
    script = "import json\nfrom customerhealth import *\nimport customerhealth\n"
    assert run(script + "print(json.dumps([n for n in customerhealth.__all__ if n not in globals()]))") == []


def test_a_name_that_is_not_there_is_named() -> None:
    import customerhealth as ch

    with pytest.raises(AttributeError, match="module 'customerhealth' has no attribute 'Portfolia'"):
        ch.Portfolia  # noqa: B018


def test_what_is_offered_is_listed_before_it_is_used() -> None:
    script = (
        "import json, customerhealth\nprint(json.dumps(sorted(set(customerhealth.__all__) - set(dir(customerhealth)))))"
    )
    assert run(script) == []


def test_importing_starts_no_threads() -> None:
    script = "import json, os, numpy\nbefore = len(os.listdir('/proc/self/task'))\n"
    script += "import customerhealth\ncustomerhealth.Portfolio\n"
    assert run(script + "print(json.dumps(len(os.listdir('/proc/self/task')) - before))") == 0


def test_all_public_names_are_there_and_documented() -> None:
    import customerhealth as ch

    for name in ch.__all__:
        assert getattr(ch, name).__doc__, f"{name} does not say what it is"
