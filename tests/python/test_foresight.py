"""The example that asks what the demo's health is worth."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import customerhealth as ch

EXAMPLE = Path(__file__).parents[2] / "examples" / "foresight.py"


@pytest.fixture(scope="module")
def foresight() -> ModuleType:
    spec = importlib.util.spec_from_file_location("foresight", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["foresight"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_health_foresees_quiet_at_least_as_well_as_days_active(
    foresight: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "--rounds", "20"])
    foresight.main()
    lines = capsys.readouterr().out.splitlines()
    health, baseline = (
        [float(figure) for line in lines if line.startswith(name) for figure in re.findall(r" (\d\.\d{3}) \[", line)]
        for name in ("health ", foresight.BASELINE)
    )
    assert len(health) == len(baseline) == 3
    assert all(ours >= theirs > 0.85 for ours, theirs in zip(health, baseline, strict=True)), lines


def test_it_judges_whom_and_what_it_says(foresight: ModuleType) -> None:
    logs = foresight.read_logs()
    rows = foresight.judged(ch.Model.preset("oss-projects"), logs)
    assert max(log.known.max() for log in logs.values()) >= np.datetime64(foresight.LAST) + foresight.AHEAD
    assert 0 < rows.quiet.sum() < len(rows.quiet) / 10
    names = list(logs)
    known = {name: logs[name].known for name in names}
    judged = set(zip(rows.project.tolist(), rows.as_of.tolist(), strict=True))
    for as_of in ch.dates(foresight.FIRST, foresight.LAST, every="1mo"):
        for code, name in enumerate(names):
            age = as_of - known[name].min()
            before = known[name][known[name] < as_of]
            active = age > np.timedelta64(180, "D") and as_of - before.max() <= np.timedelta64(90, "D")
            assert ((code, as_of.item()) in judged) == active
    for code, as_of, quiet in zip(rows.project, rows.as_of, rows.quiet, strict=True):
        after = known[names[code]][known[names[code]] >= as_of]
        assert quiet == (len(after) == 0 or after.min() - as_of >= np.timedelta64(180, "D"))


def test_the_model_counts_the_days_that_are_counted_here(foresight: ModuleType) -> None:
    rows = foresight.judged(ch.Model.preset("oss-projects"), foresight.read_logs())
    np.testing.assert_array_equal(rows.values["days_active"], rows.values[foresight.BASELINE])


def test_an_auc_is_the_share_of_pairs_in_order(foresight: ModuleType) -> None:
    rng = np.random.default_rng(7)
    project = rng.integers(0, 5, 60)
    quiet = rng.random(60) < 0.3
    value = np.where(rng.random(60) < 0.1, np.nan, rng.integers(0, 8, 60).astype(float))
    rows = foresight.Rows(project, np.zeros(60, "datetime64[us]"), quiet, {})
    draws = np.array([[1, 1, 1, 1, 1], [2, 0, 1, 0, 2], [0, 0, 0, 0, 0]], dtype=float)
    figures = foresight.Pairs.of(rows, value, 5).auc(draws)
    for draw, figure in zip(draws[:2], figures, strict=False):
        drawn = np.repeat(np.arange(60), draw[project].astype(int))
        pairs = [(value[low], value[high]) for low in drawn if quiet[low] for high in drawn if not quiet[high]]
        won = [0.5 if np.isnan(low + high) or low == high else float(low < high) for low, high in pairs]
        assert figure == pytest.approx(np.mean(won), abs=1e-12)
    assert np.isnan(figures[2])
