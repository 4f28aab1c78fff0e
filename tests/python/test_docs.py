"""The pages of docs/ say what the package does: their examples run, and the reference is the core's own.

python tests/python/test_docs.py    writes docs/reference.md anew
"""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import customerhealth as ch
from customerhealth import _core

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference.md"
PAGES = [
    "monday-morning.md",
    "own-model.md",
    "language.md",
    "formulas.md",
    "cookbook.md",
    "results.md",
    "text-files.md",
    "published-models.md",
    "datasets.md",
    "people.md",
    "first-touch-to-expansion.md",
    "life-cycle.md",
    "revenue.md",
    "learning.md",
    "scikit-learn.md",
    "lifetime-value.md",
    "frames.md",
    "pipelines.md",
    "saved-portfolios.md",
    "scale.md",
    "sources.md",
    "validation.md",
    "charts.md",
]
WITH_COMMANDS = ["monday-morning.md", "own-model.md"]  # of the files that the page has written before


def blocks(page: str, language: str) -> list[str]:
    """What stands in a page's fences of a language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def reference() -> str:
    """The page that lists all keys, made from what the parser itself knows."""
    head = (
        "# Reference of the model document\n\n"
        'Every key of a model, from the table that the parser, the JSON Schema and "did you mean" are made of. '
        "`docs/language.md` explains the words with examples. This page is generated; a test keeps it equal.\n\n"
    )
    return head + re.sub(r"^### ", "## ", _core.model_reference(), flags=re.MULTILINE).rstrip() + "\n"


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_print_what_it_shows(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "\n".join(blocks(page, "python"))
    names = {"DOCUMENT": next(iter(blocks(page, "json")), "")}  # the page's first model
    example = doctest.DocTestParser().get_doctest(text, names, page, page, 0)
    assert len(example.examples) > 10
    results: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=results.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(results)
    if page in WITH_COMMANDS:
        commands = "".join(blocks(page, "sh"))
        assert commands.count("customerhealth") > 1
        run_commands(commands)


def run_commands(text: str) -> None:
    """What a page shows for the command line, with the command of this very package."""
    command = f'customerhealth() {{ "{sys.executable}" -m customerhealth "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-euc", command + text], capture_output=True, encoding="utf-8", timeout=120, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_the_documents_of_a_page_are_models(page: str) -> None:
    for block in blocks(page, "json"):
        ch.Model.parse(block)
        jsonschema.validate(json.loads(block), ch.Model.schema())


def test_the_reference_is_what_the_core_knows() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == reference(), "python tests/python/test_docs.py writes it anew"


def words(key: str) -> list[str]:
    """The words that a key of the model may have, as the reference lists them."""
    row, *_ = re.findall(rf"^\| `{key}` \| (.*?) \|", _core.model_reference(), re.MULTILINE)  # a metric's comes first
    return re.findall(r"'([a-z_]+)'", row)


def test_the_language_page_shows_every_aggregation_and_every_way_to_join_buckets() -> None:
    text = (DOCS / "language.md").read_text(encoding="utf-8")
    assert len(words("agg")) > 20
    assert [
        word for word in [*words("agg"), *words("then"), *words("combine"), *words("rows")] if f"`{word}`" not in text
    ] == []
    examples = "".join(blocks("language.md", "python"))
    families = ("count", "decayed", "quantile", "last", "days_to_end", "longest_gap", "entropy", "completeness")
    assert [agg for agg in families if f'"agg": "{agg}"' not in examples] == []


def test_the_language_page_shows_every_shape() -> None:
    examples = "".join(blocks("language.md", "python"))
    measure = _core.model_reference().partition("### measure")[2].partition("### ")[0]
    keys = set(re.findall(r"^\| `([a-z]+)` \|", measure, re.MULTILINE)) - {"value", "score", "weight"}
    assert keys >= {"bands", "curve", "labels", "identity", "cases", "each", "missing"}
    assert {key for key in keys if f'"{key}":' not in examples} == set()


def test_the_page_of_formulas_names_every_function_and_operator_in_an_example() -> None:
    text = (DOCS / "formulas.md").read_text(encoding="utf-8")
    formulas = "".join(blocks("formulas.md", "python"))
    names = functions()
    assert len(names) > 30
    assert [name for name in names if not re.search(rf"\b{name}\(", formulas)] == []
    assert [name for name in names if f"`{name}`" not in text and f"{name}(" not in text] == []
    operators = ["+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "and", "or", "not", "in", "between", "is"]
    operators += ["true", "missing", "date '", "not in (", "not between", "is not missing", '.*"', ".*)"]
    inside = " ".join(re.findall(r'(?:value|cell)\("(.*?)"', formulas))
    assert [word for word in operators if word not in inside + '.*"'] == []


def functions() -> list[str]:
    """The functions of formulas, as the core lists them."""
    return re.findall(r"^\| `([a-z0-9_]+)\(", _core.model_reference().partition("### functions")[2], re.MULTILINE)


def test_an_unknown_function_lists_all_of_them_and_other_names_say_what_to_write() -> None:
    def said(metric: dict[str, str]) -> str:
        tables = {"usage": {"kind": "events", "account": "account_id", "time": "at"}}
        with pytest.raises(ch.ModelError) as error:
            ch.Model.parse({"format": 1, "tables": tables, "metrics": {"it": metric}})
        return str(error.value)

    listed = said({"formula": "vlookup(1)"}).partition("expected one of ")[2].splitlines()[0]
    assert listed.split(", ") == functions()
    listed = said({"from": "usage", "agg": "vlookup"}).partition("expected one of ")[2].splitlines()[0]
    assert set(listed.split(", ")) == set(words("agg"))
    for name in ("nunique", "n_unique", "countd", "approx_count_distinct"):
        assert "write count_distinct, an aggregation" in said({"formula": f"{name}(x)"})
        assert said({"from": "usage", "agg": name}).endswith("; write count_distinct")
    assert said({"from": "usage", "agg": "avg"}).endswith("; write mean")
    for theirs, ours in {"avg": "mean(m.*)", "TOTAL": "sum(m.*)", "size": "count(m.* > 0)"}.items():
        assert f"`{theirs}`; write {ours}\n" in said({"formula": f"{theirs}(x)"})
    for theirs, ours in {"stdev": "std", "newest": "last", "percentile": "quantile"}.items():
        assert f"write {ours}, an aggregation: the `agg` of a metric" in said({"formula": f"{theirs}(x)"})
    assert "it is an aggregation: the `agg` of a metric" in said({"formula": "median(x)"})


def test_every_page_is_in_the_contents_of_the_site() -> None:
    pages = {str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.glob("*.md")} - {"index"}
    listed = {
        line.strip()
        for path in DOCS.glob("*.md")
        for block in re.findall(
            r"^```{toctree}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
        for line in block.splitlines()
    }
    assert sorted(pages - listed) == [], (
        "name it in a toctree of docs/start.md, models.md, data.md, answers.md, about.md"
    )


def test_the_page_of_published_models_names_every_preset() -> None:
    text = (DOCS / "published-models.md").read_text(encoding="utf-8")
    assert [name for name in ch.Model.presets() if f"`{name}`" not in text] == []


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
