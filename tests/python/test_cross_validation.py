"""The example that cross-validates the demo's health against models of scikit-learn."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "cross_validation.py"


def test_it_judges_three_ways_on_other_projects_and_later_quarters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("cross_validation", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "--folds", "3"])
    module.main()
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"1,\d{3} cases of 35 projects, 1\d{2} of them fall silent", head)
    figures = {line[:26].strip(): [float(each) for each in line[26:].split()] for line in lines}
    assert list(figures) == ["the document's score", "its measures, learned", "all metrics, regression"]
    assert all(len(each) == 3 and 0.85 < min(each) <= max(each) < 0.95 for each in figures.values()), figures
