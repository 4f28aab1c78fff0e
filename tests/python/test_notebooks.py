"""Notebooks are fit to be read by newcomers. nbmake runs those of notebooks/ (pyproject.toml), test_spark Spark's."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted([*(ROOT / "notebooks").glob("*.ipynb"), ROOT / "examples" / "on_spark.ipynb"])

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_there_is_a_first_notebook(path: Path) -> None:
    assert "01_first_scores" in [each.stem for each in NOTEBOOKS]


def test_notebooks_are_committed_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_notebooks_are_valid_and_ask_for_a_kernel_that_every_environment_has(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert not notebook.metadata.get("execution", {}).get("allow_errors", False)


def test_nbmake_may_not_forgive_errors(path: Path) -> None:
    for cell in read(path).cells:
        assert not {"raises-exception", "skip-execution"} & set(cell.metadata.get("tags", []))


def test_notebooks_say_what_they_do_before_each_step(path: Path) -> None:
    cells = read(path).cells
    assert cells[0].source.startswith("# ")
    assert sum(cell.cell_type == "markdown" for cell in cells) >= len(cells) / 3
